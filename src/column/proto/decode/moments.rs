//! A column of timestamps or durations under construction: numbers at once, and what is no number in its unit apart.

use super::known;
use crate::column::proto::wire::Ahead;
use crate::error::{Error, Result};
use crate::schema::proto::shape::Known;

/// Timestamps or durations.
pub struct Moments {
    known: Known,
    /// In their unit; zero where a row is not set.
    pub values: Vec<i64>,
    /// Rows whose seconds and nanos are no legal value, in order: wrong at the end, unless they are overwritten before.
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
        if let Ok(at) = self.place(row) {
            let (_, seconds, nanos) = self.odd[at];
            return (seconds, nanos);
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

    /// Where a row is, or would be, among those of no legal value. Nearly always that is the end.
    fn place(&self, row: usize) -> Result<usize, usize> {
        match self.odd.last() {
            Some((last, ..)) if *last >= row => self.odd.binary_search_by_key(&row, |(odd, ..)| *odd),
            _ => Err(self.odd.len()),
        }
    }

    /// Overwrites a row that is there.
    pub fn set(&mut self, row: usize, seconds: i64, nanos: i32) {
        let value = self.converted(seconds, nanos);
        match (self.place(row), value.is_err()) {
            (Ok(at), true) => self.odd[at] = (row, seconds, nanos),
            (Ok(at), false) => drop(self.odd.remove(at)),
            (Err(at), true) => self.odd.insert(at, (row, seconds, nanos)),
            (Err(_), false) => {}
        }
        self.values[row] = value.unwrap_or_default();
    }

    /// Adds a row, read from the message at `at` if it is as it usually is: each field once, in order. Returns where it
    /// ends; `None`, and nothing is added, if not, or if the value is not legal.
    #[inline]
    pub fn push_plain(&mut self, ahead: Ahead<'_>, at: usize) -> Option<usize> {
        let (length, at) = ahead.varint(at)?;
        let end = ahead.end_of(at, length)?;
        let (seconds, nanos) = plain(ahead.up_to(end), at)?;
        self.values.push(self.converted(seconds, nanos).ok()?);
        Some(end)
    }

    /// Forgets rows from `rows` on.
    pub fn truncate(&mut self, rows: usize) {
        self.values.truncate(rows);
        self.odd.truncate(self.odd.partition_point(|(odd, ..)| *odd < rows));
    }

    /// The rows that are no legal values, and what is wrong with them.
    pub fn faults(&self) -> Vec<(usize, Error)> {
        let fault = |(row, seconds, nanos): &(usize, i64, i32)| Some((*row, self.converted(*seconds, *nanos).err()?));
        self.odd.iter().filter_map(fault).collect()
    }
}

/// Seconds and nanos of the message from `at` to the end.
#[inline]
fn plain(ahead: Ahead<'_>, mut at: usize) -> Option<(i64, i32)> {
    let (mut seconds, mut nanos) = (0, 0);
    if ahead.byte(at) == Some(1 << 3) {
        let (value, end) = ahead.varint(at + 1)?;
        (seconds, at) = (value as i64, end);
    }
    if ahead.byte(at) == Some(2 << 3) {
        let (value, end) = ahead.varint(at + 1)?;
        (nanos, at) = (value as i32, end);
    }
    ahead.byte(at).is_none().then_some((seconds, nanos))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_without_a_legal_value_cost_no_more_than_others() {
        const ROWS: usize = 300_000;
        let mut moments = Moments::new(Known::TimestampNanoseconds);
        // A search through all of them for each row would not end in minutes.
        for row in 0..ROWS {
            moments.values.push(0);
            // The zero time of Go, seconds and nanos one after the other.
            moments.set(row, known::SECONDS_MIN, 0);
            assert_eq!(moments.get(row), (known::SECONDS_MIN, 0));
            moments.set(row, known::SECONDS_MIN, 1);
        }
        assert_eq!(moments.faults().len(), ROWS);
        moments.set(7, 1, 2);
        moments.set(5, known::SECONDS_MIN, 3);
        assert_eq!(
            (moments.get(7), moments.get(5), moments.get(6)),
            ((1, 2), (known::SECONDS_MIN, 3), (known::SECONDS_MIN, 1))
        );
        moments.truncate(9);
        let rows: Vec<usize> = moments.faults().iter().map(|(row, _)| *row).collect();
        assert_eq!(rows, [0, 1, 2, 3, 4, 5, 6, 8]);
    }
}
