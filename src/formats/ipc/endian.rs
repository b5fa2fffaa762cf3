//! Big-endian bodies: the values of every buffer are turned round, by the width that the schema gives them.
//!
//! The metadata of a message is little-endian always. Compressed bodies are not supported.

use arrow_buffer::Buffer;
use arrow_ipc::{MetadataVersion, RecordBatch};
use arrow_schema::{DataType, Field, IntervalUnit, UnionMode};

use crate::error::{Error, Result};

/// The body of a record batch of `fields`, little-endian.
pub(super) fn turned<'a>(
    fields: impl Iterator<Item = &'a Field>,
    batch: &RecordBatch<'_>,
    version: MetadataVersion,
    body: &Buffer,
) -> Result<Buffer> {
    if batch.compression().is_some() {
        return Err(Error::unsupported("compressed big-endian data").with_hint("write it without compression"));
    }
    let mut widths = Vec::new();
    for field in fields {
        widths_of(field.data_type(), version, &mut widths)?;
    }
    let mut body = body.to_vec();
    for (buffer, parts) in batch.buffers().into_iter().flatten().zip(widths) {
        let range = usize::try_from(buffer.offset()).ok().zip(usize::try_from(buffer.length()).ok());
        let bytes = range.and_then(|(offset, length)| body.get_mut(offset..offset.checked_add(length)?));
        let bytes = bytes.ok_or_else(|| Error::malformed("a buffer lies outside the body"))?;
        let width: usize = parts.iter().sum();
        if width <= 1 {
            continue;
        }
        for value in bytes.chunks_exact_mut(width) {
            let mut rest = value;
            for part in parts {
                let (number, tail) = std::mem::take(&mut rest).split_at_mut(*part);
                number.reverse();
                rest = tail;
            }
        }
    }
    Ok(Buffer::from(body))
}

const BYTES: &[usize] = &[1];

/// Adds the widths of the numbers of which the values of each buffer are made.
fn widths_of(data_type: &DataType, version: MetadataVersion, widths: &mut Vec<&'static [usize]>) -> Result<()> {
    if !matches!(data_type, DataType::Null | DataType::RunEndEncoded(_, _))
        && (version < MetadataVersion::V5 || !matches!(data_type, DataType::Union(_, _)))
    {
        widths.push(BYTES);
    }
    match data_type {
        DataType::Null => {}
        DataType::Boolean | DataType::FixedSizeBinary(_) => widths.push(BYTES),
        DataType::Utf8 | DataType::Binary => widths.extend([&[4][..], BYTES]),
        DataType::LargeUtf8 | DataType::LargeBinary => widths.extend([&[8][..], BYTES]),
        DataType::List(item) | DataType::Map(item, _) => {
            widths.push(&[4]);
            widths_of(item.data_type(), version, widths)?;
        }
        DataType::LargeList(item) => {
            widths.push(&[8]);
            widths_of(item.data_type(), version, widths)?;
        }
        DataType::ListView(item) => {
            widths.extend([&[4][..], &[4]]);
            widths_of(item.data_type(), version, widths)?;
        }
        DataType::LargeListView(item) => {
            widths.extend([&[8][..], &[8]]);
            widths_of(item.data_type(), version, widths)?;
        }
        DataType::FixedSizeList(item, _) => widths_of(item.data_type(), version, widths)?,
        DataType::Struct(fields) => {
            for field in fields {
                widths_of(field.data_type(), version, widths)?;
            }
        }
        DataType::Union(fields, mode) => {
            widths.push(BYTES);
            if *mode == UnionMode::Dense {
                widths.push(&[4]);
            }
            for (_, field) in fields.iter() {
                widths_of(field.data_type(), version, widths)?;
            }
        }
        DataType::RunEndEncoded(ends, values) => {
            widths_of(ends.data_type(), version, widths)?;
            widths_of(values.data_type(), version, widths)?;
        }
        DataType::Dictionary(key, _) => widths.push(number(key.primitive_width())?),
        DataType::Interval(IntervalUnit::DayTime) => widths.push(&[4, 4]),
        DataType::Interval(IntervalUnit::MonthDayNano) => widths.push(&[4, 4, 8]),
        other => widths.push(number(other.primitive_width())?),
    }
    Ok(())
}

fn number(width: Option<usize>) -> Result<&'static [usize]> {
    Ok(match width {
        Some(1) => BYTES,
        Some(2) => &[2],
        Some(4) => &[4],
        Some(8) => &[8],
        Some(16) => &[16],
        Some(32) => &[32],
        _ => return Err(Error::unsupported("big-endian data of this type")),
    })
}
