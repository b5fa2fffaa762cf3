//! Time zones: what a clock showed at an instant, and at which instant it showed that.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use jiff::tz::{TimeZone, TimeZoneDatabase};

use super::{DAY, TemporalFault, offset};
use crate::error::Error;
use crate::format::Settings;

/// How a timestamp column relates to the instant: its time zone, taken apart once per column.
#[derive(Clone, Copy, Debug)]
pub enum Zone {
    /// No zone: local time, written without offset.
    Naive,
    /// UTC, written `Z`.
    Utc,
    /// Seconds east of UTC.
    Fixed(i32),
    /// A region of the time zone database: the offset depends on the instant.
    Region(&'static TimeZone),
}

impl Zone {
    /// The zone of an Arrow timestamp type; `None` if its name is not known.
    pub fn of(name: Option<&str>) -> Option<Zone> {
        match name {
            None => Some(Zone::Naive),
            Some("UTC" | "utc" | "Z" | "z" | "+00:00" | "+0000" | "+00" | "Etc/UTC") => Some(Zone::Utc),
            Some(name) => match offset(name.as_bytes()) {
                Some((seconds, [])) => Some(Zone::Fixed(seconds)),
                _ => region(name).map(Zone::Region),
            },
        }
    }

    /// Seconds east of UTC at a local time, in seconds since 1970-01-01T00:00:00 of the zone.
    ///
    /// # Errors
    /// `Repeated`, `Skipped`: the clock showed that time twice, or never, because it was set back or forward.
    /// `DateRange`: there is no day before or after it.
    pub fn offset_of_local(self, local: i64) -> Result<i32, TemporalFault> {
        // The offset is the one before or the one after a change, and there is at most one change within a day.
        let day_before = local.checked_sub(DAY).ok_or(TemporalFault::DateRange)?;
        let day_after = local.checked_add(DAY).ok_or(TemporalFault::DateRange)?;
        let (before, after) = (self.offset_at(day_before), self.offset_at(day_after));
        let holds = |offset: i32| self.offset_at(local - i64::from(offset)) == offset;
        match (holds(before), holds(after)) {
            (true, true) if before != after => Err(TemporalFault::Repeated),
            (true, _) => Ok(before),
            (false, true) => Ok(after),
            (false, false) => Err(TemporalFault::Skipped),
        }
    }

    /// Seconds east of UTC at an instant.
    pub(super) fn offset_at(self, seconds: i64) -> i32 {
        match self {
            Zone::Naive | Zone::Utc => 0,
            Zone::Fixed(offset) => offset,
            // Before the year -9999 and after 9999 the instant is written as UTC: still the same instant.
            Zone::Region(zone) => {
                Timestamp::from_second(seconds).map_or(0, |instant| zone.to_offset(instant).seconds())
            }
        }
    }
}

/// The region called `name` in the time zone database that is part of the program: the answer is the same on every
/// machine. A region is looked up once and kept for good: there are about six hundred.
fn region(name: &str) -> Option<&'static TimeZone> {
    static KNOWN: Mutex<BTreeMap<String, &'static TimeZone>> = Mutex::new(BTreeMap::new());
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(zone) = known.get(name) {
        return Some(zone);
    }
    let zone = TimeZoneDatabase::bundled().get(name).ok().filter(|zone| zone.iana_name() == Some(name))?;
    let zone = &*Box::leak(Box::new(zone));
    known.insert(name.to_owned(), zone);
    Some(zone)
}

/// The setting `assume-tz`: the zone of timestamps that are written without one.
///
/// # Errors
/// `Usage`: an unknown zone.
pub fn assumed_zone(settings: &Settings) -> Result<Option<Zone>, Error> {
    let Some(name) = settings.get("assume-tz") else { return Ok(None) };
    match Zone::of(Some(name)) {
        Some(zone) => Ok(Some(zone)),
        None => Err(Error::usage(format!("assume-tz={name}: unknown time zone"))
            .with_hint("UTC, an offset like +02:00, or a name like Europe/Paris")),
    }
}
