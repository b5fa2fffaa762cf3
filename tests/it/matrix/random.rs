//! Records of generated schemas, with generated values, through every target, and from every source to every target:
//! what comes back is equal, or the run stops with a code that the plan lists, or the plan told the loss.

use arrow::array::{Array, ArrayRef, RecordBatch};
use fmtconv::format::WriteOptions;
use fmtconv::schema::plan::{Plan, plan};
use fmtconv::{Code, Error, ErrorKind};

use super::super::files::{Bytes, Kind, convert, kinds, read, write};
use super::super::render::{Origin, rows as rendered};
use super::super::text::Json;
use super::bare;
use super::generated::{Random, random_batch};

const SEEDS: u64 = 60;

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

#[test]
fn records_of_any_schema_come_back_or_are_told_of() {
    let mut failures = Vec::new();
    for seed in 1..=SEEDS {
        let mut random = Random(seed * 0x9e37_79b9);
        let rows = random.below(12);
        let columns = 1 + random.below(4);
        let batch = random_batch(&mut random, columns, 2, rows);
        for target in kinds() {
            let plan = plan_of(&batch, target);
            let problem = match write(target, &batch).and_then(|bytes| back(&bytes)) {
                Ok(back) => wrong(&plan, &batch, &back),
                Err(error) if is_listed(&plan, &error) => None,
                Err(error) => Some(format!("is not listed: {error}\n{}", batch.schema())),
            };
            failures.extend(problem.map(|problem| format!("seed {seed} in {target}: {problem}")));
        }
    }
    assert!(failures.is_empty(), "{} failures:\n{}", failures.len(), failures.join("\n"));
}

/// Every pair: what the target then holds is what writing the source's records there directly gives.
#[test]
fn every_pair_gives_what_writing_directly_gives() {
    let mut failures = Vec::new();
    for seed in 1..=SEEDS / 4 {
        let mut random = Random(seed * 0x51_7c_c1);
        let rows = 1 + random.below(8);
        let batch = random_batch(&mut random, 2, 1, rows);
        for from in kinds() {
            let Ok(source) = write(from, &batch) else { continue };
            let Ok(sent) = back(&source) else { continue };
            for to in kinds() {
                let plan = plan_of(&sent, to);
                let problem = match convert(&source, to, 2, Some(64)) {
                    Ok(mut target) => {
                        target.schema = sent.schema();
                        match back(&target) {
                            Ok(back) => wrong(&plan, &sent, &back),
                            Err(error) if is_listed(&plan, &error) => None,
                            Err(error) => Some(format!("cannot be read: {error}")),
                        }
                    }
                    Err(error) if is_listed(&plan, &error) => None,
                    Err(error) => Some(format!("is not listed: {error}")),
                };
                failures.extend(problem.map(|problem| format!("seed {seed}, {from} to {to}: {problem}")));
            }
        }
    }
    assert!(failures.is_empty(), "{} failures:\n{}", failures.len(), failures.join("\n"));
}
