//! What happened during a run: counts and losses. Rides with the data through the pipeline.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use crate::code::Code;

/// Counts and losses of a part of a run, or of all of it. Parts merge in input order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Records read.
    pub records_in: u64,
    /// Records written.
    pub records_out: u64,
    /// Records in the reject file.
    pub rejected: u64,
    /// Records left out by name: `--allow CODE=skip`.
    pub skipped: u64,
    /// Line breaks read (text formats).
    pub lines: u64,
    /// Bytes of the sources, as stored.
    pub bytes_in: u64,
    /// Bytes of the output, as stored.
    pub bytes_out: u64,
    /// How often each code occurred, by column path; notes and schema-level losses count one per column.
    pub losses: BTreeMap<(Code, String), u64>,
    /// Records rejected or skipped, by code and column path; without a code where a record breaks the rules of its
    /// format.
    pub set_aside: BTreeMap<(Option<Code>, String), u64>,
    /// What reading the output back showed, if that was asked for.
    pub verified: Option<Verified>,
}

/// What was lost on the way to records that are only looked at: filled where they come in, in order.
#[derive(Clone, Debug, Default)]
pub struct Tally(Arc<Mutex<Report>>);

impl Tally {
    /// What was counted so far.
    pub fn report(&self) -> Report {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
    /// Adds the counts of a later part.
    pub(crate) fn add(&self, part: &Report) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).merge(part);
    }
}

/// An output was read back, and its records are those that were read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verified {
    /// Records compared.
    pub records: u64,
    /// Losses known from schemas, by column path: what they lose was not compared, all else was. Values altered by a
    /// policy: their columns were not compared, all others were.
    pub not_compared: BTreeSet<(Code, String)>,
}

/// Whether a path is that of a column, or of something inside it.
pub(crate) fn is_in_column(path: &str, column: &str) -> bool {
    path.strip_prefix(column).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[', '{']))
}

/// The path of a column as reports and messages have it: one without a name is not all columns.
pub(crate) fn named(path: &str) -> &str {
    if path.is_empty() { "\"\"" } else { path }
}

impl Report {
    /// The report of `records` records read.
    pub fn read(records: u64) -> Self {
        Report { records_in: records, ..Report::default() }
    }

    /// Counts `code` once more for `column`.
    pub fn note(&mut self, code: Code, column: impl Into<String>) {
        *self.losses.entry((code, column.into())).or_default() += 1;
    }

    /// Adds losses that were known before: once for each column, also where they were met as well.
    pub(crate) fn add_known(&mut self, losses: impl IntoIterator<Item = (Code, String)>) {
        for loss in losses {
            self.losses.entry(loss).or_insert(1);
        }
    }

    /// Fails unless every record read was written, rejected or skipped.
    ///
    /// # Errors
    /// `Internal`.
    pub fn check(&self) -> crate::Result<()> {
        let Report { records_in, records_out, rejected, skipped, .. } = self;
        if *records_in == records_out + rejected + skipped {
            return Ok(());
        }
        let text = format!("{records_in} records in, but {records_out} out, {rejected} rejected, {skipped} skipped");
        Err(crate::Error::internal(text))
    }

    /// Adds the counts of a later part.
    pub fn merge(&mut self, other: &Report) {
        self.records_in += other.records_in;
        self.records_out += other.records_out;
        self.rejected += other.rejected;
        self.skipped += other.skipped;
        self.lines += other.lines;
        self.bytes_in += other.bytes_in;
        self.bytes_out += other.bytes_out;
        for (key, count) in &other.losses {
            *self.losses.entry(key.clone()).or_default() += count;
        }
        for (key, count) in &other.set_aside {
            *self.set_aside.entry(key.clone()).or_default() += count;
        }
        if let Some(other) = &other.verified {
            let verified = self.verified.get_or_insert_default();
            verified.records += other.records;
            verified.not_compared.extend(other.not_compared.iter().cloned());
        }
    }
}
