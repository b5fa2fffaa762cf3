//! Every framing: there and back, cut off, and against bytes written by hand.

use super::{definition, read, read_options, write};
use crate::error::{ErrorKind, Result};
use crate::format::{ReadOptions, WriteOptions};

const SCHEMA: &str =
    "syntax = \"proto3\"; package p; message Other {} message Row { int32 a = 1; message In { int32 b = 1; } }";

struct Setup {
    folder: tempfile::TempDir,
}

impl Setup {
    fn new() -> Setup {
        let folder = tempfile::tempdir().expect("folder");
        std::fs::write(folder.path().join("row.proto"), SCHEMA).expect("schema file");
        Setup { folder }
    }

    fn read(&self, bytes: &[u8], message: &str, settings: &[(&str, &str)]) -> Result<Vec<i32>> {
        use arrow_array::cast::AsArray;
        let given = definition(&self.folder.path().join("row.proto"), Some(message), &[]);
        let options: ReadOptions = read_options(given, settings);
        let batches = read(bytes.to_vec(), &options)?;
        let column = |batch: &arrow_array::RecordBatch| {
            batch.column(0).as_primitive::<arrow_array::types::Int32Type>().values().to_vec()
        };
        Ok(batches.iter().flat_map(column).collect())
    }

    fn write(&self, values: &[i32], settings: &[(&str, &str)]) -> Result<Vec<u8>> {
        let given = definition(&self.folder.path().join("row.proto"), Some("p.Row"), &[]);
        let mut options = WriteOptions { definition: Some(given), ..WriteOptions::default() };
        for (name, value) in settings {
            options.settings.set(*name, *value);
        }
        let array = arrow_array::Int32Array::from(values.to_vec());
        let batch = arrow_array::RecordBatch::try_from_iter_with_nullable([(
            "a",
            std::sync::Arc::new(array) as arrow_array::ArrayRef,
            false,
        )])
        .expect("batch");
        write(vec![batch.clone()], batch.schema(), &options)
    }
}

#[test]
fn every_framing_comes_back_and_cuts_are_seen() {
    let setup = Setup::new();
    let values: Vec<i32> = vec![1, -1, 0, 300, i32::MAX];
    for framing in ["delimited", "grpc", "u32be", "u32le", "base64", "hex"] {
        let settings = [("framing", framing)];
        let bytes = setup.write(&values, &settings).expect(framing);
        assert_eq!(setup.read(&bytes, "p.Row", &settings).expect(framing), values, "{framing}");
        for cut in 1..bytes.len() {
            if let Ok(rows) = setup.read(&bytes[..cut], "p.Row", &settings) {
                assert!(
                    rows.len() <= values.len() && (rows != values || bytes[cut..] == *b"\n"),
                    "{framing}, cut at {cut}"
                );
            }
        }
        for bit in 0..bytes.len() * 8 {
            let mut broken = bytes.clone();
            broken[bit / 8] ^= 1 << (bit % 8);
            let _ = setup.read(&broken, "p.Row", &settings);
        }
    }
}

#[test]
fn framings_are_what_others_write() {
    let setup = Setup::new();
    let wire = [0x08, 0x96, 0x01];
    for (framing, bytes) in [
        ("grpc", [&[0, 0, 0, 0, 3][..], &wire].concat()),
        ("u32be", [&[0, 0, 0, 3][..], &wire].concat()),
        ("u32le", [&[3, 0, 0, 0][..], &wire].concat()),
        ("base64", b"CJYB\n".to_vec()),
        ("hex", b"089601\n".to_vec()),
    ] {
        let settings = [("framing", framing)];
        assert_eq!(setup.read(&bytes, "p.Row", &settings).expect(framing), [150], "{framing}");
        assert_eq!(setup.write(&[150], &settings).expect(framing), bytes, "{framing}");
    }
    assert_eq!(setup.read(b"CJYB\r\n\r\nCJYB", "p.Row", &[("framing", "base64")]).expect("lines"), [150, 0, 150]);
    let error = setup.read(&[1, 0, 0, 0, 0], "p.Row", &[("framing", "grpc")]).expect_err("compressed");
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    let error = setup.read(&[0xff, 0xff, 0xff, 0xff], "p.Row", &[("framing", "u32be")]).expect_err("4 GiB");
    assert_eq!(error.kind(), ErrorKind::Limit);
    let error = setup.read(b"CJYB\n?\n", "p.Row", &[("framing", "base64")]).expect_err("not base64");
    assert_eq!((error.kind(), error.origin().record, error.origin().byte), (ErrorKind::Malformed, Some(1), Some(5)));
}

#[test]
fn another_framing_is_seen_and_not_guessed() {
    use crate::formats::protobuf::framing::{Framing, looks_like};
    let setup = Setup::new();
    let values: Vec<i32> = (1..50).map(|value| value * 1000).collect();
    for framing in [Framing::Grpc, Framing::U32Be, Framing::U32Le, Framing::Base64, Framing::Hex] {
        let name = framing.name();
        let bytes = setup.write(&values, &[("framing", name)]).expect(name);
        // Also where the head ends inside a message.
        for length in 20..bytes.len() {
            assert_eq!(looks_like(&bytes[..length], false).map(Framing::name), Some(name), "{name} {length}");
        }
        let error = setup.read(&bytes, "p.Row", &[]).expect_err(name);
        assert!(error.hint().is_some_and(|hint| hint.contains(name)), "{error:?}");
    }
    for first in 0..200 {
        let values: Vec<i32> = (first..first + 20).collect();
        let bytes = setup.write(&values, &[]).expect("written");
        assert_eq!(looks_like(&bytes, true), None, "{first}");
        assert_eq!(setup.read(&bytes, "p.Row", &[]).expect("read"), values);
    }
    assert_eq!(setup.read(&[0; 40], "p.Row", &[]).expect("empty messages").len(), 40);
    assert_eq!(looks_like(b"", true), None);
}

#[test]
fn messages_of_a_schema_registry() {
    let setup = Setup::new();
    // Row is the second message of its file: a path of one index, 1, both zigzag.
    let bytes = [0, 0, 0, 1, 0x2c, 2, 2, 0x08, 5];
    let settings = [("framing", "confluent"), ("schema-id", "300")];
    assert_eq!(setup.read(&bytes, "p.Row", &settings).expect("read"), [5]);
    assert_eq!(setup.read(&bytes, "p.Row", &settings[..1]).expect("any id"), [5]);
    assert_eq!(setup.write(&[5], &settings).expect("written"), bytes);
    // The nested message is found by its path; the first message has a short form.
    assert_eq!(setup.read(&[0, 0, 0, 1, 0x2c, 4, 2, 0, 0x08, 5], "p.Row.In", &settings).expect("nested"), [5]);
    for (bad, what) in [
        (vec![1, 0, 0, 1, 0x2c, 2, 2], "zero"),
        (vec![0, 0, 0, 0, 7, 2, 2], "schema 7"),
        (vec![0, 0, 0, 1, 0x2c, 0], "[0]"),
        (vec![0, 0, 0, 1], "ends"),
        (vec![0, 0, 0, 1, 0x2c, 0xfe, 0xff, 0xff, 0xff, 0x0f], "indexes"),
    ] {
        let error = setup.read(&bad, "p.Row", &settings).expect_err(what);
        let other = matches!(what, "schema 7" | "[0]");
        assert_eq!(error.kind(), if other { ErrorKind::Schema } else { ErrorKind::Malformed }, "{what}");
        assert!(error.message().contains(what), "{what}: {error}");
    }
    // The schema is found by the id, the message by the path.
    std::fs::write(setup.folder.path().join("300.proto"), SCHEMA).expect("schema file");
    let folder = setup.folder.path().to_string_lossy().into_owned();
    let read_by_id = |bytes: &[u8]| {
        let mut options = ReadOptions::default();
        options.settings.set("framing", "confluent").set("schemas", &folder);
        read(bytes.to_vec(), &options)
    };
    let batches = read_by_id(&bytes).expect("by id");
    assert_eq!(batches[0].schema().field(0).name(), "a");
    let batches = read_by_id(&[0, 0, 0, 1, 0x2c, 4, 2, 0, 0x08, 5]).expect("nested");
    assert_eq!(batches[0].schema().field(0).name(), "b");
    assert!(
        read_by_id(&[0, 0, 0, 0, 9, 0])
            .expect_err("no such schema")
            .hint()
            .is_some_and(|hint| hint.contains("9.proto"))
    );
    // Many messages: the envelope is inside the frame.
    let lines = [("framing", "hex"), ("envelope", "confluent"), ("schema-id", "300")];
    assert_eq!(setup.write(&[5, 6], &lines).expect("written"), b"000000012c02020805\n000000012c02020806\n");
    assert_eq!(setup.read(b"000000012c02020805\n000000012c02020806\n", "p.Row", &lines).expect("read"), [5, 6]);
    assert_eq!(setup.write(&[5], &settings[..1]).expect_err("no id").kind(), ErrorKind::Usage);
}

#[test]
fn one_frame_of_grpc_is_not_taken_for_empty_messages() {
    let setup = Setup::new();
    let frame = [0, 0, 0, 0, 3, 0x08, 0x96, 0x01];
    let error = setup.read(&frame, "p.Row", &[]).expect_err("a frame of gRPC");
    assert!(error.hint().is_some_and(|hint| hint.contains("framing=grpc")), "{error:?}");
    assert_eq!(setup.read(&frame, "p.Row", &[("framing", "grpc")]).expect("named"), [150]);
    // Named, the same bytes are four empty messages and one.
    assert_eq!(setup.read(&frame, "p.Row", &[("framing", "delimited")]).expect("named"), [0, 0, 0, 0, 150]);
    // Nor from a stream, whose head is not waited for.
    let given = definition(&setup.folder.path().join("row.proto"), Some("p.Row"), &[]);
    let options = read_options(given, &[]);
    use crate::format::Format;
    let source = crate::source::Source::reader("-", std::io::Cursor::new(frame));
    let mut reader = super::FORMAT.open(source, &options, &super::exec()).expect("opened");
    let chunk = reader.next_chunk().expect("a chunk").expect("a chunk");
    let Err(error) = chunk.decode().map(|_| ()) else { panic!("a frame of gRPC was read") };
    assert!(error.hint().is_some_and(|hint| hint.contains("framing=grpc")), "{error:?}");
}

#[test]
fn messages_that_happen_to_look_like_text_are_read_with_the_schema() {
    let setup = Setup::new();
    std::fs::write(
        setup.folder.path().join("row.proto"),
        "syntax = \"proto3\"; package p; message Row { int32 a = 13; string s = 6; }",
    )
    .expect("schema file");
    // The length 0x34, the tag of field 6, the length 0x32 and so many letters: all of base64.
    let bytes = [&b"42"[..], &[b'2'; 1], &[b'k'; 50]].concat();
    assert_eq!(bytes.len(), 0x35);
    assert_eq!(setup.read(&bytes, "p.Row", &[]).expect("messages"), [0]);
    // What is no message of the schema either way is not guessed.
    let error = setup.read(b"CJYB\nCJYB\n", "p.Row", &[]).expect_err("lines");
    assert!(error.hint().is_some_and(|hint| hint.contains("framing=base64")), "{error:?}");
}

/// Messages that lack most of many fields: a few bytes each, and a place in every column.
#[test]
fn what_a_chunk_takes_in_memory_has_a_bound() {
    use crate::format::Format;
    const FIELDS: usize = 2000;
    const MESSAGES: usize = 20_000;
    let folder = tempfile::tempdir().expect("folder");
    let fields: String = (1..=FIELDS).map(|n| format!("optional int64 f{n} = {n};")).collect();
    let path = folder.path().join("wide.proto");
    std::fs::write(&path, format!("syntax = \"proto3\"; message Wide {{ {fields} }}")).expect("schema file");
    let mut message = Vec::new();
    let mut delimited = Vec::new();
    let mut hex = String::new();
    for n in 0..MESSAGES {
        message.clear();
        prost::encoding::int64::encode((n % FIELDS + 1) as u32, &1, &mut message);
        prost::encoding::encode_varint(message.len() as u64, &mut delimited);
        delimited.extend_from_slice(&message);
        hex.extend(message.iter().map(|byte| format!("{byte:02x}")));
        hex.push('\n');
    }
    for (framing, bytes) in [("delimited", delimited), ("hex", hex.into_bytes())] {
        let options = read_options(definition(&path, None, &[]), &[("framing", framing)]);
        let source = crate::source::Source::bytes("test.pb", bytes);
        let mut reader = super::FORMAT.open(source, &options, &super::exec()).expect("reader");
        let (mut rows, mut most) = (0, 0);
        while let Some(chunk) = reader.next_chunk().expect("chunk") {
            let batches = chunk.decode().expect("batches").map(|batch| batch.expect("batch").records);
            let found: usize = batches.map(|batch| batch.num_rows()).sum();
            rows += found;
            most = most.max(found);
        }
        assert_eq!(rows, MESSAGES, "{framing}");
        assert!(most * FIELDS * size_of::<i64>() <= 32 << 20, "{framing}: {most} messages");
    }
}

#[test]
fn an_output_is_read_back_in_its_own_framing() {
    use crate::convert::Convert;
    use crate::input::Input;
    use crate::output::Output;
    let setup = Setup::new();
    for (settings, bytes) in [
        (&[("framing", "u32be")][..], vec![0, 0, 0, 2, 8, 1, 0, 0, 0, 2, 8, 2]),
        (&[("framing", "hex")], b"0801\n0802\n".to_vec()),
        (&[("envelope", "confluent"), ("schema-id", "3")], vec![9, 0, 0, 0, 0, 3, 2, 2, 8, 1]),
    ] {
        let path = setup.folder.path().join("in.pb");
        std::fs::write(&path, bytes).expect("input");
        let input = settings.iter().fold(Input::from(path.as_path()), |input, (name, value)| input.option(name, value));
        let schema = definition(&setup.folder.path().join("row.proto"), Some("p.Row"), &[]);
        let target = Output::path(setup.folder.path().join("out.pb")).overwrite(true);
        let run = Convert::new(input).schema(schema).to(target).verify(true).run();
        run.unwrap_or_else(|error| panic!("{settings:?}: {error}"));
        let written = std::fs::read(setup.folder.path().join("out.pb")).expect("output");
        assert_eq!(written[..3], [2, 8, 1], "{settings:?}");
    }
}
