//! The usual values, put down into room that is there already. `None`: the room might not suffice, or the record is one
//! for [`Place::write`] — a value that its type does not hold, or one that is altered and counted.

use arrow_buffer::ArrowNativeType;

use super::super::put::put_long;
use super::{Branch, BranchNull, Place, Texts, Value};
use crate::column::text::put;
use crate::column::views;

impl Place<'_> {
    /// Puts the value of a row into `room` from `at` on, and returns where it ends. `scratch` is working memory.
    #[inline]
    pub(crate) fn put(&self, room: &mut [u8], at: usize, row: usize, scratch: &mut Vec<u8>) -> Option<usize> {
        let null = self.is_null(row);
        let at = match self.branch {
            Branch::None | Branch::Single if null => return None,
            Branch::None => at,
            Branch::Single => put::byte(room, at, 0)?,
            Branch::Optional { null: branch, .. } if null => return put::byte(room, at, branch),
            Branch::Optional { .. } if self.nulled.is_some() => return None,
            Branch::Optional { value, .. } => put::byte(room, at, value)?,
        };
        self.value.put(room, at, row, scratch)
    }
}

impl Value<'_> {
    #[inline]
    fn put(&self, room: &mut [u8], at: usize, row: usize, scratch: &mut Vec<u8>) -> Option<usize> {
        match self {
            Value::Null => Some(at),
            Value::Boolean(array) => put::byte(room, at, u8::from(array.value(row))),
            Value::Int32(values) => put_long(room, at, (*values.get(row)?).into()),
            Value::Int64(values) => put_long(room, at, *values.get(row)?),
            Value::Float32(values) => put::fixed(room, at, &values.get(row)?.to_bits().to_le_bytes(), 4),
            Value::Float64(values) => put::fixed(room, at, &values.get(row)?.to_bits().to_le_bytes(), 8),
            Value::Bytes(texts) => texts.put(room, at, row),
            _ => self.put_rarer(room, at, row, scratch),
        }
    }

    fn put_rarer(&self, room: &mut [u8], at: usize, row: usize, scratch: &mut Vec<u8>) -> Option<usize> {
        match self {
            Value::Fixed(texts, size) => {
                let bytes = texts.get(row);
                if bytes.len() == *size { put::bytes(room, at, bytes) } else { None }
            }
            Value::Enum(texts, symbols) => {
                // What is altered is counted there.
                let place = symbols.places.get(texts.get(row))?;
                put_long(room, at, *place as i64)
            }
            Value::Indexed(indices, values) => values.put(room, at, *indices.get(row)?, scratch),
            Value::List(ranges, item) => {
                let (start, end) = ranges.get(row);
                let mut at = at;
                if start < end {
                    at = put_long(room, at, (end - start) as i64)?;
                    for index in start..end {
                        at = item.put(room, at, index, scratch)?;
                    }
                }
                put::byte(room, at, 0)
            }
            Value::Map(offsets, keys, values) => {
                let (start, end) = (offsets[row].as_usize(), offsets[row + 1].as_usize());
                let mut at = at;
                if start < end {
                    at = put_long(room, at, (end - start) as i64)?;
                    for index in start..end {
                        at = keys.put(room, at, index, scratch)?;
                        at = values.put(room, at, index, scratch)?;
                    }
                }
                put::byte(room, at, 0)
            }
            Value::Record(fields) => {
                let mut at = at;
                for (_, field) in fields {
                    at = field.put(room, at, row, scratch)?;
                }
                Some(at)
            }
            Value::Union { ids, offsets, branches } => {
                let id = usize::try_from(*ids.get(row)?).ok()?;
                let (number, child) = branches.get(id)?.as_ref()?;
                let at = put_long(room, at, *number)?;
                child.put(room, at, offsets.map_or(row, |offsets| offsets[row].as_usize()), scratch)
            }
            Value::UnionRecord { ids, offsets, fields } => {
                let from = offsets.map_or(row, |offsets| offsets[row].as_usize());
                let mut at = at;
                for (id, of_null, child) in fields {
                    at = match (*id == ids[row], of_null, child.branch) {
                        (_, BranchNull::Type, _) => at,
                        (true, BranchNull::OfAnother, _) if child.is_null(from) => return None,
                        (true, _, _) => child.put(room, at, from, scratch)?,
                        (false, _, Branch::Optional { null, .. }) => put::byte(room, at, null)?,
                        (false, _, _) => return None,
                    };
                }
                Some(at)
            }
            // None of these counts anything.
            _ => {
                scratch.clear();
                self.write(row, scratch).ok()?;
                put::bytes(room, at, scratch)
            }
        }
    }
}

impl Texts<'_> {
    /// Puts a value down with its length in front.
    #[inline]
    fn put(&self, room: &mut [u8], at: usize, row: usize) -> Option<usize> {
        let (bytes, start, len) = match self {
            Texts::Offsets(offsets, values) => {
                let (start, end) = (offsets.get(row)?.as_usize(), offsets.get(row + 1)?.as_usize());
                (*values, start, end.wrapping_sub(start))
            }
            Texts::TextView(array) => {
                let (bytes, text) = views::part(array, row)?;
                (bytes, text.start, text.len())
            }
            _ => (self.get(row), 0, self.get(row).len()),
        };
        let at = put_long(room, at, len as i64)?;
        put::part(room, at, bytes, start, len)
    }
}

#[cfg(test)]
mod tests;
