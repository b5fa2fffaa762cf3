//! `fmtconv schema lock`

use std::path::Path;

use super::args::SchemaLockArguments;
use super::{Session, screen};
use crate::error::{Error, Result};
use crate::format::Definition;
use crate::schema::check::{Rules, Schema};
use crate::schema::definition::is_pipe;
use crate::schema::language::is_descriptor_set;
use crate::schema::lock::{Content, Lock, name_of};

pub fn run(session: &Session, arguments: SchemaLockArguments) -> Result<u8> {
    let SchemaLockArguments { schemas, lock: path } = arguments;
    let mut lock = match std::fs::metadata(&path) {
        Err(_) => Lock::default(),
        Ok(meta) if meta.is_file() => Lock::read(&path)?,
        // Whoever reads a pipe waits for what is written to it.
        Ok(_) => {
            return Err(Error::usage("a lock file holds earlier versions: it cannot be a folder, a pipe or a device")
                .in_source(path.to_string_lossy())
                .with_hint("name a file: --lock FILE"));
        }
    };
    let mut lines = String::new();
    for schema in &schemas {
        if schema.as_os_str() == "-" || is_pipe(schema) {
            return Err(Error::usage("a schema is noted by the name of its file: a pipe has none")
                .in_source(schema.to_string_lossy())
                .with_hint("write it to a file, and note that"));
        }
        // What cannot be read would never be compared.
        let read = Schema::open(schema, &[], &Rules::fmtconv())?;
        let several = schema.is_dir() || is_descriptor_set(&Definition::new(schema));
        let content = match several {
            true => {
                let files = read.files().map(|(name, text)| (name.to_owned(), text.to_owned()));
                Content::Files(files.collect())
            }
            false => Content::Text(text(schema)?),
        };
        let name = name_of(schema, &path);
        let line = match lock.add(&name, content) {
            Some(number) => format!("{name}: version {number}"),
            None => format!("{name}: unchanged, version {}", lock.versions(&name).len()),
        };
        lines.push_str(&screen::printable(&line));
        lines.push('\n');
    }
    lock.write(&path)?;
    if !session.screen.quiet {
        screen::print(&lines)?;
    }
    Ok(0)
}

fn text(schema: &Path) -> Result<String> {
    let shown = schema.to_string_lossy();
    let bytes =
        std::fs::read(schema).map_err(|error| Error::io("cannot read the schema", error).in_source(shown.clone()))?;
    String::from_utf8(bytes).map_err(|_| {
        Error::usage("a data file is not noted: its schema has no text")
            .in_source(shown.clone())
            .with_hint(format!("note its text: fmtconv schema show {shown} --as avro > SCHEMA.avsc"))
    })
}
