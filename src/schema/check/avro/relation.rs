//! The relation "reader reads writer" on the types of two Avro schemas.

use std::collections::{HashMap, HashSet};

use super::super::given::Given;
use super::meaning::{self, Meaning};
use super::{Profile, Terms};
use crate::schema::avsc::Document;
use crate::schema::avsc::model::{Field, Kind, Logical, Named, Node, Shape};

/// The greatest relation between the types of two schemas that the rules allow.
pub(super) struct Relation<'a> {
    pub reader: &'a Document,
    pub writer: &'a Document,
    pub profile: Profile,
    pub given: &'a Given,
    /// Pairs of named types that were met; true until a rule says otherwise.
    pairs: HashMap<(usize, usize), bool>,
    /// Fields of the writer's records by name.
    written: Vec<HashMap<&'a str, &'a Field>>,
}

/// Types that resolve into others (specification, "the writer's schema may be promoted").
const PROMOTIONS: &[(Kind, &[Kind])] = &[
    (Kind::Int, &[Kind::Long, Kind::Float, Kind::Double]),
    (Kind::Long, &[Kind::Float, Kind::Double]),
    (Kind::Float, &[Kind::Double]),
    (Kind::String, &[Kind::Bytes]),
    (Kind::Bytes, &[Kind::String]),
];

impl<'a> Relation<'a> {
    pub fn of(reader: &'a Document, writer: &'a Document, terms: Terms<'a>) -> Relation<'a> {
        let fields = |named: &'a Named| match &named.shape {
            Shape::Record { fields, .. } => fields.iter().map(|field| (field.name.as_str(), field)).collect(),
            _ => HashMap::new(),
        };
        let written = writer.types.iter().map(fields).collect();
        let Terms { profile, given } = terms;
        let mut relation = Relation { reader, writer, profile, given, pairs: HashMap::new(), written };
        // Each round takes back at least one assumption or adds pairs, or is the last.
        loop {
            let before = relation.pairs.clone();
            relation.reads(&reader.root, &writer.root);
            for pair in before.keys().copied().collect::<Vec<_>>() {
                if relation.pairs[&pair] {
                    let holds = relation.shapes(pair.0, pair.1);
                    relation.pairs.insert(pair, holds);
                }
            }
            if relation.pairs == before {
                return relation;
            }
        }
    }

    /// Whether the reader's type reads the writer's, as far as is known.
    pub fn reads(&mut self, r: &'a Node, w: &'a Node) -> bool {
        match (&r.kind, &w.kind) {
            (_, Kind::Union(branches)) => {
                branches.iter().all(|branch| self.is_assumed_absent(branch) || self.reads(r, branch))
            }
            (Kind::Union(branches), _) => branches.iter().any(|branch| self.reads(branch, w)),
            (Kind::Named(a), Kind::Named(b)) => {
                // Types of other names are no pair: in unions there are many of those.
                same_name(&self.reader.types[*a], &self.writer.types[*b])
                    && *self.pairs.entry((*a, *b)).or_insert(true)
                    && self.meaning_fits(r, w)
            }
            (Kind::Array(r), Kind::Array(w)) | (Kind::Map(r), Kind::Map(w)) => self.reads(r, w),
            (a, b) => (a == b || promotes(b, a)) && self.meaning_fits(r, w),
        }
    }

    /// Whether a branch of the writer's is known never to be taken.
    pub fn is_assumed_absent(&self, branch: &Node) -> bool {
        self.given.no_nulls && branch.kind == Kind::Null
    }

    fn shapes(&mut self, r: usize, w: usize) -> bool {
        let (at, r, w) = (w, &self.reader.types[r], &self.writer.types[w]);
        match (&r.shape, &w.shape) {
            (Shape::Fixed(a), Shape::Fixed(b)) => a == b,
            (Shape::Enum { symbols, default }, Shape::Enum { symbols: written, .. }) => {
                self.profile.columns || default.is_some() || {
                    let symbols: HashSet<&String> = symbols.iter().collect();
                    written.iter().all(|symbol| symbols.contains(symbol))
                }
            }
            (Shape::Record { fields, .. }, Shape::Record { .. }) => {
                fields.iter().all(|field| match self.source(field, at) {
                    Some(source) => self.reads(&field.node, &source.node),
                    None => field.default.is_some(),
                })
            }
            _ => false,
        }
    }

    /// The field of the writer's record `at` that a reader's field is read from: of its name, or of an alias.
    pub fn source(&self, field: &Field, at: usize) -> Option<&'a Field> {
        let written = &self.written[at];
        let mapped = self.given.writer_name(&self.writer.types[at].name.name, &field.name);
        if let Some(found) = mapped.and_then(|name| written.get(name)) {
            return Some(found);
        }
        std::iter::once(&field.name).chain(&field.aliases).find_map(|name| written.get(name.as_str()).copied())
    }

    fn meaning_fits(&self, r: &Node, w: &Node) -> bool {
        if self.profile.decimals
            && let (Logical::Decimal { .. }, Logical::Decimal { .. }) = (self.reader.logical(r), self.writer.logical(w))
        {
            return self.reader.logical(r) == self.writer.logical(w);
        }
        match meaning::compare(self.reader, r, self.writer, w) {
            Meaning::Kept => true,
            Meaning::Annotated(_) => !self.profile.columns,
            Meaning::Changed(_) => !self.profile.columns && !self.profile.meaning,
        }
    }
}

/// Whether `from` is promoted to `to`.
pub(super) fn promotes(from: &Kind, to: &Kind) -> bool {
    PROMOTIONS.iter().any(|(kind, into)| kind == from && into.contains(to))
}

/// Whether names match: unqualified, or by an alias of the reader.
pub(super) fn same_name(r: &Named, w: &Named) -> bool {
    r.name.name == w.name.name || r.aliases.iter().any(|alias| *alias == w.name || alias.name == w.name.name)
}
