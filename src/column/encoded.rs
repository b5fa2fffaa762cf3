//! Dictionaries and runs from rows of their values.

use std::sync::Arc;

use arrow_array::types::*;
use arrow_array::{Array, ArrayRef, DictionaryArray, PrimitiveArray, RunArray};
use arrow_buffer::{ArrowNativeType, NullBuffer, ScalarBuffer};
use arrow_schema::DataType;

use crate::error::{Error, Result};

/// A dictionary with keys of type `key`: row `n` is value `keys[n]`, or null.
///
/// # Errors
/// `Limit` if there are more values than keys of that type.
pub fn dictionary(key: &DataType, keys: Vec<usize>, nulls: Option<NullBuffer>, values: ArrayRef) -> Result<ArrayRef> {
    match key {
        DataType::Int8 => keyed::<Int8Type>(keys, nulls, values),
        DataType::Int16 => keyed::<Int16Type>(keys, nulls, values),
        DataType::Int32 => keyed::<Int32Type>(keys, nulls, values),
        DataType::Int64 => keyed::<Int64Type>(keys, nulls, values),
        DataType::UInt8 => keyed::<UInt8Type>(keys, nulls, values),
        DataType::UInt16 => keyed::<UInt16Type>(keys, nulls, values),
        DataType::UInt32 => keyed::<UInt32Type>(keys, nulls, values),
        DataType::UInt64 => keyed::<UInt64Type>(keys, nulls, values),
        other => Err(Error::schema(format!("a dictionary with keys of {other}"))),
    }
}

fn keyed<K: ArrowDictionaryKeyType>(keys: Vec<usize>, nulls: Option<NullBuffer>, values: ArrayRef) -> Result<ArrayRef> {
    let too_many = || Error::limit(format!("a dictionary with more values than {} has keys", K::DATA_TYPE));
    let keys = keys.into_iter().map(|key| K::Native::from_usize(key).ok_or_else(too_many));
    let keys = ScalarBuffer::from(keys.collect::<Result<Vec<_>>>()?);
    let keys = PrimitiveArray::<K>::try_new(keys, nulls)?;
    Ok(Arc::new(DictionaryArray::try_new(keys, values)?))
}

/// Runs of type `kind`: value `n` stands in the rows before `ends[n]`.
///
/// # Errors
/// `Limit` if there are more rows than the run ends count.
pub fn runs(kind: &DataType, ends: Vec<usize>, values: &ArrayRef) -> Result<ArrayRef> {
    let DataType::RunEndEncoded(ends_field, _) = kind else {
        return Err(Error::internal(format!("runs as {kind}")));
    };
    match ends_field.data_type() {
        DataType::Int16 => ended::<Int16Type>(kind, ends, values),
        DataType::Int32 => ended::<Int32Type>(kind, ends, values),
        DataType::Int64 => ended::<Int64Type>(kind, ends, values),
        other => Err(Error::schema(format!("run ends of {other}"))),
    }
}

fn ended<R: RunEndIndexType>(kind: &DataType, ends: Vec<usize>, values: &ArrayRef) -> Result<ArrayRef> {
    let too_long = || Error::limit(format!("more rows in a batch than {} run ends count", R::DATA_TYPE));
    let ends = ends.into_iter().map(|end| R::Native::from_usize(end).ok_or_else(too_long));
    let ends = PrimitiveArray::<R>::new(ScalarBuffer::from(ends.collect::<Result<Vec<_>>>()?), None);
    let array = RunArray::try_new(&ends, values)?;
    if array.data_type() == kind {
        return Ok(Arc::new(array));
    }
    // The fields of the type have names of their own.
    let data = array.into_data().into_builder().data_type(kind.clone()).build()?;
    Ok(Arc::new(RunArray::<R>::from(data)))
}
