//! Which field of the data a field of the reader's schema is: the one answer that conversions, checks and diffs share.

use std::borrow::Cow;
use std::collections::HashMap;

use arrow_schema::{Field, Fields, Metadata};
use serde_json::Value;

use super::avsc::keys;

/// What a field is known by among its siblings.
#[derive(Clone, Debug, Default)]
pub(crate) struct Known<'a> {
    pub name: &'a str,
    /// The number that stays when the name changes, in formats that number columns.
    pub id: Option<Cow<'a, str>>,
    /// The number of a Protobuf field.
    pub number: Option<Cow<'a, str>>,
    /// Its name in JSON, if it is a Protobuf field.
    pub json: Option<Cow<'a, str>>,
    /// Former names.
    pub aliases: Cow<'a, [String]>,
}

impl<'a> Known<'a> {
    pub fn of(field: &'a Field) -> Known<'a> {
        let said = |key: &str| field.metadata().get(key).map(|text| Cow::Borrowed(text.as_str()));
        let number = said("proto.number");
        let json = number.is_some().then(|| said("proto.json_name").unwrap_or_else(|| camel(field.name()).into()));
        let id = said(FIELD_ID).or_else(|| of_iceberg(field.metadata()).map(Cow::Owned));
        Known { name: field.name(), id, number, json, aliases: Cow::Owned(aliases(field)) }
    }
}

/// Where Parquet and Arrow note the id of a column.
pub(crate) const FIELD_ID: &str = "PARQUET:field_id";

/// Iceberg notes the ids of columns as attributes of Avro fields.
fn of_iceberg(metadata: &Metadata) -> Option<String> {
    let attributes: Value = serde_json::from_str(metadata.get(keys::AVRO_FIELD_PROPS)?).ok()?;
    attributes.get("field-id").map(ToString::to_string)
}

/// Former names of a field.
pub(crate) fn aliases(field: &Field) -> Vec<String> {
    let text = field.metadata().get(keys::ALIASES);
    text.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
}

/// `order_id` as ProtoJSON writes it.
pub(crate) fn camel(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    let mut upper = false;
    for c in name.chars() {
        match c {
            '_' => upper = true,
            c if upper => {
                out.extend(c.to_uppercase());
                upper = false;
            }
            c => out.push(c),
        }
    }
    out
}

/// What counts besides names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct By {
    /// Both sides are versions of one Protobuf message: a field of another number is another field, whatever its name.
    pub number: bool,
    /// Ids of columns come before names.
    pub id: bool,
}

impl By {
    /// Names alone.
    pub const NAME: By = By { number: false, id: false };
    /// Ids, then names.
    pub const ID: By = By { number: false, id: true };
}

/// A way to find the field of the source that a field of the target is.
type Round<'a> = &'a dyn Fn(&Known<'_>) -> Option<usize>;

/// [`pairs`] of Arrow fields.
pub(crate) fn partners<'a>(
    source: &Fields,
    target: &Fields,
    by: By,
    said: &dyn Fn(&str) -> Option<&'a str>,
) -> Vec<Option<usize>> {
    let source: Vec<Known<'_>> = source.iter().map(|field| Known::of(field)).collect();
    let target: Vec<Known<'_>> = target.iter().map(|field| Known::of(field)).collect();
    pairs(&source, &target, by, said)
}

/// For each field of the target its place in the source: as was said, by number between versions of a message, by the
/// id of the column, by name, by alias, and by its name in JSON where one side is a Protobuf field. No field of the
/// source is taken twice. `said` gives the name in the source of fields that were said to be renamed.
pub(crate) fn pairs<'a>(
    source: &[Known<'_>],
    target: &[Known<'_>],
    by: By,
    said: &dyn Fn(&str) -> Option<&'a str>,
) -> Vec<Option<usize>> {
    let place = |key: &dyn Fn(&Known<'_>) -> Option<String>| {
        let mut places = HashMap::new();
        for (at, field) in source.iter().enumerate() {
            if let Some(key) = key(field) {
                places.entry(key).or_insert(at);
            }
        }
        places
    };
    let names = place(&|field| Some(field.name.to_owned()));
    let ids = place(&|field| field.id.as_deref().filter(|_| by.id).map(str::to_owned));
    let numbers = place(&|field| field.number.as_deref().filter(|_| by.number).map(str::to_owned));
    let json = place(&|field| field.json.as_deref().map(str::to_owned));
    let named = |name: &str| names.get(name).copied();
    let numbered = |at: &usize, field: &Known<'_>| source[*at].number.is_some() && field.number.is_some();
    let of_version = |at: &usize, field: &Known<'_>| !(by.number && numbered(at, field));
    let rounds: [Round<'_>; 6] = [
        &|field| said(field.name).and_then(named),
        &|field| numbers.get(field.number.as_deref()?).copied(),
        &|field| ids.get(field.id.as_deref()?).copied(),
        &|field| named(field.name).filter(|at| of_version(at, field)),
        &|field| field.aliases.iter().find_map(|alias| named(alias)),
        &|field| {
            let of_target = field.json.as_deref().and_then(named);
            of_target.or_else(|| json.get(field.name).copied()).filter(|at| of_version(at, field))
        },
    ];
    let mut taken = vec![false; source.len()];
    let mut found: Vec<Option<usize>> = vec![None; target.len()];
    for round in rounds {
        for (slot, field) in found.iter_mut().zip(target) {
            if slot.is_none()
                && let Some(at) = round(field).filter(|at| !taken[*at])
            {
                taken[at] = true;
                *slot = Some(at);
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known<'a>(name: &'a str, id: &'a str) -> Known<'a> {
        Known { name, id: (!id.is_empty()).then_some(id.into()), ..Known::default() }
    }

    fn found(source: &[(&str, &str)], target: &[(&str, &str)], id: bool) -> Vec<Option<usize>> {
        let source: Vec<Known<'_>> = source.iter().map(|(name, id)| known(name, id)).collect();
        let target: Vec<Known<'_>> = target.iter().map(|(name, id)| known(name, id)).collect();
        pairs(&source, &target, By { number: false, id }, &|_| None)
    }

    #[test]
    fn ids_come_before_names() {
        let source = [("a", "1"), ("b", "2")];
        assert_eq!(found(&source, &[("b", "1"), ("a", "2")], true), [Some(0), Some(1)]);
        assert_eq!(found(&source, &[("b", "1"), ("a", "2")], false), [Some(1), Some(0)]);
        // What another field is by its id, no field is by its name.
        assert_eq!(found(&source, &[("a", "9"), ("z", "1")], true), [None, Some(0)]);
        // An id that no field has says nothing.
        assert_eq!(found(&source, &[("a", "9"), ("b", "")], true), [Some(0), Some(1)]);
        assert_eq!(found(&[("a", "")], &[("a", "1")], true), [Some(0)]);
    }

    #[test]
    fn what_was_said_comes_first() {
        let (source, target) = ([known("a", "1"), known("b", "2")], [known("a", "1")]);
        let said = |name: &str| (name == "a").then_some("b");
        assert_eq!(pairs(&source, &target, By::ID, &said), [Some(1)]);
    }
}
