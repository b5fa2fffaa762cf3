//! Batches to text.

use arrow_schema::Schema;

use super::options::{Layout, Rows, WriteJson};
use super::pretty::push_pretty;
use super::schema::is_value_root;
use crate::column::json::string::push_string;
use crate::column::json::{RecordShape, RecordWriter};
use crate::error::Result;
use crate::pipeline::{Batch, Encode, Encoded};
use crate::report::Report;

/// Writes records as lines or as elements of an array.
#[derive(Debug)]
pub struct Encoder {
    options: WriteJson,
    shape: RecordShape,
    /// The names as an array, if they are written as a record of their own.
    names: Option<Vec<u8>>,
    /// Records are Protobuf messages.
    #[cfg(feature = "protobuf")]
    messages: Option<super::protojson::Lines>,
}

impl Encoder {
    pub(super) fn new(options: WriteJson, schema: &Schema) -> Self {
        let (shape, names) = match options.rows {
            Rows::Objects if is_value_root(schema) => (RecordShape::Value, None),
            Rows::Objects => (RecordShape::Object, None),
            Rows::Arrays { header } => (RecordShape::Array, header.then(|| names(schema))),
        };
        Encoder {
            options,
            shape,
            names,
            #[cfg(feature = "protobuf")]
            messages: None,
        }
    }

    /// Writes records as ProtoJSON.
    #[cfg(feature = "protobuf")]
    pub(super) fn messages(options: WriteJson, messages: super::protojson::Lines) -> Self {
        let options = WriteJson { rows: Rows::Objects, ..options };
        Encoder { messages: Some(messages), ..Encoder::new(options, &Schema::empty()) }
    }

    /// Appends what stands before a record.
    fn open(&self, piece: &mut Vec<u8>) {
        if self.options.layout == Layout::Array {
            piece.extend_from_slice(match (piece.is_empty(), self.options.pretty) {
                (true, true) => b"\n",
                (true, false) => b"",
                (false, _) => b",\n",
            });
        }
    }

    /// Appends what stands behind a record.
    fn close(&self, piece: &mut Vec<u8>) {
        if self.options.layout != Layout::Array {
            piece.push(b'\n');
        }
    }

    /// Appends a record on many lines.
    fn push_pretty(&self, piece: &mut Vec<u8>, text: &[u8]) {
        push_pretty(piece, text, usize::from(self.options.layout == Layout::Array));
    }

    /// Appends the records of a batch.
    fn batch(&self, batch: &Batch, piece: &mut Vec<u8>, report: &mut Report) -> Result<()> {
        #[cfg(feature = "protobuf")]
        if let Some(messages) = &self.messages {
            return messages.each(batch, report, |text| {
                self.open(piece);
                match self.options.pretty {
                    true => self.push_pretty(piece, text),
                    false => piece.extend_from_slice(text),
                }
                self.close(piece);
            });
        }
        let writer = RecordWriter::new(&batch.records, &self.options.rules, self.shape)?;
        let mut compact = Vec::new();
        for row in 0..batch.records.num_rows() {
            self.open(piece);
            let failed = |error: crate::Error| error.at_record(row as u64);
            if self.options.pretty {
                compact.clear();
                writer.push(&mut compact, row).map_err(failed)?;
                self.push_pretty(piece, &compact);
            } else {
                writer.push(piece, row).map_err(failed)?;
            }
            self.close(piece);
        }
        writer.losses(report);
        Ok(())
    }

    /// What goes before the first piece, between pieces, and behind the last; and whether there is a record in what goes
    /// before.
    pub(super) fn frame(&self) -> (Vec<u8>, Vec<u8>, Vec<u8>, bool) {
        let (mut head, between, tail) = self.brackets();
        if let Some(names) = &self.names {
            if self.options.pretty && self.options.layout == Layout::Array {
                head.extend_from_slice(b"\n  ");
            }
            head.extend_from_slice(names);
            if self.options.layout != Layout::Array {
                head.push(b'\n');
            }
        }
        (head, between, tail, self.names.is_some())
    }

    fn brackets(&self) -> (Vec<u8>, Vec<u8>, Vec<u8>) {
        match self.options.layout {
            Layout::Array if self.options.pretty => (b"[".to_vec(), b",".to_vec(), b"\n]\n".to_vec()),
            Layout::Array => (b"[".to_vec(), b",\n".to_vec(), b"]\n".to_vec()),
            Layout::Lines | Layout::Values => (Vec::new(), Vec::new(), Vec::new()),
        }
    }
}

/// The names of columns as an array.
fn names(schema: &Schema) -> Vec<u8> {
    let mut out = vec![b'['];
    for (index, field) in schema.fields().iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        push_string(&mut out, field.name().as_bytes());
    }
    out.push(b']');
    out
}

impl Encode for Encoder {
    type Piece = Vec<u8>;

    fn encode(&self, batches: &mut dyn Iterator<Item = Result<Batch>>) -> Result<Encoded<Vec<u8>>> {
        self.encode_into(Vec::new(), batches)
    }

    /// CPU-bound; one growing buffer for the piece.
    fn encode_into(
        &self,
        mut piece: Vec<u8>,
        batches: &mut dyn Iterator<Item = Result<Batch>>,
    ) -> Result<Encoded<Vec<u8>>> {
        let mut report = Report::default();
        for batch in batches {
            let batch = batch?;
            let before = report.records_in;
            let rows = batch.records.num_rows();
            self.batch(&batch, &mut piece, &mut report).map_err(|error| error.shifted(before, 0, 0))?;
            report.merge(&batch.report);
            report.records_out += rows as u64;
        }
        Ok(Encoded { piece, report })
    }
}
