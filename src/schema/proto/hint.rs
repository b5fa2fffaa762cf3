//! Hints: what a `.proto` file says about the Arrow types behind it, in custom options of `fmtconv/options.proto`.
//!
//! `[(fmtconv.field).type = "timestamp[us]"]` beside a field names a type that reading alone would not find. A hint
//! never wins over data: what does not follow from the field by an exact rule is ignored (see [`super::restore`]).
//! Other programs need not know the options: they are unknown fields of the field's own options to them.

mod confluent;

use std::collections::HashMap;

use prost::Message as _;
use prost_types::UninterpretedOption;
use prost_types::uninterpreted_option::NamePart;

use super::pool::join;
use confluent::Meta;

/// The import of the options.
pub(super) const FILE: &str = "fmtconv/options.proto";

/// The import of Confluent's options.
pub(super) const CONFLUENT_META: &str = "confluent/meta.proto";

/// The file of the options: built in for us, and what a stock protoc needs beside a generated schema.
pub const SOURCE: &str = include_str!("options.proto");

/// The hint of a field or a oneof: the message `fmtconv.Field`.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Hint {
    /// The Arrow type, or what kind of list, map or union it is.
    #[prost(string, optional, tag = "1")]
    pub kind: Option<String>,
    /// The name of the column.
    #[prost(string, optional, tag = "2")]
    pub name: Option<String>,
    /// Whether the column may hold nulls.
    #[prost(bool, optional, tag = "3")]
    pub nullable: Option<bool>,
    /// The type of the keys of a dictionary.
    #[prost(string, optional, tag = "4")]
    pub dictionary: Option<String>,
    /// The type of run ends.
    #[prost(string, optional, tag = "5")]
    pub run_ends: Option<String>,
    /// Elements of a list, or the entries of a map.
    #[prost(message, optional, boxed, tag = "6")]
    pub item: Option<Box<Hint>>,
    /// Keys of a map.
    #[prost(message, optional, boxed, tag = "7")]
    pub key: Option<Box<Hint>>,
    /// Values of a map, or of a run-end encoding.
    #[prost(message, optional, boxed, tag = "8")]
    pub value: Option<Box<Hint>>,
    /// Metadata as a JSON object.
    #[prost(string, optional, tag = "9")]
    pub metadata: Option<String>,
    /// Type ids of a union.
    #[prost(string, optional, tag = "10")]
    pub branches: Option<String>,
}

impl Hint {
    /// Whether it says nothing.
    pub fn is_empty(&self) -> bool {
        *self == Hint::default()
    }

    /// As an option: `(name).type = "int8"`, one for each part that is set.
    pub(super) fn options(&self, name: &str) -> Vec<UninterpretedOption> {
        let mut out = Vec::new();
        self.push(&mut vec![part(name, true)], &mut out);
        out
    }

    /// Sets the part that an option names: what [`Hint::options`] undoes. `None` if there is no such part.
    fn set(&mut self, path: &[NamePart], option: &UninterpretedOption) -> Option<()> {
        let (first, rest) = path.split_first()?;
        let child = match first.name_part.as_str() {
            "item" => &mut self.item,
            "key" => &mut self.key,
            "value" => &mut self.value,
            "nullable" => {
                self.nullable = Some(flag(option)?);
                return Some(());
            }
            name => {
                let text = match name {
                    "type" => &mut self.kind,
                    "name" => &mut self.name,
                    "dictionary" => &mut self.dictionary,
                    "run_ends" => &mut self.run_ends,
                    "metadata" => &mut self.metadata,
                    "branches" => &mut self.branches,
                    _ => return None,
                };
                *text = Some(text_of(option)?);
                return Some(());
            }
        };
        child.get_or_insert_default().set(rest, option)
    }

    fn push(&self, path: &mut Vec<NamePart>, out: &mut Vec<UninterpretedOption>) {
        let texts = [
            ("name", &self.name),
            ("type", &self.kind),
            ("branches", &self.branches),
            ("dictionary", &self.dictionary),
            ("run_ends", &self.run_ends),
        ];
        for (key, text) in texts {
            if let Some(text) = text {
                out.push(string_option(path, key, text));
            }
        }
        if let Some(nullable) = self.nullable {
            path.push(part("nullable", false));
            out.push(UninterpretedOption {
                name: path.clone(),
                identifier_value: Some(nullable.to_string()),
                ..UninterpretedOption::default()
            });
            path.pop();
        }
        for (key, child) in [("item", &self.item), ("key", &self.key), ("value", &self.value)] {
            if let Some(child) = child {
                path.push(part(key, false));
                child.push(path, out);
                path.pop();
            }
        }
        if let Some(metadata) = &self.metadata {
            out.push(string_option(path, "metadata", metadata));
        }
    }
}

/// What a file says that was read as text, whose options nobody resolved: the parts of those called `name`.
fn unresolved<T: Default>(
    options: &[UninterpretedOption],
    name: &str,
    set: impl Fn(&mut T, &[NamePart], &UninterpretedOption) -> Option<()>,
) -> Option<T> {
    let mut found = None;
    for option in options {
        let Some((first, rest)) = option.name.split_first() else { continue };
        if first.is_extension && first.name_part.trim_start_matches('.') == name {
            let mut made = found.take().unwrap_or_default();
            // What is not understood says nothing.
            let _ = set(&mut made, rest, option);
            found = Some(made);
        }
    }
    found
}

fn flag(option: &UninterpretedOption) -> Option<bool> {
    option.identifier_value.as_deref()?.parse().ok()
}

fn text_of(option: &UninterpretedOption) -> Option<String> {
    String::from_utf8(option.string_value.clone()?).ok()
}

/// `(name).key = "text"`
pub(super) fn text_option(name: &str, key: &str, text: &str) -> UninterpretedOption {
    string_option(&[part(name, true)], key, text)
}

/// `(name).key = true`
pub(super) fn flag_option(name: &str, key: &str) -> UninterpretedOption {
    UninterpretedOption {
        name: vec![part(name, true), part(key, false)],
        identifier_value: Some("true".to_owned()),
        ..UninterpretedOption::default()
    }
}

fn string_option(path: &[NamePart], key: &str, text: &str) -> UninterpretedOption {
    let mut name = path.to_vec();
    name.push(part(key, false));
    UninterpretedOption { name, string_value: Some(text.as_bytes().to_vec()), ..UninterpretedOption::default() }
}

fn part(name: &str, is_extension: bool) -> NamePart {
    NamePart { name_part: name.to_owned(), is_extension }
}

/// What is known about a message: the message `fmtconv.Message`.
#[derive(Clone, PartialEq, prost::Message)]
pub struct MessageHint {
    /// Whether it is only there to hold a list, map, union or null.
    #[prost(bool, optional, tag = "1")]
    pub wrapper: Option<bool>,
    /// Metadata of the schema as a JSON object.
    #[prost(string, optional, tag = "2")]
    pub metadata: Option<String>,
}

impl MessageHint {
    fn set(&mut self, path: &[NamePart], option: &UninterpretedOption) -> Option<()> {
        match path.first()?.name_part.as_str() {
            "wrapper" => self.wrapper = Some(flag(option)?),
            "metadata" => self.metadata = Some(text_of(option)?),
            _ => return None,
        }
        Some(())
    }
}

impl ValueHint {
    fn set(&mut self, path: &[NamePart], option: &UninterpretedOption) -> Option<()> {
        if path.first()?.name_part == "symbol" {
            self.symbol = Some(text_of(option)?);
        }
        Some(())
    }
}

/// The message `fmtconv.EnumValue`.
#[derive(Clone, PartialEq, prost::Message)]
struct ValueHint {
    #[prost(string, optional, tag = "1")]
    symbol: Option<String>,
}

/// All hints of a descriptor set, by the full name of the message or enum.
#[derive(Clone, Debug, Default)]
pub struct Hints {
    fields: HashMap<String, HashMap<u32, Hint>>,
    oneofs: HashMap<String, HashMap<usize, Hint>>,
    messages: HashMap<String, MessageHint>,
    symbols: HashMap<String, HashMap<String, String>>,
    /// Whether our options are declared, and those of Confluent.
    known: (bool, bool),
}

impl Hints {
    /// The hints in an encoded `FileDescriptorSet`; none if it does not parse.
    pub fn of(set: &[u8]) -> Hints {
        let mut hints = Hints::default();
        let Ok(set) = Files::decode(set) else { return hints };
        // The numbers of the options are ours, or Confluent's, only beside the file that declares them.
        let declared = |name: &str| set.file.iter().any(|file| file.name.as_deref() == Some(name));
        hints.known = (declared(FILE), declared(CONFLUENT_META));
        if hints.known == (false, false) {
            return hints;
        }
        for file in set.file {
            let package = file.package.unwrap_or_default();
            for message in file.message_type {
                hints.message(message, &package);
            }
            for names in file.enum_type {
                hints.names(names, &package);
            }
        }
        hints
    }

    /// Whether our options are declared, so that there may be hints.
    pub fn are_declared(&self) -> bool {
        self.known.0
    }

    /// The hint of a field.
    pub fn field(&self, message: &str, number: u32) -> Option<&Hint> {
        self.fields.get(message)?.get(&number)
    }

    /// The hint of a oneof, by its index in the message.
    pub fn oneof(&self, message: &str, index: usize) -> Option<&Hint> {
        self.oneofs.get(message)?.get(&index)
    }

    /// The hint of a message.
    pub fn of_message(&self, message: &str) -> Option<&MessageHint> {
        self.messages.get(message)
    }

    /// Symbols by the names of an enum's values, where they differ.
    pub fn symbols(&self, names: &str) -> Option<&HashMap<String, String>> {
        self.symbols.get(names)
    }

    fn message(&mut self, message: MessageBits, scope: &str) {
        let name = join(scope, &message.name.unwrap_or_default());
        for field in message.field {
            if let (Some(hint), Some(number)) = (self.field_hint(&field), field.number) {
                self.fields.entry(name.clone()).or_default().insert(number, hint);
            }
        }
        for (index, oneof) in message.oneof_decl.into_iter().enumerate() {
            let hint = oneof.options.and_then(|options| {
                options.hint.or_else(|| unresolved(&options.unresolved, "fmtconv.oneof", Hint::set))
            });
            if let Some(hint) = hint.filter(|_| self.known.0) {
                self.oneofs.entry(name.clone()).or_default().insert(index, hint);
            }
        }
        let hint = message.options.and_then(|options| {
            options.hint.or_else(|| unresolved(&options.unresolved, "fmtconv.message", MessageHint::set))
        });
        if let Some(hint) = hint.filter(|_| self.known.0) {
            self.messages.insert(name.clone(), hint);
        }
        for nested in message.nested_type {
            self.message(nested, &name);
        }
        for names in message.enum_type {
            self.names(names, &name);
        }
    }

    /// What the options of a field say: ours, or else the digits of a decimal in those of Confluent.
    fn field_hint(&self, field: &FieldBits) -> Option<Hint> {
        let options = field.options.as_ref()?;
        let ours = options.hint.clone().or_else(|| unresolved(&options.unresolved, "fmtconv.field", Hint::set));
        let ours = ours.filter(|_| self.known.0);
        let decimal = matches!(field.type_name.as_deref(), Some(".confluent.type.Decimal" | ".google.type.Decimal"));
        ours.or_else(|| {
            if !self.known.1 || !decimal {
                return None;
            }
            let theirs = options.confluent.clone();
            let theirs = theirs.or_else(|| unresolved(&options.unresolved, confluent::NAME, Meta::set))?;
            let hint = Hint { kind: Some(theirs.decimal()?), ..Hint::default() };
            let repeated = field.label == Some(3);
            Some(if repeated { Hint { item: Some(Box::new(hint)), ..Hint::default() } } else { hint })
        })
    }

    fn names(&mut self, names: EnumBits, scope: &str) {
        let name = join(scope, &names.name.unwrap_or_default());
        for value in names.value {
            let hint = value.options.and_then(|options| {
                options.hint.or_else(|| unresolved(&options.unresolved, "fmtconv.enum_value", ValueHint::set))
            });
            let symbol = hint.and_then(|hint| hint.symbol).filter(|_| self.known.0);
            if let (Some(known), Some(symbol)) = (value.name, symbol) {
                self.symbols.entry(name.clone()).or_default().insert(known, symbol);
            }
        }
    }
}

// The parts of descriptor.proto that lead to the options.

#[derive(Clone, PartialEq, prost::Message)]
struct Files {
    #[prost(message, repeated, tag = "1")]
    file: Vec<FileBits>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct FileBits {
    #[prost(string, optional, tag = "1")]
    name: Option<String>,
    #[prost(string, optional, tag = "2")]
    package: Option<String>,
    #[prost(message, repeated, tag = "4")]
    message_type: Vec<MessageBits>,
    #[prost(message, repeated, tag = "5")]
    enum_type: Vec<EnumBits>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct MessageBits {
    #[prost(string, optional, tag = "1")]
    name: Option<String>,
    #[prost(message, repeated, tag = "2")]
    field: Vec<FieldBits>,
    #[prost(message, repeated, tag = "3")]
    nested_type: Vec<MessageBits>,
    #[prost(message, repeated, tag = "4")]
    enum_type: Vec<EnumBits>,
    #[prost(message, optional, tag = "7")]
    options: Option<MessageOptionBits>,
    #[prost(message, repeated, tag = "8")]
    oneof_decl: Vec<OneofBits>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct FieldBits {
    #[prost(uint32, optional, tag = "3")]
    number: Option<u32>,
    #[prost(int32, optional, tag = "4")]
    label: Option<i32>,
    #[prost(string, optional, tag = "6")]
    type_name: Option<String>,
    #[prost(message, optional, tag = "8")]
    options: Option<FieldOptionBits>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct OneofBits {
    #[prost(message, optional, tag = "2")]
    options: Option<FieldOptionBits>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct FieldOptionBits {
    #[prost(message, optional, tag = "51234")]
    hint: Option<Hint>,
    #[prost(message, optional, tag = "1088")]
    confluent: Option<Meta>,
    #[prost(message, repeated, tag = "999")]
    unresolved: Vec<UninterpretedOption>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct MessageOptionBits {
    #[prost(message, optional, tag = "51234")]
    hint: Option<MessageHint>,
    #[prost(message, repeated, tag = "999")]
    unresolved: Vec<UninterpretedOption>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct EnumBits {
    #[prost(string, optional, tag = "1")]
    name: Option<String>,
    #[prost(message, repeated, tag = "2")]
    value: Vec<EnumValueBits>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct EnumValueBits {
    #[prost(string, optional, tag = "1")]
    name: Option<String>,
    #[prost(message, optional, tag = "3")]
    options: Option<EnumValueOptionBits>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct EnumValueOptionBits {
    #[prost(message, optional, tag = "51234")]
    hint: Option<ValueHint>,
    #[prost(message, repeated, tag = "999")]
    unresolved: Vec<UninterpretedOption>,
}
