//! How fields are written: quoted where they would be read as something else.

use super::dialect::{Dialect, NULL_OF_ONE};
use super::scan::Needles;
use crate::code::Code;
use crate::column::text::{TextColumn, put};
use crate::error::{Error, Result};
use crate::simd::word::{ONES, zeros};

/// How fields are written.
#[derive(Clone, Debug)]
pub(super) struct Style {
    pub(super) dialect: Dialect,
    quoting: Needles,
    /// What null is written as, unquoted.
    pub(super) null: Vec<u8>,
    pub(super) line_end: &'static [u8],
    /// Whether letters, digits and `+-.:=/` mean something: then numbers too may need quotes.
    pub(super) odd: bool,
    /// Quotes around every value that is not null.
    pub(super) always: bool,
    /// Whether there is one column: then an empty line is null, not an empty text.
    pub(super) alone: bool,
}

impl Style {
    pub(super) fn new(dialect: Dialect, columns: usize, line_end: &'static [u8], always: bool) -> Self {
        let null = match &dialect.null {
            Some(tokens) => tokens.first().cloned().unwrap_or_default(),
            None if columns == 1 => NULL_OF_ONE.to_vec(),
            None => Vec::new(),
        };
        let means = |byte: u8| byte.is_ascii_alphanumeric() || b"+-.:=/".contains(&byte);
        // A number, a date, base64: all of it are such bytes.
        let is_plain = |token: &[u8]| !token.is_empty() && token.iter().copied().all(means);
        let odd =
            [Some(dialect.delimiter), dialect.quote, dialect.escape, dialect.comment].into_iter().flatten().any(means)
                || is_plain(&null)
                || dialect.null.iter().flatten().any(|token| is_plain(token));
        Style { quoting: Needles::quoting(&dialect), dialect, null, line_end, odd, always, alone: columns == 1 }
    }

    /// Whether a value would be read as something else without quotes.
    #[inline]
    fn needs_quotes(&self, text: &[u8], first: bool) -> bool {
        self.always || self.quoting.find(text, 0) < text.len() || self.means_else(text, first)
    }

    /// Whether a value is, as a whole or by how it begins, what is read as something else.
    #[inline]
    fn means_else(&self, text: &[u8], first: bool) -> bool {
        text.is_empty()
            || text == self.null
            || (first && self.starts_line_badly(text))
            || self.dialect.null.as_ref().is_some_and(|tokens| tokens.iter().any(|token| token == text))
    }

    /// At the start of a line: a comment, or what looks like a byte order mark.
    fn starts_line_badly(&self, text: &[u8]) -> bool {
        self.dialect.comment.is_some_and(|comment| text.first() == Some(&comment)) || text.starts_with(b"\xef\xbb\xbf")
    }

    /// Appends a value, in quotes if needed.
    #[inline]
    pub(super) fn push(&self, out: &mut Vec<u8>, text: &[u8], first: bool) -> Result<()> {
        if self.needs_quotes(text, first) {
            return self.push_quoted(out, text);
        }
        out.extend_from_slice(text);
        Ok(())
    }

    /// Puts a value down, in quotes if needed.
    pub(super) fn put(&self, room: &mut [u8], at: usize, text: &[u8], first: bool) -> Option<usize> {
        if !self.needs_quotes(text, first) {
            return put::bytes(room, at, text);
        }
        let quote = self.dialect.quote?;
        let escape = self.dialect.escape.unwrap_or(quote);
        let (quotes, escapes) = (ONES * u64::from(quote), ONES * u64::from(escape));
        let mut at = put::byte(room, at, quote)?;
        let mut rest = text;
        while let Some(eight) = rest.first_chunk::<8>() {
            let word = u64::from_le_bytes(*eight);
            let found = zeros(word ^ quotes) | zeros(word ^ escapes);
            // All eight bytes go; those from the first one that is found on are written over.
            let end = put::fixed(room, at, eight, 8)?;
            if found == 0 {
                (at, rest) = (end, rest.get(8..)?);
            } else {
                let plain = found.trailing_zeros() as usize / 8;
                at = put::byte(room, at + plain, escape)?;
                at = put::byte(room, at, *rest.get(plain)?)?;
                rest = rest.get(plain + 1..)?;
            }
        }
        for byte in rest {
            if *byte == quote || *byte == escape {
                at = put::byte(room, at, escape)?;
            }
            at = put::byte(room, at, *byte)?;
        }
        put::byte(room, at, quote)
    }

    /// Marks the rows of a text column that may need quotes.
    pub(super) fn mark(&self, column: &mut TextColumn<'_>, rows: usize, first: bool) {
        column.mark(0..rows, self.quoting.wanted());
        // What is left to look for are whole texts and their beginnings.
        if self.null.is_empty() && self.dialect.null.is_none() && !first {
            column.mark_empty();
            return;
        }
        for row in 0..rows {
            if !column.is_marked(row) && self.means_else(column.text(row).as_bytes(), first) {
                column.mark_row(row, rows);
            }
        }
    }

    pub(super) fn push_quoted(&self, out: &mut Vec<u8>, text: &[u8]) -> Result<()> {
        let Some(quote) = self.dialect.quote else {
            if !self.always && !self.alone && text.is_empty() && !self.null.is_empty() {
                return Ok(());
            }
            return Err(Error::value(
                Code::CsvNull,
                format!("{} needs quotes, and there are none", crate::column::parse::shown(text)),
            )
            .with_hint("write with a quote, another delimiter, or another null"));
        };
        out.push(quote);
        let mut rest = text;
        // Without a quote inside, and no escape, the text goes as it is.
        while let Some(found) = memchr::memchr2(quote, self.dialect.escape.unwrap_or(quote), rest) {
            out.extend_from_slice(&rest[..found]);
            out.push(self.dialect.escape.unwrap_or(quote));
            out.push(rest[found]);
            rest = &rest[found + 1..];
        }
        out.extend_from_slice(rest);
        out.push(quote);
        Ok(())
    }
}
