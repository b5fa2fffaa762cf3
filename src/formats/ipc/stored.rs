//! Record batch messages that stand in a file, and the chunks that are cut from them: their bodies are read where they
//! are decoded, on any thread, a part of the rows at a time.

use std::ops::Range;
use std::sync::Arc;

use arrow_buffer::Buffer;
use arrow_ipc::{Block, MetadataVersion, RecordBatch};
use arrow_schema::{Schema, SchemaRef};
use bytes::Bytes;

use super::decode::{BatchChunk, Dictionaries, RANGE_BYTES, RANGE_CELLS, cells};
use super::message::{Framed, Metadata, check_compression, unframed};
use super::range::{ALIGNMENT, has_parts, part};
use crate::error::{Error, Origin, Result};
use crate::format::Limits;
use crate::pipeline::spare::{Lent, Spare};
use crate::pipeline::{Batches, Chunk, Lookup};
use crate::source::{Blob, read_error};

/// Values of a message that may wait for others.
const FEW_VALUES: u64 = 4096;
/// Bytes of a part per buffer, at least: a read of fewer costs more than its bytes.
const BUFFER_BYTES_MIN: usize = 8 << 10;
/// Bytes of a part at most, however many buffers there are.
const PART_BYTES_MAX: usize = 16 << 20;

/// A message in a file, of which the metadata was read.
pub(super) struct Stored {
    pub(super) blob: Blob,
    pub(super) metadata: Metadata,
    /// Where the message begins.
    pub(super) byte: u64,
    /// Where its body stands.
    pub(super) body: Range<u64>,
    /// Where parts are made.
    spare: Arc<Spare>,
}

impl Stored {
    /// The message at a block, which was checked against the length of the file.
    pub fn new(blob: &Blob, block: &Block, spare: &Arc<Spare>) -> Result<Self> {
        let byte = block.offset() as u64;
        let metadata = metadata_at(blob, block)?;
        let length = metadata.message()?.bodyLength();
        if length != block.bodyLength() {
            let footer = block.bodyLength();
            return Err(Error::malformed(format!(
                "the footer says {footer} bytes of a message, the message says {length}"
            ))
            .at_byte(byte));
        }
        let begin = byte + block.metaDataLength() as u64;
        Ok(Stored { blob: blob.clone(), metadata, byte, body: begin..begin + length as u64, spare: spare.clone() })
    }

    /// The whole message.
    ///
    /// # Errors
    /// `Io`; places count from the message.
    pub fn whole(&self) -> Result<Framed> {
        let begin = self.body.start - self.byte;
        let length = usize::try_from(self.body.end - self.body.start);
        let length = length.map_err(|_| Error::malformed("a message too long for this machine").at_byte(0))?;
        let bytes = self.blob.slice(self.body.start, length).map_err(|error| read_error(error, begin))?;
        Ok(Framed::new(self.metadata.clone(), Buffer::from(bytes), self.byte))
    }

    /// Some of the rows, as a message of their own.
    ///
    /// # Errors
    /// As [`part`].
    pub fn part(&self, schema: &Schema, rows: Range<usize>) -> Result<Framed> {
        let share = self.len() as u128 * rows.len() as u128 / self.rows()?.max(1) as u128;
        let share = usize::try_from(share).unwrap_or(0);
        // Columns end at multiples of the alignment, and texts differ in length.
        let room = share + share / 16 + self.buffers() * ALIGNMENT;
        let mut buffer = self.spare.take_for(room);
        if buffer.capacity() == 0 {
            buffer = vec![0; room];
        }
        let (metadata, body) = part(self, schema, rows, buffer).map_err(|error| match error.origin().byte {
            Some(_) => error,
            None => error.at_byte(0),
        })?;
        let body: Bytes = Lent::new(body.buffer, body.len, self.spare.clone()).into();
        Ok(Framed::new(metadata, Buffer::from(body), self.byte))
    }

    /// Rows of a part, if it is to be read in parts: not if it is small, nor if it has none, as compressed buffers are
    /// whole, and views, unions and runs point anywhere. Nor if buffers share bytes: a part has a copy for each of them,
    /// and must not take more memory than the message.
    ///
    /// # Errors
    /// `Malformed`.
    pub fn part_rows(&self, schema: &Schema) -> Result<Option<usize>> {
        let message = self.metadata.message()?;
        let Some(batch) = message.header_as_record_batch() else { return Ok(None) };
        check_compression(&message)?;
        let bytes = (self.buffers() * BUFFER_BYTES_MIN).clamp(RANGE_BYTES, PART_BYTES_MAX) as u64;
        let length = |buffer: &arrow_ipc::Buffer| u64::try_from(buffer.length()).unwrap_or(u64::MAX);
        let held = batch.buffers().into_iter().flatten().map(length).fold(0, u64::saturating_add);
        if self.len() < 2 * bytes
            || held > self.len()
            || batch.compression().is_some()
            || message.version() < MetadataVersion::V4
            || !schema.fields().iter().all(|field| has_parts(field.data_type()))
        {
            return Ok(None);
        }
        let rows = self.rows()?;
        let row = (self.len() / rows.max(1) as u64).max(1);
        let part = usize::try_from(bytes / row).unwrap_or(usize::MAX);
        // Bits of whole bytes need not be moved.
        Ok((rows > 0).then(|| if part < 8 { part.max(1) } else { part / 8 * 8 }))
    }

    /// Rows, as the message says.
    pub fn rows(&self) -> Result<usize> {
        let rows = self.batch()?.length();
        usize::try_from(rows).map_err(|_| Error::malformed(format!("a record batch of {rows} records")))
    }

    pub(super) fn batch(&self) -> Result<RecordBatch<'_>> {
        let batch = self.metadata.message()?.header_as_record_batch();
        batch.ok_or_else(|| Error::malformed("a record batch message without a record batch"))
    }

    fn buffers(&self) -> usize {
        self.batch().ok().and_then(|batch| batch.buffers()).map_or(0, |buffers| buffers.len())
    }

    /// Bytes of the body.
    fn len(&self) -> u64 {
        self.body.end - self.body.start
    }
}

/// The metadata of the message at a block.
pub(super) fn metadata_at(blob: &Blob, block: &Block) -> Result<Metadata> {
    let byte = block.offset() as u64;
    let bytes = blob.slice(byte, block.metaDataLength() as usize).map_err(|error| read_error(error, byte))?;
    unframed(&Buffer::from(bytes)).map_err(|error| error.at_byte(byte))
}

/// What all chunks of a file have in common.
#[derive(Clone)]
pub(super) struct Common {
    pub source: Arc<str>,
    pub schema: SchemaRef,
    pub dictionaries: Arc<Dictionaries>,
    pub limits: Limits,
}

/// The chunks of a message, in order.
///
/// # Errors
/// `Malformed`; `Io` where the message has to be read as a whole.
pub(super) fn cut(stored: Stored, common: &Common) -> Result<Box<dyn Iterator<Item = Box<dyn Chunk>> + Send>> {
    let in_parts = !common.dictionaries.turned;
    let step = if in_parts { stored.part_rows(&common.schema) } else { Ok(None) };
    let step = step.map_err(|error| error.at_byte(stored.byte))?;
    let common = common.clone();
    if let Some(step) = step {
        let (rows, stored) = (stored.rows()?, Arc::new(stored));
        let parts = (0..rows).step_by(step).map(move |first| -> Box<dyn Chunk> {
            let part = first..rows.min(first.saturating_add(step));
            let bytes = (u128::from(stored.len()) * part.len() as u128 / rows as u128) as usize;
            Box::new(StoredChunk { stored: stored.clone(), rows: Some(part), bytes, common: common.clone() })
        });
        return Ok(Box::new(parts));
    }
    let cells = stored.rows().map_or(0, |rows| cells(rows, &common.schema));
    if stored.len() < 2 * RANGE_BYTES as u64 && cells <= RANGE_CELLS {
        let bytes = stored.len() as usize;
        let chunk: Box<dyn Chunk> = Box::new(StoredChunk { stored: Arc::new(stored), rows: None, bytes, common });
        return Ok(Box::new(std::iter::once(chunk)));
    }
    let framed = stored.whole().map_err(|error| error.shifted(0, 0, stored.byte))?;
    let Common { source, schema, dictionaries, limits } = common;
    Ok(Box::new(BatchChunk::cut(framed, schema, dictionaries, limits, source)))
}

/// Rows of a message that are not in memory yet.
#[derive(Clone)]
struct StoredChunk {
    stored: Arc<Stored>,
    /// `None`: all.
    rows: Option<Range<usize>>,
    /// About how many bytes they take.
    bytes: usize,
    common: Common,
}

impl StoredChunk {
    fn read(&self) -> Result<BatchChunk> {
        let Common { source, schema, dictionaries, limits } = self.common.clone();
        let framed = match &self.rows {
            Some(rows) => self.stored.part(&schema, rows.clone())?,
            None => self.stored.whole()?,
        };
        Ok(BatchChunk::whole(framed, schema, dictionaries, limits, source))
    }
}

impl Chunk for StoredChunk {
    fn size(&self) -> usize {
        self.bytes
    }
    fn origin(&self) -> Origin {
        Origin { source: Some(self.common.source.clone()), byte: Some(self.stored.byte), ..Origin::default() }
    }
    fn decode(self: Box<Self>) -> Result<Batches> {
        Box::new(self.read()?).decode()
    }
    fn is_indexed(&self) -> bool {
        // What is compressed, or takes no bytes, may become as much as it likes.
        let batch = self.stored.batch().ok().filter(|batch| batch.compression().is_none());
        // Each array has as many values as its node says, also inside lists.
        let values = |batch: RecordBatch<'_>| {
            let nodes = batch.nodes().into_iter().flatten().map(|node| node.length());
            let lengths = nodes.chain([batch.length()]).map(|length| u64::try_from(length).unwrap_or(u64::MAX));
            lengths.fold(0, u64::saturating_add)
        };
        batch.is_some_and(|batch| values(batch) <= FEW_VALUES)
    }
    fn records(&self) -> Option<Lookup> {
        let chunk = self.clone();
        Some(Box::new(move || match chunk.read()?.records() {
            Some(lookup) => lookup(),
            None => Err(Error::internal("records of an Arrow message cannot be told apart")),
        }))
    }
}
