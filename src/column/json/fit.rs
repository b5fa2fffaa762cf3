//! What becomes of each Arrow type as JSON text: values are exact, types that JSON lacks come back as those it has.

use arrow_schema::{DataType, Field};

use super::{
    ABSENT, BytesStyle, NonFinite, NumberStyle, UnionStyle, WriteRules, is_json_text, is_uuid, is_variant,
    kinds_are_distinct,
};
use crate::code::Code;
use crate::column::temporal::Zone;
use crate::fit::Fit;
use crate::schema::annotations;

/// What becomes of a field's own type in a record of JSON; children are asked for one by one.
pub fn fit(field: &Field, rules: &WriteRules) -> Fit {
    let fit = of_type(field, field.data_type(), rules);
    let mut codes = annotations::lost_in_text(field);
    // Keys that were absent stay absent if no key is written for null.
    if field.metadata().contains_key(ABSENT) && !rules.omit_nulls || may_hold_null(field) {
        codes.push(Code::Missing);
    }
    if fit.is_refused() { fit } else { fit.with(&codes) }
}

/// Whether a field is written as a member of an object that may be null, and is left out then: no reader tells that from
/// a member that was absent. `parent`: the field that it is in; `None`: it is a column.
#[cfg(feature = "json")]
pub fn is_left_out(field: &Field, parent: Option<&Field>, rules: &WriteRules) -> bool {
    let is_member = parent.is_none_or(|parent| match parent.data_type() {
        DataType::Struct(_) => true,
        DataType::Map(entries, _) => !has_object_keys(entries),
        _ => false,
    });
    // Members that were absent, and never null, stay absent.
    rules.omit_nulls && is_member && !field.metadata().contains_key(ABSENT) && is_null_in_places(field)
}

/// Whether values may be written as null.
#[cfg(feature = "json")]
fn is_null_in_places(field: &Field) -> bool {
    let inside = match field.data_type() {
        DataType::Null => true,
        DataType::Union(branches, _) => branches.iter().any(|(_, branch)| is_null_in_places(branch)),
        DataType::RunEndEncoded(_, values) => values.is_nullable(),
        _ => false,
    };
    inside || field.is_nullable() || is_json_text(field) || is_variant(field)
}

/// Whether a value may be the null of JSON, which is not the absence of a value.
fn may_hold_null(field: &Field) -> bool {
    let known = field.metadata().get("proto.wkt").is_some_and(|name| name == "google.protobuf.Value");
    known && field.is_nullable() && is_json_text(field)
}

fn of_type(field: &Field, data_type: &DataType, rules: &WriteRules) -> Fit {
    use DataType as T;
    match data_type {
        T::Utf8 | T::LargeUtf8 | T::Utf8View if is_json_text(field) => {
            Fit::wider("any JSON").with(&[Code::Token, Code::Depth])
        }
        T::Struct(_) if is_variant(field) => {
            let number: &[Code] = if rules.non_finite == NonFinite::String { &[] } else { &[Code::NonFinite] };
            Fit::wider("any JSON").with(&[Code::Type, Code::Token, Code::Depth]).with(number).whole()
        }
        T::Null => Fit::wider("null"),
        T::Boolean => Fit::wider("true or false"),
        T::Int8 | T::Int16 | T::Int32 | T::UInt8 | T::UInt16 | T::UInt32 => Fit::wider("number"),
        T::Int64 | T::UInt64 if rules.int64 == NumberStyle::String => Fit::wider("string of digits"),
        T::Int64 | T::UInt64 => Fit::wider("number with all digits").with(&[Code::BigInteger]),
        T::Float16 | T::Float32 | T::Float64 => match rules.non_finite {
            NonFinite::String => {
                Fit::wider("number, or \"NaN\", \"Infinity\", \"-Infinity\"").with(&[Code::NaNPayload])
            }
            NonFinite::Null => Fit::wider("number, or null for NaN and infinities").with(&[Code::NonFinite]),
            NonFinite::Error => Fit::wider("number").with(&[Code::NonFinite]),
        },
        kind if kind.is_decimal() && rules.decimal == NumberStyle::String => Fit::wider("string of digits"),
        T::Decimal32(digits, _) | T::Decimal64(digits, _) | T::Decimal128(digits, _) | T::Decimal256(digits, _) => {
            let noted: &[Code] = if *digits > 15 { &[Code::BigInteger] } else { &[] };
            Fit::wider("number with all digits").with(noted)
        }
        T::Utf8 | T::LargeUtf8 | T::Utf8View => Fit::wider("string"),
        T::FixedSizeBinary(16) if is_uuid(field) => Fit::wider("string, UUID"),
        T::Binary | T::LargeBinary | T::BinaryView | T::FixedSizeBinary(_) => Fit::wider(match rules.bytes {
            BytesStyle::Base64 => "string, base64",
            BytesStyle::Hex => "string, hex",
            BytesStyle::Array => "array of numbers",
            BytesStyle::Latin1 => "string, a character a byte",
        }),
        T::Date32 => Fit::wider("string, ISO 8601 date"),
        T::Date64 => Fit::wider("string, ISO 8601 date").with(&[Code::TimePrecision]),
        T::Time32(_) | T::Time64(_) => Fit::wider("string, ISO 8601 time").with(&[Code::DateRange]),
        T::Timestamp(_, zone) => match Zone::of(zone.as_deref()) {
            None => Fit::refused(format!("unknown time zone {:?}", zone.as_deref().unwrap_or_default())),
            Some(Zone::Naive) => Fit::wider("string, ISO 8601 without offset"),
            Some(Zone::Region(_)) => Fit::wider("string, RFC 3339 with offset").with(&[Code::Zone]),
            Some(_) => Fit::wider("string, RFC 3339"),
        },
        T::Duration(_) => Fit::wider("string, seconds: 1.5s"),
        T::Interval(_) => Fit::wider("string, ISO 8601 period"),
        T::List(_) | T::LargeList(_) | T::ListView(_) | T::LargeListView(_) | T::FixedSizeList(..) => {
            Fit::wider("array")
        }
        T::Struct(_) => Fit::wider("object"),
        T::Map(entries, _) => {
            let Some(key) = key_of(entries) else { return Fit::refused("a map without key and value") };
            match (is_object_key(key, key.data_type()), key.is_nullable()) {
                (true, false) => Fit::wider("object").with(&[Code::DuplicateKey]),
                (true, true) => Fit::wider("object").with(&[Code::DuplicateKey, Code::Null]),
                (false, _) => Fit::wider("array of objects with key and value"),
            }
        }
        T::Union(fields, _) => match rules.union {
            UnionStyle::Tagged => Fit::wider("object with the branch as its key"),
            UnionStyle::Untagged if kinds_are_distinct(fields, rules) => Fit::wider("the value"),
            UnionStyle::Untagged => Fit::wider("the value").with(&[Code::UnionTag]),
        },
        T::Dictionary(_, value) => of_type(field, value, rules),
        T::RunEndEncoded(_, values) => of_type(values, values.data_type(), rules),
    }
}

/// Whether a map with these entries is an object; else it is an array of entries.
pub(super) fn has_object_keys(entries: &Field) -> bool {
    key_of(entries).is_some_and(|key| is_object_key(key, key.data_type()))
}

fn key_of(entries: &Field) -> Option<&Field> {
    match entries.data_type() {
        DataType::Struct(fields) => fields.first().map(AsRef::as_ref),
        _ => None,
    }
}

/// Whether keys of a map are keys of an object: those whose text is one for each value.
fn is_object_key(key: &Field, data_type: &DataType) -> bool {
    use DataType as T;
    match data_type {
        T::FixedSizeBinary(_) => is_uuid(key),
        T::Float16 | T::Float32 | T::Float64 | T::Binary | T::LargeBinary | T::BinaryView | T::Null => false,
        T::Dictionary(_, value) => is_object_key(key, value),
        T::RunEndEncoded(_, values) => is_object_key(values, values.data_type()),
        other => !other.is_nested(),
    }
}
