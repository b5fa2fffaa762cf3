//! JSON values into columns: a tree of builders, compiled from the type once, that takes one value after the other.

mod choice;
mod encoded;
mod leaf;
mod members;
mod nested;
mod node;
mod plain;
mod text;
mod variant;

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow_array::ArrayRef;
use arrow_schema::{FieldRef, TimeUnit};

#[cfg(feature = "json")]
pub(crate) use members::duplicate_key;
pub(crate) use nested::Seen;
pub use node::Node;

use super::cursor::{Cursor, Leniency};
use super::write::{BytesStyle, NumberStyle, UnionStyle};
use crate::code::Code;
use crate::column::temporal::Zone;
use crate::error::Result;
use crate::policy::{Policies, Policy};
use crate::report::Report;

/// What happens to a key that is not in the schema.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ExtraKeys {
    /// `V-EXTRA-KEY`.
    #[default]
    Error,
    /// Its value is checked, dropped and counted.
    Ignore,
    /// It goes into the member [`EXTRA`] of its object.
    Column,
}

/// The column of JSON text that takes keys that are not in the schema, with [`ExtraKeys::Column`].
pub const EXTRA: &str = "_extra";

/// How values are read.
#[derive(Clone, Debug)]
pub struct ReadRules {
    /// Keys that are not in the schema.
    pub extra_keys: ExtraKeys,
    /// How unions were written.
    pub union: UnionStyle,
    /// How binary values were written.
    pub bytes: BytesStyle,
    /// How integers of 64 bits were written: that tells branches of unions apart. Elsewhere numbers and strings do.
    pub int64: NumberStyle,
    /// How decimals were written; as above.
    pub decimal: NumberStyle,
    /// Levels of nesting at most.
    pub depth_max: usize,
    /// Strings that are null.
    pub null_values: Vec<Vec<u8>>,
    /// The unit of timestamps that are numbers, counted from 1970-01-01; `None`: numbers are no timestamps.
    pub epoch: Option<TimeUnit>,
    /// The zone of timestamps that are written without one, for columns that have a zone.
    pub assume_zone: Option<Zone>,
    /// Whether the types were guessed from other values of the same text: then a value of which inference would make
    /// another type is refused, also where the type could hold it.
    pub as_inferred: bool,
    /// What is taken beyond RFC 8259 in cells; files set it on their cursors.
    pub lenient: Leniency,
    /// What the user let through.
    pub policies: Policies,
}

impl Default for ReadRules {
    fn default() -> Self {
        ReadRules {
            extra_keys: ExtraKeys::Error,
            union: UnionStyle::Untagged,
            bytes: BytesStyle::Base64,
            int64: NumberStyle::Number,
            decimal: NumberStyle::Number,
            depth_max: 256,
            null_values: Vec::new(),
            epoch: None,
            assume_zone: None,
            as_inferred: false,
            lenient: Leniency::default(),
            policies: Policies::default(),
        }
    }
}

/// How much is still to come, as far as what was read tells.
#[derive(Clone, Copy, Debug)]
pub struct Rest {
    /// Bytes that were read.
    pub read: usize,
    /// Bytes that are left.
    pub left: usize,
}

impl Rest {
    /// How many more there will be of what there are `count`, and a few.
    fn of(self, count: usize) -> usize {
        let more = (count as u128).saturating_mul(self.left as u128) / self.read.max(1) as u128;
        usize::try_from(more + more / 32 + 1).unwrap_or(0)
    }
}

/// What the builders of a tree share while they read.
#[derive(Debug, Default)]
pub struct Work {
    /// How values are read.
    pub rules: Arc<ReadRules>,
    /// Values that were altered or dropped because the user let that through, by code and column path.
    altered: BTreeMap<(Code, String), u64>,
    /// How often [`Work::count`] was called.
    alterations: u64,
    /// For text with escapes.
    pub(super) scratch: Vec<u8>,
    /// While the branches of a union are tried: a number must be a number token of the branch's kind, and nothing is
    /// let through.
    pub(super) exact: bool,
    /// While ways through are tried on a refused value: nobody reads why one does not help.
    pub(super) trying: bool,
}

impl Work {
    /// With these rules.
    pub fn new(rules: Arc<ReadRules>) -> Self {
        Work { rules, ..Work::default() }
    }
    /// How the user let `code` through.
    pub(super) fn policy(&self, code: Code) -> Option<Policy> {
        if self.exact { None } else { self.rules.policies.get(code) }
    }
    /// For one try of a value, with `code` let through by `policy`.
    pub(super) fn trial(&self, code: Code, policy: Policy) -> Self {
        let policies = self.rules.policies.with(code, policy);
        let rules = ReadRules { policies, ..self.rules.as_ref().clone() };
        Work { trying: true, ..Work::new(Arc::new(rules)) }
    }
    /// Whether any string without escapes is a text as it stands.
    #[inline]
    pub(super) fn takes_as_is(&self, cursor: &Cursor<'_>) -> bool {
        cursor.takes_as_is() && self.rules.null_values.is_empty()
    }
    /// A value of the column at `path` was altered.
    pub(super) fn count(&mut self, code: Code, path: &str) {
        self.alterations += 1;
        match self.altered.get_mut(&(code, path.to_owned())) {
            Some(count) => *count += 1,
            None => {
                self.altered.insert((code, path.to_owned()), 1);
            }
        }
    }
    /// Moves the counts of altered values into `report`.
    pub fn tell(&mut self, report: &mut Report) {
        for (key, count) in std::mem::take(&mut self.altered) {
            *report.losses.entry(key).or_default() += count;
        }
    }
}

/// Reads JSON texts, each holding one value, into a column: cells of text formats.
#[derive(Debug)]
pub struct ValueDecoder {
    node: Node,
    work: Work,
}

impl ValueDecoder {
    /// For values of the type of `field`; its name begins column paths in counts, and in errors only below it.
    ///
    /// # Errors
    /// `Unsupported` if JSON cannot be read into the type.
    pub fn new(field: &FieldRef, rules: Arc<ReadRules>) -> Result<Self> {
        Ok(ValueDecoder { node: Node::new(field, field.name())?, work: Work::new(rules) })
    }
    /// Appends the value that `text` is. Valid UTF-8 is expected; strings that are not fail in [`ValueDecoder::finish`].
    ///
    /// # Errors
    /// Malformed text, a value that does not fit. The column is of no use then.
    pub fn append(&mut self, text: &[u8]) -> Result<()> {
        let mut cursor = Cursor::new(text).leniently(self.work.rules.lenient);
        self.node.append(&mut cursor, &mut self.work)?;
        match cursor.peek() {
            None => Ok(()),
            Some(_) => Err(cursor.unexpected("nothing after the value")),
        }
    }
    /// Appends `count` nulls.
    pub fn append_nulls(&mut self, count: usize) {
        self.node.append_nulls(count);
    }
    /// The column of what was appended since the last call.
    pub fn finish(&mut self) -> Result<ArrayRef> {
        self.node.finish()
    }
    /// Moves the counts of altered values into `report`.
    pub fn tell(&mut self, report: &mut Report) {
        self.work.tell(report);
    }
}
