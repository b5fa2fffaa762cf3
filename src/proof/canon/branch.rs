//! When the branch of a union is part of a value: where two branches can hold what looks the same.

use arrow_schema::{DataType, Field};

use crate::column::json::is_json_text;

/// When the branch of a union is part of the value.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Tag {
    Never,
    Always,
    /// For text: a float beside strings, whose `NaN` is none.
    Text,
}

/// For each branch, whether its values do not show that they are of it.
pub(super) fn tags(fields: &[&Field]) -> Vec<Tag> {
    let shapes: Vec<Shape> = fields.iter().map(|field| shape(field.data_type(), is_json_text(field))).collect();
    let clash = shapes
        .iter()
        .enumerate()
        .any(|(at, one)| shapes[..at].iter().any(|other| one == other || *one == Shape::Any || *other == Shape::Any));
    let floats = |field: &&Field| match field.data_type() {
        DataType::Float16 | DataType::Float32 | DataType::Float64 => Tag::Text,
        _ => Tag::Never,
    };
    match clash {
        true => vec![Tag::Always; fields.len()],
        false => fields.iter().map(floats).collect(),
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    Null,
    Boolean,
    Number,
    Text,
    List,
    Object,
    Any,
}

fn shape(data_type: &DataType, json: bool) -> Shape {
    match data_type {
        _ if json => Shape::Any,
        DataType::Null => Shape::Null,
        DataType::Boolean => Shape::Boolean,
        data_type if data_type.is_numeric() => Shape::Number,
        DataType::List(_)
        | DataType::LargeList(_)
        | DataType::ListView(_)
        | DataType::LargeListView(_)
        | DataType::FixedSizeList(..) => Shape::List,
        DataType::Struct(_) => Shape::Object,
        // An object or a list, by its keys.
        DataType::Map(..) | DataType::Union(..) => Shape::Any,
        DataType::Dictionary(_, values) => shape(values, false),
        DataType::RunEndEncoded(_, values) => shape(values.data_type(), false),
        _ => Shape::Text,
    }
}
