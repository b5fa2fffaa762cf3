//! From the JSON of a schema to a [`Document`] (Avro specification, section Schema Declaration).

use std::collections::{HashMap, HashSet};

use serde::Deserialize as _;
use serde_json::Value;

use super::logical::logical;
use super::model::{Attributes, Document, Field, Kind, Logical, Name, Named, Node, Shape};
use crate::error::{Error, Result};

/// Whether names must follow the specification.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Names {
    /// `[A-Za-z_][A-Za-z0-9_]*`.
    Strict,
    /// Any text: data files of other writers hold such names, and the bytes do not depend on them.
    Lenient,
}

/// Parses a schema.
///
/// # Errors
/// `Malformed`: not JSON, or against the specification; the message names the type.
pub fn parse(text: &str, names: Names) -> Result<Document> {
    let value: Value = match deep_json(text)? {
        Ok(value) => value,
        // A bare name, as some tools write it in a file header.
        Err(_) if primitive(text.trim()).is_some() => Value::String(text.trim().to_owned()),
        Err(error) => return Err(Error::malformed("the Avro schema is not JSON").with_cause(error)),
    };
    let mut parser = Parser { names, types: Vec::new(), known: HashMap::new() };
    let root = parser.node(&value, "")?;
    let mut types = Vec::with_capacity(parser.types.len());
    for named in parser.types {
        types.push(named.ok_or_else(|| Error::internal("a named type was left open"))?);
    }
    Ok(Document { root, types, text: text.to_owned() })
}

/// JSON of more levels than serde_json takes by itself: a record in a record is four.
fn deep_json(text: &str) -> Result<serde_json::Result<Value>> {
    const LEVELS_MAX: usize = 1280;
    if levels(text) > LEVELS_MAX {
        return Err(Error::limit(format!("the Avro schema is nested more than {LEVELS_MAX} levels deep")));
    }
    let mut json = serde_json::Deserializer::from_str(text);
    json.disable_recursion_limit();
    Ok(Value::deserialize(&mut json).and_then(|value| json.end().map(|()| value)))
}

/// How deep a JSON text is nested, at most.
fn levels(text: &str) -> usize {
    let (mut open, mut most) = (0_usize, 0);
    let mut bytes = text.bytes();
    let mut in_text = false;
    while let Some(byte) = bytes.next() {
        match byte {
            b'\\' if in_text => drop(bytes.next()),
            b'"' => in_text = !in_text,
            b'[' | b'{' if !in_text => {
                open += 1;
                most = most.max(open);
            }
            b']' | b'}' if !in_text => open = open.saturating_sub(1),
            _ => {}
        }
    }
    most
}

struct Parser {
    names: Names,
    types: Vec<Option<Named>>,
    known: HashMap<String, usize>,
}

fn bad(message: String) -> Error {
    Error::malformed(format!("Avro schema: {message}"))
}

fn primitive(name: &str) -> Option<Kind> {
    Some(match name {
        "null" => Kind::Null,
        "boolean" => Kind::Boolean,
        "int" => Kind::Int,
        "long" => Kind::Long,
        "float" => Kind::Float,
        "double" => Kind::Double,
        "bytes" => Kind::Bytes,
        "string" => Kind::String,
        _ => return None,
    })
}

/// Whether a type without a namespace cannot have this name: built-in types have it.
pub(super) fn is_reserved(name: &str) -> bool {
    primitive(name).is_some() || name == "union"
}

pub(crate) fn is_legal_name(name: &str) -> bool {
    let mut chars = name.bytes();
    chars.next().is_some_and(|first| first.is_ascii_alphabetic() || first == b'_')
        && chars.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

impl Parser {
    fn node(&mut self, value: &Value, namespace: &str) -> Result<Node> {
        match value {
            Value::String(name) => self.reference(name, namespace).map(Node::plain),
            Value::Array(branches) => self.union(branches, namespace),
            Value::Object(object) => self.object(object, namespace),
            other => Err(bad(format!("expected a type, found {other}"))),
        }
    }

    fn reference(&self, name: &str, namespace: &str) -> Result<Kind> {
        if let Some(kind) = primitive(name) {
            return Ok(kind);
        }
        let full = Name::resolve(name, None, namespace).full();
        // A name without dots that its namespace does not define may be meant in the null namespace: older writers do so.
        let id = self.known.get(&full).or_else(|| self.known.get(name));
        id.map(|id| Kind::Named(*id))
            .ok_or_else(|| bad(format!("unknown type {full:?}")).with_hint("a type must be defined before it is used"))
    }

    fn union(&mut self, branches: &[Value], namespace: &str) -> Result<Node> {
        let mut nodes: Vec<Node> = Vec::with_capacity(branches.len());
        let mut seen = HashSet::new();
        for branch in branches {
            let node = self.node(branch, namespace)?;
            let key = match &node.kind {
                Kind::Union(_) => return Err(bad("a union holds a union".to_owned())),
                Kind::Named(id) => format!("#{id}"),
                Kind::Array(_) => "array".to_owned(),
                Kind::Map(_) => "map".to_owned(),
                other => format!("{other:?}"),
            };
            if !seen.insert(key) {
                return Err(bad(format!("a union holds the type {branch} twice")));
            }
            nodes.push(node);
        }
        Ok(Node::plain(Kind::Union(nodes)))
    }

    fn object(&mut self, object: &Attributes, namespace: &str) -> Result<Node> {
        let name = match object.get("type") {
            Some(Value::String(name)) => name.as_str(),
            // `{"type": {…}}` and `{"type": […]}`: the type stands one level deeper.
            Some(inner @ (Value::Object(_) | Value::Array(_))) => {
                let mut node = self.node(inner, namespace)?;
                for (key, value) in object.iter().filter(|(key, _)| *key != "type") {
                    node.attributes.entry(key.clone()).or_insert_with(|| value.clone());
                }
                return Ok(node);
            }
            _ => return Err(bad(format!("no type in {}", Value::Object(object.clone())))),
        };
        let kind = match name {
            "record" | "error" | "enum" | "fixed" => return self.named(name, object, namespace),
            "array" => {
                let items = object.get("items").ok_or_else(|| bad("an array without items".to_owned()))?;
                Kind::Array(Box::new(self.node(items, namespace)?))
            }
            "map" => {
                let values = object.get("values").ok_or_else(|| bad("a map without values".to_owned()))?;
                Kind::Map(Box::new(self.node(values, namespace)?))
            }
            other => self.reference(other, namespace)?,
        };
        let used: &[&str] = match kind {
            Kind::Array(_) => &["type", "items"],
            Kind::Map(_) => &["type", "values"],
            _ => &["type"],
        };
        let attributes = rest(object, used);
        let logical = match kind {
            // The meaning of a named type is where it is defined.
            Kind::Named(_) => Logical::None,
            _ => logical(&kind, None, self.pair_fields(&kind), &attributes),
        };
        Ok(Node { kind, logical, attributes })
    }

    /// Whether the items of an array are records of two fields.
    fn pair_fields(&self, kind: &Kind) -> bool {
        let Kind::Array(items) = kind else { return false };
        let Kind::Named(id) = items.kind else { return false };
        matches!(self.types.get(id), Some(Some(Named { shape: Shape::Record { fields, .. }, .. })) if fields.len() == 2)
    }

    fn named(&mut self, what: &str, object: &Attributes, namespace: &str) -> Result<Node> {
        let text = |key: &str| match object.get(key) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.as_str())),
            Some(other) => Err(bad(format!("{key} of a {what} is {other}, expected text"))),
        };
        let given = text("name")?.ok_or_else(|| bad(format!("a {what} without a name")))?;
        let name = Name::resolve(given, text("namespace")?, namespace);
        self.check_name(&name)?;
        let full = name.full();
        if self.known.contains_key(&full) {
            return Err(bad(format!("type {full:?} is defined twice")));
        }
        let id = self.types.len();
        self.types.push(None);
        self.known.insert(full.clone(), id);
        let mut aliases = Vec::new();
        if let Some(list) = object.get("aliases").and_then(Value::as_array) {
            for alias in list {
                let alias = alias.as_str().ok_or_else(|| bad(format!("an alias of {full:?} is not text")))?;
                aliases.push(Name::resolve(alias, None, &name.namespace));
            }
        }
        let (shape, used): (Shape, &[&str]) = match what {
            "enum" => (self.enumeration(object, &full)?, &["symbols", "default"]),
            "fixed" => {
                let size = object.get("size").and_then(size_of);
                let size = size.ok_or_else(|| bad(format!("fixed {full:?} without a size")))?;
                (Shape::Fixed(size), &["size"])
            }
            _ => (self.record(object, &name, what == "error")?, &["fields"]),
        };
        let mut common = vec!["type", "name", "namespace", "aliases", "doc"];
        common.extend_from_slice(used);
        let attributes = rest(object, &common);
        let size = match shape {
            Shape::Fixed(size) => Some(size),
            _ => None,
        };
        let logical = logical(&Kind::Named(id), size, false, &attributes);
        let doc = object.get("doc").and_then(Value::as_str).map(str::to_owned);
        self.types[id] = Some(Named { name, aliases, doc, shape, logical, attributes });
        Ok(Node::plain(Kind::Named(id)))
    }

    fn check_name(&self, name: &Name) -> Result<()> {
        if name.namespace.is_empty() && is_reserved(&name.name) {
            return Err(bad(format!("{:?} is the name of a built-in type", name.name)));
        }
        let legal =
            is_legal_name(&name.name) && (name.namespace.is_empty() || name.namespace.split('.').all(is_legal_name));
        if self.names == Names::Strict && !legal {
            return Err(illegal(&name.full()));
        }
        Ok(())
    }

    fn enumeration(&self, object: &Attributes, full: &str) -> Result<Shape> {
        let list = object.get("symbols").and_then(Value::as_array);
        let list = list.ok_or_else(|| bad(format!("enum {full:?} without a list of symbols")))?;
        let mut symbols = Vec::with_capacity(list.len());
        let mut seen = HashSet::new();
        for symbol in list {
            let symbol = symbol.as_str().ok_or_else(|| bad(format!("a symbol of enum {full:?} is not text")))?;
            if self.names == Names::Strict && !is_legal_name(symbol) {
                return Err(illegal(symbol));
            }
            if !seen.insert(symbol) {
                return Err(bad(format!("enum {full:?} has the symbol {symbol:?} twice")));
            }
            symbols.push(symbol.to_owned());
        }
        let default = match object.get("default") {
            None => None,
            Some(Value::String(default)) if seen.contains(default.as_str()) => Some(default.clone()),
            Some(other) if self.names == Names::Strict => {
                return Err(bad(format!("the default {other} of enum {full:?} is not one of its symbols")));
            }
            Some(_) => None,
        };
        Ok(Shape::Enum { symbols, default })
    }

    fn record(&mut self, object: &Attributes, name: &Name, error: bool) -> Result<Shape> {
        let full = name.full();
        let list = object.get("fields").and_then(Value::as_array);
        let list = list.ok_or_else(|| bad(format!("record {full:?} without a list of fields")))?;
        let mut fields: Vec<Field> = Vec::with_capacity(list.len());
        let mut seen = HashSet::new();
        for field in list {
            let object = field.as_object().ok_or_else(|| bad(format!("a field of {full:?} is not an object")))?;
            let field = object.get("name").and_then(Value::as_str);
            let field = field.ok_or_else(|| bad(format!("a field of {full:?} has no name")))?;
            if self.names == Names::Strict && !is_legal_name(field) {
                return Err(illegal(field));
            }
            if !seen.insert(field) {
                return Err(bad(format!("record {full:?} has the field {field:?} twice")));
            }
            let declared = object.get("type").ok_or_else(|| bad(format!("field {full}.{field} has no type")))?;
            let mut attributes = rest(object, &["name", "type", "doc", "aliases", "default", "order"]);
            let node = match declared {
                // `{"name": "a", "type": "array", "items": …}`: the field object doubles as the type, as old writers do.
                Value::String(kind) if self.names == Names::Lenient && matches!(kind.as_str(), "array" | "map") => {
                    attributes.clear();
                    self.object(object, &name.namespace)?
                }
                declared => self.node(declared, &name.namespace)?,
            };
            let aliases = object.get("aliases").and_then(Value::as_array);
            let aliases = aliases.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect();
            fields.push(Field {
                name: field.to_owned(),
                node,
                doc: object.get("doc").and_then(Value::as_str).map(str::to_owned),
                aliases,
                default: object.get("default").cloned(),
                order: object.get("order").and_then(Value::as_str).map(str::to_owned),
                attributes,
            });
        }
        Ok(Shape::Record { fields, error })
    }
}

fn illegal(name: &str) -> Error {
    bad(format!("{name:?} is not a legal name")).with_hint("names are letters, digits and _, and begin with no digit")
}

/// A size: a whole number that is not negative.
fn size_of(value: &Value) -> Option<usize> {
    // Java writes sizes as numbers; a few writers as text.
    let size = value.as_u64().or_else(|| value.as_str()?.parse().ok())?;
    i32::try_from(size).ok().and_then(|size| usize::try_from(size).ok())
}

fn rest(object: &Attributes, used: &[&str]) -> Attributes {
    object
        .iter()
        .filter(|(key, _)| !used.contains(&key.as_str()))
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect()
}
