//! Kernels of the reader: how far plain text goes, digits eight at a time, keys by wide comparisons.
//!
//! Each answers the usual case and leaves the others to the caller: `None` or false means "look closer", never "wrong".
//! They look at bytes behind the record too, where there are any; a line break, which no token holds, stops them all.

use crate::column::digits::POWERS;
use crate::column::{self, number};
use crate::simd::sixteen;
use crate::simd::word::{self, HIGH, ONES};

/// What ends plain text in quotes, besides control characters.
const SPECIAL: [u8; 2] = *b"\"\\";

/// A bit for each byte that is a quote, a backslash or a control character.
#[inline(always)]
fn specials(block: &[u8; 16]) -> u32 {
    sixteen::mask::<true, 2>(block, SPECIAL)
}

/// The first byte from `at` on that is a quote, a backslash or a control character, or the end.
#[inline]
pub fn plain_end(bytes: &[u8], mut at: usize) -> usize {
    while let Some(block) = block(bytes, at) {
        let marks = specials(block);
        if marks != 0 {
            return at + marks.trailing_zeros() as usize;
        }
        at += 16;
    }
    if let Some(eight) = bytes.get(at..).and_then(|rest| rest.first_chunk::<8>()) {
        let marks = word::first_or_control(u64::from_le_bytes(*eight), SPECIAL);
        if marks != 0 {
            return at + (marks.trailing_zeros() / 8) as usize;
        }
        at += 8;
    }
    while let Some(&byte) = bytes.get(at) {
        if byte == b'"' || byte == b'\\' || byte < 0x20 {
            return at;
        }
        at += 1;
    }
    bytes.len()
}

/// Appends the text from `at` on, which stands in quotes and has no escapes; returns where it goes on behind the
/// closing quote. `None`, and nothing is appended, if it is not such a text or the end is near.
#[inline]
pub fn copy_plain(bytes: &[u8], at: usize, out: &mut Vec<u8>) -> Option<usize> {
    let before = out.len();
    let mut from = at;
    while let Some(block) = block(bytes, from) {
        // Whole blocks are copied: what is too much is cut off.
        out.extend_from_slice(block);
        let marks = specials(block);
        if marks != 0 {
            let end = from + marks.trailing_zeros() as usize;
            if bytes[end] == b'"' {
                out.truncate(before + (end - at));
                return Some(end + 1);
            }
            break;
        }
        from += 16;
    }
    out.truncate(before);
    None
}

/// Behind the closing quote of a text without escapes that goes on at `at`.
#[inline]
pub fn skip_plain(bytes: &[u8], mut at: usize) -> Option<usize> {
    while let Some(block) = block(bytes, at) {
        let marks = specials(block);
        if marks != 0 {
            let end = at + marks.trailing_zeros() as usize;
            return (bytes[end] == b'"').then_some(end + 1);
        }
        at += 16;
    }
    None
}

#[inline]
fn block(bytes: &[u8], at: usize) -> Option<&[u8; 16]> {
    bytes.get(at..)?.first_chunk()
}

#[inline]
fn word(bytes: &[u8], at: usize) -> Option<u64> {
    bytes.get(at..)?.first_chunk().map(|word| u64::from_le_bytes(*word))
}

/// Whether a token can end before `byte`.
#[inline(always)]
pub(super) fn ends_token(byte: u8) -> bool {
    matches!(byte, b',' | b'}' | b']' | b'\n' | b'\r' | b' ' | b'\t')
}

/// Steps over a blank, if one stands at `at`: writers put one or none behind commas and colons.
#[inline]
pub fn behind_blank(bytes: &[u8], at: usize) -> usize {
    at + usize::from(bytes.get(at) == Some(&b' '))
}

/// Behind the word at `at`, if it is `word` (with the first letter) and ends.
#[inline]
pub fn plain_word<const N: usize>(bytes: &[u8], at: usize, word: &[u8; N]) -> Option<usize> {
    let found = bytes.get(at..)?.first_chunk::<N>()? == word;
    let end = at + N;
    (found && ends_token(*bytes.get(end)?)).then_some(end)
}

/// A plain number: an optional minus, digits, perhaps a dot and digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plain {
    /// Whether there is a minus.
    pub negative: bool,
    /// The value of all digits together, without sign and dot.
    pub digits: u64,
    /// How many digits stand before the dot.
    pub whole: u32,
    /// How many stand behind it; 0 without a dot.
    pub scale: u32,
    /// Behind the token.
    pub end: usize,
}

/// Digits whose value fits 64 bits whatever they are.
const DIGITS_MAX: u32 = 19;

/// Adds the digits from `at` on to those of `value`, of which there are `count`. Returns value and count.
#[inline(always)]
fn digits(bytes: &[u8], mut at: usize, mut value: u64, mut count: u32) -> Option<(u64, u32)> {
    loop {
        let word = word(bytes, at)? ^ (ONES * b'0' as u64);
        // The first byte above 9 has its high bit set.
        let others = (word.wrapping_add(ONES * 0x76) | word) & HIGH;
        let found = others.trailing_zeros() / 8;
        if found > 0 {
            if count + found > DIGITS_MAX {
                return None;
            }
            // The first digit is the lowest byte; zeros are put before it.
            let eight = word << (64 - 8 * found);
            let pairs = eight.wrapping_mul(10).wrapping_add(eight >> 8);
            let upper = (pairs & 0x0000_00ff_0000_00ff).wrapping_mul(0x000f_4240_0000_0064);
            let lower = (pairs >> 16 & 0x0000_00ff_0000_00ff).wrapping_mul(0x0000_2710_0000_0001);
            value = value * POWERS[found as usize] + (upper.wrapping_add(lower) >> 32);
            count += found;
        }
        if found < 8 {
            return Some((value, count));
        }
        at += 8;
    }
}

/// The plain number at `at`, of at most 19 digits; `None` if it is not one or the end is near.
#[inline(always)]
pub fn plain_number(bytes: &[u8], at: usize) -> Option<Plain> {
    let negative = *bytes.get(at)? == b'-';
    let start = at + usize::from(negative);
    let (value, whole) = digits(bytes, start, 0, 0)?;
    if whole == 0 || (whole > 1 && bytes[start] == b'0') {
        return None;
    }
    let mut number = Plain { negative, digits: value, whole, scale: 0, end: start + whole as usize };
    if *bytes.get(number.end)? == b'.' {
        let (value, count) = digits(bytes, number.end + 1, value, whole)?;
        if count == whole {
            return None;
        }
        number.digits = value;
        number.scale = count - whole;
        number.end += 1 + number.scale as usize;
    }
    ends_token(*bytes.get(number.end)?).then_some(number)
}

impl Plain {
    /// The value, if it is an integer of 64 bits, and not a zero with a sign.
    #[inline]
    pub fn as_i64(&self) -> Option<i64> {
        if self.scale != 0 || (self.negative && self.digits == 0) {
            return None;
        }
        let value = i64::try_from(self.digits).ok()?;
        Some(if self.negative { -value } else { value })
    }

    /// The value, if a double prints it with the same digits and finding that out takes no printing. Of 15 digits a double
    /// keeps all: both parts of the quotient are exact, so it is rounded once.
    #[inline]
    pub fn as_f64(&self) -> Option<f64> {
        if self.whole + self.scale > 15 {
            let Plain { negative, digits: mantissa, scale, .. } = *self;
            return number::shortest_f64(column::digits::Plain { negative, mantissa, scale });
        }
        let scale = number::POWERS_F64.get(self.scale as usize)?;
        let value = self.digits as f64 / scale;
        Some(if self.negative { -value } else { value })
    }
}

/// A key with its quotes and colon, as most writers write it.
#[derive(Clone, Debug)]
pub struct Key {
    text: Box<[u8]>,
    /// The first 16 bytes, and the bits of them that count.
    head: u128,
    mask: u128,
}

impl Key {
    /// Of this name.
    pub fn new(name: &[u8]) -> Self {
        let mut text = Vec::with_capacity(name.len() + 3);
        super::string::push_string(&mut text, name);
        text.push(b':');
        let mut head = [0; 16];
        let used = text.len().min(16);
        head[..used].copy_from_slice(&text[..used]);
        Key { head: u128::from_le_bytes(head), mask: u128::MAX >> (128 - 8 * used), text: text.into() }
    }

    /// How many bytes it has.
    #[inline]
    pub fn length(&self) -> usize {
        self.text.len()
    }

    /// Whether it stands at `at`.
    #[inline]
    pub fn stands_at(&self, bytes: &[u8], at: usize) -> bool {
        let Some(head) = block(bytes, at) else {
            return bytes.get(at..).is_some_and(|rest| rest.starts_with(&self.text));
        };
        if (u128::from_le_bytes(*head) ^ self.head) & self.mask != 0 {
            return false;
        }
        let length = self.text.len();
        length <= 16 || bytes.get(at + 16..at + length) == Some(&self.text[16..])
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::column::number;

    proptest! {
        #[test]
        fn plain_text_ends_where_a_byte_by_byte_search_says(text in "[ -~é\"\\\\\n]{0,70}", at in 0_usize..20) {
            let bytes = text.as_bytes();
            let at = at.min(bytes.len());
            let special = |byte: &u8| matches!(byte, b'"' | b'\\' | 0..=0x1f);
            let wanted = bytes[at..].iter().position(special).map_or(bytes.len(), |offset| at + offset);
            prop_assert_eq!(plain_end(bytes, at), wanted);
            let mut out = b"before".to_vec();
            let copied = copy_plain(bytes, at, &mut out);
            match copied {
                Some(next) => {
                    prop_assert_eq!(next, wanted + 1);
                    prop_assert_eq!(bytes[wanted], b'"');
                    prop_assert_eq!(&out[6..], &bytes[at..wanted]);
                }
                None => {
                    prop_assert!(bytes.get(wanted) != Some(&b'"') || bytes.len() < wanted + 16);
                    prop_assert_eq!(&out[..], b"before");
                }
            }
            prop_assert_eq!(skip_plain(bytes, at), copied);
        }

        #[test]
        fn plain_numbers_have_the_value_of_their_digits(token in "-?(0|[1-9][0-9]{0,20})(\\.[0-9]{1,18})?([eE]1|x|\\.|)") {
            let text = format!("{token},         ");
            let json: Option<serde_json::Number> = serde_json::from_str(&token).ok();
            match plain_number(text.as_bytes(), 0) {
                None => {
                    let digits = token.bytes().filter(u8::is_ascii_digit).count();
                    prop_assert!(json.is_none() || token.contains(['e', 'E']) || digits > 19);
                }
                Some(plain) => {
                    prop_assert!(json.is_some());
                    prop_assert_eq!(plain.end, token.len());
                    if let Some(value) = plain.as_i64() {
                        prop_assert_eq!(number::parse_i64(token.as_bytes()), Ok(value));
                    }
                    if let Some(value) = plain.as_f64() {
                        let wanted: f64 = token.parse().unwrap();
                        prop_assert_eq!(value.to_bits(), wanted.to_bits());
                        prop_assert_eq!(number::parse_f64(token.as_bytes()).map(f64::to_bits), Ok(wanted.to_bits()));
                    }
                }
            }
        }

        #[test]
        fn keys_stand_only_where_their_text_does(
            name in "[a-c\"é]{0,20}", other in "[a-c\"é]{0,20}", behind in "[ -~]{0,12}", same: bool,
        ) {
            let key = Key::new(name.as_bytes());
            let mut text = b"{".to_vec();
            crate::column::json::string::push_string(&mut text, if same { &name } else { &other }.as_bytes());
            text.push(b':');
            text.extend_from_slice(behind.as_bytes());
            prop_assert_eq!(key.stands_at(&text, 1), same || name == other);
            for end in 0..text.len() {
                prop_assert_eq!(key.stands_at(&text[..end], 1), (same || name == other) && end > key.length());
            }
        }
    }

    #[test]
    fn numbers_with_leading_zeros_and_of_twenty_digits_are_left_to_others() {
        for token in ["01", "-01.5", "12345678901234567890", "1.", ".5", "-", "+1", "1.2345678901234567890"] {
            assert_eq!(plain_number(format!("{token},          ").as_bytes(), 0), None, "{token}");
        }
        let most = plain_number(b"9999999999999999999}         ", 0).unwrap();
        assert_eq!((most.digits, most.whole, most.as_i64()), (9_999_999_999_999_999_999, 19, None));
    }
}
