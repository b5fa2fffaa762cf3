//! The `.proto` schema language: reading definitions, messages as Arrow schemas, Arrow schemas as messages.
//!
//! * [`load`]: `.proto` files with imports, descriptor sets → [`pool`], the resolved types.
//! * [`shape`]: a message unfolded into a tree of columns; [`arrow`]: that tree as an Arrow schema.
//! * [`generate`]: an Arrow schema as a message; [`text`]: descriptors as `.proto` text.
//!
//! * [`editions`]: features of editions; [`parse`]: our own reader of `.proto` text, with the place of every
//!   declaration.

pub mod arrow;
pub mod editions;
pub mod generate;
mod google;
pub mod load;
pub mod parse;
pub mod pool;
pub mod settings;
pub mod shape;
#[cfg(test)]
mod tests;
pub mod text;

use arrow_schema::{DataType, Fields, Schema};

use crate::error::Result;
use crate::format::Definition;
use pool::Pool;
use shape::ReadAs;

/// The Arrow schema that messages of a definition are read as.
///
/// # Errors
/// Those of [`load::load`] and [`shape::record`].
pub fn to_arrow(definition: &Definition, read: ReadAs) -> Result<Schema> {
    let loaded = load::load(definition)?;
    let (_, schema) = arrow::schema_of(&loaded.pool, loaded.message, read)?;
    Ok(schema)
}

/// The `.proto` text of a message for records of a schema: the original, if the schema carries it, it still
/// applies, and it is one file; else a generated one with a message called `name`.
///
/// # Errors
/// Those of [`generate::generate`].
pub fn from_arrow(schema: &Schema, name: &str) -> Result<String> {
    if let Some((pool, _)) = original(schema)
        && let Some(text) = original_text(&pool)
    {
        return Ok(text);
    }
    Ok(generate::generate(schema.fields(), name)?.text)
}

/// The types and the message that a schema was read from, if it says so and was not changed since.
pub fn original(schema: &Schema) -> Option<(Pool, usize)> {
    let (pool, message) = arrow::carried(schema)?;
    let record = shape::record(&pool, message, arrow::carried_read(schema)).ok()?;
    same(&arrow::fields(&pool, &record), schema.fields()).then_some((pool, message))
}

/// The text of the only file that is not built in, if it is proto2 or proto3.
pub fn original_text(pool: &Pool) -> Option<String> {
    let mut own = pool.set.file.iter().enumerate().filter(|(_, file)| !google::is_built_in(file.name()));
    match (own.next(), own.next()) {
        // What editions say is only in the descriptors.
        (Some((index, file)), None) if pool.edition(index).is_none() => Some(text::file(file)),
        _ => None,
    }
}

/// Whether columns have the same names, types and nullability.
fn same(left: &Fields, right: &Fields) -> bool {
    left.len() == right.len()
        && left.iter().zip(right).all(|(left, right)| {
            left.name() == right.name()
                && left.is_nullable() == right.is_nullable()
                && same_type(left.data_type(), right.data_type())
        })
}

fn same_type(left: &DataType, right: &DataType) -> bool {
    match (left, right) {
        (DataType::Struct(left), DataType::Struct(right)) => same(left, right),
        (DataType::List(left), DataType::List(right)) => {
            left.is_nullable() == right.is_nullable() && same_type(left.data_type(), right.data_type())
        }
        (DataType::Map(left, _), DataType::Map(right, _)) => same_type(left.data_type(), right.data_type()),
        _ => left == right,
    }
}
