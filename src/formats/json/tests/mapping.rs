//! What each JSON value becomes, and which are refused with which code.

use arrow_array::RecordBatch;
use arrow_array::cast::AsArray;
use arrow_array::types::*;
use arrow_buffer::i256;
use arrow_schema::{DataType, Field, TimeUnit};

use super::{inferred, lines, options, read, text, typed};
use crate::code::Code;
use crate::column::json::is_json_text;
use crate::error::{ErrorKind, Result};
use crate::format::ReadOptions;

fn code(result: Result<RecordBatch>) -> Option<Code> {
    result.unwrap_err().code()
}

fn column_type(batch: &RecordBatch, column: usize) -> DataType {
    batch.schema().field(column).data_type().clone()
}

#[test]
fn integers_are_never_floats() {
    let error = typed("{\"a\":1}\n{\"a\":1.7}", DataType::Int64).unwrap_err();
    assert_eq!(error.code(), Some(Code::Fraction));
    let origin = error.origin();
    assert_eq!((origin.record, origin.line, origin.byte), (Some(1), Some(1), Some(13)));
    assert_eq!(origin.column.as_deref(), Some("a"));

    let value = |text: &str| typed(text, DataType::Int64).unwrap().column(0).as_primitive::<Int64Type>().value(0);
    assert_eq!(value(r#"{"a":9007199254740993.0}"#), 9007199254740993);
    assert_eq!(value(r#"{"a":1e3}"#), 1000);
    assert_eq!(value(r#"{"a":"42"}"#), 42);
    assert_eq!(value(r#"{"a":-9223372036854775808}"#), i64::MIN);
    assert_eq!(code(typed(r#"{"a":""}"#, DataType::Int64)), Some(Code::Token));
    assert_eq!(code(typed(r#"{"a":" 4"}"#, DataType::Int64)), Some(Code::Token));
    assert_eq!(code(typed(r#"{"a":true}"#, DataType::Int64)), Some(Code::Token));
    assert_eq!(code(typed(r#"{"a":9223372036854775808}"#, DataType::Int64)), Some(Code::IntRange));
    assert_eq!(code(typed(r#"{"a":128}"#, DataType::Int8)), Some(Code::IntRange));
    assert_eq!(code(typed(r#"{"a":-1}"#, DataType::UInt64)), Some(Code::IntRange));
    assert_eq!(code(typed(r#"{"a":-1}"#, DataType::UInt8)), Some(Code::IntRange));
}

#[test]
fn big_integers_are_inferred_exactly() {
    let batch = inferred(r#"{"a":18446744073709551615}"#).unwrap();
    assert_eq!(batch.column(0).as_primitive::<UInt64Type>().value(0), u64::MAX);
    let batch = inferred("{\"a\":-1}\n{\"a\":18446744073709551615}").unwrap();
    assert_eq!(column_type(&batch, 0), DataType::Decimal128(38, 0));
    assert_eq!(batch.column(0).as_primitive::<Decimal128Type>().values(), &[-1, 18446744073709551615]);
    let batch = inferred(r#"{"a":123456789012345678901234567890}"#).unwrap();
    assert_eq!(batch.column(0).as_primitive::<Decimal128Type>().value(0), 123456789012345678901234567890);
    let batch = inferred(&format!("{{\"a\":{}}}", "9".repeat(76))).unwrap();
    assert_eq!(column_type(&batch, 0), DataType::Decimal256(76, 0));
    assert_eq!(batch.column(0).as_primitive::<Decimal256Type>().value(0), i256::from_string(&"9".repeat(76)).unwrap());
    let long = format!("{{\"a\":{}}}\n", "9".repeat(77));
    let batch = inferred(&long).unwrap();
    assert!(is_json_text(batch.schema().field(0)));
    assert_eq!(lines(&batch), long);
}

#[test]
fn fractions_are_inferred_exactly() {
    let batch = inferred("{\"a\":9007199254740993}\n{\"a\":1.5}").unwrap();
    assert!(matches!(column_type(&batch, 0), DataType::Decimal128(_, 1)));
    assert_eq!(lines(&batch), "{\"a\":9007199254740993.0}\n{\"a\":1.5}\n");
    let batch = inferred(r#"{"a":0.12345678901234567890}"#).unwrap();
    let line = lines(&batch);
    assert_eq!(line[5..].trim_end().trim_end_matches('}').trim_end_matches('0'), "0.1234567890123456789");
    assert!(matches!(column_type(&batch, 0), DataType::Decimal128(..)));
    assert_eq!(code(typed(r#"{"a":0.12345678901234567890}"#, DataType::Float64)), Some(Code::FloatDigits));
    assert_eq!(code(typed(r#"{"a":1e400}"#, DataType::Float64)), Some(Code::FloatRange));
    assert_eq!(code(typed(r#"{"a":1e39}"#, DataType::Float32)), Some(Code::FloatRange));
    let batch = typed("{\"a\":\"Infinity\"}\n{\"a\":\"-Infinity\"}\n{\"a\":\"NaN\"}", DataType::Float64).unwrap();
    let values = batch.column(0).as_primitive::<Float64Type>();
    assert_eq!((values.value(0), values.value(1)), (f64::INFINITY, f64::NEG_INFINITY));
    assert!(values.value(2).is_nan());
    assert_eq!(code(typed(r#"{"a":"1.5"}"#, DataType::Float64)), Some(Code::Token));
    let batch = inferred("{\"a\":-0}").unwrap();
    assert_eq!(batch.column(0).as_primitive::<Float64Type>().value(0).to_bits(), (-0.0f64).to_bits());
    assert_eq!(lines(&batch), "{\"a\":-0.0}\n");
}

#[test]
fn decimals_are_never_rounded() {
    let decimal = DataType::Decimal128(10, 2);
    assert_eq!(code(typed(r#"{"a":1.239}"#, decimal.clone())), Some(Code::DecimalScale));
    assert_eq!(code(typed(r#"{"a":123456789.00}"#, decimal.clone())), Some(Code::DecimalPrecision));
    let batch = typed("{\"a\":1.230}\n{\"a\":\"-12e1\"}", decimal).unwrap();
    assert_eq!(batch.column(0).as_primitive::<Decimal128Type>().values(), &[123, -12000]);
}

#[test]
fn keys_are_unique_and_known() {
    let error = inferred("{\"b\":0}\n{\"a\":1,\"b\":3,\"a\":2}").unwrap_err();
    assert_eq!((error.code(), error.origin().record), (Some(Code::DuplicateKey), Some(1)));
    assert_eq!(code(typed(r#"{"a":1,"a":2}"#, DataType::Int64)), Some(Code::DuplicateKey));
    // The same key, written differently.
    assert_eq!(code(typed(r#"{"a":1,"\u0061":2}"#, DataType::Int64)), Some(Code::DuplicateKey));
    assert_eq!(code(inferred(r#"{"a":1,"\u0061":2}"#)), Some(Code::DuplicateKey));
    assert_eq!(code(typed(r#"{"a":1,"zz":2}"#, DataType::Int64)), Some(Code::ExtraKey));

    let mut ignoring = super::with_schema(&super::one_column("a", DataType::Int64));
    ignoring.settings.set("extra-keys", "ignore");
    let batch = read(r#"{"zz":{"x":[1,"]"]},"a":1}"#, &ignoring).unwrap();
    assert_eq!(lines(&batch), "{\"a\":1}\n");
    let map = map_of_ints();
    assert_eq!(code(typed(r#"{"a":{"k":1,"l":2,"k":3}}"#, map.clone())), Some(Code::DuplicateKey));
    let many: Vec<_> = (0..40).chain([17]).map(|key| format!("\"k{key}\":{key}")).collect();
    assert_eq!(code(typed(&format!("{{\"a\":{{{}}}}}", many.join(",")), map)), Some(Code::DuplicateKey));
}

fn map_of_ints() -> DataType {
    use arrow_schema::{Field, Fields};
    let entries =
        Fields::from(vec![Field::new("key", DataType::Utf8, false), Field::new("value", DataType::Int64, true)]);
    DataType::Map(Field::new("entries", DataType::Struct(entries), false).into(), false)
}

#[test]
fn mixed_kinds_stay_json() {
    for source in [
        "{\"a\":1}\n{\"a\":\"x\"}\n",
        "{\"a\":1}\n{\"a\":[2]}\n",
        "{\"a\":1}\n{\"a\":{\"b\":1}}\n",
        "{\"a\":true}\n{\"a\":1.50}\n",
        "{\"a\":[1,\"x\",null]}\n",
        "{\"a\":{\"b\":[1e5,{}]}}\n{\"a\":{\"b\":{\"c\":\"\\u00e9\"}}}\n",
    ] {
        assert_eq!(lines(&inferred(source).unwrap()), source);
    }
    let batch = inferred("{\"a\":1}\n{\"a\":\"x\"}").unwrap();
    assert!(is_json_text(batch.schema().field(0)));
    assert_eq!(batch.column(0).as_string::<i32>().value(1), "\"x\"");
    // Blanks between tokens go, inside strings they stay.
    let batch = inferred("{\"a\":1}\n{\"a\": [ 1 , { \"b\" : \" [ \" } ] }").unwrap();
    assert_eq!(batch.column(0).as_string::<i32>().value(1), "[1,{\"b\":\" [ \"}]");
}

#[test]
fn null_and_missing() {
    let batch = inferred("{\"a\":null}\n{}").unwrap();
    assert_eq!((column_type(&batch, 0), batch.num_rows()), (DataType::Null, 2));
    let batch = inferred("{}\n{\"a\":1}\n{}\n{\"a\":null}\n{\"b\":\"x\",\"a\":2}\n{}").unwrap();
    let expected = "{\"a\":null,\"b\":null}\n{\"a\":1,\"b\":null}\n{\"a\":null,\"b\":null}\n{\"a\":null,\"b\":null}\n{\"a\":2,\"b\":\"x\"}\n{\"a\":null,\"b\":null}\n";
    assert_eq!(lines(&batch), expected);
    let required =
        std::sync::Arc::new(arrow_schema::Schema::new(vec![arrow_schema::Field::new("a", DataType::Int64, false)]));
    assert_eq!(code(read("{\"a\":1}\n{}", &super::with_schema(&required))), Some(Code::Null));
    assert_eq!(code(read("{\"a\":null}", &super::with_schema(&required))), Some(Code::Null));
    assert_eq!(inferred("{}\n{}\n").unwrap().num_rows(), 2);
    assert_eq!(inferred("").unwrap().num_rows(), 0);
    assert_eq!(inferred(" \n\n").unwrap().num_rows(), 0);
}

#[test]
fn text_stays_text() {
    let source = "{\"a\":\"2024-01-01\",\"u\":\"00112233-4455-6677-8899-AABBCCDDEEFF\",\"n\":\"007\"}\n";
    let batch = inferred(source).unwrap();
    assert!((0..3).all(|column| column_type(&batch, column) == DataType::Utf8));
    assert_eq!(lines(&batch), source);
}

#[test]
fn top_level_values() {
    let batch = inferred("[1,2,3]").unwrap();
    assert_eq!((batch.num_rows(), column_type(&batch, 0)), (3, DataType::Int64));
    assert_eq!(batch.schema().field(0).name(), "value");
    assert_eq!(text(&batch, &[("layout", "array")]), "[1,\n2,\n3]\n");
    let batch = inferred("5").unwrap();
    assert_eq!((batch.num_rows(), lines(&batch).as_str()), (1, "5\n"));
    for source in ["[1]\n[2,3]\n", "\"x\"\n\"y\"\n", "1\nnull\n{\"a\":1}\n", "{\"a\":1}\nnull\n", "null\n"] {
        assert_eq!(lines(&inferred(source).unwrap()), source);
    }
    let batch = inferred("[]").unwrap();
    assert_eq!(batch.num_rows(), 0);
    assert_eq!(text(&batch, &[("layout", "array")]), "[]\n");
}

#[test]
fn depth_is_limited() {
    let nested = format!("{{\"a\":{}{}}}", "[".repeat(300), "]".repeat(300));
    assert_eq!(code(inferred(&nested)), Some(Code::Depth));
    let deeper = move || {
        let mut deep = ReadOptions::default();
        deep.limits.depth_max = 400;
        assert_eq!(lines(&read(nested.clone(), &deep).unwrap()), format!("{nested}\n"));
        deep.limits.depth_max = 1 << 20;
        assert_eq!(read(nested, &deep).unwrap_err().kind(), ErrorKind::Usage);
    };
    // Threads of tests have small stacks, and unoptimized code needs much.
    std::thread::Builder::new().stack_size(64 << 20).spawn(deeper).unwrap().join().unwrap();
    for bracket in ["[", "{\"a\":"] {
        assert!(inferred(&bracket.repeat(100_000)).is_err());
    }
}

#[test]
fn text_is_unicode() {
    for source in [r#"{"a":"\ud800"}"#, r#"{"a":"\udc00\ud800"}"#, r#"{"a":"\ud800\u0041"}"#, r#"{"a":"\ud800x"}"#] {
        assert_eq!(code(inferred(source)), Some(Code::Utf8), "{source}");
    }
    let batch = inferred("\u{feff}{\"a\":\"\\ud83d\\ude00\\u0000\\/\"}").unwrap();
    assert_eq!(batch.column(0).as_string::<i32>().value(0), "😀\0/");
    assert_eq!(lines(&batch), "{\"a\":\"😀\\u0000/\"}\n");
    let error = read(b"{\"a\":\"x\"}\n{\"a\":\"\xff\"}\n".to_vec(), &ReadOptions::default()).unwrap_err();
    assert_eq!((error.code(), error.origin().record, error.origin().byte), (Some(Code::Utf8), Some(1), Some(16)));
    let error = typed_bytes(b"{\"a\":\"x\"}\n{\"a\":\"\xff\"}\n").unwrap_err();
    assert_eq!((error.code(), error.origin().record), (Some(Code::Utf8), Some(1)));
    assert!(inferred("{\"a\":\"x\ny\"}").is_err());
    assert!(inferred("{\"a\":\"\t\"}").is_err());
}

fn typed_bytes(bytes: &[u8]) -> Result<RecordBatch> {
    read(bytes.to_vec(), &super::with_schema(&super::one_column("a", DataType::Utf8)))
}

#[test]
fn many_keys_of_one_type_are_a_map() {
    let object = |keys: std::ops::Range<usize>| {
        let members: Vec<_> = keys.map(|key| format!("\"k{key}\":{key}")).collect();
        format!("{{\"a\":{{{}}}}}\n", members.join(","))
    };
    let source = object(0..300) + &object(200..600);
    let batch = inferred(&source).unwrap();
    assert_eq!(column_type(&batch, 0), map_of_ints());
    assert_eq!(lines(&batch), source);
    // A wide record of several types is none.
    let source = object(0..600).replace("\"k7\":7,", "\"k7\":\"x\",");
    let batch = inferred(&source).unwrap();
    assert!(matches!(column_type(&batch, 0), DataType::Struct(fields) if fields.len() == 600));
    assert_eq!(lines(&batch), source);
    let source = object(0..20_000).replace("\"k7\":7,", "\"k7\":\"x\",");
    let batch = inferred(&source).unwrap();
    assert!(matches!(column_type(&batch, 0), DataType::Map(..)));
    assert_eq!(lines(&batch), source);
}

#[test]
fn times() {
    let utc = DataType::Timestamp(TimeUnit::Millisecond, Some("UTC".into()));
    let naive = DataType::Timestamp(TimeUnit::Second, None);
    let batch = typed(r#"{"a":"2024-02-29T12:00:00.5+02:00"}"#, utc.clone()).unwrap();
    assert_eq!(lines(&batch), "{\"a\":\"2024-02-29T10:00:00.500Z\"}\n");
    assert_eq!(code(typed(r#"{"a":"2024-02-29T12:00:00"}"#, utc)), Some(Code::Token));
    assert_eq!(code(typed(r#"{"a":"2024-02-29T12:00:00Z"}"#, naive.clone())), Some(Code::Token));
    assert_eq!(code(typed(r#"{"a":"2024-02-29T12:00:00.5"}"#, naive.clone())), Some(Code::TimePrecision));
    assert!(code(typed(r#"{"a":"2023-02-29T12:00:00"}"#, naive)).is_some());
    let batch = typed(
        "{\"a\":\"P14M-3DT0.000000001S\"}\n{\"a\":{\"nanos\":5,\"days\":-1}}",
        DataType::Interval(arrow_schema::IntervalUnit::MonthDayNano),
    )
    .unwrap();
    assert_eq!(lines(&batch), "{\"a\":\"P14M-3DT0.000000001S\"}\n{\"a\":\"P-1DT0.000000005S\"}\n");
    let batch = typed("{\"a\":\"1.5s\"}\n{\"a\":\"PT1M\"}", DataType::Duration(TimeUnit::Millisecond)).unwrap();
    assert_eq!(batch.column(0).as_primitive::<DurationMillisecondType>().values(), &[1500, 60000]);
}

#[test]
fn lengths() {
    let pair = DataType::FixedSizeList(arrow_schema::Field::new("item", DataType::Int32, true).into(), 2);
    assert_eq!(lines(&typed("{\"a\":[1,2]}\n{}\n{\"a\":[null,3]}", pair.clone()).unwrap()).lines().count(), 3);
    assert_eq!(code(typed("{\"a\":[1]}", pair.clone())), Some(Code::Length));
    assert_eq!(code(typed("{\"a\":1}", pair)), Some(Code::Token));
    assert_eq!(code(typed("{\"a\":\"AAA=\"}", DataType::FixedSizeBinary(3))), Some(Code::Length));
    assert_eq!(typed("{\"a\":\"AAAA\"}", DataType::FixedSizeBinary(3)).unwrap().num_rows(), 1);
}

#[test]
fn columns_and_samples() {
    let mut with = ReadOptions { columns: vec![Field::new("b", DataType::UInt8, true)], ..ReadOptions::default() };
    let batch = read("{\"a\":1,\"b\":2}", &with).unwrap();
    assert_eq!((column_type(&batch, 0), column_type(&batch, 1)), (DataType::Int64, DataType::UInt8));
    with.columns[0].set_name("c");
    assert_eq!(read("{\"a\":1,\"b\":2}", &with).unwrap_err().kind(), ErrorKind::Usage);
    // A misfit after the sample is an error that names the record.
    let sample = ReadOptions { infer_records: Some(2), ..ReadOptions::default() };
    let error = read("{\"a\":1}\n{\"a\":2}\n{\"a\":\"x\"}", &sample).unwrap_err();
    assert_eq!((error.code(), error.origin().record), (Some(Code::Token), Some(2)));
    assert_eq!(read("{\"a\":1}\n{\"a\":2}\n{\"a\":3}", &sample).unwrap().num_rows(), 3);
}

#[test]
fn layouts_are_strict() {
    let array = options(&[("layout", "array")]);
    let ndjson = options(&[("layout", "ndjson")]);
    for bad in ["[1,]", "[,1]", "[1 2]", "[1", "[", "[1]]", "[1] 2", "[1],", "", " ", "[1,\n", "]", "[{\"a\":1},]"] {
        assert!(read(bad, &array).is_err(), "{bad:?}");
    }
    for bad in ["{\"a\":1} {\"a\":2}", "{\"a\":\n1}", "1,2", "{\"a\":1},\n{\"a\":2}"] {
        assert!(read(bad, &ndjson).is_err(), "{bad:?}");
    }
    for bad in ["{\"a\":1},{\"a\":2}", "{\"a\":1}}", "01", "1-2", "{\"a\":1,}", "{\"a\" 1}", "{a:1}", "nulltrue", "'x'"]
    {
        assert!(inferred(bad).is_err(), "{bad:?}");
    }
    assert_eq!(read("\n{\"a\":1}\r\n\r\n  {\"a\":2}  \n", &ndjson).unwrap().num_rows(), 2);
    assert_eq!(inferred("{\"a\":1}{\"a\":2} {\n\"a\"\n:3}").unwrap().num_rows(), 3);
    assert_eq!(read("{\"a\":1}", &array).unwrap().num_rows(), 1);
}
