//! Batches to text.

use super::options::{Layout, WriteJson};
use super::pretty::push_pretty;
use crate::column::json::RecordWriter;
use crate::error::Result;
use crate::pipeline::{Batch, Encode, Encoded};
use crate::report::Report;

/// Writes records as lines or as elements of an array.
#[derive(Debug)]
pub struct Encoder {
    options: WriteJson,
    /// Records are bare values of the only column.
    bare: bool,
}

impl Encoder {
    pub(super) fn new(options: WriteJson, bare: bool) -> Self {
        Encoder { options, bare }
    }

    /// What goes before the first piece, between pieces, and behind the last.
    pub(super) fn frame(&self) -> (Vec<u8>, Vec<u8>, Vec<u8>) {
        match self.options.layout {
            Layout::Array if self.options.pretty => (b"[".to_vec(), b",".to_vec(), b"\n]\n".to_vec()),
            Layout::Array => (b"[".to_vec(), b",\n".to_vec(), b"]\n".to_vec()),
            Layout::Lines | Layout::Values => (Vec::new(), Vec::new(), Vec::new()),
        }
    }
}

impl Encode for Encoder {
    type Piece = Vec<u8>;

    /// CPU-bound; one growing buffer for the piece.
    fn encode(&self, batches: &mut dyn Iterator<Item = Result<Batch>>) -> Result<Encoded<Vec<u8>>> {
        let mut piece = Vec::new();
        let mut compact = Vec::new();
        let mut report = Report::default();
        let array = self.options.layout == Layout::Array;
        for batch in batches {
            let batch = batch?;
            let before = report.records_in;
            let writer = RecordWriter::new(&batch.records, &self.options.rules, self.bare)?;
            let rows = batch.records.num_rows();
            for row in 0..rows {
                if array {
                    piece.extend_from_slice(match (piece.is_empty(), self.options.pretty) {
                        (true, true) => b"\n",
                        (true, false) => b"",
                        (false, _) => b",\n",
                    });
                }
                let failed = |error: crate::Error| error.at_record(before + row as u64);
                if self.options.pretty {
                    compact.clear();
                    writer.push(&mut compact, row).map_err(failed)?;
                    push_pretty(&mut piece, &compact, usize::from(array));
                } else {
                    writer.push(&mut piece, row).map_err(failed)?;
                }
                if !array {
                    piece.push(b'\n');
                }
            }
            writer.losses(&mut report);
            report.merge(&batch.report);
            report.records_out += rows as u64;
        }
        Ok(Encoded { piece, report })
    }
}
