//! Readers that are used for more than one range of a row group.
//!
//! A reader decodes rows in order and cannot go back. Opened anew for each range it would have to pass all rows before
//! it, again and again. So a group has as many lanes as there are threads; a lane is a reader for every so-manieth range
//! that skips the ranges of the other lanes, whole pages without decompressing them for columns that do not repeat.
//! A range whose lane is not where it should be gets a reader of its own: what is decoded does not depend on lanes.

use std::sync::{Mutex, PoisonError};

use parquet::arrow::arrow_reader::{RowSelection, RowSelector};

use super::group::Readers;
use crate::error::Result;

/// The lanes of a row group.
pub(super) struct Lanes(Vec<Mutex<Place>>);

/// Leave to put a reader back.
pub(super) struct Lane(usize);

/// Where the reader of a lane is.
enum Place {
    /// Not opened.
    Start,
    /// In front of a range.
    Before(usize, Box<Readers>),
    /// In use, or lost by an error.
    Away,
}

impl Lanes {
    /// So many, none of them opened.
    pub fn new(lanes: usize) -> Self {
        Lanes((0..lanes.max(1)).map(|_| Mutex::new(Place::Start)).collect())
    }

    /// A reader in front of range `range` of `ranges` (first row, number of rows), and the lane it goes back to.
    pub fn enter(
        &self,
        range: usize,
        ranges: &[(u64, u64)],
        open: impl Fn(Option<RowSelection>) -> Result<Readers>,
    ) -> Result<(Option<Lane>, Readers)> {
        let lanes = self.0.len();
        let lane = range % lanes;
        let mut place = self.0[lane].lock().unwrap_or_else(PoisonError::into_inner);
        match std::mem::replace(&mut *place, Place::Away) {
            Place::Start if range == lane => {
                drop(place);
                // One lane reads everything.
                let rows = (lanes > 1).then(|| select(ranges, |other| other % lanes == lane));
                return Ok((Some(Lane(lane)), open(rows)?));
            }
            Place::Before(next, readers) if next == range => return Ok((Some(Lane(lane)), *readers)),
            elsewhere => *place = elsewhere,
        }
        drop(place);
        Ok((None, Lanes::aside(range, ranges, open)?))
    }

    /// A reader of one range, beside the lanes.
    pub fn aside(
        range: usize,
        ranges: &[(u64, u64)],
        open: impl Fn(Option<RowSelection>) -> Result<Readers>,
    ) -> Result<Readers> {
        open(Some(select(ranges, |other| other == range)))
    }

    /// Puts a reader back behind range `range` of so many, if the lane has another.
    pub fn leave(&self, lane: Lane, range: usize, ranges: usize, readers: Readers) {
        let next = range + self.0.len();
        if next < ranges {
            let mut place = self.0[lane.0].lock().unwrap_or_else(PoisonError::into_inner);
            *place = Place::Before(next, Box::new(readers));
        }
    }
}

/// The rows of the ranges that `wanted` names. The last range asks for one row more than there should be, so that
/// surplus rows are noticed.
fn select(ranges: &[(u64, u64)], wanted: impl Fn(usize) -> bool) -> RowSelection {
    let selectors = ranges.iter().enumerate().map(|(range, (_, rows))| match wanted(range) {
        true => RowSelector::select(*rows as usize + usize::from(range + 1 == ranges.len())),
        false => RowSelector::skip(*rows as usize),
    });
    RowSelection::from(selectors.collect::<Vec<_>>())
}
