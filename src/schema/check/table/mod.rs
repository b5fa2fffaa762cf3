//! Tables: whether files of one schema stay readable under another, by the rules of Iceberg, Delta Lake, Spark and
//! Arrow.
//!
//! [`rules`] is the table of what each allows; this file walks the logical types of both schemas with it. "The reader
//! reads the writer" means that a table of the reader's schema reads data files of the writer's.

mod names;
mod rules;

use std::collections::{HashMap, HashSet};

use super::cross::logical::{Absent, Field, Logical, Null, Type, Value};
use super::cross::relation::At;
use super::finding::{Issue, Severity, Side};
use super::given::Given;
use super::rules::RuleSet;
use names::Names;
use rules::{Added, Profile};

pub(super) fn can_read(reader: &Logical, writer: &Logical, rules: &RuleSet, given: &Given) -> Vec<Issue> {
    let Some(profile) = rules::profile(rules) else { return Vec::new() };
    let names = writer.structs.iter().map(|found| Names::of(&found.name, &found.fields)).collect();
    let mut walk = Walk { reader, writer, profile, given, names, seen: HashSet::new(), issues: Vec::new() };
    let at = At::root(reader, writer);
    walk.values(reader.root, writer.root, &at);
    walk.issues
}

struct Walk<'a> {
    reader: &'a Logical,
    writer: &'a Logical,
    profile: &'static Profile,
    given: &'a Given,
    /// Fields of the writer's structs by name.
    names: Vec<Names<'a>>,
    /// Pairs of structs that were compared.
    seen: HashSet<(usize, usize)>,
    issues: Vec<Issue>,
}

impl<'a> Walk<'a> {
    fn tell(&mut self, severity: Severity, rule: &'static str, at: &At, message: String, sides: (String, String)) {
        let issue = Issue::error(rule, &*at.path, message).severity(severity);
        self.issues.push(issue.sides(Side::new(at.reader.clone(), sides.0), Side::new(at.writer.clone(), sides.1)));
    }

    fn values(&mut self, r: Value, w: Value, at: &At) {
        let (reader, writer) = (self.reader, self.writer);
        let (new, old) = (reader.kind(r), writer.kind(w));
        if w.null == Null::Yes && r.null == Null::Never && *old != Type::Null && !self.profile.takes_nulls {
            let severity = if self.given.no_nulls { Severity::Warning } else { Severity::Error };
            let message = "{writer} has nulls, the column of {reader} takes none".to_owned();
            self.tell(severity, "column-null", at, message, (reader.shown(r), writer.shown(w)));
        }
        match (new, old) {
            (Type::Struct(r), Type::Struct(w)) => {
                if self.seen.insert((*r, *w)) {
                    self.structs(*r, *w, at);
                }
            }
            (Type::Union(branches), Type::Union(written)) => self.unions(branches, written, at),
            _ if self.profile.physical => self.whole(r, w, at),
            (Type::List(r) | Type::Tuple(r, _), Type::List(w) | Type::Tuple(w, _)) => {
                self.values(*r, *w, &at.deeper("[]"));
            }
            (Type::Map(k, v), Type::Map(wk, wv)) => {
                if reader.kind(*k) != writer.kind(*wk) {
                    self.types(*k, *wk, "the type of keys stays", &at.deeper("{key}"));
                }
                self.values(*v, *wv, &at.deeper("{}"));
            }
            _ if self.profile.fits(new, old) => {}
            _ => self.types(r, w, self.profile.about, at),
        }
    }

    /// A column whose type in memory counts, with all that is in it.
    fn whole(&mut self, r: Value, w: Value, at: &At) {
        let (new, old) = (self.reader.kind(r), self.writer.kind(w));
        let absorbed = self.profile.fits(new, old) && (*new == Type::Null || *old == Type::Null);
        let same = match (self.reader.exact.get(&r.kind), self.writer.exact.get(&w.kind)) {
            (Some(new), Some(old)) => new == old,
            _ => self.reader.shown(r) == self.writer.shown(w),
        };
        if !same && !absorbed {
            self.types(r, w, self.profile.about, at);
        }
    }

    fn types(&mut self, r: Value, w: Value, why: &str, at: &At) {
        let shown = |logical: &Logical, value: Value| {
            logical.exact.get(&value.kind).cloned().unwrap_or_else(|| logical.shown(value))
        };
        let (new, old) = (shown(self.reader, r), shown(self.writer, w));
        let message = format!("{old} does not become {new}: {why}");
        self.tell(Severity::Error, "column-type", at, message, (new, old));
    }

    /// Branch by branch, in order: what is added at the end has no data yet.
    fn unions(&mut self, branches: &[Value], written: &[Value], at: &At) {
        for (n, w) in written.iter().enumerate() {
            match branches.get(n) {
                Some(r) => self.values(*r, *w, at),
                None if self.profile.merged => {}
                None => {
                    let shown = self.writer.shown(*w);
                    let message = format!("{shown} is no branch of the union in {{reader}}");
                    self.tell(Severity::Error, "column-type", at, message, ("absent".to_owned(), shown));
                }
            }
        }
    }

    fn structs(&mut self, r: usize, w: usize, at: &At) {
        let (reader, writer) = (self.reader, self.writer);
        let (fields, written) = (&reader.structs[r].fields, &writer.structs[w].fields);
        let mut used: HashSet<&str> = HashSet::new();
        let mut added: Vec<&Field> = Vec::new();
        for field in fields {
            let here = At { path: format!("{}.{}", at.path, field.name), reader: field.place.clone(), ..at.clone() };
            match self.source(field, w, &here) {
                Some(found) => {
                    used.insert(&found.name);
                    let here = At { writer: found.place.clone(), ..here };
                    self.values(field.value, found.value, &here);
                    self.metadata(field, found, &here);
                }
                None => added.push(field),
            }
        }
        let gone: Vec<&Field> = written.iter().filter(|field| !used.contains(field.name.as_str())).collect();
        self.added(&added, &gone, at);
        for field in gone {
            let here = At { path: format!("{}.{}", at.path, field.name), writer: field.place.clone(), ..at.clone() };
            let message = format!("column {} of {{writer}} is not in {{reader}}{}", field.name, self.profile.dropped);
            let shown = writer.shown(field.value);
            self.tell(Severity::Note, "column-dropped", &here, message, ("absent".to_owned(), shown));
        }
    }

    /// The column that is meant: by its id where both have one, else by name.
    fn source(&mut self, field: &Field, w: usize, at: &At) -> Option<&'a Field> {
        let named = self.names[w].find(field, self.given);
        let Some(id) = field.id.as_deref().filter(|_| self.profile.ids) else { return named };
        if let Some(found) = self.names[w].of_id(field) {
            return Some(found);
        }
        let named = named?;
        match named.id.as_deref() {
            None => Some(named),
            Some(other) => {
                let message = format!("column {} has id {id} in {{reader}} and {other} in {{writer}}", field.name);
                self.tell(Severity::Error, "column-id", at, message, (id.to_owned(), other.to_owned()));
                None
            }
        }
    }

    fn added(&mut self, added: &[&Field], gone: &[&Field], at: &At) {
        let mut by_type: HashMap<String, Vec<&Field>> = HashMap::new();
        for old in gone {
            by_type.entry(self.writer.shown(old.value)).or_default().push(old);
        }
        for field in added {
            let here = At { path: format!("{}.{}", at.path, field.name), reader: field.place.clone(), ..at.clone() };
            let shown = self.reader.shown(field.value);
            let optional = field.value.null != Null::Never || field.absent == Absent::Zero;
            let fits = match self.profile.added {
                Added::Any => true,
                Added::Optional => optional,
                Added::OptionalOrDefault => optional || field.absent == Absent::Filled,
            };
            if !fits {
                let message = format!("column {} is new, and {}", field.name, self.profile.required);
                self.tell(Severity::Error, "column-required", &here, message, (shown, "absent".to_owned()));
                continue;
            }
            if let Some([old]) = by_type.get(&shown).map(Vec::as_slice) {
                let message =
                    format!("possible rename of {} to {}: files would be read with nulls in it", old.name, field.name);
                let here = At { writer: old.place.clone(), ..here };
                let sides = (field.name.clone(), old.name.clone());
                self.tell(Severity::Warning, "column-possible-rename", &here, message, sides);
            }
        }
    }

    /// Key-value pairs that both have must agree.
    fn metadata(&mut self, field: &Field, found: &Field, at: &At) {
        if !self.profile.physical {
            return;
        }
        for (key, new) in &field.metadata {
            if let Some(old) = found.metadata.get(key).filter(|old| *old != new) {
                let message = format!("metadata {key:?} is {old:?} in {{writer}} and {new:?} in {{reader}}");
                self.tell(Severity::Error, "column-metadata", at, message, (new.clone(), old.clone()));
            }
        }
    }
}
