//! Carries a plan out on the arrays of a batch.

use std::sync::Arc;

use arrow_array::builder::StringBuilder;
use arrow_array::cast::AsArray;
use arrow_array::{
    Array, ArrayRef, FixedSizeListArray, GenericListArray, LargeListArray, LargeStringArray, ListArray, MapArray,
    OffsetSizeTrait, StringViewArray, StructArray, UInt32Array, UInt64Array, make_array, new_null_array,
};
use arrow_buffer::{NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow_schema::{DataType, Field, FieldRef, Fields};
use arrow_select::take::take;

use super::step::{Member, Members, Step};
use super::tally::COUNTED;
use super::{cast, entries, unknown};
use crate::code::Code;
use crate::column::json::{ValueWriter, WriteRules};
use crate::column::nesting::Extents;
use crate::error::{Error, Result};
use crate::policy::{Policies, Policy};
use crate::report::Report;

/// What is let through, and where that is counted.
pub(super) struct Work<'a> {
    pub policies: &'a Policies,
    /// Whether the default of an enum stands in for symbols that it does not have.
    pub takes_defaults: bool,
    pub report: &'a mut Report,
}

impl Work<'_> {
    /// The members of `rows` records. `parents`: which of them are there.
    pub fn members(
        &mut self,
        members: &Members,
        fields: &Fields,
        columns: &[ArrayRef],
        rows: usize,
        parents: Option<&NullBuffer>,
    ) -> Result<Vec<ArrayRef>> {
        for column in members.void.iter().filter_map(|at| columns.get(*at)) {
            unknown::refuse(column, parents)?;
        }
        let made = members.each.iter().zip(fields).map(|(member, field)| {
            self.member(member, field, columns, rows, parents).map_err(|error| error.in_column(field.name()))
        });
        made.collect()
    }

    fn member(
        &mut self,
        member: &Member,
        field: &FieldRef,
        columns: &[ArrayRef],
        rows: usize,
        parents: Option<&NullBuffer>,
    ) -> Result<ArrayRef> {
        match member {
            Member::Fill(value) => repeated(value, rows),
            Member::Take { from, step, path, default } => {
                let column = columns.get(*from).ok_or_else(|| Error::internal("a column that is not there"))?;
                let column = match step {
                    Step::Same => column.clone(),
                    step => self.step(step, &masked(column, parents)?, path)?,
                };
                if field.metadata().contains_key(COUNTED) {
                    self.count_nulls(&column, parents, path);
                }
                match field.is_nullable() {
                    true => Ok(column),
                    false => self.required(column, parents, default.as_ref(), path),
                }
            }
        }
    }

    /// The values of one field, taken from an array of them.
    pub fn one(&mut self, member: &Member, field: &FieldRef, values: &ArrayRef) -> Result<ArrayRef> {
        self.member(member, field, std::slice::from_ref(values), values.len(), None)
    }

    fn count_nulls(&mut self, column: &ArrayRef, parents: Option<&NullBuffer>, path: &str) {
        let Some(nulls) = column.logical_nulls().filter(|nulls| nulls.null_count() > 0) else { return };
        let missing = |row: &usize| nulls.is_null(*row) && parents.is_none_or(|parents| parents.is_valid(*row));
        let count = (0..column.len()).filter(missing).count() as u64;
        // Nulls that stand for values which did not fit were counted as those.
        let stands_in = |code: Code| code != Code::Null && !code.is_note();
        let altered = self.report.losses.iter().filter(|((code, of), _)| of == path && stands_in(*code));
        let altered: u64 = altered.map(|(_, count)| count).sum();
        if count > altered {
            *self.report.losses.entry((Code::Null, path.to_owned())).or_default() += count - altered;
        }
    }

    /// Nulls where there must be none.
    fn required(
        &mut self,
        column: ArrayRef,
        parents: Option<&NullBuffer>,
        default: Option<&ArrayRef>,
        path: &str,
    ) -> Result<ArrayRef> {
        let Some(nulls) = column.logical_nulls().filter(|nulls| nulls.null_count() > 0) else { return Ok(column) };
        let missing = |row: &usize| nulls.is_null(*row) && parents.is_none_or(|parents| parents.is_valid(*row));
        let Some(first) = (0..column.len()).find(missing) else { return Ok(column) };
        match (self.policies.get(Code::Null), default) {
            (Some(Policy::Default), Some(default)) => {
                for _ in (0..column.len()).filter(missing) {
                    self.report.note(Code::Null, path);
                }
                cast::put(
                    &column,
                    &(0..column.len()).filter(missing).collect::<Vec<_>>(),
                    std::slice::from_ref(default),
                    |_| 0,
                )
            }
            _ => {
                let ways = default.map_or(Vec::new(), |_| vec![Policy::Default]);
                let error = Error::value(Code::Null, "null in a column that has none").with_ways(ways);
                Err(error.at_record(first as u64))
            }
        }
    }

    fn step(&mut self, step: &Step, column: &ArrayRef, path: &str) -> Result<ArrayRef> {
        match step {
            Step::Same => Ok(column.clone()),
            Step::Retype(data_type) => cast::retyped(column, data_type),
            Step::Cast { from, to } => cast::cast(column, from, to, path, self),
            Step::Struct(fields, members) => {
                let source = column.as_struct();
                let nulls = source.nulls();
                let columns = self.members(members, fields, source.columns(), source.len(), nulls)?;
                let made = StructArray::try_new_with_length(fields.clone(), columns, nulls.cloned(), source.len())?;
                Ok(Arc::new(made))
            }
            Step::List(data_type, item, member) => self.list(data_type, item, member, column),
            Step::Entries(item, step) => self.step(step, &entries::list(column, item)?, path),
            Step::IntoMap(data_type, step) => entries::map(&self.step(step, column, path)?, data_type, path, self),
            Step::Union(unions) => unions.apply(column, self),
            Step::Nulls(data_type) => Ok(new_null_array(data_type, column.len())),
            Step::Json { from, to } => json(column, from, to),
            Step::Map(data_type, fields, members) => {
                let map = column.as_map();
                let DataType::Map(entries_field, sorted) = data_type else {
                    return Err(Error::internal("a map that is none"));
                };
                let (offsets, entries) = trimmed(map.offsets());
                let entries = map.entries().slice(entries.0, entries.1);
                let columns = self
                    .members(members, fields, entries.columns(), entries.len(), None)
                    .map_err(|error| in_parent(error, &offsets))?;
                let entries = StructArray::try_new(fields.clone(), columns, None)?;
                let made = MapArray::try_new(entries_field.clone(), offsets, entries, map.nulls().cloned(), *sorted)?;
                Ok(Arc::new(made))
            }
        }
    }

    fn list(&mut self, data_type: &DataType, item: &FieldRef, member: &Member, column: &ArrayRef) -> Result<ArrayRef> {
        let (offsets, values): (OffsetBuffer<i64>, ArrayRef) = match column.data_type() {
            DataType::List(_) => long_offsets(column.as_list::<i32>()),
            DataType::LargeList(_) => long_offsets(column.as_list::<i64>()),
            DataType::FixedSizeList(_, _) if column.null_count() == 0 => {
                let list = column.as_fixed_size_list();
                let length = usize::try_from(list.value_length()).unwrap_or_default();
                (OffsetBuffer::from_repeated_length(length, list.len()), list.values().clone())
            }
            _ => gathered(column)?,
        };
        let values = self
            .member(member, item, std::slice::from_ref(&values), values.len(), None)
            .map_err(|error| in_parent(error.in_column("[]"), &offsets))?;
        let nulls = column.nulls().cloned();
        Ok(match data_type {
            DataType::List(_) => {
                let short = offsets.iter().map(|offset| i32::try_from(*offset));
                let short: Vec<i32> =
                    short.collect::<Result<_, _>>().map_err(|_| Error::limit("more than 2^31 items in a batch"))?;
                let offsets = OffsetBuffer::new(ScalarBuffer::from(short));
                Arc::new(ListArray::try_new(item.clone(), offsets, values, nulls)?)
            }
            DataType::LargeList(_) => Arc::new(LargeListArray::try_new(item.clone(), offsets, values, nulls)?),
            DataType::FixedSizeList(_, length) => {
                let wanted = usize::try_from(*length).unwrap_or_default();
                let lengths: Vec<usize> = offsets.lengths().collect();
                let there = |row: usize| nulls.as_ref().is_none_or(|nulls| nulls.is_valid(row));
                let wrong = lengths.iter().enumerate().find(|(row, found)| **found != wanted && there(*row));
                if let Some((row, found)) = wrong {
                    let text = format!("a list of {found} items, where there are always {wanted}");
                    return Err(Error::value(Code::Length, text).at_record(row as u64).as_it_stands());
                }
                let values = match lengths.iter().all(|found| *found == wanted) {
                    true => values,
                    // Lists that are null take room here.
                    false => {
                        let indices = offsets.windows(2).flat_map(|pair| {
                            let own = pair[1] - pair[0] == *length as i64;
                            (0..*length as i64).map(move |at| own.then(|| (pair[0] + at) as u32))
                        });
                        take(&values, &indices.collect::<UInt32Array>(), None)?
                    }
                };
                let rows = column.len();
                Arc::new(FixedSizeListArray::try_new_with_length(item.clone(), *length, values, nulls, rows)?)
            }
            other => return Err(Error::internal(format!("a list as {other}"))),
        })
    }
}

/// The JSON text of each value.
fn json(column: &ArrayRef, from: &Field, to: &DataType) -> Result<ArrayRef> {
    let writer = ValueWriter::new(from, column, &WriteRules::default())?;
    let nulls = column.logical_nulls();
    let mut texts = StringBuilder::new();
    let mut text = Vec::new();
    for row in 0..column.len() {
        if nulls.as_ref().is_some_and(|nulls| nulls.is_null(row)) {
            texts.append_null();
            continue;
        }
        text.clear();
        writer.push(&mut text, row).map_err(|error| error.at_record(row as u64).as_it_stands())?;
        texts.append_value(String::from_utf8_lossy(&text));
    }
    let texts = texts.finish();
    Ok(match to {
        DataType::LargeUtf8 => Arc::new(texts.iter().collect::<LargeStringArray>()),
        DataType::Utf8View => Arc::new(texts.iter().collect::<StringViewArray>()),
        _ => Arc::new(texts),
    })
}

/// Offsets from zero on, and only the items between them.
fn long_offsets<O: OffsetSizeTrait>(list: &GenericListArray<O>) -> (OffsetBuffer<i64>, ArrayRef) {
    let (first, last) = ends(list.offsets());
    let offsets: Vec<i64> = list.offsets().iter().map(|offset| (offset.as_usize() - first) as i64).collect();
    (OffsetBuffer::new(ScalarBuffer::from(offsets)), list.values().slice(first, last - first))
}

/// Offsets from zero on, and the items in the order of the lists: those of views lie in any, and those of a null are none.
fn gathered(column: &ArrayRef) -> Result<(OffsetBuffer<i64>, ArrayRef)> {
    let Some((extents, _, values)) = Extents::of(column) else {
        return Err(Error::internal(format!("a list of type {}", column.data_type())));
    };
    let items = |row: usize| if column.is_valid(row) { extents.get(row) } else { 0..0 };
    let offsets = OffsetBuffer::from_lengths((0..column.len()).map(|row| items(row).len()));
    let indices = (0..column.len()).flat_map(items).map(|item| item as u64);
    Ok((offsets, take(values, &UInt64Array::from_iter_values(indices), None)?))
}

fn ends<O: OffsetSizeTrait>(offsets: &OffsetBuffer<O>) -> (usize, usize) {
    let at = |offset: Option<&O>| offset.map_or(0, |offset| offset.as_usize());
    (at(offsets[..].first()), at(offsets[..].last()))
}

/// Offsets from zero on; where what they count begins, and how much it is.
fn trimmed(offsets: &OffsetBuffer<i32>) -> (OffsetBuffer<i32>, (usize, usize)) {
    let (first, last) = ends(offsets);
    let moved: Vec<i32> = offsets.iter().map(|offset| offset - first as i32).collect();
    (OffsetBuffer::new(ScalarBuffer::from(moved)), (first, last - first))
}

/// An error about an item, told for the record that holds it.
fn in_parent<O: OffsetSizeTrait>(error: Error, offsets: &OffsetBuffer<O>) -> Error {
    match error.origin().record {
        None => error,
        Some(item) => {
            let behind = offsets.partition_point(|offset| offset.as_usize() as u64 <= item);
            error.at_record(behind.saturating_sub(1) as u64)
        }
    }
}

/// `rows` times the one value of an array.
fn repeated(value: &ArrayRef, rows: usize) -> Result<ArrayRef> {
    if value.is_null(0) || value.data_type() == &DataType::Null {
        return Ok(new_null_array(value.data_type(), rows));
    }
    Ok(take(value, &UInt32Array::from(vec![0; rows]), None)?)
}

/// The array with nulls where its parents are null: what stands there was never a value.
fn masked(array: &ArrayRef, parents: Option<&NullBuffer>) -> Result<ArrayRef> {
    let Some(parents) = parents.filter(|parents| parents.null_count() > 0) else { return Ok(array.clone()) };
    let no_room = matches!(array.data_type(), DataType::Null | DataType::Union(..) | DataType::RunEndEncoded(..));
    if no_room {
        return Ok(array.clone());
    }
    let nulls = NullBuffer::union(array.nulls(), Some(parents));
    let data = array.to_data().into_builder().nulls(nulls).build()?;
    Ok(make_array(data))
}
