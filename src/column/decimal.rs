//! Decimals ↔ text and bytes, exact: no digit is dropped, no value rounded.

#[cfg(any(feature = "avro", feature = "protobuf"))]
pub(crate) mod long;

use arrow_buffer::i256;
use arrow_schema::Field;

use super::digits;
use super::number::{Decimal, NumberFault};

/// Whether the text of a column is that of decimals, which no decimal type of Arrow holds.
pub fn is_decimal_text(field: &Field) -> bool {
    let logical = field.metadata().get("fmtconv.logical");
    logical.is_some_and(|logical| logical == "big-decimal" || logical == "decimal" || logical.starts_with("decimal("))
}

/// Precision of `Decimal128` at most.
pub const PRECISION_128: u8 = 38;
/// Precision of `Decimal256` at most.
pub const PRECISION_256: u8 = 76;

/// Powers of ten that fit.
const POWERS: [i128; 39] = {
    let mut powers = [1_i128; 39];
    let mut index = 1;
    while index < powers.len() {
        powers[index] = powers[index - 1] * 10;
        index += 1;
    }
    powers
};

/// Whether `value` has at most `precision` digits.
#[inline]
pub fn precision_fits_i128(value: i128, precision: u8) -> bool {
    match POWERS.get(usize::from(precision)) {
        Some(&bound) => -bound < value && value < bound,
        None => true,
    }
}

/// Whether `value` has at most `precision` digits.
pub fn precision_fits_i256(value: i256, precision: u8) -> bool {
    match power_i256(precision.into()) {
        Some(bound) => bound.wrapping_neg() < value && value < bound,
        None => true,
    }
}

/// 10^`power`, if it fits.
pub fn power_i256(power: u32) -> Option<i256> {
    i256::from_i128(10).checked_pow(power)
}

/// Reads a number as an integer of units of 10^-`scale`.
///
/// # Errors
/// `Syntax`; `Scale` if digits beyond the scale are not zero; `Precision` if it has more digits than `precision`.
#[inline]
pub fn parse_i128(token: &[u8], precision: u8, scale: i8) -> Result<i128, NumberFault> {
    parse_told(token, precision, scale, &mut 0)
}

/// As [`parse_i128`]; counts the numbers that [have another form](is_restyled) in a column of decimals.
#[inline]
pub(crate) fn parse_told(token: &[u8], precision: u8, scale: i8, restyled: &mut u64) -> Result<i128, NumberFault> {
    if let Some(value) = short(token, scale)
        && precision_fits_i128(value, precision)
    {
        return Ok(value);
    }
    let value = parse_any(token, precision, scale)?;
    *restyled += u64::from(is_restyled(token));
    Ok(value)
}

/// Whether a number is written otherwise than decimals are, whatever their scale: with `+` or an exponent.
pub(crate) fn is_restyled(token: &[u8]) -> bool {
    token.iter().any(|byte| matches!(byte, b'+' | b'e' | b'E'))
}

/// Any number.
fn parse_any(token: &[u8], precision: u8, scale: i8) -> Result<i128, NumberFault> {
    let decimal = Decimal::scan(token).ok_or(NumberFault::Syntax)?;
    let magnitude = decimal.magnitude(scale.into()).map_err(as_decimal)?;
    let value = i128::try_from(magnitude).map_err(|_| NumberFault::Precision)?;
    if !precision_fits_i128(value, precision.min(PRECISION_128)) {
        return Err(NumberFault::Precision);
    }
    Ok(if decimal.negative { -value } else { value })
}

/// The usual case: no exponent, no more fraction digits than the scale.
#[inline]
fn short(token: &[u8], scale: i8) -> Option<i128> {
    units(digits::plain(token)?, scale)
}

/// A number in units of 10^-`scale`; `None` if it has more fraction digits, or too few.
#[inline]
pub(crate) fn units(number: digits::Plain, scale: i8) -> Option<i128> {
    let zeros = u32::try_from(scale).ok()?.checked_sub(number.scale).filter(|zeros| *zeros <= 18)?;
    // Below 10^19 × 10^18.
    let value = i128::from(number.mantissa) * POWERS[zeros as usize];
    Some(if number.negative { -value } else { value })
}

/// Reads a number as [`parse_i128`].
///
/// # Errors
/// `Syntax`, `Scale`, `Precision`.
pub fn parse_i256(token: &[u8], precision: u8, scale: i8) -> Result<i256, NumberFault> {
    let decimal = Decimal::scan(token).ok_or(NumberFault::Syntax)?;
    if decimal.is_zero() {
        return Ok(i256::ZERO);
    }
    let zeros = decimal.power() + i64::from(scale);
    if zeros < 0 {
        return Err(NumberFault::Scale);
    }
    if decimal.len() as i64 + zeros > i64::from(precision.min(PRECISION_256)) {
        return Err(NumberFault::Precision);
    }
    let mut value = i256::ZERO;
    let mut part = 0_u64;
    let mut digits = 0;
    for digit in decimal.digits().chain(std::iter::repeat_n(0, zeros as usize)) {
        part = part * 10 + u64::from(digit);
        digits += 1;
        if digits == 18 {
            value = append(value, part, digits).ok_or(NumberFault::Precision)?;
            (part, digits) = (0, 0);
        }
    }
    value = append(value, part, digits).ok_or(NumberFault::Precision)?;
    Ok(if decimal.negative { value.wrapping_neg() } else { value })
}

fn append(value: i256, part: u64, digits: usize) -> Option<i256> {
    value.checked_mul(i256::from_i128(POWERS[digits]))?.checked_add(i256::from_i128(part.into()))
}

/// What an integer fault means for a decimal.
fn as_decimal(fault: NumberFault) -> NumberFault {
    match fault {
        NumberFault::Fraction => NumberFault::Scale,
        NumberFault::Range => NumberFault::Precision,
        other => other,
    }
}

/// Appends `value × 10^-scale` with all its digits: `-0.05`, `12.30`, and `1200` for 12 at scale -2.
#[inline]
pub fn push_i128(out: &mut Vec<u8>, value: i128, scale: i8) {
    let mut buffer = itoa::Buffer::new();
    push_digits(out, value < 0, buffer.format(value.unsigned_abs()).as_bytes(), scale);
}

/// Appends `value × 10^-scale` as [`push_i128`].
pub fn push_i256(out: &mut Vec<u8>, value: i256, scale: i8) {
    if let Some(value) = value.to_i128() {
        return push_i128(out, value, scale);
    }
    // Below 2^255 < 10^77: five parts of 18 digits hold every value.
    let unit = i256::from_i128(POWERS[18]);
    let mut parts = [0_u64; 5];
    let mut rest = value;
    let mut count = 0;
    while rest != i256::ZERO && count < parts.len() {
        let part = rest.wrapping_rem(unit).as_i128();
        parts[count] = part.unsigned_abs() as u64;
        rest = rest.wrapping_div(unit);
        count += 1;
    }
    let mut text = Vec::with_capacity(80);
    for (index, part) in parts[..count].iter().rev().enumerate() {
        let mut buffer = itoa::Buffer::new();
        let digits = buffer.format(*part).as_bytes();
        if index > 0 {
            text.extend(std::iter::repeat_n(b'0', 18 - digits.len()));
        }
        text.extend_from_slice(digits);
    }
    push_digits(out, value.is_negative(), &text, scale);
}

/// Appends a number of `digits`, of which `scale` stand behind the point.
pub(crate) fn push_digits(out: &mut Vec<u8>, negative: bool, digits: &[u8], scale: i8) {
    if negative {
        out.push(b'-');
    }
    let fraction = usize::from(scale.unsigned_abs());
    if scale <= 0 {
        out.extend_from_slice(digits);
        if digits != b"0" {
            out.extend(std::iter::repeat_n(b'0', fraction));
        }
    } else if digits.len() > fraction {
        let (whole, rest) = digits.split_at(digits.len() - fraction);
        out.extend_from_slice(whole);
        out.push(b'.');
        out.extend_from_slice(rest);
    } else {
        out.extend_from_slice(b"0.");
        out.extend(std::iter::repeat_n(b'0', fraction - digits.len()));
        out.extend_from_slice(digits);
    }
}

/// Appends the shortest big-endian two's complement form: at least one byte.
pub fn to_be_bytes_i128(out: &mut Vec<u8>, value: i128) {
    out.extend_from_slice(minimal(&value.to_be_bytes()));
}

/// Appends the shortest big-endian two's complement form: at least one byte.
pub fn to_be_bytes_i256(out: &mut Vec<u8>, value: i256) {
    out.extend_from_slice(minimal(&value.to_be_bytes()));
}

fn minimal(bytes: &[u8]) -> &[u8] {
    let mut rest = bytes;
    while let [first, tail @ ..] = rest {
        let redundant = match tail.first() {
            Some(next) => (*first == 0 && *next < 0x80) || (*first == 0xff && *next >= 0x80),
            None => false,
        };
        if !redundant {
            break;
        }
        rest = tail;
    }
    rest
}

/// Reads big-endian two's complement of any length; `None` if the value does not fit. No bytes are zero.
pub fn from_be_bytes_i128(bytes: &[u8]) -> Option<i128> {
    extended::<16>(bytes).map(i128::from_be_bytes)
}

/// Reads big-endian two's complement of any length; `None` if the value does not fit. No bytes are zero.
pub fn from_be_bytes_i256(bytes: &[u8]) -> Option<i256> {
    extended::<32>(bytes).map(i256::from_be_bytes)
}

fn extended<const N: usize>(bytes: &[u8]) -> Option<[u8; N]> {
    let short = minimal(bytes);
    let fill = if short.first().is_some_and(|first| *first >= 0x80) { 0xff } else { 0 };
    let mut wide = [fill; N];
    let start = N.checked_sub(short.len())?;
    wide[start..].copy_from_slice(short);
    Some(wide)
}

/// Moves `value` from scale `from` to scale `to` without changing what it says.
///
/// # Errors
/// `Scale` if digits other than zero would be cut, `Precision` if it overflows (check the precision afterwards).
pub fn rescale_i128(value: i128, from: i8, to: i8) -> Result<i128, NumberFault> {
    if value == 0 || from == to {
        return Ok(value);
    }
    let power = POWERS.get(usize::from(from.abs_diff(to)));
    if to > from {
        power.and_then(|power| value.checked_mul(*power)).ok_or(NumberFault::Precision)
    } else {
        let power = power.ok_or(NumberFault::Scale)?;
        if value % power == 0 { Ok(value / power) } else { Err(NumberFault::Scale) }
    }
}

/// Moves `value` from scale `from` to scale `to` as [`rescale_i128`].
///
/// # Errors
/// `Scale`, `Precision`.
pub fn rescale_i256(value: i256, from: i8, to: i8) -> Result<i256, NumberFault> {
    if value == i256::ZERO || from == to {
        return Ok(value);
    }
    let power = power_i256(from.abs_diff(to).into());
    if to > from {
        power.and_then(|power| value.checked_mul(power)).ok_or(NumberFault::Precision)
    } else {
        let power = power.ok_or(NumberFault::Scale)?;
        if value.wrapping_rem(power) == i256::ZERO { Ok(value.wrapping_div(power)) } else { Err(NumberFault::Scale) }
    }
}

#[cfg(test)]
mod tests;
