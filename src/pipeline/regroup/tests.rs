use std::sync::Arc;

use arrow_array::types::Int32Type;
use arrow_array::{Int32Array, ListArray, RecordBatch, RunArray, StringArray};

use super::*;

fn bytes(array: ArrayRef) -> usize {
    let batch = RecordBatch::try_from_iter_with_nullable([("c", array, true)]).unwrap();
    sliced_bytes(&Batch::new(batch), 1)
}

#[test]
fn a_dictionary_of_text_counts_as_its_text() {
    let texts = ["", "one", "the second text"];
    let rows = |null: bool| (0..100).map(move |row| (!null || row % 3 > 0).then_some(row * 7 % 3));
    for null in [false, true] {
        let keys: Int32Array = rows(null).map(|row| row.map(|row| row as i32)).collect();
        let dictionary = DictionaryArray::new(keys, Arc::new(StringArray::from(texts.to_vec())));
        let plain: StringArray = rows(null).map(|row| row.map(|row: usize| texts[row])).collect();
        assert_eq!(bytes(Arc::new(dictionary.clone())), bytes(Arc::new(plain.clone())), "nulls: {null}");
        assert_eq!(bytes(Arc::new(dictionary.slice(10, 31))), bytes(Arc::new(plain.slice(10, 31))), "nulls: {null}");
    }
}

#[test]
fn lists_count_as_often_as_they_cost() {
    let lists = ListArray::from_iter_primitive::<Int32Type, _, _>((0..10).map(|row| Some(vec![Some(row); 3])));
    let columns: [(_, ArrayRef); 2] = [("l", Arc::new(lists)), ("i", Arc::new(Int32Array::from_iter_values(0..10)))];
    let batch = Batch::new(RecordBatch::try_from_iter(columns).unwrap());
    let [once, twice] = [1, 2].map(|cost| sliced_bytes(&batch, cost));
    assert_eq!(twice - once, once - 10 * size_of::<i32>());
}

#[test]
fn runs_count_as_what_they_take() {
    let runs = |rows: i32| {
        let ends = Int32Array::from(vec![rows / 2, rows / 2 + 1, rows]);
        bytes(Arc::new(RunArray::<Int32Type>::try_new(&ends, &Int32Array::from(vec![None, Some(1), None])).unwrap()))
    };
    assert_eq!(runs(10), runs(1_000_000));
    assert!((RUNS_BYTES..RUNS_BYTES + 100).contains(&runs(10)));
}

#[test]
fn large_dictionaries_count_once_for_each() {
    let dictionary = |values: &ArrayRef, rows: i32| {
        let keys = Int32Array::from_iter_values(0..rows);
        let column: ArrayRef = Arc::new(DictionaryArray::new(keys, values.clone()));
        Batch::new(RecordBatch::try_from_iter([("d", column)]).unwrap())
    };
    let values = |texts: usize| -> ArrayRef {
        Arc::new(StringArray::from_iter_values((0..texts).map(|text| format!("text number {text}"))))
    };
    // Each of them has about a megabyte of texts, of which the rows stand for a few bytes.
    let (one, other, small) = (values(40_000), values(40_000), values(100));
    let groups = |dictionaries: &[&ArrayRef]| {
        let chunks: Vec<_> =
            dictionaries.iter().map(|values| Ok((Origin::default(), Ok(vec![dictionary(values, 3)]), true))).collect();
        Regroup::new(chunks.into_iter(), 1000, 3 << 20).map(|group| group.unwrap().batches.len()).collect::<Vec<_>>()
    };
    assert_eq!(groups(&[&one; 20]), [20]);
    assert_eq!(groups(&[&small, &values(100), &values(100)].repeat(9)), [27]);
    assert!(groups(&[&one, &other].repeat(5)).len() > 2);
}
