//! Columns of a file ↔ fields of a schema.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use arrow_schema::{DataType, Field, FieldRef, Fields, Schema, SchemaRef};

use super::header;
use crate::code::Code;
use crate::column::json::{ReadRules, UnionStyle, ValueDecoder, WriteRules, is_json_text, is_raw_text, is_variant};
use crate::column::nesting::{unencoded, unencoded_field};
use crate::column::parse::{ParseOptions, ValueColumn};
use crate::column::text;
use crate::error::{Error, Result};
use crate::fit::Fit;
use crate::schema::annotations;

/// A column to read: its field, and where in a record it stands.
#[derive(Clone, Debug)]
pub(super) struct Column {
    /// Name and type.
    pub(super) field: FieldRef,
    /// The field of the values, if the type is an encoding of them (dictionary, run-end).
    pub(super) values: Option<FieldRef>,
    /// Index in a record of the file; `None`: the file does not have it, all values are null.
    pub(super) source: Option<usize>,
    /// Whether cells are JSON text.
    pub(super) nested: bool,
    /// Whether cells are bytes as they stand.
    pub(super) raw: bool,
}

impl Column {
    fn new(field: FieldRef, source: Option<usize>) -> Result<Self> {
        let nested = is_nested(field.data_type());
        let values = values_of(&field).filter(|_| !nested);
        let raw = is_raw_text(&field);
        let column = Column { field, values, source, nested, raw };
        // Fails now, not at the first record.
        if nested {
            ValueDecoder::new(&column.field, Arc::new(ReadRules::default()))
                .map_err(|error| error.in_column(column.field.name()))?;
        } else {
            ValueColumn::new(column.values.as_ref().unwrap_or(&column.field), ParseOptions::default(), 0)?;
        }
        Ok(column)
    }
}

/// The field of the values of an encoding.
fn values_of(field: &FieldRef) -> Option<FieldRef> {
    (unencoded(field.data_type()) != field.data_type()).then(|| Arc::new(unencoded_field(field)))
}

/// Whether values are written as JSON text.
pub(super) fn is_nested(kind: &DataType) -> bool {
    match kind {
        DataType::Dictionary(_, values) => is_nested(values),
        DataType::RunEndEncoded(_, values) => is_nested(values.data_type()),
        other => other.is_nested(),
    }
}

/// The columns of a file read with a given schema: matched by name, or by position if the file has no header. A name
/// that is empty, or comes again, is the column that reading a header with these names gives another one.
///
/// # Errors
/// `Schema`: a column that the schema does not have (unless `extra_ignored`), a field that the file does not have and
/// that cannot be null. `Unsupported`: a type that cannot be read from text.
pub(super) fn given(
    schema: &SchemaRef,
    names: &[String],
    has_header: bool,
    extra_ignored: bool,
) -> Result<(Vec<Column>, SchemaRef)> {
    let by_name: HashMap<&str, usize> = names.iter().enumerate().map(|(index, name)| (name.as_str(), index)).collect();
    let wanted: Vec<String> = schema.fields().iter().map(|field| field.name().clone()).collect();
    let (wanted, _) = header::names(&wanted, wanted.len());
    let mut columns = Vec::new();
    for (index, field) in schema.fields().iter().enumerate() {
        let source = if has_header {
            by_name.get(wanted[index].as_str()).copied()
        } else {
            Some(index).filter(|index| *index < names.len())
        };
        if source.is_none() && !field.is_nullable() && !names.is_empty() {
            return Err(Error::schema("the file does not have the column, and it cannot be null")
                .in_column(field.name())
                .with_hint(format!("columns of the file: {}", names.join(", "))));
        }
        columns.push(Column::new(field.clone(), source)?);
    }
    let used: Vec<usize> = columns.iter().filter_map(|column| column.source).collect();
    if !extra_ignored && let Some(extra) = (0..names.len()).find(|index| !used.contains(index)) {
        return Err(Error::schema("the file has a column that the schema does not have")
            .in_column(&names[extra])
            .with_hint("add it to the schema, or read with --extra-columns=ignore"));
    }
    let fields: Fields = columns.iter().map(|column| column.field.clone()).collect();
    let schema = Arc::new(Schema::new_with_metadata(fields, schema.metadata().clone()));
    Ok((columns, schema))
}

/// The columns of a file with inferred and given types.
///
/// # Errors
/// `Unsupported`: a given type that cannot be read from text.
pub(super) fn inferred(fields: Vec<Field>) -> Result<(Vec<Column>, SchemaRef)> {
    let columns = fields
        .into_iter()
        .enumerate()
        .map(|(index, field)| Column::new(Arc::new(field), Some(index)))
        .collect::<Result<Vec<_>>>()?;
    let fields: Fields = columns.iter().map(|column| column.field.clone()).collect();
    Ok((columns, Arc::new(Schema::new(fields))))
}

/// Whether a header keeps the names of the columns: it holds each once, and none that is empty, as readers make up others.
pub(super) fn keeps_names(schema: &Schema) -> bool {
    let mut known = HashSet::new();
    schema.fields().iter().all(|field| !field.name().is_empty() && known.insert(field.name()))
}

/// What becomes of a field in a cell: scalars are text, everything else is JSON text, unless structs are flattened. With
/// `typed`, the header says the types: of most, but not of all that other programs made up.
pub(super) fn fit(field: &Field, parents: &[&Field], flatten: bool, union: UnionStyle, typed: bool) -> Fit {
    let of_columns = parents.iter().all(|parent| matches!(parent.data_type(), DataType::Struct(_)));
    let own_cell = parents.is_empty() || flatten && of_columns;
    let value = crate::column::json::fit::fit(field, &WriteRules { union, ..WriteRules::default() });
    if value.is_refused() || !own_cell {
        return value;
    }
    let is_apart = flatten && !is_variant(field) && matches!(field.data_type(), DataType::Struct(_));
    if typed && !is_apart && !header::typed_name(field.name(), field).1 {
        return in_cell(field, value, flatten).with(&[Code::Type]);
    }
    in_cell(field, value, flatten)
}

/// What becomes of a field with a cell of its own, as JSON text `value`.
fn in_cell(field: &Field, value: Fit, flatten: bool) -> Fit {
    match field.data_type() {
        DataType::Struct(_) if flatten && !is_variant(field) => {
            let lost: &[Code] = if field.is_nullable() { &[Code::NullStruct] } else { &[] };
            Fit { target: "a column for each member".to_owned(), ..value }.with(lost)
        }
        kind if is_nested(kind) => Fit { target: format!("JSON text, {}", value.target), ..value },
        _ if is_json_text(field) => Fit::wider("text").with(&annotations::lost_in_text(field)),
        _ => {
            let mut text = Fit { target: "text".to_owned(), ..value };
            // Whoever reads CSV decides on the type of a column: there is no number type to stumble over.
            text.codes.retain(|code| *code != Code::BigInteger);
            text
        }
    }
}

/// A field to write as one column: where its array is found, level by level, and its name there.
#[derive(Clone, Debug)]
pub(super) struct Cell {
    /// Index of the column, then of the struct member, and so on.
    pub(super) path: Vec<usize>,
    /// The field at the end of the path.
    pub(super) field: FieldRef,
    /// The name in the header: `a.b` for member `b` of `a`.
    pub(super) name: String,
    /// Whether values are JSON text.
    pub(super) nested: bool,
}

/// The columns to write `schema` with; with `flatten`, a struct becomes a column for each member.
///
/// # Errors
/// `Unsupported`: a type that cannot be written. Structs without members when flattening.
pub(super) fn cells(schema: &Schema, flatten: bool) -> Result<Vec<Cell>> {
    let mut cells = Vec::new();
    for (index, field) in schema.fields().iter().enumerate() {
        // A dot in a name is escaped only where dots mean something.
        let name = if flatten { escaped(field.name()) } else { field.name().clone() };
        add_cells(&mut cells, vec![index], field, name, flatten)?;
    }
    Ok(cells)
}

fn escaped(name: &str) -> String {
    name.replace('.', "\\.")
}

fn add_cells(cells: &mut Vec<Cell>, path: Vec<usize>, field: &FieldRef, name: String, flatten: bool) -> Result<()> {
    if flatten
        && !is_variant(field)
        && let DataType::Struct(members) = field.data_type()
    {
        if members.is_empty() {
            return Err(Error::unsupported("a struct without members has no column when flattened")
                .in_column(&name)
                .with_hint("write with --nested=json"));
        }
        for (index, member) in members.iter().enumerate() {
            let mut path = path.clone();
            path.push(index);
            let name = format!("{name}.{}", escaped(member.name()));
            add_cells(cells, path, member, name, flatten)?;
        }
        return Ok(());
    }
    let nested = is_nested(field.data_type());
    if nested {
        writable_as_json(field).map_err(|error| error.in_column(&name))?;
    } else {
        text::check(&field.as_ref().clone().with_name(&name))?;
    }
    cells.push(Cell { path, field: field.clone(), name, nested });
    Ok(())
}

/// Whether the JSON writer takes the type: asked with an empty column.
fn writable_as_json(field: &Field) -> Result<()> {
    let empty = arrow_array::new_empty_array(field.data_type());
    crate::column::json::ValueWriter::new(field, &empty, &crate::column::json::WriteRules::default()).map(|_| ())
}
