//! Dates: days since 1970-01-01 and the proleptic Gregorian calendar.

use super::TemporalFault;
use crate::column::digits;

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
pub(super) fn push_two(out: &mut Vec<u8>, value: u32) {
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
pub(super) fn pair(tens: u8, ones: u8) -> u32 {
    u32::from(tens) * 10 + u32::from(ones)
}

#[inline]
pub(super) fn four(a: u8, b: u8, c: u8, d: u8) -> u32 {
    pair(a, b) * 100 + pair(c, d)
}

/// As [`days_from_civil`], for years of four digits.
#[inline]
pub(super) fn days_of(year: u32, month: u32, day: u32) -> Option<i32> {
    if month.wrapping_sub(1) > 11 || day.wrapping_sub(1) > 27 {
        // The ends of months.
        return days_from_civil(year.into(), month, day).and_then(|days| i32::try_from(days).ok());
    }
    // Years begin in March, and 400 of them, 146097 days, keep the numbers positive.
    let years = year + 400 - u32::from(month <= 2);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    Some((365 * years + years / 4 - years / 100 + years / 400 + of_year).cast_signed() - (719_468 + 146_097))
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
pub(super) fn two(high: u8, low: u8) -> Option<u32> {
    let (high, low) = (high.wrapping_sub(b'0'), low.wrapping_sub(b'0'));
    if high > 9 || low > 9 { None } else { Some(u32::from(high) * 10 + u32::from(low)) }
}

/// The day at the start of `text`, and what follows.
#[inline]
pub(super) fn date(text: &[u8]) -> Result<(i64, &[u8]), TemporalFault> {
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
