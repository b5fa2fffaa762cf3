//! The rows of a range told apart, for runs that set records aside: decoded once more as the crate has them, then
//! checked one by one. Text is not looked at before that either.

use std::ops::Range;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::{ArrayRef, RecordBatch, UInt32Array};
use arrow_schema::{Field, Schema};
use arrow_select::dictionary::garbage_collect_any_dictionary;
use arrow_select::take::take_record_batch;

use super::footer::guarded;
use super::lanes::Lanes;
use super::plan::{Plan, check_rows};
use super::read::{Group, next_decoded};
use crate::column::raw;
use crate::error::{Error, Result};
use crate::pipeline::aside::{Rows, Table, shown};
use crate::pipeline::{Batch, Records};

/// The rows of range `range` of a group.
///
/// # Errors
/// Damaged pages: the rows cannot be told apart then.
pub(super) fn records(group: &Group, range: usize) -> Result<Box<dyn Records>> {
    let (stored, plan) = (&group.stored, &group.plan);
    let levels = plan.levels_of_bytes(&stored.metadata)?;
    let open = |rows| stored.readers_of(plan, &levels, group.batch_rows, rows);
    let mut readers = Lanes::aside(range, &group.ranges, open)?;
    let mut tables: Vec<Box<dyn Table>> = Vec::new();
    let mut read = 0;
    while let Some((values, seconds)) = guarded(|| next_decoded(&mut readers))? {
        read += values.num_rows() as u64;
        tables.push(Box::new(Decoded { plan: plan.clone(), values, seconds }));
    }
    check_rows(read, group.ranges[range].1)?;
    Ok(Box::new(Rows::of(plan.schema.clone(), tables)))
}

/// Rows as the crate decodes them.
struct Decoded {
    plan: Arc<Plan>,
    values: RecordBatch,
    /// INT96 once more.
    seconds: Option<RecordBatch>,
}

impl Decoded {
    /// Some of the rows and nothing else, not even in the children of lists.
    fn part(&self, rows: Range<usize>) -> Result<(RecordBatch, Option<RecordBatch>)> {
        let index = |row: usize| u32::try_from(row).map_err(|_| Error::internal("a batch of more than 2^32 rows"));
        let indices: UInt32Array = rows.map(index).collect::<Result<Vec<_>>>()?.into();
        let seconds = self.seconds.as_ref().map(|seconds| take_record_batch(seconds, &indices)).transpose()?;
        Ok((take_record_batch(&self.values, &indices)?, seconds))
    }

    fn column(&self, index: usize, values: &RecordBatch, seconds: Option<&RecordBatch>) -> Result<ArrayRef> {
        let (column, wanted) = (values.column(index), &self.plan.wanted[index]);
        // Values of a dictionary that these rows do not use are not theirs.
        let used = column.as_any_dictionary_opt().map(garbage_collect_any_dictionary).transpose()?;
        let text = raw::text(used.as_ref().unwrap_or(column), wanted.data_type());
        let text = text.map_err(|error| error.in_column(wanted.name()))?;
        self.plan.column(index, &text, seconds)
    }
}

impl Table for Decoded {
    fn rows(&self) -> usize {
        self.values.num_rows()
    }
    fn batch(&self, rows: Range<usize>) -> Result<Batch> {
        guarded(|| {
            let (values, seconds) = self.part(rows)?;
            let columns = (0..values.num_columns()).map(|index| self.column(index, &values, seconds.as_ref()));
            let columns = columns.collect::<Result<Vec<_>>>().map_err(Error::as_it_stands)?;
            self.plan.batch(columns, values.num_rows()).map(Batch::new)
        })
    }
    /// What cannot be converted is shown as it is stored.
    fn shown(&self, row: usize) -> String {
        let whole = guarded(|| {
            let (values, seconds) = self.part(row..row + 1)?;
            let columns = (0..values.num_columns()).map(|index| match self.column(index, &values, seconds.as_ref()) {
                Ok(column) => (self.plan.schema.field(index).clone(), column),
                Err(_) => (values.schema_ref().field(index).clone(), values.column(index).clone()),
            });
            let (fields, columns): (Vec<Field>, Vec<ArrayRef>) = columns.unzip();
            let fields: Vec<Field> = fields.into_iter().map(|field| field.with_nullable(true)).collect();
            Ok(shown(&RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)?, 0))
        });
        whole.unwrap_or_else(|_| "{}".to_owned())
    }
}
