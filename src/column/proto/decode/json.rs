//! `google.protobuf.Struct`, `Value` and `ListValue` as JSON text, keys sorted.
//!
//! Rules: google/protobuf/struct.proto; of equal keys, and of several kinds of a value, the last one wins.

use std::collections::BTreeMap;

use crate::code::Code;
use crate::column::number;
use crate::column::proto::wire::{self, Cursor};
use crate::error::Error;
use crate::schema::proto::shape::Known;

/// What is wrong with a value.
pub struct Fault(Error);

impl From<Fault> for Error {
    fn from(fault: Fault) -> Error {
        fault.0
    }
}

impl From<Error> for Fault {
    /// Positions inside the value mean nothing outside.
    fn from(error: Error) -> Fault {
        let plain = Error::new(error.kind(), error.message());
        let plain = match error.code() {
            Some(code) => plain.with_code(code),
            None => plain,
        };
        Fault(match error.hint() {
            Some(hint) => plain.with_hint(hint),
            None => plain,
        })
    }
}

/// Appends the text of an encoded value, whose lists and objects are nested at most `depth` deep.
pub fn push(out: &mut Vec<u8>, known: Known, bytes: &[u8], depth: usize, drop_unknown: bool) -> Result<(), Fault> {
    let reader = Reader { drop_unknown };
    let node = match known {
        Known::Struct => Node::Struct(bytes),
        Known::ListValue => Node::List(bytes),
        _ => Node::Value(bytes),
    };
    reader.push(out, node, depth)
}

#[derive(Clone, Copy)]
enum Node<'a> {
    Struct(&'a [u8]),
    List(&'a [u8]),
    Value(&'a [u8]),
}

struct Reader {
    drop_unknown: bool,
}

/// The last kind that a value names.
enum Last {
    Nothing,
    Null,
    Number(f64),
    Text(Vec<u8>),
    Bool(bool),
    Struct(Vec<u8>),
    List(Vec<u8>),
}

impl Reader {
    fn push(&self, out: &mut Vec<u8>, node: Node, depth: usize) -> Result<(), Fault> {
        let deeper = || depth.checked_sub(1).ok_or_else(wire::too_deep);
        match node {
            // The message around a list or an object is no level of the text.
            Node::Value(bytes) => self.value(out, bytes, depth),
            Node::Struct(bytes) => self.object(out, bytes, deeper()?),
            Node::List(bytes) => self.list(out, bytes, deeper()?),
        }
    }

    fn list(&self, out: &mut Vec<u8>, bytes: &[u8], depth: usize) -> Result<(), Fault> {
        let mut cursor = Cursor::new(bytes);
        let mut first = true;
        out.push(b'[');
        while !cursor.is_done() {
            match cursor.tag()? {
                (1, wire::LENGTH) => {
                    if !std::mem::take(&mut first) {
                        out.push(b',');
                    }
                    self.push(out, Node::Value(cursor.delimited()?), depth)?;
                }
                (number, wire) => self.skip(number, wire, &mut cursor, depth)?,
            }
        }
        out.push(b']');
        Ok(())
    }

    fn object(&self, out: &mut Vec<u8>, bytes: &[u8], depth: usize) -> Result<(), Fault> {
        let mut cursor = Cursor::new(bytes);
        let mut entries: BTreeMap<&str, Vec<u8>> = BTreeMap::new();
        while !cursor.is_done() {
            match cursor.tag()? {
                (1, wire::LENGTH) => {
                    let mut entry = Cursor::new(cursor.delimited()?);
                    let (mut key, mut value): (&[u8], Vec<u8>) = (b"", Vec::new());
                    while !entry.is_done() {
                        match entry.tag()? {
                            (1, wire::LENGTH) => key = entry.delimited()?,
                            (2, wire::LENGTH) => value.extend_from_slice(entry.delimited()?),
                            (number, wire) => self.skip(number, wire, &mut entry, depth)?,
                        }
                    }
                    entries.insert(text(key)?, value);
                }
                (number, wire) => self.skip(number, wire, &mut cursor, depth)?,
            }
        }
        out.push(b'{');
        for (index, (key, value)) in entries.iter().enumerate() {
            if index > 0 {
                out.push(b',');
            }
            push_text(out, key);
            out.push(b':');
            self.push(out, Node::Value(value), depth)?;
        }
        out.push(b'}');
        Ok(())
    }

    fn value(&self, out: &mut Vec<u8>, bytes: &[u8], depth: usize) -> Result<(), Fault> {
        let mut cursor = Cursor::new(bytes);
        let mut last = Last::Nothing;
        while !cursor.is_done() {
            last = match cursor.tag()? {
                // An open enum of one value: what other numbers mean, JSON cannot say.
                (1, wire::VARINT) => match cursor.varint()? as i32 {
                    0 => Last::Null,
                    number => {
                        let message = format!("the number {number} of google.protobuf.NullValue has no JSON form");
                        return Err(Error::value(Code::Enum, message)
                            .with_hint("--from-opt struct=bytes keeps the messages as they are")
                            .into());
                    }
                },
                (2, wire::EIGHT) => Last::Number(f64::from_bits(cursor.eight()?)),
                (3, wire::LENGTH) => Last::Text(cursor.delimited()?.to_vec()),
                (4, wire::VARINT) => Last::Bool(cursor.varint()? != 0),
                (number @ (5 | 6), wire::LENGTH) => {
                    let part = cursor.delimited()?;
                    match (number, last) {
                        // The same kind again: the messages merge.
                        (5, Last::Struct(mut bytes)) => {
                            bytes.extend_from_slice(part);
                            Last::Struct(bytes)
                        }
                        (6, Last::List(mut bytes)) => {
                            bytes.extend_from_slice(part);
                            Last::List(bytes)
                        }
                        (5, _) => Last::Struct(part.to_vec()),
                        _ => Last::List(part.to_vec()),
                    }
                }
                (number, wire) => {
                    self.skip(number, wire, &mut cursor, depth)?;
                    last
                }
            };
        }
        match last {
            Last::Null => out.extend_from_slice(b"null"),
            Last::Bool(true) => out.extend_from_slice(b"true"),
            Last::Bool(false) => out.extend_from_slice(b"false"),
            Last::Number(number) => push_number(out, number)?,
            Last::Text(bytes) => push_text(out, text(&bytes)?),
            Last::Struct(bytes) => self.push(out, Node::Struct(&bytes), depth)?,
            Last::List(bytes) => self.push(out, Node::List(&bytes), depth)?,
            Last::Nothing => {
                return Err(Error::value(Code::Null, "a google.protobuf.Value that holds nothing").into());
            }
        }
        Ok(())
    }

    fn skip(&self, number: u32, wire: u8, cursor: &mut Cursor, depth: usize) -> Result<(), Fault> {
        cursor.skip(number, wire, depth)?;
        if self.drop_unknown {
            return Ok(());
        }
        Err(super::message::unknown_field(number, wire).into())
    }
}

fn text(bytes: &[u8]) -> Result<&str, Fault> {
    std::str::from_utf8(bytes).map_err(|_| Error::value(Code::Utf8, "text is not valid UTF-8").into())
}

/// Whole numbers up to 2^53 without a point, as JSON writers of Protobuf do.
fn push_number(out: &mut Vec<u8>, value: f64) -> Result<(), Fault> {
    if !value.is_finite() {
        return Err(Error::value(Code::NonFinite, format!("{value} has no JSON form")).into());
    }
    let whole = value as i64;
    if value.abs() <= 9_007_199_254_740_992.0 && whole as f64 == value && !(whole == 0 && value.is_sign_negative()) {
        number::push_i64(out, whole);
    } else {
        number::push_f64(out, value);
    }
    Ok(())
}

fn push_text(out: &mut Vec<u8>, text: &str) {
    out.push(b'"');
    for byte in text.bytes() {
        match byte {
            b'"' => out.extend_from_slice(b"\\\""),
            b'\\' => out.extend_from_slice(b"\\\\"),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            0..0x20 => out.extend_from_slice(format!("\\u{byte:04x}").as_bytes()),
            _ => out.push(byte),
        }
    }
    out.push(b'"');
}
