//! The records of a slice, one after the other, whatever the layout: shared by decoding and inference.

use bytes::Bytes;
use memchr::{memchr, memchr_iter};

use super::detect::BYTE_ORDER_MARK;
use super::options::Layout;
use super::split;
use crate::column::json::{Cursor, Leniency};
use crate::column::repair;
use crate::error::{Error, ErrorKind, Result};
use crate::pipeline::Slice;

/// Walks over the records of a slice. Positions count from the start of the slice.
#[derive(Clone, Debug)]
pub(super) struct Records {
    bytes: Bytes,
    layout: Layout,
    first: bool,
    last: bool,
    at: usize,
    /// Bytes from here on are not UTF-8.
    valid: usize,
    lenient: Leniency,
    records: u64,
    stage: Stage,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Start,
    Records,
    End,
}

impl Records {
    /// The records of `slice`. What is taken beyond RFC 8259 is set on the cursors.
    pub fn new(slice: Slice, layout: Layout, lenient: Leniency) -> Self {
        let utf8 = simdutf8::basic::from_utf8(&slice.bytes).is_ok();
        let valid = match utf8 || lenient.repair.is_some() {
            true => slice.bytes.len(),
            false => simdutf8::compat::from_utf8(&slice.bytes).map_or_else(|error| error.valid_up_to(), str::len),
        };
        let mark = slice.first && slice.bytes.starts_with(BYTE_ORDER_MARK);
        Records {
            layout,
            first: slice.first,
            last: slice.last,
            at: if mark { BYTE_ORDER_MARK.len() } else { 0 },
            valid,
            lenient: Leniency { utf8, ..lenient },
            records: 0,
            stage: Stage::Start,
            bytes: slice.bytes,
        }
    }

    /// The same, whether the text is UTF-8 or not.
    pub fn unchecked(slice: Slice, layout: Layout) -> Self {
        let valid = slice.bytes.len();
        Records { valid, ..Records::new(slice, layout, Leniency::default()) }
    }

    /// Records so far.
    pub fn count(&self) -> u64 {
        self.records
    }

    /// The record just read is none: it is not counted.
    pub fn forget(&mut self) {
        self.records -= 1;
    }

    /// Where it stands.
    pub fn position(&self) -> usize {
        self.at
    }

    /// Bytes not read yet.
    pub fn left(&self) -> usize {
        self.bytes.len() - self.at.min(self.bytes.len())
    }

    /// Line breaks between two places.
    pub fn lines(&self, from: usize, to: usize) -> u64 {
        self.bytes.get(from..to).map_or(0, |bytes| memchr_iter(b'\n', bytes).count() as u64)
    }

    /// Calls `record` with a cursor on the next record, which it must read to its end. False if there is none.
    #[inline]
    pub fn next(&mut self, record: &mut impl FnMut(&mut Cursor<'_>) -> Result<()>) -> Result<bool> {
        let from = self.at;
        match self.advance(record) {
            Ok(more) if self.at <= self.valid => {
                self.records += u64::from(more);
                Ok(more)
            }
            Ok(_) => Err(self.place(repair::refuse(&self.bytes, self.valid), from)),
            Err(error) => Err(self.place(error, from)),
        }
    }

    #[inline]
    fn advance(&mut self, record: &mut impl FnMut(&mut Cursor<'_>) -> Result<()>) -> Result<bool> {
        match self.layout {
            Layout::Values => self.advance_value(record),
            Layout::Lines => self.advance_line(record),
            Layout::Array => self.advance_element(record),
        }
    }

    fn advance_value(&mut self, record: &mut impl FnMut(&mut Cursor<'_>) -> Result<()>) -> Result<bool> {
        let mut cursor = Cursor::at(&self.bytes, self.at).leniently(self.lenient);
        let Some(first) = cursor.peek() else {
            self.at = cursor.position();
            return Ok(false);
        };
        record(&mut cursor)?;
        // Brackets and quotes say where a value ends; of numbers and literals only what follows does.
        let is_word = !matches!(first, b'{' | b'[' | b'"');
        if is_word && cursor.byte().is_some_and(split::is_word) {
            return Err(cursor.unexpected("a blank between values"));
        }
        self.at = cursor.position();
        Ok(true)
    }

    fn advance_line(&mut self, record: &mut impl FnMut(&mut Cursor<'_>) -> Result<()>) -> Result<bool> {
        loop {
            let Some(rest) = self.bytes.get(self.at..).filter(|rest| !rest.is_empty()) else { return Ok(false) };
            let end = memchr(b'\n', rest).map_or(self.bytes.len(), |offset| self.at + offset);
            let mut cursor = Cursor::in_line(&self.bytes, self.at, end).leniently(self.lenient);
            let next = (end + 1).min(self.bytes.len());
            if cursor.peek().is_none() {
                self.at = next;
                continue;
            }
            record(&mut cursor)?;
            if cursor.peek().is_some() {
                return Err(cursor
                    .unexpected("the end of the line after the record")
                    .with_hint("if records are not one a line, read with --layout=concatenated"));
            }
            self.at = next;
            return Ok(true);
        }
    }

    fn advance_element(&mut self, record: &mut impl FnMut(&mut Cursor<'_>) -> Result<()>) -> Result<bool> {
        let mut cursor = Cursor::at(&self.bytes, self.at).leniently(self.lenient);
        if self.stage == Stage::Start {
            self.stage = Stage::Records;
            if self.first {
                if !cursor.eat(b'[') {
                    // A document that is not an array is one record.
                    self.stage = Stage::End;
                    record(&mut cursor)?;
                    self.at = cursor.position();
                    return Ok(true);
                }
                if cursor.eat(b']') {
                    self.stage = Stage::End;
                }
            }
        }
        if self.stage == Stage::End {
            if cursor.peek().is_some() {
                return Err(cursor.unexpected("nothing after the end of the document").with_hint(
                    "if values stand one after the other, read with --layout=concatenated or --layout=ndjson",
                ));
            }
            self.at = cursor.position();
            return Ok(false);
        }
        // Behind a comma at the end of the slice: the next slice goes on.
        if !self.last && self.at > 0 && cursor.peek().is_none() {
            self.at = cursor.position();
            return Ok(false);
        }
        record(&mut cursor)?;
        if !cursor.comma_or_end()? {
            self.stage = Stage::End;
        }
        self.at = cursor.position();
        Ok(true)
    }

    /// Adds record and line to an error; text that is not UTF-8 comes first.
    #[cold]
    fn place(&self, error: Error, from: usize) -> Error {
        let byte = error.origin().byte.unwrap_or(from as u64);
        let error = if byte >= self.valid as u64 && self.valid < self.bytes.len() {
            repair::refuse(&self.bytes, self.valid)
        } else {
            error
        };
        let byte = error.origin().byte.unwrap_or(from as u64);
        let error = self.with_hint(error, usize::try_from(byte).unwrap_or(from));
        let lines = self.lines(0, usize::try_from(byte).unwrap_or(from).min(self.bytes.len()));
        error.at_record(self.records).at_line(lines).at_byte(byte)
    }

    /// What to do about text that is no JSON at `at`, where that can be seen.
    fn with_hint(&self, error: Error, at: usize) -> Error {
        if error.kind() != ErrorKind::Malformed || error.hint().is_some() {
            return error;
        }
        if self.first
            && self.records == 0
            && let Err(utf16) = repair::refuse_utf16(&self.bytes)
        {
            return utf16;
        }
        let rest = self.bytes.get(at..).unwrap_or_default();
        let in_lines = self.layout == Layout::Lines;
        match rest {
            [] => error.with_hint("the text may be cut off"),
            [b'\n' | b'\r', ..] if in_lines => error.with_hint(
                "the line may be cut off; if records stand over several lines, read with --layout=concatenated",
            ),
            [b'N' | b'I', ..] | [b'-', b'I', ..] if !self.lenient.non_finite => {
                error.with_hint("if it is NaN, Infinity or -Infinity, read with --json5-numbers")
            }
            _ if self.first && self.records == 0 && at == self.at => {
                error.with_hint("if the text is not JSON, name its format with --from")
            }
            _ => error,
        }
    }
}
