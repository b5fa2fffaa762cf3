//! Whether what was written keeps its meaning: in bytes, in ProtoJSON, as a table, and as Confluent decides.
//!
//! Rules: <https://protobuf.dev/programming-guides/proto3/#updating>,
//! <https://protobuf.dev/programming-guides/json/#json-wire-safety>.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::super::finding::{Issue, Severity, Side};
use super::lexer::Span;
use super::model::*;
use super::resolve::{Cardinality, In, Kind, Schema, full, json_name};

/// What a rule set makes of each kind of change; `None`: nothing worth telling.
#[derive(Clone, Copy)]
pub(super) struct Profile {
    /// How types of fields may change.
    types: fn(&Kind, &Kind) -> Fit,
    /// What a change of type that depends on values counts as.
    checked: Option<Severity>,
    /// A field has another name in ProtoJSON.
    renamed: Option<Severity>,
    /// A field has another number.
    renumbered: Option<Severity>,
    /// A field of the writer is unknown to the reader.
    dropped: Option<Severity>,
    /// A singular field of text or messages becomes repeated, or the other way round.
    repeated: Option<Severity>,
    /// The same for a packed field of numbers.
    packed: Option<Severity>,
    /// A value of a closed enum, or of any, is unknown to the reader.
    closed_value: Option<Severity>,
    open_value: Option<Severity>,
    /// A value of an enum has another name.
    value_renamed: Option<Severity>,
    /// A message is gone, or has another name or package.
    message_gone: Option<Severity>,
    /// What an absent field means changed.
    default: Option<Severity>,
    /// A member of a oneof is unknown to the reader.
    member_gone: Option<Severity>,
}

const ERROR: Option<Severity> = Some(Severity::Error);
const WARNING: Option<Severity> = Some(Severity::Warning);
const NOTE: Option<Severity> = Some(Severity::Note);

/// Bytes.
pub(super) const WIRE: Profile = Profile {
    types: on_wire,
    checked: WARNING,
    renamed: None,
    renumbered: ERROR,
    dropped: None,
    repeated: WARNING,
    packed: ERROR,
    closed_value: WARNING,
    open_value: None,
    value_renamed: None,
    message_gone: NOTE,
    default: WARNING,
    member_gone: WARNING,
};

/// ProtoJSON: names count, numbers do not, and unknown names are refused.
pub(super) const JSON: Profile = Profile {
    types: in_json,
    checked: WARNING,
    renamed: ERROR,
    renumbered: None,
    dropped: ERROR,
    repeated: ERROR,
    packed: ERROR,
    closed_value: ERROR,
    open_value: ERROR,
    value_renamed: ERROR,
    message_gone: NOTE,
    default: WARNING,
    member_gone: ERROR,
};

/// Ours: bytes, and a word on everything that other readers stumble over.
pub(super) const FMTCONV: Profile = Profile {
    types: by_value,
    renamed: WARNING,
    dropped: NOTE,
    closed_value: ERROR,
    open_value: NOTE,
    value_renamed: WARNING,
    repeated: ERROR,
    member_gone: ERROR,
    ..WIRE
};

/// What Confluent Schema Registry lets pass: it compares by number, so that a new number is a field that went and one
/// that came.
pub(super) const CONFLUENT: Profile = Profile {
    types: by_group,
    checked: None,
    renamed: None,
    renumbered: None,
    dropped: None,
    repeated: None,
    packed: ERROR,
    closed_value: None,
    open_value: None,
    value_renamed: None,
    message_gone: ERROR,
    default: None,
    member_gone: ERROR,
};

/// The columns of the derived table: types stay.
pub(super) const TABLE: Profile =
    Profile { types: same, repeated: ERROR, renamed: ERROR, renumbered: None, member_gone: None, ..CONFLUENT };

/// What becomes of values when a type changes.
enum Fit {
    Same,
    /// Some values do not fit, or mean something else.
    Checked(&'static str),
    Changed,
}

fn same(is: &Kind, was: &Kind) -> Fit {
    if is.name() == was.name() { Fit::Same } else { Fit::Changed }
}

/// Groups of Confluent's comparison.
fn by_group(is: &Kind, was: &Kind) -> Fit {
    let groups: &[&[&str]] = &[
        &["int32", "int64", "uint32", "uint64", "bool", "enum"],
        &["sint32", "sint64"],
        &["fixed32", "sfixed32"],
        &["fixed64", "sfixed64"],
        &["string", "bytes"],
    ];
    let (is, was) = (is.name(), was.name());
    let together = groups.iter().any(|group| group.contains(&is) && group.contains(&was));
    if is == was || together { Fit::Same } else { Fit::Changed }
}

/// Integers that hold all values of others, with the same encoding.
const WIDER: &[(&str, &str)] = &[
    ("int32", "int64"),
    ("uint32", "uint64"),
    ("uint32", "int64"),
    ("sint32", "sint64"),
    ("bool", "int32"),
    ("bool", "int64"),
    ("bool", "uint32"),
    ("bool", "uint64"),
    ("enum", "int32"),
    ("enum", "int64"),
    ("string", "bytes"),
];

fn on_wire(is: &Kind, was: &Kind) -> Fit {
    let (to, from) = (is.name(), was.name());
    let varint = ["int32", "int64", "uint32", "uint64", "bool", "enum"];
    let both = |group: &[&str]| group.contains(&to) && group.contains(&from);
    if to == from || WIDER.contains(&(from, to)) {
        Fit::Same
    } else if both(&varint) || both(&["sint32", "sint64"]) {
        Fit::Checked("numbers outside the range of the new type become others")
    } else if both(&["fixed32", "sfixed32"]) || both(&["fixed64", "sfixed64"]) {
        Fit::Checked("numbers with the highest bit set become others")
    } else if (from, to) == ("bytes", "string") {
        Fit::Checked("bytes that are not UTF-8 are refused")
    } else if both(&["message", "bytes"]) {
        Fit::Checked("only bytes that are a message fit")
    } else {
        Fit::Changed
    }
}

/// As on the wire, but a boolean, an enum or a message is no other thing that has the same bytes.
fn by_value(is: &Kind, was: &Kind) -> Fit {
    let (to, from) = (is.name(), was.name());
    match ["bool", "enum", "message"].iter().any(|kind| (*kind == to) != (*kind == from)) {
        true => Fit::Changed,
        false => on_wire(is, was),
    }
}

fn in_json(is: &Kind, was: &Kind) -> Fit {
    let (to, from) = (is.name(), was.name());
    let signed = |bits: &str| ["int", "sint", "sfixed"].map(|kind| format!("{kind}{bits}"));
    let unsigned = |bits: &str| ["uint", "fixed"].map(|kind| format!("{kind}{bits}"));
    let is_in = |kind: &str, group: &[String]| group.iter().any(|member| member == kind);
    let (s32, s64, u32s, u64s) = (signed("32"), signed("64"), unsigned("32"), unsigned("64"));
    let integer = |kind: &str| [&s32[..], &s64, &u32s, &u64s].into_iter().any(|group| is_in(kind, group));
    let from_32 = is_in(from, &s32) && (is_in(to, &s32) || is_in(to, &s64));
    let from_64 = is_in(from, &s64) && is_in(to, &s64);
    let from_u32 = is_in(from, &u32s) && (is_in(to, &u32s) || is_in(to, &u64s) || is_in(to, &s64));
    let from_u64 = is_in(from, &u64s) && is_in(to, &u64s);
    let wider = from_32 || from_64 || from_u32 || from_u64;
    let float = |kind: &str| matches!(kind, "float" | "double");
    if to == from || wider || (from, to) == ("float", "double") || (from, to) == ("group", "message") {
        Fit::Same
    } else if integer(from) && integer(to) {
        Fit::Checked("numbers outside the range of the new type are refused")
    } else if (integer(from) || float(from)) && (integer(to) || float(to)) {
        Fit::Checked("numbers that the new type does not hold are refused or rounded")
    } else if (from, to) == ("enum", "string") || (from, to) == ("string", "enum") {
        Fit::Checked("only names of values fit")
    } else {
        Fit::Changed
    }
}

pub(super) fn can_read(reader: &Schema, writer: &Schema, profile: Profile) -> Vec<Issue> {
    let mut walk =
        Walk { reader, writer, profile, seen: HashSet::new(), depth: 0, later: Vec::new(), issues: Vec::new() };
    let new = reader.own_messages();
    let roots: Vec<_> = writer.own_messages().into_iter().filter(|(_, message)| !message.map_entry).collect();
    for (name, old) in roots {
        match new.get(&name) {
            Some(new) => walk.messages(*new, old),
            None => {
                // Another package changes no bytes: the message is looked for by what follows.
                let nested = new.values().find(|message| message.nested == old.nested);
                if let (Some(found), false) = (nested, profile.message_gone == ERROR) {
                    walk.messages(*found, old);
                    continue;
                }
                let message = format!("message {name} is not in {{reader}}");
                walk.tell(
                    profile.message_gone,
                    "proto-message-removed",
                    &name,
                    message,
                    (None, Some((old.file, old.span))),
                );
            }
        }
    }
    while let Some((new, old)) = walk.later.pop() {
        walk.messages(new, old);
    }
    walk.issues
}

/// Messages inside one another that are compared at a time, each on the stack.
const DEPTH_MAX: usize = 50;

type Places<'a> = (Option<(&'a File, Span)>, Option<(&'a File, Span)>);

struct Walk<'a> {
    reader: &'a Schema,
    writer: &'a Schema,
    profile: Profile,
    /// Pairs of messages that were compared.
    seen: HashSet<(usize, usize)>,
    /// How many messages the one that is compared is inside of.
    depth: usize,
    /// Pairs of messages that are too deep for now.
    later: Vec<(In<'a, Message>, In<'a, Message>)>,
    issues: Vec<Issue>,
}

fn address<T>(item: &T) -> usize {
    std::ptr::from_ref(item) as usize
}

impl<'a> Walk<'a> {
    fn tell(&mut self, severity: Option<Severity>, rule: &'static str, path: &str, message: String, at: Places<'_>) {
        let Some(severity) = severity else { return };
        let side = |place: Option<(&File, Span)>| place.map(|(file, span)| Side::at(span.place(&file.name)));
        let (new, old) = (side(at.0).unwrap_or_default(), side(at.1).unwrap_or_default());
        self.issues.push(Issue::error(rule, path, message).severity(severity).sides(new, old));
    }

    fn messages(&mut self, new: In<'a, Message>, old: In<'a, Message>) {
        if self.depth == DEPTH_MAX {
            self.later.push((new, old));
            return;
        }
        if !self.seen.insert((address(new.item), address(old.item))) {
            return;
        }
        self.depth += 1;
        self.members(new, old);
        self.depth -= 1;
    }

    fn members(&mut self, new: In<'a, Message>, old: In<'a, Message>) {
        let path = full(old.file, &old.nested);
        let by_number: HashMap<i64, &'a Field> = new.item.fields.iter().map(|field| (field.number, field)).collect();
        let by_name: BTreeMap<&str, &'a Field> =
            new.item.fields.iter().map(|field| (field.name.as_str(), field)).collect();
        let old_numbers: HashSet<i64> = old.item.fields.iter().map(|field| field.number).collect();
        for field in &old.item.fields {
            let was = In { file: old.file, item: field };
            let here = format!("{path}.{}", field.name);
            let same_name = by_name.get(field.name.as_str()).copied().filter(|found| found.number != field.number);
            if let Some(found) = same_name {
                let message = format!("number changed from {} to {}", field.number, found.number);
                let at = (Some((new.file, found.span)), Some((old.file, field.span)));
                self.tell(self.profile.renumbered, "proto-field-number", &here, message, at);
            }
            // Numbers say which field is meant in bytes, names in JSON.
            let by_names = self.profile.renumbered.is_none() && self.profile.renamed == ERROR;
            let found = match by_names {
                true => new.item.fields.iter().find(|found| json_name(found) == json_name(field)),
                false => by_number.get(&field.number).copied(),
            };
            match found {
                Some(found) => self.fields(In { file: new.file, item: found }, was, (new, old), &here),
                None => self.gone(new, was, &here),
            }
        }
        self.oneofs(new, old, &path);
        self.required(new, old, &old_numbers, &path);
    }

    /// A field that the reader does not know.
    fn gone(&mut self, new: In<'a, Message>, was: In<'a, Field>, path: &str) {
        let at = (Some((new.file, new.span)), Some((was.file, was.span)));
        let oneof = was.oneof.and_then(|oneof| was.file.messages.get(was.parent?)?.oneofs.get(oneof));
        let still = oneof.is_some_and(|oneof| new.oneofs.iter().any(|found| found.name == oneof.name));
        if let (Some(oneof), true) = (oneof, still) {
            let message = format!("member {} of oneof {} is not in {{reader}}", was.name, oneof.name);
            return self.tell(self.profile.member_gone, "proto-oneof-member-removed", path, message, at);
        }
        let message = format!("field {} ({}) of {{writer}} is not in {{reader}}", was.name, was.number);
        self.tell(self.profile.dropped, "proto-field-removed", path, message, at);
    }

    /// Required fields that only one side has.
    fn required(&mut self, new: In<'a, Message>, old: In<'a, Message>, old_numbers: &HashSet<i64>, path: &str) {
        for field in &new.item.fields {
            let is = self.reader.cardinality(In { file: new.file, item: field }) == Cardinality::Required;
            if is && !old_numbers.contains(&field.number) {
                let message = format!("required field {} of {{reader}} is not in {{writer}}", field.name);
                let at = (Some((new.file, field.span)), Some((old.file, old.span)));
                self.tell(ERROR, "proto-required-added", &format!("{path}.{}", field.name), message, at);
            }
        }
        for field in &old.item.fields {
            let was = self.writer.cardinality(In { file: old.file, item: field }) == Cardinality::Required;
            if was && new.fields.iter().all(|found| found.number != field.number) {
                let message = format!("required field {} of {{writer}} is not in {{reader}}", field.name);
                let at = (Some((new.file, new.span)), Some((old.file, field.span)));
                self.tell(ERROR, "proto-required-removed", &format!("{path}.{}", field.name), message, at);
            }
        }
    }

    /// Fields that were independent and now exclude each other.
    fn oneofs(&mut self, new: In<'a, Message>, old: In<'a, Message>, path: &str) {
        for (at, oneof) in new.item.oneofs.iter().enumerate() {
            let members = new.item.fields.iter().filter(|field| field.oneof == Some(at));
            let was_free = |number: i64| old.fields.iter().any(|field| field.number == number && field.oneof.is_none());
            let moved: Vec<_> = members.filter(|field| was_free(field.number)).collect();
            let existed = old.oneofs.iter().any(|found| found.name == oneof.name);
            if moved.len() > 1 || existed && !moved.is_empty() {
                let names = moved.iter().map(|field| field.name.as_str()).collect::<Vec<_>>().join(", ");
                let message = format!("{names} can no longer be set beside other members of oneof {}", oneof.name);
                let at = (Some((new.file, moved[0].span)), Some((old.file, old.span)));
                self.tell(ERROR, "proto-fields-to-oneof", path, message, at);
            }
        }
    }

    fn fields(
        &mut self,
        new: In<'a, Field>,
        old: In<'a, Field>,
        around: (In<'a, Message>, In<'a, Message>),
        path: &str,
    ) {
        let at = (Some((new.file, new.span)), Some((old.file, old.span)));
        let (is, was) = (json_name(&new), json_name(&old));
        if is != was && !around.0.map_entry {
            let message = format!("name changed from {was} to {is}");
            self.tell(self.profile.renamed, "proto-field-name", path, message, at);
        }
        let (kind, before) = (self.reader.kind(new), self.writer.kind(old));
        self.cardinalities(new, old, &kind, path);
        let types = (Some((new.file, new.kind_span)), Some((old.file, old.kind_span)));
        match (self.profile.types)(&kind, &before) {
            Fit::Changed => {
                let message = format!("type changed from {} to {}", before.shown(), kind.shown());
                return self.tell(ERROR, "proto-field-type", path, message, types);
            }
            Fit::Checked(why) => {
                let message = format!("type changed from {} to {}: {why}", before.shown(), kind.shown());
                self.tell(self.profile.checked, "proto-field-type-checked", path, message, types);
            }
            Fit::Same => {}
        }
        let default = |field: In<'_, Field>| option(&field.item.options, "default").map(|said| said.value.clone());
        if default(new) != default(old) {
            let message = "default changed: what an absent value means is another one".to_owned();
            self.tell(self.profile.default, "proto-default", path, message, at);
        }
        match (&kind, &before) {
            (Kind::Enum(new), Kind::Enum(old)) => {
                if let (Some(new), Some(old)) = (self.reader.enumeration(new), self.writer.enumeration(old)) {
                    self.enums(new, old);
                }
            }
            (Kind::Message(is) | Kind::Group(is), Kind::Message(was) | Kind::Group(was)) => {
                let renamed = is != was && !around.0.map_entry && new.map.is_none();
                if renamed && self.profile.message_gone == ERROR {
                    let message = format!("type changed from {was} to {is}");
                    self.tell(ERROR, "proto-field-type", path, message, types);
                } else if let (Some(new), Some(old)) = (self.reader.message(is), self.writer.message(was)) {
                    self.messages(new, old);
                }
            }
            _ => {}
        }
    }

    fn cardinalities(&mut self, new: In<'a, Field>, old: In<'a, Field>, kind: &Kind, path: &str) {
        let (is, was) = (self.reader.cardinality(new), self.writer.cardinality(old));
        let many = |cardinality: Cardinality| matches!(cardinality, Cardinality::Repeated | Cardinality::Map);
        let at = (Some((new.file, new.span)), Some((old.file, old.span)));
        let message = format!("changed from {was} to {is}");
        if (is == Cardinality::Required) != (was == Cardinality::Required) {
            self.tell(ERROR, "proto-required", path, message, at);
        } else if many(is) != many(was) {
            let text = matches!(kind.name(), "string" | "bytes" | "message");
            let severity = if text { self.profile.repeated } else { self.profile.packed };
            self.tell(severity, "proto-repeated", path, message, at);
        } else if is != was && many(is) {
            // A map is a list of entries in bytes, but not in JSON.
            self.tell(if self.profile.renamed == ERROR { ERROR } else { WARNING }, "proto-map", path, message, at);
        } else if is != was {
            let severity = if self.profile.checked.is_some() { NOTE } else { None };
            self.tell(severity, "proto-presence", path, message, at);
        }
    }

    fn enums(&mut self, new: In<'a, Enum>, old: In<'a, Enum>) {
        if !self.seen.insert((address(new.item), address(old.item))) {
            return;
        }
        for value in &old.item.values {
            let path = format!("{}.{}", full(old.file, &old.nested), value.name);
            let named = new.item.values.iter().find(|found| found.name == value.name);
            let numbered = new.item.values.iter().find(|found| found.number == value.number);
            let place = named.or(numbered).map_or(new.span, |found| found.span);
            let at = (Some((new.file, place)), Some((old.file, value.span)));
            match (named, numbered) {
                (Some(named), _) if named.number == value.number => {}
                (Some(named), _) => {
                    let message = format!("number of {} changed from {} to {}", value.name, value.number, named.number);
                    let severity = if self.profile.renumbered.is_some() { ERROR } else { None };
                    self.tell(severity, "proto-enum-number", &path, message, at);
                }
                (None, Some(numbered)) => {
                    let message =
                        format!("value {} changed its name from {} to {}", value.number, value.name, numbered.name);
                    self.tell(self.profile.value_renamed, "proto-enum-name", &path, message, at);
                }
                (None, None) => {
                    let closed = self.reader.is_closed(new);
                    let severity = if closed { self.profile.closed_value } else { self.profile.open_value };
                    let message = format!("value {} ({}) of {{writer}} is not in {{reader}}", value.name, value.number);
                    self.tell(severity, "proto-enum-value", &path, message, at);
                }
            }
        }
    }
}
