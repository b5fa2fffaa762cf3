//! Tokens of `.proto` text with their places (protobuf language specification, "Lexical elements"), as they are written:
//! what numbers and escapes stand for is for those to say who need it.
//!
//! Two readers stand on them, since they want opposite things. `proto::parse` makes descriptors to read data with, and
//! refuses what would make data mean something else. `check::proto` compares what people wrote: it keeps every part
//! with its place, and takes files that a compiler would not.

use std::fmt;

/// Line and column, both counted from one; columns are characters.
pub(crate) type Position = (u32, u32);

/// From the first character to the one behind the last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Span {
    pub start: Position,
    pub end: Position,
}

impl Span {
    /// From here to the end of `last`.
    pub fn to(self, last: Span) -> Span {
        Span { start: self.start, end: last.end }
    }
}

/// A token.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Token {
    /// A name or keyword, without points.
    Word(String),
    /// As it is written: `0x1F`, `1e-3`, `.5`.
    Number(String),
    /// What stands between the quotes, escapes as they are written.
    Text(String),
    /// Punctuation.
    Symbol(char),
    /// The end of the text.
    End,
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Token::Word(text) | Token::Number(text) => write!(f, "{text:?}"),
            Token::Text(_) => f.write_str("a string"),
            Token::Symbol(symbol) => write!(f, "'{symbol}'"),
            Token::End => f.write_str("the end of the file"),
        }
    }
}

/// What is no token, and where it begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub at: Position,
    pub message: String,
}

/// All tokens of a text; the last one is [`Token::End`].
///
/// # Errors
/// A comment or a string without end, a character that has no meaning outside of them.
pub(crate) fn tokens(text: &str) -> Result<Vec<(Token, Span)>, Fault> {
    let mut lexer = Lexer { rest: text, at: (1, 1) };
    let mut tokens = Vec::new();
    loop {
        lexer.blanks()?;
        let start = lexer.at;
        let token = lexer.token()?;
        let is_end = token == Token::End;
        tokens.push((token, Span { start, end: lexer.at }));
        if is_end {
            return Ok(tokens);
        }
    }
}

struct Lexer<'a> {
    rest: &'a str,
    at: Position,
}

impl Lexer<'_> {
    fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    fn take(&mut self) -> Option<char> {
        let letter = self.peek()?;
        self.rest = &self.rest[letter.len_utf8()..];
        self.at = if letter == '\n' { (self.at.0 + 1, 1) } else { (self.at.0, self.at.1 + 1) };
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
    fn blanks(&mut self) -> Result<(), Fault> {
        loop {
            if self.rest.starts_with("//") {
                self.take_while(|letter| letter != '\n');
            } else if self.rest.starts_with("/*") {
                let at = self.at;
                self.take();
                self.take();
                while !self.rest.starts_with("*/") {
                    self.take().ok_or_else(|| Fault { at, message: "the comment has no end".to_owned() })?;
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

    fn token(&mut self) -> Result<Token, Fault> {
        let Some(first) = self.peek() else { return Ok(Token::End) };
        let second = self.rest.chars().nth(1);
        match first {
            'a'..='z' | 'A'..='Z' | '_' => {
                Ok(Token::Word(self.take_while(|letter| letter.is_ascii_alphanumeric() || letter == '_')))
            }
            '0'..='9' => Ok(Token::Number(self.number())),
            '.' if second.is_some_and(|letter| letter.is_ascii_digit()) => Ok(Token::Number(self.number())),
            '"' | '\'' => self.text(),
            '{' | '}' | '[' | ']' | '(' | ')' | '<' | '>' | ';' | ',' | '=' | '.' | ':' | '-' | '+' | '/' => {
                self.take();
                Ok(Token::Symbol(first))
            }
            other => Err(Fault { at: self.at, message: format!("{other:?} has no meaning here") }),
        }
    }

    fn number(&mut self) -> String {
        let mut text = String::new();
        while let Some(letter) = self.peek() {
            let sign = matches!(letter, '+' | '-') && text.ends_with(['e', 'E']) && !text.starts_with("0x");
            if !(letter.is_ascii_alphanumeric() || letter == '.' || sign) {
                break;
            }
            text.push(letter);
            self.take();
        }
        text
    }

    fn text(&mut self) -> Result<Token, Fault> {
        let at = self.at;
        let quote = self.take();
        let mut text = String::new();
        loop {
            match self.take() {
                None | Some('\n') => return Err(Fault { at, message: "the string has no end".to_owned() }),
                letter if letter == quote => return Ok(Token::Text(text)),
                Some('\\') => {
                    text.push('\\');
                    text.extend(self.take());
                }
                Some(letter) => text.push(letter),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_as_written_with_their_places() {
        let text = "\u{feff}// a\nmessage M { /* * / */ x=.5e-3 'a\\'\"\\x' }";
        let found = tokens(text).unwrap();
        let shown: Vec<String> = found.iter().map(|(token, _)| format!("{token:?}")).collect();
        let expected = [
            "Word(\"message\")",
            "Word(\"M\")",
            "Symbol('{')",
            "Word(\"x\")",
            "Symbol('=')",
            "Number(\".5e-3\")",
            "Text(\"a\\\\'\\\"\\\\x\")",
            "Symbol('}')",
            "End",
        ];
        assert_eq!(shown, expected);
        assert_eq!(found[0].1, Span { start: (2, 1), end: (2, 8) });
        assert_eq!(found[5].1.to(found[6].1), Span { start: (2, 25), end: (2, 39) });
    }

    #[test]
    fn faults_stand_where_they_begin() {
        for (text, at, message) in [
            ("a\n /* b", (2, 2), "the comment has no end"),
            ("a 'b\n'", (1, 3), "the string has no end"),
            ("a \"b\\\"", (1, 3), "the string has no end"),
            ("a é", (1, 3), "'é' has no meaning here"),
            ("a #", (1, 3), "'#' has no meaning here"),
        ] {
            assert_eq!(tokens(text), Err(Fault { at, message: message.to_owned() }), "{text}");
        }
    }
}
