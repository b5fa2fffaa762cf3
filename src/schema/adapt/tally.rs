//! How many values of real data do not fit another schema: what a check of schemas alone leaves open.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::*;
use arrow_array::{Array, ArrayRef};
use arrow_schema::{DataType, Field, FieldRef, Fields, Schema, SchemaRef};

use super::Adapt;
use super::fit::integer;
use crate::code::Code;
use crate::error::Result;
use crate::pipeline::{Batch, Transform};
use crate::policy::{Allowance, Policies, Policy};

/// Marks fields that take no null, while nulls in them are counted instead of refused.
pub(super) const COUNTED: &str = "fmtconv.counted";

/// Counts values that do not fit.
#[derive(Debug)]
pub struct Tally {
    adapt: Adapt,
    strict: Adapt,
    /// Values that do not fit, by code and column path.
    pub failed: BTreeMap<(Code, String), u64>,
    /// The least and the greatest integer of columns that are checked.
    pub ranges: BTreeMap<String, (i128, i128)>,
    /// The first value that does not fit, as a conversion would tell it.
    pub first: Option<crate::Error>,
    /// Records looked at.
    pub records: u64,
}

impl Tally {
    /// For data of `source`, to be read as `target`.
    ///
    /// # Errors
    /// Those of [`Adapt::new`]: no value can be read so.
    pub fn new(source: &Schema, target: &SchemaRef) -> Result<Tally> {
        let strict = Adapt::new(source, target)?;
        let fields: Fields = target.fields().iter().map(lenient).collect();
        let lenient = Arc::new(Schema::new_with_metadata(fields, target.metadata().clone()));
        let mut policies = Policies::default();
        for code in Code::ALL.iter().copied().filter(|code| Policy::Null.takes(*code)) {
            policies.set(Allowance { code, policy: Policy::Null });
        }
        policies.set(Allowance { code: Code::Utf8, policy: Policy::Replace });
        let adapt = Adapt::new(source, &lenient)?.with_policies(policies);
        let (failed, ranges) = (BTreeMap::new(), BTreeMap::new());
        Ok(Tally { adapt, strict, failed, ranges, first: None, records: 0 })
    }

    /// Paths of values that are checked one by one.
    pub fn checked(&self) -> &[String] {
        self.strict.checked()
    }

    /// Paths of values that may be null in the data, but not in the target.
    pub fn nulls_open(&self) -> &[String] {
        &self.strict.nulls
    }

    /// Looks at a batch.
    ///
    /// # Errors
    /// What cannot be counted: lists of a wrong length.
    pub fn add(&mut self, batch: &Batch) -> Result<()> {
        for path in self.strict.checked() {
            let column = batch.records.schema().index_of(path).ok().map(|at| batch.records.column(at).clone());
            if let Some((least, most)) = column.as_ref().and_then(range) {
                let range = self.ranges.entry(path.clone()).or_insert((least, most));
                *range = (range.0.min(least), range.1.max(most));
            }
        }
        let mut counted = batch.clone();
        counted.report.losses.clear();
        let mut losses = self.adapt.apply(counted)?.report.losses;
        losses.retain(|(code, _), _| !code.is_note());
        if !losses.is_empty() && self.first.is_none() {
            self.first = self.strict.apply(batch.clone()).err().map(|error| error.shifted(self.records, 0, 0));
        }
        for (key, count) in losses {
            *self.failed.entry(key).or_default() += count;
        }
        self.records += batch.records.num_rows() as u64;
        Ok(())
    }
}

/// A field that takes nulls, and counts them if it should not.
fn lenient(field: &FieldRef) -> FieldRef {
    let inner = |field: &FieldRef| lenient(field);
    let data_type = match field.data_type() {
        DataType::Struct(fields) => DataType::Struct(fields.iter().map(inner).collect()),
        DataType::List(item) => DataType::List(inner(item)),
        DataType::LargeList(item) => DataType::LargeList(inner(item)),
        DataType::FixedSizeList(item, size) => DataType::FixedSizeList(inner(item), *size),
        DataType::Map(entries, sorted) => match entries.data_type() {
            DataType::Struct(pair) if pair.len() == 2 => {
                let fields = Fields::from(vec![pair[0].clone(), inner(&pair[1])]);
                let entries = entries.as_ref().clone().with_data_type(DataType::Struct(fields));
                DataType::Map(Arc::new(entries), *sorted)
            }
            _ => field.data_type().clone(),
        },
        other => other.clone(),
    };
    let mut metadata = field.metadata().clone();
    if !field.is_nullable() {
        metadata.insert(COUNTED.to_owned(), String::new());
    }
    Arc::new(Field::new(field.name(), data_type, true).with_metadata(metadata))
}

/// The least and the greatest of a column of integers.
fn range(column: &ArrayRef) -> Option<(i128, i128)> {
    integer(column.data_type())?;
    macro_rules! of {
        ($($arrow:ident)*) => {
            match column.data_type() {
                $(kind if *kind == $arrow::DATA_TYPE => {
                    let values = column.as_primitive::<$arrow>().iter().flatten().map(i128::from);
                    values.fold(None, |range: Option<(i128, i128)>, value| match range {
                        None => Some((value, value)),
                        Some((least, most)) => Some((least.min(value), most.max(value))),
                    })
                })*
                _ => None,
            }
        };
    }
    of!(Int8Type Int16Type Int32Type Int64Type UInt8Type UInt16Type UInt32Type UInt64Type)
}
