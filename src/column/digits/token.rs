//! Plain numbers where they stand: what comes before a token is loaded with it and masked, so that no branch depends on how
//! long it is. Numbers of a column have all lengths, and a processor guesses wrong every second or third time.

use super::{DIGITS_MAX, DOTS, Plain, ZEROS, all_digits, plain, short, value, zero_bytes};

/// [`ZEROS`], twice.
const ZEROS_16: u128 = (ZEROS as u128) << 64 | ZEROS as u128;

/// A token in a longer text.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Token<'a> {
    /// From the beginning of the text to the end of the token.
    until: &'a [u8],
    len: usize,
}

impl<'a> Token<'a> {
    /// The bytes from `start` to `end`; `None` if these are not in the text.
    #[inline]
    pub(crate) fn new(text: &'a [u8], start: usize, end: usize) -> Option<Self> {
        Some(Token { until: text.get(..end)?, len: end.checked_sub(start)? })
    }

    /// The token alone.
    #[inline]
    pub(crate) fn bytes(self) -> &'a [u8] {
        // The length is never more.
        self.until.get(self.until.len().saturating_sub(self.len)..).unwrap_or_default()
    }

    /// What [`plain`] says of it. Inlined, because a number that goes through memory, written in parts and read as a whole,
    /// takes longer than to read its digits.
    #[inline(always)]
    pub(crate) fn plain(self) -> Option<Plain> {
        match self.at_once() {
            Some(number) => Some(number),
            None => plain(self.bytes()),
        }
    }

    /// Sign, number of digits and value where it is an integer of up to [`DIGITS_MAX`] digits without zeros in front of
    /// them, and not `-0`. Only where it stands behind so much other text that it can be loaded at once.
    #[inline(always)]
    pub(crate) fn integer(self) -> Option<(bool, u32, u64)> {
        let bytes = self.bytes();
        let negative = *bytes.first()? == b'-';
        let len = self.len - usize::from(negative);
        let digits = match len {
            1..=8 => {
                let word = (u64::from_le_bytes(*self.until.last_chunk()?) ^ ZEROS) & (u64::MAX << (64 - 8 * len));
                all_digits(word).then(|| value(word))?
            }
            9..=16 => {
                let text = u128::from_le_bytes(*self.until.last_chunk()?) ^ ZEROS_16;
                sixteen(text & (u128::MAX << (128 - 8 * len)))?
            }
            17..=DIGITS_MAX => {
                let (head, tail) = self.until.last_chunk::<24>()?.split_last_chunk::<8>()?;
                let head = (u128::from_le_bytes(*head.first_chunk()?) ^ ZEROS_16) & (u128::MAX << (192 - 8 * len));
                let tail = u64::from_le_bytes(*tail) ^ ZEROS;
                all_digits(tail).then_some(sixteen(head)? * 100_000_000 + value(tail))?
            }
            _ => return None,
        };
        let zero = *bytes.get(usize::from(negative))? == b'0';
        (!zero || (len == 1 && !negative)).then_some((negative, len as u32, digits))
    }

    #[inline(always)]
    pub(super) fn at_once(self) -> Option<Plain> {
        let negative = *self.bytes().first()? == b'-';
        match self.len - usize::from(negative) {
            len @ 1..=8 => short(negative, u64::from_le_bytes(*self.until.last_chunk()?), len),
            len @ 9..=16 => self.middle(negative, len),
            len @ 17..=20 => self.long(negative, len),
            _ => None,
        }
    }

    /// Of up to 16 digits, of which one may be a dot.
    #[inline(always)]
    fn middle(self, negative: bool, len: usize) -> Option<Plain> {
        let text = u128::from_le_bytes(*self.until.last_chunk()?) ^ ZEROS_16;
        let (digits, dot) = without_dot(text & (u128::MAX << (128 - 8 * len)));
        let scale = if dot < 16 { 15 - dot } else { 0 };
        if dot < 16 && (scale == 0 || scale as usize + 1 == len) {
            return None;
        }
        Some(Plain { negative, mantissa: sixteen(digits)?, scale })
    }

    /// Of up to 20, with the dot before the last eight.
    #[inline(always)]
    fn long(self, negative: bool, len: usize) -> Option<Plain> {
        let (head, tail) = self.until.last_chunk::<24>()?.split_last_chunk::<8>()?;
        let head = u128::from_le_bytes(*head.first_chunk()?) ^ ZEROS_16;
        let tail = u64::from_le_bytes(*tail) ^ ZEROS;
        let (digits, dot) = without_dot(head & (u128::MAX << (192 - 8 * len)));
        let scale = if dot < 16 { 23 - dot } else { 0 };
        // Twenty digits may be more than a word holds.
        if (dot < 16 && scale as usize + 1 == len) || (dot == 16 && len == 20) || !all_digits(tail) {
            return None;
        }
        Some(Plain { negative, mantissa: sixteen(digits)? * 100_000_000 + value(tail), scale })
    }
}

/// Takes the first dot out of sixteen bytes: those before it move up, and a zero comes in. Also which byte it was, 16 if
/// there is none.
#[inline(always)]
fn without_dot(text: u128) -> (u128, u32) {
    let dots = u128::from(zero_bytes(text as u64 ^ DOTS)) | u128::from(zero_bytes((text >> 64) as u64 ^ DOTS)) << 64;
    if dots == 0 {
        return (text, 16);
    }
    let bit = dots.trailing_zeros() & !7;
    let before = text & ((1 << bit) - 1);
    (before << 8 | (text >> bit >> 8 << 8 << bit), bit / 8)
}

/// The number that sixteen bytes of 0 to 9 are the digits of.
#[inline(always)]
fn sixteen(digits: u128) -> Option<u64> {
    let (first, last) = (digits as u64, (digits >> 64) as u64);
    (all_digits(first) & all_digits(last)).then(|| value(first) * 100_000_000 + value(last))
}
