//! What dates and timestamps in text have in common: a type is chosen only if it gives every value back.

use arrow_schema::{DataType, TimeUnit};

use crate::column::temporal::{self, PlainTimestamp, Zone};

/// What the texts of a column have in common, if all are dates or all are timestamps in the form in which those are
/// written. Merging is associative and commutative.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum TemporalShape {
    /// No text yet.
    #[default]
    Unknown,
    /// `YYYY-MM-DD`.
    Date,
    /// Timestamps.
    Timestamp(TimestampShape),
    /// Something else.
    Other,
}

impl TemporalShape {
    /// Takes one text into account.
    pub fn observe(&mut self, token: &[u8]) {
        let seen = if *self == TemporalShape::Other {
            return;
        } else if is_date(token) {
            TemporalShape::Date
        } else {
            let shape = TimestampShape::of(token).filter(TimestampShape::is_plain);
            shape.map_or(TemporalShape::Other, TemporalShape::Timestamp)
        };
        self.merge(&seen);
    }

    /// Adds what another part of the column showed.
    pub fn merge(&mut self, other: &TemporalShape) {
        use TemporalShape::{Date, Other, Timestamp, Unknown};
        let alike = match (&mut *self, other) {
            (_, Unknown) | (Date, Date) => true,
            (Unknown, other) => {
                *self = *other;
                true
            }
            (Timestamp(mine), Timestamp(theirs)) => mine.merge(theirs),
            _ => false,
        };
        if !alike {
            *self = Other;
        }
    }

    /// The type: `None` if it stays text.
    pub fn data_type(&self) -> Option<DataType> {
        match self {
            TemporalShape::Date => Some(DataType::Date32),
            TemporalShape::Timestamp(shape) => Some(shape.data_type()).filter(|kind| *kind != DataType::Utf8),
            TemporalShape::Unknown | TemporalShape::Other => None,
        }
    }
}

/// How timestamps are written; all of a column must be written alike.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TimestampShape {
    separator: u8,
    seconds: bool,
    zone: Option<i32>,
    /// Fraction digits at most.
    digits: usize,
    /// Whether all fit 64 bits of nanoseconds.
    fits_nanoseconds: bool,
    /// Whether all are in the form in which timestamps are written.
    plain: bool,
}

/// Whether a timestamp of 6 fraction digits at most is in the form in which timestamps are written.
#[inline]
fn is_plain(plain: &PlainTimestamp) -> bool {
    let PlainTimestamp { separator, digits, fraction, .. } = *plain;
    separator == b'T' && (digits == 0 || digits.is_multiple_of(3) && !fraction.is_multiple_of(1000))
}

/// Whether a text is `YYYY-MM-DD`.
pub fn is_date(token: &[u8]) -> bool {
    token.len() == 10 && token[4] == b'-' && temporal::parse_date(token).is_ok()
}

impl TimestampShape {
    /// How one text is written; `None` if it is no timestamp.
    #[inline]
    pub fn of(token: &[u8]) -> Option<Self> {
        if let Some(plain) = PlainTimestamp::of(token)
            && plain.digits <= 6
        {
            let (separator, digits) = (plain.separator, plain.digits as usize);
            return Some(TimestampShape {
                separator,
                seconds: true,
                zone: plain.utc.then_some(0),
                digits,
                fits_nanoseconds: (1678..=2261).contains(&plain.year),
                plain: is_plain(&plain),
            });
        }
        Self::of_any(token)
    }

    /// All that [`PlainTimestamp`] leaves.
    fn of_any(token: &[u8]) -> Option<Self> {
        if token.len() < 16 || token[4] != b'-' || token[13] != b':' || !token[0].is_ascii_digit() {
            return None;
        }
        let separator = token[10];
        if !matches!(separator, b'T' | b' ') {
            return None;
        }
        let (seconds, digits, suffix) = match &token[16..] {
            [b':', _, _, b'.', rest @ ..] => {
                let digits = rest.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(rest.len());
                (true, digits, &rest[digits..])
            }
            [b':', _, _, rest @ ..] => (true, 0, rest),
            rest => (false, 0, rest),
        };
        let zone = match suffix {
            [] => None,
            [b'Z'] => Some(0),
            // Only the form in which offsets are written.
            [_, _, _, b':', _, _] => match temporal::offset(suffix) {
                Some((offset, [])) => Some(offset),
                _ => return None,
            },
            _ => return None,
        };
        let unit = match digits {
            0..=6 => TimeUnit::Microsecond,
            7..=9 => TimeUnit::Nanosecond,
            _ => return None,
        };
        let parsed = if zone.is_some() { Zone::Utc } else { Zone::Naive };
        temporal::parse_timestamp(token, unit, parsed).ok()?;
        // 1677-09-21 to 2262-04-11; whole years inside are enough.
        let fits_nanoseconds = (b"1678"..=b"2261").contains(&token.first_chunk::<4>()?);
        // Written with 0, 3, 6 or 9 digits, as few as keep the value, and UTC as `Z`.
        let fraction = &token[..token.len() - suffix.len()];
        let plain = separator == b'T'
            && seconds
            && matches!(digits, 0 | 3 | 6 | 9)
            && (digits == 0 || !fraction.ends_with(b"000"))
            && (zone != Some(0) || suffix == b"Z");
        Some(TimestampShape { separator, seconds, zone, digits, fits_nanoseconds, plain })
    }

    /// The value of a text in a column of timestamps whose type this shape gave, taken into account. `None`: it makes
    /// another type.
    #[inline]
    pub fn read(&mut self, token: &[u8], unit: TimeUnit, zone: Zone) -> Option<i64> {
        if let Some(plain) = PlainTimestamp::of(token)
            && self.knows(&plain)
        {
            return plain.value(unit);
        }
        let other = TimestampShape::of(token)?;
        if !self.merge(&other) {
            return None;
        }
        temporal::parse_timestamp(token, unit, zone).ok()
    }

    /// Whether a timestamp changes nothing.
    #[inline]
    fn knows(&self, plain: &PlainTimestamp) -> bool {
        let digits = plain.digits as usize;
        plain.separator == self.separator
            && self.seconds
            && self.zone == plain.utc.then_some(0)
            && digits <= self.digits.min(6)
            && (!self.fits_nanoseconds || (1678..=2261).contains(&plain.year))
            && (!self.plain || is_plain(plain))
    }

    /// False if the two are not written alike, or no unit holds both.
    pub fn merge(&mut self, other: &TimestampShape) -> bool {
        let alike = self.separator == other.separator && self.seconds == other.seconds && self.zone == other.zone;
        self.digits = self.digits.max(other.digits);
        self.fits_nanoseconds &= other.fits_nanoseconds;
        self.plain &= other.plain;
        alike
    }

    /// Whether all are in the form in which timestamps are written.
    pub fn is_plain(&self) -> bool {
        self.plain
    }

    /// The type; Utf8 if no unit holds all values.
    pub fn data_type(&self) -> DataType {
        let unit = if self.digits > 6 { TimeUnit::Nanosecond } else { TimeUnit::Microsecond };
        if unit == TimeUnit::Nanosecond && !self.fits_nanoseconds {
            return DataType::Utf8;
        }
        let zone = self.zone.map(|offset| match offset {
            0 => "UTC".to_owned(),
            offset => {
                let sign = if offset < 0 { '-' } else { '+' };
                let minutes = offset.unsigned_abs() / 60;
                format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60)
            }
        });
        DataType::Timestamp(unit, zone.map(Into::into))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(5000))]

        #[test]
        fn timestamps_that_are_read_are_looked_at(
            tokens in prop::collection::vec(
                "(0001|1677|2024)-(02|13)-(28|29|30)[T ](00|12):30:59?([.]([0-9]{1,2}|[0-9]{3}|[0-9]{6}|[0-9]{9}|120000))?(Z|[+]05:30)?",
                1..8,
            ),
        ) {
            let mut shape: Option<TimestampShape> = None;
            for token in tokens.iter().chain(&tokens).map(String::as_bytes) {
                let Some(found) = TimestampShape::of(token) else { continue };
                let Some(shape) = &mut shape else {
                    shape = Some(found);
                    continue;
                };
                let DataType::Timestamp(unit, zone) = shape.data_type() else { break };
                let zone = Zone::of(zone.as_deref()).unwrap();
                let mut seen = *shape;
                let alike = seen.merge(&found);
                let value = shape.read(token, unit, zone);
                prop_assert_eq!(&*shape, &seen);
                prop_assert_eq!(value, temporal::parse_timestamp(token, unit, zone).ok().filter(|_| alike));
            }
        }

        #[test]
        fn the_quick_look_sees_the_same(
            token in "(0000|1677|1678|2000|2024|9999|[0-9]{4})-(0[0-9]|1[0-3])-([0-2][0-9]|3[0-2])[T t]([01][0-9]|2[0-4]):[0-6][0-9]:[0-6][0-9]([.]([0-9]{0,4}|[0-9]{3}|[0-9]{6}|[0-9]{7,10}|000|120000))?(Z|z|[+]00:00|-05:30)?",
        ) {
            let token = token.as_bytes();
            prop_assert_eq!(TimestampShape::of(token), TimestampShape::of_any(token));
        }
    }
}
