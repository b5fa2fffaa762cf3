//! Which branch of a union a JSON value belongs to, if it can be told.

use arrow_schema::{DataType, Fields, UnionFields};

/// The paths of unions whose branches cannot be told apart by the JSON value, null included.
pub fn ambiguous_unions(fields: &Fields) -> Vec<String> {
    let mut found = Vec::new();
    for field in fields {
        walk(field.data_type(), field.name().clone(), &mut found);
    }
    found
}

fn walk(kind: &DataType, path: String, found: &mut Vec<String>) {
    match kind {
        DataType::List(item)
        | DataType::LargeList(item)
        | DataType::ListView(item)
        | DataType::LargeListView(item)
        | DataType::FixedSizeList(item, _) => walk(item.data_type(), format!("{path}[]"), found),
        DataType::Struct(fields) => {
            fields.iter().for_each(|field| walk(field.data_type(), format!("{path}.{}", field.name()), found));
        }
        DataType::Map(entries, _) => walk(entries.data_type(), path, found),
        DataType::Dictionary(_, values) => walk(values, path, found),
        DataType::RunEndEncoded(_, values) => walk(values.data_type(), path, found),
        DataType::Union(fields, _) => {
            if !kinds_are_distinct(fields) {
                found.push(path.clone());
            }
            fields.iter().for_each(|(_, field)| walk(field.data_type(), format!("{path}.{}", field.name()), found));
        }
        _ => {}
    }
}

/// Whether each branch shows as another kind of JSON value, and at most one as null.
pub fn kinds_are_distinct(fields: &UnionFields) -> bool {
    let nullable = fields.iter().filter(|(_, field)| field.is_nullable() && !field.data_type().is_null());
    let mut kinds: Vec<u8> = fields.iter().map(|(_, field)| json_kind(field.data_type())).collect();
    kinds.extend(nullable.map(|_| b'n'));
    let count = kinds.len();
    kinds.sort_unstable();
    kinds.dedup();
    kinds.len() == count && !kinds.contains(&b'?')
}

fn json_kind(data_type: &DataType) -> u8 {
    match data_type {
        DataType::Null => b'n',
        DataType::Boolean => b't',
        other if other.is_integer() => b'0',
        DataType::Decimal32(..) | DataType::Decimal64(..) | DataType::Decimal128(..) | DataType::Decimal256(..) => b'0',
        DataType::Struct(_) | DataType::Map(..) => b'{',
        DataType::List(_)
        | DataType::LargeList(_)
        | DataType::ListView(_)
        | DataType::LargeListView(_)
        | DataType::FixedSizeList(..) => b'[',
        DataType::Dictionary(_, value) => json_kind(value),
        DataType::RunEndEncoded(_, values) => json_kind(values.data_type()),
        // Floats may be strings, a union may be anything.
        DataType::Float16 | DataType::Float32 | DataType::Float64 | DataType::Union(..) => b'?',
        _ => b'"',
    }
}
