//! A first reading of a file, where what its columns are depends on its values: hints that a value breaks are not
//! used, and strings that are not UTF-8 are read as bytes if that was asked for.
//!
//! Files of our own say that their hints were checked when they were written, and are not read twice.

use std::num::NonZeroUsize;

use sha2::{Digest, Sha256};

use super::header::Header;
use super::options::{InvalidText, to_arrow};
use super::{open_file, open_header};
use crate::code::Code;
use crate::column::avro::restore::HINTS_OFF;
use crate::error::{Error, Result};
use crate::format::ReadOptions;
use crate::pipeline::Exec;
use crate::pipeline::adapter::BatchReader;
use crate::report::Report;
use crate::schema::avsc::{self, Names, ToArrow};
use crate::source::Source;

/// Key in the header of a file: its hints hold for its values.
pub(super) const CHECKED: &str = "fmtconv.checked";

/// The value of [`CHECKED`]: bound to the schema, so that it does not survive a change of that.
pub(super) fn mark(schema: &str) -> Vec<u8> {
    avsc::fingerprint::hex(&Sha256::digest(schema.as_bytes())).into_bytes()
}

/// Columns at most that are found to break a hint or to hold what is not text, one in each reading.
const FINDINGS_MAX: usize = 1000;

/// How the columns of a file are made, and the source to read: the one given, or a copy if it cannot be read twice.
/// Cost: nothing, or a reading of the file, and one more for each column that is not what it says.
pub(super) fn probe(source: Source, options: &ReadOptions, exec: &Exec) -> Result<(Source, Report, ToArrow)> {
    let mut to_arrow = to_arrow(options)?;
    let mut report = Report::default();
    let find_text = InvalidText::new(options)? == InvalidText::Binary;
    let needed = find_text || (to_arrow.hints && unchecked(&source)?);
    if !needed {
        return Ok((source, report, to_arrow));
    }
    let (source, spooled) = source.rewindable()?;
    if spooled {
        report.note(Code::Spooled, &*source.name());
    }
    for _ in 0..FINDINGS_MAX {
        let Some(error) = first_error(&source, options, &to_arrow, exec)? else { break };
        let Some(column) = error.origin().column.clone() else { break };
        let found = match error.code() {
            _ if error.hint() == Some(HINTS_OFF) => &mut to_arrow.distrusted,
            Some(Code::Utf8) if find_text => &mut to_arrow.not_text,
            // Whatever else is wrong comes up again when the records are read.
            _ => break,
        };
        if found.contains(&column) {
            break;
        }
        found.push(column);
    }
    Ok((source, report, to_arrow))
}

/// Whether the file has hints that its values may break, and does not say that they were checked.
fn unchecked(source: &Source) -> Result<bool> {
    let located = |error: Error| error.in_source(source.name());
    // Looking at the first bytes leaves a stream readable.
    let header = match Header::read(&mut source.head()?.as_slice()) {
        Ok(header) => header,
        Err(_) if source.size().is_none() => return Ok(true),
        Err(_) => open_header(source)?.1,
    };
    let schema = header.schema().map_err(located)?;
    if header.get(CHECKED).is_some_and(|found| found == mark(schema)) {
        return Ok(false);
    }
    let document = avsc::parse(schema, Names::Lenient).map_err(located)?;
    Ok(avsc::has_checked_hints(&document))
}

/// The error that reading all records meets, if any.
fn first_error(source: &Source, options: &ReadOptions, to_arrow: &ToArrow, exec: &Exec) -> Result<Option<Error>> {
    let (reader, _) = open_file(source, options, to_arrow)?;
    // Workers of its own: the progress of the run does not count this reading.
    let workers = Exec::new(NonZeroUsize::new(exec.threads()))?;
    let mut batches = BatchReader::new(Box::new(reader), &workers);
    while let Some(batch) = batches.next_batch() {
        exec.check()?;
        if let Err(error) = batch {
            return Ok(Some(error));
        }
    }
    Ok(None)
}
