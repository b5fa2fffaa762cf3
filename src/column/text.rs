//! Scalar columns as text, one row at a time: the column is taken apart once, a row then costs one match.
//!
//! The plain dialect of all text formats: shortest exact numbers, ISO 8601, base64. Nested types are not text.
//!
//! Each value can be written in two ways with the same result: [`TextColumn::push`] writes any value onto a vector;
//! [`TextColumn::put`] writes the usual ones into room that is there already, several times faster, and leaves the others
//! to `push`.

pub mod cells;
pub mod entries;
pub mod marks;
pub mod put;
pub mod rows;
mod slices;
pub mod window;

use std::ops::Range;

use arrow_array::cast::AsArray;
use arrow_array::types::*;
use arrow_array::{
    Array, BinaryViewArray, BooleanArray, FixedSizeBinaryArray, GenericBinaryArray, GenericStringArray, StringViewArray,
};
use arrow_buffer::{IntervalDayTime, IntervalMonthDayNano, NullBuffer, i256};
use arrow_schema::{DataType, Field, IntervalUnit, TimeUnit};
use half::f16;

use self::marks::Marks;
use self::put::Day;
use self::slices::{Slices, put_view};
use super::nesting::extension_of;
use super::temporal::{self, Interval, Zone};
use super::{bytes, decimal, number, views};
use crate::code::Code;
use crate::error::{Error, Result};
use crate::simd::Wanted;

/// How binary values are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BytesText {
    /// RFC 4648 §4, padded.
    #[default]
    Base64,
    /// Two lower-case digits a byte.
    Hex,
}

/// What the text of a column looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextForm {
    /// Numbers, `true`, `false`: a JSON value as it stands.
    Literal,
    /// Floats: as `Literal`, but for `NaN`, `inf` and `-inf`.
    Float,
    /// ASCII letters, digits and `+-.:/=`: a string that needs no escaping.
    Plain,
    /// Any text.
    Text,
}

/// A scalar column, ready to be written row by row. Borrows the array.
#[derive(Debug)]
pub struct TextColumn<'a> {
    nulls: Option<NullBuffer>,
    values: Values<'a>,
    form: TextForm,
    marks: Marks,
}

#[derive(Debug)]
enum Values<'a> {
    Null,
    Boolean(&'a BooleanArray),
    Int8(&'a [i8]),
    Int16(&'a [i16]),
    Int32(&'a [i32]),
    Int64(&'a [i64]),
    UInt8(&'a [u8]),
    UInt16(&'a [u16]),
    UInt32(&'a [u32]),
    UInt64(&'a [u64]),
    Float16(&'a [f16]),
    Float32(&'a [f32]),
    Float64(&'a [f64]),
    Decimal32(&'a [i32], i8),
    Decimal64(&'a [i64], i8),
    Decimal128(&'a [i128], i8),
    Decimal256(&'a [i256], i8),
    Date32(&'a [i32], Day),
    Date64(&'a [i64], Day),
    Time32(&'a [i32], TimeUnit),
    Time64(&'a [i64], TimeUnit),
    Timestamp(&'a [i64], TimeUnit, Zone, Day),
    Duration(&'a [i64], TimeUnit),
    Months(&'a [i32]),
    DayTime(&'a [IntervalDayTime]),
    MonthDayNano(&'a [IntervalMonthDayNano]),
    Utf8(&'a GenericStringArray<i32>, Slices<'a, i32>),
    LargeUtf8(&'a GenericStringArray<i64>, Slices<'a, i64>),
    Utf8View(&'a StringViewArray),
    Binary(&'a GenericBinaryArray<i32>, BytesText),
    LargeBinary(&'a GenericBinaryArray<i64>, BytesText),
    BinaryView(&'a BinaryViewArray, BytesText),
    FixedSizeBinary(&'a FixedSizeBinaryArray, BytesText),
    Uuid(&'a FixedSizeBinaryArray),
    /// Dictionary and run-end encoding: the row of the values for each row.
    Encoded(Vec<usize>, Box<TextColumn<'a>>),
}

/// Whether columns of `field` are scalars that [`TextColumn`] writes; why not, if not.
///
/// # Errors
/// `Unsupported`: nested types, unknown time zones.
pub fn check(field: &Field) -> Result<TextForm> {
    let unsupported = |why: String| Err(Error::unsupported(why).in_column(field.name()));
    match field.data_type() {
        DataType::Boolean
        | DataType::Null
        | DataType::Int8
        | DataType::Int16
        | DataType::Int32
        | DataType::Int64
        | DataType::UInt8
        | DataType::UInt16
        | DataType::UInt32
        | DataType::UInt64
        | DataType::Decimal32(..)
        | DataType::Decimal64(..)
        | DataType::Decimal128(..)
        | DataType::Decimal256(..) => Ok(TextForm::Literal),
        DataType::Float16 | DataType::Float32 | DataType::Float64 => Ok(TextForm::Float),
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => Ok(TextForm::Text),
        DataType::Timestamp(_, zone) => match Zone::of(zone.as_deref()) {
            Some(_) => Ok(TextForm::Plain),
            None => unsupported(format!("unknown time zone {:?}", zone.as_deref().unwrap_or_default())),
        },
        DataType::Date32
        | DataType::Date64
        | DataType::Time32(_)
        | DataType::Time64(_)
        | DataType::Duration(_)
        | DataType::Interval(_)
        | DataType::Binary
        | DataType::LargeBinary
        | DataType::BinaryView
        | DataType::FixedSizeBinary(_) => Ok(TextForm::Plain),
        DataType::Dictionary(_, values) => check(&field.clone().with_data_type((**values).clone())),
        DataType::RunEndEncoded(_, values) => check(&field.clone().with_data_type(values.data_type().clone())),
        other => unsupported(format!("a column of type {other} is not a scalar")),
    }
}

impl<'a> TextColumn<'a> {
    /// Takes `array`, a column of `field`, apart. Cost: nothing per row, but for encoded columns a list of rows.
    ///
    /// # Errors
    /// As [`check`].
    pub fn new(array: &'a dyn Array, field: &Field, bytes: BytesText) -> Result<Self> {
        let form = check(field)?;
        let uuid = extension_of(field) == Some("arrow.uuid");
        Self::of(array, form, bytes, uuid).ok_or_else(|| {
            Error::internal(format!("a column of type {} is not {}", array.data_type(), field.data_type()))
                .in_column(field.name())
        })
    }

    fn of(array: &'a dyn Array, form: TextForm, binary: BytesText, uuid: bool) -> Option<Self> {
        macro_rules! values {
            ($arrow:ty) => {
                &array.as_primitive_opt::<$arrow>()?.values()[..]
            };
        }
        let values = match array.data_type() {
            DataType::Null => Values::Null,
            DataType::Boolean => Values::Boolean(array.as_boolean_opt()?),
            DataType::Int8 => Values::Int8(values!(Int8Type)),
            DataType::Int16 => Values::Int16(values!(Int16Type)),
            DataType::Int32 => Values::Int32(values!(Int32Type)),
            DataType::Int64 => Values::Int64(values!(Int64Type)),
            DataType::UInt8 => Values::UInt8(values!(UInt8Type)),
            DataType::UInt16 => Values::UInt16(values!(UInt16Type)),
            DataType::UInt32 => Values::UInt32(values!(UInt32Type)),
            DataType::UInt64 => Values::UInt64(values!(UInt64Type)),
            DataType::Float16 => Values::Float16(values!(Float16Type)),
            DataType::Float32 => Values::Float32(values!(Float32Type)),
            DataType::Float64 => Values::Float64(values!(Float64Type)),
            DataType::Decimal32(_, scale) => Values::Decimal32(values!(Decimal32Type), *scale),
            DataType::Decimal64(_, scale) => Values::Decimal64(values!(Decimal64Type), *scale),
            DataType::Decimal128(_, scale) => Values::Decimal128(values!(Decimal128Type), *scale),
            DataType::Decimal256(_, scale) => Values::Decimal256(values!(Decimal256Type), *scale),
            DataType::Date32 => Values::Date32(values!(Date32Type), Day::default()),
            DataType::Date64 => Values::Date64(values!(Date64Type), Day::default()),
            DataType::Time32(unit) => Values::Time32(
                match unit {
                    TimeUnit::Second => values!(Time32SecondType),
                    _ => values!(Time32MillisecondType),
                },
                *unit,
            ),
            DataType::Time64(unit) => Values::Time64(
                match unit {
                    TimeUnit::Microsecond => values!(Time64MicrosecondType),
                    _ => values!(Time64NanosecondType),
                },
                *unit,
            ),
            DataType::Timestamp(unit, zone) => Values::Timestamp(
                match unit {
                    TimeUnit::Second => values!(TimestampSecondType),
                    TimeUnit::Millisecond => values!(TimestampMillisecondType),
                    TimeUnit::Microsecond => values!(TimestampMicrosecondType),
                    TimeUnit::Nanosecond => values!(TimestampNanosecondType),
                },
                *unit,
                Zone::of(zone.as_deref())?,
                Day::default(),
            ),
            DataType::Duration(unit) => Values::Duration(
                match unit {
                    TimeUnit::Second => values!(DurationSecondType),
                    TimeUnit::Millisecond => values!(DurationMillisecondType),
                    TimeUnit::Microsecond => values!(DurationMicrosecondType),
                    TimeUnit::Nanosecond => values!(DurationNanosecondType),
                },
                *unit,
            ),
            DataType::Interval(IntervalUnit::YearMonth) => Values::Months(values!(IntervalYearMonthType)),
            DataType::Interval(IntervalUnit::DayTime) => Values::DayTime(values!(IntervalDayTimeType)),
            DataType::Interval(IntervalUnit::MonthDayNano) => Values::MonthDayNano(values!(IntervalMonthDayNanoType)),
            DataType::Utf8 => {
                let array = array.as_string_opt()?;
                Values::Utf8(array, Slices::of(array))
            }
            DataType::LargeUtf8 => {
                let array = array.as_string_opt()?;
                Values::LargeUtf8(array, Slices::of(array))
            }
            DataType::Utf8View => Values::Utf8View(array.as_string_view_opt()?),
            DataType::Binary => Values::Binary(array.as_binary_opt()?, binary),
            DataType::LargeBinary => Values::LargeBinary(array.as_binary_opt()?, binary),
            DataType::BinaryView => Values::BinaryView(array.as_binary_view_opt()?, binary),
            DataType::FixedSizeBinary(16) if uuid => Values::Uuid(array.as_fixed_size_binary_opt()?),
            DataType::FixedSizeBinary(_) => Values::FixedSizeBinary(array.as_fixed_size_binary_opt()?, binary),
            DataType::Dictionary(..) => {
                let dictionary = array.as_any_dictionary_opt()?;
                let values = Self::of(dictionary.values(), form, binary, uuid)?;
                let rows =
                    if dictionary.values().is_empty() { vec![0; array.len()] } else { dictionary.normalized_keys() };
                Values::Encoded(rows, Box::new(values))
            }
            DataType::RunEndEncoded(run_ends, _) => match run_ends.data_type() {
                DataType::Int16 => Self::runs::<Int16Type>(array, form, binary, uuid)?,
                DataType::Int32 => Self::runs::<Int32Type>(array, form, binary, uuid)?,
                _ => Self::runs::<Int64Type>(array, form, binary, uuid)?,
            },
            _ => return None,
        };
        let nulls = array.logical_nulls().filter(|nulls| nulls.null_count() > 0);
        Some(TextColumn { nulls, values, form, marks: Marks::default() })
    }

    fn runs<R: RunEndIndexType>(
        array: &'a dyn Array,
        form: TextForm,
        binary: BytesText,
        uuid: bool,
    ) -> Option<Values<'a>> {
        let runs = array.as_run_opt::<R>()?;
        let values = Self::of(runs.values(), form, binary, uuid)?;
        let rows = (0..array.len()).map(|row| runs.get_physical_index(row)).collect();
        Some(Values::Encoded(rows, Box::new(values)))
    }

    /// What the text looks like.
    pub fn form(&self) -> TextForm {
        self.form
    }

    /// Whether the value is null.
    #[inline]
    pub fn is_null(&self, row: usize) -> bool {
        match &self.nulls {
            Some(nulls) => nulls.is_null(row),
            None => matches!(self.values, Values::Null),
        }
    }

    /// The bytes of a binary column as they lie in memory; `None` for other columns and nulls.
    #[inline]
    pub fn bytes(&self, row: usize) -> Option<&'a [u8]> {
        match &self.values {
            Values::Binary(array, _) => Some(array.value(row)),
            Values::LargeBinary(array, _) => Some(array.value(row)),
            Values::BinaryView(array, _) => Some(array.value(row)),
            Values::FixedSizeBinary(array, _) => Some(array.value(row)),
            Values::Encoded(rows, values) if !values.is_null(rows[row]) => values.bytes(rows[row]),
            _ => None,
        }
    }

    /// Whether the column is binary, and not UUIDs.
    pub fn is_binary(&self) -> bool {
        match &self.values {
            Values::Binary(..) | Values::LargeBinary(..) | Values::BinaryView(..) | Values::FixedSizeBinary(..) => true,
            Values::Encoded(_, values) => values.is_binary(),
            _ => false,
        }
    }

    /// A float that is not finite, as JSON spells it in a string: `NaN`, `Infinity`, `-Infinity`.
    #[inline]
    pub fn non_finite(&self, row: usize) -> Option<&'static str> {
        let value = match &self.values {
            Values::Float16(values) => values[row].to_f64(),
            Values::Float32(values) => f64::from(values[row]),
            Values::Float64(values) => values[row],
            Values::Encoded(rows, values) => return values.non_finite(rows[row]),
            _ => return None,
        };
        match value {
            value if value.is_finite() => None,
            value if value.is_nan() => Some("NaN"),
            value => Some(if value > 0.0 { "Infinity" } else { "-Infinity" }),
        }
    }

    /// A float that is an integer other than zero.
    pub fn whole(&self, row: usize) -> Option<f64> {
        let value = match &self.values {
            Values::Float16(values) => values[row].to_f64(),
            Values::Float32(values) => f64::from(values[row]),
            Values::Float64(values) => values[row],
            Values::Encoded(rows, values) => return values.whole(rows[row]),
            _ => return None,
        };
        (value.is_finite() && value.fract() == 0.0 && value != 0.0).then_some(value)
    }

    /// The text of a string column ([`TextForm::Text`]) as it lies in memory; empty for other columns and nulls.
    #[inline]
    pub fn text(&self, row: usize) -> &'a str {
        match &self.values {
            Values::Utf8(array, _) => array.value(row),
            Values::LargeUtf8(array, _) => array.value(row),
            Values::Utf8View(array) => array.value(row),
            Values::Encoded(rows, values) if !self.is_null(row) && !values.is_null(rows[row]) => values.text(rows[row]),
            _ => "",
        }
    }

    /// Appends the text of a value that is not null.
    ///
    /// # Errors
    /// The code of a value that Arrow allows but the type does not: a time beyond the day, a date with a time.
    #[inline]
    pub fn push(&self, out: &mut Vec<u8>, row: usize) -> Result<(), Code> {
        match &self.values {
            Values::Null => {}
            Values::Boolean(array) => out.extend_from_slice(if array.value(row) { b"true" } else { b"false" }),
            Values::Int8(values) => number::push_i64(out, values[row].into()),
            Values::Int16(values) => number::push_i64(out, values[row].into()),
            Values::Int32(values) => number::push_i64(out, values[row].into()),
            Values::Int64(values) => number::push_i64(out, values[row]),
            Values::UInt8(values) => number::push_u64(out, values[row].into()),
            Values::UInt16(values) => number::push_u64(out, values[row].into()),
            Values::UInt32(values) => number::push_u64(out, values[row].into()),
            Values::UInt64(values) => number::push_u64(out, values[row]),
            Values::Float16(values) => number::push_f16(out, values[row]),
            Values::Float32(values) => number::push_f32(out, values[row]),
            Values::Float64(values) => number::push_f64(out, values[row]),
            Values::Decimal32(values, scale) => decimal::push_i128(out, values[row].into(), *scale),
            Values::Decimal64(values, scale) => decimal::push_i128(out, values[row].into(), *scale),
            Values::Decimal128(values, scale) => decimal::push_i128(out, values[row], *scale),
            Values::Decimal256(values, scale) => decimal::push_i256(out, values[row], *scale),
            Values::Date32(values, _) => temporal::push_date(out, values[row]),
            Values::Date64(values, _) => push_date64(out, values[row])?,
            Values::Time32(values, unit) => push_time(out, values[row].into(), *unit)?,
            Values::Time64(values, unit) => push_time(out, values[row], *unit)?,
            Values::Timestamp(values, unit, zone, _) => temporal::push_timestamp(out, values[row], *unit, *zone),
            Values::Duration(values, unit) => temporal::push_duration(out, values[row], *unit),
            Values::Months(values) => {
                temporal::push_interval(out, Interval { months: values[row], ..Interval::default() });
            }
            Values::DayTime(values) => {
                let IntervalDayTime { days, milliseconds } = values[row];
                let nanoseconds = i64::from(milliseconds) * 1_000_000;
                temporal::push_interval(out, Interval { months: 0, days, nanoseconds });
            }
            Values::MonthDayNano(values) => {
                let IntervalMonthDayNano { months, days, nanoseconds } = values[row];
                temporal::push_interval(out, Interval { months, days, nanoseconds });
            }
            Values::Utf8(array, _) => out.extend_from_slice(array.value(row).as_bytes()),
            Values::LargeUtf8(array, _) => out.extend_from_slice(array.value(row).as_bytes()),
            Values::Utf8View(array) => out.extend_from_slice(array.value(row).as_bytes()),
            Values::Binary(array, form) => push_bytes(out, array.value(row), *form),
            Values::LargeBinary(array, form) => push_bytes(out, array.value(row), *form),
            Values::BinaryView(array, form) => push_bytes(out, array.value(row), *form),
            Values::FixedSizeBinary(array, form) => push_bytes(out, array.value(row), *form),
            Values::Uuid(array) => match array.value(row).first_chunk() {
                Some(value) => bytes::push_uuid(out, value),
                None => return Err(Code::Length),
            },
            Values::Encoded(rows, values) => values.push(out, rows[row])?,
        }
        Ok(())
    }

    /// Puts down the text of a value that is not null into `room` from `at` on, and returns where it ends. `None`: the
    /// room might not suffice, or the value is left to [`TextColumn::push`]; what lies behind `at` means nothing then.
    #[inline(always)]
    pub fn put(&self, room: &mut [u8], at: usize, row: usize) -> Option<usize> {
        match &self.values {
            Values::Utf8(_, text) => text.put(room, at, row),
            Values::Utf8View(array) => put_view(room, at, array, row),
            Values::Int64(values) => put::signed(room, at, *values.get(row)?),
            Values::Int32(values) => put::signed(room, at, (*values.get(row)?).into()),
            Values::Float64(values) => put::double(room, at, *values.get(row)?),
            Values::Boolean(array) => match array.value(row) {
                true => put::fixed(room, at, b"true", 4),
                false => put::fixed(room, at, b"false", 5),
            },
            Values::Timestamp(values, unit, Zone::Utc, day) => {
                let at = day.put_timestamp(room, at, *values.get(row)?, *unit)?;
                put::byte(room, at, b'Z')
            }
            Values::Timestamp(values, unit, Zone::Naive, day) => day.put_timestamp(room, at, *values.get(row)?, *unit),
            Values::Encoded(rows, values) => values.put_rarer(room, at, *rows.get(row)?),
            _ => self.put_rarer(room, at, row),
        }
    }

    /// The same for types that are rarer, in a function of its own.
    fn put_rarer(&self, room: &mut [u8], at: usize, row: usize) -> Option<usize> {
        match &self.values {
            Values::Utf8(..)
            | Values::Utf8View(_)
            | Values::Int64(_)
            | Values::Int32(_)
            | Values::Float64(_)
            | Values::Boolean(_)
            | Values::Timestamp(_, _, Zone::Utc | Zone::Naive, _) => self.put(room, at, row),
            Values::LargeUtf8(_, text) => text.put(room, at, row),
            Values::Int8(values) => put::signed(room, at, (*values.get(row)?).into()),
            Values::Int16(values) => put::signed(room, at, (*values.get(row)?).into()),
            Values::UInt8(values) => put::unsigned(room, at, (*values.get(row)?).into()),
            Values::UInt16(values) => put::unsigned(room, at, (*values.get(row)?).into()),
            Values::UInt32(values) => put::unsigned(room, at, (*values.get(row)?).into()),
            Values::UInt64(values) => put::unsigned(room, at, *values.get(row)?),
            Values::Float32(values) => put::few(room, at, zmij::Buffer::new().format(*values.get(row)?).as_bytes()),
            Values::Decimal32(values, scale) => put::decimal(room, at, (*values.get(row)?).into(), *scale),
            Values::Decimal64(values, scale) => put::decimal(room, at, (*values.get(row)?).into(), *scale),
            Values::Decimal128(values, scale) => put::decimal(room, at, *values.get(row)?, *scale),
            Values::Date32(values, day) => day.put(room, at, (*values.get(row)?).into()),
            Values::Date64(values, day) => {
                let milliseconds = *values.get(row)?;
                if milliseconds % 86_400_000 == 0 { day.put(room, at, milliseconds / 86_400_000) } else { None }
            }
            Values::Time32(values, unit) => put::time(room, at, (*values.get(row)?).into(), *unit),
            Values::Time64(values, unit) => put::time(room, at, *values.get(row)?, *unit),
            Values::Uuid(array) => put::uuid(room, at, array.value(row).first_chunk()?),
            _ => {
                let mut text = Vec::new();
                self.push(&mut text, row).ok()?;
                put::bytes(room, at, &text)
            }
        }
    }

    /// Looks through the text of `rows` (of the array) for wanted bytes: [`TextColumn::is_marked`] tells
    /// which may have some. Without this no row is marked. Cost: one pass over the text; nothing for other columns.
    pub fn mark(&mut self, rows: Range<usize>, wanted: Wanted) {
        let mut marks = Marks::default();
        match &mut self.values {
            Values::Utf8(_, text) => marks.scan(text.offsets, text.bytes, rows, wanted),
            Values::LargeUtf8(_, text) => marks.scan(text.offsets, text.bytes, rows, wanted),
            Values::Utf8View(array) => {
                let first = rows.start;
                let texts = rows.map_while(|row| views::part(array, row));
                wanted.texts(texts, |row| marks.set(first + row, array.len()));
            }
            Values::Encoded(keys, values) => match values.len() {
                // Not worth it for a few rows of many values.
                Some(count) if count / 4 <= rows.len() => {
                    values.mark(0..count, wanted);
                    for row in rows {
                        if keys.get(row).is_some_and(|key| values.is_marked(*key)) {
                            marks.set(row, keys.len());
                        }
                    }
                }
                Some(_) => marks = Marks::all(),
                None => {}
            },
            _ => {}
        }
        self.marks = marks;
    }

    /// Marks the rows of a text column that are empty, null or not.
    pub fn mark_empty(&mut self) {
        match &self.values {
            Values::Utf8(_, text) => text.empty().for_each(|(row, rows)| self.marks.set(row, rows)),
            Values::LargeUtf8(_, text) => text.empty().for_each(|(row, rows)| self.marks.set(row, rows)),
            Values::Utf8View(array) => {
                let empty = array.lengths().enumerate().filter(|(_, length)| *length == 0);
                empty.for_each(|(row, _)| self.marks.set(row, array.len()));
            }
            _ => {
                let rows = self.len().unwrap_or_default();
                let empty: Vec<usize> = (0..rows).filter(|row| self.text(*row).is_empty()).collect();
                empty.into_iter().for_each(|row| self.marks.set(row, rows));
            }
        }
    }

    /// Marks one more row.
    pub fn mark_row(&mut self, row: usize, rows: usize) {
        self.marks.set(row, rows);
    }

    /// Whether a row of a text column may have bytes that [`TextColumn::mark`] looked for. False for other columns.
    #[inline(always)]
    pub fn is_marked(&self, row: usize) -> bool {
        self.marks.has(row)
    }

    /// Rows of a text column; `None` for other columns.
    fn len(&self) -> Option<usize> {
        match &self.values {
            Values::Utf8(array, _) => Some(array.len()),
            Values::LargeUtf8(array, _) => Some(array.len()),
            Values::Utf8View(array) => Some(array.len()),
            Values::Encoded(rows, values) => values.len().map(|_| rows.len()),
            _ => None,
        }
    }
}

/// The error for a value that [`TextColumn::push`] refused.
#[cold]
pub fn refused(code: Code) -> Error {
    let what = match code {
        Code::TimePrecision => "a date with a time of day",
        Code::DateRange => "a time of day outside the day",
        _ => "a value that its type does not have",
    };
    Error::value(code, what)
}

fn push_bytes(out: &mut Vec<u8>, value: &[u8], form: BytesText) {
    match form {
        BytesText::Base64 => bytes::push_base64(out, value),
        BytesText::Hex => bytes::push_hex(out, value),
    }
}

fn push_date64(out: &mut Vec<u8>, milliseconds: i64) -> Result<(), Code> {
    if milliseconds % 86_400_000 != 0 {
        return Err(Code::TimePrecision);
    }
    temporal::push_date_days(out, milliseconds / 86_400_000);
    Ok(())
}

fn push_time(out: &mut Vec<u8>, value: i64, unit: TimeUnit) -> Result<(), Code> {
    if !(0..86_400 * temporal::per_second(unit)).contains(&value) {
        return Err(Code::DateRange);
    }
    temporal::push_time(out, value, unit);
    Ok(())
}

#[cfg(test)]
mod tests;
