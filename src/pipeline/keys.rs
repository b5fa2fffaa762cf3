//! Batches that were decoded with wide keys of dictionaries get those that their schema announces.

use arrow_schema::SchemaRef;

use super::stage::{Batch, Batches};
use crate::column::keys::narrowed;
use crate::error::{Error, Result};
use crate::report::Report;

/// Batches of the schema that is `decoded`, as those of `announced`: more, where a batch has more values than the keys can
/// number. They are the same but where keys are narrow.
pub(crate) fn announced(batches: Batches, decoded: &SchemaRef, announced: &SchemaRef) -> Batches {
    if decoded == announced {
        return batches;
    }
    let schema = announced.clone();
    let mut records = 0;
    Box::new(batches.flat_map(move |batch| {
        let read = batch.as_ref().map_or(0, |batch| batch.report.records_in);
        let parts = batch.and_then(|batch| split(batch, &schema).map_err(|error| error.shifted(records, 0, 0)));
        records += read;
        match parts {
            Ok(parts) => parts.into_iter().map(Ok).collect::<Vec<_>>(),
            Err(error) => vec![Err(error)],
        }
    }))
}

/// One batch, in parts if needed. What is known about it goes with the first.
fn split(batch: Batch, schema: &SchemaRef) -> Result<Vec<Batch>> {
    let Batch { records, mut report } = batch;
    let parts = narrowed(&records, schema)?;
    let rest: usize = parts.iter().skip(1).map(|part| part.num_rows()).sum();
    report.records_in = (report.records_in.checked_sub(rest as u64))
        .ok_or_else(|| Error::internal("a batch of more rows than were read"))?;
    let mut report = Some(report);
    let of = |rows: usize| Report::read(rows as u64);
    Ok(parts
        .into_iter()
        .map(|records| Batch { report: report.take().unwrap_or_else(|| of(records.num_rows())), records })
        .collect())
}

#[cfg(all(test, feature = "default"))]
mod tests;
