//! Dictionaries whose keys can number few values. One that came batch by batch may hold more values in all than its
//! keys can number, and is written as what it stands for. Where it is read back, a hint names its keys: it is read with
//! wide ones, and a batch of too many values becomes several, each with a dictionary of its own.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{ArrowDictionaryKeyType, Int8Type, Int16Type, Int32Type, UInt8Type, UInt16Type};
use arrow_array::{
    Array, ArrayRef, DictionaryArray, PrimitiveArray, RecordBatch, RecordBatchOptions, UInt32Array, make_array,
};
use arrow_buffer::ArrowNativeType;
use arrow_data::ArrayData;
use arrow_schema::{DataType, Field, FieldRef, Schema, SchemaRef};
use arrow_select::take::take;

use super::nesting::{parts, with_fields};
use crate::code::Code;
use crate::error::{Error, Result};

/// The schema with wide keys in the place of narrow ones, at any depth; `None` if there are none.
pub(crate) fn widened(schema: &Schema) -> Option<SchemaRef> {
    let has_narrow = schema.fields().iter().any(|field| has_narrow(field.data_type()));
    has_narrow.then(|| {
        let fields: Vec<FieldRef> = schema.fields().iter().map(wide).collect();
        Arc::new(Schema::new_with_metadata(fields, schema.metadata().clone()))
    })
}

/// A field with wide keys in the place of narrow ones.
pub(crate) fn wide(field: &FieldRef) -> FieldRef {
    match has_narrow(field.data_type()) {
        true => Arc::new(Field::clone(field).with_data_type(wide_type(field.data_type()))),
        false => field.clone(),
    }
}

/// A type with wide keys in the place of narrow ones.
pub(crate) fn wide_type(data_type: &DataType) -> DataType {
    match data_type {
        DataType::Dictionary(key, values) if is_narrow(key) => {
            DataType::Dictionary(Box::new(DataType::Int32), values.clone())
        }
        DataType::Union(branches, mode) => {
            DataType::Union(branches.iter().map(|(id, branch)| (id, wide(branch))).collect(), *mode)
        }
        DataType::RunEndEncoded(ends, values) => DataType::RunEndEncoded(ends.clone(), wide(values)),
        other => with_fields(other, |_, field| wide(field)),
    }
}

fn is_narrow(key: &DataType) -> bool {
    matches!(key, DataType::Int8 | DataType::Int16 | DataType::UInt8 | DataType::UInt16)
}

/// Whether there is a dictionary with narrow keys. Those among the values of another dictionary stay as they are.
fn has_narrow(data_type: &DataType) -> bool {
    match data_type {
        DataType::Dictionary(key, _) => is_narrow(key),
        other => parts(other).into_iter().any(has_narrow),
    }
}

/// Records of the [widened] schema as those of `schema`: as they are, or in parts of which each has few enough values.
///
/// # Errors
/// `V-INT-RANGE` for a record that has too many values by itself.
pub(crate) fn narrowed(records: &RecordBatch, schema: &SchemaRef) -> Result<Vec<RecordBatch>> {
    let mut out = Vec::new();
    let mut todo = vec![(0, records.num_rows())];
    while let Some((start, rows)) = todo.pop() {
        let part = match rows == records.num_rows() {
            true => records.clone(),
            false => taken(records, start, rows, schema)?,
        };
        match narrow(&part, schema) {
            Ok(part) => out.push(part),
            Err(error) if error.code() == Some(Code::IntRange) && rows > 1 => {
                let half = rows / 2;
                todo.push((start + half, rows - half));
                todo.push((start, half));
            }
            Err(error) => return Err(error.shifted(start as u64, 0, 0)),
        }
    }
    Ok(out)
}

/// Some rows. Those of columns with narrow keys are copied: what other rows hold does not go along.
fn taken(records: &RecordBatch, start: usize, rows: usize, schema: &SchemaRef) -> Result<RecordBatch> {
    let slice = records.slice(start, rows);
    let all = UInt32Array::from_iter_values(0..rows as u32);
    let columns =
        slice.columns().iter().zip(schema.fields()).map(|(column, field)| match has_narrow(field.data_type()) {
            true => Ok(take(column, &all, None)?),
            false => Ok(column.clone()),
        });
    let columns = columns.collect::<Result<Vec<_>>>()?;
    let options = RecordBatchOptions::new().with_row_count(Some(rows));
    Ok(RecordBatch::try_new_with_options(records.schema(), columns, &options)?)
}

/// All rows as one batch of `schema`.
///
/// # Errors
/// `V-INT-RANGE` if it has too many values.
pub(crate) fn narrow(records: &RecordBatch, schema: &SchemaRef) -> Result<RecordBatch> {
    let mut columns = Vec::with_capacity(records.num_columns());
    for (column, field) in records.columns().iter().zip(schema.fields()) {
        columns.push(match has_narrow(field.data_type()) {
            true => array(column, field.data_type()).map_err(|error| error.in_column(field.name()))?,
            false => column.clone(),
        });
    }
    let options = RecordBatchOptions::new().with_row_count(Some(records.num_rows()));
    Ok(RecordBatch::try_new_with_options(schema_of(&columns, schema), columns, &options)?)
}

/// The schema with the layouts that columns have.
fn schema_of(columns: &[ArrayRef], schema: &SchemaRef) -> SchemaRef {
    let pairs = || schema.fields().iter().zip(columns);
    if pairs().all(|(field, column)| field.data_type() == column.data_type()) {
        return schema.clone();
    }
    let fields: Vec<Field> =
        pairs().map(|(field, column)| Field::clone(field).with_data_type(column.data_type().clone())).collect();
    Arc::new(Schema::new_with_metadata(fields, schema.metadata().clone()))
}

fn array(column: &ArrayRef, data_type: &DataType) -> Result<ArrayRef> {
    let data_type = match column.data_type() {
        // Runs may be only a layout of the column.
        DataType::RunEndEncoded(ends, values) if !matches!(data_type, DataType::RunEndEncoded(..)) => {
            let values = Field::clone(values).with_data_type(data_type.clone());
            &DataType::RunEndEncoded(ends.clone(), Arc::new(values))
        }
        _ => data_type,
    };
    Ok(make_array(data(&column.to_data(), data_type)?))
}

fn data(wide: &ArrayData, data_type: &DataType) -> Result<ArrayData> {
    if wide.data_type() == data_type {
        return Ok(wide.clone());
    }
    if let DataType::Dictionary(key, _) = data_type {
        let array = make_array(wide.clone());
        let dictionary = array.as_dictionary::<Int32Type>();
        return match key.as_ref() {
            DataType::Int8 => keyed::<Int8Type>(dictionary),
            DataType::UInt8 => keyed::<UInt8Type>(dictionary),
            DataType::Int16 => keyed::<Int16Type>(dictionary),
            _ => keyed::<UInt16Type>(dictionary),
        };
    }
    let types = parts(data_type);
    // In front of the values of runs stand their ends.
    let before = wide.child_data().len().saturating_sub(types.len());
    let mut children = wide.child_data().to_vec();
    for (child, data_type) in children.iter_mut().skip(before).zip(types) {
        *child = data(child, data_type)?;
    }
    Ok(wide.clone().into_builder().data_type(data_type.clone()).child_data(children).build()?)
}

/// The same dictionary with other keys. Where it has too many values those go that no row has.
fn keyed<K: ArrowDictionaryKeyType>(dictionary: &DictionaryArray<Int32Type>) -> Result<ArrayData> {
    let count = dictionary.values().len();
    let all_fit = count == 0 || K::Native::from_usize(count - 1).is_some();
    let mut places: Vec<Option<K::Native>> = match all_fit {
        true => (0..count).map(K::Native::from_usize).collect(),
        false => vec![None; count],
    };
    let mut used: Vec<u32> = Vec::new();
    let mut keys = Vec::with_capacity(dictionary.len());
    for key in dictionary.keys() {
        let Some(key) = key.map(ArrowNativeType::as_usize) else {
            keys.push(None);
            continue;
        };
        if places[key].is_none() {
            places[key] = Some(K::Native::from_usize(used.len()).ok_or_else(|| {
                let message = format!("more distinct values in a record than keys of type {} can number", K::DATA_TYPE);
                let error = Error::value(Code::IntRange, message).as_it_stands();
                error.at_record(0).with_hint("to read without hints, use --no-hints")
            })?);
            used.push(key as u32);
        }
        keys.push(places[key]);
    }
    let values = match all_fit {
        true => dictionary.values().clone(),
        false => take(dictionary.values(), &UInt32Array::from(used), None)?,
    };
    Ok(DictionaryArray::try_new(PrimitiveArray::<K>::from_iter(keys), values)?.into_data())
}

#[cfg(test)]
mod tests;
