//! Blocks as one vector of 64 bytes, on CPUs with AVX-512: a comparison gives the bits at once.

use std::arch::x86_64::{
    __m512i, _mm512_cmpeq_epi8_mask, _mm512_cmplt_epu8_mask, _mm512_loadu_si512, _mm512_set1_epi8,
};

use super::{BLOCK, Find, Job};

/// Only [`run`] makes one.
#[derive(Clone, Copy)]
struct Avx512;

/// Whether the CPU has what [`run`] is compiled with. VBMI2 is not used: CPUs without it have AVX-512 but run slower for
/// a while after each use of it.
#[inline]
pub(super) fn is_here() -> bool {
    is_x86_feature_detected!("avx512bw")
        && is_x86_feature_detected!("avx512vbmi2")
        && is_x86_feature_detected!("bmi1")
        && is_x86_feature_detected!("bmi2")
        && is_x86_feature_detected!("popcnt")
}

#[target_feature(enable = "avx512bw,bmi1,bmi2,popcnt")]
pub(super) fn run<J: Job>(job: J) -> J::Out {
    job.run(Avx512)
}

impl Find for Avx512 {
    #[inline(always)]
    fn mask<const CONTROLS: bool, const N: usize>(self, block: &[u8; BLOCK], bytes: [u8; N]) -> u64 {
        // SAFETY: an `Avx512` is made only where the CPU has AVX-512BW. The block is 64 bytes long, and the load has no
        // alignment to keep.
        unsafe { found::<CONTROLS, N>(_mm512_loadu_si512(block.as_ptr().cast()), bytes) }
    }
}

/// A bit for each byte that is looked for.
#[inline]
#[target_feature(enable = "avx512bw")]
fn found<const CONTROLS: bool, const N: usize>(text: __m512i, bytes: [u8; N]) -> u64 {
    let mut found = match CONTROLS {
        true => _mm512_cmplt_epu8_mask(text, _mm512_set1_epi8(0x20)),
        false => 0,
    };
    for byte in bytes {
        found |= _mm512_cmpeq_epi8_mask(text, _mm512_set1_epi8(byte.cast_signed()));
    }
    found
}
