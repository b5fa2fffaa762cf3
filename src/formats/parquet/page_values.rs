//! Whether a page has as many values as its definition levels say: the crate takes what it needs and does not look at
//! what is left over, or what it made up.
//!
//! Source: parquet-format, `Encodings.md` (Plain, Dictionary Encoding, RLE, Delta Encoding, Byte Stream Split).

use parquet::basic::{Encoding, Type};
use parquet::column::page::Page;
use parquet::schema::types::ColumnDescriptor;

use super::differences::header;
use super::page_levels::{highest, parts, varint};

/// Bytes that some writers leave behind the values of columns without lists.
const SPARE_BYTES: usize = 8;

/// Fails if the values of a data page, of which `wanted` levels are read, are more or fewer than those say. Texts behind
/// their lengths are not counted; of a page that claims more than is read, nothing is.
///
/// # Errors
/// What is wrong.
pub(super) fn check(page: &Page, column: &ColumnDescriptor, wanted: usize) -> Result<(), String> {
    let (Page::DataPage { encoding, .. } | Page::DataPageV2 { encoding, .. }) = page else { return Ok(()) };
    let parts = parts(page, column);
    let Some(bytes) = parts.values else { return Ok(()) };
    let levels = page.num_values() as usize;
    if levels > wanted {
        return Ok(());
    }
    let defined = match (u16::try_from(column.max_def_level()), parts.definition) {
        (Ok(0) | Err(_), _) => levels,
        (Ok(most), Some(definition)) => {
            highest(definition, most, levels).ok_or("definition levels that end too early")?
        }
        (Ok(_), None) => return Ok(()),
    };
    match encoding {
        Encoding::PLAIN | Encoding::BYTE_STREAM_SPLIT => {
            let length = match column.physical_type() {
                Type::BOOLEAN => Some(defined.div_ceil(8)),
                Type::BYTE_ARRAY => None,
                Type::INT32 | Type::FLOAT => defined.checked_mul(4),
                Type::INT64 | Type::DOUBLE => defined.checked_mul(8),
                Type::INT96 => defined.checked_mul(12),
                Type::FIXED_LEN_BYTE_ARRAY => {
                    usize::try_from(column.type_length()).ok().and_then(|width| defined.checked_mul(width))
                }
            };
            let spare = if column.max_rep_level() == 0 { SPARE_BYTES } else { 0 };
            let fits = |length: &usize| bytes.len().checked_sub(*length).is_some_and(|more| more <= spare);
            match length.filter(|length| !fits(length)) {
                Some(length) => Err(format!("{} bytes of values, {defined} values take {length}", bytes.len())),
                None => Ok(()),
            }
        }
        Encoding::DELTA_BINARY_PACKED | Encoding::DELTA_LENGTH_BYTE_ARRAY | Encoding::DELTA_BYTE_ARRAY => {
            match header(bytes).map(|([_, _, count], _)| count).filter(|count| *count != defined as u64) {
                Some(count) => Err(format!("{count} values, the definition levels say {defined}")),
                None => Ok(()),
            }
        }
        Encoding::RLE_DICTIONARY | Encoding::PLAIN_DICTIONARY => places(bytes, defined),
        _ => Ok(()),
    }
}

/// Fails unless there are so many places in the dictionary. A run of none would be read in another way by everyone.
fn places(bytes: &[u8], mut left: usize) -> Result<(), String> {
    let Some((width, mut bytes)) = bytes.split_first() else { return Ok(()) };
    let width = usize::from(*width);
    // Where all are the first, some writers write no runs.
    if width == 0 {
        return Ok(());
    }
    let short = |left: usize| format!("places in the dictionary that end too early: {left} are missing");
    while left > 0 {
        let (header, rest) = varint(bytes).ok_or_else(|| short(left))?;
        let length = usize::try_from(header >> 1).unwrap_or(usize::MAX);
        if length == 0 {
            return Err("a run of no places in the dictionary".to_owned());
        }
        let (places, taken) = match header & 1 {
            // The last group may lack what nobody reads.
            1 => (length.saturating_mul(8), length.saturating_mul(width).min(rest.len())),
            _ => (length, width.div_ceil(8)),
        };
        let there = if header & 1 == 1 { taken * 8 / width } else { places };
        if there.min(places) < left.min(places) {
            return Err(short(left - there.min(places)));
        }
        bytes = rest.get(taken..).ok_or_else(|| short(left))?;
        left = left.saturating_sub(places);
    }
    Ok(())
}

#[cfg(test)]
mod tests;
