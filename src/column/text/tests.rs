use std::sync::Arc;

use arrow_array::*;

use super::*;

fn rows(array: &dyn Array, field: &Field) -> Vec<Option<String>> {
    let column = TextColumn::new(array, field, BytesText::Hex).unwrap();
    (0..array.len())
        .map(|row| {
            (!column.is_null(row)).then(|| {
                let mut out = Vec::new();
                column.push(&mut out, row).unwrap();
                if column.form() == TextForm::Text {
                    assert_eq!(column.text(row).as_bytes(), out);
                }
                String::from_utf8(out).unwrap()
            })
        })
        .collect()
}

fn some(texts: &[&str]) -> Vec<Option<String>> {
    texts.iter().map(|text| (*text != "null").then(|| (*text).to_owned())).collect()
}

fn of(array: &dyn Array) -> Vec<Option<String>> {
    rows(array, &Field::new("a", array.data_type().clone(), true))
}

#[test]
fn encoded_and_sliced_columns() {
    let strings = StringArray::from(vec![Some("a"), None, Some("c"), Some("")]);
    assert_eq!(of(&strings.slice(1, 3)), some(&["null", "c", ""]));
    let views = StringViewArray::from(&strings);
    assert_eq!(of(&views.slice(2, 2)), some(&["c", ""]));

    let keys = Int8Array::from(vec![Some(1), None, Some(0), Some(2)]);
    let values = StringArray::from(vec![Some("x"), Some("y"), None]);
    let dictionary = DictionaryArray::new(keys, Arc::new(values));
    assert_eq!(of(&dictionary), some(&["y", "null", "x", "null"]));
    assert_eq!(of(&dictionary.slice(2, 2)), some(&["x", "null"]));
    let empty: ArrayRef = Arc::new(StringArray::new_null(0));
    let nothing = DictionaryArray::new(Int8Array::new_null(2), empty);
    assert_eq!(of(&nothing), some(&["null", "null"]));

    let ends = Int32Array::from(vec![2, 3, 6]);
    let runs = RunArray::try_new(&ends, &Int64Array::from(vec![Some(7), None, Some(9)])).unwrap();
    assert_eq!(of(&runs), some(&["7", "7", "null", "9", "9", "9"]));
    assert_eq!(of(&runs.slice(1, 3)), some(&["7", "null", "9"]));
}

#[test]
fn bytes_and_uuids() {
    let array = FixedSizeBinaryArray::try_from_iter([[1_u8; 16], [0xab; 16]].iter()).unwrap();
    assert_eq!(of(&array)[1].as_deref(), Some("abababababababababababababababab"));
    let uuid = Field::new("a", DataType::FixedSizeBinary(16), true)
        .with_metadata(std::collections::HashMap::from([("ARROW:extension:name".to_owned(), "arrow.uuid".to_owned())]));
    assert_eq!(rows(&array, &uuid)[0].as_deref(), Some("01010101-0101-0101-0101-010101010101"));
    assert_eq!(of(&BinaryViewArray::from(vec![&b"\x00\xff"[..]])), some(&["00ff"]));
}

#[test]
fn values_that_their_type_does_not_have() {
    let push = |array: &dyn Array| {
        let field = Field::new("a", array.data_type().clone(), true);
        TextColumn::new(array, &field, BytesText::Base64).unwrap().push(&mut Vec::new(), 0)
    };
    assert_eq!(push(&Date64Array::from(vec![1])), Err(Code::TimePrecision));
    assert_eq!(push(&Date64Array::from(vec![-86_400_000])), Ok(()));
    assert_eq!(push(&Time32SecondArray::from(vec![86_400])), Err(Code::DateRange));
    assert_eq!(push(&Time64NanosecondArray::from(vec![-1])), Err(Code::DateRange));
}

#[test]
fn nested_types_and_unknown_zones_are_refused() {
    let list = DataType::new_list(DataType::Int8, true);
    let zone = DataType::Timestamp(TimeUnit::Second, Some("Mars/Olympus".into()));
    for kind in [list, zone] {
        let error = check(&Field::new("a", kind, true)).unwrap_err();
        assert_eq!(error.kind(), crate::ErrorKind::Unsupported);
        assert_eq!(error.origin().column.as_deref(), Some("a"));
    }
}
