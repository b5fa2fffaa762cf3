//! A row group in memory: the stored bytes of its columns, and readers over their rows.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use arrow_array::ArrayRef;
use arrow_schema::ArrowError;
use bytes::{Buf, Bytes};
use parquet::arrow::FieldLevels;
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, RowGroups, RowSelection, RowSelector};
use parquet::column::page::{Page, PageIterator, PageMetadata, PageReader};
use parquet::errors::ParquetError;
use parquet::file::metadata::{ParquetMetaData, RowGroupMetaData};
use parquet::file::reader::{ChunkReader, Length};
use parquet::file::serialized_reader::SerializedPageReader;

use super::footer::{failed, failed_text, guarded};
use super::plan::Column;
use crate::error::Result;
use crate::source::Blob;

/// Memory for row groups of up to so many stored bytes is used again for the next ones.
const KEPT_BYTES: i64 = 32 << 20;

/// A row group: what is stored of it, column by column, until it is read.
pub(super) struct Stored {
    blob: Blob,
    metadata: Arc<ParquetMetaData>,
    group: usize,
    columns: Vec<Mutex<Option<Arc<ColumnBytes>>>>,
}

/// Some rows of a column, as the crate decodes them.
pub(super) struct Decoded {
    /// The values.
    pub values: ArrayRef,
    /// The same with INT96 as seconds, where there is any.
    pub seconds: Option<ArrayRef>,
}

/// Goes through the rows of a column.
pub(super) struct ColumnReader {
    values: ParquetRecordBatchReader,
    seconds: Option<ParquetRecordBatchReader>,
}

impl Stored {
    /// Reads the bytes of all columns of a row group.
    ///
    /// # Errors
    /// `Io`, with the column.
    pub fn read(blob: &Blob, metadata: &Arc<ParquetMetaData>, group: usize) -> Result<Self> {
        let leaves = 0..metadata.row_group(group).num_columns();
        let mut columns = Vec::with_capacity(leaves.len());
        for leaf in leaves {
            columns.push(Mutex::new(Some(column_bytes(blob, metadata, group, leaf)?)));
        }
        Ok(Stored { blob: blob.clone(), metadata: metadata.clone(), group, columns })
    }

    /// Bytes that are held.
    pub fn size(&self) -> usize {
        let size = |column: &Mutex<Option<Arc<ColumnBytes>>>| {
            column.lock().unwrap_or_else(PoisonError::into_inner).as_ref().map_or(0, |column| column.bytes.len())
        };
        self.columns.iter().map(size).sum()
    }

    /// What the file says about itself.
    pub fn metadata(&self) -> &ParquetMetaData {
        &self.metadata
    }

    /// A reader of all rows of a column, in batches of `batch_rows`. The stored bytes go with it, and are given free
    /// behind the last page.
    pub fn open(&self, column: &Column, batch_rows: usize) -> Result<ColumnReader> {
        self.reader(column, batch_rows, None)
    }

    /// A second reader of a column, behind so many rows.
    pub fn again(&self, column: &Column, batch_rows: usize, skip: u64) -> Result<ColumnReader> {
        let rest = (self.metadata.row_group(self.group).num_rows() as u64).saturating_sub(skip);
        let rows = vec![RowSelector::skip(skip as usize), RowSelector::select(rest as usize)];
        // The crate refuses to select more rows than there are: only a reader from the start notices surplus ones.
        self.reader(column, batch_rows, (skip > 0).then(|| rows.into()))
    }

    fn reader(&self, column: &Column, batch_rows: usize, rows: Option<RowSelection>) -> Result<ColumnReader> {
        let chunks = column.leaves.clone().map(|leaf| self.take(leaf)).collect::<Result<Vec<_>>>()?;
        let source = Leaves { stored: self, first: column.leaves.start, chunks };
        let reader = |levels: &FieldLevels| {
            guarded(|| {
                ParquetRecordBatchReader::try_new_with_row_groups(levels, &source, batch_rows, rows.clone())
                    .map_err(|error| failed(error, "row group"))
            })
        };
        let seconds = column.seconds.as_ref().map(reader).transpose()?;
        Ok(ColumnReader { values: reader(&column.levels)?, seconds })
    }

    /// The bytes of a leaf: read again if they were taken before.
    fn take(&self, leaf: usize) -> Result<Arc<ColumnBytes>> {
        let kept = self.columns[leaf].lock().unwrap_or_else(PoisonError::into_inner).take();
        match kept {
            Some(bytes) => Ok(bytes),
            None => column_bytes(&self.blob, &self.metadata, self.group, leaf),
        }
    }
}

fn column_bytes(blob: &Blob, metadata: &ParquetMetaData, group: usize, leaf: usize) -> Result<Arc<ColumnBytes>> {
    let column = metadata.row_group(group).column(leaf);
    let (start, len) = column.byte_range();
    let bytes = usize::try_from(len).map_err(io::Error::other).and_then(|len| {
        // What is stored of a large group makes room for what is decoded of it.
        match metadata.row_group(group).compressed_size() > KEPT_BYTES {
            true => blob.slice_once(start, len),
            false => blob.slice(start, len),
        }
    });
    let bytes =
        bytes.map_err(|error| crate::source::read_error(error, start).in_column(&column.column_path().string()))?;
    Ok(Arc::new(ColumnBytes { start, bytes }))
}

impl ColumnReader {
    /// The next rows.
    pub fn next(&mut self) -> Result<Option<Decoded>> {
        guarded(|| {
            let Some(values) = next_of(&mut self.values)? else { return Ok(None) };
            let seconds = match &mut self.seconds {
                Some(seconds) => next_of(seconds)?,
                None => None,
            };
            Ok(Some(Decoded { values, seconds }))
        })
    }
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

/// The stored bytes of one column of a row group, at their place in the file.
struct ColumnBytes {
    /// Where they begin.
    start: u64,
    /// The bytes.
    bytes: Bytes,
}

impl ColumnBytes {
    fn from(&self, start: u64) -> Result<Bytes, ParquetError> {
        let skip = start.checked_sub(self.start).and_then(|skip| usize::try_from(skip).ok());
        match skip.filter(|skip| *skip <= self.bytes.len()) {
            Some(skip) => Ok(self.bytes.slice(skip..)),
            None => Err(ParquetError::EOF(format!("byte {start} lies outside the column"))),
        }
    }
}

impl Length for ColumnBytes {
    fn len(&self) -> u64 {
        self.start + self.bytes.len() as u64
    }
}

impl ChunkReader for ColumnBytes {
    type T = bytes::buf::Reader<Bytes>;

    fn get_read(&self, start: u64) -> Result<Self::T, ParquetError> {
        Ok(self.from(start)?.reader())
    }
    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes, ParquetError> {
        let mut bytes = self.from(start)?;
        if bytes.len() < length {
            return Err(ParquetError::EOF(format!("a page of {length} bytes at {start} reaches beyond its column")));
        }
        bytes.truncate(length);
        Ok(bytes)
    }
}

/// The leaves of one column, as the crate asks for them.
struct Leaves<'a> {
    stored: &'a Stored,
    /// The number of the first.
    first: usize,
    chunks: Vec<Arc<ColumnBytes>>,
}

impl RowGroups for Leaves<'_> {
    fn num_rows(&self) -> usize {
        self.stored.metadata.row_group(self.stored.group).num_rows() as usize
    }
    fn column_chunks(&self, index: usize) -> Result<Box<dyn PageIterator>, ParquetError> {
        let bytes = self.chunks.get(index).ok_or(ParquetError::IndexOutOfBound(index, self.chunks.len()))?;
        let column = self.stored.metadata.row_group(self.stored.group).column(self.first + index);
        let pages = SerializedPageReader::new(bytes.clone(), column, self.num_rows(), None)?;
        let left = column.num_values().max(0) as u64;
        let repeated = column.column_descr().max_rep_level() > 0;
        Ok(Box::new(Chunk(Some(Box::new(Pages { pages: Some(pages), left, repeated, next: None })))))
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
    /// Values that the footer still promises.
    left: u64,
    /// Whether records hold any number of values.
    repeated: bool,
    /// What was found where nothing should follow.
    next: Option<Result<Page, ParquetError>>,
}

impl Pages {
    /// Counts the values of a page. Where records end with the values, what it claims is decoded to levels that take
    /// memory; otherwise no more is read of it than there are records.
    fn counted(&mut self, page: Page) -> Result<Page, ParquetError> {
        if page.is_data_page() {
            let values = u64::from(page.num_values());
            if values > self.left && self.repeated {
                let message = format!("{values} values, the footer says that {} are left", self.left);
                return Err(ParquetError::General(message));
            }
            self.left = self.left.saturating_sub(values);
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
        let page = match (self.next.take(), &mut self.pages) {
            (Some(page), _) => Some(page?),
            (None, Some(pages)) => pages.get_next_page()?,
            (None, None) => None,
        };
        let Some(page) = page else {
            self.pages = None;
            return Ok(None);
        };
        let page = self.counted(page)?;
        // The crate's reader, when asked for what follows without reading it, takes the bytes of an index page for a header.
        if let Some(pages) = self.pages.as_mut().filter(|_| self.left == 0 && page.is_data_page()) {
            self.next = pages.get_next_page().transpose();
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
            (None, Some(pages)) => pages.peek_next_page(),
            (None, None) => Ok(None),
        }
    }

    fn skip_next_page(&mut self) -> Result<(), ParquetError> {
        match (self.next.take(), &mut self.pages) {
            (Some(page), _) => page.map(drop),
            (None, Some(pages)) => pages.skip_next_page(),
            (None, None) => Ok(()),
        }
    }
}
