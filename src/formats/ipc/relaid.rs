//! What the specification allows and the crate does not read, laid out as the crate reads it.
//!
//! An array without values has one offset, of any value: nothing is there that it could point to. And where the metadata
//! is of its fourth version, arrays of runs have a buffer for nulls, which is empty: other implementations write it, this
//! crate does, and reads it nowhere.

use std::collections::HashSet;

use arrow_buffer::Buffer;
use arrow_ipc::{FieldNode, MetadataVersion, RecordBatch};
use arrow_schema::{DataType, Schema, UnionMode};

use super::message::Metadata;
use crate::column::nesting::parts;
use crate::error::{Error, Result};

/// The metadata of a record batch message of columns that are laid out as in `schema`.
///
/// # Errors
/// `Malformed`.
pub(super) fn relaid(metadata: &Metadata, schema: &Schema) -> Result<Metadata> {
    let message = metadata.message()?;
    let Some(batch) = message.header_as_record_batch() else { return Ok(metadata.clone()) };
    let old = message.version() < MetadataVersion::V5;
    let spare = old && schema.fields().iter().any(|field| holds_runs(field.data_type()));
    if !spare && !batch.nodes().into_iter().flatten().any(|node| node.length() == 0) {
        return Ok(metadata.clone());
    }
    let described: Vec<arrow_ipc::Buffer> = batch.buffers().into_iter().flatten().copied().collect();
    let walked = |spare: bool| Walk::through(&batch, schema, old, spare);
    // A writer that makes no such buffers has fewer of them. Of any other number, the crate says what is wrong.
    let walks = [spare.then(|| walked(true)), Some(walked(false))].into_iter().flatten();
    let Some(walk) = walks.into_iter().find(|walk| walk.buffers == described.len()) else {
        return Ok(metadata.clone());
    };
    let buffers = described.into_iter().enumerate().filter(|(at, _)| !walk.spare.contains(at));
    let nothing = arrow_ipc::Buffer::new(0, 0);
    let buffers = buffers.map(|(at, buffer)| if walk.pointless.contains(&at) { nothing } else { buffer });
    with_buffers(metadata, &batch, &buffers.collect::<Vec<_>>())
}

fn holds_runs(data_type: &DataType) -> bool {
    matches!(data_type, DataType::RunEndEncoded(..)) || parts(data_type).into_iter().any(holds_runs)
}

/// Which buffers belong to which arrays.
struct Walk<'a> {
    nodes: Vec<&'a FieldNode>,
    /// How many buffers each column of views has for its values, in their order.
    views: Vec<i64>,
    /// Whether the metadata is older than its fifth version.
    old: bool,
    /// Whether arrays of runs have a buffer for nulls.
    has_spare: bool,
    /// Arrays so far, and those of views.
    arrays: (usize, usize),
    /// Buffers so far.
    buffers: usize,
    /// Offsets of arrays without values.
    pointless: HashSet<usize>,
    /// Buffers of runs for nulls.
    spare: HashSet<usize>,
}

impl<'a> Walk<'a> {
    fn through(batch: &RecordBatch<'a>, schema: &Schema, old: bool, has_spare: bool) -> Self {
        let mut walk = Walk {
            nodes: batch.nodes().into_iter().flatten().collect(),
            views: batch.variadicBufferCounts().into_iter().flatten().collect(),
            old,
            has_spare,
            arrays: (0, 0),
            buffers: 0,
            pointless: HashSet::new(),
            spare: HashSet::new(),
        };
        for field in schema.fields() {
            walk.array(field.data_type());
        }
        walk
    }

    fn array(&mut self, data_type: &DataType) {
        let is_empty = self.nodes.get(self.arrays.0).is_some_and(|node| node.length() == 0);
        self.arrays.0 += 1;
        let has_nulls = match data_type {
            DataType::Null => false,
            DataType::RunEndEncoded(..) => {
                self.spare.extend(self.has_spare.then_some(self.buffers));
                self.has_spare
            }
            DataType::Union(..) => self.old,
            _ => true,
        };
        self.buffers += usize::from(has_nulls);
        match data_type {
            DataType::Null | DataType::RunEndEncoded(..) | DataType::Struct(_) | DataType::FixedSizeList(..) => {}
            DataType::Utf8 | DataType::Binary | DataType::LargeUtf8 | DataType::LargeBinary => {
                self.offsets(is_empty);
                self.buffers += 1;
            }
            DataType::List(_) | DataType::LargeList(_) | DataType::Map(..) => self.offsets(is_empty),
            DataType::ListView(_) | DataType::LargeListView(_) => self.buffers += 2,
            DataType::Union(_, mode) => self.buffers += if *mode == UnionMode::Dense { 2 } else { 1 },
            DataType::Utf8View | DataType::BinaryView => {
                let count = self.views.get(self.arrays.1).and_then(|count| usize::try_from(*count).ok());
                self.arrays.1 += 1;
                self.buffers = self.buffers.saturating_add(count.unwrap_or(0)).saturating_add(1);
            }
            _ => self.buffers += 1,
        }
        match data_type {
            // Its values are in a message of their own.
            DataType::Dictionary(..) => {}
            DataType::RunEndEncoded(ends, values) => {
                self.array(ends.data_type());
                self.array(values.data_type());
            }
            other => parts(other).into_iter().for_each(|part| self.array(part)),
        }
    }

    fn offsets(&mut self, is_empty: bool) {
        self.pointless.extend(is_empty.then_some(self.buffers));
        self.buffers += 1;
    }
}

/// The metadata with these buffers, which are no more than those of its batch.
fn with_buffers(metadata: &Metadata, batch: &RecordBatch<'_>, buffers: &[arrow_ipc::Buffer]) -> Result<Metadata> {
    let lost = || Error::internal("buffers of a message that are not in it");
    let Some(before) = batch.buffers() else { return Ok(metadata.clone()) };
    let mut bytes = metadata.bytes().to_vec();
    // A vector is its length, in four bytes, and its elements: these are of fixed size.
    let begin = (before.bytes().as_ptr() as usize).checked_sub(metadata.bytes().as_ptr() as usize).ok_or_else(lost)?;
    let length = u32::try_from(buffers.len()).map_err(|_| lost())?;
    bytes.get_mut(begin.wrapping_sub(4)..begin).ok_or_else(lost)?.copy_from_slice(&length.to_le_bytes());
    let described: Vec<u8> = buffers.iter().flat_map(|buffer| buffer.0).collect();
    bytes.get_mut(begin..begin + described.len()).ok_or_else(lost)?.copy_from_slice(&described);
    Metadata::new(Buffer::from(bytes))
}
