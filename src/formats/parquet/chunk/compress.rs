//! Compression of pages, with contexts that are used again.

use std::cell::RefCell;

use parquet::basic::{Compression, ZstdLevel};

use crate::error::{Error, Result};

/// How pages are compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Codec {
    /// Not at all.
    None,
    /// Snappy, without frames.
    Snappy,
    /// LZ4, without frames.
    Lz4,
    /// Zstandard at a level.
    Zstd(i32),
}

thread_local! {
    /// The Zstandard context of this thread, and the level it was last used with.
    static ZSTD: RefCell<Option<(i32, zstd::bulk::Compressor<'static>)>> = const { RefCell::new(None) };
}

impl Codec {
    /// `None` for a codec that the crate has to do.
    pub fn new(compression: Compression) -> Option<Codec> {
        match compression {
            Compression::UNCOMPRESSED => Some(Codec::None),
            Compression::SNAPPY => Some(Codec::Snappy),
            Compression::LZ4_RAW => Some(Codec::Lz4),
            Compression::ZSTD(level) => Some(Codec::Zstd(level.compression_level())),
            _ => None,
        }
    }

    /// The name in the footer, which has no level.
    pub fn compression(self) -> Compression {
        match self {
            Codec::None => Compression::UNCOMPRESSED,
            Codec::Snappy => Compression::SNAPPY,
            Codec::Lz4 => Compression::LZ4_RAW,
            Codec::Zstd(level) => Compression::ZSTD(ZstdLevel::try_new(level).unwrap_or_default()),
        }
    }

    /// `bytes`, compressed.
    pub fn compress(self, bytes: Vec<u8>) -> Result<Vec<u8>> {
        let failed = |error: std::io::Error| Error::internal("cannot compress").with_cause(error);
        match self {
            Codec::None => Ok(bytes),
            Codec::Snappy => snap::raw::Encoder::new()
                .compress_vec(&bytes)
                .map_err(|error| Error::internal("cannot compress").with_cause(error)),
            Codec::Lz4 => Ok(lz4_flex::block::compress(&bytes)),
            Codec::Zstd(level) => ZSTD.with_borrow_mut(|context| {
                let (last, compressor) = match context {
                    Some(context) => context,
                    none => none.insert((level, zstd::bulk::Compressor::new(level).map_err(failed)?)),
                };
                if *last != level {
                    compressor.set_compression_level(level).map_err(failed)?;
                    *last = level;
                }
                compressor.compress(&bytes).map_err(failed)
            }),
        }
    }
}
