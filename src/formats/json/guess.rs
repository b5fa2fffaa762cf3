//! Schemas guessed from the first records, and what makes sure of them: types for which a decoder can tell whether
//! inference would have made the same of each value.

use std::sync::Arc;

use arrow_schema::{DataType, Field, Schema};

use super::options::{ReadJson, Rows};
use super::schema::is_value_root;
use super::shape::STRUCT_KEYS;
use crate::column::json::{ExtraKeys, ReadRules, is_json_text};
use crate::format::ReadOptions;

/// Whether values mean to the decoder what they mean to inference: no setting makes other values of them.
pub(super) fn is_possible(options: &ReadOptions, json: &ReadJson) -> bool {
    let rules = &json.rules;
    let plain = rules.null_values.is_empty()
        && !rules.policies.reach_values()
        && !rules.lenient.non_finite
        && rules.lenient.repair.is_none();
    plain
        && json.rows == Rows::Objects
        && !json.infer.maps
        && !json.infer.temporal
        && !json.infer.nulls
        && !json.set_aside
        && options.columns.is_empty()
}

/// Whether a decoder can make sure of that schema, value by value.
pub(super) fn can_be_checked(schema: &Schema) -> bool {
    let mut fields = schema.fields().iter();
    !schema.fields().is_empty() && !is_value_root(schema) && fields.all(|field| is_checked(field))
}

/// JSON text, maps and unions take values that would have made something else of them, or an error.
fn is_checked(field: &Field) -> bool {
    match field.data_type() {
        DataType::Utf8 => !is_json_text(field),
        DataType::Null
        | DataType::Boolean
        | DataType::Int64
        | DataType::UInt64
        | DataType::Float64
        | DataType::Decimal128(..)
        | DataType::Decimal256(..) => true,
        DataType::List(item) => is_checked(item),
        // Many members may come to be a map.
        DataType::Struct(members) => members.len() <= STRUCT_KEYS && members.iter().all(|member| is_checked(member)),
        _ => false,
    }
}

/// The same, refusing each record that would have made another schema.
pub(super) fn checking(json: ReadJson) -> ReadJson {
    let rules = ReadRules { as_inferred: true, extra_keys: ExtraKeys::Error, ..json.rules.as_ref().clone() };
    ReadJson { rules: Arc::new(rules), ..json }
}
