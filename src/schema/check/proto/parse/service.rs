//! Services.

use super::{Argument, Method, Parser, Service, Token};
use crate::error::Result;

impl Parser {
    pub(super) fn service(&mut self) -> Result<()> {
        let start = self.span();
        self.next();
        let name = self.word("the name of a service")?;
        let mut methods = Vec::new();
        self.expect('{')?;
        while !self.eat('}') {
            if self.eat(';') {
                continue;
            }
            if self.is_word("option") {
                self.option_statement()?;
                continue;
            }
            let method_start = self.span();
            if !self.eat_word("rpc") {
                return Err(self.unexpected("rpc"));
            }
            let name = self.word("the name of an rpc")?;
            let input = self.argument()?;
            if !self.eat_word("returns") {
                return Err(self.unexpected("returns"));
            }
            let output = self.argument()?;
            let mut options = Vec::new();
            if self.eat('{') {
                while !self.eat('}') {
                    if !self.eat(';') {
                        options.extend(self.option_statement()?);
                    }
                }
            } else {
                self.expect(';')?;
            }
            methods.push(Method { name, span: method_start.to(self.last()), input, output, options });
        }
        self.file.services.push(Service { name, span: start.to(self.last()), methods });
        Ok(())
    }

    fn argument(&mut self) -> Result<Argument> {
        self.expect('(')?;
        let stream = self.is_word("stream") && matches!(self.ahead(1), Token::Word(_) | Token::Symbol('.'));
        if stream {
            self.next();
        }
        let start = self.span();
        let kind = self.name()?;
        let span = start.to(self.last());
        self.expect(')')?;
        Ok(Argument { kind, span, stream })
    }
}
