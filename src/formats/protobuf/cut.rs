//! The messages of a slice, told apart by their lengths: for runs that set bad records aside.

use std::sync::Arc;

use super::decode::{Decoder, Framing};
use super::wire::Cursor;
use crate::error::Result;
use crate::pipeline::{Again, Cut, CutRecord, Cutter, Slice};

impl Cutter for Decoder {
    fn cut(&self, slice: &Slice) -> Result<Cut> {
        let (framing, name) = match self.framing() {
            Framing::Delimited => (Framing::Delimited, "delimited"),
            Framing::Single => (Framing::Single, "single"),
        };
        let mut records = Vec::new();
        let mut push = |start: usize, end: usize| {
            records.push(CutRecord { start, end, place: (start as u64, end as u64), line: None });
        };
        match framing {
            Framing::Single => push(0, slice.bytes.len()),
            Framing::Delimited => {
                let mut cursor = Cursor::new(&slice.bytes);
                while !cursor.is_done() {
                    let start = cursor.position();
                    cursor.delimited()?;
                    push(start, cursor.position());
                }
            }
        }
        Ok(Cut {
            bytes: slice.bytes.clone(),
            decode: Arc::new(self.clone()),
            records,
            lines: 0,
            malformed_ends: framing == Framing::Delimited,
            again: Again {
                format: "protobuf",
                settings: vec![("framing", name.to_owned())],
                head: Vec::new(),
                end: Vec::new(),
            },
        })
    }
}
