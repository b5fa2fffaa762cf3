//! Avro schemas as logical types.

use std::collections::BTreeMap;

use super::super::avro::{Places, Schema};
use super::logical::{Absent, Field, Logical, Null, Struct, Type, Unknown, Value};
use crate::schema::avsc::Document;
use crate::schema::avsc::model::{self, Kind, Node, Shape, Unit};

pub(super) fn logical(schema: &Schema) -> Logical {
    let (document, places) = (schema.document(), schema.places());
    let name = document.named(&document.root).map_or("$".to_owned(), |named| named.name.name.clone());
    let mut build =
        Build { document, places, out: Logical::new(name, places.root()), named: vec![None; document.types.len()] };
    build.out.root = build.value(&document.root);
    build.out
}

struct Build<'a> {
    document: &'a Document,
    places: &'a Places,
    out: Logical,
    named: Vec<Option<usize>>,
}

impl Build<'_> {
    fn value(&mut self, node: &Node) -> Value {
        let Kind::Union(branches) = &node.kind else {
            return Value { kind: self.kind(node), null: Null::Never };
        };
        let null = if branches.iter().any(|branch| branch.kind == Kind::Null) { Null::Yes } else { Null::Never };
        let others: Vec<&Node> = branches.iter().filter(|branch| branch.kind != Kind::Null).collect();
        let kind = match others.as_slice() {
            [] => self.out.add(Type::Null),
            [only] => self.kind(only),
            _ => {
                let branches =
                    others.iter().map(|branch| Value { kind: self.kind(branch), null: Null::Never }).collect();
                self.out.add(Type::Union(branches))
            }
        };
        Value { kind, null }
    }

    fn kind(&mut self, node: &Node) -> usize {
        if let Some(kind) = self.meaning(node) {
            return self.out.add(kind);
        }
        let kind = match &node.kind {
            Kind::Null => Type::Null,
            Kind::Boolean => Type::Bool,
            Kind::Int => Type::Int { bits: 32, signed: true },
            Kind::Long => Type::Int { bits: 64, signed: true },
            Kind::Float => Type::Float { bits: 32 },
            Kind::Double => Type::Float { bits: 64 },
            Kind::Bytes => Type::Bytes,
            Kind::String => Type::Text,
            Kind::Array(item) => Type::List(self.value(item)),
            Kind::Map(value) => {
                let key = self.out.add(Type::Text);
                Type::Map(Value { kind: key, null: Null::Never }, self.value(value))
            }
            Kind::Union(_) => return self.value(node).kind,
            Kind::Named(at) => return self.named(*at),
        };
        self.out.add(kind)
    }

    fn meaning(&self, node: &Node) -> Option<Type> {
        let digits = |unit: &Unit| match unit {
            Unit::Millis => 3,
            Unit::Micros => 6,
            Unit::Nanos => 9,
        };
        Some(match self.document.logical(node) {
            model::Logical::Date => Type::Date,
            model::Logical::Time(unit) => Type::Time { digits: digits(unit) },
            model::Logical::Timestamp { unit, utc, .. } => Type::Timestamp { digits: digits(unit), instant: *utc },
            model::Logical::Decimal { precision, scale } => {
                let scale = i32::try_from(*scale).unwrap_or(i32::MAX);
                Type::Decimal { digits: u32::try_from(*precision).unwrap_or(u32::MAX), scale }
            }
            model::Logical::Uuid => Type::Uuid,
            model::Logical::Duration => Type::Interval,
            _ => return None,
        })
    }

    fn named(&mut self, at: usize) -> usize {
        if let Some(known) = self.named[at] {
            return known;
        }
        let document = self.document;
        let named = &document.types[at];
        let full = named.name.full();
        let place = self.out.add(Type::Open);
        self.named[at] = Some(place);
        let kind = match &named.shape {
            Shape::Fixed(size) => Type::Fixed(*size),
            Shape::Enum { symbols, default } => {
                let unknown = if default.is_some() { Unknown::Default } else { Unknown::Refused };
                Type::Enum { symbols: symbols.clone(), unknown }
            }
            Shape::Record { fields, .. } => {
                let mut found = Vec::with_capacity(fields.len());
                for field in fields {
                    let value = self.value(&field.node);
                    found.push(Field {
                        name: field.name.clone(),
                        aliases: field.aliases.clone(),
                        value,
                        absent: if field.default.is_some() { Absent::Filled } else { Absent::Fails },
                        place: self.places.part(&full, &field.name),
                        // Iceberg notes the ids of columns as attributes of fields.
                        id: field.attributes.get("field-id").map(ToString::to_string),
                        number: None,
                        json: None,
                        metadata: BTreeMap::new(),
                    });
                }
                self.out.structs.push(Struct { name: named.name.name.clone(), message: None, fields: found });
                Type::Struct(self.out.structs.len() - 1)
            }
        };
        self.out.types[place] = kind;
        place
    }
}
