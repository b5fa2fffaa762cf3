//! Tokens of `.proto` text, with their places: <https://protobuf.dev/reference/protobuf/edition-2023-spec/>.

use crate::error::{Error, Result};

/// A place in a text, both counted from one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Line.
    pub line: u32,
    /// Column, in characters.
    pub column: u32,
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
/// `Schema`, with line and column, for what is no token.
pub fn tokens(text: &str) -> Result<Vec<(Token, Place)>> {
    let mut lexer = Lexer { rest: text, place: Place { line: 1, column: 1 } };
    let mut tokens = Vec::new();
    loop {
        lexer.blank()?;
        let place = lexer.place;
        let token = lexer.token()?;
        let end = token == Token::End;
        tokens.push((token, place));
        if end {
            return Ok(tokens);
        }
    }
}

struct Lexer<'a> {
    rest: &'a str,
    place: Place,
}

/// An error at a place.
#[cold]
pub fn fail(place: Place, message: impl std::fmt::Display) -> Error {
    Error::schema(format!("line {}, column {}: {message}", place.line, place.column))
}

impl Lexer<'_> {
    fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    fn take(&mut self) -> Option<char> {
        let letter = self.peek()?;
        self.rest = &self.rest[letter.len_utf8()..];
        if letter == '\n' {
            self.place = Place { line: self.place.line + 1, column: 1 };
        } else {
            self.place.column += 1;
        }
        Some(letter)
    }

    fn take_while(&mut self, wanted: impl Fn(char) -> bool) -> String {
        let mut text = String::new();
        while let Some(letter) = self.peek().filter(|letter| wanted(*letter)) {
            text.push(letter);
            self.take();
        }
        text
    }

    /// Blanks and comments.
    fn blank(&mut self) -> Result<()> {
        loop {
            if self.rest.starts_with("//") {
                self.take_while(|letter| letter != '\n');
            } else if self.rest.starts_with("/*") {
                let place = self.place;
                self.take();
                self.take();
                while !self.rest.starts_with("*/") {
                    self.take().ok_or_else(|| fail(place, "the comment has no end"))?;
                }
                self.take();
                self.take();
            } else if self.peek().is_some_and(|letter| letter.is_whitespace() || letter == '\u{feff}') {
                self.take();
            } else {
                return Ok(());
            }
        }
    }

    fn token(&mut self) -> Result<Token> {
        let place = self.place;
        let Some(first) = self.peek() else { return Ok(Token::End) };
        let second = self.rest.chars().nth(1);
        match first {
            'a'..='z' | 'A'..='Z' | '_' => {
                Ok(Token::Name(self.take_while(|letter| letter.is_ascii_alphanumeric() || letter == '_')))
            }
            '0'..='9' => self.number(place),
            '.' if second.is_some_and(|letter| letter.is_ascii_digit()) => self.number(place),
            '"' | '\'' => self.text(place),
            '{' | '}' | '[' | ']' | '(' | ')' | '<' | '>' | ';' | ',' | '=' | '.' | ':' | '-' | '+' | '/' => {
                self.take();
                Ok(Token::Sign(first))
            }
            other => Err(fail(place, format!("{other:?} has no meaning here"))),
        }
    }

    fn number(&mut self, place: Place) -> Result<Token> {
        let mut text = String::new();
        while let Some(letter) = self.peek() {
            let sign = matches!(letter, '+' | '-') && text.ends_with(['e', 'E']) && !text.starts_with("0x");
            if !(letter.is_ascii_alphanumeric() || letter == '.' || sign) {
                break;
            }
            text.push(letter);
            self.take();
        }
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

    fn text(&mut self, place: Place) -> Result<Token> {
        let quote = self.take();
        let mut bytes = Vec::new();
        loop {
            let letter = self.take().filter(|letter| *letter != '\n');
            let letter = letter.ok_or_else(|| fail(place, "the string has no end"))?;
            if Some(letter) == quote {
                return Ok(Token::Text(bytes));
            }
            if letter != '\\' {
                bytes.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes());
                continue;
            }
            let bad = || fail(place, "an escape in a string that is not legal");
            let kind = self.take().ok_or_else(bad)?;
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
                    let digits = self.digits(kind, 8, 3);
                    u8::try_from(u32::from_str_radix(&digits, 8).map_err(|_| bad())?).map_err(|_| bad())?
                }
                'x' | 'X' => {
                    let digits = self.digits('0', 16, 3);
                    u8::from_str_radix(&digits, 16).map_err(|_| bad())?
                }
                'u' | 'U' => {
                    let digits = self.digits('0', 16, if kind == 'u' { 5 } else { 9 });
                    let code = u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32).ok_or_else(bad)?;
                    bytes.extend_from_slice(code.encode_utf8(&mut [0; 4]).as_bytes());
                    continue;
                }
                _ => return Err(bad()),
            });
        }
    }

    /// `first` and further digits, `count` at most.
    fn digits(&mut self, first: char, radix: u32, count: usize) -> String {
        let mut digits = String::from(first);
        while digits.len() < count
            && let Some(letter) = self.peek().filter(|letter| letter.is_digit(radix))
        {
            digits.push(letter);
            self.take();
        }
        digits
    }
}
