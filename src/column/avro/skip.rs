//! Passing over a datum without keeping it.

use super::column::Context;
use super::cursor::Cursor;
use crate::error::{Error, Result};
use crate::schema::avsc::model::{Kind, Node, Shape};

/// Passes over a datum of `node`. Lengths, branches and depth are checked; text is not.
pub(crate) fn skip(context: &Context<'_>, node: &Node, cursor: &mut Cursor<'_>, depth: usize) -> Result<()> {
    if depth > context.depth_max {
        return Err(too_deep(context.depth_max));
    }
    match &node.kind {
        Kind::Null => {}
        Kind::Boolean => {
            cursor.boolean()?;
        }
        Kind::Int => {
            cursor.int()?;
        }
        Kind::Long => {
            cursor.long()?;
        }
        Kind::Float => {
            cursor.take(4)?;
        }
        Kind::Double => {
            cursor.take(8)?;
        }
        Kind::Bytes | Kind::String => {
            cursor.bytes()?;
        }
        Kind::Array(items) => {
            while let Some(block) = cursor.items(0)? {
                for _ in 0..block.count {
                    let start = cursor.position();
                    skip(context, items, cursor, depth + 1)?;
                    // A type of which one value takes no bytes has no other values.
                    if cursor.position() == start {
                        break;
                    }
                }
                cursor.end_items(&block)?;
            }
        }
        Kind::Map(values) => {
            while let Some(block) = cursor.items(1)? {
                for _ in 0..block.count {
                    cursor.bytes()?;
                    skip(context, values, cursor, depth + 1)?;
                }
                cursor.end_items(&block)?;
            }
        }
        Kind::Union(branches) => skip(context, branch(cursor, branches)?, cursor, depth + 1)?,
        Kind::Named(id) => match context.document.types.get(*id).map(|named| &named.shape) {
            Some(Shape::Fixed(size)) => {
                cursor.take(*size)?;
            }
            Some(Shape::Enum { symbols, .. }) => {
                symbol(cursor, symbols)?;
            }
            Some(Shape::Record { fields, .. }) => {
                for field in fields {
                    skip(context, &field.node, cursor, depth + 1).map_err(|error| error.in_column(&field.name))?;
                }
            }
            None => return Err(Error::internal("a type that is not there")),
        },
    }
    Ok(())
}

/// Reads the number of a branch.
pub(crate) fn branch<'a>(cursor: &mut Cursor<'_>, branches: &'a [Node]) -> Result<&'a Node> {
    let found = cursor.long()?;
    let branch = usize::try_from(found).ok().and_then(|index| branches.get(index));
    branch.ok_or_else(|| Error::malformed(format!("branch {found} of a union of {}", branches.len())))
}

/// Reads the number of a symbol.
pub(crate) fn symbol<'a>(cursor: &mut Cursor<'_>, symbols: &'a [String]) -> Result<&'a str> {
    let found = cursor.int()?;
    let symbol = usize::try_from(found).ok().and_then(|index| symbols.get(index));
    symbol
        .map(String::as_str)
        .ok_or_else(|| Error::malformed(format!("symbol {found} of an enum of {}", symbols.len())))
}

pub(crate) fn too_deep(max: usize) -> Error {
    Error::limit(format!("data nested deeper than {max} levels")).with_hint("raise the limit with --max-depth")
}
