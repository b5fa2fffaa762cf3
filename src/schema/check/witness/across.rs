//! Between Avro and Protobuf: what a conversion to the reader's format makes of what the writer wrote.

use std::path::PathBuf;

use serde_json::Value;
use tempfile::TempDir;

use super::super::cross;
use super::super::given::Given;
use super::super::source::{Language, Schema};
use super::codec::{camel, definition, json, parsed, put, same, target};
use super::{Encoding, Outcome, Witness};
use crate::convert::{Convert, Target};
use crate::error::{Error, Result};
use crate::format::Definition;
use crate::input::Input;
use crate::output::Output;
use crate::pipeline::Exec;
use crate::schema::project::Selection;
use crate::source::Source;

/// One side: its language, its file, and which of its messages counts.
struct Side {
    language: Language,
    path: PathBuf,
    message: Option<String>,
}

impl Side {
    fn definition(&self) -> Definition {
        definition(&self.path, self.message.as_deref())
    }
    fn format(&self) -> &'static str {
        if self.language == Language::Avro { "avro" } else { "protobuf" }
    }
    fn input(&self, bytes: &[u8]) -> Input {
        Input::with_format(Source::bytes("the record", bytes.to_vec()), self.format()).option("framing", "single")
    }
    fn target(&self) -> Target {
        target(self.format()).option("framing", "single")
    }
}

/// Both schemas in a folder that goes when this does.
pub(super) struct Across {
    _folder: TempDir,
    exec: Exec,
    reader: Side,
    writer: Side,
    /// Columns that the reader has not: they are left out, which is a finding of its own.
    dropped: Vec<String>,
}

impl Across {
    pub fn new(reader: &Schema, writer: &Schema, given: &Given) -> Result<Across> {
        let folder = tempfile::tempdir().map_err(|error| Error::io("cannot write a temporary file", error))?;
        let messages = cross::messages(reader, writer, given)?;
        let side = |schema: &Schema, name: &str, message| -> Result<Side> {
            let path = put(&folder.path().join(name), schema)?;
            Ok(Side { language: schema.language(), path, message })
        };
        let issues = cross::can_read(reader, writer, given)?;
        let dropped = issues.iter().filter(|issue| issue.rule == "field-dropped");
        let dropped = dropped.filter_map(|issue| match issue.path.split('.').collect::<Vec<_>>().as_slice() {
            [_, column] => Some((*column).to_owned()),
            _ => None,
        });
        Ok(Across {
            dropped: dropped.collect(),
            exec: Exec::new(std::num::NonZeroUsize::new(1))?,
            reader: side(reader, "reader", messages.0)?,
            writer: side(writer, "writer", messages.1)?,
            _folder: folder,
        })
    }

    /// The full name of the message that the writer writes.
    pub fn message(&self) -> Option<&str> {
        self.writer.message.as_deref()
    }

    fn convert(&self, input: Input, target: Target, schema: &Side, written: Option<&Side>) -> Result<Vec<u8>> {
        let (output, memory) = Output::memory();
        let mut convert = Convert::new(input).to(Target { output, ..target }).schema(schema.definition());
        if let Some(written) = written {
            let selection = Selection { exclude: self.dropped.clone(), ..Selection::default() };
            convert = convert.target_schema(written.definition()).selection(selection);
        }
        convert.exec(self.exec.clone()).run()?;
        memory.take().ok_or_else(|| Error::internal("nothing was written"))
    }

    /// A witness if the column that `path` names does not come across, or comes across as another value.
    pub fn witness(&self, encoding: Encoding, record: &Value, path: &str) -> Result<Option<Witness>> {
        let text = record.to_string();
        let dialect = if encoding == Encoding::Avro { "avro" } else { "protojson" };
        let source = || json(text.as_bytes(), dialect);
        let Ok(encoded) = self.convert(source(), self.writer.target(), &self.writer, None) else { return Ok(None) };
        let Ok(written) = self.convert(source(), target("json"), &self.writer, None) else { return Ok(None) };
        let column = path.split('.').nth(1).map(|column| column.trim_end_matches(['[', ']', '{', '}']));
        let read = self.convert(self.writer.input(&encoded), self.reader.target(), &self.writer, Some(&self.reader));
        let read = read.and_then(|bytes| self.convert(self.reader.input(&bytes), target("json"), &self.reader, None));
        let outcome = match read {
            // A conversion can fail for another reason than the one that is to be shown.
            Err(error) if column.is_none_or(|column| error.to_string().contains(column)) => {
                Outcome::Refused(error.message().to_owned())
            }
            Err(_) => return Ok(None),
            Ok(read) => match column.is_some_and(|column| differs(&written, &read, column)) {
                true => Outcome::ReadAs(String::from_utf8_lossy(&read).trim().to_owned()),
                false => return Ok(None),
            },
        };
        Ok(Some(Witness { reader_is_new: true, record: text, encoding, encoded, outcome }))
    }
}

fn differs(written: &[u8], read: &[u8], column: &str) -> bool {
    let field = |text: &[u8]| {
        let record = parsed(text)?;
        let found = record.as_object()?.iter().find(|(key, _)| camel(key) == camel(column))?;
        Some(found.1.clone())
    };
    match (field(written), field(read)) {
        (Some(old), Some(new)) => !same(&old, &new),
        _ => false,
    }
}
