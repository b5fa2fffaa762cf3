//! Values that are one token: numbers, times, bytes.

use arrow_array::types::ArrowPrimitiveType;
use arrow_array::{ArrayRef, PrimitiveArray};
use arrow_buffer::{ArrowNativeType, IntervalDayTime, IntervalMonthDayNano, NullBufferBuilder, ScalarBuffer, i256};
use arrow_schema::{DataType, TimeUnit};
use half::f16;
use std::fmt::Display;
use std::sync::Arc;

use super::super::cursor::Cursor;
use super::super::text::skip_value;
use super::super::write::{BytesStyle, NumberStyle};
use super::{ReadRules, Rest, Work};
use crate::code::Code;
use crate::column::number::NumberFault;
use crate::column::temporal::{self, TemporalFault, Zone};
use crate::column::{bytes, decimal, number};
use crate::error::{Error, Result};

/// Values of one width.
#[derive(Debug)]
pub(super) struct Fixed<T> {
    values: Vec<T>,
    nulls: NullBufferBuilder,
}

impl<T: Copy + Default> Fixed<T> {
    pub fn new() -> Self {
        Fixed { values: Vec::new(), nulls: NullBufferBuilder::new(0) }
    }
    #[inline]
    pub fn push(&mut self, value: T) {
        self.values.push(value);
        self.nulls.append_non_null();
    }
    /// Makes room for what is to come.
    pub fn expect(&mut self, rest: Rest) {
        self.values.reserve_exact(rest.of(self.values.len()));
    }
    pub fn append_nulls(&mut self, count: usize) {
        self.values.resize(self.values.len() + count, T::default());
        self.nulls.append_n_nulls(count);
    }
    pub fn finish<P: ArrowPrimitiveType<Native = T>>(&mut self, data_type: &DataType) -> Result<ArrayRef>
    where
        T: ArrowNativeType,
    {
        let values = ScalarBuffer::from(std::mem::take(&mut self.values));
        let array = PrimitiveArray::<P>::try_new(values, self.nulls.finish())?;
        Ok(Arc::new(array.with_data_type(data_type.clone())))
    }
}

/// The token at the cursor is not a value of the type.
#[cold]
pub(super) fn mismatch(cursor: &Cursor<'_>, work: &mut Work, data_type: impl Display) -> Error {
    let mut rest = *cursor;
    let at = cursor.position();
    match skip_value(&mut rest, work.rules.depth_max, &mut work.scratch) {
        Ok(token) => refused(Code::Token, token, data_type, at),
        Err(error) => error,
    }
}

#[cold]
fn refused(code: Code, token: &[u8], data_type: impl Display, at: usize) -> Error {
    let why = match code {
        Code::IntRange | Code::FloatRange | Code::DateRange | Code::TimestampRange => "is outside the range of",
        Code::Fraction => "has a fraction, which is not possible in",
        Code::FloatDigits => "has more digits than are exact in",
        Code::DecimalPrecision | Code::DecimalScale | Code::TimePrecision => "has more digits than",
        _ => "is not a value of type",
    };
    Error::value(code, format!("{} {why} {data_type}", excerpt(token))).at_byte(at as u64)
}

/// The start of a token, for messages.
fn excerpt(token: &[u8]) -> String {
    const CHARS: usize = 60;
    let text = String::from_utf8_lossy(token.get(..CHARS * 4).unwrap_or(token));
    match text.char_indices().nth(CHARS) {
        None => text.into_owned(),
        Some((end, _)) => format!("{}…", &text[..end]),
    }
}

/// The number token at the cursor, also as the content of a string.
#[inline]
fn number_token<'s, 'a: 's>(cursor: &mut Cursor<'a>, work: &'s mut Work, data_type: &DataType) -> Result<&'s [u8]> {
    let quoted = work.exact && is_quoted(data_type, &work.rules);
    match cursor.peek() {
        Some(b'-' | b'0'..=b'9') if !quoted => cursor.number(),
        Some(b'"') if quoted || !work.exact && !work.rules.as_inferred => {
            let at = cursor.position();
            let text = cursor.string(&mut work.scratch)?;
            let mut inner = Cursor::new(text);
            match inner.number() {
                Ok(token) if token.len() == text.len() => Ok(token),
                _ => Err(refused(Code::Token, cursor.since(at), data_type, at)),
            }
        }
        _ => Err(mismatch(cursor, work, data_type)),
    }
}

/// Whether numbers of the type were written as strings.
fn is_quoted(data_type: &DataType, rules: &ReadRules) -> bool {
    let style = match data_type {
        DataType::Int64 | DataType::UInt64 => rules.int64,
        other if other.is_decimal() => rules.decimal,
        _ => NumberStyle::Number,
    };
    style == NumberStyle::String
}

/// An integer in `i64`.
#[inline]
pub(super) fn signed(cursor: &mut Cursor<'_>, work: &mut Work, data_type: &DataType) -> Result<i64> {
    let start = cursor.position();
    let (exact, as_inferred) = (work.exact, work.rules.as_inferred);
    let token = number_token(cursor, work, data_type)?;
    if (exact || as_inferred) && !token.iter().all(|byte| byte.is_ascii_digit() || *byte == b'-') {
        return Err(refused(Code::Token, token, data_type, start));
    }
    if as_inferred && token == b"-0" {
        return Err(refused(Code::Token, token, data_type, start));
    }
    number::parse_i64(token).map_err(|fault| refused(fault.code(), token, data_type, start))
}

/// An integer of fewer bits.
#[inline]
pub(super) fn narrow<T: TryFrom<i64>>(cursor: &mut Cursor<'_>, work: &mut Work, data_type: &DataType) -> Result<T> {
    let start = cursor.position();
    let value = signed(cursor, work, data_type)?;
    T::try_from(value).map_err(|_| refused(Code::IntRange, cursor.since(start), data_type, start))
}

/// An integer in `u64`.
pub(super) fn unsigned(cursor: &mut Cursor<'_>, work: &mut Work, data_type: &DataType) -> Result<u64> {
    let start = cursor.position();
    let exact = work.exact || work.rules.as_inferred;
    let token = number_token(cursor, work, data_type)?;
    if exact && !token.iter().all(u8::is_ascii_digit) {
        return Err(refused(Code::Token, token, data_type, start));
    }
    number::parse_u64(token).map_err(|fault| refused(fault.code(), token, data_type, start))
}

/// What a floating-point type needs.
pub(super) trait Float: Sized {
    fn parse(token: &[u8]) -> Result<Self, NumberFault>;
    fn non_finite(value: f64) -> Self;
}

impl Float for f64 {
    #[inline]
    fn parse(token: &[u8]) -> Result<Self, NumberFault> {
        number::parse_f64(token)
    }
    fn non_finite(value: f64) -> Self {
        value
    }
}
impl Float for f32 {
    #[inline]
    fn parse(token: &[u8]) -> Result<Self, NumberFault> {
        number::parse_f32(token)
    }
    fn non_finite(value: f64) -> Self {
        if value.is_nan() { f32::NAN } else { f32::INFINITY.copysign(if value < 0.0 { -1.0 } else { 1.0 }) }
    }
}
impl Float for f16 {
    fn parse(token: &[u8]) -> Result<Self, NumberFault> {
        number::parse_f16(token)
    }
    fn non_finite(value: f64) -> Self {
        if value.is_nan() {
            f16::NAN
        } else if value < 0.0 {
            f16::NEG_INFINITY
        } else {
            f16::INFINITY
        }
    }
}

fn non_finite(word: &[u8]) -> Option<f64> {
    match word {
        b"NaN" => Some(f64::NAN),
        b"Infinity" => Some(f64::INFINITY),
        b"-Infinity" => Some(f64::NEG_INFINITY),
        _ => None,
    }
}

/// A number, or one of the strings `NaN`, `Infinity`, `-Infinity` (as in ProtoJSON).
#[inline]
pub(super) fn float<T: Float>(cursor: &mut Cursor<'_>, work: &mut Work, data_type: &DataType) -> Result<T> {
    match cursor.peek() {
        Some(b'-' | b'0'..=b'9') => {
            if let Some(word) = cursor.non_finite() {
                return Ok(T::non_finite(non_finite(word.as_bytes()).unwrap_or(f64::NAN)));
            }
            let start = cursor.position();
            let token = cursor.number()?;
            T::parse(token).map_err(|fault| refused(fault.code(), token, data_type, start))
        }
        Some(b'N' | b'I') => match cursor.non_finite() {
            Some(word) => Ok(T::non_finite(non_finite(word.as_bytes()).unwrap_or(f64::NAN))),
            None => Err(mismatch(cursor, work, data_type)),
        },
        Some(b'"') if !work.rules.as_inferred => {
            let start = cursor.position();
            match non_finite(cursor.string(&mut work.scratch)?) {
                Some(value) => Ok(T::non_finite(value)),
                None => Err(refused(Code::Token, cursor.since(start), data_type, start)),
            }
        }
        _ => Err(mismatch(cursor, work, data_type)),
    }
}

/// A decimal as an integer of units of its scale.
pub(super) fn decimal128(
    cursor: &mut Cursor<'_>,
    work: &mut Work,
    data_type: &DataType,
    (precision, scale): (u8, i8),
) -> Result<i128> {
    let start = cursor.position();
    let as_inferred = work.rules.as_inferred;
    let token = number_token(cursor, work, data_type)?;
    if as_inferred && !is_inferred_decimal(token, scale) {
        return Err(refused(Code::Token, token, data_type, start));
    }
    decimal::parse_i128(token, precision, scale).map_err(|fault| refused(fault.code(), token, data_type, start))
}

/// Whether a number that fits a decimal of this scale has the type of a column of such: decimals without a scale are of
/// integers alone, and none has a negative zero.
fn is_inferred_decimal(token: &[u8], scale: i8) -> bool {
    let integer = token.iter().all(|byte| byte.is_ascii_digit() || *byte == b'-');
    let digit = |byte: &u8| matches!(byte, b'1'..=b'9');
    (scale > 0 || integer) && (token.first() != Some(&b'-') || token.iter().any(digit))
}

/// A decimal of fewer bits; the precision of its type keeps it in range.
pub(super) fn decimal_narrow<T: TryFrom<i128>>(
    cursor: &mut Cursor<'_>,
    work: &mut Work,
    data_type: &DataType,
    precision_scale: (u8, i8),
) -> Result<T> {
    let start = cursor.position();
    let value = decimal128(cursor, work, data_type, precision_scale)?;
    T::try_from(value).map_err(|_| refused(Code::DecimalPrecision, cursor.since(start), data_type, start))
}

/// A decimal as an integer of units of its scale.
pub(super) fn decimal256(
    cursor: &mut Cursor<'_>,
    work: &mut Work,
    data_type: &DataType,
    (precision, scale): (u8, i8),
) -> Result<i256> {
    let start = cursor.position();
    let as_inferred = work.rules.as_inferred;
    let token = number_token(cursor, work, data_type)?;
    if as_inferred && !is_inferred_decimal(token, scale) {
        return Err(refused(Code::Token, token, data_type, start));
    }
    decimal::parse_i256(token, precision, scale).map_err(|fault| refused(fault.code(), token, data_type, start))
}

pub(super) fn boolean(cursor: &mut Cursor<'_>, work: &mut Work, data_type: &DataType) -> Result<bool> {
    match cursor.peek() {
        Some(b't') => cursor.literal("true").map(|()| true),
        Some(b'f') => cursor.literal("false").map(|()| false),
        _ => Err(mismatch(cursor, work, data_type)),
    }
}

/// A boolean as an object key.
pub(super) fn boolean_key(cursor: &mut Cursor<'_>, work: &mut Work, data_type: &DataType) -> Result<bool> {
    let start = cursor.position();
    match cursor.string(&mut work.scratch)? {
        b"true" => Ok(true),
        b"false" => Ok(false),
        _ => Err(refused(Code::Token, cursor.since(start), data_type, start)),
    }
}

/// A string that `parse` takes.
#[inline]
fn parsed<T>(
    cursor: &mut Cursor<'_>,
    work: &mut Work,
    data_type: &DataType,
    parse: impl FnOnce(&[u8]) -> Result<T, TemporalFault>,
) -> Result<T> {
    if cursor.peek() != Some(b'"') {
        return Err(mismatch(cursor, work, data_type));
    }
    let start = cursor.position();
    let text = cursor.string(&mut work.scratch)?;
    parse(text).map_err(|fault| {
        if fault == TemporalFault::DateRange && temporal::parse_date_days(text).is_err() {
            let shown = excerpt(cursor.since(start));
            return Error::value(fault.code(), format!("{shown} is not a day or time of day that exists"))
                .at_byte(start as u64);
        }
        let error = refused(fault.code(), cursor.since(start), data_type, start);
        match fault {
            TemporalFault::OffsetMissing => error.with_hint(temporal::OFFSET_HINT),
            TemporalFault::Skipped => error.with_hint(
                "this local time does not exist in the zone of assume-tz: its clocks were set forward over it",
            ),
            TemporalFault::Repeated => error.with_hint(
                "this local time exists twice in the zone of assume-tz, where clocks were set back: it needs an offset",
            ),
            TemporalFault::OffsetPresent => error.with_hint("a timestamp of a type without zone has no offset"),
            _ => error,
        }
    })
}

pub(super) fn date32(cursor: &mut Cursor<'_>, work: &mut Work, data_type: &DataType) -> Result<i32> {
    parsed(cursor, work, data_type, temporal::parse_date)
}

/// Whole days in milliseconds.
pub(super) fn date64(cursor: &mut Cursor<'_>, work: &mut Work, data_type: &DataType) -> Result<i64> {
    parsed(cursor, work, data_type, |token| {
        temporal::parse_date_days(token)?.checked_mul(86_400_000).ok_or(temporal::TemporalFault::DateRange)
    })
}

pub(super) fn time(cursor: &mut Cursor<'_>, work: &mut Work, data_type: &DataType, unit: TimeUnit) -> Result<i64> {
    parsed(cursor, work, data_type, |text| temporal::parse_time(text, unit))
}

/// A time of day in 32 bits; the length of a day keeps it in range.
pub(super) fn time32(cursor: &mut Cursor<'_>, work: &mut Work, data_type: &DataType, unit: TimeUnit) -> Result<i32> {
    let start = cursor.position();
    let value = time(cursor, work, data_type, unit)?;
    i32::try_from(value).map_err(|_| refused(Code::DateRange, cursor.since(start), data_type, start))
}

#[inline]
pub(super) fn timestamp(
    cursor: &mut Cursor<'_>,
    work: &mut Work,
    data_type: &DataType,
    unit: TimeUnit,
    zone: Zone,
) -> Result<i64> {
    if let (Some(epoch), Some(b'-' | b'0'..=b'9')) = (work.rules.epoch, cursor.peek()) {
        let start = cursor.position();
        let token = cursor.number()?;
        return temporal::parse_epoch(token, epoch, unit)
            .map_err(|fault| refused(fault.code(), token, data_type, start));
    }
    let assumed = work.rules.assume_zone;
    parsed(cursor, work, data_type, |text| temporal::parse_timestamp_in(text, unit, zone, assumed))
}

pub(super) fn duration(cursor: &mut Cursor<'_>, work: &mut Work, data_type: &DataType, unit: TimeUnit) -> Result<i64> {
    parsed(cursor, work, data_type, |text| temporal::parse_duration(text, unit))
}

/// ISO 8601 text, or an object of `months`, `days` and `nanos`, one of them at least; in a union the text alone, as an
/// object may be of another branch.
pub(super) fn interval(cursor: &mut Cursor<'_>, work: &mut Work, data_type: &DataType) -> Result<IntervalMonthDayNano> {
    if cursor.peek() != Some(b'{') || work.exact {
        let value = parsed(cursor, work, data_type, temporal::parse_interval)?;
        return Ok(IntervalMonthDayNano::new(value.months, value.days, value.nanoseconds));
    }
    let start = cursor.position();
    cursor.step();
    let mut parts: [Option<i64>; 3] = [None; 3];
    let mut more = !cursor.eat(b'}');
    while more {
        cursor.peek();
        let at = cursor.position();
        let part = match cursor.string(&mut work.scratch)? {
            b"months" => 0,
            b"days" => 1,
            b"nanos" => 2,
            _ => return Err(refused(Code::ExtraKey, cursor.since(at), data_type, at).as_it_stands()),
        };
        cursor.expect(b':', "':' after the key")?;
        let value = signed(cursor, work, &DataType::Int64)?;
        if parts[part].replace(value).is_some() {
            return Err(refused(Code::DuplicateKey, cursor.since(at), data_type, at).as_it_stands());
        }
        more = cursor.comma_or(b'}')?;
    }
    if parts.iter().all(Option::is_none) {
        return Err(refused(Code::Token, cursor.since(start), data_type, start));
    }
    let [months, days, nanos] = parts.map(|part| part.unwrap_or(0));
    match (i32::try_from(months), i32::try_from(days)) {
        (Ok(months), Ok(days)) => Ok(IntervalMonthDayNano::new(months, days, nanos)),
        _ => Err(refused(Code::Interval, cursor.since(start), data_type, start)),
    }
}

/// An interval of months alone.
pub(super) fn interval_months(cursor: &mut Cursor<'_>, work: &mut Work, data_type: &DataType) -> Result<i32> {
    let start = cursor.position();
    let value = interval(cursor, work, data_type)?;
    if value.days != 0 || value.nanoseconds != 0 {
        return Err(refused(Code::Interval, cursor.since(start), data_type, start));
    }
    Ok(value.months)
}

/// An interval of days and milliseconds.
pub(super) fn interval_days(cursor: &mut Cursor<'_>, work: &mut Work, data_type: &DataType) -> Result<IntervalDayTime> {
    let start = cursor.position();
    let value = interval(cursor, work, data_type)?;
    let whole = value.months == 0 && value.nanoseconds % 1_000_000 == 0;
    match i32::try_from(value.nanoseconds / 1_000_000) {
        Ok(milliseconds) if whole => Ok(IntervalDayTime::new(value.days, milliseconds)),
        _ => Err(refused(Code::Interval, cursor.since(start), data_type, start)),
    }
}

/// Appends the bytes that a string or an array of numbers stands for to `out`.
pub(super) fn binary(cursor: &mut Cursor<'_>, work: &mut Work, data_type: &DataType, out: &mut Vec<u8>) -> Result<()> {
    let style = work.rules.bytes;
    match (cursor.peek(), style) {
        (Some(b'['), BytesStyle::Array) => return array(cursor, work, out),
        (Some(b'"'), BytesStyle::Base64 | BytesStyle::Hex | BytesStyle::Latin1) => {}
        _ => return Err(mismatch(cursor, work, data_type)),
    }
    let start = cursor.position();
    let text = cursor.string(&mut work.scratch)?;
    let read = match style {
        BytesStyle::Hex => bytes::parse_hex(text, out),
        BytesStyle::Latin1 => bytes::parse_latin1(text, out),
        BytesStyle::Base64 | BytesStyle::Array => bytes::parse_base64(text, out),
    };
    read.map_err(|fault| {
        let hint = format!("bytes are read as {style}; bytes=base64|hex|array|latin1 says otherwise");
        refused(fault.code(), cursor.since(start), data_type, start).with_hint(hint)
    })
}

/// Appends numbers from 0 to 255.
fn array(cursor: &mut Cursor<'_>, work: &mut Work, out: &mut Vec<u8>) -> Result<()> {
    let start = out.len();
    cursor.step();
    let mut more = !cursor.eat(b']');
    while more {
        match narrow::<u8>(cursor, work, &DataType::UInt8) {
            Ok(byte) => out.push(byte),
            Err(error) => {
                out.truncate(start);
                return Err(error.in_column("[]"));
            }
        }
        more = cursor.comma_or(b']')?;
    }
    Ok(())
}

/// Appends the 16 bytes of a UUID string of the column at `path` to `out`.
pub(super) fn uuid(cursor: &mut Cursor<'_>, work: &mut Work, path: &str, out: &mut Vec<u8>) -> Result<()> {
    if cursor.peek() != Some(b'"') {
        return Err(mismatch(cursor, work, "uuid"));
    }
    let start = cursor.position();
    let text = cursor.string(&mut work.scratch)?;
    match bytes::parse_uuid(text) {
        Ok(uuid) => {
            out.extend_from_slice(&uuid);
            if bytes::is_restyled_uuid(text) && !work.exact {
                work.count(Code::Restyled, path);
            }
            Ok(())
        }
        Err(fault) => Err(refused(fault.code(), cursor.since(start), "uuid", start)),
    }
}
