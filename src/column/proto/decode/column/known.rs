//! Messages that are one value: wrappers, times, dates, entries of maps.

use super::{Column, Store, store_wire};
use crate::column::proto::decode::message::Context;
use crate::column::proto::wire::{self, Cursor};
use crate::error::Result;
use crate::schema::proto::shape::Known;

impl Column {
    /// Reads a message whose field 1 is the value.
    pub(super) fn read_wrapped(&mut self, row: usize, cursor: &mut Cursor, context: &mut Context) -> Result<()> {
        let (wire, repeated) = match &self.store {
            Store::List { .. } => (wire::LENGTH, true),
            store => (store_wire(store), false),
        };
        self.open(row);
        let length = cursor.length()?;
        let end = cursor.enter(length);
        while !cursor.is_done() {
            let start = cursor.position();
            let (number, found) = cursor.tag()?;
            if number == 1 && found == wire {
                debug_assert!(!repeated || wire == wire::LENGTH);
                self.read_value(row, found, number, cursor, context)?;
            } else {
                context.unknown_inside(number, found, start, cursor)?;
            }
        }
        cursor.leave(end);
        Ok(())
    }

    pub(super) fn read_moment(&mut self, row: usize, cursor: &mut Cursor, context: &mut Context) -> Result<()> {
        let Store::Moment(moments) = &mut self.store else { return Ok(()) };
        // Parts of a message merge.
        let (mut seconds, mut nanos) = moments.get(row);
        let length = cursor.length()?;
        let end = cursor.enter(length);
        while !cursor.is_done() {
            let start = cursor.position();
            match cursor.tag()? {
                (1, wire::VARINT) => seconds = cursor.varint()? as i64,
                (2, wire::VARINT) => nanos = cursor.varint()? as i32,
                (number, wire) => context.unknown_inside(number, wire, start, cursor)?,
            }
        }
        cursor.leave(end);
        moments.set(row, seconds, nanos);
        Ok(())
    }

    pub(super) fn read_parts(&mut self, row: usize, cursor: &mut Cursor, context: &mut Context) -> Result<()> {
        let Store::Parts(known, parts) = &mut self.store else { return Ok(()) };
        let count = if *known == Known::Date { 3 } else { 4 };
        let length = cursor.length()?;
        let end = cursor.enter(length);
        while !cursor.is_done() {
            let start = cursor.position();
            match cursor.tag()? {
                (number @ 1..=4, wire::VARINT) if number <= count => {
                    parts[row][number as usize - 1] = cursor.varint()? as i32;
                }
                (number, wire) => context.unknown_inside(number, wire, start, cursor)?,
            }
        }
        cursor.leave(end);
        Ok(())
    }
}

pub(super) fn read_entry(
    key: &mut Column,
    value: &mut Column,
    cursor: &mut Cursor,
    context: &mut Context,
) -> Result<()> {
    let row = key.len;
    let length = cursor.length()?;
    let end = cursor.enter(length);
    key.open(row);
    value.open(row);
    while !cursor.is_done() {
        let start = cursor.position();
        let (number, wire) = cursor.tag()?;
        match number {
            1 if key.accepts(wire) => {
                key.read(row, wire, number, cursor, context).map_err(|error| error.in_column("key"))?;
            }
            2 if value.accepts(wire) => {
                value.read(row, wire, number, cursor, context).map_err(|error| error.in_column("value"))?;
            }
            _ => context.unknown_inside(number, wire, start, cursor)?,
        }
    }
    cursor.leave(end);
    Ok(())
}
