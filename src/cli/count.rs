//! `fmtconv count`

use std::sync::Arc;

use arrow_schema::Schema;

use super::args::CountArguments;
use super::progress::Progress;
use super::{Session, options, screen};
use crate::error::Result;
use crate::input::Resolved;
use crate::pipeline::adapter::BatchReader;

pub fn run(session: &Session, arguments: CountArguments) -> Result<u8> {
    let inputs = options::inputs(session, &arguments.inputs, &arguments.read)?;
    let many = inputs.len() > 1;
    let progress = Progress::start(session, options::total_bytes(inputs.iter()));
    let mut total = 0;
    for input in options::resolved(session, inputs, &arguments.read, None)? {
        let records = count(session, input.clone())?;
        total += records;
        if many && session.screen.verbose {
            progress.above(|| session.screen.line(&format!("{}: {records}", input.source.name())));
        }
    }
    drop(progress);
    screen::print(&format!("{total}\n"))?;
    Ok(0)
}

fn count(session: &Session, mut input: Resolved) -> Result<u64> {
    let told = input.format.count(&input.source, &input.options);
    if let Some(records) = told.map_err(|error| match error.origin().source.is_some() {
        true => error,
        false => error.in_source(input.source.name()),
    })? {
        return Ok(records);
    }
    if has_inferred_types(&input) {
        input.source = input.source.rewindable()?.0;
        // Records that are no objects, and what is wrong with one: as it is read otherwise.
        if let Ok(records) = read(session, &without_columns(input.clone())) {
            return Ok(records);
        }
    }
    read(session, &input)
}

/// Whether records would be read twice, the first time for their types.
fn has_inferred_types(input: &Resolved) -> bool {
    let options = &input.options;
    ["csv", "json"].contains(&input.format.info().name)
        && options.schema.is_none()
        && options.columns.is_empty()
        && options.settings.get("dialect").is_none()
        && input.reader_schema.is_none()
}

/// The input read as records of no columns: they are told apart and checked, but for the types of their values.
fn without_columns(mut input: Resolved) -> Resolved {
    input.options.schema = Some(Arc::new(Schema::empty()));
    let ignored = if input.format.info().name == "csv" { "extra-columns" } else { "extra-keys" };
    input.options.settings.set(ignored, "ignore");
    input
}

fn read(session: &Session, input: &Resolved) -> Result<u64> {
    let mut reader = BatchReader::new(input.open(&session.exec)?, &session.exec);
    let mut records = 0;
    while let Some(batch) = reader.next_batch() {
        session.exec.check()?;
        records += batch?.records.num_rows() as u64;
    }
    Ok(records)
}
