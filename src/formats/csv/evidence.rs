//! What was seen of the columns of several files.

use std::any::Any;
use std::collections::BTreeMap;

use arrow_schema::Field;

use super::infer::ColumnShape;
use crate::code::Code;
use crate::report::Report;
use crate::schema::infer::Fractions;
use crate::schema::infer::evidence::{Evidence, Joined};

/// The shapes of the columns whose types are inferred, by name.
pub(super) struct Seen {
    columns: BTreeMap<String, ColumnShape>,
    fractions: Fractions,
}

impl Seen {
    /// Of one file: names, the type where one was given, and what was seen.
    pub(super) fn new<'a>(
        columns: impl Iterator<Item = ((&'a String, &'a Option<Field>), &'a ColumnShape)>,
        fractions: Fractions,
    ) -> Self {
        // A column without a value has no type of its own: the others may have one.
        let inferred = columns.filter(|((_, given), shape)| given.is_none() && !shape.is_unknown());
        Seen { columns: inferred.map(|((name, _), shape)| (name.clone(), shape.clone())).collect(), fractions }
    }
}

impl Evidence for Seen {
    fn join(&mut self, other: &dyn Evidence) -> bool {
        let Some(other) = (other as &dyn Any).downcast_ref::<Seen>() else { return false };
        for (name, shape) in &other.columns {
            self.columns.entry(name.clone()).or_default().merge(shape);
        }
        true
    }

    fn joined(self: Box<Self>) -> Joined {
        let mut report = Report::default();
        for (name, _) in self.columns.iter().filter(|(_, shape)| shape.restyles(self.fractions)) {
            report.note(Code::Restyled, name.clone());
        }
        let fields = self.columns.iter().map(|(name, shape)| shape.field(name, self.fractions)).collect();
        Joined { fields, report }
    }
}
