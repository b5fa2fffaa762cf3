//! From what the crate decodes to the Arrow types that the annotations mean, with every range checked.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    ArrowPrimitiveType, Decimal32Type, Decimal64Type, Decimal128Type, Decimal256Type, DecimalType, Int8Type, Int16Type,
    Int32Type, UInt8Type, UInt16Type,
};
use arrow_array::{
    Array, ArrayRef, Decimal128Array, Decimal256Array, IntervalMonthDayNanoArray, PrimitiveArray, StringArray,
    TimestampMicrosecondArray, TimestampNanosecondArray,
};
use arrow_buffer::{IntervalMonthDayNano, i256};
use arrow_schema::{DataType, TimeUnit};

use super::bytes_decimal;
use super::nested::{rebuilt, retyped};
use super::schema::Rule;
use crate::code::Code;
use crate::error::{Error, Result};

/// How a column gets its logical type. Compiled once, applied to every batch.
#[derive(Clone, Debug)]
pub(super) struct Step {
    /// The type after the step.
    pub target: DataType,
    /// What is done.
    pub kind: Kind,
}

/// What a step does.
#[derive(Clone, Debug)]
pub(super) enum Kind {
    /// Nothing, but for the names of children.
    Keep,
    /// A rule for a leaf.
    Leaf(Rule),
    /// Children first, then the nested array around them.
    Nested(Vec<Step>),
    /// The same, and keys must not be null.
    Map(Vec<Step>),
}

impl Step {
    /// Whether the column, or a part of it, is INT96.
    pub fn has_int96(&self) -> bool {
        match &self.kind {
            Kind::Leaf(Rule::Int96) => true,
            Kind::Nested(steps) | Kind::Map(steps) => steps.iter().any(Step::has_int96),
            _ => false,
        }
    }

    /// Converts. `seconds` is the same column with INT96 decoded to seconds, needed only by [`Step::has_int96`].
    pub fn apply(&self, array: &ArrayRef, seconds: Option<&ArrayRef>) -> Result<ArrayRef> {
        match &self.kind {
            Kind::Keep => retyped(array, &self.target),
            Kind::Leaf(rule) => leaf(*rule, &self.target, array, seconds),
            Kind::Nested(steps) => self.nested(steps, array, seconds),
            Kind::Map(steps) => {
                let map = array.as_map();
                if map.keys().null_count() > 0 || map.entries().null_count() > 0 {
                    return Err(Error::value(Code::Null, "a map has a null key"));
                }
                self.nested(steps, array, seconds)
            }
        }
    }

    fn nested(&self, steps: &[Step], array: &ArrayRef, seconds: Option<&ArrayRef>) -> Result<ArrayRef> {
        rebuilt(array, &self.target, &|index, child| {
            let step = steps.get(index).ok_or_else(|| Error::internal("more children than steps"))?;
            let seconds = seconds.and_then(|array| child_of(array, index));
            step.apply(child, seconds.as_ref())
        })
    }
}

/// The child at `index`, whole: arrays fresh from the crate are not sliced, so that it pairs with the other one.
fn child_of(array: &ArrayRef, index: usize) -> Option<ArrayRef> {
    Some(match array.data_type() {
        DataType::Struct(_) => array.as_struct().columns().get(index)?.clone(),
        DataType::List(_) => array.as_list::<i32>().values().clone(),
        DataType::LargeList(_) => array.as_list::<i64>().values().clone(),
        DataType::ListView(_) => array.as_list_view::<i32>().values().clone(),
        DataType::LargeListView(_) => array.as_list_view::<i64>().values().clone(),
        DataType::FixedSizeList(_, _) => array.as_fixed_size_list().values().clone(),
        DataType::Map(_, _) => array.as_map().entries().columns().get(index)?.clone(),
        _ => return None,
    })
}

fn leaf(rule: Rule, target: &DataType, array: &ArrayRef, seconds: Option<&ArrayRef>) -> Result<ArrayRef> {
    match rule {
        Rule::Keep | Rule::Named(_) | Rule::Json => Ok(array.clone()),
        Rule::Narrow { .. } => match target {
            DataType::Int8 => narrow::<Int8Type>(array, "an int8"),
            DataType::Int16 => narrow::<Int16Type>(array, "an int16"),
            DataType::UInt8 => narrow::<UInt8Type>(array, "a uint8"),
            _ => narrow::<UInt16Type>(array, "a uint16"),
        },
        Rule::Interval => interval(array),
        Rule::Int96 => {
            let seconds = seconds.ok_or_else(|| Error::internal("INT96 without its seconds"))?;
            int96(array, seconds, target)
        }
        Rule::Decimal { precision } => {
            match array.data_type() {
                DataType::Decimal32(_, _) => count_digits::<Decimal32Type>(array, precision),
                DataType::Decimal64(_, _) => count_digits::<Decimal64Type>(array, precision),
                DataType::Decimal128(_, _) => count_digits::<Decimal128Type>(array, precision),
                DataType::Decimal256(_, _) => count_digits::<Decimal256Type>(array, precision),
                _ => Ok(()),
            }?;
            Ok(array.clone())
        }
        Rule::DecimalBytes { precision, scale } => decimal_of_bytes(array, target, precision, scale),
    }
}

fn narrow<T>(array: &ArrayRef, what: &str) -> Result<ArrayRef>
where
    T: ArrowPrimitiveType,
    T::Native: TryFrom<i32> + Default,
{
    let array = array.as_primitive::<Int32Type>();
    let mut values = Vec::with_capacity(array.len());
    for (row, value) in array.values().iter().enumerate() {
        values.push(match T::Native::try_from(*value) {
            Ok(value) => value,
            Err(_) if array.is_null(row) => T::Native::default(),
            Err(_) => {
                return Err(Error::value(Code::IntRange, format!("{value} is not {what}, as the schema says"))
                    .at_record(row as u64));
            }
        });
    }
    Ok(Arc::new(PrimitiveArray::<T>::new(values.into(), array.nulls().cloned())))
}

fn interval(array: &ArrayRef) -> Result<ArrayRef> {
    let array = array.as_fixed_size_binary();
    let mut values = Vec::with_capacity(array.len());
    for row in 0..array.len() {
        let bytes = array.value(row);
        let part = |index: usize| -> Option<u32> {
            bytes.get(index * 4..index * 4 + 4)?.try_into().ok().map(u32::from_le_bytes)
        };
        let (months, days, millis) = (part(0), part(1), part(2));
        let (Some(months), Some(days), Some(millis)) = (months, days, millis) else {
            return Err(Error::malformed("an INTERVAL is not 12 bytes").at_record(row as u64));
        };
        values.push(match (i32::try_from(months), i32::try_from(days)) {
            (Ok(months), Ok(days)) => IntervalMonthDayNano::new(months, days, i64::from(millis) * 1_000_000),
            _ if array.is_null(row) => IntervalMonthDayNano::default(),
            _ => {
                return Err(Error::value(
                    Code::Interval,
                    format!("an interval of {months} months and {days} days is out of range"),
                )
                .at_record(row as u64));
            }
        });
    }
    Ok(Arc::new(IntervalMonthDayNanoArray::new(values.into(), array.nulls().cloned())))
}

/// The crate's nanoseconds wrap around; its seconds do not. Both agree exactly where nothing wrapped.
fn int96(nanos: &ArrayRef, seconds: &ArrayRef, target: &DataType) -> Result<ArrayRef> {
    const NANOS: i64 = 1_000_000_000;
    let zone = match target {
        DataType::Timestamp(_, zone) => zone.clone(),
        _ => None,
    };
    let nanos = nanos.as_primitive::<arrow_array::types::TimestampNanosecondType>();
    let seconds = seconds.as_primitive::<arrow_array::types::TimestampSecondType>();
    if nanos.len() != seconds.len() {
        return Err(Error::malformed("two readings of an INT96 column differ in length"));
    }
    let micros = matches!(target, DataType::Timestamp(TimeUnit::Microsecond, _));
    let mut values = Vec::with_capacity(nanos.len());
    for (row, (nano, second)) in nanos.values().iter().zip(seconds.values()).enumerate() {
        if nanos.is_null(row) {
            values.push(0);
            continue;
        }
        // The distance is what the nanoseconds of the second were, because it is far smaller than 2^64.
        let rest = nano.wrapping_sub(second.wrapping_mul(NANOS));
        let outside = || {
            Error::value(Code::TimestampRange, format!("an INT96 time ({second} s from 1970) does not fit"))
                .at_record(row as u64)
                .with_hint("read it with fewer digits: --from-opt int96=us")
        };
        values.push(if micros {
            if rest % 1000 != 0 {
                return Err(Error::value(Code::TimePrecision, "an INT96 time has nanoseconds")
                    .at_record(row as u64)
                    .with_hint("read it as nanoseconds: --from-opt int96=ns"));
            }
            second.checked_mul(1_000_000).and_then(|base| base.checked_add(rest / 1000)).ok_or_else(outside)?
        } else {
            let exact = i128::from(*second) * i128::from(NANOS) + i128::from(rest);
            i64::try_from(exact).map_err(|_| outside())?
        });
    }
    let nulls = nanos.nulls().cloned();
    Ok(if micros {
        Arc::new(TimestampMicrosecondArray::new(values.into(), nulls).with_timezone_opt(zone))
    } else {
        Arc::new(TimestampNanosecondArray::new(values.into(), nulls).with_timezone_opt(zone))
    })
}

fn count_digits<T: DecimalType>(array: &ArrayRef, precision: u8) -> Result<()> {
    let wide = |value: Option<T::Native>| value.is_some_and(|value| !T::is_valid_decimal_precision(value, precision));
    match array.as_primitive::<T>().iter().position(wide) {
        None => Ok(()),
        Some(row) => Err(too_many_digits(u32::from(precision), row)),
    }
}

fn too_many_digits(precision: u32, row: usize) -> Error {
    Error::value(Code::DecimalPrecision, format!("a decimal has more than the {precision} digits of its type"))
        .at_record(row as u64)
}

fn decimal_of_bytes(array: &ArrayRef, target: &DataType, precision: u32, scale: u32) -> Result<ArrayRef> {
    let value = |row: usize| -> Option<&[u8]> {
        array.is_valid(row).then(|| match array.data_type() {
            DataType::Binary => array.as_binary::<i32>().value(row),
            _ => array.as_fixed_size_binary().value(row),
        })
    };
    let rows = 0..array.len();
    match *target {
        DataType::Decimal128(digits, scale) => {
            let values = rows.map(|row| {
                let Some(bytes) = value(row) else { return Ok(None) };
                let number = bytes_decimal::to_i256(bytes).and_then(i256::to_i128);
                number.map(Some).ok_or_else(|| too_many_digits(precision, row))
            });
            let values: Decimal128Array = values.collect::<Result<Vec<Option<i128>>>>()?.into();
            let typed = values.with_precision_and_scale(digits, scale).map_err(super::nested::damaged)?;
            let typed: ArrayRef = Arc::new(typed);
            count_digits::<Decimal128Type>(&typed, digits)?;
            Ok(typed)
        }
        DataType::Decimal256(digits, scale) => {
            let values = rows.map(|row| {
                let Some(bytes) = value(row) else { return Ok(None) };
                bytes_decimal::to_i256(bytes).map(Some).ok_or_else(|| too_many_digits(precision, row))
            });
            let values: Decimal256Array = values.collect::<Result<Vec<Option<i256>>>>()?.into();
            let typed = values.with_precision_and_scale(digits, scale).map_err(super::nested::damaged)?;
            let typed: ArrayRef = Arc::new(typed);
            count_digits::<Decimal256Type>(&typed, digits)?;
            Ok(typed)
        }
        _ => {
            let text = rows.map(|row| value(row).map(|bytes| bytes_decimal::to_text(bytes, scale as usize)));
            Ok(Arc::new(text.collect::<StringArray>()))
        }
    }
}
