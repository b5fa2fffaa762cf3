//! What is made of a chunk, in parts: a chunk of a few bytes may hold more records than there is memory, as compressed
//! zeros do, or records without bytes. Chunks that become no more than a part, which is nearly all of them, are made in
//! one go by one worker.

use arrow_schema::{DataType, Field, Schema};

use super::Exec;
use super::regroup::sliced_bytes;
use super::stage::{Batch, Encode, Encoded};
use crate::error::Result;

/// What remains of the batches of a chunk.
pub(super) struct Parts {
    batches: Box<dyn Iterator<Item = Result<Batch>> + Send>,
    /// The first batch of the next part: what tells that there is one.
    next: Option<Result<Batch>>,
    /// Bytes of a part, about.
    most: usize,
    /// Bytes that a record takes as text, about, beside its values.
    names: usize,
    /// Rows of the parts before.
    rows: u64,
}

impl Parts {
    pub fn new(batches: impl Iterator<Item = Result<Batch>> + Send + 'static, schema: &Schema, exec: &Exec) -> Self {
        let names = schema.fields().iter().map(|field| text_bytes(field)).sum();
        Parts { batches: Box::new(batches), next: None, most: exec.part_bytes(), names, rows: 0 }
    }

    /// The next part: what `make` makes of its batches, and what is behind it, if anything is.
    fn part<T>(mut self, make: impl FnOnce(&mut Part<'_>) -> Result<T>) -> Result<(T, Option<Self>)> {
        let mut part = Part { of: &mut self, bytes: 0, rows: 0, read_failed: false, at_end: false };
        let made = make(&mut part);
        let Part { rows, read_failed, at_end, .. } = part;
        let before = self.rows;
        self.rows += rows;
        // The record of an error in reading counts from the chunk.
        let made = made.map_err(|error| if read_failed { error } else { error.shifted(before, 0, 0) })?;
        if !at_end {
            self.next = self.batches.next();
        }
        let more = self.next.is_some();
        Ok((made, more.then_some(self)))
    }

    /// Encodes the next part.
    pub fn encode<E: Encode>(self, encoder: &E) -> Result<(Encoded<E::Piece>, Option<Self>)> {
        self.part(|part| encoder.encode(part))
    }

    /// The batches of the next part.
    pub fn collect(self) -> Result<(Vec<Batch>, Option<Self>)> {
        self.part(|part| part.collect())
    }
}

/// The batches of one part.
struct Part<'a> {
    of: &'a mut Parts,
    bytes: usize,
    rows: u64,
    /// Whether what was given last is an error of reading.
    read_failed: bool,
    at_end: bool,
}

impl Iterator for Part<'_> {
    type Item = Result<Batch>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.at_end || self.bytes >= self.of.most {
            return None;
        }
        let Some(batch) = self.of.next.take().or_else(|| self.of.batches.next()) else {
            self.at_end = true;
            return None;
        };
        match &batch {
            Ok(batch) => {
                let rows = batch.records.num_rows();
                self.rows += rows as u64;
                let bytes = sliced_bytes(batch, 1).saturating_add(rows.saturating_mul(self.of.names));
                self.bytes = self.bytes.saturating_add(bytes);
            }
            Err(_) => self.read_failed = true,
        }
        Some(batch)
    }
}

/// What a record takes as text for a field, whatever its value.
fn text_bytes(field: &Field) -> usize {
    /// Around a name and a value: quotes, a colon, a comma, `null`.
    const AROUND: usize = 8;
    let inside = match field.data_type() {
        DataType::Struct(fields) => fields.iter().map(|field| text_bytes(field)).sum(),
        _ => 0,
    };
    field.name().len() + AROUND + inside
}

#[cfg(test)]
mod tests;
