//! Messages to batches.

use std::sync::Arc;

use arrow_array::{RecordBatch, RecordBatchOptions};
use arrow_schema::SchemaRef;
use bytes::Bytes;

use super::Framing;
use super::schemas::{Schemas, Way};
use super::split::message;
use crate::code::Code;
use crate::column::avro::column::{Context, Repairs, Root};
use crate::column::avro::cursor::Cursor;
use crate::column::bytes::{parse_base64, parse_hex};
use crate::column::keys;
use crate::error::{Error, Result};
use crate::format::Limits;
use crate::formats::avro::options;
use crate::pipeline::keys::announced;
use crate::pipeline::{Batch, Batches, Cutter, Decode, Slice};
use crate::report::Report;

/// Decodes messages. CPU-bound; allocates once per column and batch. Cheap to clone.
#[derive(Clone)]
pub(super) struct MessageDecode {
    framing: Framing,
    schemas: Arc<Schemas>,
    sizes: Arc<Vec<usize>>,
    /// What is decoded: dictionaries have wide keys.
    schema: SchemaRef,
    announced: SchemaRef,
    limits: Limits,
    repairs: Repairs,
}

impl MessageDecode {
    pub(super) fn new(
        framing: Framing,
        schemas: Arc<Schemas>,
        schema: SchemaRef,
        limits: Limits,
        repairs: Repairs,
    ) -> Result<Self> {
        let sizes = Arc::new(schemas.reader().least_sizes());
        let announced = schema;
        let schema = keys::widened(&announced).unwrap_or_else(|| announced.clone());
        Root::new(schemas.reader(), &sizes, schema.fields())?;
        Ok(MessageDecode { framing, schemas, sizes, schema, announced, limits, repairs })
    }

    pub(super) fn framing(&self) -> Framing {
        self.framing
    }
    pub(super) fn schemas(&self) -> &Schemas {
        &self.schemas
    }
    pub(super) fn shared_schemas(&self) -> Arc<Schemas> {
        self.schemas.clone()
    }
    pub(super) fn limits(&self) -> &Limits {
        &self.limits
    }
}

impl Decode for MessageDecode {
    fn schema(&self) -> SchemaRef {
        self.announced.clone()
    }

    fn decode(&self, slice: Slice) -> Result<Batches> {
        let mut root = Root::new(self.schemas.reader(), &self.sizes, self.schema.fields())?;
        root.repair(self.repairs);
        let counters = self.schemas.known().iter().map(|known| match &known.way {
            Way::Resolved(resolution) => resolution.counters(),
            _ => Vec::new(),
        });
        let rows = Rows {
            counters: counters.collect(),
            root,
            bytes: slice.bytes,
            at: 0,
            records: 0,
            text: Vec::new(),
            resolved: Vec::new(),
            done: false,
            decode: self.clone(),
        };
        Ok(announced(Box::new(rows), &self.schema, &self.announced))
    }

    fn cutter(&self) -> Option<Arc<dyn Cutter>> {
        Some(Arc::new(self.clone()))
    }
}

struct Rows {
    decode: MessageDecode,
    root: Root,
    bytes: Bytes,
    at: usize,
    records: u64,
    /// The message of a line.
    text: Vec<u8>,
    /// A datum in the reader's schema.
    resolved: Vec<u8>,
    /// Of each schema: how often each enum took its default since the last batch.
    counters: Vec<Vec<u64>>,
    done: bool,
}

/// A batch ends after so many bytes even if it has room for more rows.
const BATCH_BYTES: usize = 32 << 20;

impl Rows {
    /// Where the next message stands, and where the one behind it does; `None` at the end. A line is put into `text`.
    fn next_message(&mut self) -> Result<Option<(usize, usize, usize)>> {
        let MessageDecode { framing, schemas, limits, .. } = &self.decode;
        loop {
            let rest = self.bytes.get(self.at..).unwrap_or_default();
            if rest.is_empty() && !(*framing == Framing::Single && self.records == 0) {
                return Ok(None);
            }
            let parse = match framing {
                Framing::Single => return Ok(Some((self.at, self.bytes.len(), self.bytes.len()))),
                Framing::Base64 => parse_base64,
                Framing::Hex => parse_hex,
                framing => {
                    let cut_off = || Error::malformed("the input ends inside a message");
                    let found = message(*framing, schemas, limits, rest)?.ok_or_else(cut_off)?;
                    return Ok(Some((self.at + found.start, self.at + found.end, self.at + found.end)));
                }
            };
            let end = memchr::memchr(b'\n', rest).map_or(rest.len(), |end| end + 1);
            let line = rest[..end].trim_ascii();
            if line.is_empty() {
                self.at += end;
                continue;
            }
            self.text.clear();
            let what = if *framing == Framing::Hex { "hexadecimal digits" } else { "base64" };
            parse(line, &mut self.text).map_err(|_| Error::malformed(format!("the line is not {what}")))?;
            return Ok(Some((0, self.text.len(), self.at + end)));
        }
    }

    /// Reads one message. False at the end.
    fn read(&mut self) -> Result<bool> {
        let Some((start, end, behind)) = self.next_message()? else { return Ok(false) };
        let lines = self.decode.framing.is_lines();
        let held = self.bytes.clone();
        let Rows { decode, root, text, resolved, counters, .. } = self;
        let bytes: &[u8] = if lines { text } else { &held };
        let message = bytes.get(start..end).unwrap_or_default();
        let (place, datum) = decode.schemas.of(message)?;
        let known = decode.schemas.known().get(place).ok_or_else(|| Error::internal("a schema that is not there"))?;
        let depth_max = decode.limits.depth_max;
        let context = Context { document: decode.schemas.reader(), depth_max };
        let mut cursor = Cursor::new(message.get(datum..).unwrap_or_default());
        match &known.way {
            Way::Same => root.read(&mut cursor, &context)?,
            Way::Resolved(resolution) => {
                resolved.clear();
                let written = Context { document: &known.document, depth_max };
                let most = decode.limits.record_bytes_max;
                resolution.datum(&mut cursor, &written, &mut counters[place], resolved, most)?;
                root.read(&mut Cursor::new(resolved), &context)?;
            }
            Way::Never(why) => {
                return Err(Error::schema(format!("the message does not fit the reader's schema: {why}")));
            }
        }
        if cursor.remaining() > 0 {
            let left = cursor.remaining();
            return Err(Error::malformed(format!("{left} bytes are left behind the datum of a message"))
                .with_hint("is it the right schema, and the right framing and encoding?"));
        }
        self.at = behind;
        self.records += 1;
        Ok(true)
    }

    fn next_batch(&mut self) -> Result<Option<Batch>> {
        let (first, from) = (self.records, self.at);
        let mut rows = 0;
        while rows < self.decode.limits.batch_rows.max(1) && self.at - from < BATCH_BYTES {
            let more = self.read().map_err(|error| error.at_record(self.records).at_byte(self.at as u64))?;
            if !more {
                self.done = true;
                break;
            }
            rows += 1;
        }
        if rows == 0 {
            return Ok(None);
        }
        let columns = self.root.finish().map_err(|error| error.shifted(first, 0, 0))?;
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        let records = RecordBatch::try_new_with_options(self.decode.schema.clone(), columns, &options)?;
        let mut report = Report::read(rows as u64);
        self.root.take_altered(|code, column, count| {
            *report.losses.entry((code, column.to_owned())).or_default() += count;
        });
        for (known, counters) in self.decode.schemas.known().iter().zip(&mut self.counters) {
            let Way::Resolved(resolution) = &known.way else { continue };
            for (counter, count) in counters.iter_mut().enumerate().filter(|(_, count)| **count > 0) {
                let column = resolution.counted(counter).to_owned();
                *report.losses.entry((Code::Enum, column)).or_default() += std::mem::take(count);
            }
        }
        Ok(Some(Batch { records, report }))
    }
}

impl Iterator for Rows {
    type Item = Result<Batch>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.done {
            return None;
        }
        let next = self.next_batch().map_err(options::as_read).transpose();
        self.done |= !matches!(next, Some(Ok(_)));
        next
    }
}
