//! The schema of a text without one: found over all records, in parallel.

use arrow_schema::Schema;

use super::cut::cut;
use super::options::{Layout, ReadJson};
use super::records::Records;
use super::schema::value_root;
use super::shape::{PATHS_MAX, Pass, Shape, too_many_paths};
use crate::error::Result;
use crate::pipeline::aside::{Found, sieve};
use crate::pipeline::place::Place;
use crate::pipeline::stream::StreamReader;
use crate::pipeline::{Exec, Slice, ordered::ordered_map};
use crate::report::Report;

/// What one slice showed.
struct Part {
    shape: Shape,
    report: Report,
    records: u64,
}

/// Reads `text` to its end, or `limit` records, and says which columns its records have.
///
/// # Errors
/// Malformed text, duplicate keys, nesting beyond the limit; too many different keys.
pub(super) fn infer(
    mut text: StreamReader,
    layout: Layout,
    options: ReadJson,
    limit: Option<u64>,
    exec: &Exec,
) -> Result<Schema> {
    let mut whole = Shape::default();
    let mut place = Place::default();
    let mut records = 0;
    match limit {
        // A few records: not worth threads, and the last slice is read in part.
        Some(limit) => {
            while records < limit {
                let Some((origin, slice)) = text.next_slice() else { break };
                place.enter(&origin);
                let part = slice.and_then(|slice| observe(slice, layout, options, limit - records));
                let part = part.map_err(|error| place.locate(error))?;
                place.advance(&part.report);
                records += part.records;
                add(&mut whole, part.shape)?;
            }
        }
        None => {
            let watch = exec.clone();
            let slices = std::iter::from_fn(move || text.next_slice());
            let parts = ordered_map(exec, exec.window(), slices, move |(origin, slice)| {
                let part = watch.check().and_then(|()| observe(slice?, layout, options, u64::MAX));
                (origin, part)
            });
            for part in parts {
                let (origin, part) = part?;
                place.enter(&origin);
                let part = part.map_err(|error| place.locate(error))?;
                place.advance(&part.report);
                records += part.records;
                add(&mut whole, part.shape)?;
            }
        }
    }
    Ok(schema(whole, records))
}

fn add(whole: &mut Shape, part: Shape) -> Result<()> {
    whole.merge(part);
    if whole.paths() > PATHS_MAX { Err(too_many_paths()) } else { Ok(()) }
}

fn observe(slice: Slice, layout: Layout, options: ReadJson, limit: u64) -> Result<Part> {
    if !options.set_aside {
        return observe_all(slice, layout, options, limit);
    }
    // Clones of a slice share its bytes.
    observe_all(slice.clone(), layout, options, limit)
        .or_else(|error| observe_readable(&slice, layout, options, limit).map_err(|_| error))
}

/// The same without the records that cannot be read: the run sets them aside.
fn observe_readable(slice: &Slice, layout: Layout, options: ReadJson, limit: u64) -> Result<Part> {
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
        if let Found::Good(part) = found {
            shape.merge(part.shape);
        }
        Ok(())
    })?;
    let records = count as u64;
    Ok(Part { shape, report: Report { lines, ..Report::read(records) }, records })
}

fn observe_all(slice: Slice, layout: Layout, options: ReadJson, limit: u64) -> Result<Part> {
    let mut records = Records::new(slice, layout);
    let mut shape = Shape::default();
    let mut pass = Pass { depth_max: options.rules.depth_max, scratch: Vec::new(), paths: 0 };
    while records.count() < limit {
        if !records.next(&mut |cursor| shape.observe(cursor, &mut pass, 0))? {
            break;
        }
    }
    let lines = records.lines(0, records.position());
    let records = records.count();
    Ok(Part { shape, report: Report { lines, ..Report::read(records) }, records })
}

/// Records are objects, or values of one column.
fn schema(shape: Shape, records: u64) -> Schema {
    if records == 0 {
        return Schema::empty();
    }
    if !shape.is_record() {
        return value_root(shape.field("value"));
    }
    match shape.into_columns() {
        Ok(fields) => Schema::new(fields),
        Err(shape) => value_root(shape.field("value")),
    }
}
