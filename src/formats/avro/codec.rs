//! Compression of blocks (specification, section Required Codecs and Optional Codecs).

use std::io::Read;

use crate::error::{Error, Result};
use crate::format::Compression;

/// How the blocks of a file are compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Codec {
    /// Not at all.
    Null,
    /// RFC 1951.
    Deflate,
    /// Snappy, and a CRC-32 of the uncompressed bytes behind it, big-endian.
    Snappy,
    /// RFC 8878.
    Zstandard,
    /// bzip2.
    Bzip2,
    /// xz.
    Xz,
}

/// What `--compression` may name.
pub(super) const NAMES: &[&str] = &["none", "snappy", "deflate", "zstd", "bzip2", "xz"];

impl Codec {
    /// The codec that a file header names; without one, none.
    pub(super) fn from_header(name: Option<&[u8]>) -> Result<Codec> {
        Ok(match name {
            None | Some(b"null" | b"") => Codec::Null,
            Some(b"deflate") => Codec::Deflate,
            Some(b"snappy") => Codec::Snappy,
            Some(b"zstandard") => Codec::Zstandard,
            Some(b"bzip2") => Codec::Bzip2,
            Some(b"xz") => Codec::Xz,
            Some(other) => {
                return Err(Error::unsupported(format!("codec {:?}", String::from_utf8_lossy(other)))
                    .with_hint("known codecs: null, deflate, snappy, zstandard, bzip2, xz"));
            }
        })
    }

    /// The codec of an option and its level; snappy if nothing is said.
    pub(super) fn from_option(option: Option<&Compression>) -> Result<(Codec, Option<i32>)> {
        let Some(option) = option else { return Ok((Codec::Snappy, None)) };
        let (codec, levels) = match option.codec.as_str() {
            "none" => (Codec::Null, None),
            "snappy" => (Codec::Snappy, None),
            "deflate" => (Codec::Deflate, Some(0..=12)),
            "zstd" => (Codec::Zstandard, Some(Compression::ZSTD_LEVELS)),
            "bzip2" => (Codec::Bzip2, Some(1..=9)),
            "xz" => (Codec::Xz, Some(0..=9)),
            other => {
                return Err(Error::usage(format!("avro has no compression {other:?}"))
                    .with_hint(format!("compressions of avro: {}", NAMES.join(", "))));
            }
        };
        Ok((codec, option.level_of(levels)?))
    }

    /// The name in a file header.
    pub(super) fn name(self) -> &'static str {
        match self {
            Codec::Null => "null",
            Codec::Deflate => "deflate",
            Codec::Snappy => "snappy",
            Codec::Zstandard => "zstandard",
            Codec::Bzip2 => "bzip2",
            Codec::Xz => "xz",
        }
    }
}

fn damaged(codec: Codec, cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
    Error::malformed(format!("the {} data of the block is damaged", codec.name())).with_cause(cause)
}

fn too_long(max: usize) -> Error {
    Error::limit(format!("a block of more than {max} bytes when decompressed"))
        .with_hint("raise the limit with --max-record-bytes")
}

/// Decompresses blocks; keeps its working memory between them.
pub(super) struct Decompressor {
    codec: Codec,
    max: usize,
    deflate: Option<libdeflater::Decompressor>,
    snappy: snap::raw::Decoder,
    zstd: Option<zstd::bulk::Decompressor<'static>>,
    /// Size of the block before: the first guess for the next.
    guess: usize,
}

impl Decompressor {
    /// Blocks may have `max` bytes when decompressed.
    pub(super) fn new(codec: Codec, max: usize) -> Self {
        Decompressor { codec, max, deflate: None, snappy: snap::raw::Decoder::new(), zstd: None, guess: 0 }
    }

    /// Puts the decompressed bytes of a block into `out`, replacing what was there.
    ///
    /// # Errors
    /// `Malformed` for damaged data, `Limit` for a block that grows beyond the limit.
    pub(super) fn decompress(&mut self, block: &[u8], out: &mut Vec<u8>) -> Result<()> {
        // What was there is written over where the length is known: making room anew would be filled with zeros first.
        match self.codec {
            Codec::Null => {
                out.clear();
                out.extend_from_slice(block);
            }
            Codec::Deflate => self.deflate(block, out)?,
            Codec::Snappy => self.snappy(block, out)?,
            Codec::Zstandard => self.zstandard(block, out)?,
            Codec::Bzip2 => self.read(bzip2::bufread::MultiBzDecoder::new(block), block.len(), out)?,
            Codec::Xz => {
                let memory = 256 << 20;
                let stream = liblzma::stream::Stream::new_stream_decoder(memory, liblzma::stream::CONCATENATED)
                    .map_err(|error| damaged(Codec::Xz, error))?;
                self.read(liblzma::bufread::XzDecoder::new_stream(block, stream), block.len(), out)?;
            }
        }
        self.guess = out.len();
        Ok(())
    }

    /// In one step, with the working memory of the blocks before, into room for twice the block before; if that is too
    /// little, or the data is damaged, piece by piece.
    fn zstandard(&mut self, block: &[u8], out: &mut Vec<u8>) -> Result<()> {
        let room = self.guess.saturating_mul(2).max(block.len().saturating_mul(4)).max(4096).min(self.max);
        if self.zstd.is_none() {
            self.zstd = zstd::bulk::Decompressor::new().ok();
        }
        if let Some(zstd) = &mut self.zstd {
            out.clear();
            out.reserve(room);
            if zstd.decompress_to_buffer(block, out).is_ok() && out.len() <= self.max {
                return Ok(());
            }
        }
        let reader =
            zstd::stream::read::Decoder::with_buffer(block).map_err(|error| damaged(Codec::Zstandard, error))?;
        self.read(reader, block.len(), out)
    }

    fn deflate(&mut self, block: &[u8], out: &mut Vec<u8>) -> Result<()> {
        use libdeflater::DecompressionError;
        let decompressor = self.deflate.get_or_insert_with(libdeflater::Decompressor::new);
        let mut room = self.guess.max(block.len().saturating_mul(4)).max(4096).min(self.max);
        loop {
            out.resize(room, 0);
            match decompressor.deflate_decompress(block, out) {
                Ok(len) => {
                    out.truncate(len);
                    return Ok(());
                }
                Err(DecompressionError::InsufficientSpace) if room >= self.max => return Err(too_long(self.max)),
                Err(DecompressionError::InsufficientSpace) => room = room.saturating_mul(2).min(self.max),
                Err(error @ DecompressionError::BadData) => return Err(damaged(Codec::Deflate, error)),
            }
        }
    }

    fn snappy(&mut self, block: &[u8], out: &mut Vec<u8>) -> Result<()> {
        let Some((data, crc)) = block.split_last_chunk::<4>() else {
            return Err(Error::malformed("a snappy block without its checksum"));
        };
        let len = snap::raw::decompress_len(data).map_err(|error| damaged(Codec::Snappy, error))?;
        if len > self.max {
            return Err(too_long(self.max));
        }
        // Snappy makes at most 64 bytes of 3: a longer claim is a lie, found out before memory is taken.
        if len / 32 > data.len() {
            return Err(Error::malformed(format!("a snappy block of {} bytes claims {len}", data.len())));
        }
        out.resize(len, 0);
        let len = self.snappy.decompress(data, out).map_err(|error| damaged(Codec::Snappy, error))?;
        out.truncate(len);
        let (found, claimed) = (crc32fast::hash(out), u32::from_be_bytes(*crc));
        if found != claimed {
            return Err(Error::malformed(format!(
                "the checksum of a snappy block is {found:08x}, the file says {claimed:08x}"
            )));
        }
        Ok(())
    }

    fn read(&self, reader: impl Read, compressed: usize, out: &mut Vec<u8>) -> Result<()> {
        out.clear();
        out.reserve(self.guess.max(compressed).min(self.max));
        let limit = self.max as u64 + 1;
        reader.take(limit).read_to_end(out).map_err(|error| damaged(self.codec, error))?;
        if out.len() > self.max { Err(too_long(self.max)) } else { Ok(()) }
    }
}

/// Compresses blocks; keeps its working memory between them.
pub(super) struct Compressor {
    codec: Codec,
    level: Option<i32>,
    deflate: Option<libdeflater::Compressor>,
    snappy: snap::raw::Encoder,
    zstd: Option<zstd::bulk::Compressor<'static>>,
    /// The compressed block, or room for one.
    room: Vec<u8>,
}

impl Compressor {
    pub(super) fn new(codec: Codec, level: Option<i32>) -> Result<Self> {
        let deflate = match codec {
            Codec::Deflate => {
                let level = libdeflater::CompressionLvl::new(level.unwrap_or(6))
                    .map_err(|_| Error::usage("deflate levels are 0 to 12"))?;
                Some(libdeflater::Compressor::new(level))
            }
            _ => None,
        };
        let zstd = match codec {
            Codec::Zstandard => {
                let made = zstd::bulk::Compressor::new(level.unwrap_or(3));
                Some(made.map_err(|error| Error::io("cannot compress", error))?)
            }
            _ => None,
        };
        Ok(Compressor { codec, level, deflate, snappy: snap::raw::Encoder::new(), zstd, room: Vec::new() })
    }

    /// The compressed bytes of a block.
    pub(super) fn compress<'a>(&'a mut self, block: &'a [u8]) -> Result<&'a [u8]> {
        let failed = |error| Error::io("cannot compress", error);
        let room = &mut self.room;
        let len = match self.codec {
            Codec::Null => return Ok(block),
            Codec::Deflate => {
                let Some(deflate) = &mut self.deflate else { return Err(Error::internal("no deflate compressor")) };
                make_room(room, deflate.deflate_compress_bound(block.len()));
                deflate.deflate_compress(block, room).map_err(|error| Error::internal("deflate").with_cause(error))?
            }
            Codec::Snappy => {
                make_room(room, snap::raw::max_compress_len(block.len()) + 4);
                let len = self
                    .snappy
                    .compress(block, room)
                    .map_err(|error| Error::limit("a block too long for snappy").with_cause(error))?;
                let crc = room.get_mut(len..).and_then(|rest| rest.first_chunk_mut());
                *crc.ok_or_else(|| Error::internal("no room for a checksum"))? = crc32fast::hash(block).to_be_bytes();
                len + 4
            }
            Codec::Zstandard => {
                let Some(zstd) = &mut self.zstd else { return Err(Error::internal("no zstd compressor")) };
                make_room(room, zstd::zstd_safe::compress_bound(block.len()));
                zstd.compress_to_buffer(block, &mut room[..]).map_err(failed)?
            }
            Codec::Bzip2 => {
                let level = bzip2::Compression::new(self.level.unwrap_or(9).clamp(1, 9) as u32);
                room.clear();
                bzip2::read::BzEncoder::new(block, level).read_to_end(room).map_err(failed)?
            }
            Codec::Xz => {
                let level = self.level.unwrap_or(6).clamp(0, 9) as u32;
                room.clear();
                liblzma::read::XzEncoder::new(block, level).read_to_end(room).map_err(failed)?
            }
        };
        self.room.get(..len).ok_or_else(|| Error::internal("a block longer than its room"))
    }
}

/// Makes `room` that long at least; what is there stays, so that nothing is filled with zeros twice.
fn make_room(room: &mut Vec<u8>, len: usize) {
    if room.len() < len {
        room.resize(len, 0);
    }
}
