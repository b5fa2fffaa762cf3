//! Values that stand in for fields which the data lacks: declared defaults, null, the zero of a Protobuf field.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Int32Type, Int64Type};
use arrow_array::{
    Array, ArrayRef, IntervalMonthDayNanoArray, ListArray, MapArray, StructArray, make_array, new_empty_array,
    new_null_array,
};
use arrow_buffer::{IntervalMonthDayNano, OffsetBuffer};
use arrow_data::ArrayData;
use arrow_schema::{DataType, Field, Fields, IntervalUnit};
use arrow_select::concat::concat;
use serde_json::Value;

use super::cast;
use super::fit::{is_text, symbols};
use crate::column::decimal::{from_be_bytes_i128, from_be_bytes_i256, push_i128, push_i256};
use crate::column::parse::plain_type;
use crate::column::text;
use crate::error::{Error, Result};
use crate::schema::avsc::keys;

/// Whether values of a type can be made one by one.
pub(super) fn can_build(field: &Field) -> bool {
    match field.data_type() {
        DataType::RunEndEncoded(..) => false,
        DataType::Dictionary(_, values) => is_text(values),
        _ => text::check(field).is_ok(),
    }
}

/// The value of a field that the data does not have.
///
/// # Errors
/// `Schema` if there is none.
pub(crate) fn missing(field: &Field) -> Result<ArrayRef> {
    if let Some(default) = declared(field) {
        return default;
    }
    if let Some(text) = field.metadata().get(keys::DEFAULT_EXPRESSION) {
        let told = format!("the data has no such field, and its default in the reader's schema is no value: {text}");
        return Err(Error::schema(told).with_hint("give it a literal of its type as the default, or none to read null"));
    }
    if field.is_nullable() {
        return Ok(new_null_array(field.data_type(), 1));
    }
    // A Protobuf field that is not there is zero, or empty.
    let absent_is_zero = field.metadata().contains_key("proto.number")
        && field.metadata().get("proto.presence").is_none_or(|presence| presence == "implicit");
    match absent_is_zero.then(|| zero(field)).flatten() {
        Some(zero) => Ok(zero),
        None => Err(Error::schema(
            "the data has no such field, and the reader's schema has neither a default for it nor null",
        )
        .with_hint("give the field a default or null in the reader's schema, or an alias: its name in the data")),
    }
}

/// The default that a field declares, if it does.
pub(super) fn declared(field: &Field) -> Option<Result<ArrayRef>> {
    let text = field.metadata().get(keys::DEFAULT)?;
    let value: Value = match serde_json::from_str(text) {
        Ok(value) => value,
        Err(error) => return Some(Err(Error::malformed("a default is not JSON").with_cause(error))),
    };
    Some(of(field, &value).ok_or_else(|| {
        Error::unsupported(format!("the default {text} of a field of type {} is not understood", field.data_type()))
    }))
}

/// The JSON that [`declared`] reads, from the text of a value; `None` if it is no value of the type, or none of one
/// that has a text.
pub(crate) fn default_of_text(field: &Field, text: &str) -> Option<Value> {
    let made = cast::one(field, text.as_bytes()).filter(|_| can_build(field))?;
    match field.data_type() {
        DataType::Boolean => text.parse().ok().map(Value::Bool),
        kind if kind.is_integer() => {
            let number: i128 = text.parse().ok()?;
            i64::try_from(number).map(Value::from).or_else(|_| u64::try_from(number).map(Value::from)).ok()
        }
        kind if kind.is_floating() => serde_json::Number::from_f64(text.parse().ok()?).map(Value::Number),
        kind if kind.is_numeric() => {
            // JSON numbers keep so many digits. Text would be taken for bytes, as Avro writes decimals.
            let number = serde_json::from_str::<serde_json::Number>(text).ok();
            let number = number.or_else(|| serde_json::Number::from_f64(text.parse().ok()?)).map(Value::Number)?;
            (text.bytes().filter(u8::is_ascii_digit).count() <= 15).then_some(number)
        }
        DataType::Date32 | DataType::Time32(_) => {
            let ticks = cast::retyped(&made, &DataType::Int32).ok()?;
            Some(ticks.as_primitive::<Int32Type>().value(0).into())
        }
        DataType::Date64 | DataType::Time64(_) | DataType::Timestamp(..) | DataType::Duration(_) => {
            let ticks = cast::retyped(&made, &DataType::Int64).ok()?;
            Some(ticks.as_primitive::<Int64Type>().value(0).into())
        }
        DataType::Utf8 if field.extension_type_name() == Some("arrow.json") => {
            serde_json::from_str::<serde::de::IgnoredAny>(text).ok().map(|_| text.into())
        }
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView => None,
        DataType::FixedSizeBinary(_) if field.extension_type_name().is_none() => None,
        _ => Some(text.into()),
    }
}

/// Zero, the empty text, the empty list, the first symbol.
fn zero(field: &Field) -> Option<ArrayRef> {
    if let Some(symbols) = symbols(field)
        && is_text(&plain_type(field.data_type()))
    {
        let value: Value = serde_json::from_str(field.metadata().get(keys::ENUM)?).ok()?;
        let numbers = value.get("numbers").and_then(Value::as_array);
        let at = numbers.and_then(|numbers| numbers.iter().position(|number| number.as_i64() == Some(0))).unwrap_or(0);
        return cast::one(field, symbols.get(at)?.as_bytes());
    }
    let data_type = field.data_type();
    let holds = data_type.is_primitive()
        || is_text(data_type)
        || matches!(
            data_type,
            DataType::Boolean
                | DataType::Binary
                | DataType::LargeBinary
                | DataType::List(_)
                | DataType::LargeList(_)
                | DataType::Map(_, _)
        );
    let data = holds.then(|| ArrayData::new_null(data_type, 1))?;
    data.into_builder().nulls(None).build().ok().map(make_array)
}

/// One value from JSON, as Avro writes defaults: bytes as text of their code points, times as whole numbers, of a
/// union its first branch. Text is taken as text of the type as well.
fn of(field: &Field, value: &Value) -> Option<ArrayRef> {
    let data_type = field.data_type();
    if value.is_null() {
        return field.is_nullable().then(|| new_null_array(data_type, 1));
    }
    let literal = |value: &Value| cast::one(field, value.to_string().as_bytes());
    match (data_type, value) {
        (DataType::Struct(fields), Value::Object(object)) => {
            let columns = fields.iter().map(|field| match object.get(field.name()) {
                Some(value) => of(field, value),
                None => missing(field).ok(),
            });
            let columns = columns.collect::<Option<Vec<_>>>()?;
            Some(Arc::new(StructArray::try_new_with_length(fields.clone(), columns, None, 1).ok()?))
        }
        (DataType::List(item), Value::Array(values)) => {
            let values = joined(values.iter().map(|value| of(item, value)), item.data_type())?;
            let offsets = OffsetBuffer::from_lengths([values.len()]);
            Some(Arc::new(ListArray::try_new(item.clone(), offsets, values, None).ok()?))
        }
        (DataType::Map(entries, sorted), Value::Object(object)) => {
            let DataType::Struct(fields) = entries.data_type() else { return None };
            let [key, value_field] = &fields[..] else { return None };
            let keys = joined(object.keys().map(|name| cast::one(key, name.as_bytes())), key.data_type())?;
            let values = joined(object.values().map(|value| of(value_field, value)), value_field.data_type())?;
            let offsets = OffsetBuffer::from_lengths([values.len()]);
            let pairs = StructArray::try_new(Fields::clone(fields), vec![keys, values], None).ok()?;
            Some(Arc::new(MapArray::try_new(entries.clone(), offsets, pairs, None, *sorted).ok()?))
        }
        (DataType::Boolean, Value::Bool(_)) => literal(value),
        (kind, Value::Number(_)) if kind.is_numeric() => literal(value),
        (kind, Value::Number(number)) if kind.is_temporal() => {
            let number = number.as_i64()?;
            let narrow = matches!(kind, DataType::Date32 | DataType::Time32(_));
            let whole = if narrow { DataType::Int32 } else { DataType::Int64 };
            let made = cast::one(&Field::new("", whole, false), number.to_string().as_bytes())?;
            cast::retyped(&made, kind).ok()
        }
        (DataType::Binary | DataType::LargeBinary | DataType::BinaryView, Value::String(text)) => {
            cast::one(field, &latin1(text)?)
        }
        (DataType::FixedSizeBinary(_), Value::String(text)) if field.extension_type_name().is_none() => {
            cast::one(field, &latin1(text)?)
        }
        (DataType::Interval(IntervalUnit::MonthDayNano), Value::String(text)) if text.chars().count() == 12 => {
            Some(Arc::new(IntervalMonthDayNanoArray::from(vec![interval(&latin1(text)?)?])))
        }
        (DataType::Decimal128(..) | DataType::Decimal256(..), Value::String(text)) => {
            // Digits, or what Avro has: the bytes of the unscaled number.
            if let Some(array) = cast::one(field, text.as_bytes()) {
                return Some(array);
            }
            let bytes = latin1(text)?;
            let mut digits = Vec::new();
            match data_type {
                DataType::Decimal128(_, scale) => push_i128(&mut digits, from_be_bytes_i128(&bytes)?, *scale),
                DataType::Decimal256(_, scale) => push_i256(&mut digits, from_be_bytes_i256(&bytes)?, *scale),
                _ => return None,
            }
            cast::one(field, &digits)
        }
        (_, Value::String(text)) if can_build(field) => cast::one(field, text.as_bytes()),
        _ => None,
    }
}

/// Months, days and milliseconds, as Avro writes a duration.
fn interval(bytes: &[u8]) -> Option<IntervalMonthDayNano> {
    let part = |at: usize| Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?));
    let (months, days) = (part(0)?.try_into().ok()?, part(4)?.try_into().ok()?);
    Some(IntervalMonthDayNano::new(months, days, i64::from(part(8)?) * 1_000_000))
}

fn latin1(text: &str) -> Option<Vec<u8>> {
    text.chars().map(|c| u8::try_from(u32::from(c)).ok()).collect()
}

fn joined(parts: impl Iterator<Item = Option<ArrayRef>>, data_type: &DataType) -> Option<ArrayRef> {
    let parts: Vec<ArrayRef> = parts.collect::<Option<_>>()?;
    if parts.is_empty() {
        return Some(new_empty_array(data_type));
    }
    let parts: Vec<&dyn Array> = parts.iter().map(AsRef::as_ref).collect();
    concat(&parts).ok()
}
