//! A JSON Schema as an Arrow schema: the types that JSON documents which keep to it are read as. Drafts 06 to 2020-12.
//!
//! What JSON Schema says of values only (patterns, multiples, dependencies) has no place in a type and is read over.
//! What can be several things is `json`: its text is kept.

use std::collections::HashMap;
use std::sync::Arc;

use arrow_schema::{DataType, Field, Fields, Schema, TimeUnit};
use serde_json::{Map as Members, Value, json};

use crate::error::{Error, Result};
use crate::schema::avsc::keys;
use crate::schema::type_text::parse_field;

/// Nesting at most.
const DEPTH_MAX: usize = 64;
/// Fields at most: definitions that are used again and again can unfold without bound.
const FIELDS_MAX: usize = 1 << 16;

/// Whether a JSON value looks like a JSON Schema: it says so, or has the words of one.
pub fn looks_like(value: &Value) -> bool {
    let Value::Object(map) = value else { return false };
    let declared = map.get("$schema").and_then(Value::as_str).is_some_and(|text| text.contains("json-schema.org"));
    let typed = map.get("type").and_then(Value::as_str).is_some_and(|kind| matches!(kind, "object" | "array"));
    let object = |key: &str| map.get(key).is_some_and(Value::is_object);
    declared
        || (typed && (object("properties") || object("items")))
        || (map.contains_key("$ref") && (object("$defs") || object("definitions")))
}

/// The Arrow schema of the records that a JSON Schema describes: of its object, or of the items of its array.
///
/// # Errors
/// `Malformed` if it breaks the rules of the language, with the place as a JSON pointer; `Unsupported` if the root is
/// neither an object nor an array of some, or a reference leads out of the document.
pub fn to_arrow(root: &Value) -> Result<Schema> {
    let mut read = Read { root, open: Vec::new(), fields: 0 };
    let (node, pointer) = read.resolve(root, "#".to_owned())?;
    let (node, pointer) = match node.get("items").filter(|_| is_type(&node, "array")) {
        Some(items) => read.resolve(items, format!("{pointer}/items"))?,
        None => (node, pointer),
    };
    if node.get("properties").is_none() {
        return Err(at(&pointer, Error::unsupported("the schema of records is an object with properties")));
    }
    let fields = read.object(&node, &pointer, 0)?;
    let mut metadata = HashMap::from([(keys::SOURCE.to_owned(), "json-schema".to_owned())]);
    let doc = node.get("description").and_then(Value::as_str);
    metadata.extend(doc.map(|doc| (keys::DOC.to_owned(), doc.to_owned())));
    Ok(Schema::new_with_metadata(fields, metadata))
}

struct Read<'a> {
    root: &'a Value,
    /// Pointers of definitions that the walk is inside of.
    open: Vec<String>,
    fields: usize,
}

fn at(pointer: &str, error: Error) -> Error {
    let message = format!("{pointer}: {}", error.message());
    let hint = error.hint().map(str::to_owned);
    let same = Error::new(error.kind(), message);
    match hint {
        Some(hint) => same.with_hint(hint),
        None => same,
    }
}

fn is_type(node: &Value, wanted: &str) -> bool {
    match node.get("type") {
        Some(Value::String(kind)) => kind == wanted,
        Some(Value::Array(kinds)) => kinds.iter().any(|kind| kind == wanted),
        _ => false,
    }
}

impl<'a> Read<'a> {
    /// Follows references and puts the parts of `allOf` together.
    fn resolve(&self, node: &Value, pointer: String) -> Result<(Arc<Value>, String)> {
        let mut node = Arc::new(node.clone());
        let mut pointer = pointer;
        for _ in 0..DEPTH_MAX {
            let Some(reference) = node.get("$ref").and_then(Value::as_str) else {
                let whole = match node.get("allOf").and_then(Value::as_array) {
                    Some(parts) => Arc::new(self.all_of(&node, parts, &pointer)?),
                    None => node,
                };
                return Ok((whole, pointer));
            };
            let (target, place) = self.target(reference).map_err(|error| at(&pointer, error))?;
            let mut target = target.clone();
            // What stands beside a reference: documentation and defaults.
            if let (Value::Object(target), Value::Object(beside)) = (&mut target, &*node) {
                for key in ["description", "default", "nullable"] {
                    if let Some(value) = beside.get(key) {
                        target.insert(key.to_owned(), value.clone());
                    }
                }
            }
            node = Arc::new(target);
            pointer = place;
        }
        Err(at(&pointer, Error::malformed("references that lead to one another without end")))
    }

    /// What a reference inside the document means.
    fn target(&self, reference: &str) -> Result<(&'a Value, String)> {
        let own = self.root.get("$id").and_then(Value::as_str).unwrap_or_default();
        let local = reference.strip_prefix(own).filter(|_| !own.is_empty()).unwrap_or(reference);
        let Some(fragment) = local.strip_prefix('#') else {
            if local.is_empty() {
                return Ok((self.root, "#".to_owned()));
            }
            return Err(Error::unsupported(format!("the reference {reference:?} leads out of the document"))
                .with_hint("put what it means into $defs of the same file"));
        };
        if fragment.is_empty() {
            return Ok((self.root, "#".to_owned()));
        }
        let missing = || Error::malformed(format!("the reference {reference:?} leads to nothing"));
        if fragment.starts_with('/') {
            let decoded = percent_decoded(fragment);
            return Ok((self.root.pointer(&decoded).ok_or_else(missing)?, format!("#{fragment}")));
        }
        let found = ["$defs", "definitions"].iter().find_map(|group| {
            let (name, value) = self.root.get(group)?.as_object()?.iter().find(|(_, value)| {
                let id = format!("#{fragment}");
                value.get("$anchor").and_then(Value::as_str) == Some(fragment)
                    || value.get("$id").and_then(Value::as_str) == Some(&id)
            })?;
            Some((value, format!("#/{group}/{name}")))
        });
        found.ok_or_else(missing)
    }

    /// The properties and requirements of all parts together.
    fn all_of(&self, node: &Value, parts: &[Value], pointer: &str) -> Result<Value> {
        let mut whole = node.as_object().cloned().unwrap_or_default();
        whole.remove("allOf");
        for (index, part) in parts.iter().enumerate() {
            let (part, _) = self.resolve(part, format!("{pointer}/allOf/{index}"))?;
            let Value::Object(part) = &*part else { continue };
            for (key, value) in part {
                match (key.as_str(), whole.get_mut(key), value) {
                    ("properties" | "$defs" | "definitions", Some(Value::Object(have)), Value::Object(more)) => {
                        for (name, value) in more {
                            have.entry(name.clone()).or_insert_with(|| value.clone());
                        }
                    }
                    ("required", Some(Value::Array(have)), Value::Array(more)) => have.extend(more.iter().cloned()),
                    (_, Some(_), _) => {}
                    (_, None, value) => {
                        whole.insert(key.clone(), value.clone());
                    }
                }
            }
        }
        Ok(Value::Object(whole))
    }

    fn object(&mut self, node: &Value, pointer: &str, depth: usize) -> Result<Fields> {
        let required: Vec<&str> =
            node.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
        let empty = Members::new();
        let properties = match node.get("properties") {
            Some(Value::Object(properties)) => properties,
            Some(_) => return Err(at(&format!("{pointer}/properties"), Error::malformed("expected an object"))),
            None => &empty,
        };
        let mut fields = Vec::with_capacity(properties.len());
        for (name, property) in properties {
            let pointer = format!("{pointer}/properties/{}", name.replace('~', "~0").replace('/', "~1"));
            let field = self.field(name, property, pointer, depth + 1)?;
            let nullable = field.is_nullable() || !required.contains(&name.as_str());
            fields.push(field.with_nullable(nullable));
        }
        Ok(fields.into())
    }

    /// A field that may be null only if the schema takes null.
    fn field(&mut self, name: &str, node: &Value, pointer: String, depth: usize) -> Result<Field> {
        self.fields += 1;
        if self.fields > FIELDS_MAX {
            return Err(Error::limit(format!("the JSON Schema unfolds to more than {FIELDS_MAX} fields")));
        }
        if depth > DEPTH_MAX {
            return Err(at(&pointer, Error::limit(format!("nested deeper than {DEPTH_MAX} levels"))));
        }
        let reference = node.get("$ref").and_then(Value::as_str).map(str::to_owned);
        if let Some(reference) = &reference
            && (self.open.contains(reference) || reference == "#")
        {
            // A type that contains itself ends here: the rest is kept as its text.
            return Ok(json_field(name));
        }
        let (resolved, place) = self.resolve(node, pointer)?;
        self.open.extend(reference.clone());
        let field = self.value(name, &resolved, &place, depth);
        if reference.is_some() {
            self.open.pop();
        }
        let mut field = field?;
        let node = &*resolved;
        let mut metadata = field.metadata().clone();
        if let Some(doc) = node.get("description").and_then(Value::as_str) {
            metadata.insert(keys::DOC.to_owned(), doc.to_owned());
        }
        if let Some(default) = node.get("default").filter(|default| simple(default, &field)) {
            metadata.insert(keys::DEFAULT.to_owned(), default.to_string());
        }
        field = field.with_metadata(metadata);
        Ok(field)
    }

    fn value(&mut self, name: &str, node: &Value, pointer: &str, depth: usize) -> Result<Field> {
        let map = match node {
            Value::Bool(true) => return Ok(json_field(name)),
            Value::Bool(false) => return Err(at(pointer, Error::unsupported("a schema that no value keeps to"))),
            Value::Object(map) => map,
            _ => return Err(at(pointer, Error::malformed("expected an object, true or false"))),
        };
        if let Some(field) = self.choice(name, map, pointer, depth)? {
            return Ok(field);
        }
        let mut kinds: Vec<&str> = match map.get("type") {
            Some(Value::String(kind)) => vec![kind],
            Some(Value::Array(kinds)) => kinds.iter().filter_map(Value::as_str).collect(),
            Some(_) => {
                return Err(at(&format!("{pointer}/type"), Error::malformed("expected a name or a list of names")));
            }
            None if map.contains_key("enum") || map.contains_key("const") => Vec::new(),
            None if map.contains_key("properties") => vec!["object"],
            None if map.contains_key("items") => vec!["array"],
            None => return Ok(json_field(name)),
        };
        let nullable = kinds.contains(&"null") || map.get("nullable") == Some(&json!(true));
        kinds.retain(|kind| *kind != "null");
        let field = match kinds.as_slice() {
            [] if nullable && !map.contains_key("enum") => Field::new(name, DataType::Null, true),
            [] => match self.constants(name, map) {
                Some(field) => field,
                None => json_field(name).with_nullable(false),
            },
            [kind] => self.typed(name, kind, map, pointer, depth)?,
            // What our own writer says of decimals: a number, or its digits.
            ["number", "string"] => match commented(name, map) {
                Some(field) if field.data_type().is_decimal() => field,
                _ => json_field(name).with_nullable(false),
            },
            _ => json_field(name).with_nullable(false),
        };
        let nullable = nullable || field.is_nullable();
        Ok(field.with_nullable(nullable))
    }

    /// `anyOf` and `oneOf`: one kind and null, floats with their special values, or anything.
    fn choice(
        &mut self,
        name: &str,
        map: &Members<String, Value>,
        pointer: &str,
        depth: usize,
    ) -> Result<Option<Field>> {
        let Some((key, branches)) = ["anyOf", "oneOf"].iter().find_map(|key| Some((*key, map.get(*key)?.as_array()?)))
        else {
            return Ok(None);
        };
        let null =
            |branch: &&Value| branch.get("type") == Some(&json!("null")) || branch.get("const") == Some(&Value::Null);
        let nullable = branches.iter().any(|branch| null(&branch));
        let rest: Vec<(usize, &Value)> = branches.iter().enumerate().filter(|(_, branch)| !null(branch)).collect();
        let special = json!(["NaN", "Infinity", "-Infinity"]);
        let field = match rest.as_slice() {
            [(index, branch)] => self.field(name, branch, format!("{pointer}/{key}/{index}"), depth + 1)?,
            [(_, number), (_, other)]
                if number.get("type") == Some(&json!("number")) && other.get("enum") == Some(&special) =>
            {
                let float = commented(name, map).filter(|field| field.data_type().is_floating());
                float.unwrap_or_else(|| Field::new(name, DataType::Float64, false))
            }
            _ => json_field(name).with_nullable(false),
        };
        let nullable = nullable || field.is_nullable();
        Ok(Some(field.with_nullable(nullable)))
    }

    /// A closed set of texts; of anything else, its type.
    fn constants(&mut self, name: &str, map: &Members<String, Value>) -> Option<Field> {
        let values: Vec<&Value> = match (map.get("enum"), map.get("const")) {
            (Some(Value::Array(values)), _) => values.iter().collect(),
            (_, Some(value)) => vec![value],
            _ => return None,
        };
        let nullable = values.iter().any(|value| value.is_null());
        let values: Vec<&Value> = values.into_iter().filter(|value| !value.is_null()).collect();
        if values.is_empty() {
            return None;
        }
        if let Some(symbols) = values.iter().map(|value| value.as_str()).collect::<Option<Vec<_>>>() {
            let facts = json!({ "name": name, "symbols": symbols, "closed": true });
            let kind = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
            let metadata = HashMap::from([(keys::ENUM.to_owned(), facts.to_string())]);
            return Some(Field::new(name, kind, nullable).with_metadata(metadata));
        }
        let kind = if values.iter().all(|value| value.is_i64()) {
            DataType::Int64
        } else if values.iter().all(|value| value.is_boolean()) {
            DataType::Boolean
        } else {
            return None;
        };
        Some(Field::new(name, kind, nullable))
    }

    fn typed(
        &mut self,
        name: &str,
        kind: &str,
        map: &Members<String, Value>,
        pointer: &str,
        depth: usize,
    ) -> Result<Field> {
        let plain = |kind: DataType| Field::new(name, kind, false);
        let word = |key: &str| map.get(key).and_then(Value::as_str).unwrap_or_default();
        let said = commented(name, map);
        Ok(match kind {
            "boolean" => plain(DataType::Boolean),
            "integer" => plain(integer(map)),
            "number" => match said.filter(|field| field.data_type().is_numeric()) {
                Some(field) => field,
                None if word("format") == "float" => plain(DataType::Float32),
                None => plain(DataType::Float64),
            },
            "string" => {
                if let Some(field) = self.constants(name, map) {
                    return Ok(field);
                }
                if let Some(field) = said.filter(is_written_as_text) {
                    return Ok(field);
                }
                match (word("format"), word("contentEncoding")) {
                    ("date", _) => plain(DataType::Date32),
                    ("date-time", _) => plain(DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))),
                    ("uuid", _) => {
                        plain(DataType::FixedSizeBinary(16)).with_extension_type(arrow_schema::extension::Uuid)
                    }
                    (_, "base64") => plain(DataType::Binary),
                    _ => plain(DataType::Utf8),
                }
            }
            "array" => {
                let item = match map.get("items") {
                    Some(items @ (Value::Object(_) | Value::Bool(_))) if !map.contains_key("prefixItems") => {
                        self.field("item", items, format!("{pointer}/items"), depth + 1)?
                    }
                    None if !map.contains_key("prefixItems") => json_field("item"),
                    // A list whose items have types by place.
                    _ => return Ok(json_field(name).with_nullable(false)),
                };
                let count = |key: &str| map.get(key).and_then(Value::as_i64);
                match (count("minItems"), count("maxItems")) {
                    (Some(least), Some(most)) if least == most && (1..=i64::from(i32::MAX)).contains(&least) => {
                        plain(DataType::FixedSizeList(item.into(), i32::try_from(least).unwrap_or_default()))
                    }
                    _ => plain(DataType::List(item.into())),
                }
            }
            "object" => {
                let others = map.get("additionalProperties").or_else(|| {
                    let patterns = map.get("patternProperties")?.as_object()?;
                    patterns.values().next().filter(|_| patterns.len() == 1)
                });
                match (map.get("properties"), others) {
                    (Some(_), _) => {
                        let node = Value::Object(map.clone());
                        plain(DataType::Struct(self.object(&node, pointer, depth)?))
                    }
                    (None, Some(values @ Value::Object(_))) => {
                        let value =
                            self.field("value", values, format!("{pointer}/additionalProperties"), depth + 1)?;
                        let entries = Fields::from(vec![Field::new("key", DataType::Utf8, false), value]);
                        plain(DataType::Map(Field::new("entries", DataType::Struct(entries), false).into(), false))
                    }
                    (None, Some(Value::Bool(false))) => plain(DataType::Struct(Fields::empty())),
                    _ => json_field(name).with_nullable(false),
                }
            }
            other => {
                return Err(at(&format!("{pointer}/type"), Error::malformed(format!("there is no type {other:?}"))));
            }
        })
    }
}

/// Any JSON: its text.
fn json_field(name: &str) -> Field {
    Field::new(name, DataType::Utf8, true).with_extension_type(arrow_schema::extension::Json::default())
}

/// The type that our own writer noted.
fn commented(name: &str, map: &Members<String, Value>) -> Option<Field> {
    let text = map.get("$comment")?.as_str()?;
    parse_field(name, text).ok().map(|field| field.with_nullable(false))
}

/// Types that JSON has as strings of a certain form.
fn is_written_as_text(field: &Field) -> bool {
    field.data_type().is_temporal()
        || matches!(
            field.data_type(),
            DataType::Duration(_) | DataType::Interval(_) | DataType::FixedSizeBinary(_) | DataType::Binary
        )
}

/// The type whose range the bounds are; 64 bits if there are none.
fn integer(map: &Members<String, Value>) -> DataType {
    match map.get("format").and_then(Value::as_str) {
        Some("int32") => return DataType::Int32,
        Some("int64") => return DataType::Int64,
        _ => {}
    }
    let whole = |key: &str| {
        let value = map.get(key)?;
        value.as_i64().map(i128::from).or_else(|| value.as_u64().map(i128::from))
    };
    match (whole("minimum"), whole("maximum")) {
        (Some(-128), Some(127)) => DataType::Int8,
        (Some(-32_768), Some(32_767)) => DataType::Int16,
        (Some(-2_147_483_648), Some(2_147_483_647)) => DataType::Int32,
        (Some(0), Some(255)) => DataType::UInt8,
        (Some(0), Some(65_535)) => DataType::UInt16,
        (Some(0), Some(4_294_967_295)) => DataType::UInt32,
        (Some(0..), Some(most)) if most > i128::from(i64::MAX) => DataType::UInt64,
        _ => DataType::Int64,
    }
}

/// Whether a default can be taken over: a plain value of the type.
fn simple(default: &Value, field: &Field) -> bool {
    match (default, field.data_type()) {
        (Value::Bool(_), DataType::Boolean) => true,
        (Value::Number(number), kind) if kind.is_integer() => number.is_i64() || number.is_u64(),
        (Value::Number(_), DataType::Float32 | DataType::Float64) => true,
        (Value::String(_), DataType::Utf8) => field.extension_type_name().is_none(),
        (Value::String(_), DataType::Dictionary(..)) => true,
        _ => false,
    }
}

fn percent_decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let pair = bytes.get(at + 1..at + 3).and_then(|pair| std::str::from_utf8(pair).ok());
        match pair.and_then(|pair| u8::from_str_radix(pair, 16).ok()) {
            Some(byte) if bytes[at] == b'%' => {
                out.push(byte);
                at += 3;
            }
            _ => {
                out.push(bytes[at]);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests;
