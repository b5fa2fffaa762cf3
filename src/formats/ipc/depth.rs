//! How deep a schema may be nested: one that is written no deeper than can be read, one that is read no deeper than was
//! asked for.

use arrow_schema::{DataType, Field, Schema};

use crate::column::nesting::parts;
use crate::error::{Error, Result};
use crate::schema::flatbuffer::LEVELS_MAX;

/// Fails for a schema that could not be read again.
///
/// # Errors
/// `Limit`, with the column.
pub(super) fn check(schema: &Schema) -> Result<()> {
    match schema.fields().iter().find(|field| levels(field.data_type()) > LEVELS_MAX) {
        Some(field) => {
            Err(Error::limit(format!("nested more than {LEVELS_MAX} levels deep")).in_column(field.name().as_str()))
        }
        None => Ok(()),
    }
}

/// Fails for a schema of records that are nested deeper than `depth_max`, the record itself counted.
///
/// # Errors
/// `Limit`, with the column.
pub(super) fn check_read(schema: &Schema, depth_max: usize) -> Result<()> {
    match schema.fields().iter().find(|field| record_levels(field.data_type()) > depth_max) {
        Some(field) => Err(Error::limit(format!("nested more than {depth_max} levels deep"))
            .in_column(field.name().as_str())
            .with_hint("raise the limit with --max-depth")),
        None => Ok(()),
    }
}

/// Levels of values: how they are stored is no level.
fn record_levels(data_type: &DataType) -> usize {
    let deepest = |fields: &[&Field]| fields.iter().map(|field| record_levels(field.data_type())).max().unwrap_or(0);
    match data_type {
        DataType::Dictionary(_, values) => record_levels(values),
        DataType::RunEndEncoded(_, values) => record_levels(values.data_type()),
        DataType::Map(entries, _) => match entries.data_type() {
            DataType::Struct(pair) => 1 + deepest(&pair.iter().map(AsRef::as_ref).collect::<Vec<_>>()),
            _ => 1,
        },
        other => 1 + parts(other).into_iter().map(record_levels).max().unwrap_or(0),
    }
}

fn levels(data_type: &DataType) -> usize {
    1 + parts(data_type).into_iter().map(levels).max().unwrap_or(0)
}
