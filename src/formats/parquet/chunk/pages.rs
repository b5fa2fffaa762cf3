//! Pages of a chunk, one behind the other, each behind its header.

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use parquet::basic::{Compression, Encoding, PageType};
use parquet::column::page::{CompressedPage, Page, PageWriter};
use parquet::errors::ParquetError;
use parquet::file::metadata::PageEncodingStats;
use parquet::file::writer::{SerializedPageWriter, TrackedWrite};

use super::blocks::{Blocks, Filling};
use super::choose::Made;
use super::compress::Codec;
use super::dictionary::Dictionary;
use super::levels::Levels;
use super::values::Values;
use crate::error::{Error, Result};
use crate::pipeline::spare::{Lent, Spare};

/// Slots of a page at most, however small they are.
const SLOTS: usize = 1 << 20;

/// Cuts slots into pages of about `limit` bytes, where rows begin: halves them until they fit, or are single rows.
pub(super) fn cut(
    levels: &Levels,
    values: &Values<'_>,
    dictionary: Option<&Dictionary>,
    limit: usize,
) -> Vec<Range<usize>> {
    let size = |range: Range<usize>| match dictionary {
        Some(dictionary) => (range.len() * dictionary.width() as usize).div_ceil(8),
        None => values.plain_bytes(range),
    };
    let mut pages = Vec::new();
    let mut pending = vec![(0..levels.slots(), 0..values.len())];
    while let Some((slots, range)) = pending.pop() {
        let small = slots.len() <= 1 || (size(range.clone()) <= limit && slots.len() <= SLOTS);
        match levels.middle(&slots).filter(|_| !small) {
            None => pages.push(slots),
            Some(middle) => {
                let value = range.start + levels.count(slots.start..middle);
                pending.push((middle..slots.end, value..range.end));
                pending.push((slots.start..middle, range.start..value));
            }
        }
    }
    pages
}

/// Buffers that pages are made in, and the bytes of chunks: the columns of a file share them.
#[derive(Clone)]
pub(in crate::formats::parquet) struct Buffers {
    /// For whole pages.
    pub pages: Arc<Spare>,
    /// For the [blocks](super::blocks) of chunks.
    pub blocks: Arc<Spare>,
}

impl Buffers {
    /// None yet. Buffers of pages of `page_bytes` bytes are used again; those of much larger ones are not.
    pub fn new(page_bytes: usize) -> Self {
        Buffers { pages: Arc::new(Spare::new(page_bytes.saturating_mul(2))), blocks: super::blocks::home() }
    }

    /// An empty buffer for a page.
    pub fn page(&self) -> Vec<u8> {
        let mut page = self.pages.take();
        page.clear();
        page
    }
}

/// Pages on their way into a chunk.
pub(super) struct Pages {
    sink: TrackedWrite<Filling>,
    buffers: Buffers,
    codec: Codec,
    uncompressed: usize,
    data_offset: Option<usize>,
    counts: Vec<PageEncodingStats>,
}

/// The pages of a chunk.
pub(super) struct Finished {
    /// All of them.
    pub bytes: Blocks,
    /// Bytes before compression, headers included.
    pub uncompressed: usize,
    /// Where the first data page begins.
    pub data_offset: usize,
    /// How they are compressed.
    pub compression: Compression,
    /// Encodings of pages and levels.
    pub encodings: Vec<Encoding>,
    /// Pages of each encoding.
    pub counts: Vec<PageEncodingStats>,
}

impl Pages {
    /// None yet.
    pub fn new(codec: Codec, buffers: &Buffers) -> Self {
        let sink = TrackedWrite::new(Filling::new(buffers.blocks.clone()));
        Pages { sink, buffers: buffers.clone(), codec, uncompressed: 0, data_offset: None, counts: Vec::new() }
    }

    /// Adds the dictionary page, which stands first.
    pub fn dictionary(&mut self, dictionary: &Dictionary, values: &Values<'_>) -> Result<()> {
        let mut page = self.buffers.page();
        values.write_picked(&dictionary.firsts, &mut page);
        let uncompressed = page.len();
        let buf = self.lent(self.codec.compress(page, &self.buffers.pages)?);
        let num_values = dictionary.firsts.len() as u32;
        self.put(Page::DictionaryPage { buf, num_values, encoding: Encoding::PLAIN, is_sorted: false }, uncompressed)
    }

    /// Adds a data page with levels and values of `slots` slots.
    pub fn data(&mut self, page: Vec<u8>, slots: usize, encoding: Encoding) -> Result<()> {
        let uncompressed = page.len();
        self.made(Made { bytes: self.codec.compress(page, &self.buffers.pages)?, uncompressed }, slots, encoding)
    }

    /// Adds a data page that is compressed already.
    pub fn made(&mut self, page: Made, slots: usize, encoding: Encoding) -> Result<()> {
        let Made { bytes, uncompressed } = page;
        self.data_offset.get_or_insert(self.sink.bytes_written());
        let buf = self.lent(bytes);
        let num_values = u32::try_from(slots).map_err(|_| Error::unsupported("a page of more than 2^32 values"))?;
        let (def_level_encoding, rep_level_encoding) = (Encoding::RLE, Encoding::RLE);
        let page =
            Page::DataPage { buf, num_values, encoding, def_level_encoding, rep_level_encoding, statistics: None };
        self.put(page, uncompressed)
    }

    /// The bytes of a page, whose buffer goes back when they are written.
    fn lent(&self, bytes: Vec<u8>) -> Bytes {
        let len = bytes.len();
        Lent::new(bytes, len, self.buffers.pages.clone()).into()
    }

    fn put(&mut self, page: Page, uncompressed: usize) -> Result<()> {
        let page = CompressedPage::new(page, uncompressed);
        let (page_type, encoding) = (page.page_type(), page.encoding());
        let too_large = |error: ParquetError| Error::unsupported("a page cannot be written").with_cause(error);
        let spec = SerializedPageWriter::new(&mut self.sink).write_page(page).map_err(too_large)?;
        self.uncompressed += spec.uncompressed_size;
        match self.counts.last_mut() {
            Some(last) if (last.page_type, last.encoding) == (page_type, encoding) => last.count += 1,
            _ => self.counts.push(PageEncodingStats { page_type, encoding, count: 1 }),
        }
        Ok(())
    }

    /// All pages.
    pub fn finish(self) -> Result<Finished> {
        let mut encodings = vec![Encoding::RLE];
        encodings.extend(self.counts.iter().map(|count| match count.page_type {
            PageType::DICTIONARY_PAGE => Encoding::PLAIN,
            _ => count.encoding,
        }));
        let bytes = self.sink.into_inner().map_err(|error| Error::internal("cannot encode").with_cause(error))?;
        Ok(Finished {
            bytes: bytes.finish(),
            uncompressed: self.uncompressed,
            data_offset: self.data_offset.unwrap_or(0),
            compression: self.codec.compression(),
            encodings,
            counts: self.counts,
        })
    }
}
