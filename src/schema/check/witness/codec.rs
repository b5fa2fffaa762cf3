//! The codecs of both schemas: what the writer writes, and what the reader makes of it.

use std::path::{Component, Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use tempfile::TempDir;

use super::super::source::{Language, Schema};
use super::proto::{Names, Proposal};
use super::{Encoding, Outcome, Witness};
use crate::convert::{Convert, Target};
use crate::error::{Error, Result};
use crate::format::Definition;
use crate::input::Input;
use crate::output::Output;
use crate::pipeline::Exec;
use crate::source::Source;

/// Files of both schemas in a folder that goes when this does.
pub(super) struct Codec {
    _folder: TempDir,
    exec: Exec,
    reader: PathBuf,
    writer: PathBuf,
}

impl Codec {
    pub fn new(reader: &Schema, writer: &Schema) -> Result<Codec> {
        let failed = |error| Error::io("cannot write a temporary file", error);
        let folder = tempfile::tempdir().map_err(failed)?;
        let exec = Exec::new(std::num::NonZeroUsize::new(1))?;
        let put = |schema: &Schema, side: &str| put(&folder.path().join(side), schema);
        let (reader, writer) = (put(reader, "reader")?, put(writer, "writer")?);
        Ok(Codec { _folder: folder, exec, reader, writer })
    }

    fn convert(&self, input: Input, target: Target, schema: Definition) -> Result<Vec<u8>> {
        let (output, memory) = Output::memory();
        let target = Target { output, ..target };
        Convert::new(input).to(target).schema(schema).exec(self.exec.clone()).run()?;
        memory.take().ok_or_else(|| Error::internal("nothing was written"))
    }

    /// The texts of two Avro schemas.
    pub fn of_avro(reader: &str, writer: &str) -> Result<Codec> {
        let failed = |error| Error::io("cannot write a temporary file", error);
        let folder = tempfile::tempdir().map_err(failed)?;
        let exec = Exec::new(std::num::NonZeroUsize::new(1))?;
        let put = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::write(&path, text).map(|()| path).map_err(failed)
        };
        let (reader, writer) = (put("reader.avsc", reader)?, put("writer.avsc", writer)?);
        Ok(Codec { _folder: folder, exec, reader, writer })
    }

    /// A record in Avro's JSON encoding; a witness if the reader does not read what the writer makes of it.
    pub fn avro(&self, record: &str) -> Result<Option<Witness>> {
        let writer = || definition(&self.writer, None);
        let input = json(record.as_bytes(), "avro");
        let Ok(encoded) = self.convert(input, target("avro").option("framing", "single"), writer()) else {
            // Not every record that was proposed can be written.
            return Ok(None);
        };
        let bytes = Source::bytes("the record", encoded.clone());
        let input = Input::with_format(bytes, "avro")
            .option("framing", "single")
            .option("reader-schema", &self.reader.to_string_lossy());
        let Err(error) = self.convert(input, target("json"), writer()) else { return Ok(None) };
        let outcome = Outcome::Refused(error.message().to_owned());
        let record = record.to_owned();
        Ok(Some(Witness { reader_is_new: true, record, encoding: Encoding::Avro, encoded, outcome }))
    }

    /// A message as ProtoJSON; a witness if the reader does not read what the writer makes of it, or the field has
    /// another value then.
    pub fn protobuf(&self, names: &Names, proposal: &Proposal) -> Result<Option<Witness>> {
        let record = proposal.record.to_string();
        let (writer, reader) =
            (definition(&self.writer, Some(&names.writer)), definition(&self.reader, Some(&names.reader)));
        let input = json(record.as_bytes(), "protojson");
        let Ok(encoded) = self.convert(input, target("protobuf").option("framing", "single"), writer.clone()) else {
            return Ok(None);
        };
        let read = |definition: Definition| {
            let bytes = Source::bytes("the message", encoded.clone());
            let input = Input::with_format(bytes, "protobuf").option("framing", "single").option("unknown", "drop");
            self.convert(input, target("json").option("dialect", "protojson"), definition)
        };
        let written = read(writer)?;
        let outcome = match read(reader) {
            Err(error) => Outcome::Refused(error.message().to_owned()),
            Ok(text) => match differs(&written, &text, proposal) {
                true => Outcome::ReadAs(String::from_utf8_lossy(&text).trim().to_owned()),
                false => return Ok(None),
            },
        };
        Ok(Some(Witness { reader_is_new: true, record, encoding: Encoding::Protobuf, encoded, outcome }))
    }

    /// The same for the text itself.
    pub fn protojson(&self, names: &Names, proposal: &Proposal) -> Result<Option<Witness>> {
        let record = proposal.record.to_string();
        let read = |path: &Path, name: &str, text: &[u8]| {
            let target = target("json").option("dialect", "protojson");
            self.convert(json(text, "protojson"), target, definition(path, Some(name)))
        };
        let Ok(encoded) = read(&self.writer, &names.writer, record.as_bytes()) else { return Ok(None) };
        let outcome = match read(&self.reader, &names.reader, &encoded) {
            Err(error) => Outcome::Refused(error.message().to_owned()),
            Ok(text) if parsed(&text) != parsed(&encoded) => {
                Outcome::ReadAs(String::from_utf8_lossy(&text).trim().to_owned())
            }
            Ok(_) => return Ok(None),
        };
        let encoded = encoded.trim_ascii_end().to_vec();
        Ok(Some(Witness { reader_is_new: true, record, encoding: Encoding::ProtoJson, encoded, outcome }))
    }
}

pub(super) fn json(text: &[u8], dialect: &str) -> Input {
    Input::with_format(Source::bytes("the record", text.to_vec()), "json").option("dialect", dialect)
}

pub(super) fn target(format: &str) -> Target {
    Target::with_format(Output::stdout(), format)
}

pub(super) fn definition(path: &Path, message: Option<&str>) -> Definition {
    let includes = path.parent().map(Path::to_owned).into_iter().collect();
    Definition { path: path.to_owned(), message: message.map(str::to_owned), includes, content: None }
}

pub(super) fn parsed(text: &[u8]) -> Option<Value> {
    serde_json::from_slice(text).ok()
}

/// Whether the field that was set has another value for the reader.
fn differs(written: &[u8], read: &[u8], proposal: &Proposal) -> bool {
    let Some((name, other)) = &proposal.field else { return false };
    let (Some(written), Some(read)) = (parsed(written), parsed(read)) else { return true };
    let field = |record: &Value, name: &str| {
        let found = record.as_object()?.iter().find(|(key, _)| camel(key) == camel(name))?;
        Some(found.1.clone())
    };
    let old = field(&written, name);
    let new = other.as_deref().and_then(|name| field(&read, name));
    match (old, new) {
        (Some(old), Some(new)) => !same(&old, &new),
        (old, new) => old != new,
    }
}

/// Names as ProtoJSON has them, whatever the case.
pub(super) fn camel(name: &str) -> String {
    name.chars().filter(|c| *c != '_').map(|c| c.to_ascii_lowercase()).collect()
}

/// Whether two values are the same; ProtoJSON writes 64-bit integers as text, and as base64 the bytes of a string that is
/// read as bytes.
pub(super) fn same(old: &Value, new: &Value) -> bool {
    let text = |value: &Value| match value {
        Value::Number(number) => Some(number.to_string()),
        Value::String(text) => Some(text.clone()),
        _ => None,
    };
    match (old, new) {
        (Value::Array(old), Value::Array(new)) => {
            old.len() == new.len() && old.iter().zip(new).all(|(old, new)| same(old, new))
        }
        (Value::String(old), Value::String(new)) => {
            old == new || STANDARD.encode(old) == *new || STANDARD.encode(new) == *old
        }
        _ => old == new || text(old).is_some_and(|old| text(new) == Some(old)),
    }
}

/// Writes the files of a schema; the first one is the one to open.
pub(super) fn put(folder: &Path, schema: &Schema) -> Result<PathBuf> {
    let failed = |error| Error::io("cannot write a temporary file", error);
    let mut first = None;
    let single = schema.files.len() == 1;
    for (n, file) in schema.files.iter().chain(&schema.imports).enumerate() {
        let named = Path::new(&*file.name);
        let relative: PathBuf = match schema.language() {
            Language::Avro => "schema.avsc".into(),
            // The one that was named stands beside its imports.
            _ if single && n == 0 => "schema.proto".into(),
            _ => named.components().filter(|part| matches!(part, Component::Normal(_))).collect(),
        };
        let path = folder.join(relative);
        std::fs::create_dir_all(path.parent().unwrap_or(folder)).map_err(failed)?;
        std::fs::write(&path, file.text.as_bytes()).map_err(failed)?;
        first.get_or_insert(path);
    }
    first.ok_or_else(|| Error::usage("the schema is not a text").in_source(schema.name.clone()))
}
