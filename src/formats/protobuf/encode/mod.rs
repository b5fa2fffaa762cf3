//! Arrow batches → wire bytes. Deterministic: fields by number, map entries by key, shortest varints.

mod bind;
mod json;
pub mod plan;
mod values;
mod write;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use arrow_array::RecordBatch;

use super::decode::Framing;
use super::wire::push_delimited;
use crate::error::{Error, Result};
use crate::pipeline::{Batch, Encode, Encoded};
use crate::report::Report;
use crate::schema::proto::pool::Pool;
use bind::Bind;
use plan::MessagePlan;

/// Encodes records as messages of one type.
pub struct Encoder {
    pool: Pool,
    plan: MessagePlan,
    framing: Framing,
    /// With [`Framing::Single`]: whether the one message was written.
    written: Arc<AtomicBool>,
}

impl Encoder {
    /// For a plan made with `pool`.
    pub fn new(pool: Pool, plan: MessagePlan, framing: Framing) -> Self {
        Encoder { pool, plan, framing, written: Arc::default() }
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
            let schema = batch.records.schema();
            let mut bind = Bind { pool: &self.pool, report: &mut report, path: Vec::new() };
            let message = bind
                .message(&self.plan, batch.records.columns(), schema.fields(), None)
                .map_err(|fault| fault.error.at_record(records + fault.row as u64))?;
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

    /// Values are checked when they are bound.
    fn check(&self, records: &RecordBatch) -> Result<()> {
        let schema = records.schema();
        let mut bind = Bind { pool: &self.pool, report: &mut Report::default(), path: Vec::new() };
        let bound = bind.message(&self.plan, records.columns(), schema.fields(), None);
        bound.map(drop).map_err(|fault| fault.error.at_record(fault.row as u64))
    }
}
