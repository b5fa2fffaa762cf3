//! Other layouts of the same lists.

use std::sync::Arc;

use arrow_array::{
    Array, ArrayRef, FixedSizeListArray, LargeListArray, LargeListViewArray, ListArray, ListViewArray, UInt32Array,
};
use arrow_buffer::{NullBuffer, OffsetBuffer};
use arrow_schema::{DataType, FieldRef};

use super::Misfit;
use crate::code::Code;
use crate::column::placeholder::filler;
use crate::error::Error;

/// Elements of lists of one length in a batch at most, unless there are more in the data.
const SLOTS_MAX: usize = 1 << 26;

pub(super) fn widened(offsets: &OffsetBuffer<i32>) -> OffsetBuffer<i64> {
    OffsetBuffer::new(offsets.iter().map(|offset| i64::from(*offset)).collect())
}

/// The rows of `list` with `items` in the layout of `target`.
pub(super) fn layout(list: &ListArray, items: ArrayRef, target: &DataType) -> Result<ArrayRef, Misfit> {
    let (offsets, nulls) = (list.offsets(), list.nulls().cloned());
    let starts = || offsets.iter().take(list.len());
    Ok(match target {
        DataType::List(item) => Arc::new(ListArray::try_new(item.clone(), offsets.clone(), items, nulls)?),
        DataType::LargeList(item) => Arc::new(LargeListArray::try_new(item.clone(), widened(offsets), items, nulls)?),
        DataType::ListView(item) => {
            let sizes: Vec<i32> = offsets.lengths().map(|len| len as i32).collect();
            Arc::new(ListViewArray::try_new(item.clone(), starts().copied().collect(), sizes.into(), items, nulls)?)
        }
        DataType::LargeListView(item) => {
            let sizes: Vec<i64> = offsets.lengths().map(|len| len as i64).collect();
            let starts = starts().map(|start| i64::from(*start)).collect();
            Arc::new(LargeListViewArray::try_new(item.clone(), starts, sizes.into(), items, nulls)?)
        }
        DataType::FixedSizeList(item, size) => fixed(list, &items, item, *size)?,
        other => return Err(Misfit::internal(format!("a list is to be restored as {other}"))),
    })
}

/// Lists of one length. An empty one stands for a null: there is no other way to write it.
fn fixed(list: &ListArray, items: &ArrayRef, item: &FieldRef, size: i32) -> Result<ArrayRef, Misfit> {
    let width = usize::try_from(size).map_err(|_| Misfit::internal("a list of a size below zero"))?;
    // Null rows take room that no data stands for.
    if list.len().checked_mul(width).is_none_or(|slots| slots > SLOTS_MAX.max(items.len())) {
        let error = Error::limit(format!("a hint names lists of {width} elements, more than a batch can hold"));
        return Err(Misfit { row: 0, error: error.with_hint("read with --no-hints") });
    }
    let mut indices: Vec<u32> = Vec::with_capacity(list.len() * width);
    let mut set = Vec::with_capacity(list.len());
    for (row, pair) in list.value_offsets().windows(2).enumerate() {
        let (start, len) = (pair[0] as u32, (pair[1] - pair[0]) as usize);
        let null = list.is_null(row) || len == 0 && width > 0;
        set.push(!null);
        if null {
            // Rows that are null take their room in Arrow.
            indices.extend(std::iter::repeat_n(0, width));
        } else if len == width {
            indices.extend(start..start + width as u32);
        } else {
            let message = format!("a list of {len} elements, but a hint says {width}");
            return Err(Misfit::new(row, Code::Length, message));
        }
    }
    let items = if items.is_empty() && !indices.is_empty() {
        filler(items.data_type(), indices.len())?
    } else {
        arrow_select::take::take(items, &UInt32Array::from(indices), None)?
    };
    let nulls = set.contains(&false).then(|| NullBuffer::from(set));
    Ok(Arc::new(FixedSizeListArray::try_new_with_length(item.clone(), size, items, nulls, list.len())?))
}
