use arrow::compute::{cast, concat};
use arrow_array::types::Int32Type;
use arrow_array::{Int32Array, ListArray, RunArray, StringArray, StructArray};
use arrow_buffer::{NullBuffer, OffsetBuffer};
use arrow_schema::Fields;

use super::*;

/// So many different texts, then again the first, and a null.
fn words(count: usize) -> ArrayRef {
    let texts = (0..count).map(|word| Some(format!("w{word}"))).chain([Some("w0".to_owned()), None]);
    Arc::new(texts.collect::<StringArray>())
}

fn dictionary(key: DataType) -> DataType {
    DataType::Dictionary(Box::new(key), Box::new(DataType::Utf8))
}

/// The rows of the column in parts, read with wide keys, as values; and how many rows each part has.
#[track_caller]
fn parts_of(column: &ArrayRef, data_type: &DataType) -> Vec<usize> {
    let schema = Arc::new(Schema::new(vec![Field::new("c", data_type.clone(), true)]));
    let wide = widened(&schema).unwrap();
    let records = RecordBatch::try_new(wide, vec![column.clone()]).unwrap();
    let parts = narrowed(&records, &schema).unwrap();
    let columns: Vec<ArrayRef> = parts.iter().map(|part| plain(part.column(0))).collect();
    let columns: Vec<&dyn Array> = columns.iter().map(|column| column.as_ref()).collect();
    assert_eq!(concat(&columns).unwrap().as_ref(), plain(column).as_ref());
    assert!(parts.iter().all(|part| part.schema() == schema));
    parts.iter().map(RecordBatch::num_rows).collect()
}

/// A column, or what a struct, a list or runs hold, without dictionaries.
fn plain(column: &ArrayRef) -> ArrayRef {
    match column.data_type() {
        DataType::Dictionary(_, values) => cast(column, values).unwrap(),
        DataType::Struct(_) => plain(column.as_struct().column(0)),
        DataType::List(_) => {
            let list = column.as_list::<i32>();
            let item = Arc::new(Field::new_list_field(DataType::Utf8, true));
            Arc::new(ListArray::new(item, list.offsets().clone(), plain(list.values()), list.nulls().cloned()))
        }
        DataType::RunEndEncoded(_, _) => {
            let runs = column.as_run::<Int32Type>();
            let rows: UInt32Array = (0..runs.len()).map(|row| runs.get_physical_index(row) as u32).collect();
            take(&plain(runs.values()), &rows, None).unwrap()
        }
        _ => column.clone(),
    }
}

#[test]
fn batches_of_more_values_than_keys_become_several() {
    for (key, most) in [(DataType::Int8, 128), (DataType::UInt8, 256), (DataType::Int16, 1 << 15)] {
        let column = cast(&words(most), &dictionary(DataType::Int32)).unwrap();
        assert_eq!(parts_of(&column, &dictionary(key.clone())), [most + 2], "{key}");
        let column = cast(&words(most + 1), &dictionary(DataType::Int32)).unwrap();
        assert_eq!(parts_of(&column, &dictionary(key.clone())), [(most + 3) / 2, (most + 3).div_ceil(2)], "{key}");
        // Many values of which few are used.
        assert_eq!(parts_of(&column.slice(1, most), &dictionary(key.clone())), [most], "{key}");
    }
    let column = cast(&words(1000), &dictionary(DataType::Int32)).unwrap();
    assert_eq!(parts_of(&column, &dictionary(DataType::UInt16)), [1002]);
    assert_eq!(parts_of(&column, &dictionary(DataType::Int8)).len(), 8);
}

#[test]
fn at_every_depth() {
    let column = cast(&words(298), &dictionary(DataType::Int32)).unwrap();
    let field = |key: DataType| Arc::new(Field::new_list_field(dictionary(key), true));
    let nulls = NullBuffer::from((0..300).map(|row| row % 7 != 3).collect::<Vec<_>>());
    let group = StructArray::new(Fields::from(vec![field(DataType::Int32)]), vec![column.clone()], None);
    let target = DataType::Struct(vec![field(DataType::Int8)].into());
    assert!(parts_of(&(Arc::new(group) as ArrayRef), &target).len() > 2);
    let lengths = (0..100).map(|row| (row % 2) * 6);
    let nulls = Some(nulls.slice(0, 100));
    let list = ListArray::new(field(DataType::Int32), OffsetBuffer::from_lengths(lengths), column.clone(), nulls);
    assert!(parts_of(&(Arc::new(list) as ArrayRef), &DataType::List(field(DataType::Int8))).len() > 2);
    let ends = Int32Array::from_iter_values((1..=300).map(|end| end * 2));
    let runs: ArrayRef = Arc::new(RunArray::<Int32Type>::try_new(&ends, &column).unwrap());
    let DataType::RunEndEncoded(ends, values) = runs.data_type().clone() else { panic!("runs") };
    let target =
        DataType::RunEndEncoded(ends, Arc::new(Field::clone(&values).with_data_type(dictionary(DataType::Int8))));
    assert!(parts_of(&runs, &target).len() > 2);
}

#[test]
fn a_record_of_too_many_values_is_refused() {
    let column = cast(&words(129), &dictionary(DataType::Int32)).unwrap();
    let item = |key: DataType| Arc::new(Field::new_list_field(dictionary(key), true));
    let list = ListArray::new(item(DataType::Int32), OffsetBuffer::from_lengths([1, 130]), column, None);
    let schema = Arc::new(Schema::new(vec![Field::new("c", DataType::List(item(DataType::Int8)), true)]));
    let records = RecordBatch::try_new(widened(&schema).unwrap(), vec![Arc::new(list)]).unwrap();
    let error = narrowed(&records, &schema).unwrap_err();
    assert_eq!((error.code(), error.origin().record), (Some(Code::IntRange), Some(1)));
}

#[test]
fn other_schemas_are_left_as_they_are() {
    let fields = vec![Field::new("a", dictionary(DataType::Int32), true), Field::new("b", DataType::Utf8, true)];
    assert_eq!(widened(&Schema::new(fields)), None);
}
