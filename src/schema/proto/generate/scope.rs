//! A message being made, and the names that are taken in it.

use std::collections::HashSet;

use prost_types::DescriptorProto;

use super::names::folded;
use crate::error::{Error, Result};
use crate::schema::proto::pool::join;

/// Messages in one another at most, without the outermost: compilers of `.proto` files take no more.
const DEPTH_MAX: usize = 30;

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
            let most = DEPTH_MAX + 1;
            return Err(Error::limit(format!(
                "a schema that is made for the records has at most {most} messages in one another"
            ))
            .with_hint("give one whose messages stand side by side: --to-schema FILE.proto"));
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
