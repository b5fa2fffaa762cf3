//! The bytes of a chunk until they stand in the file: blocks of about one size, which later chunks use again. What grows is
//! never moved, and a block goes back as soon as its column is written.

use std::collections::VecDeque;
use std::io::{self, Read, Write};
use std::sync::Arc;

use bytes::{Buf, Bytes};
use parquet::errors::{ParquetError, Result};
use parquet::file::reader::{ChunkReader, Length};

use crate::pipeline::spare::{Lent, Spare};

/// Bytes of a block: what is left free in the last one is little, also where there are many columns.
const BLOCK_BYTES: usize = 16 << 10;

/// Where blocks come from.
pub(super) fn home() -> Arc<Spare> {
    Arc::new(Spare::new(2 * BLOCK_BYTES))
}

/// Blocks that are filled.
pub(super) struct Filling {
    full: VecDeque<Bytes>,
    last: Vec<u8>,
    home: Arc<Spare>,
}

impl Filling {
    /// None, with blocks from [`home`].
    pub fn new(home: Arc<Spare>) -> Self {
        Filling { full: VecDeque::new(), last: emptied(&home), home }
    }

    /// All that was written.
    pub fn finish(mut self) -> Blocks {
        if !self.last.is_empty() {
            self.close();
        }
        Blocks(self.full)
    }

    fn close(&mut self) {
        let mut next = emptied(&self.home);
        std::mem::swap(&mut next, &mut self.last);
        let len = next.len();
        self.full.push_back(Lent::new(next, len, self.home.clone()).into());
    }
}

fn emptied(home: &Spare) -> Vec<u8> {
    let mut block = home.take();
    block.clear();
    block
}

impl Write for Filling {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.last.len() >= BLOCK_BYTES {
            self.close();
            // Not the only block, so it will be full too.
            self.last.reserve_exact(BLOCK_BYTES);
        }
        let part = &bytes[..bytes.len().min(BLOCK_BYTES - self.last.len())];
        self.last.extend_from_slice(part);
        Ok(part.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The bytes of a chunk. Cheap to clone.
#[derive(Clone, Default)]
pub(in crate::formats::parquet) struct Blocks(VecDeque<Bytes>);

impl Length for Blocks {
    fn len(&self) -> u64 {
        self.0.iter().map(|block| block.len() as u64).sum()
    }
}

impl Read for Blocks {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while self.0.front().is_some_and(Bytes::is_empty) {
            self.0.pop_front();
        }
        let Some(first) = self.0.front_mut() else { return Ok(0) };
        let count = first.len().min(out.len());
        first.copy_to_slice(&mut out[..count]);
        Ok(count)
    }
}

impl ChunkReader for Blocks {
    type T = Blocks;

    fn get_read(&self, start: u64) -> Result<Blocks> {
        let mut rest = self.clone();
        let skipped = io::copy(&mut rest.by_ref().take(start), &mut io::sink())?;
        match skipped == start {
            true => Ok(rest),
            false => Err(ParquetError::EOF(format!("{start} is beyond the chunk"))),
        }
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes> {
        let mut bytes = Vec::new();
        self.get_read(start)?.take(length as u64).read_to_end(&mut bytes)?;
        match bytes.len() == length {
            true => Ok(bytes.into()),
            false => Err(ParquetError::EOF(format!("{length} bytes from {start} on are beyond the chunk"))),
        }
    }
}

#[cfg(test)]
mod tests;
