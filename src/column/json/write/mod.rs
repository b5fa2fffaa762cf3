//! Rows of a column as JSON text: a tree over the arrays of a batch, resolved once, that pushes one row after the other.

mod key;
mod scalar;
mod writer;

pub use writer::{RecordWriter, ValueWriter};

/// What NaN and the infinities become; JSON has no numbers for them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum NonFinite {
    /// The strings `NaN`, `Infinity`, `-Infinity`, as in ProtoJSON.
    #[default]
    String,
    /// `null`: the value is lost.
    Null,
    /// `V-NONFINITE`.
    Error,
}

/// How the branch of a union shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UnionStyle {
    /// Not at all: the value alone.
    #[default]
    Untagged,
    /// `{"branch": value}`.
    Tagged,
}

/// How values are written.
#[derive(Clone, Copy, Debug)]
pub struct WriteRules {
    /// NaN and infinities.
    pub non_finite: NonFinite,
    /// Branches of unions.
    pub union: UnionStyle,
    /// Levels of nesting at most in a column of JSON text.
    pub depth_max: usize,
}

impl Default for WriteRules {
    fn default() -> Self {
        WriteRules { non_finite: NonFinite::String, union: UnionStyle::Untagged, depth_max: 256 }
    }
}
