//! The bytes of a schema file: read where they are asked for, or kept where they can be read once only.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use bytes::Bytes;

use crate::error::{Error, Result};
use crate::format::Definition;

/// A schema that comes through a pipe has no more bytes: it is kept in memory.
const KEPT_BYTES_MAX: u64 = 256 << 20;

impl Definition {
    /// A file, without a message and without folders for imports.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Definition { path: path.into(), ..Definition::default() }
    }

    /// The same, with its bytes if it is a pipe or a device: those are read once only.
    ///
    /// # Errors
    /// `Io`; `Limit` if there is no end to it.
    pub fn kept(self) -> Result<Self> {
        if self.content.is_some() || !is_pipe(&self.path) {
            return Ok(self);
        }
        let file = File::open(&self.path).map_err(|error| self.failed(error))?;
        self.kept_from(file)
    }

    /// The same, with the bytes that a reader gives.
    ///
    /// # Errors
    /// As [`Definition::kept`].
    pub fn kept_from(mut self, reader: impl Read) -> Result<Self> {
        let mut bytes = Vec::new();
        reader.take(KEPT_BYTES_MAX + 1).read_to_end(&mut bytes).map_err(|error| self.failed(error))?;
        if bytes.len() as u64 > KEPT_BYTES_MAX {
            let mib = KEPT_BYTES_MAX >> 20;
            return Err(Error::limit(format!("a schema from a pipe is longer than {mib} MiB"))
                .in_source(self.path.to_string_lossy())
                .with_hint("write it to a file, and name that"));
        }
        self.content = Some(bytes.into());
        Ok(self)
    }

    /// All its bytes.
    ///
    /// # Errors
    /// `Io`.
    pub(crate) fn bytes(&self) -> Result<Bytes> {
        match &self.content {
            Some(bytes) => Ok(bytes.clone()),
            None => std::fs::read(&self.path).map(Bytes::from).map_err(|error| self.failed(error)),
        }
    }

    /// Its text.
    ///
    /// # Errors
    /// `Io`; `Malformed` if it is not UTF-8.
    pub(crate) fn text(&self) -> Result<String> {
        String::from_utf8(self.bytes()?.to_vec()).map_err(|error| {
            let byte = error.utf8_error().valid_up_to() as u64;
            Error::malformed("the schema is not UTF-8 text").at_byte(byte).in_source(self.path.to_string_lossy())
        })
    }

    /// Its first bytes, at most `most`; none of a folder, of a pipe that was not kept, of what cannot be read.
    pub(crate) fn start(&self, most: u64) -> Bytes {
        if let Some(bytes) = &self.content {
            return bytes.slice(..bytes.len().min(usize::try_from(most).unwrap_or(usize::MAX)));
        }
        let mut start = Vec::new();
        if std::fs::metadata(&self.path).is_ok_and(|facts| facts.is_file()) {
            // Whoever reads all of it says why that fails.
            let _ = File::open(&self.path).and_then(|file| file.take(most).read_to_end(&mut start));
        }
        start.into()
    }

    fn failed(&self, error: std::io::Error) -> Error {
        Error::io("cannot read the schema", error).in_source(self.path.to_string_lossy())
    }
}

/// Whether a path can be read once only: it is there, and no file and no folder.
pub(crate) fn is_pipe(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|facts| !facts.is_file() && !facts.is_dir())
}
