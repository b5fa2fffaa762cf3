//! Protobuf: streams of length-delimited messages, and files that are one message.
//!
//! Bytes carry no schema: reading needs a definition (`.proto` or descriptor set), or the `.proto` that stands beside
//! the file. Writing uses a given definition, the one that the records came with, or a generated one.

mod cut;
mod decode;
mod encode;
mod fault;
mod fit;
mod schema;
mod split;
#[cfg(test)]
mod tests;
mod wire;

use std::io::Read;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use arrow_schema::{Field, Schema, SchemaRef};

use crate::code::Code;
use crate::error::{Error, Result};
use crate::format::{Definition, Fit, Format, Info, ReadOptions, Setting, Settings, Sniff, WriteOptions};
use crate::output::Output;
use crate::pipeline::stream::{Compressed, StreamReader, StreamWriter};
use crate::pipeline::{Exec, Reader, Sink, Writer};
use crate::report::Report;
use crate::schema::annotations;
use crate::schema::proto::arrow::schema_of;
use crate::schema::proto::shape::{ReadAs, TimestampAs};
use crate::source::Source;
use decode::{Decoder, Framing, Unknown};
use encode::Encoder;

/// The format.
pub static FORMAT: Protobuf = Protobuf;

/// Protobuf.
#[derive(Debug)]
pub struct Protobuf;

const FRAMING: Setting = Setting {
    name: "framing",
    values: "delimited|single",
    default: "delimited",
    about: "each message behind its length, or the whole file one message",
};

static INFO: Info = Info {
    name: "protobuf",
    aliases: &[("proto", &[]), ("pb", &[])],
    extensions: &[
        ("pb", &[]),
        ("pbs", &[]),
        ("protobuf", &[]),
        ("delimited", &[]),
        ("binpb", &[("framing", "single")]),
    ],
    about: "Protobuf messages of a .proto schema",
    outer_compression: true,
    read: &[
        FRAMING,
        Setting {
            name: "unknown",
            values: "error|keep|drop",
            default: "error",
            about: "fields that are not in the schema: stop, keep in a column _unknown, or leave out and count",
        },
        Setting {
            name: "timestamp",
            values: "ns|us|struct",
            default: "ns",
            about: "unit of google.protobuf.Timestamp; struct keeps seconds and nanos",
        },
        Setting {
            name: "date",
            values: "date|struct",
            default: "date",
            about: "google.type.Date and TimeOfDay as dates and times, or as structs of their parts",
        },
        Setting { name: "enum", values: "text|int", default: "text", about: "enums as names or as numbers" },
    ],
    write: &[FRAMING],
    codecs: &[],
};

/// Settings for reading.
struct ReadSettings {
    framing: Framing,
    unknown: Unknown,
    read: ReadAs,
}

fn choice<T: Copy>(settings: &Settings, name: &str, choices: &[(&str, T)]) -> Result<T> {
    let given = settings.get(name).unwrap_or(choices[0].0);
    choices.iter().find(|(text, _)| *text == given).map(|(_, value)| *value).ok_or_else(|| {
        let names: Vec<_> = choices.iter().map(|(text, _)| *text).collect();
        Error::usage(format!("{name}={given}: expected {}", names.join(", ")))
    })
}

fn framing(settings: &Settings) -> Result<Framing> {
    choice(settings, "framing", &[("delimited", Framing::Delimited), ("single", Framing::Single)])
}

fn read_settings(settings: &Settings) -> Result<ReadSettings> {
    settings.check(INFO.name, INFO.read)?;
    let unknown =
        choice(settings, "unknown", &[("error", Unknown::Error), ("keep", Unknown::Keep), ("drop", Unknown::Drop)])?;
    let timestamp = choice(
        settings,
        "timestamp",
        &[("ns", TimestampAs::Nanoseconds), ("us", TimestampAs::Microseconds), ("struct", TimestampAs::Struct)],
    )?;
    let date_struct = choice(settings, "date", &[("date", false), ("struct", true)])?;
    let enum_int = choice(settings, "enum", &[("text", false), ("int", true)])?;
    let read = ReadAs { timestamp, date_struct, enum_int, keep_unknown: unknown == Unknown::Keep };
    Ok(ReadSettings { framing: framing(settings)?, unknown, read })
}

/// Protobuf to read, for [`Convert`](crate::Convert).
pub fn read(source: impl Into<crate::source::Source>) -> crate::input::Input {
    crate::input::Input::with_format(source, INFO.name)
}

/// Protobuf to write, for [`Convert`](crate::Convert).
pub fn write(target: impl Into<crate::convert::Target>) -> crate::convert::Target {
    crate::convert::Target::with_format(target, INFO.name)
}

impl Format for Protobuf {
    fn info(&self) -> &'static Info {
        &INFO
    }

    fn read_back(&self, schema: &SchemaRef, options: &WriteOptions, companion: Option<&Path>) -> ReadOptions {
        let made = companion.map(|path| Definition { path: path.into(), message: None, includes: Vec::new() });
        let definition = options.definition.clone().or(made);
        let settings = options.settings.clone();
        ReadOptions { settings, schema: Some(schema.clone()), definition, ..ReadOptions::default() }
    }

    /// Nothing in the bytes tells.
    fn sniff(&self, _: &[u8]) -> Sniff {
        Sniff::No
    }

    fn open(&self, source: Source, options: &ReadOptions, _: &Exec) -> Result<Box<dyn Reader>> {
        let settings = read_settings(&options.settings)?;
        let loaded = schema::for_reading(&source, options)?;
        let (record, schema) = schema_of(&loaded.pool, loaded.message, settings.read)?;
        let split = split::Messages::new(settings.framing, options.limits.record_bytes_max);
        let decoder =
            Decoder::new(loaded.pool, record, Arc::new(schema), settings.framing, settings.unknown, options.limits);
        let input = source.open()?;
        Ok(Box::new(StreamReader::new(source.name(), input, Box::new(split), Arc::new(decoder), options.limits)))
    }

    fn create(&self, output: Output, schema: SchemaRef, options: &WriteOptions) -> Result<Box<dyn Sink>> {
        options.settings.check(INFO.name, INFO.write)?;
        if let Some(compression) = &options.compression
            && compression.codec != "none"
        {
            return Err(Error::usage("protobuf has no compression inside the file")
                .with_hint("compress the whole output: name it OUT.pb.zst"));
        }
        let framing = framing(&options.settings)?;
        let target = schema::for_writing(&output, &schema, options)?;
        let plan = encode::plan::message(&target.pool, target.message, schema.fields())?;
        let encoder = Encoder::new(target.pool, plan, framing);
        let written = encoder.written();
        let mut report = Report::default();
        for name in target.renamed {
            report.note(Code::Name, name);
        }
        let mut writer = StreamWriter::new(output, encoder, Vec::new())?.with_report(report);
        if let Some((path, bytes)) = target.emit {
            writer = writer.with_companion(Output::path(path).overwrite(true), &bytes)?;
        }
        Ok(match framing {
            Framing::Delimited => Box::new(writer),
            Framing::Single => Box::new(OneMessage { writer, written }),
        })
    }

    fn fit(&self, field: &Field, parents: &[&Field], _: &WriteOptions) -> Fit {
        fit::fit(field, parents)
    }

    fn fit_schema(&self, schema: &Schema, _: &WriteOptions) -> Fit {
        Fit::exact("messages").with(&annotations::schema_lost_in_text(schema))
    }

    fn inspect(&self, source: &Source, options: &ReadOptions) -> Result<serde_json::Value> {
        let settings = read_settings(&options.settings)?;
        let loaded = schema::for_reading(source, options)?;
        let (messages, bytes) = count(source, options, settings.framing)?;
        let framing = if settings.framing == Framing::Single { "single" } else { "delimited" };
        let message = &loaded.pool.messages[loaded.message].name;
        Ok(
            serde_json::json!({ "format": "protobuf", "message": message, "framing": framing, "messages": messages, "bytes": bytes }),
        )
    }

    fn count(&self, source: &Source, options: &ReadOptions) -> Result<Option<u64>> {
        let settings = read_settings(&options.settings)?;
        count(source, options, settings.framing).map(|(messages, _)| Some(messages))
    }
}

/// Writes a file that is one message: without a record there is none, and an empty file would read as one.
struct OneMessage {
    writer: StreamWriter<Encoder>,
    written: Arc<AtomicBool>,
}

impl Writer for OneMessage {
    type Encoder = Compressed<Encoder>;

    fn encoder(&self) -> Arc<Self::Encoder> {
        self.writer.encoder()
    }

    fn report(&self) -> Report {
        self.writer.report()
    }

    fn append(&mut self, piece: Vec<u8>) -> Result<()> {
        self.writer.append(piece)
    }

    fn finish(&mut self) -> Result<u64> {
        if !self.written.load(Ordering::Relaxed) {
            return Err(Error::usage("framing=single holds one record, but there is none")
                .with_hint("leave out --to-opt framing=single"));
        }
        self.writer.finish()
    }
}

/// Messages and bytes of a file, from the lengths alone.
fn count(source: &Source, options: &ReadOptions, framing: Framing) -> Result<(u64, u64)> {
    use crate::pipeline::Split;
    let mut input = source.open()?;
    if framing == Framing::Single {
        let bytes = std::io::copy(&mut input, &mut std::io::sink())
            .map_err(|error| crate::source::read_error(error, 0).in_source(source.name()))?;
        return Ok((1, bytes));
    }
    let mut split = split::Messages::new(framing, options.limits.record_bytes_max);
    let (mut messages, mut bytes) = (0, 0);
    let mut buffer: Vec<u8> = Vec::new();
    let mut end = false;
    loop {
        if !end {
            let read = (&mut input)
                .take(options.limits.chunk_bytes.max(1) as u64)
                .read_to_end(&mut buffer)
                .map_err(|error| crate::source::read_error(error, bytes).in_source(source.name()))?;
            end = read == 0;
        }
        if end && buffer.is_empty() {
            return Ok((messages, bytes));
        }
        let cut = split.split(&buffer, end);
        let cut = cut.map_err(|error| error.shifted(0, 0, bytes).at_record(messages).in_source(source.name()))?;
        if let Some(cut) = cut {
            let mut cursor = wire::Cursor::new(&buffer[..cut]);
            while !cursor.is_done() {
                cursor.delimited()?;
                messages += 1;
            }
            bytes += cut as u64;
            buffer.drain(..cut);
        }
    }
}
