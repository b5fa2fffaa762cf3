//! Whether all that is valid for the writer is valid for the reader.
//!
//! The relation is the greatest one: pairs of a writer's schemas and a reader's schema are assumed to fit until a
//! keyword says otherwise, and worked through until nothing changes. What cannot be decided counts as not fitting.

use std::cmp::Ordering;
use std::collections::{BTreeSet, HashMap, HashSet};

use super::super::finding::{Issue, Side};
use super::super::json_text::{Json, Value};
use super::Profile;
use super::equal::equal;
use super::form::{self, Form, KINDS, Node, Pair, TEXTS, within};
use super::index::Index;
use super::{instance, pattern};
use crate::error::{Error, Result};

/// Pairs of schemas at most.
const PAIRS_MAX: usize = 200_000;
/// Comparisons of a form with a schema at most: all in all, and for one pair.
const STEPS_MAX: usize = 1_000_000;
const STEPS_OF_PAIR_MAX: usize = 5_000;
/// Levels of references within one pair at most: deeper means a circle.
const DEPTH_MAX: usize = 64;

pub(super) fn can_read<'a>(reader: &'a Index<'a>, writer: &'a Index<'a>, profile: Profile) -> Result<Vec<Issue>> {
    let pair = Pair { reader, writer, profile };
    let mut relation = Relation {
        pair,
        fits: HashMap::new(),
        pairs: Vec::new(),
        equal: HashMap::new(),
        depth: 0,
        steps: 0,
        pair_steps: 0,
    };
    let r = Node { json: &reader.schema.root, of_reader: true };
    let w = Node { json: &writer.schema.root, of_reader: false };
    relation.settle(&[w], r);
    if relation.pairs.len() >= PAIRS_MAX || relation.steps >= STEPS_MAX {
        return Err(
            Error::limit("the schemas are too intertwined to be compared").in_source(reader.schema.file.clone())
        );
    }
    let mut sink = Sink { on: true, issues: Vec::new(), seen: HashSet::new() };
    if !relation.below(&[w], r, "#", &mut sink) && sink.issues.is_empty() {
        let side = |index: &Index<'_>| Side::new(index.place(&index.schema.root), index.schema.root.brief());
        let message = "whether {reader} takes all that is valid for {writer} cannot be told".to_owned();
        sink.issues.push(Issue::error("json-undecided", "#", message).sides(side(reader), side(writer)));
    }
    Ok(sink.issues)
}

type Key = (Vec<usize>, usize);

struct Relation<'a> {
    pair: Pair<'a>,
    fits: HashMap<Key, bool>,
    /// All keys with what they stand for.
    pairs: Vec<(Key, Vec<Node<'a>>, Node<'a>)>,
    /// Which schemas are known to say the same, or not.
    equal: HashMap<(usize, usize), bool>,
    depth: usize,
    steps: usize,
    pair_steps: usize,
}

/// Where reasons go, if anyone wants them.
struct Sink {
    on: bool,
    issues: Vec<Issue>,
    seen: HashSet<Key>,
}

impl Sink {
    fn quiet() -> Sink {
        Sink { on: false, issues: Vec::new(), seen: HashSet::new() }
    }
}

/// What is compared, and how it is told.
struct At<'a, 'p> {
    form: &'p Form<'a>,
    reader: Node<'a>,
    path: &'p str,
}

impl<'a> Relation<'a> {
    /// Fills the table, beginning with one pair.
    fn settle(&mut self, w: &[Node<'a>], r: Node<'a>) {
        self.known(w, r);
        let mut seen = 0;
        loop {
            let mut changed = false;
            while seen < self.pairs.len() {
                changed |= self.again(seen);
                seen += 1;
            }
            if !changed || self.pairs.len() >= PAIRS_MAX {
                return;
            }
            // What depends on a pair was mostly met before it: backwards, a long chain is done in one pass.
            for at in (0..seen).rev() {
                self.again(at);
            }
        }
    }

    /// Looks at a pair that is still taken to fit; whether it does not.
    fn again(&mut self, at: usize) -> bool {
        let Some((key, w, r)) = self.pairs.get(at).cloned() else { return false };
        let falls = self.fits[&key] && !self.evaluate(&w, r);
        if falls {
            self.fits.insert(key, false);
        }
        falls
    }

    fn key(w: &[Node<'a>], r: Node<'a>) -> Key {
        let mut ids: Vec<usize> = w.iter().map(|node| node.id()).collect();
        ids.sort_unstable();
        ids.dedup();
        (ids, r.id())
    }

    /// What is known of a pair; a new one is assumed to fit.
    fn known(&mut self, w: &[Node<'a>], r: Node<'a>) -> bool {
        let key = Relation::key(w, r);
        if let Some(fits) = self.fits.get(&key) {
            return *fits;
        }
        if self.pairs.len() >= PAIRS_MAX {
            return false;
        }
        self.fits.insert(key.clone(), true);
        self.pairs.push((key, w.to_vec(), r));
        true
    }

    fn evaluate(&mut self, w: &[Node<'a>], r: Node<'a>) -> bool {
        self.pair_steps = 0;
        let forms = Form::all_of(self.pair, w);
        forms.iter().all(|form| self.compare(form, r, "", &mut Sink::quiet()))
    }

    /// Looks a pair up, and tells why it does not fit.
    fn below(&mut self, w: &[Node<'a>], r: Node<'a>, path: &str, sink: &mut Sink) -> bool {
        let fits = self.known(w, r);
        if !fits && sink.on && sink.seen.insert(Relation::key(w, r)) {
            let before = sink.issues.len();
            self.pair_steps = 0;
            for form in Form::all_of(self.pair, w) {
                self.compare(&form, r, path, sink);
                // One choice of the writer that fails is reason enough; others mostly say the same.
                if sink.issues.len() > before {
                    break;
                }
            }
        }
        fits
    }

    /// Whether all values of a form are valid for a schema of the reader.
    fn compare(&mut self, form: &Form<'a>, r: Node<'a>, path: &str, sink: &mut Sink) -> bool {
        self.steps += 1;
        self.pair_steps += 1;
        if self.steps >= STEPS_MAX || self.pair_steps >= STEPS_OF_PAIR_MAX {
            return false;
        }
        if r.is(true) || form.is_empty(self.pair) {
            return true;
        }
        let (pair, known) = (self.pair, &mut self.equal);
        let mut same = |source: Node<'a>| {
            let key = (source.id(), r.id());
            *known.entry(key).or_insert_with(|| equal(pair, source, r))
        };
        let equal = form.sources.iter().any(|source| same(*source));
        if equal || self.depth > DEPTH_MAX {
            return equal;
        }
        self.depth += 1;
        let fits = self.keywords(&At { form, reader: r, path }, sink);
        self.depth -= 1;
        fits
    }

    fn fail(&self, at: &At<'a, '_>, key: &str, rule: &'static str, message: String, sink: &mut Sink) -> bool {
        if sink.on {
            let path = if key.is_empty() { at.path.to_owned() } else { format!("{}/{key}", at.path) };
            let r = at.reader.get(key).map_or(at.reader, |json| at.reader.with(json));
            let w =
                at.form.sources.iter().rev().find_map(|source| source.child(key)).or(at.form.sources.last().copied());
            let side = |node: Node<'a>| Side::new(self.pair.index(node).place(node.json), node.json.brief());
            sink.issues.push(Issue::error(rule, path, message).sides(side(r), w.map(side).unwrap_or_default()));
        }
        false
    }

    fn keywords(&mut self, at: &At<'a, '_>, sink: &mut Sink) -> bool {
        let (form, r, path) = (at.form, at.reader, at.path);
        if r.is(false) {
            return self.fail(at, "", "json-nothing-allowed", "{reader} allows no value here".to_owned(), sink);
        }
        let mut fits = true;
        if self.pair.only_reference(r) {
            return self.compare(form, self.pair.end(r), path, sink);
        }
        if let Some(target) = self.pair.target(r) {
            fits &= self.compare(form, target, path, sink);
        }
        if form.values.is_some() {
            let live = form.live(self.pair);
            if !live.is_empty() {
                let bad: Vec<_> =
                    live.iter().filter(|v| instance::valid(self.pair, v, r) != Some(true)).map(|v| v.brief()).collect();
                if bad.is_empty() {
                    return true;
                }
                let message = format!("{} of {{writer}} is not valid in {{reader}}", bad.join(", "));
                return self.fail(at, if r.get("enum").is_some() { "enum" } else { "" }, "json-enum", message, sink);
            }
        }
        fits &= self.types(at, sink);
        fits &= self.listed(at, sink);
        if form.types & form::NUMBER != 0 {
            fits &= self.numbers(at, sink);
        }
        if form.types & form::STRING != 0 {
            fits &= self.strings(at, sink);
        }
        if form.types & form::ARRAY != 0 {
            fits &= self.arrays(at, sink);
        }
        if form.types & form::OBJECT != 0 {
            fits &= self.objects(at, sink);
        }
        fits & self.combinations(at, sink)
    }

    fn types(&self, at: &At<'a, '_>, sink: &mut Sink) -> bool {
        let Some(json) = at.reader.get("type") else { return true };
        let (mask, integer) = form::mask(json.array().unwrap_or(std::slice::from_ref(json)));
        let extra = at.form.types & !mask;
        if extra != 0 {
            let name = |(kind, name): &(u8, &'static str)| match *kind == form::NUMBER && at.form.integer {
                true => "integer",
                false => name,
            };
            let names: Vec<_> = KINDS.iter().filter(|(kind, _)| extra & kind != 0).map(name).collect();
            let message = format!("{} is not readable as {}", names.join(", "), json.brief());
            return self.fail(at, "type", "json-type", message, sink);
        }
        if self.pair.profile.columns && at.form.integer && mask & form::NUMBER != 0 && !integer {
            let message = "a column of whole numbers becomes one of numbers".to_owned();
            return self.fail(at, "type", "json-column-type", message, sink);
        }
        let whole = at.form.integer || at.form.multiples.iter().any(|multiple| multiple.is_whole());
        if integer && at.form.types & form::NUMBER != 0 && !whole {
            let message = "numbers of {writer} need not be whole".to_owned();
            return self.fail(at, "type", "json-type", message, sink);
        }
        true
    }

    /// `enum` and `const` where the writer's values are not listed, or not allowed by its own type.
    fn listed(&self, at: &At<'a, '_>, sink: &mut Sink) -> bool {
        let mut fits = true;
        for key in ["enum", "const"] {
            let Some(json) = at.reader.get(key) else { continue };
            let list = if key == "enum" { json.array().unwrap_or_default() } else { std::slice::from_ref(json) };
            let few = [(form::NULL, vec![Value::Null]), (form::BOOLEAN, vec![Value::Bool(true), Value::Bool(false)])];
            let all_of_type = || {
                at.form.types & !(form::NULL | form::BOOLEAN) == 0
                    && few
                        .into_iter()
                        .filter(|(kind, _)| at.form.types & kind != 0)
                        .all(|(_, values)| values.into_iter().all(|value| list.contains(&Json { at: 0, value })))
            };
            let ok = match &at.form.values {
                Some(values) => values.iter().all(|value| list.contains(value)),
                None => all_of_type(),
            };
            if !ok {
                let message = format!("{{writer}} does not restrict values to {}", json.brief());
                fits = self.fail(at, key, "json-enum", message, sink);
            }
        }
        fits
    }

    fn numbers(&self, at: &At<'a, '_>, sink: &mut Sink) -> bool {
        let (form, r) = (at.form, at.reader);
        let mut fits = true;
        let sides = [
            ("minimum", "exclusiveMinimum", form.lower, Ordering::Greater, 1),
            ("maximum", "exclusiveMaximum", form.upper, Ordering::Less, -1),
        ];
        for (inclusive, exclusive, known, side, step) in sides {
            for wanted in form::bounds(r, inclusive, exclusive) {
                let held = known.is_some_and(|known| {
                    // The next whole number behind an exclusive bound is an inclusive one.
                    let next = (form.integer && known.exclusive).then(|| known.value.plus(step)).flatten();
                    let next = next.as_ref().map(|value| form::Bound { value, exclusive: false });
                    within(known, wanted, side) || next.is_some_and(|next| within(next, wanted, side))
                });
                if !held {
                    let key = if wanted.exclusive && r.get(exclusive).is_some() { exclusive } else { inclusive };
                    let message = format!("{key} {} does not hold for numbers of {{writer}}", wanted.value.text);
                    fits = self.fail(at, key, "json-number-bound", message, sink);
                }
            }
        }
        if let Some(wanted) = r.get("multipleOf").and_then(Json::number) {
            let one = super::super::json_text::Number::whole(1);
            let known = form.multiples.iter().copied().chain(form.integer.then_some(&one));
            if !known.into_iter().any(|known| known.is_multiple_of(wanted)) {
                let message = format!("numbers of {{writer}} need not be multiples of {}", wanted.text);
                fits = self.fail(at, "multipleOf", "json-multiple", message, sink);
            }
        }
        fits
    }

    /// A count of the reader against what the writer guarantees.
    fn counts(&self, at: &At<'a, '_>, keys: [&str; 2], least: u64, most: Option<u64>, sink: &mut Sink) -> bool {
        let mut fits = true;
        if let Some(wanted) = at.reader.count(keys[0])
            && least < wanted
        {
            let message = format!("{} {wanted} does not hold for {{writer}}", keys[0]);
            fits = self.fail(at, keys[0], "json-size", message, sink);
        }
        if let Some(wanted) = at.reader.count(keys[1])
            && most.is_none_or(|most| most > wanted)
        {
            let message = format!("{} {wanted} does not hold for {{writer}}", keys[1]);
            fits = self.fail(at, keys[1], "json-size", message, sink);
        }
        fits
    }

    fn strings(&self, at: &At<'a, '_>, sink: &mut Sink) -> bool {
        let form = at.form;
        let mut fits = self.counts(at, ["minLength", "maxLength"], form.min_length, form.max_length, sink);
        for key in TEXTS.iter().filter(|key| **key == "pattern" || self.pair.profile.formats) {
            let Some(wanted) = at.reader.get(key).and_then(Json::text) else { continue };
            let held = form.texts.contains(&(key, wanted)) || *key == "pattern" && pattern::is_universal(wanted);
            if !held {
                let message = format!("{key} {wanted:?} does not hold for text of {{writer}}");
                fits = self.fail(at, key, "json-text", message, sink);
            }
        }
        fits
    }

    fn arrays(&mut self, at: &At<'a, '_>, sink: &mut Sink) -> bool {
        let (form, r) = (at.form, at.reader);
        let mut fits = self.counts(at, ["minItems", "maxItems"], form.min_items, form.max_items, sink);
        if r.get("uniqueItems").and_then(Json::bool) == Some(true)
            && !form.unique
            && form.max_items.is_none_or(|m| m > 1)
        {
            fits = self.fail(at, "uniqueItems", "json-unique", "items of {writer} need not be unique".to_owned(), sink);
        }
        let longest = form.arrays.iter().map(|part| part.prefix.len()).max().unwrap_or(0);
        if let Some(part) = form::array_part(r) {
            let count = longest.max(part.prefix.len());
            for index in 0..=count {
                let item = form.item(index);
                let ended = form.max_items.is_some_and(|max| max <= index as u64);
                if ended || item.iter().any(|node| node.is(false)) {
                    break;
                }
                if let Some(wanted) = part.prefix.get(index).copied().or(part.rest) {
                    let name =
                        if index < count { format!("{}/items/{index}", at.path) } else { format!("{}/items", at.path) };
                    fits &= self.below(&item, wanted, &name, sink);
                }
            }
        }
        if let Some(wanted) = form::contains(r) {
            fits &= self.contains(at, wanted, longest, sink);
        }
        fits
    }

    fn contains(&mut self, at: &At<'a, '_>, wanted: form::Contains<'a>, longest: usize, sink: &mut Sink) -> bool {
        let form = at.form;
        let enough = wanted.min == 0
            || form.contains.iter().any(|known| known.min >= wanted.min && self.known(&[known.node], wanted.node))
            || form.min_items >= wanted.min && (0..=longest).all(|index| self.known(&form.item(index), wanted.node));
        let most = wanted.max.is_none_or(|max| {
            let same = |known: &form::Contains<'a>| {
                known.max.is_some_and(|known| known <= max) && equal(self.pair, known.node, wanted.node)
            };
            form.max_items.is_some_and(|items| items <= max) || form.contains.iter().any(same)
        });
        if enough && most {
            return true;
        }
        self.fail(at, "contains", "json-contains", "contains does not hold for arrays of {writer}".to_owned(), sink)
    }

    fn objects(&mut self, at: &At<'a, '_>, sink: &mut Sink) -> bool {
        let (form, r) = (at.form, at.reader);
        let classes = form.classes();
        let mut fits = self.properties(at, &classes, sink);
        let required = r.get("required").and_then(Json::array).unwrap_or_default();
        for name in required.iter().filter_map(Json::text).filter(|name| !form.required.contains(name)) {
            let message = format!("property {name} is required in {{reader}}, but not in {{writer}}");
            fits = self.fail(at, "required", "json-required", message, sink);
        }
        let named: BTreeSet<&str> = form.objects.iter().flat_map(|part| part.properties.keys().copied()).collect();
        let possible = named.iter().filter(|name| form.property(self.pair, name).is_some()).count() as u64;
        let most = classes.is_empty().then_some(possible).into_iter().chain(form.max_properties).min();
        fits &= self.counts(at, ["minProperties", "maxProperties"], form.min_properties, most, sink);
        if let Some(wanted) = r.child("propertyNames") {
            let bad = named.iter().find(|name| {
                form.property(self.pair, name).is_some() && instance::valid_name(self.pair, name, wanted) != Some(true)
            });
            let names = form.names.clone();
            let open = !classes.is_empty() && !self.names_fit(&names, wanted);
            if bad.is_some() || open {
                let message = "names of properties of {writer} are not all allowed".to_owned();
                fits = self.fail(at, "propertyNames", "json-property-names", message, sink);
            }
        }
        fits & self.dependencies(at, sink)
    }

    /// Names are text: a schema of names is compared for text only.
    fn names_fit(&mut self, names: &[Node<'a>], wanted: Node<'a>) -> bool {
        let forms = Form::all_of(self.pair, names);
        forms.into_iter().all(|mut form| {
            form.types &= form::STRING;
            self.compare(&form, wanted, "", &mut Sink::quiet())
        })
    }

    fn properties(&mut self, at: &At<'a, '_>, classes: &[(Vec<&'a str>, Vec<Node<'a>>)], sink: &mut Sink) -> bool {
        let form = at.form;
        let Some(part) = form::object_part(self.pair, at.reader) else { return true };
        let mut fits = true;
        let mut names: BTreeSet<&'a str> =
            form.objects.iter().flat_map(|part| part.properties.keys().copied()).collect();
        let declared = names.clone();
        names.extend(part.properties.keys().copied());
        names.extend(form.required.iter().copied());
        for name in names {
            let Some(schemas) = form.property(self.pair, name) else { continue };
            let lenient = self.pair.profile.lenient;
            if self.pair.profile.added_properties && !declared.contains(name) && (schemas.is_empty() || lenient) {
                continue;
            }
            let mut wanted = Vec::new();
            part.schemas_of(name, &mut wanted);
            // What goes from the reader falls to its schema of other properties, unless there must be none.
            let gone = lenient && !part.properties.contains_key(name);
            for wanted in wanted.into_iter().filter(|wanted| !gone || wanted.is(false)) {
                let path = format!("{}/properties/{name}", at.path);
                if wanted.is(false) {
                    let message = format!("property {name} of {{writer}} is not allowed in {{reader}}");
                    let inner = At { path: &path, ..*at };
                    fits = self.fail(&inner, "additionalProperties", "json-property-removed", message, sink);
                } else {
                    fits &= self.below(&schemas, wanted, &path, sink);
                }
            }
        }
        for (label, schemas) in classes {
            let matched = |pattern: &str| label.contains(&pattern);
            for (pattern, wanted) in &part.patterns {
                let elsewhere = form.objects.iter().any(|part| part.patterns.iter().any(|(known, _)| known == pattern));
                if matched(pattern) || !elsewhere {
                    fits &= self.below(schemas, *wanted, &format!("{}/patternProperties/{pattern}", at.path), sink);
                }
            }
            if self.pair.profile.lenient {
                continue;
            }
            if let Some(rest) = part.rest.filter(|_| !part.patterns.iter().any(|(pattern, _)| matched(pattern))) {
                let path = format!("{}/additionalProperties", at.path);
                if rest.is(false) && !sink.seen.contains(&Relation::key(schemas, rest)) {
                    let message = "{writer} allows properties that {reader} does not know".to_owned();
                    fits = self.fail(at, "additionalProperties", "json-closed", message, sink);
                } else {
                    fits &= self.below(schemas, rest, &path, sink);
                }
            }
        }
        fits
    }

    fn dependencies(&mut self, at: &At<'a, '_>, sink: &mut Sink) -> bool {
        let form = at.form;
        let (lists, schemas) = form::dependencies(at.reader);
        let mut fits = true;
        for (name, needs) in lists {
            let known = |need: &&str| {
                form.required.contains(need)
                    || form.dependencies.iter().any(|(on, known)| *on == name && known.contains(need))
            };
            if form.property(self.pair, name).is_some() && !needs.iter().all(known) {
                let message = format!("{{writer}} allows {name} without {}", needs.join(", "));
                fits = self.fail(at, "", "json-dependency", message, sink);
            }
        }
        for (name, wanted) in schemas {
            if form.property(self.pair, name).is_none() {
                continue;
            }
            let mut forms = vec![form.clone()];
            forms.iter_mut().for_each(|form| {
                form.required.insert(name);
            });
            for (_, known) in form.dependent.iter().filter(|(on, _)| *on == name) {
                forms = forms.iter().flat_map(|form| form.and(self.pair, *known)).collect();
            }
            if !forms.iter().all(|form| self.compare(form, wanted, at.path, &mut Sink::quiet())) {
                let message = format!("what must hold where {name} is does not hold for {{writer}}");
                fits = self.fail(at, "", "json-dependency", message, sink);
            }
        }
        fits
    }

    fn combinations(&mut self, at: &At<'a, '_>, sink: &mut Sink) -> bool {
        let (form, r, path) = (at.form, at.reader, at.path);
        let mut fits = true;
        for (index, part) in r.list("allOf").into_iter().enumerate() {
            fits &= self.compare(form, part, &format!("{path}/allOf/{index}"), sink);
        }
        for key in ["anyOf", "oneOf"] {
            let choices = r.list(key);
            if r.get(key).is_none() {
                continue;
            }
            let exactly = key == "oneOf" && !self.pair.profile.one_of_as_any_of;
            let whole = self.chosen(form, &choices, exactly);
            let split = || form.types.count_ones() > 1 && !self.pair.profile.one_of_as_any_of;
            let ok = whole || split() && form.by_type().iter().all(|form| self.chosen(form, &choices, exactly));
            if !ok {
                let message = format!(
                    "not every value of {{writer}} fits {} schema of {key}",
                    if exactly { "exactly one" } else { "a" }
                );
                fits = self.fail(at, key, "json-choice", message, sink);
            }
        }
        if let Some(excluded) = r.child("not")
            && !self.disjoint(form, excluded)
        {
            let message = format!("{{writer}} allows what {{reader}} excludes: {}", excluded.json.brief());
            fits = self.fail(at, "not", "json-not", message, sink);
        }
        if let Some(condition) = r.child("if") {
            fits &= self.condition(at, condition, sink);
        }
        fits
    }

    /// Whether a form fits one of the choices, and no other if it must be exactly one.
    fn chosen(&mut self, form: &Form<'a>, choices: &[Node<'a>], exactly: bool) -> bool {
        choices.iter().enumerate().any(|(at, choice)| {
            self.compare(form, *choice, "", &mut Sink::quiet())
                && (!exactly
                    || choices.iter().enumerate().all(|(other, node)| other == at || self.disjoint(form, *node)))
        })
    }

    /// Whether no value of a form is valid for a schema.
    fn disjoint(&mut self, form: &Form<'a>, node: Node<'a>) -> bool {
        if form.and(self.pair, node).is_empty() {
            return true;
        }
        let nots = form.nots.clone();
        nots.into_iter().any(|not| self.known(&[node], not))
    }

    fn condition(&mut self, at: &At<'a, '_>, condition: Node<'a>, sink: &mut Sink) -> bool {
        let (form, r) = (at.form, at.reader);
        if self.pair.profile.one_of_as_any_of {
            let own = form.sources.iter().filter_map(|source| source.child("if")).collect::<Vec<_>>();
            if !own.into_iter().any(|own| equal(self.pair, own, condition)) {
                return self.fail(at, "if", "json-condition", "the condition changed".to_owned(), sink);
            }
        }
        let branch = |key: &str| r.child(key);
        let mut quiet = Sink::quiet();
        let then = |relation: &mut Self, form: &Form<'a>, sink: &mut Sink| {
            branch("then").is_none_or(|then| relation.compare(form, then, &format!("{}/then", at.path), sink))
        };
        let otherwise = |relation: &mut Self, form: &Form<'a>, sink: &mut Sink| {
            branch("else").is_none_or(|then| relation.compare(form, then, &format!("{}/else", at.path), sink))
        };
        if self.compare(form, condition, "", &mut quiet) {
            return then(self, form, sink);
        }
        if self.disjoint(form, condition) {
            return otherwise(self, form, sink);
        }
        let mut excluded = form.clone();
        excluded.nots.push(condition);
        let mut fits = otherwise(self, &excluded, sink);
        for form in form.and(self.pair, condition) {
            fits &= then(self, &form, sink);
        }
        fits
    }
}
