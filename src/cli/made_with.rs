//! What shapes the outputs of a run, as a digest: two runs of which it is the same make the same of an input.

use sha2::{Digest as _, Sha256};

use super::Session;
use super::args::{ConvertArguments, LossArguments, ReadArguments, SelectionArguments, WriteArguments};
use super::options::Schemas;
use crate::format::Definition;
use crate::output::hex;
use crate::schema::language::is_data_file;
use crate::schema::load::load;

/// The digest of the options that were given, of the schemas that they name, and of the version of the program.
pub fn digest(session: &Session, arguments: &ConvertArguments, schemas: &Schemas) -> String {
    // Every option is named, so that a new one is judged here: those that are left out decide whether and how fast an
    // output is made, but not what is in it.
    let ReadArguments {
        from,
        schema: _,
        message,
        reader_schema: _,
        reader_message,
        map,
        include: _,
        columns,
        from_opt,
        infer_rows,
        no_guess: _,
        max_record_bytes: _,
        max_depth: _,
        chunk_bytes,
    } = &arguments.read;
    let SelectionArguments { select, exclude, rename } = &arguments.selection;
    let WriteArguments { to, to_schema: _, to_opt, compression, name, emit_schema: _ } = &arguments.write;
    let LossArguments { strict, allow } = &arguments.loss;
    let rejecting = arguments.reject.rejects.is_some();
    let mut hash = Sha256::new();
    let mut add = |part: &str| {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    };
    add(env!("CARGO_PKG_VERSION"));
    add(&format!("{:?}", (from, message, reader_message, map, columns, from_opt, infer_rows, chunk_bytes)));
    add(&format!("{:?}", (select, exclude, rename)));
    add(&format!("{:?}", (to, to_opt, compression, name)));
    add(&format!("{:?}", (strict, allow, rejecting)));
    add(&format!("{:?}", session.offers));
    for definition in [&schemas.schema, &schemas.reader, &schemas.target] {
        match definition {
            None => add(""),
            Some(definition) => add(&said(session, definition)),
        }
    }
    hex(&hash.finalize())
}

/// What a schema file says, with what it imports.
fn said(session: &Session, definition: &Definition) -> String {
    // Of a data file only its schema counts.
    let most = if is_data_file(&definition.path) { 0 } else { u64::MAX };
    let text = hex(&Sha256::digest(definition.start(most)));
    match load(definition.clone(), &session.registry, &session.exec) {
        Ok(file) => format!("{text} {:?}", file.schema),
        // Each file that is converted with it says so.
        Err(error) => format!("{text} {error}"),
    }
}
