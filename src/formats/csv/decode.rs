//! Records into columns: first where every field lies, then column after column with the kernel of its type.

use std::ops::Range;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, RecordBatch, RecordBatchOptions};
use arrow_buffer::{NullBuffer, NullBufferBuilder};
use arrow_schema::{DataType, Field, SchemaRef, TimeUnit};
use hashbrown::HashMap;

use super::dialect::Dialect;
use super::fold::fold;
use super::guess::{Guess, wrong};
use super::infer::ColumnShape;
use super::schema::Column;
use super::token::{Nulls, Rows, Tokenizer};
use crate::code::Code;
use crate::column::encoded;
use crate::column::json::{Leniency, ReadRules, ValueDecoder};
use crate::column::keys;
use crate::column::parse::{Fault, ParseOptions, ValueColumn};
use crate::column::repair::Repair;
use crate::column::settle::{Settled, settle_counted, ways};
use crate::column::temporal::{OFFSET_HINT, TemporalFault};
use crate::error::{Error, Result};
use crate::pipeline::keys::announced;
use crate::pipeline::{Batch, Batches, Cutter, Decode, Slice};
use crate::policy::Policies;
use crate::report::Report;

/// Decodes records of one file. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Decoder(Arc<Plan>, SchemaRef);

#[derive(Debug)]
pub(super) struct Plan {
    pub(super) dialect: Dialect,
    pub(super) schema: SchemaRef,
    /// The columns to read: those of the schema, or of the members of its structs.
    pub(super) columns: Vec<Column>,
    /// Whether structs are made of columns that hold a member each.
    pub(super) folded: bool,
    /// Names of the fields of a record, also of those that are not read.
    pub(super) names: Vec<String>,
    pub(super) options: ParseOptions,
    /// How nested cells are read, and what the user let through.
    pub(super) rules: Arc<ReadRules>,
    /// Whether types were inferred from some of the records, for hints.
    pub(super) inferred: bool,
    pub(super) batch_rows: usize,
    /// The header line as it stands in the file; empty if there is none.
    pub(super) header: Vec<u8>,
    /// What the types were guessed from, if they were.
    pub(super) guess: Option<Guess>,
}

impl Decoder {
    /// Decodes dictionaries with wide keys.
    pub(super) fn new(mut plan: Plan) -> Self {
        let announced = plan.schema.clone();
        if let Some(schema) = keys::widened(&announced) {
            plan.schema = schema;
            plan.columns.iter_mut().for_each(|column| column.field = keys::wide(&column.field));
        }
        Decoder(Arc::new(plan), announced)
    }

    pub(super) fn plan(&self) -> &Plan {
        &self.0
    }
}

/// The first row of a column without nulls that is null. A union has none of its own: a branch may have some.
fn first_null(array: &ArrayRef) -> Option<usize> {
    let nulls = array.logical_nulls()?;
    let mut rows = (0..nulls.len()).filter(|row| nulls.is_null(*row));
    let DataType::Union(branches, _) = array.data_type() else { return rows.next() };
    let ids = array.as_union().type_ids();
    let is_null = |branch: &Field| branch.is_nullable() || branch.data_type().is_null();
    rows.find(|row| !branches.iter().any(|(id, branch)| id == ids[*row] && is_null(branch)))
}

impl Decode for Decoder {
    fn schema(&self) -> SchemaRef {
        self.1.clone()
    }

    fn decode(&self, slice: Slice) -> Result<Batches> {
        let plan = self.0.clone();
        let nulls = Nulls::of(&plan.dialect, plan.names.len());
        let mut tokenizer = Tokenizer::new(&plan.dialect, plan.names.len());
        let utf8 = tokenizer.check_utf8(&slice.bytes);
        let repair = plan.dialect.repair.filter(|_| !utf8);
        let rows = Rows::default();
        let seen = plan.guess.as_ref().map(|guess| guess.shapes.clone()).unwrap_or_default();
        let run = Run { plan, slice, tokenizer, nulls, repair, rows, seen, at: 0, records: 0, started: false };
        Ok(announced(Box::new(run), &self.0.schema, &self.1))
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
    /// What becomes of text that is not UTF-8, if there is any.
    repair: Option<Repair>,
    rows: Rows,
    /// What the first records and this slice showed of the columns whose types were guessed.
    seen: Vec<Option<ColumnShape>>,
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
        let mut seen = std::mem::take(&mut self.seen);
        let arrays = self.arrays(&bytes, &mut report, &mut seen)?;
        filled?;
        if let Some(guess) = &self.plan.guess {
            guess.check(&seen, &self.plan.names)?;
            guess.tell(&seen, &self.plan.names, &mut report);
        }
        self.seen = seen;
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

    fn arrays(&self, bytes: &[u8], report: &mut Report, seen: &mut [Option<ColumnShape>]) -> Result<Vec<ArrayRef>> {
        let mut arrays = Vec::with_capacity(self.plan.columns.len());
        let mut first: Option<(usize, Error)> = None;
        for column in &self.plan.columns {
            // After an error only rows before it matter: the first in the order of the file is reported.
            let rows_max = first.as_ref().map_or(self.rows.len(), |(row, _)| *row);
            match self.array(bytes, column, rows_max, report, seen) {
                Ok(array) => arrays.push(array),
                Err((row, error)) => first = Some((row, error.in_column(column.field.name()))),
            }
        }
        let arrays = match first {
            None if self.plan.folded => fold(self.plan.schema.fields(), &arrays),
            None => Ok(arrays),
            Some(first) => Err(first),
        };
        match arrays {
            Ok(arrays) => Ok(arrays),
            Err((row, error)) => {
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
        seen: &mut [Option<ColumnShape>],
    ) -> Result<ArrayRef, (usize, Error)> {
        let field = &column.field;
        let array = match column.source {
            None => arrow_array::new_null_array(field.data_type(), rows_max),
            Some(source) => {
                if let Some(Some(shape)) = seen.get_mut(source) {
                    self.guessed(bytes, column, source, rows_max, shape)?
                } else if column.values.is_some() {
                    self.encoded(bytes, column, source, rows_max, report)?
                } else if column.nested {
                    self.nested(self.rows.column(bytes, source, &self.nulls, 0..rows_max), column, report)?
                } else {
                    self.scalar(bytes, column, source, rows_max, report)?
                }
            }
        };
        if !field.is_nullable()
            && let Some(row) = first_null(&array)
        {
            return Err((row, Error::value(Code::Null, "null in a column that has none").as_it_stands()));
        }
        Ok(array)
    }

    fn scalar(
        &self,
        bytes: &[u8],
        column: &Column,
        source: usize,
        rows_max: usize,
        report: &mut Report,
    ) -> Result<ArrayRef, (usize, Error)> {
        let tokens = |rows: Range<usize>| self.rows.column(bytes, source, &self.nulls, rows);
        self.values(&column.field, column.raw, rows_max, tokens, report)
    }

    /// A column whose type was guessed.
    fn guessed(
        &self,
        bytes: &[u8],
        column: &Column,
        source: usize,
        rows_max: usize,
        shape: &mut ColumnShape,
    ) -> Result<ArrayRef, (usize, Error)> {
        let mut values = ValueColumn::new(&column.field, self.plan.options, rows_max).map_err(|error| (0, error))?;
        let tokens = self.rows.tokens(bytes, source, &self.nulls, 0..rows_max);
        shape.read(&mut values, tokens).map_err(|row| (row, wrong()))?;
        values.finish().map_err(|error| (0, error))
    }

    /// A dictionary or runs: equal tokens become one value.
    fn encoded(
        &self,
        bytes: &[u8],
        column: &Column,
        source: usize,
        rows_max: usize,
        report: &mut Report,
    ) -> Result<ArrayRef, (usize, Error)> {
        let Some(field) = &column.values else { return Err((0, Error::internal("an encoding without values"))) };
        let runs = matches!(column.field.data_type(), DataType::RunEndEncoded(..));
        // What is altered is counted for each row, so each row is then a value of its own.
        let apart = !self.plan.rules.policies.is_empty();
        let mut by_token: HashMap<&[u8], usize> = HashMap::new();
        let mut values: Vec<Option<&[u8]>> = Vec::new();
        let mut rows = Vec::new();
        let mut keys = Vec::with_capacity(rows_max);
        let mut nulls = NullBufferBuilder::new(rows_max);
        for (row, token) in self.rows.column(bytes, source, &self.nulls, 0..rows_max).enumerate() {
            let known = match (token, runs, apart) {
                (_, _, true) => None,
                (token, true, _) => values.last().filter(|last| **last == token).map(|_| values.len() - 1),
                (None, false, _) => Some(0),
                (Some(token), false, _) => by_token.get(token).copied(),
            };
            let key = known.unwrap_or_else(|| {
                values.push(token);
                rows.push(row);
                values.len() - 1
            });
            if let Some(token) = token {
                by_token.insert(token, key);
            }
            nulls.append(token.is_some());
            keys.push(key);
        }
        let tokens = |rows: Range<usize>| rows.map(|index| values.get(index).copied().flatten());
        let array = self
            .values(field, column.raw, values.len(), tokens, report)
            .map_err(|(index, error)| (rows.get(index).copied().unwrap_or(0), error))?;
        let made = match column.field.data_type() {
            DataType::Dictionary(key, _) => {
                let outer = nulls.finish();
                // Values that became null make their rows null.
                let inner = array.nulls().map(|nulls| keys.iter().map(|key| nulls.is_valid(*key)).collect());
                encoded::dictionary(key, keys, NullBuffer::union(outer.as_ref(), inner.as_ref()), array)
            }
            kind => {
                let ends = keys.iter().enumerate().filter(|(row, key)| keys.get(row + 1) != Some(*key));
                encoded::runs(kind, ends.map(|(row, _)| row + 1).collect(), &array)
            }
        };
        made.map_err(|error| (0, error))
    }

    /// A column of `count` tokens. An error names the token.
    fn values<'a, I: Iterator<Item = Option<&'a [u8]>> + Clone>(
        &self,
        field: &Field,
        raw: bool,
        count: usize,
        tokens: impl Fn(Range<usize>) -> I,
        report: &mut Report,
    ) -> Result<ArrayRef, (usize, Error)> {
        // A schema says what such bytes are; whether they stand there or in base64, as they are written, the setting says.
        let raw = raw && self.plan.dialect.repair == Some(Repair::Keep);
        let options = ParseOptions { repair: self.repair, raw, ..self.plan.options };
        let mut values = ValueColumn::new(field, options, count).map_err(|error| (0, error))?;
        let mut from = 0;
        while let Err((index, fault)) = values.extend(tokens(from..count)) {
            let at = from + index;
            let token = tokens(at..at + 1).next().flatten().unwrap_or_default();
            self.settle(&mut values, token, fault, field, report).map_err(|error| (at, error))?;
            from = at + 1;
        }
        for (code, count) in [(Code::Utf8, values.repaired()), (Code::Restyled, values.restyled())] {
            if count > 0 {
                *report.losses.entry((code, field.name().clone())).or_default() += count;
            }
        }
        values.finish().map_err(|error| (0, error))
    }

    /// Appends what the user let through in the place of `token`, which was refused with `fault`.
    #[cold]
    fn settle(
        &self,
        values: &mut ValueColumn,
        token: &[u8],
        fault: Fault,
        field: &Field,
        report: &mut Report,
    ) -> Result<()> {
        let (policies, epoch) = (&self.plan.rules.policies, self.plan.options.epoch);
        if let Some(altered) = stand_in(values, token, fault, field, policies, epoch) {
            altered.iter().for_each(|code| report.note(*code, field.name().clone()));
            return Ok(());
        }
        let error = fault.error(token, field.data_type());
        let error = match fault {
            Fault::Temporal(TemporalFault::OffsetMissing) => error.with_hint(OFFSET_HINT),
            _ => self.with_hint(error),
        };
        let Some(code) = error.code() else { return Err(error) };
        let helps = |policy| {
            let trial = values.trial(field);
            trial.is_ok_and(|mut trial| {
                stand_in(&mut trial, token, fault, field, &policies.with(code, policy), epoch).is_some()
            })
        };
        Err(error.with_ways(ways(code, helps)))
    }

    fn nested<'a>(
        &self,
        tokens: impl Iterator<Item = Option<&'a [u8]>>,
        column: &Column,
        report: &mut Report,
    ) -> Result<ArrayRef, (usize, Error)> {
        let mut values = ValueDecoder::new(&column.field, self.nested_rules()).map_err(|error| (0, error))?;
        for (row, token) in tokens.enumerate() {
            match token {
                None => values.append_nulls(1),
                Some(text) => values.append(text).map_err(|error| (row, error))?,
            }
        }
        values.tell(report);
        values.finish().map_err(|error| (0, error))
    }

    fn nested_rules(&self) -> Arc<ReadRules> {
        match self.repair.or(self.plan.dialect.repair.filter(|repair| *repair == Repair::Keep)) {
            None => self.plan.rules.clone(),
            repair => {
                let lenient = Leniency { repair, ..self.plan.rules.lenient };
                Arc::new(ReadRules { lenient, ..self.plan.rules.as_ref().clone() })
            }
        }
    }

    fn with_hint(&self, error: Error) -> Error {
        if self.plan.inferred {
            error.with_hint("the type was inferred from the first records; infer from all, or give it with --columns")
        } else {
            error.with_hint("give the column a type that holds its values, with --columns or --schema")
        }
    }
}

/// Appends what `policies` make of `token`, which was refused with `fault`: the codes under which it was altered, or
/// `None` if it cannot be let through so. Rounding may leave the range, which may be let through as well, and so on.
fn stand_in(
    values: &mut ValueColumn,
    token: &[u8],
    fault: Fault,
    field: &Field,
    policies: &Policies,
    epoch: Option<TimeUnit>,
) -> Option<Vec<Code>> {
    let mut altered = Vec::new();
    let mut now = (token.to_vec(), fault);
    for _ in 0..4 {
        let code = now.1.code();
        let policy = policies.get(code).filter(|_| now.1 != Fault::Room)?;
        let settled = settle_counted(policy, code, &now.0, field.data_type(), epoch)?;
        altered.push(code);
        match settled {
            Settled::Null if !field.is_nullable() => return None,
            Settled::Null => {
                values.push_null();
                return Some(altered);
            }
            Settled::Text(text) => match values.push(&text) {
                Ok(()) => return Some(altered),
                Err(fault) => now = (text, fault),
            },
        }
    }
    None
}
