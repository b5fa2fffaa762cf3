//! How deep a schema that is written may be nested: no deeper than is read.

use arrow_schema::{DataType, Field, Schema};

use crate::error::{Error, Result};
use crate::schema::flatbuffer::LEVELS_MAX;

/// Fails for a schema that could not be read again.
///
/// # Errors
/// `Limit`, with the column.
pub(super) fn check(schema: &Schema) -> Result<()> {
    match schema.fields().iter().find(|field| levels(field) > LEVELS_MAX) {
        Some(field) => {
            Err(Error::limit(format!("nested more than {LEVELS_MAX} levels deep")).in_column(field.name().as_str()))
        }
        None => Ok(()),
    }
}

fn levels(field: &Field) -> usize {
    let most = |fields: &mut dyn Iterator<Item = &Field>| fields.map(levels).fold(0, usize::max);
    1 + match field.data_type() {
        DataType::Struct(fields) => most(&mut fields.iter().map(AsRef::as_ref)),
        DataType::Union(fields, _) => most(&mut fields.iter().map(|(_, field)| field.as_ref())),
        DataType::List(child)
        | DataType::LargeList(child)
        | DataType::ListView(child)
        | DataType::LargeListView(child)
        | DataType::FixedSizeList(child, _)
        | DataType::Map(child, _)
        | DataType::RunEndEncoded(_, child) => levels(child),
        DataType::Dictionary(_, value) => levels(&Field::new("", value.as_ref().clone(), true)),
        _ => 0,
    }
}
