//! Batches to blocks: records row by row into a buffer, cut into blocks of about `block-bytes`, compressed here,
//! on the worker.

use arrow_array::RecordBatch;

use super::codec::{Codec, Compressor};
use crate::code::Code;
use crate::column::avro::bind::bind;
use crate::column::avro::put;
use crate::column::avro::write::{Place, UnknownSymbol};
use crate::error::Result;
use crate::pipeline::{Batch, Encode, Encoded};
use crate::report::Report;
use crate::schema::avsc::Document;

/// Encodes records into blocks of one file. CPU-bound; allocates once per column and batch.
pub(super) struct BlockEncode {
    pub(super) document: Document,
    pub(super) codec: Codec,
    pub(super) level: Option<i32>,
    pub(super) sync: [u8; 16],
    /// A block is closed after the record that brings it to this size, uncompressed.
    pub(super) block_bytes: usize,
    /// What becomes of text that is no symbol of its enum.
    pub(super) unknown_symbol: UnknownSymbol,
}

/// Records of a block at most: what is read back of records without bytes.
const BLOCK_RECORDS_MAX: u64 = super::decode::EMPTY_RECORDS_MAX;

impl BlockEncode {
    fn places<'a>(&'a self, batch: &'a RecordBatch) -> Result<Vec<(&'a str, Place<'a>)>> {
        let mut places = bind(&self.document, batch)?;
        if self.unknown_symbol != UnknownSymbol::Refuse {
            places.iter_mut().for_each(|(_, place)| place.set_unknown_symbols(self.unknown_symbol));
        }
        Ok(places)
    }

    /// Appends the records of a batch; `blocks` is closed where it is full.
    fn push(&self, batch: &RecordBatch, blocks: &mut Blocks, report: &mut Report) -> Result<()> {
        let places = self.places(batch)?;
        let mut scratch = Vec::new();
        for row in 0..batch.num_rows() {
            let (room, at) = blocks.room();
            let mut put = || places.iter().try_fold(at, |at, (_, place)| place.put(room, at, row, &mut scratch));
            match put() {
                Some(end) => blocks.len = end,
                None => {
                    // Too long for the room, or with a value that is refused or altered.
                    blocks.open.truncate(at);
                    for (name, place) in &places {
                        let written = place.write(row, &mut blocks.open);
                        written.map_err(|error| error.in_column(name).at_record(row as u64))?;
                    }
                    blocks.len = blocks.open.len();
                }
            }
            blocks.records += 1;
            if blocks.len >= self.block_bytes || blocks.records >= BLOCK_RECORDS_MAX {
                blocks.close(&self.sync)?;
            }
        }
        for (name, place) in &places {
            place.altered(name, &mut |path, count| {
                *report.losses.entry((Code::Enum, path.to_owned())).or_default() += count;
            });
        }
        Ok(())
    }
}

impl Encode for BlockEncode {
    type Piece = Vec<u8>;

    fn takes_views(&self) -> bool {
        true
    }

    fn encode_into(
        &self,
        piece: Vec<u8>,
        batches: &mut dyn Iterator<Item = Result<Batch>>,
    ) -> Result<Encoded<Vec<u8>>> {
        let mut report = Report::default();
        let mut blocks = Blocks {
            open: Vec::new(),
            len: 0,
            records: 0,
            compressor: Compressor::new(self.codec, self.level)?,
            out: piece,
        };
        for batch in batches {
            let Batch { records, report: read } = batch?;
            let before = report.records_in;
            self.push(&records, &mut blocks, &mut report).map_err(|error| error.shifted(before, 0, 0))?;
            report.merge(&read);
            report.records_out += records.num_rows() as u64;
        }
        blocks.close(&self.sync)?;
        Ok(Encoded { piece: blocks.out, report })
    }

    /// Written, but not compressed.
    fn check(&self, records: &RecordBatch) -> Result<()> {
        let places = self.places(records)?;
        let mut open = Vec::new();
        for row in 0..records.num_rows() {
            for (name, place) in &places {
                place.write(row, &mut open).map_err(|error| error.in_column(name).at_record(row as u64))?;
            }
            open.clear();
        }
        Ok(())
    }
}

/// Room that a record finds at least; a longer one may have to be written more slowly.
const LEAST: usize = 8 << 10;
/// Room made at once.
const ROOM: usize = 32 << 10;

/// The blocks of a piece.
struct Blocks {
    /// Records of the block that is not closed, and room for more.
    open: Vec<u8>,
    /// The length of those records.
    len: usize,
    records: u64,
    compressor: Compressor,
    out: Vec<u8>,
}

impl Blocks {
    /// Room for a record, and where in it.
    fn room(&mut self) -> (&mut [u8], usize) {
        if self.open.len() - self.len < LEAST {
            self.open.resize(self.len + ROOM, 0);
        }
        (&mut self.open, self.len)
    }

    fn close(&mut self, sync: &[u8; 16]) -> Result<()> {
        if self.records == 0 {
            return Ok(());
        }
        let data = self.compressor.compress(self.open.get(..self.len).unwrap_or_default())?;
        put::long(&mut self.out, self.records as i64);
        put::bytes(&mut self.out, data);
        self.out.extend_from_slice(sync);
        self.len = 0;
        self.records = 0;
        Ok(())
    }
}
