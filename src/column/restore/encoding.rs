//! Dictionaries and run-end encoding around values.

use std::collections::HashMap;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::*;
use arrow_array::{Array, ArrayRef, DictionaryArray, PrimitiveArray, RunArray, UInt32Array, make_array};
use arrow_buffer::ArrowNativeType;
use arrow_schema::DataType;

use super::Misfit;
use crate::code::Code;

/// A dictionary of the distinct values, in the order in which they appear.
pub(super) fn dictionary(array: &ArrayRef, key: &DataType) -> Result<ArrayRef, Misfit> {
    let nulls = array.logical_nulls();
    let rows = || (0..array.len()).filter(|row| nulls.as_ref().is_none_or(|nulls| nulls.is_valid(*row)));
    let mut firsts: Vec<u32> = Vec::new();
    let mut keys: Vec<Option<usize>> = vec![None; array.len()];
    match array.data_type() {
        DataType::Utf8 => {
            let texts = array.as_string::<i32>();
            distinct(rows(), |row| texts.value(row), &mut firsts, &mut keys);
        }
        DataType::LargeUtf8 => {
            let texts = array.as_string::<i64>();
            distinct(rows(), |row| texts.value(row), &mut firsts, &mut keys);
        }
        DataType::Binary => {
            let bytes = array.as_binary::<i32>();
            distinct(rows(), |row| bytes.value(row), &mut firsts, &mut keys);
        }
        _ => {
            let data = array.to_data();
            let width = array.data_type().primitive_width();
            if let (Some(width), Some(buffer)) = (width, data.buffers().first()) {
                let bytes = buffer.as_slice();
                let slot = |row: usize| &bytes[(data.offset() + row) * width..(data.offset() + row + 1) * width];
                distinct(rows(), slot, &mut firsts, &mut keys);
            } else {
                // Values without bytes of their own in a row: each is compared with those before.
                let compare = arrow_ord::ord::make_comparator(array, array, Default::default())?;
                for row in rows() {
                    let seen = firsts.iter().position(|first| compare(*first as usize, row).is_eq());
                    keys[row] = Some(seen.unwrap_or_else(|| {
                        firsts.push(row as u32);
                        firsts.len() - 1
                    }));
                }
            }
        }
    }
    let values = arrow_select::take::take(array, &UInt32Array::from(firsts), None)?;
    with_keys(key, &keys, values)
}

fn distinct<'a, V: ?Sized + Eq + std::hash::Hash + 'a>(
    rows: impl Iterator<Item = usize>,
    value: impl Fn(usize) -> &'a V,
    firsts: &mut Vec<u32>,
    keys: &mut [Option<usize>],
) {
    let mut seen: HashMap<&V, usize, foldhash::fast::RandomState> = HashMap::default();
    for row in rows {
        let next = firsts.len();
        let key = *seen.entry(value(row)).or_insert(next);
        if key == next {
            firsts.push(row as u32);
        }
        keys[row] = Some(key);
    }
}

/// The same dictionary with keys of another type.
pub(super) fn other_keys(array: &ArrayRef, key: &DataType) -> Result<ArrayRef, Misfit> {
    let dictionary = array.as_any_dictionary();
    if dictionary.values().is_empty() {
        return with_keys(key, &vec![None; array.len()], dictionary.values().clone());
    }
    let normal = dictionary.normalized_keys();
    let keys: Vec<Option<usize>> =
        normal.into_iter().enumerate().map(|(row, key)| dictionary.keys().is_valid(row).then_some(key)).collect();
    with_keys(key, &keys, dictionary.values().clone())
}

fn with_keys(key: &DataType, keys: &[Option<usize>], values: ArrayRef) -> Result<ArrayRef, Misfit> {
    fn make<K: ArrowDictionaryKeyType>(keys: &[Option<usize>], values: ArrayRef) -> Result<ArrayRef, Misfit> {
        let mut found = Vec::with_capacity(keys.len());
        for (row, key) in keys.iter().enumerate() {
            let native = key.map(|key| {
                K::Native::from_usize(key).ok_or_else(|| {
                    let message = "more distinct values than the keys of the dictionary that a hint names can number";
                    Misfit::new(row, Code::IntRange, message)
                })
            });
            found.push(native.transpose()?);
        }
        Ok(Arc::new(DictionaryArray::<K>::try_new(PrimitiveArray::<K>::from_iter(found), values)?))
    }
    match key {
        DataType::Int8 => make::<Int8Type>(keys, values),
        DataType::Int16 => make::<Int16Type>(keys, values),
        DataType::Int32 => make::<Int32Type>(keys, values),
        DataType::Int64 => make::<Int64Type>(keys, values),
        DataType::UInt8 => make::<UInt8Type>(keys, values),
        DataType::UInt16 => make::<UInt16Type>(keys, values),
        DataType::UInt32 => make::<UInt32Type>(keys, values),
        DataType::UInt64 => make::<UInt64Type>(keys, values),
        other => Err(Misfit::internal(format!("dictionary keys of type {other}"))),
    }
}

/// Runs of equal values.
pub(super) fn run_ends(array: &ArrayRef, target: &DataType) -> Result<ArrayRef, Misfit> {
    match target {
        DataType::RunEndEncoded(ends, _) => match ends.data_type() {
            DataType::Int16 => run_encode::<Int16Type>(array, target),
            DataType::Int32 => run_encode::<Int32Type>(array, target),
            _ => run_encode::<Int64Type>(array, target),
        },
        other => Err(Misfit::internal(format!("run ends in {other}"))),
    }
}

fn run_encode<R: RunEndIndexType>(array: &ArrayRef, target: &DataType) -> Result<ArrayRef, Misfit> {
    let same = arrow_ord::ord::make_comparator(array, array, Default::default())?;
    let mut ends: Vec<R::Native> = Vec::new();
    let mut firsts: Vec<u32> = Vec::new();
    for row in 0..array.len() {
        if row > 0 && same(row - 1, row).is_eq() {
            ends.pop();
        } else {
            firsts.push(row as u32);
        }
        let end = R::Native::from_usize(row + 1).ok_or_else(|| {
            Misfit::new(row, Code::IntRange, "more rows in a batch than the run ends that a hint names can number")
        })?;
        ends.push(end);
    }
    let values = arrow_select::take::take(array, &UInt32Array::from(firsts), None)?;
    let ends = PrimitiveArray::<R>::new(ends.into(), None);
    let array: ArrayRef = Arc::new(RunArray::<R>::try_new(&ends, &values)?);
    if array.data_type() == target {
        return Ok(array);
    }
    Ok(make_array(array.to_data().into_builder().data_type(target.clone()).build()?))
}
