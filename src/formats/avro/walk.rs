//! Reading for damage: block by block, going on at the next sync marker behind one that is damaged.

use std::sync::Arc;

use arrow_schema::SchemaRef;
use bytes::Bytes;

use super::decode::BlockDecode;
use super::split::block_head;
use crate::error::{Error, Origin, Result};
use crate::pipeline::{Batches, Chunk, Decode, Reader, Slice};
use crate::source::{Blob, read_error};

/// Bytes of the longest head of a block: two numbers of 64 bits.
const HEAD_BYTES_MAX: u64 = 20;
/// Bytes searched for a sync marker at a time.
const SEARCH_BYTES: u64 = 1 << 20;

/// Gives every block that stands between sync markers, and an error for everything else.
pub(super) struct Walk {
    pub blob: Blob,
    pub source: Arc<str>,
    pub decode: Arc<BlockDecode>,
    pub sync: [u8; 16],
    /// Where the next block begins.
    pub at: u64,
    pub block_bytes_max: usize,
}

impl Walk {
    fn slice(&self, at: u64, len: u64) -> Result<Bytes> {
        let too_long = || Error::limit("a block too long for this machine").at_byte(at);
        let len = usize::try_from(len).map_err(|_| too_long())?;
        self.blob.slice(at, len).map_err(|error| read_error(error, at))
    }

    /// The length of the block here.
    fn block(&self) -> Result<u64> {
        let left = self.blob.len() - self.at;
        let head = self.slice(self.at, left.min(HEAD_BYTES_MAX))?;
        let cut_off = || {
            let error = Error::malformed("the file ends in the middle of a block").at_byte(self.blob.len() - self.at);
            error.with_hint("the file is cut off")
        };
        let head = block_head(&head, self.block_bytes_max)?.ok_or_else(cut_off)?;
        let data = (head.len + head.size) as u64;
        if data + 16 > left {
            return Err(cut_off());
        }
        match self.slice(self.at + data, 16)? == self.sync[..] {
            true => Ok(data + 16),
            false => Err(Error::malformed("a block does not end with the sync marker of the file").at_byte(data)),
        }
    }

    /// Behind the next sync marker from `at` on, or the end.
    fn resume(&self, mut at: u64) -> Result<u64> {
        while at < self.blob.len() {
            let window = self.slice(at, SEARCH_BYTES.min(self.blob.len() - at))?;
            if let Some(found) = memchr::memmem::find(&window, &self.sync) {
                return Ok(at + found as u64 + 16);
            }
            // A marker may lie on both sides of the end of the window.
            at += (window.len() as u64).saturating_sub(15).max(1);
        }
        Ok(self.blob.len())
    }
}

impl Reader for Walk {
    fn schema(&self) -> SchemaRef {
        self.decode.schema()
    }

    fn next_chunk(&mut self) -> Result<Option<Box<dyn Chunk>>> {
        if self.at >= self.blob.len() {
            return Ok(None);
        }
        let origin = Origin { source: Some(self.source.clone()), byte: Some(self.at), ..Origin::default() };
        let block = self.block().and_then(|len| Ok((len, self.slice(self.at, len)?)));
        match block {
            Ok((len, bytes)) => {
                self.at += len;
                let slice = Slice { bytes, first: false, last: false };
                Ok(Some(Box::new(Block { slice, decode: self.decode.clone(), origin })))
            }
            Err(error) => {
                self.at = self.resume(self.at + 1)?;
                Err(error.locate(&origin))
            }
        }
    }

    fn resumes(&self) -> bool {
        true
    }
}

struct Block {
    slice: Slice,
    decode: Arc<BlockDecode>,
    origin: Origin,
}

impl Chunk for Block {
    fn size(&self) -> usize {
        self.slice.bytes.len()
    }
    fn origin(&self) -> Origin {
        self.origin.clone()
    }
    fn decode(self: Box<Self>) -> Result<Batches> {
        self.decode.decode(self.slice)
    }
}
