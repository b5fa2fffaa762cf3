//! JSON text as `google.protobuf.Struct`, `Value` and `ListValue`. Strict: RFC 8259, no duplicate keys, and numbers
//! only where a double holds them.

use std::collections::HashSet;

use crate::code::Code;
use crate::column::number::{self, NumberFault};
use crate::column::proto::wire::{self, push_delimited, push_tag};
use crate::error::{Error, Result};
use crate::schema::proto::shape::Known;

/// Lists and objects in one another at most: with the record and the value around them, the 100 levels that readers of
/// ProtoJSON take.
const DEPTH_MAX: usize = 98;

/// The field of a `Value` that holds strings.
const STRING: u32 = 3;

/// Appends the encoded value of a JSON text.
pub fn push(out: &mut Vec<u8>, known: Known, text: &[u8]) -> Result<()> {
    let mut parser = Parser { text, position: 0, failed: None };
    parser.space();
    match (known, parser.peek()) {
        (Known::Struct, Some(b'{')) => parser.object(out, DEPTH_MAX),
        (Known::ListValue, Some(b'[')) => parser.list(out, DEPTH_MAX),
        (Known::Struct, _) => return Err(syntax("not a JSON object")),
        (Known::ListValue, _) => return Err(syntax("not a JSON array")),
        _ => parser.value(out, DEPTH_MAX),
    }
    parser.space();
    if parser.failed.is_none() && parser.position < text.len() {
        return Err(syntax("not one JSON value"));
    }
    parser.failed.map_or(Ok(()), Err)
}

/// Appends the encoded value of a text that is a string, not JSON.
pub fn push_text(out: &mut Vec<u8>, text: &[u8]) {
    push_tag(out, STRING, wire::LENGTH);
    push_delimited(out, |out| out.extend_from_slice(text));
}

fn syntax(message: &str) -> Error {
    Error::value(Code::Token, message)
}

#[cold]
fn too_deep() -> Error {
    Error::limit(format!(
        "JSON nested deeper than {DEPTH_MAX} levels, which is what messages of google.protobuf.Value hold"
    ))
    .with_code(Code::Depth)
    .with_hint("a field of type string keeps it as text: --to-schema FILE.proto")
}

struct Parser<'a> {
    text: &'a [u8],
    position: usize,
    /// The first error; parsing goes nowhere after it.
    failed: Option<Error>,
}

impl Parser<'_> {
    fn fail(&mut self, error: Error) {
        self.failed.get_or_insert(error);
        self.position = self.text.len();
    }

    fn unexpected(&mut self) {
        let message = format!("not JSON at byte {} of the text", self.position);
        self.fail(syntax(&message));
    }

    fn peek(&self) -> Option<u8> {
        self.text.get(self.position).copied()
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.position += 1;
        }
    }

    fn eat(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.position += usize::from(found);
        found
    }

    fn value(&mut self, out: &mut Vec<u8>, depth: usize) {
        self.space();
        match self.peek() {
            Some(b'n') => self.word(b"null", out, &[1 << 3, 0]),
            Some(b't') => self.word(b"true", out, &[4 << 3, 1]),
            Some(b'f') => self.word(b"false", out, &[4 << 3, 0]),
            Some(b'"') => {
                push_tag(out, STRING, wire::LENGTH);
                push_delimited(out, |out| self.text(out));
            }
            Some(b'{') => {
                push_tag(out, 5, wire::LENGTH);
                push_delimited(out, |out| self.object(out, depth));
            }
            Some(b'[') => {
                push_tag(out, 6, wire::LENGTH);
                push_delimited(out, |out| self.list(out, depth));
            }
            _ => self.number(out),
        }
    }

    fn word(&mut self, word: &[u8], out: &mut Vec<u8>, wire: &[u8]) {
        if self.text[self.position..].starts_with(word) {
            self.position += word.len();
            out.extend_from_slice(wire);
        } else {
            self.unexpected();
        }
    }

    fn number(&mut self, out: &mut Vec<u8>) {
        let start = self.position;
        self.eat(b'-');
        let leading_zero = self.peek() == Some(b'0');
        let whole = self.digits();
        let mut legal = whole > 0 && !(leading_zero && whole > 1);
        if self.eat(b'.') {
            legal &= self.digits() > 0;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.position += 1;
            if !self.eat(b'-') {
                self.eat(b'+');
            }
            legal &= self.digits() > 0;
        }
        if !legal {
            self.position = start;
            return self.unexpected();
        }
        let token = &self.text[start..self.position];
        match number::parse_f64(token) {
            Ok(value) => {
                push_tag(out, 2, wire::EIGHT);
                out.extend_from_slice(&value.to_le_bytes());
            }
            Err(fault) => {
                let token = String::from_utf8_lossy(token).into_owned();
                let what = if fault == NumberFault::Digits { "more digits than a double holds" } else { "no double" };
                self.fail(
                    Error::value(fault.code(), format!("the number {token} has {what}"))
                        .with_hint("numbers in google.protobuf.Value are doubles; a string keeps all digits"),
                );
            }
        }
    }

    fn digits(&mut self) -> usize {
        let start = self.position;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.position += 1;
        }
        self.position - start
    }

    fn list(&mut self, out: &mut Vec<u8>, depth: usize) {
        let Some(depth) = depth.checked_sub(1) else { return self.fail(too_deep()) };
        self.position += 1;
        self.space();
        if self.eat(b']') {
            return;
        }
        loop {
            push_tag(out, 1, wire::LENGTH);
            push_delimited(out, |out| self.value(out, depth));
            self.space();
            if self.eat(b']') {
                return;
            }
            if !self.eat(b',') {
                return self.unexpected();
            }
        }
    }

    fn object(&mut self, out: &mut Vec<u8>, depth: usize) {
        let Some(depth) = depth.checked_sub(1) else { return self.fail(too_deep()) };
        self.position += 1;
        self.space();
        if self.eat(b'}') {
            return;
        }
        let mut keys: HashSet<Vec<u8>> = HashSet::new();
        loop {
            self.space();
            if self.peek() != Some(b'"') {
                return self.unexpected();
            }
            let mut key = Vec::new();
            self.text(&mut key);
            self.space();
            if !self.eat(b':') {
                return self.unexpected();
            }
            push_tag(out, 1, wire::LENGTH);
            push_delimited(out, |out| {
                push_tag(out, 1, wire::LENGTH);
                push_delimited(out, |out| out.extend_from_slice(&key));
                push_tag(out, 2, wire::LENGTH);
                push_delimited(out, |out| self.value(out, depth));
            });
            if let Some(key) = keys.replace(key) {
                let message = format!("the key {:?} stands twice in an object", String::from_utf8_lossy(&key));
                return self.fail(Error::value(Code::DuplicateKey, message));
            }
            self.space();
            if self.eat(b'}') {
                return;
            }
            if !self.eat(b',') {
                return self.unexpected();
            }
        }
    }

    /// A string; the opening quote is next.
    fn text(&mut self, out: &mut Vec<u8>) {
        self.position += 1;
        loop {
            match self.peek() {
                Some(b'"') => {
                    self.position += 1;
                    return;
                }
                Some(b'\\') => {
                    self.position += 1;
                    if !self.escape(out) {
                        return self.unexpected();
                    }
                }
                Some(byte @ 0x20..) => {
                    out.push(byte);
                    self.position += 1;
                }
                _ => return self.unexpected(),
            }
        }
    }

    fn escape(&mut self, out: &mut Vec<u8>) -> bool {
        let Some(letter) = self.peek() else { return false };
        self.position += 1;
        out.push(match letter {
            b'"' | b'\\' | b'/' => letter,
            b'b' => 8,
            b'f' => 12,
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'u' => {
                let Some(mut unit) = self.four_hex() else { return false };
                if (0xd800..0xdc00).contains(&unit) {
                    if !(self.eat(b'\\') && self.eat(b'u')) {
                        return false;
                    }
                    match self.four_hex() {
                        Some(low @ 0xdc00..=0xdfff) => unit = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00),
                        _ => return false,
                    }
                }
                let Some(letter) = char::from_u32(unit) else { return false };
                out.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes());
                return true;
            }
            _ => return false,
        });
        true
    }

    fn four_hex(&mut self) -> Option<u32> {
        let digits = self.text.get(self.position..self.position + 4)?;
        let mut unit = 0;
        for digit in digits {
            unit = unit << 4 | char::from(*digit).to_digit(16)?;
        }
        self.position += 4;
        Some(unit)
    }
}
