//! Settings of the format.

use std::num::NonZeroUsize;

use arrow_ipc::CompressionType;
use arrow_ipc::writer::IpcWriteOptions;
use arrow_schema::Schema;

use crate::error::{Error, Result};
use crate::format::{Compression, Setting, WriteOptions};
use crate::pipeline::Unit;
use crate::schema::width::rows_within;

/// Rows of a record batch at most, unless more are asked for.
const BATCH_ROWS: usize = 65_536;
/// Bytes of a record batch, about, unless more rows are asked for.
const BATCH_BYTES: usize = 24 << 20;

/// Settings for reading.
pub(super) const READ: &[Setting] = &[Setting {
    name: "layout",
    values: "file|stream",
    default: "detected",
    about: "detected from the first bytes, whatever is named here",
}];

/// Settings for writing.
pub(super) const WRITE: &[Setting] = &[
    Setting {
        name: "layout",
        values: "file|stream",
        default: "file; stream for .arrows",
        about: "with a footer for random access, or to be read from front to back",
    },
    Setting {
        name: "batch-rows",
        values: "N",
        default: "65536, fewer of wide records",
        about: "rows of a record batch",
    },
];

/// What `--compression` may name.
pub(super) const CODECS: &[&str] = &["none", "lz4", "zstd"];

/// File or stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Layout {
    /// Random access.
    File,
    /// Front to back.
    Stream,
}

/// How records are written.
#[derive(Clone, Debug)]
pub(super) struct WriteSettings {
    /// File or stream.
    pub layout: Layout,
    /// Rows of a record batch.
    pub unit: Unit,
    /// Whether bodies are compressed.
    pub is_compressed: bool,
    /// For the crate.
    pub ipc: IpcWriteOptions,
}

impl WriteSettings {
    /// From the options, for records of `schema`.
    pub fn new(options: &WriteOptions, schema: &Schema) -> Result<Self> {
        options.settings.check("arrow", WRITE)?;
        let layout = match options.settings.get("layout") {
            None | Some("file") => Layout::File,
            Some("stream") => Layout::Stream,
            Some(other) => return Err(Error::usage(format!("layout={other}: expected file or stream"))),
        };
        let asked: Option<NonZeroUsize> = options.settings.parse("batch-rows", "a positive number")?;
        let unit = match asked {
            Some(rows) => Unit::Rows(rows),
            None => Unit::AtMost { rows: rows_within(BATCH_BYTES, BATCH_ROWS, schema), bytes: BATCH_BYTES },
        };
        let (mut ipc, mut is_compressed) = (IpcWriteOptions::default(), false);
        if let Some(compression) = &options.compression {
            let (codec, levels) = match compression.codec.as_str() {
                "none" => (None, None),
                "lz4" => (Some(CompressionType::LZ4_FRAME), None),
                "zstd" => (Some(CompressionType::ZSTD), Some(Compression::ZSTD_LEVELS)),
                other => {
                    return Err(Error::usage(format!("Arrow IPC cannot compress with {other:?}"))
                        .with_hint(format!("codecs: {}", CODECS.join(", "))));
                }
            };
            let level = compression.level_of(levels)?;
            is_compressed = codec.is_some();
            let bad = |error| Error::usage("compression").with_cause(error);
            ipc = ipc.try_with_compression(codec).map_err(bad)?.try_with_compression_level(level).map_err(bad)?;
        }
        Ok(WriteSettings { layout, unit, is_compressed, ipc })
    }
}
