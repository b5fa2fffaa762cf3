//! An encoded message → ProtoJSON text. Fields may come in any order and in parts, as the wire format allows.

use std::borrow::Cow;
use std::sync::Arc;

use super::known::{self, Form};
use super::read::is_null_value;
use super::{forms, type_name};
use crate::code::Code;
use crate::column::json::string::push_string;
use crate::column::proto::decode::message::{unknown_field, value_of_entry};
use crate::column::proto::decode::push_json;
use crate::column::proto::oneofs::Oneofs;
use crate::column::proto::wire::{self, Cursor, accepts, unzigzag, wire_of};
use crate::column::{bytes, number};
use crate::error::{Error, Result};
use crate::schema::proto::pool::{Enum, Field, Kind, Many, Pool, Presence, Scalar};

/// Writes the messages of a pool as ProtoJSON.
#[derive(Debug)]
pub struct Writer {
    pool: Arc<Pool>,
    forms: Vec<Form>,
    /// By message: field numbers with their index, sorted.
    numbers: Vec<Vec<(u32, u32)>>,
    drop_unknown: bool,
    /// Whether numbers that a closed enum does not declare are fields that are not in the schema.
    closed_strictly: bool,
    depth_max: usize,
}

/// What the text does not tell.
#[derive(Clone, Copy, Debug, Default)]
pub struct Lost {
    /// Fields that are not in the schema.
    pub unknown: u64,
    /// Values that are not a number, of other bits than those that are read from `NaN`.
    pub payloads: u64,
}

/// One occurrence of a field.
#[derive(Clone, Copy)]
struct Part<'a> {
    field: usize,
    wire: u8,
    /// What stands behind the tag; of a group what stands between its tags.
    bytes: &'a [u8],
}

impl Writer {
    /// For the messages of `pool`. Fields that are not in the schema are left out and counted, or an error.
    pub fn new(pool: Arc<Pool>, drop_unknown: bool, depth_max: usize) -> Self {
        let numbers = pool.messages.iter().map(|message| {
            let mut numbers: Vec<(u32, u32)> =
                message.fields.iter().enumerate().map(|(index, field)| (field.number, index as u32)).collect();
            numbers.sort_unstable();
            numbers
        });
        let (numbers, forms) = (numbers.collect(), forms(&pool));
        Writer { numbers, forms, pool, drop_unknown, closed_strictly: false, depth_max }
    }

    /// The same, where numbers that a closed enum does not declare are fields that are not in the schema, if `strictly`.
    pub fn closing(self, strictly: bool) -> Self {
        Writer { closed_strictly: strictly, ..self }
    }

    /// Appends the text of a message of type `index`. Adds what it does not tell to `lost`.
    ///
    /// # Errors
    /// What is wrong with the bytes, or has no JSON form.
    pub fn message(&self, index: usize, bytes: &[u8], out: &mut Vec<u8>, lost: &mut Lost) -> Result<()> {
        self.value_of(index, bytes, out, lost, self.depth_max)
    }

    fn value_of(&self, index: usize, bytes: &[u8], out: &mut Vec<u8>, lost: &mut Lost, depth: usize) -> Result<()> {
        let Some(depth) = depth.checked_sub(1) else { return Err(wire::too_deep()) };
        match self.forms[index] {
            Form::Object => {
                out.push(b'{');
                self.members(index, bytes, out, lost, depth)?;
                out.push(b'}');
                Ok(())
            }
            // The message is no level of its own.
            Form::Json(known) => push_json(out, known, bytes, depth + 1, self.drop_unknown).map_err(Error::from),
            Form::Any => self.any(index, bytes, out, lost, depth),
            form => {
                let parts = self.parts(index, bytes, lost, depth)?;
                let last = |number: u32| {
                    let field = self.find(index, number)?;
                    parts.iter().rev().find(|part| part.field == field)
                };
                let varint = |number| last(number).map_or(Ok(0), |part| Cursor::new(part.bytes).varint());
                match form {
                    Form::Timestamp => known::push_timestamp(out, varint(1)? as i64, varint(2)? as i32),
                    Form::Duration => known::push_duration(out, varint(1)? as i64, varint(2)? as i32),
                    Form::FieldMask => {
                        let paths: Result<Vec<String>> = parts.iter().map(|part| mask_text(part.bytes)).collect();
                        push_string(out, paths?.join(",").as_bytes());
                        Ok(())
                    }
                    Form::Wrapper(scalar) => {
                        let zero: &[u8] = if scalar.wire() == wire::LENGTH { &[] } else { &[0; 8] };
                        let value = last(1).map_or(zero, |part| part.bytes);
                        push_scalar(scalar, &mut Cursor::new(value), out, lost)
                    }
                    Form::Object | Form::Json(_) | Form::Any => Err(Error::internal("a form without text")),
                }
            }
        }
    }

    fn find(&self, index: usize, number: u32) -> Option<usize> {
        let numbers = &self.numbers[index];
        let at = numbers.binary_search_by_key(&number, |(number, _)| *number).ok()?;
        Some(numbers[at].1 as usize)
    }

    /// The fields that are in the schema, in the order of their bytes; of a oneof only the member set last.
    fn parts<'a>(&self, index: usize, bytes: &'a [u8], lost: &mut Lost, depth: usize) -> Result<Vec<Part<'a>>> {
        let message = &self.pool.messages[index];
        let mut cursor = Cursor::new(bytes);
        let mut parts: Vec<Part> = Vec::new();
        let mut oneofs = Oneofs::new(message.oneofs.len());
        while !cursor.is_done() {
            let (number, wire) = cursor.tag()?;
            let bytes = cursor.value(number, wire, depth)?;
            let (number, wire, bytes) = match wire {
                wire::START if message.message_set && number == 1 => match message_set_item(bytes, depth)? {
                    Some((number, bytes)) => (number, wire::LENGTH, bytes),
                    None => continue,
                },
                _ => (number, wire, bytes),
            };
            let found = self.find(index, number).filter(|field| {
                let field = &message.fields[*field];
                accepts(field, wire) && !self.is_undeclared(field, wire, bytes)
            });
            let Some(field) = found else {
                self.leave_out(number, wire, lost)?;
                continue;
            };
            oneofs.set(message.fields[field].oneof, field, parts.len());
            parts.push(Part { field, wire, bytes });
        }
        oneofs.keep_last(&mut parts, |part| (message.fields[part.field].oneof, part.field));
        Ok(parts)
    }

    /// Counts a field that is not in the schema, or refuses it.
    fn leave_out(&self, number: u32, wire: u8, lost: &mut Lost) -> Result<()> {
        if !self.drop_unknown {
            return Err(unknown_field(number, wire).with_hint(
                "ProtoJSON has no place for it; leave such fields out, counted: --from-opt unknown=drop, or \
                 --to-opt unknown-fields=drop",
            ));
        }
        lost.unknown += 1;
        Ok(())
    }

    /// The enum of a kind, if numbers that it does not declare are fields that are not in the schema.
    fn strict(&self, kind: Kind) -> Option<&Enum> {
        match kind {
            Kind::Enum(index) if self.closed_strictly => Some(&*self.pool.enums[index]).filter(|names| names.closed),
            _ => None,
        }
    }

    /// Whether a field, or the value of an entry of a map, is a number that its closed enum does not declare. Numbers
    /// that are packed are looked at one by one, where they are written.
    fn is_undeclared(&self, field: &Field, wire: u8, bytes: &[u8]) -> bool {
        let undeclared = |names: &Enum, number: u64| names.values.iter().all(|(_, known)| *known != number as i32);
        match (field.many, field.kind) {
            (Many::Map, Kind::Message(entry)) => {
                let value = self.pool.messages[entry].fields.iter().find(|field| field.number == 2);
                let names = value.and_then(|value| self.strict(value.kind));
                names.is_some_and(|names| value_of_entry(bytes).is_some_and(|number| undeclared(names, number)))
            }
            (_, kind) if wire == wire::VARINT => self
                .strict(kind)
                .is_some_and(|names| Cursor::new(bytes).varint().is_ok_and(|number| undeclared(names, number))),
            _ => false,
        }
    }

    /// The members of an object, by field number.
    fn members(&self, index: usize, bytes: &[u8], out: &mut Vec<u8>, lost: &mut Lost, depth: usize) -> Result<()> {
        let message = &self.pool.messages[index];
        let mut parts = self.parts(index, bytes, lost, depth)?;
        let rising =
            parts.windows(2).all(|pair| message.fields[pair[0].field].number <= message.fields[pair[1].field].number);
        if !rising {
            parts.sort_by_key(|part| message.fields[part.field].number);
        }
        let mut rest = &parts[..];
        while let Some(first) = rest.first() {
            let count = rest.iter().take_while(|part| part.field == first.field).count();
            let (same, behind) = rest.split_at(count);
            rest = behind;
            let field = &message.fields[first.field];
            let start = out.len();
            if !matches!(out.last(), Some(b'{')) {
                out.push(b',');
            }
            push_string(out, field.json_name.as_bytes());
            out.push(b':');
            let written = self.field(field, same, out, lost, depth).map_err(|error| error.in_column(&field.name))?;
            if !written {
                out.truncate(start);
            }
        }
        Ok(())
    }

    /// False if it holds what absence means.
    fn field(&self, field: &Field, parts: &[Part], out: &mut Vec<u8>, lost: &mut Lost, depth: usize) -> Result<bool> {
        match field.many {
            Many::One => match field.kind {
                Kind::Message(index) | Kind::Group(index) => {
                    self.value_of(index, &joined(parts), out, lost, depth)?;
                }
                kind => {
                    let Some(last) = parts.last() else { return Ok(false) };
                    if field.presence == Presence::Implicit && is_zero(last) {
                        return Ok(false);
                    }
                    self.single(kind, last.wire, &mut Cursor::new(last.bytes), out, lost)?;
                }
            },
            Many::List => {
                out.push(b'[');
                let start = out.len();
                let separate = |out: &mut Vec<u8>| {
                    if out.len() > start {
                        out.push(b',');
                    }
                };
                for part in parts {
                    match field.kind {
                        Kind::Message(index) | Kind::Group(index) => {
                            separate(out);
                            self.value_of(index, part.bytes, out, lost, depth)?;
                        }
                        kind if part.wire == wire::LENGTH && wire_of(kind) != wire::LENGTH => {
                            let mut cursor = Cursor::new(part.bytes);
                            while !cursor.is_done() {
                                if self.is_undeclared(field, wire_of(kind), cursor.clone().rest()) {
                                    cursor.varint()?;
                                    self.leave_out(field.number, wire::VARINT, lost)?;
                                    continue;
                                }
                                separate(out);
                                self.single(kind, wire_of(kind), &mut cursor, out, lost)?;
                            }
                        }
                        kind => {
                            separate(out);
                            self.single(kind, part.wire, &mut Cursor::new(part.bytes), out, lost)?;
                        }
                    }
                }
                if out.len() == start {
                    return Ok(false);
                }
                out.push(b']');
            }
            Many::Map => self.map(field, parts, out, lost, depth)?,
        }
        Ok(true)
    }

    fn map(&self, field: &Field, parts: &[Part], out: &mut Vec<u8>, lost: &mut Lost, depth: usize) -> Result<()> {
        let Kind::Message(entry) = field.kind else { return Err(Error::internal("a map without entries")) };
        let fields = &self.pool.messages[entry].fields;
        let place = |number| fields.iter().position(|field| field.number == number);
        let (Some(key_at), Some(value_at)) = (place(1), place(2)) else {
            return Err(Error::schema(format!("the map entry of field {} is broken", field.name)));
        };
        // Of equal keys the last entry counts, at the place of the first.
        let mut entries: Vec<(Vec<u8>, Vec<u8>)> = Vec::with_capacity(parts.len());
        let mut places: std::collections::HashMap<Vec<u8>, usize> = std::collections::HashMap::new();
        for part in parts {
            let inner = self.parts(entry, part.bytes, lost, depth)?;
            let mut key = Vec::new();
            let last = inner.iter().rev().find(|part| part.field == key_at);
            let text = fields[key_at].kind == Kind::Scalar(Scalar::String);
            match last {
                Some(last) => {
                    self.single(fields[key_at].kind, last.wire, &mut Cursor::new(last.bytes), &mut key, lost)?;
                }
                None if text => key.extend_from_slice(b"\"\""),
                None => {
                    let kind = fields[key_at].kind;
                    self.single(kind, wire_of(kind), &mut Cursor::new(&[0; 8]), &mut key, lost)?;
                }
            }
            if key.first() != Some(&b'"') {
                key.insert(0, b'"');
                key.push(b'"');
            }
            let values: Vec<Part> = inner.iter().filter(|part| part.field == value_at).copied().collect();
            let mut value = Vec::new();
            match fields[value_at].kind {
                Kind::Message(index) | Kind::Group(index) => {
                    self.value_of(index, &joined(&values), &mut value, lost, depth)?;
                }
                kind => match values.last() {
                    Some(last) => self.single(kind, last.wire, &mut Cursor::new(last.bytes), &mut value, lost)?,
                    None if wire_of(kind) == wire::LENGTH => value.extend_from_slice(b"\"\""),
                    None => self.single(kind, wire_of(kind), &mut Cursor::new(&[0; 8]), &mut value, lost)?,
                },
            }
            match places.get(&key) {
                Some(at) => entries[*at].1 = value,
                None => {
                    places.insert(key.clone(), entries.len());
                    entries.push((key, value));
                }
            }
        }
        out.push(b'{');
        for (at, (key, value)) in entries.iter().enumerate() {
            if at > 0 {
                out.push(b',');
            }
            out.extend_from_slice(key);
            out.push(b':');
            out.extend_from_slice(value);
        }
        out.push(b'}');
        Ok(())
    }

    /// A scalar or enum. `cursor` stands at its bytes; of text and bytes it holds nothing else.
    fn single(&self, kind: Kind, wire: u8, cursor: &mut Cursor, out: &mut Vec<u8>, lost: &mut Lost) -> Result<()> {
        match kind {
            Kind::Scalar(Scalar::String | Scalar::Bytes) if wire == wire::LENGTH => {
                let bytes = cursor.rest();
                if kind == Kind::Scalar(Scalar::Bytes) {
                    push_bytes(bytes, out);
                    return Ok(());
                }
                push_text(bytes, out)
            }
            Kind::Scalar(scalar) => push_scalar(scalar, cursor, out, lost),
            Kind::Enum(index) => {
                let number = cursor.varint()? as i32;
                let names = &self.pool.enums[index];
                match names.values.iter().find(|(_, known)| *known == number) {
                    Some(_) if is_null_value(names) => out.extend_from_slice(b"null"),
                    Some((name, _)) => push_string(out, name.as_bytes()),
                    None => number::push_i64(out, number.into()),
                }
                Ok(())
            }
            Kind::Message(_) | Kind::Group(_) => Err(Error::internal("a message is no single value")),
        }
    }

    fn any(&self, index: usize, bytes: &[u8], out: &mut Vec<u8>, lost: &mut Lost, depth: usize) -> Result<()> {
        let parts = self.parts(index, bytes, lost, depth)?;
        let last = |number: u32| {
            let field = self.find(index, number);
            parts.iter().rev().find(|part| Some(part.field) == field).map(|part| part.bytes).unwrap_or_default()
        };
        let (url, value) = (last(1), last(2));
        out.push(b'{');
        if url.is_empty() && value.is_empty() {
            out.push(b'}');
            return Ok(());
        }
        let found = std::str::from_utf8(url).ok().and_then(type_name).and_then(|name| self.pool.message(name));
        let Some(inner) = found else {
            let url = String::from_utf8_lossy(url);
            let message =
                format!("type {url:?} of a google.protobuf.Any is not in the schema, which its JSON form needs");
            return Err(Error::value(Code::Token, message)
                .with_hint("give a descriptor set that has the type: --schema FILE.protoset"));
        };
        out.extend_from_slice(b"\"@type\":");
        push_text(url, out)?;
        if self.forms[inner].is_own() {
            out.extend_from_slice(b",\"value\":");
            self.value_of(inner, value, out, lost, depth)?;
        } else {
            let Some(depth) = depth.checked_sub(1) else { return Err(wire::too_deep()) };
            self.members(inner, value, out, lost, depth)?;
        }
        out.push(b'}');
        Ok(())
    }
}

/// Whether a scalar or enum is the default of its type. Text and bytes are only if there are none.
fn is_zero(part: &Part) -> bool {
    match part.wire {
        wire::LENGTH => part.bytes.is_empty(),
        // Varints may be longer than they need be.
        wire::VARINT => part.bytes.iter().all(|byte| byte & 0x7f == 0),
        _ => part.bytes.iter().all(|byte| *byte == 0),
    }
}

/// A message that comes in parts is their sum.
fn joined<'a>(parts: &[Part<'a>]) -> Cow<'a, [u8]> {
    match parts {
        [] => Cow::Borrowed(&[]),
        [one] => Cow::Borrowed(one.bytes),
        many => Cow::Owned(many.iter().flat_map(|part| part.bytes).copied().collect()),
    }
}

/// Type and bytes of an item of a message set. `None` if it has no type.
pub(in crate::column::proto) fn message_set_item(group: &[u8], depth: usize) -> Result<Option<(u32, &[u8])>> {
    let mut cursor = Cursor::new(group);
    let (mut number, mut bytes) = (None, None);
    while !cursor.is_done() {
        match cursor.tag()? {
            (2, wire::VARINT) => number = u32::try_from(cursor.varint()?).ok(),
            (3, wire::LENGTH) => bytes = Some(cursor.delimited()?),
            (1, wire::END) => break,
            (other, wire) => cursor.skip(other, wire, depth)?,
        }
    }
    Ok(number.map(|number| (number, bytes.unwrap_or_default())))
}

fn push_text(bytes: &[u8], out: &mut Vec<u8>) -> Result<()> {
    if simdutf8::basic::from_utf8(bytes).is_err() {
        return Err(Error::value(Code::Utf8, "text is not valid UTF-8"));
    }
    push_string(out, bytes);
    Ok(())
}

fn push_bytes(value: &[u8], out: &mut Vec<u8>) {
    out.push(b'"');
    bytes::push_base64(out, value);
    out.push(b'"');
}

fn mask_text(bytes: &[u8]) -> Result<String> {
    let path = std::str::from_utf8(bytes).map_err(|_| Error::value(Code::Utf8, "text is not valid UTF-8"))?;
    known::mask_text(path).ok_or_else(|| {
        Error::value(Code::Token, format!("the path {path:?} of a field mask would not come back from its JSON form"))
    })
}

/// The scalar at the cursor; text and bytes take all that is left. 64-bit integers are quoted.
fn push_scalar(scalar: Scalar, cursor: &mut Cursor, out: &mut Vec<u8>, lost: &mut Lost) -> Result<()> {
    match scalar {
        Scalar::Double => {
            let value = f64::from_bits(cursor.eight()?);
            lost.payloads += u64::from(value.is_nan() && value.to_bits() != f64::NAN.to_bits());
            push_float(value, out, number::push_f64);
        }
        Scalar::Float => {
            let value = f32::from_bits(cursor.four()?);
            lost.payloads += u64::from(value.is_nan() && value.to_bits() != f32::NAN.to_bits());
            push_float(value.into(), out, |out, _| number::push_f32(out, value));
        }
        Scalar::Int32 => number::push_i64(out, (cursor.varint()? as i32).into()),
        Scalar::Sint32 => number::push_i64(out, unzigzag(u64::from(cursor.varint()? as u32))),
        Scalar::Sfixed32 => number::push_i64(out, (cursor.four()? as i32).into()),
        Scalar::Uint32 => number::push_u64(out, (cursor.varint()? as u32).into()),
        Scalar::Fixed32 => number::push_u64(out, cursor.four()?.into()),
        Scalar::Int64 => push_quoted(cursor.varint()? as i64, out),
        Scalar::Sint64 => push_quoted(unzigzag(cursor.varint()?), out),
        Scalar::Sfixed64 => push_quoted(cursor.eight()? as i64, out),
        Scalar::Uint64 => push_quoted_unsigned(cursor.varint()?, out),
        Scalar::Fixed64 => push_quoted_unsigned(cursor.eight()?, out),
        Scalar::Bool => out.extend_from_slice(if cursor.varint()? != 0 { b"true" } else { b"false" }),
        Scalar::String => push_text(cursor.rest(), out)?,
        Scalar::Bytes => push_bytes(cursor.rest(), out),
    }
    Ok(())
}

fn push_float(value: f64, out: &mut Vec<u8>, push: impl FnOnce(&mut Vec<u8>, f64)) {
    let text: &[u8] = match value {
        value if value.is_nan() => b"\"NaN\"",
        f64::INFINITY => b"\"Infinity\"",
        f64::NEG_INFINITY => b"\"-Infinity\"",
        value => return push(out, value),
    };
    out.extend_from_slice(text);
}

fn push_quoted(value: i64, out: &mut Vec<u8>) {
    out.push(b'"');
    number::push_i64(out, value);
    out.push(b'"');
}

fn push_quoted_unsigned(value: u64, out: &mut Vec<u8>) {
    out.push(b'"');
    number::push_u64(out, value);
    out.push(b'"');
}
