//! What was seen of the values of several texts.

use std::any::Any;

use arrow_schema::{Fields, Schema};

use super::infer::columns;
use super::options::{Inference, Rows};
use super::shape::{Found, Shape};
use crate::report::Report;
use crate::schema::infer::evidence::{Evidence, Joined};

/// The shape of the records of one text or of several.
pub(super) struct Seen {
    pub shape: Shape,
    pub records: u64,
    pub rows: Rows,
    pub infer: Inference,
    /// Columns of given types.
    pub given: Vec<String>,
    /// What is told of each text.
    pub report: Report,
}

impl Evidence for Seen {
    fn join(&mut self, other: &dyn Evidence) -> bool {
        let Some(other) = (other as &dyn Any).downcast_ref::<Seen>() else { return false };
        self.shape.merge(other.shape.clone());
        self.records += other.records;
        self.report.losses.extend(other.report.losses.clone());
        true
    }

    fn joined(self: Box<Self>) -> Joined {
        let Seen { shape, records, rows, infer, given, report } = *self;
        let mut found = Found { infer, ..Found::default() };
        // Where values of several kinds are refused, each text keeps its types.
        let schema = columns(shape, records, rows, &mut found).unwrap_or_else(|_| Schema::empty());
        let inferred = schema.fields().iter().filter(|field| !given.contains(field.name()));
        Joined { fields: inferred.cloned().collect::<Fields>(), report }
    }
}
