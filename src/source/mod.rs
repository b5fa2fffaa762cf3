//! Where bytes come from: a path, bytes in memory, standard input or any reader; outer compression is taken off.

pub mod blob;
pub mod decompress;

use std::fmt;
use std::fs::File;
use std::io::{Cursor, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;

use crate::error::{Error, ErrorKind, Result};
pub use blob::Blob;
use decompress::{LEGACY_LZ4, OuterCodec, decompressed, detect, skippable};

/// A source of bytes. Cheap to clone; clones of a stream share it.
#[derive(Clone)]
pub struct Source {
    name: Arc<str>,
    kind: Kind,
}

#[derive(Clone)]
enum Kind {
    /// A file, and the most bytes that it had when it was opened.
    Path(Arc<PathBuf>, Arc<AtomicU64>),
    Bytes(Bytes),
    /// A file without a name: what a stream was spooled to.
    Spooled(Blob),
    /// What can be read once. The path is that of a named pipe or a device.
    Stream(Arc<Mutex<Stream>>, Option<Arc<PathBuf>>),
}

/// A stream that can be read once. `head` is what was read to look at it.
struct Stream {
    head: Vec<u8>,
    rest: Option<Box<dyn Read + Send>>,
    spooled: Option<Blob>,
}

impl Stream {
    fn new(reader: impl Read + Send + 'static) -> Arc<Mutex<Self>> {
        Arc::new(Mutex::new(Stream { head: Vec::new(), rest: Some(Box::new(reader)), spooled: None }))
    }
}

/// A pipe that is opened when it is read first, and only once: what is taken from it is gone.
enum Late {
    Path(Arc<PathBuf>),
    Open(File),
}

impl Read for Late {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        loop {
            match self {
                Late::Path(path) => *self = Late::Open(File::open(path.as_path())?),
                Late::Open(file) => return file.read(buffer),
            }
        }
    }
}

/// Pieces looked at to see whether a text goes on as it begins, and the bytes of each.
#[cfg(any(feature = "csv", feature = "json"))]
const GLANCES: u64 = 8;
#[cfg(any(feature = "csv", feature = "json"))]
const GLANCE_BYTES: usize = 128 << 10;

/// Bytes looked at to detect a format.
pub const HEAD_BYTES: usize = 64 << 10;

/// Frames that are skipped and end before are passed over where they stand: enough is left of the head behind them.
const NEAR_BYTES: u64 = HEAD_BYTES as u64 / 2;

impl Source {
    /// A file, or a named pipe or device, which is a stream with a name. `-` is *not* special here.
    pub fn path(path: impl Into<PathBuf>) -> Self {
        let path = Arc::new(path.into());
        let name = path.to_string_lossy().into();
        let kind = match is_regular(&path) {
            true => Kind::Path(path, Arc::default()),
            false => Kind::Stream(Stream::new(Late::Path(path.clone())), Some(path)),
        };
        Source { name, kind }
    }
    /// Bytes in memory, with a name for messages.
    pub fn bytes(name: &str, bytes: impl Into<Bytes>) -> Self {
        Source { name: name.into(), kind: Kind::Bytes(bytes.into()) }
    }
    /// A file that is open already, with a name for messages.
    pub(crate) fn blob_of(name: Arc<str>, blob: Blob) -> Self {
        Source { name, kind: Kind::Spooled(blob) }
    }
    /// A stream that can be read once, with a name for messages.
    pub fn reader(name: &str, reader: impl Read + Send + 'static) -> Self {
        Source { name: name.into(), kind: Kind::Stream(Stream::new(reader), None) }
    }
    /// Standard input.
    pub fn stdin() -> Self {
        Self::reader("-", std::io::stdin())
    }

    /// The name for messages: the path, or `-`.
    pub fn name(&self) -> Arc<str> {
        self.name.clone()
    }
    /// The path, if it has one.
    pub fn as_path(&self) -> Option<&Path> {
        match &self.kind {
            Kind::Path(path, _) | Kind::Stream(_, Some(path)) => Some(path),
            _ => None,
        }
    }
    /// Whether it can be opened again and again: a regular file, or bytes in memory.
    pub(crate) fn is_file(&self) -> bool {
        match &self.kind {
            Kind::Path(path, _) => std::fs::metadata(path.as_path()).is_ok_and(|meta| meta.is_file()),
            Kind::Bytes(_) | Kind::Spooled(_) => true,
            Kind::Stream(..) => false,
        }
    }
    /// Bytes as stored, if known.
    pub fn size(&self) -> Option<u64> {
        match &self.kind {
            Kind::Path(path, _) => {
                std::fs::metadata(path.as_path()).ok().filter(|meta| meta.is_file()).map(|meta| meta.len())
            }
            Kind::Bytes(bytes) => Some(bytes.len() as u64),
            Kind::Spooled(blob) => Some(blob.len()),
            // Known once it was spooled.
            Kind::Stream(stream, _) => {
                let stream = stream.lock().unwrap_or_else(PoisonError::into_inner);
                stream.spooled.as_ref().map(Blob::len)
            }
        }
    }

    /// The first bytes (at most [`HEAD_BYTES`]) after outer decompression. Leaves a stream readable from its start.
    ///
    /// # Errors
    /// `Io`; `Malformed` if the compressed bytes are damaged; `Unsupported` for LZ4 in its legacy format.
    pub fn head(&self) -> Result<Vec<u8>> {
        let Some((codec, begin)) = self.outer()? else { return self.start(HEAD_BYTES) };
        // Decompressors pass over what is to be skipped, if that is not all that would be looked at.
        let raw = match begin < NEAR_BYTES {
            true => self.start(HEAD_BYTES)?,
            false => {
                let blob = self.stored()?;
                let len = (blob.len() - begin).min(HEAD_BYTES as u64) as usize;
                blob.slice(begin, len).map_err(|error| self.open_error(error))?.to_vec()
            }
        };
        // The head may end inside a compressed block: what can be decompressed is enough to look at.
        let whole = raw.len() < HEAD_BYTES;
        let mut reader = decompressed(codec, Box::new(Cursor::new(raw)))?;
        let mut head = Vec::new();
        let mut block = [0; 4096];
        while head.len() < HEAD_BYTES {
            match reader.read(&mut block) {
                Err(error) if whole && head.is_empty() => return Err(read_error(error, 0).in_source(self.name())),
                Ok(0) | Err(_) => break,
                Ok(n) => head.extend_from_slice(&block[..n]),
            }
        }
        Ok(head)
    }

    /// The compression around it, told by its bytes. Leaves a stream readable from its start.
    ///
    /// # Errors
    /// `Io`; `Unsupported` for LZ4 in its legacy format.
    pub(crate) fn codec(&self) -> Result<Option<OuterCodec>> {
        Ok(self.outer()?.map(|(codec, _)| codec))
    }

    /// The same, and where the first frame with data begins.
    fn outer(&self) -> Result<Option<(OuterCodec, u64)>> {
        let magic = self.magic()?;
        if magic.starts_with(&LEGACY_LZ4) {
            return Err(Error::unsupported("lz4 data in the legacy format (lz4 -l) is not read")
                .in_source(self.name())
                .with_hint("write it anew: lz4 -dc OLD.lz4 | lz4 -c > NEW.lz4"));
        }
        if skippable::length(&magic).is_none() {
            return Ok(detect(&magic).map(|codec| (codec, 0)));
        }
        let start = self.start(HEAD_BYTES)?;
        let whole = start.len() < HEAD_BYTES;
        let behind = |blob: &Blob| skippable::behind(blob).map_err(|error| self.open_error(error));
        let found = match behind(&Blob::bytes(start.into()))? {
            found @ skippable::Behind::Frame(_, begin) if begin < NEAR_BYTES => found,
            found if whole => found,
            // All of a stream is there once it was copied.
            _ => behind(&self.stored()?)?,
        };
        Ok(match found {
            skippable::Behind::Frame(codec, begin) => Some((codec, begin)),
            skippable::Behind::Nothing => Some((OuterCodec::Zstd, 0)),
            skippable::Behind::Other => None,
        })
    }

    /// The bytes from the start, outer compression taken off.
    ///
    /// # Errors
    /// I/O; `Usage` if a stream was opened before (see [`Source::rewindable`]); `Unsupported` for LZ4 in its legacy format.
    pub fn open(&self) -> Result<Box<dyn Read + Send>> {
        let codec = self.codec()?;
        let raw = self.open_raw()?;
        match codec {
            None => Ok(raw),
            Some(codec) => decompressed(codec, raw),
        }
    }

    /// The bytes from the start, as stored.
    ///
    /// # Errors
    /// `Io`; `Usage` for a folder.
    pub fn open_raw(&self) -> Result<Box<dyn Read + Send>> {
        match &self.kind {
            Kind::Path(path, longest) => match self.opened(path, longest)? {
                // Which knows how long the file is: one that ends before is not whole.
                (file, true) => Ok(Box::new(Blob::file(file).map_err(|error| self.open_error(error))?.reader())),
                (file, false) => Ok(Box::new(file)),
            },
            Kind::Bytes(bytes) => Ok(Box::new(Cursor::new(bytes.clone()))),
            Kind::Spooled(blob) => Ok(Box::new(blob.reader())),
            Kind::Stream(stream, _) => {
                let mut stream = stream.lock().unwrap_or_else(PoisonError::into_inner);
                if let Some(blob) = &stream.spooled {
                    return Ok(Box::new(blob.reader()));
                }
                let rest = stream
                    .rest
                    .take()
                    .ok_or_else(|| Error::usage("a stream was opened twice").in_source(self.name()))?;
                Ok(Box::new(Cursor::new(std::mem::take(&mut stream.head)).chain(rest)))
            }
        }
    }

    /// A source that can be opened again and again: this one, or a temporary file to which the stream is copied.
    /// True if it was copied. Named pipes and devices count as streams.
    ///
    /// # Errors
    /// `Io`, also where there is no room for the copy.
    pub fn rewindable(&self) -> Result<(Source, bool)> {
        match &self.kind {
            Kind::Stream(stream, _) => {
                if stream.lock().unwrap_or_else(PoisonError::into_inner).spooled.is_none() {
                    let blob = self.spool(self.open_raw()?)?;
                    stream.lock().unwrap_or_else(PoisonError::into_inner).spooled = Some(blob);
                }
                Ok((self.clone(), true))
            }
            _ => Ok((self.clone(), false)),
        }
    }

    /// The bytes at random, outer compression taken off: the file itself, or a temporary copy.
    ///
    /// # Errors
    /// `Io`; `Malformed` if the compressed bytes are damaged.
    pub fn blob(&self) -> Result<Blob> {
        match self.codec()? {
            Some(_) => self.spool(self.open()?),
            None => self.stored(),
        }
    }

    /// The bytes at random, as stored: the file itself, or a temporary copy of a stream.
    fn stored(&self) -> Result<Blob> {
        match &self.kind {
            Kind::Path(path, longest) => {
                let (file, _) = self.opened(path, longest)?;
                Blob::file(file).map_err(|error| self.open_error(error))
            }
            Kind::Bytes(bytes) => Ok(Blob::bytes(bytes.clone())),
            Kind::Spooled(blob) => Ok(blob.clone()),
            Kind::Stream(..) => {
                let (source, _) = self.rewindable()?;
                let Kind::Stream(stream, _) = &source.kind else { return source.stored() };
                let stream = stream.lock().unwrap_or_else(PoisonError::into_inner);
                stream.spooled.clone().ok_or_else(|| Error::internal("a stream was not spooled"))
            }
        }
    }

    /// Fails for a text that does not end with a line; nothing is known of a compressed one.
    ///
    /// # Errors
    /// `Io`; `Malformed`.
    #[cfg(any(feature = "csv", feature = "json"))]
    pub(crate) fn check_last_line(&self) -> Result<()> {
        if self.codec()?.is_some() {
            return Ok(());
        }
        let blob = self.blob()?;
        let Some(last) = blob.len().checked_sub(1) else { return Ok(()) };
        let byte = blob.slice(last, 1).map_err(|error| read_error(error, last).in_source(self.name()))?;
        match &*byte {
            b"\n" => Ok(()),
            _ => Err(Error::malformed("the last line has no end").at_byte(last).in_source(self.name())),
        }
    }

    /// Whole lines from all over a text, to the end of it: pieces of at most [`GLANCE_BYTES`], evenly apart. None of a
    /// stream, of a compressed file, of one that is not much longer than the pieces.
    #[cfg(any(feature = "csv", feature = "json"))]
    pub(crate) fn glances(&self) -> Vec<Bytes> {
        let as_stored = self.is_file() && matches!(self.codec(), Ok(None));
        let Some(blob) = as_stored.then(|| self.blob().ok()).flatten() else { return Vec::new() };
        let room = blob.len().saturating_sub(GLANCE_BYTES as u64);
        let step = room / GLANCES;
        if step < GLANCE_BYTES as u64 {
            return Vec::new();
        }
        let piece = |index: u64| {
            // The last one ends with the text.
            let piece = blob.slice(room - (GLANCES - index) * step, GLANCE_BYTES).ok()?;
            let start = memchr::memchr(b'\n', &piece)? + 1;
            let end = memchr::memrchr(b'\n', &piece)? + 1;
            (start < end).then(|| piece.slice(start..end))
        };
        (1..=GLANCES).filter_map(piece).collect()
    }

    /// The first bytes as stored, up to 16. Leaves a stream readable from its start.
    pub(crate) fn magic(&self) -> Result<Vec<u8>> {
        self.start(16)
    }

    /// The first bytes as stored, at most `most`. Leaves a stream readable from its start.
    fn start(&self, most: usize) -> Result<Vec<u8>> {
        let mut start = Vec::new();
        let read = match &self.kind {
            Kind::Stream(stream, _) => {
                let mut stream = stream.lock().unwrap_or_else(PoisonError::into_inner);
                let Stream { head, rest, spooled } = &mut *stream;
                match spooled {
                    Some(blob) => blob.reader().take(most as u64).read_to_end(&mut start),
                    None => {
                        let missing = most.saturating_sub(head.len()) as u64;
                        let read = rest.as_mut().map_or(Ok(0), |rest| rest.take(missing).read_to_end(head));
                        start.extend_from_slice(&head[..head.len().min(most)]);
                        read
                    }
                }
            }
            _ => self.open_raw()?.take(most as u64).read_to_end(&mut start),
        };
        read.map_err(|error| self.open_error(error))?;
        Ok(start)
    }

    /// The same source for another run, which knows nothing of the runs before.
    pub(crate) fn anew(self) -> Self {
        match self.kind {
            Kind::Path(path, _) => Source { kind: Kind::Path(path, Arc::default()), ..self },
            _ => self,
        }
    }

    /// A file, and whether it is a regular one. It may grow, but what was seen of it must still be there.
    fn opened(&self, path: &Path, longest: &AtomicU64) -> Result<(File, bool)> {
        let file = File::open(path).map_err(|error| self.open_error(error))?;
        let meta = file.metadata().map_err(|error| self.open_error(error))?;
        if meta.is_dir() {
            return Err(Error::usage("is a directory").in_source(self.name()));
        }
        let before = longest.fetch_max(meta.len(), Ordering::Relaxed);
        if meta.is_file() && meta.len() < before {
            return Err(self.open_error(shorter(before)));
        }
        Ok((file, meta.is_file()))
    }

    fn spool(&self, mut from: Box<dyn Read + Send>) -> Result<Blob> {
        let failed = |error| {
            Error::io("cannot keep the stream in a temporary file", error)
                .in_source(self.name())
                .with_hint("set TMPDIR to a folder with room")
        };
        let mut file = tempfile::tempfile().map_err(failed)?;
        let mut block = vec![0; 1 << 20];
        let mut byte = 0;
        loop {
            match from.read(&mut block) {
                Ok(0) => break,
                Ok(n) => {
                    file.write_all(&block[..n]).map_err(failed)?;
                    byte += n as u64;
                }
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return Err(read_error(error, byte).in_source(self.name())),
            }
        }
        Blob::file(file).map_err(failed)
    }

    fn open_error(&self, error: std::io::Error) -> Error {
        let is_link = || self.as_path().is_some_and(Path::is_symlink);
        match error.kind() {
            std::io::ErrorKind::NotFound if is_link() => Error::io("cannot open", error)
                .in_source(self.name())
                .with_hint("it is a link, and what it leads to is not there"),
            std::io::ErrorKind::NotFound | std::io::ErrorKind::PermissionDenied => {
                Error::io("cannot open", error).in_source(self.name())
            }
            _ => read_error(error, 0).in_source(self.name()),
        }
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Source({})", self.name)
    }
}

impl From<&str> for Source {
    fn from(path: &str) -> Self {
        if path == "-" { Source::stdin() } else { Source::path(path) }
    }
}
impl From<String> for Source {
    fn from(path: String) -> Self {
        path.as_str().into()
    }
}
impl From<&Path> for Source {
    fn from(path: &Path) -> Self {
        Source::path(path)
    }
}
impl From<PathBuf> for Source {
    fn from(path: PathBuf) -> Self {
        Source::path(path)
    }
}

/// Whether a path can be opened again and again, or tells what is wrong with it when it is opened.
fn is_regular(path: &Path) -> bool {
    std::fs::metadata(path).map_or(true, |meta| meta.is_file() || meta.is_dir())
}

/// What is wrong with a file that had more bytes when it was looked at.
fn shorter(bytes: u64) -> std::io::Error {
    std::io::Error::other(format!("the file became shorter while it was read: it had {bytes} bytes"))
}

/// An error met while reading, `byte` bytes into the (decompressed) source. Damage that a decompressor reports is
/// malformed input, not a failure of the disk.
pub(crate) fn read_error(error: std::io::Error, byte: u64) -> Error {
    if error.get_ref().is_some_and(|inner| inner.is::<Error>()) {
        let inner = error.into_inner().and_then(|inner| inner.downcast::<Error>().ok());
        return match inner {
            Some(ours) => ours.at_byte(byte),
            None => Error::internal("an error got lost"),
        };
    }
    Error::new(ErrorKind::Io, "cannot read").with_cause(error).at_byte(byte)
}
