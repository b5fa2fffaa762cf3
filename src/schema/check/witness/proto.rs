//! Messages of a Protobuf schema that are worth a try: one field set, besides those that are required.

use serde_json::{Map, Value, json};

use super::super::proto::{Cardinality, Field, In, Kind, Message, Schema, full};

/// Messages inside of messages at most.
const DEPTH_MAX: usize = 16;

/// The message on both sides.
pub(super) struct Names {
    pub reader: String,
    pub writer: String,
}

/// A message as ProtoJSON.
pub(super) struct Proposal {
    pub record: Value,
    /// The name of the field that was set, for the writer and, if it has the number, for the reader.
    pub field: Option<(String, Option<String>)>,
    /// Its number.
    pub number: Option<i64>,
}

impl Proposal {
    /// With nothing but the field.
    pub fn alone(&self) -> Proposal {
        let name = self.field.as_ref().map(|(name, _)| name.as_str());
        let only = self.record.as_object().into_iter().flatten().filter(|(key, _)| Some(key.as_str()) == name);
        let record = Value::Object(only.map(|(key, value)| (key.clone(), value.clone())).collect());
        Proposal { record, field: self.field.clone(), number: self.number }
    }
}

/// The message that a finding is in, and messages to try: those with the field, or the value of an enum, that `path`
/// names, or with any field if it names none; `most` at most.
pub(super) fn records(
    reader: Option<&Schema>,
    writer: &Schema,
    path: &str,
    most: usize,
) -> Option<(Names, Vec<Proposal>)> {
    let messages = writer.own_messages();
    let within = |name: &str| path == name || path.strip_prefix(name).is_some_and(|rest| rest.starts_with('.'));
    let by_path = messages.iter().filter(|(name, message)| within(name) && !message.item.map_entry);
    let by_path = by_path.max_by_key(|(name, _)| name.len()).map(|(name, message)| (name.clone(), *message));
    let holds = |message: &In<'_, Message>| {
        message.item.fields.iter().any(|item| {
            let kind = writer.kind(In { file: message.file, item });
            matches!(kind, Kind::Enum(name) if within(&name))
        })
    };
    let by_enum = messages.iter().find(|(_, message)| holds(message)).map(|(name, message)| (name.clone(), *message));
    // A finding in an enum is shown by a message that holds one.
    let is_field = |(_, message): &(String, In<'_, Message>)| {
        let last = path.rsplit('.').next().unwrap_or_default();
        message.item.fields.iter().any(|field| field.name == last)
    };
    let (name, message) = by_path.clone().filter(is_field).or(by_enum).or(by_path)?;
    let others = reader.map(Schema::own_messages).unwrap_or_default();
    let other = others
        .get(&name)
        .copied()
        .or_else(|| others.values().find(|other| other.item.nested == message.item.nested).copied());
    let names =
        Names { reader: other.map_or(name.clone(), |other| full(other.file, &other.item.nested)), writer: name };
    let last = path.rsplit('.').next().unwrap_or_default();
    // The path may have the name that the field has for the reader.
    let number =
        other.and_then(|other| other.item.fields.iter().find(|field| field.name == last)).map(|field| field.number);
    let is_meant = |field: &Field| field.name == last || Some(field.number) == number;
    let in_enum = |item: &Field| {
        let kind = writer.kind(In { file: message.file, item });
        matches!(kind, Kind::Enum(name) if within(&name))
    };
    let all: Vec<&Field> = message.item.fields.iter().collect();
    let only = |keep: &dyn Fn(&Field) -> bool| all.iter().copied().filter(|field| keep(field)).collect::<Vec<_>>();
    let (named, enums) = (only(&is_meant), only(&in_enum));
    let fields = match (named.is_empty(), enums.is_empty()) {
        (false, _) => named,
        (true, false) => enums,
        // A field that only the reader has is shown by a message without it.
        (true, true) if path != names.writer => Vec::new(),
        (true, true) => all,
    };
    let mut out = Vec::new();
    for item in fields {
        let field = In { file: message.file, item };
        let read = other.and_then(|other| {
            let found = other.item.fields.iter().find(|found| found.number == item.number)?;
            Some(found.name.clone())
        });
        let mut values = values(writer, field, 0);
        if values.contains(&json!(last)) {
            values = vec![json!(last)];
        } else if let Kind::Enum(name) = writer.kind(field) {
            // As of other types no zero: who does not know presence takes it for a field that is not set.
            let enumeration = writer.enumeration(&name).map(|found| found.item);
            let is_zero = |value: &Value| {
                let mut values = enumeration.iter().flat_map(|found| &found.values);
                values.any(|known| known.number == 0 && *value == json!(known.name))
            };
            if !values.iter().all(is_zero) {
                values.retain(|value| !is_zero(value));
            }
        }
        for value in values {
            let mut record = least(writer, message, 0)?;
            record.insert(item.name.clone(), value);
            let field = Some((item.name.clone(), read.clone()));
            out.push(Proposal { record: Value::Object(record), field, number: Some(item.number) });
        }
        if out.len() >= most {
            break;
        }
    }
    out.push(Proposal { record: Value::Object(least(writer, message, 0)?), field: None, number: None });
    Some((names, out))
}

/// A message with nothing but what is required.
fn least(schema: &Schema, message: In<'_, Message>, depth: usize) -> Option<Map<String, Value>> {
    let mut record = Map::new();
    for item in &message.item.fields {
        let field = In { file: message.file, item };
        if schema.cardinality(field) == Cardinality::Required {
            record.insert(item.name.clone(), values(schema, field, depth + 1).pop()?);
        }
    }
    Some(record)
}

/// Values of a field that other types may not hold.
fn values(schema: &Schema, field: In<'_, Field>, depth: usize) -> Vec<Value> {
    if depth > DEPTH_MAX {
        return Vec::new();
    }
    let kind = schema.kind(field);
    match schema.cardinality(field) {
        Cardinality::Map => {
            let Kind::Message(entry) = &kind else { return Vec::new() };
            let Some(entry) = schema.message(entry) else { return Vec::new() };
            let part = |name: &str| entry.item.fields.iter().find(|part| part.name == name);
            let (Some(key), Some(value)) = (part("key"), part("value")) else { return Vec::new() };
            let of = |item| values(schema, In { file: entry.file, item }, depth + 1);
            let key = of(key).into_iter().next().map(|key| match key {
                Value::String(text) => text,
                other => other.to_string(),
            });
            let pairs = of(value).into_iter().next().zip(key);
            pairs.map(|(value, key)| Value::Object(Map::from_iter([(key, value)]))).into_iter().collect()
        }
        // Two, for who reads a single one.
        Cardinality::Repeated => {
            single(schema, &kind, depth).into_iter().map(|value| json!([value.clone(), value])).collect()
        }
        _ => single(schema, &kind, depth),
    }
}

fn single(schema: &Schema, kind: &Kind, depth: usize) -> Vec<Value> {
    match kind {
        Kind::Scalar(name) => match *name {
            "double" => vec![json!(1e300), json!(0.5)],
            "float" => vec![json!(0.5)],
            "int32" | "sint32" | "sfixed32" => vec![json!(-1), json!(i32::MAX), json!(1)],
            "int64" | "sint64" | "sfixed64" => vec![json!("-1"), json!(i64::MAX.to_string()), json!("1")],
            "uint32" | "fixed32" => vec![json!(u32::MAX), json!(1)],
            "uint64" | "fixed64" => vec![json!(u64::MAX.to_string()), json!("1")],
            "bool" => vec![json!(true)],
            "bytes" => vec![json!("/w=="), json!("AA==")],
            _ => vec![json!("é"), json!("a")],
        },
        Kind::Enum(name) => match schema.enumeration(name) {
            Some(found) => found.item.values.iter().rev().map(|value| json!(value.name)).collect(),
            None => Vec::new(),
        },
        Kind::Message(name) | Kind::Group(name) => match schema.message(name) {
            // Messages with a form of their own in JSON.
            _ if name.starts_with("google.protobuf.") => Vec::new(),
            Some(message) => {
                let mut out = Vec::new();
                for item in &message.item.fields {
                    let field = In { file: message.file, item };
                    if let (Some(value), Some(mut record)) =
                        (values(schema, field, depth + 1).into_iter().next(), least(schema, message, depth + 1))
                    {
                        record.insert(item.name.clone(), value);
                        out.push(Value::Object(record));
                        break;
                    }
                }
                out.extend(least(schema, message, depth + 1).map(Value::Object));
                out
            }
            None => Vec::new(),
        },
    }
}
