use std::sync::Arc;

use arrow_array::{Int32Array, RecordBatch, StringArray};

use super::*;

fn bytes(array: ArrayRef) -> usize {
    let batch = RecordBatch::try_from_iter_with_nullable([("c", array, true)]).unwrap();
    sliced_bytes(&Batch::new(batch))
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
