//! Arrow columns → wire bytes. Deterministic: fields by number, map entries by key, shortest varints.

mod bind;
mod json;
mod messages;
mod pair;
pub mod plan;
mod values;
mod write;

use std::sync::Arc;

use arrow_array::RecordBatch;

use super::json::read::Reader;
use crate::column::json::ExtraKeys;
use crate::error::Result;
use crate::report::Report;
use crate::schema::proto::pool::Pool;
use bind::Bind;
pub use json::push as push_json;
use plan::MessagePlan;
pub use write::Message;

/// Levels of nesting of ProtoJSON text in a column.
const TEXT_DEPTH_MAX: usize = 1000;

/// Makes batches ready to be written as messages of one type.
#[derive(Debug)]
pub struct Binder {
    pool: Arc<Pool>,
    plan: MessagePlan,
    /// Reads columns of ProtoJSON text; only if there are any.
    reader: Option<Reader>,
}

impl Binder {
    /// For a plan made with `pool`.
    pub fn new(pool: Arc<Pool>, plan: MessagePlan) -> Self {
        let reader = plan.has_text().then(|| Reader::new(pool.clone(), ExtraKeys::Error, TEXT_DEPTH_MAX));
        Binder { pool, plan, reader }
    }

    /// The rows of a batch: all that can be wrong with them is looked for here.
    ///
    /// # Errors
    /// A value that its field cannot hold, with the record in the batch.
    pub fn bind(&self, records: &RecordBatch, report: &mut Report) -> Result<Message> {
        let schema = records.schema();
        let mut bind = Bind { pool: &self.pool, reader: self.reader.as_ref(), report, path: Vec::new() };
        bind.message(&self.plan, records.columns(), schema.fields(), None)
            .map_err(|fault| fault.error.at_record(fault.row as u64))
    }
}
