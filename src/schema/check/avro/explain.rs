//! Why an Avro schema does not read another one: the relation walked from the root.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::super::finding::{Issue, Severity, Side};
use super::meaning::{self, Meaning};
use super::places::Places;
use super::relation::{Relation, promotes, same_name};
#[cfg(feature = "avro")]
use crate::column::avro::resolve::check_default;
use crate::schema::avsc::Document;
use crate::schema::avsc::model::{Field, Kind, Named, Node, Shape};

pub(super) fn explain(relation: Relation<'_>, reader: &Places, writer: &Places) -> Vec<Issue> {
    let (r, w) = (&relation.reader.root, &relation.writer.root);
    let root = Spot { path: root_path(relation.reader, r), reader: reader.root(), writer: writer.root() };
    let mut walk = Walk { relation, places: (reader, writer), seen: HashSet::new(), issues: Vec::new() };
    walk.types(r, w, &root);
    let told = walk.issues.iter().any(|issue| issue.severity == Severity::Error);
    if !told && !walk.relation.reads(r, w) {
        let (new, old) = (shown(walk.relation.reader, r), shown(walk.relation.writer, w));
        let issue = Issue::error("avro-type", &*root.path, format!("{old} is not readable as {new}"));
        walk.report(issue, &root, new, old);
    }
    walk.issues
}

fn root_path(document: &Document, node: &Node) -> String {
    match document.named(node) {
        Some(named) => named.name.name.clone(),
        None => "$".to_owned(),
    }
}

struct Walk<'a> {
    relation: Relation<'a>,
    places: (&'a Places, &'a Places),
    /// Pairs of named types that were explained.
    seen: HashSet<(usize, usize)>,
    issues: Vec<Issue>,
}

/// Where the walk stands.
#[derive(Clone)]
struct Spot {
    path: String,
    reader: super::super::finding::Place,
    writer: super::super::finding::Place,
}

impl Spot {
    fn deeper(&self, suffix: &str) -> Spot {
        Spot { path: format!("{}{suffix}", self.path), ..self.clone() }
    }
    fn sides(&self, reader: impl Into<String>, writer: impl Into<String>) -> (Side, Side) {
        (Side::new(self.reader.clone(), reader), Side::new(self.writer.clone(), writer))
    }
}

impl<'a> Walk<'a> {
    fn report(&mut self, issue: Issue, spot: &Spot, reader: impl Into<String>, writer: impl Into<String>) {
        let (reader, writer) = spot.sides(reader, writer);
        self.issues.push(issue.sides(reader, writer));
    }

    fn types(&mut self, r: &'a Node, w: &'a Node, spot: &Spot) {
        match (&r.kind, &w.kind) {
            (_, Kind::Union(branches)) => branches.iter().for_each(|branch| self.written_branch(r, branch, spot)),
            (Kind::Union(branches), _) => self.branches(r, branches, w, spot),
            (Kind::Named(a), Kind::Named(b)) => {
                if self.seen.insert((*a, *b)) {
                    self.named(*a, *b, spot);
                }
                self.meaning(r, w, spot);
            }
            (Kind::Array(r), Kind::Array(w)) => self.types(r, w, &spot.deeper("[]")),
            (Kind::Map(r), Kind::Map(w)) => self.types(r, w, &spot.deeper("{}")),
            (a, b) if a == b => self.meaning(r, w, spot),
            (a, b) if promotes(b, a) => {
                self.meaning(r, w, spot);
                self.promotion(r, w, spot);
            }
            _ => {
                let (new, old) = (shown(self.relation.reader, r), shown(self.relation.writer, w));
                let issue = Issue::error("avro-type", &*spot.path, format!("{old} is not readable as {new}"));
                self.report(issue, spot, new, old);
            }
        }
    }

    fn written_branch(&mut self, r: &'a Node, branch: &'a Node, spot: &Spot) {
        if !self.relation.is_assumed_absent(branch) || self.relation.reads(r, branch) {
            return self.types(r, branch, spot);
        }
        let message = "{reader} takes no nulls: it is assumed that there are none".to_owned();
        let issue = Issue::error("avro-null", &*spot.path, message).severity(Severity::Warning);
        self.report(issue, spot, shown(self.relation.reader, r), "null");
    }

    fn branches(&mut self, r: &'a Node, branches: &'a [Node], w: &'a Node, spot: &Spot) {
        if let Some(fits) = branches.iter().find(|branch| self.relation.reads(branch, w)) {
            return self.types(fits, w, spot);
        }
        // The branch that was meant, if there is one: the reasons stand deeper.
        let meant = branches.iter().find(|branch| match (&branch.kind, &w.kind) {
            (Kind::Named(a), Kind::Named(b)) => {
                same_name(&self.relation.reader.types[*a], &self.relation.writer.types[*b])
            }
            (Kind::Array(_), Kind::Array(_)) | (Kind::Map(_), Kind::Map(_)) => true,
            (a, b) => a == b || promotes(b, a),
        });
        if let Some(meant) = meant {
            return self.types(meant, w, spot);
        }
        let (new, old) = (shown(self.relation.reader, r), shown(self.relation.writer, w));
        let message = format!("{old} is not readable as any branch of {new}");
        let issue = Issue::error("avro-union-branch", &*spot.path, message)
            .hint(format!("add {old} to the union of {{reader}}"));
        self.report(issue, spot, new, old);
    }

    fn named(&mut self, r: usize, w: usize, spot: &Spot) {
        let (at, r, w) = (w, &self.relation.reader.types[r], &self.relation.writer.types[w]);
        let (full, written) = (r.name.full(), w.name.full());
        let spot = &Spot {
            path: spot.path.clone(),
            reader: self.places.0.named(&full),
            writer: self.places.1.named(&written),
        };
        if kind_name(r) != kind_name(w) {
            let message = format!("{} {written} is not readable as {} {full}", kind_name(w), kind_name(r));
            return self.report(Issue::error("avro-type", &*spot.path, message), spot, kind_name(r), kind_name(w));
        }
        if !same_name(r, w) {
            let message =
                format!("{} {written} is called {full} in {{reader}}, which has no alias for it", kind_name(w));
            let issue = Issue::error("avro-name", &*spot.path, message)
                .hint(format!("add \"aliases\": [{written:?}] to {full}"));
            return self.report(issue, spot, full, written);
        }
        match (&r.shape, &w.shape) {
            (Shape::Fixed(a), Shape::Fixed(b)) if a != b => {
                let message = format!("fixed {full} has {a} bytes in {{reader}} and {b} in {{writer}}");
                self.report(Issue::error("avro-fixed-size", &*spot.path, message), spot, a.to_string(), b.to_string());
            }
            (Shape::Enum { symbols, default }, Shape::Enum { symbols: written_symbols, .. }) => {
                let missing: Vec<&String> = written_symbols.iter().filter(|s| !symbols.contains(s)).collect();
                if missing.is_empty() || self.relation.profile.columns {
                    return;
                }
                let list = missing.iter().map(|symbol| symbol.as_str()).collect::<Vec<_>>().join(", ");
                let first = missing.first().map_or("", |symbol| symbol);
                let spot = &Spot { writer: self.places.1.part(&written, first), ..spot.clone() };
                match default {
                    None => {
                        let message = format!("enum {full} of {{reader}} has no symbol {list} and no default");
                        let issue = Issue::error("avro-enum-symbols", &*spot.path, message)
                            .hint(format!("keep {list}, or give {full} a default"));
                        self.report(issue, spot, symbols.join(", "), written_symbols.join(", "));
                    }
                    Some(default) if self.relation.profile.meaning => {
                        let message = format!("{list} of enum {full} would be read as {default}");
                        let issue = Issue::error("avro-enum-default", &*spot.path, message).severity(Severity::Warning);
                        self.report(issue, spot, symbols.join(", "), written_symbols.join(", "));
                    }
                    Some(_) => {}
                }
            }
            (Shape::Record { fields, .. }, Shape::Record { fields: written_fields, .. }) => {
                self.fields((&full, fields), (&written, written_fields), at, spot);
            }
            _ => {}
        }
    }

    fn fields(&mut self, reader: (&str, &'a [Field]), writer: (&str, &'a [Field]), at: usize, spot: &Spot) {
        let mut used: HashSet<&str> = HashSet::new();
        let mut invented: Vec<&Field> = Vec::new();
        for field in reader.1 {
            let here = Spot {
                path: format!("{}.{}", spot.path, field.name),
                reader: self.places.0.part(reader.0, &field.name),
                writer: spot.writer.clone(),
            };
            match self.relation.source(field, at) {
                Some(found) => {
                    used.insert(&found.name);
                    let here = Spot { writer: self.places.1.part(writer.0, &found.name), ..here };
                    self.types(&field.node, &found.node, &here);
                }
                None if field.default.is_none() => {
                    let message = format!("field {} of {{reader}} is not in {{writer}} and has no default", field.name);
                    let issue = Issue::error("avro-missing-default", &*here.path, message)
                        .hint("give it a default, or an alias if it was renamed");
                    self.issues.push(
                        issue.sides(Side::new(here.reader, shown(self.relation.reader, &field.node)), Side::default()),
                    );
                }
                None => {
                    self.stand_in(field, &here);
                    invented.push(field);
                }
            }
        }
        if self.relation.profile.meaning {
            self.dropped(reader.0, &invented, writer, &used, spot);
        }
    }

    /// A default that is no value of its field stands in for nothing, though a verdict on types alone does not see it.
    fn stand_in(&mut self, field: &'a Field, spot: &Spot) {
        let told = field.default.as_ref().filter(|_| self.relation.profile.meaning);
        let Some(error) = told.and_then(|default| misfit(self.relation.reader, &field.node, default)) else { return };
        let issue = Issue::error("avro-default", &*spot.path, format!("field {} of {{reader}}: {error}", field.name))
            .hint("give it a default of its type");
        self.report(issue, spot, shown(self.relation.reader, &field.node), "absent");
    }

    /// Fields that only one side has: told, since a rename looks the same.
    fn dropped(
        &mut self,
        full: &str,
        invented: &[&'a Field],
        writer: (&str, &'a [Field]),
        used: &HashSet<&str>,
        spot: &Spot,
    ) {
        // By type: of thousands of fields, each is looked for once.
        let mut alike: HashMap<String, Vec<&'a Field>> = HashMap::new();
        for new in invented {
            alike.entry(shown(self.relation.reader, &new.node)).or_default().push(new);
        }
        for field in writer.1.iter().filter(|field| !used.contains(field.name.as_str())) {
            let candidates = alike.get(&shown(self.relation.writer, &field.node)).map_or(&[][..], Vec::as_slice);
            let renamed = candidates.iter().find(|new| self.relation.reads(&new.node, &field.node));
            let place = self.places.1.part(writer.0, &field.name);
            let old = shown(self.relation.writer, &field.node);
            let issue = match renamed {
                Some(new) => Issue::error(
                    "avro-possible-rename",
                    format!("{}.{}", spot.path, new.name),
                    format!("possible rename of {} to {}: values would become the default", field.name, new.name),
                )
                .severity(Severity::Warning)
                .hint(format!("if it was renamed, add \"aliases\": [{:?}] to {}", field.name, new.name))
                .sides(Side::new(self.places.0.part(full, &new.name), &*new.name), Side::new(place, &*field.name)),
                None => Issue::error(
                    "avro-dropped-field",
                    format!("{}.{}", spot.path, field.name),
                    format!("field {} of {{writer}} is not in {{reader}}: its values are dropped", field.name),
                )
                .severity(Severity::Note)
                .sides(Side::at(spot.reader.clone()), Side::new(place, old)),
            };
            self.issues.push(issue);
        }
    }

    fn meaning(&mut self, r: &'a Node, w: &'a Node, spot: &Spot) {
        let named = |document: &Document, node: &Node| meaning::name(document.logical(node));
        let (new, old) = (named(self.relation.reader, r), named(self.relation.writer, w));
        let profile = self.relation.profile;
        let changed = meaning::compare(self.relation.reader, r, self.relation.writer, w);
        match changed {
            Meaning::Changed(what) if profile.meaning || profile.columns => {
                self.report(Issue::error("avro-logical-type", &*spot.path, what), spot, new, old);
            }
            Meaning::Annotated(what) if profile.columns => {
                self.report(Issue::error("avro-logical-type", &*spot.path, what), spot, new, old);
            }
            Meaning::Annotated(what) if profile.meaning => {
                let issue = Issue::error("avro-logical-annotation", &*spot.path, what).severity(Severity::Warning);
                self.report(issue, spot, new, old);
            }
            _ if profile.decimals && new != old => {
                let both = [&new, &old].iter().all(|name| name.starts_with("decimal("));
                if both {
                    let message = format!("{old} does not match {new}: precision and scale must be equal");
                    self.report(Issue::error("avro-decimal", &*spot.path, message), spot, new, old);
                }
            }
            _ => {}
        }
    }

    /// The specification lets integers become floating-point numbers that do not hold all of them.
    fn promotion(&mut self, r: &'a Node, w: &'a Node, spot: &Spot) {
        let inexact = matches!((&w.kind, &r.kind), (Kind::Int, Kind::Float) | (Kind::Long, Kind::Float | Kind::Double));
        let undecodable = matches!((&w.kind, &r.kind), (Kind::Bytes, Kind::String));
        if self.relation.profile.meaning && (inexact || undecodable) {
            let (new, old) = (shown(self.relation.reader, r), shown(self.relation.writer, w));
            let message = match inexact {
                true => format!("not every {old} is exact as {new}"),
                false => "not all bytes are text".to_owned(),
            };
            let issue = Issue::error("avro-inexact-promotion", &*spot.path, message).severity(Severity::Warning);
            self.report(issue, spot, new, old);
        }
    }
}

fn kind_name(named: &Named) -> &'static str {
    match named.shape {
        Shape::Record { .. } => "record",
        Shape::Enum { .. } => "enum",
        Shape::Fixed(_) => "fixed",
    }
}

/// A type as a reader of the message would write it.
pub(in super::super) fn shown(document: &Document, node: &Node) -> String {
    let base = match &node.kind {
        Kind::Array(item) => format!("array<{}>", shown(document, item)),
        Kind::Map(value) => format!("map<{}>", shown(document, value)),
        Kind::Union(branches) => {
            let list: Vec<_> = branches.iter().map(|branch| shown(document, branch)).collect();
            format!("[{}]", list.join(", "))
        }
        Kind::Named(_) => document.branch_name(node),
        kind => meaning::base(kind).to_owned(),
    };
    match meaning::name(document.logical(node)) {
        logical if logical.is_empty() => base,
        logical => format!("{base} ({logical})"),
    }
}

/// Why a default is no value of the type.
#[cfg(feature = "avro")]
fn misfit(document: &Document, node: &Node, default: &Value) -> Option<String> {
    check_default(document, node, default).err().map(|error| error.message().to_owned())
}

/// Defaults are looked at by who reads the data.
#[cfg(not(feature = "avro"))]
fn misfit(_: &Document, _: &Node, _: &Value) -> Option<String> {
    None
}
