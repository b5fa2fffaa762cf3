//! All places of some bytes in a text.

use super::{BLOCK, Find, Job, run};

/// Bytes to look for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// These; fewer of them are given by one of them again.
    pub bytes: [u8; 4],
    /// Control characters as well: bytes below 0x20.
    pub controls: bool,
}

impl Wanted {
    /// Whether a byte is one of them.
    #[inline]
    pub fn is(&self, byte: u8) -> bool {
        self.bytes.contains(&byte) || (self.controls && byte < 0x20)
    }

    /// Whether there is one in `text`.
    pub fn any(&self, text: &[u8]) -> bool {
        let mut any = false;
        self.each(text, |_| {
            any = true;
            false
        });
        any
    }

    /// Calls `found` with the place of each of them in `text`, the first one first, until it says no.
    #[inline]
    pub fn each(&self, text: &[u8], mut found: impl FnMut(usize) -> bool) {
        let (blocks, rest) = text.as_chunks::<BLOCK>();
        let goes_on = match self.controls {
            true => run(Each::<true, _> { bytes: self.bytes, blocks, found: &mut found }),
            false => run(Each::<false, _> { bytes: self.bytes, blocks, found: &mut found }),
        };
        if goes_on {
            let rest = rest.iter().enumerate().filter(|(_, byte)| self.is(**byte));
            let _ = rest.map(|(index, _)| blocks.len() * BLOCK + index).all(found);
        }
    }
}

struct Each<'a, const CONTROLS: bool, G> {
    bytes: [u8; 4],
    blocks: &'a [[u8; BLOCK]],
    found: &'a mut G,
}

impl<const CONTROLS: bool, G: FnMut(usize) -> bool> Job for Each<'_, CONTROLS, G> {
    /// Whether all blocks were looked at.
    type Out = bool;

    #[inline(always)]
    fn run<F: Find>(self, find: F) -> bool {
        for (index, block) in self.blocks.iter().enumerate() {
            let mut mask = find.mask::<CONTROLS, 4>(block, self.bytes);
            while mask != 0 {
                if !(self.found)(index * BLOCK + mask.trailing_zeros() as usize) {
                    return false;
                }
                mask &= mask - 1;
            }
        }
        true
    }
}
