//! JSON text as a tree that remembers where each value stands: what schema languages written in JSON are read with.

use std::cmp::Ordering;
use std::sync::Arc;

use super::finding::Place;
use crate::column::json::cursor::Cursor;
use crate::error::{Error, Result};

/// Levels of nesting at most.
const DEPTH_MAX: usize = 330;

/// A value and the byte at which it begins.
#[derive(Clone, Debug)]
pub(super) struct Json {
    pub at: usize,
    pub value: Value,
}

/// What it is.
#[derive(Clone, Debug)]
pub(super) enum Value {
    Null,
    Bool(bool),
    Number(Number),
    String(String),
    Array(Vec<Json>),
    Object(Vec<Member>),
}

/// A member of an object, in the order of the text.
#[derive(Clone, Debug)]
pub(super) struct Member {
    pub key: String,
    pub value: Json,
}

impl Json {
    /// Parses a text; a byte order mark is skipped.
    ///
    /// # Errors
    /// `Malformed` with the line; `Limit` if it is nested too deep.
    pub fn parse(text: &str) -> Result<Json> {
        let bytes = text.as_bytes();
        let start = if text.starts_with('\u{feff}') { 3 } else { 0 };
        let mut cursor = Cursor::at(bytes, start);
        let parsed = value(&mut cursor, 0).and_then(|json| match cursor.peek() {
            None => Ok(json),
            Some(_) => Err(cursor.unexpected("the end of the text")),
        });
        parsed.map_err(|error| {
            let byte = error.origin().byte.and_then(|byte| usize::try_from(byte).ok()).unwrap_or(0);
            let before = &bytes[..byte.min(bytes.len())];
            let line = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
            let lines = before.iter().filter(|byte| **byte == b'\n').count();
            error.at_line(lines as u64).at_character(characters(&before[line..]) as u64).without_byte()
        })
    }
    pub fn object(&self) -> Option<&[Member]> {
        match &self.value {
            Value::Object(members) => Some(members),
            _ => None,
        }
    }
    pub fn array(&self) -> Option<&[Json]> {
        match &self.value {
            Value::Array(items) => Some(items),
            _ => None,
        }
    }
    pub fn text(&self) -> Option<&str> {
        match &self.value {
            Value::String(text) => Some(text),
            _ => None,
        }
    }
    pub fn bool(&self) -> Option<bool> {
        match self.value {
            Value::Bool(value) => Some(value),
            _ => None,
        }
    }
    pub fn number(&self) -> Option<&Number> {
        match &self.value {
            Value::Number(number) => Some(number),
            _ => None,
        }
    }
    /// The member of this name; the last, if there are several.
    pub fn get(&self, key: &str) -> Option<&Json> {
        self.object()?.iter().rev().find(|member| member.key == key).map(|member| &member.value)
    }
    /// On one line, shortened.
    pub fn brief(&self) -> String {
        let mut out = String::new();
        self.write(&mut out);
        match out.char_indices().nth(60) {
            Some((end, _)) => format!("{}…", &out[..end]),
            None => out,
        }
    }

    fn write(&self, out: &mut String) {
        if out.len() > 300 {
            return;
        }
        let quoted = |text: &str| serde_json::Value::String(text.to_owned()).to_string();
        match &self.value {
            Value::Null => out.push_str("null"),
            Value::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
            Value::Number(number) => out.push_str(&number.text),
            Value::String(text) => out.push_str(&quoted(text)),
            Value::Array(items) => {
                out.push('[');
                for (index, item) in items.iter().enumerate() {
                    out.push_str(if index > 0 { ", " } else { "" });
                    item.write(out);
                }
                out.push(']');
            }
            Value::Object(members) => {
                out.push('{');
                for (index, member) in members.iter().enumerate() {
                    out.push_str(if index > 0 { ", " } else { "" });
                    out.push_str(&quoted(&member.key));
                    out.push_str(": ");
                    member.value.write(out);
                }
                out.push('}');
            }
        }
    }
}

/// Equal as JSON values: numbers by value, objects without regard to order.
impl PartialEq for Json {
    fn eq(&self, other: &Json) -> bool {
        match (&self.value, &other.value) {
            (Value::Null, Value::Null) => true,
            (Value::Bool(a), Value::Bool(b)) => a == b,
            (Value::Number(a), Value::Number(b)) => a.cmp(b) == Ordering::Equal,
            (Value::String(a), Value::String(b)) => a == b,
            (Value::Array(a), Value::Array(b)) => a == b,
            (Value::Object(a), Value::Object(b)) => {
                a.len() == b.len()
                    && a.iter().all(|member| other.get(&member.key).is_some_and(|value| *value == member.value))
            }
            _ => false,
        }
    }
}

/// A number, exactly: `0.digits × 10^exponent`.
#[derive(Clone, Debug)]
pub(super) struct Number {
    pub text: String,
    negative: bool,
    /// Without zeros at either end; empty for zero.
    digits: Vec<u8>,
    exponent: i64,
}

impl Number {
    fn new(token: &str) -> Number {
        let (negative, rest) = match token.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, token),
        };
        let (mantissa, power) = rest.split_once(['e', 'E']).unwrap_or((rest, "0"));
        // An exponent beyond this range makes a number beyond every bound in practice; order is kept.
        let power = power.parse::<i64>().unwrap_or(if power.starts_with('-') { -(1 << 40) } else { 1 << 40 });
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let all = format!("{whole}{fraction}");
        let zeros = all.len() - all.trim_start_matches('0').len();
        let digits: Vec<u8> = all.trim_start_matches('0').trim_end_matches('0').bytes().collect();
        let exponent = whole.len() as i64 - zeros as i64 + power.clamp(-(1 << 40), 1 << 40);
        Number { text: token.to_owned(), negative: negative && !digits.is_empty(), digits, exponent }
    }
    /// A number in decimal notation.
    pub fn of(text: &str) -> Number {
        Number::new(text)
    }
    /// A small whole number.
    pub fn whole(value: i64) -> Number {
        Number::new(&value.to_string())
    }
    pub fn is_whole(&self) -> bool {
        self.exponent >= self.digits.len() as i64
    }
    /// The number that is `step` more, of a whole one with at most 38 digits.
    pub fn plus(&self, step: i128) -> Option<Number> {
        Some(Number::new(&self.scaled(0)?.checked_add(step)?.to_string()))
    }
    /// As a count, if it is one.
    pub fn count(&self) -> Option<u64> {
        let value = self.scaled(0)?;
        u64::try_from(value).ok()
    }
    /// The value times `10^places`, if that is whole and has at most 38 digits.
    fn scaled(&self, places: i64) -> Option<i128> {
        if self.digits.is_empty() {
            return Some(0);
        }
        let zeros = self.exponent + places - self.digits.len() as i64;
        if !(0..=38).contains(&zeros) || self.digits.len() as i64 + zeros > 38 {
            return None;
        }
        let text = std::str::from_utf8(&self.digits).ok()?;
        let value = text.parse::<i128>().ok()?.checked_mul(10_i128.checked_pow(u32::try_from(zeros).ok()?)?)?;
        Some(if self.negative { -value } else { value })
    }
    /// Whether this is a whole multiple of `other`. False where that cannot be found out with 38 digits.
    pub fn is_multiple_of(&self, other: &Number) -> bool {
        let places = |number: &Number| number.digits.len() as i64 - number.exponent;
        let places = places(self).max(places(other)).max(0);
        match (self.scaled(places), other.scaled(places)) {
            (Some(a), Some(b)) if b != 0 => a % b == 0,
            _ => self.cmp(other) == Ordering::Equal,
        }
    }
    pub fn cmp(&self, other: &Number) -> Ordering {
        let sign = |number: &Number| match (number.digits.is_empty(), number.negative) {
            (true, _) => 0,
            (_, true) => -1,
            (_, false) => 1,
        };
        let by_sign = sign(self).cmp(&sign(other));
        if by_sign != Ordering::Equal || self.digits.is_empty() {
            return by_sign;
        }
        // Digits are compared as fractions: a shorter prefix is smaller.
        let size = self.exponent.cmp(&other.exponent).then_with(|| self.digits.cmp(&other.digits));
        if self.negative { size.reverse() } else { size }
    }
}

fn value(cursor: &mut Cursor<'_>, depth: usize) -> Result<Json> {
    let first = cursor.peek();
    let at = cursor.position();
    if depth > DEPTH_MAX {
        return Err(Error::limit(format!("the schema is nested deeper than {DEPTH_MAX} levels")).at_byte(at as u64));
    }
    let value = match first {
        Some(b'{') => {
            cursor.step();
            let mut members = Vec::new();
            if !cursor.eat(b'}') {
                loop {
                    cursor.peek();
                    let key = string(cursor)?;
                    cursor.expect(b':', "':'")?;
                    members.push(Member { key, value: self::value(cursor, depth + 1)? });
                    if !cursor.comma_or(b'}')? {
                        break;
                    }
                }
            }
            Value::Object(members)
        }
        Some(b'[') => {
            cursor.step();
            let mut items = Vec::new();
            if !cursor.eat(b']') {
                loop {
                    items.push(self::value(cursor, depth + 1)?);
                    if !cursor.comma_or(b']')? {
                        break;
                    }
                }
            }
            Value::Array(items)
        }
        Some(b'"') => Value::String(string(cursor)?),
        Some(b't') => {
            cursor.literal("true")?;
            Value::Bool(true)
        }
        Some(b'f') => {
            cursor.literal("false")?;
            Value::Bool(false)
        }
        Some(b'n') => {
            cursor.literal("null")?;
            Value::Null
        }
        Some(b'-' | b'0'..=b'9') => {
            let token = cursor.number()?;
            Value::Number(Number::new(&String::from_utf8_lossy(token)))
        }
        _ => return Err(cursor.unexpected("a JSON value")),
    };
    Ok(Json { at, value })
}

fn string(cursor: &mut Cursor<'_>) -> Result<String> {
    let at = cursor.position();
    let mut out = Vec::new();
    cursor.string_into(&mut out)?;
    String::from_utf8(out).map_err(|_| Error::malformed("a string is not Unicode text").at_byte(at as u64))
}

/// Bytes between two marks of [`Lines`].
const MARK: usize = 256;

/// Lines of a text, for turning bytes into lines and columns, however long a line is.
#[derive(Clone, Debug)]
pub(super) struct Lines {
    file: Arc<str>,
    text: Arc<str>,
    starts: Vec<usize>,
    /// Characters before every [`MARK`]th byte.
    marks: Vec<usize>,
}

impl Lines {
    pub fn new(file: &Arc<str>, text: &Arc<str>) -> Lines {
        let breaks = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1);
        let mut marks = vec![0];
        for block in text.as_bytes().chunks(MARK) {
            marks.push(marks.last().copied().unwrap_or(0) + characters(block));
        }
        Lines { file: file.clone(), text: text.clone(), starts: std::iter::once(0).chain(breaks).collect(), marks }
    }
    pub fn place(&self, at: usize) -> Place {
        let line = self.starts.partition_point(|start| *start <= at).max(1);
        let column = self.before(at) - self.before(self.starts[line - 1]);
        let number = |value: usize| u32::try_from(value).unwrap_or(u32::MAX);
        Place::at(&self.file, number(line), number(column + 1))
    }
    /// Characters before a byte.
    fn before(&self, at: usize) -> usize {
        let at = at.min(self.text.len());
        let mark = at / MARK;
        self.marks[mark] + characters(&self.text.as_bytes()[mark * MARK..at])
    }
}

/// Characters that begin in a part of a text.
fn characters(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| **byte & 0xc0 != 0x80).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_count_characters_from_one() {
        let text: Arc<str> = format!("{{\n{}x\u{1f600}y", "\u{e4}".repeat(300)).into();
        let lines = Lines::new(&"f".into(), &text);
        for (needle, expected) in [("{", (1, 1)), ("x", (2, 301)), ("y", (2, 303))] {
            assert_eq!(lines.place(text.find(needle).unwrap()).start, Some(expected), "{needle}");
        }
    }

    #[test]
    fn numbers_compare_by_value() {
        let cmp = |a: &str, b: &str| Number::of(a).cmp(&Number::of(b));
        assert_eq!(cmp("1e2", "100.0"), Ordering::Equal);
        assert_eq!(cmp("-0", "0.000"), Ordering::Equal);
        assert_eq!(cmp("9007199254740993", "9007199254740992"), Ordering::Greater);
        assert_eq!(cmp("-10", "-9"), Ordering::Less);
        assert_eq!(cmp("0.01", "0.1"), Ordering::Less);
        assert_eq!(cmp("1e400", "1e399"), Ordering::Greater);
        assert!(Number::of("1.50").is_multiple_of(&Number::of("0.25")));
        assert!(!Number::of("1.6").is_multiple_of(&Number::of("0.25")));
        assert!(Number::of("5e0").is_whole() && !Number::of("0.5").is_whole());
        assert_eq!(Number::of("12e1").count(), Some(120));
    }
}
