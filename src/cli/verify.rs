//! `fmtconv verify`

use serde_json::json;

use super::args::VerifyArguments;
use super::progress::Progress;
use super::{Session, losses, options, render, screen};
use crate::error::{Error, Result};
use crate::input::Input;
use crate::proof::damage::{Examined, examine};
use crate::report::Report;

pub fn run(session: &Session, arguments: VerifyArguments) -> Result<u8> {
    let inputs = options::inputs(session, &arguments.inputs, &arguments.read)?;
    let progress = Progress::start(session, options::total_bytes(inputs.iter()));
    let (mut damaged, mut status) = (0, 0);
    let count = inputs.len();
    for input in inputs {
        let name = input.source.name();
        let found = one(session, input, &arguments);
        session.exec.check()?;
        match found {
            Ok(found) => {
                damaged += u64::from(!found.faults.is_empty());
                let text =
                    if arguments.json { json_line(&name, &found) } else { lines(&name, &found, arguments.limit) };
                progress.above(|| screen::print(&text))?;
                let report = Report { losses: found.losses, ..Report::default() };
                progress.above(|| losses::say_found(session, Some(&name), &report, &[]));
            }
            // Nothing is known about the file; the others are looked at all the same.
            Err(error) => {
                let error = if error.origin().source.is_some() { error } else { error.in_source(name.clone()) };
                status = if status == 0 { error.kind().exit_code() } else { status };
                if arguments.json {
                    let facts = json!({"file": &*name, "status": "unknown", "error": screen::error_json(&error)});
                    progress.above(|| screen::print(&format!("{facts}\n")))?;
                } else {
                    progress.above(|| session.screen.error(&error));
                }
            }
        }
    }
    drop(progress);
    if count > 1 && damaged > 0 {
        session.screen.line(&format!("{damaged} of {} files are damaged", render::count(count as u64)));
    }
    Ok(if damaged > 0 { 1 } else { status })
}

fn one(session: &Session, input: Input, arguments: &VerifyArguments) -> Result<Examined> {
    let resolved = options::resolved(session, vec![input], &arguments.read, None)?;
    let input = resolved.first().ok_or_else(|| Error::internal("an input got lost"))?;
    examine(input, &session.exec)
}

fn lines(name: &str, found: &Examined, limit: usize) -> String {
    let name = screen::one_line(name);
    if found.faults.is_empty() {
        return format!("{name}: ok, {}\n", render::records(found.records));
    }
    let count = found.faults.len();
    let least = if found.more { "at least " } else { "" };
    let plural = if count == 1 { "fault" } else { "faults" };
    let mut text = format!("{name}: damaged, {least}{} {plural}\n", render::count(count as u64));
    for fault in found.faults.iter().take(limit) {
        text.push_str(&format!("    {}\n", screen::printable(&fault.to_string()).replace('\n', " ")));
    }
    if count > limit {
        text.push_str(&format!("    and {} more\n", render::count((count - limit) as u64)));
    }
    text
}

fn json_line(name: &str, found: &Examined) -> String {
    let faults: Vec<_> = found.faults.iter().map(screen::error_json).collect();
    let status = if faults.is_empty() { "ok" } else { "damaged" };
    format!(
        "{}\n",
        json!({
            "file": name,
            "status": status,
            "records": found.records,
            "losses": losses::facts(&Report { losses: found.losses.clone(), ..Report::default() }),
            "faults": faults,
            "more": found.more,
        })
    )
}
