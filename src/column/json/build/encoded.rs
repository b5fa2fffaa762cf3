//! Dictionaries and runs: equal tokens become one value.

use std::sync::Arc;

use arrow_array::types::*;
use arrow_array::{Array, ArrayRef, DictionaryArray, PrimitiveArray, RunArray};
use arrow_buffer::{ArrowNativeType, NullBufferBuilder, ScalarBuffer};
use arrow_schema::{DataType, FieldRef};
use hashbrown::HashMap;

use super::super::cursor::Cursor;
use super::super::text::skip_value;
use super::Work;
use super::node::Node;
use crate::error::{Error, Result};

/// Each distinct token is one value of the dictionary.
#[derive(Debug)]
pub(super) struct Dictionary {
    key: DataType,
    values: Node,
    by_token: HashMap<Box<[u8]>, usize>,
    keys: Vec<usize>,
    nulls: NullBufferBuilder,
}

impl Dictionary {
    pub fn new(key: &DataType, value: &DataType, field: &FieldRef) -> Result<Self> {
        let metadata = field.metadata().clone();
        let values = arrow_schema::Field::new(field.name(), value.clone(), true).with_metadata(metadata);
        Ok(Dictionary {
            key: key.clone(),
            values: Node::new(&Arc::new(values))?,
            by_token: HashMap::new(),
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
                let key = self.by_token.len();
                self.values.append(cursor, work)?;
                self.by_token.insert(token.into(), key);
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
        match self.key {
            DataType::Int8 => self.array::<Int8Type>(),
            DataType::Int16 => self.array::<Int16Type>(),
            DataType::Int32 => self.array::<Int32Type>(),
            DataType::Int64 => self.array::<Int64Type>(),
            DataType::UInt8 => self.array::<UInt8Type>(),
            DataType::UInt16 => self.array::<UInt16Type>(),
            DataType::UInt32 => self.array::<UInt32Type>(),
            DataType::UInt64 => self.array::<UInt64Type>(),
            ref other => Err(Error::schema(format!("a dictionary with keys of {other}"))),
        }
    }

    fn array<K: ArrowDictionaryKeyType>(&mut self) -> Result<ArrayRef> {
        let keys = std::mem::take(&mut self.keys);
        let too_many = || Error::limit(format!("a dictionary with more values than {} has keys", K::DATA_TYPE));
        let keys = keys.into_iter().map(|key| K::Native::from_usize(key).ok_or_else(too_many));
        let keys = ScalarBuffer::from(keys.collect::<Result<Vec<_>>>()?);
        let keys = PrimitiveArray::<K>::try_new(keys, self.nulls.finish())?;
        Ok(Arc::new(DictionaryArray::try_new(keys, self.values.finish()?)?))
    }
}

/// Neighbours with equal tokens are one run.
#[derive(Debug)]
pub(super) struct Runs {
    data_type: DataType,
    ends_type: DataType,
    values: Node,
    /// Token of the last run; `None` if it is null, or there is none.
    last: Option<Vec<u8>>,
    ends: Vec<usize>,
    rows: usize,
}

impl Runs {
    pub fn new(ends: &FieldRef, values: &FieldRef) -> Result<Self> {
        Ok(Runs {
            data_type: DataType::RunEndEncoded(ends.clone(), values.clone()),
            ends_type: ends.data_type().clone(),
            values: Node::new(values)?,
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
                self.values.append(cursor, work)?;
                self.last = Some(token.to_vec());
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
        match self.ends_type {
            DataType::Int16 => self.array::<Int16Type>(),
            DataType::Int32 => self.array::<Int32Type>(),
            DataType::Int64 => self.array::<Int64Type>(),
            ref other => Err(Error::schema(format!("run ends of {other}"))),
        }
    }

    fn array<R: RunEndIndexType>(&mut self) -> Result<ArrayRef> {
        let too_long = || Error::limit(format!("more rows in a batch than {} run ends count", R::DATA_TYPE));
        let ends = std::mem::take(&mut self.ends);
        let ends = ends.into_iter().map(|end| R::Native::from_usize(end).ok_or_else(too_long));
        let ends = PrimitiveArray::<R>::new(ScalarBuffer::from(ends.collect::<Result<Vec<_>>>()?), None);
        let array = RunArray::try_new(&ends, &self.values.finish()?)?;
        if *array.data_type() == self.data_type {
            return Ok(Arc::new(array));
        }
        // The fields of the type have names of their own.
        let data = array.into_data().into_builder().data_type(self.data_type.clone()).build()?;
        Ok(Arc::new(RunArray::<R>::from(data)))
    }
}
