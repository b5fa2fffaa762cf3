//! All places of some bytes in a text.

use std::ops::Range;

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

    /// Calls `found` with the number of each of `texts` that has one of them. A text is a range of the bytes it lies in:
    /// short ones are cheapest where there are more bytes behind them.
    pub fn texts<'a>(&self, texts: impl Iterator<Item = (&'a [u8], Range<usize>)>, found: impl FnMut(usize)) {
        match self.controls {
            true => run(Texts::<true, _, _> { bytes: self.bytes, texts, found }),
            false => run(Texts::<false, _, _> { bytes: self.bytes, texts, found }),
        }
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

struct Texts<const CONTROLS: bool, I, G> {
    bytes: [u8; 4],
    texts: I,
    found: G,
}

impl<'a, const CONTROLS: bool, I: Iterator<Item = (&'a [u8], Range<usize>)>, G: FnMut(usize)> Job
    for Texts<CONTROLS, I, G>
{
    type Out = ();

    #[inline(always)]
    fn run<F: Find>(mut self, find: F) {
        for (index, (bytes, place)) in self.texts.enumerate() {
            let rest = bytes.get(place.start..).unwrap_or_default();
            let text = rest.get(..place.len()).unwrap_or_default();
            let mask = |block: &[u8; BLOCK]| find.mask::<CONTROLS, 4>(block, self.bytes);
            let any = match (text.last_chunk(), rest.first_chunk()) {
                // The last block laps over the one before.
                (Some(last), _) => mask(last) != 0 || text.as_chunks().0.iter().any(|block| mask(block) != 0),
                (None, Some(block)) => mask(block) & ((1 << text.len()) - 1) != 0,
                (None, None) => {
                    let mut block = [0; BLOCK];
                    block[..text.len()].copy_from_slice(text);
                    mask(&block) & ((1 << text.len()) - 1) != 0
                }
            };
            if any {
                (self.found)(index);
            }
        }
    }
}
