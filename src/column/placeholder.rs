//! Slots that nobody looks at: what stands there where the field has no nulls.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::ArrowDictionaryKeyType;
use arrow_array::{Array, ArrayRef, DictionaryArray, PrimitiveArray, downcast_dictionary_array, make_array};
use arrow_schema::{ArrowError, DataType};

/// `len` slots.
pub(crate) fn filler(data_type: &DataType, len: usize) -> Result<ArrayRef, ArrowError> {
    without_nulls(&arrow_array::new_null_array(data_type, len))
}

/// The same slots, none of them null.
pub(crate) fn without_nulls(array: &ArrayRef) -> Result<ArrayRef, ArrowError> {
    if array.nulls().is_none() {
        return Ok(array.clone());
    }
    let DataType::Dictionary(_, value) = array.data_type() else {
        return Ok(make_array(array.to_data().into_builder().nulls(None).build()?));
    };
    // The key of a null means nothing, and there may be no value for any.
    let values = match array.as_any_dictionary().values() {
        values if values.is_empty() => filler(value, 1)?,
        values => values.clone(),
    };
    downcast_dictionary_array!(
        array => keyed(array, values),
        other => Err(ArrowError::InvalidArgumentError(format!("{other} is no dictionary")))
    )
}

fn keyed<K: ArrowDictionaryKeyType>(array: &DictionaryArray<K>, values: ArrayRef) -> Result<ArrayRef, ArrowError> {
    let keys = array.keys().iter().map(|key| Some(key.unwrap_or_default()));
    Ok(Arc::new(DictionaryArray::try_new(PrimitiveArray::<K>::from_iter(keys), values)?))
}

#[cfg(test)]
mod tests;
