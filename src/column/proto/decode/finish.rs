//! From filled columns to Arrow arrays, with the checks that need the whole value: UTF-8, required fields, ranges
//! of well-known types, last value of a map key.

use std::collections::HashSet;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::*;
use arrow_array::{
    Array, ArrayRef, BinaryArray, BooleanArray, Date32Array, DictionaryArray, DurationMicrosecondArray,
    DurationNanosecondArray, Float32Array, Float64Array, Int32Array, Int64Array, ListArray, MapArray, StructArray,
    Time64NanosecondArray, TimestampMicrosecondArray, TimestampNanosecondArray, UInt32Array, UInt64Array,
};
use arrow_buffer::{BooleanBuffer, BooleanBufferBuilder, Buffer, NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow_schema::{DataType, Field, Fields};

use super::column::{Column, Store, Texts};
use super::defaults::filled;
use super::json;
use super::known;
use super::message::{Messages, Unknown};
use super::moments::Moments;
use crate::code::Code;
use crate::column::proto::fault::Fault;
use crate::column::proto::json::write::{Lost, Writer};
use crate::column::proto::{ROOT, confluent, date_time};
use crate::column::repair::{Repair, repair};
use crate::column::strings;
use crate::error::{Error, Result};
use crate::policy::Policy;
use crate::report::Report;
use crate::schema::proto::shape::Known;

/// Where counts go, and what holds for unknown fields.
pub struct Finish<'a> {
    /// Counts of what was left out.
    pub report: &'a mut Report,
    /// Writes messages as text.
    pub writer: Option<&'a Writer>,
    /// What becomes of text that is not UTF-8, if it is not refused.
    pub repair: Option<Repair>,
    /// Values that become null, where that can be, if they are refused with one of these.
    pub nulled: &'a [Code],
    /// Whether absent values are the declared defaults of their fields.
    pub fill: bool,
    /// What happens to unknown fields.
    pub unknown: Unknown,
    /// Levels of nesting at most.
    pub depth: usize,
}

impl Finish<'_> {
    /// The arrays of a message type. `live` tells which rows are messages that exist.
    pub fn messages(
        &mut self,
        messages: Messages,
        rows: usize,
        live: Option<&NullBuffer>,
        fields: &Fields,
        path: &str,
    ) -> Result<Vec<ArrayRef>, Fault> {
        if messages.dropped > 0 {
            let path = if path.is_empty() { ROOT } else { path };
            *self.report.losses.entry((Code::UnknownField, path.to_owned())).or_default() += messages.dropped;
        }
        let mut arrays = Vec::with_capacity(fields.len());
        let mut first: Option<Fault> = None;
        for (column, field) in messages.columns.into_iter().chain(messages.unknown).zip(fields) {
            let inner = if path.is_empty() { field.name().clone() } else { format!("{path}.{}", field.name()) };
            match self.column(column, rows, live, field, &inner) {
                Ok(array) => arrays.push(array),
                Err(Fault { row, error }) => {
                    if first.as_ref().is_none_or(|first| row < first.row) {
                        first = Some(Fault { row, error: error.in_column(field.name()) });
                    }
                }
            }
        }
        match first {
            None => Ok(arrays),
            Some(fault) => Err(fault),
        }
    }

    fn column(
        &mut self,
        mut column: Column,
        rows: usize,
        live: Option<&NullBuffer>,
        field: &Field,
        path: &str,
    ) -> Result<ArrayRef, Fault> {
        column.pad(rows);
        let mut nulls = column.valid.take().map(|valid| NullBuffer::new(valid.finish()));
        if column.required {
            if let Some(row) = nulls.as_ref().and_then(|nulls| first_missing(nulls, live)) {
                return Err(Fault { row, error: Error::value(Code::Null, "a required field is missing") });
            }
            nulls = None;
        }
        let fills = self.fill && nulls.is_some();
        let array = self.store(column.store, rows, nulls, field, path)?;
        if !fills {
            return Ok(array);
        }
        filled(array, field).ok_or_else(|| Fault {
            row: 0,
            error: Error::schema("the declared default is no value of the field's type"),
        })
    }

    /// The nulls of a column with those of values more that are let through as null, each counted.
    fn lost(
        &mut self,
        faults: Vec<(usize, Error)>,
        rows: usize,
        nulls: Option<NullBuffer>,
        field: &Field,
        path: &str,
    ) -> Result<Option<NullBuffer>, Fault> {
        if faults.is_empty() {
            return Ok(nulls);
        }
        let ways: &[Policy] = if field.is_nullable() { &[Policy::Null] } else { &[] };
        let mut valid = BooleanBufferBuilder::new(rows);
        match &nulls {
            Some(nulls) => valid.append_buffer(nulls.inner()),
            None => valid.append_n(rows, true),
        }
        for (row, error) in faults {
            match error.code().filter(|code| field.is_nullable() && self.nulled.contains(code)) {
                Some(code) => self.report.note(code, path),
                None => return Err(Fault { row, error: error.with_ways(ways) }),
            }
            valid.set_bit(row, false);
        }
        Ok(Some(NullBuffer::new(valid.finish())))
    }

    fn store(
        &mut self,
        store: Store,
        rows: usize,
        nulls: Option<NullBuffer>,
        field: &Field,
        path: &str,
    ) -> Result<ArrayRef, Fault> {
        Ok(match store {
            Store::I32(_, values) => Arc::new(Int32Array::new(values.into(), nulls)),
            Store::I64(_, values) => Arc::new(Int64Array::new(values.into(), nulls)),
            Store::U32(_, values) => Arc::new(UInt32Array::new(values.into(), nulls)),
            Store::U64(_, values) => Arc::new(UInt64Array::new(values.into(), nulls)),
            Store::F32(values) => Arc::new(Float32Array::new(values.into(), nulls)),
            Store::F64(values) => Arc::new(Float64Array::new(values.into(), nulls)),
            Store::Bool(values) => Arc::new(BooleanArray::new(values.finish(), nulls)),
            Store::Text(texts) => self.text(texts, nulls, path)?,
            Store::Raw { bytes, message, json: true, .. } => self.proto_json(&bytes, message, rows, nulls, path)?,
            Store::Binary(texts) | Store::Raw { bytes: texts, .. } => {
                let (offsets, bytes) = parts(texts);
                Arc::new(BinaryArray::try_new(offsets, bytes, nulls).map_err(Fault::arrow)?)
            }
            Store::Enum(enums) => {
                let (keys, values) = enums.finish();
                let keys = Int32Array::new(keys.into(), nulls);
                Arc::new(DictionaryArray::<Int32Type>::try_new(keys, values).map_err(Fault::arrow)?)
            }
            Store::Message(messages) => {
                let DataType::Struct(fields) = field.data_type() else { return Err(mismatch(field)) };
                let children = self.messages(*messages, rows, nulls.as_ref(), fields, path)?;
                let array = StructArray::try_new_with_length(fields.clone(), children, nulls, rows);
                Arc::new(array.map_err(Fault::arrow)?)
            }
            Store::Whole(known, texts) => self.whole(known, &texts, nulls, path)?,
            Store::Moment(moments) => {
                let nulls = self.lost(moments.faults(), rows, nulls, field, path)?;
                moments_array(moments, nulls)
            }
            Store::Parts(known, parts) => {
                let (values, faults) = day_parts(known, &parts, nulls.as_ref());
                let nulls = self.lost(faults, rows, nulls, field, path)?;
                match values {
                    Days::Dates(days) => Arc::new(Date32Array::new(days.into(), nulls)),
                    Days::Times(times) => Arc::new(Time64NanosecondArray::new(times.into(), nulls)),
                }
            }
            Store::List { ends, item } => {
                let DataType::List(item_field) = field.data_type() else { return Err(mismatch(field)) };
                let count = item.len;
                let items = self
                    .column(*item, count, None, item_field, &format!("{path}[]"))
                    .map_err(|fault| up(fault, &ends, "[]"))?;
                let array = ListArray::try_new(item_field.clone(), offsets(ends), items, nulls);
                Arc::new(array.map_err(Fault::arrow)?)
            }
            Store::Map { ends, key, value } => self.map(ends, *key, *value, nulls, field, path)?,
        })
    }

    fn map(
        &mut self,
        ends: Vec<i32>,
        key: Column,
        value: Column,
        nulls: Option<NullBuffer>,
        field: &Field,
        path: &str,
    ) -> Result<ArrayRef, Fault> {
        let DataType::Map(entries_field, _) = field.data_type() else { return Err(mismatch(field)) };
        let DataType::Struct(fields) = entries_field.data_type() else { return Err(mismatch(field)) };
        let [key_field, value_field] = &fields[..] else { return Err(mismatch(field)) };
        let count = key.len;
        let keys = self
            .column(key, count, None, key_field, &format!("{path}.key"))
            .map_err(|fault| up(fault, &ends, "key"))?;
        let values = self
            .column(value, count, None, value_field, &format!("{path}.value"))
            .map_err(|fault| up(fault, &ends, "value"))?;
        let (keys, values, ends) = match last_of_each(&keys, &ends) {
            None => (keys, values, ends),
            Some((kept, ends)) => {
                let dropped = keys.len() - kept.len();
                *self.report.losses.entry((Code::DuplicateKey, path.to_owned())).or_default() += dropped as u64;
                let take = |array: &ArrayRef| arrow_select::take::take(array, &kept, None).map_err(Fault::arrow);
                (take(&keys)?, take(&values)?, ends)
            }
        };
        let entries = StructArray::try_new(fields.clone(), vec![keys, values], None).map_err(Fault::arrow)?;
        let array = MapArray::try_new(entries_field.clone(), offsets(ends), entries, nulls, false);
        Ok(Arc::new(array.map_err(Fault::arrow)?))
    }
}

impl Finish<'_> {
    /// Text; what is not UTF-8 is an error, or made into text and counted.
    fn text(&mut self, texts: Texts, nulls: Option<NullBuffer>, path: &str) -> Result<ArrayRef, Fault> {
        let Some(how) = self.repair else { return text_array(texts, nulls) };
        let mut replaced = Texts::default();
        let mut count = 0;
        for row in 0..texts.len() {
            let start = replaced.bytes.len();
            replaced.bytes.extend_from_slice(texts.get(row));
            count += u64::from(repair(how, &mut replaced.bytes, start));
            let end = i32::try_from(replaced.bytes.len())
                .map_err(|_| Fault::new(row, Error::limit("text of a batch is longer than 2 GiB")))?;
            replaced.offsets.push(end);
        }
        if count > 0 {
            *self.report.losses.entry((Code::Utf8, path.to_owned())).or_default() += count;
        }
        text_array(replaced, nulls)
    }

    /// Messages that are one value.
    fn whole(&mut self, known: Known, texts: &Texts, nulls: Option<NullBuffer>, path: &str) -> Result<ArrayRef, Fault> {
        let drop = self.unknown == Unknown::Drop;
        let set = |row: usize| nulls.as_ref().is_none_or(|nulls| nulls.is_valid(row));
        if matches!(known, Known::DateTimeNanoseconds | Known::DateTimeMicroseconds) {
            let mut values = Vec::with_capacity(texts.len());
            for row in 0..texts.len() {
                let read = || date_time::read(texts.get(row), known == Known::DateTimeNanoseconds, drop);
                values.push(if set(row) { read().map_err(|error| Fault::new(row, error.as_it_stands()))? } else { 0 });
            }
            return Ok(match known {
                Known::DateTimeNanoseconds => Arc::new(TimestampNanosecondArray::new(values.into(), nulls)),
                _ => Arc::new(TimestampMicrosecondArray::new(values.into(), nulls)),
            });
        }
        let mut out = Texts::default();
        let mut restyled = 0;
        for row in 0..texts.len() {
            let bytes = texts.get(row);
            let pushed = match known {
                _ if !set(row) => Ok(()),
                Known::ConfluentDecimal => confluent::read_text(&mut out.bytes, bytes, drop).map(|usual| {
                    restyled += u64::from(!usual);
                }),
                _ => json::push(&mut out.bytes, known, bytes, self.depth, drop).map_err(Error::from),
            };
            pushed.map_err(|error| Fault::new(row, error.as_it_stands()))?;
            let end = i32::try_from(out.bytes.len())
                .map_err(|_| Fault::new(row, Error::limit("text of a batch is longer than 2 GiB")))?;
            out.offsets.push(end);
        }
        if restyled > 0 {
            *self.report.losses.entry((Code::Restyled, path.to_owned())).or_default() += restyled;
        }
        text_array(out, nulls)
    }

    /// Encoded messages as ProtoJSON text.
    fn proto_json(
        &mut self,
        bytes: &Texts,
        message: usize,
        rows: usize,
        nulls: Option<NullBuffer>,
        path: &str,
    ) -> Result<ArrayRef, Fault> {
        let Some(writer) = self.writer else { return Err(Fault::new(0, Error::internal("no writer of ProtoJSON"))) };
        let mut out = Texts::default();
        let mut lost = Lost::default();
        for row in 0..rows {
            if nulls.as_ref().is_none_or(|nulls| nulls.is_valid(row)) {
                writer
                    .message(message, bytes.get(row), &mut out.bytes, &mut lost)
                    .map_err(|error| Fault::new(row, error.without_byte().as_it_stands()))?;
            }
            let end = i32::try_from(out.bytes.len())
                .map_err(|_| Fault::new(row, Error::limit("JSON text of a batch is longer than 2 GiB")))?;
            out.offsets.push(end);
        }
        for (code, count) in [(Code::UnknownField, lost.unknown), (Code::NaNPayload, lost.payloads)] {
            if count > 0 {
                *self.report.losses.entry((code, path.to_owned())).or_default() += count;
            }
        }
        text_array(out, nulls)
    }
}

/// The first row that exists and is not set.
fn first_missing(set: &NullBuffer, live: Option<&NullBuffer>) -> Option<usize> {
    if set.null_count() == 0 {
        return None;
    }
    (0..set.len()).find(|row| set.is_null(*row) && live.is_none_or(|live| live.is_valid(*row)))
}

/// A fault of an element, as one of the row that holds it.
fn up(fault: Fault, ends: &[i32], name: &str) -> Fault {
    let row = ends.partition_point(|end| *end as usize <= fault.row);
    Fault { row, error: fault.error.in_column(name) }
}

fn mismatch(field: &Field) -> Fault {
    Fault { row: 0, error: Error::internal(format!("column {} is of type {}", field.name(), field.data_type())) }
}

fn offsets(ends: Vec<i32>) -> OffsetBuffer<i32> {
    let mut offsets = Vec::with_capacity(ends.len() + 1);
    offsets.push(0);
    offsets.extend_from_slice(&ends);
    OffsetBuffer::new(ScalarBuffer::from(offsets))
}

fn parts(texts: Texts) -> (OffsetBuffer<i32>, Buffer) {
    (OffsetBuffer::new(ScalarBuffer::from(texts.offsets)), Buffer::from_vec(texts.bytes))
}

/// Checks the whole buffer at once; only if that fails the bad row is searched for.
fn text_array(texts: Texts, nulls: Option<NullBuffer>) -> Result<ArrayRef, Fault> {
    let (offsets, bytes) = parts(texts);
    match strings::array(offsets.clone(), bytes.clone(), nulls) {
        Ok(array) => Ok(Arc::new(array)),
        Err(cause) => {
            for (row, pair) in offsets.windows(2).enumerate() {
                let text = bytes.get(pair[0] as usize..pair[1] as usize).unwrap_or_default();
                if let Err(bad) = std::str::from_utf8(text) {
                    let message = format!("text is not valid UTF-8 (at its byte {})", bad.valid_up_to());
                    return Err(Fault { row, error: Error::value(Code::Utf8, message) });
                }
            }
            Err(Fault::arrow(cause))
        }
    }
}

fn moments_array(moments: Moments, nulls: Option<NullBuffer>) -> ArrayRef {
    let (known, values) = (moments.known(), moments.values);
    match known {
        Known::Duration => Arc::new(DurationNanosecondArray::new(values.into(), nulls)),
        Known::DurationMicroseconds => Arc::new(DurationMicrosecondArray::new(values.into(), nulls)),
        Known::TimestampMicroseconds => {
            Arc::new(TimestampMicrosecondArray::new(values.into(), nulls).with_timezone("UTC"))
        }
        _ => Arc::new(TimestampNanosecondArray::new(values.into(), nulls).with_timezone("UTC")),
    }
}

/// Dates or times of day.
enum Days {
    Dates(Vec<i32>),
    Times(Vec<i64>),
}

/// The values, zero where there is none, and the rows whose parts are none.
fn day_parts(known: Known, parts: &[[i32; 4]], nulls: Option<&NullBuffer>) -> (Days, Vec<(usize, Error)>) {
    let mut faults = Vec::new();
    let mut value = |row: usize, value: Result<i64>| match value {
        _ if nulls.is_some_and(|nulls| nulls.is_null(row)) => 0,
        Ok(value) => value,
        Err(error) => {
            faults.push((row, error));
            0
        }
    };
    let rows = parts.iter().enumerate();
    let days = match known {
        Known::Date => {
            let date = |[year, month, day, _]: &[i32; 4]| known::date(*year, *month, *day).map(i64::from);
            // A date of this type has no more than four digits of a year.
            Days::Dates(rows.map(|(row, parts)| value(row, date(parts)) as i32).collect())
        }
        _ => Days::Times(rows.map(|(row, parts)| value(row, known::time_of_day(*parts))).collect()),
    };
    (days, faults)
}

/// Of equal keys in a row the last entry stays. `None` if there are none.
fn last_of_each(keys: &ArrayRef, ends: &[i32]) -> Option<(UInt32Array, Vec<i32>)> {
    match keys.data_type() {
        DataType::Utf8 => {
            let keys = keys.as_string::<i32>();
            distinct(|index| keys.value(index), ends)
        }
        DataType::Int32 => distinct_numbers(keys.as_primitive::<Int32Type>().values(), ends),
        DataType::Int64 => distinct_numbers(keys.as_primitive::<Int64Type>().values(), ends),
        DataType::UInt32 => distinct_numbers(keys.as_primitive::<UInt32Type>().values(), ends),
        DataType::UInt64 => distinct_numbers(keys.as_primitive::<UInt64Type>().values(), ends),
        DataType::Boolean => {
            let keys: &BooleanBuffer = keys.as_boolean().values();
            distinct(|index| keys.value(index), ends)
        }
        _ => None,
    }
}

fn distinct_numbers<T: Copy + Eq + std::hash::Hash>(keys: &[T], ends: &[i32]) -> Option<(UInt32Array, Vec<i32>)> {
    distinct(|index| keys[index], ends)
}

fn distinct<K: Eq + std::hash::Hash>(key: impl Fn(usize) -> K, ends: &[i32]) -> Option<(UInt32Array, Vec<i32>)> {
    let mut dropped: Vec<usize> = Vec::new();
    let mut start = 0;
    let mut seen = HashSet::new();
    for end in ends {
        let end = *end as usize;
        if end - start > 8 {
            seen.clear();
            dropped.extend((start..end).rev().filter(|index| !seen.insert(key(*index))));
        } else {
            // A later equal key makes an entry void.
            let void = |index: &usize| (*index + 1..end).any(|later| key(later) == key(*index));
            dropped.extend((start..end).filter(void));
        }
        start = end;
    }
    if dropped.is_empty() {
        return None;
    }
    dropped.sort_unstable();
    let mut rest = dropped.iter().copied().peekable();
    let mut kept = Vec::with_capacity(start - dropped.len());
    let mut kept_ends = Vec::with_capacity(ends.len());
    let mut index = 0;
    for end in ends {
        while index < *end as usize {
            if rest.next_if_eq(&index).is_none() {
                kept.push(index as u32);
            }
            index += 1;
        }
        kept_ends.push(kept.len() as i32);
    }
    Some((kept.into(), kept_ends))
}
