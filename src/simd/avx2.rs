//! Blocks as two halves of 32 bytes, on CPUs with AVX2.

use std::arch::x86_64::{
    __m256i, _mm256_cmpeq_epi8, _mm256_loadu_si256, _mm256_min_epu8, _mm256_movemask_epi8, _mm256_or_si256,
    _mm256_set1_epi8, _mm256_setzero_si256,
};

use super::{BLOCK, Find, Job};

/// Only [`run`] makes one.
#[derive(Clone, Copy)]
struct Avx2;

/// Whether the CPU has what [`run`] is compiled with.
#[inline]
pub(super) fn is_here() -> bool {
    is_x86_feature_detected!("avx2")
        && is_x86_feature_detected!("bmi1")
        && is_x86_feature_detected!("bmi2")
        && is_x86_feature_detected!("popcnt")
}

#[target_feature(enable = "avx2,bmi1,bmi2,popcnt")]
pub(super) fn run<J: Job>(job: J) -> J::Out {
    job.run(Avx2)
}

impl Find for Avx2 {
    #[inline(always)]
    fn mask<const CONTROLS: bool, const N: usize>(self, block: &[u8; BLOCK], bytes: [u8; N]) -> u64 {
        let (low, high) = block.split_at(BLOCK / 2);
        // SAFETY: an `Avx2` is made only where the CPU has AVX2. Both halves are 32 bytes long, and the load has no
        // alignment to keep.
        let (low, high) = unsafe {
            let low = found::<CONTROLS, N>(_mm256_loadu_si256(low.as_ptr().cast()), bytes);
            let high = found::<CONTROLS, N>(_mm256_loadu_si256(high.as_ptr().cast()), bytes);
            (_mm256_movemask_epi8(low), _mm256_movemask_epi8(high))
        };
        u64::from(low.cast_unsigned()) | u64::from(high.cast_unsigned()) << 32
    }
}

/// All bits of each byte that is looked for.
#[inline]
#[target_feature(enable = "avx2")]
fn found<const CONTROLS: bool, const N: usize>(text: __m256i, bytes: [u8; N]) -> __m256i {
    let mut found = match CONTROLS {
        true => _mm256_cmpeq_epi8(_mm256_min_epu8(text, _mm256_set1_epi8(0x1f)), text),
        false => _mm256_setzero_si256(),
    };
    for byte in bytes {
        found = _mm256_or_si256(found, _mm256_cmpeq_epi8(text, _mm256_set1_epi8(byte.cast_signed())));
    }
    found
}
