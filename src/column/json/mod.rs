//! JSON text ⇄ values of Arrow columns, strict RFC 8259.
//!
//! Read in this order: [`scan`] (kernels), [`cursor`] (tokens), [`members`] (keys as they came last time), [`text`] (whole values: skip, copy without blanks, check), [`build`] (one
//! value into a column builder), [`mod@write`] (one row of a column to text). The JSON format and cells of other text
//! formats stand on these; nothing here knows of files, records or threads.

pub mod build;
pub mod cursor;
pub mod fit;
pub mod kinds;
pub mod members;
pub mod scan;
pub mod string;
pub mod text;
pub mod write;

pub use build::{EXTRA, ExtraKeys, ReadRules, ValueDecoder};
pub use cursor::{Cursor, Leniency};
pub use kinds::{ambiguous_unions, kinds_are_distinct};
pub use write::{
    BytesStyle, DEPTH_LIMIT, NonFinite, NumberStyle, RecordShape, RecordWriter, UnionStyle, ValueWriter, WriteRules,
};

use std::sync::Arc;

use arrow_schema::{DataType, Field, FieldRef, Schema};

use super::nesting::with_fields;

/// Metadata key of a field's extension type.
pub const EXTENSION_NAME: &str = "ARROW:extension:name";

/// Whether the text of a column is JSON (extension type `arrow.json`).
pub fn is_json_text(field: &Field) -> bool {
    field.metadata().get(EXTENSION_NAME).is_some_and(|name| name == "arrow.json")
}

/// Whether a JSON text is `null`, which is a value and not the absence of one.
pub fn is_json_null(text: &[u8]) -> bool {
    let blank = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\n' | b'\r');
    match text {
        b"null" => true,
        [b'n' | b' ' | b'\t' | b'\n' | b'\r', ..] => {
            let start = text.iter().position(|byte| !blank(byte)).unwrap_or(text.len());
            let end = text.iter().rposition(|byte| !blank(byte)).map_or(start, |last| last + 1);
            text.get(start..end) == Some(b"null")
        }
        _ => false,
    }
}

/// Extension name of VARIANT: a struct of its metadata, its value and, shredded, its typed value.
pub const VARIANT: &str = "arrow.parquet.variant";

/// Whether a column holds variants.
pub fn is_variant(field: &Field) -> bool {
    field.metadata().get(EXTENSION_NAME).is_some_and(|name| name == VARIANT) && is_variant_layout(field.data_type())
}

/// Whether a struct is laid out as a variant: its metadata, and a value or, shredded, a typed one.
pub fn is_variant_layout(data_type: &DataType) -> bool {
    let DataType::Struct(fields) = data_type else { return false };
    let named = |name: &str| fields.iter().find(|field| field.name() == name);
    let bytes =
        |field: &FieldRef| matches!(field.data_type(), DataType::Binary | DataType::LargeBinary | DataType::BinaryView);
    fields.first().is_some_and(|field| !field.data_type().is_nested())
        && named("metadata").is_some_and(bytes)
        && named("value").is_none_or(bytes)
        && fields.iter().any(|field| matches!(field.name().as_str(), "value" | "typed_value"))
        && fields.iter().all(|field| matches!(field.name().as_str(), "metadata" | "value" | "typed_value"))
}

/// A nullable column of variants, each in one piece.
pub fn variant(name: &str) -> Field {
    let bytes = |name: &str| Field::new(name, DataType::Binary, false);
    let fields = [bytes("metadata"), bytes("value")].into_iter().map(Arc::new).collect();
    let metadata = std::collections::HashMap::from([(EXTENSION_NAME.to_owned(), VARIANT.to_owned())]);
    Field::new(name, DataType::Struct(fields), true).with_metadata(metadata)
}

/// The schema that text is read with where it is to become records of `schema`: a variant is in one piece, however the
/// records had it shredded.
pub fn read_schema(schema: &Schema) -> Schema {
    let fields: Vec<Field> = schema.fields().iter().map(|field| read_field(field)).collect();
    Schema::new_with_metadata(fields, schema.metadata().clone())
}

fn read_field(field: &Field) -> Field {
    if is_variant(field) {
        let is_shredded = |data_type: &DataType| match data_type {
            DataType::Struct(fields) => fields.iter().any(|field| field.name() == "typed_value"),
            _ => false,
        };
        return match is_shredded(field.data_type()) {
            true => variant(field.name()).with_nullable(field.is_nullable()),
            false => field.clone(),
        };
    }
    let data_type = with_fields(field.data_type(), |_, child| Arc::new(read_field(child)));
    field.clone().with_data_type(data_type)
}

/// Metadata key of a field that some of the records read had and others had not.
pub const ABSENT: &str = "fmtconv.absent";

/// Metadata key of what a binary column stands for.
const LOGICAL: &str = "fmtconv.logical";

/// Whether a binary column holds the bytes of text that need not be UTF-8, not text that encodes bytes.
pub fn is_raw_text(field: &Field) -> bool {
    field.metadata().get(LOGICAL).is_some_and(|logical| logical == "text")
}

/// A nullable column of the bytes of text.
pub fn raw_text(name: &str) -> Field {
    let metadata = std::collections::HashMap::from([(LOGICAL.to_owned(), "text".to_owned())]);
    Field::new(name, arrow_schema::DataType::Binary, true).with_metadata(metadata)
}

/// Whether a column of 16 bytes holds UUIDs (extension type `arrow.uuid`).
pub fn is_uuid(field: &Field) -> bool {
    field.metadata().get(EXTENSION_NAME).is_some_and(|name| name == "arrow.uuid")
}
