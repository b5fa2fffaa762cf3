//! Values of enums: only symbols, wherever a schema that has them is given.

use super::Folder;

const SQL: &str = "CREATE TABLE t (q ENUM('x','y'));";
const AVSC: &str = r#"{"type":"record","name":"r","fields":[{"name":"q","type":["null",{"type":"enum","name":"e","symbols":["x","y"]}]}]}"#;
const JSON_SCHEMA: &str = r#"{"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object","properties":{"q":{"enum":["x","y"]}}}"#;
const PROTO: &str = "syntax = \"proto3\";\nenum E { x = 0; y = 1; }\nmessage T { optional E q = 1; }\n";

fn folder() -> Folder {
    Folder::new(&[
        ("e.csv", "q\nx\nz\ny\n"),
        ("e.ndjson", "{\"q\":\"x\"}\n{\"q\":\"z\"}\n{\"q\":\"y\"}\n"),
        ("e.sql", SQL),
        ("e.avsc", AVSC),
        ("e.jsonschema", JSON_SCHEMA),
        ("e.proto", PROTO),
    ])
}

#[test]
fn text_is_checked_whatever_says_what_its_symbols_are() {
    let folder = folder();
    for input in ["e.csv", "e.ndjson"] {
        for schema in ["e.sql", "e.avsc", "e.jsonschema", "e.proto"] {
            for option in ["--schema", "--reader-schema"] {
                let convert = |more: &[&str]| {
                    let words = ["convert", input, "-o", "o.parquet", option, schema, "--overwrite"];
                    folder.run(&[&words, more].concat())
                };
                let what = format!("{input} {option} {schema}");
                let told = convert(&["--strict", "--verify"]).ends(4);
                told.says(&["V-ENUM", "record 2", "column \"q\"", "\"z\" is not a symbol"]);
                assert!(!folder.path("o.parquet").exists(), "{what}");
                convert(&["--allow", "V-ENUM=null"]).ends(0).says(&["V-ENUM: 1 in q"]);
                let back = folder.run(&["cat", "o.parquet"]).ends(0).out;
                assert_eq!(back, "{\"q\":\"x\"}\n{\"q\":null}\n{\"q\":\"y\"}\n", "{what}");
                convert(&["--rejects", "r.ndjson"]).ends(0).says(&["1 rejected"]);
                assert!(folder.read("r.ndjson").contains("V-ENUM"), "{what}");
                let back = folder.run(&["cat", "o.parquet"]).ends(0).out;
                assert_eq!(back, "{\"q\":\"x\"}\n{\"q\":\"y\"}\n", "{what}");
                std::fs::remove_file(folder.path("o.parquet")).unwrap();
                std::fs::remove_file(folder.path("r.ndjson")).unwrap();
            }
        }
    }
}

#[test]
fn open_enums_take_numbers_without_a_name() {
    let folder = folder();
    folder.write("n.csv", "q\nx\n7\n-1\n");
    for option in ["--schema", "--reader-schema"] {
        let convert =
            |input: &str| folder.run(&["convert", input, "-o", "n.parquet", option, "e.proto", "--overwrite"]);
        convert("n.csv").ends(0).says(&["losses: none"]);
        assert_eq!(folder.run(&["cat", "n.parquet", "--to", "csv"]).ends(0).out, "q\nx\n7\n-1\n");
        for wrong in ["07", "+7", "4294967296", "X"] {
            folder.write("w.csv", &format!("q\n{wrong}\n"));
            convert("w.csv").ends(4).says(&["V-ENUM"]);
        }
    }
}

#[test]
fn numbers_that_closed_enums_of_messages_have_come_back() {
    let message =
        |symbols: &str| format!("syntax = \"proto2\";\nenum E {{ {symbols} }}\nmessage T {{ optional E q = 1; }}\n");
    let folder = Folder::new(&[
        ("new.proto", &message("A = 0; B = 7;")),
        ("old.proto", &message("A = 0;")),
        ("a.ndjson", "{\"q\":\"B\"}\n"),
        ("b.ndjson", "{\"q\":\"B\"}\n{\"q\":\"7\"}\n"),
    ]);
    folder.run(&["convert", "a.ndjson", "-o", "a.pb", "--schema", "new.proto"]).ends(0);
    folder.run(&["convert", "a.pb", "-o", "c.ndjson", "--schema", "old.proto"]).ends(0);
    assert_eq!(folder.read("c.ndjson"), "{\"q\":\"7\"}\n");
    folder.run(&["convert", "c.ndjson", "-o", "c.pb", "--schema", "old.proto", "--verify"]).ends(0);
    assert_eq!(folder.read("a.pb"), folder.read("c.pb"));
    folder.run(&["convert", "b.ndjson", "-o", "b.pb", "--schema", "old.proto"]).ends(4).says(&["record 1", "V-ENUM"]);
}

#[test]
fn enums_inside_are_checked() {
    let kind = r#"{"type":"enum","name":"e","symbols":["x","y"]}"#;
    let field = |name: &str, kind: &str| format!(r#"{{"name":"{name}","type":{kind}}}"#);
    let inside = format!(r#"{{"type":"record","name":"s","fields":[{}]}}"#, field("e", kind));
    let fields = [
        field("s", &inside),
        field("l", r#"{"type":"array","items":"e"}"#),
        field("m", r#"{"type":"map","values":"e"}"#),
        field("u", r#"["null","long","e"]"#),
    ];
    let schema = format!(r#"{{"type":"record","name":"r","fields":[{}]}}"#, fields.join(","));
    let folder = Folder::new(&[("r.avsc", &schema)]);
    let good = "{\"s\":{\"e\":\"x\"},\"l\":[\"y\",\"x\"],\"m\":{\"k\":\"y\"},\"u\":\"x\"}\n";
    let convert = |text: &str| {
        folder.write("r.ndjson", text);
        folder.run(&["convert", "r.ndjson", "-o", "-", "--to", "ndjson", "--schema", "r.avsc"])
    };
    assert_eq!(convert(good).ends(0).out, good);
    for (from, to, column) in [
        ("\"e\":\"x\"", "\"e\":\"z\"", "s.e"),
        ("\"x\"]", "\"z\"]", "l[]"),
        ("\"k\":\"y\"", "\"k\":\"z\"", "m"),
        ("\"u\":\"x\"", "\"u\":\"z\"", "u"),
    ] {
        convert(&format!("{good}{}", good.replace(from, to))).ends(4).says(&["V-ENUM", "record 2", column]);
    }
}

#[test]
fn a_default_stands_in_only_if_that_is_let_through_or_another_schema_is_read_with() {
    let folder = folder();
    folder.write("d.avsc", &AVSC.replace(r#"["x","y"]"#, r#"["x","y"],"default":"y""#));
    let convert = |more: &[&str]| folder.run(&[&["convert", "e.csv", "-o", "-", "--to", "csv"], more].concat());
    convert(&["--schema", "d.avsc"]).ends(4).says(&["V-ENUM", "--allow V-ENUM=default"]);
    let replaced = convert(&["--schema", "d.avsc", "--allow", "V-ENUM=default"]).ends(0);
    assert_eq!(replaced.out, "q\nx\ny\ny\n");
    replaced.says(&["V-ENUM: 1 in q"]);
    convert(&["--reader-schema", "d.avsc"]).ends(0).says(&["V-ENUM: 1 in q"]);
}

#[test]
fn what_is_no_text_is_no_enum_nor_is_an_enum_bytes() {
    let folder = folder();
    let uuid = "3f2504e0-4f89-11d3-9a0c-0305e82c3301";
    folder.write("u.csv", &format!("q\n{uuid}\n"));
    folder.write("u.sql", "CREATE TABLE t (q UUID);");
    folder.write("b.proto", "syntax = \"proto3\";\nmessage T { bytes q = 1; }\n");
    folder.run(&["convert", "u.csv", "-o", "u.parquet", "--schema", "u.sql"]).ends(0);
    folder.run(&["schema", "check", "u.sql", "e.proto"]).ends(1);
    folder.run(&["cat", "u.parquet", "--reader-schema", "e.proto"]).ends(5).says(&["another meaning"]);
    folder.write("g.csv", "q\nx\n");
    folder.run(&["convert", "g.csv", "-o", "g.avro", "--schema", "e.avsc"]).ends(0);
    folder.run(&["schema", "check", "e.avsc", "b.proto"]).ends(1);
    folder.run(&["cat", "g.avro", "--reader-schema", "b.proto"]).ends(5).says(&["another meaning"]);
    // Text of any symbols is bytes.
    folder.run(&["convert", "g.csv", "-o", "t.avro"]).ends(0);
    assert_eq!(folder.run(&["cat", "t.avro", "--reader-schema", "b.proto"]).ends(0).out, "{\"q\":\"eA==\"}\n");
}
