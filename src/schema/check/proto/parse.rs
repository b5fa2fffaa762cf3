//! From `.proto` text to [`File`] (protobuf language specifications for proto2, proto3 and editions).

use super::super::source::SourceText;
use super::lexer::{Span, Token, tokens};
use super::model::*;
use super::ranges::Ranges;
use crate::error::{Error, Result};

/// Levels of nesting at most.
const DEPTH_MAX: usize = 100;
/// The greatest field number.
const FIELD_MAX: i64 = 536_870_911;

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
    fn peek(&self) -> &Token {
        &self.tokens[self.at.min(self.tokens.len() - 1)].0
    }
    /// The token that comes `count` later; the end, if there is none.
    fn ahead(&self, count: usize) -> &Token {
        self.tokens.get(self.at + count).map_or(&Token::End, |(token, _)| token)
    }
    fn span(&self) -> Span {
        self.tokens[self.at.min(self.tokens.len() - 1)].1
    }
    /// The token before.
    fn last(&self) -> Span {
        self.tokens[self.at.saturating_sub(1)].1
    }
    fn next(&mut self) -> Token {
        let token = self.peek().clone();
        self.at = (self.at + 1).min(self.tokens.len() - 1);
        token
    }
    fn is_word(&self, word: &str) -> bool {
        matches!(self.peek(), Token::Word(found) if found == word)
    }
    fn is_symbol(&self, symbol: char) -> bool {
        *self.peek() == Token::Symbol(symbol)
    }
    fn eat(&mut self, symbol: char) -> bool {
        let found = self.is_symbol(symbol);
        if found {
            self.next();
        }
        found
    }
    fn eat_word(&mut self, word: &str) -> bool {
        let found = self.is_word(word);
        if found {
            self.next();
        }
        found
    }
    fn expect(&mut self, symbol: char) -> Result<()> {
        if self.eat(symbol) { Ok(()) } else { Err(self.unexpected(&format!("'{symbol}'"))) }
    }
    fn unexpected(&self, wanted: &str) -> Error {
        self.fault(format!("expected {wanted}, found {}", self.peek().shown()))
    }
    fn fault(&self, message: String) -> Error {
        Error::schema(message).in_source(self.file.name.clone()).at_line(u64::from(self.span().start.0 - 1))
    }
    fn word(&mut self, what: &str) -> Result<String> {
        match self.peek().clone() {
            Token::Word(word) => {
                self.next();
                Ok(word)
            }
            _ => Err(self.unexpected(what)),
        }
    }
    /// One or more strings one after the other.
    fn text(&mut self) -> Result<String> {
        let mut out = match self.next() {
            Token::Text(text) => text,
            _ => {
                self.at = self.at.saturating_sub(1);
                return Err(self.unexpected("a string"));
            }
        };
        while let Token::Text(text) = self.peek().clone() {
            out.push_str(&text);
            self.next();
        }
        Ok(out)
    }
    fn number(&mut self) -> Result<i64> {
        let negative = self.eat('-');
        let Token::Number(text) = self.peek().clone() else { return Err(self.unexpected("a number")) };
        let parsed = match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
            Some(hex) => i64::from_str_radix(hex, 16),
            None if text.len() > 1 && text.starts_with('0') => i64::from_str_radix(&text, 8),
            None => text.parse(),
        };
        let value = parsed.map_err(|_| self.unexpected("a whole number of 64 bits"))?;
        self.next();
        Ok(if negative { -value } else { value })
    }
    /// A dotted name, perhaps with a dot in front.
    fn name(&mut self) -> Result<String> {
        let mut out = String::new();
        if self.eat('.') {
            out.push('.');
        }
        out.push_str(&self.word("a name")?);
        while self.eat('.') {
            out.push('.');
            out.push_str(&self.word("a name")?);
        }
        Ok(out)
    }
    fn deeper(&mut self) -> Result<()> {
        self.depth += 1;
        match self.depth > DEPTH_MAX {
            true => {
                Err(Error::limit(format!("nested deeper than {DEPTH_MAX} levels")).in_source(self.file.name.clone()))
            }
            false => Ok(()),
        }
    }

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

    /// From the opening brace on.
    fn message(&mut self, name: String, start: Span, scope: Scope) -> Result<usize> {
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
    fn is_field(&self) -> bool {
        matches!((self.ahead(0), self.ahead(1), self.ahead(2)), (Token::Word(_), Token::Word(_), Token::Symbol('=')))
    }

    fn oneof(&mut self, scope: Scope, message: usize) -> Result<()> {
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

    fn field(&mut self, scope: Scope, oneof: Option<usize>, extended: Option<&str>) -> Result<()> {
        let start = self.span();
        let mut label = Label::None;
        if !self.is_field() {
            for (word, found) in
                [("optional", Label::Optional), ("required", Label::Required), ("repeated", Label::Repeated)]
            {
                if self.is_word(word) {
                    self.next();
                    label = found;
                    break;
                }
            }
        }
        let kind_start = self.span();
        let group = self.is_word("group") && !matches!(self.ahead(2), Token::Symbol('.')) && {
            // `group Name = 1 {`: a type of this name would be followed by a semicolon or an option.
            let mut at = self.at;
            loop {
                match self.tokens.get(at).map(|(token, _)| token) {
                    Some(Token::Symbol('{')) => break true,
                    Some(Token::Symbol(';')) | Some(Token::End) | None => break false,
                    _ => at += 1,
                }
            }
        };
        let is_map = self.is_word("map") && *self.ahead(1) == Token::Symbol('<');
        let mut map = None;
        let mut kind = String::new();
        if is_map {
            self.next();
            self.expect('<')?;
            let key = self.name()?;
            self.expect(',')?;
            let value = self.name()?;
            self.expect('>')?;
            map = Some((key, value));
        } else if group {
            self.next();
        } else {
            kind = self.name()?;
        }
        let mut kind_span = kind_start.to(self.last());
        let mut name_span = self.span();
        let mut name = self.word("the name of a field")?;
        self.expect('=')?;
        let number = self.number()?;
        let mut options = Vec::new();
        if self.is_symbol('[') {
            options = self.bracketed()?;
        }
        if group {
            kind = name.clone();
            kind_span = name_span;
            name = name.to_ascii_lowercase();
            self.message(kind.clone(), start, scope)?;
        } else {
            self.expect(';')?;
        }
        if let Some((key, value)) = &map {
            kind = entry_name(&name);
            self.entry(&kind, (key, value), kind_span, &options, scope);
        }
        if group {
            name_span = kind_span;
        }
        let field = Field {
            extension: extended.map(|extended| (extended.to_owned(), self.nested(scope, &name))),
            name,
            name_span,
            number,
            label,
            kind,
            kind_span,
            map,
            group,
            oneof,
            options,
            span: start.to(self.last()),
            parent: scope.message,
        };
        match (extended, scope.message) {
            (None, Some(message)) => self.file.messages[message].fields.push(field),
            _ => self.file.extensions.push(field),
        }
        Ok(())
    }

    /// The message that a map field stands for. Its parts are where the map's type is, and have the map's features.
    fn entry(&mut self, name: &str, types: (&str, &str), span: Span, options: &[OptionValue], scope: Scope) {
        let parent = self.file.messages.len();
        let features = options.iter().filter(|option| option.name.starts_with("features."));
        let features: Options = features.map(|option| OptionValue { span, ..option.clone() }).collect();
        let field = |name: &str, kind: &str, number: i64| Field {
            name: name.to_owned(),
            name_span: span,
            number,
            label: Label::None,
            kind: kind.to_owned(),
            kind_span: span,
            map: None,
            group: false,
            oneof: None,
            options: features.clone(),
            span,
            extension: None,
            parent: Some(parent),
        };
        let entry = Message {
            nested: self.nested(scope, name),
            name: name.to_owned(),
            parent: scope.message,
            span,
            fields: vec![field("key", types.0, 1), field("value", types.1, 2)],
            oneofs: Vec::new(),
            reserved: Vec::new(),
            reserved_names: Vec::new(),
            extension_ranges: Vec::new(),
            options: Vec::new(),
            map_entry: true,
        };
        self.file.messages.push(entry);
    }

    fn enumeration(&mut self, start: Span, scope: Scope) -> Result<()> {
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

    fn service(&mut self) -> Result<()> {
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

    /// `reserved 1, 3 to 5, "name";`
    fn reserved(&mut self, max: i64) -> Result<(Ranges, Vec<String>)> {
        self.next();
        let found = self.ranges(max)?;
        self.expect(';')?;
        Ok(found)
    }

    fn ranges(&mut self, max: i64) -> Result<(Ranges, Vec<String>)> {
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

    /// `option name = value;`
    fn option_statement(&mut self) -> Result<Options> {
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
    fn bracketed(&mut self) -> Result<Options> {
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

/// The name of the entry message of a map field: `my_map` becomes `MyMapEntry`.
fn entry_name(field: &str) -> String {
    let mut out = String::new();
    let mut upper = true;
    for c in field.chars() {
        match c {
            '_' => upper = true,
            c if std::mem::take(&mut upper) => out.push(c.to_ascii_uppercase()),
            c => out.push(c),
        }
    }
    out + "Entry"
}
