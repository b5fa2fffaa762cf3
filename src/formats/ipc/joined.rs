//! Two files, one behind the other (`cat a.arrow b.arrow`): the end is that of the second, and the places that its footer
//! names are counted from where it begins, not from where the first one does.

use super::message::MAGIC;
use crate::error::{Error, Result};
use crate::source::{Blob, read_error};

/// Behind its last message a file has the mark of its end and padding at most.
const SLACK: u64 = 256;
/// How far is looked where no message says where the last one ends.
const SLACK_OF_NONE: u64 = 1 << 20;
/// The end of a file and the begin of another.
const JOINT: &[u8] = b"ARROW1ARROW1\0\0";

/// Fails if another file stands in front of the one whose footer begins at `footer`. `last`: where its last message ends,
/// as the footer says it. Nothing is read of files that have no gap there.
pub(super) fn check(blob: &Blob, last: Option<u64>, footer: u64) -> Result<()> {
    let slack = if last.is_some() { SLACK } else { SLACK_OF_NONE };
    let Some(gap) = footer.checked_sub(last.unwrap_or_default()).filter(|gap| *gap > 16) else { return Ok(()) };
    let magic = MAGIC.len() as u64;
    let from = gap.saturating_sub(slack).saturating_sub(magic);
    let to = (gap + JOINT.len() as u64).min(footer);
    let length = to.saturating_sub(from) as usize;
    let bytes = blob.slice(from, length).map_err(|error| read_error(error, from))?;
    let Some(at) = bytes.windows(JOINT.len()).rposition(|window| window == JOINT) else { return Ok(()) };
    let begin = from + at as u64 + magic;
    Err(Error::malformed(format!("two Arrow files, one behind the other: the second begins at byte {begin}"))
        .at_byte(begin)
        .with_hint("cut them apart there; several files are read as one when they are named one by one"))
}
