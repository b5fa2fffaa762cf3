//! Where bytes stand, 64 bytes at a time: a bit for each byte, the first byte in the lowest bit.
//!
//! [`run`] runs a job with the widest comparison that the CPU has. A job is written once, over [`Equal`]; both
//! implementations give the same masks.

/// Bytes looked at together.
pub(super) const BLOCK: usize = 64;

/// Compares the bytes of a block.
pub(super) trait Equal: Copy {
    /// A bit for each byte of `block` that is `byte`.
    fn mask(self, block: &[u8; BLOCK], byte: u8) -> u64;
}

/// Work that looks at blocks.
pub(super) trait Job {
    /// What comes out.
    type Out;
    /// Does the work. Implementations are `#[inline(always)]`, so that they are compiled for the CPU that `equal` is
    /// for.
    fn run<E: Equal>(self, equal: E) -> Self::Out;
}

/// Runs `job` with the widest comparison that the CPU has.
#[inline]
pub(super) fn run<J: Job>(job: J) -> J::Out {
    #[cfg(target_arch = "x86_64")]
    if avx2::is_here() {
        // SAFETY: the CPU has the features that `avx2::run` is compiled with: just asked.
        return unsafe { avx2::run(job) };
    }
    job.run(Words)
}

/// For each byte the parity of the bits up to and with it: what lies between quotes.
#[inline(always)]
pub(super) fn parity(bits: u64) -> u64 {
    let mut parity = bits ^ (bits << 1);
    parity ^= parity << 2;
    parity ^= parity << 4;
    parity ^= parity << 8;
    parity ^= parity << 16;
    parity ^ (parity << 32)
}

/// The block at `at`, with zeros behind the end, and a bit for each byte that is there.
#[inline(always)]
pub(super) fn block_at<'a>(bytes: &'a [u8], at: usize, room: &'a mut [u8; BLOCK]) -> (&'a [u8; BLOCK], u64) {
    let rest = bytes.get(at..).unwrap_or_default();
    match rest.first_chunk() {
        Some(block) => (block, u64::MAX),
        None => {
            *room = [0; BLOCK];
            room.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
            (room, (1 << rest.len()) - 1)
        }
    }
}

/// Eight bytes at a time in a register of any CPU: the twin that the others are compared with.
#[derive(Clone, Copy, Debug)]
pub(super) struct Words;

impl Equal for Words {
    #[inline(always)]
    fn mask(self, block: &[u8; BLOCK], byte: u8) -> u64 {
        const LOW: u64 = 0x7f7f_7f7f_7f7f_7f7f;
        let needle = 0x0101_0101_0101_0101 * u64::from(byte);
        let (words, _) = block.as_chunks::<8>();
        let mut mask = 0;
        for (index, word) in words.iter().enumerate() {
            let word = u64::from_le_bytes(*word) ^ needle;
            // The high bit of each byte that is zero, exactly; then these bits side by side.
            let zeros = !(((word & LOW) + LOW) | word | LOW);
            mask |= ((zeros >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56) << (index * 8);
        }
        mask
    }
}

#[cfg(target_arch = "x86_64")]
mod avx2 {
    use std::arch::x86_64::{_mm256_cmpeq_epi8, _mm256_loadu_si256, _mm256_movemask_epi8, _mm256_set1_epi8};

    use super::{BLOCK, Equal, Job};

    /// 32 bytes at a time. Only [`run`] makes one.
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

    impl Equal for Avx2 {
        #[inline(always)]
        fn mask(self, block: &[u8; BLOCK], byte: u8) -> u64 {
            let (low, high) = block.split_at(BLOCK / 2);
            // SAFETY: an `Avx2` is made only where the CPU has AVX2. Both halves are 32 bytes long, and the load has
            // no alignment to keep.
            unsafe {
                let needle = _mm256_set1_epi8(byte.cast_signed());
                let low = _mm256_cmpeq_epi8(_mm256_loadu_si256(low.as_ptr().cast()), needle);
                let high = _mm256_cmpeq_epi8(_mm256_loadu_si256(high.as_ptr().cast()), needle);
                let (low, high) = (_mm256_movemask_epi8(low), _mm256_movemask_epi8(high));
                u64::from(low.cast_unsigned()) | u64::from(high.cast_unsigned()) << 32
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    struct Masks<'a>(&'a [u8; BLOCK], u8);

    impl Job for Masks<'_> {
        type Out = u64;
        #[inline(always)]
        fn run<E: Equal>(self, equal: E) -> u64 {
            equal.mask(self.0, self.1)
        }
    }

    proptest! {
        #[test]
        fn masks_say_where_a_byte_stands(text in proptest::collection::vec(any::<u8>(), 0..80), few: bool, byte: u8) {
            let text: Vec<u8> = if few { text.iter().map(|it| byte.wrapping_add(it % 4)) .collect() } else { text };
            let (mut room, mut at) = ([7; BLOCK], 0);
            loop {
                let (block, there) = block_at(&text, at, &mut room);
                let expected = (0..BLOCK).filter(|bit| text.get(at + bit) == Some(&byte)).fold(0, |mask, bit| mask | 1 << bit);
                prop_assert_eq!(Masks(block, byte).run(Words) & there, expected);
                prop_assert_eq!(run(Masks(block, byte)) & there, expected);
                prop_assert_eq!(there.count_ones() as usize, (text.len() - at).min(BLOCK));
                at += BLOCK;
                if at > text.len() {
                    break;
                }
            }
        }

        #[test]
        fn parity_is_of_all_bits_up_to_each(bits: u64) {
            let expected = (0..64).filter(|bit| (bits << (63 - bit)).count_ones() % 2 == 1).fold(0, |mask, bit| mask | 1_u64 << bit);
            prop_assert_eq!(parity(bits), expected);
        }
    }
}
