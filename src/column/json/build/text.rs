//! Columns of bytes of any length: text, binary values, JSON text.

use arrow_array::{
    ArrayRef, BinaryArray, BinaryViewArray, FixedSizeBinaryArray, GenericBinaryArray, GenericStringArray,
    OffsetSizeTrait, StringArray, StringViewArray,
};
use arrow_buffer::{Buffer, NullBuffer, NullBufferBuilder, OffsetBuffer, ScalarBuffer};
use arrow_schema::DataType;
use std::sync::Arc;

use super::Rest;
use crate::code::Code;
use crate::column::strings;
use crate::error::{Error, Result};

/// Bytes of all rows, one behind the other.
#[derive(Debug)]
pub(super) struct Bytes {
    pub data: Vec<u8>,
    ends: Vec<usize>,
    nulls: NullBufferBuilder,
}

impl Bytes {
    pub fn new() -> Self {
        Bytes { data: Vec::new(), ends: Vec::new(), nulls: NullBufferBuilder::new(0) }
    }
    /// What was put behind the data since the last row is a row.
    #[inline]
    pub fn close_row(&mut self) {
        self.ends.push(self.data.len());
        self.nulls.append_non_null();
    }
    /// Makes room for what is to come.
    pub fn expect(&mut self, rest: Rest) {
        self.ends.reserve_exact(rest.of(self.ends.len()));
        // A little more: texts differ in length, and the kernels write whole blocks.
        let more = rest.of(self.data.len());
        self.data.reserve_exact(more + more / 16 + 64);
    }
    /// Drops what was put behind the data since the last row.
    pub fn roll_back(&mut self) {
        self.data.truncate(self.ends.last().copied().unwrap_or(0));
    }
    pub fn append_nulls(&mut self, count: usize) {
        self.ends.resize(self.ends.len() + count, self.data.len());
        self.nulls.append_n_nulls(count);
    }

    pub fn finish(&mut self, data_type: &DataType) -> Result<ArrayRef> {
        Ok(match data_type {
            DataType::Utf8 => Arc::new(self.strings::<i32>()?),
            DataType::LargeUtf8 => Arc::new(self.strings::<i64>()?),
            DataType::Utf8View => {
                let array: StringArray = self.strings()?;
                Arc::new(StringViewArray::from(&array))
            }
            DataType::Binary => Arc::new(self.bytes::<i32>()?),
            DataType::LargeBinary => Arc::new(self.bytes::<i64>()?),
            DataType::BinaryView => {
                let array: BinaryArray = self.bytes()?;
                Arc::new(BinaryViewArray::from(&array))
            }
            other => return Err(Error::internal(format!("bytes as {other}"))),
        })
    }

    fn strings<O: OffsetSizeTrait>(&mut self) -> Result<GenericStringArray<O>> {
        let (offsets, data, nulls) = self.take()?;
        strings::array(offsets, data, nulls)
            .map_err(|error| Error::value(Code::Utf8, "a string is not valid UTF-8").with_cause(error))
    }

    fn bytes<O: OffsetSizeTrait>(&mut self) -> Result<GenericBinaryArray<O>> {
        let (offsets, data, nulls) = self.take()?;
        Ok(GenericBinaryArray::try_new(offsets, data, nulls)?)
    }

    fn take<O: OffsetSizeTrait>(&mut self) -> Result<(OffsetBuffer<O>, Buffer, Option<NullBuffer>)> {
        let offsets = offsets(&std::mem::take(&mut self.ends))?;
        Ok((offsets, Buffer::from_vec(std::mem::take(&mut self.data)), self.nulls.finish()))
    }
}

/// Offsets of rows from their ends.
pub(super) fn offsets<O: OffsetSizeTrait>(ends: &[usize]) -> Result<OffsetBuffer<O>> {
    let too_long =
        || Error::limit("a column of one batch is longer than its type allows").with_hint("use smaller batches");
    if O::from_usize(ends.last().copied().unwrap_or(0)).is_none() {
        return Err(too_long());
    }
    let mut all = Vec::with_capacity(ends.len() + 1);
    all.push(O::usize_as(0));
    all.extend(ends.iter().map(|end| O::usize_as(*end)));
    Ok(OffsetBuffer::new(ScalarBuffer::from(all)))
}

/// Bytes of one length.
#[derive(Debug)]
pub(super) struct FixedBytes {
    pub data: Vec<u8>,
    size: usize,
    rows: usize,
    nulls: NullBufferBuilder,
}

impl FixedBytes {
    pub fn new(size: i32) -> Self {
        let size = usize::try_from(size).unwrap_or(0);
        FixedBytes { data: Vec::new(), size, rows: 0, nulls: NullBufferBuilder::new(0) }
    }
    /// What was put behind the data since the last row is a row, if it has the right length.
    pub fn close_row(&mut self) -> Result<()> {
        let found = self.data.len() - self.rows * self.size;
        if found != self.size {
            return Err(Error::value(Code::Length, format!("{found} bytes, expected {}", self.size)));
        }
        self.rows += 1;
        self.nulls.append_non_null();
        Ok(())
    }
    /// Drops what was put behind the data since the last row.
    pub fn roll_back(&mut self) {
        self.data.truncate(self.rows * self.size);
    }
    pub fn append_nulls(&mut self, count: usize) {
        self.rows += count;
        self.data.resize(self.rows * self.size, 0);
        self.nulls.append_n_nulls(count);
    }
    pub fn finish(&mut self) -> Result<ArrayRef> {
        let size = i32::try_from(self.size).unwrap_or(i32::MAX);
        let data = Buffer::from_vec(std::mem::take(&mut self.data));
        let rows = std::mem::take(&mut self.rows);
        let nulls = self.nulls.finish();
        Ok(Arc::new(FixedSizeBinaryArray::try_new_with_len(size, data, nulls, rows)?))
    }
}
