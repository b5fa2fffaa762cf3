//! Options as they are written.

use super::Parser;
use crate::error::Result;
use crate::schema::proto::parse::lexer::Token;
use crate::schema::proto::parse::options::{Value, Written};

impl Parser {
    /// `option NAME = VALUE;`
    pub(super) fn option_statement(&mut self) -> Result<Written> {
        if !self.eat_name("option") {
            return self.expected("option");
        }
        let option = self.option()?;
        self.expect(';')?;
        Ok(option)
    }

    /// `NAME = VALUE`
    pub(super) fn option(&mut self) -> Result<Written> {
        let place = self.place();
        let mut name = Vec::new();
        loop {
            if self.eat('(') {
                name.push((self.path()?, true));
                self.expect(')')?;
            } else {
                name.push((self.name("the name of an option")?, false));
            }
            if !self.eat('.') {
                break;
            }
        }
        self.expect('=')?;
        let value = match self.peek().clone() {
            Token::Text(_) => Value::Text(self.text()?),
            Token::Sign('{') => {
                self.take();
                Value::Message(self.braces()?)
            }
            Token::Sign(sign @ ('-' | '+')) => {
                self.take();
                match self.take() {
                    Token::Name(name) if sign == '-' => Value::Name(format!("-{name}")),
                    number @ (Token::Integer(_) | Token::Float(_)) => Value::Number(sign == '-', number),
                    _ => return self.expected("a number"),
                }
            }
            Token::Name(name) => {
                self.take();
                Value::Name(name)
            }
            number @ (Token::Integer(_) | Token::Float(_)) => {
                self.take();
                Value::Number(false, number)
            }
            _ => return self.expected("the value of the option"),
        };
        Ok(Written { name, value, place })
    }

    /// What stands up to the brace that closes.
    pub(super) fn braces(&mut self) -> Result<Vec<Token>> {
        let mut depth = 1;
        let mut tokens = Vec::new();
        loop {
            match self.take() {
                Token::End => return self.expected("'}'"),
                Token::Sign('{') => depth += 1,
                Token::Sign('}') => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                return Ok(tokens);
            }
            tokens.push(self.tokens[self.at - 1].0.clone());
        }
    }

    /// `[a = 1, b = 2]`, if it is there.
    pub(super) fn field_options(&mut self) -> Result<Vec<Written>> {
        let mut options = Vec::new();
        if self.eat('[') {
            loop {
                options.push(self.option()?);
                if !self.eat(',') {
                    break;
                }
            }
            self.expect(']')?;
        }
        Ok(options)
    }
}
