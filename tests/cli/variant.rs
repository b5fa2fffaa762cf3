//! Variants: JSON into Parquet's VARIANT and back.

use super::Folder;

const VALUES: &str = r#"{"v":1}
{"v":18446744073709551615}
{"v":1.50}
{"v":-0.0}
{"v":"text"}
{"v":null}
{"v":[]}
{"v":{"a":1,"b":[1,null,{"é":"x"}],"c":{"z":1.25}}}
"#;

#[test]
fn json_becomes_variants_where_a_schema_says_so() {
    let folder = Folder::new(&[("a.ndjson", VALUES)]);
    folder.run(&["convert", "a.ndjson", "-o", "a.parquet", "--columns", "v=variant", "--verify"]).ends(0);
    let shown = folder.run(&["schema", "show", "a.parquet", "--as", "parquet"]).ends(0).out;
    assert!(shown.contains("(VARIANT(1))"), "{shown}");
    assert_eq!(folder.run(&["cat", "a.parquet"]).ends(0).out, VALUES);
    // And again, with the types of the file itself; from CSV as well.
    for text in ["b.ndjson", "b.csv"] {
        folder.run(&["convert", "a.parquet", "-o", text]).ends(0);
        folder.run(&["convert", text, "-o", "b.parquet", "--schema", "a.parquet", "--overwrite"]).ends(0);
        folder.run(&["diff", "a.parquet", "b.parquet"]).ends(0);
    }
    let twice = Folder::new(&[("a.ndjson", "{\"v\":{\"a\":1,\"a\":2}}\n")]);
    let convert = ["convert", "a.ndjson", "-o", "a.parquet", "--columns", "v=variant"];
    twice.run(&convert).ends(4).says(&["V-DUP-KEY", "--allow V-DUP-KEY=first (or last)"]);
    let ran = twice.run(&[&convert[..], &["--allow", "V-DUP-KEY=last"]].concat()).ends(0);
    ran.says(&["V-DUP-KEY: 1 in v"]);
    assert_eq!(twice.run(&["cat", "a.parquet"]).out, "{\"v\":{\"a\":2}}\n");
}

/// Other extension types that a column is given by name.
#[test]
fn columns_are_json_and_uuids_where_the_command_says_so() {
    let uuid = "00112233-4455-6677-8899-aabbccddeeff";
    let line = format!("{{\"j\":{{\"b\":1,\"a\":[1]}},\"u\":\"{uuid}\"}}\n");
    let folder = Folder::new(&[("a.ndjson", &line), ("a.csv", &format!("j,u\n\"[1,  2]\",{uuid}\n"))]);
    for (file, expected) in [("a.ndjson", line.clone()), ("a.csv", format!("{{\"j\":[1,2],\"u\":\"{uuid}\"}}\n"))] {
        folder.run(&["convert", file, "-o", "a.parquet", "--columns", "j=json,u=uuid", "--overwrite"]).ends(0);
        let shown = folder.run(&["schema", "show", "a.parquet"]).ends(0).out;
        assert!(shown.contains("j       json") && shown.contains("u       uuid"), "{shown}");
        assert_eq!(folder.run(&["cat", "a.parquet"]).ends(0).out, expected);
    }
}

/// The bytes of a variant tell nothing of the JSON that was made of them: that is no fault of the output.
#[test]
fn variants_in_messages_of_json_are_named_as_not_compared() {
    let proto = "syntax = \"proto3\"; import \"google/protobuf/struct.proto\";
        message M { google.protobuf.Value v = 1; int64 n = 2; }";
    let folder = Folder::new(&[("a.ndjson", "{\"v\":{\"a\":1.5},\"n\":1}\n"), ("m.proto", proto)]);
    folder.run(&["convert", "a.ndjson", "-o", "a.parquet", "--columns", "v=variant"]).ends(0);
    let write = ["convert", "a.parquet", "-o", "a.pb", "--to-schema", "m.proto", "--verify"];
    folder.run(&write).ends(0).says(&["verified: 1 record, 0 differences; not compared:", "S-TYPE (v)"]);
    assert_eq!(folder.run(&["cat", "a.pb", "--schema", "m.proto"]).ends(0).out, "{\"v\":{\"a\":1.5},\"n\":1}\n");
}
