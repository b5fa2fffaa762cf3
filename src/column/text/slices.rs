//! Texts where they lie in an array: between offsets, or in views.

use arrow_array::{GenericStringArray, OffsetSizeTrait, StringViewArray};

use super::put;
use crate::column::views;

/// Where the texts of an array are.
#[derive(Debug)]
pub(super) struct Slices<'a, O> {
    pub offsets: &'a [O],
    pub bytes: &'a [u8],
}

impl<'a, O: OffsetSizeTrait> Slices<'a, O> {
    pub fn of(array: &'a GenericStringArray<O>) -> Self {
        Slices { offsets: array.value_offsets(), bytes: array.value_data() }
    }

    /// The rows that are empty, each with the number of all rows.
    pub fn empty(&self) -> impl Iterator<Item = (usize, usize)> {
        let rows = self.offsets.len().saturating_sub(1);
        let ends = self.offsets.iter().skip(1);
        let pairs = self.offsets.iter().zip(ends).enumerate();
        pairs.filter(|(_, (start, end))| start == end).map(move |(row, _)| (row, rows))
    }

    #[inline(always)]
    pub fn put(&self, room: &mut [u8], at: usize, row: usize) -> Option<usize> {
        let [start, end] = self.offsets.get(row..)?.first_chunk::<2>()?;
        let start = start.as_usize();
        put::part(room, at, self.bytes, start, end.as_usize().wrapping_sub(start))
    }
}

/// Puts a text of a view array down, as [`Slices::put`] does.
#[inline]
pub(super) fn put_view(room: &mut [u8], at: usize, array: &StringViewArray, row: usize) -> Option<usize> {
    let (bytes, text) = views::part(array, row)?;
    put::part(room, at, bytes, text.start, text.len())
}
