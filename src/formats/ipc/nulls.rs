//! Nulls among the values of dictionaries: in a file a key that points to one is written as null, which its column must
//! allow. Inside of other columns Arrow allows none itself.

use arrow_array::{Array, RecordBatch};
use arrow_schema::DataType;

use crate::code::Code;
use crate::error::{Error, Result};

/// Fails if there is one in a column that has none.
///
/// # Errors
/// `V-NULL` with the record: the first.
pub(super) fn check(records: &RecordBatch) -> Result<()> {
    let columns = records.columns().iter().zip(records.schema_ref().fields());
    let found = columns.filter_map(|(column, field)| {
        if field.is_nullable() || !matches!(field.data_type(), DataType::Dictionary(_, _)) {
            return None;
        }
        let nulls = column.logical_nulls().filter(|nulls| nulls.null_count() > 0)?;
        (0..nulls.len()).find(|row| nulls.is_null(*row)).map(|row| (row, field.name()))
    });
    match found.min_by_key(|(row, _)| *row) {
        Some((row, name)) => {
            let error = Error::value(Code::Null, "null in a column that has none");
            Err(error.at_record(row as u64).in_column(name))
        }
        None => Ok(()),
    }
}
