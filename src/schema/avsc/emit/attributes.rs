//! Attributes that came with an Avro schema and go back into one: defaults, and what no specification knows.

use serde_json::Value;

use super::super::keys;
use super::super::model::Attributes;

/// Adds attributes that do not change what a type is.
pub(super) fn put_all(object: &mut Attributes, props: &str) {
    const MEANT: &[&str] = &[
        "type",
        "name",
        "namespace",
        "fields",
        "items",
        "values",
        "symbols",
        "size",
        "default",
        "doc",
        "aliases",
        "order",
        "precision",
        "scale",
        keys::HINT,
    ];
    let Ok(Value::Object(props)) = serde_json::from_str(props) else { return };
    for (key, value) in props {
        if !MEANT.contains(&key.as_str()) && !object.contains_key(&key) {
            object.insert(key, value);
        }
    }
}

pub(super) fn first_branch(value: &Value) -> &Value {
    value.as_array().and_then(|branches| branches.first()).unwrap_or(value)
}

/// Whether a default is of the kind that a type wants; of a union, its first branch.
pub(super) fn default_fits(default: &Value, value: &Value) -> bool {
    let first = first_branch(value);
    let name = first.as_str().or_else(|| first.get("type").and_then(Value::as_str)).unwrap_or_default();
    match name {
        "null" => default.is_null(),
        "boolean" => default.is_boolean(),
        "int" => default.as_i64().is_some_and(|number| i32::try_from(number).is_ok()),
        "long" => default.is_i64(),
        "float" | "double" => default.is_number(),
        "bytes" | "string" => default.is_string(),
        "array" => default.is_array(),
        "map" | "record" | "error" => default.is_object(),
        "fixed" => default.is_string(),
        "enum" => {
            let symbols = first.get("symbols").and_then(Value::as_array);
            symbols.is_some_and(|symbols| symbols.contains(default))
        }
        // A reference: what it refers to was checked where it stands.
        _ => default.is_string() || default.is_object(),
    }
}
