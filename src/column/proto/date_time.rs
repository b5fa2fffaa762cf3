//! `google.type.DateTime` without an offset: a local date and time, as a number of units since 1970-01-01T00:00:00.
//!
//! Rules: googleapis `google/type/datetime.proto`. Its year may be 0 (there is none), its hours 24 and its seconds 60 where
//! an interface allows them: such values are no local timestamps.

use super::decode::message::unknown_field;
use super::wire::{self, Cursor, push_tag, push_varint};
use crate::code::Code;
use crate::column::temporal::{civil_from_days, days_from_civil};
use crate::error::{Error, Result};

/// Appends the message of `value` units since 1970.
///
/// # Errors
/// `V-TS-RANGE` outside the years 1 to 9999.
pub fn push(out: &mut Vec<u8>, value: i64, per_second: i64) -> Result<()> {
    let (seconds, part) = (value.div_euclid(per_second), value.rem_euclid(per_second));
    let (year, month, day) = civil_from_days(seconds.div_euclid(86_400));
    if !(1..=9999).contains(&year) {
        let message = format!("the year {year} is outside the years 1 to 9999 of google.type.DateTime");
        return Err(Error::value(Code::TimestampRange, message));
    }
    let second = seconds.rem_euclid(86_400);
    let nanos = part * (1_000_000_000 / per_second);
    let time = [second / 3600, second / 60 % 60, second % 60, nanos];
    for (number, part) in (1..).zip([year, i64::from(month), i64::from(day)].into_iter().chain(time)) {
        if part != 0 {
            push_tag(out, number, wire::VARINT);
            push_varint(out, part as u64);
        }
    }
    Ok(())
}

/// Nanoseconds, or else microseconds, since 1970 of an encoded message.
///
/// # Errors
/// `V-DATE-PARTIAL` without year, month or day; `V-DATE-RANGE` if it is no date and time; `V-TYPE` if it has an offset or
/// a zone; `V-TS-RANGE` and `V-TIME-PRECISION` for what the unit cannot hold; malformed bytes.
pub fn read(bytes: &[u8], nanoseconds: bool, drop_unknown: bool) -> Result<i64> {
    let mut parts = [0_i32; 7];
    let mut cursor = Cursor::new(bytes);
    let mut offset = false;
    while !cursor.is_done() {
        match cursor.tag()? {
            (number @ 1..=7, wire::VARINT) => parts[number as usize - 1] = cursor.varint()? as i32,
            (8 | 9, wire::LENGTH) => {
                cursor.delimited()?;
                offset = true;
            }
            (number, wire) => {
                cursor.skip(number, wire, DEPTH_MAX)?;
                if !drop_unknown {
                    return Err(unknown_field(number, wire));
                }
            }
        }
    }
    value(parts, offset, nanoseconds).map_err(|error| match error.hint() {
        Some(_) => error,
        None => error.with_hint("--from-opt datetime=struct keeps the parts"),
    })
}

fn value(parts: [i32; 7], offset: bool, nanoseconds: bool) -> Result<i64> {
    let [year, month, day, hours, minutes, seconds, nanos] = parts;
    if offset {
        return Err(Error::value(Code::Token, "a date and time with an offset or a zone is no local one"));
    }
    let legal = (0..=9999).contains(&year) && (0..=12).contains(&month) && (0..=31).contains(&day);
    if legal && (year == 0 || month == 0 || day == 0) {
        let message = format!("a date without all parts: year {year}, month {month}, day {day}");
        return Err(Error::value(Code::DatePartial, message));
    }
    let days = match (u32::try_from(month), u32::try_from(day)) {
        (Ok(month), Ok(day)) if legal => days_from_civil(i64::from(year), month, day),
        _ => None,
    };
    let time = (0..24).contains(&hours)
        && (0..60).contains(&minutes)
        && (0..60).contains(&seconds)
        && (0..1_000_000_000).contains(&nanos);
    let Some(days) = days.filter(|_| time) else {
        let message = format!("{year}-{month}-{day} {hours}:{minutes}:{seconds} and {nanos} ns is no date and time");
        return Err(Error::value(Code::DateRange, message));
    };
    let second = days * 86_400 + ((i64::from(hours) * 60 + i64::from(minutes)) * 60 + i64::from(seconds));
    if nanoseconds {
        let wide = i128::from(second) * 1_000_000_000 + i128::from(nanos);
        return i64::try_from(wide).map_err(|_| {
            Error::value(Code::TimestampRange, format!("the year {year}: nanoseconds reach from 1677 to 2262 only"))
                .with_hint("read with --from-opt datetime=us, or datetime=struct")
        });
    }
    if nanos % 1000 != 0 {
        return Err(Error::value(Code::TimePrecision, format!("{nanos} ns are not whole microseconds"))
            .with_hint("read with --from-opt datetime=ns, or datetime=struct"));
    }
    Ok(second * 1_000_000 + i64::from(nanos / 1000))
}

/// Levels of nesting of a field that is passed over.
const DEPTH_MAX: usize = 100;
