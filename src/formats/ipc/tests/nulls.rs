//! Nulls in fields that have none by the schema.

use std::sync::Arc;

use arrow_array::{Array, ArrayRef, Int32Array, RecordBatch, StringArray, UnionArray, make_array};
use arrow_buffer::ScalarBuffer;
use arrow_data::ArrayData;
use arrow_schema::{DataType, Field, Schema, UnionFields};

use crate::code::Code;
use crate::error::ErrorKind;
use crate::format::ReadOptions;
use crate::formats::ipc::FORMAT;
use crate::formats::testing::{bytes, read};
use crate::source::Source;

/// A file with structs of text and a union that is never null by its field, of which the second is the null of a branch:
/// what Arrow's own constructors refuse, and other writers do not.
fn file() -> Vec<u8> {
    let branch: ArrayRef = Arc::new(Int32Array::from(vec![Some(1), None, Some(3)]));
    let fields = UnionFields::from_iter([(0, Arc::new(Field::new("x", DataType::Int32, true)))]);
    let union = UnionArray::try_new(fields, ScalarBuffer::from(vec![0_i8; 3]), None, vec![branch]).unwrap();
    let texts = StringArray::from(vec!["a", "b", "c"]);
    let members =
        vec![Field::new("t", DataType::Utf8, false), Field::new("u", union.data_type().clone(), false)].into();
    let data = ArrayData::builder(DataType::Struct(members)).len(3);
    let structs = make_array(data.add_child_data(texts.to_data()).add_child_data(union.to_data()).build().unwrap());
    let schema = Arc::new(Schema::new(vec![Field::new("s", structs.data_type().clone(), true)]));
    let batch = RecordBatch::try_new(schema.clone(), vec![structs]).unwrap();
    let mut writer = arrow_ipc::writer::FileWriter::try_new(Vec::new(), &schema).unwrap();
    writer.write(&batch).unwrap();
    writer.finish().unwrap();
    writer.into_inner().unwrap()
}

#[test]
fn a_null_where_there_is_none_is_told_with_its_place() {
    let error = read(&FORMAT, bytes(file()), &ReadOptions::default(), 1).unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::Value, Some(Code::Null)), "{error}");
    let origin = error.origin();
    assert_eq!((origin.record, origin.column.as_deref()), (Some(1), Some("s.u")), "{error}");
}

#[test]
fn records_with_such_a_null_are_set_aside_alone() {
    let ((output, written), (rejects, rejected)) = (crate::Output::memory(), crate::Output::memory());
    let input = crate::Input::with_format(Source::bytes("in.arrow", file()), "arrow");
    let convert = crate::Convert::new(input).to(crate::Target::with_format(output, "arrow")).rejects(rejects);
    let report = convert.threads(1).run().unwrap();
    assert_eq!((report.records_in, report.records_out, report.rejected), (3, 2, 1));
    let line: serde_json::Value = serde_json::from_slice(&rejected.take().unwrap()).unwrap();
    assert_eq!((&line["record"], &line["code"], &line["column"]), (&2.into(), &"V-NULL".into(), &"s.u".into()));
    assert_eq!(line["json"]["s"]["t"], "b");
    let (schema, _) = read(&FORMAT, bytes(written.take().unwrap()), &ReadOptions::default(), 1).unwrap();
    let DataType::Struct(members) = schema.field(0).data_type() else { panic!("{schema}") };
    assert!(!members[1].is_nullable());
}
