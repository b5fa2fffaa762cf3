use std::sync::Arc;

use arrow_array::{ArrayRef, Float64Array, Int64Array, RecordBatch, StringViewArray};
use arrow_schema::{DataType, Field, Fields, Schema};

use super::*;
use crate::error::ErrorKind;
use crate::report::Report;

fn schema(name: &str, data_type: DataType) -> SchemaRef {
    Arc::new(Schema::new(vec![Field::new(name, data_type, false)]))
}

fn batch(name: &str, array: ArrayRef) -> Batch {
    Batch::new(RecordBatch::try_new(schema(name, array.data_type().clone()), vec![array]).unwrap())
}

fn numbers() -> ArrayRef {
    Arc::new(Int64Array::from_iter_values(0..6))
}

/// What a function makes of a batch, announced to have one column `n` of integers.
struct Step(fn(Batch) -> Batch);

impl Transform for Step {
    fn schema(&self) -> SchemaRef {
        schema("n", DataType::Int64)
    }
    fn apply(&self, batch: Batch) -> Result<Batch> {
        Ok((self.0)(batch))
    }
}

fn through(step: fn(Batch) -> Batch) -> Result<Vec<Batch>> {
    let stages = Stages::new(schema("n", DataType::Int64), vec![Arc::new(Step(step))]);
    stages.batches(std::iter::once(Ok(batch("n", numbers())))).collect()
}

#[test]
fn a_step_gives_what_it_announces() {
    assert_eq!(through(|batch| batch).unwrap()[0].report, Report::read(6));
    let others: [fn(Batch) -> Batch; 3] = [
        |_| batch("n", Arc::new(Float64Array::from(vec![0.5; 6]))),
        |_| batch("m", numbers()),
        |old| {
            let fields: Fields = ["n", "n"].map(|name| Field::new(name, DataType::Int64, false)).into_iter().collect();
            let records = RecordBatch::try_new(Arc::new(Schema::new(fields)), vec![numbers(), numbers()]).unwrap();
            old.with_records(records)
        },
    ];
    for other in others {
        let error = through(other).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Schema, "{error}");
    }
}

#[test]
fn a_step_keeps_count() {
    let fewer = |batch: Batch| {
        let records = batch.records.slice(1, 2);
        batch.with_records(records)
    };
    let batches = through(fewer).unwrap();
    assert_eq!(batches[0].report, Report { skipped: 4, ..Report::read(6) });
    let wrong: [fn(Batch) -> Batch; 3] = [
        |batch| Batch::new(batch.records.slice(1, 2)),
        |batch| Batch { records: batch.records.slice(1, 2), report: batch.report },
        |batch| Batch { report: Report { lines: 9, ..batch.report }, ..batch },
    ];
    for step in wrong {
        let error = through(step).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Usage, "{error}");
        assert!(error.hint().unwrap().contains("with_records"));
    }
}

#[test]
fn a_reader_gives_what_it_announces() {
    let given = |announced: DataType, array: ArrayRef| {
        let stages = Stages::new(schema("n", announced), Vec::new());
        stages.batches(std::iter::once(Ok(batch("n", array)))).collect::<Result<Vec<_>>>().map(drop)
    };
    given(DataType::Int64, numbers()).unwrap();
    given(DataType::Utf8, Arc::new(StringViewArray::from(vec!["layout"]))).unwrap();
    for announced in [DataType::Int32, DataType::Utf8, DataType::Timestamp(arrow_schema::TimeUnit::Second, None)] {
        assert_eq!(given(announced, numbers()).unwrap_err().kind(), ErrorKind::Schema);
    }
}

#[test]
fn nulls_are_only_where_they_are_announced() {
    let nullable = Arc::new(Schema::new(vec![Field::new("n", DataType::Int64, true)]));
    let array: ArrayRef = Arc::new(Int64Array::from(vec![Some(1), None]));
    let records = RecordBatch::try_new(nullable.clone(), vec![array]).unwrap();
    let given = |announced: &SchemaRef| {
        let stages = Stages::new(announced.clone(), Vec::new());
        stages.batches(std::iter::once(Ok(Batch::new(records.clone())))).collect::<Result<Vec<_>>>().map(drop)
    };
    given(&nullable).unwrap();
    let error = given(&schema("n", DataType::Int64)).unwrap_err();
    assert_eq!((error.code(), error.origin().record), (Some(Code::Null), Some(1)));
}
