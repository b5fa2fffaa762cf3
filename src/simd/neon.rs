//! Vectors of 16 bytes on 64-bit Arm, whose CPUs all have them: nothing has to be asked.

use std::arch::aarch64::{
    uint8x16_t, vandq_u8, vceqq_u8, vcltq_u8, vcombine_u8, vcreate_u8, vdupq_n_u8, vgetq_lane_u16, vgetq_lane_u64,
    vorrq_u8, vpaddq_u8, vreinterpretq_u16_u8, vreinterpretq_u64_u8,
};

use super::{BLOCK, Find};

/// Blocks as four vectors.
#[derive(Clone, Copy)]
pub(super) struct Neon;

impl Find for Neon {
    #[inline(always)]
    fn mask<const CONTROLS: bool, const N: usize>(self, block: &[u8; BLOCK], bytes: [u8; N]) -> u64 {
        // SAFETY: NEON is part of what the whole program is compiled for, on every 64-bit Arm that has the standard library.
        unsafe { mask_64::<CONTROLS, N>(block, bytes) }
    }
}

/// A bit for each byte of `block` that is one of `bytes` or, with `CONTROLS`, a control character.
#[inline]
#[target_feature(enable = "neon")]
pub(super) fn mask_16<const CONTROLS: bool, const N: usize>(block: &[u8; 16], bytes: [u8; N]) -> u32 {
    let mut sum = found::<CONTROLS, N>(block, bytes);
    for _ in 0..3 {
        sum = vpaddq_u8(sum, sum);
    }
    vgetq_lane_u16::<0>(vreinterpretq_u16_u8(sum)).into()
}

#[inline]
#[target_feature(enable = "neon")]
fn mask_64<const CONTROLS: bool, const N: usize>(block: &[u8; BLOCK], bytes: [u8; N]) -> u64 {
    let (parts, _) = block.as_chunks::<16>();
    let [a, b, c, d] = std::array::from_fn(|part| found::<CONTROLS, N>(&parts[part], bytes));
    // Each time neighbours are added: in the end the eight bits of eight bytes stand in one.
    let sum = vpaddq_u8(vpaddq_u8(a, b), vpaddq_u8(c, d));
    vgetq_lane_u64::<0>(vreinterpretq_u64_u8(vpaddq_u8(sum, sum)))
}

/// Of each byte that is looked for one bit, another one for each of eight bytes in a row.
#[inline]
#[target_feature(enable = "neon")]
fn found<const CONTROLS: bool, const N: usize>(block: &[u8; 16], bytes: [u8; N]) -> uint8x16_t {
    let bits = u128::from_le_bytes(*block);
    let text = vcombine_u8(vcreate_u8(bits as u64), vcreate_u8((bits >> 64) as u64));
    let mut found = match CONTROLS {
        true => vcltq_u8(text, vdupq_n_u8(0x20)),
        false => vdupq_n_u8(0),
    };
    for byte in bytes {
        found = vorrq_u8(found, vceqq_u8(text, vdupq_n_u8(byte)));
    }
    let places = vcreate_u8(0x8040_2010_0804_0201);
    vandq_u8(found, vcombine_u8(places, places))
}
