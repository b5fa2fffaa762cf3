//! Wire bytes → Arrow columns: a message type is unfolded once into columns, and fields go straight into them.

mod bits;
mod column;
mod defaults;
mod finish;
mod json;
pub mod known;
pub mod message;
mod moments;

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::Relaxed;

use arrow_array::{RecordBatch, RecordBatchOptions};
use arrow_schema::SchemaRef;

use super::ROOT;
use super::fault::Fault;
use super::json::write::Writer;
use super::wire::Cursor;
use crate::code::Code;
use crate::column::keys;
use crate::column::repair::Repair;
use crate::column::restore::{self, Altering, Part};
use crate::error::Result;
use crate::policy::{Policies, Policy};
use crate::report::Report;
use crate::schema::proto::pool::Pool;
use crate::schema::proto::restore::Restored;
use crate::schema::proto::shape::{Record, Value};
use finish::Finish;
pub use json::push as push_json;
pub use message::Unknown;
use message::{Context, Messages};

/// What messages of one type are read into: made once, shared by all batches.
pub struct Target {
    record: Record,
    /// The columns that the fields give.
    natural: SchemaRef,
    /// The schema that readers announce.
    schema: SchemaRef,
    /// The schema of the batches, with wide keys of dictionaries, and how it comes from the columns if they are not the
    /// same.
    decoded: SchemaRef,
    parts: Option<Vec<Part>>,
    context: Context,
    unknown: Unknown,
    depth_max: usize,
    /// How large the batch before was: only a matter of how much room is made at once.
    sizes: Sizes,
    /// What becomes of text that is not UTF-8, if it is not refused.
    repair: Option<Repair>,
    /// Codes whose values become null.
    nulled: Vec<Code>,
    /// What is let through where a type was asked for.
    policies: Policies,
    /// Whether absent values are the declared defaults of their fields.
    fill: bool,
    /// Writes messages that become text; only if there are any.
    writer: Option<Writer>,
}

impl Target {
    /// The same, with text that is not UTF-8 made into text, each counted.
    pub fn repairing(self, repair: Option<Repair>) -> Self {
        Target { repair, ..self }
    }

    /// The same, with null for the dates and times that are refused with a code that `policies` lets through so, and with
    /// decimals of a type that was asked for altered as they say, each counted.
    pub fn letting(self, policies: &Policies) -> Self {
        let nulled = policies.iter().filter(|allowance| allowance.policy == Policy::Null);
        let nulled = nulled.map(|allowance| allowance.code).collect();
        Target { nulled, policies: policies.clone(), ..self }
    }

    /// The same, where numbers that a closed enum does not declare are unknown fields, if `strictly`.
    pub fn closing(mut self, strictly: bool) -> Self {
        self.context.closed_strictly = strictly;
        self.writer = self.writer.map(|writer| writer.closing(strictly));
        self
    }

    /// The same, with the declared defaults of their fields in the place of absent values.
    pub fn filling(self, fill: bool) -> Self {
        Target { fill, ..self }
    }

    /// For `record` of `pool`, whose fields give the columns of `natural`, of which hints make `restored`; messages are
    /// nested at most `depth_max` deep.
    pub fn new(
        pool: Arc<Pool>,
        record: Record,
        natural: SchemaRef,
        restored: Restored,
        unknown: Unknown,
        depth_max: usize,
    ) -> Self {
        let Restored { schema, parts, .. } = restored;
        let schema = Arc::new(schema);
        let (decoded, parts) = match keys::widened(&schema) {
            None => (schema.clone(), parts),
            Some(wide) => (wide, parts.map(|parts| parts.into_iter().map(Part::widened).collect())),
        };
        let writer = has_text(&record).then(|| Writer::new(pool.clone(), unknown == Unknown::Drop, depth_max));
        // The message itself is the first level.
        let mut context = Context::new(pool, unknown, depth_max.saturating_sub(1));
        context.prepare(&record);
        let bytes = record.slots.iter().map(|_| AtomicUsize::new(0)).collect();
        let sizes = Sizes { rows: AtomicUsize::new(0), bytes };
        Target {
            record,
            natural,
            schema,
            decoded,
            parts,
            context,
            unknown,
            depth_max,
            sizes,
            repair: None,
            nulled: Vec::new(),
            policies: Policies::default(),
            fill: false,
            writer,
        }
    }

    /// The schema that readers announce.
    pub fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// The schema of the batches: that one with wide keys of dictionaries.
    pub fn decoded(&self) -> &SchemaRef {
        &self.decoded
    }
}

/// Rows of a batch, and bytes of text by column.
struct Sizes {
    rows: AtomicUsize,
    bytes: Vec<AtomicUsize>,
}

impl Sizes {
    fn note(&self, rows: usize, messages: &Messages) {
        self.rows.store(rows, Relaxed);
        for (bytes, column) in self.bytes.iter().zip(&messages.columns) {
            bytes.store(column.bytes(), Relaxed);
        }
    }

    /// Room for as much, and a little more.
    fn reserve(&self, messages: &mut Messages) {
        let more = |size: &AtomicUsize| {
            let size = size.load(Relaxed);
            size + size / 16
        };
        let rows = more(&self.rows);
        for (bytes, column) in self.bytes.iter().zip(&mut messages.columns) {
            column.reserve(rows, more(bytes));
        }
    }
}

/// Whether a message inside becomes ProtoJSON text.
fn has_text(record: &Record) -> bool {
    record.slots.iter().any(|slot| match &slot.value {
        Value::Raw { json, .. } => *json,
        Value::Message(record) | Value::Group(record) => has_text(record),
        _ => false,
    })
}

/// Rows of a batch under construction.
pub struct Rows<'a> {
    target: &'a Target,
    context: Context,
    messages: Messages,
    rows: usize,
}

impl<'a> Rows<'a> {
    /// None yet.
    pub fn new(target: &'a Target) -> Self {
        let context = target.context.fresh();
        let mut messages = Messages::new(&target.record, &context);
        target.sizes.reserve(&mut messages);
        Rows { messages, target, context, rows: 0 }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.rows
    }

    /// Reads the message that goes to the end of the cursor.
    ///
    /// # Errors
    /// What is wrong with it, with the byte in the cursor's bytes; no row is added then.
    pub fn read(&mut self, cursor: &mut Cursor) -> Result<()> {
        let read = self.messages.read(self.rows, None, cursor, &mut self.context);
        if read.is_err() {
            // Half a row is there.
            self.messages.truncate(self.rows);
        }
        read?;
        self.rows += 1;
        Ok(())
    }

    /// The batch.
    ///
    /// # Errors
    /// What can only be seen in whole columns, with the record in the batch.
    pub fn finish(self) -> Result<(RecordBatch, Report)> {
        let Rows { target, context, messages, rows } = self;
        target.sizes.note(rows, &messages);
        let mut report = Report::read(rows as u64);
        if context.dropped > 0 {
            report.losses.insert((Code::UnknownField, ROOT.to_owned()), context.dropped);
        }
        let mut finish = Finish {
            report: &mut report,
            writer: target.writer.as_ref(),
            repair: target.repair,
            nulled: &target.nulled,
            fill: target.fill,
            unknown: target.unknown,
            // The record itself is the first level.
            depth: target.depth_max.saturating_sub(1),
        };
        let arrays = finish
            .messages(messages, rows, None, target.natural.fields(), "")
            .map_err(|Fault { row, error }| error.at_record(row as u64))?;
        let arrays = match &target.parts {
            None => arrays,
            Some(parts) => {
                let mut altering = Altering::new(&target.policies);
                let restored = restore::columns(parts, &arrays, rows, None, &mut altering);
                let restored = restored.map_err(|misfit| misfit.error.at_record(misfit.row as u64))?;
                for (place, count) in altering.altered {
                    *report.losses.entry(place).or_default() += count;
                }
                restored
            }
        };
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        Ok((RecordBatch::try_new_with_options(target.decoded.clone(), arrays, &options)?, report))
    }
}
