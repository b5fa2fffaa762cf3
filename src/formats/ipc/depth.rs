//! How deep a schema that is written may be nested: no deeper than is read.

use arrow_schema::{DataType, Schema};

use crate::column::nesting::parts;
use crate::error::{Error, Result};
use crate::schema::flatbuffer::LEVELS_MAX;

/// Fails for a schema that could not be read again.
///
/// # Errors
/// `Limit`, with the column.
pub(super) fn check(schema: &Schema) -> Result<()> {
    match schema.fields().iter().find(|field| levels(field.data_type()) > LEVELS_MAX) {
        Some(field) => {
            Err(Error::limit(format!("nested more than {LEVELS_MAX} levels deep")).in_column(field.name().as_str()))
        }
        None => Ok(()),
    }
}

fn levels(data_type: &DataType) -> usize {
    1 + parts(data_type).into_iter().map(levels).max().unwrap_or(0)
}
