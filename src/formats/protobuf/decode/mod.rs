//! Wire bytes → Arrow batches: a message type is unfolded once into columns, and fields go straight into them.

mod column;
mod finish;
mod json;
pub mod known;
pub mod message;

use std::sync::Arc;

use arrow_array::{RecordBatch, RecordBatchOptions};
use arrow_schema::SchemaRef;
use bytes::Bytes;

use super::fault::Fault;
use super::wire::Cursor;
use crate::code::Code;
use crate::error::{Error, Result};
use crate::format::Limits;
use crate::pipeline::{Batch, Batches, Cutter, Decode, Slice};
use crate::report::Report;
use crate::schema::proto::pool::Pool;
use crate::schema::proto::shape::Record;
use finish::Finish;
pub use message::Unknown;
use message::{Context, Messages};

/// How messages stand in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// Each behind its length, a varint.
    Delimited,
    /// The whole file is one.
    Single,
}

/// Decodes messages of one type. Cheap to clone.
#[derive(Clone)]
pub struct Decoder(Arc<Inner>);

struct Inner {
    record: Record,
    schema: SchemaRef,
    context: Context,
    framing: Framing,
    unknown: Unknown,
    limits: Limits,
}

impl Decoder {
    /// For `record` of `pool`, whose Arrow schema is `schema`.
    pub fn new(
        pool: Pool,
        record: Record,
        schema: SchemaRef,
        framing: Framing,
        unknown: Unknown,
        limits: Limits,
    ) -> Self {
        let mut context = Context::new(Arc::new(pool), unknown, limits.depth_max);
        context.prepare(&record);
        Decoder(Arc::new(Inner { record, schema, context, framing, unknown, limits }))
    }

    /// How messages stand in the file.
    pub fn framing(&self) -> Framing {
        self.0.framing
    }
}

impl Decode for Decoder {
    fn schema(&self) -> SchemaRef {
        self.0.schema.clone()
    }

    fn decode(&self, slice: Slice) -> Result<Batches> {
        if slice.bytes.len() > i32::MAX as usize {
            return Err(Error::limit("a message is longer than 2 GiB").at_record(0).at_byte(0));
        }
        let one = self.0.framing == Framing::Single;
        let done = slice.bytes.is_empty() && !one;
        Ok(Box::new(Reading { inner: self.0.clone(), bytes: slice.bytes, position: 0, records: 0, done }))
    }

    fn cutter(&self) -> Option<Arc<dyn Cutter>> {
        Some(Arc::new(self.clone()))
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
        let batch = self.batch();
        self.done |= batch.is_err();
        Some(batch)
    }
}

impl Reading {
    fn batch(&mut self) -> Result<Batch> {
        let inner = self.inner.clone();
        let mut context = inner.context.fresh();
        let mut messages = Messages::new(&inner.record, &context);
        let mut rows = 0;
        let mut failed = None;
        let start = self.position;
        let mut cursor = Cursor::new(self.bytes.get(start..).unwrap_or_default());
        while rows < inner.limits.batch_rows.max(1) {
            if inner.framing == Framing::Delimited && cursor.is_done() {
                break;
            }
            let read = match inner.framing {
                Framing::Single => messages.read(rows, None, &mut cursor, &mut context),
                Framing::Delimited => cursor.length().and_then(|length| {
                    let end = cursor.enter(length);
                    messages.read(rows, None, &mut cursor, &mut context)?;
                    cursor.leave(end);
                    Ok(())
                }),
            };
            if let Err(error) = read {
                failed = Some(error.at_record(rows as u64));
                break;
            }
            rows += 1;
            if inner.framing == Framing::Single {
                break;
            }
        }
        self.position += cursor.position();
        if failed.is_some() {
            // Half a row is there: what is wrong in the rows before it is the first error.
            messages.truncate(rows);
        }
        let mut report = Report::read(rows as u64);
        if context.dropped > 0 {
            report.losses.insert((Code::UnknownField, ".".to_owned()), context.dropped);
        }
        let mut finish = Finish { report: &mut report, unknown: inner.unknown, depth: inner.limits.depth_max };
        let arrays = finish
            .messages(messages, rows, None, inner.schema.fields(), "")
            .map_err(|Fault { row, error }| error.at_record(row as u64).shifted(self.records, 0, 0))?;
        if let Some(error) = failed {
            return Err(error.shifted(self.records, 0, start as u64));
        }
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        let records = RecordBatch::try_new_with_options(inner.schema.clone(), arrays, &options)?;
        self.records += rows as u64;
        self.done = inner.framing == Framing::Single || self.position >= self.bytes.len();
        Ok(Batch { records, report })
    }
}
