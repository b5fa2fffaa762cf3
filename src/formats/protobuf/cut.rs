//! The messages of a slice, told apart by their lengths: for runs that set bad records aside.

use std::sync::Arc;

use super::decode::Decoder;
use crate::column::proto::wire::Cursor;
use crate::error::Result;
use crate::pipeline::{Again, Cut, CutRecord, Cutter, Slice};

impl Cutter for Decoder {
    fn cut(&self, slice: &Slice) -> Result<Cut> {
        let framing = self.framing();
        let mut records = Vec::new();
        let mut cursor = Cursor::new(&slice.bytes);
        loop {
            if cursor.is_done() && !(framing.is_one() && records.is_empty()) {
                break;
            }
            let start = cursor.position();
            let line = framing.skip(&mut cursor)?.len();
            let end = if framing.is_lines() { start + line } else { cursor.position() };
            records.push(CutRecord { start, end, place: (start as u64, end as u64), line: None });
        }
        Ok(Cut {
            bytes: slice.bytes.clone(),
            decode: Arc::new(self.clone()),
            records,
            lines: 0,
            malformed_ends: !framing.is_one(),
            again: Again {
                format: "protobuf",
                settings: vec![("framing", framing.name().to_owned())],
                head: Vec::new(),
                end: if framing.is_lines() { b"\n".to_vec() } else { Vec::new() },
            },
        })
    }
}
