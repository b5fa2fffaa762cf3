//! Framed messages → Arrow batches.

use std::sync::Arc;

use arrow_schema::SchemaRef;
use bytes::Bytes;

use super::framing::Framing;
use crate::column::proto::decode::{Rows, Target};
use crate::column::proto::wire::Cursor;
use crate::error::{Error, Result};
use crate::format::Limits;
use crate::pipeline::{Batch, Batches, Decode, Slice};

/// Decodes messages of one type. Cheap to share.
pub struct Decoder(Arc<Inner>);

struct Inner {
    target: Target,
    framing: Framing,
    limits: Limits,
}

impl Decoder {
    /// Into the columns of `target`.
    pub fn new(target: Target, framing: Framing, limits: Limits) -> Self {
        Decoder(Arc::new(Inner { target, framing, limits }))
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
        let one = self.0.framing == Framing::Single;
        let done = slice.bytes.is_empty() && !one;
        Ok(Box::new(Reading { inner: self.0.clone(), bytes: slice.bytes, position: 0, records: 0, done }))
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
        let mut rows = Rows::new(&inner.target);
        let mut failed = None;
        let start = self.position;
        let mut cursor = Cursor::new(self.bytes.get(start..).unwrap_or_default());
        while rows.len() < inner.limits.batch_rows.max(1) {
            if inner.framing == Framing::Delimited && cursor.is_done() {
                break;
            }
            let read = match inner.framing {
                Framing::Single => rows.read(&mut cursor),
                Framing::Delimited => cursor.length().and_then(|length| {
                    let end = cursor.enter(length);
                    rows.read(&mut cursor)?;
                    cursor.leave(end);
                    Ok(())
                }),
            };
            if let Err(error) = read {
                failed = Some(error.at_record(rows.len() as u64));
                break;
            }
            if inner.framing == Framing::Single {
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
        self.done = inner.framing == Framing::Single || self.position >= self.bytes.len();
        Ok(Batch { records, report })
    }
}
