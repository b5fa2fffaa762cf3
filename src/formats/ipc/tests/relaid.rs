//! What other writers may write, and the crate alone would not read.

use std::sync::Arc;

use arrow_array::types::{Int32Type, Int64Type};
use arrow_array::{Array, ArrayRef, Int32Array, ListArray, RecordBatch, RunArray, StringArray, StringViewArray};
use arrow_ipc::MetadataVersion;
use arrow_ipc::writer::{IpcWriteOptions, StreamWriter};
use arrow_schema::{DataType, Field};

use crate::error::ErrorKind;
use crate::format::{ReadOptions, WriteOptions};
use crate::formats::ipc::FORMAT;
use crate::formats::testing::{bytes, concat, read, rows, write};

fn replaced<const N: usize>(data: &mut [u8], wanted: [i64; N], by: [i64; N]) {
    let (wanted, by) = (wanted.map(i64::to_le_bytes).concat(), by.map(i64::to_le_bytes).concat());
    let at = data.windows(wanted.len()).rposition(|bytes| bytes == wanted).expect("there");
    data[at..at + by.len()].copy_from_slice(&by);
}

#[test]
fn offsets_of_nothing_are_any() {
    let list = ListArray::from_iter_primitive::<Int32Type, _, _>([Some([1, 2, 3, 4, 5].map(Some))]);
    let batch = RecordBatch::try_from_iter_with_nullable([("l", Arc::new(list) as ArrayRef, true)]).unwrap();
    let mut options = WriteOptions::default();
    options.settings.set("layout", "stream");
    let (data, _) = write(&FORMAT, &batch.schema(), std::slice::from_ref(&batch), &options, 1).unwrap();
    let offsets = [0_i32, 5].map(i32::to_le_bytes).concat();
    let at = data.windows(8).rposition(|bytes| bytes == offsets).unwrap();
    let emptied = |first: i32, values: i64| {
        let mut data = data.clone();
        data[at..at + 4].copy_from_slice(&first.to_le_bytes());
        // The list has no rows: its array, that of its values, and the batch.
        replaced(&mut data, [1, 0, 5, 0], [0, 0, values, 0]);
        replaced(&mut data[..at], [1], [0]);
        read(&FORMAT, bytes(data), &ReadOptions::default(), 1)
    };
    for (first, values) in [(0, 0), (5, 5), (5, 0), (i32::MAX, 0)] {
        let (schema, batches) = emptied(first, values).unwrap_or_else(|error| panic!("{first}: {error}"));
        assert_eq!((schema, rows(&batches)), (batch.schema(), 0));
    }
    // Where there are rows, the first offset counts.
    let mut damaged = data.clone();
    damaged[at..at + 4].copy_from_slice(&7_i32.to_le_bytes());
    let error = read(&FORMAT, bytes(damaged), &ReadOptions::default(), 1).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Malformed);
}

#[test]
fn runs_under_the_fourth_version_of_the_metadata() {
    let ends = Int32Array::from(vec![2, 3]);
    let texts: ArrayRef = Arc::new(RunArray::<Int32Type>::try_new(&ends, &StringArray::from(vec!["x", "y"])).unwrap());
    let views = StringViewArray::from(vec![Some("longer than twelve bytes"), None]);
    let views: ArrayRef = Arc::new(RunArray::<Int32Type>::try_new(&ends, &views).unwrap());
    let item = Arc::new(Field::new("item", texts.data_type().clone(), true));
    let offsets = arrow_buffer::OffsetBuffer::from_lengths([2, 0, 1]);
    let list: ArrayRef = Arc::new(ListArray::try_new(item, offsets, texts.clone(), None).unwrap());
    let numbers: ArrayRef = Arc::new(arrow_array::PrimitiveArray::<Int64Type>::from(vec![Some(1), None, Some(3)]));
    let columns = [("a", numbers.clone(), true), ("t", texts, true), ("v", views, true), ("l", list, true)];
    let batch = RecordBatch::try_from_iter_with_nullable(columns.into_iter().chain([("b", numbers, true)])).unwrap();
    assert!(matches!(batch.column(1).data_type(), DataType::RunEndEncoded(..)));
    for version in [MetadataVersion::V4, MetadataVersion::V5] {
        let options = IpcWriteOptions::try_new(8, false, version).unwrap();
        let mut writer = StreamWriter::try_new_with_options(Vec::new(), &batch.schema(), options).unwrap();
        writer.write(&batch).unwrap();
        let data = writer.into_inner().unwrap();
        let (schema, batches) = read(&FORMAT, bytes(data), &ReadOptions::default(), 1).unwrap();
        assert_eq!(concat(&schema, &batches), batch, "{version:?}");
    }
}
