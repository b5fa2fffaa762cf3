//! How many bytes a record takes, and whether that is more than was asked for.

use std::ops::Range;

use arrow_array::{Array, RecordBatch, UInt32Array};
use arrow_data::ArrayData;
use arrow_schema::DataType;
use arrow_select::take::take_record_batch;

use crate::error::{Error, Result};

/// Bytes of a view, beside those of its text.
const VIEW_BYTES: usize = 16;

/// Fails at the first of these rows that takes more than `bytes_max`. Looks at them one by one only if all together do.
///
/// # Errors
/// `Limit`, with the record, which counts from the first of `rows`.
pub(super) fn check(records: &RecordBatch, rows: Range<usize>, bytes_max: usize) -> Result<()> {
    if bytes_of(&records.slice(rows.start, rows.len())) <= bytes_max {
        return Ok(());
    }
    for (number, row) in rows.enumerate() {
        let row = u32::try_from(row).map_err(|_| Error::internal("a batch of more than 2^32 rows"))?;
        // Nothing but the row, not even in the children of lists.
        let bytes = bytes_of(&take_record_batch(records, &UInt32Array::from(vec![row]))?);
        if bytes > bytes_max {
            return Err(Error::limit(format!("a record of {bytes} bytes: more than the limit of {bytes_max}"))
                .at_record(number as u64)
                .with_hint("raise the limit with --max-record-bytes"));
        }
    }
    Ok(())
}

fn bytes_of(records: &RecordBatch) -> usize {
    records.columns().iter().map(|column| bytes(&column.to_data())).sum()
}

/// Of values, and of what says where they end. The values of a dictionary belong to no record.
fn bytes(data: &ArrayData) -> usize {
    match data.data_type() {
        DataType::Dictionary(key, _) => data.len() * key.primitive_width().unwrap_or_default(),
        DataType::Utf8View | DataType::BinaryView => {
            let views = data.buffer::<u128>(0).iter().take(data.len());
            // The low half of its first word is the length of a text.
            views.map(|view| VIEW_BYTES + (*view as u32) as usize).sum()
        }
        _ if !data.child_data().is_empty() => data.child_data().iter().map(bytes).sum(),
        _ => data.get_slice_memory_size().unwrap_or_else(|_| data.get_array_memory_size()),
    }
}

#[cfg(test)]
mod tests;
