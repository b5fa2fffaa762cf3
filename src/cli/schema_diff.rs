//! `fmtconv schema diff`

use std::path::Path;

use arrow_schema::SchemaRef;
use serde_json::{Value, json};

use super::args::{InputArguments, SchemaDiffArguments};
use super::pipes::{self, Named};
use super::screen::printable;
use super::{Session, options, screen};
use crate::error::Result;
use crate::format::Definition;
use crate::schema::check::{self, Rules};
use crate::schema::diff::{Change, Kind, diff};
use crate::schema::load::{Language, load};

/// Exit status 0: no difference; 1: some.
pub fn run(session: &Session, arguments: SchemaDiffArguments) -> Result<u8> {
    let changes = changes(session, &arguments)?;
    let text = match arguments.json {
        true => format!(
            "{:#}\n",
            json!({"equal": changes.is_empty(), "changes": changes.iter().map(object).collect::<Vec<_>>()})
        ),
        false => {
            let color = session.screen.paints_output();
            changes.iter().map(|change| line(change, color)).collect()
        }
    };
    if !session.screen.quiet {
        screen::print(&text)?;
    }
    if !arguments.json {
        let summary = match changes.len() {
            0 => "no difference".to_owned(),
            1 => "1 difference".to_owned(),
            count => format!("{count} differences"),
        };
        session.screen.line(&summary);
    }
    Ok(u8::from(!changes.is_empty()))
}

/// What differs: all that two Protobuf schemas declare, unless a message is named; else the columns, and what JSON Schemas
/// say beyond them.
fn changes(session: &Session, arguments: &SchemaDiffArguments) -> Result<Vec<Change>> {
    let SchemaDiffArguments { left, right, read, .. } = arguments;
    let (left_named, right_named) = (pipes::named(session, left, read)?, pipes::named(session, right, read)?);
    let both = |language: Language| match (&left_named, &right_named) {
        (Named::Schema(left), Named::Schema(right))
            if [left, right].iter().all(|one| Language::of(one) == language) =>
        {
            Some((left, right))
        }
        _ => None,
    };
    let rules = Rules::fmtconv();
    let open = |definition: &Definition| check::Schema::open_definition(definition, &rules);
    if let (Some((left, right)), None) = (both(Language::Protobuf), &read.message) {
        let (old, new) = (open(left)?, open(right)?);
        if let Some(changes) = check::declarations(&old, &new) {
            for told in check::by_name_only(&old, &new) {
                session.screen.note(&format!("{told}; add the folder that imports start from with -I FOLDER"));
            }
            return Ok(changes);
        }
    }
    let constrained = match both(Language::JsonSchema) {
        Some((left, right)) => Some((open(left)?, open(right)?)),
        None => None,
    };
    let old = schema_of(session, left, left_named, arguments)?;
    let new = schema_of(session, right, right_named, arguments)?;
    let mut changes = diff(&old, &new);
    if let Some((left, right)) = constrained {
        for change in check::constraints(&left, &right).unwrap_or_default() {
            let told =
                changes.iter().any(|known| known.path == change.path && matches!(known.kind, Kind::Symbols { .. }));
            // Symbols of enums are columns' own.
            if !(told && matches!(&change.kind, Kind::Note { key, .. } if key == "enum")) {
                changes.push(change);
            }
        }
    }
    Ok(changes)
}

/// The schema in a schema file, or of a data file.
fn schema_of(session: &Session, path: &Path, named: Named, arguments: &SchemaDiffArguments) -> Result<SchemaRef> {
    let read = &arguments.read;
    let inputs = match named {
        Named::Schema(definition) => return Ok(load(definition, &session.registry, &session.exec)?.schema),
        Named::Stream(input) => vec![*input],
        Named::Path => options::inputs(session, &InputArguments::of([path.to_path_buf()]), read)?,
    };
    let inputs = options::resolved(session, inputs, read, None)?;
    Ok(crate::input::open_all(inputs, &session.exec)?.schema())
}

fn line(change: &Change, color: bool) -> String {
    let path = printable(&change.path);
    let null = |nullable: bool| if nullable { "nullable" } else { "not null" };
    let said = |text: &Option<String>| text.as_ref().map_or_else(|| "nothing".to_owned(), |text| printable(text));
    let (sign, style, text) = match &change.kind {
        Kind::Added(kind) => ("+", "32", format!("{path}: {kind}")),
        Kind::Removed(kind) => ("-", "31", format!("{path}: {kind}")),
        Kind::Renamed { from, sure } => {
            let guess = if *sure { "" } else { ", as it seems" };
            (">", "36", format!("{path}: renamed from {}{guess}", printable(from)))
        }
        Kind::Moved { from, to } => (">", "36", format!("{path}: moved from place {from} to {to}")),
        Kind::Symbols { added, removed } => {
            let signed = |sign: &str, names: &[String]| -> Vec<String> {
                names.iter().map(|name| format!("{sign}{}", printable(name))).collect()
            };
            let names = [signed("+", added), signed("-", removed)].concat().join(" ");
            ("~", "33", format!("{path}: enum: {names}"))
        }
        Kind::Type { from, to } => ("~", "33", format!("{path}: {from} → {to}")),
        Kind::Nullable(nullable) => ("~", "33", format!("{path}: {} → {}", null(!nullable), null(*nullable))),
        Kind::Note { key, from, to } => {
            ("~", "33", format!("{path}: {}: {} → {}", printable(key), said(from), said(to)))
        }
    };
    match color {
        true => format!("\x1b[{style}m{sign} {text}\x1b[0m\n"),
        false => format!("{sign} {text}\n"),
    }
}

fn object(change: &Change) -> Value {
    let mut object = match &change.kind {
        Kind::Added(kind) => json!({"change": "added", "to": kind}),
        Kind::Removed(kind) => json!({"change": "removed", "from": kind}),
        Kind::Renamed { from, sure } => json!({"change": "renamed", "from": from, "sure": sure}),
        Kind::Moved { from, to } => json!({"change": "moved", "from": from, "to": to}),
        Kind::Symbols { added, removed } => json!({"change": "symbols", "added": added, "removed": removed}),
        Kind::Type { from, to } => json!({"change": "type", "from": from, "to": to}),
        Kind::Nullable(nullable) => json!({"change": "nullable", "from": !nullable, "to": nullable}),
        Kind::Note { key, from, to } => json!({"change": "note", "key": key, "from": from, "to": to}),
    };
    object["path"] = json!(change.path);
    object
}
