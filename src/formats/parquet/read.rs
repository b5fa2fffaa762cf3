//! Reading: chunks of row groups, decoded on any thread.
//!
//! A chunk is a range of the rows of a row group: few enough that what is decoded and made of them stays small. All
//! ranges of a group share its columns, which are decoded once ([`super::columns`]). Whoever decodes a column reads its
//! pages, one by one ([`super::pread`]): a group may be much larger than the memory. The page index could say where pages begin, but it is a hint of the writer, and one that lies
//! would drop rows.

use std::collections::VecDeque;
use std::sync::Arc;

use arrow_array::{Array, RecordBatch, RecordBatchOptions};
use arrow_schema::SchemaRef;
use parquet::basic::Type as Physical;
use parquet::file::metadata::{ColumnChunkMetaData, ParquetMetaData, RowGroupMetaData};

use super::apart;
use super::columns::{Columns, Cuts, Part};
use super::footer::{guarded, read_footer};
use super::group::{Decoded, Stored, TextLayouts};
use super::options::ReadSettings;
use super::plan::Plan;
use crate::error::{Error, Origin, Result};
use crate::format::ReadOptions;
use crate::pipeline::keys::announced;
use crate::pipeline::spare::Spare;
use crate::pipeline::{Batch, Batches, Chunk, Lookup, Reader};
use crate::report::Report;
use crate::source::{Blob, Source};

/// Bytes of a batch at most, about, however long its rows are.
const BATCH_BYTES: u64 = 256 << 20;
/// Bytes of a batch, about, unless it has fewer than [`COLUMN_BYTES`] in each column then.
const SMALL_BATCH_BYTES: u64 = 3 << 20;
/// Bytes of a column in a batch, and rows, below which a batch costs more than it saves.
const COLUMN_BYTES: u64 = 64 << 10;
const BATCH_ROWS: u64 = 1024;
/// Bytes that the levels of a value take, also where the value itself takes none.
const LEVEL_BYTES: u64 = 4;
/// About how many decoded bytes a range of a row group has.
const RANGE_BYTES: u64 = 2 << 20;
/// Bytes of pages that are held while a row group is read, one of each column, before it matters how they are held.
const PAGES_BYTES: u64 = 32 << 20;
/// Buffers of pages up to so many bytes are used again.
const PAGE_BUFFER_BYTES: usize = 4 << 20;

/// Rows of a column that is decoded at once, at most.
const WHOLE_ROWS_MAX: i64 = 2 << 20;

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
    layouts: TextLayouts,
    /// Buffers of pages, which are used again.
    pages: Arc<Spare>,
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
            layouts: TextLayouts::default(),
            pages: Arc::new(Spare::new(PAGE_BUFFER_BYTES)),
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
        let values = group.columns().iter().map(|column| column.num_values().max(0) as u64).max().unwrap_or(0);
        if (values / rows).saturating_mul(LEVEL_BYTES) > self.record_bytes_max {
            let message = format!("records of {} values in a column on average: too many to hold", values / rows);
            return Err(Error::limit(message).with_hint("raise the limit with --max-record-bytes"));
        }
        let row = (bytes / rows).max(1);
        let least = (COLUMN_BYTES.saturating_mul(group.num_columns() as u64) / row).min(BATCH_ROWS);
        let fitting = (SMALL_BATCH_BYTES / row).max(least).min(BATCH_BYTES / row).max(1);
        Ok(self.batch_rows.min(usize::try_from(fitting).unwrap_or(usize::MAX)))
    }

    /// Cuts the next row group into ranges.
    fn next_group(&mut self) -> Result<()> {
        let index = self.group;
        self.group += 1;
        let group = self.metadata.row_group(index);
        let rows = group.num_rows() as u64;
        let record = self.record;
        self.record += rows;
        let batch_rows = self.batch_rows_of(group).map_err(|error| error.in_source(self.name.clone()))?;
        let are_many = has_many_pages(group);
        let layouts = TextLayouts { copies_short: are_many, ..self.layouts };
        let stored = Stored::new(&self.blob, &self.metadata, index, self.pages.clone()).with_layouts(layouts);
        let size = stored.size();
        let cuts = Cuts { ranges: ranges(group, rows, batch_rows as u64), batch_rows };
        let columns = Columns::new(whole(group, &self.plan, are_many));
        let group = Arc::new(Group { stored, plan: self.plan.clone(), cuts, columns });
        for (range, (first, _)) in group.cuts.ranges.iter().enumerate() {
            let record = Some(record + first);
            self.ranges.push_back(Box::new(RangeChunk {
                group: group.clone(),
                range,
                size: size / group.cuts.ranges.len(),
                origin: Origin { source: Some(self.name.clone()), record, ..Origin::default() },
            }));
        }
        Ok(())
    }
}

impl Reader for ParquetReader {
    fn schema(&self) -> SchemaRef {
        self.plan.announced.clone()
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

    fn keep_dictionaries(&mut self) {
        self.layouts.dictionaries = true;
    }

    fn keep_views(&mut self) {
        self.layouts.views = true;
    }

    fn report(&self) -> Report {
        Report { bytes_in: self.stored, ..self.plan.notes.clone() }
    }
}

/// First row and number of rows of each range.
fn ranges(group: &RowGroupMetaData, rows: u64, batch_rows: u64) -> Vec<(u64, u64)> {
    let bytes: u64 = group.columns().iter().map(decoded_bytes).fold(0, u64::saturating_add);
    let parts = (bytes / RANGE_BYTES).clamp(1, 1 << 16);
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

/// Bytes of a column chunk in memory as it is stored but decompressed, as far as the footer tells.
fn stored_bytes(column: &ColumnChunkMetaData) -> u64 {
    column.uncompressed_size().max(0) as u64
}

/// Whether there are so many columns that what each holds while a row group is read, a page of it, becomes much.
fn has_many_pages(group: &RowGroupMetaData) -> bool {
    group.columns().iter().map(|column| stored_bytes(column).min(PAGES_BYTES / 16)).sum::<u64>() > PAGES_BYTES
}

/// For each column whether it is decoded at once: where columns `are_many`, and this one takes no more memory decoded
/// than as pages.
fn whole(group: &RowGroupMetaData, plan: &Plan, are_many: bool) -> Vec<bool> {
    let smaller = |leaf: usize| {
        let column = group.column(leaf);
        let stored = stored_bytes(column);
        column.num_values() >= group.num_rows() && stored <= PAGES_BYTES / 16 && decoded_bytes(column) <= stored
    };
    // Room is made for all rows of the group, of which the footer may say what it likes.
    let is_worth_it = are_many && (0..=WHOLE_ROWS_MAX).contains(&group.num_rows());
    plan.columns.iter().map(|column| is_worth_it && column.leaves.clone().all(smaller)).collect()
}

/// A row group and how it is cut into ranges.
pub(super) struct Group {
    /// What is stored of it.
    pub stored: Stored,
    /// How it is read.
    pub plan: Arc<Plan>,
    /// How it is cut.
    pub cuts: Cuts,
    columns: Columns,
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
        let (_, rows) = group.cuts.ranges[range];
        let batch_rows = group.cuts.batch_rows;
        if group.plan.columns.is_empty() {
            return Ok(Box::new(EmptyRows { plan: group.plan.clone(), rows, batch_rows }));
        }
        let parts = group.columns.take(range, &group.cuts, &group.stored, &group.plan);
        let parts = parts.into_iter().map(Part::into_iter).collect();
        let plan = group.plan.clone();
        let decoding = Decoding { parts, plan: plan.clone(), read: 0 };
        Ok(announced(Box::new(decoding), &plan.schema, &plan.announced))
    }
    fn records(&self) -> Option<Lookup> {
        let (group, range) = (self.group.clone(), self.range);
        let shown = !group.plan.schema.fields().is_empty();
        shown.then(|| Box::new(move || apart::records(&group, range)) as Lookup)
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
    /// What is left of each column; none of them after an error.
    parts: Vec<std::vec::IntoIter<Result<Decoded>>>,
    plan: Arc<Plan>,
    read: u64,
}

impl Decoding {
    fn step(&mut self) -> Result<Option<Batch>> {
        let next = self.parts.iter_mut().filter_map(Iterator::next);
        let decoded = next.collect::<Result<Vec<Decoded>>>()?;
        let Some(rows) = decoded.first().map(|column| column.values.len()) else { return Ok(None) };
        if decoded.len() != self.parts.len() {
            return Err(Error::internal("columns of different lengths"));
        }
        let batch = guarded(|| self.plan.finish(&decoded, rows))?;
        self.read += rows as u64;
        Ok(Some(Batch::new(batch)))
    }
}

impl Iterator for Decoding {
    type Item = Result<Batch>;

    fn next(&mut self) -> Option<Result<Batch>> {
        let batch = self.step().map_err(|error| error.shifted(self.read, 0, 0));
        if batch.is_err() {
            self.parts.clear();
        }
        batch.transpose()
    }
}
