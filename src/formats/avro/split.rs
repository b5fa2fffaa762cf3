//! Cuts a file at the ends of its blocks: count, size, data, sync marker.

use crate::column::avro::cursor::long_at;
use crate::error::{Error, Result};
use crate::pipeline::Split;

/// The head of a block.
#[derive(Clone, Copy, Debug)]
pub(super) struct BlockHead {
    /// Records that the block claims.
    pub(super) records: u64,
    /// Bytes of its data.
    pub(super) size: usize,
    /// Bytes of the head.
    pub(super) len: usize,
}

/// The head of the block at the start of `bytes`; `None` if the bytes end inside it.
///
/// # Errors
/// A count or size below zero, or a size beyond `max`.
pub(super) fn block_head(bytes: &[u8], max: usize) -> Result<Option<BlockHead>> {
    let Some((records, first)) = long_at(bytes).map_err(|error| error.at_byte(0))? else {
        return incomplete(bytes, 0);
    };
    let Some((size, second)) = long_at(&bytes[first..]).map_err(|error| error.at_byte(first as u64))? else {
        return incomplete(bytes, first);
    };
    let records =
        u64::try_from(records).map_err(|_| Error::malformed(format!("a block claims {records} records")).at_byte(0))?;
    let size = match usize::try_from(size) {
        Ok(size) if size <= max => size,
        Ok(size) => {
            return Err(Error::limit(format!("a block claims {size} bytes, more than the limit of {max}"))
                .at_byte(first as u64)
                .with_hint("raise the limit with --max-record-bytes"));
        }
        Err(_) => return Err(Error::malformed(format!("a block claims {size} bytes")).at_byte(first as u64)),
    };
    Ok(Some(BlockHead { records, size, len: first + second }))
}

fn incomplete(bytes: &[u8], start: usize) -> Result<Option<BlockHead>> {
    if bytes.len() - start >= 10 {
        return Err(Error::malformed("a variable-length number of more than 64 bits").at_byte(start as u64));
    }
    Ok(None)
}

/// Cuts behind the last whole block.
pub(super) struct BlockSplit {
    sync: [u8; 16],
    block_bytes_max: usize,
    /// Bytes of whole blocks seen since the last cut.
    seen: usize,
}

impl BlockSplit {
    pub(super) fn new(sync: [u8; 16], block_bytes_max: usize) -> Self {
        BlockSplit { sync, block_bytes_max, seen: 0 }
    }

    /// The length of the block at the start of `bytes`, if it is whole.
    fn block(&self, bytes: &[u8]) -> Result<Option<usize>> {
        let Some(head) = block_head(bytes, self.block_bytes_max)? else { return Ok(None) };
        let data_end = head.len + head.size;
        let Some(sync) = bytes.get(data_end..).and_then(|rest| rest.first_chunk::<16>()) else { return Ok(None) };
        if *sync != self.sync {
            return Err(Error::malformed("a block does not end with the sync marker of the file")
                .at_byte(data_end as u64)
                .with_hint("the file is damaged, or two files with different markers were joined"));
        }
        Ok(Some(data_end + 16))
    }
}

impl Split for BlockSplit {
    fn split(&mut self, buf: &[u8], end: bool) -> Result<Option<usize>> {
        loop {
            let rest = buf.get(self.seen..).unwrap_or_default();
            if rest.is_empty() {
                break;
            }
            match self.block(rest) {
                Ok(Some(len)) => self.seen += len,
                // What stands before is whole: it is cut off first, and this comes up again.
                Ok(None) | Err(_) if self.seen > 0 => break,
                Ok(None) if end => {
                    return Err(Error::malformed("the file ends in the middle of a block")
                        .at_byte(buf.len() as u64)
                        .with_hint("the file is cut off"));
                }
                Ok(None) => return Ok(None),
                Err(error) => return Err(error),
            }
        }
        let cut = std::mem::take(&mut self.seen);
        Ok((cut > 0 || end).then_some(cut))
    }
}
