//! The columns of a message type, and the loop that reads fields into them.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::column::{Column, Names, Store};
use crate::code::Code;
use crate::column::proto::wire::{self, Cursor, wire_of};
use crate::error::{Error, Result};
use crate::schema::proto::pool::{Enum, Kind, Many, Pool, Scalar};
use crate::schema::proto::shape::{Record, Slot, Value};

/// What happens to fields that are not in the schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unknown {
    /// The run stops.
    Error,
    /// They go to the column `_unknown`.
    Keep,
    /// They are left out and counted.
    Drop,
}

/// What all columns share while a batch is read.
pub struct Context {
    pool: Arc<Pool>,
    names: HashMap<String, Arc<Names>>,
    unknown: Unknown,
    /// Whether numbers that a closed enum does not declare are unknown fields, as the letter of the format has it; else
    /// they are kept in their place.
    pub closed_strictly: bool,
    /// Levels of nesting left.
    depth: usize,
    /// Fields left out inside values that have no columns of their own.
    pub dropped: u64,
}

impl Context {
    /// For messages of `pool`.
    pub fn new(pool: Arc<Pool>, unknown: Unknown, depth: usize) -> Self {
        Context { pool, names: HashMap::new(), unknown, closed_strictly: false, depth, dropped: 0 }
    }

    /// Makes the names of all enums of a record: once, so that batches share them.
    pub fn prepare(&mut self, record: &Record) {
        for slot in &record.slots {
            match &slot.value {
                Value::Enum(names) => {
                    self.names.entry(names.name.clone()).or_insert_with(|| Arc::new(Names::new(names)));
                }
                Value::Message(record) | Value::Group(record) => self.prepare(record),
                _ => {}
            }
        }
    }

    /// The same for another batch.
    pub fn fresh(&self) -> Self {
        Context { pool: self.pool.clone(), names: self.names.clone(), dropped: 0, ..*self }
    }

    /// The names of an enum.
    pub fn names(&self, names: &Enum) -> Arc<Names> {
        self.names.get(&names.name).cloned().unwrap_or_else(|| Arc::new(Names::new(names)))
    }

    /// Reads what is one level deeper: a message, a list, a map. A list is a level although it is no message of its own:
    /// so every format counts. `at`: the byte where it begins.
    #[inline]
    pub fn deeper(&mut self, at: usize, read: impl FnOnce(&mut Self) -> Result<()>) -> Result<()> {
        let Some(depth) = self.depth.checked_sub(1) else {
            return Err(wire::too_deep().at_byte(at as u64));
        };
        self.depth = depth;
        let done = read(self);
        self.depth = depth + 1;
        done
    }

    /// Passes over a field inside a value that has no column for it.
    pub fn unknown_inside(&mut self, number: u32, wire: u8, start: usize, cursor: &mut Cursor) -> Result<()> {
        cursor.skip(number, wire, self.depth)?;
        match self.unknown {
            Unknown::Drop => {
                self.dropped += 1;
                Ok(())
            }
            _ => Err(unknown_field(number, wire).at_byte(start as u64)),
        }
    }

    /// The bytes of a message that is kept encoded; they are checked as if they were decoded.
    pub fn raw<'a>(&mut self, message: usize, group: Option<u32>, cursor: &mut Cursor<'a>) -> Result<&'a [u8]> {
        match group {
            None => {
                let length = cursor.length()?;
                let end = cursor.enter(length);
                let start = cursor.position();
                check(&self.pool, message, None, cursor, self.depth)?;
                cursor.leave(end);
                Ok(cursor.since(start))
            }
            Some(number) => {
                let start = cursor.position();
                let end = check(&self.pool, message, Some(number), cursor, self.depth)?;
                Ok(cursor.since(start).get(..end - start).unwrap_or_default())
            }
        }
    }
}

#[cold]
pub fn unknown_field(number: u32, wire: u8) -> Error {
    Error::value(
        Code::UnknownField,
        format!("field {number} ({}) is not in the schema of the message", wire::wire_name(wire)),
    )
    .with_hint("use the schema it was written with, or --from-opt unknown=keep, or unknown=drop")
}

/// Of a message that becomes one value, which has no place for unknown fields.
#[cold]
fn unknown_in_value(number: u32, wire: u8) -> Error {
    Error::value(
        Code::UnknownField,
        format!(
            "field {number} ({}) is not in the schema of the message, and the value it becomes cannot keep it",
            wire::wire_name(wire)
        ),
    )
    .with_hint("--from-opt hints=false reads the message as a struct, which can; --from-opt unknown=drop leaves it out")
}

/// Walks over a message without decoding it: tags, lengths, groups, UTF-8 of the fields that the schema knows.
/// Returns where its fields end (before the end tag of a group).
pub fn check(pool: &Pool, message: usize, group: Option<u32>, cursor: &mut Cursor, depth: usize) -> Result<usize> {
    let Some(depth) = depth.checked_sub(1) else {
        return Err(wire::too_deep().at_byte(cursor.position() as u64));
    };
    let fields = pool.messages.get(message).map(|message| message.fields.as_slice()).unwrap_or_default();
    loop {
        let start = cursor.position();
        if cursor.is_done() {
            return match group {
                None => Ok(start),
                Some(number) => Err(open_group(number, start)),
            };
        }
        let (number, wire) = cursor.tag()?;
        if wire == wire::END {
            return if group == Some(number) {
                Ok(start)
            } else {
                Err(wire::wrong_end(number, group).at_byte(start as u64))
            };
        }
        let field = fields.iter().find(|field| field.number == number);
        match (field.map(|field| (field.kind, field.many)), wire) {
            (Some((Kind::Message(inner), _)), wire::LENGTH) => {
                let length = cursor.length()?;
                let end = cursor.enter(length);
                check(pool, inner, None, cursor, depth)?;
                cursor.leave(end);
            }
            (Some((Kind::Group(inner), _)), wire::START) => {
                check(pool, inner, Some(number), cursor, depth)?;
            }
            (Some((Kind::Scalar(Scalar::String), _)), wire::LENGTH) => {
                let text = cursor.delimited()?;
                if simdutf8::basic::from_utf8(text).is_err() {
                    let error = Error::value(Code::Utf8, "text is not valid UTF-8").at_byte(start as u64);
                    // The message is kept as it is.
                    return Err(error.as_it_stands());
                }
            }
            (Some((kind @ (Kind::Scalar(_) | Kind::Enum(_)), Many::List)), wire::LENGTH)
                if wire_of(kind) != wire::LENGTH =>
            {
                let length = cursor.length()?;
                let end = cursor.enter(length);
                while !cursor.is_done() {
                    cursor.skip(number, wire_of(kind), 0)?;
                }
                cursor.leave(end);
            }
            _ => cursor.skip(number, wire, depth)?,
        }
    }
}

/// Whether bytes are a message with no field but those that its type knows, each of its wire type.
pub fn fits(pool: &Pool, message: usize, bytes: &[u8]) -> bool {
    let fields = pool.messages.get(message).map(|message| message.fields.as_slice()).unwrap_or_default();
    let mut cursor = Cursor::new(bytes);
    while !cursor.is_done() {
        let Ok((number, wire)) = cursor.tag() else { return false };
        let Some(field) = fields.iter().find(|field| field.number == number) else { return false };
        let (expected, packable) = match field.kind {
            Kind::Scalar(scalar) => (scalar.wire(), scalar.wire() != wire::LENGTH),
            Kind::Enum(_) => (wire::VARINT, true),
            Kind::Message(_) => (wire::LENGTH, false),
            Kind::Group(_) => (wire::START, false),
        };
        let packed = packable && field.many == Many::List && wire == wire::LENGTH;
        if wire != expected && !packed || cursor.skip(number, wire, 100).is_err() {
            return false;
        }
    }
    check(pool, message, None, &mut Cursor::new(bytes), 100).is_ok()
}

#[cold]
fn open_group(number: u32, position: usize) -> Error {
    Error::malformed(format!("the message ends inside group {number}")).at_byte(position as u64)
}

/// Field number → slot.
struct Lookup {
    /// Slot + 1 by number, for small numbers.
    dense: Vec<u32>,
    /// The others, sorted.
    sparse: Vec<(u32, u32)>,
}

const DENSE_NUMBERS: u32 = 1024;

impl Lookup {
    fn new(record: &Record) -> Self {
        let small = record.slots.iter().map(|slot| slot.number).filter(|number| *number < DENSE_NUMBERS);
        let mut dense = vec![0; small.max().map_or(0, |number| number as usize + 1)];
        let mut sparse = Vec::new();
        for (index, slot) in record.slots.iter().enumerate() {
            match dense.get_mut(slot.number as usize) {
                Some(entry) if slot.number < DENSE_NUMBERS => *entry = index as u32 + 1,
                _ => sparse.push((slot.number, index as u32)),
            }
        }
        sparse.sort_unstable();
        Lookup { dense, sparse }
    }

    #[inline]
    fn find(&self, number: u32) -> Option<usize> {
        match self.dense.get(number as usize) {
            Some(0) => None,
            Some(slot) => Some(*slot as usize - 1),
            None => {
                let at = self.sparse.binary_search_by_key(&number, |(number, _)| *number).ok()?;
                Some(self.sparse[at].1 as usize)
            }
        }
    }
}

/// The numbers of a closed enum, if others are unknown fields.
fn declared(slot: &Slot, context: &Context) -> Option<Arc<HashSet<i32>>> {
    match &slot.value {
        Value::Enum(names) | Value::EnumInt(names) if context.closed_strictly && names.closed => {
            Some(Arc::new(names.values.iter().map(|(_, number)| *number).collect()))
        }
        _ => None,
    }
}

/// The number that is the value of an entry of a map; `None` if there is none. What is wrong with the entry is told where
/// it is read.
pub fn value_of_entry(entry: &[u8]) -> Option<u64> {
    let mut cursor = Cursor::new(entry);
    let mut last = None;
    while !cursor.is_done() {
        match cursor.tag().ok()? {
            (2, wire::VARINT) => last = Some(cursor.varint().ok()?),
            (number, wire) => cursor.skip(number, wire, 0).ok()?,
        }
    }
    last
}

/// Slots + 1 by tags of one byte: of columns that a field goes straight into.
fn direct(record: &Record, columns: &[Column], closed: &[Option<Arc<HashSet<i32>>>]) -> [u16; 128] {
    let mut direct = [0; 128];
    for (index, (slot, column)) in record.slots.iter().zip(columns).enumerate() {
        let tag = u64::from(slot.number) << 3 | u64::from(column.wire);
        let entry = usize::try_from(tag).ok().and_then(|tag| direct.get_mut(tag));
        let plain = slot.many == Many::One && slot.oneof.is_none() && !column.wrapped && closed[index].is_none();
        if let (Some(entry), Ok(index), true) = (entry, u16::try_from(index + 1), plain) {
            *entry = index;
        }
    }
    direct
}

/// The columns of a message type.
pub struct Messages {
    /// One a slot.
    pub columns: Vec<Column>,
    /// Raw unknown fields, if they are kept.
    pub unknown: Option<Column>,
    /// Fields left out.
    pub dropped: u64,
    names: Arc<[String]>,
    lookup: Lookup,
    /// By tags of one byte: slot + 1 of plain columns.
    direct: [u16; 128],
    /// Slots of closed enums whose other numbers are unknown fields: the declared ones.
    closed: Vec<Option<Arc<HashSet<i32>>>>,
    /// The oneof of each slot, where it has one.
    oneofs: Vec<Option<u32>>,
    /// By oneof: the row (plus one) and slot that were set last.
    set: Vec<(usize, usize)>,
    /// Whether each message stands around one value for the sake of the format: what is inside is no deeper.
    is_wrapper: bool,
}

impl Messages {
    /// Empty columns.
    pub fn new(record: &Record, context: &Context) -> Self {
        let columns: Vec<Column> = record.slots.iter().map(|slot| Column::new(slot, context)).collect();
        let closed: Vec<_> = record.slots.iter().map(|slot| declared(slot, context)).collect();
        Messages {
            direct: direct(record, &columns, &closed),
            closed,
            columns,
            unknown: record.keep_unknown.then(Column::unknown),
            dropped: 0,
            names: record.slots.iter().map(|slot| slot.name.clone()).collect(),
            lookup: Lookup::new(record),
            oneofs: record.slots.iter().map(|slot| slot.oneof).collect(),
            set: vec![(0, 0); record.oneofs],
            is_wrapper: context.pool.messages[record.message].wrapper,
        }
    }

    /// Forgets rows from `rows` on.
    pub fn truncate(&mut self, rows: usize) {
        for column in &mut self.columns {
            column.truncate(rows);
        }
        if let Some(column) = &mut self.unknown {
            column.truncate(rows);
        }
    }

    /// Reads a nested message: behind a length, or up to its end tag.
    pub fn read_nested(
        &mut self,
        row: usize,
        wire: u8,
        number: u32,
        cursor: &mut Cursor,
        context: &mut Context,
    ) -> Result<()> {
        let (is_wrapper, at) = (self.is_wrapper, cursor.position());
        let mut read = |context: &mut Context| {
            if wire == wire::START {
                return self.read(row, Some(number), cursor, context);
            }
            let length = cursor.length()?;
            let end = cursor.enter(length);
            self.read(row, None, cursor, context)?;
            cursor.leave(end);
            Ok(())
        };
        if is_wrapper { read(context) } else { context.deeper(at, read) }
    }

    /// Reads fields into `row` up to the end of the cursor, or of the group. A row may be read in several parts:
    /// they merge.
    pub fn read(&mut self, row: usize, group: Option<u32>, cursor: &mut Cursor, context: &mut Context) -> Result<()> {
        loop {
            cursor.jump(self.read_plain(row, cursor));
            if cursor.is_done() {
                break;
            }
            let start = cursor.position();
            let (number, wire) = cursor.tag()?;
            if wire == wire::END {
                if group == Some(number) {
                    return Ok(());
                }
                return Err(wire::wrong_end(number, group).at_byte(start as u64));
            }
            match self.lookup.find(number) {
                Some(slot) if self.columns[slot].accepts(wire) => match self.closed[slot].clone() {
                    None => self.read_known(row, slot, wire, number, cursor, context)?,
                    Some(declared) => {
                        self.read_closed(row, slot, wire, number, start, cursor, context, &declared)?;
                    }
                },
                _ => self.read_unknown(row, number, wire, start, cursor, context)?,
            }
        }
        match group {
            None => Ok(()),
            Some(number) => Err(open_group(number, cursor.position())),
        }
    }

    /// Reads plain fields from the cursor on, as long as there are any, and returns where the next field begins. This loop
    /// keeps its place in a register.
    #[inline]
    fn read_plain(&mut self, row: usize, cursor: &Cursor) -> usize {
        let ahead = cursor.ahead();
        let mut at = cursor.position();
        while let Some(byte) = ahead.byte(at) {
            // Zero is no slot, and there is none before it.
            let slot = self.direct.get(usize::from(byte)).map_or(0, |slot| usize::from(*slot)).wrapping_sub(1);
            let Some(column) = self.columns.get_mut(slot) else { break };
            let Some(end) = column.append_plain(row, ahead, at + 1) else { break };
            at = end;
        }
        at
    }

    /// Of the members of a oneof the last one wins.
    fn clear_other(&mut self, oneof: usize, row: usize, slot: usize) {
        if let Some(set) = self.set.get_mut(oneof) {
            let (last_row, last_slot) = std::mem::replace(set, (row + 1, slot));
            if last_row == row + 1 && last_slot != slot {
                self.columns[last_slot].truncate(row);
            }
        }
    }

    fn read_known(
        &mut self,
        row: usize,
        slot: usize,
        wire: u8,
        number: u32,
        cursor: &mut Cursor,
        context: &mut Context,
    ) -> Result<()> {
        if let Some(oneof) = self.oneofs[slot] {
            self.clear_other(oneof as usize, row, slot);
        }
        let read = self.columns[slot].read(row, wire, number, cursor, context);
        read.map_err(|error| error.in_column(&self.names[slot]))
    }

    /// Reads a field of a closed enum: a number that is not declared is an unknown field, an entry of a map with such a
    /// value as a whole. <https://protobuf.dev/programming-guides/enum/>
    #[allow(clippy::too_many_arguments)] // what every field is read with
    fn read_closed(
        &mut self,
        row: usize,
        slot: usize,
        wire: u8,
        number: u32,
        start: usize,
        cursor: &mut Cursor,
        context: &mut Context,
        declared: &HashSet<i32>,
    ) -> Result<()> {
        let known = |value: u64| declared.contains(&(value as i32));
        let mut ahead = cursor.clone();
        match &self.columns[slot].store {
            Store::Map { .. } => match value_of_entry(ahead.delimited()?).is_none_or(known) {
                true => self.read_known(row, slot, wire, number, cursor, context),
                false => self.read_unknown(row, number, wire, start, cursor, context),
            },
            _ if wire == wire::LENGTH => {
                let length = cursor.length()?;
                let end = cursor.enter(length);
                let mut kept = Vec::new();
                while !cursor.is_done() {
                    let value = cursor.varint()?;
                    if known(value) {
                        wire::push_varint(&mut kept, value);
                        continue;
                    }
                    let mut field = Vec::new();
                    wire::push_tag(&mut field, number, wire::VARINT);
                    wire::push_varint(&mut field, value);
                    self.keep_unknown(row, number, wire::VARINT, start, &field, context)?;
                }
                cursor.leave(end);
                let mut packed = Vec::new();
                wire::push_delimited(&mut packed, |out| out.extend_from_slice(&kept));
                self.read_known(row, slot, wire, number, &mut Cursor::new(&packed), context)
            }
            _ => match known(ahead.varint()?) {
                true => self.read_known(row, slot, wire, number, cursor, context),
                false => self.read_unknown(row, number, wire, start, cursor, context),
            },
        }
    }

    fn read_unknown(
        &mut self,
        row: usize,
        number: u32,
        wire: u8,
        start: usize,
        cursor: &mut Cursor,
        context: &mut Context,
    ) -> Result<()> {
        cursor.skip(number, wire, context.depth)?;
        self.keep_unknown(row, number, wire, start, cursor.since(start), context)
    }

    /// What becomes of an unknown field with these bytes.
    fn keep_unknown(
        &mut self,
        row: usize,
        number: u32,
        wire: u8,
        start: usize,
        bytes: &[u8],
        context: &Context,
    ) -> Result<()> {
        match (&mut self.unknown, context.unknown) {
            (Some(column), _) => {
                column.open(row);
                if let Store::Binary(texts) = &mut column.store {
                    texts.append(row, bytes);
                }
                Ok(())
            }
            (None, Unknown::Drop) => {
                self.dropped += 1;
                Ok(())
            }
            (None, Unknown::Keep) => Err(unknown_in_value(number, wire).at_byte(start as u64)),
            (None, Unknown::Error) => Err(unknown_field(number, wire).at_byte(start as u64)),
        }
    }
}
