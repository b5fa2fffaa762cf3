//! Writing: record batch messages are made on the workers and put down in order.
//!
//! Dictionaries: a stream gets the dictionaries of each piece again where they changed; a file gets one dictionary
//! for each column, unified in order ([`super::dictionary`]).

use std::io::{self, BufWriter, Write};
use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch, RecordBatchOptions};
use arrow_buffer::Buffer;
use arrow_ipc::convert::IpcSchemaEncoder;
use arrow_ipc::writer::{
    DictionaryTracker, FileWriter as CrateWriter, IpcDataGenerator, IpcWriteContext, IpcWriteOptions, StreamEncoder,
    write_message,
};
use arrow_ipc::{Block, FooterBuilder, MetadataVersion};
use arrow_schema::{Schema, SchemaRef};
use arrow_select::concat::{concat, concat_batches};
use rayon::prelude::*;

use super::dictionary::{Unified, has_dictionaries};
use super::gather::gathered;
use super::message::MAGIC;
use super::options::WriteSettings;
use super::settled;
use crate::error::{Error, Result};
use crate::output::{Output, OutputFile};
use crate::pipeline::{Batch, Encode, Encoded, Unit, Writer};
use crate::report::Report;

const END_OF_STREAM: [u8; 8] = [0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0];
/// The magic is padded so that the first message is aligned.
const HEAD_BYTES: usize = 64;
/// What is smaller is collected before it is written.
const BUFFER_BYTES: usize = 64 << 10;

/// A message with its frame: bytes that belong one behind the other, those of values where they were.
pub(super) struct MessageBytes {
    /// The bytes.
    pub bytes: Vec<Buffer>,
    /// How many belong to the metadata, with its length.
    pub metadata: usize,
    /// How many to the body.
    pub body: usize,
}

impl MessageBytes {
    fn len(&self) -> usize {
        self.metadata + self.body
    }
}

/// One record batch of the output.
pub(super) enum Part {
    /// Encoded, with the dictionaries that it needs.
    Message { dictionaries: Vec<MessageBytes>, batch: MessageBytes },
    /// Not encoded: its dictionaries depend on what came before.
    Records(RecordBatch),
}

/// Encodes record batches.
pub(super) struct BatchEncoder {
    schema: SchemaRef,
    settings: WriteSettings,
    /// Whether dictionaries must be unified in order.
    in_order: bool,
}

impl BatchEncoder {
    fn part(&self, records: RecordBatch) -> Result<Part> {
        if self.in_order {
            return Ok(Part::Records(records));
        }
        let records = settled::records(&records)?;
        if !has_dictionaries(&self.schema) {
            return Ok(Part::Message { dictionaries: Vec::new(), batch: self.message(&records)? });
        }
        let (_, mut tracker) = schema_message(&self.schema, &self.settings.ipc)?;
        let (dictionaries, batch) = encoded(&records, &mut tracker, &self.settings.ipc)?;
        Ok(Part::Message { dictionaries, batch })
    }

    /// The message of a record batch without dictionaries.
    fn message(&self, records: &RecordBatch) -> Result<MessageBytes> {
        let mut encoder = StreamEncoder::try_new_with_options(&self.schema, self.settings.ipc.clone())?;
        // An encoder begins with the schema.
        let mut skip = schema_message(&self.schema, &self.settings.ipc)?.0.len();
        let mut bytes = encoder.encode(records)?;
        bytes.retain(|buffer| {
            let kept = skip == 0;
            skip = skip.saturating_sub(buffer.len());
            kept && !buffer.is_empty()
        });
        let total: usize = bytes.iter().map(Buffer::len).sum();
        let head: Vec<u8> = bytes.iter().flat_map(|buffer| buffer.iter().copied()).take(8).collect();
        let length = head.get(4..8).and_then(|length| Some(u32::from_le_bytes(length.try_into().ok()?) as usize + 8));
        let metadata = length.filter(|metadata| *metadata <= total);
        let metadata = metadata.ok_or_else(|| Error::internal("a message without its length"))?;
        Ok(MessageBytes { bytes, metadata, body: total - metadata })
    }
}

impl Encode for BatchEncoder {
    type Piece = Vec<Part>;

    fn unit(&self) -> Unit {
        self.settings.unit
    }

    /// Every value of a type can be written.
    fn check(&self, _: &RecordBatch) -> Result<()> {
        Ok(())
    }

    fn encode_into(
        &self,
        mut piece: Self::Piece,
        batches: &mut dyn Iterator<Item = Result<Batch>>,
    ) -> Result<Encoded<Self::Piece>> {
        let mut report = Report::default();
        let mut records = Vec::new();
        for batch in batches {
            let batch = batch?;
            report.merge(&batch.report);
            report.records_out += batch.records.num_rows() as u64;
            if batch.records.num_rows() > 0 {
                records.push(batch.records);
            }
        }
        let whole = match records.as_slice() {
            [] => return Ok(Encoded { piece, report }),
            [_] => None,
            _ if self.schema.fields().is_empty() => None,
            // Dictionaries too different for the keys of one batch stay batches of their own.
            many if self.in_order || has_dictionaries(&self.schema) => concat_batches(many[0].schema_ref(), many).ok(),
            many => {
                let gathered = if self.settings.is_compressed { None } else { gathered(many) };
                if let Some(batch) = gathered {
                    piece.push(Part::Message { dictionaries: Vec::new(), batch });
                    return Ok(Encoded { piece, report });
                }
                Some(joined(std::mem::take(&mut records))?)
            }
        };
        for records in whole.map_or(records, |whole| vec![whole]) {
            piece.push(self.part(records)?);
        }
        Ok(Encoded { piece, report })
    }
}

/// Batches as one, column by column on all workers. Each column is given free when it was copied, so that the memory of no
/// more than one of each worker is held twice.
fn joined(batches: Vec<RecordBatch>) -> Result<RecordBatch> {
    let schema = batches[0].schema();
    let options = RecordBatchOptions::new().with_row_count(Some(batches.iter().map(RecordBatch::num_rows).sum()));
    let mut batches: Vec<_> = batches.into_iter().map(|batch| batch.into_parts().1.into_iter()).collect();
    let columns = (0..schema.fields().len()).map(|_| batches.iter_mut().filter_map(Iterator::next).collect());
    let columns: Vec<Vec<ArrayRef>> = columns.collect();
    let columns = columns
        .into_par_iter()
        .map(|parts| concat(&parts.iter().map(AsRef::as_ref).collect::<Vec<_>>()))
        .collect::<Result<Vec<_>, _>>()?;
    Ok(RecordBatch::try_new_with_options(schema, columns, &options)?)
}

/// The schema message, and a tracker that knows the ids of its dictionaries.
fn schema_message(schema: &Schema, options: &IpcWriteOptions) -> Result<(MessageBytes, DictionaryTracker)> {
    let mut tracker = DictionaryTracker::new(false);
    let generator = IpcDataGenerator::default();
    let data = generator.schema_to_bytes_with_dictionary_tracker(schema, &mut tracker, options);
    let mut bytes = Vec::new();
    let (metadata, body) = write_message(&mut bytes, data, options)?;
    Ok((MessageBytes { bytes: vec![bytes.into()], metadata, body }, tracker))
}

/// Dictionary messages and the record batch message.
fn encoded(
    records: &RecordBatch,
    tracker: &mut DictionaryTracker,
    options: &IpcWriteOptions,
) -> Result<(Vec<MessageBytes>, MessageBytes)> {
    let mut context = IpcWriteContext::default();
    let (dictionaries, batch) = IpcDataGenerator::default().encode(records, tracker, options, &mut context)?;
    let framed = |data| -> Result<MessageBytes> {
        let mut bytes = Vec::new();
        let (metadata, body) = write_message(&mut bytes, data, options)?;
        Ok(MessageBytes { bytes: vec![bytes.into()], metadata, body })
    };
    Ok((dictionaries.into_iter().map(framed).collect::<Result<_>>()?, framed(batch)?))
}

/// Fails if the crate cannot write the schema.
fn check(schema: &Schema, settings: &WriteSettings) -> Result<()> {
    CrateWriter::try_new_with_options(io::sink(), schema, settings.ipc.clone())
        .map(drop)
        .map_err(|error| Error::unsupported("the schema cannot be written as Arrow IPC").with_cause(error))
}

/// Writes a stream.
pub(super) struct StreamWriter {
    file: BufWriter<OutputFile>,
    encoder: Arc<BatchEncoder>,
    dictionaries: Vec<Vec<Buffer>>,
}

impl StreamWriter {
    /// Writes the schema.
    pub fn create(output: Output, schema: &SchemaRef, settings: WriteSettings) -> Result<Self> {
        check(schema, &settings)?;
        let (head, _) = schema_message(schema, &settings.ipc)?;
        let file = BufWriter::with_capacity(BUFFER_BYTES, output.open()?);
        let encoder = BatchEncoder { schema: schema.clone(), settings, in_order: false };
        let mut writer = StreamWriter { file, encoder: Arc::new(encoder), dictionaries: Vec::new() };
        writer.write(&head.bytes)?;
        Ok(writer)
    }

    fn write(&mut self, bytes: &[Buffer]) -> Result<()> {
        put(&mut self.file, bytes)
    }
}

impl Writer for StreamWriter {
    type Encoder = BatchEncoder;

    fn encoder(&self) -> Arc<BatchEncoder> {
        self.encoder.clone()
    }

    fn append(&mut self, piece: Vec<Part>) -> Result<()> {
        for part in piece {
            let Part::Message { dictionaries, batch } = part else {
                return Err(Error::internal("a record batch that is not encoded"));
            };
            let same = self.dictionaries.len() == dictionaries.len()
                && self.dictionaries.iter().zip(&dictionaries).all(|(old, new)| *old == new.bytes);
            if !same {
                for dictionary in &dictionaries {
                    self.write(&dictionary.bytes)?;
                }
                self.dictionaries = dictionaries.into_iter().map(|dictionary| dictionary.bytes).collect();
            }
            self.write(&batch.bytes)?;
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<u64> {
        self.write(&[END_OF_STREAM.as_slice().into()])?;
        commit(&mut self.file)
    }
}

/// Writes buffers one behind the other.
fn put(file: &mut BufWriter<OutputFile>, bytes: &[Buffer]) -> Result<()> {
    bytes.iter().try_for_each(|buffer| file.write_all(buffer)).map_err(|error| file.get_ref().error(error))
}

fn commit(file: &mut BufWriter<OutputFile>) -> Result<u64> {
    file.flush().map_err(|error| file.get_ref().error(error))?;
    file.get_mut().commit()
}

/// Writes a file.
pub(super) struct FileWriter {
    file: BufWriter<OutputFile>,
    encoder: Arc<BatchEncoder>,
    unified: Option<Unified>,
    /// Records written.
    records: u64,
    offset: u64,
    batches: Vec<Block>,
}

impl FileWriter {
    /// Writes the magic and the schema.
    pub fn create(output: Output, schema: &SchemaRef, settings: WriteSettings) -> Result<Self> {
        check(schema, &settings)?;
        let (head, _) = schema_message(schema, &settings.ipc)?;
        let unified = has_dictionaries(schema).then(|| Unified::new(schema));
        let encoder = BatchEncoder { schema: schema.clone(), settings, in_order: unified.is_some() };
        let file = BufWriter::with_capacity(BUFFER_BYTES, output.open()?);
        let mut writer =
            FileWriter { file, encoder: Arc::new(encoder), unified, records: 0, offset: 0, batches: Vec::new() };
        let mut magic = MAGIC.to_vec();
        magic.resize(HEAD_BYTES, 0);
        writer.write(&[magic.into()])?;
        writer.write(&head.bytes)?;
        Ok(writer)
    }

    fn write(&mut self, bytes: &[Buffer]) -> Result<()> {
        put(&mut self.file, bytes)?;
        self.offset += bytes.iter().map(|buffer| buffer.len() as u64).sum::<u64>();
        Ok(())
    }

    /// Writes a message; where it stands.
    fn put(&mut self, message: &MessageBytes) -> Result<Block> {
        let too_large = |_| Error::unsupported("a message too large for the file format");
        let offset = i64::try_from(self.offset).map_err(too_large)?;
        let metadata = i32::try_from(message.metadata).map_err(too_large)?;
        let body = i64::try_from(message.body).map_err(too_large)?;
        self.write(&message.bytes)?;
        Ok(Block::new(offset, metadata, body))
    }

    /// The dictionaries, whole.
    fn put_dictionaries(&mut self) -> Result<Vec<Block>> {
        let Some(unified) = &self.unified else { return Ok(Vec::new()) };
        let options = &self.encoder.settings.ipc;
        let (_, mut tracker) = schema_message(&self.encoder.schema, options)?;
        let (dictionaries, _) = encoded(&unified.carrier()?, &mut tracker, options)?;
        dictionaries.iter().map(|dictionary| self.put(dictionary)).collect()
    }
}

impl Writer for FileWriter {
    type Encoder = BatchEncoder;

    fn encoder(&self) -> Arc<BatchEncoder> {
        self.encoder.clone()
    }

    fn append(&mut self, piece: Vec<Part>) -> Result<()> {
        for part in piece {
            let batch = match (part, &mut self.unified) {
                (Part::Message { batch, .. }, _) => batch,
                (Part::Records(records), Some(unified)) => {
                    let keys = unified.keys(&records).map_err(|error| error.shifted(self.records, 0, 0))?;
                    self.records += records.num_rows() as u64;
                    let keys = settled::records(&keys)?;
                    let options = &self.encoder.settings.ipc;
                    encoded(&keys, &mut DictionaryTracker::new(false), options)?.1
                }
                (Part::Records(_), None) => return Err(Error::internal("a record batch that is not encoded")),
            };
            let block = self.put(&batch)?;
            self.batches.push(block);
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<u64> {
        let dictionaries = self.put_dictionaries()?;
        let footer = footer(&self.encoder.schema, &dictionaries, &self.batches);
        let length = i32::try_from(footer.len());
        let length = length.map_err(|_| Error::unsupported("a footer too large for the file format"))?;
        let end = [END_OF_STREAM.as_slice(), &footer, &length.to_le_bytes(), MAGIC].concat();
        self.write(&[end.into()])?;
        commit(&mut self.file)
    }
}

fn footer(schema: &Schema, dictionaries: &[Block], batches: &[Block]) -> Vec<u8> {
    let mut tracker = DictionaryTracker::new(false);
    // A builder of the version of flatbuffers that the crate is built with.
    let mut builder = IpcSchemaEncoder::new().schema_to_fb(&Schema::empty());
    builder.reset();
    let dictionaries = builder.create_vector(dictionaries);
    let batches = builder.create_vector(batches);
    let schema =
        IpcSchemaEncoder::new().with_dictionary_tracker(&mut tracker).schema_to_fb_offset(&mut builder, schema);
    let mut footer = FooterBuilder::new(&mut builder);
    footer.add_version(MetadataVersion::V5);
    footer.add_schema(schema);
    footer.add_dictionaries(dictionaries);
    footer.add_recordBatches(batches);
    let root = footer.finish();
    builder.finish(root, None);
    builder.finished_data().to_vec()
}
