//! Values that a target refuses, altered as the user allowed: null, the nearest that fits, rounded, cut off, the default.
//!
//! Nothing here knows what a target can hold. It is asked: a value is changed as the policy says, as little as
//! possible, until the target takes it. So the limits stand in one place, the encoder, and a change is never larger
//! than needed. Only values that were refused before come here.

mod leaf;
mod nested;

use std::collections::HashMap;
use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch, RecordBatchOptions};
use arrow_buffer::i256;

use crate::code::Code;
use crate::error::{Error, Result};
use crate::policy::{Policies, Policy};

/// Alters refused values of single records. Keeps the limits that it found, for the next record.
pub struct Mend<'a> {
    policies: &'a Policies,
    check: &'a dyn Fn(&RecordBatch) -> Result<()>,
    /// The last value that fits, by code, column path, and whether it is below zero.
    limits: HashMap<(Code, String, bool), i256>,
}

/// A value that was altered: its code and column path, and how many at that path.
pub type Altered = (Code, String, u64);

/// What is wrong with a value, and what is done about it.
struct Case<'a> {
    code: Code,
    path: &'a str,
    policy: Policy,
    limits: &'a mut HashMap<(Code, String, bool), i256>,
}

/// Whether the target takes this array in place of the refused one.
type Takes<'a> = &'a dyn Fn(&ArrayRef) -> bool;

/// Values of one record altered at most.
const ALTERED_MAX: usize = 100_000;

impl<'a> Mend<'a> {
    /// By these policies, for a target that refuses records with `check`.
    pub fn new(policies: &'a Policies, check: &'a dyn Fn(&RecordBatch) -> Result<()>) -> Self {
        Mend { policies, check, limits: HashMap::new() }
    }

    /// A record that `check` refused with `error`, so that it takes it.
    ///
    /// # Errors
    /// The error that remains: of a value for which there is no policy, or which the policy does not help.
    pub fn record(&mut self, record: &RecordBatch, error: Error) -> Result<(RecordBatch, Vec<Altered>)> {
        let mut record = record.clone();
        let mut altered: Vec<Altered> = Vec::new();
        let mut error = error;
        let mut first: Option<Error> = None;
        loop {
            let (Some(code), Some(path)) = (error.code(), error.origin().column.clone()) else {
                return Err(first.unwrap_or(error));
            };
            let again = altered.iter().any(|(_, mended, _)| *mended == path);
            let mended = match self.policies.get(code).filter(|policy| !policy.sets_aside()) {
                Some(policy) if !again && altered.len() < ALTERED_MAX => self.value(&record, code, &path, policy),
                _ => None,
            };
            let Some((whole, count)) = mended else {
                // What a change brought about is told as what led to it.
                return Err(if again { first.unwrap_or(error) } else { error });
            };
            record = whole;
            altered.push((code, path, count));
            match (self.check)(&record) {
                Ok(()) => return Ok((record, altered)),
                Err(next) => {
                    first.get_or_insert(error);
                    error = next;
                }
            }
        }
    }

    /// The record with the values at `path` altered, and how many.
    fn value(&mut self, record: &RecordBatch, code: Code, path: &str, policy: Policy) -> Option<(RecordBatch, u64)> {
        let check = self.check;
        let schema = record.schema();
        for (index, field) in schema.fields().iter().enumerate() {
            let Some(rest) = nested::behind(path, field.name()) else { continue };
            let whole = |array: &ArrayRef| -> Option<RecordBatch> {
                let mut columns = record.columns().to_vec();
                columns[index] = array.clone();
                let options = RecordBatchOptions::new().with_row_count(Some(record.num_rows()));
                RecordBatch::try_new_with_options(Arc::clone(&schema), columns, &options).ok()
            };
            let takes = |array: &ArrayRef| match whole(array).map(|record| check(&record)) {
                None => false,
                Some(Ok(())) => true,
                // Another value may be wrong as well.
                Some(Err(error)) => (error.code(), error.origin().column.as_deref()) != (Some(code), Some(path)),
            };
            let mut case = Case { code, path, policy, limits: &mut self.limits };
            if let Some((array, count)) = case.mend(record.column(index), field.is_nullable(), rest, &takes) {
                return Some((whole(&array)?, count));
            }
        }
        None
    }
}

#[cfg(test)]
mod tests;
