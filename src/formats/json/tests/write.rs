//! What is written, for every type, and what is refused.

use std::sync::Arc;

use arrow_array::builder::{Int32Builder, MapBuilder, StringBuilder, StringDictionaryBuilder};
use arrow_array::types::*;
use arrow_array::*;
use arrow_buffer::{IntervalMonthDayNano, ScalarBuffer, i256};
use arrow_schema::{DataType, Field, Schema, SchemaRef, TimeUnit, UnionFields};

use super::{lines, read, text, typed, with_schema, write};
use crate::code::Code;
use crate::column::json::EXTENSION_NAME;

fn batch(columns: Vec<(&str, ArrayRef)>) -> RecordBatch {
    RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, array)| (name, array, true))).unwrap()
}

fn cells(array: impl Array + 'static) -> Vec<String> {
    let text = lines(&batch(vec![("a", Arc::new(array))]));
    text.lines().map(|line| line[5..line.len() - 1].to_owned()).collect()
}

#[test]
fn numbers_are_exact() {
    assert_eq!(cells(Int64Array::from(vec![i64::MIN, 9007199254740993])), ["-9223372036854775808", "9007199254740993"]);
    assert_eq!(cells(UInt64Array::from(vec![u64::MAX])), ["18446744073709551615"]);
    assert_eq!(
        cells(Float64Array::from(vec![0.1, -0.0, 1e300, 5e-324, 1.0])),
        ["0.1", "-0.0", "1e+300", "5e-324", "1.0"]
    );
    assert_eq!(cells(Float32Array::from(vec![0.1, 16777216.0])), ["0.1", "16777216.0"]);
    assert_eq!(cells(Decimal128Array::from(vec![1230]).with_precision_and_scale(9, 2).unwrap()), ["12.30"]);
    assert_eq!(cells(Decimal128Array::from(vec![12]).with_precision_and_scale(9, -2).unwrap()), ["1200"]);
    assert_eq!(
        cells(Decimal256Array::from(vec![i256::MINUS_ONE]).with_precision_and_scale(76, 3).unwrap()),
        ["-0.001"]
    );
    assert_eq!(cells(Decimal32Array::from(vec![-5]).with_precision_and_scale(9, 1).unwrap()), ["-0.5"]);
}

#[test]
fn numbers_that_json_does_not_have() {
    let floats = || -> ArrayRef {
        Arc::new(Float64Array::from(vec![
            Some(f64::NAN),
            Some(f64::INFINITY),
            Some(f64::NEG_INFINITY),
            None,
            Some(1.5),
        ]))
    };
    let records = batch(vec![("a", floats())]);
    let strings = "{\"a\":\"NaN\"}\n{\"a\":\"Infinity\"}\n{\"a\":\"-Infinity\"}\n{\"a\":null}\n{\"a\":1.5}\n";
    assert_eq!(lines(&records), strings);
    let (out, report) = write(std::slice::from_ref(&records), &records.schema(), &[("nonfinite", "null")]).unwrap();
    assert_eq!(String::from_utf8(out).unwrap().matches("null").count(), 4);
    assert_eq!(report.losses[&(Code::NonFinite, "a".to_owned())], 3);
    let error = write(std::slice::from_ref(&records), &records.schema(), &[("nonfinite", "error")]).unwrap_err();
    assert_eq!((error.code(), error.origin().record), (Some(Code::NonFinite), Some(0)));
    assert_eq!(error.origin().column.as_deref(), Some("a"));
}

#[test]
fn text_and_bytes() {
    assert_eq!(cells(StringArray::from(vec!["a\"\\\u{1}\n\u{7f}é/", ""])), ["\"a\\\"\\\\\\u0001\\n\u{7f}é/\"", "\"\""]);
    assert_eq!(cells(StringViewArray::from(vec!["short", "a text that is longer than twelve bytes"])).len(), 2);
    assert_eq!(cells(BinaryArray::from(vec![&b"\xff\x00"[..]])), ["\"/wA=\""]);
    assert_eq!(cells(BinaryViewArray::from(vec![&b"\xff\x00"[..]])), ["\"/wA=\""]);
    assert_eq!(cells(LargeStringArray::from(vec!["x"]).slice(0, 1)), ["\"x\""]);
    let uuid = FixedSizeBinaryArray::try_from_iter([[0x12u8; 16]].into_iter()).unwrap();
    let field = Field::new("a", DataType::FixedSizeBinary(16), true)
        .with_metadata(std::collections::HashMap::from([(EXTENSION_NAME.to_owned(), "arrow.uuid".to_owned())]));
    let schema = Arc::new(Schema::new(vec![field]));
    let records = RecordBatch::try_new(schema.clone(), vec![Arc::new(uuid)]).unwrap();
    let out = lines(&records);
    assert_eq!(out, "{\"a\":\"12121212-1212-1212-1212-121212121212\"}\n");
    assert_eq!(read(out.to_uppercase().replace("\"A\"", "\"a\""), &with_schema(&schema)).unwrap(), records);
}

#[test]
fn times_are_iso() {
    assert_eq!(
        cells(Date32Array::from(vec![0, 19782, -719529])),
        ["\"1970-01-01\"", "\"2024-02-29\"", "\"-0001-12-31\""]
    );
    assert_eq!(cells(Time64MicrosecondArray::from(vec![1])), ["\"00:00:00.000001\""]);
    assert_eq!(cells(TimestampSecondArray::from(vec![0])), ["\"1970-01-01T00:00:00\""]);
    assert_eq!(
        cells(TimestampNanosecondArray::from(vec![1]).with_timezone("UTC")),
        ["\"1970-01-01T00:00:00.000000001Z\""]
    );
    assert_eq!(
        cells(TimestampSecondArray::from(vec![0]).with_timezone("Europe/Paris")),
        ["\"1970-01-01T01:00:00+01:00\""]
    );
    assert_eq!(cells(DurationMillisecondArray::from(vec![-1500])), ["\"-1.5s\""]);
    let interval = IntervalMonthDayNano::new(14, -3, 1);
    assert_eq!(cells(IntervalMonthDayNanoArray::from(vec![interval])), ["\"P14M-3DT0.000000001S\""]);
    let records = batch(vec![("a", Arc::new(Date64Array::from(vec![0, 1])) as ArrayRef)]);
    let error = write(std::slice::from_ref(&records), &records.schema(), &[]).unwrap_err();
    assert_eq!((error.code(), error.origin().record), (Some(Code::TimePrecision), Some(1)));
    let records = batch(vec![("a", Arc::new(Time32SecondArray::from(vec![86_400])) as ArrayRef)]);
    assert_eq!(
        write(std::slice::from_ref(&records), &records.schema(), &[]).unwrap_err().code(),
        Some(Code::DateRange)
    );
}

#[test]
fn maps() {
    let mut map = MapBuilder::new(None, StringBuilder::new(), Int32Builder::new());
    for row in [vec![("k", 1), ("l", 2)], vec![], vec![("k", 1), ("k", 2)]] {
        for (key, value) in row {
            map.keys().append_value(key);
            map.values().append_value(value);
        }
        map.append(true).unwrap();
    }
    let map = map.finish();
    assert_eq!(cells(map.slice(0, 2)), ["{\"k\":1,\"l\":2}", "{}"]);
    let records = batch(vec![("a", Arc::new(map) as ArrayRef)]);
    let error = write(std::slice::from_ref(&records), &records.schema(), &[]).unwrap_err();
    assert_eq!((error.code(), error.origin().record), (Some(Code::DuplicateKey), Some(2)));

    let mut map = MapBuilder::new(None, Int32Builder::new(), StringBuilder::new());
    map.keys().append_value(7);
    map.values().append_value("x");
    map.append(true).unwrap();
    assert_eq!(cells(map.finish()), ["{\"7\":\"x\"}"]);
    let mut map = MapBuilder::new(None, arrow_array::builder::Float64Builder::new(), StringBuilder::new());
    map.keys().append_value(0.5);
    map.values().append_null();
    map.append(true).unwrap();
    assert_eq!(cells(map.finish()), ["[{\"key\":0.5,\"value\":null}]"]);
}

fn union(dense: bool) -> UnionArray {
    let fields = UnionFields::try_new(
        [0, 5],
        [Field::new("int", DataType::Int32, true), Field::new("text", DataType::Utf8, true)],
    )
    .unwrap();
    let type_ids = ScalarBuffer::from(vec![0i8, 5, 0]);
    if dense {
        let children: Vec<ArrayRef> =
            vec![Arc::new(Int32Array::from(vec![Some(1), None])), Arc::new(StringArray::from(vec!["x"]))];
        UnionArray::try_new(fields, type_ids, Some(vec![0, 0, 1].into()), children).unwrap()
    } else {
        let children: Vec<ArrayRef> = vec![
            Arc::new(Int32Array::from(vec![Some(1), None, None])),
            Arc::new(StringArray::from(vec![None, Some("x"), None])),
        ];
        UnionArray::try_new(fields, type_ids, None, children).unwrap()
    }
}

/// A union of two branches, a value of each, written and read with its schema; the type ids that are read.
fn branches_back(branches: [(DataType, ArrayRef); 2], settings: &[(&str, &str)]) -> crate::error::Result<Vec<i8>> {
    let fields =
        branches.iter().enumerate().map(|(at, (data_type, _))| Field::new(format!("f{at}"), data_type.clone(), false));
    let fields = UnionFields::try_new(0..2, fields).unwrap();
    let children = branches.into_iter().map(|(_, array)| array).collect();
    let union = UnionArray::try_new(fields, vec![0, 1].into(), Some(vec![0, 0].into()), children).unwrap();
    let field = Field::new("u", union.data_type().clone(), false);
    let schema: SchemaRef = Arc::new(Schema::new(vec![field]));
    let records = RecordBatch::try_new(schema.clone(), vec![Arc::new(union)]).unwrap();
    let lines = text(&records, settings);
    let back = read(lines.as_str(), &with_schema(&schema))?;
    assert_eq!(back.column(0).to_data().len(), 2, "{lines}");
    Ok(back.column(0).as_any().downcast_ref::<UnionArray>().unwrap().type_ids().to_vec())
}

#[test]
fn a_branch_takes_the_form_that_is_written_and_no_other() {
    use crate::column::json::{NumberStyle, WriteRules, kinds_are_distinct};
    let empty_map = || {
        let mut map = builder::MapBuilder::new(None, builder::StringBuilder::new(), builder::Int32Builder::new());
        map.append(true).unwrap();
        let map: ArrayRef = Arc::new(map.finish());
        (map.data_type().clone(), map)
    };
    let empty_list = || {
        let list: ArrayRef = Arc::new(ListArray::from_iter_primitive::<Int32Type, _, _>([Some([None; 0])]));
        (list.data_type().clone(), list)
    };
    let interval = || {
        let zero: ArrayRef = Arc::new(IntervalMonthDayNanoArray::from(vec![IntervalMonthDayNano::ZERO]));
        (zero.data_type().clone(), zero)
    };
    for branches in
        [[empty_map(), empty_list()], [empty_list(), empty_map()], [interval(), empty_map()], [empty_map(), interval()]]
    {
        assert_eq!(branches_back(branches, &[]).unwrap(), [0, 1]);
    }
    // Numbers that are strings are no other kind than text.
    let fields = [Field::new("s", DataType::Utf8, false), Field::new("l", DataType::Int64, false)];
    let fields = UnionFields::try_new(0..2, fields).unwrap();
    assert!(kinds_are_distinct(&fields, &WriteRules::default()));
    assert!(!kinds_are_distinct(&fields, &WriteRules { int64: NumberStyle::String, ..WriteRules::default() }));
}

#[test]
fn an_object_of_an_interval_has_a_part() {
    let interval = DataType::Interval(arrow_schema::IntervalUnit::MonthDayNano);
    assert!(typed("{\"a\":{\"days\":0}}", interval.clone()).is_ok());
    assert_eq!(typed("{\"a\":{}}", interval).unwrap_err().code(), Some(Code::Token));
}

#[test]
fn unions() {
    for dense in [true, false] {
        assert_eq!(cells(union(dense)), ["1", "\"x\"", "null"]);
        assert_eq!(cells(union(dense).slice(1, 2)), ["\"x\"", "null"]);
        let records = batch(vec![("a", Arc::new(union(dense)) as ArrayRef)]);
        assert_eq!(read(lines(&records), &with_schema(&records.schema())).unwrap(), records);
        let tagged = text(&records, &[("union", "tagged")]);
        assert_eq!(tagged, "{\"a\":{\"int\":1}}\n{\"a\":{\"text\":\"x\"}}\n{\"a\":{\"int\":null}}\n");
        let mut options = with_schema(&records.schema());
        options.settings.set("union", "tagged");
        assert_eq!(read(tagged, &options).unwrap(), records);
    }
}

#[test]
fn encodings_show_their_values() {
    let mut dictionary = StringDictionaryBuilder::<Int8Type>::new();
    dictionary.append_value("x");
    dictionary.append_null();
    dictionary.append_value("y");
    let dictionary = dictionary.finish();
    assert_eq!(cells(dictionary.clone()), ["\"x\"", "null", "\"y\""]);
    assert_eq!(cells(dictionary.slice(1, 2)), ["null", "\"y\""]);
    let runs =
        RunArray::try_new(&Int32Array::from(vec![2, 3, 6]), &Int64Array::from(vec![Some(7), None, Some(8)])).unwrap();
    assert_eq!(cells(runs.clone()), ["7", "7", "null", "8", "8", "8"]);
    assert_eq!(cells(runs.slice(1, 3)), ["7", "null", "8"]);
}

#[test]
fn json_text_is_spliced_and_checked() {
    let field = Field::new("a", DataType::Utf8, true)
        .with_metadata(std::collections::HashMap::from([(EXTENSION_NAME.to_owned(), "arrow.json".to_owned())]));
    let schema = Arc::new(Schema::new(vec![field]));
    let good: ArrayRef = Arc::new(StringArray::from(vec![Some("{ \"x\" : [1,\n2] }"), None, Some("null")]));
    let records = RecordBatch::try_new(schema.clone(), vec![good]).unwrap();
    assert_eq!(lines(&records), "{\"a\":{\"x\":[1,2]}}\n{\"a\":null}\n{\"a\":null}\n");
    for bad in ["", "{", "1,\"b\":2", "x", "1 2"] {
        let column: ArrayRef = Arc::new(StringArray::from(vec!["1", bad]));
        let records = RecordBatch::try_new(schema.clone(), vec![column]).unwrap();
        let error = write(&[records], &schema, &[]).unwrap_err();
        assert_eq!((error.code(), error.origin().record), (Some(Code::Token), Some(1)), "{bad:?}");
        assert_eq!(error.origin().column.as_deref(), Some("a"));
    }
}

#[test]
fn layouts() {
    let records = batch(vec![
        ("a", Arc::new(Int32Array::from(vec![1, 2])) as ArrayRef),
        ("b \"q\"", Arc::new(StringArray::from(vec![Some("x"), None])) as ArrayRef),
    ]);
    assert_eq!(lines(&records), "{\"a\":1,\"b \\\"q\\\"\":\"x\"}\n{\"a\":2,\"b \\\"q\\\"\":null}\n");
    let array = "[{\"a\":1,\"b \\\"q\\\"\":\"x\"},\n{\"a\":2,\"b \\\"q\\\"\":null}]\n";
    assert_eq!(text(&records, &[("layout", "array")]), array);
    // Batches make no difference.
    let parts = [records.slice(0, 1), records.slice(1, 0), records.slice(1, 1)];
    assert_eq!(write(&parts, &records.schema(), &[("layout", "array")]).unwrap().0, array.as_bytes());
    let pretty = "[\n  {\n    \"a\": 1,\n    \"b \\\"q\\\"\": \"x\"\n  },\n  {\n    \"a\": 2,\n    \"b \\\"q\\\"\": null\n  }\n]\n";
    assert_eq!(text(&records, &[("layout", "array"), ("pretty", "true")]), pretty);
    assert_eq!(write(&[], &records.schema(), &[("layout", "array")]).unwrap().0, b"[]\n");
    assert_eq!(write(&[], &records.schema(), &[]).unwrap().0, b"");
    assert_eq!(write(std::slice::from_ref(&records), &records.schema(), &[]).unwrap().1.records_out, 2);
    let rows = RecordBatch::try_new_with_options(
        Arc::new(Schema::empty()),
        vec![],
        &RecordBatchOptions::new().with_row_count(Some(2)),
    )
    .unwrap();
    assert_eq!(lines(&rows), "{}\n{}\n");
}

#[test]
fn what_json_cannot_hold_is_refused_first() {
    let twice =
        Arc::new(Schema::new(vec![Field::new("a", DataType::Int32, true), Field::new("a", DataType::Int32, true)]));
    assert_eq!(write(&[], &twice, &[]).unwrap_err().kind(), crate::ErrorKind::Unsupported);
    let zone = DataType::Timestamp(TimeUnit::Second, Some("Nowhere/Land".into()));
    let schema = Arc::new(Schema::new(vec![Field::new_list("l", Field::new_list_field(zone, true), true)]));
    let error = write(&[], &schema, &[]).unwrap_err();
    assert_eq!(error.origin().column.as_deref(), Some("l[]"));
    assert_eq!(write(&[], &schema, &[("layuot", "array")]).unwrap_err().kind(), crate::ErrorKind::Usage);
}
