//! Two Avro schemas reduced to the path of a finding: of records on the way only the field that leads on, so that
//! nothing else in them can be the reason why a record is not read.

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value, json};

use super::super::given::Given;
use crate::report::is_in_column;
use crate::schema::avsc::Document;
use crate::schema::avsc::model::{Field, Kind, Name, Named, Node, Shape};

/// Both schemas, and what is left of them.
pub(super) struct Minimal {
    /// The reader's schema. Fields that were said to be renamed have their old name as an alias.
    pub reader: String,
    /// The writer's schema.
    pub writer: String,
    /// The path of the finding in names of the writer, as far as the writer has it.
    pub path: String,
    /// Fields of the writer's records that are left, by full name of the record.
    kept: Fields,
}

type Fields = HashMap<String, HashSet<String>>;
/// Further aliases: record and field of the reader, name for the writer.
type Aliases = HashMap<(String, String), String>;

/// What `path`, in names of the reader, needs of both schemas.
pub(super) fn minimal(reader: &Document, writer: &Document, path: &str, given: &Given) -> Option<Minimal> {
    let mut walk = Walk {
        reader,
        writer,
        given,
        path,
        seen: HashSet::new(),
        read: Side::default(),
        written: Side::default(),
        reached: (0, String::new()),
    };
    let root =
        |document: &Document| document.named(&document.root).map_or("$".to_owned(), |named| named.name.name.clone());
    walk.types(&reader.root, &writer.root, root(reader), root(writer));
    let Walk { read, written, reached, .. } = walk;
    Some(Minimal {
        reader: Emit::of(&reader.text, &read)?,
        writer: Emit::of(&writer.text, &written)?,
        path: reached.1,
        kept: written.kept,
    })
}

/// The schema of the reader as a whole, with fields that were said to be renamed under their old names as well.
pub(super) fn with_aliases(reader: &Document, writer: &Document, given: &Given) -> Option<String> {
    let mut side = Side { whole: true, ..Side::default() };
    for (read, named) in reader.types.iter().filter_map(|read| Some((read, same(writer, read)?))) {
        for field in fields(read) {
            if let Some(old) = given.writer_name(&named.name.name, &field.name) {
                side.aliases.insert((read.name.full(), field.name.clone()), old.to_owned());
            }
        }
    }
    Emit::of(&reader.text, &side)
}

impl Minimal {
    /// What is left of a record, in Avro's JSON encoding.
    pub fn record(&self, writer: &Document, value: &Value) -> Value {
        self.left(writer, &writer.root, value)
    }

    fn left(&self, document: &Document, node: &Node, value: &Value) -> Value {
        match (&node.kind, value) {
            (Kind::Array(item), Value::Array(items)) => {
                items.iter().map(|value| self.left(document, item, value)).collect()
            }
            (Kind::Map(inner), Value::Object(entries)) => {
                entries.iter().map(|(key, value)| (key.clone(), self.left(document, inner, value))).collect()
            }
            (Kind::Union(branches), Value::Object(wrapped)) => {
                let branch = |name: &str| branches.iter().find(|branch| document.branch_name(branch) == name);
                let inner = wrapped.iter().filter_map(|(name, value)| Some((name, branch(name)?, value)));
                inner.map(|(name, branch, value)| (name.clone(), self.left(document, branch, value))).collect()
            }
            (Kind::Named(_), Value::Object(record)) => {
                let kept = document.named(node).and_then(|named| self.kept.get(&named.name.full()));
                let fields = document.fields(node).unwrap_or_default().iter();
                let fields = fields.filter(|field| kept.is_none_or(|kept| kept.contains(&field.name)));
                let left = fields.filter_map(|field| {
                    Some((field.name.clone(), self.left(document, &field.node, record.get(&field.name)?)))
                });
                left.collect()
            }
            _ => value.clone(),
        }
    }
}

/// What is to be left of a schema.
#[derive(Default)]
struct Side {
    /// Fields of records on the way.
    kept: Fields,
    /// Nothing is left out.
    whole: bool,
    aliases: Aliases,
    /// Fields that are read from one of the writer's: a default would say nothing, and speak of what is left out.
    filled: HashSet<(String, String)>,
}

struct Walk<'a> {
    reader: &'a Document,
    writer: &'a Document,
    given: &'a Given,
    path: &'a str,
    seen: HashSet<(usize, usize)>,
    read: Side,
    written: Side,
    /// How much of the path was found, and what the writer calls it.
    reached: (usize, String),
}

impl<'a> Walk<'a> {
    /// Whether the path leads to `place` or through it.
    fn leads_to(&self, place: &str) -> bool {
        is_in_column(self.path, place)
    }

    fn types(&mut self, r: &'a Node, w: &'a Node, path: String, written: String) {
        if !self.leads_to(&path) {
            return;
        }
        if path.len() > self.reached.0 {
            self.reached = (path.len(), written.clone());
        }
        match (&r.kind, &w.kind) {
            (_, Kind::Union(branches)) => {
                branches.iter().for_each(|branch| self.types(r, branch, path.clone(), written.clone()));
            }
            (Kind::Union(branches), _) => {
                branches.iter().for_each(|branch| self.types(branch, w, path.clone(), written.clone()));
            }
            (Kind::Array(r), Kind::Array(w)) => self.types(r, w, format!("{path}[]"), format!("{written}[]")),
            (Kind::Map(r), Kind::Map(w)) => self.types(r, w, format!("{path}{{}}"), format!("{written}{{}}")),
            (Kind::Named(a), Kind::Named(b)) if self.seen.insert((*a, *b)) => self.named(*a, *b, &path, &written),
            _ => {}
        }
    }

    fn named(&mut self, a: usize, b: usize, path: &str, written: &str) {
        let (r, w) = (&self.reader.types[a], &self.writer.types[b]);
        let (Shape::Record { fields: read, .. }, Shape::Record { fields: of_writer, .. }) = (&r.shape, &w.shape) else {
            return;
        };
        self.read.kept.entry(r.name.full()).or_default();
        self.written.kept.entry(w.name.full()).or_default();
        for field in read {
            let here = format!("{path}.{}", field.name);
            if !self.leads_to(&here) {
                continue;
            }
            self.read.kept.entry(r.name.full()).or_default().insert(field.name.clone());
            let said = self.given.writer_name(&w.name.name, &field.name);
            let named = |name: &str| of_writer.iter().find(|found| found.name == name);
            let mut names =
                said.into_iter().chain([field.name.as_str()]).chain(field.aliases.iter().map(String::as_str));
            let Some(source) = names.find_map(named) else { continue };
            let place = (r.name.full(), field.name.clone());
            if let Some(said) = said {
                self.read.aliases.insert(place.clone(), said.to_owned());
            }
            self.read.filled.insert(place);
            self.written.kept.entry(w.name.full()).or_default().insert(source.name.clone());
            self.types(&field.node, &source.node, here, format!("{written}.{}", source.name));
        }
    }
}

/// The record of the other schema that has the same name.
fn same<'a>(document: &'a Document, named: &Named) -> Option<&'a Named> {
    document.types.iter().find(|other| other.name.name == named.name.name)
}

fn fields(named: &Named) -> &[Field] {
    match &named.shape {
        Shape::Record { fields, .. } => fields,
        _ => &[],
    }
}

/// Writes a schema again: each named type where it is used first, since the place that defined it may be left out.
struct Emit<'a> {
    side: &'a Side,
    /// Definitions by full name, and the namespace that they stand in.
    definitions: HashMap<String, (&'a Map<String, Value>, String)>,
    done: HashSet<String>,
}

impl<'a> Emit<'a> {
    fn of(text: &str, side: &Side) -> Option<String> {
        // A bare name of a type is a schema as well.
        let schema: Value = serde_json::from_str(text).unwrap_or_else(|_| json!(text.trim()));
        let mut emit = Emit { side, definitions: HashMap::new(), done: HashSet::new() };
        emit.collect(&schema, "");
        Some(emit.node(&schema, "")?.to_string())
    }

    fn name(object: &Map<String, Value>, namespace: &str) -> Option<Name> {
        let own = object.get("namespace").and_then(Value::as_str);
        Some(Name::resolve(object.get("name")?.as_str()?, own, namespace))
    }

    fn is_named(object: &Map<String, Value>) -> bool {
        matches!(object.get("type").and_then(Value::as_str), Some("record" | "error" | "enum" | "fixed"))
    }

    fn collect(&mut self, value: &'a Value, namespace: &str) {
        match value {
            Value::Array(branches) => branches.iter().for_each(|branch| self.collect(branch, namespace)),
            Value::Object(object) if Self::is_named(object) => {
                let Some(name) = Self::name(object, namespace) else { return };
                self.definitions.entry(name.full()).or_insert((object, name.namespace.clone()));
                for field in object.get("fields").and_then(Value::as_array).into_iter().flatten() {
                    field.get("type").into_iter().for_each(|inner| self.collect(inner, &name.namespace));
                }
            }
            Value::Object(object) => {
                for key in ["type", "items", "values"] {
                    object.get(key).into_iter().for_each(|inner| self.collect(inner, namespace));
                }
            }
            _ => {}
        }
    }

    fn node(&mut self, value: &Value, namespace: &str) -> Option<Value> {
        match value {
            Value::String(name) => {
                let full = Name::resolve(name, None, namespace).full();
                let known = [full, name.clone()].into_iter().find(|name| self.definitions.contains_key(name));
                known.map_or_else(|| Some(value.clone()), |full| self.define(full))
            }
            Value::Array(branches) => branches.iter().map(|branch| self.node(branch, namespace)).collect(),
            Value::Object(object) if Self::is_named(object) => self.define(Self::name(object, namespace)?.full()),
            Value::Object(object) => {
                let mut out = object.clone();
                for key in ["type", "items", "values"] {
                    if let Some(inner) = object.get(key) {
                        out.insert(key.to_owned(), self.node(inner, namespace)?);
                    }
                }
                Some(Value::Object(out))
            }
            _ => None,
        }
    }

    /// A named type: its definition, or its name if that stands somewhere before.
    fn define(&mut self, full: String) -> Option<Value> {
        if !self.done.insert(full.clone()) {
            return Some(json!(full));
        }
        let (object, namespace) = self.definitions.get(&full)?.clone();
        let mut out = object.clone();
        let name = full.strip_prefix(&format!("{namespace}.")).unwrap_or(&full);
        out.insert("name".to_owned(), json!(name));
        out.insert("namespace".to_owned(), json!(namespace));
        if let Some(fields) = object.get("fields").and_then(Value::as_array) {
            let kept = self.side.kept.get(&full).filter(|_| !self.side.whole);
            let mut left = Vec::new();
            for field in fields {
                let name = field.get("name")?.as_str()?;
                if kept.is_some_and(|kept| !kept.contains(name)) {
                    continue;
                }
                let mut field = field.as_object()?.clone();
                let place = (full.clone(), name.to_owned());
                field.insert("type".to_owned(), self.node(field.get("type")?, &namespace)?);
                if let Some(alias) = self.side.aliases.get(&place) {
                    let known = field.get("aliases").and_then(Value::as_array).cloned().unwrap_or_default();
                    field.insert("aliases".to_owned(), known.into_iter().chain([json!(alias)]).collect());
                }
                if self.side.filled.contains(&place) {
                    field.remove("default");
                }
                left.push(Value::Object(field));
            }
            out.insert("fields".to_owned(), Value::Array(left));
        }
        Some(Value::Object(out))
    }
}
