//! What is read back has the types of the schema that was written to. Where those show values otherwise (text that was
//! written as bytes, floats as doubles), columns are brought to the types that they had, by the step that reads data
//! with another schema; what that does not take for the same values cannot be compared. Fields that the records lack are
//! checked for what stands for them, and left out.

mod doubles;
mod lacked;

use std::collections::HashMap;
use std::sync::Arc;

use arrow_array::{RecordBatch, RecordBatchOptions};
use arrow_schema::{DataType, Field, FieldRef, Fields, Schema, SchemaRef};

pub(super) use self::doubles::InDoubles;
use self::doubles::shown;
use self::lacked::Lacked;
use super::check::differs;
use crate::column::decimal::is_decimal_text;
use crate::column::json::{is_json_text, is_uuid, is_variant};
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
    /// What the records lack of fields of the output, by index.
    lacked: Arc<Vec<(usize, Lacked)>>,
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
        let lacked = read.fields().iter().enumerate().filter_map(|(index, field)| {
            let column = back.columns.iter().find(|column| column.index == index);
            let column = column.and_then(|column| written.field_with_name(&column.name).ok());
            Some((index, Lacked::of(column, field, by_position)?))
        });
        back.lacked = Arc::new(lacked.collect());
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
        let in_place = columns.iter().enumerate().all(|(at, (index, _))| at == *index);
        if schema.fields() == read.fields() && in_place && self.lacked.is_empty() {
            return Vec::new();
        }
        vec![Arc::new(Brought { schema: Arc::new(schema), columns, lacked: self.lacked.clone() })]
    }
}

/// Brings columns to the types, names and places that they had, and leaves out what was not written.
struct Brought {
    schema: SchemaRef,
    columns: Vec<(usize, Option<Adapt>)>,
    lacked: Arc<Vec<(usize, Lacked)>>,
}

/// Leaves out the column of unknown fields, of which there must be none.
fn without_unknown(read: &SchemaRef) -> Brought {
    let (unknown, rest): (Vec<usize>, Vec<usize>) =
        (0..read.fields().len()).partition(|index| is_unknown(read.field(*index)));
    let fields: Vec<FieldRef> = rest.iter().map(|index| read.fields()[*index].clone()).collect();
    let schema = Arc::new(Schema::new_with_metadata(fields, read.metadata().clone()));
    let lacked = unknown.into_iter().map(|index| (index, Lacked::Whole(None))).collect();
    Brought { schema, columns: rest.into_iter().map(|index| (index, None)).collect(), lacked: Arc::new(lacked) }
}

impl Transform for Brought {
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }

    fn apply(&self, batch: Batch) -> Result<Batch> {
        for (index, lacked) in self.lacked.iter() {
            let checked = lacked.check(batch.records.column(*index));
            checked.map_err(|error| error.in_column(batch.records.schema_ref().field(*index).name()))?;
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
    // The text of a message that contains itself may be any that ProtoJSON has for it; its bytes are no text.
    if is_message(read) && !(is_message(written) && is_binary(written.data_type()) == is_binary(read.data_type())) {
        return None;
    }
    // The bytes of a variant tell nothing of the JSON that was made of them.
    if is_variant(written) && is_json_text(read) {
        return None;
    }
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

/// Whether it is a message that contains itself, as its bytes or as text, or several.
fn is_message(field: &Field) -> bool {
    field.metadata().get(LOGICAL).is_some_and(|logical| logical == "proto:message")
}

/// Whether values, those of a list or of a map are bytes.
fn is_binary(data_type: &DataType) -> bool {
    match data_type {
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView | DataType::FixedSizeBinary(_) => true,
        DataType::Map(entries, _) => match entries.data_type() {
            DataType::Struct(pair) => pair.last().is_some_and(|value| is_binary(value.data_type())),
            _ => false,
        },
        list => element(list).is_some_and(|item| is_binary(item.data_type())),
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
    // Whether values are symbols was looked at when they were written.
    let metadata = kept.chain(written.metadata().iter().filter(|(key, _)| meaning(key) && *key != ENUM));
    let metadata: HashMap<String, String> = metadata.map(|(key, value)| (key.clone(), value.clone())).collect();
    read.clone().with_data_type(written.data_type().clone()).with_metadata(metadata)
}

#[cfg(test)]
mod tests;
