use super::*;
use crate::schema::json_schema::from_arrow;
use crate::schema::type_text::field_text;

fn columns(schema: &Value) -> Vec<String> {
    let schema = to_arrow(schema).unwrap_or_else(|error| panic!("{error}"));
    let shown = schema.fields().iter().map(|field| {
        let null = if field.is_nullable() { "" } else { " not null" };
        format!("{} {}{null}", field.name(), field_text(field))
    });
    shown.collect()
}

#[test]
fn types_of_all_drafts() {
    let schema = json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "type": "object",
        "required": ["id", "at", "kind", "tags", "maybe"],
        "properties": {
            "id": {"type": "integer", "minimum": 0, "maximum": 4294967295_u32},
            "n": {"type": "integer"},
            "small": {"type": "integer", "format": "int32"},
            "at": {"type": "string", "format": "date-time"},
            "day": {"type": "string", "format": "date"},
            "ref": {"type": "string", "format": "uuid"},
            "raw": {"type": "string", "contentEncoding": "base64"},
            "kind": {"enum": ["a", "b"]},
            "maybe": {"type": ["string", "null"]},
            "tags": {"type": "array", "items": {"type": "string"}},
            "pair": {"type": "array", "items": [{"type": "string"}, {"type": "number"}]},
            "more": {"type": "object", "additionalProperties": {"type": "number"}},
            "any": {},
            "either": {"oneOf": [{"type": "string"}, {"type": "integer"}]},
            "opt": {"anyOf": [{"type": "null"}, {"$ref": "#/definitions/point"}]},
            "price": {"allOf": [{"$ref": "#/definitions/point"}, {"required": ["y"], "properties": {"z": {"type": "boolean"}}}]}
        },
        "definitions": {
            "point": {"type": "object", "required": ["x"], "properties": {"x": {"type": "number"}, "y": {"type": "number"}}}
        }
    });
    let expected = [
        "id uint32 not null",
        "n int64",
        "small int32",
        "at timestamp[us, UTC] not null",
        "day date32",
        "ref uuid",
        "raw binary",
        "kind dictionary<int32, utf8> not null",
        "maybe utf8",
        "tags list<utf8 not null> not null",
        "pair json",
        "more map<utf8, float64 not null>",
        "any json",
        "either json",
        "opt struct<x: float64 not null, y: float64>",
    ];
    let found = columns(&schema);
    assert_eq!(found[..15], expected);
    assert!(found[15].contains("x: float64 not null") && found[15].contains("y: float64 not null"), "{}", found[15]);
    assert!(found[15].contains("z: bool"), "{}", found[15]);
}

#[test]
fn definitions_that_contain_themselves_end() {
    let schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$ref": "#/$defs/node",
        "$defs": {"node": {"type": "object", "properties": {"v": {"type": "integer"}, "next": {"$ref": "#/$defs/node"}}}}
    });
    assert_eq!(columns(&schema), ["v int64", "next struct<v: int64, next: json>"]);
    let round = json!({"$ref": "#/$defs/a", "$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}}});
    assert!(to_arrow(&round).unwrap_err().message().contains("without end"));
}

#[test]
fn errors_say_where() {
    let refused = |schema: Value| to_arrow(&schema).unwrap_err().message().to_owned();
    let with = |property: Value| json!({"type": "object", "properties": {"a/b": property}});
    assert_eq!(refused(with(json!({"type": "strin"}))), "#/properties/a~1b/type: there is no type \"strin\"");
    assert!(refused(with(json!({"$ref": "other.json#/x"}))).contains("leads out of the document"));
    assert!(refused(with(json!({"$ref": "#/$defs/x"}))).contains("leads to nothing"));
    assert!(refused(json!({"type": "string"})).contains("object with properties"));
}

#[test]
fn what_our_own_writer_says_reads_back() {
    let field = |name: &str, kind: DataType, nullable: bool| Field::new(name, kind, nullable);
    let item = |kind: DataType, nullable: bool| Arc::new(Field::new("item", kind, nullable));
    let inner = Fields::from(vec![field("x", DataType::Int16, false), field("y", DataType::Utf8, true)]);
    let entries = Fields::from(vec![field("key", DataType::Utf8, false), field("value", DataType::UInt8, true)]);
    let fields = vec![
        field("b", DataType::Boolean, false),
        field("i8", DataType::Int8, true),
        field("i64", DataType::Int64, false),
        field("u64", DataType::UInt64, true),
        field("f32", DataType::Float32, false),
        field("f64", DataType::Float64, true),
        field("d", DataType::Decimal128(18, 2), true),
        field("wide", DataType::Decimal256(60, 5), false),
        field("t", DataType::Utf8, true),
        field("raw", DataType::Binary, false),
        field("fixed", DataType::FixedSizeBinary(5), true),
        field("day", DataType::Date32, true),
        field("clock", DataType::Time64(TimeUnit::Nanosecond), false),
        field("at", DataType::Timestamp(TimeUnit::Millisecond, Some("UTC".into())), true),
        field("local", DataType::Timestamp(TimeUnit::Nanosecond, None), true),
        field("gap", DataType::Duration(TimeUnit::Second), true),
        field("id", DataType::FixedSizeBinary(16), true).with_extension_type(arrow_schema::extension::Uuid),
        field("any", DataType::Utf8, true).with_extension_type(arrow_schema::extension::Json::default()),
        field("list", DataType::List(item(DataType::Int32, false)), true),
        field("three", DataType::FixedSizeList(item(DataType::Utf8, true), 3), false),
        field("s", DataType::Struct(inner), true),
        field("m", DataType::Map(Arc::new(field("entries", DataType::Struct(entries), false)), false), true),
    ];
    let schema = Schema::new(fields);
    let back = to_arrow(&from_arrow(&schema, "t")).unwrap();
    for (wanted, found) in schema.fields().iter().zip(back.fields()) {
        assert_eq!(found, wanted);
    }
}
