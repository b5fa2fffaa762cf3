use std::sync::Arc;

use arrow_array::types::{Int8Type, Int32Type};
use arrow_array::{
    ArrayRef, Decimal32Array, Decimal64Array, Decimal128Array, Decimal256Array, DictionaryArray, FixedSizeListArray,
    Int8Array, Int32Array, ListArray, ListViewArray, MapArray, RunArray, StringArray, StructArray,
};
use arrow_buffer::{NullBuffer, OffsetBuffer, ScalarBuffer, i256};
use arrow_schema::{DataType, Field, Fields};

use super::check;
use crate::code::Code;
use crate::error::Error;
use crate::formats::testing::comes_back;

type Refusal = (Option<Code>, Option<u64>, String);

/// The code of the error, its record and its column; none if all is as the type says. Formats say the same, and what they
/// write comes back as it was.
#[track_caller]
fn written(array: &ArrayRef) -> Option<Refusal> {
    let told = |error: Error| -> Refusal {
        let origin = error.origin();
        (error.code(), origin.record, origin.column.clone().unwrap_or_default())
    };
    let refusal = check(array).map_err(|error| told(error.in_column("c"))).err();
    assert_eq!(comes_back(&crate::formats::parquet::FORMAT, array).map_err(told).err(), refusal, "Parquet");
    assert_eq!(comes_back(&crate::formats::ipc::FORMAT, array).map_err(told).err(), refusal, "Arrow");
    refusal
}

#[track_caller]
fn refused(array: &ArrayRef, record: u64, column: &str) {
    assert_eq!(written(array), Some((Some(Code::DecimalPrecision), Some(record), column.to_owned())));
}

#[track_caller]
fn kept(array: &ArrayRef) {
    assert_eq!(written(array), None);
}

#[test]
fn every_width_is_held_to_its_digits() {
    fn narrow(value: i32) -> ArrayRef {
        Arc::new(Decimal32Array::from(vec![None, Some(99), Some(value)]).with_precision_and_scale(2, 1).unwrap())
    }
    fn long(value: i64) -> ArrayRef {
        Arc::new(Decimal64Array::from(vec![None, Some(-99), Some(value)]).with_precision_and_scale(2, 1).unwrap())
    }
    fn wide(value: i128, digits: u8) -> ArrayRef {
        let values = Decimal128Array::from(vec![None, Some(-99), Some(value)]);
        Arc::new(values.with_precision_and_scale(digits, 1).unwrap())
    }
    fn wider(value: i256, digits: u8, scale: i8) -> ArrayRef {
        let values = Decimal256Array::from(vec![None, Some(i256::from(99)), Some(value)]);
        Arc::new(values.with_precision_and_scale(digits, scale).unwrap())
    }
    for value in [100, -100, 12_345, i32::MIN] {
        refused(&narrow(value), 2, "c");
    }
    for value in [100, -100, -240_518_168_577, i64::MAX] {
        refused(&long(value), 2, "c");
    }
    for (value, digits) in [(100_000, 5), (-10_i128.pow(18), 18), (10_i128.pow(20), 20), (i128::MIN, 38)] {
        refused(&wide(value, digits), 2, "c");
    }
    let power = |digits: u32| i256::from(10).checked_pow(digits).unwrap();
    for (value, digits, scale) in [
        (i256::from_i128((1 << 64) + 3), 5, 1),
        (power(30), 30, 2),
        (power(76), 76, 0),
        // Numbers without the zeros, and text.
        (power(6), 6, -2),
        (power(40), 40, -40),
    ] {
        refused(&wider(value, digits, scale), 2, "c");
    }
    kept(&narrow(-99));
    kept(&long(99));
    kept(&wide(99_999, 5));
    kept(&wide(1 - 10_i128.pow(38), 38));
    kept(&wider(power(76) - i256::ONE, 76, 0));
    kept(&wider(i256::from(-999_999), 6, -2));
    kept(&wider(power(40) - i256::ONE, 40, -40));
}

/// Six numbers of which the fourth is too wide.
fn numbers() -> ArrayRef {
    Arc::new(Decimal64Array::from(vec![1, 2, 3, 1000, 5, 6]).with_precision_and_scale(3, 0).unwrap())
}

fn item(nullable: bool) -> Arc<Field> {
    Arc::new(Field::new("item", DataType::Decimal64(3, 0), nullable))
}

#[test]
fn at_every_depth() {
    let fields = Fields::from(vec![Field::new("d", DataType::Decimal64(3, 0), true)]);
    let group: ArrayRef = Arc::new(StructArray::new(fields.clone(), vec![numbers()], None));
    refused(&group, 3, "c.d");
    let offsets = OffsetBuffer::new(ScalarBuffer::from(vec![0, 2, 2, 6]));
    refused(&(Arc::new(ListArray::new(item(true), offsets.clone(), numbers(), None)) as ArrayRef), 2, "c[]");
    let inner = Arc::new(Field::new("item", group.data_type().clone(), true));
    refused(&(Arc::new(ListArray::new(inner, offsets.clone(), group, None)) as ArrayRef), 2, "c[].d");
    let fixed = FixedSizeListArray::new(item(true), 2, numbers(), None);
    refused(&(Arc::new(fixed) as ArrayRef), 1, "c[]");
    let sizes = ScalarBuffer::from(vec![2, 1, 1]);
    let views = |starts: Vec<i32>| -> ArrayRef {
        Arc::new(ListViewArray::new(item(true), starts.into(), sizes.clone(), numbers(), None))
    };
    refused(&views(vec![4, 0, 3]), 2, "c[]");
    let keys: ArrayRef = Arc::new(StringArray::from(vec!["a", "b", "c", "d", "e", "f"]));
    let pair = Fields::from(vec![
        Field::new("key", DataType::Utf8, false),
        Field::new("value", DataType::Decimal64(3, 0), true),
    ]);
    let entries = StructArray::new(pair.clone(), vec![keys, numbers()], None);
    let entry = Arc::new(Field::new("entries", DataType::Struct(pair), false));
    refused(&(Arc::new(MapArray::new(entry, offsets, entries, None, false)) as ArrayRef), 2, "c.value");
    let keys = Int8Array::from(vec![0, 5, 3, 3]);
    refused(&(Arc::new(DictionaryArray::<Int8Type>::new(keys, numbers())) as ArrayRef), 2, "c");
    let ends = Int32Array::from(vec![1, 3, 5, 6, 7, 9]);
    refused(&(Arc::new(RunArray::<Int32Type>::try_new(&ends, &numbers()).unwrap()) as ArrayRef), 5, "c");
}

#[test]
fn what_is_no_value_is_not_looked_at() {
    let wide_is_null = NullBuffer::from(vec![true, true, true, false, true, true]);
    let masked = Decimal64Array::new(ScalarBuffer::from(vec![1, 2, 3, 1000, 5, 6]), Some(wide_is_null.clone()))
        .with_precision_and_scale(3, 0)
        .unwrap();
    kept(&(Arc::new(masked) as ArrayRef));
    let fields = Fields::from(vec![Field::new("d", DataType::Decimal64(3, 0), true)]);
    kept(&(Arc::new(StructArray::new(fields, vec![numbers()], Some(wide_is_null))) as ArrayRef));
    // Beside the lists, and under a null one.
    let offsets = OffsetBuffer::new(ScalarBuffer::from(vec![0, 3]));
    kept(&(Arc::new(ListArray::new(item(true), offsets, numbers(), None)) as ArrayRef));
    let offsets = OffsetBuffer::new(ScalarBuffer::from(vec![0, 3, 4, 6]));
    let second = Some(NullBuffer::from(vec![true, false, true]));
    kept(&(Arc::new(ListArray::new(item(true), offsets, numbers(), second.clone())) as ArrayRef));
    kept(&(Arc::new(FixedSizeListArray::new(item(true), 2, numbers(), second)) as ArrayRef));
}
