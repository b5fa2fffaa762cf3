//! `fmtconv cat`

use std::io::IsTerminal;

use super::args::{CatArguments, LossArguments};
use super::convert::refuse_bytes_on_terminal;
use super::progress::Progress;
use super::{Session, losses, options, records, render, screen};
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
        let known = losses::known(&reader.report());
        losses::say_known(session, &known);
        let mut batches = BatchReader::new(reader, &session.exec);
        while let Some(batch) = batches.next_batch() {
            let mut batch = batch.map_err(told_convert)?;
            for step in &steps {
                batch = step.apply(batch).map_err(told_convert)?;
            }
            let rows = batch.records.num_rows();
            for begin in (0..rows).step_by(BLOCK) {
                let block = batch.records.slice(begin, BLOCK.min(rows - begin));
                screen::print(&records::table(session, &schema, vec![block])?)?;
            }
        }
        losses::say_found(session, None, batches.report(), &known);
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
    let known = prepared.losses();
    losses::say_known(session, &known);
    let progress = Progress::start(session, total);
    let report = prepared.run_plainly();
    drop(progress);
    let report = report.map_err(told_convert)?;
    // Values that were altered are told always.
    if session.screen.verbose || losses::is_more(&report, &known) {
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
