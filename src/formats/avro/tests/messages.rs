//! Messages outside container files, against bytes from the specification and from `apache-avro`.

use std::sync::Arc;

use apache_avro::rabin::Rabin;
use apache_avro::types::Value;
use arrow_array::cast::AsArray;
use arrow_array::types::*;
use arrow_array::*;
use arrow_schema::SchemaRef;

use super::mapping::record;
use super::{joined, read_with, write_with};
use crate::code::Code;
use crate::error::{Error, ErrorKind};
use crate::format::{Definition, ReadOptions, WriteOptions};
use crate::schema::avsc;

struct Folder(tempfile::TempDir);

impl Folder {
    fn new(schemas: &[(&str, &str)]) -> Folder {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in schemas {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        Folder(folder)
    }
    fn definition(&self, name: &str) -> Option<Definition> {
        Some(Definition { path: self.0.path().join(name), message: None, includes: Vec::new(), content: None })
    }
    fn options(&self, settings: &[(&str, &str)]) -> ReadOptions {
        let mut options = ReadOptions::default();
        for (name, value) in settings {
            let folder = self.0.path().to_string_lossy();
            options.settings.set(*name, value.replace("DIR", &folder));
        }
        options
    }
    fn read(&self, bytes: &[u8], schema: Option<&str>, settings: &[(&str, &str)]) -> Result<RecordBatch, Error> {
        let mut options = self.options(settings);
        options.definition = schema.and_then(|name| self.definition(name));
        let (schema, batches) = read_with(bytes.to_vec(), &options)?;
        Ok(joined(&schema, &batches))
    }
    fn write(&self, batch: &RecordBatch, schema: &str, settings: &[(&str, &str)]) -> Result<Vec<u8>, Error> {
        let mut options = WriteOptions { definition: self.definition(schema), ..Default::default() };
        for (name, value) in settings {
            options.settings.set(*name, *value);
        }
        write_with(&batch.schema(), std::slice::from_ref(batch), &options)
    }
}

fn schema() -> String {
    record(r#"{"name":"a","type":"int"},{"name":"s","type":"string"}"#)
}

fn batch() -> RecordBatch {
    let schema: SchemaRef = Arc::new(avsc::to_arrow(&schema()).unwrap());
    let columns: Vec<ArrayRef> =
        vec![Arc::new(Int32Array::from(vec![1, -2])), Arc::new(StringArray::from(vec!["x", "yz"]))];
    RecordBatch::try_new(schema, columns).unwrap()
}

/// The data of the two records, by hand: 1, "x" and -2, "yz".
const DATA: [&[u8]; 2] = [&[2, 2, b'x'], &[3, 4, b'y', b'z']];

fn bytes(framing: &str, messages: &[Vec<u8>]) -> Vec<u8> {
    let mut out = Vec::new();
    for message in messages {
        match framing {
            "delimited" => out.push(message.len() as u8),
            "u32be" => out.extend_from_slice(&(message.len() as u32).to_be_bytes()),
            "u32le" => out.extend_from_slice(&(message.len() as u32).to_le_bytes()),
            _ => {}
        }
        match framing {
            "hex" => message.iter().for_each(|byte| out.extend_from_slice(format!("{byte:02x}").as_bytes())),
            "base64" => {
                use base64::Engine;
                out.extend_from_slice(base64::engine::general_purpose::STANDARD.encode(message).as_bytes());
            }
            _ => out.extend_from_slice(message),
        }
        if matches!(framing, "hex" | "base64") {
            out.push(b'\n');
        }
    }
    out
}

#[test]
fn every_framing_of_every_encoding() {
    let folder = Folder::new(&[("s.avsc", &schema())]);
    let fingerprint = apache_avro::Schema::parse_str(&schema()).unwrap().fingerprint::<Rabin>().bytes;
    for encoding in ["none", "single-object", "confluent"] {
        let prefix = match encoding {
            "single-object" => [&[0xc3, 1][..], &fingerprint].concat(),
            "confluent" => vec![0, 0, 0, 1, 2],
            _ => Vec::new(),
        };
        let messages: Vec<Vec<u8>> = DATA.iter().map(|datum| [&prefix[..], *datum].concat()).collect();
        for framing in ["concatenated", "delimited", "u32be", "u32le", "base64", "hex"] {
            let expected = bytes(framing, &messages);
            let mut settings = vec![("framing", framing), ("envelope", encoding)];
            let found = folder.read(&expected, Some("s.avsc"), &settings).unwrap();
            assert_eq!(found.columns(), batch().columns(), "{encoding} {framing}");
            if encoding == "confluent" {
                settings.push(("schema-id", "258"));
            }
            assert_eq!(folder.write(&batch(), "s.avsc", &settings).unwrap(), expected, "{encoding} {framing}");
            let less = if matches!(framing, "hex" | "base64") { 4 } else { 2 };
            let cut = folder.read(&expected[..expected.len() - less], Some("s.avsc"), &settings).unwrap_err();
            assert_eq!(cut.kind(), ErrorKind::Malformed, "{encoding} {framing}: {cut}");
        }
        let mut settings = vec![("framing", "single"), ("envelope", encoding)];
        let found = folder.read(&messages[0], Some("s.avsc"), &settings).unwrap();
        assert_eq!(found.columns(), batch().slice(0, 1).columns());
        if encoding == "confluent" {
            settings.push(("schema-id", "258"));
        }
        assert_eq!(folder.write(&batch().slice(0, 1), "s.avsc", &settings).unwrap(), messages[0]);
        for rows in [batch(), batch().slice(0, 0)] {
            assert_eq!(folder.write(&rows, "s.avsc", &settings).unwrap_err().kind(), ErrorKind::Usage);
        }
    }
}

#[test]
fn single_objects_of_apache_avro() {
    let schema = apache_avro::Schema::parse_str(&schema()).unwrap();
    let mut writer = apache_avro::GenericSingleObjectWriter::new_with_capacity(&schema, 64).unwrap();
    let mut bytes = Vec::new();
    for (a, s) in [(1, "x"), (-2, "yz")] {
        let value = Value::Record(vec![("a".into(), Value::Int(a)), ("s".into(), Value::String(s.into()))]);
        writer.write_value_ref(&value, &mut bytes).unwrap();
    }
    let folder = Folder::new(&[("s.avsc", &self::schema())]);
    let settings = [("framing", "single-object")];
    assert_eq!(folder.read(&bytes, Some("s.avsc"), &settings).unwrap().columns(), batch().columns());
}

#[test]
fn messages_of_many_schemas_are_read_as_one() {
    let older = record(r#"{"name":"a","type":"int"}"#);
    let newer = record(r#"{"name":"b","type":"string","default":"?"},{"name":"a","type":"long"}"#);
    let folder = Folder::new(&[("1.avsc", &older), ("2.avsc", &newer), ("README.txt", "no schema")]);
    let bytes = bytes("delimited", &[vec![0, 0, 0, 0, 1, 2], vec![0, 0, 0, 0, 2, 2, b'x', 4]]);
    let settings = [("framing", "delimited"), ("envelope", "confluent"), ("schemas", "DIR")];
    let as_newer = [settings.to_vec(), vec![("reader-schema", "DIR/2.avsc")]].concat();
    let found = folder.read(&bytes, None, &as_newer).unwrap();
    assert_eq!(found.column(0).as_string::<i32>().iter().collect::<Vec<_>>(), [Some("?"), Some("x")]);
    assert_eq!(found.column(1).as_primitive::<Int64Type>().values(), &[1, 2]);
    // Without one, the schema of the first message; a long is no int.
    let error = folder.read(&bytes, None, &settings).unwrap_err();
    assert_eq!((error.kind(), error.origin().record), (ErrorKind::Schema, Some(1)));
    let unknown = folder.read(&[6, 0, 0, 0, 0, 9, 2], None, &settings).unwrap_err();
    assert!(unknown.kind() == ErrorKind::Schema && unknown.message().contains('9'), "{unknown}");
}

#[test]
fn what_a_message_is_not_is_said() {
    let folder = Folder::new(&[("s.avsc", &schema()), ("e.avsc", &record(""))]);
    let read = |bytes: &[u8], settings: &[(&str, &str)]| folder.read(bytes, Some("s.avsc"), settings).unwrap_err();
    let error =
        read(&[0xc3, 1, 1, 2, 3, 4, 5, 6, 7, 8, 2, 2, b'x'], &[("framing", "single"), ("envelope", "single-object")]);
    assert_eq!(error.kind(), ErrorKind::Schema);
    assert!(error.message().contains("0102030405060708"), "{error}");
    assert_eq!(read(&[2, 2, b'x'], &[("framing", "confluent")]).kind(), ErrorKind::Malformed);
    let behind = read(&[2, 2, b'x', 9], &[("framing", "single")]);
    assert!(behind.message().contains("1 bytes are left"), "{behind}");
    let text = read(b"0202zz\n", &[("framing", "hex")]);
    assert_eq!((text.kind(), text.origin().record), (ErrorKind::Malformed, Some(0)));
    let bad = [4, 2, 2, b'x', 9, 5, 3, 4, b'y', 0xff, 9];
    assert_eq!(read(&bad, &[("framing", "delimited")]).kind(), ErrorKind::Malformed);
    let bad = [3, 2, 2, b'x', 4, 3, 4, b'y', 0xff];
    let error = read(&bad, &[("framing", "delimited")]);
    assert_eq!((error.code(), error.origin().record), (Some(Code::Utf8), Some(1)));
    let empty = folder.read(&[1], Some("e.avsc"), &[("framing", "concatenated")]).unwrap_err();
    assert_eq!(empty.kind(), ErrorKind::Malformed);
    let lies = read(&[0xff, 0xff, 0xff, 0xff, 2], &[("framing", "u32be")]);
    assert_eq!(lies.kind(), ErrorKind::Limit);
    let options = folder.options(&[]);
    let guessed = read_with(vec![0xc3, 1, 1, 2, 3, 4, 5, 6, 7, 8, 2, 2, b'x'], &options).unwrap_err();
    assert!(guessed.hint().unwrap().contains("--framing single-object"), "{guessed:?}");
    let idle = folder.options(&[("envelope", "confluent")]);
    assert_eq!(read_with(Vec::new(), &idle).unwrap_err().kind(), ErrorKind::Usage);
}

#[test]
fn cuts_fall_anywhere() {
    let folder = Folder::new(&[("s.avsc", &schema())]);
    let one = batch();
    let many = arrow_select::concat::concat_batches(&one.schema(), std::iter::repeat_n(&one, 500)).unwrap();
    for framing in ["concatenated", "delimited", "u32be", "u32le", "base64", "hex"] {
        let bytes = folder.write(&many, "s.avsc", &[("framing", framing)]).unwrap();
        let mut options = folder.options(&[("framing", framing)]);
        options.definition = folder.definition("s.avsc");
        for chunk_bytes in [1, 7, 100] {
            options.limits.chunk_bytes = chunk_bytes;
            let (schema, batches) = read_with(bytes.clone(), &options).unwrap();
            assert_eq!(joined(&schema, &batches).columns(), many.columns(), "{framing} {chunk_bytes}");
        }
    }
}

#[test]
fn messages_pushed_byte_by_byte() {
    let folder = Folder::new(&[("s.avsc", &schema())]);
    let mut options = folder.options(&[("framing", "delimited")]);
    options.definition = folder.definition("s.avsc");
    let mut decoder = crate::format::Format::push(&super::FORMAT, &options).unwrap();
    let mut rows = 0;
    for byte in bytes("delimited", &DATA.map(<[u8]>::to_vec)) {
        decoder.feed(&[byte]);
        for batch in decoder.next_batches().unwrap().into_iter().flatten() {
            rows += batch.records.num_rows();
        }
    }
    assert_eq!(rows, 2);
    let container = crate::format::Format::push(&super::FORMAT, &folder.options(&[])).err().unwrap();
    assert_eq!(container.kind(), ErrorKind::Unsupported);
}

/// Arrays of items that take no bytes must not take time without end.
#[test]
fn no_flipped_bit_of_a_message_panics() {
    let writer = record(
        r#"{"name":"l","type":{"type":"array","items":["null","string"]}},{"name":"n","type":{"type":"array","items":"null"}},
           {"name":"m","type":{"type":"map","values":"int"}},{"name":"e","type":{"type":"enum","name":"E","symbols":["A","B"]}}"#,
    );
    let reader = record(
        r#"{"name":"e","type":{"type":"enum","name":"E","symbols":["B"],"default":"B"}},{"name":"m","type":{"type":"map","values":"double"}},
           {"name":"l","type":{"type":"array","items":["string","null"]}}"#,
    );
    let folder = Folder::new(&[("w.avsc", &writer), ("r.avsc", &reader)]);
    let datum = [4, 2, 2, b'x', 0, 0, 0xfe, 7, 0, 2, 2, b'k', 8, 0, 0];
    for framing in ["single", "concatenated", "delimited", "u32be", "hex"] {
        let whole = bytes(framing, &[datum.to_vec()]);
        for with_reader in [false, true] {
            let mut settings = vec![("framing", framing)];
            if with_reader {
                settings.push(("reader-schema", "DIR/r.avsc"));
            }
            assert_eq!(folder.read(&whole, Some("w.avsc"), &settings).unwrap().num_rows(), 1, "{framing}");
            for bit in 0..whole.len() * 8 {
                let mut damaged = whole.clone();
                damaged[bit / 8] ^= 1 << (bit % 8);
                if let Ok(batch) = folder.read(&damaged, Some("w.avsc"), &settings) {
                    batch.columns().iter().for_each(|column| column.to_data().validate_full().unwrap());
                }
            }
        }
    }
}

#[test]
fn messages_of_unknown_schemas_are_rejected_where_it_is_known_where_they_end() {
    let folder = Folder::new(&[("1.avsc", &record(r#"{"name":"a","type":"int"}"#))]);
    let messages = [vec![0, 0, 0, 0, 1, 2], vec![0, 0, 0, 0, 9, 2, 7, 7], vec![0, 0, 0, 0, 1, 4]];
    let run = |framing: &str, envelope: &str, messages: &[Vec<u8>]| {
        let ((output, written), (file, rejects)) = (crate::Output::memory(), crate::Output::memory());
        let mut input = crate::Input::with_format(crate::Source::bytes("in", bytes(framing, messages)), "avro");
        let schemas = folder.0.path().to_string_lossy().into_owned();
        for (name, value) in [("framing", framing), ("envelope", envelope), ("schemas", &schemas)] {
            input = input.option(name, value);
        }
        let convert = crate::Convert::new(input).to(crate::Target::with_format(output, "ndjson")).rejects(file);
        let report = convert.run()?;
        Ok::<_, crate::Error>((written.take().unwrap(), rejects.take().unwrap(), report))
    };
    for framing in ["delimited", "u32be", "base64"] {
        let (written, rejects, report) = run(framing, "confluent", &messages).unwrap();
        assert_eq!((report.records_in, report.records_out, report.rejected), (3, 2, 1), "{framing}");
        assert_eq!(written, b"{\"a\":1}\n{\"a\":2}\n");
        let reject: serde_json::Value = serde_json::from_slice(&rejects).unwrap();
        assert_eq!((&reject["record"], &reject["format"]), (&2.into(), &"avro".into()));
        assert!(reject["message"].as_str().unwrap().contains("number 9"), "{reject}");
        assert!(reject["hint"].as_str().unwrap().contains("9.avsc"), "{reject}");
    }
    // Only the schema would tell where such a message ends.
    assert_eq!(run("concatenated", "confluent", &messages).unwrap_err().kind(), ErrorKind::Schema);
}
