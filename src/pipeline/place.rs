//! From relative to absolute: where in its source each chunk begins.

use std::sync::Arc;

use crate::error::{Error, Origin};
use crate::report::Report;

/// Counts records and lines along the ordered chunks, source by source.
#[derive(Clone, Debug)]
pub struct Place {
    base: Origin,
}

impl Default for Place {
    fn default() -> Self {
        Place { base: Origin { record: Some(0), line: Some(0), ..Origin::default() } }
    }
}

impl Place {
    /// A chunk that begins at `origin` comes next.
    pub fn enter(&mut self, origin: &Origin) {
        let new_source = self.base.source != origin.source;
        if new_source {
            self.base = Origin { source: origin.source.clone(), record: Some(0), line: Some(0), ..Origin::default() };
        }
        self.base.byte = origin.byte;
        if origin.line.is_some() {
            self.base.line = origin.line;
        }
        if origin.record.is_some() {
            self.base.record = origin.record;
        }
    }

    /// The chunk held what `report` says.
    pub fn advance(&mut self, report: &Report) {
        self.base.record = self.base.record.map(|n| n + report.records_in);
        self.base.line = self.base.line.map(|n| n + report.lines);
    }

    /// Makes the positions of an error in the current chunk absolute.
    pub fn locate(&self, error: Error) -> Error {
        error.locate(&self.base)
    }

    /// Where the current chunk begins.
    pub fn base(&self) -> &Origin {
        &self.base
    }

    /// Where the next record stands: its source and its number there.
    pub fn here(&self) -> (Option<Arc<str>>, u64) {
        (self.base.source.clone(), self.base.record.unwrap_or(0))
    }
}

/// Where the rows of a group came from: runs of rows with their source.
#[derive(Clone, Debug, Default)]
pub struct Places {
    runs: Vec<Run>,
}

#[derive(Clone, Debug)]
struct Run {
    first_row: u64,
    source: Option<Arc<str>>,
    record: u64,
}

impl Places {
    /// From `first_row` on, rows are records of `source`, the first being number `record` there.
    pub fn push(&mut self, first_row: u64, source: Option<Arc<str>>, record: u64) {
        self.runs.push(Run { first_row, source, record });
    }

    /// Makes the record number of an error, which counts rows of the group, absolute.
    pub fn locate(&self, error: Error) -> Error {
        let row = error.origin().record.unwrap_or(0);
        match self.runs.iter().rev().find(|run| run.first_row <= row) {
            None => error,
            Some(run) => {
                // Shift from rows of the group to records of the source; the run may begin before or after.
                let base = Origin { source: run.source.clone(), ..Origin::default() };
                let record = error.origin().record.map(|row| row - run.first_row + run.record);
                match record {
                    Some(record) => error.at_record(record).locate(&base),
                    None => error.locate(&base),
                }
            }
        }
    }
}
