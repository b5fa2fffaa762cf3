//! Dates, times, timestamps, durations, intervals ↔ text: ISO 8601 and RFC 3339, strict and exact.
//!
//! Years beyond 0000–9999 are written expanded (`+10000-01-01`, `-0001-12-31`) and read back. Fractions of seconds
//! have 0, 3, 6 or 9 digits, as few as keep the value. What the unit cannot hold is a fault, never rounded.

mod date;
mod duration;
mod time;
mod timestamp;
mod zone;

use arrow_schema::TimeUnit;

use crate::code::Code;
use crate::error::Error;
use crate::format::Settings;

pub use self::date::{civil_from_days, days_from_civil, parse_date, parse_date_days, push_date, push_date_days};
pub use self::duration::{Interval, parse_duration, parse_interval, push_duration, push_interval};
pub use self::time::{parse_time, push_time};
pub(crate) use self::timestamp::{PlainTimestamp, offset};
pub use self::timestamp::{parse_epoch, parse_timestamp, parse_timestamp_in, push_timestamp};
pub use self::zone::{Zone, assumed_zone};

/// Why a token is not a value of a temporal type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TemporalFault {
    /// Not a date, time, timestamp, duration or interval.
    Syntax,
    /// A timestamp without offset where one is needed.
    OffsetMissing,
    /// A local time that the assumed zone does not have: its clocks were set forward.
    Skipped,
    /// A local time that the assumed zone has twice: its clocks were set back.
    Repeated,
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

/// What to do about [`TemporalFault::OffsetMissing`].
pub(crate) const OFFSET_HINT: &str =
    "a type with a zone needs an offset or Z; say which zone such times are of: --assume-tz UTC";

impl TemporalFault {
    /// The loss code.
    pub fn code(self) -> Code {
        match self {
            TemporalFault::Syntax
            | TemporalFault::OffsetMissing
            | TemporalFault::Skipped
            | TemporalFault::Repeated
            | TemporalFault::OffsetPresent => Code::Token,
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

/// The fraction digits of a second that a unit has.
pub fn fraction_digits(unit: TimeUnit) -> i8 {
    per_second(unit).ilog10() as i8
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

#[cfg(test)]
mod tests;
