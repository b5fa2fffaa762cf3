//! The kinds that Apicurio sorts schemas into before it compares them.
//!
//! A schema whose keywords belong to one kind is of this kind, whether it names its type or not; keywords of several
//! kinds are an `allOf` of one part for each. A list of types is an `anyOf` with the same keywords in each part.

use super::super::super::json_text::{Json, Number, Value};
use super::super::index::Index;

/// Version of the language as Apicurio tells it from `$schema`: without one, draft-04.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Version {
    Four,
    Six,
    Seven,
}

impl Version {
    /// `None`: Apicurio does not compare schemas of this version.
    pub fn of(root: &Json) -> Option<Version> {
        let Some(declared) = root.get("$schema").and_then(Json::text) else { return Some(Version::Four) };
        let name = declared.strip_prefix("http://").or(declared.strip_prefix("https://"))?;
        let name = name.strip_prefix("json-schema.org/")?;
        let known = [
            ("draft-04/schema", Version::Four),
            ("schema", Version::Four),
            ("draft-06/schema", Version::Six),
            ("draft-07/schema", Version::Seven),
        ];
        known.into_iter().find(|(start, _)| name.starts_with(start)).map(|(_, version)| version)
    }

    /// Whether a `format` is checked at all.
    fn knows_format(self, name: &str) -> bool {
        let known = |names: &[&str]| names.contains(&name);
        known(&["date-time", "uri", "email", "ipv4", "ipv6", "hostname"])
            || self >= Version::Six && known(&["json-pointer", "uri-reference", "uri-template"])
            || self >= Version::Seven && known(&["date", "time", "regex", "relative-json-pointer"])
    }
}

/// How parts are combined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum How {
    All,
    Any,
    One,
}

/// What a schema is.
#[derive(Clone)]
pub(super) enum Kind<'a> {
    /// `true` and `{}`.
    Everything,
    /// `false`.
    Nothing,
    Boolean,
    Null,
    Number {
        integer: bool,
    },
    /// `alone`: whether the schema has no part of another kind.
    Text {
        alone: bool,
    },
    Array,
    Object,
    Enum,
    Const,
    Not,
    Condition,
    Combined(How, Vec<Schema<'a>>),
    /// A reference with its target.
    Reference(Option<&'a Json>),
}

/// A schema, or the part of it that is of one kind.
#[derive(Clone)]
pub(super) struct Schema<'a> {
    pub node: &'a Json,
    pub kind: Kind<'a>,
    pub document: Document<'a>,
}

/// What the schema stands in.
#[derive(Clone, Copy)]
pub(super) struct Document<'a> {
    pub index: &'a Index<'a>,
    pub version: Version,
}

/// Schemas that read the same: kinds and texts count, targets of references do not.
impl PartialEq for Schema<'_> {
    fn eq(&self, other: &Self) -> bool {
        let same = match (&self.kind, &other.kind) {
            (Kind::Number { integer: a }, Kind::Number { integer: b }) => a == b,
            (Kind::Combined(a, _), Kind::Combined(b, _)) => a == b,
            (a, b) => std::mem::discriminant(a) == std::mem::discriminant(b),
        };
        same && self.node == other.node
    }
}

const ARRAY: &[&str] = &["items", "additionalItems", "minItems", "maxItems", "uniqueItems"];
const OBJECT: &[&str] = &[
    "properties",
    "required",
    "minProperties",
    "maxProperties",
    "dependencies",
    "patternProperties",
    "additionalProperties",
];
const NUMBER: &[&str] = &["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"];
const TEXT: &[&str] = &["minLength", "maxLength", "pattern", "format"];
const CONDITION: &[&str] = &["if", "then", "else"];

impl<'a> Schema<'a> {
    pub fn of(document: Document<'a>, node: &'a Json) -> Schema<'a> {
        let plain = |kind| Schema { node, kind, document };
        match node.value {
            Value::Bool(true) => return plain(Kind::Everything),
            Value::Bool(false) => return plain(Kind::Nothing),
            _ => {}
        }
        if node.get("$ref").is_some_and(|name| name.text().is_some()) {
            return plain(Kind::Reference(document.index.target(node)));
        }
        let mut kinds: Vec<Kind<'a>> = Vec::new();
        if node.get("enum").is_some() {
            kinds.push(Kind::Enum);
        }
        for (key, how) in [("allOf", How::All), ("anyOf", How::Any), ("oneOf", How::One)] {
            if let Some(list) = node.get(key).and_then(Json::array) {
                kinds.push(Kind::Combined(how, list.iter().map(|part| Schema::of(document, part)).collect()));
            }
        }
        if node.get("not").is_some() {
            kinds.push(Kind::Not);
        }
        if document.version > Version::Four && node.get("const").is_some() {
            kinds.push(Kind::Const);
        }
        let named: Vec<Kind<'a>> = match node.get("type") {
            Some(Json { value: Value::String(name), .. }) => typed(name).into_iter().collect(),
            Some(Json { value: Value::Array(names), .. }) => {
                let parts = names.iter().filter_map(Json::text).filter_map(typed).map(plain).collect();
                vec![Kind::Combined(How::Any, parts)]
            }
            _ => Vec::new(),
        };
        // Keywords that the type has not taken are of the kind that they belong to.
        let taken = |test: fn(&Kind<'_>) -> bool| match named.first() {
            Some(Kind::Combined(_, parts)) => parts.iter().any(|part| test(&part.kind)),
            Some(kind) => test(kind),
            None => false,
        };
        let has = |keys: &[&str]| keys.iter().any(|key| node.get(key).is_some());
        let later = |key: &str| document.version > Version::Four && node.get(key).is_some();
        let mut rest = Vec::new();
        if (has(ARRAY) || later("contains")) && !taken(|kind| matches!(kind, Kind::Array)) {
            rest.push(Kind::Array);
        }
        if (has(OBJECT) || later("propertyNames")) && !taken(|kind| matches!(kind, Kind::Object)) {
            rest.push(Kind::Object);
        }
        if has(NUMBER) && !taken(|kind| matches!(kind, Kind::Number { .. })) {
            rest.push(Kind::Number { integer: false });
        }
        if has(TEXT) && !taken(|kind| matches!(kind, Kind::Text { .. })) {
            rest.push(Kind::Text { alone: false });
        }
        if document.version == Version::Seven && has(CONDITION) {
            rest.push(Kind::Condition);
        }
        kinds.extend(named);
        kinds.extend(rest);
        match kinds.len() {
            0 => plain(Kind::Everything),
            1 => match kinds.swap_remove(0) {
                Kind::Text { .. } => plain(Kind::Text { alone: true }),
                kind => plain(kind),
            },
            _ => plain(Kind::Combined(How::All, kinds.into_iter().map(plain).collect())),
        }
    }

    /// A schema below this one.
    pub fn child(&self, key: &str) -> Option<Schema<'a>> {
        self.node.get(key).map(|node| Schema::of(self.document, node))
    }

    /// The schemas that a member of this one names.
    pub fn named(&self, key: &str) -> Vec<(&'a str, Schema<'a>)> {
        let members = self.node.get(key).and_then(Json::object).unwrap_or_default();
        members.iter().map(|member| (member.key.as_str(), Schema::of(self.document, &member.value))).collect()
    }

    pub fn number(&self, key: &str) -> Option<&'a Number> {
        self.node.get(key).and_then(Json::number)
    }

    /// A list of names.
    pub fn names(&self, key: &str) -> Vec<&'a str> {
        self.node.get(key).and_then(Json::array).unwrap_or_default().iter().filter_map(Json::text).collect()
    }

    /// The `format`, if it is checked.
    pub fn format(&self) -> Option<&'a str> {
        self.node.get("format").and_then(Json::text).filter(|name| self.document.version.knows_format(name))
    }

    /// What is behind a reference, one step.
    pub fn behind(self) -> Schema<'a> {
        match self.kind {
            Kind::Reference(Some(target)) => Schema::of(self.document, target),
            _ => self,
        }
    }
}

fn typed<'a>(name: &str) -> Option<Kind<'a>> {
    Some(match name {
        "string" => Kind::Text { alone: false },
        "integer" => Kind::Number { integer: true },
        "number" => Kind::Number { integer: false },
        "boolean" => Kind::Boolean,
        "null" => Kind::Null,
        "array" => Kind::Array,
        "object" => Kind::Object,
        _ => return None,
    })
}
