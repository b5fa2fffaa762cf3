use arrow_array::{ArrayRef, Int32Array};

use super::*;
use crate::error::ErrorKind;

#[test]
fn a_field_that_the_records_lack_must_be_null() {
    let field = |name: &str| Field::new(name, DataType::Int32, true);
    let with_default = field("c").with_metadata(HashMap::from([("fmtconv.default".to_owned(), "7".to_owned())]));
    let written = Schema::new(vec![field("a")]);
    let read = Arc::new(Schema::new(vec![field("a"), field("b"), with_default]));
    let back = Back::new(&written, read.clone(), false);
    let steps = back.steps(&read, &[]);
    let apply = |lacked: Option<i32>| {
        let column = |second| Arc::new(Int32Array::from(vec![None, second])) as ArrayRef;
        let columns = vec![column(Some(1)), column(lacked), column(Some(7))];
        steps[0].apply(Batch::new(RecordBatch::try_new(read.clone(), columns).expect("columns")))
    };
    assert_eq!(apply(None).expect("nulls").records.num_columns(), 1);
    let error = apply(Some(5)).expect_err("a value");
    assert_eq!((error.kind(), error.origin().record), (ErrorKind::Differs, Some(1)));
    assert_eq!(error.origin().column.as_deref(), Some("b"));
}

#[test]
fn members_that_the_records_lack_must_be_null_or_stand_for_nothing() {
    let number = |name: &str| Field::new(name, DataType::Int32, true);
    let zero = HashMap::from([("proto.number".to_owned(), "3".to_owned())]);
    let fields = Fields::from(vec![
        number("a"),
        number("b"),
        Field::new("z", DataType::Int32, false).with_metadata(zero),
        number("c").with_metadata(HashMap::from([("fmtconv.default".to_owned(), "7".to_owned())])),
    ]);
    let list = |fields: Fields| {
        let item = Arc::new(Field::new("item", DataType::Struct(fields), true));
        Field::new("l", DataType::List(item), true)
    };
    let written = Schema::new(vec![list(Fields::from(vec![number("a")]))]);
    let read = Arc::new(Schema::new(vec![list(fields.clone())]));
    let steps = Back::new(&written, read.clone(), false).steps(&read, &[]);
    let apply = |b: Option<i32>, z: i32, c: Option<i32>, exists: bool| {
        let column = |second: Option<i32>| Arc::new(Int32Array::from(vec![None, second])) as ArrayRef;
        let zeros = Arc::new(Int32Array::from(vec![0, z])) as ArrayRef;
        let columns = vec![column(Some(1)), column(b), zeros, column(c)];
        let nulls = arrow_buffer::NullBuffer::from(vec![true, exists]);
        let group = Arc::new(arrow_array::StructArray::new(fields.clone(), columns, Some(nulls)));
        let offsets = arrow_buffer::OffsetBuffer::from_lengths([1, 1]);
        let DataType::List(item) = read.field(0).data_type().clone() else { panic!("a list") };
        let list = Arc::new(arrow_array::ListArray::new(item, offsets, group, None)) as ArrayRef;
        let applied = steps[0].apply(Batch::new(RecordBatch::try_new(read.clone(), vec![list]).expect("columns")));
        applied.map(drop).map_err(|error| (error.kind(), error.origin().record, error.origin().column.clone()))
    };
    let differs = |column: &str| Err((ErrorKind::Differs, Some(1), Some(column.to_owned())));
    assert_eq!(apply(None, 0, Some(7), true), Ok(()));
    assert_eq!(apply(None, 0, None, true), Ok(()));
    assert_eq!(apply(Some(5), 0, None, true), differs("l[].b"));
    assert_eq!(apply(None, 1, None, true), differs("l[].z"));
    assert_eq!(apply(None, 0, Some(8), true), differs("l[].c"));
    assert_eq!(apply(Some(5), 1, Some(8), false), Ok(()), "there is no such element");
}
