//! From arrays as a format gives them to the Arrow types that a hint names: whole columns at a time, checked value by
//! value. A value that the hinted type cannot hold stops the run; nothing is rounded, wrapped or dropped.

mod asked;
mod encoding;
mod leaf;
mod list;
mod union;
#[cfg(feature = "protobuf")]
mod wide;

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, MapArray, NullArray, StructArray, make_array};
use arrow_buffer::NullBuffer;
use arrow_schema::{DataType, Fields};

use crate::code::Code;
use crate::column::bytes::is_restyled_uuid;
use crate::column::decimal::is_restyled;
use crate::column::{nesting, placeholder};
use crate::error::{Error, Result};

pub use asked::Altering;
pub use leaf::restorable;

/// What to do with a column.
#[derive(Clone, Debug)]
pub enum Step {
    /// Nothing.
    Keep,
    /// The same values in another type without children, one of those that [`restorable`] allows.
    Leaf(DataType),
    /// A type that a setting names, not a hint, and what to do about values that it cannot hold.
    Asked(Box<Step>, &'static str),
    /// All rows are null.
    Nulls,
    /// First the values, then a dictionary around them.
    Dictionary(Box<Step>, DataType),
    /// First the values, then run-end encoding around them.
    RunEnds(Box<Step>, DataType),
    /// The children of a struct.
    Struct(Vec<Part>, Fields),
    /// The elements, then another layout of the list.
    List(Box<Step>, DataType),
    /// The keys and values of a map.
    Map(Box<Step>, Box<Step>, DataType),
    /// A list of structs of two fields as a map.
    Pairs(Vec<Part>, DataType),
    /// A struct that only holds one column as this column.
    Unwrap(Vec<Part>),
}

/// One column of those that come out.
#[derive(Clone, Debug)]
pub enum Part {
    /// From one column.
    One {
        /// Which.
        index: usize,
        /// How.
        step: Step,
        /// Whether a null is an error.
        required: bool,
        /// Name, for messages.
        name: String,
    },
    /// A union from one column for each branch, one of them set in each row.
    Union {
        /// The columns of the branches that have one, in the order of the branches.
        members: Vec<Option<(usize, Step)>>,
        /// The type.
        target: DataType,
        /// Name, for messages.
        name: String,
    },
}

/// A value at a row that the hinted type cannot hold.
#[derive(Debug)]
pub struct Misfit {
    /// The row.
    pub row: usize,
    /// What is wrong, with the path below the column.
    pub error: Error,
}

impl Misfit {
    fn new(row: usize, code: Code, message: impl Into<String>) -> Misfit {
        Misfit { row, error: Error::value(code, message).with_hint("read with --no-hints") }
    }
    fn internal(message: impl Into<String>) -> Misfit {
        Misfit { row: 0, error: Error::internal(message) }
    }
    fn in_column(self, name: &str) -> Misfit {
        Misfit { error: self.error.in_column(name), ..self }
    }
}

impl From<arrow_schema::ArrowError> for Misfit {
    fn from(error: arrow_schema::ArrowError) -> Misfit {
        Misfit { row: 0, error: error.into() }
    }
}

/// The columns that come out. `live` tells which rows exist: a row inside a struct that is null does not. `altering` tells
/// what becomes of values that do not fit a type that was asked for.
pub fn columns(
    parts: &[Part],
    arrays: &[ArrayRef],
    rows: usize,
    live: Option<&NullBuffer>,
    altering: &mut Altering<'_>,
) -> Result<Vec<ArrayRef>, Misfit> {
    let mut out = Vec::with_capacity(parts.len());
    let mut first: Option<Misfit> = None;
    for part in parts {
        let (made, name) = match part {
            Part::One { index, step, required, name } => {
                let array = arrays.get(*index).ok_or_else(|| Misfit::internal("a column is missing"))?;
                let made = altering.within(name, |altering| apply(step, array, live, altering));
                (made.and_then(|array| checked(array, *required, live)), name)
            }
            Part::Union { members, target, name } => {
                let made =
                    altering.within(name, |altering| union::union(members, target, arrays, rows, live, altering));
                (made, name)
            }
        };
        match made {
            Ok(array) => out.push(array),
            Err(misfit) if first.as_ref().is_none_or(|first| misfit.row < first.row) => {
                first = Some(misfit.in_column(name));
            }
            Err(_) => {}
        }
    }
    first.map_or(Ok(out), Err)
}

fn checked(array: ArrayRef, required: bool, live: Option<&NullBuffer>) -> Result<ArrayRef, Misfit> {
    if !required || array.logical_null_count() == 0 {
        return Ok(array);
    }
    let nulls = array.logical_nulls();
    let is_null = |row: &usize| nulls.as_ref().is_some_and(|nulls| nulls.is_null(*row));
    match (0..array.len()).find(|row| is_null(row) && live.is_none_or(|live| live.is_valid(*row))) {
        Some(row) => Err(Misfit::new(row, Code::Null, "a null in a column that holds none, as a hint says")),
        None => Ok(array),
    }
}

/// One column.
fn apply(
    step: &Step,
    array: &ArrayRef,
    live: Option<&NullBuffer>,
    altering: &mut Altering<'_>,
) -> Result<ArrayRef, Misfit> {
    match step {
        Step::Keep => Ok(array.clone()),
        Step::Leaf(target) => {
            let made = leaf::leaf(array, target, live)?;
            match target {
                DataType::FixedSizeBinary(_) => altering.restyled(array, live, is_restyled_uuid),
                target if target.is_decimal() => altering.restyled(array, live, is_restyled),
                _ => {}
            }
            Ok(made)
        }
        Step::Asked(step, instead) => {
            let misfit = match apply(step, array, live, altering) {
                Ok(made) => return Ok(made),
                Err(misfit) => misfit,
            };
            let texts = altering.texts(array, step, live).unwrap_or_else(|| array.clone());
            apply(step, &texts, live, altering).map_err(|_| {
                let Misfit { row, error } = asked::refused(misfit, array, step);
                Misfit { row, error: error.with_hint(*instead) }
            })
        }
        Step::Nulls => Ok(Arc::new(NullArray::new(array.len()))),
        Step::Dictionary(inner, target) => {
            let DataType::Dictionary(key, values) = target else { return Err(Misfit::internal("not a dictionary")) };
            let array = apply(inner, array, live, altering)?;
            match array.data_type() {
                // Enums are dictionaries as they are read, also inside what wraps them.
                DataType::Dictionary(_, found) if found == values => encoding::other_keys(&array, key),
                _ => encoding::dictionary(&array, key),
            }
        }
        Step::RunEnds(inner, target) => encoding::run_ends(&apply(inner, array, live, altering)?, target),
        Step::Struct(parts, fields) => {
            let structs = array.as_struct();
            let set = NullBuffer::union(structs.nulls(), live);
            let children = columns(parts, structs.columns(), structs.len(), set.as_ref(), altering)?;
            let nulls = structs.nulls().cloned();
            // A child that may not be null has no nulls but where the struct does not exist.
            Ok(Arc::new(StructArray::try_new_with_length(
                fields.clone(),
                masked(children, fields, set.as_ref(), nulls.as_ref())?,
                nulls,
                structs.len(),
            )?))
        }
        Step::List(item, target) => {
            let list = array.as_list::<i32>();
            let up = |misfit: Misfit| {
                let row = list.value_offsets().windows(2).position(|pair| (misfit.row as i64) < i64::from(pair[1]));
                Misfit { row: row.unwrap_or(0), ..misfit.in_column("[]") }
            };
            let item_field = nesting::element(target).ok_or_else(|| Misfit::internal("not a list"))?;
            let items = altering
                .within("[]", |altering| apply(item, list.values(), None, altering))
                .and_then(|items| checked(items, !item_field.is_nullable(), None))
                .map_err(up)?;
            list::layout(list, items, target)
        }
        Step::Map(key, value, target) => {
            let map = array.as_map();
            let up = |name: &str, misfit: Misfit| {
                let row = map.value_offsets().windows(2).position(|pair| (misfit.row as i64) < i64::from(pair[1]));
                Misfit { row: row.unwrap_or(0), ..misfit.in_column(name) }
            };
            let (entries, sorted, pair) = map_parts(target)?;
            let keys = altering.within("key", |altering| apply(key, map.keys(), None, altering));
            let keys = keys.and_then(|keys| checked(keys, true, None));
            let keys = keys.map_err(|misfit| up("key", misfit))?;
            let values = altering
                .within("value", |altering| apply(value, map.values(), None, altering))
                .and_then(|values| checked(values, !pair[1].is_nullable(), None))
                .map_err(|misfit| up("value", misfit))?;
            let pairs = StructArray::try_new(pair.clone(), vec![keys, values], None)?;
            let nulls = map.nulls().cloned();
            Ok(Arc::new(MapArray::try_new(entries, map.offsets().clone(), pairs, nulls, sorted)?))
        }
        Step::Pairs(parts, target) => {
            let list = array.as_list::<i32>();
            let structs = list.values().as_struct();
            let (entries, sorted, pair) = map_parts(target)?;
            let columns = columns(parts, structs.columns(), structs.len(), structs.nulls(), altering);
            let columns = columns.map_err(|misfit| {
                let row = list.value_offsets().windows(2).position(|pair| (misfit.row as i64) < i64::from(pair[1]));
                Misfit { row: row.unwrap_or(0), ..misfit }
            })?;
            let pairs = StructArray::try_new(pair.clone(), columns, None)?;
            let nulls = list.nulls().cloned();
            Ok(Arc::new(MapArray::try_new(entries, list.offsets().clone(), pairs, nulls, sorted)?))
        }
        Step::Unwrap(parts) => {
            let structs = array.as_struct();
            let set = NullBuffer::union(structs.nulls(), live);
            let mut made = columns(parts, structs.columns(), structs.len(), set.as_ref(), altering)?;
            let inner = made.pop().ok_or_else(|| Misfit::internal("nothing is wrapped"))?;
            with_nulls(inner, structs.nulls())
        }
    }
}

fn map_parts(target: &DataType) -> Result<(arrow_schema::FieldRef, bool, &Fields), Misfit> {
    match target {
        DataType::Map(entries, sorted) => match entries.data_type() {
            DataType::Struct(pair) if pair.len() == 2 => Ok((entries.clone(), *sorted, pair)),
            _ => Err(Misfit::internal("map entries are no pairs")),
        },
        _ => Err(Misfit::internal("not a map")),
    }
}

/// Rows that do not exist are null in columns that have no value for them: there the nulls of the struct cover them,
/// if the column itself may hold none.
fn masked(
    children: Vec<ArrayRef>,
    fields: &Fields,
    set: Option<&NullBuffer>,
    own: Option<&NullBuffer>,
) -> Result<Vec<ArrayRef>, Misfit> {
    // Where a struct further up is null but this one is not (it has no nulls at all), Arrow sees no cover.
    let covered =
        |nulls: &NullBuffer| (0..nulls.len()).all(|row| nulls.is_valid(row) || own.is_some_and(|own| own.is_null(row)));
    let mut out = Vec::with_capacity(children.len());
    for (child, field) in children.into_iter().zip(fields) {
        let uncovered = !field.is_nullable()
            && child.nulls().is_some_and(|nulls| nulls.null_count() > 0 && !covered(nulls))
            && set.is_some();
        out.push(if uncovered { placeholder::without_nulls(&child)? } else { child });
    }
    Ok(out)
}

/// The same values, null also where `nulls` is.
fn with_nulls(array: ArrayRef, nulls: Option<&NullBuffer>) -> Result<ArrayRef, Misfit> {
    let Some(nulls) = nulls.filter(|nulls| nulls.null_count() > 0) else { return Ok(array) };
    if matches!(array.data_type(), DataType::Union(..) | DataType::RunEndEncoded(..) | DataType::Null) {
        // Types without validity of their own: an unset union is one of its branches already.
        return Ok(array);
    }
    let both = NullBuffer::union(array.nulls(), Some(nulls));
    Ok(make_array(array.to_data().into_builder().nulls(both).build()?))
}
