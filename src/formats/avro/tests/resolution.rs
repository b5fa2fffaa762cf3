//! Schema resolution through files. `apache-avro` resolves the same data to the same values.

use apache_avro::types::Value;
use apache_avro::{Reader, Schema as AvroSchema, Writer};
use arrow_array::RecordBatch;
use arrow_array::cast::AsArray;
use arrow_array::types::*;
use arrow_schema::SchemaRef;

use super::mapping::{file, record};
use super::{joined, read_with};
use crate::code::Code;
use crate::error::{Error, ErrorKind};
use crate::format::ReadOptions;

fn resolved(bytes: Vec<u8>, reader: &str) -> Result<(SchemaRef, RecordBatch), Error> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("reader.avsc");
    std::fs::write(&path, reader).unwrap();
    let mut options = ReadOptions::default();
    options.settings.set("reader-schema", path.to_string_lossy());
    let (schema, batches) = read_with(bytes, &options)?;
    let batch = joined(&schema, &batches);
    Ok((schema, batch))
}

fn refused(writer: &str, data: &[u8], reader: &str) -> Error {
    resolved(file(writer, &[(1, data)]), reader).unwrap_err()
}

#[test]
fn fields_go_by_name_and_alias_and_the_rest_is_passed_over() {
    let writer = record(
        r#"{"name":"a","type":"string"},{"name":"gone","type":{"type":"map","values":["null","double"]}},{"name":"old","type":"int"}"#,
    );
    let data = [2, b'x', 2, 2, b'k', 2, 0, 0, 0, 0, 0, 0, 0xf0, 0x3f, 0, 14];
    let reader = r#"{"type":"record","name":"S","namespace":"n","aliases":["R"],"fields":[
        {"name":"new","type":"long","aliases":["older","old"]},{"name":"b","type":["null","string"],"default":null},
        {"name":"a","type":"string"},{"name":"c","type":{"type":"array","items":"int"},"default":[1,2]}]}"#;
    // The alias must be the full name of the writer's record.
    assert_eq!(refused(&writer, &data, reader).kind(), ErrorKind::Schema);
    let reader = reader.replace("\"aliases\":[\"R\"]", "\"aliases\":[\".R\"]");
    let (schema, batch) = resolved(file(&writer, &[(1, &data)]), &reader).unwrap();
    let names: Vec<_> = schema.fields().iter().map(|field| field.name().as_str()).collect();
    assert_eq!(names, ["new", "b", "a", "c"]);
    assert_eq!(batch.column(0).as_primitive::<Int64Type>().values(), &[7]);
    assert!(batch.column(1).is_null(0));
    assert_eq!(batch.column(2).as_string::<i32>().value(0), "x");
    assert_eq!(batch.column(3).as_list::<i32>().value(0).as_primitive::<Int32Type>().values(), &[1, 2]);
}

#[test]
fn promotions_that_lose_digits_stop_the_run() {
    let long = record(r#"{"name":"a","type":"long"}"#);
    let double = record(r#"{"name":"a","type":"double"}"#);
    // 2^53 is exact, 2^53 + 1 is not.
    let exact = [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x20];
    let inexact = [0x82, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x20];
    let (_, batch) = resolved(file(&long, &[(1, &exact)]), &double).unwrap();
    assert_eq!(batch.column(0).as_primitive::<Float64Type>().values(), &[9_007_199_254_740_992.0]);
    let error = refused(&long, &inexact, &double);
    assert_eq!((error.code(), error.origin().column.as_deref()), (Some(Code::FloatDigits), Some("a")));
    let int = record(r#"{"name":"a","type":"int"}"#);
    let float = record(r#"{"name":"a","type":"float"}"#);
    // 2^24 + 1
    assert_eq!(refused(&int, &[0x82, 0x80, 0x80, 0x10], &float).code(), Some(Code::FloatDigits));
    let bytes = record(r#"{"name":"a","type":"bytes"}"#);
    let string = record(r#"{"name":"a","type":"string"}"#);
    assert_eq!(refused(&bytes, &[2, 0xff], &string).code(), Some(Code::Utf8));
    let (_, batch) = resolved(file(&bytes, &[(1, &[2, b'x'])]), &string).unwrap();
    assert_eq!(batch.column(0).as_string::<i32>().value(0), "x");
    // A signalling NaN stays one.
    let (_, batch) = resolved(file(&float, &[(1, &[1, 0, 0x80, 0xff])]), &double).unwrap();
    assert_eq!(batch.column(0).as_primitive::<Float64Type>().value(0).to_bits(), 0xfff0_0000_2000_0000);
}

#[test]
fn enums_take_the_default_of_the_reader_and_count_it() {
    let of = |symbols: &str, default: &str| {
        record(&format!(r#"{{"name":"e","type":{{"type":"enum","name":"E","symbols":{symbols}{default}}}}}"#))
    };
    let bytes = file(&of(r#"["A","B","C"]"#, ""), &[(3, &[0, 2, 4])]);
    let error = resolved(bytes.clone(), &of(r#"["C","A"]"#, "")).unwrap_err();
    assert_eq!((error.code(), error.origin().record), (Some(Code::Enum), Some(1)));
    let (_, batch) = resolved(bytes.clone(), &of(r#"["C","A"]"#, r#","default":"C""#)).unwrap();
    assert_eq!(batch.column(0).as_dictionary::<Int32Type>().keys().values(), &[1, 0, 0]);

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("reader.avsc");
    std::fs::write(&path, of(r#"["C","A"]"#, r#","default":"C""#)).unwrap();
    let mut options = ReadOptions::default();
    options.settings.set("reader-schema", path.to_string_lossy());
    let exec = super::exec();
    let source = crate::source::Source::bytes("x.avro", bytes);
    let reader = crate::format::Format::open(&super::FORMAT, source, &options, &exec).unwrap();
    let batch = crate::pipeline::adapter::BatchReader::new(reader, &exec).next_batch().unwrap().unwrap();
    assert_eq!(batch.report.losses.into_iter().collect::<Vec<_>>(), [((Code::Enum, "e".to_owned()), 1)]);
}

#[test]
fn unions_resolve_by_the_value_that_comes() {
    let writer = record(r#"{"name":"u","type":["null","int","string"]}"#);
    let data = [2, 6, 0, 4, 2, b'x'];
    let reader = record(r#"{"name":"u","type":["string","null","double","long"]}"#);
    let (_, batch) = resolved(file(&writer, &[(3, &data)]), &reader).unwrap();
    assert_eq!(batch.column(0).as_union().type_ids(), &[2, 1, 0], "an int is promoted to the first that takes it");
    let narrow = record(r#"{"name":"u","type":["null","int"]}"#);
    let (_, batch) = resolved(file(&writer, &[(2, &data[..3])]), &narrow).unwrap();
    assert_eq!(batch.column(0).as_primitive::<Int32Type>().iter().collect::<Vec<_>>(), [Some(3), None]);
    let error = resolved(file(&writer, &[(3, &data)]), &narrow).unwrap_err();
    assert_eq!((error.code(), error.origin().record), (Some(Code::Token), Some(2)));
    let never = record(r#"{"name":"u","type":"boolean"}"#);
    assert_eq!(refused(&writer, &data[..2], &never).kind(), ErrorKind::Schema);
}

#[test]
fn what_would_give_the_same_bytes_another_meaning_is_refused() {
    let of = |kind: &str| record(&format!(r#"{{"name":"a","type":{kind}}}"#));
    let pairs = [
        (
            r#"{"type":"bytes","logicalType":"decimal","precision":10,"scale":2}"#,
            r#"{"type":"bytes","logicalType":"decimal","precision":10,"scale":4}"#,
        ),
        (r#"{"type":"long","logicalType":"timestamp-millis"}"#, r#"{"type":"long","logicalType":"timestamp-micros"}"#),
        (r#"{"type":"int","logicalType":"date"}"#, r#"{"type":"long","logicalType":"timestamp-millis"}"#),
        (
            r#"{"type":"long","logicalType":"timestamp-millis"}"#,
            r#"{"type":"long","logicalType":"local-timestamp-millis"}"#,
        ),
    ];
    for (writer, reader) in pairs {
        let error = refused(&of(writer), &[2, 1], &of(reader));
        assert_eq!((error.kind(), error.origin().column.as_deref()), (ErrorKind::Schema, Some("a")), "{writer}");
    }
    let wider = r#"{"type":"bytes","logicalType":"decimal","precision":20,"scale":2}"#;
    let (schema, _) = resolved(file(&of(pairs[0].0), &[(1, &[2, 1])]), &of(wider)).unwrap();
    assert_eq!(*schema.field(0).data_type(), arrow_schema::DataType::Decimal128(20, 2));
}

#[test]
fn missing_fields_and_wrong_defaults_are_said_before_reading() {
    let writer = record(r#"{"name":"a","type":"int"}"#);
    let reader = record(r#"{"name":"a","type":"int"},{"name":"b","type":"int"}"#);
    let error = refused(&writer, &[2], &reader);
    assert_eq!((error.kind(), error.origin().column.as_deref()), (ErrorKind::Schema, Some("b")));
    let reader = record(r#"{"name":"a","type":"int"},{"name":"b","type":"int","default":"x"}"#);
    assert_eq!(refused(&writer, &[2], &reader).kind(), ErrorKind::Schema);
}

#[test]
fn recursive_records_resolve() {
    let node = |fields: &str| format!(r#"{{"type":"record","name":"N","fields":[{fields}]}}"#);
    let writer = node(r#"{"name":"v","type":"int"},{"name":"next","type":["null","N"]}"#);
    let reader =
        node(r#"{"name":"next","type":["null","N"]},{"name":"v","type":"long"},{"name":"w","type":"int","default":9}"#);
    let (_, batch) = resolved(file(&writer, &[(1, &[2, 2, 4, 2, 6, 0])]), &reader).unwrap();
    assert_eq!(batch.column(0).as_string::<i32>().value(0), r#"{"next":{"N":{"next":null,"v":3,"w":9}},"v":2,"w":9}"#);
}

/// Records that take no bytes and have a long default fill memory only record by record.
#[test]
fn long_defaults_meet_the_limit_of_a_record() {
    let reader = record(&format!(r#"{{"name":"s","type":"string","default":"{}"}}"#, "x".repeat(1000)));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("reader.avsc");
    std::fs::write(&path, reader).unwrap();
    let mut options = ReadOptions::default();
    options.settings.set("reader-schema", path.to_string_lossy());
    let bytes = file(&record(""), &[(20_000, &[])]);
    let (_, batches) = read_with(bytes.clone(), &options).unwrap();
    assert_eq!(batches.iter().map(RecordBatch::num_rows).sum::<usize>(), 20_000);
    options.limits.record_bytes_max = 999;
    assert_eq!(read_with(bytes, &options).unwrap_err().kind(), ErrorKind::Limit);
}

#[test]
fn the_same_as_apache_avro() {
    let writer = r#"{"type":"record","name":"R","fields":[{"name":"i","type":"int"},{"name":"u","type":["int","string"]},
        {"name":"f","type":"float"},{"name":"l","type":{"type":"array","items":"int"}}]}"#;
    let reader = r#"{"type":"record","name":"R","fields":[{"name":"l","type":{"type":"array","items":"double"}},
        {"name":"i","type":"double"},{"name":"d","type":"string","default":"?"},{"name":"f","type":"double"}]}"#;
    let schema = AvroSchema::parse_str(writer).unwrap();
    let mut file = Writer::new(&schema, Vec::new()).unwrap();
    for n in 0..100 {
        let union = if n % 2 == 0 {
            Value::Union(0, Box::new(Value::Int(n)))
        } else {
            Value::Union(1, Box::new(Value::String("x".into())))
        };
        let value = Value::Record(vec![
            ("i".into(), Value::Int(n * 7)),
            ("u".into(), union),
            ("f".into(), Value::Float(n as f32 / 3.0)),
            ("l".into(), Value::Array((0..n % 5).map(Value::Int).collect())),
        ]);
        file.append_value(value).unwrap();
    }
    let bytes = file.into_inner().unwrap();
    let wanted = AvroSchema::parse_str(reader).unwrap();
    let expected: Vec<Value> =
        Reader::builder(bytes.as_slice()).reader_schema(&wanted).build().unwrap().map(Result::unwrap).collect();
    let (schema, batch) = resolved(bytes, reader).unwrap();
    let again = super::write_with(&schema, &[batch], &Default::default()).unwrap();
    let found: Vec<Value> = Reader::new(again.as_slice()).unwrap().map(Result::unwrap).collect();
    assert_eq!(found, expected);
}
