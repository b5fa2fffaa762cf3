//! What two schemas say of values beyond their types, keyword by keyword, where both declare a property or items.

use super::super::json_text::Json;
use super::index::Index;
use crate::schema::diff::{Change, Kind};

/// Levels at most: recursive schemas are compared once around.
const DEPTH_MAX: usize = 32;

/// Keywords that columns show: types, names, what is required, texts about it.
const OF_COLUMNS: &[&str] = &[
    "$schema",
    "$id",
    "id",
    "$ref",
    "$defs",
    "definitions",
    "$anchor",
    "$comment",
    "type",
    "properties",
    "items",
    "required",
    "description",
    "default",
    "examples",
];

pub(in super::super) fn differences(left: &super::Schema, right: &super::Schema) -> Option<Vec<Change>> {
    let (left, right) = (Index::of(left).ok()?, Index::of(right).ok()?);
    let mut changes = Vec::new();
    let root = (&left.schema.root, &right.schema.root);
    schemas((&left, &right), root, "", 0, &mut changes);
    Some(changes)
}

fn schemas(
    indexes: (&Index<'_>, &Index<'_>),
    (left, right): (&Json, &Json),
    path: &str,
    depth: usize,
    changes: &mut Vec<Change>,
) {
    let (left, right) = (followed(indexes.0, left), followed(indexes.1, right));
    let members = |json: &Json| json.object().map(<[_]>::to_vec).unwrap_or_default();
    let (old, new) = (members(left), members(right));
    let mut keys: Vec<&str> = Vec::new();
    for member in new.iter().chain(&old) {
        if !keys.contains(&member.key.as_str()) && !OF_COLUMNS.contains(&member.key.as_str()) {
            keys.push(&member.key);
        }
    }
    for key in keys {
        let (from, to) = (left.get(key), right.get(key));
        if from != to {
            let text = |json: Option<&Json>| json.map(Json::brief);
            let path = if path.is_empty() { "#".to_owned() } else { path.to_owned() };
            changes.push(Change { path, kind: Kind::Note { key: key.to_owned(), from: text(from), to: text(to) } });
        }
    }
    if depth >= DEPTH_MAX {
        return;
    }
    for member in right.get("properties").and_then(Json::object).unwrap_or_default() {
        if let Some(before) = left.get("properties").and_then(|map| map.get(&member.key)) {
            let path = if path.is_empty() { member.key.clone() } else { format!("{path}.{}", member.key) };
            schemas(indexes, (before, &member.value), &path, depth + 1, changes);
        }
    }
    if let (Some(before), Some(after)) = (left.get("items"), right.get("items")) {
        schemas(indexes, (before, after), &format!("{path}[]"), depth + 1, changes);
    }
}

fn followed<'a>(index: &Index<'a>, node: &'a Json) -> &'a Json {
    index.followed(node)
}
