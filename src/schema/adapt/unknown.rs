//! Unknown fields of messages: raw bytes that mean something under the numbers of their own message alone.

use arrow_array::{Array, ArrayRef};
use arrow_buffer::NullBuffer;
use arrow_schema::Field;

use crate::code::Code;
use crate::error::{Error, Result};

/// Whether a column holds the unknown fields of a message.
pub(crate) fn is_unknown(field: &Field) -> bool {
    field.metadata().contains_key("proto.unknown")
}

/// Fails at the first record that has unknown fields where the reader keeps none.
///
/// # Errors
/// `V-UNKNOWN-FIELD`, with the record.
pub(super) fn refuse(column: &ArrayRef, parents: Option<&NullBuffer>) -> Result<()> {
    let nulls = column.logical_nulls();
    let holds = |row: &usize| {
        nulls.as_ref().is_none_or(|nulls| nulls.is_valid(*row)) && parents.is_none_or(|parents| parents.is_valid(*row))
    };
    match (0..column.len()).find(holds) {
        None => Ok(()),
        Some(row) => Err(Error::value(Code::UnknownField, "fields that are in neither schema, and cannot be kept")
            .at_record(row as u64)
            .as_it_stands()
            .with_hint("leave such fields out: --from-opt unknown=drop")),
    }
}
