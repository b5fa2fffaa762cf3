//! The rows of decoded batches as records, for sources whose records cannot be told apart before.

use std::ops::Range;

use arrow_array::RecordBatch;
use arrow_schema::{Schema, SchemaRef};
use bytes::Bytes;

use crate::error::{Error, Result};
use crate::pipeline::stage::{Again, Batch, Batches, Original, Records};
use crate::report::Report;

/// Batches and where each begins.
pub(super) struct Rows {
    batches: Vec<(usize, Batch)>,
    schema: SchemaRef,
    count: usize,
}

impl Rows {
    pub(super) fn new(batches: Vec<Batch>) -> Result<Self> {
        let schema = batches.first().map_or_else(|| Schema::empty().into(), |batch| batch.records.schema());
        let mut count = 0;
        let mut placed = Vec::with_capacity(batches.len());
        for batch in batches {
            let rows = batch.records.num_rows();
            if batch.report.records_in != rows as u64 {
                return Err(Error::internal("a batch does not hold a row for each record"));
            }
            placed.push((count, batch));
            count += rows;
        }
        Ok(Rows { batches: placed, schema, count })
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
        let from = self.batches.partition_point(|(start, batch)| start + batch.records.num_rows() <= records.start);
        for (start, batch) in &self.batches[from..] {
            if *start >= records.end {
                break;
            }
            let first = records.start.max(*start) - start;
            let rows = (records.end - start).min(batch.records.num_rows()) - first;
            // What is told about a batch goes with its first row.
            let losses = if first == 0 { batch.report.losses.clone() } else { Default::default() };
            let report = Report { losses, ..Report::read(rows as u64) };
            out.push(Ok(Batch { records: batch.records.slice(first, rows), report }));
        }
        Ok(Box::new(out.into_iter()))
    }
    fn get(&self, record: usize) -> Original {
        let at = self.batches.partition_point(|(start, batch)| start + batch.records.num_rows() <= record);
        let bytes = self.batches.get(at).and_then(|(start, batch)| stream(&batch.records.slice(record - start, 1)));
        Original { bytes: bytes.map_or_else(Bytes::new, |(_, row)| row), place: 0..0, line: None }
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
