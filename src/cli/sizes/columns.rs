//! What each column takes: written alone, in every format, with the usual compression of the format.

use std::sync::Arc;

use arrow_array::{RecordBatch, RecordBatchOptions};
use arrow_schema::{Schema, SchemaRef};
use serde_json::{Value, json};

use super::{Chosen, Counted};
use crate::cli::{Session, render};
use crate::error::{Error, Result};
use crate::output::Output;
use crate::pipeline::adapter::Memory;
use crate::schema::plan::plan;

/// Bytes of each column in each format.
pub(super) struct ByColumn {
    /// Names of the formats.
    pub formats: Vec<String>,
    /// Name of the column, and its bytes in each format; `None` where it cannot be written.
    pub columns: Vec<(String, Vec<Option<u64>>)>,
}

/// Writes each column of `batches` alone in each of `formats`.
///
/// # Errors
/// What writing gives, but for columns that a format cannot hold.
pub(super) fn measure(
    session: &Session,
    formats: &[Chosen],
    schema: &SchemaRef,
    batches: &[RecordBatch],
) -> Result<ByColumn> {
    let mut columns = Vec::with_capacity(schema.fields().len());
    for (index, field) in schema.fields().iter().enumerate() {
        let alone = Arc::new(Schema::new(vec![field.clone()]));
        let batches = batches.iter().map(|batch| {
            let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
            Ok(RecordBatch::try_new_with_options(alone.clone(), vec![batch.column(index).clone()], &options)?)
        });
        let batches = batches.collect::<Result<Vec<_>>>()?;
        let sizes = formats.iter().map(|format| {
            session.exec.check()?;
            size(session, format, &alone, batches.clone()).map_err(|error| error.in_column(field.name()))
        });
        columns.push((field.name().clone(), sizes.collect::<Result<Vec<_>>>()?));
    }
    Ok(ByColumn { formats: formats.iter().map(|chosen| chosen.name.clone()).collect(), columns })
}

fn size(session: &Session, chosen: &Chosen, schema: &SchemaRef, batches: Vec<RecordBatch>) -> Result<Option<u64>> {
    let scratch = tempfile::tempdir().map_err(|error| Error::io("cannot create a temporary folder", error))?;
    let (format, options) = (chosen.format, chosen.options(scratch.path()));
    if plan(schema, format, &options).check().is_err() {
        return Ok(None);
    }
    let reader = Memory::new(schema.clone(), batches.into_iter().map(Ok));
    let sink = format.create(Output::writer("sizes", Counted), schema.clone(), &options)?;
    match sink.drain(Box::new(reader), Vec::new(), &session.exec) {
        Ok(report) => Ok(Some(report.bytes_out)),
        // A value that the format does not hold.
        Err(error) if error.code().is_some() => Ok(None),
        Err(error) => Err(error),
    }
}

impl ByColumn {
    /// One line for each column.
    pub(super) fn as_table(&self) -> String {
        let header: Vec<&str> = std::iter::once("column").chain(self.formats.iter().map(String::as_str)).collect();
        let right: Vec<usize> = (1..header.len()).collect();
        let lines = self.columns.iter().map(|(name, sizes)| {
            let sizes = sizes.iter().map(|size| size.map_or_else(|| "–".to_owned(), render::count));
            std::iter::once(crate::cli::screen::printable(name)).chain(sizes).collect()
        });
        format!("{}bytes of each column, written alone\n", render::table(&header, lines, &right))
    }

    /// The same as JSON.
    pub(super) fn as_json(&self) -> Value {
        let columns = self.columns.iter().map(|(name, sizes)| {
            let bytes: serde_json::Map<String, Value> =
                self.formats.iter().zip(sizes).map(|(format, size)| (format.clone(), json!(size))).collect();
            json!({"column": name, "bytes": bytes})
        });
        columns.collect()
    }
}
