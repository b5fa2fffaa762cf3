//! The tokens ahead: names, paths, strings and numbers.

use super::{NUMBER_MAX, Parser};
use crate::error::Result;
use crate::schema::proto::parse::lexer::{Place, Token, fail};
use crate::schema::proto::pool::join;

impl Parser {
    pub(super) fn peek(&self) -> &Token {
        self.tokens.get(self.at).map_or(&Token::End, |(token, _)| token)
    }

    pub(super) fn peek_at(&self, ahead: usize) -> &Token {
        self.tokens.get(self.at + ahead).map_or(&Token::End, |(token, _)| token)
    }

    pub(super) fn place(&self) -> Place {
        let last = self.tokens.len().saturating_sub(1);
        self.tokens.get(self.at.min(last)).map_or(Place { line: 1, column: 1 }, |(_, place)| *place)
    }

    pub(super) fn take(&mut self) -> Token {
        let token = self.peek().clone();
        self.at = (self.at + 1).min(self.tokens.len());
        token
    }

    pub(super) fn is_sign(&self, sign: char) -> bool {
        *self.peek() == Token::Sign(sign)
    }

    pub(super) fn is_name(&self, name: &str) -> bool {
        matches!(self.peek(), Token::Name(found) if found == name)
    }

    pub(super) fn eat(&mut self, sign: char) -> bool {
        let found = self.is_sign(sign);
        self.at += usize::from(found);
        found
    }

    pub(super) fn eat_name(&mut self, name: &str) -> bool {
        let found = self.is_name(name);
        self.at += usize::from(found);
        found
    }

    pub(super) fn expected<T>(&self, what: &str) -> Result<T> {
        Err(fail(self.place(), format!("found {}, expected {what}", self.peek())))
    }

    pub(super) fn expect(&mut self, sign: char) -> Result<()> {
        if self.eat(sign) { Ok(()) } else { self.expected(&format!("'{sign}'")) }
    }

    pub(super) fn name(&mut self, what: &str) -> Result<String> {
        match self.peek() {
            Token::Name(_) => match self.take() {
                Token::Name(name) => Ok(name),
                _ => self.expected(what),
            },
            _ => self.expected(what),
        }
    }

    /// A declared name: its place is kept.
    pub(super) fn declared(&mut self, scope: &str, what: &str) -> Result<String> {
        let place = self.place();
        let name = self.name(what)?;
        self.places.push((join(scope, &name), place));
        Ok(name)
    }

    /// Names with points between, perhaps one in front.
    pub(super) fn path(&mut self) -> Result<String> {
        let mut path = String::new();
        if self.eat('.') {
            path.push('.');
        }
        path.push_str(&self.name("a name")?);
        while self.eat('.') {
            path.push('.');
            path.push_str(&self.name("a name")?);
        }
        Ok(path)
    }

    /// Strings one after the other are one.
    pub(super) fn text(&mut self) -> Result<Vec<u8>> {
        let Token::Text(mut bytes) = self.peek().clone() else { return self.expected("a string") };
        self.take();
        while let Token::Text(more) = self.peek() {
            bytes.extend_from_slice(more);
            self.at += 1;
        }
        Ok(bytes)
    }

    pub(super) fn utf8(&mut self) -> Result<String> {
        let place = self.place();
        String::from_utf8(self.text()?).map_err(|_| fail(place, "the string is not valid UTF-8"))
    }

    pub(super) fn integer(&mut self) -> Result<i32> {
        let place = self.place();
        let negative = self.eat('-');
        let Token::Integer(value) = self.peek().clone() else { return self.expected("an integer") };
        self.take();
        let value = if negative { -i128::from(value) } else { i128::from(value) };
        i32::try_from(value).map_err(|_| fail(place, format!("{value} is outside the range of int32")))
    }

    pub(super) fn number(&mut self) -> Result<i32> {
        let place = self.place();
        let number = self.integer()?;
        match number {
            1..=NUMBER_MAX => Ok(number),
            _ => Err(fail(place, format!("{number} is no field number: they go from 1 to {NUMBER_MAX}"))),
        }
    }
}
