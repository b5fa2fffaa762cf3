//! ProtoJSON text → an encoded message. Fields are written in the order of the text; readers of messages take any.

use std::collections::HashMap;
use std::sync::Arc;

use super::known::{self, Form};
use super::{forms, type_name};
use crate::code::Code;
use crate::column::json::Cursor;
use crate::column::json::build::{ExtraKeys, Seen};
use crate::column::json::text::{skip_value, too_deep};
use crate::column::proto::encode::push_json;
use crate::column::proto::flags::Flags;
use crate::column::proto::integer::push_integer;
use crate::column::proto::wire::{self, push_delimited, push_tag, push_varint};
use crate::column::{bytes, number};
use crate::error::{Error, Result};
use crate::schema::proto::pool::{Enum, Field, Kind, Many, Pool, Scalar};

/// Reads the messages of a pool from ProtoJSON.
#[derive(Debug)]
pub struct Reader {
    pool: Arc<Pool>,
    forms: Vec<Form>,
    /// By message: its fields by name and by JSON name.
    fields: Vec<HashMap<Box<str>, u32>>,
    extra_keys: ExtraKeys,
    depth_max: usize,
}

/// What a reader needs from message to message.
#[derive(Debug, Default)]
pub struct Work {
    scratch: Vec<u8>,
    /// Keys and enum names that are not in the schema, left out.
    pub ignored: u64,
}

/// Whether a value was written, or left out because its enum has no such name.
type Taken = bool;

impl Reader {
    /// For the messages of `pool`.
    pub fn new(pool: Arc<Pool>, extra_keys: ExtraKeys, depth_max: usize) -> Self {
        let fields = pool.messages.iter().map(|message| {
            let mut names: HashMap<Box<str>, u32> = HashMap::with_capacity(message.fields.len() * 2);
            for (index, field) in message.fields.iter().enumerate() {
                names.entry(field.name.as_str().into()).or_insert(index as u32);
            }
            // The JSON name wins over another field's own name.
            for (index, field) in message.fields.iter().enumerate() {
                names.insert(field.json_name.as_str().into(), index as u32);
            }
            names
        });
        Reader { fields: fields.collect(), forms: forms(&pool), pool, extra_keys, depth_max }
    }

    /// Appends the message of type `index` that stands at the cursor.
    ///
    /// # Errors
    /// Malformed text; `V-…` for a value that its field does not hold, a key that stands twice or is not known.
    pub fn message(&self, index: usize, cursor: &mut Cursor, out: &mut Vec<u8>, work: &mut Work) -> Result<()> {
        self.value_of(index, cursor, out, work, self.depth_max)
    }

    fn value_of(
        &self,
        index: usize,
        cursor: &mut Cursor,
        out: &mut Vec<u8>,
        work: &mut Work,
        depth: usize,
    ) -> Result<()> {
        let Some(depth) = depth.checked_sub(1) else { return Err(too_deep(self.depth_max, cursor.position())) };
        match self.forms[index] {
            Form::Object => self.object(index, cursor, out, work, depth, false),
            Form::Any => self.any(cursor, out, work, depth),
            Form::Json(known) => {
                // The message is no level of its own: what the text has are those of its lists and objects.
                cursor.peek();
                let start = cursor.position();
                let text = skip_value(cursor, depth + 1, &mut work.scratch).map_err(|error| match error.code() {
                    Some(Code::Depth) => too_deep(self.depth_max, start),
                    _ => error,
                })?;
                push_json(out, known, text).map_err(|error| error.at_byte(start as u64))
            }
            Form::Wrapper(scalar) => {
                push_tag(out, 1, scalar.wire());
                self.scalar(scalar, cursor, out, work)
            }
            form => {
                cursor.peek();
                let start = cursor.position();
                let refuse = |code, text: &[u8], what: &str| Err(refused(code, text, what, start));
                if cursor.byte() != Some(b'"') {
                    let found = skip_value(cursor, depth, &mut work.scratch)?;
                    return refuse(Code::Token, found, &self.pool.messages[index].name);
                }
                let text = cursor.string(&mut work.scratch)?;
                let parts = match form {
                    Form::Timestamp => known::parse_timestamp(text),
                    Form::Duration => known::parse_duration(text),
                    _ => return field_mask(text, out, start),
                };
                let Some((seconds, nanos)) = parts else {
                    let what = match form {
                        Form::Timestamp => "a timestamp of RFC 3339 in the years 1 to 9999",
                        _ => "a duration such as \"1.5s\", 315576000000s at most",
                    };
                    return refuse(Code::TimestampRange, text, what);
                };
                push_number(out, 1, seconds);
                push_number(out, 2, nanos.into());
                Ok(())
            }
        }
    }

    /// An object of fields. Inside an `Any` the key `@type` is passed over.
    fn object(
        &self,
        index: usize,
        cursor: &mut Cursor,
        out: &mut Vec<u8>,
        work: &mut Work,
        depth: usize,
        typed: bool,
    ) -> Result<()> {
        let message = &self.pool.messages[index];
        if cursor.peek() != Some(b'{') {
            let start = cursor.position();
            let found = skip_value(cursor, depth, &mut work.scratch)?;
            return Err(refused(Code::Token, found, &format!("message {}", message.name), start));
        }
        cursor.step();
        let mut seen = Flags::new(message.fields.len());
        let mut oneofs: Vec<Option<usize>> = vec![None; message.oneofs.len()];
        let mut more = !cursor.eat(b'}');
        while more {
            cursor.peek();
            let start = cursor.position();
            let key = cursor.string(&mut work.scratch)?;
            let found = std::str::from_utf8(key).ok().and_then(|key| self.fields[index].get(key)).copied();
            let special = typed && key == b"@type";
            let unknown = (found.is_none() && !special && self.extra_keys == ExtraKeys::Error)
                .then(|| String::from_utf8_lossy(key).into_owned());
            cursor.expect(b':', "':' after the key")?;
            match (found, unknown) {
                (_, Some(key)) => {
                    let error = Error::value(Code::ExtraKey, format!("message {} has no field {key:?}", message.name));
                    return Err(error.at_byte(start as u64).with_hint(
                        "use the schema it was written with; or leave such keys out, counted: --from-opt \
                         extra-keys=ignore",
                    ));
                }
                (None, None) => {
                    skip_value(cursor, depth, &mut work.scratch)?;
                    work.ignored += u64::from(!special);
                }
                (Some(found), _) => {
                    let found = found as usize;
                    let field = &message.fields[found];
                    let fail = |code, text: String| Error::value(code, text).at_byte(start as u64);
                    if seen.set(found) {
                        return Err(fail(Code::DuplicateKey, format!("field {} is set twice", field.name)));
                    }
                    let at = out.len();
                    let set = self
                        .field(field, message.message_set, cursor, out, work, depth)
                        .map_err(|error| error.in_column(&field.name))?;
                    if !set {
                        out.truncate(at);
                    } else if let Some(oneof) = field.oneof.and_then(|oneof| oneofs.get_mut(oneof as usize))
                        && let Some(other) = oneof.replace(found)
                    {
                        let (one, two) = (&message.fields[other].name, &field.name);
                        return Err(fail(Code::OneOf, format!("{one} and {two} are members of one oneof")));
                    }
                }
            }
            more = cursor.comma_or(b'}')?;
        }
        Ok(())
    }

    fn field(
        &self,
        field: &Field,
        message_set: bool,
        cursor: &mut Cursor,
        out: &mut Vec<u8>,
        work: &mut Work,
        depth: usize,
    ) -> Result<Taken> {
        if cursor.peek() == Some(b'n') && !(field.many == Many::One && self.takes_null(field.kind)) {
            cursor.literal("null")?;
            return Ok(false);
        }
        match field.many {
            Many::One if message_set => {
                let mut inner = Vec::new();
                if let Kind::Message(index) | Kind::Group(index) = field.kind {
                    self.value_of(index, cursor, &mut inner, work, depth)?;
                }
                push_tag(out, 1, wire::START);
                push_tag(out, 2, wire::VARINT);
                push_varint(out, field.number.into());
                push_tag(out, 3, wire::LENGTH);
                push_delimited(out, |out| out.extend_from_slice(&inner));
                push_tag(out, 1, wire::END);
                Ok(true)
            }
            Many::One => self.single(field.number, field.kind, cursor, out, work, depth),
            Many::List => self.list(field, cursor, out, work, depth).map(|()| true),
            Many::Map => self.map(field, cursor, out, work, depth).map(|()| true),
        }
    }

    /// Whether `null` is a value of it.
    fn takes_null(&self, kind: Kind) -> bool {
        match kind {
            Kind::Message(index) => self.forms[index] == Form::Json(crate::schema::proto::shape::Known::Value),
            Kind::Enum(index) => is_null_value(&self.pool.enums[index]),
            _ => false,
        }
    }

    /// One value with its tag.
    fn single(
        &self,
        number: u32,
        kind: Kind,
        cursor: &mut Cursor,
        out: &mut Vec<u8>,
        work: &mut Work,
        depth: usize,
    ) -> Result<Taken> {
        match kind {
            Kind::Scalar(scalar) => {
                push_tag(out, number, scalar.wire());
                self.scalar(scalar, cursor, out, work)?;
            }
            Kind::Enum(index) => match self.enumeration(&self.pool.enums[index], cursor, work)? {
                None => return Ok(false),
                Some(value) => {
                    push_tag(out, number, wire::VARINT);
                    push_varint(out, i64::from(value) as u64);
                }
            },
            Kind::Message(index) => {
                push_tag(out, number, wire::LENGTH);
                let mut result = Ok(());
                push_delimited(out, |out| result = self.value_of(index, cursor, out, work, depth));
                result?;
            }
            Kind::Group(index) => {
                push_tag(out, number, wire::START);
                self.value_of(index, cursor, out, work, depth)?;
                push_tag(out, number, wire::END);
            }
        }
        Ok(true)
    }

    fn list(&self, field: &Field, cursor: &mut Cursor, out: &mut Vec<u8>, work: &mut Work, depth: usize) -> Result<()> {
        let start = cursor.position();
        if !cursor.eat(b'[') {
            let found = skip_value(cursor, depth, &mut work.scratch)?;
            return Err(refused(Code::Token, found, &format!("an array of field {}", field.name), start));
        }
        let Some(depth) = depth.checked_sub(1) else { return Err(too_deep(self.depth_max, start)) };
        let mut more = !cursor.eat(b']');
        while more {
            let start = cursor.position();
            if cursor.peek() == Some(b'n') && !self.takes_null(field.kind) {
                return Err(Error::value(Code::NullElement, "a null element, but a repeated field has none")
                    .at_byte(start as u64));
            }
            let at = out.len();
            if !self.single(field.number, field.kind, cursor, out, work, depth)? {
                out.truncate(at);
            }
            more = cursor.comma_or(b']')?;
        }
        Ok(())
    }

    fn map(&self, field: &Field, cursor: &mut Cursor, out: &mut Vec<u8>, work: &mut Work, depth: usize) -> Result<()> {
        let Kind::Message(entry) = field.kind else { return Err(Error::internal("a map without entries")) };
        let part = |number| self.pool.messages[entry].fields.iter().find(|field| field.number == number);
        let (Some(Kind::Scalar(key)), Some(value)) = (part(1).map(|key| key.kind), part(2)) else {
            return Err(Error::schema(format!("the map entry of field {} is broken", field.name)));
        };
        let start = cursor.position();
        if !cursor.eat(b'{') {
            let found = skip_value(cursor, depth, &mut work.scratch)?;
            return Err(refused(Code::Token, found, &format!("an object of field {}", field.name), start));
        }
        let Some(depth) = depth.checked_sub(1) else { return Err(too_deep(self.depth_max, start)) };
        let mut seen = Seen::default();
        let mut more = !cursor.eat(b'}');
        while more {
            cursor.peek();
            let start = cursor.position();
            let mut pair = Vec::new();
            push_tag(&mut pair, 1, key.wire());
            let from = pair.len();
            if cursor.byte() != Some(b'"') {
                return Err(cursor.unexpected("a key in double quotes"));
            }
            match key {
                Scalar::Bool => {
                    let text = cursor.string(&mut work.scratch)?;
                    let value = match text {
                        b"true" => 1,
                        b"false" => 0,
                        _ => return Err(refused(Code::Token, text, "bool", start)),
                    };
                    pair.push(value);
                }
                _ => self.scalar(key, cursor, &mut pair, work)?,
            }
            if !seen.insert(&pair[from..]) {
                return Err(Error::value(Code::DuplicateKey, "a key stands twice in a map").at_byte(start as u64));
            }
            cursor.expect(b':', "':' after the key")?;
            let start = cursor.position();
            if cursor.peek() == Some(b'n') && !self.takes_null(value.kind) {
                return Err(Error::value(Code::Null, "a null value, but a map has none").at_byte(start as u64));
            }
            if self.single(2, value.kind, cursor, &mut pair, work, depth)? {
                push_tag(out, field.number, wire::LENGTH);
                push_delimited(out, |out| out.extend_from_slice(&pair));
            }
            more = cursor.comma_or(b'}')?;
        }
        Ok(())
    }

    /// The number of a name; `None` for a name that is not known and may be left out.
    fn enumeration(&self, names: &Enum, cursor: &mut Cursor, work: &mut Work) -> Result<Option<i32>> {
        let first = cursor.peek();
        let start = cursor.position();
        match first {
            Some(b'n') => cursor.literal("null").map(|()| Some(0)),
            Some(b'"') => {
                let text = cursor.string(&mut work.scratch)?;
                let found = names.values.iter().find(|(name, _)| name.as_bytes() == text);
                match found {
                    Some((_, number)) => Ok(Some(*number)),
                    None if self.extra_keys == ExtraKeys::Ignore => {
                        work.ignored += 1;
                        Ok(None)
                    }
                    None => Err(refused(Code::Enum, text, &format!("a value of enum {}", names.name), start)),
                }
            }
            Some(b'-' | b'0'..=b'9') => {
                let token = cursor.number()?;
                let value = number::parse_i64(token).map_err(|fault| refused(fault.code(), token, "int32", start))?;
                let value = i32::try_from(value).map_err(|_| refused(Code::IntRange, token, "int32", start))?;
                Ok(Some(value))
            }
            _ => {
                let found = skip_value(cursor, self.depth_max, &mut work.scratch)?;
                Err(refused(Code::Token, found, &format!("a value of enum {}", names.name), start))
            }
        }
    }

    /// A scalar without its tag.
    fn scalar(&self, scalar: Scalar, cursor: &mut Cursor, out: &mut Vec<u8>, work: &mut Work) -> Result<()> {
        let first = cursor.peek();
        let start = cursor.position();
        let quoted = first == Some(b'"');
        if scalar == Scalar::Bool {
            match first {
                Some(b't') => cursor.literal("true")?,
                Some(b'f') => cursor.literal("false")?,
                _ => {
                    let found = skip_value(cursor, self.depth_max, &mut work.scratch)?;
                    return Err(refused(Code::Token, found, "bool", start));
                }
            }
            out.push(u8::from(first == Some(b't')));
            return Ok(());
        }
        let number = matches!(first, Some(b'-' | b'0'..=b'9'));
        let text = scalar == Scalar::String || scalar == Scalar::Bytes;
        if !(quoted || number && !text) {
            let found = skip_value(cursor, self.depth_max, &mut work.scratch)?;
            return Err(refused(Code::Token, found, scalar.name(), start));
        }
        let token = if quoted { cursor.string(&mut work.scratch)? } else { cursor.number()? };
        match scalar {
            Scalar::String => push_delimited(out, |out| out.extend_from_slice(token)),
            Scalar::Bytes => {
                let mut result = Ok(());
                push_delimited(out, |out| result = bytes::parse_base64_loose(token, out));
                result.map_err(|fault| refused(fault.code(), token, "base64 text", start))?;
            }
            _ => {
                if quoted && !is_number(token) && !matches!(scalar, Scalar::Float | Scalar::Double) {
                    return Err(refused(Code::Token, token, scalar.name(), start));
                }
                push_numeric(scalar, token, out).map_err(|code| refused(code, token, scalar.name(), start))?;
            }
        }
        Ok(())
    }

    /// `google.protobuf.Any`: the type may stand behind the fields.
    fn any(&self, cursor: &mut Cursor, out: &mut Vec<u8>, work: &mut Work, depth: usize) -> Result<()> {
        cursor.peek();
        let start = cursor.position();
        let mut ahead = *cursor;
        if !ahead.eat(b'{') {
            let found = skip_value(cursor, depth, &mut work.scratch)?;
            return Err(refused(Code::Token, found, "google.protobuf.Any", start));
        }
        let fail = |code, text: String| Error::value(code, text).at_byte(start as u64);
        let (mut url, mut value, mut others) = (None, None, None);
        let mut more = !ahead.eat(b'}');
        while more {
            ahead.peek();
            let key = ahead.string(&mut work.scratch)?.to_vec();
            ahead.expect(b':', "':' after the key")?;
            if key == b"@type" {
                if ahead.peek() != Some(b'"') {
                    return Err(ahead.unexpected("the text of a type"));
                }
                let text = ahead.string(&mut work.scratch)?;
                let text = String::from_utf8_lossy(text).into_owned();
                if url.replace(text).is_some() {
                    return Err(fail(Code::DuplicateKey, "@type stands twice".to_owned()));
                }
            } else {
                let at = ahead;
                skip_value(&mut ahead, depth, &mut work.scratch)?;
                if key != b"value" {
                    others = Some(String::from_utf8_lossy(&key).into_owned());
                } else if value.replace(at).is_some() {
                    return Err(fail(Code::DuplicateKey, "value stands twice".to_owned()));
                }
            }
            more = ahead.comma_or(b'}')?;
        }
        let Some(url) = url else {
            // The empty Any.
            return match (value, others) {
                (None, None) => {
                    *cursor = ahead;
                    Ok(())
                }
                _ => Err(fail(Code::Token, "a google.protobuf.Any without @type".to_owned())),
            };
        };
        let index = type_name(&url).and_then(|name| self.pool.message(name)).ok_or_else(|| {
            fail(Code::Token, format!("type {url:?} of a google.protobuf.Any is not in the schema"))
                .with_hint("give a descriptor set that has the type: --schema FILE.protoset")
        })?;
        let mut inner = Vec::new();
        let empty = self.pool.messages[index].fields.is_empty() && value.is_some() && others.is_none();
        if empty {
            // A message without fields: some writers treat `Empty` as a type with a form of its own.
            let Some(mut value) = value else { return Err(Error::internal("a value that was there")) };
            self.object(index, &mut value, &mut inner, work, depth, false)?;
            *cursor = ahead;
        } else if self.forms[index].is_own() {
            let Some(mut value) = value else {
                return Err(fail(Code::Token, format!("a google.protobuf.Any of type {url} without value")));
            };
            if let (Some(key), ExtraKeys::Error) = (others, self.extra_keys) {
                return Err(fail(Code::ExtraKey, format!("{key:?} beside @type and value")));
            }
            self.value_of(index, &mut value, &mut inner, work, depth)?;
            *cursor = ahead;
        } else {
            self.object(index, cursor, &mut inner, work, depth, true)?;
        }
        push_tag(out, 1, wire::LENGTH);
        push_delimited(out, |out| out.extend_from_slice(url.as_bytes()));
        if !inner.is_empty() {
            push_tag(out, 2, wire::LENGTH);
            push_delimited(out, |out| out.extend_from_slice(&inner));
        }
        Ok(())
    }
}

/// Whether it is the enum whose only value is written `null`.
pub(super) fn is_null_value(names: &Enum) -> bool {
    names.name == "google.protobuf.NullValue"
}

fn push_number(out: &mut Vec<u8>, field: u32, value: i64) {
    if value != 0 {
        push_tag(out, field, wire::VARINT);
        push_varint(out, value as u64);
    }
}

/// Whether all of a text is a JSON number.
fn is_number(text: &[u8]) -> bool {
    let mut cursor = Cursor::new(text);
    cursor.number().is_ok_and(|token| token.len() == text.len())
}

fn push_numeric(scalar: Scalar, token: &[u8], out: &mut Vec<u8>) -> Result<(), Code> {
    let non_finite = match token {
        b"NaN" => Some(f64::NAN),
        b"Infinity" => Some(f64::INFINITY),
        b"-Infinity" => Some(f64::NEG_INFINITY),
        _ if is_number(token) => None,
        _ => return Err(Code::Token),
    };
    match scalar {
        Scalar::Double => {
            let value = match non_finite {
                Some(value) => value,
                None => double(token)?,
            };
            out.extend_from_slice(&value.to_le_bytes());
        }
        Scalar::Float => {
            let value = match non_finite {
                Some(value) => value as f32,
                None => float(token)?,
            };
            out.extend_from_slice(&value.to_le_bytes());
        }
        Scalar::Bool | Scalar::String | Scalar::Bytes => return Err(Code::Token),
        Scalar::Uint32 | Scalar::Uint64 | Scalar::Fixed32 | Scalar::Fixed64 => {
            let value = number::parse_u64(token).map_err(number::NumberFault::code)?;
            push_integer(scalar, value.into(), out).ok_or(Code::IntRange)?;
        }
        _ => {
            let value = number::parse_i64(token).map_err(number::NumberFault::code)?;
            push_integer(scalar, value.into(), out).ok_or(Code::IntRange)?;
        }
    }
    Ok(())
}

/// A double, whose shortest form not all writers look for.
fn double(token: &[u8]) -> Result<f64, Code> {
    match number::parse_f64(token) {
        Err(number::NumberFault::Digits) => number::printed_f64(token).ok_or(Code::FloatDigits),
        parsed => parsed.map_err(number::NumberFault::code),
    }
}

/// A float, which many writers print with the digits of a double: if that is a float exactly, it is the one meant. Nor do
/// all of them look for its shortest form.
fn float(token: &[u8]) -> Result<f32, Code> {
    match number::parse_f32(token) {
        Err(number::NumberFault::Digits) => match number::parse_f64(token) {
            Ok(double) if f64::from(double as f32) == double => Ok(double as f32),
            _ => number::printed_f32(token).ok_or(Code::FloatDigits),
        },
        parsed => parsed.map_err(number::NumberFault::code),
    }
}

fn field_mask(text: &[u8], out: &mut Vec<u8>, start: usize) -> Result<()> {
    let text = String::from_utf8_lossy(text);
    for part in text.split(',').filter(|_| !text.is_empty()) {
        let path = known::mask_path(part)
            .ok_or_else(|| refused(Code::Token, part.as_bytes(), "a path of a field mask in lowerCamelCase", start))?;
        push_tag(out, 1, wire::LENGTH);
        push_delimited(out, |out| out.extend_from_slice(path.as_bytes()));
    }
    Ok(())
}

#[cold]
fn refused(code: Code, text: &[u8], what: &str, at: usize) -> Error {
    let why = match code {
        Code::IntRange | Code::FloatRange => "is outside the range of",
        Code::Fraction => "has a fraction, which is not possible in",
        Code::FloatDigits => "has more digits than are exact in",
        _ => "is not",
    };
    let text = String::from_utf8_lossy(text);
    let shown: String = text.chars().take(60).collect();
    let more = if shown.len() < text.len() { "…" } else { "" };
    Error::value(code, format!("{shown}{more} {why} {what}")).at_byte(at as u64)
}
