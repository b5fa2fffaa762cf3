//! Names, types and features of the declarations of a schema.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::super::finding::Place;
use super::model::*;
use crate::error::{Error, Result};

/// A schema: its own files, then those it imports.
#[derive(Clone, Debug)]
pub(in super::super) struct Schema {
    pub(super) files: Vec<File>,
    /// How many of the files are its own.
    pub(super) own: usize,
    /// Whether it is one file that was named, not a folder.
    named: bool,
    messages: HashMap<String, (usize, usize)>,
    enums: HashMap<String, (usize, usize)>,
}

/// A declaration and the file that it stands in.
#[derive(Debug)]
pub(in super::super) struct In<'a, T> {
    pub file: &'a File,
    pub item: &'a T,
}

impl In<'_, Message> {
    pub fn place(&self) -> Place {
        self.item.span.place(&self.file.name)
    }
}

impl In<'_, Field> {
    pub fn place(&self) -> Place {
        self.item.span.place(&self.file.name)
    }
}

impl<T> Clone for In<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for In<'_, T> {}

impl<T> std::ops::Deref for In<'_, T> {
    type Target = T;
    fn deref(&self) -> &T {
        self.item
    }
}

/// What a single value of a field is. Names are full.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) enum Kind {
    Scalar(&'static str),
    Enum(String),
    Message(String),
    /// A message between start and end tags.
    Group(String),
}

impl Kind {
    /// As descriptors call it.
    pub fn name(&self) -> &'static str {
        match self {
            Kind::Scalar(name) => name,
            Kind::Enum(_) => "enum",
            Kind::Message(_) => "message",
            Kind::Group(_) => "group",
        }
    }
    /// The full name of a declared type.
    pub fn declared(&self) -> Option<&str> {
        match self {
            Kind::Scalar(_) => None,
            Kind::Enum(name) | Kind::Message(name) | Kind::Group(name) => Some(name),
        }
    }
    pub fn shown(&self) -> String {
        self.declared().unwrap_or(self.name()).to_owned()
    }
}

/// How often a field is there, and what absence means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Cardinality {
    Explicit,
    Implicit,
    Required,
    Repeated,
    Map,
}

impl std::fmt::Display for Cardinality {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Cardinality::Explicit => "optional with explicit presence",
            Cardinality::Implicit => "optional with implicit presence",
            Cardinality::Required => "required",
            Cardinality::Repeated => "repeated",
            Cardinality::Map => "map",
        })
    }
}

/// The scalar types.
pub(super) const SCALARS: &[&str] = &[
    "double", "float", "int32", "int64", "uint32", "uint64", "sint32", "sint64", "fixed32", "fixed64", "sfixed32",
    "sfixed64", "bool", "string", "bytes",
];

/// Features by name with what proto2, proto3 and editions take where nothing is said (edition defaults of
/// descriptor.proto; from edition 2024 on C++ strings are views).
const FEATURES: &[(&str, &str, &str, &str)] = &[
    ("field_presence", "EXPLICIT", "IMPLICIT", "EXPLICIT"),
    ("enum_type", "CLOSED", "OPEN", "OPEN"),
    ("utf8_validation", "NONE", "VERIFY", "VERIFY"),
    ("message_encoding", "LENGTH_PREFIXED", "LENGTH_PREFIXED", "LENGTH_PREFIXED"),
    ("json_format", "LEGACY_BEST_EFFORT", "ALLOW", "ALLOW"),
    ("(pb.cpp).string_type", "STRING", "STRING", "STRING"),
    ("(pb.java).utf8_validation", "DEFAULT", "DEFAULT", "DEFAULT"),
];

impl Schema {
    pub fn resolve(files: Vec<File>, imports: Vec<File>, named: bool) -> Result<Schema> {
        let own = files.len();
        let mut schema = Schema { files, own, named, messages: HashMap::new(), enums: HashMap::new() };
        schema.files.extend(imports);
        for (at, file) in schema.files.iter().enumerate() {
            for (index, message) in file.messages.iter().enumerate() {
                schema.messages.entry(full(file, &message.nested)).or_insert((at, index));
            }
            for (index, found) in file.enums.iter().enumerate() {
                schema.enums.entry(full(file, &found.nested)).or_insert((at, index));
            }
        }
        schema.check_names()?;
        Ok(schema)
    }

    /// Every type must be known, unless the file imports something that was not found.
    fn check_names(&self) -> Result<()> {
        let known: HashSet<&str> = self.files.iter().map(|file| &*file.name).collect();
        // A single file may be called by any path; what matters is whether all it imports is there.
        for file in &self.files {
            if file.imports.iter().any(|import| !known.contains(import.as_str())) {
                continue;
            }
            for field in file.messages.iter().flat_map(|message| &message.fields) {
                let scalar = SCALARS.contains(&field.kind.as_str());
                if !scalar && self.lookup(file, field.parent, &field.kind).is_none() {
                    let (line, column) = field.kind_span.start;
                    return Err(Error::schema(format!("type {:?} is not defined", field.kind))
                        .in_source(file.name.clone())
                        .at_line(u64::from(line.saturating_sub(1)))
                        .at_character(u64::from(column.saturating_sub(1)))
                        .with_hint("import the file that defines it; add its folder with -I FOLDER"));
                }
            }
        }
        Ok(())
    }

    /// Fields whose type is in a file that was not found, with the names of the files that were not.
    pub(super) fn unknown_types(&self) -> Vec<(In<'_, Field>, Vec<&str>)> {
        let known: HashSet<&str> = self.files.iter().map(|file| &*file.name).collect();
        let mut unknown = Vec::new();
        for file in &self.files[..self.own] {
            let missing: Vec<&str> =
                file.imports.iter().map(String::as_str).filter(|import| !known.contains(import)).collect();
            if missing.is_empty() {
                continue;
            }
            for item in file.messages.iter().flat_map(|message| &message.fields) {
                // Those that come with Protobuf are known by their names.
                let standard = item.kind.trim_start_matches('.').starts_with("google.protobuf.");
                let scalar = SCALARS.contains(&item.kind.as_str());
                if !scalar && !standard && self.lookup(file, item.parent, &item.kind).is_none() {
                    unknown.push((In { file, item }, missing.clone()));
                }
            }
        }
        unknown
    }

    /// The full name that a name means in a scope: the innermost that exists.
    fn lookup(&self, file: &File, parent: Option<usize>, name: &str) -> Option<String> {
        let exists = |name: &str| self.messages.contains_key(name) || self.enums.contains_key(name);
        if let Some(absolute) = name.strip_prefix('.') {
            return exists(absolute).then(|| absolute.to_owned());
        }
        let mut scope = match parent {
            Some(parent) => full(file, &file.messages[parent].nested),
            None => file.package.clone(),
        };
        loop {
            let candidate = if scope.is_empty() { name.to_owned() } else { format!("{scope}.{name}") };
            if exists(&candidate) {
                return Some(candidate);
            }
            if scope.is_empty() {
                return None;
            }
            scope = scope.rsplit_once('.').map_or(String::new(), |(outer, _)| outer.to_owned());
        }
    }

    /// A name in a scope; one that is not known stays as it is written.
    pub(super) fn name_in(&self, file: &File, parent: Option<usize>, name: &str) -> String {
        self.lookup(file, parent, name).unwrap_or_else(|| name.trim_start_matches('.').to_owned())
    }

    pub(in super::super) fn kind(&self, field: In<'_, Field>) -> Kind {
        if let Some(scalar) = SCALARS.iter().find(|scalar| **scalar == field.kind) {
            return Kind::Scalar(scalar);
        }
        let name = self.name_in(field.file, field.parent, &field.kind);
        if self.enums.contains_key(&name) {
            return Kind::Enum(name);
        }
        let delimited = field.map.is_none() && feature_of_field(field, "message_encoding") == "DELIMITED";
        if field.group || delimited { Kind::Group(name) } else { Kind::Message(name) }
    }

    /// A message of this schema or its imports.
    pub(in super::super) fn message(&self, name: &str) -> Option<In<'_, Message>> {
        let (file, index) = *self.messages.get(name)?;
        let file = self.files.get(file)?;
        Some(In { file, item: file.messages.get(index)? })
    }

    pub(in super::super) fn enumeration(&self, name: &str) -> Option<In<'_, Enum>> {
        let (file, index) = *self.enums.get(name)?;
        let file = self.files.get(file)?;
        Some(In { file, item: file.enums.get(index)? })
    }

    /// The file, if it is one that was named: it compares with another one whatever they are called.
    pub(super) fn single(&self) -> Option<&File> {
        if self.named && self.own == 1 { self.files.first() } else { None }
    }

    /// Its own files by name, without a leading part of `skip` bytes.
    pub(super) fn own_files(&self, skip: usize) -> BTreeMap<&str, &File> {
        self.files[..self.own].iter().map(|file| (file.name.get(skip..).unwrap_or(&file.name), file)).collect()
    }

    /// The folders that all its own files are in, with the last slash; empty, or several levels.
    pub(super) fn common_folder(&self) -> &str {
        let Some((first, rest)) = self.files[..self.own].split_first() else { return "" };
        let mut common: &str = &first.name[..first.name.rfind('/').map_or(0, |end| end + 1)];
        while !rest.iter().all(|file| file.name.starts_with(common)) {
            let shorter = common.trim_end_matches('/').rfind('/').map_or(0, |end| end + 1);
            common = &common[..shorter];
        }
        common
    }

    pub(in super::super) fn own_messages(&self) -> BTreeMap<String, In<'_, Message>> {
        let all = self.files[..self.own]
            .iter()
            .flat_map(|file| file.messages.iter().map(move |item| (full(file, &item.nested), In { file, item })));
        all.collect()
    }

    pub(super) fn own_enums(&self) -> BTreeMap<String, In<'_, Enum>> {
        let all = self.files[..self.own]
            .iter()
            .flat_map(|file| file.enums.iter().map(move |item| (full(file, &item.nested), In { file, item })));
        all.collect()
    }

    pub(super) fn own_services(&self) -> BTreeMap<String, In<'_, Service>> {
        let all = self.files[..self.own]
            .iter()
            .flat_map(|file| file.services.iter().map(move |item| (full(file, &item.name), In { file, item })));
        all.collect()
    }

    /// Extensions by the message that they extend and their number.
    pub(super) fn own_extensions(&self) -> BTreeMap<(String, i64), In<'_, Field>> {
        let all = self.files[..self.own].iter().flat_map(|file| {
            file.extensions.iter().map(move |item| {
                let extended = item.extension.as_ref().map_or("", |(extended, _)| extended);
                ((self.name_in(file, item.parent, extended), item.number), In { file, item })
            })
        });
        all.collect()
    }

    pub(in super::super) fn cardinality(&self, field: In<'_, Field>) -> Cardinality {
        let presence = feature_of_field(field, "field_presence");
        match field.label {
            _ if field.map.is_some() => Cardinality::Map,
            Label::Repeated => Cardinality::Repeated,
            Label::Required => Cardinality::Required,
            _ if field.oneof.is_some() || field.extension.is_some() => Cardinality::Explicit,
            Label::Optional if field.file.syntax == Syntax::Proto3 => Cardinality::Explicit,
            _ if presence == "LEGACY_REQUIRED" => Cardinality::Required,
            _ if matches!(self.kind(field), Kind::Message(_) | Kind::Group(_)) => Cardinality::Explicit,
            _ if presence == "IMPLICIT" => Cardinality::Implicit,
            _ => Cardinality::Explicit,
        }
    }

    /// Whether numbers without a name are not allowed.
    pub(in super::super) fn is_closed(&self, found: In<'_, Enum>) -> bool {
        feature(found.file, found.parent, &found.options, "enum_type") == "CLOSED"
    }
}

/// `package.name`
pub(in super::super) fn full(file: &File, nested: &str) -> String {
    if file.package.is_empty() { nested.to_owned() } else { format!("{}.{nested}", file.package) }
}

/// The value of a feature: said here, by the messages around, by the file, or by the edition.
pub(super) fn feature<'a>(file: &'a File, parent: Option<usize>, options: &'a [OptionValue], name: &str) -> &'a str {
    let key = format!("features.{name}");
    let mut scopes = vec![options];
    let mut around = parent;
    while let Some(message) = around.and_then(|at| file.messages.get(at)) {
        scopes.push(&message.options);
        around = message.parent;
    }
    scopes.push(&file.options);
    if let Some(said) = scopes.into_iter().find_map(|options| option(options, &key)) {
        return &said.value;
    }
    let Some((_, proto2, proto3, later)) = FEATURES.iter().find(|(known, ..)| *known == name) else { return "" };
    match file.syntax {
        Syntax::Proto2 => proto2,
        Syntax::Proto3 => proto3,
        Syntax::Edition(2024..) if name == "(pb.cpp).string_type" => "VIEW",
        Syntax::Edition(_) => later,
    }
}

/// The same for a field, whose oneof is around it.
pub(super) fn feature_of_field<'a>(field: In<'a, Field>, name: &str) -> &'a str {
    let key = format!("features.{name}");
    let message = field.parent.and_then(|parent| field.file.messages.get(parent));
    let oneof = message.zip(field.oneof).and_then(|(message, oneof)| message.oneofs.get(oneof));
    let own = option(&field.item.options, &key).or_else(|| option(&oneof?.options, &key));
    match own {
        Some(said) => &said.value,
        None => feature(field.file, field.parent, &[], name),
    }
}

/// The name of a field in ProtoJSON.
pub(in super::super) fn json_name(field: &Field) -> String {
    if let Some(said) = option(&field.options, "json_name") {
        return said.value.clone();
    }
    let mut out = String::new();
    let mut upper = false;
    for c in field.name.chars() {
        match c {
            '_' => upper = true,
            c if std::mem::take(&mut upper) => out.push(c.to_ascii_uppercase()),
            c => out.push(c),
        }
    }
    out
}
