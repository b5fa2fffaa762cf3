//! How a column that Parquet has no type for is written, and read back: the plan, compiled from the Arrow field alone.
//!
//! [`Change::of`] is a pure function, so a reader that knows the original field knows what was done to it.
//! [`super::lower`] does it, [`super::raise`] undoes it.

use std::sync::Arc;

use arrow_schema::{DataType, Field, FieldRef, Fields, IntervalUnit, TimeUnit, UnionFields, UnionMode};

use crate::error::{Error, Result};

/// Member of a group that stands for a struct or a schema without fields.
pub(super) const EMPTY: &str = "_empty";
/// Member of a group that says which branch of a union a row is.
pub(super) const TAG: &str = "_tag";

/// What is done to a column.
#[derive(Clone, Debug)]
pub(super) struct Change {
    /// The original type.
    pub arrow: DataType,
    /// The type that is written.
    pub stored: DataType,
    /// How.
    pub kind: ChangeKind,
}

/// Kinds of changes.
#[derive(Clone, Debug)]
pub(super) enum ChangeKind {
    /// None.
    Keep,
    /// The children of a list, struct or map are changed.
    Children(Vec<Change>),
    /// Seconds to milliseconds.
    TimestampSeconds,
    /// Seconds of the day to milliseconds.
    TimeSeconds,
    /// Milliseconds to days.
    Date64,
    /// A negative scale: multiplied out.
    NegativeScale,
    /// A negative scale and more than 76 digits: text.
    NegativeScaleText,
    /// A group of months, days and nanoseconds.
    Interval(IntervalUnit),
    /// INTERVAL: months, days and whole milliseconds, none below zero.
    NativeInterval(IntervalUnit),
    /// A group of nullable members, one of them set.
    Union(UnionChange),
    /// A group with one member that is always null.
    EmptyStruct,
    /// Lists of no elements: a column of nothing but validity.
    EmptyList,
    /// Bytes of width zero: a column of nothing but validity.
    EmptyBytes,
    /// The keys become int32.
    DictionaryKeys,
    /// The values in place of the keys.
    DictionaryValues(Box<Change>),
    /// One value for each row.
    RunEnds(Box<Change>),
}

/// What intervals become.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Intervals {
    /// A group, which holds all of them.
    Group,
    /// INTERVAL, which holds some.
    Native,
}

/// A union: its members, and what it takes to tell the branches apart.
#[derive(Clone, Debug)]
pub(super) struct UnionChange {
    /// The original fields.
    pub fields: UnionFields,
    /// Sparse or dense.
    pub mode: UnionMode,
    /// Type id and change of each branch; a branch of type null has no member.
    pub branches: Vec<(i8, Change)>,
    /// The only branch that may be null, if there is just one: what a row without a member is.
    pub null_branch: Option<i8>,
    /// Whether a member holds the type id, because more than one branch may be null.
    pub tagged: bool,
}

impl Change {
    /// The change for a field, and the field that is written.
    ///
    /// # Errors
    /// `Unsupported`, with the path of the column, if Parquet cannot hold it in any form.
    pub fn of(field: &Field, intervals: Intervals) -> Result<(Change, Field)> {
        let change = Change::of_type(field.data_type(), intervals).map_err(|error| error.in_column(field.name()))?;
        let mut nullable = field.is_nullable() || change.stored == DataType::Null;
        match (&change.kind, field.data_type()) {
            // All-null rows are how a null branch is written.
            (ChangeKind::Union(union), _) => nullable |= union.null_branch.is_some() && !union.tagged,
            (ChangeKind::RunEnds(_), DataType::RunEndEncoded(_, values)) => nullable |= values.is_nullable(),
            _ => {}
        }
        let stored = field.clone().with_data_type(change.stored.clone()).with_nullable(nullable);
        Ok((change, stored))
    }

    fn of_type(arrow: &DataType, intervals: Intervals) -> Result<Change> {
        use ChangeKind::{
            Date64, DictionaryKeys, DictionaryValues, EmptyBytes, EmptyList, EmptyStruct, Interval, Keep,
            NativeInterval, NegativeScale, NegativeScaleText, RunEnds, TimeSeconds, TimestampSeconds, Union,
        };
        let made = |stored: DataType, kind| Ok(Change { arrow: arrow.clone(), stored, kind });
        match arrow {
            DataType::Timestamp(TimeUnit::Second, zone) => {
                made(DataType::Timestamp(TimeUnit::Millisecond, zone.clone()), TimestampSeconds)
            }
            DataType::Time32(TimeUnit::Second) => made(DataType::Time32(TimeUnit::Millisecond), TimeSeconds),
            DataType::Date64 => made(DataType::Date32, Date64),
            DataType::Decimal32(digits, scale)
            | DataType::Decimal64(digits, scale)
            | DataType::Decimal128(digits, scale)
            | DataType::Decimal256(digits, scale)
                if *scale < 0 =>
            {
                let digits = u32::from(*digits) + u32::from(scale.unsigned_abs());
                match digits {
                    0..=38 => made(DataType::Decimal128(digits as u8, 0), NegativeScale),
                    39..=76 => made(DataType::Decimal256(digits as u8, 0), NegativeScale),
                    _ => made(DataType::Utf8, NegativeScaleText),
                }
            }
            DataType::Interval(unit) if intervals == Intervals::Native => {
                made(DataType::Interval(IntervalUnit::MonthDayNano), NativeInterval(*unit))
            }
            DataType::Interval(unit) => {
                let part = |name: &str, arrow| Arc::new(Field::new(name, arrow, false));
                let parts = vec![
                    part("months", DataType::Int32),
                    part("days", DataType::Int32),
                    part("nanos", DataType::Int64),
                ];
                made(DataType::Struct(parts.into()), Interval(*unit))
            }
            DataType::Struct(fields) if fields.is_empty() => made(empty_group(), EmptyStruct),
            DataType::FixedSizeList(_, 0) => made(DataType::Boolean, EmptyList),
            DataType::FixedSizeBinary(0) => made(DataType::Boolean, EmptyBytes),
            DataType::Struct(_)
            | DataType::List(_)
            | DataType::LargeList(_)
            | DataType::ListView(_)
            | DataType::LargeListView(_)
            | DataType::FixedSizeList(_, _)
            | DataType::Map(_, _) => Change::of_nested(arrow, intervals),
            DataType::Union(fields, mode) => {
                let (stored, union) = Change::of_union(fields, *mode, intervals)?;
                made(stored, Union(union))
            }
            DataType::Dictionary(key, value) => match value.as_ref() {
                DataType::Utf8
                | DataType::LargeUtf8
                | DataType::Utf8View
                | DataType::Binary
                | DataType::LargeBinary
                | DataType::BinaryView => {
                    if **key == DataType::Int32 {
                        made(arrow.clone(), Keep)
                    } else {
                        made(DataType::Dictionary(Box::new(DataType::Int32), value.clone()), DictionaryKeys)
                    }
                }
                value => {
                    let value = Change::of_type(value, intervals)?;
                    made(value.stored.clone(), DictionaryValues(Box::new(value)))
                }
            },
            DataType::RunEndEncoded(_, values) => {
                let value = Change::of_type(values.data_type(), intervals)?;
                made(value.stored.clone(), RunEnds(Box::new(value)))
            }
            other => made(other.clone(), Keep),
        }
    }

    fn of_nested(arrow: &DataType, intervals: Intervals) -> Result<Change> {
        let child = |field: &FieldRef| -> Result<(Change, FieldRef)> {
            let (change, stored) = Change::of(field, intervals)?;
            Ok((change, Arc::new(stored)))
        };
        let element = |field: &FieldRef| -> Result<(Change, FieldRef)> {
            let (change, stored) = Change::of(field, intervals).map_err(|error| error.in_column("[]"))?;
            Ok((change, Arc::new(stored)))
        };
        let (stored, changes) = match arrow {
            DataType::Struct(fields) => {
                let (changes, stored): (Vec<_>, Vec<_>) =
                    fields.iter().map(child).collect::<Result<Vec<_>>>()?.into_iter().unzip();
                (DataType::Struct(stored.into()), changes)
            }
            DataType::List(item) => element(item).map(|(change, item)| (DataType::List(item), vec![change]))?,
            DataType::LargeList(item) => {
                element(item).map(|(change, item)| (DataType::LargeList(item), vec![change]))?
            }
            DataType::ListView(item) => element(item).map(|(change, item)| (DataType::ListView(item), vec![change]))?,
            DataType::LargeListView(item) => {
                element(item).map(|(change, item)| (DataType::LargeListView(item), vec![change]))?
            }
            DataType::FixedSizeList(item, size) => {
                element(item).map(|(change, item)| (DataType::FixedSizeList(item, *size), vec![change]))?
            }
            DataType::Map(entries, sorted) => {
                let DataType::Struct(pair) = entries.data_type() else {
                    return Err(Error::unsupported("the entries of a map are no struct"));
                };
                let [key, value] = pair.as_ref() else {
                    return Err(Error::unsupported("the entries of a map are not a key and a value"));
                };
                let ((key_change, key), (value_change, value)) = (child(key)?, child(value)?);
                if key.data_type() == &DataType::Null {
                    return Err(Error::unsupported("a map needs keys, which are never null"));
                }
                // Keys are required; a null among them is found when they are written.
                let key = Arc::new(key.as_ref().clone().with_nullable(false));
                let pair = DataType::Struct(Fields::from(vec![key, value]));
                let entries = entries.as_ref().clone().with_data_type(pair).with_nullable(false);
                (DataType::Map(Arc::new(entries), *sorted), vec![key_change, value_change])
            }
            _ => return Err(Error::internal("not a nested type")),
        };
        let unchanged = stored == *arrow && changes.iter().all(|change| matches!(change.kind, ChangeKind::Keep));
        let kind = if unchanged { ChangeKind::Keep } else { ChangeKind::Children(changes) };
        Ok(Change { arrow: arrow.clone(), stored, kind })
    }

    fn of_union(fields: &UnionFields, mode: UnionMode, intervals: Intervals) -> Result<(DataType, UnionChange)> {
        let mut branches = Vec::with_capacity(fields.len());
        let mut members: Vec<FieldRef> = Vec::with_capacity(fields.len());
        let mut null_branches = Vec::new();
        for (id, field) in fields.iter() {
            let (change, stored) = Change::of(field, intervals)?;
            if stored.is_nullable() || change.stored == DataType::Null {
                null_branches.push(id);
            }
            if change.stored != DataType::Null {
                let taken = |name: &str| name == TAG || members.iter().any(|member| member.name() == name);
                let name = match field.name().as_str() {
                    name if taken(name) || name.is_empty() => format!("{name}_{id}"),
                    name => name.to_owned(),
                };
                members.push(Arc::new(stored.with_name(name).with_nullable(true)));
            }
            branches.push((id, change));
        }
        let tagged = null_branches.len() > 1 || members.is_empty();
        if tagged {
            members.insert(0, Arc::new(Field::new(TAG, DataType::Int8, false)));
        }
        let null_branch = null_branches.first().copied();
        let union = UnionChange { fields: fields.clone(), mode, branches, null_branch, tagged };
        Ok((DataType::Struct(members.into()), union))
    }
}

/// The group that stands for a struct without fields.
fn empty_group() -> DataType {
    DataType::Struct(Fields::from(vec![Field::new(EMPTY, DataType::Null, true)]))
}

/// Whether two types have the same values in the same layout: names of list and map children, nullability and
/// metadata may differ.
pub(super) fn same_layout(one: &DataType, other: &DataType) -> bool {
    let fields = |one: &FieldRef, other: &FieldRef| same_layout(one.data_type(), other.data_type());
    match (one, other) {
        (DataType::Struct(one), DataType::Struct(other)) => {
            one.len() == other.len()
                && one.iter().zip(other).all(|(one, other)| one.name() == other.name() && fields(one, other))
        }
        (DataType::List(one), DataType::List(other))
        | (DataType::LargeList(one), DataType::LargeList(other))
        | (DataType::ListView(one), DataType::ListView(other))
        | (DataType::LargeListView(one), DataType::LargeListView(other)) => fields(one, other),
        (DataType::FixedSizeList(one, size), DataType::FixedSizeList(other, other_size)) => {
            size == other_size && fields(one, other)
        }
        (DataType::Map(one, _), DataType::Map(other, _)) => match (one.data_type(), other.data_type()) {
            (DataType::Struct(one), DataType::Struct(other)) => {
                one.len() == other.len() && one.iter().zip(other).all(|(one, other)| fields(one, other))
            }
            _ => false,
        },
        (one, other) => one == other,
    }
}
