//! Protobuf: proto2, proto3 and editions.
//!
//! * [`parse`]: text to declarations with places; [`resolve`]: names, types and features.
//! * [`buf`]: buf's rules as a table; [`registry`]: what Confluent, Karapace and Apicurio decide; [`meaning`]: whether
//!   bytes and ProtoJSON keep their meaning.

pub(super) mod buf;
mod differences;
mod lexer;
mod meaning;
mod model;
mod parse;
mod ranges;
mod registry;
mod resolve;

use super::finding::{Issue, Severity, Side};
use super::rules::RuleSet;
use super::source::SourceText;
use crate::error::Result;
pub(super) use differences::differences;
pub(super) use lexer::Span;
pub(super) use model::{Field, Message};
pub(super) use resolve::{Cardinality, In, Kind, Schema, full, json_name};

impl Schema {
    /// Parses the files of a schema called `name`, and those that they may import.
    pub fn parse(name: &str, files: &[SourceText], imports: &[SourceText]) -> Result<Schema> {
        let named = matches!(files, [file] if *file.name == *name);
        let parsed = |files: &[SourceText]| files.iter().map(parse::parse).collect::<Result<Vec<_>>>();
        Schema::resolve(parsed(files)?, parsed(imports)?, named)
    }
}

/// The names of the files that a file imports.
pub(super) fn imports(file: &SourceText) -> Result<Vec<String>> {
    Ok(parse::parse(file)?.imports)
}

pub(super) fn can_read(reader: &Schema, writer: &Schema, rules: &RuleSet) -> Result<Vec<Issue>> {
    match rules {
        RuleSet::Buf(chosen) => Ok(buf::check(reader, writer, chosen)),
        RuleSet::Karapace => Ok(registry::karapace(reader, writer)),
        RuleSet::Apicurio => Ok(registry::apicurio(reader, writer)),
        RuleSet::Confluent => Ok(meaning::can_read(reader, writer, meaning::CONFLUENT)),
        RuleSet::ProtoWire => Ok(meaning::can_read(reader, writer, meaning::WIRE)),
        RuleSet::ProtoJson => Ok(meaning::can_read(reader, writer, meaning::JSON)),
        RuleSet::Table => Ok(meaning::can_read(reader, writer, meaning::TABLE)),
        _ => Ok(meaning::can_read(reader, writer, meaning::FMTCONV)),
    }
    .map(|mut issues| {
        if matches!(rules, RuleSet::Fmtconv | RuleSet::ProtoWire | RuleSet::ProtoJson) {
            issues.extend(unknown(reader, writer));
        }
        issues
    })
}

/// The rule of types in files that were not found.
pub(super) const IMPORT_MISSING: &str = "proto-import-missing";

/// What could not be compared: types in files that were not found. Files that lack the same are told once, at the first
/// field of each side.
pub(super) fn unknown(reader: &Schema, writer: &Schema) -> Vec<Issue> {
    let mut told: Vec<(String, Vec<&str>, Issue)> = Vec::new();
    for (schema, of_reader) in [(reader, true), (writer, false)] {
        for (field, missing) in schema.unknown_types() {
            let missing = missing.join(", ");
            let side = Side::new(field.kind_span.place(&field.file.name), &*field.kind);
            let known = match told.iter().position(|(other, ..)| *other == missing) {
                Some(known) => known,
                None => {
                    let path = match field.parent.and_then(|parent| field.file.messages.get(parent)) {
                        Some(message) => format!("{}.{}", full(field.file, &message.nested), field.name),
                        None => field.name.clone(),
                    };
                    told.push((missing, Vec::new(), Issue::error(IMPORT_MISSING, path, "")));
                    told.len() - 1
                }
            };
            let (_, types, issue) = &mut told[known];
            let kind = field.item.kind.trim_start_matches('.');
            if !types.contains(&kind) {
                types.push(kind);
            }
            let told_side = if of_reader { &mut issue.reader } else { &mut issue.writer };
            if told_side.place.is_none() {
                *told_side = side;
            }
        }
    }
    let told = told.into_iter().map(|(missing, types, issue)| {
        let kinds = match types.as_slice() {
            [one] => format!("type {one} is"),
            several => format!("types {} are", several.join(", ")),
        };
        let message = format!("{kinds} compared by name only: {missing} was not found");
        Issue { message, ..issue }
            .severity(Severity::Warning)
            .hint("add the folder that imports start from with -I FOLDER")
    });
    told.collect()
}
