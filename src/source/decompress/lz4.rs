//! The frames of an LZ4 file, one after the other. `lz4_flex` stops after one, takes an input that ends between two blocks
//! for whole, and refuses frames that are to be skipped.

use std::io::{self, BufRead, Chain, Cursor, ErrorKind, Read};

use lz4_flex::frame::FrameDecoder;

use super::{LEGACY_LZ4, skippable};

pub(super) struct Frames<R: BufRead> {
    state: State<R>,
}

enum State<R: BufRead> {
    Between(R),
    Inside(Box<FrameDecoder<Watched<Frame<R>>>>),
    /// In a frame that is skipped, with so many bytes to go.
    Skipping(R, u64),
    Moving,
}

/// The magic that told what kind of frame it is, and what follows it.
type Frame<R> = Chain<Cursor<[u8; 4]>, R>;

/// Knows whether more was asked for than there was: no frame that is whole asks for what is behind it.
struct Watched<R> {
    raw: R,
    ended: bool,
}

impl<R: Read> Read for Watched<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let n = self.raw.read(into)?;
        self.ended |= n == 0 && !into.is_empty();
        Ok(n)
    }
}

impl<R: BufRead> Frames<R> {
    pub(super) fn new(raw: R) -> Self {
        Frames { state: State::Between(raw) }
    }
}

/// The state in the frame that begins here.
fn enter<R: BufRead>(mut raw: R) -> io::Result<State<R>> {
    let mut magic = [0; 4];
    raw.read_exact(&mut magic)?;
    if skippable::is_magic(magic) {
        let mut length = [0; 4];
        raw.read_exact(&mut length)?;
        return Ok(State::Skipping(raw, u32::from_le_bytes(length).into()));
    }
    if magic == LEGACY_LZ4 {
        return Err(io::Error::new(ErrorKind::InvalidData, "a frame in the legacy format (lz4 -l)"));
    }
    let raw = Watched { raw: Cursor::new(magic).chain(raw), ended: false };
    Ok(State::Inside(Box::new(FrameDecoder::new(raw))))
}

impl<R: BufRead> Read for Frames<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if into.is_empty() {
            return Ok(0);
        }
        loop {
            match std::mem::replace(&mut self.state, State::Moving) {
                State::Between(mut raw) => {
                    if raw.fill_buf()?.is_empty() {
                        self.state = State::Between(raw);
                        return Ok(0);
                    }
                    self.state = enter(raw)?;
                }
                State::Skipping(raw, 0) => self.state = State::Between(raw),
                State::Skipping(mut raw, left) => {
                    let ahead = raw.fill_buf()?.len();
                    if ahead == 0 {
                        return Err(ErrorKind::UnexpectedEof.into());
                    }
                    let count = usize::try_from(left).map_or(ahead, |left| left.min(ahead));
                    raw.consume(count);
                    self.state = State::Skipping(raw, left - count as u64);
                }
                State::Inside(mut decoder) => match decoder.read(into)? {
                    0 if decoder.get_ref().ended => return Err(ErrorKind::UnexpectedEof.into()),
                    0 => self.state = State::Between(decoder.into_inner().raw.into_inner().1),
                    n => {
                        self.state = State::Inside(decoder);
                        return Ok(n);
                    }
                },
                State::Moving => return Err(ErrorKind::InvalidData.into()),
            }
        }
    }
}
