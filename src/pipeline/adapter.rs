//! The Arrow faces: a reader as a `RecordBatchReader`, a sink as a `RecordBatchWriter`.

use std::fmt;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use arrow_array::{RecordBatch, RecordBatchReader, RecordBatchWriter};
use arrow_schema::{ArrowError, Schema, SchemaRef};

use super::budget::Share;
use super::bunch::{Mapped, map_chunks};
use super::exec::Slot;
use super::place::Place;
use super::stage::{Batch, Batches, Chunk, Reader, Sink};
use super::stages::Stages;
use super::{Cutting, Exec};
use crate::code::Code;
use crate::error::{Error, Origin, Result};
use crate::report::Report;

/// The batches of a reader, decoded in parallel, in order. Dropping it stops the reader, as soon as that comes back from
/// its source.
#[must_use = "batches are read as they are asked for"]
pub struct BatchReader {
    schema: SchemaRef,
    chunks: Mapped<(Origin, Result<Vec<Batch>>, Option<Share>)>,
    pending: std::vec::IntoIter<Batch>,
    place: Place,
    report: Report,
    /// What reading told, once all chunks were cut.
    of_reader: Arc<Slot<Report>>,
    failed: bool,
}

impl fmt::Debug for BatchReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BatchReader")
            .field("schema", &self.schema)
            .field("report", &self.report)
            .finish_non_exhaustive()
    }
}

impl BatchReader {
    /// Decodes the chunks of `reader` on the workers of `exec`.
    pub fn new(reader: Box<dyn Reader>, exec: &Exec) -> Self {
        let schema = reader.schema();
        let stages = Stages::new(schema.clone(), Vec::new());
        let (chunks, of_reader) = map_chunks(reader, exec, move |Cutting { origin, chunk, share }| {
            (origin, chunk.and_then(|chunk| stages.batches(chunk.decode()?).collect::<Result<Vec<_>>>()), share)
        });
        let (pending, place, report) = (Vec::new().into_iter(), Place::default(), Report::default());
        BatchReader { schema, chunks, pending, place, report, of_reader, failed: false }
    }

    /// Counts and losses of the batches that were handed out. What reading the source told besides (columns that were
    /// renamed, hints that were ignored, bytes) is part of it once there are no more batches.
    pub fn report(&self) -> &Report {
        &self.report
    }

    /// The next batch with its report, or the first error in input order.
    pub fn next_batch(&mut self) -> Option<Result<Batch>> {
        loop {
            if self.failed {
                return None;
            }
            if let Some(batch) = self.pending.next() {
                self.place.advance(&batch.report);
                self.report.merge(&batch.report);
                return Some(Ok(batch));
            }
            let Some(chunk) = self.chunks.next() else {
                if let Some(report) = self.of_reader.take() {
                    self.report.merge(&report);
                }
                return None;
            };
            let (origin, batches, _share) = match chunk {
                Ok(item) => item,
                Err(error) => {
                    self.failed = true;
                    return Some(Err(error));
                }
            };
            self.place.enter(&origin);
            match batches {
                Ok(batches) => self.pending = batches.into_iter(),
                Err(error) => {
                    self.failed = true;
                    return Some(Err(self.place.locate(error)));
                }
            }
        }
    }
}

impl Iterator for BatchReader {
    type Item = Result<RecordBatch, ArrowError>;

    fn next(&mut self) -> Option<Self::Item> {
        Some(self.next_batch()?.map(|batch| batch.records).map_err(ArrowError::from))
    }
}

impl RecordBatchReader for BatchReader {
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }
}

/// A reader over batches that are already in memory or made elsewhere: each batch is a chunk.
pub struct Memory<I> {
    schema: SchemaRef,
    batches: I,
    byte: u64,
}

impl<I> Memory<I>
where
    I: Iterator<Item = Result<RecordBatch, ArrowError>> + Send,
{
    /// Reads `batches`, which must all have `schema`.
    pub fn new(schema: SchemaRef, batches: I) -> Self {
        Memory { schema, batches, byte: 0 }
    }
}

impl<I> Reader for Memory<I>
where
    I: Iterator<Item = Result<RecordBatch, ArrowError>> + Send,
{
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }

    fn next_chunk(&mut self) -> Result<Option<Box<dyn Chunk>>> {
        let Some(records) = self.batches.next().transpose()? else { return Ok(None) };
        refuse_other(records.schema_ref(), &self.schema)?;
        self.byte += records.num_rows() as u64;
        Ok(Some(Box::new(MemoryChunk(records))))
    }
}

struct MemoryChunk(RecordBatch);

impl Chunk for MemoryChunk {
    fn size(&self) -> usize {
        self.0.get_array_memory_size()
    }
    fn origin(&self) -> Origin {
        Origin::default()
    }
    fn decode(self: Box<Self>) -> Result<Batches> {
        Ok(Box::new(std::iter::once(Ok(Batch::new(self.0)))))
    }
}

/// Takes batches and writes them with a [`Sink`], encoded in parallel. The output appears with [`BatchWriter::close_report`]
/// (or `close`); dropping the writer before leaves none, and waits until what was begun is taken away.
#[must_use = "the output appears when the writer is closed"]
pub struct BatchWriter {
    schema: SchemaRef,
    queue: Option<SyncSender<Message>>,
    outcome: Receiver<Result<Report>>,
    /// What is lost for the types of the columns.
    known: Vec<(Code, String)>,
    /// What ended the run before it was closed.
    failure: Option<String>,
}

enum Message {
    Batch(RecordBatch),
    Finish,
}

impl fmt::Debug for BatchWriter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BatchWriter").field("schema", &self.schema).finish_non_exhaustive()
    }
}

impl BatchWriter {
    /// Writes batches of `schema` to `sink`.
    pub fn new(sink: Box<dyn Sink>, schema: SchemaRef, exec: &Exec) -> Self {
        let (queue, batches) = sync_channel(exec.window());
        let (done, outcome) = sync_channel(1);
        let reader = Box::new(Queue { schema: schema.clone(), batches });
        let exec_of_run = exec.clone();
        super::ordered::background(move || {
            let _ = done.send(sink.drain(reader, Vec::new(), &exec_of_run));
        });
        BatchWriter { schema, queue: Some(queue), outcome, known: Vec::new(), failure: None }
    }

    /// Adds losses that are known already to the report.
    pub(crate) fn with_known(mut self, losses: impl IntoIterator<Item = (Code, String)>) -> Self {
        self.known.extend(losses);
        self
    }

    fn send(&mut self, message: Message) -> Result<()> {
        let Some(queue) = &self.queue else {
            let error = Error::usage("the writer has failed");
            return Err(match &self.failure {
                Some(failure) => error.with_cause(failure.clone()),
                None => error,
            });
        };
        if queue.send(message).is_ok() {
            return Ok(());
        }
        self.queue = None;
        let outcome = self.wait().and_then(|_| Err(Error::internal("the writer stopped early")));
        self.failure = outcome.as_ref().err().map(Error::to_string);
        outcome
    }

    fn wait(&mut self) -> Result<Report> {
        self.outcome.recv().unwrap_or_else(|_| Err(Error::internal("the writer was lost")))
    }

    /// Writes what is left, commits the output and returns the counts.
    ///
    /// # Errors
    /// The first error of the whole run, or that it was met by a `write` before; the output is then as it was before.
    pub fn close_report(mut self) -> Result<Report> {
        self.send(Message::Finish)?;
        self.queue = None;
        let mut report = self.wait()?;
        report.add_known(std::mem::take(&mut self.known));
        Ok(report)
    }
}

impl Drop for BatchWriter {
    fn drop(&mut self) {
        if self.queue.take().is_some() {
            // The run fails for want of its end, and takes its temporary file away.
            let _ = self.outcome.recv();
        }
    }
}

impl RecordBatchWriter for BatchWriter {
    fn write(&mut self, batch: &RecordBatch) -> Result<(), ArrowError> {
        refuse_other(batch.schema_ref(), &self.schema)?;
        Ok(self.send(Message::Batch(batch.clone()))?)
    }

    fn close(self) -> Result<(), ArrowError> {
        self.close_report()?;
        Ok(())
    }
}

/// Fails if a batch has other fields than all of them should have.
fn refuse_other(found: &Schema, expected: &Schema) -> Result<()> {
    if found.fields() == expected.fields() {
        return Ok(());
    }
    let differs = found.fields().iter().zip(expected.fields()).find(|(found, expected)| found != expected);
    Err(match differs {
        Some((found, expected)) => {
            Error::schema(format!("a batch has the field {found}, where {expected} is expected"))
        }
        None => {
            let (found, expected) = (found.fields().len(), expected.fields().len());
            Error::schema(format!("a batch has {found} fields, where {expected} are expected"))
        }
    })
}

/// The reading end of a [`BatchWriter`]. Without `Finish` the run fails, so that a dropped writer leaves no output.
struct Queue {
    schema: SchemaRef,
    batches: Receiver<Message>,
}

impl Reader for Queue {
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }

    fn next_chunk(&mut self) -> Result<Option<Box<dyn Chunk>>> {
        match self.batches.recv() {
            Ok(Message::Batch(records)) => Ok(Some(Box::new(MemoryChunk(records)))),
            Ok(Message::Finish) => Ok(None),
            Err(_) => Err(Error::usage("the writer was dropped before it was closed")),
        }
    }
}
