//! Which schema that records came with a target cannot keep, and what changed: names of types, numbers, defaults and
//! aliases that still apply go into a new one.

use arrow_schema::{Field, Schema};

use super::avsc::{self, Names, ToArrow, keys};
use super::diff::{Change, Kind, diff};

/// Differences told at most.
const TOLD_MAX: usize = 10;

/// What is to be said when records of `schema` are written in the format called `target`, which would have kept the
/// schema that they came with; `None` if it does, or there is none.
pub(crate) fn note(target: &str, schema: &Schema) -> Option<String> {
    let (language, came) = match target {
        "avro" => ("Avro", avro(schema)?),
        #[cfg(feature = "protobuf")]
        "protobuf" => ("Protobuf", protobuf(schema)?),
        _ => return None,
    };
    let renamed: Vec<(&str, String)> = schema.fields().iter().filter_map(|field| former(field)).collect();
    let changes = diff(&came, schema);
    let changes: Vec<String> = changes.iter().filter_map(|change| text(change, &renamed)).collect();
    if changes.is_empty() {
        return None;
    }
    let told = changes.iter().take(TOLD_MAX).cloned().collect::<Vec<_>>().join("; ");
    let more = match changes.len().saturating_sub(TOLD_MAX) {
        0 => String::new(),
        more => format!("; and {more} more"),
    };
    Some(format!("the {language} schema that the records came with no longer fits and is made anew: {told}{more}"))
}

/// The columns of the Avro schema that came with the records, if they are others now.
fn avro(schema: &Schema) -> Option<Schema> {
    let text = schema.metadata().get(keys::AVRO_SCHEMA)?;
    if avsc::original(schema, true).is_some() {
        return None;
    }
    let document = avsc::parse(text, Names::Lenient).ok()?;
    avsc::document_to_arrow(&document, &ToArrow::default()).ok().map(|(schema, _)| schema)
}

#[cfg(feature = "protobuf")]
fn protobuf(schema: &Schema) -> Option<Schema> {
    use super::proto::{arrow, original};
    let (pool, message) = arrow::carried(schema)?;
    if original(schema).is_some() {
        return None;
    }
    arrow::restored_schema(&pool, message, arrow::carried_read(schema)).ok().map(|restored| restored.schema)
}

/// The name of a renamed column, and the one that it had before.
fn former(field: &Field) -> Option<(&str, String)> {
    let names: Vec<String> = serde_json::from_str(field.metadata().get(keys::FORMER)?).ok()?;
    Some((field.name(), names.into_iter().next_back()?))
}

/// `renamed`: columns and the names that they had.
fn text(change: &Change, renamed: &[(&str, String)]) -> Option<String> {
    let path = &change.path;
    match &change.kind {
        Kind::Removed(_) if renamed.iter().any(|(_, from)| from == path) => return None,
        Kind::Added(_) => {
            if let Some((name, from)) = renamed.iter().find(|(name, _)| name == path) {
                return Some(format!("{name} was {from}"));
            }
        }
        _ => {}
    }
    let null = |nullable: bool| if nullable { "nullable" } else { "not null" };
    Some(match &change.kind {
        Kind::Added(kind) => format!("{path} is new: {kind}"),
        Kind::Removed(kind) => format!("{path} is left out: {kind}"),
        Kind::Renamed { from, .. } => format!("{path} was {from}"),
        Kind::Moved { from, to } => format!("{path} moved from place {from} to {to}"),
        Kind::Symbols { added, removed } => {
            let told = |what: &str, names: &[String]| match names {
                [] => None,
                names => Some(format!("{what} {}", names.join(", "))),
            };
            let told: Vec<_> = told("added", added).into_iter().chain(told("removed", removed)).collect();
            format!("{path}: symbols of its enum: {}", told.join("; "))
        }
        Kind::Type { from, to } => format!("{path}: {from} became {to}"),
        Kind::Nullable(nullable) => format!("{path}: {} became {}", null(!nullable), null(*nullable)),
        Kind::Note { .. } => return None,
    })
}
