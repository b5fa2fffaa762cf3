use std::num::NonZeroUsize;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_schema::{DataType, Field, Schema, SchemaRef};

use crate::error::Result;
use crate::format::{Format, Limits, ReadOptions, Settings, WriteOptions};
use crate::output::Output;
use crate::pipeline::adapter::{BatchReader, Memory};
use crate::pipeline::{Exec, Sink};
use crate::report::Report;
use crate::source::Source;

mod corpora;
mod infer;
mod read;
mod round;
mod split;
mod token;
mod write;

fn exec(threads: usize) -> Exec {
    Exec::new(NonZeroUsize::new(threads)).unwrap()
}

fn settings(pairs: &[(&str, &str)]) -> Settings {
    let mut settings = Settings::default();
    for (name, value) in pairs {
        settings.set(*name, *value);
    }
    settings
}

fn options(pairs: &[(&str, &str)]) -> ReadOptions {
    ReadOptions { settings: settings(pairs), ..ReadOptions::default() }
}

/// A schema of nullable text columns.
fn texts(names: &[&str]) -> SchemaRef {
    Arc::new(Schema::new(names.iter().map(|name| Field::new(*name, DataType::Utf8, true)).collect::<Vec<_>>()))
}

fn read_with(input: &[u8], options: &ReadOptions, threads: usize) -> Result<(RecordBatch, Report)> {
    let exec = exec(threads);
    let reader = super::FORMAT.open(Source::bytes("in.csv", input.to_vec()), options, &exec)?;
    let schema = reader.schema();
    let mut report = reader.report();
    let mut batches = BatchReader::new(reader, &exec);
    let mut records = Vec::new();
    while let Some(batch) = batches.next_batch() {
        let batch = batch?;
        assert_eq!(batch.records.schema(), schema);
        assert_eq!(batch.report.records_in, batch.records.num_rows() as u64);
        report.merge(&batch.report);
        records.push(batch.records);
    }
    Ok((arrow_select::concat::concat_batches(&schema, &records)?, report))
}

fn read(input: &str, pairs: &[(&str, &str)]) -> Result<RecordBatch> {
    Ok(read_with(input.as_bytes(), &options(pairs), 2)?.0)
}

/// All cells of a batch of text columns.
fn cells(batch: &RecordBatch) -> Vec<Vec<Option<String>>> {
    (0..batch.num_rows())
        .map(|row| {
            batch
                .columns()
                .iter()
                .map(|column| {
                    let column = column.as_string::<i32>();
                    column.is_valid(row).then(|| column.value(row).to_owned())
                })
                .collect()
        })
        .collect()
}

fn row(fields: &[&str]) -> Vec<Option<String>> {
    fields.iter().map(|field| (*field != "NULL").then(|| (*field).to_owned())).collect()
}

fn batch(columns: Vec<(&str, ArrayRef)>) -> RecordBatch {
    RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, array)| (name, array, true))).unwrap()
}

fn write_all(batches: &[RecordBatch], pairs: &[(&str, &str)], threads: usize) -> Result<(Vec<u8>, Report)> {
    let schema = batches[0].schema();
    let (output, memory) = Output::memory();
    let options = WriteOptions { settings: settings(pairs), ..WriteOptions::default() };
    let sink: Box<dyn Sink> = super::FORMAT.create(output, schema.clone(), &options)?;
    let batches: Vec<_> = batches.iter().cloned().map(Ok).collect();
    let report = sink.drain(Box::new(Memory::new(schema, batches.into_iter())), Vec::new(), &exec(threads))?;
    Ok((memory.take().unwrap(), report))
}

fn write(records: &RecordBatch, pairs: &[(&str, &str)]) -> Result<String> {
    Ok(String::from_utf8(write_all(std::slice::from_ref(records), pairs, 1)?.0).unwrap())
}

fn small_chunks(chunk_bytes: usize, batch_rows: usize) -> Limits {
    Limits { chunk_bytes, batch_rows, ..Limits::default() }
}
