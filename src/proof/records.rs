//! The records of a reader, something made of each batch in parallel, in order.

use std::sync::Arc;

use arrow_array::RecordBatch;

use crate::error::{Error, Origin, Result};
use crate::pipeline::bunch::{Mapped, map_chunks};
use crate::pipeline::exec::Slot;
use crate::pipeline::place::Place;
use crate::pipeline::stages::Stages;
use crate::pipeline::{Cutting, Exec, Reader, Steps};
use crate::report::{Report, Tally};

/// What was made of the batches of a chunk.
type Made<R> = (Vec<R>, Report);

/// Applies a function to every batch of a reader: on the workers, with as many chunks alive as they need.
pub(super) struct Records<R> {
    chunks: Mapped<(Origin, Result<Made<R>>)>,
    pending: std::vec::IntoIter<R>,
    place: Place,
    exec: Exec,
    failed: bool,
    /// What the reader itself has to tell, when it is at its end.
    last: Arc<Slot<Report>>,
    tally: Tally,
}

impl<R: Send + 'static> Records<R> {
    /// `function` is given each batch after `steps`; the record number of its error counts in the batch.
    pub fn new(
        reader: Box<dyn Reader>,
        steps: Steps,
        exec: &Exec,
        function: impl Fn(&RecordBatch) -> Result<R> + Send + Sync + 'static,
    ) -> Self {
        let stages = Stages::new(reader.schema(), steps);
        let (chunks, last) = map_chunks(reader, exec, move |Cutting { origin, chunk, share: _share }| {
            let made = chunk.and_then(|chunk| {
                let mut report = Report::default();
                let mut made = Vec::new();
                for batch in stages.batches(chunk.decode()?) {
                    let batch = batch?;
                    let one = function(&batch.records).map_err(|error| error.shifted(report.records_in, 0, 0))?;
                    made.push(one);
                    report.merge(&batch.report);
                }
                Ok((made, report))
            });
            (origin, made)
        });
        let place = Place::default();
        let (pending, tally) = (Vec::new().into_iter(), Tally::default());
        Records { chunks, pending, place, exec: exec.clone(), failed: false, last, tally }
    }

    /// Counts what is lost in reading.
    pub fn counted(self, tally: &Tally) -> Self {
        Records { tally: tally.clone(), ..self }
    }

    fn fail(&mut self, error: Error) -> Option<Result<R>> {
        self.failed = true;
        Some(Err(error))
    }
}

impl<R: Send + 'static> Iterator for Records<R> {
    type Item = Result<R>;

    fn next(&mut self) -> Option<Result<R>> {
        loop {
            if self.failed {
                return None;
            }
            if let Some(made) = self.pending.next() {
                return Some(Ok(made));
            }
            let (origin, made) = match self.chunks.next() {
                Some(Ok(item)) => item,
                Some(Err(error)) => return self.fail(error),
                None => {
                    if let Some(report) = self.last.take() {
                        self.tally.add(&report);
                    }
                    return None;
                }
            };
            if let Err(error) = self.exec.check() {
                return self.fail(error);
            }
            self.place.enter(&origin);
            match made {
                Ok((made, report)) => {
                    self.place.advance(&report);
                    self.exec.progress().add_records(report.records_in);
                    self.tally.add(&report);
                    self.pending = made.into_iter();
                }
                Err(error) => {
                    let error = self.place.locate(error);
                    return self.fail(error);
                }
            }
        }
    }
}
