//! The dialect of Protobuf: records are messages of a `.proto` schema, read and written by its JSON rules.
//!
//! Text becomes encoded messages, and these become columns, as in files of messages; and back.

use std::sync::Arc;

use arrow_schema::{Field, Schema, SchemaRef};

use super::cut;
use super::options::{Layout, ReadJson};
use super::records::Records;
use crate::code::Code;
use crate::column::json::{DEPTH_LIMIT, ExtraKeys, Leniency};
use crate::column::proto::ROOT;
use crate::column::proto::decode::message::Unknown;
use crate::column::proto::decode::{Rows, Target};
use crate::column::proto::encode::Binder;
use crate::column::proto::encode::plan;
use crate::column::proto::json::read::{Reader, Work};
use crate::column::proto::json::write::{Lost, Writer};
use crate::column::proto::wire::Cursor;
use crate::error::{Error, Result};
use crate::fit::Fit;
use crate::format::{Limits, ReadOptions, WriteOptions};
use crate::pipeline::keys::announced;
use crate::pipeline::{Batch, Batches, Cut, Cutter, Decode, Slice};
use crate::policy::Policy;
use crate::report::Report;
use crate::schema::proto::arrow::{carried, restore, schema_of};
use crate::schema::proto::generate::{Choices, generate};
use crate::schema::proto::load::{Loaded, load};
use crate::schema::proto::{original, settings};

/// Decodes slices of ProtoJSON. Cheap to clone.
#[derive(Clone)]
pub struct Decoder {
    inner: Arc<Inner>,
    layout: Layout,
}

struct Inner {
    reader: Reader,
    message: usize,
    target: Target,
    batch_rows: usize,
}

impl Decoder {
    /// For messages of the definition in the options, or of the one that the schema to read with carries.
    ///
    /// # Errors
    /// `Usage` without a definition; those of loading it.
    pub fn new(options: &ReadOptions, json: ReadJson, layout: Layout) -> Result<Self> {
        let Loaded { pool, message } = match (&options.definition, &options.schema) {
            (Some(definition), _) => load(definition)?,
            (None, Some(schema)) => {
                let (pool, message) = carried(schema).ok_or_else(no_schema)?;
                Loaded { pool, message }
            }
            (None, None) => return Err(no_schema()),
        };
        let read = settings::read_as(&options.settings)?;
        let (record, schema) = schema_of(&pool, message, read)?;
        let restored = restore(&pool, &record, schema.clone(), read);
        let (pool, schema) = (Arc::new(pool), Arc::new(schema));
        let extra_keys = match options.policies.get(Code::ExtraKey) {
            Some(Policy::Ignore) => ExtraKeys::Ignore,
            _ => json.rules.extra_keys,
        };
        let reader = Reader::new(pool.clone(), extra_keys, json.rules.depth_max);
        // JSON text has no fields outside the schema: their keys were judged before.
        // Nor is it nested deeper: how many messages a level of text takes is no matter.
        let target = Target::new(pool, record, schema, restored, Unknown::Error, json.rules.depth_max + 2);
        let target = target.letting(&options.policies);
        let batch_rows = options.limits.batch_rows.max(1);
        Ok(Decoder { inner: Arc::new(Inner { reader, message, target, batch_rows }), layout })
    }
}

fn no_schema() -> Error {
    Error::usage("dialect=protojson is read with a Protobuf schema")
        .with_hint("add --schema FILE.proto, with --message NAME if it has several messages")
}

impl Decode for Decoder {
    fn schema(&self) -> SchemaRef {
        self.inner.target.schema().clone()
    }

    fn decode(&self, slice: Slice) -> Result<Batches> {
        let records = Records::new(slice, self.layout, Leniency::default());
        let inner = self.inner.clone();
        let reading = Reading { inner, records, work: Work::default(), wire: Vec::new(), done: false };
        let target = &self.inner.target;
        Ok(announced(Box::new(reading), target.decoded(), target.schema()))
    }

    fn cutter(&self) -> Option<Arc<dyn Cutter>> {
        Some(Arc::new(self.clone()))
    }
}

impl Cutter for Decoder {
    fn cut(&self, slice: &Slice) -> Result<Cut> {
        cut::records(slice, self.layout, |layout| Arc::new(Decoder { layout, ..self.clone() }))
    }
}

/// An error of reading: of the policies that its code takes elsewhere, few alter values that are read.
fn as_read(error: Error) -> Error {
    match error.code() {
        Some(Code::ExtraKey) => error.with_ways(&[Policy::Ignore]),
        _ => error.as_it_stands(),
    }
}

struct Reading {
    inner: Arc<Inner>,
    records: Records,
    work: Work,
    /// The message at hand, encoded.
    wire: Vec<u8>,
    done: bool,
}

impl Reading {
    fn batch(&mut self) -> Result<Option<Batch>> {
        let inner = self.inner.clone();
        let mut rows = Rows::new(&inner.target);
        let start = self.records.position();
        let first = self.records.count();
        let mut failed = None;
        while rows.len() < inner.batch_rows {
            let Reading { records, work, wire, .. } = self;
            let read = records.next(&mut |cursor| {
                cursor.peek();
                let start = cursor.position();
                wire.clear();
                inner.reader.message(inner.message, cursor, wire, work)?;
                // A place in the encoded message is none in the text.
                rows.read(&mut Cursor::new(wire)).map_err(|error| error.at_byte(start as u64))
            });
            match read {
                Ok(true) => {}
                Ok(false) => {
                    self.done = true;
                    break;
                }
                Err(error) => {
                    failed = Some(error);
                    break;
                }
            }
        }
        let lines = self.records.lines(start, self.records.position());
        if rows.len() == 0 && lines == 0 && failed.is_none() {
            return Ok(None);
        }
        let (records, mut report) = rows.finish().map_err(|error| error.shifted(first, 0, 0))?;
        if let Some(error) = failed {
            return Err(error);
        }
        report.lines = lines;
        let ignored = std::mem::take(&mut self.work.ignored);
        if ignored > 0 {
            report.losses.insert((Code::ExtraKey, ROOT.to_owned()), ignored);
        }
        Ok(Some(Batch { records, report }))
    }
}

impl Iterator for Reading {
    type Item = Result<Batch>;

    fn next(&mut self) -> Option<Result<Batch>> {
        if self.done {
            return None;
        }
        let batch = self.batch().map_err(as_read).transpose();
        self.done |= !matches!(batch, Some(Ok(_)));
        batch
    }
}

/// What becomes of a field, given what becomes of it in plain JSON: where it came from a message, the schema with
/// which it is read again has all that the text does not say.
pub fn fit(plain: Fit, field: &Field, parents: &[&Field]) -> Fit {
    let of_message = parents.iter().copied().chain([field]).any(|field| field.metadata().contains_key("proto.number"));
    if !of_message {
        return plain;
    }
    let codes = plain.codes.iter().copied().filter(|code| !code.is_schema_level()).collect();
    Fit { codes, ..plain }
}

/// Writes records as ProtoJSON.
#[derive(Debug)]
pub struct Lines {
    message: usize,
    binder: Binder,
    writer: Writer,
    /// Columns whose names are not legal or not unique in the message.
    pub renamed: Vec<String>,
}

impl Lines {
    /// For the definition in the options, else the one that the records came with, else a generated one.
    ///
    /// # Errors
    /// Those of loading it; `Schema` if a column does not fit its field.
    pub fn new(schema: &Schema, options: &WriteOptions, drop_unknown: bool) -> Result<Self> {
        let (pool, message, renamed) = match (&options.definition, original(schema)) {
            (Some(definition), _) => {
                let Loaded { pool, message } = load(definition)?;
                (pool, message, Vec::new())
            }
            (None, Some((pool, message))) => (pool, message, Vec::new()),
            (None, None) => {
                let name = options.name.as_deref().unwrap_or("Record");
                let made = generate(schema, &Choices { hints: false, ..Choices::named(name) })?;
                (made.pool, made.message, made.renamed)
            }
        };
        let plan = plan::message(&pool, message, schema.fields())?;
        let pool = Arc::new(pool);
        let depth_max = options.depth_max.unwrap_or(Limits::default().depth_max).min(DEPTH_LIMIT);
        let writer = Writer::new(pool.clone(), drop_unknown, depth_max);
        Ok(Lines { message, binder: Binder::new(pool, plan), writer, renamed })
    }

    /// Calls `row` with the text of each record of a batch.
    ///
    /// # Errors
    /// What a field cannot hold or JSON cannot say, with the record in the batch.
    pub fn each(&self, batch: &Batch, report: &mut Report, mut row: impl FnMut(&[u8])) -> Result<()> {
        let message = self.binder.bind(&batch.records, report)?;
        let (mut wire, mut text, mut lost) = (Vec::new(), Vec::new(), Lost::default());
        for at in 0..batch.records.num_rows() {
            wire.clear();
            text.clear();
            message.write(at, &mut wire);
            self.writer
                .message(self.message, &wire, &mut text, &mut lost)
                .map_err(|error| error.without_byte().at_record(at as u64))?;
            row(&text);
        }
        if lost.unknown > 0 {
            *report.losses.entry((Code::UnknownField, ROOT.to_owned())).or_default() += lost.unknown;
        }
        Ok(())
    }
}
