//! What differs between two schemas, field by field: added, removed, renamed, moved, of another type.

use std::collections::HashMap;

use arrow_schema::{DataType, Field, Fields, Schema};

use super::annotations::says_something;
use super::avsc::keys;
use super::identity::{By, aliases, partners};
use super::type_text::field_text;

/// One difference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Path of the field, in the second schema if it is there: `order.items[].price`.
    pub path: String,
    /// What is different.
    pub kind: Kind,
}

/// What is different.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Only in the second schema; its type.
    Added(String),
    /// Only in the first schema; its type.
    Removed(String),
    /// Called otherwise in the first schema. `sure`: an alias, a field number or an id says so; else type and name are alike.
    Renamed {
        /// Its name there.
        from: String,
        /// Whether a schema says so.
        sure: bool,
    },
    /// At another place among the fields that both have, counted from one.
    Moved {
        /// The place in the first schema.
        from: usize,
        /// The place in the second.
        to: usize,
    },
    /// Other symbols of an enum.
    Symbols {
        /// Only in the second schema.
        added: Vec<String>,
        /// Only in the first.
        removed: Vec<String>,
    },
    /// Another type.
    Type {
        /// In the first schema.
        from: String,
        /// In the second.
        to: String,
    },
    /// May be null in one of them only; whether it may in the second.
    Nullable(bool),
    /// Documentation, a default, aliases, other metadata: the key, and its text in both.
    Note {
        /// What it is: `doc`, `default`.
        key: String,
        /// In the first schema.
        from: Option<String>,
        /// In the second.
        to: Option<String>,
    },
}

/// The differences, in the order of the second schema; what is removed stands at its end.
pub fn diff(left: &Schema, right: &Schema) -> Vec<Change> {
    let message = |schema: &Schema| schema.metadata().get("proto.message").cloned();
    let by_number = message(left).is_some() && message(left) == message(right);
    let mut changes = Vec::new();
    fields(left.fields(), right.fields(), by_number, "", &mut changes);
    changes
}

fn below(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

fn fields(left: &Fields, right: &Fields, by_number: bool, path: &str, changes: &mut Vec<Change>) {
    let mut partners = partners(left, right, By { number: by_number, id: true }, &|_| None);
    // A former name in the first schema says the same the other way round.
    let mut former: HashMap<String, usize> = HashMap::new();
    for (at, _) in taken(left, &partners).iter().enumerate().filter(|(_, taken)| !**taken) {
        for alias in aliases(&left[at]) {
            former.entry(alias).or_insert(at);
        }
    }
    for (slot, field) in partners.iter_mut().zip(right).filter(|(slot, _)| slot.is_none()) {
        *slot = former.get(field.name()).copied();
    }
    let said = partners.clone();
    guess_renames(left, right, &mut partners);
    let stay = longest_rise(&partners);
    for (at, (partner, field)) in partners.iter().zip(right).enumerate() {
        let path = below(path, field.name());
        let Some(from) = *partner else {
            changes.push(Change { path, kind: Kind::Added(with_null(field)) });
            continue;
        };
        let old = &left[from];
        if old.name() != field.name() {
            let kind = Kind::Renamed { from: old.name().clone(), sure: said[at].is_some() };
            changes.push(Change { path: path.clone(), kind });
        }
        if !stay[at] {
            changes.push(Change { path: path.clone(), kind: Kind::Moved { from: from + 1, to: at + 1 } });
        }
        field_changes(old, field, &path, changes);
    }
    let gone = left.iter().zip(taken(left, &partners)).filter(|(_, taken)| !taken);
    changes.extend(
        gone.map(|(field, _)| Change { path: below(path, field.name()), kind: Kind::Removed(with_null(field)) }),
    );
}

/// Which of the fields are somebody's partner.
fn taken(left: &Fields, partners: &[Option<usize>]) -> Vec<bool> {
    let mut taken = vec![false; left.len()];
    partners.iter().flatten().for_each(|at| taken[*at] = true);
    taken
}

fn with_null(field: &Field) -> String {
    format!("{}{}", field_text(field), if field.is_nullable() { "" } else { " not null" })
}

fn field_changes(old: &Field, new: &Field, path: &str, changes: &mut Vec<Change>) {
    if old.is_nullable() != new.is_nullable() {
        changes.push(Change { path: path.to_owned(), kind: Kind::Nullable(new.is_nullable()) });
    }
    notes(old, new, path, changes);
    inside(old, new, path, changes);
}

fn inside(old: &Field, new: &Field, path: &str, changes: &mut Vec<Change>) {
    use DataType as T;
    match (old.data_type(), new.data_type()) {
        (T::Struct(left), T::Struct(right)) => {
            let message = |field: &Field| field.metadata().get("proto.message").cloned();
            let by_number = message(old).is_some() && message(old) == message(new);
            fields(left, right, by_number, path, changes);
        }
        (T::List(left), T::List(right)) | (T::LargeList(left), T::LargeList(right)) => {
            field_changes(left, right, &format!("{path}[]"), changes)
        }
        (T::FixedSizeList(left, size), T::FixedSizeList(right, other)) if size == other => {
            field_changes(left, right, &format!("{path}[]"), changes);
        }
        (T::Map(left, _), T::Map(right, _)) => match (left.data_type(), right.data_type()) {
            (T::Struct(left), T::Struct(right)) if left.len() == 2 && right.len() == 2 => {
                field_changes(&left[0], &right[0], &format!("{path}.key"), changes);
                field_changes(&left[1], &right[1], &format!("{path}.value"), changes);
            }
            _ => {}
        },
        _ => {
            let (from, to) = (type_of(old), type_of(new));
            if let Some(kind) = symbols_changed(old, new) {
                changes.push(Change { path: path.to_owned(), kind });
            } else if from != to {
                changes.push(Change { path: path.to_owned(), kind: Kind::Type { from, to } });
            }
        }
    }
}

/// The symbols of an enum.
fn symbols_of(field: &Field) -> Option<Vec<String>> {
    super::adapt::fit::symbols(field).filter(|_| {
        matches!(field.data_type(), DataType::Dictionary(..)) || super::adapt::fit::is_text(field.data_type())
    })
}

/// Symbols that two enums do not share; none if they only stand in another order.
fn symbols_changed(old: &Field, new: &Field) -> Option<Kind> {
    let (old, new) = (symbols_of(old)?, symbols_of(new)?);
    let only = |these: &[String], those: &[String]| -> Vec<String> {
        these.iter().filter(|symbol| !those.contains(symbol)).cloned().collect()
    };
    let (added, removed) = (only(&new, &old), only(&old, &new));
    (!added.is_empty() || !removed.is_empty()).then_some(Kind::Symbols { added, removed })
}

/// The type, and the symbols of an enum.
fn type_of(field: &Field) -> String {
    match symbols_of(field) {
        Some(symbols) => format!("enum {{{}}}", symbols.join(", ")),
        None => field_text(field),
    }
}

/// What people wrote about a field.
fn notes(old: &Field, new: &Field, path: &str, changes: &mut Vec<Change>) {
    let known =
        [(keys::DOC, "doc"), (keys::DEFAULT, "default"), (keys::ALIASES, "aliases"), ("proto.number", "number")];
    let mut texts: Vec<(&str, &str)> = known.to_vec();
    let own = |field: &Field, key: &str| field.metadata().get(key).cloned();
    let foreign = |key: &String| {
        let alone = arrow_schema::Metadata::from([(key.clone(), String::new())]);
        says_something(&alone) && !known.iter().any(|(known, _)| known == key)
    };
    let mut others: Vec<&String> =
        old.metadata().keys().chain(new.metadata().keys()).filter(|key| foreign(key)).collect();
    others.sort();
    others.dedup();
    texts.extend(others.iter().map(|key| (key.as_str(), key.as_str())));
    for (key, name) in texts {
        let (from, to) = (own(old, key), own(new, key));
        // A number is a fact of Protobuf: of another language it says nothing.
        let comparable = key != "proto.number" || (from.is_some() && to.is_some());
        if from != to && comparable {
            changes.push(Change { path: path.to_owned(), kind: Kind::Note { key: name.to_owned(), from, to } });
        }
    }
}

/// Pairs of names that are compared letter by letter, of fields of one type. Beyond, as between two schemas of thousands of
/// fields without one in common, only those are found that differ in case and punctuation alone.
const COMPARED_MAX: usize = 1 << 20;

/// The place of a field without a partner, and the letters of its name.
type Unpaired = (usize, Vec<char>);

/// Pairs what is only on one side with what is only on the other, where type and name are alike.
fn guess_renames(left: &Fields, right: &Fields, partners: &mut [Option<usize>]) {
    let mut taken = taken(left, partners);
    // Of each type, what is free on both sides, with the letters of the names.
    let mut by_type: HashMap<String, [Vec<Unpaired>; 2]> = HashMap::new();
    for (at, field) in left.iter().enumerate().filter(|(at, _)| !taken[*at]) {
        by_type.entry(type_of(field)).or_default()[0].push((at, letters(field.name())));
    }
    for (at, field) in right.iter().enumerate().filter(|(at, _)| partners[*at].is_none()) {
        if let Some(free) = by_type.get_mut(&type_of(field)) {
            free[1].push((at, letters(field.name())));
        }
    }
    let mut pairs: Vec<(usize, usize, usize)> = Vec::new();
    for [free, open] in by_type.values() {
        if free.len().saturating_mul(open.len()) <= COMPARED_MAX {
            for (to, name) in open {
                pairs.extend(free.iter().filter_map(|(from, old)| Some((alike(old, name)?, *from, *to))));
            }
        } else {
            let mut same: HashMap<&[char], Vec<usize>> = HashMap::new();
            free.iter().for_each(|(from, old)| same.entry(old).or_default().push(*from));
            for (to, name) in open.iter().filter(|(_, name)| !name.is_empty()) {
                // As many of one spelling as anyone has: all of thousands would be as many pairs again.
                let spelt = same.get(name.as_slice()).into_iter().flatten().take(SPELLINGS_MAX);
                pairs.extend(spelt.map(|from| (0, *from, *to)));
            }
        }
    }
    pairs.sort_unstable();
    for (_, from, to) in pairs {
        if partners[to].is_none() && !taken[from] {
            (partners[to], taken[from]) = (Some(from), true);
        }
    }
}

/// Fields whose names differ in case and punctuation alone, at most, where not all pairs are compared.
const SPELLINGS_MAX: usize = 8;

/// The letters and digits of a name, as far as they are compared.
fn letters(name: &str) -> Vec<char> {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).take(64).collect()
}

/// How far two names are from one another, if they are alike: case, underscores, some letters, or one in the other.
fn alike(one: &[char], other: &[char]) -> Option<usize> {
    let (short, long) = if one.len() < other.len() { (one, other) } else { (other, one) };
    if short.is_empty() {
        return None;
    }
    if short.len() >= 3 && (long.starts_with(short) || long.ends_with(short)) {
        return Some(long.len() - short.len());
    }
    // So many letters are left out at least.
    if (long.len() - short.len()) * 3 > long.len() {
        return None;
    }
    let distance = edits(short, long);
    (distance * 3 <= long.len()).then_some(distance)
}

/// Letters to be changed, added or left out.
fn edits(one: &[char], other: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (i, a) in one.iter().enumerate() {
        let mut before = row[0];
        row[0] = i + 1;
        for (j, b) in other.iter().enumerate() {
            let cost = before + usize::from(a != b);
            before = row[j + 1];
            row[j + 1] = cost.min(before + 1).min(row[j] + 1);
        }
    }
    row[other.len()]
}

/// For each place whether it stays: those whose partners rise, as many as there can be. The others moved.
fn longest_rise(partners: &[Option<usize>]) -> Vec<bool> {
    // The last place of the best rise of each length, and what stands before each place.
    let mut ends: Vec<usize> = Vec::new();
    let mut before: Vec<Option<usize>> = vec![None; partners.len()];
    for (at, partner) in partners.iter().enumerate() {
        let Some(value) = partner else { continue };
        let length = ends.partition_point(|end| partners[*end].is_some_and(|end| end < *value));
        before[at] = length.checked_sub(1).map(|last| ends[last]);
        if length == ends.len() {
            ends.push(at);
        } else {
            ends[length] = at;
        }
    }
    let mut rise = vec![false; partners.len()];
    let mut at = ends.last().copied();
    while let Some(place) = at {
        rise[place] = true;
        at = before[place];
    }
    rise
}

#[cfg(test)]
mod tests;
