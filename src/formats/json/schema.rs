//! Which columns are read: given, inferred, overridden; and what fits.

use std::collections::HashMap;
use std::sync::Arc;

use arrow_schema::{DataType, Field, Schema, SchemaRef};

use crate::column::json::EXTENSION_NAME;
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

/// Replaces the types of columns by name. The metadata of a replaced type goes with it.
///
/// # Errors
/// `Usage` if there is no such column.
pub(super) fn with_columns(schema: Schema, columns: &[(String, DataType)]) -> Result<SchemaRef> {
    if columns.is_empty() {
        return Ok(Arc::new(schema));
    }
    let mut fields: Vec<_> = schema.fields().iter().cloned().collect();
    for (name, data_type) in columns {
        let Some(field) = fields.iter_mut().find(|field| field.name() == name) else {
            let names: Vec<_> = schema.fields().iter().map(|field| field.name().as_str()).collect();
            return Err(Error::usage(format!("there is no column {name:?}"))
                .with_hint(format!("columns: {}", names.join(", "))));
        };
        *field = Arc::new(Field::new(name, data_type.clone(), field.is_nullable()));
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
