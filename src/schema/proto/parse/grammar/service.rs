//! Services have no data: names are kept, so that the file is whole.

use prost_types::{FileDescriptorProto, MethodDescriptorProto, ServiceDescriptorProto};

use super::Parser;
use crate::error::Result;
use crate::schema::proto::parse::lexer::Token;
use crate::schema::proto::pool::join;

impl Parser {
    /// Services have no data: names are kept, so that the file is whole.
    pub(super) fn service(&mut self, file: &mut FileDescriptorProto, package: &str) -> Result<()> {
        self.take();
        let name = self.declared(package, "the name of the service")?;
        let scope = join(package, &name);
        let mut service = ServiceDescriptorProto { name: Some(name), ..Default::default() };
        self.expect('{')?;
        while !self.eat('}') {
            if self.eat(';') {
                continue;
            }
            if self.is_name("option") {
                let option = self.option_statement()?;
                service.options.get_or_insert_default().uninterpreted_option.push(option.uninterpreted());
                continue;
            }
            if !self.eat_name("rpc") {
                return self.expected("rpc or option");
            }
            let mut method = MethodDescriptorProto {
                name: Some(self.declared(&scope, "the name of the method")?),
                ..Default::default()
            };
            self.expect('(')?;
            method.client_streaming = self.streams();
            method.input_type = Some(self.path()?);
            self.expect(')')?;
            if !self.eat_name("returns") {
                return self.expected("returns");
            }
            self.expect('(')?;
            method.server_streaming = self.streams();
            method.output_type = Some(self.path()?);
            self.expect(')')?;
            if self.eat('{') {
                while !self.eat('}') {
                    if !self.eat(';') {
                        let option = self.option_statement()?;
                        method.options.get_or_insert_default().uninterpreted_option.push(option.uninterpreted());
                    }
                }
            } else {
                self.expect(';')?;
            }
            service.method.push(method);
        }
        file.service.push(service);
        Ok(())
    }

    pub(super) fn streams(&mut self) -> Option<bool> {
        let streams =
            self.is_name("stream") && *self.peek_at(1) != Token::Sign(')') && *self.peek_at(1) != Token::Sign('.');
        self.at += usize::from(streams);
        streams.then_some(true)
    }
}
