//! Records of an Avro schema that are worth a try: the least record but for one place.

use std::collections::HashSet;

use serde_json::{Map, Value, json};

use super::super::avro::shown;
use crate::schema::avsc::Document;
use crate::schema::avsc::model::{Kind, Logical, Node, Shape};

/// Places that are looked at at most.
const PLACES_MAX: usize = 1 << 16;
/// Values in a record at most: types that are used again and again unfold without bound.
const VALUES_MAX: usize = 1 << 16;
/// Digits of the largest decimal that is tried.
const DIGITS_MAX: usize = 38;

/// A step from a value to one inside it.
#[derive(Clone, Copy)]
enum Step {
    Field(usize),
    Branch(usize),
    Item,
    Entry,
}

/// Records in Avro's JSON encoding, each made when it is asked for: those that differ from the least one at `path`
/// first (of the branches of a union there, in the one that `said` shows), then around it, then anywhere; `most` at
/// most.
pub(super) fn records<'a>(
    document: &'a Document,
    path: &str,
    said: Option<&str>,
    most: usize,
) -> impl Iterator<Item = Value> + use<'a> {
    let sizes = document.least_sizes();
    let mut walk = Walk { document, sizes, path: path.to_owned(), places: Vec::new(), open: HashSet::new() };
    let name = document.named(&document.root).map_or("$", |named| &named.name.name);
    walk.places(&document.root, name.to_owned(), &mut Vec::new());
    let near = |(place, _, node): &(String, Vec<Step>, &Node)| match place {
        place if place == path => (0, said.is_some_and(|said| said != shown(document, node))),
        place if path.starts_with(place.as_str()) => (1 + path.len() - place.len(), false),
        _ => (usize::MAX, false),
    };
    let mut order: Vec<usize> = (0..walk.places.len()).collect();
    order.sort_by_key(|at| near(&walk.places[*at]));
    let tried = order.into_iter().flat_map(move |at| {
        let (_, route, node) = &walk.places[at];
        let built = |value| walk.build(&document.root, route, &value);
        walk.values(node).into_iter().filter_map(built).collect::<Vec<_>>()
    });
    let mut seen = HashSet::new();
    tried.filter(move |record| seen.insert(record.to_string())).take(most)
}

struct Walk<'a> {
    document: &'a Document,
    /// The fewest bytes of named types: what has no end has the largest number.
    sizes: Vec<usize>,
    /// Of the finding.
    path: String,
    places: Vec<(String, Vec<Step>, &'a Node)>,
    /// Records that were walked into: each once, but for those that the path leads through.
    open: HashSet<usize>,
}

impl<'a> Walk<'a> {
    fn places(&mut self, node: &'a Node, path: String, route: &mut Vec<Step>) {
        if self.places.len() >= PLACES_MAX {
            return;
        }
        self.places.push((path.clone(), route.clone(), node));
        let mut deeper = |walk: &mut Self, node: &'a Node, path: String, step: Step| {
            route.push(step);
            walk.places(node, path, route);
            route.pop();
        };
        match &node.kind {
            Kind::Union(branches) => {
                for (n, branch) in branches.iter().enumerate() {
                    deeper(self, branch, path.clone(), Step::Branch(n));
                }
            }
            Kind::Array(item) => deeper(self, item, format!("{path}[]"), Step::Item),
            Kind::Map(value) => deeper(self, value, format!("{path}{{}}"), Step::Entry),
            Kind::Named(id)
                if self.open.insert(*id) || self.path.starts_with(path.as_str()) && path.len() < self.path.len() =>
            {
                let document = self.document;
                for (n, field) in document.fields(node).unwrap_or_default().iter().enumerate() {
                    deeper(self, &field.node, format!("{path}.{}", field.name), Step::Field(n));
                }
            }
            _ => {}
        }
    }

    /// Values of a place that other types may not hold, the least one last.
    fn values(&self, node: &Node) -> Vec<Value> {
        let mut values = match (&node.kind, self.document.logical(node)) {
            (_, Logical::Decimal { precision, .. }) => {
                let digits = u32::try_from((*precision).min(DIGITS_MAX)).unwrap_or(0);
                vec![self.unscaled(node, 10i128.pow(digits) - 1), self.unscaled(node, 1)]
            }
            (_, Logical::Uuid | Logical::Duration | Logical::BigDecimal | Logical::Map) => Vec::new(),
            (Kind::Int, Logical::None) => vec![json!(i32::MAX)],
            (Kind::Int, _) => vec![json!(1)],
            (Kind::Long, Logical::None) => vec![json!(i64::MAX)],
            (Kind::Long, _) => vec![json!(1)],
            (Kind::Float, _) => vec![json!(0.5)],
            (Kind::Double, _) => vec![json!(1e300)],
            (Kind::Bytes, _) => vec![json!("\u{ff}")],
            (Kind::String, _) => vec![json!("é")],
            (Kind::Boolean, _) => vec![json!(true)],
            (Kind::Array(item), _) => {
                self.least(item, &mut VALUES_MAX.clone()).map(|item| json!([item])).into_iter().collect()
            }
            (Kind::Map(value), _) => {
                self.least(value, &mut VALUES_MAX.clone()).map(|value| json!({"key": value})).into_iter().collect()
            }
            (Kind::Named(id), _) => match &self.document.types[*id].shape {
                Shape::Enum { symbols, .. } => symbols.iter().skip(1).map(|symbol| json!(symbol)).collect(),
                _ => Vec::new(),
            },
            _ => Vec::new(),
        };
        values.extend(self.least(node, &mut VALUES_MAX.clone()));
        values
    }

    /// A number in the bytes of a decimal.
    fn unscaled(&self, node: &Node, number: i128) -> Value {
        let all = number.to_be_bytes();
        let bytes = match self.document.fixed_size(node) {
            Some(size) if size <= all.len() => all[all.len() - size..].to_vec(),
            Some(size) => [vec![0; size - all.len()], all.to_vec()].concat(),
            // A zero byte stays in front of a highest bit that is set: the number is not negative.
            None => {
                let first = all.iter().position(|byte| *byte != 0).unwrap_or(all.len() - 1);
                let first = if all[first] > 0x7f { first - 1 } else { first };
                all[first..].to_vec()
            }
        };
        Value::String(bytes.into_iter().map(char::from).collect())
    }

    /// The value with the fewest bytes; none if it has no end, or does not fit into `left` values.
    fn least(&self, node: &Node, left: &mut usize) -> Option<Value> {
        *left = left.checked_sub(1)?;
        Some(match (&node.kind, self.document.logical(node)) {
            (Kind::String, Logical::Uuid) => json!("00000000-0000-0000-0000-000000000000"),
            (Kind::Bytes, Logical::Decimal { .. }) => json!("\0"),
            (Kind::Null, _) => Value::Null,
            (Kind::Boolean, _) => json!(false),
            (Kind::Int | Kind::Long, _) => json!(0),
            (Kind::Float | Kind::Double, _) => json!(0.0),
            (Kind::Bytes | Kind::String, _) => json!(""),
            (Kind::Array(_), _) => json!([]),
            (Kind::Map(_), _) => json!({}),
            (Kind::Union(branches), _) => {
                let least = branches.iter().min_by_key(|branch| self.document.least_size(branch, &self.sizes))?;
                self.in_branch(least, self.least(least, left)?)
            }
            (Kind::Named(id), _) if self.sizes.get(*id).is_none_or(|size| *size == usize::MAX) => return None,
            (Kind::Named(id), _) => match &self.document.types[*id].shape {
                Shape::Fixed(size) => Value::String("\0".repeat((*size).min(VALUES_MAX))),
                Shape::Enum { symbols, .. } => json!(symbols.first()?),
                Shape::Record { fields, .. } => {
                    let mut record = Map::new();
                    for field in fields {
                        record.insert(field.name.clone(), self.least(&field.node, left)?);
                    }
                    Value::Object(record)
                }
            },
        })
    }

    fn in_branch(&self, branch: &Node, value: Value) -> Value {
        match branch.kind {
            Kind::Null => Value::Null,
            _ => Value::Object(Map::from_iter([(self.document.branch_name(branch), value)])),
        }
    }

    /// The least value that holds `value` at the end of the route.
    fn build(&self, node: &Node, route: &[Step], value: &Value) -> Option<Value> {
        let Some((step, rest)) = route.split_first() else { return Some(value.clone()) };
        Some(match (step, &node.kind) {
            (Step::Branch(n), Kind::Union(branches)) => {
                let branch = branches.get(*n)?;
                self.in_branch(branch, self.build(branch, rest, value)?)
            }
            (Step::Item, Kind::Array(item)) => json!([self.build(item, rest, value)?]),
            (Step::Entry, Kind::Map(inner)) => json!({"key": self.build(inner, rest, value)?}),
            (Step::Field(n), Kind::Named(_)) => {
                let mut record = Map::new();
                let mut left = VALUES_MAX;
                for (place, field) in self.document.fields(node)?.iter().enumerate() {
                    let inner = match place == *n {
                        true => self.build(&field.node, rest, value)?,
                        false => self.least(&field.node, &mut left)?,
                    };
                    record.insert(field.name.clone(), inner);
                }
                Value::Object(record)
            }
            _ => return None,
        })
    }
}
