//! `--report`: the facts of a run as JSON.

use std::fs::File;
use std::io::{Read, Write};
use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};

use super::render::is_note;
use crate::error::Result;
use crate::output::{Output, OutputFile};
use crate::report::Report;

/// Counts, losses and notes.
pub fn facts(report: &Report, duration: Duration) -> Value {
    let entries = |notes: bool| -> Vec<Value> {
        let chosen = report.losses.iter().filter(|((code, _), _)| is_note(*code) == notes);
        chosen
            .map(|((code, column), count)| {
                json!({"code": code.as_str(), "column": column, "count": count, "meaning": code.meaning()})
            })
            .collect()
    };
    let verified = report.verified.as_ref().map(|verified| {
        let not_compared = verified.not_compared.iter();
        let not_compared = not_compared.map(|(code, column)| json!({"code": code.as_str(), "column": column}));
        json!({"records": verified.records, "differences": 0, "not_compared": not_compared.collect::<Vec<_>>()})
    });
    json!({
        "records_in": report.records_in,
        "records_out": report.records_out,
        "rejected": report.rejected,
        "skipped": report.skipped,
        "altered": altered(report),
        "set_aside": set_aside(report),
        "bytes_in": report.bytes_in,
        "bytes_out": report.bytes_out,
        "seconds": duration.as_secs_f64(),
        "losses": entries(false),
        "notes": entries(true),
        "verified": verified,
    })
}

/// Values that a policy changed, by code and column.
fn altered(report: &Report) -> Value {
    let chosen = report.losses.iter().filter(|((code, _), _)| code.is_value_level());
    let by_column: Vec<_> = chosen
        .clone()
        .map(|((code, column), count)| json!({"code": code.as_str(), "column": column, "count": count}))
        .collect();
    json!({"count": chosen.map(|(_, count)| count).sum::<u64>(), "by_column": by_column})
}

/// Records that were rejected or skipped, by code and column.
fn set_aside(report: &Report) -> Value {
    let by_column: Vec<_> = (report.set_aside.iter())
        .map(
            |((code, column), count)| json!({"code": code.map(|code| code.as_str()), "column": column, "count": count}),
        )
        .collect();
    json!({"count": report.rejected + report.skipped, "by_column": by_column})
}

/// How the facts of a run begin, of one that failed, and of one whose output was closed.
const HEADS: [&[u8]; 3] = [b"{\n  \"records_in\": ", b"{\n  \"status\": \"failed\"", b"{\n  \"status\": \"closed\""];

/// The file of `--report`, opened before the run: nobody is to learn behind it that there is no place for the facts.
/// Those of an earlier run may be replaced without being asked.
pub fn open(path: &Path, overwrite: bool) -> Result<OutputFile> {
    match path.as_os_str() == "-" {
        true => Output::stdout().open(),
        false => Output::path(path).overwrite(overwrite || is_report(path)).open(),
    }
}

fn is_report(path: &Path) -> bool {
    // A pipe is not looked into: whoever reads it waits for what is written to it.
    if !path.is_file() {
        return false;
    }
    let mut head = Vec::new();
    let read = File::open(path).and_then(|file| file.take(64).read_to_end(&mut head));
    read.is_ok() && HEADS.iter().any(|known| head.starts_with(known))
}

/// Writes the facts.
pub fn write(mut file: OutputFile, facts: &Value) -> Result<()> {
    writeln!(file, "{facts:#}").map_err(|error| file.error(error))?;
    file.commit()?;
    Ok(())
}
