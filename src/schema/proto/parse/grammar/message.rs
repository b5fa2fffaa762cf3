//! Messages, and what stands in them: ranges, oneofs, extensions.

use prost_types::descriptor_proto::{ExtensionRange, ReservedRange};
use prost_types::{ExtensionRangeOptions, FieldDescriptorProto, OneofDescriptorProto};

use super::{DEPTH_MAX, Message, NUMBER_MAX, Parser};
use crate::error::Result;
use crate::schema::proto::editions::Node;
use crate::schema::proto::parse::lexer::{Token, fail};
use crate::schema::proto::parse::options::Written;
use crate::schema::proto::pool::join;

impl Parser {
    /// Behind the keyword.
    pub(super) fn message(&mut self, scope: &str, depth: usize) -> Result<Message> {
        let name = self.declared(scope, "the name of the message")?;
        self.message_body(name, scope, depth)
    }

    pub(super) fn message_body(&mut self, name: String, scope: &str, depth: usize) -> Result<Message> {
        if depth >= DEPTH_MAX {
            return Err(fail(self.place(), format!("messages are nested more than {DEPTH_MAX} deep")));
        }
        let full = join(scope, &name);
        let mut message = Message::default();
        message.descriptor.name = Some(name);
        self.expect('{')?;
        while !self.eat('}') {
            self.message_statement(&mut message, &full, depth)?;
        }
        // The oneof that stands for each optional field comes behind the others.
        let mut optional = Vec::new();
        for field in &mut message.descriptor.field {
            if field.proto3_optional() {
                field.oneof_index = Some((message.descriptor.oneof_decl.len() + optional.len()) as i32);
                optional.push(OneofDescriptorProto { name: Some(format!("_{}", field.name())), options: None });
            }
        }
        message.descriptor.oneof_decl.extend(optional);
        Ok(message)
    }

    pub(super) fn message_statement(&mut self, message: &mut Message, scope: &str, depth: usize) -> Result<()> {
        self.visibility();
        let Token::Name(word) = self.peek().clone() else {
            if self.eat(';') {
                return Ok(());
            }
            if !self.is_sign('.') {
                return self.expected("a field or a declaration");
            }
            return self.field_into(message, scope, None, depth);
        };
        let named = matches!(self.peek_at(1), Token::Name(_));
        let braced = *self.peek_at(2) == Token::Sign('{');
        match word.as_str() {
            "message" if named && braced => {
                self.take();
                let inner = self.message(scope, depth + 1)?;
                message.descriptor.nested_type.push(inner.descriptor);
                message.node.push(3, inner.node);
            }
            "enum" if named && braced => {
                self.take();
                let (descriptor, inner) = self.enumeration(scope)?;
                message.descriptor.enum_type.push(descriptor);
                message.node.push(4, inner);
            }
            "oneof" if named && braced => self.oneof(message, scope, depth)?,
            "extend" if named || *self.peek_at(1) == Token::Sign('.') => {
                let fields = self.extend(scope, message, depth)?;
                for (field, inner) in fields {
                    message.descriptor.extension.push(field);
                    message.node.push(6, inner);
                }
            }
            "option" => {
                let option = self.option_statement()?;
                let options = message.descriptor.options.get_or_insert_default();
                match option.plain() {
                    _ if option.feature(&mut message.node)? => {}
                    Some("message_set_wire_format") => options.message_set_wire_format = Some(option.flag()?),
                    Some("deprecated") => options.deprecated = Some(option.flag()?),
                    _ => options.uninterpreted_option.push(option.uninterpreted()),
                }
            }
            "reserved" if !named || *self.peek_at(2) != Token::Sign('=') => self.reserved(message)?,
            "extensions" if !named => self.extension_ranges(message)?,
            _ => return self.field_into(message, scope, None, depth),
        }
        Ok(())
    }

    /// A range of numbers, its end inclusive.
    pub(super) fn range(&mut self, max: i32) -> Result<(i32, i32)> {
        let start = self.integer()?;
        if !self.eat_name("to") {
            return Ok((start, start));
        }
        let end = if self.eat_name("max") { max } else { self.integer()? };
        Ok((start, end))
    }

    pub(super) fn reserved(&mut self, message: &mut Message) -> Result<()> {
        self.take();
        loop {
            match self.peek().clone() {
                Token::Text(_) => message.descriptor.reserved_name.push(self.utf8()?),
                Token::Name(name) => {
                    self.take();
                    message.descriptor.reserved_name.push(name);
                }
                _ => {
                    let (start, end) = self.range(NUMBER_MAX)?;
                    let range = ReservedRange { start: Some(start), end: Some(end.saturating_add(1)) };
                    message.descriptor.reserved_range.push(range);
                }
            }
            if !self.eat(',') {
                return self.expect(';');
            }
        }
    }

    pub(super) fn extension_ranges(&mut self, message: &mut Message) -> Result<()> {
        self.take();
        let first = message.descriptor.extension_range.len();
        loop {
            let (start, end) = self.range(NUMBER_MAX)?;
            let range = ExtensionRange { start: Some(start), end: Some(end.saturating_add(1)), options: None };
            message.descriptor.extension_range.push(range);
            if !self.eat(',') {
                break;
            }
        }
        let options = self.field_options()?;
        if !options.is_empty() {
            let uninterpreted_option = options.iter().map(Written::uninterpreted).collect::<Vec<_>>();
            for range in &mut message.descriptor.extension_range[first..] {
                let options = ExtensionRangeOptions { uninterpreted_option: uninterpreted_option.clone() };
                range.options = Some(options);
            }
        }
        self.expect(';')
    }

    pub(super) fn oneof(&mut self, message: &mut Message, scope: &str, depth: usize) -> Result<()> {
        self.take();
        let name = self.declared(scope, "the name of the oneof")?;
        let index = message.descriptor.oneof_decl.len() as i32;
        let mut node = Node::default();
        let mut oneof = OneofDescriptorProto { name: Some(name), options: None };
        self.expect('{')?;
        message.descriptor.oneof_decl.push(oneof.clone());
        while !self.eat('}') {
            if self.eat(';') {
                continue;
            }
            if self.is_name("option") && matches!(self.peek_at(1), Token::Name(_) | Token::Sign('(')) {
                let option = self.option_statement()?;
                if !option.feature(&mut node)? {
                    oneof.options.get_or_insert_default().uninterpreted_option.push(option.uninterpreted());
                }
                continue;
            }
            self.field_into(message, scope, Some(index), depth)?;
        }
        message.descriptor.oneof_decl[index as usize] = oneof;
        message.node.push(8, node);
        Ok(())
    }

    /// A field of `message`, and the message type that comes with a map or a group.
    pub(super) fn field_into(
        &mut self,
        message: &mut Message,
        scope: &str,
        oneof: Option<i32>,
        depth: usize,
    ) -> Result<()> {
        let (mut field, node) = self.field(message, scope, oneof.is_some(), depth)?;
        field.oneof_index = oneof;
        message.descriptor.field.push(field);
        message.node.push(2, node);
        Ok(())
    }

    pub(super) fn extend(
        &mut self,
        scope: &str,
        groups: &mut Message,
        depth: usize,
    ) -> Result<Vec<(FieldDescriptorProto, Node)>> {
        self.take();
        let extendee = self.path()?;
        self.expect('{')?;
        let mut fields = Vec::new();
        while !self.eat('}') {
            if self.eat(';') {
                continue;
            }
            let (mut field, node) = self.field(groups, scope, false, depth)?;
            field.extendee = Some(extendee.clone());
            fields.push((field, node));
        }
        Ok(fields)
    }
}
