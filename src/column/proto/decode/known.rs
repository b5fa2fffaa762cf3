//! Values of well-known types as Arrow values: exact or an error, never saturated.
//!
//! Ranges: google/protobuf/timestamp.proto, duration.proto; google/type/date.proto, timeofday.proto.

use crate::code::Code;
use crate::column::temporal::{civil_from_days, days_from_civil};
use crate::error::{Error, Result};

/// 0001-01-01T00:00:00Z
pub const SECONDS_MIN: i64 = -62_135_596_800;
/// 9999-12-31T23:59:59Z
pub const SECONDS_MAX: i64 = 253_402_300_799;
/// About 10,000 years.
pub const DURATION_SECONDS_MAX: i64 = 315_576_000_000;

fn check_timestamp(seconds: i64, nanos: i32) -> Result<()> {
    if !(SECONDS_MIN..=SECONDS_MAX).contains(&seconds) || !(0..=999_999_999).contains(&nanos) {
        return Err(Error::value(
            Code::TimestampRange,
            format!("{seconds} s {nanos} ns is not a legal timestamp (years 1 to 9999, 0 to 999999999 ns)"),
        )
        .with_hint("--from-opt timestamp=struct keeps seconds and nanos as they are"));
    }
    Ok(())
}

/// Nanoseconds since 1970.
pub fn timestamp_nanoseconds(seconds: i64, nanos: i32) -> Result<i64> {
    check_timestamp(seconds, nanos)?;
    seconds_and_nanos(seconds, nanos).ok_or_else(|| {
        let year = civil_from_days(seconds.div_euclid(86_400)).0;
        let zero = if seconds == SECONDS_MIN && nanos == 0 { ", the zero time of Go" } else { "" };
        Error::value(
            Code::TimestampRange,
            format!("a timestamp in the year {year}{zero}: nanoseconds reach from 1677 to 2262 only"),
        )
        .with_hint("read with --from-opt timestamp=us, or timestamp=struct")
    })
}

/// Through 128 bits: seconds alone may be out of range where seconds and nanos together are not.
fn seconds_and_nanos(seconds: i64, nanos: i32) -> Option<i64> {
    i64::try_from(i128::from(seconds) * 1_000_000_000 + i128::from(nanos)).ok()
}

/// Microseconds since 1970.
pub fn timestamp_microseconds(seconds: i64, nanos: i32) -> Result<i64> {
    check_timestamp(seconds, nanos)?;
    if nanos % 1000 != 0 {
        return Err(Error::value(Code::TimePrecision, format!("{nanos} ns are not whole microseconds"))
            .with_hint("read with --from-opt timestamp=ns, or timestamp=struct"));
    }
    Ok(seconds * 1_000_000 + i64::from(nanos / 1000))
}

fn check_duration(seconds: i64, nanos: i32) -> Result<()> {
    let signs_differ = seconds > 0 && nanos < 0 || seconds < 0 && nanos > 0;
    if seconds.unsigned_abs() > DURATION_SECONDS_MAX as u64 || nanos.unsigned_abs() > 999_999_999 || signs_differ {
        return Err(Error::value(
            Code::TimestampRange,
            format!("{seconds} s {nanos} ns is not a legal duration (315576000000 s at most, equal signs)"),
        )
        .with_hint("--from-opt duration=struct keeps seconds and nanos as they are"));
    }
    Ok(())
}

/// Microseconds.
pub fn duration_microseconds(seconds: i64, nanos: i32) -> Result<i64> {
    check_duration(seconds, nanos)?;
    if nanos % 1000 != 0 {
        return Err(Error::value(Code::TimePrecision, format!("{nanos} ns are not whole microseconds"))
            .with_hint("read with --no-hints"));
    }
    Ok(seconds * 1_000_000 + i64::from(nanos / 1000))
}

/// Nanoseconds.
pub fn duration(seconds: i64, nanos: i32) -> Result<i64> {
    check_duration(seconds, nanos)?;
    seconds_and_nanos(seconds, nanos).ok_or_else(|| {
        Error::value(Code::TimestampRange, format!("a duration of {seconds} s: nanoseconds reach to 292 years only"))
            .with_hint("read with --from-opt duration=struct")
    })
}

/// Days since 1970-01-01.
pub fn date(year: i32, month: i32, day: i32) -> Result<i32> {
    let legal = (0..=9999).contains(&year) && (0..=12).contains(&month) && (0..=31).contains(&day);
    if legal && (year == 0 || month == 0 || day == 0) {
        return Err(Error::value(
            Code::DatePartial,
            format!("a date without all parts: year {year}, month {month}, day {day}"),
        )
        .with_hint("--from-opt date=struct keeps the parts"));
    }
    let days = match (u32::try_from(month), u32::try_from(day)) {
        (Ok(month), Ok(day)) if legal => days_from_civil(i64::from(year), month, day),
        _ => None,
    };
    days.and_then(|days| i32::try_from(days).ok()).ok_or_else(|| {
        Error::value(Code::DateRange, format!("year {year}, month {month}, day {day} is not a date"))
            .with_hint("--from-opt date=struct keeps the parts")
    })
}

/// Nanoseconds since midnight.
pub fn time_of_day([hours, minutes, seconds, nanos]: [i32; 4]) -> Result<i64> {
    let legal = (0..24).contains(&hours)
        && (0..60).contains(&minutes)
        && (0..60).contains(&seconds)
        && (0..1_000_000_000).contains(&nanos);
    if !legal {
        return Err(Error::value(
            Code::DateRange,
            format!("{hours} h {minutes} min {seconds} s {nanos} ns is not a time of day below 24:00"),
        )
        .with_hint("--from-opt date=struct keeps the parts"));
    }
    Ok(((i64::from(hours) * 60 + i64::from(minutes)) * 60 + i64::from(seconds)) * 1_000_000_000 + i64::from(nanos))
}
