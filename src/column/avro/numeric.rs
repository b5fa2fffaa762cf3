//! Values that are more than one number: decimals of any length, UUIDs, durations.

use arrow_buffer::{IntervalMonthDayNano, i256};

use crate::code::Code;
use crate::error::{Error, Result};

/// Bytes of a decimal at most where Arrow has no type for it: turning longer ones into digits takes too long.
const DECIMAL_BYTES_MAX: usize = 8192;
/// Digits behind (or zeros in front of) the point of a big-decimal at most.
const SCALE_MAX: i64 = 65_536;

#[cold]
fn no_digits() -> Error {
    Error::malformed("a decimal of no bytes")
}

#[cold]
fn too_precise(precision: usize) -> Error {
    Error::value(Code::DecimalPrecision, format!("a decimal of more than {precision} digits"))
}

/// Sign-extends big-endian two's complement to `N` bytes; `None` if it does not fit.
#[inline]
fn extended<const N: usize>(bytes: &[u8]) -> Result<Option<[u8; N]>> {
    let first = *bytes.first().ok_or_else(no_digits)?;
    let sign = if first & 0x80 == 0 { 0 } else { 0xff };
    let mut out = [sign; N];
    if let Some(start) = N.checked_sub(bytes.len()) {
        out[start..].copy_from_slice(bytes);
        return Ok(Some(out));
    }
    let (extra, rest) = bytes.split_at(bytes.len() - N);
    let fits = extra.iter().all(|byte| *byte == sign) && (rest[0] ^ sign) & 0x80 == 0;
    out.copy_from_slice(rest);
    Ok(fits.then_some(out))
}

/// An unscaled value of at most `precision` digits.
#[inline]
pub(crate) fn decimal128(bytes: &[u8], precision: u8) -> Result<i128> {
    let value = extended::<16>(bytes)?.map(i128::from_be_bytes);
    let limit = 10i128.pow(u32::from(precision).min(38));
    match value {
        Some(value) if value > -limit && value < limit => Ok(value),
        _ => Err(too_precise(usize::from(precision))),
    }
}

/// An unscaled value of at most `precision` digits.
pub(crate) fn decimal256(bytes: &[u8], precision: u8) -> Result<i256> {
    let value = extended::<32>(bytes)?.map(i256::from_be_bytes);
    let limit = power256(precision);
    match value {
        Some(value) if value > limit.wrapping_neg() && value < limit => Ok(value),
        _ => Err(too_precise(usize::from(precision))),
    }
}

/// 10 to the power of at most 76.
pub(crate) fn power256(exponent: u8) -> i256 {
    let ten = i256::from_i128(10);
    (0..exponent.min(76)).fold(i256::ONE, |product, _| product.wrapping_mul(ten))
}

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
pub(crate) fn parse_decimal_text(text: &[u8]) -> Result<(Vec<u8>, usize, usize)> {
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

/// A UUID of 36 characters, upper or lower case.
pub(crate) fn parse_uuid(text: &[u8]) -> Option<[u8; 16]> {
    if text.len() != 36 {
        return None;
    }
    let mut out = [0; 16];
    let mut nibbles = 0;
    for (index, byte) in text.iter().enumerate() {
        if matches!(index, 8 | 13 | 18 | 23) {
            if *byte != b'-' {
                return None;
            }
            continue;
        }
        let nibble = (*byte as char).to_digit(16)? as u8;
        out[nibbles / 2] = out[nibbles / 2] << 4 | nibble;
        nibbles += 1;
    }
    Some(out)
}

/// A UUID as 36 characters, lower case.
pub(crate) fn uuid_text(bytes: &[u8; 16]) -> [u8; 36] {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    let mut out = [b'-'; 36];
    let mut at = 0;
    for (index, byte) in bytes.iter().enumerate() {
        if matches!(index, 4 | 6 | 8 | 10) {
            at += 1;
        }
        out[at] = HEX[usize::from(byte >> 4)];
        out[at + 1] = HEX[usize::from(byte & 15)];
        at += 2;
    }
    out
}

/// Months, days and milliseconds, each unsigned and little-endian (specification, section Duration).
pub(crate) fn duration(bytes: [u8; 12]) -> Result<IntervalMonthDayNano> {
    let part = |at: usize| u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]);
    let (months, days, millis) = (part(0), part(4), part(8));
    match (i32::try_from(months), i32::try_from(days)) {
        (Ok(months), Ok(days)) => Ok(IntervalMonthDayNano::new(months, days, i64::from(millis) * 1_000_000)),
        _ => Err(Error::value(Code::Interval, format!("a duration of {months} months and {days} days"))),
    }
}

/// The 12 bytes of a duration.
///
/// # Errors
/// `V-INTERVAL` for a part below zero, a part of a millisecond, or more milliseconds than 32 bits hold.
pub(crate) fn duration_bytes(months: i64, days: i64, nanos: i64) -> Result<[u8; 12]> {
    let bad = || {
        Error::value(Code::Interval, format!("an interval of {months} months, {days} days, {nanos} ns"))
            .with_hint("an Avro duration has whole, unsigned months, days and milliseconds")
    };
    if nanos % 1_000_000 != 0 {
        return Err(bad());
    }
    let part = |value: i64| u32::try_from(value).map_err(|_| bad());
    let mut out = [0; 12];
    out[..4].copy_from_slice(&part(months)?.to_le_bytes());
    out[4..8].copy_from_slice(&part(days)?.to_le_bytes());
    out[8..].copy_from_slice(&part(nanos / 1_000_000)?.to_le_bytes());
    Ok(out)
}
