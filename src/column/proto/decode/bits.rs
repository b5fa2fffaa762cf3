//! Bits under construction: which rows are set, and booleans. Rows that are not set cost nothing but their place.

use arrow_buffer::{BooleanBuffer, Buffer};

/// Bits, the first one lowest.
#[derive(Default)]
pub struct Bits {
    /// As many words as the bits need; bits behind the last one are zero.
    words: Vec<u64>,
    len: usize,
}

impl Bits {
    /// Makes room for `rows` bits.
    pub fn reserve(&mut self, rows: usize) {
        self.words.reserve(rows.div_ceil(64));
    }

    /// Adds a bit.
    #[inline]
    pub fn push(&mut self, bit: bool) {
        let (word, place) = (self.len / 64, self.len % 64);
        if word == self.words.len() {
            self.words.push(0);
        }
        self.words[word] |= u64::from(bit) << place;
        self.len += 1;
    }

    /// Adds zeros up to `len` bits.
    pub fn grow(&mut self, len: usize) {
        self.words.resize(len.div_ceil(64), 0);
        self.len = len;
    }

    /// Sets a bit that is there.
    pub fn set(&mut self, at: usize, bit: bool) {
        let word = &mut self.words[at / 64];
        *word = *word & !(1 << (at % 64)) | u64::from(bit) << (at % 64);
    }

    /// Forgets bits from `len` on.
    pub fn truncate(&mut self, len: usize) {
        if len >= self.len {
            return;
        }
        self.words.truncate(len.div_ceil(64));
        if let Some(last) = self.words.last_mut().filter(|_| !len.is_multiple_of(64)) {
            *last &= (1 << (len % 64)) - 1;
        }
        self.len = len;
    }

    /// All of them.
    pub fn finish(self) -> BooleanBuffer {
        // Buffers hold bits in bytes, the lowest first.
        let words: Vec<u64> =
            if cfg!(target_endian = "big") { self.words.into_iter().map(u64::to_le).collect() } else { self.words };
        let bytes = Buffer::from_vec(words).slice_with_length(0, self.len.div_ceil(8));
        BooleanBuffer::new(bytes, 0, self.len)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn bits_are_those_of_a_plain_list(steps in prop::collection::vec((0u8..4, any::<bool>(), 0usize..200), 0..60)) {
            let (mut bits, mut plain) = (Bits::default(), Vec::<bool>::new());
            for (what, bit, number) in steps {
                match what {
                    0 => {
                        for _ in 0..number {
                            bits.push(bit);
                            plain.push(bit);
                        }
                    }
                    1 => {
                        bits.grow(plain.len() + number);
                        plain.resize(plain.len() + number, false);
                    }
                    2 => {
                        bits.truncate(number);
                        plain.truncate(number);
                    }
                    _ if plain.is_empty() => {}
                    _ => {
                        let at = number % plain.len();
                        bits.set(at, bit);
                        plain[at] = bit;
                    }
                }
            }
            prop_assert_eq!(bits.finish().iter().collect::<Vec<_>>(), plain);
        }
    }
}
