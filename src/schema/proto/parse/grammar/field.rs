//! Fields: labels, types, maps and groups.

use prost_types::field_descriptor_proto::{Label, Type};
use prost_types::{DescriptorProto, FieldDescriptorProto, MessageOptions};

use super::{Message, Parser, Syntax};
use crate::error::Result;
use crate::schema::proto::editions::Node;
use crate::schema::proto::parse::lexer::{Place, Token, fail};
use crate::schema::proto::pool::{Scalar, join};

impl Parser {
    pub(super) fn label(&mut self, in_oneof: bool) -> Result<Option<Label>> {
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

    pub(super) fn field(
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

    pub(super) fn set_type(&mut self, field: &mut FieldDescriptorProto, name: &str, full: &str, place: Place) {
        match Scalar::from_name(name) {
            Some(scalar) => field.set_type(scalar_type(scalar)),
            None => {
                // Whether it is a message or an enum is known when all files are there.
                field.type_name = Some(name.to_owned());
                self.types.push((full.to_owned(), place));
            }
        }
    }

    pub(super) fn options_of(&mut self, field: &mut FieldDescriptorProto) -> Result<Node> {
        let mut node = Node::default();
        for option in self.field_options()? {
            match option.plain() {
                _ if option.feature(&mut node)? => {}
                Some("default") => {
                    let bytes = field.r#type.is_some() && field.r#type() == Type::Bytes;
                    field.default_value = Some(option.default(bytes)?);
                }
                Some("json_name") => field.json_name = Some(option.text()?),
                Some("packed") => field.options.get_or_insert_default().packed = Some(option.flag()?),
                Some("deprecated") => field.options.get_or_insert_default().deprecated = Some(option.flag()?),
                _ => field.options.get_or_insert_default().uninterpreted_option.push(option.uninterpreted()),
            }
        }
        Ok(node)
    }

    pub(super) fn map_field(
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
    pub(super) fn group(
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
