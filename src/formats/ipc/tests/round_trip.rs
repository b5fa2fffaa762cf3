//! What is written is read back, type and values.

use std::sync::Arc;

use arrow_array::{ArrayRef, BooleanArray, LargeStringArray, RecordBatch, StringArray};
use arrow_schema::{Field, Schema};

use crate::format::{Compression, Format, ReadOptions, WriteOptions};
use crate::formats::ipc::FORMAT;
use crate::formats::testing::{bytes, concat, exec, read, write};
use crate::formats::testing_batches::{Random, leaf_types, random_array, random_batch};

fn options(pairs: &[(&str, &str)]) -> WriteOptions {
    let mut options = WriteOptions::default();
    for (name, value) in pairs {
        options.settings.set(*name, *value);
    }
    options
}

#[track_caller]
fn returns(batch: &RecordBatch, options: &WriteOptions) {
    let (data, report) = write(&FORMAT, &batch.schema(), std::slice::from_ref(batch), options, 1)
        .unwrap_or_else(|error| panic!("{error:?}\n{}", batch.schema()));
    assert_eq!(report.records_out, batch.num_rows() as u64);
    let (schema, batches) = read(&FORMAT, bytes(data), &ReadOptions::default(), 1)
        .unwrap_or_else(|error| panic!("{error:?}\n{}", batch.schema()));
    assert_eq!(schema, batch.schema());
    let back = concat(&schema, &batches);
    assert_eq!(back.num_rows(), batch.num_rows());
    for (index, field) in schema.fields().iter().enumerate() {
        let (got, expected) = (back.column(index), batch.column(index));
        assert!(got.to_data() == expected.to_data(), "{field:?}\ngot {got:?}\nexpected {expected:?}");
    }
}

#[test]
fn every_leaf_type() {
    let mut random = Random(7);
    for data_type in leaf_types() {
        for nullable in [true, false] {
            let array = random_array(&mut random, &data_type, 50, nullable);
            let schema = Schema::new(vec![Field::new("c", data_type.clone(), nullable)]);
            returns(&RecordBatch::try_new(Arc::new(schema), vec![array]).unwrap(), &WriteOptions::default());
        }
    }
}

#[test]
fn random_nested_batches() {
    let settings: [&[(&str, &str)]; 3] =
        [&[("layout", "file")], &[("layout", "stream")], &[("layout", "stream"), ("batch-rows", "7")]];
    for seed in 1..400u64 {
        let mut random = Random(seed * 0x9e37_79b9);
        let rows = random.below(40);
        let columns = random.below(4);
        let batch = random_batch(&mut random, columns, 3, rows);
        returns(&batch, &options(settings[seed as usize % 3]));
        if rows > 4 {
            returns(&batch.slice(2, rows - 3), &options(settings[seed as usize % 3]));
        }
    }
}

#[test]
fn a_large_message_is_read_in_parts() {
    let texts: StringArray = (0..30_000).map(|row| (row % 3 != 0).then(|| format!("{row:01000}"))).collect();
    let flags: BooleanArray = (0..30_000).map(|row| Some(row % 5 == 0)).collect();
    let columns: Vec<ArrayRef> = vec![Arc::new(texts), Arc::new(flags)];
    let fields: Vec<Field> =
        columns.iter().zip(["t", "f"]).map(|(array, name)| Field::new(name, array.data_type().clone(), true)).collect();
    let batch = RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).unwrap();
    for (layout, codec) in [("file", "none"), ("stream", "none"), ("file", "zstd")] {
        let mut options = options(&[("layout", layout), ("batch-rows", "100000")]);
        options.compression = Some(Compression { codec: codec.into(), level: None });
        let (data, _) = write(&FORMAT, &batch.schema(), std::slice::from_ref(&batch), &options, 2).unwrap();
        let exec = exec(2);
        let mut reader = FORMAT.open(bytes(data.clone()), &ReadOptions::default(), &exec).unwrap();
        let chunks = std::iter::from_fn(|| reader.next_chunk().unwrap()).count();
        assert!(chunks > 1 || codec == "zstd", "{chunks} chunks");
        for threads in 1..=3 {
            let (schema, batches) = read(&FORMAT, bytes(data.clone()), &ReadOptions::default(), threads).unwrap();
            assert_eq!(concat(&schema, &batches), batch);
        }
    }
}

#[test]
fn record_batches_have_the_rows_asked_for_or_take_little_memory() {
    let text = "x".repeat(1 << 10);
    let column: ArrayRef = Arc::new(StringArray::from(vec![text.as_str(); 5000]));
    let batch = RecordBatch::try_from_iter([("text", column)]).unwrap();
    let written = |settings: &[(&str, &str)]| -> Vec<usize> {
        let (data, _) = write(&FORMAT, &batch.schema(), &vec![batch.clone(); 10], &options(settings), 2).unwrap();
        let batches = arrow_ipc::reader::FileReader::try_new(std::io::Cursor::new(data), None).unwrap();
        batches.map(|batch| batch.unwrap().num_rows()).collect()
    };
    assert_eq!(written(&[("batch-rows", "50000")]), [50_000]);
    // 24 MiB, of a kilobyte and a little more.
    assert_eq!(written(&[]), [25_000, 25_000]);
}

#[test]
fn decimals_beyond_their_type_are_refused() {
    let decimals = arrow_array::Decimal128Array::from(vec![Some(999), None, Some(-1000)]);
    let column: ArrayRef = Arc::new(decimals.with_precision_and_scale(3, 1).unwrap());
    let batch = RecordBatch::try_from_iter([("price", column)]).unwrap();
    let first = std::slice::from_ref(&batch);
    let error = write(&FORMAT, &batch.schema(), first, &WriteOptions::default(), 1).expect_err("-100.0");
    assert_eq!(error.code(), Some(crate::Code::DecimalPrecision));
    assert_eq!((error.origin().record, error.origin().column.as_deref()), (Some(2), Some("price")));
    returns(&batch.slice(0, 2), &WriteOptions::default());
}

/// Much that is not ASCII: text is looked at by other means then.
#[test]
fn text_in_many_alphabets() {
    let texts = ["日本語のテキスト、二十文字を超える長さ", "", "plain", "Привет, мир! Как дела?", "😀😀😀😀😀😀😀😀"];
    let rows = || (0..3000).map(|row: usize| (row % 7 != 3).then(|| texts[row % texts.len()].repeat(row % 5)));
    let column: ArrayRef = Arc::new(rows().collect::<StringArray>());
    let large: ArrayRef = Arc::new(rows().collect::<LargeStringArray>());
    let batch = RecordBatch::try_from_iter([("text", column), ("large", large)]).unwrap();
    for codec in [None, Some("zstd"), Some("lz4")] {
        let compression = codec.map(|codec| Compression { codec: codec.to_owned(), level: None });
        for layout in ["file", "stream"] {
            let options = WriteOptions { compression: compression.clone(), ..options(&[("layout", layout)]) };
            returns(&batch, &options);
            returns(&batch.slice(5, 1000), &options);
            returns(&batch.slice(0, 0), &options);
        }
    }
}
