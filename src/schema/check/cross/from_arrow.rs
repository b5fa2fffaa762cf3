//! Columns of Arrow schemas as logical types: those of Parquet and Arrow files.

use std::borrow::Cow;
use std::sync::Arc;

use arrow_schema::{DataType, Field as Column, Fields, Metadata, Schema, TimeUnit};
use serde_json::Value as Json;

use super::super::finding::Place;
use super::logical::{Absent, Field, Logical, Null, Struct, Type, Unknown, Value};
use crate::schema::avsc::keys;
use crate::schema::identity::Known;
use crate::schema::type_text::field_text;

pub(super) fn logical(schema: &Schema, name: &Arc<str>) -> Logical {
    let place = Place::file(name);
    let mut build = Build { out: Logical::new("$".to_owned(), place.clone()), place };
    let kind = build.fields(schema.fields(), "$", schema.metadata());
    build.out.root = Value { kind: build.out.add(kind), null: Null::Never };
    build.out
}

struct Build {
    out: Logical,
    place: Place,
}

impl Build {
    fn fields(&mut self, fields: &Fields, name: &str, metadata: &Metadata) -> Type {
        let found = fields.iter().map(|field| self.field(field)).collect();
        let message = metadata.get("proto.message").cloned();
        self.out.structs.push(Struct { name: name.to_owned(), message, fields: found });
        Type::Struct(self.out.structs.len() - 1)
    }

    fn field(&mut self, field: &Column) -> Field {
        let known = Known::of(field);
        let said = |key: &str| field.metadata().contains_key(key);
        let filled = said(keys::DEFAULT) || (field.is_nullable() && !said(keys::DEFAULT_EXPRESSION));
        Field {
            name: field.name().clone(),
            aliases: known.aliases.into_owned(),
            value: self.value(field),
            absent: if filled { Absent::Filled } else { Absent::Fails },
            place: self.place.clone(),
            id: known.id.map(Cow::into_owned),
            number: known.number.map(Cow::into_owned),
            json: known.json.map(Cow::into_owned),
            metadata: field.metadata().iter().map(|(key, value)| (key.clone(), value.clone())).collect(),
        }
    }

    fn value(&mut self, field: &Column) -> Value {
        let kind = self.kind(field);
        let kind = self.out.add(kind);
        self.out.exact.insert(kind, field_text(field));
        Value { kind, null: if field.is_nullable() { Null::Yes } else { Null::Never } }
    }

    fn kind(&mut self, field: &Column) -> Type {
        let int = |bits, signed| Type::Int { bits, signed };
        let decimal = |digits: u8, scale: i8| Type::Decimal { digits: digits.into(), scale: scale.into() };
        let digits = |unit: &TimeUnit| match unit {
            TimeUnit::Second => 0,
            TimeUnit::Millisecond => 3,
            TimeUnit::Microsecond => 6,
            TimeUnit::Nanosecond => 9,
        };
        match (field.data_type(), field.extension_type_name()) {
            (_, Some("arrow.json")) => Type::Json,
            (DataType::FixedSizeBinary(16), Some("arrow.uuid")) => Type::Uuid,
            (DataType::Null, _) => Type::Null,
            (DataType::Boolean, _) => Type::Bool,
            (DataType::Int8, _) => int(8, true),
            (DataType::Int16, _) => int(16, true),
            (DataType::Int32, _) => int(32, true),
            (DataType::Int64, _) => int(64, true),
            (DataType::UInt8, _) => int(8, false),
            (DataType::UInt16, _) => int(16, false),
            (DataType::UInt32, _) => int(32, false),
            (DataType::UInt64, _) => int(64, false),
            (DataType::Float16, _) => Type::Float { bits: 16 },
            (DataType::Float32, _) => Type::Float { bits: 32 },
            (DataType::Float64, _) => Type::Float { bits: 64 },
            (DataType::Decimal32(p, s) | DataType::Decimal64(p, s), _) => decimal(*p, *s),
            (DataType::Decimal128(p, s) | DataType::Decimal256(p, s), _) => decimal(*p, *s),
            (DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View, _) => Type::Text,
            (DataType::Binary | DataType::LargeBinary | DataType::BinaryView, _) => Type::Bytes,
            (DataType::FixedSizeBinary(size), _) => Type::Fixed(usize::try_from(*size).unwrap_or(0)),
            (DataType::Date32 | DataType::Date64, _) => Type::Date,
            (DataType::Time32(unit) | DataType::Time64(unit), _) => Type::Time { digits: digits(unit) },
            (DataType::Timestamp(unit, zone), _) => Type::Timestamp { digits: digits(unit), instant: zone.is_some() },
            (DataType::Duration(unit), _) => Type::Duration { digits: digits(unit) },
            (DataType::Interval(_), _) => Type::Interval,
            (DataType::Dictionary(_, values), _) => match enumeration(field) {
                Some(found) => found,
                None => self.kind(&Column::new(field.name(), (**values).clone(), field.is_nullable())),
            },
            (DataType::RunEndEncoded(_, values), _) => self.kind(values),
            (
                DataType::List(item)
                | DataType::LargeList(item)
                | DataType::ListView(item)
                | DataType::LargeListView(item),
                _,
            ) => Type::List(self.value(item)),
            (DataType::FixedSizeList(item, size), _) => {
                Type::Tuple(self.value(item), usize::try_from(*size).unwrap_or(0))
            }
            (DataType::Map(entries, _), _) => match entries.data_type() {
                DataType::Struct(parts) if parts.len() == 2 => Type::Map(self.value(&parts[0]), self.value(&parts[1])),
                _ => Type::Json,
            },
            (DataType::Struct(fields), _) => self.fields(fields, field.name(), field.metadata()),
            (DataType::Union(branches, _), _) => {
                Type::Union(branches.iter().map(|(_, branch)| self.value(branch)).collect())
            }
        }
    }
}

/// The enum that a dictionary stands for.
fn enumeration(field: &Column) -> Option<Type> {
    let said: Json = serde_json::from_str(field.metadata().get(keys::ENUM)?).ok()?;
    let symbols = said.get("symbols")?.as_array()?;
    let symbols = symbols.iter().map(|symbol| symbol.as_str().map(str::to_owned)).collect::<Option<_>>()?;
    let unknown = match (said.get("default"), said.get("closed")) {
        (Some(Json::String(_)), _) => Unknown::Default,
        (_, Some(Json::Bool(false))) => Unknown::Checked,
        _ => Unknown::Refused,
    };
    Some(Type::Enum { symbols, unknown })
}
