//! From `.proto` text to [`File`] (protobuf language specifications for proto2, proto3 and editions).
//!
//! Whatever is written is kept as it is written, with the place of each part: a schema that a compiler refuses can
//! still be compared with the one before, and rules are about declarations, options of services and words alike.

mod cursor;
mod enumeration;
mod field;
mod message;
mod option;
mod service;

use super::super::source::SourceText;
use super::lexer::{Span, Token, tokens};
use super::model::*;
use crate::error::Result;

pub(super) fn parse(source: &SourceText) -> Result<File> {
    let file = File {
        name: source.name.clone(),
        syntax: Syntax::Proto2,
        syntax_span: None,
        package: String::new(),
        package_span: None,
        imports: Vec::new(),
        options: Vec::new(),
        messages: Vec::new(),
        enums: Vec::new(),
        extensions: Vec::new(),
        services: Vec::new(),
    };
    let mut parser = Parser { tokens: tokens(&source.name, &source.text)?, at: 0, file, depth: 0 };
    parser.file()?;
    Ok(parser.file)
}

struct Parser {
    tokens: Vec<(Token, Span)>,
    at: usize,
    file: File,
    depth: usize,
}

/// Where declarations go: the message around them.
#[derive(Clone, Copy)]
struct Scope {
    message: Option<usize>,
}

impl Parser {
    fn file(&mut self) -> Result<()> {
        loop {
            let start = self.span();
            match self.peek().clone() {
                Token::End => return Ok(()),
                Token::Symbol(';') => {
                    self.next();
                }
                Token::Word(word) => match word.as_str() {
                    "syntax" | "edition" => {
                        self.next();
                        self.expect('=')?;
                        let value = self.text()?;
                        self.file.syntax = match (word.as_str(), value.as_str()) {
                            ("syntax", "proto2") => Syntax::Proto2,
                            ("syntax", "proto3") => Syntax::Proto3,
                            ("edition", year) => match year.parse() {
                                Ok(year) => Syntax::Edition(year),
                                Err(_) => return Err(self.fault(format!("unknown edition {year:?}"))),
                            },
                            (_, other) => return Err(self.fault(format!("unknown syntax {other:?}"))),
                        };
                        self.expect(';')?;
                        self.file.syntax_span = Some(start.to(self.last()));
                    }
                    "import" => {
                        self.next();
                        if matches!(self.peek(), Token::Word(word) if ["public", "weak", "option"].contains(&word.as_str()))
                        {
                            self.next();
                        }
                        let import = self.text()?;
                        self.expect(';')?;
                        self.file.imports.push(import);
                    }
                    "package" => {
                        self.next();
                        self.file.package = self.name()?;
                        self.expect(';')?;
                        self.file.package_span = Some(start.to(self.last()));
                    }
                    "option" => {
                        let options = self.option_statement()?;
                        self.file.options.extend(options);
                    }
                    "service" => self.service()?,
                    _ => {
                        if !self.declaration(Scope { message: None })? {
                            return Err(self.unexpected("a declaration"));
                        }
                    }
                },
                _ => return Err(self.unexpected("a declaration")),
            }
        }
    }

    /// A message, an enum or an extension.
    fn declaration(&mut self, scope: Scope) -> Result<bool> {
        let start = self.span();
        // Edition 2024: visibility.
        if (self.is_word("export") || self.is_word("local"))
            && matches!(self.ahead(1), Token::Word(word) if word == "message" || word == "enum")
        {
            self.next();
        }
        let declares = |parser: &Parser| matches!(parser.ahead(1), Token::Word(_));
        match self.peek() {
            Token::Word(word) if word == "message" && declares(self) => {
                self.next();
                let name = self.word("the name of a message")?;
                self.message(name, start, scope)?;
            }
            Token::Word(word) if word == "enum" && declares(self) => {
                self.next();
                self.enumeration(start, scope)?;
            }
            Token::Word(word) if word == "extend" => {
                self.next();
                let extended = self.name()?;
                self.expect('{')?;
                while !self.eat('}') {
                    if !self.eat(';') {
                        self.field(scope, None, Some(&extended))?;
                    }
                }
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn nested(&self, scope: Scope, name: &str) -> String {
        match scope.message {
            Some(message) => format!("{}.{name}", self.file.messages[message].nested),
            None => name.to_owned(),
        }
    }
}
