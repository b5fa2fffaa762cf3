//! Text into scalar columns: one vector per column, filled from tokens. No allocation per value, no value rounded.

mod fault;
mod fill;
mod finish;

use std::cell::Cell;

use arrow_array::ArrayRef;
use arrow_buffer::{IntervalDayTime, IntervalMonthDayNano, NullBuffer, i256};
use arrow_schema::{ArrowError, DataType, Field, IntervalUnit, TimeUnit};
use half::f16;

pub use self::fault::{Fault, shown};
use self::fill::{Bits, Strings, Validity, boolean, fill, narrow, or_non_finite, push_bytes, push_repaired};
use super::bytes::{self, BytesFault};
use super::nesting::unencoded;
use super::repair::Repair;
use super::temporal::{self, TemporalFault, Zone};
use super::text::BytesText;
use super::{decimal, number, text};
use crate::code::Code;
use crate::error::{Error, Result};

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
    /// Texts that are written in another form than they were read.
    restyled: u64,
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
    unencoded(kind).clone()
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
            restyled: 0,
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

    /// How many texts are written in another form than they were read.
    pub fn restyled(&self) -> u64 {
        self.restyled
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
        let restyled = &mut self.restyled;
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
                fill(values, sink, tokens, |token| narrow(decimal::parse_told(token, *precision, *scale, restyled)))
            }
            Values::Decimal64(values, precision, scale) => {
                fill(values, sink, tokens, |token| narrow(decimal::parse_told(token, *precision, *scale, restyled)))
            }
            Values::Decimal128(values, precision, scale) => fill(values, sink, tokens, |token| {
                decimal::parse_told(token, *precision, *scale, restyled).map_err(number)
            }),
            Values::Decimal256(values, precision, scale) => fill(values, sink, tokens, |token| {
                let value = decimal::parse_i256(token, *precision, *scale).map_err(number)?;
                *restyled += u64::from(decimal::is_restyled(token));
                Ok(value)
            }),
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
                    *restyled += u64::from(token.is_some_and(bytes::is_restyled_uuid));
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
    pub(crate) fn extend_f64<K>(
        &mut self,
        tokens: impl Iterator<Item = Option<K>>,
        read: impl FnMut(K) -> Result<f64, Fault>,
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
    pub(crate) fn extend_i128<K>(
        &mut self,
        tokens: impl Iterator<Item = Option<K>>,
        read: impl FnMut(K) -> Result<i128, Fault>,
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
    pub(crate) fn extend_i64<K>(
        &mut self,
        tokens: impl Iterator<Item = Option<K>>,
        read: impl FnMut(K) -> Result<i64, Fault>,
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

#[cfg(test)]
mod tests;
