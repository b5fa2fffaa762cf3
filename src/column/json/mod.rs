//! JSON text ⇄ values of Arrow columns, strict RFC 8259.
//!
//! Read in this order: [`scan`] (kernels), [`cursor`] (tokens), [`text`] (whole values: skip, copy without blanks, check), [`build`] (one
//! value into a column builder), [`mod@write`] (one row of a column to text). The JSON format and cells of other text
//! formats stand on these; nothing here knows of files, records or threads.

pub mod block;
pub mod build;
pub mod cursor;
pub mod fit;
pub mod kinds;
pub mod scan;
pub mod string;
pub mod text;
pub mod write;

pub use build::{EXTRA, ExtraKeys, ReadRules, ValueDecoder};
pub use cursor::{Cursor, Leniency};
pub use kinds::{ambiguous_unions, kinds_are_distinct};
pub use write::{BytesStyle, NonFinite, NumberStyle, RecordShape, RecordWriter, UnionStyle, ValueWriter, WriteRules};

use arrow_schema::Field;

/// Metadata key of a field's extension type.
pub const EXTENSION_NAME: &str = "ARROW:extension:name";

/// Whether the text of a column is JSON (extension type `arrow.json`).
pub fn is_json_text(field: &Field) -> bool {
    field.metadata().get(EXTENSION_NAME).is_some_and(|name| name == "arrow.json")
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
