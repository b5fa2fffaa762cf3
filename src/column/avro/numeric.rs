//! Values that are more than one number: decimals of any length, UUIDs, durations.

use arrow_buffer::{IntervalMonthDayNano, i256};

use crate::code::Code;
use crate::column::decimal::long::{no_digits, too_precise};
pub(crate) use crate::column::decimal::long::{parse_text, push_decimal_text, shortest};
use crate::error::{Error, Result};

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
