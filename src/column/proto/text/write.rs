//! An encoded message → text. Fields may come in any order and in parts, as the wire format allows; they are written by
//! number.

use std::sync::Arc;

use super::read::Reader;
use crate::code::Code;
use crate::column::number;
use crate::column::proto::json::write::message_set_item;
use crate::column::proto::oneofs::Oneofs;
use crate::column::proto::wire::{self, Cursor, accepts, unzigzag, wire_of};
use crate::error::{Error, Result};
use crate::schema::proto::pool::{Field, Kind, Many, Pool, Scalar};

/// Writes the messages of a pool as text.
#[derive(Debug)]
pub struct Writer {
    pool: Arc<Pool>,
    /// By message: field numbers with their index, sorted.
    numbers: Vec<Vec<(u32, u32)>>,
    style: Style,
    depth_max: usize,
    /// Reads back what an `Any` holds.
    reader: Reader,
}

/// How fields stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// A line each, indented by two blanks a level.
    Blocks,
    /// All on one line.
    Line,
}

/// One occurrence of a field.
struct Part<'a> {
    number: u32,
    /// Index in the message; `None`: the schema does not know it.
    field: Option<usize>,
    wire: u8,
    /// What stands behind the tag; of a group what stands between its tags.
    bytes: &'a [u8],
}

/// The text that is written.
struct Text<'o> {
    out: &'o mut Vec<u8>,
    style: Style,
    level: usize,
    /// Whether nothing stands in front of the next field.
    first: bool,
}

impl Text<'_> {
    /// In front of a field.
    fn begin(&mut self, name: &str) {
        match self.style {
            Style::Blocks => self.out.resize(self.out.len() + 2 * self.level, b' '),
            Style::Line if self.first => {}
            Style::Line => self.out.push(b' '),
        }
        self.first = false;
        self.out.extend_from_slice(name.as_bytes());
    }

    /// Behind it.
    fn end(&mut self) {
        if self.style == Style::Blocks {
            self.out.push(b'\n');
        }
    }

    fn open(&mut self) {
        self.out.extend_from_slice(b" {");
        self.end();
        self.level += 1;
    }

    fn close(&mut self) {
        self.level -= 1;
        self.begin("}");
        self.end();
    }

    fn value(&mut self, name: &str, push: impl FnOnce(&mut Vec<u8>) -> Result<()>) -> Result<()> {
        self.begin(name);
        self.out.extend_from_slice(b": ");
        push(self.out)?;
        self.end();
        Ok(())
    }
}

impl Writer {
    /// For the messages of `pool`.
    pub fn new(pool: Arc<Pool>, style: Style, depth_max: usize) -> Self {
        let numbers = pool.messages.iter().map(|message| {
            let mut numbers: Vec<(u32, u32)> =
                message.fields.iter().enumerate().map(|(index, field)| (field.number, index as u32)).collect();
            numbers.sort_unstable();
            numbers
        });
        Writer { numbers: numbers.collect(), reader: Reader::new(pool.clone(), depth_max), pool, style, depth_max }
    }

    /// Appends the text of a message of type `index`; in [`Style::Blocks`] each line ends with a line break.
    ///
    /// # Errors
    /// What is wrong with the bytes; `V-UTF8` for text that is not UTF-8.
    pub fn message(&self, index: usize, bytes: &[u8], out: &mut Vec<u8>) -> Result<()> {
        let mut text = Text { out, style: self.style, level: 0, first: true };
        self.fields(index, bytes, &mut text, self.depth_max)
    }

    fn fields(&self, index: usize, bytes: &[u8], text: &mut Text, depth: usize) -> Result<()> {
        let Some(depth) = depth.checked_sub(1) else { return Err(wire::too_deep()) };
        let message = &self.pool.messages[index];
        if message.name == "google.protobuf.Any" && self.any(index, bytes, text, depth)? {
            return Ok(());
        }
        let parts = self.parts(index, bytes, depth)?;
        let mut rest = &parts[..];
        while let Some(first) = rest.first() {
            let Some(field) = first.field.map(|at| &message.fields[at]) else {
                unknown(first.number, first.wire, first.bytes, text, depth)?;
                rest = &rest[1..];
                continue;
            };
            let count = rest.iter().take_while(|part| part.field == first.field).count();
            let (same, behind) = rest.split_at(count);
            rest = behind;
            self.field(field, same, text, depth).map_err(|error| error.in_column(&field.name))?;
        }
        Ok(())
    }

    /// All fields by number; of a oneof only the member that is set last.
    fn parts<'a>(&self, index: usize, bytes: &'a [u8], depth: usize) -> Result<Vec<Part<'a>>> {
        let message = &self.pool.messages[index];
        let mut parts: Vec<Part> = Vec::new();
        let mut oneofs = Oneofs::new(message.oneofs.len());
        for part in split(bytes, depth)? {
            let mut part = part;
            if message.message_set
                && (part.number, part.wire) == (1, wire::START)
                && let Some((number, bytes)) = message_set_item(part.bytes, depth)?
            {
                part = Part { number, wire: wire::LENGTH, bytes, field: None };
            }
            let numbers = &self.numbers[index];
            let at = numbers.binary_search_by_key(&part.number, |(number, _)| *number).ok();
            let known = at.map(|at| numbers[at].1 as usize);
            part.field = known.filter(|at| accepts(&message.fields[*at], part.wire));
            match (part.field, known) {
                (Some(at), _) => oneofs.set(message.fields[at].oneof, at, parts.len()),
                (None, Some(at)) => return Err(other_wire(&part, &message.fields[at].name)),
                (None, None) => {}
            }
            parts.push(part);
        }
        oneofs.keep_last(&mut parts, |part| match part.field {
            Some(at) => (message.fields[at].oneof, at),
            None => (None, 0),
        });
        // Those of one number stay in their order; what the schema does not know of it comes behind.
        parts.sort_by_key(|part| (part.number, part.field.is_none()));
        Ok(parts)
    }

    fn field(&self, field: &Field, parts: &[Part], text: &mut Text, depth: usize) -> Result<()> {
        match field.kind {
            Kind::Message(index) | Kind::Group(index) => {
                let name = self.name_of(field);
                if field.many == Many::One {
                    // Parts of one message.
                    let bytes: Vec<u8> = parts.iter().flat_map(|part| part.bytes).copied().collect();
                    return self.nested(name, index, &bytes, text, depth);
                }
                parts.iter().try_for_each(|part| self.nested(name, index, part.bytes, text, depth))
            }
            kind => {
                let parts = if field.many == Many::One { &parts[parts.len() - 1..] } else { parts };
                for part in parts {
                    let mut cursor = Cursor::new(part.bytes);
                    if part.wire == wire::LENGTH && wire_of(kind) != wire::LENGTH {
                        while !cursor.is_done() {
                            text.value(&field.name, |out| self.single(kind, &mut cursor, out))?;
                        }
                    } else {
                        text.value(&field.name, |out| self.single(kind, &mut cursor, out))?;
                    }
                }
                Ok(())
            }
        }
    }

    /// The name of a field; a group that is declared with its message goes by the name of that.
    fn name_of<'a>(&'a self, field: &'a Field) -> &'a str {
        if let Kind::Group(index) = field.kind {
            let name = &self.pool.messages[index].name;
            let short = name.rsplit('.').next().unwrap_or(name);
            if short.to_ascii_lowercase() == field.name {
                return short;
            }
        }
        &field.name
    }

    fn nested(&self, name: &str, index: usize, bytes: &[u8], text: &mut Text, depth: usize) -> Result<()> {
        text.begin(name);
        text.open();
        self.fields(index, bytes, text, depth)?;
        text.close();
        Ok(())
    }

    /// `[type.googleapis.com/pkg.Type] { … }`, if the type is known and the value is of it. Whether it was written.
    fn any(&self, index: usize, bytes: &[u8], text: &mut Text, depth: usize) -> Result<bool> {
        let parts = self.parts(index, bytes, depth)?;
        let [url, value] = &parts[..] else { return Ok(false) };
        let (url, value) = match (url.number, value.number, url.wire, value.wire) {
            (1, 2, wire::LENGTH, wire::LENGTH) => (url.bytes, value.bytes),
            _ => return Ok(false),
        };
        let Ok(url) = std::str::from_utf8(url) else { return Ok(false) };
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'/' | b'-');
        let Some((_, name)) = url.rsplit_once('/').filter(|_| url.bytes().all(plain)) else { return Ok(false) };
        let Some(found) = self.pool.message(name) else { return Ok(false) };
        // The text must come back as the same bytes: not so for a value in another order, or with parts.
        let start = (text.out.len(), text.first);
        text.begin(&format!("[{url}]"));
        text.open();
        if self.fields(found, value, text, depth).is_ok() {
            text.close();
            let written = &text.out[start.0..];
            let mut back = Vec::new();
            if self.reader.message(index, written, &mut back).is_ok() && back == bytes {
                return Ok(true);
            }
        } else {
            text.level -= 1;
        }
        text.out.truncate(start.0);
        text.first = start.1;
        Ok(false)
    }

    /// A scalar or enum.
    fn single(&self, kind: Kind, cursor: &mut Cursor, out: &mut Vec<u8>) -> Result<()> {
        match kind {
            Kind::Scalar(scalar) => push_scalar(scalar, cursor, out),
            Kind::Enum(index) => {
                let number = cursor.varint()? as i32;
                match self.pool.enums[index].values.iter().find(|(_, known)| *known == number) {
                    Some((name, _)) => out.extend_from_slice(name.as_bytes()),
                    None => number::push_i64(out, number.into()),
                }
                Ok(())
            }
            Kind::Message(_) | Kind::Group(_) => Err(Error::internal("a message is no single value")),
        }
    }
}

/// The fields of a message, in the order of their bytes.
fn split(bytes: &[u8], depth: usize) -> Result<Vec<Part<'_>>> {
    let mut cursor = Cursor::new(bytes);
    let mut parts = Vec::new();
    while !cursor.is_done() {
        let (number, wire) = cursor.tag()?;
        let bytes = cursor.value(number, wire, depth)?;
        parts.push(Part { number, field: None, wire, bytes });
    }
    Ok(parts)
}

/// A field of a number that the schema knows with another wire type. Text has no form for it: by its number it would be
/// read as the field that the schema knows.
#[cold]
fn other_wire(part: &Part, name: &str) -> Error {
    let wire = wire::wire_name(part.wire);
    let message =
        format!("field {} ({wire}) is not of the wire type of {name}, which the schema has there", part.number);
    Error::value(Code::UnknownField, message).with_hint(
        "the text format has no place for it; leave such fields out, counted: --from-opt unknown=drop, or write binary \
         messages",
    )
}

/// A field that the schema does not know, in a form that tells its wire type.
fn unknown(number: u32, wire: u8, bytes: &[u8], text: &mut Text, depth: usize) -> Result<()> {
    let Some(depth) = depth.checked_sub(1) else { return Err(wire::too_deep()) };
    let name = number.to_string();
    let mut cursor = Cursor::new(bytes);
    match wire {
        wire::VARINT => {
            let value = cursor.varint()?;
            text.value(&name, |out| {
                number::push_u64(out, value);
                Ok(())
            })
        }
        wire::FOUR => {
            let value = cursor.four()?;
            text.value(&name, |out| {
                out.extend_from_slice(format!("0x{value:08x}").as_bytes());
                Ok(())
            })
        }
        wire::EIGHT => {
            let value = cursor.eight()?;
            text.value(&name, |out| {
                out.extend_from_slice(format!("0x{value:016x}").as_bytes());
                Ok(())
            })
        }
        wire::START => {
            text.begin(&name);
            text.open();
            for part in split(bytes, depth)? {
                unknown(part.number, part.wire, part.bytes, text, depth)?;
            }
            text.close();
            Ok(())
        }
        _ => text.value(&name, |out| {
            push_quoted(bytes, false, out);
            Ok(())
        }),
    }
}

fn push_scalar(scalar: Scalar, cursor: &mut Cursor, out: &mut Vec<u8>) -> Result<()> {
    match scalar {
        Scalar::Double => {
            let value = f64::from_bits(cursor.eight()?);
            push_float(value, out, number::push_f64);
        }
        Scalar::Float => {
            let value = f32::from_bits(cursor.four()?);
            push_float(value.into(), out, |out, _| number::push_f32(out, value));
        }
        Scalar::Int32 => number::push_i64(out, (cursor.varint()? as i32).into()),
        Scalar::Sint32 => number::push_i64(out, unzigzag(u64::from(cursor.varint()? as u32))),
        Scalar::Sfixed32 => number::push_i64(out, (cursor.four()? as i32).into()),
        Scalar::Uint32 => number::push_u64(out, (cursor.varint()? as u32).into()),
        Scalar::Fixed32 => number::push_u64(out, cursor.four()?.into()),
        Scalar::Int64 => number::push_i64(out, cursor.varint()? as i64),
        Scalar::Sint64 => number::push_i64(out, unzigzag(cursor.varint()?)),
        Scalar::Sfixed64 => number::push_i64(out, cursor.eight()? as i64),
        Scalar::Uint64 => number::push_u64(out, cursor.varint()?),
        Scalar::Fixed64 => number::push_u64(out, cursor.eight()?),
        Scalar::Bool => out.extend_from_slice(if cursor.varint()? != 0 { b"true" } else { b"false" }),
        Scalar::String => {
            let bytes = cursor.rest();
            if simdutf8::basic::from_utf8(bytes).is_err() {
                return Err(Error::value(Code::Utf8, "text is not valid UTF-8"));
            }
            push_quoted(bytes, true, out);
        }
        Scalar::Bytes => push_quoted(cursor.rest(), false, out),
    }
    Ok(())
}

fn push_float(value: f64, out: &mut Vec<u8>, push: impl FnOnce(&mut Vec<u8>, f64)) {
    match value {
        value if value.is_nan() => out.extend_from_slice(b"nan"),
        f64::INFINITY => out.extend_from_slice(b"inf"),
        f64::NEG_INFINITY => out.extend_from_slice(b"-inf"),
        value => push(out, value),
    }
}

/// A string; what is not ASCII stands as it is in `text`, else in octal.
fn push_quoted(bytes: &[u8], text: bool, out: &mut Vec<u8>) {
    out.push(b'"');
    for byte in bytes {
        match byte {
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            b'"' | b'\'' | b'\\' => out.extend_from_slice(&[b'\\', *byte]),
            0x20..=0x7e => out.push(*byte),
            0x80.. if text => out.push(*byte),
            _ => out.extend_from_slice(format!("\\{byte:03o}").as_bytes()),
        }
    }
    out.push(b'"');
}
