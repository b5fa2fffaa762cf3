//! The driver: runs every reader with every writer, in parallel, in bounded memory, with the same bytes out for
//! any number of threads.
//!
//! Read [`stage`] first: the traits are the contract of the crate. [`ordered`] is the only place with threads.

pub mod adapter;
pub mod aside;
mod budget;
pub(crate) mod bunch;
pub mod exec;
#[cfg(any(feature = "csv", feature = "json"))]
pub(crate) mod few;
#[cfg(any(feature = "avro", feature = "csv", feature = "json", feature = "parquet", feature = "protobuf"))]
pub(crate) mod keys;
pub mod ordered;
mod parts;
pub mod place;
mod precise;
pub mod push;
pub mod regroup;
pub(crate) mod spare;
pub mod stage;
pub(crate) mod stages;
pub mod stream;
pub mod watch;

use std::sync::Arc;

pub use exec::{Exec, Progress};
pub use stage::{
    Again, Batch, Batches, Chunk, Cut, CutRecord, Cutter, Decode, Encode, Encoded, Lookup, Original, Reader, Records,
    Sink, Slice, Split, Steps, Transform, Unit, Writer,
};

use crate::error::{Origin, Result};
use crate::report::Report;
use aside::{Aside, Reject, sift};
use budget::{Budget, Share};
use bunch::map_chunks;
use ordered::{on_worker, ordered_map};
use parts::Parts;
use place::Place;
use precise::Precise;
use regroup::{Group, Regroup};
use stages::Stages;
use watch::{Watch, Watched};

impl<W: Writer> Sink for W {
    fn drain_aside(
        self: Box<Self>,
        reader: Box<dyn Reader>,
        steps: Steps,
        aside: Option<Aside>,
        exec: &Exec,
    ) -> Result<Report> {
        drain(*self, reader, steps, aside, exec)
    }

    fn drain_watched(
        self: Box<Self>,
        reader: Box<dyn Reader>,
        steps: Steps,
        aside: Option<Aside>,
        watch: Watch,
        exec: &Exec,
    ) -> Result<Report> {
        drain(Watched::new(*self, watch), reader, steps, aside, exec)
    }
}

fn drain<W: Writer>(
    writer: W,
    mut reader: Box<dyn Reader>,
    steps: Steps,
    aside: Option<Aside>,
    exec: &Exec,
) -> Result<Report> {
    let encoder = writer.encoder();
    // Steps see the types of their schema; what is set aside is looked at again by other ways.
    if steps.is_empty() && aside.is_none() {
        if encoder.takes_dictionaries() {
            reader.keep_dictionaries();
        }
        if encoder.takes_views() {
            reader.keep_views();
        }
        if encoder.takes_runs() {
            reader.keep_runs();
        }
    }
    let read = reader.schema();
    let stages = Stages::new(read.clone(), steps);
    let encoder = Arc::new(Precise::new(encoder, stages.stepped().unwrap_or(&read)));
    match encoder.unit() {
        Unit::Any => drain_fused((writer, encoder), reader, stages, aside, exec),
        Unit::Rows(rows) => {
            let bytes = exec.memory().map_or(usize::MAX, |_| exec.group_bytes());
            drain_regrouped((writer, encoder), reader, stages, (rows.get(), bytes), aside, exec)
        }
        Unit::AtMost { rows, bytes } => {
            let unit = (rows.get(), bytes.min(exec.group_bytes()));
            drain_regrouped((writer, encoder), reader, stages, unit, aside, exec)
        }
    }
}

/// One task decodes a chunk and encodes it, a batch alive at a time, data still in cache. Of a chunk that becomes very
/// much it makes the first part; the others are made one by one when that is written.
fn drain_fused<W: Writer>(
    (mut writer, encoder): (W, Arc<Precise<W::Encoder>>),
    reader: Box<dyn Reader>,
    stages: Stages,
    mut aside: Option<Aside>,
    exec: &Exec,
) -> Result<Report> {
    let rules = aside.as_ref().map(Aside::rules);
    let mut total = Report::default();
    let mut place = Place::default();
    let written = stages.written();
    let (first, running) = (encoder.clone(), exec.clone());
    let (pieces, reader_report) = map_chunks(reader, exec, move |Cutting { origin, chunk, share }| {
        let encoded = chunk.and_then(|chunk| match &rules {
            None => {
                let (encoded, rest) =
                    Parts::new(stages.batches(chunk.decode()?), &written, &running).encode(&*first)?;
                Ok((encoded, Vec::new(), rest))
            }
            Some(rules) => {
                sift::encoded(chunk, &stages, &*first, rules).map(|(encoded, rejects)| (encoded, rejects, None))
            }
        });
        (origin, encoded, share)
    });
    for piece in pieces {
        let (origin, mut encoded, _share) = piece?;
        place.enter(&origin);
        let mut of_chunk = Report::default();
        loop {
            let (Encoded { piece, report }, rejects, rest) = encoded.map_err(|error| place.locate(error))?;
            if let Some(aside) = &mut aside {
                aside.take(place.base(), &rejects)?;
            }
            report.check()?;
            of_chunk.records_in += report.records_in;
            of_chunk.lines += report.lines;
            total.merge(&report);
            exec.check()?;
            writer.append(piece)?;
            exec.progress().add_records(report.records_in);
            let Some(rest) = rest else { break };
            let next = on_worker(exec, || rest.encode(&*encoder))?;
            encoded = next.map(|(encoded, rest)| (encoded, Vec::new(), rest));
        }
        place.advance(&of_chunk);
    }
    finish(writer, total, &reader_report, aside)
}

/// Chunks are decoded in parallel, regrouped at the ordered point into groups of so many rows, or fewer once they take so
/// many bytes, and encoded in parallel.
fn drain_regrouped<W: Writer>(
    (mut writer, encoder): (W, Arc<Precise<W::Encoder>>),
    reader: Box<dyn Reader>,
    stages: Stages,
    (rows, bytes): (usize, usize),
    aside: Option<Aside>,
    exec: &Exec,
) -> Result<Report> {
    let rules = aside.as_ref().map(Aside::rules);
    let mut total = Report::default();
    let checker = encoder.clone();
    let (written, running) = (stages.written(), exec.clone());
    let (decoded, reader_report) = map_chunks(reader, exec, move |Cutting { origin, chunk, share }| {
        let batches = chunk.and_then(|chunk| match &rules {
            None => {
                let (batches, rest) = Parts::new(stages.batches(chunk.decode()?), &written, &running).collect()?;
                Ok((batches, Vec::new(), rest))
            }
            Some(rules) => {
                sift::decoded(chunk, &stages, &*checker, rules).map(|(batches, rejects)| (batches, rejects, None))
            }
        });
        (origin, batches, share)
    });
    let (decoded, aside) = Rejecting::new(decoded, aside, exec);
    let groups = Regroup::new(decoded, rows, bytes).with_nested_cost(encoder.nested_cost());
    let pieces = ordered_map(exec, exec.group_window(), groups, move |group: Result<Group>| {
        let Group { batches, places } = group?;
        encoder.encode(&mut batches.into_iter().map(Ok)).map_err(|error| places.locate(error))
    });
    for piece in pieces {
        let Encoded { piece, report } = piece??;
        report.check()?;
        total.merge(&report);
        exec.check()?;
        writer.append(piece)?;
        exec.progress().add_records(report.records_in);
    }
    finish(writer, total, &reader_report, aside.take())
}

fn finish<W: Writer>(
    mut writer: W,
    mut total: Report,
    reader_report: &exec::Slot<Report>,
    mut aside: Option<Aside>,
) -> Result<Report> {
    if let Some(report) = reader_report.take() {
        total.merge(&report);
    }
    total.merge(&writer.report());
    total.check()?;
    // First the reject file: an output that lacks records never stands without it.
    if let Some(aside) = &mut aside {
        aside.finish(&total)?;
    }
    total.bytes_out = writer.finish().inspect_err(|_| {
        if let Some(aside) = &mut aside {
            aside.retract();
        }
    })?;
    Ok(total)
}

/// Decoded chunks on their way to be regrouped, part by part: their rejects are written here, at the ordered point.
struct Rejecting<I> {
    chunks: I,
    exec: Exec,
    place: Place,
    aside: Option<Aside>,
    done: Arc<exec::Slot<Aside>>,
    /// What is left of the chunk before, and its share of the budget.
    rest: Option<(Origin, Parts, Option<Share>)>,
}

impl<I> Rejecting<I> {
    /// When all chunks went through, what was set aside is in the slot.
    fn new(chunks: I, aside: Option<Aside>, exec: &Exec) -> (Self, Arc<exec::Slot<Aside>>) {
        let done = Arc::new(exec::Slot::default());
        let place = Place::default();
        (Rejecting { chunks, exec: exec.clone(), place, aside, done: done.clone(), rest: None }, done)
    }
}

/// What a chunk was decoded to; its share of the budget ends where groups begin, which have their own bound.
type Sifted = (Origin, Result<(Vec<Batch>, Vec<Reject>, Option<Parts>)>, Option<Share>);

impl<I: Iterator<Item = Result<Sifted>>> Iterator for Rejecting<I> {
    type Item = Result<(Origin, Result<Vec<Batch>>, bool)>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some((origin, rest, share)) = self.rest.take() {
            let batches = match on_worker(&self.exec, || rest.collect()) {
                Ok(batches) => batches,
                Err(error) => return Some(Err(error)),
            };
            let batches = batches.map(|(batches, rest)| {
                self.rest = rest.map(|rest| (origin.clone(), rest, share));
                batches
            });
            return Some(Ok((origin, batches, false)));
        }
        let Some(chunk) = self.chunks.next() else {
            if let Some(aside) = self.aside.take() {
                self.done.put(aside);
            }
            return None;
        };
        Some(chunk.map(|(origin, sifted, share)| {
            let batches = sifted.and_then(|(batches, rejects, rest)| {
                if let Some(aside) = &mut self.aside {
                    self.place.enter(&origin);
                    aside.take(self.place.base(), &rejects)?;
                    batches.iter().for_each(|batch| self.place.advance(&batch.report));
                }
                self.rest = rest.map(|rest| (origin.clone(), rest, share));
                Ok(batches)
            });
            (origin, batches, true)
        }))
    }
}

/// The chunks of a reader as an iterator. An error of the reader is the last item, with the place where it happened.
pub(crate) struct Chunks {
    reader: Option<Box<dyn Reader>>,
    exec: Exec,
    budget: Option<Arc<Budget>>,
    report: Arc<exec::Slot<Report>>,
}

/// A chunk on its way, or the error that stands in its place.
pub(crate) struct Cutting {
    pub origin: Origin,
    pub chunk: Result<Box<dyn Chunk>>,
    /// What it takes of the memory that was allowed, as long as anything made of it is alive.
    pub share: Option<Share>,
}

/// A chunk is in memory as it is stored, as records and as what is encoded of them: about so many times its bytes.
const TIMES_IN_MEMORY: usize = 4;

impl Chunks {
    pub(crate) fn new(reader: Box<dyn Reader>, exec: &Exec) -> (Self, Arc<exec::Slot<Report>>) {
        let report = Arc::new(exec::Slot::default());
        (Chunks { reader: Some(reader), exec: exec.clone(), budget: exec.budget(), report: report.clone() }, report)
    }
}

impl Iterator for Chunks {
    type Item = Cutting;

    fn next(&mut self) -> Option<Cutting> {
        let reader = self.reader.as_mut()?;
        let next = self.exec.check().and_then(|()| reader.next_chunk());
        match next {
            Ok(Some(chunk)) => {
                self.exec.progress().add_bytes_in(chunk.size() as u64);
                let bytes = chunk.size().saturating_mul(TIMES_IN_MEMORY);
                let share = self.budget.as_ref().map(|budget| budget.hold(bytes));
                Some(Cutting { origin: chunk.origin(), chunk: Ok(chunk), share })
            }
            Ok(None) => {
                self.report.put(reader.report());
                self.reader = None;
                None
            }
            Err(error) => {
                self.reader = None;
                Some(Cutting { origin: error.origin().clone(), chunk: Err(error), share: None })
            }
        }
    }
}

#[cfg(test)]
mod tests;
