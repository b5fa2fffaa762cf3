//! One record batch message of several batches: their values are written from where they are, one part behind the other,
//! and not copied into arrays of all rows before.
//!
//! Source: Arrow columnar format, "RecordBatch message", "Physical Memory Layout".

use std::ops::Range;

use arrow_array::{Array, OffsetSizeTrait, RecordBatch};
use arrow_buffer::{BooleanBuffer, BooleanBufferBuilder, Buffer};
use arrow_data::ArrayData;
use arrow_ipc::{Buffer as Place, FieldNode, MetadataVersion};
use arrow_schema::DataType;

use super::message::{CONTINUATION, record_batch};
use super::range::ALIGNMENT;
use super::write::MessageBytes;

/// Rows of a batch, on average, below which handling its parts costs more than copying them.
const ROWS_MIN: usize = 512;

/// The message, not compressed, of batches with the same columns; `None` if it would not be cheaper, or a column has a
/// layout that cannot be put together from parts, or is too long.
pub(super) fn gathered(batches: &[RecordBatch]) -> Option<MessageBytes> {
    let rows: usize = batches.iter().map(RecordBatch::num_rows).sum();
    let fields = batches.first()?.schema_ref().fields();
    let is_worth_it = rows / batches.len() >= ROWS_MIN && fields.iter().all(|field| has_parts(field.data_type()));
    if is_worth_it { together(batches) } else { None }
}

fn together(batches: &[RecordBatch]) -> Option<MessageBytes> {
    let rows: usize = batches.iter().map(RecordBatch::num_rows).sum();
    let mut body = Body { bytes: vec![Buffer::default()], padding: Buffer::from([0; ALIGNMENT]), ..Body::default() };
    for index in 0..batches.first()?.num_columns() {
        let parts: Vec<ArrayData> = batches.iter().map(|batch| batch.column(index).to_data()).collect();
        body.column(&parts)?;
    }
    let metadata = record_batch(rows, &body.nodes, &body.places, body.len, MetadataVersion::V5);
    let metadata = framed(&metadata)?;
    let length = metadata.len();
    body.bytes[0] = metadata;
    Some(MessageBytes { bytes: body.bytes, metadata: length, body: body.len })
}

/// Whether arrays of a type can be put together from parts as they are.
fn has_parts(data_type: &DataType) -> bool {
    match data_type {
        DataType::Null
        | DataType::Boolean
        | DataType::Utf8
        | DataType::LargeUtf8
        | DataType::Binary
        | DataType::LargeBinary
        | DataType::FixedSizeBinary(_) => true,
        DataType::Struct(fields) => fields.iter().all(|field| has_parts(field.data_type())),
        DataType::List(item)
        | DataType::LargeList(item)
        | DataType::Map(item, _)
        | DataType::FixedSizeList(item, _) => has_parts(item.data_type()),
        other => other.primitive_width().is_some(),
    }
}

/// Metadata behind its length, as long as it is aligned.
fn framed(metadata: &[u8]) -> Option<Buffer> {
    let head = CONTINUATION.len() + size_of::<i32>();
    let whole = (head + metadata.len()).next_multiple_of(ALIGNMENT);
    let length = i32::try_from(whole - head).ok()?.to_le_bytes();
    let mut bytes = Vec::with_capacity(whole);
    for part in [&CONTINUATION[..], &length, metadata] {
        bytes.extend_from_slice(part);
    }
    bytes.resize(whole, 0);
    Some(bytes.into())
}

/// The body of a message as it grows.
#[derive(Default)]
struct Body {
    /// What it consists of, behind room for the metadata.
    bytes: Vec<Buffer>,
    len: usize,
    nodes: Vec<FieldNode>,
    places: Vec<Place>,
    /// As many zeros as a buffer needs at most to be aligned.
    padding: Buffer,
}

impl Body {
    /// The arrays of a column, or of a child of it.
    fn column(&mut self, parts: &[ArrayData]) -> Option<()> {
        let data_type = parts.first()?.data_type();
        let rows: usize = parts.iter().map(ArrayData::len).sum();
        let nulls = match data_type {
            DataType::Null => rows,
            _ => parts.iter().map(ArrayData::null_count).sum(),
        };
        self.nodes.push(FieldNode::new(i64::try_from(rows).ok()?, i64::try_from(nulls).ok()?));
        if *data_type == DataType::Null {
            return Some(());
        }
        // Where nothing is null, nothing says so.
        let valid = (nulls > 0).then(|| bits(parts, |part| part.nulls().map(|nulls| nulls.inner().clone())));
        self.push(valid);
        match data_type {
            DataType::Boolean => {
                let values =
                    |part: &ArrayData| BooleanBuffer::new(part.buffers()[0].clone(), part.offset(), part.len());
                self.push([bits(parts, |part| Some(values(part)))]);
            }
            DataType::Utf8 | DataType::Binary => self.texts::<i32>(parts)?,
            DataType::LargeUtf8 | DataType::LargeBinary => self.texts::<i64>(parts)?,
            DataType::List(_) | DataType::Map(_, _) => self.lists::<i32>(parts)?,
            DataType::LargeList(_) => self.lists::<i64>(parts)?,
            DataType::FixedSizeList(_, size) => {
                let size = usize::try_from(*size).ok()?;
                self.children(parts, 0, |part| part.offset() * size..(part.offset() + part.len()) * size)?;
            }
            DataType::Struct(fields) => {
                for index in 0..fields.len() {
                    self.children(parts, index, |part| 0..part.len())?;
                }
            }
            other => {
                let width = match other {
                    DataType::FixedSizeBinary(width) => usize::try_from(*width).ok()?,
                    other => other.primitive_width()?,
                };
                let values =
                    |part: &ArrayData| part.buffers()[0].slice_with_length(part.offset() * width, part.len() * width);
                self.push(parts.iter().map(values));
            }
        }
        Some(())
    }

    /// A buffer, from its parts.
    fn push(&mut self, parts: impl IntoIterator<Item = Buffer>) {
        let begin = self.len;
        for part in parts {
            self.len += part.len();
            if !part.is_empty() {
                self.bytes.push(part);
            }
        }
        self.places.push(Place::new(begin as i64, (self.len - begin) as i64));
        let padding = self.len.next_multiple_of(ALIGNMENT) - self.len;
        if padding > 0 {
            self.len += padding;
            self.bytes.push(self.padding.slice_with_length(0, padding));
        }
    }

    fn texts<O: OffsetSizeTrait>(&mut self, parts: &[ArrayData]) -> Option<()> {
        let ranges = self.offsets::<O>(parts)?;
        let values =
            |(part, range): (&ArrayData, Range<usize>)| part.buffers()[1].slice_with_length(range.start, range.len());
        self.push(parts.iter().zip(ranges).map(values));
        Some(())
    }

    fn lists<O: OffsetSizeTrait>(&mut self, parts: &[ArrayData]) -> Option<()> {
        let mut ranges = self.offsets::<O>(parts)?.into_iter();
        self.children(parts, 0, |_| ranges.next().unwrap_or_default())
    }

    /// The children of a number, of which a range belongs to each part.
    fn children(
        &mut self,
        parts: &[ArrayData],
        index: usize,
        mut range: impl FnMut(&ArrayData) -> Range<usize>,
    ) -> Option<()> {
        let cut = |part: &ArrayData| {
            let range = range(part);
            part.child_data()[index].slice(range.start, range.len())
        };
        self.column(&parts.iter().map(cut).collect::<Vec<_>>())
    }

    /// The offsets of all parts, from zero on; which values each part has. `None` if they go beyond what offsets can say.
    fn offsets<O: OffsetSizeTrait>(&mut self, parts: &[ArrayData]) -> Option<Vec<Range<usize>>> {
        let rows: usize = parts.iter().map(ArrayData::len).sum();
        let mut all = Vec::with_capacity(rows + 1);
        all.push(O::zero());
        let mut ranges = Vec::with_capacity(parts.len());
        let mut total = 0;
        for part in parts {
            // An array without rows may lack its one offset.
            let offsets = match part.len() {
                0 => &[],
                rows => &part.buffers()[0].typed_data::<O>()[part.offset()..=part.offset() + rows],
            };
            let ([first, rest @ ..], Some(last)) = (offsets, offsets.last()) else {
                ranges.push(0..0);
                continue;
            };
            let range = first.as_usize()..last.as_usize();
            let more = O::from_usize(total)?;
            total += range.len();
            O::from_usize(total)?;
            all.extend(rest.iter().map(|offset| *offset - *first + more));
            ranges.push(range);
        }
        self.push([Buffer::from_vec(all)]);
        Some(ranges)
    }
}

/// The bits of all parts; those of a part without any are set.
fn bits(parts: &[ArrayData], of: impl Fn(&ArrayData) -> Option<BooleanBuffer>) -> Buffer {
    let mut all = BooleanBufferBuilder::new(parts.iter().map(ArrayData::len).sum());
    for part in parts {
        match of(part) {
            Some(bits) => all.append_buffer(&bits),
            None => all.append_n(part.len(), true),
        }
    }
    all.finish().into_inner()
}

#[cfg(test)]
mod tests;
