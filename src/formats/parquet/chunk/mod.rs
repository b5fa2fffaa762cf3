//! Column chunks encoded here and not by the crate: columns of numbers, of texts and of bytes, also in structs, lists and maps.
//!
//! What makes them fast and small is that the encoding is chosen for each chunk before it is paid for ([`choose`]): a
//! column of unique values never enters a dictionary, timestamps are stored as differences, and what compression does
//! not shrink is not compressed. A chunk depends on its rows and on the options alone. All encodings are ones that
//! readers have known for years; `encoding=plain` keeps to `PLAIN` and dictionaries.
//!
//! Source: parquet-format, `README.md` (pages) and `Encodings.md`.

mod blocks;
mod choose;
mod compress;
mod delta;
mod dictionary;
mod extremes;
pub(super) mod hybrid;
mod leaf;
mod levels;
mod pages;
mod statistics;
mod values;

use arrow_array::ArrayRef;
use arrow_schema::{DataType, Field};
use parquet::basic::Encoding;
use parquet::column::writer::ColumnCloseResult;
use parquet::file::metadata::ColumnChunkMetaData;
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterVersion};
use parquet::file::reader::Length;
use parquet::schema::types::ColumnDescPtr;

pub(super) use choose::Encodings;
pub(super) use pages::Buffers;

use crate::error::{Error, Result};
use blocks::Blocks;
use choose::Choice;
use compress::Codec;
use dictionary::Dictionary;
use leaf::Leaf;
use levels::Levels;
use pages::Pages;
use values::Values;

/// A finished column chunk.
pub(super) struct EncodedChunk {
    /// Its pages, one behind the other.
    pub bytes: Blocks,
    /// What the footer says about it; offsets count in `bytes`.
    pub close: ColumnCloseResult,
}

/// Encodes the chunks of the columns of one field.
pub(super) struct FieldEncoder(Vec<ColumnEncoder>);

impl FieldEncoder {
    /// For a field and its columns of the file, whose fields share `buffers`; `None` where the crate has to do it.
    pub fn new(
        columns: &[ColumnDescPtr],
        field: &Field,
        properties: &WriterProperties,
        encodings: Encodings,
        buffers: &Buffers,
    ) -> Option<Self> {
        let mut types = Vec::with_capacity(columns.len());
        leaf_types(field.data_type(), &mut types);
        if types.len() != columns.len() || !leaf::is_known(field.data_type()) {
            return None;
        }
        let encoder = |(column, leaf)| ColumnEncoder::new(column, leaf, properties, encodings, buffers);
        columns.iter().zip(types).map(encoder).collect::<Option<_>>().map(FieldEncoder)
    }

    /// Encodes the rows of `arrays`, a chunk for each column.
    ///
    /// # Errors
    /// A value that the column cannot hold, with its row.
    pub fn encode(&self, field: &Field, arrays: &[ArrayRef]) -> Result<Vec<EncodedChunk>> {
        let leaves = leaf::leaves(field, arrays)?;
        if leaves.len() != self.0.len() {
            return Err(Error::internal("more leaves than columns"));
        }
        self.0.iter().zip(leaves).map(|(encoder, leaf)| encoder.encode(&leaf)).collect()
    }
}

/// The types of the leaves, in order.
fn leaf_types<'a>(data_type: &'a DataType, types: &mut Vec<&'a DataType>) {
    match data_type {
        DataType::Struct(fields) => fields.iter().for_each(|field| leaf_types(field.data_type(), types)),
        DataType::List(child)
        | DataType::LargeList(child)
        | DataType::FixedSizeList(child, _)
        | DataType::Map(child, _) => leaf_types(child.data_type(), types),
        other => types.push(other),
    }
}

/// Encodes the chunks of one column.
struct ColumnEncoder {
    column: ColumnDescPtr,
    codec: Codec,
    encodings: Encodings,
    page_bytes: usize,
    statistics: bool,
    truncate: Option<usize>,
    buffers: Buffers,
}

impl ColumnEncoder {
    fn new(
        column: &ColumnDescPtr,
        data_type: &DataType,
        properties: &WriterProperties,
        encodings: Encodings,
        buffers: &Buffers,
    ) -> Option<Self> {
        let statistics = properties.statistics_enabled(column.path());
        let supported = properties.writer_version() == WriterVersion::PARQUET_1_0
            && properties.offset_index_disabled()
            && statistics != EnabledStatistics::Page
            && properties.bloom_filter_properties(column.path()).is_none()
            && Values::holds(data_type, column.physical_type());
        Some(ColumnEncoder {
            codec: Codec::new(properties.compression(column.path()))?,
            column: supported.then(|| column.clone())?,
            encodings: Encodings { only: properties.encoding(column.path()), ..encodings },
            page_bytes: properties.data_page_size_limit(),
            statistics: statistics == EnabledStatistics::Chunk,
            truncate: properties.statistics_truncate_length(),
            buffers: buffers.clone(),
        })
    }

    fn encode(&self, leaf: &Leaf) -> Result<EncodedChunk> {
        let Leaf { levels, parts } = leaf;
        let width = usize::try_from(self.column.type_length()).unwrap_or(0);
        let values = Values::gather(parts, self.column.physical_type(), width)?;
        let mut cuts = pages::cut(levels, &values, None, self.page_bytes);
        let before = match cuts.as_slice() {
            [slots] => {
                let mut before = Vec::new();
                levels.write(slots.clone(), &mut before);
                Some(before)
            }
            _ => None,
        };
        let Choice { encoding, codec, dictionary, page } =
            choose::choose(&values, before.as_deref(), self.codec, self.encodings, &self.buffers.pages);

        let mut pages = Pages::new(codec, &self.buffers);
        if let Some(page) = page {
            pages.made(page, levels.slots(), encoding)?;
            return self.close(pages, &values, levels, None);
        }
        if let Some(dictionary) = &dictionary {
            pages.dictionary(dictionary, &values)?;
            cuts = pages::cut(levels, &values, Some(dictionary), self.page_bytes);
        }
        let mut value = 0;
        for slots in cuts {
            let range = value..value + levels.count(slots.clone());
            value = range.end;
            let mut page = self.buffers.page();
            levels.write(slots.clone(), &mut page);
            let encoding = match &dictionary {
                Some(dictionary) => {
                    dictionary.write(range, &mut page);
                    Encoding::RLE_DICTIONARY
                }
                None => {
                    values.write(range, encoding, &mut page);
                    encoding
                }
            };
            pages.data(page, slots.len(), encoding)?;
        }
        self.close(pages, &values, levels, dictionary.as_ref())
    }

    /// The chunk, with what the footer is to say about it.
    fn close(
        &self,
        pages: Pages,
        values: &Values<'_>,
        levels: &Levels,
        dictionary: Option<&Dictionary>,
    ) -> Result<EncodedChunk> {
        let pages = pages.finish()?;
        let nulls = levels.slots() - values.len();
        let mut metadata = ColumnChunkMetaData::builder(self.column.clone())
            .set_compression(pages.compression)
            .set_encodings(pages.encodings)
            .set_page_encoding_stats(pages.counts)
            .set_total_compressed_size(pages.bytes.len() as i64)
            .set_total_uncompressed_size(pages.uncompressed as i64)
            .set_num_values(levels.slots() as i64)
            .set_data_page_offset(pages.data_offset as i64)
            .set_dictionary_page_offset(dictionary.map(|_| 0));
        if self.statistics {
            let (repetition, definition) = levels.histograms();
            metadata = metadata
                .set_statistics(statistics::of(&self.column, values, nulls as u64, dictionary, self.truncate))
                .set_unencoded_byte_array_data_bytes(values.text_bytes().map(|bytes| bytes as i64))
                .set_repetition_level_histogram(repetition)
                .set_definition_level_histogram(definition);
        }
        let bad = |error| Error::internal("cannot encode").with_cause(error);
        let close = ColumnCloseResult {
            bytes_written: pages.bytes.len(),
            rows_written: levels.rows() as u64,
            metadata: metadata.build().map_err(bad)?,
            bloom_filter: None,
            column_index: None,
            offset_index: None,
        };
        Ok(EncodedChunk { bytes: pages.bytes, close })
    }
}
