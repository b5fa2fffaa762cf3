//! Eight bytes in a register of any CPU, the first in the lowest bits. What is found is marked by the high bit of its
//! byte.

/// One in each byte: times a byte, that byte eight times.
pub const ONES: u64 = 0x0101_0101_0101_0101;
/// The high bit of each byte.
pub const HIGH: u64 = 0x8080_8080_8080_8080;

const LOW: u64 = !HIGH;

/// Marks each byte that is zero: of `text ^ (ONES * byte)`, each that is `byte`.
#[inline(always)]
pub fn zeros(word: u64) -> u64 {
    !(((word & LOW) + LOW) | word | LOW)
}

/// Marks each control character: below 0x20.
#[inline(always)]
pub fn controls(text: u64) -> u64 {
    !(((text & LOW) + ONES * 0x60) | text) & HIGH
}

/// Marks the first byte that is one of `bytes` or a control character. Marks above it mean nothing: that is cheaper.
#[inline(always)]
pub fn first_or_control<const N: usize>(text: u64, bytes: [u8; N]) -> u64 {
    let mut found = text.wrapping_sub(ONES * 0x20) & !text;
    for byte in bytes {
        let other = text ^ (ONES * u64::from(byte));
        found |= other.wrapping_sub(ONES) & !other;
    }
    found & HIGH
}
