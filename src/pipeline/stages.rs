//! What batches go through between decoding and encoding, and whether each stage gives what it announced: readers and
//! steps may come from other crates, and encoders rely on types without a look.

mod nulls;

use std::sync::Arc;

use arrow_array::{Array, RecordBatch};
use arrow_schema::{DataType, SchemaRef};

#[cfg(feature = "ipc")]
pub(crate) use self::nulls::first as first_null;
use super::stage::{Batch, Steps, Transform};
use crate::code::Code;
use crate::error::{Error, Result};

/// A reader's schema and the steps behind it.
#[derive(Clone)]
pub(crate) struct Stages {
    read: Announced,
    steps: Arc<[(Arc<dyn Transform>, Announced)]>,
}

/// What the batches of a stage are to be.
#[derive(Clone)]
struct Announced {
    schema: SchemaRef,
    /// The columns in which nulls may be hidden.
    suspects: Arc<[usize]>,
}

impl Announced {
    fn new(schema: SchemaRef) -> Self {
        Announced { suspects: nulls::suspects(&schema).into(), schema }
    }
}

impl Stages {
    /// Batches of `read` go through `steps`, in order.
    pub fn new(read: SchemaRef, steps: Steps) -> Self {
        let steps = steps.into_iter().map(|step| {
            let announced = Announced::new(step.schema());
            (step, announced)
        });
        Stages { read: Announced::new(read), steps: steps.collect() }
    }

    /// The schema behind all steps; `None`: there are none.
    pub fn stepped(&self) -> Option<&SchemaRef> {
        self.steps.last().map(|(_, announced)| &announced.schema)
    }

    /// The schema of what is written.
    pub fn written(&self) -> SchemaRef {
        self.stepped().unwrap_or(&self.read.schema).clone()
    }

    /// Batches after all steps. The record in an error counts in its batch: shifted to count in all of them.
    pub fn batches<I>(&self, batches: I) -> impl Iterator<Item = Result<Batch>> + Send + use<I>
    where
        I: Iterator<Item = Result<Batch>> + Send,
    {
        let stages = self.clone();
        let mut records = 0;
        batches.map(move |batch| {
            let batch = batch?;
            let read = batch.report.records_in;
            let batch = stages.batch(batch).map_err(|error| error.shifted(records, 0, 0))?;
            records += read;
            Ok(batch)
        })
    }

    fn batch(&self, mut batch: Batch) -> Result<Batch> {
        check("the reader", &batch.records, &self.read)?;
        for (step, announced) in self.steps.iter() {
            let before = counts(&batch);
            batch = step.apply(batch)?;
            check("a step", &batch.records, announced)?;
            if before != counts(&batch) {
                return Err(Error::usage("a step lost count of the records of a batch")
                    .with_hint("make the batch with Batch::with_records, which counts those that are left out"));
            }
        }
        Ok(batch)
    }
}

/// What no step may change: records and lines that were read, records that are written or known to be left out.
fn counts(batch: &Batch) -> [u64; 3] {
    let Batch { records, report } = batch;
    [report.records_in, report.lines, records.num_rows() as u64 + report.skipped + report.rejected]
}

/// Fails if a batch has other columns than `who` announced, or nulls where that has none.
fn check(who: &str, records: &RecordBatch, Announced { schema: announced, suspects }: &Announced) -> Result<()> {
    let found = records.schema_ref();
    let wrong = |what: String| {
        Err(Error::schema(format!("{who} gave {what}"))
            .with_hint("its batches must have the columns of the schema that it announces"))
    };
    if !Arc::ptr_eq(found, announced) {
        if found.fields().len() != announced.fields().len() {
            return wrong(format!("{} columns, but announced {}", found.fields().len(), announced.fields().len()));
        }
        for (found, announced) in found.fields().iter().zip(announced.fields()) {
            if found.name() != announced.name() {
                return wrong(format!("the column {:?} where it announced {:?}", found.name(), announced.name()));
            }
            if !is_layout_of(found.data_type(), announced.data_type()) {
                let (found, of) = (found.data_type(), announced.data_type());
                return wrong(format!("{found}, but announced {of}"))
                    .map_err(|error| error.in_column(announced.name()));
            }
        }
    }
    let shown = announced.fields().iter().zip(records.columns()).find_map(|(field, column)| {
        let nulls = column.nulls().filter(|nulls| !field.is_nullable() && nulls.null_count() > 0)?;
        Some(((0..nulls.len()).find(|row| nulls.is_null(*row))?, field.name().clone()))
    });
    match shown.or_else(|| nulls::first(records, announced, suspects)) {
        None => Ok(()),
        Some((row, path)) => {
            let error = Error::value(Code::Null, "null in a column that has none").in_column(&path);
            Err(error.as_it_stands().at_record(row as u64))
        }
    }
}

/// Whether a column may be `found` where `announced` is: the same, or a layout that the reader was asked to keep
/// ([`Reader::keep_dictionaries`](super::Reader::keep_dictionaries) and its like).
fn is_layout_of(found: &DataType, announced: &DataType) -> bool {
    match (found, announced) {
        (DataType::Dictionary(_, values), DataType::Utf8) => **values == DataType::Utf8,
        (DataType::Utf8View, DataType::Utf8) => true,
        (DataType::RunEndEncoded(_, values), announced) if !matches!(announced, DataType::RunEndEncoded(..)) => {
            values.data_type().equals_datatype(announced)
        }
        _ => found.equals_datatype(announced),
    }
}

#[cfg(test)]
mod tests;
