//! Behind the reader: what [`super::lower`] did is undone, and checked, because another program may have written it.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    ArrowDictionaryKeyType, Date32Type, Date64Type, Decimal32Type, Decimal64Type, Decimal128Type, Decimal256Type,
    DecimalType, Int8Type, Int32Type, Int64Type, RunEndIndexType, Time32MillisecondType, Time32SecondType,
    TimestampMillisecondType, TimestampSecondType,
};
use arrow_array::{
    Array, ArrayRef, ArrowPrimitiveType, BooleanArray, DictionaryArray, FixedSizeBinaryArray, FixedSizeListArray,
    Int32Array, IntervalDayTimeArray, IntervalMonthDayNanoArray, IntervalYearMonthArray, NullArray, PrimitiveArray,
    RunArray, StructArray, UInt32Array, UnionArray, downcast_integer, new_empty_array, new_null_array,
};
use arrow_buffer::{ArrowNativeType, Buffer, IntervalDayTime, IntervalMonthDayNano, ScalarBuffer, i256};
use arrow_ord::ord::make_comparator;
use arrow_schema::{DataType, IntervalUnit, SortOptions, UnionMode};
use arrow_select::filter::filter;
use arrow_select::take::take;

use super::change::{Change, ChangeKind, UnionChange};
use super::lower::power_of_ten;
use super::nested::rebuilt;
use crate::code::Code;
use crate::column::precision::unscaled;
use crate::error::{Error, Result};

const DAY_MILLIS: i64 = 86_400_000;

/// `array`, of type `change.stored`, as `change.arrow`.
pub(super) fn raise(change: &Change, array: &ArrayRef) -> Result<ArrayRef> {
    match &change.kind {
        ChangeKind::Keep => Ok(array.clone()),
        ChangeKind::Children(changes) => rebuilt(array, &change.arrow, &|index, child| match changes.get(index) {
            Some(change) => raise(change, child),
            None => Err(Error::internal("more children than changes")),
        }),
        ChangeKind::TimestampSeconds => {
            let zone = match &change.arrow {
                DataType::Timestamp(_, zone) => zone.clone(),
                _ => None,
            };
            let seconds = divided::<TimestampMillisecondType, TimestampSecondType>(array, |millis| {
                (millis % 1000 == 0).then_some(millis / 1000)
            })?;
            Ok(Arc::new(seconds.with_timezone_opt(zone)))
        }
        ChangeKind::TimeSeconds => Ok(Arc::new(divided::<Time32MillisecondType, Time32SecondType>(array, |millis| {
            (millis % 1000 == 0).then_some(millis / 1000)
        })?)),
        ChangeKind::Date64 => {
            let millis = divided::<Date32Type, Date64Type>(array, |days| Some(i64::from(days) * DAY_MILLIS))?;
            Ok(Arc::new(millis))
        }
        ChangeKind::NegativeScale | ChangeKind::NegativeScaleText => negative_scale(change, array),
        ChangeKind::Interval(unit) => interval(*unit, array),
        ChangeKind::NativeInterval(unit) => {
            let parts = super::interval::parts(IntervalUnit::MonthDayNano, array);
            of_parts(*unit, parts.into_iter(), array)
        }
        ChangeKind::Union(union) => branches(union, array),
        ChangeKind::EmptyStruct => {
            let nulls = array.nulls().cloned();
            Ok(Arc::new(StructArray::new_empty_fields(array.len(), nulls)))
        }
        ChangeKind::EmptyList => {
            let DataType::FixedSizeList(item, size) = &change.arrow else { return Err(not_of(change)) };
            let values = new_empty_array(item.data_type());
            let nulls = array.nulls().cloned();
            Ok(Arc::new(FixedSizeListArray::try_new_with_length(item.clone(), *size, values, nulls, array.len())?))
        }
        ChangeKind::EmptyBytes => {
            let nulls = array.nulls().cloned();
            let values = Buffer::from_vec(Vec::<u8>::new());
            Ok(Arc::new(FixedSizeBinaryArray::try_new_with_len(0, values, nulls, array.len())?))
        }
        ChangeKind::DictionaryKeys => {
            let DataType::Dictionary(key, _) = &change.arrow else { return Err(not_of(change)) };
            rekeyed(key, array)
        }
        ChangeKind::DictionaryValues(value) => {
            let DataType::Dictionary(key, _) = &change.arrow else { return Err(not_of(change)) };
            encoded(key, &raise(value, array)?)
        }
        ChangeKind::RunEnds(value) => {
            let DataType::RunEndEncoded(ends, _) = &change.arrow else { return Err(not_of(change)) };
            let values = raise(value, array)?;
            match ends.data_type() {
                DataType::Int16 => runs::<arrow_array::types::Int16Type>(&change.arrow, &values),
                DataType::Int32 => runs::<Int32Type>(&change.arrow, &values),
                _ => runs::<Int64Type>(&change.arrow, &values),
            }
        }
    }
}

fn not_of(change: &Change) -> Error {
    Error::internal(format!("a column is not of type {}", change.stored))
}

/// The hint says that values were multiplied, and one was not.
fn misfit(code: Code, what: &str, row: usize) -> Error {
    Error::value(code, format!("{what} does not fit the type that the hint in the file names"))
        .at_record(row as u64)
        .with_hint("read the stored types: --from-opt hints=false")
}

fn divided<S: ArrowPrimitiveType, T: ArrowPrimitiveType>(
    array: &ArrayRef,
    convert: impl Fn(S::Native) -> Option<T::Native>,
) -> Result<PrimitiveArray<T>> {
    let array = array.as_primitive::<S>();
    let mut values = Vec::with_capacity(array.len());
    for (row, value) in array.values().iter().enumerate() {
        values.push(match convert(*value) {
            Some(value) => value,
            None if array.is_null(row) => T::default_value(),
            None => return Err(misfit(Code::TimePrecision, &format!("{value:?}"), row)),
        });
    }
    Ok(PrimitiveArray::new(values.into(), array.nulls().cloned()))
}

fn negative_scale(change: &Change, array: &ArrayRef) -> Result<ArrayRef> {
    let (DataType::Decimal32(digits, scale)
    | DataType::Decimal64(digits, scale)
    | DataType::Decimal128(digits, scale)
    | DataType::Decimal256(digits, scale)) = change.arrow
    else {
        return Err(not_of(change));
    };
    let zeros = u32::from(scale.unsigned_abs());
    let fault = |row: usize| misfit(Code::DecimalScale, "a decimal", row);
    let mut numbers = Vec::with_capacity(array.len());
    if let Some(text) = array.as_string_opt::<i32>() {
        for (row, text) in text.iter().enumerate() {
            let number = text.map(|text| {
                let kept = text.len().checked_sub(zeros as usize);
                match kept.map(|kept| text.split_at_checked(kept)) {
                    _ if text == "0" => Ok(i256::ZERO),
                    Some(Some((front, back))) if back.bytes().all(|byte| byte == b'0') => {
                        i256::from_string(front).ok_or_else(|| fault(row))
                    }
                    _ => Err(fault(row)),
                }
            });
            numbers.push(number.transpose()?);
        }
    } else {
        let power = power_of_ten(zeros).ok_or_else(|| not_of(change))?;
        for (row, value) in unscaled(array).into_iter().enumerate() {
            let number = value.map(|value| match value.checked_rem(power) {
                Some(rest) if rest == i256::ZERO => value.checked_div(power).ok_or_else(|| fault(row)),
                _ => Err(fault(row)),
            });
            numbers.push(number.transpose()?);
        }
    }
    macro_rules! narrowed {
        ($type:ty, $convert:expr) => {{
            let convert = $convert;
            let values = numbers
                .into_iter()
                .enumerate()
                .map(|(row, number)| number.map(|number: i256| convert(number).ok_or_else(|| fault(row))).transpose());
            let values = values.collect::<Result<PrimitiveArray<$type>>>()?;
            let values = values.with_precision_and_scale(digits, scale)?;
            let fits = |number: Option<_>| {
                number.is_none_or(|number| <$type as DecimalType>::is_valid_decimal_precision(number, digits))
            };
            if let Some(row) = values.iter().position(|number| !fits(number)) {
                return Err(fault(row));
            }
            Ok(Arc::new(values))
        }};
    }
    match change.arrow {
        DataType::Decimal32(_, _) => {
            narrowed!(Decimal32Type, |number: i256| number.to_i128().and_then(|number| i32::try_from(number).ok()))
        }
        DataType::Decimal64(_, _) => {
            narrowed!(Decimal64Type, |number: i256| number.to_i128().and_then(|number| i64::try_from(number).ok()))
        }
        DataType::Decimal128(_, _) => narrowed!(Decimal128Type, i256::to_i128),
        _ => narrowed!(Decimal256Type, Some),
    }
}

fn interval(unit: IntervalUnit, array: &ArrayRef) -> Result<ArrayRef> {
    let group = array.as_struct();
    let [months, days, nanos] = group.columns() else {
        return Err(Error::internal("an interval is not a group of three"));
    };
    let months = months.as_primitive::<Int32Type>().values().iter();
    let days = days.as_primitive::<Int32Type>().values().iter();
    let nanos = nanos.as_primitive::<Int64Type>().values().iter();
    let parts = months.zip(days).zip(nanos);
    of_parts(unit, parts.map(|((months, days), nanos)| IntervalMonthDayNano::new(*months, *days, *nanos)), array)
}

/// Intervals of a unit from their parts; valid where `array` is.
fn of_parts(
    unit: IntervalUnit,
    parts: impl Iterator<Item = IntervalMonthDayNano>,
    array: &ArrayRef,
) -> Result<ArrayRef> {
    let nulls = array.nulls().cloned();
    // Null slots hold anything: zero, so that they pass the checks.
    let parts = parts.enumerate().map(|(row, value)| match array.is_valid(row) {
        true => (row, value),
        false => (row, IntervalMonthDayNano::default()),
    });
    let fault = |row: usize| misfit(Code::Interval, "an interval", row);
    Ok(match unit {
        IntervalUnit::YearMonth => {
            let months = parts.map(|(row, value)| match (value.days, value.nanoseconds) {
                (0, 0) => Ok(value.months),
                _ => Err(fault(row)),
            });
            Arc::new(IntervalYearMonthArray::new(months.collect::<Result<Vec<_>>>()?.into(), nulls))
        }
        IntervalUnit::DayTime => {
            let values = parts.map(|(row, value)| {
                let whole = value.nanoseconds % 1_000_000 == 0 && value.months == 0;
                let millis = i32::try_from(value.nanoseconds / 1_000_000).ok().filter(|_| whole);
                millis.map(|millis| IntervalDayTime::new(value.days, millis)).ok_or_else(|| fault(row))
            });
            Arc::new(IntervalDayTimeArray::new(values.collect::<Result<Vec<_>>>()?.into(), nulls))
        }
        IntervalUnit::MonthDayNano => {
            let values: Vec<_> = parts.map(|(_, value)| value).collect();
            Arc::new(IntervalMonthDayNanoArray::new(values.into(), nulls))
        }
    })
}

fn branches(union: &UnionChange, array: &ArrayRef) -> Result<ArrayRef> {
    let group = array.as_struct();
    let members = if union.tagged { group.columns().get(1..) } else { Some(group.columns()) };
    let members = members.ok_or_else(|| Error::internal("a union without members"))?;
    let stored: Vec<(i8, &Change)> =
        union.branches.iter().map(|(id, change)| (*id, change)).filter(|(_, c)| c.stored != DataType::Null).collect();
    if stored.len() != members.len() {
        return Err(Error::internal("a union with other members"));
    }
    let nulls: Vec<_> = members.iter().map(|member| member.logical_nulls()).collect();
    let set = |member: usize, row: usize| {
        group.is_valid(row) && nulls[member].as_ref().is_none_or(|nulls| nulls.is_valid(row))
    };
    let mut ids = Vec::with_capacity(array.len());
    for row in 0..array.len() {
        let mut which = (0..members.len()).filter(|member| set(*member, row));
        let (first, second) = (which.next(), which.next());
        if second.is_some() {
            return Err(Error::value(Code::OneOf, "more than one member of a union is set").at_record(row as u64));
        }
        let id = if group.is_null(row) && (union.tagged || union.null_branch.is_none()) {
            // Under a null parent any branch will do; nobody sees it.
            union.branches.first().map_or(0, |(id, _)| *id)
        } else if union.tagged {
            let tag = group.column(0).as_primitive::<Int8Type>().value(row);
            let known = union.branches.iter().any(|(id, _)| *id == tag);
            match first.map(|member| stored[member].0) {
                _ if !known => return Err(misfit(Code::OneOf, "the tag of a union", row)),
                Some(id) if id != tag => return Err(misfit(Code::OneOf, "the tag of a union", row)),
                _ => tag,
            }
        } else {
            match first.map(|member| stored[member].0).or(union.null_branch) {
                Some(id) => id,
                None => {
                    return Err(Error::value(Code::Null, "no member of a union is set").at_record(row as u64));
                }
            }
        };
        ids.push(id);
    }
    let mut children = Vec::with_capacity(union.branches.len());
    let mut offsets = vec![0i32; array.len()];
    let mut member = members.iter();
    for (id, change) in &union.branches {
        let chosen = BooleanArray::from_iter(ids.iter().map(|other| Some(other == id)));
        let whole: ArrayRef = if change.stored == DataType::Null {
            Arc::new(NullArray::new(array.len()))
        } else {
            member.next().cloned().ok_or_else(|| Error::internal("a union with other members"))?
        };
        let raised = raise(change, &filter(&whole, &chosen)?)?;
        let mut next = 0;
        let mut places = vec![0i32; array.len()];
        for (place, other) in places.iter_mut().zip(&ids) {
            if other == id {
                *place = next;
                next += 1;
            }
        }
        children.push(match union.mode {
            UnionMode::Dense => {
                for ((offset, place), other) in offsets.iter_mut().zip(&places).zip(&ids) {
                    if other == id {
                        *offset = *place;
                    }
                }
                raised
            }
            // Where another branch is set, anything may stand.
            UnionMode::Sparse if next == 0 => new_null_array(&change.arrow, array.len()),
            UnionMode::Sparse => take(&raised, &Int32Array::from(places), None)?,
        });
    }
    let offsets = (union.mode == UnionMode::Dense).then(|| ScalarBuffer::from(offsets));
    Ok(Arc::new(UnionArray::try_new(union.fields.clone(), ids.into(), offsets, children)?))
}

/// The same dictionary with other keys; values that no row uses go, so that a batch fits where the whole did not.
fn rekeyed(key: &DataType, array: &ArrayRef) -> Result<ArrayRef> {
    let dictionary = array.as_any_dictionary();
    let keys = dictionary.keys().as_primitive::<Int32Type>();
    let mut seen = vec![None; dictionary.values().len()];
    let mut used = Vec::new();
    let mut packed = Vec::with_capacity(keys.len());
    for key in keys {
        packed.push(match key {
            None => None,
            Some(key) => {
                let place =
                    seen.get_mut(key.as_usize()).ok_or_else(|| Error::malformed("a dictionary key without a value"))?;
                Some(*place.get_or_insert_with(|| {
                    used.push(key as u32);
                    used.len() - 1
                }))
            }
        });
    }
    let values = take(dictionary.values(), &UInt32Array::from(used), None)?;
    dictionary_of(key, &packed, values)
}

/// A dictionary of the distinct neighbours' values; every value that differs from the one before gets a new key.
fn encoded(key: &DataType, values: &ArrayRef) -> Result<ArrayRef> {
    let order = comparator(values);
    let mut packed: Vec<Option<usize>> = Vec::with_capacity(values.len());
    let nulls = values.logical_nulls();
    let mut used: Vec<u32> = Vec::new();
    let mut sorted: Vec<usize> = Vec::new();
    for row in 0..values.len() {
        if nulls.as_ref().is_some_and(|nulls| nulls.is_null(row)) {
            packed.push(None);
            continue;
        }
        let found = match &order {
            Some(order) => sorted.binary_search_by(|place| order(used[*place] as usize, row)),
            None => Err(sorted.len()),
        };
        packed.push(Some(match found {
            Ok(position) => sorted[position],
            Err(position) => {
                used.push(row as u32);
                sorted.insert(position, used.len() - 1);
                used.len() - 1
            }
        }));
    }
    let distinct = take(values, &UInt32Array::from(used), None)?;
    dictionary_of(key, &packed, distinct)
}

type Order = Box<dyn Fn(usize, usize) -> std::cmp::Ordering + Send + Sync>;

/// A total order of the values, bit for bit; `None` for types that have none.
fn comparator(values: &ArrayRef) -> Option<Order> {
    make_comparator(values, values, SortOptions::default()).ok().map(|order| Box::new(order) as Order)
}

fn dictionary_of(key: &DataType, keys: &[Option<usize>], values: ArrayRef) -> Result<ArrayRef> {
    fn typed<K: ArrowDictionaryKeyType>(keys: &[Option<usize>], values: ArrayRef) -> Result<ArrayRef> {
        let mut typed = Vec::with_capacity(keys.len());
        for (row, key) in keys.iter().enumerate() {
            typed.push(match key {
                None => None,
                Some(key) => Some(K::Native::from_usize(*key).ok_or_else(|| {
                    Error::value(Code::IntRange, "more values than the keys of the dictionary can count")
                        .at_record(row as u64)
                        .with_hint("read the stored types: --from-opt hints=false")
                })?),
            });
        }
        let keys: PrimitiveArray<K> = typed.into_iter().collect();
        Ok(Arc::new(DictionaryArray::try_new(keys, values)?))
    }
    macro_rules! of {
        ($type:ty) => {
            typed::<$type>(keys, values)
        };
    }
    downcast_integer! {
        key => (of),
        other => Err(Error::internal(format!("dictionary keys of type {other}"))),
    }
}

fn runs<R: RunEndIndexType>(arrow: &DataType, values: &ArrayRef) -> Result<ArrayRef> {
    let order = comparator(values);
    let rows = values.len();
    let (mut ends, mut firsts) = (Vec::new(), Vec::new());
    for row in 0..rows {
        let same = |order: &Order| order(row - 1, row).is_eq();
        if row == 0 || !order.as_ref().is_some_and(same) {
            firsts.push(row as u32);
            if row > 0 {
                ends.push(row);
            }
        }
    }
    if rows > 0 {
        ends.push(rows);
    }
    let ends = ends.into_iter().map(|end| {
        R::Native::from_usize(end).ok_or_else(|| Error::value(Code::IntRange, "more rows than run ends can count"))
    });
    let ends: PrimitiveArray<R> = PrimitiveArray::from_iter_values(ends.collect::<Result<Vec<_>>>()?);
    let values = take(values, &UInt32Array::from(firsts), None)?;
    // The fields of the type (names, nullability) are those of the original.
    let data = RunArray::<R>::try_new(&ends, &values)?.to_data();
    let data = data.into_builder().data_type(arrow.clone()).build()?;
    Ok(Arc::new(RunArray::<R>::from(data)))
}
