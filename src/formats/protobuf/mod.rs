//! Protobuf: streams of length-delimited messages, and files that are one message.
//!
//! Bytes carry no schema: reading needs a definition (`.proto` or descriptor set), or the `.proto` that stands beside
//! the file. Writing uses a given definition, the one that the records came with, or a generated one.

mod cut;
mod decode;
mod encode;
mod fit;
mod framing;
mod known;
mod schema;
mod split;
#[cfg(test)]
mod tests;

use std::io::Read;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use arrow_schema::{Field, Schema, SchemaRef};

use crate::code::Code;
use crate::column::proto::decode::message::fits;
use crate::column::proto::decode::{Target, Unknown};
use crate::column::proto::encode::plan;
use crate::column::proto::text::read::Reader as TextReader;
use crate::column::proto::wire;
use crate::column::repair::Repair;
use crate::error::{Error, Result};
use crate::format::{Definition, Fit, Format, GivenFits, Info, ReadOptions, Setting, Settings, Sniff, WriteOptions};
use crate::output::Output;
use crate::pipeline::stream::{Compressed, StreamReader, StreamWriter};
use crate::pipeline::{Exec, Reader, Sink, Writer};
use crate::policy::Policy;
use crate::report::Report;
use crate::schema::proto::arrow::{READ, restore, schema_of};
use crate::schema::proto::generate::check_name;
use crate::schema::proto::load::Loaded;
use crate::schema::proto::pool::Pool;
use crate::schema::proto::settings::{self, choice};
use crate::schema::proto::shape::{ReadAs, TextAs};
use crate::schema::width::chunk_records;
use crate::source::{HEAD_BYTES, Source};
use decode::{Decoder, Looks, TextOf};
use encode::Encoder;
use framing::{Envelope, Framing};

/// The format.
pub static FORMAT: Protobuf = Protobuf;

/// Protobuf.
#[derive(Debug)]
pub struct Protobuf;

const FRAMING: Setting = Setting {
    name: "framing",
    values: "delimited|single|grpc|u32be|u32le|base64|hex|text|text-lines|confluent",
    default: "delimited",
    about: "each message behind its length (a varint, or as in gRPC, or 4 bytes), a line of base64 or hex, or the whole \
            file; text: the whole file, or each line, in Protobuf's text format; confluent: the whole file, with \
            envelope=confluent",
};

const ENVELOPE: Setting = Setting {
    name: "envelope",
    values: "none|confluent",
    default: "none",
    about: "inside its frame each message follows the id of its schema in Confluent's schema registry",
};

const SCHEMA_ID: Setting = Setting {
    name: "schema-id",
    values: "NUMBER",
    default: "any when reading",
    about: "the id in front of each message, for envelope=confluent",
};

const WRITE: &[Setting] = &[
    FRAMING,
    ENVELOPE,
    SCHEMA_ID,
    Setting {
        name: "hints",
        values: "true|false",
        default: "true",
        about: "remember Arrow types in options of a generated .proto",
    },
    Setting {
        name: "nulls",
        values: "plain|wrap",
        default: "plain",
        about: "null lists, and nulls in lists and maps: refused or counted, or exact with messages around them",
    },
    Setting {
        name: "int",
        values: "varint|zigzag|fixed",
        default: "varint",
        about: "integers of a generated .proto: int32, sint32 or sfixed32 and their siblings",
    },
    Setting {
        name: "decimal",
        values: "google|confluent|string|bytes",
        default: "google",
        about: "decimals of a generated .proto: google.type.Decimal, confluent.type.Decimal, digits, or the unscaled \
                number",
    },
    Setting { name: "uuid", values: "string|bytes", default: "string", about: "UUIDs of a generated .proto" },
    Setting {
        name: "date",
        values: "google|int32",
        default: "google",
        about: "dates of a generated .proto: google.type.Date (years 1 to 9999), or days since 1970",
    },
    Setting {
        name: "naive",
        values: "timestamp|datetime|int64",
        default: "timestamp",
        about: "local timestamps of a generated .proto: google.protobuf.Timestamp, google.type.DateTime without an \
                offset, or a number",
    },
    Setting {
        name: "json",
        values: "string|value",
        default: "string",
        about: "JSON columns of a generated .proto: text, or google.protobuf.Value",
    },
    Setting {
        name: "syntax",
        values: "proto3|editions|2023|2024|2026",
        default: "as it was read, else proto3",
        about: "the syntax of a generated .proto: editions is the first, 2023",
    },
    Setting {
        name: "evolve",
        values: "FILE.proto",
        default: "the .proto that is beside the output",
        about: "the schema that was written before: its field numbers stay, and none is used again",
    },
    Setting {
        name: "rename",
        values: "OLD=NEW,...",
        default: "none",
        about: "columns that have another name than in the schema before: they keep their numbers, as those of --rename do",
    },
    Setting {
        name: "number-from",
        values: "none|field-id",
        default: "none",
        about: "numbers of new fields of a generated .proto: the next free ones, or the field ids of Parquet and Iceberg \
                where columns have them",
    },
    Setting {
        name: "renumber",
        values: "true|false",
        default: "false",
        about: "give a column a new number if its type cannot stay compatible with the schema before",
    },
];

static INFO: Info = Info {
    name: "protobuf",
    aliases: &[("proto", &[]), ("pb", &[])],
    extensions: &[
        ("pb", &[]),
        ("pbs", &[]),
        ("protobuf", &[]),
        ("delimited", &[]),
        ("binpb", &[("framing", "single")]),
        ("txtpb", &[("framing", "text")]),
        ("textproto", &[("framing", "text")]),
        ("textpb", &[("framing", "text")]),
        ("pbtxt", &[("framing", "text")]),
    ],
    about: "Protobuf messages of a .proto schema",
    outer_compression: true,
    read: &[
        FRAMING,
        ENVELOPE,
        SCHEMA_ID,
        Setting {
            name: "schemas",
            values: "FOLDER",
            default: "",
            about: "for envelope=confluent: files ID.proto (or .protoset); messages are read with --schema, or that of \
                    the first, if their own says the same of the fields that both have",
        },
        Setting {
            name: "unknown",
            values: "error|keep|drop",
            default: "keep to Protobuf, else error",
            about: "fields that are not in the schema: stop, keep in a column _unknown, or leave out and count",
        },
        settings::TIMESTAMP,
        settings::DURATION,
        settings::DATE,
        settings::DATETIME,
        settings::DECIMAL,
        settings::ENUM,
        settings::CLOSED_ENUM,
        settings::INVALID_UTF8,
        settings::RECURSION,
        settings::ANY,
        settings::STRUCT,
        settings::ONEOF,
        settings::APPLY_DEFAULTS,
        settings::HINTS,
    ],
    write: WRITE,
    codecs: &[],
};

/// Settings that say how messages lie in the bytes, not what they mean.
const OF_THE_FILE: [&str; 3] = ["framing", "envelope", "schema-id"];

/// Settings for reading.
struct ReadSettings {
    framing: Framing,
    unknown: Unknown,
    /// Whether numbers that a closed enum does not declare are unknown fields.
    closed_strictly: bool,
    read: ReadAs,
}

fn framing(settings: &Settings) -> Result<Framing> {
    match settings.get("framing") {
        Some("confluent") => Ok(Framing::Single),
        _ => choice(settings, "framing", Framing::NAMES),
    }
}

/// What stands in front of each message; `writing` needs to know the id.
fn envelope(settings: &Settings, pool: &Pool, message: usize, writing: bool) -> Result<Option<Envelope>> {
    let given = choice(settings, "envelope", &[("none", false), ("confluent", true)])?;
    let id = match settings.get("schema-id") {
        None => None,
        Some(text) => Some(text.parse().map_err(|_| Error::usage(format!("schema-id={text}: expected a number")))?),
    };
    if !given && settings.get("framing") != Some("confluent") {
        return match id {
            None => Ok(None),
            Some(_) => Err(Error::usage("schema-id is a setting of envelope=confluent alone")),
        };
    }
    if framing(settings)?.is_text() {
        return Err(Error::usage("messages in the text format are in no envelope"));
    }
    if writing && id.is_none() {
        return Err(Error::usage("envelope=confluent is written with the id that the registry gave the schema")
            .with_hint("add --to-opt schema-id=ID"));
    }
    Envelope::new(pool, message, id).map(Some)
}

fn read_settings(options: &ReadOptions) -> Result<ReadSettings> {
    let mut settings = options.settings.clone();
    settings.check(INFO.name, INFO.read)?;
    if options.policies.get(Code::Utf8) == Some(Policy::Replace) {
        settings.set_default("invalid-utf8", "replace");
    }
    let settings = &settings;
    let unknown =
        choice(settings, "unknown", &[("error", Unknown::Error), ("keep", Unknown::Keep), ("drop", Unknown::Drop)])?;
    let read = settings::read_as(settings)?;
    if read.apply_defaults && read.text == TextAs::Binary {
        return Err(Error::usage("apply-defaults puts text in the place of text: not with invalid-utf8=binary"));
    }
    let closed_strictly = choice(settings, "closed-enum", &[("keep", false), ("spec", true)])?;
    Ok(ReadSettings { framing: framing(settings)?, unknown, closed_strictly, read })
}

/// Protobuf to read, for [`Convert`](crate::Convert), [`open`](crate::open()) and whatever takes an input. The bytes do not
/// say what they mean: the schema is [`Convert::schema`](crate::Convert::schema), a `.proto` file or a descriptor set.
///
/// ```
/// use fmtconv::formats::protobuf;
/// use fmtconv::{Convert, Output, Source, format::Definition};
///
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("person.proto");
/// std::fs::write(&path, "syntax = \"proto3\"; message Person { int32 id = 1; string name = 2; }")?;
/// let schema = Definition { path, message: Some("Person".to_owned()), includes: Vec::new(), content: None };
/// # #[cfg(feature = "csv")] {
/// use fmtconv::formats::csv;
///
/// // One message, of which the length stands before it.
/// let bytes = b"\x07\x08\x01\x12\x03Ann".as_slice();
/// let input = protobuf::read(Source::bytes("a.binpb", bytes)).option("framing", "delimited");
/// let (output, memory) = Output::memory();
/// Convert::new(input).to(csv::write(output)).schema(schema).run()?;
/// assert_eq!(memory.take().unwrap(), b"id,name\n1,Ann\n");
/// # }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn read(source: impl Into<crate::source::Source>) -> crate::input::Input {
    crate::input::Input::with_format(source, INFO.name)
}

/// The schema of records as a `.proto` file with a message called `name`, as settings for writing say.
///
/// # Errors
/// `Unsupported` if a column has no Protobuf type; `Usage` for a setting.
pub(crate) fn proto_text(schema: &Schema, name: &str, settings: &Settings) -> Result<String> {
    settings.check(INFO.name, INFO.write)?;
    schema::proto_text(schema, name, settings)
}

/// Protobuf to write, for [`Convert`](crate::Convert), [`create`](crate::create()) and whatever takes a target. Without a schema one
/// is made from the columns ([`WriteOptions::emit_schema`] keeps it). See [`read`].
pub fn write(target: impl Into<crate::convert::Target>) -> crate::convert::Target {
    crate::convert::Target::with_format(target, INFO.name)
}

impl Format for Protobuf {
    fn info(&self) -> &'static Info {
        &INFO
    }

    fn emits_schema(&self, _: &Settings) -> bool {
        true
    }

    fn read_back(
        &self,
        schema: &SchemaRef,
        options: &WriteOptions,
        companion: Option<&Path>,
        like: Option<&Settings>,
    ) -> ReadOptions {
        let made =
            companion.map(|path| Definition { path: path.into(), message: None, includes: Vec::new(), content: None });
        let definition = options.definition.clone().or(made);
        let mut settings = INFO.settings_back(&options.settings);
        // What types are read as is taken from the input; how the bytes of the output lie is not.
        let types = like.into_iter().flat_map(Settings::iter).filter(|(name, _)| !OF_THE_FILE.contains(name));
        for (name, value) in types {
            settings.set_default(name, value);
        }
        // Records that were messages before are columns as they were read then; those of other formats have no bytes of
        // messages.
        let unsaid = if like.is_some() { "" } else { "recursion=json" };
        let read = schema.metadata().get(READ).map_or(unsaid, String::as_str);
        for (name, value) in settings::given(read) {
            settings.set_default(name, &value);
        }
        // It is known; nothing is guessed from the bytes.
        settings.set_default("framing", "delimited");
        ReadOptions { settings, schema: Some(schema.clone()), definition, ..ReadOptions::default() }
    }

    /// Nothing in the bytes tells.
    fn sniff(&self, _: &[u8]) -> Sniff {
        Sniff::No
    }

    fn takes_columns(&self, _: &Settings) -> bool {
        false
    }

    fn open(&self, source: Source, options: &ReadOptions, _: &Exec) -> Result<Box<dyn Reader>> {
        let settings = read_settings(options)?;
        let by_id = schema::by_id(&source, options, settings.framing)?;
        let (loaded, known) = match by_id {
            Some((loaded, envelope)) => (loaded, Some(envelope)),
            None => (schema::for_reading(&source, options)?, None),
        };
        let guessed = options.settings.get("framing").is_none();
        // A stream is not waited for: its decoder looks.
        if guessed && source.size().is_some() {
            check_framing(&source, options, Some(&loaded))?;
        }
        let (record, natural) = schema_of(&loaded.pool, loaded.message, settings.read)?;
        let restored = restore(&loaded.pool, &record, natural.clone(), settings.read);
        let mut report = Report::default();
        for path in &restored.ignored {
            report.note(Code::Hint, path);
        }
        let split =
            split::Messages::new(settings.framing, options.limits.record_bytes_max).at_most(chunk_records(&natural));
        let envelope = match known {
            Some(envelope) => Some(envelope),
            None => envelope(&options.settings, &loaded.pool, loaded.message, false)?,
        };
        let (pool, schema) = (Arc::new(loaded.pool), Arc::new(natural));
        let text = settings.framing.is_text().then(|| TextOf {
            reader: TextReader::new(pool.clone(), options.limits.depth_max),
            message: loaded.message,
        });
        let target = Target::new(pool.clone(), record, schema, restored, settings.unknown, options.limits.depth_max)
            .repairing(match settings.read.text {
                TextAs::Replaced => Some(Repair::Replace),
                TextAs::Latin1 => Some(Repair::Latin1),
                TextAs::Utf8 | TextAs::Binary => None,
            })
            .letting(&options.policies)
            .filling(settings.read.apply_defaults)
            .closing(settings.closed_strictly);
        let looks = (guessed && source.size().is_none()).then(|| Looks { pool: pool.clone(), message: loaded.message });
        let decoder = Decoder::new(target, settings.framing, envelope, options.limits).looking(looks).of_text(text);
        let input = source.open()?;
        let reader = StreamReader::new(source.name(), input, Box::new(split), Arc::new(decoder), options.limits);
        Ok(Box::new(reader.with_report(report)))
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
        let plan = plan::message(&target.pool, target.message, schema.fields())?;
        let envelope = envelope(&options.settings, &target.pool, target.message, true)?;
        let encoder = Encoder::new(target.pool, target.message, plan, framing, envelope);
        let written = encoder.written();
        let mut report = Report::default();
        for (code, column) in target.notes {
            report.note(code, column);
        }
        let mut writer = StreamWriter::new(output, encoder, Vec::new())?.with_report(report);
        if let Some((file, bytes)) = target.emit {
            writer = writer.with_companion(file, &bytes)?;
        }
        Ok(match framing {
            one if one.is_one() => Box::new(OneMessage { writer, written, framing: one.name() }),
            _ => Box::new(writer),
        })
    }

    fn fit(&self, field: &Field, parents: &[&Field], options: &WriteOptions) -> Fit {
        fit::fit(field, parents, options)
    }

    fn fit_schema(&self, schema: &Schema, options: &WriteOptions) -> Fit {
        fit::fit_schema(schema, options)
    }

    fn fit_given(&self, schema: &Schema, options: &WriteOptions) -> Option<GivenFits> {
        fit::given::fits(schema, options)
    }

    fn takes_name(&self, name: &str, _: &Settings) -> Result<bool> {
        check_name(name).map(|()| true)
    }

    fn idle(&self, setting: &str, options: &WriteOptions) -> Option<&'static str> {
        (options.definition.is_some() && !OF_THE_FILE.contains(&setting))
            .then_some("the schema is given, and none is made")
    }

    fn suit(&self, target: &str, settings: &mut Settings) {
        if target == INFO.name {
            settings.set_default("unknown", "keep");
            settings.set_default("struct", "bytes");
        } else {
            settings.set_default("recursion", "json");
        }
    }

    fn inspect(&self, source: &Source, options: &ReadOptions) -> Result<serde_json::Value> {
        let settings = read_settings(options)?;
        let loaded = schema::for_reading(source, options)?;
        if options.settings.get("framing").is_none() && source.size().is_some() {
            check_framing(source, options, Some(&loaded))?;
        }
        let (messages, bytes) = count(source, options, settings.framing)?;
        let framing = settings.framing.name();
        let message = &loaded.pool.messages[loaded.message].name;
        Ok(
            serde_json::json!({ "format": "protobuf", "message": message, "framing": framing, "messages": messages, "bytes": bytes }),
        )
    }

    fn count(&self, source: &Source, options: &ReadOptions) -> Result<Option<u64>> {
        let settings = read_settings(options)?;
        if options.settings.get("framing").is_none() && source.size().is_some() {
            check_framing(source, options, None)?;
        }
        count(source, options, settings.framing).map(|(messages, _)| Some(messages))
    }
}

/// Writes a file that is one message: without a record there is none, and an empty file would read as one.
struct OneMessage {
    writer: StreamWriter<Encoder>,
    written: Arc<AtomicBool>,
    framing: &'static str,
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
            return Err(Error::usage(format!("framing={} holds one record, but there is none", self.framing))
                .with_hint("write another framing: --to-opt framing=delimited, or text-lines"));
        }
        self.writer.finish()
    }
}

/// Fails if a file that no framing was named for shows another one than the default.
fn check_framing(source: &Source, options: &ReadOptions, loaded: Option<&Loaded>) -> Result<()> {
    let head = source.head()?;
    let fits = |bytes: &[u8]| loaded.is_none_or(|loaded| fits(&loaded.pool, loaded.message, bytes));
    let goes_on = |framing| count(source, options, framing).is_ok();
    match framing::another(&head, head.len() < HEAD_BYTES, fits, goes_on) {
        None => Ok(()),
        Some(framing) => Err(framing.seen().in_source(source.name())),
    }
}

/// Messages and bytes of a file, from the lengths alone.
fn count(source: &Source, options: &ReadOptions, framing: Framing) -> Result<(u64, u64)> {
    use crate::pipeline::Split;
    let mut input = source.open()?;
    if framing.is_one() {
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
                framing.skip(&mut cursor)?;
                messages += 1;
            }
            bytes += cut as u64;
            buffer.drain(..cut);
        }
    }
}
