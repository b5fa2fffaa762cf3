//! CSV and TSV: RFC 4180 with a stated dialect, typed columns in and out.
//!
//! An unquoted empty field is null, a quoted one (`""`) is the empty string, both ways. Types come from a schema, or
//! are inferred from all records: a type is chosen only if every value comes back (`00123` stays text). Nested
//! columns are JSON text in a cell, or with `nested=flatten` a column for each member. Read in this order: `dialect`,
//! `split` (where records end), `token` (where fields lie), `decode`, `fold`, `encode`; `header`, `types` and `infer` are what
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
mod style;
mod token;
mod types;
mod usual;

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;

use arrow_schema::{Field, Schema, SchemaRef};

pub use decode::Decoder;
pub use encode::Encoder;
pub use split::Splitter;

use crate::code::Code;
use crate::column::json::{BytesStyle, ExtraKeys, ReadRules, UnionStyle, WriteRules, read_schema};
use crate::column::parse::ParseOptions;
use crate::column::repair::Repair;
use crate::column::temporal;
use crate::column::text::BytesText;
use crate::error::{Error, Result};
use crate::format::{Fit, Format, Info, ReadOptions, Setting, Settings, Sniff, WriteOptions};
use crate::output::Output;
use crate::pipeline::few::Few;
use crate::pipeline::stream::{StreamReader, StreamWriter};
use crate::pipeline::{Decode, Exec, Reader, Sink, Split};
use crate::policy::Policy;
use crate::report::Report;
use crate::schema::annotations;
use crate::schema::infer::evidence::Evidence;
use crate::schema::side_car;
use crate::schema::width::chunk_records;
use crate::source::Source;
use dialect::{Dialect, LineEnd};
use style::Style;

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
        setting("null-token", "TOKEN[|TOKEN]", "(empty; \\N, too, for one column)", "unquoted fields that are null"),
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

    fn check_ends(&self, source: &Source, _: &WriteOptions) -> Result<()> {
        source.check_last_line()
    }

    fn fit(&self, field: &Field, parents: &[&Field], options: &WriteOptions) -> Fit {
        let flatten = flattens(&options.settings).unwrap_or(false);
        let union = union_style(&options.settings).unwrap_or_default();
        let typed = options.settings.flag("header-types", false).unwrap_or(false);
        side_car::fit(schema::fit(field, parents, flatten, union, typed), &options.settings)
    }

    fn fit_schema(&self, schema: &Schema, options: &WriteOptions) -> Fit {
        let fit = Fit::wider("lines of text").with(&annotations::schema_lost_in_text(schema));
        let fit = if schema::keeps_names(schema) { fit } else { fit.with(&[Code::Name]) };
        side_car::fit(fit, &options.settings)
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
        let written = side_car::written(schema, &options.settings, write_rules(options));
        let settings = INFO.settings_back(&written);
        ReadOptions { settings, schema: Some(schema.clone()), ..ReadOptions::default() }
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

/// How nested cells are written.
fn write_rules(options: &WriteOptions) -> Result<WriteRules> {
    let hex = bytes_text(&options.settings)? == BytesText::Hex;
    Ok(WriteRules {
        union: union_style(&options.settings)?,
        bytes: if hex { BytesStyle::Hex } else { BytesStyle::Base64 },
        ..WriteRules::default().within(options.depth_max)
    })
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
            let schema = types::overridden(&Arc::new(read_schema(schema)), &options.columns, options.is_part)?;
            let flat = if folded { Arc::new(fold::flat(&schema)?) } else { schema.clone() };
            let extra_ignored = ignored(settings, "extra-columns")?;
            let (columns, read) = schema::given(&flat, &header.names, has_header, extra_ignored)?;
            (columns, if folded { schema } else { read })
        }
        None => {
            let typed = types::types(&source, input, &mut header, options, exec)?;
            guess = typed.guess;
            evidence = typed.evidence.map(|evidence| Box::new(evidence) as Box<dyn Evidence>);
            input = source.open()?;
            types::skip(&mut input, header.bytes)?;
            schema::inferred(typed.fields)?
        }
    };
    let is_guess = guess.is_some();
    // A schema that has the names of the file gives them back.
    let read: HashSet<&str> = columns.iter().map(|column| column.field.name().as_str()).collect();
    for name in header.renamed.into_iter().filter(|name| read.contains(name.as_str())) {
        header.report.note(Code::Renamed, name);
    }
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

fn create(output: Output, schema: &SchemaRef, options: &WriteOptions) -> Result<Box<dyn Sink>> {
    let settings = &options.settings;
    settings.check("csv", INFO.write)?;
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
    let style = Style::new(dialect, cells.len(), line_end, always);
    let mut rules = write_rules(options)?;
    let mut written = settings.clone();
    let tagged = side_car::tag_unions(schema, &mut written, &mut rules)?;
    tagged.into_iter().for_each(|path| report.note(Code::Dialect, path));
    let companion = match side_car::wanted(settings)? {
        true => Some(side_car::create(&output, schema, &written, INFO.read)?),
        false => None,
    };
    let encoder = Encoder::new(cells, style, bytes_text(settings)?, rules);
    let mark = settings.flag("bom", false)?;
    // No records without columns are an empty file; if there is one, it is refused.
    let head = match settings.flag("header", true)? && !schema.fields().is_empty() {
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
