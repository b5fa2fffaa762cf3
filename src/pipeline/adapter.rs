//! The Arrow faces: a reader as a `RecordBatchReader`, a sink as a `RecordBatchWriter`.

use arrow_array::{RecordBatch, RecordBatchReader, RecordBatchWriter};
use arrow_schema::{ArrowError, SchemaRef};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use super::budget::Share;
use super::exec::Slot;
use super::ordered::{Ordered, ordered_map};
use super::place::Place;
use super::stage::{Batch, Batches, Chunk, Reader, Sink};
use super::{Chunks, Cutting, Exec};
use crate::error::{Error, Origin, Result};
use crate::report::Report;

/// The batches of a reader, decoded in parallel, in order. Dropping it stops the reader.
pub struct BatchReader {
    schema: SchemaRef,
    chunks: Ordered<(Origin, Result<Vec<Batch>>, Option<Share>)>,
    pending: std::vec::IntoIter<Batch>,
    place: Place,
    failed: bool,
    report: Report,
    /// What the reader itself has to tell, when it is at its end.
    last: Arc<Slot<Report>>,
}

impl BatchReader {
    /// Decodes the chunks of `reader` on the workers of `exec`.
    pub fn new(reader: Box<dyn Reader>, exec: &Exec) -> Self {
        let schema = reader.schema();
        let (chunks, last) = Chunks::new(reader, exec);
        let chunks = ordered_map(exec, exec.window(), chunks, |Cutting { origin, chunk, share }| {
            (origin, chunk.and_then(|chunk| chunk.decode()?.collect::<Result<Vec<_>>>()), share)
        });
        let (pending, place, report) = (Vec::new().into_iter(), Place::default(), Report::default());
        BatchReader { schema, chunks, pending, place, failed: false, report, last }
    }

    /// Counts and losses of the batches that were given out; behind the last one, also what the reader has to tell
    /// besides.
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
            let (origin, batches, _share) = match self.chunks.next() {
                Some(Ok(item)) => item,
                Some(Err(error)) => {
                    self.failed = true;
                    return Some(Err(error));
                }
                None => {
                    if let Some(report) = self.last.take() {
                        self.report.merge(&report);
                    }
                    return None;
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
        if records.schema_ref().fields() != self.schema.fields() {
            return Err(Error::schema("a batch has another schema than the first"));
        }
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
/// (or `close`); dropping the writer before leaves none.
pub struct BatchWriter {
    schema: SchemaRef,
    queue: Option<SyncSender<Message>>,
    outcome: Receiver<Result<Report>>,
}

enum Message {
    Batch(RecordBatch),
    Finish,
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
        BatchWriter { schema, queue: Some(queue), outcome }
    }

    fn send(&mut self, message: Message) -> Result<()> {
        let queue = self.queue.as_ref().ok_or_else(|| Error::usage("the writer is closed"))?;
        if queue.send(message).is_ok() {
            return Ok(());
        }
        self.queue = None;
        self.wait().and_then(|_| Err(Error::internal("the writer stopped early")))
    }

    fn wait(&mut self) -> Result<Report> {
        self.outcome.recv().unwrap_or_else(|_| Err(Error::internal("the writer was lost")))
    }

    /// Writes what is left, commits the output and returns the counts.
    ///
    /// # Errors
    /// The first error of the whole run; the output is then as it was before.
    pub fn close_report(mut self) -> Result<Report> {
        self.send(Message::Finish)?;
        self.queue = None;
        self.wait()
    }
}

impl RecordBatchWriter for BatchWriter {
    fn write(&mut self, batch: &RecordBatch) -> Result<(), ArrowError> {
        if batch.schema_ref().fields() != self.schema.fields() {
            return Err(Error::schema("a batch has another schema than the writer").into());
        }
        Ok(self.send(Message::Batch(batch.clone()))?)
    }

    fn close(self) -> Result<(), ArrowError> {
        self.close_report()?;
        Ok(())
    }
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
