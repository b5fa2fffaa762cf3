//! Arrow IPC: the file format and the stream format, on the crate `arrow-ipc`.
//!
//! Both hold the same messages: a schema, dictionaries, record batches. `message` cuts and checks them, `file`
//! and `stream` find them, `stored` reads those of a file in parts (`range`), `decode` turns a record batch message into
//! records on any thread. The crate validates
//! every buffer (offsets, UTF-8, lengths); what it would trust (lengths of compressed buffers) is checked before.
//!
//! Source: the Arrow columnar format, "Serialization and Interprocess Communication (IPC)". Feather V2 is the file
//! format. Not supported: Feather V1, compressed big-endian data, tensors.
//!
//! A stream may end without its end marker, by the specification: one that was cut exactly between two messages
//! cannot be told from a complete one.

mod decode;
mod depth;
mod dictionary;
mod endian;
mod file;
mod gather;
mod inspect;
mod joined;
mod long;
mod message;
mod options;
mod range;
mod relaid;
mod settled;
mod stored;
mod stream;
mod write;

use arrow_schema::{Field, SchemaRef};

use crate::error::{Error, Result};
use crate::format::{Fit, Format, Info, ReadOptions, Settings, Sniff, WriteOptions};
use crate::output::Output;
use crate::pipeline::{Exec, Reader, Sink};
use crate::schema::type_text::field_text;
use crate::source::Source;
use message::{CONTINUATION, FEATHER_V1, MAGIC, is_file, is_stream};
use options::{Layout, WriteSettings};

/// The format.
pub static FORMAT: Ipc = Ipc;

/// Arrow IPC file and stream.
#[derive(Debug)]
pub struct Ipc;

static INFO: Info = Info {
    name: "arrow",
    aliases: &[
        ("ipc", &[]),
        ("feather", &[("layout", "file")]),
        ("arrow-file", &[("layout", "file")]),
        ("arrow-stream", &[("layout", "stream")]),
    ],
    extensions: &[
        ("arrow", &[("layout", "file")]),
        ("feather", &[("layout", "file")]),
        ("ipc", &[("layout", "file")]),
        ("arrows", &[("layout", "stream")]),
    ],
    about: "Arrow IPC: record batches as they are in memory, as a file (Feather V2) or a stream",
    outer_compression: false,
    read: options::READ,
    write: options::WRITE,
    codecs: options::CODECS,
};

/// Arrow IPC to read, for [`Convert`](crate::Convert), [`open`](crate::open()) and whatever takes an input.
///
/// ```
/// use fmtconv::formats::ipc;
/// use fmtconv::{Convert, Output, Source};
///
/// # #[cfg(feature = "csv")] {
/// use fmtconv::formats::csv;
///
/// let (output, memory) = Output::memory();
/// Convert::new(csv::read(Source::bytes("a.csv", "id,name\n1,Ann\n"))).to(ipc::write(output).option("layout", "file")).run()?;
/// let bytes = memory.take().unwrap();
/// assert!(bytes.starts_with(b"ARROW1"));
///
/// let (output, memory) = Output::memory();
/// Convert::new(ipc::read(Source::bytes("a.ipc", bytes))).to(csv::write(output)).run()?;
/// assert_eq!(memory.take().unwrap(), b"id,name\n1,Ann\n");
/// # }
/// # Ok::<(), fmtconv::Error>(())
/// ```
pub fn read(source: impl Into<crate::source::Source>) -> crate::input::Input {
    crate::input::Input::with_format(source, INFO.name)
}

/// Arrow IPC to write, for [`Convert`](crate::Convert), [`create`](crate::create()) and whatever takes a target. See [`read`].
pub fn write(target: impl Into<crate::convert::Target>) -> crate::convert::Target {
    crate::convert::Target::with_format(target, INFO.name)
}

/// Fails if the first bytes are text, which no message begins with: the length of a schema has zeros.
fn check_head(head: &[u8]) -> Result<()> {
    let is_text = |byte: &u8| !byte.is_ascii_control() || byte.is_ascii_whitespace();
    if is_file(head) || head.starts_with(&CONTINUATION) || !head.iter().all(is_text) || head.is_empty() {
        return Ok(());
    }
    Err(Error::malformed("not an Arrow file, which begins with ARROW1, nor a stream: it is text")
        .with_hint("if it holds another format, name that with --from"))
}

impl Format for Ipc {
    fn info(&self) -> &'static Info {
        &INFO
    }

    fn sniff(&self, head: &[u8]) -> Sniff {
        if head.starts_with(MAGIC) || head.starts_with(FEATHER_V1) {
            Sniff::Magic
        } else if is_stream(head) {
            Sniff::Likely
        } else {
            Sniff::No
        }
    }

    fn takes_columns(&self, _: &Settings) -> bool {
        false
    }

    fn open(&self, source: Source, options: &ReadOptions, _: &Exec) -> Result<Box<dyn Reader>> {
        options.settings.check("arrow", options::READ)?;
        let head = source.head()?;
        if head.starts_with(FEATHER_V1) {
            return Err(Error::unsupported("Feather version 1")
                .in_source(source.name())
                .with_hint("write it again as Feather version 2, which is the Arrow file format"));
        }
        check_head(&head).map_err(|error| error.in_source(source.name()))?;
        if is_file(&head) {
            Ok(Box::new(file::FileReader::open(&source, options)?))
        } else {
            Ok(Box::new(stream::StreamReader::open(&source, options)?))
        }
    }

    fn create(&self, output: Output, schema: SchemaRef, options: &WriteOptions) -> Result<Box<dyn Sink>> {
        let settings = WriteSettings::new(options, &schema)?;
        depth::check(&schema)?;
        if output.compression().is_some() {
            return Err(Error::usage("Arrow IPC is compressed inside, not as a whole")
                .with_hint("use --compression lz4 or zstd"));
        }
        match settings.layout {
            Layout::File => Ok(Box::new(write::FileWriter::create(output, &schema, settings)?)),
            Layout::Stream => Ok(Box::new(write::StreamWriter::create(output, &schema, settings)?)),
        }
    }

    fn check_ends(&self, source: &Source, _: &WriteOptions) -> Result<()> {
        match is_file(&source.head()?) {
            true => file::Footer::read(&source.blob()?).map(drop).map_err(|error| error.in_source(source.name())),
            // A stream that was cut between two messages cannot be told from a whole one.
            false => stream::StreamReader::open(source, &ReadOptions::default()).map(drop),
        }
    }

    fn fit(&self, field: &Field, _: &[&Field], _: &WriteOptions) -> Fit {
        Fit::exact(field_text(field))
    }

    fn inspect(&self, source: &Source, _: &ReadOptions) -> Result<serde_json::Value> {
        check_head(&source.head()?).map_err(|error| error.in_source(source.name()))?;
        let blob = source.blob()?;
        inspect::inspect(&blob).map_err(|error| error.in_source(source.name()))
    }

    fn count(&self, source: &Source, _: &ReadOptions) -> Result<Option<u64>> {
        check_head(&source.head()?).map_err(|error| error.in_source(source.name()))?;
        let blob = source.blob()?;
        inspect::count(&blob).map(Some).map_err(|error| error.in_source(source.name()))
    }
}

#[cfg(all(test, feature = "parquet", feature = "ipc"))]
mod tests;
