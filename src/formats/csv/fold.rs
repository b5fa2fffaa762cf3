//! Structs from columns that hold a member each: how a flattened file is read with its schema.

use std::sync::Arc;

use arrow_array::{Array, ArrayRef, StructArray};
use arrow_buffer::{BooleanBuffer, NullBuffer};
use arrow_schema::{DataType, Field, Fields, Schema};

use super::schema::cells;
use crate::code::Code;
use crate::error::{Error, Result};

/// The columns that [`fold`] takes: named like those that flattening writes. A member of a struct that may be null
/// may be null.
///
/// # Errors
/// As [`cells`].
pub(super) fn flat(schema: &Schema) -> Result<Schema> {
    let fields: Result<Vec<Field>> = cells(schema, true)?
        .into_iter()
        .map(|cell| {
            let mut fields = schema.fields();
            let mut nullable = false;
            for index in &cell.path {
                let field = fields.get(*index).ok_or_else(|| Error::internal("a cell without a field"))?;
                nullable |= field.is_nullable();
                if let DataType::Struct(members) = field.data_type() {
                    fields = members;
                }
            }
            Ok(cell.field.as_ref().clone().with_name(cell.name).with_nullable(nullable))
        })
        .collect();
    Ok(Schema::new_with_metadata(fields?, schema.metadata().clone()))
}

/// The columns of `fields` from those of their members. A struct that may be null is null where all its members are:
/// the file does not tell the two apart.
///
/// # Errors
/// The row and `V-NULL`, where a member that cannot be null is, and others of its struct are not.
pub(super) fn fold(fields: &Fields, leaves: &[ArrayRef]) -> Result<Vec<ArrayRef>, (usize, Error)> {
    let mut rest = leaves;
    let named = |field: &Field, (row, error): (usize, Error)| (row, error.in_column(field.name()));
    fields.iter().map(|field| column(field, &mut rest, None).map_err(|error| named(field, error))).collect()
}

/// The next column of `leaves`, or the struct of the next ones; `outer`: the rows of which there is a struct around it.
fn column(field: &Field, leaves: &mut &[ArrayRef], outer: Option<&NullBuffer>) -> Result<ArrayRef, (usize, Error)> {
    let missing = || (0, Error::internal("a struct without the columns of its members"));
    let (mine, rest) = leaves.split_at_checked(count(field)).ok_or_else(missing)?;
    *leaves = rest;
    let DataType::Struct(members) = field.data_type() else {
        return mine.first().cloned().ok_or_else(missing);
    };
    let present = if field.is_nullable() { any(mine).map(NullBuffer::new) } else { outer.cloned() };
    let mut inner = mine;
    let mut arrays = Vec::with_capacity(members.len());
    for member in members {
        let array = column(member, &mut inner, present.as_ref())
            .map_err(|(row, error)| (row, error.in_column(member.name())))?;
        if !member.is_nullable()
            && let Some(nulls) = array.logical_nulls()
            && let Some(row) = (0..nulls.len())
                .find(|row| nulls.is_null(*row) && present.as_ref().is_none_or(|present| present.is_valid(*row)))
        {
            let error = Error::value(Code::Null, "null in a member that has none").as_it_stands();
            return Err((row, error.in_column(member.name())));
        }
        arrays.push(array);
    }
    let made = StructArray::try_new(members.clone(), arrays, present).map_err(|error| (0, error.into()))?;
    Ok(Arc::new(made))
}

/// How many columns a field was flattened to.
fn count(field: &Field) -> usize {
    match field.data_type() {
        DataType::Struct(members) => members.iter().map(|member| count(member)).sum(),
        _ => 1,
    }
}

/// The rows of which a column has a value; `None`: all.
fn any(leaves: &[ArrayRef]) -> Option<BooleanBuffer> {
    let mut rows: Option<BooleanBuffer> = None;
    for leaf in leaves {
        let there = leaf.logical_nulls()?.into_inner();
        rows = Some(match rows {
            None => there,
            Some(rows) => &rows | &there,
        });
    }
    rows
}
