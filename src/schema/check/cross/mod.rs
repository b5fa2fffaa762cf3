//! Schemas in different languages: both become logical types, and no stored value may be reinterpreted or invented.
//!
//! [`logical`] is the common model; `from_avro`, `from_proto` and `from_arrow` fill it; [`relation`] compares.

mod from_arrow;
mod from_avro;
mod from_proto;
mod leaf;
pub(super) mod logical;
pub(super) mod relation;

use super::finding::Issue;
use super::given::Given;
use super::source::{Parsed, Schema};
use crate::error::{Error, Result};
use logical::Logical;

/// Whether `reader` reads what `writer` wrote, when a converter stands between them.
///
/// # Errors
/// `Usage` if a schema has no logical type, or several messages could be meant.
pub(super) fn can_read(reader: &Schema, writer: &Schema, given: &Given) -> Result<Vec<Issue>> {
    let (reader, writer) = both(reader, writer, given)?;
    given.check_names(|name| has_field(&reader, name), |name| has_field(&writer, name))?;
    Ok(relation::can_read(&reader, &writer, given))
}

/// The logical types of both.
///
/// # Errors
/// As [`can_read`].
pub(super) fn both(reader: &Schema, writer: &Schema, given: &Given) -> Result<(Logical, Logical)> {
    let name = meant(reader, writer, given);
    Ok((logical(reader, name.as_deref())?, logical(writer, name.as_deref())?))
}

/// The message that is meant: as was said, else the one that is called like the record of the other side.
fn meant(reader: &Schema, writer: &Schema, given: &Given) -> Option<String> {
    given.message.clone().or_else(|| record_name(reader)).or_else(|| record_name(writer))
}

/// The full names of the messages that are compared, where a side is Protobuf: the reader's, the writer's.
///
/// # Errors
/// As [`can_read`].
pub(super) fn messages(reader: &Schema, writer: &Schema, given: &Given) -> Result<(Option<String>, Option<String>)> {
    let hint = meant(reader, writer, given);
    let name = |schema: &Schema| match &schema.parsed {
        Parsed::Protobuf(proto) => from_proto::root_name(proto, hint.as_deref()).map(Some),
        _ => Ok(None),
    };
    Ok((name(reader)?, name(writer)?))
}

/// Whether any struct has a field of this name.
pub(super) fn has_field(logical: &Logical, name: &str) -> bool {
    logical.structs.iter().any(|found| found.fields.iter().any(|field| field.name == name))
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
        Parsed::Columns(columns) => Ok(from_arrow::logical(columns, &schema.name)),
        Parsed::JsonSchema(_) => {
            let text = schema.files.first().map_or("", |file| &file.text);
            let columns = serde_json::from_str(text)
                .map_err(|error| Error::malformed("the schema is not JSON").with_cause(error))
                .and_then(|value| crate::schema::json_schema::to_arrow(&value));
            let columns = columns.map_err(|error| error.in_source(schema.name.clone()))?;
            Ok(from_arrow::logical(&columns, &schema.name))
        }
    }
}
