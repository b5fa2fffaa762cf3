//! Whether a logical type reads another one, with reasons.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use super::super::finding::{Issue, Place, Severity, Side};
use super::super::given::Given;
use super::leaf::{Fit, leaf};
use super::logical::{Absent, Field, Logical, Null, Struct, Type, Value};
use crate::schema::identity::{self, By, Known};

pub(super) fn can_read(reader: &Logical, writer: &Logical, given: &Given) -> Vec<Issue> {
    let mut relation = Relation {
        reader,
        writer,
        given,
        partners: HashMap::new(),
        pairs: HashMap::new(),
        issues: Vec::new(),
        seen: HashSet::new(),
    };
    relation.settle();
    let at = At::root(reader, writer);
    relation.explain(reader.root, writer.root, &at);
    let told = relation.issues.iter().any(|issue| issue.severity == Severity::Error);
    if !told && !relation.reads(reader.root, writer.root) {
        let shown = (reader.shown(reader.root), writer.shown(writer.root));
        let message = format!("{} is not readable as {}", shown.1, shown.0);
        relation.tell(Severity::Error, "value-reinterpreted", &at, message, shown);
    }
    relation.issues
}

struct Relation<'a> {
    reader: &'a Logical,
    writer: &'a Logical,
    given: &'a Given,
    /// For a struct of each side: of each field of the reader its place among those of the writer.
    partners: HashMap<(usize, usize), Rc<[Option<usize>]>>,
    /// Pairs of structs; true until a rule says otherwise.
    pairs: HashMap<(usize, usize), bool>,
    issues: Vec<Issue>,
    seen: HashSet<(usize, usize)>,
}

/// Where in both schemas a pair of values stands.
#[derive(Clone)]
pub(in crate::schema::check) struct At {
    pub path: String,
    pub reader: Place,
    pub writer: Place,
}

impl At {
    pub fn root(reader: &Logical, writer: &Logical) -> At {
        At { path: writer.name.clone(), reader: reader.place.clone(), writer: writer.place.clone() }
    }

    pub fn deeper(&self, suffix: &str) -> At {
        At { path: format!("{}{suffix}", self.path), ..self.clone() }
    }
}

impl<'a> Relation<'a> {
    fn settle(&mut self) {
        loop {
            let before = self.pairs.clone();
            self.reads(self.reader.root, self.writer.root);
            for pair in before.keys().copied().collect::<Vec<_>>() {
                if self.pairs[&pair] && !self.structs(pair.0, pair.1) {
                    self.pairs.insert(pair, false);
                }
            }
            if self.pairs == before {
                return;
            }
        }
    }

    fn reads(&mut self, r: Value, w: Value) -> bool {
        let refuses = w.null == Null::Yes && r.null == Null::Never && *self.reader.kind(r) != Type::Null;
        if refuses && !self.given.no_nulls {
            return false;
        }
        let (reader, writer) = (self.reader.kind(r), self.writer.kind(w));
        if *writer == Type::Null {
            return r.null != Null::Never || *reader == Type::Null;
        }
        if let Some(fit) = leaf(reader, writer) {
            return fit < Fit::Reinterpreted;
        }
        match (reader, writer) {
            (_, Type::Union(branches)) => branches.iter().all(|branch| self.reads(r, *branch)),
            // Its nulls, which were looked at above, are those of the union.
            (Type::Union(branches), _) => branches.iter().any(|branch| self.reads(*branch, w.present())),
            (Type::List(r), Type::List(w) | Type::Tuple(w, _)) | (Type::Tuple(r, _), Type::List(w)) => {
                self.reads(*r, *w)
            }
            (Type::Tuple(r, size), Type::Tuple(w, written)) => size == written && self.reads(*r, *w),
            (Type::Map(k, v), Type::Map(wk, wv)) => self.reads(*k, *wk) && self.reads(*v, *wv),
            (Type::List(item), Type::Map(wk, wv)) => {
                entries(self.reader, *item).is_some_and(|(k, v)| self.reads(k, *wk) && self.reads(v, *wv))
            }
            (Type::Map(k, v), Type::List(item)) => {
                entries(self.writer, *item).is_some_and(|(wk, wv)| self.reads(*k, wk) && self.reads(*v, wv))
            }
            (Type::Struct(r), Type::Struct(w)) => *self.pairs.entry((*r, *w)).or_insert(true),
            _ => false,
        }
    }

    /// The fields of the writer's struct that those of the reader's are read from.
    fn sources(&mut self, r: usize, w: usize) -> impl Iterator<Item = Option<&'a Field>> + use<'a> {
        let (reader, writer) = (&self.reader.structs[r], &self.writer.structs[w]);
        let given = self.given;
        let partners = self.partners.entry((r, w)).or_insert_with(|| {
            let number = reader.message.is_some() && reader.message == writer.message;
            let said = |name: &str| given.writer_name(&writer.name, name);
            identity::pairs(&known(writer), &known(reader), By { number, id: true }, &said).into()
        });
        let partners = partners.clone();
        (0..partners.len()).map(move |at| partners[at].map(|at| &writer.fields[at]))
    }

    fn structs(&mut self, r: usize, w: usize) -> bool {
        let fields = &self.reader.structs[r].fields;
        self.sources(r, w).zip(fields).all(|(source, field)| match source {
            Some(found) => self.reads(field.value, found.value),
            None => field.absent != Absent::Fails || field.value.null != Null::Never,
        })
    }

    fn tell(&mut self, severity: Severity, rule: &'static str, at: &At, message: String, sides: (String, String)) {
        let issue = Issue::error(rule, &*at.path, message).severity(severity);
        self.issues.push(issue.sides(Side::new(at.reader.clone(), sides.0), Side::new(at.writer.clone(), sides.1)));
    }

    fn explain(&mut self, r: Value, w: Value, at: &At) {
        let (reader_of, writer_of) = (self.reader, self.writer);
        let (reader, writer) = (reader_of.kind(r), writer_of.kind(w));
        let shown = (self.reader.shown(r), self.writer.shown(w));
        if r.null == Null::Never && *reader != Type::Null {
            match w.null {
                Null::Yes if self.given.no_nulls => {
                    let message = "{reader} takes no nulls: it is assumed that there are none".to_owned();
                    self.tell(Severity::Warning, "value-null", at, message, shown.clone());
                }
                Null::Yes => {
                    let message = "{writer} has nulls, {reader} takes none".to_owned();
                    return self.tell(Severity::Error, "value-null", at, message, shown);
                }
                Null::Unset => {
                    let message = "{reader} takes no messages that are not set".to_owned();
                    self.tell(Severity::Warning, "value-unset", at, message, shown.clone());
                }
                Null::Never => {}
            }
        }
        match (reader, writer) {
            (_, Type::Null) if r.null != Null::Never || *reader == Type::Null => {}
            (_, Type::Union(branches)) => branches.iter().for_each(|branch| self.explain(r, *branch, at)),
            (Type::Union(branches), _) => match branches.iter().find(|branch| self.reads(**branch, w.present())) {
                Some(fits) => self.explain(*fits, w.present(), at),
                None => {
                    let message = format!("{} fits no branch of {}", shown.1, shown.0);
                    self.tell(Severity::Error, "union-branch", at, message, shown);
                }
            },
            (Type::List(r), Type::List(w) | Type::Tuple(w, _)) => self.explain(*r, *w, &at.deeper("[]")),
            (Type::Tuple(r, _), Type::List(w)) => {
                let message = format!("not every {} fits {}: a conversion checks each value", shown.1, shown.0);
                self.tell(Severity::Warning, "value-checked", at, message, shown);
                self.explain(*r, *w, &at.deeper("[]"));
            }
            (Type::Tuple(r, size), Type::Tuple(w, written)) if size == written => {
                self.explain(*r, *w, &at.deeper("[]"));
            }
            (Type::Map(k, v), Type::Map(wk, wv)) => {
                self.explain(*k, *wk, &at.deeper("{key}"));
                self.explain(*v, *wv, &at.deeper("{}"));
            }
            // A map is the list of its entries; a list of entries is a map if no key stands twice.
            (Type::List(item), Type::Map(wk, wv)) if entries(reader_of, *item).is_some() => {
                if let Some((k, v)) = entries(reader_of, *item) {
                    self.explain(k, *wk, &at.deeper("[].key"));
                    self.explain(v, *wv, &at.deeper("[].value"));
                }
            }
            (Type::Map(k, v), Type::List(item)) if entries(writer_of, *item).is_some() => {
                let message =
                    format!("{} is a {} if no key stands twice: a conversion checks each value", shown.1, shown.0);
                self.tell(Severity::Warning, "value-checked", at, message, shown);
                if let Some((wk, wv)) = entries(writer_of, *item) {
                    self.explain(*k, wk, &at.deeper("{key}"));
                    self.explain(*v, wv, &at.deeper("{}"));
                }
            }
            (Type::Struct(r), Type::Struct(w)) => {
                if self.seen.insert((*r, *w)) {
                    self.fields(*r, *w, at);
                }
            }
            _ => self.leaf(leaf(reader, writer).unwrap_or(Fit::Reinterpreted), (reader, writer), shown, at),
        }
    }

    fn leaf(&mut self, fit: Fit, kinds: (&Type, &Type), shown: (String, String), at: &At) {
        match fit {
            Fit::Same | Fit::Widened => {}
            Fit::Checked => {
                let message = format!("not every {} fits {}: a conversion checks each value", shown.1, shown.0);
                self.tell(Severity::Warning, "value-checked", at, message, shown);
            }
            Fit::Reinterpreted => {
                if let (Type::Enum { symbols: known, .. }, Type::Enum { symbols, .. }) = kinds {
                    let missing: Vec<_> = symbols.iter().filter(|symbol| !known.contains(symbol)).cloned().collect();
                    let message =
                        format!("{} unknown to the enum of {{reader}}, which has no default", missing.join(", "));
                    return self.tell(Severity::Error, "enum-symbols", at, message, shown);
                }
                let message = format!("{} would be reinterpreted as {}", shown.1, shown.0);
                self.tell(Severity::Error, "value-reinterpreted", at, message, shown);
            }
        }
    }

    fn fields(&mut self, r: usize, w: usize, at: &At) {
        let (reader, writer) = (self.reader, self.writer);
        let (fields, written) = (&reader.structs[r].fields, &writer.structs[w].fields);
        let mut used: HashSet<&str> = HashSet::new();
        for (source, field) in self.sources(r, w).zip(fields) {
            let here = At { path: format!("{}.{}", at.path, field.name), reader: field.place.clone(), ..at.clone() };
            if let Some(found) = source {
                used.insert(&found.name);
                self.explain(field.value, found.value, &At { writer: found.place.clone(), ..here });
                continue;
            }
            let kind = (reader.shown(field.value), "absent".to_owned());
            match field.absent {
                _ if field.value.null != Null::Never => {}
                Absent::Filled => {}
                Absent::Zero => {
                    let message =
                        format!("{} is not in {{writer}}: {{reader}} takes zero or nothing for it", field.name);
                    self.tell(Severity::Note, "field-zero", &here, message, kind);
                }
                Absent::Fails => {
                    let message = format!("{} is not in {{writer}}, and {{reader}} has no default for it", field.name);
                    self.tell(Severity::Error, "field-missing", &here, message, kind);
                }
            }
        }
        for field in written.iter().filter(|field| !used.contains(field.name.as_str())) {
            let here = At { path: format!("{}.{}", at.path, field.name), writer: field.place.clone(), ..at.clone() };
            let message = format!("{} is not in {{reader}}: its values are dropped", field.name);
            self.tell(
                Severity::Note,
                "field-dropped",
                &here,
                message,
                ("absent".to_owned(), writer.shown(field.value)),
            );
        }
    }
}

/// What the fields of a struct are known by.
fn known(fields: &Struct) -> Vec<Known<'_>> {
    let known = fields.fields.iter().map(|field| Known {
        name: &field.name,
        id: field.id.as_deref().map(Cow::Borrowed),
        number: field.number.as_deref().map(Cow::Borrowed),
        json: field.json.as_deref().map(Cow::Borrowed),
        aliases: Cow::Borrowed(&field.aliases),
    });
    known.collect()
}

/// Key and value, if a type is an entry of a map: a struct of these two and nothing else.
fn entries(logical: &Logical, item: Value) -> Option<(Value, Value)> {
    let Type::Struct(at) = logical.kind(item) else { return None };
    let fields = &logical.structs[*at].fields;
    let part = |name: &str| fields.iter().find(|field| field.name == name).map(|field| field.value);
    if fields.len() == 2 { part("key").zip(part("value")) } else { None }
}
