//! `fmtconv schema check --data`: what schemas alone leave open is looked up in real data.

use arrow_schema::{DataType, SchemaRef};
use serde_json::{Value, json};

use super::args::SchemaCheckArguments;
use super::screen::printable;
use super::{Session, inputs::Search, render};
use crate::error::{Error, Result};
use crate::format::{Definition, ReadOptions};
use crate::input::{Input, Resolved};
use crate::pipeline::adapter::BatchReader;
use crate::schema::adapt::tally::Tally;
use crate::schema::check::{Finding, Options};
use crate::schema::load::{Language, load};
use crate::schema::type_text::field_text;

/// What the data says.
#[derive(Debug, Default)]
pub struct Outcome {
    files: Vec<File>,
}

#[derive(Debug)]
struct File {
    name: String,
    records: u64,
    columns: Vec<Column>,
    /// Why it cannot be read at all.
    refused: Option<String>,
    /// The first value that does not fit.
    first: Option<String>,
}

#[derive(Debug)]
struct Column {
    path: String,
    from: String,
    to: String,
    range: Option<(i128, i128)>,
    failed: u64,
    code: Option<&'static str>,
    by_statistics: bool,
}

/// Reads the files that were named with the new schema, and counts what does not fit.
pub fn run(session: &Session, arguments: &SchemaCheckArguments, schemas: &[Definition]) -> Result<Outcome> {
    let definition = |named: &Definition| Definition {
        message: arguments.message.clone().filter(|_| Language::of(named) == Language::Protobuf),
        ..named.clone()
    };
    let Some((new, old)) = schemas.split_last() else {
        return Err(Error::usage("there is no schema"));
    };
    let new = load(definition(new), &session.registry, &session.exec)?;
    let old = old.last().map(|path| load(definition(path), &session.registry, &session.exec)).transpose()?;
    let search = Search {
        registry: &session.registry,
        any_extension: false,
        leave_out: None,
        pipes: &session.pipes,
        cancelled: session.exec.cancel_flag(),
    };
    let mut outcome = Outcome::default();
    for found in search.find(&arguments.data, None)? {
        let input = Input { source: found.source, format: None, options: ReadOptions::default() };
        let mut input = input.resolve(&session.registry)?;
        // Text and messages were written with the old schema.
        if let Some(old) = &old {
            old.apply_to_source(&mut input)?;
        }
        outcome.files.push(look(session, &input, &new.schema)?);
    }
    Ok(outcome)
}

fn look(session: &Session, input: &Resolved, target: &SchemaRef) -> Result<File> {
    let name = input.source.name().to_string();
    let reader = input.open(&session.exec)?;
    let own = reader.schema();
    let mut file = File { name, records: 0, columns: Vec::new(), refused: None, first: None };
    let mut tally = match Tally::new(&own, target) {
        Ok(tally) => tally,
        Err(error) => {
            file.refused = Some(error.to_string());
            return Ok(file);
        }
    };
    if let Some((records, columns)) = by_statistics(input, &own, target, &tally) {
        file.records = records;
        file.columns = columns;
        return Ok(file);
    }
    let mut reader = BatchReader::new(reader, &session.exec);
    while let Some(batch) = reader.next_batch() {
        session.exec.check()?;
        tally.add(&batch?)?;
    }
    file.records = tally.records;
    file.first = tally.first.as_ref().map(ToString::to_string);
    let mut paths: Vec<String> = tally.checked().to_vec();
    paths.extend(tally.failed.keys().map(|(_, path)| path.clone()));
    paths.sort();
    paths.dedup();
    for path in paths {
        let failed: Vec<_> = tally.failed.iter().filter(|((_, failed), _)| *failed == path).collect();
        file.columns.push(Column {
            from: type_at(&own, &path),
            to: type_at(target, &path),
            range: tally.ranges.get(&path).copied(),
            failed: failed.iter().map(|(_, count)| **count).sum(),
            code: failed.first().map(|((code, _), _)| code.as_str()),
            by_statistics: false,
            path,
        });
    }
    Ok(file)
}

/// The answer from the statistics of a Parquet file, if they decide: integers within the range of the new type.
fn by_statistics(input: &Resolved, own: &SchemaRef, target: &SchemaRef, tally: &Tally) -> Option<(u64, Vec<Column>)> {
    if input.format.info().name != "parquet" {
        return None;
    }
    let facts = input.format.inspect(&input.source, &input.options).ok()?;
    let groups = facts.get("row_groups")?.as_array()?;
    let statistics = |group: &Value, path: &str, key: &str| {
        let columns = group.get("columns")?.as_array()?;
        columns.iter().find(|column| column.get("path") == Some(&json!(path)))?.get("statistics")?.get(key).cloned()
    };
    for path in tally.nulls_open() {
        let none = |group: &Value| statistics(group, path, "nulls").and_then(|nulls| nulls.as_u64()) == Some(0);
        if !groups.iter().all(none) {
            return None;
        }
    }
    let mut columns = Vec::new();
    for path in tally.checked() {
        let bounds = bounds(target.field_with_name(path).ok()?.data_type())?;
        // Statistics of unsigned columns are noted as signed ones by some writers.
        own.field_with_name(path).ok().filter(|field| field.data_type().is_signed_integer())?;
        let mut range: Option<(i128, i128)> = None;
        for group in groups {
            let whole = |key: &str| statistics(group, path, key)?.as_str()?.parse::<i128>().ok();
            let (least, most) = (whole("min")?, whole("max")?);
            range = Some(range.map_or((least, most), |range| (range.0.min(least), range.1.max(most))));
        }
        let inside = range.is_none_or(|(least, most)| bounds.0 <= least && most <= bounds.1);
        if !inside {
            return None;
        }
        columns.push(Column {
            path: path.clone(),
            from: type_at(own, path),
            to: type_at(target, path),
            range,
            failed: 0,
            code: None,
            by_statistics: true,
        });
    }
    Some((facts.get("rows")?.as_u64()?, columns))
}

fn bounds(kind: &DataType) -> Option<(i128, i128)> {
    Some(match kind {
        DataType::Int8 => (i8::MIN.into(), i8::MAX.into()),
        DataType::Int16 => (i16::MIN.into(), i16::MAX.into()),
        DataType::Int32 => (i32::MIN.into(), i32::MAX.into()),
        DataType::Int64 => (i64::MIN.into(), i64::MAX.into()),
        DataType::UInt8 => (0, u8::MAX.into()),
        DataType::UInt16 => (0, u16::MAX.into()),
        DataType::UInt32 => (0, u32::MAX.into()),
        _ => return None,
    })
}

fn type_at(schema: &SchemaRef, path: &str) -> String {
    let field = schema.field_with_name(path);
    field.map_or_else(
        |_| String::new(),
        |field| format!("{}{}", field_text(field), if field.is_nullable() { "" } else { " not null" }),
    )
}

impl Outcome {
    /// Whether all values of all files fit.
    pub fn fits(&self) -> bool {
        let fits = |file: &File| file.refused.is_none() && file.columns.iter().all(|column| column.failed == 0);
        self.files.iter().all(fits)
    }

    /// Whether the new schema will do for this data: all values fit, and findings that the data does not speak of are
    /// taken as strictly as without data.
    pub fn decides(&self, findings: &[Finding], options: &Options) -> bool {
        let looked_at = |finding: &Finding| {
            self.files.iter().flat_map(|file| &file.columns).any(|column| {
                let path = finding.path.strip_suffix(column.path.as_str());
                path.is_some_and(|before| before.is_empty() || before.ends_with('.'))
            })
        };
        let left: Vec<Finding> = findings.iter().filter(|finding| !looked_at(finding)).cloned().collect();
        self.fits() && options.compatible(&left)
    }

    /// A line for each column of each file that was looked at.
    pub fn text(&self) -> String {
        let mut out = String::new();
        for file in &self.files {
            out.push_str(&format!("data: {}: ", file.name));
            if let Some(why) = &file.refused {
                out.push_str(&format!("not read with the new schema: {why}\n"));
                continue;
            }
            out.push_str(&format!("{} records\n", render::count(file.records)));
            for Column { path, from, to, range, failed, code, by_statistics } in &file.columns {
                let types = if from == to || from.is_empty() { String::new() } else { format!("{from} → {to}: ") };
                let range = range.map_or_else(String::new, |(least, most)| {
                    format!("min {}, max {}: ", grouped(least), grouped(most))
                });
                let code = code.map_or_else(String::new, |code| format!(" [{code}]"));
                let how = if *by_statistics { ", by the statistics of the file" } else { "" };
                let verb = if *failed == 1 { "value does not fit" } else { "values do not fit" };
                out.push_str(&format!("  {path}: {types}{range}{} {verb}{code}{how}\n", render::count(*failed)));
            }
            if file.columns.is_empty() {
                out.push_str("  no value needs a check\n");
            }
            if let Some(first) = &file.first {
                out.push_str(&format!("  the first: {first}\n"));
            }
        }
        printable(&out)
    }

    /// A verdict in JSON, with what the data says.
    pub fn told(&self, verdict: &str, findings: &[Finding], options: &Options) -> Result<String> {
        let mut verdict: Value = serde_json::from_str(verdict)
            .map_err(|error| Error::internal("a verdict that is not JSON").with_cause(error))?;
        verdict["compatible"] = json!(self.decides(findings, options));
        verdict["data"] = self.json();
        Ok(format!("{verdict:#}\n"))
    }

    fn json(&self) -> Value {
        let column = |column: &Column| {
            json!({
                "path": column.path,
                "from": column.from,
                "to": column.to,
                "min": column.range.map(|(least, _)| least.to_string()),
                "max": column.range.map(|(_, most)| most.to_string()),
                "failed": column.failed,
                "code": column.code,
                "by_statistics": column.by_statistics,
            })
        };
        let file = |file: &File| {
            json!({
                "file": file.name,
                "records": file.records,
                "refused": file.refused,
                "first": file.first,
                "columns": file.columns.iter().map(column).collect::<Vec<_>>(),
            })
        };
        json!(self.files.iter().map(file).collect::<Vec<_>>())
    }
}

fn grouped(number: i128) -> String {
    let text = u64::try_from(number.unsigned_abs()).map_or_else(|_| number.unsigned_abs().to_string(), render::count);
    if number < 0 { format!("-{text}") } else { text }
}
