//! Writing: row groups encoded on any thread, their columns side by side, and put into the file in order.

use std::io::{self, BufWriter, Write};
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::Int32Type;
use arrow_array::{Array, ArrayRef, NullArray, RecordBatch};
use arrow_schema::{DataType, Field, Fields, Schema, SchemaRef};
use parquet::arrow::arrow_writer::{ArrowColumnChunk, ArrowColumnWriter, ArrowRowGroupWriterFactory, compute_leaves};
use parquet::arrow::{ARROW_SCHEMA_META_KEY, ArrowSchemaConverter, encode_arrow_schema};
use parquet::basic::Encoding;
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::{SchemaDescriptor, TypePtr};
use rayon::prelude::*;

use super::bounds;
use super::change::{Change, ChangeKind, Intervals};
use super::chunk::{Buffers, EncodedChunk, FieldEncoder};
use super::footer::guarded;
use super::hint::{VARIANT, is_variant};
use super::interval;
use super::json;
use super::lower::{self, expanded};
use super::lower_schema::{LoweredSchema, lower_schema};
use super::options::WriteSettings;
use super::schema::{Annotations, LOGICAL_KEY, annotated};
use super::slots;
use crate::code::Code;
use crate::error::{Error, ErrorKind, Result};
use crate::format::WriteOptions;
use crate::output::{Output, OutputFile};
use crate::pipeline::{Batch, Encode, Encoded, Unit, Writer};
use crate::report::Report;

/// Bytes that are written at a time.
const BUFFER_BYTES: usize = 1 << 20;

/// Writes a Parquet file.
pub(super) struct ParquetWriter {
    file: Option<SerializedFileWriter<BufWriter<OutputFile>>>,
    name: Arc<str>,
    encoder: Arc<GroupEncoder>,
}

impl ParquetWriter {
    /// Plans the file and opens the output.
    pub fn create(output: Output, schema: &SchemaRef, options: &WriteOptions) -> Result<Self> {
        let intervals = super::options::intervals(&options.settings)?;
        let LoweredSchema { changes, schema: mut lowered, no_columns } = lower_schema(schema, intervals)?;
        let settings = WriteSettings::new(options)?;
        if !settings.hints {
            lowered = without_hints(&lowered);
        }
        let pairs = key_values(&lowered, settings.hints);
        let (lowered, root) = stored_schema(lowered, "schema")?;
        let mut properties = settings.properties.into_builder().set_key_value_metadata(pairs);
        if settings.hints {
            let columns = SchemaDescriptor::new(root.clone());
            for column in restored_dictionaries(lowered.fields()).filter_map(|index| columns.columns().get(index)) {
                properties = properties.set_column_encoding(column.path().clone(), Encoding::PLAIN);
            }
        }
        let properties = Arc::new(properties.build());

        let name = output.name();
        // The crate writes in small pieces.
        let output = BufWriter::with_capacity(BUFFER_BYTES, output.open()?);
        let file =
            SerializedFileWriter::new(output, root, properties.clone()).map_err(|error| write_error(error, &name))?;
        let lowered = Arc::new(lowered);
        let factory = ArrowRowGroupWriterFactory::new(&file, lowered.clone());
        let mut columns = file.schema_descr().columns();
        let buffers = Buffers::new(properties.data_page_size_limit());
        let own = lowered.fields().iter().map(|field| {
            let (mine, others) = columns.split_at(leaf_types(field.data_type()).len().min(columns.len()));
            columns = others;
            FieldEncoder::new(mine, field, &properties, settings.encodings, &buffers)
        });
        let own = own.collect();
        let encoder =
            GroupEncoder { factory, own, schema: lowered, changes, no_columns, intervals, unit: settings.unit };
        Ok(ParquetWriter { file: Some(file), name, encoder: Arc::new(encoder) })
    }
}

/// The schema that arrays are encoded with, and the one that the file has, called `name`.
pub(super) fn stored_schema(lowered: Schema, name: &str) -> Result<(Schema, TypePtr)> {
    let fields: Fields = lowered.fields().iter().map(|field| Arc::new(interval::physical(field))).collect();
    let lowered = Schema::new_with_metadata(fields, lowered.metadata);
    let root = guarded(|| {
        let converter = ArrowSchemaConverter::new().with_coerce_types(true).schema_root(name);
        let descriptor = converter
            .convert(&json::known(&lowered))
            .map_err(|error| Error::unsupported("the schema cannot be written as Parquet").with_cause(error))?;
        annotated(&descriptor, &annotations(lowered.fields()))
    })?;
    Ok((lowered, root))
}

/// The schema without what only we write.
fn without_hints(schema: &Schema) -> Schema {
    let strip = |field: &Arc<Field>| {
        let mut field = field.as_ref().clone();
        field.metadata_mut().retain(|key, _| !key.starts_with("fmtconv."));
        field
    };
    let fields: Vec<Field> = schema.fields().iter().map(strip).collect();
    let mut metadata = schema.metadata.clone();
    metadata.retain(|key, _| !key.starts_with("fmtconv."));
    Schema::new_with_metadata(fields, metadata)
}

/// `ARROW:schema`, and the metadata of the schema where every reader sees it. Sorted by key.
fn key_values(schema: &Schema, hints: bool) -> Option<Vec<KeyValue>> {
    let mut pairs: Vec<KeyValue> = (schema.metadata.iter())
        .filter(|(key, _)| *key != ARROW_SCHEMA_META_KEY)
        .map(|(key, value)| KeyValue::new(key.clone(), value.clone()))
        .collect();
    if hints {
        pairs.push(KeyValue::new(ARROW_SCHEMA_META_KEY.to_owned(), encode_arrow_schema(schema)));
    }
    (!pairs.is_empty()).then_some(pairs)
}

/// What the schema says about its columns beside their types.
fn annotations(fields: &Fields) -> Annotations {
    let mut found = Annotations::default();
    fields.iter().for_each(|field| annotations_of(field, &mut found));
    found
}

fn annotations_of(field: &Field, found: &mut Annotations) {
    match field.data_type() {
        DataType::Struct(fields) => {
            if field.extension_type_name() == Some(VARIANT) && is_variant(field.data_type()) {
                found.variants.push(found.leaves.len());
            }
            fields.iter().for_each(|child| annotations_of(child, found));
        }
        DataType::List(child)
        | DataType::LargeList(child)
        | DataType::ListView(child)
        | DataType::LargeListView(child)
        | DataType::FixedSizeList(child, _)
        | DataType::Map(child, _) => annotations_of(child, found),
        _ => found.leaves.push(field.metadata().get(LOGICAL_KEY).cloned()),
    }
}

/// The columns of the file that a hint tells readers to make dictionaries of. Arrow C++, and with it pyarrow, makes them of
/// dictionary pages and of `PLAIN` alone.
fn restored_dictionaries(fields: &Fields) -> impl Iterator<Item = usize> {
    let types = fields.iter().flat_map(|field| leaf_types(field.data_type())).enumerate();
    types.filter_map(|(index, leaf)| matches!(leaf, DataType::Dictionary(_, _)).then_some(index))
}

impl Writer for ParquetWriter {
    type Encoder = GroupEncoder;

    fn encoder(&self) -> Arc<GroupEncoder> {
        self.encoder.clone()
    }

    fn append(&mut self, piece: Vec<ColumnChunk>) -> Result<()> {
        if piece.is_empty() {
            return Ok(());
        }
        let name = self.name.clone();
        let file = self.file.as_mut().ok_or_else(|| Error::internal("the file is finished"))?;
        let write = || {
            let mut group = file.next_row_group()?;
            for column in piece {
                match column {
                    ColumnChunk::Own(EncodedChunk { bytes, close }) => group.append_column(&bytes, close)?,
                    ColumnChunk::Crate(chunk) => chunk.append_to_row_group(&mut group)?,
                }
            }
            group.close()
        };
        write().map(drop).map_err(|error| write_error(error, &name))
    }

    fn finish(&mut self) -> Result<u64> {
        let file = self.file.take().ok_or_else(|| Error::internal("the file is finished"))?;
        let mut output = file.into_inner().map_err(|error| match error {
            // What the crate's buffer could not write comes as text.
            ParquetError::General(_) => {
                Error::new(ErrorKind::Io, "cannot write").with_cause(error).in_source(self.name.clone())
            }
            other => write_error(other, &self.name),
        })?;
        output.flush().map_err(|error| output.get_ref().error(error))?;
        output.get_mut().commit()
    }
}

fn write_error(error: ParquetError, name: &Arc<str>) -> Error {
    match error {
        ParquetError::External(cause) => match cause.downcast::<io::Error>() {
            Ok(error) => Error::io("cannot write", *error).in_source(name.clone()),
            Err(cause) => Error::internal("cannot write").with_cause(cause).in_source(name.clone()),
        },
        other => Error::internal("cannot write").with_cause(other).in_source(name.clone()),
    }
}

/// A finished column chunk.
pub(super) enum ColumnChunk {
    /// Encoded here.
    Own(EncodedChunk),
    /// Encoded by the crate.
    Crate(ArrowColumnChunk),
}

/// Encodes row groups.
pub(super) struct GroupEncoder {
    factory: ArrowRowGroupWriterFactory,
    /// For each field an encoder, where it need not be the crate's.
    own: Vec<Option<FieldEncoder>>,
    schema: SchemaRef,
    changes: Vec<Change>,
    no_columns: bool,
    intervals: Intervals,
    unit: Unit,
}

impl GroupEncoder {
    /// A column of a batch with types that Parquet has. The row in an error counts in the batch.
    fn stored(&self, index: usize, array: &ArrayRef) -> Result<ArrayRef> {
        let Some(change) = self.changes.get(index) else { return Ok(array.clone()) };
        let field = self.schema.field(index);
        // Runs that the schema does not know of ([`Encode::takes_runs`]) stay runs where they are encoded here.
        let runs = array.as_run_opt::<Int32Type>().filter(|_| !is_runs(&change.arrow));
        let array = match (runs, self.own.get(index)) {
            (None, _) => array.clone(),
            (Some(_), Some(Some(_))) if matches!(change.kind, ChangeKind::Keep) => return Ok(array.clone()),
            (Some(runs), Some(Some(_))) => {
                let values = lower::column(change, runs.values()).map_err(|error| error.in_column(field.name()))?;
                return Ok(Arc::new(runs.with_values(values)));
            }
            (Some(_), _) => expanded(array)?,
        };
        let array = lower::column(change, &array).and_then(|array| match self.intervals {
            Intervals::Group => Ok(array),
            Intervals::Native => interval::stored(&array, field.data_type()),
        });
        let array = array.and_then(|array| slots::check(std::slice::from_ref(&array)).map(|()| array));
        array.map_err(|error| error.in_column(field.name()))
    }

    /// The batches, column by column: each can be encoded, and its memory given free, while others wait.
    fn columns(&self, batches: Vec<Batch>) -> Vec<Vec<ArrayRef>> {
        let mut columns = vec![Vec::with_capacity(batches.len()); self.schema.fields().len()];
        for Batch { records, .. } in batches {
            for (index, column) in columns.iter_mut().enumerate() {
                column.push(match self.changes.is_empty() {
                    true => Arc::new(NullArray::new(records.num_rows())) as ArrayRef,
                    false => records.column(index).clone(),
                });
            }
        }
        columns
    }

    /// One column of the schema: its batches lowered, levelled and encoded, leaf by leaf.
    fn column(&self, index: usize, arrays: Vec<ArrayRef>, writers: Vec<ArrowColumnWriter>) -> Result<Vec<ColumnChunk>> {
        match self.own.get(index) {
            Some(Some(encoder)) => self.own_column(index, arrays, encoder),
            _ => self.crate_column(index, arrays, writers),
        }
    }

    /// A column that is encoded here.
    fn own_column(&self, index: usize, arrays: Vec<ArrayRef>, encoder: &FieldEncoder) -> Result<Vec<ColumnChunk>> {
        let field = self.schema.field(index);
        let mut stored = Vec::with_capacity(arrays.len());
        let mut records = 0;
        for array in arrays {
            stored.push(self.stored(index, &array).map_err(|error| error.shifted(records, 0, 0))?);
            records += array.len() as u64;
        }
        let chunks = slots::check(&stored).and_then(|()| encoder.encode(field, &stored));
        let chunks = chunks.map_err(|error| error.in_column(field.name()))?;
        Ok(chunks.into_iter().map(ColumnChunk::Own).collect())
    }

    /// A column that the crate encodes.
    fn crate_column(
        &self,
        index: usize,
        arrays: Vec<ArrayRef>,
        mut writers: Vec<ArrowColumnWriter>,
    ) -> Result<Vec<ColumnChunk>> {
        let field = self.schema.field(index);
        let mut records = 0;
        for array in arrays {
            let stored = self.stored(index, &array).map_err(|error| error.shifted(records, 0, 0))?;
            let bad = |error: ParquetError| refused(error, field, &stored).shifted(records, 0, 0);
            let leaves = compute_leaves(field, &stored).map_err(bad)?;
            if leaves.len() != writers.len() {
                return Err(Error::internal("more leaves than columns").in_column(field.name()));
            }
            for (leaf, writer) in leaves.iter().zip(&mut writers) {
                writer.write(leaf).map_err(bad)?;
            }
            records += array.len() as u64;
        }
        let close = |writer: ArrowColumnWriter| {
            let bad = |error| Error::internal("cannot encode").with_cause(error).in_column(field.name());
            let mut chunk = writer.close().map_err(bad)?;
            bounds::check(chunk.close_mut()).map_err(bad)?;
            Ok(ColumnChunk::Crate(chunk))
        };
        writers.into_iter().map(close).collect()
    }
}

/// The crate refuses a null in a required column.
fn refused(error: ParquetError, field: &Field, array: &ArrayRef) -> Error {
    let text = error.to_string();
    if text.contains("null") {
        let row = array.logical_nulls().and_then(|nulls| (0..nulls.len()).find(|row| nulls.is_null(*row)));
        let error = Error::value(Code::Null, "null in a column that has none").in_column(field.name());
        return match row {
            Some(row) if !field.is_nullable() => error.at_record(row as u64),
            _ => error,
        };
    }
    Error::internal("cannot encode").with_cause(error).in_column(field.name())
}

impl Encode for GroupEncoder {
    /// Finished column chunks of one row group; none if it has no rows.
    type Piece = Vec<ColumnChunk>;

    fn unit(&self) -> Unit {
        self.unit
    }

    fn takes_dictionaries(&self) -> bool {
        self.own.iter().all(Option::is_some)
    }

    fn takes_runs(&self) -> bool {
        true
    }

    /// Levels stand beside each value.
    fn nested_cost(&self) -> usize {
        2
    }

    /// Lowered and levelled, but not encoded.
    fn check(&self, records: &RecordBatch) -> Result<()> {
        let mut first: Option<Error> = None;
        for (index, (field, array)) in self.schema.fields().iter().zip(records.columns()).enumerate() {
            let checked = self.stored(index, array).and_then(|stored| {
                compute_leaves(field, &stored).map(drop).map_err(|error| refused(error, field, &stored))
            });
            if let Err(error) = checked {
                let earlier = |known: &Error| known.origin().record <= error.origin().record;
                if !first.as_ref().is_some_and(earlier) {
                    first = Some(error);
                }
            }
        }
        first.map_or(Ok(()), Err)
    }

    fn encode_into(
        &self,
        mut piece: Self::Piece,
        batches: &mut dyn Iterator<Item = Result<Batch>>,
    ) -> Result<Encoded<Self::Piece>> {
        let batches: Vec<Batch> = batches.collect::<Result<_>>()?;
        let mut report = Report::default();
        let mut rows = 0;
        for batch in &batches {
            report.merge(&batch.report);
            rows += batch.records.num_rows() as u64;
            if !self.no_columns && batch.records.num_columns() != self.changes.len() {
                return Err(Error::schema("a batch has other columns than the writer"));
            }
        }
        report.records_out += rows;
        if rows == 0 {
            return Ok(Encoded { piece, report });
        }
        let writers = match self.own.iter().all(Option::is_some) {
            true => Vec::new(),
            false => (self.factory.create_column_writers(0))
                .map_err(|error| Error::unsupported("cannot encode").with_cause(error))?,
        };
        let mut writers = writers.into_iter();
        let columns: Vec<(Vec<ArrayRef>, Vec<ArrowColumnWriter>)> = (self.columns(batches).into_iter())
            .zip(self.schema.fields())
            .map(|(arrays, field)| (arrays, writers.by_ref().take(leaf_types(field.data_type()).len()).collect()))
            .collect();
        let chunks: Vec<Result<Vec<ColumnChunk>>> = (columns.into_par_iter().enumerate())
            .map(|(index, (arrays, writers))| self.column(index, arrays, writers))
            .collect();
        // The first error in the order of the records, then of the columns.
        let mut first: Option<Error> = None;
        for chunk in chunks {
            match chunk {
                Ok(chunk) => piece.extend(chunk),
                Err(error) => {
                    let earlier = |known: &Error| known.origin().record <= error.origin().record;
                    if !first.as_ref().is_some_and(earlier) {
                        first = Some(error);
                    }
                }
            }
        }
        match first {
            Some(error) => Err(error),
            None => Ok(Encoded { piece, report }),
        }
    }
}

fn is_runs(data_type: &DataType) -> bool {
    matches!(data_type, DataType::RunEndEncoded(_, _))
}

/// What the columns of the file hold that an Arrow type takes.
fn leaf_types(data_type: &DataType) -> Vec<&DataType> {
    match data_type {
        DataType::Struct(fields) => fields.iter().flat_map(|field| leaf_types(field.data_type())).collect(),
        DataType::List(child)
        | DataType::LargeList(child)
        | DataType::ListView(child)
        | DataType::LargeListView(child)
        | DataType::FixedSizeList(child, _)
        | DataType::Map(child, _) => leaf_types(child.data_type()),
        leaf => vec![leaf],
    }
}
