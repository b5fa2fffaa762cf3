//! Whole records into fields: where each begins and ends, and whether it is null. No field is copied but those with
//! doubled or escaped quotes.

use memchr::{memchr, memchr2};

use super::dialect::{BlankLine, Dialect, NULL_OF_ONE, Trim};
use super::scan::Needles;
use super::usual::{self, Marks};
use crate::column::digits::Token;
use crate::column::repair;
use crate::error::{Error, Result};

/// Where a field lies: in the input, or without its escapes in the arena.
#[derive(Clone, Copy, Debug)]
pub(super) struct Span {
    /// First byte; the top bit says that the field was quoted.
    pub(super) start: u32,
    /// Behind the last byte; the top bit says that it lies in the arena.
    pub(super) end: u32,
}

/// The top bit of the positions of a [`Span`].
pub(super) const FLAG: u32 = 1 << 31;
/// A field that is not there.
const ABSENT: Span = Span { start: 1, end: 0 };

/// Bytes that one call can take: positions have 31 bits.
pub(super) const BYTES_MAX: usize = (FLAG - 2) as usize;

/// The fields of some records, row by row.
#[derive(Debug, Default)]
pub(super) struct Rows {
    pub(super) spans: Vec<Span>,
    pub(super) arena: Vec<u8>,
    /// Where each record begins.
    pub(super) starts: Vec<u32>,
    /// Fields of a record.
    pub(super) columns: usize,
    /// Records that were too short, by the number of fields.
    pub(super) padded: Vec<usize>,
    /// Records that were too long, counted.
    pub(super) truncated: u64,
}

impl Rows {
    fn clear(&mut self) {
        self.spans.clear();
        self.arena.clear();
        self.starts.clear();
        self.padded.clear();
        self.truncated = 0;
    }

    /// The number of records.
    pub(super) fn len(&self) -> usize {
        self.starts.len()
    }

    /// Where a record begins in the input.
    pub(super) fn start(&self, row: usize) -> usize {
        self.starts.get(row).map_or(0, |start| *start as usize)
    }

    /// The text of a field, without quotes, and whether it was quoted; `None` if it is absent.
    pub(super) fn text<'a>(&'a self, bytes: &'a [u8], row: usize, column: usize) -> Option<(&'a [u8], bool)> {
        let (token, quoted) = self.lies_at(bytes, *self.spans.get(row * self.columns + column)?)?;
        Some((token.bytes(), quoted))
    }

    #[inline]
    fn lies_at<'a>(&'a self, bytes: &'a [u8], Span { start, end }: Span) -> Option<(Token<'a>, bool)> {
        let text = if end & FLAG != 0 { &self.arena } else { bytes };
        Some((Token::new(text, (start & !FLAG) as usize, (end & !FLAG) as usize)?, start & FLAG != 0))
    }

    /// The fields of a column in some rows; `None` is null.
    #[inline]
    pub(super) fn column<'a>(
        &'a self,
        bytes: &'a [u8],
        column: usize,
        null: &'a Nulls,
        rows: std::ops::Range<usize>,
    ) -> impl Iterator<Item = Option<&'a [u8]>> + Clone + 'a {
        self.tokens(bytes, column, null, rows).map(|token| token.map(Token::bytes))
    }

    /// The same, with the text in which they stand.
    #[inline]
    pub(super) fn tokens<'a>(
        &'a self,
        bytes: &'a [u8],
        column: usize,
        null: &'a Nulls,
        rows: std::ops::Range<usize>,
    ) -> impl Iterator<Item = Option<Token<'a>>> + Clone + 'a {
        let spans = self.spans.get(rows.start * self.columns + column..rows.end * self.columns).unwrap_or_default();
        spans.iter().step_by(self.columns.max(1)).map(move |span| {
            let (token, quoted) = self.lies_at(bytes, *span)?;
            if !quoted && null.is(token.bytes()) { None } else { Some(token) }
        })
    }
}

/// Which unquoted fields are null.
#[derive(Clone, Debug)]
pub(super) enum Nulls {
    /// The empty one.
    Empty,
    /// These.
    Tokens(Vec<Vec<u8>>),
}

impl Nulls {
    pub(super) fn of(dialect: &Dialect, columns: usize) -> Self {
        let mut tokens = match &dialect.null {
            Some(tokens) => tokens.clone(),
            None if columns == 1 => vec![Vec::new(), NULL_OF_ONE.to_vec()],
            None => vec![Vec::new()],
        };
        tokens.extend(dialect.more_nulls.iter().cloned());
        if matches!(&tokens[..], [only] if only.is_empty()) { Nulls::Empty } else { Nulls::Tokens(tokens) }
    }

    #[inline]
    pub(super) fn is(&self, text: &[u8]) -> bool {
        match self {
            Nulls::Empty => text.is_empty(),
            Nulls::Tokens(tokens) => tokens.iter().any(|token| token == text),
        }
    }
}

/// Takes records apart.
#[derive(Clone, Debug)]
pub(super) struct Tokenizer {
    dialect: Dialect,
    needles: Needles,
    /// Fields of a record; 0: as many as the first has.
    columns: usize,
    /// The first byte that is not UTF-8.
    invalid: usize,
    /// What records of the usual shape are found by; `None`: only [`Tokenizer::record`] knows the dialect.
    usual: Option<Marks>,
}

/// How a field ended.
enum Stop {
    Delimiter,
    Line,
}

impl Tokenizer {
    pub(super) fn new(dialect: &Dialect, columns: usize) -> Self {
        // Without a number of fields the first record gives it.
        let usual = Marks::of(dialect).filter(|_| columns > 0);
        let needles = Needles::of(dialect);
        Tokenizer { dialect: dialect.clone(), needles, columns, invalid: usize::MAX, usual }
    }

    /// One that takes every record apart by itself: what the usual way is compared with.
    #[cfg(test)]
    pub(super) fn exact(dialect: &Dialect, columns: usize) -> Self {
        Tokenizer { usual: None, ..Tokenizer::new(dialect, columns) }
    }

    /// Checks that `bytes` are UTF-8: the record that is not becomes an error when it is reached, unless it is to be
    /// repaired. Says whether they are.
    pub(super) fn check_utf8(&mut self, bytes: &[u8]) -> bool {
        let valid = simdutf8::basic::from_utf8(bytes).is_ok();
        self.invalid = match valid || self.dialect.repair.is_some() {
            true => usize::MAX,
            false => simdutf8::compat::from_utf8(bytes).err().map_or(usize::MAX, |error| error.valid_up_to()),
        };
        valid
    }

    /// Puts up to `rows_max` records from `at` on into `rows`, and moves `at` behind them and the skipped lines that
    /// follow. On an error `rows` holds the records before it.
    pub(super) fn fill(&mut self, bytes: &[u8], at: &mut usize, rows_max: usize, rows: &mut Rows) -> Result<()> {
        rows.clear();
        if bytes.len() > BYTES_MAX {
            return Err(Error::limit(format!("a chunk is longer than {BYTES_MAX} bytes")));
        }
        rows.columns = self.columns;
        let usual = self.usual.filter(|_| self.invalid == usize::MAX);
        while *at < bytes.len() {
            if let Some(marks) = usual
                && rows.len() < rows_max
            {
                *at = usual::fill(marks, bytes, *at, rows_max, rows);
                if *at == bytes.len() {
                    break;
                }
            }
            let start = *at;
            if self.dialect.comment.is_some_and(|comment| bytes[start] == comment) {
                *at = self.behind_line(bytes, start);
                continue;
            }
            let blank = self.dialect.line_end_at(bytes, start);
            let record = blank == 0
                || match self.dialect.blank_line {
                    BlankLine::Auto => self.columns == 1,
                    BlankLine::Skip => false,
                    BlankLine::Record => true,
                };
            if !record {
                *at += blank;
                continue;
            }
            if rows.len() == rows_max {
                break;
            }
            let first = rows.spans.len();
            let outcome = if blank > 0 {
                rows.spans.push(ABSENT);
                *at += blank;
                Ok(1)
            } else {
                self.record(bytes, at, rows)
            };
            let outcome = outcome.and_then(|count| self.check_record(start..*at, bytes, (first, count), rows));
            if let Err(error) = outcome {
                rows.spans.truncate(first);
                return Err(self.placed(error, bytes, start, rows.len()));
            }
            rows.starts.push(start as u32);
        }
        Ok(())
    }

    /// An error in the record that begins at `start`.
    pub(super) fn placed(&self, error: Error, bytes: &[u8], start: usize, record: usize) -> Error {
        let byte = error.origin().byte.unwrap_or(start as u64);
        // The line of the byte, not of the record: a broken quote may be far down.
        let lines = self.dialect.count_lines(&bytes[..(byte as usize).min(bytes.len())]);
        error.at_record(record as u64).at_line(lines).at_byte(byte)
    }

    fn behind_line(&self, bytes: &[u8], mut at: usize) -> usize {
        while at < bytes.len() {
            let end = self.dialect.line_end_at(bytes, at);
            if end > 0 {
                return at + end;
            }
            at += 1;
        }
        at
    }

    /// Takes the record at `at` apart: how many fields it has. Those beyond the columns are counted and not kept: a line
    /// of nothing but delimiters would take eight times its bytes.
    #[inline]
    fn record(&self, bytes: &[u8], at: &mut usize, rows: &mut Rows) -> Result<usize> {
        let first = rows.spans.len();
        let most = if self.columns == 0 { usize::MAX } else { first + self.columns };
        loop {
            let stop = self.field(bytes, at, rows)?;
            if matches!(stop, Stop::Line) {
                return Ok(rows.spans.len() - first);
            }
            if rows.spans.len() == most {
                return Ok(self.columns + self.beyond(bytes, at, rows)?);
            }
        }
    }

    /// How many fields there are from `at` to the end of the record, none of which is kept.
    #[cold]
    fn beyond(&self, bytes: &[u8], at: &mut usize, rows: &mut Rows) -> Result<usize> {
        let (spans, arena) = (rows.spans.len(), rows.arena.len());
        let mut count = 0;
        loop {
            let stop = self.field(bytes, at, rows);
            rows.spans.truncate(spans);
            rows.arena.truncate(arena);
            count += 1;
            if matches!(stop?, Stop::Line) {
                return Ok(count);
            }
        }
    }

    #[inline(always)]
    fn field(&self, bytes: &[u8], at: &mut usize, rows: &mut Rows) -> Result<Stop> {
        if self.dialect.trim != Trim::None {
            *at += blanks(&self.dialect, &bytes[*at..]);
        }
        let quoted = match (bytes.get(*at), self.dialect.quote) {
            (Some(byte), Some(quote)) => *byte == quote,
            _ => false,
        };
        if quoted { self.quoted(bytes, at, rows) } else { self.unquoted(bytes, at, rows) }
    }

    #[inline]
    fn unquoted(&self, bytes: &[u8], at: &mut usize, rows: &mut Rows) -> Result<Stop> {
        let start = *at;
        let mut end = self.needles.find(bytes, start);
        loop {
            match bytes.get(end) {
                Some(byte) if *byte == self.dialect.delimiter => {
                    *at = end + 1;
                    let end = self.before_blanks(bytes, start, end);
                    rows.spans.push(Span { start: start as u32, end: end as u32 });
                    return Ok(Stop::Delimiter);
                }
                Some(byte) if Some(*byte) == self.dialect.quote => {
                    if self.dialect.strict {
                        return Err(Error::malformed("a quote inside a field that does not begin with one")
                            .at_byte(end as u64)
                            .with_hint(
                                "quote the whole field and double the quotes inside, or read with --csv-strict=false",
                            ));
                    }
                    end = self.needles.find(bytes, end + 1);
                }
                found => {
                    *at = end + if found.is_some() { self.dialect.line_end_at(bytes, end).max(1) } else { 0 };
                    let end = self.before_line_end(bytes, start, end);
                    let end = self.before_blanks(bytes, start, end);
                    rows.spans.push(Span { start: start as u32, end: end as u32 });
                    return Ok(Stop::Line);
                }
            }
        }
    }

    /// Where a field ends whose line ends at `end`: before the CR of a CRLF.
    #[inline]
    fn before_line_end(&self, bytes: &[u8], start: usize, end: usize) -> usize {
        let cr = end > start && bytes[end - 1] == b'\r' && self.dialect.line_byte() == b'\n';
        end - usize::from(cr)
    }

    /// Where a field without quotes ends that lies in `start..end`.
    #[inline]
    fn before_blanks(&self, bytes: &[u8], start: usize, mut end: usize) -> usize {
        if self.dialect.trim == Trim::Both {
            while end > start && self.dialect.is_blank(bytes[end - 1]) {
                end -= 1;
            }
        }
        end
    }

    fn quoted(&self, bytes: &[u8], at: &mut usize, rows: &mut Rows) -> Result<Stop> {
        let quote = self.dialect.quote.unwrap_or(b'"');
        let start = *at + 1;
        let mut from = start;
        // Where text that is not in the arena yet begins, once something is.
        let arena = rows.arena.len();
        let mut copied = start;
        let close = loop {
            let rest = bytes.get(from..).unwrap_or_default();
            let found = match self.dialect.escape {
                None => memchr(quote, rest),
                Some(escape) => memchr2(quote, escape, rest),
            };
            let Some(found) = found.map(|found| from + found) else { return Err(unclosed(*at)) };
            let next = bytes.get(found + 1);
            if bytes[found] != quote {
                if next.is_none() {
                    return Err(unclosed(*at));
                }
                // The escape goes before a quote or another escape; before anything else it is data.
                if next == Some(&quote) || next == self.dialect.escape.as_ref() {
                    rows.arena.extend_from_slice(&bytes[copied..found]);
                    copied = found + 1;
                }
            } else if next == Some(&quote) {
                rows.arena.extend_from_slice(&bytes[copied..=found]);
                copied = found + 2;
            } else {
                break found;
            }
            from = found + 2;
        };
        let mut end = close;
        let mut tail = close + 1;
        if self.dialect.trim == Trim::Both {
            tail += blanks(&self.dialect, &bytes[tail..]);
        }
        let stop = loop {
            match bytes.get(tail) {
                Some(byte) if *byte == self.dialect.delimiter => {
                    *at = tail + 1;
                    break Stop::Delimiter;
                }
                None => {
                    *at = tail;
                    break Stop::Line;
                }
                Some(_) => match self.dialect.line_end_at(bytes, tail) {
                    0 if self.dialect.lenient => {
                        // The quote did not close the field: it is data, and so is the text behind it, up to the quote
                        // that does.
                        rows.arena.extend_from_slice(&bytes[copied..=end]);
                        let mut behind = self.needles.find(bytes, tail);
                        while bytes.get(behind).is_some_and(|byte| *byte == quote) {
                            behind = self.needles.find(bytes, behind + 1);
                        }
                        let at_line = bytes.get(behind) != Some(&self.dialect.delimiter);
                        let text_end = if at_line { self.before_line_end(bytes, tail, behind) } else { behind };
                        let text = &bytes[tail..text_end];
                        rows.arena.extend_from_slice(text.strip_suffix(&[quote]).unwrap_or(text));
                        copied = text_end;
                        end = text_end;
                        tail = text_end;
                    }
                    0 => {
                        return Err(Error::malformed("text behind the closing quote of a field")
                            .at_byte(tail as u64)
                            .with_hint("double the quotes inside a quoted field, or read with --lenient=true"));
                    }
                    length => {
                        *at = tail + length;
                        break Stop::Line;
                    }
                },
            }
        };
        let span = if copied == start {
            Span { start: start as u32 | FLAG, end: end as u32 }
        } else {
            rows.arena.extend_from_slice(&bytes[copied..end]);
            Span { start: arena as u32 | FLAG, end: rows.arena.len() as u32 | FLAG }
        };
        rows.spans.push(span);
        Ok(stop)
    }

    /// The record just read, `bytes[range]`, is UTF-8 and as long as the others. Its spans begin at `first`; of its `count`
    /// fields those are there that have a column.
    #[inline]
    fn check_record(
        &mut self,
        range: std::ops::Range<usize>,
        bytes: &[u8],
        (first, count): (usize, usize),
        rows: &mut Rows,
    ) -> Result<()> {
        if range.end > self.invalid {
            return Err(repair::refuse(bytes, self.invalid));
        }
        if count == self.columns {
            return Ok(());
        }
        if self.columns == 0 {
            self.columns = count;
            rows.columns = count;
            return Ok(());
        }
        if count < self.columns && self.dialect.ragged.pad {
            rows.spans.resize(first + self.columns, ABSENT);
            rows.padded.push(count);
            return Ok(());
        }
        if count > self.columns && self.dialect.ragged.truncate {
            rows.truncated += 1;
            return Ok(());
        }
        let fields = if count == 1 { "field" } else { "fields" };
        let columns = if self.columns == 1 { "column" } else { "columns" };
        Err(Error::malformed(format!("{count} {fields}, but the file has {} {columns}", self.columns)).with_hint(
            if count < self.columns {
                "read with --ragged=pad to take missing fields as null"
            } else {
                "read with --ragged=truncate to drop the fields that are too many, or check the delimiter"
            },
        ))
    }
}

/// How many bytes at the start of `text` are no data.
fn blanks(dialect: &Dialect, text: &[u8]) -> usize {
    text.iter().take_while(|byte| dialect.is_blank(**byte)).count()
}

fn unclosed(at: usize) -> Error {
    Error::malformed("a quoted field that begins here does not end")
        .at_byte(at as u64)
        .with_hint("the file may be cut off, or a quote is not doubled; --quote=none reads quotes as text")
}
