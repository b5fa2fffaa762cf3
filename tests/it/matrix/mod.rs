//! The fidelity matrix: every Arrow type × every target, what the plan says and that it is true.

#[path = "../../../src/formats/testing_batches.rs"]
#[allow(dead_code, reason = "the formats' own tests use the rest")]
mod generated;
mod page;
mod proof;
mod random;
mod rows;
mod table;

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, FieldRef};

/// A type without the metadata of its children, which formats use for their own purposes.
fn bare(data_type: &DataType) -> DataType {
    let child = |field: &FieldRef| Arc::new(Field::new(field.name(), bare(field.data_type()), field.is_nullable()));
    match data_type {
        DataType::List(item) => DataType::List(child(item)),
        DataType::LargeList(item) => DataType::LargeList(child(item)),
        DataType::ListView(item) => DataType::ListView(child(item)),
        DataType::LargeListView(item) => DataType::LargeListView(child(item)),
        DataType::FixedSizeList(item, size) => DataType::FixedSizeList(child(item), *size),
        DataType::Struct(fields) => DataType::Struct(fields.iter().map(child).collect()),
        DataType::Map(entries, sorted) => DataType::Map(child(entries), *sorted),
        DataType::Union(fields, mode) => {
            DataType::Union(fields.iter().map(|(id, field)| (id, child(field))).collect(), *mode)
        }
        DataType::Dictionary(keys, values) => DataType::Dictionary(keys.clone(), Box::new(bare(values))),
        DataType::RunEndEncoded(ends, values) => DataType::RunEndEncoded(ends.clone(), child(values)),
        other => other.clone(),
    }
}
