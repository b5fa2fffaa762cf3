//! CSV and TSV: RFC 4180 with a stated dialect, typed columns in and out.
//!
//! An unquoted empty field is null, a quoted one (`""`) is the empty string, both ways. Types come from a schema, or
//! are inferred from all records: a type is chosen only if every value comes back (`00123` stays text). Nested
//! columns are JSON text in a cell, or with `nested=flatten` a column for each member. Read in this order: `dialect`,
//! `split` (where records end), `token` (where fields lie), `decode`, `fold`, `encode`; `header` and `infer` are what
//! happens before the first record. `split` and `token` know every dialect; `usual` does the same for the usual one, 64
//! bytes at a time by the masks of [`simd`](crate::simd).
//!
//! # Lines without a byte
//! In a file of one column a blank line is a null; in any other no record can look like that, and it is skipped.
//! `blank-lines=skip|record` says otherwise.
//!
//! # Strictness
//! Text behind a closing quote, a record of another length, a quote that is not closed, bytes that are not UTF-8: each
//! is an error with line and byte, unless a setting allows it. A quote inside an unquoted field can only be data, and
//! is an error only with `strict=true`.

mod cut;
mod decode;
pub mod dialect;
mod encode;
mod evidence;
mod fold;
mod guess;
mod header;
mod infer;
mod scan;
mod schema;
mod split;
mod token;
mod usual;

use std::io::Read;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use arrow_schema::{DataType, Field, Schema, SchemaRef};

pub use decode::Decoder;
pub use encode::Encoder;
pub use split::Splitter;

use crate::code::Code;
use crate::column::json::{
    BytesStyle, EXTENSION_NAME, ExtraKeys, ReadRules, UnionStyle, WriteRules, ambiguous_unions, read_schema,
};
use crate::column::parse::ParseOptions;
use crate::column::repair::Repair;
use crate::column::temporal;
use crate::column::text::BytesText;
use crate::error::{Error, Result};
use crate::format::{Fit, Format, Info, ReadOptions, Setting, Settings, Sniff, WriteOptions};
use crate::output::Output;
use crate::pipeline::few::Few;
use crate::pipeline::ordered::ordered_map;
use crate::pipeline::place::Place;
use crate::pipeline::stream::{StreamReader, StreamWriter};
use crate::pipeline::{Decode, Exec, Reader, Sink, Split};
use crate::policy::Policy;
use crate::report::Report;
use crate::schema::annotations;
use crate::schema::infer::Fractions;
use crate::schema::infer::evidence::Evidence;
use crate::schema::side_car;
use crate::schema::width::chunk_records;
use crate::source::Source;
use dialect::{Dialect, LineEnd};
use header::Header;

/// The format.
#[derive(Debug)]
pub struct Csv;

/// CSV, for the registry.
pub static FORMAT: Csv = Csv;

const fn setting(name: &'static str, values: &'static str, default: &'static str, about: &'static str) -> Setting {
    Setting { name, values, default, about }
}

static INFO: Info = Info {
    name: "csv",
    aliases: &[("tsv", &[("delimiter", "\\t")])],
    extensions: &[
        ("csv", &[]),
        ("tsv", &[("delimiter", "\\t")]),
        ("tab", &[("delimiter", "\\t")]),
        ("psv", &[("delimiter", "|")]),
    ],
    about: "comma- or tab-separated text, RFC 4180",
    outer_compression: true,
    read: &[
        setting("delimiter", "CHAR|auto", "auto", "between fields; auto looks for , ; tab | in the first 64 KiB"),
        setting("quote", "CHAR|none", "\"", "around fields, doubled inside"),
        setting("escape", "CHAR", "none", "inside quotes, before a quote or itself; before anything else it is data"),
        setting("comment", "CHAR", "none", "lines that begin with it are skipped"),
        setting("header", "true|false", "true", "whether the first record holds the names"),
        setting("header-types", "true|false", "false", "whether names are followed by types, like id:Int64"),
        setting("skip-lines", "N", "0", "lines to skip before everything else"),
        setting("line-end", "auto|lf|any|cr|CHAR", "auto", "what ends a record; lf takes CRLF too"),
        setting("null-token", "TOKEN[|TOKEN]", "(empty)", "unquoted fields that are null"),
        setting("null-values", "TOKEN[|TOKEN]", "(none)", "further unquoted fields that are null"),
        setting("blank-lines", "auto|skip|record", "auto", "a line without a byte; auto: null in files of one column"),
        setting("ragged", "error|pad|truncate|pad,truncate", "error", "records with too few or too many fields"),
        setting(
            "infer",
            "true|false|decimal|float",
            "true",
            "types from the values of all records; false: every column is text; fractions as decimals, as floats",
        ),
        setting("epoch", "s|ms|us|ns", "(none)", "unit of timestamps that are numbers"),
        setting("assume-tz", "ZONE", "(none)", "zone of timestamps written without one, for columns that have a zone"),
        setting(
            "invalid-utf8",
            "error|replace|latin1|binary",
            "error",
            "text that is not UTF-8: U+FFFD, ISO 8859-1 (both counted), or columns of bytes",
        ),
        setting("extra-columns", "error|ignore", "error", "columns that the given schema does not have"),
        setting("extra-keys", "error|ignore", "error", "keys of nested cells that the schema does not have"),
        setting("union", "untagged|tagged", "untagged", "how unions were written: the value, or {\"branch\": value}"),
        setting("bytes", "base64|hex", "base64", "how binary values are written"),
        setting(
            "nested",
            "json|flatten",
            "json",
            "with a schema: structs from JSON text, or from a column for each member",
        ),
        setting("trim", "none|leading|both", "none", "spaces and tabs around fields that are no data"),
        setting("lenient", "true|false", "false", "a quote in the middle of a quoted field is data: \"a\"b\" is a\"b"),
        setting("strict", "true|false", "false", "a quote inside an unquoted field is an error, not data"),
        side_car::READ,
    ],
    write: &[
        setting("delimiter", "CHAR", ",", "between fields"),
        setting("quote", "CHAR|none", "\"", "around fields that need it"),
        setting("quoting", "needed|all", "needed", "which values are quoted; null never is"),
        setting("escape", "CHAR", "none", "before quotes inside quotes, instead of doubling"),
        setting("comment", "CHAR", "none", "quote a first field that begins with it"),
        setting("header", "true|false", "true", "whether to write the names"),
        setting("header-types", "true|false", "false", "write types behind the names, like id:Int64"),
        setting("line-end", "lf|crlf", "lf", "after each record"),
        setting("null-token", "TOKEN", "(empty; \\N for one column)", "what null is written as, unquoted"),
        setting("nested", "json|flatten", "json", "structs as JSON text, or as a column for each member"),
        setting("bytes", "base64|hex", "base64", "how binary values are written"),
        setting("union", "untagged|tagged", "untagged", "unions as the value alone, or {\"branch\": value}"),
        setting("bom", "true|false", "false", "begin with a byte order mark"),
        side_car::WRITE,
    ],
    codecs: &[],
};

/// CSV to read, for [`Convert`](crate::Convert), [`open`](crate::open()) and whatever takes an input. Types are inferred
/// from all records, but for those that are named.
///
/// ```
/// use arrow_schema::DataType;
/// use fmtconv::{Convert, Output, Source, formats::csv};
///
/// let text = "id;zip\n1;00501\n2;\n";
/// let input = csv::read(Source::bytes("a.csv", text)).option("delimiter", ";").column("id", DataType::Int16);
/// let (output, memory) = Output::memory();
/// let report = Convert::new(input).to(csv::write(output)).run()?;
/// assert_eq!(report.records_in, 2);
/// assert_eq!(memory.take().unwrap(), b"id,zip\n1,00501\n2,\n");
/// # Ok::<(), fmtconv::Error>(())
/// ```
pub fn read(source: impl Into<crate::source::Source>) -> crate::input::Input {
    crate::input::Input::with_format(source, INFO.name)
}

/// CSV to write, for [`Convert`](crate::Convert), [`create`](crate::create()) and whatever takes a target. See [`read`].
pub fn write(target: impl Into<crate::convert::Target>) -> crate::convert::Target {
    crate::convert::Target::with_format(target, INFO.name)
}

impl Format for Csv {
    fn info(&self) -> &'static Info {
        &INFO
    }

    fn sniff(&self, head: &[u8]) -> Sniff {
        sniff(head)
    }

    fn open(&self, source: Source, options: &ReadOptions, exec: &Exec) -> Result<Box<dyn Reader>> {
        options.settings.check("csv", INFO.read)?;
        let name = source.name();
        open(source, options, exec).map_err(|error| match error.origin().source {
            Some(_) => error,
            None => error.in_source(name),
        })
    }

    fn create(&self, output: Output, schema: SchemaRef, options: &WriteOptions) -> Result<Box<dyn Sink>> {
        create(output, &schema, options)
    }

    fn fit(&self, field: &Field, parents: &[&Field], options: &WriteOptions) -> Fit {
        let flatten = flattens(&options.settings).unwrap_or(false);
        let union = union_style(&options.settings).unwrap_or_default();
        side_car::fit(schema::fit(field, parents, flatten, union), &options.settings)
    }

    fn fit_schema(&self, schema: &Schema, options: &WriteOptions) -> Fit {
        if schema.fields().is_empty() {
            return Fit::refused("CSV cannot hold records without columns").with(&[Code::Rows]);
        }
        let fit = Fit::wider("lines of text").with(&annotations::schema_lost_in_text(schema));
        let fit = if schema::keeps_names(schema) { fit } else { fit.with(&[Code::Name]) };
        side_car::fit(fit, &options.settings)
    }

    fn inspect(&self, source: &Source, options: &ReadOptions) -> Result<serde_json::Value> {
        let dialect = Dialect::from_settings(&options.settings)?;
        let (header, _) = header::read(source.open()?, options, dialect)?;
        let char_of = |byte: Option<u8>| byte.map(|byte| char::from(byte).to_string());
        Ok(serde_json::json!({
            "format": "csv",
            "delimiter": char_of(Some(header.dialect.delimiter)),
            "quote": char_of(header.dialect.quote),
            "escape": char_of(header.dialect.escape),
            "comment": char_of(header.dialect.comment),
            "line_end": format!("{:?}", header.dialect.line_end).to_lowercase(),
            "byte_order_mark": header.mark,
            "header": !header.written.is_empty(),
            "header_bytes": header.bytes,
            "columns": header.names,
        }))
    }
}

/// Whether structs become columns.
fn flattens(settings: &Settings) -> Result<bool> {
    match settings.get("nested") {
        None | Some("json") => Ok(false),
        Some("flatten") => Ok(true),
        Some(other) => Err(Error::usage(format!("nested={other}: expected json or flatten"))),
    }
}

fn bytes_text(settings: &Settings) -> Result<BytesText> {
    match settings.get("bytes") {
        None | Some("base64") => Ok(BytesText::Base64),
        Some("hex") => Ok(BytesText::Hex),
        Some(other) => Err(Error::usage(format!("bytes={other}: expected base64 or hex"))),
    }
}

fn union_style(settings: &Settings) -> Result<UnionStyle> {
    let styles = [("untagged", UnionStyle::Untagged), ("tagged", UnionStyle::Tagged)];
    settings.choice("union", &styles).map(Option::unwrap_or_default)
}

/// Whether types are inferred, and which type fractions get.
fn inference(settings: &Settings) -> Result<Option<Fractions>> {
    match settings.get("infer") {
        Some("decimal") => Ok(Some(Fractions::Decimal)),
        Some("float") => Ok(Some(Fractions::Float)),
        _ => Ok(settings.flag("infer", true)?.then_some(Fractions::Auto)),
    }
}

fn ignored(settings: &Settings, name: &str) -> Result<bool> {
    match settings.get(name) {
        None | Some("error") => Ok(false),
        Some("ignore") => Ok(true),
        Some(other) => Err(Error::usage(format!("{name}={other}: expected error or ignore"))),
    }
}

fn open(source: Source, options: &ReadOptions, exec: &Exec) -> Result<Box<dyn Reader>> {
    let settings = &options.settings;
    let mut dialect = Dialect::from_settings(settings)?;
    if options.policies.get(Code::Utf8) == Some(Policy::Replace) && settings.get("invalid-utf8").is_none() {
        dialect.repair = Some(Repair::Replace);
    }
    let parse = ParseOptions {
        bytes: bytes_text(settings)?,
        boolean_any_case: true,
        epoch: temporal::epoch(settings)?,
        assume_zone: temporal::assumed_zone(settings)?,
        ..ParseOptions::default()
    };
    let rules = Arc::new(ReadRules {
        extra_keys: if ignored(settings, "extra-keys")? { ExtraKeys::Ignore } else { ExtraKeys::Error },
        union: union_style(settings)?,
        bytes: if parse.bytes == BytesText::Hex { BytesStyle::Hex } else { BytesStyle::Base64 },
        depth_max: options.limits.depth_max,
        epoch: parse.epoch,
        assume_zone: parse.assume_zone,
        policies: options.policies.clone(),
        ..ReadRules::default()
    });
    let has_header = settings.flag("header", true)?;

    let must_infer = options.schema.is_none();
    let (source, spooled) = if must_infer { source.rewindable()? } else { (source, false) };
    let (mut header, mut input) = header::read(source.open()?, options, dialect)?;
    if spooled {
        header.report.note(Code::Spooled, &*source.name());
    }
    let folded = !must_infer && flattens(settings)?;
    let (mut guess, mut evidence) = (None, None);
    let (columns, schema) = match &options.schema {
        Some(schema) => {
            let schema = overridden(&Arc::new(read_schema(schema)), &options.columns)?;
            let flat = if folded { Arc::new(fold::flat(&schema)?) } else { schema.clone() };
            let extra_ignored = ignored(settings, "extra-columns")?;
            let (columns, read) = schema::given(&flat, &header.names, has_header, extra_ignored)?;
            (columns, if folded { schema } else { read })
        }
        None => {
            let typed = types(&source, input, &mut header, options, exec)?;
            guess = typed.guess;
            evidence = typed.evidence.map(|evidence| Box::new(evidence) as Box<dyn Evidence>);
            input = source.open()?;
            skip(&mut input, header.bytes)?;
            schema::inferred(typed.fields)?
        }
    };
    let is_guess = guess.is_some();
    let decoder = Decoder::new(decode::Plan {
        dialect: header.dialect.clone(),
        schema,
        columns,
        folded,
        names: header.names,
        options: parse,
        rules,
        inferred: must_infer && options.infer_records.is_some() && options.columns.is_empty(),
        batch_rows: options.limits.batch_rows,
        header: header.line,
        guess,
    });
    let splitter = splitter(header.dialect, &decoder.schema());
    let reader = StreamReader::new(source.name(), input, splitter, Arc::new(decoder), options.limits)
        .after_header(header.bytes, header.lines)
        .with_report(header.report)
        .guessing(is_guess)
        .with_evidence(evidence);
    Ok(Box::new(reader))
}

/// What cuts records of `schema`. Where short ones are filled up, not too many of them make a chunk.
fn splitter(dialect: Dialect, schema: &Schema) -> Box<dyn Split> {
    let pads = dialect.ragged.pad;
    let mark = match dialect.line_end {
        LineEnd::Lf | LineEnd::Any => b'\n',
        LineEnd::Byte(byte) => byte,
    };
    let splitter = Box::new(Splitter::new(dialect));
    let records = chunk_records(schema);
    if pads { Box::new(Few::new(splitter, mark, records, records)) } else { splitter }
}

/// `schema` with the types of single columns replaced.
fn overridden(schema: &SchemaRef, columns: &[Field]) -> Result<SchemaRef> {
    if columns.is_empty() {
        return Ok(schema.clone());
    }
    let mut fields: Vec<Field> = schema.fields().iter().map(|field| field.as_ref().clone()).collect();
    for given in columns {
        let name = given.name();
        let field = fields.iter_mut().find(|field| field.name() == name).ok_or_else(|| no_column(name, &[]))?;
        field.set_data_type(given.data_type().clone());
        field.metadata_mut().remove(EXTENSION_NAME);
        field.metadata_mut().extend(given.metadata().iter().map(|(key, value)| (key.to_owned(), value.to_owned())));
    }
    Ok(Arc::new(arrow_schema::Schema::new_with_metadata(fields, schema.metadata().clone())))
}

fn no_column(name: &str, names: &[String]) -> Error {
    let error = Error::usage(format!("there is no column {name:?}"));
    if names.is_empty() { error } else { error.with_hint(format!("columns of the file: {}", names.join(", "))) }
}

/// The columns of a file without a schema.
struct Typed {
    fields: Vec<Field>,
    /// What the types come from, if that is not all records.
    guess: Option<guess::Guess>,
    /// What the types come from, if the file is one of several.
    evidence: Option<evidence::Seen>,
}

/// Chunks from which types are guessed.
const GUESS_CHUNKS: usize = 4;

/// All columns: of given types, and of types inferred from the records behind the header.
fn types(
    source: &Source,
    input: Box<dyn Read + Send>,
    header: &mut Header,
    options: &ReadOptions,
    exec: &Exec,
) -> Result<Typed> {
    let typed = |name: &String, kind: &DataType| Field::new(name, kind.clone(), true);
    let typed_header = header.names.iter().zip(&header.types);
    let mut given: Vec<_> = typed_header.map(|(name, kind)| Some(typed(name, kind))).collect();
    given.resize(header.names.len(), None);
    for column in &options.columns {
        let index = header.names.iter().position(|known| known == column.name());
        let index = index.ok_or_else(|| no_column(column.name(), &header.names))?;
        given[index] = Some(column.clone().with_nullable(true));
    }
    let Some(fractions) = inference(&options.settings)? else {
        let named = given.into_iter().zip(&header.names);
        let fields = named.map(|(field, name)| field.unwrap_or_else(|| typed(name, &DataType::Utf8))).collect();
        return Ok(Typed { fields, guess: None, evidence: None });
    };
    let wanted: Arc<[bool]> = given.iter().map(Option::is_none).collect();
    if !wanted.contains(&true) {
        return Ok(Typed { fields: given.into_iter().flatten().collect(), guess: None, evidence: None });
    }
    // The decoder is never asked: only slices are taken.
    let nothing = Decoder::new(decode::Plan {
        dialect: header.dialect.clone(),
        schema: Arc::new(arrow_schema::Schema::empty()),
        columns: Vec::new(),
        folded: false,
        names: Vec::new(),
        options: ParseOptions::default(),
        rules: Arc::default(),
        inferred: true,
        batch_rows: 1,
        header: Vec::new(),
        guess: None,
    });
    let splitter = Box::new(Splitter::new(header.dialect.clone()));
    let mut reader = StreamReader::new(source.name(), input, splitter, Arc::new(nothing), options.limits)
        .after_header(header.bytes, header.lines);
    // Bytes that are no text may make columns of bytes: only a look at all of them tells.
    let guessing = options.guess && !options.set_aside && header.dialect.repair.is_none();
    let mut chunks_left = if guessing && options.infer_records.is_none() { GUESS_CHUNKS } else { usize::MAX };
    let to_the_end = Arc::new(AtomicBool::new(false));
    let ended = to_the_end.clone();
    let slices = std::iter::from_fn(move || {
        chunks_left = chunks_left.checked_sub(1)?;
        let next = reader.next_slice();
        if !matches!(&next, Some((_, Ok(slice))) if !slice.last) {
            ended.store(true, Ordering::Relaxed);
        }
        next
    });

    let mut shapes = vec![infer::ColumnShape::Unknown; header.names.len()];
    let mut place = Place::default();
    let mut left = options.infer_records.unwrap_or(u64::MAX);
    let mut merge = |origin, observed: Result<infer::Observed>| -> Result<u64> {
        exec.check()?;
        place.enter(&origin);
        let infer::Observed { columns, report } = observed.map_err(|error| place.locate(error))?;
        place.advance(&report);
        for (shape, seen) in shapes.iter_mut().zip(&columns) {
            shape.merge(seen);
        }
        Ok(report.records_in)
    };
    let (dialect, set_aside) = (header.dialect.clone(), options.set_aside);
    if options.infer_records.is_some() {
        // How many records a slice holds is known only when it was read: one after the other.
        for (origin, slice) in slices {
            if left == 0 {
                break;
            }
            let observed = slice.and_then(|slice| infer::observe_readable(&dialect, &wanted, &slice, left, set_aside));
            left -= merge(origin, observed)?;
        }
    } else {
        let wanted = wanted.clone();
        let observed = ordered_map(exec, exec.window(), slices, move |(origin, slice)| {
            let seen = slice.and_then(|slice| infer::observe_readable(&dialect, &wanted, &slice, u64::MAX, set_aside));
            (origin, seen)
        });
        for item in observed {
            let (origin, observed) = item?;
            merge(origin, observed)?;
        }
    }
    let guess = guessing && !to_the_end.load(Ordering::Relaxed) && options.infer_records.is_none();
    let shaped = given.iter().zip(&shapes).map(|(given, shape)| given.is_none().then(|| shape.clone())).collect();
    let guess = guess.then(|| guess::Guess::new(shaped, fractions));
    if guess.as_ref().is_some_and(|guess| !guess.is_likely(source, header, &wanted)) {
        let mut input = source.open()?;
        skip(&mut input, header.bytes)?;
        return types(source, input, header, &ReadOptions { guess: false, ..options.clone() }, exec);
    }
    for (name, shape) in header.names.iter().zip(&shapes) {
        if shape.restyles(fractions) {
            header.report.note(Code::Restyled, name.clone());
        }
    }
    let seen = || evidence::Seen::new(header.names.iter().zip(&given).zip(&shapes), fractions);
    let evidence = options.is_part.then(seen);
    let named = given.into_iter().zip(header.names.iter().zip(&shapes));
    let inferred = |name: &String, shape: &infer::ColumnShape| match options.is_part && shape.is_unknown() {
        true => Field::new(name, DataType::Null, true),
        false => shape.field(name, fractions),
    };
    let fields = named.map(|(given, (name, shape))| given.unwrap_or_else(|| inferred(name, shape))).collect();
    Ok(Typed { fields, guess, evidence })
}

fn skip(input: &mut Box<dyn Read + Send>, bytes: u64) -> Result<()> {
    std::io::copy(&mut input.take(bytes), &mut std::io::sink())
        .map_err(|error| crate::source::read_error(error, 0))
        .and_then(|skipped| {
            if skipped == bytes { Ok(()) } else { Err(Error::malformed("the file became shorter while it was read")) }
        })
}

fn create(output: Output, schema: &SchemaRef, options: &WriteOptions) -> Result<Box<dyn Sink>> {
    let settings = &options.settings;
    settings.check("csv", INFO.write)?;
    if schema.fields().is_empty() {
        return Err(Error::unsupported("CSV cannot hold records without columns").with_code(Code::Rows));
    }
    let (line_end, mut dialect_settings): (&'static [u8], Settings) = match settings.get("line-end") {
        None | Some("lf") => (b"\n", settings.clone()),
        Some("crlf") => (b"\r\n", settings.clone()),
        Some(other) => return Err(Error::usage(format!("line-end={other}: expected lf or crlf"))),
    };
    dialect_settings.set("line-end", "lf");
    let dialect = Dialect::from_settings(&dialect_settings)?;
    check_null(&dialect)?;
    let always = match settings.get("quoting") {
        None | Some("needed") => false,
        Some("all") => true,
        Some(other) => return Err(Error::usage(format!("quoting={other}: expected needed or all"))),
    };
    let flatten = flattens(settings)?;
    let cells = schema::cells(schema, flatten)?;
    let mut report = Report::default();
    if let ([cell], None) = (&cells[..], &dialect.null)
        && cell.field.is_nullable()
    {
        report.note(Code::Dialect, cell.name.clone());
    }
    let style = encode::Style::new(dialect, cells.len(), line_end, always);
    let bytes = bytes_text(settings)?;
    let mut rules = WriteRules {
        union: union_style(settings)?,
        bytes: if bytes == BytesText::Hex { BytesStyle::Hex } else { BytesStyle::Base64 },
        ..WriteRules::default().within(options.depth_max)
    };
    let mut companion = None;
    if side_car::wanted(settings)? {
        let mut written = settings.clone();
        let mixed = ambiguous_unions(schema.fields(), &rules);
        if !mixed.is_empty() && written.get("union").is_none() {
            rules.union = UnionStyle::Tagged;
            written.set("union", "tagged");
            mixed.into_iter().for_each(|path| report.note(Code::Dialect, path));
        }
        companion = Some(side_car::create(&output, schema, &written, INFO.read)?);
    }
    let encoder = Encoder::new(cells, style, bytes, rules);
    let mark = settings.flag("bom", false)?;
    let head = match settings.flag("header", true)? {
        true => encoder.header(mark, settings.flag("header-types", false)?)?,
        false if mark => b"\xef\xbb\xbf".to_vec(),
        false => Vec::new(),
    };
    let mut writer = StreamWriter::new(output, encoder, head)?.with_report(report);
    if let Some((companion, text)) = companion {
        writer = writer.with_companion(companion, &text)?.with_companion_end(side_car::text_end);
    }
    Ok(Box::new(writer))
}

/// The null must stand without quotes.
fn check_null(dialect: &Dialect) -> Result<()> {
    for token in dialect.null.iter().flatten() {
        let special = [Some(dialect.delimiter), dialect.quote, Some(b'\n'), Some(b'\r')];
        if token.iter().any(|byte| special.contains(&Some(*byte)))
            || (dialect.comment.is_some() && token.first() == dialect.comment.as_ref())
        {
            let token = String::from_utf8_lossy(token);
            return Err(Error::usage(format!("null={token}: the token would need quotes itself")));
        }
    }
    Ok(())
}

/// Text in which the same delimiter cuts all first lines into as many fields.
fn sniff(head: &[u8]) -> Sniff {
    let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    // The head may end inside a character.
    let valid = match std::str::from_utf8(text) {
        Ok(_) => true,
        Err(error) => error.error_len().is_none(),
    };
    if !valid || text.is_empty() || text.contains(&0) || matches!(text.trim_ascii_start().first(), Some(b'{' | b'[')) {
        return Sniff::No;
    }
    let whole = head.len() < crate::source::HEAD_BYTES;
    let dialect = Dialect::default();
    let delimiter = header::detect_delimiter(&dialect, text, whole);
    if header::is_table(&Dialect { delimiter, ..dialect }, text, whole) { Sniff::Likely } else { Sniff::Maybe }
}

#[cfg(test)]
mod tests;
