//! Which field a column goes into.

use arrow_schema::{DataType, Field as Column};

use crate::error::{Error, Result};
use crate::schema::proto::arrow::UNKNOWN_COLUMN;
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

/// The field of a column: by position in a generated schema, else by the name that a hint remembers, by name, or by
/// ProtoJSON name.
pub(super) fn target(pool: &Pool, message: &Message, index: usize, column: &Column) -> Result<Target> {
    if let Some(columns) = &message.columns {
        return columns
            .get(index)
            .copied()
            .ok_or_else(|| Error::internal(format!("column {} has no field", column.name())));
    }
    if column.metadata().contains_key("proto.unknown") && column.name() == UNKNOWN_COLUMN {
        return Ok(Target::Unknown);
    }
    if let DataType::Union(..) = column.data_type() {
        let original = |at: &usize| pool.hints.oneof(&message.name, *at).and_then(|hint| hint.name.as_ref());
        let known = (0..message.oneofs.len()).find(|at| original(at) == Some(column.name()));
        if let Some(oneof) = known.or_else(|| message.oneofs.iter().position(|name| name == column.name())) {
            return Ok(Target::Oneof(oneof));
        }
    }
    // What a hint calls a member of a union is the name of a branch: a column may have it too.
    let is_branch =
        |field: &Field| field.oneof.is_some_and(|oneof| pool.hints.oneof(&message.name, oneof as usize).is_some());
    let original = |field: &Field| {
        let hint = pool.hints.field(&message.name, field.number).filter(|_| !is_branch(field));
        hint.and_then(|hint| hint.name.as_ref())
    };
    let hinted = message.fields.iter().position(|field| original(field) == Some(column.name()));
    let by = |name: fn(&Field) -> &String| message.fields.iter().position(|field| name(field) == column.name());
    match hinted.or_else(|| by(|field| &field.name)).or_else(|| by(|field| &field.json_name)) {
        Some(field) => Ok(Target::Field(field)),
        None => {
            let names: Vec<&str> = message.fields.iter().take(20).map(|field| field.name.as_str()).collect();
            Err(Error::schema(format!("message {} has no field of this name", message.name))
                .in_column(column.name())
                .with_hint(format!(
                    "it has: {}; leave the column out with --exclude, or add it to the schema",
                    names.join(", ")
                )))
        }
    }
}
