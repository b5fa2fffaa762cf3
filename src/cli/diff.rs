//! `fmtconv diff`

use std::path::PathBuf;

use serde_json::json;
use serde_json::value::RawValue;

use super::args::{DiffArguments, InputArguments};
use super::progress::Progress;
use super::{Session, losses, options, render, screen};
use crate::error::{Error, Result};
use crate::proof::diff::{Change, Difference, Flow, Options, Side, Summary, Value, diff_counted};
use crate::report::Tally;

pub fn run(session: &Session, arguments: DiffArguments) -> Result<u8> {
    let named = |path: &PathBuf| options::inputs(session, &InputArguments::of([path.clone()]), &arguments.read);
    let mut inputs = named(&arguments.left)?;
    let lefts = inputs.len();
    inputs.extend(named(&arguments.right)?);
    let selection = options::selection(&arguments.selection)?;
    let options = Options { key: options::names(&arguments.key)?, window: arguments.window, sort_bytes: None };
    let progress = Progress::start(session, options::total_bytes(inputs.iter()));
    let mut left = options::resolved(session, inputs, &arguments.read, None)?;
    options::as_records(&mut left);
    let right = left.split_off(lefts);
    let side = |inputs| {
        let (reader, steps, _) = options::reader(session, inputs, &selection)?;
        Ok::<_, Error>(Side { reader, steps })
    };
    let (left, right) = (side(left)?, side(right)?);
    let known = [&left, &right].map(|side| losses::known(&side.reader.report()));
    let mut both = known.concat();
    both.sort();
    both.dedup();
    progress.above(|| losses::say_known(session, &both));
    let tallies = <[Tally; 2]>::default();
    let names = [&arguments.left, &arguments.right].map(|path| screen::printable(&path.to_string_lossy()));
    let limit = arguments.limit.unwrap_or(u64::MAX);
    let (mut told, mut types) = (0, false);
    let summary = diff_counted(left, right, &options, &session.exec, &tallies, |difference| {
        let is_type = matches!(difference, Difference::Type { .. });
        types |= is_type;
        if session.screen.quiet {
            // Only the exit status is asked for.
            return Ok(if is_type { Flow::Continue } else { Flow::Stop });
        }
        if told < limit {
            let text = if arguments.json { json_line(&difference)? } else { lines(&difference, &names) };
            progress.above(|| screen::print(&text))?;
            told += u64::from(!is_type);
        }
        Ok(Flow::Continue)
    })?;
    drop(progress);
    for ((tally, known), name) in tallies.iter().zip(&known).zip([&arguments.left, &arguments.right]) {
        losses::say_found(session, Some(&name.to_string_lossy()), &tally.report(), known);
    }
    if arguments.json {
        if !session.screen.quiet {
            screen::print(&format!("{}\n", summary_json(&summary)))?;
        }
    } else {
        session.screen.line(&summary_line(&summary));
        if types && !summary.is_equal() {
            session.screen.note(
                "types differ: a text format can be read with the types of the other input: --schema FILE, or --columns",
            );
        }
    }
    Ok(u8::from(!summary.is_equal()))
}

/// A difference for people. Records count from one.
fn lines(difference: &Difference, [a, b]: &[String; 2]) -> String {
    match difference {
        Difference::Column { name, left: Some(text), .. } => {
            format!("column {}: {text}, only in {a}\n", screen::printable(name))
        }
        Difference::Column { name, right, .. } => {
            let text = right.as_deref().unwrap_or_default();
            format!("column {}: {text}, only in {b}\n", screen::printable(name))
        }
        Difference::Type { name, left, right } => format!("type {}: {left} → {right}\n", screen::printable(name)),
        Difference::Changed { left, right, key, changes } => {
            let numbers =
                if left == right { (left + 1).to_string() } else { format!("{} → {}", left + 1, right + 1) };
            let mut text = format!("~ record {numbers}");
            for (name, value) in key {
                text.push_str(&format!(", {}={}", screen::printable(name), shown(value)));
            }
            text.push('\n');
            for Change { path, left, right } in changes {
                let value = |value: &Option<Value>| value.as_ref().map_or("(absent)".to_owned(), shown);
                text.push_str(&format!("    {}: {} → {}\n", screen::printable(path), value(left), value(right)));
            }
            text
        }
        Difference::Removed { left, record } => format!("- record {}: {}\n", left + 1, shown(&object(record))),
        Difference::Added { right, record } => format!("+ record {}: {}\n", right + 1, shown(&object(record))),
    }
}

fn shown(value: &Value) -> String {
    screen::printable(&value.to_string())
}

fn object(record: &[(String, Value)]) -> Value {
    Value::Object(record.iter().map(|(name, value)| (Some(name.clone()), value.clone())).collect())
}

/// A value as it is shown, which is JSON.
fn raw(value: &Value) -> Result<Box<RawValue>> {
    RawValue::from_string(value.to_string())
        .map_err(|error| Error::internal("a value is not shown as JSON").with_cause(error))
}

#[derive(serde::Serialize)]
struct ChangeLine<'a> {
    path: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    left: Option<Box<RawValue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    right: Option<Box<RawValue>>,
}

#[derive(serde::Serialize)]
struct RecordLine<'a> {
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    left: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    right: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<Box<RawValue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    changes: Option<Vec<ChangeLine<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    record: Option<Box<RawValue>>,
}

/// A difference for programs, as a line. A side that has no value at a path has no member for it.
fn json_line(difference: &Difference) -> Result<String> {
    let empty = RecordLine { kind: "", left: None, right: None, key: None, changes: None, record: None };
    let line = match difference {
        Difference::Column { name, left, right } => {
            return Ok(format!("{}\n", json!({"kind": "column", "column": name, "left": left, "right": right})));
        }
        Difference::Type { name, left, right } => {
            return Ok(format!("{}\n", json!({"kind": "type", "column": name, "left": left, "right": right})));
        }
        Difference::Changed { left, right, key, changes } => {
            let value = |value: &Option<Value>| value.as_ref().map(raw).transpose();
            let changes = changes
                .iter()
                .map(|Change { path, left, right }| Ok(ChangeLine { path, left: value(left)?, right: value(right)? }));
            let key = if key.is_empty() { None } else { Some(raw(&object(key))?) };
            let changes = Some(changes.collect::<Result<_>>()?);
            RecordLine { kind: "changed", left: Some(left + 1), right: Some(right + 1), key, changes, ..empty }
        }
        Difference::Removed { left, record } => {
            RecordLine { kind: "removed", left: Some(left + 1), record: Some(raw(&object(record))?), ..empty }
        }
        Difference::Added { right, record } => {
            RecordLine { kind: "added", right: Some(right + 1), record: Some(raw(&object(record))?), ..empty }
        }
    };
    let text = serde_json::to_string(&line).map_err(|error| Error::internal("cannot print JSON").with_cause(error))?;
    Ok(format!("{text}\n"))
}

fn summary_json(summary: &Summary) -> serde_json::Value {
    json!({
        "kind": "summary",
        "equal": summary.is_equal(),
        "left_records": summary.left,
        "right_records": summary.right,
        "columns": summary.columns,
        "equal_records": summary.equal,
        "changed": summary.changed,
        "removed": summary.removed,
        "added": summary.added,
        "repeated_keys": summary.repeated_keys,
    })
}

fn summary_line(summary: &Summary) -> String {
    let mut line = format!(
        "{} and {} records: {} equal, {} changed, {} removed, {} added",
        render::count(summary.left),
        render::count(summary.right),
        render::count(summary.equal),
        render::count(summary.changed),
        render::count(summary.removed),
        render::count(summary.added)
    );
    if summary.columns > 0 {
        line.push_str(&format!(", {} columns on one side only", summary.columns));
    }
    if summary.repeated_keys > 0 {
        line.push_str(&format!("; {} records repeat a key", render::count(summary.repeated_keys)));
    }
    line
}
