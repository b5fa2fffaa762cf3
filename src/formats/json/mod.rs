//! JSON: newline-delimited, one array, or values one after the other; strict RFC 8259.
//!
//! The codec between text and columns is [`crate::column::json`]; here is what a file of records adds: where records
//! end (`split`), records into batches (`decode`), which columns there are (`infer`), batches to text (`encode`).

#[cfg(feature = "avro")]
mod avro;
mod cut;
mod decode;
mod detect;
mod encode;
mod evidence;
mod guess;
mod infer;
mod options;
mod pretty;
#[cfg(feature = "protobuf")]
mod protojson;
mod records;
mod schema;
mod shape;
mod split;

use std::path::Path;
use std::sync::Arc;

use arrow_schema::{DataType, Field, Schema, SchemaRef};

pub use decode::Decoder;
pub use encode::Encoder;
pub use options::{Inference, Layout, Mixed, ReadJson, Rows, WriteJson};

use crate::code::Code;
use crate::column;
use crate::column::json::ExtraKeys;
use crate::column::json::fit::{fit, is_left_out};
use crate::error::{Error, Result};
#[cfg(feature = "avro")]
use crate::format::GivenFits;
use crate::format::{Fit, Format, Info, Limits, ReadOptions, Settings, Sniff, WriteOptions};
use crate::output::Output;
use crate::pipeline::push::PushDecoder;
use crate::pipeline::stream::{StreamReader, StreamWriter};
use crate::pipeline::{Decode, Exec, Reader, Sink, Split};
use crate::report::Report;
use crate::schema::infer::evidence::Evidence;
use crate::schema::width::chunk_records;
use crate::schema::{annotations, side_car};
use crate::source::Source;
use infer::Extent;

/// The format, for a registry.
pub static FORMAT: Json = Json;

/// JSON text.
#[derive(Clone, Copy, Debug)]
pub struct Json;

static INFO: Info = Info {
    name: "json",
    aliases: &[
        ("ndjson", &[("layout", "ndjson")]),
        ("jsonl", &[("layout", "ndjson")]),
        ("protojson", &[("dialect", "protojson")]),
        ("avro-json", &[("dialect", "avro")]),
    ],
    extensions: &[("json", &[]), ("ndjson", &[("layout", "ndjson")]), ("jsonl", &[("layout", "ndjson")])],
    about: "JSON: one record a line, one array, or values one after the other",
    outer_compression: true,
    read: options::READ,
    write: options::WRITE,
    codecs: &[],
};

/// Cuts a text of that layout.
pub fn splitter(layout: Layout) -> Box<dyn Split> {
    match layout {
        Layout::Lines => Box::new(split::Lines::default()),
        Layout::Values => Box::new(split::Values::default()),
        Layout::Array => Box::new(split::Elements::default()),
    }
}

/// JSON to read, for [`Convert`](crate::Convert), [`open`](crate::open()) and whatever takes an input: one record a line, one
/// array, or values one after the other.
///
/// ```
/// use fmtconv::{Convert, Output, Source, formats::json};
///
/// let text = "{\"id\": 9007199254740993}\n{\"id\": null, \"tags\": [\"a\"]}\n";
/// let (output, memory) = Output::memory();
/// let target = json::write(output).option("layout", "array");
/// let report = Convert::new(json::read(Source::bytes("a.ndjson", text))).to(target).run()?;
/// assert_eq!(report.records_out, 2);
/// let array: serde_json::Value = serde_json::from_slice(&memory.take().unwrap())?;
/// assert_eq!(array[0]["id"], 9007199254740993_u64);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn read(source: impl Into<crate::source::Source>) -> crate::input::Input {
    crate::input::Input::with_format(source, INFO.name)
}

/// JSON to write, for [`Convert`](crate::Convert), [`create`](crate::create()) and whatever takes a target. See [`read`].
pub fn write(target: impl Into<crate::convert::Target>) -> crate::convert::Target {
    crate::convert::Target::with_format(target, INFO.name)
}

impl Format for Json {
    fn info(&self) -> &'static Info {
        &INFO
    }

    fn sniff(&self, head: &[u8]) -> Sniff {
        detect::sniff(head)
    }

    fn open(&self, source: Source, options: &ReadOptions, exec: &Exec) -> Result<Box<dyn Reader>> {
        let json = ReadJson::new(options)?;
        let named = |error: Error| error.in_source(source.name());
        #[cfg(feature = "protobuf")]
        if json.dialect == options::Dialect::Protobuf {
            let layout = layout_of(&source, &json)?;
            let decoder = protojson::Decoder::new(options, json, layout)?;
            return Ok(Box::new(reader(&source, layout, decoder, options.limits)?));
        }
        #[cfg(feature = "avro")]
        if json.dialect == options::Dialect::Avro {
            let given = json.layout.is_some();
            let decoder = avro::Decoder::new(options, json)?;
            let decoder = if given { decoder } else { decoder.looking(&source.head()?) };
            return Ok(Box::new(reader(&source, decoder.layout(), decoder, options.limits)?));
        }
        let mut report = Report::default();
        let mut guessed = false;
        let mut evidence = None;
        let (source, schema, layout) = match &options.schema {
            Some(schema) => {
                let layout = layout_of(&source, &json)?;
                if json.rows == (Rows::Arrays { header: true }) {
                    check_names(&source, layout, schema).map_err(named)?;
                }
                (source.clone(), column::json::read_schema(schema), layout)
            }
            None => {
                let (again, spooled) = source.rewindable()?;
                if spooled {
                    report.note(Code::Spooled, &*source.name());
                }
                let layout = layout_of(&again, &json)?;
                let look = |extent| {
                    let nothing = Decoder::new(empty(), json.clone(), layout, &options.limits)?;
                    let text = reader(&again, layout, nothing, options.limits)?;
                    let glances = match (extent, layout) {
                        (Extent::Head, Layout::Lines) => again.glances(),
                        _ => Vec::new(),
                    };
                    infer::infer(text, layout, &json, extent, glances, options.is_part, exec)
                };
                let mut inferred = match options.infer_records {
                    Some(records) => look(Extent::Records(records))?,
                    None if options.guess && guess::is_possible(options, &json) => look(Extent::Head)?,
                    None => look(Extent::All)?,
                };
                if !inferred.whole && options.infer_records.is_none() {
                    guessed = inferred.likely && guess::can_be_checked(&inferred.schema);
                    if !guessed {
                        inferred = look(Extent::All)?;
                    }
                }
                report.merge(&inferred.report);
                evidence = inferred.evidence.map(|seen| {
                    let given = options.columns.iter().map(|field| field.name().clone()).collect();
                    Box::new(evidence::Seen { given, ..seen }) as Box<dyn Evidence>
                });
                (again, inferred.schema, layout)
            }
        };
        let mut schema = schema::with_columns(schema, &options.columns, options.is_part)?;
        // After a look at all records there is no key that the schema does not have.
        let all_known = guessed || options.schema.is_none() && options.infer_records.is_none();
        if json.rules.extra_keys == ExtraKeys::Column && !all_known && !schema::is_value_root(&schema) {
            schema = Arc::new(schema::with_extra(&schema)?);
        }
        let json = if guessed { guess::checking(json) } else { json };
        let decoder = Decoder::new(schema, json, layout, &options.limits).map_err(named)?;
        let reader = reader(&source, layout, decoder, options.limits)?.with_report(report);
        Ok(Box::new(reader.guessing(guessed).with_evidence(evidence)))
    }

    fn takes_columns(&self, settings: &Settings) -> bool {
        // The others are read with a schema.
        settings.get("dialect").is_none_or(|dialect| dialect == "plain")
    }

    fn create(&self, output: Output, schema: SchemaRef, options: &WriteOptions) -> Result<Box<dyn Sink>> {
        let json_file = output.as_path().is_some_and(is_json_file);
        let mut json = WriteJson::new(options, json_file)?;
        #[cfg(feature = "protobuf")]
        if json.dialect == options::Dialect::Protobuf {
            let lines = protojson::Lines::new(&schema, options, json.drop_unknown)?;
            let mut report = Report::default();
            lines.renamed.iter().for_each(|name| report.note(Code::Name, name));
            if side_car::wanted(&options.settings)? {
                return Err(Error::usage("side-car=true has no place beside dialect=protojson")
                    .with_hint("it is read with the .proto schema that it is written with: --to-schema FILE"));
            }
            return writer(output, Encoder::messages(json, lines), report, None);
        }
        #[cfg(feature = "avro")]
        if json.dialect == options::Dialect::Avro {
            return create_avro(output, &schema, json, options);
        }
        schema::check_writable(&Field::new("", DataType::Struct(schema.fields().clone()), false))?;
        let mut report = Report::default();
        let mut written = options.settings.clone();
        let tagged = side_car::tag_unions(&schema, &mut written, &mut json.rules)?;
        tagged.into_iter().for_each(|path| report.note(Code::Dialect, path));
        let companion = match side_car::wanted(&options.settings)? {
            true => Some(side_car::create(&output, &schema, &written, INFO.read)?),
            false => None,
        };
        writer(output, Encoder::new(json, &schema), report, companion)
    }

    fn has_one_null(&self) -> bool {
        true
    }

    fn read_back(
        &self,
        schema: &SchemaRef,
        options: &WriteOptions,
        _companion: Option<&Path>,
        _like: Option<&Settings>,
    ) -> ReadOptions {
        let rules = WriteJson::new(options, false).map(|json| json.rules);
        let settings = INFO.settings_back(&side_car::written(schema, &options.settings, rules));
        // Messages and tagged unions are told by the schema that they were written with, not by that of the records.
        let definition = options.definition.clone().filter(|_| !self.takes_columns(&settings));
        #[cfg(feature = "avro")]
        if settings.get("dialect") == Some("avro")
            && let Some(text) = definition.as_ref().and_then(|definition| definition.text().ok())
            // What cannot be read was not written with, either.
            && let Ok(written) = crate::schema::avsc::to_arrow(&text)
        {
            return ReadOptions { settings, schema: Some(Arc::new(written)), ..ReadOptions::default() };
        }
        ReadOptions { settings, schema: Some(schema.clone()), definition, ..ReadOptions::default() }
    }

    fn emits_schema(&self, settings: &Settings) -> bool {
        cfg!(feature = "avro") && settings.get("dialect") == Some("avro")
    }

    fn takes_name(&self, name: &str, settings: &Settings) -> Result<bool> {
        #[cfg(not(any(feature = "avro", feature = "protobuf")))]
        let _ = name;
        match settings.get("dialect") {
            #[cfg(feature = "avro")]
            Some("avro") => crate::schema::avsc::check_name(name).map(|()| true),
            #[cfg(feature = "protobuf")]
            Some("protojson") => crate::schema::proto::generate::check_name(name).map(|()| true),
            _ => Ok(false),
        }
    }

    fn idle(&self, setting: &str, options: &WriteOptions) -> Option<&'static str> {
        let objects = options.settings.get("rows") != Some("arrays");
        (setting == "header" && objects).then_some("only rows=arrays has a header")
    }

    fn suit(&self, target: &str, settings: &mut Settings) {
        if settings.get("dialect") == Some("protojson") && target != "protobuf" {
            settings.set_default("recursion", "json");
        }
    }

    fn push(&self, options: &ReadOptions) -> Result<PushDecoder> {
        let json = ReadJson::new(options)?;
        let schema = options.schema.clone().ok_or_else(|| Error::usage("a push decoder needs a schema"))?;
        let layout = json.layout.unwrap_or(Layout::Values);
        #[cfg(feature = "protobuf")]
        if json.dialect == options::Dialect::Protobuf {
            let decoder = protojson::Decoder::new(options, json, layout)?;
            return Ok(PushDecoder::new(splitter(layout), Arc::new(decoder), options.limits));
        }
        #[cfg(feature = "avro")]
        if json.dialect == options::Dialect::Avro {
            let decoder = avro::Decoder::new(options, json)?;
            return Ok(PushDecoder::new(splitter(layout), Arc::new(decoder), options.limits));
        }
        let decoder = Decoder::new(schema, json, layout, &options.limits)?;
        Ok(PushDecoder::new(splitter(layout), Arc::new(decoder), options.limits))
    }

    fn check_settings(&self, options: &WriteOptions) -> Result<()> {
        WriteJson::new(options, false).map(drop)
    }

    fn check_ends(&self, source: &Source, _: &WriteOptions) -> Result<()> {
        source.check_last_line()
    }

    fn fit(&self, field: &Field, parents: &[&Field], options: &WriteOptions) -> Fit {
        match WriteJson::new(options, false) {
            #[cfg(feature = "protobuf")]
            Ok(json) if json.dialect == options::Dialect::Protobuf => {
                protojson::fit(fit(field, &json.rules), field, parents)
            }
            #[cfg(feature = "avro")]
            Ok(json) if json.dialect == options::Dialect::Avro => avro::fit(field),
            Ok(json) => {
                let fit = fit(field, &json.rules);
                // Records that are arrays have a place for each value.
                let in_object = !parents.is_empty() || json.rows == Rows::Objects;
                let lost = !fit.is_refused() && in_object && is_left_out(field, parents.last().copied(), &json.rules);
                side_car::fit(if lost { fit.with(&[Code::Missing]) } else { fit }, &options.settings)
            }
            Err(error) => Fit::refused(error.message()),
        }
    }

    #[cfg(feature = "avro")]
    fn fit_given(&self, schema: &Schema, options: &WriteOptions) -> Option<GivenFits> {
        let json = WriteJson::new(options, false).ok()?;
        (json.dialect == options::Dialect::Avro).then(|| avro::fit_given(schema, options)).flatten()
    }

    fn fit_schema(&self, schema: &Schema, options: &WriteOptions) -> Fit {
        let fit = Fit::wider("JSON values").with(&annotations::schema_lost_in_text(schema));
        side_car::fit(fit, &options.settings)
    }
}

fn writer(
    output: Output,
    encoder: Encoder,
    report: Report,
    companion: Option<(Output, Vec<u8>)>,
) -> Result<Box<dyn Sink>> {
    let (head, between, tail, begun) = encoder.frame();
    let writer = StreamWriter::new(output, encoder, head)?.with_frame(between, tail).begun(begun).with_report(report);
    Ok(match companion {
        None => Box::new(writer),
        Some((companion, text)) => {
            Box::new(writer.with_companion(companion, &text)?.with_companion_end(side_car::text_end))
        }
    })
}

#[cfg(feature = "avro")]
fn create_avro(output: Output, schema: &SchemaRef, json: WriteJson, options: &WriteOptions) -> Result<Box<dyn Sink>> {
    if side_car::wanted(&options.settings)? {
        return Err(Error::usage("side-car=true has no place beside dialect=avro")
            .with_hint("the Avro schema says the types: --emit-schema FILE writes it"));
    }
    let json = WriteJson { rows: Rows::Objects, ..json };
    let (head, between, tail, _) = Encoder::new(json, schema).frame();
    let encoder = avro::Encoder::new(schema, json, options)?;
    let text = encoder.schema_text();
    let emitted = options.emit_schema.as_ref().map(|path| output.schema_file(path, text.as_bytes())).transpose()?;
    let mut writer = StreamWriter::new(output, encoder, head)?.with_frame(between, tail);
    if let Some(file) = emitted {
        writer = writer.with_companion(file, text.as_bytes())?;
    }
    Ok(Box::new(writer))
}

fn empty() -> SchemaRef {
    Arc::new(arrow_schema::Schema::empty())
}

fn layout_of(source: &Source, json: &ReadJson) -> Result<Layout> {
    match json.layout {
        Some(layout) => Ok(layout),
        None => Ok(detect::layout(&source.head()?)),
    }
}

/// The first record names the columns of `schema`, in its order.
fn check_names(source: &Source, layout: Layout, schema: &Schema) -> Result<()> {
    let head = source.head()?;
    let mut cursor = column::json::Cursor::new(head.strip_prefix(detect::BYTE_ORDER_MARK).unwrap_or(&head));
    if layout == Layout::Array {
        cursor.expect(b'[', "an array of records")?;
    }
    let names = infer::read_names(&mut cursor)?;
    let expected: Vec<&String> = schema.fields().iter().map(|field| field.name()).collect();
    match names.iter().eq(expected.iter().copied()) {
        true => Ok(()),
        false => Err(Error::schema(format!("the first record names the columns {names:?}, the schema {expected:?}"))),
    }
}

fn reader(source: &Source, layout: Layout, decoder: impl Decode, limits: Limits) -> Result<StreamReader> {
    // Of the usual schemas, which are narrow, records are not worth being counted.
    let records = chunk_records(&decoder.schema());
    let split = split::few(layout, records, records.saturating_mul(6));
    Ok(StreamReader::new(source.name(), source.open()?, Box::new(split), Arc::new(decoder), limits))
}

/// `x.json`, also below outer compression: `x.json.gz`.
fn is_json_file(path: &std::path::Path) -> bool {
    let name = path.file_name().map(|name| name.to_string_lossy().to_ascii_lowercase()).unwrap_or_default();
    let stem = [".gz", ".zst", ".bz2", ".xz", ".lz4"].iter().find_map(|suffix| name.strip_suffix(suffix));
    stem.unwrap_or(&name).ends_with(".json")
}

#[cfg(test)]
mod tests;
