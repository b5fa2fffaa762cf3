//! Records of a few keys out of many: their columns are runs on the way to the file, and nothing shows of it.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use arrow_array::{Array, RecordBatch};
use arrow_schema::{DataType, Field, Fields, Schema, SchemaRef, TimeUnit};

use super::text_layouts::Plain;
use crate::error::Result;
use crate::format::{Format, ReadOptions, WriteOptions};
use crate::formats::json::FORMAT as JSON;
use crate::formats::parquet::FORMAT;
use crate::formats::testing::{bytes, concat, exec, read};
use crate::output::Output;
use crate::pipeline::{Chunk, Reader};
use crate::report::Report;

const COLUMNS: usize = 200;
const ROWS: usize = 6000;

/// Columns of all types that may be runs, of some that may not, and one that must be there.
fn schema() -> SchemaRef {
    let types = [
        DataType::Int64,
        DataType::Utf8,
        DataType::Boolean,
        DataType::Float64,
        DataType::UInt8,
        DataType::Timestamp(TimeUnit::Second, Some("UTC".into())),
        DataType::Date32,
        DataType::Time32(TimeUnit::Second),
        DataType::Decimal128(12, 2),
        DataType::Decimal64(9, 0),
        DataType::LargeUtf8,
        DataType::Utf8View,
        DataType::Binary,
        DataType::Float32,
        DataType::List(Arc::new(Field::new_list_field(DataType::Int32, true))),
        DataType::Struct(Fields::from(vec![Field::new("a", DataType::Int32, true)])),
        DataType::Null,
        // The crate encodes it.
        DataType::Decimal128(38, 2),
    ];
    let column = |index: usize| Field::new(format!("c{index}"), types[index % types.len()].clone(), true);
    let mut fields: Vec<Field> = (0..COLUMNS).map(column).collect();
    fields.push(Field::new("id", DataType::Int64, false));
    Arc::new(Schema::new(fields))
}

fn value(index: usize, row: usize) -> String {
    match index % 18 {
        0 => format!("{}", row % 9),
        1 | 10 | 11 => format!("\"text {}\"", row % 50),
        2 => format!("{}", row.is_multiple_of(3)),
        3 | 13 => format!("{}.5", row % 100),
        4 => format!("{}", row % 256),
        5 => format!("\"2026-01-01T00:00:{:02}Z\"", row % 60),
        6 => format!("\"2026-01-{:02}\"", row % 28 + 1),
        7 => format!("\"12:00:{:02}\"", row % 60),
        8 | 17 => format!("{row}.25"),
        9 => format!("{row}"),
        12 => "\"AAEC\"".to_owned(),
        14 => "[1, null]".to_owned(),
        15 => "{\"a\": 1}".to_owned(),
        _ => "null".to_owned(),
    }
}

/// Every column is there in one record of 67, and as `null` in some; one only in the last ones, one from the middle on,
/// one never.
fn text() -> String {
    let mut text = String::new();
    for row in 0..ROWS {
        write!(text, "{{\"id\":{row}").unwrap();
        for index in 0..COLUMNS {
            let there = match index {
                20 => row >= ROWS - 2,
                21 => row >= ROWS / 2,
                22 => false,
                _ => (row * 31 + index * 7).is_multiple_of(67),
            };
            let null = (row + index).is_multiple_of(501);
            if there || null {
                let value = if null { "null".to_owned() } else { value(index, row) };
                write!(text, ",\"c{index}\":{value}").unwrap();
            }
        }
        text.push_str("}\n");
    }
    text
}

fn open(text: &str, chunk_bytes: usize) -> Box<dyn Reader> {
    let mut options = ReadOptions { schema: Some(schema()), ..ReadOptions::default() };
    options.limits.chunk_bytes = chunk_bytes;
    JSON.open(bytes(text.to_owned()), &options, &exec(1)).unwrap()
}

/// A reader that notes whether it was asked for runs.
struct Asked(Box<dyn Reader>, Arc<AtomicBool>);

impl Reader for Asked {
    fn schema(&self) -> SchemaRef {
        self.0.schema()
    }
    fn next_chunk(&mut self) -> Result<Option<Box<dyn Chunk>>> {
        self.0.next_chunk()
    }
    fn keep_runs(&mut self) {
        self.1.store(true, Ordering::Relaxed);
        self.0.keep_runs();
    }
    fn report(&self) -> Report {
        self.0.report()
    }
}

/// The records, and how many columns of batches came as runs, by type.
fn decoded(mut reader: Box<dyn Reader>, runs: bool) -> (RecordBatch, BTreeMap<String, usize>) {
    if runs {
        reader.keep_runs();
    }
    let schema = reader.schema();
    let (mut batches, mut found) = (Vec::new(), BTreeMap::new());
    while let Some(chunk) = reader.next_chunk().unwrap() {
        for batch in chunk.decode().unwrap() {
            let batch = batch.unwrap().records;
            let plain = batch.columns().iter().zip(schema.fields()).map(|(array, field)| {
                if array.data_type() == field.data_type() {
                    return array.clone();
                }
                assert!(matches!(array.data_type(), DataType::RunEndEncoded(_, _)));
                *found.entry(field.data_type().to_string()).or_default() += 1;
                arrow::compute::cast(array, field.data_type()).unwrap()
            });
            batches.push(RecordBatch::try_new(schema.clone(), plain.collect()).unwrap());
        }
    }
    (concat(&schema, &batches), found)
}

#[test]
fn the_values_are_those_of_plain_columns() {
    let text = text();
    for chunk_bytes in [64 << 10, 2 << 20] {
        let (plain, none) = decoded(open(&text, chunk_bytes), false);
        assert_eq!(none.len(), 0);
        let (found, runs) = decoded(open(&text, chunk_bytes), true);
        assert_eq!(found.num_rows(), ROWS);
        assert_eq!(found.columns(), plain.columns());
        assert_eq!(runs.len(), 15, "all types but list, struct and null: {runs:?}");
    }
}

#[test]
fn parquet_of_runs_is_parquet_of_plain_columns() {
    let text = text();
    // Row groups cut batches of runs; given by number they end at the same rows.
    for rows in ["6000", "701"] {
        let written = |reader: Box<dyn Reader>, threads| {
            let mut options = WriteOptions::default();
            options.settings.set("row-group-rows", rows);
            let (output, memory) = Output::memory();
            let sink = FORMAT.create(output, reader.schema(), &options).unwrap();
            let report = sink.drain(reader, Vec::new(), &exec(threads)).unwrap();
            (memory.take().unwrap(), report)
        };
        let (expected, plain) = written(Box::new(Plain(open(&text, 256 << 10))), 1);
        for threads in [1, 3] {
            let asked = Arc::new(AtomicBool::new(false));
            let (found, report) = written(Box::new(Asked(open(&text, 256 << 10), asked.clone())), threads);
            assert!(asked.load(Ordering::Relaxed));
            assert!(found == expected, "row groups of {rows}, {threads} threads");
            assert_eq!(report, plain);
        }
        let (schema, batches) = read(&FORMAT, bytes(expected), &ReadOptions::default(), 1).unwrap();
        let (truth, _) = decoded(open(&text, 2 << 20), false);
        for (found, truth) in concat(&schema, &batches).columns().iter().zip(truth.columns()) {
            assert_eq!(found.null_count(), truth.null_count());
            assert_eq!(&arrow::compute::cast(found, truth.data_type()).unwrap(), truth);
        }
    }
}
