//! Messages that are one value (wrappers, intervals, entries of maps), from Protobuf to Protobuf: unknown fields are kept
//! there unless something else is asked for, and these have no column for them.

use std::path::Path;
use std::sync::Arc;

use arrow_array::types::Int64Type;
use arrow_array::{
    ArrayRef, Date32Array, Float64Array, Int64Array, IntervalMonthDayNanoArray, ListArray, MapArray, RecordBatch,
    StringArray, StructArray,
};
use arrow_buffer::{IntervalMonthDayNano, OffsetBuffer};
use arrow_schema::{DataType, Field, Fields};

use super::{FORMAT, exec};
use crate::code::Code;
use crate::convert::Convert;
use crate::error::Result;
use crate::format::{Format, WriteOptions};
use crate::input::Input;
use crate::output::Output;
use crate::pipeline::adapter::Memory;
use crate::report::Report;
use crate::schema::project::Selection;

type Columns = Vec<(&'static str, ArrayRef)>;

fn write(folder: &Path, columns: Columns, settings: &[(&str, &str)]) {
    let batch = RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, array)| (name, array, true)));
    let batch = batch.expect("batch");
    let mut options = WriteOptions::default();
    for (name, value) in settings {
        options.settings.set(*name, *value);
    }
    let sink = FORMAT.create(Output::path(folder.join("row.pb")), batch.schema(), &options).expect("created");
    let reader = Memory::new(batch.schema(), vec![Ok(batch)].into_iter());
    sink.drain(Box::new(reader), Vec::new(), &exec()).expect("written");
}

/// Converts `row.pb` to `out.pb`.
fn on(folder: &Path, settings: &[(&str, &str)], selection: Selection) -> Result<Report> {
    let input =
        settings.iter().fold(Input::from(folder.join("row.pb")), |input, (name, value)| input.option(name, value));
    let target = Output::path(folder.join("out.pb")).overwrite(true);
    Convert::new(input).to(target).selection(selection).verify(true).run()
}

fn bytes(folder: &Path, name: &str) -> Vec<u8> {
    std::fs::read(folder.join(name)).expect("file")
}

fn text(folder: &Path, name: &str) -> String {
    String::from_utf8(bytes(folder, name)).expect("text")
}

fn ints(rows: Vec<Option<Vec<Option<i64>>>>) -> ListArray {
    ListArray::from_iter_primitive::<Int64Type, _, _>(rows)
}

/// One list of the elements.
fn list(items: impl arrow_array::Array + 'static) -> ArrayRef {
    let item = Arc::new(Field::new("item", items.data_type().clone(), true));
    let offsets = OffsetBuffer::from_lengths([items.len()]);
    Arc::new(ListArray::try_new(item, offsets, Arc::new(items), None).expect("list"))
}

fn map(key: ArrayRef, value: ArrayRef) -> ArrayRef {
    let fields: Fields =
        vec![Field::new("key", key.data_type().clone(), false), Field::new("value", value.data_type().clone(), true)]
            .into();
    let offsets = OffsetBuffer::from_lengths([key.len()]);
    let entries = StructArray::try_new(fields.clone(), vec![key, value], None).expect("entries");
    let field = Arc::new(Field::new("entries", DataType::Struct(fields), false));
    Arc::new(MapArray::try_new(field, offsets, entries, None, false).expect("map"))
}

#[test]
fn what_fmtconv_wrote_is_written_again_byte_for_byte() {
    let nested = || list(ints(vec![Some(vec![Some(1)]), Some(vec![])]));
    let keys: ArrayRef = Arc::new(StringArray::from(vec!["a", "b"]));
    let lists: ArrayRef = Arc::new(ints(vec![Some(vec![Some(1), Some(2)]), Some(vec![])]));
    let texts: ArrayRef = Arc::new(StringArray::from(vec![Some("x"), None]));
    let floats: ArrayRef = Arc::new(Float64Array::from(vec![1.5, -0.0]));
    let interval = IntervalMonthDayNanoArray::from(vec![IntervalMonthDayNano::new(1, -2, 3)]);
    let nulls: ArrayRef = Arc::new(ints(vec![Some(vec![Some(1), None])]));
    let none: ArrayRef = Arc::new(ints(vec![Some(vec![Some(1)]), None, Some(vec![])]));
    let cases: [(Columns, &[(&str, &str)]); 6] = [
        (vec![("c", nested())], &[]),
        (vec![("c", map(keys, lists))], &[]),
        (vec![("c", map(floats, texts))], &[]),
        (vec![("c", list(interval.clone())), ("d", Arc::new(interval))], &[]),
        (vec![("c", nulls), ("d", nested())], &[("nulls", "wrap")]),
        (vec![("c", none)], &[("nulls", "wrap")]),
    ];
    for (columns, settings) in cases {
        let folder = tempfile::tempdir().expect("folder");
        let name = format!("{columns:?}");
        write(folder.path(), columns, settings);
        let report = on(folder.path(), &[], Selection::default()).unwrap_or_else(|error| panic!("{error}: {name}"));
        // Null lists that have a message around them are no loss.
        let is_lost = |code: Code| code == Code::Hint || code == Code::NullList && !settings.is_empty();
        assert!(!report.losses.keys().any(|(code, _)| is_lost(*code)), "{:?}: {name}", report.losses);
        assert_eq!(bytes(folder.path(), "out.pb"), bytes(folder.path(), "row.pb"), "{name}");
        assert_eq!(text(folder.path(), "out.proto"), text(folder.path(), "row.proto"), "{name}");
    }
}

#[test]
fn lists_stay_lists_where_a_column_is_renamed() {
    let folder = tempfile::tempdir().expect("folder");
    write(folder.path(), vec![("b", list(ints(vec![Some(vec![Some(1)])])))], &[]);
    let rename = vec![("b".to_owned(), "c".to_owned())];
    on(folder.path(), &[], Selection { rename, ..Selection::default() }).expect("converted");
    let text = text(folder.path(), "out.proto");
    assert!(
        text.contains("option (fmtconv.message).wrapper = true;") && text.contains("repeated int64 value"),
        "{text}"
    );
}

#[test]
fn unknown_fields_of_wrappers_are_refused_unless_they_are_structs() {
    let folder = tempfile::tempdir().expect("folder");
    write(folder.path(), vec![("b", list(ints(vec![Some(vec![Some(1)])])))], &[]);
    // The wrapper of the inner list, with a field 9 that no one knows.
    let with_unknown = [7, 0x0a, 5, 0x0a, 1, 1, 0x48, 1];
    std::fs::write(folder.path().join("row.pb"), with_unknown).expect("messages");
    let error = on(folder.path(), &[], Selection::default()).expect_err("it has no place");
    assert_eq!(error.code(), Some(Code::UnknownField), "{error}");
    assert!(error.hint().is_some_and(|hint| hint.contains("hints=false")), "{error:?}");
    let report = on(folder.path(), &[("unknown", "drop")], Selection::default()).expect("converted");
    assert!(report.losses.keys().any(|(code, _)| *code == Code::UnknownField), "{:?}", report.losses);
    on(folder.path(), &[("hints", "false")], Selection::default()).expect("converted");
    assert_eq!(bytes(folder.path(), "out.pb"), with_unknown);
}

#[test]
fn types_that_do_not_go_together_are_shown_as_elsewhere() {
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("given.proto");
    std::fs::write(&path, "syntax = \"proto3\"; message R { repeated int64 b = 1; }").expect("schema");
    let batch = RecordBatch::try_from_iter([("b", list(ints(vec![Some(vec![Some(1)])])))]).expect("batch");
    let options = WriteOptions { definition: Some(super::definition(&path, None, &[])), ..WriteOptions::default() };
    let error = super::write(vec![batch.clone()], batch.schema(), &options).expect_err("a list in a number");
    assert_eq!(error.message(), "type list<int64> cannot be written to field `repeated int64 b`");
    assert!(error.hint().is_some(), "{error:?}");
}

/// Numbers of what is gone are not used again, in wrappers as anywhere.
#[test]
fn a_wrapper_in_the_place_of_another_message_uses_no_number_again() {
    let point: ArrayRef = Arc::new(Int64Array::from(vec![1]));
    let points = StructArray::from(vec![
        (Arc::new(Field::new("x", DataType::Int64, true)), point.clone()),
        (Arc::new(Field::new("y", DataType::Int64, true)), point),
    ]);
    let date: ArrayRef = Arc::new(Date32Array::from(vec![1]));
    // Of the types of Google there is nothing to keep.
    for (first, number, reserved) in [(list(points), 3, true), (date, 1, false)] {
        let folder = tempfile::tempdir().expect("folder");
        write(folder.path(), vec![("a", first)], &[]);
        let again = || {
            std::fs::remove_file(folder.path().join("row.pb")).expect("removed");
            write(folder.path(), vec![("a", list(ints(vec![Some(vec![Some(1)])])))], &[("renumber", "true")]);
            text(folder.path(), "row.proto")
        };
        let made = again();
        assert!(made.contains(&format!("repeated int64 value = {number} [")), "{made}");
        assert_eq!(made.contains("reserved \"y\";"), reserved, "{made}");
        // The next time it stays.
        assert_eq!(again(), made);
    }
}
