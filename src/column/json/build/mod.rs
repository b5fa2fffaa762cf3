//! JSON values into columns: a tree of builders, compiled from the type once, that takes one value after the other.

mod choice;
mod encoded;
mod leaf;
mod nested;
mod node;
mod text;

use std::collections::BTreeMap;

use arrow_array::ArrayRef;
use arrow_schema::FieldRef;

pub(crate) use nested::Seen;
pub use node::Node;

use super::cursor::Cursor;
use super::write::UnionStyle;
use crate::error::Result;

/// What happens to a key that is not in the schema.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ExtraKeys {
    /// `V-EXTRA-KEY`.
    #[default]
    Error,
    /// Its value is checked, dropped and counted.
    Ignore,
}

/// How values are read.
#[derive(Clone, Copy, Debug)]
pub struct ReadRules {
    /// Keys that are not in the schema.
    pub extra_keys: ExtraKeys,
    /// How unions were written.
    pub union: UnionStyle,
    /// Levels of nesting at most.
    pub depth_max: usize,
}

impl Default for ReadRules {
    fn default() -> Self {
        ReadRules { extra_keys: ExtraKeys::Error, union: UnionStyle::Untagged, depth_max: 256 }
    }
}

/// What the builders of a tree share while they read.
#[derive(Debug, Default)]
pub struct Work {
    /// How values are read.
    pub rules: ReadRules,
    /// Values of ignored keys, by column path.
    pub ignored: BTreeMap<String, u64>,
    /// For text with escapes.
    pub(super) scratch: Vec<u8>,
    /// While the branches of a union are tried: a number must be a number token of the branch's kind.
    pub(super) exact: bool,
}

impl Work {
    /// With these rules.
    pub fn new(rules: ReadRules) -> Self {
        Work { rules, ..Work::default() }
    }
}

/// Reads JSON texts, each holding one value, into a column: cells of text formats.
#[derive(Debug)]
pub struct ValueDecoder {
    node: Node,
    work: Work,
}

impl ValueDecoder {
    /// For values of the type of `field`; its name begins column paths in errors only below it.
    ///
    /// # Errors
    /// `Unsupported` if JSON cannot be read into the type.
    pub fn new(field: &FieldRef, rules: ReadRules) -> Result<Self> {
        Ok(ValueDecoder { node: Node::new(field)?, work: Work::new(rules) })
    }
    /// Appends the value that `text` is. Valid UTF-8 is expected; strings that are not fail in [`ValueDecoder::finish`].
    ///
    /// # Errors
    /// Malformed text, a value that does not fit. The column is of no use then.
    pub fn append(&mut self, text: &[u8]) -> Result<()> {
        let mut cursor = Cursor::new(text);
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
    /// Takes the counts of ignored keys, by column path.
    pub fn take_ignored(&mut self) -> BTreeMap<String, u64> {
        std::mem::take(&mut self.work.ignored)
    }
}
