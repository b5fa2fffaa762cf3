//! What tests of container formats share: reading and writing through the driver, corpora, random batches.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch, RecordBatchOptions};
use arrow_schema::{ArrowError, Field, Schema, SchemaRef};
use serde_json::Value;

use crate::error::Result;
use crate::format::{Format, ReadOptions, WriteOptions};
use crate::output::Output;
use crate::pipeline::Exec;
use crate::pipeline::adapter::{BatchReader, Memory};
use crate::report::Report;
use crate::source::Source;

pub(crate) fn exec(threads: usize) -> Exec {
    Exec::new(NonZeroUsize::new(threads)).unwrap()
}

/// Everything a source holds: schema and batches.
pub(crate) fn read(
    format: &dyn Format,
    source: Source,
    options: &ReadOptions,
    threads: usize,
) -> Result<(SchemaRef, Vec<RecordBatch>)> {
    let exec = exec(threads);
    let reader = format.open(source, options, &exec)?;
    let schema = reader.schema();
    let batches = BatchReader::new(reader, &exec).map(|batch| batch.map_err(Into::into)).collect::<Result<Vec<_>>>()?;
    for batch in &batches {
        assert_eq!(batch.schema(), schema, "a batch has the schema that was promised");
    }
    Ok((schema, batches))
}

/// Writes batches of `schema` and returns the bytes.
pub(crate) fn write(
    format: &dyn Format,
    schema: &SchemaRef,
    batches: &[RecordBatch],
    options: &WriteOptions,
    threads: usize,
) -> Result<(Vec<u8>, Report)> {
    let (output, memory) = Output::memory();
    let sink = format.create(output, schema.clone(), options)?;
    let items: Vec<Result<RecordBatch, ArrowError>> = batches.iter().cloned().map(Ok).collect();
    let reader = Memory::new(schema.clone(), items.into_iter());
    let report = sink.drain(Box::new(reader), Vec::new(), &exec(threads))?;
    Ok((memory.take().unwrap(), report))
}

/// Writes a column and reads it back: it must be the same.
///
/// # Errors
/// Why it is not written.
#[track_caller]
pub(crate) fn comes_back(format: &dyn Format, array: &ArrayRef) -> Result<()> {
    let schema = Arc::new(Schema::new(vec![Field::new("c", array.data_type().clone(), true)]));
    let batch = RecordBatch::try_new(schema.clone(), vec![array.clone()])?;
    let (file, _) = write(format, &schema, &[batch], &WriteOptions::default(), 1)?;
    let (schema, batches) = read(format, bytes(file), &ReadOptions::default(), 1).unwrap();
    assert_eq!(concat(&schema, &batches).column(0), array);
    Ok(())
}

pub(crate) fn bytes(data: impl Into<bytes::Bytes>) -> Source {
    Source::bytes("test", data)
}

pub(crate) fn rows(batches: &[RecordBatch]) -> usize {
    batches.iter().map(RecordBatch::num_rows).sum()
}

/// All batches as one.
pub(crate) fn concat(schema: &SchemaRef, batches: &[RecordBatch]) -> RecordBatch {
    if schema.fields().is_empty() {
        let options = RecordBatchOptions::new().with_row_count(Some(rows(batches)));
        return RecordBatch::try_new_with_options(schema.clone(), Vec::new(), &options).unwrap();
    }
    arrow_select::concat::concat_batches(&Arc::clone(schema), batches).unwrap()
}

/// Where the corpora are, if they are there.
pub(crate) fn corpora() -> Option<PathBuf> {
    let root = std::env::var_os("FMTCONV_CORPORA")
        .map(PathBuf::from)
        .unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpora"));
    if root.join("expected").is_dir() {
        return Some(root);
    }
    eprintln!("SKIPPED: no corpora at {} (set FMTCONV_CORPORA)", root.display());
    None
}

/// Entries of all manifests for files of `formats`, with their path.
pub(crate) fn entries(root: &Path, formats: &[&str]) -> Vec<(PathBuf, Value)> {
    let mut all = Vec::new();
    let mut suites: Vec<_> = std::fs::read_dir(root.join("expected")).unwrap().map(|entry| entry.unwrap()).collect();
    suites.sort_by_key(|entry| entry.file_name());
    for suite in suites {
        let Ok(text) = std::fs::read_to_string(suite.path().join("manifest.json")) else { continue };
        let manifest: Value = serde_json::from_str(&text).unwrap();
        for entry in manifest["entries"].as_array().into_iter().flatten() {
            if formats.contains(&entry["format"].as_str().unwrap_or("")) {
                let path = root.join(suite.file_name()).join(entry["path"].as_str().unwrap());
                all.push((path, entry.clone()));
            }
        }
    }
    all
}

/// What became of the files of other projects: `known` names files (by the end of their path) whose outcome differs
/// from the reference reader's for a reason that the caller states.
pub(crate) fn check_corpora(format: &dyn Format, formats: &[&str], known: &[&str]) {
    let Some(root) = corpora() else { return };
    let (mut as_expected, mut wrong) = (0, Vec::new());
    for (path, entry) in entries(&root, formats) {
        let shown = path.strip_prefix(&root).unwrap().display().to_string();
        if known.iter().any(|known| shown.ends_with(known)) {
            continue;
        }
        let outcome = read(format, Source::path(&path), &ReadOptions::default(), 2);
        let status = entry["status"].as_str().unwrap();
        let elsewhere =
            entry["cross"].as_object().is_some_and(|cross| cross.values().any(|reader| reader["status"] == "ok"));
        match (status, outcome) {
            ("ok", Ok((_, batches))) if Some(rows(&batches) as u64) == entry["rows"].as_u64() => as_expected += 1,
            ("ok", Ok((_, batches))) => {
                wrong.push(format!("{shown}: {} rows, expected {}", rows(&batches), entry["rows"]));
            }
            ("ok", Err(error)) => wrong.push(format!("{shown}: refused: {error:?}")),
            ("rejected", Ok(_)) if !elsewhere => {
                wrong.push(format!("{shown}: accepted, but the reference says {}", entry["error"]));
            }
            (_, Ok(_)) => as_expected += 1,
            (_, Err(error)) if error.kind() == crate::ErrorKind::Internal => {
                wrong.push(format!("{shown}: {error:?}"));
            }
            (_, Err(_)) => as_expected += 1,
        }
    }
    assert!(as_expected > 0, "no files found");
    assert!(wrong.is_empty(), "{as_expected} as expected, {} not:\n{}", wrong.len(), wrong.join("\n"));
}
