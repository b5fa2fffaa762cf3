//! An error at a row of one column: mapped to a record on its way up through lists.

use crate::error::Error;

/// An error at a row of the column at hand.
pub struct Fault {
    /// The row.
    pub row: usize,
    /// What is wrong, with the path below the column.
    pub error: Error,
}

impl Fault {
    /// At `row`.
    pub fn new(row: usize, error: Error) -> Fault {
        Fault { row, error }
    }
    /// Of Arrow itself, which finds nothing wrong in arrays that were checked before.
    pub fn arrow(error: arrow_schema::ArrowError) -> Fault {
        Fault { row: 0, error: error.into() }
    }
    /// Puts a name in front of the column path.
    pub fn in_column(self, name: &str) -> Fault {
        Fault { row: self.row, error: self.error.in_column(name) }
    }
}
