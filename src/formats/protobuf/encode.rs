//! Arrow batches → framed messages.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use arrow_array::RecordBatch;

use super::framing::{Envelope, Framing};
use crate::column::proto::encode::Binder;
use crate::column::proto::encode::plan::MessagePlan;
use crate::error::{Error, Result};
use crate::pipeline::{Batch, Encode, Encoded};
use crate::report::Report;
use crate::schema::proto::pool::Pool;

/// Encodes records as messages of one type.
pub struct Encoder {
    binder: Binder,
    framing: Framing,
    envelope: Option<Envelope>,
    /// With [`Framing::Single`]: whether the one message was written.
    written: Arc<AtomicBool>,
    /// Bytes of the last piece.
    piece_bytes: AtomicUsize,
}

impl Encoder {
    /// For a plan made with `pool`.
    pub fn new(pool: Pool, plan: MessagePlan, framing: Framing, envelope: Option<Envelope>) -> Self {
        let binder = Binder::new(Arc::new(pool), plan);
        Encoder { binder, framing, envelope, written: Arc::default(), piece_bytes: AtomicUsize::new(0) }
    }

    /// With [`Framing::Single`]: becomes true with the one message.
    pub fn written(&self) -> Arc<AtomicBool> {
        self.written.clone()
    }
}

impl Encode for Encoder {
    type Piece = Vec<u8>;

    fn encode_into(
        &self,
        mut piece: Vec<u8>,
        batches: &mut dyn Iterator<Item = Result<Batch>>,
    ) -> Result<Encoded<Vec<u8>>> {
        // Most pieces are about as long as the one before.
        let before = self.piece_bytes.load(Ordering::Relaxed);
        piece.reserve(before + before / 16);
        let mut width = 1;
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
                if self.framing == Framing::Single && self.written.swap(true, Ordering::Relaxed) {
                    return Err(Error::usage("framing=single holds one record, but there are more")
                        .with_hint("leave out --to-opt framing=single"));
                }
                self.framing.push(&mut piece, &mut width, |out| {
                    if let Some(envelope) = &self.envelope {
                        envelope.push(out);
                    }
                    message.write(row, out);
                });
                if piece.len() - start > i32::MAX as usize {
                    return Err(Error::limit("a message is longer than 2 GiB").at_record(records + row as u64));
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
