//! One refused value, altered as little as the policy allows.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::*;
use arrow_array::{Array, ArrayRef, ArrowPrimitiveType, Float64Array, PrimitiveArray, make_array, new_null_array};
use arrow_buffer::i256;
use arrow_data::ArrayData;
use arrow_schema::{DataType, TimeUnit};

use super::{Case, Takes};
use crate::column::decimal::power_i256;
use crate::policy::Policy;

/// Digits that may be dropped of a time, and of a decimal.
const TIME_DIGITS: u32 = 18;
const DECIMAL_DIGITS: u32 = 75;
/// A day: between two there is no date.
const DAY_MILLIS: i256 = i256::from_parts(86_400_000, 0);
const TWO: i256 = i256::from_parts(2, 0);

impl Case<'_> {
    /// The slot altered so that `takes` is content.
    pub(super) fn leaf(&mut self, array: &ArrayRef, nullable: bool, takes: Takes<'_>) -> Option<ArrayRef> {
        let taken = |array: ArrayRef| takes(&array).then_some(array);
        match self.policy {
            Policy::Null if nullable => taken(new_null_array(array.data_type(), 1)),
            Policy::Default => taken(zero(array.data_type())?),
            Policy::Clamp | Policy::Round if array.data_type() == &DataType::Float64 => {
                self.float(array.as_primitive::<Float64Type>().value(0)).and_then(taken)
            }
            Policy::Clamp => self.clamped(array, takes),
            Policy::Round | Policy::Truncate => self.coarser(array, takes),
            _ => None,
        }
    }

    /// A 64-bit number as one of 32 bits: the only narrower type that targets have.
    fn float(&self, value: f64) -> Option<ArrayRef> {
        let narrow = match self.policy {
            Policy::Clamp if value.is_finite() => value.clamp(f64::from(f32::MIN), f64::from(f32::MAX)),
            Policy::Round if (value as f32).is_finite() || value.is_nan() => f64::from(value as f32),
            _ => return None,
        };
        Some(Arc::new(Float64Array::from(vec![narrow])))
    }

    /// The value nearest to the refused one that the target takes, between it and zero.
    fn clamped(&mut self, array: &ArrayRef, takes: Takes<'_>) -> Option<ArrayRef> {
        let unit = if array.data_type() == &DataType::Date64 { DAY_MILLIS } else { i256::ONE };
        let value = whole(array)? / unit;
        let key = (self.code, self.path.to_owned(), value < i256::ZERO);
        let at = |value: i256| with_whole(array.data_type(), value * unit);
        let fits = |value: i256| at(value).is_some_and(|array| takes(&array));
        if let Some(limit) = self.limits.get(&key).filter(|limit| fits(**limit)) {
            return at(*limit);
        }
        let (mut good, mut bad) = (i256::ZERO, value);
        if !fits(good) {
            return None;
        }
        while (bad - good).wrapping_abs() > i256::ONE {
            let middle = good + (bad - good) / TWO;
            if fits(middle) { good = middle } else { bad = middle }
        }
        self.limits.insert(key, good);
        at(good)
    }

    /// The value with as few digits dropped as the target needs.
    fn coarser(&self, array: &ArrayRef, takes: Takes<'_>) -> Option<ArrayRef> {
        let value = whole(array)?;
        let decimal = array.data_type().is_decimal();
        let day = (array.data_type() == &DataType::Date64).then_some(DAY_MILLIS);
        let digits = if decimal { DECIMAL_DIGITS } else { TIME_DIGITS };
        let tens = (1..=digits).map_while(power_i256).take_while(|unit| day.is_none_or(|day| *unit < day));
        let mut units = tens.chain(day);
        units.find_map(|unit| {
            let below = value % unit;
            let rest = if below < i256::ZERO { below + unit } else { below };
            // Some unit is beyond the number, and twice of it beyond what there is.
            let (floor, twice) = (value - rest, rest.checked_mul(TWO)?);
            let coarse = match self.policy {
                // Half to even.
                Policy::Round if twice > unit || (twice == unit && (floor / unit) % TWO != i256::ZERO) => floor + unit,
                // Digits of a number are cut off; an instant goes back to the one before.
                Policy::Truncate if decimal && value < i256::ZERO && rest != i256::ZERO => floor + unit,
                _ => floor,
            };
            with_whole(array.data_type(), coarse).filter(|array| takes(array))
        })
    }
}

macro_rules! whole_types {
    ($data_type:expr, $body:ident) => {
        match $data_type {
            DataType::Int8 => $body::<Int8Type>,
            DataType::Int16 => $body::<Int16Type>,
            DataType::Int32 => $body::<Int32Type>,
            DataType::Int64 => $body::<Int64Type>,
            DataType::UInt8 => $body::<UInt8Type>,
            DataType::UInt16 => $body::<UInt16Type>,
            DataType::UInt32 => $body::<UInt32Type>,
            DataType::UInt64 => $body::<UInt64Type>,
            DataType::Date32 => $body::<Date32Type>,
            DataType::Date64 => $body::<Date64Type>,
            DataType::Time32(TimeUnit::Second) => $body::<Time32SecondType>,
            DataType::Time32(_) => $body::<Time32MillisecondType>,
            DataType::Time64(TimeUnit::Microsecond) => $body::<Time64MicrosecondType>,
            DataType::Time64(_) => $body::<Time64NanosecondType>,
            DataType::Timestamp(TimeUnit::Second, _) => $body::<TimestampSecondType>,
            DataType::Timestamp(TimeUnit::Millisecond, _) => $body::<TimestampMillisecondType>,
            DataType::Timestamp(TimeUnit::Microsecond, _) => $body::<TimestampMicrosecondType>,
            DataType::Timestamp(TimeUnit::Nanosecond, _) => $body::<TimestampNanosecondType>,
            DataType::Duration(TimeUnit::Second) => $body::<DurationSecondType>,
            DataType::Duration(TimeUnit::Millisecond) => $body::<DurationMillisecondType>,
            DataType::Duration(TimeUnit::Microsecond) => $body::<DurationMicrosecondType>,
            DataType::Duration(TimeUnit::Nanosecond) => $body::<DurationNanosecondType>,
            DataType::Decimal32(_, _) => $body::<Decimal32Type>,
            DataType::Decimal64(_, _) => $body::<Decimal64Type>,
            DataType::Decimal128(_, _) => $body::<Decimal128Type>,
            _ => return None,
        }
    };
}

/// The only value of an array that holds whole numbers of some unit. No number of its type has more than 76 digits, so
/// that sums of two fit.
fn whole(array: &ArrayRef) -> Option<i256> {
    fn of<T: ArrowPrimitiveType>(array: &ArrayRef) -> Option<i256>
    where
        T::Native: Into<i128>,
    {
        Some(i256::from_i128(array.as_primitive::<T>().value(0).into()))
    }
    if array.is_null(0) {
        return None;
    }
    if let DataType::Decimal256(_, _) = array.data_type() {
        let value = array.as_primitive::<Decimal256Type>().value(0);
        return Some(value).filter(|value| power_i256(76).is_some_and(|most| value.wrapping_abs() < most));
    }
    let read: fn(&ArrayRef) -> Option<i256> = whole_types!(array.data_type(), of);
    read(array)
}

/// An array of that one value.
fn with_whole(data_type: &DataType, value: i256) -> Option<ArrayRef> {
    fn of<T: ArrowPrimitiveType>(data_type: &DataType, value: i128) -> Option<ArrayRef>
    where
        T::Native: TryFrom<i128>,
    {
        let value = T::Native::try_from(value).ok()?;
        let array = PrimitiveArray::<T>::from_iter_values([value]).with_data_type(data_type.clone());
        Some(Arc::new(array))
    }
    if let DataType::Decimal256(_, _) = data_type {
        let array = PrimitiveArray::<Decimal256Type>::from_iter_values([value]).with_data_type(data_type.clone());
        return Some(Arc::new(array));
    }
    let made: fn(&DataType, i128) -> Option<ArrayRef> = whole_types!(data_type, of);
    made(data_type, value.to_i128()?)
}

/// The default of a type: zero, the empty text, the empty list. Not for types whose null slots hold nothing.
fn zero(data_type: &DataType) -> Option<ArrayRef> {
    let holds = data_type.is_primitive()
        || matches!(
            data_type,
            DataType::Boolean
                | DataType::Utf8
                | DataType::LargeUtf8
                | DataType::Binary
                | DataType::LargeBinary
                | DataType::FixedSizeBinary(_)
                | DataType::List(_)
                | DataType::LargeList(_)
                | DataType::Map(_, _)
        );
    let data = holds.then(|| ArrayData::new_null(data_type, 1))?;
    data.into_builder().nulls(None).build().ok().map(make_array)
}
