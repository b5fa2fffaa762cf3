//! The normal form of a schema: a choice of [`Form`]s, each a conjunction of plain constraints.
//!
//! `$ref` and `allOf` are merged, `anyOf`, `oneOf` and `if` become choices, `not` is kept as it stands. A form never
//! allows less than the schema: what is too large to be written out is left out.

use std::cmp::Ordering;
use std::collections::{BTreeSet, HashMap};

use super::super::json_text::{Json, Member, Number, Value};
use super::Profile;
use super::index::{Draft, Index, id};
use super::instance;

/// Choices written out at most.
const FORMS_MAX: usize = 64;
/// Schemas merged into one list of forms at most.
const MERGED_MAX: usize = 4_000;
/// Levels of references and combinations at most.
const DEPTH_MAX: usize = 64;

pub(super) const NULL: u8 = 1;
pub(super) const BOOLEAN: u8 = 2;
pub(super) const NUMBER: u8 = 4;
pub(super) const STRING: u8 = 8;
pub(super) const ARRAY: u8 = 16;
pub(super) const OBJECT: u8 = 32;
pub(super) const ALL: u8 = 63;
/// The kinds of values with their names.
pub(super) const KINDS: &[(u8, &str)] = &[
    (NULL, "null"),
    (BOOLEAN, "boolean"),
    (NUMBER, "number"),
    (STRING, "string"),
    (ARRAY, "array"),
    (OBJECT, "object"),
];

/// Keywords on text that are compared by name: `pattern` always, the others where they are assertions.
pub(super) const TEXTS: &[&str] = &["pattern", "format", "contentEncoding", "contentMediaType"];

/// The two schemas.
#[derive(Clone, Copy)]
pub(super) struct Pair<'a> {
    pub reader: &'a Index<'a>,
    pub writer: &'a Index<'a>,
    pub profile: Profile,
}

/// A schema in one of the two.
#[derive(Clone, Copy)]
pub(super) struct Node<'a> {
    pub json: &'a Json,
    pub of_reader: bool,
}

impl<'a> Node<'a> {
    pub fn id(self) -> usize {
        id(self.json)
    }
    pub fn with(self, json: &'a Json) -> Node<'a> {
        Node { json, ..self }
    }
    pub fn get(self, key: &str) -> Option<&'a Json> {
        self.json.get(key)
    }
    pub fn child(self, key: &str) -> Option<Node<'a>> {
        self.json.get(key).map(|json| self.with(json))
    }
    /// The schemas in a list.
    pub fn list(self, key: &str) -> Vec<Node<'a>> {
        self.get(key).and_then(Json::array).unwrap_or_default().iter().map(|json| self.with(json)).collect()
    }
    pub fn count(self, key: &str) -> Option<u64> {
        self.get(key).and_then(Json::number).and_then(Number::count)
    }
    pub fn is(self, value: bool) -> bool {
        self.json.bool() == Some(value)
    }
}

impl<'a> Pair<'a> {
    pub fn index(self, node: Node<'a>) -> &'a Index<'a> {
        if node.of_reader { self.reader } else { self.writer }
    }
    pub fn target(self, node: Node<'a>) -> Option<Node<'a>> {
        self.index(node).target(node.json).map(|json| node.with(json))
    }
    /// Where the references that lead on from a node end.
    pub fn end(self, node: Node<'a>) -> Node<'a> {
        node.with(self.index(node).followed(node.json))
    }
    /// Whether a reference makes its siblings void.
    pub fn only_reference(self, node: Node<'a>) -> bool {
        self.index(node).draft < Draft::Later && self.index(node).target(node.json).is_some()
    }
}

/// A bound of numbers.
#[derive(Clone, Copy)]
pub(super) struct Bound<'a> {
    pub value: &'a Number,
    pub exclusive: bool,
}

/// Lower bounds for `minimum`, upper ones for `maximum`.
pub(super) fn bounds<'a>(node: Node<'a>, inclusive: &str, exclusive: &str) -> Vec<Bound<'a>> {
    let flag = node.get(exclusive).and_then(Json::bool) == Some(true);
    let plain = node.get(inclusive).and_then(Json::number).map(|value| Bound { value, exclusive: flag });
    let strict = node.get(exclusive).and_then(Json::number).map(|value| Bound { value, exclusive: true });
    plain.into_iter().chain(strict).collect()
}

/// What a schema says about the properties of objects.
#[derive(Clone)]
pub(super) struct ObjectPart<'a> {
    /// Declared properties; `None`: declared elsewhere, so that the rest does not cover it.
    pub properties: HashMap<&'a str, Option<Node<'a>>>,
    pub patterns: Vec<(&'a str, Node<'a>)>,
    pub rest: Option<Node<'a>>,
}

/// What a schema says about the items of arrays.
#[derive(Clone)]
pub(super) struct ArrayPart<'a> {
    pub prefix: Vec<Node<'a>>,
    pub rest: Option<Node<'a>>,
}

/// `contains` with its counts.
#[derive(Clone, Copy)]
pub(super) struct Contains<'a> {
    pub node: Node<'a>,
    pub min: u64,
    pub max: Option<u64>,
}

/// A conjunction of constraints.
#[derive(Clone)]
pub(super) struct Form<'a> {
    pub types: u8,
    pub integer: bool,
    pub values: Option<Vec<&'a Json>>,
    pub lower: Option<Bound<'a>>,
    pub upper: Option<Bound<'a>>,
    pub multiples: Vec<&'a Number>,
    pub min_length: u64,
    pub max_length: Option<u64>,
    pub texts: Vec<(&'static str, &'a str)>,
    pub arrays: Vec<ArrayPart<'a>>,
    pub min_items: u64,
    pub max_items: Option<u64>,
    pub unique: bool,
    pub contains: Vec<Contains<'a>>,
    pub objects: Vec<ObjectPart<'a>>,
    pub required: BTreeSet<&'a str>,
    pub min_properties: u64,
    pub max_properties: Option<u64>,
    pub names: Vec<Node<'a>>,
    /// If a property is there, others must be.
    pub dependencies: Vec<(&'a str, Vec<&'a str>)>,
    /// If a property is there, a schema holds.
    pub dependent: Vec<(&'a str, Node<'a>)>,
    /// What is excluded.
    pub nots: Vec<Node<'a>>,
    /// The schemas that this is made of.
    pub sources: Vec<Node<'a>>,
}

impl<'a> Form<'a> {
    /// Every value.
    pub fn any() -> Form<'a> {
        Form {
            types: ALL,
            integer: false,
            values: None,
            lower: None,
            upper: None,
            multiples: Vec::new(),
            min_length: 0,
            max_length: None,
            texts: Vec::new(),
            arrays: Vec::new(),
            min_items: 0,
            max_items: None,
            unique: false,
            contains: Vec::new(),
            objects: Vec::new(),
            required: BTreeSet::new(),
            min_properties: 0,
            max_properties: None,
            names: Vec::new(),
            dependencies: Vec::new(),
            dependent: Vec::new(),
            nots: Vec::new(),
            sources: Vec::new(),
        }
    }

    /// The forms of all schemas at once.
    pub fn all_of(pair: Pair<'a>, nodes: &[Node<'a>]) -> Vec<Form<'a>> {
        let mut left = MERGED_MAX;
        nodes.iter().fold(vec![Form::any()], |forms, node| Form::spread(pair, forms, *node, 0, &mut left))
    }

    /// This form and a schema at once.
    pub fn and(&self, pair: Pair<'a>, node: Node<'a>) -> Vec<Form<'a>> {
        Form::spread(pair, vec![self.clone()], node, 0, &mut { MERGED_MAX })
    }

    fn spread(pair: Pair<'a>, forms: Vec<Form<'a>>, node: Node<'a>, depth: usize, left: &mut usize) -> Vec<Form<'a>> {
        let mut out = Vec::new();
        for form in forms {
            out.extend(form.add(pair, node, depth, left));
        }
        out
    }

    fn add(mut self, pair: Pair<'a>, node: Node<'a>, depth: usize, left: &mut usize) -> Vec<Form<'a>> {
        *left = left.saturating_sub(1);
        if *left == 0 || depth > DEPTH_MAX || self.sources.iter().any(|source| source.id() == node.id()) {
            return vec![self];
        }
        if node.is(false) {
            return Vec::new();
        }
        self.sources.push(node);
        let mut deeper = |forms, node| Form::spread(pair, forms, node, depth + 1, left);
        if pair.only_reference(node) {
            return deeper(vec![self], pair.end(node));
        }
        self.constrain(pair, node);
        let mut forms = vec![self];
        if pair.profile.one_of_as_any_of
            && let Some(types) = node.get("type").and_then(Json::array)
        {
            // A list of types is a choice of schemas here.
            forms = types
                .iter()
                .map(|one| {
                    let mut form = forms[0].clone();
                    form.restrict_types(std::slice::from_ref(one));
                    form
                })
                .collect();
        }
        if let Some(target) = pair.target(node) {
            forms = deeper(forms, target);
        }
        for part in node.list("allOf") {
            forms = deeper(forms, part);
        }
        for (key, excluding) in [("anyOf", false), ("oneOf", true)] {
            let choices = node.list(key);
            if choices.is_empty() || forms.len() * choices.len() > FORMS_MAX {
                continue;
            }
            let mut spread = Vec::new();
            for form in &forms {
                for (at, choice) in choices.iter().enumerate() {
                    let mut form = form.clone();
                    if excluding {
                        let others = choices.iter().enumerate().filter(|(other, _)| *other != at);
                        form.nots.extend(others.map(|(_, other)| *other));
                    }
                    spread.extend(deeper(vec![form], *choice));
                }
                if spread.len() > FORMS_MAX {
                    break;
                }
            }
            // Too many to be written out: the choice is left open.
            if spread.len() <= FORMS_MAX {
                forms = spread;
            }
        }
        if let Some(excluded) = node.child("not") {
            forms.iter_mut().for_each(|form| form.nots.push(excluded));
        }
        if let (Some(condition), true) = (node.child("if"), forms.len() * 2 <= FORMS_MAX) {
            let (then, otherwise) = (node.child("then"), node.child("else"));
            if then.is_some() || otherwise.is_some() {
                let mut met = deeper(forms.clone(), condition);
                forms.iter_mut().for_each(|form| form.nots.push(condition));
                if let Some(then) = then {
                    met = deeper(met, then);
                }
                if let Some(otherwise) = otherwise {
                    forms = deeper(forms, otherwise);
                }
                forms.extend(met);
            }
        }
        forms.retain(|form| !form.is_empty(pair));
        forms
    }

    fn restrict_types(&mut self, types: &[Json]) {
        let known = |name: &str| name == "integer" || KINDS.iter().any(|(_, kind)| *kind == name);
        if !types.iter().all(|name| name.text().is_some_and(known)) {
            // A type that does not exist says nothing that could be relied on.
            return;
        }
        let (mask, integer) = mask(types);
        if self.types & NUMBER != 0 && integer {
            self.integer = true;
        }
        self.types &= mask;
    }

    /// The plain keywords.
    fn constrain(&mut self, pair: Pair<'a>, node: Node<'a>) {
        match node.get("type") {
            Some(json @ Json { value: Value::String(_), .. }) => self.restrict_types(std::slice::from_ref(json)),
            Some(Json { value: Value::Array(types), .. }) => self.restrict_types(types),
            _ => {}
        }
        let listed = node.get("enum").and_then(Json::array).map(|list| list.iter().collect::<Vec<_>>());
        for values in listed.into_iter().chain(node.get("const").map(|value| vec![value])) {
            self.values = Some(match self.values.take() {
                None => values,
                Some(known) => known.into_iter().filter(|value| values.contains(value)).collect(),
            });
        }
        for bound in bounds(node, "minimum", "exclusiveMinimum") {
            if self.lower.is_none_or(|known| !within(known, bound, Ordering::Greater)) {
                self.lower = Some(bound);
            }
        }
        for bound in bounds(node, "maximum", "exclusiveMaximum") {
            if self.upper.is_none_or(|known| !within(known, bound, Ordering::Less)) {
                self.upper = Some(bound);
            }
        }
        self.multiples.extend(node.get("multipleOf").and_then(Json::number));
        let least = |known: &mut u64, key: &str| *known = (*known).max(node.count(key).unwrap_or(0));
        let most = |known: &mut Option<u64>, key: &str| {
            if let Some(count) = node.count(key) {
                *known = Some(known.map_or(count, |known| known.min(count)));
            }
        };
        least(&mut self.min_length, "minLength");
        most(&mut self.max_length, "maxLength");
        least(&mut self.min_items, "minItems");
        most(&mut self.max_items, "maxItems");
        least(&mut self.min_properties, "minProperties");
        most(&mut self.max_properties, "maxProperties");
        self.texts.extend(TEXTS.iter().filter_map(|key| Some((*key, node.get(key)?.text()?))));
        self.unique |= node.get("uniqueItems").and_then(Json::bool) == Some(true);
        self.arrays.extend(array_part(node));
        if let Some(part) = self.arrays.last()
            && part.rest.is_some_and(|rest| rest.is(false))
        {
            let length = part.prefix.len() as u64;
            self.max_items = Some(self.max_items.map_or(length, |known| known.min(length)));
        }
        self.contains.extend(contains(node));
        self.objects.extend(object_part(pair, node));
        let required = node.get("required").and_then(Json::array).unwrap_or_default();
        self.required.extend(required.iter().filter_map(Json::text));
        self.min_properties = self.min_properties.max(self.required.len() as u64);
        self.names.extend(node.child("propertyNames"));
        let (lists, schemas) = dependencies(node);
        self.dependencies.extend(lists);
        self.dependent.extend(schemas);
    }

    /// Whether no value is left, as far as can be seen.
    pub fn is_empty(&self, pair: Pair<'a>) -> bool {
        let conflict = |lower: u64, upper: Option<u64>| upper.is_some_and(|upper| lower > upper);
        let mut types = self.types;
        if let (Some(lower), Some(upper)) = (self.lower, self.upper) {
            match lower.value.cmp(upper.value) {
                Ordering::Greater => types &= !NUMBER,
                Ordering::Equal if lower.exclusive || upper.exclusive => types &= !NUMBER,
                _ => {}
            }
        }
        if conflict(self.min_length, self.max_length) {
            types &= !STRING;
        }
        if conflict(self.min_items, self.max_items) {
            types &= !ARRAY;
        }
        let forbidden = |name: &&str| self.property(pair, name).is_none();
        if conflict(self.min_properties, self.max_properties) || self.required.iter().any(forbidden) {
            types &= !OBJECT;
        }
        if types == 0
            || self.nots.iter().any(|not| not.is(true) || matches!(&not.json.value, Value::Object(m) if m.is_empty()))
        {
            return true;
        }
        for not in &self.nots {
            // `not` with a type alone leaves the other types.
            if let (Some(members), Some(json)) = (not.json.object(), not.get("type"))
                && members.len() == 1
            {
                let (mask, integer) = match json.array() {
                    Some(list) => mask(list),
                    None => mask(std::slice::from_ref(json)),
                };
                types &= if integer { !mask | NUMBER } else { !mask };
            }
        }
        types == 0 || !pair.profile.hollow_constants && self.values.is_some() && self.live(pair).is_empty()
    }

    /// The listed values that all other constraints allow.
    pub fn live(&self, pair: Pair<'a>) -> Vec<&'a Json> {
        let fits = |value: &&&Json| {
            self.sources.iter().all(|source| instance::valid(pair, value, *source) != Some(false))
                && !self.nots.iter().any(|not| instance::valid(pair, value, *not) == Some(true))
        };
        self.values.iter().flatten().filter(fits).copied().collect()
    }

    /// One form for each kind of value.
    pub fn by_type(&self) -> Vec<Form<'a>> {
        let kinds = KINDS.iter().filter(|(kind, _)| self.types & kind != 0);
        kinds.map(|(kind, _)| Form { types: *kind, ..self.clone() }).collect()
    }

    /// The schemas of a property, none: any value; `None` if it cannot be there.
    pub fn property(&self, pair: Pair<'a>, name: &str) -> Option<Vec<Node<'a>>> {
        if self.names.iter().any(|names| instance::valid_name(pair, name, *names) == Some(false)) {
            return None;
        }
        let mut nodes = Vec::new();
        for part in &self.objects {
            part.schemas_of(name, &mut nodes);
        }
        if nodes.iter().any(|node| node.is(false)) { None } else { Some(nodes) }
    }

    /// Schemas of an item.
    pub fn item(&self, at: usize) -> Vec<Node<'a>> {
        self.arrays.iter().filter_map(|part| part.prefix.get(at).copied().or(part.rest)).collect()
    }

    /// Properties without a name of their own: by the patterns that they match, and the schemas they then have.
    pub fn classes(&self) -> Vec<(Vec<&'a str>, Vec<Node<'a>>)> {
        let mut classes = vec![(Vec::new(), Vec::new())];
        for part in &self.objects {
            let mut next = Vec::new();
            for (label, nodes) in &classes {
                let options = part.patterns.iter().map(|(pattern, node)| (Some(*pattern), Some(*node)));
                for (pattern, node) in options.chain(std::iter::once((None, part.rest))) {
                    let (mut label, mut nodes) = (label.clone(), nodes.clone());
                    label.extend(pattern);
                    nodes.extend(node);
                    next.push((label, nodes));
                }
            }
            if next.len() > FORMS_MAX {
                break;
            }
            classes = next;
        }
        classes.retain(|(_, nodes): &(Vec<&str>, Vec<Node<'_>>)| !nodes.iter().any(|node| node.is(false)));
        classes
    }
}

impl<'a> ObjectPart<'a> {
    /// Adds the schemas of a property. Patterns that are not understood count as not matching.
    pub fn schemas_of(&self, name: &str, nodes: &mut Vec<Node<'a>>) {
        let declared = self.properties.get(name);
        nodes.extend(declared.copied().flatten());
        let matching = self.patterns.iter().filter(|(p, _)| super::pattern::matches(p, name) == Some(true));
        let before = nodes.len();
        nodes.extend(matching.map(|(_, node)| *node));
        if declared.is_none() && nodes.len() == before {
            nodes.extend(self.rest);
        }
    }
}

/// Whether a bound is at least as strict as another one. `side`: how stricter values compare.
pub(super) fn within(known: Bound<'_>, wanted: Bound<'_>, side: Ordering) -> bool {
    match known.value.cmp(wanted.value) {
        Ordering::Equal => known.exclusive || !wanted.exclusive,
        order => order == side,
    }
}

/// The kinds of values that type names allow, and whether numbers must be whole.
pub(super) fn mask(types: &[Json]) -> (u8, bool) {
    let names: Vec<&str> = types.iter().filter_map(Json::text).collect();
    let kinds = KINDS.iter().filter(|(_, name)| names.contains(name)).fold(0, |mask, (kind, _)| mask | kind);
    let integer = names.contains(&"integer");
    (if integer { kinds | NUMBER } else { kinds }, integer && !names.contains(&"number"))
}

pub(super) fn array_part(node: Node<'_>) -> Option<ArrayPart<'_>> {
    let items = node.get("items");
    let tuple = node.get("prefixItems").or(items.filter(|items| items.array().is_some()));
    let prefix = tuple.and_then(Json::array).unwrap_or_default().iter().map(|json| node.with(json)).collect();
    let rest = match items {
        Some(items) if items.array().is_none() => Some(node.with(items)),
        _ if tuple.is_some() => node.child("additionalItems"),
        _ => None,
    };
    let applies = ["allOf", "anyOf", "oneOf", "if", "$ref", "contains"].iter().any(|key| node.get(key).is_some());
    let rest = rest.or_else(|| node.child("unevaluatedItems").filter(|_| !applies));
    (tuple.is_some() || rest.is_some()).then_some(ArrayPart { prefix, rest })
}

pub(super) fn contains(node: Node<'_>) -> Option<Contains<'_>> {
    let min = node.count("minContains").unwrap_or(1);
    node.child("contains").map(|inner| Contains { node: inner, min, max: node.count("maxContains") })
}

pub(super) fn object_part<'a>(pair: Pair<'a>, node: Node<'a>) -> Option<ObjectPart<'a>> {
    let members = |key: &str| -> &'a [Member] { node.get(key).and_then(Json::object).unwrap_or_default() };
    let mut part = ObjectPart {
        properties: members("properties").iter().map(|m| (m.key.as_str(), Some(node.with(&m.value)))).collect(),
        patterns: members("patternProperties").iter().map(|m| (m.key.as_str(), node.with(&m.value))).collect(),
        rest: node.child("additionalProperties"),
    };
    if let (None, Some(rest)) = (part.rest, node.child("unevaluatedProperties")) {
        part.rest = Some(rest);
        declared(pair, node, &mut part, 0);
    }
    let says = !part.properties.is_empty() || !part.patterns.is_empty() || part.rest.is_some();
    says.then_some(part)
}

/// Properties that schemas beside `unevaluatedProperties` declare. A reader counts on those that always apply.
fn declared<'a>(pair: Pair<'a>, node: Node<'a>, part: &mut ObjectPart<'a>, depth: usize) {
    if depth > DEPTH_MAX {
        return;
    }
    let mut inner: Vec<Node<'a>> = node.list("allOf");
    inner.extend(pair.target(node));
    if !node.of_reader {
        inner.extend(["anyOf", "oneOf"].iter().flat_map(|key| node.list(key)));
        inner.extend(["if", "then", "else"].iter().filter_map(|key| node.child(key)));
    }
    for inner in inner {
        let properties = inner.get("properties").and_then(Json::object).unwrap_or_default();
        for member in properties {
            part.properties.entry(&member.key).or_insert(None);
        }
        let patterns = inner.get("patternProperties").and_then(Json::object).unwrap_or_default();
        part.patterns.extend(patterns.iter().map(|member| (member.key.as_str(), inner.with(&member.value))));
        if inner.get("additionalProperties").is_some() {
            part.rest = None;
        }
        declared(pair, inner, part, depth + 1);
    }
}

/// Names that a property needs, by property.
type Lists<'a> = Vec<(&'a str, Vec<&'a str>)>;

/// Dependencies of all drafts: lists of names, and schemas.
pub(super) fn dependencies<'a>(node: Node<'a>) -> (Lists<'a>, Vec<(&'a str, Node<'a>)>) {
    let (mut lists, mut schemas) = (Vec::new(), Vec::new());
    for key in ["dependencies", "dependentRequired", "dependentSchemas"] {
        for member in node.get(key).and_then(Json::object).unwrap_or_default() {
            match &member.value.value {
                Value::Array(names) => {
                    lists.push((member.key.as_str(), names.iter().filter_map(Json::text).collect()));
                }
                Value::String(name) => lists.push((member.key.as_str(), vec![name.as_str()])),
                _ => schemas.push((member.key.as_str(), node.with(&member.value))),
            }
        }
    }
    (lists, schemas)
}
