//! Cuts a stream of messages between two messages.

use memchr::{memchr, memchr_iter, memrchr};

use super::framing::Framing;
use crate::error::{Error, Result};
use crate::pipeline::Split;

/// Hops from length to length; remembers how far it came when no whole message is there yet.
pub struct Messages {
    framing: Framing,
    record_bytes_max: usize,
    messages_max: usize,
    /// Where the first message that is not whole begins.
    position: usize,
}

impl Messages {
    /// For a framing; a longer message than `record_bytes_max` is an error as soon as its length is read.
    pub fn new(framing: Framing, record_bytes_max: usize) -> Self {
        Messages { framing, record_bytes_max, messages_max: usize::MAX, position: 0 }
    }

    /// With at most so many messages in a chunk: one that lacks most fields is short, and has a place in each column.
    pub fn at_most(self, messages_max: usize) -> Self {
        Messages { messages_max: messages_max.max(1), ..self }
    }
}

impl Split for Messages {
    fn split(&mut self, buf: &[u8], end: bool) -> Result<Option<usize>> {
        if self.framing.is_one() {
            return Ok(end.then_some(buf.len()));
        }
        if self.framing.is_lines() {
            return self.lines(buf, end);
        }
        let mut left = self.messages_max;
        let failed = loop {
            if left == 0 {
                break None;
            }
            left -= 1;
            let rest = buf.get(self.position..).unwrap_or_default();
            match self.whole_message(rest) {
                Ok(Some(0)) => break None,
                Ok(Some(length)) => self.position += length,
                Ok(None) if end => break Some(cut_off(rest.len())),
                Ok(None) => break None,
                Err(error) => break Some(error),
            }
        };
        // Whole messages before the bad one are handed on first: what is wrong in them comes before it.
        match (std::mem::take(&mut self.position), failed) {
            (0, Some(error)) => Err(error.at_byte(0)),
            (0, None) => Ok(end.then_some(buf.len())),
            (cut, _) => Ok(Some(cut)),
        }
    }
}

impl Messages {
    fn lines(&self, buf: &[u8], end: bool) -> Result<Option<usize>> {
        let full = memchr_iter(b'\n', buf).nth(self.messages_max - 1).map(|at| at + 1);
        let cut = full.or_else(|| if end { Some(buf.len()) } else { memrchr(b'\n', buf).map(|at| at + 1) });
        // A line of text is longer than its message.
        let first = memchr(b'\n', buf).unwrap_or(buf.len());
        if first / 2 > self.record_bytes_max {
            return Err(too_long(first as u64, self.record_bytes_max).at_byte(0));
        }
        Ok(cut)
    }

    /// Bytes of the message at the start with what is in front of it; `Some(0)` if nothing is there, `None` if it is
    /// not whole.
    fn whole_message(&self, bytes: &[u8]) -> Result<Option<usize>> {
        if bytes.is_empty() {
            return Ok(Some(0));
        }
        let Some((prefix, length)) = self.framing.prefix(bytes)? else { return Ok(None) };
        if length > self.record_bytes_max as u64 {
            return Err(too_long(length, self.record_bytes_max));
        }
        let total = prefix + length as usize;
        Ok((total <= bytes.len()).then_some(total))
    }
}

#[cold]
fn too_long(length: u64, max: usize) -> Error {
    Error::limit(format!("a message of {length} bytes is longer than {max} bytes"))
        .with_hint("is it the right framing? try --from-opt framing=single, or raise --max-record-bytes")
}

#[cold]
fn cut_off(there: usize) -> Error {
    Error::malformed(format!("the input ends inside a message ({there} bytes of it are there)")).with_hint(
        "the file may be cut off, or it is not a stream of length-delimited messages: a file that is one message \
         is read with --from-opt framing=single",
    )
}
