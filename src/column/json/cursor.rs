//! Tokens of JSON text, one after the other. Positions in errors count from the start of the text.

use super::scan::Key;
use super::string::{plain_end, unescape};
use crate::code::Code;
use crate::column::repair::{self, Repair};
use crate::error::{Error, Result};

/// What is taken beyond RFC 8259.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Leniency {
    /// `NaN`, `Infinity` and `-Infinity` are numbers.
    pub non_finite: bool,
    /// What becomes of strings that are not Unicode; `None`: they are refused.
    pub repair: Option<Repair>,
    /// Whether the bytes are known to be UTF-8: then only escapes can be wrong.
    pub utf8: bool,
}

/// A place in JSON text.
#[derive(Clone, Copy, Debug)]
pub struct Cursor<'a> {
    bytes: &'a [u8],
    /// The same text, perhaps with more behind a line break: so that wide loads are possible up to it.
    ahead: &'a [u8],
    at: usize,
    lenient: Leniency,
    /// Whether the bytes of strings are taken as they are.
    as_is: bool,
    /// Strings repaired so far.
    repaired: u32,
}

impl<'a> Cursor<'a> {
    /// At the start of `bytes`.
    pub fn new(bytes: &'a [u8]) -> Self {
        Cursor::at(bytes, 0)
    }
    /// At `at` in `bytes`.
    pub fn at(bytes: &'a [u8], at: usize) -> Self {
        Cursor { bytes, ahead: bytes, at, lenient: Leniency::default(), as_is: true, repaired: 0 }
    }
    /// At `at` in `text`, whose end is the line break at `end`.
    pub fn in_line(text: &'a [u8], at: usize, end: usize) -> Self {
        Cursor { ahead: text, ..Cursor::at(&text[..end], at) }
    }
    /// The same place, read less strictly.
    pub fn leniently(self, lenient: Leniency) -> Self {
        Cursor { lenient, as_is: lenient.utf8 || lenient.repair.is_none(), ..self }
    }
    /// What is taken beyond RFC 8259.
    pub fn leniency(&self) -> Leniency {
        self.lenient
    }
    /// How many strings were repaired so far.
    #[inline]
    pub fn repaired(&self) -> u32 {
        self.repaired
    }
    /// Where it stands.
    #[inline]
    pub fn position(&self) -> usize {
        self.at
    }
    /// The text from `start` to here.
    pub fn since(&self, start: usize) -> &'a [u8] {
        self.bytes.get(start..self.at).unwrap_or_default()
    }

    /// The byte here, blanks not skipped.
    #[inline]
    pub fn byte(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    /// The first byte of the next token; `None` at the end.
    #[inline]
    pub fn peek(&mut self) -> Option<u8> {
        loop {
            match self.bytes.get(self.at) {
                Some(b' ' | b'\t' | b'\n' | b'\r') => self.at += 1,
                Some(&byte) => return Some(byte),
                None => return None,
            }
        }
    }

    /// Steps over the byte that [`Cursor::peek`] showed.
    #[inline]
    pub fn step(&mut self) {
        self.at += 1;
    }

    /// Steps over `key` if it stands here.
    #[inline]
    pub fn eat_key(&mut self, key: &Key) -> bool {
        let found = key.stands_at(self.ahead, self.at);
        if found {
            self.at += key.length();
        }
        found
    }

    /// The whole text, for kernels, which may look ahead.
    #[inline]
    pub fn ahead(&self) -> &'a [u8] {
        self.ahead
    }

    /// Whether the bytes of strings are taken as they are.
    #[inline]
    pub fn takes_as_is(&self) -> bool {
        self.as_is
    }

    /// Steps to `at`, which lies further on.
    #[inline]
    pub fn jump(&mut self, at: usize) {
        self.at = at;
    }

    /// The same text from `at`.
    pub fn moved(&self, at: usize) -> Self {
        Cursor { at, ..*self }
    }

    /// Steps over `byte` if it comes next.
    #[inline]
    pub fn eat(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    /// Steps over `byte`, which must come next. `what` names what is expected, with the rest of the choice.
    ///
    /// # Errors
    /// `Malformed`: something else stands here.
    #[inline]
    pub fn expect(&mut self, byte: u8, what: &str) -> Result<()> {
        if self.eat(byte) { Ok(()) } else { Err(self.unexpected(what)) }
    }

    /// After a member or element: true if a comma follows, false if `close` did.
    ///
    /// # Errors
    /// `Malformed`: neither stands here.
    #[inline]
    pub fn comma_or(&mut self, close: u8) -> Result<bool> {
        match self.peek() {
            Some(b',') => {
                self.at += 1;
                if self.peek() == Some(close) {
                    return Err(self.unexpected("a value after the comma"));
                }
                Ok(true)
            }
            Some(byte) if byte == close => {
                self.at += 1;
                Ok(false)
            }
            _ => Err(self.unexpected(if close == b'}' { "',' or '}'" } else { "',' or ']'" })),
        }
    }

    /// After a member: true if a comma follows, false if `close` did. What follows the comma is not looked at.
    ///
    /// # Errors
    /// `Malformed`: neither stands here.
    #[inline]
    pub fn comma_or_close(&mut self, close: u8) -> Result<bool> {
        match self.peek() {
            Some(byte) if byte == b',' || byte == close => {
                self.at += 1;
                Ok(byte == b',')
            }
            _ => Err(self.unexpected(if close == b'}' { "',' or '}'" } else { "',' or ']'" })),
        }
    }

    /// After an element of an array that may be cut behind any comma: true if a comma follows, false if `]` did.
    #[inline]
    pub fn comma_or_end(&mut self) -> Result<bool> {
        self.comma_or_close(b']')
    }

    /// Steps over `word` (`true`, `false`, `null`), whose first byte was seen.
    ///
    /// # Errors
    /// `Malformed`: another word stands here.
    #[inline]
    pub fn literal(&mut self, word: &'static str) -> Result<()> {
        let found = self.bytes.get(self.at..).is_some_and(|rest| rest.starts_with(word.as_bytes()));
        if !found || self.bytes.get(self.at + word.len()).is_some_and(|byte| is_word(*byte)) {
            return Err(self.unexpected("a JSON value"));
        }
        self.at += word.len();
        Ok(())
    }

    /// A number token.
    ///
    /// # Errors
    /// `Malformed`: no number of RFC 8259 stands here.
    #[inline]
    pub fn number(&mut self) -> Result<&'a [u8]> {
        let start = self.at;
        let mut at = start + usize::from(self.byte() == Some(b'-'));
        match self.bytes.get(at) {
            Some(b'0') => at += 1,
            Some(b'1'..=b'9') => at = self.digits(at),
            _ => return Err(self.not_a_number(at)),
        }
        if self.bytes.get(at) == Some(&b'.') {
            let end = self.digits(at + 1);
            if end == at + 1 {
                return Err(self.not_a_number(end));
            }
            at = end;
        }
        if let Some(b'e' | b'E') = self.bytes.get(at) {
            at += 1;
            at += usize::from(matches!(self.bytes.get(at), Some(b'+' | b'-')));
            let end = self.digits(at);
            if end == at {
                return Err(self.not_a_number(end));
            }
            at = end;
        }
        if self.bytes.get(at).is_some_and(|byte| is_word(*byte)) {
            return Err(self.not_a_number(at));
        }
        self.at = at;
        Ok(&self.bytes[start..at])
    }

    /// Steps over `NaN`, `Infinity` or `-Infinity` if one stands here and is taken.
    #[inline]
    pub fn non_finite(&mut self) -> Option<&'static str> {
        if !self.lenient.non_finite {
            return None;
        }
        let rest = self.bytes.get(self.at..)?;
        let word = ["NaN", "Infinity", "-Infinity"].into_iter().find(|word| rest.starts_with(word.as_bytes()))?;
        if rest.get(word.len()).is_some_and(|byte| is_word(*byte)) {
            return None;
        }
        self.at += word.len();
        Some(word)
    }

    #[inline]
    fn digits(&self, mut at: usize) -> usize {
        while let Some(b'0'..=b'9') = self.bytes.get(at) {
            at += 1;
        }
        at
    }

    #[cold]
    fn not_a_number(&self, at: usize) -> Error {
        self.moved(at).unexpected("a number as JSON writes it")
    }

    /// The content of a string: a part of the text, or unescaped into `scratch`, which is cleared first.
    ///
    /// # Errors
    /// `Malformed`: no string, or not legal; `V-UTF8` if it is not Unicode and is not repaired.
    #[inline]
    pub fn string<'s>(&mut self, scratch: &'s mut Vec<u8>) -> Result<&'s [u8]>
    where
        'a: 's,
    {
        let start = self.open_string()?;
        let end = plain_end(self.bytes, start);
        if self.bytes.get(end) == Some(&b'"') && self.is_text(&self.bytes[start..end]) {
            self.at = end + 1;
            return Ok(&self.bytes[start..end]);
        }
        scratch.clear();
        self.rest_of_string(start, end, scratch)?;
        Ok(scratch)
    }

    /// Whether bytes of a string are as they should be.
    #[inline]
    fn is_text(&self, bytes: &[u8]) -> bool {
        match self.lenient.repair {
            Some(_) if !self.lenient.utf8 => std::str::from_utf8(bytes).is_ok(),
            _ => true,
        }
    }

    /// Appends the content of a string to `out`.
    ///
    /// # Errors
    /// As [`Cursor::string`].
    #[inline]
    pub fn string_into(&mut self, out: &mut Vec<u8>) -> Result<()> {
        let start = self.open_string()?;
        let end = plain_end(self.bytes, start);
        if self.bytes.get(end) == Some(&b'"') && self.is_text(&self.bytes[start..end]) {
            out.extend_from_slice(&self.bytes[start..end]);
            self.at = end + 1;
            return Ok(());
        }
        self.rest_of_string(start, end, out)
    }

    #[inline]
    fn open_string(&mut self) -> Result<usize> {
        if self.byte() != Some(b'"') {
            return Err(self.unexpected("a string"));
        }
        Ok(self.at + 1)
    }

    /// Appends the rest of a string that needs more than copying, from `from` on, where its content begins.
    fn rest_of_string(&mut self, from: usize, end: usize, out: &mut Vec<u8>) -> Result<()> {
        let start = out.len();
        let mut broken = self.unescape_rest(from, end, out, |out, bytes| out.extend_from_slice(bytes))?;
        if let (Some(repair), false) = (self.lenient.repair, self.lenient.utf8)
            && std::str::from_utf8(&out[start..]).is_err()
        {
            broken = true;
            if repair == Repair::Latin1 {
                // Only bytes that stand in the text are ISO 8859-1; what escapes say is Unicode.
                out.truncate(start);
                self.unescape_rest(from, end, out, |out, bytes| {
                    repair::push_latin1(out, bytes);
                })?;
            } else {
                repair::repair(repair, out, start);
            }
        }
        self.repaired += u32::from(broken);
        Ok(())
    }

    /// Appends text and escapes up to the closing quote. Says whether an escape was replaced.
    fn unescape_rest(
        &mut self,
        mut from: usize,
        mut end: usize,
        out: &mut Vec<u8>,
        push: impl Fn(&mut Vec<u8>, &[u8]),
    ) -> Result<bool> {
        let mut replaced = false;
        loop {
            push(out, &self.bytes[from..end]);
            match self.bytes.get(end) {
                Some(b'"') => {
                    self.at = end + 1;
                    return Ok(replaced);
                }
                Some(b'\\') => {
                    let replaces = matches!(self.lenient.repair, Some(Repair::Replace | Repair::Latin1));
                    from = match unescape(self.bytes, end, out) {
                        Err(error) if replaces && error.code() == Some(Code::Utf8) => {
                            replaced = true;
                            out.extend_from_slice("\u{FFFD}".as_bytes());
                            end + 6
                        }
                        unescaped => unescaped?,
                    };
                }
                Some(byte) => {
                    return Err(Error::malformed(format!("control character 0x{byte:02x} inside a string"))
                        .at_byte(end as u64)
                        .with_hint("control characters must be escaped; is a closing quote missing?"));
                }
                None => {
                    self.at = self.bytes.len();
                    return Err(Error::malformed("the text ends inside a string").at_byte(self.at as u64));
                }
            }
            end = plain_end(self.bytes, from);
        }
    }

    /// What stands here is not `expected`.
    #[cold]
    pub fn unexpected(&self, expected: &str) -> Error {
        let error = match self.bytes.get(self.at) {
            None => Error::malformed(format!("the text ends where {expected} should stand")),
            Some(byte @ 0x21..=0x7e) => Error::malformed(format!("found '{}', expected {expected}", char::from(*byte))),
            Some(b' ') => Error::malformed(format!("found a space, expected {expected}")),
            Some(byte) => Error::malformed(format!("found byte 0x{byte:02x}, expected {expected}")),
        };
        error.at_byte(self.at as u64)
    }
}

/// Whether `byte` right behind a number or literal belongs to it.
fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'+' | b'-' | b'_')
}
