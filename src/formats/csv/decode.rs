//! Records into columns: first where every field lies, then column after column with the kernel of its type.

use std::sync::Arc;

use arrow_array::{Array, ArrayRef, RecordBatch, RecordBatchOptions};
use arrow_schema::SchemaRef;

use super::dialect::Dialect;
use super::schema::Column;
use super::token::{Nulls, Rows, Tokenizer};
use crate::code::Code;
use crate::column::json::{ReadRules, ValueDecoder};
use crate::column::parse::{ParseOptions, ValueColumn};
use crate::error::{Error, Result};
use crate::pipeline::{Batch, Batches, Cutter, Decode, Slice};
use crate::report::Report;

/// Decodes records of one file. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Decoder(Arc<Plan>);

#[derive(Debug)]
pub(super) struct Plan {
    pub(super) dialect: Dialect,
    pub(super) schema: SchemaRef,
    pub(super) columns: Vec<Column>,
    /// Names of the fields of a record, also of those that are not read.
    pub(super) names: Vec<String>,
    pub(super) options: ParseOptions,
    pub(super) rules: ReadRules,
    /// Whether types were inferred from some of the records, for hints.
    pub(super) inferred: bool,
    pub(super) batch_rows: usize,
    /// The header line as it stands in the file; empty if there is none.
    pub(super) header: Vec<u8>,
}

impl Decoder {
    pub(super) fn new(plan: Plan) -> Self {
        Decoder(Arc::new(plan))
    }

    pub(super) fn plan(&self) -> &Plan {
        &self.0
    }
}

impl Decode for Decoder {
    fn schema(&self) -> SchemaRef {
        self.0.schema.clone()
    }

    fn decode(&self, slice: Slice) -> Result<Batches> {
        let plan = self.0.clone();
        let nulls = Nulls::of(&plan.dialect, plan.names.len());
        let mut tokenizer = Tokenizer::new(&plan.dialect, plan.names.len());
        tokenizer.check_utf8(&slice.bytes);
        let run = Run { plan, slice, tokenizer, nulls, rows: Rows::default(), at: 0, records: 0, started: false };
        Ok(Box::new(run))
    }

    fn cutter(&self) -> Option<Arc<dyn Cutter>> {
        Some(Arc::new(self.clone()))
    }
}

/// The batches of one slice.
struct Run {
    plan: Arc<Plan>,
    slice: Slice,
    tokenizer: Tokenizer,
    nulls: Nulls,
    rows: Rows,
    at: usize,
    /// Records in batches that were given out.
    records: u64,
    started: bool,
}

impl Iterator for Run {
    type Item = Result<Batch>;

    fn next(&mut self) -> Option<Result<Batch>> {
        if self.started && self.at >= self.slice.bytes.len() {
            return None;
        }
        self.started = true;
        let batch = self.batch();
        if batch.is_err() {
            self.at = self.slice.bytes.len();
        }
        Some(batch.map_err(|error| error.shifted(self.records, 0, 0)).inspect(|batch| {
            self.records += batch.report.records_in;
        }))
    }
}

impl Run {
    fn batch(&mut self) -> Result<Batch> {
        let bytes = self.slice.bytes.clone();
        let begin = self.at;
        let filled = self.tokenizer.fill(&bytes, &mut self.at, self.plan.batch_rows.max(1), &mut self.rows);
        let mut report = Report::read(self.rows.len() as u64);
        // A value that does not fit comes before the broken record behind it.
        let arrays = self.arrays(&bytes, &mut report)?;
        filled?;
        report.lines = self.plan.dialect.count_lines(&bytes[begin..self.at]);
        for missing in &self.rows.padded {
            let name = self.plan.names.get(*missing).cloned().unwrap_or_default();
            report.note(Code::Missing, name);
        }
        if self.rows.truncated > 0 {
            let name = format!("column_{}", self.plan.names.len() + 1);
            *report.losses.entry((Code::ExtraKey, name)).or_default() += self.rows.truncated;
        }
        let options = RecordBatchOptions::new().with_row_count(Some(self.rows.len()));
        let records = RecordBatch::try_new_with_options(self.plan.schema.clone(), arrays, &options)?;
        Ok(Batch { records, report })
    }

    fn arrays(&self, bytes: &[u8], report: &mut Report) -> Result<Vec<ArrayRef>> {
        let mut arrays = Vec::with_capacity(self.plan.columns.len());
        let mut first: Option<(usize, Error)> = None;
        for column in &self.plan.columns {
            // After an error only rows before it matter: the first in the order of the file is reported.
            let rows_max = first.as_ref().map_or(self.rows.len(), |(row, _)| *row);
            match self.array(bytes, column, rows_max, report) {
                Ok(array) => arrays.push(array),
                Err((row, error)) => first = Some((row, error.in_column(column.field.name()))),
            }
        }
        match first {
            None => Ok(arrays),
            Some((row, error)) => {
                // Inside a cell of JSON text the byte of the error counts from the cell.
                let start = self.rows.start(row);
                Err(self.tokenizer.placed(error.at_byte(start as u64), bytes, start, row))
            }
        }
    }

    fn array(
        &self,
        bytes: &[u8],
        column: &Column,
        rows_max: usize,
        report: &mut Report,
    ) -> Result<ArrayRef, (usize, Error)> {
        let field = &column.field;
        let array = match column.source {
            None => arrow_array::new_null_array(field.data_type(), rows_max),
            Some(source) => {
                let tokens = self.rows.column(bytes, source, &self.nulls).take(rows_max);
                if column.nested {
                    self.nested(tokens, column, report)?
                } else {
                    let mut values =
                        ValueColumn::new(field, self.plan.options, rows_max).map_err(|error| (0, error))?;
                    values.extend(tokens).map_err(|(row, fault)| {
                        let (token, _) = self.rows.text(bytes, row, source).unwrap_or_default();
                        (row, self.with_hint(fault.error(token, field.data_type())))
                    })?;
                    values.finish().map_err(|error| (0, error))?
                }
            }
        };
        if !field.is_nullable()
            && let Some(row) = array.logical_nulls().and_then(|nulls| (0..nulls.len()).find(|row| nulls.is_null(*row)))
        {
            return Err((row, Error::value(Code::Null, "null in a column that has none")));
        }
        Ok(array)
    }

    fn nested<'a>(
        &self,
        tokens: impl Iterator<Item = Option<&'a [u8]>>,
        column: &Column,
        report: &mut Report,
    ) -> Result<ArrayRef, (usize, Error)> {
        let mut values = ValueDecoder::new(&column.field, self.plan.rules).map_err(|error| (0, error))?;
        for (row, token) in tokens.enumerate() {
            match token {
                None => values.append_nulls(1),
                Some(text) => values.append(text).map_err(|error| (row, error))?,
            }
        }
        for (path, count) in values.take_ignored() {
            *report.losses.entry((Code::ExtraKey, format!("{}.{path}", column.field.name()))).or_default() += count;
        }
        values.finish().map_err(|error| (0, error))
    }

    fn with_hint(&self, error: Error) -> Error {
        if self.plan.inferred {
            error.with_hint("the type was inferred from the first records; infer from all, or give it with --columns")
        } else {
            error.with_hint("give the column a type that holds its values, with --columns or --schema")
        }
    }
}
