//! Messages, their oneofs, and ranges of numbers.

use super::super::ranges::Ranges;
use super::{Message, Oneof, Parser, Scope, Span, Token};
use crate::error::Result;

/// The greatest field number.
const FIELD_MAX: i64 = 536_870_911;

impl Parser {
    /// From the opening brace on.
    pub(super) fn message(&mut self, name: String, start: Span, scope: Scope) -> Result<usize> {
        self.deeper()?;
        let index = self.file.messages.len();
        self.file.messages.push(Message {
            nested: self.nested(scope, &name),
            name,
            parent: scope.message,
            span: start,
            fields: Vec::new(),
            oneofs: Vec::new(),
            reserved: Vec::new(),
            reserved_names: Vec::new(),
            extension_ranges: Vec::new(),
            options: Vec::new(),
            map_entry: false,
        });
        let inner = Scope { message: Some(index) };
        self.expect('{')?;
        while !self.eat('}') {
            match self.peek().clone() {
                Token::Symbol(';') => {
                    self.next();
                }
                Token::Word(word) => {
                    let ahead = self.ahead(1).clone();
                    match word.as_str() {
                        "option" if ahead != Token::Symbol('.') => {
                            let options = self.option_statement()?;
                            self.file.messages[index].options.extend(options);
                        }
                        "reserved" if !matches!(ahead, Token::Symbol('.')) && !self.is_field() => {
                            let (ranges, names) = self.reserved(FIELD_MAX)?;
                            self.file.messages[index].reserved.extend(ranges);
                            self.file.messages[index].reserved_names.extend(names);
                        }
                        "extensions" if matches!(ahead, Token::Number(_)) => {
                            self.next();
                            let (ranges, _) = self.ranges(FIELD_MAX)?;
                            if self.is_symbol('[') {
                                self.bracketed()?;
                            }
                            self.expect(';')?;
                            self.file.messages[index].extension_ranges.extend(ranges);
                        }
                        "oneof" if matches!(ahead, Token::Word(_)) && !self.is_field() => self.oneof(inner, index)?,
                        _ => {
                            if self.is_field() || !self.declaration(inner)? {
                                self.field(inner, None, None)?;
                            }
                        }
                    }
                }
                _ => self.field(inner, None, None)?,
            }
        }
        self.file.messages[index].span = start.to(self.last());
        self.depth -= 1;
        Ok(index)
    }

    /// Whether `type name =` stands here: keywords may be names of types.
    pub(super) fn is_field(&self) -> bool {
        matches!((self.ahead(0), self.ahead(1), self.ahead(2)), (Token::Word(_), Token::Word(_), Token::Symbol('=')))
    }

    pub(super) fn oneof(&mut self, scope: Scope, message: usize) -> Result<()> {
        self.next();
        let name = self.word("the name of a oneof")?;
        let index = self.file.messages[message].oneofs.len();
        self.file.messages[message].oneofs.push(Oneof { name, options: Vec::new() });
        self.expect('{')?;
        while !self.eat('}') {
            if self.is_word("option") && !self.is_field() {
                let options = self.option_statement()?;
                self.file.messages[message].oneofs[index].options.extend(options);
            } else if !self.eat(';') {
                self.field(scope, Some(index), None)?;
            }
        }
        Ok(())
    }

    /// `reserved 1, 3 to 5, "name";`
    pub(super) fn reserved(&mut self, max: i64) -> Result<(Ranges, Vec<String>)> {
        self.next();
        let found = self.ranges(max)?;
        self.expect(';')?;
        Ok(found)
    }

    pub(super) fn ranges(&mut self, max: i64) -> Result<(Ranges, Vec<String>)> {
        let (mut ranges, mut names) = (Vec::new(), Vec::new());
        loop {
            match self.peek().clone() {
                Token::Text(_) => names.push(self.text()?),
                Token::Word(name) => {
                    self.next();
                    names.push(name);
                }
                _ => {
                    let start = self.number()?;
                    let end = match self.eat_word("to") {
                        false => start,
                        true if self.eat_word("max") => max,
                        true => self.number()?,
                    };
                    ranges.push((start, end));
                }
            }
            if !self.eat(',') {
                return Ok((ranges, names));
            }
        }
    }
}
