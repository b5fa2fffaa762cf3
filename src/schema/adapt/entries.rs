//! Maps and lists of entries: the same pairs, of which only a map says that no key stands twice.

use std::collections::HashSet;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, ListArray, MapArray};
use arrow_schema::{DataType, Field, FieldRef, Fields};

use crate::code::Code;
use crate::column::text::{BytesText, TextColumn};
use crate::error::{Error, Result};

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
    fields.len() == NAMES.len() && NAMES.iter().all(|name| fields.iter().any(|field| field.name() == name))
}

/// A map as the list of its entries.
pub(super) fn list(map: &ArrayRef, entries: &FieldRef) -> Result<ArrayRef> {
    let map = map.as_map();
    let DataType::Struct(fields) = entries.data_type() else { return Err(Error::internal("entries that are none")) };
    let pair = map.entries();
    let pair = arrow_array::StructArray::try_new(fields.clone(), pair.columns().to_vec(), pair.nulls().cloned())?;
    let list = ListArray::try_new(entries.clone(), map.offsets().clone(), Arc::new(pair), map.nulls().cloned())?;
    Ok(Arc::new(list))
}

/// A list of entries as a map.
///
/// # Errors
/// `V-DUP-KEY` if a key stands twice, `V-NULL` if an entry is null, with the row.
pub(super) fn map(list: &ArrayRef, data_type: &DataType) -> Result<ArrayRef> {
    let (DataType::Map(entries, sorted), list) = (data_type, list.as_list::<i32>()) else {
        return Err(Error::internal("a map that is none"));
    };
    let DataType::Struct(fields) = entries.data_type() else { return Err(Error::internal("entries that are none")) };
    let pair = list.values().as_struct();
    let keys = pair.column(0);
    let texts = TextColumn::new(keys, &fields[0], BytesText::default())?;
    let mut seen = HashSet::new();
    for row in (0..list.len()).filter(|row| list.is_valid(*row)) {
        seen.clear();
        for at in list.value_offsets()[row] as usize..list.value_offsets()[row + 1] as usize {
            if pair.is_null(at) || keys.is_null(at) {
                return Err(Error::value(Code::Null, "an entry of a map without a key").at_record(row as u64));
            }
            let mut key = Vec::new();
            texts.push(&mut key, at).map_err(crate::column::text::refused)?;
            if seen.contains(&key) {
                let text = format!("the key {:?} stands twice, in a map once", String::from_utf8_lossy(&key));
                return Err(Error::value(Code::DuplicateKey, text).at_record(row as u64));
            }
            seen.insert(key);
        }
    }
    let pair = arrow_array::StructArray::try_new(fields.clone(), pair.columns().to_vec(), None)?;
    let map = MapArray::try_new(entries.clone(), list.offsets().clone(), pair, list.nulls().cloned(), *sorted)?;
    Ok(Arc::new(map))
}
