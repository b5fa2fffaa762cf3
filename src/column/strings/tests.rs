use arrow_array::{Array, LargeStringArray, StringArray};
use proptest::prelude::*;

use super::*;

/// The same as the crate makes of it, or the same error.
fn check(texts: &[Option<&[u8]>]) {
    let lengths = || texts.iter().map(|text| text.unwrap_or_default().len());
    let data = Buffer::from_vec(texts.iter().flatten().copied().collect::<Vec<_>>().concat());
    let nulls = texts.iter().any(Option::is_none).then(|| texts.iter().map(Option::is_some).collect::<NullBuffer>());
    let offsets = OffsetBuffer::<i32>::from_lengths(lengths());
    let expected = StringArray::try_new(offsets.clone(), data.clone(), nulls.clone());
    match (array(offsets, data.clone(), nulls.clone()), expected) {
        (Ok(got), Ok(expected)) => assert_eq!(got.to_data(), expected.to_data()),
        (got, expected) => assert_eq!(got.unwrap_err().to_string(), expected.unwrap_err().to_string()),
    }
    let offsets = OffsetBuffer::<i64>::from_lengths(lengths());
    let expected = LargeStringArray::try_new(offsets.clone(), data.clone(), nulls.clone());
    assert_eq!(array(offsets, data, nulls).ok(), expected.ok());
}

#[test]
fn what_is_copied_and_what_is_not() {
    let long = "日本語のテキストである".as_bytes();
    check(&[]);
    check(&[None]);
    check(&[Some(b"ASCII"), None, Some(b"")]);
    check(&[Some(long), None, Some(long), Some(b"")]);
    check(&[Some("Zürich".as_bytes()), Some(long)]);
    // Cut within a character, which is one only over both.
    check(&[Some(&long[..10]), Some(&long[10..])]);
    check(&[Some(long), Some(&long[..10])]);
    check(&[Some(long), Some(&[0xff; 40])]);
    let offsets = OffsetBuffer::<i32>::from_lengths([long.len()]);
    assert!(copied(&offsets, long, None).is_some());
    assert!(copied(&OffsetBuffer::<i32>::from_lengths([5]), b"ASCII", None).is_none());
}

#[test]
fn nulls_of_another_number_of_rows_are_refused() {
    let long = Buffer::from("日本語のテキストである".as_bytes());
    let offsets = OffsetBuffer::<i32>::from_lengths([long.len()]);
    assert!(array(offsets, long, Some(NullBuffer::new_null(2))).is_err());
}

#[test]
fn bytes_beyond_ascii_are_counted() {
    for len in [0, 1, 254, 255, 256, 1000] {
        assert_eq!(beyond_ascii(&vec![0x80; len]), len);
        assert_eq!(beyond_ascii(&vec![0xff; len]), len);
        assert_eq!(beyond_ascii(&vec![0x7f; len]), 0);
    }
}

proptest! {
    #[test]
    fn the_same_as_the_crate(texts in prop::collection::vec(prop::option::of("[a-z日本語é😀]{0,40}"), 0..20), cut in any::<bool>()) {
        let mut texts: Vec<Option<&[u8]>> = texts.iter().map(|text| text.as_deref().map(str::as_bytes)).collect();
        if let (true, Some(Some(first))) = (cut, texts.first_mut()) {
            *first = &first[..first.len() / 2];
        }
        check(&texts);
    }
}
