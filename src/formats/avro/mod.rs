//! Avro object container files (Avro 1.12 specification): a header with the schema, then blocks of records.
//!
//! The schema is walked once and compiled into columns (`column`) and, for writing, into bound writers (`write`);
//! bytes go straight into column vectors and back. Blocks are cut by `split`, decompressed and decoded on the
//! workers (`decode`), encoded and compressed there too (`encode`). What each type becomes is in
//! [`schema::avsc`](crate::schema::avsc).

mod bind;
mod codec;
mod column;
mod cursor;
mod cut;
mod decode;
mod encode;
mod fit;
mod header;
mod inspect;
mod json;
mod numeric;
mod put;
mod restore;
mod skip;
mod split;
mod walk;
mod write;

#[cfg(test)]
mod tests;

use std::io::Read;

use arrow_array::RecordBatch;
use arrow_schema::{Field, SchemaRef};
use sha2::{Digest, Sha256};

use crate::error::{Error, Result};
use crate::format::{Fit, Format, Info, ReadOptions, Setting, Settings, Sniff, WriteOptions};
use crate::output::Output;
use crate::pipeline::stream::{StreamReader, StreamWriter};
use crate::pipeline::{Exec, Reader, Sink};
use crate::report::Report;
use crate::schema::avsc::{self, Document, Names, Naming, Recursion, ToArrow, keys};
use crate::source::Source;
use codec::Codec;
use header::Header;

/// Avro object container files.
#[derive(Debug)]
pub struct Avro;

/// The format, for a registry.
pub static FORMAT: Avro = Avro;

/// Bytes of a block, uncompressed, about: small enough to stay in cache, large enough to compress well.
const BLOCK_BYTES: usize = 64 << 10;

const READ: &[Setting] = &[
    Setting {
        name: "hints",
        values: "true|false",
        default: "true",
        about: "restore Arrow types that fmtconv noted in the schema (uint8, duration, dictionary, ...)",
    },
    Setting {
        name: "recursion",
        values: "json|bytes",
        default: "json",
        about: "what holds the inner part of a recursive type: JSON text, or Avro bytes",
    },
];

const WRITE: &[Setting] = &[
    Setting {
        name: "hints",
        values: "true|false",
        default: "true",
        about: "note Arrow types that Avro lacks in an attribute of the schema, so that reading restores them",
    },
    Setting {
        name: "namespace",
        values: "NAME",
        default: "none",
        about: "namespace of the root record, if the data does not carry one",
    },
    Setting {
        name: "block-bytes",
        values: "BYTES",
        default: "65536",
        about: "size of a block before compression, about",
    },
    Setting {
        name: "sync",
        values: "derived|random",
        default: "derived",
        about: "sync marker: derived from schema and options, so that equal input gives equal bytes, or random",
    },
];

static INFO: Info = Info {
    name: "avro",
    aliases: &[("ocf", &[])],
    extensions: &[("avro", &[])],
    about: "Avro object container file: records in compressed blocks behind their schema",
    outer_compression: false,
    read: READ,
    write: WRITE,
    codecs: codec::NAMES,
};

/// Avro to read, for [`Convert`](crate::Convert).
pub fn read(source: impl Into<crate::source::Source>) -> crate::input::Input {
    crate::input::Input::with_format(source, INFO.name)
}

/// Avro to write, for [`Convert`](crate::Convert).
pub fn write(target: impl Into<crate::convert::Target>) -> crate::convert::Target {
    crate::convert::Target::with_format(target, INFO.name)
}

impl Format for Avro {
    fn info(&self) -> &'static Info {
        &INFO
    }

    fn sniff(&self, head: &[u8]) -> Sniff {
        if head.starts_with(header::MAGIC) { Sniff::Magic } else { Sniff::No }
    }

    fn open(&self, source: Source, options: &ReadOptions, _exec: &Exec) -> Result<Box<dyn Reader>> {
        let Opened { input, header, decode, report } = opened(&source, options)?;
        let limits = options.limits;
        let split = split::BlockSplit::new(header.sync, limits.record_bytes_max);
        let reader = StreamReader::new(source.name(), input, Box::new(split), std::sync::Arc::new(decode), limits);
        Ok(Box::new(reader.after_header(header.len, 0).with_report(report)))
    }

    fn walk(&self, source: Source, options: &ReadOptions, _exec: &Exec) -> Result<Box<dyn Reader>> {
        let Opened { header, decode, .. } = opened(&source.rewindable()?.0, options)?;
        Ok(Box::new(walk::Walk {
            blob: source.blob()?,
            source: source.name(),
            decode: std::sync::Arc::new(decode),
            sync: header.sync,
            at: header.len,
            block_bytes_max: options.limits.record_bytes_max,
        }))
    }

    fn create(&self, output: Output, schema: SchemaRef, options: &WriteOptions) -> Result<Box<dyn Sink>> {
        let settings = &options.settings;
        settings.check("avro", WRITE)?;
        let (codec, level) = Codec::from_option(options.compression.as_ref())?;
        let block_bytes = settings.parse("block-bytes", "a number of bytes")?.unwrap_or(BLOCK_BYTES);
        if block_bytes == 0 {
            return Err(Error::usage("block-bytes=0: expected at least 1"));
        }
        let document = writer_document(&output, &schema, options)?;
        // Bound to nothing: says what cannot be written before there is an output.
        bind::bind(&document, &RecordBatch::new_empty(schema.clone()))?;
        let mut metadata = vec![
            ("avro.codec".to_owned(), codec.name().as_bytes().to_vec()),
            ("avro.schema".to_owned(), document.text.as_bytes().to_vec()),
        ];
        for (key, value) in schema.metadata() {
            if !key.starts_with(keys::AVRO_PREFIX) && !key.starts_with(keys::PREFIX) && key != "ARROW:schema" {
                metadata.push((key.clone(), value.as_bytes().to_vec()));
            }
        }
        let sync = sync_marker(settings, &metadata, level, block_bytes)?;
        let header = Header::write(&metadata, &sync);
        let emitted =
            options.emit_schema.as_ref().map(|path| (Output::path(path).overwrite(true), document.text.clone() + "\n"));
        let encoder = encode::BlockEncode { document, codec, level, sync, block_bytes };
        let writer = StreamWriter::new(output, encoder, header)?;
        Ok(match emitted {
            None => Box::new(writer),
            Some((companion, text)) => Box::new(writer.with_companion(companion, text.as_bytes())?),
        })
    }

    fn fit(&self, field: &Field, parents: &[&Field], options: &WriteOptions) -> Fit {
        fit::fit(field, parents, options.settings.flag("hints", true).unwrap_or(true))
    }

    fn inspect(&self, source: &Source, _options: &ReadOptions) -> Result<serde_json::Value> {
        let (mut input, header) = open_header(source)?;
        inspect::inspect(source, &header, &mut input)
    }

    fn count(&self, source: &Source, _options: &ReadOptions) -> Result<Option<u64>> {
        let (mut input, header) = open_header(source)?;
        Ok(Some(inspect::blocks(source, &header, &mut input)?.records))
    }
}

/// A file whose header is read.
struct Opened {
    /// Stands behind the header.
    input: Box<dyn Read + Send>,
    header: Header,
    decode: decode::BlockDecode,
    report: Report,
}

fn opened(source: &Source, options: &ReadOptions) -> Result<Opened> {
    options.settings.check("avro", READ)?;
    if options.definition.is_some() {
        return Err(Error::unsupported("reading Avro with another schema than that of the file")
            .with_hint("leave the schema out: the file has its own"));
    }
    let located = |error: Error| error.in_source(source.name());
    let (input, header) = open_header(source)?;
    let codec = Codec::from_header(header.get("avro.codec")).map_err(located)?;
    let document = avsc::parse(header.schema().map_err(located)?, Names::Lenient).map_err(located)?;
    let (schema, notes) = avsc::document_to_arrow(&document, &to_arrow_options(options)?).map_err(located)?;
    let mut metadata = schema.metadata().clone();
    for (key, value) in &header.metadata {
        let ours = key.starts_with(keys::AVRO_PREFIX) || key.starts_with(keys::PREFIX);
        if let (false, Ok(text)) = (ours, std::str::from_utf8(value)) {
            metadata.insert(key.clone(), text);
        }
    }
    let schema: SchemaRef = schema.with_metadata(metadata).into();
    let mut report = Report::default();
    for (code, column) in notes {
        report.note(code, column);
    }
    let decode = decode::BlockDecode::new(document, schema, codec, options.limits).map_err(located)?;
    Ok(Opened { input, header, decode, report })
}

fn open_header(source: &Source) -> Result<(Box<dyn Read + Send>, Header)> {
    let mut input: Box<dyn Read + Send> = Box::new(std::io::BufReader::new(source.open()?));
    let header = Header::read(&mut input).map_err(|error| error.in_source(source.name()))?;
    Ok((input, header))
}

fn to_arrow_options(options: &ReadOptions) -> Result<ToArrow> {
    let recursion = match options.settings.get("recursion") {
        None | Some("json") => Recursion::Json,
        Some("bytes") => Recursion::Bytes,
        Some(other) => return Err(Error::usage(format!("recursion={other}: expected json or bytes"))),
    };
    let hints = options.settings.flag("hints", true)?;
    Ok(ToArrow { hints, recursion, depth_max: options.limits.depth_max })
}

/// The schema to write with: the one given, the one the data came with, or one made for the columns.
fn writer_document(output: &Output, schema: &SchemaRef, options: &WriteOptions) -> Result<Document> {
    if let Some(definition) = &options.definition {
        let name = definition.path.to_string_lossy().into_owned();
        let text = std::fs::read_to_string(&definition.path)
            .map_err(|error| Error::io("cannot read", error).in_source(name.clone()))?;
        return avsc::parse(&text, Names::Strict).map_err(|error| error.in_source(name));
    }
    if let Some(original) = avsc::original(schema) {
        return Ok(original);
    }
    let stem = output.as_path().and_then(|path| path.file_stem()).map(|stem| stem.to_string_lossy().into_owned());
    let naming = Naming {
        name: options.name.clone().or(stem),
        namespace: options.settings.get("namespace").map(str::to_owned),
        hints: options.settings.flag("hints", true)?,
    };
    avsc::parse(&avsc::from_arrow(schema, &naming)?, Names::Strict)
}

/// 16 bytes that stand behind every block. Derived from everything that shapes the file, so that equal input and
/// options give equal bytes.
fn sync_marker(
    settings: &Settings,
    metadata: &[(String, Vec<u8>)],
    level: Option<i32>,
    block_bytes: usize,
) -> Result<[u8; 16]> {
    let mut hash = Sha256::new();
    match settings.get("sync") {
        None | Some("derived") => {}
        Some("random") => {
            use std::hash::{BuildHasher, Hasher};
            for _ in 0..2 {
                let random = std::collections::hash_map::RandomState::new().build_hasher().finish();
                hash.update(random.to_le_bytes());
            }
        }
        Some(other) => return Err(Error::usage(format!("sync={other}: expected derived or random"))),
    }
    for (key, value) in metadata {
        for part in [key.as_bytes(), value] {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        }
    }
    hash.update(format!("{level:?} {block_bytes}"));
    let digest = hash.finalize();
    let mut sync = [0; 16];
    sync.copy_from_slice(&digest[..16]);
    Ok(sync)
}
