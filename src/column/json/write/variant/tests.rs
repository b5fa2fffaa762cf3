use std::sync::Arc;

use arrow_array::{BinaryArray, Int64Array, ListArray, StringArray, TimestampMicrosecondArray};
use arrow_buffer::OffsetBuffer;
use serde_json::Value;

use super::super::super::{EXTENSION_NAME, VARIANT};
use super::*;
use crate::column::json::{BytesStyle, NonFinite, NumberStyle};

/// Metadata with these names, offsets of one byte.
fn metadata(names: &[&str]) -> Vec<u8> {
    let mut bytes = vec![0x11, names.len() as u8, 0];
    let mut end = 0;
    for name in names {
        end += name.len();
        bytes.push(end as u8);
    }
    bytes.extend(names.concat().bytes());
    bytes
}

fn variant_field(fields: Fields) -> Field {
    Field::new("v", DataType::Struct(fields), true).with_metadata([(EXTENSION_NAME, VARIANT)])
}

/// An array of one value or an object of one member, around another value; `ids` of members.
fn around(kind: u8, ids: &[u8], values: &[&[u8]]) -> Vec<u8> {
    let mut bytes = vec![kind, values.len() as u8];
    bytes.extend(ids);
    let mut end = 0_u32;
    // Offsets of four bytes.
    for length in std::iter::once(0).chain(values.iter().map(|value| value.len() as u32)) {
        end += length;
        bytes.extend(end.to_le_bytes());
    }
    bytes.extend(values.concat());
    bytes
}

fn array(values: &[&[u8]]) -> Vec<u8> {
    around(0b0011 | 3 << 2, &[], values)
}

fn object(ids: &[u8], values: &[&[u8]]) -> Vec<u8> {
    around(0b0010 | 3 << 2, ids, values)
}

fn written(field: &Field, array: &ArrayRef, rules: &WriteRules) -> Result<String> {
    let writer = ValueWriter::new(field, array, rules)?;
    let mut out = Vec::new();
    writer.push(&mut out, 0)?;
    Ok(String::from_utf8(out).unwrap())
}

/// The text of one variant that is not shredded.
fn text_with(metadata: &[u8], value: &[u8], rules: &WriteRules) -> Result<String> {
    let fields: Fields =
        vec![Field::new("metadata", DataType::Binary, false), Field::new("value", DataType::Binary, false)].into();
    let columns: Vec<ArrayRef> =
        vec![Arc::new(BinaryArray::from_vec(vec![metadata])), Arc::new(BinaryArray::from_vec(vec![value]))];
    let array: ArrayRef = Arc::new(StructArray::new(fields.clone(), columns, None));
    written(&variant_field(fields), &array, rules)
}

fn text(value: &[u8]) -> String {
    text_with(&metadata(&["a", "b"]), value, &WriteRules::default()).unwrap()
}

/// The examples are put together by hand from the tables of the specification.
#[test]
fn primitive_values_are_written_exactly() {
    assert_eq!(text(&[0]), "null");
    assert_eq!(text(&[1 << 2]), "true");
    assert_eq!(text(&[2 << 2]), "false");
    assert_eq!(text(&[3 << 2, 0x80]), "-128");
    assert_eq!(text(&[4 << 2, 0xd2, 0x04]), "1234");
    assert_eq!(text(&[5 << 2, 0xc7, 0xcf, 0xff, 0xff]), "-12345");
    assert_eq!(text(&[&[6 << 2][..], &i64::MIN.to_le_bytes()].concat()), "-9223372036854775808");
    assert_eq!(text(&[&[7 << 2][..], &0.1_f64.to_le_bytes()].concat()), "0.1");
    assert_eq!(text(&[&[14 << 2][..], &0.1_f32.to_le_bytes()].concat()), "0.1");
    assert_eq!(text(&[&[7 << 2][..], &f64::NEG_INFINITY.to_le_bytes()].concat()), "\"-Infinity\"");
    assert_eq!(text(&[&[8 << 2, 2][..], &(-1230_i32).to_le_bytes()].concat()), "-12.30");
    assert_eq!(text(&[&[9 << 2, 0][..], &(10_i64.pow(18) - 1).to_le_bytes()].concat()), "999999999999999999");
    let wide = 12_345_678_901_234_567_890_123_456_789_i128;
    assert_eq!(text(&[&[10 << 2, 9][..], &wide.to_le_bytes()].concat()), "12345678901234567890.123456789");
    assert_eq!(text(&[&[11 << 2][..], &19_782_i32.to_le_bytes()].concat()), "\"2024-02-29\"");
    let micros = 1_731_000_000_123_456_i64.to_le_bytes();
    assert_eq!(text(&[&[12 << 2][..], &micros].concat()), "\"2024-11-07T17:20:00.123456Z\"");
    assert_eq!(text(&[&[13 << 2][..], &micros].concat()), "\"2024-11-07T17:20:00.123456\"");
    let nanos = 1_731_000_000_123_456_789_i64.to_le_bytes();
    assert_eq!(text(&[&[18 << 2][..], &nanos].concat()), "\"2024-11-07T17:20:00.123456789Z\"");
    assert_eq!(text(&[&[19 << 2][..], &nanos].concat()), "\"2024-11-07T17:20:00.123456789\"");
    assert_eq!(text(&[&[17 << 2][..], &1_500_000_i64.to_le_bytes()].concat()), "\"00:00:01.500\"");
    assert_eq!(text(&[15 << 2, 2, 0, 0, 0, 0xff, 0]), "\"/wA=\"");
    assert_eq!(text(&[16 << 2, 2, 0, 0, 0, b'"', b'x']), "\"\\\"x\"");
    assert_eq!(text(&[1 | 2 << 2, 0xc3, 0xa9]), "\"é\"");
    let uuid: Vec<u8> = std::iter::once(20 << 2).chain(0..16).collect();
    assert_eq!(text(&uuid), "\"00010203-0405-0607-0809-0a0b0c0d0e0f\"");
}

#[test]
fn rules_of_the_format_hold_inside_of_variants() {
    let with = |rules: WriteRules, value: &[u8]| text_with(&metadata(&[]), value, &rules);
    let nan = [&[7 << 2][..], &f64::NAN.to_le_bytes()].concat();
    let strings = WriteRules { int64: NumberStyle::String, decimal: NumberStyle::String, ..WriteRules::default() };
    assert_eq!(with(strings, &[&[6 << 2][..], &7_i64.to_le_bytes()].concat()).unwrap(), "\"7\"");
    assert_eq!(with(strings, &[8 << 2, 1, 7, 0, 0, 0]).unwrap(), "\"0.7\"");
    let refused = WriteRules { non_finite: NonFinite::Error, ..WriteRules::default() };
    assert_eq!(with(refused, &nan).unwrap_err().code(), Some(Code::NonFinite));
    let null = WriteRules { non_finite: NonFinite::Null, ..WriteRules::default() };
    assert_eq!(with(null, &nan).unwrap(), "null");
    let doubles = WriteRules { doubles: true, ..WriteRules::default() };
    let float = [&[14 << 2][..], &0.1_f32.to_le_bytes()].concat();
    assert_eq!(text_with(&metadata(&[]), &float, &doubles).unwrap(), "0.10000000149011612");
    let hex = WriteRules { bytes: BytesStyle::Hex, ..WriteRules::default() };
    assert_eq!(with(hex, &[15 << 2, 1, 0, 0, 0, 0xab]).unwrap(), "\"ab\"");
    let numbers = WriteRules { bytes: BytesStyle::Array, ..WriteRules::default() };
    assert_eq!(with(numbers, &[15 << 2, 1, 0, 0, 0, 0xab]).unwrap(), "[171]");
}

#[test]
fn objects_and_arrays_nest() {
    let one = [3 << 2, 1];
    let inner = array(&[&one, &[0], &array(&[])]);
    assert_eq!(text(&object(&[0, 1], &[&inner, &one])), "{\"a\":[1,null,[]],\"b\":1}");
    assert_eq!(text(&object(&[], &[])), "{}");
    // Values need not lie in the order of the names.
    let swapped = [0b0010, 2, 0, 1, 2, 0, 4, 3 << 2, 7, 3 << 2, 8];
    assert_eq!(text(&swapped), "{\"a\":8,\"b\":7}");
    let mut deep = vec![0];
    for _ in 0..300 {
        deep = array(&[&deep]);
    }
    let error = text_with(&metadata(&[]), &deep, &WriteRules::default()).unwrap_err();
    assert_eq!(error.code(), Some(Code::Depth));
    let rules = WriteRules { depth_max: 300, ..WriteRules::default() };
    assert!(text_with(&metadata(&[]), &deep, &rules).is_ok());
}

#[test]
fn what_is_no_variant_is_refused_and_never_followed() {
    let names = metadata(&["a", "b"]);
    let bad: [&[u8]; 16] = [
        &[],
        &[3 << 2],
        &[0, 0],
        &[21 << 2],
        &[16 << 2, 0xff, 0xff, 0xff, 0xff, b'x'],
        &[1 | 1 << 2, 0xff],
        &[8 << 2, 39, 0, 0, 0, 0],
        &[8 << 2, 0, 0, 0, 0, 0x7f],
        &[17 << 2, 0, 0, 0, 0, 0, 0, 0, 0x80],
        &[0b0010, 1, 7, 0, 1, 0],
        &[0b0010, 1, 0, 9, 1, 0],
        &[0b0010, 2, 0, 0, 0, 1, 2, 0, 0],
        &[0b0011, 200, 0, 1],
        &[0b0011 | 1 << 4, 0xff, 0xff, 0xff, 0xff, 0],
        &[0b0011, 1, 0, 9, 0],
        &[0b0011, 1, 1, 1, 0],
    ];
    for value in bad {
        let error = text_with(&names, value, &WriteRules::default()).unwrap_err();
        assert_eq!(error.code(), Some(Code::Token), "{value:?}");
    }
    for metadata in [&[][..], &[2, 0, 0], &[1, 1], &[1, 1, 0, 9, b'a'], &[0xc1, 0xff, 0xff, 0xff, 0xff, 0]] {
        assert_eq!(text_with(metadata, &[0], &WriteRules::default()).unwrap_err().code(), Some(Code::Token));
    }
    // Values that lie over each other would be written again and again.
    let mut bomb = vec![3 << 2, 1];
    for _ in 0..40 {
        let end = bomb.len() as u8;
        bomb = [&[0b0011, 2, 0, 0, end][..], &bomb].concat();
    }
    assert_eq!(text_with(&names, &bomb, &WriteRules::default()).unwrap_err().code(), Some(Code::Token));
    // Any byte changed, any end: an answer or an error, no panic.
    let whole = object(&[0, 1], &[&array(&[&[3 << 2, 1], &[1 | 1 << 2, b'x']]), &[8 << 2, 2, 1, 0, 0, 0]]);
    for at in 0..whole.len() {
        let _ = text_with(&names, &whole[..at], &WriteRules::default());
        for change in [1, 0x55, 0xff] {
            let mut changed = whole.clone();
            changed[at] ^= change;
            let _ = text_with(&names, &changed, &WriteRules::default());
        }
    }
}

/// A group of a value and a typed value, both of one row.
fn group(value: Option<&[u8]>, typed: Field, column: ArrayRef) -> (Fields, Vec<ArrayRef>) {
    let fields: Fields = vec![Field::new("value", DataType::Binary, true), typed].into();
    (fields, vec![Arc::new(BinaryArray::from_opt_vec(vec![value])), column])
}

fn shredded(names: &[&str], value: Option<&[u8]>, typed: Field, column: ArrayRef) -> Result<String> {
    let (fields, columns) = group(value, typed, column);
    let metadata_column: ArrayRef = Arc::new(BinaryArray::from_vec(vec![&metadata(names)]));
    let fields: Fields = std::iter::once(Arc::new(Field::new("metadata", DataType::Binary, false)))
        .chain(fields.iter().cloned())
        .collect();
    let columns = std::iter::once(metadata_column).chain(columns).collect();
    let array: ArrayRef = Arc::new(StructArray::new(fields.clone(), columns, None));
    written(&variant_field(fields), &array, &WriteRules::default())
}

fn of_group((fields, columns): (Fields, Vec<ArrayRef>)) -> ArrayRef {
    Arc::new(StructArray::new(fields, columns, None))
}

#[test]
fn shredded_values_are_put_together_again() {
    let number = |value: Option<i64>| -> ArrayRef { Arc::new(Int64Array::from(vec![value])) };
    let typed = || Field::new("typed_value", DataType::Int64, true);
    assert_eq!(shredded(&[], None, typed(), number(Some(34))).unwrap(), "34");
    assert_eq!(shredded(&[], Some(&[1 | 1 << 2, b'x']), typed(), number(None)).unwrap(), "\"x\"");
    // Missing at the top is null.
    assert_eq!(shredded(&[], None, typed(), number(None)).unwrap(), "null");
    let both = shredded(&[], Some(&[0]), typed(), number(Some(1))).unwrap_err();
    assert_eq!(both.code(), Some(Code::Token));

    // {"b": 7, "d": missing} shredded, {"a": null, "c": 1} beside it.
    let members = |value: Option<&[u8]>| {
        let there = of_group(group(None, typed(), number(Some(7))));
        let missing = of_group(group(None, typed(), number(None)));
        let fields: Fields = vec![
            Field::new("d", missing.data_type().clone(), false),
            Field::new("b", there.data_type().clone(), false),
        ]
        .into();
        let object: ArrayRef = Arc::new(StructArray::new(fields, vec![missing, there], None));
        shredded(&["a", "b", "c"], value, Field::new("typed_value", object.data_type().clone(), true), object)
    };
    assert_eq!(members(None).unwrap(), "{\"b\":7}");
    assert_eq!(members(Some(&object(&[0, 2], &[&[0], &[3 << 2, 1]]))).unwrap(), "{\"a\":null,\"b\":7,\"c\":1}");
    assert_eq!(members(Some(&object(&[1], &[&[0]]))).unwrap_err().code(), Some(Code::Token));
    assert_eq!(members(Some(&[0])).unwrap_err().code(), Some(Code::Token));

    let element = of_group((
        vec![Field::new("value", DataType::Binary, true), Field::new("typed_value", DataType::Utf8, true)].into(),
        vec![
            Arc::new(BinaryArray::from_opt_vec(vec![None, Some(&[3 << 2, 5]), None])),
            Arc::new(StringArray::from(vec![Some("x"), None, None])),
        ],
    ));
    let item = Arc::new(Field::new("element", element.data_type().clone(), false));
    let list: ArrayRef = Arc::new(ListArray::new(item, OffsetBuffer::from_lengths([3]), element, None));
    let typed = Field::new("typed_value", list.data_type().clone(), true);
    assert_eq!(shredded(&[], None, typed, list).unwrap(), "[\"x\",5,null]");
}

#[test]
fn types_that_no_variant_has_are_not_shredded() {
    let unsigned: ArrayRef = Arc::new(arrow_array::UInt32Array::from(vec![1]));
    let error = shredded(&[], None, Field::new("typed_value", DataType::UInt32, true), unsigned).unwrap_err();
    assert_eq!(error.kind(), crate::ErrorKind::Unsupported);
    let zoned: ArrayRef = Arc::new(TimestampMicrosecondArray::from(vec![1]).with_timezone("Europe/Paris"));
    let typed = Field::new("typed_value", zoned.data_type().clone(), true);
    assert_eq!(shredded(&[], None, typed, zoned).unwrap_err().kind(), crate::ErrorKind::Unsupported);
}

/// Files of other implementations: what each row of a shredded file is as one value says a file beside it.
#[cfg(feature = "parquet")]
#[test]
fn shredded_files_of_other_projects_are_the_values_beside_them() {
    let Some(root) = crate::formats::testing::corpora() else { return };
    let folder = root.join("parquet-testing/shredded_variant");
    let cases: Value = serde_json::from_slice(&std::fs::read(folder.join("cases.json")).unwrap()).unwrap();
    let (mut compared, mut refused) = (0, 0);
    for case in cases.as_array().unwrap() {
        // Files of some cases are not there.
        let Some(name) = case["parquet_file"].as_str().filter(|name| folder.join(name).exists()) else { continue };
        let (output, memory) = crate::Output::memory();
        let converted =
            crate::Convert::new(crate::Input::with_format(crate::Source::path(folder.join(name)), "parquet"))
                .to(crate::Target::with_format(output, "ndjson"))
                .run();
        if case.get("error_message").is_some() || name.contains("INVALID") && converted.is_err() {
            let error = converted.expect_err(name);
            assert!(matches!(error.kind(), crate::ErrorKind::Value | crate::ErrorKind::Unsupported), "{name}: {error}");
            refused += 1;
            continue;
        }
        converted.unwrap_or_else(|error| panic!("{name}: {error}"));
        let lines = String::from_utf8(memory.take().unwrap()).unwrap();
        let beside: Vec<Value> = match case.get("variant_files") {
            Some(files) => files.as_array().unwrap().clone(),
            None => vec![case["variant_file"].clone()],
        };
        assert_eq!(lines.lines().count(), beside.len(), "{name}");
        for (line, file) in lines.lines().zip(&beside) {
            let expected = match file.as_str() {
                None => "null".to_owned(),
                Some(file) => {
                    let bytes = std::fs::read(folder.join(file)).unwrap();
                    let (_, end) = Names::split(&bytes).unwrap();
                    text_with(&bytes[..end], &bytes[end..], &WriteRules::default()).unwrap()
                }
            };
            let (_, found) = line.split_once("\"var\":").unwrap();
            assert_eq!(found.strip_suffix('}').unwrap(), expected, "{name}");
            compared += 1;
        }
    }
    assert!(compared > 50 && refused > 0, "{compared} values compared, {refused} files refused");
}

/// The values of the specification's own examples, as the text beside them says.
#[test]
fn values_of_other_projects_are_as_their_dictionary_says() {
    let Some(root) = crate::formats::testing::corpora() else { return };
    let folder = root.join("parquet-testing/variant");
    // With a comma too many.
    let dictionary = std::fs::read_to_string(folder.join("data_dictionary.json")).unwrap();
    let said: Value = serde_json::from_str(&dictionary.replace(",\n}", "\n}")).unwrap();
    let mut compared = 0;
    for (name, expected) in said.as_object().unwrap() {
        let Ok(value) = std::fs::read(folder.join(format!("{name}.value"))) else { continue };
        let metadata = std::fs::read(folder.join(format!("{name}.metadata"))).unwrap();
        let text =
            text_with(&metadata, &value, &WriteRules::default()).unwrap_or_else(|error| panic!("{name}: {error}"));
        let found: Value = serde_json::from_str(&text).unwrap();
        // Numbers of many digits are rounded there, and times are written in other forms.
        if ["decimal16", "float", "time"].iter().all(|kind| !name.contains(kind)) {
            assert_eq!(&found, expected, "{name}");
            compared += 1;
        }
    }
    assert!(compared > 10, "{compared}");
}
