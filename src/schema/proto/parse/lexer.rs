//! Tokens with what they stand for: numbers as values, strings as bytes
//! (<https://protobuf.dev/reference/protobuf/edition-2023-spec/>).

use crate::error::{Error, Result};
use crate::schema::proto_token::{self, Token as Written};

/// A place in a text, both counted from one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Line.
    pub line: u32,
    /// Column, in characters.
    pub column: u32,
}

impl From<(u32, u32)> for Place {
    fn from((line, column): (u32, u32)) -> Place {
        Place { line, column }
    }
}

/// A token.
#[derive(Clone, Debug, PartialEq)]
pub enum Token {
    /// A name or keyword, without points.
    Name(String),
    /// An integer.
    Integer(u64),
    /// Another number, as written.
    Float(String),
    /// A string: bytes after escapes.
    Text(Vec<u8>),
    /// Punctuation.
    Sign(char),
    /// The end of the text.
    End,
}

impl std::fmt::Display for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Token::Name(name) => write!(f, "{name:?}"),
            Token::Integer(value) => write!(f, "{value}"),
            Token::Float(text) => f.write_str(text),
            Token::Text(_) => f.write_str("a string"),
            Token::Sign(sign) => write!(f, "'{sign}'"),
            Token::End => f.write_str("the end of the text"),
        }
    }
}

/// All tokens of a text; the last one is [`Token::End`].
///
/// # Errors
/// `Schema`, with line and column, for what is no token, no number, or no escape.
pub fn tokens(text: &str) -> Result<Vec<(Token, Place)>> {
    let written = proto_token::tokens(text).map_err(|fault| fail(fault.at.into(), fault.message))?;
    let meant = written.into_iter().map(|(token, span)| {
        let place = span.start.into();
        let token = match token {
            Written::Word(name) => Token::Name(name),
            Written::Number(text) => number(&text, place)?,
            Written::Text(text) => Token::Text(bytes(&text, place)?),
            Written::Symbol(sign) => Token::Sign(sign),
            Written::End => Token::End,
        };
        Ok((token, place))
    });
    meant.collect()
}

/// An error at a place.
#[cold]
pub fn fail(place: Place, message: impl std::fmt::Display) -> Error {
    Error::schema(format!("line {}, column {}: {message}", place.line, place.column))
}

/// What a number stands for.
fn number(text: &str, place: Place) -> Result<Token> {
    let hex = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"));
    let integer = match (hex, text.strip_prefix('0')) {
        (Some(digits), _) => u64::from_str_radix(digits, 16).ok(),
        (None, Some(digits)) if !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit()) => {
            u64::from_str_radix(digits, 8).ok()
        }
        _ => text.parse().ok(),
    };
    if let Some(integer) = integer {
        return Ok(Token::Integer(integer));
    }
    let plain = text.trim_end_matches(['f', 'F']);
    match plain.parse::<f64>() {
        Ok(_) if hex.is_none() => Ok(Token::Float(plain.to_owned())),
        _ => Err(fail(place, format!("{text:?} is not a number"))),
    }
}

/// The bytes of a string whose escapes are as they are written.
fn bytes(text: &str, place: Place) -> Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        if letter != '\\' {
            bytes.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes());
            continue;
        }
        let bad = || fail(place, "an escape in a string that is not legal");
        let kind = letters.next().ok_or_else(bad)?;
        bytes.push(match kind {
            'a' => 7,
            'b' => 8,
            'f' => 12,
            'n' => b'\n',
            'r' => b'\r',
            't' => b'\t',
            'v' => 11,
            '\\' | '\'' | '"' | '?' => kind as u8,
            '0'..='7' => {
                let digits = digits(&mut letters, kind, 8, 3);
                u8::try_from(u32::from_str_radix(&digits, 8).map_err(|_| bad())?).map_err(|_| bad())?
            }
            'x' | 'X' => {
                let digits = digits(&mut letters, '0', 16, 3);
                u8::from_str_radix(&digits, 16).map_err(|_| bad())?
            }
            'u' | 'U' => {
                let digits = digits(&mut letters, '0', 16, if kind == 'u' { 5 } else { 9 });
                let code = u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32).ok_or_else(bad)?;
                bytes.extend_from_slice(code.encode_utf8(&mut [0; 4]).as_bytes());
                continue;
            }
            _ => return Err(bad()),
        });
    }
    Ok(bytes)
}

/// `first` and further digits, `count` at most.
fn digits(letters: &mut std::str::Chars<'_>, first: char, radix: u32, count: usize) -> String {
    let mut digits = String::from(first);
    while digits.len() < count
        && let Some(letter) = letters.clone().next().filter(|letter| letter.is_digit(radix))
    {
        digits.push(letter);
        letters.next();
    }
    digits
}
