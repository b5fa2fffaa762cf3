//! From a record batch message to records, on any thread.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

use arrow_array::cast::AsArray;
use arrow_array::{ArrayRef, RecordBatch, RecordBatchOptions, UInt32Array};
use arrow_ipc::MessageHeader;
use arrow_ipc::reader::{RecordBatchDecoder, read_dictionary};
use arrow_schema::{DataType, Field, FieldRef, Fields, Schema, SchemaRef};
use arrow_select::take::take_record_batch;

use super::endian::turned;
use super::long;
use super::message::{Framed, check_compression, check_sizes, guarded};
use super::relaid::relaid;
use crate::code::Code;
use crate::column::{raw, strings};
use crate::error::{Error, ErrorKind, Origin, Result};
use crate::format::Limits;
use crate::pipeline::aside::{Rows, Table, shown};
use crate::pipeline::stages::first_null;
use crate::pipeline::{Batch, Batches, Chunk, Lookup, Records};

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

/// About how many bytes of records a chunk has: of a larger message, it is a range of the rows.
pub(super) const RANGE_BYTES: usize = 2 << 20;
/// Values of a part at most, about: those that take no bytes here may take some where they are written to.
pub(super) const RANGE_CELLS: usize = 1 << 20;
/// Parts of a message at most: how many rows it has is what it says itself.
const PARTS_MAX: usize = 1 << 15;
/// A batch of fewer rows costs more than it saves, unless they take many bytes.
const LEAST_ROWS: usize = 256;
const LEAST_ROWS_BYTES: usize = 32 << 20;
/// Texts of a larger message are not copied.
const COPIED_BYTES_MAX: usize = 16 << 20;

/// One record batch message. Decoded once, by whichever of its chunks comes first.
struct Message {
    framed: Framed,
    schema: SchemaRef,
    dictionaries: Arc<Dictionaries>,
    /// `None` inside: it cannot be decoded.
    records: OnceLock<Option<RecordBatch>>,
}

impl Message {
    fn records(&self) -> Result<RecordBatch> {
        let decoded = || match self.of_bytes() {
            Some(records) => Ok(records),
            None => self.decode(self.schema.clone()).or_else(|error| self.without_nulls(error)),
        };
        let decode = || decoded().map_err(|error| self.null_told(error));
        match self.records.get_or_init(|| decode().ok()) {
            Some(records) => Ok(records.clone()),
            // Once more, for the error.
            None => decode(),
        }
    }

    /// The records with columns of text that are read as bytes: text is looked at here faster than by the crate. `None`
    /// where there are none, or they are long, or the crate is to say what is wrong.
    fn of_bytes(&self) -> Option<RecordBatch> {
        let is_text = |field: &FieldRef| matches!(field.data_type(), DataType::Utf8 | DataType::LargeUtf8);
        let fields = self.schema.fields();
        if self.framed.len() > COPIED_BYTES_MAX || !fields.iter().any(is_text) {
            return None;
        }
        let opened = |field: &FieldRef| match is_text(field) {
            true => Arc::new(raw::bytes_field(field)),
            false => field.clone(),
        };
        let bytes = self.decode(Arc::new(Schema::new(fields.iter().map(opened).collect::<Fields>()))).ok()?;
        let text = |(column, field): (&ArrayRef, &FieldRef)| -> Option<ArrayRef> {
            match field.data_type() {
                DataType::Utf8 => Some(Arc::new(strings::of_bytes(column.as_binary::<i32>())?)),
                DataType::LargeUtf8 => Some(Arc::new(strings::of_bytes(column.as_binary::<i64>())?)),
                _ => Some(column.clone()),
            }
        };
        let columns = bytes.columns().iter().zip(fields).map(text).collect::<Option<_>>()?;
        let options = RecordBatchOptions::new().with_row_count(Some(bytes.num_rows()));
        RecordBatch::try_new_with_options(self.schema.clone(), columns, &options).ok()
    }

    /// The records where text that is not UTF-8 stands under nulls alone, or the error: the crate looks at these bytes,
    /// which may be any.
    #[cold]
    fn without_nulls(&self, error: Error) -> Result<RecordBatch> {
        if error.code() != Some(Code::Utf8) {
            return Err(error);
        }
        let bytes = self.undecoded()?;
        let all = bytes.batch(0..bytes.rows());
        all.map(|batch| batch.records).map_err(|_| error)
    }

    /// Where the error is a null in a field that has none by the schema, as other writers leave it in unions whose branches
    /// have some: the error of that value.
    #[cold]
    fn null_told(&self, error: Error) -> Error {
        if error.kind() != ErrorKind::Malformed {
            return error;
        }
        let fields: Fields = self.schema.fields().iter().map(|field| raw::open_field(field)).collect();
        match self.decode(Arc::new(Schema::new(fields))) {
            Ok(records) => refuse_nulls(&records, &self.schema).err().unwrap_or(error),
            Err(_) => error,
        }
    }

    /// The rows with bytes in place of text, and with whatever nulls there are.
    fn undecoded(&self) -> Result<Undecoded> {
        let opened = |field: &FieldRef| raw::open_field(&raw::bytes_field(field));
        let fields: Fields = self.schema.fields().iter().map(opened).collect();
        Ok(Undecoded { bytes: self.decode(Arc::new(Schema::new(fields)))?, schema: self.schema.clone() })
    }

    /// With `schema`, which has the layout of the schema of the message.
    fn decode(&self, schema: SchemaRef) -> Result<RecordBatch> {
        let metadata = relaid(&self.framed.metadata, &schema)?;
        let message = metadata.message()?;
        let batch = match message.header_type() {
            MessageHeader::RecordBatch => message.header_as_record_batch(),
            other => return Err(Error::unsupported(format!("a message of type {other:?}"))),
        };
        let batch = batch.ok_or_else(|| Error::malformed("a record batch message without a record batch"))?;
        check_compression(&message)?;
        check_sizes(&batch, &self.framed.body)?;
        let version = message.version();
        let mut body = self.framed.body.clone();
        if self.dictionaries.turned {
            body = turned(schema.fields().iter().map(|field| field.as_ref()), &batch, version, &body)?;
        }
        guarded("record batch", || {
            RecordBatchDecoder::try_new(&body, batch, schema, &self.dictionaries.by_id, &version)?.read_record_batch()
        })
    }

    /// Rows of each batch: so that they take about [`RANGE_BYTES`], and as many as it is worth to encode at a time if rows
    /// are long; `most` at most.
    fn batch_rows(&self, most: usize) -> usize {
        let (rows, bytes) = (self.rows().max(1), self.framed.len());
        let row = (bytes / rows).max(1);
        let equal = rows.div_ceil((bytes / RANGE_BYTES).max(1));
        equal.max(LEAST_ROWS.min(LEAST_ROWS_BYTES / row)).min(most).max(1)
    }

    /// Rows, as the message says.
    fn rows(&self) -> usize {
        let message = self.framed.message().ok();
        let batch = message.as_ref().and_then(|message| message.header_as_record_batch());
        batch.and_then(|batch| usize::try_from(batch.length()).ok()).unwrap_or(0)
    }
}

/// Fails for a null in a field that has none by `schema`.
fn refuse_nulls(records: &RecordBatch, schema: &SchemaRef) -> Result<()> {
    let columns: Vec<usize> = (0..schema.fields().len()).collect();
    match first_null(records, schema, &columns) {
        None => Ok(()),
        Some((row, path)) => {
            let error = Error::value(Code::Null, "null in a column that has none").in_column(&path);
            Err(error.as_it_stands().at_record(row as u64))
        }
    }
}

/// Values of so many rows.
pub(super) fn cells(rows: usize, schema: &Schema) -> usize {
    rows.saturating_mul(schema.fields().len().max(1))
}

/// Rows of a record batch message.
#[derive(Clone)]
pub(super) struct BatchChunk {
    message: Arc<Message>,
    /// Which of so many parts of equal length this is.
    part: (usize, usize),
    batch_rows: usize,
    record_bytes_max: usize,
    origin: Origin,
}

impl BatchChunk {
    /// The chunks of a message, in order: `schema` and `dictionaries` as they are at this message.
    pub fn cut(
        framed: Framed,
        schema: SchemaRef,
        dictionaries: Arc<Dictionaries>,
        limits: Limits,
        source: Arc<str>,
    ) -> impl Iterator<Item = Box<dyn Chunk>> {
        let whole = BatchChunk::whole(framed, schema, dictionaries, limits, source);
        let batches = whole.message.rows().div_ceil(whole.batch_rows);
        let cells = cells(whole.message.rows(), &whole.message.schema);
        let of_cells = (cells / RANGE_CELLS).min(PARTS_MAX);
        let parts = (whole.message.framed.len() / RANGE_BYTES).max(of_cells).clamp(1, batches.max(1));
        (0..parts).map(move |part| -> Box<dyn Chunk> { Box::new(BatchChunk { part: (part, parts), ..whole.clone() }) })
    }

    /// A message as one chunk.
    pub fn whole(
        framed: Framed,
        schema: SchemaRef,
        dictionaries: Arc<Dictionaries>,
        limits: Limits,
        source: Arc<str>,
    ) -> Self {
        let origin = Origin { source: Some(source), byte: Some(framed.byte), ..Origin::default() };
        let message = Message { framed, schema, dictionaries, records: OnceLock::new() };
        let batch_rows = message.batch_rows(limits.batch_rows);
        let record_bytes_max = limits.record_bytes_max;
        BatchChunk { message: Arc::new(message), part: (0, 1), batch_rows, record_bytes_max, origin }
    }
}

impl BatchChunk {
    /// Which of so many rows of the message are its own: whole batches, so that they are the same ones in however many
    /// parts.
    fn range(&self, rows: usize) -> Range<usize> {
        let (step, (part, parts)) = (self.batch_rows, self.part);
        let batches = rows.div_ceil(step);
        // The first parts have one more where they are not equal.
        let first = |part: usize| (batches / parts * part + part.min(batches % parts)).saturating_mul(step).min(rows);
        first(part)..first(part + 1)
    }
}

impl Chunk for BatchChunk {
    fn size(&self) -> usize {
        self.message.framed.len() / self.part.1
    }
    fn origin(&self) -> Origin {
        self.origin.clone()
    }
    fn decode(self: Box<Self>) -> Result<Batches> {
        let records = self.message.records().map_err(|error| error.at_byte(0))?;
        let (step, range) = (self.batch_rows, self.range(records.num_rows()));
        long::check(&records, range.clone(), self.record_bytes_max)?;
        let end = range.end;
        let slices = range.step_by(step).map(move |first| Ok(Batch::new(records.slice(first, step.min(end - first)))));
        Ok(Box::new(slices))
    }
    fn records(&self) -> Option<Lookup> {
        let (message, range) = (self.message.clone(), self.range(self.message.rows()));
        Some(Box::new(move || {
            let Undecoded { bytes, schema } = message.undecoded()?;
            let rows = range.len().min(bytes.num_rows().saturating_sub(range.start));
            let part = Undecoded { bytes: bytes.slice(range.start.min(bytes.num_rows()), rows), schema };
            let table: Box<dyn Table> = Box::new(part);
            Ok(Box::new(Rows::of(message.schema.clone(), [table])) as Box<dyn Records>)
        }))
    }
}

/// Rows whose text and nulls were not looked at.
struct Undecoded {
    bytes: RecordBatch,
    schema: SchemaRef,
}

impl Undecoded {
    /// Some of the rows and nothing else, not even in the children of lists.
    fn part(&self, rows: Range<usize>) -> Result<RecordBatch> {
        let index = |row: usize| u32::try_from(row).map_err(|_| Error::internal("a batch of more than 2^32 rows"));
        let indices: UInt32Array = rows.map(index).collect::<Result<Vec<_>>>()?.into();
        Ok(take_record_batch(&self.bytes, &indices)?)
    }

    fn column(&self, index: usize, part: &RecordBatch) -> Result<ArrayRef> {
        let field = self.schema.field(index);
        // The values of dictionaries were looked at when they came.
        raw::text(part.column(index), field.data_type()).map_err(|error| error.in_column(field.name()))
    }
}

/// A field of the type of its column.
fn typed_as((field, column): (&FieldRef, &ArrayRef)) -> Field {
    field.as_ref().clone().with_data_type(column.data_type().clone())
}

impl Table for Undecoded {
    fn rows(&self) -> usize {
        self.bytes.num_rows()
    }
    fn batch(&self, rows: Range<usize>) -> Result<Batch> {
        let part = self.part(rows)?;
        let columns = (0..part.num_columns()).map(|index| self.column(index, &part)).collect::<Result<Vec<_>>>()?;
        let fields: Vec<Field> = part.schema_ref().fields().iter().zip(&columns).map(typed_as).collect();
        let options = RecordBatchOptions::new().with_row_count(Some(part.num_rows()));
        let opened = RecordBatch::try_new_with_options(Arc::new(Schema::new(fields)), columns, &options)?;
        refuse_nulls(&opened, &self.schema)?;
        let columns = opened.columns().iter().zip(self.schema.fields());
        let columns = columns.map(|(column, field)| raw::declared(column, field.data_type())).collect::<Result<_>>()?;
        Ok(Batch::new(RecordBatch::try_new_with_options(self.schema.clone(), columns, &options)?))
    }
    /// What is not text is shown as bytes.
    fn shown(&self, row: usize) -> String {
        let shown = || -> Result<String> {
            let part = self.part(row..row + 1)?;
            let (fields, columns): (Vec<Field>, Vec<ArrayRef>) = (0..part.num_columns())
                .map(|index| match self.column(index, &part) {
                    Ok(column) => (typed_as((&part.schema_ref().fields()[index], &column)), column),
                    Err(_) => (part.schema_ref().field(index).clone(), part.column(index).clone()),
                })
                .unzip();
            Ok(shown(&RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)?, 0))
        };
        shown().unwrap_or_else(|_| "{}".to_owned())
    }
}
