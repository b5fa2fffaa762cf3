//! The stored bytes of a column chunk, read piece by piece as its pages are asked for.
//!
//! A chunk may be as large as its file. Only the page that is decoded is in memory, with some of what follows it, so
//! that a page costs one read and small pages share one.

use std::io::{self, Read};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::{Buf, Bytes};
use parquet::errors::ParquetError;
use parquet::file::metadata::ColumnChunkMetaData;
use parquet::file::reader::{ChunkReader, Length};

use super::thrift::PageHeader;
use crate::error::Error;
use crate::source::{Blob, read_error};

/// Bytes read at a time, at least.
const PIECE_BYTES: usize = 64 << 10;
/// Bytes read behind a larger page: room for the header of the next one.
const AHEAD_BYTES: usize = 4 << 10;
/// Bytes of a header that are looked at, at least, before it is read: what it says first.
const HEADER_BYTES: usize = 64;
/// Larger pages are not held any longer than whoever decodes them does.
const LARGE_BYTES: usize = 16 << 10;

/// The stored bytes of one column of a row group, at their place in the file. Cheap to clone.
#[derive(Clone)]
pub(super) struct ColumnBytes(Arc<Inner>);

struct Inner {
    blob: Blob,
    start: u64,
    end: u64,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Where the bytes begin that were read last and not asked for yet.
    begin: u64,
    /// These bytes.
    bytes: Bytes,
    /// Why they could not be read, which the crate would only tell as text.
    failure: Option<Error>,
    /// How many bytes the page had before it was compressed whose header was read last.
    size: Option<u64>,
}

impl ColumnBytes {
    /// Of a column, whose place was checked against the length of the file. Nothing is read.
    pub fn new(blob: &Blob, column: &ColumnChunkMetaData) -> Self {
        let (start, len) = column.byte_range();
        let state = Mutex::default();
        ColumnBytes(Arc::new(Inner { blob: blob.clone(), start, end: start.saturating_add(len), state }))
    }

    /// Why the file could not be read, if that was it.
    pub fn take_failure(&self) -> Option<Error> {
        self.state().failure.take()
    }

    /// How many bytes the page had before it was compressed, the header of which was read last.
    pub fn page_size(&self) -> Option<u64> {
        self.state().size
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// At least so many bytes from `start`, and what is in memory behind them, unless the column ends before.
    fn from(&self, start: u64, least: usize) -> io::Result<Bytes> {
        let Inner { blob, end, .. } = &*self.0;
        let mut state = self.state();
        let least = end.saturating_sub(start).min(least as u64) as usize;
        let skip = start.checked_sub(state.begin).and_then(|skip| usize::try_from(skip).ok());
        let held = skip.filter(|skip| skip.checked_add(least).is_some_and(|end| end <= state.bytes.len()));
        let bytes = match held.filter(|skip| *skip < state.bytes.len()) {
            Some(skip) => state.bytes.slice(skip..),
            None => {
                let wanted = least.saturating_add(AHEAD_BYTES).max(PIECE_BYTES) as u64;
                // Given free before more is read.
                state.bytes = Bytes::new();
                let read = blob.slice(start, end.saturating_sub(start).min(wanted) as usize);
                read.inspect_err(|error| {
                    let again = error.raw_os_error().map_or(error.kind().into(), io::Error::from_raw_os_error);
                    state.failure = Some(read_error(again, start));
                })?
            }
        };
        state.begin = start;
        state.bytes = bytes.clone();
        Ok(bytes)
    }

    /// Goes on behind a page: what is left is taken out of the memory that a large page holds.
    fn pass(&self, start: u64, page: &Bytes) {
        let mut state = self.state();
        if state.begin != start || state.bytes.len() < page.len() {
            return;
        }
        state.begin = start + page.len() as u64;
        let rest = state.bytes.slice(page.len()..);
        state.bytes = match page.len() > LARGE_BYTES && rest.len() <= AHEAD_BYTES || rest.is_empty() {
            true => Bytes::copy_from_slice(&rest),
            false => rest,
        };
    }

    /// Fails if the page header at `start`, of which these are the first bytes, makes more of itself than there is.
    fn look(&self, start: u64, bytes: &[u8]) -> io::Result<()> {
        let beyond = (self.0.end - start).saturating_sub(bytes.len() as u64);
        let PageHeader { excess, size } = PageHeader::of(bytes, beyond);
        self.state().size = size;
        let Some(length) = excess else { return Ok(()) };
        let message = format!("bad page: the header of a page at {start} claims a value of {length} bytes");
        self.state().failure = Some(Error::malformed(message));
        Err(io::ErrorKind::InvalidData.into())
    }

    fn check(&self, start: u64) -> Result<(), ParquetError> {
        match (self.0.start..=self.0.end).contains(&start) {
            true => Ok(()),
            false => Err(ParquetError::EOF(format!("byte {start} lies outside the column"))),
        }
    }
}

impl Length for ColumnBytes {
    fn len(&self) -> u64 {
        self.0.end
    }
}

impl ChunkReader for ColumnBytes {
    type T = Header;

    fn get_read(&self, start: u64) -> Result<Header, ParquetError> {
        self.check(start)?;
        Ok(Header { column: self.clone(), next: start, bytes: Bytes::new(), is_looked_at: false })
    }
    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes, ParquetError> {
        self.check(start)?;
        let mut page = self.from(start, length).map_err(|error| ParquetError::External(Box::new(error)))?;
        if page.len() < length {
            return Err(ParquetError::EOF(format!("a page of {length} bytes at {start} reaches beyond its column")));
        }
        page.truncate(length);
        self.pass(start, &page);
        Ok(page)
    }
}

/// Reads the header of a page, whose length nobody knows before. The crate also opens what follows a header that it has
/// read, and reads nothing then.
pub(super) struct Header {
    column: ColumnBytes,
    next: u64,
    bytes: Bytes,
    is_looked_at: bool,
}

impl Read for Header {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.bytes.is_empty() && !into.is_empty() {
            if self.next >= self.column.0.end {
                // The crate skips bytes without a look at how many there are, over and over where a list claims many.
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            let least = if self.is_looked_at { 1 } else { HEADER_BYTES };
            self.bytes = self.column.from(self.next, least)?;
            if !std::mem::replace(&mut self.is_looked_at, true) {
                self.column.look(self.next, &self.bytes)?;
            }
            self.next += self.bytes.len() as u64;
        }
        let read = into.len().min(self.bytes.len());
        self.bytes.copy_to_slice(&mut into[..read]);
        Ok(read)
    }
}
