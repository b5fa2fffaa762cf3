//! How messages stand in a file.

/// How messages stand in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// Each behind its length, a varint.
    Delimited,
    /// The whole file is one.
    Single,
}
