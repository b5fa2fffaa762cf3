//! The driver: runs every reader with every writer, in parallel, in bounded memory, with the same bytes out for
//! any number of threads.
//!
//! Read [`stage`] first: the traits are the contract of the crate. [`ordered`] is the only place with threads.

pub mod adapter;
pub mod exec;
pub mod ordered;
pub mod place;
pub mod regroup;
pub mod stage;
pub mod stream;

use std::sync::Arc;

pub use exec::{Exec, Progress};
pub use stage::{
    Batch, Batches, Chunk, Decode, Encode, Encoded, Reader, Sink, Slice, Split, Steps, Transform, Unit, Writer,
};

use crate::error::{Error, Origin, Result};
use crate::report::Report;
use ordered::ordered_map;
use place::Place;
use regroup::{Group, Regroup};

impl<W: Writer> Sink for W {
    fn drain(self: Box<Self>, reader: Box<dyn Reader>, steps: Steps, exec: &Exec) -> Result<Report> {
        match self.encoder().unit() {
            Unit::Any => drain_fused(*self, reader, steps, exec),
            Unit::Rows(rows) => drain_regrouped(*self, reader, steps, rows.get(), exec),
        }
    }
}

/// One task decodes a chunk and encodes it, a batch alive at a time, data still in cache.
fn drain_fused<W: Writer>(mut writer: W, reader: Box<dyn Reader>, steps: Steps, exec: &Exec) -> Result<Report> {
    let encoder = writer.encoder();
    let mut total = Report::default();
    let mut place = Place::default();
    let (chunks, reader_report) = Chunks::new(reader, exec);
    let pieces = ordered_map(exec, exec.window(), chunks, move |(origin, chunk)| {
        let encoded = chunk.and_then(|chunk| encoder.encode(&mut decoded(chunk, &steps)?));
        (origin, encoded)
    });
    for piece in pieces {
        let (origin, encoded) = piece?;
        place.enter(&origin);
        let Encoded { piece, report } = encoded.map_err(|error| place.locate(error))?;
        place.advance(&report);
        total.merge(&report);
        exec.check()?;
        writer.append(piece)?;
        exec.progress().add_records(report.records_in);
    }
    finish(writer, total, &reader_report)
}

/// Chunks are decoded in parallel, regrouped into exact groups at the ordered point, and encoded in parallel.
fn drain_regrouped<W: Writer>(
    mut writer: W,
    reader: Box<dyn Reader>,
    steps: Steps,
    rows: usize,
    exec: &Exec,
) -> Result<Report> {
    let encoder = writer.encoder();
    let mut total = Report::default();
    let (chunks, reader_report) = Chunks::new(reader, exec);
    let decoded = ordered_map(exec, exec.window(), chunks, move |(origin, chunk)| {
        let batches = chunk.and_then(|chunk| decoded(chunk, &steps)?.collect::<Result<Vec<_>>>());
        (origin, batches)
    });
    let groups = Regroup::new(decoded, rows, exec.group_bytes());
    let pieces = ordered_map(exec, exec.group_window(), groups, move |group: Result<Group>| {
        let Group { batches, places } = group?;
        encoder.encode(&mut batches.into_iter().map(Ok)).map_err(|error| places.locate(error))
    });
    for piece in pieces {
        let Encoded { piece, report } = piece??;
        total.merge(&report);
        exec.check()?;
        writer.append(piece)?;
        exec.progress().add_records(report.records_in);
    }
    finish(writer, total, &reader_report)
}

fn finish<W: Writer>(mut writer: W, mut total: Report, reader_report: &exec::Slot<Report>) -> Result<Report> {
    if let Some(report) = reader_report.take() {
        total.merge(&report);
    }
    total.merge(&writer.report());
    if total.records_in != total.records_out + total.rejected {
        return Err(Error::internal(format!(
            "{} records in, but {} out and {} rejected",
            total.records_in, total.records_out, total.rejected
        )));
    }
    total.bytes_out = writer.finish()?;
    Ok(total)
}

/// The batches of a chunk after all steps. A step's error counts records in its batch: shifted to count in the chunk.
pub(crate) fn decoded(
    chunk: Box<dyn Chunk>,
    steps: &Steps,
) -> Result<impl Iterator<Item = Result<Batch>> + Send + use<>> {
    let steps: Steps = steps.clone();
    let mut records = 0;
    Ok(chunk.decode()?.map(move |batch| {
        let mut batch = batch?;
        let read = batch.report.records_in;
        for step in &steps {
            batch = step.apply(batch).map_err(|error| error.shifted(records, 0, 0))?;
        }
        records += read;
        Ok(batch)
    }))
}

/// The chunks of a reader as an iterator. An error of the reader is the last item, with the place where it happened.
pub(crate) struct Chunks {
    reader: Option<Box<dyn Reader>>,
    exec: Exec,
    report: Arc<exec::Slot<Report>>,
}

impl Chunks {
    pub(crate) fn new(reader: Box<dyn Reader>, exec: &Exec) -> (Self, Arc<exec::Slot<Report>>) {
        let report = Arc::new(exec::Slot::default());
        (Chunks { reader: Some(reader), exec: exec.clone(), report: report.clone() }, report)
    }
}

impl Iterator for Chunks {
    type Item = (Origin, Result<Box<dyn Chunk>>);

    fn next(&mut self) -> Option<Self::Item> {
        let reader = self.reader.as_mut()?;
        let next = self.exec.check().and_then(|()| reader.next_chunk());
        match next {
            Ok(Some(chunk)) => {
                self.exec.progress().add_bytes_in(chunk.size() as u64);
                Some((chunk.origin(), Ok(chunk)))
            }
            Ok(None) => {
                self.report.put(reader.report());
                self.reader = None;
                None
            }
            Err(error) => {
                self.reader = None;
                Some((error.origin().clone(), Err(error)))
            }
        }
    }
}

#[cfg(test)]
mod tests;
