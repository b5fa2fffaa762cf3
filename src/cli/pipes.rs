//! Standard input and pipes: each can be read once only, by whoever needs it first.

use std::collections::BTreeMap;
use std::io::{Cursor, Read};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;

use super::args::ReadArguments;
use super::inputs::Stdin;
use super::{Session, options};
use crate::error::{Error, Result};
use crate::format::{Definition, ReadOptions};
use crate::input::Input;
use crate::schema::definition::is_pipe;
use crate::schema::language::{JSON_BYTES_MAX, Language};
use crate::source::Source;

/// What was read of them. A schema is kept for who asks for it again.
#[derive(Default)]
pub struct Pipes {
    stdin: AtomicBool,
    schemas: Mutex<BTreeMap<PathBuf, Bytes>>,
}

impl Pipes {
    /// Takes standard input.
    ///
    /// # Errors
    /// `Usage` if it was taken before.
    pub fn take_stdin(&self) -> Result<()> {
        match self.stdin.swap(true, Ordering::Relaxed) {
            false => Ok(()),
            true => Err(Error::usage("standard input can be read only once")),
        }
    }
}

/// A schema file that was named, with its content if it is a pipe or `-`.
pub fn definition(session: &Session, definition: Definition) -> Result<Definition> {
    let path = definition.path.clone();
    if !is_stream(&path) {
        return Ok(definition);
    }
    let mut schemas = session.pipes.schemas.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(content) = schemas.get(&path) {
        return Ok(Definition { content: Some(content.clone()), ..definition });
    }
    let definition = match is_stdin(&path) {
        true => {
            session.pipes.take_stdin()?;
            definition.kept_from(Stdin(session.exec.cancel_flag()))?
        }
        false => definition.kept()?,
    };
    schemas.extend(definition.content.clone().map(|content| (path, content)));
    Ok(definition)
}

/// What a path names where schemas and data may be named.
pub enum Named {
    /// A schema.
    Schema(Definition),
    /// Data that is read once only.
    Stream(Box<Input>),
    /// Data that is found by its path.
    Path,
}

/// Looks at what a path names. A format that was given makes it data.
pub fn named(session: &Session, path: &Path, read: &ReadArguments) -> Result<Named> {
    let definition = options::definition_of(path, read);
    if read.from.is_some() {
        return Ok(Named::Path);
    }
    if !is_stream(path) {
        return Ok(if Language::is_schema(&definition) { Named::Schema(definition) } else { Named::Path });
    }
    let failed = |error| Error::io("cannot read", error).in_source(path.to_string_lossy());
    let mut stream: Box<dyn Read + Send> = match is_stdin(path) {
        true => {
            session.pipes.take_stdin()?;
            Box::new(Stdin(session.exec.cancel_flag()))
        }
        false => Box::new(std::fs::File::open(path).map_err(failed)?),
    };
    // What is longer is no schema.
    let mut start = Vec::new();
    stream.by_ref().take(JSON_BYTES_MAX + 1).read_to_end(&mut start).map_err(failed)?;
    let start = Bytes::from(start);
    if start.len() as u64 <= JSON_BYTES_MAX {
        let kept = Definition { content: Some(start.clone()), ..definition };
        if Language::is_schema(&kept) {
            return Ok(Named::Schema(kept));
        }
    }
    let source = Source::reader(&path.to_string_lossy(), Cursor::new(start).chain(stream));
    let read: ReadOptions = options::read_options(read)?;
    Ok(Named::Stream(Box::new(Input { source, format: None, options: read })))
}

fn is_stdin(path: &Path) -> bool {
    path.as_os_str() == "-"
}

fn is_stream(path: &Path) -> bool {
    is_stdin(path) || is_pipe(path)
}
