//! Large row groups are read in ranges: the same rows in however many lanes, and in whatever order they are decoded.

use std::sync::Arc;

use arrow_array::builder::{Int32Builder, ListBuilder};
use arrow_array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use arrow_schema::{Field, Schema, SchemaRef};

use crate::format::{Format, ReadOptions, WriteOptions};
use crate::formats::parquet::FORMAT;
use crate::formats::testing::{bytes, concat, exec, read, write};
use crate::pipeline::Chunk;

const ROWS: usize = 40_000;

/// Texts of a kilobyte, lists of any length, and numbers with nulls: 40 MB in one row group.
fn large() -> (SchemaRef, RecordBatch, Vec<u8>) {
    let texts: StringArray = (0..ROWS).map(|row| Some(format!("{row:01000}"))).collect();
    let numbers: Int64Array = (0..ROWS as i64).map(|row| (row % 5 != 0).then_some(row)).collect();
    let mut lists = ListBuilder::new(Int32Builder::new());
    for row in 0..ROWS {
        (0..row % 4).for_each(|at| lists.values().append_value((row * 4 + at) as i32));
        lists.append(row % 7 != 0);
    }
    let columns: Vec<ArrayRef> = vec![Arc::new(texts), Arc::new(numbers), Arc::new(lists.finish())];
    let fields: Vec<Field> = columns
        .iter()
        .zip(["t", "n", "l"])
        .map(|(array, name)| Field::new(name, array.data_type().clone(), true))
        .collect();
    let schema = Arc::new(Schema::new(fields));
    let batch = RecordBatch::try_new(schema.clone(), columns).unwrap();
    let mut options = WriteOptions::default();
    options.settings.set("row-group-rows", "100000");
    let (data, _) = write(&FORMAT, &schema, std::slice::from_ref(&batch), &options, 2).unwrap();
    (schema, batch, data)
}

fn chunks(data: Vec<u8>, threads: usize) -> Vec<Box<dyn Chunk>> {
    let exec = exec(threads);
    let mut reader = FORMAT.open(bytes(data), &ReadOptions::default(), &exec).unwrap();
    std::iter::from_fn(|| reader.next_chunk().unwrap()).collect()
}

#[test]
fn the_same_rows_in_any_number_of_lanes() {
    let (schema, batch, data) = large();
    for threads in 1..=3 {
        let (_, batches) = read(&FORMAT, bytes(data.clone()), &ReadOptions::default(), threads).unwrap();
        assert_eq!(concat(&schema, &batches), batch, "{threads} threads");
    }
}

#[test]
fn the_same_rows_in_any_order() {
    let (schema, batch, data) = large();
    for threads in 1..=2 {
        let mut chunks = chunks(data.clone(), threads);
        assert!(chunks.len() >= 3, "{} chunks", chunks.len());
        let first = chunks.remove(0);
        let mut parts: Vec<Vec<RecordBatch>> = Vec::new();
        // The last one first, and the first one last.
        for chunk in chunks.into_iter().rev().chain(std::iter::once(first)) {
            parts.push(chunk.decode().unwrap().map(|batch| batch.unwrap().records).collect());
        }
        parts.reverse();
        let batches: Vec<RecordBatch> = parts.into_iter().flatten().collect();
        assert_eq!(concat(&schema, &batches), batch);
    }
}
