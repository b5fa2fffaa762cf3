//! Where a text is cut, how it arrives, and how many threads look at it changes nothing.

use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_select::concat::concat_batches;
use proptest::prelude::*;

use super::super::split::few;
use super::super::{Decoder, FORMAT, Layout, ReadJson, splitter};
use super::{exec, inferred, options, read, read_on};
use crate::format::{Format, Limits, ReadOptions};
use crate::pipeline::push::PushDecoder;
use crate::pipeline::stream::StreamReader;
use crate::pipeline::{Decode, Reader};
use crate::source::Source;

/// Texts with their layouts, all with strings that look like structure.
fn texts() -> Vec<(Layout, &'static str, String)> {
    let records: Vec<String> = (0..30)
        .map(|n| match n % 5 {
            0 => format!(r#"{{"id":{n},"s":"a\"}},{{[\\","l":[1,2,{n}],"o":{{"x":null,"y":"]"}}}}"#),
            1 => format!(r#"{{"s":"\\\\","id":{n}}}"#),
            2 => format!(r#"{{ "id" : {n} , "l" : [ ] , "new{n}" : {n}.5 }}"#),
            3 => format!(r#"{{"o":{{"y":"\u00e9é\n","x":[{{"q":{n}}},{{}}]}}}}"#),
            _ => "{}".to_owned(),
        })
        .collect();
    let pretty: Vec<String> =
        records.iter().map(|record| record.replace(",\"", ",\n  \"").replace('[', "[\n")).collect();
    let pretty: Vec<String> = pretty.iter().map(|record| record.replace("{[\n", "{[")).collect();
    vec![
        (Layout::Lines, "ndjson", records.join("\n")),
        (Layout::Lines, "ndjson", records.join("\r\n\n") + "\n"),
        (Layout::Values, "concatenated", records.join("\n")),
        (Layout::Values, "concatenated", records.concat()),
        (Layout::Values, "concatenated", pretty.join("\n")),
        (Layout::Values, "concatenated", "1 22 true \"a b\" [1] {} null\n333\n\"x\"".to_owned()),
        (Layout::Values, "concatenated", "\"a\"\"b\"[1]9[2]8\"c\"true{}null\"d\"7{}\"e\"6 5".to_owned()),
        (Layout::Array, "array", format!("\u{feff} [{}]", records.join(","))),
        (Layout::Array, "array", format!("[\n  {}\n]\n\n", pretty.join(",\n  "))),
        (Layout::Array, "array", "[1,22,333,null,true,[4],\"5\"]".to_owned()),
    ]
}

fn chunked(layout: &str, chunk_bytes: usize) -> ReadOptions {
    let mut options = options(&[("layout", layout)]);
    options.limits.chunk_bytes = chunk_bytes;
    options
}

#[test]
fn chunk_size_and_threads_do_not_matter() {
    let execs = [exec(1), exec(2), exec(8)];
    for (_, layout, text) in texts() {
        let whole = read(text.clone(), &chunked(layout, 1 << 20)).unwrap();
        assert!(whole.num_rows() >= 7);
        for chunk_bytes in (1..40).chain([64, 100, 500]) {
            let options = chunked(layout, chunk_bytes);
            for exec in &execs[..if chunk_bytes % 8 == 0 { 3 } else { 1 }] {
                let batch = read_on(text.clone(), &options, exec).unwrap();
                assert_eq!(batch.schema(), whole.schema(), "{layout} {chunk_bytes}");
                assert_eq!(batch, whole, "{layout} {chunk_bytes}");
            }
        }
    }
}

#[test]
fn few_objects_may_make_a_chunk() {
    for (layout, name, text) in texts() {
        let whole = read(text.clone(), &chunked(name, 1 << 20)).unwrap();
        let json = ReadJson::new(&ReadOptions::default()).unwrap();
        for (objects, chunk_bytes) in [(1, 1 << 20), (2, 100), (3, 17), (5, 1 << 20), (7, 250), (1000, 1 << 20)] {
            let limits = Limits { chunk_bytes, ..Limits::default() };
            let decoder = Arc::new(Decoder::new(whole.schema(), json.clone(), layout, &limits).unwrap());
            let split = Box::new(few(layout, objects, objects));
            let input = Box::new(std::io::Cursor::new(text.clone().into_bytes()));
            let mut reader = StreamReader::new("test".into(), input, split, decoder.clone(), limits);
            let mut batches = Vec::new();
            while let Some(chunk) = reader.next_chunk().unwrap() {
                let found: Vec<RecordBatch> = chunk.decode().unwrap().map(|batch| batch.unwrap().records).collect();
                let rows: usize = found.iter().map(RecordBatch::num_rows).sum();
                // None of the records has more than eight braces; other values than objects are not counted.
                let values = !text.contains("id");
                assert!(values || rows <= 8 * objects, "{name}: {rows} records, {objects} allowed");
                batches.extend(found);
            }
            assert_eq!(concat_batches(&decoder.schema(), &batches).unwrap(), whole, "{name} {objects} {chunk_bytes}");
        }
    }
}

/// Records that lack most of many columns: a few bytes each, and a place in every column.
#[test]
fn what_a_chunk_takes_in_memory_has_a_bound() {
    const COLUMNS: usize = 2000;
    let text: String = (0..20_000).map(|n| format!("{{\"k{}\":1}}\n", n % COLUMNS)).collect();
    for layout in ["ndjson", "concatenated"] {
        let mut reader =
            FORMAT.open(Source::bytes("test", text.clone()), &options(&[("layout", layout)]), &exec(1)).unwrap();
        assert_eq!(reader.schema().fields().len(), COLUMNS);
        let (mut rows, mut most) = (0, 0);
        while let Some(chunk) = reader.next_chunk().unwrap() {
            let batches = chunk.decode().unwrap().map(|batch| batch.unwrap().records);
            let found: usize = batches.map(|batch| batch.num_rows()).sum();
            rows += found;
            most = most.max(found);
        }
        assert_eq!(rows, 20_000);
        assert!(most * COLUMNS * size_of::<i64>() <= 32 << 20, "{most} records");
    }
}

proptest! {
    #[test]
    fn whether_values_stand_apart_does_not_depend_on_the_cuts(
        parts in prop::collection::vec(
            prop::sample::select(
                &["1", "-2.5", "true", "null", "\"a\"", "\"]\"", "[1]", "{}", "[\"x\"]", " ", "\n", ",", "x", "]", "-", "é"][..],
            ),
            0..12,
        ),
    ) {
        let text = parts.concat();
        let rows = |chunk_bytes| read(text.clone(), &chunked("concatenated", chunk_bytes)).map(|batch| batch.num_rows()).ok();
        let whole = rows(1 << 20);
        for chunk_bytes in 1..12 {
            prop_assert_eq!(rows(chunk_bytes), whole, "{} bytes", chunk_bytes);
        }
    }
}

#[test]
fn bytes_may_arrive_one_by_one() {
    for (layout, name, text) in texts() {
        let whole = read(text.clone(), &chunked(name, 1 << 20)).unwrap();
        let json = ReadJson::new(&ReadOptions::default()).unwrap();
        let limits = Limits::default();
        for step in [1, 2, 7] {
            let decoder = Arc::new(Decoder::new(whole.schema(), json.clone(), layout, &limits).unwrap());
            let mut push = PushDecoder::new(splitter(layout), decoder.clone(), limits);
            let mut batches = Vec::new();
            let mut lines = 0;
            let mut take = |push: &mut PushDecoder| {
                while let Some(more) = push.next_batches().unwrap() {
                    lines += more.iter().map(|batch| batch.report.lines).sum::<u64>();
                    batches.extend(more.into_iter().map(|batch| batch.records));
                }
            };
            for part in text.as_bytes().chunks(step) {
                push.feed(part);
                take(&mut push);
            }
            push.end();
            take(&mut push);
            assert_eq!(concat_batches(&decoder.schema(), &batches).unwrap(), whole);
            assert_eq!(lines, text.matches('\n').count() as u64, "{name}");
        }
    }
}

#[test]
fn nothing_is_missing_in_silence() {
    for (layout, name, text) in texts() {
        let options = chunked(name, 50);
        let whole = read(text.clone(), &options).unwrap();
        for cut in 0..text.len() {
            let part = &text.as_bytes()[..cut];
            let Ok(batch) = read(part.to_vec(), &options) else { continue };
            let rest_is_blank = text.as_bytes()[cut..].iter().all(u8::is_ascii_whitespace);
            match layout {
                Layout::Array => assert!(rest_is_blank, "{name} cut at {cut}"),
                // The records before the cut are all there: as many as an independent parser counts.
                _ => {
                    let values = serde_json::Deserializer::from_slice(part).into_iter::<serde_json::Value>();
                    let count = values.inspect(|value| assert!(value.is_ok(), "{name} cut at {cut}")).count();
                    assert_eq!(batch.num_rows(), count, "{name} cut at {cut}");
                }
            }
            assert!(batch.num_rows() <= whole.num_rows());
        }
    }
}

#[test]
fn broken_text_is_never_read() {
    // One byte of a valid text is replaced: what serde_json refuses, we refuse, whatever the chunk size.
    let text = br#"[{"a":1,"b":"x\"y","c":[1.5,true]},{"a":null,"b":"","c":[]},{"c":[-2e-1,false,null]}]"#;
    let mut refused = 0;
    for at in 0..text.len() {
        for byte in *b"\"\\{}[],:0-.e+ntx \n\x01\xff" {
            let mut broken = text.to_vec();
            broken[at] = byte;
            let valid = serde_json::from_slice::<serde_json::Value>(&broken).is_ok();
            for chunk_bytes in [8, 1 << 20] {
                let outcome = read(broken.clone(), &chunked("array", chunk_bytes));
                if !valid {
                    assert!(outcome.is_err(), "{at} {:?}", String::from_utf8_lossy(&broken));
                    refused += 1;
                }
            }
        }
    }
    assert!(refused > 1000);
}

#[test]
fn errors_have_the_same_place_for_any_chunk_size() {
    let mut records: Vec<String> = (0..50).map(|n| format!("{{\"a\":{n},\"b\":\"x\"}}")).collect();
    records[33] = "{\"a\":1,\"b\":nul}".to_owned();
    let text = records.join("\n");
    let byte = text.find("nul}").unwrap() as u64;
    for chunk_bytes in [1, 10, 17, 100, 333, 1 << 20] {
        for layout in ["ndjson", "concatenated"] {
            let error = read(text.clone(), &chunked(layout, chunk_bytes)).unwrap_err();
            let origin = error.origin();
            assert_eq!((origin.record, origin.line, origin.byte), (Some(33), Some(33), Some(byte)), "{error}");
            assert_eq!(origin.source.as_deref(), Some("test.json"));
        }
    }
}

#[test]
fn long_records_are_cut_in_linear_time() {
    let long = format!("{{\"a\":[{}]}}", vec!["1,\n"; 200_000].concat() + "1");
    let text = format!("{long}\n{long}\n");
    let started = std::time::Instant::now();
    let mut options = chunked("concatenated", 1 << 10);
    assert_eq!(read(text.clone(), &options).unwrap().num_rows(), 2);
    assert!(started.elapsed().as_secs() < 20);
    options.limits.record_bytes_max = 1 << 16;
    assert_eq!(read(text, &options).unwrap_err().kind(), crate::ErrorKind::Limit);
}

#[test]
fn layout_is_found() {
    let rows = |text: &str| inferred(text).unwrap().num_rows();
    assert_eq!(rows("[1]\n[2]\n"), 2);
    assert_eq!(rows("[[1],\n[2],[3]]\n"), 3);
    assert_eq!(rows("[1]"), 1);
    assert_eq!(rows("{\"a\":[\n1]}\n{\"a\":[2]}"), 2);
    assert!(inferred("[1][2]").is_err());
    // An array that is longer than what is looked at.
    let long: Vec<String> = (0..20_000).map(|n| n.to_string()).collect();
    assert_eq!(rows(&format!("[{}]", long.join(","))), 20_000);
    let batch: RecordBatch = inferred("{\n\"a\"\n:\n1}{\"a\":2}").unwrap();
    assert_eq!(batch.num_rows(), 2);
}
