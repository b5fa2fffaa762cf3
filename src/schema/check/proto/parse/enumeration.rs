//! Enums.

use super::{Enum, EnumValue, Parser, Scope, Span, Token};
use crate::error::Result;

impl Parser {
    pub(super) fn enumeration(&mut self, start: Span, scope: Scope) -> Result<()> {
        let name = self.word("the name of an enum")?;
        let mut found = Enum {
            nested: self.nested(scope, &name),
            name,
            parent: scope.message,
            span: start,
            values: Vec::new(),
            reserved: Vec::new(),
            reserved_names: Vec::new(),
            options: Vec::new(),
        };
        self.expect('{')?;
        while !self.eat('}') {
            let value_start = self.span();
            if self.eat(';') {
                continue;
            }
            let assigns = *self.ahead(1) == Token::Symbol('=');
            if self.is_word("option") && !assigns {
                let options = self.option_statement()?;
                found.options.extend(options);
            } else if self.is_word("reserved") && !assigns {
                let (ranges, names) = self.reserved(i64::from(i32::MAX))?;
                found.reserved.extend(ranges);
                found.reserved_names.extend(names);
            } else {
                let name = self.word("the name of an enum value")?;
                self.expect('=')?;
                let number_start = self.span();
                let number = self.number()?;
                let number_span = number_start.to(self.last());
                if self.is_symbol('[') {
                    self.bracketed()?;
                }
                self.expect(';')?;
                found.values.push(EnumValue { name, number, number_span, span: value_start.to(self.last()) });
            }
        }
        found.span = start.to(self.last());
        self.file.enums.push(found);
        Ok(())
    }
}
