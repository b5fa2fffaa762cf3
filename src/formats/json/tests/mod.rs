//! From outside: text in, batches out, and back.

#[cfg(feature = "avro")]
mod avro;
mod corpora;
mod cuts;
mod mapping;
mod plain;
mod roundtrip;
mod write;

use std::num::NonZeroUsize;
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use arrow_select::concat::concat_batches;

use super::FORMAT;
use crate::error::Result;
use crate::format::{Format, ReadOptions, WriteOptions};
use crate::output::Output;
use crate::pipeline::Exec;
use crate::pipeline::adapter::{BatchReader, Memory};
use crate::report::Report;
use crate::source::Source;

fn exec(threads: usize) -> Exec {
    Exec::new(NonZeroUsize::new(threads)).unwrap()
}

thread_local! {
    static ONE: Exec = exec(1);
}

/// Reads all of a text on one thread.
fn read(text: impl Into<Vec<u8>>, options: &ReadOptions) -> Result<RecordBatch> {
    ONE.with(|exec| read_on(text, options, exec))
}

fn read_on(text: impl Into<Vec<u8>>, options: &ReadOptions, exec: &Exec) -> Result<RecordBatch> {
    let reader = FORMAT.open(Source::bytes("test.json", text.into()), options, exec)?;
    let schema = reader.schema();
    let mut batches = BatchReader::new(reader, exec);
    let mut all = Vec::new();
    while let Some(batch) = batches.next_batch() {
        all.push(batch?.records);
    }
    Ok(concat_batches(&schema, &all)?)
}

fn inferred(text: &str) -> Result<RecordBatch> {
    read(text, &ReadOptions::default())
}

fn options(settings: &[(&str, &str)]) -> ReadOptions {
    let mut options = ReadOptions::default();
    for (name, value) in settings {
        options.settings.set(*name, *value);
    }
    options
}

fn with_schema(schema: &SchemaRef) -> ReadOptions {
    ReadOptions { schema: Some(schema.clone()), ..ReadOptions::default() }
}

fn one_column(name: &str, data_type: DataType) -> SchemaRef {
    Arc::new(Schema::new(vec![Field::new(name, data_type, true)]))
}

/// Reads with one column `a` of a type.
fn typed(text: &str, data_type: DataType) -> Result<RecordBatch> {
    read(text, &with_schema(&one_column("a", data_type)))
}

fn write(batches: &[RecordBatch], schema: &SchemaRef, settings: &[(&str, &str)]) -> Result<(Vec<u8>, Report)> {
    let mut options = WriteOptions::default();
    for (name, value) in settings {
        options.settings.set(*name, *value);
    }
    let (output, memory) = Output::memory();
    let sink = FORMAT.create(output, schema.clone(), &options)?;
    let batches = batches.to_vec();
    let reader = Memory::new(schema.clone(), batches.into_iter().map(Ok));
    let report = ONE.with(|exec| sink.drain(Box::new(reader), Vec::new(), exec))?;
    Ok((memory.take().unwrap(), report))
}

fn lines(batch: &RecordBatch) -> String {
    text(batch, &[])
}

fn text(batch: &RecordBatch, settings: &[(&str, &str)]) -> String {
    String::from_utf8(write(std::slice::from_ref(batch), &batch.schema(), settings).unwrap().0).unwrap()
}

fn corpus(suite: &str) -> Option<std::path::PathBuf> {
    let root = std::env::var_os("FMTCONV_CORPORA").map_or_else(
        || std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpora"),
        std::path::PathBuf::from,
    );
    let path = root.join(suite);
    if path.is_dir() {
        return Some(path);
    }
    eprintln!("SKIPPED: no corpus at {} (set FMTCONV_CORPORA)", path.display());
    None
}
