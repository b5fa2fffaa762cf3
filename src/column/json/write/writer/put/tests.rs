use std::sync::Arc;

use arrow_array::{ArrayRef, BinaryArray, Float64Array, Int32Array, RecordBatch, StringArray, StructArray};
use arrow_schema::Schema;

use super::super::super::super::EXTENSION_NAME;
use super::*;

const LINES: &str = r#"
{"s":"plain","n":1,"f":1.5,"l":["a","q\"","é\n",null,""],"m":{"k":[1,2],"k2":null},"st":{"a":null,"b":{"c":"\\"}},"d":"red"}
{"s":null,"n":null,"f":null,"l":null,"m":null,"st":null,"d":null}
{"s":"tab\tand \u0001","n":-9007199254740993,"f":-0.0,"l":[],"m":{},"st":{"a":7,"b":null},"d":"blue"}
{"s":"a text that is longer than what is copied at once, by some","n":0,"f":1e300,"l":["x"],"m":{"\"":[]},"st":{"a":1,"b":{"c":"x"}},"d":"red"}
"#;

fn records() -> RecordBatch {
    let list = |item: DataType| DataType::List(Arc::new(Field::new("item", item, true)));
    let entry = [Field::new("key", DataType::Utf8, false), Field::new("value", list(DataType::Int8), true)];
    let entries = Field::new("entries", DataType::Struct(Fields::from(entry.to_vec())), false);
    let inner = DataType::Struct(vec![Field::new("c", DataType::Utf8, true)].into());
    let outer = vec![Field::new("a", DataType::UInt16, true), Field::new("b", inner, true)];
    let schema = Schema::new(vec![
        Field::new("s", DataType::Utf8, true),
        Field::new("n", DataType::Int64, true),
        Field::new("f", DataType::Float64, true),
        Field::new("l", list(DataType::LargeUtf8), true),
        Field::new("m", DataType::Map(Arc::new(entries), false), true),
        Field::new("st", DataType::Struct(outer.into()), true),
        Field::new("d", DataType::Utf8, true),
    ]);
    let mut reader = arrow::json::ReaderBuilder::new(Arc::new(schema)).build(LINES.trim_start().as_bytes()).unwrap();
    let records = reader.next().unwrap().unwrap();
    let colours = DataType::Dictionary(Box::new(DataType::Int8), Box::new(DataType::Utf8));
    let colours = arrow::compute::cast(records.column(6), &colours).unwrap();
    let json: ArrayRef = Arc::new(StringArray::from(vec![Some("{\"a\" : [1, 2.50]}"), None, Some("\"x\""), Some("1")]));
    let json_field =
        Field::new("j", DataType::Utf8, true).with_metadata([(EXTENSION_NAME.to_owned(), "arrow.json".to_owned())]);
    let bytes: ArrayRef = Arc::new(BinaryArray::from(vec![Some(&b"\x00\xff"[..]), None, Some(b""), Some(b"\"")]));
    let mut fields: Vec<_> = records.schema().fields()[..6].to_vec();
    let mut columns = records.columns()[..6].to_vec();
    for (field, column) in [
        (Field::new("d", colours.data_type().clone(), true), colours),
        (json_field, json),
        (Field::new("b", DataType::Binary, true), bytes),
    ] {
        fields.push(Arc::new(field));
        columns.push(column);
    }
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).unwrap()
}

/// Compares the two ways for each row, also with too little room.
fn compare(records: &RecordBatch, rules: &WriteRules, shape: RecordShape) {
    let writer = RecordWriter::new(records, rules, shape).unwrap();
    let mut blocks = writer.blocks(records.num_rows());
    for row in 0..records.num_rows() {
        let mut pushed = Vec::new();
        writer.push(&mut pushed, row).unwrap();
        let mut room = vec![0; pushed.len() + 100];
        let end = writer.put(&mut blocks, &mut room, 1, row).expect("a usual row with room enough");
        assert_eq!(String::from_utf8_lossy(&room[1..end]), String::from_utf8_lossy(&pushed));
        for size in (0..room.len()).step_by(3) {
            if let Some(end) = writer.put(&mut blocks, &mut room[..size], 1, row) {
                assert_eq!(&room[1..end], pushed);
            }
        }
    }
}

#[test]
fn what_is_put_is_what_is_pushed() {
    let records = records();
    for bytes in [BytesStyle::Base64, BytesStyle::Hex, BytesStyle::Array, BytesStyle::Latin1] {
        for omit_nulls in [false, true] {
            let strings = if omit_nulls { NumberStyle::String } else { NumberStyle::Number };
            let rules = WriteRules { bytes, omit_nulls, int64: strings, ..WriteRules::default() };
            for records in [records.clone(), records.slice(1, 2), records.slice(3, 1), records.slice(0, 0)] {
                compare(&records, &rules, RecordShape::Object);
                compare(&records, &rules, RecordShape::Array);
                compare(&records.project(&[4]).unwrap(), &rules, RecordShape::Value);
            }
        }
    }
}

/// Many rows of nested values: more than a block holds of each, some long, some marked, some that are left.
fn nested_lines() -> String {
    let line = |row: usize| {
        let texts = ["a", r#"q\"uote"#, "", "a text that is longer than what is copied at once", "é"];
        let item = |item: usize| match (row + item) % 7 {
            0 => "null".to_owned(),
            other => {
                let (text, float) = (texts[(row * 3 + item) % 5], (row * item) as f64 / 8.0 - 3.0);
                let note = if other > 3 { "null".to_owned() } else { format!(r#""{text}{row}""#) };
                format!(r#"{{"x":{float:?},"t":"{text}","n":{note},"l":[{row},null,{item}]}}"#)
            }
        };
        let items: Vec<String> = (0..row * 7 % 5).map(item).collect();
        let members: Vec<String> = (0..row % 4).map(|key| format!(r#""{}k{key}":{}"#, texts[key], row * key)).collect();
        let (items, members) = (items.join(","), members.join(","));
        match row % 11 {
            0 => r#"{"items":null,"map":null,"st":null}"#.to_owned(),
            _ => format!(r#"{{"items":[{items}],"map":{{{members}}},"st":{{"a":{row},"t":"{}"}}}}"#, texts[row % 5]),
        }
    };
    (0..300).map(|row| line(row) + "\n").collect()
}

#[test]
fn blocks_of_nested_values_in_any_order_of_rows() {
    let list = |item: DataType| DataType::List(Arc::new(Field::new("item", item, true)));
    let structure = |fields: &[(&str, DataType)]| {
        let fields = fields.iter().map(|(name, kind)| Field::new(*name, kind.clone(), true));
        DataType::Struct(fields.collect::<Vec<_>>().into())
    };
    let item =
        [("x", DataType::Float64), ("t", DataType::Utf8), ("n", DataType::Utf8View), ("l", list(DataType::Int64))];
    let entry = [Field::new("key", DataType::Utf8, false), Field::new("value", DataType::Int16, true)];
    let entries = Field::new("entries", DataType::Struct(entry.to_vec().into()), false);
    let schema = Schema::new(vec![
        Field::new("items", list(structure(&item)), true),
        Field::new("map", DataType::Map(Arc::new(entries), false), true),
        Field::new("st", structure(&[("a", DataType::Int32), ("t", DataType::LargeUtf8)]), true),
    ]);
    let lines = nested_lines();
    let mut reader = arrow::json::ReaderBuilder::new(Arc::new(schema)).build(lines.as_bytes()).unwrap();
    let records = reader.next().unwrap().unwrap();
    let lines: Vec<&str> = lines.lines().collect();
    assert_eq!(records.num_rows(), lines.len());
    let orders: [Vec<usize>; 4] = [
        (0..300).collect(),
        (0..300).rev().collect(),
        (0..300).step_by(13).chain((0..300).step_by(7)).collect(),
        (0..300).map(|row| row * 77 % 300).collect(),
    ];
    for from in [0, 70] {
        let records = records.slice(from, records.num_rows() - from);
        let rules = WriteRules::default();
        let writer = RecordWriter::new(&records, &rules, RecordShape::Object).unwrap();
        for order in &orders {
            let mut blocks = writer.blocks(records.num_rows());
            let mut room = vec![0; 2000];
            for row in order.iter().copied().filter(|row| *row < records.num_rows()) {
                let end = writer.put(&mut blocks, &mut room, 0, row).expect("a usual row with room enough");
                assert_eq!(std::str::from_utf8(&room[..end]).unwrap(), lines[from + row], "row {row}");
            }
        }
    }
}

#[test]
fn unions_with_and_without_branch() {
    let fields = [Field::new("int", DataType::Int32, true), Field::new("text", DataType::Utf8, true)];
    let fields = arrow_schema::UnionFields::try_new([0, 1], fields).unwrap();
    let children: Vec<ArrayRef> =
        vec![Arc::new(Int32Array::from(vec![Some(1), None])), Arc::new(StringArray::from(vec!["q\""]))];
    let array = UnionArray::try_new(fields, vec![0, 1, 0].into(), Some(vec![0, 0, 1].into()), children).unwrap();
    let records = RecordBatch::try_from_iter([("u", Arc::new(array) as ArrayRef)]).unwrap();
    for union in [UnionStyle::Tagged, UnionStyle::Untagged] {
        compare(&records, &WriteRules { union, ..WriteRules::default() }, RecordShape::Object);
    }
}

#[test]
fn what_json_cannot_hold_is_left() {
    let floats: ArrayRef = Arc::new(Float64Array::from(vec![f64::NAN, f64::NEG_INFINITY]));
    let records = RecordBatch::try_from_iter([("f", floats)]).unwrap();
    compare(&records, &WriteRules::default(), RecordShape::Object);
    for non_finite in [NonFinite::Null, NonFinite::Error] {
        let rules = WriteRules { non_finite, ..WriteRules::default() };
        let writer = RecordWriter::new(&records, &rules, RecordShape::Object).unwrap();
        assert_eq!(writer.put(&mut writer.blocks(1), &mut [0; 100], 0, 0), None);
        // Nothing was counted on the way.
        let mut report = Report::default();
        writer.losses(&mut report);
        assert!(report.losses.is_empty());
    }
}

#[test]
fn a_key_that_stands_twice_is_left() {
    let keys: ArrayRef = Arc::new(StringArray::from(vec!["a", "a"]));
    let values: ArrayRef = Arc::new(Int32Array::from(vec![1, 2]));
    let entries = StructArray::from(vec![
        (Arc::new(Field::new("key", DataType::Utf8, false)), keys),
        (Arc::new(Field::new("value", DataType::Int32, false)), values),
    ]);
    let field = Arc::new(Field::new("entries", entries.data_type().clone(), false));
    let offsets = arrow_buffer::OffsetBuffer::new(vec![0, 2].into());
    let map: ArrayRef = Arc::new(MapArray::new(field, offsets, entries, None, false));
    let records = RecordBatch::try_from_iter([("m", map)]).unwrap();
    let writer = RecordWriter::new(&records, &WriteRules::default(), RecordShape::Object).unwrap();
    assert_eq!(writer.put(&mut writer.blocks(1), &mut [0; 100], 0, 0), None);
    assert_eq!(writer.push(&mut Vec::new(), 0).unwrap_err().code(), Some(Code::DuplicateKey));
}
