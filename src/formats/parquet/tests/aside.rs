//! Values that are refused while a file is decoded, in runs that set records aside.

use std::sync::Arc;

use parquet::data_type::{ByteArray, ByteArrayType, Int32Type, Int96, Int96Type};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;
use serde_json::Value;

use crate::error::{ErrorKind, Result};
use crate::format::ReadOptions;
use crate::output::Output;
use crate::replay;
use crate::report::Report;
use crate::source::Source;
use crate::{Allowance, Convert, Input, Target};

const ROWS: usize = 30_000;
const SCHEMA: &str = "message m { required int32 id; required int32 small (INTEGER(8,true)); \
                      required binary s (UTF8); repeated binary l (UTF8); required int96 t; }";

/// What is wrong with a row, if anything is: an int8 of 300, text that is not UTF-8 alone and in a list, a time in the
/// year 3000.
fn fault(row: usize) -> Option<(&'static str, &'static str)> {
    match row {
        _ if row % 5003 == 17 => Some(("V-INT-RANGE", "small")),
        _ if row % 7001 == 5 => Some(("V-UTF8", "s")),
        _ if row % 9001 == 8999 => Some(("V-UTF8", "l[]")),
        29_999 => Some(("V-TS-RANGE", "t")),
        _ => None,
    }
}

/// A file in two row groups.
fn file() -> Vec<u8> {
    let schema = Arc::new(parse_message_type(SCHEMA).unwrap());
    let mut data = Vec::new();
    let properties = Arc::new(WriterProperties::builder().set_dictionary_enabled(false).build());
    let mut writer = SerializedFileWriter::new(&mut data, schema, properties).unwrap();
    for rows in [0..ROWS / 3, ROWS / 3..ROWS] {
        let at = |row: usize, column: &str| fault(row).is_some_and(|(_, path)| path == column);
        let mut group = writer.next_row_group().unwrap();
        let mut numbers = |value: &dyn Fn(usize) -> i32| {
            let values: Vec<i32> = rows.clone().map(value).collect();
            let mut column = group.next_column().unwrap().unwrap();
            column.typed::<Int32Type>().write_batch(&values, None, None).unwrap();
            column.close().unwrap();
        };
        numbers(&|row| row as i32);
        numbers(&|row| if at(row, "small") { 300 } else { row as i32 % 100 });
        let texts: Vec<ByteArray> = (rows.clone())
            .map(|row| if at(row, "s") { vec![b'a', 0xff] } else { format!("text {row}").into_bytes() })
            .map(ByteArray::from)
            .collect();
        let mut column = group.next_column().unwrap().unwrap();
        column.typed::<ByteArrayType>().write_batch(&texts, None, None).unwrap();
        column.close().unwrap();
        // No element, one or two.
        let (mut values, mut definition, mut repetition) = (Vec::new(), Vec::new(), Vec::new());
        for row in rows.clone() {
            let elements: Vec<&[u8]> = match row % 3 {
                _ if at(row, "l[]") => vec![b"ok", b"\xff"],
                0 => vec![],
                1 => vec![b"one"],
                _ => vec![b"one", b"two"],
            };
            definition.push(i16::from(!elements.is_empty()));
            repetition.push(0);
            for _ in 1..elements.len() {
                definition.push(1);
                repetition.push(1);
            }
            values.extend(elements.into_iter().map(|element| ByteArray::from(element.to_vec())));
        }
        let mut column = group.next_column().unwrap().unwrap();
        column.typed::<ByteArrayType>().write_batch(&values, Some(&definition), Some(&repetition)).unwrap();
        column.close().unwrap();
        let times: Vec<Int96> = (rows.clone())
            .map(|row| {
                let mut time = Int96::new();
                time.set_data(row as u32, 0, if at(row, "t") { 2_816_788 } else { 2_440_588 });
                time
            })
            .collect();
        let mut column = group.next_column().unwrap().unwrap();
        column.typed::<Int96Type>().write_batch(&times, None, None).unwrap();
        column.close().unwrap();
        group.close().unwrap();
    }
    writer.close().unwrap();
    data
}

fn lines(bytes: &[u8]) -> Vec<Value> {
    let text = std::str::from_utf8(bytes).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn run(data: &[u8], to: &str, threads: usize, allowed: &[&str]) -> Result<(Vec<u8>, Vec<u8>, Report)> {
    let ((output, written), (file, rejects)) = (Output::memory(), Output::memory());
    let input = Input::with_format(Source::bytes("in.parquet", data.to_vec()), "parquet");
    let mut convert = Convert::new(input).to(Target::with_format(output, to)).threads(threads).rejects(file);
    for allowance in allowed {
        convert = convert.allow(allowance.parse::<Allowance>()?);
    }
    let report = convert.run()?;
    Ok((written.take().unwrap_or_default(), rejects.take().unwrap_or_default(), report))
}

#[test]
fn rows_that_cannot_be_decoded_are_rejected_and_no_others() {
    let data = file();
    let bad: Vec<_> = (0..ROWS).filter_map(|row| fault(row).map(|fault| (row, fault))).collect();
    let mut first: Option<(Vec<u8>, Vec<u8>)> = None;
    for threads in [1, 3] {
        let (output, rejects, report) = run(&data, "ndjson", threads, &[]).unwrap();
        assert_eq!(report.records_in, ROWS as u64);
        assert_eq!((report.rejected, report.records_out), (bad.len() as u64, (ROWS - bad.len()) as u64));
        let good = lines(&output);
        let expected = (0..ROWS).filter(|row| fault(*row).is_none());
        assert!(good.iter().map(|record| record["id"].as_u64().unwrap() as usize).eq(expected));
        for (reject, (row, (code, path))) in lines(&rejects).iter().zip(&bad) {
            assert_eq!(reject["record"], *row as u64 + 1);
            assert_eq!((&reject["code"], &reject["column"]), (&Value::from(*code), &Value::from(*path)));
            assert_eq!(reject["json"]["id"], *row as u64, "{reject}");
            assert!(reject.get("format").is_none() && reject.get("base64").is_none(), "{reject}");
            // There is no policy for values that a file holds against its own schema.
            assert!(!reject["hint"].to_string().contains("--allow"), "{reject}");
        }
        assert_eq!(lines(&rejects).len(), bad.len());
        // What could not be converted is shown as it is stored.
        let small = lines(&rejects).iter().find(|reject| reject["column"] == "small").unwrap()["json"]["small"].clone();
        assert_eq!(small, 300);
        let text = lines(&rejects).iter().find(|reject| reject["column"] == "s").unwrap()["json"]["s"].clone();
        assert_eq!(text, "Yf8=");
        let (known, known_rejects) = first.get_or_insert_with(|| (output.clone(), rejects.clone()));
        assert!(*known == output && *known_rejects == rejects, "{threads} threads");
    }
    let (_, _, report) = run(&data, "parquet", 2, &[]).unwrap();
    assert_eq!((report.rejected, report.records_out), (bad.len() as u64, (ROWS - bad.len()) as u64));
}

#[test]
fn only_named_codes_are_rejected_where_codes_are_named() {
    let error = run(&file(), "ndjson", 2, &["V-INT-RANGE=reject", "V-UTF8=skip"]).unwrap_err();
    assert_eq!((error.kind(), error.code().map(|code| code.as_str())), (ErrorKind::Value, Some("V-TS-RANGE")));
    let allowed = ["V-INT-RANGE=reject", "V-UTF8=skip", "V-TS-RANGE=skip"];
    let (_, rejects, report) = run(&file(), "ndjson", 2, &allowed).unwrap();
    assert_eq!(lines(&rejects).len() as u64, report.rejected);
    assert_eq!(report.records_in, report.records_out + report.rejected + report.skipped);
}

#[test]
fn a_record_without_bytes_is_not_replayed() {
    let (_, rejects, _) = run(&file(), "ndjson", 1, &[]).unwrap();
    let error = replay::inputs(&Source::bytes("r", rejects), &ReadOptions::default()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Usage, "{error}");
    assert!(error.hint().is_some_and(|hint| hint.ends_with("in.parquet")), "{error:?}");
}
