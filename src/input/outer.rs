//! The compression that the name of a source announces, and the one that its bytes have.

use super::outer_extension;
use crate::error::{Error, Result};
use crate::format::{Format, Sniff};
use crate::source::Source;

/// What is told of a source whose name announces another compression than it has.
///
/// # Errors
/// `Malformed` if its bytes are neither that nor anything else that is known: a damaged archive is no text.
pub(super) fn told(source: &Source, format: &dyn Format) -> Result<Option<String>> {
    let Some(named) = source.as_path().and_then(outer_extension) else { return Ok(None) };
    let (name, found) = (source.name(), source.codec()?);
    match found {
        Some(found) if found == named => return Ok(None),
        // Frames that are skipped and no other: as they begin in both, there is nothing in either.
        Some(found) if source.head()?.is_empty() && found.shares_frames_with(named) => return Ok(None),
        Some(found) => {
            let found = found.extension();
            return Ok(Some(format!("{name} holds {found} data, whatever its name says")));
        }
        None => {}
    }
    let head = source.head()?;
    if format.sniff(&head) >= Sniff::Likely || is_text(&head) {
        return Ok(Some(format!("{name} is not compressed, whatever its name says")));
    }
    let extension = named.extension();
    Err(Error::malformed(format!("this is no {extension} data: it is damaged at its start, cut off, or named wrongly"))
        .in_source(name)
        .with_hint(format!("if it is not compressed, leave .{extension} out of its name")))
}

/// Whether bytes look like text, in whatever encoding.
fn is_text(head: &[u8]) -> bool {
    !head.iter().any(|byte| matches!(byte, 0..=8 | 0x0e..=0x1a | 0x1c..=0x1f | 0x7f))
}
