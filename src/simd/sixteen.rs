//! Sixteen bytes: with SSE2 or NEON, which are part of x86-64 and of 64-bit Arm, so nothing has to be asked; as two words
//! elsewhere.

use super::words;

/// A bit for each byte of `block` that is one of `bytes` or, with `CONTROLS`, a control character: below 0x20.
#[inline(always)]
pub fn mask<const CONTROLS: bool, const N: usize>(block: &[u8; 16], bytes: [u8; N]) -> u32 {
    #[cfg(all(target_arch = "x86_64", target_feature = "sse2"))]
    // SAFETY: this is compiled only where SSE2 is part of what the whole program is compiled for.
    let mask = unsafe { mask_sse2::<CONTROLS, N>(block, bytes) };
    #[cfg(all(target_arch = "aarch64", target_endian = "little"))]
    // SAFETY: NEON is part of what the whole program is compiled for, on every 64-bit Arm that has the standard library.
    let mask = unsafe { super::neon::mask_16::<CONTROLS, N>(block, bytes) };
    #[cfg(not(any(
        all(target_arch = "x86_64", target_feature = "sse2"),
        all(target_arch = "aarch64", target_endian = "little")
    )))]
    let mask = mask_by_words::<CONTROLS, N>(block, bytes);
    mask
}

#[cfg(all(target_arch = "x86_64", target_feature = "sse2"))]
#[target_feature(enable = "sse2")]
#[inline]
fn mask_sse2<const CONTROLS: bool, const N: usize>(block: &[u8; 16], bytes: [u8; N]) -> u32 {
    use std::arch::x86_64::{
        _mm_cmpeq_epi8, _mm_min_epu8, _mm_movemask_epi8, _mm_or_si128, _mm_set_epi64x, _mm_set1_epi8, _mm_setzero_si128,
    };
    let bits = u128::from_le_bytes(*block);
    let text = _mm_set_epi64x((bits >> 64) as i64, bits as i64);
    let mut found = match CONTROLS {
        true => _mm_cmpeq_epi8(_mm_min_epu8(text, _mm_set1_epi8(0x1f)), text),
        false => _mm_setzero_si128(),
    };
    for byte in bytes {
        found = _mm_or_si128(found, _mm_cmpeq_epi8(text, _mm_set1_epi8(byte.cast_signed())));
    }
    _mm_movemask_epi8(found).cast_unsigned()
}

/// As [`mask`], on any machine.
#[allow(dead_code, reason = "the twin that vectors are compared with, on machines that have them")]
#[inline]
pub(super) fn mask_by_words<const CONTROLS: bool, const N: usize>(block: &[u8; 16], bytes: [u8; N]) -> u32 {
    let bits = u128::from_le_bytes(*block);
    let (low, high) = (bits as u64, (bits >> 64) as u64);
    (words::mask::<CONTROLS, N>(low, bytes) | words::mask::<CONTROLS, N>(high, bytes) << 8) as u32
}
