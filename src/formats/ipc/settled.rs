//! Runs and views as a message has them: runs from their first row on, and none of no rows; views with the bytes that they
//! show, and few others.
//!
//! Where a list has no elements, the crate writes empty runs without their values, but counts the buffers of those. Of
//! views it writes all bytes that they hold, and a slice holds those of the whole array.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{ByteViewType, RunEndIndexType};
use arrow_array::{
    Array, ArrayRef, FixedSizeListArray, GenericByteViewArray, GenericListArray, GenericListViewArray, MapArray,
    OffsetSizeTrait, PrimitiveArray, RecordBatch, RecordBatchOptions, RunArray, StructArray, UnionArray,
    downcast_run_array, make_array, new_empty_array,
};
use arrow_buffer::{Buffer, OffsetBuffer};
use arrow_schema::{DataType, FieldRef, UnionMode};

use crate::column::nesting::parts;
use crate::error::{Error, Result};

/// The same records. Columns without runs and views are left as they are.
pub(super) fn records(records: &RecordBatch) -> Result<RecordBatch> {
    if !records.columns().iter().any(|column| holds_any(column.data_type())) {
        return Ok(records.clone());
    }
    let columns = records.columns().iter().map(column).collect::<Result<Vec<_>>>()?;
    let options = RecordBatchOptions::new().with_row_count(Some(records.num_rows()));
    Ok(RecordBatch::try_new_with_options(records.schema(), columns, &options)?)
}

fn holds_any(data_type: &DataType) -> bool {
    matches!(data_type, DataType::RunEndEncoded(_, _) | DataType::Utf8View | DataType::BinaryView)
        || parts(data_type).into_iter().any(holds_any)
}

/// The same values. An array of no rows has no dictionary after.
pub(super) fn column(array: &ArrayRef) -> Result<ArrayRef> {
    if !holds_any(array.data_type()) {
        return Ok(array.clone());
    }
    if array.is_empty() {
        return Ok(new_empty_array(array.data_type()));
    }
    let nulls = array.nulls().cloned();
    Ok(match array.data_type() {
        DataType::RunEndEncoded(_, _) => downcast_run_array!(
            array => runs(array)?,
            other => return Err(Error::internal(format!("{other} is not run-end encoded")))
        ),
        DataType::Utf8View => views(array.as_string_view()),
        DataType::BinaryView => views(array.as_binary_view()),
        DataType::Dictionary(_, _) => {
            let dictionary = array.as_any_dictionary();
            dictionary.with_values(column(dictionary.values())?)
        }
        DataType::Struct(fields) => {
            let columns = array.as_struct().columns().iter().map(column).collect::<Result<Vec<_>>>()?;
            Arc::new(StructArray::try_new_with_length(fields.clone(), columns, nulls, array.len())?)
        }
        DataType::List(item) => list::<i32>(array.as_list(), item)?,
        DataType::LargeList(item) => list::<i64>(array.as_list(), item)?,
        DataType::ListView(item) => list_view::<i32>(array.as_list_view(), item)?,
        DataType::LargeListView(item) => list_view::<i64>(array.as_list_view(), item)?,
        DataType::FixedSizeList(item, size) => {
            let values = column(array.as_fixed_size_list().values())?;
            Arc::new(FixedSizeListArray::try_new_with_length(item.clone(), *size, values, nulls, array.len())?)
        }
        DataType::Map(entry, sorted) => {
            let map = array.as_map();
            let (offsets, first, len) = trimmed(map.offsets());
            let entries: ArrayRef = Arc::new(map.entries().slice(first, len));
            let entries = column(&entries)?.as_struct().clone();
            Arc::new(MapArray::try_new(entry.clone(), offsets, entries, nulls, *sorted)?)
        }
        DataType::Union(fields, mode) => {
            let union = array.as_union();
            let children = fields.iter().map(|(id, _)| column(union.child(id))).collect::<Result<Vec<_>>>()?;
            let offsets = union.offsets().filter(|_| *mode == UnionMode::Dense).cloned();
            Arc::new(UnionArray::try_new(fields.clone(), union.type_ids().clone(), offsets, children)?)
        }
        other => return Err(Error::internal(format!("runs in {other}"))),
    })
}

fn runs<R: RunEndIndexType>(array: &RunArray<R>) -> Result<ArrayRef> {
    let ends = PrimitiveArray::<R>::from_iter_values(array.run_ends().sliced_values());
    let settled = RunArray::<R>::try_new(&ends, column(&array.values_slice())?.as_ref())?;
    // The names of its children are those of the schema.
    let data = settled.into_data().into_builder().data_type(array.data_type().clone());
    Ok(make_array(data.build()?))
}

/// Views that share their bytes may hold fewer than they show.
fn views<T: ByteViewType>(array: &GenericByteViewArray<T>) -> ArrayRef {
    let held: usize = array.data_buffers().iter().map(Buffer::len).sum();
    let shown = array.total_buffer_bytes_used();
    match held > shown + shown / 4 {
        true => Arc::new(array.gc()),
        false => Arc::new(array.clone()),
    }
}

fn list<O: OffsetSizeTrait>(array: &GenericListArray<O>, item: &FieldRef) -> Result<ArrayRef> {
    let (offsets, first, len) = trimmed(array.offsets());
    let values = column(&array.values().slice(first, len))?;
    Ok(Arc::new(GenericListArray::<O>::try_new(item.clone(), offsets, values, array.nulls().cloned())?))
}

fn list_view<O: OffsetSizeTrait>(array: &GenericListViewArray<O>, item: &FieldRef) -> Result<ArrayRef> {
    let (offsets, sizes, nulls) = (array.offsets().clone(), array.sizes().clone(), array.nulls().cloned());
    Ok(Arc::new(GenericListViewArray::<O>::try_new(item.clone(), offsets, sizes, column(array.values())?, nulls)?))
}

/// Offsets from zero, where the elements begin, and how many there are.
fn trimmed<O: OffsetSizeTrait>(offsets: &OffsetBuffer<O>) -> (OffsetBuffer<O>, usize, usize) {
    let (first, last) = (offsets[0], offsets[offsets.len() - 1]);
    let moved = offsets.iter().map(|offset| *offset - first).collect();
    (OffsetBuffer::new(moved), first.as_usize(), (last - first).as_usize())
}
