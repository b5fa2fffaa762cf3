//! Bounds of values of a fixed length: the crate cuts those of long ones as it cuts texts, and what is left is no value of
//! the type. Other readers refuse the file then, or fall.

use parquet::basic::Type as Physical;
use parquet::column::writer::ColumnCloseResult;
use parquet::errors::ParquetError;
use parquet::file::properties::DEFAULT_COLUMN_INDEX_TRUNCATE_LENGTH;
use parquet::file::statistics::{Statistics, ValueStatistics};

/// Takes bounds that were cut out of what the footer is to say about a column chunk, and leaves everything else.
pub(super) fn check(close: &mut ColumnCloseResult) -> Result<(), ParquetError> {
    let column = close.metadata.column_descr();
    if column.physical_type() != Physical::FIXED_LEN_BYTE_ARRAY {
        return Ok(());
    }
    let width = usize::try_from(column.type_length()).unwrap_or(0);
    if DEFAULT_COLUMN_INDEX_TRUNCATE_LENGTH.is_some_and(|most| width > most) {
        close.column_index = None;
    }
    let Some(Statistics::FixedLenByteArray(known)) = close.metadata.statistics() else { return Ok(()) };
    if [known.min_bytes_opt(), known.max_bytes_opt()].into_iter().flatten().all(|bound| bound.len() == width) {
        return Ok(());
    }
    let counts = ValueStatistics::new(None, None, known.distinct_count(), known.null_count_opt(), false);
    let metadata = close.metadata.clone().into_builder();
    close.metadata = metadata.set_statistics(Statistics::FixedLenByteArray(counts)).build()?;
    Ok(())
}
