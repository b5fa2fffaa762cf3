//! Unions: which branch of the reader takes a branch of the data, and arrays of unions taken apart and put together.

use std::sync::Arc;

use arrow_array::{Array, ArrayRef, NullArray, UInt32Array, UnionArray};
use arrow_buffer::ScalarBuffer;
use arrow_schema::{DataType, Field, FieldRef, UnionFields, UnionMode};
use arrow_select::interleave::interleave;
use arrow_select::take::take;

use super::run::Work;
use super::step::{Member, Plan, Step, refused};
use crate::error::{Error, Result};

/// A branch of the data, and what becomes of it.
#[derive(Clone, Debug)]
pub(super) struct Branch {
    /// Its number in the data.
    id: i8,
    /// Index of the branch of the reader; 0 where that has no union.
    to: usize,
    /// The reader's field.
    field: FieldRef,
    member: Member,
}

/// What becomes of a union, or of values that become one.
#[derive(Clone, Debug)]
pub(super) enum Unions {
    /// Each branch becomes one of the reader.
    Both(UnionFields, Vec<Branch>),
    /// Each branch becomes a value of the reader's one type.
    Out(DataType, Vec<Branch>),
    /// All values become one branch; nulls the branch for them, where there is one.
    In { fields: UnionFields, to: usize, null: Option<usize>, field: FieldRef, member: Box<Member> },
}

impl Plan<'_> {
    /// The step between two types of which one is a union.
    pub(super) fn union(&mut self, source: &Field, target: &Field, path: &str) -> Result<Unions> {
        match (source.data_type(), target.data_type()) {
            (DataType::Union(branches, _), DataType::Union(fields, UnionMode::Dense)) => {
                let made = branches.iter().map(|(id, branch)| {
                    let to = self.meant(branch, fields, path).ok_or_else(|| no_branch(branch, target))?;
                    self.branch(id, branch, to, field_of(fields, to)?, path)
                });
                Ok(Unions::Both(fields.clone(), made.collect::<Result<_>>()?))
            }
            (DataType::Union(..), DataType::Union(..)) => {
                Err(Error::unsupported("records are not brought to a schema with a sparse union"))
            }
            (DataType::Union(branches, _), kind) => {
                let field = Arc::new(target.clone());
                let made = branches.iter().map(|(id, branch)| self.branch(id, branch, 0, field.clone(), path));
                Ok(Unions::Out(kind.clone(), made.collect::<Result<_>>()?))
            }
            (_, DataType::Union(fields, UnionMode::Dense)) => {
                let to = self.meant(source, fields, path).ok_or_else(|| no_branch(source, target))?;
                let field = field_of(fields, to)?;
                let null = fields.iter().position(|(_, field)| field.data_type() == &DataType::Null);
                // Nulls go to their own branch, so that the other one has none.
                let filled = source.clone().with_nullable(source.is_nullable() && null.is_none());
                let member = Box::new(self.take(0, &filled, &field, path.to_owned())?);
                Ok(Unions::In { fields: fields.clone(), to, null, field, member })
            }
            _ => Err(refused(source, target)),
        }
    }

    fn branch(&mut self, id: i8, source: &Field, to: usize, field: FieldRef, path: &str) -> Result<Branch> {
        let member = self.take(0, source, &field, path.to_owned())?;
        Ok(Branch { id, to, field, member })
    }

    /// The branch for values of `source`: of the same type, of the same name, one that holds all of them, one that may.
    fn meant(&self, source: &Field, fields: &UnionFields, path: &str) -> Option<usize> {
        let fits = |branch: &Field| {
            let mut trial = Plan { renamed: self.renamed, ids: self.ids, ..Plan::default() };
            let member = trial.take(0, source, branch, path.to_owned()).ok()?;
            Some(match (&member, branch.name() == source.name()) {
                (Member::Take { step: Step::Same, .. }, _) => 0,
                (_, true) => 1,
                _ if trial.changed.is_empty() => 2,
                _ => 3,
            })
        };
        let found = fields.iter().enumerate().filter_map(|(at, (_, branch))| Some((fits(branch)?, at)));
        found.min().map(|(_, at)| at)
    }
}

fn field_of(fields: &UnionFields, at: usize) -> Result<FieldRef> {
    fields.iter().nth(at).map(|(_, field)| field.clone()).ok_or_else(|| Error::internal("a branch that is not there"))
}

fn no_branch(source: &Field, target: &Field) -> Error {
    let error = refused(source, target);
    Error::schema(error.message().replace("values would get another meaning", "no branch of the union takes it"))
}

/// Values of one branch: the rows of the union that hold them, and they themselves in that order.
struct Part {
    rows: Vec<usize>,
    values: ArrayRef,
}

impl Unions {
    pub(super) fn apply(&self, column: &ArrayRef, work: &mut Work<'_>) -> Result<ArrayRef> {
        match self {
            Unions::Both(fields, branches) => {
                let parts = parts(column, branches, work)?;
                let mut rows = vec![(0usize, 0usize); column.len()];
                let mut children: Vec<Vec<ArrayRef>> = vec![Vec::new(); fields.len()];
                for (branch, part) in branches.iter().zip(parts) {
                    let before: usize = children[branch.to].iter().map(Array::len).sum();
                    for (at, row) in part.rows.iter().enumerate() {
                        rows[*row] = (branch.to, before + at);
                    }
                    children[branch.to].push(part.values);
                }
                assembled(fields, &rows, children)
            }
            Unions::Out(kind, branches) => {
                let parts = parts(column, branches, work)?;
                let mut rows = vec![(0usize, 0usize); column.len()];
                for (branch, part) in parts.iter().enumerate() {
                    for (at, row) in part.rows.iter().enumerate() {
                        rows[*row] = (branch, at);
                    }
                }
                let arrays: Vec<&dyn Array> = parts.iter().map(|part| part.values.as_ref()).collect();
                match arrays.is_empty() {
                    true => Ok(arrow_array::new_null_array(kind, column.len())),
                    false => Ok(interleave(&arrays, &rows)?),
                }
            }
            Unions::In { fields, to, null, field, member } => {
                // Where all values are null, they are the branch's own.
                let null = null.filter(|null| null != to);
                let nulls = column.logical_nulls().filter(|_| null.is_some());
                let there: Vec<usize> =
                    (0..column.len()).filter(|row| nulls.as_ref().is_none_or(|nulls| nulls.is_valid(*row))).collect();
                let values = taken(column, &there, &there)?;
                let values = work.one(member, field, &values).map_err(|error| at_row(error, &there))?;
                let mut rows = vec![(null.unwrap_or(0), 0usize); column.len()];
                let mut missing = 0;
                for (at, row) in there.iter().enumerate() {
                    rows[*row] = (*to, at);
                }
                for row in rows.iter_mut().filter(|row| Some(row.0) == null) {
                    row.1 = missing;
                    missing += 1;
                }
                let mut children: Vec<Vec<ArrayRef>> = vec![Vec::new(); fields.len()];
                children[*to].push(values);
                if let Some(null) = null {
                    children[null].push(Arc::new(NullArray::new(missing)));
                }
                assembled(fields, &rows, children)
            }
        }
    }
}

/// The values of each branch, as the reader wants them.
fn parts(column: &ArrayRef, branches: &[Branch], work: &mut Work<'_>) -> Result<Vec<Part>> {
    let union = column.as_any().downcast_ref::<UnionArray>().ok_or_else(|| Error::internal("a union that is none"))?;
    let made = branches.iter().map(|branch| {
        let rows: Vec<usize> = (0..union.len()).filter(|row| union.type_id(*row) == branch.id).collect();
        let places: Vec<usize> = rows.iter().map(|row| union.value_offset(*row)).collect();
        let values = taken(union.child(branch.id), &places, &rows)?;
        let values = work.one(&branch.member, &branch.field, &values).map_err(|error| at_row(error, &rows))?;
        Ok(Part { rows, values })
    });
    made.collect()
}

fn taken(values: &ArrayRef, places: &[usize], rows: &[usize]) -> Result<ArrayRef> {
    if values.data_type() == &DataType::Null {
        return Ok(Arc::new(NullArray::new(rows.len())));
    }
    let indices = places.iter().map(|place| u32::try_from(*place));
    let indices = indices.collect::<std::result::Result<Vec<_>, _>>();
    let indices = indices.map_err(|_| Error::limit("more than 2^32 values in a batch"))?;
    Ok(take(values, &UInt32Array::from(indices), None)?)
}

/// An error about a value of a branch, told for the row that holds it.
fn at_row(error: Error, rows: &[usize]) -> Error {
    let row = error.origin().record.and_then(|at| rows.get(usize::try_from(at).ok()?));
    match row {
        Some(row) => error.at_record(*row as u64),
        None => error,
    }
}

/// A dense union: for each row its branch, and the place of its value in that.
fn assembled(fields: &UnionFields, rows: &[(usize, usize)], children: Vec<Vec<ArrayRef>>) -> Result<ArrayRef> {
    let ids: Vec<i8> = fields.iter().map(|(id, _)| id).collect();
    let types: Vec<i8> = rows.iter().map(|(branch, _)| ids[*branch]).collect();
    let offsets = rows.iter().map(|(_, offset)| i32::try_from(*offset));
    let offsets: Vec<i32> =
        offsets.collect::<std::result::Result<_, _>>().map_err(|_| Error::limit("more than 2^31 values in a batch"))?;
    let joined = children.into_iter().zip(fields.iter()).map(|(arrays, (_, field))| {
        let arrays: Vec<&dyn Array> = arrays.iter().map(AsRef::as_ref).collect();
        match arrays.as_slice() {
            [] => Ok(arrow_array::new_empty_array(field.data_type())),
            arrays => Ok(arrow_select::concat::concat(arrays)?),
        }
    });
    let children: Vec<ArrayRef> = joined.collect::<Result<_>>()?;
    let union =
        UnionArray::try_new(fields.clone(), ScalarBuffer::from(types), Some(ScalarBuffer::from(offsets)), children)?;
    Ok(Arc::new(union))
}
