//! Records to bytes of a format and back, through the public interface.

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use arrow::array::{RecordBatch, RecordBatchWriter};
use arrow::datatypes::{DataType, Field, SchemaRef};
use fmtconv::format::{Definition, Limits, ReadOptions, WriteOptions};
use fmtconv::pipeline::adapter::{BatchReader, BatchWriter};
use fmtconv::{Convert, Exec, Format, Input, Output, Registry, Result, Source, Target};

use super::data::is_instant;
use super::render::{Origin, rows};
use super::text::{Json, decimal, same_number};

/// Workers for all tests: one for each number of threads.
pub fn exec(threads: usize) -> Exec {
    static SHARED: OnceLock<[Exec; 3]> = OnceLock::new();
    let make = |threads: usize| Exec::new(std::num::NonZeroUsize::new(threads)).expect("threads can be started");
    let shared = SHARED.get_or_init(|| [make(1), make(2), make(8)]);
    shared.iter().find(|exec| exec.threads() == threads).cloned().unwrap_or_else(|| make(threads))
}

/// A format to write and read, in one of its layouts.
#[derive(Clone, Copy, Debug)]
pub struct Kind {
    pub name: &'static str,
    pub format: &'static dyn Format,
    /// For the setting `layout`.
    pub layout: Option<&'static str>,
}

impl Kind {
    /// Whether the bytes carry no schema, so that it has to be given to get the same types back.
    pub fn needs_schema(self) -> bool {
        matches!(self.format.info().name, "csv" | "json")
    }
    /// Whether the schema is a file beside the data.
    pub fn needs_definition(self) -> bool {
        self.format.info().name == "protobuf"
    }
}

/// Every format of the registry, in each layout that it can write.
pub fn kinds() -> Vec<Kind> {
    let mut kinds = Vec::new();
    for format in Registry::builtin().iter() {
        let name = format.info().name;
        let layouts = format.info().write.iter().find(|setting| setting.name == "layout").map(|setting| setting.values);
        match layouts {
            None => kinds.push(Kind { name, format, layout: None }),
            Some(layouts) => {
                kinds.extend(layouts.split('|').map(|layout| Kind { name, format, layout: Some(layout) }));
            }
        }
    }
    kinds
}

/// Bytes of a format, with what is needed to read them.
#[derive(Clone, Debug)]
pub struct Bytes {
    pub kind: Kind,
    pub bytes: Vec<u8>,
    pub schema: SchemaRef,
    pub definition: Option<Arc<Proto>>,
}

/// A schema file in a folder that lives as long as it.
#[derive(Debug)]
pub struct Proto {
    _folder: tempfile::TempDir,
    path: PathBuf,
}

impl Proto {
    pub fn new() -> Arc<Proto> {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("schema.proto");
        Arc::new(Proto { _folder: folder, path })
    }
}

impl Bytes {
    /// How to read them.
    pub fn options(&self) -> ReadOptions {
        let mut options = ReadOptions::default();
        if self.kind.needs_schema() {
            options.schema = Some(self.schema.clone());
        }
        options.definition = self.definition.as_ref().map(|proto| Definition {
            path: proto.path.clone(),
            message: None,
            includes: Vec::new(),
            content: None,
        });
        options
    }
    /// As the input of a conversion.
    pub fn input(&self, chunk_bytes: Option<usize>) -> Input {
        self.input_from(Source::bytes("memory", self.bytes.clone()), chunk_bytes)
    }
    /// As the input of a conversion, its bytes from another source.
    pub fn input_from(&self, source: Source, chunk_bytes: Option<usize>) -> Input {
        let mut input = Input::with_format(source, self.kind.name);
        input.options = self.options();
        if let Some(chunk_bytes) = chunk_bytes {
            input.options.limits = Limits { chunk_bytes, ..Limits::default() };
        }
        input
    }
}

/// How to write a kind: the settings of its alias, and where its schema goes.
fn write_options(kind: Kind, definition: Option<&Arc<Proto>>) -> WriteOptions {
    let mut options = WriteOptions { name: Some("record".into()), ..WriteOptions::default() };
    if let Some(layout) = kind.layout {
        options.settings.set("layout", layout);
    }
    options.emit_schema = definition.map(|proto| proto.path.clone());
    options
}

/// Writes a batch.
pub fn write(kind: Kind, batch: &RecordBatch) -> Result<Bytes> {
    let definition = kind.needs_definition().then(Proto::new);
    let (output, memory) = Output::memory();
    let options = write_options(kind, definition.as_ref());
    let sink = kind.format.create(output, batch.schema(), &options)?;
    let mut writer = BatchWriter::new(sink, batch.schema(), &exec(1));
    writer.write(batch)?;
    writer.close_report()?;
    let bytes = memory.take().unwrap_or_default();
    Ok(Bytes { kind, bytes, schema: batch.schema(), definition })
}

/// Reads bytes.
pub fn read(bytes: &Bytes, chunk_bytes: Option<usize>) -> Result<Vec<RecordBatch>> {
    let exec = exec(1);
    let resolved = bytes.input(chunk_bytes).resolve(&Registry::builtin())?;
    let mut reader = BatchReader::new(resolved.open(&exec)?, &exec);
    let mut batches = Vec::new();
    while let Some(batch) = reader.next_batch() {
        batches.push(batch?.records);
    }
    Ok(batches)
}

/// The target of a conversion into memory or elsewhere.
pub fn target(kind: Kind, output: Output, definition: Option<&Arc<Proto>>) -> Target {
    let mut target = Target::with_format(output, kind.name);
    target.options.name = Some("record".into());
    target.options.emit_schema = definition.map(|proto| proto.path.clone());
    match kind.layout {
        Some(layout) => target.option("layout", layout),
        None => target,
    }
}

/// Converts.
pub fn convert(from: &Bytes, to: Kind, threads: usize, chunk_bytes: Option<usize>) -> Result<Bytes> {
    convert_input(from.input(chunk_bytes), from, to, threads)
}

/// Converts from an input that may be slow or broken.
pub fn convert_input(input: Input, from: &Bytes, to: Kind, threads: usize) -> Result<Bytes> {
    let definition = to.needs_definition().then(Proto::new);
    let (output, memory) = Output::memory();
    Convert::new(input).to(target(to, output, definition.as_ref())).exec(exec(threads)).run()?;
    let bytes = memory.take().unwrap_or_default();
    Ok(Bytes { kind: to, bytes, schema: from.schema.clone(), definition })
}

/// Compares records by value: names, order, nulls and values. A decimal may come as text or with other zeros, an
/// instant in a finer unit, a binary as it is.
pub fn compare(expected: &RecordBatch, found: &[RecordBatch]) -> std::result::Result<(), String> {
    let count: usize = found.iter().map(RecordBatch::num_rows).sum();
    if count != expected.num_rows() {
        return Err(format!("{count} records instead of {}", expected.num_rows()));
    }
    let schema = expected.schema();
    let found = found.iter().flat_map(|batch| rows(batch, Origin::Arrow));
    for (row, (a, b)) in rows(expected, Origin::Arrow).iter().zip(found).enumerate() {
        let (a, b) = (a.members(), b.members());
        if a.len() != b.len() {
            return Err(format!("record {row}: {} columns instead of {}", b.len(), a.len()));
        }
        for ((field, (_, a)), (name, b)) in schema.fields().iter().zip(a).zip(b) {
            if field.name() != name || !same(field, a, b) {
                return Err(format!("record {row}, column {:?}: expected {a:?}, found {name:?} {b:?}", field.name()));
            }
        }
    }
    Ok(())
}

fn same(field: &Field, a: &Json, b: &Json) -> bool {
    match (field.data_type(), a, b) {
        (_, Json::Null, Json::Null) => true,
        (data_type, Json::Text(a), Json::Text(b)) if is_instant(data_type) => digits(a) == digits(b),
        (DataType::Decimal128(_, _), Json::Text(a), Json::Text(b)) => decimal(a).is_some() && same_number(a, b),
        (DataType::List(item), Json::Array(a), Json::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(item, a, b))
        }
        (DataType::Struct(fields), Json::Object(a), Json::Object(b)) => {
            a.len() == b.len()
                && fields.iter().zip(a.iter().zip(b)).all(|(field, ((x, a), (y, b)))| x == y && same(field, a, b))
        }
        _ => a == b,
    }
}

/// Without the zeros that a finer unit adds.
fn digits(instant: &str) -> String {
    match instant.split_once('.') {
        Some((seconds, fraction)) => {
            let fraction = fraction.trim_end_matches('Z').trim_end_matches('0');
            let zone = if instant.ends_with('Z') { "Z" } else { "" };
            if fraction.is_empty() { format!("{seconds}{zone}") } else { format!("{seconds}.{fraction}{zone}") }
        }
        None => instant.to_owned(),
    }
}

impl std::fmt::Display for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.layout {
            Some(layout) => write!(f, "{} {layout}", self.name),
            None => f.write_str(self.name),
        }
    }
}
