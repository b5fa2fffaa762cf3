//! Records that do not fit are set aside: written to a reject file, or left out by name, while the run goes on.
//!
//! A chunk goes the fast way first. Only if that fails is it looked at again, record by record (`sift`, with the
//! search of `sieve`): what fails alone is set aside, the rest goes on. So a run without bad records costs nothing,
//! and one with many stays linear. What is set aside is a function of the input and the options: decoding, the steps
//! and [`Encode::check`](super::Encode::check) are asked about each record alone, and the ordered point writes the
//! reject file in input order.

mod file;
mod rows;
mod sieve;
pub(super) mod sift;

use std::sync::Arc;

pub use file::RejectFile;
#[cfg(any(feature = "ipc", feature = "parquet"))]
pub(crate) use rows::{Rows, Table, shown};
pub(crate) use sieve::{Found, sieve};
pub(super) use sift::Reject;

use crate::code::Code;
use crate::error::{Error, ErrorKind, Origin, Result};
use crate::policy::{Policies, Policy};
use crate::report::Report;

/// What becomes of a record that does not fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It goes to the reject file.
    Reject,
    /// It is left out and counted.
    Skip,
}

/// Which records are set aside. A pure function of the options.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    policies: Policies,
    /// Whether there is a reject file.
    file: bool,
    /// Whether all records that do not fit go there: no code was named with `=reject`.
    all: bool,
}

impl Rules {
    /// From what was let through, and whether there is a reject file. `None`: nothing is set aside.
    ///
    /// # Errors
    /// `Usage` for `=reject` without a file.
    pub fn new(policies: &Policies, file: bool) -> Result<Option<Rules>> {
        let named = policies.iter().find(|allowance| allowance.policy == Policy::Reject);
        if let (Some(named), false) = (named, file) {
            return Err(Error::usage(format!("{}=reject, but there is no reject file", named.code))
                .with_hint("name it with --rejects FILE"));
        }
        let acts = file || policies.iter().any(|allowance| allowance.code.is_value_level());
        let rules = Rules { policies: policies.clone(), file, all: file && named.is_none() };
        Ok(acts.then_some(rules))
    }

    /// Whether records may be set aside, and not only values altered.
    pub fn sets_aside(&self) -> bool {
        self.file || self.policies.iter().any(|allowance| allowance.policy.sets_aside())
    }

    /// Whether a value that fails with `error` may be altered.
    fn alters(&self, error: &Error) -> bool {
        error.code().and_then(|code| self.policies.get(code)).is_some_and(|policy| !policy.sets_aside())
    }

    /// Whether something is done about `error`, so that a second look is worth it.
    fn acts_on(&self, error: &Error) -> bool {
        self.alters(error) || self.verdict(error, true).is_some()
    }

    /// What becomes of a record that fails with `error`; `None`: the run stops. `malformed_ends`: whether the next
    /// record is found behind one that breaks the rules of its format.
    pub fn verdict(&self, error: &Error, malformed_ends: bool) -> Option<Verdict> {
        let Some(code) = error.code() else {
            let alone = match error.kind() {
                ErrorKind::Malformed => malformed_ends,
                // A message of another schema than those that are known is whole.
                ErrorKind::Schema => true,
                _ => false,
            };
            return (alone && self.all).then_some(Verdict::Reject);
        };
        match self.policies.get(code) {
            Some(Policy::Skip) => Some(Verdict::Skip),
            Some(Policy::Reject) if self.file => Some(Verdict::Reject),
            _ => (self.all && code.is_value_level()).then_some(Verdict::Reject),
        }
    }
}

/// How many records may be rejected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RejectLimit {
    /// So many.
    Records(u64),
    /// So many millionths of all: `2.5%` is 25 000. Known when all are read.
    Millionths(u64),
}

impl std::str::FromStr for RejectLimit {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let bad = || Error::usage(format!("{text:?}: expected a number of records, or a percentage like 0.5%"));
        let Some(percent) = text.strip_suffix('%') else {
            return text.parse().map(RejectLimit::Records).map_err(|_| bad());
        };
        let (whole, fraction) = percent.split_once('.').unwrap_or((percent, ""));
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || fraction.len() > 4 || !digits(whole) || !digits(fraction) {
            return Err(bad());
        }
        let millionths: u64 = format!("{whole}{fraction:0<4}").parse().map_err(|_| bad())?;
        if millionths > 1_000_000 { Err(bad()) } else { Ok(RejectLimit::Millionths(millionths)) }
    }
}

/// The records of a run that are set aside. Lives at the ordered point.
pub struct Aside {
    rules: Arc<Rules>,
    file: Option<RejectFile>,
    limit: Option<RejectLimit>,
    rejected: u64,
}

impl Aside {
    /// By these rules, into a file, up to a limit.
    pub fn new(rules: Rules, file: Option<RejectFile>, limit: Option<RejectLimit>) -> Self {
        Aside { rules: Arc::new(rules), file, limit, rejected: 0 }
    }

    pub(super) fn rules(&self) -> Arc<Rules> {
        self.rules.clone()
    }

    /// Writes the rejects of a chunk that begins at `base`.
    pub(super) fn take(&mut self, base: &Origin, rejects: &[Reject]) -> Result<()> {
        if rejects.is_empty() {
            return Ok(());
        }
        let room = match self.limit {
            // The first one too many is written as well: the message is about it.
            Some(RejectLimit::Records(most)) => (most - self.rejected.min(most)).saturating_add(1),
            _ => u64::MAX,
        };
        let written = &rejects[..rejects.len().min(usize::try_from(room).unwrap_or(usize::MAX))];
        if let Some(file) = &mut self.file {
            file.write(base, written)?;
        }
        self.rejected += written.len() as u64;
        match self.limit {
            Some(RejectLimit::Records(most)) if self.rejected > most => {
                let records = if most == 1 { "record does" } else { "records do" };
                Err(self.exceeded(format!("more than {most} {records} not fit")))
            }
            _ => Ok(()),
        }
    }

    /// Makes the reject file appear, unless too many were rejected: then it appears, and this is an error.
    pub(super) fn finish(&mut self, report: &Report) -> Result<()> {
        if let Some(RejectLimit::Millionths(most)) = self.limit
            && u128::from(report.rejected) * 1_000_000 > u128::from(most) * u128::from(report.records_in)
        {
            let text = format!(
                "{} of {} records do not fit, more than {}%",
                report.rejected,
                report.records_in,
                percent(most)
            );
            return Err(self.exceeded(text));
        }
        self.file.as_mut().map_or(Ok(()), RejectFile::commit)
    }

    /// Takes the reject file away again: there is no output that lacks its records.
    pub(super) fn retract(&mut self) {
        if let Some(file) = &mut self.file {
            file.retract();
        }
    }

    fn exceeded(&mut self, text: String) -> Error {
        // What is wrong is the values: the limit only says how many are too many.
        let error = Error::new(ErrorKind::Value, text);
        let Some(file) = &mut self.file else { return error };
        let name = file.name();
        match file.commit() {
            Err(failed) => failed,
            Ok(()) => error.with_hint(format!(
                "those found so far are in {name}, to see what is wrong with them: correct it and run again, or raise \
                 --max-rejects"
            )),
        }
    }
}

fn percent(millionths: u64) -> String {
    let text = format!("{}.{:04}", millionths / 10_000, millionths % 10_000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// Code and column under which a record that is set aside is counted.
fn counted(error: &Error) -> (Option<Code>, String) {
    (error.code(), error.origin().column.clone().unwrap_or_default())
}

#[cfg(test)]
mod tests;
