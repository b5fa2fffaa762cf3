//! `fmtconv schema lock`

use super::args::SchemaLockArguments;
use super::{Session, screen};
use crate::error::{Error, Result};
use crate::schema::check::{Rules, Schema};
use crate::schema::lock::{Lock, name_of};

pub fn run(session: &Session, arguments: SchemaLockArguments) -> Result<u8> {
    let SchemaLockArguments { schemas, lock: path } = arguments;
    let mut lock = if path.exists() { Lock::read(&path)? } else { Lock::default() };
    let mut lines = String::new();
    for schema in &schemas {
        let shown = schema.to_string_lossy();
        if schema.is_dir() {
            return Err(Error::usage("a folder is not noted as one schema")
                .in_source(shown.clone())
                .with_hint(format!("name its files: {shown}/*.proto")));
        }
        let text = std::fs::read_to_string(schema)
            .map_err(|error| Error::io("cannot read the schema", error).in_source(shown.clone()))?;
        // What cannot be read would never be compared.
        Schema::open(schema, &[], &Rules::fmtconv())?;
        let name = name_of(schema, &path);
        let line = match lock.add(&name, &text) {
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
