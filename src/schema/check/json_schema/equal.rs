//! Whether two schemas say the same, annotations aside: the shortest reason why one reads the other.

use std::collections::HashSet;

use super::super::json_text::Member;
use super::form::{Node, Pair};
use super::index::Draft;

/// Levels at most, references included: what lies deeper is taken for different, and compared by its values.
const DEPTH_MAX: usize = 64;

/// Whether two schemas say the same. References count by what they lead to; circles that meet again are equal.
pub(super) fn equal<'a>(pair: Pair<'a>, a: Node<'a>, b: Node<'a>) -> bool {
    schemas(pair, a, b, &mut Walk::default())
}

#[derive(Default)]
struct Walk {
    /// Pairs that were met.
    met: HashSet<(usize, usize)>,
    depth: usize,
}

fn schemas<'a>(pair: Pair<'a>, a: Node<'a>, b: Node<'a>, walk: &mut Walk) -> bool {
    if walk.depth == DEPTH_MAX {
        return false;
    }
    walk.depth += 1;
    let same = members(pair, a, b, walk);
    walk.depth -= 1;
    same
}

fn members<'a>(pair: Pair<'a>, a: Node<'a>, b: Node<'a>, walk: &mut Walk) -> bool {
    let follow = |node: Node<'a>| if pair.only_reference(node) { pair.end(node) } else { node };
    let (a, b) = (follow(a), follow(b));
    if !walk.met.insert((a.id(), b.id())) {
        return true;
    }
    let (Some(left), Some(right)) = (a.json.object(), b.json.object()) else {
        return a.json.bool().is_some() && a.json.bool() == b.json.bool();
    };
    if pair.index(a).draft == Draft::Four || pair.index(b).draft == Draft::Four {
        // Keywords of draft-04 mean something else elsewhere.
        if pair.index(a).draft != pair.index(b).draft {
            return false;
        }
    }
    let says = |key: &str| !ANNOTATIONS.contains(&key);
    let count = |members: &[Member]| members.iter().filter(|m| says(&m.key)).count();
    count(left) == count(right)
        && left.iter().filter(|member| says(&member.key)).all(|member| {
            let key = member.key.as_str();
            let Some(other) = b.get(key) else { return false };
            let (value, other) = (a.with(&member.value), b.with(other));
            match key {
                "$ref" | "$dynamicRef" | "$recursiveRef" => match (pair.target(a), pair.target(b)) {
                    (Some(a), Some(b)) => schemas(pair, a, b, walk),
                    _ => false,
                },
                "properties" | "patternProperties" | "dependentSchemas" | "dependencies" => {
                    let names = value.json.object().unwrap_or_default();
                    other.json.object().is_some_and(|others| others.len() == names.len())
                        && names.iter().all(|member| {
                            other.child(&member.key).is_some_and(|other| {
                                let value = a.with(&member.value);
                                value.json == other.json && value.json.array().is_some()
                                    || schemas(pair, value, other, walk)
                            })
                        })
                }
                "allOf" | "anyOf" | "oneOf" | "prefixItems" => lists(pair, value, other, walk),
                "items" if value.json.array().is_some() => lists(pair, value, other, walk),
                _ if SCHEMAS.contains(&key) => schemas(pair, value, other, walk),
                _ => value.json == other.json,
            }
        })
}

fn lists<'a>(pair: Pair<'a>, a: Node<'a>, b: Node<'a>, walk: &mut Walk) -> bool {
    let (Some(left), Some(right)) = (a.json.array(), b.json.array()) else { return false };
    left.len() == right.len() && left.iter().zip(right).all(|(l, r)| schemas(pair, a.with(l), b.with(r), walk))
}

/// Keywords that say nothing about values.
const ANNOTATIONS: &[&str] = &[
    "$schema",
    "$id",
    "id",
    "$comment",
    "$defs",
    "definitions",
    "$anchor",
    "$dynamicAnchor",
    "$vocabulary",
    "title",
    "description",
    "default",
    "examples",
    "deprecated",
    "readOnly",
    "writeOnly",
];

/// Keywords that hold one schema.
const SCHEMAS: &[&str] = &[
    "items",
    "additionalItems",
    "additionalProperties",
    "propertyNames",
    "contains",
    "not",
    "if",
    "then",
    "else",
    "unevaluatedItems",
    "unevaluatedProperties",
];
