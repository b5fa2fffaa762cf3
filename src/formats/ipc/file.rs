//! The file format: a footer says where every message stands.

use std::collections::VecDeque;
use std::io::Read;
use std::ops::Range;
use std::sync::Arc;

use arrow_buffer::Buffer;
use arrow_ipc::{Block, root_as_footer};
use arrow_schema::SchemaRef;

use super::decode::{BatchChunk, Dictionaries, add_dictionary};
use super::message::{Framed, MAGIC, Metadata, check_version, is_turned, schema_of, unframed};
use super::range::Stored;
use crate::error::{Error, Result};
use crate::format::ReadOptions;
use crate::pipeline::{Chunk, Reader};
use crate::report::Report;
use crate::source::{Blob, Source, read_error};

/// About how many bytes of a message are read at a time, where it can be read in parts.
const PART_BYTES: u64 = 16 << 20;

/// What the footer says, checked against the length of the file.
pub(super) struct Footer {
    /// The schema, with the metadata of the footer.
    pub schema: SchemaRef,
    /// Whether the bodies are in the other byte order.
    pub turned: bool,
    /// Dictionary messages, in order.
    pub dictionaries: Vec<Block>,
    /// Record batch messages, in order.
    pub batches: Vec<Block>,
}

impl Footer {
    /// Reads and checks the footer.
    pub fn read(blob: &Blob) -> Result<Footer> {
        let len = blob.len();
        let cut_off = |what: String| Error::malformed(what).with_hint("the file may be cut off");
        let tail_len = MAGIC.len() as u64 + 4;
        if len < tail_len + MAGIC.len() as u64 {
            return Err(cut_off(format!("a file of {len} bytes is too short for Arrow")));
        }
        let mut tail = [0; 10];
        blob.reader_at(len - tail_len).read_exact(&mut tail).map_err(|error| read_error(error, len - tail_len))?;
        let (length, magic) = tail.split_at(4);
        if magic != MAGIC {
            return Err(cut_off("no Arrow magic (ARROW1) at the end".to_owned()));
        }
        let length = length.try_into().map(i32::from_le_bytes).unwrap_or(-1);
        let begin = u64::try_from(length).ok().and_then(|length| (len - tail_len).checked_sub(length));
        let (Some(begin), true) = (begin, length > 0) else {
            return Err(Error::malformed(format!("a footer of {length} bytes in a file of {len}")));
        };
        let bytes = blob.slice(begin, length as usize).map_err(|error| read_error(error, begin))?;
        let footer = root_as_footer(&bytes).map_err(|error| Error::malformed(format!("bad footer: {error}")))?;
        check_version(footer.version())?;
        let schema = footer.schema().ok_or_else(|| Error::malformed("a footer without a schema"))?;
        let turned = is_turned(schema);
        let mut schema = schema_of(schema)?;
        for pair in footer.custom_metadata().into_iter().flatten() {
            if let (Some(key), Some(value)) = (pair.key(), pair.value())
                && !schema.metadata.contains_key(key)
            {
                schema.metadata.insert(key, value);
            }
        }
        let dictionaries: Vec<Block> = footer.dictionaries().into_iter().flatten().copied().collect();
        let batches: Vec<Block> = footer.recordBatches().into_iter().flatten().copied().collect();
        for block in dictionaries.iter().chain(&batches) {
            let end = block.offset().checked_add(block.metaDataLength().into());
            let end = end.and_then(|end| end.checked_add(block.bodyLength()));
            let sane = block.offset() >= 0 && block.metaDataLength() > 0 && block.bodyLength() >= 0;
            if !sane || end.is_none_or(|end| end as u64 > begin) {
                return Err(Error::malformed(format!(
                    "a message of {} + {} bytes at {} of a file of {len}",
                    block.metaDataLength(),
                    block.bodyLength(),
                    block.offset()
                )));
            }
        }
        Ok(Footer { schema: Arc::new(schema), turned, dictionaries, batches })
    }
}

/// The metadata of the message at a block.
pub(super) fn metadata_at(blob: &Blob, block: &Block) -> Result<Metadata> {
    let byte = block.offset() as u64;
    let bytes = blob.slice(byte, block.metaDataLength() as usize).map_err(|error| read_error(error, byte))?;
    unframed(&Buffer::from(bytes)).map_err(|error| error.at_byte(byte))
}

/// The metadata of the message at a block, and where its body stands.
pub(super) fn parts_of(blob: &Blob, block: &Block) -> Result<(Metadata, Range<u64>)> {
    let byte = block.offset() as u64;
    let metadata = metadata_at(blob, block)?;
    let length = metadata.message()?.bodyLength();
    if length != block.bodyLength() {
        return Err(Error::malformed(format!(
            "the footer says {} bytes of a message, the message says {length}",
            block.bodyLength()
        ))
        .at_byte(byte));
    }
    let begin = byte + block.metaDataLength() as u64;
    Ok((metadata, begin..begin + length as u64))
}

/// The message with this metadata and body, which begins at `byte`.
fn message_of(blob: &Blob, metadata: Metadata, byte: u64, body: Range<u64>) -> Result<Framed> {
    let too_long = || Error::malformed("a message too long for this machine").at_byte(byte);
    let length = usize::try_from(body.end - body.start).map_err(|_| too_long())?;
    let bytes = blob.slice(body.start, length).map_err(|error| read_error(error, body.start))?;
    Ok(Framed { metadata, body: Buffer::from(bytes), byte })
}

/// Reads an Arrow file: record batch by record batch.
pub(super) struct FileReader {
    blob: Blob,
    stored: u64,
    source: Arc<str>,
    footer: Footer,
    dictionaries: Arc<Dictionaries>,
    batch_rows: usize,
    next: usize,
    /// A large message that is read in parts, and the rows of it that were not read yet.
    large: Option<(Stored, Range<usize>)>,
    /// What is left of the last message, or part of one.
    chunks: VecDeque<Box<dyn Chunk>>,
}

impl FileReader {
    /// Reads the footer and all dictionaries.
    pub fn open(source: &Source, options: &ReadOptions) -> Result<Self> {
        let located = |error: Error| error.in_source(source.name());
        let blob = source.blob()?;
        let footer = Footer::read(&blob).map_err(located)?;
        let mut dictionaries = Dictionaries { turned: footer.turned, ..Dictionaries::default() };
        for block in &footer.dictionaries {
            let (metadata, body) = parts_of(&blob, block).map_err(located)?;
            let framed = message_of(&blob, metadata, block.offset() as u64, body).map_err(located)?;
            add_dictionary(&framed, &footer.schema, &mut dictionaries, false).map_err(located)?;
        }
        Ok(FileReader {
            stored: source.size().unwrap_or_else(|| blob.len()),
            blob,
            source: source.name(),
            footer,
            dictionaries: Arc::new(dictionaries),
            batch_rows: options.limits.batch_rows,
            next: 0,
            large: None,
            chunks: VecDeque::new(),
        })
    }

    /// The next message, or part of one.
    fn next_message(&mut self) -> Result<Option<Framed>> {
        loop {
            if let Some((stored, rows)) = &mut self.large {
                if rows.start < rows.end {
                    let end = rows.end.min(rows.start + stored.rows_within(PART_BYTES)?);
                    let part = stored.part(&self.footer.schema, rows.start..end);
                    rows.start = end;
                    return part.map(Some);
                }
                self.large = None;
            }
            let Some(block) = self.footer.batches.get(self.next) else { return Ok(None) };
            self.next += 1;
            let byte = block.offset() as u64;
            let (metadata, body) = parts_of(&self.blob, block)?;
            if body.end - body.start >= 2 * PART_BYTES && !self.footer.turned {
                let stored = Stored::new(&self.blob, metadata.clone(), byte, body.clone(), &self.footer.schema);
                let sized = stored.and_then(|stored| stored.map(|stored| Ok((stored.rows()?, stored))).transpose());
                if let Some((rows @ 1.., stored)) = sized.map_err(|error| error.at_byte(byte))? {
                    self.large = Some((stored, 0..rows));
                    continue;
                }
            }
            return message_of(&self.blob, metadata, byte, body).map(Some);
        }
    }
}

impl Reader for FileReader {
    fn schema(&self) -> SchemaRef {
        self.footer.schema.clone()
    }

    fn next_chunk(&mut self) -> Result<Option<Box<dyn Chunk>>> {
        if let Some(chunk) = self.chunks.pop_front() {
            return Ok(Some(chunk));
        }
        let next = self.next_message().map_err(|error| error.in_source(self.source.clone()))?;
        let Some(framed) = next else { return Ok(None) };
        let (schema, dictionaries) = (self.footer.schema.clone(), self.dictionaries.clone());
        self.chunks.extend(BatchChunk::cut(framed, schema, dictionaries, self.batch_rows, self.source.clone()));
        Ok(self.chunks.pop_front())
    }

    fn resumes(&self) -> bool {
        true
    }

    fn report(&self) -> Report {
        Report { bytes_in: self.stored, ..Report::default() }
    }
}
