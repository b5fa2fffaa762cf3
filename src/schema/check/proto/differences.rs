//! What differs between the declarations of two schemas: fields by number, values by number, the rest by name.

use std::collections::BTreeMap;

use super::model::*;
use super::resolve::{In, Schema, json_name};
use crate::schema::diff::{Change, Kind};

/// The differences: messages, enums, services, each in the order of their names; files last.
pub(in super::super) fn differences(left: &Schema, right: &Schema) -> Vec<Change> {
    let mut told = Told { left, right, changes: Vec::new() };
    let fields = |name: &str, schema: &Schema| schema.message(name).map(|found| shape(schema, found));
    let (old, new) = (messages(left), messages(right));
    let renamed = renames(&old, &new, |name| fields(name, left), |name| fields(name, right));
    told.pairs("message", old, new, &renamed, Told::message);
    let (old, new) = (left.own_enums(), right.own_enums());
    let of = |found: Option<&In<'_, Enum>>| found.map(|found| numbers(found.item));
    let renamed = renames(&old, &new, |name| of(old.get(name)), |name| of(new.get(name)));
    told.pairs("enum", old, new, &renamed, Told::enumeration);
    told.pairs("service", left.own_services(), right.own_services(), &BTreeMap::new(), Told::service);
    told.files();
    told.changes
}

fn messages(schema: &Schema) -> BTreeMap<String, In<'_, Message>> {
    schema.own_messages().into_iter().filter(|(_, message)| !message.item.map_entry).collect()
}

/// Number, type and cardinality of each field; nothing for a message without fields, which is like any other.
fn shape(schema: &Schema, message: In<'_, Message>) -> String {
    let fields = message.item.fields.iter().map(|item| {
        let field = In { file: message.file, item };
        format!("{}:{}:{};", item.number, kind_of(schema, field), schema.cardinality(field))
    });
    fields.collect()
}

fn numbers(found: &Enum) -> String {
    found.values.iter().map(|value| format!("{}:{};", value.number, value.name)).collect()
}

/// What is only on one side and looks like what is only on the other: new names with the old ones.
fn renames<T>(
    old: &BTreeMap<String, T>,
    new: &BTreeMap<String, T>,
    of_old: impl Fn(&str) -> Option<String>,
    of_new: impl Fn(&str) -> Option<String>,
) -> BTreeMap<String, String> {
    let mut gone: Vec<&String> = old.keys().filter(|name| !new.contains_key(*name)).collect();
    let mut renamed = BTreeMap::new();
    for name in new.keys().filter(|name| !old.contains_key(*name)) {
        let like = of_new(name).filter(|shape| !shape.is_empty());
        if let Some(at) = gone.iter().position(|old| like.is_some() && of_old(old) == like) {
            renamed.insert(name.clone(), gone.remove(at).clone());
        }
    }
    renamed
}

/// The type of a field as it is written, with the full name of what is declared.
fn kind_of(schema: &Schema, field: In<'_, Field>) -> String {
    match &field.item.map {
        Some((key, value)) => format!("map<{key}, {}>", schema.name_in(field.file, field.parent, value)),
        None => schema.kind(field).shown(),
    }
}

struct Told<'a> {
    left: &'a Schema,
    right: &'a Schema,
    changes: Vec<Change>,
}

impl<'a> Told<'a> {
    fn tell(&mut self, path: &str, kind: Kind) {
        self.changes.push(Change { path: path.to_owned(), kind });
    }

    fn note(&mut self, path: &str, key: &str, from: Option<String>, to: Option<String>) {
        if from != to {
            self.tell(path, Kind::Note { key: key.to_owned(), from, to });
        }
    }

    fn pairs<T: Copy>(
        &mut self,
        what: &str,
        old: BTreeMap<String, T>,
        new: BTreeMap<String, T>,
        renamed: &BTreeMap<String, String>,
        both: fn(&mut Self, &str, T, T),
    ) {
        for (name, right) in &new {
            let from = renamed.get(name);
            match old.get(from.unwrap_or(name)) {
                Some(left) => {
                    if let Some(from) = from {
                        self.tell(name, Kind::Renamed { from: from.clone(), sure: false });
                    }
                    both(self, name, *left, *right);
                }
                None => self.tell(name, Kind::Added(what.to_owned())),
            }
        }
        for name in old.keys() {
            if !new.contains_key(name) && !renamed.values().any(|from| from == name) {
                self.tell(name, Kind::Removed(what.to_owned()));
            }
        }
    }

    fn message(&mut self, path: &str, old: In<'a, Message>, new: In<'a, Message>) {
        let by_number = |message: In<'a, Message>| -> BTreeMap<i64, &'a Field> {
            message.item.fields.iter().map(|field| (field.number, field)).collect()
        };
        let (was, is) = (by_number(old), by_number(new));
        for item in &new.item.fields {
            let field = In { file: new.file, item };
            let path = format!("{path}.{}", item.name);
            let renumbered = || old.item.fields.iter().find(|f| f.name == item.name && !is.contains_key(&f.number));
            match was.get(&item.number).copied().or_else(renumbered) {
                Some(before) => self.field(&path, In { file: old.file, item: before }, field),
                None => self.tell(&path, Kind::Added(format!("{} = {}", self.shown(self.right, field), item.number))),
            }
        }
        for item in &old.item.fields {
            let renumbered = new.item.fields.iter().any(|f| f.name == item.name && !was.contains_key(&f.number));
            if !is.contains_key(&item.number) && !renumbered {
                let shown = self.shown(self.left, In { file: old.file, item });
                self.tell(&format!("{path}.{}", item.name), Kind::Removed(format!("{shown} = {}", item.number)));
            }
        }
        self.note(
            path,
            "reserved",
            reserved(&old.reserved, &old.reserved_names),
            reserved(&new.reserved, &new.reserved_names),
        );
        let ranges = |message: In<'_, Message>| reserved(&message.item.extension_ranges, &[]);
        self.note(path, "extensions", ranges(old), ranges(new));
        self.options(path, &old.options, &new.options);
    }

    /// Cardinality and type.
    fn shown(&self, schema: &Schema, field: In<'_, Field>) -> String {
        let kind = kind_of(schema, field);
        match field.item.label {
            Label::None => kind,
            Label::Optional => format!("optional {kind}"),
            Label::Required => format!("required {kind}"),
            Label::Repeated => format!("repeated {kind}"),
        }
    }

    fn field(&mut self, path: &str, old: In<'a, Field>, new: In<'a, Field>) {
        if old.name != new.name {
            self.tell(path, Kind::Renamed { from: old.name.clone(), sure: true });
        }
        let number = |field: In<'_, Field>| Some(field.number.to_string());
        self.note(path, "number", number(old), number(new));
        let (from, to) = (self.shown(self.left, old), self.shown(self.right, new));
        if from != to {
            self.tell(path, Kind::Type { from, to });
        }
        let oneof = |field: In<'_, Field>| -> Option<String> {
            let message = field.file.messages.get(field.parent?)?;
            Some(message.oneofs.get(field.oneof?)?.name.clone())
        };
        self.note(path, "oneof", oneof(old), oneof(new));
        // A name in JSON that follows from the name is no news.
        let follows = |field: In<'_, Field>| option(&field.item.options, "json_name").is_none();
        if !follows(old) || !follows(new) {
            self.note(path, "json_name", Some(json_name(&old)), Some(json_name(&new)));
        }
        self.options(path, &old.options, &new.options);
    }

    fn enumeration(&mut self, path: &str, old: In<'a, Enum>, new: In<'a, Enum>) {
        let at = |found: In<'a, Enum>, number: i64| {
            found.item.values.iter().filter(|value| value.number == number).map(|v| v.name.clone()).collect::<Vec<_>>()
        };
        for value in &new.item.values {
            let path = format!("{path}.{}", value.name);
            let (was, is) = (at(old, value.number), at(new, value.number));
            let elsewhere = old.item.values.iter().find(|old| old.name == value.name);
            match (was.contains(&value.name), elsewhere, was.iter().find(|name| !is.contains(name))) {
                (true, ..) => {}
                (_, Some(old), _) => {
                    self.note(&path, "number", Some(old.number.to_string()), Some(value.number.to_string()));
                }
                (_, None, Some(from)) => self.tell(&path, Kind::Renamed { from: from.clone(), sure: true }),
                (_, None, None) => self.tell(&path, Kind::Added(format!("= {}", value.number))),
            }
        }
        for value in &old.item.values {
            let stays = new.item.values.iter().any(|new| new.name == value.name || new.number == value.number);
            if !stays {
                self.tell(&format!("{path}.{}", value.name), Kind::Removed(format!("= {}", value.number)));
            }
        }
        self.note(
            path,
            "reserved",
            reserved(&old.reserved, &old.reserved_names),
            reserved(&new.reserved, &new.reserved_names),
        );
        self.options(path, &old.options, &new.options);
    }

    fn service(&mut self, path: &str, old: In<'a, Service>, new: In<'a, Service>) {
        let signature = |schema: &Schema, file: &File, method: &Method| {
            let side = |argument: &Argument| {
                let stream = if argument.stream { "stream " } else { "" };
                format!("{stream}{}", schema.name_in(file, None, &argument.kind))
            };
            format!("rpc ({}) returns ({})", side(&method.input), side(&method.output))
        };
        for method in &new.item.methods {
            let path = format!("{path}.{}", method.name);
            let to = signature(self.right, new.file, method);
            match old.item.methods.iter().find(|before| before.name == method.name) {
                Some(before) => {
                    let from = signature(self.left, old.file, before);
                    if from != to {
                        self.tell(&path, Kind::Type { from, to });
                    }
                    self.options(&path, &before.options, &method.options);
                }
                None => self.tell(&path, Kind::Added(to)),
            }
        }
        for method in &old.item.methods {
            if new.item.methods.iter().all(|after| after.name != method.name) {
                let from = signature(self.left, old.file, method);
                self.tell(&format!("{path}.{}", method.name), Kind::Removed(from));
            }
        }
    }

    /// Options that only one side has, or that have another value.
    fn options(&mut self, path: &str, old: &[OptionValue], new: &[OptionValue]) {
        let mut names: Vec<&str> = old.iter().chain(new).map(|option| option.name.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        let value = |options: &[OptionValue], name: &str| option(options, name).map(|said| said.value.clone());
        for name in names.into_iter().filter(|name| *name != "json_name") {
            self.note(path, name, value(old, name), value(new, name));
        }
    }

    /// Syntax, package and options of files of the same name, or of the only one.
    fn files(&mut self) {
        let (old, new) = (self.left.own_files(0), self.right.own_files(0));
        let pairs: Vec<(&str, &File, &File)> = match (self.left.single(), self.right.single()) {
            (Some(old), Some(new)) => vec![(&new.name, old, new)],
            _ => new.iter().filter_map(|(name, new)| Some((*name, *old.get(name)?, *new))).collect(),
        };
        for (name, old, new) in pairs {
            self.note(name, "syntax", Some(old.syntax.to_string()), Some(new.syntax.to_string()));
            self.note(name, "package", Some(old.package.clone()), Some(new.package.clone()));
            self.options(name, &old.options, &new.options);
        }
    }
}

/// Ranges and names, as they are written.
fn reserved(ranges: &[(i64, i64)], names: &[String]) -> Option<String> {
    let mut sorted = ranges.to_vec();
    sorted.sort_unstable();
    let range = |(from, to): (i64, i64)| match (from == to, to >= i64::from(i32::MAX) || to >= 536_870_911) {
        (true, _) => from.to_string(),
        (_, true) => format!("{from} to max"),
        _ => format!("{from} to {to}"),
    };
    let mut names: Vec<String> = names.iter().map(|name| format!("{name:?}")).collect();
    names.sort();
    let all: Vec<String> = sorted.into_iter().map(range).chain(names).collect();
    (!all.is_empty()).then(|| all.join(", "))
}
