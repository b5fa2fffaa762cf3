//! Records into batches, straight from text to columns.

use std::sync::Arc;

use arrow_array::{RecordBatch, RecordBatchOptions};
use arrow_schema::{DataType, Field, SchemaRef};

use super::options::{Layout, ReadJson, Rows};
use super::records::Records;
use super::schema::is_value_root;
use crate::column::json::build::{Node, Rest, Work};
use crate::column::json::text::skip_value;
use crate::error::{Error, Result};
use crate::format::Limits;
use crate::pipeline::{Batch, Batches, Cutter, Decode, Slice};
use crate::report::Report;

/// Rows after which it is known how much room a batch needs.
const SAMPLE: usize = 32;

/// Decodes slices of one text. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Decoder {
    schema: SchemaRef,
    options: ReadJson,
    layout: Layout,
    batch_rows: usize,
}

impl Decoder {
    /// For records of `schema` in `layout`.
    ///
    /// # Errors
    /// `Unsupported` or `Schema` if a column cannot be read from JSON.
    pub fn new(schema: SchemaRef, options: ReadJson, layout: Layout, limits: &Limits) -> Result<Self> {
        let decoder = Decoder { schema, options, layout, batch_rows: limits.batch_rows.max(1) };
        decoder.builder()?;
        Ok(decoder)
    }

    pub(super) fn layout(&self) -> Layout {
        self.layout
    }

    /// The same for text in another layout.
    pub(super) fn in_layout(&self, layout: Layout) -> Self {
        Decoder { layout, ..self.clone() }
    }

    /// The builder of one record: a struct of the columns, or the only column.
    fn builder(&self) -> Result<Node> {
        if is_value_root(&self.schema) {
            let field = &self.schema.fields()[0];
            return Node::new(field, field.name());
        }
        let root = Field::new("", DataType::Struct(self.schema.fields().clone()), false);
        let mut node = Node::new(&Arc::new(root), "")?;
        if self.options.rules.as_inferred {
            node.insist();
        }
        Ok(node)
    }
}

impl Decode for Decoder {
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }

    /// Decodes whole records. CPU-bound; allocates per batch, not per value.
    fn decode(&self, slice: Slice) -> Result<Batches> {
        Ok(Box::new(Run {
            skip: slice.first && self.options.rows == Rows::Arrays { header: true },
            records: Records::new(slice, self.layout, self.options.rules.lenient),
            node: self.builder()?,
            work: Work::new(self.options.rules.clone()),
            arrays: self.options.rows != Rows::Objects,
            schema: self.schema.clone(),
            batch_rows: self.batch_rows,
            done: false,
        }))
    }

    fn cutter(&self) -> Option<Arc<dyn Cutter>> {
        Some(Arc::new(self.clone()))
    }
}

struct Run {
    records: Records,
    node: Node,
    work: Work,
    schema: SchemaRef,
    batch_rows: usize,
    /// Records are arrays of the columns.
    arrays: bool,
    /// The first record holds the names.
    skip: bool,
    done: bool,
}

impl Run {
    fn batch(&mut self) -> Result<Option<Batch>> {
        let start = self.records.position();
        let mut rows = 0;
        while rows < self.batch_rows {
            let Run { records, node, work, arrays, skip, batch_rows, .. } = self;
            let more = records.next(&mut |cursor| match (*skip, *arrays) {
                (true, _) => skip_value(cursor, work.rules.depth_max, &mut Vec::new()).map(|_| ()),
                (false, true) => node.append_row(cursor, work),
                (false, false) => node.append(cursor, work),
            })?;
            if !more {
                self.done = true;
                break;
            }
            match std::mem::take(skip) {
                true => records.forget(),
                false => rows += 1,
            }
            if rows == SAMPLE {
                // As much room as all rows need if they are like these.
                let read = records.position() - start;
                let rows_left = batch_rows.saturating_sub(SAMPLE);
                let left = records.left().min((read / SAMPLE + 1).saturating_mul(rows_left));
                node.expect(Rest { read, left });
            }
        }
        let lines = self.records.lines(start, self.records.position());
        if rows == 0 && lines == 0 {
            return Ok(None);
        }
        let columns = match is_value_root(&self.schema) {
            true => self.node.finish().map(|column| vec![column]),
            false => self.node.finish_columns(),
        };
        let columns = columns.map_err(|error| self.unplaced(error, rows))?;
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        let batch = RecordBatch::try_new_with_options(self.schema.clone(), columns, &options)?;
        let mut report = Report { lines, ..Report::read(rows as u64) };
        self.work.tell(&mut report);
        Ok(Some(Batch { records: batch, report }))
    }

    /// An error of a whole batch: the first of its records is named.
    fn unplaced(&self, error: Error, rows: usize) -> Error {
        error.at_record(self.records.count() - rows as u64)
    }
}

impl Iterator for Run {
    type Item = Result<Batch>;

    fn next(&mut self) -> Option<Result<Batch>> {
        if self.done {
            return None;
        }
        let batch = self.batch().transpose();
        self.done |= !matches!(batch, Some(Ok(_)));
        batch
    }
}
