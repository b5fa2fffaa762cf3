//! Batches to text.

use arrow_schema::Schema;

use super::options::{Layout, Rows, WriteJson};
use super::pretty::push_pretty;
use super::schema::is_value_root;
use crate::column::json::string::push_string;
use crate::column::json::{RecordShape, RecordWriter};
use crate::column::notes::{self, Wanted};
use crate::column::text::{put, rows};
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

    /// What stands before a record; `first`: the first of its piece.
    fn open(&self, first: bool) -> &'static [u8] {
        match (self.options.layout, first) {
            (Layout::Array, true) if self.options.pretty => b"\n",
            (Layout::Array, false) => b",\n",
            _ => b"",
        }
    }

    /// What stands behind a record.
    fn close(&self) -> &'static [u8] {
        if self.options.layout == Layout::Array { b"" } else { b"\n" }
    }

    /// Appends a record on many lines.
    fn push_pretty(&self, piece: &mut Vec<u8>, text: &[u8]) {
        push_pretty(piece, text, usize::from(self.options.layout == Layout::Array));
    }

    /// Writes the records of a batch into `piece` from `end` on, and moves `end` to theirs.
    fn batch(&self, batch: &Batch, piece: &mut Vec<u8>, end: &mut usize, report: &mut Report) -> Result<()> {
        #[cfg(feature = "protobuf")]
        if let Some(messages) = &self.messages {
            notes::note_all(&batch.records, Wanted { nan: true, ..Wanted::default() }, report);
            piece.truncate(*end);
            let outcome = messages.each(batch, report, |text| {
                piece.extend_from_slice(self.open(piece.is_empty()));
                match self.options.pretty {
                    true => self.push_pretty(piece, text),
                    false => piece.extend_from_slice(text),
                }
                piece.extend_from_slice(self.close());
            });
            *end = piece.len();
            return outcome;
        }
        let writer = RecordWriter::new(&batch.records, &self.options.rules, self.shape)?;
        let (pretty, close) = (self.options.pretty, self.close());
        let mut blocks = writer.blocks(batch.records.num_rows());
        let put = |room: &mut [u8], at, row| {
            if pretty {
                return None;
            }
            let at = put::bytes(room, at, self.open(at == 0))?;
            let at = writer.put(&mut blocks, room, at, row)?;
            put::bytes(room, at, close)
        };
        let mut compact = Vec::new();
        let push = |out: &mut Vec<u8>, at, row| {
            let failed = |error: crate::Error| error.at_record(row as u64);
            out.extend_from_slice(self.open(at == 0));
            if pretty {
                compact.clear();
                writer.push(&mut compact, row).map_err(failed)?;
                self.push_pretty(out, &compact);
            } else {
                writer.push(out, row).map_err(failed)?;
            }
            out.extend_from_slice(close);
            Ok(())
        };
        rows::append(piece, end, batch.records.num_rows(), put, push)?;
        writer.losses(report);
        notes::note_all(&batch.records, Wanted::of(&self.options.rules), report);
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

    fn takes_dictionaries(&self) -> bool {
        #[cfg(feature = "protobuf")]
        if self.messages.is_some() {
            return false;
        }
        true
    }

    fn takes_views(&self) -> bool {
        self.takes_dictionaries()
    }

    fn writes_over(&self) -> bool {
        true
    }

    /// CPU-bound; one growing buffer for the piece.
    fn encode_into(
        &self,
        mut piece: Vec<u8>,
        batches: &mut dyn Iterator<Item = Result<Batch>>,
    ) -> Result<Encoded<Vec<u8>>> {
        let mut report = Report::default();
        let mut end = 0;
        for batch in batches {
            let batch = batch?;
            let before = report.records_in;
            let rows = batch.records.num_rows();
            self.batch(&batch, &mut piece, &mut end, &mut report).map_err(|error| error.shifted(before, 0, 0))?;
            report.merge(&batch.report);
            report.records_out += rows as u64;
        }
        piece.truncate(end);
        Ok(Encoded { piece, report })
    }
}
