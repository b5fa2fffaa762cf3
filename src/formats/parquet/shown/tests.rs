use arrow_array::types::Int32Type;
use arrow_array::{Decimal128Array, FixedSizeListArray, ListArray, ListViewArray, StringArray, TimestampSecondArray};
use arrow_buffer::ScalarBuffer;
use arrow_schema::{Field, Fields};

use super::*;
use crate::code::Code;
use crate::formats::parquet::FORMAT;
use crate::formats::testing::comes_back;

/// The code of the error and its record; none if the column is written, and comes back as it was.
#[track_caller]
fn written(array: &ArrayRef) -> Option<(Option<Code>, Option<u64>)> {
    comes_back(&FORMAT, array).err().map(|error| (error.code(), error.origin().record))
}

/// Six values of which the fourth cannot be stored.
fn numbers() -> [(ArrayRef, Code); 3] {
    let decimals = |scale| Decimal128Array::from(vec![1, 2, 3, i128::MAX, 5, 6]).with_precision_and_scale(30, scale);
    [
        (Arc::new(decimals(-8).unwrap()), Code::DecimalPrecision),
        // As text.
        (Arc::new(decimals(-100).unwrap()), Code::DecimalPrecision),
        (Arc::new(TimestampSecondArray::from(vec![1, 2, 3, i64::MAX, 5, 6])), Code::TimestampRange),
    ]
}

/// The lists of the values: of two, one and three, the value in the middle one, in all layouts.
fn lists(values: &ArrayRef, nulls: Option<NullBuffer>, nullable: bool) -> Vec<ArrayRef> {
    let item = Arc::new(Field::new("item", values.data_type().clone(), nullable));
    let offsets = OffsetBuffer::new(ScalarBuffer::from(vec![0, 3, 4, 6]));
    let views =
        ListViewArray::new(item.clone(), vec![4, 3, 0].into(), vec![2, 1, 3].into(), values.clone(), nulls.clone());
    let pair = Fields::from(vec![Field::new("key", DataType::Utf8, false), item.as_ref().clone().with_name("value")]);
    let keys: ArrayRef = Arc::new(StringArray::from(vec!["a", "b", "c", "d", "e", "f"]));
    let entries = StructArray::new(pair.clone(), vec![keys, values.clone()], None);
    let entry = Arc::new(Field::new("entries", DataType::Struct(pair), false));
    vec![
        Arc::new(ListArray::new(item.clone(), offsets.clone(), values.clone(), nulls.clone())),
        Arc::new(views),
        Arc::new(FixedSizeListArray::new(item, 2, values.clone(), nulls.clone())),
        Arc::new(MapArray::new(entry, offsets, entries, nulls, false)),
    ]
}

#[test]
fn what_stands_under_null_lists_is_not_stored() {
    let second = Some(NullBuffer::from(vec![true, false, true]));
    for (values, code) in numbers() {
        for nullable in [true, false] {
            for list in lists(&values, second.clone(), nullable) {
                assert_eq!(written(&list), None, "{}", list.data_type());
                // Also farther down.
                let inner = Arc::new(Field::new("item", list.data_type().clone(), true));
                let outer = ListArray::new(inner, OffsetBuffer::new(ScalarBuffer::from(vec![0, 1, 3])), list, None);
                assert_eq!(written(&(Arc::new(outer) as ArrayRef)), None);
            }
        }
        for list in lists(&values, None, true) {
            assert_eq!(written(&list), Some((Some(code), Some(1))), "{}", list.data_type());
            let field = Field::new("l", list.data_type().clone(), true);
            let group = StructArray::new(vec![field].into(), vec![list], second.clone());
            assert_eq!(written(&(Arc::new(group) as ArrayRef)), None);
        }
    }
}

#[test]
fn deep_nulls_do_not_multiply_the_work() {
    // A value that cannot be stored, below many levels with nulls of their own.
    let mut array: ArrayRef = Arc::new(TimestampSecondArray::from(vec![i64::MAX, 1]));
    for _ in 0..40 {
        let field = Field::new("s", array.data_type().clone(), true);
        let nulls = Some(NullBuffer::from(vec![true, false]));
        array = Arc::new(StructArray::new(vec![field].into(), vec![array], nulls));
    }
    assert_eq!(written(&array), Some((Some(Code::TimestampRange), Some(0))));
}

#[test]
fn rows_stay_what_they_are() {
    let rows = [Some(vec![Some(1), None]), None, Some(vec![]), Some(vec![Some(3)])];
    let list: ArrayRef = Arc::new(ListArray::from_iter_primitive::<Int32Type, _, _>(rows));
    let item = Arc::new(Field::new_list_field(DataType::Int32, true));
    for kind in [DataType::List(item.clone()), DataType::LargeList(item.clone()), DataType::ListView(item)] {
        let array = arrow::compute::cast(&list, &kind).unwrap();
        assert_eq!(&shown(&array).unwrap(), &array);
        assert_eq!(&shown(&array.slice(1, 3)).unwrap(), &array.slice(1, 3));
    }
}
