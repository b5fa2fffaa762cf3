//! Protobuf messages as logical types.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::super::proto::{Cardinality, Field as Declared, In, Kind, Message, Schema, full, json_name};
use super::logical::{Absent, Field, Logical, Null, Struct, Type, Unknown, Value};
use crate::error::{Error, Result};
use crate::schema::symbols::prefix;

/// The message called `name` (with or without package), or the only one that no other uses.
pub(super) fn logical(schema: &Schema, name: Option<&str>) -> Result<Logical> {
    let root = root(schema, name)?;
    let mut build = Build {
        schema,
        out: Logical::new(root.item.name.clone(), root.place()),
        messages: HashMap::new(),
        enums: HashMap::new(),
    };
    let name = full(root.file, &root.item.nested);
    build.out.root = Value { kind: build.message(&name), null: Null::Never };
    Ok(build.out)
}

/// Its full name.
pub(super) fn root_name(schema: &Schema, name: Option<&str>) -> Result<String> {
    root(schema, name).map(|root| full(root.file, &root.item.nested))
}

fn root<'a>(schema: &'a Schema, name: Option<&str>) -> Result<In<'a, Message>> {
    let all = schema.own_messages();
    let candidates: Vec<_> = all.iter().filter(|(_, message)| !message.item.map_entry).collect();
    let is_meant = |(full, message): &&(&String, &In<'_, Message>)| {
        name.is_some_and(|name| name.trim_start_matches('.') == full.as_str() || name == message.item.name)
    };
    let named = candidates.iter().find(is_meant);
    if let Some((_, message)) = named {
        return Ok(**message);
    }
    let mut used: HashSet<String> = HashSet::new();
    for (name, message) in &all {
        for field in &message.item.fields {
            if let Some(kind) = schema.kind(In { file: message.file, item: field }).declared()
                && kind != name
            {
                used.insert(kind.to_owned());
            }
        }
    }
    let top: Vec<_> = candidates.into_iter().filter(|(_, message)| message.item.parent.is_none()).collect();
    let free: Vec<_> = top.iter().filter(|(name, _)| !used.contains(*name)).collect();
    match (top.as_slice(), free.as_slice()) {
        ([(_, only)], _) | (_, [(_, only)]) => Ok(**only),
        ([], _) => Err(Error::usage("the schema has no message")),
        _ => {
            let names: Vec<_> = top.iter().map(|(name, _)| name.as_str()).collect();
            Err(Error::usage("the schema has several messages; which one is meant is not clear")
                .with_hint(format!("name the record of the other schema like one of: {}", names.join(", "))))
        }
    }
}

struct Build<'a> {
    schema: &'a Schema,
    out: Logical,
    messages: HashMap<String, usize>,
    enums: HashMap<String, usize>,
}

impl<'a> Build<'a> {
    fn message(&mut self, name: &str) -> usize {
        if let Some(known) = self.messages.get(name) {
            return *known;
        }
        if let Some(known) = well_known(name) {
            return self.out.add(known);
        }
        let place = self.out.add(Type::Open);
        self.messages.insert(name.to_owned(), place);
        self.out.types[place] = match self.schema.message(name) {
            // A type that cannot be looked into holds anything.
            None => Type::Json,
            Some(message) => {
                let mut fields = Vec::with_capacity(message.item.fields.len());
                for item in &message.item.fields {
                    fields.push(self.field(In { file: message.file, item }));
                }
                self.out.structs.push(Struct {
                    name: message.item.name.clone(),
                    message: Some(name.to_owned()),
                    fields,
                });
                Type::Struct(self.out.structs.len() - 1)
            }
        };
        place
    }

    fn field(&mut self, field: In<'a, Declared>) -> Field {
        let cardinality = self.schema.cardinality(field);
        let kind = self.schema.kind(field);
        let is_message = matches!(kind, Kind::Message(_) | Kind::Group(_));
        let single = self.single(&kind);
        let (kind, null, absent) = match cardinality {
            Cardinality::Repeated => (self.out.add(Type::List(single)), Null::Never, Absent::Zero),
            Cardinality::Map => (self.map(field, single), Null::Never, Absent::Zero),
            Cardinality::Required => (single.kind, Null::Never, Absent::Fails),
            Cardinality::Implicit => (single.kind, Null::Never, Absent::Zero),
            Cardinality::Explicit if is_message && field.item.oneof.is_none() => {
                (single.kind, Null::Unset, Absent::Filled)
            }
            Cardinality::Explicit => (single.kind, Null::Yes, Absent::Filled),
        };
        Field {
            name: field.item.name.clone(),
            aliases: Vec::new(),
            value: Value { kind, null },
            absent,
            place: field.place(),
            id: None,
            number: Some(field.item.number.to_string()),
            json: Some(json_name(field.item)),
            metadata: BTreeMap::new(),
        }
    }

    fn single(&mut self, kind: &Kind) -> Value {
        let kind = match kind {
            Kind::Scalar(name) => {
                let kind = scalar(name);
                self.out.add(kind)
            }
            Kind::Enum(name) => self.enumeration(name),
            Kind::Message(name) | Kind::Group(name) => self.message(name),
        };
        Value { kind, null: Null::Never }
    }

    fn map(&mut self, field: In<'a, Declared>, entry: Value) -> usize {
        let Type::Struct(at) = *self.out.kind(entry) else { return entry.kind };
        let part =
            |name: &str| self.out.structs[at].fields.iter().find(|part| part.name == name).map(|part| part.value);
        let (Some(key), Some(value)) = (part("key"), part("value")) else { return entry.kind };
        debug_assert!(field.item.map.is_some());
        let plain = |value: Value| Value { null: Null::Never, ..value };
        self.out.add(Type::Map(plain(key), plain(value)))
    }

    /// Names without the prefix that the style guide asks for: `STATE_A` of `State` is `A`.
    fn enumeration(&mut self, name: &str) -> usize {
        if let Some(known) = self.enums.get(name) {
            return *known;
        }
        let kind = match self.schema.enumeration(name) {
            None => Type::Int { bits: 32, signed: true },
            Some(found) => {
                let prefix = prefix(&found.item.name, found.item.values.iter().map(|value| value.name.as_str()));
                let symbol = |name: &str| {
                    let short = prefix.as_ref().and_then(|prefix| name.strip_prefix(prefix.as_str()));
                    short.filter(|short| !short.is_empty()).unwrap_or(name).to_owned()
                };
                Type::Enum {
                    symbols: found.item.values.iter().map(|value| symbol(&value.name)).collect(),
                    unknown: if self.schema.is_closed(found) { Unknown::Refused } else { Unknown::Checked },
                }
            }
        };
        let place = self.out.add(kind);
        self.enums.insert(name.to_owned(), place);
        place
    }
}

fn scalar(name: &str) -> Type {
    match name {
        "double" => Type::Float { bits: 64 },
        "float" => Type::Float { bits: 32 },
        "int32" | "sint32" | "sfixed32" => Type::Int { bits: 32, signed: true },
        "int64" | "sint64" | "sfixed64" => Type::Int { bits: 64, signed: true },
        "uint32" | "fixed32" => Type::Int { bits: 32, signed: false },
        "uint64" | "fixed64" => Type::Int { bits: 64, signed: false },
        "bool" => Type::Bool,
        "bytes" => Type::Bytes,
        _ => Type::Text,
    }
}

/// Messages that stand for a value of their own.
fn well_known(name: &str) -> Option<Type> {
    let wrapped = |kind| Some(scalar(kind));
    match name {
        "google.protobuf.Timestamp" => Some(Type::Timestamp { digits: 9, instant: true }),
        "google.protobuf.Duration" => Some(Type::Duration { digits: 9 }),
        "google.type.Date" => Some(Type::Date),
        "google.type.TimeOfDay" => Some(Type::Time { digits: 9 }),
        "google.protobuf.Struct" | "google.protobuf.Value" | "google.protobuf.ListValue" | "google.protobuf.Any" => {
            Some(Type::Json)
        }
        "google.protobuf.DoubleValue" => wrapped("double"),
        "google.protobuf.FloatValue" => wrapped("float"),
        "google.protobuf.Int64Value" => wrapped("int64"),
        "google.protobuf.UInt64Value" => wrapped("uint64"),
        "google.protobuf.Int32Value" => wrapped("int32"),
        "google.protobuf.UInt32Value" => wrapped("uint32"),
        "google.protobuf.BoolValue" => wrapped("bool"),
        "google.protobuf.StringValue" => wrapped("string"),
        "google.protobuf.BytesValue" => wrapped("bytes"),
        _ => None,
    }
}
