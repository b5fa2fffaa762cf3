//! Messages: data of Avro outside container files. What stands around each message is its framing; what stands in
//! front of its datum says which schema it was written with.
//!
//! * `none`: nothing; the schema is given (specification, section Binary Encoding).
//! * `single-object`: C3 01 and the fingerprint of the schema (specification, section Single-object Encoding).
//! * `confluent`: 00 and the number of the schema in a registry, 4 bytes, big-endian.

mod cut;
mod decode;
mod encode;
mod schemas;
mod split;

use std::path::Path;
use std::sync::Arc;

use arrow_schema::SchemaRef;

use super::options::{self, InvalidText, choice};
use super::{document_in, emitted, noted, reader_document, writer_document};
use crate::column::bytes::{parse_base64, parse_hex};
use crate::error::{Error, Result};
use crate::format::{Definition, ReadOptions, Settings, WriteOptions};
use crate::output::Output;
use crate::pipeline::push::PushDecoder;
use crate::pipeline::stream::{StreamReader, StreamWriter};
use crate::pipeline::{Reader, Sink};
use crate::report::Report;
use crate::schema::avsc::{self, Document, Fingerprints};
use crate::source::Source;
use schemas::Schemas;

/// How messages stand in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Framing {
    /// The file is one message.
    Single,
    /// One after the other: the schema tells where one ends.
    Concatenated,
    /// Each behind its length, a number of seven bits a byte.
    Delimited,
    /// Each behind its length, 4 bytes, big-endian.
    U32Be,
    /// Each behind its length, 4 bytes, little-endian.
    U32Le,
    /// One a line, in base64.
    Base64,
    /// One a line, in hexadecimal digits.
    Hex,
}

/// What stands in front of the datum of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Envelope {
    /// Nothing.
    None,
    /// The fingerprint of its schema.
    SingleObject,
    /// The number of its schema.
    Confluent,
}

impl Framing {
    const NAMES: &[(&str, Framing)] = &[
        ("delimited", Framing::Delimited),
        ("single", Framing::Single),
        ("concatenated", Framing::Concatenated),
        ("u32be", Framing::U32Be),
        ("u32le", Framing::U32Le),
        ("base64", Framing::Base64),
        ("hex", Framing::Hex),
    ];

    /// What the setting calls it.
    fn name(self) -> &'static str {
        Framing::NAMES.iter().find(|(_, framing)| *framing == self).map_or("", |(name, _)| name)
    }

    /// Whether each message is a line of text.
    fn is_lines(self) -> bool {
        matches!(self, Framing::Base64 | Framing::Hex)
    }

    /// The framing in the settings; `None`: a container file.
    pub(super) fn new(settings: &Settings) -> Result<Option<Framing>> {
        let short = [("single-object", Some(Framing::Concatenated)), ("confluent", Some(Framing::Single))];
        let choices: Vec<_> = std::iter::once(("file", None))
            .chain(Framing::NAMES.iter().map(|(name, framing)| (*name, Some(*framing))))
            .chain(short)
            .collect();
        let framing = choice(settings, "framing", &choices)?;
        for name in ["envelope", "schemas", "schema-id"] {
            if framing.is_none() && settings.get(name).is_some() {
                return Err(Error::usage(format!("{name} is a setting of messages, not of container files"))
                    .with_hint("say how the messages stand in the file: --framing single, or delimited, ..."));
            }
        }
        Ok(framing)
    }
}

fn envelope(settings: &Settings) -> Result<Envelope> {
    let choices =
        [("none", Envelope::None), ("single-object", Envelope::SingleObject), ("confluent", Envelope::Confluent)];
    let given = choice(settings, "envelope", &choices)?;
    let implied = match settings.get("framing") {
        Some("single-object") => Envelope::SingleObject,
        Some("confluent") => Envelope::Confluent,
        _ => return Ok(given),
    };
    match settings.get("envelope").is_none() || given == implied {
        true => Ok(implied),
        false => Err(Error::usage("framing and envelope contradict each other")),
    }
}

fn schema_id(settings: &Settings) -> Result<Option<u32>> {
    settings.parse("schema-id", "a number of 32 bits")
}

/// What bytes that are no container file look like, to be said in a hint.
pub(super) fn guess(head: &[u8]) -> Option<&'static str> {
    match head {
        [0xc3, 0x01, rest @ ..] if rest.len() >= 8 => {
            Some("it looks like single-object encoding: --framing single-object --schema FILE.avsc")
        }
        [0, _, _, _, _, _, ..] => {
            Some("it may be a message of the Confluent wire format: --framing confluent --schema FILE.avsc")
        }
        _ => None,
    }
}

/// Opens a source of messages.
pub(super) fn open(source: &Source, options: &ReadOptions, framing: Framing) -> Result<Box<dyn Reader>> {
    let located = |error: Error| match error.origin().source.is_some() {
        true => error,
        false => error.in_source(source.name()),
    };
    let (decode, report) = decoder(options, framing, &source.head()?).map_err(located)?;
    let limits = options.limits;
    let split = split::splitter(framing, decode.shared_schemas(), limits);
    let reader = StreamReader::new(source.name(), source.open()?, split, Arc::new(decode), limits);
    Ok(Box::new(reader.with_report(report)))
}

/// A decoder that is fed messages.
pub(super) fn push(options: &ReadOptions, framing: Framing) -> Result<PushDecoder> {
    let (decode, _) = decoder(options, framing, &[])?;
    let split = split::splitter(framing, decode.shared_schemas(), options.limits);
    Ok(PushDecoder::new(split, Arc::new(decode), options.limits))
}

/// The decoder for messages that begin with `head`, and notes on their schema.
fn decoder(options: &ReadOptions, framing: Framing, head: &[u8]) -> Result<(decode::MessageDecode, Report)> {
    let settings = &options.settings;
    let envelope = envelope(settings)?;
    let given = options.definition.as_ref().map(document_in).transpose()?;
    let known = match settings.get("schemas") {
        Some(folder) => folder_of_schemas(Path::new(folder), envelope)?,
        None => Vec::new(),
    };
    if given.is_none() && known.is_empty() {
        return Err(Error::usage("messages are read with a schema")
            .with_hint("add --schema FILE.avsc, or --schemas DIR with a schema for each number or fingerprint"));
    }
    let first = first_payload(framing, head);
    let schemas = Schemas::new(envelope, given, known, schema_id(settings)?, reader_document(options)?, &first)?;
    let (schema, notes) = avsc::document_to_arrow(schemas.reader(), &options::to_arrow(options)?)?;
    let mut report = Report::default();
    for (code, column) in notes {
        report.note(code, column);
    }
    if InvalidText::new(options)? == InvalidText::Binary {
        return Err(Error::unsupported("invalid-utf8=binary with messages")
            .with_hint("use --invalid-utf8=replace, or give a reader's schema with bytes: --reader-schema FILE"));
    }
    let repairs = options::repairs(options)?;
    let decode = decode::MessageDecode::new(framing, Arc::new(schemas), Arc::new(schema), options.limits, repairs)?;
    Ok((decode, report))
}

/// The schemas in the .avsc files of a folder. For messages that hold the number of their schema, the file is named by
/// it: `7.avsc`.
fn folder_of_schemas(folder: &Path, envelope: Envelope) -> Result<Vec<(Option<u32>, Document)>> {
    let name = || folder.to_string_lossy().into_owned();
    let entries = std::fs::read_dir(folder).map_err(|error| Error::io("cannot read", error).in_source(name()))?;
    let mut paths = Vec::new();
    for entry in entries {
        let path = entry.map_err(|error| Error::io("cannot read", error).in_source(name()))?.path();
        if path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("avsc")) {
            paths.push(path);
        }
    }
    paths.sort();
    let mut known = Vec::with_capacity(paths.len());
    for path in paths {
        let number = path.file_stem().and_then(|stem| stem.to_str()?.parse().ok());
        if number.is_some() || envelope != Envelope::Confluent {
            known.push((number, document_in(&Definition::new(path))?));
        }
    }
    if known.is_empty() {
        return Err(Error::usage("the folder holds no schema")
            .in_source(name())
            .with_hint("schemas are .avsc files; for envelope=confluent named by their number: 7.avsc"));
    }
    Ok(known)
}

/// The start of the first message, as far as it is needed to see its schema.
fn first_payload(framing: Framing, head: &[u8]) -> Vec<u8> {
    let line = || head.split(|byte| *byte == b'\n').find(|line| !line.trim_ascii().is_empty()).unwrap_or_default();
    let mut payload = Vec::new();
    // What is wrong with it is said when it is read.
    match framing {
        Framing::Single | Framing::Concatenated => payload.extend_from_slice(head),
        Framing::Delimited => {
            let start = head.iter().position(|byte| *byte < 0x80).map_or(head.len(), |end| end + 1);
            payload.extend_from_slice(&head[start..]);
        }
        Framing::U32Be | Framing::U32Le => payload.extend_from_slice(head.get(4..).unwrap_or_default()),
        Framing::Base64 => drop(parse_base64(line().trim_ascii(), &mut payload)),
        Framing::Hex => drop(parse_hex(line().trim_ascii(), &mut payload)),
    }
    payload.truncate(64);
    payload
}

/// Creates an output of messages.
pub(super) fn create(
    output: Output,
    schema: SchemaRef,
    options: &WriteOptions,
    framing: Framing,
) -> Result<Box<dyn Sink>> {
    if options.compression.as_ref().is_some_and(|compression| compression.codec != "none") {
        return Err(Error::usage("messages are not compressed; container files are"));
    }
    if let Some(path) =
        output.as_path().filter(|path| path.extension().is_some_and(|ext| ext.eq_ignore_ascii_case("avro")))
    {
        // A setting that was meant for the input comes to the output as well.
        return Err(Error::usage("an .avro file is a container file, but framing asks for messages")
            .in_source(path.to_string_lossy())
            .with_hint(
                "if the framing is that of the input, use --from-opt framing=...; else give the output another name",
            ));
    }
    let document = writer_document(&output, &schema, options)?;
    let mut prefix = Vec::new();
    match (envelope(&options.settings)?, schema_id(&options.settings)?) {
        (Envelope::None, None) => {}
        (Envelope::SingleObject, None) => {
            prefix.extend_from_slice(&schemas::SINGLE_OBJECT);
            prefix.extend_from_slice(&Fingerprints::of(&document).crc64.to_le_bytes());
        }
        (Envelope::Confluent, Some(id)) => {
            prefix.push(schemas::CONFLUENT);
            prefix.extend_from_slice(&id.to_be_bytes());
        }
        (Envelope::Confluent, None) => {
            return Err(Error::usage("envelope=confluent writes the number of the schema in front of each message")
                .with_hint("say the number that the registry gave it: --schema-id 7"));
        }
        (_, Some(_)) => return Err(Error::usage("schema-id is a setting of envelope=confluent")),
    }
    let emitted = emitted(&output, options, &document)?;
    let unknown_symbol = options::unknown_symbol(&options.policies);
    let report = noted(&document, &schema);
    let encoder = encode::MessageEncode::new(document, framing, prefix, unknown_symbol, &schema)?;
    let written = encoder.written();
    let mut writer = StreamWriter::new(output, encoder, Vec::new())?.with_report(report);
    if let Some((file, text)) = emitted {
        writer = writer.with_companion(file, text.as_bytes())?;
    }
    Ok(match framing {
        Framing::Single => Box::new(encode::OneMessage::new(writer, written)),
        _ => Box::new(writer),
    })
}
