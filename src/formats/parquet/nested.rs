//! Rebuilds a nested array around changed children.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::{
    Array, ArrayRef, FixedSizeListArray, GenericListArray, GenericListViewArray, MapArray, OffsetSizeTrait,
    StructArray, make_array,
};
use arrow_buffer::{NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow_schema::{ArrowError, DataType, FieldRef};

use crate::error::{Error, Result};

/// Changes a child; the first argument is its position (a map has the children 0 = keys, 1 = values).
pub(super) type ChangeChild<'a> = &'a dyn Fn(usize, &ArrayRef) -> Result<ArrayRef>;

/// `array` as `target`, which has the same nesting, with every child changed by `change`.
///
/// Only the part of the children that a list array refers to is changed. The record of an error, which counts in the
/// child, is turned into the record of `array`.
pub(super) fn rebuilt(array: &ArrayRef, target: &DataType, change: ChangeChild<'_>) -> Result<ArrayRef> {
    // What stands under a null parent is nothing that could be lost.
    rebuilt_by(array, target, &|nulls, index, child| {
        change(index, child).or_else(|error| match masked(child, nulls) {
            Some(child) => change(index, &child),
            None => Err(error),
        })
    })
}

/// The same, but every child is changed once, also where it fails.
pub(super) fn rebuilt_once(array: &ArrayRef, target: &DataType, change: ChangeChild<'_>) -> Result<ArrayRef> {
    rebuilt_by(array, target, &|_, index, child| change(index, child))
}

/// With the nulls of the parent, for children of structs.
type ChangeUnder<'a> = &'a dyn Fn(Option<&NullBuffer>, usize, &ArrayRef) -> Result<ArrayRef>;

fn rebuilt_by(array: &ArrayRef, target: &DataType, change_under: ChangeUnder<'_>) -> Result<ArrayRef> {
    let change: ChangeChild<'_> = &|index, child| change_under(None, index, child);
    match (target, array.data_type()) {
        (DataType::Struct(fields), DataType::Struct(_)) => {
            let array = array.as_struct();
            let mut children = Vec::with_capacity(fields.len());
            for (index, (field, child)) in fields.iter().zip(array.columns()).enumerate() {
                let changed = change_under(array.nulls(), index, child);
                children.push(changed.map_err(|error| error.in_column(field.name()))?);
            }
            let nulls = array.nulls().cloned();
            made(StructArray::try_new_with_length(fields.clone(), children, nulls, array.len()))
        }
        (DataType::List(item), DataType::List(_)) => list::<i32>(array.as_list(), item, change),
        (DataType::LargeList(item), DataType::LargeList(_)) => list::<i64>(array.as_list(), item, change),
        (DataType::ListView(item), DataType::ListView(_)) => view::<i32>(array.as_list_view(), item, change),
        (DataType::LargeListView(item), DataType::LargeListView(_)) => view::<i64>(array.as_list_view(), item, change),
        (DataType::FixedSizeList(item, size), DataType::FixedSizeList(_, _)) => {
            let array = array.as_fixed_size_list();
            let width = u64::from(size.unsigned_abs()).max(1);
            let values = change(0, array.values()).map_err(|error| element(error, |index| index / width))?;
            let nulls = array.nulls().cloned();
            made(FixedSizeListArray::try_new_with_length(item.clone(), *size, values, nulls, array.len()))
        }
        (DataType::Map(entries, sorted), DataType::Map(_, _)) => {
            let array = array.as_map();
            let DataType::Struct(fields) = entries.data_type() else {
                return Err(Error::internal("the entries of a map are no struct"));
            };
            let (offsets, first, len) = trimmed(array.offsets());
            let row = |index| row_of(&offsets, index);
            let pairs = array.entries().slice(first, len);
            let mut children = Vec::with_capacity(2);
            for (index, (field, child)) in fields.iter().zip(pairs.columns()).enumerate() {
                let changed = change(index, child).map_err(|error| element(error, row).in_column(field.name()))?;
                children.push(changed);
            }
            let pairs = StructArray::try_new_with_length(fields.clone(), children, pairs.nulls().cloned(), len);
            let pairs = pairs.map_err(damaged)?;
            made(MapArray::try_new(entries.clone(), offsets, pairs, array.nulls().cloned(), *sorted))
        }
        (target, found) => Err(Error::internal(format!("a {found} column cannot become {target}"))),
    }
}

fn list<O: OffsetSizeTrait>(array: &GenericListArray<O>, item: &FieldRef, change: ChangeChild<'_>) -> Result<ArrayRef> {
    let (offsets, first, len) = trimmed(array.offsets());
    let values = change(0, &array.values().slice(first, len))
        .map_err(|error| element(error, |index| row_of(&offsets, index)))?;
    made(GenericListArray::<O>::try_new(item.clone(), offsets, values, array.nulls().cloned()))
}

fn view<O: OffsetSizeTrait>(
    array: &GenericListViewArray<O>,
    item: &FieldRef,
    change: ChangeChild<'_>,
) -> Result<ArrayRef> {
    let (offsets, sizes) = (array.offsets().clone(), array.sizes().clone());
    let row = |index: u64| {
        let holds = |(offset, size): (&O, &O)| {
            (offset.as_usize()..offset.as_usize() + size.as_usize()).contains(&(index as usize))
        };
        offsets.iter().zip(sizes.iter()).position(holds).unwrap_or(0) as u64
    };
    let values = change(0, array.values()).map_err(|error| element(error, row))?;
    made(GenericListViewArray::<O>::try_new(item.clone(), offsets, sizes, values, array.nulls().cloned()))
}

/// Offsets from zero, where the values begin and how many there are. Offsets are never empty.
fn trimmed<O: OffsetSizeTrait>(offsets: &OffsetBuffer<O>) -> (OffsetBuffer<O>, usize, usize) {
    let (first, last) = (offsets[0], offsets[offsets.len() - 1]);
    let len = last.as_usize() - first.as_usize();
    if first == O::zero() {
        return (offsets.clone(), 0, len);
    }
    let shifted: Vec<O> = offsets.iter().map(|offset| *offset - first).collect();
    (OffsetBuffer::new(ScalarBuffer::from(shifted)), first.as_usize(), len)
}

fn row_of<O: OffsetSizeTrait>(offsets: &OffsetBuffer<O>, index: u64) -> u64 {
    (offsets.partition_point(|offset| offset.as_usize() as u64 <= index) as u64).saturating_sub(1)
}

fn element(error: Error, row: impl Fn(u64) -> u64) -> Error {
    match error.origin().record {
        Some(index) => error.in_column("[]").at_record(row(index)),
        None => error.in_column("[]"),
    }
}

/// `child` with nulls where its parent has some; `None` if there are none, or the type has no validity of its own.
fn masked(child: &ArrayRef, parent: Option<&NullBuffer>) -> Option<ArrayRef> {
    let parent = parent.filter(|nulls| nulls.null_count() > 0)?;
    if matches!(child.data_type(), DataType::Null | DataType::Union(_, _) | DataType::RunEndEncoded(_, _)) {
        return None;
    }
    let nulls = NullBuffer::union(child.nulls(), Some(parent));
    child.to_data().into_builder().nulls(nulls).build().ok().map(make_array)
}

fn made<A: Array + 'static>(array: Result<A, ArrowError>) -> Result<ArrayRef> {
    array.map(|array| Arc::new(array) as ArrayRef).map_err(damaged)
}

/// Levels that contradict the schema: a null where the schema says that there is none.
pub(super) fn damaged(error: ArrowError) -> Error {
    match error {
        ArrowError::ExternalError(_) => Error::from(error),
        other => Error::malformed("values contradict the schema").with_cause(other),
    }
}

/// `array` as `target`, which differs only in the names, nullability and metadata of its children.
pub(super) fn retyped(array: &ArrayRef, target: &DataType) -> Result<ArrayRef> {
    if array.data_type() == target {
        return Ok(array.clone());
    }
    rebuilt(array, target, &|index, child| match target {
        DataType::Struct(fields) => retyped(child, fields[index].data_type()),
        DataType::List(item)
        | DataType::LargeList(item)
        | DataType::ListView(item)
        | DataType::LargeListView(item)
        | DataType::FixedSizeList(item, _) => retyped(child, item.data_type()),
        DataType::Map(entries, _) => match entries.data_type() {
            DataType::Struct(pair) => retyped(child, pair[index].data_type()),
            _ => Ok(child.clone()),
        },
        _ => Ok(child.clone()),
    })
}
