//! The stream format: messages one after another. Chunks are cut from a record batch with the dictionaries as they are there.

use std::collections::VecDeque;
use std::io::Read;
use std::sync::Arc;

use arrow_ipc::MessageHeader;
use arrow_schema::SchemaRef;

use super::decode::{BatchChunk, Dictionaries, add_dictionary};
use super::depth;
use super::message::{MessageReader, check_version, is_turned, schema_of};
use crate::error::{Error, Result};
use crate::format::{Limits, ReadOptions};
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
    limits: Limits,
    /// What is left of the last message.
    chunks: VecDeque<Box<dyn Chunk>>,
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
        depth::check_read(&schema, options.limits.depth_max).map_err(located)?;
        Ok(StreamReader {
            messages,
            stored: source.size(),
            source: source.name(),
            schema,
            dictionaries: Arc::new(dictionaries),
            limits: options.limits,
            chunks: VecDeque::new(),
        })
    }

    fn next_batch(&mut self) -> Result<Option<Box<dyn Chunk>>> {
        if let Some(chunk) = self.chunks.pop_front() {
            return Ok(Some(chunk));
        }
        while let Some(framed) = self.messages.next_message()? {
            let kind = framed.message()?.header_type();
            match kind {
                MessageHeader::RecordBatch => {
                    let (schema, dictionaries) = (self.schema.clone(), self.dictionaries.clone());
                    let source = self.source.clone();
                    self.chunks.extend(BatchChunk::cut(framed, schema, dictionaries, self.limits, source));
                    return Ok(self.chunks.pop_front());
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
