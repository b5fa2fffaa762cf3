//! Which field a column goes into.

use std::collections::HashMap;

use arrow_schema::{DataType, Field as Column};

use crate::error::{Error, Result};
use crate::schema::proto::arrow::UNKNOWN_COLUMN;
use crate::schema::proto::hint::Hint;
use crate::schema::proto::pool::{Field, Message, Pool, Target};

/// Gives a field to a column.
pub(super) fn take(message: &Message, field: &Field, taken: &mut bool, column: &Column) -> Result<()> {
    if std::mem::replace(taken, true) {
        let message = format!("two columns for field {} of message {}", field.name, message.name);
        return Err(Error::schema(message)
            .in_column(column.name())
            .with_hint("leave one of them out with --exclude, or call it otherwise with --rename"));
    }
    Ok(())
}

/// The fields of a message by what columns may call them, so that each column costs a look and not a search.
pub(super) struct Names<'a> {
    message: &'a Message,
    /// Oneofs by the names that hints remember, and by their own.
    unions: [HashMap<&'a str, usize>; 2],
    /// Fields by the names that hints remember, by their own, and by those in ProtoJSON.
    fields: [HashMap<&'a str, usize>; 3],
}

impl<'a> Names<'a> {
    pub fn of(pool: &'a Pool, message: &'a Message) -> Self {
        let mut names = Names { message, unions: Default::default(), fields: Default::default() };
        if message.columns.is_some() {
            // Nobody asks for names.
            return names;
        }
        let original = |hint: Option<&'a Hint>| hint.and_then(|hint| hint.name.as_deref());
        for (at, name) in message.oneofs.iter().enumerate() {
            let hinted = original(pool.hints.oneof(&message.name, at));
            enter(&mut names.unions, [hinted, Some(name)], at);
        }
        for (at, field) in message.fields.iter().enumerate() {
            // What a hint calls a member of a union is the name of a branch: a column may have it too.
            let is_branch = field.oneof.is_some_and(|oneof| pool.hints.oneof(&message.name, oneof as usize).is_some());
            let hinted = original(pool.hints.field(&message.name, field.number).filter(|_| !is_branch));
            enter(&mut names.fields, [hinted, Some(&field.name), Some(&field.json_name)], at);
        }
        names
    }

    /// The field of a column: by position in a generated schema, else by the name that a hint remembers, by name, or by
    /// ProtoJSON name.
    pub fn target(&self, index: usize, column: &Column) -> Result<Target> {
        let message = self.message;
        if let Some(columns) = &message.columns {
            return columns
                .get(index)
                .copied()
                .ok_or_else(|| Error::internal(format!("column {} has no field", column.name())));
        }
        if column.metadata().contains_key("proto.unknown") && column.name() == UNKNOWN_COLUMN {
            return Ok(Target::Unknown);
        }
        let find =
            |places: &[HashMap<&str, usize>]| places.iter().find_map(|at| at.get(column.name().as_str()).copied());
        if let DataType::Union(..) = column.data_type()
            && let Some(oneof) = find(&self.unions)
        {
            return Ok(Target::Oneof(oneof));
        }
        find(&self.fields).map(Target::Field).ok_or_else(|| {
            let names: Vec<&str> = message.fields.iter().take(20).map(|field| field.name.as_str()).collect();
            Error::schema(format!("message {} has no field of this name", message.name))
                .in_column(column.name())
                .with_hint(format!(
                    "it has: {}; leave the column out with --exclude, or add it to the schema",
                    names.join(", ")
                ))
        })
    }
}

/// Notes the place under each name in its own table. The first of a name stays.
fn enter<'a, const N: usize>(tables: &mut [HashMap<&'a str, usize>; N], names: [Option<&'a str>; N], at: usize) {
    for (table, name) in tables.iter_mut().zip(names) {
        if let Some(name) = name {
            table.entry(name).or_insert(at);
        }
    }
}
