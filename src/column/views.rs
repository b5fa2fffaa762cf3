//! Texts of a view array with the bytes around them: who copies or searches whole words needs no look at their ends.

use std::ops::Range;

use arrow_array::StringViewArray;
use arrow_data::ByteView;

/// A text: a range of the bytes it lies in.
pub type Part<'a> = (&'a [u8], Range<usize>);

/// Bytes of a view, and of what is in front of a text that lies in it (Arrow columnar format, "Variable-size Binary View
/// Layout").
const VIEW: usize = 16;
const LENGTH: usize = 4;
const INLINE: u32 = 12;

/// Where the text of a row lies; nowhere if there is no such row. That of a null means nothing.
#[inline(always)]
pub fn part(array: &StringViewArray, row: usize) -> Option<Part<'_>> {
    let view = ByteView::from(*array.views().get(row)?);
    let len = view.length as usize;
    let (bytes, start) = match view.length <= INLINE {
        true => (array.views().inner().as_slice(), row * VIEW + LENGTH),
        false => (array.data_buffers().get(view.buffer_index as usize)?.as_slice(), view.offset as usize),
    };
    Some((bytes, start..start + len))
}

#[cfg(test)]
mod tests;
