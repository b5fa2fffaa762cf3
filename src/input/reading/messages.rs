//! Messages on both sides: what the data is read as, the reader's schema is as well.
//!
//! A message that contains itself, unknown fields and values such as `google.protobuf.Struct` have several forms in
//! columns, which settings choose. Where both schemas are Protobuf's, the reader's has the form of the data, so that
//! neither is taken for the other.

use std::sync::Arc;

use super::super::Resolved;
use crate::error::Result;
use crate::schema::load::{Language, SchemaFile};
use crate::schema::proto::settings::read_as;
use crate::schema::proto::shape::ReadAs;
use crate::schema::proto::to_arrow;

/// The reader's schema in the forms that `input` is read in; `None`: one of them is no schema of messages.
///
/// # Errors
/// `Usage` for a setting; what reading a schema gives.
pub(super) fn alike(input: &mut Resolved, wanted: &SchemaFile) -> Result<Option<SchemaFile>> {
    let settings = &input.options.settings;
    let messages = match input.format.info().name {
        "protobuf" => true,
        "json" => settings.get("dialect") == Some("protojson"),
        _ => false,
    };
    if !messages || wanted.language != Language::Protobuf {
        return Ok(None);
    }
    if settings.get("recursion").is_none() && !is_same_message(input, wanted) {
        // Bytes of a message are not brought to another version of it; its text names its fields.
        input.options.settings.set_default("recursion", "json");
    }
    let schema = to_arrow(&wanted.definition, read_as(&input.options.settings)?)?;
    Ok(Some(SchemaFile { schema: Arc::new(schema), ..wanted.clone() }))
}

/// Whether both sides are the same message of the same schema, so that its bytes mean the same.
fn is_same_message(input: &Resolved, wanted: &SchemaFile) -> bool {
    let Some(definition) = &input.options.definition else { return false };
    let Ok(own) = to_arrow(definition, ReadAs::default()) else { return false };
    let said =
        |key: &str| own.metadata().get(key).is_some() && own.metadata().get(key) == wanted.schema.metadata().get(key);
    said("proto.message") && said("proto.descriptor_set")
}
