//! Pages of Zstandard, decompressed with a context that is used again: the crate makes two for each column chunk, one of
//! them to compress with, and holds them as long as the column is read.
//!
//! Source: parquet-format, `README.md` (Data Pages), `Compression.md` (ZSTD).

use std::cell::RefCell;
use std::sync::Arc;

use bytes::Bytes;
use parquet::basic::Compression;
use parquet::column::page::Page;
use parquet::file::metadata::ColumnChunkMetaData;

use crate::pipeline::spare::{Lent, Spare};

thread_local! {
    /// The context of this thread.
    static CONTEXT: RefCell<Option<zstd::bulk::Decompressor<'static>>> = const { RefCell::new(None) };
}

/// The same column as if it were not compressed, so that its pages come as they are stored; `None` if they are to come
/// decompressed.
pub(super) fn stored(column: &ColumnChunkMetaData) -> Option<ColumnChunkMetaData> {
    let is_zstd = matches!(column.compression(), Compression::ZSTD(_));
    let plain = || column.clone().into_builder().set_compression(Compression::UNCOMPRESSED).build().ok();
    is_zstd.then(plain).flatten()
}

/// A page that came as it is stored, whose header says that it had so many bytes, in a buffer from `spare`. Levels of a page
/// of version 2 are never compressed, and its values perhaps not.
///
/// # Errors
/// What is wrong.
pub(super) fn page(mut page: Page, size: Option<u64>, spare: &Arc<Spare>) -> Result<Page, String> {
    let (buffer, levels) = match &mut page {
        Page::DataPageV2 { is_compressed: false, .. } => return Ok(page),
        Page::DataPageV2 { buf, def_levels_byte_len, rep_levels_byte_len, .. } => {
            (buf, u64::from(*def_levels_byte_len) + u64::from(*rep_levels_byte_len))
        }
        Page::DataPage { buf, .. } | Page::DictionaryPage { buf, .. } => (buf, 0),
    };
    *buffer = bytes_of(buffer, levels, size, spare)?;
    Ok(page)
}

fn bytes_of(stored: &[u8], levels: u64, size: Option<u64>, spare: &Arc<Spare>) -> Result<Bytes, String> {
    let size = size.and_then(|size| i32::try_from(size).ok()).ok_or("a header without the size of its page")? as usize;
    let levels = usize::try_from(levels).ok().filter(|levels| *levels <= size);
    let (levels, values) = levels.and_then(|levels| stored.split_at_checked(levels)).ok_or("levels beyond the page")?;
    let mut bytes = spare.take_for(size);
    bytes.clear();
    bytes.reserve_exact(size);
    bytes.extend_from_slice(levels);
    // Where all values are null there are none to decompress.
    if bytes.len() < size {
        let mut out = std::io::Cursor::new(&mut bytes);
        out.set_position(levels.len() as u64);
        CONTEXT.with_borrow_mut(|context| {
            let context = match context {
                Some(context) => context,
                none => none.insert(zstd::bulk::Decompressor::new().map_err(|error| error.to_string())?),
            };
            context.decompress_to_buffer(values, &mut out).map_err(|error| error.to_string())
        })?;
    }
    match bytes.len() == size {
        true => Ok(Lent::new(bytes, size, spare.clone()).into()),
        false => Err(format!("{} bytes when decompressed, its header says {size}", bytes.len())),
    }
}

#[cfg(test)]
mod tests;
