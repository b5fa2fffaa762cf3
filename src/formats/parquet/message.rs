//! A Parquet message type as text, `message order { required int64 id; optional binary note (STRING); }`: the columns of
//! a file with that schema.

use std::sync::Arc;

use arrow_schema::SchemaRef;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;

use super::read::ParquetReader;
use crate::error::{Error, Result};
use crate::format::ReadOptions;
use crate::pipeline::Reader;
use crate::source::Source;

/// Groups in groups at most: the parser calls itself.
const DEPTH_MAX: usize = 64;

/// The columns as a file of this type is read.
///
/// # Errors
/// `Malformed` if the text is no message type; those of reading a file.
pub(super) fn columns(text: &str) -> Result<SchemaRef> {
    let mut depth = 0usize;
    for byte in text.bytes() {
        match byte {
            b'{' => depth += 1,
            b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > DEPTH_MAX {
            return Err(Error::limit(format!("a Parquet message type nested more than {DEPTH_MAX} deep")));
        }
    }
    let bad = |error: parquet::errors::ParquetError| {
        Error::malformed(format!("not a Parquet message type: {error}"))
            .with_hint("fields are `required|optional|repeated TYPE NAME (ANNOTATION);`")
    };
    let message = parse_message_type(text).map_err(bad)?;
    // A file without rows goes through everything that decides what a column becomes.
    let mut file = Vec::new();
    let properties = Arc::new(WriterProperties::builder().build());
    SerializedFileWriter::new(&mut file, Arc::new(message), properties)
        .and_then(|writer| writer.close())
        .map_err(bad)?;
    Ok(ParquetReader::open(&Source::bytes("the message type", file), &ReadOptions::default())?.schema())
}
