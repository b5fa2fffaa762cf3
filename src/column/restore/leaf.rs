//! The same values in another type without children.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::*;
use arrow_array::{
    Array, ArrayRef, ArrowPrimitiveType, BinaryViewArray, FixedSizeBinaryArray, LargeBinaryArray, LargeStringArray,
    PrimitiveArray, StringViewArray, make_array,
};
use arrow_buffer::{Buffer, IntervalDayTime, IntervalMonthDayNano, NullBuffer, ScalarBuffer, i256};
use arrow_schema::{DataType, IntervalUnit, TimeUnit};

use super::Misfit;
use super::list::widened;
use crate::code::Code;
use crate::column::number::NumberFault;
use crate::column::number::width::f16_of_f32;
use crate::column::parse::{Fault, shown};
use crate::column::temporal::{Zone, per_second};
use crate::column::{bytes, decimal};
use crate::error::Error;

/// Bytes of values of one length in a batch at most.
const BYTES_MAX: usize = 1 << 31;

/// Whether every value of `natural` that was made from a `target` turns back into it exactly. Values that do not are
/// found when they are read.
pub fn restorable(natural: &DataType, target: &DataType) -> bool {
    use DataType::*;
    match (natural, target) {
        (natural, target) if natural == target => true,
        (Int32, Int8 | Int16 | UInt8 | UInt16 | Date32) => true,
        (UInt32, UInt8 | UInt16) => true,
        (Int64, Timestamp(_, None) | Timestamp(_, Some(_))) => is_zone(target),
        (Float32, Float16) => true,
        (Utf8, LargeUtf8 | Utf8View | FixedSizeBinary(16)) => true,
        (Utf8 | Binary, Decimal32(p, s)) => is_decimal(*p, *s, 9),
        (Utf8 | Binary, Decimal64(p, s)) => is_decimal(*p, *s, 18),
        (Utf8 | Binary, Decimal128(p, s)) => is_decimal(*p, *s, 38),
        (Utf8 | Binary, Decimal256(p, s)) => is_decimal(*p, *s, 76),
        (Binary, LargeBinary | BinaryView) => true,
        (Binary, FixedSizeBinary(width)) => *width >= 0,
        (Date32, Date64) => true,
        (Time64(TimeUnit::Nanosecond), Time32(_) | Time64(_)) => true,
        (Timestamp(_, Some(_)), Timestamp(..)) => is_zone(target),
        (Timestamp(_, None), Timestamp(_, None)) => true,
        (Duration(_), Duration(_)) => true,
        (Struct(parts), Interval(_)) => {
            let expected = [("months", Int32), ("days", Int32), ("nanos", Int64)];
            parts.len() == 3 && parts.iter().zip(expected).all(|(p, (name, t))| p.name() == name && *p.data_type() == t)
        }
        _ => false,
    }
}

fn is_decimal(precision: u8, scale: i8, most: u8) -> bool {
    (1..=most).contains(&precision) && i16::from(scale) <= i16::from(precision)
}

fn is_zone(target: &DataType) -> bool {
    match target {
        DataType::Timestamp(_, Some(zone)) => Zone::of(Some(zone)).is_some(),
        _ => true,
    }
}

/// `array` as `target`. Rows that are not live are not looked at.
pub(super) fn leaf(array: &ArrayRef, target: &DataType, live: Option<&NullBuffer>) -> Result<ArrayRef, Misfit> {
    use DataType as T;
    let nulls = array.logical_nulls();
    let set = NullBuffer::union(nulls.as_ref(), live);
    let set = set.as_ref();
    match (array.data_type(), target) {
        (natural, target) if natural == target => Ok(array.clone()),
        (T::Int32, T::Int8) => map::<Int32Type, Int8Type>(array, target, set, narrow(target)),
        (T::Int32, T::Int16) => map::<Int32Type, Int16Type>(array, target, set, narrow(target)),
        (T::Int32, T::UInt8) => map::<Int32Type, UInt8Type>(array, target, set, narrow(target)),
        (T::Int32, T::UInt16) => map::<Int32Type, UInt16Type>(array, target, set, narrow(target)),
        (T::UInt32, T::UInt8) => map::<UInt32Type, UInt8Type>(array, target, set, narrow(target)),
        (T::UInt32, T::UInt16) => map::<UInt32Type, UInt16Type>(array, target, set, narrow(target)),
        // The same bits under another name.
        (T::Int32, T::Date32) | (T::Int64, T::Timestamp(..)) => renamed(array, target),
        (T::Timestamp(from, _), T::Timestamp(to, _)) | (T::Duration(from), T::Duration(to)) => {
            let (from, to) = (*from, *to);
            if from == to {
                return renamed(array, target);
            }
            let numbers = renamed(array, &T::Int64)?;
            let numbers = map::<Int64Type, Int64Type>(&numbers, &T::Int64, set, |value| rescale(value, from, to))?;
            renamed(&numbers, target)
        }
        (T::Time64(_), T::Time64(_)) => map::<Time64NanosecondType, Time64MicrosecondType>(array, target, set, |v| {
            rescale(v, TimeUnit::Nanosecond, TimeUnit::Microsecond)
        }),
        (T::Time64(_), T::Time32(unit)) => {
            let short = |value: i64| -> Outcome<i32> {
                let value = rescale(value, TimeUnit::Nanosecond, *unit)?;
                i32::try_from(value).map_err(|_| (Code::DateRange, format!("{value} is not a time of day")))
            };
            match unit {
                TimeUnit::Second => map::<Time64NanosecondType, Time32SecondType>(array, target, set, short),
                _ => map::<Time64NanosecondType, Time32MillisecondType>(array, target, set, short),
            }
        }
        (T::Date32, _) => map::<Date32Type, Date64Type>(array, target, set, |days| Ok(i64::from(days) * 86_400_000)),
        (T::Float32, _) => map::<Float32Type, Float16Type>(array, target, set, |value| {
            let half = f16_of_f32(value);
            half.ok_or_else(|| {
                (Code::FloatDigits, format!("{value} is not a float of 16 bits, which a hint says it is"))
            })
        }),
        (T::Utf8, T::LargeUtf8) => {
            let array = array.as_string::<i32>();
            let offsets = widened(array.offsets());
            Ok(Arc::new(LargeStringArray::try_new(offsets, array.values().clone(), array.nulls().cloned())?))
        }
        (T::Utf8, T::Utf8View) => Ok(Arc::new(StringViewArray::from(array.as_string::<i32>()))),
        (T::Utf8, T::FixedSizeBinary(_)) => {
            let texts = array.as_string::<i32>();
            fixed(array, 16, set, |row| {
                bytes::parse_uuid(texts.value(row).as_bytes())
                    .map_err(|_| (Code::Uuid, format!("{} is not a UUID", shown(texts.value(row).as_bytes()))))
            })
        }
        (T::Utf8, _) if target.is_decimal() => {
            let texts = array.as_string::<i32>();
            decimals(array, target, set, |row, precision, scale| {
                let text = texts.value(row).as_bytes();
                let fail = |fault: NumberFault| {
                    let why = Fault::Number(fault).error(text, target);
                    (fault.code(), why.message().to_owned())
                };
                match precision {
                    ..=38 => decimal::parse_i128(text, precision, scale).map(i256::from_i128).map_err(fail),
                    _ => decimal::parse_i256(text, precision, scale).map_err(fail),
                }
            })
        }
        (T::Binary, _) if target.is_decimal() => {
            let numbers = array.as_binary::<i32>();
            decimals(array, target, set, |row, precision, _| {
                let value = decimal::from_be_bytes_i256(numbers.value(row));
                value
                    .filter(|value| decimal::precision_fits_i256(*value, precision))
                    .ok_or_else(|| (Code::DecimalPrecision, format!("an unscaled number that {target} cannot hold")))
            })
        }
        (T::Binary, T::LargeBinary) => {
            let array = array.as_binary::<i32>();
            let offsets = widened(array.offsets());
            Ok(Arc::new(LargeBinaryArray::try_new(offsets, array.values().clone(), array.nulls().cloned())?))
        }
        (T::Binary, T::BinaryView) => Ok(Arc::new(BinaryViewArray::from(array.as_binary::<i32>()))),
        (T::Binary, T::FixedSizeBinary(width)) => {
            let values = array.as_binary::<i32>();
            let wide = usize::try_from(*width).unwrap_or_default();
            fixed(array, *width, set, |row| {
                let value = values.value(row);
                if value.len() == wide {
                    Ok(value)
                } else {
                    Err((Code::Length, format!("{} bytes, but a hint says {width}", value.len())))
                }
            })
        }
        (T::Struct(_), T::Interval(unit)) => interval(array, *unit, target, set),
        (natural, target) => Err(Misfit::internal(format!("{natural} is to be restored as {target}"))),
    }
}

type Outcome<T> = Result<T, (Code, String)>;

fn renamed(array: &ArrayRef, target: &DataType) -> Result<ArrayRef, Misfit> {
    Ok(make_array(array.to_data().into_builder().data_type(target.clone()).build()?))
}

/// `f` of the values that are set; the others are zero.
fn map<A: ArrowPrimitiveType, B: ArrowPrimitiveType>(
    array: &ArrayRef,
    target: &DataType,
    set: Option<&NullBuffer>,
    f: impl Fn(A::Native) -> Outcome<B::Native>,
) -> Result<ArrayRef, Misfit> {
    let array = array.as_primitive::<A>();
    let mut values = Vec::with_capacity(array.len());
    for (row, value) in array.values().iter().enumerate() {
        values.push(match set.is_none_or(|set| set.is_valid(row)) {
            true => f(*value).map_err(|(code, message)| Misfit::new(row, code, message))?,
            false => B::Native::default(),
        });
    }
    let made = PrimitiveArray::<B>::new(ScalarBuffer::from(values), array.nulls().cloned());
    Ok(Arc::new(made.with_data_type(target.clone())))
}

fn narrow<A: Copy + std::fmt::Display, B: TryFrom<A>>(target: &DataType) -> impl Fn(A) -> Outcome<B> {
    move |value| {
        B::try_from(value)
            .map_err(|_| (Code::IntRange, format!("{value} is outside the range of {target}, which a hint names")))
    }
}

/// A count of units in another unit, exactly.
fn rescale(value: i64, from: TimeUnit, to: TimeUnit) -> Outcome<i64> {
    let (from, to) = (per_second(from), per_second(to));
    if to >= from {
        let by = to / from;
        return value
            .checked_mul(by)
            .ok_or_else(|| (Code::TimestampRange, format!("{value} is outside the range of the unit a hint names")));
    }
    let by = from / to;
    if value % by != 0 {
        return Err((Code::TimePrecision, format!("{value} is not a whole number of the unit that a hint names")));
    }
    Ok(value / by)
}

fn fixed<B: AsRef<[u8]>>(
    array: &ArrayRef,
    width: i32,
    set: Option<&NullBuffer>,
    value: impl Fn(usize) -> Outcome<B>,
) -> Result<ArrayRef, Misfit> {
    let wide = usize::try_from(width).unwrap_or_default();
    // Null rows take room that no data stands for.
    let len = array.len().checked_mul(wide).filter(|len| *len <= BYTES_MAX).ok_or_else(|| {
        let error = Error::limit(format!("a hint names values of {wide} bytes, more than a batch can hold"));
        Misfit { row: 0, error: error.with_hint("read with --no-hints") }
    })?;
    let mut out = vec![0; len];
    for row in (0..array.len()).filter(|row| set.is_none_or(|set| set.is_valid(*row))) {
        let found = value(row).map_err(|(code, message)| Misfit::new(row, code, message))?;
        out[row * wide..][..wide].copy_from_slice(found.as_ref());
    }
    let nulls = array.logical_nulls();
    Ok(Arc::new(FixedSizeBinaryArray::try_new_with_len(width, Buffer::from(out), nulls, array.len())?))
}

/// Decimals of any width; `value` gives the unscaled number, within the precision.
fn decimals(
    array: &ArrayRef,
    target: &DataType,
    set: Option<&NullBuffer>,
    value: impl Fn(usize, u8, i8) -> Outcome<i256>,
) -> Result<ArrayRef, Misfit> {
    let (precision, scale) = match target {
        DataType::Decimal32(p, s)
        | DataType::Decimal64(p, s)
        | DataType::Decimal128(p, s)
        | DataType::Decimal256(p, s) => (*p, *s),
        other => return Err(Misfit::internal(format!("a decimal is to be restored as {other}"))),
    };
    let mut values = Vec::with_capacity(array.len());
    for row in 0..array.len() {
        values.push(match set.is_none_or(|set| set.is_valid(row)) {
            true => value(row, precision, scale).map_err(|(code, message)| Misfit::new(row, code, message))?,
            false => i256::ZERO,
        });
    }
    let nulls = array.logical_nulls();
    // The precision says that they fit.
    let small = |value: &i256| value.to_i128().unwrap_or_default();
    Ok(match target {
        DataType::Decimal32(..) => {
            let values: Vec<i32> = values.iter().map(|value| small(value) as i32).collect();
            Arc::new(PrimitiveArray::<Decimal32Type>::new(values.into(), nulls).with_data_type(target.clone()))
        }
        DataType::Decimal64(..) => {
            let values: Vec<i64> = values.iter().map(|value| small(value) as i64).collect();
            Arc::new(PrimitiveArray::<Decimal64Type>::new(values.into(), nulls).with_data_type(target.clone()))
        }
        DataType::Decimal128(..) => {
            let values: Vec<i128> = values.iter().map(small).collect();
            Arc::new(PrimitiveArray::<Decimal128Type>::new(values.into(), nulls).with_data_type(target.clone()))
        }
        _ => Arc::new(PrimitiveArray::<Decimal256Type>::new(values.into(), nulls).with_data_type(target.clone())),
    })
}

/// Months, days and nanoseconds in three columns.
fn interval(
    array: &ArrayRef,
    unit: IntervalUnit,
    target: &DataType,
    set: Option<&NullBuffer>,
) -> Result<ArrayRef, Misfit> {
    let parts = array.as_struct();
    let months = parts.column(0).as_primitive::<Int32Type>();
    let days = parts.column(1).as_primitive::<Int32Type>();
    let nanos = parts.column(2).as_primitive::<Int64Type>();
    let mut values = Vec::with_capacity(array.len());
    for row in 0..array.len() {
        values.push(match set.is_none_or(|set| set.is_valid(row)) {
            true => (months.value(row), days.value(row), nanos.value(row)),
            false => (0, 0, 0),
        });
    }
    let nulls = array.logical_nulls();
    let misfit = |row: usize| Misfit::new(row, Code::Interval, format!("an interval that {target} cannot hold"));
    Ok(match unit {
        IntervalUnit::YearMonth => {
            let months =
                values.iter().enumerate().map(
                    |(row, (months, days, nanos))| {
                        if *days == 0 && *nanos == 0 { Ok(*months) } else { Err(misfit(row)) }
                    },
                );
            let months: Vec<i32> = months.collect::<Result<_, _>>()?;
            Arc::new(PrimitiveArray::<IntervalYearMonthType>::new(months.into(), nulls))
        }
        IntervalUnit::DayTime => {
            let times =
                values.iter().enumerate().map(|(row, (months, days, nanos))| match i32::try_from(nanos / 1_000_000) {
                    Ok(millis) if *months == 0 && nanos % 1_000_000 == 0 => Ok(IntervalDayTime::new(*days, millis)),
                    _ => Err(misfit(row)),
                });
            let times: Vec<IntervalDayTime> = times.collect::<Result<_, _>>()?;
            Arc::new(PrimitiveArray::<IntervalDayTimeType>::new(times.into(), nulls))
        }
        IntervalUnit::MonthDayNano => {
            let values: Vec<IntervalMonthDayNano> = values
                .into_iter()
                .map(|(months, days, nanos)| IntervalMonthDayNano::new(months, days, nanos))
                .collect();
            Arc::new(PrimitiveArray::<IntervalMonthDayNanoType>::new(values.into(), nulls))
        }
    })
}
