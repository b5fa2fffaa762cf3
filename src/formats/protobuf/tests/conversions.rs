//! Columns into the fields of a given schema: exact, or refused with a code.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::*;
use arrow_array::*;
use arrow_schema::{DataType, Field, Schema, TimeUnit};

use super::{definition, read, read_options};
use crate::code::Code;
use crate::error::{Error, ErrorKind, Result};
use crate::format::{ReadOptions, WriteOptions};
use crate::formats::testing;
use crate::report::Report;

const SCHEMA: &str = r#"
syntax = "proto3";
import "google/protobuf/timestamp.proto";
import "google/protobuf/wrappers.proto";
message Row {
  enum Color { NONE = 0; RED = 1; BLUE = 7; }
  optional int32 i32 = 1;
  optional int64 i64 = 2;
  optional uint32 u32 = 3;
  optional uint64 u64 = 4;
  optional sint32 s32 = 5;
  optional sfixed32 sf32 = 6;
  optional fixed64 f64 = 7;
  optional string text = 8;
  optional double d = 9;
  optional float f = 10;
  optional Color color = 11;
  google.protobuf.Timestamp at = 12;
  int64 plain = 13;
  repeated string texts = 14;
  google.protobuf.UInt32Value wrapped = 15;
  optional bytes bin = 16;
}"#;

/// Writes a column called `name`, and reads it back.
fn convert(field: Field, array: ArrayRef) -> Result<(ArrayRef, Report)> {
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("row.proto");
    std::fs::write(&path, SCHEMA).expect("schema file");
    let given = definition(&path, None, &[]);
    let name = field.name().clone();
    let schema = Arc::new(Schema::new(vec![field]));
    let batch = RecordBatch::try_new(schema.clone(), vec![array]).map_err(Error::from)?;
    let options = WriteOptions { definition: Some(given.clone()), ..WriteOptions::default() };
    let (bytes, report) = testing::write(&super::FORMAT, &schema, &[batch], &options, 1)?;
    let options: ReadOptions = read_options(given, &[]);
    let batches = read(bytes, &options)?;
    Ok((batches[0].column_by_name(&name).expect("column").clone(), report))
}

fn to(name: &str, array: impl Array + 'static) -> Result<ArrayRef> {
    let array: ArrayRef = Arc::new(array);
    let (array, report) = convert(Field::new(name, array.data_type().clone(), true), array)?;
    assert!(report.losses.is_empty(), "{:?}", report.losses);
    Ok(array)
}

fn code(result: Result<ArrayRef>) -> Option<Code> {
    result.expect_err("it was written").code()
}

fn texts(array: &ArrayRef) -> Vec<Option<&str>> {
    array.as_string::<i32>().iter().collect()
}

#[test]
fn integers_of_any_width() {
    let limits = [
        ("i32", i128::from(i32::MIN), i128::from(i32::MAX)),
        ("s32", i128::from(i32::MIN), i128::from(i32::MAX)),
        ("sf32", i128::from(i32::MIN), i128::from(i32::MAX)),
        ("i64", i128::from(i64::MIN), i128::from(i64::MAX)),
        ("u32", 0, i128::from(u32::MAX)),
        ("wrapped", 0, i128::from(u32::MAX)),
        ("u64", 0, i128::from(u64::MAX)),
        ("f64", 0, i128::from(u64::MAX)),
    ];
    macro_rules! from {
        ($type:ty) => {
            type Native = <$type as ArrowPrimitiveType>::Native;
            for (name, low, high) in limits {
                for value in [Native::MIN, Native::MIN / 2, Native::MIN / 2 + 7, 1, Native::MAX / 2, Native::MAX] {
                    let result = to(name, PrimitiveArray::<$type>::from(vec![None, Some(value)]));
                    if !(low..=high).contains(&i128::from(value)) {
                        assert_eq!(code(result), Some(Code::IntRange), "{value} to {name}");
                        continue;
                    }
                    let array = result.expect("written");
                    assert!(array.is_null(0));
                    let back = match array.data_type() {
                        DataType::Int32 => i128::from(array.as_primitive::<Int32Type>().value(1)),
                        DataType::Int64 => i128::from(array.as_primitive::<Int64Type>().value(1)),
                        DataType::UInt32 => i128::from(array.as_primitive::<UInt32Type>().value(1)),
                        _ => i128::from(array.as_primitive::<UInt64Type>().value(1)),
                    };
                    assert_eq!(back, i128::from(value), "to {name}");
                }
            }
        };
    }
    {
        from!(Int8Type);
    }
    {
        from!(Int16Type);
    }
    {
        from!(Int32Type);
    }
    {
        from!(Int64Type);
    }
    {
        from!(UInt8Type);
    }
    {
        from!(UInt16Type);
    }
    {
        from!(UInt32Type);
    }
    {
        from!(UInt64Type);
    }
}

#[test]
fn text_of_every_layout() {
    let expected = [Some("a"), None, Some(""), Some("Ω and more than twelve bytes")];
    assert_eq!(texts(&to("text", StringArray::from(expected.to_vec())).expect("utf8")), expected);
    assert_eq!(texts(&to("text", LargeStringArray::from(expected.to_vec())).expect("large")), expected);
    assert_eq!(texts(&to("text", StringViewArray::from(expected.to_vec())).expect("view")), expected);
    let dictionary: DictionaryArray<Int8Type> = expected.into_iter().collect();
    assert_eq!(texts(&to("text", dictionary).expect("dictionary")), expected);
    let json = Field::new("text", DataType::Utf8, true).with_metadata([("ARROW:extension:name", "arrow.json")]);
    let (array, _) = convert(json, Arc::new(StringArray::from(vec![r#"{"a":1.50}"#]))).expect("json");
    assert_eq!(texts(&array), [Some(r#"{"a":1.50}"#)]);
    assert_eq!(to("bin", StringArray::from(vec!["é"])).expect("bytes").as_binary::<i32>().value(0), "é".as_bytes());
}

#[test]
fn decimals_and_uuids_as_text() {
    let decimal =
        Decimal128Array::from(vec![Some(-5), None, Some(1230)]).with_precision_and_scale(10, 2).expect("fits");
    assert_eq!(texts(&to("text", decimal).expect("decimal")), [Some("-0.05"), None, Some("12.30")]);
    let wide = arrow_buffer::i256::from_string("1234567890123456789012345678901234567890123").expect("number");
    let decimal = Decimal256Array::from(vec![wide]).with_precision_and_scale(76, 3).expect("fits");
    let expected = [Some("1234567890123456789012345678901234567890.123")];
    assert_eq!(texts(&to("text", decimal).expect("decimal")), expected);
    let uuid: Vec<u8> = (0..16).collect();
    let array = FixedSizeBinaryArray::try_from_iter([uuid].into_iter()).expect("uuid");
    let field =
        Field::new("text", DataType::FixedSizeBinary(16), true).with_metadata([("ARROW:extension:name", "arrow.uuid")]);
    let (array, _) = convert(field, Arc::new(array)).expect("uuid");
    assert_eq!(texts(&array), [Some("00010203-0405-0607-0809-0a0b0c0d0e0f")]);
}

#[test]
fn floats() {
    let doubles = to("d", Float32Array::from(vec![0.1, f32::NEG_INFINITY])).expect("double");
    assert_eq!(doubles.as_primitive::<Float64Type>().values(), &[f64::from(0.1_f32), f64::NEG_INFINITY]);
    let floats = to("f", Float64Array::from(vec![0.5, -0.0, f64::INFINITY])).expect("float");
    assert_eq!(floats.as_primitive::<Float32Type>().value(1).to_bits(), (-0.0_f32).to_bits());
    assert_eq!(code(to("f", Float64Array::from(vec![0.1]))), Some(Code::FloatDigits));
    assert_eq!(code(to("f", Float64Array::from(vec![1e300]))), Some(Code::FloatRange));
    assert_eq!(code(to("d", Int64Array::from(vec![(1 << 53) + 1]))), Some(Code::FloatDigits));
    assert_eq!(
        to("d", Int64Array::from(vec![1 << 53])).expect("double").as_primitive::<Float64Type>().value(0),
        2f64.powi(53)
    );
}

#[test]
fn timestamps_of_every_unit() {
    let expected = [Some(1_500_000_000_000_000_000), None, Some(-1_000_000_000)];
    let scaled = |by: i64| expected.map(|value: Option<i64>| value.map(|value| value / by)).to_vec();
    let zone = |array: ArrayRef, unit| {
        let (array, report) =
            convert(Field::new("at", DataType::Timestamp(unit, Some("UTC".into())), true), array).expect("written");
        assert!(report.losses.is_empty());
        assert_eq!(array.as_primitive::<TimestampNanosecondType>().iter().collect::<Vec<_>>(), expected);
    };
    let utc = "UTC";
    zone(Arc::new(TimestampSecondArray::from(scaled(1_000_000_000)).with_timezone(utc)), TimeUnit::Second);
    zone(Arc::new(TimestampMillisecondArray::from(scaled(1_000_000)).with_timezone(utc)), TimeUnit::Millisecond);
    zone(Arc::new(TimestampMicrosecondArray::from(scaled(1000)).with_timezone(utc)), TimeUnit::Microsecond);
    zone(Arc::new(TimestampNanosecondArray::from(scaled(1)).with_timezone(utc)), TimeUnit::Nanosecond);
    let late = TimestampSecondArray::from(vec![253_402_300_800]).with_timezone(utc);
    assert_eq!(code(to("at", late)), Some(Code::TimestampRange));
}

#[test]
fn enums_by_name_and_number() {
    let names = |array: ArrayRef| -> Vec<Option<String>> {
        let array = array.as_dictionary::<Int32Type>().downcast_dict::<StringArray>().expect("texts");
        array.into_iter().map(|name| name.map(str::to_owned)).collect()
    };
    let expected = [Some("BLUE".to_owned()), None, Some("RED".to_owned())];
    let text = [Some("BLUE"), None, Some("RED")];
    assert_eq!(names(to("color", StringArray::from(text.to_vec())).expect("text")), expected);
    let dictionary: DictionaryArray<UInt16Type> = text.into_iter().collect();
    assert_eq!(names(to("color", dictionary).expect("dictionary")), expected);
    assert_eq!(names(to("color", UInt8Array::from(vec![Some(7), None, Some(1)])).expect("number")), expected);
    assert_eq!(code(to("color", StringArray::from(vec!["GREEN"]))), Some(Code::Enum));
    assert_eq!(code(to("color", UInt64Array::from(vec![u64::MAX]))), Some(Code::IntRange));
}

#[test]
fn nulls() {
    // No presence: zero, and counted.
    let array: ArrayRef = Arc::new(Int32Array::from(vec![Some(4), None, None]));
    let (back, report) = convert(Field::new("plain", DataType::Int32, true), array).expect("written");
    assert_eq!(back.as_primitive::<Int64Type>().values(), &[4, 0, 0]);
    assert_eq!(report.losses.into_iter().collect::<Vec<_>>(), [((Code::Presence, "plain".to_owned()), 2)]);
    // Null lists are empty, and counted; null elements are refused.
    let mut builder = builder::ListBuilder::new(builder::StringBuilder::new());
    builder.append_value([Some("x")]);
    builder.append_null();
    let list = builder.finish();
    let (back, report) = convert(Field::new("texts", list.data_type().clone(), true), Arc::new(list)).expect("written");
    assert_eq!(back.as_list::<i32>().value_length(1), 0);
    assert_eq!(report.losses.into_iter().collect::<Vec<_>>(), [((Code::NullList, "texts".to_owned()), 1)]);
    let mut builder = builder::ListBuilder::new(builder::StringBuilder::new());
    builder.append_value([Some("x"), None]);
    assert_eq!(code(to("texts", builder.finish())), Some(Code::NullElement));
}

#[test]
fn what_has_no_exact_form_is_refused() {
    let refused = |name: &str, array: ArrayRef| {
        let error = convert(Field::new(name, array.data_type().clone(), true), array).expect_err("refused");
        assert_eq!(error.kind(), ErrorKind::Schema, "{error}");
        assert!(error.to_string().contains(name), "{error}");
    };
    refused("text", Arc::new(Date32Array::from(vec![1])));
    refused("text", Arc::new(Int32Array::from(vec![1])));
    refused("i32", Arc::new(StringArray::from(vec!["1"])));
    refused("i32", Arc::new(Float64Array::from(vec![1.0])));
    refused("at", Arc::new(Int64Array::from(vec![1])));
    refused("nothing", Arc::new(Int64Array::from(vec![1])));
    refused("texts", Arc::new(StringArray::from(vec!["x"])));
}

#[test]
fn a_file_of_one_message_holds_one_record() {
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("row.proto");
    std::fs::write(&path, SCHEMA).expect("schema file");
    let schema = Arc::new(Schema::new(vec![Field::new("i32", DataType::Int32, true)]));
    let mut options = WriteOptions { definition: Some(definition(&path, None, &[])), ..WriteOptions::default() };
    options.settings.set("framing", "single");
    for rows in 0..4 {
        let batch =
            RecordBatch::try_new(schema.clone(), vec![Arc::new(Int32Array::from(vec![7; rows]))]).expect("batch");
        let result = testing::write(&super::FORMAT, &schema, &[batch], &options, 2);
        assert_eq!(result.is_ok(), rows == 1, "{rows} records");
    }
    assert!(testing::write(&super::FORMAT, &schema, &[], &options, 2).is_err());
}
