//! Some rows of a record batch message that stands in a file, as a message of their own: a message may be as large as
//! its file, and only the rows that are looked at need be in memory.
//!
//! The layouts are those of the columnar format ("Physical Memory Layout", "Serialization and Interprocess Communication
//! (IPC)"): of fixed widths a part is a range of bytes; offsets say where the part of what lies below begins and ends, and
//! are counted from there.

use std::ops::Range;

use arrow_buffer::{Buffer, bit_util};
use arrow_ipc::{FieldNode, MetadataVersion};
use arrow_schema::{DataType, Schema};

use super::message::{Metadata, check_alignment, check_nulls, record_batch};
use super::stored::Stored;
use crate::error::{Error, Result};
use crate::source::read_error;

/// Buffers begin at multiples of this.
pub(super) const ALIGNMENT: usize = 64;

/// Some of the rows of a message of columns that are laid out as in `schema`, made in the memory of `buffer`, whose
/// content means nothing. The message [has parts](has_parts).
///
/// # Errors
/// `Malformed` if the message contradicts itself there, `Io`; places count from the message.
pub(super) fn part(stored: &Stored, schema: &Schema, rows: Range<usize>, buffer: Vec<u8>) -> Result<(Metadata, Body)> {
    let batch = stored.batch()?;
    let total = stored.rows()?;
    let mut nodes = batch.nodes().into_iter().flatten();
    let mut buffers = batch.buffers().into_iter().flatten();
    let mut part = Part {
        stored,
        nodes: &mut nodes,
        buffers: &mut buffers,
        new_nodes: Vec::new(),
        new_buffers: Vec::new(),
        body: Body { buffer, len: 0 },
    };
    for field in schema.fields() {
        part.array(field.data_type(), rows.clone(), Some(total)).map_err(|error| error.in_column(field.name()))?;
    }
    part.finish(rows.len(), stored.metadata.message()?.version())
}

/// Bytes at the front of a buffer.
pub(super) struct Body {
    /// The bytes, and whatever there was behind them.
    pub buffer: Vec<u8>,
    /// How many they are.
    pub len: usize,
}

impl Body {
    /// So many bytes more, to be written.
    fn more(&mut self, bytes: usize) -> Range<usize> {
        let begin = self.len;
        self.len += bytes;
        if self.buffer.len() < self.len {
            self.buffer.resize(self.len, 0);
        }
        begin..self.len
    }
}

/// Whether a range of rows is a range in every buffer.
pub(super) fn has_parts(data_type: &DataType) -> bool {
    match data_type {
        DataType::List(item) | DataType::LargeList(item) | DataType::Map(item, _) => has_parts(item.data_type()),
        DataType::FixedSizeList(item, _) => has_parts(item.data_type()),
        DataType::Struct(fields) => fields.iter().all(|field| has_parts(field.data_type())),
        DataType::Null | DataType::Boolean | DataType::FixedSizeBinary(_) | DataType::Dictionary(_, _) => true,
        DataType::Utf8 | DataType::Binary | DataType::LargeUtf8 | DataType::LargeBinary => true,
        other => other.primitive_width().is_some(),
    }
}

/// A part on its way: what is left of the description of the whole, and what there is of the new one.
struct Part<'a, N, B> {
    stored: &'a Stored,
    nodes: &'a mut N,
    buffers: &'a mut B,
    new_nodes: Vec<FieldNode>,
    new_buffers: Vec<arrow_ipc::Buffer>,
    body: Body,
}

impl<'a, N, B> Part<'a, N, B>
where
    N: Iterator<Item = &'a FieldNode>,
    B: Iterator<Item = &'a arrow_ipc::Buffer>,
{
    /// The values in `rows` of an array, which has `total` of them if that is known.
    fn array(&mut self, data_type: &DataType, rows: Range<usize>, total: Option<usize>) -> Result<()> {
        let node = self.nodes.next().ok_or_else(|| Error::malformed("fewer arrays than the schema has"))?;
        check_nulls(node)?;
        let length = usize::try_from(node.length()).ok();
        if length.is_none_or(|length| length < rows.end || total.is_some_and(|total| total != length)) {
            let wanted = total.unwrap_or(rows.end);
            return Err(Error::malformed(format!("an array of {} values, expected {wanted}", node.length())));
        }
        if *data_type == DataType::Null {
            self.new_nodes.push(FieldNode::new(rows.len() as i64, rows.len() as i64));
            return Ok(());
        }
        let place = self.new_nodes.len();
        self.new_nodes.push(FieldNode::new(rows.len() as i64, 0));
        let validity = self.next_buffer()?;
        let valid = if node.null_count() > 0 { self.bits(validity, rows.clone())? } else { self.empty(rows.len()) };
        self.new_nodes[place] = FieldNode::new(rows.len() as i64, (rows.len() - valid) as i64);
        match data_type {
            DataType::Boolean => {
                let values = self.next_buffer()?;
                self.bits(values, rows).map(drop)
            }
            DataType::Utf8 | DataType::Binary => self.texts::<4>(rows),
            DataType::LargeUtf8 | DataType::LargeBinary => self.texts::<8>(rows),
            DataType::List(item) | DataType::Map(item, _) => {
                let items = self.offsets::<4>(rows)?;
                self.array(item.data_type(), items, None)
            }
            DataType::LargeList(item) => {
                let items = self.offsets::<8>(rows)?;
                self.array(item.data_type(), items, None)
            }
            DataType::FixedSizeList(item, size) => {
                let items = times(rows, usize::try_from(*size).ok())?;
                self.array(item.data_type(), items, None)
            }
            DataType::Struct(fields) => {
                fields.iter().try_for_each(|field| self.array(field.data_type(), rows.clone(), None))
            }
            DataType::FixedSizeBinary(size) => self.fixed(rows, usize::try_from(*size).ok()),
            DataType::Dictionary(key, _) => self.fixed(rows, key.primitive_width()),
            other => self.fixed(rows, other.primitive_width()),
        }
    }

    /// The next buffer of the whole message: where it begins in the body, and its length.
    fn next_buffer(&mut self) -> Result<(u64, u64)> {
        let buffer = self.buffers.next().ok_or_else(|| Error::malformed("fewer buffers than the schema has"))?;
        check_alignment(buffer)?;
        let body = self.stored.body.end - self.stored.body.start;
        let range = u64::try_from(buffer.offset()).ok().zip(u64::try_from(buffer.length()).ok());
        range.filter(|(offset, length)| offset.checked_add(*length).is_some_and(|end| end <= body)).ok_or_else(|| {
            let (length, offset) = (buffer.length(), buffer.offset());
            Error::malformed(format!("a buffer of {length} bytes at {offset} of a body of {body}"))
        })
    }

    /// Reads bytes of a buffer to the end of the new body.
    fn read(&mut self, (offset, length): (u64, u64), bytes: Range<usize>) -> Result<Range<usize>> {
        if bytes.end as u64 > length {
            return Err(Error::malformed(format!("a buffer of {length} bytes, expected {} or more", bytes.end)));
        }
        let byte = self.stored.body.start + offset + bytes.start as u64;
        let place = self.body.more(bytes.len());
        let read = self.stored.blob.read_exact_at(&mut self.body.buffer[place.clone()], byte);
        read.map_err(|error| read_error(error, byte - self.stored.byte))?;
        Ok(place)
    }

    /// What stands behind `begin` in the body is the next buffer.
    fn close(&mut self, begin: usize) {
        self.new_buffers.push(arrow_ipc::Buffer::new(begin as i64, (self.body.len - begin) as i64));
        self.body.more(self.body.len.next_multiple_of(ALIGNMENT) - self.body.len);
    }

    /// No bits: all of `count` are set.
    fn empty(&mut self, count: usize) -> usize {
        self.close(self.body.len);
        count
    }

    /// A range of bits; how many of them are set.
    fn bits(&mut self, buffer: (u64, u64), bits: Range<usize>) -> Result<usize> {
        let read = self.read(buffer, bits.start / 8..bits.end.div_ceil(8).max(bits.start / 8))?;
        let begin = read.start;
        let shifted = Buffer::from(&self.body.buffer[read]).bit_slice(bits.start % 8, bits.len());
        self.body.len = begin + bit_util::ceil(bits.len(), 8);
        self.body.buffer[begin..self.body.len].copy_from_slice(&shifted[..self.body.len - begin]);
        self.close(begin);
        Ok(shifted.count_set_bits_offset(0, bits.len()))
    }

    /// Values of one width in bytes.
    fn fixed(&mut self, rows: Range<usize>, width: Option<usize>) -> Result<()> {
        let buffer = self.next_buffer()?;
        let read = self.read(buffer, times(rows, width)?)?;
        self.close(read.start);
        Ok(())
    }

    /// Offsets of `WIDTH` bytes, and the bytes that they point to.
    fn texts<const WIDTH: usize>(&mut self, rows: Range<usize>) -> Result<()> {
        let bytes = self.offsets::<WIDTH>(rows)?;
        let buffer = self.next_buffer()?;
        let read = self.read(buffer, bytes)?;
        self.close(read.start);
        Ok(())
    }

    /// Offsets of `WIDTH` bytes, made to begin with zero; what they point to.
    fn offsets<const WIDTH: usize>(&mut self, rows: Range<usize>) -> Result<Range<usize>> {
        let buffer = self.next_buffer()?;
        // An array without values may lack its one offset.
        let read = match rows.is_empty() {
            true => {
                let place = self.body.more(WIDTH);
                self.body.buffer[place.clone()].fill(0);
                place
            }
            false => self.read(buffer, times(rows.start..rows.end + 1, Some(WIDTH))?)?,
        };
        let begin = read.start;
        let (offsets, _) = self.body.buffer[read].as_chunks_mut::<WIDTH>();
        let first = offsets.first().map_or(0, number);
        let last = offsets.last().map_or(0, number);
        for offset in offsets.iter_mut() {
            // One below the first is negative then, which whoever decodes the part refuses.
            let from_first = number(offset).wrapping_sub(first).to_le_bytes();
            offset.copy_from_slice(&from_first[..WIDTH]);
        }
        self.close(begin);
        let range = usize::try_from(first).ok().zip(usize::try_from(last).ok()).filter(|(first, last)| first <= last);
        let (first, last) = range.ok_or_else(|| Error::malformed(format!("offsets from {first} to {last}")))?;
        Ok(first..last)
    }

    /// The message.
    fn finish(self, rows: usize, version: MetadataVersion) -> Result<(Metadata, Body)> {
        let metadata = record_batch(rows, &self.new_nodes, &self.new_buffers, self.body.len, version);
        Ok((Metadata::new(metadata)?, self.body))
    }
}

/// A number of four or eight bytes, the lowest first.
fn number<const WIDTH: usize>(bytes: &[u8; WIDTH]) -> i64 {
    let mut wide = match bytes[WIDTH - 1] & 0x80 {
        0 => [0; 8],
        _ => [0xff; 8],
    };
    wide[..WIDTH].copy_from_slice(bytes);
    i64::from_le_bytes(wide)
}

/// A range of values of `size` parts each.
fn times(range: Range<usize>, size: Option<usize>) -> Result<Range<usize>> {
    let start = size.and_then(|size| range.start.checked_mul(size));
    let end = size.and_then(|size| range.end.checked_mul(size));
    let range = start.zip(end).map(|(start, end)| start..end);
    range.ok_or_else(|| Error::malformed("more values than a message can hold"))
}
