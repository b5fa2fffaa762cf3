//! Times of day, and fractions of seconds.

use arrow_schema::TimeUnit;

use super::date::{push_two, two};
use super::{TemporalFault, per_second};

/// Appends `HH:MM:SS` and a fraction. `value` must be a time of day.
#[inline]
pub fn push_time(out: &mut Vec<u8>, value: i64, unit: TimeUnit) {
    let per = per_second(unit);
    push_clock(out, value.div_euclid(per), value.rem_euclid(per), unit);
}

#[inline]
pub(super) fn push_clock(out: &mut Vec<u8>, seconds: i64, fraction: i64, unit: TimeUnit) {
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
pub(super) fn clock(text: &[u8], unit: TimeUnit) -> Result<(i64, i64, &[u8]), TemporalFault> {
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
pub(super) fn fraction(text: &[u8], unit: TimeUnit) -> Result<(i64, &[u8]), TemporalFault> {
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
