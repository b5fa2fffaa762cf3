//! What differs between two schemas in their own words: everything that a `.proto` file declares, and what a JSON Schema
//! says of values beyond their types. (What columns they stand for is compared by [`crate::schema::diff`].)

use super::source::{Parsed, Schema};
use super::{json_schema, proto};
use crate::schema::diff::Change;

/// Differences between the declarations of two Protobuf schemas, all messages, enums and services of them.
///
/// `None` for schemas in other languages.
pub fn declarations(left: &Schema, right: &Schema) -> Option<Vec<Change>> {
    match (&left.parsed, &right.parsed) {
        (Parsed::Protobuf(left), Parsed::Protobuf(right)) => Some(proto::differences(left, right)),
        _ => None,
    }
}

/// What of two Protobuf schemas is compared by name only: types in files that they import and that were not found.
pub fn by_name_only(left: &Schema, right: &Schema) -> Vec<String> {
    match (&left.parsed, &right.parsed) {
        (Parsed::Protobuf(left), Parsed::Protobuf(right)) => {
            proto::unknown(left, right).into_iter().map(|issue| issue.message).collect()
        }
        _ => Vec::new(),
    }
}

/// What two JSON Schemas say of their values that columns do not: bounds, patterns, choices, what is open.
///
/// `None` for schemas in other languages, or with references that lead nowhere.
pub fn constraints(left: &Schema, right: &Schema) -> Option<Vec<Change>> {
    match (&left.parsed, &right.parsed) {
        (Parsed::JsonSchema(left), Parsed::JsonSchema(right)) => json_schema::differences(left, right),
        _ => None,
    }
}
