//! Bound columns to wire bytes, row by row. Nothing here can fail.

use std::cmp::Ordering;

use arrow_buffer::{NullBuffer, ScalarBuffer};

use super::values::Texts;
use crate::column::proto::wire::{self, push_delimited, push_varint};
use crate::schema::proto::pool::Scalar;

/// The encoded tag of a field.
#[derive(Clone, Copy, Debug)]
pub struct Tag {
    bytes: [u8; 5],
    len: u8,
    number: u32,
}

impl Tag {
    /// For a field number and wire type.
    pub fn new(number: u32, wire: u8) -> Tag {
        let mut out = Vec::with_capacity(5);
        wire::push_tag(&mut out, number, wire);
        let mut bytes = [0; 5];
        let len = out.len().min(5);
        bytes[..len].copy_from_slice(&out[..len]);
        Tag { bytes, len: len as u8, number }
    }

    #[inline]
    fn push(&self, out: &mut Vec<u8>) {
        if self.len == 1 {
            out.push(self.bytes[0]);
        } else {
            out.extend_from_slice(&self.bytes[..usize::from(self.len)]);
        }
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
    Varint(Vec<u64>),
    /// Four bytes.
    Four(Vec<u32>),
    /// Eight bytes.
    Eight(Vec<u64>),
    /// Length-delimited bytes.
    Bytes(Texts),
    /// A message.
    Message { message: Message, group: bool },
    /// An encoded message.
    Raw { texts: Texts, group: bool },
    /// Seconds and nanos.
    Moment(Vec<i64>, Vec<i32>),
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
                if value.is_null(row) || self.implicit && value.is_zero(row) {
                    return;
                }
                self.tag.push(out);
                value.write(row, self.tag, out);
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
            Values::Moment(seconds, nanos) => push_delimited(out, |out| {
                push_number(out, 1, seconds[row] as u64);
                push_number(out, 2, i64::from(nanos[row]) as u64);
            }),
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

/// A varint field with implicit presence and a small number.
fn push_number(out: &mut Vec<u8>, number: u8, value: u64) {
    if value != 0 {
        out.push(number << 3);
        push_varint(out, value);
    }
}
