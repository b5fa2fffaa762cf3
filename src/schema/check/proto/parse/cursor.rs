//! The tokens ahead: words, names, strings and numbers.

use super::{Parser, Span, Token};
use crate::error::{Error, Result};

/// Levels of nesting at most.
const DEPTH_MAX: usize = 100;

impl Parser {
    pub(super) fn peek(&self) -> &Token {
        &self.tokens[self.at.min(self.tokens.len() - 1)].0
    }

    /// The token that comes `count` later; the end, if there is none.
    pub(super) fn ahead(&self, count: usize) -> &Token {
        self.tokens.get(self.at + count).map_or(&Token::End, |(token, _)| token)
    }

    pub(super) fn span(&self) -> Span {
        self.tokens[self.at.min(self.tokens.len() - 1)].1
    }

    /// The token before.
    pub(super) fn last(&self) -> Span {
        self.tokens[self.at.saturating_sub(1)].1
    }

    pub(super) fn next(&mut self) -> Token {
        let token = self.peek().clone();
        self.at = (self.at + 1).min(self.tokens.len() - 1);
        token
    }

    pub(super) fn is_word(&self, word: &str) -> bool {
        matches!(self.peek(), Token::Word(found) if found == word)
    }

    pub(super) fn is_symbol(&self, symbol: char) -> bool {
        *self.peek() == Token::Symbol(symbol)
    }

    pub(super) fn eat(&mut self, symbol: char) -> bool {
        let found = self.is_symbol(symbol);
        if found {
            self.next();
        }
        found
    }

    pub(super) fn eat_word(&mut self, word: &str) -> bool {
        let found = self.is_word(word);
        if found {
            self.next();
        }
        found
    }

    pub(super) fn expect(&mut self, symbol: char) -> Result<()> {
        if self.eat(symbol) { Ok(()) } else { Err(self.unexpected(&format!("'{symbol}'"))) }
    }

    pub(super) fn unexpected(&self, wanted: &str) -> Error {
        self.fault(format!("expected {wanted}, found {}", self.peek()))
    }

    pub(super) fn fault(&self, message: String) -> Error {
        Error::schema(message).in_source(self.file.name.clone()).at_line(u64::from(self.span().start.0 - 1))
    }

    pub(super) fn word(&mut self, what: &str) -> Result<String> {
        match self.peek().clone() {
            Token::Word(word) => {
                self.next();
                Ok(word)
            }
            _ => Err(self.unexpected(what)),
        }
    }

    /// One or more strings one after the other.
    pub(super) fn text(&mut self) -> Result<String> {
        let mut out = match self.next() {
            Token::Text(text) => text,
            _ => {
                self.at = self.at.saturating_sub(1);
                return Err(self.unexpected("a string"));
            }
        };
        while let Token::Text(text) = self.peek().clone() {
            out.push_str(&text);
            self.next();
        }
        Ok(out)
    }

    pub(super) fn number(&mut self) -> Result<i64> {
        let negative = self.eat('-');
        let Token::Number(text) = self.peek().clone() else { return Err(self.unexpected("a number")) };
        let parsed = match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
            Some(hex) => i64::from_str_radix(hex, 16),
            None if text.len() > 1 && text.starts_with('0') => i64::from_str_radix(&text, 8),
            None => text.parse(),
        };
        let value = parsed.map_err(|_| self.unexpected("a whole number of 64 bits"))?;
        self.next();
        Ok(if negative { -value } else { value })
    }

    /// A dotted name, perhaps with a dot in front.
    pub(super) fn name(&mut self) -> Result<String> {
        let mut out = String::new();
        if self.eat('.') {
            out.push('.');
        }
        out.push_str(&self.word("a name")?);
        while self.eat('.') {
            out.push('.');
            out.push_str(&self.word("a name")?);
        }
        Ok(out)
    }

    pub(super) fn deeper(&mut self) -> Result<()> {
        self.depth += 1;
        match self.depth > DEPTH_MAX {
            true => {
                Err(Error::limit(format!("nested deeper than {DEPTH_MAX} levels")).in_source(self.file.name.clone()))
            }
            false => Ok(()),
        }
    }
}
