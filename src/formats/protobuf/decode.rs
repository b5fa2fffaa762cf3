//! Framed messages → Arrow batches.

use std::sync::Arc;

use arrow_schema::SchemaRef;
use bytes::Bytes;

use super::framing::{self, Envelope, Framing};
use crate::code::Code;
use crate::column::proto::decode::message::fits;
use crate::column::proto::decode::{Rows, Target};
use crate::column::proto::text::read::Reader;
use crate::column::proto::wire::Cursor;
use crate::error::{Error, Result};
use crate::format::Limits;
use crate::pipeline::keys::announced;
use crate::pipeline::{Batch, Batches, Cutter, Decode, Slice};
use crate::policy::Policy;
use crate::schema::proto::pool::Pool;
use crate::source::HEAD_BYTES;

/// Decodes messages of one type. Cheap to clone.
#[derive(Clone)]
pub struct Decoder(Arc<Inner>);

struct Inner {
    target: Target,
    framing: Framing,
    envelope: Option<Envelope>,
    limits: Limits,
    looks: Option<Looks>,
    text: Option<TextOf>,
}

/// Messages in the text format: what reads them, and of which type they are.
pub struct TextOf {
    /// Reads text.
    pub reader: Reader,
    /// The type of the messages.
    pub message: usize,
}

/// What tells whether the first bytes are of another framing, where none was named.
pub struct Looks {
    /// The types.
    pub pool: Arc<Pool>,
    /// The type of the messages.
    pub message: usize,
}

impl Decoder {
    /// Into the columns of `target`.
    pub fn new(target: Target, framing: Framing, envelope: Option<Envelope>, limits: Limits) -> Self {
        Decoder(Arc::new(Inner { target, framing, envelope, limits, looks: None, text: None }))
    }

    /// The same, but with a look at the first bytes for another framing.
    pub fn looking(mut self, looks: Option<Looks>) -> Self {
        if let Some(inner) = Arc::get_mut(&mut self.0) {
            inner.looks = looks;
        }
        self
    }

    /// The same for messages in the text format.
    pub fn of_text(mut self, text: Option<TextOf>) -> Self {
        if let Some(inner) = Arc::get_mut(&mut self.0) {
            inner.text = text;
        }
        self
    }

    /// How messages stand in the file.
    pub fn framing(&self) -> Framing {
        self.0.framing
    }
}

impl Inner {
    /// Reads the message at the cursor.
    fn read(&self, rows: &mut Rows, cursor: &mut Cursor, scratch: &mut Vec<u8>) -> Result<()> {
        let message = |cursor: &mut Cursor, rows: &mut Rows| {
            if let Some(envelope) = &self.envelope {
                envelope.read(cursor)?;
            }
            rows.read(cursor)
        };
        if let Some(text) = &self.text {
            let start = cursor.position() as u64;
            let written = if self.framing.is_lines() { cursor.line() } else { cursor.rest() };
            if self.framing.is_lines() && written.trim_ascii_start().starts_with(b"#") {
                return Err(Error::malformed("a line that is a comment, not a message").at_byte(start));
            }
            scratch.clear();
            let read = text.reader.message(text.message, written, scratch);
            read.map_err(|error| error.shifted(0, 0, start).as_it_stands())?;
            // A place in the message is none in the text.
            return rows.read(&mut Cursor::new(scratch)).map_err(|error| error.at_byte(start));
        }
        if self.framing.is_lines() {
            let start = cursor.position();
            scratch.clear();
            let read = self.framing.decode_line(cursor.line(), scratch);
            // A place in the message is none in the line.
            return read
                .and_then(|()| message(&mut Cursor::new(scratch), rows))
                .map_err(|error| error.at_byte(start as u64));
        }
        let length = self.framing.length(cursor)?;
        let end = cursor.enter(length);
        message(cursor, rows)?;
        cursor.leave(end);
        Ok(())
    }
}

impl Decode for Decoder {
    fn schema(&self) -> SchemaRef {
        self.0.target.schema().clone()
    }

    fn decode(&self, slice: Slice) -> Result<Batches> {
        if slice.bytes.len() > i32::MAX as usize {
            return Err(Error::limit("a message is longer than 2 GiB").at_record(0).at_byte(0));
        }
        if let Some(Looks { pool, message }) = self.0.looks.as_ref().filter(|_| slice.first) {
            let head = &slice.bytes[..slice.bytes.len().min(HEAD_BYTES)];
            let whole = slice.last && head.len() == slice.bytes.len();
            // What comes later is not waited for: the default is what nobody had to name.
            if let Some(framing) = framing::another(head, whole, |bytes| fits(pool, *message, bytes), |_| false) {
                return Err(framing.seen());
            }
        }
        let one = self.0.framing.is_one();
        let done = slice.bytes.is_empty() && !one;
        let reading = Reading { inner: self.0.clone(), bytes: slice.bytes, position: 0, records: 0, done };
        let target = &self.0.target;
        Ok(announced(Box::new(reading), target.decoded(), target.schema()))
    }

    fn cutter(&self) -> Option<Arc<dyn Cutter>> {
        Some(Arc::new(self.clone()))
    }
}

/// An error of reading data: of the policies that its code takes elsewhere, few alter values that are read. What alters
/// others said so where it refused one.
fn as_read(error: Error) -> Error {
    match error.code() {
        Some(Code::Utf8) => error.with_ways(&[Policy::Replace]),
        _ => error.as_it_stands(),
    }
}

/// Batches of a slice.
struct Reading {
    inner: Arc<Inner>,
    bytes: Bytes,
    position: usize,
    records: u64,
    done: bool,
}

impl Iterator for Reading {
    type Item = Result<Batch>;

    fn next(&mut self) -> Option<Result<Batch>> {
        if self.done {
            return None;
        }
        let batch = self.batch().map_err(as_read);
        self.done |= batch.is_err();
        Some(batch)
    }
}

impl Reading {
    fn batch(&mut self) -> Result<Batch> {
        let inner = self.inner.clone();
        let mut rows = Rows::new(&inner.target);
        let mut failed = None;
        let mut scratch = Vec::new();
        let start = self.position;
        let mut cursor = Cursor::new(self.bytes.get(start..).unwrap_or_default());
        while rows.len() < inner.limits.batch_rows.max(1) {
            if !inner.framing.is_one() && cursor.is_done() {
                break;
            }
            let read = inner.read(&mut rows, &mut cursor, &mut scratch);
            if let Err(error) = read {
                failed = Some(error.at_record(rows.len() as u64));
                break;
            }
            if inner.framing.is_one() {
                break;
            }
        }
        self.position += cursor.position();
        let count = rows.len() as u64;
        // What is wrong in the rows before a bad one is the first error.
        let (records, report) = rows.finish().map_err(|error| error.shifted(self.records, 0, 0))?;
        if let Some(error) = failed {
            return Err(error.shifted(self.records, 0, start as u64));
        }
        self.records += count;
        self.done = inner.framing.is_one() || self.position >= self.bytes.len();
        Ok(Batch { records, report })
    }
}
