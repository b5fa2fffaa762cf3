//! How many values a page says that it has, against its bytes: the crate makes room for all of them before it reads the
//! first, and a page of a few bytes could ask for all the memory there is. And whether texts that share bytes with the
//! text before them can.
//!
//! Source: parquet-format, `Encodings.md` (Plain, Delta Encoding, Delta-length byte array, Delta Strings).

use parquet::basic::{Encoding, Type};
use parquet::column::page::Page;
use parquet::schema::types::ColumnDescriptor;

use super::differences::{Integers, header};
use super::page_levels::parts;

/// Differences that a byte may stand for. Writers put at least five bytes before 128 or 256 differences, also where all
/// are the same.
const DIFFERENCES_PER_BYTE: u64 = 1024;

/// Fails if a page has fewer bytes than its values take, more differences than values, or texts that cannot be.
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
                    let behind = Integers::new(bytes).and_then(Integers::behind);
                    differences(behind.ok_or("lengths of prefixes that are cut off")?, values)?;
                    prefixes(bytes)
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

/// Fails unless each text shares no more with the text before it than that has, and all of them together have the bytes
/// that are there: the crate would take what is there for it, and make up other texts.
fn prefixes(bytes: &[u8]) -> Result<(), String> {
    let cut = "lengths that are cut off";
    let suffixes = Integers::new(bytes).and_then(Integers::behind).ok_or(cut)?;
    let texts = Integers::new(suffixes).and_then(Integers::behind).ok_or(cut)?;
    let (Some(prefixes), Some(suffixes)) = (Integers::new(bytes), Integers::new(suffixes)) else { return Ok(()) };
    let (mut before, mut total) = (0_i64, 0_i64);
    for (number, (prefix, suffix)) in prefixes.zip(suffixes).enumerate() {
        if !(0..=before).contains(&prefix) {
            return Err(format!("text {number} shares {prefix} bytes with the one before, which has {before}"));
        }
        if suffix < 0 {
            return Err(format!("text {number} has a length of {suffix}"));
        }
        before = prefix.checked_add(suffix).ok_or(cut)?;
        total = total.checked_add(suffix).ok_or(cut)?;
    }
    if usize::try_from(total) != Ok(texts.len()) {
        return Err(format!("{} bytes of texts, their lengths say {total}", texts.len()));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
