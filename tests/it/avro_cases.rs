//! Numbered cases of the mapping that lead from Avro through other formats, and back.

use std::path::{Path, PathBuf};

use apache_avro::types::Value;
use apache_avro::{Codec, Reader, Schema, Writer};
use arrow::array::{Array, AsArray};
use fmtconv::{Code, ErrorKind, convert};

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Folder(tempfile::tempdir().unwrap())
    }
    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }
    /// A file of `apache-avro` with the text of the schema as it is given.
    fn avro(&self, name: &str, schema: &str, values: Vec<Value>) -> PathBuf {
        let parsed = Schema::parse_str(schema).unwrap();
        let mut writer = Writer::with_codec(&parsed, Vec::new(), Codec::Null).unwrap();
        for value in values {
            writer.append_value(value).unwrap();
        }
        let theirs = writer.into_inner().unwrap();
        let printed = header_schema(&theirs);
        // Only the header differs: its schema as it was written, not as they print it.
        let start = find(&theirs, printed.as_bytes());
        let mut bytes = theirs[..start - length(printed.len()).len()].to_vec();
        bytes.extend_from_slice(&length(schema.len()));
        bytes.extend_from_slice(schema.as_bytes());
        bytes.extend_from_slice(&theirs[start + printed.len()..]);
        let path = self.path(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }
    /// From a file through files of these names.
    fn through(&self, from: &Path, names: &[&str]) -> PathBuf {
        names.iter().fold(from.to_path_buf(), |from, name| {
            convert(from, self.path(name)).unwrap();
            self.path(name)
        })
    }
}

fn length(len: usize) -> Vec<u8> {
    let mut rest = len << 1;
    let mut bytes = Vec::new();
    while rest >= 0x80 {
        bytes.push(rest as u8 | 0x80);
        rest >>= 7;
    }
    bytes.push(rest as u8);
    bytes
}

fn find(bytes: &[u8], part: &[u8]) -> usize {
    bytes.windows(part.len()).position(|window| window == part).unwrap()
}

/// The schema in the header of a file, read without the product.
fn header_schema(bytes: &[u8]) -> String {
    let key = find(bytes, b"avro.schema") + b"avro.schema".len();
    let (mut len, mut shift, mut at) = (0usize, 0, key);
    loop {
        len |= usize::from(bytes[at] & 0x7f) << shift;
        shift += 7;
        at += 1;
        if bytes[at - 1] < 0x80 {
            break;
        }
    }
    String::from_utf8(bytes[at..at + (len >> 1)].to_vec()).unwrap()
}

fn schema_of(path: &Path) -> String {
    header_schema(&std::fs::read(path).unwrap())
}

fn values(path: &Path) -> Vec<Value> {
    Reader::new(std::fs::read(path).unwrap().as_slice()).unwrap().map(Result::unwrap).collect()
}

const DOCUMENTED: &str = r#"{ "type":"record", "name":"R", "namespace":"a.b", "doc":"d", "aliases":["Old"], "x":[1, {"y":null}],
  "fields":[ {"name":"n","type":"int","default":5,"order":"ignore","aliases":["m"],"doc":"number"},
   {"name":"e","type":{"type":"enum","name":"E","symbols":["X","Y"],"default":"X"}},
   {"name":"f","type":{"type":"fixed","name":"F","size":2,"custom":1}}, {"name":"g","type":["F","null"]},
   {"name":"t","type":{"type":"long","logicalType":"local-timestamp-micros"}},
   {"name":"d","type":{"type":"fixed","name":"c.D","size":6,"logicalType":"decimal","precision":10,"scale":3}},
   {"name":"b","type":["null","string"],"default":null} ] }"#;

fn documented() -> Vec<Value> {
    let fixed = Value::Fixed(2, vec![1, 2]);
    let decimal = apache_avro::Decimal::from(vec![0, 0, 0, 0, 1, 2]);
    let row = |n| {
        Value::Record(vec![
            ("n".into(), Value::Int(n)),
            ("e".into(), Value::Enum(1, "Y".into())),
            ("f".into(), fixed.clone()),
            ("g".into(), Value::Union(0, Box::new(fixed.clone()))),
            ("t".into(), Value::LocalTimestampMicros(i64::from(n))),
            ("d".into(), Value::Decimal(decimal.clone())),
            ("b".into(), Value::Union(0, Box::new(Value::Null))),
        ])
    };
    (0..3).map(row).collect()
}

#[test]
fn case_33_schemas_come_back_through_arrow_and_parquet() {
    let folder = Folder::new();
    let input = folder.avro("in.avro", DOCUMENTED, documented());
    let read = values(&input);
    for names in [
        &["a.arrow", "a.avro"][..],
        &["b.arrows", "b.avro"],
        &["c.parquet", "c.avro"],
        &["d.parquet", "d.arrow", "d.avro"],
    ] {
        let output = folder.through(&input, names);
        assert_eq!(schema_of(&output), DOCUMENTED, "{names:?}");
        assert_eq!(values(&output), read, "{names:?}");
    }
}

#[test]
fn case_35_unions_come_back_through_parquet() {
    let folder = Folder::new();
    let schema = r#"{"type":"record","name":"R","fields":[{"name":"u","type":["null","int","string"]}]}"#;
    let row = |value| Value::Record(vec![("u".into(), value)]);
    let rows = vec![
        row(Value::Union(1, Box::new(Value::Int(1)))),
        row(Value::Union(2, Box::new(Value::String("x".into())))),
        row(Value::Union(0, Box::new(Value::Null))),
    ];
    let input = folder.avro("in.avro", schema, rows.clone());
    let output = folder.through(&input, &["a.parquet", "a.avro"]);
    assert_eq!((schema_of(&output).as_str(), values(&output)), (schema, rows));
}

#[test]
fn case_37_recursion_is_text_elsewhere_and_comes_back() {
    let folder = Folder::new();
    let schema =
        r#"{"type":"record","name":"N","fields":[{"name":"v","type":"int"},{"name":"next","type":["null","N"]}]}"#;
    let node = |v, next| {
        let next = match next {
            Some(next) => Value::Union(1, Box::new(next)),
            None => Value::Union(0, Box::new(Value::Null)),
        };
        Value::Record(vec![("v".into(), Value::Int(v)), ("next".into(), next)])
    };
    let rows = vec![node(1, Some(node(2, Some(node(3, None)))))];
    let input = folder.avro("in.avro", schema, rows.clone());
    let output = folder.through(&input, &["a.parquet", "a.avro"]);
    assert_eq!((schema_of(&output).as_str(), values(&output)), (schema, rows));
    let text = std::fs::read_to_string(folder.through(&input, &["a.ndjson"])).unwrap();
    assert_eq!(text, "{\"v\":1,\"next\":{\"v\":2,\"next\":{\"N\":{\"v\":3,\"next\":null}}}}\n");
    let plan = fmtconv::Convert::new(input).to(folder.path("b.parquet")).plan().unwrap();
    let cut = plan.columns.iter().find(|column| column.path == "next").unwrap();
    assert_eq!(cut.source, "json, the rest of a recursive N", "the plan lists where it is cut");
}

#[test]
fn case_42_durations_come_back_through_parquet() {
    let folder = Folder::new();
    let schema = r#"{"type":"record","name":"R","fields":[{"name":"d","type":{"type":"fixed","name":"D","size":12,"logicalType":"duration"}}]}"#;
    let bytes = [1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0];
    let rows = vec![Value::Record(vec![("d".into(), Value::Duration(apache_avro::Duration::from(bytes)))])];
    let input = folder.avro("in.avro", schema, rows.clone());
    let output = folder.through(&input, &["a.parquet", "a.avro"]);
    assert_eq!((schema_of(&output).as_str(), values(&output)), (schema, rows));
    assert!(std::fs::read(&output).unwrap().windows(12).any(|window| window == bytes) || values(&output).len() == 1);
}

#[test]
fn case_45_duplicate_keys_are_refused_by_json() {
    let folder = Folder::new();
    let schema = r#"{"type":"record","name":"R","fields":[{"name":"m","type":{"type":"map","values":"int"}}]}"#;
    let parsed = Schema::parse_str(schema).unwrap();
    let mut file = Writer::with_codec(&parsed, Vec::new(), Codec::Null).unwrap().into_inner().unwrap();
    let sync = file[file.len() - 16..].to_vec();
    // One record of 8 bytes: two entries of the key k, and the end.
    file.extend_from_slice(&[2, 16, 4, 2, b'k', 2, 2, b'k', 4, 0]);
    file.extend_from_slice(&sync);
    let input = folder.path("in.avro");
    std::fs::write(&input, file).unwrap();
    let error = convert(input.clone(), folder.path("a.ndjson")).unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::Value, Some(Code::DuplicateKey)));
    let output = folder.through(&input, &["a.parquet", "a.arrow", "a.avro"]);
    let header = schema_of(&output);
    assert_eq!(header, schema_of(&input));
    let text = std::fs::read(folder.path("a.arrow")).unwrap();
    let reader = arrow::ipc::reader::FileReader::try_new(std::io::Cursor::new(text), None).unwrap();
    let rows: usize = reader.map(|batch| batch.unwrap().column(0).as_map().value(0).len()).sum();
    assert_eq!(rows, 2);
}

#[test]
fn projected_and_renamed_columns_keep_what_still_applies() {
    let folder = Folder::new();
    let input = folder.avro("in.avro", DOCUMENTED, documented());
    let parquet = folder.through(&input, &["a.parquet"]);
    let selection = fmtconv::schema::project::Selection {
        select: vec!["g".into(), "n".into()],
        exclude: Vec::new(),
        rename: vec![("n".into(), "number".into())],
    };
    let output = folder.path("a.avro");
    fmtconv::Convert::new(parquet).to(output.clone()).selection(selection).run().unwrap();
    let found: serde_json::Value = serde_json::from_str(&schema_of(&output)).unwrap();
    assert_eq!(
        (&found["namespace"], &found["doc"], &found["x"]),
        (&"a.b".into(), &"d".into(), &serde_json::json!([1, {"y": null}]))
    );
    let fixed = serde_json::json!({"type":"fixed","name":"F","size":2,"custom":1});
    assert_eq!(found["fields"][0]["type"], serde_json::json!([fixed, "null"]));
    assert_eq!(found["fields"][1]["name"], "number");
    assert_eq!(found["fields"][1]["default"], 5);
    assert_eq!(values(&output).len(), 3);
}

/// A file as Java's parquet-avro writes it: the schema beside the columns, no hint of ours.
#[test]
fn case_98_the_schema_of_parquet_avro_is_written() {
    use arrow::array::{ArrayRef, FixedSizeBinaryArray, Int32Array, RecordBatch, StringArray};
    use arrow::datatypes::{DataType, Field};
    use parquet::arrow::arrow_writer::{ArrowWriter, ArrowWriterOptions};
    use parquet::file::metadata::KeyValue;
    use parquet::file::properties::WriterProperties;

    let folder = Folder::new();
    let schema = r#"{"type":"record","name":"R","namespace":"n.s","doc":"d","fields":[
        {"name":"id","type":"int","doc":"number"},{"name":"s","type":["null","string"],"default":null},
        {"name":"f","type":{"type":"fixed","name":"F","size":2}}]}"#;
    let fields = vec![
        Field::new("id", DataType::Int32, false),
        Field::new("s", DataType::Utf8, true),
        Field::new("f", DataType::FixedSizeBinary(2), false),
    ];
    let fixed = FixedSizeBinaryArray::try_from_iter([[1u8, 2], [3, 4]].iter()).unwrap();
    let columns: Vec<ArrayRef> = vec![
        std::sync::Arc::new(Int32Array::from(vec![1, 2])),
        std::sync::Arc::new(StringArray::from(vec![Some("x"), None])),
        std::sync::Arc::new(fixed),
    ];
    let batch = RecordBatch::try_new(std::sync::Arc::new(arrow::datatypes::Schema::new(fields)), columns).unwrap();
    let written = |name: &str, schema: &str| {
        let pair = KeyValue::new("parquet.avro.schema".to_owned(), schema.to_owned());
        let properties = WriterProperties::builder().set_key_value_metadata(Some(vec![pair])).build();
        let options = ArrowWriterOptions::new().with_properties(properties).with_skip_arrow_metadata(true);
        let path = folder.path(name);
        let file = std::fs::File::create(&path).unwrap();
        let mut writer = ArrowWriter::try_new_with_options(file, batch.schema(), options).unwrap();
        writer.write(&batch).unwrap();
        writer.close().unwrap();
        path
    };
    let output = folder.through(&written("a.parquet", schema), &["a.avro"]);
    assert_eq!(schema_of(&output), schema);
    let found = values(&output);
    let text = Value::Union(1, Box::new(Value::String("x".into())));
    let first = vec![("id".into(), Value::Int(1)), ("s".into(), text), ("f".into(), Value::Fixed(2, vec![1, 2]))];
    assert_eq!(found[0], Value::Record(first));
    // One that the columns do not bear out is no reason to fail, and is not written.
    for (name, wrong) in [
        ("b", schema.replace(r#"["null","string"]"#, r#""string""#).replace(r#","default":null"#, "")),
        ("c", schema.replace(r#""name":"id""#, r#""name":"key""#)),
        ("d", schema.replace(r#""size":2"#, r#""size":3"#)),
        ("e", "no schema".to_owned()),
    ] {
        let output = folder.through(&written(&format!("{name}.parquet"), &wrong), &[&format!("{name}.avro")]);
        assert_eq!(values(&output).len(), 2, "{name}");
        assert_ne!(schema_of(&output), wrong, "{name}");
    }
}
