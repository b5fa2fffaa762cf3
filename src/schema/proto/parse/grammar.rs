//! The grammar: recursive descent over tokens, straight into descriptors.

use prost_types::descriptor_proto::{ExtensionRange, ReservedRange};
use prost_types::enum_descriptor_proto::EnumReservedRange;
use prost_types::field_descriptor_proto::{Label, Type};
use prost_types::{
    DescriptorProto, EnumDescriptorProto, EnumValueDescriptorProto, ExtensionRangeOptions, FieldDescriptorProto,
    FileDescriptorProto, MessageOptions, MethodDescriptorProto, OneofDescriptorProto, ServiceDescriptorProto,
};

use super::Parsed;
use super::lexer::{Place, Token, fail};
use super::options::{Value, Written};
use crate::error::Result;
use crate::schema::proto::editions::{self, EDITIONS, Edition, Node};
use crate::schema::proto::pool::{Scalar, join};

/// Levels of nesting at most.
const DEPTH_MAX: usize = 64;
/// The largest field number.
const NUMBER_MAX: i32 = 536_870_911;

/// Reads tokens.
pub struct Parser {
    tokens: Vec<(Token, Place)>,
    at: usize,
    syntax: Syntax,
    places: Vec<(String, Place)>,
    types: Vec<(String, Place)>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Syntax {
    Proto2,
    Proto3,
    Editions,
}

/// A message under construction, with its features.
#[derive(Default)]
struct Message {
    descriptor: DescriptorProto,
    node: Node,
}

impl Parser {
    /// At the first of `tokens`.
    pub fn new(tokens: Vec<(Token, Place)>) -> Self {
        Parser { tokens, at: 0, syntax: Syntax::Proto2, places: Vec::new(), types: Vec::new() }
    }

    fn peek(&self) -> &Token {
        self.tokens.get(self.at).map_or(&Token::End, |(token, _)| token)
    }

    fn peek_at(&self, ahead: usize) -> &Token {
        self.tokens.get(self.at + ahead).map_or(&Token::End, |(token, _)| token)
    }

    fn place(&self) -> Place {
        let last = self.tokens.len().saturating_sub(1);
        self.tokens.get(self.at.min(last)).map_or(Place { line: 1, column: 1 }, |(_, place)| *place)
    }

    fn take(&mut self) -> Token {
        let token = self.peek().clone();
        self.at = (self.at + 1).min(self.tokens.len());
        token
    }

    fn is_sign(&self, sign: char) -> bool {
        *self.peek() == Token::Sign(sign)
    }

    fn is_name(&self, name: &str) -> bool {
        matches!(self.peek(), Token::Name(found) if found == name)
    }

    fn eat(&mut self, sign: char) -> bool {
        let found = self.is_sign(sign);
        self.at += usize::from(found);
        found
    }

    fn eat_name(&mut self, name: &str) -> bool {
        let found = self.is_name(name);
        self.at += usize::from(found);
        found
    }

    fn expected<T>(&self, what: &str) -> Result<T> {
        Err(fail(self.place(), format!("found {}, expected {what}", self.peek())))
    }

    fn expect(&mut self, sign: char) -> Result<()> {
        if self.eat(sign) { Ok(()) } else { self.expected(&format!("'{sign}'")) }
    }

    fn name(&mut self, what: &str) -> Result<String> {
        match self.peek() {
            Token::Name(_) => match self.take() {
                Token::Name(name) => Ok(name),
                _ => self.expected(what),
            },
            _ => self.expected(what),
        }
    }

    /// A declared name: its place is kept.
    fn declared(&mut self, scope: &str, what: &str) -> Result<String> {
        let place = self.place();
        let name = self.name(what)?;
        self.places.push((join(scope, &name), place));
        Ok(name)
    }

    /// Names with points between, perhaps one in front.
    fn path(&mut self) -> Result<String> {
        let mut path = String::new();
        if self.eat('.') {
            path.push('.');
        }
        path.push_str(&self.name("a name")?);
        while self.eat('.') {
            path.push('.');
            path.push_str(&self.name("a name")?);
        }
        Ok(path)
    }

    /// Strings one after the other are one.
    fn text(&mut self) -> Result<Vec<u8>> {
        let Token::Text(mut bytes) = self.peek().clone() else { return self.expected("a string") };
        self.take();
        while let Token::Text(more) = self.peek() {
            bytes.extend_from_slice(more);
            self.at += 1;
        }
        Ok(bytes)
    }

    fn utf8(&mut self) -> Result<String> {
        let place = self.place();
        String::from_utf8(self.text()?).map_err(|_| fail(place, "the string is not valid UTF-8"))
    }

    fn integer(&mut self) -> Result<i32> {
        let place = self.place();
        let negative = self.eat('-');
        let Token::Integer(value) = self.peek().clone() else { return self.expected("an integer") };
        self.take();
        let value = if negative { -i128::from(value) } else { i128::from(value) };
        i32::try_from(value).map_err(|_| fail(place, format!("{value} is outside the range of int32")))
    }

    fn number(&mut self) -> Result<i32> {
        let place = self.place();
        let number = self.integer()?;
        match number {
            1..=NUMBER_MAX => Ok(number),
            _ => Err(fail(place, format!("{number} is no field number: they go from 1 to {NUMBER_MAX}"))),
        }
    }

    /// The whole file.
    pub fn file(mut self, name: &str) -> Result<Parsed> {
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

    fn file_statement(&mut self, file: &mut FileDescriptorProto, node: &mut Node) -> Result<()> {
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
    fn visibility(&mut self) {
        let declares = matches!(self.peek_at(1), Token::Name(word) if word == "message" || word == "enum")
            && matches!(self.peek_at(2), Token::Name(_));
        if declares && (self.is_name("export") || self.is_name("local")) {
            self.at += 1;
        }
    }

    /// Services have no data: names are kept, so that the file is whole.
    fn service(&mut self, file: &mut FileDescriptorProto, package: &str) -> Result<()> {
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

    fn streams(&mut self) -> Option<bool> {
        let streams =
            self.is_name("stream") && *self.peek_at(1) != Token::Sign(')') && *self.peek_at(1) != Token::Sign('.');
        self.at += usize::from(streams);
        streams.then_some(true)
    }

    /// `option NAME = VALUE;`
    fn option_statement(&mut self) -> Result<Written> {
        if !self.eat_name("option") {
            return self.expected("option");
        }
        let option = self.option()?;
        self.expect(';')?;
        Ok(option)
    }

    /// `NAME = VALUE`
    fn option(&mut self) -> Result<Written> {
        let place = self.place();
        let mut name = Vec::new();
        loop {
            if self.eat('(') {
                name.push((self.path()?, true));
                self.expect(')')?;
            } else {
                name.push((self.name("the name of an option")?, false));
            }
            if !self.eat('.') {
                break;
            }
        }
        self.expect('=')?;
        let value = match self.peek().clone() {
            Token::Text(_) => Value::Text(self.text()?),
            Token::Sign('{') => {
                self.take();
                Value::Message(self.braces()?)
            }
            Token::Sign(sign @ ('-' | '+')) => {
                self.take();
                match self.take() {
                    Token::Name(name) if sign == '-' => Value::Name(format!("-{name}")),
                    number @ (Token::Integer(_) | Token::Float(_)) => Value::Number(sign == '-', number),
                    _ => return self.expected("a number"),
                }
            }
            Token::Name(name) => {
                self.take();
                Value::Name(name)
            }
            number @ (Token::Integer(_) | Token::Float(_)) => {
                self.take();
                Value::Number(false, number)
            }
            _ => return self.expected("the value of the option"),
        };
        Ok(Written { name, value, place })
    }

    /// What stands up to the brace that closes.
    fn braces(&mut self) -> Result<Vec<Token>> {
        let mut depth = 1;
        let mut tokens = Vec::new();
        loop {
            match self.take() {
                Token::End => return self.expected("'}'"),
                Token::Sign('{') => depth += 1,
                Token::Sign('}') => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                return Ok(tokens);
            }
            tokens.push(self.tokens[self.at - 1].0.clone());
        }
    }

    /// `[a = 1, b = 2]`, if it is there.
    fn field_options(&mut self) -> Result<Vec<Written>> {
        let mut options = Vec::new();
        if self.eat('[') {
            loop {
                options.push(self.option()?);
                if !self.eat(',') {
                    break;
                }
            }
            self.expect(']')?;
        }
        Ok(options)
    }

    /// Behind the keyword.
    fn message(&mut self, scope: &str, depth: usize) -> Result<Message> {
        let name = self.declared(scope, "the name of the message")?;
        self.message_body(name, scope, depth)
    }

    fn message_body(&mut self, name: String, scope: &str, depth: usize) -> Result<Message> {
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

    fn message_statement(&mut self, message: &mut Message, scope: &str, depth: usize) -> Result<()> {
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
    fn range(&mut self, max: i32) -> Result<(i32, i32)> {
        let start = self.integer()?;
        if !self.eat_name("to") {
            return Ok((start, start));
        }
        let end = if self.eat_name("max") { max } else { self.integer()? };
        Ok((start, end))
    }

    fn reserved(&mut self, message: &mut Message) -> Result<()> {
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

    fn extension_ranges(&mut self, message: &mut Message) -> Result<()> {
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

    fn oneof(&mut self, message: &mut Message, scope: &str, depth: usize) -> Result<()> {
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
    fn field_into(&mut self, message: &mut Message, scope: &str, oneof: Option<i32>, depth: usize) -> Result<()> {
        let (mut field, node) = self.field(message, scope, oneof.is_some(), depth)?;
        field.oneof_index = oneof;
        message.descriptor.field.push(field);
        message.node.push(2, node);
        Ok(())
    }

    fn extend(&mut self, scope: &str, groups: &mut Message, depth: usize) -> Result<Vec<(FieldDescriptorProto, Node)>> {
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

    fn label(&mut self, in_oneof: bool) -> Result<Option<Label>> {
        let label = match self.peek() {
            Token::Name(word) => match word.as_str() {
                "optional" => Some(Label::Optional),
                "required" => Some(Label::Required),
                "repeated" => Some(Label::Repeated),
                _ => None,
            },
            _ => None,
        };
        // A type may be called so as well: then its field's name is followed by '='.
        let label = label.filter(|_| *self.peek_at(2) != Token::Sign('='));
        let place = self.place();
        match (label, self.syntax) {
            (Some(_), _) if in_oneof => Err(fail(place, "a member of a oneof has no label")),
            (Some(Label::Optional | Label::Required), Syntax::Editions) => {
                Err(fail(place, "editions have no such label: features.field_presence says it"))
            }
            (Some(Label::Required), Syntax::Proto3) => Err(fail(place, "proto3 has no required fields")),
            (None, Syntax::Proto2) if !in_oneof && !self.is_name("map") => {
                Err(fail(place, "a field of proto2 needs a label: optional, required or repeated"))
            }
            (label, _) => {
                self.at += usize::from(label.is_some());
                Ok(label)
            }
        }
    }

    fn field(
        &mut self,
        message: &mut Message,
        scope: &str,
        in_oneof: bool,
        depth: usize,
    ) -> Result<(FieldDescriptorProto, Node)> {
        let label = self.label(in_oneof)?;
        let mut field =
            FieldDescriptorProto { label: Some(label.unwrap_or(Label::Optional).into()), ..Default::default() };
        if self.syntax == Syntax::Proto3 && label == Some(Label::Optional) {
            field.proto3_optional = Some(true);
        }
        if self.is_name("map") && *self.peek_at(1) == Token::Sign('<') {
            return self.map_field(field, message, scope);
        }
        if self.is_name("group") && *self.peek_at(2) == Token::Sign('=') {
            return self.group(field, message, scope, depth);
        }
        let place = self.place();
        let type_name = self.path()?;
        let name = self.declared(scope, "the name of the field")?;
        self.set_type(&mut field, &type_name, &join(scope, &name), place);
        field.name = Some(name);
        self.expect('=')?;
        field.number = Some(self.number()?);
        let node = self.options_of(&mut field)?;
        self.expect(';')?;
        Ok((field, node))
    }

    fn set_type(&mut self, field: &mut FieldDescriptorProto, name: &str, full: &str, place: Place) {
        match Scalar::from_name(name) {
            Some(scalar) => field.set_type(scalar_type(scalar)),
            None => {
                // Whether it is a message or an enum is known when all files are there.
                field.type_name = Some(name.to_owned());
                self.types.push((full.to_owned(), place));
            }
        }
    }

    fn options_of(&mut self, field: &mut FieldDescriptorProto) -> Result<Node> {
        let mut node = Node::default();
        for option in self.field_options()? {
            match option.plain() {
                _ if option.feature(&mut node)? => {}
                Some("default") => field.default_value = Some(option.default()?),
                Some("json_name") => field.json_name = Some(option.text()?),
                Some("packed") => field.options.get_or_insert_default().packed = Some(option.flag()?),
                Some("deprecated") => field.options.get_or_insert_default().deprecated = Some(option.flag()?),
                _ => field.options.get_or_insert_default().uninterpreted_option.push(option.uninterpreted()),
            }
        }
        Ok(node)
    }

    fn map_field(
        &mut self,
        mut field: FieldDescriptorProto,
        message: &mut Message,
        scope: &str,
    ) -> Result<(FieldDescriptorProto, Node)> {
        self.take();
        self.expect('<')?;
        let key_place = self.place();
        let key = self.path()?;
        let legal =
            Scalar::from_name(&key).is_some_and(|key| !matches!(key, Scalar::Double | Scalar::Float | Scalar::Bytes));
        if !legal {
            return Err(fail(key_place, format!("{key} cannot be the key of a map")));
        }
        self.expect(',')?;
        let place = self.place();
        let value = self.path()?;
        self.expect('>')?;
        let name = self.declared(scope, "the name of the field")?;
        let entry_name = format!("{}Entry", camel(&name));
        let part = |name: &str, number| FieldDescriptorProto {
            name: Some(name.to_owned()),
            number: Some(number),
            label: Some(Label::Optional.into()),
            ..Default::default()
        };
        let (mut key_field, mut value_field) = (part("key", 1), part("value", 2));
        let entry_scope = join(scope, &entry_name);
        self.set_type(&mut key_field, &key, &join(&entry_scope, "key"), key_place);
        self.set_type(&mut value_field, &value, &join(&entry_scope, "value"), place);
        message.descriptor.nested_type.push(DescriptorProto {
            name: Some(entry_name),
            field: vec![key_field, value_field],
            options: Some(MessageOptions { map_entry: Some(true), ..Default::default() }),
            ..Default::default()
        });
        message.node.push(3, Node::default());
        field.set_label(Label::Repeated);
        field.set_type(Type::Message);
        field.type_name = Some(format!(".{entry_scope}"));
        field.name = Some(name);
        self.expect('=')?;
        field.number = Some(self.number()?);
        let node = self.options_of(&mut field)?;
        self.expect(';')?;
        Ok((field, node))
    }

    /// A field and its message in one, of proto2.
    fn group(
        &mut self,
        mut field: FieldDescriptorProto,
        message: &mut Message,
        scope: &str,
        depth: usize,
    ) -> Result<(FieldDescriptorProto, Node)> {
        if self.syntax != Syntax::Proto2 {
            return Err(fail(self.place(), "groups are of proto2 alone; use features.message_encoding = DELIMITED"));
        }
        self.take();
        let name = self.declared(scope, "the name of the group")?;
        self.expect('=')?;
        field.number = Some(self.number()?);
        let node = self.options_of(&mut field)?;
        field.name = Some(name.to_ascii_lowercase());
        field.set_type(Type::Group);
        field.type_name = Some(format!(".{}", join(scope, &name)));
        let inner = self.message_body(name, scope, depth + 1)?;
        message.descriptor.nested_type.push(inner.descriptor);
        message.node.push(3, inner.node);
        Ok((field, node))
    }

    /// Behind the keyword.
    fn enumeration(&mut self, scope: &str) -> Result<(EnumDescriptorProto, Node)> {
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

    fn enum_reserved(&mut self, descriptor: &mut EnumDescriptorProto) -> Result<()> {
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

fn scalar_type(scalar: Scalar) -> Type {
    match scalar {
        Scalar::Double => Type::Double,
        Scalar::Float => Type::Float,
        Scalar::Int32 => Type::Int32,
        Scalar::Int64 => Type::Int64,
        Scalar::Uint32 => Type::Uint32,
        Scalar::Uint64 => Type::Uint64,
        Scalar::Sint32 => Type::Sint32,
        Scalar::Sint64 => Type::Sint64,
        Scalar::Fixed32 => Type::Fixed32,
        Scalar::Fixed64 => Type::Fixed64,
        Scalar::Sfixed32 => Type::Sfixed32,
        Scalar::Sfixed64 => Type::Sfixed64,
        Scalar::Bool => Type::Bool,
        Scalar::String => Type::String,
        Scalar::Bytes => Type::Bytes,
    }
}

/// `foo_bar` → `FooBar`
fn camel(name: &str) -> String {
    let mut upper = true;
    let mut text = String::with_capacity(name.len());
    for letter in name.chars() {
        if letter == '_' {
            upper = true;
        } else if std::mem::take(&mut upper) {
            text.push(letter.to_ascii_uppercase());
        } else {
            text.push(letter);
        }
    }
    text
}
