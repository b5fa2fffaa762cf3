//! Descriptors as `.proto` text.

use std::fmt::Write as _;

use prost_types::field_descriptor_proto::{Label, Type};
use prost_types::{
    DescriptorProto, EnumDescriptorProto, FieldDescriptorProto, FileDescriptorProto, UninterpretedOption,
};

use super::pool::default_json_name;

/// The text of a file. Services are left out; they say nothing about data. Options are written where they are not yet
/// resolved (`uninterpreted_option`), as those of a generated schema.
pub fn file(file: &FileDescriptorProto) -> String {
    let mut printer = Printer { out: String::new(), proto3: file.syntax() == "proto3" };
    let syntax = if printer.proto3 { "proto3" } else { "proto2" };
    printer.line(0, &format!("syntax = \"{syntax}\";"));
    if !file.package().is_empty() {
        printer.line(0, &format!("\npackage {};", file.package()));
    }
    if !file.dependency.is_empty() {
        printer.out.push('\n');
    }
    for (index, import) in file.dependency.iter().enumerate() {
        let public = file.public_dependency.iter().any(|public| usize::try_from(*public) == Ok(index));
        printer.line(0, &format!("import {}\"{import}\";", if public { "public " } else { "" }));
    }
    for enumeration in &file.enum_type {
        printer.out.push('\n');
        printer.enumeration(enumeration, 0);
    }
    for message in &file.message_type {
        printer.out.push('\n');
        printer.line(0, &format!("message {} {{", message.name()));
        printer.message(message, 1);
        printer.line(0, "}");
    }
    printer.extensions(&file.extension, &[], 0);
    printer.out
}

struct Printer {
    out: String,
    proto3: bool,
}

impl Printer {
    fn line(&mut self, level: usize, text: &str) {
        for _ in 0..level {
            self.out.push_str("  ");
        }
        self.out.push_str(text);
        self.out.push('\n');
    }

    fn message(&mut self, message: &DescriptorProto, level: usize) {
        if message.options.as_ref().is_some_and(|options| options.message_set_wire_format()) {
            self.line(level, "option message_set_wire_format = true;");
        }
        for option in message.options.iter().flat_map(|options| &options.uninterpreted_option) {
            self.line(level, &format!("option {};", option_text(option)));
        }
        for enumeration in &message.enum_type {
            self.enumeration(enumeration, level);
        }
        for nested in &message.nested_type {
            let map_entry = nested.options.as_ref().is_some_and(|options| options.map_entry());
            if map_entry || group_of(&message.field, nested) || group_of(&message.extension, nested) {
                continue;
            }
            self.line(level, &format!("message {} {{", nested.name()));
            self.message(nested, level + 1);
            self.line(level, "}");
        }
        let mut oneofs_done = vec![false; message.oneof_decl.len()];
        for field in &message.field {
            let oneof = field.oneof_index.filter(|_| !field.proto3_optional());
            let Some(index) = oneof.and_then(|index| usize::try_from(index).ok()) else {
                self.field(field, &message.nested_type, level, true);
                continue;
            };
            if oneofs_done.get_mut(index).is_none_or(|done| std::mem::replace(done, true)) {
                continue;
            }
            self.line(level, &format!("oneof {} {{", message.oneof_decl[index].name()));
            for option in message.oneof_decl[index].options.iter().flat_map(|options| &options.uninterpreted_option) {
                self.line(level + 1, &format!("option {};", option_text(option)));
            }
            for member in message.field.iter().filter(|member| member.oneof_index == oneof) {
                if !member.proto3_optional() {
                    self.field(member, &message.nested_type, level + 1, false);
                }
            }
            self.line(level, "}");
        }
        for range in &message.extension_range {
            self.line(level, &format!("extensions {};", span(range.start(), range.end())));
        }
        for range in &message.reserved_range {
            self.line(level, &format!("reserved {};", span(range.start(), range.end())));
        }
        for name in &message.reserved_name {
            self.line(level, &format!("reserved {};", quoted(name)));
        }
        self.extensions(&message.extension, &message.nested_type, level);
    }

    fn extensions(&mut self, extensions: &[FieldDescriptorProto], nested: &[DescriptorProto], level: usize) {
        for extension in extensions {
            self.line(level, &format!("extend {} {{", extension.extendee()));
            self.field(extension, nested, level + 1, true);
            self.line(level, "}");
        }
    }

    fn field(&mut self, field: &FieldDescriptorProto, nested: &[DescriptorProto], level: usize, labelled: bool) {
        let entry = nested.iter().find(|message| {
            let map = message.options.as_ref().is_some_and(|options| options.map_entry());
            map && field.label() == Label::Repeated && ends_with_name(field.type_name(), message.name())
        });
        let options = self.field_options(field);
        if let Some(entry) = entry
            && let [key, value] = &entry.field[..]
        {
            let text = format!(
                "map<{}, {}> {} = {}{options};",
                type_name(key),
                type_name(value),
                field.name(),
                field.number()
            );
            return self.line(level, &text);
        }
        let label = match field.label() {
            _ if !labelled => "",
            Label::Repeated => "repeated ",
            Label::Required => "required ",
            Label::Optional if !self.proto3 || field.proto3_optional() => "optional ",
            Label::Optional => "",
        };
        if field.r#type() == Type::Group
            && let Some(group) = nested.iter().find(|group| ends_with_name(field.type_name(), group.name()))
        {
            self.line(level, &format!("{label}group {} = {}{options} {{", group.name(), field.number()));
            self.message(group, level + 1);
            return self.line(level, "}");
        }
        self.line(level, &format!("{label}{} {} = {}{options};", type_name(field), field.name(), field.number()));
    }

    fn field_options(&self, field: &FieldDescriptorProto) -> String {
        let mut options = Vec::new();
        if let Some(default) = &field.default_value {
            options.push(match field.r#type() {
                Type::String => format!("default = {}", quoted(default)),
                // Escaped in the descriptor already.
                Type::Bytes => format!("default = \"{default}\""),
                _ => format!("default = {default}"),
            });
        }
        if let Some(json) = &field.json_name
            && *json != default_json_name(field.name())
        {
            options.push(format!("json_name = {}", quoted(json)));
        }
        if let Some(packed) = field.options.as_ref().and_then(|options| options.packed) {
            options.push(format!("packed = {packed}"));
        }
        if field.options.as_ref().is_some_and(|options| options.deprecated()) {
            options.push("deprecated = true".to_owned());
        }
        bracketed(&mut options, field.options.iter().flat_map(|options| &options.uninterpreted_option))
    }

    fn enumeration(&mut self, enumeration: &EnumDescriptorProto, level: usize) {
        self.line(level, &format!("enum {} {{", enumeration.name()));
        if enumeration.options.as_ref().is_some_and(|options| options.allow_alias()) {
            self.line(level + 1, "option allow_alias = true;");
        }
        for value in &enumeration.value {
            let options = value.options.iter().flat_map(|options| &options.uninterpreted_option);
            let options = bracketed(&mut Vec::new(), options);
            self.line(level + 1, &format!("{} = {}{options};", value.name(), value.number()));
        }
        for range in &enumeration.reserved_range {
            let (start, end) = (range.start(), range.end());
            let text = if start == end { format!("{start}") } else { format!("{start} to {end}") };
            self.line(level + 1, &format!("reserved {text};"));
        }
        for name in &enumeration.reserved_name {
            self.line(level + 1, &format!("reserved {};", quoted(name)));
        }
        self.line(level, "}");
    }
}

/// ` [packed = false, (fmtconv.field).type = "int8"]`
fn bracketed<'a>(known: &mut Vec<String>, options: impl Iterator<Item = &'a UninterpretedOption>) -> String {
    known.extend(options.map(option_text));
    if known.is_empty() { String::new() } else { format!(" [{}]", known.join(", ")) }
}

/// `(fmtconv.field).type = "int8"`
fn option_text(option: &UninterpretedOption) -> String {
    let parts = option.name.iter().map(|part| match part.is_extension {
        true => format!("({})", part.name_part),
        false => part.name_part.clone(),
    });
    let name = parts.collect::<Vec<_>>().join(".");
    let value = match (&option.string_value, &option.identifier_value, option.positive_int_value) {
        (Some(text), _, _) => quoted(&String::from_utf8_lossy(text)),
        (None, Some(identifier), _) => identifier.clone(),
        (None, None, number) => number.unwrap_or_default().to_string(),
    };
    format!("{name} = {value}")
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

fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            letter if (letter as u32) < 0x20 || letter as u32 == 0x7f => {
                let _ = write!(out, "\\{:03o}", letter as u32);
            }
            letter => out.push(letter),
        }
    }
    out.push('"');
    out
}
