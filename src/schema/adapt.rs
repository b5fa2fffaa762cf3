//! Brings the batches of one input to another schema: the reader's, or the one of all inputs.
//!
//! Fields are found as `schema/identity.rs` says: by number, id, name and alias. A field that the data
//! lacks takes its default, or null. Types are widened; where some values may not fit, each one is checked, and those
//! that do not are V-codes. What the reader has no field for is left out, and told (`S-DROP`).
//!
//! `step` plans with schemas alone, `run` carries out, `cast` is about single values, `taken` about enums, `union` and
//! `entries` about unions and maps, `unknown` about unknown fields of messages, [`fit`] says what is allowed.

mod cast;
mod entries;
pub mod fit;
mod float;
mod run;
mod step;
mod taken;
pub mod tally;
mod union;
mod unknown;
mod value;

use std::sync::Arc;

use arrow_array::{RecordBatch, RecordBatchOptions};
use arrow_schema::{Schema, SchemaRef};

use crate::code::Code;
use crate::error::Result;
use crate::pipeline::{Batch, Transform};
use crate::policy::Policies;
use crate::schema::renamed::Renamed;
use run::Work;
pub(crate) use step::record_names;
use step::{Member, Members};
pub(crate) use unknown::is_unknown;
pub(crate) use value::{default_of_text, missing};

/// The step from one schema to another.
#[derive(Clone, Debug)]
pub struct Adapt {
    schema: SchemaRef,
    members: Arc<Members>,
    notes: Vec<(Code, String)>,
    changed: Vec<String>,
    nulls: Vec<String>,
    policies: Policies,
    takes_defaults: bool,
}

impl Adapt {
    /// From `source` to `target`. What it does is known here, before any data moves.
    ///
    /// # Errors
    /// `Schema` (exit 5), with the column: a field is missing that has no default and is not nullable, or values would
    /// have to be given another meaning.
    pub fn new(source: &Schema, target: &SchemaRef) -> Result<Self> {
        Self::renaming(source, target, &[])
    }

    /// [`Adapt::new`], where some fields were said to be renamed: what was said comes before names, aliases and numbers.
    ///
    /// # Errors
    /// As [`Adapt::new`].
    pub fn renaming(source: &Schema, target: &SchemaRef, renamed: &[Renamed]) -> Result<Self> {
        Ok(Self::planned(step::plan(source, target, renamed, true)?, target))
    }

    /// [`Adapt::new`] whatever the ids of columns are: `target` was made of several schemas by name.
    ///
    /// # Errors
    /// As [`Adapt::new`].
    pub fn without_ids(source: &Schema, target: &SchemaRef) -> Result<Self> {
        Ok(Self::planned(step::plan(source, target, &[], false)?, target))
    }

    fn planned(plan: step::Plan<'_>, target: &SchemaRef) -> Self {
        Adapt {
            schema: target.clone(),
            members: Arc::new(plan.members),
            notes: plan.dropped.into_iter().map(|path| (Code::Dropped, path)).collect(),
            changed: plan.changed,
            nulls: plan.nulls,
            policies: Policies::default(),
            takes_defaults: true,
        }
    }

    /// For data that is said to be of the target's schema: defaults of enums are for the readers of other data, and
    /// stand in for no value by themselves; closed enums of Protobuf keep what messages have in them.
    pub(crate) fn declared(self) -> Self {
        Adapt { takes_defaults: false, ..self }
    }

    /// Leaves columns of the source out whatever they hold, by their places there.
    pub(crate) fn forgoing(mut self, column: impl Fn(usize) -> bool) -> Self {
        Arc::make_mut(&mut self.members).void.retain(|at| !column(*at));
        self
    }

    /// Lets values through by name: `V-INT-RANGE=null`.
    pub fn with_policies(mut self, policies: Policies) -> Self {
        self.policies = policies;
        self
    }

    /// Losses known from the schemas: the paths of what is left out.
    pub fn losses(&self) -> &[(Code, String)] {
        &self.notes
    }

    /// Paths of values that get another type in which each of them has to be checked.
    pub fn checked(&self) -> &[String] {
        &self.changed
    }

    /// Whether batches stay what they are.
    pub fn is_identity(&self) -> bool {
        let stays = |(at, member): (usize, &Member)| matches!(member, Member::Take { from, step: step::Step::Same, .. } if *from == at);
        self.notes.is_empty() && self.members.void.is_empty() && self.members.each.iter().enumerate().all(stays)
    }
}

impl Transform for Adapt {
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }

    fn apply(&self, batch: Batch) -> Result<Batch> {
        let Batch { records, mut report } = batch;
        let rows = records.num_rows();
        let Adapt { policies, takes_defaults, .. } = self;
        let mut work = Work { policies, takes_defaults: *takes_defaults, report: &mut report };
        let columns = work.members(&self.members, self.schema.fields(), records.columns(), rows, None)?;
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        let records = RecordBatch::try_new_with_options(self.schema.clone(), columns, &options)?;
        Ok(Batch { records, report })
    }
}

#[cfg(test)]
mod tests;
