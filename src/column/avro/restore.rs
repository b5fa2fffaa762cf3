//! From the array that an Avro type gives to the Arrow type that a hint names: whole columns at a time, checked value
//! by value. Values that a hint cannot mean stop the run, with the record.

use std::collections::HashMap;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::*;
use arrow_array::{
    Array, ArrayRef, ArrowPrimitiveType, BinaryViewArray, DictionaryArray, FixedSizeListArray, LargeBinaryArray,
    LargeListArray, LargeListViewArray, LargeStringArray, ListViewArray, PrimitiveArray, RunArray, StringViewArray,
    UInt32Array, UnionArray, make_array,
};
use arrow_buffer::{
    ArrowNativeType, Buffer, IntervalDayTime, IntervalMonthDayNano, NullBuffer, OffsetBuffer, ScalarBuffer, i256,
};
use arrow_schema::{ArrowError, DataType, Field, IntervalUnit, TimeUnit, UnionFields, UnionMode};

use crate::code::Code;
use crate::column::decimal::parse_i256;
use crate::column::number::width::f16_of_f32;
use crate::column::placeholder::without_nulls;
use crate::error::{Error, Result};
use crate::schema::avsc::hint::restorable;

/// What to do about a hint that does not hold.
pub(crate) const HINTS_OFF: &str = "to read without hints, use --no-hints";

/// `array` as the type of `target`.
pub(crate) fn restore(array: ArrayRef, target: &Field) -> Result<ArrayRef> {
    to_type(array, target.data_type())
}

fn to_type(array: ArrayRef, target: &DataType) -> Result<ArrayRef> {
    use DataType as T;
    if array.data_type() == target {
        return Ok(array);
    }
    match (array.data_type(), target) {
        (T::Dictionary(_, _), T::Dictionary(key, _)) => {
            let values = array.as_dictionary::<Int32Type>();
            let keys = values.keys().iter().map(|key| key.and_then(|key| usize::try_from(key).ok()));
            dictionary(key, keys, values.values().clone())
        }
        (_, T::Dictionary(key, value)) => {
            let values = to_type(array, value)?;
            encode_dictionary(&values, key)
        }
        (_, T::RunEndEncoded(ends, values)) => {
            let array = to_type(array, values.data_type())?;
            match ends.data_type() {
                T::Int16 => run_encode::<Int16Type>(array, target),
                T::Int32 => run_encode::<Int32Type>(array, target),
                _ => run_encode::<Int64Type>(array, target),
            }
        }
        (T::List(_), _) => list(&array, target),
        (T::Map(..), T::Map(..)) => Ok(make_array(array.to_data().into_builder().data_type(target.clone()).build()?)),
        (T::Struct(_), T::Union(fields, mode)) => union_of(&array, fields, *mode),
        (T::Struct(_), T::Interval(unit)) => interval_of(&array, *unit, target),
        (T::Union(..), T::Union(fields, mode)) => retag(&array, fields, *mode),
        (natural, target) if restorable(natural, target) => leaf(&array, target),
        (natural, target) => Err(Error::internal(format!("{natural} is to be restored as {target}"))),
    }
}

/// Converts the valid values; `f` says why one does not fit.
fn map<A: ArrowPrimitiveType, B: ArrowPrimitiveType>(
    array: &ArrayRef,
    target: &DataType,
    f: impl Fn(A::Native) -> Result<B::Native>,
) -> Result<ArrayRef> {
    let array = array.as_primitive::<A>();
    let mut values = Vec::with_capacity(array.len());
    for (row, value) in array.values().iter().enumerate() {
        values.push(match f(*value) {
            Ok(value) => value,
            Err(_) if array.is_null(row) => B::Native::default(),
            Err(error) => return Err(error.at_record(row as u64)),
        });
    }
    let made = PrimitiveArray::<B>::new(ScalarBuffer::from(values), array.nulls().cloned());
    Ok(Arc::new(made.with_data_type(target.clone())))
}

fn narrow<A: Copy + std::fmt::Display, B: TryFrom<A>>(target: &DataType) -> impl Fn(A) -> Result<B> {
    move |value| {
        B::try_from(value).map_err(|_| {
            Error::value(Code::IntRange, format!("{value} is not a {target}, which a hint in the file says it is"))
                .with_hint(HINTS_OFF)
        })
    }
}

fn divide(value: i64, by: i64, target: &DataType) -> Result<i64> {
    if value % by == 0 {
        return Ok(value / by);
    }
    Err(Error::value(Code::TimePrecision, format!("{value} has a part that {target} cannot hold, which a hint names"))
        .with_hint(HINTS_OFF))
}

fn multiply(value: i64, by: i64, target: &DataType) -> Result<i64> {
    value
        .checked_mul(by)
        .ok_or_else(|| Error::value(Code::TimestampRange, format!("{value} is outside the range of {target}")))
        .map_err(|error| error.with_hint(HINTS_OFF))
}

fn leaf(array: &ArrayRef, target: &DataType) -> Result<ArrayRef> {
    use DataType as T;
    match (array.data_type(), target) {
        (T::Int32, T::Int8) => map::<Int32Type, Int8Type>(array, target, narrow(target)),
        (T::Int32, T::Int16) => map::<Int32Type, Int16Type>(array, target, narrow(target)),
        (T::Int32, T::UInt8) => map::<Int32Type, UInt8Type>(array, target, narrow(target)),
        (T::Int32, T::UInt16) => map::<Int32Type, UInt16Type>(array, target, narrow(target)),
        (T::Int64, T::UInt32) => map::<Int64Type, UInt32Type>(array, target, narrow(target)),
        (T::Int64, T::UInt64) => map::<Int64Type, UInt64Type>(array, target, narrow(target)),
        (T::Int64, T::Time64(_)) => map::<Int64Type, Time64NanosecondType>(array, target, |v| {
            let misfit = || Error::value(Code::DateRange, format!("{v} ns is outside the day")).with_hint(HINTS_OFF);
            if (0..86_400_000_000_000).contains(&v) { Ok(v) } else { Err(misfit()) }
        }),
        (T::Decimal128(20, 0), T::UInt64) => map::<Decimal128Type, UInt64Type>(array, target, narrow(target)),
        (T::Int64, T::Duration(_))
        | (T::Timestamp(TimeUnit::Millisecond, None), T::Date64)
        | (T::Timestamp(TimeUnit::Microsecond, _), T::Timestamp(TimeUnit::Microsecond, _))
        | (T::Timestamp(TimeUnit::Nanosecond, _), T::Timestamp(TimeUnit::Nanosecond, _))
        | (T::Timestamp(TimeUnit::Millisecond, _), T::Timestamp(TimeUnit::Millisecond, _)) => {
            // The same 64 bits under another name.
            Ok(make_array(array.to_data().into_builder().data_type(target.clone()).build()?))
        }
        (T::Timestamp(..), T::Timestamp(..)) => {
            map::<TimestampMillisecondType, TimestampSecondType>(array, target, |v| divide(v, 1000, target))
        }
        (T::Time32(_), _) => map::<Time32MillisecondType, Time32SecondType>(array, target, |v| {
            i32::try_from(divide(i64::from(v), 1000, target)?).map_err(|_| Error::internal("a time in seconds"))
        }),
        (T::Time64(_), _) => {
            map::<Time64MicrosecondType, Time64NanosecondType>(array, target, |v| multiply(v, 1000, target))
        }
        (T::Date32, _) => map::<Date32Type, Date64Type>(array, target, |v| multiply(i64::from(v), 86_400_000, target)),
        (T::Float32, _) => map::<Float32Type, Float16Type>(array, target, |v| {
            f16_of_f32(v).ok_or_else(|| {
                Error::value(Code::FloatDigits, format!("{v} is not a float of 16 bits")).with_hint(HINTS_OFF)
            })
        }),
        (T::Interval(_), T::Interval(IntervalUnit::YearMonth)) => {
            map::<IntervalMonthDayNanoType, IntervalYearMonthType>(array, target, |v| {
                if v.days == 0 && v.nanoseconds == 0 { Ok(v.months) } else { Err(bad_interval(target)) }
            })
        }
        (T::Interval(_), _) => map::<IntervalMonthDayNanoType, IntervalDayTimeType>(array, target, |v| {
            let millis = i32::try_from(v.nanoseconds / 1_000_000).map_err(|_| bad_interval(target))?;
            if v.months == 0 && v.nanoseconds % 1_000_000 == 0 {
                Ok(IntervalDayTime::new(v.days, millis))
            } else {
                Err(bad_interval(target))
            }
        }),
        (T::Utf8, T::Decimal32(..) | T::Decimal64(..) | T::Decimal128(..) | T::Decimal256(..)) => {
            decimal_of_text(array, target)
        }
        (T::Utf8, T::LargeUtf8) => {
            let array = array.as_string::<i32>();
            let offsets = widened(array.offsets());
            Ok(Arc::new(LargeStringArray::try_new(offsets, array.values().clone(), array.nulls().cloned())?))
        }
        (T::Utf8, _) => Ok(Arc::new(StringViewArray::from(array.as_string::<i32>()))),
        (T::Binary, T::LargeBinary) => {
            let array = array.as_binary::<i32>();
            let offsets = widened(array.offsets());
            Ok(Arc::new(LargeBinaryArray::try_new(offsets, array.values().clone(), array.nulls().cloned())?))
        }
        (T::Binary, _) => Ok(Arc::new(BinaryViewArray::from(array.as_binary::<i32>()))),
        (T::Decimal128(..) | T::Decimal256(..), _) => decimal(array, target),
        (natural, target) => Err(Error::internal(format!("{natural} is to be restored as {target}"))),
    }
}

/// An interval from a record of its parts.
fn interval_of(array: &ArrayRef, unit: IntervalUnit, target: &DataType) -> Result<ArrayRef> {
    let record = array.as_struct();
    let [months, days, nanos] = record.columns() else {
        return Err(Error::internal("an interval of other than three parts"));
    };
    let (months, days) = (months.as_primitive::<Int32Type>().values(), days.as_primitive::<Int32Type>().values());
    let nanos = nanos.as_primitive::<Int64Type>().values();
    let parts = months.iter().zip(days.iter()).zip(nanos.iter());
    let values = parts.map(|((months, days), nanos)| IntervalMonthDayNano::new(*months, *days, *nanos));
    let values = ScalarBuffer::from(values.collect::<Vec<_>>());
    let whole: ArrayRef = Arc::new(PrimitiveArray::<IntervalMonthDayNanoType>::new(values, record.nulls().cloned()));
    match unit {
        IntervalUnit::MonthDayNano => Ok(whole),
        IntervalUnit::YearMonth | IntervalUnit::DayTime => leaf(&whole, target),
    }
}

fn bad_interval(target: &DataType) -> Error {
    Error::value(Code::Interval, format!("an interval that {target} cannot hold, which a hint names"))
        .with_hint(HINTS_OFF)
}

fn widened(offsets: &OffsetBuffer<i32>) -> OffsetBuffer<i64> {
    OffsetBuffer::new(offsets.iter().map(|offset| i64::from(*offset)).collect())
}

/// Decimals of another width or of a scale below zero.
fn decimal(array: &ArrayRef, target: &DataType) -> Result<ArrayRef> {
    let scale = match target {
        DataType::Decimal32(_, s)
        | DataType::Decimal64(_, s)
        | DataType::Decimal128(_, s)
        | DataType::Decimal256(_, s) => *s,
        other => return Err(Error::internal(format!("a decimal is to be restored as {other}"))),
    };
    let by = super::numeric::power256(if scale < 0 { scale.unsigned_abs() } else { 0 });
    let wide: Vec<i256> = match array.data_type() {
        DataType::Decimal128(..) => {
            array.as_primitive::<Decimal128Type>().values().iter().map(|v| i256::from(*v)).collect()
        }
        _ => array.as_primitive::<Decimal256Type>().values().to_vec(),
    };
    let misfit = || misfit(target);
    let mut scaled = Vec::with_capacity(wide.len());
    for (row, value) in wide.into_iter().enumerate() {
        let fits = value.checked_rem(by) == Some(i256::ZERO) || array.is_null(row);
        let value = value.checked_div(by).filter(|_| fits);
        scaled.push(value.ok_or_else(|| misfit().at_record(row as u64))?);
    }
    narrowed(scaled, array.nulls().cloned(), target)
}

/// Decimals of a scale so far below zero that no decimal without one holds them: the digits of whole numbers.
fn decimal_of_text(array: &ArrayRef, target: &DataType) -> Result<ArrayRef> {
    let (precision, scale) = match target {
        DataType::Decimal32(p, s)
        | DataType::Decimal64(p, s)
        | DataType::Decimal128(p, s)
        | DataType::Decimal256(p, s) => (*p, *s),
        other => return Err(Error::internal(format!("a decimal is to be restored as {other}"))),
    };
    let texts = array.as_string::<i32>();
    let mut values = Vec::with_capacity(texts.len());
    for (row, text) in texts.iter().enumerate() {
        let value = text.map_or(Ok(i256::ZERO), |text| parse_i256(text.as_bytes(), precision, scale));
        values.push(value.map_err(|_| misfit(target).at_record(row as u64))?);
    }
    narrowed(values, array.nulls().cloned(), target)
}

fn misfit(target: &DataType) -> Error {
    Error::value(Code::DecimalScale, format!("a value that {target} cannot hold, which a hint names"))
        .with_hint(HINTS_OFF)
}

/// Numbers as decimals of a width that holds them.
fn narrowed(scaled: Vec<i256>, nulls: Option<NullBuffer>, target: &DataType) -> Result<ArrayRef> {
    let misfit = || misfit(target);
    let narrow = |row: usize, value: &i256| value.to_i128().ok_or_else(|| misfit().at_record(row as u64));
    let narrowed = || scaled.iter().enumerate().map(|(row, value)| narrow(row, value));
    let small = |row: usize| move |_| misfit().at_record(row as u64);
    Ok(match target {
        DataType::Decimal32(..) => {
            let values = narrowed().enumerate().map(|(row, value)| i32::try_from(value?).map_err(small(row)));
            let values: Vec<i32> = values.collect::<Result<_>>()?;
            Arc::new(PrimitiveArray::<Decimal32Type>::new(values.into(), nulls).with_data_type(target.clone()))
        }
        DataType::Decimal64(..) => {
            let values = narrowed().enumerate().map(|(row, value)| i64::try_from(value?).map_err(small(row)));
            let values: Vec<i64> = values.collect::<Result<_>>()?;
            Arc::new(PrimitiveArray::<Decimal64Type>::new(values.into(), nulls).with_data_type(target.clone()))
        }
        DataType::Decimal128(..) => {
            let values: Vec<i128> = narrowed().collect::<Result<_>>()?;
            Arc::new(PrimitiveArray::<Decimal128Type>::new(values.into(), nulls).with_data_type(target.clone()))
        }
        _ => Arc::new(PrimitiveArray::<Decimal256Type>::new(scaled.into(), nulls).with_data_type(target.clone())),
    })
}

fn list(array: &ArrayRef, target: &DataType) -> Result<ArrayRef> {
    let list = array.as_list::<i32>();
    let (offsets, items, nulls) = (list.offsets(), list.values().clone(), list.nulls().cloned());
    let starts = || offsets.iter().take(list.len());
    Ok(match target {
        DataType::LargeList(item) => Arc::new(LargeListArray::try_new(item.clone(), widened(offsets), items, nulls)?),
        DataType::ListView(item) => {
            let sizes: Vec<i32> = offsets.lengths().map(|len| len as i32).collect();
            Arc::new(ListViewArray::try_new(item.clone(), starts().copied().collect(), sizes.into(), items, nulls)?)
        }
        DataType::LargeListView(item) => {
            let sizes: Vec<i64> = offsets.lengths().map(|len| len as i64).collect();
            let starts = starts().map(|start| i64::from(*start)).collect();
            Arc::new(LargeListViewArray::try_new(item.clone(), starts, sizes.into(), items, nulls)?)
        }
        DataType::FixedSizeList(item, size) => {
            let width = usize::try_from(*size).map_err(|_| Error::internal("a list of a size below zero"))?;
            // Where there is no value there are as many items: the column made room for them.
            if let Some(row) = offsets.lengths().position(|len| len != width) {
                let len = (offsets[row + 1] - offsets[row]).as_usize();
                let message = format!("a list of {len} items, but a hint says {width}");
                return Err(Error::value(Code::Length, message).at_record(row as u64).with_hint(HINTS_OFF));
            }
            Arc::new(FixedSizeListArray::try_new_with_length(item.clone(), *size, items, nulls, list.len())?)
        }
        other => return Err(Error::internal(format!("a list is to be restored as {other}"))),
    })
}

/// The branch of a union that a record of optional fields stands for if none of them is set: the one of nulls, else the
/// first that can be null. A branch that is a union has no nulls but those of its own branches.
pub(crate) fn branch_of_nulls(fields: &UnionFields) -> Option<usize> {
    let of_type = fields.iter().position(|(_, field)| field.data_type().is_null());
    let can_be = |field: &Field| field.is_nullable() && !matches!(field.data_type(), DataType::Union(..));
    of_type.or_else(|| fields.iter().position(|(_, field)| can_be(field)))
}

/// A union that was written as a record of optional fields, one of them set.
fn union_of(array: &ArrayRef, fields: &UnionFields, mode: UnionMode) -> Result<ArrayRef> {
    let record = array.as_struct();
    let present: Vec<_> = record.columns().iter().map(|column| column.logical_nulls()).collect();
    union_of_columns(record.columns(), record.len(), record.nulls(), &present, fields, mode)
}

/// The same of the columns of such a record of `len` rows, some of which are null, by whether each field is set.
pub(crate) fn union_of_columns(
    columns: &[ArrayRef],
    len: usize,
    nulls: Option<&NullBuffer>,
    present: &[Option<NullBuffer>],
    fields: &UnionFields,
    mode: UnionMode,
) -> Result<ArrayRef> {
    let ids: Vec<i8> = fields.iter().map(|(id, _)| id).collect();
    let empty = branch_of_nulls(fields).unwrap_or(0);
    let mut tags = Vec::with_capacity(len);
    for row in 0..len {
        let mut set = columns.iter().zip(present).enumerate().filter(|(_, (column, nulls))| {
            !column.data_type().is_null() && nulls.as_ref().is_none_or(|nulls| nulls.is_valid(row))
        });
        let chosen = set.next().map_or(empty, |(index, _)| index);
        if set.next().is_some() && nulls.is_none_or(|nulls| nulls.is_valid(row)) {
            return Err(Error::value(Code::OneOf, "more than one branch of a union is set").at_record(row as u64));
        }
        tags.push(chosen);
    }
    let type_ids: Vec<i8> = tags.iter().map(|tag| ids[*tag]).collect();
    let sparse_offsets: Vec<i32> = (0..len).map(|row| row as i32).collect();
    let offsets = (mode == UnionMode::Dense).then(|| sparse_offsets.into());
    let columns =
        fields.iter().zip(columns).enumerate().map(|(branch, ((_, field), column))| match field.is_nullable() {
            true => Ok(column.clone()),
            false => without_nulls_of_others(column, branch, &tags),
        });
    let columns = columns.collect::<Result<Vec<_>>>()?;
    Ok(Arc::new(UnionArray::try_new(fields.clone(), type_ids.into(), offsets, columns)?))
}

/// The column of a branch that has no nulls: those that are left are of rows of this branch.
fn without_nulls_of_others(column: &ArrayRef, branch: usize, tags: &[usize]) -> Result<ArrayRef> {
    let Some(nulls) = column.nulls() else { return Ok(column.clone()) };
    let own: NullBuffer = nulls.iter().zip(tags).map(|(valid, tag)| valid || *tag != branch).collect();
    let filled = without_nulls(column)?;
    if own.null_count() == 0 {
        return Ok(filled);
    }
    Ok(make_array(filled.to_data().into_builder().nulls(Some(own)).build()?))
}

/// The same union with other type ids, or with children as long as itself.
fn retag(array: &ArrayRef, fields: &UnionFields, mode: UnionMode) -> Result<ArrayRef> {
    let DataType::Union(natural, _) = array.data_type() else { return Err(Error::internal("not a union")) };
    let union = arrow_array::cast::as_union_array(array);
    let mut ids = [0i8; 128];
    for ((old, _), (new, _)) in natural.iter().zip(fields.iter()) {
        if let Some(slot) = usize::try_from(old).ok().and_then(|old| ids.get_mut(old)) {
            *slot = new;
        }
    }
    let type_ids: Vec<i8> = union.type_ids().iter().map(|id| ids[usize::try_from(*id).unwrap_or_default()]).collect();
    let children: Vec<ArrayRef> = natural.iter().map(|(id, _)| union.child(id).clone()).collect();
    let offsets = union.offsets().cloned().unwrap_or_default();
    if mode == UnionMode::Dense {
        return Ok(Arc::new(UnionArray::try_new(fields.clone(), type_ids.into(), Some(offsets), children)?));
    }
    let mut wide = Vec::with_capacity(children.len());
    for (child, (id, _)) in children.iter().zip(natural.iter()) {
        // Slots of other branches repeat the first value: nobody looks at them.
        let rows = union.type_ids().iter().zip(offsets.iter());
        let indices: Vec<u32> = rows.map(|(tag, offset)| if *tag == id { *offset as u32 } else { 0 }).collect();
        wide.push(arrow_select::take::take(child, &UInt32Array::from(indices), None)?);
    }
    Ok(Arc::new(UnionArray::try_new(fields.clone(), type_ids.into(), None, wide)?))
}

/// A dictionary of the distinct values, in the order in which they appear.
fn encode_dictionary(array: &ArrayRef, key: &DataType) -> Result<ArrayRef> {
    let nulls = array.logical_nulls();
    let present = |row: usize| nulls.as_ref().is_none_or(|nulls| nulls.is_valid(row));
    let mut firsts: Vec<u32> = Vec::new();
    let mut keys: Vec<Option<usize>> = Vec::with_capacity(array.len());
    let mut intern = |row: usize, seen: Option<usize>| -> usize {
        seen.unwrap_or_else(|| {
            firsts.push(row as u32);
            firsts.len() - 1
        })
    };
    if let Some(bytes) = bytes_of(array) {
        let mut seen: HashMap<&[u8], usize, foldhash::fast::RandomState> = HashMap::default();
        for row in 0..array.len() {
            keys.push(present(row).then(|| {
                let value = bytes.get(row);
                let found = intern(row, seen.get(value).copied());
                seen.entry(value).or_insert(found);
                found
            }));
        }
    } else {
        // Values without bytes of their own (booleans, nested): each is compared with those before.
        let compare = arrow_ord::ord::make_comparator(array, array, Default::default())?;
        for row in 0..array.len() {
            keys.push(match present(row) {
                false => None,
                true => {
                    let seen = firsts.iter().position(|first| compare(*first as usize, row).is_eq());
                    Some(seen.unwrap_or_else(|| {
                        firsts.push(row as u32);
                        firsts.len() - 1
                    }))
                }
            });
        }
    }
    let values = arrow_select::take::take(array, &UInt32Array::from(firsts), None)?;
    dictionary(key, keys.into_iter(), values)
}

/// The bytes of each value of an array that has them.
enum Bytes<'a> {
    Offsets(&'a [i32], &'a [u8]),
    LargeOffsets(&'a [i64], &'a [u8]),
    Fixed(Buffer, usize, usize),
}

impl Bytes<'_> {
    fn get(&self, row: usize) -> &[u8] {
        match self {
            Bytes::Offsets(offsets, values) => &values[offsets[row].as_usize()..offsets[row + 1].as_usize()],
            Bytes::LargeOffsets(offsets, values) => &values[offsets[row].as_usize()..offsets[row + 1].as_usize()],
            Bytes::Fixed(values, offset, width) => {
                let start = (offset + row) * width;
                &values.as_slice()[start..start + width]
            }
        }
    }
}

fn bytes_of(array: &ArrayRef) -> Option<Bytes<'_>> {
    Some(match array.data_type() {
        DataType::Utf8 => {
            let array = array.as_string::<i32>();
            Bytes::Offsets(array.offsets(), array.values())
        }
        DataType::Binary => {
            let array = array.as_binary::<i32>();
            Bytes::Offsets(array.offsets(), array.values())
        }
        DataType::LargeUtf8 => {
            let array = array.as_string::<i64>();
            Bytes::LargeOffsets(array.offsets(), array.values())
        }
        DataType::LargeBinary => {
            let array = array.as_binary::<i64>();
            Bytes::LargeOffsets(array.offsets(), array.values())
        }
        data_type => {
            let width = data_type.primitive_width()?;
            let data = array.to_data();
            Bytes::Fixed(data.buffers().first()?.clone(), data.offset(), width)
        }
    })
}

fn dictionary(key: &DataType, keys: impl Iterator<Item = Option<usize>>, values: ArrayRef) -> Result<ArrayRef> {
    fn make<K: ArrowDictionaryKeyType>(
        keys: impl Iterator<Item = Option<usize>>,
        values: ArrayRef,
    ) -> Result<ArrayRef> {
        let mut found = Vec::new();
        for (row, key) in keys.enumerate() {
            found.push(match key {
                None => None,
                Some(key) => Some(K::Native::from_usize(key).ok_or_else(|| {
                    Error::value(Code::IntRange, "more distinct values than the dictionary's keys can number")
                        .at_record(row as u64)
                        .with_hint(HINTS_OFF)
                })?),
            });
        }
        Ok(Arc::new(DictionaryArray::<K>::try_new(PrimitiveArray::<K>::from_iter(found), values)?))
    }
    match key {
        DataType::Int8 => make::<Int8Type>(keys, values),
        DataType::Int16 => make::<Int16Type>(keys, values),
        DataType::Int32 => make::<Int32Type>(keys, values),
        DataType::Int64 => make::<Int64Type>(keys, values),
        DataType::UInt8 => make::<UInt8Type>(keys, values),
        DataType::UInt16 => make::<UInt16Type>(keys, values),
        DataType::UInt32 => make::<UInt32Type>(keys, values),
        DataType::UInt64 => make::<UInt64Type>(keys, values),
        other => Err(Error::internal(format!("dictionary keys of type {other}"))),
    }
}

fn run_encode<R: RunEndIndexType>(array: ArrayRef, target: &DataType) -> Result<ArrayRef> {
    let same = arrow_ord::ord::make_comparator(&array, &array, Default::default())?;
    let mut ends: Vec<R::Native> = Vec::new();
    let mut firsts: Vec<u32> = Vec::new();
    for row in 0..array.len() {
        if row > 0 && same(row - 1, row).is_eq() {
            ends.pop();
        } else {
            firsts.push(row as u32);
        }
        let end = R::Native::from_usize(row + 1).ok_or_else(|| {
            Error::value(Code::IntRange, "more rows in a batch than the run ends can number")
                .at_record(row as u64)
                .with_hint(HINTS_OFF)
        })?;
        ends.push(end);
    }
    let values = arrow_select::take::take(&array, &UInt32Array::from(firsts), None)?;
    let ends = PrimitiveArray::<R>::new(ends.into(), None);
    let array: ArrayRef = Arc::new(RunArray::<R>::try_new(&ends, &values)?);
    if array.data_type() == target {
        return Ok(array);
    }
    Ok(make_array(array.to_data().into_builder().data_type(target.clone()).build()?))
}

/// The row of the text that is not UTF-8, after Arrow refused the column.
pub(crate) fn locate_bad_text(offsets: &OffsetBuffer<i32>, values: &Buffer, error: ArrowError) -> Error {
    for (row, pair) in offsets.windows(2).enumerate() {
        let bytes = values.get(pair[0].as_usize()..pair[1].as_usize()).unwrap_or_default();
        if let Err(bad) = std::str::from_utf8(bytes) {
            let message = format!("text that is not UTF-8 at its byte {}", bad.valid_up_to());
            return Error::value(Code::Utf8, message)
                .at_record(row as u64)
                .with_hint("to read such a column as bytes, use --invalid-utf8=binary");
        }
    }
    error.into()
}
