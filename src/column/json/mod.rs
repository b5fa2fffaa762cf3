//! JSON text ⇄ values of Arrow columns, strict RFC 8259.
//!
//! Read in this order: [`cursor`] (tokens), [`text`] (whole values: skip, copy without blanks, check), [`build`] (one
//! value into a column builder), [`mod@write`] (one row of a column to text). The JSON format and cells of other text
//! formats stand on these; nothing here knows of files, records or threads.

pub mod build;
pub mod cursor;
pub mod fit;
pub mod string;
pub mod text;
pub mod write;

pub use build::{ExtraKeys, ReadRules, ValueDecoder};
pub use cursor::Cursor;
pub use write::{NonFinite, RecordWriter, UnionStyle, ValueWriter, WriteRules};

use arrow_schema::Field;

/// Metadata key of a field's extension type.
pub const EXTENSION_NAME: &str = "ARROW:extension:name";

/// Whether the text of a column is JSON (extension type `arrow.json`).
pub fn is_json_text(field: &Field) -> bool {
    field.metadata().get(EXTENSION_NAME).is_some_and(|name| name == "arrow.json")
}

/// Whether a column of 16 bytes holds UUIDs (extension type `arrow.uuid`).
pub fn is_uuid(field: &Field) -> bool {
    field.metadata().get(EXTENSION_NAME).is_some_and(|name| name == "arrow.uuid")
}
