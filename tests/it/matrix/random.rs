//! Records of generated schemas, with generated values, through every target, and from every source to every target:
//! what comes back is equal, or the run stops with a code that the plan lists, or the plan told the loss.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, RecordBatch};
use fmtconv::format::WriteOptions;
use fmtconv::schema::plan::{Plan, plan};
use fmtconv::{Code, Error, ErrorKind};
use proptest::prelude::*;
use proptest::test_runner::TestCaseError;

use super::super::data::runner;
use super::super::files::{Bytes, Kind, convert, kinds, read, write};
use super::super::render::{Origin, rows as rendered};
use super::super::text::Json;
use super::bare;
use super::generated::{Draw, random_records, random_schema};

/// What a schema and its values are drawn from; behind the end stands the simplest choice. Shrinking a case shortens
/// the tapes and lowers their numbers, so that the schema and the values become simpler each by itself.
#[derive(Debug)]
struct Tape(std::vec::IntoIter<u64>);

impl Draw for Tape {
    fn next(&mut self) -> u64 {
        self.0.next().unwrap_or(0)
    }
}

fn tape(len: usize) -> impl Strategy<Value = Tape> + use<> {
    let edges = [1, u64::MAX, i64::MAX as u64, i64::MIN as u64, u64::from(u32::MAX), f64::NAN.to_bits()];
    let number = prop_oneof![4 => any::<u64>(), 1 => 0..16_u64, 1 => prop::sample::select(edges.to_vec())];
    prop::collection::vec(number, 0..len).prop_map(|numbers| Tape(numbers.into_iter()))
}

/// Records: any schema of so many columns and levels × any values of it.
fn records(columns: usize, depth: usize, rows: usize) -> impl Strategy<Value = RecordBatch> + use<> {
    (tape(40), tape(400), 1..=columns, 0..=rows).prop_map(move |(mut schema, mut values, columns, rows)| {
        let schema = random_schema(&mut schema, columns, depth);
        random_records(&mut values, Arc::new(schema), rows)
    })
}

/// Whether `check` holds of so many records, or of as many as `PROPTEST_CASES` says; else the smallest that it does not
/// hold of.
fn holds<S: Strategy>(cases: u32, records: S, check: impl Fn(S::Value) -> Result<(), String>) -> Result<(), String> {
    let outcome = runner(cases).run(&records, |batch| check(batch).map_err(TestCaseError::fail));
    outcome.map_err(|error| error.to_string())
}

fn plan_of(batch: &RecordBatch, target: Kind) -> Plan {
    plan(&batch.schema(), target.format, &WriteOptions::default())
}

/// Whether the plan lists what stopped the run.
fn is_listed(plan: &Plan, error: &Error) -> bool {
    let refused = plan.columns.iter().any(|column| column.fit.is_refused());
    match error.code() {
        Some(code) => refused || plan.columns.iter().any(|column| column.fit.codes.contains(&code)),
        None => refused && error.kind() == ErrorKind::Unsupported,
    }
}

fn back(bytes: &Bytes) -> Result<RecordBatch, Error> {
    let batches = read(bytes, None)?;
    let schema = batches.first().map_or_else(|| bytes.schema.clone(), RecordBatch::schema);
    match batches.as_slice() {
        // Records without columns are counted only.
        [one] => Ok(one.clone()),
        many => Ok(arrow::compute::concat_batches(&schema, many)?),
    }
}

/// What is wrong with the records that came back.
fn wrong(plan: &Plan, sent: &RecordBatch, back: &RecordBatch) -> Option<String> {
    if sent.num_rows() != back.num_rows() {
        return Some(format!("{} records instead of {}", back.num_rows(), sent.num_rows()));
    }
    for (index, field) in sent.schema().fields().iter().enumerate() {
        let path = field.name();
        let sent = sent.column(index);
        // A union is several columns in Protobuf, and other columns stand elsewhere then.
        let Some(back) = back.column_by_name(path) else { continue };
        let of_column =
            |name: &str| name == path || name.starts_with(&format!("{path}.")) || name.starts_with(&format!("{path}["));
        let lossy = plan.losses().any(|(code, column)| of_column(column) && code != Code::Meta);
        let same_type = bare(sent.data_type()) == bare(back.data_type());
        if same_type && !lossy && shown(sent) != shown(back) {
            return Some(format!("column {path}, {}: sent {sent:?}, back {back:?}", field.data_type()));
        }
        let restored = plan.columns.iter().filter(|column| of_column(&column.path));
        let exact = restored.map(|column| column.fit.returns).max() < Some(fmtconv::format::Returns::Wider);
        if exact && !same_type {
            return Some(format!("column {path}: {} came back as {}", sent.data_type(), back.data_type()));
        }
    }
    None
}

/// The values, whatever stands in slots that no row looks at.
fn shown(array: &ArrayRef) -> Vec<Json> {
    let batch = RecordBatch::try_from_iter_with_nullable([("c", array.clone(), true)]).unwrap();
    rendered(&batch, Origin::Arrow)
}

/// What must hold of records that were sent to a target: the records that came back are equal, or the plan told the
/// loss, or an error has a code that the plan lists.
fn verdict(plan: &Plan, sent: &RecordBatch, outcome: Result<RecordBatch, Error>) -> Result<(), String> {
    match outcome {
        Ok(back) => wrong(plan, sent, &back).map_or(Ok(()), Err),
        Err(error) if is_listed(plan, &error) => Ok(()),
        Err(error) => Err(format!("is not listed: {error}")),
    }
}

fn told(failures: &[String]) {
    assert!(failures.is_empty(), "{} failures:\n{}", failures.len(), failures.join("\n"));
}

#[test]
fn records_of_any_schema_come_back_or_are_told_of() {
    let mut failures = Vec::new();
    for target in kinds() {
        let outcome = holds(48, records(4, 2, 12), |batch| {
            let plan = plan_of(&batch, target);
            verdict(&plan, &batch, write(target, &batch).and_then(|bytes| back(&bytes)))
        });
        failures.extend(outcome.err().map(|error| format!("{target}: {error}")));
    }
    told(&failures);
}

/// What the target then holds is what the source holds.
#[test]
fn any_records_of_any_schema_go_through_every_pair_or_are_told_of() {
    let mut failures = Vec::new();
    for from in kinds() {
        for to in kinds() {
            let outcome = holds(12, records(2, 1, 8), |batch| {
                // What the source does not hold was looked at above.
                let Ok(source) = write(from, &batch) else { return Ok(()) };
                let Ok(sent) = back(&source) else { return Ok(()) };
                let plan = plan_of(&sent, to);
                let converted = convert(&source, to, 2, Some(64)).and_then(|mut target| {
                    target.schema = sent.schema();
                    back(&target)
                });
                verdict(&plan, &sent, converted)
            });
            failures.extend(outcome.err().map(|error| format!("{from} to {to}: {error}")));
        }
    }
    told(&failures);
}

/// A failing case becomes small: otherwise the tests above would be hard to read.
#[test]
fn a_case_that_fails_becomes_small() {
    let is_wide = |batch: RecordBatch| match batch.num_columns() >= 2 && batch.num_rows() >= 3 {
        true => Err(format!("{} columns, {} rows", batch.num_columns(), batch.num_rows())),
        false => Ok(()),
    };
    let error = holds(200, records(4, 2, 12), is_wide).unwrap_err();
    assert!(error.contains("2 columns, 3 rows"), "{error}");
}
