//! Records into batches, straight from text to columns.

use std::sync::Arc;

use arrow_array::{Array, ArrayRef, RecordBatch, RecordBatchOptions};
use arrow_schema::{DataType, Field, FieldRef, Fields, Schema, SchemaRef};

use super::options::{Layout, ReadJson, Rows};
use super::records::Records;
use super::schema::is_value_root;
use super::split::few;
use crate::column::json::build::{Node, Rest, Work};
use crate::column::json::text::skip_value;
use crate::column::keys;
use crate::error::{Error, Result};
use crate::format::Limits;
use crate::pipeline::keys::announced;
use crate::pipeline::{Batch, Batches, Cutter, Decode, Slice, Split};
use crate::report::Report;
use crate::schema::width::chunk_records;

/// Rows after which it is known how much room a batch needs.
const SAMPLE: usize = 32;
/// With so many columns, those that hold a value in less than one of so many of the first rows are runs.
const SPARSE_COLUMNS: usize = 128;
const SPARSE: usize = 16;
/// Rows that are looked at for that; they take one of so many bytes of a slice at most.
const SPARSE_SAMPLE: usize = 64;
const SPARSE_SHARE: usize = 32;

/// Decodes slices of one text. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Decoder {
    /// What is decoded: dictionaries have wide keys.
    schema: SchemaRef,
    announced: SchemaRef,
    options: ReadJson,
    layout: Layout,
    batch_rows: usize,
    runs: bool,
}

impl Decoder {
    /// For records of `schema` in `layout`.
    ///
    /// # Errors
    /// `Unsupported` or `Schema` if a column cannot be read from JSON.
    pub fn new(schema: SchemaRef, options: ReadJson, layout: Layout, limits: &Limits) -> Result<Self> {
        let announced = schema;
        let schema = keys::widened(&announced).unwrap_or_else(|| announced.clone());
        let batch_rows = limits.batch_rows.max(1);
        let decoder = Decoder { schema, announced, options, layout, batch_rows, runs: false };
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

    fn run(&self, records: Records, node: Node) -> Run {
        Run {
            skip: false,
            records,
            node,
            work: Work::new(self.options.rules.clone()),
            arrays: self.options.rows != Rows::Objects,
            schema: self.schema.clone(),
            batch_rows: self.batch_rows,
            batch_bytes: usize::MAX,
            done: false,
        }
    }

    /// The builder, with runs for columns that hold few values in the first of the records. These are read for that alone:
    /// what is wrong with them shows when they are read again.
    fn with_sparse_runs(&self, node: Node, records: Records) -> Result<Node> {
        let batch_rows = self.batch_rows.min(SPARSE_SAMPLE);
        let mut run = Run { batch_rows, batch_bytes: records.left() / SPARSE_SHARE, ..self.run(records, node) };
        let Ok(Some(Batch { records, .. })) = run.batch() else { return self.builder() };
        let rows = records.num_rows();
        let values = |index: usize| rows - records.column(index).null_count();
        run.node.keep_runs(|index| rows >= SPARSE && values(index) * SPARSE < rows);
        Ok(run.node)
    }
}

impl Decode for Decoder {
    fn schema(&self) -> SchemaRef {
        self.announced.clone()
    }

    /// Decodes whole records. CPU-bound; allocates per batch, not per value.
    fn decode(&self, slice: Slice) -> Result<Batches> {
        let skip = slice.first && self.options.rows == Rows::Arrays { header: true };
        let records = Records::new(slice, self.layout, self.options.rules.lenient);
        let mut node = self.builder()?;
        if self.runs {
            node = self.with_sparse_runs(node, records.clone())?;
        }
        let run = Run { skip, ..self.run(records, node) };
        Ok(announced(Box::new(run), &self.schema, &self.announced))
    }

    fn with_runs(&self) -> Option<(Arc<dyn Decode>, Box<dyn Split>)> {
        if self.schema.fields().len() < SPARSE_COLUMNS || self.options.rows != Rows::Objects {
            return None;
        }
        // What is null takes no room as long as the first records are like the others.
        let records = chunk_records(&self.schema).saturating_mul(8);
        let split = few(self.layout, records, records);
        Some((Arc::new(Decoder { runs: true, ..self.clone() }), Box::new(split)))
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
    /// Bytes after which a batch ends.
    batch_bytes: usize,
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
        while rows < self.batch_rows && self.records.position() - start < self.batch_bytes {
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
        let batch = RecordBatch::try_new_with_options(self.schema_of(&columns), columns, &options)?;
        let mut report = Report { lines, ..Report::read(rows as u64) };
        self.work.tell(&mut report);
        Ok(Some(Batch { records: batch, report }))
    }

    /// The schema with the types that the columns have.
    fn schema_of(&self, columns: &[ArrayRef]) -> SchemaRef {
        let fields = self.schema.fields();
        if fields.iter().zip(columns).all(|(field, column)| field.data_type() == column.data_type()) {
            return self.schema.clone();
        }
        let typed = |(field, column): (&FieldRef, &ArrayRef)| match field.data_type() == column.data_type() {
            true => field.clone(),
            false => Arc::new(field.as_ref().clone().with_data_type(column.data_type().clone())),
        };
        let fields: Fields = fields.iter().zip(columns).map(typed).collect();
        Arc::new(Schema::new_with_metadata(fields, self.schema.metadata.clone()))
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
