//! Values of a column read and taken into account in one go, where its type was guessed from the first records.

use super::{DIGITS_DOUBLE, NumberShape};
use crate::column::decimal;
use crate::column::digits::{self, Plain, Token};
use crate::column::number::{self, POWERS_F64};

impl NumberShape {
    /// The value of a token in a column of doubles whose type this shape gave, taken into account. `None`: it makes
    /// another type.
    #[inline]
    pub(crate) fn read_f64(&mut self, token: Token) -> Option<f64> {
        let (number, token) = (token.plain(), token.bytes());
        if let Some(number) = number
            && let Some(value) = self.known_f64(token, number)
        {
            return Some(value);
        }
        if let Some(value) = self.known_exponent(token).or_else(|| self.known_tiny(token)) {
            return Some(value);
        }
        if !self.observe(token) {
            return None;
        }
        number::parse_f64(token).ok()
    }

    /// The value of a number that changes nothing; `None`: maybe it does.
    #[inline]
    fn known_f64(&self, token: &[u8], number: Plain) -> Option<f64> {
        let Plain { negative, mantissa, scale } = number;
        let whole = whole_digits(token, number)?;
        let digits = whole + scale;
        if digits as usize <= DIGITS_DOUBLE {
            let power = *POWERS_F64.get(scale as usize)?;
            let value = mantissa as f64 / power;
            return self.knows(negative, mantissa, whole, scale).then_some(if negative { -value } else { value });
        }
        // Most long numbers were printed from a double, and it prints them again.
        let whole = if token.get(usize::from(negative)) == Some(&b'0') { 0 } else { whole };
        let known = self.fractions
            && (self.scale_min..=self.scale_max.min(self.scale_value)).contains(&scale)
            && whole <= self.whole_digits
            && scale > 0;
        if known { number::shortest_f64(number).or_else(|| number::parse_f64_printed(token)) } else { None }
    }

    /// The value of a number with an exponent that changes nothing; `None`: maybe it does. No token is compared with what
    /// a double prints any more, and with a dot before the exponent none is a code.
    #[inline]
    fn known_exponent(&self, token: &[u8]) -> Option<f64> {
        if !self.exponents || self.float_text {
            return None;
        }
        let (digits, power) = token.split_at(memchr::memchr2(b'e', b'E', token)?);
        let number = digits::plain(digits).filter(|number| number.scale > 0 && number.mantissa > 0)?;
        let whole = i64::from(whole_digits(digits, number)?);
        let power = number::exponent(&power[1..])?;
        let scale = i64::from(number.scale) - power;
        if scale > i64::from(self.scale_value) || whole + power > i64::from(self.whole_digits) {
            return None;
        }
        let value = u32::try_from(scale).ok().and_then(|scale| number::same_f64(Plain { scale, ..number }));
        value.or_else(|| number::parse_f64(token).ok())
    }

    /// The value of a number that begins with so many zeros behind the dot that all its digits are more than a word holds,
    /// where it changes nothing; `None`: maybe it does. No token is compared with what a double prints any more.
    #[inline]
    fn known_tiny(&self, token: &[u8]) -> Option<f64> {
        if self.float_text || !self.fractions {
            return None;
        }
        let negative = token.first() == Some(&b'-');
        let fraction = token.get(usize::from(negative)..)?.strip_prefix(b"0.")?;
        let scale = fraction.len() as u32;
        if !(self.scale_min..=self.scale_max.min(self.scale_value)).contains(&scale) {
            return None;
        }
        let zeros = fraction.iter().take_while(|digit| **digit == b'0').count();
        let mantissa = digits::digits(&fraction[zeros..])?;
        number::same_f64(Plain { negative, mantissa, scale })
    }

    /// The value of a token in a column of integers of 64 bits, taken into account. `None`: it makes another type.
    #[inline]
    pub(crate) fn read_i64(&mut self, token: Token) -> Option<i64> {
        if let Some((negative, digits, magnitude)) = token.integer()
            && self.knows_integer(negative, digits, magnitude)
            && let Ok(value) = i64::try_from(magnitude)
        {
            return Some(if negative { -value } else { value });
        }
        let token = token.bytes();
        if !self.observe(token) {
            return None;
        }
        number::parse_i64(token).ok()
    }

    /// The value of a token in a column of decimals, in units of 10^-`scale`, taken into account. `None`: it makes
    /// another type.
    #[inline]
    pub(crate) fn read_i128(&mut self, token: Token, precision: u8, scale: i8) -> Option<i128> {
        let (number, token) = (token.plain(), token.bytes());
        if let Some(number) = number
            && let Some(whole) = whole_digits(token, number)
            && self.knows(number.negative, number.mantissa, whole, number.scale)
            && let Some(value) = decimal::units(number, scale)
            && decimal::precision_fits_i128(value, precision)
        {
            return Some(value);
        }
        if !self.observe(token) {
            return None;
        }
        decimal::parse_i128(token, precision, scale).ok()
    }
}

/// How many digits stand before the dot; `None` if the first of several is a zero.
#[inline]
fn whole_digits(token: &[u8], number: Plain) -> Option<u32> {
    let Plain { negative, scale, .. } = number;
    let whole = (token.len() - usize::from(negative) - usize::from(scale > 0)) as u32 - scale;
    (whole <= 1 || token.get(usize::from(negative)) != Some(&b'0')).then_some(whole)
}
