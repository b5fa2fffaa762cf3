//! Keys of maps as keys of objects.

use super::super::string::push_string;
use crate::column::text::{TextColumn, TextForm, refused};
use crate::error::Result;

/// Whether keys of this kind are object keys; others make an array of entries.
pub(super) fn is_object_key(column: &TextColumn<'_>) -> bool {
    column.form() != TextForm::Float && !column.is_binary()
}

/// Appends the key in quotes.
#[inline]
pub(super) fn push_key(column: &TextColumn<'_>, out: &mut Vec<u8>, row: usize) -> Result<()> {
    if column.form() == TextForm::Text {
        push_string(out, column.text(row).as_bytes());
        return Ok(());
    }
    out.push(b'"');
    column.push(out, row).map_err(refused)?;
    out.push(b'"');
    Ok(())
}
