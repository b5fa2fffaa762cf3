//! Two files, one behind the other (`cat a.parquet b.parquet`): the end is that of the second, and the places that its
//! footer names are counted from where it begins, not from where the first one does.

use parquet::file::metadata::{ColumnChunkMetaData, ParquetMetaData};

use crate::error::{Error, Result};
use crate::source::{Blob, read_error};

/// Bytes that may stand in front of a footer and are not told of: a Bloom filter whose length is not said, padding.
const SLACK: u64 = 1 << 20;
/// The end of a file and the begin of another.
const JOINT: &[u8] = b"PAR1PAR1";
/// What a footer begins with: the version, the first of its fields, a number of 32 bits.
const FOOTER: u8 = 0x15;

/// Fails if another file stands in front of the one whose footer begins at `footer`. Nothing is read of files without a
/// gap between what the footer speaks of and the footer.
pub(super) fn check(blob: &Blob, metadata: &ParquetMetaData, footer: u64) -> Result<()> {
    let columns = metadata.row_groups().iter().flat_map(|group| group.columns());
    let last = columns.map(end_of).max().unwrap_or(4);
    let Some(gap) = footer.checked_sub(last).filter(|gap| *gap > 8) else { return Ok(()) };
    let from = gap.saturating_sub(SLACK).saturating_sub(4);
    let to = (gap + 4).min(footer);
    let bytes = blob.slice(from, to.saturating_sub(from) as usize).map_err(|error| read_error(error, from))?;
    let joints = bytes.windows(JOINT.len()).enumerate().rev().filter(|(_, window)| *window == JOINT);
    for (at, _) in joints {
        let begin = from + at as u64 + 4;
        if ends_at(blob, begin)? {
            let text = format!("two Parquet files, one behind the other: the second begins at byte {begin}");
            return Err(Error::malformed(text)
                .at_byte(begin)
                .with_hint("cut them apart there; several files are read as one when they are named one by one"));
        }
    }
    Ok(())
}

/// Where the last byte ends that the footer names of a column. The places were checked to be in the file.
fn end_of(column: &ColumnChunkMetaData) -> u64 {
    let part = |offset: Option<i64>, length: Option<i32>| {
        let end = offset.unwrap_or_default().saturating_add(length.unwrap_or_default().into());
        u64::try_from(end).unwrap_or_default()
    };
    let start = column.dictionary_page_offset().unwrap_or_else(|| column.data_page_offset());
    let pages = u64::try_from(start.saturating_add(column.compressed_size())).unwrap_or_default();
    let parts = [
        part(column.column_index_offset(), column.column_index_length()),
        part(column.offset_index_offset(), column.offset_index_length()),
        part(column.bloom_filter_offset(), column.bloom_filter_length()),
    ];
    parts.into_iter().fold(pages, u64::max)
}

/// Whether a file ends at a byte: its footer begins as far in front of it as its length says.
fn ends_at(blob: &Blob, end: u64) -> Result<bool> {
    let Some(tail) = end.checked_sub(8) else { return Ok(false) };
    let length = blob.slice(tail, 4).map_err(|error| read_error(error, tail))?;
    let length = length[..].try_into().map_or(0, u32::from_le_bytes);
    let Some(begin) = tail.checked_sub(length.into()).filter(|begin| *begin >= 4 && length > 0) else {
        return Ok(false);
    };
    let first = blob.slice(begin, 1).map_err(|error| read_error(error, begin))?;
    Ok(first.first() == Some(&FOOTER))
}
