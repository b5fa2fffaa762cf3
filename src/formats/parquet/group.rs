//! A row group in memory: its stored bytes, and readers over any of its rows.

use std::sync::Arc;

use bytes::{Buf, Bytes};
use parquet::arrow::FieldLevels;
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, RowGroups, RowSelection};
use parquet::column::page::{PageIterator, PageReader};
use parquet::errors::ParquetError;
use parquet::file::metadata::{ParquetMetaData, RowGroupMetaData};
use parquet::file::reader::{ChunkReader, Length};
use parquet::file::serialized_reader::SerializedPageReader;

use super::footer::{failed, guarded};
use super::plan::Plan;
use crate::error::Result;

/// A row group in memory.
pub(super) struct Stored {
    /// Of the file.
    pub metadata: Arc<ParquetMetaData>,
    /// Which row group it is.
    pub group: usize,
    /// The bytes of its columns.
    pub columns: Vec<Arc<ColumnBytes>>,
}

/// Readers that go through the same rows side by side.
pub(super) struct Readers {
    /// All columns.
    pub values: ParquetRecordBatchReader,
    /// Those with INT96 once more, as seconds.
    pub seconds: Option<ParquetRecordBatchReader>,
}

impl Stored {
    /// Readers of the selected rows, or of all, in batches of `batch_rows`.
    pub fn readers(&self, plan: &Plan, batch_rows: usize, rows: Option<RowSelection>) -> Result<Readers> {
        self.readers_of(plan, &plan.levels, batch_rows, rows)
    }

    /// The same, with all columns decoded as `levels` say.
    pub fn readers_of(
        &self,
        plan: &Plan,
        levels: &FieldLevels,
        batch_rows: usize,
        rows: Option<RowSelection>,
    ) -> Result<Readers> {
        let reader = |levels: &FieldLevels| {
            guarded(|| {
                ParquetRecordBatchReader::try_new_with_row_groups(levels, self, batch_rows, rows.clone())
                    .map_err(|error| failed(error, "row group"))
            })
        };
        let seconds = plan.seconds.as_ref().map(|(levels, _)| reader(levels)).transpose()?;
        Ok(Readers { values: reader(levels)?, seconds })
    }
}

/// The stored bytes of one column of a row group, at their place in the file.
pub(super) struct ColumnBytes {
    /// Where they begin.
    pub start: u64,
    /// The bytes.
    pub bytes: Bytes,
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

/// The pages of one column of one row group.
struct Pages(Option<Box<dyn PageReader>>);

impl Iterator for Pages {
    type Item = Result<Box<dyn PageReader>, ParquetError>;
    fn next(&mut self) -> Option<Self::Item> {
        self.0.take().map(Ok)
    }
}
impl PageIterator for Pages {}

impl RowGroups for Stored {
    fn num_rows(&self) -> usize {
        self.metadata.row_group(self.group).num_rows() as usize
    }
    fn column_chunks(&self, index: usize) -> Result<Box<dyn PageIterator>, ParquetError> {
        let column = self.metadata.row_group(self.group).column(index);
        let bytes = self.columns.get(index).ok_or(ParquetError::IndexOutOfBound(index, self.columns.len()))?;
        let pages = SerializedPageReader::new(bytes.clone(), column, self.num_rows(), None)?;
        Ok(Box::new(Pages(Some(Box::new(pages)))))
    }
    fn row_groups(&self) -> Box<dyn Iterator<Item = &RowGroupMetaData> + '_> {
        Box::new(std::iter::once(self.metadata.row_group(self.group)))
    }
    fn metadata(&self) -> &ParquetMetaData {
        &self.metadata
    }
}
