//! Decimals stored as big-endian two's complement of any length.

use arrow_buffer::i256;

/// The number; `None` if it needs more than 256 bits. No bytes are zero.
pub(super) fn to_i256(bytes: &[u8]) -> Option<i256> {
    let fill = if bytes.first().is_some_and(|first| first & 0x80 != 0) { 0xff } else { 0 };
    let (front, tail) = bytes.split_at(bytes.len().saturating_sub(32));
    let sign_kept = tail.first().is_none_or(|first| (first & 0x80 != 0) == (fill == 0xff));
    if !front.iter().all(|byte| *byte == fill) || (!front.is_empty() && !sign_kept) {
        return None;
    }
    let mut wide = [fill; 32];
    wide[32 - tail.len()..].copy_from_slice(tail);
    Some(i256::from_be_bytes(wide))
}

/// The decimal text with `scale` digits after the point, of any length. Cost: the square of the number of bytes.
pub(super) fn to_text(bytes: &[u8], scale: usize) -> String {
    let negative = bytes.first().is_some_and(|first| first & 0x80 != 0);
    let mut magnitude: Vec<u8> = bytes.to_vec();
    if negative {
        // Two's complement: invert and add one.
        let mut carry = true;
        for byte in magnitude.iter_mut().rev() {
            let (sum, overflow) = (!*byte).overflowing_add(u8::from(carry));
            *byte = sum;
            carry = overflow;
        }
    }
    let mut digits = Vec::new();
    while magnitude.iter().any(|byte| *byte != 0) {
        let mut rest = 0u32;
        for byte in &mut magnitude {
            let value = rest << 8 | u32::from(*byte);
            *byte = (value / 10) as u8;
            rest = value % 10;
        }
        digits.push(b'0' + rest as u8);
    }
    while digits.len() <= scale {
        digits.push(b'0');
    }
    let mut text = String::with_capacity(digits.len() + 2);
    if negative {
        text.push('-');
    }
    for (place, digit) in digits.iter().enumerate().rev() {
        text.push(char::from(*digit));
        if place == scale && scale > 0 {
            text.push('.');
        }
    }
    text
}
