//! Floats as the doubles that they are, wherever they stand in a column. As text the two differ: a float prints the
//! fewest digits that no other float has.

use arrow_array::cast::AsArray;
use arrow_array::types::{Float16Type, Float32Type, Float64Type};
use arrow_array::{Array, ArrayRef, PrimitiveArray, make_array};
use arrow_data::ArrayData;
use arrow_schema::{DataType, FieldRef};

use super::nesting::with_fields;
use super::number::width::{f64_of_f16, f64_of_f32};
use crate::error::Result;

/// The type with doubles in the place of floats.
pub(crate) fn doubled(data_type: &DataType) -> DataType {
    match data_type {
        DataType::Float16 | DataType::Float32 => DataType::Float64,
        DataType::Dictionary(keys, values) => DataType::Dictionary(keys.clone(), Box::new(doubled(values))),
        DataType::RunEndEncoded(ends, values) => DataType::RunEndEncoded(ends.clone(), doubled_field(values)),
        DataType::Union(branches, mode) => {
            DataType::Union(branches.iter().map(|(id, branch)| (id, doubled_field(branch))).collect(), *mode)
        }
        other => with_fields(other, |_, field| doubled_field(field)),
    }
}

fn doubled_field(field: &FieldRef) -> FieldRef {
    FieldRef::new(field.as_ref().clone().with_data_type(doubled(field.data_type())))
}

/// A column in the type `to`, which has doubles where that of the column may have floats, and differs in nothing else.
///
/// # Errors
/// `Internal`: it differs in something else.
pub(crate) fn in_doubles(array: &ArrayRef, to: &DataType) -> Result<ArrayRef> {
    if array.data_type() == to {
        return Ok(array.clone());
    }
    let doubles: PrimitiveArray<Float64Type> = match array.data_type() {
        DataType::Float16 => array.as_primitive::<Float16Type>().unary(f64_of_f16),
        DataType::Float32 => array.as_primitive::<Float32Type>().unary(f64_of_f32),
        _ => {
            let data = array.to_data();
            let children = data.child_data().iter().zip(children(to));
            let children = children.map(|(child, to)| Ok(in_doubles(&make_array(child.clone()), to)?.to_data()));
            let children = children.collect::<Result<Vec<ArrayData>>>()?;
            let built = data.into_builder().data_type(to.clone()).child_data(children).build()?;
            return Ok(make_array(built));
        }
    };
    Ok(std::sync::Arc::new(doubles))
}

/// Types of the arrays that one of this type is made of.
fn children(data_type: &DataType) -> Vec<&DataType> {
    use DataType as T;
    match data_type {
        T::List(item)
        | T::LargeList(item)
        | T::ListView(item)
        | T::LargeListView(item)
        | T::FixedSizeList(item, _)
        | T::Map(item, _) => vec![item.data_type()],
        T::Struct(members) => members.iter().map(|member| member.data_type()).collect(),
        T::Union(branches, _) => branches.iter().map(|(_, branch)| branch.data_type()).collect(),
        T::Dictionary(_, values) => vec![values],
        T::RunEndEncoded(ends, values) => vec![ends.data_type(), values.data_type()],
        _ => Vec::new(),
    }
}
