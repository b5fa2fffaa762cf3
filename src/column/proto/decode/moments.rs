//! A column of timestamps or durations under construction: numbers at once, and what is no number in its unit apart.

use super::known;
use crate::column::proto::wire::Cursor;
use crate::error::{Error, Result};
use crate::schema::proto::shape::Known;

/// Timestamps or durations.
pub struct Moments {
    known: Known,
    /// In their unit; zero where a row is not set.
    pub values: Vec<i64>,
    /// Rows whose seconds and nanos are no legal value: wrong at the end, unless they are overwritten before.
    odd: Vec<(usize, i64, i32)>,
}

impl Moments {
    /// None yet.
    pub fn new(known: Known) -> Self {
        Moments { known, values: Vec::new(), odd: Vec::new() }
    }

    /// Their type.
    pub fn known(&self) -> Known {
        self.known
    }

    fn converted(&self, seconds: i64, nanos: i32) -> Result<i64> {
        match self.known {
            Known::Duration => known::duration(seconds, nanos),
            Known::DurationMicroseconds => known::duration_microseconds(seconds, nanos),
            Known::TimestampMicroseconds => known::timestamp_microseconds(seconds, nanos),
            _ => known::timestamp_nanoseconds(seconds, nanos),
        }
    }

    /// Seconds and nanos of a row that is there.
    pub fn get(&self, row: usize) -> (i64, i32) {
        if let Some((_, seconds, nanos)) = self.odd.iter().rev().find(|(odd, ..)| *odd == row) {
            return (*seconds, *nanos);
        }
        let value = self.values[row];
        let (seconds, nanos) = match self.known {
            Known::Duration => (value / 1_000_000_000, value % 1_000_000_000),
            Known::DurationMicroseconds => (value / 1_000_000, value % 1_000_000 * 1000),
            Known::TimestampMicroseconds => (value.div_euclid(1_000_000), value.rem_euclid(1_000_000) * 1000),
            _ => (value.div_euclid(1_000_000_000), value.rem_euclid(1_000_000_000)),
        };
        (seconds, nanos as i32)
    }

    /// Overwrites a row that is there.
    pub fn set(&mut self, row: usize, seconds: i64, nanos: i32) {
        self.odd.retain(|(odd, ..)| *odd != row);
        let value = self.converted(seconds, nanos);
        if value.is_err() {
            self.odd.push((row, seconds, nanos));
        }
        self.values[row] = value.unwrap_or_default();
    }

    /// Adds a row, read from the message at the cursor if it is as it usually is: each field once, in order. False, and
    /// the cursor stays where it is, if not, or if the value is not legal.
    #[inline]
    pub fn push(&mut self, cursor: &mut Cursor) -> bool {
        let mut ahead = cursor.clone();
        let Some((seconds, nanos)) = usual(&mut ahead) else { return false };
        let Ok(value) = self.converted(seconds, nanos) else { return false };
        *cursor = ahead;
        self.values.push(value);
        true
    }

    /// Forgets rows from `rows` on.
    pub fn truncate(&mut self, rows: usize) {
        self.values.truncate(rows);
        self.odd.retain(|(odd, ..)| *odd < rows);
    }

    /// The rows that are no legal values, and what is wrong with them.
    pub fn faults(&self) -> Vec<(usize, Error)> {
        let fault = |(row, seconds, nanos): &(usize, i64, i32)| Some((*row, self.converted(*seconds, *nanos).err()?));
        let mut faults: Vec<_> = self.odd.iter().filter_map(fault).collect();
        faults.sort_by_key(|(row, _)| *row);
        faults
    }
}

/// Seconds and nanos of a message behind its length.
#[inline]
fn usual(cursor: &mut Cursor) -> Option<(i64, i32)> {
    let length = usize::from(cursor.peek_byte().filter(|length| *length < 0x80)?);
    cursor.advance(1);
    if length > cursor.left() {
        return None;
    }
    let end = cursor.position() + length;
    let (mut seconds, mut nanos) = (0, 0);
    if cursor.position() < end && cursor.peek_byte() == Some(1 << 3) {
        cursor.advance(1);
        seconds = cursor.varint().ok()? as i64;
    }
    if cursor.position() < end && cursor.peek_byte() == Some(2 << 3) {
        cursor.advance(1);
        nanos = cursor.varint().ok()? as i32;
    }
    (cursor.position() == end).then_some((seconds, nanos))
}
