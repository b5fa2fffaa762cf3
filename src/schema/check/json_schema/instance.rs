//! Whether a value is valid: for the values of `enum` and `const`, and for names of properties.

use std::cell::Cell;
use std::cmp::Ordering;

use super::super::json_text::{Json, Number, Value};
use super::form::{self, Node, Pair};
use super::pattern;

/// Levels of references at most: deeper means a circle.
const DEPTH_MAX: usize = 100;
/// Schemas that one value is held against at most.
const STEPS_MAX: u32 = 100_000;

/// How a value is validated.
#[derive(Clone, Copy)]
struct Run<'a, 'r> {
    pair: Pair<'a>,
    steps: &'r Cell<u32>,
}

/// `None`: a regular expression is not understood, or the schema is too intertwined. Formats are annotations.
pub(super) fn valid<'a>(pair: Pair<'a>, value: &Json, node: Node<'a>) -> Option<bool> {
    check(Run { pair, steps: &Cell::new(STEPS_MAX) }, value, node, 0)
}

/// Whether a schema allows a name.
pub(super) fn valid_name<'a>(pair: Pair<'a>, name: &str, node: Node<'a>) -> Option<bool> {
    valid(pair, &Json { at: 0, value: Value::String(name.to_owned()) }, node)
}

fn check<'a>(run: Run<'a, '_>, value: &Json, node: Node<'a>, depth: usize) -> Option<bool> {
    let pair = run.pair;
    run.steps.set(run.steps.get().checked_sub(1)?);
    if let Some(constant) = node.json.bool() {
        return Some(constant);
    }
    if depth > DEPTH_MAX {
        return Some(true);
    }
    let inner = |node: Node<'a>| check(run, value, node, depth + 1);
    if let Some(target) = pair.target(node) {
        let fits = inner(target)?;
        if pair.only_reference(node) || !fits {
            return Some(fits);
        }
    }
    let plain = types(value, node) && listed(value, node) && numbers(value, node);
    if !plain || !strings(value, node)? || !arrays(run, value, node, depth)? || !objects(run, value, node, depth)? {
        return Some(false);
    }
    for part in node.list("allOf") {
        if !inner(part)? {
            return Some(false);
        }
    }
    for (key, exactly) in [("anyOf", false), ("oneOf", true)] {
        if node.get(key).is_some() {
            let fits = node.list(key).into_iter().map(inner).collect::<Option<Vec<_>>>()?;
            let count = fits.iter().filter(|fits| **fits).count();
            if count == 0 || exactly && count > 1 {
                return Some(false);
            }
        }
    }
    if let Some(not) = node.child("not")
        && inner(not)?
    {
        return Some(false);
    }
    if let Some(condition) = node.child("if") {
        let branch = if inner(condition)? { "then" } else { "else" };
        if let Some(branch) = node.child(branch) {
            return inner(branch);
        }
    }
    Some(true)
}

fn types(value: &Json, node: Node<'_>) -> bool {
    let allowed = match node.get("type") {
        Some(json) => json.array().unwrap_or(std::slice::from_ref(json)),
        None => return true,
    };
    let (mask, integer) = form::mask(allowed);
    match &value.value {
        Value::Null => mask & form::NULL != 0,
        Value::Bool(_) => mask & form::BOOLEAN != 0,
        Value::Number(number) => mask & form::NUMBER != 0 && (!integer || number.is_whole()),
        Value::String(_) => mask & form::STRING != 0,
        Value::Array(_) => mask & form::ARRAY != 0,
        Value::Object(_) => mask & form::OBJECT != 0,
    }
}

fn listed(value: &Json, node: Node<'_>) -> bool {
    let in_enum = node.get("enum").and_then(Json::array).is_none_or(|list| list.contains(value));
    in_enum && node.get("const").is_none_or(|constant| constant == value)
}

fn numbers(value: &Json, node: Node<'_>) -> bool {
    let Some(number) = value.number() else { return true };
    let inside = |bounds: Vec<form::Bound<'_>>, side: Ordering| {
        bounds.iter().all(|bound| match number.cmp(bound.value) {
            Ordering::Equal => !bound.exclusive,
            order => order == side,
        })
    };
    inside(form::bounds(node, "minimum", "exclusiveMinimum"), Ordering::Greater)
        && inside(form::bounds(node, "maximum", "exclusiveMaximum"), Ordering::Less)
        && node.get("multipleOf").and_then(Json::number).is_none_or(|of: &Number| number.is_multiple_of(of))
}

fn counted(count: usize, node: Node<'_>, min: &str, max: &str) -> bool {
    let count = count as u64;
    count >= node.count(min).unwrap_or(0) && node.count(max).is_none_or(|max| count <= max)
}

fn strings(value: &Json, node: Node<'_>) -> Option<bool> {
    let Some(text) = value.text() else { return Some(true) };
    if !counted(text.chars().count(), node, "minLength", "maxLength") {
        return Some(false);
    }
    node.get("pattern").and_then(Json::text).map_or(Some(true), |pattern| pattern::matches(pattern, text))
}

fn arrays<'a>(run: Run<'a, '_>, value: &Json, node: Node<'a>, depth: usize) -> Option<bool> {
    let Some(items) = value.array() else { return Some(true) };
    let unique = || (1..items.len()).all(|at| !items[..at].contains(&items[at]));
    if !counted(items.len(), node, "minItems", "maxItems")
        || node.get("uniqueItems").and_then(Json::bool) == Some(true) && !unique()
    {
        return Some(false);
    }
    if let Some(part) = form::array_part(node) {
        for (at, item) in items.iter().enumerate() {
            if let Some(schema) = part.prefix.get(at).copied().or(part.rest)
                && !check(run, item, schema, depth + 1)?
            {
                return Some(false);
            }
        }
    }
    if let Some(contains) = form::contains(node) {
        let fits = items.iter().map(|item| check(run, item, contains.node, depth + 1)).collect::<Option<Vec<_>>>()?;
        let count = fits.iter().filter(|fits| **fits).count() as u64;
        return Some(count >= contains.min && contains.max.is_none_or(|max| count <= max));
    }
    Some(true)
}

fn objects<'a>(run: Run<'a, '_>, value: &Json, node: Node<'a>, depth: usize) -> Option<bool> {
    let Some(members) = value.object() else { return Some(true) };
    let required = node.get("required").and_then(Json::array).unwrap_or_default();
    if !counted(members.len(), node, "minProperties", "maxProperties")
        || required.iter().filter_map(Json::text).any(|name| value.get(name).is_none())
    {
        return Some(false);
    }
    if let Some(part) = form::object_part(run.pair, node) {
        for member in members {
            let mut schemas = Vec::new();
            part.schemas_of(&member.key, &mut schemas);
            for schema in schemas {
                if !check(run, &member.value, schema, depth + 1)? {
                    return Some(false);
                }
            }
        }
    }
    if let Some(names) = node.child("propertyNames") {
        for member in members {
            if !valid_name(run.pair, &member.key, names)? {
                return Some(false);
            }
        }
    }
    let (lists, schemas) = form::dependencies(node);
    let missing = |(name, needs): &(&str, Vec<&str>)| {
        value.get(name).is_some() && needs.iter().any(|need| value.get(need).is_none())
    };
    if lists.iter().any(missing) {
        return Some(false);
    }
    for (name, schema) in schemas {
        if value.get(name).is_some() && !check(run, value, schema, depth + 1)? {
            return Some(false);
        }
    }
    Some(true)
}
