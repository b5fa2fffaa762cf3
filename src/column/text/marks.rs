//! Which rows of a text column may hold bytes that cannot be copied as they stand: found once for the whole column, many
//! bytes at a time, so that the others are copied without a look.

use std::ops::Range;

use arrow_array::OffsetSizeTrait;

use crate::simd::Wanted;

/// Rows that need a second look. A row without mark has none of the bytes that were looked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Marks {
    /// Whether all rows are marked.
    all: bool,
    /// A bit for each row; empty if none is marked.
    words: Vec<u64>,
}

impl Marks {
    /// Every row.
    pub fn all() -> Self {
        Marks { all: true, words: Vec::new() }
    }

    /// Whether a row is marked.
    #[inline(always)]
    pub fn has(&self, row: usize) -> bool {
        self.all || self.words.get(row / 64).is_some_and(|word| word >> (row % 64) & 1 == 1)
    }

    /// A bit for each of at most 64 rows that is marked, the first in the lowest.
    pub fn bits(&self, rows: &Range<usize>) -> u64 {
        if self.all {
            return u64::MAX;
        }
        let word = |index: usize| self.words.get(index).copied().unwrap_or_default();
        let (index, shift) = (rows.start / 64, rows.start % 64);
        // What does not lie in one word lies in two.
        let bits = word(index) >> shift | (word(index + 1) << 1) << (63 - shift);
        bits & (u64::MAX >> (64 - rows.len().clamp(1, 64)))
    }

    /// Marks one of `rows` rows.
    pub fn set(&mut self, row: usize, rows: usize) {
        if self.words.is_empty() {
            self.words = vec![0; rows.div_ceil(64)];
        }
        if let Some(word) = self.words.get_mut(row / 64) {
            *word |= 1 << (row % 64);
        }
    }

    /// Marks those of `rows` whose text holds a wanted byte. Row `n` is `bytes` from `offsets[n]` to `offsets[n + 1]`.
    /// Cost: one pass over the bytes of the rows.
    pub fn scan<O: OffsetSizeTrait>(&mut self, offsets: &[O], bytes: &[u8], rows: Range<usize>, wanted: Wanted) {
        let ends = offsets.get(1..).unwrap_or_default();
        let (Some(start), Some(end)) = (offsets.get(rows.start), offsets.get(rows.end)) else { return };
        let (start, end) = (start.as_usize(), end.as_usize());
        let bytes = bytes.get(start..end).unwrap_or_default();
        let mut row = rows.start;
        wanted.each(bytes, |at| {
            while ends.get(row).is_some_and(|end| end.as_usize() <= start + at) {
                row += 1;
            }
            self.set(row, ends.len());
            true
        });
    }
}

#[cfg(test)]
mod tests;
