//! Canonical bytes read back: values to show, and the paths at which two of them differ.

use std::fmt::{self, Write as _};

use super::canon::{BRANCH, FALSE, INTEGER, INVALID, JSON_NULL, LIST, NULL, NUMBER, OBJECT, TEXT, TRUE};
use crate::column::json::string::push_string;
use crate::error::{Error, Result};

/// A value of the record model. Shown as JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// Null.
    Null,
    /// The `null` of JSON text, which is a value.
    JsonNull,
    /// True or false.
    Boolean(bool),
    /// Decimal digits, with a sign and an exponent where needed.
    Number(String),
    /// Text, and everything that is written as text: dates, binary, `NaN`.
    Text(String),
    /// A list.
    List(Vec<Value>),
    /// A record or map: names (`None`: a null key) and values, sorted by name.
    Object(Vec<(Option<String>, Value)>),
    /// A value of a branch of a union.
    Branch(String, Box<Value>),
    /// What is no value of its type.
    Invalid(Vec<u8>),
}

/// Where two records differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// `orders[3].price`; elements count from zero.
    pub path: String,
    /// The value in the first record; `None` if there is none at this path.
    pub left: Option<Value>,
    /// The value in the second record.
    pub right: Option<Value>,
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Null => f.write_str("null"),
            // As text: it is not the null beside it.
            Value::JsonNull => f.write_str("\"null\""),
            Value::Boolean(value) => write!(f, "{value}"),
            Value::Number(digits) => f.write_str(digits),
            Value::Text(text) => quoted(f, text),
            Value::List(items) => {
                f.write_char('[')?;
                for (index, item) in items.iter().enumerate() {
                    if index > 0 {
                        f.write_char(',')?;
                    }
                    item.fmt(f)?;
                }
                f.write_char(']')
            }
            Value::Object(members) => {
                f.write_char('{')?;
                for (index, (name, value)) in members.iter().enumerate() {
                    if index > 0 {
                        f.write_char(',')?;
                    }
                    quoted(f, name.as_deref().unwrap_or("null"))?;
                    write!(f, ":{value}")?;
                }
                f.write_char('}')
            }
            Value::Branch(name, value) => {
                f.write_char('{')?;
                quoted(f, name)?;
                write!(f, ":{value}}}")
            }
            Value::Invalid(bytes) => quoted(f, &format!("invalid: {}", bytes.escape_ascii())),
        }
    }
}

fn quoted(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    let mut out = Vec::new();
    push_string(&mut out, text.as_bytes());
    f.write_str(&String::from_utf8_lossy(&out))
}

/// A cursor over canonical bytes.
#[derive(Clone, Copy)]
pub(super) struct Canonical<'a>(pub &'a [u8]);

fn broken() -> Error {
    Error::internal("canonical bytes are broken")
}

impl<'a> Canonical<'a> {
    fn take(&mut self, len: usize) -> Result<&'a [u8]> {
        let (front, rest) = self.0.split_at_checked(len).ok_or_else(broken)?;
        self.0 = rest;
        Ok(front)
    }
    fn tag(&mut self) -> Result<u8> {
        Ok(self.take(1)?[0])
    }
    fn word(&mut self) -> Result<u64> {
        let bytes = self.take(8)?;
        bytes.try_into().map(u64::from_le_bytes).map_err(|_| broken())
    }
    fn len(&mut self) -> Result<usize> {
        usize::try_from(self.word()?).map_err(|_| broken())
    }
    fn bytes(&mut self) -> Result<&'a [u8]> {
        let len = self.len()?;
        self.take(len)
    }
    fn name(&mut self) -> Result<Option<&'a [u8]>> {
        match self.word()? {
            u64::MAX => Ok(None),
            len => self.take(usize::try_from(len).map_err(|_| broken())?).map(Some),
        }
    }

    /// The bytes of the next value.
    pub fn next(&mut self) -> Result<&'a [u8]> {
        let all = self.0;
        self.skip()?;
        Ok(&all[..all.len() - self.0.len()])
    }

    fn skip(&mut self) -> Result<()> {
        match self.tag()? {
            NULL | FALSE | TRUE | JSON_NULL => {}
            INTEGER => {
                self.take(8)?;
            }
            NUMBER => {
                self.take(9)?;
                self.bytes()?;
            }
            TEXT | INVALID => {
                self.bytes()?;
            }
            LIST => {
                for _ in 0..self.len()? {
                    self.skip()?;
                }
            }
            OBJECT => {
                for _ in 0..self.len()? {
                    self.name()?;
                    self.skip()?;
                }
            }
            BRANCH => {
                self.bytes()?;
                self.skip()?;
            }
            _ => return Err(broken()),
        }
        Ok(())
    }

    /// The next value.
    pub fn value(&mut self) -> Result<Value> {
        Ok(match self.tag()? {
            NULL => Value::Null,
            JSON_NULL => Value::JsonNull,
            FALSE => Value::Boolean(false),
            TRUE => Value::Boolean(true),
            INTEGER => Value::Number((self.word()? as i64).to_string()),
            NUMBER => {
                let negative = self.tag()? == 1;
                let exponent = self.word()? as i64;
                Value::Number(number(negative, &text(self.bytes()?), exponent))
            }
            TEXT => Value::Text(text(self.bytes()?)),
            INVALID => Value::Invalid(self.bytes()?.to_vec()),
            LIST => {
                let count = self.len()?;
                Value::List((0..count).map(|_| self.value()).collect::<Result<_>>()?)
            }
            OBJECT => {
                let count = self.len()?;
                let member = |_| Ok((self.name()?.map(text), self.value()?));
                Value::Object((0..count).map(member).collect::<Result<_>>()?)
            }
            BRANCH => {
                let name = text(self.bytes()?);
                Value::Branch(name, Box::new(self.value()?))
            }
            _ => return Err(broken()),
        })
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// `digits` × 10^`exponent`, plain if that is short.
fn number(negative: bool, digits: &str, exponent: i64) -> String {
    let sign = if negative { "-" } else { "" };
    let digits = if digits.is_empty() { "0" } else { digits };
    // Digits before the point.
    let whole = exponent.saturating_add(digits.len() as i64);
    match whole {
        1..=40 if exponent >= 0 => format!("{sign}{digits}{}", "0".repeat(exponent as usize)),
        1.. if exponent < 0 => {
            let (whole, fraction) = digits.split_at(whole as usize);
            format!("{sign}{whole}.{fraction}")
        }
        -6..=0 => format!("{sign}0.{}{digits}", "0".repeat(-whole as usize)),
        _ => {
            let (first, rest) = digits.split_at(1);
            let point = if rest.is_empty() { "" } else { "." };
            format!("{sign}{first}{point}{rest}e{}", whole.saturating_sub(1))
        }
    }
}

/// The bytes of each value of a record.
pub(super) fn spans(record: &[u8]) -> Result<Vec<&[u8]>> {
    let mut cursor = Canonical(record);
    let mut spans = Vec::new();
    while !cursor.0.is_empty() {
        spans.push(cursor.next()?);
    }
    Ok(spans)
}

/// The paths at which two records differ; `names` are those of the columns.
pub(super) fn changes(names: &[String], left: &[u8], right: &[u8]) -> Result<Vec<Change>> {
    let mut out = Vec::new();
    for ((name, left), right) in names.iter().zip(spans(left)?).zip(spans(right)?) {
        if left != right {
            compare(name.clone(), &Canonical(left).value()?, &Canonical(right).value()?, &mut out);
        }
    }
    Ok(out)
}

fn compare(path: String, left: &Value, right: &Value, out: &mut Vec<Change>) {
    match (left, right) {
        (Value::List(left), Value::List(right)) => {
            // What is inserted or taken out in one place does not move everything behind it.
            let front = left.iter().zip(right).take_while(|(a, b)| a == b).count();
            let (left, right) = (&left[front..], &right[front..]);
            let back = left.iter().rev().zip(right.iter().rev()).take_while(|(a, b)| a == b).count();
            let (left, right) = (&left[..left.len() - back], &right[..right.len() - back]);
            for at in 0..left.len().max(right.len()) {
                one(format!("{path}[{}]", front + at), left.get(at), right.get(at), out);
            }
        }
        (Value::Object(left), Value::Object(right)) => {
            let (mut a, mut b) = (left.iter().peekable(), right.iter().peekable());
            loop {
                let (name, x, y) = match (a.peek(), b.peek()) {
                    (None, None) => break,
                    (Some((name, _)), None) => (name, a.next(), None),
                    (None, Some((name, _))) => (name, None, b.next()),
                    (Some((x, _)), Some((y, _))) => match x.cmp(y) {
                        std::cmp::Ordering::Less => (x, a.next(), None),
                        std::cmp::Ordering::Greater => (y, None, b.next()),
                        std::cmp::Ordering::Equal => (x, a.next(), b.next()),
                    },
                };
                let path = format!("{path}.{}", name.as_deref().unwrap_or("null"));
                one(path, x.map(|(_, value)| value), y.map(|(_, value)| value), out);
            }
        }
        (Value::Branch(x, left), Value::Branch(y, right)) if x == y => {
            one(format!("{path}.{x}"), Some(left), Some(right), out);
        }
        _ if left == right => {}
        _ => out.push(Change { path, left: Some(left.clone()), right: Some(right.clone()) }),
    }
}

fn one(path: String, left: Option<&Value>, right: Option<&Value>, out: &mut Vec<Change>) {
    match (left, right) {
        (Some(left), Some(right)) => compare(path, left, right, out),
        (left, right) => out.push(Change { path, left: left.cloned(), right: right.cloned() }),
    }
}
