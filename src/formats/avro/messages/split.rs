//! Where messages end.

use std::sync::Arc;

use super::Framing;
use super::schemas::Schemas;
use crate::column::avro::column::Context;
use crate::column::avro::cursor::{Cursor, varint};
use crate::column::avro::skip::skip;
use crate::error::{Error, Result};
use crate::format::Limits;
use crate::pipeline::Split;

/// Cuts behind the last whole message.
pub(super) fn splitter(framing: Framing, schemas: Arc<Schemas>, limits: Limits) -> Box<dyn Split> {
    match framing {
        Framing::Single => Box::new(Whole),
        Framing::Base64 | Framing::Hex => Box::new(Lines),
        Framing::Concatenated | Framing::Delimited | Framing::U32Be | Framing::U32Le => {
            Box::new(Messages { framing, schemas, limits, position: 0 })
        }
    }
}

struct Whole;

impl Split for Whole {
    fn split(&mut self, buf: &[u8], end: bool) -> Result<Option<usize>> {
        Ok(end.then_some(buf.len()))
    }
}

struct Lines;

impl Split for Lines {
    fn split(&mut self, buf: &[u8], end: bool) -> Result<Option<usize>> {
        let cut = memchr::memrchr(b'\n', buf).map(|last| last + 1);
        Ok(if end { Some(buf.len()) } else { cut })
    }
}

struct Messages {
    framing: Framing,
    schemas: Arc<Schemas>,
    limits: Limits,
    /// Bytes of whole messages seen since the last cut.
    position: usize,
}

impl Split for Messages {
    fn split(&mut self, buf: &[u8], end: bool) -> Result<Option<usize>> {
        let failed = loop {
            let rest = buf.get(self.position..).unwrap_or_default();
            if rest.is_empty() {
                break None;
            }
            match message(self.framing, &self.schemas, &self.limits, rest) {
                Ok(Some(message)) => self.position += message.end,
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

/// Where the message at the start of bytes begins and ends.
pub(super) struct Message {
    pub(super) start: usize,
    pub(super) end: usize,
}

/// The message at the start of `bytes`; `None` if it is not whole.
pub(super) fn message(framing: Framing, schemas: &Schemas, limits: &Limits, bytes: &[u8]) -> Result<Option<Message>> {
    let max = limits.record_bytes_max;
    let (length, start) = match framing {
        Framing::Concatenated => return concatenated(schemas, limits, bytes),
        Framing::U32Be | Framing::U32Le => match bytes.first_chunk() {
            Some(length) if framing == Framing::U32Be => (u64::from(u32::from_be_bytes(*length)), 4),
            Some(length) => (u64::from(u32::from_le_bytes(*length)), 4),
            None => return Ok(None),
        },
        _ => match varint(bytes)? {
            Some(found) => found,
            None if bytes.len() >= 10 => {
                return Err(Error::malformed("the length of a message is longer than 10 bytes"));
            }
            None => return Ok(None),
        },
    };
    if length > max as u64 {
        return Err(Error::limit(format!("a message of {length} bytes is longer than {max} bytes"))
            .with_hint("is it the right framing? else raise --max-record-bytes"));
    }
    let end = start + length as usize;
    Ok((end <= bytes.len()).then_some(Message { start, end }))
}

/// The schema of a message tells where it ends.
fn concatenated(schemas: &Schemas, limits: &Limits, bytes: &[u8]) -> Result<Option<Message>> {
    if bytes.len() < schemas.prefix_len() {
        return Ok(None);
    }
    let (place, start) = schemas.of(bytes)?;
    let known = schemas.known().get(place).ok_or_else(|| Error::internal("a schema that is not there"))?;
    let context = Context { document: &known.document, depth_max: limits.depth_max };
    let mut cursor = Cursor::new(&bytes[start..]);
    match skip(&context, &known.document.root, &mut cursor, 0) {
        Ok(()) if start + cursor.position() == 0 => {
            Err(Error::malformed("messages of no bytes cannot be told apart").with_hint("use another framing"))
        }
        Ok(()) => Ok(Some(Message { start: 0, end: start + cursor.position() })),
        Err(_) if cursor.ran_out() => Ok(None),
        Err(error) => Err(error),
    }
}

#[cold]
fn cut_off(there: usize) -> Error {
    Error::malformed(format!("the input ends inside a message ({there} bytes of it are there)"))
        .with_hint("the file may be cut off, or its framing is another: see fmtconv formats avro")
}
