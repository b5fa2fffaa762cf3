//! What is written is read back, type and values.

use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_schema::{Field, Schema};

use crate::format::{ReadOptions, WriteOptions};
use crate::formats::parquet::FORMAT;
use crate::formats::testing::{bytes, concat, read, write};
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
    let settings: [&[(&str, &str)]; 4] = [
        &[],
        &[("version", "2"), ("row-group-rows", "7")],
        &[("dictionary", "false"), ("statistics", "none")],
        &[("page-index", "true"), ("data-page-size", "100"), ("bloom", "true")],
    ];
    for seed in 1..400u64 {
        let mut random = Random(seed * 0x9e37_79b9);
        let rows = random.below(40);
        let columns = random.below(4);
        let batch = random_batch(&mut random, columns, 3, rows);
        returns(&batch, &options(settings[seed as usize % 4]));
        if rows > 4 {
            returns(&batch.slice(2, rows - 3), &options(settings[seed as usize % 4]));
        }
    }
}
