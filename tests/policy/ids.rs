//! Protobuf messages that name their schemas, as in Confluent's schema registry: known ones, others, and damaged ones.

use super::folder::Folder;

const V7: &str =
    "syntax = \"proto3\";\nmessage M { int32 a = 1; optional string s = 2; }\nmessage N { string s = 1; }\n";
/// A field more, a symbol more.
const V8: &str =
    "syntax = \"proto3\";\nmessage Other {}\nmessage M { int32 a = 1; optional string s = 2; optional bool b = 3; }\n";
/// The same numbers, another meaning.
const V9: &str = "syntax = \"proto3\";\nmessage M { sint32 a = 1; optional string s = 2; }\n";

fn folder() -> Folder {
    Folder::new(&[
        ("by/7.proto", V7),
        ("by/8.proto", V8),
        ("by/9.proto", V9),
        ("by/10.proto", "message {"),
        ("m.proto", V8),
    ])
}

/// A message behind its length: the id of its schema, its place there, its fields.
fn message(id: u8, path: &[u8], fields: &[u8]) -> Vec<u8> {
    let body = [&[0, 0, 0, 0, id], path, fields].concat();
    [&[body.len() as u8], &body[..]].concat()
}

/// The first message of a schema, and the second.
const FIRST: &[u8] = &[0];
const SECOND: &[u8] = &[2, 2];

const READ: &[&str] =
    &["convert", "in.pb", "-o", "o.ndjson", "--overwrite", "--schemas", "by", "--framing", "delimited"];

#[test]
fn messages_of_schemas_that_say_the_same_are_read_together() {
    let folder = folder();
    folder.put("in.pb", &[message(7, FIRST, &[8, 5]), message(8, SECOND, &[8, 6]), message(7, FIRST, &[])].concat());
    folder.run(READ).ends(0);
    assert_eq!(folder.read("o.ndjson"), "{\"a\":5,\"s\":null}\n{\"a\":6,\"s\":null}\n{\"a\":0,\"s\":null}\n");
    // What only one of them knows is an unknown field to the other, and a column with the schema that has it.
    folder.put("in.pb", &[message(7, FIRST, &[8, 5]), message(8, SECOND, &[8, 6, 24, 1])].concat());
    let ran = folder.run(READ).ends(4);
    assert!(ran.err.contains("V-UNKNOWN-FIELD"), "{}", ran.err);
    folder.run(&[READ, &["--schema", "m.proto", "--message", "M"]].concat()).ends(0);
    assert_eq!(folder.read("o.ndjson"), "{\"a\":5,\"s\":null,\"b\":null}\n{\"a\":6,\"s\":null,\"b\":true}\n");
}

#[test]
fn other_messages_stop_the_run_or_are_set_aside() {
    let good = message(7, FIRST, &[8, 5]);
    let cases: &[(&str, Vec<u8>, i32, &str, &str)] = &[
        (
            "an unknown id",
            message(6, FIRST, &[8, 6]),
            5,
            "the schema of id 6 is not known",
            "put it into by as 6.proto",
        ),
        ("another meaning", message(9, FIRST, &[8, 6]), 5, "field 1 of M: it is sint32, expected int32", "--rejects"),
        ("a broken schema", message(10, FIRST, &[8, 6]), 5, "does not compile", "--rejects"),
        (
            "another message",
            message(7, SECOND, &[10, 1, b'x']),
            5,
            "message [1] of its schema, expected [0]",
            "--message",
        ),
        ("no message", message(7, &[2, 20], &[]), 5, "message [10] of its schema, expected [0]", "--message"),
        ("no id", vec![3, 1, 2, 3], 3, "expected the zero of a schema id", ""),
        ("half an id", vec![3, 0, 0, 0], 3, "ends inside", ""),
        ("indexes without end", message(7, &[0xfe, 0xff, 0xff, 0xff, 0x0f], &[]), 3, "message indexes", ""),
    ];
    for (what, bad, code, text, hint) in cases {
        let folder = folder();
        folder.put("in.pb", &[&good[..], bad, &good].concat());
        let ran = folder.run(READ).ends(*code);
        assert!(
            ran.err.contains(text) && ran.err.contains(hint) && ran.err.contains("record 2"),
            "{what}: {}",
            ran.err
        );
        assert!(!folder.path("o.ndjson").exists(), "{what}");
        let rejecting = [READ, &["--rejects", "r.ndjson"]].concat();
        let ran = folder.run(&rejecting).ends(0);
        assert!(ran.err.contains("3 records in = 2 out + 1 rejected"), "{what}: {}", ran.err);
        assert_eq!(folder.read("o.ndjson"), "{\"a\":5,\"s\":null}\n{\"a\":5,\"s\":null}\n", "{what}");
        // Also if it comes first: the records are then of the first message that can be read.
        folder.put("in.pb", &[&bad[..], &good].concat());
        let ran = folder.run(&rejecting).ends(0);
        assert!(ran.err.contains("2 records in = 1 out + 1 rejected"), "{what}: {}", ran.err);
    }
    // If there is none, no columns are known.
    let folder = folder();
    folder.put("in.pb", &message(6, FIRST, &[8, 6]));
    folder.run(&[READ, &["--rejects", "r.ndjson"]].concat()).ends(5);
    let empty = Folder::new(&[("by/7.avsc", "\"int\""), ("in.pb", "")]);
    let ran = empty.run(READ).ends(2);
    assert!(ran.err.contains("by: the folder holds no schema") && ran.err.contains("7.proto"), "{}", ran.err);
}
