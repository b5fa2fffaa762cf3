//! The canonical bytes of a value: two values are equal in the record model exactly if their bytes are.
//!
//! A value is what a text of it says, whatever holds it: `5` is one number as `int8`, `int64`, `decimal(10, 2)` or
//! `float64`; `0.1` is one number as `float32` and `float64` (each prints it so, and reads it back so); an instant is
//! one instant in any unit and zone; a string is one string in any layout. So equal records have equal bytes after
//! every conversion that changes no value, and a value that changes changes the bytes.
//!
//! | value | bytes |
//! |---|---|
//! | null | `00` |
//! | false, true | `01`, `02` |
//! | integer within 64 bits | `03`, 8 bytes, little-endian |
//! | any other number | `04`, sign (0, 1), exponent (8 bytes), count of digits (8 bytes), decimal digits without zeros at either end; −0 has none |
//! | text | `05`, length (8 bytes), UTF-8 |
//! | list | `06`, count (8 bytes), values |
//! | record, map | `07`, count (8 bytes), then name (length, UTF-8) and value, sorted by name |
//! | branch of a union whose value does not tell the branch | `08`, name (length, UTF-8), value |
//! | what is no value of its type | `09`, length, bytes |
//! | JSON text that is `null` | `0a` |
//!
//! Text are strings; binary in base64; UUIDs; dates, times, timestamps (an instant in UTC, with `Z`; local time
//! without), durations and intervals as ISO 8601, fractions of 3, 6 or 9 digits; and `NaN`, `Infinity`, `-Infinity`.
//! Keys of maps are text; a map with keys that are no JSON keys (floats, binary, nested) is a list of entries `key`,
//! `value`. JSON text (`arrow.json`) is the value that it spells, but a text that is `null` is not the absence of one; text
//! of decimals that no decimal type holds (`fmtconv.logical`) is the number. Names are sorted because no format promises an
//! order of fields or map entries to its readers; duplicates keep theirs.
//!
//! Not part of a value: widths and layouts of types, units and zones, dictionaries, names of list items, nullability,
//! metadata.

mod branch;
mod relaxed;
mod text;
mod walk;

use arrow_array::RecordBatch;
use arrow_schema::{Fields, SchemaRef};

use crate::error::Result;

pub use relaxed::Relaxed;
pub(super) use text::{push_integer, push_number};
use walk::Bytes;

pub(super) const NULL: u8 = 0;
pub(super) const FALSE: u8 = 1;
pub(super) const TRUE: u8 = 2;
pub(super) const INTEGER: u8 = 3;
pub(super) const NUMBER: u8 = 4;
pub(super) const TEXT: u8 = 5;
pub(super) const LIST: u8 = 6;
pub(super) const OBJECT: u8 = 7;
pub(super) const BRANCH: u8 = 8;
pub(super) const INVALID: u8 = 9;
pub(super) const JSON_NULL: u8 = 10;

/// The columns of a schema in canonical order, with their names.
#[derive(Clone, Debug)]
pub(super) struct Columns {
    /// Index of the column and its name, sorted by name.
    pub order: Vec<(usize, String)>,
}

impl Columns {
    /// Of all columns of `schema` but those at `without`.
    pub fn new(schema: &SchemaRef, relaxed: &Relaxed, without: &[usize]) -> Self {
        let order = sorted(schema.fields(), relaxed.by_position);
        Columns { order: order.into_iter().filter(|(index, _)| !without.contains(index)).collect() }
    }

    /// The names as bytes: what a record begins with.
    pub fn names(&self) -> Vec<u8> {
        let mut out = Vec::new();
        push_len(&mut out, self.order.len());
        for (_, name) in &self.order {
            push_name(&mut out, name.as_bytes());
        }
        out
    }
}

/// The fields in canonical order, and what they are called.
fn sorted(fields: &Fields, by_position: bool) -> Vec<(usize, String)> {
    let named = fields.iter().enumerate();
    if by_position {
        return named.map(|(index, _)| (index, format!("{index}"))).collect();
    }
    let mut order: Vec<_> = named.map(|(index, field)| (index, field.name().clone())).collect();
    order.sort_by(|(_, a), (_, b)| a.as_bytes().cmp(b.as_bytes()));
    order
}

/// Writes the rows of a batch, one after the other. Cost: once per batch for the tree, then a match for each value.
pub(super) struct RecordBytes<'a> {
    columns: Vec<Bytes<'a>>,
}

impl<'a> RecordBytes<'a> {
    /// For the rows of `records`.
    ///
    /// # Errors
    /// `Unsupported` for a type without a text form.
    pub fn new(records: &'a RecordBatch, columns: &Columns, relaxed: &Relaxed) -> Result<Self> {
        let schema = records.schema_ref();
        let columns = columns.order.iter().map(|(index, _)| {
            let field = schema.field(*index);
            let bytes = Bytes::new(field, records.column(*index), field.name(), relaxed);
            bytes.map_err(|error| error.in_column(field.name()))
        });
        Ok(RecordBytes { columns: columns.collect::<Result<_>>()? })
    }

    /// Appends the values of a row, in canonical order.
    #[inline]
    pub fn push(&self, out: &mut Vec<u8>, row: usize) -> Result<()> {
        self.columns.iter().try_for_each(|column| column.push(out, row))
    }
}

pub(super) fn push_len(out: &mut Vec<u8>, len: usize) {
    out.extend_from_slice(&(len as u64).to_le_bytes());
}

pub(super) fn push_head(out: &mut Vec<u8>, tag: u8, len: usize) {
    out.push(tag);
    push_len(out, len);
}

fn push_name(out: &mut Vec<u8>, name: &[u8]) {
    push_len(out, name.len());
    out.extend_from_slice(name);
}
