//! Karapace's comparison: keyword by keyword, by the kind of schema on both sides.
//!
//! It is stricter than the sets of values in some places (an array that drops `items`) and looser in others (`required`
//! of properties that both sides declare, `uniqueItems`, `multipleOf`, `propertyNames`, `format` are not looked at).

use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};

use super::super::finding::{Issue, Side};
use super::super::json_text::{Json, Member, Value};
use super::index::{Index, id};
use super::pattern;
use crate::error::{Error, Result};

/// Levels at most, references included.
const DEPTH_MAX: usize = 150;

pub(super) fn can_read(reader: &Index<'_>, writer: &Index<'_>) -> Result<Vec<Issue>> {
    let mut walk = Walk { reader, writer, open: HashSet::new(), known: HashMap::new(), too_deep: false };
    let issues = walk.schemas(Some(&reader.schema.root), Some(&writer.schema.root), "#");
    if walk.too_deep {
        let error = Error::limit(format!("schemas that refer to one another more than {DEPTH_MAX} levels deep"));
        return Err(error.in_source(reader.schema.file.clone()));
    }
    Ok(issues)
}

/// What a schema describes at first sight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// No schema where one could stand, or the type `null`.
    Null,
    /// `true` or `false`.
    Constant,
    AllOf,
    AnyOf,
    OneOf,
    Not,
    Enum,
    Boolean,
    Number,
    Integer,
    String,
    Object,
    Array,
}

impl Kind {
    fn combines(self) -> bool {
        matches!(self, Kind::AllOf | Kind::AnyOf | Kind::OneOf)
    }
    fn is_number(self) -> bool {
        matches!(self, Kind::Number | Kind::Integer)
    }
}

/// A schema as it is compared: a node, or a node with one of its types.
#[derive(Clone, Copy)]
struct Part<'a> {
    node: &'a Json,
    only: Option<&'a Json>,
}

impl<'a> Part<'a> {
    fn get(self, key: &str) -> Option<&'a Json> {
        if key == "type" && self.only.is_some() { self.only } else { self.node.get(key) }
    }
    fn members(self) -> (Vec<Part<'a>>, Option<Kind>) {
        if let Some(types) = self.get("type").and_then(Json::array) {
            return (types.iter().map(|only| Part { node: self.node, only: Some(only) }).collect(), Some(Kind::AnyOf));
        }
        for (key, kind) in [("allOf", Kind::AllOf), ("anyOf", Kind::AnyOf), ("oneOf", Kind::OneOf)] {
            if let Some(list) = self.node.get(key).and_then(Json::array) {
                return (list.iter().map(|node| Part { node, only: None }).collect(), Some(kind));
            }
        }
        match self.node.get("not") {
            Some(node) => (vec![Part { node, only: None }], Some(Kind::Not)),
            None => (Vec::new(), None),
        }
    }
    fn kind(self) -> Kind {
        if self.node.bool().is_some() {
            return Kind::Constant;
        }
        if let (_, Some(kind)) = self.members() {
            return kind;
        }
        match self.get("type").and_then(Json::text) {
            Some("null") => Kind::Null,
            Some("boolean") => Kind::Boolean,
            Some("number") => Kind::Number,
            Some("integer") => Kind::Integer,
            Some("string") => Kind::String,
            Some("array") => Kind::Array,
            None if self.node.get("enum").is_some() => Kind::Enum,
            _ => Kind::Object,
        }
    }
    fn is_true(self) -> bool {
        self.node.bool() == Some(true)
    }
}

/// A keyword whose value may only be loosened. `Ordering`: how the reader's value may not compare to the writer's;
/// `None`: the values must be equal.
type Assertion = (&'static str, Option<Ordering>);

const NUMBER: &[Assertion] = &[
    ("maximum", Some(Ordering::Less)),
    ("minimum", Some(Ordering::Greater)),
    ("exclusiveMaximum", Some(Ordering::Less)),
    ("exclusiveMinimum", Some(Ordering::Greater)),
];
const STRING: &[Assertion] =
    &[("maxLength", Some(Ordering::Less)), ("minLength", Some(Ordering::Greater)), ("pattern", None)];
const OBJECT: &[Assertion] = &[("maxProperties", Some(Ordering::Less)), ("minProperties", Some(Ordering::Greater))];
const ARRAY: &[Assertion] = &[("maxItems", Some(Ordering::Less)), ("minItems", Some(Ordering::Greater))];

struct Walk<'a> {
    reader: &'a Index<'a>,
    writer: &'a Index<'a>,
    /// Pairs that are being compared: recursive schemas are assumed to fit.
    open: HashSet<(usize, usize)>,
    /// Pairs that were compared, and whether they fit: schemas that are referred to often are looked into once.
    known: HashMap<(usize, usize), bool>,
    too_deep: bool,
}

impl<'a> Walk<'a> {
    fn issue(&self, rule: &'static str, path: &str, message: String, r: Option<&Json>, w: Option<&Json>) -> Issue {
        let reader = r.map(|node| Side::new(self.reader.place(node), node.brief())).unwrap_or_default();
        let writer = w.map(|node| Side::new(self.writer.place(node), node.brief())).unwrap_or_default();
        Issue::error(rule, path, message).sides(reader, writer)
    }

    fn schemas(&mut self, r: Option<&'a Json>, w: Option<&'a Json>, path: &str) -> Vec<Issue> {
        match (r, w) {
            (None, None) => Vec::new(),
            (Some(_), None) => {
                vec![self.issue("json-schema-added", path, "values were free in {writer}".to_owned(), r, w)]
            }
            (None, Some(_)) => {
                vec![self.issue("json-schema-removed", path, "{reader} has no schema here".to_owned(), r, w)]
            }
            (Some(r), Some(w)) => {
                let (r, w) = (self.reader.followed(r), self.writer.followed(w));
                let key = (id(r), id(w));
                match self.known.get(&key) {
                    Some(true) => return Vec::new(),
                    Some(false) => {
                        return vec![self.mismatch(Part { node: r, only: None }, Part { node: w, only: None }, path)];
                    }
                    None => {}
                }
                // `open` has one pair for each level.
                self.too_deep |= self.open.len() >= DEPTH_MAX;
                if self.too_deep || !self.open.insert(key) {
                    return Vec::new();
                }
                let issues = self.parts(Part { node: r, only: None }, Part { node: w, only: None }, path);
                self.open.remove(&key);
                self.known.insert(key, issues.is_empty());
                issues
            }
        }
    }

    /// A part again as a schema: one with a single type stays what it is.
    fn part(&mut self, r: Part<'a>, w: Part<'a>, path: &str) -> Vec<Issue> {
        match (r.only, w.only) {
            (None, None) => self.schemas(Some(r.node), Some(w.node), path),
            _ => {
                let node = |part: Part<'a>, index: &Index<'a>| match part.only {
                    None => Part { node: index.followed(part.node), only: None },
                    Some(_) => part,
                };
                let (r, w) = (node(r, self.reader), node(w, self.writer));
                self.parts(r, w, path)
            }
        }
    }

    fn parts(&mut self, r: Part<'a>, w: Part<'a>, path: &str) -> Vec<Issue> {
        let (reader, writer) = (r.kind(), w.kind());
        let numbers = reader.is_number() && writer.is_number();
        let combined = reader.combines() || writer.combines();
        let objects = (reader == Kind::Object || r.is_true()) && (writer == Kind::Object || w.is_true());
        if numbers {
            let mut issues = self.assertions(NUMBER, r, w, path);
            if reader == Kind::Integer && writer == Kind::Number {
                let message = "numbers are not readable as integers".to_owned();
                issues.push(self.issue("json-type-narrowed", path, message, Some(r.node), Some(w.node)));
            }
            return issues;
        }
        if combined {
            return self.combinations(r, w, path);
        }
        if objects {
            return self.objects(r, w, path);
        }
        if reader != writer {
            return vec![self.mismatch(r, w, path)];
        }
        match reader {
            Kind::Not => self.schemas(r.node.get("not"), w.node.get("not"), &format!("{path}/not")),
            Kind::String => self.assertions(STRING, r, w, path),
            Kind::Array => self.arrays(r, w, path),
            Kind::Enum => self.enums(r, w, path),
            _ => Vec::new(),
        }
    }

    fn mismatch(&self, r: Part<'_>, w: Part<'_>, path: &str) -> Issue {
        let message = match w.kind() == r.kind() {
            true => "the schemas do not fit".to_owned(),
            false => format!("{:?} is not readable as {:?}", w.kind(), r.kind()).to_lowercase(),
        };
        self.issue("json-type-changed", path, message, Some(r.node), Some(w.node))
    }

    fn assertions(&self, table: &[Assertion], r: Part<'_>, w: Part<'_>, path: &str) -> Vec<Issue> {
        let mut issues = Vec::new();
        for (key, stricter) in table {
            let (new, old) = (r.get(key), w.get(key));
            let message = match (new, old) {
                (Some(_), None) => format!("{key} was not there in {{writer}}"),
                (Some(new), Some(old)) => {
                    let narrowed = match (stricter, new.number(), old.number()) {
                        (Some(stricter), Some(new), Some(old)) => new.cmp(old) == *stricter,
                        _ => new != old,
                    };
                    if !narrowed {
                        continue;
                    }
                    format!("{key} allows less in {{reader}} than in {{writer}}")
                }
                _ => continue,
            };
            issues.push(self.issue("json-assertion", &format!("{path}/{key}"), message, new, old));
        }
        issues
    }

    fn enums(&self, r: Part<'_>, w: Part<'_>, path: &str) -> Vec<Issue> {
        let (new, old) = (listed(r), listed(w));
        let gone: Vec<_> = old.iter().filter(|value| !new.contains(value)).map(Json::brief).collect();
        if gone.is_empty() {
            return Vec::new();
        }
        let message = format!("{} not in the enum of {{reader}}", gone.join(", "));
        vec![self.issue("json-enum-narrowed", &format!("{path}/enum"), message, r.node.get("enum"), w.node.get("enum"))]
    }

    fn arrays(&mut self, r: Part<'a>, w: Part<'a>, path: &str) -> Vec<Issue> {
        let (new, old) = (r.node.get("items"), w.node.get("items"));
        let (tuple, old_tuple) = (new.and_then(Json::array), old.and_then(Json::array));
        let mut issues = match (tuple, old_tuple) {
            (None, None) => self.schemas(new, old, &format!("{path}/items")),
            (Some(tuple), Some(old_tuple)) => self.tuples((r, tuple), (w, old_tuple), path),
            _ => return vec![self.mismatch(r, w, path)],
        };
        issues.extend(self.assertions(ARRAY, r, w, path));
        issues
    }

    fn tuples(&mut self, (r, new): (Part<'a>, &'a [Json]), (w, old): (Part<'a>, &'a [Json]), path: &str) -> Vec<Issue> {
        let mut issues = Vec::new();
        for (at, (new, old)) in new.iter().zip(old).enumerate() {
            issues.extend(self.schemas(Some(new), Some(old), &format!("{path}/items/{at}")));
        }
        let (rest, old_rest) = (r.node.get("additionalItems"), w.node.get("additionalItems"));
        if rest.is_some_and(|rest| rest.bool() != Some(true)) {
            // Further items of the writer pass only as objects, whatever the reader says about additional items.
            for (at, item) in old.iter().enumerate().skip(new.len()) {
                let kind = Part { node: self.writer.followed(item), only: None }.kind();
                if !matches!(kind, Kind::Object | Kind::Constant) {
                    let message = format!("item {at} is not allowed in {{reader}}");
                    issues.push(self.issue(
                        "json-item-removed",
                        &format!("{path}/items/{at}"),
                        message,
                        rest,
                        Some(item),
                    ));
                }
            }
        }
        if new.len() > old.len() {
            let message = format!("{{reader}} restricts {} items, {{writer}} {}", new.len(), old.len());
            issues.push(self.issue("json-item-added", path, message, r.node.get("items"), w.node.get("items")));
        }
        let closed = |rest: Option<&Json>| rest.and_then(Json::bool) == Some(false);
        if closed(rest) && !closed(old_rest) {
            let message = "additional items are no longer allowed".to_owned();
            issues.push(self.issue(
                "json-additional-items",
                &format!("{path}/additionalItems"),
                message,
                rest,
                old_rest,
            ));
        }
        issues
    }

    fn objects(&mut self, r: Part<'a>, w: Part<'a>, path: &str) -> Vec<Issue> {
        let members = |part: Part<'a>, key: &str| -> &'a [Member] {
            part.node.get(key).and_then(Json::object).unwrap_or_default()
        };
        let (new, old) = (members(r, "properties"), members(w, "properties"));
        let new_map: HashMap<&str, &Json> = new.iter().map(|m| (m.key.as_str(), &m.value)).collect();
        let old_map: HashMap<&str, &Json> = old.iter().map(|m| (m.key.as_str(), &m.value)).collect();
        let mut issues = Vec::new();
        for member in new {
            let Some(was) = old_map.get(member.key.as_str()) else { continue };
            let here = format!("{path}/properties/{}", member.key);
            let demands = |node: &Json| node.get("required").is_some_and(|value| value.bool() != Some(false));
            if demands(self.reader.followed(&member.value)) && !demands(self.writer.followed(was)) {
                let message = format!("property {} became required", member.key);
                issues.push(self.issue("json-property-required", &here, message, Some(&member.value), Some(was)));
            }
            issues.extend(self.schemas(Some(&member.value), Some(was), &here));
        }
        let unknown_to_reader: Vec<&Member> = old.iter().filter(|m| !new_map.contains_key(m.key.as_str())).collect();
        let unknown_to_writer: Vec<&Member> = new.iter().filter(|m| !old_map.contains_key(m.key.as_str())).collect();
        if !unknown_to_reader.is_empty() && !is_open(r) {
            for member in unknown_to_reader {
                let here = format!("{path}/properties/{}", member.key);
                match covering(r, &member.key) {
                    None => {
                        let message = format!("property {} is not accepted any more", member.key);
                        issues.push(self.issue("json-property-removed", &here, message, None, Some(&member.value)));
                    }
                    Some(covering) => issues.extend(self.schemas(Some(covering), Some(&member.value), &here)),
                }
            }
        } else if !unknown_to_writer.is_empty() {
            issues.extend(self.added(r, w, &unknown_to_writer, path));
        }
        issues.extend(self.dependencies(r, w, path));
        issues.extend(self.assertions(OBJECT, r, w, path));
        let (rest, old_rest) = (r.node.get("additionalProperties"), w.node.get("additionalProperties"));
        let here = format!("{path}/additionalProperties");
        match (rest, old_rest) {
            (Some(_), None) => {
                let message = "additional properties were free in {writer}".to_owned();
                issues.push(self.issue("json-additional-properties", &here, message, rest, old_rest));
            }
            (Some(new), Some(old)) if says_something(new) && says_something(old) => {
                issues.extend(self.schemas(rest, old_rest, &here));
            }
            _ => {}
        }
        issues
    }

    /// Properties that only the reader declares.
    fn added(&mut self, r: Part<'a>, w: Part<'a>, added: &[&'a Member], path: &str) -> Vec<Issue> {
        let mut issues = Vec::new();
        if is_open(w) {
            let names: Vec<_> = added.iter().map(|member| member.key.as_str()).collect();
            let message = format!("{} could have any value in {{writer}}, which is open", names.join(", "));
            let here = format!("{path}/properties/{}", added[0].key);
            let issue = self.issue("json-property-added-to-open-model", &here, message, Some(&added[0].value), None);
            issues.push(issue.hint("declare additionalProperties: false before properties are added"));
            return issues;
        }
        let required = r.node.get("required").and_then(Json::array).unwrap_or_default();
        for member in added {
            let here = format!("{path}/properties/{}", member.key);
            let covering = covering(w, &member.key).filter(|schema| schema.bool() != Some(false));
            if let Some(covering) = covering {
                issues.extend(self.schemas(Some(&member.value), Some(covering), &here));
            }
            if required.iter().any(|name| name.text() == Some(&member.key)) {
                let message = format!("property {} was added and is required", member.key);
                issues.push(self.issue("json-required-property-added", &here, message, Some(&member.value), None));
            }
        }
        issues
    }

    fn dependencies(&mut self, r: Part<'a>, w: Part<'a>, path: &str) -> Vec<Issue> {
        let mut issues = Vec::new();
        for member in w.node.get("dependencies").and_then(Json::object).unwrap_or_default() {
            let new = r.node.get("dependencies").and_then(|map| map.get(&member.key));
            let kept = new.map(|new| names(self.reader.followed(new))).unwrap_or_default();
            let here = format!("{path}/dependencies/{}", member.key);
            let demanded = names(self.writer.followed(&member.value));
            if kept.is_empty() || demanded.iter().any(|name| !kept.contains(name)) {
                let message = format!("dependencies of {} differ", member.key);
                issues.push(self.issue("json-dependency", &here, message, new, Some(&member.value)));
            }
        }
        for member in w.node.get("dependentSchemas").and_then(Json::object).unwrap_or_default() {
            let new = r.node.get("dependentSchemas").and_then(|map| map.get(&member.key));
            issues.extend(self.schemas(new, Some(&member.value), &format!("{path}/dependentSchemas/{}", member.key)));
        }
        issues
    }

    fn combinations(&mut self, r: Part<'a>, w: Part<'a>, path: &str) -> Vec<Issue> {
        let ((new, reader), (old, writer)) = (r.members(), w.members());
        let combines = |kind: Option<Kind>| kind.is_some_and(Kind::combines);
        if combines(reader) && !combines(writer) {
            let either = matches!(reader, Some(Kind::AnyOf | Kind::OneOf));
            if (either || new.len() == 1) && new.iter().any(|part| self.part(*part, w, path).is_empty()) {
                return Vec::new();
            }
            if either || new.len() == 1 || writer.is_none() {
                return vec![self.mismatch(r, w, path)];
            }
        }
        if !combines(reader) && old.len() == 1 {
            return match self.part(r, old[0], path).is_empty() {
                true => Vec::new(),
                false => vec![self.mismatch(r, w, path)],
            };
        }
        let (Some(reader), Some(writer)) = (reader, writer) else {
            return vec![self.mismatch(r, w, path)];
        };
        let fail = |rule, message: String| vec![self.issue(rule, path, message, Some(r.node), Some(w.node))];
        if reader != Kind::AnyOf && reader != writer {
            return fail("json-combination-changed", "the way in which schemas are combined changed".to_owned());
        }
        if reader == Kind::AllOf && old.len() < new.len() {
            return fail("json-product-extended", format!("allOf grew from {} to {}", old.len(), new.len()));
        }
        if reader != Kind::AllOf && old.len() > new.len() {
            return fail("json-sum-narrowed", format!("choices shrank from {} to {}", old.len(), new.len()));
        }
        let wanted = if reader == Kind::AllOf { new.len() } else { old.len() };
        let fits: Vec<Vec<usize>> = new
            .iter()
            .map(|new| (0..old.len()).filter(|at| self.part(*new, old[*at], path).is_empty()).collect())
            .collect();
        if matching(&fits, old.len()) < wanted {
            let message = "not every schema of the combination has its own counterpart".to_owned();
            return vec![self.issue("json-combination-members", path, message, Some(r.node), Some(w.node))];
        }
        Vec::new()
    }
}

/// The values of `enum`.
fn listed(part: Part<'_>) -> &[Json] {
    part.node.get("enum").and_then(Json::array).unwrap_or_default()
}

/// Whether an object says nothing about properties that it does not declare.
fn is_open(part: Part<'_>) -> bool {
    let patterns = part.node.get("patternProperties").and_then(Json::object).unwrap_or_default();
    let rest = part.node.get("additionalProperties");
    patterns.is_empty() && rest.is_none_or(|rest| rest.bool() == Some(true))
}

/// The schema of a property that is not declared.
fn covering<'a>(part: Part<'a>, name: &str) -> Option<&'a Json> {
    let patterns = part.node.get("patternProperties").and_then(Json::object).unwrap_or_default();
    let matching = patterns.iter().find(|member| pattern::matches_start(&member.key, name) == Some(true));
    matching.map(|member| &member.value).or_else(|| part.node.get("additionalProperties"))
}

/// `false` and `{}` say nothing that is compared.
fn says_something(schema: &Json) -> bool {
    match &schema.value {
        Value::Bool(value) => *value,
        Value::Object(members) => !members.is_empty(),
        _ => true,
    }
}

/// The names that a dependency demands.
fn names(dependency: &Json) -> HashSet<&str> {
    match &dependency.value {
        Value::Array(items) => items.iter().filter_map(Json::text).collect(),
        Value::Object(members) => members.iter().map(|member| member.key.as_str()).collect(),
        _ => HashSet::new(),
    }
}

/// How many of `edges` can be given partners of their own among `count` (augmenting paths).
fn matching(edges: &[Vec<usize>], count: usize) -> usize {
    fn place(at: usize, edges: &[Vec<usize>], taken: &mut [Option<usize>], tried: &mut [bool]) -> bool {
        for &partner in &edges[at] {
            if std::mem::replace(&mut tried[partner], true) {
                continue;
            }
            if taken[partner].is_none_or(|other| place(other, edges, taken, tried)) {
                taken[partner] = Some(at);
                return true;
            }
        }
        false
    }
    let mut taken = vec![None; count];
    (0..edges.len()).filter(|at| place(*at, edges, &mut taken, &mut vec![false; count])).count()
}
