//! Tokens of `.proto` text with their places (protobuf language specification, section Lexical elements).

use std::sync::Arc;

use super::super::finding::Place;
use crate::error::{Error, Result};

/// From the first character to the one behind the last; lines and columns count from one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in super::super) struct Span {
    pub start: (u32, u32),
    pub end: (u32, u32),
}

impl Span {
    pub fn to(self, last: Span) -> Span {
        Span { start: self.start, end: last.end }
    }
    pub fn place(self, file: &Arc<str>) -> Place {
        Place { file: file.clone(), start: Some(self.start), end: Some(self.end) }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    Word(String),
    /// As it is written.
    Number(String),
    Text(String),
    Symbol(char),
    End,
}

impl Token {
    pub fn shown(&self) -> String {
        match self {
            Token::Word(text) | Token::Number(text) => format!("{text:?}"),
            Token::Text(_) => "a string".to_owned(),
            Token::Symbol(symbol) => format!("'{symbol}'"),
            Token::End => "the end of the file".to_owned(),
        }
    }
}

/// All tokens of a text; the last is [`Token::End`].
pub(super) fn tokens(file: &Arc<str>, text: &str) -> Result<Vec<(Token, Span)>> {
    let mut lexer = Lexer { chars: text.trim_start_matches('\u{feff}').chars().peekable(), line: 1, column: 1, file };
    let mut out = Vec::new();
    loop {
        lexer.blanks()?;
        let start = (lexer.line, lexer.column);
        let Some(&first) = lexer.chars.peek() else {
            out.push((Token::End, Span { start, end: start }));
            return Ok(out);
        };
        let token = match first {
            'a'..='z' | 'A'..='Z' | '_' => Token::Word(lexer.word()),
            '0'..='9' => Token::Number(lexer.number()),
            '"' | '\'' => Token::Text(lexer.text(first)?),
            symbol if symbol.is_ascii_punctuation() => {
                lexer.next();
                Token::Symbol(symbol)
            }
            other => return Err(lexer.error(format!("found {other:?}, which no .proto file has outside strings"))),
        };
        out.push((token, Span { start, end: (lexer.line, lexer.column) }));
    }
}

struct Lexer<'a> {
    chars: std::iter::Peekable<std::str::Chars<'a>>,
    line: u32,
    column: u32,
    file: &'a Arc<str>,
}

impl Lexer<'_> {
    fn error(&self, message: String) -> Error {
        Error::schema(message).in_source(self.file.clone()).at_line(u64::from(self.line - 1))
    }

    fn next(&mut self) -> Option<char> {
        let next = self.chars.next()?;
        if next == '\n' {
            self.line += 1;
            self.column = 1;
        } else {
            self.column += 1;
        }
        Some(next)
    }

    /// Blanks and comments.
    fn blanks(&mut self) -> Result<()> {
        loop {
            match self.chars.peek() {
                Some(c) if c.is_whitespace() => {
                    self.next();
                }
                Some('/') => {
                    let mut ahead = self.chars.clone();
                    ahead.next();
                    match ahead.peek() {
                        Some('/') => while self.next().is_some_and(|c| c != '\n') {},
                        Some('*') => {
                            self.next();
                            self.next();
                            let mut star = false;
                            loop {
                                match self.next() {
                                    Some('/') if star => break,
                                    Some(c) => star = c == '*',
                                    None => return Err(self.error("the file ends inside a comment".to_owned())),
                                }
                            }
                        }
                        _ => return Ok(()),
                    }
                }
                _ => return Ok(()),
            }
        }
    }

    fn word(&mut self) -> String {
        let mut out = String::new();
        while let Some(&c) = self.chars.peek()
            && (c.is_ascii_alphanumeric() || c == '_')
        {
            out.push(c);
            self.next();
        }
        out
    }

    fn number(&mut self) -> String {
        let mut out = String::new();
        while let Some(&c) = self.chars.peek() {
            let sign = matches!(c, '+' | '-') && out.ends_with(['e', 'E']) && !out.starts_with("0x");
            if !(c.is_ascii_alphanumeric() || c == '.' || sign) {
                break;
            }
            out.push(c);
            self.next();
        }
        out
    }

    fn text(&mut self, quote: char) -> Result<String> {
        self.next();
        let mut out = String::new();
        loop {
            match self.next() {
                Some(c) if c == quote => return Ok(out),
                Some('\\') => {
                    // Escapes stay as they are written: they are compared, never decoded.
                    out.push('\\');
                    out.extend(self.next());
                }
                None | Some('\n') => return Err(self.error("a string is not closed".to_owned())),
                Some(c) => out.push(c),
            }
        }
    }
}
