//! The members of a gzip file, one after the other, and the zero bytes behind the last one with which tapes and block
//! devices fill it up: gzip(1) takes no notice of them either. Anything else behind a member is an error.

use std::io::{self, BufRead, Read};

use flate2::bufread::GzDecoder;

/// The first byte of a member.
const MAGIC: u8 = 0x1f;

pub(super) struct Members<R: BufRead> {
    state: State<R>,
}

enum State<R: BufRead> {
    Inside(Box<GzDecoder<R>>),
    /// Behind a member.
    Between(R),
    /// Behind a zero: nothing may follow but zeros.
    Padding(R),
    Moving,
}

impl<R: BufRead> Members<R> {
    pub(super) fn new(raw: R) -> Self {
        Members { state: State::Inside(Box::new(GzDecoder::new(raw))) }
    }

    /// The state behind the member that was read to its end.
    fn leave(&mut self) {
        self.state = match std::mem::replace(&mut self.state, State::Moving) {
            State::Inside(member) => State::Between(member.into_inner()),
            other => other,
        };
    }

    /// The state behind what stands between members: another one, or padding.
    fn enter(&mut self, padding: bool) {
        self.state = match std::mem::replace(&mut self.state, State::Moving) {
            State::Between(raw) if padding => State::Padding(raw),
            State::Between(raw) => State::Inside(Box::new(GzDecoder::new(raw))),
            other => other,
        };
    }
}

impl<R: BufRead> Read for Members<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if into.is_empty() {
            return Ok(0);
        }
        loop {
            match &mut self.state {
                State::Inside(member) => match member.read(into)? {
                    0 => self.leave(),
                    count => return Ok(count),
                },
                State::Between(raw) => match raw.fill_buf()?.first() {
                    None => return Ok(0),
                    Some(0) => self.enter(true),
                    Some(&MAGIC) => self.enter(false),
                    Some(_) => {
                        return Err(io::Error::new(
                            io::ErrorKind::InvalidData,
                            "data that is not gzip behind the compressed data",
                        ));
                    }
                },
                State::Padding(raw) => {
                    let ahead = raw.fill_buf()?;
                    if ahead.is_empty() {
                        return Ok(0);
                    }
                    if ahead.iter().any(|byte| *byte != 0) {
                        return Err(io::Error::new(
                            io::ErrorKind::InvalidData,
                            "data behind the zeros that end the file",
                        ));
                    }
                    let count = ahead.len();
                    raw.consume(count);
                }
                State::Moving => return Err(io::ErrorKind::InvalidData.into()),
            }
        }
    }
}
