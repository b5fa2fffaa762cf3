//! An array without what its rows do not show: under null parents, beside lists and under null ones anything may stand,
//! also what could not be stored.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::{
    Array, ArrayRef, BooleanArray, FixedSizeListArray, GenericListArray, GenericListViewArray, MapArray,
    OffsetSizeTrait, StructArray, make_array,
};
use arrow_buffer::{BooleanBufferBuilder, NullBuffer, OffsetBuffer};
use arrow_schema::DataType;
use arrow_select::filter::filter;

use crate::column::nesting::Extents;
use crate::error::{Error, Result};

/// The same rows; what they do not show is left out, or null.
///
/// # Errors
/// An array that contradicts its type.
pub(super) fn shown(array: &ArrayRef) -> Result<ArrayRef> {
    match array.data_type() {
        DataType::Struct(fields) => {
            let group = array.as_struct();
            let members = group.columns().iter().map(|member| shown(&masked(member, group.nulls())?));
            let members = members.collect::<Result<Vec<_>>>()?;
            let nulls = group.nulls().cloned();
            Ok(Arc::new(StructArray::try_new_with_length(fields.clone(), members, nulls, group.len())?))
        }
        DataType::List(_) => list::<i32>(array),
        DataType::LargeList(_) => list::<i64>(array),
        DataType::ListView(_) => view::<i32>(array),
        DataType::LargeListView(_) => view::<i64>(array),
        DataType::FixedSizeList(item, size) => {
            let lists = array.as_fixed_size_list();
            let start = |row: usize| lists.value_offset_at(row);
            let seen = seen(array, lists.values().len(), |row| start(row)..start(row) + lists.value_length() as usize);
            let nulls = NullBuffer::new(seen.values().clone());
            let values = shown(&masked(lists.values(), Some(&nulls))?)?;
            let nulls = lists.nulls().cloned();
            Ok(Arc::new(FixedSizeListArray::try_new_with_length(item.clone(), *size, values, nulls, lists.len())?))
        }
        DataType::Map(entries, sorted) => {
            let map = array.as_map();
            let offsets = map.value_offsets();
            let seen = seen(array, map.entries().len(), |row| offsets[row] as usize..offsets[row + 1] as usize);
            let pairs: ArrayRef = Arc::new(map.entries().clone());
            let pairs = shown(&filter(&pairs, &seen)?)?.as_struct().clone();
            let offsets = offsets_of(array, |row| (offsets[row + 1] - offsets[row]) as usize);
            Ok(Arc::new(MapArray::try_new(entries.clone(), offsets, pairs, map.nulls().cloned(), *sorted)?))
        }
        _ => Ok(array.clone()),
    }
}

fn list<O: OffsetSizeTrait>(array: &ArrayRef) -> Result<ArrayRef> {
    let lists = array.as_list::<O>();
    let (extents, item, values) = Extents::of(array).ok_or_else(|| Error::internal("a list that is none"))?;
    let values = shown(&filter(values, &seen(array, values.len(), |row| extents.get(row)))?)?;
    let offsets = offsets_of(array, |row| extents.get(row).len());
    Ok(Arc::new(GenericListArray::<O>::try_new(item.clone(), offsets, values, lists.nulls().cloned())?))
}

/// Views may share elements: those stay where they are among the others.
fn view<O: OffsetSizeTrait>(array: &ArrayRef) -> Result<ArrayRef> {
    let lists = array.as_list_view::<O>();
    let (extents, item, values) = Extents::of(array).ok_or_else(|| Error::internal("a list that is none"))?;
    let seen = seen(array, values.len(), |row| extents.get(row));
    let ranks: Vec<usize> = seen
        .values()
        .iter()
        .scan(0, |before, seen| {
            let rank = *before;
            *before += usize::from(seen);
            Some(rank)
        })
        .collect();
    let shows = |row: usize| Some(extents.get(row)).filter(|elements| array.is_valid(row) && !elements.is_empty());
    let offset = |row: usize| O::usize_as(shows(row).map_or(0, |elements| ranks[elements.start]));
    let size = |row: usize| O::usize_as(shows(row).map_or(0, |elements| elements.len()));
    let offsets: Vec<O> = (0..array.len()).map(offset).collect();
    let sizes: Vec<O> = (0..array.len()).map(size).collect();
    let values = shown(&filter(values, &seen)?)?;
    let nulls = lists.nulls().cloned();
    Ok(Arc::new(GenericListViewArray::<O>::try_new(item.clone(), offsets.into(), sizes.into(), values, nulls)?))
}

/// Which of `len` elements belong to a row that is not null.
fn seen(array: &dyn Array, len: usize, elements: impl Fn(usize) -> std::ops::Range<usize>) -> BooleanArray {
    let mut seen = BooleanBufferBuilder::new(len);
    seen.append_n(len, false);
    for row in (0..array.len()).filter(|row| array.is_valid(*row)) {
        elements(row).for_each(|element| seen.set_bit(element, true));
    }
    BooleanArray::new(seen.finish(), None)
}

/// Offsets where null rows have no elements.
fn offsets_of<O: OffsetSizeTrait>(array: &dyn Array, len: impl Fn(usize) -> usize) -> OffsetBuffer<O> {
    OffsetBuffer::from_lengths((0..array.len()).map(|row| if array.is_valid(row) { len(row) } else { 0 }))
}

/// `child` with nulls where its parent has some, if the type has a validity of its own.
fn masked(child: &ArrayRef, parent: Option<&NullBuffer>) -> Result<ArrayRef> {
    match (child.data_type(), parent.filter(|nulls| nulls.null_count() > 0)) {
        (DataType::Null | DataType::Union(_, _) | DataType::RunEndEncoded(_, _), _) | (_, None) => Ok(child.clone()),
        (_, parent) => {
            let nulls = NullBuffer::union(child.nulls(), parent);
            Ok(make_array(child.to_data().into_builder().nulls(nulls).build()?))
        }
    }
}

#[cfg(test)]
mod tests;
