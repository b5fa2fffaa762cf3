use std::sync::Arc;

use arrow_array::types::Int32Type;
use arrow_array::{
    Array, ArrayRef, BinaryArray, Decimal128Array, Decimal256Array, DictionaryArray, Float16Array, Float32Array,
    Float64Array, Int8Array, Int64Array, LargeStringArray, ListArray, MapArray, RecordBatch, StringArray,
    StringViewArray, StructArray, TimestampMicrosecondArray, TimestampSecondArray, UInt64Array, UnionArray,
};
use arrow_buffer::{OffsetBuffer, i256};
use arrow_schema::{DataType, Field, Fields, Schema, UnionFields};
use half::f16;

use crate::code::Code;
use crate::proof::canon::{Columns, RecordBytes, Relaxed};

fn bytes_with(field: Field, array: ArrayRef, relaxed: &Relaxed) -> Vec<Vec<u8>> {
    let schema = Arc::new(Schema::new(vec![field]));
    let batch = RecordBatch::try_new(schema.clone(), vec![array]).unwrap();
    let columns = Columns::new(&schema, relaxed, &[]);
    let records = RecordBytes::new(&batch, &columns, relaxed).unwrap();
    (0..batch.num_rows())
        .map(|row| {
            let mut out = Vec::new();
            records.push(&mut out, row).unwrap();
            out
        })
        .collect()
}

fn bytes(array: impl Array + 'static) -> Vec<Vec<u8>> {
    let field = Field::new("a", array.data_type().clone(), true);
    bytes_with(field, Arc::new(array), &Relaxed::default())
}

fn json(texts: &[&str]) -> Vec<Vec<u8>> {
    let field = Field::new("a", DataType::Utf8, true).with_metadata([("ARROW:extension:name", "arrow.json")]);
    bytes_with(field, Arc::new(StringArray::from(texts.to_vec())), &Relaxed::default())
}

#[test]
fn a_number_is_its_digits_whatever_holds_it() {
    let five = bytes(Int64Array::from(vec![5]));
    assert_eq!(five, bytes(Int8Array::from(vec![5])));
    assert_eq!(five, bytes(UInt64Array::from(vec![5])));
    assert_eq!(five, bytes(Float64Array::from(vec![5.0])));
    assert_eq!(five, bytes(Float16Array::from(vec![f16::from_f32(5.0)])));
    let decimal = |value, precision, scale| {
        bytes(Decimal128Array::from(vec![value]).with_precision_and_scale(precision, scale).unwrap())
    };
    assert_eq!(five, decimal(500, 10, 2));
    assert_eq!(decimal(500, 10, -2), bytes(Int64Array::from(vec![50_000])));
    assert_eq!(five, json(&["5.000"]));
    let tenth = bytes(Float64Array::from(vec![0.1]));
    assert_eq!(tenth, bytes(Float32Array::from(vec![0.1])));
    assert_eq!(tenth, bytes(Float16Array::from(vec![f16::from_f32(0.1)])));
    assert_eq!(tenth, decimal(10, 10, 2));
    assert_eq!(tenth, json(&["1e-1"]));
    let max = bytes(UInt64Array::from(vec![u64::MAX]));
    assert_eq!(max, decimal(i128::from(u64::MAX), 38, 0));
    assert_eq!(max, json(&["18446744073709551615.0"]));
    let wide = Decimal256Array::from(vec![i256::from_i128(i128::MAX)]).with_precision_and_scale(76, 0).unwrap();
    assert_eq!(bytes(wide), json(&[&i128::MAX.to_string()]));
}

#[test]
fn numbers_that_differ_differ() {
    let numbers = [
        "0",
        "-0",
        "1",
        "10",
        "-1",
        "1e1000",
        "1e-1000",
        "9007199254740992",
        "9007199254740993",
        "0.1",
        "0.10000000000000001",
        "9223372036854775807",
        "9223372036854775808",
        "-9223372036854775808",
        "-9223372036854775809",
    ];
    let mut all = json(&numbers);
    all.sort();
    all.dedup();
    assert_eq!(all.len(), numbers.len());
}

#[test]
fn every_float_of_sixteen_bits_is_itself() {
    let array: Float16Array = (0..=u16::MAX).map(|bits| Some(f16::from_bits(bits))).collect();
    let mut all = bytes(array);
    all.sort();
    all.dedup();
    assert_eq!(all.len(), 1 << 16);
}

#[test]
fn text_is_text_in_any_layout_and_no_number() {
    let text = bytes(StringArray::from(vec!["5"]));
    assert_eq!(text, bytes(LargeStringArray::from(vec!["5"])));
    assert_eq!(text, bytes(StringViewArray::from(vec!["5"])));
    assert_eq!(text, bytes(["5"].into_iter().collect::<DictionaryArray<Int32Type>>()));
    assert_ne!(text, bytes(Int64Array::from(vec![5])));
    assert_eq!(bytes(BinaryArray::from(vec![&b"\xff"[..]])), bytes(StringArray::from(vec!["/w=="])));
}

#[test]
fn an_instant_has_no_unit_and_no_zone_but_is_no_local_time() {
    let utc = bytes(TimestampSecondArray::from(vec![1]).with_timezone("UTC"));
    assert_eq!(utc, bytes(TimestampMicrosecondArray::from(vec![1_000_000]).with_timezone("Europe/Paris")));
    assert_eq!(utc, bytes(StringArray::from(vec!["1970-01-01T00:00:01Z"])));
    assert_ne!(utc, bytes(TimestampSecondArray::from(vec![1])));
}

#[test]
fn json_text_is_the_value_that_it_spells() {
    assert_eq!(json(&[r#"{"b":[1,2.0],"a":"\u0041"}"#]), json(&[r#" { "a" : "A", "b" : [ 1.0, 2 ] } "#]));
    assert_ne!(json(&["[1,2]"]), json(&["[2,1]"]));
    assert_ne!(json(&["null"]), json(&["\"null\""]));
    assert_ne!(json(&["{]"]), json(&["\"{]\""]));
}

fn map(keys: &[&str], values: &[i64]) -> MapArray {
    let fields =
        Fields::from(vec![Field::new("key", DataType::Utf8, false), Field::new("value", DataType::Int64, true)]);
    let columns: Vec<ArrayRef> =
        vec![Arc::new(StringArray::from(keys.to_vec())), Arc::new(Int64Array::from(values.to_vec()))];
    let entries = StructArray::new(fields.clone(), columns, None);
    let field = Arc::new(Field::new("entries", DataType::Struct(fields), false));
    MapArray::new(field, OffsetBuffer::from_lengths([keys.len()]), entries, None, false)
}

#[test]
fn a_map_has_no_order_and_is_an_object() {
    let one = bytes(map(&["b", "a"], &[1, 2]));
    assert_eq!(one, bytes(map(&["a", "b"], &[2, 1])));
    assert_ne!(one, bytes(map(&["a", "b"], &[1, 2])));
    assert_eq!(one, json(&[r#"{"a":2,"b":1}"#]));
    assert_ne!(bytes(map(&["a", "a"], &[1, 2])), bytes(map(&["a", "a"], &[2, 1])));
}

#[test]
fn a_branch_counts_only_where_the_value_does_not_tell_it() {
    let union = |other: DataType, id: i8, ints: Vec<i32>, others: ArrayRef| {
        let fields =
            [(0, Arc::new(Field::new("x", DataType::Int32, true))), (1, Arc::new(Field::new("y", other, true)))];
        let ints: ArrayRef = Arc::new(arrow_array::Int32Array::from(ints));
        let offsets = Some(vec![0].into());
        let fields: UnionFields = fields.into_iter().collect();
        bytes(UnionArray::try_new(fields, vec![id].into(), offsets, vec![ints, others]).unwrap())
    };
    let text: ArrayRef = Arc::new(StringArray::from(vec!["s"]));
    assert_eq!(union(DataType::Utf8, 0, vec![7], text.clone()), bytes(Int64Array::from(vec![7])));
    assert_eq!(union(DataType::Utf8, 1, vec![7], text), bytes(StringArray::from(vec!["s"])));
    let long: ArrayRef = Arc::new(Int64Array::from(vec![7]));
    let (first, second) = (union(DataType::Int64, 0, vec![7], long.clone()), union(DataType::Int64, 1, vec![7], long));
    assert_ne!(first, second);
}

#[test]
fn where_a_branch_is_lost_those_inside_of_it_are_too() {
    let one_row = |id: i8, children: Vec<(DataType, ArrayRef)>| {
        let numbered = (0_i8..).zip(&children);
        let fields: UnionFields =
            numbered.map(|(id, (kind, _))| (id, Arc::new(Field::new(format!("c{id}"), kind.clone(), true)))).collect();
        let arrays = children.into_iter().map(|(_, array)| array).collect();
        let offsets = Some(vec![0].into());
        Arc::new(UnionArray::try_new(fields, vec![id].into(), offsets, arrays).unwrap()) as ArrayRef
    };
    let typed = |array: ArrayRef| (array.data_type().clone(), array);
    let long = |value: i64| typed(Arc::new(Int64Array::from(vec![value])));
    let inner = |value: i64| typed(one_row(1, vec![long(0), long(value)]));
    // 5 of a branch of the inner union, and of the outer one.
    let deep = one_row(1, vec![long(0), inner(5)]);
    let flat = one_row(0, vec![long(5), inner(0)]);
    let field = Field::new("a", deep.data_type().clone(), true);
    let strict = |array: &ArrayRef| bytes_with(field.clone(), array.clone(), &Relaxed::default());
    assert_ne!(strict(&deep), strict(&flat));
    let mut relaxed = Relaxed::default();
    assert!(relaxed.allow(Code::UnionTag, "a"));
    let loose = |array: &ArrayRef| bytes_with(field.clone(), array.clone(), &relaxed);
    assert_eq!(loose(&deep), loose(&flat));
    assert_ne!(loose(&deep), loose(&one_row(0, vec![long(6), inner(0)])));
}

#[test]
fn an_accepted_loss_is_left_out_and_nothing_else() {
    let lists = || {
        let values = vec![Some(vec![Some(1)]), Some(vec![]), None];
        ListArray::from_iter_primitive::<arrow_array::types::Int64Type, _, _>(values)
    };
    let strict = bytes(lists());
    assert_ne!(strict[1], strict[2]);
    let mut relaxed = Relaxed::default();
    assert!(relaxed.allow(Code::NullList, "a"));
    let field = Field::new("a", lists().data_type().clone(), true);
    let loose = bytes_with(field.clone(), Arc::new(lists()), &relaxed);
    assert_eq!(loose[1], loose[2]);
    assert_ne!(loose[0], loose[1]);
    let mut elsewhere = Relaxed::default();
    assert!(elsewhere.allow(Code::NullList, "b"));
    assert_eq!(bytes_with(field, Arc::new(lists()), &elsewhere), strict);
    assert!(!relaxed.allow(Code::IntRange, "a"));
}
