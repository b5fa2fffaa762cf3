//! Unions from one column for each branch.

use std::sync::Arc;

use arrow_array::{Array, ArrayRef, NullArray, UInt32Array, UnionArray};
use arrow_buffer::NullBuffer;
use arrow_schema::{DataType, UnionMode};

use super::{Altering, Misfit, Step, apply};
use crate::code::Code;
use crate::column::placeholder::without_nulls;

/// In each row the branch that is set; none: the first branch without a column, which holds nulls.
pub(super) fn union(
    members: &[Option<(usize, Step)>],
    target: &DataType,
    arrays: &[ArrayRef],
    rows: usize,
    live: Option<&NullBuffer>,
    altering: &mut Altering<'_>,
) -> Result<ArrayRef, Misfit> {
    let DataType::Union(fields, mode) = target else { return Err(Misfit::internal("not a union")) };
    let mut branches: Vec<Option<usize>> = vec![None; rows];
    let mut columns: Vec<Option<ArrayRef>> = Vec::with_capacity(members.len());
    for (branch, (member, (_, field))) in members.iter().zip(fields.iter()).enumerate() {
        let Some((index, step)) = member else {
            columns.push(None);
            continue;
        };
        let array = arrays.get(*index).ok_or_else(|| Misfit::internal("a column is missing"))?;
        let set = array.logical_nulls();
        for (row, chosen) in branches.iter_mut().enumerate() {
            if set.as_ref().is_none_or(|set| set.is_valid(row)) && chosen.replace(branch).is_some() {
                return Err(Misfit::new(row, Code::OneOf, "more than one branch of a union is set"));
            }
        }
        let made = altering.within(field.name(), |altering| apply(step, array, set.as_ref(), altering));
        columns.push(Some(made.map_err(|misfit| misfit.in_column(field.name()))?));
    }
    let unset = members.iter().position(Option::is_none);
    let ids: Vec<i8> = fields.iter().map(|(id, _)| id).collect();
    let mut chosen = Vec::with_capacity(rows);
    for (row, branch) in branches.into_iter().enumerate() {
        let branch = match branch.or(unset) {
            Some(branch) => branch,
            None if live.is_some_and(|live| live.is_null(row)) => 0,
            None => return Err(Misfit::new(row, Code::Null, "no branch of a union is set")),
        };
        chosen.push(branch);
    }
    let type_ids: Vec<i8> = chosen.iter().map(|branch| ids[*branch]).collect();
    let mut children: Vec<ArrayRef> = Vec::with_capacity(members.len());
    let mut offsets = vec![0i32; rows];
    for (branch, column) in columns.into_iter().enumerate() {
        let used: Vec<u32> = (0..rows as u32).filter(|row| chosen[*row as usize] == branch).collect();
        let dense = *mode == UnionMode::Dense;
        if dense {
            for (offset, row) in (0..).zip(&used) {
                offsets[*row as usize] = offset;
            }
        }
        let len = if dense { used.len() } else { rows };
        children.push(match column {
            None => Arc::new(NullArray::new(len)),
            Some(column) if dense => {
                let taken = arrow_select::take::take(&column, &UInt32Array::from(used), None)?;
                // A row that does not exist was given the first branch.
                if fields.iter().nth(branch).is_some_and(|(_, field)| !field.is_nullable()) {
                    without_nulls(&taken)?
                } else {
                    taken
                }
            }
            Some(column) => column,
        });
    }
    let offsets = (*mode == UnionMode::Dense).then(|| offsets.into());
    Ok(Arc::new(UnionArray::try_new(fields.clone(), type_ids.into(), offsets, children)?))
}
