//! Round trips over every pair of formats: the values that go in come out.

use proptest::prelude::*;
use proptest::test_runner::TestCaseError;

use super::data::{Nulls, batches, runner, sample};
use super::files::{Kind, compare, convert, kinds, read, write};

/// Source, target and back, with chunks so small that records fall on every side of a cut.
fn round_trip(
    from: Kind,
    to: Kind,
    batch: &arrow::array::RecordBatch,
    chunk_bytes: Option<usize>,
) -> Result<(), String> {
    let place = |step: &'static str| move |error: fmtconv::Error| format!("{step}: {error}");
    let source = write(from, batch).map_err(place("write the source"))?;
    compare(batch, &read(&source, chunk_bytes).map_err(place("read the source"))?)
        .map_err(|e| format!("source: {e}"))?;
    let target = convert(&source, to, 2, chunk_bytes).map_err(place("convert"))?;
    compare(batch, &read(&target, None).map_err(place("read the target"))?).map_err(|e| format!("target: {e}"))
}

#[test]
fn sample_survives_every_pair() {
    let batch = sample(60);
    let mut failures = Vec::new();
    for from in kinds() {
        for to in kinds() {
            for chunk_bytes in [None, Some(200)] {
                if let Err(error) = round_trip(from, to, &batch, chunk_bytes) {
                    failures.push(format!("{from} to {to}: {error}"));
                }
            }
        }
    }
    assert!(failures.is_empty(), "{} of the pairs differ:\n{}", failures.len(), failures.join("\n"));
}

#[test]
fn no_record_survives_every_pair() {
    let batch = sample(0);
    for from in kinds() {
        for to in kinds() {
            if let Err(error) = round_trip(from, to, &batch, None) {
                panic!("{from} to {to}: {error}");
            }
        }
    }
}

/// Any values, through every pair that can hold them.
fn any_records(nulls: Nulls, fits: impl Fn(Kind) -> bool) {
    let kinds: Vec<Kind> = kinds().into_iter().filter(|kind| fits(*kind)).collect();
    let mut runner = runner(24);
    let inputs = (batches(nulls), prop::option::of(1..400_usize));
    let outcome = runner.run(&inputs, |(batch, chunk_bytes)| {
        for from in &kinds {
            for to in &kinds {
                round_trip(*from, *to, &batch, chunk_bytes)
                    .map_err(|error| TestCaseError::fail(format!("{from} to {to}: {error}")))?;
            }
        }
        Ok(())
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
}

#[test]
fn any_records_survive_every_pair() {
    any_records(Nulls::NotInLists, |_| true);
}

#[test]
fn any_nulls_survive_every_pair_that_has_them() {
    any_records(Nulls::Everywhere, |kind| !kind.needs_definition());
}
