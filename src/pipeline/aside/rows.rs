//! Rows of tables as records, for sources whose records have no bytes of their own that could be told apart.

use std::ops::Range;

use arrow_array::RecordBatch;
use arrow_schema::{Schema, SchemaRef};
use bytes::Bytes;

use crate::column::json::string::push_string;
use crate::column::json::{ValueWriter, WriteRules};
use crate::error::{Error, Result};
use crate::pipeline::stage::{Again, Batch, Batches, Original, Records};
use crate::report::Report;

/// Rows that were read together, each of which can be looked at alone.
pub trait Table {
    /// How many there are.
    fn rows(&self) -> usize;
    /// Some of them, checked. Positions in errors count from the first.
    fn batch(&self, rows: Range<usize>) -> Result<Batch>;
    /// One of them as JSON, as far as it can be shown, also if [`Table::batch`] refuses it.
    fn shown(&self, row: usize) -> String;
}

impl Table for Batch {
    fn rows(&self) -> usize {
        self.records.num_rows()
    }
    fn batch(&self, rows: Range<usize>) -> Result<Batch> {
        // What is told about a batch goes with its first row.
        let losses = if rows.start == 0 { self.report.losses.clone() } else { Default::default() };
        let report = Report { losses, ..Report::read(rows.len() as u64) };
        Ok(Batch { records: self.records.slice(rows.start, rows.len()), report })
    }
    fn shown(&self, row: usize) -> String {
        shown(&self.records, row)
    }
}

/// A row as a JSON object. What JSON cannot show is left out.
pub(crate) fn shown(records: &RecordBatch, row: usize) -> String {
    let mut text = Vec::new();
    let slice = records.slice(row, 1);
    for (field, column) in slice.schema_ref().fields().iter().zip(slice.columns()) {
        let start = text.len();
        text.push(if start == 0 { b'{' } else { b',' });
        push_string(&mut text, field.name().as_bytes());
        text.push(b':');
        let pushed = ValueWriter::new(field, column, &WriteRules::default()).and_then(|value| value.push(&mut text, 0));
        if pushed.is_err() {
            text.truncate(start);
        }
    }
    if text.is_empty() {
        text.push(b'{');
    }
    text.push(b'}');
    String::from_utf8_lossy(&text).into_owned()
}

/// Tables and where each begins.
pub(crate) struct Rows {
    tables: Vec<(usize, Box<dyn Table>)>,
    schema: SchemaRef,
    count: usize,
}

impl Rows {
    /// Of batches that were decoded.
    pub(super) fn new(batches: Vec<Batch>) -> Result<Self> {
        let schema = batches.first().map_or_else(|| Schema::empty().into(), |batch| batch.records.schema());
        if batches.iter().any(|batch| batch.report.records_in != batch.records.num_rows() as u64) {
            return Err(Error::internal("a batch does not hold a row for each record"));
        }
        Ok(Rows::of(schema, batches.into_iter().map(|batch| Box::new(batch) as Box<dyn Table>)))
    }

    /// Of tables whose batches have `schema`.
    pub(crate) fn of(schema: SchemaRef, tables: impl IntoIterator<Item = Box<dyn Table>>) -> Self {
        let mut count = 0;
        let placed = tables.into_iter().map(|table| {
            let start = count;
            count += table.rows();
            (start, table)
        });
        Rows { tables: placed.collect(), schema, count }
    }

    /// The table of a record, and its row there.
    fn find(&self, record: usize) -> Option<(&dyn Table, usize)> {
        let at = self.tables.partition_point(|(start, table)| start + table.rows() <= record);
        self.tables.get(at).map(|(start, table)| (table.as_ref(), record - start))
    }
}

impl Records for Rows {
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }
    fn count(&self) -> usize {
        self.count
    }
    fn lines(&self) -> u64 {
        0
    }
    fn decode(&self, records: Range<usize>) -> Result<Batches> {
        let mut out = Vec::new();
        let from = self.tables.partition_point(|(start, table)| start + table.rows() <= records.start);
        for (start, table) in &self.tables[from..] {
            if *start >= records.end {
                break;
            }
            let rows = records.start.max(*start) - start..(records.end - start).min(table.rows());
            let before = (start + rows.start - records.start) as u64;
            out.push(Ok(table.batch(rows).map_err(|error| error.shifted(before, 0, 0))?));
        }
        Ok(Box::new(out.into_iter()))
    }
    /// A row as an Arrow stream without its schema; without bytes if it cannot be decoded.
    fn get(&self, record: usize) -> Original {
        let Some((table, row)) = self.find(record) else { return Original::default() };
        let bytes = table.batch(row..row + 1).ok().and_then(|batch| stream(&batch.records));
        let bytes = bytes.map_or_else(Bytes::new, |(_, row)| row);
        Original { bytes, json: Some(table.shown(row)), ..Original::default() }
    }
    fn malformed_ends(&self) -> bool {
        false
    }
    fn again(&self) -> Again {
        let head = stream(&RecordBatch::new_empty(self.schema.clone())).map_or_else(Bytes::new, |(head, _)| head);
        Again { format: "ipc", head: head.to_vec(), ..Again::default() }
    }
}

/// A batch as an Arrow stream: its schema, and its rows.
#[cfg(feature = "ipc")]
fn stream(batch: &RecordBatch) -> Option<(Bytes, Bytes)> {
    let mut writer = arrow_ipc::writer::StreamWriter::try_new(Vec::new(), batch.schema_ref()).ok()?;
    let head = writer.get_ref().len();
    writer.write(batch).ok()?;
    let bytes = Bytes::from(std::mem::take(writer.get_mut()));
    Some((bytes.slice(..head), bytes.slice(head..)))
}

#[cfg(not(feature = "ipc"))]
fn stream(_: &RecordBatch) -> Option<(Bytes, Bytes)> {
    None
}
