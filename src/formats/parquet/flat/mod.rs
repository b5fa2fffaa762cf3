//! Columns of numbers and text that are no lists and in no groups, decoded here: into one array for as many rows as are
//! asked for, from where the values are in their pages. The crate copies dictionaries first and makes a page's levels
//! numbers before it makes bits of them.
//!
//! Whatever is not as it should be, or as usual, is left to the crate, which says what is wrong if anything is.
//!
//! Source: parquet-format, `Encodings.md` (Plain, Dictionary Encoding, RLE), `README.md` (Nulls, Data Pages).

mod runs;
mod values;

use arrow_buffer::bit_chunk_iterator::UnalignedBitChunk;
use arrow_buffer::{BooleanBufferBuilder, NullBuffer};
use arrow_schema::{DataType, TimeUnit};
use parquet::basic::{Encoding, Type as Physical};
use parquet::column::page::{Page, PageReader};
use parquet::file::metadata::ColumnChunkMetaData;
use parquet::schema::types::ColumnDescPtr;

use self::runs::{Piece, Runs};
use self::values::{Builder, Dictionary, Source};
use super::group::Decoded;
use super::page_levels::{highest, parts};

/// Bytes of texts that room is made for ahead, at most: the next ones may be short.
const TEXT_ROOM_MAX: usize = 16 << 20;

/// Goes through the rows of a column.
pub(super) struct FlatReader {
    pages: Box<dyn PageReader>,
    column: ColumnDescPtr,
    data_type: DataType,
    batch_rows: usize,
    /// Rows that are to come.
    left: usize,
    dictionary: Option<Dictionary>,
    page: Option<Open>,
    /// Bytes that the texts of the last array took.
    text_bytes: usize,
}

/// A page that is being read.
struct Open {
    rows: usize,
    /// Which rows have a value, if not all do.
    levels: Option<Runs>,
    values: Source,
}

/// Whether a column chunk can be decoded here, as `data_type`, which is what the crate makes of it without a hint.
pub(super) fn is_flat(column: &ColumnChunkMetaData, data_type: &DataType) -> bool {
    use DataType as T;
    let descriptor = column.column_descr();
    // The same numbers in other words; anything else is converted.
    let is_same = matches!(
        (descriptor.physical_type(), data_type),
        (Physical::BOOLEAN, T::Boolean)
            | (Physical::INT32, T::Int32 | T::Date32 | T::Time32(_))
            | (Physical::INT64, T::Int64 | T::Time64(_) | T::Timestamp(_, _))
            | (Physical::FLOAT, T::Float32)
            | (Physical::DOUBLE, T::Float64)
            | (Physical::INT96, T::Timestamp(TimeUnit::Nanosecond, None))
            | (Physical::BYTE_ARRAY, T::Utf8 | T::Binary)
    );
    let is_usual = |encoding| {
        matches!(encoding, Encoding::PLAIN | Encoding::RLE_DICTIONARY | Encoding::PLAIN_DICTIONARY | Encoding::RLE)
    };
    is_same && descriptor.max_rep_level() == 0 && descriptor.max_def_level() <= 1 && column.encodings().all(is_usual)
}

impl FlatReader {
    /// Reads so many rows from `pages`.
    pub fn new(
        pages: Box<dyn PageReader>,
        column: ColumnDescPtr,
        data_type: DataType,
        batch_rows: usize,
        rows: usize,
    ) -> Self {
        FlatReader { pages, column, data_type, batch_rows, left: rows, dictionary: None, page: None, text_bytes: 0 }
    }

    /// The next rows: nothing behind the last one. `None` if the crate should read the column.
    pub fn next(&mut self) -> Option<Option<Decoded>> {
        if self.left == 0 {
            let is_last = self.page.as_ref().is_none_or(|page| page.rows == 0);
            return (is_last && matches!(self.pages.get_next_page(), Ok(None))).then_some(None);
        }
        let rows = self.left.min(self.batch_rows);
        let mut builder = Builder::new(self.column.physical_type(), rows, self.text_room(rows))?;
        let mut valid = Validity::new(rows);
        let mut missing = rows;
        while missing > 0 {
            if self.page.as_ref().is_none_or(|page| page.rows == 0) {
                self.page = Some(self.open()?);
                continue;
            }
            let Some(page) = &mut self.page else { return None };
            let taken = missing.min(page.rows);
            let set = match &mut page.levels {
                None => valid.all(taken),
                Some(levels) => valid.take(taken, levels)?,
            };
            builder.take(&mut page.values, self.dictionary.as_ref(), set)?;
            if set < taken {
                builder.spread(taken, set, valid.downwards(taken));
            }
            page.rows -= taken;
            missing -= taken;
            // What stands behind the last value may be damage, or not.
            if page.rows == 0 && !page.values.is_last() {
                return None;
            }
        }
        self.left -= rows;
        self.text_bytes = builder.text_bytes();
        Some(Some(builder.finish(&self.data_type, valid.finish())?))
    }

    /// Bytes for the texts of so many rows: as many as the last ones took, and a little more, since what grows is copied.
    fn text_room(&self, rows: usize) -> usize {
        let per_array = self.text_bytes.min(TEXT_ROOM_MAX);
        let bytes = per_array as u64 * rows as u64 / self.batch_rows.max(1) as u64;
        bytes as usize + bytes as usize / 16
    }

    /// The next data page.
    fn open(&mut self) -> Option<Open> {
        loop {
            let page = self.pages.get_next_page().ok()??;
            let (rows, encoding) = match &page {
                Page::DictionaryPage { buf, num_values, encoding, .. } => {
                    let is_usual = matches!(encoding, Encoding::PLAIN | Encoding::PLAIN_DICTIONARY);
                    if !is_usual || self.dictionary.is_some() {
                        return None;
                    }
                    let (physical, is_text) = (self.column.physical_type(), self.data_type == DataType::Utf8);
                    self.dictionary = Some(Dictionary::new(buf, *num_values as usize, physical, is_text)?);
                    continue;
                }
                Page::DataPage { num_values, encoding, def_level_encoding, .. }
                    if self.column.max_def_level() == 0 || *def_level_encoding == Encoding::RLE =>
                {
                    (*num_values, *encoding)
                }
                Page::DataPageV2 { num_values, num_rows, encoding, .. } if num_rows == num_values => {
                    (*num_values, *encoding)
                }
                Page::DataPage { .. } | Page::DataPageV2 { .. } => return None,
            };
            let parts = parts(&page, &self.column);
            let part = |part: &[u8]| page.buffer().slice_ref(part);
            let levels = match self.column.max_def_level() {
                0 => None,
                _ => Some(parts.definition?),
            };
            if let Page::DataPageV2 { num_nulls, .. } = page {
                let set = levels.map_or(Some(rows as usize), |levels| highest(levels, 1, rows as usize))?;
                if rows as usize - set != num_nulls as usize {
                    return None;
                }
            }
            let levels = match levels {
                None => None,
                Some(levels) => Some(Runs::new(part(levels), 1)?),
            };
            let values = Source::new(part(parts.values?), encoding, self.column.physical_type())?;
            if matches!(values, Source::Places(_)) && self.dictionary.is_none() {
                return None;
            }
            return Some(Open { rows: rows as usize, levels, values });
        }
    }
}

/// Which rows have a value.
struct Validity {
    bits: BooleanBufferBuilder,
    nulls: usize,
}

impl Validity {
    fn new(rows: usize) -> Self {
        Validity { bits: BooleanBufferBuilder::new(rows), nulls: 0 }
    }

    /// The next rows have values.
    fn all(&mut self, rows: usize) -> usize {
        self.bits.append_n(rows, true);
        rows
    }

    /// The next rows have values where their levels say so; how many do.
    fn take(&mut self, rows: usize, levels: &mut Runs) -> Option<usize> {
        let mut set = 0;
        levels.take(rows, |piece| {
            match piece {
                Piece::Same(level, rows) => {
                    self.bits.append_n(rows, level == 1);
                    set += if level == 1 { rows } else { 0 };
                }
                Piece::Packed(bytes, first, rows) => {
                    self.bits.append_packed_range(first..first + rows, bytes);
                    set += UnalignedBitChunk::new(bytes, first, rows).count_ones();
                }
            }
            Some(())
        })?;
        self.nulls += rows - set;
        Some(set)
    }

    /// The last rows, from the last one on.
    fn downwards(&self, rows: usize) -> impl Iterator<Item = bool> {
        (self.bits.len() - rows..self.bits.len()).rev().map(|row| self.bits.get_bit(row))
    }

    fn finish(mut self) -> Option<NullBuffer> {
        (self.nulls > 0).then(|| NullBuffer::new(self.bits.finish()))
    }
}

#[cfg(test)]
mod tests;
