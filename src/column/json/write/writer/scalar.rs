//! A scalar column: each value by itself, or copied from a block that is ready.

use std::cell::RefCell;
use std::ops::Range;
use std::sync::LazyLock;

use arrow_buffer::NullBuffer;

use crate::column::text::TextColumn;
use crate::column::text::cells::{Cells, Null};
use crate::column::text::window::Window;

/// The text of null.
pub(super) static NULL: LazyLock<Null> = LazyLock::new(|| Null::new(b"null"));

/// A scalar column, and a block of its values.
pub(super) struct Scalar<'a> {
    column: TextColumn<'a>,
    rows: usize,
    window: RefCell<Window<'a>>,
}

impl<'a> Scalar<'a> {
    /// A column of so many rows. Nothing is made ready.
    pub fn new(column: TextColumn<'a>, rows: usize) -> Self {
        Scalar { column, rows, window: RefCell::default() }
    }

    #[inline(always)]
    pub fn column(&self) -> &TextColumn<'a> {
        &self.column
    }

    /// Makes some rows ready; what is no string stands in quotes if it is `quoted`.
    pub fn fill<'c>(&self, cells: &mut Cells<'c>, rows: Range<usize>, nulls: Option<&NullBuffer>, quoted: bool)
    where
        'a: 'c,
    {
        cells.scalar(&self.column, rows, nulls, &NULL, quoted);
    }

    /// Puts down a row by `put`, which gets the cells that have it and its number there. `None`: the value is not ready.
    #[inline(always)]
    pub fn ready(
        &self,
        row: usize,
        nulls: Option<&NullBuffer>,
        quoted: bool,
        put: impl FnOnce(&Cells<'a>, usize) -> Option<usize>,
    ) -> Option<usize> {
        let mut window = self.window.try_borrow_mut().ok()?;
        let (cells, index) = window.at(row, self.rows, |cells, rows| self.fill(cells, rows, nulls, quoted))?;
        put(cells, index)
    }
}
