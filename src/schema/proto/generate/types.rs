//! Types of fields: that of a column, or the one that it had in the schema it came from.

use arrow_schema::{DataType, Field as Column};
use prost_types::field_descriptor_proto::{Label, Type};
use prost_types::{DescriptorProto, FieldDescriptorProto};

use super::message::{Generator, Old};
use super::scope::Scope;
use super::symbols::{Wanted, enumeration};
use super::{Decimals, Integers, Naive, is_text, is_uuid};
use crate::column::nesting::{element, unencoded};
use crate::error::{Error, Result};
use crate::schema::proto::arrow::carried_enum;
use crate::schema::proto::hint;
use crate::schema::proto::pool::Scalar;

/// A field type: scalar, or a name.
#[derive(Clone)]
pub(super) struct Typed {
    pub(super) kind: Type,
    name: Option<String>,
}

impl Typed {
    pub(super) fn scalar(kind: Type) -> Typed {
        Typed { kind, name: None }
    }
    pub(super) fn named(kind: Type, name: &str) -> Typed {
        Typed { kind, name: Some(format!(".{name}")) }
    }
    pub(super) fn field(self, name: &str, number: u32) -> FieldDescriptorProto {
        FieldDescriptorProto {
            name: Some(name.to_owned()),
            number: i32::try_from(number).ok(),
            label: Some(Label::Optional.into()),
            r#type: Some(self.kind.into()),
            type_name: self.name,
            ..FieldDescriptorProto::default()
        }
    }
}

impl<'a> Generator<'a> {
    /// The type of one value. Where the value is itself a list, map or union, a message is put around it, with
    /// `suffix` in its name.
    pub(super) fn single(
        &mut self,
        scope: &mut Scope,
        column: &Column,
        name: &str,
        suffix: &str,
        before: Old<'a>,
    ) -> Result<Typed> {
        let metadata = column.metadata();
        let plain = unencoded(column.data_type());
        if let Some(typed) = self.restored(column, plain) {
            return Ok(typed);
        }
        let from_proto = metadata.contains_key("proto.enum");
        if (matches!(column.data_type(), DataType::Dictionary(..)) || from_proto)
            && is_text(plain)
            && let Some(names) = carried_enum(column)
        {
            let wanted = Wanted { names: &names, column: name, from_proto, hints: self.choices.hints };
            if let Some(full) = enumeration(scope, &wanted) {
                let made = scope.message.enum_type.last();
                if made.is_some_and(|made| made.value.iter().any(|value| value.options.is_some())) {
                    self.imports.insert(hint::FILE);
                }
                return Ok(Typed::named(Type::Enum, &full));
            }
        }
        let choices = self.choices;
        Ok(match plain {
            DataType::Null => self.google_enum("google.protobuf.NullValue", "google/protobuf/struct.proto"),
            DataType::Boolean => Typed::scalar(Type::Bool),
            DataType::Int8 | DataType::Int16 | DataType::Int32 => Typed::scalar(match choices.integers {
                Integers::Varint => Type::Int32,
                Integers::Zigzag => Type::Sint32,
                Integers::Fixed => Type::Sfixed32,
            }),
            DataType::Int64 => Typed::scalar(match choices.integers {
                Integers::Varint => Type::Int64,
                Integers::Zigzag => Type::Sint64,
                Integers::Fixed => Type::Sfixed64,
            }),
            DataType::UInt8 | DataType::UInt16 | DataType::UInt32 => Typed::scalar(match choices.integers {
                Integers::Fixed => Type::Fixed32,
                _ => Type::Uint32,
            }),
            DataType::UInt64 => Typed::scalar(match choices.integers {
                Integers::Fixed => Type::Fixed64,
                _ => Type::Uint64,
            }),
            DataType::Float16 | DataType::Float32 => Typed::scalar(Type::Float),
            DataType::Float64 => Typed::scalar(Type::Double),
            text if is_text(text) && choices.json_values && super::is_json(column) => {
                self.google("google.protobuf.Value", "google/protobuf/struct.proto")
            }
            DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => Typed::scalar(Type::String),
            DataType::FixedSizeBinary(16) if is_uuid(column) && !choices.uuid_bytes => Typed::scalar(Type::String),
            DataType::Binary | DataType::LargeBinary | DataType::BinaryView | DataType::FixedSizeBinary(_) => {
                Typed::scalar(Type::Bytes)
            }
            DataType::Decimal32(..) | DataType::Decimal64(..) | DataType::Decimal128(..) | DataType::Decimal256(..) => {
                match choices.decimals {
                    Decimals::Google => self.google("google.type.Decimal", "google/type/decimal.proto"),
                    Decimals::Confluent => self.google("confluent.type.Decimal", "confluent/type/decimal.proto"),
                    Decimals::Text => Typed::scalar(Type::String),
                    Decimals::Bytes => Typed::scalar(Type::Bytes),
                }
            }
            DataType::Date32 if choices.date_numbers => Typed::scalar(Type::Int32),
            DataType::Date32 | DataType::Date64 => self.google("google.type.Date", "google/type/date.proto"),
            DataType::Time32(_) | DataType::Time64(_) => {
                self.google("google.type.TimeOfDay", "google/type/timeofday.proto")
            }
            DataType::Timestamp(_, None) if choices.naive == Naive::Number => Typed::scalar(Type::Int64),
            DataType::Timestamp(_, None) if choices.naive == Naive::DateTime => {
                self.google("google.type.DateTime", "google/type/datetime.proto")
            }
            DataType::Timestamp(..) => self.google("google.protobuf.Timestamp", "google/protobuf/timestamp.proto"),
            DataType::Duration(_) => self.google("google.protobuf.Duration", "google/protobuf/duration.proto"),
            DataType::Interval(_) => interval(scope),
            DataType::Struct(columns) => self.nested(scope, name, "", columns, before)?,
            DataType::Union(..) => {
                self.wrapper(scope, name, "Oneof", &Column::new("value", plain.clone(), true), before)?
            }
            DataType::Map(..) => {
                let suffix = if suffix == "List" { "Map" } else { suffix };
                self.wrapper(scope, name, suffix, &Column::new("items", plain.clone(), false), before)?
            }
            other if element(other).is_some() => {
                let inner = if suffix == "Item" { "value" } else { "items" };
                self.wrapper(scope, name, suffix, &Column::new(inner, plain.clone(), false), before)?
            }
            other => return Err(Error::unsupported(format!("type {other} cannot be written to Protobuf"))),
        })
    }

    /// The original type, where metadata tells it and it fits.
    fn restored(&mut self, column: &Column, plain: &DataType) -> Option<Typed> {
        let metadata = column.metadata();
        if let Some(wkt) = metadata.get("proto.wkt") {
            let json = is_text(plain);
            return match wkt.as_str() {
                name @ ("google.protobuf.Struct" | "google.protobuf.Value" | "google.protobuf.ListValue") if json => {
                    Some(self.google(name, "google/protobuf/struct.proto"))
                }
                "google.type.Decimal" if json => Some(self.google("google.type.Decimal", "google/type/decimal.proto")),
                "confluent.type.Decimal" if json => {
                    Some(self.google("confluent.type.Decimal", "confluent/type/decimal.proto"))
                }
                name => {
                    let fits = matches!(
                        (name, plain),
                        ("google.protobuf.DoubleValue", DataType::Float64)
                            | ("google.protobuf.FloatValue", DataType::Float32)
                            | ("google.protobuf.Int64Value", DataType::Int64)
                            | ("google.protobuf.UInt64Value", DataType::UInt64)
                            | ("google.protobuf.Int32Value", DataType::Int32)
                            | ("google.protobuf.UInt32Value", DataType::UInt32)
                            | ("google.protobuf.BoolValue", DataType::Boolean)
                            | ("google.protobuf.StringValue", DataType::Utf8)
                            | ("google.protobuf.BytesValue", DataType::Binary)
                    );
                    fits.then(|| self.google(name, "google/protobuf/wrappers.proto"))
                }
            };
        }
        let scalar = Scalar::from_name(metadata.get("proto.type")?)?;
        let (kind, expected) = match scalar {
            Scalar::Sint32 => (Type::Sint32, DataType::Int32),
            Scalar::Sfixed32 => (Type::Sfixed32, DataType::Int32),
            Scalar::Sint64 => (Type::Sint64, DataType::Int64),
            Scalar::Sfixed64 => (Type::Sfixed64, DataType::Int64),
            Scalar::Fixed32 => (Type::Fixed32, DataType::UInt32),
            Scalar::Fixed64 => (Type::Fixed64, DataType::UInt64),
            _ => return None,
        };
        (plain == &expected).then(|| Typed::scalar(kind))
    }

    pub(super) fn google(&mut self, name: &str, file: &'static str) -> Typed {
        self.imports.insert(file);
        Typed::named(Type::Message, name)
    }

    fn google_enum(&mut self, name: &str, file: &'static str) -> Typed {
        self.imports.insert(file);
        Typed::named(Type::Enum, name)
    }
}

/// `Interval { sint32 months; sint32 days; sint64 nanos }`, once a message.
fn interval(scope: &mut Scope) -> Typed {
    let is_interval = |message: &&DescriptorProto| {
        message.field.len() == 3
            && message.field[0].name() == "months"
            && message.field[2].name() == "nanos"
            && message.field[0].r#type() == Type::Sint32
            && message.name().starts_with("Interval")
    };
    if let Some(found) = scope.message.nested_type.iter().find(is_interval) {
        return Typed::named(Type::Message, &scope.full_type(found.name()));
    }
    let name = scope.unique("Interval".to_owned());
    scope.message.nested_type.push(DescriptorProto {
        name: Some(name.clone()),
        field: vec![
            Typed::scalar(Type::Sint32).field("months", 1),
            Typed::scalar(Type::Sint32).field("days", 2),
            Typed::scalar(Type::Sint64).field("nanos", 3),
        ],
        ..DescriptorProto::default()
    });
    Typed::named(Type::Message, &scope.full_type(&name))
}
