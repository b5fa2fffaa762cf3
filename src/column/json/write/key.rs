//! Keys of maps as keys of objects.

use super::super::string::push_string;
use super::scalar::{Form, Scalar};
use crate::error::Result;

/// Whether keys of this kind are object keys; others make an array of entries.
pub(super) fn is_object_key(scalar: &Scalar<'_>) -> bool {
    !matches!(scalar, Scalar::Float16(_) | Scalar::Float32(_) | Scalar::Float64(_) | Scalar::Binary(_))
}

/// Appends the key in quotes.
#[inline]
pub(super) fn push_key(scalar: &Scalar<'_>, out: &mut Vec<u8>, row: usize) -> Result<()> {
    if scalar.form() == Form::Text {
        push_string(out, scalar.text(row));
        return Ok(());
    }
    out.push(b'"');
    scalar.push(out, row)?;
    out.push(b'"');
    Ok(())
}
