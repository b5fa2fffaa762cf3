//! Batches to messages.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;

use super::Framing;
use crate::code::Code;
use crate::column::avro::bind::bind;
use crate::column::avro::raw::check_raw;
use crate::column::avro::write::{Place, UnknownSymbol};
use crate::column::bytes::{push_base64, push_hex};
use crate::error::{Error, Result};
use crate::pipeline::stream::{Compressed, StreamWriter};
use crate::pipeline::{Batch, Encode, Encoded, Writer};
use crate::report::Report;
use crate::schema::avsc::Document;

/// Encodes records as messages. CPU-bound.
pub(super) struct MessageEncode {
    document: Document,
    framing: Framing,
    /// What stands in front of each datum.
    prefix: Vec<u8>,
    unknown_symbol: UnknownSymbol,
    /// Records so far.
    written: Arc<AtomicU64>,
}

impl MessageEncode {
    /// Fails if a column of `schema` cannot be written.
    pub(super) fn new(
        document: Document,
        framing: Framing,
        prefix: Vec<u8>,
        unknown_symbol: UnknownSymbol,
        schema: &SchemaRef,
    ) -> Result<Self> {
        bind(&document, &RecordBatch::new_empty(schema.clone()))?;
        check_raw(&document, schema)?;
        Ok(MessageEncode { document, framing, prefix, unknown_symbol, written: Arc::default() })
    }

    /// Counts the records.
    pub(super) fn written(&self) -> Arc<AtomicU64> {
        self.written.clone()
    }

    fn places<'a>(&'a self, batch: &'a RecordBatch) -> Result<Vec<(&'a str, Place<'a>)>> {
        let mut places = bind(&self.document, batch)?;
        places.iter_mut().for_each(|(_, place)| place.set_unknown_symbols(self.unknown_symbol));
        Ok(places)
    }

    fn datum(&self, places: &[(&str, Place<'_>)], row: usize, out: &mut Vec<u8>) -> Result<()> {
        out.clear();
        out.extend_from_slice(&self.prefix);
        for (name, place) in places {
            place.write(row, out).map_err(|error| error.in_column(name))?;
        }
        Ok(())
    }

    fn frame(&self, message: &[u8], out: &mut Vec<u8>) -> Result<()> {
        match self.framing {
            Framing::Single | Framing::Concatenated => out.extend_from_slice(message),
            Framing::Delimited => {
                let mut rest = message.len();
                while rest >= 0x80 {
                    out.push(rest as u8 | 0x80);
                    rest >>= 7;
                }
                out.push(rest as u8);
                out.extend_from_slice(message);
            }
            Framing::U32Be | Framing::U32Le => {
                let length = u32::try_from(message.len());
                let length = length.map_err(|_| Error::limit(format!("a message of {} bytes", message.len())))?;
                out.extend_from_slice(&match self.framing {
                    Framing::U32Be => length.to_be_bytes(),
                    _ => length.to_le_bytes(),
                });
                out.extend_from_slice(message);
            }
            Framing::Base64 => {
                push_base64(out, message);
                out.push(b'\n');
            }
            Framing::Hex => {
                push_hex(out, message);
                out.push(b'\n');
            }
        }
        Ok(())
    }
}

impl Encode for MessageEncode {
    type Piece = Vec<u8>;

    fn encode_into(
        &self,
        mut piece: Vec<u8>,
        batches: &mut dyn Iterator<Item = Result<Batch>>,
    ) -> Result<Encoded<Vec<u8>>> {
        let mut message = Vec::new();
        let mut report = Report::default();
        for batch in batches {
            let Batch { records, report: read } = batch?;
            let before = report.records_in;
            let places = self.places(&records)?;
            for row in 0..records.num_rows() {
                let failed = |error: Error| error.at_record(before + row as u64);
                self.datum(&places, row, &mut message).map_err(failed)?;
                self.frame(&message, &mut piece).map_err(failed)?;
                if self.written.fetch_add(1, Ordering::Relaxed) > 0 && self.framing == Framing::Single {
                    return Err(failed(
                        Error::usage("framing=single holds one record, but there are more")
                            .with_hint("use --framing delimited, u32be, concatenated, base64 or hex"),
                    ));
                }
                if message.is_empty() && self.framing == Framing::Concatenated {
                    return Err(failed(
                        Error::usage("records of no bytes cannot be told apart in framing=concatenated")
                            .with_hint("use --framing delimited"),
                    ));
                }
            }
            for (name, place) in &places {
                place.altered(name, &mut |path, count| {
                    *report.losses.entry((Code::Enum, path.to_owned())).or_default() += count;
                });
            }
            report.merge(&read);
            report.records_out += records.num_rows() as u64;
        }
        Ok(Encoded { piece, report })
    }

    fn check(&self, records: &RecordBatch) -> Result<()> {
        let places = self.places(records)?;
        let mut message = Vec::new();
        for row in 0..records.num_rows() {
            self.datum(&places, row, &mut message).map_err(|error| error.at_record(row as u64))?;
        }
        Ok(())
    }
}

/// Writes a file that is one message: without a record there is none, and an empty file would read as one.
pub(super) struct OneMessage {
    writer: StreamWriter<MessageEncode>,
    written: Arc<AtomicU64>,
}

impl OneMessage {
    pub(super) fn new(writer: StreamWriter<MessageEncode>, written: Arc<AtomicU64>) -> Self {
        OneMessage { writer, written }
    }
}

impl Writer for OneMessage {
    type Encoder = Compressed<MessageEncode>;

    fn encoder(&self) -> Arc<Self::Encoder> {
        self.writer.encoder()
    }

    fn append(&mut self, piece: Vec<u8>) -> Result<()> {
        self.writer.append(piece)
    }

    fn finish(&mut self) -> Result<u64> {
        if self.written.load(Ordering::Relaxed) == 0 {
            return Err(Error::usage("framing=single holds one record, but there is none")
                .with_hint("use --framing delimited, u32be, base64 or hex"));
        }
        self.writer.finish()
    }
}
