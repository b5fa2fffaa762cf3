//! Unions: untagged (the first branch that takes the value) or tagged (`{"branch": value}`).

use std::sync::Arc;

use arrow_array::{ArrayRef, UnionArray};
use arrow_buffer::ScalarBuffer;
use arrow_schema::{DataType, FieldRef, UnionFields, UnionMode};

use super::super::cursor::Cursor;
use super::super::write::UnionStyle;
use super::Work;
use super::leaf::mismatch;
use super::node::{Node, join};
use crate::code::Code;
use crate::error::{Error, Result};

/// One of several types in each row.
#[derive(Debug)]
pub(super) struct Choice {
    fields: UnionFields,
    dense: bool,
    branches: Vec<Branch>,
    /// Where nulls go: a branch of nulls, or the first with a null of its own.
    null_branch: Option<usize>,
    type_ids: Vec<i8>,
    offsets: Vec<i32>,
}

#[derive(Debug)]
struct Branch {
    id: i8,
    name: String,
    node: Node,
    /// Takes values on trial, so that a value that fails half-way leaves nothing in `node`.
    trial: Node,
    field: FieldRef,
    path: String,
    rows: usize,
}

impl Branch {
    /// Whether the value at the cursor is one of the branch.
    fn takes(&mut self, mut cursor: Cursor<'_>, work: &mut Work) -> Result<bool> {
        let nested = self.field.data_type().is_nested();
        let fits = self.trial.append(&mut cursor, work).is_ok();
        // Whatever the trial left is dropped with the column it makes.
        let finished = (fits || !nested) && self.trial.finish().is_ok();
        let taken = fits && finished;
        if nested && !taken {
            // But a nested value that failed half-way leaves columns of several lengths.
            self.trial = Node::new(&self.field, &self.path)?;
        }
        Ok(taken)
    }
}

impl Choice {
    pub fn new(fields: &UnionFields, mode: UnionMode, path: &str) -> Result<Self> {
        let mut branches = Vec::with_capacity(fields.len());
        for (id, field) in fields.iter() {
            let name = field.name().clone();
            let path = join(path, &name);
            let node = Node::new(field, &path).map_err(|error| error.in_column(&name))?;
            let trial = Node::new(field, &path)?;
            branches.push(Branch { id, name, node, trial, field: field.clone(), path, rows: 0 });
        }
        let of_nulls = fields.iter().position(|(_, field)| *field.data_type() == DataType::Null);
        let null_branch = of_nulls.or_else(|| fields.iter().position(|(_, field)| field.is_nullable()));
        Ok(Choice {
            fields: fields.clone(),
            dense: mode == UnionMode::Dense,
            branches,
            null_branch,
            type_ids: Vec::new(),
            offsets: Vec::new(),
        })
    }

    /// Whether there is a branch for null.
    pub fn takes_null(&self) -> bool {
        self.null_branch.is_some()
    }

    pub fn append(&mut self, cursor: &mut Cursor<'_>, work: &mut Work, data_type: &DataType) -> Result<()> {
        match work.rules.union {
            UnionStyle::Untagged => self.append_untagged(cursor, work, data_type),
            UnionStyle::Tagged => self.append_tagged(cursor, work, data_type),
        }
    }

    fn append_untagged(&mut self, cursor: &mut Cursor<'_>, work: &mut Work, data_type: &DataType) -> Result<()> {
        let outer = std::mem::replace(&mut work.exact, true);
        let mut found = Ok(None);
        for (index, branch) in self.branches.iter_mut().enumerate() {
            match branch.takes(*cursor, work) {
                Ok(false) => continue,
                Ok(true) => found = Ok(Some(index)),
                Err(error) => found = Err(error),
            }
            break;
        }
        work.exact = outer;
        match found? {
            Some(index) => self.put(index, cursor, work),
            None => Err(mismatch(cursor, work, data_type)),
        }
    }

    fn append_tagged(&mut self, cursor: &mut Cursor<'_>, work: &mut Work, data_type: &DataType) -> Result<()> {
        if cursor.peek() != Some(b'{') {
            return Err(mismatch(cursor, work, data_type));
        }
        cursor.step();
        cursor.peek();
        let at = cursor.position();
        let name = cursor.string(&mut work.scratch)?;
        let index = self.branches.iter().position(|branch| branch.name.as_bytes() == name).ok_or_else(|| {
            let name = String::from_utf8_lossy(name);
            Error::value(Code::Token, format!("{name:?} is not a branch of the union")).at_byte(at as u64)
        })?;
        cursor.expect(b':', "':' after the key")?;
        cursor.peek();
        self.put(index, cursor, work)?;
        cursor.expect(b'}', "'}' after the one value of a union")
    }

    fn put(&mut self, index: usize, cursor: &mut Cursor<'_>, work: &mut Work) -> Result<()> {
        let Some(branch) = self.branches.get_mut(index) else {
            return Err(Error::internal("a union without the branch"));
        };
        branch.node.append(cursor, work).map_err(|error| error.in_column(&branch.name))?;
        self.close(index, 1);
        Ok(())
    }

    /// `count` rows were put into a branch.
    fn close(&mut self, index: usize, count: usize) {
        for (other, branch) in self.branches.iter_mut().enumerate() {
            if other == index {
                for row in branch.rows..branch.rows + count {
                    self.type_ids.push(branch.id);
                    // A batch has fewer rows than i32::MAX: type_ids grows with it.
                    self.offsets.push(i32::try_from(row).unwrap_or(i32::MAX));
                }
                branch.rows += count;
            } else if !self.dense {
                branch.node.append_nulls(count);
                branch.rows += count;
            }
        }
    }

    pub fn append_nulls(&mut self, count: usize) {
        let index = self.null_branch.unwrap_or(0);
        if let Some(branch) = self.branches.get_mut(index) {
            branch.node.append_nulls(count);
        }
        self.close(index, count);
    }

    pub fn finish(&mut self) -> Result<ArrayRef> {
        let mut children = Vec::with_capacity(self.branches.len());
        for branch in &mut self.branches {
            branch.rows = 0;
            children.push(branch.node.finish().map_err(|error| error.in_column(&branch.name))?);
        }
        let type_ids = ScalarBuffer::from(std::mem::take(&mut self.type_ids));
        let offsets = std::mem::take(&mut self.offsets);
        let offsets = self.dense.then(|| ScalarBuffer::from(offsets));
        Ok(Arc::new(UnionArray::try_new(self.fields.clone(), type_ids, offsets, children)?))
    }
}
