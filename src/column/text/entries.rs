//! Dictionaries of text: each entry is written once, and copied to every row that has it.

use arrow_array::Array;
use arrow_array::cast::AsArray;
use arrow_schema::{DataType, Field};

use super::{BytesText, TextColumn, put};

/// Zeros behind the entries, so that each can be copied in whole words.
const PADDING: usize = 128;

/// The entries of a dictionary as they are written, and which of them each row has. Nulls are the caller's.
#[derive(Debug)]
pub struct Entries {
    rows: Vec<usize>,
    /// Where the entries end; the first begins at 0.
    ends: Vec<usize>,
    bytes: Vec<u8>,
}

impl Entries {
    /// Writes each entry of `array` with `write`, which appends to what it is given. `None` if the array is no dictionary
    /// of text, if it has more entries than rows, or if an entry cannot be written: no row may have it.
    pub fn new(array: &dyn Array, mut write: impl FnMut(&mut Vec<u8>, &str) -> Option<()>) -> Option<Self> {
        let dictionary = array.as_any_dictionary_opt()?;
        let values = dictionary.values();
        if !matches!(values.data_type(), DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View)
            || values.is_empty()
            || values.len() > array.len()
        {
            return None;
        }
        let field = Field::new("entries", values.data_type().clone(), true);
        let texts = TextColumn::new(values, &field, BytesText::default()).ok()?;
        let (mut bytes, mut ends) = (Vec::new(), Vec::with_capacity(values.len()));
        for entry in 0..values.len() {
            write(&mut bytes, texts.text(entry))?;
            ends.push(bytes.len());
        }
        bytes.resize(bytes.len() + PADDING, 0);
        Some(Entries { rows: dictionary.normalized_keys(), ends, bytes })
    }

    /// What is written for a row that is not null.
    #[inline]
    pub fn get(&self, row: usize) -> Option<&[u8]> {
        let (start, end) = self.place(row)?;
        self.bytes.get(start..end)
    }

    /// The same, put into `room` from `at` on ([`put`]).
    #[inline(always)]
    pub fn put(&self, room: &mut [u8], at: usize, row: usize) -> Option<usize> {
        let (start, end) = self.place(row)?;
        put::part(room, at, &self.bytes, start, end.checked_sub(start)?)
    }

    /// The same with all that lies behind it, and how much of that it is.
    #[inline(always)]
    pub fn rest(&self, row: usize) -> Option<(&[u8], usize)> {
        let (start, end) = self.place(row)?;
        Some((self.bytes.get(start..)?, end.checked_sub(start)?))
    }

    #[inline(always)]
    fn place(&self, row: usize) -> Option<(usize, usize)> {
        let entry = *self.rows.get(row)?;
        let start = match entry.checked_sub(1) {
            Some(before) => *self.ends.get(before)?,
            None => 0,
        };
        Some((start, *self.ends.get(entry)?))
    }
}

#[cfg(test)]
mod tests;
