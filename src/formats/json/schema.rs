//! Which columns are read: given, inferred, overridden; and what fits.

use std::collections::HashMap;
use std::sync::Arc;

use arrow_schema::{DataType, Field, Schema, SchemaRef, UnionFields};

use crate::code::Code;
use crate::column::json::{EXTENSION_NAME, is_json_text};
use crate::column::temporal::Zone;
use crate::error::{Error, Result};
use crate::format::Fit;

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

/// What becomes of a field: values are exact, types that JSON does not have come back as those that it has.
pub(super) fn fit(field: &Field) -> Fit {
    let lowered = |what: &str| Fit::Lowered(what.to_owned());
    match field.data_type() {
        _ if is_json_text(field) => Fit::Exact,
        DataType::Null | DataType::Boolean | DataType::Int64 | DataType::Utf8 => Fit::Exact,
        DataType::Struct(_) | DataType::List(_) => Fit::Exact,
        DataType::Int8 | DataType::Int16 | DataType::Int32 | DataType::UInt8 | DataType::UInt16 => lowered("number"),
        DataType::UInt32 | DataType::UInt64 => lowered("number"),
        DataType::Float16 | DataType::Float32 | DataType::Float64 => {
            lowered("number, or the strings NaN, Infinity, -Infinity")
        }
        DataType::Decimal32(..) | DataType::Decimal64(..) | DataType::Decimal128(..) | DataType::Decimal256(..) => {
            lowered("number with all digits")
        }
        DataType::LargeUtf8 | DataType::Utf8View => lowered("string"),
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView | DataType::FixedSizeBinary(_) => {
            lowered("string of base64")
        }
        DataType::Date32 => lowered("string, ISO 8601"),
        DataType::Date64 => Fit::Checked("string, ISO 8601".to_owned(), &[Code::TimePrecision, Code::DateRange]),
        DataType::Time32(_) | DataType::Time64(_) => Fit::Checked("string, ISO 8601".to_owned(), &[Code::DateRange]),
        DataType::Timestamp(_, Some(zone)) => match Zone::of(Some(zone)) {
            None => Fit::Unsupported(format!("unknown time zone {zone:?}")),
            Some(Zone::Utc) => lowered("string, RFC 3339"),
            Some(_) => Fit::Lossy(Code::Zone),
        },
        DataType::Timestamp(_, None) | DataType::Duration(_) | DataType::Interval(_) => lowered("string, ISO 8601"),
        DataType::LargeList(_) | DataType::ListView(_) | DataType::LargeListView(_) | DataType::FixedSizeList(..) => {
            lowered("array")
        }
        DataType::Map(..) => Fit::Checked("object".to_owned(), &[Code::DuplicateKey, Code::Null]),
        DataType::Union(fields, _) => {
            if kinds_are_distinct(fields) {
                lowered("the value")
            } else {
                Fit::Lossy(Code::UnionTag)
            }
        }
        DataType::Dictionary(_, value) => fit(&Field::new("", value.as_ref().clone(), true)).lowered(),
        DataType::RunEndEncoded(_, values) => fit(values).lowered(),
    }
}

trait Lower {
    fn lowered(self) -> Fit;
}

impl Lower for Fit {
    /// The same through another encoding, which does not come back.
    fn lowered(self) -> Fit {
        match self {
            Fit::Exact => Fit::Lowered("the value".to_owned()),
            other => other,
        }
    }
}

/// Whether each branch shows as another kind of JSON value.
fn kinds_are_distinct(fields: &UnionFields) -> bool {
    let mut kinds: Vec<u8> = fields.iter().map(|(_, field)| json_kind(field.data_type())).collect();
    let count = kinds.len();
    kinds.sort_unstable();
    kinds.dedup();
    kinds.len() == count && !kinds.contains(&b'?')
}

fn json_kind(data_type: &DataType) -> u8 {
    match data_type {
        DataType::Null => b'n',
        DataType::Boolean => b't',
        other if other.is_integer() => b'0',
        DataType::Decimal32(..) | DataType::Decimal64(..) | DataType::Decimal128(..) | DataType::Decimal256(..) => b'0',
        DataType::Struct(_) | DataType::Map(..) => b'{',
        DataType::List(_)
        | DataType::LargeList(_)
        | DataType::ListView(_)
        | DataType::LargeListView(_)
        | DataType::FixedSizeList(..) => b'[',
        DataType::Dictionary(_, value) => json_kind(value),
        DataType::RunEndEncoded(_, values) => json_kind(values.data_type()),
        // Floats may be strings, a union may be anything.
        DataType::Float16 | DataType::Float32 | DataType::Float64 | DataType::Union(..) => b'?',
        _ => b'"',
    }
}
