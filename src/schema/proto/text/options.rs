//! Options as text: `deprecated = true`, `features.field_presence = IMPLICIT`, `(fmtconv.field).type = "int8"`.

use std::fmt::Write as _;

use prost_types::field_descriptor_proto::Type;
use prost_types::{
    EnumOptions, EnumValueOptions, FieldDescriptorProto, FileOptions, MessageOptions, MethodOptions, OneofOptions,
    ServiceOptions, UninterpretedOption,
};

use crate::column::proto::wire::{self, Cursor};
use crate::schema::proto::editions::{FEATURES, Node};
use crate::schema::proto::pool::default_json_name;

/// Options of one declaration, each as text.
#[derive(Default)]
pub(super) struct Options {
    pub texts: Vec<String>,
}

impl Options {
    fn flag(mut self, name: &str, value: Option<bool>) -> Self {
        self.texts.extend(value.map(|value| format!("{name} = {value}")));
        self
    }

    fn text(mut self, name: &str, value: Option<&String>) -> Self {
        self.texts.extend(value.map(|value| format!("{name} = {}", quoted(value))));
        self
    }

    fn name(mut self, name: &str, value: Option<&str>) -> Self {
        self.texts.extend(value.map(|value| format!("{name} = {value}")));
        self
    }

    fn custom(mut self, options: &[UninterpretedOption]) -> Self {
        self.texts.extend(options.iter().map(option_text));
        self
    }

    /// In front of the others: what a node sets, and those of `said` that it does not.
    pub fn with_features(mut self, node: &Node, said: &[(u32, u64)]) -> Self {
        let mut set = features(node);
        set.extend(said.iter().filter(|(number, _)| !features(node).iter().any(|(known, _)| known == number)));
        let texts = set.iter().filter_map(|(number, value)| {
            let (name, _, values) = FEATURES.iter().find(|(_, known, _)| known == number)?;
            let (value, _) = values.iter().find(|(_, known)| known == value)?;
            Some(format!("features.{name} = {value}"))
        });
        self.texts = texts.chain(self.texts).collect();
        self
    }

    /// ` [packed = false, deprecated = true]`
    pub fn bracketed(self) -> String {
        if self.texts.is_empty() { String::new() } else { format!(" [{}]", self.texts.join(", ")) }
    }

    pub fn of_file(options: Option<&FileOptions>) -> Self {
        let Some(known) = options else { return Self::default() };
        let optimize = known.optimize_for.map(|_| known.optimize_for().as_str_name());
        Self::default()
            .text("java_package", known.java_package.as_ref())
            .text("java_outer_classname", known.java_outer_classname.as_ref())
            .flag("java_multiple_files", known.java_multiple_files)
            .flag("java_string_check_utf8", known.java_string_check_utf8)
            .name("optimize_for", optimize)
            .text("go_package", known.go_package.as_ref())
            .flag("cc_generic_services", known.cc_generic_services)
            .flag("java_generic_services", known.java_generic_services)
            .flag("py_generic_services", known.py_generic_services)
            .flag("deprecated", known.deprecated)
            .flag("cc_enable_arenas", known.cc_enable_arenas)
            .text("objc_class_prefix", known.objc_class_prefix.as_ref())
            .text("csharp_namespace", known.csharp_namespace.as_ref())
            .text("swift_prefix", known.swift_prefix.as_ref())
            .text("php_class_prefix", known.php_class_prefix.as_ref())
            .text("php_namespace", known.php_namespace.as_ref())
            .text("php_metadata_namespace", known.php_metadata_namespace.as_ref())
            .text("ruby_package", known.ruby_package.as_ref())
            .custom(&known.uninterpreted_option)
    }

    pub fn of_message(options: Option<&MessageOptions>) -> Self {
        let Some(known) = options else { return Self::default() };
        Self::default()
            .flag("message_set_wire_format", known.message_set_wire_format)
            .flag("no_standard_descriptor_accessor", known.no_standard_descriptor_accessor)
            .flag("deprecated", known.deprecated)
            .custom(&known.uninterpreted_option)
    }

    pub fn of_oneof(options: Option<&OneofOptions>) -> Self {
        options.map_or_else(Self::default, |known| Self::default().custom(&known.uninterpreted_option))
    }

    /// `editions`: whether features say what is packed.
    pub fn of_field(field: &FieldDescriptorProto, editions: bool) -> Self {
        let mut options = Self::default();
        if let Some(default) = &field.default_value {
            options.texts.push(match field.r#type() {
                Type::String => format!("default = {}", quoted(default)),
                // Escaped in the descriptor already.
                Type::Bytes => format!("default = \"{default}\""),
                _ => format!("default = {default}"),
            });
        }
        let json = field.json_name.as_ref().filter(|json| **json != default_json_name(field.name()));
        options = options.text("json_name", json);
        let Some(known) = &field.options else { return options };
        options
            .flag("packed", known.packed.filter(|_| !editions))
            .flag("deprecated", known.deprecated)
            .name("ctype", known.ctype.map(|_| known.ctype().as_str_name()))
            .name("jstype", known.jstype.map(|_| known.jstype().as_str_name()))
            .flag("lazy", known.lazy)
            .flag("weak", known.weak)
            .custom(&known.uninterpreted_option)
    }

    pub fn of_enum(options: Option<&EnumOptions>) -> Self {
        let Some(known) = options else { return Self::default() };
        Self::default()
            .flag("allow_alias", known.allow_alias)
            .flag("deprecated", known.deprecated)
            .custom(&known.uninterpreted_option)
    }

    pub fn of_enum_value(options: Option<&EnumValueOptions>) -> Self {
        let Some(known) = options else { return Self::default() };
        Self::default().flag("deprecated", known.deprecated).custom(&known.uninterpreted_option)
    }

    pub fn of_service(options: Option<&ServiceOptions>) -> Self {
        let Some(known) = options else { return Self::default() };
        Self::default().flag("deprecated", known.deprecated).custom(&known.uninterpreted_option)
    }

    pub fn of_method(options: Option<&MethodOptions>) -> Self {
        let Some(known) = options else { return Self::default() };
        let level = known.idempotency_level.map(|_| known.idempotency_level().as_str_name());
        Self::default()
            .flag("deprecated", known.deprecated)
            .name("idempotency_level", level)
            .custom(&known.uninterpreted_option)
    }
}

/// The features that a node sets, with their values; the last one of each counts.
fn features(node: &Node) -> Vec<(u32, u64)> {
    let mut found: Vec<(u32, u64)> = Vec::new();
    let mut cursor = Cursor::new(&node.features);
    while !cursor.is_done() {
        let next = cursor.tag().and_then(|(number, wire)| match wire {
            wire::VARINT => Ok(Some((number, cursor.varint()?))),
            // Features of one programming language.
            _ => cursor.skip(number, wire, DEPTH_MAX).map(|()| None),
        });
        match next {
            Ok(Some((number, value))) => {
                found.retain(|(known, _)| *known != number);
                found.push((number, value));
            }
            Ok(None) => {}
            // They were read when the file was.
            Err(_) => break,
        }
    }
    found
}

/// Levels of nesting of a feature that is passed over.
const DEPTH_MAX: usize = 64;

/// `(fmtconv.field).type = "int8"`
fn option_text(option: &UninterpretedOption) -> String {
    let parts = option.name.iter().map(|part| match part.is_extension {
        true => format!("({})", part.name_part),
        false => part.name_part.clone(),
    });
    let name = parts.collect::<Vec<_>>().join(".");
    let value = if let Some(text) = &option.string_value {
        quoted_bytes(text)
    } else if let Some(identifier) = &option.identifier_value {
        identifier.clone()
    } else if let Some(aggregate) = &option.aggregate_value {
        format!("{{ {aggregate} }}")
    } else if let Some(number) = option.negative_int_value {
        number.to_string()
    } else if let Some(number) = option.double_value {
        format!("{number:?}")
    } else {
        option.positive_int_value.unwrap_or_default().to_string()
    };
    format!("{name} = {value}")
}

fn quoted_bytes(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => quoted(text),
        Err(_) => {
            let escape = |byte: &u8| match byte {
                b'"' | b'\\' => format!("\\{}", char::from(*byte)),
                0x20..0x7f => char::from(*byte).to_string(),
                _ => format!("\\{byte:03o}"),
            };
            format!("\"{}\"", bytes.iter().map(escape).collect::<String>())
        }
    }
}

/// Text as a string of the language.
pub(super) fn quoted(text: &str) -> String {
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
