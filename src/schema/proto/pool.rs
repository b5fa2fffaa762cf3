//! The messages and enums of a descriptor set, resolved: every field knows its kind, presence and encoding.
//!
//! Rules: descriptor.proto, and <https://protobuf.dev/programming-guides/field_presence/>,
//! <https://protobuf.dev/programming-guides/encoding/#packed>.

use std::collections::HashMap;
use std::sync::Arc;

use prost::Message as _;
use prost_types::field_descriptor_proto::{Label, Type};
use prost_types::{DescriptorProto, EnumDescriptorProto, FieldDescriptorProto, FileDescriptorProto, FileDescriptorSet};

use super::editions::{Edition, Features, FieldPresence, Node};
use super::hint::{Hint, Hints};
use crate::column::proto::wire::{self, push_delimited, push_tag};
use crate::error::{Error, Result};

/// All types of a descriptor set.
#[derive(Clone, Debug, Default)]
pub struct Pool {
    /// The messages, nested ones included.
    pub messages: Vec<Message>,
    /// The enums, nested ones included.
    pub enums: Vec<Arc<Enum>>,
    /// The descriptors that this was made from.
    pub set: FileDescriptorSet,
    /// The same as it was read, with options that `set` has no place for; empty if it was not read.
    bytes: Vec<u8>,
    /// The text of the only file that is not built in, if it was read as text.
    pub text: Option<String>,
    /// What the options of the descriptors say about Arrow types.
    pub hints: Hints,
    /// The enums with their symbols: names of values, but where a hint says otherwise.
    pub symbols: Vec<Arc<Enum>>,
    names: HashMap<String, Type1>,
    /// By file.
    editions: Vec<Option<Edition>>,
}

#[derive(Clone, Copy, Debug)]
enum Type1 {
    Message(usize),
    Enum(usize),
}

/// A message type.
#[derive(Clone, Debug, Default)]
pub struct Message {
    /// `pkg.Outer.Inner`
    pub name: String,
    /// Fields in declaration order, then known extensions (named `[pkg.extension]`).
    pub fields: Vec<Field>,
    /// Names of the oneofs, synthetic ones included.
    pub oneofs: Vec<String>,
    /// Whether it is the entry type that a map field stands for.
    pub map_entry: bool,
    /// Whether it has the old message set encoding.
    pub message_set: bool,
    /// Whether it only exists to hold a list, map or union where the language has none: readers of the generated
    /// schema see it, writers put the value straight into its field.
    pub wrapper: bool,
    /// In a generated schema: what each column of the Arrow schema became, in column order.
    pub columns: Option<Vec<Target>>,
    /// Which file defines it.
    pub file: usize,
    /// Whether it is not nested in another message.
    pub top_level: bool,
}

/// What a column is written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// Index into [`Message::fields`].
    Field(usize),
    /// Index into [`Message::oneofs`]: the column is a union.
    Oneof(usize),
    /// The raw unknown fields.
    Unknown,
}

/// A field of a message.
#[derive(Clone, Debug)]
pub struct Field {
    /// The name; `[pkg.extension]` for an extension.
    pub name: String,
    /// The name in ProtoJSON.
    pub json_name: String,
    /// 1 to 536,870,911.
    pub number: u32,
    /// What a single value is.
    pub kind: Kind,
    /// One value, many, or a map.
    pub many: Many,
    /// What absence means.
    pub presence: Presence,
    /// Whether a writer packs a repeated scalar.
    pub packed: bool,
    /// Whether the schema says `packed` itself.
    pub packed_option: Option<bool>,
    /// Index into [`Message::oneofs`], real oneofs only.
    pub oneof: Option<u32>,
    /// The default of proto2, as in the descriptor.
    pub default: Option<String>,
    /// Whether a hint names the type of its values.
    pub hinted: bool,
}

/// How many values a field has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Many {
    /// At most one.
    One,
    /// `repeated`
    List,
    /// `map<,>`; the field's kind is the entry message.
    Map,
}

/// What absence of a field means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// The zero value.
    Implicit,
    /// Not set.
    Explicit,
    /// A broken message.
    Required,
}

/// What a single value of a field is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A number, a boolean, text or bytes.
    Scalar(Scalar),
    /// Index into [`Pool::enums`].
    Enum(usize),
    /// Index into [`Pool::messages`].
    Message(usize),
    /// The same between start and end tags.
    Group(usize),
}

/// The scalar types.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Scalar {
    Double,
    Float,
    Int32,
    Int64,
    Uint32,
    Uint64,
    Sint32,
    Sint64,
    Fixed32,
    Fixed64,
    Sfixed32,
    Sfixed64,
    Bool,
    String,
    Bytes,
}

impl Scalar {
    /// The keyword.
    pub fn name(self) -> &'static str {
        match self {
            Scalar::Double => "double",
            Scalar::Float => "float",
            Scalar::Int32 => "int32",
            Scalar::Int64 => "int64",
            Scalar::Uint32 => "uint32",
            Scalar::Uint64 => "uint64",
            Scalar::Sint32 => "sint32",
            Scalar::Sint64 => "sint64",
            Scalar::Fixed32 => "fixed32",
            Scalar::Fixed64 => "fixed64",
            Scalar::Sfixed32 => "sfixed32",
            Scalar::Sfixed64 => "sfixed64",
            Scalar::Bool => "bool",
            Scalar::String => "string",
            Scalar::Bytes => "bytes",
        }
    }

    /// The type of this keyword.
    pub fn from_name(name: &str) -> Option<Scalar> {
        use Scalar::*;
        [
            Double, Float, Int32, Int64, Uint32, Uint64, Sint32, Sint64, Fixed32, Fixed64, Sfixed32, Sfixed64, Bool,
            String, Bytes,
        ]
        .into_iter()
        .find(|scalar| scalar.name() == name)
    }

    /// The wire type: 0 varint, 1 eight bytes, 2 length-delimited, 5 four bytes.
    pub fn wire(self) -> u8 {
        match self {
            Scalar::Double | Scalar::Fixed64 | Scalar::Sfixed64 => 1,
            Scalar::Float | Scalar::Fixed32 | Scalar::Sfixed32 => 5,
            Scalar::String | Scalar::Bytes => 2,
            _ => 0,
        }
    }
}

/// An enum type.
#[derive(Clone, Debug, Default)]
pub struct Enum {
    /// `pkg.Outer.Color`
    pub name: String,
    /// Names and numbers in declaration order, aliases included.
    pub values: Vec<(String, i32)>,
    /// Whether unknown numbers are not allowed (proto2).
    pub closed: bool,
}

impl Enum {
    /// The number of a name; decimal digits stand for a number that has no name.
    pub fn number(&self, text: &str) -> Option<i32> {
        let named = self.values.iter().find(|(name, _)| name == text).map(|(_, number)| *number);
        named.or_else(|| text.parse().ok().filter(|number: &i32| number.to_string() == text))
    }
}

impl Pool {
    /// Resolves a descriptor set of proto2 and proto3 files that holds all its imports.
    ///
    /// # Errors
    /// `Schema` if a type is missing or a descriptor makes no sense.
    pub fn new(set: FileDescriptorSet) -> Result<Pool> {
        let editions = vec![None; set.file.len()];
        Pool::with_editions(set, editions)
    }

    /// Resolves a descriptor set that holds all its imports; `editions` has what each file says of its edition.
    ///
    /// # Errors
    /// `Schema` if a type is missing or a descriptor makes no sense; `Unsupported` for an unknown feature.
    pub fn with_editions(set: FileDescriptorSet, editions: Vec<Option<Edition>>) -> Result<Pool> {
        let mut pool = Pool { editions, ..Pool::default() };
        for (file_index, file) in set.file.iter().enumerate() {
            let scope = pool.scope(file_index, file)?;
            let package = file.package();
            for (index, message) in file.message_type.iter().enumerate() {
                pool.declare(message, package, file_index, true, &scope.child(4, index)?)?;
            }
            for (index, enumeration) in file.enum_type.iter().enumerate() {
                pool.declare_enum(enumeration, package, &scope.child(5, index)?)?;
            }
        }
        for (file_index, file) in set.file.iter().enumerate() {
            let scope = pool.scope(file_index, file)?;
            let package = file.package();
            for (index, message) in file.message_type.iter().enumerate() {
                pool.define(message, package, &scope.child(4, index)?)?;
            }
            pool.extend(&file.extension, package, &scope, 7)?;
        }
        pool.set = set;
        pool.symbols = pool.enums.clone();
        Ok(pool)
    }

    /// With the hints in the options of the encoded descriptor set that this was made from.
    pub fn with_hints(self, encoded: &[u8]) -> Pool {
        let mut pool = Pool { hints: Hints::of(encoded), bytes: encoded.to_vec(), ..self };
        for message in &mut pool.messages {
            let hinted = pool.hints.of_message(&message.name).is_some_and(|hint| hint.wrapper());
            let one_oneof = message.oneofs.len() == 1 && message.fields.iter().all(|field| field.oneof == Some(0));
            for field in &mut message.fields {
                let hint = pool.hints.field(&message.name, field.number);
                field.hinted = hint.is_some_and(|hint| *hint != Hint { name: hint.name.clone(), ..Hint::default() });
            }
            message.wrapper = hinted && (message.fields.len() == 1 || one_oneof);
        }
        for names in &mut pool.symbols {
            if let Some(symbols) = pool.hints.symbols(&names.name) {
                let symbol = |name: &String| symbols.get(name).unwrap_or(name).clone();
                let values: Vec<_> = names.values.iter().map(|(name, number)| (symbol(name), *number)).collect();
                let distinct: std::collections::HashSet<_> = values.iter().map(|(name, _)| name).collect();
                if distinct.len() == values.len() {
                    *names = Arc::new(Enum { values, ..Enum::clone(names) });
                }
            }
        }
        pool
    }

    /// The same types for records that were read without hints.
    pub fn without_hints(mut self) -> Pool {
        self.hints = Hints::default();
        self.symbols = self.enums.clone();
        self.messages.iter_mut().for_each(|message| message.wrapper = false);
        self
    }

    /// Index of a message in its file, then of the nested message in that, and so on.
    pub fn index_path(&self, message: usize) -> Option<Vec<i64>> {
        let message = self.messages.get(message)?;
        let file = self.set.file.get(message.file)?;
        let rest = match file.package() {
            "" => message.name.as_str(),
            package => message.name.strip_prefix(package)?.strip_prefix('.')?,
        };
        let mut list = &file.message_type;
        let mut path = Vec::new();
        for part in rest.split('.') {
            let at = list.iter().position(|message| message.name() == part)?;
            path.push(at as i64);
            list = &list[at].nested_type;
        }
        Some(path)
    }

    /// The message at an index path of a file: what [`Pool::index_path`] undoes.
    pub fn at_path(&self, file: usize, path: &[i64]) -> Option<usize> {
        let file = self.set.file.get(file)?;
        let mut list = &file.message_type;
        let mut name = file.package().to_owned();
        for index in path {
            let message = list.get(usize::try_from(*index).ok()?)?;
            name = join(&name, message.name());
            list = &message.nested_type;
        }
        self.message(&name)
    }

    /// What a file says of its edition; `None` for proto2 and proto3.
    pub fn edition(&self, file: usize) -> Option<&Edition> {
        self.editions.get(file)?.as_ref()
    }

    /// The descriptor set, encoded: with the features that editions have.
    pub fn encoded(&self) -> Vec<u8> {
        if !self.bytes.is_empty() {
            return self.bytes.clone();
        }
        if self.editions.iter().all(Option::is_none) {
            return self.set.encode_to_vec();
        }
        let mut out = Vec::new();
        for (index, file) in self.set.file.iter().enumerate() {
            let plain = file.encode_to_vec();
            // What was just encoded is well-formed.
            let bytes = self.edition(index).and_then(|edition| edition.write(&plain).ok()).unwrap_or(plain);
            push_tag(&mut out, 1, wire::LENGTH);
            push_delimited(&mut out, |out| out.extend_from_slice(&bytes));
        }
        out
    }

    /// The features of a file.
    fn scope(&self, index: usize, file: &FileDescriptorProto) -> Result<Scope> {
        let edition = self.edition(index);
        let proto2 = matches!(file.syntax(), "" | "proto2");
        let base = match (file.syntax(), edition) {
            (_, Some(_)) => Features::EDITIONS,
            ("" | "proto2", None) => Features::PROTO2,
            ("proto3", None) => Features::PROTO3,
            (other, None) => return Err(Error::schema(format!("{}: unknown syntax {other:?}", file.name()))),
        };
        let node = edition.map(|edition| edition.node.clone()).unwrap_or_default();
        Ok(Scope { features: base.with(&node.features)?, node, proto2 })
    }

    /// The message of a full name (a leading dot is allowed).
    pub fn message(&self, name: &str) -> Option<usize> {
        match self.names.get(name.trim_start_matches('.')) {
            Some(Type1::Message(index)) => Some(*index),
            _ => None,
        }
    }

    fn declare(
        &mut self,
        message: &DescriptorProto,
        package: &str,
        file: usize,
        top_level: bool,
        scope: &Scope,
    ) -> Result<()> {
        let name = join(package, message.name());
        let options = message.options.as_ref();
        let index = self.messages.len();
        self.messages.push(Message {
            name: name.clone(),
            oneofs: message.oneof_decl.iter().map(|oneof| oneof.name().to_owned()).collect(),
            map_entry: options.is_some_and(|options| options.map_entry()),
            message_set: options.is_some_and(|options| options.message_set_wire_format()),
            file,
            top_level,
            ..Message::default()
        });
        self.insert(&name, Type1::Message(index))?;
        for (index, nested) in message.nested_type.iter().enumerate() {
            self.declare(nested, &name, file, false, &scope.child(3, index)?)?;
        }
        for (index, nested) in message.enum_type.iter().enumerate() {
            self.declare_enum(nested, &name, &scope.child(4, index)?)?;
        }
        Ok(())
    }

    fn declare_enum(&mut self, descriptor: &EnumDescriptorProto, package: &str, scope: &Scope) -> Result<()> {
        let name = join(package, descriptor.name());
        let values: Vec<_> = descriptor.value.iter().map(|value| (value.name().to_owned(), value.number())).collect();
        if values.is_empty() {
            return Err(Error::schema(format!("enum {name} has no values")));
        }
        self.insert(&name, Type1::Enum(self.enums.len()))?;
        self.enums.push(Arc::new(Enum { name, values, closed: scope.features.closed }));
        Ok(())
    }

    fn insert(&mut self, name: &str, what: Type1) -> Result<()> {
        match self.names.insert(name.to_owned(), what) {
            None => Ok(()),
            Some(_) => Err(Error::schema(format!("type {name} is defined twice"))),
        }
    }

    fn define(&mut self, message: &DescriptorProto, package: &str, scope: &Scope) -> Result<()> {
        let name = join(package, message.name());
        let entry = message.options.as_ref().is_some_and(|options| options.map_entry());
        for (index, field) in message.field.iter().enumerate() {
            // A oneof stands between its message and its members.
            let oneof = field.oneof_index.and_then(|oneof| usize::try_from(oneof).ok());
            let outer = match oneof.filter(|_| !field.proto3_optional()) {
                Some(oneof) => scope.features.with(&scope.node.child(8, oneof).features)?,
                None => scope.features,
            };
            let features = outer.with(&scope.node.child(2, index).features)?;
            let field = self
                .field(field, features, scope.proto2, entry)
                .map_err(|error| Error::schema(format!("message {name}: {}", error.message())))?;
            self.add(&name, field)?;
        }
        self.extend(&message.extension, &name, scope, 6)?;
        for (index, nested) in message.nested_type.iter().enumerate() {
            self.define(nested, &name, &scope.child(3, index)?)?;
        }
        Ok(())
    }

    /// Extensions stand in the repeated field `number` of their scope.
    fn extend(&mut self, extensions: &[FieldDescriptorProto], package: &str, scope: &Scope, number: u32) -> Result<()> {
        for (index, extension) in extensions.iter().enumerate() {
            let full = join(package, extension.name());
            let mut field = self.field(extension, scope.child(number, index)?.features, scope.proto2, false)?;
            field.name = format!("[{full}]");
            field.json_name = field.name.clone();
            if field.presence == Presence::Implicit {
                field.presence = Presence::Explicit;
            }
            let extendee = extension.extendee().trim_start_matches('.').to_owned();
            self.add(&extendee, field)?;
        }
        Ok(())
    }

    fn add(&mut self, message: &str, field: Field) -> Result<()> {
        let index = self
            .message(message)
            .ok_or_else(|| Error::schema(format!("message {message} is not in the descriptor set")))?;
        let fields = &mut self.messages[index].fields;
        fields.push(field);
        Ok(())
    }

    /// `entry`: of the entry of a map, which is never between tags, nor are its values.
    fn field(&self, field: &FieldDescriptorProto, features: Features, proto2: bool, entry: bool) -> Result<Field> {
        let name = field.name().to_owned();
        let fail = |what: &str| Error::schema(format!("field {name}: {what}"));
        let kind = match field.r#type() {
            Type::Double => Kind::Scalar(Scalar::Double),
            Type::Float => Kind::Scalar(Scalar::Float),
            Type::Int64 => Kind::Scalar(Scalar::Int64),
            Type::Uint64 => Kind::Scalar(Scalar::Uint64),
            Type::Int32 => Kind::Scalar(Scalar::Int32),
            Type::Fixed64 => Kind::Scalar(Scalar::Fixed64),
            Type::Fixed32 => Kind::Scalar(Scalar::Fixed32),
            Type::Bool => Kind::Scalar(Scalar::Bool),
            Type::String => Kind::Scalar(Scalar::String),
            Type::Bytes => Kind::Scalar(Scalar::Bytes),
            Type::Uint32 => Kind::Scalar(Scalar::Uint32),
            Type::Sfixed32 => Kind::Scalar(Scalar::Sfixed32),
            Type::Sfixed64 => Kind::Scalar(Scalar::Sfixed64),
            Type::Sint32 => Kind::Scalar(Scalar::Sint32),
            Type::Sint64 => Kind::Scalar(Scalar::Sint64),
            Type::Enum | Type::Message | Type::Group => {
                let type_name = field.type_name().trim_start_matches('.');
                match (self.names.get(type_name), field.r#type()) {
                    (Some(Type1::Enum(index)), Type::Enum) => Kind::Enum(*index),
                    (Some(Type1::Message(index)), Type::Message) => Kind::Message(*index),
                    (Some(Type1::Message(index)), Type::Group) => Kind::Group(*index),
                    _ => {
                        return Err(fail(&format!("type {type_name} is not in the descriptor set"))
                            .with_hint("make the descriptor set with --include_imports"));
                    }
                }
            }
        };
        let number = u32::try_from(field.number()).ok().filter(|number| (1..=536_870_911).contains(number));
        let number = number.ok_or_else(|| fail(&format!("number {} is not legal", field.number())))?;
        let repeated = field.label() == Label::Repeated;
        let many = match kind {
            Kind::Message(index) if repeated && self.messages[index].map_entry => Many::Map,
            _ if repeated => Many::List,
            _ => Many::One,
        };
        let oneof = match field.oneof_index {
            Some(index) if !field.proto3_optional() => {
                Some(u32::try_from(index).map_err(|_| fail("its oneof does not exist"))?)
            }
            _ => None,
        };
        let kind = match kind {
            Kind::Message(index) if features.delimited && !entry && many != Many::Map => Kind::Group(index),
            kind => kind,
        };
        let one = many == Many::One;
        let presence = if field.label() == Label::Required || one && features.presence == FieldPresence::Required {
            Presence::Required
        } else if proto2
            || field.oneof_index.is_some()
            || matches!(kind, Kind::Message(_) | Kind::Group(_)) && one
            || features.presence == FieldPresence::Explicit
        {
            Presence::Explicit
        } else {
            Presence::Implicit
        };
        let packable = match kind {
            Kind::Scalar(scalar) => scalar.wire() != 2,
            Kind::Enum(_) => true,
            _ => false,
        };
        let packed_option = field.options.as_ref().and_then(|options| options.packed);
        Ok(Field {
            json_name: field.json_name.clone().unwrap_or_else(|| default_json_name(&name)),
            name,
            number,
            kind,
            many,
            presence,
            packed: many == Many::List && packable && packed_option.unwrap_or(features.packed),
            packed_option,
            oneof,
            default: field.default_value.clone(),
            hinted: false,
        })
    }
}

/// The features that hold in a file, message or enum, and what is set inside it.
struct Scope {
    features: Features,
    node: Node,
    proto2: bool,
}

impl Scope {
    /// Of the `index`-th entry of the repeated field `number` of the descriptor.
    fn child(&self, number: u32, index: usize) -> Result<Scope> {
        let node = self.node.child(number, index).clone();
        Ok(Scope { features: self.features.with(&node.features)?, node, proto2: self.proto2 })
    }
}

pub(crate) fn join(scope: &str, name: &str) -> String {
    if scope.is_empty() { name.to_owned() } else { format!("{scope}.{name}") }
}

/// The ProtoJSON name of a field that names none: underscores go, and the letter behind each is made upper case.
pub fn default_json_name(name: &str) -> String {
    let mut json = String::with_capacity(name.len());
    let mut upper = false;
    for letter in name.chars() {
        if letter == '_' {
            upper = true;
        } else if std::mem::take(&mut upper) {
            json.push(letter.to_ascii_uppercase());
        } else {
            json.push(letter);
        }
    }
    json
}
