//! Bound columns to wire bytes, row by row. Nothing here can fail.
//!
//! `write` writes any row; [`put`] writes the usual ones faster.

pub mod put;

use std::cmp::Ordering;

use arrow_buffer::{NullBuffer, ScalarBuffer};
use arrow_schema::TimeUnit;

use super::values::Texts;
use crate::column::proto::wire::{self, push_block, push_delimited, push_some, push_varint, put_varint};
use crate::schema::proto::pool::Scalar;

/// The encoded tag of a field.
#[derive(Clone, Copy, Debug)]
pub struct Tag {
    /// Five at most; the rest is zero.
    bytes: [u8; 8],
    len: u8,
    number: u32,
}

impl Tag {
    /// For a field number and wire type.
    pub fn new(number: u32, wire: u8) -> Tag {
        let mut out = Vec::with_capacity(5);
        wire::push_tag(&mut out, number, wire);
        let mut bytes = [0; 8];
        let len = out.len().min(5);
        bytes[..len].copy_from_slice(&out[..len]);
        Tag { bytes, len: len as u8, number }
    }

    #[inline]
    fn push(&self, out: &mut Vec<u8>) {
        push_some(out, &self.bytes, usize::from(self.len));
    }

    /// The tag and a varint behind it.
    #[inline]
    fn push_with(&self, out: &mut Vec<u8>, value: u64) {
        let mut block = [0; 16];
        block[..8].copy_from_slice(&self.bytes);
        let len = put_varint(&mut block, usize::from(self.len), value);
        push_block(out, &block, len);
    }

    fn push_end(&self, out: &mut Vec<u8>) {
        wire::push_tag(out, self.number, wire::END);
    }
}

/// A message bound to its columns.
pub struct Message {
    /// By number.
    pub fields: Vec<Field>,
    /// Raw unknown fields, written last.
    pub unknown: Option<(Option<NullBuffer>, Texts)>,
}

/// A field bound to its column.
pub struct Field {
    /// Its tag.
    pub tag: Tag,
    /// Whether the zero value is not written.
    pub implicit: bool,
    /// Its values.
    pub many: Many,
}

/// One value a row, or several.
#[allow(clippy::large_enum_variant)] // one a column and batch
pub enum Many {
    /// One.
    One(Value),
    /// A list.
    List { ranges: Vec<(usize, usize)>, item: Value, packed: bool },
    /// A map; `order` has the entries of each row sorted by key.
    Map { ranges: Vec<(usize, usize)>, order: Vec<usize>, key: Value, key_tag: Tag, value: Value, value_tag: Tag },
    /// A branch of a union.
    Branch { ids: ScalarBuffer<i8>, offsets: Option<ScalarBuffer<i32>>, id: i8, value: Value },
}

/// Values ready to be written.
pub struct Value {
    /// Rows that are not set.
    pub nulls: Option<NullBuffer>,
    /// The values.
    pub values: Values,
}

/// Values by the way they are written.
pub enum Values {
    /// All rows are null.
    Nothing,
    /// Varints, sign-extended or zigzagged already.
    Varint(ScalarBuffer<u64>),
    /// Four bytes.
    Four(Vec<u32>),
    /// Eight bytes.
    Eight(ScalarBuffer<u64>),
    /// Length-delimited bytes.
    Bytes(Texts),
    /// A message.
    Message { message: Message, group: bool },
    /// An encoded message.
    Raw { texts: Texts, group: bool },
    /// Seconds and nanos, in one number; those of a duration have the same sign.
    Moment { values: ScalarBuffer<i64>, unit: TimeUnit, duration: bool },
    /// Small numbers in fields 1, 2, 3...
    Parts(Vec<[i32; 4]>),
    /// Months, days, nanoseconds, zigzagged.
    Interval(Vec<[i64; 3]>),
}

impl Message {
    /// Writes the fields of a row.
    pub fn write(&self, row: usize, out: &mut Vec<u8>) {
        for field in &self.fields {
            field.write(row, out);
        }
        if let Some((nulls, texts)) = &self.unknown
            && nulls.as_ref().is_none_or(|nulls| nulls.is_valid(row))
        {
            out.extend_from_slice(texts.get(row));
        }
    }
}

impl Field {
    #[inline]
    fn write(&self, row: usize, out: &mut Vec<u8>) {
        match &self.many {
            Many::One(value) => {
                if value.is_null(row) {
                    return;
                }
                // The common ones: tag and value at once.
                match &value.values {
                    Values::Varint(values) => {
                        let value = values[row];
                        if value != 0 || !self.implicit {
                            self.tag.push_with(out, value);
                        }
                    }
                    Values::Bytes(Texts::Small(offsets, bytes)) => {
                        let (start, end) = (offsets[row] as usize, offsets[row + 1] as usize);
                        if start < end || !self.implicit {
                            self.tag.push_with(out, (end - start) as u64);
                            push_some(out, &bytes[start..], end - start);
                        }
                    }
                    _ => {
                        if self.implicit && value.is_zero(row) {
                            return;
                        }
                        self.tag.push(out);
                        value.write(row, self.tag, out);
                    }
                }
            }
            Many::List { ranges, item, packed } => {
                let (start, end) = ranges[row];
                if start == end {
                    return;
                }
                if *packed {
                    self.tag.push(out);
                    push_delimited(out, |out| {
                        for index in start..end {
                            item.write(index, self.tag, out);
                        }
                    });
                } else {
                    for index in start..end {
                        self.tag.push(out);
                        item.write(index, self.tag, out);
                    }
                }
            }
            Many::Map { ranges, order, key, key_tag, value, value_tag } => {
                let (start, end) = ranges[row];
                for &entry in order.get(start..end).unwrap_or_default() {
                    self.tag.push(out);
                    push_delimited(out, |out| {
                        key_tag.push(out);
                        key.write(entry, *key_tag, out);
                        value_tag.push(out);
                        value.write(entry, *value_tag, out);
                    });
                }
            }
            Many::Branch { ids, offsets, id, value } => {
                if ids[row] == *id {
                    let slot = offsets.as_ref().map_or(row, |offsets| offsets[row] as usize);
                    self.tag.push(out);
                    value.write(slot, self.tag, out);
                }
            }
        }
    }
}

impl Value {
    #[inline]
    fn is_null(&self, row: usize) -> bool {
        self.nulls.as_ref().is_some_and(|nulls| nulls.is_null(row))
    }

    /// Whether all bits are zero: `-0.0` is not.
    #[inline]
    fn is_zero(&self, row: usize) -> bool {
        match &self.values {
            Values::Varint(values) | Values::Eight(values) => values[row] == 0,
            Values::Four(values) => values[row] == 0,
            Values::Bytes(texts) => texts.get(row).is_empty(),
            _ => false,
        }
    }

    #[inline]
    fn write(&self, row: usize, tag: Tag, out: &mut Vec<u8>) {
        match &self.values {
            Values::Nothing => {}
            Values::Varint(values) => push_varint(out, values[row]),
            Values::Four(values) => out.extend_from_slice(&values[row].to_le_bytes()),
            Values::Eight(values) => out.extend_from_slice(&values[row].to_le_bytes()),
            Values::Bytes(texts) => {
                let bytes = texts.get(row);
                push_varint(out, bytes.len() as u64);
                out.extend_from_slice(bytes);
            }
            Values::Message { message, group: false } => push_delimited(out, |out| message.write(row, out)),
            Values::Message { message, group: true } => {
                message.write(row, out);
                tag.push_end(out);
            }
            Values::Raw { texts, group } => {
                let bytes = texts.get(row);
                if *group {
                    out.extend_from_slice(bytes);
                    tag.push_end(out);
                } else {
                    push_varint(out, bytes.len() as u64);
                    out.extend_from_slice(bytes);
                }
            }
            Values::Moment { values, unit, duration } => {
                let (seconds, nanos) = parts_of(values[row], *unit, *duration);
                // A length, two tags and two varints.
                let mut block = [0; 32];
                let mut len = 1;
                for (tag, value) in [(1 << 3, seconds as u64), (2 << 3, nanos as u64)] {
                    if value != 0 {
                        block[len] = tag;
                        len = put_varint(&mut block, len + 1, value);
                    }
                }
                block[0] = len as u8 - 1;
                push_block(out, &block, len);
            }
            Values::Parts(parts) => push_delimited(out, |out| {
                for (number, part) in (1..).zip(&parts[row]) {
                    push_number(out, number, i64::from(*part) as u64);
                }
            }),
            Values::Interval(parts) => push_delimited(out, |out| {
                for (number, part) in (1..).zip(&parts[row]) {
                    push_number(out, number, wire::zigzag(*part));
                }
            }),
        }
    }

    /// Order of map keys.
    pub fn compare(&self, left: usize, right: usize, key: Scalar) -> Ordering {
        match &self.values {
            Values::Bytes(texts) => texts.get(left).cmp(texts.get(right)),
            Values::Four(values) if key == Scalar::Sfixed32 => (values[left] as i32).cmp(&(values[right] as i32)),
            Values::Four(values) => values[left].cmp(&values[right]),
            Values::Varint(values) if matches!(key, Scalar::Sint32 | Scalar::Sint64) => {
                wire::unzigzag(values[left]).cmp(&wire::unzigzag(values[right]))
            }
            Values::Varint(values) | Values::Eight(values) => {
                if matches!(key, Scalar::Int32 | Scalar::Int64 | Scalar::Sfixed64) {
                    (values[left] as i64).cmp(&(values[right] as i64))
                } else {
                    values[left].cmp(&values[right])
                }
            }
            _ => Ordering::Equal,
        }
    }
}

/// Seconds and nanos: of timestamps the nanos are never below zero, of durations both have the same sign.
#[inline]
fn parts_of(value: i64, unit: TimeUnit, duration: bool) -> (i64, i64) {
    // A division by a constant is a multiplication.
    macro_rules! parts {
        ($per_second:literal) => {
            match duration {
                true => (value / $per_second, value % $per_second * (1_000_000_000 / $per_second)),
                false => (value.div_euclid($per_second), value.rem_euclid($per_second) * (1_000_000_000 / $per_second)),
            }
        };
    }
    match unit {
        TimeUnit::Second => (value, 0),
        TimeUnit::Millisecond => parts!(1_000),
        TimeUnit::Microsecond => parts!(1_000_000),
        TimeUnit::Nanosecond => parts!(1_000_000_000),
    }
}

/// A varint field with implicit presence and a small number.
fn push_number(out: &mut Vec<u8>, number: u8, value: u64) {
    if value != 0 {
        out.push(number << 3);
        push_varint(out, value);
    }
}
