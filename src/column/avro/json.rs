//! A datum as JSON and back (specification, section JSON Encoding): records of the JSON format's Avro dialect, and what
//! a column holds where a recursive type is cut.

use std::borrow::Cow;
use std::fmt::Write;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::column::Context;
use super::cursor::Cursor;
use super::put;
use super::skip::{branch, symbol, too_deep};
use crate::code::Code;
use crate::column::number::{self, NumberFault};
use crate::error::{Error, Result};
use crate::schema::avsc::model::{Kind, Node, Shape};

/// Bytes of the text of data at most.
const TEXT_BYTES_MAX: usize = 1 << 30;

/// Appends the JSON of the datum at the cursor, and adds to `payloads` how many NaNs it has whose bits the text does not
/// tell.
pub(crate) fn push_datum(
    context: &Context<'_>,
    node: &Node,
    cursor: &mut Cursor<'_>,
    out: &mut Vec<u8>,
    payloads: &mut u64,
    depth: usize,
) -> Result<()> {
    if depth > context.depth_max {
        return Err(too_deep(context.depth_max));
    }
    match &node.kind {
        Kind::Null => out.extend_from_slice(b"null"),
        Kind::Boolean => out.extend_from_slice(if cursor.boolean()? { b"true" } else { b"false" }),
        Kind::Int | Kind::Long => {
            let value = if node.kind == Kind::Int { i64::from(cursor.int()?) } else { cursor.long()? };
            out.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
        }
        Kind::Float => {
            let value = f32::from_le_bytes(cursor.array()?);
            *payloads += u64::from(value.is_nan() && value.to_bits() != f32::NAN.to_bits());
            push_float(out, value);
        }
        Kind::Double => {
            let value = f64::from_le_bytes(cursor.array()?);
            *payloads += u64::from(value.is_nan() && value.to_bits() != f64::NAN.to_bits());
            push_float(out, value);
        }
        Kind::Bytes => push_bytes(out, cursor.bytes()?),
        Kind::String => push_string(out, text(cursor.bytes()?)?),
        Kind::Array(items) => {
            out.push(b'[');
            let mut first = true;
            while let Some(block) = cursor.items(0)? {
                for _ in 0..block.count {
                    comma(out, &mut first);
                    push_datum(context, items, cursor, out, payloads, depth + 1)?;
                    check_size(out)?;
                }
                cursor.end_items(&block)?;
            }
            out.push(b']');
        }
        Kind::Map(values) => {
            out.push(b'{');
            let mut first = true;
            while let Some(block) = cursor.items(1)? {
                for _ in 0..block.count {
                    comma(out, &mut first);
                    push_string(out, text(cursor.bytes()?)?);
                    out.push(b':');
                    push_datum(context, values, cursor, out, payloads, depth + 1)?;
                }
                cursor.end_items(&block)?;
            }
            out.push(b'}');
        }
        Kind::Union(branches) => {
            let chosen = branch(cursor, branches)?;
            if chosen.kind == Kind::Null {
                out.extend_from_slice(b"null");
            } else {
                out.push(b'{');
                push_string(out, &context.document.branch_name(chosen));
                out.push(b':');
                push_datum(context, chosen, cursor, out, payloads, depth + 1)?;
                out.push(b'}');
            }
        }
        Kind::Named(id) => match context.document.types.get(*id).map(|named| &named.shape) {
            Some(Shape::Fixed(size)) => push_bytes(out, cursor.take(*size)?),
            Some(Shape::Enum { symbols, .. }) => push_string(out, symbol(cursor, symbols)?),
            Some(Shape::Record { fields, .. }) => {
                out.push(b'{');
                let mut first = true;
                for field in fields {
                    comma(out, &mut first);
                    push_string(out, &field.name);
                    out.push(b':');
                    push_datum(context, &field.node, cursor, out, payloads, depth + 1)
                        .map_err(|error| error.in_column(&field.name))?;
                }
                out.push(b'}');
            }
            None => return Err(Error::internal("a type that is not there")),
        },
    }
    Ok(())
}

/// Items that take no bytes make text all the same.
fn check_size(out: &[u8]) -> Result<()> {
    match out.len() > TEXT_BYTES_MAX {
        true => Err(Error::limit(format!("data whose text has more than {TEXT_BYTES_MAX} bytes"))),
        false => Ok(()),
    }
}

fn comma(out: &mut Vec<u8>, first: &mut bool) {
    if !std::mem::take(first) {
        out.push(b',');
    }
}

trait Float: Copy + zmij::Float + Into<f64> {}
impl Float for f32 {}
impl Float for f64 {}

fn push_float<F: Float>(out: &mut Vec<u8>, value: F) {
    let wide: f64 = value.into();
    if wide.is_finite() {
        out.extend_from_slice(zmij::Buffer::new().format_finite(value).as_bytes());
    } else if wide.is_nan() {
        out.extend_from_slice(b"\"NaN\"");
    } else {
        out.extend_from_slice(if wide > 0.0 { b"\"Infinity\"" } else { b"\"-Infinity\"" });
    }
}

fn text(bytes: &[u8]) -> Result<&str> {
    simdutf8::basic::from_utf8(bytes).map_err(|_| Error::value(Code::Utf8, "text that is not UTF-8"))
}

fn push_string(out: &mut Vec<u8>, text: &str) {
    out.push(b'"');
    for c in text.chars() {
        push_char(out, c);
    }
    out.push(b'"');
}

/// Bytes as text of code points 0 to 255.
fn push_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    out.push(b'"');
    for byte in bytes {
        push_char(out, char::from(*byte));
    }
    out.push(b'"');
}

fn push_char(out: &mut Vec<u8>, c: char) {
    match c {
        '"' => out.extend_from_slice(b"\\\""),
        '\\' => out.extend_from_slice(b"\\\\"),
        c if c < ' ' || c == '\u{7f}' => {
            let mut escape = String::with_capacity(6);
            // Writing to a String cannot fail.
            let _ = write!(escape, "\\u{:04x}", u32::from(c));
            out.extend_from_slice(escape.as_bytes());
        }
        c => out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
    }
}

/// Members of an object, in order, with their values as text.
struct Members<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> serde::de::Visitor<'de> for Visitor {
            type Value = Members<'de>;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some((key, value)) = map.next_entry::<String, &RawValue>()? {
                    members.push((Cow::Owned(key), value));
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Visitor)
    }
}

fn misfit(text: &str, what: &str) -> Error {
    let shown: String = text.chars().take(60).collect();
    Error::value(Code::Token, format!("{shown} is not {what}"))
}

fn parse<'a, T: Deserialize<'a>>(text: &'a str, what: &str) -> Result<T> {
    serde_json::from_str(text).map_err(|_| misfit(text, what))
}

/// Appends the datum of `node` that a JSON text holds.
pub(crate) fn encode(context: &Context<'_>, node: &Node, json: &str, out: &mut Vec<u8>, depth: usize) -> Result<()> {
    if depth > context.depth_max {
        return Err(too_deep(context.depth_max));
    }
    let document = context.document;
    match &node.kind {
        Kind::Null => parse::<()>(json, "null")?,
        Kind::Boolean => out.push(u8::from(parse::<bool>(json, "a boolean")?)),
        Kind::Int => {
            let value = number(json, number::parse_i64, "an int")?;
            let narrow = i32::try_from(value);
            put::long(out, i64::from(narrow.map_err(|_| fault(json, NumberFault::Range, "an int of 32 bits"))?));
        }
        Kind::Long => put::long(out, number(json, number::parse_i64, "a long of 64 bits")?),
        Kind::Float => {
            let value = match special(json) {
                Some(value) => value as f32,
                None => number(json, number::parse_f32, "a float")?,
            };
            out.extend_from_slice(&value.to_le_bytes());
        }
        Kind::Double => {
            let value = match special(json) {
                Some(value) => value,
                None => number(json, number::parse_f64, "a double")?,
            };
            out.extend_from_slice(&value.to_le_bytes());
        }
        Kind::String => put::bytes(out, parse::<Cow<'_, str>>(json, "text")?.as_bytes()),
        Kind::Bytes => put::bytes(out, &latin1(json)?),
        Kind::Array(items) => {
            let values: Vec<&RawValue> = parse(json, "an array")?;
            if !values.is_empty() {
                put::long(out, values.len() as i64);
                for value in values {
                    encode(context, items, value.get(), out, depth + 1)?;
                }
            }
            out.push(0);
        }
        Kind::Map(values) => {
            let Members(members) = parse(json, "an object")?;
            if !members.is_empty() {
                put::long(out, members.len() as i64);
                for (key, value) in members {
                    put::bytes(out, key.as_bytes());
                    encode(context, values, value.get(), out, depth + 1)?;
                }
            }
            out.push(0);
        }
        Kind::Union(branches) => {
            let number = |index: usize| index as i64;
            if json.trim() == "null" {
                let null = branches.iter().position(|branch| branch.kind == Kind::Null);
                put::long(out, number(null.ok_or_else(|| misfit(json, "a value of the union"))?));
                return Ok(());
            }
            let Members(members) = parse(json, "an object that names a branch of the union")?;
            let [(name, value)] = members.as_slice() else {
                return Err(misfit(json, "an object with the name of one branch"));
            };
            let found = branches.iter().enumerate().find(|(_, branch)| document.branch_name(branch) == *name);
            let (index, branch) = found.ok_or_else(|| misfit(name, "a branch of the union"))?;
            put::long(out, number(index));
            encode(context, branch, value.get(), out, depth + 1)?;
        }
        Kind::Named(id) => match document.types.get(*id).map(|named| &named.shape) {
            Some(Shape::Fixed(size)) => {
                let bytes = latin1(json)?;
                if bytes.len() != *size {
                    return Err(Error::value(Code::Length, format!("{} bytes for a fixed of {size}", bytes.len())));
                }
                out.extend_from_slice(&bytes);
            }
            Some(Shape::Enum { symbols, .. }) => {
                let symbol: Cow<'_, str> = parse(json, "a symbol")?;
                let index = symbols.iter().position(|known| *known == symbol);
                let index = index.ok_or_else(|| Error::value(Code::Enum, format!("{symbol:?} is not a symbol")))?;
                put::long(out, index as i64);
            }
            Some(Shape::Record { fields, .. }) => {
                let Members(members) = parse(json, "an object")?;
                if let Some((extra, _)) = members.iter().find(|(name, _)| fields.iter().all(|f| f.name != *name)) {
                    return Err(Error::value(Code::ExtraKey, format!("the record has no field {extra:?}")));
                }
                for field in fields {
                    let mut values = members.iter().filter(|(name, _)| *name == field.name);
                    match (values.next(), values.next()) {
                        (Some((_, value)), None) => encode(context, &field.node, value.get(), out, depth + 1)
                            .map_err(|error| error.in_column(&field.name))?,
                        (None, _) => return Err(misfit(json, &format!("a record with the field {:?}", field.name))),
                        (Some(_), Some(_)) => {
                            return Err(Error::value(Code::DuplicateKey, format!("{:?} comes twice", field.name)));
                        }
                    }
                }
            }
            None => return Err(Error::internal("a type that is not there")),
        },
    }
    Ok(())
}

fn special(json: &str) -> Option<f64> {
    match json.trim() {
        "\"NaN\"" => Some(f64::NAN),
        "\"Infinity\"" => Some(f64::INFINITY),
        "\"-Infinity\"" => Some(f64::NEG_INFINITY),
        _ => None,
    }
}

/// A number token, exactly; digits that the type does not hold are a fault.
fn number<T>(json: &str, parse: impl Fn(&[u8]) -> Result<T, NumberFault>, what: &str) -> Result<T> {
    let token = json.trim();
    // Other texts that a parser of numbers takes are no JSON.
    if !token.starts_with(|c: char| c == '-' || c.is_ascii_digit()) {
        return Err(misfit(json, what));
    }
    parse(token.as_bytes()).map_err(|error| fault(json, error, what))
}

fn fault(json: &str, fault: NumberFault, what: &str) -> Error {
    let shown: String = json.trim().chars().take(60).collect();
    Error::value(fault.code(), format!("{shown} is not {what}"))
}

fn latin1(json: &str) -> Result<Vec<u8>> {
    let text: Cow<'_, str> = parse(json, "text of code points 0 to 255")?;
    let bytes = text.chars().map(|c| u8::try_from(u32::from(c)).ok());
    bytes.collect::<Option<Vec<u8>>>().ok_or_else(|| misfit(json, "text of code points 0 to 255"))
}
