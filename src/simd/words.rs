//! Blocks as eight words, on any CPU: the twin that vectors are compared with.

use super::word::{self, ONES};
use super::{BLOCK, Find};

/// Eight bytes at a time.
#[derive(Clone, Copy, Debug)]
pub(super) struct Words;

impl Find for Words {
    #[inline(always)]
    fn mask<const CONTROLS: bool, const N: usize>(self, block: &[u8; BLOCK], bytes: [u8; N]) -> u64 {
        let (words, _) = block.as_chunks::<8>();
        let masks = words.iter().map(|word| mask::<CONTROLS, N>(u64::from_le_bytes(*word), bytes));
        masks.enumerate().fold(0, |all, (index, mask)| all | mask << (8 * index))
    }
}

/// Eight bits: one for each byte of `text` that is looked for.
#[inline(always)]
pub(super) fn mask<const CONTROLS: bool, const N: usize>(text: u64, bytes: [u8; N]) -> u64 {
    let mut found = if CONTROLS { word::controls(text) } else { 0 };
    for byte in bytes {
        found |= word::zeros(text ^ (ONES * u64::from(byte)));
    }
    // The high bits of the bytes, side by side.
    (found >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56
}
