//! Outer decompression: `.gz .zst .bz2 .xz .lz4`, detected by their magic, every member of a file.

#[cfg(feature = "compression")]
mod gzip;
#[cfg(feature = "compression")]
mod lz4;
pub(super) mod skippable;

use std::io::Read;

use crate::error::{Error, Result};

/// A compression around a whole file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OuterCodec {
    /// RFC 1952.
    Gzip,
    /// RFC 8878.
    Zstd,
    /// bzip2.
    Bzip2,
    /// xz.
    Xz,
    /// LZ4 frames.
    Lz4,
}

impl OuterCodec {
    /// All of them, with the extension of each.
    pub const ALL: &'static [(OuterCodec, &'static str)] = &[
        (OuterCodec::Gzip, "gz"),
        (OuterCodec::Zstd, "zst"),
        (OuterCodec::Bzip2, "bz2"),
        (OuterCodec::Xz, "xz"),
        (OuterCodec::Lz4, "lz4"),
    ];

    /// By file name extension, without the dot.
    pub fn by_extension(extension: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known)| known.eq_ignore_ascii_case(extension)).map(|(codec, _)| *codec)
    }

    /// The extension, which is also its name in messages.
    pub fn extension(self) -> &'static str {
        Self::ALL.iter().find(|(codec, _)| *codec == self).map_or("", |(_, extension)| extension)
    }
}

impl OuterCodec {
    /// Whether frames that are skipped are the same in both.
    pub(crate) fn shares_frames_with(self, other: Self) -> bool {
        [self, other].iter().all(|codec| matches!(codec, OuterCodec::Zstd | OuterCodec::Lz4))
    }

    /// Whether a file of which these are the first bytes (16, unless it is shorter) ends before it could say that it is
    /// of this codec.
    pub(crate) fn is_cut_in(self, head: &[u8]) -> bool {
        let magic: &[u8] = match self {
            OuterCodec::Gzip => &[0x1f, 0x8b, 8],
            OuterCodec::Zstd => &[0x28, 0xb5, 0x2f, 0xfd],
            OuterCodec::Bzip2 => b"BZh",
            OuterCodec::Xz => &[0xfd, b'7', b'z', b'X', b'Z', 0],
            OuterCodec::Lz4 => &[0x04, 0x22, 0x4d, 0x18],
        };
        // What follows these bytes in a whole file: a level, flags, the beginning of a block.
        const WHOLE_BYTES: usize = 10;
        let is_begun =
            head.len() < WHOLE_BYTES && (magic.starts_with(head) || head.starts_with(magic)) && detect(head).is_none();
        is_begun || matches!(self, OuterCodec::Zstd | OuterCodec::Lz4) && skippable::is_cut_in(head)
    }
}

/// The compression that the first bytes announce.
pub fn detect(head: &[u8]) -> Option<OuterCodec> {
    match head {
        [0x1f, 0x8b, 8, flags, ..] if flags & 0xe0 == 0 => Some(OuterCodec::Gzip),
        [0x28, 0xb5, 0x2f, 0xfd, ..] => Some(OuterCodec::Zstd),
        [b'B', b'Z', b'h', b'1'..=b'9', 0x31, 0x41, 0x59, 0x26, 0x53, 0x59, ..]
        | [b'B', b'Z', b'h', b'1'..=b'9', 0x17, 0x72, 0x45, 0x38, 0x50, 0x90, ..] => Some(OuterCodec::Bzip2),
        [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Some(OuterCodec::Xz),
        [0x04, 0x22, 0x4d, 0x18, ..] => Some(OuterCodec::Lz4),
        _ => None,
    }
}

/// How LZ4 files in the format before that of frames begin.
pub(super) const LEGACY_LZ4: [u8; 4] = [0x02, 0x21, 0x4c, 0x18];

/// The decompressed bytes of `raw`. Damage is an error whose cause is our own [`Error`] of kind `Malformed`.
#[cfg(feature = "compression")]
pub fn decompressed(codec: OuterCodec, raw: Box<dyn Read + Send>) -> Result<Box<dyn Read + Send>> {
    use std::io::BufReader;
    let raw = BufReader::with_capacity(256 << 10, Patient(raw));
    let inner: Box<dyn Read + Send> = match codec {
        OuterCodec::Gzip => Box::new(gzip::Members::new(raw)),
        OuterCodec::Zstd => {
            let decoder = zstd::stream::read::Decoder::with_buffer(raw);
            Box::new(decoder.map_err(|error| Error::io("cannot decompress", error))?)
        }
        OuterCodec::Bzip2 => Box::new(bzip2::bufread::MultiBzDecoder::new(raw)),
        OuterCodec::Xz => Box::new(liblzma::bufread::XzDecoder::new_multi_decoder(raw)),
        OuterCodec::Lz4 => Box::new(lz4::Frames::new(raw)),
    };
    Ok(Box::new(Checked { inner, codec }))
}

/// Without the feature: refused.
#[cfg(not(feature = "compression"))]
pub fn decompressed(codec: OuterCodec, _raw: Box<dyn Read + Send>) -> Result<Box<dyn Read + Send>> {
    Err(Error::unsupported(format!("{} compression is not part of this build", codec.extension()))
        .with_hint("build with --features compression"))
}

/// Tries again where a read was interrupted: not every decompressor goes on where it was.
#[cfg(feature = "compression")]
struct Patient(Box<dyn Read + Send>);

#[cfg(feature = "compression")]
impl Read for Patient {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        loop {
            match self.0.read(into) {
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                outcome => return outcome,
            }
        }
    }
}

/// Says that a decompressor's complaint is about the data.
#[cfg(feature = "compression")]
struct Checked {
    inner: Box<dyn Read + Send>,
    codec: OuterCodec,
}

#[cfg(feature = "compression")]
impl Read for Checked {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        use std::io::ErrorKind::{InvalidData, InvalidInput, Other, UnexpectedEof};
        self.inner.read(into).map_err(|error| match error.kind() {
            UnexpectedEof | InvalidData | InvalidInput | Other => {
                let cut = error.kind() == UnexpectedEof;
                let what = if cut { "data ends too early" } else { "data is damaged" };
                let ours = Error::malformed(format!("{} {what}", self.codec.extension())).with_cause(error);
                std::io::Error::other(if cut { ours.with_hint("the file may be cut off") } else { ours })
            }
            _ => error,
        })
    }
}

#[cfg(all(test, feature = "compression"))]
mod tests;
