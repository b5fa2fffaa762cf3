//! The schema of a text without one: found over all records, in parallel.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use arrow_schema::Schema;
use bytes::Bytes;

use super::cut::cut;
use super::evidence::Seen;
use super::options::{Layout, ReadJson, Rows};
use super::records::Records;
use super::schema::value_root;
use super::shape::{Found, PATHS_MAX, Pass, Shape, too_many_paths};
use crate::code::Code;
use crate::column::json::Cursor;
use crate::error::{Error, Result};
use crate::pipeline::aside::{self, sieve};
use crate::pipeline::place::Place;
use crate::pipeline::stream::StreamReader;
use crate::pipeline::{Exec, Slice, ordered::ordered_map};
use crate::report::Report;

/// What a text without schema is.
pub(super) struct Inferred {
    pub schema: Schema,
    pub report: Report,
    /// Whether all of it was looked at.
    pub whole: bool,
    /// Whether that it is looked at no further is likely to change nothing.
    pub likely: bool,
    /// What it comes from, if the text is one of several.
    pub evidence: Option<Seen>,
}

/// How far a text is looked at.
#[derive(Clone, Copy, Debug)]
pub(super) enum Extent {
    /// So many records.
    Records(u64),
    /// The first chunks.
    Head,
    /// To its end.
    All,
}

/// Chunks from which a schema is guessed.
const HEAD_CHUNKS: usize = 4;

/// What one slice showed.
struct Part {
    shape: Shape,
    /// The names, if the first record holds them.
    names: Option<Vec<String>>,
    report: Report,
    records: u64,
}

/// Reads `text` and says which columns its records have. `glances`: records from further down, which only say whether
/// those are likely to be the columns of all. `is_part`: whether the text is one of several.
///
/// # Errors
/// Malformed text, duplicate keys, nesting beyond the limit; too many different keys.
pub(super) fn infer(
    mut text: StreamReader,
    layout: Layout,
    options: &ReadJson,
    extent: Extent,
    glances: Vec<Bytes>,
    is_part: bool,
    exec: &Exec,
) -> Result<Inferred> {
    let mut whole = Shape::default();
    let mut names = None;
    let mut place = Place::default();
    let mut records = 0;
    let to_the_end = Arc::new(AtomicBool::new(false));
    match extent {
        // A few records: not worth threads, and the last slice is read in part.
        Extent::Records(limit) => {
            while records < limit {
                exec.check()?;
                let Some((origin, slice)) = text.next_slice() else { break };
                place.enter(&origin);
                let part = slice.and_then(|slice| observe(slice, layout, options, limit - records));
                let part = part.map_err(|error| place.locate(error))?;
                place.advance(&part.report);
                records += part.records;
                names = names.or(part.names);
                add(&mut whole, part.shape)?;
            }
        }
        Extent::Head | Extent::All => {
            let watch = exec.clone();
            let options = options.clone();
            let ended = to_the_end.clone();
            let mut chunks_left = if matches!(extent, Extent::Head) { HEAD_CHUNKS } else { usize::MAX };
            let slices = std::iter::from_fn(move || {
                chunks_left = chunks_left.checked_sub(1)?;
                let next = text.next_slice();
                if !matches!(&next, Some((_, Ok(slice))) if !slice.last) {
                    ended.store(true, Ordering::Relaxed);
                }
                next
            });
            let parts = ordered_map(exec, exec.window(), slices, move |(origin, slice)| {
                let part = watch.check().and_then(|()| observe(slice?, layout, &options, u64::MAX));
                (origin, part)
            });
            for part in parts {
                let (origin, part) = part?;
                place.enter(&origin);
                let part = part.map_err(|error| place.locate(error))?;
                place.advance(&part.report);
                records += part.records;
                names = names.or(part.names);
                add(&mut whole, part.shape)?;
            }
        }
    }
    let to_the_end = matches!(extent, Extent::All) || to_the_end.load(Ordering::Relaxed);
    let likely = to_the_end || is_likely(&whole, records, layout, options, glances);
    // What is let through may become null.
    let in_part = !to_the_end || options.rules.policies.reach_values();
    let mut found = Found { infer: options.infer, in_part, ..Found::default() };
    if let (Rows::Arrays { .. }, Some(names)) = (options.rows, &names) {
        whole.rename(names);
    }
    let shape = is_part.then(|| whole.clone());
    let schema = columns(whole, records, options.rows, &mut found)?;
    let mut report = Report::default();
    for path in found.maps {
        report.note(Code::Restyled, path);
    }
    let evidence = shape.map(|shape| {
        let (rows, infer) = (options.rows, options.infer);
        Seen { shape, records, rows, infer, given: Vec::new(), report: report.clone() }
    });
    Ok(Inferred { schema, report, whole: to_the_end, likely, evidence })
}

/// Whether records all over the text have the columns that the first ones have.
fn is_likely(first: &Shape, records: u64, layout: Layout, options: &ReadJson, glances: Vec<Bytes>) -> bool {
    let columns = |shape: &Shape| {
        let mut found = Found { infer: options.infer, ..Found::default() };
        schema(shape.clone(), records, &mut found).ok()
    };
    if glances.is_empty() {
        return true;
    }
    let mut seen = first.clone();
    for bytes in glances {
        // Pieces of lines are records, or nothing is learned from them.
        if let Ok(part) = observe_all(Slice { bytes, first: false, last: false }, layout, options, u64::MAX) {
            seen.merge(part.shape);
        }
    }
    columns(first) == columns(&seen)
}

fn add(whole: &mut Shape, part: Shape) -> Result<()> {
    whole.merge(part);
    if whole.paths() > PATHS_MAX { Err(too_many_paths()) } else { Ok(()) }
}

fn observe(slice: Slice, layout: Layout, options: &ReadJson, limit: u64) -> Result<Part> {
    if !options.set_aside {
        return observe_all(slice, layout, options, limit);
    }
    // Clones of a slice share its bytes.
    observe_all(slice.clone(), layout, options, limit)
        .or_else(|error| observe_readable(&slice, layout, options, limit).map_err(|_| error))
}

/// The same without the records that cannot be read: the run sets them aside.
fn observe_readable(slice: &Slice, layout: Layout, options: &ReadJson, limit: u64) -> Result<Part> {
    let lines = memchr::memchr_iter(b'\n', &slice.bytes).count() as u64;
    let (bytes, records, layout) = cut(slice, layout)?;
    let count = records.len().min(usize::try_from(limit).unwrap_or(usize::MAX));
    let mut shape = Shape::default();
    let start = |record: usize| records.get(record).map_or(bytes.len(), |record| record.start);
    let attempt = |range: std::ops::Range<usize>| {
        let bytes = bytes.slice(start(range.start)..start(range.end));
        observe_all(Slice { bytes, first: false, last: false }, layout, options, u64::MAX)
    };
    sieve(count, attempt, |found| {
        if let aside::Found::Good(part) = found {
            shape.merge(part.shape);
        }
        Ok(())
    })?;
    let records = count as u64;
    Ok(Part { shape, names: None, report: Report { lines, ..Report::read(records) }, records })
}

fn observe_all(slice: Slice, layout: Layout, options: &ReadJson, limit: u64) -> Result<Part> {
    let named = slice.first && options.rows == Rows::Arrays { header: true };
    let arrays = options.rows != Rows::Objects;
    let mut records = Records::new(slice, layout, options.rules.lenient);
    let mut shape = Shape::default();
    let mut pass = Pass::new(options.rules.clone(), options.infer);
    let mut names = None;
    if named {
        let more = records.next(&mut |cursor| {
            names = Some(read_names(cursor)?);
            Ok(())
        })?;
        if more {
            records.forget();
        }
    }
    while records.count() < limit {
        let more = records.next(&mut |cursor| match arrays {
            true => shape.observe_row(cursor, &mut pass),
            false => shape.observe(cursor, &mut pass, 0),
        })?;
        if !more {
            break;
        }
    }
    let lines = records.lines(0, records.position());
    let records = records.count();
    Ok(Part { shape, names, report: Report { lines, ..Report::read(records) }, records })
}

/// Reads an array of names, each once.
///
/// # Errors
/// Malformed text; `V-DUP-KEY`.
pub(super) fn read_names(cursor: &mut Cursor<'_>) -> Result<Vec<String>> {
    let mut scratch = Vec::new();
    let mut names = Vec::new();
    let mut seen = HashSet::new();
    cursor.expect(b'[', "an array of the names")?;
    let mut more = !cursor.eat(b']');
    while more {
        cursor.peek();
        let at = cursor.position();
        let name = String::from_utf8_lossy(cursor.string(&mut scratch)?).into_owned();
        if !seen.insert(name.clone()) {
            return Err(Error::value(Code::DuplicateKey, format!("two columns are named {name:?}")).at_byte(at as u64));
        }
        names.push(name);
        more = cursor.comma_or(b']')?;
    }
    Ok(names)
}

/// The columns of records of that shape.
pub(super) fn columns(shape: Shape, records: u64, rows: Rows, found: &mut Found) -> Result<Schema> {
    match rows {
        Rows::Objects => schema(shape, records, found),
        Rows::Arrays { .. } => Ok(shape.into_columns(found)?.map_or_else(|_| Schema::empty(), Schema::new)),
    }
}

/// Records are objects, or values of one column.
fn schema(shape: Shape, records: u64, found: &mut Found) -> Result<Schema> {
    if records == 0 {
        return Ok(Schema::empty());
    }
    if !shape.is_record() {
        return shape.field("value", "value", found).map(value_root);
    }
    match shape.into_columns(found)? {
        Ok(fields) => Ok(Schema::new(fields)),
        Err(shape) => shape.field("value", "value", found).map(value_root),
    }
}
