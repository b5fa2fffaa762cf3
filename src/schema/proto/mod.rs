//! The `.proto` schema language: reading definitions, messages as Arrow schemas, Arrow schemas as messages.
//!
//! * [`load`]: `.proto` files with imports, descriptor sets → [`pool`], the resolved types.
//! * [`shape`]: a message unfolded into a tree of columns; [`arrow`]: that tree as an Arrow schema.
//! * [`hint`], [`restore`]: options that remember Arrow types, and what they make of the columns.
//! * [`generate`]: an Arrow schema as a message; [`text`]: descriptors as `.proto` text.
//!
//! * [`foreign`]: what Java's parquet-protobuf says of the columns that it wrote.
//! * [`editions`]: features of editions; [`parse`]: our own reader of `.proto` text, with the place of every
//!   declaration; `entries`: maps in options in one order.

pub mod arrow;
pub mod editions;
mod entries;
pub mod foreign;
pub mod generate;
mod google;
pub mod hint;
pub mod load;
pub mod parse;
pub mod pool;
pub mod restore;
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
    Ok(arrow::restored_schema(&loaded.pool, loaded.message, read)?.schema)
}

/// The `.proto` text of a message for records of a schema: the original, if the schema carries it, it still
/// applies, it is one file, and `choices` asks for no syntax; else a generated one.
///
/// # Errors
/// Those of [`generate::generate`].
pub fn from_arrow(schema: &Schema, choices: &generate::Choices) -> Result<String> {
    if let Some((pool, _)) = original(schema).filter(|_| choices.syntax.is_none())
        && let Some(text) = original_text(&pool)
    {
        return Ok(text);
    }
    Ok(generate::generate(schema, choices)?.text)
}

/// The types and the message that a schema was read from, if it says so and was not changed since.
pub fn original(schema: &Schema) -> Option<(Pool, usize)> {
    let (pool, message) = arrow::carried(schema)?;
    let read = arrow::carried_read(schema);
    let restored = arrow::restored_schema(&pool, message, read).ok()?;
    let pool = if read.ignore_hints { pool.without_hints() } else { pool };
    same(restored.schema.fields(), schema.fields()).then_some((pool, message))
}

/// The schema of before that the metadata of a schema carries: numbers stay after columns were left out or renamed.
pub fn carried_before(schema: &Schema) -> Option<generate::Before> {
    let (pool, message) = arrow::carried(schema)?;
    // No file is promised anything: a column of another type gets another number.
    Some(generate::Before { pool, message, renames: Vec::new(), renumber: true, is_of_columns: true })
}

/// Whether the text of a file says what the descriptors say: it comes from metadata, which anyone may have written.
fn is_text_of(text: &str, pool: &Pool) -> bool {
    let Some(file) = pool.set.file.iter().find(|file| !google::is_built_in(file.name())) else { return false };
    let parsed = load::parse_text(file.name(), text);
    let own = |pool: &Pool, name: &str| {
        let index = pool.set.file.iter().position(|file| file.name() == name)?;
        Some((index, pool.edition(index).cloned()))
    };
    let editions = |parsed: &Pool| own(parsed, file.name()).map(|(_, edition)| edition);
    let same = |found: &prost_types::FileDescriptorProto| {
        found.package == file.package
            && found.message_type == file.message_type
            && found.enum_type == file.enum_type
            && found.extension == file.extension
    };
    parsed.is_ok_and(|parsed| {
        editions(&parsed) == editions(pool)
            && parsed.set.file.iter().any(|found| found.name() == file.name() && same(found))
    })
}

/// The text of the only file that is not built in: as it was written; else made of its descriptors.
pub fn original_text(pool: &Pool) -> Option<String> {
    if pool.text.is_some() {
        return pool.text.clone();
    }
    let mut own = pool.set.file.iter().enumerate().filter(|(_, file)| !google::is_built_in(file.name()));
    match (own.next(), own.next()) {
        (Some((index, file)), None) => Some(text::file(file, pool.edition(index))),
        _ => None,
    }
}

/// The text of every file of a pool that is not built in, by its name: made of its descriptors.
pub fn texts(pool: &Pool) -> Vec<(String, String)> {
    let own = pool.set.file.iter().enumerate().filter(|(_, file)| !google::is_built_in(file.name()));
    own.map(|(index, file)| (file.name().to_owned(), text::file(file, pool.edition(index)))).collect()
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

/// Whether types are the same, whatever their children are called and remember.
pub(crate) fn same_type(left: &DataType, right: &DataType) -> bool {
    match (left, right) {
        (DataType::Struct(left), DataType::Struct(right)) => same(left, right),
        (DataType::List(left), DataType::List(right)) => {
            left.is_nullable() == right.is_nullable() && same_type(left.data_type(), right.data_type())
        }
        (DataType::LargeList(left), DataType::LargeList(right))
        | (DataType::ListView(left), DataType::ListView(right))
        | (DataType::LargeListView(left), DataType::LargeListView(right)) => {
            left.is_nullable() == right.is_nullable() && same_type(left.data_type(), right.data_type())
        }
        (DataType::FixedSizeList(left, size), DataType::FixedSizeList(right, other)) => {
            size == other && left.is_nullable() == right.is_nullable() && same_type(left.data_type(), right.data_type())
        }
        (DataType::Map(left, _), DataType::Map(right, _)) => match (left.data_type(), right.data_type()) {
            (DataType::Struct(left), DataType::Struct(right)) => {
                left.len() == right.len()
                    && left.iter().zip(right).all(|(left, right)| {
                        left.is_nullable() == right.is_nullable() && same_type(left.data_type(), right.data_type())
                    })
            }
            (left, right) => left == right,
        },
        (DataType::Union(left, mode), DataType::Union(right, other)) => {
            mode == other
                && left.len() == right.len()
                && left.iter().zip(right.iter()).all(|((id, left), (other, right))| {
                    id == other
                        && left.name() == right.name()
                        && left.is_nullable() == right.is_nullable()
                        && same_type(left.data_type(), right.data_type())
                })
        }
        (DataType::RunEndEncoded(ends, left), DataType::RunEndEncoded(other, right)) => {
            ends.data_type() == other.data_type() && same_type(left.data_type(), right.data_type())
        }
        (DataType::Dictionary(key, left), DataType::Dictionary(other, right)) => key == other && same_type(left, right),
        _ => left == right,
    }
}
