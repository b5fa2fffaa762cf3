//! Settings of the format.

use std::num::NonZeroUsize;

use arrow_schema::TimeUnit;
use parquet::basic::{BrotliLevel, Compression as Codec, Encoding, GzipLevel, ZstdLevel};
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterVersion};

use super::change::Intervals;
use super::chunk::Encodings;
use crate::error::{Error, Result};
use crate::format::{Compression, Setting, Settings, WriteOptions};
use crate::pipeline::Unit;

/// Rows of a row group, unless so many take too much memory.
const ROW_GROUP_ROWS: NonZeroUsize = NonZeroUsize::new(122_880).unwrap();
/// Bytes of a row group in memory, about, unless more rows are asked for.
const GROUP_BYTES: usize = 48 << 20;

/// Settings for reading.
pub(super) const READ: &[Setting] = &[
    Setting {
        name: "int96",
        values: "ns|us",
        default: "ns",
        about: "unit of INT96 timestamps; a value that does not fit stops the run",
    },
    Setting {
        name: "hints",
        values: "true|false",
        default: "true",
        about: "restore Arrow types from the hints in the file (ARROW:schema)",
    },
];

/// Settings for writing.
pub(super) const WRITE: &[Setting] = &[
    Setting {
        name: "row-group-rows",
        values: "N",
        default: "122880, fewer where they take more than 48 MiB in memory; lists and structs count twice",
        about: "rows of a row group",
    },
    Setting { name: "data-page-size", values: "BYTES", default: "1048576", about: "bytes of a data page, about" },
    Setting {
        name: "dictionary",
        values: "auto|true|false",
        default: "auto",
        about: "dictionaries: where they pay, wherever they fit, or nowhere",
    },
    Setting {
        name: "encoding",
        values: "auto|plain",
        default: "auto",
        about: "values outside of dictionaries: the encoding that makes the column smallest, and level 1 of zstd for 2 and 3 \
                or no compression where that costs next to nothing; or PLAIN, compressed as asked",
    },
    Setting {
        name: "dictionary-page-size",
        values: "BYTES",
        default: "1048576, or half of the values of a row group where that is more",
        about: "bytes of a dictionary at most",
    },
    Setting { name: "statistics", values: "none|chunk|page", default: "chunk", about: "minimum, maximum, null count" },
    Setting {
        name: "page-index",
        values: "true|false",
        default: "false",
        about: "write column and offset indexes (implies statistics=page)",
    },
    Setting { name: "bloom", values: "true|false", default: "false", about: "write Bloom filters" },
    Setting { name: "version", values: "1|2", default: "1", about: "format of data pages" },
    Setting {
        name: "hints",
        values: "true|false",
        default: "true",
        about: "write ARROW:schema, from which the exact Arrow types come back",
    },
    Setting {
        name: "interval",
        values: "group|parquet",
        default: "group",
        about: "intervals as a group, which holds all of them, or as INTERVAL: whole milliseconds, nothing below zero",
    },
];

/// What `--compression` may name.
pub(super) const CODECS: &[&str] = &["none", "snappy", "gzip", "brotli", "lz4", "zstd"];

/// How a file is read.
#[derive(Clone, Copy, Debug)]
pub(super) struct ReadSettings {
    /// Unit of INT96.
    pub int96: TimeUnit,
    /// Whether hints are followed.
    pub hints: bool,
}

impl ReadSettings {
    /// From `k=v`.
    pub fn new(settings: &Settings) -> Result<Self> {
        settings.check("parquet", READ)?;
        let int96 = match settings.get("int96") {
            None | Some("ns") => TimeUnit::Nanosecond,
            Some("us") => TimeUnit::Microsecond,
            Some(other) => return Err(Error::usage(format!("int96={other}: expected ns or us"))),
        };
        Ok(ReadSettings { int96, hints: settings.flag("hints", true)? })
    }
}

/// How a file is written.
pub(super) struct WriteSettings {
    /// Rows of a row group.
    pub unit: Unit,
    /// Whether ARROW:schema is written.
    pub hints: bool,
    /// Which encodings may be chosen.
    pub encodings: Encodings,
    /// All the rest.
    pub properties: WriterProperties,
}

impl WriteSettings {
    /// From the options.
    pub fn new(options: &WriteOptions) -> Result<Self> {
        let settings = &options.settings;
        settings.check("parquet", WRITE)?;
        let positive = |name: &str| -> Result<Option<NonZeroUsize>> { settings.parse(name, "a positive number") };
        let asked = positive("row-group-rows")?;
        let rows = asked.unwrap_or(ROW_GROUP_ROWS);
        let mut statistics = match settings.get("statistics") {
            None | Some("chunk") => EnabledStatistics::Chunk,
            Some("page") => EnabledStatistics::Page,
            Some("none") => EnabledStatistics::None,
            Some(other) => return Err(Error::usage(format!("statistics={other}: expected none, chunk or page"))),
        };
        let page_index = settings.flag("page-index", false)?;
        if page_index {
            if statistics == EnabledStatistics::None {
                return Err(Error::usage("page-index=true needs statistics"));
            }
            statistics = EnabledStatistics::Page;
        }
        let version = match settings.get("version") {
            None | Some("1") => WriterVersion::PARQUET_1_0,
            Some("2") => WriterVersion::PARQUET_2_0,
            Some(other) => return Err(Error::usage(format!("version={other}: expected 1 or 2"))),
        };
        let dictionary = match settings.get("dictionary") {
            None | Some("auto") => None,
            Some(_) => Some(settings.flag("dictionary", true)?),
        };
        let beyond_plain = match settings.get("encoding") {
            None | Some("auto") => true,
            Some("plain") => false,
            Some(other) => return Err(Error::usage(format!("encoding={other}: expected auto or plain"))),
        };
        let page = positive("data-page-size")?.map_or(1 << 20, NonZeroUsize::get);
        let dictionary_bytes = positive("dictionary-page-size")?.map(NonZeroUsize::get);
        let properties = match beyond_plain {
            true => WriterProperties::builder(),
            // The encoder of the crate, which writes what ours does not, has others by default in version 2.
            false => WriterProperties::builder().set_encoding(Encoding::PLAIN),
        };
        let properties = properties
            .set_created_by(concat!("fmtconv version ", env!("CARGO_PKG_VERSION")).to_owned())
            .set_compression(codec(options.compression.as_ref())?)
            .set_writer_version(version)
            .set_dictionary_enabled(dictionary.unwrap_or(true))
            .set_dictionary_page_size_limit(dictionary_bytes.unwrap_or(1 << 20))
            .set_data_page_size_limit(page)
            .set_statistics_enabled(statistics)
            .set_offset_index_disabled(!page_index)
            .set_bloom_filter_enabled(settings.flag("bloom", false)?)
            .set_max_row_group_row_count(Some(rows.get()));
        Ok(WriteSettings {
            unit: if asked.is_some() { Unit::Rows(rows) } else { Unit::AtMost { rows, bytes: GROUP_BYTES } },
            hints: hints(settings)?,
            encodings: Encodings { beyond_plain, dictionary, dictionary_bytes, only: None },
            properties: properties.build(),
        })
    }
}

/// Whether ARROW:schema is written.
pub(super) fn hints(settings: &Settings) -> Result<bool> {
    settings.flag("hints", true)
}

/// What intervals become.
pub(super) fn intervals(settings: &Settings) -> Result<Intervals> {
    match settings.get("interval") {
        None | Some("group") => Ok(Intervals::Group),
        Some("parquet") => Ok(Intervals::Native),
        Some(other) => Err(Error::usage(format!("interval={other}: expected group or parquet"))),
    }
}

fn codec(compression: Option<&Compression>) -> Result<Codec> {
    let Some(compression) = compression else { return Ok(Codec::ZSTD(zstd_level(None)?)) };
    let levels = match compression.codec.as_str() {
        "gzip" => Some(0..=9),
        "brotli" => Some(0..=11),
        "zstd" => Some(Compression::ZSTD_LEVELS),
        _ => None,
    };
    let known = CODECS.contains(&compression.codec.as_str()) || compression.codec == "lz4_raw";
    if !known {
        return Err(Error::usage(format!("parquet cannot compress with {:?}", compression.codec))
            .with_hint(format!("codecs: {}", CODECS.join(", "))));
    }
    let level = compression.level_of(levels)?;
    let unsigned = level.map(|level| level.unsigned_abs());
    let bad = |error| Error::usage(format!("compression {}", compression.codec)).with_cause(error);
    Ok(match compression.codec.as_str() {
        "snappy" => Codec::SNAPPY,
        "lz4" | "lz4_raw" => Codec::LZ4_RAW,
        "gzip" => Codec::GZIP(unsigned.map_or(Ok(GzipLevel::default()), GzipLevel::try_new).map_err(bad)?),
        "brotli" => Codec::BROTLI(unsigned.map_or(Ok(BrotliLevel::default()), BrotliLevel::try_new).map_err(bad)?),
        "zstd" => Codec::ZSTD(zstd_level(level)?),
        _ => Codec::UNCOMPRESSED,
    })
}

fn zstd_level(level: Option<i32>) -> Result<ZstdLevel> {
    ZstdLevel::try_new(level.unwrap_or(3)).map_err(|error| Error::usage("compression zstd").with_cause(error))
}
