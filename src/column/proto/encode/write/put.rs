//! The usual rows, put down into room that is there already: what [`Message::write`] writes, in fewer steps. `None`: the
//! room might not suffice.

use arrow_array::StringViewArray;

use super::*;
use crate::column::proto::wire::varint_len;
use crate::column::text::put;
use crate::column::views;

/// Puts down the rows of a message.
pub struct Rows<'a> {
    steps: Vec<Step<'a>>,
    unknown: Option<&'a (Option<NullBuffer>, Texts)>,
    /// Fields that are rarer are written here first.
    other: Vec<u8>,
}

/// What is done for a field.
struct Step<'a> {
    tag: Tag,
    implicit: bool,
    nulls: Option<&'a NullBuffer>,
    kind: Kind<'a>,
}

enum Kind<'a> {
    Varint(&'a [u64]),
    Eight(&'a [u64]),
    Text(&'a [i32], &'a [u8]),
    View(&'a StringViewArray),
    Moment(&'a [i64], TimeUnit, bool),
    Message(Rows<'a>),
    List(&'a [(usize, usize)], Box<Kind<'a>>, bool),
    Other(&'a Field),
}

impl Message {
    /// What puts its rows down.
    pub fn rows(&self) -> Rows<'_> {
        let steps = self.fields.iter().map(|field| {
            let (kind, nulls) = match &field.many {
                Many::One(value) => (Kind::of(&value.values), value.nulls.as_ref()),
                Many::List { ranges, item, packed } => {
                    (Kind::of(&item.values).map(|item| Kind::List(ranges, Box::new(item), *packed)), None)
                }
                Many::Map { .. } | Many::Branch { .. } => (None, None),
            };
            let kind = kind.unwrap_or(Kind::Other(field));
            Step { tag: field.tag, implicit: field.implicit, nulls, kind }
        });
        Rows { steps: steps.collect(), unknown: self.unknown.as_ref(), other: Vec::new() }
    }
}

impl<'a> Kind<'a> {
    fn of(values: &'a Values) -> Option<Self> {
        match values {
            Values::Varint(values) => Some(Kind::Varint(values)),
            Values::Eight(values) => Some(Kind::Eight(values)),
            Values::Bytes(Texts::Small(offsets, bytes)) => Some(Kind::Text(offsets, bytes)),
            Values::Bytes(Texts::TextView(array)) => Some(Kind::View(array)),
            Values::Moment { values, unit, duration } => Some(Kind::Moment(values, *unit, *duration)),
            Values::Message { message, group: false } => Some(Kind::Message(message.rows())),
            _ => None,
        }
    }

    /// Puts a value down, behind its tag.
    #[inline]
    fn put(&mut self, room: &mut [u8], at: usize, row: usize) -> Option<usize> {
        match self {
            Kind::Varint(values) => behind(room, at, &NO_TAG, *values.get(row)?),
            Kind::Eight(values) => put::fixed(room, at, &values.get(row)?.to_le_bytes(), 8),
            Kind::Text(offsets, bytes) => {
                let (start, len) = text(offsets, row)?;
                let at = behind(room, at, &NO_TAG, len as u64)?;
                put::part(room, at, bytes, start, len)
            }
            Kind::View(array) => {
                let (bytes, text) = views::part(array, row)?;
                let at = behind(room, at, &NO_TAG, text.len() as u64)?;
                put::part(room, at, bytes, text.start, text.len())
            }
            Kind::Moment(values, unit, duration) => {
                moment(room, at, &NO_TAG, parts_of(*values.get(row)?, *unit, *duration))
            }
            Kind::Message(rows) => delimited(room, at, 1, |room, at| rows.put(room, at, row)),
            Kind::List(..) | Kind::Other(_) => None,
        }
    }
}

impl Rows<'_> {
    /// Puts the fields of a row into `room` from `at` on, and returns where they end.
    pub fn put(&mut self, room: &mut [u8], mut at: usize, row: usize) -> Option<usize> {
        let Rows { steps, unknown, other } = self;
        for Step { tag, implicit, nulls, kind } in steps {
            if nulls.is_some_and(|nulls| nulls.is_null(row)) {
                continue;
            }
            match kind {
                Kind::Varint(values) => {
                    let value = *values.get(row)?;
                    if value != 0 || !*implicit {
                        at = behind(room, at, tag, value)?;
                    }
                }
                Kind::Text(offsets, bytes) => {
                    let (start, len) = text(offsets, row)?;
                    if len > 0 || !*implicit {
                        at = behind(room, at, tag, len as u64)?;
                        at = put::part(room, at, bytes, start, len)?;
                    }
                }
                Kind::View(array) => {
                    let (bytes, text) = views::part(array, row)?;
                    if !text.is_empty() || !*implicit {
                        at = behind(room, at, tag, text.len() as u64)?;
                        at = put::part(room, at, bytes, text.start, text.len())?;
                    }
                }
                Kind::Eight(values) => {
                    let value = *values.get(row)?;
                    if value != 0 || !*implicit {
                        at = put::fixed(room, at, &tag.bytes, tag.len.into())?;
                        at = put::fixed(room, at, &value.to_le_bytes(), 8)?;
                    }
                }
                Kind::Moment(values, unit, duration) => {
                    at = moment(room, at, tag, parts_of(*values.get(row)?, *unit, *duration))?;
                }
                Kind::Message(rows) => {
                    at = put::fixed(room, at, &tag.bytes, tag.len.into())?;
                    at = delimited(room, at, 1, |room, at| rows.put(room, at, row))?;
                }
                Kind::List(ranges, item, packed) => {
                    let (start, end) = *ranges.get(row)?;
                    if start < end {
                        at = list(room, at, tag, item, start..end, *packed)?;
                    }
                }
                Kind::Other(field) => {
                    other.clear();
                    field.write(row, other);
                    at = put::bytes(room, at, other)?;
                }
            }
        }
        match unknown {
            Some((nulls, texts)) if nulls.as_ref().is_none_or(|nulls| nulls.is_valid(row)) => {
                put::bytes(room, at, texts.get(row))
            }
            _ => Some(at),
        }
    }

    /// The same behind the length, for which `width` bytes are kept: if it takes more or less, the row moves. Returns
    /// also how many it takes.
    pub fn put_delimited(&mut self, room: &mut [u8], at: usize, width: usize, row: usize) -> Option<(usize, usize)> {
        let mut length = 0;
        let end = delimited(room, at, width, |room, at| {
            let end = self.put(room, at, row)?;
            length = end - at;
            Some(end)
        })?;
        Some((end, varint_len(length as u64)))
    }
}

/// In front of a value that has no tag of its own.
const NO_TAG: Tag = Tag { bytes: [0; 8], len: 0, number: 0 };

/// A tag and a varint behind it.
#[inline(always)]
fn behind(room: &mut [u8], at: usize, tag: &Tag, value: u64) -> Option<usize> {
    let out = room.get_mut(at..)?.first_chunk_mut::<24>()?;
    *out.first_chunk_mut()? = tag.bytes;
    Some(at + put_varint(out, usize::from(tag.len), value))
}

/// Where a text begins, and how long it is.
#[inline(always)]
fn text(offsets: &[i32], row: usize) -> Option<(usize, usize)> {
    let (start, end) = (*offsets.get(row)? as usize, *offsets.get(row + 1)? as usize);
    Some((start, end.checked_sub(start)?))
}

/// A tag, a length, and seconds and nanos in fields 1 and 2.
#[inline]
fn moment(room: &mut [u8], at: usize, tag: &Tag, (seconds, nanos): (i64, i64)) -> Option<usize> {
    let out = room.get_mut(at..)?.first_chunk_mut::<40>()?;
    *out.first_chunk_mut()? = tag.bytes;
    let start = usize::from(tag.len) + 1;
    let mut end = start;
    for (tag, value) in [(1 << 3, seconds as u64), (2 << 3, nanos as u64)] {
        if value != 0 {
            out[end] = tag;
            end = put_varint(out, end + 1, value);
        }
    }
    out[start - 1] = (end - start) as u8;
    Some(at + end)
}

fn list(
    room: &mut [u8],
    mut at: usize,
    tag: &Tag,
    item: &mut Kind<'_>,
    items: std::ops::Range<usize>,
    packed: bool,
) -> Option<usize> {
    if packed {
        at = put::fixed(room, at, &tag.bytes, tag.len.into())?;
        return delimited(room, at, 1, |room, mut at| {
            for index in items {
                at = item.put(room, at, index)?;
            }
            Some(at)
        });
    }
    for index in items {
        at = put::fixed(room, at, &tag.bytes, tag.len.into())?;
        at = item.put(room, at, index)?;
    }
    Some(at)
}

/// What `put` puts down, behind its length.
#[inline]
fn delimited(
    room: &mut [u8],
    at: usize,
    width: usize,
    put: impl FnOnce(&mut [u8], usize) -> Option<usize>,
) -> Option<usize> {
    let start = at + width;
    let end = put(room, start)?;
    let length = (end - start) as u64;
    let own = varint_len(length);
    let moved = at + own + (end - start);
    if own != width {
        // Also if there is no room for either: then nothing counts. Without a byte, `end` may lie behind the room.
        room.get(..moved.max(end))?;
        room.copy_within(start..end, at + own);
    }
    let mut block = [0; 16];
    put_varint(&mut block, 0, length);
    put::bytes(room, at, block.get(..own)?)?;
    Some(moved)
}

#[cfg(test)]
mod tests;
