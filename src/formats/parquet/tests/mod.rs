//! Tests of the format, from outside: files in, records out, and back.

mod corpora;

use std::num::NonZeroUsize;
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_schema::{ArrowError, SchemaRef};

use super::FORMAT;
use crate::error::Result;
use crate::format::{Format, ReadOptions, WriteOptions};
use crate::output::Output;
use crate::pipeline::Exec;
use crate::pipeline::adapter::{BatchReader, Memory};
use crate::report::Report;
use crate::source::Source;

pub(super) fn exec(threads: usize) -> Exec {
    Exec::new(NonZeroUsize::new(threads)).unwrap()
}

/// Everything a source holds: schema, batches, what was noted.
pub(super) fn read(source: Source, options: &ReadOptions, threads: usize) -> Result<(SchemaRef, Vec<RecordBatch>)> {
    let exec = exec(threads);
    let reader = FORMAT.open(source, options, &exec)?;
    let schema = reader.schema();
    let batches = BatchReader::new(reader, &exec).map(|batch| batch.map_err(Into::into)).collect::<Result<Vec<_>>>()?;
    for batch in &batches {
        assert_eq!(batch.schema(), schema, "a batch has the schema that was promised");
    }
    Ok((schema, batches))
}

/// Writes batches of `schema` and returns the bytes.
pub(super) fn write(
    schema: &SchemaRef,
    batches: &[RecordBatch],
    options: &WriteOptions,
    threads: usize,
) -> Result<(Vec<u8>, Report)> {
    let (output, memory) = Output::memory();
    let sink = FORMAT.create(output, schema.clone(), options)?;
    let items: Vec<Result<RecordBatch, ArrowError>> = batches.iter().cloned().map(Ok).collect();
    let reader = Memory::new(schema.clone(), items.into_iter());
    let report = sink.drain(Box::new(reader), Vec::new(), &exec(threads))?;
    Ok((memory.take().unwrap(), report))
}

pub(super) fn bytes(data: Vec<u8>) -> Source {
    Source::bytes("test", data)
}

pub(super) fn concat(schema: &SchemaRef, batches: &[RecordBatch]) -> RecordBatch {
    if batches.is_empty() {
        return RecordBatch::new_empty(schema.clone());
    }
    if schema.fields().is_empty() {
        let rows = batches.iter().map(RecordBatch::num_rows).sum();
        let options = arrow_array::RecordBatchOptions::new().with_row_count(Some(rows));
        return RecordBatch::try_new_with_options(schema.clone(), Vec::new(), &options).unwrap();
    }
    arrow_select::concat::concat_batches(&Arc::clone(schema), batches).unwrap()
}
