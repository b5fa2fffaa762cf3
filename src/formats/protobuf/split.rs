//! Cuts a stream of length-delimited messages between two messages.

use super::framing::Framing;
use crate::error::{Error, Result};
use crate::pipeline::Split;

/// Hops from length to length; remembers how far it came when no whole message is there yet.
pub struct Messages {
    framing: Framing,
    record_bytes_max: usize,
    /// Where the first message that is not whole begins.
    position: usize,
}

impl Messages {
    /// For a framing; a longer message than `record_bytes_max` is an error as soon as its length is read.
    pub fn new(framing: Framing, record_bytes_max: usize) -> Self {
        Messages { framing, record_bytes_max, position: 0 }
    }
}

impl Split for Messages {
    fn split(&mut self, buf: &[u8], end: bool) -> Result<Option<usize>> {
        if self.framing == Framing::Single {
            return Ok(end.then_some(buf.len()));
        }
        let failed = loop {
            let rest = buf.get(self.position..).unwrap_or_default();
            match whole_message(rest, self.record_bytes_max) {
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

#[cold]
fn cut_off(there: usize) -> Error {
    Error::malformed(format!("the input ends inside a message ({there} bytes of it are there)")).with_hint(
        "the file may be cut off, or it is not a stream of length-delimited messages: a file that is one message \
         is read with --from-opt framing=single",
    )
}

/// Bytes of the message at the start with its length; `Some(0)` if nothing is there, `None` if it is not whole.
fn whole_message(bytes: &[u8], record_bytes_max: usize) -> Result<Option<usize>> {
    let mut length: u64 = 0;
    for (index, &byte) in bytes.iter().take(10).enumerate() {
        length |= u64::from(byte & 0x7f) << (7 * index);
        if byte < 0x80 {
            if length > record_bytes_max as u64 {
                return Err(Error::limit(format!(
                    "a message of {length} bytes is longer than {record_bytes_max} bytes"
                ))
                .with_hint("is it the right framing? try --from-opt framing=single, or raise --max-record-bytes"));
            }
            let total = index + 1 + length as usize;
            return Ok((total <= bytes.len()).then_some(total));
        }
    }
    if bytes.len() >= 10 {
        return Err(Error::malformed("the length of a message is longer than 10 bytes")
            .with_hint("is it the right framing? try --from-opt framing=single"));
    }
    Ok(if bytes.is_empty() { Some(0) } else { None })
}
