//! Files: what stands at the top level.

use prost_types::FileDescriptorProto;

use super::{Message, Parser, Syntax};
use crate::error::Result;
use crate::schema::proto::editions::{self, EDITIONS, Edition, Node};
use crate::schema::proto::parse::Parsed;
use crate::schema::proto::parse::lexer::{Token, fail};

impl Parser {
    /// The whole file.
    pub(in crate::schema::proto::parse) fn file(mut self, name: &str) -> Result<Parsed> {
        let mut file = FileDescriptorProto { name: Some(name.to_owned()), ..Default::default() };
        let mut node = Node::default();
        let mut edition = None;
        if self.is_name("syntax") || self.is_name("edition") {
            let editions = self.eat_name("edition") || {
                self.take();
                false
            };
            self.expect('=')?;
            let place = self.place();
            let text = self.utf8()?;
            self.expect(';')?;
            if editions {
                let known = EDITIONS.iter().find(|(name, _)| *name == text).map(|(_, number)| *number);
                edition = Some(known.ok_or_else(|| editions::unknown(&text))?);
                self.syntax = Syntax::Editions;
                file.syntax = Some("editions".to_owned());
            } else {
                self.syntax = match text.as_str() {
                    "proto2" => Syntax::Proto2,
                    "proto3" => Syntax::Proto3,
                    _ => return Err(fail(place, format!("unknown syntax {text:?}"))),
                };
                if self.syntax == Syntax::Proto3 {
                    file.syntax = Some(text);
                }
            }
        }
        while *self.peek() != Token::End {
            self.file_statement(&mut file, &mut node)?;
        }
        let edition = edition.map(|number| Edition { number, node });
        Ok(Parsed { file, edition, places: self.places, types: self.types })
    }

    pub(super) fn file_statement(&mut self, file: &mut FileDescriptorProto, node: &mut Node) -> Result<()> {
        let package = file.package().to_owned();
        self.visibility();
        match self.peek().clone() {
            Token::Sign(';') => self.at += 1,
            Token::Name(word) => match word.as_str() {
                "import" => {
                    self.take();
                    let index = file.dependency.len() as i32;
                    // Imported for the options alone: no type comes from it.
                    let for_options = self.eat_name("option");
                    if self.eat_name("public") {
                        file.public_dependency.push(index);
                    } else if self.eat_name("weak") {
                        file.weak_dependency.push(index);
                    }
                    let name = self.utf8()?;
                    if !for_options {
                        file.dependency.push(name);
                    }
                    self.expect(';')?;
                }
                "package" => {
                    self.take();
                    file.package = Some(self.path()?);
                    self.expect(';')?;
                }
                "option" => {
                    let option = self.option_statement()?;
                    let options = file.options.get_or_insert_default();
                    if !option.feature(node)? {
                        options.uninterpreted_option.push(option.uninterpreted());
                    }
                }
                "message" => {
                    self.take();
                    let message = self.message(&package, 0)?;
                    file.message_type.push(message.descriptor);
                    node.push(4, message.node);
                }
                "enum" => {
                    self.take();
                    let (descriptor, inner) = self.enumeration(&package)?;
                    file.enum_type.push(descriptor);
                    node.push(5, inner);
                }
                "extend" => {
                    let mut groups = Message::default();
                    for (field, inner) in self.extend(&package, &mut groups, 0)? {
                        file.extension.push(field);
                        node.push(7, inner);
                    }
                    for group in groups.descriptor.nested_type {
                        file.message_type.push(group);
                        node.push(4, Node::default());
                    }
                }
                "service" => self.service(file, &package)?,
                _ => return self.expected("a declaration, such as message or enum"),
            },
            _ => return self.expected("a declaration, such as message or enum"),
        }
        Ok(())
    }

    /// `export` or `local` in front of a declaration.
    pub(super) fn visibility(&mut self) {
        let declares = matches!(self.peek_at(1), Token::Name(word) if word == "message" || word == "enum")
            && matches!(self.peek_at(2), Token::Name(_));
        if declares && (self.is_name("export") || self.is_name("local")) {
            self.at += 1;
        }
    }
}
