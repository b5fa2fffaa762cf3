//! Bytes that can be read at any offset, by any thread at once: what indexed formats (Parquet, Arrow files) need.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::sync::Arc;

use bytes::Bytes;

use crate::pipeline::spare::{Lent, Spare};

/// A file or bytes in memory. Cheap to clone; reading does not move a cursor.
#[derive(Clone, Debug)]
pub struct Blob {
    kind: Kind,
    len: u64,
}

#[derive(Clone, Debug)]
enum Kind {
    /// A file, and buffers that parts of it were read into.
    File(Arc<File>, Arc<Spare>),
    Bytes(Bytes),
}

/// Shorter parts are read into fresh memory.
const KEPT_BYTES_MIN: usize = 64 << 10;
/// Buffers of longer parts are not kept.
const KEPT_BYTES_MAX: usize = 64 << 20;

impl Blob {
    /// A file; its length is taken now.
    pub fn file(file: File) -> io::Result<Self> {
        let len = file.metadata()?.len();
        Ok(Blob { kind: Kind::File(Arc::new(file), Arc::new(Spare::new(KEPT_BYTES_MAX))), len })
    }
    /// Bytes in memory.
    pub fn bytes(bytes: Bytes) -> Self {
        Blob { len: bytes.len() as u64, kind: Kind::Bytes(bytes) }
    }
    /// Length in bytes.
    pub fn len(&self) -> u64 {
        self.len
    }
    /// Whether there is nothing.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }
    /// Fills `into` from `offset`.
    ///
    /// # Errors
    /// `UnexpectedEof` if the blob ends before.
    pub fn read_exact_at(&self, into: &mut [u8], offset: u64) -> io::Result<()> {
        let mut done = 0;
        while done < into.len() {
            match self.read_at(&mut into[done..], offset + done as u64) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(n) => done += n,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
    /// `len` bytes from `offset`; `len` is checked against the length before anything is allocated.
    pub fn slice(&self, offset: u64, len: usize) -> io::Result<Bytes> {
        if offset.checked_add(len as u64).is_none_or(|end| end > self.len) {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        match &self.kind {
            Kind::Bytes(bytes) => Ok(bytes.slice(offset as usize..offset as usize + len)),
            Kind::File(..) if len < KEPT_BYTES_MIN => {
                let mut out = vec![0; len];
                self.read_exact_at(&mut out, offset)?;
                Ok(out.into())
            }
            Kind::File(_, buffers) => {
                let mut buffer = buffers.take_for(len);
                match buffer.capacity() {
                    // Fresh memory of the system is zero already.
                    0 => buffer = vec![0; len],
                    _ if buffer.len() < len => buffer.resize(len, 0),
                    _ => {}
                }
                self.read_exact_at(&mut buffer[..len], offset)?;
                Ok(Lent::new(buffer, len, buffers.clone()).into())
            }
        }
    }
    /// A cursor from the start.
    pub fn reader(&self) -> BlobReader {
        BlobReader { blob: self.clone(), position: 0 }
    }
    /// A cursor from `offset`.
    pub fn reader_at(&self, offset: u64) -> BlobReader {
        BlobReader { blob: self.clone(), position: offset }
    }

    /// Whether the file is shorter than it was. Those that the system makes up claim more than they have.
    fn is_shorter(&self) -> io::Result<bool> {
        match &self.kind {
            Kind::File(file, _) => Ok(file.metadata()?.len() < self.len),
            Kind::Bytes(_) => Ok(false),
        }
    }

    fn read_at(&self, into: &mut [u8], offset: u64) -> io::Result<usize> {
        match &self.kind {
            Kind::Bytes(bytes) => {
                let rest = bytes.get(offset as usize..).unwrap_or_default();
                let n = rest.len().min(into.len());
                into[..n].copy_from_slice(&rest[..n]);
                Ok(n)
            }
            #[cfg(unix)]
            Kind::File(file, _) => std::os::unix::fs::FileExt::read_at(&**file, into, offset),
            #[cfg(windows)]
            Kind::File(file, _) => std::os::windows::fs::FileExt::seek_read(&**file, into, offset),
        }
    }
}

/// A cursor over a [`Blob`].
#[derive(Clone, Debug)]
pub struct BlobReader {
    blob: Blob,
    position: u64,
}

impl Read for BlobReader {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let n = self.blob.read_at(into, self.position)?;
        if n == 0 && !into.is_empty() && self.position < self.blob.len && self.blob.is_shorter()? {
            return Err(super::shorter(self.blob.len));
        }
        self.position += n as u64;
        Ok(n)
    }
}

impl Seek for BlobReader {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let position = match to {
            SeekFrom::Start(n) => Some(n),
            SeekFrom::End(n) => self.blob.len.checked_add_signed(n),
            SeekFrom::Current(n) => self.position.checked_add_signed(n),
        };
        self.position = position.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.position)
    }
}

#[cfg(test)]
mod tests;
