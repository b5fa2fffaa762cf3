//! Enums.

use prost_types::enum_descriptor_proto::EnumReservedRange;
use prost_types::{EnumDescriptorProto, EnumValueDescriptorProto};

use super::Parser;
use crate::error::Result;
use crate::schema::proto::editions::Node;
use crate::schema::proto::parse::lexer::Token;

impl Parser {
    /// Behind the keyword.
    pub(super) fn enumeration(&mut self, scope: &str) -> Result<(EnumDescriptorProto, Node)> {
        let name = self.declared(scope, "the name of the enum")?;
        let mut descriptor = EnumDescriptorProto { name: Some(name), ..Default::default() };
        let mut node = Node::default();
        self.expect('{')?;
        while !self.eat('}') {
            if self.eat(';') {
                continue;
            }
            let assigned = *self.peek_at(1) == Token::Sign('=');
            if self.is_name("option") && !assigned {
                let option = self.option_statement()?;
                let options = descriptor.options.get_or_insert_default();
                match option.plain() {
                    _ if option.feature(&mut node)? => {}
                    Some("allow_alias") => options.allow_alias = Some(option.flag()?),
                    Some("deprecated") => options.deprecated = Some(option.flag()?),
                    _ => options.uninterpreted_option.push(option.uninterpreted()),
                }
            } else if self.is_name("reserved") && !assigned {
                self.enum_reserved(&mut descriptor)?;
            } else {
                // Values live in the scope of their enum.
                let name = self.declared(scope, "the name of a value")?;
                self.expect('=')?;
                let mut value =
                    EnumValueDescriptorProto { name: Some(name), number: Some(self.integer()?), options: None };
                for option in self.field_options()? {
                    let options = value.options.get_or_insert_default();
                    match option.plain() {
                        Some("deprecated") => options.deprecated = Some(option.flag()?),
                        _ => options.uninterpreted_option.push(option.uninterpreted()),
                    }
                }
                self.expect(';')?;
                descriptor.value.push(value);
            }
        }
        Ok((descriptor, node))
    }

    pub(super) fn enum_reserved(&mut self, descriptor: &mut EnumDescriptorProto) -> Result<()> {
        self.take();
        loop {
            match self.peek().clone() {
                Token::Text(_) => descriptor.reserved_name.push(self.utf8()?),
                Token::Name(name) => {
                    self.take();
                    descriptor.reserved_name.push(name);
                }
                _ => {
                    let (start, end) = self.range(i32::MAX)?;
                    descriptor.reserved_range.push(EnumReservedRange { start: Some(start), end: Some(end) });
                }
            }
            if !self.eat(',') {
                return self.expect(';');
            }
        }
    }
}
