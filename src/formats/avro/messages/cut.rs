//! The messages of a slice, told apart: for runs that set bad records aside.

use std::sync::Arc;

use super::decode::MessageDecode;
use super::split::message;
use super::{Envelope, Framing};
use crate::error::{Error, Result};
use crate::pipeline::{Again, Cut, CutRecord, Cutter, Slice};

impl Cutter for MessageDecode {
    fn cut(&self, slice: &Slice) -> Result<Cut> {
        let (framing, bytes) = (self.framing(), &slice.bytes);
        let mut records = Vec::new();
        let mut lines = 0;
        let mut push = |start: usize, end: usize, line: Option<u64>| {
            records.push(CutRecord { start, end, place: (start as u64, end as u64), line });
        };
        match framing {
            Framing::Single => push(0, bytes.len(), None),
            Framing::Base64 | Framing::Hex => {
                let mut start = 0;
                while start < bytes.len() {
                    let end = memchr::memchr(b'\n', &bytes[start..]).map(|end| start + end);
                    let behind = end.map_or(bytes.len(), |end| end + 1);
                    let end = end.unwrap_or(bytes.len());
                    if !bytes[start..end].trim_ascii().is_empty() {
                        push(start, end, Some(lines));
                    }
                    lines += u64::from(behind > end);
                    start = behind;
                }
            }
            Framing::Concatenated | Framing::Delimited | Framing::U32Be | Framing::U32Le => {
                let mut start = 0;
                while start < bytes.len() {
                    let cut_off = || Error::malformed("the input ends inside a message");
                    let found =
                        message(framing, self.schemas(), self.limits(), &bytes[start..])?.ok_or_else(cut_off)?;
                    push(start, start + found.end, None);
                    start += found.end;
                }
            }
        }
        let envelope = match self.schemas().envelope() {
            Envelope::None => "none",
            Envelope::SingleObject => "single-object",
            Envelope::Confluent => "confluent",
        };
        let end = if framing.is_lines() { b"\n".to_vec() } else { Vec::new() };
        Ok(Cut {
            bytes: bytes.clone(),
            decode: Arc::new(self.clone()),
            records,
            lines,
            malformed_ends: !matches!(framing, Framing::Single | Framing::Concatenated),
            again: Again {
                format: "avro",
                settings: vec![("framing", framing.name().to_owned()), ("envelope", envelope.to_owned())],
                head: Vec::new(),
                end,
            },
        })
    }
}
