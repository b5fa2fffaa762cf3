//! `apache-avro` reads what we write, and writes what we read.

use std::sync::Arc;

use apache_avro::types::Value;
use apache_avro::{Codec, Reader, Schema as AvroSchema, Writer};
use arrow_array::cast::AsArray;
use arrow_array::types::*;
use arrow_array::*;
use arrow_schema::{DataType, Field, Schema};

use super::{joined, read, write_with};
use crate::format::WriteOptions;

const SCHEMA: &str = r#"{"type":"record","name":"R","namespace":"n.s","fields":[
    {"name":"id","type":"long"},
    {"name":"name","type":["null","string"],"default":null},
    {"name":"kind","type":{"type":"enum","name":"K","symbols":["A","B"]}},
    {"name":"tags","type":{"type":"array","items":"string"}},
    {"name":"scores","type":{"type":"map","values":"double"}},
    {"name":"inner","type":{"type":"record","name":"I","fields":[{"name":"x","type":"float"}]}},
    {"name":"again","type":["I","null"]},
    {"name":"any","type":["null","int","string","I"]},
    {"name":"hash","type":{"type":"fixed","name":"H","size":3}},
    {"name":"day","type":{"type":"int","logicalType":"date"}},
    {"name":"at","type":{"type":"long","logicalType":"timestamp-micros"}}]}"#;

fn values() -> Vec<Value> {
    let inner = |x| Value::Record(vec![("x".into(), Value::Float(x))]);
    let value = |n: i64| {
        let name = if n % 3 == 0 {
            Value::Union(0, Box::new(Value::Null))
        } else {
            Value::Union(1, Box::new(Value::String(format!("name {n}"))))
        };
        let any = match n % 4 {
            0 => Value::Union(0, Box::new(Value::Null)),
            1 => Value::Union(1, Box::new(Value::Int(n as i32))),
            2 => Value::Union(2, Box::new(Value::String(n.to_string()))),
            _ => Value::Union(3, Box::new(inner(n as f32))),
        };
        let again =
            if n % 2 == 0 { Value::Union(1, Box::new(Value::Null)) } else { Value::Union(0, Box::new(inner(0.5))) };
        Value::Record(vec![
            ("id".into(), Value::Long(n * 1_000_003 - 5_000_000)),
            ("name".into(), name),
            ("kind".into(), Value::Enum((n % 2) as u32, if n % 2 == 0 { "A" } else { "B" }.into())),
            ("tags".into(), Value::Array((0..n % 4).map(|t| Value::String(format!("t{t}"))).collect())),
            (
                "scores".into(),
                Value::Map((0..n % 2).map(|t| (format!("k{t}"), Value::Double(t as f64 / 3.0))).collect()),
            ),
            ("inner".into(), inner(n as f32 / 7.0)),
            ("again".into(), again),
            ("any".into(), any),
            ("hash".into(), Value::Fixed(3, vec![n as u8, 0, 255])),
            ("day".into(), Value::Date(n as i32 * 100 - 1000)),
            ("at".into(), Value::TimestampMicros(n * 1_000_000_007)),
        ])
    };
    (0..500).map(value).collect()
}

#[test]
fn their_files_come_back_equal_through_ours() {
    let schema = AvroSchema::parse_str(SCHEMA).unwrap();
    let codecs = [
        Codec::Null,
        Codec::Deflate(Default::default()),
        Codec::Snappy,
        Codec::Zstandard(Default::default()),
        Codec::Bzip2(Default::default()),
        Codec::Xz(Default::default()),
    ];
    for codec in codecs {
        let mut writer = Writer::with_codec(&schema, Vec::new(), codec).unwrap();
        for value in values() {
            writer.append_value(value).unwrap();
        }
        let theirs = writer.into_inner().unwrap();
        let (found, batches) = read(theirs).unwrap();
        assert_eq!(
            joined(&found, &batches).column(0).as_primitive::<Int64Type>().value(499),
            499 * 1_000_003 - 5_000_000
        );
        for name in ["none", "snappy", "deflate", "zstd", "bzip2", "xz"] {
            let options = WriteOptions { compression: Some(name.parse().unwrap()), ..Default::default() };
            let ours = write_with(&found, &batches, &options).unwrap();
            let back: Vec<Value> = Reader::new(ours.as_slice()).unwrap().map(Result::unwrap).collect();
            assert_eq!(back, values(), "{codec:?} {name}");
        }
    }
}

#[test]
fn case_46_they_read_uint64_as_a_decimal() {
    let fields = vec![
        Field::new("u64", DataType::UInt64, false),
        Field::new("u32", DataType::UInt32, true),
        Field::new("a b", DataType::LargeUtf8, false),
    ];
    let columns: Vec<ArrayRef> = vec![
        Arc::new(UInt64Array::from(vec![u64::MAX])),
        Arc::new(UInt32Array::from(vec![Some(u32::MAX)])),
        Arc::new(LargeStringArray::from(vec!["x"])),
    ];
    let batch = RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).unwrap();
    let bytes = write_with(&batch.schema(), std::slice::from_ref(&batch), &WriteOptions::default()).unwrap();
    let found: Vec<Value> = Reader::new(bytes.as_slice()).unwrap().map(Result::unwrap).collect();
    let Value::Record(fields) = &found[0] else { panic!() };
    let Value::Decimal(decimal) = &fields[0].1 else { panic!("{:?}", fields[0]) };
    let unscaled: Vec<u8> = decimal.try_into().unwrap();
    assert_eq!(unscaled, [0, 255, 255, 255, 255, 255, 255, 255, 255]);
    assert_eq!(fields[1], ("u32".into(), Value::Union(1, Box::new(Value::Long(i64::from(u32::MAX))))));
    assert_eq!(fields[2], ("a_b".into(), Value::String("x".into())));
}
