//! The stream format: messages one after another. A chunk is a record batch with the dictionaries as they are there.

use std::io::Read;
use std::sync::Arc;

use arrow_ipc::MessageHeader;
use arrow_schema::SchemaRef;

use super::decode::{BatchChunk, Dictionaries, add_dictionary};
use super::message::{MessageReader, check_version, is_turned, schema_of};
use crate::error::{Error, Result};
use crate::format::ReadOptions;
use crate::pipeline::{Chunk, Reader};
use crate::report::Report;
use crate::source::Source;

/// Reads an Arrow stream.
pub(super) struct StreamReader {
    messages: MessageReader<Box<dyn Read + Send>>,
    stored: Option<u64>,
    source: Arc<str>,
    schema: SchemaRef,
    dictionaries: Arc<Dictionaries>,
    batch_rows: usize,
}

impl StreamReader {
    /// Reads the schema.
    pub fn open(source: &Source, options: &ReadOptions) -> Result<Self> {
        let located = |error: Error| error.in_source(source.name());
        let mut messages = MessageReader::new(source.open()?);
        let first = messages.next_message().map_err(located)?;
        let first = first.ok_or_else(|| {
            located(Error::malformed("an Arrow stream without a schema").with_hint("the file may be empty"))
        })?;
        let message = first.message().map_err(located)?;
        check_version(message.version()).map_err(located)?;
        let schema = message.header_as_schema().ok_or_else(|| {
            located(Error::malformed(format!("the first message is of type {:?}, not a schema", message.header_type())))
        })?;
        let dictionaries = Dictionaries { turned: is_turned(schema), ..Dictionaries::default() };
        let schema = Arc::new(schema_of(schema).map_err(located)?);
        Ok(StreamReader {
            messages,
            stored: source.size(),
            source: source.name(),
            schema,
            dictionaries: Arc::new(dictionaries),
            batch_rows: options.limits.batch_rows,
        })
    }

    fn next_batch(&mut self) -> Result<Option<Box<dyn Chunk>>> {
        while let Some(framed) = self.messages.next_message()? {
            let kind = framed.message()?.header_type();
            match kind {
                MessageHeader::RecordBatch => {
                    return Ok(Some(Box::new(BatchChunk {
                        framed,
                        schema: self.schema.clone(),
                        dictionaries: self.dictionaries.clone(),
                        batch_rows: self.batch_rows,
                        source: self.source.clone(),
                    })));
                }
                MessageHeader::DictionaryBatch => {
                    // Chunks that are still being decoded keep the dictionaries they began with.
                    let dictionaries = Arc::make_mut(&mut self.dictionaries);
                    add_dictionary(&framed, &self.schema, dictionaries, true)?;
                }
                MessageHeader::Schema => {
                    return Err(Error::malformed("a second schema in a stream").at_byte(framed.byte));
                }
                other => {
                    return Err(Error::unsupported(format!("a message of type {other:?}")).at_byte(framed.byte));
                }
            }
        }
        Ok(None)
    }
}

impl Reader for StreamReader {
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }

    fn next_chunk(&mut self) -> Result<Option<Box<dyn Chunk>>> {
        self.next_batch().map_err(|error| error.in_source(self.source.clone()))
    }

    fn report(&self) -> Report {
        Report { bytes_in: self.stored.unwrap_or(self.messages.byte), ..Report::default() }
    }
}
