//! Dictionaries that change from batch to batch.

use std::sync::Arc;

use arrow_array::types::{Int8Type, Int32Type};
use arrow_array::{Array, ArrayRef, DictionaryArray, Int32Array, Int64Array, RecordBatch, StringArray, UnionArray};
use arrow_buffer::ScalarBuffer;
use arrow_schema::{DataType, Field, Schema, UnionFields};

use crate::code::Code;
use crate::format::{ReadOptions, WriteOptions};
use crate::formats::ipc::FORMAT;
use crate::formats::testing::{bytes, concat, read, write};
use crate::formats::testing_batches::{Random, random_batch};

fn options(layout: &str, rows: &str) -> WriteOptions {
    let mut options = WriteOptions::default();
    options.settings.set("layout", layout).set("batch-rows", rows);
    options
}

fn batch(column: ArrayRef) -> RecordBatch {
    let schema = Schema::new(vec![Field::new("d", column.data_type().clone(), true)]);
    RecordBatch::try_new(Arc::new(schema), vec![column]).unwrap()
}

#[test]
fn change_in_files_and_streams() {
    let column =
        |text: &[Option<&str>]| -> ArrayRef { Arc::new(text.iter().copied().collect::<DictionaryArray<Int32Type>>()) };
    let batches = [
        batch(column(&[Some("a"), Some("b"), None])),
        batch(column(&[Some("b"), Some("c"), Some("a")])),
        batch(column(&[Some(""), None, Some("c")])),
    ];
    let schema = batches[0].schema();
    for layout in ["file", "stream"] {
        for rows in ["1", "2", "3", "100"] {
            let (data, _) = write(&FORMAT, &schema, &batches, &options(layout, rows), 2).unwrap();
            let (read_schema, back) = read(&FORMAT, bytes(data), &ReadOptions::default(), 2).unwrap();
            assert_eq!(read_schema, schema);
            assert_eq!(concat(&schema, &back), concat(&schema, &batches), "{layout} {rows}");
        }
    }
}

#[test]
fn more_values_than_keys_count() {
    let names: Vec<String> = (0..200).map(|number| format!("v{number}")).collect();
    let batches: Vec<RecordBatch> = (names.chunks(100))
        .map(|names| {
            let column: DictionaryArray<Int8Type> = names.iter().map(|name| Some(name.as_str())).collect();
            batch(Arc::new(column))
        })
        .collect();
    let schema = batches[0].schema();
    assert_eq!(schema.field(0).data_type(), &DataType::Dictionary(Box::new(DataType::Int8), Box::new(DataType::Utf8)));
    let error = write(&FORMAT, &schema, &batches, &options("file", "100"), 1).unwrap_err();
    assert_eq!(error.code(), Some(Code::IntRange));
    assert_eq!((error.origin().record, error.origin().column.as_deref()), (Some(128), Some("d")));
    assert_eq!(error.ways(), Some(&[][..]), "no value can be altered here");
    let (data, _) = write(&FORMAT, &schema, &batches, &options("stream", "100"), 1).unwrap();
    let (_, back) = read(&FORMAT, bytes(data), &ReadOptions::default(), 1).unwrap();
    assert_eq!(back, batches);
}

#[test]
fn same_bytes_for_any_number_of_threads() {
    let batch = random_batch(&mut Random(4242), 8, 2, 300);
    let parts: Vec<RecordBatch> = (0..6).map(|part| batch.slice(part * 50, 50)).collect();
    for layout in ["file", "stream"] {
        let mut options = options(layout, "40");
        options.compression = Some("zstd".parse().unwrap());
        let of = |threads| write(&FORMAT, &batch.schema(), &parts, &options, threads).unwrap().0;
        let one = of(1);
        assert!(one == of(2) && one == of(8), "{layout}");
        let (_, back) = read(&FORMAT, bytes(one), &ReadOptions::default(), 2).unwrap();
        assert_eq!(concat(&batch.schema(), &back), batch);
    }
}

/// A column that has no nulls, and keys that point to one.
#[test]
fn a_null_among_the_values_is_one_of_the_column() {
    let values: ArrayRef = Arc::new(StringArray::from(vec![Some("a"), None]));
    let column = |keys: Vec<i32>, nullable: bool| {
        let words = DictionaryArray::new(Int32Array::from(keys), values.clone());
        let schema = Arc::new(Schema::new(vec![Field::new("d", words.data_type().clone(), nullable)]));
        RecordBatch::try_new(schema, vec![Arc::new(words)]).unwrap()
    };
    let batches = [column(vec![0, 0], false), column(vec![0, 0, 1], false)];
    let schema = batches[0].schema();
    for layout in ["file", "stream"] {
        let error = write(&FORMAT, &schema, &batches, &options(layout, "100"), 1).unwrap_err();
        assert_eq!(error.code(), Some(Code::Null), "{error:?}");
        assert_eq!((error.origin().record, error.origin().column.as_deref()), (Some(4), Some("d")));
    }
    // Nobody points to it, or the column has nulls.
    for batch in [column(vec![0, 0], false), column(vec![0, 1], true)] {
        let written = write(&FORMAT, &batch.schema(), std::slice::from_ref(&batch), &options("file", "9"), 1);
        let (_, back) = read(&FORMAT, bytes(written.unwrap().0), &ReadOptions::default(), 1).unwrap();
        assert_eq!(back[0].column(0).logical_null_count(), batch.column(0).logical_null_count());
    }
}

/// The values of an unused dictionary: no row, and offsets of no row.
#[test]
fn of_unions_that_are_empty() {
    let fields = UnionFields::from_iter([(0, Arc::new(Field::new("x", DataType::Int64, true)))]);
    for offsets in [Some(ScalarBuffer::from(Vec::<i32>::new())), None] {
        let child: ArrayRef = Arc::new(Int64Array::from(Vec::<i64>::new()));
        let union = UnionArray::try_new(fields.clone(), Vec::<i8>::new().into(), offsets, vec![child]).unwrap();
        let unused: ArrayRef = Arc::new(DictionaryArray::new(Int32Array::from(vec![None]), Arc::new(union)));
        for layout in ["file", "stream"] {
            let batch = batch(unused.clone());
            let rows = std::slice::from_ref(&batch);
            let (data, _) = write(&FORMAT, &batch.schema(), rows, &options(layout, "9"), 1).unwrap();
            let (schema, back) = read(&FORMAT, bytes(data), &ReadOptions::default(), 1).unwrap();
            assert_eq!((&schema, back[0].num_rows()), (&batch.schema(), 1));
            assert!(back[0].column(0).is_null(0));
        }
    }
}

/// Which of its values have a place already is known from one batch to the next.
#[test]
fn one_dictionary_in_many_batches() {
    let values: ArrayRef = Arc::new(StringArray::from(vec![Some("a"), Some("b"), None, Some("c"), Some("a")]));
    let column = |keys: Vec<Option<i32>>, values: &ArrayRef| -> ArrayRef {
        Arc::new(DictionaryArray::<Int32Type>::try_new(keys.into(), values.clone()).unwrap())
    };
    let same = Arc::new(StringArray::from(vec!["c", "d", "b", "a", "x"])) as ArrayRef;
    let in_place = Arc::new(StringArray::from(vec!["b", "a"])) as ArrayRef;
    let batches = [
        batch(column(vec![Some(1), None, Some(2), Some(1)], &values)),
        batch(column(vec![Some(4), Some(0), Some(1)], &values)),
        batch(column(vec![Some(4), Some(0), Some(1)], &same)),
        batch(column(vec![None, Some(3), Some(0)], &values)),
        // The order of first use is that of the dictionary: keys that hold as they are, behind the first batch.
        batch(column(vec![Some(1), Some(0)], &in_place)),
        batch(column(vec![Some(0), Some(1), Some(1)], &in_place)),
        batch(column(vec![Some(1), None, Some(0)], &in_place)),
        batch(column(vec![Some(0), Some(1), Some(1)], &in_place).slice(1, 2)),
    ];
    let schema = batches[0].schema();
    let texts = |batches: &[RecordBatch]| {
        let columns = batches.iter().map(|batch| arrow::compute::cast(batch.column(0), &DataType::Utf8).unwrap());
        let columns: Vec<ArrayRef> = columns.collect();
        let columns: Vec<&dyn Array> = columns.iter().map(AsRef::as_ref).collect();
        arrow::compute::concat(&columns).unwrap()
    };
    for rows in ["2", "3", "100"] {
        let (data, _) = write(&FORMAT, &schema, &batches, &options("file", rows), 2).unwrap();
        let (_, back) = read(&FORMAT, bytes(data), &ReadOptions::default(), 2).unwrap();
        assert_eq!(&texts(&back), &texts(&batches), "{rows}");
    }
}
