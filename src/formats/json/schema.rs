//! Which columns are read: given, inferred, overridden; and what fits.

use std::collections::HashMap;
use std::sync::Arc;

use arrow_schema::{DataType, Field, FieldRef, Fields, Schema, SchemaRef};

use crate::column::json::{EXTENSION_NAME, EXTRA, is_json_text};
use crate::column::temporal::Zone;
use crate::error::{Error, Result};

/// Schema metadata that says whether a record is an object or the value of the only column.
const ROOT: &str = "fmtconv.root";

/// Whether records are the bare values of the only column.
pub(super) fn is_value_root(schema: &Schema) -> bool {
    schema.fields().len() == 1 && schema.metadata().get(ROOT).is_some_and(|root| root == "value")
}

/// A column of JSON text.
pub(super) fn json_text(name: &str) -> Field {
    let metadata = HashMap::from([(EXTENSION_NAME.to_owned(), "arrow.json".to_owned())]);
    Field::new(name, DataType::Utf8, true).with_metadata(metadata)
}

/// A schema whose records are bare values.
pub(super) fn value_root(field: Field) -> Schema {
    let field = field.with_name("value").with_nullable(true);
    Schema::new_with_metadata(vec![field], HashMap::from([(ROOT.to_owned(), "value".to_owned())]))
}

/// The schema with a member in each object for keys that it does not have.
///
/// # Errors
/// `Usage` if a column of another kind has that name.
pub(super) fn with_extra(schema: &Schema) -> Result<Schema> {
    Ok(Schema::new_with_metadata(members_with_extra(schema.fields())?, schema.metadata().clone()))
}

fn members_with_extra(fields: &Fields) -> Result<Fields> {
    let mut members = Vec::with_capacity(fields.len() + 1);
    for field in fields {
        members.push(field_with_extra(field).map_err(|error| error.in_column(field.name()))?);
    }
    match fields.find(EXTRA) {
        None => members.push(Arc::new(json_text(EXTRA))),
        Some((_, field)) if is_json_text(field) => {}
        Some(_) => {
            return Err(Error::usage(format!("extra-keys=column needs the name {EXTRA:?}, which is taken"))
                .with_hint("rename that column in the schema, or read with --extra-keys=ignore"));
        }
    }
    Ok(members.into())
}

fn field_with_extra(field: &FieldRef) -> Result<FieldRef> {
    let data_type = match field.data_type() {
        DataType::Struct(fields) => DataType::Struct(members_with_extra(fields)?),
        DataType::List(item) => DataType::List(field_with_extra(item)?),
        DataType::LargeList(item) => DataType::LargeList(field_with_extra(item)?),
        DataType::FixedSizeList(item, size) => DataType::FixedSizeList(field_with_extra(item)?, *size),
        _ => return Ok(field.clone()),
    };
    Ok(Arc::new(field.as_ref().clone().with_data_type(data_type)))
}

/// Replaces the types of columns by name. The metadata of a replaced type goes with it. `is_part`: of one file of several,
/// which may lack some.
///
/// # Errors
/// `Usage` if there is no such column.
pub(super) fn with_columns(schema: Schema, columns: &[Field], is_part: bool) -> Result<SchemaRef> {
    if columns.is_empty() {
        return Ok(Arc::new(schema));
    }
    let mut fields: Vec<_> = schema.fields().iter().cloned().collect();
    for given in columns {
        let name = given.name();
        let Some(field) = fields.iter_mut().find(|field| field.name() == name) else {
            if is_part {
                continue;
            }
            let names: Vec<_> = schema.fields().iter().map(|field| field.name().as_str()).collect();
            return Err(Error::usage(format!("there is no column {name:?}")).with_hint(match names.is_empty() {
                true => "no record could be read; give all columns with --schema".to_owned(),
                false => format!("columns: {}", names.join(", ")),
            }));
        };
        *field = Arc::new(given.clone().with_nullable(field.is_nullable()));
    }
    Ok(Arc::new(Schema::new_with_metadata(fields, schema.metadata().clone())))
}

/// Fails if a column cannot be written as JSON, with its path.
pub(super) fn check_writable(field: &Field) -> Result<()> {
    let inside = |field: &Field, name: &str| check_writable(field).map_err(|error| error.in_column(name));
    match field.data_type() {
        DataType::Struct(fields) => {
            let mut names = std::collections::HashSet::new();
            for child in fields {
                if !names.insert(child.name()) {
                    let message = format!("two fields are named {:?}; keys of a JSON object are unique", child.name());
                    return Err(Error::unsupported(message).with_hint("rename one with --rename"));
                }
                inside(child, child.name())?;
            }
            Ok(())
        }
        DataType::List(item)
        | DataType::LargeList(item)
        | DataType::ListView(item)
        | DataType::LargeListView(item)
        | DataType::FixedSizeList(item, _) => inside(item, "[]"),
        DataType::Map(entries, _) => match entries.data_type() {
            DataType::Struct(fields) => fields.iter().try_for_each(|child| inside(child, child.name())),
            _ => Err(Error::unsupported("the entries of a map are not a struct")),
        },
        DataType::Union(fields, _) => fields.iter().try_for_each(|(_, child)| inside(child, child.name())),
        DataType::RunEndEncoded(_, values) => check_writable(values),
        DataType::Dictionary(_, value) => check_writable(&Field::new("", value.as_ref().clone(), true)),
        DataType::Timestamp(_, Some(zone)) if Zone::of(Some(zone)).is_none() => {
            Err(Error::unsupported(format!("unknown time zone {zone:?}")))
        }
        _ => Ok(()),
    }
}
