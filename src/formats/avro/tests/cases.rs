//! The numbered cases of the mapping between Avro and Arrow. Bytes are worked out by hand from the specification.

use std::collections::HashMap;
use std::sync::Arc;

use apache_avro::Reader;
use apache_avro::types::Value;
use arrow_array::cast::AsArray;
use arrow_array::types::*;
use arrow_array::*;
use arrow_buffer::IntervalMonthDayNano;
use arrow_schema::{DataType, Field, Fields, Schema, SchemaRef, TimeUnit};

use super::super::header::Header;
use super::mapping::{batch_of, file, record, unchanged};
use super::{joined, read, read_with, write, write_with};
use crate::code::Code;
use crate::error::{Error, ErrorKind};
use crate::format::{Definition, ReadOptions, WriteOptions};
use crate::policy::Policies;
use crate::schema::avsc::{self, Names, keys};

fn read_set(bytes: Vec<u8>, settings: &[(&str, &str)]) -> Result<(SchemaRef, Vec<RecordBatch>), Error> {
    let mut options = ReadOptions::default();
    for (name, value) in settings {
        options.settings.set(*name, *value);
    }
    read_with(bytes, &options)
}

fn write_set(batch: &RecordBatch, settings: &[(&str, &str)]) -> Result<Vec<u8>, Error> {
    let mut options = WriteOptions::default();
    for (name, value) in settings {
        options.settings.set(*name, *value);
    }
    write_with(&batch.schema(), std::slice::from_ref(batch), &options)
}

fn policies(allowance: &str) -> Policies {
    let mut policies = Policies::default();
    policies.set(allowance.parse().unwrap());
    policies
}

fn one(field: Field, array: ArrayRef) -> RecordBatch {
    batch_of(vec![field], vec![array])
}

/// The schema in the head of a file.
fn schema_of(bytes: &[u8]) -> avsc::Document {
    avsc::parse(Header::read(&mut &*bytes).unwrap().schema().unwrap(), Names::Strict).unwrap()
}

/// The records of a file as `apache-avro` sees them.
fn theirs(bytes: &[u8]) -> Vec<Value> {
    Reader::new(bytes).unwrap().map(Result::unwrap).collect()
}

#[track_caller]
fn comes_back(batch: &RecordBatch, bytes: Vec<u8>) {
    let (schema, found) = read(bytes).unwrap();
    let found = joined(&schema, &found);
    for (field, given) in schema.fields().iter().zip(batch.schema().fields()) {
        assert_eq!((field.name(), field.data_type()), (given.name(), given.data_type()));
        assert_eq!(field.is_nullable(), given.is_nullable());
    }
    assert_eq!(found.columns(), batch.columns());
}

#[test]
fn case_32_null_branches_keep_their_order() {
    let fields = r#"{"name":"a","type":["null","int"]},{"name":"b","type":["int","null"]}"#;
    let batch = unchanged(&record(fields), 2, &[2, 4, 0, 6, 0, 2]);
    assert_eq!(batch.column(0).as_primitive::<Int32Type>().iter().collect::<Vec<_>>(), [Some(2), None]);
    assert_eq!(batch.column(1).as_primitive::<Int32Type>().iter().collect::<Vec<_>>(), [Some(3), None]);
}

const DOCUMENTED: &str = r#"{"type":"record","name":"R","namespace":"a.b","doc":"d","aliases":["Old"],"fields":[
        {"name":"n","type":"int","default":5,"order":"ignore","aliases":["m"],"doc":"number"},
        {"name":"e","type":{"type":"enum","name":"E","symbols":["X","Y"],"default":"X"}},
        {"name":"f","type":{"type":"fixed","name":"F","size":2,"custom":1}}]}"#;

#[test]
fn case_33_a_documented_schema_comes_back_byte_for_byte() {
    let batch = unchanged(DOCUMENTED, 1, &[2, 2, 1, 2]);
    assert_eq!(batch.column(1).as_dictionary::<Int32Type>().values().as_string::<i32>().value(1), "Y");
}

#[test]
fn case_34_what_is_left_of_a_projected_schema_keeps_its_attributes() {
    let document = avsc::parse(DOCUMENTED, Names::Strict).unwrap();
    let (schema, _) = avsc::document_to_arrow(&document, &Default::default()).unwrap();
    let text = avsc::from_arrow(&schema.project(&[0, 1]).unwrap(), &Default::default()).unwrap();
    let found: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!((&found["name"], &found["namespace"], &found["doc"]), (&"R".into(), &"a.b".into(), &"d".into()));
    assert_eq!(found["aliases"], serde_json::json!(["a.b.Old"]));
    let number = serde_json::json!(
        {"name":"n","type":"int","default":5,"order":"ignore","aliases":["m"],"doc":"number"});
    assert_eq!(found["fields"][0], number);
    assert_eq!(found["fields"][1]["type"]["default"], "X");
    assert_eq!(found["fields"].as_array().unwrap().len(), 2);
    assert!(!text.contains("\"F\""), "the type that is gone: {text}");
    apache_avro::Schema::parse_str(&text).unwrap();
}

#[test]
fn case_35_unions_keep_their_branches() {
    let schema = record(r#"{"name":"u","type":["null","int","string"]}"#);
    let batch = unchanged(&schema, 3, &[2, 2, 4, 2, b'x', 0]);
    assert_eq!(batch.column(0).as_union().type_ids(), &[1, 2, 0]);
    let DataType::Union(fields, _) = batch.schema().field(0).data_type().clone() else { panic!() };
    let names: Vec<&str> = fields.iter().map(|(_, field)| field.name().as_str()).collect();
    assert_eq!(names, ["null", "int", "string"]);
}

#[test]
fn case_36_a_union_of_one_branch_stays_one() {
    let batch = unchanged(&record(r#"{"name":"a","type":["int"]}"#), 1, &[0, 4]);
    assert_eq!(*batch.schema().field(0).data_type(), DataType::Int32);
    unchanged(&record(r#"{"name":"a","type":["null"]}"#), 1, &[0]);
}

#[test]
fn case_37_recursion_is_cut_and_comes_back() {
    let schema =
        r#"{"type":"record","name":"N","fields":[{"name":"v","type":"int"},{"name":"next","type":["null","N"]}]}"#;
    let data = [2, 2, 4, 2, 6, 0];
    let batch = unchanged(schema, 1, &data);
    assert_eq!(batch.column(1).as_string::<i32>().value(0), r#"{"v":2,"next":{"N":{"v":3,"next":null}}}"#);
    let (schema, batches) = read_set(file(schema, &[(1, &data)]), &[("recursion", "bytes")]).unwrap();
    assert_eq!(batches[0].column(1).as_binary::<i32>().value(0), &data[2..]);
    let again = write_with(&schema, &batches, &WriteOptions::default()).unwrap();
    let (_, again) = read(again).unwrap();
    assert_eq!(again[0].column(1).as_string::<i32>().value(0), batch.column(1).as_string::<i32>().value(0));
}

/// Bytes of a recursive type are written into no other type of that name.
#[test]
fn recursive_bytes_of_another_schema_are_refused() {
    let schema = r#"{"type":"record","name":"N","fields":[{"name":"v","type":"int"},{"name":"next","type":["null","N"]},{"name":"w","type":"int"}]}"#;
    let bytes = file(schema, &[(1, &[2, 2, 4, 0, 6, 8])]);
    let (found, batches) = read_set(bytes, &[("recursion", "bytes")]).unwrap();
    let back = write_with(&found, &batches, &WriteOptions::default()).unwrap();
    assert_eq!(schema_of(&back).text, schema);
    let less: Vec<RecordBatch> = batches.iter().map(|batch| batch.project(&[0, 1]).unwrap()).collect();
    let error = write_with(&less[0].schema(), &less, &WriteOptions::default()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Schema, "{error}");
    assert!(error.hint().unwrap().contains("recursion=json"), "{error:?}");
}

#[test]
fn case_38_records_without_bytes_are_counted() {
    for schema in [
        record(""),
        record(r#"{"name":"n","type":"null"}"#),
        record(r#"{"name":"e","type":{"type":"record","name":"E","fields":[]}}"#),
    ] {
        let (_, batches) = read(file(&schema, &[(3, &[])])).unwrap();
        assert_eq!(batches.iter().map(RecordBatch::num_rows).sum::<usize>(), 3, "{schema}");
        let their_schema = apache_avro::Schema::parse_str(&schema).unwrap();
        let mut writer = apache_avro::Writer::new(&their_schema, Vec::new()).unwrap();
        let value = match (schema.contains("\"n\""), schema.contains("\"e\"")) {
            (true, _) => Value::Record(vec![("n".into(), Value::Null)]),
            (_, true) => Value::Record(vec![("e".into(), Value::Record(vec![]))]),
            _ => Value::Record(vec![]),
        };
        for _ in 0..3 {
            writer.append_value(value.clone()).unwrap();
        }
        let (_, batches) = read(writer.into_inner().unwrap()).unwrap();
        assert_eq!(batches.iter().map(RecordBatch::num_rows).sum::<usize>(), 3, "{schema}");
    }
}

fn bytes_decimal(precision: u8, scale: u8) -> String {
    record(&format!(
        r#"{{"name":"d","type":{{"type":"bytes","logicalType":"decimal","precision":{precision},"scale":{scale}}}}}"#
    ))
}

#[test]
fn case_39_a_decimal_against_its_rules_is_bytes() {
    let batch = unchanged(&bytes_decimal(2, 5), 1, &[2, 1]);
    assert_eq!(*batch.schema().field(0).data_type(), DataType::Binary);
    assert_eq!(batch.column(0).as_binary::<i32>().value(0), [1]);
}

#[test]
fn case_40_decimals_of_a_hundred_digits_are_exact_text() {
    let batch = unchanged(&bytes_decimal(100, 5), 2, &[4, 0xff, 0x00, 2, 7]);
    let texts = batch.column(0).as_string::<i32>();
    assert_eq!((texts.value(0), texts.value(1)), ("-0.00256", "0.00007"));
    let error = read(file(&bytes_decimal(2, 0), &[(1, &[2, 100])])).unwrap_err();
    assert_eq!(error.code(), Some(Code::DecimalPrecision));
}

#[test]
fn case_41_big_decimals_keep_their_scale() {
    let big = record(r#"{"name":"d","type":{"type":"bytes","logicalType":"big-decimal"}}"#);
    let batch = unchanged(&big, 1, &[6, 2, 7, 4]);
    assert_eq!(batch.column(0).as_string::<i32>().value(0), "0.07");
}

#[test]
fn text_that_would_come_back_as_other_digits_is_no_big_decimal() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("d.avsc");
    let written = |avro: &str, text: &str, logical: Option<&str>| {
        std::fs::write(&path, avro).unwrap();
        let definition = Some(Definition { path: path.clone(), message: None, includes: Vec::new(), content: None });
        let logical = logical.map(|logical| (keys::LOGICAL.to_owned(), logical.to_owned()));
        let field = Field::new("d", DataType::Utf8, false).with_metadata(HashMap::from_iter(logical));
        let batch = one(field, Arc::new(StringArray::from(vec![text])));
        let bytes = write_with(&batch.schema(), &[batch], &WriteOptions { definition, ..Default::default() })?;
        Ok::<_, Error>(read(bytes)?.1[0].column(0).as_string::<i32>().value(0).to_owned())
    };
    let big = &record(r#"{"name":"d","type":{"type":"bytes","logicalType":"big-decimal"}}"#);
    for text in ["0", "0.00", "-0.05", "7.10", "-123456789012345678901234567890.5"] {
        assert_eq!(written(big, text, None).unwrap(), text);
    }
    for text in ["-0", "-0.00", "007.10", "-01", "00", "+1", "1e5", ".5", "5.", "", " 1", "x"] {
        let error = written(big, text, None).expect_err(text);
        assert_eq!((error.code(), error.origin().column.as_deref()), (Some(Code::Token), Some("d")), "{text}");
    }
    let long = bytes_decimal(100, 2);
    assert_eq!(written(&long, "7.10", None).unwrap(), "7.10");
    assert_eq!(written(&long, "07.10", None).unwrap_err().code(), Some(Code::Token));
    // What is known to be a number is one, whichever digits say it.
    assert_eq!(written(big, "007.10", Some("big-decimal")).unwrap(), "7.10");
    assert_eq!(written(&long, "-0.00", Some("decimal(100,2)")).unwrap(), "0.00");
}

const DURATION: &str = r#"{"name":"d","type":{"type":"fixed","name":"D","size":12,"logicalType":"duration"}}"#;

#[test]
fn case_42_durations_are_intervals() {
    let batch = unchanged(&record(DURATION), 1, &[1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0]);
    let found = batch.column(0).as_primitive::<IntervalMonthDayNanoType>().value(0);
    assert_eq!(found, IntervalMonthDayNano::new(1, 2, 3_000_000));
    let error = read(file(&record(DURATION), &[(1, &[0, 0, 0, 128, 0, 0, 0, 0, 0, 0, 0, 0])])).unwrap_err();
    assert_eq!(error.code(), Some(Code::Interval));
}

#[test]
fn case_43_text_that_is_no_uuid() {
    let schema = record(r#"{"name":"u","type":{"type":"string","logicalType":"uuid"}}"#);
    let mut data = vec![72];
    data.extend_from_slice(b"00112233-4455-6677-8899-aabbccddeeff");
    unchanged(&schema, 1, &data);
    let bytes = file(&schema, &[(1, &[4, b'z', b'z'])]);
    assert_eq!(read(bytes.clone()).unwrap_err().code(), Some(Code::Uuid));
    let options = ReadOptions { policies: policies("V-UUID=text"), ..Default::default() };
    let (found, batches) = read_with(bytes, &options).unwrap();
    assert_eq!(*found.field(0).data_type(), DataType::Utf8);
    assert_eq!(batches[0].column(0).as_string::<i32>().value(0), "zz");
    let again = write_with(&found, &batches, &WriteOptions::default()).unwrap();
    assert_eq!(schema_of(&again).text, schema, "and it is written back as it came");
}

#[test]
fn text_that_is_no_uuid_is_not_written_as_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("u.avsc");
    std::fs::write(&path, record(r#"{"name":"u","type":{"type":"string","logicalType":"uuid"}}"#)).unwrap();
    let with = |array: ArrayRef| {
        let batch = one(Field::new("u", array.data_type().clone(), false), array);
        let definition = Some(Definition { path: path.clone(), message: None, includes: Vec::new(), content: None });
        write_with(&batch.schema(), &[batch], &WriteOptions { definition, ..Default::default() })
    };
    let good = "00112233-4455-6677-8899-aabbccddeeff";
    for (text, fits) in [(good, true), ("abc", false), ("", false)] {
        let columns: [ArrayRef; 3] = [
            Arc::new(StringArray::from(vec![text])),
            Arc::new(LargeBinaryArray::from(vec![text.as_bytes()])),
            Arc::new(DictionaryArray::<Int8Type>::from_iter([text])),
        ];
        for array in columns {
            match with(array) {
                Ok(bytes) => assert!(fits && read(bytes).is_ok()),
                Err(error) => assert_eq!((error.code(), fits), (Some(Code::Uuid), false)),
            }
        }
    }
}

#[test]
fn case_43_text_that_is_no_uuid_becomes_null_where_null_can_stand() {
    let policies = || ReadOptions { policies: policies("V-UUID=null"), ..Default::default() };
    let optional = record(r#"{"name":"u","type":["null",{"type":"string","logicalType":"uuid"}]}"#);
    let mut data = vec![2, 4, b'z', b'z', 0, 2, 72];
    data.extend_from_slice(b"00112233-4455-6677-8899-aabbccddeeff");
    let bytes = file(&optional, &[(3, &data)]);
    assert_eq!(read(bytes.clone()).unwrap_err().code(), Some(Code::Uuid));
    let (_, batches) = read_with(bytes, &policies()).unwrap();
    let found = batches[0].column(0);
    assert_eq!((found.is_null(0), found.is_null(1), found.is_null(2)), (true, true, false));
    assert_eq!(found.as_fixed_size_binary().value(2)[..3], [0, 0x11, 0x22]);
    let always = record(r#"{"name":"u","type":{"type":"string","logicalType":"uuid"}}"#);
    let error = read_with(file(&always, &[(1, &[4, b'z', b'z'])]), &policies()).unwrap_err();
    assert_eq!(error.code(), Some(Code::Uuid), "null cannot stand here");
}

#[test]
fn case_44_wall_clocks_of_iceberg() {
    let schema =
        record(r#"{"name":"t","type":{"type":"long","logicalType":"timestamp-micros","adjust-to-utc":false}}"#);
    let batch = unchanged(&schema, 1, &[2]);
    assert_eq!(*batch.schema().field(0).data_type(), DataType::Timestamp(TimeUnit::Microsecond, None));
    let rest = batch.schema().as_ref().clone().with_metadata(arrow_schema::Metadata::default());
    let text = avsc::from_arrow(&rest, &Default::default()).unwrap();
    assert!(text.contains("\"adjust-to-utc\": false"), "kept when the schema is made anew: {text}");
}

#[test]
fn case_45_maps_keep_duplicate_keys() {
    let map = record(r#"{"name":"m","type":{"type":"map","values":"int"}}"#);
    let batch = unchanged(&map, 1, &[4, 2, b'k', 2, 2, b'k', 4, 0]);
    let entries = batch.column(0).as_map().value(0);
    assert_eq!(entries.column(0).as_string::<i32>().iter().collect::<Vec<_>>(), [Some("k"), Some("k")]);
    assert_eq!(entries.column(1).as_primitive::<Int32Type>().values(), &[1, 2]);
}

#[test]
fn case_46_uint64_is_a_decimal_or_a_checked_long() {
    let batch = one(Field::new("u", DataType::UInt64, false), Arc::new(UInt64Array::from(vec![u64::MAX, 1])));
    comes_back(&batch, write(&batch).unwrap());
    let error = write_set(&batch, &[("uint64", "long")]).unwrap_err();
    assert_eq!((error.code(), error.origin().record), (Some(Code::IntRange), Some(0)));
    let small = batch.slice(1, 1);
    let bytes = write_set(&small, &[("uint64", "long")]).unwrap();
    assert_eq!(theirs(&bytes), [Value::Record(vec![("u".into(), Value::Long(1))])]);
    comes_back(&small, bytes);
}

#[test]
fn case_47_names_follow_the_place_of_the_column() {
    let ints = |value| Arc::new(Int32Array::from(vec![value])) as ArrayRef;
    let fields = vec![Field::new("a b", DataType::Int32, false), Field::new("a_b", DataType::Int32, false)];
    let batch = batch_of(fields, vec![ints(1), ints(2)]);
    let bytes = write(&batch).unwrap();
    let expected = vec![("a_b_2".to_owned(), Value::Int(1)), ("a_b".to_owned(), Value::Int(2))];
    assert_eq!(theirs(&bytes), [Value::Record(expected)]);
    comes_back(&batch, bytes);
}

#[test]
fn case_48_metadata_cannot_change_a_type() {
    let metadata = [("type".to_owned(), "\"string\"".to_owned()), ("name".to_owned(), "x".to_owned())];
    let props = [(keys::AVRO_PROPS.to_owned(), r#"{"logicalType":"date","type":"string"}"#.to_owned())];
    let hint =
        [(keys::AVRO_FIELD_PROPS.to_owned(), r#"{"name":"x","type":"string","fmtconv":{"arrow":"int8"}}"#.into())];
    for metadata in [metadata.to_vec(), props.to_vec(), hint.to_vec()] {
        let metadata: arrow_schema::Metadata = metadata.into_iter().collect();
        let field = Field::new("a", DataType::Int32, false).with_metadata(metadata);
        let batch = one(field, Arc::new(Int32Array::from(vec![1])));
        let bytes = write(&batch).unwrap();
        assert_eq!(theirs(&bytes), [Value::Record(vec![("a".into(), Value::Int(1))])]);
        comes_back(&batch, bytes);
    }
}

#[test]
fn case_49_a_schema_that_does_not_fit_the_data_is_not_written() {
    let narrower = [(keys::AVRO_SCHEMA, record(r#"{"name":"a","type":"int"}"#))];
    let fields = vec![Field::new("a", DataType::Int32, false), Field::new("b", DataType::Int32, false)];
    let schema = Schema::new(fields).with_metadata(narrower);
    let column: ArrayRef = Arc::new(Int32Array::from(vec![1]));
    let batch = RecordBatch::try_new(Arc::new(schema), vec![column.clone(), column]).unwrap();
    let bytes = write(&batch).unwrap();
    let both = vec![("a".to_owned(), Value::Int(1)), ("b".to_owned(), Value::Int(1))];
    assert_eq!(theirs(&bytes), [Value::Record(both)]);
    comes_back(&batch, bytes);
}

#[test]
fn case_50_maps_of_other_keys_are_arrays_of_pairs() {
    let key = Field::new("key", DataType::Int32, false);
    let value = Field::new("value", DataType::Int32, true);
    let entries: Fields = vec![key, value].into();
    let pairs = StructArray::new(
        entries.clone(),
        vec![Arc::new(Int32Array::from(vec![1])), Arc::new(Int32Array::from(vec![2]))],
        None,
    );
    let entries = Arc::new(Field::new("entries", DataType::Struct(entries), false));
    let offsets = arrow_buffer::OffsetBuffer::from_lengths([1]);
    let map = MapArray::new(entries, offsets, pairs, None, false);
    let batch = one(Field::new("m", map.data_type().clone(), false), Arc::new(map));
    let bytes = write(&batch).unwrap();
    let two = Value::Union(1, Box::new(Value::Int(2)));
    let pair = Value::Record(vec![("key".into(), Value::Int(1)), ("value".into(), two)]);
    assert_eq!(theirs(&bytes), [Value::Record(vec![("m".into(), Value::Array(vec![pair]))])]);
    assert!(schema_of(&bytes).text.contains("\"logicalType\": \"map\""));
    comes_back(&batch, bytes);
}

#[test]
fn case_51_a_dictionary_is_text_to_others_and_comes_back() {
    let array: DictionaryArray<Int32Type> = vec![Some("x"), Some("y"), Some("x"), None].into_iter().collect();
    let batch = one(Field::new("d", array.data_type().clone(), true), Arc::new(array));
    let bytes = write(&batch).unwrap();
    let text = |text: &str| Value::Union(1, Box::new(Value::String(text.into())));
    let null = Value::Union(0, Box::new(Value::Null));
    let rows = [text("x"), text("y"), text("x"), null].map(|value| Value::Record(vec![("d".into(), value)]));
    assert_eq!(theirs(&bytes), rows);
    comes_back(&batch, bytes);
}

#[test]
fn case_52_nanoseconds_of_a_day() {
    let array = Time64NanosecondArray::from(vec![1_234_567_891]);
    let batch = one(Field::new("t", array.data_type().clone(), false), Arc::new(array));
    assert_eq!(write(&batch).unwrap_err().code(), Some(Code::TimePrecision));
    let bytes = write_set(&batch, &[("time-ns", "long")]).unwrap();
    assert_eq!(theirs(&bytes), [Value::Record(vec![("t".into(), Value::Long(1_234_567_891))])]);
    comes_back(&batch, bytes);
}

#[test]
fn case_53_time_zones_are_hints() {
    let array = TimestampMicrosecondArray::from(vec![1_000_001]).with_timezone("Europe/Paris");
    let batch = one(Field::new("t", array.data_type().clone(), false), Arc::new(array));
    let bytes = write(&batch).unwrap();
    assert_eq!(theirs(&bytes), [Value::Record(vec![("t".into(), Value::TimestampMicros(1_000_001))])]);
    comes_back(&batch, bytes);
    let (schema, found) = read(write_set(&batch, &[("hints", "false")]).unwrap()).unwrap();
    assert_eq!(*schema.field(0).data_type(), DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())));
    assert_eq!(found[0].column(0).as_primitive::<TimestampMicrosecondType>().values(), &[1_000_001]);
}

#[test]
fn case_54_a_root_that_is_no_record() {
    let batch = unchanged("\"int\"", 2, &[2, 4]);
    assert_eq!(batch.schema().field(0).name(), "value");
    assert_eq!(batch.column(0).as_primitive::<Int32Type>().values(), &[1, 2]);
    unchanged(r#"["null","string"]"#, 2, &[0, 2, 2, b'x']);
}

#[test]
fn case_55_strings_that_are_not_utf8() {
    let schema = record(r#"{"name":"s","type":"string"},{"name":"t","type":"string"}"#);
    let bytes = file(&schema, &[(1, &[2, 0xff, 2, b'x'])]);
    let error = read(bytes.clone()).unwrap_err();
    assert_eq!((error.code(), error.origin().column.as_deref()), (Some(Code::Utf8), Some("s")));

    let (found, batches) = read_set(bytes.clone(), &[("invalid-utf8", "binary")]).unwrap();
    assert_eq!((found.field(0).data_type(), found.field(1).data_type()), (&DataType::Binary, &DataType::Utf8));
    assert_eq!(batches[0].column(0).as_binary::<i32>().value(0), [0xff]);
    let again = write_with(&found, &batches, &WriteOptions::default()).unwrap();
    let expected = vec![("s".to_owned(), Value::Bytes(vec![0xff])), ("t".to_owned(), Value::String("x".into()))];
    assert_eq!(theirs(&again), [Value::Record(expected)], "to bytes");

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s.avsc");
    std::fs::write(&path, &schema).unwrap();
    let definition = Some(Definition { path, message: None, includes: Vec::new(), content: None });
    let refused = write_with(&found, &batches, &WriteOptions { definition, ..Default::default() }).unwrap_err();
    assert_eq!((refused.code(), refused.origin().record), (Some(Code::Utf8), Some(0)), "back to a string");

    let options = ReadOptions { policies: policies("V-UTF8=replace"), ..Default::default() };
    let (_, batches) = read_with(bytes.clone(), &options).unwrap();
    assert_eq!(batches[0].column(0).as_string::<i32>().value(0), "\u{fffd}");
    let exec = super::exec();
    let source = crate::source::Source::bytes("x.avro", bytes);
    let reader = crate::format::Format::open(&super::FORMAT, source, &options, &exec).unwrap();
    let batch = crate::pipeline::adapter::BatchReader::new(reader, &exec).next_batch().unwrap().unwrap();
    let counts: Vec<_> = batch.report.losses.into_iter().collect();
    assert_eq!(counts, [((Code::Utf8, "s".to_owned()), 1)]);
}

/// Where reading as bytes does not help, the run stops, after one reading more.
#[test]
fn text_that_cannot_be_bytes_stops_the_run() {
    let map = record(r#"{"name":"m","type":{"type":"map","values":"int"}}"#);
    let error = read_set(file(&map, &[(1, &[2, 2, 0xff, 2, 0])]), &[("invalid-utf8", "binary")]).unwrap_err();
    assert_eq!((error.code(), error.origin().column.as_deref()), (Some(Code::Utf8), Some("m")));
    let node =
        r#"{"type":"record","name":"N","fields":[{"name":"s","type":"string"},{"name":"next","type":["null","N"]}]}"#;
    let data = [2, b'x', 2, 2, 0xff, 0];
    let error = read_set(file(node, &[(1, &data)]), &[("invalid-utf8", "binary")]).unwrap_err();
    assert_eq!((error.code(), error.origin().column.as_deref()), (Some(Code::Utf8), Some("next.s")));
    let settings = [("invalid-utf8", "binary"), ("recursion", "bytes")];
    assert_eq!(read_set(file(node, &[(1, &data)]), &settings).unwrap().1[0].num_rows(), 1);
}

#[test]
fn case_56_blocks_of_any_shape() {
    let list = record(r#"{"name":"l","type":{"type":"array","items":"int"}}"#);
    let (_, batches) = read(file(&list, &[(1, &[3, 4, 2, 4, 2, 6, 0]), (0, &[]), (2, &[0, 2, 8, 0])])).unwrap();
    let rows: Vec<Vec<i32>> = batches
        .iter()
        .flat_map(|batch| {
            let lists = batch.column(0).as_list::<i32>().iter();
            let rows = lists.map(|row| row.unwrap().as_primitive::<Int32Type>().values().to_vec());
            rows.collect::<Vec<_>>()
        })
        .collect();
    assert_eq!(rows, [vec![1, 2, 3], vec![], vec![4]]);
}

#[test]
fn case_57_numbers_are_no_symbols_of_an_avro_enum() {
    let batch = one(Field::new("e", DataType::Utf8, true), Arc::new(StringArray::from(vec!["X", "7", "Y"])));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s.avsc");
    let written = |kind: &str, allowance: Option<&str>| {
        std::fs::write(&path, record(&format!(r#"{{"name":"e","type":{kind}}}"#))).unwrap();
        let definition = Some(Definition { path: path.clone(), message: None, includes: Vec::new(), content: None });
        let policies = allowance.map(policies).unwrap_or_default();
        write_with(
            &batch.schema(),
            std::slice::from_ref(&batch),
            &WriteOptions { definition, policies, ..Default::default() },
        )
    };
    let with_default = r#"{"type":"enum","name":"E","symbols":["X","Y"],"default":"Y"}"#;
    let optional = r#"["null",{"type":"enum","name":"E","symbols":["X","Y"]}]"#;
    for (kind, allowance) in
        [(with_default, None), (optional, Some("V-ENUM=default")), (with_default, Some("V-ENUM=null"))]
    {
        let error = written(kind, allowance).unwrap_err();
        assert_eq!((error.code(), error.origin().record), (Some(Code::Enum), Some(1)), "{kind} {allowance:?}");
    }
    let symbol = |place, text: &str| Value::Enum(place, text.into());
    let rows = |values: Vec<Value>| -> Vec<Value> {
        values.into_iter().map(|value| Value::Record(vec![("e".into(), value)])).collect()
    };
    let bytes = written(with_default, Some("V-ENUM=default")).unwrap();
    assert_eq!(theirs(&bytes), rows(vec![symbol(0, "X"), symbol(1, "Y"), symbol(1, "Y")]));
    let some = |place, text| Value::Union(1, Box::new(symbol(place, text)));
    let bytes = written(optional, Some("V-ENUM=null")).unwrap();
    assert_eq!(theirs(&bytes), rows(vec![some(0, "X"), Value::Union(0, Box::new(Value::Null)), some(1, "Y")]));
}

#[test]
fn case_115_a_hint_that_the_data_breaks_is_not_used() {
    let hinted = record(
        r#"{"name":"a","type":"int","fmtconv":{"arrow":"uint8"}},{"name":"b","type":"int","fmtconv":{"arrow":"int8"}}"#,
    );
    let bytes = file(&hinted, &[(1, &[2, 4]), (1, &[0xd8, 4, 6])]);
    let (schema, batches) = read(bytes.clone()).unwrap();
    assert_eq!((schema.field(0).data_type(), schema.field(1).data_type()), (&DataType::Int32, &DataType::Int8));
    let found = joined(&schema, &batches);
    assert_eq!(found.column(0).as_primitive::<Int32Type>().values(), &[1, 300]);
    let source = crate::source::Source::bytes("x.avro", bytes);
    let reader = crate::format::Format::open(&super::FORMAT, source, &ReadOptions::default(), &super::exec()).unwrap();
    assert_eq!(reader.report().losses.into_iter().collect::<Vec<_>>(), [((Code::Hint, "a".to_owned()), 1)]);

    let inside = record(
        r#"{"name":"l","type":{"type":"array","items":"int"},"fmtconv":{"arrow":"fixed_size_list[2]","item":{"arrow":"uint8"}}}"#,
    );
    let (schema, batches) = read(file(&inside, &[(1, &[2, 0xd8, 4, 0])])).unwrap();
    let item = DataType::List(Arc::new(Field::new("item", DataType::Int32, false)));
    assert_eq!(*schema.field(0).data_type(), item);
    assert_eq!(batches[0].column(0).as_list::<i32>().values().as_primitive::<Int32Type>().values(), &[300]);
}

#[test]
fn hints_that_mean_nothing_are_ignored() {
    let lie = record(
        r#"{"name":"a","type":{"type":"record","name":"S","fields":[]},"fmtconv":{"metadata":{"fmtconv.lowered":"recursion:S"}}}"#,
    );
    assert_eq!(read(file(&lie, &[(1, &[])])).unwrap().1[0].num_rows(), 1);
    let absurd = record(r#"{"name":"a","type":"int","fmtconv":{"arrow":"large_utf8","dictionary":"float32"}}"#);
    assert_eq!(*read(file(&absurd, &[])).unwrap().0.field(0).data_type(), DataType::Int32);
}

/// A file that says its hints were checked is taken at its word, and a value that breaks one stops the run.
#[test]
fn files_of_our_own_are_read_once() {
    let batch = one(Field::new("a", DataType::UInt8, false), Arc::new(UInt8Array::from(vec![1])));
    let mut bytes = write_set(&batch, &[]).unwrap();
    comes_back(&batch, bytes.clone());
    let header = Header::read(&mut bytes.as_slice()).unwrap();
    assert!(header.get(super::super::probe::CHECKED).is_some());
    let sync = header.sync;
    bytes.extend_from_slice(&[2, 4, 0xd8, 4]);
    bytes.extend_from_slice(&sync);
    let snappy_free = WriteOptions { compression: Some("none".parse().unwrap()), ..Default::default() };
    let mut plain = write_with(&batch.schema(), std::slice::from_ref(&batch), &snappy_free).unwrap();
    let sync = Header::read(&mut plain.as_slice()).unwrap().sync;
    plain.extend_from_slice(&[2, 4, 0xd8, 4]);
    plain.extend_from_slice(&sync);
    let error = read(plain).unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::Value, Some(Code::IntRange)));
    assert_eq!(error.hint(), Some(crate::column::avro::restore::HINTS_OFF));
}

#[test]
fn types_to_choose_from_come_back() {
    let uuid = [(keys::EXTENSION_NAME.to_owned(), "arrow.uuid".to_owned())];
    let uuid_field = Field::new("u", DataType::FixedSizeBinary(16), false).with_metadata(uuid);
    let interval = IntervalMonthDayNanoArray::from(vec![IntervalMonthDayNano::new(-1, 2, 3)]);
    let date = Date64Array::from(vec![86_400_001]);
    let decimal = Decimal128Array::from(vec![-12_345]).with_precision_and_scale(9, 2).unwrap();
    let fields = vec![
        uuid_field,
        Field::new("i", interval.data_type().clone(), false),
        Field::new("d", DataType::Date64, false),
        Field::new("n", decimal.data_type().clone(), true),
        Field::new("y", DataType::Interval(arrow_schema::IntervalUnit::YearMonth), true),
    ];
    let bytes: ArrayRef = Arc::new(FixedSizeBinaryArray::try_from_iter([[7u8; 16]].iter()).unwrap());
    let years: ArrayRef = Arc::new(IntervalYearMonthArray::from(vec![Some(-13)]));
    let columns = vec![bytes, Arc::new(interval), Arc::new(date), Arc::new(decimal), years];
    let batch = batch_of(fields, columns);
    let settings = [("uuid", "fixed"), ("interval", "record"), ("date64", "timestamp-ms"), ("decimal", "fixed")];
    let written = write_set(&batch, &settings).unwrap();
    let Value::Record(found) = &theirs(&written)[0] else { panic!() };
    let parts = [("months", Value::Int(-1)), ("days", Value::Int(2)), ("nanos", Value::Long(3))];
    assert_eq!(found[1].1, Value::Record(parts.map(|(name, value)| (name.to_owned(), value)).to_vec()));
    assert_eq!(found[2].1, Value::LocalTimestampMillis(86_400_001));
    assert!(schema_of(&written).text.contains("\"size\": 4"), "nine digits take four bytes");
    comes_back(&batch, written);
    assert_eq!(write_set(&batch, &[]).unwrap_err().code(), Some(Code::Interval));
    assert_eq!(write_set(&batch, &[("uuid", "text")]).unwrap_err().kind(), ErrorKind::Usage);
}

/// The null branch is another thing than a null in one of the others, whether the branches are told apart by their types
/// or stand in a record.
#[test]
fn nulls_inside_branches_are_called_so() {
    for second in [DataType::Int32, DataType::Float64] {
        let branches = [Field::new("x", DataType::Float64, true), Field::new("y", second.clone(), true)];
        let fields = arrow_schema::UnionFields::try_new([0, 1], branches).unwrap();
        let children: Vec<ArrayRef> = vec![Arc::new(Float64Array::from(vec![Some(1.5)])), new_null_array(&second, 1)];
        let union = UnionArray::try_new(fields, vec![0, 1].into(), Some(vec![0, 0].into()), children).unwrap();
        let batch = one(Field::new("u", union.data_type().clone(), true), Arc::new(union));
        let error = write(&batch).unwrap_err();
        assert_eq!((error.code(), error.origin().record), (Some(Code::Null), Some(1)), "{error}");
        assert!(error.message().contains("inside a branch of a union"), "{error}");
        assert_eq!(error.ways(), Some(&[][..]));
    }
}

/// A record in which no branch is set is a null of the branch that holds nulls, and that is told by the schema alone.
#[test]
fn a_null_comes_back_in_its_branch() {
    let union = |branches: [Field; 2], ids: Vec<i8>, children: Vec<ArrayRef>| {
        let fields = arrow_schema::UnionFields::try_new([0, 5], branches).unwrap();
        let offsets = vec![0; ids.len()];
        let union = UnionArray::try_new(fields, ids.into(), Some(offsets.into()), children).unwrap();
        one(Field::new("u", union.data_type().clone(), false), Arc::new(union))
    };
    let number = |name: &str, nullable| Field::new(name, DataType::Float64, nullable);
    let of = |value: Option<f64>| -> ArrayRef { Arc::new(Float64Array::from(vec![value])) };
    for (first, second) in [(false, true), (true, false)] {
        let branches = [number("x", first), number("y", second)];
        let values = |nullable: bool| of(Some(1.5).filter(|_| !nullable));
        let batch = union(branches, vec![0, 5], vec![values(first), values(second)]);
        comes_back(&batch, write(&batch).unwrap());
    }
    // A null of a number beside the branch of nulls would come back as one of those.
    let branches = [number("x", true), Field::new("n", DataType::Null, true)];
    let nulls: ArrayRef = Arc::new(NullArray::new(1));
    let batch = union(branches.clone(), vec![0, 5], vec![of(Some(2.5)), nulls.clone()]);
    comes_back(&batch, write(&batch).unwrap());
    let error = write(&union(branches, vec![0, 5], vec![of(None), nulls])).unwrap_err();
    assert_eq!((error.code(), error.origin().record), (Some(Code::Null), Some(0)), "{error}");
}
