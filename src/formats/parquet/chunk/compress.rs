//! Compression of pages, with contexts that are used again.

use std::cell::RefCell;
use std::io::Write;

use brotli::CompressorWriter;
use libdeflater::{CompressionLvl, Compressor};
use parquet::basic::{BrotliLevel, Compression, GzipLevel, ZstdLevel};

use crate::error::{Error, Result};
use crate::pipeline::spare::Spare;

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
    /// Deflate in the frame of gzip, at a level from 0 to 10.
    Gzip(u32),
    /// Brotli at a level from 0 to 11.
    Brotli(u32),
}

/// Bytes that Brotli looks back at, as a power of two: the most that every decoder takes.
const BROTLI_WINDOW: u32 = 22;
/// Bytes that Brotli takes in at a time.
const BROTLI_BUFFER: usize = 64 << 10;

thread_local! {
    /// The Zstandard context of this thread, and the level it was last used with.
    static ZSTD: RefCell<Option<(i32, zstd::bulk::Compressor<'static>)>> = const { RefCell::new(None) };
    /// The same of deflate.
    static GZIP: RefCell<Option<(u32, Compressor)>> = const { RefCell::new(None) };
}

impl Codec {
    /// `None` for a codec that the crate has to do.
    pub fn new(compression: Compression) -> Option<Codec> {
        match compression {
            Compression::UNCOMPRESSED => Some(Codec::None),
            Compression::SNAPPY => Some(Codec::Snappy),
            Compression::LZ4_RAW => Some(Codec::Lz4),
            Compression::ZSTD(level) => Some(Codec::Zstd(level.compression_level())),
            Compression::GZIP(level) => Some(Codec::Gzip(level.compression_level())),
            Compression::BROTLI(level) => Some(Codec::Brotli(level.compression_level())),
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
            Codec::Gzip(level) => Compression::GZIP(GzipLevel::try_new(level).unwrap_or_default()),
            Codec::Brotli(level) => Compression::BROTLI(BrotliLevel::try_new(level).unwrap_or_default()),
        }
    }

    /// `bytes`, compressed, in a buffer from `spare`, where that of `bytes` goes.
    pub fn compress(self, bytes: Vec<u8>, spare: &Spare) -> Result<Vec<u8>> {
        if self == Codec::None {
            return Ok(bytes);
        }
        let compressed = self.compressed(&bytes, spare.take())?;
        spare.put(bytes);
        Ok(compressed)
    }

    /// `bytes`, compressed, in place of what is in `out`.
    fn compressed(self, bytes: &[u8], mut out: Vec<u8>) -> Result<Vec<u8>> {
        let failed = |error: std::io::Error| Error::internal("cannot compress").with_cause(error);
        out.clear();
        match self {
            Codec::None => out.extend_from_slice(bytes),
            Codec::Snappy => {
                out.resize(snap::raw::max_compress_len(bytes.len()), 0);
                let length = snap::raw::Encoder::new().compress(bytes, &mut out);
                out.truncate(length.map_err(|error| Error::internal("cannot compress").with_cause(error))?);
            }
            Codec::Lz4 => {
                out.resize(lz4_flex::block::get_maximum_output_size(bytes.len()), 0);
                let length = lz4_flex::block::compress_into(bytes, &mut out);
                out.truncate(length.map_err(|error| Error::internal("cannot compress").with_cause(error))?);
            }
            Codec::Zstd(level) => ZSTD.with_borrow_mut(|context| {
                let (last, compressor) = match context {
                    Some(context) => context,
                    none => none.insert((level, zstd::bulk::Compressor::new(level).map_err(failed)?)),
                };
                if *last != level {
                    compressor.set_compression_level(level).map_err(failed)?;
                    *last = level;
                }
                out.reserve(zstd::zstd_safe::compress_bound(bytes.len()));
                compressor.compress_to_buffer(bytes, &mut out).map(drop).map_err(failed)
            })?,
            Codec::Gzip(level) => GZIP.with_borrow_mut(|context| {
                if context.as_ref().is_none_or(|(last, _)| *last != level) {
                    let level_of = i32::try_from(level).ok().and_then(|level| CompressionLvl::new(level).ok());
                    let level_of = level_of.ok_or_else(|| Error::usage(format!("gzip has no level {level}")))?;
                    *context = Some((level, Compressor::new(level_of)));
                }
                let Some((_, compressor)) = context else { return Err(Error::internal("no context of gzip")) };
                out.resize(compressor.gzip_compress_bound(bytes.len()), 0);
                let length = compressor
                    .gzip_compress(bytes, &mut out)
                    .map_err(|error| Error::internal("cannot compress").with_cause(error))?;
                out.truncate(length);
                Ok(())
            })?,
            Codec::Brotli(level) => {
                let mut encoder = CompressorWriter::new(out, BROTLI_BUFFER, level, BROTLI_WINDOW);
                encoder.write_all(bytes).map_err(failed)?;
                out = encoder.into_inner();
            }
        }
        Ok(out)
    }
}
