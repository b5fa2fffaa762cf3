//! The usual rows, put down into room that is there already. `None`: the room might not suffice, or the row is one for
//! [`RecordWriter::push`] — a value that JSON cannot hold, a key that stands twice — which says so, or counts it.

use super::super::super::build::Seen;
use super::super::super::string::plain_end;
use super::*;
use crate::column::text::cells::{Blocks, Cells};
use crate::column::text::put;

impl<'w> RecordWriter<'w> {
    /// Where `put` keeps what it makes ready for the next ones of `rows` records.
    pub fn blocks(&self, rows: usize) -> Blocks<'_> {
        Blocks::new(self.members.len(), rows)
    }

    /// Puts a record into `room` from `at` on, and returns where it ends; `None`: it is to be pushed. Cheapest if rows
    /// are asked for one after the other.
    #[inline]
    pub fn put<'a>(&'a self, blocks: &mut Blocks<'a>, room: &mut [u8], at: usize, row: usize) -> Option<usize> {
        match self.shape {
            RecordShape::Object if !self.omit_nulls => {
                let (cells, index) = blocks.at(row, |member, cells, rows| match self.members.get(member) {
                    Some(member) => member.fill(cells, rows),
                    None => cells.leave(),
                });
                let mut at = put::byte(room, at, b'{')?;
                for (member, cells) in self.members.iter().zip(cells) {
                    at = match member.put_cell(cells, room, at, index) {
                        Some(end) => end,
                        None => member.put_one(room, at, row)?,
                    };
                }
                put::byte(room, at, b'}')
            }
            RecordShape::Object => put_members_there(&self.members, room, at, row),
            RecordShape::Array => {
                let at = put::byte(room, at, b'[')?;
                let at = self.put_values(room, at, row)?;
                put::byte(room, at, b']')
            }
            RecordShape::Value => self.put_values(room, at, row),
        }
    }

    fn put_values(&self, room: &mut [u8], at: usize, row: usize) -> Option<usize> {
        let mut at = at;
        for (index, member) in self.members.iter().enumerate() {
            if index > 0 {
                at = put::byte(room, at, b',')?;
            }
            at = member.writer.put(room, at, row)?;
        }
        Some(at)
    }
}

impl ValueWriter<'_> {
    /// Puts the value of a row into `room` from `at` on, and returns where it ends: from a block of values that is ready,
    /// or by itself.
    #[inline]
    pub(super) fn put(&self, room: &mut [u8], at: usize, row: usize) -> Option<usize> {
        if let Kind::Scalar(scalar, form) = &self.kind {
            let text = *form == TextForm::Text;
            let ready = scalar.ready(row, self.nulls.as_ref(), *form == TextForm::Plain, |cells, index| {
                // The quotes are not there for null: written in any case, they are written over.
                let quotes = usize::from(text && !cells.is_null(index));
                let at = put::byte(room, at, b'"')? + quotes - 1;
                let at = cells.put(room, at, index)?;
                put::byte(room, at, b'"').map(|end| end + quotes - 1)
            });
            if ready.is_some() {
                return ready;
            }
        }
        self.put_one(room, at, row)
    }

    /// The same without a block.
    #[inline]
    fn put_one(&self, room: &mut [u8], at: usize, row: usize) -> Option<usize> {
        if self.nulls.as_ref().is_some_and(|nulls| nulls.is_null(row)) {
            return put::fixed(room, at, b"null", 4);
        }
        match &self.kind {
            Kind::Scalar(scalar, TextForm::Literal) => scalar.column().put(room, at, row),
            Kind::Scalar(scalar, TextForm::Text) => put_string(scalar.column(), room, at, row),
            Kind::Scalar(scalar, TextForm::Plain) => {
                let at = put::byte(room, at, b'"')?;
                let at = scalar.column().put(room, at, row)?;
                put::byte(room, at, b'"')
            }
            Kind::Entries(entries) => entries.put(room, at, row),
            _ => self.put_rarer(room, at, row),
        }
    }

    /// The same for kinds that are rarer or cost more, in a function of its own.
    fn put_rarer(&self, room: &mut [u8], at: usize, row: usize) -> Option<usize> {
        match &self.kind {
            Kind::Scalar(scalar, TextForm::Float) => match scalar.column().non_finite(row) {
                None => scalar.column().put(room, at, row),
                Some(name) if self.rules.non_finite == NonFinite::String => {
                    let at = put::byte(room, at, b'"')?;
                    let at = put::bytes(room, at, name.as_bytes())?;
                    put::byte(room, at, b'"')
                }
                Some(_) => None,
            },
            _ => self.put_nested(room, at, row),
        }
    }

    fn put_nested(&self, room: &mut [u8], at: usize, row: usize) -> Option<usize> {
        match &self.kind {
            Kind::Struct(members) => put_object(members, self.rules.omit_nulls, room, at, row),
            Kind::Variant(column) => {
                let lost = column.lost.get();
                let mut text = Vec::new();
                let pushed = column.push(&mut text, row).ok().and_then(|()| put::bytes(room, at, &text));
                // What is not put down is pushed, and counted, once more.
                if pushed.is_none() || column.lost.get() != lost {
                    column.lost.set(lost);
                    return None;
                }
                pushed
            }
            Kind::List(extents, items) => {
                let extent = extents.get(row);
                if extent.is_empty() {
                    return put::fixed(room, at, b"[]", 2);
                }
                let start = at;
                let mut at = at;
                for item in extent {
                    at = items.put(room, at, item)?;
                }
                // In place of the comma before the first.
                *room.get_mut(start)? = b'[';
                put::byte(room, at, b']')
            }
            Kind::Map { array, keys, values } => {
                let offsets = array.value_offsets();
                // Offsets of an Arrow array are not negative.
                let entries = *offsets.get(row)? as usize..*offsets.get(row + 1)? as usize;
                match keys {
                    Keys::Object(keys) => put_map(keys, values, entries, room, at),
                    Keys::Entries(keys) => put_entries(keys, &values.writer, entries, room, at),
                }
            }
            Kind::Indirect(rows, values) => values.put(room, at, *rows.get(row)?),
            Kind::Null => put::fixed(room, at, b"null", 4),
            Kind::Scalar(..) | Kind::Entries(_) => self.put_one(room, at, row),
            Kind::Json(texts) => {
                let mut text = Vec::new();
                self.push_json(texts.text(row).as_bytes(), &mut text).ok()?;
                put::bytes(room, at, &text)
            }
            Kind::Bytes(column) => {
                let mut text = Vec::new();
                push_bytes(column.bytes(row).unwrap_or_default(), self.rules.bytes, &mut text);
                put::bytes(room, at, &text)
            }
            Kind::Union { array, branches } => {
                let id = array.type_id(row);
                let (_, branch) = branches.iter().find(|(branch, _)| *branch == id)?;
                let child_row = array.value_offset(row);
                if self.rules.union != UnionStyle::Tagged {
                    return branch.writer.put(room, at, child_row);
                }
                let at = put::byte(room, at, b'{')?;
                let at = branch.blob.put(room, at)?;
                let at = branch.writer.put(room, at, child_row)?;
                put::byte(room, at, b'}')
            }
        }
    }
}

#[inline]
fn put_object(members: &[Member<'_>], omit_nulls: bool, room: &mut [u8], at: usize, row: usize) -> Option<usize> {
    if omit_nulls {
        return put_members_there(members, room, at, row);
    }
    let mut at = put::byte(room, at, b'{')?;
    for member in members {
        at = member.put(room, at, row)?;
    }
    put::byte(room, at, b'}')
}

impl<'w> Member<'w> {
    /// Makes the values of some rows ready.
    fn fill<'a>(&'a self, cells: &mut Cells<'a>, rows: Range<usize>) {
        let nulls = self.writer.nulls.as_ref();
        match &self.writer.kind {
            Kind::Scalar(scalar, form) => scalar.fill(cells, rows, nulls, *form == TextForm::Plain),
            Kind::Entries(entries) => cells.entries(entries, rows, nulls, &NULL),
            _ => cells.leave(),
        }
    }

    /// Puts down what stands before the value, and a value that is ready.
    #[inline(always)]
    fn put_cell(&self, cells: &Cells<'_>, room: &mut [u8], at: usize, index: usize) -> Option<usize> {
        match &self.writer.kind {
            // The quotes are not there for null: written in any case, they are written over.
            Kind::Scalar(_, TextForm::Text) => {
                let quotes = usize::from(!cells.is_null(index));
                let at = self.quoted.put(room, at)? + quotes - 1;
                let at = cells.put(room, at, index)?;
                put::byte(room, at, b'"').map(|end| end + quotes - 1)
            }
            _ => {
                let at = self.blob.put(room, at)?;
                cells.put(room, at, index)
            }
        }
    }

    /// Puts down what stands before the value, and the value of a row: from a block that is ready, or by itself.
    #[inline]
    fn put(&self, room: &mut [u8], at: usize, row: usize) -> Option<usize> {
        if let Kind::Scalar(scalar, form) = &self.writer.kind {
            let quoted = *form == TextForm::Plain;
            let ready = scalar
                .ready(row, self.writer.nulls.as_ref(), quoted, |cells, index| self.put_cell(cells, room, at, index));
            if ready.is_some() {
                return ready;
            }
        }
        self.put_one(room, at, row)
    }

    /// The same without a block: what stands before the value goes with the name.
    #[inline(always)]
    fn put_one(&self, room: &mut [u8], at: usize, row: usize) -> Option<usize> {
        if self.writer.nulls.as_ref().is_some_and(|nulls| nulls.is_null(row)) {
            return self.null.put(room, at);
        }
        match &self.writer.kind {
            Kind::Scalar(scalar, TextForm::Text) => {
                let at = self.quoted.put(room, at)?;
                let at = put_text(scalar.column(), room, at, row)?;
                put::byte(room, at, b'"')
            }
            Kind::Scalar(scalar, TextForm::Plain) => {
                let at = self.quoted.put(room, at)?;
                let at = scalar.column().put(room, at, row)?;
                put::byte(room, at, b'"')
            }
            Kind::Scalar(scalar, TextForm::Literal) => {
                let at = self.blob.put(room, at)?;
                scalar.column().put(room, at, row)
            }
            Kind::Entries(entries) => {
                let at = self.blob.put(room, at)?;
                entries.put(room, at, row)
            }
            _ => {
                let at = self.blob.put(room, at)?;
                self.writer.put_rarer(room, at, row)
            }
        }
    }
}

/// Puts an object of the members that are not null.
fn put_members_there(members: &[Member<'_>], room: &mut [u8], at: usize, row: usize) -> Option<usize> {
    let mut at = put::byte(room, at, b'{')?;
    let first = at;
    for member in members {
        let start = at;
        if at > first {
            at = put::byte(room, at, b',')?;
        }
        let value = member.blob.put(room, at)?;
        at = member.writer.put(room, value, row)?;
        if room.get(value..at)? == b"null" {
            at = start;
        }
    }
    put::byte(room, at, b'}')
}

fn put_map(
    keys: &Scalar<'_>,
    values: &Member<'_>,
    entries: std::ops::Range<usize>,
    room: &mut [u8],
    at: usize,
) -> Option<usize> {
    let mut at = put::byte(room, at, b'{')?;
    let mut seen = Seen::default();
    let many = entries.len() > 1;
    for (index, entry) in entries.enumerate() {
        if index > 0 {
            at = put::byte(room, at, b',')?;
        }
        if keys.column().is_null(entry) {
            return None;
        }
        let start = at;
        at = put_key(keys, room, at, entry)?;
        if many && !seen.insert(room.get(start..at)?) {
            return None;
        }
        at = values.put(room, at, entry)?;
    }
    put::byte(room, at, b'}')
}

/// A key that is not null, in quotes.
#[inline]
fn put_key(keys: &Scalar<'_>, room: &mut [u8], at: usize, row: usize) -> Option<usize> {
    let is_text = keys.column().form() == TextForm::Text;
    let at = put::byte(room, at, b'"')?;
    let ready = keys.ready(row, None, false, |cells, index| cells.put(room, at, index));
    let at = match ready {
        Some(end) => end,
        None if is_text => put_text(keys.column(), room, at, row)?,
        None => keys.column().put(room, at, row)?,
    };
    put::byte(room, at, b'"')
}

fn put_entries(
    keys: &ValueWriter<'_>,
    values: &ValueWriter<'_>,
    entries: std::ops::Range<usize>,
    room: &mut [u8],
    at: usize,
) -> Option<usize> {
    let mut at = put::byte(room, at, b'[')?;
    for (index, entry) in entries.enumerate() {
        if index > 0 {
            at = put::byte(room, at, b',')?;
        }
        at = put::fixed(room, at, b"{\"key\":", 7)?;
        at = keys.put(room, at, entry)?;
        at = put::fixed(room, at, b",\"value\":", 9)?;
        at = values.put(room, at, entry)?;
        at = put::byte(room, at, b'}')?;
    }
    put::byte(room, at, b']')
}

/// A string in quotes: copied, or with escapes if the row is marked.
#[inline(always)]
fn put_string(column: &TextColumn<'_>, room: &mut [u8], at: usize, row: usize) -> Option<usize> {
    let at = put::byte(room, at, b'"')?;
    let at = put_text(column, room, at, row)?;
    put::byte(room, at, b'"')
}

/// What stands between the quotes.
#[inline(always)]
fn put_text(column: &TextColumn<'_>, room: &mut [u8], at: usize, row: usize) -> Option<usize> {
    match column.is_marked(row) {
        false => column.put(room, at, row),
        true => put_escaped(column.text(row).as_bytes(), room, at),
    }
}

fn put_escaped(text: &[u8], room: &mut [u8], at: usize) -> Option<usize> {
    let (mut at, mut from) = (at, 0);
    loop {
        let end = plain_end(text, from);
        at = put::part(room, at, text, from, end - from)?;
        let Some(&byte) = text.get(end) else { return Some(at) };
        let (escape, len) = escape(byte);
        at = put::fixed(room, at, &escape, len)?;
        from = end + 1;
    }
}

#[cfg(test)]
mod tests;
