//! What is measured piece by piece: cutting, decoding and encoding in every format, and each type in the text formats.

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::compute::concat_batches;
use fmtconv::pipeline::adapter::BatchReader;
use fmtconv::{Input, Registry};

use super::records::{Written, exec, flat, formats, read, write};

/// One thing to be measured.
pub struct Kernel {
    /// `decode/csv/events`.
    pub name: String,
    /// Bytes that it reads (cutting, decoding) or that records take in memory (encoding).
    pub bytes: u64,
    /// Does it once.
    pub run: Box<dyn Fn()>,
}

/// The records of a file in `testdata/`, `times` over.
fn testdata(name: &str, times: usize) -> RecordBatch {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata").join(name);
    let resolved = Input::from(path).resolve(&Registry::builtin()).expect("the format is known");
    let mut reader = BatchReader::new(resolved.open(&exec()).expect("it can be opened"), &exec());
    let mut batches = Vec::new();
    while let Some(batch) = reader.next_batch() {
        batches.push(batch.expect("it can be read").records);
    }
    let schema = batches[0].schema();
    let all: Vec<_> = std::iter::repeat_n(batches, times).flatten().collect();
    concat_batches(&schema, &all).expect("batches are of one schema")
}

/// Cuts a source into chunks, and decodes none of them.
fn split(written: &Written) {
    let resolved = written.input().resolve(&Registry::builtin()).expect("the format is known");
    let mut reader = resolved.open(&exec()).expect("it can be opened");
    while reader.next_chunk().expect("it can be cut").is_some() {}
}

/// The stages of a table in every format that holds it, and of a single column in the text formats.
fn of_table(kernels: &mut Vec<Kernel>, table: &str, batch: &RecordBatch, wanted: &dyn Fn(&str) -> bool) {
    let is_column = batch.num_columns() == 1;
    for format in formats() {
        let name = format.info().name;
        if is_column && !matches!(name, "csv" | "json") {
            continue;
        }
        let [cut, decode, encode] = ["split", "decode", "encode"].map(|stage| format!("{stage}/{name}/{table}"));
        if ![&cut, &decode, &encode].iter().any(|name| wanted(name)) {
            continue;
        }
        let Some(written) = write(format, batch) else { continue };
        let (written, bytes) = (Arc::new(written), batch.get_array_memory_size() as u64);
        let stored = written.bytes.len() as u64;
        if !is_column {
            let source = written.clone();
            let run = Box::new(move || split(&source));
            kernels.push(Kernel { name: cut, bytes: stored, run });
        }
        let run = Box::new(move || {
            read(&written, &exec());
        });
        kernels.push(Kernel { name: decode, bytes: stored, run });
        let batch = batch.clone();
        let run = Box::new(move || {
            write(format, &batch);
        });
        kernels.push(Kernel { name: encode, bytes, run });
    }
}

/// Those whose names are wanted.
pub fn kernels(wanted: &dyn Fn(&str) -> bool) -> Vec<Kernel> {
    let mut kernels = Vec::new();
    of_table(&mut kernels, "events", &testdata("events.csv", 10), wanted);
    of_table(&mut kernels, "orders", &testdata("orders.ndjson", 10), wanted);
    let columns = flat(4_000);
    for (index, field) in columns.schema().fields().iter().enumerate() {
        let column = columns.project(&[index]).expect("the column is there");
        of_table(&mut kernels, &format!("column-{}", field.name()), &column, wanted);
    }
    kernels.retain(|kernel| wanted(&kernel.name));
    kernels
}
