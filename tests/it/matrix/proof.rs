//! That the matrix is true: every type is written to every target and read back.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, RecordBatch};
use arrow::datatypes::{DataType, Schema, TimeUnit};
use fmtconv::format::{Returns, WriteOptions};
use fmtconv::{Code, Error, ErrorKind};

use super::super::files::{Kind, exec, kinds, read, write};
use super::super::render::{Origin, rows as rendered};
use super::super::text::Json;
use super::bare;
use super::rows::{Row, TARGETS, rows};
use super::table::plan_of;

fn kind(target: &str) -> Kind {
    kinds().into_iter().find(|kind| kind.format.info().name == target).unwrap()
}

fn batch(row: &Row, array: &ArrayRef) -> RecordBatch {
    RecordBatch::try_new(Arc::new(Schema::new(vec![row.field.clone()])), vec![array.clone()]).unwrap()
}

/// Through the target and back, the schema given where the format carries none.
fn through(target: &str, batch: &RecordBatch) -> Result<RecordBatch, Error> {
    let bytes = write(kind(target), batch)?;
    let batches = read(&bytes, None)?;
    let schema = batches.first().map_or_else(|| batch.schema(), RecordBatch::schema);
    Ok(arrow::compute::concat_batches(&schema, &batches)?)
}

/// Values as text, without the quotes that tell a number from its text, and in the finest unit.
fn loose(array: &ArrayRef) -> Vec<String> {
    fn text(value: &Json) -> String {
        match value {
            Json::Text(text) if text.len() == 36 => text.replace('-', ""),
            Json::Text(text) | Json::Number(text) => text.clone(),
            Json::Object(members) if members.len() == 1 => text(&members[0].1),
            Json::Array(items) => format!("[{}]", items.iter().map(text).collect::<Vec<_>>().join(",")),
            Json::Object(members) => {
                format!("[{}]", members.iter().map(|(_, value)| text(value)).collect::<Vec<_>>().join(","))
            }
            other => format!("{other:?}"),
        }
    }
    let finest = match array.data_type() {
        DataType::Timestamp(..) => Some(DataType::Timestamp(TimeUnit::Nanosecond, None)),
        DataType::Time32(_) | DataType::Time64(_) => Some(DataType::Time64(TimeUnit::Nanosecond)),
        DataType::Duration(_) => Some(DataType::Duration(TimeUnit::Nanosecond)),
        _ => None,
    };
    // The values of the samples fit nanoseconds.
    let array = finest.map_or_else(|| array.clone(), |finest| arrow::compute::cast(array, &finest).unwrap());
    let batch = RecordBatch::try_from_iter_with_nullable([("c", array, true)]).unwrap();
    rendered(&batch, Origin::Text).iter().map(text).collect()
}

/// What is wrong with what came back; `None` if it is what the plan said.
fn wrong(target: &str, returns: Returns, lossy: bool, sent: &RecordBatch, back: &RecordBatch) -> Option<String> {
    let (sent_field, back_field) = (sent.schema().field(0).clone(), back.schema().field(0).clone());
    if sent_field.name() != back_field.name() && returns != Returns::Wider {
        return Some(format!("the name became {:?}", back_field.name()));
    }
    let same_type = bare(sent_field.data_type()) == bare(back_field.data_type());
    if returns != Returns::Wider {
        let kept = |(key, value): (&String, &String)| back_field.metadata().get(key) == Some(value);
        if let Some(lost) = sent_field.metadata().iter().find(|pair| !kept(*pair) && !lossy) {
            return Some(format!("metadata {lost:?} is gone"));
        }
    }
    // A schema is given for the text formats: what is compared are the values in it.
    if returns == Returns::Wider && !same_type {
        let encoding = matches!(sent_field.data_type(), DataType::Dictionary(..) | DataType::RunEndEncoded(..));
        // Text does not tell the types of the values of a variant.
        if sent_field.extension_type_name() == Some("arrow.parquet.variant") && matches!(target, "json" | "csv") {
            let is_json = back_field.extension_type_name() == Some("arrow.json");
            return (!is_json).then(|| "it is no JSON text".to_owned());
        }
        if matches!(target, "json" | "csv") && !encoding {
            return Some(format!("{} came back though {} was given", back_field.data_type(), sent_field.data_type()));
        }
        let (sent, back) = (loose(sent.column(0)), loose(back.column(0)));
        return (sent != back).then(|| format!("sent {sent:?}, back {back:?}"));
    }
    if !same_type {
        return Some(format!("{} came back as {}", sent_field.data_type(), back_field.data_type()));
    }
    if returns != Returns::Wider && sent_field.is_nullable() != back_field.is_nullable() {
        return Some(format!("nullable {} came back as {}", sent_field.is_nullable(), back_field.is_nullable()));
    }
    if sent_field.data_type() != back_field.data_type() {
        let (sent, back) = (rendered(sent, Origin::Arrow), rendered(back, Origin::Arrow));
        return (sent != back).then(|| format!("sent {sent:?}, back {back:?}"));
    }
    let (sent, back) = (sent.column(0), back.column(0));
    (sent.to_data() != back.to_data()).then(|| format!("sent {sent:?}, back {back:?}"))
}

#[test]
fn values_inside_the_range_come_back() {
    let mut failures = Vec::new();
    for row in rows() {
        for target in TARGETS {
            let plan = plan_of(&row.field, target, &WriteOptions::default());
            let returns = plan.columns.iter().map(|column| column.fit.returns).max().unwrap();
            let lossy =
                plan.losses().any(|(code, _)| matches!(code, Code::NullList | Code::NullStruct | Code::UnionTag));
            let sent = batch(&row, &row.good);
            match through(target, &sent) {
                Err(error) if returns == Returns::Nothing => assert_eq!(error.kind(), ErrorKind::Unsupported),
                Err(error) => failures.push(format!("{} in {target}: {error}", row.name)),
                Ok(_) if returns == Returns::Nothing => failures.push(format!("{} in {target}: is written", row.name)),
                Ok(back) if !lossy => {
                    let problem = wrong(target, returns, plan.losses().next().is_some(), &sent, &back);
                    failures.extend(problem.map(|problem| format!("{} in {target} ({returns}): {problem}", row.name)));
                }
                Ok(_) => {}
            }
        }
    }
    assert!(failures.is_empty(), "{} cells are not true:\n{}", failures.len(), failures.join("\n"));
}

#[test]
fn values_at_the_edges_come_back_or_stop_with_a_listed_code() {
    let mut failures = Vec::new();
    for row in rows() {
        for target in TARGETS {
            let plan = plan_of(&row.field, target, &WriteOptions::default());
            let returns = plan.columns.iter().map(|column| column.fit.returns).max().unwrap();
            let mut unseen: Vec<Code> = plan.columns.iter().flat_map(|column| column.fit.checks()).collect();
            let listed = unseen.clone();
            for edge in &row.edges {
                let sent = batch(&row, edge);
                let told = match through(target, &sent) {
                    Ok(_) if plan.losses().next().is_some() => continue,
                    Ok(back) => wrong(target, returns, false, &sent, &back),
                    Err(error) => match error.code() {
                        Some(code) if listed.contains(&code) => {
                            unseen.retain(|known| *known != code);
                            None
                        }
                        code => Some(format!("{code:?} is not listed: {error}")),
                    },
                };
                failures.extend(told.map(|told| format!("{} in {target}: {edge:?}: {told}", row.name)));
            }
            for code in unseen {
                failures.push(format!("{} in {target}: {code} is listed, but no value meets it", row.name));
            }
        }
    }
    assert!(failures.is_empty(), "{} cells are not true:\n{}", failures.len(), failures.join("\n"));
}

#[test]
fn losses_known_from_schemas_are_told_and_refused_before_writing() {
    for row in rows() {
        for target in TARGETS {
            let told: Vec<Code> =
                plan_of(&row.field, target, &WriteOptions::default()).losses().map(|(code, _)| code).collect();
            let sent = batch(&row, &row.good);
            let source = write(kind("arrow"), &sent).unwrap();
            let run = |strict| {
                let folder = tempfile::tempdir().unwrap();
                let path = folder.path().join("out");
                let to = super::super::files::target(kind(target), fmtconv::Output::path(&path), None);
                let outcome = fmtconv::Convert::new(source.input(None)).to(to).exec(exec(1)).strict(strict).run();
                (outcome, std::fs::read_dir(folder.path()).unwrap().count())
            };
            match run(true) {
                (Err(error), left) if !told.is_empty() => {
                    assert_eq!((error.kind(), left), (ErrorKind::Loss, 0), "{} in {target}: {error}", row.name);
                }
                (Err(error), _) => panic!("{} in {target}: {error}", row.name),
                (Ok(_), _) => assert!(told.is_empty(), "{} in {target}: {told:?} is not refused", row.name),
            }
            let (report, _) = run(false);
            let report = report.unwrap_or_else(|error| panic!("{} in {target}: {error}", row.name));
            let mut found: Vec<Code> =
                report.losses.keys().map(|(code, _)| *code).filter(|code| code.is_schema_level()).collect();
            found.dedup();
            assert_eq!(found, told, "{} in {target}", row.name);
        }
    }
}

#[test]
fn case_93_records_without_columns_are_counted_by_every_target_or_refused() {
    let options = arrow::array::RecordBatchOptions::new().with_row_count(Some(3));
    let sent = RecordBatch::try_new_with_options(Arc::new(Schema::empty()), Vec::new(), &options).unwrap();
    for target in TARGETS {
        match write(kind(target), &sent) {
            // A line of CSV without a field is no record.
            Err(error) => assert_eq!((target, error.code()), ("csv", Some(Code::Rows)), "{target}: {error}"),
            Ok(bytes) => {
                assert_ne!(target, "csv");
                let back = read(&bytes, None).unwrap_or_else(|error| panic!("{target}: {error}"));
                assert_eq!(back.iter().map(RecordBatch::num_rows).sum::<usize>(), 3, "{target}");
                assert!(back.iter().all(|batch| batch.num_columns() == 0), "{target}: {:?}", back[0].schema());
            }
        }
    }
}
