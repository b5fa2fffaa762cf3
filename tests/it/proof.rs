//! Digests over every format: equal for equal records, and different after any change.

use arrow::array::{Array, ArrayRef, RecordBatch, UInt32Array, new_null_array};
use arrow::compute::{concat, take};
use fmtconv::pipeline::adapter::Memory;
use fmtconv::proof::{Digest, Order, digest};
use fmtconv::{Convert, ErrorKind, Exec, Format, Input, Output, Registry, Result, Source, Target};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError, TestRunner};

use super::data::{Nulls, batches, sample};
use super::files::{Bytes, Kind, Proto, exec, kinds, target, write};

fn of_batch(batch: &RecordBatch, order: Order) -> Digest {
    let reader = Memory::new(batch.schema(), std::iter::once(Ok(batch.clone())));
    digest(Box::new(reader), Vec::new(), order, &exec(1)).expect("records in memory")
}

fn of_bytes(bytes: &Bytes, chunk_bytes: Option<usize>, threads: usize, order: Order) -> Result<Digest> {
    let exec = exec(threads);
    let input = bytes.input(chunk_bytes).resolve(&Registry::builtin())?;
    digest(input.open(&exec)?, Vec::new(), order, &exec)
}

fn same_in_all(kinds: &[Kind], batch: &RecordBatch, chunk_bytes: Option<usize>) -> Result<(), String> {
    for order in [Order::Kept, Order::Any] {
        let expected = of_batch(batch, order);
        for kind in kinds {
            let bytes = write(*kind, batch).map_err(|error| format!("{kind}: {error}"))?;
            for threads in [1, 8] {
                let found =
                    of_bytes(&bytes, chunk_bytes, threads, order).map_err(|error| format!("{kind}: {error}"))?;
                if found != expected {
                    return Err(format!("{kind}, {threads} threads: {found} instead of {expected}"));
                }
            }
        }
    }
    Ok(())
}

fn any_records(nulls: Nulls, fits: impl Fn(Kind) -> bool) {
    let kinds: Vec<Kind> = kinds().into_iter().filter(|kind| fits(*kind)).collect();
    let mut runner = TestRunner::new(Config { cases: 32, failure_persistence: None, ..Config::default() });
    let inputs = (batches(nulls), prop::option::of(1..400_usize));
    let outcome = runner
        .run(&inputs, |(batch, chunk_bytes)| same_in_all(&kinds, &batch, chunk_bytes).map_err(TestCaseError::fail));
    if let Err(error) = outcome {
        panic!("{error}");
    }
}

#[test]
fn the_digest_is_the_same_in_every_format() {
    any_records(Nulls::NotInLists, |_| true);
}

#[test]
fn the_digest_is_the_same_in_every_format_that_has_nulls_in_lists() {
    any_records(Nulls::Everywhere, |kind| !kind.needs_definition());
}

/// Values of a column in another place, or gone: a batch that differs from the first in one value.
fn with_column(batch: &RecordBatch, column: usize, array: ArrayRef) -> RecordBatch {
    let mut columns = batch.columns().to_vec();
    columns[column] = array;
    RecordBatch::try_new(batch.schema(), columns).expect("the same types")
}

#[test]
fn any_single_change_changes_the_digest() {
    let batch = sample(30);
    let base = [Order::Kept, Order::Any].map(|order| of_batch(&batch, order));
    let mut changed = 0;
    for column in 0..batch.num_columns() {
        let array = batch.column(column);
        for row in 0..batch.num_rows() {
            // The value of the next row with another one in place of this row's, and null.
            let other = (1..30).map(|step| (row + step) % 30).find(|other| {
                let (a, b) = (array.slice(row, 1), array.slice(*other, 1));
                a.to_data() != b.to_data()
            });
            let mut replacements = Vec::new();
            if let Some(other) = other {
                let rows: UInt32Array = (0..30).map(|at| if at == row { other as u32 } else { at as u32 }).collect();
                replacements.push(take(array, &rows, None).expect("rows of the array"));
            }
            if batch.schema().field(column).is_nullable() && array.is_valid(row) {
                let null = new_null_array(array.data_type(), 1);
                let parts = [array.slice(0, row), null, array.slice(row + 1, 29 - row)];
                let parts: Vec<&dyn Array> = parts.iter().map(|part| part.as_ref()).collect();
                replacements.push(concat(&parts).expect("parts of one type"));
            }
            for replacement in replacements {
                let other = with_column(&batch, column, replacement);
                for base in base {
                    assert_ne!(of_batch(&other, base.order), base, "column {column}, row {row}");
                }
                changed += 1;
            }
        }
    }
    assert!(changed > 400, "{changed} changes");
}

#[test]
fn every_conversion_can_be_verified() {
    let batch = sample(60);
    let mut failures = Vec::new();
    for from in kinds() {
        let source = write(from, &batch).expect("the sample can be written");
        for to in kinds() {
            let definition = to.needs_definition().then(Proto::new);
            let (output, memory) = Output::memory();
            let convert = Convert::new(source.input(Some(300))).to(target(to, output, definition.as_ref()));
            match convert.exec(exec(2)).verify(true).run() {
                Err(error) => failures.push(format!("{from} to {to}: {error}")),
                Ok(report) => {
                    let verified = report.verified.map(|verified| verified.records);
                    if verified != Some(60) || memory.take().is_none_or(|bytes| bytes.is_empty()) {
                        failures.push(format!("{from} to {to}: {verified:?} records"));
                    }
                }
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// JSON that loses the letter x when it is read.
#[derive(Debug)]
struct Leaky;

static LEAKY: Leaky = Leaky;

impl Format for Leaky {
    fn info(&self) -> &'static fmtconv::format::Info {
        static INFO: fmtconv::format::Info = fmtconv::format::Info {
            name: "leaky",
            aliases: &[],
            extensions: &[],
            about: "JSON that loses the letter x",
            outer_compression: false,
            read: &[],
            write: &[],
            codecs: &[],
        };
        &INFO
    }
    fn sniff(&self, _: &[u8]) -> fmtconv::format::Sniff {
        fmtconv::format::Sniff::No
    }
    fn open(
        &self,
        source: Source,
        options: &fmtconv::format::ReadOptions,
        exec: &Exec,
    ) -> Result<Box<dyn fmtconv::pipeline::Reader>> {
        let mut bytes = Vec::new();
        std::io::Read::read_to_end(&mut source.open()?, &mut bytes).expect("bytes in memory");
        bytes.retain(|byte| *byte != b'x');
        let (json, _) = Registry::builtin().by_name("ndjson")?;
        json.open(Source::bytes("leaky", bytes), options, exec)
    }
    fn create(
        &self,
        output: Output,
        schema: arrow::datatypes::SchemaRef,
        options: &fmtconv::format::WriteOptions,
    ) -> Result<Box<dyn fmtconv::pipeline::Sink>> {
        let (json, _) = Registry::builtin().by_name("ndjson")?;
        json.create(output, schema, options)
    }
    fn fit(
        &self,
        _: &arrow::datatypes::Field,
        _: &[&arrow::datatypes::Field],
        _: &fmtconv::format::WriteOptions,
    ) -> fmtconv::format::Fit {
        fmtconv::format::Fit::exact("text")
    }
}

#[test]
fn an_output_that_is_not_what_was_read_does_not_appear() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("out");
    let run = |text: &'static str, verify: bool| {
        let input = Input::with_format(Source::bytes("in", text), "ndjson");
        let target = Target::with_format(Output::path(path.clone()), "leaky");
        let registry = Registry::builtin().with(&LEAKY);
        Convert::new(input).to(target).registry(registry).exec(exec(1)).verify(verify).run()
    };
    let text = "{\"a\":\"y\",\"b\":1}\n{\"a\":\"box\",\"b\":2}\n";
    let error = run(text, true).expect_err("a letter is lost");
    assert_eq!(error.kind(), ErrorKind::Differs);
    assert_eq!(error.kind().exit_code(), 1);
    assert_eq!((error.origin().record, error.origin().column.as_deref()), (Some(1), Some("a")));
    assert!(error.message().contains("\"box\" was read, \"bo\" comes back"), "{error}");
    assert!(std::fs::read_dir(folder.path()).expect("the folder").next().is_none(), "something was left");
    let report = run("{\"a\":\"y\"}\n", true).expect("nothing is lost");
    assert_eq!(report.verified.map(|verified| verified.records), Some(1));
    std::fs::remove_file(&path).expect("the output");
    assert!(run(text, false).expect("nobody looked").verified.is_none());
}

#[test]
fn what_a_plan_loses_is_named_and_the_rest_is_compared() {
    let input = || {
        Input::with_format(
            Source::bytes("in", "{\"a\":1,\"l\":[1]}\n{\"a\":2,\"l\":null}\n{\"a\":3,\"l\":[]}\n"),
            "ndjson",
        )
    };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let report = Convert::new(input()).to(folder.path().join("out.pb").as_path()).verify(true).run();
    let report = report.expect("null lists are told");
    let verified = report.verified.expect("it was read back");
    assert_eq!(verified.records, 3);
    assert!(
        verified.not_compared.iter().any(|(code, path)| code.as_str() == "S-NULL-LIST" && path == "l"),
        "{verified:?}"
    );
}
