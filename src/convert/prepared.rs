//! A conversion that is planned, and how it is run.

use std::collections::BTreeSet;

use arrow_schema::SchemaRef;

use super::target::ResolvedTarget;
use crate::code::Code;
use crate::error::{Error, ErrorKind, Result};
use crate::output::Output;
use crate::pipeline::aside::{Aside, RejectFile, RejectLimit, Rules};
use crate::pipeline::{Exec, Reader, Steps, Transform};
use crate::policy::{Policies, with_way_through};
use crate::proof::check::{Verify, Written};
use crate::report::{Report, is_in_column};
use crate::schema::plan::{Plan, plan};

/// A conversion that is planned: inputs are open, nothing is written.
pub struct Prepared {
    pub(super) reader: Box<dyn Reader>,
    pub(super) read: Vec<(Code, String)>,
    /// Columns that are read but not chosen.
    pub(super) unwritten: Vec<String>,
    pub(super) steps: Steps,
    pub(super) schema: SchemaRef,
    pub(super) target: ResolvedTarget,
    pub(super) plan: Plan,
    pub(super) notes: Vec<String>,
    pub(super) exec: Exec,
    pub(super) strict: bool,
    pub(super) policies: Policies,
    pub(super) rules: Option<Rules>,
    pub(super) rejects: Option<Output>,
    pub(super) max_rejects: Option<RejectLimit>,
    pub(super) verify: Option<Verify>,
}

impl Prepared {
    /// The schema of the records to be written.
    pub fn schema(&self) -> &SchemaRef {
        &self.schema
    }
    /// What becomes of each column.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }
    /// Whether its types are a guess from the first records ([`Convert::guess`](super::Convert::guess)).
    pub fn is_guess(&self) -> bool {
        self.reader.is_guess()
    }
    /// Losses of reading that are known before the first record: columns that the reader's schema does not have, and
    /// of several inputs those that some lack, and what only some say of a column beside its type.
    pub fn losses_of_reading(&self) -> &[(Code, String)] {
        &self.read
    }
    /// All losses that are known before a byte is written: of writing, and of reading.
    pub fn losses(&self) -> Vec<(Code, String)> {
        let mut losses: Vec<_> = self.plan.losses().map(|(code, path)| (code, path.to_owned())).collect();
        let of_writing: BTreeSet<_> = losses.iter().cloned().collect();
        losses.extend(self.read.iter().filter(|loss| !of_writing.contains(*loss)).cloned());
        losses
    }
    /// Fails if anything would be lost, for `--strict`: in reading or in writing.
    ///
    /// # Errors
    /// `Loss` (exit 6), with the first column that is concerned.
    pub fn refuse_losses(&self) -> Result<()> {
        match self.read.iter().find(|(code, _)| !self.policies.allows(*code)) {
            None => self.plan.refuse_losses(&self.policies),
            Some((code, path)) => Err(refused(*code, path)),
        }
    }
    /// What the user let through.
    pub fn policies(&self) -> &Policies {
        &self.policies
    }
    /// What the user should know before the run.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }
    /// Adds a step after those planned; the plan is made again.
    pub fn with_step(mut self, step: std::sync::Arc<dyn Transform>) -> Self {
        self.schema = step.schema();
        self.plan = plan(&self.schema, self.target.format, &self.target.options);
        self.steps.push(step);
        self
    }
    /// Runs it.
    ///
    /// # Errors
    /// As [`Convert::run`](crate::Convert::run).
    pub fn run(self) -> Result<Report> {
        let (policies, rejects) = (self.policies.clone(), self.rejects.is_some());
        self.run_plainly().map_err(|error| with_way_through(error, &policies, rejects))
    }

    /// As [`Prepared::run`], for callers that take no policies: errors do not say what would let a value through.
    pub(crate) fn run_plainly(self) -> Result<Report> {
        self.plan.check()?;
        if self.strict {
            self.refuse_losses()?;
        }
        let losses: Vec<_> = self.plan.losses().map(|(code, path)| (code, path.to_owned())).collect();
        let ResolvedTarget { mut output, format, options, .. } = self.target;
        // What only values show is known when all are written: until then nothing appears.
        let held = (self.verify.is_some() || self.strict).then(|| {
            let (held_output, held) = std::mem::replace(&mut output, Output::memory().0).hold();
            output = held_output;
            held
        });
        let rejects = self.rejects.as_ref().and_then(Output::as_path).map(std::path::Path::to_path_buf);
        let sink = format.create(output, self.schema.clone(), &options)?;
        let aside = match self.rules {
            None => None,
            Some(rules) => {
                let file = self.rejects.map(RejectFile::open).transpose()?;
                Some(Aside::new(rules, file, self.max_rejects))
            }
        };
        let (mut report, verified) = match (self.verify, &held) {
            (Some(verify), Some(held)) => {
                let written = Written { format, schema: &self.schema, options: &options, plan: &self.plan, held };
                let (report, verified) = verify.drain(sink, self.reader, self.steps, aside, &written, &self.exec)?;
                (report, verified.map(Some))
            }
            _ => (sink.drain_aside(self.reader, self.steps, aside, &self.exec)?, Ok(None)),
        };
        let shown = verified.and_then(|verified| {
            if self.strict {
                refuse_found(&report, &self.policies)?;
            }
            held.map_or(Ok(()), |held| held.publish())?;
            Ok(verified)
        });
        report.verified = shown.inspect_err(|_| {
            // An output that lacks records never stands without its rejects, nor they without it.
            if let Some(path) = rejects.filter(|path| path.is_file()) {
                let _ = std::fs::remove_file(path);
            }
        })?;
        // Values that are not written have no form. A name may have dots of its own.
        let is_unwritten = |path: &str| {
            self.unwritten.iter().any(|column| is_in_column(path, column)) && self.schema.field_with_name(path).is_err()
        };
        report.losses.retain(|(code, path), _| *code != Code::Restyled || !is_unwritten(path));
        report.add_known(losses);
        Ok(report)
    }
}

/// Fails if the values showed a loss, for `strict`: one that the schemas did not, or a value that was altered or left
/// out. No policy can have let that through, so it was a setting of a format.
fn refuse_found(report: &Report, policies: &Policies) -> Result<()> {
    let is_refused = |code: &Code| code.is_value_level() || (code.is_schema_level() && !policies.allows(*code));
    let Some(((code, path), count)) = report.losses.iter().find(|((code, _), _)| is_refused(code)) else {
        return Ok(());
    };
    if code.is_schema_level() {
        return Err(refused(*code, path));
    }
    let times = if *count == 1 { "once".to_owned() } else { format!("{count} times") };
    let error = Error::new(ErrorKind::Loss, format!("{}: {times}, let through by a setting", code.meaning()));
    let error = if path.is_empty() { error } else { error.in_column(path) };
    Err(error
        .with_code(*code)
        .with_hint("leave out --strict, or the setting of a format that lets such values through"))
}

/// A loss that `strict` refuses, and that may be allowed; without a path, of the schema as a whole.
fn refused(code: Code, path: &str) -> Error {
    let error =
        Error::new(ErrorKind::Loss, code.meaning()).with_code(code).with_hint(format!("allow it: --allow {code}"));
    if path.is_empty() { error } else { error.in_column(path) }
}
