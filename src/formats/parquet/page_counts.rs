//! How many values a page says that it has, against its bytes: the crate makes room for all of them before it reads the
//! first, and a page of a few bytes could ask for all the memory there is.
//!
//! Source: parquet-format, `Encodings.md` (Plain, Delta Encoding, Delta-length byte array, Delta Strings).

use parquet::basic::{Encoding, Type};
use parquet::column::page::Page;
use parquet::schema::types::ColumnDescriptor;

use super::page_levels::{parts, varint};

/// Differences that a byte may stand for. Writers put at least five bytes before 128 or 256 differences, also where all
/// are the same.
const DIFFERENCES_PER_BYTE: u64 = 1024;

/// Fails if a page has fewer bytes than its values take, or more differences than values.
///
/// # Errors
/// What is wrong.
pub(super) fn check(page: &Page, column: &ColumnDescriptor) -> Result<(), String> {
    let values = u64::from(page.num_values());
    match page {
        Page::DictionaryPage { buf, .. } => {
            if values > entries_at_most(buf.len() as u64, column) {
                return Err(format!("{values} values in {} bytes of a dictionary", buf.len()));
            }
            Ok(())
        }
        Page::DataPage { encoding, .. } | Page::DataPageV2 { encoding, .. } => {
            let Some(bytes) = parts(page, column).values.filter(|bytes| !bytes.is_empty()) else { return Ok(()) };
            // Lengths come before the bytes of texts; before them the lengths of what is shared with the text before.
            match encoding {
                Encoding::DELTA_BINARY_PACKED | Encoding::DELTA_LENGTH_BYTE_ARRAY => differences(bytes, values),
                Encoding::DELTA_BYTE_ARRAY => {
                    differences(bytes, values)?;
                    let behind = behind_differences(bytes).ok_or("lengths of prefixes that are cut off")?;
                    differences(behind, values)
                }
                _ => Ok(()),
            }
        }
    }
}

/// How many plain values so many bytes hold. Where values have no bytes, all of them are the same.
fn entries_at_most(bytes: u64, column: &ColumnDescriptor) -> u64 {
    let width = match column.physical_type() {
        Type::BOOLEAN => return bytes.saturating_mul(8),
        // Texts have their length before them.
        Type::INT32 | Type::FLOAT | Type::BYTE_ARRAY => 4,
        Type::INT64 | Type::DOUBLE => 8,
        Type::INT96 => 12,
        Type::FIXED_LEN_BYTE_ARRAY => u64::try_from(column.type_length()).unwrap_or(0),
    };
    bytes.checked_div(width).unwrap_or(1)
}

/// The first numbers of differences: of a block, parts of a block, of all values.
fn header(bytes: &[u8]) -> Option<([u64; 3], &[u8])> {
    let (block, bytes) = varint(bytes)?;
    let (parts, bytes) = varint(bytes)?;
    let (count, bytes) = varint(bytes)?;
    Some(([block, parts, count], bytes))
}

/// Fails unless there may be as many differences as their header says. A header that is cut off is the crate's to refuse.
fn differences(bytes: &[u8], values: u64) -> Result<(), String> {
    let Some(([_, _, count], rest)) = header(bytes) else { return Ok(()) };
    if count > values {
        return Err(format!("{count} differences for {values} values"));
    }
    // The first value stands by itself, and where all are null there is none.
    if count.saturating_sub(1) / DIFFERENCES_PER_BYTE > rest.len() as u64 {
        return Err(format!("{count} differences in {} bytes", rest.len()));
    }
    Ok(())
}

/// What stands behind a whole run of differences; `None` if it ends too early.
fn behind_differences(bytes: &[u8]) -> Option<&[u8]> {
    let ([block, parts, count], rest) = header(bytes)?;
    let (_first, mut bytes) = varint(rest)?;
    let each = usize::try_from(block.checked_div(parts)?).ok()?;
    let parts = usize::try_from(parts).ok()?;
    // A part of no values would not come to an end.
    let each = Some(each).filter(|each| *each > 0)?;
    let mut left = usize::try_from(count.saturating_sub(1)).ok()?;
    while left > 0 {
        let (_least, rest) = varint(bytes)?;
        let (widths, mut rest) = rest.split_at_checked(parts)?;
        for width in widths {
            if left == 0 {
                break;
            }
            // A part is filled up behind the last value.
            let length = each.checked_mul(usize::from(*width))?.div_ceil(8);
            rest = rest.get(length..)?;
            left = left.saturating_sub(each);
        }
        bytes = rest;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests;
