//! Finds where records end, without parsing them: only quotes, line ends and comments matter.

use memchr::{memchr, memchr2, memchr3};

use super::dialect::{Dialect, LineEnd, Trim};
use super::usual::{Lines, Marks, last_line};
use crate::error::Result;
use crate::pipeline::Split;

/// Cuts after the last line end that is not inside quotes. Linear: no byte is looked at more than twice, also in records
/// that are longer than the buffer.
#[derive(Clone, Debug)]
pub struct Splitter {
    dialect: Dialect,
    /// Bytes looked at since the last cut.
    at: usize,
    state: State,
    /// What the quick way looks for; `None`: it does not know the dialect.
    usual: Option<Marks>,
    /// How far the quick way came; `None`: since the last cut the exact way is taken.
    quick: Option<Lines>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// A line begins: a comment could.
    LineStart,
    Unquoted,
    Quoted,
    Comment,
}

impl Splitter {
    /// From the start of a record.
    pub fn new(dialect: Dialect) -> Self {
        let usual = Marks::of(&dialect);
        Splitter { dialect, at: 0, state: State::LineStart, usual, quick: usual.map(|_| Lines::START) }
    }

    /// One that never takes the quick way.
    #[cfg(test)]
    pub(super) fn exact(dialect: Dialect) -> Self {
        Splitter { usual: None, quick: None, ..Splitter::new(dialect) }
    }

    /// Goes on to the next line end outside quotes; the position behind it. `None` at the end of `buf`.
    fn next_line(&mut self, buf: &[u8], end: bool) -> Option<usize> {
        loop {
            let rest = buf.get(self.at..).filter(|rest| !rest.is_empty())?;
            match self.state {
                State::LineStart => {
                    let comment = self.dialect.comment.is_some_and(|comment| rest[0] == comment);
                    self.state = if comment { State::Comment } else { State::Unquoted };
                }
                State::Comment => {
                    let found = self.line_or(rest, None);
                    self.at += found.unwrap_or(rest.len());
                    if found.is_some() {
                        return self.line_at(buf, end);
                    }
                }
                State::Unquoted => {
                    let Some(found) = self.line_or(rest, self.dialect.quote) else {
                        self.at = buf.len();
                        return None;
                    };
                    self.at += found;
                    if Some(buf[self.at]) == self.dialect.quote {
                        // Elsewhere than at the start of a field a quote is data, or an error that decoding reports.
                        if self.opens(buf) {
                            self.state = State::Quoted;
                        }
                        self.at += 1;
                    } else {
                        return self.line_at(buf, end);
                    }
                }
                State::Quoted => {
                    let quote = self.dialect.quote.unwrap_or(b'"');
                    let found = match self.dialect.escape {
                        Some(escape) => memchr2(quote, escape, rest),
                        None => memchr(quote, rest),
                    };
                    let Some(found) = found else {
                        self.at = buf.len();
                        return None;
                    };
                    let at = self.at + found;
                    match buf.get(at + 1) {
                        // What the byte means depends on the next one.
                        None if !end => {
                            self.at = at;
                            return None;
                        }
                        None => self.at = buf.len(),
                        Some(_) if buf[at] != quote => self.at = at + 2,
                        Some(next) if *next == quote => self.at = at + 2,
                        Some(_) => {
                            self.state = State::Unquoted;
                            self.at = at + 1;
                        }
                    }
                }
            }
        }
    }

    /// The first byte that can end a line, or `quote`.
    fn line_or(&self, rest: &[u8], quote: Option<u8>) -> Option<usize> {
        let line = self.dialect.line_byte();
        match (self.dialect.line_end, quote) {
            (LineEnd::Any, Some(quote)) => memchr3(line, b'\r', quote, rest),
            (LineEnd::Any, None) => memchr2(line, b'\r', rest),
            (_, Some(quote)) => memchr2(line, quote, rest),
            (_, None) => memchr(line, rest),
        }
    }

    /// Steps over the line end at `self.at`. `None` if it may go on behind `buf`.
    fn line_at(&mut self, buf: &[u8], end: bool) -> Option<usize> {
        if buf[self.at] == b'\r' && self.dialect.line_end == LineEnd::Any && self.at + 1 == buf.len() && !end {
            return None;
        }
        self.at += self.dialect.line_end_at(buf, self.at);
        self.state = State::LineStart;
        Some(self.at)
    }

    /// Whether the quote at `self.at` stands where a field begins. `buf` begins with a record.
    fn opens(&self, buf: &[u8]) -> bool {
        let mut at = self.at;
        if self.dialect.trim != Trim::None {
            while at > 0 && self.dialect.is_blank(buf[at - 1]) {
                at -= 1;
            }
        }
        match at.checked_sub(1).map(|before| buf[before]) {
            None => true,
            Some(before) if before == self.dialect.delimiter || before == self.dialect.line_byte() => true,
            Some(before) => before == b'\r' && self.dialect.line_end == LineEnd::Any,
        }
    }
}

/// The ends of all lines of `bytes`, the last of which may have no line end.
pub(super) fn lines<'a>(dialect: &Dialect, bytes: &'a [u8]) -> impl Iterator<Item = usize> + 'a {
    let mut splitter = Splitter::new(dialect.clone());
    let mut done = bytes.is_empty();
    std::iter::from_fn(move || {
        if done {
            return None;
        }
        let behind = splitter.next_line(bytes, true).unwrap_or(bytes.len());
        done = behind >= bytes.len();
        Some(behind)
    })
}

/// Where the first line that is neither blank nor a comment begins and ends. `None`: more bytes are needed. At the end
/// of input it may be empty.
pub(super) fn first_record(dialect: &Dialect, buf: &[u8], end: bool) -> Option<(usize, usize)> {
    let mut splitter = Splitter::new(dialect.clone());
    loop {
        let start = splitter.at;
        match splitter.next_line(buf, end) {
            None if end => return Some((start, buf.len())),
            None => return None,
            Some(behind) => {
                let comment = dialect.comment.is_some_and(|comment| buf[start] == comment);
                if !comment && dialect.line_end_at(buf, start) != behind - start {
                    return Some((start, behind));
                }
            }
        }
    }
}

impl Split for Splitter {
    fn split(&mut self, buf: &[u8], end: bool) -> Result<Option<usize>> {
        if end {
            self.at = 0;
            self.state = State::LineStart;
            self.quick = self.usual.map(|_| Lines::START);
            return Ok(Some(buf.len()));
        }
        let mut cut = None;
        if let (Some(marks), Some(lines)) = (self.usual, &mut self.quick) {
            let (last, odd) = last_line(marks, buf, lines);
            cut = last;
            if !odd {
                lines.at -= cut.unwrap_or(0);
                return Ok(cut);
            }
            // The record with the odd quote is looked at again.
            (self.quick, self.at, self.state) = (None, cut.unwrap_or(0), State::LineStart);
        }
        while let Some(behind) = self.next_line(buf, end) {
            cut = Some(behind);
        }
        if let Some(cut) = cut {
            // What lies behind the cut was looked at: only the position moves. The quick way looks again.
            self.at -= cut;
            self.quick = self.usual.map(|_| Lines::START);
        }
        Ok(cut)
    }
}
