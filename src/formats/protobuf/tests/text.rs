//! The text format: texts that prost-reflect writes are read as its messages, and the other way round; files and lines.

use arrow_schema::{DataType, Field};
use prost::Message as _;
use prost_reflect::{DescriptorPool, DynamicMessage};

use super::reflect::{message, schema as every};
use super::{FORMAT, definition, read, read_options, write};
use crate::code::Code;
use crate::error::Result;
use crate::format::{Format, WriteOptions};
use crate::formats::testing_batches::Random;
use crate::schema::proto::load::load;

fn check(proto3: bool) {
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("every.proto");
    std::fs::write(&path, every(proto3)).expect("schema file");
    let given = definition(&path, Some("Every"), &[]);
    let pool = DescriptorPool::from_file_descriptor_set(load(&given).expect("schema").pool.set).expect("pool");
    let of = pool.get_message_by_name("Every").expect("message");
    let mut random = Random(if proto3 { 33 } else { 22 });
    for round in 0..60 {
        let made = message(&mut random, &of, 3);
        let made = DynamicMessage::decode(of.clone(), &made.encode_to_vec()[..]).expect("its own bytes");
        let theirs = made.to_text_format();
        let options = read_options(given.clone(), &[("framing", "text")]);
        let batches = read(theirs.clone().into_bytes(), &options)
            .unwrap_or_else(|error| panic!("round {round}: {error}\n{theirs}"));
        for framing in ["text", "text-lines"] {
            let mut write_options = WriteOptions { definition: Some(given.clone()), ..WriteOptions::default() };
            write_options.settings.set("framing", framing);
            let ours = write(batches.clone(), batches[0].schema(), &write_options).expect("written");
            let ours = String::from_utf8(ours).expect("text");
            let back = DynamicMessage::parse_text_format(of.clone(), &ours)
                .unwrap_or_else(|error| panic!("round {round}: {error}\n{ours}"));
            assert_eq!(back, made, "round {round}\n{ours}");
            assert_eq!(ours.trim_end().contains('\n'), framing == "text" && ours.lines().count() > 1);
        }
    }
}

#[test]
fn texts_of_proto3_are_those_of_another_implementation() {
    check(true);
}

#[test]
fn texts_of_proto2_are_those_of_another_implementation() {
    check(false);
}

struct Setup {
    folder: tempfile::TempDir,
}

impl Setup {
    fn new() -> Setup {
        let folder = tempfile::tempdir().expect("folder");
        let text = "syntax = \"proto3\"; message M { int32 a = 1; string b = 2; repeated M m = 3; }";
        std::fs::write(folder.path().join("m.proto"), text).expect("schema file");
        Setup { folder }
    }

    /// From one framing to another, unknown fields kept.
    fn run(&self, text: &str, from: &str, to: &str) -> Result<String> {
        let given = definition(&self.folder.path().join("m.proto"), None, &[]);
        let options = read_options(given.clone(), &[("framing", from), ("unknown", "keep")]);
        let batches = read(text.as_bytes().to_vec(), &options)?;
        let mut options = WriteOptions { definition: Some(given), ..WriteOptions::default() };
        options.settings.set("framing", to);
        let schema = batches[0].schema();
        write(batches, schema, &options).map(|bytes| String::from_utf8(bytes).expect("text"))
    }
}

#[test]
fn a_file_is_one_message_and_lines_are_many() {
    let setup = Setup::new();
    let lines = "a: 1 b: \"x\"\n\na: 2 m { a: 3 }\n";
    assert_eq!(
        setup.run(lines, "text-lines", "hex").expect("read"),
        "0801120178\n\n0802\
        1a020803\n"
    );
    assert_eq!(setup.run("0801120178\n\n08021a020803\n", "hex", "text-lines").expect("written"), lines);
    let file = "# proto-message: M\na: 1 m { b: 'é' }\n";
    assert_eq!(setup.run(file, "text", "text").expect("read"), "a: 1\nm {\n  b: \"é\"\n}\n");
    assert!(setup.run(lines, "text-lines", "text").expect_err("two").message().contains("one record"));
    let error = setup.run("# a comment\na: 1\n", "text-lines", "hex").expect_err("a comment");
    assert_eq!(error.origin().record, Some(0));
}

#[test]
fn unknown_fields_stand_under_their_numbers() {
    let setup = Setup::new();
    let text = "a: 1 5: 3 6: 0x0000002a 7: \"\\377\"\n";
    assert_eq!(setup.run(text, "text-lines", "text-lines").expect("read"), text);
    let given = definition(&setup.folder.path().join("m.proto"), None, &[]);
    let options = read_options(given, &[("framing", "text-lines")]);
    let error = read(text.as_bytes().to_vec(), &options).expect_err("unknown");
    assert_eq!(error.code(), Some(Code::UnknownField));
}

#[test]
fn a_number_that_the_schema_has_with_another_wire_type_is_refused() {
    let setup = Setup::new();
    // Four bytes, eight bytes, bytes and a group for an int32; a number for a string and for messages.
    for bytes in ["0d05000000", "090500000000000000", "0a0178", "0b0c", "1005", "1805", "1a021005"] {
        let error = setup.run(&format!("{bytes}\n"), "hex", "text-lines").expect_err(bytes);
        assert_eq!(error.code(), Some(Code::UnknownField), "{bytes}: {error}");
    }
    assert_eq!(setup.run("0d05000000\n", "hex", "hex").expect("kept"), "0d05000000\n");
    // Inside a group that is not known all numbers are free.
    assert_eq!(setup.run("2b0d050000002c\n", "hex", "text-lines").expect("kept"), "5 { 1: 0x00000005 }\n");
    assert_eq!(setup.run("5 { 1: 0x00000005 }\n", "text-lines", "hex").expect("kept"), "2b0d050000002c\n");
}

#[test]
fn places_in_a_text_are_those_of_its_file() {
    let setup = Setup::new();
    let error = setup.run("a: 1\na: 1 b: 2\n", "text-lines", "hex").expect_err("2 is no string");
    assert_eq!((error.origin().byte, error.origin().record), (Some(13), Some(1)), "{error}");
}

#[test]
fn payloads_of_nan_are_told() {
    let mut options = WriteOptions::default();
    let field = Field::new("f", DataType::Float64, false);
    let notes = |options: &WriteOptions| FORMAT.fit(&field, &[], options).codes.contains(&Code::NaNPayload);
    assert!(!notes(&options));
    options.settings.set("framing", "text-lines");
    assert!(notes(&options));
}
