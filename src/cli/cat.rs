//! `fmtconv cat`

use std::io::IsTerminal;

use super::args::{CatArguments, LossArguments};
use super::convert::refuse_bytes_on_terminal;
use super::progress::Progress;
use super::{Session, options, records, render, screen};
use crate::code::Code;
use crate::convert::Convert;
use crate::error::{Error, ErrorKind, Result};
use crate::pipeline::adapter::BatchReader;
use crate::policy::{Policies, value_way};

/// Records of one table on the screen: column widths are found over so many.
const BLOCK: usize = 500;

pub fn run(session: &Session, arguments: CatArguments) -> Result<u8> {
    let inputs = options::inputs(session, &arguments.inputs, &arguments.read)?;
    let selection = options::selection(&arguments.selection)?;
    if arguments.write.to.is_none() && std::io::stdout().is_terminal() {
        let inputs = options::resolved(session, inputs, &arguments.read, None)?;
        let (reader, steps, schema) = options::reader(session, inputs, &selection)?;
        let left_out = reader.report().losses.into_keys().filter(|(code, _)| code.is_schema_level());
        say_losses(session, &left_out.collect::<Vec<_>>());
        for batch in BatchReader::new(reader, &session.exec) {
            let mut batch = crate::pipeline::Batch::new(batch.map_err(|error| told_convert(error.into()))?);
            for step in &steps {
                batch = step.apply(batch).map_err(told_convert)?;
            }
            let rows = batch.records.num_rows();
            for begin in (0..rows).step_by(BLOCK) {
                let block = batch.records.slice(begin, BLOCK.min(rows - begin));
                screen::print(&records::table(session, &schema, vec![block])?)?;
            }
        }
        return Ok(0);
    }
    let total = options::total_bytes(inputs.iter());
    let mut target = options::target(None, true, &arguments.write)?;
    target.format.get_or_insert_with(|| "ndjson".to_owned());
    refuse_bytes_on_terminal(&target, &session.registry)?;
    let conversion = Convert::many(inputs).to(target);
    let loss = LossArguments { strict: false, allow: Vec::new() };
    let schemas = options::schemas(session, &arguments.read, arguments.write.to_schema.as_deref())?;
    let prepared = options::conversion(conversion, session, &arguments.read, &selection, &schemas, &loss).prepare()?;
    for note in prepared.notes() {
        session.screen.note(note);
    }
    say_losses(session, &prepared.losses());
    let progress = Progress::start(session, total);
    let report = prepared.run_plainly();
    drop(progress);
    let report = report.map_err(told_convert)?;
    // Values that were altered are told always.
    if session.screen.verbose || report.losses.keys().any(|(code, _)| code.is_value_level()) {
        session.screen.line(&render::closing_line(&report, session.begun.elapsed()));
    }
    Ok(0)
}

/// An error of a value that does not fit, with what lets it through: `convert` takes that.
pub fn told_convert(error: Error) -> Error {
    if error.kind() != ErrorKind::Value || !error.code().is_some_and(Code::is_value_level) {
        return error;
    }
    let way = value_way(&error, &Policies::default()).map(|way| format!("{way}; or "));
    let convert = format!("with fmtconv convert, {}set such records aside: --rejects FILE", way.unwrap_or_default());
    let hint = error.hint().map_or_else(|| convert.clone(), |hint| format!("{hint}; or {convert}"));
    error.with_hint(hint)
}

/// As `convert` says them, before the first record.
pub fn say_losses(session: &Session, losses: &[(Code, String)]) {
    if !losses.is_empty() {
        session.screen.note(&format!("losses known from the schemas: {}", render::by_code(losses.iter())));
    }
}
