//! `fmtconv sizes`: the same records in every format and codec.

mod columns;
mod picture;

use std::io::{self, Write};
use std::path::Path;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use serde_json::json;

use super::args::SizesArguments;
use super::{Session, losses, options, render, screen};
use crate::error::{Error, Result};
use crate::format::{Compression, Definition, Format, Settings, WriteOptions};
use crate::input::Resolved;
use crate::output::Output;
use crate::output::compress::OuterCompression;
use crate::pipeline::adapter::{BatchReader, Memory};
use crate::pipeline::{Reader, Steps};
use crate::schema::load::protobuf_text;
use crate::schema::plan::plan;
use crate::schema::project::Selection;
use crate::source::Source;
use crate::source::decompress::OuterCodec;

/// Records are kept in memory up to so many bytes: times are then of writing and reading alone.
const KEPT_BYTES: usize = 256 << 20;

/// One format and codec.
struct Row {
    format: String,
    codec: &'static str,
    outcome: Result<Measured>,
    /// Whether no other row is both smaller and faster.
    best: bool,
}

struct Measured {
    bytes: u64,
    records: u64,
    write: Duration,
    read: Option<Duration>,
}

/// What is written again and again.
enum Records {
    Kept(Vec<RecordBatch>),
    /// Too many to keep: read from the inputs again for each row.
    Streamed(Vec<Resolved>, Selection),
}

pub fn run(session: &Session, arguments: SizesArguments) -> Result<u8> {
    let inputs = options::inputs(session, &arguments.inputs, &arguments.read)?;
    let selection = options::selection(&arguments.selection)?;
    let mut inputs = options::resolved(session, inputs, &arguments.read, None)?;
    for input in &mut inputs {
        input.source = input.source.rewindable()?.0;
    }
    let source_bytes: u64 = inputs.iter().filter_map(|input| input.source.size()).sum();
    let chosen = chosen(session, &arguments.formats)?;
    let (schema, records) = load(session, inputs, &selection)?;
    if let Records::Streamed(..) = records {
        session.screen.note("the records do not fit in memory: times of writing include reading the input again");
    }
    let mut rows = Vec::new();
    for format in &chosen {
        let as_named = WriteOptions { settings: format.settings.clone(), ..WriteOptions::default() };
        let unfit = plan(&schema, format.format, &as_named).check().err();
        if let Some(error) = unfit {
            rows.push(Row { format: format.name.clone(), codec: "", outcome: Err(error), best: false });
            continue;
        }
        for codec in codecs(format.format) {
            let outcome = measure(session, format, codec, &schema, &records);
            session.exec.check()?;
            rows.push(Row { format: format.name.clone(), codec, outcome, best: false });
        }
    }
    mark_best(&mut rows);
    let by_column = match (&records, arguments.by_column) {
        (_, false) => None,
        (Records::Kept(batches), true) => Some(columns::measure(session, &chosen, &schema, batches)?),
        (Records::Streamed(..), true) => {
            session.screen.note("the records do not fit in memory: their columns are not written alone");
            None
        }
    };
    let text = match &arguments {
        SizesArguments { json: true, .. } => as_json(&rows, source_bytes, by_column.as_ref()),
        SizesArguments { csv: true, .. } => as_csv(&rows, source_bytes)?,
        SizesArguments { html: true, .. } => picture::html(&rows, source_bytes, by_column.as_ref()),
        SizesArguments { svg: true, .. } => picture::svg(&rows),
        _ => {
            let columns = by_column.map(|columns| format!("\n{}", columns.as_table())).unwrap_or_default();
            as_table(&rows, source_bytes) + &columns
        }
    };
    screen::print(&text)?;
    Ok(0)
}

/// A format to measure, under one of its names.
struct Chosen {
    name: String,
    format: &'static dyn Format,
    /// What the name implies.
    settings: Settings,
}

impl Chosen {
    /// How it is written; the schema that reading needs goes into `folder`.
    fn options(&self, folder: &Path) -> WriteOptions {
        let is_own = self.format.info().name == "protobuf";
        let emitted = is_own || self.settings.iter().next().is_some() && self.format.emits_schema(&self.settings);
        WriteOptions {
            name: Some("Record".to_owned()),
            settings: self.settings.clone(),
            emit_schema: emitted.then(|| folder.join(if is_own { "record.proto" } else { "record.avsc" })),
            ..WriteOptions::default()
        }
    }
}

/// The formats that were named, each once; all of them if none was.
fn chosen(session: &Session, names: &[String]) -> Result<Vec<Chosen>> {
    let plain = |format: &'static dyn Format| Chosen {
        name: format.info().name.to_owned(),
        format,
        settings: Settings::default(),
    };
    if names.is_empty() {
        return Ok(session.registry.iter().map(plain).collect());
    }
    let mut chosen: Vec<Chosen> = Vec::new();
    for name in names {
        let (format, settings) = session.registry.by_name(name)?;
        let implied = settings.iter().next().is_some();
        let one = match implied {
            false => plain(format),
            // The name says more than the format.
            true => Chosen { name: name.to_ascii_lowercase(), format, settings },
        };
        if chosen.iter().any(|known| known.name == one.name) {
            return Err(Error::usage(format!("the format {} is named twice in --formats", one.name)));
        }
        chosen.push(one);
    }
    Ok(chosen)
}

fn codecs(format: &dyn Format) -> Vec<&'static str> {
    let info = format.info();
    let inside = info.codecs.iter().copied().filter(|codec| *codec != "none");
    let around: &[&str] =
        if info.codecs.is_empty() && info.outer_compression { &["gzip", "zstd", "bzip2", "xz", "lz4"] } else { &[] };
    std::iter::once("none").chain(inside).chain(around.iter().copied()).collect()
}

/// Reads the records once. Types that were inferred are kept, so that nothing is inferred again.
fn load(session: &Session, mut inputs: Vec<Resolved>, selection: &Selection) -> Result<(SchemaRef, Records)> {
    let (reader, steps, schema) = options::reader(session, inputs.clone(), selection)?;
    let known = losses::known(&reader.report());
    losses::say_known(session, &known);
    if let [input] = inputs.as_mut_slice()
        && ["csv", "json"].contains(&input.format.info().name)
    {
        input.options.schema = Some(reader.schema());
        input.options.columns.clear();
    }
    let mut kept = Vec::new();
    let mut bytes = 0;
    let mut batches = BatchReader::new(reader, &session.exec);
    while let Some(batch) = batches.next_batch() {
        session.exec.check()?;
        let mut batch = batch?;
        for step in &steps {
            batch = step.apply(batch)?;
        }
        bytes += batch.records.get_array_memory_size();
        if bytes > KEPT_BYTES {
            losses::say_found(session, None, batches.report(), &known);
            return Ok((schema, Records::Streamed(inputs, selection.clone())));
        }
        kept.push(batch.records);
    }
    losses::say_found(session, None, batches.report(), &known);
    Ok((schema, Records::Kept(kept)))
}

fn measure(
    session: &Session,
    chosen: &Chosen,
    codec: &'static str,
    schema: &SchemaRef,
    records: &Records,
) -> Result<Measured> {
    let scratch = tempfile::tempdir().map_err(|error| Error::io("cannot create a temporary folder", error))?;
    let (format, mut options) = (chosen.format, chosen.options(scratch.path()));
    if chosen.settings.get("dialect") == Some("protojson") {
        // Its text is read with a schema alone.
        let path = scratch.path().join("record.proto");
        let text = protobuf_text(schema, "Record", &Settings::default())?;
        std::fs::write(&path, text).map_err(|error| Error::io("cannot write the schema", error))?;
        options.definition = Some(Definition::new(&path));
    }
    let outer = match codec {
        _ if !format.info().codecs.is_empty() => {
            options.compression = Some(Compression { codec: codec.to_owned(), level: None });
            None
        }
        "gzip" => Some(OuterCodec::Gzip),
        "zstd" => Some(OuterCodec::Zstd),
        "bzip2" => Some(OuterCodec::Bzip2),
        "xz" => Some(OuterCodec::Xz),
        "lz4" => Some(OuterCodec::Lz4),
        _ => None,
    };
    let (output, written) = match records {
        Records::Kept(_) => {
            let (output, memory) = Output::memory();
            (output, Some(memory))
        }
        Records::Streamed(..) => (Output::writer("sizes", Counted), None),
    };
    let output = output.compressed(outer.map(OuterCompression::new));
    let (reader, steps): (Box<dyn Reader>, Steps) = match records {
        Records::Kept(batches) => {
            let batches = batches.clone().into_iter().map(Ok);
            (Box::new(Memory::new(schema.clone(), batches)), Vec::new())
        }
        Records::Streamed(inputs, selection) => {
            let (reader, steps, _) = options::reader(session, inputs.clone(), selection)?;
            (reader, steps)
        }
    };
    let begun = Instant::now();
    let report = format.create(output, schema.clone(), &options)?.drain(reader, steps, &session.exec)?;
    let write = begun.elapsed();
    let read = match written.and_then(|memory| memory.take()) {
        None => None,
        Some(bytes) => {
            let mut read = format.read_back(schema, &options, options.emit_schema.as_deref(), None);
            read.definition = read.definition.or(options.definition);
            let input = Resolved {
                source: Source::bytes("sizes", bytes),
                format,
                options: read,
                told: Vec::new(),
                side_car: OnceLock::new(),
                reader_schema: None,
            };
            Some(read_back(session, &input, report.records_out)?)
        }
    };
    Ok(Measured { bytes: report.bytes_out, records: report.records_out, write, read })
}

fn read_back(session: &Session, input: &Resolved, expected: u64) -> Result<Duration> {
    let begun = Instant::now();
    let mut reader = BatchReader::new(input.open(&session.exec)?, &session.exec);
    let mut records = 0;
    while let Some(batch) = reader.next_batch() {
        records += batch?.records.num_rows() as u64;
    }
    if records != expected {
        return Err(Error::internal(format!("{expected} records were written, but {records} are read back")));
    }
    Ok(begun.elapsed())
}

/// Swallows bytes: the output counts them.
struct Counted;

impl Write for Counted {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn total_time(measured: &Measured) -> Duration {
    measured.write + measured.read.unwrap_or_default()
}

/// Marks the rows that no other row beats in both bytes and time.
fn mark_best(rows: &mut [Row]) {
    let points: Vec<Option<(u64, Duration)>> = rows
        .iter()
        .map(|row| {
            let measured = row.outcome.as_ref().ok()?;
            Some((measured.bytes, total_time(measured)))
        })
        .collect();
    for (row, point) in rows.iter_mut().zip(&points) {
        let Some((bytes, time)) = point else { continue };
        let beats = |other: &(u64, Duration)| other.0 <= *bytes && other.1 <= *time && other != &(*bytes, *time);
        row.best = !points.iter().flatten().any(beats);
    }
}

fn per(value: u64, divisor: u64) -> f64 {
    if divisor == 0 { 0.0 } else { value as f64 / divisor as f64 }
}

/// Records a second.
fn speed(records: u64, time: Duration) -> f64 {
    records as f64 / time.as_secs_f64().max(1e-9)
}

fn speed_text(records: u64, time: Duration) -> String {
    match speed(records, time) {
        fast if fast >= 1e6 => format!("{:.1} M/s", fast / 1e6),
        fast if fast >= 1e3 => format!("{:.0} k/s", fast / 1e3),
        slow => format!("{slow:.0} /s"),
    }
}

fn as_table(rows: &[Row], source_bytes: u64) -> String {
    let lines = rows.iter().map(|row| match &row.outcome {
        Ok(measured) => vec![
            if row.best { "*" } else { "" }.to_owned(),
            row.format.clone(),
            row.codec.to_owned(),
            render::count(measured.bytes),
            format!("{:.1}", per(measured.bytes, measured.records)),
            format!("{:.3}", per(measured.bytes, source_bytes)),
            render::time(measured.write),
            speed_text(measured.records, measured.write),
            measured.read.map_or("–".to_owned(), |read| speed_text(measured.records, read)),
        ],
        Err(error) => {
            let why = screen::printable(&error.to_string());
            vec![String::new(), row.format.clone(), row.codec.to_owned(), format!("– {why}")]
        }
    });
    let header = ["", "format", "codec", "bytes", "bytes/record", "× source", "write", "records", "read records"];
    let (measured, refused): (Vec<_>, Vec<_>) = lines.partition(|line| line.len() > 4);
    let mut text = render::table(&header, measured, &[3, 4, 5, 6, 7, 8]);
    for line in refused {
        text.push_str(&format!("   {} {}: {}\n", line[1], line[2], line[3].trim_start_matches("– ")));
    }
    text.push_str("* no other row is both smaller and faster\n");
    text
}

fn as_json(rows: &[Row], source_bytes: u64, by_column: Option<&columns::ByColumn>) -> String {
    let rows: Vec<_> = rows
        .iter()
        .map(|row| match &row.outcome {
            Ok(measured) => json!({
                "format": row.format,
                "codec": row.codec,
                "bytes": measured.bytes,
                "records": measured.records,
                "bytes_per_record": per(measured.bytes, measured.records),
                "ratio_to_source": per(measured.bytes, source_bytes),
                "write_seconds": measured.write.as_secs_f64(),
                "read_seconds": measured.read.map(|read| read.as_secs_f64()),
                "best": row.best,
            }),
            Err(error) => {
                json!({"format": row.format, "codec": row.codec, "error": screen::error_json(error)})
            }
        })
        .collect();
    let mut whole = json!({"source_bytes": source_bytes, "rows": rows});
    if let Some(by_column) = by_column {
        whole["columns"] = by_column.as_json();
    }
    format!("{whole:#}\n")
}

fn as_csv(rows: &[Row], source_bytes: u64) -> Result<String> {
    let failed = |error: csv::Error| Error::internal("the table cannot be printed").with_cause(error);
    let mut out = csv::Writer::from_writer(Vec::new());
    let header = [
        "format",
        "codec",
        "bytes",
        "records",
        "bytes_per_record",
        "ratio_to_source",
        "write_seconds",
        "read_seconds",
        "best",
        "error",
    ];
    out.write_record(header).map_err(failed)?;
    for row in rows {
        let mut cells = vec![row.format.clone(), row.codec.to_owned()];
        match &row.outcome {
            Ok(measured) => cells.extend([
                measured.bytes.to_string(),
                measured.records.to_string(),
                per(measured.bytes, measured.records).to_string(),
                per(measured.bytes, source_bytes).to_string(),
                measured.write.as_secs_f64().to_string(),
                measured.read.map(|read| read.as_secs_f64().to_string()).unwrap_or_default(),
                row.best.to_string(),
                String::new(),
            ]),
            Err(error) => {
                cells.extend(std::iter::repeat_n(String::new(), 7));
                cells.push(error.to_string());
            }
        }
        out.write_record(&cells).map_err(failed)?;
    }
    let bytes = out.into_inner().map_err(|error| Error::internal("the table cannot be printed").with_cause(error))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
