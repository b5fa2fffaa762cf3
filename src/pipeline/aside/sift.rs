//! A chunk in two: batches that can be encoded, and records that are set aside.

use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_schema::{DataType, Schema, SchemaRef};

use super::rows::Rows;
use super::{Found, Rules, Verdict, counted, sieve};
use crate::code::Code;
use crate::column::mend::Mend;
use crate::column::nesting::parts;
use crate::error::{Error, Result};
use crate::pipeline::stage::{Again, Batch, Batches, Chunk, Encode, Encoded, Lookup, Original, Records};
use crate::pipeline::stages::Stages;
use crate::policy::value_way;
use crate::report::Report;

/// A record for the reject file. Its place counts from the chunk.
#[derive(Debug)]
pub struct Reject {
    /// Number of the record in the chunk.
    pub record: u64,
    /// As it stands in the source, if that can be told.
    pub original: Option<Original>,
    /// How originals of the chunk are read again.
    pub again: Arc<Again>,
    /// Path of the column.
    pub column: Option<String>,
    /// The code; `None` for a record that breaks the rules of its format.
    pub code: Option<Code>,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

/// How the records of a chunk are looked at again.
enum Second {
    Lookup(Lookup),
    /// Records that cannot be told apart before they are decoded.
    Decoded(Vec<Batch>),
    /// Such records, which could not be decoded.
    Broken,
}

/// The batches of a chunk, and how to look at its records again.
fn looked_at(chunk: Box<dyn Chunk>) -> (Second, Result<Batches>) {
    if let Some(lookup) = chunk.records() {
        return (Second::Lookup(lookup), chunk.decode());
    }
    match chunk.decode().and_then(|batches| batches.collect::<Result<Vec<_>>>()) {
        Ok(batches) => (Second::Decoded(batches.clone()), Ok(Box::new(batches.into_iter().map(Ok)))),
        Err(error) => (Second::Broken, Err(error)),
    }
}

impl Second {
    /// The records, if `error` is one that is set aside; else the error.
    fn look(self, error: Error, rules: &Rules) -> Result<Box<dyn Records>> {
        if !rules.acts_on(&error) {
            return Err(error);
        }
        match self {
            // Where records do not end, the first error stands.
            Second::Lookup(lookup) => lookup().map_err(|_| error),
            Second::Decoded(batches) => Rows::new(batches).map(|rows| Box::new(rows) as Box<dyn Records>),
            Second::Broken => Err(error),
        }
    }
}

/// Encodes a chunk; records that do not fit are set aside.
pub(in crate::pipeline) fn encoded<E: Encode>(
    chunk: Box<dyn Chunk>,
    stages: &Stages,
    encoder: &E,
    rules: &Rules,
) -> Result<(Encoded<E::Piece>, Vec<Reject>)> {
    let (second, batches) = looked_at(chunk);
    let error = match batches.and_then(|batches| encoder.encode(&mut stages.batches(batches))) {
        Ok(encoded) => return Ok((encoded, Vec::new())),
        Err(error) => error,
    };
    let (batches, rejects) = sifted(&*second.look(error, rules)?, stages, encoder, rules)?;
    let encoded = encoder.encode(&mut batches.into_iter().map(Ok))?;
    Ok((encoded, rejects))
}

/// Decodes a chunk to batches that can be encoded; records that do not fit are set aside.
pub(in crate::pipeline) fn decoded<E: Encode>(
    chunk: Box<dyn Chunk>,
    stages: &Stages,
    encoder: &E,
    rules: &Rules,
) -> Result<(Vec<Batch>, Vec<Reject>)> {
    let (second, batches) = looked_at(chunk);
    let checked = |batch: Result<Batch>| {
        let batch = batch?;
        encoder.check(&batch.records)?;
        Ok(batch)
    };
    let error = match batches.and_then(|batches| stages.batches(batches).map(checked).collect::<Result<Vec<_>>>()) {
        Ok(batches) => return Ok((batches, Vec::new())),
        Err(error) => error,
    };
    sifted(&*second.look(error, rules)?, stages, encoder, rules)
}

fn sifted<E: Encode>(
    records: &dyn Records,
    stages: &Stages,
    encoder: &E,
    rules: &Rules,
) -> Result<(Vec<Batch>, Vec<Reject>)> {
    let again = Arc::new(records.again());
    let mut batches: Vec<Batch> = Vec::new();
    let mut rejects = Vec::new();
    let mut aside = Report { lines: records.lines(), ..Report::default() };
    let attempt = |range: std::ops::Range<usize>| {
        let mut taken = Vec::new();
        let mut read = 0;
        for batch in stages.batches(records.decode(range.clone())?) {
            let batch = batch?;
            encoder.check(&batch.records).map_err(|error| error.shifted(read, 0, 0))?;
            read += batch.report.records_in;
            taken.push(batch);
        }
        if read != range.len() as u64 {
            return Err(Error::internal(format!("{} records were cut, but {read} were read", range.len())));
        }
        Ok(taken)
    };
    let check = |records: &RecordBatch| encoder.check(records);
    let mut mend = Mend::new(&rules.policies, &check);
    sieve(records.count(), attempt, |found| {
        let (index, error) = match found {
            Found::Good(taken) => {
                batches.extend(taken.into_iter().filter(|batch| batch.report.records_in > 0));
                return Ok(());
            }
            Found::Bad(index, error) => (index, error),
        };
        let error = match altered(records, index, stages, &mut mend, error, rules) {
            Ok(batch) => {
                batches.push(batch);
                return Ok(());
            }
            Err(error) => error,
        };
        let original = records.get(index);
        let Some(verdict) = rules.verdict(&error, records.malformed_ends()) else {
            return Err(placed(error, index, &original));
        };
        aside.records_in += 1;
        *aside.set_aside.entry(counted(&error)).or_default() += 1;
        if verdict == Verdict::Skip {
            aside.skipped += 1;
            return Ok(());
        }
        aside.rejected += 1;
        rejects.push(Reject {
            record: index as u64,
            original: (original.json.is_some() || has_bytes(&original)).then_some(original),
            again: again.clone(),
            column: error.origin().column.clone(),
            code: error.code(),
            message: error.text(),
            hint: hint(&error, rules),
        });
        Ok(())
    })?;
    let schema = stages.stepped().map_or_else(|| records.schema(), Clone::clone);
    Ok((together(batches, aside, &schema)?, rejects))
}

/// A record that failed with `error`, with values altered as the policies say so that it can be encoded; else the error
/// that remains. Values that cannot be decoded are the decoder's to alter.
fn altered(
    records: &dyn Records,
    index: usize,
    stages: &Stages,
    mend: &mut Mend<'_>,
    error: Error,
    rules: &Rules,
) -> Result<Batch> {
    if !rules.alters(&error) {
        return Err(error);
    }
    let again =
        records.decode(index..index + 1).and_then(|batches| stages.batches(batches).collect::<Result<Vec<_>>>());
    let batch = again.ok().and_then(|batches| batches.into_iter().find(|batch| batch.records.num_rows() == 1));
    let Some(Batch { records: row, mut report }) = batch else { return Err(error) };
    let (row, altered) = mend.record(&row, error)?;
    for (code, column, count) in altered {
        *report.losses.entry((code, column)).or_default() += count;
    }
    Ok(Batch { records: row, report })
}

/// Whether the record can be read again.
pub(super) fn has_bytes(original: &Original) -> bool {
    !original.bytes.is_empty() || !original.place.is_empty()
}

fn hint(error: &Error, rules: &Rules) -> Option<String> {
    let way = value_way(error, &rules.policies);
    match (error.hint(), way) {
        (Some(hint), Some(way)) => Some(format!("{hint}; or {way}")),
        (hint, way) => hint.map(str::to_owned).or(way),
    }
}

/// The place of an error that concerns one record, from the start of the chunk.
fn placed(error: Error, index: usize, original: &Original) -> Error {
    let Original { place, line, .. } = original;
    let (byte, behind) = (error.origin().byte.unwrap_or(0), error.origin().line.unwrap_or(0));
    let mut error = error.at_record(index as u64);
    if !place.is_empty() {
        error = error.at_byte((place.start + byte).min(place.end));
    }
    match line {
        Some(line) => error.at_line(line + behind),
        None => error,
    }
}

/// Rows of a batch, when short runs are put together.
const ROWS: usize = 8192;

/// Short runs as fewer batches, with the counts of what was set aside.
fn together(batches: Vec<Batch>, aside: Report, schema: &SchemaRef) -> Result<Vec<Batch>> {
    let apart = schema.fields().iter().any(|field| has_dictionary(field.data_type()));
    let mut out: Vec<Batch> = Vec::new();
    let mut waiting: Vec<RecordBatch> = Vec::new();
    let mut report = aside;
    let mut rows = 0;
    for mut batch in batches {
        batch.report.lines = 0;
        if apart {
            batch.report.merge(&std::mem::take(&mut report));
            out.push(batch);
            continue;
        }
        report.merge(&batch.report);
        rows += batch.records.num_rows();
        waiting.push(batch.records);
        if rows >= ROWS {
            rows = 0;
            out.push(Batch { records: joined(&mut waiting, schema)?, report: std::mem::take(&mut report) });
        }
    }
    if !waiting.is_empty() || report != Report::default() {
        out.push(Batch { records: joined(&mut waiting, schema)?, report });
    }
    Ok(out)
}

fn joined(waiting: &mut Vec<RecordBatch>, schema: &SchemaRef) -> Result<RecordBatch> {
    let batches = std::mem::take(waiting);
    match <[RecordBatch; 1]>::try_from(batches) {
        Ok([one]) => Ok(one),
        Err(batches) if schema.fields().is_empty() => {
            let rows = batches.iter().map(RecordBatch::num_rows).sum();
            let options = arrow_array::RecordBatchOptions::new().with_row_count(Some(rows));
            Ok(RecordBatch::try_new_with_options(Arc::new(Schema::empty()), Vec::new(), &options)?)
        }
        Err(batches) => Ok(arrow_select::concat::concat_batches(schema, &batches)?),
    }
}

/// Dictionaries stay as their reader made them: their order may mean something.
fn has_dictionary(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Dictionary(..) | DataType::RunEndEncoded(..) | DataType::Union(..))
        || parts(data_type).into_iter().any(has_dictionary)
}
