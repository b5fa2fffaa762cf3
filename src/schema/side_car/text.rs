//! Arrow schemas as JSON and back: every type, nullability, all metadata.
//!
//! A field is `{"name", "type", "nullable", "metadata"}`. The type is the text of a type without parts
//! (`decimal128(10,2)`), or an object that names its parts.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use arrow_schema::{DataType, Field, Fields, Metadata, Schema, UnionFields, UnionMode};
use serde_json::{Map, Value, json};

use crate::error::{Error, Result};
use crate::schema::type_text::{parse_type, type_text};

/// Levels of nesting at most.
const DEPTH_MAX: usize = 100;

pub(super) fn of_schema(schema: &Schema) -> Value {
    json!({ "fields": of_fields(schema.fields()), "metadata": of_metadata(schema.metadata()) })
}

fn of_fields(fields: &Fields) -> Value {
    fields.iter().map(|field| of_field(field)).collect()
}

/// Metadata has no order of its own: it is written by name.
fn of_metadata(metadata: &Metadata) -> Value {
    let ordered: BTreeMap<String, Value> = metadata.iter().map(|(key, value)| (key.clone(), json!(value))).collect();
    ordered.into_iter().collect()
}

fn of_field(field: &Field) -> Value {
    let mut value = Map::new();
    value.insert("name".to_owned(), json!(field.name()));
    value.insert("type".to_owned(), of_type(field.data_type()));
    if !field.is_nullable() {
        value.insert("nullable".to_owned(), json!(false));
    }
    if field.dict_is_ordered() == Some(true) {
        value.insert("ordered".to_owned(), json!(true));
    }
    if !field.metadata().is_empty() {
        value.insert("metadata".to_owned(), of_metadata(field.metadata()));
    }
    Value::Object(value)
}

fn of_type(kind: &DataType) -> Value {
    match kind {
        DataType::List(item) => json!({ "list": of_field(item) }),
        DataType::LargeList(item) => json!({ "large_list": of_field(item) }),
        DataType::ListView(item) => json!({ "list_view": of_field(item) }),
        DataType::LargeListView(item) => json!({ "large_list_view": of_field(item) }),
        DataType::FixedSizeList(item, size) => json!({ "fixed_size_list": of_field(item), "size": size }),
        DataType::Struct(fields) => json!({ "struct": of_fields(fields) }),
        DataType::Map(entries, sorted) => json!({ "map": of_field(entries), "sorted": sorted }),
        DataType::Union(fields, mode) => {
            let branches: Value =
                fields.iter().map(|(id, field)| json!({ "id": id, "field": of_field(field) })).collect();
            match mode {
                UnionMode::Dense => json!({ "dense_union": branches }),
                UnionMode::Sparse => json!({ "sparse_union": branches }),
            }
        }
        DataType::Dictionary(keys, values) => json!({ "dictionary": of_type(values), "keys": of_type(keys) }),
        DataType::RunEndEncoded(ends, values) => json!({ "runs": of_field(values), "ends": of_field(ends) }),
        DataType::Timestamp(unit, Some(zone)) => {
            json!({ "timestamp": type_text(&DataType::Timestamp(*unit, None)), "zone": zone.as_ref() })
        }
        plain => json!(type_text(plain)),
    }
}

pub(super) fn to_schema(value: &Value) -> Result<Schema> {
    let fields = to_fields(value.get("fields").unwrap_or(&Value::Null), 0)?;
    Ok(Schema::new_with_metadata(fields, to_metadata(value.get("metadata"))?))
}

fn wrong(what: &str, value: &Value) -> Error {
    let text: String = value.to_string().chars().take(80).collect();
    Error::malformed(format!("{what} expected, found {text}"))
}

fn to_fields(value: &Value, depth: usize) -> Result<Fields> {
    let fields = value.as_array().ok_or_else(|| wrong("an array of fields", value))?;
    fields.iter().map(|field| to_field(field, depth)).collect()
}

fn to_metadata(value: Option<&Value>) -> Result<HashMap<String, String>> {
    let Some(value) = value else { return Ok(HashMap::new()) };
    let members = value.as_object().ok_or_else(|| wrong("an object of texts", value))?;
    members
        .iter()
        .map(|(key, text)| Ok((key.clone(), text.as_str().ok_or_else(|| wrong("a text", text))?.to_owned())))
        .collect()
}

fn to_field(value: &Value, depth: usize) -> Result<Arc<Field>> {
    if depth > DEPTH_MAX {
        return Err(Error::limit(format!("types nested deeper than {DEPTH_MAX} levels")));
    }
    let name = value.get("name").and_then(Value::as_str).ok_or_else(|| wrong("a field with a name", value))?;
    let kind = value.get("type").ok_or_else(|| wrong("a field with a type", value))?;
    let nullable = value.get("nullable").and_then(Value::as_bool).unwrap_or(true);
    let ordered = value.get("ordered").and_then(Value::as_bool).unwrap_or(false);
    let kind = to_type(kind, depth + 1).map_err(|error| error.in_column(name))?;
    let field = Field::new(name, kind, nullable).with_dict_is_ordered(ordered);
    Ok(Arc::new(field.with_metadata(to_metadata(value.get("metadata"))?)))
}

fn to_type(value: &Value, depth: usize) -> Result<DataType> {
    let parts = match value {
        Value::String(text) => return parse_type(text),
        Value::Object(parts) => parts,
        other => return Err(wrong("a type", other)),
    };
    let part = |name: &str| parts.get(name).ok_or_else(|| wrong(&format!("a type with {name:?}"), value));
    let field = |name: &str| to_field(part(name)?, depth);
    let first = parts.keys().find(|key| !matches!(key.as_str(), "size" | "sorted" | "keys" | "ends" | "zone"));
    Ok(match first.map_or("", String::as_str) {
        "list" => DataType::List(field("list")?),
        "large_list" => DataType::LargeList(field("large_list")?),
        "list_view" => DataType::ListView(field("list_view")?),
        "large_list_view" => DataType::LargeListView(field("large_list_view")?),
        "fixed_size_list" => {
            let size = part("size")?.as_i64().and_then(|size| i32::try_from(size).ok()).filter(|size| *size >= 0);
            DataType::FixedSizeList(field("fixed_size_list")?, size.ok_or_else(|| wrong("a size", value))?)
        }
        "struct" => DataType::Struct(to_fields(part("struct")?, depth)?),
        "map" => {
            let sorted = part("sorted")?.as_bool().unwrap_or(false);
            DataType::Map(field("map")?, sorted)
        }
        "dense_union" => DataType::Union(branches(part("dense_union")?, depth)?, UnionMode::Dense),
        "sparse_union" => DataType::Union(branches(part("sparse_union")?, depth)?, UnionMode::Sparse),
        "dictionary" => {
            let keys = to_type(part("keys")?, depth + 1)?;
            if !keys.is_dictionary_key_type() {
                return Err(wrong("an integer type for keys", value));
            }
            DataType::Dictionary(Box::new(keys), Box::new(to_type(part("dictionary")?, depth + 1)?))
        }
        "runs" => {
            let ends = field("ends")?;
            if !ends.data_type().is_run_ends_type() {
                return Err(wrong("int16, int32 or int64 for run ends", value));
            }
            DataType::RunEndEncoded(ends, field("runs")?)
        }
        "timestamp" => match (to_type(part("timestamp")?, depth + 1)?, part("zone")?.as_str()) {
            (DataType::Timestamp(unit, None), Some(zone)) => DataType::Timestamp(unit, Some(zone.into())),
            _ => return Err(wrong("a timestamp with a zone", value)),
        },
        _ => return Err(wrong("a type", value)),
    })
}

fn branches(value: &Value, depth: usize) -> Result<UnionFields> {
    let branches = value.as_array().ok_or_else(|| wrong("an array of branches", value))?;
    let mut ids = Vec::with_capacity(branches.len());
    let mut fields = Vec::with_capacity(branches.len());
    for branch in branches {
        let id = branch.get("id").and_then(Value::as_i64).and_then(|id| i8::try_from(id).ok());
        ids.push(id.ok_or_else(|| wrong("a branch with an id", branch))?);
        fields.push(to_field(branch.get("field").unwrap_or(&Value::Null), depth)?);
    }
    Ok(UnionFields::try_new(ids, fields)?)
}
