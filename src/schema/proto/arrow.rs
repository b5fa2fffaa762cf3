//! Messages as Arrow schemas: types, nullability, and the metadata that restores the original.

use std::collections::HashMap;
use std::io::{Read, Write};
use std::sync::Arc;

use arrow_schema::{DataType, Field, Fields, Schema, TimeUnit};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::load::{decode_set, with_known, without_known};
use super::pool::{Enum, Many, Pool, Presence, Scalar};
use super::restore::Restored;
use super::shape::{DecimalAs, Known, ReadAs, Record, Slot, Value};
use crate::error::Result;

/// Column that holds the raw unknown fields of a message.
pub const UNKNOWN_COLUMN: &str = "_unknown";

/// Metadata that tells how the messages of a schema were read ([`ReadAs`]).
pub const READ: &str = "proto.read";

/// Bytes that a descriptor set in metadata may inflate to.
const DESCRIPTOR_BYTES_MAX: u64 = 64 << 20;

/// The Arrow schema of a message, with the descriptor set in its metadata, but for the files that every reader has.
pub fn schema(pool: &Pool, record: &Record, read: ReadAs) -> Schema {
    let metadata = HashMap::from([
        ("fmtconv.v".to_owned(), "1".to_owned()),
        ("fmtconv.source".to_owned(), "proto".to_owned()),
        ("proto.message".to_owned(), record.name.clone()),
        ("proto.descriptor_set".to_owned(), pack(&without_known(&pool.encoded()))),
        (READ.to_owned(), read.to_string()),
    ]);
    let mut metadata = metadata;
    if let Some(text) = &pool.text {
        metadata.insert("proto.source".to_owned(), pack(text.as_bytes()));
    }
    Schema::new_with_metadata(fields(pool, record), metadata)
}

fn pack(bytes: &[u8]) -> String {
    let mut deflate = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::new(6));
    // Writing to memory does not fail.
    let written = deflate.write_all(bytes).and_then(|()| deflate.finish());
    STANDARD.encode(written.unwrap_or_default())
}

fn unpack(text: &str) -> Option<Vec<u8>> {
    let packed = STANDARD.decode(text).ok()?;
    let mut bytes = Vec::new();
    flate2::read::DeflateDecoder::new(&packed[..]).take(DESCRIPTOR_BYTES_MAX).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

/// The pool and message that the metadata of a schema carries, if it does and they are sound.
pub fn carried(schema: &Schema) -> Option<(Pool, usize)> {
    let text = schema.metadata().get("proto.descriptor_set")?;
    let name = schema.metadata().get("proto.message")?;
    let mut pool = decode_set(&with_known(unpack(text)?)?).ok()?;
    let source = schema.metadata().get("proto.source").and_then(|text| String::from_utf8(unpack(text)?).ok());
    pool.text = source.filter(|text| super::is_text_of(text, &pool));
    let message = pool.message(name)?;
    Some((pool, message))
}

/// How the messages of a schema were read, as far as its metadata says.
pub fn carried_read(schema: &Schema) -> ReadAs {
    schema.metadata().get(READ).and_then(|text| text.parse().ok()).unwrap_or_default()
}

/// The columns of a message.
pub fn fields(pool: &Pool, record: &Record) -> Fields {
    let mut fields: Vec<Field> = record.slots.iter().map(|slot| field(pool, slot)).collect();
    if record.keep_unknown {
        let metadata = HashMap::from([("proto.unknown".to_owned(), "true".to_owned())]);
        fields.push(Field::new(UNKNOWN_COLUMN, DataType::Binary, true).with_metadata(metadata));
    }
    fields.into()
}

/// The column of a slot.
pub fn field(pool: &Pool, slot: &Slot) -> Field {
    let mut metadata = HashMap::new();
    let mut put = |key: &str, value: &str| {
        metadata.insert(key.to_owned(), value.to_owned());
    };
    put("proto.number", &slot.number.to_string());
    let presence = match slot.presence {
        Presence::Implicit => "implicit",
        Presence::Explicit => "explicit",
        Presence::Required => "required",
    };
    if slot.many == Many::One {
        put("proto.presence", presence);
    }
    if slot.many == Many::List && matches!(&slot.value, Value::Scalar(scalar) if scalar.wire() != 2) {
        put("proto.packed", if slot.field.packed { "true" } else { "false" });
    }
    if let Some(oneof) = &slot.oneof_name {
        put("proto.oneof", oneof);
    }
    if slot.field.json_name != super::pool::default_json_name(&slot.name) && !slot.name.starts_with('[') {
        put("proto.json_name", &slot.field.json_name);
    }
    if let Some(default) = &slot.field.default {
        put("proto.default", default);
    }
    if slot.name.starts_with('[') {
        put("proto.extension", slot.name.trim_matches(['[', ']']));
    }
    let plain = slot.many != Many::Map;
    match &slot.value {
        Value::Scalar(scalar) if plain => put("proto.type", scalar.name()),
        Value::Scalar(scalar) => put("proto.type", &format!("map<{},{}>", key_name(slot), scalar.name())),
        Value::Enum(names) | Value::EnumInt(names) => {
            put("proto.enum", &names.name);
            put("fmtconv.enum", &enum_json(names));
        }
        Value::Message(record) => put("proto.message", &record.name),
        Value::Group(record) => {
            put("proto.message", &record.name);
            put("proto.delimited", "true");
        }
        Value::Raw { message, group, .. } => {
            put("proto.message", &pool.messages[*message].name);
            put("fmtconv.logical", "proto:message");
            if *group {
                put("proto.delimited", "true");
            }
        }
        Value::Known(known) => {
            put("proto.wkt", known_name(*known));
            if matches!(known, Known::Decimal | Known::ConfluentDecimal) {
                put("fmtconv.logical", "decimal");
            }
        }
    }
    if !plain && !matches!(slot.value, Value::Scalar(_)) {
        put("proto.type", &format!("map<{},>", key_name(slot)));
    }
    let json = matches!(
        slot.value,
        Value::Known(Known::Struct | Known::Value | Known::ListValue) | Value::Raw { json: true, .. }
    );
    let item = |name: &str| {
        let item = Field::new(name, data_type(pool, &slot.value), false);
        if json { as_json(item) } else { item }
    };
    match slot.many {
        Many::One => {
            let field = Field::new(&slot.name, data_type(pool, &slot.value), slot.presence == Presence::Explicit);
            let field = field.with_metadata(metadata);
            if json { as_json(field) } else { field }
        }
        Many::List => Field::new(&slot.name, DataType::List(Arc::new(item("item"))), false).with_metadata(metadata),
        Many::Map => {
            let key = Field::new("key", scalar_type(slot.key.unwrap_or(Scalar::String)), false);
            let entries = DataType::Struct(vec![key, item("value")].into());
            let entries = Field::new("entries", entries, false);
            Field::new(&slot.name, DataType::Map(Arc::new(entries), false), false).with_metadata(metadata)
        }
    }
}

fn key_name(slot: &Slot) -> &'static str {
    slot.key.unwrap_or(Scalar::String).name()
}

fn as_json(field: Field) -> Field {
    let mut metadata = field.metadata().clone();
    metadata.insert("ARROW:extension:name".to_owned(), "arrow.json".to_owned());
    metadata.insert("ARROW:extension:metadata".to_owned(), String::new());
    field.with_metadata(metadata)
}

/// The Arrow type of one value.
pub fn data_type(pool: &Pool, value: &Value) -> DataType {
    match value {
        Value::Scalar(scalar) => scalar_type(*scalar),
        Value::Enum(_) => DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8)),
        Value::EnumInt(_) => DataType::Int32,
        Value::Message(record) | Value::Group(record) => DataType::Struct(fields(pool, record)),
        Value::Raw { json: true, .. } => DataType::Utf8,
        Value::Raw { json: false, .. } => DataType::Binary,
        Value::Known(known) => match known {
            Known::TimestampNanoseconds => DataType::Timestamp(TimeUnit::Nanosecond, Some("UTC".into())),
            Known::TimestampMicroseconds => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
            Known::Duration => DataType::Duration(TimeUnit::Nanosecond),
            Known::DurationMicroseconds => DataType::Duration(TimeUnit::Microsecond),
            Known::Wrapper(scalar) => scalar_type(*scalar),
            Known::DateTimeNanoseconds => DataType::Timestamp(TimeUnit::Nanosecond, None),
            Known::DateTimeMicroseconds => DataType::Timestamp(TimeUnit::Microsecond, None),
            Known::Struct | Known::Value | Known::ListValue | Known::Decimal | Known::ConfluentDecimal => {
                DataType::Utf8
            }
            Known::FieldMask => DataType::List(Arc::new(Field::new("item", DataType::Utf8, false))),
            Known::Date => DataType::Date32,
            Known::TimeOfDay => DataType::Time64(TimeUnit::Nanosecond),
        },
    }
}

fn scalar_type(scalar: Scalar) -> DataType {
    match scalar {
        Scalar::Double => DataType::Float64,
        Scalar::Float => DataType::Float32,
        Scalar::Int32 | Scalar::Sint32 | Scalar::Sfixed32 => DataType::Int32,
        Scalar::Int64 | Scalar::Sint64 | Scalar::Sfixed64 => DataType::Int64,
        Scalar::Uint32 | Scalar::Fixed32 => DataType::UInt32,
        Scalar::Uint64 | Scalar::Fixed64 => DataType::UInt64,
        Scalar::Bool => DataType::Boolean,
        Scalar::String => DataType::Utf8,
        Scalar::Bytes => DataType::Binary,
    }
}

/// The full name of a well-known type.
pub fn known_name(known: Known) -> &'static str {
    match known {
        Known::TimestampNanoseconds | Known::TimestampMicroseconds => "google.protobuf.Timestamp",
        Known::Duration | Known::DurationMicroseconds => "google.protobuf.Duration",
        Known::Wrapper(scalar) => match scalar {
            Scalar::Double => "google.protobuf.DoubleValue",
            Scalar::Float => "google.protobuf.FloatValue",
            Scalar::Int64 => "google.protobuf.Int64Value",
            Scalar::Uint64 => "google.protobuf.UInt64Value",
            Scalar::Int32 => "google.protobuf.Int32Value",
            Scalar::Uint32 => "google.protobuf.UInt32Value",
            Scalar::Bool => "google.protobuf.BoolValue",
            Scalar::Bytes => "google.protobuf.BytesValue",
            _ => "google.protobuf.StringValue",
        },
        Known::Struct => "google.protobuf.Struct",
        Known::Value => "google.protobuf.Value",
        Known::ListValue => "google.protobuf.ListValue",
        Known::FieldMask => "google.protobuf.FieldMask",
        Known::Date => "google.type.Date",
        Known::TimeOfDay => "google.type.TimeOfDay",
        Known::DateTimeNanoseconds | Known::DateTimeMicroseconds => "google.type.DateTime",
        Known::Decimal => "google.type.Decimal",
        Known::ConfluentDecimal => "confluent.type.Decimal",
    }
}

/// The facts of an enum that its dictionary cannot hold.
fn enum_json(names: &Enum) -> String {
    let symbols: Vec<&str> = names.values.iter().map(|(name, _)| name.as_str()).collect();
    let numbers: Vec<i32> = names.values.iter().map(|(_, number)| *number).collect();
    serde_json::json!({ "name": names.name, "symbols": symbols, "numbers": numbers, "closed": names.closed })
        .to_string()
}

/// The enum that the metadata of a field describes, if it does and makes sense.
pub fn carried_enum(field: &Field) -> Option<Enum> {
    #[derive(serde::Deserialize)]
    struct Facts {
        name: Option<String>,
        symbols: Vec<String>,
        numbers: Option<Vec<i32>>,
        #[serde(default)]
        closed: bool,
    }
    let facts: Facts = serde_json::from_str(field.metadata().get("fmtconv.enum")?).ok()?;
    let numbers = match facts.numbers {
        Some(numbers) if numbers.len() == facts.symbols.len() => numbers,
        Some(_) => return None,
        // Symbols without numbers count from one: zero is the unspecified value.
        None => (1..=i32::try_from(facts.symbols.len()).ok()?).collect(),
    };
    let values = facts.symbols.into_iter().zip(numbers).collect();
    Some(Enum { name: facts.name.unwrap_or_default(), values, closed: facts.closed })
}

/// The Arrow schema of a loaded message, as its fields alone tell.
pub fn schema_of(pool: &Pool, message: usize, read: ReadAs) -> Result<(Record, Schema)> {
    let record = super::shape::record(pool, message, read)?;
    let schema = schema(pool, &record, read);
    Ok((record, schema))
}

/// The Arrow schema of a loaded message, with what hints in its options say.
pub fn restored_schema(pool: &Pool, message: usize, read: ReadAs) -> Result<Restored> {
    let (record, schema) = schema_of(pool, message, read)?;
    Ok(restore(pool, &record, schema, read))
}

/// What hints make of the schema of a record.
pub fn restore(pool: &Pool, record: &Record, schema: Schema, read: ReadAs) -> Restored {
    let asked = read.oneof_union || matches!(read.decimal, DecimalAs::Decimal(..));
    match (read.ignore_hints, asked) {
        (true, false) => Restored { schema, parts: None, ignored: Vec::new() },
        (true, true) => super::restore::restored(&pool.clone().without_hints(), record, schema, read),
        (false, _) => super::restore::restored(pool, record, schema, read),
    }
}
