//! The file format: a footer says where every message stands.

use std::io::Read;
use std::sync::Arc;

use arrow_ipc::{Block, root_as_footer_with_opts};
use arrow_schema::SchemaRef;

use super::decode::{Dictionaries, add_dictionary};
use super::depth;
use super::joined;
use super::message::{MAGIC, check_version, is_turned, schema_of};
use super::stored::{Common, Stored, cut};
use crate::error::{Error, Result};
use crate::format::ReadOptions;
use crate::pipeline::spare::Spare;
use crate::pipeline::{Chunk, Reader};
use crate::report::Report;
use crate::schema::flatbuffer;
use crate::source::{Blob, Source, read_error};

/// Buffers of longer parts are not kept.
const PART_BYTES_KEPT: usize = 64 << 20;

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
        let footer = root_as_footer_with_opts(&flatbuffer::verifier(), &bytes);
        let footer = footer.map_err(|error| Error::malformed(format!("bad footer: {error}")))?;
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
        let ends = dictionaries.iter().chain(&batches).map(|block| {
            // Sane, as was checked.
            (block.offset() + i64::from(block.metaDataLength()) + block.bodyLength()) as u64
        });
        joined::check(blob, ends.max(), begin)?;
        Ok(Footer { schema: Arc::new(schema), turned, dictionaries, batches })
    }
}

/// Reads an Arrow file: record batch by record batch.
pub(super) struct FileReader {
    blob: Blob,
    stored: u64,
    batches: std::vec::IntoIter<Block>,
    common: Common,
    /// Where parts of messages are made.
    spare: Arc<Spare>,
    /// What is left of the last message.
    chunks: Box<dyn Iterator<Item = Box<dyn Chunk>> + Send>,
}

impl FileReader {
    /// Reads the footer and all dictionaries.
    pub fn open(source: &Source, options: &ReadOptions) -> Result<Self> {
        let located = |error: Error| error.in_source(source.name());
        let blob = source.blob()?;
        let footer = Footer::read(&blob).map_err(located)?;
        depth::check_read(&footer.schema, options.limits.depth_max).map_err(located)?;
        let spare = Arc::new(Spare::new(PART_BYTES_KEPT));
        let mut dictionaries = Dictionaries { turned: footer.turned, ..Dictionaries::default() };
        for block in &footer.dictionaries {
            let stored = Stored::new(&blob, block, &spare).map_err(located)?;
            let framed = stored.whole().map_err(|error| located(error.shifted(0, 0, stored.byte)))?;
            add_dictionary(&framed, &footer.schema, &mut dictionaries, false).map_err(located)?;
        }
        Ok(FileReader {
            stored: source.size().unwrap_or_else(|| blob.len()),
            blob,
            batches: footer.batches.into_iter(),
            common: Common {
                source: source.name(),
                schema: footer.schema,
                dictionaries: Arc::new(dictionaries),
                limits: options.limits,
            },
            spare,
            chunks: Box::new(std::iter::empty()),
        })
    }
}

impl Reader for FileReader {
    fn schema(&self) -> SchemaRef {
        self.common.schema.clone()
    }

    fn next_chunk(&mut self) -> Result<Option<Box<dyn Chunk>>> {
        loop {
            if let Some(chunk) = self.chunks.next() {
                return Ok(Some(chunk));
            }
            let Some(block) = self.batches.next() else { return Ok(None) };
            let chunks = Stored::new(&self.blob, &block, &self.spare).and_then(|stored| cut(stored, &self.common));
            self.chunks = chunks.map_err(|error| error.in_source(self.common.source.clone()))?;
        }
    }

    fn resumes(&self) -> bool {
        true
    }

    fn report(&self) -> Report {
        Report { bytes_in: self.stored, ..Report::default() }
    }
}
