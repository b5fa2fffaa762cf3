//! Timestamps: RFC 3339, offsets, and numbers since the epoch.

use arrow_schema::TimeUnit;

use super::date::{date, days_of, four, pair, push_date_days, push_two, two};
use super::time::{clock, push_clock};
use super::{DAY, TemporalFault, Zone, fraction_digits, per_second};
use crate::column::number::NumberFault;
use crate::column::{decimal, digits};

/// Appends RFC 3339: `Z` for UTC, local time and offset for another zone, no suffix without zone. An offset with seconds,
/// as local mean time of the nineteenth century has, is none of RFC 3339: such an instant is written in UTC.
#[inline]
pub fn push_timestamp(out: &mut Vec<u8>, value: i64, unit: TimeUnit, zone: Zone) {
    let per = per_second(unit);
    let seconds = value.div_euclid(per);
    let fraction = value.rem_euclid(per);
    let offset = Some(zone.offset_at(seconds)).filter(|offset| offset % 60 == 0);
    let zone = if offset.is_some() { zone } else { Zone::Utc };
    let offset = offset.unwrap_or(0);
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
/// As [`parse_timestamp`]; `Repeated` and `Skipped` for local times that the assumed zone has twice or not at all.
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
pub(super) fn exact_timestamp(
    token: &[u8],
    unit: TimeUnit,
    zone: Zone,
    assumed: Option<Zone>,
) -> Result<i64, TemporalFault> {
    let (days, rest) = date(token)?;
    let [b'T' | b't' | b' ', rest @ ..] = rest else { return Err(TemporalFault::Syntax) };
    let (seconds, fraction, rest) = clock(rest, unit)?;
    let east = match (rest, zone) {
        ([], Zone::Naive) => 0,
        ([], _) => match assumed {
            Some(assumed) => assumed.offset_of_local(days * DAY + seconds)?,
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
    let scale = fraction_digits(unit) - fraction_digits(epoch);
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
