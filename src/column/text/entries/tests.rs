use std::sync::Arc;

use arrow_array::types::Int8Type;
use arrow_array::{DictionaryArray, Int32Array, LargeStringArray, StringArray, StringViewArray};

use super::*;

fn shouted(out: &mut Vec<u8>, text: &str) -> Option<()> {
    out.extend_from_slice(text.to_uppercase().as_bytes());
    out.push(b'!');
    (text != "refused").then_some(())
}

fn written(entries: &Entries, rows: usize) -> Vec<String> {
    let texts = (0..rows).map(|row| {
        let mut room = [b'?'; 200];
        let end = entries.put(&mut room, 3, row).unwrap();
        assert_eq!(&room[3..end], entries.get(row).unwrap());
        assert_eq!(entries.put(&mut room[..end - 1], 3, row), None);
        String::from_utf8(entries.get(row).unwrap().to_vec()).unwrap()
    });
    texts.collect()
}

#[test]
fn every_row_has_the_text_of_its_entry() {
    let long = "long ".repeat(30);
    let texts = ["a", "", "other", &long];
    let expected = ["OTHER!", "!", "A!", "A!", &format!("{}!", long.to_uppercase())];
    let values: [Arc<dyn Array>; 3] = [
        Arc::new(StringArray::from(texts.to_vec())),
        Arc::new(LargeStringArray::from(texts.to_vec())),
        Arc::new(StringViewArray::from(texts.to_vec())),
    ];
    for values in values {
        let array = DictionaryArray::new(Int32Array::from(vec![2, 1, 0, 0, 3]), values);
        let entries = Entries::new(&array, shouted).unwrap();
        assert_eq!(written(&entries, 5), expected);
        assert_eq!((entries.get(5), entries.put(&mut [0; 99], 0, 5)), (None, None));
        // Of a slice, too.
        let slice = array.slice(1, 4);
        assert_eq!(written(&Entries::new(&slice, shouted).unwrap(), 4), expected[1..]);
    }
}

#[test]
fn nulls_have_an_entry_of_no_meaning() {
    let keys = arrow_array::Int8Array::from(vec![Some(1), None, Some(0)]);
    let array = DictionaryArray::<Int8Type>::new(keys, Arc::new(StringArray::from(vec![None, Some("x")])));
    let entries = Entries::new(&array, shouted).unwrap();
    assert_eq!(entries.get(0), Some(&b"X!"[..]));
    assert!(entries.get(1).is_some() && entries.get(2).is_some());
}

#[test]
fn what_does_not_pay_is_left_to_others() {
    let texts = || Arc::new(StringArray::from(vec!["a", "b", "refused"]));
    let of = |keys: Vec<i32>| DictionaryArray::new(Int32Array::from(keys), texts());
    assert!(Entries::new(&of(vec![0, 1]), shouted).is_none(), "more entries than rows");
    assert!(Entries::new(&of(vec![0, 1, 0]), shouted).is_none(), "an entry that cannot be written");
    let numbers = DictionaryArray::new(Int32Array::from(vec![0, 0]), Arc::new(Int32Array::from(vec![7])));
    assert!(Entries::new(&numbers, shouted).is_none());
    assert!(Entries::new(&StringArray::from(vec!["a"]), shouted).is_none());
    let none = DictionaryArray::new(Int32Array::new_null(2), Arc::new(StringArray::new_null(0)));
    assert!(Entries::new(&none, shouted).is_none());
}
