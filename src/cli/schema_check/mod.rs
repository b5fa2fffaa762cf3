//! `fmtconv schema check`

mod render;

use std::path::{Path, PathBuf};

use super::args::{CheckFormat, SchemaCheckArguments};
use super::{Session, pipes, schema_against, schema_data, screen};
use crate::error::{Error, ErrorKind, Result};
use crate::format::Definition;
use crate::schema::check::{Finding, Options, Schema, Severity, check_with, witness_with};

/// Errors that are shown by a record at most: each is tried with both codecs.
const WITNESSES_MAX: usize = 100;

/// Exit status 0: compatible; 1: not; errors of schemas that cannot be read count as malformed input (3).
pub fn run(session: &Session, arguments: SchemaCheckArguments) -> Result<u8> {
    let rules = &arguments.rules;
    let named = |path: &PathBuf| {
        pipes::definition(session, Definition { includes: arguments.include.clone(), ..Definition::new(path) })
    };
    let named = arguments.schemas.iter().map(named).collect::<Result<Vec<_>>>()?;
    let schemas = schema_against::schemas(&arguments, &named).map_err(unreadable)?;
    let Some((new, old)) = schemas.split_last().filter(|(_, old)| !old.is_empty()) else {
        return Err(Error::usage("two schemas are compared, an old one and a new one")
            .with_hint("fmtconv schema check OLD... NEW; or NEW --against FOLDER|fmtconv.lock"));
    };
    if let ([_, .., last, _], false) = (arguments.schemas.as_slice(), arguments.mode.transitive) {
        let (mode, last) = (arguments.mode, last.display());
        session.screen.note(&format!("compared with {last} alone; with all earlier schemas: --mode {mode}-transitive"));
    }
    let options = Options {
        strict: arguments.strict,
        no_drop: arguments.no_drop,
        assume_no_nulls: arguments.assume_no_nulls,
        map: arguments.map.clone(),
        message: arguments.message.clone(),
    };
    let mut findings = check_with(old, new, arguments.mode, rules, &options)?;
    let fits = options.compatible(&findings);
    let data = (!arguments.data.is_empty()).then(|| schema_data::run(session, &arguments, &named)).transpose()?;
    let witnesses = match arguments.witness {
        true => {
            let errors = findings.iter().filter(|finding| finding.severity == Severity::Error).count();
            if errors > WITNESSES_MAX {
                session.screen.note(&format!("witnesses of the first {WITNESSES_MAX} errors of {errors}"));
            }
            let last = findings.iter().enumerate().filter(|(_, finding)| finding.severity == Severity::Error);
            let end = last.map(|(n, _)| n + 1).nth(WITNESSES_MAX - 1).unwrap_or(findings.len());
            let tried = findings.iter().take(end);
            tried
                .map(|finding| witness_with(old, new, arguments.mode, rules, &options, finding))
                .collect::<Result<Vec<_>>>()?
        }
        false => Vec::new(),
    };
    findings.iter_mut().for_each(|finding| find_file(finding, &schemas));
    let verdict = render::Verdict {
        findings: &findings,
        witnesses: &witnesses,
        fits,
        mode: arguments.mode,
        rules,
        new: &new.name,
        several: old.len() > 1,
        color: session.screen.paints_output(),
    };
    screen::print(&match arguments.format {
        CheckFormat::Text => verdict.text(),
        CheckFormat::Json => match &data {
            Some(data) => data.told(&verdict.json(), &findings, &options)?,
            None => verdict.json(),
        },
        CheckFormat::Github => verdict.github(),
        CheckFormat::Junit => verdict.junit(),
        CheckFormat::Sarif => verdict.sarif(),
    })?;
    if arguments.format == CheckFormat::Text && fits && findings.is_empty() {
        session.screen.note(&format!("compatible: {} by rules {rules}", arguments.mode));
    }
    if let Some(data) = data {
        let decided = data.decides(&findings, &options);
        if arguments.format == CheckFormat::Text {
            let verdict = if decided { "compatible" } else { "incompatible" };
            screen::print(&format!("{}by the data: {verdict}\n", data.text()))?;
        }
        return Ok(u8::from(!decided));
    }
    Ok(u8::from(!fits))
}

/// Files of a folder are named from there: who jumps to one needs the whole path. The newest folder that has it.
fn find_file(finding: &mut Finding, schemas: &[Schema]) {
    let folders = schemas.iter().rev().map(|schema| Path::new(&*schema.name)).filter(|path| path.is_dir());
    let mut paths = folders.map(|folder| folder.join(&*finding.place.file));
    if let Some(path) = paths.find(|path| path.is_file()) {
        finding.place.file = path.to_string_lossy().into();
    }
}

/// A schema that does not compile is an input that cannot be read.
fn unreadable(error: Error) -> Error {
    if error.kind() != ErrorKind::Schema {
        return error;
    }
    let mut same = Error::malformed(error.message());
    if let Some(source) = &error.origin().source {
        same = same.in_source(source.clone());
    }
    if let Some(line) = error.origin().line {
        same = same.at_line(line);
    }
    if let Some(character) = error.origin().character {
        same = same.at_character(character);
    }
    match error.hint() {
        Some(hint) => same.with_hint(hint),
        None => same,
    }
}
