//! Reading: chunks of row groups, their bytes read in order, decoded on any thread.
//!
//! A chunk is a row group, or a range of its rows where a group is so large that all of it decoded at once would not
//! fit the memory a chunk may take. All ranges of a group share its stored bytes, which are read once. Decoding a
//! range skips the rows before it: whole pages without decompressing them for columns that do not repeat. The page
//! index could say where a range begins, but it is a hint of the writer, and one that lies would drop rows.

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;

use arrow_array::{RecordBatch, RecordBatchOptions};
use arrow_schema::{ArrowError, SchemaRef};
use bytes::{Buf, Bytes};
use parquet::arrow::FieldLevels;
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, RowGroups, RowSelection, RowSelector};
use parquet::basic::Type as Physical;
use parquet::column::page::{PageIterator, PageReader};
use parquet::errors::ParquetError;
use parquet::file::metadata::{ColumnChunkMetaData, ParquetMetaData, RowGroupMetaData};
use parquet::file::reader::{ChunkReader, Length};
use parquet::file::serialized_reader::SerializedPageReader;

use super::footer::{failed, failed_text, guarded, read_footer};
use super::options::ReadSettings;
use super::plan::{Plan, check_rows};
use crate::error::{Error, Origin, Result};
use crate::format::ReadOptions;
use crate::pipeline::{Batch, Batches, Chunk, Reader};
use crate::report::Report;
use crate::source::{Blob, Source};

/// Bytes of a batch at most, about.
const BATCH_BYTES: u64 = 256 << 20;
/// Decoded bytes above which a row group is cut into ranges, and about how many bytes a range then has.
const RANGE_BYTES: u64 = 32 << 20;
/// The same for groups with lists: rows before a range can be skipped only by decoding their levels.
const NESTED_RANGE_BYTES: u64 = 64 << 20;

/// Reads a Parquet file.
pub(super) struct ParquetReader {
    blob: Blob,
    stored: u64,
    name: Arc<str>,
    metadata: Arc<ParquetMetaData>,
    plan: Arc<Plan>,
    batch_rows: usize,
    record_bytes_max: u64,
    group: usize,
    record: u64,
    ranges: VecDeque<Box<RangeChunk>>,
}

impl ParquetReader {
    /// Reads the footer and compiles how the file is read.
    pub fn open(source: &Source, options: &ReadOptions) -> Result<Self> {
        let settings = ReadSettings::new(&options.settings)?;
        let blob = source.blob()?;
        let located = |error: Error| error.in_source(source.name());
        let metadata = read_footer(&blob).map_err(located)?;
        let plan = Plan::new(&metadata, &settings, options.limits.depth_max).map_err(located)?;
        Ok(ParquetReader {
            stored: source.size().unwrap_or_else(|| blob.len()),
            blob,
            name: source.name(),
            metadata,
            plan: Arc::new(plan),
            batch_rows: options.limits.batch_rows.max(1),
            record_bytes_max: options.limits.record_bytes_max as u64,
            group: 0,
            record: 0,
            ranges: VecDeque::new(),
        })
    }

    /// Rows of a batch in a row group: fewer if they are long, so that a batch of text stays far below 2 GiB, which is
    /// all that its offsets can address.
    fn batch_rows_of(&self, group: &RowGroupMetaData) -> Result<usize> {
        let rows = (group.num_rows() as u64).max(1);
        let bytes = group.columns().iter().map(decoded_bytes).fold(0, u64::saturating_add);
        let text = group.columns().iter().map(text_bytes).fold(0, u64::saturating_add);
        if text / rows > self.record_bytes_max {
            let message = format!(
                "records of {} bytes on average: more than the limit of {}",
                text / rows,
                self.record_bytes_max
            );
            return Err(Error::limit(message).with_hint("raise the limit with --max-record-bytes"));
        }
        let fitting = BATCH_BYTES / (bytes / rows).max(1);
        Ok(self.batch_rows.min(usize::try_from(fitting.max(1)).unwrap_or(usize::MAX)))
    }

    /// Reads the bytes of the next row group and cuts it into ranges.
    fn next_group(&mut self) -> Result<()> {
        let index = self.group;
        self.group += 1;
        let group = self.metadata.row_group(index);
        let rows = group.num_rows() as u64;
        let record = self.record;
        self.record += rows;
        let batch_rows = self.batch_rows_of(group).map_err(|error| error.in_source(self.name.clone()))?;
        let mut columns = Vec::with_capacity(group.num_columns());
        let mut size = 0;
        for column in group.columns() {
            let (start, len) = column.byte_range();
            let bytes = usize::try_from(len).map_err(io::Error::other).and_then(|len| self.blob.slice(start, len));
            let bytes = bytes.map_err(|error| {
                crate::source::read_error(error, start)
                    .in_source(self.name.clone())
                    .in_column(&column.column_path().string())
            })?;
            size += bytes.len();
            columns.push(Arc::new(ColumnBytes { start, bytes }));
        }
        let stored = Arc::new(Stored { metadata: self.metadata.clone(), group: index, columns });
        let ranges = ranges(group, rows, batch_rows as u64);
        let count = ranges.len();
        for (index, (first, rows)) in ranges.into_iter().enumerate() {
            self.ranges.push_back(Box::new(RangeChunk {
                stored: stored.clone(),
                plan: self.plan.clone(),
                batch_rows,
                first,
                rows,
                whole: count == 1,
                last: index + 1 == count,
                size: size / count,
                origin: Origin { source: Some(self.name.clone()), record: Some(record + first), ..Origin::default() },
            }));
        }
        Ok(())
    }
}

impl Reader for ParquetReader {
    fn schema(&self) -> SchemaRef {
        self.plan.schema.clone()
    }

    fn next_chunk(&mut self) -> Result<Option<Box<dyn Chunk>>> {
        while self.ranges.is_empty() && self.group < self.metadata.num_row_groups() {
            self.next_group()?;
        }
        Ok(self.ranges.pop_front().map(|chunk| chunk as Box<dyn Chunk>))
    }

    fn resumes(&self) -> bool {
        true
    }

    fn report(&self) -> Report {
        Report { bytes_in: self.stored, ..self.plan.notes.clone() }
    }
}

/// First row and number of rows of each range.
fn ranges(group: &RowGroupMetaData, rows: u64, batch_rows: u64) -> Vec<(u64, u64)> {
    let nested = group.columns().iter().any(|column| column.column_descr().max_rep_level() > 0);
    let target = if nested { NESTED_RANGE_BYTES } else { RANGE_BYTES };
    let bytes: u64 = group.columns().iter().map(decoded_bytes).fold(0, u64::saturating_add);
    let parts = (bytes / target).clamp(1, 1024);
    let step = rows.div_ceil(parts).next_multiple_of(batch_rows);
    if parts == 1 || step >= rows {
        return vec![(0, rows)];
    }
    (0..rows.div_ceil(step)).map(|part| (part * step, step.min(rows - part * step))).collect()
}

/// About how many bytes a column chunk takes when it is decoded.
fn decoded_bytes(column: &ColumnChunkMetaData) -> u64 {
    let values = column.num_values().max(0) as u64;
    let width = match column.column_type() {
        Physical::BOOLEAN => 1,
        Physical::INT32 | Physical::FLOAT => 4,
        Physical::INT64 | Physical::DOUBLE | Physical::INT96 => 8,
        Physical::FIXED_LEN_BYTE_ARRAY => column.column_descr().type_length().max(0) as u64,
        Physical::BYTE_ARRAY => return values.saturating_mul(16).saturating_add(text_bytes(column)),
    };
    values.saturating_mul(width)
}

/// How many bytes of text, or of other values without a fixed size, a column chunk holds, as far as the footer tells.
fn text_bytes(column: &ColumnChunkMetaData) -> u64 {
    if column.column_type() != Physical::BYTE_ARRAY {
        return 0;
    }
    let told = column.unencoded_byte_array_data_bytes().unwrap_or_else(|| column.uncompressed_size());
    told.max(0) as u64
}

/// The stored bytes of one column of a row group, at their place in the file.
struct ColumnBytes {
    start: u64,
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

/// A row group in memory.
struct Stored {
    metadata: Arc<ParquetMetaData>,
    group: usize,
    columns: Vec<Arc<ColumnBytes>>,
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

/// Rows of a row group.
struct RangeChunk {
    stored: Arc<Stored>,
    plan: Arc<Plan>,
    batch_rows: usize,
    first: u64,
    rows: u64,
    whole: bool,
    last: bool,
    size: usize,
    origin: Origin,
}

impl RangeChunk {
    fn rows_of(&self, levels: &FieldLevels) -> Result<ParquetRecordBatchReader> {
        // The last range asks for one row more than there should be, so that surplus rows are noticed.
        let wanted = self.rows as usize + usize::from(self.last);
        let selection = (!self.whole)
            .then(|| RowSelection::from(vec![RowSelector::skip(self.first as usize), RowSelector::select(wanted)]));
        guarded(|| {
            ParquetRecordBatchReader::try_new_with_row_groups(levels, &*self.stored, self.batch_rows, selection)
                .map_err(|error| failed(error, "row group"))
        })
    }
}

impl Chunk for RangeChunk {
    fn size(&self) -> usize {
        self.size
    }
    fn origin(&self) -> Origin {
        self.origin.clone()
    }
    fn decode(self: Box<Self>) -> Result<Batches> {
        if self.stored.columns.is_empty() {
            return Ok(Box::new(EmptyRows { plan: self.plan, rows: self.rows, batch_rows: self.batch_rows }));
        }
        let values = self.rows_of(&self.plan.levels)?;
        let seconds = self.plan.seconds.as_ref().map(|(levels, _)| self.rows_of(levels)).transpose()?;
        Ok(Box::new(Decoding { values, seconds, plan: self.plan, expected: self.rows, read: 0, done: false }))
    }
}

/// Rows without columns.
struct EmptyRows {
    plan: Arc<Plan>,
    rows: u64,
    batch_rows: usize,
}

impl Iterator for EmptyRows {
    type Item = Result<Batch>;

    fn next(&mut self) -> Option<Result<Batch>> {
        let rows = self.rows.min(self.batch_rows as u64);
        self.rows -= rows;
        let options = RecordBatchOptions::new().with_row_count(Some(rows as usize));
        (rows > 0).then(|| {
            let batch = RecordBatch::try_new_with_options(self.plan.schema.clone(), Vec::new(), &options);
            Ok(Batch::new(batch?))
        })
    }
}

struct Decoding {
    values: ParquetRecordBatchReader,
    seconds: Option<ParquetRecordBatchReader>,
    plan: Arc<Plan>,
    expected: u64,
    read: u64,
    done: bool,
}

impl Decoding {
    fn step(&mut self) -> Result<Option<Batch>> {
        let Decoding { values, seconds, plan, read, .. } = self;
        let batch = guarded(|| {
            let bad = |error: ArrowError| match error {
                ArrowError::ParquetError(text) => failed_text(&text, "page"),
                other => failed_text(&other.to_string(), "page"),
            };
            let Some(batch) = values.next().transpose().map_err(bad)? else { return Ok(None) };
            let seconds = match seconds {
                Some(seconds) => seconds.next().transpose().map_err(bad)?,
                None => None,
            };
            plan.finish(&batch, seconds.as_ref()).map(Some)
        });
        let batch = batch.map_err(|error| error.shifted(*read, 0, 0))?;
        if let Some(batch) = &batch {
            self.read += batch.num_rows() as u64;
            if self.read > self.expected {
                check_rows(self.read, self.expected)?;
            }
        } else {
            check_rows(self.read, self.expected)?;
        }
        Ok(batch.map(Batch::new))
    }
}

impl Iterator for Decoding {
    type Item = Result<Batch>;

    fn next(&mut self) -> Option<Result<Batch>> {
        if self.done {
            return None;
        }
        let batch = self.step().transpose();
        self.done = !matches!(batch, Some(Ok(_)));
        batch
    }
}
