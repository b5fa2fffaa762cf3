//! Sixteen and 64 bytes of text at once, with the vector instructions that every x86-64 machine has; by words elsewhere.

pub(super) const ONES: u64 = 0x0101_0101_0101_0101;
pub(super) const HIGH: u64 = 0x8080_8080_8080_8080;

/// A bit for each byte that is a quote, a backslash or a control character; the first byte is the lowest bit. Bits above
/// the lowest one mean nothing.
#[inline]
pub(super) fn specials(block: &[u8; 16]) -> u32 {
    #[cfg(all(target_arch = "x86_64", target_feature = "sse2"))]
    // SAFETY: this is compiled only where SSE2 is part of what the whole program is compiled for.
    let marks = unsafe { specials_sse2(block) };
    #[cfg(not(all(target_arch = "x86_64", target_feature = "sse2")))]
    let marks = specials_by_words(block);
    marks
}

#[cfg(all(target_arch = "x86_64", target_feature = "sse2"))]
#[target_feature(enable = "sse2")]
#[inline]
fn specials_sse2(block: &[u8; 16]) -> u32 {
    use std::arch::x86_64::{
        _mm_cmpeq_epi8, _mm_min_epu8, _mm_movemask_epi8, _mm_or_si128, _mm_set_epi64x, _mm_set1_epi8,
    };
    let bits = u128::from_le_bytes(*block);
    let bytes = _mm_set_epi64x((bits >> 64) as i64, bits as i64);
    let quotes = _mm_cmpeq_epi8(bytes, _mm_set1_epi8(b'"' as i8));
    let backslashes = _mm_cmpeq_epi8(bytes, _mm_set1_epi8(b'\\' as i8));
    let controls = _mm_cmpeq_epi8(_mm_min_epu8(bytes, _mm_set1_epi8(0x1f)), bytes);
    _mm_movemask_epi8(_mm_or_si128(_mm_or_si128(quotes, backslashes), controls)) as u32
}

/// As [`specials`], on any machine.
#[cfg(any(test, not(all(target_arch = "x86_64", target_feature = "sse2"))))]
#[inline]
fn specials_by_words(block: &[u8; 16]) -> u32 {
    let bits = u128::from_le_bytes(*block);
    let (low, high) = (special(bits as u64), special((bits >> 64) as u64));
    match (low, high) {
        (0, 0) => 0,
        (0, high) => 1 << (8 + high.trailing_zeros() / 8),
        (low, _) => 1 << (low.trailing_zeros() / 8),
    }
}

/// Where the bytes stand that make the structure of JSON: a bit for each of 64 bytes, the first is the lowest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Marks {
    /// `"`.
    pub quotes: u64,
    /// `\`.
    pub backslashes: u64,
    /// `{` and `[`.
    pub opens: u64,
    /// `}` and `]`.
    pub closes: u64,
    /// `,`.
    pub commas: u64,
}

impl Marks {
    /// Those of `block`.
    #[inline]
    pub fn of(block: &[u8; 64]) -> Self {
        #[cfg(all(target_arch = "x86_64", target_feature = "sse2"))]
        // SAFETY: this is compiled only where SSE2 is part of what the whole program is compiled for.
        let marks = unsafe { marks_sse2(block) };
        #[cfg(not(all(target_arch = "x86_64", target_feature = "sse2")))]
        let marks = marks_by_bytes(block);
        marks
    }
}

#[cfg(all(target_arch = "x86_64", target_feature = "sse2"))]
#[target_feature(enable = "sse2")]
#[inline]
fn marks_sse2(block: &[u8; 64]) -> Marks {
    use std::arch::x86_64::{__m128i, _mm_cmpeq_epi8, _mm_movemask_epi8, _mm_or_si128, _mm_set_epi64x, _mm_set1_epi8};
    let mut marks = Marks::default();
    for (index, part) in block.as_chunks::<16>().0.iter().enumerate() {
        let bits = u128::from_le_bytes(*part);
        let bytes = _mm_set_epi64x((bits >> 64) as i64, bits as i64);
        let mask = |bytes: __m128i, byte: u8| {
            let found = _mm_movemask_epi8(_mm_cmpeq_epi8(bytes, _mm_set1_epi8(byte as i8)));
            u64::from(found as u32) << (16 * index)
        };
        // Brackets and braces differ in this bit alone.
        let folded = _mm_or_si128(bytes, _mm_set1_epi8(0x20));
        marks.quotes |= mask(bytes, b'"');
        marks.backslashes |= mask(bytes, b'\\');
        marks.opens |= mask(folded, b'{');
        marks.closes |= mask(folded, b'}');
        marks.commas |= mask(bytes, b',');
    }
    marks
}

/// As [`Marks::of`], on any machine.
#[cfg(any(test, not(all(target_arch = "x86_64", target_feature = "sse2"))))]
fn marks_by_bytes(block: &[u8; 64]) -> Marks {
    let mask = |is: fn(u8) -> bool| {
        block.iter().enumerate().fold(0, |mask, (index, byte)| mask | u64::from(is(*byte)) << index)
    };
    Marks {
        quotes: mask(|byte| byte == b'"'),
        backslashes: mask(|byte| byte == b'\\'),
        opens: mask(|byte| byte == b'{' || byte == b'['),
        closes: mask(|byte| byte == b'}' || byte == b']'),
        commas: mask(|byte| byte == b','),
    }
}

/// Marks (with the high bit of its byte) the first byte that is a quote, a backslash or a control character. Bits
/// above the first mark mean nothing.
#[inline]
pub(super) fn special(word: u64) -> u64 {
    let quote = word ^ (ONES * b'"' as u64);
    let backslash = word ^ (ONES * b'\\' as u64);
    let control = word.wrapping_sub(ONES * 0x20) & !word;
    ((quote.wrapping_sub(ONES) & !quote) | (backslash.wrapping_sub(ONES) & !backslash) | control) & HIGH
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn structure_is_found_alike_on_any_machine(
            bytes in prop::collection::vec(prop_oneof![any::<u8>(), prop::sample::select(&b"\"\\{}[],{\x5c\x7f"[..])], 64),
        ) {
            let block: [u8; 64] = bytes.try_into().unwrap();
            prop_assert_eq!(Marks::of(&block), marks_by_bytes(&block));
        }

        #[test]
        fn blocks_are_searched_alike_on_any_machine(block: [u8; 16], quote in 0_usize..16, plain: bool) {
            let mut block = block;
            if plain {
                block.iter_mut().for_each(|byte| *byte = (*byte).max(b']'));
                block[quote] = b'"';
            }
            let wanted = block.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..=0x1f));
            for marks in [specials(&block), specials_by_words(&block)] {
                prop_assert_eq!((marks != 0).then(|| marks.trailing_zeros() as usize), wanted);
            }
        }
    }
}
