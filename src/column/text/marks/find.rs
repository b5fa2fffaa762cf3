//! Finds bytes that mean something, 64 at a time: with AVX2 where the CPU has it, else byte by byte.

/// Bytes to look for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// These.
    pub bytes: [u8; 4],
    /// Control characters: bytes below 0x20.
    pub controls: bool,
}

impl Wanted {
    /// Whether a byte is one of them.
    #[inline]
    pub fn is(&self, byte: u8) -> bool {
        self.bytes.contains(&byte) || (self.controls && byte < 0x20)
    }

    /// Whether there is one among `bytes`.
    pub fn any(&self, bytes: &[u8]) -> bool {
        let (blocks, rest) = bytes.as_chunks::<BLOCK>();
        rest.iter().any(|byte| self.is(*byte)) || next(blocks, 0, *self).is_some()
    }
}

/// Bytes looked at together.
pub const BLOCK: usize = 64;

/// The first block from `from` on that holds a wanted byte, and a bit for each of them, the first lowest.
#[inline]
pub fn next(blocks: &[[u8; BLOCK]], from: usize, wanted: Wanted) -> Option<(usize, u64)> {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") {
        // SAFETY: the CPU has AVX2.
        return unsafe { avx2::next(blocks, from, wanted) };
    }
    next_one_by_one(blocks, from, wanted)
}

fn next_one_by_one(blocks: &[[u8; BLOCK]], from: usize, wanted: Wanted) -> Option<(usize, u64)> {
    let marks =
        |block: &[u8; BLOCK]| block.iter().rev().fold(0, |marks, byte| marks << 1 | u64::from(wanted.is(*byte)));
    let mut rest = blocks.iter().enumerate().skip(from);
    rest.find_map(|(index, block)| Some((index, marks(block))).filter(|(_, marks)| *marks != 0))
}

#[cfg(target_arch = "x86_64")]
mod avx2 {
    use std::arch::x86_64::*;

    use super::{BLOCK, Wanted};

    #[target_feature(enable = "avx2")]
    pub(super) fn next(blocks: &[[u8; BLOCK]], from: usize, wanted: Wanted) -> Option<(usize, u64)> {
        match wanted.controls {
            true => next_with::<true>(blocks, from, wanted.bytes),
            false => next_with::<false>(blocks, from, wanted.bytes),
        }
    }

    #[target_feature(enable = "avx2")]
    fn next_with<const CONTROLS: bool>(blocks: &[[u8; BLOCK]], from: usize, bytes: [u8; 4]) -> Option<(usize, u64)> {
        let [a, b, c, d] = bytes;
        let wanted = [
            _mm256_set1_epi8(a as i8),
            _mm256_set1_epi8(b as i8),
            _mm256_set1_epi8(c as i8),
            _mm256_set1_epi8(d as i8),
        ];
        for (index, block) in blocks.iter().enumerate().skip(from) {
            let start = block.as_ptr().cast::<__m256i>();
            // SAFETY: a block has 64 bytes, twice the 32 that are loaded; a load without alignment needs none.
            let (low, high) = unsafe { (_mm256_loadu_si256(start), _mm256_loadu_si256(start.add(1))) };
            let (low, high) = (marks::<CONTROLS>(low, &wanted), marks::<CONTROLS>(high, &wanted));
            if _mm256_testz_si256(_mm256_or_si256(low, high), _mm256_set1_epi8(-1)) == 0 {
                let bits = |marks: u32, shift: u32| u64::from(marks) << shift;
                let (low, high) = (_mm256_movemask_epi8(low) as u32, _mm256_movemask_epi8(high) as u32);
                return Some((index, bits(low, 0) | bits(high, 32)));
            }
        }
        None
    }

    /// All bits of each byte that is wanted.
    #[inline]
    #[target_feature(enable = "avx2")]
    fn marks<const CONTROLS: bool>(bytes: __m256i, wanted: &[__m256i; 4]) -> __m256i {
        let [a, b, c, d] = wanted;
        let first = _mm256_or_si256(_mm256_cmpeq_epi8(bytes, *a), _mm256_cmpeq_epi8(bytes, *b));
        let other = _mm256_or_si256(_mm256_cmpeq_epi8(bytes, *c), _mm256_cmpeq_epi8(bytes, *d));
        let marks = _mm256_or_si256(first, other);
        if !CONTROLS {
            return marks;
        }
        let below = _mm256_cmpeq_epi8(_mm256_min_epu8(bytes, _mm256_set1_epi8(0x1f)), bytes);
        _mm256_or_si256(marks, below)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn vectors_find_what_one_by_one_finds(
            bytes in proptest::collection::vec(prop_oneof![9 => Just(b'x'), 1 => proptest::num::u8::ANY], 0..700),
            needles in proptest::num::u8::ANY.prop_flat_map(|a| (Just(a), proptest::num::u8::ANY)),
            controls in proptest::bool::ANY,
        ) {
            let wanted = Wanted { bytes: [needles.0, needles.1, b'"', b'\\'], controls };
            let (blocks, _) = bytes.as_chunks::<BLOCK>();
            for from in 0..=blocks.len() + 1 {
                prop_assert_eq!(next(blocks, from, wanted), next_one_by_one(blocks, from, wanted));
            }
            prop_assert_eq!(wanted.any(&bytes), bytes.iter().any(|byte| wanted.is(*byte)));
        }
    }

    #[test]
    fn every_byte_at_every_place() {
        for wanted in [
            Wanted { bytes: *b"\"\\\"\\", controls: true },
            Wanted { bytes: *b",\"\n\r", controls: false },
            Wanted { bytes: [0, 0xff, 0x80, 0x7f], controls: false },
        ] {
            for byte in 0..=255 {
                for place in 0..BLOCK {
                    let mut block = [b'x'; BLOCK];
                    block[place] = byte;
                    let expected = wanted.is(byte).then_some((0, 1 << place));
                    assert_eq!(next(&[block], 0, wanted), expected, "{byte} at {place}");
                    assert_eq!(next_one_by_one(&[block], 0, wanted), expected);
                }
            }
        }
    }
}
