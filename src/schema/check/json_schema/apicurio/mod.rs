//! Apicurio's comparison: kind by kind, keyword by keyword.
//!
//! It looks at one keyword at a time, so it is stricter than the sets of values where a choice is written in another
//! way, and looser where it compares kinds alone: `{"maxLength": 3}` and `{"type": "string", "maxLength": 3}` are the
//! same to it, and whatever becomes an `anyOf` fits.

mod kind;

#[cfg(test)]
mod tests;

use std::cmp::Ordering;
use std::collections::HashMap;

use super::super::finding::{Issue, Side};
use super::super::json_text::{Json, Number, Value};
use super::index::{Index, id};
use crate::error::{Error, Result};
use kind::{Document, How, Kind, Schema, Version};

/// Comparisons of two schemas at most.
const STEPS_MAX: usize = 300_000;
/// Levels at most, references included.
const DEPTH_MAX: usize = 300;

/// `None`: Apicurio does not compare schemas of these versions of the language.
pub(super) fn can_read<'a>(reader: &'a Index<'a>, writer: &'a Index<'a>) -> Option<Result<Vec<Issue>>> {
    let root = |index: &'a Index<'a>| -> Option<Schema<'a>> {
        let version = Version::of(&index.schema.root)?;
        Some(Schema::of(Document { index, version }, &index.schema.root))
    };
    let (new, old) = (root(reader)?, root(writer)?);
    let mut walk = Walk { places: HashMap::new(), steps: 0, issues: Vec::new() };
    let mut pointers = HashMap::new();
    for index in [reader, writer] {
        walk.locate(index, &index.schema.root, &mut String::new(), &mut pointers);
    }
    walk.schemas(&new, old, &Way::default());
    if walk.steps >= STEPS_MAX {
        let error = Error::limit("the schemas are too intertwined to be compared");
        return Some(Err(error.in_source(reader.schema.file.clone())));
    }
    Some(Ok(walk.issues))
}

/// How the comparison came to where it stands.
#[derive(Clone, Default)]
struct Way {
    path: String,
    /// The references that were followed: one that comes again is taken to fit.
    followed: Vec<usize>,
    depth: usize,
}

impl Way {
    fn to(&self, step: &str) -> Way {
        Way { path: format!("{}/{step}", self.path), followed: self.followed.clone(), depth: self.depth + 1 }
    }
}

struct Walk {
    /// A number for each node with a reference; nodes of the same pointer in both schemas have the same.
    places: HashMap<usize, usize>,
    steps: usize,
    issues: Vec<Issue>,
}

impl Walk {
    fn locate(&mut self, index: &Index<'_>, node: &Json, pointer: &mut String, known: &mut HashMap<String, usize>) {
        if index.target(node).is_some() {
            let next = known.len();
            self.places.insert(id(node), *known.entry(pointer.clone()).or_insert(next));
        }
        let mut below = |step: &str, node: &Json| {
            let length = pointer.len();
            pointer.push('/');
            pointer.push_str(step);
            self.locate(index, node, pointer, known);
            pointer.truncate(length);
        };
        match &node.value {
            Value::Object(members) => members.iter().for_each(|member| below(&member.key, &member.value)),
            Value::Array(items) => items.iter().enumerate().for_each(|(at, item)| below(&at.to_string(), item)),
            _ => {}
        }
    }

    fn fail(
        &mut self,
        rule: &'static str,
        way: &Way,
        message: impl Into<String>,
        new: Option<&Schema<'_>>,
        old: Option<&Schema<'_>>,
    ) {
        let side = |schema: &Schema<'_>| Side::new(schema.document.index.place(schema.node), schema.node.brief());
        let (new, old) = (new.map(side).unwrap_or_default(), old.map(side).unwrap_or_default());
        self.issues.push(Issue::error(rule, format!("#{}", way.path), message).sides(new, old));
    }

    /// Whether one schema fits another, without a word about it.
    fn fits<'a>(&mut self, new: &Schema<'a>, old: &Schema<'a>, way: &Way) -> bool {
        let before = std::mem::take(&mut self.issues);
        self.schemas(new, old.clone(), &way.to(""));
        std::mem::replace(&mut self.issues, before).is_empty()
    }

    fn schemas<'a>(&mut self, new: &Schema<'a>, old: Schema<'a>, way: &Way) {
        self.steps += 1;
        if way.depth > DEPTH_MAX {
            self.steps = STEPS_MAX;
        }
        if self.steps >= STEPS_MAX {
            return;
        }
        let old = old.behind();
        match &new.kind {
            Kind::Everything => return,
            Kind::Nothing if !matches!(old.kind, Kind::Nothing) => return self.changed(new, &old, way),
            _ if matches!(old.kind, Kind::Nothing) => return,
            _ => {}
        }
        match &new.kind {
            Kind::Reference(target) => {
                let place = self.places.get(&id(new.node)).copied().unwrap_or(usize::MAX);
                let (Some(target), false) = (target, way.followed.contains(&place)) else { return };
                let mut way = way.to("$ref");
                way.followed.push(place);
                self.schemas(&Schema::of(new.document, target), old.behind(), &way);
            }
            Kind::Text { alone } => {
                let part = part_like(&old, new);
                match part.kind {
                    Kind::Text { alone: also } => self.texts(new, part, *alone, also, way),
                    _ => self.changed(new, part, way),
                }
            }
            Kind::Number { integer } => {
                let part = part_like(&old, new);
                match part.kind {
                    Kind::Number { integer: before } => self.numbers(new, part, *integer && !before, way),
                    _ => self.changed(new, part, way),
                }
            }
            Kind::Boolean if matches!(part_like(&old, new).kind, Kind::Boolean) => {}
            Kind::Array if matches!(old.kind, Kind::Array) => self.arrays(new, &old, way),
            Kind::Object if matches!(old.kind, Kind::Object) => self.objects(new, &old, way),
            Kind::Enum | Kind::Const => self.values(new, &old, way),
            Kind::Not if matches!(old.kind, Kind::Not) => {
                if let (Some(inner), Some(before)) = (new.child("not"), old.child("not"))
                    && !self.fits(&before, &inner, way)
                {
                    let message = "{reader} excludes more than {writer}";
                    self.fail("json-not", &way.to("not"), message, Some(&inner), Some(&before));
                }
            }
            Kind::Condition if matches!(old.kind, Kind::Condition) => self.conditions(new, &old, way),
            Kind::Combined(how, parts) => match &old.kind {
                Kind::Combined(before, were) => self.combinations((new, *how, parts), (&old, *before, were), way),
                _ => self.changed(new, &old, way),
            },
            Kind::Null if matches!(old.kind, Kind::Null) => {}
            _ => self.changed(new, &old, way),
        }
    }

    fn changed(&mut self, new: &Schema<'_>, old: &Schema<'_>, way: &Way) {
        let message = format!("{} is not readable as {}", named(&old.kind), named(&new.kind));
        self.fail("json-type-changed", way, message, Some(new), Some(old));
    }

    /// A keyword that only the reader has, or that lets less through than the writer's.
    fn bounded(&mut self, key: &str, stricter: Ordering, new: &Schema<'_>, old: &Schema<'_>, way: &Way) {
        let message = match (new.number(key), old.number(key)) {
            (Some(_), None) => format!("{key} was not there in {{writer}}"),
            (Some(now), Some(was)) if now.cmp(was) == stricter => {
                format!("{key} allows less in {{reader}} than in {{writer}}")
            }
            _ => return,
        };
        self.fail("json-assertion", &way.to(key), message, Some(new), Some(old));
    }

    fn texts(&mut self, new: &Schema<'_>, old: &Schema<'_>, alone: bool, also: bool, way: &Way) {
        self.bounded("minLength", Ordering::Greater, new, old, way);
        self.bounded("maxLength", Ordering::Less, new, old, way);
        let text = |schema: &Schema<'_>, key: &str| schema.node.get(key).and_then(Json::text).map(str::to_owned);
        let encoding = |schema: &Schema<'_>, key: &str, seen: bool| text(schema, key).filter(|_| seen);
        let pairs = [
            ("pattern", text(new, "pattern"), text(old, "pattern")),
            ("format", new.format().map(str::to_owned), old.format().map(str::to_owned)),
            ("contentEncoding", encoding(new, "contentEncoding", alone), encoding(old, "contentEncoding", also)),
            ("contentMediaType", encoding(new, "contentMediaType", alone), encoding(old, "contentMediaType", also)),
        ];
        for (key, now, was) in pairs {
            let message = match (&now, &was) {
                (Some(_), None) => format!("{key} was not there in {{writer}}"),
                (Some(now), Some(was)) if now != was => format!("{key} changed from {was:?} to {now:?}"),
                _ => continue,
            };
            self.fail("json-assertion", &way.to(key), message, Some(new), Some(old));
        }
    }

    fn numbers(&mut self, new: &Schema<'_>, old: &Schema<'_>, narrowed: bool, way: &Way) {
        let one = Number::whole(1);
        if narrowed && old.number("multipleOf").is_none_or(|of| of.cmp(&one) != Ordering::Equal) {
            let message = "numbers are not readable as integers";
            self.fail("json-type-narrowed", way, message, Some(new), Some(old));
        }
        let sides =
            [("minimum", "exclusiveMinimum", Ordering::Greater), ("maximum", "exclusiveMaximum", Ordering::Less)];
        for (key, exclusive, stricter) in sides {
            let limit = |schema: &Schema<'_>| {
                let flag = schema.node.get(exclusive).and_then(Json::bool) == Some(true);
                let strict = schema.number(exclusive).map(|number| (number.clone(), true));
                strict.or_else(|| schema.number(key).map(|number| (number.clone(), flag)))
            };
            let message = match (limit(new), limit(old)) {
                (Some(_), None) => format!("{key} was not there in {{writer}}"),
                (Some((now, strict)), Some((was, before))) => match now.cmp(&was) {
                    Ordering::Equal if strict && !before => format!("{key} became exclusive"),
                    order if order == stricter => format!("{key} allows less in {{reader}} than in {{writer}}"),
                    _ => continue,
                },
                _ => continue,
            };
            self.fail("json-assertion", &way.to(key), message, Some(new), Some(old));
        }
        let message = match (new.number("multipleOf"), old.number("multipleOf")) {
            (Some(_), None) => "multipleOf was not there in {writer}".to_owned(),
            (Some(now), Some(was)) if !was.is_multiple_of(now) => {
                format!("multiples of {} need not be multiples of {}", was.text, now.text)
            }
            _ => return,
        };
        self.fail("json-multiple", &way.to("multipleOf"), message, Some(new), Some(old));
    }

    /// `enum` and `const`; a list of one value is a constant.
    fn values(&mut self, new: &Schema<'_>, old: &Schema<'_>, way: &Way) {
        let listed = |schema: &Schema<'_>| -> Option<Vec<Json>> {
            match schema.kind {
                Kind::Enum => schema.node.get("enum").and_then(Json::array).map(<[Json]>::to_vec),
                Kind::Const => schema.node.get("const").map(|value| vec![value.clone()]),
                _ => None,
            }
        };
        let constant = matches!(new.kind, Kind::Const);
        let (Some(now), Some(was)) = (listed(new), listed(old)) else { return self.changed(new, old, way) };
        if constant && matches!(old.kind, Kind::Enum) && was.iter().any(|value| *value != was[0]) {
            return self.changed(new, old, way);
        }
        let gone: Vec<_> = was.iter().filter(|value| !now.contains(value)).map(Json::brief).collect();
        if !gone.is_empty() {
            let message = format!("{} of {{writer}} is not valid in {{reader}}", gone.join(", "));
            let key = if constant { "const" } else { "enum" };
            self.fail("json-enum-narrowed", &way.to(key), message, Some(new), Some(old));
        }
    }

    /// A schema below, where the reader has one: it must not be new.
    fn below(&mut self, key: &str, new: &Schema<'_>, old: &Schema<'_>, way: &Way) {
        match (new.child(key), old.child(key)) {
            (Some(now), Some(was)) => self.schemas(&now, was, &way.to(key)),
            (Some(now), None) => {
                let message = format!("{key} was not there in {{writer}}");
                self.fail("json-schema-added", &way.to(key), message, Some(&now), Some(old));
            }
            _ => {}
        }
    }

    fn arrays(&mut self, new: &Schema<'_>, old: &Schema<'_>, way: &Way) {
        self.bounded("minItems", Ordering::Greater, new, old, way);
        self.bounded("maxItems", Ordering::Less, new, old, way);
        let unique = |schema: &Schema<'_>| schema.node.get("uniqueItems").and_then(Json::bool) == Some(true);
        if unique(new) && !unique(old) {
            let message = "items of {writer} need not be unique";
            self.fail("json-unique", &way.to("uniqueItems"), message, Some(new), Some(old));
        }
        let each = |schema: &Schema<'_>| schema.node.get("items").is_some_and(|items| items.array().is_none());
        match (each(new), each(old)) {
            (true, true) => self.below("items", new, old, way),
            (true, false) => {
                let message = "items were free in {writer}";
                self.fail("json-schema-added", &way.to("items"), message, Some(new), Some(old));
            }
            _ => {}
        }
        // A schema of all items leaves no other items that could be forbidden.
        let (mut rest, mut was_rest) = (Rest::of(new, "additionalItems"), Rest::of(old, "additionalItems"));
        rest.open |= each(new);
        was_rest.open |= each(old);
        self.rests("additionalItems", (new, &rest), (old, &was_rest), way);
        if let Some(now) = tuple(new) {
            let was = tuple(old).unwrap_or_default();
            let (now, was): (Vec<_>, Vec<_>) = (
                now.iter().map(|item| Schema::of(new.document, item)).collect(),
                was.iter().map(|item| Schema::of(old.document, item)).collect(),
            );
            for (at, (now, was)) in now.iter().zip(&was).enumerate() {
                self.schemas(now, was.clone(), &way.to(&format!("items/{at}")));
            }
            let common = now.len().min(was.len());
            if now.len() > common && !self.may_come(&now[common..], &rest, &was_rest, way) {
                let message = format!("{{reader}} restricts {} items, {{writer}} {}", now.len(), was.len());
                self.fail("json-item-added", &way.to("items"), message, Some(&now[common]), Some(old));
            }
            if was.len() > common && !self.may_go(&was[common..], &rest, way) {
                let message = format!("item {common} is not allowed in {{reader}}");
                self.fail("json-item-removed", &way.to("items"), message, Some(new), Some(&was[common]));
            }
        }
        if new.document.version > Version::Four {
            self.below("contains", new, old, way);
        }
    }

    /// What may stand beside what is declared.
    fn rests(&mut self, key: &str, new: (&Schema<'_>, &Rest<'_>), old: (&Schema<'_>, &Rest<'_>), way: &Way) {
        let ((new, rest), (old, was)) = (new, old);
        let rule = if key == "additionalItems" { "json-additional-items" } else { "json-additional-properties" };
        let message = match (&rest.schema, &was.schema) {
            _ if was.open && !rest.open => format!("{key} are no longer allowed"),
            _ if !was.open || !rest.open => return,
            (Some(_), None) => format!("{key} were free in {{writer}}"),
            (Some(now), Some(was)) if !self.fits(now, was, way) => format!("{key} allow less than in {{writer}}"),
            _ => return,
        };
        self.fail(rule, &way.to(key), message, Some(new), Some(old));
    }

    /// Whether schemas may be declared that the writer did not declare.
    fn may_come(&mut self, added: &[Schema<'_>], rest: &Rest<'_>, was: &Rest<'_>, way: &Way) -> bool {
        !was.open
            || rest.open
                && was.schema.as_ref().is_some_and(|free| added.iter().all(|schema| self.fits(free, schema, way)))
    }

    /// Whether declared schemas may go.
    fn may_go(&mut self, gone: &[Schema<'_>], rest: &Rest<'_>, way: &Way) -> bool {
        rest.open && rest.schema.as_ref().is_none_or(|free| gone.iter().all(|schema| self.fits(free, schema, way)))
    }

    fn objects(&mut self, new: &Schema<'_>, old: &Schema<'_>, way: &Way) {
        let required = old.names("required");
        for name in new.names("required").into_iter().filter(|name| !required.contains(name)) {
            let message = format!("property {name} became required");
            self.fail("json-property-required", &way.to("required"), message, Some(new), Some(old));
        }
        if new.document.version > Version::Four {
            self.below("propertyNames", new, old, way);
        }
        self.bounded("minProperties", Ordering::Greater, new, old, way);
        self.bounded("maxProperties", Ordering::Less, new, old, way);
        let (rest, was_rest) = (Rest::of(new, "additionalProperties"), Rest::of(old, "additionalProperties"));
        self.rests("additionalProperties", (new, &rest), (old, &was_rest), way);
        self.dependencies(new, old, way);
        let known = old.named("patternProperties");
        for (name, schema) in new.named("patternProperties") {
            let way = way.to(&format!("patternProperties/{name}"));
            match known.iter().find(|(known, _)| *known == name) {
                Some((_, was)) => self.schemas(&schema, was.clone(), &way),
                None => {
                    let message = format!("the pattern {name:?} was not there in {{writer}}");
                    self.fail("json-schema-added", &way, message, Some(&schema), Some(old));
                }
            }
        }
        let (now, was) = (new.named("properties"), old.named("properties"));
        let was_by_name: HashMap<&str, &Schema<'_>> = was.iter().map(|(name, schema)| (*name, schema)).collect();
        let names: HashMap<&str, ()> = now.iter().map(|(name, _)| (*name, ())).collect();
        let mut added = Vec::new();
        for (name, schema) in &now {
            let Some(was) = was_by_name.get(name) else {
                added.push(schema.clone());
                continue;
            };
            let mut was = (*was).clone();
            if matches!(was.kind, Kind::Text { .. }) && matches!(schema.kind, Kind::Combined(..)) {
                // A text that becomes a choice is a choice of one.
                was = Schema { kind: Kind::Combined(How::Any, vec![was.clone()]), ..was };
            }
            self.schemas(schema, was, &way.to(&format!("properties/{name}")));
        }
        let gone: Vec<_> = was.iter().filter(|(name, _)| !names.contains_key(name)).map(|(_, s)| s.clone()).collect();
        if let Some(first) = added.first().cloned()
            && !self.may_come(&added, &rest, &was_rest, way)
        {
            let message = "properties were added that could have other values in {writer}";
            self.fail("json-property-added-to-open-model", &way.to("properties"), message, Some(&first), Some(old));
        }
        if let Some(first) = gone.first().cloned()
            && !self.may_go(&gone, &rest, way)
        {
            let message = "properties were removed that {reader} does not take as they were";
            self.fail("json-property-removed", &way.to("properties"), message, None, Some(&first));
        }
    }

    fn dependencies(&mut self, new: &Schema<'_>, old: &Schema<'_>, way: &Way) {
        let members = new.node.get("dependencies").and_then(Json::object).unwrap_or_default();
        for member in members {
            let way = way.to(&format!("dependencies/{}", member.key));
            let was = old.node.get("dependencies").and_then(|map| map.get(&member.key));
            match (member.value.array(), was.map(|was| (was, was.array()))) {
                (Some([]), _) => {}
                (Some(names), Some((_, Some(known)))) if names.iter().all(|name| known.contains(name)) => {}
                (None, Some((was, None))) => {
                    self.schemas(&Schema::of(new.document, &member.value), Schema::of(old.document, was), &way);
                }
                _ => {
                    let message = format!("{{writer}} allows {} without what {{reader}} demands", member.key);
                    self.fail("json-dependency", &way, message, Some(new), Some(old));
                }
            }
        }
    }

    fn conditions(&mut self, new: &Schema<'_>, old: &Schema<'_>, way: &Way) {
        for key in ["if", "then", "else"] {
            let Some(now) = new.child(key) else { continue };
            let message = match old.child(key) {
                None => format!("{key} was not there in {{writer}}"),
                Some(was) if !self.fits(&now, &was, way) || key == "if" && !self.fits(&was, &now, way) => {
                    format!("{key} changed")
                }
                Some(_) => continue,
            };
            self.fail("json-condition", &way.to(key), message, Some(&now), Some(old));
        }
    }

    fn combinations<'a>(
        &mut self,
        (new, how, parts): (&Schema<'a>, How, &[Schema<'a>]),
        (old, before, were): (&Schema<'a>, How, &[Schema<'a>]),
        way: &Way,
    ) {
        if how != before {
            if how != How::Any {
                let message = "the way in which schemas are combined changed";
                self.fail("json-combination-changed", way, message, Some(new), Some(old));
            }
            return;
        }
        if how == How::All && parts.len() > were.len() {
            let message = format!("allOf grew from {} to {}", were.len(), parts.len());
            self.fail("json-product-extended", way, message, Some(new), Some(old));
        }
        if how != How::All && parts.len() < were.len() {
            let message = format!("choices shrank from {} to {}", were.len(), parts.len());
            self.fail("json-sum-narrowed", way, message, Some(new), Some(old));
        }
        if were.len() > parts.len() {
            return;
        }
        // Equal schemas count once on both sides.
        let first = |part: &Schema<'a>| parts.iter().position(|other| other == part);
        let mut open: Vec<(&Schema<'a>, Vec<usize>)> = Vec::new();
        for was in were {
            let fitting: Vec<usize> = parts.iter().filter(|part| self.fits(part, was, way)).filter_map(first).collect();
            match open.iter_mut().find(|(known, _)| *known == was) {
                Some((_, known)) => known.extend(fitting),
                None => open.push((was, fitting)),
            }
        }
        for (_, fitting) in &mut open {
            fitting.sort_unstable();
            fitting.dedup();
        }
        // The schema with the fewest counterparts takes one; it goes on until it has taken all that are left to it.
        while let Some(at) = (0..open.len()).min_by_key(|at| open[*at].1.len()) {
            match open[at].1.first().copied() {
                Some(taken) => open.iter_mut().for_each(|(_, fitting)| fitting.retain(|other| *other != taken)),
                None => {
                    let message = "a schema of the combination has no counterpart of its own";
                    let was = open[at].0.clone();
                    self.fail("json-combination-members", way, message, Some(new), Some(&was));
                }
            }
            if open[at].1.is_empty() {
                open.remove(at);
            }
        }
    }
}

/// What a schema says of items and properties that it does not declare.
struct Rest<'a> {
    open: bool,
    schema: Option<Schema<'a>>,
}

impl<'a> Rest<'a> {
    fn of(schema: &Schema<'a>, key: &str) -> Rest<'a> {
        let rest = schema.node.get(key);
        Rest {
            open: rest.is_none_or(|rest| rest.bool() != Some(false)),
            schema: rest.filter(|rest| rest.bool().is_none()).map(|rest| Schema::of(schema.document, rest)),
        }
    }
}

/// The part of an `allOf` that is of the same kind, if there is exactly one.
fn part_like<'s, 'a>(old: &'s Schema<'a>, new: &Schema<'a>) -> &'s Schema<'a> {
    let Kind::Combined(How::All, parts) = &old.kind else { return old };
    let like = |part: &&Schema<'a>| std::mem::discriminant(&part.kind) == std::mem::discriminant(&new.kind);
    let mut alike = parts.iter().filter(like);
    match (alike.next(), alike.next()) {
        (Some(one), None) => one,
        (Some(one), Some(other)) if one == other && alike.all(|part| part == one) => one,
        _ => old,
    }
}

fn named(kind: &Kind<'_>) -> &'static str {
    match kind {
        Kind::Everything => "everything",
        Kind::Nothing => "nothing",
        Kind::Boolean => "boolean",
        Kind::Null => "null",
        Kind::Number { integer: true } => "integer",
        Kind::Number { .. } => "number",
        Kind::Text { .. } => "string",
        Kind::Array => "array",
        Kind::Object => "object",
        Kind::Enum => "enum",
        Kind::Const => "const",
        Kind::Not => "not",
        Kind::Condition => "if",
        Kind::Combined(How::All, _) => "allOf",
        Kind::Combined(How::Any, _) => "anyOf",
        Kind::Combined(How::One, _) => "oneOf",
        Kind::Reference(_) => "a reference",
    }
}

/// Items that have schemas of their own.
fn tuple<'a>(schema: &Schema<'a>) -> Option<&'a [Json]> {
    schema.node.get("items").and_then(Json::array)
}
