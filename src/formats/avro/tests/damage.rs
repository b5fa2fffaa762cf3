//! Damaged files: every truncation is an error, no flipped bit panics, counts and sizes that lie are found out.

use std::sync::Arc;

use arrow_array::*;
use arrow_schema::{DataType, Field, Schema};

use super::{read, write_with};
use crate::error::ErrorKind;
use crate::format::{Compression, WriteOptions};

fn file(codec: &str) -> Vec<u8> {
    let texts = StringArray::from_iter((0..40).map(|n| (n % 5 > 0).then(|| format!("text {n}"))));
    let lists = ListArray::from_iter_primitive::<types::Int32Type, _, _>((0..40).map(|n| Some(vec![Some(n), None])));
    let fields = vec![
        Field::new("text", DataType::Utf8, true),
        Field::new("list", lists.data_type().clone(), true),
        Field::new("float", DataType::Float64, false),
    ];
    let floats = Float64Array::from_iter_values((0..40).map(f64::from));
    let columns: Vec<ArrayRef> = vec![Arc::new(texts), Arc::new(lists), Arc::new(floats)];
    let batch = RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).unwrap();
    let compression: Compression = codec.parse().unwrap();
    let mut options = WriteOptions { compression: Some(compression), ..Default::default() };
    options.settings.set("block-bytes", "200");
    write_with(&batch.schema(), std::slice::from_ref(&batch), &options).unwrap()
}

fn header_len(bytes: &[u8]) -> usize {
    let sync = &bytes[bytes.len() - 16..];
    bytes.windows(16).position(|window| window == sync).unwrap() + 16
}

#[test]
fn every_truncation_is_an_error_or_ends_at_a_block() {
    for codec in ["none", "snappy"] {
        let bytes = file(codec);
        let sync = &bytes[bytes.len() - 16..].to_vec();
        let start = header_len(&bytes);
        for len in 0..bytes.len() {
            let whole_blocks = len >= start && bytes[..len].ends_with(sync);
            match read(bytes[..len].to_vec()) {
                Ok((_, batches)) => {
                    assert!(whole_blocks, "{codec}: {len} of {} bytes were taken for a whole file", bytes.len());
                    assert!(batches.iter().map(RecordBatch::num_rows).sum::<usize>() < 40);
                }
                Err(error) => {
                    assert!(!whole_blocks, "{error}");
                    assert_eq!(error.kind(), ErrorKind::Malformed, "{error}");
                }
            }
        }
    }
}

#[test]
fn no_flipped_bit_panics() {
    for codec in ["none", "snappy", "deflate", "zstd", "bzip2", "xz"] {
        let bytes = file(codec);
        let step = if codec == "none" { 1 } else { 7 };
        for at in (0..bytes.len() * 8).step_by(step) {
            let mut damaged = bytes.clone();
            damaged[at / 8] ^= 1 << (at % 8);
            if let Ok((_, batches)) = read(damaged) {
                for batch in batches {
                    batch.columns().iter().for_each(|column| column.to_data().validate_full().unwrap());
                }
            }
        }
    }
}

/// A file of one block, its data as it is.
fn crafted(schema: &str, records: i64, data: &[u8]) -> Vec<u8> {
    let metadata = vec![("avro.schema".to_owned(), schema.as_bytes().to_vec())];
    let mut bytes = super::super::header::Header::write(&metadata, &[7; 16]);
    crate::column::avro::put::long(&mut bytes, records);
    crate::column::avro::put::bytes(&mut bytes, data);
    bytes.extend_from_slice(&[7; 16]);
    bytes
}

#[track_caller]
fn refused(schema: &str, records: i64, data: &[u8], message: &str) {
    let error = read(crafted(schema, records, data)).unwrap_err();
    assert!(error.to_string().contains(message), "{error}");
    assert!(error.origin().source.is_some(), "{error:?}");
}

#[test]
fn lies_are_found_out() {
    refused("\"int\"", 3, &[2, 4], "claims 3 records in 2 bytes");
    refused("\"int\"", 1, &[2, 4], "bytes are left behind the last record");
    refused("\"int\"", -1, &[2], "claims -1 records");
    refused("\"int\"", 1, &[0xff, 0xff, 0xff, 0xff, 0xff, 1], "not an int of 32 bits");
    refused("\"long\"", 1, &[0xff; 11], "more than 64 bits");
    refused("\"boolean\"", 1, &[2], "not a boolean");
    refused("\"string\"", 1, &[0x80, 0x80, 0x80, 0x80, 0x20, 0], "claims");
    refused("\"string\"", 1, &[1], "claims -1 bytes");
    refused("\"string\"", 1, &[4, b'a'], "claims 2 bytes");
    refused("\"string\"", 2, &[2, b'a', 2, 0xff], "record 2");
    refused("[\"null\",\"int\"]", 1, &[4, 0], "branch 2 of a union of 2");
    refused(r#"{"type":"enum","name":"E","symbols":["A"]}"#, 1, &[2], "symbol 1 of an enum of 1");
    refused(r#"{"type":"array","items":"int"}"#, 1, &[0xfe, 0xff, 0xff, 0xff, 0x0f, 0, 0], "items claimed");
    refused(r#"{"type":"array","items":"null"}"#, 1, &[0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f, 0], "items claimed");
    refused(r#"{"type":"array","items":"int"}"#, 1, &[1, 4, 2, 0], "off its claimed size");
    refused(r#"{"type":"array","items":"int"}"#, 1, &[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 0], "");
    refused(r#"{"type":"record","name":"R","fields":[]}"#, i64::MAX, &[], "empty records");
    refused(r#"{"type":"record","name":"R","fields":[{"name":"r","type":"R"}]}"#, 1, &[], "claims 1 records");
    let mut bytes = crafted("\"int\"", 1, &[2]);
    let last = bytes.len() - 1;
    bytes[last] = 0;
    assert!(read(bytes).unwrap_err().to_string().contains("sync marker"));
}

#[test]
fn what_to_do_about_too_many_empty_records_is_told() {
    let (schema, most) = (r#"{"type":"record","name":"R","fields":[{"name":"n","type":"null"}]}"#, 1 << 23);
    let error = read(crafted(schema, most + 1, &[])).unwrap_err();
    assert_eq!(error.kind(), crate::ErrorKind::Limit);
    assert!(error.hint().is_some_and(|hint| hint.contains("fmtconv count")), "{error}");
    let (_, batches) = read(crafted(schema, most, &[])).unwrap();
    assert_eq!(batches.iter().map(|batch| batch.num_rows() as i64).sum::<i64>(), most);
}

#[test]
fn deep_data_meets_the_limit() {
    let schema = r#"{"type":"record","name":"N","fields":[{"name":"next","type":["null","N"]}]}"#;
    let mut data = vec![2; 100_000];
    data.push(0);
    refused(schema, 1, &data, "nested deeper than 256");
}
