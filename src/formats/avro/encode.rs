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

/// Records of a block at most: what readers take for records without bytes.
const BLOCK_RECORDS_MAX: u64 = 1 << 24;

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
        for row in 0..batch.num_rows() {
            for (name, place) in &places {
                if let Err(error) = place.write(row, &mut blocks.open) {
                    return Err(error.in_column(name).at_record(row as u64));
                }
            }
            blocks.records += 1;
            if blocks.open.len() >= self.block_bytes || blocks.records >= BLOCK_RECORDS_MAX {
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

    fn encode(&self, batches: &mut dyn Iterator<Item = Result<Batch>>) -> Result<Encoded<Vec<u8>>> {
        self.encode_into(Vec::new(), batches)
    }

    fn encode_into(
        &self,
        piece: Vec<u8>,
        batches: &mut dyn Iterator<Item = Result<Batch>>,
    ) -> Result<Encoded<Vec<u8>>> {
        let mut report = Report::default();
        let mut blocks = Blocks {
            open: Vec::with_capacity(self.block_bytes + self.block_bytes / 4),
            records: 0,
            compressor: Compressor::new(self.codec, self.level)?,
            data: Vec::new(),
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

/// The blocks of a piece.
struct Blocks {
    /// Records of the block that is not closed.
    open: Vec<u8>,
    records: u64,
    compressor: Compressor,
    data: Vec<u8>,
    out: Vec<u8>,
}

impl Blocks {
    fn close(&mut self, sync: &[u8; 16]) -> Result<()> {
        if self.records == 0 {
            return Ok(());
        }
        self.data.clear();
        self.compressor.compress(&self.open, &mut self.data)?;
        put::long(&mut self.out, self.records as i64);
        put::bytes(&mut self.out, &self.data);
        self.out.extend_from_slice(sync);
        self.open.clear();
        self.records = 0;
        Ok(())
    }
}
