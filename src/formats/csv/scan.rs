//! Finds the next byte that means something, eight bytes at a time.

use super::dialect::{Dialect, LineEnd};
use crate::simd::Wanted;
use crate::simd::word::{ONES, zeros};

/// Bytes to look for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Needles {
    delimiter: u64,
    line: u64,
    quote: u64,
    /// CR where it ends lines; else the same as `line`.
    other: u64,
}

impl Needles {
    /// Delimiter, quote and line ends.
    pub(super) fn of(dialect: &Dialect) -> Self {
        let line = ONES * u64::from(dialect.line_byte());
        Needles {
            delimiter: ONES * u64::from(dialect.delimiter),
            line,
            quote: ONES * u64::from(dialect.quote.unwrap_or(dialect.line_byte())),
            other: if dialect.line_end == LineEnd::Any { ONES * u64::from(b'\r') } else { line },
        }
    }

    /// Delimiter, quote, LF and CR: what makes a field need quotes.
    pub(super) fn quoting(dialect: &Dialect) -> Self {
        Needles { other: ONES * u64::from(b'\r'), ..Needles::of(dialect) }
    }

    /// The same bytes for a search through whole columns.
    pub(super) fn wanted(&self) -> Wanted {
        let bytes = [self.delimiter, self.line, self.quote, self.other].map(|word| word.to_le_bytes()[0]);
        Wanted { bytes, controls: false }
    }

    #[inline]
    fn marks(&self, word: u64) -> u64 {
        let marks = zeros(word ^ self.delimiter) | zeros(word ^ self.line) | zeros(word ^ self.quote);
        if self.other == self.line { marks } else { marks | zeros(word ^ self.other) }
    }

    /// The first of them from `at` on, or the end.
    #[inline]
    pub(super) fn find(&self, bytes: &[u8], mut at: usize) -> usize {
        while let Some(eight) = bytes.get(at..).and_then(|rest| rest.first_chunk::<8>()) {
            let marks = self.marks(u64::from_le_bytes(*eight));
            if marks != 0 {
                return at + (marks.trailing_zeros() / 8) as usize;
            }
            at += 8;
        }
        while let Some(&byte) = bytes.get(at) {
            // One byte and seven that are never a needle by accident: the byte itself.
            if self.marks(ONES * u64::from(byte)) != 0 {
                return at;
            }
            at += 1;
        }
        bytes.len()
    }
}
