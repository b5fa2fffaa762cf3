//! Text as the bytes that it is made of, and bytes as text again, checked: so that one text that is not UTF-8 does not
//! hide the others of its batch.

use std::sync::Arc;

use arrow_array::{Array, ArrayRef, UInt32Array, make_array};
use arrow_data::ArrayData;
use arrow_schema::{DataType, Field, FieldRef, UnionFields};
use arrow_select::take::take;

use super::nesting::with_fields;
use crate::code::Code;
use crate::error::{Error, Result};

/// The field with bytes in place of text, at any depth.
pub fn bytes_field(field: &Field) -> Field {
    field.clone().with_data_type(bytes_type(field.data_type()))
}

fn bytes_type(data_type: &DataType) -> DataType {
    match data_type {
        DataType::Utf8 => DataType::Binary,
        DataType::LargeUtf8 => DataType::LargeBinary,
        DataType::Utf8View => DataType::BinaryView,
        nested => with_children(nested, &|_, child| bytes_type(child)),
    }
}

/// `array`, of the type of `like` but for bytes in place of text, as text.
///
/// # Errors
/// `V-UTF8` with the path of what is not.
pub fn text(array: &ArrayRef, like: &DataType) -> Result<ArrayRef> {
    let target = text_type(array.data_type(), like);
    if target == *array.data_type() {
        return Ok(array.clone());
    }
    typed(array.to_data(), &target).map(make_array)
}

/// `array` as `like`, of which it has the layout: with text in place of bytes, and fields without nulls where there are
/// none.
///
/// # Errors
/// `V-UTF8` with the path of what is not; `Internal` for nulls in such a field.
#[cfg(feature = "ipc")]
pub fn declared(array: &ArrayRef, like: &DataType) -> Result<ArrayRef> {
    typed(array.to_data(), like).map(make_array)
}

/// The field with nulls in it and in all fields inside, as far as its layout stays what it is.
#[cfg(feature = "ipc")]
pub fn open_field(field: &Field) -> Field {
    field.clone().with_data_type(open_type(field.data_type())).with_nullable(true)
}

#[cfg(feature = "ipc")]
fn open_type(data_type: &DataType) -> DataType {
    match data_type {
        // Entries and keys are never null.
        DataType::Map(entries, sorted) => {
            let pair = with_fields(entries.data_type(), |index, part| match index {
                0 => part.clone(),
                _ => Arc::new(open_field(part)),
            });
            DataType::Map(Arc::new(entries.as_ref().clone().with_data_type(pair)), *sorted)
        }
        DataType::Union(fields, mode) => {
            let fields = fields.iter().map(|(id, field)| (id, Arc::new(open_field(field))));
            DataType::Union(fields.collect::<UnionFields>(), *mode)
        }
        other => with_fields(other, |_, field| Arc::new(open_field(field))),
    }
}

/// `own` with text where `like` has some.
fn text_type(own: &DataType, like: &DataType) -> DataType {
    match (own, like) {
        (DataType::Binary, DataType::Utf8)
        | (DataType::LargeBinary, DataType::LargeUtf8)
        | (DataType::BinaryView, DataType::Utf8View) => like.clone(),
        (own, like) => {
            let likes = children(like);
            with_children(own, &|index, child| match likes.get(index) {
                Some((_, like)) => text_type(child, like),
                None => child.clone(),
            })
        }
    }
}

/// `data` with bytes as text wherever `target` says so.
fn typed(data: ArrayData, target: &DataType) -> Result<ArrayData> {
    if data.data_type() == target {
        return Ok(data);
    }
    let parts = children(target).into_iter().zip(data.child_data());
    let parts = parts.map(|((name, target), child)| {
        typed(child.clone(), target).map_err(|error| match name {
            Some(name) => error.in_column(name),
            None => error,
        })
    });
    let parts = parts.collect::<Result<Vec<_>>>()?;
    let is_text = matches!(target, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View);
    let made = |data: ArrayData| data.into_builder().data_type(target.clone()).child_data(parts.clone()).build();
    let text = match made(data.clone()) {
        Err(_) if is_text && data.null_count() > 0 => made(without_bytes_of_nulls(data)?),
        text => text,
    };
    text.map_err(|error| match is_text {
        true => Error::value(Code::Utf8, "the text is not UTF-8").as_it_stands(),
        false => Error::internal("bytes cannot be made text").with_cause(error),
    })
}

/// What stands under a null may be anything.
fn without_bytes_of_nulls(data: ArrayData) -> Result<ArrayData> {
    let too_many = |_| Error::unsupported("more than 2^32 values in a batch");
    let rows: UInt32Array = (0..u32::try_from(data.len()).map_err(too_many)?).collect::<Vec<u32>>().into();
    Ok(take(&make_array(data), &rows, None)?.into_data())
}

/// The types of the children, in the order of their arrays, each with what its column is called.
fn children(data_type: &DataType) -> Vec<(Option<&str>, &DataType)> {
    match data_type {
        DataType::List(item)
        | DataType::LargeList(item)
        | DataType::ListView(item)
        | DataType::LargeListView(item)
        | DataType::FixedSizeList(item, _) => vec![(Some("[]"), item.data_type())],
        DataType::Struct(fields) => {
            fields.iter().map(|field| (Some(field.name().as_str()), field.data_type())).collect()
        }
        DataType::Map(entries, _) => vec![(None, entries.data_type())],
        DataType::Union(fields, _) => {
            fields.iter().map(|(_, field)| (Some(field.name().as_str()), field.data_type())).collect()
        }
        DataType::Dictionary(_, value) => vec![(None, value)],
        DataType::RunEndEncoded(ends, values) => vec![(None, ends.data_type()), (None, values.data_type())],
        _ => Vec::new(),
    }
}

/// The type with each child changed by `change`, which gets its place.
fn with_children(data_type: &DataType, change: &dyn Fn(usize, &DataType) -> DataType) -> DataType {
    let child = |index: usize, field: &FieldRef| -> FieldRef {
        Arc::new(field.as_ref().clone().with_data_type(change(index, field.data_type())))
    };
    match data_type {
        DataType::Union(fields, mode) => {
            let fields = fields.iter().enumerate().map(|(index, (id, field))| (id, child(index, field)));
            DataType::Union(fields.collect::<UnionFields>(), *mode)
        }
        DataType::Dictionary(key, value) => DataType::Dictionary(key.clone(), Box::new(change(0, value))),
        DataType::RunEndEncoded(ends, values) => DataType::RunEndEncoded(ends.clone(), child(1, values)),
        other => with_fields(other, child),
    }
}

#[cfg(test)]
mod tests;
