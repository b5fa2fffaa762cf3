//! Arrow schemas as flatbuffers: how deep they may be nested.

use arrow_schema::{DataType, Field, Schema};
use flatbuffers::VerifierOptions;

use crate::error::{Error, Result};

/// Fields in fields, at most. The 64 of the library are fewer than a record of JSON may have.
const LEVELS_MAX: usize = 1000;
/// What stands around the fields: the message or the footer, the schema.
const AROUND: usize = 8;

/// How a flatbuffer is checked before anything of it is believed.
pub fn verifier() -> VerifierOptions {
    VerifierOptions { max_depth: LEVELS_MAX + AROUND, ..VerifierOptions::default() }
}

/// Fails for a schema that could not be read again.
///
/// # Errors
/// `Limit`, with the column.
#[cfg(feature = "ipc")]
pub fn check_depth(schema: &Schema) -> Result<()> {
    match schema.fields().iter().find(|field| levels(field) > LEVELS_MAX) {
        Some(field) => {
            Err(Error::limit(format!("nested more than {LEVELS_MAX} levels deep")).in_column(field.name().as_str()))
        }
        None => Ok(()),
    }
}

#[cfg(feature = "ipc")]
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
