//! The same steps, but with wide keys of dictionaries in the place of narrow ones: see [`crate::column::keys`].

use arrow_schema::{DataType, Fields};

use super::{Part, Step};
use crate::column::keys::{wide, wide_type};

impl Part {
    /// With wide keys.
    pub(crate) fn widened(self) -> Part {
        match self {
            Part::One { index, step, required, name } => Part::One { index, step: step.widened(), required, name },
            Part::Union { members, target, name } => {
                let members = members.into_iter().map(|member| member.map(|(index, step)| (index, step.widened())));
                Part::Union { members: members.collect(), target: wide_type(&target), name }
            }
        }
    }
}

impl Step {
    fn widened(self) -> Step {
        let boxed = |step: Box<Step>| Box::new(step.widened());
        let all = |parts: Vec<Part>| parts.into_iter().map(Part::widened).collect();
        let of = |data_type: DataType| wide_type(&data_type);
        match self {
            Step::Keep | Step::Leaf(_) | Step::Nulls => self,
            Step::Asked(step, instead) => Step::Asked(boxed(step), instead),
            Step::Dictionary(step, target) => Step::Dictionary(boxed(step), of(target)),
            Step::RunEnds(step, target) => Step::RunEnds(boxed(step), of(target)),
            Step::Struct(parts, fields) => Step::Struct(all(parts), fields.iter().map(wide).collect::<Fields>()),
            Step::List(step, target) => Step::List(boxed(step), of(target)),
            Step::Map(key, value, target) => Step::Map(boxed(key), boxed(value), of(target)),
            Step::Pairs(parts, target) => Step::Pairs(all(parts), of(target)),
            Step::Unwrap(parts) => Step::Unwrap(all(parts)),
        }
    }
}
