//! Arrow batches → framed messages.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::framing::Framing;
use crate::column::proto::encode::Binder;
use crate::column::proto::encode::plan::MessagePlan;
use crate::column::proto::wire::push_delimited;
use crate::error::{Error, Result};
use crate::pipeline::{Batch, Encode, Encoded};
use crate::report::Report;
use crate::schema::proto::pool::Pool;

/// Encodes records as messages of one type.
pub struct Encoder {
    binder: Binder,
    framing: Framing,
    /// With [`Framing::Single`]: whether the one message was written.
    written: Arc<AtomicBool>,
}

impl Encoder {
    /// For a plan made with `pool`.
    pub fn new(pool: Pool, plan: MessagePlan, framing: Framing) -> Self {
        Encoder { binder: Binder::new(Arc::new(pool), plan), framing, written: Arc::default() }
    }

    /// With [`Framing::Single`]: becomes true with the one message.
    pub fn written(&self) -> Arc<AtomicBool> {
        self.written.clone()
    }
}

impl Encode for Encoder {
    type Piece = Vec<u8>;

    fn encode(&self, batches: &mut dyn Iterator<Item = Result<Batch>>) -> Result<Encoded<Vec<u8>>> {
        let mut piece = Vec::new();
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
                match self.framing {
                    Framing::Delimited => push_delimited(&mut piece, |out| message.write(row, out)),
                    Framing::Single => {
                        if self.written.swap(true, Ordering::Relaxed) {
                            return Err(Error::usage("framing=single holds one record, but there are more")
                                .with_hint("leave out --to-opt framing=single"));
                        }
                        message.write(row, &mut piece);
                    }
                }
                if piece.len() - start > i32::MAX as usize {
                    return Err(Error::limit("a message is longer than 2 GiB").at_record(records + row as u64));
                }
            }
            records += rows as u64;
        }
        report.records_out = records;
        Ok(Encoded { piece, report })
    }
}
