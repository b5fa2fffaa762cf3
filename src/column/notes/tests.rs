use std::sync::Arc;

use arrow_array::builder::{Int64Builder, ListBuilder, MapBuilder, StringBuilder};
use arrow_array::{
    ArrayRef, Decimal128Array, Decimal256Array, DictionaryArray, Float32Array, Float64Array, Int8Array, Int32Array,
    Int64Array, RunArray, StringArray, StructArray, UInt64Array, UnionArray,
};
use arrow_buffer::ScalarBuffer;
use arrow_schema::UnionFields;

use super::*;

const BIG: i64 = (1 << 53) + 1;
const ALL: Wanted = Wanted { integers: true, decimals: true, nan: true, json_null: true };

fn noted(array: &ArrayRef, wanted: Wanted) -> Vec<(&'static str, String, u64)> {
    let field = Field::new("c", array.data_type().clone(), true);
    let mut report = Report::default();
    note(&field, array, "c", wanted, &mut report);
    report.losses.into_iter().map(|((code, path), count)| (code.as_str(), path, count)).collect()
}

fn one(code: &'static str, path: &str, count: u64) -> Vec<(&'static str, String, u64)> {
    vec![(code, path.to_owned(), count)]
}

#[test]
fn numbers_beyond_a_double_are_counted_and_those_at_its_end_are_not() {
    let edge = 1_i64 << 53;
    let array: ArrayRef = Arc::new(Int64Array::from(vec![Some(edge), Some(-edge), Some(BIG), Some(i64::MIN), None]));
    assert_eq!(noted(&array, ALL), one("N-BIG-INT", "c", 2));
    assert_eq!(noted(&array, Wanted { integers: false, ..ALL }), []);
    // A null slot holds anything.
    let hidden = NullBuffer::from(vec![true, false]);
    let array: ArrayRef = Arc::new(Int64Array::new(vec![1, BIG].into(), Some(hidden)));
    assert_eq!(noted(&array, ALL), []);
    let array: ArrayRef = Arc::new(UInt64Array::from(vec![u64::MAX, 1]));
    assert_eq!(noted(&array, ALL), one("N-BIG-INT", "c", 1));
    let decimals = |digits: u8| -> ArrayRef {
        let values = vec![Some(123_456_789_012_345), Some(12_345_678_901_234_567), None];
        Arc::new(Decimal128Array::from(values).with_precision_and_scale(digits, 2).unwrap())
    };
    assert_eq!(noted(&decimals(20), ALL), one("N-BIG-INT", "c", 1));
    let wide: ArrayRef = Arc::new(Decimal256Array::from(vec![i256::from_i128(i128::MIN), i256::ONE]));
    assert_eq!(noted(&wide, ALL), one("N-BIG-INT", "c", 1));
}

#[test]
fn only_nan_with_other_bits_loses_them() {
    let odd = f64::from_bits(f64::NAN.to_bits() | 1);
    let array: ArrayRef = Arc::new(Float64Array::from(vec![f64::NAN, odd, -f64::NAN, f64::INFINITY, 1.0]));
    assert_eq!(noted(&array, ALL), one("N-NAN", "c", 2));
    let array: ArrayRef = Arc::new(Float32Array::from(vec![f32::NAN, f32::from_bits(f32::NAN.to_bits() ^ 1)]));
    assert_eq!(noted(&array, ALL), one("N-NAN", "c", 1));
    assert_eq!(noted(&array, Wanted { nan: false, ..ALL }), []);
}

#[test]
fn nested_numbers_are_found_where_they_are_seen() {
    let mut lists = ListBuilder::new(Int64Builder::new());
    for row in [vec![BIG], vec![BIG, 1, BIG], vec![]] {
        lists.append_value(row.into_iter().map(Some));
    }
    let lists: ArrayRef = Arc::new(lists.finish());
    assert_eq!(noted(&lists, ALL), one("N-BIG-INT", "c[]", 3));
    assert_eq!(noted(&lists.slice(1, 2), ALL), one("N-BIG-INT", "c[]", 2));

    let numbers: ArrayRef = Arc::new(Int64Array::from(vec![BIG, BIG, 1]));
    let fields = vec![Arc::new(Field::new("n", DataType::Int64, false))];
    let nulls = NullBuffer::from(vec![false, true, true]);
    let members: ArrayRef = Arc::new(StructArray::new(fields.into(), vec![numbers.clone()], Some(nulls)));
    assert_eq!(noted(&members, ALL), one("N-BIG-INT", "c.n", 1));

    let mut maps = MapBuilder::new(None, StringBuilder::new(), Int64Builder::new());
    maps.keys().append_value("k");
    maps.values().append_value(BIG);
    maps.append(true).unwrap();
    let maps: ArrayRef = Arc::new(maps.finish());
    assert_eq!(noted(&maps, ALL), one("N-BIG-INT", "c.value", 1));

    let keys = Int8Array::from(vec![Some(0), Some(0), Some(1), None]);
    let values: ArrayRef = Arc::new(Int64Array::from(vec![BIG, 1]));
    let dictionary: ArrayRef = Arc::new(DictionaryArray::new(keys, values.clone()));
    assert_eq!(noted(&dictionary, ALL), one("N-BIG-INT", "c", 2));
    let runs: ArrayRef = Arc::new(RunArray::<Int32Type>::try_new(&Int32Array::from(vec![3, 4]), &values).unwrap());
    assert_eq!(noted(&runs, ALL), one("N-BIG-INT", "c", 3));

    let fields: UnionFields =
        [(0, Field::new("i", DataType::Int64, false)), (1, Field::new("f", DataType::Float64, false))]
            .into_iter()
            .map(|(id, field)| (id, Arc::new(field)))
            .collect();
    let floats: ArrayRef = Arc::new(Float64Array::from(vec![1.0]));
    let (ids, offsets) = (ScalarBuffer::from(vec![0_i8, 1, 0]), ScalarBuffer::from(vec![0, 0, 1]));
    let union: ArrayRef = Arc::new(UnionArray::try_new(fields, ids, Some(offsets), vec![values, floats]).unwrap());
    assert_eq!(noted(&union, ALL), one("N-BIG-INT", "c.i", 1));
}

#[test]
fn keys_of_no_values_are_all_null() {
    let keys = Int8Array::from(vec![None, None]);
    let array: ArrayRef = Arc::new(DictionaryArray::new(keys, Arc::new(Int64Array::from(Vec::<i64>::new()))));
    assert_eq!(noted(&array, ALL), []);
}

#[test]
fn the_null_of_json_text_is_counted_and_other_text_is_not() {
    let json = |field: Field| field.with_extension_type(arrow_schema::extension::Json::default());
    let texts: ArrayRef =
        Arc::new(StringArray::from(vec![Some("null"), Some(" null\n"), None, Some("\"null\""), Some("[null]")]));
    let counted = |field: &Field, array: &ArrayRef| {
        let mut report = Report::default();
        note(field, array, "c", ALL, &mut report);
        report.losses.into_iter().map(|((code, path), count)| (code.as_str(), path, count)).collect::<Vec<_>>()
    };
    let text = Field::new("c", DataType::Utf8, true);
    assert_eq!(counted(&text, &texts), []);
    assert_eq!(counted(&json(text.clone()), &texts), one("S-MISSING", "c", 2));
    let item = Arc::new(json(text.with_name("item")));
    let ends = arrow_buffer::OffsetBuffer::new(vec![0, 1, 5].into());
    let lists: ArrayRef = Arc::new(arrow_array::ListArray::new(item, ends, texts, None));
    assert_eq!(counted(&Field::new("c", lists.data_type().clone(), true), &lists), one("S-MISSING", "c[]", 2));
    let coded: DictionaryArray<Int32Type> = vec![Some("null"), None, Some("1"), Some("null")].into_iter().collect();
    let coded: ArrayRef = Arc::new(coded);
    let field = Field::new("c", coded.data_type().clone(), true);
    assert_eq!(counted(&field, &coded), []);
    let metadata: std::collections::HashMap<String, String> =
        [("ARROW:extension:name".to_owned(), "arrow.json".to_owned())].into_iter().collect();
    assert_eq!(counted(&field.with_metadata(metadata), &coded), one("S-MISSING", "c", 2));
}
