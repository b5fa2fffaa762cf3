//! The format from outside: files of other writers, other readers of our files, damage of every kind.

mod cases;
mod corpora;
mod damage;
mod mapping;
mod messages;
mod oracle;
mod resolution;
mod round_trip;
mod twin;

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_schema::{Schema, SchemaRef};
use bytes::Bytes;

use super::FORMAT;
use crate::error::Result;
use crate::format::{Format, ReadOptions, WriteOptions};
use crate::output::Output;
use crate::pipeline::adapter::{BatchReader, Memory};
use crate::pipeline::{Exec, Sink};
use crate::source::Source;

fn exec() -> Exec {
    Exec::new(NonZeroUsize::new(1)).unwrap()
}

fn corpora() -> Option<PathBuf> {
    let root = std::env::var_os("FMTCONV_CORPORA").map(PathBuf::from);
    let root = root.unwrap_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/corpora"));
    if root.is_dir() {
        return Some(root);
    }
    eprintln!("SKIPPED: no corpora at {}; set FMTCONV_CORPORA", root.display());
    None
}

fn read_with(bytes: impl Into<Bytes>, options: &ReadOptions) -> Result<(SchemaRef, Vec<RecordBatch>)> {
    let exec = exec();
    let reader = FORMAT.open(Source::bytes("test.avro", bytes.into()), options, &exec)?;
    let mut reader = BatchReader::new(reader, &exec);
    let mut batches = Vec::new();
    while let Some(batch) = reader.next_batch() {
        let batch = batch?;
        assert_eq!(batch.report.records_in, batch.records.num_rows() as u64);
        batches.push(batch.records);
    }
    Ok((arrow_array::RecordBatchReader::schema(&reader), batches))
}

fn read(bytes: impl Into<Bytes>) -> Result<(SchemaRef, Vec<RecordBatch>)> {
    read_with(bytes, &ReadOptions::default())
}

fn write_with(schema: &SchemaRef, batches: &[RecordBatch], options: &WriteOptions) -> Result<Vec<u8>> {
    let exec = exec();
    let (output, memory) = Output::memory();
    let sink: Box<dyn Sink> = FORMAT.create(output, schema.clone(), options)?;
    let owned: Vec<RecordBatch> = batches.to_vec();
    let source = Memory::new(schema.clone(), owned.into_iter().map(Ok));
    let report = sink.drain(Box::new(source), Vec::new(), &exec)?;
    assert_eq!(report.records_out, batches.iter().map(|batch| batch.num_rows() as u64).sum::<u64>());
    Ok(memory.take().unwrap())
}

fn write(batch: &RecordBatch) -> Result<Vec<u8>> {
    write_with(&batch.schema(), std::slice::from_ref(batch), &WriteOptions::default())
}

/// All rows as one batch, without metadata of the schema.
fn joined(schema: &SchemaRef, batches: &[RecordBatch]) -> RecordBatch {
    if schema.fields().is_empty() {
        let rows = batches.iter().map(RecordBatch::num_rows).sum();
        let options = arrow_array::RecordBatchOptions::new().with_row_count(Some(rows));
        return RecordBatch::try_new_with_options(Arc::new(Schema::empty()), Vec::new(), &options).unwrap();
    }
    arrow_select::concat::concat_batches(schema, batches).unwrap()
}
