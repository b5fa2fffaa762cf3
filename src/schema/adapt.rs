//! Brings the batches of one input to the schema of all inputs: columns by name, exact widening, nulls for columns
//! that the input lacks.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::*;
use arrow_array::{Array, ArrayRef, PrimitiveArray, RecordBatch, RecordBatchOptions, new_null_array};
use arrow_buffer::i256;
use arrow_schema::{DataType, SchemaRef};

use super::type_text::type_text;
use crate::code::Code;
use crate::error::{Error, Result};
use crate::pipeline::{Batch, Transform};

/// The step from one schema to a wider one.
#[derive(Clone, Debug)]
pub struct Adapt {
    schema: SchemaRef,
    columns: Vec<Option<usize>>,
}

impl Adapt {
    /// From `source` to `target`; `None` if there is nothing to do.
    pub fn new(source: &SchemaRef, target: &SchemaRef) -> Option<Self> {
        if source == target {
            return None;
        }
        let columns = target.fields().iter().map(|field| source.index_of(field.name()).ok()).collect();
        Some(Adapt { schema: target.clone(), columns })
    }
}

impl Transform for Adapt {
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }

    fn apply(&self, batch: Batch) -> Result<Batch> {
        let rows = batch.records.num_rows();
        let columns = self
            .columns
            .iter()
            .zip(self.schema.fields())
            .map(|(index, field)| {
                let column = match index {
                    None => new_null_array(field.data_type(), rows),
                    Some(index) => widen(batch.records.column(*index), field.data_type())
                        .map_err(|error| error.in_column(field.name()))?,
                };
                match !field.is_nullable() && column.logical_null_count() > 0 {
                    true => Err(Error::value(Code::Null, "null in a column that has none").in_column(field.name())),
                    false => Ok(column),
                }
            })
            .collect::<Result<Vec<_>>>()?;
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        let records = RecordBatch::try_new_with_options(self.schema.clone(), columns, &options)?;
        Ok(Batch { records, report: batch.report })
    }
}

/// The same values in a type that holds every value of the source's type (see [`super::unify::widen`]).
fn widen(array: &ArrayRef, target: &DataType) -> Result<ArrayRef> {
    use DataType::*;
    if array.data_type() == target {
        return Ok(array.clone());
    }
    macro_rules! lossless {
        ($source:ty => $target:ty) => {
            Arc::new(array.as_primitive::<$source>().unary::<_, $target>(|value| value.into())) as ArrayRef
        };
    }
    Ok(match (array.data_type(), target) {
        (Null, _) => new_null_array(target, array.len()),
        (Int8, Int16) => lossless!(Int8Type => Int16Type),
        (Int8, Int32) => lossless!(Int8Type => Int32Type),
        (Int8, Int64) => lossless!(Int8Type => Int64Type),
        (Int16, Int32) => lossless!(Int16Type => Int32Type),
        (Int16, Int64) => lossless!(Int16Type => Int64Type),
        (Int32, Int64) => lossless!(Int32Type => Int64Type),
        (UInt8, Int16) => lossless!(UInt8Type => Int16Type),
        (UInt8, Int32) => lossless!(UInt8Type => Int32Type),
        (UInt8, Int64) => lossless!(UInt8Type => Int64Type),
        (UInt8, UInt16) => lossless!(UInt8Type => UInt16Type),
        (UInt8, UInt32) => lossless!(UInt8Type => UInt32Type),
        (UInt8, UInt64) => lossless!(UInt8Type => UInt64Type),
        (UInt16, Int32) => lossless!(UInt16Type => Int32Type),
        (UInt16, Int64) => lossless!(UInt16Type => Int64Type),
        (UInt16, UInt32) => lossless!(UInt16Type => UInt32Type),
        (UInt16, UInt64) => lossless!(UInt16Type => UInt64Type),
        (UInt32, Int64) => lossless!(UInt32Type => Int64Type),
        (UInt32, UInt64) => lossless!(UInt32Type => UInt64Type),
        (Float16, Float32) => lossless!(Float16Type => Float32Type),
        (Float16, Float64) => lossless!(Float16Type => Float64Type),
        (Float32, Float64) => lossless!(Float32Type => Float64Type),
        (_, Decimal128(precision, scale)) => {
            let (values, from_scale) = unscaled(array)?;
            let factor = power(*scale as i16 - from_scale as i16, target)?
                .to_i128()
                .ok_or_else(|| cannot(array.data_type(), target))?;
            let scaled: PrimitiveArray<Decimal128Type> = values.try_unary(|value| {
                let value = value.to_i128().and_then(|value| value.checked_mul(factor));
                value
                    .ok_or_else(|| Error::value(Code::DecimalPrecision, "a value does not fit the common decimal type"))
            })?;
            Arc::new(scaled.with_precision_and_scale(*precision, *scale)?)
        }
        (_, Decimal256(precision, scale)) => {
            let (values, from_scale) = unscaled(array)?;
            let factor = power(*scale as i16 - from_scale as i16, target)?;
            let scaled: PrimitiveArray<Decimal256Type> = values.try_unary(|value| {
                let value = value.checked_mul(factor);
                value
                    .ok_or_else(|| Error::value(Code::DecimalPrecision, "a value does not fit the common decimal type"))
            })?;
            Arc::new(scaled.with_precision_and_scale(*precision, *scale)?)
        }
        (source, _) => return Err(cannot(source, target)),
    })
}

fn cannot(source: &DataType, target: &DataType) -> Error {
    Error::schema(format!("{} does not widen to {}", type_text(source), type_text(target)))
}

/// Integers and decimals as unscaled 256-bit integers, with their scale.
fn unscaled(array: &ArrayRef) -> Result<(PrimitiveArray<Decimal256Type>, i8)> {
    macro_rules! integers {
        ($kind:ty) => {
            (array.as_primitive::<$kind>().unary(|value| i256::from_i128(value as i128)), 0)
        };
    }
    Ok(match array.data_type() {
        DataType::Int8 => integers!(Int8Type),
        DataType::Int16 => integers!(Int16Type),
        DataType::Int32 => integers!(Int32Type),
        DataType::Int64 => integers!(Int64Type),
        DataType::UInt8 => integers!(UInt8Type),
        DataType::UInt16 => integers!(UInt16Type),
        DataType::UInt32 => integers!(UInt32Type),
        DataType::UInt64 => integers!(UInt64Type),
        DataType::Decimal128(_, scale) => (array.as_primitive::<Decimal128Type>().unary(i256::from_i128), *scale),
        DataType::Decimal256(_, scale) => (array.as_primitive::<Decimal256Type>().clone(), *scale),
        other => return Err(Error::schema(format!("{} does not widen to a decimal", type_text(other)))),
    })
}

fn power(exponent: i16, target: &DataType) -> Result<i256> {
    let exponent = u32::try_from(exponent)
        .map_err(|_| Error::schema(format!("a scale does not widen to {}", type_text(target))))?;
    i256::from_i128(10)
        .checked_pow(exponent)
        .ok_or_else(|| Error::schema(format!("a scale does not widen to {}", type_text(target))))
}

#[cfg(test)]
mod tests;
