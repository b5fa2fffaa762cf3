//! `fmtconv count`

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
        let records = count(session, &input)?;
        total += records;
        if many && session.screen.verbose {
            progress.above(|| session.screen.line(&format!("{}: {records}", input.source.name())));
        }
    }
    drop(progress);
    screen::print(&format!("{total}\n"))?;
    Ok(0)
}

fn count(session: &Session, input: &Resolved) -> Result<u64> {
    let told = input.format.count(&input.source, &input.options);
    if let Some(records) = told.map_err(|error| match error.origin().source.is_some() {
        true => error,
        false => error.in_source(input.source.name()),
    })? {
        return Ok(records);
    }
    let mut reader = BatchReader::new(input.open(&session.exec)?, &session.exec);
    let mut records = 0;
    while let Some(batch) = reader.next_batch() {
        session.exec.check()?;
        records += batch?.records.num_rows() as u64;
    }
    Ok(records)
}
