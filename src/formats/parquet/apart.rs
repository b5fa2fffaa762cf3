//! The rows of a range told apart, for runs that set records aside: decoded once more as the crate has them, then
//! checked one by one. Text is not looked at before that either.

use std::ops::Range;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, RecordBatch, UInt32Array};
use arrow_schema::{Field, Schema};
use arrow_select::dictionary::garbage_collect_any_dictionary;
use arrow_select::take::take;

use super::footer::guarded;
use super::group::Decoded;
use super::plan::{Plan, check_rows};
use super::read::Group;
use crate::column::keys::narrow;
use crate::column::raw;
use crate::error::{Error, Result};
use crate::pipeline::aside::{Rows, Table, shown};
use crate::pipeline::{Batch, Records};

/// The rows of range `range` of a group.
///
/// # Errors
/// Damaged pages: the rows cannot be told apart then.
pub(super) fn records(group: &Group, range: usize) -> Result<Box<dyn Records>> {
    let Group { stored, plan, cuts, .. } = group;
    let (first, rows) = cuts.ranges[range];
    let columns = plan.columns_of_bytes(stored.metadata())?;
    let readers = columns.iter().map(|column| stored.again(column, cuts.batch_rows, first));
    let mut readers = readers.collect::<Result<Vec<_>>>()?;
    let mut tables: Vec<Box<dyn Table>> = Vec::new();
    let mut read = 0;
    while read < rows {
        let wanted = (rows - read).min(cuts.batch_rows as u64);
        let mut decoded = Vec::with_capacity(readers.len());
        for reader in &mut readers {
            let column = reader.next()?;
            let found = column.as_ref().map_or(0, |column| column.values.len() as u64);
            check_rows(read + found, read + wanted)?;
            decoded.extend(column);
        }
        read += wanted;
        tables.push(Box::new(Undecided { plan: plan.clone(), columns: decoded, rows: wanted as usize }));
    }
    Ok(Box::new(Rows::of(plan.announced.clone(), tables)))
}

/// Rows as the crate decodes them.
struct Undecided {
    plan: Arc<Plan>,
    columns: Vec<Decoded>,
    rows: usize,
}

impl Undecided {
    /// Some rows of a column and nothing else, not even in the children of lists: as they are decoded, and as they are
    /// in the schema.
    fn column(&self, index: usize, rows: &UInt32Array) -> Result<(ArrayRef, Result<ArrayRef>)> {
        let (Decoded { values, seconds }, column) = (&self.columns[index], &self.plan.columns[index]);
        let part = take(values, rows, None)?;
        let seconds = seconds.as_ref().map(|seconds| take(seconds, rows, None)).transpose()?;
        // Values of a dictionary that these rows do not use are not theirs.
        let used = part.as_any_dictionary_opt().map(garbage_collect_any_dictionary).transpose()?;
        let text = raw::text(used.as_ref().unwrap_or(&part), column.plain.data_type());
        let text = text.map_err(|error| error.in_column(column.name()));
        let converted = text.and_then(|text| column.finish(&text, seconds.as_ref()));
        Ok((part, converted))
    }
}

fn indices(rows: Range<usize>) -> Result<UInt32Array> {
    let index = |row: usize| u32::try_from(row).map_err(|_| Error::internal("a batch of more than 2^32 rows"));
    Ok(rows.map(index).collect::<Result<Vec<_>>>()?.into())
}

impl Table for Undecided {
    fn rows(&self) -> usize {
        self.rows
    }
    fn batch(&self, rows: Range<usize>) -> Result<Batch> {
        guarded(|| {
            let indices = indices(rows)?;
            let columns = (0..self.columns.len()).map(|index| self.column(index, &indices)?.1);
            let records = self.plan.batch(columns.collect::<Result<Vec<_>>>()?, indices.len())?;
            // Rows that have too many values for the keys of one dictionary are asked for again in parts.
            narrow(&records, &self.plan.announced).map(Batch::new)
        })
    }
    /// What cannot be converted is shown as it is stored.
    fn shown(&self, row: usize) -> String {
        let whole = guarded(|| {
            let indices = indices(row..row + 1)?;
            let (mut fields, mut columns): (Vec<Field>, Vec<ArrayRef>) = (Vec::new(), Vec::new());
            for index in 0..self.columns.len() {
                let field = self.plan.schema.field(index);
                let (stored, converted) = self.column(index, &indices)?;
                fields.push(match &converted {
                    Ok(_) => field.clone().with_nullable(true),
                    Err(_) => Field::new(field.name(), stored.data_type().clone(), true),
                });
                columns.push(converted.unwrap_or(stored));
            }
            Ok(shown(&RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)?, 0))
        });
        whole.unwrap_or_else(|_| "{}".to_owned())
    }
}
