//! Rows of text behind one another: the usual ones with little effort each, the others with care.

use super::put;
use crate::error::Result;

/// Room made at once. Small, so that it is still in the nearest cache when it is written.
const ROOM: usize = 32 << 10;
/// Room that a row finds at least; a longer one may have to be pushed.
const LEAST: usize = 8 << 10;
/// Rows after which the length of the others is estimated.
const SAMPLE: usize = 64;

/// Writes `rows` rows into `piece` from `end` on, and moves `end` to theirs; what lies behind it is room, and means
/// nothing. `put` puts a row into the room behind its second argument and returns where it ends; if it does not
/// (`None`), `push` appends the row to an empty vector. Both get the length of the piece so far.
///
/// # Errors
/// Those of `push`: then `end` is that of the row before.
pub fn append(
    piece: &mut Vec<u8>,
    end: &mut usize,
    rows: usize,
    mut put: impl FnMut(&mut [u8], usize, usize) -> Option<usize>,
    mut push: impl FnMut(&mut Vec<u8>, usize, usize) -> Result<()>,
) -> Result<()> {
    let start = *end;
    let mut at = start;
    let mut other = Vec::new();
    let mut outcome = Ok(());
    for row in 0..rows {
        if row == SAMPLE {
            let each = (at - start).div_ceil(SAMPLE);
            let more = (rows - row).saturating_mul(each + each / 16) + ROOM;
            piece.reserve(more.saturating_sub(piece.len() - at));
        }
        if piece.len() - at < LEAST {
            piece.resize(at + ROOM, 0);
        }
        if let Some(end) = put(piece, at, row) {
            at = end;
            continue;
        }
        other.clear();
        outcome = push(&mut other, at, row);
        if outcome.is_err() {
            break;
        }
        at = put::bytes(piece, at, &other).unwrap_or_else(|| {
            piece.truncate(at);
            piece.extend_from_slice(&other);
            piece.len()
        });
    }
    *end = at;
    outcome
}

#[cfg(test)]
mod tests;
