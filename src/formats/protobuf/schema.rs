//! Which message a file is read or written with.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_schema::Schema;

use super::framing::{Envelope, Framing};
use super::known::Folder;
use crate::code::Code;
use crate::column::proto::wire::Cursor;
use crate::error::{Error, Result};
use crate::format::{Definition, ReadOptions, Settings, WriteOptions};
use crate::input::outer_extension;
use crate::output::Output;
use crate::report::named;
use crate::schema::proto::editions::EDITIONS;
use crate::schema::proto::generate::{Before, Choices, Decimals, Integers, Naive, Syntax, generate};
use crate::schema::proto::load::{DESCRIPTOR_SET_EXTENSIONS, Loaded, load};
use crate::schema::proto::pool::Pool;
use crate::schema::proto::settings::choice;
use crate::schema::proto::{carried_before, foreign, from_arrow, original, original_text};
use crate::source::Source;

/// The first line of a schema that we wrote, and may write again.
const HEADER: &str = "// Written by fmtconv. Field numbers stay when it is written again.\n";

/// The definition of the options, or the `.proto` or `.protoset` beside the file.
pub fn for_reading(source: &Source, options: &ReadOptions) -> Result<Loaded> {
    if let Some(definition) = &options.definition {
        return load(definition);
    }
    if let Some(path) = source.as_path() {
        for extension in ["proto", "protoset"] {
            let beside = beside(path, extension);
            if beside.is_file() {
                return load(&Definition { path: beside, message: None, includes: Vec::new(), content: None });
            }
        }
    }
    Err(Error::usage("Protobuf carries no schema; reading needs one")
        .in_source(source.name())
        .with_hint("add --schema FILE.proto, with --message NAME if it has several messages"))
}

/// What messages are read with that name their schemas, if the settings name a folder of schemas by id: the schema of
/// the options, else that of the first message; and what stands in front of each message.
pub fn by_id(source: &Source, options: &ReadOptions, framing: Framing) -> Result<Option<(Loaded, Envelope)>> {
    let Some(folder) = options.settings.get("schemas").filter(|folder| !folder.is_empty()) else { return Ok(None) };
    if framing.is_text() {
        return Err(Error::usage("messages in the text format name no schema"));
    }
    let folder = Folder::new(Path::new(folder))?;
    let (loaded, id) = match &options.definition {
        Some(definition) => (load(definition)?, options.settings.parse("schema-id", "a number")?),
        None => {
            let (id, path) = first_known(&source.head()?, framing, options.set_aside.then_some(&folder))?;
            (folder.load(id, &path)?, Some(id))
        }
    };
    let envelope = Envelope {
        known: Some(Arc::new(folder.compared(&loaded, id))),
        ..Envelope::new(&loaded.pool, loaded.message, id)?
    };
    Ok(Some((loaded, envelope)))
}

/// The id and the path of the first message; with a `folder`, of the first one whose message is there, if there is one:
/// the others before it are set aside.
fn first_known(head: &[u8], framing: Framing, folder: Option<&Folder>) -> Result<(u32, Vec<i64>)> {
    let mut cursor = Cursor::new(head);
    let first = next_parts(&mut cursor, framing);
    let is_there = |parts: &Result<(u32, Vec<i64>)>, folder: &Folder| {
        parts.as_ref().is_ok_and(|(id, path)| folder.has(*id) && folder.load(*id, path).is_ok())
    };
    let Some(folder) = folder.filter(|folder| !is_there(&first, folder)) else { return first };
    while !cursor.is_done() && !framing.is_one() {
        let start = cursor.position();
        let parts = next_parts(&mut cursor, framing);
        if is_there(&parts, folder) {
            return parts;
        }
        if cursor.position() == start {
            break;
        }
    }
    first
}

/// What stands in front of the message at the cursor, and steps over the message, if it is whole.
fn next_parts(cursor: &mut Cursor, framing: Framing) -> Result<(u32, Vec<i64>)> {
    if framing.is_lines() {
        let mut line = Vec::new();
        framing.decode_line(cursor.line(), &mut line)?;
        return Envelope::parts(&mut Cursor::new(&line));
    }
    let mut whole = cursor.clone();
    if let Ok(message) = framing.skip(&mut whole) {
        *cursor = whole;
        return Envelope::parts(&mut Cursor::new(message));
    }
    // It may be longer than what is looked at.
    let (mut rest, mut start) = (cursor.clone(), cursor.clone());
    start.advance(framing.prefix(rest.rest())?.map_or(0, |(prefix, _)| prefix));
    Envelope::parts(&mut start)
}

/// What records are written with.
pub struct Target {
    /// The types.
    pub pool: Pool,
    /// Index of the message.
    pub message: usize,
    /// A schema file to write, and its bytes.
    pub emit: Option<(Output, Vec<u8>)>,
    /// What is told about columns: names that are not legal or not unique there, types that do not come back.
    pub notes: Vec<(Code, String)>,
}

/// The definition of the options, the one that the schema carries, or a generated one; the latter two are written
/// to a file, since nobody can read the output without.
pub fn for_writing(output: &Output, schema: &Schema, options: &WriteOptions) -> Result<Target> {
    if let Some(definition) = &options.definition {
        let Loaded { pool, message } = load(definition)?;
        let emit = match &options.emit_schema {
            Some(path) => {
                let bytes = schema_file(path, &pool, original_text(&pool))?;
                Some((output.schema_file(path, &bytes)?, bytes))
            }
            None => None,
        };
        return Ok(Target { pool, message, emit, notes: Vec::new() });
    }
    let emitted = |extension: &str| match (&options.emit_schema, output.as_path()) {
        (Some(path), _) => Ok(path.clone()),
        (None, Some(path)) => Ok(beside(path, extension)),
        (None, None) => {
            Err(Error::usage("the output cannot be read without its schema, and there is no file beside it")
                .with_hint("add --emit-schema FILE.proto, or --schema FILE.proto"))
        }
    };
    if let Some((pool, message)) = kept(schema, options)? {
        let text = original_text(&pool);
        let path = emitted(if text.is_some() { "proto" } else { "protoset" })?;
        let bytes = schema_file(&path, &pool, text)?;
        if options.emit_schema.is_none() && std::fs::read(&path).is_ok_and(|existing| existing != bytes) {
            return Err(Error::usage(format!("{} exists and is another schema", path.display())).with_hint(
                "write with it: --schema FILE.proto; or write the schema elsewhere: --emit-schema FILE.proto",
            ));
        }
        let file = output.schema_file(&path, &bytes)?;
        return Ok(Target { pool, message, emit: Some((file, bytes)), notes: Vec::new() });
    }
    let path = emitted("proto")?;
    let stem = output.as_path().and_then(|path| path.file_name()?.to_str()?.split('.').next());
    let mut choices = choices(options)?;
    let told = foreign::annotated(schema).map(|(_, name)| name);
    choices.name = options.name.as_deref().or(told.as_deref()).or(stem).unwrap_or("Record").to_owned();
    choices.before = before(&path, options)?.or_else(|| carried_before(schema));
    let made = generate(schema, &choices)?;
    let renamed = if choices.hints { Code::Renamed } else { Code::Name };
    let retyped = made.retyped.into_iter().map(|column| (Code::Type, column));
    let notes = made.renamed.into_iter().map(|column| (renamed, named(&column).to_owned())).chain(retyped).collect();
    let bytes = schema_file(&path, &made.pool, Some(HEADER.to_owned() + &made.text))?;
    // Of ours, the numbers stay.
    let file = match is_ours(&path) {
        true => Output::path(&path).overwrite(true),
        false => output.schema_file(&path, &bytes)?,
    };
    Ok(Target { pool: made.pool, message: made.message, emit: Some((file, bytes)), notes })
}

/// The definition that the schema carries, if records are written with it.
///
/// # Errors
/// `Usage` for a setting.
pub(super) fn kept(schema: &Schema, options: &WriteOptions) -> Result<Option<(Pool, usize)>> {
    let keeps = ["evolve", "syntax"].iter().all(|name| options.settings.get(name).is_none());
    let hints = options.settings.flag("hints", true)?;
    let carried = if keeps { original(schema) } else { None };
    Ok(carried.filter(|(pool, _)| hints || !pool.hints.are_declared()))
}

/// Whether a schema file is one that we wrote.
fn is_ours(path: &Path) -> bool {
    std::fs::read(path).is_ok_and(|text| text.starts_with(HEADER.as_bytes()))
}

/// The schema whose numbers stay: the one that is named, or the one that was written to the same place.
fn before(path: &Path, options: &WriteOptions) -> Result<Option<Before>> {
    let settings = &options.settings;
    let renumber = settings.flag("renumber", false)?;
    let renames = settings.get("rename").unwrap_or_default().split(',').filter(|text| !text.trim().is_empty());
    let renames = renames
        .map(|text| match text.split_once('=') {
            Some((old, new)) => Ok((old.trim().to_owned(), new.trim().to_owned())),
            None => Err(Error::usage(format!("rename={text}: expected OLD=NEW"))),
        })
        .collect::<Result<Vec<_>>>()?;
    let named = settings.get("evolve").map(PathBuf::from);
    let path = match named {
        Some(path) => path,
        None if !path.is_file() => return Ok(None),
        None => {
            let ours = is_ours(path);
            if !ours && options.emit_schema.is_none() {
                return Err(Error::usage(format!("{} exists and was not written by fmtconv", path.display()))
                    .with_hint(format!(
                        "write with it: --schema {0}; or keep its field numbers in a schema elsewhere: --evolve {0} \
                         --emit-schema FILE.proto",
                        path.display()
                    )));
            }
            if !ours {
                return Ok(None);
            }
            path.to_owned()
        }
    };
    let Loaded { pool, message } = load(&Definition { path, message: None, includes: Vec::new(), content: None })?;
    Ok(Some(Before { pool, message, renames, renumber, is_of_columns: false }))
}

/// The settings of a generated schema.
pub(super) fn choices(options: &WriteOptions) -> Result<Choices> {
    let settings = &options.settings;
    Ok(Choices {
        hints: settings.flag("hints", true)?,
        wrap_nulls: choice(settings, "nulls", &[("plain", false), ("wrap", true)])?,
        integers: choice(
            settings,
            "int",
            &[("varint", Integers::Varint), ("zigzag", Integers::Zigzag), ("fixed", Integers::Fixed)],
        )?,
        decimals: choice(
            settings,
            "decimal",
            &[
                ("google", Decimals::Google),
                ("confluent", Decimals::Confluent),
                ("string", Decimals::Text),
                ("bytes", Decimals::Bytes),
            ],
        )?,
        uuid_bytes: choice(settings, "uuid", &[("string", false), ("bytes", true)])?,
        date_numbers: choice(settings, "date", &[("google", false), ("int32", true)])?,
        naive: choice(
            settings,
            "naive",
            &[("timestamp", Naive::Timestamp), ("datetime", Naive::DateTime), ("int64", Naive::Number)],
        )?,
        field_ids: choice(settings, "number-from", &[("none", false), ("field-id", true)])?,
        syntax: syntax(settings)?,
        json_values: choice(settings, "json", &[("string", false), ("value", true)])?,
        ..Choices::named("")
    })
}

/// The syntax that is asked for.
fn syntax(settings: &Settings) -> Result<Option<Syntax>> {
    let Some(given) = settings.get("syntax") else { return Ok(None) };
    let edition = |name: &str| EDITIONS.iter().find(|(known, _)| *known == name);
    let name = if given == "editions" { "2023" } else { given };
    match (name, edition(name)) {
        ("proto3", _) => Ok(Some(Syntax::Proto3)),
        (_, Some((_, number))) => Ok(Some(Syntax::Edition(*number))),
        ("proto2", _) => Err(Error::usage("syntax=proto2 cannot say which fields are never absent")
            .with_hint("syntax=editions does what proto2 does, and more")),
        _ => Err(Error::usage(format!("syntax={given}: expected proto3, editions or the year of an edition"))),
    }
}

/// The schema of records as a `.proto` file with a message called `name`.
pub(super) fn proto_text(schema: &Schema, name: &str, settings: &Settings) -> Result<String> {
    let options = WriteOptions { settings: settings.clone(), ..WriteOptions::default() };
    from_arrow(schema, &Choices { name: name.to_owned(), ..choices(&options)? })
}

fn schema_file(path: &Path, pool: &Pool, text: Option<String>) -> Result<Vec<u8>> {
    let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    if DESCRIPTOR_SET_EXTENSIONS.contains(&extension) {
        return Ok(pool.encoded());
    }
    text.map(String::into_bytes).ok_or_else(|| {
        Error::usage("the schema is several files").with_hint("write a descriptor set: --emit-schema FILE.protoset")
    })
}

/// `dir/data.pb.zst` → `dir/data.proto`
fn beside(path: &Path, extension: &str) -> PathBuf {
    const DATA: [&str; 9] = ["pb", "pbs", "protobuf", "delimited", "binpb", "txtpb", "textproto", "textpb", "pbtxt"];
    let mut path = path.to_path_buf();
    // A name that begins with a dot has no extension there.
    while path.extension().is_some_and(|found| DATA.iter().any(|data| found == *data))
        || outer_extension(&path).is_some()
    {
        path.set_extension("");
    }
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".");
    name.push(extension);
    path.with_file_name(name)
}
