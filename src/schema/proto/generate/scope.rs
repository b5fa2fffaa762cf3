//! A message being made, and the names that are taken in it.

use std::collections::HashSet;

use prost_types::DescriptorProto;

use super::names::folded;
use crate::error::{Error, Result};
use crate::schema::proto::pool::join;

/// Levels of nesting of a schema at most.
const DEPTH_MAX: usize = 60;

/// A message being made: its nested types and the names taken in its scope.
pub(super) struct Scope {
    full: String,
    pub message: DescriptorProto,
    pub(super) taken: HashSet<String>,
    /// Field names without underscores and case: those must differ as well.
    pub(super) folded: HashSet<String>,
    pub(super) depth: usize,
}

impl Scope {
    pub(super) fn new(name: &str, full: &str, depth: usize) -> Result<Scope> {
        if depth > DEPTH_MAX {
            return Err(Error::limit(format!("the schema is nested more than {DEPTH_MAX} deep")));
        }
        let message = DescriptorProto { name: Some(name.to_owned()), ..DescriptorProto::default() };
        Ok(Scope { full: full.to_owned(), message, taken: HashSet::new(), folded: HashSet::new(), depth })
    }

    pub(super) fn is_taken(&self, name: &str) -> bool {
        self.taken.contains(name)
    }

    pub(super) fn take(&mut self, name: &str) {
        self.taken.insert(name.to_owned());
    }

    /// The wanted name, or with `_2`, `_3`... behind it; it is not taken yet.
    pub(super) fn free(&self, wanted: String) -> String {
        let mut name = wanted.clone();
        let mut count = 1;
        while self.taken.contains(&name) {
            count += 1;
            name = format!("{wanted}_{count}");
        }
        name
    }

    pub(super) fn unique(&mut self, wanted: String) -> String {
        let name = self.free(wanted);
        self.take(&name);
        name
    }

    /// The wanted name of a field, or with a number behind it.
    pub(super) fn unique_field(&mut self, wanted: &str) -> String {
        loop {
            let name = self.unique(wanted.to_owned());
            if self.folded.insert(folded(&name)) {
                return name;
            }
        }
    }

    pub(super) fn full_type(&self, name: &str) -> String {
        join(&self.full, name)
    }
}
