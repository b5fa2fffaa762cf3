//! Framing of messages: continuation marker, length of the metadata, metadata (a flatbuffer), body.

use std::io::{self, Read};

use arrow_buffer::Buffer;
use arrow_ipc::convert::IpcSchemaEncoder;
use arrow_ipc::{
    FieldNode, Message, MessageBuilder, MessageHeader, MetadataVersion, RecordBatchBuilder, Schema as FlatSchema,
};
use arrow_schema::{ArrowError, DataType, Schema};

use crate::code::Code;
use crate::error::{Error, Result};
use crate::guard;
use crate::schema::flatbuffer;

/// First and last bytes of a file.
pub(super) const MAGIC: &[u8] = b"ARROW1";
/// First bytes of Feather version 1.
pub(super) const FEATHER_V1: &[u8] = b"FEA1";
/// Before the length of every message since version 0.15.
pub(super) const CONTINUATION: [u8; 4] = [0xff; 4];
/// What buffers in a body are aligned to at least.
const ALIGNMENT: usize = 8;
/// A compressed block is at most this much smaller than its content: zstd stores 128 KiB of one byte in four.
const RATIO_MAX: u64 = 1 << 15;

/// Whether the bytes begin a file.
pub(super) fn is_file(head: &[u8]) -> bool {
    head.starts_with(MAGIC)
}

/// Whether the bytes begin a stream: a marker and a plausible length of the schema, or the end of an empty stream.
pub(super) fn is_stream(head: &[u8]) -> bool {
    let Some((marker, rest)) = head.split_first_chunk::<4>() else { return false };
    let Some(length) = rest.first_chunk::<4>() else { return false };
    *marker == CONTINUATION && (0..1 << 26).contains(&i32::from_le_bytes(*length))
}

/// The metadata of a message: a flatbuffer that was verified.
#[derive(Clone, Debug)]
pub(super) struct Metadata(Buffer);

impl Metadata {
    /// Verifies the flatbuffer.
    pub fn new(bytes: Buffer) -> Result<Self> {
        parse(&bytes)?;
        Ok(Metadata(bytes))
    }

    /// The message.
    pub fn message(&self) -> Result<Message<'_>> {
        parse(&self.0)
    }

    /// The flatbuffer.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }
}

/// A message in memory; its metadata is a valid flatbuffer.
#[derive(Clone, Debug)]
pub(super) struct Framed {
    /// The metadata.
    pub metadata: Metadata,
    /// The body; buffers of the metadata point into it.
    pub body: Buffer,
    /// Where the message begins.
    pub byte: u64,
}

impl Framed {
    /// A message with a body that begins where offsets may. The crate takes no others of a union, even if there are none.
    pub fn new(metadata: Metadata, body: Buffer, byte: u64) -> Self {
        let aligned = body.as_ptr().align_offset(ALIGNMENT) == 0;
        let body = if aligned { body } else { Buffer::from_slice_ref(body.as_slice()) };
        Framed { metadata, body, byte }
    }

    /// The metadata.
    pub fn message(&self) -> Result<Message<'_>> {
        self.metadata.message()
    }

    /// Bytes held.
    pub fn len(&self) -> usize {
        self.metadata.0.len() + self.body.len()
    }
}

/// The metadata of a record batch of so many rows that is not compressed: its arrays, where their buffers are, and how long
/// the body is.
pub(super) fn record_batch(
    rows: usize,
    nodes: &[FieldNode],
    buffers: &[arrow_ipc::Buffer],
    body: usize,
    version: MetadataVersion,
) -> Buffer {
    // A builder of the version of flatbuffers that the crate is built with.
    let mut builder = IpcSchemaEncoder::new().schema_to_fb(&Schema::empty());
    builder.reset();
    // In the order of the crate, so that the bytes are the same.
    let buffers = builder.create_vector(buffers);
    let nodes = builder.create_vector(nodes);
    let mut batch = RecordBatchBuilder::new(&mut builder);
    batch.add_length(rows as i64);
    batch.add_nodes(nodes);
    batch.add_buffers(buffers);
    let batch = batch.finish().as_union_value();
    let mut message = MessageBuilder::new(&mut builder);
    message.add_version(version);
    message.add_header_type(MessageHeader::RecordBatch);
    message.add_bodyLength(body as i64);
    message.add_header(batch);
    let message = message.finish();
    builder.finish(message, None);
    Buffer::from(builder.finished_data())
}

fn parse(metadata: &[u8]) -> Result<Message<'_>> {
    let checked = arrow_ipc::root_as_message_with_opts(&flatbuffer::verifier(), metadata);
    checked.map_err(|error| Error::malformed(format!("bad message: {error}")))
}

/// Splits the metadata of a message, as a block of a file points to it, from its frame.
pub(super) fn unframed(metadata: &Buffer) -> Result<Metadata> {
    let short = || Error::malformed("a message is too short");
    let begin = match metadata.get(..4) {
        Some(marker) if marker == CONTINUATION => 8,
        Some(_) => 4,
        None => return Err(short()),
    };
    let length = metadata.get(begin - 4..begin).and_then(|bytes| bytes.try_into().ok()).map(i32::from_le_bytes);
    let length = length.and_then(|length| usize::try_from(length).ok()).ok_or_else(short)?;
    if begin.checked_add(length).is_none_or(|end| end > metadata.len()) {
        return Err(Error::malformed(format!(
            "the metadata of a message has {length} bytes, its block {}",
            metadata.len()
        )));
    }
    Metadata::new(metadata.slice_with_length(begin, length))
}

/// Reads messages from front to back.
pub(super) struct MessageReader<R> {
    input: R,
    /// Bytes read so far.
    pub byte: u64,
    done: bool,
}

impl<R: Read> MessageReader<R> {
    /// From where the input stands.
    pub fn new(input: R) -> Self {
        MessageReader { input, byte: 0, done: false }
    }

    /// The next message with its body; `None` at the end. A length that lies costs what the input holds, no more.
    pub fn next_message(&mut self) -> Result<Option<Framed>> {
        let begin = self.byte;
        let Some(metadata) = self.next_metadata()? else { return Ok(None) };
        let length = body_length(&metadata.message()?)?;
        let body = self.take(length, "the body of a message")?;
        Ok(Some(Framed::new(metadata, body.into(), begin)))
    }

    /// The metadata of the next message. Its body comes next.
    pub fn next_metadata(&mut self) -> Result<Option<Metadata>> {
        if self.done {
            return Ok(None);
        }
        let begin = self.byte;
        let mut word = self.take_up_to(4)?;
        if word.is_empty() {
            // A writer may just close the stream.
            self.done = true;
            return Ok(None);
        }
        if word == CONTINUATION {
            word = self.take(4, "the length of a message")?;
        }
        let word: [u8; 4] = word.try_into().map_err(|_| self.cut_off("the length of a message"))?;
        let length = i32::from_le_bytes(word);
        if length == 0 {
            self.done = true;
            return self.check_end().map(|()| None);
        }
        let length = u64::try_from(length)
            .map_err(|_| Error::malformed(format!("a message with {length} bytes of metadata")).at_byte(begin))?;
        let bytes = self.take(length, "the metadata of a message")?;
        Metadata::new(bytes.into()).map(Some).map_err(|error| error.at_byte(begin))
    }

    /// Nothing but padding may follow the end marker: another stream would be lost.
    fn check_end(&mut self) -> Result<()> {
        let begin = self.byte;
        loop {
            let rest = self.take_up_to(1 << 16)?;
            if rest.is_empty() {
                return Ok(());
            }
            if rest.iter().any(|byte| *byte != 0) {
                return Err(Error::malformed("more data after the end of the stream").at_byte(begin));
            }
        }
    }

    /// Skips a body by reading it.
    pub fn skip(&mut self, length: u64) -> Result<()> {
        let skipped = io::copy(&mut (&mut self.input).take(length), &mut io::sink());
        let skipped = skipped.map_err(|error| crate::source::read_error(error, self.byte))?;
        self.byte += skipped;
        if skipped == length { Ok(()) } else { Err(self.cut_off("the body of a message")) }
    }

    fn take(&mut self, length: u64, what: &str) -> Result<Vec<u8>> {
        let bytes = self.take_up_to(length)?;
        if bytes.len() as u64 == length { Ok(bytes) } else { Err(self.cut_off(what)) }
    }

    fn take_up_to(&mut self, length: u64) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let read = (&mut self.input).take(length).read_to_end(&mut bytes);
        let read = read.map_err(|error| crate::source::read_error(error, self.byte + bytes.len() as u64))?;
        self.byte += read as u64;
        Ok(bytes)
    }

    fn cut_off(&self, what: &str) -> Error {
        Error::malformed(format!("the input ends in {what}")).at_byte(self.byte).with_hint("the file may be cut off")
    }
}

/// The length of the body that follows.
pub(super) fn body_length(message: &Message<'_>) -> Result<u64> {
    u64::try_from(message.bodyLength())
        .map_err(|_| Error::malformed(format!("a message with a body of {} bytes", message.bodyLength())))
}

/// The Arrow schema.
pub(super) fn schema_of(schema: FlatSchema<'_>) -> Result<Schema> {
    let schema = guarded("schema", || arrow_ipc::convert::try_fb_to_schema(schema))?;
    for field in schema.flattened_fields() {
        let digits = match field.data_type() {
            DataType::Decimal32(digits, _) => (*digits, 9),
            DataType::Decimal64(digits, _) => (*digits, 18),
            DataType::Decimal128(digits, _) => (*digits, 38),
            DataType::Decimal256(digits, _) => (*digits, 76),
            _ => continue,
        };
        if !(1..=digits.1).contains(&digits.0) {
            return Err(Error::malformed(format!("a decimal of {} digits", digits.0)).in_column(field.name()));
        }
    }
    Ok(schema)
}

/// Whether the bodies are in the other byte order than those of this machine.
pub(super) fn is_turned(schema: FlatSchema<'_>) -> bool {
    !schema.endianness().equals_to_target_endianness()
}

/// Whether messages of this version can be read: those before 0.8 are laid out otherwise.
pub(super) fn check_version(version: MetadataVersion) -> Result<()> {
    if version > MetadataVersion::V5 || version < MetadataVersion::V1 {
        return Err(Error::unsupported(format!("metadata version {version:?}")));
    }
    Ok(())
}

/// Fails if the body is compressed in the way of version 0.17, which says so where nobody looks any more.
pub(super) fn check_compression(message: &Message<'_>) -> Result<()> {
    let old = |pair: arrow_ipc::KeyValue<'_>| pair.key() == Some("ARROW:experimental_compression");
    if message.custom_metadata().into_iter().flatten().any(old) {
        return Err(Error::unsupported("compression as in Arrow 0.17")
            .with_hint("write the file again with a newer version of Arrow"));
    }
    Ok(())
}

/// Fails if an array claims a number of nulls that it cannot have: the crate takes any but a positive one for none.
pub(super) fn check_nulls(node: &FieldNode) -> Result<()> {
    match (0..=node.length()).contains(&node.null_count()) {
        true => Ok(()),
        false => {
            Err(Error::malformed(format!("an array of {} values with {} nulls", node.length(), node.null_count())))
        }
    }
}

/// Fails if a buffer does not begin where one may: on a multiple of eight bytes (Arrow columnar format, "Buffer Alignment
/// and Padding").
pub(super) fn check_alignment(buffer: &arrow_ipc::Buffer) -> Result<()> {
    match buffer.length() == 0 || buffer.offset() % 8 == 0 {
        true => Ok(()),
        false => Err(Error::malformed(format!("a buffer at {}, which is no multiple of 8", buffer.offset()))),
    }
}

/// Fails if an array or a buffer cannot be what it claims, or if a compressed buffer claims to be larger than its bytes
/// can be: the crate would allocate what it claims.
pub(super) fn check_sizes(batch: &arrow_ipc::RecordBatch<'_>, body: &[u8]) -> Result<()> {
    if batch.length() < 0 {
        return Err(Error::malformed(format!("a record batch of {} records", batch.length())));
    }
    batch.nodes().into_iter().flatten().try_for_each(check_nulls)?;
    for buffer in batch.buffers().into_iter().flatten() {
        check_alignment(buffer)?;
        let (offset, length) = (usize::try_from(buffer.offset()), usize::try_from(buffer.length()));
        let range =
            offset.ok().zip(length.ok()).and_then(|(offset, length)| offset.checked_add(length).map(|end| offset..end));
        let Some(bytes) = range.and_then(|range| body.get(range)) else {
            return Err(Error::malformed(format!(
                "a buffer of {} bytes at {} of a body of {}",
                buffer.length(),
                buffer.offset(),
                body.len()
            )));
        };
        if batch.compression().is_none() {
            continue;
        }
        let Some(prefix) = bytes.first_chunk::<8>() else { continue };
        let claimed = i64::from_le_bytes(*prefix);
        let most = (bytes.len() as u64).saturating_mul(RATIO_MAX).saturating_add(1 << 20);
        if claimed < -1 || u64::try_from(claimed).is_ok_and(|claimed| claimed > most) {
            return Err(Error::malformed(format!("a buffer of {} bytes claims to hold {claimed}", bytes.len())));
        }
    }
    Ok(())
}

/// Runs code of the crate, which panics on some damaged input: a panic becomes an error.
pub(super) fn guarded<T>(what: &str, run: impl FnOnce() -> Result<T, ArrowError>) -> Result<T> {
    match guard::guarded(run) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => {
            let text = error.to_string();
            if text.contains("UTF8") || text.contains("UTF-8") || text.contains("utf-8") {
                return Err(Error::value(Code::Utf8, text).as_it_stands());
            }
            Err(Error::malformed(format!("bad {what}: {text}")))
        }
        Err(panic) => Err(Error::malformed(format!("the {what} is damaged: {panic}"))),
    }
}
