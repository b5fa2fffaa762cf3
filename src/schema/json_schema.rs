//! Arrow schemas as JSON Schema 2020-12: what the JSON writer prints for a record, with its default settings.
//!
//! Exact where the language can say it: ranges of integers, lengths, forms of text. What the Arrow type was stands
//! in `$comment` where the JSON type does not tell. [`to_arrow`] is the way back, from the schemas of others too.

mod read;

use arrow_schema::{DataType, Field, Fields, Schema};
use serde_json::{Map as Members, Value, json};

use super::type_text::field_text;
pub use read::{looks_like, to_arrow};

/// The JSON Schema of the records of `schema`, with `title`.
pub fn from_arrow(schema: &Schema, title: &str) -> Value {
    let mut root = Members::new();
    root.insert("$schema".to_owned(), json!("https://json-schema.org/draft/2020-12/schema"));
    root.insert("title".to_owned(), json!(title));
    root.extend(object(schema.fields()));
    Value::Object(root)
}

/// An object with these properties and no others. A nullable one may be absent: that reads as null.
fn object(fields: &Fields) -> Members<String, Value> {
    let properties: Members<String, Value> =
        fields.iter().map(|field| (field.name().clone(), of_field(field))).collect();
    let required: Vec<&String> = fields.iter().filter(|field| !field.is_nullable()).map(|field| field.name()).collect();
    let mut out = Members::new();
    out.insert("type".to_owned(), json!("object"));
    out.insert("properties".to_owned(), Value::Object(properties));
    if !required.is_empty() {
        out.insert("required".to_owned(), json!(required));
    }
    out.insert("additionalProperties".to_owned(), json!(false));
    out
}

fn of_field(field: &Field) -> Value {
    let value = match field.extension_type_name() {
        Some("arrow.json") => json!(true),
        Some("arrow.uuid") => json!({"type": "string", "format": "uuid"}),
        _ => of_type(field.data_type(), field),
    };
    let mut value = if field.is_nullable() { or_null(value) } else { value };
    if let (Value::Object(map), Some(doc)) = (&mut value, field.metadata().get("fmtconv.doc")) {
        map.insert("description".to_owned(), json!(doc));
    }
    value
}

/// The same or null. A plain type takes null into its list of types; anything else becomes a choice.
fn or_null(value: Value) -> Value {
    match value {
        Value::Bool(true) => Value::Bool(true),
        Value::Object(mut map) if map.get("type") == Some(&json!("null")) => {
            map.remove("$comment");
            Value::Object(map)
        }
        Value::Object(mut map) if map.contains_key("type") => {
            let types = match map.remove("type") {
                Some(Value::Array(mut types)) => {
                    types.push(json!("null"));
                    types
                }
                Some(one) => vec![one, json!("null")],
                None => vec![],
            };
            let mut out = Members::new();
            out.insert("type".to_owned(), Value::Array(types));
            out.extend(map);
            Value::Object(out)
        }
        Value::Object(mut map) => match map.get_mut("anyOf") {
            Some(Value::Array(choices)) => {
                choices.push(json!({"type": "null"}));
                Value::Object(map)
            }
            _ => json!({"anyOf": [map, {"type": "null"}]}),
        },
        other => other,
    }
}

fn of_type(data_type: &DataType, field: &Field) -> Value {
    use DataType::*;
    let text = |more: Value| {
        let mut map = Members::new();
        map.insert("type".to_owned(), json!("string"));
        if let Value::Object(more) = more {
            map.extend(more);
        }
        map.insert("$comment".to_owned(), json!(field_text(field)));
        Value::Object(map)
    };
    match data_type {
        Null => json!({"type": "null"}),
        Boolean => json!({"type": "boolean"}),
        Int8 => json!({"type": "integer", "minimum": i8::MIN, "maximum": i8::MAX}),
        Int16 => json!({"type": "integer", "minimum": i16::MIN, "maximum": i16::MAX}),
        Int32 => json!({"type": "integer", "minimum": i32::MIN, "maximum": i32::MAX}),
        Int64 => json!({"type": "integer", "minimum": i64::MIN, "maximum": i64::MAX}),
        UInt8 => json!({"type": "integer", "minimum": 0, "maximum": u8::MAX}),
        UInt16 => json!({"type": "integer", "minimum": 0, "maximum": u16::MAX}),
        UInt32 => json!({"type": "integer", "minimum": 0, "maximum": u32::MAX}),
        UInt64 => json!({"type": "integer", "minimum": 0, "maximum": u64::MAX}),
        Float16 | Float32 | Float64 => json!({
            "anyOf": [{"type": "number"}, {"enum": ["NaN", "Infinity", "-Infinity"]}],
            "$comment": field_text(field),
        }),
        Decimal32(precision, scale)
        | Decimal64(precision, scale)
        | Decimal128(precision, scale)
        | Decimal256(precision, scale) => decimal(*precision, *scale, field),
        Utf8 | LargeUtf8 | Utf8View => json!({"type": "string"}),
        Binary | LargeBinary | BinaryView => json!({"type": "string", "contentEncoding": "base64"}),
        FixedSizeBinary(width) => {
            let length = (i64::from(*width) + 2) / 3 * 4;
            text(json!({"contentEncoding": "base64", "minLength": length, "maxLength": length}))
        }
        Date32 | Date64 => text(json!({"format": "date"})),
        Time32(_) | Time64(_) => text(json!({"pattern": r"^\d{2}:\d{2}:\d{2}(\.\d{1,9})?$"})),
        Timestamp(_, Some(_)) => text(json!({"format": "date-time"})),
        Timestamp(_, None) => text(json!({"pattern": r"^[+-]?\d{4,}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?$"})),
        Duration(_) => text(json!({"pattern": r"^-?\d+(\.\d{1,9})?s$"})),
        Interval(_) => text(json!({"pattern": "^-?P"})),
        List(item) | LargeList(item) | ListView(item) | LargeListView(item) => {
            json!({"type": "array", "items": of_field(item)})
        }
        FixedSizeList(item, length) => {
            json!({"type": "array", "items": of_field(item), "minItems": length, "maxItems": length})
        }
        Struct(fields) => Value::Object(object(fields)),
        Map(entries, _) => map(entries),
        Union(fields, _) => {
            let branches: Vec<Value> = fields.iter().map(|(_, branch)| of_field(branch)).collect();
            json!({"anyOf": branches})
        }
        Dictionary(_, values) => of_type(values, field),
        RunEndEncoded(_, values) => of_field(values),
    }
}

/// A number, or the same digits as a string, which the reader takes as well. Patterns act on strings only, bounds on
/// numbers only.
fn decimal(precision: u8, scale: i8, field: &Field) -> Value {
    let whole = i32::from(precision) - i32::from(scale);
    let digits = whole.max(1);
    let pattern = match scale {
        1.. => format!(r"^-?\d{{1,{digits}}}(\.\d{{1,{scale}}})?$"),
        _ => format!(r"^-?\d{{1,{digits}}}$"),
    };
    let bound = 10_f64.powi(whole);
    json!({
        "type": ["number", "string"],
        "exclusiveMinimum": -bound,
        "exclusiveMaximum": bound,
        "pattern": pattern,
        "$comment": field_text(field),
    })
}

/// An object where keys are text or print as text, else an array of pairs.
fn map(entries: &Field) -> Value {
    use DataType::*;
    let DataType::Struct(fields) = entries.data_type() else { return json!({"type": "object"}) };
    let [key, value] = fields.as_ref() else { return json!({"type": "object"}) };
    let keys = match key.data_type() {
        Utf8 | LargeUtf8 | Utf8View => None,
        Boolean => Some(json!({"enum": ["true", "false"]})),
        Int8 | Int16 | Int32 | Int64 => Some(json!({"pattern": r"^-?\d+$"})),
        UInt8 | UInt16 | UInt32 | UInt64 => Some(json!({"pattern": r"^\d+$"})),
        Date32 | Date64 | Time32(_) | Time64(_) | Timestamp(..) => Some(match of_type(key.data_type(), key) {
            Value::Object(mut map) => {
                map.remove("type");
                Value::Object(map)
            }
            other => other,
        }),
        FixedSizeBinary(16) if key.extension_type_name() == Some("arrow.uuid") => Some(json!({"format": "uuid"})),
        _ => {
            let pair = json!({
                "type": "object",
                "properties": {"key": of_field(key), "value": of_field(value)},
                "required": ["key"],
                "additionalProperties": false,
            });
            return json!({"type": "array", "items": pair});
        }
    };
    let mut out = Members::new();
    out.insert("type".to_owned(), json!("object"));
    if let Some(keys) = keys {
        out.insert("propertyNames".to_owned(), keys);
    }
    out.insert("additionalProperties".to_owned(), of_field(value));
    Value::Object(out)
}

#[cfg(test)]
mod tests;
