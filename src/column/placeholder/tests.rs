use arrow_array::types::{Int8Type, Int32Type};
use arrow_array::{Int32Array, StringArray};

use super::*;

#[test]
fn no_slot_is_null_and_values_stay() {
    let numbers: ArrayRef = Arc::new(Int32Array::from(vec![Some(1), None, Some(3)]));
    let filled = without_nulls(&numbers).unwrap();
    let filled = filled.as_primitive::<Int32Type>();
    assert_eq!((filled.null_count(), filled.value(0), filled.value(2)), (0, 1, 3));
    let words: ArrayRef = Arc::new([Some("a"), None, Some("b")].into_iter().collect::<DictionaryArray<Int8Type>>());
    let filled = without_nulls(&words).unwrap();
    assert!(!filled.is_nullable() && filled.data_type() == words.data_type());
    let filled = filled.as_dictionary::<Int8Type>().downcast_dict::<StringArray>().unwrap();
    assert_eq!((filled.into_iter().next().unwrap(), filled.into_iter().nth(2).unwrap()), (Some("a"), Some("b")));
}

#[test]
fn fillers_of_dictionaries_have_a_value() {
    let inner = DataType::Dictionary(Box::new(DataType::UInt16), Box::new(DataType::Utf8));
    let outer = DataType::Dictionary(Box::new(DataType::Int8), Box::new(DataType::Int64));
    for data_type in [inner, outer] {
        let filled = filler(&data_type, 3).unwrap();
        assert_eq!((filled.len(), filled.null_count(), filled.data_type()), (3, 0, &data_type));
        filled.to_data().validate_full().unwrap();
    }
}
