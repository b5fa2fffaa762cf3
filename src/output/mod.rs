//! Where bytes go: a file that appears only when it is complete, standard output, memory, or any writer.

pub mod compress;

use std::fmt;
use std::io::{self, Seek, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use sha2::{Digest as _, Sha256};

use crate::error::{Error, Result};
use crate::source::{Blob, Source};
use compress::OuterCompression;

/// A place for output. Nothing is touched before [`Output::open`].
pub struct Output {
    name: Arc<str>,
    target: Target,
    overwrite: bool,
    compression: Option<OuterCompression>,
    held: Option<Held>,
}

enum Target {
    Path(PathBuf),
    Memory(Memory),
    Writer(Box<dyn Write + Send>),
}

/// Shared bytes: what an [`Output::memory`] wrote, filled when the output is committed.
#[derive(Clone, Debug, Default)]
pub struct Memory(Arc<Mutex<Option<Vec<u8>>>>);

impl Memory {
    /// The bytes, once committed.
    pub fn take(&self) -> Option<Vec<u8>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl Output {
    /// A file: written under a temporary name beside it and renamed when complete. A path that exists and is not
    /// a regular file (a pipe, a device) is written directly.
    pub fn path(path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        Output {
            name: path.to_string_lossy().into(),
            target: Target::Path(path),
            overwrite: false,
            compression: None,
            held: None,
        }
    }
    /// Standard output: what was written before a failure stays written.
    pub fn stdout() -> Self {
        Self::writer("-", io::stdout())
    }
    /// Any writer, with a name for messages.
    pub fn writer(name: &str, writer: impl Write + Send + 'static) -> Self {
        Output {
            name: name.into(),
            target: Target::Writer(Box::new(writer)),
            overwrite: false,
            compression: None,
            held: None,
        }
    }
    /// Bytes in memory.
    pub fn memory() -> (Self, Memory) {
        let memory = Memory::default();
        let output = Output {
            name: "memory".into(),
            target: Target::Memory(memory.clone()),
            overwrite: false,
            compression: None,
            held: None,
        };
        (output, memory)
    }
    /// Allows replacing an existing file, also one that is written beside this output.
    pub fn overwrite(mut self, allowed: bool) -> Self {
        self.overwrite = allowed;
        self
    }
    /// Puts compression around the whole output.
    pub fn compressed(mut self, compression: Option<OuterCompression>) -> Self {
        self.compression = compression;
        self
    }
    /// Keeps what is committed from appearing until [`Held::publish`], so that it can be looked at before.
    pub(crate) fn hold(self) -> (Self, Held) {
        let held = Held::default();
        (Output { held: Some(held.clone()), ..self }, held)
    }
    /// Keeps a file that belongs to another output together with it.
    pub(crate) fn held_with(self, other: &OutputFile) -> Self {
        Output { held: other.held.clone(), ..self }
    }
    /// The compression around the whole output.
    pub fn compression(&self) -> Option<OuterCompression> {
        self.compression
    }
    /// The name for messages.
    pub fn name(&self) -> Arc<str> {
        self.name.clone()
    }
    /// The path, if it is a file.
    pub fn as_path(&self) -> Option<&Path> {
        match &self.target {
            Target::Path(path) => Some(path),
            _ => None,
        }
    }

    /// Another one of the same place, if it is a place that shows nothing of what is not complete: a file, or memory.
    /// Only one of them is to be committed.
    pub(crate) fn twin(&self) -> Option<Output> {
        let target = match &self.target {
            Target::Path(path) if std::fs::metadata(path).map_or(true, |meta| meta.is_file()) => {
                Target::Path(path.clone())
            }
            Target::Memory(memory) => Target::Memory(memory.clone()),
            Target::Path(_) | Target::Writer(_) => return None,
        };
        let Output { name, overwrite, compression, held, .. } = self;
        Some(Output {
            name: name.clone(),
            target,
            overwrite: *overwrite,
            compression: *compression,
            held: held.clone(),
        })
    }

    /// A file beside this one, called the same with `suffix` behind; `None` if this is no file.
    pub fn companion(&self, suffix: &str) -> Option<Output> {
        let mut path = self.as_path()?.as_os_str().to_owned();
        path.push(suffix);
        Some(Output::path(PathBuf::from(path)).overwrite(self.overwrite))
    }

    /// The file at `path` for the schema of this output. One that is there has that text already, or is replaced only
    /// if that was allowed of this output.
    ///
    /// # Errors
    /// `Usage` if there is another one.
    #[cfg(any(feature = "avro", feature = "protobuf"))]
    pub(crate) fn schema_file(&self, path: &Path, text: &[u8]) -> Result<Output> {
        let is_other = path.is_file() && std::fs::read(path).map_or(true, |there| there != text);
        if is_other && !self.overwrite {
            return Err(Error::usage("the schema file exists and has another text")
                .in_source(path.to_string_lossy())
                .with_hint("add --overwrite to replace it, or name another one"));
        }
        Ok(Output::path(path).overwrite(true))
    }

    /// Fails if [`Output::open`] would refuse: the path is a folder, or a file that may not be replaced. Asked before
    /// anything is read, so that nobody waits for a refusal.
    ///
    /// # Errors
    /// `Usage`.
    pub fn check(&self) -> Result<()> {
        let Target::Path(path) = &self.target else { return Ok(()) };
        match std::fs::metadata(path) {
            Ok(meta) if meta.is_dir() => Err(self.is_folder()),
            Ok(meta) if meta.is_file() && !self.overwrite => Err(Error::usage("the output exists")
                .in_source(self.name.clone())
                .with_hint("add --overwrite to replace it")),
            Err(_) if path.as_os_str().as_encoded_bytes().ends_with(b"/") => Err(self.is_folder()),
            Err(error) if error.kind() == io::ErrorKind::InvalidFilename => Err(self.is_too_long(error)),
            Err(_) if path.is_symlink() => {
                Err(Error::usage("the output is a link that leads to no file").in_source(self.name.clone()))
            }
            _ => Ok(()),
        }
    }

    fn is_too_long(&self, error: io::Error) -> Error {
        Error::io("cannot create", error)
            .in_source(self.name.clone())
            .with_hint("name a file with a shorter name: most file systems take 255 bytes")
    }

    fn is_folder(&self) -> Error {
        Error::usage("the output is a folder")
            .in_source(self.name.clone())
            .with_hint("name a file in it; or convert file by file into it: --out-dir DIR --to FORMAT")
    }

    /// Opens for writing.
    ///
    /// # Errors
    /// `Usage` if the file exists and may not be replaced; `Io`.
    pub fn open(self) -> Result<OutputFile> {
        self.check()?;
        let name = self.name.clone();
        let failed = |error| Error::io("cannot create", error).in_source(name.clone());
        let state = match self.target {
            Target::Memory(memory) => State::Memory(Vec::new(), memory),
            Target::Writer(writer) => State::writer(writer, self.held.is_some()).map_err(failed)?,
            Target::Path(path) => match std::fs::metadata(&path) {
                Ok(meta) if !meta.is_file() => {
                    let file = std::fs::OpenOptions::new().write(true).open(&path).map_err(failed)?;
                    State::writer(Box::new(file), self.held.is_some()).map_err(failed)?
                }
                meta => {
                    // A link keeps pointing where it points.
                    let path = if meta.is_ok() { std::fs::canonicalize(&path).map_err(failed)? } else { path };
                    let folder =
                        path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
                    let mut builder = tempfile::Builder::new();
                    // What is looked at before it appears may be told by its extension.
                    let suffix = match (&self.held, path.extension()) {
                        (Some(_), Some(extension)) => format!(".part.{}", extension.to_string_lossy()),
                        _ => ".part".to_owned(),
                    };
                    builder.prefix(".fmtconv-").suffix(&suffix);
                    #[cfg(unix)]
                    {
                        use std::os::unix::fs::PermissionsExt;
                        let mode = meta.map_or(0o666, |meta| meta.permissions().mode() & 0o7777);
                        builder.permissions(std::fs::Permissions::from_mode(mode));
                    }
                    // Without the temporary name, which means nothing to anyone.
                    let file = builder.tempfile_in(folder).map_err(|error| match error.kind() {
                        io::ErrorKind::NotFound => failed(io::Error::new(io::ErrorKind::NotFound, "no such folder"))
                            .with_hint(format!("make the folder first: mkdir -p {}", folder.display())),
                        kind => failed(error.raw_os_error().map_or(kind.into(), io::Error::from_raw_os_error)),
                    })?;
                    State::File { file, path, overwrite: self.overwrite }
                }
            },
        };
        Ok(OutputFile { name: self.name, state: Some(state), written: 0, hash: None, held: self.held })
    }
}

/// Bytes as hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Whether two paths name the same file, there or not.
pub(crate) fn is_same(one: &Path, other: &Path) -> bool {
    one == other
        || match (std::fs::canonicalize(one), std::fs::canonicalize(other)) {
            (Ok(one), Ok(other)) => one == other && one.is_file(),
            _ => false,
        }
}

impl fmt::Debug for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Output({})", self.name)
    }
}

/// An open output. Dropping it without [`OutputFile::commit`] leaves nothing behind (except on a pipe).
pub struct OutputFile {
    name: Arc<str>,
    state: Option<State>,
    written: u64,
    /// Of what was written so far, if that was asked for.
    hash: Option<Sha256>,
    held: Option<Held>,
}

enum State {
    File {
        file: tempfile::NamedTempFile,
        path: PathBuf,
        overwrite: bool,
    },
    Memory(Vec<u8>, Memory),
    Writer(Box<dyn Write + Send>),
    /// What will go to a writer once it is published.
    Spool(std::fs::File, Box<dyn Write + Send>),
}

impl State {
    fn writer(writer: Box<dyn Write + Send>, held: bool) -> io::Result<State> {
        Ok(if held { State::Spool(tempfile::tempfile()?, writer) } else { State::Writer(writer) })
    }

    /// Makes the output appear.
    fn publish(self) -> io::Result<()> {
        match self {
            State::Memory(bytes, memory) => {
                *memory.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(bytes);
                Ok(())
            }
            State::Writer(mut writer) => writer.flush(),
            State::Spool(mut file, mut writer) => {
                file.seek(io::SeekFrom::Start(0))?;
                io::copy(&mut file, &mut writer)?;
                writer.flush()
            }
            State::File { mut file, path, overwrite } => {
                file.flush()?;
                let persisted = if overwrite { file.persist(&path) } else { file.persist_noclobber(&path) };
                persisted.map(drop).map_err(|error| error.error)
            }
        }
    }
}

/// Outputs that are complete and have not appeared: the data, and the files that belong to it. Dropped unpublished,
/// they leave nothing behind.
#[derive(Clone, Default)]
pub(crate) struct Held(Arc<Mutex<Vec<Named>>>);

/// A file that is held, with the name of its output.
type Named = (Arc<str>, State);

impl Held {
    fn with<T>(&self, look: impl FnOnce(&mut Vec<Named>) -> T) -> T {
        look(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The bytes of the data, under the name of the output.
    ///
    /// # Errors
    /// `Io`; `Internal` before the output was committed.
    pub fn source(&self) -> Result<Source> {
        // The data are committed last.
        self.with(|held| {
            let (name, state) = held.last_mut().ok_or_else(|| Error::internal("an output was not committed"))?;
            let failed = |error| Error::io("cannot read the output back", error).in_source(name.clone());
            Ok(match state {
                State::Memory(bytes, _) => Source::bytes(name, bytes.clone()),
                State::Spool(file, _) => {
                    let file = file.try_clone().map_err(failed)?;
                    Source::blob_of(name.clone(), Blob::file(file).map_err(failed)?)
                }
                State::File { file, .. } => {
                    let file = file.reopen().map_err(failed)?;
                    Source::blob_of(name.clone(), Blob::file(file).map_err(failed)?)
                }
                State::Writer(_) => return Err(Error::internal("a stream cannot be held")),
            })
        })
    }

    /// The file that came with the data, under the name that it has for now.
    pub fn companion(&self) -> Option<PathBuf> {
        self.with(|held| match held.as_slice() {
            [(_, State::File { file, .. }), _] => Some(file.path().to_path_buf()),
            _ => None,
        })
    }

    /// Makes everything appear.
    ///
    /// # Errors
    /// `Io`.
    pub fn publish(&self) -> Result<()> {
        for (name, state) in self.with(std::mem::take) {
            state.publish().map_err(|error| Error::io("cannot write", error).in_source(name))?;
        }
        Ok(())
    }
}

impl OutputFile {
    /// Bytes written so far.
    pub fn written(&self) -> u64 {
        self.written
    }

    /// Has [`OutputFile::hash`] tell what will be written.
    pub(crate) fn hashing(&mut self) {
        self.hash.get_or_insert_default();
    }
    /// The SHA-256 of the bytes that were written, in hexadecimal digits.
    pub(crate) fn hash(&self) -> Option<String> {
        self.hash.clone().map(|hash| hex(&hash.finalize()))
    }

    /// Makes the output appear. Returns its bytes.
    ///
    /// # Errors
    /// `Io`; `Internal` if it was committed already.
    pub fn commit(&mut self) -> Result<u64> {
        let mut state = self.state.take().ok_or_else(|| Error::internal("an output was committed twice"))?;
        match &self.held {
            None => state.publish().map_err(|error| self.error(error))?,
            Some(held) => {
                if let State::File { file, .. } = &mut state {
                    file.flush().map_err(|error| self.error(error))?;
                }
                held.with(|held| held.push((self.name.clone(), state)));
            }
        }
        Ok(self.written)
    }

    /// An error met while writing this output.
    pub fn error(&self, error: io::Error) -> Error {
        Error::io("cannot write", error).in_source(self.name.clone())
    }
}

impl Write for OutputFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let n = match &mut self.state {
            // Past the temporary file, whose errors name it.
            Some(State::File { file, .. }) => file.as_file_mut().write(bytes)?,
            Some(State::Memory(memory, _)) => memory.write(bytes)?,
            Some(State::Writer(writer)) => writer.write(bytes)?,
            Some(State::Spool(file, _)) => file.write(bytes)?,
            None => return Err(io::Error::other("the output is committed")),
        };
        self.written += n as u64;
        if let Some(hash) = &mut self.hash {
            hash.update(&bytes[..n]);
        }
        Ok(n)
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.state {
            Some(State::File { file, .. }) => file.as_file_mut().flush(),
            Some(State::Writer(writer)) => writer.flush(),
            _ => Ok(()),
        }
    }
}
