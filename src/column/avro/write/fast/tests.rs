use std::sync::Arc;

use arrow_array::{Array, ArrayRef, Date64Array, Int32Array, RecordBatch, StringArray, UnionArray};
use arrow_schema::{DataType, Field, Fields, Schema, TimeUnit, UnionFields};

use super::super::UnknownSymbol;
use crate::code::Code;
use crate::column::avro::bind::bind;
use crate::schema::avsc::{self, Names, Naming};

const LINES: &str = r#"
{"s":"plain","n":1,"w":7,"f":1.5,"b":true,"l":["a",null,""],"m":{"k":[1,2],"k2":null},"st":{"a":null,"x":{"c":"z"}},"t":"2026-01-01T00:00:00.5Z","d":12.34}
{"s":null,"n":null,"w":-1,"f":null,"b":null,"l":null,"m":null,"st":null,"t":null,"d":null}
{"s":"a text that is longer than what is copied at once, by some","n":-9007199254740993,"w":0,"f":-0.0,"b":false,"l":[],"m":{},"st":{"a":7,"x":null},"t":"1969-12-31T23:59:59Z","d":-99999.99}
"#;

fn records() -> RecordBatch {
    let list = |item: DataType| DataType::List(Arc::new(Field::new("item", item, true)));
    let entry = [Field::new("key", DataType::Utf8, false), Field::new("value", list(DataType::Int8), true)];
    let entries = Field::new("entries", DataType::Struct(Fields::from(entry.to_vec())), false);
    let inner = DataType::Struct(vec![Field::new("c", DataType::Utf8View, true)].into());
    let outer = vec![Field::new("a", DataType::UInt16, true), Field::new("x", inner, true)];
    let schema = Schema::new(vec![
        Field::new("s", DataType::Utf8, true),
        Field::new("n", DataType::Int64, true),
        Field::new("w", DataType::Int32, false),
        Field::new("f", DataType::Float64, true),
        Field::new("b", DataType::Boolean, true),
        Field::new("l", list(DataType::LargeUtf8), true),
        Field::new("m", DataType::Map(Arc::new(entries), false), true),
        Field::new("st", DataType::Struct(outer.into()), true),
        Field::new("t", DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())), true),
        Field::new("d", DataType::Decimal128(10, 2), true),
    ]);
    let mut reader = arrow::json::ReaderBuilder::new(Arc::new(schema)).build(LINES.trim_start().as_bytes()).unwrap();
    let records = reader.next().unwrap().unwrap();
    let colours: ArrayRef = Arc::new(StringArray::from(vec![Some("red"), None, Some("blue")]));
    let coded = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
    let colours = arrow::compute::cast(&colours, &coded).unwrap();
    let branches = [Field::new("int", DataType::Int32, false), Field::new("string", DataType::Utf8, false)];
    let branches = UnionFields::try_new([0, 1], branches).unwrap();
    let children: Vec<ArrayRef> =
        vec![Arc::new(Int32Array::from(vec![1, 2])), Arc::new(StringArray::from(vec!["branch"]))];
    let union = UnionArray::try_new(branches, vec![0, 1, 0].into(), Some(vec![0, 0, 1].into()), children).unwrap();
    let mut fields = records.schema().fields().to_vec();
    let mut columns = records.columns().to_vec();
    for (name, nullable, column) in [("colour", true, colours), ("u", false, Arc::new(union) as ArrayRef)] {
        fields.push(Arc::new(Field::new(name, column.data_type().clone(), nullable)));
        columns.push(column);
    }
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).unwrap()
}

fn document(schema: &Schema) -> avsc::Document {
    avsc::parse(&avsc::from_arrow(schema, &Naming::default()).unwrap(), Names::Strict).unwrap()
}

#[test]
fn what_is_put_is_what_is_written() {
    let records = records();
    let document = document(&records.schema());
    for records in [records.clone(), records.slice(1, 2)] {
        for (name, place) in bind(&document, &records).unwrap() {
            for row in 0..records.num_rows() {
                let mut written = Vec::new();
                place.write(row, &mut written).unwrap();
                let mut room = vec![0; written.len() + 80];
                let mut scratch = Vec::new();
                let end = place.put(&mut room, 2, row, &mut scratch);
                assert_eq!(end.map(|end| &room[2..end]), Some(&written[..]), "{name} {row}");
                for size in 0..room.len() {
                    if let Some(end) = place.put(&mut room[..size], 2, row, &mut scratch) {
                        assert_eq!(&room[2..end], written);
                    }
                }
            }
        }
    }
}

#[test]
fn what_is_refused_or_altered_is_left() {
    // No day that an Avro date holds.
    let dates: ArrayRef = Arc::new(Date64Array::from(vec![86_400_000 * 3_000_000_000]));
    let batch = RecordBatch::try_from_iter([("d", dates)]).unwrap();
    let document = document(&batch.schema());
    let places = bind(&document, &batch).unwrap();
    assert_eq!(places[0].1.put(&mut [0; 99], 0, 0, &mut Vec::new()), None);
    assert_eq!(places[0].1.write(0, &mut Vec::new()).unwrap_err().code(), Some(Code::DateRange));

    // No symbol of the enum: counted where it is written, and only there.
    let text = r#"{"type":"record","name":"R","fields":[{"name":"e","type":{"type":"enum","name":"E","symbols":["a","z"],"default":"z"}}]}"#;
    let document = avsc::parse(text, Names::Strict).unwrap();
    let texts: ArrayRef = Arc::new(StringArray::from(vec!["a", "b"]));
    let batch = RecordBatch::try_from_iter([("e", texts)]).unwrap();
    let mut places = bind(&document, &batch).unwrap();
    places[0].1.set_unknown_symbols(UnknownSymbol::Default);
    assert_eq!(places[0].1.put(&mut [0; 99], 0, 0, &mut Vec::new()), Some(1));
    assert_eq!(places[0].1.put(&mut [0; 99], 0, 1, &mut Vec::new()), None);
    let mut counted = 0;
    places[0].1.altered("e", &mut |_, count| counted += count);
    assert_eq!(counted, 0);
}
