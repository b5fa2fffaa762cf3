//! One value of a column of single values: its text, without the quotes that some kinds get.

use arrow_array::cast::AsArray;
use arrow_array::types::*;
use arrow_array::{Array, BooleanArray, PrimitiveArray};
use arrow_schema::{DataType, Field, IntervalUnit, TimeUnit};

use super::super::is_uuid;
use crate::column::temporal::{self, Interval, Zone};
use crate::column::{bytes, decimal, number};
use crate::error::{Error, Result};

/// Bytes of each row, however they are laid out.
pub(super) enum Spans<'a> {
    Small(&'a [u8], &'a [i32]),
    Large(&'a [u8], &'a [i64]),
    TextView(&'a arrow_array::StringViewArray),
    BinaryView(&'a arrow_array::BinaryViewArray),
    Fixed(&'a arrow_array::FixedSizeBinaryArray),
}

impl Spans<'_> {
    #[inline]
    pub fn get(&self, row: usize) -> &[u8] {
        match self {
            // Offsets of an Arrow array are not negative.
            Spans::Small(data, offsets) => &data[offsets[row] as usize..offsets[row + 1] as usize],
            Spans::Large(data, offsets) => &data[offsets[row] as usize..offsets[row + 1] as usize],
            Spans::TextView(array) => array.value(row).as_bytes(),
            Spans::BinaryView(array) => array.value(row),
            Spans::Fixed(array) => array.value(row),
        }
    }

    pub fn new<'a>(array: &'a dyn Array) -> Result<Spans<'a>> {
        Ok(match array.data_type() {
            DataType::Utf8 => {
                let array = array.as_string::<i32>();
                Spans::Small(array.value_data(), array.value_offsets())
            }
            DataType::LargeUtf8 => {
                let array = array.as_string::<i64>();
                Spans::Large(array.value_data(), array.value_offsets())
            }
            DataType::Binary => {
                let array = array.as_binary::<i32>();
                Spans::Small(array.value_data(), array.value_offsets())
            }
            DataType::LargeBinary => {
                let array = array.as_binary::<i64>();
                Spans::Large(array.value_data(), array.value_offsets())
            }
            DataType::Utf8View => Spans::TextView(array.as_string_view()),
            DataType::BinaryView => Spans::BinaryView(array.as_binary_view()),
            DataType::FixedSizeBinary(_) => Spans::Fixed(array.as_fixed_size_binary()),
            other => return Err(Error::internal(format!("bytes of {other}"))),
        })
    }
}

type Column<'a, T> = &'a [<T as ArrowPrimitiveType>::Native];

/// A column of single values.
pub(super) enum Scalar<'a> {
    Boolean(&'a BooleanArray),
    Int8(Column<'a, Int8Type>),
    Int16(Column<'a, Int16Type>),
    Int32(Column<'a, Int32Type>),
    Int64(Column<'a, Int64Type>),
    UInt8(Column<'a, UInt8Type>),
    UInt16(Column<'a, UInt16Type>),
    UInt32(Column<'a, UInt32Type>),
    UInt64(Column<'a, UInt64Type>),
    Float16(Column<'a, Float16Type>),
    Float32(Column<'a, Float32Type>),
    Float64(Column<'a, Float64Type>),
    Decimal32(Column<'a, Decimal32Type>, i8),
    Decimal64(Column<'a, Decimal64Type>, i8),
    Decimal128(Column<'a, Decimal128Type>, i8),
    Decimal256(Column<'a, Decimal256Type>, i8),
    Date32(Column<'a, Date32Type>),
    Date64(Column<'a, Date64Type>),
    Time32(&'a [i32], TimeUnit),
    Time64(&'a [i64], TimeUnit),
    Timestamp(&'a [i64], TimeUnit, Zone),
    Duration(&'a [i64], TimeUnit),
    IntervalMonths(&'a [i32]),
    IntervalDays(Column<'a, IntervalDayTimeType>),
    Interval(Column<'a, IntervalMonthDayNanoType>),
    Text(Spans<'a>),
    Binary(Spans<'a>),
    Uuid(Spans<'a>),
}

/// What the text of a value is in JSON.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// A number or a boolean: stands as it is.
    Bare,
    /// Text that needs quotes and nothing else.
    Quoted,
    /// A float that may not be finite.
    Float,
    /// Text that may need escapes.
    Text,
}

fn values<T: ArrowPrimitiveType>(array: &dyn Array) -> &[T::Native] {
    let array: &PrimitiveArray<T> = array.as_primitive();
    array.values()
}

impl<'a> Scalar<'a> {
    /// `None` if the type is not a single value.
    pub fn new(field: &Field, array: &'a dyn Array) -> Result<Option<Self>> {
        Ok(Some(match array.data_type() {
            DataType::Boolean => Scalar::Boolean(array.as_boolean()),
            DataType::Int8 => Scalar::Int8(values::<Int8Type>(array)),
            DataType::Int16 => Scalar::Int16(values::<Int16Type>(array)),
            DataType::Int32 => Scalar::Int32(values::<Int32Type>(array)),
            DataType::Int64 => Scalar::Int64(values::<Int64Type>(array)),
            DataType::UInt8 => Scalar::UInt8(values::<UInt8Type>(array)),
            DataType::UInt16 => Scalar::UInt16(values::<UInt16Type>(array)),
            DataType::UInt32 => Scalar::UInt32(values::<UInt32Type>(array)),
            DataType::UInt64 => Scalar::UInt64(values::<UInt64Type>(array)),
            DataType::Float16 => Scalar::Float16(values::<Float16Type>(array)),
            DataType::Float32 => Scalar::Float32(values::<Float32Type>(array)),
            DataType::Float64 => Scalar::Float64(values::<Float64Type>(array)),
            DataType::Decimal32(_, scale) => Scalar::Decimal32(values::<Decimal32Type>(array), *scale),
            DataType::Decimal64(_, scale) => Scalar::Decimal64(values::<Decimal64Type>(array), *scale),
            DataType::Decimal128(_, scale) => Scalar::Decimal128(values::<Decimal128Type>(array), *scale),
            DataType::Decimal256(_, scale) => Scalar::Decimal256(values::<Decimal256Type>(array), *scale),
            DataType::Date32 => Scalar::Date32(values::<Date32Type>(array)),
            DataType::Date64 => Scalar::Date64(values::<Date64Type>(array)),
            DataType::Time32(unit) => Scalar::Time32(
                match unit {
                    TimeUnit::Second => values::<Time32SecondType>(array),
                    _ => values::<Time32MillisecondType>(array),
                },
                *unit,
            ),
            DataType::Time64(unit) => Scalar::Time64(
                match unit {
                    TimeUnit::Nanosecond => values::<Time64NanosecondType>(array),
                    _ => values::<Time64MicrosecondType>(array),
                },
                *unit,
            ),
            DataType::Timestamp(unit, name) => {
                let zone = Zone::of(name.as_deref()).ok_or_else(|| {
                    Error::unsupported(format!("unknown time zone {:?}", name.as_deref().unwrap_or_default()))
                })?;
                Scalar::Timestamp(
                    match unit {
                        TimeUnit::Second => values::<TimestampSecondType>(array),
                        TimeUnit::Millisecond => values::<TimestampMillisecondType>(array),
                        TimeUnit::Microsecond => values::<TimestampMicrosecondType>(array),
                        TimeUnit::Nanosecond => values::<TimestampNanosecondType>(array),
                    },
                    *unit,
                    zone,
                )
            }
            DataType::Duration(unit) => Scalar::Duration(
                match unit {
                    TimeUnit::Second => values::<DurationSecondType>(array),
                    TimeUnit::Millisecond => values::<DurationMillisecondType>(array),
                    TimeUnit::Microsecond => values::<DurationMicrosecondType>(array),
                    TimeUnit::Nanosecond => values::<DurationNanosecondType>(array),
                },
                *unit,
            ),
            DataType::Interval(IntervalUnit::YearMonth) => {
                Scalar::IntervalMonths(values::<IntervalYearMonthType>(array))
            }
            DataType::Interval(IntervalUnit::DayTime) => Scalar::IntervalDays(values::<IntervalDayTimeType>(array)),
            DataType::Interval(IntervalUnit::MonthDayNano) => {
                Scalar::Interval(values::<IntervalMonthDayNanoType>(array))
            }
            DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => Scalar::Text(Spans::new(array)?),
            DataType::FixedSizeBinary(16) if is_uuid(field) => Scalar::Uuid(Spans::new(array)?),
            DataType::Binary | DataType::LargeBinary | DataType::BinaryView | DataType::FixedSizeBinary(_) => {
                Scalar::Binary(Spans::new(array)?)
            }
            _ => return Ok(None),
        }))
    }

    pub fn form(&self) -> Form {
        match self {
            Scalar::Boolean(_)
            | Scalar::Int8(_)
            | Scalar::Int16(_)
            | Scalar::Int32(_)
            | Scalar::Int64(_)
            | Scalar::UInt8(_)
            | Scalar::UInt16(_)
            | Scalar::UInt32(_)
            | Scalar::UInt64(_)
            | Scalar::Decimal32(..)
            | Scalar::Decimal64(..)
            | Scalar::Decimal128(..)
            | Scalar::Decimal256(..) => Form::Bare,
            Scalar::Float16(_) | Scalar::Float32(_) | Scalar::Float64(_) => Form::Float,
            Scalar::Text(_) => Form::Text,
            _ => Form::Quoted,
        }
    }

    /// The text of a row of [`Form::Text`].
    #[inline]
    pub fn text(&self, row: usize) -> &[u8] {
        match self {
            Scalar::Text(spans) => spans.get(row),
            _ => &[],
        }
    }

    /// A float that is not finite, as ProtoJSON spells it.
    #[inline]
    pub fn non_finite(&self, row: usize) -> Option<&'static str> {
        let value = match self {
            Scalar::Float16(values) => values[row].to_f64(),
            Scalar::Float32(values) => f64::from(values[row]),
            Scalar::Float64(values) => values[row],
            _ => return None,
        };
        if value.is_finite() {
            None
        } else if value.is_nan() {
            Some("NaN")
        } else {
            Some(if value > 0.0 { "Infinity" } else { "-Infinity" })
        }
    }

    /// Appends the text of a row; never for [`Form::Text`], which may need escapes.
    #[inline]
    pub fn push(&self, out: &mut Vec<u8>, row: usize) -> Result<()> {
        match self {
            Scalar::Boolean(array) => out.extend_from_slice(if array.value(row) { b"true" } else { b"false" }),
            Scalar::Int8(values) => number::push_i64(out, values[row].into()),
            Scalar::Int16(values) => number::push_i64(out, values[row].into()),
            Scalar::Int32(values) => number::push_i64(out, values[row].into()),
            Scalar::Int64(values) => number::push_i64(out, values[row]),
            Scalar::UInt8(values) => number::push_u64(out, values[row].into()),
            Scalar::UInt16(values) => number::push_u64(out, values[row].into()),
            Scalar::UInt32(values) => number::push_u64(out, values[row].into()),
            Scalar::UInt64(values) => number::push_u64(out, values[row]),
            Scalar::Float16(values) => number::push_f16(out, values[row]),
            Scalar::Float32(values) => number::push_f32(out, values[row]),
            Scalar::Float64(values) => number::push_f64(out, values[row]),
            Scalar::Decimal32(values, scale) => decimal::push_i128(out, values[row].into(), *scale),
            Scalar::Decimal64(values, scale) => decimal::push_i128(out, values[row].into(), *scale),
            Scalar::Decimal128(values, scale) => decimal::push_i128(out, values[row], *scale),
            Scalar::Decimal256(values, scale) => decimal::push_i256(out, values[row], *scale),
            Scalar::Date32(values) => temporal::push_date(out, values[row]),
            Scalar::Date64(values) => return push_date64(out, values[row]),
            Scalar::Time32(values, unit) => return push_time(out, values[row].into(), *unit),
            Scalar::Time64(values, unit) => return push_time(out, values[row], *unit),
            Scalar::Timestamp(values, unit, zone) => temporal::push_timestamp(out, values[row], *unit, *zone),
            Scalar::Duration(values, unit) => temporal::push_duration(out, values[row], *unit),
            Scalar::IntervalMonths(values) => {
                temporal::push_interval(out, Interval { months: values[row], days: 0, nanoseconds: 0 });
            }
            Scalar::IntervalDays(values) => {
                let nanoseconds = i64::from(values[row].milliseconds) * 1_000_000;
                temporal::push_interval(out, Interval { months: 0, days: values[row].days, nanoseconds });
            }
            Scalar::Interval(values) => {
                let value = values[row];
                let (months, days, nanoseconds) = (value.months, value.days, value.nanoseconds);
                temporal::push_interval(out, Interval { months, days, nanoseconds });
            }
            Scalar::Text(spans) => out.extend_from_slice(spans.get(row)),
            Scalar::Binary(spans) => bytes::push_base64(out, spans.get(row)),
            Scalar::Uuid(spans) => match spans.get(row).try_into() {
                Ok(uuid) => bytes::push_uuid(out, uuid),
                Err(_) => return Err(Error::internal("a UUID that is not 16 bytes long")),
            },
        }
        Ok(())
    }
}

const DAY_MILLISECONDS: i64 = 86_400_000;

fn push_date64(out: &mut Vec<u8>, milliseconds: i64) -> Result<()> {
    use crate::code::Code;
    if milliseconds % DAY_MILLISECONDS != 0 {
        let message = format!("a date of {milliseconds} ms is not a whole day");
        return Err(Error::value(Code::TimePrecision, message));
    }
    temporal::push_date_days(out, milliseconds / DAY_MILLISECONDS);
    Ok(())
}

fn push_time(out: &mut Vec<u8>, value: i64, unit: TimeUnit) -> Result<()> {
    if value < 0 || value >= 86_400 * temporal::per_second(unit) {
        let message = format!("a time of {value} {unit} is not within a day");
        return Err(Error::value(crate::code::Code::DateRange, message));
    }
    temporal::push_time(out, value, unit);
    Ok(())
}
