//! How many slots a column takes: what bounds the levels that are made of it, also where its values take no memory.

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, OffsetSizeTrait};
use arrow_schema::DataType;

use crate::error::{Error, Result};

/// Slots of a column in a row group at most; each takes some bytes while it is encoded.
const MOST: u64 = 1 << 28;

/// Fails if the arrays of a column have too many slots for one row group.
///
/// # Errors
/// `Limit`.
pub(super) fn check(arrays: &[ArrayRef]) -> Result<()> {
    let slots = arrays.iter().map(|array| slots(array)).fold(0, u64::saturating_add);
    if slots <= MOST {
        return Ok(());
    }
    Err(Error::limit(format!("{slots} elements of lists in one row group: more than the limit of {MOST}"))
        .with_hint("write fewer rows to a row group: --row-group-rows 1000"))
}

/// Slots of the leaf that has the most, or more than that: one for each element, and one for each list.
fn slots(array: &dyn Array) -> u64 {
    fn list<O: OffsetSizeTrait>(offsets: &[O], values: &ArrayRef) -> u64 {
        let (first, last) = (offsets.first(), offsets.last());
        let (first, last) = (first.map_or(0, |place| place.as_usize()), last.map_or(0, |place| place.as_usize()));
        let inner = slots(&values.slice(first, last - first));
        match values.data_type() {
            // Their validity is made for all of them.
            DataType::Null => inner.max(values.len() as u64),
            _ => inner,
        }
    }
    /// Elements may be in any number of views.
    fn views<O: OffsetSizeTrait>(sizes: &[O], values: &ArrayRef) -> u64 {
        let elements = sizes.iter().map(|size| size.as_usize() as u64).fold(0, u64::saturating_add);
        elements.saturating_mul(slots(values).div_ceil(values.len().max(1) as u64))
    }
    let inner = match array.data_type() {
        DataType::Struct(_) => array.as_struct().columns().iter().map(|child| slots(child)).max().unwrap_or(0),
        DataType::List(_) => list(array.as_list::<i32>().value_offsets(), array.as_list::<i32>().values()),
        DataType::LargeList(_) => list(array.as_list::<i64>().value_offsets(), array.as_list::<i64>().values()),
        DataType::Map(_, _) => {
            let entries: ArrayRef = std::sync::Arc::new(array.as_map().entries().clone());
            list(array.as_map().value_offsets(), &entries)
        }
        DataType::FixedSizeList(_, _) => slots(array.as_fixed_size_list().values()),
        DataType::ListView(_) => views(array.as_list_view::<i32>().value_sizes(), array.as_list_view::<i32>().values()),
        DataType::LargeListView(_) => {
            views(array.as_list_view::<i64>().value_sizes(), array.as_list_view::<i64>().values())
        }
        _ => 0,
    };
    match array.data_type() {
        DataType::Struct(_) => inner.max(array.len() as u64),
        _ => inner.saturating_add(array.len() as u64),
    }
}
