//! Words, signs and names, one behind the other.

use super::super::token::{Kind, Token, error_at};
use super::Parser;
use crate::error::{Error, Result};

impl<'a> Parser<'a> {
    pub(super) fn peek(&self, ahead: usize) -> Option<&'a Token> {
        self.tokens.get(self.at + ahead)
    }

    pub(super) fn is_word(&self, ahead: usize, word: &str) -> bool {
        matches!(self.peek(ahead), Some(Token { kind: Kind::Word(text), .. }) if text.eq_ignore_ascii_case(word))
    }

    pub(super) fn is_sign(&self, sign: char) -> bool {
        matches!(self.peek(0), Some(Token { kind: Kind::Sign(found), .. }) if *found == sign)
    }

    pub(super) fn take_word(&mut self, word: &str) -> bool {
        let found = self.is_word(0, word);
        self.at += usize::from(found);
        found
    }

    /// All of these words, or none.
    pub(super) fn take_words(&mut self, words: &[&str]) -> bool {
        let found = words.iter().enumerate().all(|(ahead, word)| self.is_word(ahead, word));
        self.at += if found { words.len() } else { 0 };
        found
    }

    pub(super) fn take_sign(&mut self, sign: char) -> bool {
        let found = self.is_sign(sign);
        self.at += usize::from(found);
        found
    }

    pub(super) fn error(&self, expected: &str) -> Error {
        match (self.peek(0), self.tokens.last()) {
            (Some(token), _) => {
                error_at(token.line, token.column, format!("expected {expected}, found {}", token.shown()))
            }
            (None, Some(last)) => {
                error_at(last.line, last.column, format!("expected {expected} behind {}", last.shown()))
            }
            (None, None) => Error::malformed(format!("expected {expected}, found nothing")),
        }
    }

    pub(super) fn expect(&mut self, sign: char) -> Result<()> {
        if self.take_sign(sign) { Ok(()) } else { Err(self.error(&format!("{sign:?}"))) }
    }

    /// To behind the next semicolon outside brackets.
    pub(super) fn skip_statement(&mut self) {
        while let Some(token) = self.peek(0) {
            self.at += 1;
            if token.kind == Kind::Sign(';') {
                return;
            }
        }
    }

    /// A bracket and all that is in it.
    pub(super) fn skip_brackets(&mut self) -> Result<()> {
        let open = self.peek(0).cloned();
        let mut depth = 0_usize;
        while let Some(token) = self.peek(0) {
            self.at += 1;
            match token.kind {
                Kind::Sign('(') => depth += 1,
                Kind::Sign(')') => {
                    depth -= 1;
                    if depth == 0 {
                        return Ok(());
                    }
                }
                _ => {}
            }
        }
        match open {
            Some(open) => Err(error_at(open.line, open.column, "the bracket has no end")),
            None => Err(self.error("\"(\"")),
        }
    }

    /// A name, as a column or a member of a struct has one. Words keep the case that they are written in.
    pub(super) fn name(&mut self, what: &str) -> Result<String> {
        match self.peek(0).map(|token| &token.kind) {
            Some(Kind::Word(text) | Kind::Name(text)) => {
                self.at += 1;
                Ok(text.clone())
            }
            // [a b], as SQL Server writes it.
            Some(Kind::Sign('[')) => {
                self.at += 1;
                let mut parts = Vec::new();
                while let Some(Kind::Word(text) | Kind::Number(text)) = self.peek(0).map(|token| &token.kind) {
                    parts.push(text.clone());
                    self.at += 1;
                }
                self.expect(']')?;
                Ok(parts.join(" "))
            }
            _ => Err(self.error(what)),
        }
    }

    /// `a.b.c`
    pub(super) fn path(&mut self, what: &str) -> Result<String> {
        let mut path = self.name(what)?;
        while self.take_sign('.') {
            path = format!("{path}.{}", self.name("a name behind the dot")?);
        }
        Ok(path)
    }
}
