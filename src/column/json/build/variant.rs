//! JSON values as variants in their binary encoding, in one piece (not shredded).
//!
//! Source: Apache Parquet, `VariantEncoding.md`. An integer takes the fewest bytes that hold it, up to 64 bits; other
//! numbers as they are written: with digits behind a point they are decimals of that scale, with an exponent doubles.
//! What neither holds exactly is refused. Names stand once, in their order, in the metadata.

use std::sync::Arc;

use arrow_array::{ArrayRef, StructArray};
use arrow_buffer::NullBufferBuilder;
use arrow_schema::DataType;
use hashbrown::HashMap;

use super::super::cursor::Cursor;
use super::super::text::too_deep;
use super::Work;
use super::members::duplicate_key;
use super::text::Bytes;
use crate::code::Code;
use crate::column::number::{self, Decimal, NumberFault};
use crate::error::{Error, Result};
use crate::policy::Policy;

/// Digits of the three decimals, and of the number 10 to the power of the most.
const DIGITS: [u8; 3] = [9, 18, 38];

/// A column of variants.
#[derive(Debug)]
pub(super) struct Variant {
    metadata: Bytes,
    value: Bytes,
    nulls: NullBufferBuilder,
    rows: usize,
    /// The value at hand.
    tape: Vec<Item>,
    /// Values in it that hold no others, encoded.
    leaves: Vec<u8>,
    names: Names,
    frames: Vec<Frame>,
    scratch: Vec<u8>,
}

/// A part of the value at hand.
#[derive(Clone, Copy, Debug)]
enum Item {
    /// A value without others in it: where it ends in the leaves.
    Leaf(usize),
    /// An object or an array begins.
    Open { object: bool },
    /// The name of the next value, by the order in which names came first, and where it stands.
    Key(u32, usize),
    /// An object or an array ends.
    Close,
}

/// The names of members of the value at hand.
#[derive(Debug, Default)]
struct Names {
    known: HashMap<Vec<u8>, u32>,
    /// Of each, the place among all in their order.
    ranks: Vec<u32>,
}

/// An object or an array whose values are being written.
#[derive(Debug)]
struct Frame {
    object: bool,
    /// Where its first value begins.
    base: usize,
    /// Of each value: its name, where that stands in the text, where it begins.
    entries: Vec<(u32, usize, usize)>,
}

impl Variant {
    pub fn new() -> Self {
        Variant {
            metadata: Bytes::new(),
            value: Bytes::new(),
            nulls: NullBufferBuilder::new(0),
            rows: 0,
            tape: Vec::new(),
            leaves: Vec::new(),
            names: Names::default(),
            frames: Vec::new(),
            scratch: Vec::new(),
        }
    }

    /// Appends the value at the cursor. Says whether a string in it was repaired.
    ///
    /// # Errors
    /// Malformed text; `V-DUP-KEY`, `V-DEPTH`; the code of a number that no type of a variant holds.
    pub fn append(&mut self, cursor: &mut Cursor<'_>, work: &mut Work, path: &str) -> Result<()> {
        self.tape.clear();
        self.leaves.clear();
        self.names.known.clear();
        self.read(cursor, work).map_err(|error| match error.code() {
            Some(Code::Utf8) => error.with_ways(&[Policy::Replace]),
            _ => error.as_it_stands(),
        })?;
        self.names.push(&mut self.metadata.data)?;
        self.write(work, path)?;
        self.close_row();
        Ok(())
    }

    /// Appends a variant that is null.
    pub fn append_variant_null(&mut self) -> Result<()> {
        self.names.known.clear();
        self.names.push(&mut self.metadata.data)?;
        self.value.data.push(0);
        self.close_row();
        Ok(())
    }

    fn close_row(&mut self) {
        self.metadata.close_row();
        self.value.close_row();
        self.nulls.append_non_null();
        self.rows += 1;
    }

    /// Appends rows without a variant.
    pub fn append_nulls(&mut self, count: usize) {
        for _ in 0..count {
            self.metadata.close_row();
            self.value.close_row();
        }
        self.nulls.append_n_nulls(count);
        self.rows += count;
    }

    /// Drops what a value that was refused left behind.
    pub fn roll_back(&mut self) {
        self.metadata.roll_back();
        self.value.roll_back();
    }

    pub fn finish(&mut self, data_type: &DataType) -> Result<ArrayRef> {
        let DataType::Struct(fields) = data_type else { return Err(Error::internal("a variant that is no struct")) };
        let mut columns = Vec::with_capacity(2);
        for field in fields {
            let bytes = if field.name() == "metadata" { &mut self.metadata } else { &mut self.value };
            columns.push(bytes.finish(field.data_type())?);
        }
        let rows = std::mem::take(&mut self.rows);
        Ok(Arc::new(StructArray::try_new_with_length(fields.clone(), columns, self.nulls.finish(), rows)?))
    }

    /// Takes the text apart. Nested values use no stack.
    fn read(&mut self, cursor: &mut Cursor<'_>, work: &mut Work) -> Result<()> {
        let mut open: Vec<bool> = Vec::new();
        'value: loop {
            match cursor.peek() {
                Some(bracket @ (b'{' | b'[')) => {
                    if open.len() == work.rules.depth_max {
                        return Err(too_deep(work.rules.depth_max, cursor.position()));
                    }
                    cursor.step();
                    let object = bracket == b'{';
                    self.tape.push(Item::Open { object });
                    if cursor.eat(bracket + 2) {
                        self.tape.push(Item::Close);
                    } else {
                        open.push(object);
                        if object {
                            self.key(cursor, work)?;
                        }
                        continue 'value;
                    }
                }
                Some(b'"') => {
                    let at = cursor.position();
                    let text = checked(cursor.string(&mut work.scratch)?, at)?;
                    push_text(text, &mut self.leaves)?;
                    self.tape.push(Item::Leaf(self.leaves.len()));
                }
                Some(b'-' | b'0'..=b'9' | b'N' | b'I') => {
                    let at = cursor.position();
                    match cursor.non_finite() {
                        Some(word) => {
                            let value = number::parse_non_finite(word.as_bytes()).unwrap_or(f64::NAN);
                            push_double(value, &mut self.leaves);
                        }
                        None => {
                            let token = cursor.number()?;
                            push_number(token, &mut self.leaves).map_err(|fault| refused(fault, token, at))?;
                        }
                    }
                    self.tape.push(Item::Leaf(self.leaves.len()));
                }
                Some(first @ (b't' | b'f' | b'n')) => {
                    let (word, code) = match first {
                        b't' => ("true", 1),
                        b'f' => ("false", 2),
                        _ => ("null", 0),
                    };
                    cursor.literal(word)?;
                    self.leaves.push(code << 2);
                    self.tape.push(Item::Leaf(self.leaves.len()));
                }
                _ => return Err(cursor.unexpected("a JSON value")),
            }
            while let Some(&object) = open.last() {
                if cursor.comma_or(if object { b'}' } else { b']' })? {
                    if object {
                        self.key(cursor, work)?;
                    }
                    continue 'value;
                }
                self.tape.push(Item::Close);
                open.pop();
            }
            return Ok(());
        }
    }

    fn key(&mut self, cursor: &mut Cursor<'_>, work: &mut Work) -> Result<()> {
        if cursor.peek() != Some(b'"') {
            return Err(cursor.unexpected("a key in double quotes"));
        }
        let at = cursor.position();
        let name = checked(cursor.string(&mut work.scratch)?, at)?;
        let known = &mut self.names.known;
        let next = u32::try_from(known.len()).map_err(|_| too_long())?;
        let index = match known.get(name) {
            Some(index) => *index,
            None => *known.entry(name.to_vec()).or_insert(next),
        };
        self.tape.push(Item::Key(index, at));
        cursor.expect(b':', "':' after the key")
    }

    /// Appends the value that was taken apart, from the inside out.
    fn write(&mut self, work: &mut Work, path: &str) -> Result<()> {
        let Variant { value, tape, leaves, names, frames, scratch, .. } = self;
        let out = &mut value.data;
        frames.clear();
        let (mut key, mut leaf) = ((0, 0), 0);
        let enter = |frames: &mut Vec<Frame>, key: (u32, usize), start: usize| {
            if let Some(frame) = frames.last_mut() {
                frame.entries.push((key.0, key.1, start));
            }
        };
        for item in tape.iter() {
            match *item {
                Item::Key(index, at) => {
                    let rank = names.ranks.get(index as usize).copied();
                    key = (rank.ok_or_else(|| Error::internal("a name without a place"))?, at);
                }
                Item::Leaf(end) => {
                    enter(frames, key, out.len());
                    out.extend_from_slice(&leaves[leaf..end]);
                    leaf = end;
                }
                Item::Open { object } => {
                    enter(frames, key, out.len());
                    frames.push(Frame { object, base: out.len(), entries: Vec::new() });
                }
                Item::Close => {
                    let frame = frames.pop().ok_or_else(|| Error::internal("a value that ends twice"))?;
                    frame.close(out, scratch, |name, at| match work.policy(Code::DuplicateKey) {
                        Some(policy @ (Policy::First | Policy::Last)) => {
                            work.count(Code::DuplicateKey, path);
                            Ok(policy)
                        }
                        _ => Err(duplicate_key(&names.text(name), at).with_ways(&[Policy::First, Policy::Last])),
                    })?;
                }
            }
        }
        Ok(())
    }
}

impl Names {
    /// Appends the metadata: all names, in their order.
    fn push(&mut self, out: &mut Vec<u8>) -> Result<()> {
        let mut sorted: Vec<(&[u8], u32)> = self.known.iter().map(|(name, index)| (&name[..], *index)).collect();
        sorted.sort_unstable();
        self.ranks.clear();
        self.ranks.resize(sorted.len(), 0);
        let mut length = 0;
        for (rank, (name, index)) in sorted.iter().enumerate() {
            self.ranks[*index as usize] = rank as u32;
            length += name.len();
        }
        let width = width_of(length.max(sorted.len()))?;
        // Of no names, order says nothing.
        let in_order = if sorted.is_empty() { 0 } else { 0x10 };
        out.push(1 | in_order | ((width - 1) as u8) << 6);
        push_uint(sorted.len(), width, out);
        let mut end = 0;
        push_uint(end, width, out);
        for (name, _) in &sorted {
            end += name.len();
            push_uint(end, width, out);
        }
        for (name, _) in &sorted {
            out.extend_from_slice(name);
        }
        Ok(())
    }

    /// The name of a rank, for messages.
    fn text(&self, rank: u32) -> String {
        let index = self.ranks.iter().position(|known| *known == rank);
        let name = self.known.iter().find(|(_, known)| Some(**known as usize) == index);
        name.map_or_else(String::new, |(name, _)| String::from_utf8_lossy(name).into_owned())
    }
}

impl Frame {
    /// Puts what an object or an array begins with in front of its values. `twice` says what becomes of a name that
    /// comes again.
    fn close(
        mut self,
        out: &mut Vec<u8>,
        scratch: &mut Vec<u8>,
        mut twice: impl FnMut(u32, usize) -> Result<Policy>,
    ) -> Result<()> {
        scratch.clear();
        scratch.extend_from_slice(&out[self.base..]);
        // Where each value begins and ends, from the first one.
        let starts: Vec<usize> = self.entries.iter().map(|(_, _, start)| start - self.base).collect();
        let ends = starts.iter().copied().skip(1).chain([scratch.len()]);
        let mut values: Vec<(u32, usize, std::ops::Range<usize>)> = self
            .entries
            .drain(..)
            .zip(starts.iter().zip(ends))
            .map(|((name, at, _), (start, end))| (name, at, *start..end))
            .collect();
        if self.object {
            // Of the same name, in the order of the text.
            values.sort_by_key(|(name, ..)| *name);
            let mut kept: Vec<(u32, usize, std::ops::Range<usize>)> = Vec::with_capacity(values.len());
            for value in values {
                match kept.last_mut().filter(|last| last.0 == value.0) {
                    None => kept.push(value),
                    Some(last) => {
                        if twice(value.0, value.1)? == Policy::Last {
                            *last = value;
                        }
                    }
                }
            }
            values = kept;
        }
        out.truncate(self.base);
        let length = values.iter().map(|(_, _, range)| range.len()).sum();
        let (large, width) = (values.len() > 255, width_of(length)?);
        let offset_bits = (width - 1) as u8;
        let id_width = width_of(values.last().map_or(0, |(name, ..)| *name as usize))?;
        out.push(match self.object {
            true => (u8::from(large) << 4 | ((id_width - 1) as u8) << 2 | offset_bits) << 2 | 2,
            false => (u8::from(large) << 2 | offset_bits) << 2 | 3,
        });
        push_uint(values.len(), if large { 4 } else { 1 }, out);
        if self.object {
            values.iter().for_each(|(name, ..)| push_uint(*name as usize, id_width, out));
        }
        let mut end = 0;
        push_uint(end, width, out);
        for (_, _, range) in &values {
            end += range.len();
            push_uint(end, width, out);
        }
        for (_, _, range) in &values {
            out.extend_from_slice(&scratch[range.clone()]);
        }
        Ok(())
    }
}

/// Bytes that a number takes.
fn width_of(value: usize) -> Result<usize> {
    match value {
        0..=0xff => Ok(1),
        0x100..=0xffff => Ok(2),
        0x1_0000..=0xff_ffff => Ok(3),
        _ if u32::try_from(value).is_ok() => Ok(4),
        _ => Err(too_long()),
    }
}

fn push_uint(value: usize, width: usize, out: &mut Vec<u8>) {
    out.extend_from_slice(&(value as u64).to_le_bytes()[..width]);
}

#[cold]
fn too_long() -> Error {
    Error::limit("a variant of more than 4 GiB")
}

/// Text as it must be in a variant.
fn checked(text: &[u8], at: usize) -> Result<&[u8]> {
    match simdutf8::basic::from_utf8(text) {
        Ok(_) => Ok(text),
        Err(_) => Err(Error::value(Code::Utf8, "a string is not valid UTF-8").at_byte(at as u64)),
    }
}

fn push_text(text: &[u8], out: &mut Vec<u8>) -> Result<()> {
    if text.len() < 64 {
        out.push((text.len() as u8) << 2 | 1);
    } else {
        let length = u32::try_from(text.len()).map_err(|_| too_long())?;
        out.push(16 << 2);
        out.extend_from_slice(&length.to_le_bytes());
    }
    out.extend_from_slice(text);
    Ok(())
}

fn push_double(value: f64, out: &mut Vec<u8>) {
    out.push(7 << 2);
    out.extend_from_slice(&value.to_le_bytes());
}

/// Appends a number in the type that holds it exactly.
fn push_number(token: &[u8], out: &mut Vec<u8>) -> Result<(), NumberFault> {
    let has_exponent = token.iter().any(|byte| matches!(byte, b'e' | b'E'));
    let fraction = token.iter().position(|byte| *byte == b'.').map(|point| token.len() - point - 1);
    let number = Decimal::scan(token).ok_or(NumberFault::Syntax)?;
    if number.negative && number.is_zero() {
        // Only floating-point numbers have a sign then.
        push_double(-0.0, out);
        return Ok(());
    }
    if !has_exponent
        && fraction.is_none()
        && let Ok(value) = number::parse_i64(token)
    {
        push_integer(value, out);
        return Ok(());
    }
    if !has_exponent && push_decimal(&number, fraction.unwrap_or(0), out) {
        return Ok(());
    }
    match number::parse_f64(token) {
        Ok(value) => push_double(value, out),
        Err(fault) => {
            let scale = usize::try_from(-number.power()).unwrap_or(0);
            if !push_decimal(&number, scale, out) {
                return Err(fault);
            }
        }
    }
    Ok(())
}

fn push_integer(value: i64, out: &mut Vec<u8>) {
    let width = [1_usize, 2, 4].into_iter().find(|width| {
        let bits = 64 - 8 * *width;
        value << bits >> bits == value
    });
    let width = width.unwrap_or(8);
    out.push((3 + width.trailing_zeros() as u8) << 2);
    out.extend_from_slice(&value.to_le_bytes()[..width]);
}

/// False if no decimal holds it with this scale.
fn push_decimal(number: &Decimal<'_>, scale: usize, out: &mut Vec<u8>) -> bool {
    let Ok(magnitude) = number.magnitude(scale as i64) else { return false };
    let digits = magnitude.checked_ilog10().map_or(1, |log| log as usize + 1);
    let Some(place) = DIGITS.iter().position(|most| digits.max(scale) <= usize::from(*most)) else { return false };
    let value = if number.negative { -(magnitude as i128) } else { magnitude as i128 };
    out.push((8 + place as u8) << 2);
    out.push(scale as u8);
    out.extend_from_slice(&value.to_le_bytes()[..4 << place]);
    true
}

#[cold]
fn refused(fault: NumberFault, token: &[u8], at: usize) -> Error {
    const SHOWN: usize = 60;
    let (shown, more) = if token.len() > SHOWN { (&token[..SHOWN], "…") } else { (token, "") };
    let shown = String::from_utf8_lossy(shown);
    Error::value(fault.code(), format!("{shown}{more} is no integer, decimal or double of a variant"))
        .at_byte(at as u64)
        .with_hint("keep the column as JSON text: --columns COLUMN=json")
}

#[cfg(test)]
mod tests;
