//! Skippable frames: bytes for other programs between the frames of a zstd or LZ4 file (RFC 8878, 3.1.2; the frame format
//! of LZ4 has the same). pzstd puts one in front of each frame, so that a file may begin with any number of them, and
//! only what stands behind says what it is.

use std::io;

use super::{OuterCodec, detect};
use crate::source::Blob;

/// The magic, and how many bytes follow.
const HEAD_BYTES: u64 = 8;

/// What stands behind the skippable frames with which a file begins.
#[derive(Clone, Copy)]
pub(in crate::source) enum Behind {
    /// A frame with data, and where.
    Frame(OuterCodec, u64),
    /// The end: there is no data, by either codec.
    Nothing,
    /// Nothing of that kind, or a frame is longer than what is there.
    Other,
}

/// Whether a frame that begins so is to be skipped.
pub(super) fn is_magic(magic: [u8; 4]) -> bool {
    matches!(magic, [0x50..=0x5f, 0x2a, 0x4d, 0x18])
}

/// How many bytes follow the head, if a skippable frame begins so.
pub(in crate::source) fn length(head: &[u8]) -> Option<u64> {
    let (magic, length) = (*head.first_chunk::<4>()?, *head.get(4..)?.first_chunk::<4>()?);
    is_magic(magic).then(|| u32::from_le_bytes(length).into())
}

/// Whether a file of these bytes ends within the head of a skippable frame.
pub(super) fn is_cut_in(bytes: &[u8]) -> bool {
    let mut magic = [0x50, 0x2a, 0x4d, 0x18];
    let known = bytes.len().min(magic.len());
    magic[..known].copy_from_slice(&bytes[..known]);
    (bytes.len() as u64) < HEAD_BYTES && is_magic(magic)
}

/// Passes over the skippable frames at the start. Their lengths are those of what is there, or nothing is known.
pub(in crate::source) fn behind(blob: &Blob) -> io::Result<Behind> {
    let mut at = 0;
    while at < blob.len() {
        let left = blob.len() - at;
        let head = blob.slice(at, left.min(HEAD_BYTES) as usize)?;
        match length(&head) {
            Some(length) if length <= left - HEAD_BYTES => at += HEAD_BYTES + length,
            Some(_) => return Ok(Behind::Other),
            None => {
                return Ok(match detect(&head) {
                    Some(codec @ (OuterCodec::Zstd | OuterCodec::Lz4)) => Behind::Frame(codec, at),
                    _ => Behind::Other,
                });
            }
        }
    }
    Ok(Behind::Nothing)
}
