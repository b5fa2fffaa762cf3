//! Text that is read with a given schema: each value of an enum is looked at, as where records are brought to another
//! schema.

use std::sync::Arc;

use arrow_schema::{DataType, Field, FieldRef, Fields, Schema};

use super::super::Resolved;
use super::{AdaptedReader, is_text};
use crate::column::nesting::with_fields;
use crate::column::parse::plain_type;
use crate::error::Result;
use crate::format::ReadOptions;
use crate::pipeline::{Exec, Reader};
use crate::report::Report;
use crate::schema::adapt::Adapt;
use crate::schema::adapt::fit::is_text as is_text_type;
use crate::schema::avsc::keys::ENUM;

/// Metadata key of an enum whose values are any text so far.
const UNCHECKED: &str = "fmtconv.enum.unchecked";

/// Opens an input with the schema that it is written with.
///
/// # Errors
/// As [`Format::open`](crate::format::Format::open).
pub(in super::super) fn open(input: &Resolved, options: &ReadOptions, exec: &Exec) -> Result<Box<dyn Reader>> {
    let open = |options: &ReadOptions| input.format.open(input.source.clone(), options, exec);
    let schema = options.schema.as_ref().filter(|_| is_text(input));
    let Some(schema) = schema.filter(|schema| schema.fields().iter().any(|field| has_enum(field))) else {
        return open(options);
    };
    let unchecked = with_key(schema, ENUM, UNCHECKED);
    let reader = open(&ReadOptions { schema: Some(Arc::new(unchecked)), ..options.clone() })?;
    let own = reader.schema();
    let declared = Arc::new(with_key(&own, UNCHECKED, ENUM));
    let adapt = Adapt::without_ids(&own, &declared)?.declared().with_policies(options.policies.clone());
    Ok(Box::new(AdaptedReader { reader, adapt: Arc::new(adapt), report: Report::default() }))
}

fn has_enum(field: &Field) -> bool {
    let inside = match field.data_type() {
        DataType::Struct(fields) => fields.iter().any(|field| has_enum(field)),
        DataType::List(item)
        | DataType::LargeList(item)
        | DataType::FixedSizeList(item, _)
        | DataType::Map(item, _) => has_enum(item),
        DataType::Union(branches, _) => branches.iter().any(|(_, branch)| has_enum(branch)),
        _ => false,
    };
    inside || field.metadata().contains_key(ENUM)
}

/// The schema with what it says of enums under another key.
fn with_key(schema: &Schema, from: &str, to: &str) -> Schema {
    let fields: Fields = schema.fields().iter().map(|field| field_with_key(field, from, to)).collect();
    Schema::new_with_metadata(fields, schema.metadata().clone())
}

fn field_with_key(field: &FieldRef, from: &str, to: &str) -> FieldRef {
    let inside = |field: &FieldRef| field_with_key(field, from, to);
    let data_type = match field.data_type() {
        DataType::Union(branches, mode) => {
            DataType::Union(branches.iter().map(|(id, branch)| (id, inside(branch))).collect(), *mode)
        }
        // Types that no step makes values of.
        DataType::RunEndEncoded(..) | DataType::ListView(_) | DataType::LargeListView(_) => return field.clone(),
        kind => with_fields(kind, |_, field| inside(field)),
    };
    let mut made = field.as_ref().clone().with_data_type(data_type);
    let is_of_text = made.data_type().is_nested() || is_text_type(&plain_type(made.data_type()));
    if is_of_text && let Some(said) = made.metadata_mut().remove(from) {
        made.metadata_mut().insert(to.to_owned(), said);
    }
    Arc::new(made)
}
