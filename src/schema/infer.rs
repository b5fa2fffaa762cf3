//! What type a column of numbers in text has: found over all rows, in parts that merge in any order.
//!
//! The rule is reversibility: a type is chosen only if it gives back every number. Integers grow from 64 bits to
//! decimals of 76 digits and never pass through floats.

pub mod evidence;
#[cfg(feature = "csv")]
mod read;
pub mod temporal;

use arrow_schema::DataType;

use crate::column::digits::{self, POWERS, Plain};
use crate::column::number::{self, Decimal};

/// Digits of an integer that fits every 64-bit type.
const DIGITS_64: usize = 18;
/// Significant digits that every double keeps.
const DIGITS_DOUBLE: usize = 15;

/// What is known of the numbers of a column. Tokens must have the form of a JSON number; any other makes the column
/// text. Merging is associative and commutative; the size is fixed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NumberShape {
    /// A token that is not a JSON number.
    not_number: bool,
    /// Tokens without fraction and exponent.
    integers: bool,
    /// Tokens with a fraction or an exponent.
    fractions: bool,
    /// Tokens with an exponent.
    exponents: bool,
    /// `-0`, `-0.0`, `-0e5`: only floats keep the sign.
    negative_zero: bool,
    /// A negative integer.
    negative: bool,
    fits_i64: bool,
    fits_u64: bool,
    /// Digits of the longest integer.
    integer_digits: u32,
    /// Every fraction prints back as the same text.
    float_text: bool,
    /// Every token is the same number after a trip through a double.
    float_value: bool,
    /// Fewest and most fraction digits as written (tokens without exponent).
    scale_min: u32,
    scale_max: u32,
    /// Digits before the dot, and fraction digits that matter, at most, over all tokens.
    whole_digits: u32,
    scale_value: u32,
    /// An exponent form that could as well be a code (`12E5`): no dot, no sign, and not how a float is written.
    code_like: bool,
    /// NaN or an infinity.
    non_finite: bool,
}

/// Which type columns of numbers with fractions get.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Fractions {
    /// The first that gives the text back, then the first that gives the numbers back.
    #[default]
    Auto,
    /// A decimal, if one holds all numbers.
    Decimal,
    /// Float64, if it holds all numbers.
    Float,
}

impl Default for NumberShape {
    fn default() -> Self {
        NumberShape {
            not_number: false,
            integers: false,
            fractions: false,
            exponents: false,
            negative_zero: false,
            negative: false,
            fits_i64: true,
            fits_u64: true,
            integer_digits: 0,
            float_text: true,
            float_value: true,
            scale_min: u32::MAX,
            scale_max: 0,
            whole_digits: 0,
            scale_value: 0,
            code_like: false,
            non_finite: false,
        }
    }
}

impl NumberShape {
    /// Takes one token into account. False if it is not a JSON number: the column is then text for good.
    #[inline]
    pub fn observe(&mut self, token: &[u8]) -> bool {
        if self.not_number {
            return false;
        }
        // Short ones are told by a look at each byte.
        if token.len() > 8
            && let Some(number) = digits::plain(token)
            && let Some(known) = self.plain(token, number)
        {
            return known;
        }
        self.any(token)
    }

    /// The same for any token.
    fn any(&mut self, token: &[u8]) -> bool {
        let (negative, body) = match token {
            [b'-', body @ ..] => (true, body),
            body => (false, body),
        };
        let whole = digit_run(body);
        let leading_zero = body.first() == Some(&b'0');
        if whole == 0 || (leading_zero && whole > 1) {
            self.not_number = true;
            return false;
        }
        if whole == body.len() {
            self.integer(token, negative, leading_zero, whole);
            return true;
        }
        if body[whole] == b'.' {
            let rest = &body[whole + 1..];
            let fraction = digit_run(rest);
            if fraction > 0 && fraction == rest.len() {
                self.fraction(token, negative, leading_zero, &body[..whole], rest);
                return true;
            }
        }
        self.other(token)
    }

    /// Whether [`NumberShape::observe`] would change nothing for a JSON number of these parts: its digits as one integer,
    /// how many of them stand before the dot and how many behind it (none: there is no dot). False if only that can say.
    #[inline]
    pub fn knows(&self, negative: bool, digits: u64, whole: u32, scale: u32) -> bool {
        if digits == 0 && negative {
            return false;
        }
        // A zero before the dot counts for nothing.
        let whole = if whole == 1 && POWERS.get(scale as usize).is_some_and(|one| digits < *one) { 0 } else { whole };
        let known = whole <= self.whole_digits && self.scale_min <= scale && (!negative || self.negative || scale > 0);
        if scale == 0 {
            return known && self.integers && self.knows_long(negative, digits, whole) && whole <= self.integer_digits;
        }
        // `0.0000…` may be printed otherwise.
        let tiny = whole == 0 && scale >= 4 && digits < POWERS[(scale - 4) as usize];
        let plain = (whole.max(1) + scale) as usize <= DIGITS_DOUBLE && !tiny;
        let text = !self.float_text || scale == 1 || !digits.is_multiple_of(10);
        // The zero of `.0` does not matter.
        let matters = scale <= self.scale_value || (scale == 1 && digits.is_multiple_of(10));
        known && self.fractions && scale <= self.scale_max && matters && plain && text
    }

    /// The same of an integer: how many digits it has, none of them a zero in front of others, and their value.
    #[cfg(feature = "csv")]
    #[inline(always)]
    fn knows_integer(&self, negative: bool, digits: u32, magnitude: u64) -> bool {
        // Zero is the one without digits. No branch on the sign: it is anyone's guess.
        let short = (digits <= self.integer_digits) | (magnitude == 0);
        let known = self.integers & short & (!negative | self.negative);
        known && self.knows_long(negative, magnitude, digits)
    }

    /// What matters only in long integers: whether one of `digits` digits fits the types that are still possible.
    #[inline(always)]
    fn knows_long(&self, negative: bool, magnitude: u64, digits: u32) -> bool {
        digits as usize <= DIGITS_DOUBLE || {
            let float = magnitude <= 1 << 53 || !self.float_value;
            float && (digits as usize <= DIGITS_64 || (magnitude <= i64::MAX as u64 && !(negative && self.fits_u64)))
        }
    }

    /// The usual numbers, by their digits. `None`: not one of them, nothing was done.
    #[inline]
    fn plain(&mut self, token: &[u8], number: Plain) -> Option<bool> {
        let Plain { negative, mantissa, scale } = number;
        let digits = (token.len() - usize::from(negative) - usize::from(scale > 0)) as u32;
        let whole = digits - scale;
        let zero = token.get(usize::from(negative)) == Some(&b'0');
        if zero && whole > 1 {
            self.not_number = true;
            return Some(false);
        }
        if scale == 0 {
            self.short_integer(negative, zero, whole);
            if digits as usize > DIGITS_DOUBLE {
                // Below 2^53 all integers are doubles.
                self.float_value = self.float_value && (mantissa < 1 << 53 || number::parse_f64(token).is_ok());
                self.fits_i64 = self.fits_i64 && (mantissa < 1 << 63 || number::parse_i64(token).is_ok());
                self.fits_u64 &= !negative || digits as usize <= DIGITS_64;
            }
            return Some(true);
        }
        // Long ones are compared with what a double prints, and so are tiny ones.
        if digits as usize > DIGITS_DOUBLE || (zero && scale > 4) {
            return None;
        }
        self.fractions = true;
        self.scale_min = self.scale_min.min(scale);
        self.scale_max = self.scale_max.max(scale);
        if !zero {
            self.whole_digits = self.whole_digits.max(whole);
        }
        self.negative_zero |= negative && mantissa == 0;
        // Fraction digits that matter: what was seen already needs no look.
        if mantissa % 10 != 0 {
            self.scale_value = self.scale_value.max(scale);
        } else if self.scale_value < scale || self.float_text {
            let fraction = token.get(token.len() - scale as usize..).unwrap_or_default();
            let zeros = fraction.iter().rev().take_while(|digit| **digit == b'0').count() as u32;
            self.scale_value = self.scale_value.max(scale - zeros);
            // A float prints no trailing zeros but that of `.0`.
            self.float_text = self.float_text && fraction == b"0";
        }
        Some(true)
    }

    fn integer(&mut self, token: &[u8], negative: bool, zero: bool, digits: usize) {
        self.short_integer(negative, zero, digits as u32);
        if digits > DIGITS_DOUBLE {
            self.long_integer(token, digits);
        }
    }

    #[inline]
    fn short_integer(&mut self, negative: bool, zero: bool, digits: u32) {
        self.integers = true;
        if zero {
            self.negative_zero |= negative;
        } else {
            self.negative |= negative;
            self.integer_digits = self.integer_digits.max(digits);
            self.whole_digits = self.whole_digits.max(digits);
        }
        self.scale_min = 0;
    }

    fn long_integer(&mut self, token: &[u8], digits: usize) {
        self.float_value = self.float_value && number::parse_f64(token).is_ok();
        if digits > DIGITS_64 {
            self.fits_i64 = self.fits_i64 && number::parse_i64(token).is_ok();
            self.fits_u64 = self.fits_u64 && number::parse_u64(token).is_ok();
        }
    }

    #[inline]
    fn fraction(&mut self, token: &[u8], negative: bool, zero_whole: bool, whole: &[u8], fraction: &[u8]) {
        self.fractions = true;
        let scale = fraction.len() as u32;
        self.scale_min = self.scale_min.min(scale);
        self.scale_max = self.scale_max.max(scale);
        if !zero_whole {
            self.whole_digits = self.whole_digits.max(whole.len() as u32);
        }
        let mut matter = fraction.len();
        while matter > 0 && fraction[matter - 1] == b'0' {
            matter -= 1;
        }
        self.scale_value = self.scale_value.max(matter as u32);
        if whole.len() + fraction.len() > DIGITS_DOUBLE || (zero_whole && fraction.starts_with(b"0000")) {
            return self.long_fraction(token, negative);
        }
        if zero_whole && matter == 0 {
            self.negative_zero |= negative;
        }
        // Few digits, and not tiny: a float prints them plainly, without trailing zeros but for `.0`.
        self.float_text = self.float_text && (matter == fraction.len() || fraction == b"0");
    }

    fn long_fraction(&mut self, token: &[u8], negative: bool) {
        if let Some(decimal) = Decimal::scan(token) {
            self.negative_zero |= negative && decimal.is_zero();
        }
        self.float(token);
    }

    fn float(&mut self, token: &[u8]) {
        match number::parse_f64(token) {
            Ok(value) => {
                if self.float_text {
                    let mut buffer = zmij::Buffer::new();
                    self.float_text = buffer.format_finite(value).as_bytes() == token;
                }
            }
            Err(_) => {
                self.float_text = false;
                self.float_value = false;
            }
        }
    }

    /// Exponents, and everything that is not a number.
    fn other(&mut self, token: &[u8]) -> bool {
        let Some(decimal) = Decimal::scan(token).filter(|_| is_json_number(token)) else {
            self.not_number = true;
            return false;
        };
        self.fractions = true;
        self.exponents = true;
        self.negative_zero |= decimal.is_zero() && decimal.negative;
        let power = decimal.power();
        // Beyond any decimal type the exact count does not matter.
        let clamped = |count: i64| u32::try_from(count.clamp(0, 100_000)).unwrap_or(100_000);
        self.scale_value = self.scale_value.max(clamped(-power));
        if !decimal.is_zero() {
            self.whole_digits = self.whole_digits.max(clamped(decimal.len() as i64 + power));
        }
        let plain = !token.iter().any(|byte| matches!(byte, b'.' | b'+')) && !token[1..].contains(&b'-');
        if plain && !self.code_like {
            self.code_like = number::parse_f64(token).map_or(true, |value| {
                let mut buffer = zmij::Buffer::new();
                let printed = buffer.format_finite(value).bytes().filter(|byte| *byte != b'+');
                !printed.eq(token.iter().copied())
            });
        }
        self.float(token);
        true
    }

    /// Takes a NaN or an infinity into account: only floats hold it.
    pub fn observe_non_finite(&mut self) {
        self.fractions = true;
        self.float_text = false;
        self.non_finite = true;
    }

    /// Adds what another part of the column showed.
    pub fn merge(&mut self, other: &NumberShape) {
        self.non_finite |= other.non_finite;
        self.not_number |= other.not_number;
        self.integers |= other.integers;
        self.fractions |= other.fractions;
        self.exponents |= other.exponents;
        self.negative_zero |= other.negative_zero;
        self.negative |= other.negative;
        self.fits_i64 &= other.fits_i64;
        self.fits_u64 &= other.fits_u64;
        self.integer_digits = self.integer_digits.max(other.integer_digits);
        self.float_text &= other.float_text;
        self.float_value &= other.float_value;
        self.scale_min = self.scale_min.min(other.scale_min);
        self.scale_max = self.scale_max.max(other.scale_max);
        self.whole_digits = self.whole_digits.max(other.whole_digits);
        self.scale_value = self.scale_value.max(other.scale_value);
        self.code_like |= other.code_like;
    }

    /// Whether a token was seen that is not a JSON number.
    pub fn is_text(&self) -> bool {
        self.not_number
    }

    /// Whether no number was seen.
    pub fn is_empty(&self) -> bool {
        !(self.not_number || self.integers || self.fractions)
    }

    /// The type of a JSON column: `None` if no type gives back every number (keep the text).
    ///
    /// Integers: Int64, UInt64, Decimal128(38, 0), Decimal256(76, 0). With fractions: Float64 if every number
    /// survives, else the decimal that holds all: with their last zeros where they have as many fraction digits.
    pub fn json_type(&self) -> Option<DataType> {
        if self.is_text() || self.is_empty() {
            return None;
        }
        if !self.fractions && !self.negative_zero {
            return self.integer_type();
        }
        if self.float_value { Some(DataType::Float64) } else { self.exact_decimal() }
    }

    /// The type of a CSV column: `None` if it stays text.
    ///
    /// Integers as in JSON. With fractions, unless a type is wanted, the first that holds for the whole column: Float64 if
    /// the text comes back, a decimal if all have the same number of fraction digits, Float64 if the numbers come back, a
    /// decimal.
    pub fn csv_type(&self, fractions: Fractions) -> Option<DataType> {
        if self.is_text() || self.is_empty() || self.code_like {
            return None;
        }
        if !self.fractions && !self.negative_zero {
            return self.integer_type();
        }
        let wanted = match fractions {
            Fractions::Auto => None,
            Fractions::Decimal => self.exact_decimal(),
            Fractions::Float => self.float_value.then_some(DataType::Float64),
        };
        if wanted.is_some() {
            return wanted;
        }
        if self.is_float_text() {
            return Some(DataType::Float64);
        }
        if let Some(decimal) = self.uniform_decimal() {
            return Some(decimal);
        }
        if self.float_value { Some(DataType::Float64) } else { self.any_decimal() }
    }

    /// Whether [`NumberShape::csv_type`] keeps the numbers but not the text of some (`1.50` is written `1.5`).
    pub fn csv_restyles(&self, fractions: Fractions) -> bool {
        match self.csv_type(fractions) {
            Some(DataType::Float64) => !self.is_float_text(),
            Some(DataType::Decimal128(..) | DataType::Decimal256(..)) if self.fractions => {
                self.uniform_decimal().is_none()
            }
            _ => false,
        }
    }

    fn is_float_text(&self) -> bool {
        self.float_text && self.float_value && !self.integers
    }

    fn integer_type(&self) -> Option<DataType> {
        match self.integer_digits {
            _ if self.fits_i64 => Some(DataType::Int64),
            _ if self.fits_u64 && !self.negative => Some(DataType::UInt64),
            0..=38 => Some(DataType::Decimal128(38, 0)),
            39..=76 => Some(DataType::Decimal256(76, 0)),
            _ => None,
        }
    }

    /// The decimal that gives the same text: all tokens have as many fraction digits.
    fn uniform_decimal(&self) -> Option<DataType> {
        if self.exponents || self.negative_zero || self.non_finite || self.scale_min != self.scale_max {
            return None;
        }
        decimal(self.whole_digits, self.scale_max)
    }

    /// The decimal that gives the same text, else the one that gives the same numbers.
    fn exact_decimal(&self) -> Option<DataType> {
        self.uniform_decimal().or_else(|| self.any_decimal())
    }

    fn any_decimal(&self) -> Option<DataType> {
        if self.negative_zero || self.non_finite { None } else { decimal(self.whole_digits, self.scale_value) }
    }
}

fn decimal(whole: u32, scale: u32) -> Option<DataType> {
    let precision = whole.saturating_add(scale).max(1);
    let scale = i8::try_from(scale).ok()?;
    match u8::try_from(precision).ok()? {
        precision @ 0..=38 => Some(DataType::Decimal128(precision, scale)),
        precision @ 39..=76 => Some(DataType::Decimal256(precision, scale)),
        _ => None,
    }
}

#[inline]
fn digit_run(text: &[u8]) -> usize {
    text.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(text.len())
}

/// RFC 8259 §6.
fn is_json_number(token: &[u8]) -> bool {
    let body = token.strip_prefix(b"-").unwrap_or(token);
    let whole = digit_run(body);
    if whole == 0 || (body[0] == b'0' && whole > 1) {
        return false;
    }
    let mut rest = &body[whole..];
    if let [b'.', after @ ..] = rest {
        let fraction = digit_run(after);
        if fraction == 0 {
            return false;
        }
        rest = &after[fraction..];
    }
    if let [b'e' | b'E', after @ ..] = rest {
        let after = match after {
            [b'+' | b'-', after @ ..] => after,
            after => after,
        };
        let exponent = digit_run(after);
        return exponent > 0 && exponent == after.len();
    }
    rest.is_empty()
}

#[cfg(test)]
mod tests;
