//! Which message a file is read or written with.

use std::path::{Path, PathBuf};

use arrow_schema::Schema;

use super::framing::{Envelope, Framing};
use crate::column::proto::wire::Cursor;
use crate::error::{Error, Result};
use crate::format::{Definition, ReadOptions, WriteOptions};
use crate::output::Output;
use crate::schema::proto::generate::generate;
use crate::schema::proto::load::{DESCRIPTOR_SET_EXTENSIONS, Loaded, load, main_files, pool};
use crate::schema::proto::pool::Pool;
use crate::schema::proto::{original, original_text};
use crate::source::Source;

/// The definition of the options, or the `.proto` or `.protoset` beside the file.
pub fn for_reading(source: &Source, options: &ReadOptions) -> Result<Loaded> {
    if let Some(definition) = &options.definition {
        return load(definition);
    }
    if let Some(path) = source.as_path() {
        for extension in ["proto", "protoset"] {
            let beside = beside(path, extension);
            if beside.is_file() {
                return load(&Definition { path: beside, message: None, includes: Vec::new() });
            }
        }
    }
    Err(Error::usage("Protobuf carries no schema; reading needs one")
        .in_source(source.name())
        .with_hint("add --schema FILE.proto, with --message NAME if it has several messages"))
}

/// The schema of the first message, if the settings name a folder of schemas by id, and its id.
pub fn by_id(source: &Source, options: &ReadOptions, framing: Framing) -> Result<Option<(Loaded, u32)>> {
    let Some(folder) = options.settings.get("schemas").filter(|folder| !folder.is_empty()) else { return Ok(None) };
    if options.definition.is_some() {
        return Err(Error::usage("both --schema and a folder of schemas by id are given"));
    }
    let head = source.head()?;
    let mut cursor = Cursor::new(&head);
    let mut line = Vec::new();
    let (id, path) = if framing.is_lines() {
        framing.decode_line(cursor.line(), &mut line)?;
        Envelope::parts(&mut Cursor::new(&line))?
    } else {
        if framing != Framing::Single {
            let prefix = framing.prefix(&head)?.map_or(0, |(prefix, _)| prefix);
            cursor.advance(prefix);
        }
        Envelope::parts(&mut cursor)?
    };
    let folder = Path::new(folder);
    let extensions = std::iter::once("proto").chain(DESCRIPTOR_SET_EXTENSIONS.iter().copied());
    let mut files = extensions.map(|extension| folder.join(format!("{id}.{extension}")));
    let file = files.find(|path| path.is_file()).ok_or_else(|| {
        Error::usage(format!("no schema {id} in {}, which the first message needs", folder.display()))
            .with_hint(format!("put it there as {id}.proto"))
    })?;
    let pool = pool(&file, &[folder.to_owned()])?;
    let main = main_files(&pool.set).last().copied().unwrap_or_default();
    let message = pool.at_path(main, &path).ok_or_else(|| {
        Error::schema(format!("schema {id} has no message {path:?}")).in_source(file.to_string_lossy())
    })?;
    Ok(Some((Loaded { pool, message }, id)))
}

/// What records are written with.
pub struct Target {
    /// The types.
    pub pool: Pool,
    /// Index of the message.
    pub message: usize,
    /// A schema file to write, and its bytes.
    pub emit: Option<(PathBuf, Vec<u8>)>,
    /// Columns whose names are not legal or not unique there.
    pub renamed: Vec<String>,
}

/// The definition of the options, the one that the schema carries, or a generated one; the latter two are written
/// to a file, since nobody can read the output without.
pub fn for_writing(output: &Output, schema: &Schema, options: &WriteOptions) -> Result<Target> {
    if let Some(definition) = &options.definition {
        let Loaded { pool, message } = load(definition)?;
        let emit = match &options.emit_schema {
            Some(path) => Some((path.clone(), schema_file(path, &pool, original_text(&pool))?)),
            None => None,
        };
        return Ok(Target { pool, message, emit, renamed: Vec::new() });
    }
    let (pool, message, text, renamed) = match original(schema) {
        Some((pool, message)) => {
            let text = original_text(&pool);
            (pool, message, text, Vec::new())
        }
        None => {
            let stem = output.as_path().and_then(|path| path.file_name()?.to_str()?.split('.').next());
            let name = options.name.as_deref().or(stem).unwrap_or("Record");
            let made = generate(schema.fields(), name)?;
            (made.pool, made.message, Some(made.text), made.renamed)
        }
    };
    let path = match (&options.emit_schema, output.as_path()) {
        (Some(path), _) => path.clone(),
        (None, Some(path)) => beside(path, if text.is_some() { "proto" } else { "protoset" }),
        (None, None) => {
            return Err(Error::usage("the output cannot be read without its schema, and there is no file beside it")
                .with_hint("add --emit-schema FILE.proto, or --schema FILE.proto"));
        }
    };
    let bytes = schema_file(&path, &pool, text)?;
    if options.emit_schema.is_none() && std::fs::read(&path).is_ok_and(|existing| existing != bytes) {
        return Err(Error::usage(format!("{} exists and is another schema", path.display()))
            .with_hint("write with it: --schema FILE.proto; or write the schema elsewhere: --emit-schema FILE.proto"));
    }
    Ok(Target { pool, message, emit: Some((path, bytes)), renamed })
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
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let mut stem = name;
    while let Some((front, back)) = stem.rsplit_once('.') {
        if front.is_empty()
            || !matches!(back, "pb" | "pbs" | "protobuf" | "delimited" | "binpb" | "gz" | "zst" | "bz2" | "xz" | "lz4")
        {
            break;
        }
        stem = front;
    }
    path.with_file_name(format!("{stem}.{extension}"))
}
