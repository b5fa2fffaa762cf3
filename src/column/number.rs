//! Integers and floats ↔ text. Integers never pass through floats; floats are read correctly rounded and written
//! as the shortest text that reads back to the same bits.

mod nearest;
pub mod width;

use std::io::Write;

use half::f16;

use self::nearest::nearest;
use super::digits::{self, Plain};
use crate::code::Code;

/// Why a token is not a value of a numeric type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NumberFault {
    /// Not a number.
    Syntax,
    /// Outside the range of the integer type.
    Range,
    /// A fraction where an integer is expected.
    Fraction,
    /// Too large for the floating-point type.
    FloatRange,
    /// Has more digits than the floating-point type holds.
    Digits,
    /// Has more digits than the precision of the decimal type.
    Precision,
    /// Has more fraction digits than the scale of the decimal type.
    Scale,
}

impl NumberFault {
    /// The loss code.
    pub fn code(self) -> Code {
        match self {
            NumberFault::Syntax => Code::Token,
            NumberFault::Range => Code::IntRange,
            NumberFault::Fraction => Code::Fraction,
            NumberFault::FloatRange => Code::FloatRange,
            NumberFault::Digits => Code::FloatDigits,
            NumberFault::Precision => Code::DecimalPrecision,
            NumberFault::Scale => Code::DecimalScale,
        }
    }
}

/// Appends the digits of `value`.
#[inline]
pub fn push_i64(out: &mut Vec<u8>, value: i64) {
    out.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
}

/// Appends the digits of `value`.
#[inline]
pub fn push_u64(out: &mut Vec<u8>, value: u64) {
    out.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
}

/// Appends the shortest text that reads back to the same bits: `1.0`, `-0.0`, `1e+300`; a JSON number if `value` is
/// finite, else `NaN`, `inf`, `-inf`.
#[inline]
pub fn push_f64(out: &mut Vec<u8>, value: f64) {
    out.extend_from_slice(zmij::Buffer::new().format(value).as_bytes());
}

/// Like [`push_f64`], with the digits that an `f32` needs.
#[inline]
pub fn push_f32(out: &mut Vec<u8>, value: f32) {
    out.extend_from_slice(zmij::Buffer::new().format(value).as_bytes());
}

/// Like [`push_f64`], with the digits that an `f16` needs.
pub fn push_f16(out: &mut Vec<u8>, value: f16) {
    if !value.is_finite() || value.to_bits() << 1 == 0 {
        return push_f32(out, value.to_f32());
    }
    // Five significant digits always suffice for 11 bits; the first count that reads back is the shortest.
    let mut text = [0_u8; 24];
    for digits in 0..5 {
        let mut rest = &mut text[..];
        let room = rest.len();
        if write!(rest, "{:.digits$e}", value.to_f32()).is_err() {
            break;
        }
        let len = room - rest.len();
        if let Ok(short) = fast_float2::parse::<f64, _>(&text[..len])
            && f16::from_f64(short).to_bits() == value.to_bits()
        {
            // As an f64 it prints with exactly these digits, in the usual form.
            return push_f64(out, short);
        }
    }
    push_f32(out, value.to_f32());
}

/// Reads an integer: digits with an optional sign, or a decimal number whose fraction is zero (`1.0`, `1e3`).
///
/// # Errors
/// `Syntax`, `Fraction`, `Range`.
#[inline]
pub fn parse_i64(token: &[u8]) -> Result<i64, NumberFault> {
    let (negative, digits) = match token {
        [b'-', rest @ ..] => (true, rest),
        rest => (false, rest),
    };
    match digits::digits(digits).and_then(|value| i64::try_from(value).ok()) {
        Some(value) => Ok(if negative { -value } else { value }),
        None => {
            let (negative, magnitude) = integer(token)?;
            let value = i128::try_from(magnitude).map_err(|_| NumberFault::Range)?;
            i64::try_from(if negative { -value } else { value }).map_err(|_| NumberFault::Range)
        }
    }
}

/// Reads an integer that is not negative, as [`parse_i64`].
///
/// # Errors
/// `Syntax`, `Fraction`, `Range`.
#[inline]
pub fn parse_u64(token: &[u8]) -> Result<u64, NumberFault> {
    match digits::digits(token) {
        Some(value) => Ok(value),
        None => {
            let (negative, magnitude) = integer(token)?;
            if negative && magnitude > 0 {
                return Err(NumberFault::Range);
            }
            u64::try_from(magnitude).map_err(|_| NumberFault::Range)
        }
    }
}

#[cold]
fn integer(token: &[u8]) -> Result<(bool, u128), NumberFault> {
    let decimal = Decimal::scan(token).ok_or(NumberFault::Syntax)?;
    Ok((decimal.negative, decimal.magnitude(0)?))
}

/// Reads a number, correctly rounded.
///
/// # Errors
/// `Syntax` (also for `NaN` and infinities, see [`parse_non_finite`]); `FloatRange` if it overflows; `Digits` if the
/// shortest print of the value is another number than the token. Only tokens with 16 or more digits, and values
/// near zero, pay for that check.
#[inline]
pub fn parse_f64(token: &[u8]) -> Result<f64, NumberFault> {
    if let Some(value) = digits::plain(token).or_else(|| scientific(token)).and_then(same_f64) {
        return Ok(value);
    }
    let value: f64 = parse_float(token)?;
    // 15 digits always survive, unless the value is subnormal.
    if value.is_normal() && token.len() <= 15 {
        return Ok(value);
    }
    check_f64(token, value)
}

/// The double that is the number again when it is printed, by its digits alone. `None`: there is none, or maybe not.
#[inline]
pub(crate) fn same_f64(number: Plain) -> Option<f64> {
    // Both sides of the division are exact, so the quotient is the number correctly rounded; 15 digits survive.
    if number.mantissa < 1_000_000_000_000_000
        && let Some(power) = POWERS_F64.get(number.scale as usize)
    {
        return Some(signed(number, number.mantissa as f64 / power));
    }
    nearest(number.mantissa, number.scale)
        .filter(|nearest| nearest.printed)
        .map(|nearest| signed(number, nearest.value))
}

#[inline]
fn signed(number: Plain, value: f64) -> f64 {
    if number.negative { -value } else { value }
}

/// A number with a negative exponent, by the digits that it has without one: `2.5e-07` is 25 × 10^-8.
#[inline]
fn scientific(token: &[u8]) -> Option<Plain> {
    let (head, power) = match token {
        [head @ .., b'e' | b'E', b'-', power] => (head, [b'0', *power]),
        [head @ .., b'e' | b'E', b'-', ten, one] => (head, [*ten, *one]),
        _ => return None,
    };
    let mut number = digits::plain(head)?;
    number.scale += digits::digits(&power)? as u32;
    Some(number)
}

/// The value of a number of 16 digits or more, some of them behind the dot, if a double prints it with the same digits,
/// and no exponent: it is neither so small nor so large. `None`: not one of these, or maybe not.
#[inline]
pub(crate) fn shortest_f64(number: Plain) -> Option<f64> {
    if number.mantissa < 1_000_000_000_000_000 || number.scale == 0 { None } else { same_f64(number) }
}

/// Reads a number that a double prints again with the same text; `None` for all others.
#[inline]
pub(crate) fn parse_f64_printed(token: &[u8]) -> Option<f64> {
    let value: f64 = parse_float(token).ok().filter(|value: &f64| value.is_finite())?;
    let mut buffer = zmij::Buffer::new();
    (buffer.format_finite(value).as_bytes() == token).then_some(value)
}

/// Powers of ten that a double holds exactly.
pub(crate) const POWERS_F64: [f64; 20] =
    [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19];
/// The same of a 32-bit float.
const POWERS_F32: [f32; 11] = [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10];

fn check_f64(token: &[u8], value: f64) -> Result<f64, NumberFault> {
    if value.is_infinite() {
        return Err(NumberFault::FloatRange);
    }
    let mut buffer = zmij::Buffer::new();
    let printed = buffer.format_finite(value).as_bytes();
    // Most long numbers were printed from a double, some of them with an exponent of another form.
    if printed == token || same_but_for_exponent(token, printed) {
        return Ok(value);
    }
    let decimal = Decimal::scan(token).ok_or(NumberFault::Syntax)?;
    if (value.is_normal() && decimal.len() <= 15) || decimal.same(printed) {
        Ok(value)
    } else {
        Err(NumberFault::Digits)
    }
}

/// Whether two numbers have exponents, which are the same, and the same text before them.
fn same_but_for_exponent(token: &[u8], printed: &[u8]) -> bool {
    let split = |text| memchr::memchr2(b'e', b'E', text).map(|at| text.split_at(at));
    let (Some((digits, power)), Some((other_digits, other_power))) = (split(token), split(printed)) else {
        return false;
    };
    digits == other_digits && exponent(&power[1..]).is_some_and(|power| exponent(&other_power[1..]) == Some(power))
}

/// Reads a number as [`parse_f64`]; tokens with 7 or more digits pay for the check.
///
/// # Errors
/// `Syntax`, `FloatRange`, `Digits`.
#[inline]
pub fn parse_f32(token: &[u8]) -> Result<f32, NumberFault> {
    if let Some(number) = digits::plain(token)
        && number.mantissa < 1_000_000
        && let Some(power) = POWERS_F32.get(number.scale as usize)
    {
        let value = number.mantissa as f32 / power;
        return Ok(if number.negative { -value } else { value });
    }
    let value: f32 = parse_float(token)?;
    if value.is_normal() && token.len() <= 6 {
        return Ok(value);
    }
    if value.is_infinite() {
        return Err(NumberFault::FloatRange);
    }
    let decimal = Decimal::scan(token).ok_or(NumberFault::Syntax)?;
    if value.is_normal() && decimal.len() <= 6 {
        return Ok(value);
    }
    let mut buffer = zmij::Buffer::new();
    if decimal.same(buffer.format_finite(value).as_bytes()) { Ok(value) } else { Err(NumberFault::Digits) }
}

/// The float nearest to a number, if it prints as that number with as many digits: not all writers look for the fewest,
/// and nine always tell a float from its neighbours. `None`: other numbers.
#[cfg(feature = "protobuf")]
pub(crate) fn printed_f32(token: &[u8]) -> Option<f32> {
    let decimal = Decimal::scan(token).filter(|decimal| (1..=9).contains(&decimal.len()))?;
    let value: f32 = parse_float(token).ok()?;
    let printed = format!("{value:.digits$e}", digits = decimal.len() - 1);
    decimal.same(printed.as_bytes()).then_some(value)
}

/// The same of a double, which seventeen digits tell from its neighbours.
#[cfg(feature = "protobuf")]
pub(crate) fn printed_f64(token: &[u8]) -> Option<f64> {
    let decimal = Decimal::scan(token).filter(|decimal| (1..=17).contains(&decimal.len()))?;
    let value: f64 = parse_float(token).ok()?;
    let printed = format!("{value:.digits$e}", digits = decimal.len() - 1);
    decimal.same(printed.as_bytes()).then_some(value)
}

/// Reads a number as [`parse_f64`], always checked.
///
/// # Errors
/// `Syntax`, `FloatRange`, `Digits`.
pub fn parse_f16(token: &[u8]) -> Result<f16, NumberFault> {
    let wide: f64 = parse_float(token)?;
    let value = f16::from_f64(wide);
    if value.is_infinite() {
        return Err(NumberFault::FloatRange);
    }
    let decimal = Decimal::scan(token).ok_or(NumberFault::Syntax)?;
    let mut text = Vec::with_capacity(16);
    push_f16(&mut text, value);
    if decimal.same(&text) { Ok(value) } else { Err(NumberFault::Digits) }
}

/// Reads `NaN`, `inf`, `Infinity` and their negatives, in exactly these spellings.
pub fn parse_non_finite(token: &[u8]) -> Option<f64> {
    match token {
        b"NaN" => Some(f64::NAN),
        b"inf" | b"Infinity" => Some(f64::INFINITY),
        b"-inf" | b"-Infinity" => Some(f64::NEG_INFINITY),
        _ => None,
    }
}

#[inline]
fn parse_float<T: fast_float2::FastFloat>(token: &[u8]) -> Result<T, NumberFault> {
    // The parser also takes words; only numbers are meant here.
    let head = token.first().copied().unwrap_or_default();
    let first = if head == b'-' || head == b'+' { token.get(1).copied().unwrap_or_default() } else { head };
    if !(first.is_ascii_digit() || first == b'.') {
        return Err(NumberFault::Syntax);
    }
    fast_float2::parse(token).map_err(|_| NumberFault::Syntax)
}

/// A number as text, without the zeros that do not matter: `digits × 10^power`, `digits` = `whole` then `fraction`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Decimal<'a> {
    /// Whether it begins with `-`. Zero may.
    pub(crate) negative: bool,
    whole: &'a [u8],
    fraction: &'a [u8],
    power: i64,
}

impl<'a> Decimal<'a> {
    /// Takes `[+-] digits [. digits] [e [+-] digits]` apart; a digit before or after the dot may be missing.
    pub(crate) fn scan(token: &'a [u8]) -> Option<Self> {
        let (negative, rest) = match token {
            [b'-', rest @ ..] => (true, rest),
            [b'+', rest @ ..] => (false, rest),
            rest => (false, rest),
        };
        let (mut whole, rest) = digits(rest);
        let (mut fraction, rest) = match rest {
            [b'.', rest @ ..] => digits(rest),
            rest => (&rest[..0], rest),
        };
        if whole.is_empty() && fraction.is_empty() {
            return None;
        }
        let exponent = match rest {
            [] => 0,
            [b'e' | b'E', rest @ ..] => exponent(rest)?,
            _ => return None,
        };
        while let [rest @ .., b'0'] = fraction {
            fraction = rest;
        }
        let mut power = exponent - fraction.len() as i64;
        while let [b'0', rest @ ..] = whole {
            whole = rest;
        }
        if fraction.is_empty() {
            while let [rest @ .., b'0'] = whole {
                whole = rest;
                power += 1;
            }
        }
        if whole.is_empty() {
            while let [b'0', rest @ ..] = fraction {
                fraction = rest;
            }
        }
        Some(Decimal { negative, whole, fraction, power })
    }

    /// The number of digits that matter; none for zero.
    pub(crate) fn len(&self) -> usize {
        self.whole.len() + self.fraction.len()
    }

    /// Whether the value is zero.
    pub(crate) fn is_zero(&self) -> bool {
        self.len() == 0
    }

    /// The power of ten of the last digit that matters.
    pub(crate) fn power(&self) -> i64 {
        if self.is_zero() { 0 } else { self.power }
    }

    /// The digits that matter, first to last.
    pub(crate) fn digits(&self) -> impl Iterator<Item = u8> + 'a {
        self.whole.iter().chain(self.fraction).map(|byte| byte - b'0')
    }

    /// Whether `other` is the same number (zeros of either sign are the same).
    pub(crate) fn same(&self, other: &[u8]) -> bool {
        let Some(other) = Decimal::scan(other) else { return false };
        if self.is_zero() || other.is_zero() {
            return self.is_zero() && other.is_zero();
        }
        self.negative == other.negative
            && self.power == other.power
            && self.len() == other.len()
            && self.digits().eq(other.digits())
    }

    /// The order of the absolute values.
    pub(crate) fn cmp_magnitude(&self, other: &Decimal<'_>) -> std::cmp::Ordering {
        // The power of ten of the first digit; digits that are the start of others are less.
        let first = |number: &Decimal<'_>| (!number.is_zero(), number.len() as i64 + number.power());
        first(self).cmp(&first(other)).then_with(|| self.digits().cmp(other.digits()))
    }

    /// The absolute value times `10^scale`.
    ///
    /// # Errors
    /// `Fraction` if that is not an integer, `Range` if it is 2^128 or more.
    pub(crate) fn magnitude(&self, scale: i64) -> Result<u128, NumberFault> {
        if self.is_zero() {
            return Ok(0);
        }
        let zeros = self.power + scale;
        if zeros < 0 {
            return Err(NumberFault::Fraction);
        }
        if self.len() as i64 + zeros > 39 {
            return Err(NumberFault::Range);
        }
        let mut value = 0_u128;
        for digit in self.digits().chain(std::iter::repeat_n(0, zeros as usize)) {
            value = value
                .checked_mul(10)
                .and_then(|value| value.checked_add(u128::from(digit)))
                .ok_or(NumberFault::Range)?;
        }
        Ok(value)
    }
}

fn digits(text: &[u8]) -> (&[u8], &[u8]) {
    let end = text.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(text.len());
    text.split_at(end)
}

/// The digits of an exponent with an optional sign. Beyond ±10^12 the exact size cannot matter any more.
pub(crate) fn exponent(text: &[u8]) -> Option<i64> {
    let (negative, rest) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        rest => (false, rest),
    };
    if rest.is_empty() {
        return None;
    }
    let mut value = 0_i64;
    for byte in rest {
        if !byte.is_ascii_digit() {
            return None;
        }
        value = (value * 10 + i64::from(byte - b'0')).min(1_000_000_000_000);
    }
    Some(if negative { -value } else { value })
}

#[cfg(test)]
mod tests;
