//! The columns of a row group on their way into memory, each decoded once and in order.
//!
//! A reader decodes the rows of a column in order and cannot go back, and a page belongs to as many ranges of rows as it
//! likes. So all ranges of a row group share one reader for each column: whoever decodes a range takes the columns that
//! nobody is busy with first, moves each of them to the end of the range, and leaves what lies before it to the ranges
//! that it belongs to. No page is decompressed twice, and what is decoded does not depend on who comes first.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};

use super::group::{ColumnReader, Decoded, Stored};
use super::plan::{Plan, check_rows};
use crate::error::Result;

/// Arrays that a column is decoded to at once.
const ARRAYS: usize = 8;

/// The batches of one column in a range. An error is the last of them.
pub(super) type Part = Vec<Result<Decoded>>;

/// The columns of a row group.
pub(super) struct Columns(Vec<Mutex<Cursor>>);

/// How a row group is cut.
pub(super) struct Cuts {
    /// First row and number of rows of each range.
    pub ranges: Vec<(u64, u64)>,
    /// Rows of a batch; all ranges but the last hold a multiple of it.
    pub batch_rows: usize,
}

/// How far a column is decoded.
struct Cursor {
    place: Place,
    /// What was decoded for ranges that were not asked for yet.
    ahead: BTreeMap<usize, Part>,
    /// Whether all of it is decoded at once, because it takes less memory decoded than as pages.
    whole: bool,
}

enum Place {
    /// Not opened.
    Start,
    /// In front of a range.
    Before(usize, Box<ColumnReader>),
    /// Behind the last range, or lost by an error.
    Away,
}

impl Columns {
    /// None of them opened. Those in `whole` are decoded at once.
    pub fn new(whole: Vec<bool>) -> Self {
        let cursor = |whole| Mutex::new(Cursor { place: Place::Start, ahead: BTreeMap::new(), whole });
        Columns(whole.into_iter().map(cursor).collect())
    }

    /// The batches of every column in a range. To be asked for once for each range.
    pub fn take(&self, range: usize, cuts: &Cuts, stored: &Stored, plan: &Plan) -> Vec<Part> {
        let mut parts: Vec<Part> = self.0.iter().map(|_| Part::new()).collect();
        let advance = |index: usize, mut cursor: MutexGuard<'_, Cursor>| {
            let source = Source { stored, plan, index, cuts };
            cursor.advance(range, &source)
        };
        let mut busy = Vec::new();
        for (index, cursor) in self.0.iter().enumerate() {
            match cursor.try_lock() {
                Ok(cursor) => parts[index] = advance(index, cursor),
                Err(TryLockError::Poisoned(cursor)) => parts[index] = advance(index, cursor.into_inner()),
                Err(TryLockError::WouldBlock) => busy.push(index),
            }
        }
        for index in busy {
            // Held by a thread that decodes and waits for nobody.
            parts[index] = advance(index, self.0[index].lock().unwrap_or_else(PoisonError::into_inner));
        }
        parts
    }
}

/// Where a column comes from.
struct Source<'a> {
    stored: &'a Stored,
    plan: &'a Plan,
    index: usize,
    cuts: &'a Cuts,
}

impl Cursor {
    /// The batches of a range.
    fn advance(&mut self, range: usize, source: &Source<'_>) -> Part {
        if let Some(part) = self.ahead.remove(&range) {
            return part;
        }
        let (mut next, mut reader) = match std::mem::replace(&mut self.place, Place::Away) {
            Place::Start
                if self.whole
                    && let Some(parts) = source.whole() =>
            {
                self.ahead = parts.into_iter().enumerate().collect();
                return self.ahead.remove(&range).unwrap_or_default();
            }
            Place::Start => match source.open() {
                Ok(reader) => (0, Box::new(reader)),
                Err(error) => return vec![Err(error)],
            },
            Place::Before(next, reader) if next <= range => (next, reader),
            // Behind an error, rows are looked for from the start.
            _ => return source.alone(range),
        };
        let end = if self.whole { source.cuts.ranges.len() } else { range + 1 };
        let mut mine = None;
        while next < end {
            let mut part = source.read(&mut reader, next);
            if reader.is_left() {
                (part, reader) = source.by_crate(next, reader);
            }
            let failed = part.last().is_some_and(Result::is_err);
            match next == range {
                true => mine = Some(part),
                false => drop(self.ahead.insert(next, part)),
            }
            next += 1;
            if failed {
                return mine.unwrap_or_else(|| source.alone(range));
            }
        }
        if next < source.cuts.ranges.len() {
            self.place = Place::Before(next, reader);
        }
        mine.unwrap_or_default()
    }
}

impl Source<'_> {
    fn open(&self) -> Result<ColumnReader> {
        self.stored.open(&self.plan.columns[self.index], self.cuts.batch_rows)
    }

    /// The batches of all ranges, cut out of some arrays, each of which is given free behind its last row; `None` if they
    /// are not as they should be, for whatever reason.
    fn whole(&self) -> Option<Vec<Part>> {
        let Cuts { ranges, batch_rows } = self.cuts;
        let rows = ranges.iter().try_fold(0, |sum: u64, (_, rows)| sum.checked_add(*rows));
        let rows = usize::try_from(rows?).ok()?;
        let array_rows = rows.div_ceil(ARRAYS).max(1).checked_next_multiple_of(*batch_rows)?;
        let mut reader = self.stored.open(&self.plan.columns[self.index], array_rows).ok()?;
        let mut arrays = Vec::new();
        for first in (0..rows).step_by(array_rows) {
            let array = reader.next().ok()??;
            if array.values.len() != array_rows.min(rows - first) {
                return None;
            }
            arrays.push(array);
        }
        let is_last = matches!(reader.next(), Ok(None));
        let part = |(first, rows): &(u64, u64)| -> Part {
            let (first, end) = (*first as usize, (first + rows) as usize);
            // Ranges and arrays begin with a batch.
            let batch = |start: usize| {
                let rows = (*batch_rows).min(end - start);
                Ok(arrays[start / array_rows].slice(start % array_rows, rows))
            };
            (first..end).step_by(*batch_rows).map(batch).collect()
        };
        is_last.then(|| ranges.iter().map(part).collect())
    }

    /// The batches of the range that the reader is in front of.
    fn read(&self, reader: &mut ColumnReader, range: usize) -> Part {
        let (_, rows) = self.cuts.ranges[range];
        let mut part = Part::new();
        let mut read = 0;
        while read < rows {
            let wanted = (rows - read).min(self.cuts.batch_rows as u64);
            let batch = reader.next().and_then(|batch| {
                let found = batch.as_ref().map_or(0, |batch| batch.values.len() as u64);
                check_rows(read + found, read + wanted)?;
                Ok(batch)
            });
            read += wanted;
            match batch {
                Ok(batch) => part.extend(batch.map(Ok)),
                Err(error) => {
                    part.push(Err(error.in_column(self.plan.columns[self.index].name())));
                    return part;
                }
            }
        }
        if range + 1 == self.cuts.ranges.len() {
            let surplus = match reader.next() {
                Ok(None) => return part,
                Ok(Some(batch)) => check_rows(rows + batch.values.len() as u64, rows),
                Err(error) => Err(error),
            };
            let name = self.plan.columns[self.index].name();
            part.extend(surplus.err().map(|error| Err(error.in_column(name))));
        }
        part
    }

    /// The batches of a range, from a reader of the crate that begins from the start, and that reader.
    fn by_crate(&self, range: usize, left: Box<ColumnReader>) -> (Part, Box<ColumnReader>) {
        let opened = self.stored.by_crate(&self.plan.columns[self.index], self.cuts.batch_rows);
        let mut reader = match opened {
            Ok(reader) => Box::new(reader),
            Err(error) => return (vec![Err(error)], left),
        };
        let mut part = Part::new();
        for range in 0..=range {
            part = self.read(&mut reader, range);
            if part.last().is_some_and(Result::is_err) {
                break;
            }
        }
        (part, reader)
    }

    /// The batches of a range, from a reader of their own.
    fn alone(&self, range: usize) -> Part {
        let column = &self.plan.columns[self.index];
        let before = self.cuts.ranges[range].0;
        let opened = self.stored.again(column, self.cuts.batch_rows, before);
        match opened {
            Ok(mut reader) => self.read(&mut reader, range),
            Err(error) => vec![Err(error)],
        }
    }
}
