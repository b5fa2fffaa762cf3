//! Durations and intervals: seconds, and the parts of ISO 8601.

use arrow_schema::TimeUnit;

use super::time::fraction;
use super::{DAY, TemporalFault, per_second};

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
