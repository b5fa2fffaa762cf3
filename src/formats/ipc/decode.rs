//! From a record batch message to records, on any thread.

use std::collections::HashMap;
use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch};
use arrow_ipc::MessageHeader;
use arrow_ipc::reader::{RecordBatchDecoder, read_dictionary};
use arrow_schema::{DataType, Field, Schema, SchemaRef};

use super::endian::turned;
use super::message::{Framed, check_compression, check_sizes, guarded};
use crate::error::{Error, Origin, Result};
use crate::pipeline::{Batch, Batches, Chunk};

/// Dictionaries, and the byte order of bodies.
#[derive(Clone, Debug, Default)]
pub(super) struct Dictionaries {
    /// By id.
    pub by_id: HashMap<i64, ArrayRef>,
    /// Whether bodies are in the other byte order.
    pub turned: bool,
}

/// Adds the dictionary of a message: a new one, one in place of another, or more values for one (delta).
///
/// # Errors
/// `Malformed`; also if a dictionary would be replaced and may not be.
pub(super) fn add_dictionary(
    framed: &Framed,
    schema: &Schema,
    dictionaries: &mut Dictionaries,
    replaceable: bool,
) -> Result<()> {
    let message = framed.message()?;
    let located = |error: Error| error.at_byte(framed.byte);
    let bad = || located(Error::malformed("a dictionary message without a dictionary"));
    let batch = message.header_as_dictionary_batch().ok_or_else(bad)?;
    let data = batch.data().ok_or_else(bad)?;
    check_compression(&message).map_err(located)?;
    check_sizes(&data, &framed.body).map_err(located)?;
    if !replaceable && !batch.isDelta() && dictionaries.by_id.contains_key(&batch.id()) {
        return Err(located(Error::malformed("a file with two dictionaries for one column")));
    }
    let mut body = framed.body.clone();
    if dictionaries.turned {
        #[expect(deprecated, reason = "ids of dictionaries stand nowhere else")]
        let users = schema.fields_with_dict_id(batch.id());
        if let Some(DataType::Dictionary(_, value)) = users.first().map(|field| field.data_type()) {
            let field = Field::new("", value.as_ref().clone(), true);
            body = turned(std::iter::once(&field), &data, message.version(), &body).map_err(located)?;
        }
    }
    guarded("dictionary", || read_dictionary(&body, batch, schema, &mut dictionaries.by_id, &message.version()))
        .map_err(located)
}

/// One record batch message.
pub(super) struct BatchChunk {
    /// The message.
    pub framed: Framed,
    /// The schema of the stream or file.
    pub schema: SchemaRef,
    /// The dictionaries as they are at this message.
    pub dictionaries: Arc<Dictionaries>,
    /// Rows of a batch at most.
    pub batch_rows: usize,
    /// Name of the source.
    pub source: Arc<str>,
}

impl BatchChunk {
    fn records(&self) -> Result<RecordBatch> {
        let message = self.framed.message()?;
        let batch = match message.header_type() {
            MessageHeader::RecordBatch => message.header_as_record_batch(),
            other => return Err(Error::unsupported(format!("a message of type {other:?}"))),
        };
        let batch = batch.ok_or_else(|| Error::malformed("a record batch message without a record batch"))?;
        check_compression(&message)?;
        check_sizes(&batch, &self.framed.body)?;
        let (schema, version) = (self.schema.clone(), message.version());
        let mut body = self.framed.body.clone();
        if self.dictionaries.turned {
            body = turned(schema.fields().iter().map(|field| field.as_ref()), &batch, version, &body)?;
        }
        guarded("record batch", || {
            RecordBatchDecoder::try_new(&body, batch, schema, &self.dictionaries.by_id, &version)?.read_record_batch()
        })
    }
}

impl Chunk for BatchChunk {
    fn size(&self) -> usize {
        self.framed.len()
    }
    fn origin(&self) -> Origin {
        Origin { source: Some(self.source.clone()), byte: Some(self.framed.byte), ..Origin::default() }
    }
    fn decode(self: Box<Self>) -> Result<Batches> {
        let records = self.records().map_err(|error| error.at_byte(0))?;
        let (rows, step) = (records.num_rows(), self.batch_rows.max(1));
        let parts =
            (0..rows).step_by(step).map(move |first| Ok(Batch::new(records.slice(first, step.min(rows - first)))));
        Ok(Box::new(parts))
    }
}
