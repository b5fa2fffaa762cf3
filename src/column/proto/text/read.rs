//! Text → an encoded message. Fields are written in the order of the text; readers of messages take any.

use std::collections::HashMap;
use std::sync::Arc;

use super::token::{Literal, Tokens};
use crate::code::Code;
use crate::column::proto::flags::Flags;
use crate::column::proto::integer::push_integer;
use crate::column::proto::wire::{self, push_delimited, push_tag, push_varint};
use crate::error::{Error, Result};
use crate::schema::proto::pool::{Enum, Field, Kind, Many, Pool, Scalar};

/// Reads the messages of a pool from text.
#[derive(Debug)]
pub struct Reader {
    pool: Arc<Pool>,
    /// By message: its fields by name, extensions in brackets, groups by the name of their type too.
    fields: Vec<HashMap<Box<str>, u32>>,
    depth_max: usize,
}

impl Reader {
    /// For the messages of `pool`.
    pub fn new(pool: Arc<Pool>, depth_max: usize) -> Self {
        let fields = pool.messages.iter().map(|message| {
            let mut names: HashMap<Box<str>, u32> = HashMap::with_capacity(message.fields.len());
            for (index, field) in message.fields.iter().enumerate() {
                names.insert(field.name.as_str().into(), index as u32);
            }
            for (index, field) in message.fields.iter().enumerate() {
                if let Kind::Group(group) = field.kind {
                    names.entry(short(&pool.messages[group].name).into()).or_insert(index as u32);
                }
            }
            names
        });
        Reader { fields: fields.collect(), pool, depth_max }
    }

    /// Appends the message of type `index` that is all of `text`.
    ///
    /// # Errors
    /// Malformed text; `V-…` for a value that its field does not hold, a field that is set twice or is not known.
    pub fn message(&self, index: usize, text: &[u8], out: &mut Vec<u8>) -> Result<()> {
        let mut tokens = Tokens::new(text);
        self.fields(index, &mut tokens, None, out, self.depth_max)
    }

    /// Fields up to the sign that closes, or the end.
    fn fields(
        &self,
        index: usize,
        tokens: &mut Tokens,
        close: Option<u8>,
        out: &mut Vec<u8>,
        depth: usize,
    ) -> Result<()> {
        let Some(depth) = depth.checked_sub(1) else {
            return Err(wire::too_deep().at_byte(tokens.position() as u64));
        };
        let message = &self.pool.messages[index];
        let mut seen = Flags::new(message.fields.len());
        // Values of a packed field that stand one after the other are one field.
        let mut packed = Packed::default();
        let mut oneofs: Vec<Option<usize>> = vec![None; message.oneofs.len()];
        loop {
            match (tokens.peek(), close) {
                (None, None) => {
                    packed.flush(out);
                    return Ok(());
                }
                (Some(byte), Some(close)) if byte == close => {
                    tokens.eat(close);
                    packed.flush(out);
                    return Ok(());
                }
                (None, Some(_)) => return Err(tokens.unexpected("a field, or the end of the message")),
                _ => {}
            }
            let start = tokens.position() as u64;
            let key = self.key(index, tokens)?;
            let run = match key {
                Key::Field(at) if message.fields[at].packed => Some(message.fields[at].number),
                _ => None,
            };
            if run != packed.number {
                packed.flush(out);
                packed.number = run;
            }
            match key {
                Key::Any(url) => self.any(&url, tokens, out, depth).map_err(|error| error.in_column(&url))?,
                Key::Unknown(number) => self.unknown(number, tokens, out, depth)?,
                Key::Field(at) => {
                    let field = &message.fields[at];
                    let fail = |code, text: String| Err(Error::value(code, text).at_byte(start));
                    if seen.set(at) && field.many == Many::One {
                        return fail(Code::DuplicateKey, format!("field {} is set twice", field.name));
                    }
                    if let Some(oneof) = field.oneof.and_then(|oneof| oneofs.get_mut(oneof as usize))
                        && let Some(other) = oneof.replace(at)
                    {
                        let (one, two) = (&message.fields[other].name, &field.name);
                        return fail(Code::OneOf, format!("{one} and {two} are members of one oneof"));
                    }
                    let sink = if run.is_some() { &mut packed.bytes } else { &mut *out };
                    self.field(field, message.message_set, tokens, sink, depth)
                        .map_err(|error| error.in_column(&field.name))?;
                }
            }
            if !tokens.eat(b',') {
                tokens.eat(b';');
            }
        }
    }

    fn key(&self, index: usize, tokens: &mut Tokens) -> Result<Key> {
        let message = &self.pool.messages[index];
        let start = tokens.position() as u64;
        let missing = |name: &str| {
            let names: Vec<&str> = message.fields.iter().take(20).map(|field| field.name.as_str()).collect();
            Error::value(Code::ExtraKey, format!("message {} has no field {name}", message.name))
                .at_byte(start)
                .with_hint(format!("it has: {}", names.join(", ")))
        };
        if tokens.eat(b'[') {
            let name = tokens.bracketed()?;
            if name.contains('/') && message.name == "google.protobuf.Any" {
                return Ok(Key::Any(name));
            }
            let name = format!("[{name}]");
            let found = self.fields[index].get(name.as_str());
            return found.map(|at| Key::Field(*at as usize)).ok_or_else(|| missing(&name));
        }
        if let Some(digits) = tokens.number() {
            let number = digits.parse().ok().filter(|number| (1..=536_870_911).contains(number));
            let number: u32 =
                number.ok_or_else(|| Error::malformed(format!("{digits} is no field number")).at_byte(start))?;
            let known = message.fields.iter().position(|field| field.number == number);
            return Ok(known.map_or(Key::Unknown(number), Key::Field));
        }
        let Some(word) = tokens.word() else { return Err(tokens.unexpected("the name of a field")) };
        self.fields[index].get(word).map(|at| Key::Field(*at as usize)).ok_or_else(|| missing(word))
    }

    fn field(
        &self,
        field: &Field,
        message_set: bool,
        tokens: &mut Tokens,
        out: &mut Vec<u8>,
        depth: usize,
    ) -> Result<()> {
        let colon = tokens.eat(b':');
        let nested = matches!(field.kind, Kind::Message(_) | Kind::Group(_));
        if !colon && !nested {
            return Err(tokens.unexpected("':'"));
        }
        if field.many != Many::One && tokens.eat(b'[') {
            if tokens.eat(b']') {
                return Ok(());
            }
            loop {
                self.value(field, message_set, tokens, out, depth)?;
                if !tokens.eat(b',') {
                    return tokens.expect(b']', "',' or ']'");
                }
            }
        }
        self.value(field, message_set, tokens, out, depth)
    }

    fn value(
        &self,
        field: &Field,
        message_set: bool,
        tokens: &mut Tokens,
        out: &mut Vec<u8>,
        depth: usize,
    ) -> Result<()> {
        match field.kind {
            Kind::Group(index) => {
                push_tag(out, field.number, wire::START);
                let close = open(tokens)?;
                self.fields(index, tokens, Some(close), out, depth)?;
                push_tag(out, field.number, wire::END);
            }
            Kind::Message(index) => {
                let close = open(tokens)?;
                let mut inner = Vec::new();
                self.fields(index, tokens, Some(close), &mut inner, depth)?;
                if message_set {
                    // An item: its type is the number of the extension.
                    push_tag(out, 1, wire::START);
                    push_tag(out, 2, wire::VARINT);
                    push_varint(out, field.number.into());
                    push_tag(out, 3, wire::LENGTH);
                    push_delimited(out, |out| out.extend_from_slice(&inner));
                    push_tag(out, 1, wire::END);
                } else {
                    push_tag(out, field.number, wire::LENGTH);
                    push_delimited(out, |out| out.extend_from_slice(&inner));
                }
            }
            Kind::Enum(index) => {
                let number = number_of(&self.pool.enums[index], &tokens.literal()?)?;
                if !field.packed {
                    push_tag(out, field.number, wire::VARINT);
                }
                push_varint(out, i64::from(number) as u64);
            }
            Kind::Scalar(scalar) => {
                if !field.packed {
                    push_tag(out, field.number, scalar.wire());
                }
                push_scalar(scalar, tokens, out)?;
            }
        }
        Ok(())
    }

    /// `[type.googleapis.com/pkg.Type] { … }`
    fn any(&self, url: &str, tokens: &mut Tokens, out: &mut Vec<u8>, depth: usize) -> Result<()> {
        let start = tokens.position() as u64;
        let name = url.rsplit_once('/').map_or(url, |(_, name)| name);
        let index = self.pool.message(name).ok_or_else(|| {
            Error::value(Code::Token, format!("type {name} of a google.protobuf.Any is not in the schema"))
                .at_byte(start)
                .with_hint("import the file that declares it, or write type_url and value")
        })?;
        tokens.eat(b':');
        let close = open(tokens)?;
        let mut inner = Vec::new();
        self.fields(index, tokens, Some(close), &mut inner, depth)?;
        for (number, bytes) in [(1, url.as_bytes()), (2, &inner[..])] {
            if !bytes.is_empty() {
                push_tag(out, number, wire::LENGTH);
                push_delimited(out, |out| out.extend_from_slice(bytes));
            }
        }
        Ok(())
    }

    /// A field that the schema does not know: its form tells its wire type.
    fn unknown(&self, number: u32, tokens: &mut Tokens, out: &mut Vec<u8>, depth: usize) -> Result<()> {
        let Some(depth) = depth.checked_sub(1) else {
            return Err(wire::too_deep().at_byte(tokens.position() as u64));
        };
        let colon = tokens.eat(b':');
        match tokens.peek() {
            Some(b'{' | b'<') => {
                push_tag(out, number, wire::START);
                let close = open(tokens)?;
                while !tokens.eat(close) {
                    let start = tokens.position() as u64;
                    let digits = tokens.number().and_then(|digits| digits.parse().ok());
                    let inner = digits.filter(|number| (1..=536_870_911).contains(number)).ok_or_else(|| {
                        Error::malformed("fields of a group that is not in the schema go by their numbers")
                            .at_byte(start)
                    })?;
                    self.unknown(inner, tokens, out, depth)?;
                }
                push_tag(out, number, wire::END);
            }
            _ if !colon => return Err(tokens.unexpected("':' or '{'")),
            Some(b'"' | b'\'') => {
                let bytes = tokens.string()?;
                push_tag(out, number, wire::LENGTH);
                push_delimited(out, |out| out.extend_from_slice(&bytes));
            }
            _ => {
                let literal = tokens.literal()?;
                let what = "the value of a field that is not in the schema";
                let value = literal.integer(what)?.ok_or_else(|| literal.refused(Code::Token, what))?;
                let bits = u64::try_from(value).or_else(|_| i64::try_from(value).map(|value| value as u64));
                let bits = bits.map_err(|_| literal.refused(Code::IntRange, "int64"))?;
                let hex = literal.text.strip_prefix("0x").map(str::len);
                match hex {
                    Some(8) => {
                        push_tag(out, number, wire::FOUR);
                        out.extend_from_slice(&(bits as u32).to_le_bytes());
                    }
                    Some(16) => {
                        push_tag(out, number, wire::EIGHT);
                        out.extend_from_slice(&bits.to_le_bytes());
                    }
                    _ => {
                        push_tag(out, number, wire::VARINT);
                        push_varint(out, bits);
                    }
                }
            }
        }
        Ok(())
    }
}

/// Values without tags, of one packed field.
#[derive(Default)]
struct Packed {
    number: Option<u32>,
    bytes: Vec<u8>,
}

impl Packed {
    fn flush(&mut self, out: &mut Vec<u8>) {
        if let Some(number) = self.number.take().filter(|_| !self.bytes.is_empty()) {
            push_tag(out, number, wire::LENGTH);
            push_delimited(out, |out| out.extend_from_slice(&self.bytes));
        }
        self.bytes.clear();
    }
}

/// What stands in front of a value.
enum Key {
    /// Index of the field.
    Field(usize),
    /// A number that the schema does not know.
    Unknown(u32),
    /// The type of what an `Any` holds.
    Any(String),
}

/// The name behind the last point.
fn short(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}

/// The sign that closes what is opened here.
fn open(tokens: &mut Tokens) -> Result<u8> {
    if tokens.eat(b'{') {
        return Ok(b'}');
    }
    if tokens.eat(b'<') {
        return Ok(b'>');
    }
    Err(tokens.unexpected("'{'"))
}

fn number_of(names: &Enum, literal: &Literal) -> Result<i32> {
    if !literal.negative
        && let Some((_, number)) = names.values.iter().find(|(name, _)| name == literal.text)
    {
        return Ok(*number);
    }
    let what = format!("a value of enum {}", names.name);
    match literal.integer(&what)? {
        Some(value) => i32::try_from(value).map_err(|_| literal.refused(Code::IntRange, "int32")),
        None => Err(literal.refused(Code::Enum, &what)),
    }
}

fn push_scalar(scalar: Scalar, tokens: &mut Tokens, out: &mut Vec<u8>) -> Result<()> {
    match scalar {
        Scalar::String | Scalar::Bytes => {
            let bytes = tokens.string()?;
            push_delimited(out, |out| out.extend_from_slice(&bytes));
            return Ok(());
        }
        _ => {}
    }
    let literal = tokens.literal()?;
    match scalar {
        Scalar::Double => out.extend_from_slice(&literal.float(scalar)?.to_le_bytes()),
        Scalar::Float => out.extend_from_slice(&(literal.float(scalar)? as f32).to_le_bytes()),
        Scalar::Bool => {
            let value = match (literal.negative, literal.text) {
                (false, "true" | "True" | "t") => true,
                (false, "false" | "False" | "f") => false,
                _ => match literal.integer("bool")? {
                    Some(value @ (0 | 1)) if !literal.negative => value == 1,
                    _ => return Err(literal.refused(Code::Token, "bool")),
                },
            };
            out.push(u8::from(value));
        }
        _ => {
            let what = scalar.name();
            let value = literal.integer(what)?.ok_or_else(|| literal.refused(Code::Token, what))?;
            push_integer(scalar, value, out).ok_or_else(|| literal.refused(Code::IntRange, what))?;
        }
    }
    Ok(())
}
