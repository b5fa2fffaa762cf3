//! The records of blocks, told apart by the schema: for runs that set bad records aside. Each becomes a block of its
//! own, not compressed, so that any number of them, behind a header, is a file.

use std::sync::Arc;

use super::codec::{Codec, Decompressor};
use super::decode::BlockDecode;
use super::header::Header;
use super::split::block_head;
use crate::column::avro::column::Context;
use crate::column::avro::cursor::Cursor;
use crate::column::avro::put;
use crate::column::avro::skip::skip;
use crate::error::{Error, Result};
use crate::pipeline::{Again, Cut, CutRecord, Cutter, Slice};

/// The sync marker of blocks that are made here.
const SYNC: [u8; 16] = *b"fmtconv rejects.";
/// Records that take no bytes cannot be bad; so many are not told apart.
const RECORDS_MAX: u64 = 1 << 24;

impl Cutter for BlockDecode {
    fn cut(&self, slice: &Slice) -> Result<Cut> {
        let limits = self.limits();
        let document = self.document();
        let context = Context { document, depth_max: limits.depth_max.saturating_add(1) };
        let mut decompressor = Decompressor::new(self.codec(), limits.record_bytes_max);
        let mut buffer = Vec::new();
        let mut bytes = Vec::with_capacity(slice.bytes.len());
        let mut records = Vec::new();
        let mut at = 0;
        let cut_off = || Error::malformed("the chunk ends in the middle of a block");
        while at < slice.bytes.len() {
            let rest = &slice.bytes[at..];
            let head = block_head(rest, limits.record_bytes_max)?.ok_or_else(cut_off)?;
            let stored = rest.get(head.len..head.len + head.size).ok_or_else(cut_off)?;
            let data = match self.codec() {
                Codec::Null => stored,
                _ => {
                    decompressor.decompress(stored, &mut buffer)?;
                    &buffer
                }
            };
            let behind = at + head.len + head.size + SYNC.len();
            if head.records > RECORDS_MAX {
                return Err(Error::limit(format!("a block of {} records", head.records)));
            }
            let mut cursor = Cursor::new(data);
            for _ in 0..head.records {
                let from = cursor.position();
                skip(&context, &document.root, &mut cursor, 0)?;
                let start = bytes.len();
                put::long(&mut bytes, 1);
                put::bytes(&mut bytes, cursor.since(from));
                bytes.extend_from_slice(&SYNC);
                records.push(CutRecord { start, end: bytes.len(), place: (at as u64, behind as u64), line: None });
            }
            if cursor.remaining() > 0 {
                return Err(Error::malformed("bytes are left behind the last record of a block"));
            }
            at = behind;
        }
        let metadata = [
            ("avro.codec".to_owned(), b"null".to_vec()),
            ("avro.schema".to_owned(), document.text.as_bytes().to_vec()),
        ];
        let head = Header::write(&metadata, &SYNC);
        Ok(Cut {
            bytes: bytes.into(),
            decode: Arc::new(self.uncompressed()),
            records,
            lines: 0,
            malformed_ends: false,
            again: Again { format: "avro", head, ..Again::default() },
        })
    }
}
