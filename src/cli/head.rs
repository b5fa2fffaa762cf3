//! `fmtconv head`

use std::io::IsTerminal;

use arrow_array::RecordBatch;

use super::args::HeadArguments;
use super::{Session, options, records, screen};
use crate::convert::Convert;
use crate::error::Result;
use crate::format::ReadOptions;
use crate::input::Resolved;
use crate::pipeline::adapter::Memory;
use crate::pipeline::{Batch, Reader, Steps};

/// Bytes of a chunk when only a few records are wanted: enough for hundreds, read in a blink.
const CHUNK_BYTES: usize = 64 << 10;

pub fn run(session: &Session, arguments: HeadArguments) -> Result<u8> {
    let mut inputs = options::inputs(session, &arguments.inputs, &arguments.read)?;
    for input in &mut inputs {
        limit(&mut input.options, arguments.records, &arguments);
    }
    let selection = options::selection(&arguments.selection)?;
    let inputs: Vec<Resolved> = options::resolved(session, inputs, &arguments.read)?;
    let (reader, steps, schema) = options::reader(session, inputs, &selection)?;
    let batches = first(reader, &steps, arguments.records)?;
    if arguments.write.to.is_none() && std::io::stdout().is_terminal() {
        screen::print(&records::table(session, &schema, batches)?)?;
        return Ok(0);
    }
    let mut target = options::target(None, true, &arguments.write)?;
    target.format.get_or_insert_with(|| "ndjson".to_owned());
    let mut conversion = Convert::reader(Box::new(Memory::new(schema, batches.into_iter().map(Ok))))
        .to(target)
        .registry(session.registry.clone())
        .exec(session.exec.clone());
    if let Some(path) = arguments.write.to_schema.as_deref().or(arguments.read.schema.as_deref()) {
        conversion = conversion.schema(options::definition(path, &arguments.read));
    }
    conversion.run()?;
    Ok(0)
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
fn first(mut reader: Box<dyn Reader>, steps: &Steps, wanted: u64) -> Result<Vec<RecordBatch>> {
    let mut place = crate::pipeline::place::Place::default();
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
            let rows = (batch.records.num_rows() as u64).min(missing);
            out.push(batch.records.slice(0, rows as usize));
            missing -= rows;
            if missing == 0 {
                break;
            }
        }
    }
    Ok(out)
}
