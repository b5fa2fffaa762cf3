//! Avro object container files (Avro 1.12 specification): a header with the schema, then blocks of records.
//!
//! Blocks are cut by `split`, decompressed and decoded on the workers (`decode`), encoded and compressed there too
//! (`encode`). Between the bytes of a record and columns stands `column::avro`; what each type becomes is in
//! [`schema::avsc`](crate::schema::avsc). Data outside container files is in `messages`.

mod codec;
mod cut;
mod decode;
mod encode;
mod fit;
mod header;
mod inspect;
mod messages;
mod options;
mod probe;
mod split;
mod walk;

#[cfg(test)]
mod tests;

use std::io::{BufRead, Read};
use std::path::Path;
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use sha2::{Digest, Sha256};

use crate::code::Code;
use crate::column::avro::bind::bind;
use crate::column::avro::fit::fits;
use crate::column::avro::raw::check_raw;
use crate::column::avro::renamed::renamed;
use crate::error::{Error, Result};
use crate::format::{Definition, Fit, Format, GivenFits, Info, Limits, ReadOptions, Settings, Sniff, WriteOptions};
use crate::output::Output;
use crate::pipeline::push::PushDecoder;
use crate::pipeline::stream::{StreamReader, StreamWriter};
use crate::pipeline::{Exec, Reader, Sink};
use crate::report::{Report, named};
use crate::schema::avsc::{self, Document, Names, Naming, Notes, ToArrow, Types, keys};
use crate::source::{Source, read_error};
use codec::Codec;
use header::Header;
use messages::Framing;

/// Avro object container files.
#[derive(Debug)]
pub struct Avro;

/// The format, for a registry.
pub static FORMAT: Avro = Avro;

/// Bytes of a block, uncompressed, about: small enough to stay in cache, large enough to compress well.
const BLOCK_BYTES: usize = 64 << 10;

static INFO: Info = Info {
    name: "avro",
    aliases: &[("ocf", &[])],
    extensions: &[("avro", &[])],
    about: "Avro: container files of compressed blocks behind their schema; messages",
    outer_compression: false,
    read: options::READ,
    write: options::WRITE,
    codecs: codec::NAMES,
};

/// Avro to read, for [`Convert`](crate::Convert), [`open`](crate::open()) and whatever takes an input.
///
/// ```
/// use fmtconv::formats::avro;
/// use fmtconv::{Convert, Output, Source};
///
/// # #[cfg(feature = "csv")] {
/// use fmtconv::formats::csv;
///
/// let (output, memory) = Output::memory();
/// Convert::new(csv::read(Source::bytes("a.csv", "id,name\n1,Ann\n"))).to(avro::write(output).compression("zstd:3".parse()?)).run()?;
/// let bytes = memory.take().unwrap();
/// assert!(bytes.starts_with(b"Obj\x01"));
///
/// let (output, memory) = Output::memory();
/// Convert::new(avro::read(Source::bytes("a.avro", bytes))).to(csv::write(output)).run()?;
/// assert_eq!(memory.take().unwrap(), b"id,name\n1,Ann\n");
/// # }
/// # Ok::<(), fmtconv::Error>(())
/// ```
pub fn read(source: impl Into<crate::source::Source>) -> crate::input::Input {
    crate::input::Input::with_format(source, INFO.name)
}

/// Avro to write, for [`Convert`](crate::Convert), [`create`](crate::create()) and whatever takes a target. See [`read`].
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

    fn takes_columns(&self, _: &Settings) -> bool {
        false
    }

    fn open(&self, source: Source, options: &ReadOptions, exec: &Exec) -> Result<Box<dyn Reader>> {
        options.settings.check("avro", options::READ)?;
        if let Some(framing) = Framing::new(&options.settings)? {
            return messages::open(&source, options, framing);
        }
        if options.definition.is_some() {
            return Err(Error::usage("an Avro file has a schema of its own")
                .with_hint("to read it with another one by the rules of schema resolution, use --reader-schema FILE"));
        }
        let (source, mut report, to_arrow) = probe::probe(source, options, exec)?;
        let (reader, notes) = open_file(&source, options, &to_arrow)?;
        for (code, column) in notes {
            report.note(code, column);
        }
        Ok(Box::new(reader.with_report(report)))
    }

    /// Types as they are stored: whether hints fit the data is another question.
    fn walk(&self, source: Source, options: &ReadOptions, exec: &Exec) -> Result<Box<dyn Reader>> {
        if Framing::new(&options.settings)?.is_some() {
            return self.open(source, options, exec);
        }
        let (source, _) = source.rewindable()?;
        let to_arrow = ToArrow { hints: false, depth_max: options.limits.depth_max, ..ToArrow::default() };
        let Opened { header, decode, .. } = opened(&source, options, &to_arrow)?;
        Ok(Box::new(walk::Walk {
            blob: source.blob()?,
            source: source.name(),
            decode: Arc::new(decode),
            sync: header.sync,
            at: header.len,
            block_bytes_max: options.limits.record_bytes_max,
        }))
    }

    fn read_back(
        &self,
        schema: &SchemaRef,
        options: &WriteOptions,
        _companion: Option<&Path>,
        like: Option<&Settings>,
    ) -> ReadOptions {
        let mut settings = INFO.settings_back(&options.settings);
        if let Some(recursion) = like.and_then(|like| like.get("recursion")) {
            settings.set("recursion", recursion);
        }
        let framed = settings.get("framing").is_some_and(|framing| framing != "file");
        let definition = options.definition.clone().filter(|_| framed);
        ReadOptions { settings, schema: Some(schema.clone()), definition, ..ReadOptions::default() }
    }

    fn create(&self, output: Output, schema: SchemaRef, options: &WriteOptions) -> Result<Box<dyn Sink>> {
        let settings = &options.settings;
        settings.check("avro", options::WRITE)?;
        if let Some(framing) = Framing::new(settings)? {
            return messages::create(output, schema, options, framing);
        }
        let (codec, level) = Codec::from_option(options.compression.as_ref())?;
        let block_bytes = settings.parse("block-bytes", "a number of bytes")?.unwrap_or(BLOCK_BYTES);
        if block_bytes == 0 {
            return Err(Error::usage("block-bytes=0: expected at least 1"));
        }
        let document = writer_document(&output, &schema, options)?;
        // Bound to nothing: says what cannot be written before there is an output.
        bind(&document, &RecordBatch::new_empty(schema.clone()))?;
        check_raw(&document, &schema)?;
        let mut metadata = vec![
            ("avro.codec".to_owned(), codec.name().as_bytes().to_vec()),
            ("avro.schema".to_owned(), document.text.as_bytes().to_vec()),
        ];
        // Hints of a schema that was given say nothing about these columns.
        if options.definition.is_none() && avsc::has_checked_hints(&document) {
            metadata.push((probe::CHECKED.to_owned(), probe::mark(&document.text)));
        }
        for (key, value) in schema.metadata() {
            if !key.starts_with(keys::AVRO_PREFIX)
                && !key.starts_with(keys::PREFIX)
                && key != "ARROW:schema"
                && key != keys::PARQUET_AVRO_SCHEMA
            {
                metadata.push((key.clone(), value.as_bytes().to_vec()));
            }
        }
        let sync = sync_marker(settings, &metadata, level, block_bytes)?;
        let header = Header::write(&metadata, &sync);
        let emitted = emitted(&output, options, &document)?;
        let report = noted(&document, &schema);
        let unknown_symbol = options::unknown_symbol(&options.policies);
        let encoder = encode::BlockEncode { document, codec, level, sync, block_bytes, unknown_symbol };
        let writer = StreamWriter::new(output, encoder, header)?.with_report(report);
        Ok(match emitted {
            None => Box::new(writer),
            Some((file, text)) => Box::new(writer.with_companion(file, text.as_bytes())?),
        })
    }

    /// The rest of a recursive type goes to Avro as the bytes that it is.
    fn suit(&self, target: &str, settings: &mut Settings) {
        if target == INFO.name {
            settings.set_default("recursion", "bytes");
        }
    }

    fn emits_schema(&self, _: &Settings) -> bool {
        true
    }

    fn takes_name(&self, name: &str, settings: &Settings) -> Result<bool> {
        avsc::check_name(name)?;
        match settings.get("namespace").filter(|_| name.contains('.')) {
            Some(namespace) => {
                Err(Error::usage(format!("the name {name} has a namespace, and {namespace} is another"))
                    .with_hint("say it once: --name NAMESPACE.NAME, or --namespace"))
            }
            None => Ok(true),
        }
    }

    fn idle(&self, setting: &str, options: &WriteOptions) -> Option<&'static str> {
        (options.definition.is_some() && options::OF_MADE_SCHEMAS.contains(&setting))
            .then_some("the schema is given, and none is made")
    }

    fn push(&self, options: &ReadOptions) -> Result<PushDecoder> {
        options.settings.check("avro", options::READ)?;
        match Framing::new(&options.settings)? {
            Some(framing) => messages::push(options, framing),
            None => Err(Error::unsupported("container files have no push decoder")
                .with_hint("messages have one: see the setting \"framing\"")),
        }
    }

    fn check_ends(&self, source: &Source, options: &WriteOptions) -> Result<()> {
        if Framing::new(&options.settings)?.is_some() {
            return Ok(());
        }
        let (_, header) = open_header(source)?;
        let blob = source.blob()?;
        let last = blob.len().saturating_sub(header.sync.len() as u64);
        let mark = blob.slice(last, header.sync.len()).map_err(|error| read_error(error, last));
        match mark.map_err(|error| error.in_source(source.name()))? == header.sync[..] {
            true => Ok(()),
            false => Err(Error::malformed("the last block has no end").at_byte(last).in_source(source.name())),
        }
    }

    fn fit(&self, field: &Field, parents: &[&Field], options: &WriteOptions) -> Fit {
        let types = options::types(&options.settings).unwrap_or_default();
        fit::fit(field, parents, options.settings.flag("hints", true).unwrap_or(true), types)
    }

    fn fit_given(&self, schema: &Schema, options: &WriteOptions) -> Option<GivenFits> {
        Some(fits(schema, &document_in(options.definition.as_ref()?).ok()?))
    }

    fn inspect(&self, source: &Source, options: &ReadOptions) -> Result<serde_json::Value> {
        if Framing::new(&options.settings)?.is_some() {
            return Err(Error::unsupported("inspect shows container files, not messages"));
        }
        let (mut input, header) = open_header(source)?;
        inspect::inspect(source, &header, &mut input)
    }

    fn count(&self, source: &Source, options: &ReadOptions) -> Result<Option<u64>> {
        if Framing::new(&options.settings)?.is_some() {
            return Ok(None);
        }
        let (mut input, header) = open_header(source)?;
        Ok(Some(inspect::blocks(source, &header, &mut input)?.records))
    }
}

/// A file whose columns are made as `to_arrow` says.
fn open_file(source: &Source, options: &ReadOptions, to_arrow: &ToArrow) -> Result<(StreamReader, Notes)> {
    let Opened { input, header, codec, decode, notes } = opened(source, options, to_arrow)?;
    // Compressed blocks are about twice as many bytes when they are decoded.
    let chunk_bytes = if codec == Codec::Null { options.limits.chunk_bytes } else { options.limits.chunk_bytes / 2 };
    let limits = Limits { chunk_bytes, ..options.limits };
    let split = split::BlockSplit::new(header.sync, limits.record_bytes_max);
    let reader = StreamReader::new(source.name(), input, Box::new(split), Arc::new(decode), limits);
    Ok((reader.after_header(header.len, 0), notes))
}

/// A file whose header is read.
struct Opened {
    /// Stands behind the header.
    input: Box<dyn Read + Send>,
    header: Header,
    codec: Codec,
    decode: decode::BlockDecode,
    notes: Notes,
}

fn opened(source: &Source, options: &ReadOptions, to_arrow: &ToArrow) -> Result<Opened> {
    let located = |error: Error| error.in_source(source.name());
    let (input, header) = open_header(source)?;
    let codec = Codec::from_header(header.get("avro.codec")).map_err(located)?;
    let document = avsc::parse(header.schema().map_err(located)?, Names::Lenient).map_err(located)?;
    let mut dropped: Notes = Vec::new();
    let (document, written) = match reader_document(options)? {
        None => (document, None),
        Some(wanted) => {
            let written = decode::Written::new(document, &wanted).map_err(located)?;
            dropped.extend(written.dropped().map(|column| (Code::Dropped, column.to_owned())));
            (wanted, Some(written))
        }
    };
    let (schema, mut notes) = avsc::document_to_arrow(&document, to_arrow).map_err(located)?;
    notes.extend(dropped);
    let mut metadata = schema.metadata().clone();
    for (key, value) in &header.metadata {
        let ours = key.starts_with(keys::AVRO_PREFIX) || key.starts_with(keys::PREFIX);
        if let (false, Ok(text)) = (ours, std::str::from_utf8(value)) {
            metadata.insert(key.clone(), text);
        }
    }
    let schema: SchemaRef = schema.with_metadata(metadata).into();
    let repairs = options::repairs(options)?;
    let decode =
        decode::BlockDecode::new(document, written, schema, codec, options.limits, repairs).map_err(located)?;
    Ok(Opened { input, header, codec, decode, notes })
}

fn open_header(source: &Source) -> Result<(Box<dyn Read + Send>, Header)> {
    let mut input = std::io::BufReader::new(source.open()?);
    let head = input.fill_buf().map_err(|error| read_error(error, 0).in_source(source.name()))?;
    let guess = messages::guess(head);
    let mut input: Box<dyn Read + Send> = Box::new(input);
    let header = Header::read(&mut input).map_err(|error| {
        let error = error.in_source(source.name());
        match guess {
            Some(guess) => error.with_hint(guess),
            None => error,
        }
    })?;
    Ok((input, header))
}

/// The schema to read with, if one was given.
fn reader_document(options: &ReadOptions) -> Result<Option<Document>> {
    let named = options.settings.get("reader-schema").map(Definition::new);
    options.reader.clone().or(named).map(|definition| document_in(&definition)).transpose()
}

/// The schema in an .avsc file.
fn document_in(definition: &Definition) -> Result<Document> {
    let name = definition.path.to_string_lossy();
    avsc::parse(&definition.text()?, Names::Strict).map_err(|error| error.in_source(name))
}

/// The schema to write with: the one given, the one the data came with, or one made for the columns.
fn writer_document(output: &Output, schema: &SchemaRef, options: &WriteOptions) -> Result<Document> {
    if let Some(definition) = &options.definition {
        return document_in(definition);
    }
    let types = options::types(&options.settings)?;
    let hints = options.settings.flag("hints", true)?;
    if types == Types::default()
        && let Some(original) = avsc::original(schema, hints)
    {
        return Ok(original);
    }
    if types == Types::default()
        && let Some(foreign) = foreign_document(schema)
    {
        return Ok(foreign);
    }
    let namespace = options.settings.get("namespace");
    if let Some(namespace) = namespace.filter(|text| !text.split('.').all(avsc::is_legal_name)) {
        return Err(Error::usage(format!(
            "namespace={namespace}: expected names of letters, digits and _ with dots between"
        )));
    }
    let stem = output.as_path().and_then(|path| path.file_stem()).map(|stem| stem.to_string_lossy().into_owned());
    let named = Naming::named(options.name.clone().or(stem));
    let naming = Naming { namespace: namespace.map(str::to_owned).or(named.namespace), hints, types, ..named };
    avsc::parse(&avsc::from_arrow(schema, &naming)?, Names::Strict)
}

/// What is to be told of an output before it has records: columns that have another name in it.
fn noted(document: &Document, schema: &SchemaRef) -> Report {
    let mut report = Report::default();
    renamed(document, schema.fields()).into_iter().for_each(|path| report.note(Code::Renamed, named(&path)));
    report
}

/// The schema file that was asked for, and its text.
fn emitted(output: &Output, options: &WriteOptions, document: &Document) -> Result<Option<(Output, String)>> {
    let Some(path) = &options.emit_schema else { return Ok(None) };
    let text = document.text.clone() + "\n";
    Ok(Some((output.schema_file(path, text.as_bytes())?, text)))
}

/// The Avro schema that a Parquet file of Java's parquet-avro says it was written with, if it can hold these columns:
/// the same fields in the same order, each of a type that its column is written as, with null where the column has it.
fn foreign_document(schema: &SchemaRef) -> Option<Document> {
    let text = schema.metadata().get(keys::PARQUET_AVRO_SCHEMA)?;
    let document = avsc::parse(text, Names::Strict).ok()?;
    let (found, _) = avsc::document_to_arrow(&document, &ToArrow { hints: false, ..ToArrow::default() }).ok()?;
    let same = found.fields().len() == schema.fields().len()
        && found
            .fields()
            .iter()
            .zip(schema.fields())
            .all(|(found, field)| found.name() == field.name() && admits(found, field));
    bind(&document, &RecordBatch::new_empty(schema.clone())).ok().filter(|_| same)?;
    Some(document)
}

/// Whether a field, and every field inside, may be null where those of `data` may.
fn admits(found: &Field, data: &Field) -> bool {
    use DataType as T;
    let inner = match (found.data_type(), data.data_type()) {
        (T::List(a), T::List(b) | T::LargeList(b)) | (T::Map(a, _), T::Map(b, _)) => admits(a, b),
        (T::Struct(a), T::Struct(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| admits(a, b)),
        // Their branches and members stand in different places; null is found when it comes.
        (T::Union(..), _) | (_, T::Union(..)) => false,
        _ => true,
    };
    inner && (found.is_nullable() || !data.is_nullable())
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
