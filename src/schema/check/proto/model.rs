//! What a `.proto` file declares, with places.

use std::sync::Arc;

use super::lexer::Span;
use super::ranges::Ranges;

/// Language version of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Syntax {
    Proto2,
    Proto3,
    /// The year.
    Edition(u32),
}

impl std::fmt::Display for Syntax {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Syntax::Proto2 => f.write_str("proto2"),
            Syntax::Proto3 => f.write_str("proto3"),
            Syntax::Edition(year) => write!(f, "edition {year}"),
        }
    }
}

/// A file.
#[derive(Clone, Debug)]
pub(in super::super) struct File {
    pub name: Arc<str>,
    pub syntax: Syntax,
    pub syntax_span: Option<Span>,
    pub package: String,
    pub package_span: Option<Span>,
    pub imports: Vec<String>,
    pub options: Options,
    /// All messages, outer ones before those nested in them, entry messages of maps included.
    pub messages: Vec<Message>,
    pub enums: Vec<Enum>,
    pub extensions: Vec<Field>,
    pub services: Vec<Service>,
}

/// Options in order, those of aggregates and lists by path: `features.enum_type`, `features.(pb.cpp).string_type`.
pub(in super::super) type Options = Vec<OptionValue>;

#[derive(Clone, Debug)]
pub(in super::super) struct OptionValue {
    pub name: String,
    pub value: String,
    pub span: Span,
}

pub(in super::super) fn option<'a>(options: &'a [OptionValue], name: &str) -> Option<&'a OptionValue> {
    options.iter().rev().find(|option| option.name == name)
}

/// A message. `nested`: its name with those around it, without the package.
#[derive(Clone, Debug, Default)]
pub(in super::super) struct Message {
    pub name: String,
    pub nested: String,
    /// Index of the message around it.
    pub parent: Option<usize>,
    pub span: Span,
    pub fields: Vec<Field>,
    pub oneofs: Vec<Oneof>,
    pub reserved: Ranges,
    pub reserved_names: Vec<String>,
    pub extension_ranges: Ranges,
    pub options: Options,
    pub map_entry: bool,
}

#[derive(Clone, Debug)]
pub(in super::super) struct Oneof {
    pub name: String,
    pub options: Options,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Label {
    None,
    Optional,
    Required,
    Repeated,
}

#[derive(Clone, Debug)]
pub(in super::super) struct Field {
    pub name: String,
    pub name_span: Span,
    pub number: i64,
    pub label: Label,
    /// As it is written; for a map, the name of its entry message.
    pub kind: String,
    pub kind_span: Span,
    /// Types of key and value.
    pub map: Option<(String, String)>,
    pub group: bool,
    /// Index of its oneof.
    pub oneof: Option<usize>,
    pub options: Options,
    pub span: Span,
    /// The message that it extends, as it is written, and the nested name that the extension has.
    pub extension: Option<(String, String)>,
    /// Index of the message that it is declared in.
    pub parent: Option<usize>,
}

#[derive(Clone, Debug)]
pub(in super::super) struct Enum {
    pub name: String,
    pub nested: String,
    pub parent: Option<usize>,
    pub span: Span,
    pub values: Vec<EnumValue>,
    pub reserved: Ranges,
    pub reserved_names: Vec<String>,
    pub options: Options,
}

#[derive(Clone, Debug)]
pub(in super::super) struct EnumValue {
    pub name: String,
    pub number: i64,
    pub number_span: Span,
    pub span: Span,
}

#[derive(Clone, Debug)]
pub(in super::super) struct Service {
    pub name: String,
    pub span: Span,
    pub methods: Vec<Method>,
}

#[derive(Clone, Debug)]
pub(in super::super) struct Method {
    pub name: String,
    pub span: Span,
    pub input: Argument,
    pub output: Argument,
    pub options: Options,
}

#[derive(Clone, Debug)]
pub(in super::super) struct Argument {
    pub kind: String,
    pub span: Span,
    pub stream: bool,
}
