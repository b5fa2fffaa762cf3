//! One column whose values are asked for mostly in their order, as those of nested columns are: a block of them is made
//! ready when the first is asked for ([`Cells`]).
//!
//! The rows of a batch have none, one or many of the values of a nested column, so its blocks are not those of the rows.

use std::ops::Range;

use super::cells::{Cells, ROWS};

/// A block of the values of one column.
#[derive(Debug, Default)]
pub struct Window<'a> {
    cells: Cells<'a>,
    rows: Range<usize>,
}

impl<'a> Window<'a> {
    /// The cells that hold `row`, and its number there. A row behind the block begins the next one, which ends before
    /// `end` and is made ready by `fill`. `None`: the row lies before the block. Blocks only go forward, so whatever the
    /// order is in which rows are asked for, none is made ready twice.
    #[inline(always)]
    pub fn at(
        &mut self,
        row: usize,
        end: usize,
        fill: impl FnOnce(&mut Cells<'a>, Range<usize>),
    ) -> Option<(&Cells<'a>, usize)> {
        if row >= self.rows.end {
            self.rows = row..(row + ROWS).min(end).max(row);
            fill(&mut self.cells, self.rows.clone());
        }
        Some((&self.cells, row.checked_sub(self.rows.start)?))
    }
}

#[cfg(test)]
mod tests;
