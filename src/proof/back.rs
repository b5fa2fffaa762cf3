//! What is read back has the types of the schema that was written to. Where those show values otherwise (text that was
//! written as bytes, floats as doubles), columns are brought to the types that they had, by the step that reads data
//! with another schema; what that does not take for the same values cannot be compared. Fields that the records lack are
//! left out; those that can be null, and have no default, must be.

use std::collections::HashMap;
use std::sync::Arc;

use arrow_array::{Array, RecordBatch, RecordBatchOptions};
use arrow_schema::{DataType, Field, FieldRef, Fields, Schema, SchemaRef};

use super::check::differs;
use crate::column::decimal::is_decimal_text;
use crate::column::doubles::{doubled, in_doubles};
use crate::column::json::{is_json_text, is_uuid};
use crate::column::nesting::element;
use crate::column::parse::plain_type;
use crate::error::{Error, Result};
use crate::pipeline::{Batch, Steps, Transform};
use crate::schema::adapt::{Adapt, is_unknown};
use crate::schema::avsc::keys::{ENUM, EXTENSION_METADATA, EXTENSION_NAME, LOGICAL};
use crate::schema::identity::{By, partners};

/// How the columns of an output are compared with those that were written.
#[derive(Default)]
pub(super) struct Back {
    read: Option<SchemaRef>,
    /// Those that were written; the others are fields of the schema that the records lack.
    columns: Vec<Column>,
    /// Those that cannot be compared, by name in the records.
    pub lost: Vec<String>,
    /// The schema in which records are looked at before they are written, if it is not their own.
    pub shown: Option<SchemaRef>,
    /// The records have no column of unknown fields. Messages are read back as those of the input were, which may add one.
    lacks_unknown: bool,
}

/// A column of an output.
struct Column {
    /// Its name in the records.
    name: String,
    /// Its index in the output.
    index: usize,
    /// What brings it to the type that it had, where its values show another.
    adapt: Option<Adapt>,
}

impl Back {
    /// For records of `written` that come back in columns of the same names and types.
    pub fn of_same(written: &Schema) -> Self {
        Back { lacks_unknown: !written.fields().iter().any(|field| is_unknown(field)), ..Back::default() }
    }

    /// For records of `written`, where reading the output gives `read`.
    pub fn new(written: &Schema, read: SchemaRef, by_position: bool) -> Self {
        let mut back = Back::default();
        for (column, index) in places(written.fields(), read.fields(), by_position) {
            let (name, field) = (column.name().clone(), &read.fields()[index]);
            let single = |field: Field| Schema::new_with_metadata(vec![field], read.metadata().clone());
            let adapt = match wanted(column, field, by_position) {
                Some(same) if same == **field => Some(None),
                Some(other) => Adapt::new(&single(field.as_ref().clone()), &Arc::new(single(other))).ok().map(Some),
                None => None,
            };
            if adapt.is_none() {
                back.lost.push(name.clone());
            }
            back.columns.push(Column { name, index, adapt: adapt.flatten() });
        }
        let fields = written.fields().iter().map(|column| {
            let place = back.columns.iter().find(|known| known.name == *column.name());
            place.map_or_else(|| column.clone(), |known| shown(column, &read.fields()[known.index], false, by_position))
        });
        let fields: Fields = fields.collect();
        if fields != *written.fields() {
            back.shown = Some(Arc::new(Schema::new_with_metadata(fields, written.metadata().clone())));
        }
        back.read = Some(read);
        back
    }

    /// What is done with batches of `read`, but for columns in `altered`: those hold other values, whatever their types.
    pub fn steps(&self, read: &SchemaRef, altered: &[&str]) -> Steps {
        if self.lacks_unknown && read.fields().iter().any(|field| is_unknown(field)) {
            return vec![Arc::new(without_unknown(read))];
        }
        if self.read.as_ref().is_none_or(|known| known.fields() != read.fields()) {
            return Vec::new();
        }
        let adapt = |column: &Column| column.adapt.clone().filter(|_| !altered.contains(&column.name.as_str()));
        let columns: Vec<_> = self.columns.iter().map(|column| (column.index, adapt(column))).collect();
        let fields = columns.iter().zip(&self.columns).map(|((index, adapt), column)| {
            let field =
                adapt.as_ref().map_or_else(|| read.field(*index).clone(), |adapt| adapt.schema().field(0).clone());
            field.with_name(column.name.clone())
        });
        let schema = Schema::new_with_metadata(fields.collect::<Vec<_>>(), read.metadata().clone());
        if schema.fields() == read.fields() && columns.iter().enumerate().all(|(at, (index, _))| at == *index) {
            return Vec::new();
        }
        let is_lacked = |index: &usize| self.columns.iter().all(|column| column.index != *index);
        let lacked = (0..read.fields().len()).filter(is_lacked).filter(|index| is_null_if_lacked(read.field(*index)));
        vec![Arc::new(Brought { schema: Arc::new(schema), columns, lacked: lacked.collect() })]
    }
}

/// Brings columns to the types, names and places that they had, and leaves out what was not written.
struct Brought {
    schema: SchemaRef,
    columns: Vec<(usize, Option<Adapt>)>,
    /// Those without a value in any record.
    lacked: Vec<usize>,
}

/// Leaves out the column of unknown fields, of which there must be none.
fn without_unknown(read: &SchemaRef) -> Brought {
    let (lacked, rest): (Vec<usize>, Vec<usize>) =
        (0..read.fields().len()).partition(|index| is_unknown(read.field(*index)));
    let fields: Vec<FieldRef> = rest.iter().map(|index| read.fields()[*index].clone()).collect();
    let schema = Arc::new(Schema::new_with_metadata(fields, read.metadata().clone()));
    Brought { schema, columns: rest.into_iter().map(|index| (index, None)).collect(), lacked }
}

/// Whether a field is null in records that lack it.
fn is_null_if_lacked(field: &Field) -> bool {
    field.is_nullable() && !field.metadata().keys().any(|key| key.ends_with("default"))
}

impl Transform for Brought {
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }

    fn apply(&self, batch: Batch) -> Result<Batch> {
        for index in &self.lacked {
            let column = batch.records.column(*index);
            let nulls = column.logical_nulls();
            let is_null = |row: usize| nulls.as_ref().is_some_and(|nulls| nulls.is_null(row));
            if let Some(row) = (0..column.len()).find(|row| !is_null(*row)) {
                let error = differs("a value comes back where none was written".to_owned()).at_record(row as u64);
                return Err(error.in_column(batch.records.schema_ref().field(*index).name()));
            }
        }
        let columns = self.columns.iter().map(|(index, adapt)| match adapt {
            None => Ok(batch.records.column(*index).clone()),
            Some(adapt) => {
                let column = Batch::new(batch.records.project(&[*index])?);
                Ok(adapt.apply(column).map_err(other_value)?.records.column(0).clone())
            }
        });
        let columns = columns.collect::<Result<_>>()?;
        let options = RecordBatchOptions::new().with_row_count(Some(batch.records.num_rows()));
        let records = RecordBatch::try_new_with_options(self.schema.clone(), columns, &options)?;
        Ok(batch.with_records(records))
    }
}

/// No value that was written comes back as one that its type does not hold.
fn other_value(error: Error) -> Error {
    if error.code().is_none() {
        return error;
    }
    let told = differs(error.message().to_owned());
    let told = error.origin().record.into_iter().fold(told, Error::at_record);
    error.origin().column.iter().fold(told, |told, column| told.in_column(column))
}

/// The columns that were written, each with its place in the output.
fn places<'a>(written: &'a Fields, read: &Fields, by_position: bool) -> Vec<(&'a FieldRef, usize)> {
    let find = |field: &Field| read.iter().position(|other| other.name() == field.name());
    let found: Vec<_> = match by_position {
        // Renamed, as the format does.
        true => partners(read, written, By::NAME, &|_| None),
        false => written.iter().map(|field| find(field)).collect(),
    };
    let whole = !by_position || found.iter().all(Option::is_some);
    let place =
        |(at, found): (usize, Option<usize>)| if whole { found } else { Some(at).filter(|at| *at < read.len()) };
    let placed = written.iter().zip(found.into_iter().enumerate().map(place));
    placed.filter_map(|(field, place)| Some((field, place?))).collect()
}

/// The member that another is.
fn partner<'a>(written: &'a Fields, index: usize, read: &Field, by_position: bool) -> Option<&'a FieldRef> {
    match by_position {
        true => written.get(index),
        false => written.iter().find(|field| field.name() == read.name()),
    }
}

/// The field that `read` is brought to, so that its values are shown as those of `written` are: itself, if they are.
/// `None`: there is none.
fn wanted(written: &Field, read: &Field, by_position: bool) -> Option<Field> {
    use DataType as T;
    // JSON is the value that it spells.
    if is_json_text(written) || is_json_text(read) {
        return Some(read.clone());
    }
    let inside = |written: &Field, read: &Field| wanted(written, read, by_position);
    let (one, other) = (plain_type(written.data_type()), plain_type(read.data_type()));
    let made = match (&one, &other) {
        (T::Struct(columns), T::Struct(fields)) => T::Struct(members(columns, fields, by_position)?),
        (T::Map(columns, _), T::Map(entries, sorted)) => {
            // Keys and values are what they are by their places.
            let entries = entries.as_ref().clone().with_data_type(match (columns.data_type(), entries.data_type()) {
                (T::Struct(columns), T::Struct(fields)) => T::Struct(members(columns, fields, true)?),
                _ => return Some(read.clone()),
            });
            T::Map(Arc::new(entries), *sorted)
        }
        // The keys of a map have no order, and those of a list may stand twice.
        (T::Map(entries, _), T::List(_) | T::LargeList(_)) => {
            let text = matches!(entries.data_type(), T::Struct(pair) if pair.first().is_some_and(|key| is_key(key)));
            return (!text).then(|| read.clone());
        }
        (T::Union(..), _) | (_, T::Union(..)) => return Some(read.clone()),
        (one, other) => match (element(one), element(other)) {
            (Some(column), Some(item)) => with_element(other, Arc::new(inside(column, item)?)),
            _ if is_alike(written, one, read, other) => return Some(read.clone()),
            _ => return Some(as_written(written, read)),
        },
    };
    Some(if made == other { read.clone() } else { read.clone().with_data_type(made) })
}

/// The members that were written.
fn members(written: &Fields, read: &Fields, by_position: bool) -> Option<Fields> {
    let each = read.iter().enumerate().filter_map(|(index, field)| {
        let column = partner(written, index, field, by_position)?;
        Some(wanted(column, field, by_position).map(Arc::new))
    });
    each.collect()
}

/// The field with doubles where its floats went into messages of JSON, whose numbers are doubles. A list says for its
/// elements that it was read from such: `of_json`.
fn shown(written: &FieldRef, read: &Field, of_json: bool, by_position: bool) -> FieldRef {
    let of_json = of_json || read.metadata().contains_key("proto.wkt");
    let data_type = match (written.data_type(), read.data_type()) {
        _ if is_json_text(written) => return written.clone(),
        (own, _) if of_json && is_json_text(read) => doubled(own),
        (DataType::Struct(columns), DataType::Struct(fields)) => {
            let find = |(index, column): (usize, &FieldRef)| match by_position {
                true => fields.get(index),
                false => fields.iter().find(|field| field.name() == column.name()),
            };
            let each = columns.iter().enumerate().map(|(index, column)| match find((index, column)) {
                Some(field) => shown(column, field, false, by_position),
                None => column.clone(),
            });
            DataType::Struct(each.collect())
        }
        (DataType::Map(columns, sorted), DataType::Map(entries, _)) => {
            // Keys and values are what they are by their places.
            DataType::Map(shown(columns, entries, of_json, true), *sorted)
        }
        (list, other) => match (element(list), element(other)) {
            (Some(column), Some(item)) => with_element(list, shown(column, item, of_json, by_position)),
            _ => return written.clone(),
        },
    };
    if data_type == *written.data_type() {
        return written.clone();
    }
    Arc::new(written.as_ref().clone().with_data_type(data_type))
}

/// Shows records in a schema that has doubles where theirs has floats.
pub(super) struct InDoubles(pub SchemaRef);

impl InDoubles {
    /// The records, so shown.
    pub fn of(&self, records: &RecordBatch) -> Result<RecordBatch> {
        let columns = records.columns().iter().zip(self.0.fields());
        let columns = columns.map(|(column, field)| match (column.data_type(), field.data_type()) {
            // A column may be runs whatever it was said to be.
            (DataType::RunEndEncoded(ends, values), single) if !matches!(single, DataType::RunEndEncoded(..)) => {
                let values = values.as_ref().clone().with_data_type(single.clone());
                in_doubles(column, &DataType::RunEndEncoded(ends.clone(), Arc::new(values)))
            }
            // Text may be in another layout, and has no floats.
            (_, DataType::Utf8) => Ok(column.clone()),
            (_, shown) => in_doubles(column, shown),
        });
        let columns = columns.collect::<Result<Vec<_>>>()?;
        let fields = self.0.fields().iter().zip(&columns);
        let fields = fields.map(|(field, column)| field.as_ref().clone().with_data_type(column.data_type().clone()));
        let schema = Schema::new_with_metadata(fields.collect::<Vec<_>>(), self.0.metadata().clone());
        let options = RecordBatchOptions::new().with_row_count(Some(records.num_rows()));
        Ok(RecordBatch::try_new_with_options(Arc::new(schema), columns, &options)?)
    }
}

impl Transform for InDoubles {
    fn schema(&self) -> SchemaRef {
        self.0.clone()
    }

    fn apply(&self, batch: Batch) -> Result<Batch> {
        let records = self.of(&batch.records)?;
        Ok(batch.with_records(records))
    }
}

/// The list with another item.
fn with_element(list: &DataType, item: FieldRef) -> DataType {
    match list {
        DataType::LargeList(_) => DataType::LargeList(item),
        DataType::FixedSizeList(_, size) => DataType::FixedSizeList(item, *size),
        DataType::ListView(_) => DataType::ListView(item),
        DataType::LargeListView(_) => DataType::LargeListView(item),
        _ => DataType::List(item),
    }
}

/// Whether keys of this type are members of an object.
fn is_key(key: &Field) -> bool {
    let kind = plain_type(key.data_type());
    !kind.is_nested() && !kind.is_floating() && class(key, &kind) != Class::Binary
}

/// What decides how a single value is shown.
#[derive(PartialEq, Eq)]
enum Class {
    Number,
    Text,
    Binary,
    Uuid,
    Date,
    Time,
    Timestamp,
    Interval,
    /// Shown as no other type is.
    Other(DataType),
}

fn class(field: &Field, plain: &DataType) -> Class {
    use DataType as T;
    match plain {
        kind if kind.is_integer() || kind.is_decimal() => Class::Number,
        T::Utf8 | T::LargeUtf8 | T::Utf8View => Class::Text,
        T::FixedSizeBinary(16) if is_uuid(field) => Class::Uuid,
        T::Binary | T::LargeBinary | T::BinaryView | T::FixedSizeBinary(_) => Class::Binary,
        T::Date32 | T::Date64 => Class::Date,
        T::Time32(_) | T::Time64(_) => Class::Time,
        T::Timestamp(..) => Class::Timestamp,
        T::Interval(_) => Class::Interval,
        T::Duration(_) => Class::Other(T::Duration(arrow_schema::TimeUnit::Nanosecond)),
        kind => Class::Other(kind.clone()),
    }
}

/// Whether the values of both are shown in one way.
fn is_alike(written: &Field, one: &DataType, read: &Field, other: &DataType) -> bool {
    match (class(written, one), class(read, other)) {
        // Digits that were text are compared as text.
        (Class::Text, Class::Text) => is_decimal_text(written) || !is_decimal_text(read),
        (Class::Text, Class::Uuid) | (Class::Uuid, Class::Text) => true,
        _ if one.is_null() || other.is_null() => true,
        (one, other) => one == other,
    }
}

/// `read` with the type and the meaning that `written` has, known by what it was known by.
fn as_written(written: &Field, read: &Field) -> Field {
    let meaning = |key: &str| [EXTENSION_NAME, EXTENSION_METADATA, LOGICAL, ENUM].contains(&key);
    let kept = read.metadata().iter().filter(|(key, _)| !meaning(key));
    let metadata = kept.chain(written.metadata().iter().filter(|(key, _)| meaning(key)));
    let metadata: HashMap<String, String> = metadata.map(|(key, value)| (key.clone(), value.clone())).collect();
    read.clone().with_data_type(written.data_type().clone()).with_metadata(metadata)
}

#[cfg(test)]
mod tests {
    use arrow_array::{ArrayRef, Int32Array};

    use super::*;
    use crate::error::ErrorKind;

    #[test]
    fn a_field_that_the_records_lack_must_be_null() {
        let field = |name: &str| Field::new(name, DataType::Int32, true);
        let with_default = field("c").with_metadata(HashMap::from([("fmtconv.default".to_owned(), "7".to_owned())]));
        let written = Schema::new(vec![field("a")]);
        let read = Arc::new(Schema::new(vec![field("a"), field("b"), with_default]));
        let back = Back::new(&written, read.clone(), false);
        let steps = back.steps(&read, &[]);
        let apply = |lacked: Option<i32>| {
            let column = |second| Arc::new(Int32Array::from(vec![None, second])) as ArrayRef;
            let columns = vec![column(Some(1)), column(lacked), column(Some(7))];
            steps[0].apply(Batch::new(RecordBatch::try_new(read.clone(), columns).expect("columns")))
        };
        assert_eq!(apply(None).expect("nulls").records.num_columns(), 1);
        let error = apply(Some(5)).expect_err("a value");
        assert_eq!((error.kind(), error.origin().record), (ErrorKind::Differs, Some(1)));
        assert_eq!(error.origin().column.as_deref(), Some("b"));
    }
}
