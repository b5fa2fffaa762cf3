//! Hints: what the attribute `fmtconv` of a record field says about the Arrow type behind it. At a root that is no record
//! the type has it, or the first branch of a union that is not null.
//!
//! A hint is a JSON object that mirrors the Arrow field: `name` and `metadata` where they differ from what reading
//! gives, `arrow` (the type, see [`token`](super::token)), `dictionary` and `run_ends` (the key type of an encoding
//! around it), and `item`, `key`, `value`, `values` (of runs, `nullable` where the runs as a whole are not), `branches` for
//! hints of children. Of a union: `ids`; of one that is written as a record also `sparse`, and `not_null`, the ids of
//! branches without nulls. Records inside carry their own hints.
//! A hint never wins over data: what does not follow from the Avro type by an exact rule is ignored.

use std::sync::Arc;

use arrow_schema::{DataType, Field, FieldRef, Fields, IntervalUnit, Metadata, TimeUnit, UnionFields, UnionMode};
use serde_json::Value;

use super::keys;
use super::model::Attributes;
use super::token::leaf_type;
use crate::column::decimal::PRECISION_256;
use crate::column::temporal::Zone;

/// A hint, or none.
#[derive(Clone, Copy, Default)]
pub(crate) struct Hint<'a>(Option<&'a Attributes>);

impl<'a> Hint<'a> {
    pub(crate) fn new(value: Option<&'a Value>) -> Self {
        Hint(value.and_then(Value::as_object))
    }
    pub(crate) fn is_none(self) -> bool {
        self.0.is_none()
    }
    pub(crate) fn text(self, key: &str) -> Option<&'a str> {
        self.0?.get(key)?.as_str()
    }
    pub(crate) fn child(self, key: &str) -> Hint<'a> {
        Hint::new(self.0.and_then(|object| object.get(key)))
    }
    pub(crate) fn branch(self, index: usize) -> Hint<'a> {
        let branches = self.0.and_then(|object| object.get("branches")).and_then(Value::as_array);
        Hint::new(branches.and_then(|branches| branches.get(index)))
    }
    pub(crate) fn is_set(self, key: &str) -> bool {
        self.0.and_then(|object| object.get(key)) == Some(&Value::Bool(true))
    }
    pub(crate) fn is_unset(self, key: &str) -> bool {
        self.0.and_then(|object| object.get(key)) == Some(&Value::Bool(false))
    }
    /// Metadata of other programs. Our own keys follow from the Avro type, and are not taken from a file's word.
    pub(crate) fn metadata(self) -> Metadata {
        let object = self.0.and_then(|object| object.get("metadata")).and_then(Value::as_object);
        let foreign = object.into_iter().flatten().filter(|(key, _)| {
            let ours = key.starts_with(keys::PREFIX) || key.starts_with(keys::AVRO_PREFIX);
            !ours
        });
        foreign.filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned()))).collect()
    }

    /// The type that the hint names, if the natural type turns into it exactly; `None` when the hint does not fit.
    pub(crate) fn apply(self, natural: &DataType) -> Option<DataType> {
        let mut found = natural.clone();
        if let Some(token) = self.text("arrow") {
            found = hinted(natural, token, self)?;
        }
        if let Some(key) = self.text("dictionary") {
            let key = leaf_type(key).filter(DataType::is_integer)?;
            let value = match &found {
                DataType::Dictionary(_, value) => value.clone(),
                other => Box::new(other.clone()),
            };
            found = DataType::Dictionary(Box::new(key), value);
        }
        if let Some(ends) = self.text("run_ends") {
            let ends = leaf_type(ends)?;
            if !matches!(ends, DataType::Int16 | DataType::Int32 | DataType::Int64) {
                return None;
            }
            let values = Field::new("values", found, true);
            found = DataType::RunEndEncoded(Arc::new(Field::new("run_ends", ends, false)), Arc::new(values));
        }
        Some(found)
    }
}

/// Whether a hint, or one inside, names a type that some values of the Avro type may not fit.
#[cfg(feature = "avro")]
pub(crate) fn is_checked(hint: &Value) -> bool {
    const SURE: &[&str] = &["large_", "list_view", "utf8_view", "binary_view", "duration[", "date64", "sorted_map"];
    match hint {
        Value::Object(object) => object.iter().any(|(key, value)| match (key.as_str(), value.as_str()) {
            ("arrow", Some(token)) => !SURE.iter().any(|sure| token.starts_with(sure)),
            ("dictionary" | "run_ends", _) => true,
            ("metadata" | "values", _) => false,
            _ => is_checked(value),
        }),
        Value::Array(items) => items.iter().any(is_checked),
        _ => false,
    }
}

fn hinted(natural: &DataType, token: &str, hint: Hint<'_>) -> Option<DataType> {
    let sized = |name: &str| token.strip_prefix(name)?.strip_prefix('[')?.strip_suffix(']')?.parse::<i32>().ok();
    match natural {
        DataType::List(item) => match token {
            "large_list" => Some(DataType::LargeList(item.clone())),
            "list_view" => Some(DataType::ListView(item.clone())),
            "large_list_view" => Some(DataType::LargeListView(item.clone())),
            _ => sized("fixed_size_list").filter(|n| *n >= 0).map(|n| DataType::FixedSizeList(item.clone(), n)),
        },
        DataType::Map(entries, _) => match token {
            "sorted_map" => Some(DataType::Map(entries.clone(), true)),
            _ => None,
        },
        DataType::Struct(fields) if token.starts_with("interval[") => {
            is_interval(fields).then(|| leaf_type(token)).flatten()
        }
        DataType::Struct(fields) if token == "union" => {
            let ids = type_ids(hint.text("ids")?)?;
            let not_null = hint.text("not_null").map_or(Some(Vec::new()), type_ids)?;
            let mode = if hint.is_set("sparse") { UnionMode::Sparse } else { UnionMode::Dense };
            (ids.len() == fields.len()).then_some(())?;
            let children = fields.iter().zip(&ids).map(|(field, id)| match not_null.contains(id) {
                true => Arc::new(Field::clone(field).with_nullable(false)),
                false => field.clone(),
            });
            let children: Vec<FieldRef> = children.collect();
            UnionFields::try_new(ids, children).ok().map(|fields| DataType::Union(fields, mode))
        }
        DataType::Union(fields, _) => {
            let mode = if token == "sparse_union" { UnionMode::Sparse } else { UnionMode::Dense };
            let ids: Vec<i8> = match hint.text("ids") {
                None => fields.iter().map(|(id, _)| id).collect(),
                Some(ids) => type_ids(ids)?,
            };
            (ids.len() == fields.len()).then_some(())?;
            let children: Vec<FieldRef> = fields.iter().map(|(_, field)| field.clone()).collect();
            UnionFields::try_new(ids, children).ok().map(|fields| DataType::Union(fields, mode))
        }
        natural => leaf_type(token).filter(|target| restorable(natural, target)),
    }
}

/// Type ids of a union, with commas between them.
fn type_ids(text: &str) -> Option<Vec<i8>> {
    text.split(',').map(|id| id.parse().ok().filter(|id| *id >= 0)).collect()
}

/// Whether a record has the parts of an interval.
fn is_interval(fields: &Fields) -> bool {
    let parts = [("months", DataType::Int32), ("days", DataType::Int32), ("nanos", DataType::Int64)];
    fields.len() == parts.len()
        && fields.iter().zip(&parts).all(|(field, (name, data_type))| {
            field.name() == name && field.data_type() == data_type && !field.is_nullable()
        })
}

/// Whether every value of `natural` that a writer made from `target` turns back into it exactly. Values that do not
/// are found when they are read.
pub(crate) fn restorable(natural: &DataType, target: &DataType) -> bool {
    use DataType::*;
    match (natural, target) {
        (natural, target) if natural == target => true,
        (Int32, Int8 | Int16 | UInt8 | UInt16) => true,
        (Int64, UInt32 | UInt64 | Duration(_) | Time64(TimeUnit::Nanosecond)) => true,
        (Decimal128(20, 0), UInt64) => true,
        (Float32, Float16) => true,
        (Utf8, LargeUtf8 | Utf8View) => true,
        // What has more digits than any decimal without a scale below zero.
        (Utf8, Decimal32(q, t) | Decimal64(q, t) | Decimal128(q, t) | Decimal256(q, t)) => {
            i16::from(*q) - i16::from(*t) > i16::from(PRECISION_256) && *t < 0
        }
        (Binary, LargeBinary | BinaryView) => true,
        (Date32 | Timestamp(TimeUnit::Millisecond, None), Date64) => true,
        (Time32(TimeUnit::Millisecond), Time32(TimeUnit::Second)) => true,
        (Time64(TimeUnit::Microsecond), Time64(TimeUnit::Nanosecond)) => true,
        (Timestamp(TimeUnit::Millisecond, a), Timestamp(TimeUnit::Second, b)) => {
            a.is_some() == b.is_some() && b.as_deref().is_none_or(is_zone)
        }
        (Timestamp(a, Some(_)), Timestamp(b, Some(zone))) => a == b && is_zone(zone),
        (Interval(IntervalUnit::MonthDayNano), Interval(_)) => true,
        (
            Decimal128(p, 0) | Decimal256(p, 0),
            Decimal32(q, t) | Decimal64(q, t) | Decimal128(q, t) | Decimal256(q, t),
        ) if *t < 0 => i16::from(*q) - i16::from(*t) == i16::from(*p),
        (Decimal128(p, s), Decimal32(q, t)) => p == q && s == t && *p <= 9,
        (Decimal128(p, s), Decimal64(q, t)) => p == q && s == t && *p <= 18,
        (Decimal128(p, s), Decimal256(q, t)) => p == q && s == t,
        _ => false,
    }
}

fn is_zone(name: &str) -> bool {
    Zone::of(Some(name)).is_some()
}
