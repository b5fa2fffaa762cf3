//! Types that hold the same values in other layouts: offsets of 32 or 64 bits, views, dictionaries, runs.

use arrow_schema::{DataType, Field, FieldRef};

use crate::column::nesting::element;
use crate::schema::adapt::fit::{integer, is_bytes, is_text};

/// Whether a type is a dictionary, or runs.
pub(super) fn is_encoded(field: &Field) -> bool {
    matches!(field.data_type(), DataType::Dictionary(..) | DataType::RunEndEncoded(..))
}

/// The layout that holds the texts, or the bytes, of both.
pub(super) fn of_bytes(one: &DataType, other: &DataType) -> Option<DataType> {
    let either = |kinds: [&DataType; 2]| kinds.iter().any(|kind| *kind == one || *kind == other);
    if is_text(one) && is_text(other) {
        // A view is of 2 GB at most.
        return Some(match () {
            () if either([&DataType::LargeUtf8; 2]) => DataType::LargeUtf8,
            () if either([&DataType::Utf8View; 2]) => DataType::Utf8View,
            () => DataType::Utf8,
        });
    }
    let bytes = |kind: &DataType| is_bytes(kind) || matches!(kind, DataType::FixedSizeBinary(_));
    (bytes(one) && bytes(other)).then(|| match () {
        () if one == other => one.clone(),
        () if either([&DataType::LargeBinary; 2]) => DataType::LargeBinary,
        () if either([&DataType::BinaryView; 2]) => DataType::BinaryView,
        () => DataType::Binary,
    })
}

/// The layout that holds the lists of both, with elements that hold those of both.
pub(super) fn of_lists(one: &DataType, other: &DataType, item: FieldRef) -> DataType {
    let short = |kind: &DataType| matches!(kind, DataType::List(_) | DataType::FixedSizeList(..));
    match (one, other) {
        (DataType::FixedSizeList(_, length), DataType::FixedSizeList(_, same)) if length == same => {
            DataType::FixedSizeList(item, *length)
        }
        (one, other) if short(one) && short(other) => DataType::List(item),
        // The lists of a view may share their elements: together they may be more than 32 bits count.
        _ => DataType::LargeList(item),
    }
}

/// The elements of both, if they are lists.
pub(super) fn elements<'a>(one: &'a DataType, other: &'a DataType) -> Option<(&'a FieldRef, &'a FieldRef)> {
    element(one).zip(element(other))
}

/// The keys that number the values of either dictionary; `None` if one of the types is none.
pub(super) fn keys(one: &DataType, other: &DataType) -> Option<DataType> {
    let (DataType::Dictionary(one, _), DataType::Dictionary(other, _)) = (one, other) else { return None };
    let wider = super::widen(one, other)?;
    // No dictionary has as many values as 64 bits number without a sign.
    Some(if integer(&wider).is_some() { wider } else { DataType::Int64 })
}
