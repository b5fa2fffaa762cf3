//! Reading: chunks of row groups, their bytes read in order, decoded on any thread.
//!
//! A chunk is a row group, or a range of its rows where all of it decoded at once would take more memory than a chunk
//! may. All ranges of a group share its stored bytes, which are read once, and readers that go from range to range
//! ([`super::lanes`]). The page index could say where a range begins, but it is a hint of the writer, and one that lies
//! would drop rows.

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;

use arrow_array::{RecordBatch, RecordBatchOptions};
use arrow_schema::{ArrowError, SchemaRef};
use parquet::basic::Type as Physical;
use parquet::file::metadata::{ColumnChunkMetaData, ParquetMetaData, RowGroupMetaData};

use super::apart;
use super::footer::{failed_text, guarded, read_footer};
use super::group::{ColumnBytes, Readers, Stored};
use super::lanes::{Lane, Lanes};
use super::options::ReadSettings;
use super::plan::{Plan, check_rows};
use crate::error::{Error, Origin, Result};
use crate::format::ReadOptions;
use crate::pipeline::{Batch, Batches, Chunk, Lookup, Reader};
use crate::report::Report;
use crate::source::{Blob, Source};

/// Bytes of a batch at most, about.
const BATCH_BYTES: u64 = 256 << 20;
/// About how many decoded bytes a range of a row group has.
const RANGE_BYTES: u64 = 8 << 20;

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
    lanes: usize,
}

impl ParquetReader {
    /// Reads the footer and compiles how the file is read, with so many chunks at a time.
    pub fn open(source: &Source, options: &ReadOptions, threads: usize) -> Result<Self> {
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
            lanes: threads.max(1),
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
        let stored = Stored { metadata: self.metadata.clone(), group: index, columns };
        let ranges = ranges(group, rows, batch_rows as u64);
        let lanes = Lanes::new(self.lanes.min(ranges.len()));
        let group = Arc::new(Group { stored, plan: self.plan.clone(), batch_rows, ranges, lanes });
        for (range, (first, _)) in group.ranges.iter().enumerate() {
            let record = Some(record + first);
            self.ranges.push_back(Box::new(RangeChunk {
                group: group.clone(),
                range,
                size: size / group.ranges.len(),
                origin: Origin { source: Some(self.name.clone()), record, ..Origin::default() },
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
    let bytes: u64 = group.columns().iter().map(decoded_bytes).fold(0, u64::saturating_add);
    let parts = (bytes / RANGE_BYTES).clamp(1, 1024);
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

/// A row group and how it is cut into ranges.
pub(super) struct Group {
    /// Its bytes.
    pub stored: Stored,
    /// How they are read.
    pub plan: Arc<Plan>,
    /// Rows of a batch at most.
    pub batch_rows: usize,
    /// First row and number of rows of each range.
    pub ranges: Vec<(u64, u64)>,
    lanes: Lanes,
}

/// Rows of a row group.
struct RangeChunk {
    group: Arc<Group>,
    range: usize,
    size: usize,
    origin: Origin,
}

impl Chunk for RangeChunk {
    fn size(&self) -> usize {
        self.size
    }
    fn origin(&self) -> Origin {
        self.origin.clone()
    }
    fn decode(self: Box<Self>) -> Result<Batches> {
        let RangeChunk { group, range, .. } = *self;
        let (_, rows) = group.ranges[range];
        if group.stored.columns.is_empty() {
            return Ok(Box::new(EmptyRows { plan: group.plan.clone(), rows, batch_rows: group.batch_rows }));
        }
        let open = |rows| group.stored.readers(&group.plan, group.batch_rows, rows);
        let (lane, readers) = group.lanes.enter(range, &group.ranges, open)?;
        Ok(Box::new(Decoding { readers: Some(readers), lane, group, range, expected: rows, read: 0 }))
    }
    fn records(&self) -> Option<Lookup> {
        let (group, range) = (self.group.clone(), self.range);
        (!group.stored.columns.is_empty()).then(|| Box::new(move || apart::records(&group, range)) as Lookup)
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

/// The batches of a range.
struct Decoding {
    /// `None` when the end was reached, or an error.
    readers: Option<Readers>,
    lane: Option<Lane>,
    group: Arc<Group>,
    range: usize,
    expected: u64,
    read: u64,
}

impl Decoding {
    fn step(&mut self) -> Result<Option<Batch>> {
        let last = self.range + 1 == self.group.ranges.len();
        let done = self.read == self.expected && !last;
        let batch = match &mut self.readers {
            Some(readers) if !done => next_batch(readers, &self.group.plan),
            _ => Ok(None),
        };
        let batch = batch.map_err(|error| error.shifted(self.read, 0, 0))?;
        self.read += batch.as_ref().map_or(0, |batch| batch.num_rows() as u64);
        if batch.is_none() || self.read > self.expected {
            check_rows(self.read, self.expected)?;
        }
        Ok(batch.map(Batch::new))
    }
}

/// The next rows of both readers, as a batch of the plan.
fn next_batch(readers: &mut Readers, plan: &Plan) -> Result<Option<RecordBatch>> {
    guarded(|| match next_decoded(readers)? {
        None => Ok(None),
        // Whatever a policy allows, there is nothing here that alters a value.
        Some((values, seconds)) => plan.finish(&values, seconds.as_ref()).map(Some).map_err(Error::as_it_stands),
    })
}

/// The next rows of both readers, as the crate decodes them.
pub(super) fn next_decoded(readers: &mut Readers) -> Result<Option<(RecordBatch, Option<RecordBatch>)>> {
    let bad = |error: ArrowError| match error {
        ArrowError::ParquetError(text) => failed_text(&text, "page"),
        other => failed_text(&other.to_string(), "page"),
    };
    let Some(values) = readers.values.next().transpose().map_err(bad)? else { return Ok(None) };
    let seconds = match &mut readers.seconds {
        Some(seconds) => seconds.next().transpose().map_err(bad)?,
        None => None,
    };
    Ok(Some((values, seconds)))
}

impl Iterator for Decoding {
    type Item = Result<Batch>;

    fn next(&mut self) -> Option<Result<Batch>> {
        self.readers.as_ref()?;
        let batch = self.step().transpose();
        match &batch {
            Some(Ok(_)) => {}
            Some(Err(_)) => self.readers = None,
            None => {
                if let (Some(readers), Some(lane)) = (self.readers.take(), self.lane.take()) {
                    self.group.lanes.leave(lane, self.range, self.group.ranges.len(), readers);
                }
            }
        }
        batch
    }
}
