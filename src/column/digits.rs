//! Decimal digits of plain numbers, eight at a time in one register. A token that is not plain is `None`: the exact
//! parsers of [`number`](super::number), [`decimal`](super::decimal) and [`temporal`](super::temporal) take it from
//! there, with the same value where there is one.

#[cfg(feature = "csv")]
mod token;

#[cfg(feature = "csv")]
pub(crate) use self::token::Token;

/// Most digits taken: every number of so many digits fits 64 bits.
pub(crate) const DIGITS_MAX: usize = 19;

/// Powers of ten, of which a number of [`DIGITS_MAX`] digits has one.
pub(crate) const POWERS: [u64; DIGITS_MAX + 1] = {
    let mut powers = [1; DIGITS_MAX + 1];
    let mut digits = 1;
    while digits < powers.len() {
        powers[digits] = 10 * powers[digits - 1];
        digits += 1;
    }
    powers
};

const ZEROS: u64 = 0x3030_3030_3030_3030;
const HIGH: u64 = 0x8080_8080_8080_8080;
/// Dots less zeros.
const DOTS: u64 = 0x1e1e_1e1e_1e1e_1e1e;

/// A number as digits with a dot among them: `mantissa` × 10^-`scale`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Plain {
    /// Whether it begins with `-`. Zero may.
    pub(crate) negative: bool,
    /// The digits without the dot.
    pub(crate) mantissa: u64,
    /// Digits behind the dot; 0 without one.
    pub(crate) scale: u32,
}

/// The value of 1 to [`DIGITS_MAX`] digits and nothing else.
#[inline]
pub(crate) fn digits(text: &[u8]) -> Option<u64> {
    match text.len() {
        1..=8 => eight(text),
        9..=16 => {
            let (head, last) = text.split_last_chunk::<8>()?;
            Some(eight(head)? * 100_000_000 + eight(last)?)
        }
        17..=DIGITS_MAX => {
            let (head, last) = text.split_last_chunk::<16>()?;
            let (middle, last) = last.split_first_chunk::<8>()?;
            Some((eight(head)? * 100_000_000 + eight(middle)?) * 100_000_000 + eight(last)?)
        }
        _ => None,
    }
}

/// `[-] digits [. digits]`, with digits on both sides of a dot, [`DIGITS_MAX`] in all at most.
#[inline]
pub(crate) fn plain(token: &[u8]) -> Option<Plain> {
    let (negative, text) = match token {
        [b'-', rest @ ..] => (true, rest),
        rest => (false, rest),
    };
    if !matches!(text.len(), 1..=20) {
        return None;
    }
    let Some((head, tail)) = text.split_last_chunk::<8>().filter(|(head, _)| !head.is_empty()) else {
        return short(negative, load(text), text.len());
    };
    // A dot among the last eight bytes is the usual case.
    let word = u64::from_le_bytes(*tail) ^ ZEROS;
    let dots = zero_bytes(word ^ DOTS);
    if dots == 0 {
        if let Some(mantissa) = digits(text) {
            return Some(Plain { negative, mantissa, scale: 0 });
        }
        return long(negative, head, text);
    }
    let (word, dot) = without_dot(word, dots);
    let scale = 7 - dot;
    if scale == 0 || !all_digits(word) {
        return None;
    }
    let head = digits(head).filter(|_| text.len() <= DIGITS_MAX + 1)?;
    Some(Plain { negative, mantissa: value(word) + head * 10_000_000, scale })
}

/// The same of up to eight bytes, the last one highest; what is below the first does not matter.
#[inline(always)]
fn short(negative: bool, word: u64, len: usize) -> Option<Plain> {
    let mut word = (word ^ ZEROS) & (u64::MAX << (64 - 8 * len as u32));
    let mut scale = 0;
    let dots = zero_bytes(word ^ DOTS);
    if dots != 0 {
        let dot;
        (word, dot) = without_dot(word, dots);
        scale = 7 - dot;
        if scale == 0 || scale as usize + 1 == len {
            return None;
        }
    }
    all_digits(word).then(|| Plain { negative, mantissa: value(word), scale })
}

/// Takes the first of the dots out of a word: the bytes before it move up, and a zero comes in. Also which byte it was.
#[inline(always)]
fn without_dot(word: u64, dots: u64) -> (u64, u32) {
    let bit = dots.trailing_zeros() & !7;
    let before = word & ((1 << bit) - 1);
    (before << 8 | (word >> bit >> 8 << 8 << bit), bit / 8)
}

/// The same where more than seven digits stand behind the dot.
fn long(negative: bool, head: &[u8], text: &[u8]) -> Option<Plain> {
    let dot = head.iter().position(|byte| *byte == b'.')?;
    let (whole, fraction) = (text.get(..dot)?, text.get(dot + 1..)?);
    if whole.len() + fraction.len() > DIGITS_MAX {
        return None;
    }
    let scale = fraction.len() as u32;
    let mantissa = digits(whole)? * POWERS[fraction.len()] + digits(fraction)?;
    Some(Plain { negative, mantissa, scale })
}

/// The value of 1 to 8 digits.
#[inline(always)]
fn eight(text: &[u8]) -> Option<u64> {
    if text.is_empty() {
        return None;
    }
    let word = (load(text) ^ ZEROS) & (u64::MAX << (64 - 8 * text.len() as u32));
    if all_digits(word) { Some(value(word)) } else { None }
}

/// At most eight bytes, the last one highest; zeros below the first. Only the first eight of a longer text matter.
#[inline(always)]
fn load(text: &[u8]) -> u64 {
    let len = text.len();
    match (text.first_chunk::<8>(), text.first_chunk::<4>(), text.last_chunk::<4>(), text) {
        (Some(eight), ..) => u64::from_le_bytes(*eight),
        (_, Some(first), Some(last), _) => {
            u64::from(u32::from_le_bytes(*first)) << (64 - 8 * len as u32) | u64::from(u32::from_le_bytes(*last)) << 32
        }
        // One to three: the first, the one in the middle and the last, which may be the same. Lengths are not told apart.
        (.., [first, rest @ ..]) => {
            let middle = text.get(len / 2).unwrap_or(first);
            let last = rest.last().unwrap_or(first);
            let at = |index: usize| 8 * (8 - len + index) as u32;
            u64::from(*first) << at(0) | u64::from(*middle) << at(len / 2) | u64::from(*last) << 56
        }
        _ => 0,
    }
}

/// Whether each byte is at most 9.
#[inline(always)]
fn all_digits(word: u64) -> bool {
    (word.wrapping_add(0x7676_7676_7676_7676) | word) & HIGH == 0
}

/// The number that eight bytes of 0 to 9 are the digits of, the first in the lowest byte.
#[inline(always)]
fn value(word: u64) -> u64 {
    let pairs = (word.wrapping_mul(10) + (word >> 8)) & 0x00ff_00ff_00ff_00ff;
    let fours = (pairs.wrapping_mul(100) + (pairs >> 16)) & 0x0000_ffff_0000_ffff;
    (fours.wrapping_mul(10_000) + (fours >> 32)) & 0xffff_ffff
}

/// The high bit of each byte that is zero, exactly.
#[inline(always)]
fn zero_bytes(word: u64) -> u64 {
    !(((word & !HIGH) + !HIGH) | word | !HIGH)
}

/// Eight bytes less those of `pattern`: `None` unless they are digits where that has `0`, and the same elsewhere.
#[inline(always)]
pub(crate) fn shaped(text: &[u8; 8], pattern: &[u8; 8]) -> Option<[u8; 8]> {
    let (word, pattern) = (u64::from_le_bytes(*text), u64::from_le_bytes(*pattern));
    // All bits of the bytes that are no digits; of constants where the pattern is one.
    let other = !((zero_bytes(pattern ^ ZEROS) >> 7) * 0xff);
    let word = word ^ pattern;
    (all_digits(word) && word & other == 0).then(|| word.to_le_bytes())
}

#[cfg(test)]
mod tests;
