//! Options: statements, lists in brackets, and values, aggregates taken apart.

use super::{OptionValue, Options, Parser, Span, Token};
use crate::error::Result;

impl Parser {
    /// `option name = value;`
    pub(super) fn option_statement(&mut self) -> Result<Options> {
        let start = self.span();
        self.next();
        let mut options = Vec::new();
        self.assignment(&mut options)?;
        self.expect(';')?;
        let span = start.to(self.last());
        options.iter_mut().for_each(|option| option.span = span);
        Ok(options)
    }

    /// `[a = 1, b = 2]`
    pub(super) fn bracketed(&mut self) -> Result<Options> {
        self.expect('[')?;
        let mut options = Vec::new();
        loop {
            if self.is_word("declaration") && *self.ahead(1) == Token::Symbol('=') {
                // Declarations of extension ranges repeat; nothing is compared there.
                let before = options.len();
                self.assignment(&mut options)?;
                options.truncate(before);
            } else {
                self.assignment(&mut options)?;
            }
            if !self.eat(',') {
                break;
            }
        }
        self.expect(']')?;
        Ok(options)
    }

    fn assignment(&mut self, out: &mut Options) -> Result<()> {
        let start = self.span();
        let mut name = self.option_part()?;
        while self.eat('.') {
            name.push('.');
            name.push_str(&self.option_part()?);
        }
        self.expect('=')?;
        let from = out.len();
        self.value(&name, out)?;
        let span = start.to(self.last());
        out[from..].iter_mut().for_each(|option| option.span = span);
        Ok(())
    }

    fn option_part(&mut self) -> Result<String> {
        if self.eat('(') {
            let name = self.name()?;
            self.expect(')')?;
            return Ok(format!("({})", name.trim_start_matches('.')));
        }
        self.word("the name of an option")
    }

    /// A value; aggregates become one option for each field.
    fn value(&mut self, name: &str, out: &mut Options) -> Result<()> {
        self.deeper()?;
        match self.peek().clone() {
            Token::Symbol('{') | Token::Symbol('<') => {
                let close = if self.next() == Token::Symbol('{') { '}' } else { '>' };
                while !self.eat(close) {
                    let part = if self.eat('[') {
                        let mut inner = self.name()?;
                        while self.eat('/') {
                            inner = format!("{inner}/{}", self.name()?);
                        }
                        self.expect(']')?;
                        format!("({inner})")
                    } else {
                        self.word("the name of a field")?
                    };
                    self.eat(':');
                    self.value(&format!("{name}.{part}"), out)?;
                    if !self.eat(',') {
                        self.eat(';');
                    }
                }
            }
            Token::Symbol('[') => {
                self.next();
                while !self.eat(']') {
                    self.value(name, out)?;
                    self.eat(',');
                }
            }
            Token::Text(_) => {
                let value = self.text()?;
                out.push(OptionValue { name: name.to_owned(), value, span: Span::default() });
            }
            Token::Symbol(sign @ ('-' | '+')) => {
                self.next();
                let value = match self.next() {
                    Token::Number(text) | Token::Word(text) => text,
                    _ => return Err(self.unexpected("a number")),
                };
                let value = if sign == '-' { format!("-{value}") } else { value };
                out.push(OptionValue { name: name.to_owned(), value, span: Span::default() });
            }
            Token::Number(value) => {
                self.next();
                out.push(OptionValue { name: name.to_owned(), value, span: Span::default() });
            }
            Token::Word(_) => {
                let value = self.name()?;
                out.push(OptionValue { name: name.to_owned(), value, span: Span::default() });
            }
            _ => return Err(self.unexpected("a value")),
        }
        self.depth -= 1;
        Ok(())
    }
}
