//! Texts and byte strings of a column.

use crate::column::proto::wire::{Cursor, push_some};
use crate::error::Result;

/// Byte strings behind each other.
pub struct Texts {
    /// Where each begins, and where the last one ends.
    pub offsets: Vec<i32>,
    /// All bytes.
    pub bytes: Vec<u8>,
}

impl Default for Texts {
    fn default() -> Self {
        Texts { offsets: vec![0], bytes: Vec::new() }
    }
}

impl Texts {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.offsets.len() - 1
    }
    /// The bytes of a row.
    pub fn get(&self, row: usize) -> &[u8] {
        &self.bytes[self.offsets[row] as usize..self.offsets[row + 1] as usize]
    }
    /// Adds the length-delimited bytes at the cursor. Sums of bytes taken from a slice stay below `i32::MAX`: the
    /// decoder takes no longer slice.
    pub(super) fn read(&mut self, cursor: &mut Cursor) -> Result<()> {
        let bytes = cursor.delimited()?;
        self.push(bytes, bytes.len());
        Ok(())
    }
    /// Adds the first `length` bytes of `bytes`, which are there.
    #[inline]
    pub(super) fn push(&mut self, bytes: &[u8], length: usize) {
        push_some(&mut self.bytes, bytes, length);
        self.offsets.push(self.bytes.len() as i32);
    }
    /// Replaces the last row.
    pub(super) fn replace(&mut self, row: usize, bytes: &[u8]) {
        self.bytes.truncate(self.offsets[row] as usize);
        self.append(row, bytes);
    }
    /// Adds to the last row.
    pub fn append(&mut self, row: usize, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
        self.offsets[row + 1] = self.bytes.len() as i32;
    }
    pub(super) fn resize(&mut self, rows: usize) {
        self.offsets.resize(rows + 1, self.bytes.len() as i32);
    }
    pub(super) fn truncate(&mut self, rows: usize) {
        self.offsets.truncate(rows + 1);
        self.bytes.truncate(self.offsets[rows] as usize);
    }
}
