//! The dialect of Avro: texts as the specification's section JSON Encoding has them.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::*;

use super::{options, read, text, write};
use crate::code::Code;
use crate::error::ErrorKind;
use crate::format::ReadOptions;
use crate::schema::avsc;

const SCHEMA: &str = r#"{"type":"record","name":"R","namespace":"n","fields":[
    {"name":"i","type":"int"},{"name":"l","type":"long"},{"name":"f","type":"float"},{"name":"d","type":"double"},
    {"name":"b","type":"bytes"},{"name":"s","type":"string"},{"name":"o","type":["null","string"]},
    {"name":"u","type":["null","int","string",{"type":"fixed","name":"F","size":2}]},
    {"name":"e","type":{"type":"enum","name":"E","symbols":["A","B"]}},
    {"name":"a","type":{"type":"array","items":["int","null"]}},{"name":"m","type":{"type":"map","values":"boolean"}},
    {"name":"t","type":{"type":"long","logicalType":"timestamp-micros"}},
    {"name":"n","type":{"type":"bytes","logicalType":"decimal","precision":4,"scale":2}},
    {"name":"r","type":["null","R"]}]}"#;

fn of(schema: &str, settings: &[(&str, &str)]) -> ReadOptions {
    let schema = Arc::new(avsc::to_arrow(schema).unwrap());
    ReadOptions { schema: Some(schema), ..options(&[&[("dialect", "avro")], settings].concat()) }
}

fn record(fields: &str) -> String {
    format!(r#"{{"type":"record","name":"R","fields":[{fields}]}}"#)
}

#[test]
fn records_come_back_as_they_were() {
    let first = concat!(
        r#"{"i":-1,"l":9223372036854775807,"f":0.1,"d":-0.0,"b":"ÿ\u0000a","s":"é\"","o":{"string":"x"},"#,
        r#""u":{"n.F":"\u0001ÿ"},"e":"B","a":[{"int":3},null],"m":{"k":true,"k2":false},"t":1000001,"n":"\u0000À","#,
        r#""r":{"n.R":{"i":0,"l":0,"f":"NaN","d":"-Infinity","b":"","s":"","o":null,"u":{"int":5},"e":"A","a":[],"m":{},"#,
        r#""t":0,"n":"\u0001","r":null}}}"#,
        "\n"
    );
    let second = concat!(
        r#"{"i":0,"l":0,"f":1e+20,"d":0.1,"b":"","s":"","o":null,"u":null,"e":"A","a":[],"m":{},"t":0,"n":"\u0001","r":null}"#,
        "\n"
    );
    let lines = format!("{first}{second}");
    let batch = read(lines.as_str(), &of(SCHEMA, &[])).unwrap();
    assert_eq!(batch.column(1).as_primitive::<Int64Type>().values(), &[i64::MAX, 0]);
    assert_eq!(batch.column(2).as_primitive::<Float32Type>().values(), &[0.1, 1e20]);
    assert_eq!(batch.column(4).as_binary::<i32>().value(0), [0xff, 0, b'a']);
    assert_eq!(batch.column(7).as_union().type_ids(), &[3, 0]);
    assert_eq!(batch.column(11).as_primitive::<TimestampMicrosecondType>().values(), &[1_000_001, 0]);
    assert_eq!(batch.column(12).as_primitive::<Decimal128Type>().values(), &[192, 1]);
    assert_eq!(text(&batch, &[("dialect", "avro")]), lines);
    let array = text(&batch, &[("dialect", "avro"), ("layout", "array"), ("pretty", "true")]);
    assert_eq!(read(array.as_str(), &of(SCHEMA, &[])).unwrap().columns(), batch.columns());
}

#[test]
fn data_that_is_no_record() {
    let batch = read("\"x\"\nnull\n".replace("\"x\"", r#"{"string":"x"}"#), &of(r#"["null","string"]"#, &[])).unwrap();
    assert_eq!(text(&batch, &[("dialect", "avro")]), "{\"string\":\"x\"}\nnull\n");
}

#[test]
fn a_bracket_tells_nothing_where_data_are_arrays() {
    let flat = r#"{"type":"array","items":"int"}"#;
    let deep = r#"{"type":"array","items":{"type":"array","items":"int"}}"#;
    for (schema, lines) in
        [(flat, "[1,2]\n"), (flat, "[]\n"), (flat, "[1]\n[]\n"), (deep, "[[1],[]]\n"), (deep, "[[],[1]]\n")]
    {
        let batch = read(lines, &of(schema, &[])).unwrap();
        assert_eq!(text(&batch, &[("dialect", "avro")]), lines);
        // One array of all data, where that can be told or is said.
        let array = text(&batch, &[("dialect", "avro"), ("layout", "array")]);
        assert_eq!(read(array.as_str(), &of(schema, &[("layout", "array")])).unwrap().columns(), batch.columns());
        if !lines.starts_with("[[]") {
            assert_eq!(read(array.as_str(), &of(schema, &[])).unwrap().columns(), batch.columns(), "{array}");
        }
    }
}

#[test]
fn what_does_not_fit_is_said_with_its_place() {
    let refused = |fields: &str, line: &str| {
        let lines = format!("{}\n{line}\n", if fields.contains("int") { r#"{"a":1}"# } else { r#"{"a":"x"}"# });
        let error = read(lines, &of(&record(fields), &[])).unwrap_err();
        assert_eq!((error.origin().record, error.origin().line), (Some(1), Some(1)), "{error}");
        error.code()
    };
    let int = r#"{"name":"a","type":"int"}"#;
    assert_eq!(refused(int, r#"{"a":2147483648}"#), Some(Code::IntRange));
    assert_eq!(refused(int, r#"{"a":1.5}"#), Some(Code::Fraction));
    assert_eq!(refused(int, r#"{"a":"1"}"#), Some(Code::Token));
    assert_eq!(refused(int, r#"{"a":1,"b":2}"#), Some(Code::ExtraKey));
    assert_eq!(refused(int, r#"{"a":1,"a":2}"#), Some(Code::DuplicateKey));
    assert_eq!(refused(int, r#"{}"#), Some(Code::Token));
    let bytes = r#"{"name":"a","type":"bytes"}"#;
    assert_eq!(refused(bytes, r#"{"a":"Ā"}"#), Some(Code::Token));
    let enumeration = r#"{"name":"a","type":{"type":"enum","name":"E","symbols":["x"]}}"#;
    assert_eq!(refused(enumeration, r#"{"a":"y"}"#), Some(Code::Enum));
    let double = record(r#"{"name":"a","type":"double"}"#);
    let digits = read(r#"{"a":0.12345678901234567890123}"#, &of(&double, &[])).unwrap_err();
    assert_eq!(digits.code(), Some(Code::FloatDigits));
    let union = record(r#"{"name":"a","type":["int","string"]}"#);
    let bare = read(r#"{"a":1}"#, &of(&union, &[])).unwrap_err();
    assert_eq!(bare.code(), Some(Code::Token));
}

#[test]
fn a_schema_is_needed_to_read_and_made_to_write() {
    let error = read(r#"{"a":1}"#, &options(&[("dialect", "avro")])).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Usage);
    let error = read(r#"{"a":1}"#, &of(&record(""), &[("extra-keys", "ignore")])).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Usage);
    let batch = read("{\"a\":1,\"b\":\"x\"}\n{\"a\":null,\"b\":null}\n", &ReadOptions::default()).unwrap();
    let lines = text(&batch, &[("dialect", "avro")]);
    assert_eq!(lines, "{\"a\":{\"long\":1},\"b\":{\"string\":\"x\"}}\n{\"a\":null,\"b\":null}\n");
    let options = ReadOptions { schema: Some(batch.schema()), ..options(&[("dialect", "avro")]) };
    assert_eq!(read(lines, &options).unwrap().columns(), batch.columns());
    assert_eq!(write(&[], &batch.schema(), &[("dialect", "xml")]).unwrap_err().kind(), ErrorKind::Usage);
}
