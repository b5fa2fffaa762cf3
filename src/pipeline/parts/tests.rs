use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use arrow_array::{Array, NullArray, RecordBatch};

use super::*;
use crate::error::Error;

const ROWS: usize = 100_000;

fn schema() -> Schema {
    Schema::new(vec![Field::new("nothing", DataType::Null, true)])
}

/// Batches that take no memory, counted as they are asked for; then an error, at that record of the chunk.
fn parts(count: usize, fails: bool, asked: &Arc<AtomicUsize>) -> Parts {
    let asked = asked.clone();
    let schema = Arc::new(schema());
    let of = schema.clone();
    let batches = (0..count).map(move |_| {
        asked.fetch_add(1, Ordering::Relaxed);
        Ok(Batch::new(RecordBatch::try_new(of.clone(), vec![Arc::new(NullArray::new(ROWS))])?))
    });
    let error = fails.then(|| Err(Error::malformed("bad").at_record((count * ROWS) as u64)));
    let exec = Exec::with_memory(NonZeroUsize::new(1), Some(32 << 20)).unwrap();
    Parts::new(batches.chain(error), &schema, &exec)
}

#[test]
fn a_part_ends_where_enough_is_made() {
    let asked = Arc::new(AtomicUsize::new(0));
    let (mut rows, mut made, mut rest) = (0, 0, Some(parts(9, false, &asked)));
    while let Some(parts) = rest {
        let (batches, behind) = parts.collect().unwrap();
        // Two batches would be text of 3 MB; one is looked at ahead.
        assert!((1..=2).contains(&batches.len()));
        rows += batches.iter().map(|batch| batch.records.column(0).len()).sum::<usize>();
        made += 1;
        rest = behind;
        assert!(asked.load(Ordering::Relaxed) <= rows / ROWS + 1);
    }
    assert_eq!(rows, 9 * ROWS);
    assert!(made >= 5);
}

#[test]
fn records_of_errors_count_from_the_chunk() {
    let asked = Arc::default();
    let mut rest = parts(3, true, &asked);
    let error = loop {
        match rest.collect() {
            Ok((_, behind)) => rest = behind.unwrap(),
            Err(error) => break error,
        }
    };
    assert_eq!(error.origin().record, Some(3 * ROWS as u64));

    let (_, rest) = parts(4, false, &asked).collect().unwrap();
    let rest = rest.unwrap();
    let before = rest.rows;
    assert!(before > 0);
    let fails = |part: &mut Part<'_>| -> Result<()> {
        part.next().unwrap()?;
        Err(Error::malformed("cannot be written").at_record(7))
    };
    let error = rest.part(fails).map(drop).unwrap_err();
    assert_eq!(error.origin().record, Some(before + 7));
}
