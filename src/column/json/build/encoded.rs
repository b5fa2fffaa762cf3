//! Dictionaries and runs: equal tokens become one value.

use std::sync::Arc;

use arrow_array::ArrayRef;
use arrow_buffer::NullBufferBuilder;
use arrow_schema::{DataType, FieldRef};
use hashbrown::HashMap;

use super::super::cursor::Cursor;
use super::super::text::skip_value;
use super::Work;
use super::node::Node;
use crate::column::encoded;
use crate::error::Result;

/// Each distinct token is one value of the dictionary.
#[derive(Debug)]
pub(super) struct Dictionary {
    key: DataType,
    values: Node,
    by_token: HashMap<Box<[u8]>, usize>,
    /// Values so far.
    len: usize,
    keys: Vec<usize>,
    nulls: NullBufferBuilder,
}

impl Dictionary {
    pub fn new(key: &DataType, value: &DataType, field: &FieldRef, path: &str) -> Result<Self> {
        let metadata = field.metadata().clone();
        let values = arrow_schema::Field::new(field.name(), value.clone(), field.is_nullable()).with_metadata(metadata);
        Ok(Dictionary {
            key: key.clone(),
            values: Node::new(&Arc::new(values), path)?,
            by_token: HashMap::new(),
            len: 0,
            keys: Vec::new(),
            nulls: NullBufferBuilder::new(0),
        })
    }

    pub fn append(&mut self, cursor: &mut Cursor<'_>, work: &mut Work) -> Result<()> {
        let mut end = *cursor;
        let token = skip_value(&mut end, work.rules.depth_max, &mut work.scratch)?;
        let key = match self.by_token.get(token) {
            Some(key) => *key,
            None => {
                let key = self.len;
                let before = work.alterations;
                let null = self.values.append_settled(cursor, work)?;
                *cursor = end;
                self.len += 1;
                if null {
                    self.append_nulls(1);
                    return Ok(());
                }
                // Every value that was altered is counted, so its token is read again when it comes again.
                if work.alterations == before {
                    self.by_token.insert(token.into(), key);
                }
                key
            }
        };
        *cursor = end;
        self.keys.push(key);
        self.nulls.append_non_null();
        Ok(())
    }

    pub fn append_nulls(&mut self, count: usize) {
        self.keys.resize(self.keys.len() + count, 0);
        self.nulls.append_n_nulls(count);
    }

    pub fn finish(&mut self) -> Result<ArrayRef> {
        self.by_token.clear();
        self.len = 0;
        let keys = std::mem::take(&mut self.keys);
        encoded::dictionary(&self.key, keys, self.nulls.finish(), self.values.finish()?)
    }
}

/// Neighbours with equal tokens are one run.
#[derive(Debug)]
pub(super) struct Runs {
    data_type: DataType,
    values: Node,
    /// Token of the last run; `None` if it is null, or there is none.
    last: Option<Vec<u8>>,
    ends: Vec<usize>,
    rows: usize,
}

impl Runs {
    pub fn new(ends: &FieldRef, values: &FieldRef, path: &str) -> Result<Self> {
        Ok(Runs {
            data_type: DataType::RunEndEncoded(ends.clone(), values.clone()),
            values: Node::new(values, path)?,
            last: None,
            ends: Vec::new(),
            rows: 0,
        })
    }

    pub fn append(&mut self, cursor: &mut Cursor<'_>, work: &mut Work) -> Result<()> {
        let mut end = *cursor;
        let token = skip_value(&mut end, work.rules.depth_max, &mut work.scratch)?;
        self.rows += 1;
        match (&self.last, self.ends.last_mut()) {
            (Some(last), Some(run_end)) if last == token => *run_end = self.rows,
            _ => {
                let before = work.alterations;
                self.values.append(cursor, work)?;
                // Every value that was altered is counted, so each makes a run of its own.
                self.last = Some(token.to_vec()).filter(|_| work.alterations == before);
                self.ends.push(self.rows);
            }
        }
        *cursor = end;
        Ok(())
    }

    pub fn append_nulls(&mut self, count: usize) {
        if count > 0 {
            self.rows += count;
            self.values.append_nulls(1);
            self.last = None;
            self.ends.push(self.rows);
        }
    }

    pub fn finish(&mut self) -> Result<ArrayRef> {
        self.last = None;
        self.rows = 0;
        encoded::runs(&self.data_type, std::mem::take(&mut self.ends), &self.values.finish()?)
    }
}
