//! Parts of a message have the values that the message has there.

use std::ops::Range;
use std::sync::Arc;

use arrow_array::{Array, ArrayRef, Int64Array, RecordBatch, StringArray};
use arrow_ipc::writer::FileWriter;
use arrow_schema::{DataType, SchemaRef};
use bytes::Bytes;

use crate::error::{ErrorKind, Result};
use crate::format::{Limits, ReadOptions};
use crate::formats::ipc::FORMAT;
use crate::formats::ipc::decode::{BatchChunk, Dictionaries};
use crate::formats::ipc::file::Footer;
use crate::formats::ipc::range::has_parts;
use crate::formats::ipc::stored::Stored;
use crate::formats::testing::{bytes, concat, read};
use crate::formats::testing_batches::{Random, random_batch};
use crate::pipeline::spare::Spare;
use crate::source::Blob;

fn file(batch: &RecordBatch) -> Vec<u8> {
    let mut writer = FileWriter::try_new(Vec::new(), &batch.schema()).unwrap();
    writer.write(batch).unwrap();
    writer.into_inner().unwrap()
}

/// The only message of a file, if it has parts, and the schema of the file.
fn stored(file: &Bytes) -> Result<(Option<Stored>, SchemaRef)> {
    let blob = Blob::bytes(file.clone());
    let footer = Footer::read(&blob)?;
    let stored = Stored::new(&blob, &footer.batches[0], &Arc::new(Spare::new(1 << 20)))?;
    let has_parts = footer.schema.fields().iter().all(|field| has_parts(field.data_type()));
    Ok((has_parts.then_some(stored), footer.schema))
}

/// Rows of a message, decoded from a part.
fn part(stored: &Stored, schema: &SchemaRef, rows: Range<usize>) -> Result<RecordBatch> {
    let framed = stored.part(schema, rows)?;
    let limits = Limits { batch_rows: 16, ..Limits::default() };
    let chunks = BatchChunk::cut(framed, schema.clone(), Arc::new(Dictionaries::default()), limits, "part".into());
    let mut batches = Vec::new();
    for chunk in chunks {
        for batch in chunk.decode()? {
            batches.push(batch?.records);
        }
    }
    Ok(concat(schema, &batches))
}

fn assert_same(got: &RecordBatch, expected: &RecordBatch) {
    assert_eq!(got.num_rows(), expected.num_rows());
    for (index, field) in expected.schema().fields().iter().enumerate() {
        let (got, expected) = (got.column(index), expected.column(index));
        assert!(got.to_data() == expected.to_data(), "{field:?}\ngot {got:?}\nexpected {expected:?}");
    }
}

#[test]
fn any_range_of_random_batches() {
    let mut with_parts = 0;
    for seed in 1..300u64 {
        let mut random = Random(seed * 0x9e37_79b9);
        let rows = 1 + random.below(120);
        let batch = random_batch(&mut random, 2, 3, rows);
        let bytes = Bytes::from(file(&batch));
        let (Some(stored), schema) = stored(&bytes).unwrap() else { continue };
        if schema.flattened_fields().iter().any(|field| matches!(field.data_type(), DataType::Dictionary(..))) {
            continue;
        }
        with_parts += 1;
        assert_eq!(stored.rows().unwrap(), rows);
        for _ in 0..6 {
            let first = random.below(rows + 1);
            let range = first..first + random.below(rows - first + 1);
            assert_same(&part(&stored, &schema, range.clone()).unwrap(), &batch.slice(range.start, range.len()));
        }
        let step = 1 + random.below(rows);
        let parts = (0..rows).step_by(step).map(|first| part(&stored, &schema, first..rows.min(first + step)).unwrap());
        assert_same(&concat(&schema, &parts.collect::<Vec<_>>()), &batch);
    }
    assert!(with_parts > 50, "{with_parts}");
}

#[test]
fn damage_is_refused_or_read() {
    let (mut refused, mut taken) = (0, 0);
    for seed in 1..1500u64 {
        let mut random = Random(seed * 0x9e37_79b9);
        let rows = 1 + random.below(40);
        let batch = random_batch(&mut random, 2, 2, rows);
        let mut bytes = file(&batch);
        for _ in 0..=random.below(3) {
            let at = random.below(bytes.len());
            bytes[at] = random.below(256) as u8;
        }
        let outcome = stored(&Bytes::from(bytes)).and_then(|(stored, schema)| {
            let Some(stored) = stored else { return Ok(()) };
            let rows = stored.rows()?.min(1000);
            part(&stored, &schema, 0..rows / 2)?;
            part(&stored, &schema, rows / 2..rows).map(drop)
        });
        match outcome {
            Ok(()) => taken += 1,
            Err(error) => {
                assert_ne!(error.kind(), ErrorKind::Internal, "{error:?}");
                refused += 1;
            }
        }
    }
    assert!(refused > 50 && taken > 50, "{refused} {taken}");
}

#[test]
fn a_large_message_comes_back() {
    let rows = 1_500_000;
    let ids: ArrayRef = Arc::new(Int64Array::from_iter((0..rows).map(|row| (row % 7 != 3).then_some(row * 3))));
    let texts: ArrayRef = Arc::new(StringArray::from_iter((0..rows).map(|row| {
        let text = "x".repeat(row as usize % 40);
        (row % 11 != 0).then_some(text)
    })));
    let batch = RecordBatch::try_from_iter([("id", ids), ("text", texts)]).unwrap();
    let data = file(&batch);
    assert!(data.len() > 40 << 20, "{}", data.len());
    let (schema, batches) = read(&FORMAT, bytes(data), &ReadOptions::default(), 2).unwrap();
    assert_same(&concat(&schema, &batches), &batch);
}

#[test]
fn buffers_that_share_bytes_are_read_as_a_whole() {
    let rows = 1_000_000_i64;
    let numbers = |from: i64| -> ArrayRef { Arc::new(Int64Array::from_iter_values(from..from + rows)) };
    let mut data = file(&RecordBatch::try_from_iter([("a", numbers(0)), ("b", numbers(7))]).unwrap());
    let (apart, schema) = stored(&Bytes::from(data.clone())).unwrap();
    assert!(apart.unwrap().part_rows(&schema).unwrap().is_some());
    // The second column is moved onto the first, in a buffer as long as the message.
    let words = |offset: i64, length: i64| [offset.to_le_bytes(), length.to_le_bytes()].concat();
    let (own, shared) = (words(8 * rows, 8 * rows), words(0, 16 * rows));
    let at = data.windows(16).rposition(|bytes| bytes == own).unwrap();
    data[at..at + 16].copy_from_slice(&shared);
    let (together, schema) = stored(&Bytes::from(data.clone())).unwrap();
    assert_eq!(together.unwrap().part_rows(&schema).unwrap(), None);
    let (schema, batches) = read(&FORMAT, bytes(data), &ReadOptions::default(), 2).unwrap();
    let batch = concat(&schema, &batches);
    assert_eq!((batch.column(0), batch.column(1)), (&numbers(0), &numbers(0)));
}
