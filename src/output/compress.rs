//! Outer compression of an output: each piece becomes a member (frame, stream) of its own, so workers compress in
//! parallel and the bytes do not depend on the number of threads. Every format here allows concatenation:
//! RFC 1952 §2.2 (gzip), RFC 8878 §3.1 (zstd), the xz and bzip2 tools, the LZ4 frame format.

#[cfg(not(feature = "compression"))]
use crate::error::Error;
use crate::error::Result;
pub use crate::source::decompress::OuterCodec;

/// A codec and its level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OuterCompression {
    /// The codec.
    pub codec: OuterCodec,
    /// The level; `None`: the codec's usual one.
    pub level: Option<i32>,
}

impl OuterCompression {
    /// The codec at its usual level.
    pub fn new(codec: OuterCodec) -> Self {
        OuterCompression { codec, level: None }
    }

    /// One member that holds `bytes`.
    #[cfg(feature = "compression")]
    pub fn compress(&self, bytes: &[u8]) -> Result<Vec<u8>> {
        use std::io::Write;

        use crate::error::Error;
        let failed = |error| Error::io("cannot compress", error);
        match self.codec {
            OuterCodec::Gzip => {
                let level = flate2::Compression::new(self.level.unwrap_or(6).clamp(0, 9) as u32);
                let mut encoder = flate2::write::GzEncoder::new(Vec::with_capacity(bytes.len() / 3), level);
                encoder.write_all(bytes).and_then(|()| encoder.finish()).map_err(failed)
            }
            OuterCodec::Zstd => zstd::bulk::compress(bytes, self.level.unwrap_or(3)).map_err(failed),
            OuterCodec::Bzip2 => {
                let level = bzip2::Compression::new(self.level.unwrap_or(9).clamp(1, 9) as u32);
                let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), level);
                encoder.write_all(bytes).and_then(|()| encoder.finish()).map_err(failed)
            }
            OuterCodec::Xz => {
                let mut encoder =
                    liblzma::write::XzEncoder::new(Vec::new(), self.level.unwrap_or(6).clamp(0, 9) as u32);
                encoder.write_all(bytes).and_then(|()| encoder.finish()).map_err(failed)
            }
            OuterCodec::Lz4 => {
                let mut encoder = lz4_flex::frame::FrameEncoder::new(Vec::new());
                encoder.write_all(bytes).map_err(failed)?;
                encoder.finish().map_err(|error| failed(std::io::Error::other(error)))
            }
        }
    }

    /// Without the feature: refused.
    #[cfg(not(feature = "compression"))]
    pub fn compress(&self, _bytes: &[u8]) -> Result<Vec<u8>> {
        Err(Error::unsupported(format!("{} compression is not part of this build", self.codec.extension())))
    }
}
