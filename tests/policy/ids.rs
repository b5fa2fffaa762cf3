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
        (
            "another meaning",
            message(9, FIRST, &[8, 6]),
            5,
            "not read with schema 7: field 1 of M, \"a\", is sint32 in schema 9, int32 in schema 7",
            "--rejects",
        ),
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

/// Two versions of a field, and a value that the first one wrote.
fn versions(narrow: &str, wide: &str) -> Folder {
    let schema = |field: &str| format!("syntax = \"proto3\";\nmessage M {{ {field} }}\n");
    Folder::new(&[("by/1.proto", &schema(narrow)), ("by/2.proto", &schema(wide))])
}

#[test]
fn integers_are_read_as_wider_ones_of_the_same_wire_format() {
    // Of 32 bits, the smallest and the largest.
    let minus_2_31: &[u8] = &[8, 0x80, 0x80, 0x80, 0x80, 0xf8, 0xff, 0xff, 0xff, 0xff, 1];
    let all_ones: &[u8] = &[8, 0xff, 0xff, 0xff, 0xff, 0x0f];
    let cases: &[(&str, &str, &[u8], &str)] = &[
        ("int32 a = 1;", "int64 a = 1;", minus_2_31, "-2147483648"),
        ("uint32 a = 1;", "int64 a = 1;", all_ones, "4294967295"),
        ("uint32 a = 1;", "uint64 a = 1;", all_ones, "4294967295"),
        ("sint32 a = 1;", "sint64 a = 1;", all_ones, "-2147483648"),
        ("repeated int32 a = 1;", "repeated int64 a = 1;", minus_2_31, "[-2147483648]"),
    ];
    for (narrow, wide, fields, value) in cases {
        let folder = versions(narrow, wide);
        let (first, second) = (message(1, FIRST, fields), message(2, FIRST, &[8, 2]));
        folder.put("in.pb", &[&second[..], &first].concat());
        folder.run(READ).ends(0);
        let last = folder.read("o.ndjson");
        assert_eq!(last.lines().nth(1), Some(&*format!("{{\"a\":{value}}}")), "{narrow} as {wide}");
        // The other way round values might not fit: what is told to help does.
        folder.put("in.pb", &[&first[..], &second].concat());
        let ran = folder.run(READ).ends(5);
        let kind = |field: &str| field.trim_start_matches("repeated ").split(' ').next().unwrap().to_owned();
        let told = format!("field 1 of M, \"a\", is {} in schema 2, {} in schema 1", kind(wide), kind(narrow));
        let hint = "read both with it: --schema by/2.proto --message M";
        assert!(ran.err.contains(&told) && ran.err.contains(hint), "{narrow}: {}", ran.err);
        folder.run(&[READ, &["--schema", "by/2.proto", "--message", "M"]].concat()).ends(0);
        assert_eq!(folder.read("o.ndjson").lines().next(), Some(&*format!("{{\"a\":{value}}}")), "{narrow} as {wide}");
    }
}

#[test]
fn fields_of_other_kinds_are_told_with_both_schemas() {
    let with = "message N { int32 x = 1; } enum E { A = 0; }";
    let cases = [
        ("int32 a = 1;", "sint32 a = 1;", "is sint32 in schema 2, int32 in schema 1"),
        ("int32 a = 1;", "bool a = 1;", "is bool in schema 2, int32 in schema 1"),
        ("int64 a = 1;", "uint64 a = 1;", "is uint64 in schema 2, int64 in schema 1"),
        ("fixed64 a = 1;", "fixed32 a = 1;", "is fixed32 in schema 2, fixed64 in schema 1"),
        ("double a = 1;", "float a = 1;", "is float in schema 2, double in schema 1"),
        ("string a = 1;", "bytes a = 1;", "is bytes in schema 2, string in schema 1"),
        ("E a = 1;", "int32 a = 1;", "is int32 in schema 2, enum M.E in schema 1"),
        ("N a = 1;", "bytes a = 1;", "where it does not stand is zero in schema 2, absent in schema 1"),
        ("int32 a = 1;", "optional int32 a = 1;", "where it does not stand is absent in schema 2, zero in schema 1"),
        ("int32 a = 1;", "repeated int32 a = 1;", "is repeated in schema 2, a single value in schema 1"),
        (
            "map<string, int32> a = 1;",
            "map<string, bool> a = 1;",
            "field 2 of M.AEntry, \"value\", is bool in schema 2",
        ),
    ];
    for (one, other, told) in cases {
        let folder = versions(&format!("{one} {with}"), &format!("{other} {with}"));
        folder.put("in.pb", &[message(1, FIRST, &[]), message(2, FIRST, &[])].concat());
        let ran = folder.run(READ).ends(5);
        let first = "a message of schema 2, which is not read with schema 1: field";
        let place = "record 2";
        assert!(ran.err.contains(first) && ran.err.contains(told) && ran.err.contains(place), "{one}: {}", ran.err);
        folder.run(&[READ, &["--rejects", "r.ndjson"]].concat()).ends(0);
        assert!(!ran.err.contains("read both with it"), "{one}: {}", ran.err);
    }
}
