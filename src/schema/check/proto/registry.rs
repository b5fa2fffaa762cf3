//! What Karapace and Apicurio Registry decide.

use std::collections::{BTreeMap, HashSet};

use super::super::finding::{Issue, Side};

use super::lexer::Span;
use super::model::*;
use super::ranges::{covers, is_reserved};
use super::resolve::{In, Kind, Schema, full};

type Place<'a> = Option<(&'a File, Span)>;

fn issue(rule: &'static str, path: &str, message: String, new: Place<'_>, old: Place<'_>) -> Issue {
    let side = |place: Place<'_>| place.map(|(file, span)| Side::at(span.place(&file.name))).unwrap_or_default();
    Issue::error(rule, path, message).sides(side(new), side(old))
}

/// Karapace: by names of messages and numbers of fields, independent of the package. Fields and values may go, messages
/// may not.
pub(super) fn karapace(reader: &Schema, writer: &Schema) -> Vec<Issue> {
    let mut walk = Karapace { reader, writer, open: HashSet::new(), issues: Vec::new() };
    let by_name = |schema: &'_ Schema| -> BTreeMap<String, String> {
        schema.own_messages().into_iter().map(|(full, message)| (message.item.nested.clone(), full)).collect()
    };
    let new = by_name(reader);
    let messages = writer.own_messages();
    for (nested, name) in by_name(writer) {
        let Some(old) = messages.get(&name).filter(|message| !message.map_entry) else { continue };
        match new.get(&nested).and_then(|name| reader.message(name)) {
            Some(found) => walk.messages(found, *old),
            None => {
                let message = format!("message {nested} is not in {{reader}}");
                walk.issues.push(issue("proto-message-removed", &name, message, None, Some((old.file, old.span))));
            }
        }
    }
    walk.issues
}

struct Karapace<'a> {
    reader: &'a Schema,
    writer: &'a Schema,
    /// Pairs that are being compared, or were.
    open: HashSet<(usize, usize)>,
    issues: Vec<Issue>,
}

/// Kinds of scalars that Karapace lets become each other.
const KINDS: &[(&str, &[&str])] = &[
    ("varint", &["int32", "int64", "uint32", "uint64", "bool", "enum"]),
    ("zigzag", &["sint32", "sint64"]),
    ("double", &["double"]),
    ("fixed64", &["fixed64", "sfixed64"]),
    ("float", &["float"]),
    ("fixed32", &["fixed32", "sfixed32"]),
    ("text", &["string", "bytes"]),
];

fn kind_of(kind: &Kind) -> Option<&'static str> {
    KINDS.iter().find(|(_, members)| members.contains(&kind.name())).map(|(name, _)| *name)
}

impl<'a> Karapace<'a> {
    fn tell(&mut self, rule: &'static str, path: &str, message: String, new: Place<'_>, old: Place<'_>) {
        self.issues.push(issue(rule, path, message, new, old));
    }

    fn messages(&mut self, new: In<'a, Message>, old: In<'a, Message>) {
        let address = |message: In<'_, Message>| std::ptr::from_ref(message.item) as usize;
        if !self.open.insert((address(new), address(old))) {
            return;
        }
        let path = full(old.file, &old.nested);
        let plain = |message: In<'a, Message>| message.item.fields.iter().filter(|field| field.oneof.is_none());
        let mut old_fields: BTreeMap<i64, &'a Field> = plain(old).map(|field| (field.number, field)).collect();
        for (at, oneof) in new.item.oneofs.iter().enumerate() {
            let members = new.item.fields.iter().filter(|field| field.oneof == Some(at));
            let moved = members.filter(|field| old_fields.remove(&field.number).is_some()).count();
            if moved > 1 {
                let message = format!("{moved} fields became members of oneof {}", oneof.name);
                self.tell(
                    "proto-fields-to-oneof",
                    &path,
                    message,
                    Some((new.file, new.span)),
                    Some((old.file, old.span)),
                );
            }
        }
        for field in old_fields.into_values() {
            if let Some(renumbered) = plain(new).find(|found| found.name == field.name && found.number != field.number)
            {
                let message =
                    format!("number of {} changed from {} to {}", field.name, field.number, renumbered.number);
                let path = format!("{path}.{}", field.name);
                let places = (Some((new.file, renumbered.span)), Some((old.file, field.span)));
                self.tell("proto-field-number", &path, message, places.0, places.1);
            }
            if let Some(found) = plain(new).find(|found| found.number == field.number) {
                self.fields(In { file: new.file, item: found }, In { file: old.file, item: field }, &path);
            }
        }
        for (at, oneof) in old.item.oneofs.iter().enumerate() {
            let Some(place) = new.item.oneofs.iter().position(|found| found.name == oneof.name) else { continue };
            for field in old.item.fields.iter().filter(|field| field.oneof == Some(at)) {
                let found = new.item.fields.iter().find(|f| f.oneof == Some(place) && f.number == field.number);
                match found {
                    Some(found) => {
                        self.fields(In { file: new.file, item: found }, In { file: old.file, item: field }, &path)
                    }
                    None => {
                        let message = format!("{} was taken out of oneof {}", field.name, oneof.name);
                        let path = format!("{path}.{}", field.name);
                        let places = (Some((new.file, new.span)), Some((old.file, field.span)));
                        self.tell("proto-oneof-member-removed", &path, message, places.0, places.1);
                    }
                }
            }
        }
    }

    fn fields(&mut self, new: In<'a, Field>, old: In<'a, Field>, path: &str) {
        let path = format!("{path}.{}", old.name);
        let places = (Some((new.file, new.kind_span)), Some((old.file, old.kind_span)));
        match (new.map.is_some(), old.map.is_some()) {
            (false, false) => {}
            (true, true) => {
                let entry = |schema: &'a Schema, field: In<'a, Field>| {
                    schema.kind(field).declared().and_then(|name| schema.message(name))
                };
                if let (Some(new), Some(old)) = (entry(self.reader, new), entry(self.writer, old)) {
                    for (new_part, old_part) in new.item.fields.iter().zip(&old.item.fields) {
                        let (new, old) = (In { file: new.file, item: new_part }, In { file: old.file, item: old_part });
                        self.fields(new, old, &path);
                    }
                }
                return;
            }
            _ => {
                let message = format!("{} changed between a map and something else", old.name);
                return self.tell("proto-field-kind", &path, message, places.0, places.1);
            }
        }
        let (is, was) = (self.reader.kind(new), self.writer.kind(old));
        match (kind_of(&is), kind_of(&was)) {
            (Some(is_kind), Some(was_kind)) => {
                if new.label != old.label && was_kind != "text" {
                    let message = format!("label of {} changed", old.name);
                    self.tell("proto-field-label", &path, message, places.0, places.1);
                }
                if is_kind != was_kind {
                    let message = format!("type of {} changed from {} to {}", old.name, was.shown(), is.shown());
                    self.tell("proto-field-kind", &path, message, places.0, places.1);
                }
            }
            (None, None) => self.declared(&is, &was, places, &path),
            _ => {
                let message = format!("type of {} changed from {} to {}", old.name, was.shown(), is.shown());
                self.tell("proto-field-kind", &path, message, places.0, places.1);
            }
        }
    }

    /// Messages as types of fields: those of another name are not looked into.
    fn declared(&mut self, is: &Kind, was: &Kind, places: (Place<'_>, Place<'_>), path: &str) {
        let (is, was) = (is.declared().unwrap_or_default(), was.declared().unwrap_or_default());
        match (self.reader.message(is), self.writer.message(was)) {
            (Some(new), Some(old)) if new.nested == old.nested => self.messages(new, old),
            (Some(_), Some(_)) => {}
            _ if is == was => {}
            _ => self.tell("proto-field-type", path, format!("type changed from {was} to {is}"), places.0, places.1),
        }
    }
}

/// Apicurio: by names of messages and fields; what goes must be reserved by name and number.
pub(super) fn apicurio(reader: &Schema, writer: &Schema) -> Vec<Issue> {
    let mut issues = Vec::new();
    let by_nested = |schema: &'_ Schema| -> BTreeMap<String, String> {
        schema.own_messages().into_iter().map(|(full, message)| (message.item.nested.clone(), full)).collect()
    };
    let (new, old) = (by_nested(reader), by_nested(writer));
    let none = Message::default();
    for (nested, name) in &old {
        let Some(old) = writer.message(name).filter(|message| !message.map_entry) else { continue };
        let found = new.get(nested).and_then(|name| reader.message(name));
        let new = found.unwrap_or(In { file: old.file, item: &none });
        let place = found.map(|found| (found.file, found.span));
        messages((reader, new, place), (writer, old), &mut issues);
    }
    enums(reader, writer, &mut issues);
    services(reader, writer, &mut issues);
    issues
}

fn messages(
    (reader, new, place): (&Schema, In<'_, Message>, Place<'_>),
    (writer, old): (&Schema, In<'_, Message>),
    issues: &mut Vec<Issue>,
) {
    let path = full(old.file, &old.nested);
    let whole = Some((old.file, old.span));
    for field in &new.item.fields {
        if is_reserved(&old.reserved, field.number) || old.reserved_names.contains(&field.name) {
            let message = format!("field {} uses a reserved name or number", field.name);
            issues.push(issue("proto-reserved-used", &path, message, Some((new.file, field.span)), whole));
        }
        let required = field.label == Label::Required && old.file.syntax == Syntax::Proto2;
        if required && old.fields.iter().all(|known| known.name != field.name) {
            let message = format!("required field {} was added", field.name);
            issues.push(issue("proto-required-added", &path, message, Some((new.file, field.span)), whole));
        }
    }
    let unreserved = old.reserved.iter().any(|range| !covers(*range, &new.reserved))
        || old.reserved_names.iter().any(|name| !new.reserved_names.contains(name));
    if unreserved {
        let message = format!("reserved names or numbers of {} were removed", old.nested);
        issues.push(issue("proto-reserved-removed", &path, message, place, whole));
    }
    for field in &old.item.fields {
        let path = format!("{path}.{}", field.name);
        let was = Some((old.file, field.span));
        let here = new.item.fields.iter().find(|found| found.name == field.name);
        let at_number = new.item.fields.iter().find(|found| found.number == field.number);
        let number_reserved = is_reserved(&new.reserved, field.number);
        let name_reserved = new.reserved_names.contains(&field.name);
        match here {
            Some(found) => {
                let place = Some((new.file, found.span));
                if found.number != field.number {
                    let message = format!("number changed from {} to {}", field.number, found.number);
                    issues.push(issue("proto-field-number", &path, message, place, was));
                }
                let of = |schema: &Schema, file, item: &Field| match &item.map {
                    Some((key, value)) => format!("map<{key}, {value}>"),
                    None => schema.kind(In { file, item }).shown(),
                };
                let (is, before) = (of(reader, new.file, found), of(writer, old.file, field));
                if is != before {
                    let message = format!("type changed from {before} to {is}");
                    issues.push(issue("proto-field-type", &path, message, place, was));
                }
                if found.label != field.label {
                    issues.push(issue("proto-field-label", &path, "label changed".to_owned(), place, was));
                }
            }
            None if !name_reserved || !number_reserved && at_number.is_none() => {
                let message = format!("field {} was removed without reserving its name and number", field.name);
                issues.push(
                    issue("proto-field-removed", &path, message, place, was)
                        .hint(format!("reserved {}; reserved {:?};", field.number, field.name)),
                );
            }
            None => {}
        }
        if let Some(found) = at_number.filter(|found| found.name != field.name) {
            let message = format!("name of field {} changed from {} to {}", field.number, field.name, found.name);
            issues.push(issue("proto-field-name", &path, message, Some((new.file, found.span)), was));
        }
    }
}

fn enums(reader: &Schema, writer: &Schema, issues: &mut Vec<Issue>) {
    let new: BTreeMap<String, In<'_, Enum>> =
        reader.own_enums().into_values().map(|found| (found.item.nested.clone(), found)).collect();
    for old in writer.own_enums().into_values() {
        let Some(new) = new.get(&old.nested) else { continue };
        for value in &old.item.values {
            let path = format!("{}.{}", full(old.file, &old.nested), value.name);
            let was = Some((old.file, value.span));
            if let Some(found) =
                new.item.values.iter().find(|found| found.name == value.name && found.number != value.number)
            {
                let message = format!("number changed from {} to {}", value.number, found.number);
                issues.push(issue("proto-enum-number", &path, message, Some((new.file, found.span)), was));
            }
            if new.item.values.iter().all(|found| found.name != value.name || found.number != value.number) {
                let found = new.item.values.iter().find(|found| found.number == value.number);
                let place = Some((new.file, found.map_or(new.span, |found| found.span)));
                let name = found.map_or("nothing", |found| &found.name);
                let message = format!("name of value {} changed from {} to {name}", value.number, value.name);
                issues.push(issue("proto-enum-name", &path, message, place, was));
            }
        }
    }
}

fn services(reader: &Schema, writer: &Schema, issues: &mut Vec<Issue>) {
    let new: BTreeMap<String, In<'_, Service>> =
        reader.own_services().into_values().map(|found| (found.item.name.clone(), found)).collect();
    for old in writer.own_services().into_values() {
        let found = new.get(&old.name);
        for method in &old.item.methods {
            let path = format!("{}.{}", full(old.file, &old.name), method.name);
            let was = Some((old.file, method.span));
            let place = found.map(|service| (service.file, service.span));
            let same = found.and_then(|service| service.item.methods.iter().find(|m| m.name == method.name));
            match same {
                None => {
                    let message = format!("rpc {} was removed", method.name);
                    issues.push(issue("proto-rpc-removed", &path, message, place, was));
                }
                Some(now) => {
                    let signature = |method: &Method| {
                        let side = |argument: &Argument| (argument.kind.clone(), argument.stream);
                        (side(&method.input), side(&method.output))
                    };
                    if signature(now) != signature(method) {
                        let message = format!("signature of rpc {} changed", method.name);
                        let place = found.map(|service| (service.file, now.span));
                        issues.push(issue("proto-rpc-signature", &path, message, place, was));
                    }
                }
            }
        }
    }
}
