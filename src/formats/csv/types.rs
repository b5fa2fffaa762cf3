//! The types of columns: given ones, and those found in all records, in parallel, or guessed from the first.

use std::io::Read;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use arrow_schema::{DataType, Field, SchemaRef};

use super::decode::{Decoder, Plan};
use super::header::Header;
use super::split::Splitter;
use super::{evidence, guess, infer};
use crate::code::Code;
use crate::column::json::EXTENSION_NAME;
use crate::column::parse::ParseOptions;
use crate::error::{Error, Result};
use crate::format::{ReadOptions, Settings};
use crate::pipeline::Exec;
use crate::pipeline::ordered::ordered_map;
use crate::pipeline::place::Place;
use crate::pipeline::stream::StreamReader;
use crate::schema::infer::Fractions;
use crate::source::Source;

/// The columns of a file without a schema.
pub(super) struct Typed {
    pub fields: Vec<Field>,
    /// What the types come from, if that is not all records.
    pub guess: Option<guess::Guess>,
    /// What the types come from, if the file is one of several.
    pub evidence: Option<evidence::Seen>,
}

/// Chunks from which types are guessed.
const GUESS_CHUNKS: usize = 4;

/// All columns: of given types, and of types inferred from the records behind the header.
pub(super) fn types(
    source: &Source,
    input: Box<dyn Read + Send>,
    header: &mut Header,
    options: &ReadOptions,
    exec: &Exec,
) -> Result<Typed> {
    let typed = |name: &String, kind: &DataType| Field::new(name, kind.clone(), true);
    let typed_header = header.names.iter().zip(&header.types);
    let mut given: Vec<_> = typed_header.map(|(name, kind)| Some(kind.clone().with_name(name))).collect();
    given.resize(header.names.len(), None);
    for column in &options.columns {
        match header.names.iter().position(|known| known == column.name()) {
            Some(index) => given[index] = Some(column.clone().with_nullable(true)),
            None if options.is_part => {}
            None => return Err(no_column(column.name(), &header.names)),
        }
    }
    let Some(fractions) = inference(&options.settings)? else {
        let named = given.into_iter().zip(&header.names);
        let fields = named.map(|(field, name)| field.unwrap_or_else(|| typed(name, &DataType::Utf8))).collect();
        return Ok(Typed { fields, guess: None, evidence: None });
    };
    let wanted: Arc<[bool]> = given.iter().map(Option::is_none).collect();
    if !wanted.contains(&true) {
        return Ok(Typed { fields: given.into_iter().flatten().collect(), guess: None, evidence: None });
    }
    // The decoder is never asked: only slices are taken.
    let nothing = Decoder::new(Plan {
        dialect: header.dialect.clone(),
        schema: Arc::new(arrow_schema::Schema::empty()),
        columns: Vec::new(),
        folded: false,
        names: Vec::new(),
        options: ParseOptions::default(),
        rules: Arc::default(),
        inferred: true,
        batch_rows: 1,
        header: Vec::new(),
        guess: None,
    });
    let splitter = Box::new(Splitter::new(header.dialect.clone()));
    let mut reader = StreamReader::new(source.name(), input, splitter, Arc::new(nothing), options.limits)
        .after_header(header.bytes, header.lines);
    // Bytes that are no text may make columns of bytes: only a look at all of them tells.
    let guessing = options.guess && !options.set_aside && header.dialect.repair.is_none();
    let mut chunks_left = if guessing && options.infer_records.is_none() { GUESS_CHUNKS } else { usize::MAX };
    let to_the_end = Arc::new(AtomicBool::new(false));
    let ended = to_the_end.clone();
    let slices = std::iter::from_fn(move || {
        chunks_left = chunks_left.checked_sub(1)?;
        let next = reader.next_slice();
        if !matches!(&next, Some((_, Ok(slice))) if !slice.last) {
            ended.store(true, Ordering::Relaxed);
        }
        next
    });

    let mut shapes = vec![infer::ColumnShape::Unknown; header.names.len()];
    let mut place = Place::default();
    let mut left = options.infer_records.unwrap_or(u64::MAX);
    let mut merge = |origin, observed: Result<infer::Observed>| -> Result<u64> {
        exec.check()?;
        place.enter(&origin);
        let infer::Observed { columns, report } = observed.map_err(|error| place.locate(error))?;
        place.advance(&report);
        for (shape, seen) in shapes.iter_mut().zip(&columns) {
            shape.merge(seen);
        }
        Ok(report.records_in)
    };
    let (dialect, set_aside) = (header.dialect.clone(), options.set_aside);
    if options.infer_records.is_some() {
        // How many records a slice holds is known only when it was read: one after the other.
        for (origin, slice) in slices {
            if left == 0 {
                break;
            }
            let observed = slice.and_then(|slice| infer::observe_readable(&dialect, &wanted, &slice, left, set_aside));
            left -= merge(origin, observed)?;
        }
    } else {
        let wanted = wanted.clone();
        let observed = ordered_map(exec, exec.window(), slices, move |(origin, slice)| {
            let seen = slice.and_then(|slice| infer::observe_readable(&dialect, &wanted, &slice, u64::MAX, set_aside));
            (origin, seen)
        });
        for item in observed {
            let (origin, observed) = item?;
            merge(origin, observed)?;
        }
    }
    let guess = guessing && !to_the_end.load(Ordering::Relaxed) && options.infer_records.is_none();
    let shaped = given.iter().zip(&shapes).map(|(given, shape)| given.is_none().then(|| shape.clone())).collect();
    let guess = guess.then(|| guess::Guess::new(shaped, fractions));
    if guess.as_ref().is_some_and(|guess| !guess.is_likely(source, header, &wanted)) {
        let mut input = source.open()?;
        skip(&mut input, header.bytes)?;
        return types(source, input, header, &ReadOptions { guess: false, ..options.clone() }, exec);
    }
    for (name, shape) in header.names.iter().zip(&shapes) {
        if shape.restyles(fractions) {
            header.report.note(Code::Restyled, name.clone());
        }
    }
    let seen = || evidence::Seen::new(header.names.iter().zip(&given).zip(&shapes), fractions);
    let evidence = options.is_part.then(seen);
    let named = given.into_iter().zip(header.names.iter().zip(&shapes));
    let inferred = |name: &String, shape: &infer::ColumnShape| match options.is_part && shape.is_unknown() {
        true => Field::new(name, DataType::Null, true),
        false => shape.field(name, fractions),
    };
    let fields = named.map(|(given, (name, shape))| given.unwrap_or_else(|| inferred(name, shape))).collect();
    Ok(Typed { fields, guess, evidence })
}

/// Steps over bytes that were read before.
pub(super) fn skip(input: &mut Box<dyn Read + Send>, bytes: u64) -> Result<()> {
    std::io::copy(&mut input.take(bytes), &mut std::io::sink())
        .map_err(|error| crate::source::read_error(error, 0))
        .and_then(|skipped| {
            if skipped == bytes { Ok(()) } else { Err(Error::malformed("the file became shorter while it was read")) }
        })
}

/// Whether types are inferred, and which type fractions get.
fn inference(settings: &Settings) -> Result<Option<Fractions>> {
    match settings.get("infer") {
        Some("decimal") => Ok(Some(Fractions::Decimal)),
        Some("float") => Ok(Some(Fractions::Float)),
        _ => Ok(settings.flag("infer", true)?.then_some(Fractions::Auto)),
    }
}

/// `schema` with the types of single columns replaced. `is_part`: of one file of several, which may lack some.
pub(super) fn overridden(schema: &SchemaRef, columns: &[Field], is_part: bool) -> Result<SchemaRef> {
    if columns.is_empty() {
        return Ok(schema.clone());
    }
    let mut fields: Vec<Field> = schema.fields().iter().map(|field| field.as_ref().clone()).collect();
    for given in columns {
        let name = given.name();
        let Some(field) = fields.iter_mut().find(|field| field.name() == name) else {
            if is_part {
                continue;
            }
            return Err(no_column(name, &[]));
        };
        field.set_data_type(given.data_type().clone());
        field.metadata_mut().remove(EXTENSION_NAME);
        field.metadata_mut().extend(given.metadata().iter().map(|(key, value)| (key.to_owned(), value.to_owned())));
    }
    Ok(Arc::new(arrow_schema::Schema::new_with_metadata(fields, schema.metadata().clone())))
}

fn no_column(name: &str, names: &[String]) -> Error {
    let error = Error::usage(format!("there is no column {name:?}"));
    if names.is_empty() { error } else { error.with_hint(format!("columns of the file: {}", names.join(", "))) }
}
