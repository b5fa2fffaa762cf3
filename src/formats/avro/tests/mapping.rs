//! What single types become, hard cases of the mapping.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::*;
use arrow_array::*;
use arrow_schema::{DataType, Field, Schema};

use super::super::header::Header;
use crate::column::avro::put;
use super::{joined, read, read_with, write, write_with};
use crate::code::Code;
use crate::format::{Format, ReadOptions, WriteOptions};
use crate::schema::avsc::{self, Names, keys};

fn file(schema: &str, blocks: &[(i64, &[u8])]) -> Vec<u8> {
    let mut bytes = Header::write(&[("avro.schema".to_owned(), schema.as_bytes().to_vec())], &[9; 16]);
    for (records, data) in blocks {
        put::long(&mut bytes, *records);
        put::bytes(&mut bytes, data);
        bytes.extend_from_slice(&[9; 16]);
    }
    bytes
}

fn record(fields: &str) -> String {
    format!(r#"{{"type":"record","name":"R","fields":[{fields}]}}"#)
}

/// Reads, writes what was read, and expects the same schema text and the same data.
#[track_caller]
fn unchanged(schema: &str, records: i64, data: &[u8]) -> RecordBatch {
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

#[test]
fn null_branch_order_and_single_branches_stay() {
    unchanged(
        &record(r#"{"name":"a","type":["null","int"]},{"name":"b","type":["int","null"]}"#),
        2,
        &[2, 4, 0, 6, 0, 2],
    );
    unchanged(&record(r#"{"name":"a","type":["int"]}"#), 1, &[0, 4]);
    unchanged(&record(r#"{"name":"a","type":["null"]}"#), 1, &[0]);
    let batch = unchanged(&record(r#"{"name":"u","type":["null","int","string"]}"#), 3, &[2, 2, 4, 2, b'x', 0]);
    assert_eq!(batch.column(0).as_union().type_ids(), &[1, 2, 0]);
}

#[test]
fn names_docs_aliases_and_defaults_stay() {
    let schema = r#"{"type":"record","name":"R","namespace":"a.b","doc":"d","aliases":["Old"],"fields":[
        {"name":"n","type":"int","default":5,"order":"ignore","aliases":["m"],"doc":"number"},
        {"name":"e","type":{"type":"enum","name":"E","symbols":["X","Y"],"default":"X"}},
        {"name":"f","type":{"type":"fixed","name":"F","size":2,"custom":1}}]}"#;
    let batch = unchanged(schema, 1, &[2, 2, 1, 2]);
    let (projected, _) =
        avsc::document_to_arrow(&avsc::parse(schema, Names::Strict).unwrap(), &Default::default()).unwrap();
    let projected = projected.project(&[0, 1]).unwrap();
    let text = avsc::from_arrow(&projected, &Default::default()).unwrap();
    for kept in [
        "\"a.b\"",
        "\"order\": \"ignore\"",
        "\"default\": 5",
        "\"number\"",
        "\"a.b.Old\"",
        "\"m\"",
        "\"default\": \"X\"",
    ] {
        assert!(text.contains(kept), "{kept} is lost in {text}");
    }
    assert!(!text.contains("\"F\""), "{text}");
    assert_eq!(batch.column(1).as_dictionary::<Int32Type>().values().as_string::<i32>().value(1), "Y");
}

#[test]
fn recursion_is_cut_and_comes_back() {
    let schema =
        r#"{"type":"record","name":"N","fields":[{"name":"v","type":"int"},{"name":"next","type":["null","N"]}]}"#;
    let data = [2, 2, 4, 2, 6, 0];
    let batch = unchanged(schema, 1, &data);
    assert_eq!(batch.column(1).as_string::<i32>().value(0), r#"{"v":2,"next":{"N":{"v":3,"next":null}}}"#);
    let mut options = ReadOptions::default();
    options.settings.set("recursion", "bytes");
    let (schema, batches) = read_with(file(schema, &[(1, &data)]), &options).unwrap();
    assert_eq!(batches[0].column(1).as_binary::<i32>().value(0), &data[2..]);
    let again = write_with(&schema, &batches, &WriteOptions::default()).unwrap();
    let (_, again) = read(again).unwrap();
    assert_eq!(again[0].column(1).as_string::<i32>().value(0), batch.column(1).as_string::<i32>().value(0));
}

#[test]
fn records_without_bytes_are_counted() {
    for schema in [
        record(""),
        record(r#"{"name":"n","type":"null"}"#),
        record(r#"{"name":"e","type":{"type":"record","name":"E","fields":[]}}"#),
    ] {
        let (_, batches) = read(file(&schema, &[(3, &[])])).unwrap();
        assert_eq!(batches.iter().map(RecordBatch::num_rows).sum::<usize>(), 3, "{schema}");
    }
}

#[test]
fn decimals_of_every_kind() {
    let bytes = |p, s| {
        record(&format!(
            r#"{{"name":"d","type":{{"type":"bytes","logicalType":"decimal","precision":{p},"scale":{s}}}}}"#
        ))
    };
    let batch = unchanged(&bytes(2, 5), 1, &[2, 1]);
    assert_eq!(*batch.schema().field(0).data_type(), DataType::Binary);
    let batch = unchanged(&bytes(100, 5), 2, &[4, 0xff, 0x00, 2, 7]);
    let texts = batch.column(0).as_string::<i32>();
    assert_eq!((texts.value(0), texts.value(1)), ("-0.00256", "0.00007"));
    let big = record(r#"{"name":"d","type":{"type":"bytes","logicalType":"big-decimal"}}"#);
    let batch = unchanged(&big, 1, &[6, 2, 7, 4]);
    assert_eq!(batch.column(0).as_string::<i32>().value(0), "0.07");
    let error = read(file(&bytes(2, 0), &[(1, &[2, 100])])).unwrap_err();
    assert_eq!(error.code(), Some(Code::DecimalPrecision));
}

#[test]
fn durations_uuids_and_times() {
    let duration = record(r#"{"name":"d","type":{"type":"fixed","name":"D","size":12,"logicalType":"duration"}}"#);
    unchanged(&duration, 1, &[1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0]);
    let error = read(file(&duration, &[(1, &[0, 0, 0, 128, 0, 0, 0, 0, 0, 0, 0, 0])])).unwrap_err();
    assert_eq!(error.code(), Some(Code::Interval));
    let uuid = record(r#"{"name":"u","type":{"type":"string","logicalType":"uuid"}}"#);
    let mut data = vec![72];
    data.extend_from_slice(b"00112233-4455-6677-8899-aabbccddeeff");
    unchanged(&uuid, 1, &data);
    assert_eq!(read(file(&uuid, &[(1, &[4, b'z', b'z'])])).unwrap_err().code(), Some(Code::Uuid));
    let iceberg =
        record(r#"{"name":"t","type":{"type":"long","logicalType":"timestamp-micros","adjust-to-utc":false}}"#);
    let batch = unchanged(&iceberg, 1, &[2]);
    assert_eq!(*batch.schema().field(0).data_type(), DataType::Timestamp(arrow_schema::TimeUnit::Microsecond, None));
    let time = record(r#"{"name":"t","type":{"type":"int","logicalType":"time-millis"}}"#);
    let error = read(file(&time, &[(2, &[2, 1])])).unwrap_err();
    assert_eq!((error.code(), error.origin().record), (Some(Code::DateRange), Some(1)));
}

#[test]
fn maps_keep_duplicates_and_roots_need_no_record() {
    let map = record(r#"{"name":"m","type":{"type":"map","values":"int"}}"#);
    let batch = unchanged(&map, 1, &[4, 2, b'k', 2, 2, b'k', 4, 0]);
    assert_eq!(batch.column(0).as_map().value_length(0), 2);
    let batch = unchanged("\"int\"", 2, &[2, 4]);
    assert_eq!(batch.schema().field(0).name(), "value");
    unchanged(r#"["null","string"]"#, 2, &[0, 2, 2, b'x']);
    let error = read(file(&record(r#"{"name":"s","type":"string"}"#), &[(1, &[2, 0xff])])).unwrap_err();
    assert_eq!(error.code(), Some(Code::Utf8));
}

#[test]
fn blocks_of_any_shape() {
    let list = record(r#"{"name":"l","type":{"type":"array","items":"int"}}"#);
    let (_, batches) = read(file(&list, &[(1, &[3, 4, 2, 4, 2, 6, 0]), (0, &[]), (2, &[0, 2, 8, 0])])).unwrap();
    let rows: Vec<Vec<i32>> = batches
        .iter()
        .flat_map(|batch| {
            batch
                .column(0)
                .as_list::<i32>()
                .iter()
                .map(|row| row.unwrap().as_primitive::<Int32Type>().values().to_vec())
                .collect::<Vec<_>>()
        })
        .collect();
    assert_eq!(rows, [vec![1, 2, 3], vec![], vec![4]]);
}

fn batch_of(fields: Vec<Field>, columns: Vec<ArrayRef>) -> RecordBatch {
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).unwrap()
}

#[test]
fn names_follow_the_place_of_the_column() {
    let ints = |value| Arc::new(Int32Array::from(vec![value])) as ArrayRef;
    let fields = vec![Field::new("a b", DataType::Int32, false), Field::new("a_b", DataType::Int32, false)];
    let batch = batch_of(fields, vec![ints(1), ints(2)]);
    let bytes = write(&batch).unwrap();
    let document = avsc::parse(Header::read(&mut bytes.as_slice()).unwrap().schema().unwrap(), Names::Strict).unwrap();
    let names: Vec<_> = document.fields(&document.root).unwrap().iter().map(|field| field.name.clone()).collect();
    assert_eq!(names, ["a_b_2", "a_b"]);
    let (schema, found) = read(bytes).unwrap();
    assert_eq!((schema.field(0).name().as_str(), schema.field(1).name().as_str()), ("a b", "a_b"));
    assert_eq!(found[0].columns(), batch.columns());
}

#[test]
fn metadata_cannot_change_the_type() {
    let metadata = [("type".to_owned(), "\"string\"".to_owned()), ("name".to_owned(), "x".to_owned())];
    let props = [(keys::AVRO_PROPS.to_owned(), r#"{"logicalType":"date","type":"string"}"#.to_owned())];
    for metadata in [metadata.to_vec(), props.to_vec()] {
        let field = Field::new("a", DataType::Int32, false)
            .with_metadata(metadata.into_iter().collect::<arrow_schema::Metadata>());
        let batch = batch_of(vec![field], vec![Arc::new(Int32Array::from(vec![1]))]);
        let (schema, found) = read(write(&batch).unwrap()).unwrap();
        assert_eq!(*schema.field(0).data_type(), DataType::Int32);
        assert_eq!(found[0].columns(), batch.columns());
    }
    let narrower = [(keys::AVRO_SCHEMA, record(r#"{"name":"a","type":"int"}"#))];
    let fields = vec![Field::new("a", DataType::Int32, false), Field::new("b", DataType::Int32, false)];
    let schema = Schema::new(fields).with_metadata(narrower);
    let column: ArrayRef = Arc::new(Int32Array::from(vec![1]));
    let batch = RecordBatch::try_new(Arc::new(schema), vec![column.clone(), column]).unwrap();
    assert_eq!(read(write(&batch).unwrap()).unwrap().0.fields().len(), 2);
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
fn hints_never_win_over_data() {
    let hinted = record(r#"{"name":"a","type":"int","fmtconv":{"arrow":"uint8"}}"#);
    let error = read(file(&hinted, &[(1, &[0xd8, 4])])).unwrap_err();
    assert_eq!(error.code(), Some(Code::IntRange));
    let mut options = ReadOptions::default();
    options.settings.set("hints", "false");
    let (_, batches) = read_with(file(&hinted, &[(1, &[0xd8, 4])]), &options).unwrap();
    assert_eq!(batches[0].column(0).as_primitive::<Int32Type>().value(0), 300);
    let lie = record(
        r#"{"name":"a","type":{"type":"record","name":"S","fields":[]},"fmtconv":{"metadata":{"fmtconv.lowered":"recursion:S"}}}"#,
    );
    assert_eq!(read(file(&lie, &[(1, &[])])).unwrap().1[0].num_rows(), 1);
    let absurd = record(r#"{"name":"a","type":"int","fmtconv":{"arrow":"large_utf8","dictionary":"float32"}}"#);
    assert_eq!(*read(file(&absurd, &[])).unwrap().0.field(0).data_type(), DataType::Int32);
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
        let definition = crate::format::Definition { path: path.clone(), message: None, includes: Vec::new() };
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
