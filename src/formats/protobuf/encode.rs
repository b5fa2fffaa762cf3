//! Arrow batches → framed messages.

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use arrow_array::RecordBatch;

use super::framing::{Envelope, Framing};
use crate::column::proto::encode::Binder;
use crate::column::proto::encode::plan::MessagePlan;
use crate::column::proto::text::write::{Style, Writer};
use crate::column::proto::wire::push_behind_length;
use crate::column::text::rows;
use crate::error::{Error, Result};
use crate::pipeline::{Batch, Encode, Encoded};
use crate::report::Report;
use crate::schema::proto::pool::Pool;

/// Levels of nesting of a message in the text format.
const DEPTH_MAX: usize = 1000;

fn too_long() -> Error {
    Error::limit("a message is longer than 2 GiB")
}

/// Encodes records as messages of one type.
pub struct Encoder {
    binder: Binder,
    framing: Framing,
    envelope: Option<Envelope>,
    /// Of messages in the text format: what writes them, and their type.
    text: Option<(Writer, usize)>,
    /// With [`Framing::Single`]: whether the one message was written.
    written: Arc<AtomicBool>,
    /// Bytes of the last piece.
    piece_bytes: AtomicUsize,
}

impl Encoder {
    /// For a plan made with `pool` for one of its messages.
    pub fn new(pool: Pool, message: usize, plan: MessagePlan, framing: Framing, envelope: Option<Envelope>) -> Self {
        let pool = Arc::new(pool);
        let style = if framing.is_lines() { Style::Line } else { Style::Blocks };
        let text = framing.is_text().then(|| (Writer::new(pool.clone(), style, DEPTH_MAX), message));
        let binder = Binder::new(pool, plan);
        Encoder { binder, framing, envelope, text, written: Arc::default(), piece_bytes: AtomicUsize::new(0) }
    }

    /// Whether messages stand behind their lengths and nothing else.
    fn is_plain(&self) -> bool {
        self.framing == Framing::Delimited && self.envelope.is_none() && self.text.is_none()
    }

    /// The usual framing, into room that is there already.
    fn encode_plain(
        &self,
        mut piece: Vec<u8>,
        batches: &mut dyn Iterator<Item = Result<Batch>>,
    ) -> Result<Encoded<Vec<u8>>> {
        let mut report = Report::default();
        let (mut end, mut records) = (0, 0);
        // Bytes that the last length took.
        let width = Cell::new(1);
        for batch in batches {
            let batch = batch?;
            report.merge(&batch.report);
            let shifted = |error: Error| error.shifted(records, 0, 0);
            let message = self.binder.bind(&batch.records, &mut report).map_err(shifted)?;
            let mut messages = message.rows();
            let put = |room: &mut [u8], at: usize, row| {
                let (end, own) = messages.put_delimited(room, at, width.get(), row)?;
                width.set(own);
                Some(end)
            };
            let push = |out: &mut Vec<u8>, _, row| {
                push_behind_length(out, width.get(), |out| message.write(row, out));
                match out.len() > i32::MAX as usize {
                    true => Err(too_long().at_record(row as u64)),
                    false => Ok(()),
                }
            };
            let rows = batch.records.num_rows();
            rows::append(&mut piece, &mut end, rows, put, push).map_err(shifted)?;
            records += rows as u64;
        }
        piece.truncate(end);
        report.records_out = records;
        Ok(Encoded { piece, report })
    }

    /// With [`Framing::Single`]: becomes true with the one message.
    pub fn written(&self) -> Arc<AtomicBool> {
        self.written.clone()
    }
}

impl Encode for Encoder {
    type Piece = Vec<u8>;

    fn takes_views(&self) -> bool {
        true
    }

    fn writes_over(&self) -> bool {
        self.is_plain()
    }

    fn encode_into(
        &self,
        mut piece: Vec<u8>,
        batches: &mut dyn Iterator<Item = Result<Batch>>,
    ) -> Result<Encoded<Vec<u8>>> {
        if self.is_plain() {
            return self.encode_plain(piece, batches);
        }
        // Most pieces are about as long as the one before.
        let before = self.piece_bytes.load(Ordering::Relaxed);
        piece.reserve(before + before / 16);
        let mut width = 1;
        let mut encoded = Vec::new();
        let mut report = Report::default();
        let mut records: u64 = 0;
        for batch in batches {
            let batch = batch?;
            report.merge(&batch.report);
            let rows = batch.records.num_rows();
            let message =
                self.binder.bind(&batch.records, &mut report).map_err(|error| error.shifted(records, 0, 0))?;
            for row in 0..rows {
                let start = piece.len();
                if self.framing.is_one() && self.written.swap(true, Ordering::Relaxed) {
                    let name = self.framing.name();
                    return Err(Error::usage(format!("framing={name} holds one record, but there are more"))
                        .with_hint("write another framing: --to-opt framing=delimited, or text-lines"));
                }
                if let Some((writer, index)) = &self.text {
                    encoded.clear();
                    message.write(row, &mut encoded);
                    let mut written = Ok(());
                    self.framing.push(&mut piece, &mut width, |out| {
                        written = writer.message(*index, &encoded, out);
                    });
                    written.map_err(|error| error.without_byte().at_record(records + row as u64))?;
                    continue;
                }
                self.framing.push(&mut piece, &mut width, |out| {
                    if let Some(envelope) = &self.envelope {
                        envelope.push(out);
                    }
                    message.write(row, out);
                });
                if piece.len() - start > i32::MAX as usize {
                    return Err(too_long().at_record(records + row as u64));
                }
            }
            records += rows as u64;
        }
        report.records_out = records;
        self.piece_bytes.store(piece.len(), Ordering::Relaxed);
        Ok(Encoded { piece, report })
    }

    /// Values are checked when they are bound.
    fn check(&self, records: &RecordBatch) -> Result<()> {
        self.binder.bind(records, &mut Report::default()).map(drop)
    }
}
