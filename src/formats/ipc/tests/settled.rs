//! Runs in lists, of which some have no elements; slices of views.

use std::sync::Arc;

use arrow_array::types::{Int16Type, Int32Type, Int64Type, RunEndIndexType};
use arrow_array::{
    Array, ArrayRef, DictionaryArray, FixedSizeListArray, Int32Array, LargeListArray, ListArray, ListViewArray,
    MapArray, PrimitiveArray, RecordBatch, RunArray, StringArray, StringViewArray, StructArray, UnionArray,
};
use arrow_buffer::{ArrowNativeType, NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow_schema::{DataType, Field, Fields, Schema, UnionFields};

use crate::format::{ReadOptions, WriteOptions};
use crate::formats::ipc::FORMAT;
use crate::formats::testing::{bytes, concat, read, write};

/// Six rows in three runs, of views that point to a buffer.
fn runs<R: RunEndIndexType>() -> ArrayRef {
    let ends: PrimitiveArray<R> = [1, 4, 6].map(R::Native::usize_as).into_iter().map(Some).collect();
    let values = StringViewArray::from(vec![Some("longer than twelve bytes"), None, Some("and longer than the first")]);
    Arc::new(RunArray::<R>::try_new(&ends, &values).unwrap())
}

fn item(array: &ArrayRef) -> Arc<Field> {
    Arc::new(Field::new("item", array.data_type().clone(), true))
}

fn offsets<O: arrow_array::OffsetSizeTrait>(ends: &[usize]) -> OffsetBuffer<O> {
    OffsetBuffer::new(ends.iter().map(|end| O::usize_as(*end)).collect())
}

/// Written and read back: the whole, each row alone, and none.
#[track_caller]
fn same(array: ArrayRef) {
    let schema = Arc::new(Schema::new(vec![Field::new("c", array.data_type().clone(), true)]));
    let batch = RecordBatch::try_new(schema.clone(), vec![array]).unwrap();
    let rows = batch.num_rows();
    let parts = (0..rows).map(|row| batch.slice(row, 1)).chain([batch.clone(), batch.slice(rows - 1, 1)]);
    for part in parts {
        for layout in ["file", "stream"] {
            let mut options = WriteOptions::default();
            options.settings.set("layout", layout);
            let (data, _) = write(&FORMAT, &schema, std::slice::from_ref(&part), &options, 1).unwrap();
            let (schema, batches) = read(&FORMAT, bytes(data), &ReadOptions::default(), 1).unwrap();
            let back = concat(&schema, &batches);
            assert_eq!(back.num_rows(), part.num_rows());
            for row in 0..part.num_rows() {
                assert_eq!(&back.column(0).slice(row, 1), &part.column(0).slice(row, 1), "row {row}");
            }
        }
    }
}

#[test]
fn alone_and_sliced() {
    same(runs::<Int16Type>());
    same(runs::<Int32Type>());
    same(runs::<Int64Type>().slice(2, 3));
}

#[test]
fn in_lists_without_elements() {
    let runs = runs::<Int32Type>();
    // The case that pyarrow refuses: one list of nothing.
    same(Arc::new(ListArray::new(item(&runs), offsets(&[0, 0]), runs.clone(), None)));
    let lists: ArrayRef = Arc::new(ListArray::new(item(&runs), offsets(&[0, 2, 2, 2, 6]), runs.clone(), None));
    same(lists.clone());
    same(Arc::new(LargeListArray::new(item(&runs), offsets(&[1, 1, 5]), runs.clone(), None)));
    // Lists of lists, groups of lists, lists of groups.
    same(Arc::new(ListArray::new(item(&lists), offsets(&[0, 1, 1, 3, 4]), lists.clone(), None)));
    let group = Fields::from(vec![Field::new("l", lists.data_type().clone(), true)]);
    same(Arc::new(StructArray::new(group, vec![lists.clone()], Some(NullBuffer::from(vec![true, true, false, true])))));
    let group = Fields::from(vec![Field::new("r", runs.data_type().clone(), true)]);
    let groups: ArrayRef = Arc::new(StructArray::new(group, vec![runs.clone()], None));
    same(Arc::new(ListArray::new(item(&groups), offsets(&[0, 0, 6]), groups, None)));
    // Lists of other layouts.
    let (starts, sizes) = (ScalarBuffer::from(vec![4, 0, 2]), ScalarBuffer::from(vec![2, 0, 1]));
    same(Arc::new(ListViewArray::new(item(&runs), starts, sizes, runs.clone(), None)));
    same(Arc::new(FixedSizeListArray::new(item(&runs), 2, runs.clone(), None)));
    let keys: ArrayRef = Arc::new(StringArray::from(vec!["a", "b", "c", "d", "e", "f"]));
    let pair = Fields::from(vec![
        Field::new("key", DataType::Utf8, false),
        Field::new("value", runs.data_type().clone(), true),
    ]);
    let entries = StructArray::new(pair.clone(), vec![keys, runs], None);
    let entry = Arc::new(Field::new("entries", DataType::Struct(pair), false));
    same(Arc::new(MapArray::new(entry, offsets(&[0, 0, 5, 6]), entries, None, false)));
}

#[test]
fn in_unions_and_beside_dictionaries() {
    let runs = runs::<Int32Type>();
    let lists: ArrayRef = Arc::new(ListArray::new(item(&runs), offsets(&[0, 2, 2, 6]), runs, None));
    let words: ArrayRef = Arc::new(vec!["a", "b", "a"].into_iter().collect::<DictionaryArray<Int32Type>>());
    let fields: UnionFields = [
        (0, Arc::new(Field::new("l", lists.data_type().clone(), true))),
        (5, Arc::new(Field::new("d", words.data_type().clone(), true))),
    ]
    .into_iter()
    .collect();
    let ids = ScalarBuffer::from(vec![5i8, 0, 0]);
    let children = vec![lists.clone(), words.clone()];
    same(Arc::new(UnionArray::try_new(fields.clone(), ids.clone(), None, children.clone()).unwrap()));
    let places = Some(ScalarBuffer::from(vec![2, 1, 0]));
    same(Arc::new(UnionArray::try_new(fields, ids, places, children).unwrap()));
    let group = Fields::from(vec![
        Field::new("l", lists.data_type().clone(), true),
        Field::new("d", words.data_type().clone(), true),
    ]);
    same(Arc::new(StructArray::new(group, vec![lists, words], None)));
    // Runs of words, in lists.
    let words: ArrayRef = Arc::new(vec!["a", "b", "a"].into_iter().collect::<DictionaryArray<Int32Type>>());
    let runs: ArrayRef = Arc::new(RunArray::<Int32Type>::try_new(&Int32Array::from(vec![1, 2, 6]), &words).unwrap());
    same(Arc::new(ListArray::new(item(&runs), offsets(&[0, 0, 1, 6]), runs, None)));
}

#[test]
fn views_are_written_with_the_bytes_that_they_show() {
    let text = |row: usize| format!("text {row} is longer than twelve bytes");
    let views: ArrayRef = Arc::new((0..2000).map(|row| (row % 7 > 0).then(|| text(row))).collect::<StringViewArray>());
    let members = Fields::from(vec![Field::new("v", DataType::Utf8View, true)]);
    let structs: ArrayRef = Arc::new(StructArray::new(members, vec![views.clone()], None));
    let ends: Vec<usize> = (0..=2000).collect();
    let lists: ArrayRef = Arc::new(ListArray::new(item(&views), offsets::<i32>(&ends), views.clone(), None));
    for array in [views, structs, lists] {
        let schema = Arc::new(Schema::new(vec![Field::new("c", array.data_type().clone(), true)]));
        let batch = RecordBatch::try_new(schema.clone(), vec![array]).unwrap();
        let parts: Vec<RecordBatch> = (0..20).map(|part| batch.slice(part * 100, 100)).collect();
        for rows in ["100", "700"] {
            let mut options = WriteOptions::default();
            options.settings.set("batch-rows", rows);
            let (data, _) = write(&FORMAT, &schema, &parts, &options, 2).unwrap();
            assert!(data.len() < 2000 * 80, "{} bytes in batches of {rows}: {schema}", data.len());
            let (schema, batches) = read(&FORMAT, bytes(data), &ReadOptions::default(), 2).unwrap();
            assert_eq!(concat(&schema, &batches), batch);
        }
    }
}
