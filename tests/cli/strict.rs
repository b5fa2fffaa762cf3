//! `--strict`: nothing is lost, whoever let it through.

use super::Folder;

/// A file, what lets its values be lost, and the code.
const SETTINGS: &[(&str, &[u8], &[&str], &str)] = &[
    ("a.csv", b"id,t\n1,a\xffb\n", &["--invalid-utf8", "replace"], "V-UTF8"),
    ("a.csv", b"a,b\n1,2,3\n", &["--ragged", "pad,truncate"], "V-EXTRA-KEY"),
    ("a.csv", b"a,b\n1\n", &["--ragged", "pad"], "S-MISSING"),
    ("a.csv", b"x\nNaN\n1.5\n", &["--nonfinite", "null", "--columns", "x=float64"], "V-NONFINITE"),
    ("a.ndjson", b"{\"a\":1}\n", &["--extra-keys", "ignore", "--schema", "b.sql"], "V-EXTRA-KEY"),
];

#[test]
fn what_a_setting_lets_through_is_refused() {
    for (input, bytes, setting, code) in SETTINGS {
        let folder = Folder::new(&[("b.sql", "CREATE TABLE t (b BIGINT)")]);
        std::fs::write(folder.path(input), bytes).unwrap();
        for output in ["o.ndjson", "-"] {
            let convert = [&["convert", input, "-o", output, "--to", "ndjson", "--overwrite"], *setting].concat();
            folder.run(&convert).ends(0).says(&[code]);
            let _ = std::fs::remove_file(folder.path("o.ndjson"));
            let ran = folder.run(&[&convert[..], &["--strict"]].concat()).ends(6);
            assert_eq!(ran.out, "", "{setting:?}");
            ran.says(&[code, "hint: "]);
            assert_eq!(folder.names(), [*input, "b.sql"], "{setting:?}");
        }
    }
}

#[test]
fn unknown_fields_of_messages_are_refused() {
    let folder = Folder::new(&[
        ("a.ndjson", "{\"a\":1,\"b\":2}\n"),
        ("m.proto", "syntax = \"proto3\";\nmessage M { int64 a = 1; int64 b = 2; }\n"),
        ("n.proto", "syntax = \"proto3\";\nmessage M { int64 a = 1; }\n"),
    ]);
    folder.run(&["convert", "a.ndjson", "-o", "a.binpb", "--to-schema", "m.proto"]).ends(0);
    let convert = ["convert", "a.binpb", "-o", "o.csv", "--schema", "n.proto", "--unknown", "drop"];
    folder.run(&[&convert[..], &["--strict"]].concat()).ends(6).says(&["V-UNKNOWN-FIELD", "--strict"]);
    assert!(!folder.path("o.csv").exists());
    folder.run(&convert).ends(0).says(&["V-UNKNOWN-FIELD: 1"]);
}
