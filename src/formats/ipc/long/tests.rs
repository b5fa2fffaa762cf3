use std::sync::Arc;

use arrow_array::builder::{ListBuilder, StringBuilder};
use arrow_array::{ArrayRef, StringArray, StringViewArray};

use super::*;

/// A record of 3,000 bytes between short ones.
fn columns() -> Vec<(&'static str, ArrayRef)> {
    let long = "x".repeat(3000);
    let texts = ["a", long.as_str(), "b"];
    let mut lists = ListBuilder::new(StringBuilder::new());
    for text in texts {
        lists.append_value([Some(&text[..text.len() / 2]), Some(&text[text.len() / 2..])]);
    }
    vec![
        ("text", Arc::new(StringArray::from_iter_values(texts))),
        ("view", Arc::new(StringViewArray::from_iter_values(texts))),
        ("list", Arc::new(lists.finish())),
    ]
}

#[test]
fn the_first_long_record_is_told() {
    for (name, column) in columns() {
        let records = RecordBatch::try_from_iter([(name, column)]).unwrap();
        assert!(check(&records, 0..3, 4000).is_ok(), "{name}");
        for (rows, place) in [(0..3, 1), (1..3, 0), (1..2, 0)] {
            let error = check(&records, rows, 2000).unwrap_err();
            assert_eq!(error.origin().record, Some(place), "{name}");
        }
        for rows in [0..1, 2..3, 3..3] {
            assert!(check(&records, rows, 2000).is_ok(), "{name}");
        }
    }
}

#[test]
fn values_of_dictionaries_belong_to_no_record() {
    let texts: Vec<String> = (0..100).map(|index| format!("{index}{}", "x".repeat(100))).collect();
    let dictionary: arrow_array::DictionaryArray<arrow_array::types::Int32Type> =
        texts.iter().map(String::as_str).collect();
    let records = RecordBatch::try_from_iter([("c", Arc::new(dictionary) as ArrayRef)]).unwrap();
    assert!(check(&records, 0..100, 200).is_ok());
}
