//! Descriptors as `.proto` text: proto2, proto3 and editions.

mod options;

use prost_types::field_descriptor_proto::{Label, Type};
use prost_types::{DescriptorProto, EnumDescriptorProto, FieldDescriptorProto, FileDescriptorProto};

use super::editions::{EDITIONS, Edition, Node};
use super::generate::is_legal;
use options::{Options, quoted};

/// The text of a file; `edition`: what it says of its edition, if it is of one. Custom options are written where they are
/// not yet resolved (`uninterpreted_option`), as those of a generated schema.
pub fn file(file: &FileDescriptorProto, edition: Option<&Edition>) -> String {
    let syntax = match (edition, file.syntax()) {
        (Some(_), _) => Syntax::Editions,
        (None, "proto3") => Syntax::Proto3,
        (None, _) => Syntax::Proto2,
    };
    let nothing = Node::default();
    let node = edition.map_or(&nothing, |edition| &edition.node);
    let mut printer = Printer { out: String::new(), syntax };
    printer.head(file, edition, node);
    for (index, enumeration) in file.enum_type.iter().enumerate() {
        printer.out.push('\n');
        printer.enumeration(enumeration, node.child(5, index), 0);
    }
    for (index, message) in file.message_type.iter().enumerate() {
        if syntax == Syntax::Editions || !group_of(&file.extension, message) {
            printer.out.push('\n');
            printer.message(message, node.child(4, index), 0);
        }
    }
    printer.extensions(&file.extension, &file.message_type, (node, 7), 0);
    printer.services(file);
    printer.out
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Syntax {
    Proto2,
    Proto3,
    Editions,
}

struct Printer {
    out: String,
    syntax: Syntax,
}

impl Printer {
    fn line(&mut self, level: usize, text: &str) {
        for _ in 0..level {
            self.out.push_str("  ");
        }
        self.out.push_str(text);
        self.out.push('\n');
    }

    fn statements(&mut self, level: usize, options: Options) {
        for option in options.texts {
            self.line(level, &format!("option {option};"));
        }
    }

    /// What stands before the first type.
    fn head(&mut self, file: &FileDescriptorProto, edition: Option<&Edition>, node: &Node) {
        let number = edition.map(|edition| edition.number);
        let edition = EDITIONS.iter().find(|(_, known)| Some(*known) == number).map(|(name, _)| *name);
        let line = match (edition, self.syntax) {
            (Some(edition), _) => format!("edition = \"{edition}\";"),
            (None, Syntax::Proto3) => "syntax = \"proto3\";".to_owned(),
            (None, _) => "syntax = \"proto2\";".to_owned(),
        };
        self.line(0, &line);
        if !file.package().is_empty() {
            self.line(0, &format!("\npackage {};", file.package()));
        }
        if !file.dependency.is_empty() {
            self.out.push('\n');
        }
        for (index, import) in file.dependency.iter().enumerate() {
            let is_in = |list: &[i32]| list.iter().any(|known| usize::try_from(*known) == Ok(index));
            let public = if is_in(&file.public_dependency) { "public " } else { "" };
            let weak = if is_in(&file.weak_dependency) { "weak " } else { "" };
            self.line(0, &format!("import {public}{weak}{};", quoted(import)));
        }
        let options = Options::of_file(file.options.as_ref()).with_features(node, &[]);
        if !options.texts.is_empty() {
            self.out.push('\n');
        }
        self.statements(0, options);
    }

    fn message(&mut self, message: &DescriptorProto, node: &Node, level: usize) {
        self.line(level, &format!("message {} {{", message.name()));
        self.body(message, node, level + 1);
        self.line(level, "}");
    }

    fn body(&mut self, message: &DescriptorProto, node: &Node, level: usize) {
        self.statements(level, Options::of_message(message.options.as_ref()).with_features(node, &[]));
        for (index, enumeration) in message.enum_type.iter().enumerate() {
            self.enumeration(enumeration, node.child(4, index), level);
        }
        for (index, nested) in message.nested_type.iter().enumerate() {
            let map_entry = nested.options.as_ref().is_some_and(|options| options.map_entry());
            let inside = |fields: &[FieldDescriptorProto]| self.syntax != Syntax::Editions && group_of(fields, nested);
            if !map_entry && !inside(&message.field) && !inside(&message.extension) {
                self.message(nested, node.child(3, index), level);
            }
        }
        self.fields(message, node, level);
        for range in &message.extension_range {
            self.line(level, &format!("extensions {};", span(range.start(), range.end())));
        }
        for range in &message.reserved_range {
            self.line(level, &format!("reserved {};", span(range.start(), range.end())));
        }
        self.reserved_names(&message.reserved_name, level);
        self.extensions(&message.extension, &message.nested_type, (node, 6), level);
    }

    fn fields(&mut self, message: &DescriptorProto, node: &Node, level: usize) {
        let mut oneofs_done = vec![false; message.oneof_decl.len()];
        for (at, field) in message.field.iter().enumerate() {
            let oneof = field.oneof_index.filter(|_| !field.proto3_optional());
            let Some(index) = oneof.and_then(|index| usize::try_from(index).ok()) else {
                self.field(field, &message.nested_type, node.child(2, at), level, true);
                continue;
            };
            if oneofs_done.get_mut(index).is_none_or(|done| std::mem::replace(done, true)) {
                continue;
            }
            let declared = &message.oneof_decl[index];
            self.line(level, &format!("oneof {} {{", declared.name()));
            let options = Options::of_oneof(declared.options.as_ref()).with_features(node.child(8, index), &[]);
            self.statements(level + 1, options);
            for (at, member) in message.field.iter().enumerate().filter(|(_, member)| member.oneof_index == oneof) {
                if !member.proto3_optional() {
                    self.field(member, &message.nested_type, node.child(2, at), level + 1, false);
                }
            }
            self.line(level, "}");
        }
    }

    /// `place`: the descriptor around them, and the number of the list that they are in there.
    fn extensions(
        &mut self,
        extensions: &[FieldDescriptorProto],
        nested: &[DescriptorProto],
        place: (&Node, u32),
        level: usize,
    ) {
        for (index, extension) in extensions.iter().enumerate() {
            self.line(level, &format!("extend {} {{", extension.extendee()));
            self.field(extension, nested, place.0.child(place.1, index), level + 1, true);
            self.line(level, "}");
        }
    }

    fn field(
        &mut self,
        field: &FieldDescriptorProto,
        nested: &[DescriptorProto],
        node: &Node,
        level: usize,
        labelled: bool,
    ) {
        let entry = nested.iter().find(|message| {
            let map = message.options.as_ref().is_some_and(|options| options.map_entry());
            map && field.label() == Label::Repeated && ends_with_name(field.type_name(), message.name())
        });
        let options = Options::of_field(field, self.syntax == Syntax::Editions);
        let options = match self.syntax {
            Syntax::Editions => options.with_features(node, &said_by_features(field)),
            _ => options,
        };
        let options = options.bracketed();
        let (name, number) = (field.name(), field.number());
        if let Some(entry) = entry
            && let [key, value] = &entry.field[..]
        {
            let (key, value) = (type_name(key), type_name(value));
            return self.line(level, &format!("map<{key}, {value}> {name} = {number}{options};"));
        }
        let label = match field.label() {
            _ if !labelled => "",
            Label::Repeated => "repeated ",
            _ if self.syntax == Syntax::Editions => "",
            Label::Required => "required ",
            Label::Optional if self.syntax == Syntax::Proto2 || field.proto3_optional() => "optional ",
            Label::Optional => "",
        };
        if field.r#type() == Type::Group
            && self.syntax != Syntax::Editions
            && let Some(group) = nested.iter().find(|group| ends_with_name(field.type_name(), group.name()))
        {
            self.line(level, &format!("{label}group {} = {number}{options} {{", group.name()));
            self.body(group, &Node::default(), level + 1);
            return self.line(level, "}");
        }
        self.line(level, &format!("{label}{} {name} = {number}{options};", type_name(field)));
    }

    fn enumeration(&mut self, enumeration: &EnumDescriptorProto, node: &Node, level: usize) {
        self.line(level, &format!("enum {} {{", enumeration.name()));
        self.statements(level + 1, Options::of_enum(enumeration.options.as_ref()).with_features(node, &[]));
        for value in &enumeration.value {
            let options = Options::of_enum_value(value.options.as_ref()).bracketed();
            self.line(level + 1, &format!("{} = {}{options};", value.name(), value.number()));
        }
        for range in &enumeration.reserved_range {
            let (start, end) = (range.start(), range.end());
            let text = if start == end { format!("{start}") } else { format!("{start} to {end}") };
            self.line(level + 1, &format!("reserved {text};"));
        }
        self.reserved_names(&enumeration.reserved_name, level + 1);
        self.line(level, "}");
    }

    /// Identifiers in editions, strings before.
    fn reserved_names(&mut self, names: &[String], level: usize) {
        for name in names {
            let bare = self.syntax == Syntax::Editions && is_legal(name);
            let name = if bare { name.clone() } else { quoted(name) };
            self.line(level, &format!("reserved {name};"));
        }
    }

    fn services(&mut self, file: &FileDescriptorProto) {
        for service in &file.service {
            self.line(0, &format!("\nservice {} {{", service.name()));
            self.statements(1, Options::of_service(service.options.as_ref()));
            for method in &service.method {
                let stream = |streams: bool| if streams { "stream " } else { "" };
                let text = format!(
                    "rpc {} ({}{}) returns ({}{})",
                    method.name(),
                    stream(method.client_streaming()),
                    method.input_type(),
                    stream(method.server_streaming()),
                    method.output_type()
                );
                let options = Options::of_method(method.options.as_ref());
                if options.texts.is_empty() {
                    self.line(1, &format!("{text};"));
                } else {
                    self.line(1, &format!("{text} {{"));
                    self.statements(2, options);
                    self.line(1, "}");
                }
            }
            self.line(0, "}");
        }
    }
}

/// What a descriptor may say of a field in another way than by features.
fn said_by_features(field: &FieldDescriptorProto) -> Vec<(u32, u64)> {
    let packed = field.options.as_ref().and_then(|options| options.packed);
    let required = (field.label() == Label::Required).then_some((1, 3));
    let packed = packed.map(|packed| (3, if packed { 1 } else { 2 }));
    let group = (field.r#type() == Type::Group).then_some((5, 2));
    [required, packed, group].into_iter().flatten().collect()
}

fn group_of(fields: &[FieldDescriptorProto], nested: &DescriptorProto) -> bool {
    fields.iter().any(|field| field.r#type() == Type::Group && ends_with_name(field.type_name(), nested.name()))
}

fn ends_with_name(path: &str, name: &str) -> bool {
    path.strip_suffix(name).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

fn span(start: i32, end: i32) -> String {
    match end - 1 {
        last if last == start => start.to_string(),
        536_870_911.. => format!("{start} to max"),
        last => format!("{start} to {last}"),
    }
}

fn type_name(field: &FieldDescriptorProto) -> &str {
    match field.r#type() {
        Type::Double => "double",
        Type::Float => "float",
        Type::Int64 => "int64",
        Type::Uint64 => "uint64",
        Type::Int32 => "int32",
        Type::Fixed64 => "fixed64",
        Type::Fixed32 => "fixed32",
        Type::Bool => "bool",
        Type::String => "string",
        Type::Bytes => "bytes",
        Type::Uint32 => "uint32",
        Type::Sfixed32 => "sfixed32",
        Type::Sfixed64 => "sfixed64",
        Type::Sint32 => "sint32",
        Type::Sint64 => "sint64",
        Type::Enum | Type::Message | Type::Group => field.type_name(),
    }
}
