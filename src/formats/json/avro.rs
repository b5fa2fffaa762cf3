//! The dialect of Avro: records are data of an Avro schema in its JSON encoding (specification, section JSON
//! Encoding). Values of unions name their branch, bytes are text of code points 0 to 255, and logical types stand as
//! the types below them.
//!
//! Text becomes encoded data, and this becomes columns, as in Avro files; and back.

use std::sync::Arc;

use arrow_array::{RecordBatch, RecordBatchOptions};
use arrow_schema::{DataType, Field, Schema, SchemaRef, TimeUnit};

use super::cut;
use super::detect;
use super::options::{Layout, ReadJson, WriteJson};
use super::pretty::push_pretty;
use super::records::Records;
use crate::code::Code;
use crate::column::avro::bind::bind;
use crate::column::avro::column::{Context, Repairs, Root};
use crate::column::avro::cursor::Cursor;
use crate::column::avro::fit::fits;
use crate::column::avro::json::{encode, push_datum};
use crate::column::avro::raw::check_raw;
use crate::column::avro::write::UnknownSymbol;
use crate::column::json::text::skip_value;
use crate::column::json::{DEPTH_LIMIT, ExtraKeys, Leniency};
use crate::column::notes::{self, Wanted};
use crate::error::{Error, Result};
use crate::fit::Returns;
use crate::format::{Fit, GivenFits, Limits, ReadOptions, WriteOptions};
use crate::pipeline::{Batch, Batches, Cut, Cutter, Decode, Encode, Encoded, Slice};
use crate::policy::Policy;
use crate::report::Report;
use crate::schema::avsc::model::Kind;
use crate::schema::avsc::{self, Document, Names, Naming};

/// Decodes slices of Avro's JSON encoding. Cheap to clone.
#[derive(Clone)]
pub(super) struct Decoder {
    inner: Arc<Inner>,
    layout: Layout,
}

struct Inner {
    document: Document,
    sizes: Vec<usize>,
    schema: SchemaRef,
    limits: Limits,
    repairs: Repairs,
}

impl Decoder {
    /// For records of the schema in the options, which an .avsc file or an Avro file gave; the layout is that of the
    /// settings, or else to be looked for with [`Decoder::looking`].
    ///
    /// # Errors
    /// `Usage` without a schema, or with a setting that this dialect does not have.
    pub(super) fn new(options: &ReadOptions, json: ReadJson) -> Result<Self> {
        let schema = options.schema.clone().ok_or_else(|| {
            Error::usage("dialect=avro is read with an Avro schema").with_hint("add --schema FILE.avsc")
        })?;
        if json.rules.extra_keys != ExtraKeys::Error {
            return Err(Error::usage("dialect=avro has no extra keys: its records hold the fields of the schema"));
        }
        let document = document(&schema, &Naming::default())?;
        let uuids = options.policies.get(Code::Uuid);
        let schema = match uuids == Some(Policy::Text) {
            true => avsc::with_uuid_text(&document, &schema).map_or(schema, Arc::new),
            false => schema,
        };
        let sizes = document.least_sizes();
        Root::new(&document, &sizes, schema.fields())?;
        // Text that is not UTF-8 is no JSON.
        let repairs = Repairs { replace_text: false, null_uuids: uuids == Some(Policy::Null) };
        let inner = Inner { document, sizes, schema, limits: options.limits, repairs };
        Ok(Decoder { inner: Arc::new(inner), layout: json.layout.unwrap_or(Layout::Values) })
    }

    /// The same, of a text that begins with `head`. Where data are arrays themselves, a bracket tells nothing: it takes
    /// one more than the data begin with to be an array of them.
    pub(super) fn looking(self, head: &[u8]) -> Self {
        let mut own = 0;
        let mut node = &self.inner.document.root;
        while let Kind::Array(items) = &node.kind {
            own += 1;
            node = items;
        }
        let head = head.strip_prefix(detect::BYTE_ORDER_MARK).unwrap_or(head);
        let brackets = head.iter().filter(|byte| !byte.is_ascii_whitespace()).take_while(|byte| **byte == b'[').count();
        let layout = if own > 0 && brackets <= own { Layout::Values } else { detect::layout(head) };
        Decoder { layout, ..self }
    }

    /// The layout.
    pub(super) fn layout(&self) -> Layout {
        self.layout
    }
}

/// The schema that the columns came with, or one that is made for them.
fn document(schema: &Schema, naming: &Naming) -> Result<Document> {
    match avsc::original(schema, true) {
        Some(document) => Ok(document),
        None => avsc::parse(&avsc::from_arrow(schema, naming)?, Names::Strict),
    }
}

/// What becomes of columns in the schema in the options.
pub(super) fn fit_given(schema: &Schema, options: &WriteOptions) -> Option<GivenFits> {
    let document = avsc::parse(&options.definition.as_ref()?.text().ok()?, Names::Strict).ok()?;
    let mut given = fits(schema, &document);
    for fit in given.fields.values_mut().filter(|fit| !fit.is_refused()) {
        let codes: &[Code] = match fit.target.as_str() {
            "float" | "double" => &[Code::NaNPayload],
            "long" => &[Code::BigInteger],
            _ => &[],
        };
        // It comes back with the schema that the text is read with.
        *fit = fit.clone().at_best(Returns::Wider).with(codes);
    }
    Some(given)
}

/// What becomes of a field's own type; it comes back with the schema that the text is read with.
pub(super) fn fit(field: &Field) -> Fit {
    use DataType as T;
    match field.data_type() {
        T::Float16 | T::Float32 | T::Float64 => {
            Fit::wider("number, or \"NaN\", \"Infinity\", \"-Infinity\"").with(&[Code::NaNPayload])
        }
        T::Binary | T::LargeBinary | T::BinaryView | T::FixedSizeBinary(_) => {
            Fit::wider("text of code points 0 to 255")
        }
        T::Int64 => Fit::wider("number with all digits").with(&[Code::BigInteger]),
        T::Time64(TimeUnit::Nanosecond) => Fit::wider("number of microseconds").with(&[Code::TimePrecision]),
        T::Date64 => Fit::wider("number of days").with(&[Code::TimePrecision, Code::IntRange]),
        T::Timestamp(TimeUnit::Second, _) => Fit::wider("number of milliseconds").with(&[Code::TimestampRange]),
        T::Interval(_) => Fit::wider("text of code points 0 to 255").with(&[Code::Interval]),
        T::Union(..) => Fit::wider("object with the name of the branch"),
        _ => Fit::wider("value in Avro's JSON encoding"),
    }
}

impl Decode for Decoder {
    fn schema(&self) -> SchemaRef {
        self.inner.schema.clone()
    }

    fn decode(&self, slice: Slice) -> Result<Batches> {
        let inner = self.inner.clone();
        let mut root = Root::new(&inner.document, &inner.sizes, inner.schema.fields())?;
        root.repair(inner.repairs);
        Ok(Box::new(Rows {
            root,
            records: Records::new(slice, self.layout, Leniency::default()),
            datum: Vec::new(),
            scratch: Vec::new(),
            done: false,
            inner,
        }))
    }

    fn cutter(&self) -> Option<Arc<dyn Cutter>> {
        Some(Arc::new(self.clone()))
    }
}

impl Cutter for Decoder {
    fn cut(&self, slice: &Slice) -> Result<Cut> {
        cut::records(slice, self.layout, |layout| Arc::new(Decoder { layout, ..self.clone() }))
    }
}

/// An error of reading: of the policies that its code takes elsewhere, few alter values that are read.
fn as_read(error: Error) -> Error {
    match error.code() {
        Some(Code::Uuid) => error,
        _ => error.as_it_stands(),
    }
}

struct Rows {
    inner: Arc<Inner>,
    records: Records,
    root: Root,
    /// The record at hand, encoded.
    datum: Vec<u8>,
    scratch: Vec<u8>,
    done: bool,
}

impl Rows {
    fn batch(&mut self) -> Result<Option<Batch>> {
        let Inner { document, schema, limits, .. } = &*self.inner;
        let context = Context { document, depth_max: limits.depth_max };
        let (start, first) = (self.records.position(), self.records.count());
        let mut rows = 0;
        while rows < limits.batch_rows.max(1) {
            let Rows { records, root, datum, scratch, .. } = self;
            let more = records.next(&mut |cursor| {
                cursor.peek();
                let start = cursor.position() as u64;
                let text = skip_value(cursor, limits.depth_max, scratch)?;
                let text = std::str::from_utf8(text)
                    .map_err(|_| Error::value(Code::Utf8, "the text is not valid UTF-8").at_byte(start))?;
                datum.clear();
                encode(&context, &document.root, text, datum, 0)
                    .and_then(|()| root.read(&mut Cursor::new(datum), &context))
                    // A place in the encoded record is none in the text.
                    .map_err(|error| error.at_byte(start))
            })?;
            if !more {
                self.done = true;
                break;
            }
            rows += 1;
        }
        let lines = self.records.lines(start, self.records.position());
        if rows == 0 && lines == 0 {
            return Ok(None);
        }
        let columns = self.root.finish().map_err(|error| error.shifted(first, 0, 0))?;
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        let records = RecordBatch::try_new_with_options(schema.clone(), columns, &options)?;
        let mut report = Report { lines, ..Report::read(rows as u64) };
        self.root.take_altered(|code, path, count| {
            *report.losses.entry((code, path.to_owned())).or_default() += count;
        });
        Ok(Some(Batch { records, report }))
    }
}

impl Iterator for Rows {
    type Item = Result<Batch>;

    fn next(&mut self) -> Option<Result<Batch>> {
        if self.done {
            return None;
        }
        let batch = self.batch().map_err(as_read).transpose();
        self.done |= !matches!(batch, Some(Ok(_)));
        batch
    }
}

/// Writes records in Avro's JSON encoding.
#[derive(Debug)]
pub(super) struct Encoder {
    document: Document,
    options: WriteJson,
    depth_max: usize,
    unknown_symbol: UnknownSymbol,
}

impl Encoder {
    /// For the schema in the options, else the one that the records came with, else one that is made for them.
    ///
    /// # Errors
    /// Those of loading it; `Schema` if a column does not fit its field.
    pub(super) fn new(schema: &SchemaRef, json: WriteJson, options: &WriteOptions) -> Result<Self> {
        let document = match &options.definition {
            Some(definition) => {
                let name = definition.path.to_string_lossy().into_owned();
                avsc::parse(&definition.text()?, Names::Strict).map_err(|error| error.in_source(name))?
            }
            None => document(schema, &Naming::named(options.name.clone()))?,
        };
        bind(&document, &RecordBatch::new_empty(schema.clone()))?;
        check_raw(&document, schema)?;
        let unknown_symbol = match options.policies.get(Code::Enum) {
            Some(Policy::Default) => UnknownSymbol::Default,
            Some(Policy::Null) => UnknownSymbol::Null,
            _ => UnknownSymbol::Refuse,
        };
        let depth_max = options.depth_max.unwrap_or(Limits::default().depth_max).min(DEPTH_LIMIT);
        Ok(Encoder { document, options: json, depth_max, unknown_symbol })
    }

    /// The schema that the text is read back with.
    pub(super) fn schema_text(&self) -> String {
        self.document.text.clone() + "\n"
    }
}

impl Encode for Encoder {
    type Piece = Vec<u8>;

    fn encode_into(
        &self,
        mut piece: Vec<u8>,
        batches: &mut dyn Iterator<Item = Result<Batch>>,
    ) -> Result<Encoded<Vec<u8>>> {
        let (mut datum, mut text) = (Vec::new(), Vec::new());
        let mut report = Report::default();
        let array = self.options.layout == Layout::Array;
        let context = Context { document: &self.document, depth_max: self.depth_max };
        for batch in batches {
            let Batch { records, report: read } = batch?;
            let before = report.records_in;
            let mut places = bind(&self.document, &records)?;
            places.iter_mut().for_each(|(_, place)| place.set_unknown_symbols(self.unknown_symbol));
            for row in 0..records.num_rows() {
                let failed = |error: Error| error.at_record(before + row as u64);
                datum.clear();
                for (name, place) in &places {
                    place.write(row, &mut datum).map_err(|error| failed(error.in_column(name)))?;
                }
                text.clear();
                let mut cursor = Cursor::new(&datum);
                // Those of the columns are told by column, below.
                let mut payloads = 0;
                push_datum(&context, &self.document.root, &mut cursor, &mut text, &mut payloads, 0).map_err(failed)?;
                if array {
                    piece.extend_from_slice(match (piece.is_empty(), self.options.pretty) {
                        (true, true) => b"\n",
                        (true, false) => b"",
                        (false, _) => b",\n",
                    });
                }
                match self.options.pretty {
                    true => push_pretty(&mut piece, &text, usize::from(array)),
                    false => piece.extend_from_slice(&text),
                }
                if !array {
                    piece.push(b'\n');
                }
            }
            for (name, place) in &places {
                place.altered(name, &mut |path, count| {
                    *report.losses.entry((Code::Enum, path.to_owned())).or_default() += count;
                });
            }
            notes::note_all(&records, Wanted { integers: true, nan: true, ..Wanted::default() }, &mut report);
            report.merge(&read);
            report.records_out += records.num_rows() as u64;
        }
        Ok(Encoded { piece, report })
    }
}
