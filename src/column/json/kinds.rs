//! Which branch of a union a JSON value belongs to, if it can be told.

use arrow_schema::{DataType, Field, Fields, UnionFields};

use super::fit::has_object_keys;
use super::write::{BytesStyle, NumberStyle, WriteRules};
use super::{UnionStyle, is_json_text, is_uuid, is_variant};
use crate::format::Settings;

/// The paths of unions whose branches cannot be told apart by the JSON value that `rules` make of it, null included.
fn ambiguous_unions(fields: &Fields, rules: &WriteRules) -> Vec<String> {
    let mut found = Vec::new();
    for field in fields {
        walk(field.data_type(), field.name().clone(), rules, &mut found);
    }
    found
}

/// Beside a side-car, records are read back whatever they hold: unions whose branches could not be told apart are tagged,
/// unless `settings` say how unions are written. Gives their paths.
pub fn tag_ambiguous_unions(fields: &Fields, rules: &mut WriteRules, settings: &mut Settings) -> Vec<String> {
    if settings.get("union").is_some() {
        return Vec::new();
    }
    let found = ambiguous_unions(fields, rules);
    if !found.is_empty() {
        rules.union = UnionStyle::Tagged;
        settings.set("union", "tagged");
    }
    found
}

fn walk(kind: &DataType, path: String, rules: &WriteRules, found: &mut Vec<String>) {
    match kind {
        DataType::List(item)
        | DataType::LargeList(item)
        | DataType::ListView(item)
        | DataType::LargeListView(item)
        | DataType::FixedSizeList(item, _) => walk(item.data_type(), format!("{path}[]"), rules, found),
        DataType::Struct(fields) => {
            for field in fields {
                walk(field.data_type(), format!("{path}.{}", field.name()), rules, found);
            }
        }
        DataType::Map(entries, _) => walk(entries.data_type(), path, rules, found),
        DataType::Dictionary(_, values) => walk(values, path, rules, found),
        DataType::RunEndEncoded(_, values) => walk(values.data_type(), path, rules, found),
        DataType::Union(fields, _) => {
            if !kinds_are_distinct(fields, rules) {
                found.push(path.clone());
            }
            for (_, field) in fields.iter() {
                walk(field.data_type(), format!("{path}.{}", field.name()), rules, found);
            }
        }
        _ => {}
    }
}

/// Whether each branch shows as another kind of JSON value, and at most one as null. Where unions are read, each branch
/// takes the kind that is written, and no other.
pub fn kinds_are_distinct(fields: &UnionFields, rules: &WriteRules) -> bool {
    let nullable = fields.iter().filter(|(_, field)| field.is_nullable() && !field.data_type().is_null());
    let mut kinds: Vec<u8> = fields.iter().map(|(_, field)| json_kind(field, field.data_type(), rules)).collect();
    kinds.extend(nullable.map(|_| b'n'));
    let count = kinds.len();
    kinds.sort_unstable();
    kinds.dedup();
    kinds.len() == count && !kinds.contains(&b'?')
}

fn json_kind(field: &Field, data_type: &DataType, rules: &WriteRules) -> u8 {
    let number = |style| if style == NumberStyle::String { b'"' } else { b'0' };
    match data_type {
        // Any JSON.
        _ if is_json_text(field) || is_variant(field) => b'?',
        DataType::Null => b'n',
        DataType::Boolean => b't',
        DataType::Int64 | DataType::UInt64 => number(rules.int64),
        other if other.is_integer() => b'0',
        other if other.is_decimal() => number(rules.decimal),
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView if rules.bytes == BytesStyle::Array => b'[',
        DataType::FixedSizeBinary(_) if rules.bytes == BytesStyle::Array && !is_uuid(field) => b'[',
        DataType::Struct(_) => b'{',
        DataType::Map(entries, _) => {
            if has_object_keys(entries) {
                b'{'
            } else {
                b'['
            }
        }
        DataType::List(_)
        | DataType::LargeList(_)
        | DataType::ListView(_)
        | DataType::LargeListView(_)
        | DataType::FixedSizeList(..) => b'[',
        DataType::Dictionary(_, value) => json_kind(field, value, rules),
        DataType::RunEndEncoded(_, values) => json_kind(values, values.data_type(), rules),
        // Floats may be strings, a union may be anything.
        DataType::Float16 | DataType::Float32 | DataType::Float64 | DataType::Union(..) => b'?',
        _ => b'"',
    }
}
