//! A row group: readers over the rows of its columns, which read the stored bytes page by page.

use std::sync::Arc;

use arrow_array::ArrayRef;
use arrow_schema::ArrowError;
use parquet::arrow::FieldLevels;
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, RowGroups, RowSelection, RowSelector};
use parquet::basic::{Encoding, EncodingMask};
use parquet::column::page::{Page, PageIterator, PageMetadata, PageReader};
use parquet::errors::ParquetError;
use parquet::file::metadata::{ColumnChunkMetaData, ParquetMetaData, RowGroupMetaData};
use parquet::file::serialized_reader::SerializedPageReader;
use parquet::schema::types::ColumnDescPtr;

use super::flat::{self, FlatReader};
use super::footer::{failed, failed_text, guarded};
use super::plan::Column;
use super::pread::ColumnBytes;
use super::{decompress, page_counts, page_levels, page_values};
use crate::error::{Error, Result};
use crate::pipeline::spare::Spare;
use crate::source::Blob;

/// A row group as it is stored.
pub(super) struct Stored {
    blob: Blob,
    metadata: Arc<ParquetMetaData>,
    group: usize,
    layouts: TextLayouts,
    /// Buffers of pages that are decompressed here.
    pages: Arc<Spare>,
}

/// In which layouts text is decoded, besides the usual one.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct TextLayouts {
    /// Dictionaries, where those of the file are small.
    pub dictionaries: bool,
    /// Views of the pages.
    pub views: bool,
    /// Short texts are copied instead: views, and views of all texts of a dictionary, take more memory.
    pub copies_short: bool,
}

/// Some rows of a column, as the crate decodes them, or would.
pub(super) struct Decoded {
    /// The values.
    pub values: ArrayRef,
    /// The same with INT96 as seconds, where there is any.
    pub seconds: Option<ArrayRef>,
}

impl Decoded {
    /// Some of the rows.
    pub fn slice(&self, start: usize, rows: usize) -> Decoded {
        let seconds = self.seconds.as_ref().map(|seconds| seconds.slice(start, rows));
        Decoded { values: self.values.slice(start, rows), seconds }
    }
}

/// Goes through the rows of a column.
pub(super) struct ColumnReader {
    values: Values,
    seconds: Option<ParquetRecordBatchReader>,
    leaves: Vec<ColumnBytes>,
}

/// Who decodes the values.
enum Values {
    /// The crate.
    Crate(ParquetRecordBatchReader),
    /// We do, until there is something unusual.
    Flat(Box<FlatReader>),
    /// Nobody: the crate must begin from the start.
    Left,
}

impl Stored {
    /// A row group of a file, whose groups share buffers of `pages`. Nothing is read yet.
    pub fn new(blob: &Blob, metadata: &Arc<ParquetMetaData>, group: usize, pages: Arc<Spare>) -> Self {
        Stored { blob: blob.clone(), metadata: metadata.clone(), group, layouts: TextLayouts::default(), pages }
    }

    /// With text in other layouts.
    pub fn with_layouts(self, layouts: TextLayouts) -> Self {
        Stored { layouts, ..self }
    }

    /// Bytes of all pages, as the footer says.
    pub fn size(&self) -> usize {
        let columns = self.metadata.row_group(self.group).columns().iter();
        columns.map(|column| column.compressed_size().max(0) as usize).fold(0, usize::saturating_add)
    }

    /// What the file says about itself.
    pub fn metadata(&self) -> &ParquetMetaData {
        &self.metadata
    }

    /// A reader of all rows of a column, in batches of `batch_rows`. If it [leaves them](ColumnReader::is_left), the one of
    /// the [crate](Self::by_crate) knows more.
    pub fn open(&self, column: &Column, batch_rows: usize) -> Result<ColumnReader> {
        let chunk = self.metadata.row_group(self.group).column(column.leaves.start);
        let is_usual = self.layout(column).is_none() && column.is_plain;
        if !is_usual || !flat::is_flat(chunk, column.plain.data_type()) {
            return self.by_crate(column, batch_rows);
        }
        let leaves = self.leaves(column, false);
        let pages = leaves.pages(0).map_err(|error| failed(error, "row group"))?;
        let rows = leaves.num_rows();
        let (descriptor, data_type) = (chunk.column_descr_ptr(), column.plain.data_type().clone());
        let flat = FlatReader::new(Box::new(pages), descriptor, data_type, batch_rows, rows);
        Ok(ColumnReader { values: Values::Flat(Box::new(flat)), seconds: None, leaves: leaves.leaves })
    }

    /// The same with the crate.
    pub fn by_crate(&self, column: &Column, batch_rows: usize) -> Result<ColumnReader> {
        self.reader(column, batch_rows, None)
    }

    /// A second reader of a column, behind so many rows.
    pub fn again(&self, column: &Column, batch_rows: usize, skip: u64) -> Result<ColumnReader> {
        let rest = (self.metadata.row_group(self.group).num_rows() as u64).saturating_sub(skip);
        let rows = vec![RowSelector::skip(skip as usize), RowSelector::select(rest as usize)];
        // The crate refuses to select more rows than there are: only a reader from the start notices surplus ones.
        self.reader(column, batch_rows, (skip > 0).then(|| rows.into()))
    }

    /// The leaves of a column.
    fn leaves(&self, column: &Column, skips: bool) -> Leaves<'_> {
        let group = self.metadata.row_group(self.group);
        let leaves = column.leaves.clone().map(|leaf| ColumnBytes::new(&self.blob, group.column(leaf))).collect();
        Leaves { stored: self, first: column.leaves.start, leaves, skips }
    }

    /// The layout that a column is decoded in, if it is not the usual one.
    fn layout<'a>(&self, column: &'a Column) -> Option<&'a FieldLevels> {
        let text = column.text.as_ref()?;
        let chunk = self.metadata.row_group(self.group).column(column.leaves.start);
        match () {
            () if self.layouts.dictionaries && is_small_dictionary(chunk) => Some(&text.dictionary),
            () if self.layouts.copies_short && is_short_text(chunk) => None,
            () if self.layouts.views => Some(&text.views),
            () => None,
        }
    }

    fn reader(&self, column: &Column, batch_rows: usize, rows: Option<RowSelection>) -> Result<ColumnReader> {
        let source = self.leaves(column, rows.is_some());
        let reader = |levels: &FieldLevels| {
            let reader = guarded(|| {
                ParquetRecordBatchReader::try_new_with_row_groups(levels, &source, batch_rows, rows.clone())
                    .map_err(|error| failed(error, "row group"))
            });
            reader.map_err(|error| cause(&source.leaves, error))
        };
        let seconds = column.seconds.as_ref().map(reader).transpose()?;
        let values = Values::Crate(reader(self.layout(column).unwrap_or(&column.levels))?);
        Ok(ColumnReader { values, seconds, leaves: source.leaves })
    }
}

/// Whether all values of a column chunk are in a dictionary, and that is small beside a batch: each batch goes through
/// the entries once. The footer may be wrong: then the crate makes a dictionary of what it finds.
fn is_small_dictionary(column: &ColumnChunkMetaData) -> bool {
    const ENTRIES_BYTES_MAX: i64 = 64 << 10;
    const VALUE_BYTES_MAX: i64 = 2;
    let only =
        |mask: &EncodingMask| [Encoding::RLE_DICTIONARY, Encoding::PLAIN_DICTIONARY].map(|one| mask.is_only(one));
    let all = column.page_encoding_stats_mask().is_some_and(|mask| only(mask).contains(&true));
    let stored = column.dictionary_page_offset().map(|start| column.data_page_offset().saturating_sub(start));
    all && stored.is_some_and(|bytes| bytes <= ENTRIES_BYTES_MAX)
        && column.uncompressed_size() <= column.num_values().saturating_mul(VALUE_BYTES_MAX)
}

/// Whether texts take less than their views, which are of 16 bytes each.
fn is_short_text(column: &ColumnChunkMetaData) -> bool {
    const VALUE_BYTES_MAX: i64 = 16;
    column.uncompressed_size() <= column.num_values().saturating_mul(VALUE_BYTES_MAX)
}

/// What an error of the crate comes from: bytes that cannot be read, or what they say.
fn cause(leaves: &[ColumnBytes], error: Error) -> Error {
    leaves.iter().find_map(ColumnBytes::take_failure).unwrap_or(error)
}

impl ColumnReader {
    /// The next rows.
    pub fn next(&mut self) -> Result<Option<Decoded>> {
        let ColumnReader { values, seconds, leaves } = self;
        let next = guarded(|| {
            let next = match values {
                Values::Crate(values) => next_of(values)?,
                Values::Flat(flat) => return flat.next().ok_or_else(left),
                Values::Left => return Err(left()),
            };
            let Some(values) = next else { return Ok(None) };
            let seconds = match seconds {
                Some(seconds) => next_of(seconds)?,
                None => None,
            };
            Ok(Some(Decoded { values, seconds }))
        });
        if next.is_err() && matches!(values, Values::Flat(_)) {
            *values = Values::Left;
        }
        next.map_err(|error| cause(leaves, error))
    }

    /// Whether the last error only says that another reader is to read the rows.
    pub fn is_left(&self) -> bool {
        matches!(self.values, Values::Left)
    }
}

fn left() -> Error {
    Error::internal("rows that are left to the crate")
}

/// The next rows of the only column.
fn next_of(reader: &mut ParquetRecordBatchReader) -> Result<Option<ArrayRef>> {
    let bad = |error: ArrowError| match error {
        ArrowError::ParquetError(text) => failed_text(&text, "page"),
        other => failed_text(&other.to_string(), "page"),
    };
    let batch = reader.next().transpose().map_err(bad)?;
    Ok(batch.and_then(|batch| batch.columns().first().cloned()))
}

/// The leaves of one column, as the crate asks for them.
struct Leaves<'a> {
    stored: &'a Stored,
    /// The number of the first.
    first: usize,
    leaves: Vec<ColumnBytes>,
    /// Whether rows are skipped.
    skips: bool,
}

impl Leaves<'_> {
    /// The pages of a leaf.
    fn pages(&self, index: usize) -> Result<Pages, ParquetError> {
        let bytes = self.leaves.get(index).ok_or(ParquetError::IndexOutOfBound(index, self.leaves.len()))?;
        let column = self.stored.metadata.row_group(self.stored.group).column(self.first + index);
        // Sizes of pages are known in the order of their headers; behind skipped rows the crate goes back to a dictionary.
        let stored = if self.skips { None } else { decompress::stored(column) };
        let is_stored = stored.is_some();
        let opened = stored.as_ref().unwrap_or(column);
        let pages = SerializedPageReader::new(Arc::new(bytes.clone()), opened, self.num_rows(), None)?;
        Ok(Pages {
            pages: Some(pages),
            stored: is_stored.then(|| (bytes.clone(), self.stored.pages.clone())),
            column: column.column_descr_ptr(),
            number: 0,
            peeked: false,
            left: column.num_values().max(0) as u64,
            next: None,
        })
    }
}

impl RowGroups for Leaves<'_> {
    fn num_rows(&self) -> usize {
        self.stored.metadata.row_group(self.stored.group).num_rows() as usize
    }
    fn column_chunks(&self, index: usize) -> Result<Box<dyn PageIterator>, ParquetError> {
        Ok(Box::new(Chunk(Some(Box::new(self.pages(index)?)))))
    }
    fn row_groups(&self) -> Box<dyn Iterator<Item = &RowGroupMetaData> + '_> {
        Box::new(std::iter::once(self.stored.metadata.row_group(self.stored.group)))
    }
    fn metadata(&self) -> &ParquetMetaData {
        &self.stored.metadata
    }
}

/// The one column chunk of a leaf.
struct Chunk(Option<Box<dyn PageReader>>);

impl Iterator for Chunk {
    type Item = Result<Box<dyn PageReader>, ParquetError>;
    fn next(&mut self) -> Option<Self::Item> {
        self.0.take().map(Ok)
    }
}
impl PageIterator for Chunk {}

/// The pages of a column chunk. The stored bytes are given free behind the last one.
struct Pages {
    pages: Option<SerializedPageReader<ColumnBytes>>,
    /// Where pages come from that are decompressed here, and their buffers.
    stored: Option<(ColumnBytes, Arc<Spare>)>,
    column: ColumnDescPtr,
    /// Data pages so far.
    number: u64,
    /// Whether the next one was seen to be a data page: none is skipped unseen.
    peeked: bool,
    /// Values that the footer still promises.
    left: u64,
    /// What was found where nothing should follow.
    next: Option<Result<Page, ParquetError>>,
}

impl Pages {
    /// The next page, decompressed.
    fn read(&mut self) -> Result<Option<Page>, ParquetError> {
        let Some(pages) = &mut self.pages else { return Ok(None) };
        let page = pages.get_next_page()?;
        let Some((stored, spare)) = &self.stored else { return Ok(page) };
        let decompressed = |page| decompress::page(page, stored.page_size(), spare).map_err(ParquetError::General);
        page.map(decompressed).transpose()
    }

    /// Counts the values of a page, and looks at its levels. Where records end with the values, what it claims is decoded
    /// to levels that take memory; otherwise no more is read of it than there are records.
    fn counted(&mut self, page: Page) -> Result<Page, ParquetError> {
        if page.is_data_page() {
            self.number += 1;
            let bad = |message| ParquetError::General(format!("data page {}: {message}", self.number));
            let values = u64::from(page.num_values());
            if values > self.left && self.column.max_rep_level() > 0 {
                return Err(bad(format!("{values} values, the footer says that {} are left", self.left)));
            }
            let wanted = values.min(self.left) as usize;
            page_levels::check(&page, &self.column, wanted).map_err(bad)?;
            page_counts::check(&page, &self.column).map_err(bad)?;
            page_values::check(&page, &self.column, wanted).map_err(bad)?;
            self.left = self.left.saturating_sub(values);
        } else {
            page_counts::check(&page, &self.column)
                .map_err(|message| ParquetError::General(format!("dictionary page: {message}")))?;
        }
        Ok(page)
    }
}

impl Iterator for Pages {
    type Item = Result<Page, ParquetError>;
    fn next(&mut self) -> Option<Self::Item> {
        self.get_next_page().transpose()
    }
}

impl PageReader for Pages {
    fn get_next_page(&mut self) -> Result<Option<Page>, ParquetError> {
        let page = match self.next.take() {
            Some(page) => Some(page?),
            None => self.read()?,
        };
        let Some(page) = page else {
            self.pages = None;
            return Ok(None);
        };
        let page = self.counted(page)?;
        // The crate's reader, when asked for what follows without reading it, takes the bytes of an index page for a header.
        if self.pages.is_some() && self.left == 0 && page.is_data_page() {
            self.next = self.read().transpose();
            if self.next.is_none() {
                self.pages = None;
            }
        }
        Ok(Some(page))
    }

    fn peek_next_page(&mut self) -> Result<Option<PageMetadata>, ParquetError> {
        match (&self.next, &mut self.pages) {
            (Some(Ok(page)), _) => Ok(Some(PageMetadata {
                num_rows: match page {
                    Page::DataPageV2 { num_rows, .. } => Some(*num_rows as usize),
                    _ => None,
                },
                num_levels: page.is_data_page().then(|| page.num_values() as usize),
                is_dict: page.is_dictionary_page(),
            })),
            (Some(Err(_)), _) => self.next.take().transpose().map(|_| None),
            (None, Some(pages)) => {
                let page = pages.peek_next_page()?;
                self.peeked = page.as_ref().is_some_and(|page| !page.is_dict);
                Ok(page)
            }
            (None, None) => Ok(None),
        }
    }

    fn skip_next_page(&mut self) -> Result<(), ParquetError> {
        match (self.next.take(), &mut self.pages) {
            (Some(page), _) => page.map(drop),
            (None, Some(pages)) => {
                self.number += u64::from(self.peeked);
                pages.skip_next_page()
            }
            (None, None) => Ok(()),
        }
    }
}
