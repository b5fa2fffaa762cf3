use std::sync::Arc;

use arrow_array::types::{Int8Type, Int32Type};
use arrow_array::{ArrayRef, DictionaryArray, Int8Array, Int32Array, RunArray, StringArray, StructArray, UnionArray};
use arrow_buffer::ScalarBuffer;
use arrow_data::ArrayData;
use arrow_schema::{Field, Fields, Schema, UnionFields};

use super::*;

/// Runs of 7, 7, null.
fn runs() -> ArrayRef {
    let (ends, values) = (Int32Array::from(vec![2, 3]), Int32Array::from(vec![Some(7), None]));
    Arc::new(RunArray::<Int32Type>::try_new(&ends, &values).unwrap())
}

/// Words of which the third is null by its key.
fn words() -> ArrayRef {
    let values: ArrayRef = Arc::new(StringArray::from(vec![None, Some("a")]));
    Arc::new(DictionaryArray::<Int8Type>::new(Int8Array::from(vec![1, 1, 0]), values))
}

/// A union whose third value is the null of its only branch.
fn union() -> ArrayRef {
    let branch: ArrayRef = Arc::new(Int32Array::from(vec![Some(1), Some(2), None]));
    let fields = UnionFields::from_iter([(0, Arc::new(Field::new("x", DataType::Int32, true)))]);
    Arc::new(UnionArray::try_new(fields, ScalarBuffer::from(vec![0_i8; 3]), None, vec![branch]).unwrap())
}

/// One record: a list of all of `items`, whose field has no nulls. Arrow's own constructors refuse such a list.
fn list(items: &ArrayRef) -> ArrayRef {
    let item = Arc::new(Field::new_list_field(items.data_type().clone(), false));
    let data = ArrayData::builder(DataType::List(item))
        .len(2)
        .add_buffer(ScalarBuffer::from(vec![0_i32, 0, 3]).into_inner())
        .add_child_data(items.to_data());
    arrow_array::make_array(data.build().unwrap())
}

fn found(array: ArrayRef, nullable: bool) -> Option<(usize, String)> {
    let schema = Arc::new(Schema::new(vec![Field::new("c", array.data_type().clone(), nullable)]));
    let suspects = suspects(&schema);
    let records = RecordBatch::try_new(schema.clone(), vec![array]).unwrap();
    first(&records, &schema, &suspects)
}

#[test]
fn nulls_that_no_bitmap_shows() {
    for array in [runs(), words()] {
        assert_eq!(found(array.clone(), false), Some((2, "c".to_owned())), "{:?}", array.data_type());
        assert_eq!(found(array.clone(), true), None);
        assert_eq!(found(array.slice(0, 2), false), None);
    }
    // A union's own null is a value of a branch.
    assert_eq!(found(union(), false), None);
    for items in [runs(), words(), union()] {
        assert_eq!(found(list(&items), true), Some((1, "c[]".to_owned())), "{:?}", items.data_type());
        assert_eq!(found(list(&items).slice(0, 1), true), None);
    }
}

#[test]
fn members_of_structs_that_are_null_are_not_there() {
    let member = Fields::from(vec![Field::new("m", words().data_type().clone(), false)]);
    let of = |nulls: Vec<bool>| -> ArrayRef {
        let data = ArrayData::builder(DataType::Struct(member.clone()))
            .len(3)
            .nulls(Some(nulls.into()))
            .add_child_data(words().to_data());
        Arc::new(StructArray::from(data.build().unwrap()))
    };
    assert_eq!(found(of(vec![true, true, false]), true), None);
    assert_eq!(found(of(vec![false, true, true]), true), Some((2, "c.m".to_owned())));
}

#[test]
fn columns_without_such_nulls_are_not_looked_at() {
    let plain = Field::new("p", DataType::Int32, false);
    let open = Field::new("d", words().data_type().clone(), true);
    let deep = Field::new("l", list(&runs()).data_type().clone(), true);
    assert_eq!(super::suspects(&Arc::new(Schema::new(vec![plain, open, deep]))), [2]);
}
