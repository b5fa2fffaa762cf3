use arrow_array::{Decimal128Array, Int32Array, Int64Array, UInt64Array};
use arrow_schema::{Field, Schema};

use super::*;

#[test]
fn widens_by_name_and_fills_nulls() {
    let source = Arc::new(Schema::new(vec![Field::new("b", DataType::Int32, false)]));
    let target =
        Arc::new(Schema::new(vec![Field::new("a", DataType::Utf8, true), Field::new("b", DataType::Int64, false)]));
    let records = RecordBatch::try_new(source.clone(), vec![Arc::new(Int32Array::from(vec![1, -2]))]).unwrap();
    let adapted = Adapt::new(&source, &target).unwrap().apply(Batch::new(records)).unwrap().records;
    assert_eq!(adapted.column(0).null_count(), 2);
    assert_eq!(adapted.column(1).as_primitive::<Int64Type>(), &Int64Array::from(vec![1, -2]));
}

#[test]
fn integers_become_decimals_without_floats() {
    let array: ArrayRef = Arc::new(UInt64Array::from(vec![u64::MAX]));
    let wide = widen(&array, &DataType::Decimal128(22, 2)).unwrap();
    let expected = Decimal128Array::from(vec![1_844_674_407_370_955_161_500]).with_precision_and_scale(22, 2).unwrap();
    assert_eq!(wide.as_primitive::<Decimal128Type>(), &expected);
}
