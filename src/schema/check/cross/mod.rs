//! Schemas in different languages: both become logical types, and no stored value may be reinterpreted or invented.
//!
//! [`logical`] is the common model; `from_avro` and `from_proto` fill it; [`relation`] compares.

mod from_avro;
mod from_proto;
mod leaf;
mod logical;
mod relation;

use super::finding::Issue;
use super::source::{Parsed, Schema};
use crate::error::{Error, Result};
use logical::Logical;

/// Whether `reader` reads what `writer` wrote, when a converter stands between them.
///
/// # Errors
/// `Usage` if a schema has no logical type, or several messages could be meant.
pub(super) fn can_read(reader: &Schema, writer: &Schema) -> Result<Vec<Issue>> {
    let hint = [record_name(reader), record_name(writer)].into_iter().flatten().next();
    let reader = logical(reader, hint.as_deref())?;
    let writer = logical(writer, hint.as_deref())?;
    Ok(relation::can_read(&reader, &writer))
}

/// The name of the record at the root, which says which message of the other side is meant.
fn record_name(schema: &Schema) -> Option<String> {
    match &schema.parsed {
        Parsed::Avro(avro) => avro.record_name(),
        _ => None,
    }
}

fn logical(schema: &Schema, name: Option<&str>) -> Result<Logical> {
    match &schema.parsed {
        Parsed::Avro(avro) => Ok(from_avro::logical(avro)),
        Parsed::Protobuf(proto) => {
            from_proto::logical(proto, name).map_err(|error| error.in_source(schema.name.clone()))
        }
        Parsed::JsonSchema(_) => Err(Error::usage("JSON Schema is compared with JSON Schema only")
            .in_source(schema.name.clone())
            .with_hint("give two schemas in the same language")),
    }
}
