//! Single values as canonical bytes: see [`super::canon`].

use arrow_array::cast::AsArray;
use arrow_array::types::*;
use arrow_array::{Array, BooleanArray, FixedSizeBinaryArray, GenericBinaryArray, GenericStringArray};
use arrow_array::{BinaryViewArray, StringViewArray};
use arrow_buffer::{IntervalDayTime, IntervalMonthDayNano, i256};
use arrow_schema::{DataType, Field, IntervalUnit, TimeUnit};
use half::f16;

use super::canon::{FALSE, INVALID, TEXT, TRUE, push_head, push_integer, push_number};
use crate::column::json::is_uuid;
use crate::column::temporal::{self, Interval, Zone, per_second};
use crate::column::{bytes, decimal, number};

const DAY_MILLISECONDS: i64 = 86_400_000;

/// A column of single values, taken apart once.
pub(super) enum Scalar<'a> {
    Boolean(&'a BooleanArray),
    Int8(&'a [i8]),
    Int16(&'a [i16]),
    Int32(&'a [i32]),
    Int64(&'a [i64]),
    UInt8(&'a [u8]),
    UInt16(&'a [u16]),
    UInt32(&'a [u32]),
    UInt64(&'a [u64]),
    /// Floats: whether NaNs with different payloads are told apart.
    Float16(&'a [f16], bool),
    Float32(&'a [f32], bool),
    Float64(&'a [f64], bool),
    Decimal32(&'a [i32], i8),
    Decimal64(&'a [i64], i8),
    Decimal128(&'a [i128], i8),
    Decimal256(&'a [i256], i8),
    Date32(&'a [i32]),
    Date64(&'a [i64]),
    Time32(&'a [i32], TimeUnit),
    Time64(&'a [i64], TimeUnit),
    /// In UTC, or local.
    Timestamp(&'a [i64], TimeUnit, Zone),
    Duration(&'a [i64], TimeUnit),
    Months(&'a [i32]),
    DayTime(&'a [IntervalDayTime]),
    MonthDayNano(&'a [IntervalMonthDayNano]),
    Utf8(&'a GenericStringArray<i32>),
    LargeUtf8(&'a GenericStringArray<i64>),
    Utf8View(&'a StringViewArray),
    Binary(&'a GenericBinaryArray<i32>),
    LargeBinary(&'a GenericBinaryArray<i64>),
    BinaryView(&'a BinaryViewArray),
    FixedSizeBinary(&'a FixedSizeBinaryArray),
    Uuid(&'a FixedSizeBinaryArray),
}

impl<'a> Scalar<'a> {
    /// `None` if the type is not a single value. `naive`: instants and local times are not told apart;
    /// `payloads`: NaNs are, by their payloads.
    pub fn new(field: &Field, array: &'a dyn Array, naive: bool, payloads: bool) -> Option<Self> {
        macro_rules! values {
            ($arrow:ty) => {
                &array.as_primitive_opt::<$arrow>()?.values()[..]
            };
        }
        Some(match array.data_type() {
            DataType::Boolean => Scalar::Boolean(array.as_boolean_opt()?),
            DataType::Int8 => Scalar::Int8(values!(Int8Type)),
            DataType::Int16 => Scalar::Int16(values!(Int16Type)),
            DataType::Int32 => Scalar::Int32(values!(Int32Type)),
            DataType::Int64 => Scalar::Int64(values!(Int64Type)),
            DataType::UInt8 => Scalar::UInt8(values!(UInt8Type)),
            DataType::UInt16 => Scalar::UInt16(values!(UInt16Type)),
            DataType::UInt32 => Scalar::UInt32(values!(UInt32Type)),
            DataType::UInt64 => Scalar::UInt64(values!(UInt64Type)),
            DataType::Float16 => Scalar::Float16(values!(Float16Type), payloads),
            DataType::Float32 => Scalar::Float32(values!(Float32Type), payloads),
            DataType::Float64 => Scalar::Float64(values!(Float64Type), payloads),
            DataType::Decimal32(_, scale) => Scalar::Decimal32(values!(Decimal32Type), *scale),
            DataType::Decimal64(_, scale) => Scalar::Decimal64(values!(Decimal64Type), *scale),
            DataType::Decimal128(_, scale) => Scalar::Decimal128(values!(Decimal128Type), *scale),
            DataType::Decimal256(_, scale) => Scalar::Decimal256(values!(Decimal256Type), *scale),
            DataType::Date32 => Scalar::Date32(values!(Date32Type)),
            DataType::Date64 => Scalar::Date64(values!(Date64Type)),
            DataType::Time32(unit) => match unit {
                TimeUnit::Second => Scalar::Time32(values!(Time32SecondType), *unit),
                _ => Scalar::Time32(values!(Time32MillisecondType), *unit),
            },
            DataType::Time64(unit) => match unit {
                TimeUnit::Nanosecond => Scalar::Time64(values!(Time64NanosecondType), *unit),
                _ => Scalar::Time64(values!(Time64MicrosecondType), *unit),
            },
            DataType::Timestamp(unit, zone) => {
                let zone = if zone.is_some() && !naive { Zone::Utc } else { Zone::Naive };
                let values = match unit {
                    TimeUnit::Second => values!(TimestampSecondType),
                    TimeUnit::Millisecond => values!(TimestampMillisecondType),
                    TimeUnit::Microsecond => values!(TimestampMicrosecondType),
                    TimeUnit::Nanosecond => values!(TimestampNanosecondType),
                };
                Scalar::Timestamp(values, *unit, zone)
            }
            DataType::Duration(unit) => {
                let values = match unit {
                    TimeUnit::Second => values!(DurationSecondType),
                    TimeUnit::Millisecond => values!(DurationMillisecondType),
                    TimeUnit::Microsecond => values!(DurationMicrosecondType),
                    TimeUnit::Nanosecond => values!(DurationNanosecondType),
                };
                Scalar::Duration(values, *unit)
            }
            DataType::Interval(IntervalUnit::YearMonth) => Scalar::Months(values!(IntervalYearMonthType)),
            DataType::Interval(IntervalUnit::DayTime) => Scalar::DayTime(values!(IntervalDayTimeType)),
            DataType::Interval(IntervalUnit::MonthDayNano) => Scalar::MonthDayNano(values!(IntervalMonthDayNanoType)),
            DataType::Utf8 => Scalar::Utf8(array.as_string_opt()?),
            DataType::LargeUtf8 => Scalar::LargeUtf8(array.as_string_opt()?),
            DataType::Utf8View => Scalar::Utf8View(array.as_string_view_opt()?),
            DataType::Binary => Scalar::Binary(array.as_binary_opt()?),
            DataType::LargeBinary => Scalar::LargeBinary(array.as_binary_opt()?),
            DataType::BinaryView => Scalar::BinaryView(array.as_binary_view_opt()?),
            DataType::FixedSizeBinary(16) if is_uuid(field) => Scalar::Uuid(array.as_fixed_size_binary_opt()?),
            DataType::FixedSizeBinary(_) => Scalar::FixedSizeBinary(array.as_fixed_size_binary_opt()?),
            _ => return None,
        })
    }

    /// Whether it is a column of strings.
    pub fn is_text(&self) -> bool {
        matches!(self, Scalar::Utf8(_) | Scalar::LargeUtf8(_) | Scalar::Utf8View(_))
    }

    /// The string of a row; empty for columns that are not strings.
    #[inline]
    pub fn text(&self, row: usize) -> &'a [u8] {
        match self {
            Scalar::Utf8(array) => array.value(row).as_bytes(),
            Scalar::LargeUtf8(array) => array.value(row).as_bytes(),
            Scalar::Utf8View(array) => array.value(row).as_bytes(),
            _ => &[],
        }
    }

    /// Whether the values are keys of objects in JSON.
    pub fn is_key(&self) -> bool {
        !matches!(
            self,
            Scalar::Float16(..)
                | Scalar::Float32(..)
                | Scalar::Float64(..)
                | Scalar::Binary(_)
                | Scalar::LargeBinary(_)
                | Scalar::BinaryView(_)
                | Scalar::FixedSizeBinary(_)
        )
    }

    /// Appends the canonical bytes of a value that is not null.
    #[inline]
    pub fn push(&self, out: &mut Vec<u8>, row: usize) {
        match self {
            Scalar::Boolean(array) => out.push(if array.value(row) { TRUE } else { FALSE }),
            Scalar::Int8(values) => push_integer(out, values[row].into()),
            Scalar::Int16(values) => push_integer(out, values[row].into()),
            Scalar::Int32(values) => push_integer(out, values[row].into()),
            Scalar::Int64(values) => push_integer(out, values[row]),
            Scalar::UInt8(values) => push_integer(out, values[row].into()),
            Scalar::UInt16(values) => push_integer(out, values[row].into()),
            Scalar::UInt32(values) => push_integer(out, values[row].into()),
            Scalar::UInt64(values) => match i64::try_from(values[row]) {
                Ok(value) => push_integer(out, value),
                Err(_) => self.push_number(out, row),
            },
            Scalar::Float16(values, payloads) => {
                let bits = values[row].to_bits();
                let payload = (*payloads && bits != 0x7e00).then(|| bits.to_le_bytes());
                push_float(self, out, row, values[row].to_f64(), 1 << 11, payload.as_ref().map(|bytes| &bytes[..]));
            }
            Scalar::Float32(values, payloads) => {
                let bits = values[row].to_bits();
                let payload = (*payloads && bits != 0x7fc0_0000).then(|| bits.to_le_bytes());
                push_float(self, out, row, values[row].into(), 1 << 24, payload.as_ref().map(|bytes| &bytes[..]));
            }
            Scalar::Float64(values, payloads) => {
                let bits = values[row].to_bits();
                let payload = (*payloads && bits != 0x7ff8_0000_0000_0000).then(|| bits.to_le_bytes());
                push_float(self, out, row, values[row], (1 << 53) - 1, payload.as_ref().map(|bytes| &bytes[..]));
            }
            Scalar::Decimal32(values, 0) => push_integer(out, values[row].into()),
            Scalar::Decimal64(values, 0) => push_integer(out, values[row]),
            Scalar::Decimal32(..) | Scalar::Decimal64(..) | Scalar::Decimal128(..) | Scalar::Decimal256(..) => {
                self.push_number(out, row);
            }
            Scalar::Date64(values) if !is_whole_day(values[row]) => push_invalid(out, "date64", values[row]),
            Scalar::Time32(values, unit) if !is_within_day(values[row].into(), *unit) => {
                push_invalid(out, time_name(*unit), values[row].into());
            }
            Scalar::Time64(values, unit) if !is_within_day(values[row], *unit) => {
                push_invalid(out, time_name(*unit), values[row]);
            }
            Scalar::Utf8(_) | Scalar::LargeUtf8(_) | Scalar::Utf8View(_) => {
                let text = self.text(row);
                push_head(out, TEXT, text.len());
                out.extend_from_slice(text);
            }
            _ => {
                push_head(out, TEXT, 0);
                let start = out.len();
                self.push_text(out, row);
                let len = (out.len() - start) as u64;
                out[start - 8..start].copy_from_slice(&len.to_le_bytes());
            }
        }
    }

    #[inline(never)]
    fn push_number(&self, out: &mut Vec<u8>, row: usize) {
        let mut text = Vec::with_capacity(48);
        self.push_text(&mut text, row);
        push_number(out, &text);
    }

    /// Appends the text of a value that is not null.
    pub fn push_text(&self, out: &mut Vec<u8>, row: usize) {
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
            Scalar::Float16(values, _) => number::push_f16(out, values[row]),
            Scalar::Float32(values, _) => number::push_f32(out, values[row]),
            Scalar::Float64(values, _) => number::push_f64(out, values[row]),
            Scalar::Decimal32(values, scale) => decimal::push_i128(out, values[row].into(), *scale),
            Scalar::Decimal64(values, scale) => decimal::push_i128(out, values[row].into(), *scale),
            Scalar::Decimal128(values, scale) => decimal::push_i128(out, values[row], *scale),
            Scalar::Decimal256(values, scale) => decimal::push_i256(out, values[row], *scale),
            Scalar::Date32(values) => temporal::push_date(out, values[row]),
            Scalar::Date64(values) => temporal::push_date_days(out, values[row].div_euclid(DAY_MILLISECONDS)),
            Scalar::Time32(values, unit) => temporal::push_time(out, values[row].into(), *unit),
            Scalar::Time64(values, unit) => temporal::push_time(out, values[row], *unit),
            Scalar::Timestamp(values, unit, zone) => temporal::push_timestamp(out, values[row], *unit, *zone),
            Scalar::Duration(values, unit) => temporal::push_duration(out, values[row], *unit),
            Scalar::Months(values) => {
                temporal::push_interval(out, Interval { months: values[row], ..Interval::default() });
            }
            Scalar::DayTime(values) => {
                let IntervalDayTime { days, milliseconds } = values[row];
                let nanoseconds = i64::from(milliseconds) * 1_000_000;
                temporal::push_interval(out, Interval { months: 0, days, nanoseconds });
            }
            Scalar::MonthDayNano(values) => {
                let IntervalMonthDayNano { months, days, nanoseconds } = values[row];
                temporal::push_interval(out, Interval { months, days, nanoseconds });
            }
            Scalar::Utf8(_) | Scalar::LargeUtf8(_) | Scalar::Utf8View(_) => out.extend_from_slice(self.text(row)),
            Scalar::Binary(array) => bytes::push_base64(out, array.value(row)),
            Scalar::LargeBinary(array) => bytes::push_base64(out, array.value(row)),
            Scalar::BinaryView(array) => bytes::push_base64(out, array.value(row)),
            Scalar::FixedSizeBinary(array) => bytes::push_base64(out, array.value(row)),
            Scalar::Uuid(array) => match array.value(row).try_into() {
                Ok(uuid) => bytes::push_uuid(out, uuid),
                Err(_) => bytes::push_base64(out, array.value(row)),
            },
        }
    }
}

/// `exact`: up to here every integer is a float, and its digits are those of the shortest text. `payload`: bits that
/// tell a NaN from the one without a payload.
#[inline]
fn push_float(scalar: &Scalar<'_>, out: &mut Vec<u8>, row: usize, value: f64, exact: u64, payload: Option<&[u8]>) {
    if value.is_finite() {
        let integer = value as i64;
        // Zero with a sign is no integer.
        if integer as f64 == value && integer.unsigned_abs() <= exact && (integer != 0 || value.is_sign_positive()) {
            push_integer(out, integer);
        } else {
            scalar.push_number(out, row);
        }
        return;
    }
    if let (true, Some(payload)) = (value.is_nan(), payload) {
        push_head(out, INVALID, 4 + payload.len());
        out.extend_from_slice(b"NaN ");
        out.extend_from_slice(payload);
        return;
    }
    let name: &[u8] = match value {
        value if value.is_nan() => b"NaN",
        value if value > 0.0 => b"Infinity",
        _ => b"-Infinity",
    };
    push_head(out, TEXT, name.len());
    out.extend_from_slice(name);
}

fn is_whole_day(milliseconds: i64) -> bool {
    milliseconds % DAY_MILLISECONDS == 0
}

fn is_within_day(value: i64, unit: TimeUnit) -> bool {
    (0..86_400 * per_second(unit)).contains(&value)
}

fn time_name(unit: TimeUnit) -> &'static str {
    match unit {
        TimeUnit::Second => "time[s]",
        TimeUnit::Millisecond => "time[ms]",
        TimeUnit::Microsecond => "time[us]",
        TimeUnit::Nanosecond => "time[ns]",
    }
}

/// What Arrow stores but the type does not allow: a time beyond the day, a date with a time.
fn push_invalid(out: &mut Vec<u8>, what: &str, value: i64) {
    push_head(out, INVALID, what.len() + 8);
    out.extend_from_slice(what.as_bytes());
    out.extend_from_slice(&value.to_le_bytes());
}
