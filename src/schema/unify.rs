//! One schema for many inputs: columns by name, widened only where every value stays what it is, refused otherwise
//! with the names of both inputs. Never first-file-wins.

use std::collections::HashMap;
use std::sync::Arc;

use arrow_schema::{DataType, Field, Schema, SchemaRef};

use super::type_text::field_text;
use crate::error::{Error, Result};

/// The schema that holds the records of all inputs. Columns stand in the order in which they are first seen; a
/// column that some input lacks becomes nullable.
///
/// # Errors
/// `Schema` (exit 5) if two inputs type a column in ways that no exact widening reconciles.
pub fn unify(inputs: &[(Arc<str>, SchemaRef)]) -> Result<SchemaRef> {
    let Some((_, first)) = inputs.first() else { return Ok(Arc::new(Schema::empty())) };
    if inputs.iter().all(|(_, schema)| schema == first) {
        return Ok(first.clone());
    }
    struct Column {
        field: Field,
        seen_in: Arc<str>,
        count: usize,
    }
    let mut columns: Vec<Column> = Vec::new();
    let mut by_name: HashMap<String, usize> = HashMap::new();
    for (name, schema) in inputs {
        for field in schema.fields() {
            match by_name.get(field.name()) {
                None => {
                    by_name.insert(field.name().clone(), columns.len());
                    columns.push(Column { field: field.as_ref().clone(), seen_in: name.clone(), count: 1 });
                }
                Some(index) => {
                    let column = &mut columns[*index];
                    column.count += 1;
                    let merged = merge(&column.field, field).ok_or_else(|| {
                        Error::schema(format!(
                            "column {:?} is {} in {} but {} in {name}",
                            field.name(),
                            field_text(&column.field),
                            column.seen_in,
                            field_text(field),
                        ))
                        .with_hint(format!("give it one type for all inputs: --columns {}=utf8", field.name()))
                    })?;
                    column.field = merged;
                }
            }
        }
    }
    let fields: Vec<Field> = columns
        .into_iter()
        .map(|column| if column.count < inputs.len() { column.field.with_nullable(true) } else { column.field })
        .collect();
    // Schema-level metadata is kept where all inputs agree.
    let mut metadata = first.metadata().clone();
    metadata.retain(|key, value| inputs.iter().all(|(_, schema)| schema.metadata().get(key) == Some(value)));
    Ok(Arc::new(Schema::new_with_metadata(fields, metadata)))
}

/// A field that holds the values of both, if one exists.
fn merge(left: &Field, right: &Field) -> Option<Field> {
    let nullable = left.is_nullable() || right.is_nullable();
    let extension = |field: &Field| field.extension_type_name().map(str::to_owned);
    let data_type = if left.data_type() == right.data_type() && extension(left) == extension(right) {
        left.data_type().clone()
    } else if right.data_type() == &DataType::Null {
        return Some(left.clone().with_nullable(true));
    } else if left.data_type() == &DataType::Null {
        return Some(right.clone().with_nullable(true));
    } else if extension(left).is_some() || extension(right).is_some() {
        return None;
    } else {
        widen(left.data_type(), right.data_type())?
    };
    let mut metadata = left.metadata().clone();
    metadata.retain(|key, value| right.metadata().get(key) == Some(value));
    Some(Field::new(left.name(), data_type, nullable).with_metadata(metadata))
}

/// Bits and sign of an integer type.
fn integer(data_type: &DataType) -> Option<(u8, bool)> {
    Some(match data_type {
        DataType::Int8 => (8, true),
        DataType::Int16 => (16, true),
        DataType::Int32 => (32, true),
        DataType::Int64 => (64, true),
        DataType::UInt8 => (8, false),
        DataType::UInt16 => (16, false),
        DataType::UInt32 => (32, false),
        DataType::UInt64 => (64, false),
        _ => return None,
    })
}

/// Decimal digits that hold every value of an integer type.
fn digits(bits: u8) -> u8 {
    match bits {
        8 => 3,
        16 => 5,
        32 => 10,
        _ => 20,
    }
}

/// The smallest type that holds every value of both, exactly. Integers never become floats.
pub fn widen(left: &DataType, right: &DataType) -> Option<DataType> {
    if left == right {
        return Some(left.clone());
    }
    if let (Some((left_bits, left_signed)), Some((right_bits, right_signed))) = (integer(left), integer(right)) {
        let (bits, signed) = match (left_signed, right_signed) {
            (true, true) | (false, false) => (left_bits.max(right_bits), left_signed),
            (true, false) => (left_bits.max(right_bits.saturating_mul(2)), true),
            (false, true) => (right_bits.max(left_bits.saturating_mul(2)), true),
        };
        return Some(match (bits, signed) {
            (8, true) => DataType::Int8,
            (16, true) => DataType::Int16,
            (32, true) => DataType::Int32,
            (64, true) => DataType::Int64,
            (8, false) => DataType::UInt8,
            (16, false) => DataType::UInt16,
            (32, false) => DataType::UInt32,
            (64, false) => DataType::UInt64,
            _ => DataType::Decimal128(20, 0),
        });
    }
    match (left, right) {
        (DataType::Float16, DataType::Float32) | (DataType::Float32, DataType::Float16) => Some(DataType::Float32),
        (DataType::Float16 | DataType::Float32, DataType::Float64) => Some(DataType::Float64),
        (DataType::Float64, DataType::Float16 | DataType::Float32) => Some(DataType::Float64),
        _ => {
            let (left_precision, left_scale) = as_decimal(left)?;
            let (right_precision, right_scale) = as_decimal(right)?;
            let scale = left_scale.max(right_scale);
            let whole = (left_precision as i16 - left_scale as i16).max(right_precision as i16 - right_scale as i16);
            match u8::try_from(whole + scale as i16).ok()? {
                precision @ 1..=38 => Some(DataType::Decimal128(precision, scale)),
                precision @ 39..=76 => Some(DataType::Decimal256(precision, scale)),
                _ => None,
            }
        }
    }
}

fn as_decimal(data_type: &DataType) -> Option<(u8, i8)> {
    match data_type {
        DataType::Decimal128(precision, scale) | DataType::Decimal256(precision, scale) if *scale >= 0 => {
            Some((*precision, *scale))
        }
        other => integer(other).map(|(bits, _)| (digits(bits), 0)),
    }
}

#[cfg(test)]
mod tests;
