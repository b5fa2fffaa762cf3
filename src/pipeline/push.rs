//! Decoding of bytes as they come, by who has no `Read` to give away.

use std::fmt;
use std::sync::Arc;

use arrow_schema::SchemaRef;
use bytes::BytesMut;

use super::stage::{Batch, Decode, Slice, Split};
use crate::error::{Error, Origin, Result};
use crate::format::Limits;
use crate::report::Report;

/// Feeds bytes in, takes batches out: the same cutting without a `Read`, for sockets and event loops.
///
/// ```
/// use std::sync::Arc;
///
/// use arrow_schema::{DataType, Field, Schema};
/// # #[cfg(feature = "json")] {
/// use fmtconv::format::{Format, ReadOptions};
///
/// let schema = Arc::new(Schema::new(vec![Field::new("id", DataType::Int64, false)]));
/// let options = ReadOptions { schema: Some(schema), ..ReadOptions::default() };
/// let mut decoder = fmtconv::formats::json::FORMAT.push(&options)?;
/// let mut ids = 0;
/// for bytes in ["{\"id\":1}\n{\"i", "d\":2}\n"] {
///     decoder.feed(bytes.as_bytes());
///     while let Some(batches) = decoder.next_batches()? {
///         ids += batches.iter().map(|batch| batch.records.num_rows()).sum::<usize>();
///     }
/// }
/// assert_eq!(ids, 2);
/// # }
/// # Ok::<(), fmtconv::Error>(())
/// ```
#[must_use = "records come when they are asked for"]
pub struct PushDecoder {
    split: Box<dyn Split>,
    decode: Arc<dyn Decode>,
    buffer: BytesMut,
    record_bytes_max: usize,
    first: bool,
    ended: bool,
    finished: bool,
    /// What came before the buffer.
    base: Origin,
    /// What is wrong behind the batches that were handed out.
    failure: Option<Error>,
    failed: bool,
}

impl fmt::Debug for PushDecoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PushDecoder").field("schema", &self.schema()).field("base", &self.base).finish_non_exhaustive()
    }
}

impl PushDecoder {
    /// Cuts with `split`, decodes with `decode`; `limits` bounds the bytes kept for a record that is not whole yet.
    pub fn new(split: Box<dyn Split>, decode: Arc<dyn Decode>, limits: Limits) -> Self {
        PushDecoder {
            split,
            decode,
            buffer: BytesMut::new(),
            record_bytes_max: limits.record_bytes_max,
            first: true,
            ended: false,
            finished: false,
            base: Origin { record: Some(0), line: Some(0), byte: Some(0), ..Origin::default() },
            failure: None,
            failed: false,
        }
    }
    /// The schema of the batches.
    pub fn schema(&self) -> SchemaRef {
        self.decode.schema()
    }
    /// Takes more bytes. Bytes behind the [end](PushDecoder::end) are an error when batches are asked for.
    pub fn feed(&mut self, bytes: &[u8]) {
        if self.ended && !bytes.is_empty() {
            self.failure.get_or_insert_with(|| Error::usage("bytes were fed behind the end"));
            return;
        }
        self.buffer.extend_from_slice(bytes);
    }
    /// Says that no more bytes come.
    pub fn end(&mut self) {
        self.ended = true;
    }
    /// Decodes some of the whole records fed so far; to be called until it gives `None`: more bytes are needed, or this is
    /// the end. The last record is whole when what ends it was fed: its line end, the comma behind an element, the end.
    ///
    /// # Errors
    /// Malformed input, a value that does not fit, or [`ErrorKind::Limit`](crate::ErrorKind::Limit) if a record is too long;
    /// lines, records and bytes count from the first that was fed. Batches before it are handed out first; nothing is
    /// decoded behind an error, and later calls say so (`Usage`).
    pub fn next_batches(&mut self) -> Result<Option<Vec<Batch>>> {
        if self.failed {
            return Err(Error::usage("the decoder has failed"));
        }
        let next = match self.failure.take() {
            Some(error) => Err(error),
            None => self.next_slice().and_then(|slice| slice.map(|slice| self.decoded(slice)).transpose()),
        };
        next.map_err(|error| {
            self.failed = true;
            error.locate(&self.base)
        })
    }

    fn next_slice(&mut self) -> Result<Option<Slice>> {
        // The end is a slice of its own, maybe empty: only the decoder knows whether the text may end here.
        if self.finished || (self.buffer.is_empty() && !self.ended) {
            return Ok(None);
        }
        match self.split.split(&self.buffer, self.ended)? {
            Some(cut) => {
                let rest = self.buffer.split_off(cut);
                let bytes = std::mem::replace(&mut self.buffer, rest).freeze();
                let slice = Slice { bytes, first: self.first, last: self.ended && self.buffer.is_empty() };
                self.first = false;
                self.finished = slice.last;
                Ok(Some(slice))
            }
            None if self.ended => Err(Error::malformed("the input ends in the middle of a record")),
            None if self.buffer.len() > self.record_bytes_max => {
                Err(Error::limit(format!("a record is longer than {} bytes", self.record_bytes_max)))
            }
            None => Ok(None),
        }
    }

    /// The batches of a slice up to an error, which is left for the next call.
    fn decoded(&mut self, slice: Slice) -> Result<Vec<Batch>> {
        let bytes = slice.bytes.len() as u64;
        let mut report = Report::default();
        let mut batches = Vec::new();
        for batch in self.decode.decode(slice)? {
            match batch {
                Ok(batch) => {
                    report.merge(&batch.report);
                    batches.push(batch);
                }
                Err(error) if batches.is_empty() => return Err(error),
                Err(error) => {
                    self.failure = Some(error.locate(&self.base));
                    return Ok(batches);
                }
            }
        }
        let Origin { record, line, byte, .. } = &mut self.base;
        *record = record.map(|n| n + report.records_in);
        *line = line.map(|n| n + report.lines);
        *byte = byte.map(|n| n + bytes);
        Ok(batches)
    }
}

#[cfg(test)]
mod tests;
