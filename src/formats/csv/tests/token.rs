//! Records taken apart the usual way and by the exact tokenizer: the same fields, the same errors.

use proptest::prelude::*;

use super::super::dialect::{Dialect, LineEnd, Ragged, Trim};
use super::super::token::{Rows, Tokenizer};

/// Batches of at most `rows_max` records: fields, starts, what was padded and cut; the last may end with an error.
fn taken(tokenizer: &mut Tokenizer, columns: usize, bytes: &[u8], rows_max: usize) -> Vec<String> {
    tokenizer.check_utf8(bytes);
    let (mut rows, mut at, mut out) = (Rows::default(), 0, Vec::new());
    while at < bytes.len() {
        let filled = tokenizer.fill(bytes, &mut at, rows_max, &mut rows);
        let fields: Vec<Vec<_>> =
            (0..rows.len()).map(|row| (0..columns).map(|column| rows.text(bytes, row, column)).collect()).collect();
        let starts: Vec<_> = (0..rows.len()).map(|row| rows.start(row)).collect();
        out.push(format!("{fields:?} {starts:?} {:?} {} behind {at}", rows.padded, rows.truncated));
        if let Err(error) = filled {
            out.push(format!("{error:?}"));
            break;
        }
    }
    out
}

fn same(dialect: &Dialect, columns: usize, bytes: &[u8], rows_max: usize) -> Result<(), TestCaseError> {
    let usual = taken(&mut Tokenizer::new(dialect, columns), columns, bytes, rows_max);
    let exact = taken(&mut Tokenizer::exact(dialect, columns), columns, bytes, rows_max);
    prop_assert_eq!(usual, exact, "{:?}", String::from_utf8_lossy(bytes));
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn any_text_is_taken_apart_in_the_same_way(
        parts in proptest::collection::vec(
            proptest::sample::select(vec![
                "a", ",", ",", ";", "\n", "\n", "\r\n", "\r", "\"", "\"\"", ",\"", "\",", "\"\n", "'", "\\", "#", " ",
                "\0", "é", "0123456789012345678901234567890123456789",
            ]),
            0..120,
        ),
        broken in proptest::option::of(any::<proptest::sample::Index>()),
        columns in 1_usize..4,
        rows_max in 1_usize..6,
        quote in proptest::sample::select(vec![Some(b'"'), Some(b'\''), None]),
        delimiter in proptest::sample::select(b",;\0".to_vec()),
        line_end in proptest::sample::select(vec![LineEnd::Lf, LineEnd::Lf, LineEnd::Any, LineEnd::Byte(b'a')]),
        (escape, comment, trim, lenient, strict) in any::<(bool, bool, bool, bool, bool)>(),
        (pad, truncate) in any::<(bool, bool)>(),
        plain: bool,
    ) {
        let mut bytes = parts.concat().into_bytes();
        if let Some(index) = broken.filter(|_| !bytes.is_empty()) {
            let at = index.index(bytes.len());
            bytes[at] = 0xff;
        }
        // Most dialects of chance have a rule that the usual way leaves alone.
        let dialect = Dialect {
            delimiter,
            quote,
            escape: (escape && !plain).then_some(b'\\'),
            comment: (comment && !plain).then_some(b'#'),
            line_end: if plain { LineEnd::Lf } else { line_end },
            trim: if trim && !plain { Trim::Both } else { Trim::None },
            lenient,
            strict,
            ragged: Ragged { pad, truncate },
            ..Dialect::default()
        };
        same(&dialect, columns, &bytes, rows_max)?;
    }

    #[test]
    fn whole_records_are_taken_apart_in_the_same_way(
        records in proptest::collection::vec(
            proptest::collection::vec(
                proptest::sample::select(vec![
                    "", "1", "\"\"", "\"a,b\"", "\"a\nb\"", "\"\"\"\"", "\"x\"\"y\"", "\"\r\n\"", "5\"", "a\"\"b", "long long text",
                    "\"long, quoted \"\"text\"\" that is longer than a block of sixty-four bytes is long\"", "\"z\"q",
                ]),
                3..4,
            ),
            0..40,
        ),
        ends in proptest::sample::select(vec!["\n", "\r\n"]),
        odd in proptest::option::of((any::<proptest::sample::Index>(), proptest::sample::select(vec!["\n", "a,b\n", "a,b,c,d\n", "\r", "\""]))),
        closed: bool,
        rows_max in 1_usize..50,
    ) {
        let mut lines: Vec<String> = records.iter().map(|record| record.join(",") + ends).collect();
        if let Some((index, odd)) = odd {
            lines.insert(index.index(lines.len() + 1), odd.to_owned());
        }
        let text = lines.concat();
        let text = if closed { &text[..] } else { text.trim_end() };
        same(&Dialect::default(), 3, text.as_bytes(), rows_max)?;
        let padding = Dialect { ragged: Ragged { pad: true, truncate: true }, lenient: true, ..Dialect::default() };
        same(&padding, 3, text.as_bytes(), rows_max)?;
    }
}

#[test]
fn fields_beyond_the_columns_take_no_memory() {
    const FIELDS: usize = 100_000;
    let line = |field: &str| format!("1,2,3\n{}{field}\n4,5,6\n", format!("{field},").repeat(FIELDS));
    let lenient = Dialect { ragged: Ragged { pad: false, truncate: true }, ..Dialect::default() };
    for text in [line(""), line("1"), line("\"x\"\"y\"")] {
        for exact in [false, true] {
            let of = if exact { Tokenizer::exact } else { Tokenizer::new };
            let (mut rows, mut at) = (Rows::default(), 0);
            let error = of(&Dialect::default(), 3).fill(text.as_bytes(), &mut at, 10, &mut rows).unwrap_err();
            assert_eq!(error.message(), format!("{} fields, but the file has 3 columns", FIELDS + 1));
            assert_eq!((error.origin().record, error.origin().line, error.origin().byte), (Some(1), Some(1), Some(6)));
            assert_eq!(rows.len(), 1);
            assert!(rows.spans.capacity() < 1000 && rows.arena.capacity() < 1000);

            let (mut rows, mut at) = (Rows::default(), 0);
            of(&lenient, 3).fill(text.as_bytes(), &mut at, 10, &mut rows).unwrap();
            assert_eq!((rows.len(), rows.truncated, at), (3, 1, text.len()));
            assert!(rows.spans.capacity() < 1000 && rows.arena.capacity() < 1000);
        }
    }
}
