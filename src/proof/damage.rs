//! Everything that is wrong with a file: each block, checksum, count and value is read, and reading goes on behind
//! what is damaged wherever the format allows it.

use std::collections::BTreeMap;

use crate::code::Code;
use crate::error::{Error, ErrorKind, Origin, Result};
use crate::input::Resolved;
use crate::pipeline::ordered::ordered_map;
use crate::pipeline::place::Place;
use crate::pipeline::{Chunk, Exec, Reader};
use crate::report::Report;

/// Faults that are told of one chunk, and of one file, at most.
const CHUNK_FAULTS_MAX: usize = 1000;
const FILE_FAULTS_MAX: usize = 10_000;

/// What was found in a file.
#[derive(Debug, Default)]
pub struct Examined {
    /// Records that were found, damaged ones among them where they can be told apart.
    pub records: u64,
    /// What was lost in reading them, by code and column path.
    pub losses: BTreeMap<(Code, String), u64>,
    /// What is wrong, with its place. Empty: nothing is.
    pub faults: Vec<Error>,
    /// Whether there may be more than is listed: reading could not go on behind a fault, or there are too many.
    pub more: bool,
}

/// Reads all of a file and lists what is wrong with it.
///
/// # Errors
/// What says nothing about the file: `Usage`, `Limit`, `Unsupported`, `Io`, `Internal`.
pub fn examine(input: &Resolved, exec: &Exec) -> Result<Examined> {
    let base = Origin { source: Some(input.source.name()), ..Origin::default() };
    let mut found = Examined::default();
    let options = input.options_as_written()?;
    match input.format.examine(&input.source, &options, exec) {
        Ok(faults) => found.faults.extend(faults.into_iter().map(|fault| fault.locate(&base))),
        // Opening says it again.
        Err(error) if is_fault(&error) => {}
        Err(error) => return Err(error.locate(&base)),
    }
    let reader = match input.format.walk(input.source.clone(), &options, exec) {
        Ok(reader) => reader,
        Err(error) if is_fault(&error) => {
            found.faults.push(error.locate(&base));
            found.more = true;
            return Ok(found);
        }
        Err(error) => return Err(error.locate(&base)),
    };
    read(reader, &mut found, exec)?;
    Ok(found)
}

/// Whether an error is about the file, and not about who reads it: a time that only another unit holds is no damage, nor
/// is a record beyond a limit.
fn is_fault(error: &Error) -> bool {
    error.code() != Some(Code::TimestampRange)
        && matches!(error.kind(), ErrorKind::Malformed | ErrorKind::Value | ErrorKind::Schema)
}

fn read(reader: Box<dyn Reader>, found: &mut Examined, exec: &Exec) -> Result<()> {
    found.losses = reader.report().losses;
    let walk = Walk { resumes: reader.resumes(), reader: Some(reader) };
    let mut place = Place::default();
    for item in ordered_map(exec, exec.window(), walk, |(origin, chunk)| (origin, chunk.map(of_chunk))) {
        let (origin, outcome) = item?;
        exec.check()?;
        place.enter(&origin);
        match outcome {
            Ok(Looked { report, faults, more }) => {
                for fault in faults {
                    if !is_fault(&fault) {
                        return Err(place.locate(fault));
                    }
                    push(found, place.locate(fault));
                }
                found.more |= more;
                found.records += report.records_in;
                for (key, count) in &report.losses {
                    *found.losses.entry(key.clone()).or_default() += count;
                }
                place.advance(&report);
                exec.progress().add_records(report.records_in);
            }
            Err((error, resumes)) => {
                if !is_fault(&error) {
                    return Err(place.locate(error));
                }
                found.more |= !resumes;
                push(found, place.locate(error));
            }
        }
        if found.faults.len() >= FILE_FAULTS_MAX {
            break;
        }
    }
    Ok(())
}

/// Adds a fault, unless it was told already: columns of a Parquet file are looked at before their records are.
fn push(found: &mut Examined, fault: Error) {
    let is_same = |known: &Error| {
        let (a, b) = (known.origin(), fault.origin());
        a.column == b.column && (a.record.is_none() || b.record.is_none()) && known.message() == fault.message()
    };
    let known = fault.origin().column.is_some() && found.faults.iter().any(is_same);
    if found.faults.len() >= FILE_FAULTS_MAX {
        found.more = true;
    } else if !known {
        found.faults.push(fault);
    }
}

/// The chunks of a reader, and the errors between them.
struct Walk {
    reader: Option<Box<dyn Reader>>,
    resumes: bool,
}

impl Iterator for Walk {
    type Item = (Origin, Result<Box<dyn Chunk>, (Error, bool)>);

    fn next(&mut self) -> Option<Self::Item> {
        let reader = self.reader.as_mut()?;
        match reader.next_chunk() {
            Ok(Some(chunk)) => Some((chunk.origin(), Ok(chunk))),
            Ok(None) => {
                self.reader = None;
                None
            }
            Err(error) => {
                let resumes = self.resumes && is_fault(&error);
                if !resumes {
                    self.reader = None;
                }
                Some((error.origin().clone(), Err((error, resumes))))
            }
        }
    }
}

/// What reading a chunk showed. Places count from the chunk.
struct Looked {
    report: Report,
    faults: Vec<Error>,
    more: bool,
}

fn of_chunk(chunk: Box<dyn Chunk>) -> Looked {
    let records = chunk.records();
    let mut report = Report::default();
    let decoded = chunk.decode().and_then(|mut batches| {
        batches.try_for_each(|batch| {
            report.merge(&batch?.report);
            Ok(())
        })
    });
    let Err(first) = decoded else { return Looked { report, faults: Vec::new(), more: false } };
    // Record by record, where the format can tell them apart.
    let Some(Ok(records)) = records.map(|records| records()) else {
        return Looked { report, faults: vec![first], more: true };
    };
    let count = records.count();
    let (mut faults, mut losses) = (Vec::new(), Report::default());
    for record in 0..count {
        let outcome = records.decode(record..record + 1).and_then(|mut batches| {
            batches.try_for_each(|one| {
                losses.merge(&one?.report);
                Ok(())
            })
        });
        let Err(fault) = outcome else { continue };
        if faults.len() == CHUNK_FAULTS_MAX {
            let report = Report { losses: losses.losses, ..Report::read(count as u64) };
            return Looked { report, faults, more: true };
        }
        let original = records.get(record);
        let fault = match fault.origin().record {
            Some(_) => fault,
            None => fault.at_record(0),
        };
        faults.push(fault.shifted(record as u64, original.line.unwrap_or(0), original.place.start));
    }
    if faults.is_empty() {
        faults.push(first);
    }
    let report = Report { lines: records.lines(), losses: losses.losses, ..Report::read(count as u64) };
    Looked { report, faults, more: false }
}
