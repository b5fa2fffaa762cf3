//! Columns of JSON text in the Parquet schema.

use std::sync::Arc;

use arrow_schema::extension::{EXTENSION_TYPE_METADATA_KEY, EXTENSION_TYPE_NAME_KEY, ExtensionType, Json};
use arrow_schema::{FieldRef, Schema};

use crate::column::nesting::with_fields;

/// The schema with JSON columns as the crate knows them, at any depth: by the metadata of the extension type too, which
/// is empty and often left out.
pub(super) fn known(schema: &Schema) -> Schema {
    let fields: Vec<FieldRef> = schema.fields().iter().map(known_field).collect();
    Schema::new_with_metadata(fields, schema.metadata().clone())
}

fn known_field(field: &FieldRef) -> FieldRef {
    let inner = with_fields(field.data_type(), |_, field| known_field(field));
    let mut field = field.as_ref().clone().with_data_type(inner);
    let metadata = field.metadata_mut();
    if metadata.get(EXTENSION_TYPE_NAME_KEY).is_some_and(|name| name == Json::NAME)
        && !metadata.contains_key(EXTENSION_TYPE_METADATA_KEY)
    {
        metadata.insert(EXTENSION_TYPE_METADATA_KEY, "");
    }
    Arc::new(field)
}
