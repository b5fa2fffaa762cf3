//! Against prost-reflect, the recorded conformance suite, and generated schemas.

#[cfg(all(feature = "parquet", feature = "ipc"))]
mod arrow_types;
#[cfg(feature = "json")]
mod below;
#[cfg(feature = "json")]
mod cases;
#[cfg(all(feature = "parquet", feature = "ipc"))]
mod conversions;
mod framings;
#[cfg(all(feature = "parquet", feature = "ipc"))]
mod generated;
#[cfg(feature = "json")]
mod given;
#[cfg(feature = "json")]
mod options;
#[cfg(all(feature = "parquet", feature = "ipc"))]
mod reflect;
#[cfg(all(feature = "parquet", feature = "ipc"))]
mod restored;
#[cfg(all(feature = "parquet", feature = "ipc"))]
mod text;
#[cfg(feature = "json")]
mod values;
mod wrapped;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::types::Int32Type;
use arrow_array::*;
use arrow_schema::{DataType, Field, Schema};
use prost::Message as _;
use prost_reflect::{DescriptorPool, DynamicMessage};

use super::FORMAT;
use crate::code::Code;
use crate::error::{Error, Result};
use crate::format::{Definition, Format, ReadOptions, WriteOptions};
use crate::output::Output;
use crate::pipeline::{Exec, Reader};
use crate::source::Source;

fn exec() -> Exec {
    Exec::new(std::num::NonZeroUsize::new(1)).expect("threads")
}

fn definition(path: &Path, message: Option<&str>, includes: &[PathBuf]) -> Definition {
    Definition {
        path: path.to_owned(),
        message: message.map(str::to_owned),
        includes: includes.to_vec(),
        content: None,
    }
}

fn read_options(definition: Definition, settings: &[(&str, &str)]) -> ReadOptions {
    let mut options = ReadOptions { definition: Some(definition), ..ReadOptions::default() };
    for (name, value) in settings {
        options.settings.set(*name, *value);
    }
    options
}

fn read(bytes: Vec<u8>, options: &ReadOptions) -> Result<Vec<RecordBatch>> {
    let mut reader = FORMAT.open(Source::bytes("test.pb", bytes), options, &exec())?;
    let mut batches = Vec::new();
    while let Some(chunk) = reader.next_chunk()? {
        for batch in chunk.decode()? {
            batches.push(batch?.records);
        }
    }
    Ok(batches)
}

/// Batches as a source.
struct Given(arrow_schema::SchemaRef, std::vec::IntoIter<RecordBatch>);

impl Reader for Given {
    fn schema(&self) -> arrow_schema::SchemaRef {
        self.0.clone()
    }
    fn next_chunk(&mut self) -> Result<Option<Box<dyn crate::pipeline::Chunk>>> {
        struct One(RecordBatch);
        impl crate::pipeline::Chunk for One {
            fn size(&self) -> usize {
                0
            }
            fn origin(&self) -> crate::error::Origin {
                Default::default()
            }
            fn decode(self: Box<Self>) -> Result<crate::pipeline::Batches> {
                Ok(Box::new(std::iter::once(Ok(crate::pipeline::Batch::new(self.0)))))
            }
        }
        Ok(self.1.next().map(|batch| Box::new(One(batch)) as _))
    }
}

fn write(batches: Vec<RecordBatch>, schema: arrow_schema::SchemaRef, options: &WriteOptions) -> Result<Vec<u8>> {
    let (output, memory) = Output::memory();
    let sink = FORMAT.create(output, schema.clone(), options)?;
    sink.drain(Box::new(Given(schema, batches.into_iter())), Vec::new(), &exec())?;
    memory.take().ok_or_else(|| Error::internal("nothing was written"))
}

fn corpora() -> Option<PathBuf> {
    let root = std::env::var_os("FMTCONV_CORPORA")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpora"), PathBuf::from);
    if root.join("protobuf").is_dir() {
        return Some(root);
    }
    eprintln!("SKIPPED: no corpora at {} (set FMTCONV_CORPORA)", root.display());
    None
}

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len() / 2).map(|i| u8::from_str_radix(&text[2 * i..2 * i + 2], 16).expect("hex")).collect()
}

#[test]
fn conformance_suite() {
    let Some(root) = corpora() else { return };
    let include = root.join("protobuf/src");
    let mut wrong = Vec::new();
    let (mut right, mut refused) = (0, 0);
    let text = std::fs::read_to_string(root.join("cases/protobuf-conformance.jsonl")).expect("cases");
    for version in ["proto2", "proto3"] {
        let path = include.join(format!("google/protobuf/test_messages_{version}.proto"));
        let message = format!("protobuf_test_messages.{version}.TestAllTypes{}", version.replace('p', "P"));
        let definition = definition(&path, Some(&message), std::slice::from_ref(&include));
        let settings = [("framing", "single"), ("unknown", "keep"), ("timestamp", "struct"), ("duration", "struct")];
        let options = read_options(definition.clone(), &settings);
        let loaded = crate::schema::proto::load::load(&definition).expect("schema");
        let pool = DescriptorPool::from_file_descriptor_set(loaded.pool.set).expect("pool");
        let descriptor = pool.get_message_by_name(&message).expect("message");
        let mut write_options = WriteOptions { definition: Some(definition), ..WriteOptions::default() };
        write_options.settings.set("framing", "single");
        for line in text.lines() {
            let case: serde_json::Value = serde_json::from_str(line).expect("case");
            let Some(input) = case["input_hex"].as_str().filter(|_| case["message"] == message.as_str()) else {
                continue;
            };
            let name = case["name"].as_str().unwrap_or_default();
            let outcome = read(unhex(input), &options).and_then(|batches| {
                let schema = batches[0].schema();
                write(batches, schema, &write_options)
            });
            match (case["expect"].as_str(), outcome) {
                (Some("parse_error"), Err(_)) => right += 1,
                (Some("ok"), Ok(ours)) => {
                    let expected = unhex(case["binary_hex"].as_str().unwrap_or_default());
                    let decode = |bytes: &[u8]| DynamicMessage::decode(descriptor.clone(), bytes);
                    // Message sets are carried as they came: prost-reflect does not know their encoding.
                    if name.contains("ValidMessageSetEncoding") && ours == unhex(input) {
                        right += 1;
                        continue;
                    }
                    let same = match (decode(&ours), decode(&expected)) {
                        // NaN is not equal to itself, but its bytes are.
                        (Ok(left), Ok(right)) => left == right || left.encode_to_vec() == right.encode_to_vec(),
                        _ => false,
                    };
                    if same {
                        right += 1;
                    } else {
                        wrong.push(format!("{name}: differs"));
                    }
                }
                // Well-known types outside the range that their schema states are refused, not passed on.
                (Some("ok"), Err(error)) if matches!(error.code(), Some(Code::TimestampRange | Code::NonFinite)) => {
                    refused += 1;
                }
                (_, Err(error)) => wrong.push(format!("{name}: {error}")),
                (_, Ok(_)) => wrong.push(format!("{name}: accepted")),
            }
        }
    }
    for line in &wrong {
        eprintln!("{line}");
    }
    assert!(right > 600, "{right} right");
    assert!(refused <= 8, "{refused} refused");
    assert!(wrong.is_empty(), "{right} right, {} wrong", wrong.len());
}

fn sample() -> RecordBatch {
    let tags = ListArray::from_iter_primitive::<Int32Type, _, _>([
        Some(vec![Some(1), Some(-2)]),
        Some(vec![]),
        Some(vec![Some(300)]),
    ]);
    let DataType::List(_) = tags.data_type() else { unreachable!() };
    let item = Arc::new(Field::new("item", DataType::Int32, false));
    let tags = ListArray::new(item.clone(), tags.offsets().clone(), tags.values().clone(), None);
    let inner = Field::new("x", DataType::Utf8, true);
    let point = StructArray::new(
        vec![inner.clone()].into(),
        vec![Arc::new(StringArray::from(vec![Some("a"), None, None])) as ArrayRef],
        Some(vec![true, true, false].into()),
    );
    let schema = Schema::new(vec![
        Field::new("id", DataType::Int64, false),
        Field::new("order id", DataType::Utf8, true),
        Field::new("tags", DataType::List(item), false),
        Field::new("point", DataType::Struct(vec![inner].into()), true),
        Field::new("price", DataType::Float64, true),
    ]);
    let columns: Vec<ArrayRef> = vec![
        Arc::new(Int64Array::from(vec![0, i64::MIN, i64::MAX])),
        Arc::new(StringArray::from(vec![None, Some(""), Some("é")])),
        Arc::new(tags),
        Arc::new(point),
        Arc::new(Float64Array::from(vec![Some(-0.0), Some(0.0), None])),
    ];
    RecordBatch::try_new(Arc::new(schema), columns).expect("batch")
}

#[test]
fn generated_schema_brings_values_back() {
    let folder = tempfile::tempdir().expect("folder");
    let batch = sample();
    for batch in [batch.clone(), batch.slice(1, 2)] {
        let path = folder.path().join("sample.proto");
        let options = WriteOptions { emit_schema: Some(path.clone()), ..WriteOptions::default() };
        let bytes = write(vec![batch.clone()], batch.schema(), &options).expect("written");
        let options = read_options(definition(&path, None, &[]), &[]);
        let back = read(bytes.clone(), &options).expect("read");
        assert_eq!(back.len(), 1);
        for (left, right) in back[0].columns().iter().zip(batch.columns()) {
            if !matches!(left.data_type(), DataType::Struct(_)) {
                assert_eq!(left.to_data(), right.to_data());
            } else {
                use arrow_array::cast::AsArray;
                assert_eq!(
                    left.as_struct().column(0).as_string::<i32>(),
                    right.as_struct().column(0).as_string::<i32>()
                );
                assert_eq!(left.logical_nulls(), right.logical_nulls());
            }
        }
        for cut in 1..bytes.len() {
            let rows =
                read(bytes[..cut].to_vec(), &options).map(|b| b.iter().map(RecordBatch::num_rows).sum::<usize>());
            assert!(rows.is_err() || rows.is_ok_and(|rows| rows < batch.num_rows()), "cut at {cut}");
        }
        for bit in 0..bytes.len() * 8 {
            let mut broken = bytes.clone();
            broken[bit / 8] ^= 1 << (bit % 8);
            let _ = read(broken, &options);
        }
    }
}

#[test]
fn reading_needs_a_schema() {
    let error = read(vec![0], &ReadOptions::default()).expect_err("no schema");
    assert_eq!(error.kind(), crate::ErrorKind::Usage);
    assert!(error.hint().is_some_and(|hint| hint.contains("--schema")));
}
