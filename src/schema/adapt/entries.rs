//! Maps and lists of entries: the same pairs, of which only a map says that no key stands twice.

use std::collections::HashMap;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, ListArray, MapArray, StructArray, UInt32Array};
use arrow_buffer::OffsetBuffer;
use arrow_schema::{DataType, Field, FieldRef, Fields};
use arrow_select::take::take;

use super::run::Work;
use super::unknown::is_unknown;
use crate::code::Code;
use crate::column::text::{BytesText, TextColumn};
use crate::error::{Error, Result};
use crate::policy::Policy;

/// Keys are called so in lists of entries, whatever a map calls them.
const NAMES: [&str; 2] = ["key", "value"];

/// The type of a list with the entries of a map; none if the type is no map.
pub(super) fn as_list(data_type: &DataType) -> Option<(DataType, FieldRef)> {
    let DataType::Map(entries, _) = data_type else { return None };
    let DataType::Struct(pair) = entries.data_type() else { return None };
    let [key, value] = &pair[..] else { return None };
    let named = [key, value].into_iter().zip(NAMES).map(|(field, name)| field.as_ref().clone().with_name(name));
    let entries: FieldRef = Arc::new(Field::new("item", DataType::Struct(named.collect::<Fields>()), false));
    Some((DataType::List(entries.clone()), entries))
}

/// Whether values of a list are entries: a key and a value.
pub(super) fn is_entries(data_type: &DataType) -> bool {
    let item = match data_type {
        DataType::List(item) | DataType::LargeList(item) => item,
        _ => return false,
    };
    let DataType::Struct(fields) = item.data_type() else { return false };
    // Whatever else there is are unknown fields of the entries, for which the step has a rule of its own.
    let known = fields.iter().filter(|field| !is_unknown(field)).count();
    known == NAMES.len() && NAMES.iter().all(|name| fields.iter().any(|field| field.name() == name))
}

/// A map as the list of its entries.
pub(super) fn list(map: &ArrayRef, entries: &FieldRef) -> Result<ArrayRef> {
    let map = map.as_map();
    let DataType::Struct(fields) = entries.data_type() else { return Err(Error::internal("entries that are none")) };
    let pair = map.entries();
    let pair = StructArray::try_new(fields.clone(), pair.columns().to_vec(), pair.nulls().cloned())?;
    let list = ListArray::try_new(entries.clone(), map.offsets().clone(), Arc::new(pair), map.nulls().cloned())?;
    Ok(Arc::new(list))
}

/// A list of entries as a map.
///
/// # Errors
/// `V-DUP-KEY` if a key stands twice, unless the first or the last is to be taken; `V-NULL` if an entry is null, or its
/// key; with the row.
pub(super) fn map(list: &ArrayRef, data_type: &DataType, path: &str, work: &mut Work<'_>) -> Result<ArrayRef> {
    let (DataType::Map(entries, sorted), list) = (data_type, list.as_list::<i32>()) else {
        return Err(Error::internal("a map that is none"));
    };
    let DataType::Struct(fields) = entries.data_type() else { return Err(Error::internal("entries that are none")) };
    let pair = list.values().as_struct();
    let texts = TextColumn::new(pair.column(0), &fields[0], BytesText::default())?;
    let policy = work.policies.get(Code::DuplicateKey);
    let mut kept: Vec<u32> = Vec::with_capacity(pair.len());
    let mut lengths = Vec::with_capacity(list.len());
    // Of each key of a row, where it is in `kept`.
    let mut seen: HashMap<Vec<u8>, usize> = HashMap::new();
    for row in 0..list.len() {
        seen.clear();
        let before = kept.len();
        let ends = if list.is_null(row) { (0, 0) } else { (list.value_offsets()[row], list.value_offsets()[row + 1]) };
        for at in ends.0..ends.1 {
            let entry = at as usize;
            if pair.is_null(entry) || texts.is_null(entry) {
                let error = Error::value(Code::Null, "an entry of a map without a key").as_it_stands();
                return Err(error.at_record(row as u64));
            }
            let mut key = Vec::new();
            texts.push(&mut key, entry).map_err(crate::column::text::refused)?;
            match (seen.get(&key), policy) {
                (None, _) => {
                    seen.insert(key, kept.len());
                    kept.push(at as u32);
                }
                (Some(place), Some(policy @ (Policy::First | Policy::Last))) => {
                    if policy == Policy::Last {
                        kept[*place] = at as u32;
                    }
                    work.report.note(Code::DuplicateKey, path);
                }
                (Some(_), _) => {
                    let text = format!("the key {:?} stands twice, in a map once", String::from_utf8_lossy(&key));
                    return Err(Error::value(Code::DuplicateKey, text).at_record(row as u64));
                }
            }
        }
        lengths.push(kept.len() - before);
    }
    let kept = UInt32Array::from(kept);
    let columns = pair.columns().iter().map(|column| take(column, &kept, None));
    let columns = columns.collect::<std::result::Result<Vec<_>, _>>()?;
    let pair = StructArray::try_new_with_length(fields.clone(), columns, None, kept.len())?;
    let offsets = OffsetBuffer::from_lengths(lengths);
    Ok(Arc::new(MapArray::try_new(entries.clone(), offsets, pair, list.nulls().cloned(), *sorted)?))
}
