use std::sync::Arc;

use arrow_schema::TimeUnit;

use super::*;
use crate::schema::type_text::parse_field;

fn shown(text: &str, nullable: bool) -> Value {
    let field = parse_field("a", text).unwrap().with_nullable(nullable);
    let schema = from_arrow(&Schema::new(vec![field]), "T");
    schema["properties"]["a"].clone()
}

#[test]
fn a_record_is_a_closed_object() {
    let schema = Schema::new(vec![Field::new("a", DataType::Int64, false), Field::new("b", DataType::Utf8, true)]);
    let expected = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "T",
        "type": "object",
        "properties": {
            "a": {"type": "integer", "minimum": i64::MIN, "maximum": i64::MAX},
            "b": {"type": ["string", "null"]},
        },
        "required": ["a"],
        "additionalProperties": false,
    });
    assert_eq!(from_arrow(&schema, "T"), expected);
}

#[test]
fn integers_keep_all_digits_of_their_range() {
    assert!(shown("uint64", false).to_string().contains("18446744073709551615"));
    assert!(shown("int64", true).to_string().contains("-9223372036854775808"));
    assert_eq!(shown("int8", true)["type"], json!(["integer", "null"]));
}

#[test]
fn decimals_are_bounded_numbers_or_digits() {
    let value = shown("decimal(10,2)", false);
    assert_eq!(value["exclusiveMaximum"], json!(1e8));
    assert_eq!(value["pattern"], json!(r"^-?\d{1,8}(\.\d{1,2})?$"));
    assert_eq!(shown("decimal(3,3)", false)["pattern"], json!(r"^-?\d{1,1}(\.\d{1,3})?$"));
}

#[test]
fn choices_and_any_take_null() {
    assert_eq!(shown("float64", true)["anyOf"].as_array().unwrap().len(), 3);
    assert_eq!(shown("json", true), json!(true));
    assert_eq!(shown("null", true), json!({"type": "null"}));
}

#[test]
fn nested_types() {
    assert_eq!(shown("list<int8 not null>", false)["items"]["type"], json!("integer"));
    assert_eq!(shown("map<utf8, bool>", false)["additionalProperties"]["type"], json!(["boolean", "null"]));
    assert_eq!(shown("map<int32, bool>", false)["propertyNames"], json!({"pattern": r"^-?\d+$"}));
    let item = Arc::new(Field::new("item", DataType::Timestamp(TimeUnit::Second, None), true));
    let list = Field::new("a", DataType::FixedSizeList(item, 3), false);
    let value = of_field(&list);
    assert_eq!((&value["minItems"], &value["maxItems"]), (&json!(3), &json!(3)));
    assert_eq!(shown("struct<x: int8 not null>", true)["required"], json!(["x"]));
}
