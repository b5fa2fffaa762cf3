//! Dates, times, timestamps, durations, intervals ↔ text: ISO 8601 and RFC 3339, strict and exact.
//!
//! Years beyond 0000–9999 are written expanded (`+10000-01-01`, `-0001-12-31`) and read back. Fractions of seconds
//! have 0, 3, 6 or 9 digits, as few as keep the value. What the unit cannot hold is a fault, never rounded.

use arrow_schema::TimeUnit;

use super::number::NumberFault;
use super::{decimal, digits};
use crate::code::Code;
use crate::error::Error;
use crate::format::Settings;

mod zone;

pub use zone::{Zone, assumed_zone};

/// Why a token is not a value of a temporal type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TemporalFault {
    /// Not a date, time, timestamp, duration or interval.
    Syntax,
    /// A timestamp without offset where one is needed.
    OffsetMissing,
    /// A timestamp with offset where local time is expected.
    OffsetPresent,
    /// More fraction digits than the unit holds.
    Precision,
    /// A date or time of day outside its range.
    DateRange,
    /// A timestamp or duration outside the range of its type.
    TimestampRange,
    /// An interval that the type cannot hold.
    Interval,
}

impl TemporalFault {
    /// The loss code.
    pub fn code(self) -> Code {
        match self {
            TemporalFault::Syntax | TemporalFault::OffsetMissing | TemporalFault::OffsetPresent => Code::Token,
            TemporalFault::Precision => Code::TimePrecision,
            TemporalFault::DateRange => Code::DateRange,
            TemporalFault::TimestampRange => Code::TimestampRange,
            TemporalFault::Interval => Code::Interval,
        }
    }
}

/// Units in a second.
pub fn per_second(unit: TimeUnit) -> i64 {
    match unit {
        TimeUnit::Second => 1,
        TimeUnit::Millisecond => 1_000,
        TimeUnit::Microsecond => 1_000_000,
        TimeUnit::Nanosecond => 1_000_000_000,
    }
}

const DAY: i64 = 86_400;

/// The setting `epoch`: the unit of timestamps that are numbers.
///
/// # Errors
/// `Usage`: no unit.
pub fn epoch(settings: &Settings) -> Result<Option<TimeUnit>, Error> {
    let units = [
        ("s", TimeUnit::Second),
        ("ms", TimeUnit::Millisecond),
        ("us", TimeUnit::Microsecond),
        ("ns", TimeUnit::Nanosecond),
    ];
    settings.choice("epoch", &units)
}

/// Year, month 1–12 and day 1–31 of a day counted from 1970-01-01, in the proleptic Gregorian calendar.
#[inline]
pub fn civil_from_days(days: i64) -> (i64, u32, u32) {
    // Days from 0000-03-01, so that the leap day ends a year; 400 years are 146097 days.
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month as u32, day as u32)
}

/// The day, counted from 1970-01-01; `None` if there is no such date or its year is absurd.
#[inline]
pub fn days_from_civil(year: i64, month: u32, day: u32) -> Option<i64> {
    if !(1..=12).contains(&month) || day == 0 || day > days_in_month(year, month) || year.abs() > 400_000_000_000 {
        return None;
    }
    let year = year - i64::from(month <= 2);
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let shifted_month = i64::from(if month > 2 { month - 3 } else { month + 9 });
    let of_year = (153 * shifted_month + 2) / 5 + i64::from(day) - 1;
    let of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + of_year;
    Some(era * 146_097 + of_era - 719_468)
}

fn days_in_month(year: i64, month: u32) -> u32 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[inline]
fn push_two(out: &mut Vec<u8>, value: u32) {
    out.extend_from_slice(&[b'0' + (value / 10 % 10) as u8, b'0' + (value % 10) as u8]);
}

/// Appends `YYYY-MM-DD`.
#[inline]
pub fn push_date(out: &mut Vec<u8>, days: i32) {
    push_date_days(out, days.into());
}

/// Like [`push_date`], for the wider range of `Date64` and timestamps.
#[inline]
pub fn push_date_days(out: &mut Vec<u8>, days: i64) {
    let (year, month, day) = civil_from_days(days);
    if (0..=9999).contains(&year) {
        push_two(out, (year / 100) as u32);
        push_two(out, (year % 100) as u32);
    } else {
        let mut buffer = itoa::Buffer::new();
        let digits = buffer.format(year.unsigned_abs());
        out.push(if year < 0 { b'-' } else { b'+' });
        out.extend(std::iter::repeat_n(b'0', 4_usize.saturating_sub(digits.len())));
        out.extend_from_slice(digits.as_bytes());
    }
    out.push(b'-');
    push_two(out, month);
    out.push(b'-');
    push_two(out, day);
}

/// Reads `YYYY-MM-DD`, with a sign before the year if it has more digits or is negative.
///
/// # Errors
/// `Syntax`; `DateRange` if there is no such day, or it is beyond 32 bits.
#[inline]
pub fn parse_date(token: &[u8]) -> Result<i32, TemporalFault> {
    if let Some((head, [d1, d2])) = token.split_first_chunk::<8>()
        && let (Some(day), Some([y1, y2, y3, y4, _, m1, m2, _])) = (two(*d1, *d2), digits::shaped(head, b"0000-00-"))
        && let Some(days) = days_of(four(y1, y2, y3, y4), pair(m1, m2), day)
    {
        return Ok(days);
    }
    i32::try_from(parse_date_days(token)?).map_err(|_| TemporalFault::DateRange)
}

#[inline]
fn pair(tens: u8, ones: u8) -> u32 {
    u32::from(tens) * 10 + u32::from(ones)
}

#[inline]
fn four(a: u8, b: u8, c: u8, d: u8) -> u32 {
    pair(a, b) * 100 + pair(c, d)
}

/// As [`days_from_civil`], for years of four digits.
#[inline]
fn days_of(year: u32, month: u32, day: u32) -> Option<i32> {
    if month.wrapping_sub(1) > 11 || day.wrapping_sub(1) > 27 {
        // The ends of months.
        return days_from_civil(year.into(), month, day).and_then(|days| i32::try_from(days).ok());
    }
    // Years begin in March, and 400 of them, 146097 days, keep the numbers positive.
    let years = year + 400 - u32::from(month <= 2);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    Some((365 * years + years / 4 - years / 100 + years / 400 + of_year).cast_signed() - (719_468 + 146_097))
}

/// A timestamp in the form most have: `YYYY-MM-DDTHH:MM:SS`, at most 9 fraction digits, `Z` or nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PlainTimestamp {
    /// Seconds since 1970-01-01T00:00:00, as the clock shows.
    pub(crate) seconds: i64,
    /// The digits of the fraction.
    pub(crate) fraction: u32,
    /// How many they are.
    pub(crate) digits: u32,
    /// `T`, or a space.
    pub(crate) separator: u8,
    /// Whether it ends with `Z`.
    pub(crate) utc: bool,
    /// The year.
    pub(crate) year: u32,
}

impl PlainTimestamp {
    /// `None` if it has another form, or is not a time that exists.
    #[inline]
    pub(crate) fn of(token: &[u8]) -> Option<Self> {
        let (date, rest) = token.split_first_chunk::<8>()?;
        let (clock, rest) = rest.split_first_chunk::<8>()?;
        let [b':', s1, s2, rest @ ..] = rest else { return None };
        let separator = clock[2];
        if !matches!(separator, b'T' | b' ') {
            return None;
        }
        let [y1, y2, y3, y4, _, m1, m2, _] = digits::shaped(date, b"0000-00-")?;
        let like = [b'0', b'0', separator, b'0', b'0', b':', b'0', b'0'];
        let [d1, d2, _, h1, h2, _, n1, n2] = digits::shaped(clock, &like)?;
        let (hour, minute, second) = (pair(h1, h2), pair(n1, n2), two(*s1, *s2)?);
        if hour > 23 || minute > 59 || second > 59 {
            return None;
        }
        let year = four(y1, y2, y3, y4);
        let days = days_of(year, pair(m1, m2), pair(d1, d2))?;
        let (fraction, utc) = match rest {
            [fraction @ .., b'Z'] => (fraction, true),
            fraction => (fraction, false),
        };
        let (fraction, digits) = match fraction {
            [] => (0, 0),
            [b'.', digits @ ..] if digits.len() <= 9 => (digits::digits(digits)? as u32, digits.len() as u32),
            _ => return None,
        };
        let seconds = i64::from(days) * DAY + i64::from(hour * 3600 + minute * 60 + second);
        Some(PlainTimestamp { seconds, fraction, digits, separator, utc, year })
    }

    /// In units of `unit`; `None` if that has fewer digits, or does not reach so far.
    #[inline]
    pub(crate) fn value(&self, unit: TimeUnit) -> Option<i64> {
        let per = per_second(unit);
        let fraction = i64::from(self.fraction);
        let scale = 10_i64.pow(self.digits);
        let fraction = if per >= scale {
            fraction * (per / scale)
        } else if fraction % (scale / per) == 0 {
            fraction / (scale / per)
        } else {
            return None;
        };
        self.seconds.checked_mul(per)?.checked_add(fraction)
    }
}

/// Like [`parse_date`], for the wider range of `Date64`.
///
/// # Errors
/// `Syntax`, `DateRange`.
#[inline]
pub fn parse_date_days(token: &[u8]) -> Result<i64, TemporalFault> {
    match date(token)? {
        (days, []) => Ok(days),
        _ => Err(TemporalFault::Syntax),
    }
}

#[inline]
fn two(high: u8, low: u8) -> Option<u32> {
    let (high, low) = (high.wrapping_sub(b'0'), low.wrapping_sub(b'0'));
    if high > 9 || low > 9 { None } else { Some(u32::from(high) * 10 + u32::from(low)) }
}

/// The day at the start of `text`, and what follows.
#[inline]
fn date(text: &[u8]) -> Result<(i64, &[u8]), TemporalFault> {
    let (year, rest) = match text {
        [a, b, c, d, rest @ ..] if a.is_ascii_digit() => {
            let century = two(*a, *b).ok_or(TemporalFault::Syntax)?;
            let year = two(*c, *d).ok_or(TemporalFault::Syntax)?;
            (i64::from(century * 100 + year), rest)
        }
        [sign @ (b'+' | b'-'), rest @ ..] => {
            let end = rest.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(rest.len());
            let (digits, rest) = rest.split_at(end);
            if digits.len() < 4 || (digits.len() > 4 && digits[0] == b'0') {
                return Err(TemporalFault::Syntax);
            }
            if digits.len() > 12 {
                return Err(TemporalFault::DateRange);
            }
            let year = digits.iter().fold(0, |year, digit| year * 10 + i64::from(digit - b'0'));
            (if *sign == b'-' { -year } else { year }, rest)
        }
        _ => return Err(TemporalFault::Syntax),
    };
    let [b'-', m1, m2, b'-', d1, d2, rest @ ..] = rest else { return Err(TemporalFault::Syntax) };
    let (Some(month), Some(day)) = (two(*m1, *m2), two(*d1, *d2)) else { return Err(TemporalFault::Syntax) };
    let days = days_from_civil(year, month, day).ok_or(TemporalFault::DateRange)?;
    Ok((days, rest))
}

/// Appends `HH:MM:SS` and a fraction. `value` must be a time of day.
#[inline]
pub fn push_time(out: &mut Vec<u8>, value: i64, unit: TimeUnit) {
    let per = per_second(unit);
    push_clock(out, value.div_euclid(per), value.rem_euclid(per), unit);
}

#[inline]
fn push_clock(out: &mut Vec<u8>, seconds: i64, fraction: i64, unit: TimeUnit) {
    push_two(out, (seconds / 3600) as u32);
    out.push(b':');
    push_two(out, (seconds / 60 % 60) as u32);
    out.push(b':');
    push_two(out, (seconds % 60) as u32);
    push_fraction(out, fraction, unit);
}

/// Appends `.` and 3, 6 or 9 digits, or nothing for zero.
#[inline]
fn push_fraction(out: &mut Vec<u8>, fraction: i64, unit: TimeUnit) {
    if fraction == 0 {
        return;
    }
    let nanos = fraction * (1_000_000_000 / per_second(unit));
    let (mut value, width) = match nanos {
        nanos if nanos % 1_000_000 == 0 => (nanos / 1_000_000, 3),
        nanos if nanos % 1_000 == 0 => (nanos / 1_000, 6),
        nanos => (nanos, 9),
    };
    let mut text = [b'.'; 10];
    for slot in text[1..=width].iter_mut().rev() {
        *slot = b'0' + (value % 10) as u8;
        value /= 10;
    }
    out.extend_from_slice(&text[..=width]);
}

/// Reads `HH:MM`, `HH:MM:SS` or with a fraction, in units of `unit`.
///
/// # Errors
/// `Syntax`; `DateRange` for 24:00 and beyond, and for leap seconds; `Precision`.
#[inline]
pub fn parse_time(token: &[u8], unit: TimeUnit) -> Result<i64, TemporalFault> {
    match clock(token, unit)? {
        (seconds, fraction, []) => Ok(seconds * per_second(unit) + fraction),
        _ => Err(TemporalFault::Syntax),
    }
}

/// Seconds of the day and the fraction in units at the start of `text`, and what follows.
#[inline]
fn clock(text: &[u8], unit: TimeUnit) -> Result<(i64, i64, &[u8]), TemporalFault> {
    let [h1, h2, b':', m1, m2, rest @ ..] = text else { return Err(TemporalFault::Syntax) };
    let (Some(hour), Some(minute)) = (two(*h1, *h2), two(*m1, *m2)) else { return Err(TemporalFault::Syntax) };
    let (second, fraction, rest) = match rest {
        [b':', s1, s2, rest @ ..] => {
            let second = two(*s1, *s2).ok_or(TemporalFault::Syntax)?;
            let (fraction, rest) = fraction(rest, unit)?;
            (second, fraction, rest)
        }
        rest => (0, 0, rest),
    };
    if hour > 23 || minute > 59 || second > 59 {
        return Err(TemporalFault::DateRange);
    }
    Ok((i64::from(hour * 3600 + minute * 60 + second), fraction, rest))
}

/// `.` and digits, in units; digits beyond the unit must be zero.
#[inline]
fn fraction(text: &[u8], unit: TimeUnit) -> Result<(i64, &[u8]), TemporalFault> {
    let [b'.', text @ ..] = text else { return Ok((0, text)) };
    let end = text.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(text.len());
    let (digits, rest) = text.split_at(end);
    if digits.is_empty() {
        return Err(TemporalFault::Syntax);
    }
    let mut value = 0;
    let mut weight = per_second(unit);
    for digit in digits {
        let digit = i64::from(digit - b'0');
        if weight == 1 {
            if digit != 0 {
                return Err(TemporalFault::Precision);
            }
            continue;
        }
        weight /= 10;
        value += digit * weight;
    }
    Ok((value, rest))
}

/// Appends RFC 3339: `Z` for UTC, local time and offset for another zone, no suffix without zone.
#[inline]
pub fn push_timestamp(out: &mut Vec<u8>, value: i64, unit: TimeUnit, zone: Zone) {
    let per = per_second(unit);
    let seconds = value.div_euclid(per);
    let fraction = value.rem_euclid(per);
    let offset = zone.offset_at(seconds);
    // Seconds near the ends of 64 bits may leave them by an offset.
    let local = i128::from(seconds) + i128::from(offset);
    let days = local.div_euclid(DAY.into()) as i64;
    push_date_days(out, days);
    out.push(b'T');
    push_clock(out, local.rem_euclid(DAY.into()) as i64, fraction, unit);
    match zone {
        Zone::Naive => {}
        Zone::Utc => out.push(b'Z'),
        Zone::Fixed(_) | Zone::Region(_) => {
            out.push(if offset < 0 { b'-' } else { b'+' });
            let offset = offset.unsigned_abs();
            push_two(out, offset / 3600);
            out.push(b':');
            push_two(out, offset / 60 % 60);
            if !offset.is_multiple_of(60) {
                // Local mean time of the nineteenth century.
                out.push(b':');
                push_two(out, offset % 60);
            }
        }
    }
}

/// Reads RFC 3339 (a space may stand for the `T`). With a zone the text needs an offset, without it must have none.
///
/// # Errors
/// `Syntax`, `OffsetMissing`, `OffsetPresent`, `DateRange`, `TimestampRange`, `Precision`.
#[inline]
pub fn parse_timestamp(token: &[u8], unit: TimeUnit, zone: Zone) -> Result<i64, TemporalFault> {
    parse_timestamp_in(token, unit, zone, None)
}

/// Reads RFC 3339 as [`parse_timestamp`]; where the text needs an offset and has none, it is local time in `assumed`.
///
/// # Errors
/// As [`parse_timestamp`]; `OffsetMissing` also for local times that the assumed zone has twice or not at all.
#[inline]
pub fn parse_timestamp_in(
    token: &[u8],
    unit: TimeUnit,
    zone: Zone,
    assumed: Option<Zone>,
) -> Result<i64, TemporalFault> {
    if let Some(plain) = PlainTimestamp::of(token)
        && plain.utc != matches!(zone, Zone::Naive)
        && let Some(value) = plain.value(unit)
    {
        return Ok(value);
    }
    exact_timestamp(token, unit, zone, assumed)
}

/// All that [`PlainTimestamp`] leaves.
fn exact_timestamp(token: &[u8], unit: TimeUnit, zone: Zone, assumed: Option<Zone>) -> Result<i64, TemporalFault> {
    let (days, rest) = date(token)?;
    let [b'T' | b't' | b' ', rest @ ..] = rest else { return Err(TemporalFault::Syntax) };
    let (seconds, fraction, rest) = clock(rest, unit)?;
    let east = match (rest, zone) {
        ([], Zone::Naive) => 0,
        ([], _) => match assumed {
            Some(assumed) => assumed.offset_of_local(days * DAY + seconds).ok_or(TemporalFault::OffsetMissing)?,
            None => return Err(TemporalFault::OffsetMissing),
        },
        (rest, zone) => {
            let east = match rest {
                [b'Z' | b'z'] => 0,
                rest => match offset(rest) {
                    Some((seconds, [])) => seconds,
                    _ => return Err(TemporalFault::Syntax),
                },
            };
            if matches!(zone, Zone::Naive) {
                return Err(TemporalFault::OffsetPresent);
            }
            east
        }
    };
    // Every factor is far below 2^60, the product may be beyond 64 bits.
    let seconds = i128::from(days) * i128::from(DAY) + i128::from(seconds) - i128::from(east);
    let value = seconds * i128::from(per_second(unit)) + i128::from(fraction);
    i64::try_from(value).map_err(|_| TemporalFault::TimestampRange)
}

/// Reads a number of `epoch` units since 1970-01-01, in units of `unit`.
///
/// # Errors
/// `Syntax`, `Precision`, `TimestampRange`.
pub fn parse_epoch(token: &[u8], epoch: TimeUnit, unit: TimeUnit) -> Result<i64, TemporalFault> {
    let digits = |unit| per_second(unit).ilog10() as i8;
    let scale = digits(unit) - digits(epoch);
    match decimal::parse_i128(token, decimal::PRECISION_128, scale) {
        Ok(value) => i64::try_from(value).map_err(|_| TemporalFault::TimestampRange),
        Err(NumberFault::Scale) => Err(TemporalFault::Precision),
        Err(NumberFault::Precision) => Err(TemporalFault::TimestampRange),
        Err(_) => Err(TemporalFault::Syntax),
    }
}

/// `±HH:MM`, `±HHMM`, `±HH` or `±HH:MM:SS` at the start of `text`, in seconds, and what follows.
pub(crate) fn offset(text: &[u8]) -> Option<(i32, &[u8])> {
    let [sign @ (b'+' | b'-'), h1, h2, rest @ ..] = text else { return None };
    let (minutes, rest) = match rest {
        [b':', m1, m2, rest @ ..] => (two(*m1, *m2)?, rest),
        [m1, m2, rest @ ..] if m1.is_ascii_digit() => (two(*m1, *m2)?, rest),
        rest => (0, rest),
    };
    let (seconds, rest) = match rest {
        [b':', s1, s2, rest @ ..] => (two(*s1, *s2)?, rest),
        rest => (0, rest),
    };
    let hours = two(*h1, *h2)?;
    if hours > 23 || minutes > 59 || seconds > 59 {
        return None;
    }
    let east = (hours * 3600 + minutes * 60 + seconds) as i32;
    Some((if *sign == b'-' { -east } else { east }, rest))
}

/// Appends seconds and `s`: `1.5s`, `-0.003s`, with as few digits as keep the value.
pub fn push_duration(out: &mut Vec<u8>, value: i64, unit: TimeUnit) {
    push_seconds(out, value.into(), unit);
    out.push(b's');
}

/// Appends seconds with sign and the digits of the fraction, no trailing zeros.
fn push_seconds(out: &mut Vec<u8>, value: i128, unit: TimeUnit) {
    let per = u128::from(per_second(unit).unsigned_abs());
    let magnitude = value.unsigned_abs();
    if value < 0 {
        out.push(b'-');
    }
    out.extend_from_slice(itoa::Buffer::new().format(magnitude / per).as_bytes());
    let mut fraction = magnitude % per;
    if fraction == 0 {
        return;
    }
    out.push(b'.');
    let mut weight = per / 10;
    while fraction > 0 {
        out.push(b'0' + (fraction / weight) as u8);
        fraction %= weight;
        weight /= 10;
    }
}

/// Reads `1.5s`, or ISO 8601 `PT1.5S` (days of 24 hours, hours, minutes, seconds; not years, months, weeks of a calendar).
///
/// # Errors
/// `Syntax`, `Precision`, `TimestampRange`.
pub fn parse_duration(token: &[u8], unit: TimeUnit) -> Result<i64, TemporalFault> {
    let total = match token {
        [number @ .., b's'] => seconds(number, unit)?,
        text => {
            let parts = Parts::parse(text, unit)?;
            if parts.months != 0 {
                return Err(TemporalFault::Syntax);
            }
            parts
                .days
                .checked_mul(i128::from(DAY) * i128::from(per_second(unit)))
                .and_then(|days| days.checked_add(parts.fine))
                .ok_or(TemporalFault::TimestampRange)?
        }
    };
    i64::try_from(total).map_err(|_| TemporalFault::TimestampRange)
}

/// `[+-]digits[.digits]` in units.
fn seconds(text: &[u8], unit: TimeUnit) -> Result<i128, TemporalFault> {
    let (negative, text) = match text {
        [b'-', text @ ..] => (true, text),
        [b'+', text @ ..] => (false, text),
        text => (false, text),
    };
    let end = text.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(text.len());
    let (digits, rest) = text.split_at(end);
    if digits.is_empty() {
        return Err(TemporalFault::Syntax);
    }
    let whole = whole(digits)?;
    let (fraction, rest) = fraction(rest, unit)?;
    if !rest.is_empty() {
        return Err(TemporalFault::Syntax);
    }
    let value = whole * i128::from(per_second(unit)) + i128::from(fraction);
    Ok(if negative { -value } else { value })
}

fn whole(digits: &[u8]) -> Result<i128, TemporalFault> {
    let mut value = 0_i128;
    for digit in digits {
        value = value * 10 + i128::from(digit - b'0');
        if value > i128::from(u64::MAX) {
            return Err(TemporalFault::TimestampRange);
        }
    }
    Ok(value)
}

/// An interval of calendar parts that are never turned into each other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Interval {
    /// Months.
    pub months: i32,
    /// Days.
    pub days: i32,
    /// Nanoseconds.
    pub nanoseconds: i64,
}

/// Appends ISO 8601 with a sign for each part: `P14M-3DT0.000000001S`; `PT0S` for zero.
pub fn push_interval(out: &mut Vec<u8>, value: Interval) {
    out.push(b'P');
    let start = out.len();
    if value.months != 0 {
        push_i32(out, value.months);
        out.push(b'M');
    }
    if value.days != 0 {
        push_i32(out, value.days);
        out.push(b'D');
    }
    if value.nanoseconds != 0 || out.len() == start {
        out.push(b'T');
        push_seconds(out, value.nanoseconds.into(), TimeUnit::Nanosecond);
        out.push(b'S');
    }
}

fn push_i32(out: &mut Vec<u8>, value: i32) {
    out.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
}

/// Reads ISO 8601: `P1Y2M3W4DT5H6M7.8S` with a sign before any part, or before the `P` for all. Years are twelve months,
/// weeks seven days; months, days and time stay apart.
///
/// # Errors
/// `Syntax`; `Interval` if a part is too large; `Precision` beyond nanoseconds.
pub fn parse_interval(token: &[u8]) -> Result<Interval, TemporalFault> {
    let parts = Parts::parse(token, TimeUnit::Nanosecond).map_err(|fault| match fault {
        TemporalFault::TimestampRange => TemporalFault::Interval,
        other => other,
    })?;
    let (Ok(months), Ok(days), Ok(nanoseconds)) =
        (i32::try_from(parts.months), i32::try_from(parts.days), i64::try_from(parts.fine))
    else {
        return Err(TemporalFault::Interval);
    };
    Ok(Interval { months, days, nanoseconds })
}

/// ISO 8601 duration: months, days and the rest in units.
#[derive(Default)]
struct Parts {
    months: i128,
    days: i128,
    fine: i128,
}

impl Parts {
    fn parse(text: &[u8], unit: TimeUnit) -> Result<Parts, TemporalFault> {
        let (negative, text) = match text {
            [b'-', text @ ..] => (true, text),
            text => (false, text),
        };
        let [b'P', text @ ..] = text else { return Err(TemporalFault::Syntax) };
        let mut text = text;
        let mut parts = Parts::default();
        let mut clock = false;
        let mut any = false;
        // Designators must come in this order, each once at most.
        let mut order = 0;
        while !text.is_empty() {
            if let ([b'T', rest @ ..], false) = (text, clock) {
                text = rest;
                clock = true;
                any = false;
                continue;
            }
            let end = text.iter().position(u8::is_ascii_alphabetic).ok_or(TemporalFault::Syntax)?;
            let (number, rest) = text.split_at(end);
            let (rank, factor) = match (rest[0], clock) {
                (b'Y', false) => (1, 12),
                (b'M', false) => (2, 1),
                (b'W', false) => (3, 7),
                (b'D', false) => (4, 1),
                (b'H', true) => (5, 3600),
                (b'M', true) => (6, 60),
                (b'S', true) => (7, 1),
                _ => return Err(TemporalFault::Syntax),
            };
            if rank <= order {
                return Err(TemporalFault::Syntax);
            }
            order = rank;
            // Only seconds may have a fraction: read in whole units elsewhere.
            let value = if rank == 7 {
                seconds(number, unit)?
            } else {
                match number {
                    _ if number.contains(&b'.') => return Err(TemporalFault::Syntax),
                    number => seconds(number, TimeUnit::Second)? * factor,
                }
            };
            match rank {
                1 | 2 => parts.months += value,
                3 | 4 => parts.days += value,
                7 => parts.fine += value,
                _ => parts.fine += value * i128::from(per_second(unit)),
            }
            any = true;
            text = &rest[1..];
        }
        if !any {
            return Err(TemporalFault::Syntax);
        }
        if negative {
            parts = Parts { months: -parts.months, days: -parts.days, fine: -parts.fine };
        }
        Ok(parts)
    }
}

#[cfg(test)]
mod tests;
