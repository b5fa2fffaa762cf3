//! Text into scalar columns: one vector per column, filled from tokens. No allocation per value, no value rounded.

use std::cell::Cell;
use std::sync::Arc;

use arrow_array::types::*;
use arrow_array::{
    ArrayRef, BinaryArray, BinaryViewArray, BooleanArray, FixedSizeBinaryArray, GenericBinaryArray, GenericStringArray,
    LargeBinaryArray, NullArray, PrimitiveArray, StringArray, StringViewArray,
};
use arrow_buffer::{
    BooleanBuffer, Buffer, IntervalDayTime, IntervalMonthDayNano, NullBuffer, OffsetBuffer, ScalarBuffer, i256,
};
use arrow_schema::{ArrowError, DataType, Field, IntervalUnit, TimeUnit};
use half::f16;

use super::bytes::{self, BytesFault};
use super::number::{self, NumberFault};
use super::repair::{Repair, repair};
use super::temporal::{self, TemporalFault, Zone};
use super::text::BytesText;
use super::{decimal, text};
use crate::code::Code;
use crate::error::{Error, Result};

/// Why a token is not a value of the column's type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// A number.
    Number(NumberFault),
    /// A temporal value.
    Temporal(TemporalFault),
    /// A binary value.
    Bytes(BytesFault),
    /// Not `true` or `false`.
    Boolean,
    /// A value in a column of nulls.
    Null,
    /// Text that is not UTF-8.
    Utf8,
    /// The text of one batch is beyond 2 GiB.
    Room,
}

impl Fault {
    /// The loss code.
    pub fn code(self) -> Code {
        match self {
            Fault::Number(fault) => fault.code(),
            Fault::Temporal(fault) => fault.code(),
            Fault::Bytes(fault) => fault.code(),
            Fault::Utf8 => Code::Utf8,
            Fault::Boolean | Fault::Null | Fault::Room => Code::Token,
        }
    }

    /// The error for `token` in a column of type `kind`: what was found, what was expected.
    pub fn error(self, token: &[u8], kind: &DataType) -> Error {
        if self == Fault::Room {
            return Error::limit("the text of a column of one batch is longer than 2 GiB")
                .with_hint("read smaller batches");
        }
        let found = shown(token);
        let why = match self {
            Fault::Number(NumberFault::Range) => format!("{found} is outside the range of {kind}"),
            Fault::Number(NumberFault::Fraction) => format!("{found} has a fraction, but the type is {kind}"),
            Fault::Number(NumberFault::FloatRange) => format!("{found} is too large for {kind}"),
            Fault::Number(NumberFault::Digits) => format!("{found} has more digits than {kind} holds"),
            Fault::Number(NumberFault::Precision | NumberFault::Scale) => format!("{found} does not fit {kind}"),
            Fault::Temporal(TemporalFault::OffsetMissing) => format!("{found} has no offset from UTC, but {kind} has"),
            Fault::Temporal(TemporalFault::OffsetPresent) => {
                format!("{found} has an offset from UTC, but {kind} is local time")
            }
            Fault::Temporal(TemporalFault::Precision) => format!("{found} has more digits than {kind} holds"),
            Fault::Temporal(TemporalFault::DateRange) if temporal::parse_date_days(token).is_ok() => {
                format!("{found} is outside the range of {kind}")
            }
            Fault::Temporal(TemporalFault::DateRange) => format!("{found} is not a day or time of day that exists"),
            Fault::Temporal(TemporalFault::TimestampRange | TemporalFault::Interval) => {
                format!("{found} is outside the range of {kind}")
            }
            Fault::Bytes(BytesFault::Length) => format!("{found} has another length than {kind}"),
            Fault::Bytes(BytesFault::Uuid) => format!("{found} is not a UUID"),
            Fault::Utf8 => format!("{found} is not valid UTF-8"),
            Fault::Bytes(BytesFault::Syntax) => format!("{found} is not binary text for {kind}"),
            _ => format!("{found} is not a value of {kind}"),
        };
        Error::value(self.code(), why)
    }
}

/// `"token"`, cut if it is long.
pub fn shown(token: &[u8]) -> String {
    let text = String::from_utf8_lossy(token);
    match text.char_indices().nth(60) {
        None => format!("{text:?}"),
        Some((cut, _)) => format!("{:?}…", &text[..cut]),
    }
}

/// How tokens are read.
#[derive(Clone, Copy, Debug, Default)]
pub struct ParseOptions {
    /// How binary values are written.
    pub bytes: BytesText,
    /// Whether `True`, `TRUE` are booleans too.
    pub boolean_any_case: bool,
    /// The unit of timestamps that are numbers, counted from 1970-01-01.
    pub epoch: Option<TimeUnit>,
    /// The zone of timestamps that are written without one, for columns that have a zone.
    pub assume_zone: Option<Zone>,
    /// What becomes of text that is not UTF-8; `None`: the caller knows that there is none.
    pub repair: Option<Repair>,
    /// Whether binary columns take the bytes of text as they are.
    pub raw: bool,
}

/// A column that is being filled. Made once per batch.
#[derive(Debug)]
pub struct ValueColumn {
    validity: Bits,
    any_null: bool,
    values: Values,
    kind: DataType,
    options: ParseOptions,
    /// Texts that were repaired.
    repaired: Cell<u64>,
}

/// Text or bytes one after the other, and where each ends.
#[derive(Debug)]
struct Strings<O> {
    offsets: Vec<O>,
    data: Vec<u8>,
}

#[derive(Debug)]
enum Values {
    Null(usize),
    Boolean(Bits),
    Int8(Vec<i8>),
    Int16(Vec<i16>),
    Int32(Vec<i32>),
    Int64(Vec<i64>),
    UInt8(Vec<u8>),
    UInt16(Vec<u16>),
    UInt32(Vec<u32>),
    UInt64(Vec<u64>),
    Float16(Vec<f16>),
    Float32(Vec<f32>),
    Float64(Vec<f64>),
    Decimal32(Vec<i32>, u8, i8),
    Decimal64(Vec<i64>, u8, i8),
    Decimal128(Vec<i128>, u8, i8),
    Decimal256(Vec<i256>, u8, i8),
    Date32(Vec<i32>),
    Date64(Vec<i64>),
    Time32(Vec<i32>, TimeUnit),
    Time64(Vec<i64>, TimeUnit),
    Timestamp(Vec<i64>, TimeUnit, Zone),
    Duration(Vec<i64>, TimeUnit),
    Months(Vec<i32>),
    DayTime(Vec<IntervalDayTime>),
    MonthDayNano(Vec<IntervalMonthDayNano>),
    /// Utf8, Utf8View.
    Text(Strings<i32>),
    LargeText(Strings<i64>),
    /// Binary, BinaryView.
    Bytes(Strings<i32>),
    LargeBytes(Strings<i64>),
    FixedBytes(Vec<u8>, usize),
    Uuid(Vec<u8>),
}

/// The type that a column of `kind` is read as: encodings (dictionary, run-end) give way to their values.
pub fn plain_type(kind: &DataType) -> DataType {
    match kind {
        DataType::Dictionary(_, values) => plain_type(values),
        DataType::RunEndEncoded(_, values) => plain_type(values.data_type()),
        other => other.clone(),
    }
}

impl ValueColumn {
    /// An empty column for `field`, with room for `rows`.
    ///
    /// # Errors
    /// `Unsupported` for types that [`text::check`] refuses, and for encodings (see [`plain_type`]).
    pub fn new(field: &Field, options: ParseOptions, rows: usize) -> Result<Self> {
        text::check(field)?;
        let uuid = field.metadata().get("ARROW:extension:name").is_some_and(|name| name == "arrow.uuid");
        let values = match field.data_type() {
            DataType::Null => Values::Null(0),
            DataType::Boolean => Values::Boolean(Bits::new(rows)),
            DataType::Int8 => Values::Int8(Vec::with_capacity(rows)),
            DataType::Int16 => Values::Int16(Vec::with_capacity(rows)),
            DataType::Int32 => Values::Int32(Vec::with_capacity(rows)),
            DataType::Int64 => Values::Int64(Vec::with_capacity(rows)),
            DataType::UInt8 => Values::UInt8(Vec::with_capacity(rows)),
            DataType::UInt16 => Values::UInt16(Vec::with_capacity(rows)),
            DataType::UInt32 => Values::UInt32(Vec::with_capacity(rows)),
            DataType::UInt64 => Values::UInt64(Vec::with_capacity(rows)),
            DataType::Float16 => Values::Float16(Vec::with_capacity(rows)),
            DataType::Float32 => Values::Float32(Vec::with_capacity(rows)),
            DataType::Float64 => Values::Float64(Vec::with_capacity(rows)),
            DataType::Decimal32(precision, scale) => Values::Decimal32(Vec::with_capacity(rows), *precision, *scale),
            DataType::Decimal64(precision, scale) => Values::Decimal64(Vec::with_capacity(rows), *precision, *scale),
            DataType::Decimal128(precision, scale) => Values::Decimal128(Vec::with_capacity(rows), *precision, *scale),
            DataType::Decimal256(precision, scale) => Values::Decimal256(Vec::with_capacity(rows), *precision, *scale),
            DataType::Date32 => Values::Date32(Vec::with_capacity(rows)),
            DataType::Date64 => Values::Date64(Vec::with_capacity(rows)),
            DataType::Time32(unit) => Values::Time32(Vec::with_capacity(rows), *unit),
            DataType::Time64(unit) => Values::Time64(Vec::with_capacity(rows), *unit),
            DataType::Timestamp(unit, zone) => {
                let zone = Zone::of(zone.as_deref()).unwrap_or(Zone::Utc);
                Values::Timestamp(Vec::with_capacity(rows), *unit, zone)
            }
            DataType::Duration(unit) => Values::Duration(Vec::with_capacity(rows), *unit),
            DataType::Interval(IntervalUnit::YearMonth) => Values::Months(Vec::with_capacity(rows)),
            DataType::Interval(IntervalUnit::DayTime) => Values::DayTime(Vec::with_capacity(rows)),
            DataType::Interval(IntervalUnit::MonthDayNano) => Values::MonthDayNano(Vec::with_capacity(rows)),
            DataType::Utf8 | DataType::Utf8View => Values::Text(Strings::new(rows)),
            DataType::LargeUtf8 => Values::LargeText(Strings::new(rows)),
            DataType::Binary | DataType::BinaryView => Values::Bytes(Strings::new(rows)),
            DataType::LargeBinary => Values::LargeBytes(Strings::new(rows)),
            DataType::FixedSizeBinary(16) if uuid => Values::Uuid(Vec::with_capacity(rows * 16)),
            DataType::FixedSizeBinary(size) => {
                let size = usize::try_from(*size).unwrap_or_default();
                Values::FixedBytes(Vec::new(), size)
            }
            other => {
                return Err(Error::unsupported(format!("text is not read into columns of type {other}"))
                    .in_column(field.name()));
            }
        };
        Ok(ValueColumn {
            validity: Bits::new(rows),
            any_null: false,
            values,
            kind: field.data_type().clone(),
            options,
            repaired: Cell::new(0),
        })
    }

    /// The type.
    pub fn kind(&self) -> &DataType {
        &self.kind
    }

    /// Whether a token is text that stands for bytes ([`ParseOptions::bytes`]), not the value itself.
    pub fn takes_encoded_bytes(&self) -> bool {
        match self.values {
            Values::Bytes(_) => !self.options.raw,
            Values::LargeBytes(_) | Values::FixedBytes(..) => true,
            _ => false,
        }
    }

    /// An empty column for the same texts, to try one on.
    ///
    /// # Errors
    /// As [`ValueColumn::new`].
    pub fn trial(&self, field: &Field) -> Result<Self> {
        ValueColumn::new(field, self.options, 1)
    }

    /// How many texts were repaired because they were not UTF-8.
    pub fn repaired(&self) -> u64 {
        self.repaired.get()
    }

    /// Appends one token.
    ///
    /// # Errors
    /// Why it does not fit; nothing was appended then.
    pub fn push(&mut self, token: &[u8]) -> Result<(), Fault> {
        self.extend(std::iter::once(Some(token))).map_err(|(_, fault)| fault)
    }

    /// Appends a null.
    pub fn push_null(&mut self) {
        // A null cannot fail.
        let _ = self.extend(std::iter::once(None));
    }

    /// Appends tokens; `None` is null. The type is matched once, not per token.
    ///
    /// # Errors
    /// The index of the first token that does not fit, and why; the tokens before it were appended.
    pub fn extend<'a>(&mut self, tokens: impl Iterator<Item = Option<&'a [u8]>> + Clone) -> Result<(), (usize, Fault)> {
        let options = self.options;
        let mut sink = Validity { bits: &mut self.validity, any_null: &mut self.any_null };
        let number = Fault::Number;
        let temporal = Fault::Temporal;
        match &mut self.values {
            Values::Null(count) => {
                for (index, token) in tokens.enumerate() {
                    if token.is_some() {
                        return Err((index, Fault::Null));
                    }
                    *count += 1;
                }
                Ok(())
            }
            Values::Boolean(values) => {
                for (index, token) in tokens.enumerate() {
                    let value = match token {
                        None => false,
                        Some(token) => boolean(token, options.boolean_any_case).ok_or((index, Fault::Boolean))?,
                    };
                    sink.push(token.is_some());
                    values.push(value);
                }
                Ok(())
            }
            Values::Int8(values) => fill(values, sink, tokens, |token| narrow(number::parse_i64(token))),
            Values::Int16(values) => fill(values, sink, tokens, |token| narrow(number::parse_i64(token))),
            Values::Int32(values) => fill(values, sink, tokens, |token| narrow(number::parse_i64(token))),
            Values::Int64(values) => fill(values, sink, tokens, |token| number::parse_i64(token).map_err(number)),
            Values::UInt8(values) => fill(values, sink, tokens, |token| narrow(number::parse_u64(token))),
            Values::UInt16(values) => fill(values, sink, tokens, |token| narrow(number::parse_u64(token))),
            Values::UInt32(values) => fill(values, sink, tokens, |token| narrow(number::parse_u64(token))),
            Values::UInt64(values) => fill(values, sink, tokens, |token| number::parse_u64(token).map_err(number)),
            Values::Float16(values) => {
                fill(values, sink, tokens, |token| or_non_finite(token, number::parse_f16(token), f16::from_f64))
            }
            Values::Float32(values) => {
                fill(values, sink, tokens, |token| or_non_finite(token, number::parse_f32(token), |value| value as f32))
            }
            Values::Float64(values) => {
                fill(values, sink, tokens, |token| or_non_finite(token, number::parse_f64(token), |value| value))
            }
            Values::Decimal32(values, precision, scale) => {
                fill(values, sink, tokens, |token| narrow(decimal::parse_i128(token, *precision, *scale)))
            }
            Values::Decimal64(values, precision, scale) => {
                fill(values, sink, tokens, |token| narrow(decimal::parse_i128(token, *precision, *scale)))
            }
            Values::Decimal128(values, precision, scale) => {
                fill(values, sink, tokens, |token| decimal::parse_i128(token, *precision, *scale).map_err(number))
            }
            Values::Decimal256(values, precision, scale) => {
                fill(values, sink, tokens, |token| decimal::parse_i256(token, *precision, *scale).map_err(number))
            }
            Values::Date32(values) => fill(values, sink, tokens, |token| temporal::parse_date(token).map_err(temporal)),
            Values::Date64(values) => fill(values, sink, tokens, |token| {
                let days = temporal::parse_date_days(token).map_err(temporal)?;
                days.checked_mul(86_400_000).ok_or(Fault::Temporal(TemporalFault::DateRange))
            }),
            // A time of day fits 32 bits of seconds or milliseconds.
            Values::Time32(values, unit) => fill(values, sink, tokens, |token| {
                temporal::parse_time(token, *unit).map(|value| value as i32).map_err(temporal)
            }),
            Values::Time64(values, unit) => {
                fill(values, sink, tokens, |token| temporal::parse_time(token, *unit).map_err(temporal))
            }
            Values::Timestamp(values, unit, zone) => match options.epoch {
                None => fill(values, sink, tokens, |token| {
                    temporal::parse_timestamp_in(token, *unit, *zone, options.assume_zone).map_err(temporal)
                }),
                Some(epoch) => fill(values, sink, tokens, |token| {
                    temporal::parse_timestamp_in(token, *unit, *zone, options.assume_zone)
                        .or_else(|fault| match fault {
                            TemporalFault::Syntax => temporal::parse_epoch(token, epoch, *unit),
                            other => Err(other),
                        })
                        .map_err(temporal)
                }),
            },
            Values::Duration(values, unit) => {
                fill(values, sink, tokens, |token| temporal::parse_duration(token, *unit).map_err(temporal))
            }
            Values::Months(values) => fill(values, sink, tokens, |token| {
                let interval = temporal::parse_interval(token).map_err(temporal)?;
                let whole = interval.days == 0 && interval.nanoseconds == 0;
                if whole { Ok(interval.months) } else { Err(Fault::Temporal(TemporalFault::Interval)) }
            }),
            Values::DayTime(values) => fill(values, sink, tokens, |token| {
                let interval = temporal::parse_interval(token).map_err(temporal)?;
                let milliseconds = i32::try_from(interval.nanoseconds / 1_000_000).ok();
                match milliseconds {
                    Some(milliseconds) if interval.months == 0 && interval.nanoseconds % 1_000_000 == 0 => {
                        Ok(IntervalDayTime { days: interval.days, milliseconds })
                    }
                    _ => Err(Fault::Temporal(TemporalFault::Interval)),
                }
            }),
            Values::MonthDayNano(values) => fill(values, sink, tokens, |token| {
                let temporal::Interval { months, days, nanoseconds } =
                    temporal::parse_interval(token).map_err(temporal)?;
                Ok(IntervalMonthDayNano { months, days, nanoseconds })
            }),
            Values::Text(strings) => match options.repair {
                None => strings.copy(sink, tokens),
                Some(how) => strings.fill(sink, tokens, |data, token| push_repaired(data, token, how, &self.repaired)),
            },
            Values::LargeText(strings) => match options.repair {
                None => strings.copy(sink, tokens),
                Some(how) => strings.fill(sink, tokens, |data, token| push_repaired(data, token, how, &self.repaired)),
            },
            Values::Bytes(strings) if options.raw => strings.copy(sink, tokens),
            Values::Bytes(strings) => strings.fill(sink, tokens, |data, token| push_bytes(data, token, options.bytes)),
            Values::LargeBytes(strings) => {
                strings.fill(sink, tokens, |data, token| push_bytes(data, token, options.bytes))
            }
            Values::FixedBytes(data, size) => {
                for (index, token) in tokens.enumerate() {
                    let start = data.len();
                    match token {
                        None => data.resize(start + *size, 0),
                        Some(token) => push_bytes(data, token, options.bytes).map_err(|fault| (index, fault))?,
                    }
                    if data.len() - start != *size {
                        data.truncate(start);
                        return Err((index, Fault::Bytes(BytesFault::Length)));
                    }
                    sink.push(token.is_some());
                }
                Ok(())
            }
            Values::Uuid(data) => {
                for (index, token) in tokens.enumerate() {
                    let value = match token {
                        None => [0; 16],
                        Some(token) => bytes::parse_uuid(token).map_err(|fault| (index, Fault::Bytes(fault)))?,
                    };
                    data.extend_from_slice(&value);
                    sink.push(token.is_some());
                }
                Ok(())
            }
        }
    }

    /// As [`ValueColumn::extend`] for doubles, which `read` reads.
    ///
    /// # Errors
    /// The same; `Null` if the column has another type.
    #[cfg(feature = "csv")]
    pub(crate) fn extend_f64<'a>(
        &mut self,
        tokens: impl Iterator<Item = Option<&'a [u8]>>,
        read: impl FnMut(&[u8]) -> Result<f64, Fault>,
    ) -> Result<(), (usize, Fault)> {
        let sink = Validity { bits: &mut self.validity, any_null: &mut self.any_null };
        match &mut self.values {
            Values::Float64(values) => fill(values, sink, tokens, read),
            _ => Err((0, Fault::Null)),
        }
    }

    /// As [`ValueColumn::extend`] for decimals of 128 bits, which `read` reads.
    ///
    /// # Errors
    /// The same; `Null` if the column has another type.
    #[cfg(feature = "csv")]
    pub(crate) fn extend_i128<'a>(
        &mut self,
        tokens: impl Iterator<Item = Option<&'a [u8]>>,
        read: impl FnMut(&[u8]) -> Result<i128, Fault>,
    ) -> Result<(), (usize, Fault)> {
        let sink = Validity { bits: &mut self.validity, any_null: &mut self.any_null };
        match &mut self.values {
            Values::Decimal128(values, ..) => fill(values, sink, tokens, read),
            _ => Err((0, Fault::Null)),
        }
    }

    /// As [`ValueColumn::extend`] for integers of 64 bits and for timestamps, which `read` reads.
    ///
    /// # Errors
    /// The same; `Null` if the column has another type.
    #[cfg(feature = "csv")]
    pub(crate) fn extend_i64<'a>(
        &mut self,
        tokens: impl Iterator<Item = Option<&'a [u8]>>,
        read: impl FnMut(&[u8]) -> Result<i64, Fault>,
    ) -> Result<(), (usize, Fault)> {
        let sink = Validity { bits: &mut self.validity, any_null: &mut self.any_null };
        match &mut self.values {
            Values::Int64(values) | Values::Timestamp(values, ..) => fill(values, sink, tokens, read),
            _ => Err((0, Fault::Null)),
        }
    }

    /// The column.
    ///
    /// # Errors
    /// `V-UTF8` if text is not UTF-8.
    pub fn finish(self) -> Result<ArrayRef> {
        let rows = self.validity.len;
        let nulls = self.any_null.then(|| NullBuffer::new(self.validity.finish()));
        self.values.finish(nulls, &self.kind, rows).map_err(|error| match error {
            ArrowError::InvalidArgumentError(_) => {
                Error::value(Code::Utf8, "text is not valid UTF-8").with_cause(error)
            }
            other => other.into(),
        })
    }
}

impl Values {
    fn finish(self, nulls: Option<NullBuffer>, kind: &DataType, rows: usize) -> Result<ArrayRef, ArrowError> {
        macro_rules! primitive {
            ($arrow:ty, $values:expr) => {
                Arc::new(PrimitiveArray::<$arrow>::try_new($values.into(), nulls)?.with_data_type(kind.clone()))
            };
        }
        Ok(match self {
            Values::Null(count) => Arc::new(NullArray::new(count)),
            Values::Boolean(values) => Arc::new(BooleanArray::new(values.finish(), nulls)),
            Values::Int8(values) => primitive!(Int8Type, values),
            Values::Int16(values) => primitive!(Int16Type, values),
            Values::Int32(values) => primitive!(Int32Type, values),
            Values::Int64(values) => primitive!(Int64Type, values),
            Values::UInt8(values) => primitive!(UInt8Type, values),
            Values::UInt16(values) => primitive!(UInt16Type, values),
            Values::UInt32(values) => primitive!(UInt32Type, values),
            Values::UInt64(values) => primitive!(UInt64Type, values),
            Values::Float16(values) => primitive!(Float16Type, values),
            Values::Float32(values) => primitive!(Float32Type, values),
            Values::Float64(values) => primitive!(Float64Type, values),
            Values::Decimal32(values, ..) => primitive!(Decimal32Type, values),
            Values::Decimal64(values, ..) => primitive!(Decimal64Type, values),
            Values::Decimal128(values, ..) => primitive!(Decimal128Type, values),
            Values::Decimal256(values, ..) => primitive!(Decimal256Type, values),
            Values::Date32(values) => primitive!(Date32Type, values),
            Values::Date64(values) => primitive!(Date64Type, values),
            Values::Time32(values, TimeUnit::Second) => primitive!(Time32SecondType, values),
            Values::Time32(values, _) => primitive!(Time32MillisecondType, values),
            Values::Time64(values, TimeUnit::Microsecond) => primitive!(Time64MicrosecondType, values),
            Values::Time64(values, _) => primitive!(Time64NanosecondType, values),
            Values::Timestamp(values, TimeUnit::Second, _) => primitive!(TimestampSecondType, values),
            Values::Timestamp(values, TimeUnit::Millisecond, _) => primitive!(TimestampMillisecondType, values),
            Values::Timestamp(values, TimeUnit::Microsecond, _) => primitive!(TimestampMicrosecondType, values),
            Values::Timestamp(values, TimeUnit::Nanosecond, _) => primitive!(TimestampNanosecondType, values),
            Values::Duration(values, TimeUnit::Second) => primitive!(DurationSecondType, values),
            Values::Duration(values, TimeUnit::Millisecond) => primitive!(DurationMillisecondType, values),
            Values::Duration(values, TimeUnit::Microsecond) => primitive!(DurationMicrosecondType, values),
            Values::Duration(values, TimeUnit::Nanosecond) => primitive!(DurationNanosecondType, values),
            Values::Months(values) => primitive!(IntervalYearMonthType, values),
            Values::DayTime(values) => primitive!(IntervalDayTimeType, values),
            Values::MonthDayNano(values) => primitive!(IntervalMonthDayNanoType, values),
            Values::Text(Strings { offsets, data }) => {
                let array: StringArray = GenericStringArray::try_new(ends(offsets), Buffer::from_vec(data), nulls)?;
                if *kind == DataType::Utf8View { Arc::new(StringViewArray::from(&array)) } else { Arc::new(array) }
            }
            Values::LargeText(Strings { offsets, data }) => {
                Arc::new(GenericStringArray::<i64>::try_new(ends(offsets), Buffer::from_vec(data), nulls)?)
            }
            Values::Bytes(Strings { offsets, data }) => {
                let array: BinaryArray = GenericBinaryArray::try_new(ends(offsets), Buffer::from_vec(data), nulls)?;
                if *kind == DataType::BinaryView { Arc::new(BinaryViewArray::from(&array)) } else { Arc::new(array) }
            }
            Values::LargeBytes(Strings { offsets, data }) => {
                Arc::new(LargeBinaryArray::try_new(ends(offsets), Buffer::from_vec(data), nulls)?)
            }
            Values::FixedBytes(data, size) => {
                let size = i32::try_from(size).map_err(|error| ArrowError::SchemaError(error.to_string()))?;
                // Values of no bytes are counted all the same.
                Arc::new(FixedSizeBinaryArray::try_new_with_len(size, Buffer::from_vec(data), nulls, rows)?)
            }
            Values::Uuid(data) => Arc::new(FixedSizeBinaryArray::try_new(16, Buffer::from_vec(data), nulls)?),
        })
    }
}

fn ends<O: arrow_array::OffsetSizeTrait>(offsets: Vec<O>) -> OffsetBuffer<O> {
    OffsetBuffer::new(ScalarBuffer::from(offsets))
}

/// Bits one after the other, 64 at a time.
#[derive(Debug)]
struct Bits {
    words: Vec<u64>,
    /// Those that do not fill a word yet, the first lowest.
    word: u64,
    len: usize,
}

impl Bits {
    fn new(room: usize) -> Self {
        Bits { words: Vec::with_capacity(room.div_ceil(64)), word: 0, len: 0 }
    }

    #[inline]
    fn push(&mut self, bit: bool) {
        self.word |= u64::from(bit) << (self.len % 64);
        self.len += 1;
        if self.len.is_multiple_of(64) {
            // Arrow numbers bits from the first byte on.
            self.words.push(self.word.to_le());
            self.word = 0;
        }
    }

    fn finish(mut self) -> BooleanBuffer {
        if !self.len.is_multiple_of(64) {
            self.words.push(self.word.to_le());
        }
        BooleanBuffer::new(Buffer::from_vec(self.words), 0, self.len)
    }
}

/// Which values are there.
struct Validity<'a> {
    bits: &'a mut Bits,
    any_null: &'a mut bool,
}

impl Validity<'_> {
    #[inline]
    fn push(&mut self, valid: bool) {
        self.bits.push(valid);
        *self.any_null |= !valid;
    }
}

#[inline]
fn fill<'a, T: Default>(
    values: &mut Vec<T>,
    mut validity: Validity<'_>,
    tokens: impl Iterator<Item = Option<&'a [u8]>>,
    mut parse: impl FnMut(&[u8]) -> Result<T, Fault>,
) -> Result<(), (usize, Fault)> {
    for (index, token) in tokens.enumerate() {
        let value = match token {
            None => T::default(),
            Some(token) => parse(token).map_err(|fault| (index, fault))?,
        };
        validity.push(token.is_some());
        values.push(value);
    }
    Ok(())
}

impl<O: TryFrom<usize> + Default> Strings<O> {
    fn new(rows: usize) -> Self {
        let mut offsets = Vec::with_capacity(rows + 1);
        offsets.push(O::default());
        Strings { offsets, data: Vec::new() }
    }

    /// Appends texts as they are. Room for all of them is made at once.
    #[inline]
    fn copy<'a>(
        &mut self,
        validity: Validity<'_>,
        tokens: impl Iterator<Item = Option<&'a [u8]>> + Clone,
    ) -> Result<(), (usize, Fault)> {
        self.data.reserve(tokens.clone().flatten().map(<[u8]>::len).sum());
        self.fill(validity, tokens, |data, token| {
            data.extend_from_slice(token);
            Ok(())
        })
    }

    #[inline]
    fn fill<'a>(
        &mut self,
        mut validity: Validity<'_>,
        tokens: impl Iterator<Item = Option<&'a [u8]>>,
        push: impl Fn(&mut Vec<u8>, &[u8]) -> Result<(), Fault>,
    ) -> Result<(), (usize, Fault)> {
        for (index, token) in tokens.enumerate() {
            if let Some(token) = token {
                let start = self.data.len();
                if let Err(fault) = push(&mut self.data, token) {
                    self.data.truncate(start);
                    return Err((index, fault));
                }
            }
            validity.push(token.is_some());
            self.offsets.push(O::try_from(self.data.len()).map_err(|_| (index, Fault::Room))?);
        }
        Ok(())
    }
}

fn push_repaired(data: &mut Vec<u8>, token: &[u8], how: Repair, count: &Cell<u64>) -> Result<(), Fault> {
    let start = data.len();
    data.extend_from_slice(token);
    if repair(how, data, start) {
        if how == Repair::Keep {
            return Err(Fault::Utf8);
        }
        count.set(count.get() + 1);
    }
    Ok(())
}

fn push_bytes(data: &mut Vec<u8>, token: &[u8], form: BytesText) -> Result<(), Fault> {
    match form {
        BytesText::Base64 => bytes::parse_base64(token, data),
        BytesText::Hex => bytes::parse_hex(token, data),
    }
    .map_err(Fault::Bytes)
}

#[inline]
fn narrow<W, N: TryFrom<W>>(value: Result<W, NumberFault>) -> Result<N, Fault> {
    let wide = value.map_err(Fault::Number)?;
    N::try_from(wide).map_err(|_| Fault::Number(NumberFault::Range))
}

#[inline]
fn or_non_finite<T>(token: &[u8], value: Result<T, NumberFault>, convert: fn(f64) -> T) -> Result<T, Fault> {
    match value {
        Err(NumberFault::Syntax) => {
            number::parse_non_finite(token).map(convert).ok_or(Fault::Number(NumberFault::Syntax))
        }
        other => other.map_err(Fault::Number),
    }
}

#[inline]
fn boolean(token: &[u8], any_case: bool) -> Option<bool> {
    match token {
        b"true" => Some(true),
        b"false" => Some(false),
        other if any_case && other.eq_ignore_ascii_case(b"true") => Some(true),
        other if any_case && other.eq_ignore_ascii_case(b"false") => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
