//! What single types become, hard cases of the mapping.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::*;
use arrow_array::*;
use arrow_schema::{DataType, Field, Schema};

use super::super::header::Header;
use super::{joined, read, write, write_with};
use crate::code::Code;
use crate::column::avro::put;
use crate::format::{Format, WriteOptions};

pub(super) fn file(schema: &str, blocks: &[(i64, &[u8])]) -> Vec<u8> {
    let mut bytes = Header::write(&[("avro.schema".to_owned(), schema.as_bytes().to_vec())], &[9; 16]);
    for (records, data) in blocks {
        put::long(&mut bytes, *records);
        put::bytes(&mut bytes, data);
        bytes.extend_from_slice(&[9; 16]);
    }
    bytes
}

pub(super) fn record(fields: &str) -> String {
    format!(r#"{{"type":"record","name":"R","fields":[{fields}]}}"#)
}

/// Reads, writes what was read, and expects the same schema text and the same data.
#[track_caller]
pub(super) fn unchanged(schema: &str, records: i64, data: &[u8]) -> RecordBatch {
    let bytes = file(schema, &[(records, data)]);
    let (found, batches) = read(bytes).unwrap();
    let options = WriteOptions { compression: Some("none".parse().unwrap()), ..Default::default() };
    let again = write_with(&found, &batches, &options).unwrap();
    let header = Header::read(&mut again.as_slice()).unwrap();
    assert_eq!(header.schema().unwrap(), schema);
    let mut expected = Vec::new();
    put::long(&mut expected, records);
    put::bytes(&mut expected, data);
    expected.extend_from_slice(&header.sync);
    assert_eq!(&again[header.len as usize..], expected, "data changed");
    joined(&found, &batches)
}

pub(super) fn batch_of(fields: Vec<Field>, columns: Vec<ArrayRef>) -> RecordBatch {
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).unwrap()
}

#[test]
fn values_that_do_not_fit_stop_the_run() {
    let stopped = |array: ArrayRef, nullable: bool| {
        let batch = batch_of(vec![Field::new("c", array.data_type().clone(), nullable)], vec![array]);
        let error = write(&batch).unwrap_err();
        (error.code().unwrap(), error.origin().record, error.origin().column.clone().unwrap())
    };
    let nanos = Time64NanosecondArray::from(vec![1000, 1_234_567_891]);
    assert_eq!(stopped(Arc::new(nanos), true), (Code::TimePrecision, Some(1), "c".to_owned()));
    let seconds = TimestampSecondArray::from(vec![i64::MAX]);
    assert_eq!(stopped(Arc::new(seconds), true).0, Code::TimestampRange);
    let negative = IntervalYearMonthArray::from(vec![-1]);
    assert_eq!(stopped(Arc::new(negative), true).0, Code::Interval);
    assert_eq!(stopped(Arc::new(Date64Array::from(vec![1])), true).0, Code::TimePrecision);
}

#[test]
fn a_given_schema_is_written_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s.avsc");
    let batch = batch_of(
        vec![Field::new("a", DataType::Int32, true), Field::new("b", DataType::Utf8, false)],
        vec![Arc::new(Int32Array::from(vec![Some(1), None])), Arc::new(StringArray::from(vec!["X", "Y"]))],
    );
    let written = |schema: &str| {
        std::fs::write(&path, schema).unwrap();
        let definition =
            crate::format::Definition { path: path.clone(), message: None, includes: Vec::new(), content: None };
        write_with(
            &batch.schema(),
            std::slice::from_ref(&batch),
            &WriteOptions { definition: Some(definition), ..Default::default() },
        )
    };
    let enumeration = r#"{"name":"b","type":{"type":"enum","name":"E","symbols":["X","Y"]}}"#;
    let bytes = written(&record(&format!(r#"{enumeration},{{"name":"a","type":["long","null"]}}"#))).unwrap();
    let (schema, found) = read(bytes).unwrap();
    assert_eq!(*schema.field(1).data_type(), DataType::Int64);
    assert_eq!(found[0].column(1).as_primitive::<Int64Type>().iter().collect::<Vec<_>>(), [Some(1), None]);
    // A double holds every integer of 32 bits, a float does not.
    let bytes = written(&record(&format!(r#"{enumeration},{{"name":"a","type":["double","null"]}}"#))).unwrap();
    let found = read(bytes).unwrap().1;
    assert_eq!(found[0].column(1).as_primitive::<Float64Type>().iter().collect::<Vec<_>>(), [Some(1.0), None]);
    let float = written(&record(&format!(r#"{enumeration},{{"name":"a","type":["float","null"]}}"#))).unwrap_err();
    assert_eq!(float.kind(), crate::error::ErrorKind::Schema);
    let bytes = written(&record(r#"{"name":"a","type":["int","null"]},{"name":"b","type":"bytes"}"#)).unwrap();
    let found = read(bytes).unwrap().1;
    assert_eq!(found[0].column(1).as_binary::<i32>().iter().flatten().collect::<Vec<_>>(), [b"X", b"Y"]);
    let missing = written(&record(enumeration)).unwrap_err();
    assert_eq!(missing.kind(), crate::error::ErrorKind::Schema);
    let unknown = written(&record(&format!(r#"{enumeration},{{"name":"a","type":"string"}}"#))).unwrap_err();
    assert_eq!((unknown.kind(), unknown.origin().column.as_deref()), (crate::error::ErrorKind::Schema, Some("a")));
    let null = written(&record(&format!(r#"{enumeration},{{"name":"a","type":"int"}}"#))).unwrap_err();
    assert_eq!((null.code(), null.origin().record), (Some(Code::Null), Some(1)));
}

#[test]
fn inspect_and_count_read_heads_only() {
    let bytes = file(&record(""), &[(3, &[]), (4, &[])]);
    let source = crate::source::Source::bytes("x.avro", bytes);
    assert_eq!(super::FORMAT.count(&source, &Default::default()).unwrap(), Some(7));
    let facts = super::FORMAT.inspect(&source, &Default::default()).unwrap();
    assert_eq!((&facts["blocks"], &facts["codec"]), (&2.into(), &"null".into()));
    assert_eq!(facts["fingerprint_crc64"].as_str().unwrap().len(), 16);
}

#[test]
fn records_are_not_counted_in_fewer_bytes_than_they_take() {
    let schema = record(r#"{"name":"a","type":"long"},{"name":"b","type":"double"}"#);
    let count = |records| {
        let source = crate::source::Source::bytes("x.avro", file(&schema, &[(records, &[0; 18])]));
        super::FORMAT.count(&source, &Default::default())
    };
    assert_eq!(count(2).unwrap(), Some(2));
    assert_eq!(count(3).unwrap_err().message(), "a block claims 3 records in 18 bytes");
}
