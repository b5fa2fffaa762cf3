//! Rewriting a datum.

use super::super::column::Context;
use super::super::cursor::Cursor;
use super::super::put;
use super::super::skip::{skip, too_deep};
use super::{From, Number, Record, Resolution, Step, Symbol};
use crate::code::Code;
use crate::column::number::width::f64_of_f32;
use crate::error::{Error, Result};

impl Resolution {
    /// Appends the datum at the cursor in the reader's schema. `context` is the writer's; `counters` are those of
    /// [`Resolution::counters`]; `out` may grow to `bytes_max`.
    pub(crate) fn datum(
        &self,
        cursor: &mut Cursor<'_>,
        context: &Context<'_>,
        counters: &mut [u64],
        out: &mut Vec<u8>,
        bytes_max: usize,
    ) -> Result<()> {
        Run { resolution: self, context, counters, out, bytes_max }.step(&self.root, cursor, 0)
    }
}

struct Run<'a> {
    resolution: &'a Resolution,
    context: &'a Context<'a>,
    counters: &'a mut [u64],
    out: &'a mut Vec<u8>,
    bytes_max: usize,
}

impl Run<'_> {
    fn step(&mut self, step: &Step, cursor: &mut Cursor<'_>, depth: usize) -> Result<()> {
        if depth > self.context.depth_max {
            return Err(too_deep(self.context.depth_max));
        }
        match step {
            Step::Same(node) => {
                let start = cursor.position();
                skip(self.context, node, cursor, depth)?;
                self.out.extend_from_slice(cursor.since(start));
            }
            Step::Number(number) => self.number(*number, cursor)?,
            Step::Branches(branches) => {
                let found = cursor.long()?;
                let branch = usize::try_from(found).ok().and_then(|number| branches.get(number));
                let branch = branch
                    .ok_or_else(|| Error::malformed(format!("branch {found} of a union of {}", branches.len())))?;
                self.step(branch, cursor, depth + 1)?;
            }
            Step::Branch(number, step) => {
                put::long(self.out, *number);
                self.step(step, cursor, depth + 1)?;
            }
            Step::Items(item, least_size) => {
                while let Some(block) = cursor.items(*least_size)? {
                    put::long(self.out, block.count as i64);
                    for _ in 0..block.count {
                        let (read, written) = (cursor.position(), self.out.len());
                        self.step(item, cursor, depth + 1).map_err(|error| error.in_column("[]"))?;
                        // Items without bytes are all the same, and so are those that are made of them.
                        if cursor.position() == read && self.out.len() == written {
                            break;
                        }
                    }
                    cursor.end_items(&block)?;
                }
                self.out.push(0);
            }
            Step::Entries(value, least_size) => {
                while let Some(block) = cursor.items(least_size.saturating_add(1))? {
                    put::long(self.out, block.count as i64);
                    for _ in 0..block.count {
                        put::bytes(self.out, cursor.bytes()?);
                        self.step(value, cursor, depth + 1).map_err(|error| error.in_column("{}"))?;
                    }
                    cursor.end_items(&block)?;
                }
                self.out.push(0);
            }
            Step::Symbols(symbols) => {
                let found = cursor.int()?;
                let symbol = usize::try_from(found).ok().and_then(|number| symbols.get(number));
                match symbol {
                    Some(Symbol::Same(number)) => put::long(self.out, *number),
                    Some(Symbol::Default(number, counter)) => {
                        put::long(self.out, *number);
                        if let Some(count) = self.counters.get_mut(*counter) {
                            *count += 1;
                        }
                    }
                    Some(Symbol::Unknown(symbol)) => {
                        return Err(Error::value(Code::Enum, format!("the reader's enum has no symbol {symbol:?}"))
                            .with_hint("add the symbol to the reader's schema, or give its enum a default"));
                    }
                    None => {
                        let count = symbols.len();
                        return Err(Error::malformed(format!("symbol {found} of an enum of {count}")));
                    }
                }
            }
            Step::Record(place) => match self.resolution.records.get(*place) {
                Some(Some(record)) => self.record(record, cursor, depth)?,
                _ => return Err(no_way("the record of the data cannot be read as that of the reader")),
            },
            Step::Never(why) => return Err(no_way(why)),
        }
        self.check_size()
    }

    fn record(&mut self, record: &Record, cursor: &mut Cursor<'_>, depth: usize) -> Result<()> {
        if record.ordered {
            let mut next = 0;
            for field in &record.fields {
                match &field.from {
                    From::Default(bytes) => self.out.extend_from_slice(bytes),
                    From::Written(place, step) => {
                        self.pass(record, next, *place, cursor, depth)?;
                        next = place + 1;
                        self.step(step, cursor, depth + 1).map_err(|error| error.in_column(&field.name))?;
                    }
                }
            }
            return self.pass(record, next, record.written.len(), cursor, depth);
        }
        // Where each of the writer's fields begins, then the reader's in their own order.
        let mut starts = Vec::with_capacity(record.written.len());
        for place in 0..record.written.len() {
            starts.push(*cursor);
            self.pass(record, place, place + 1, cursor, depth)?;
        }
        for field in &record.fields {
            match &field.from {
                From::Default(bytes) => self.out.extend_from_slice(bytes),
                From::Written(place, step) => {
                    let mut at = *starts.get(*place).ok_or_else(|| Error::internal("a field that is not there"))?;
                    self.step(step, &mut at, depth + 1).map_err(|error| error.in_column(&field.name))?;
                }
            }
        }
        Ok(())
    }

    /// Passes over fields of the writer that nobody reads.
    fn pass(&self, record: &Record, from: usize, to: usize, cursor: &mut Cursor<'_>, depth: usize) -> Result<()> {
        for node in record.written.get(from..to).unwrap_or_default() {
            skip(self.context, node, cursor, depth)?;
        }
        Ok(())
    }

    fn number(&mut self, number: Number, cursor: &mut Cursor<'_>) -> Result<()> {
        let digits = |value: i64, what: &str| {
            Error::value(Code::FloatDigits, format!("{value} has more digits than a {what} holds"))
                .with_hint("give it its own type, or a wider one, in the reader's schema")
        };
        match number {
            Number::IntToFloat | Number::LongToFloat => {
                let value = if let Number::IntToFloat = number { i64::from(cursor.int()?) } else { cursor.long()? };
                let float = value as f32;
                if float as i128 != i128::from(value) {
                    return Err(digits(value, "float"));
                }
                self.out.extend_from_slice(&float.to_le_bytes());
            }
            Number::IntToDouble => self.out.extend_from_slice(&f64::from(cursor.int()?).to_le_bytes()),
            Number::LongToDouble => {
                let value = cursor.long()?;
                let double = value as f64;
                if double as i128 != i128::from(value) {
                    return Err(digits(value, "double"));
                }
                self.out.extend_from_slice(&double.to_le_bytes());
            }
            Number::FloatToDouble => {
                let value = f32::from_le_bytes(cursor.array()?);
                self.out.extend_from_slice(&f64_of_f32(value).to_le_bytes());
            }
        }
        Ok(())
    }

    fn check_size(&self) -> Result<()> {
        if self.out.len() <= self.bytes_max {
            return Ok(());
        }
        Err(Error::limit(format!("a record longer than {} bytes in the reader's schema", self.bytes_max))
            .with_hint("raise the limit with --max-record-bytes"))
    }
}

fn no_way(why: &str) -> Error {
    Error::value(Code::Token, why).with_hint("give the reader's schema a type for this value")
}
