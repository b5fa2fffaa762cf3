//! Rows of a column as JSON text: a tree over the arrays of a batch, resolved once, that pushes one row after the other.

mod key;
mod variant;
mod writer;

pub use writer::{RecordShape, RecordWriter, ValueWriter};

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

/// How binary values show.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BytesStyle {
    /// A string, RFC 4648 §4, padded.
    #[default]
    Base64,
    /// A string of two lower-case digits a byte.
    Hex,
    /// An array of numbers from 0 to 255.
    Array,
    /// A string of the characters U+0000 to U+00FF, as in the JSON encoding of Avro.
    Latin1,
}

impl BytesStyle {
    /// By the names that settings have for it.
    pub const NAMES: [(&'static str, BytesStyle); 4] = [
        ("base64", BytesStyle::Base64),
        ("hex", BytesStyle::Hex),
        ("array", BytesStyle::Array),
        ("latin1", BytesStyle::Latin1),
    ];
}

impl std::fmt::Display for BytesStyle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let name = BytesStyle::NAMES.iter().find(|(_, style)| style == self).map_or("", |(name, _)| name);
        f.write_str(name)
    }
}

/// How numbers show that some consumers would round.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum NumberStyle {
    /// As numbers, with all digits.
    #[default]
    Number,
    /// As strings of all digits.
    String,
}

/// How values are written.
#[derive(Clone, Copy, Debug)]
pub struct WriteRules {
    /// NaN and infinities.
    pub non_finite: NonFinite,
    /// Branches of unions.
    pub union: UnionStyle,
    /// Binary values.
    pub bytes: BytesStyle,
    /// Integers of 64 bits.
    pub int64: NumberStyle,
    /// Decimals.
    pub decimal: NumberStyle,
    /// Whether members of objects that are null are left out.
    pub omit_nulls: bool,
    /// Whether floats of 32 bits in variants have the digits of the double that they are: the fewest digits that no other
    /// float has are another number where numbers are read as doubles.
    pub doubles: bool,
    /// Levels of nesting at most in a column of JSON text.
    pub depth_max: usize,
}

/// Nesting beyond this is refused whatever the options say: types that deep are of no use to any consumer.
pub const DEPTH_LIMIT: usize = 1000;

impl WriteRules {
    /// With the levels that were asked for, as far as there is room for them.
    pub fn within(self, depth_max: Option<usize>) -> Self {
        WriteRules { depth_max: depth_max.unwrap_or(self.depth_max).min(DEPTH_LIMIT), ..self }
    }
}

impl Default for WriteRules {
    fn default() -> Self {
        WriteRules {
            non_finite: NonFinite::String,
            union: UnionStyle::Untagged,
            bytes: BytesStyle::Base64,
            int64: NumberStyle::Number,
            decimal: NumberStyle::Number,
            omit_nulls: false,
            doubles: false,
            depth_max: 256,
        }
    }
}
