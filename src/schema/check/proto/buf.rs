//! Rules of buf.

use crate::error::Result;

pub(in super::super) fn check_names(_: &[String]) -> Result<()> {
    Ok(())
}
