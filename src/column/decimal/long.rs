//! Decimals of any length as text: two's complement, big-endian ⇄ digits.

use crate::code::Code;
use crate::error::{Error, Result};

/// Bytes of a decimal at most where Arrow has no type for it: turning longer ones into digits takes too long.
const DECIMAL_BYTES_MAX: usize = 8192;
/// Digits behind (or zeros in front of) the point at most.
const SCALE_MAX: i64 = 65_536;

/// The shortest two's complement, big-endian.
#[inline]
pub(crate) fn shortest(bytes: &[u8]) -> &[u8] {
    let mut rest = bytes;
    while let [first, next, ..] = rest {
        let sign = if next & 0x80 == 0 { 0 } else { 0xff };
        if *first != sign {
            break;
        }
        rest = &rest[1..];
    }
    rest
}

/// Appends the text of an unscaled number with `scale` digits behind the point.
///
/// # Errors
/// `V-DEC-PRECISION` if it has more digits than `precision`, `Limit` if it is too long to print.
pub(crate) fn push_decimal_text(out: &mut Vec<u8>, bytes: &[u8], scale: i64, precision: Option<usize>) -> Result<()> {
    let bytes = shortest(bytes);
    let first = *bytes.first().ok_or_else(no_digits)?;
    if bytes.len() > DECIMAL_BYTES_MAX {
        return Err(Error::limit(format!("a decimal of {} bytes; at most {DECIMAL_BYTES_MAX}", bytes.len())));
    }
    if !(-SCALE_MAX..=SCALE_MAX).contains(&scale) {
        return Err(Error::limit(format!("a decimal of scale {scale}; at most {SCALE_MAX}")));
    }
    let negative = first & 0x80 != 0;
    // Limbs of 32 bits, highest first, of the magnitude.
    let mut limbs = Vec::with_capacity(bytes.len() / 4 + 2);
    let sign = if negative { 0xff } else { 0 };
    let padding = (4 - bytes.len() % 4) % 4;
    let padded: Vec<u8> = std::iter::repeat_n(sign, padding).chain(bytes.iter().copied()).collect();
    for chunk in padded.chunks_exact(4) {
        let limb = u32::from_be_bytes([chunk[0], chunk[1], chunk[2], chunk[3]]);
        limbs.push(if negative { !limb } else { limb });
    }
    if negative {
        let mut carry = true;
        for limb in limbs.iter_mut().rev() {
            let (sum, over) = limb.overflowing_add(u32::from(carry));
            *limb = sum;
            carry = over;
        }
        if carry {
            limbs.insert(0, 1);
        }
    }
    // Nine digits at a time, lowest first.
    let mut digits = Vec::new();
    while limbs.iter().any(|limb| *limb != 0) {
        let mut rest = 0u64;
        for limb in &mut limbs {
            let value = rest << 32 | u64::from(*limb);
            *limb = (value / 1_000_000_000) as u32;
            rest = value % 1_000_000_000;
        }
        for _ in 0..9 {
            digits.push(b'0' + (rest % 10) as u8);
            rest /= 10;
        }
    }
    while digits.last() == Some(&b'0') {
        digits.pop();
    }
    if let Some(precision) = precision.filter(|precision| digits.len() > *precision) {
        return Err(too_precise(precision));
    }
    if digits.is_empty() {
        digits.push(b'0');
    }
    digits.reverse();
    if negative {
        out.push(b'-');
    }
    match usize::try_from(scale) {
        Err(_) => {
            out.extend_from_slice(&digits);
            if digits != b"0" {
                out.extend(std::iter::repeat_n(b'0', scale.unsigned_abs() as usize));
            }
        }
        Ok(0) => out.extend_from_slice(&digits),
        Ok(scale) => {
            let missing = (scale + 1).saturating_sub(digits.len());
            digits.splice(0..0, std::iter::repeat_n(b'0', missing));
            let (whole, fraction) = digits.split_at(digits.len() - scale);
            out.extend_from_slice(whole);
            out.push(b'.');
            out.extend_from_slice(fraction);
        }
    }
    Ok(())
}

/// The unscaled bytes of a plain decimal text and the number of digits behind its point.
///
/// # Errors
/// `V-TYPE` if the text is not a plain decimal.
fn parse_decimal_text(text: &[u8]) -> Result<(Vec<u8>, usize, usize)> {
    let bad = || {
        let text = String::from_utf8_lossy(&text[..text.len().min(60)]);
        Error::value(Code::Token, format!("{text:?} is not a decimal number"))
    };
    let (negative, rest) = match text {
        [b'-', rest @ ..] => (true, rest),
        rest => (false, rest),
    };
    let point = rest.iter().position(|byte| *byte == b'.');
    let (whole, fraction) = match point {
        Some(point) => (&rest[..point], &rest[point + 1..]),
        None => (rest, &rest[rest.len()..]),
    };
    let all_digits = whole.iter().chain(fraction).all(u8::is_ascii_digit);
    if whole.is_empty() || (point.is_some() && fraction.is_empty()) || !all_digits {
        return Err(bad());
    }
    if text.len() > 4 * DECIMAL_BYTES_MAX {
        return Err(Error::limit(format!("a decimal of {} characters", text.len())));
    }
    // Limbs of 32 bits, lowest first.
    let mut limbs: Vec<u32> = vec![0];
    let mut digits = 0;
    for digit in whole.iter().chain(fraction) {
        digits += usize::from(digits > 0 || *digit != b'0');
        let mut carry = u64::from(digit - b'0');
        for limb in &mut limbs {
            let value = u64::from(*limb) * 10 + carry;
            *limb = value as u32;
            carry = value >> 32;
        }
        if carry > 0 {
            limbs.push(carry as u32);
        }
    }
    limbs.push(0);
    if negative {
        let mut carry = true;
        for limb in &mut limbs {
            let (sum, over) = (!*limb).overflowing_add(u32::from(carry));
            *limb = sum;
            carry = over;
        }
    }
    let bytes: Vec<u8> = limbs.iter().rev().flat_map(|limb| limb.to_be_bytes()).collect();
    Ok((shortest(&bytes).to_vec(), fraction.len(), digits))
}

/// [`parse_decimal_text`]; `number`: the text is a number, which other digits say as well. If it is not, the same text
/// must come back.
///
/// # Errors
/// `V-TYPE` if the text is not a plain decimal, or another text would come back: of `007`, `-0`.
pub(crate) fn parse_text(text: &[u8], number: bool) -> Result<(Vec<u8>, usize, usize)> {
    if number { parse_decimal_text(text) } else { parse_same_text(text) }
}

fn parse_same_text(text: &[u8]) -> Result<(Vec<u8>, usize, usize)> {
    let parsed = parse_decimal_text(text)?;
    let unsigned = text.strip_prefix(b"-").unwrap_or(text);
    let padded = matches!(unsigned, [b'0', b'0'..=b'9', ..]);
    let signed_zero = unsigned.len() < text.len() && parsed.2 == 0;
    if !padded && !signed_zero {
        return Ok(parsed);
    }
    let mut printed = Vec::with_capacity(text.len());
    push_decimal_text(&mut printed, &parsed.0, parsed.1 as i64, None)?;
    let shown = |text: &[u8]| String::from_utf8_lossy(&text[..text.len().min(60)]).into_owned();
    let message = format!("the text {:?} would come back as {:?}", shown(text), shown(&printed));
    Err(Error::value(Code::Token, message))
}

#[cold]
pub(crate) fn no_digits() -> Error {
    Error::malformed("a decimal of no bytes")
}

#[cold]
pub(crate) fn too_precise(precision: usize) -> Error {
    Error::value(Code::DecimalPrecision, format!("a decimal of more than {precision} digits"))
}
