//! What the fields of a text are called, where that is known without looking at its records: no type has to be inferred
//! then, and nothing is read twice.

use arrow_schema::{DataType, Field, Fields};
use serde_json::Value;

use super::super::Resolved;
use crate::error::Result;
use crate::schema::adapt::record_names;
use crate::schema::avsc::keys;
use crate::schema::identity::{By, aliases, partners};
use crate::schema::load::SchemaFile;
use crate::schema::renamed::source_of;

/// The fields of a text.
pub(super) struct Names {
    /// Those that the reader's schema has: of no type so far.
    pub fields: Fields,
    /// The names of the others.
    pub left_out: Vec<String>,
}

/// `None`: the records say it.
pub(super) fn known(input: &Resolved, wanted: &SchemaFile) -> Result<Option<Names>> {
    // What stands beside a file says how to cut it.
    if input.used_side_car()?.is_some() {
        return Ok(None);
    }
    let flattened = input.options.settings.get("nested") == Some("flatten");
    match input.format.info().name {
        "csv" if !flattened => header(input, wanted).map(Some),
        // Keys that the schema does not have are told one by one, or were said to be nothing to tell.
        "json" if input.options.settings.get("extra-keys").is_some() && wanted.renamed.is_empty() => {
            let all = wanted.schema.fields();
            let fields = all.iter().all(|field| is_plain(field)).then(|| all.clone());
            Ok(fields.map(|fields| Names { fields, left_out: Vec::new() }))
        }
        _ => Ok(None),
    }
}

/// The names of the header; without one, fields are told apart by their place.
fn header(input: &Resolved, wanted: &SchemaFile) -> Result<Names> {
    let facts = input.format.inspect(&input.source, &input.options).map_err(|error| match error.origin().source {
        Some(_) => error,
        None => error.in_source(input.source.name()),
    })?;
    let columns = facts.get("columns").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    let has_header = facts.get("header").and_then(Value::as_bool).unwrap_or(true);
    let of_place = |at: usize| wanted.schema.fields().get(at).filter(|_| !has_header).map(|field| field.name().clone());
    let names = columns.enumerate().map(|(at, name)| of_place(at).unwrap_or_else(|| name.to_owned()));
    let all: Fields = names.map(|name| Field::new(name, DataType::Utf8, true)).collect();
    let record = record_names(wanted.schema.metadata());
    let said = |name: &str| source_of(&wanted.renamed, &record, name);
    let partners = partners(&all, wanted.schema.fields(), By::ID, &said);
    let (mut fields, mut left_out) = (Vec::new(), Vec::new());
    for (at, field) in all.iter().enumerate() {
        match partners.contains(&Some(at)) {
            true => fields.push(field.clone()),
            false => left_out.push(field.name().clone()),
        }
    }
    Ok(Names { fields: fields.into(), left_out })
}

/// Whether a field is the same whether the data has it or not, and is found by its own name.
fn is_plain(field: &Field) -> bool {
    let inside = match field.data_type() {
        DataType::Struct(fields) => fields.iter().all(|field| is_plain(field)),
        DataType::List(item) | DataType::LargeList(item) | DataType::FixedSizeList(item, _) => is_plain(item),
        DataType::Map(entries, _) => match entries.data_type() {
            DataType::Struct(pair) => pair.iter().skip(1).all(|value| is_plain(value)),
            _ => false,
        },
        DataType::Union(..) => false,
        _ => true,
    };
    let said =
        [keys::DEFAULT, keys::DEFAULT_EXPRESSION, "proto.number"].iter().any(|key| field.metadata().contains_key(key));
    inside && !said && aliases(field).is_empty()
}
