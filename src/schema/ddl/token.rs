//! Words, names, numbers, strings and signs of SQL, with where they stand.

use crate::error::{Error, Result};

/// A token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A word as it is written; SQL does not look at its case.
    Word(String),
    /// A name in quotes, unquoted: `"a b"`, `` `a b` ``, `[a b]`.
    Name(String),
    /// A number as it is written.
    Number(String),
    /// A string in single quotes, unquoted.
    Text(String),
    /// One sign.
    Sign(char),
}

/// A token and its place, counted from one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token {
    pub kind: Kind,
    pub line: u32,
    pub column: u32,
}

impl Token {
    /// As it is shown in a message.
    pub fn shown(&self) -> String {
        match &self.kind {
            Kind::Word(text) | Kind::Number(text) => format!("{text:?}"),
            Kind::Name(text) => format!("the name {text:?}"),
            Kind::Text(text) => format!("the string {text:?}"),
            Kind::Sign(sign) => format!("{sign:?}"),
        }
    }
}

/// An error at a place.
pub(super) fn error_at(line: u32, column: u32, message: impl std::fmt::Display) -> Error {
    Error::malformed(format!("column {column}: {message}")).at_line(u64::from(line.saturating_sub(1)))
}

/// Splits a text. Comments are left out.
///
/// # Errors
/// `Malformed` where a quote or a comment has no end.
pub(super) fn tokens(text: &str) -> Result<Vec<Token>> {
    let mut walk = Walk { rest: text.chars().collect(), at: 0, line: 1, column: 1 };
    let mut out = Vec::new();
    while let Some(first) = walk.peek(0) {
        let (line, column) = (walk.line, walk.column);
        let mut push = |kind| out.push(Token { kind, line, column });
        match first {
            c if c.is_whitespace() || c == '\u{feff}' => walk.step(),
            '-' if walk.peek(1) == Some('-') => walk.line_comment(),
            '/' if walk.peek(1) == Some('*') => walk.block_comment()?,
            '#' => walk.line_comment(),
            '\'' => push(Kind::Text(walk.quoted('\'', "string")?)),
            '"' | '`' => push(Kind::Name(walk.quoted(first, "name")?)),
            c if c.is_ascii_digit() => push(Kind::Number(walk.run(|c| c.is_ascii_alphanumeric() || c == '.'))),
            c if c.is_alphabetic() || c == '_' => {
                push(Kind::Word(walk.run(|c| c.is_alphanumeric() || matches!(c, '_' | '$'))));
            }
            c => {
                walk.step();
                push(Kind::Sign(c));
            }
        }
    }
    Ok(out)
}

struct Walk {
    rest: Vec<char>,
    at: usize,
    line: u32,
    column: u32,
}

impl Walk {
    fn peek(&self, ahead: usize) -> Option<char> {
        self.rest.get(self.at + ahead).copied()
    }

    fn step(&mut self) {
        if self.peek(0) == Some('\n') {
            self.line += 1;
            self.column = 1;
        } else {
            self.column += 1;
        }
        self.at += 1;
    }

    fn line_comment(&mut self) {
        while self.peek(0).is_some_and(|c| c != '\n') {
            self.step();
        }
    }

    fn block_comment(&mut self) -> Result<()> {
        let (line, column) = (self.line, self.column);
        self.step();
        self.step();
        loop {
            match (self.peek(0), self.peek(1)) {
                (Some('*'), Some('/')) => {
                    self.step();
                    self.step();
                    return Ok(());
                }
                (Some(_), _) => self.step(),
                (None, _) => return Err(error_at(line, column, "the comment has no end")),
            }
        }
    }

    /// What stands between two of `quote`; two of them in a row stand for one.
    fn quoted(&mut self, quote: char, what: &str) -> Result<String> {
        let (line, column) = (self.line, self.column);
        let mut out = String::new();
        self.step();
        loop {
            match self.peek(0) {
                Some(c) if c == quote && self.peek(1) == Some(quote) => {
                    self.step();
                    self.step();
                    out.push(quote);
                }
                Some(c) if c == quote => {
                    self.step();
                    return Ok(out);
                }
                Some(c) => {
                    self.step();
                    out.push(c);
                }
                None => return Err(error_at(line, column, format!("the {what} has no closing {quote}"))),
            }
        }
    }

    fn run(&mut self, belongs: impl Fn(char) -> bool) -> String {
        let mut out = String::new();
        while let Some(c) = self.peek(0).filter(|c| belongs(*c)) {
            out.push(c);
            self.step();
        }
        out
    }
}
