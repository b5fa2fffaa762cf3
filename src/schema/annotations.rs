//! Metadata that says something to people or programs: what is lost where a format has no place for it.

use arrow_schema::{Field, Metadata, Schema};

use super::avsc::keys;
use crate::code::Code;

/// Prefixes of keys that restore a type or a schema and say nothing else: what they restore has codes of its own.
const MACHINERY: &[&str] = &["fmtconv.", "avro.", "proto.", "parquet.", "PARQUET:", "ARROW:", "json."];
/// Keys below those prefixes that hold what a person wrote, or a default.
const SAID: &[&str] =
    &[keys::DOC, keys::ALIASES, keys::DEFAULT, keys::DEFAULT_EXPRESSION, keys::AVRO_TYPE_DOC, keys::AVRO_TYPE_ALIASES];

/// Whether a field or a schema carries documentation, former names, a default, or keys of other programs.
pub fn says_something(metadata: &Metadata) -> bool {
    let said = |key: &str| SAID.contains(&key) || !MACHINERY.iter().any(|prefix| key.starts_with(prefix));
    metadata.keys().any(|key| said(key))
}

/// The losses of a field's metadata in a format that holds values only.
pub fn lost_in_text(field: &Field) -> Vec<Code> {
    let mut lost = Vec::new();
    if says_something(field.metadata()) {
        lost.push(Code::Meta);
    }
    if field.metadata().contains_key(keys::ENUM) {
        lost.push(Code::EnumSet);
    }
    lost
}

/// The losses of a schema's own metadata in a format that holds values only.
pub fn schema_lost_in_text(schema: &Schema) -> Vec<Code> {
    if says_something(schema.metadata()) { vec![Code::Meta] } else { Vec::new() }
}
