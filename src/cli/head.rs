//! `fmtconv head`

use std::io::{Cursor, IsTerminal, Read};

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;

use super::args::HeadArguments;
use super::cat::told_convert;
use super::convert::refuse_bytes_on_terminal;
use super::{Session, losses, options, records, screen};
use crate::convert::Convert;
use crate::error::{Error, Result};
use crate::format::ReadOptions;
use crate::input::Input;
use crate::pipeline::adapter::Memory;
use crate::pipeline::{Batch, Reader, Steps};
use crate::report::Report;
use crate::source::Source;

/// Bytes of a chunk when only a few records are wanted: enough for hundreds, read in a blink.
const CHUNK_BYTES: usize = 64 << 10;

/// Bytes of a stream that are looked at first, and at most.
const PREFIX_BYTES_MIN: usize = 128 << 10;
const PREFIX_BYTES_MAX: usize = 64 << 20;

pub fn run(session: &Session, arguments: HeadArguments) -> Result<u8> {
    let mut target = options::target(None, true, &arguments.write)?;
    target.format.get_or_insert_with(|| "ndjson".to_owned());
    refuse_bytes_on_terminal(&target, &session.registry)?;
    let mut inputs = options::inputs(session, &arguments.inputs, &arguments.read)?;
    for input in &mut inputs {
        limit(&mut input.options, arguments.records, &arguments);
    }
    let Found { schema, batches, opened, mut report } = match inputs.as_mut_slice() {
        [input] if &*input.source.name() == "-" => match of_prefix(session, input, &arguments)? {
            Some(found) => found,
            None => of_inputs(session, inputs, &arguments)?,
        },
        _ => of_inputs(session, inputs, &arguments)?,
    };
    if arguments.write.to.is_none() && std::io::stdout().is_terminal() {
        let known = losses::known(&opened);
        losses::say_known(session, &known);
        screen::print(&records::table(session, &schema, batches)?)?;
        report.merge(&opened);
        losses::say_found(session, None, &report, &known);
        return Ok(0);
    }
    let mut conversion = Convert::reader(Box::new(Memory::new(schema, batches.into_iter().map(Ok))))
        .to(target)
        .registry(session.registry.clone())
        .exec(session.exec.clone());
    if let Some(path) = arguments.write.to_schema.as_deref().or(arguments.read.schema.as_deref()) {
        conversion = conversion.schema(options::definition(session, path, &arguments.read)?);
    }
    let conversion = session.offers.iter().fold(conversion, |conversion, offer| conversion.offer(offer.clone()));
    let prepared = conversion.prepare()?;
    for note in prepared.notes() {
        session.screen.note(note);
    }
    let known = [prepared.losses(), losses::known(&opened)].concat();
    losses::say_known(session, &known);
    report.merge(&opened);
    report.merge(&prepared.run_plainly().map_err(told_convert)?);
    losses::say_found(session, None, &report, &known);
    Ok(0)
}

/// The first records.
struct Found {
    schema: SchemaRef,
    batches: Vec<RecordBatch>,
    /// What opening the inputs showed.
    opened: Report,
    /// What the records showed.
    report: Report,
}

fn of_inputs(session: &Session, inputs: Vec<Input>, arguments: &HeadArguments) -> Result<Found> {
    let selection = options::selection(&arguments.selection)?;
    let (to, _) = session.registry.by_name(arguments.write.to.as_deref().unwrap_or("ndjson"))?;
    let inputs = options::resolved(session, inputs, &arguments.read, Some(to.info()))?;
    let (reader, steps, schema) = options::reader(session, inputs, &selection)?;
    let opened = reader.report();
    let (batches, report) = first(reader, &steps, arguments.records).map_err(told_convert)?;
    Ok(Found { schema, batches, opened, report })
}

/// Looks at the beginning of a stream, which may have no end: at more and more of it, until that holds the records.
/// The beginning ends at a line end, so no text record in it is cut off unseen. `None`, and the stream in `input` is
/// whole again, if even the longest beginning does not do: a format that is read from its end, or a damaged stream.
fn of_prefix(session: &Session, input: &mut Input, arguments: &HeadArguments) -> Result<Option<Found>> {
    let failed = |error| Error::io("cannot read", error).in_source("-");
    let mut stream = input.source.open_raw()?;
    let mut bytes = Vec::new();
    let mut wanted = PREFIX_BYTES_MIN;
    loop {
        let missing = wanted - bytes.len();
        (&mut stream).take(missing as u64).read_to_end(&mut bytes).map_err(failed)?;
        if bytes.len() < wanted {
            // All of it.
            input.source = Source::bytes("-", bytes);
            return Ok(None);
        }
        if let Some(end) = bytes.iter().rposition(|byte| *byte == b'\n') {
            let mut trial = input.clone();
            trial.source = Source::bytes("-", bytes[..=end].to_vec());
            if let Ok(found) = of_inputs(session, vec![trial], arguments)
                && found.batches.iter().map(|batch| batch.num_rows() as u64).sum::<u64>() >= arguments.records
            {
                return Ok(Some(found));
            }
        }
        if wanted >= PREFIX_BYTES_MAX {
            input.source = Source::reader("-", Cursor::new(bytes).chain(stream));
            return Ok(None);
        }
        wanted *= 8;
    }
}

/// Makes reading cheap, and inference look at no more than what is decoded: batches are made one after the other, so
/// at most one batch more than the records wanted.
fn limit(options: &mut ReadOptions, records: u64, arguments: &HeadArguments) {
    let rows = records.clamp(1, options.limits.batch_rows as u64);
    options.limits.batch_rows = rows as usize;
    options.infer_records.get_or_insert(records.saturating_add(rows));
    if arguments.read.chunk_bytes.is_none() && records <= 1000 {
        options.limits.chunk_bytes = CHUNK_BYTES;
    }
}

/// The first `wanted` records. Chunks are decoded here, one after the other, and no further than needed.
fn first(mut reader: Box<dyn Reader>, steps: &Steps, wanted: u64) -> Result<(Vec<RecordBatch>, Report)> {
    let mut place = crate::pipeline::place::Place::default();
    let mut report = Report::default();
    let mut out = Vec::new();
    let mut missing = wanted;
    while missing > 0 {
        let Some(chunk) = reader.next_chunk()? else { break };
        place.enter(&chunk.origin());
        for batch in chunk.decode().map_err(|error| place.locate(error))? {
            let mut batch: Batch = batch.map_err(|error| place.locate(error))?;
            place.advance(&batch.report);
            for step in steps {
                batch = step.apply(batch)?;
            }
            report.merge(&batch.report);
            let rows = (batch.records.num_rows() as u64).min(missing);
            out.push(batch.records.slice(0, rows as usize));
            missing -= rows;
            if missing == 0 {
                break;
            }
        }
    }
    Ok((out, report))
}
