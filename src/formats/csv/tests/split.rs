use proptest::prelude::*;

use super::super::dialect::{Dialect, LineEnd};
use super::super::{FORMAT, Splitter};
use super::{exec, options};
use crate::format::Format;
use crate::pipeline::Split;
use crate::source::Source;

/// Cuts `input` that arrives in blocks of `block` bytes, as a stream reader does.
fn cuts(dialect: &Dialect, input: &[u8], block: usize) -> Vec<Vec<u8>> {
    cuts_of(Splitter::new(dialect.clone()), input, block)
}

fn cuts_of(mut splitter: Splitter, input: &[u8], block: usize) -> Vec<Vec<u8>> {
    let (mut buffer, mut fed, mut pieces) = (Vec::new(), 0, Vec::new());
    loop {
        let end = fed == input.len();
        if end && buffer.is_empty() {
            return pieces;
        }
        match splitter.split(&buffer, end).unwrap() {
            Some(cut) => {
                let rest = buffer.split_off(cut);
                pieces.push(std::mem::replace(&mut buffer, rest));
            }
            None => {
                let to = (fed + block).min(input.len());
                buffer.extend_from_slice(&input[fed..to]);
                fed = to;
            }
        }
    }
}

/// Where records end, byte by byte: the readable twin.
fn ends(dialect: &Dialect, input: &[u8]) -> Vec<usize> {
    let (mut ends, mut quoted, mut comment, mut field_start, mut line_start) = (vec![], false, false, true, true);
    let mut at = 0;
    while at < input.len() {
        let byte = input[at];
        at += 1;
        if quoted {
            if Some(byte) == dialect.escape {
                at += 1;
            } else if Some(byte) == dialect.quote {
                if input.get(at).copied() == dialect.quote {
                    at += 1;
                } else {
                    quoted = false;
                    field_start = false;
                }
            }
            continue;
        }
        comment |= line_start && Some(byte) == dialect.comment;
        line_start = false;
        let any = dialect.line_end == LineEnd::Any;
        if byte == b'\n' || (any && byte == b'\r') {
            if any && byte == b'\r' && input.get(at) == Some(&b'\n') {
                at += 1;
            }
            ends.push(at);
            (comment, field_start, line_start) = (false, true, true);
        } else if !comment && field_start && Some(byte) == dialect.quote {
            quoted = true;
        } else {
            field_start = byte == dialect.delimiter;
        }
    }
    ends
}

proptest! {
    #[test]
    fn records_are_never_cut(
        parts in proptest::collection::vec(proptest::sample::select(vec!["a", ",", "\n", "\r\n", "\r", "\"", "\"\"", "#", "\\"]), 0..40),
        block in 1_usize..9,
        escape: bool,
        comment: bool,
        any: bool,
    ) {
        let dialect = Dialect {
            escape: escape.then_some(b'\\'),
            comment: comment.then_some(b'#'),
            line_end: if any { LineEnd::Any } else { LineEnd::Lf },
            ..Dialect::default()
        };
        let input = parts.concat().into_bytes();
        let pieces = cuts(&dialect, &input, block);
        prop_assert_eq!(pieces.concat(), input.clone());
        let ends = ends(&dialect, &input);
        let mut at = 0;
        for piece in &pieces {
            at += piece.len();
            prop_assert!(at == input.len() || ends.contains(&at), "{:?} cut at {}", String::from_utf8_lossy(&input), at);
        }
        // No record end is kept back: all but the last piece end at the last one that could be seen.
        if block == 1 && !any {
            let starts: Vec<usize> = pieces.iter().scan(0, |at, piece| { *at += piece.len(); Some(*at) }).collect();
            for end in ends {
                prop_assert!(starts.contains(&end) || end + 1 >= input.len());
            }
        }
    }
}

proptest! {
    #[test]
    fn the_quick_way_cuts_where_the_exact_way_does(
        parts in proptest::collection::vec(
            proptest::sample::select(vec![
                "a", ",", "\n", "\n", "\r\n", "\"", "\"\"", ",\"", "\",", "\"\n\"", ";",
                "0123456789012345678901234567890123456789",
            ]),
            0..150,
        ),
        block in 1_usize..400,
        quote in proptest::sample::select(vec![Some(b'"'), None]),
        delimiter in proptest::sample::select(b",;".to_vec()),
    ) {
        let dialect = Dialect { quote, delimiter, ..Dialect::default() };
        let input = parts.concat().into_bytes();
        prop_assert_eq!(cuts(&dialect, &input, block), cuts_of(Splitter::exact(dialect), &input, block));
    }
}

#[test]
fn a_giant_record_is_looked_at_once() {
    // A quadratic search would take hours.
    let mut input = b"\"".to_vec();
    input.resize(4 << 20, b'\n');
    input.extend_from_slice(b"\"\n1\n");
    let pieces = cuts(&Dialect::default(), &input, 64);
    assert!(pieces[0].len() >= (4 << 20) + 2);
}

/// Records that are filled up: a few bytes each, and a place in every column.
#[test]
fn what_a_chunk_of_padded_records_takes_in_memory_has_a_bound() {
    const COLUMNS: usize = 2000;
    const RECORDS: usize = 20_000;
    let header: Vec<String> = (0..COLUMNS).map(|column| format!("c{column}")).collect();
    for line_end in ["\n", "\r\n", ";"] {
        let text =
            format!("{}{line_end}{}", header.join(","), format!("1{line_end}\"a\nb\"{line_end}").repeat(RECORDS / 2));
        let mut options = options(&[("ragged", "pad")]);
        if line_end == ";" {
            options.settings.set("line-end", ";");
        }
        let mut reader = FORMAT.open(Source::bytes("in.csv", text), &options, &exec(1)).unwrap();
        assert_eq!(reader.schema().fields().len(), COLUMNS);
        let (mut rows, mut most) = (0, 0);
        while let Some(chunk) = reader.next_chunk().unwrap() {
            let batches = chunk.decode().unwrap().map(|batch| batch.unwrap().records);
            let found: usize = batches.map(|batch| batch.num_rows()).sum();
            rows += found;
            most = most.max(found);
        }
        assert_eq!(rows, RECORDS);
        assert!(most * COLUMNS * size_of::<i32>() <= 32 << 20, "{most} records");
    }
}
