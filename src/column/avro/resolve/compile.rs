//! Comparing two schemas.

use std::collections::{HashMap, HashSet};

use super::default::encode_default;
use super::{Field, From, Number, Record, Resolution, Step, Symbol};
use crate::error::{Error, ErrorKind, Result};
use crate::schema::avsc::model::{Document, Field as AvroField, Kind, Logical, Name, Named, Node, Shape};

/// Levels of nesting at most.
const DEPTH_MAX: usize = 512;

pub(super) fn compile(writer: &Document, reader: &Document) -> Result<Resolution> {
    let mut compiler = Compiler {
        writer,
        reader,
        writer_sizes: writer.least_sizes(),
        pairs: HashMap::new(),
        different: HashSet::new(),
        records: Vec::new(),
        enums: Vec::new(),
        dropped: Vec::new(),
    };
    let root = compiler.step(&writer.root, &reader.root, "", 0)?;
    Ok(Resolution { root, records: compiler.records, enums: compiler.enums, dropped: compiler.dropped })
}

struct Compiler<'a> {
    writer: &'a Document,
    reader: &'a Document,
    writer_sizes: Vec<usize>,
    /// Pairs of records that were met, by their numbers in the two documents.
    pairs: HashMap<(usize, usize), usize>,
    /// Pairs of records whose bytes are known to differ.
    different: HashSet<(usize, usize)>,
    records: Vec<Option<Record>>,
    enums: Vec<String>,
    dropped: Vec<String>,
}

fn unlike(message: String) -> Error {
    Error::schema(message).with_hint("give the reader's schema a matching type, a default or an alias")
}

impl Compiler<'_> {
    fn step(&mut self, w: &Node, r: &Node, path: &str, depth: usize) -> Result<Step> {
        if depth > DEPTH_MAX {
            return Err(Error::limit(format!("the Avro schemas are nested deeper than {DEPTH_MAX} levels")));
        }
        if self.same_bytes(w, r, &mut HashSet::new(), depth) {
            return Ok(Step::Same(w.clone()));
        }
        match (&w.kind, &r.kind) {
            (Kind::Union(branches), _) => {
                let mut steps = Vec::with_capacity(branches.len());
                let mut last = None;
                for branch in branches {
                    steps.push(match self.step(branch, r, path, depth + 1) {
                        Err(error) if error.kind() == ErrorKind::Schema => {
                            let message = error.message().to_owned();
                            last = Some(error);
                            Step::Never(message)
                        }
                        other => other?,
                    });
                }
                match last {
                    Some(error) if steps.iter().all(|step| matches!(step, Step::Never(_))) => Err(error),
                    _ => Ok(Step::Branches(steps)),
                }
            }
            (_, Kind::Union(branches)) => {
                let ranked = branches.iter().enumerate().filter_map(|(n, branch)| Some((self.rank(w, branch)?, n)));
                let (_, chosen) = ranked.min().ok_or_else(|| {
                    unlike(format!("the reader's union has no branch for {}", self.writer.branch_name(w)))
                })?;
                let step = self.step(w, &branches[chosen], path, depth + 1)?;
                Ok(Step::Branch(chosen as i64, Box::new(step)))
            }
            _ => self.plain(w, r, path, depth),
        }
    }

    /// Neither is a union.
    fn plain(&mut self, w: &Node, r: &Node, path: &str, depth: usize) -> Result<Step> {
        self.same_meaning(w, r)?;
        Ok(match (&w.kind, &r.kind) {
            (w_kind, r_kind) if primitive(w_kind) && w_kind == r_kind => Step::Same(w.clone()),
            (Kind::Int, Kind::Long) | (Kind::String, Kind::Bytes) | (Kind::Bytes, Kind::String) => {
                Step::Same(w.clone())
            }
            (Kind::Int, Kind::Float) => Step::Number(Number::IntToFloat),
            (Kind::Int, Kind::Double) => Step::Number(Number::IntToDouble),
            (Kind::Long, Kind::Float) => Step::Number(Number::LongToFloat),
            (Kind::Long, Kind::Double) => Step::Number(Number::LongToDouble),
            (Kind::Float, Kind::Double) => Step::Number(Number::FloatToDouble),
            (Kind::Array(w), Kind::Array(r)) => {
                let step = self.step(w, r, &format!("{path}[]"), depth + 1)?;
                Step::Items(Box::new(step), self.writer.least_size(w, &self.writer_sizes))
            }
            (Kind::Map(w), Kind::Map(r)) => {
                let step = self.step(w, r, &format!("{path}{{}}"), depth + 1)?;
                Step::Entries(Box::new(step), self.writer.least_size(w, &self.writer_sizes))
            }
            (Kind::Named(w_id), Kind::Named(r_id)) => return self.named(*w_id, *r_id, path, depth),
            _ => return Err(self.no_match(w, r)),
        })
    }

    fn no_match(&self, w: &Node, r: &Node) -> Error {
        let (w, r) = (self.writer.branch_name(w), self.reader.branch_name(r));
        unlike(format!("{w} of the data cannot be read as {r}"))
    }

    fn named(&mut self, w_id: usize, r_id: usize, path: &str, depth: usize) -> Result<Step> {
        let (Some(w), Some(r)) = (self.writer.types.get(w_id), self.reader.types.get(r_id)) else {
            return Err(Error::internal("a type that is not there"));
        };
        if rank_of_names(w, r).is_none() {
            let (w, r) = (w.name.full(), r.name.full());
            return Err(Error::schema(format!("type {w:?} of the data has another name than {r:?}"))
                .with_hint(format!("give {r} the alias {w:?} in the reader's schema")));
        }
        match (&w.shape, &r.shape) {
            (Shape::Fixed(w_size), Shape::Fixed(r_size)) if w_size == r_size => {
                Ok(Step::Same(Node::plain(Kind::Named(w_id))))
            }
            (Shape::Fixed(w_size), Shape::Fixed(r_size)) => Err(unlike(format!(
                "fixed {:?} has {w_size} bytes in the data, {r_size} in the reader's schema",
                w.name.full()
            ))),
            (Shape::Enum { symbols: written, .. }, Shape::Enum { symbols, default }) => {
                let place = |symbol: &str| symbols.iter().position(|known| known == symbol).map(|place| place as i64);
                let default = default.as_deref().and_then(place);
                let mut counter = None;
                let mut found = Vec::with_capacity(written.len());
                for symbol in written {
                    found.push(match (place(symbol), default) {
                        (Some(place), _) => Symbol::Same(place),
                        (None, Some(place)) => {
                            let enums = &mut self.enums;
                            let counter = *counter.get_or_insert_with(|| {
                                enums.push(path.to_owned());
                                enums.len() - 1
                            });
                            Symbol::Default(place, counter)
                        }
                        (None, None) => Symbol::Unknown(symbol.clone()),
                    });
                }
                Ok(Step::Symbols(found))
            }
            (Shape::Record { fields: w_fields, .. }, Shape::Record { fields: r_fields, .. }) => {
                if let Some(record) = self.pairs.get(&(w_id, r_id)) {
                    return Ok(Step::Record(*record));
                }
                let place = self.records.len();
                self.pairs.insert((w_id, r_id), place);
                self.records.push(None);
                let record = self.record(w_fields, r_fields, &r.name.full(), path, depth)?;
                self.records[place] = Some(record);
                Ok(Step::Record(place))
            }
            _ => Err(self.no_match(&Node::plain(Kind::Named(w_id)), &Node::plain(Kind::Named(r_id)))),
        }
    }

    fn record(
        &mut self,
        written: &[AvroField],
        wanted: &[AvroField],
        name: &str,
        path: &str,
        depth: usize,
    ) -> Result<Record> {
        let by_name: HashMap<&str, usize> = written.iter().enumerate().map(|(n, field)| (&*field.name, n)).collect();
        // A field of the reader's own name goes first: an alias takes only what no name takes.
        let named: HashSet<usize> = wanted.iter().filter_map(|field| by_name.get(&*field.name).copied()).collect();
        let mut fields = Vec::with_capacity(wanted.len());
        for field in wanted {
            let path = if path.is_empty() { field.name.clone() } else { format!("{path}.{}", field.name) };
            let by_alias = || {
                let mut found = field.aliases.iter().filter_map(|alias| by_name.get(&**alias).copied());
                found.find(|place| !named.contains(place))
            };
            let from = match (by_name.get(&*field.name).copied().or_else(by_alias), &field.default) {
                (Some(place), _) => {
                    let step = self.step(&written[place].node, &field.node, &path, depth + 1);
                    From::Written(place, step.map_err(|error| error.in_column(&field.name))?)
                }
                (None, Some(default)) => {
                    let mut bytes = Vec::new();
                    encode_default(self.reader, &field.node, default, &mut bytes, 0)
                        .map_err(|error| error.in_column(&field.name))?;
                    From::Default(bytes)
                }
                (None, None) => {
                    let message = format!("record {name:?} wants the field {:?}, which the data has not", field.name);
                    return Err(Error::schema(message)
                        .with_hint("give the field a default in the reader's schema, or an alias")
                        .in_column(&field.name));
                }
            };
            fields.push(Field { name: field.name.clone(), from });
        }
        let places = fields.iter().filter_map(|field| match field.from {
            From::Written(place, _) => Some(place),
            From::Default(_) => None,
        });
        let places: Vec<usize> = places.collect();
        let read: HashSet<usize> = places.iter().copied().collect();
        for (_, field) in written.iter().enumerate().filter(|(place, _)| !read.contains(place)) {
            self.dropped.push(if path.is_empty() { field.name.clone() } else { format!("{path}.{}", field.name) });
        }
        let ordered = places.windows(2).all(|pair| pair[0] < pair[1]);
        Ok(Record { written: written.iter().map(|field| field.node.clone()).collect(), fields, ordered })
    }

    /// How well a branch of the reader's union suits a value: by full name, by unqualified name or alias, by
    /// promotion. The best suits; of equals, the first.
    fn rank(&self, w: &Node, r: &Node) -> Option<u8> {
        if self.same_meaning(w, r).is_err() {
            return None;
        }
        match (&w.kind, &r.kind) {
            (w, r) if primitive(w) && w == r => Some(0),
            (Kind::Array(w), Kind::Array(r)) | (Kind::Map(w), Kind::Map(r)) => match (&w.kind, &r.kind) {
                (Kind::Union(_), _) | (_, Kind::Union(_)) => Some(0),
                _ => self.rank(w, r),
            },
            (Kind::Named(w), Kind::Named(r)) => {
                let (w, r) = (self.writer.types.get(*w)?, self.reader.types.get(*r)?);
                let alike = match (&w.shape, &r.shape) {
                    (Shape::Fixed(w), Shape::Fixed(r)) => w == r,
                    (Shape::Enum { .. }, Shape::Enum { .. }) | (Shape::Record { .. }, Shape::Record { .. }) => true,
                    _ => false,
                };
                rank_of_names(w, r).filter(|_| alike)
            }
            (Kind::Int, Kind::Long | Kind::Float | Kind::Double)
            | (Kind::Long, Kind::Float | Kind::Double)
            | (Kind::Float, Kind::Double)
            | (Kind::String, Kind::Bytes)
            | (Kind::Bytes, Kind::String) => Some(2),
            _ => None,
        }
    }

    /// Refuses what would give the same bytes another meaning.
    fn same_meaning(&self, w: &Node, r: &Node) -> Result<()> {
        let (written, wanted) = (self.writer.logical(w), self.reader.logical(r));
        let plain = |logical: &Logical| matches!(logical, Logical::None | Logical::Ignored(_) | Logical::Map);
        let text = |logical: &Logical, node: &Node| *logical == Logical::Uuid && node.kind == Kind::String;
        match (written, wanted) {
            (w, r) if w == r => Ok(()),
            (w, r) if plain(w) || plain(r) => Ok(()),
            // A wall clock, in either spelling.
            (Logical::Timestamp { unit: p, utc: a, .. }, Logical::Timestamp { unit: q, utc: b, .. })
                if p == q && a == b =>
            {
                Ok(())
            }
            // More digits of the same scale hold every value.
            (Logical::Decimal { precision: p, scale: s }, Logical::Decimal { precision: q, scale: t })
                if s == t && p <= q =>
            {
                Ok(())
            }
            (written, wanted) if text(written, w) && text(wanted, r) => Ok(()),
            (Logical::Decimal { precision: p, scale: s }, Logical::Decimal { precision: q, scale: t }) => {
                let message = format!("decimal({p},{s}) of the data would be read as decimal({q},{t})");
                Err(Error::schema(message)
                    .with_hint("the specification wants the same precision and scale; give the reader's schema those"))
            }
            (written, wanted) => {
                let (written, wanted) = (written.name(), wanted.name());
                Err(Error::schema(format!("{written} of the data would be read as {wanted}, another meaning"))
                    .with_hint(format!("declare {written} in the reader's schema, or no logical type")))
            }
        }
    }

    /// Whether every datum of `w` is the same datum of `r`, byte by byte and in its meaning. Pairs of records that
    /// are being compared are taken for the same.
    fn same_bytes(&mut self, w: &Node, r: &Node, assumed: &mut HashSet<(usize, usize)>, depth: usize) -> bool {
        if depth > DEPTH_MAX || self.same_meaning(w, r).is_err() {
            return false;
        }
        match (&w.kind, &r.kind) {
            (w, r) if primitive(w) => w == r,
            (Kind::Array(w), Kind::Array(r)) | (Kind::Map(w), Kind::Map(r)) => {
                self.same_bytes(w, r, assumed, depth + 1)
            }
            (Kind::Union(w), Kind::Union(r)) => {
                w.len() == r.len() && w.iter().zip(r).all(|(w, r)| self.same_bytes(w, r, assumed, depth + 1))
            }
            (Kind::Named(w_id), Kind::Named(r_id)) => {
                let pair = (*w_id, *r_id);
                let (Some(w), Some(r)) = (self.writer.types.get(pair.0), self.reader.types.get(pair.1)) else {
                    return false;
                };
                if rank_of_names(w, r).is_none() {
                    return false;
                }
                match (&w.shape, &r.shape) {
                    (Shape::Fixed(w), Shape::Fixed(r)) => w == r,
                    (Shape::Enum { symbols: w, .. }, Shape::Enum { symbols: r, .. }) => w == r,
                    (Shape::Record { fields: w, .. }, Shape::Record { fields: r, .. }) => {
                        if self.different.contains(&pair) {
                            return false;
                        }
                        if !assumed.insert(pair) {
                            return true;
                        }
                        let same = w.len() == r.len()
                            && w.iter().zip(r).all(|(w, r)| {
                                w.name == r.name && self.same_bytes(&w.node, &r.node, assumed, depth + 1)
                            });
                        if !same {
                            self.different.insert(pair);
                        }
                        same
                    }
                    _ => false,
                }
            }
            _ => false,
        }
    }
}

fn primitive(kind: &Kind) -> bool {
    !matches!(kind, Kind::Array(_) | Kind::Map(_) | Kind::Union(_) | Kind::Named(_))
}

/// 0: the same full name; 1: the same unqualified name, or one of the reader's aliases.
fn rank_of_names(writer: &Named, reader: &Named) -> Option<u8> {
    let Name { name, .. } = &writer.name;
    match writer.name == reader.name {
        true => Some(0),
        false => (*name == reader.name.name || reader.aliases.contains(&writer.name)).then_some(1),
    }
}
