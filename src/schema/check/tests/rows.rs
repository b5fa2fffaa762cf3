//! Kinds of changes, each with what rule sets make of it: `+` compatible, `-` not; first backward, then forward.
//! The numbers are those of the table of changes in the reference of schema evolution.

use super::{compatible, findings};

/// One change: its number, both declarations, and verdicts by rules.
type Row = (u8, &'static str, &'static str, &'static [(&'static str, &'static str)]);

fn judge(rows: &[Row], extension: &str, wrap: impl Fn(&str) -> String) {
    let mut wrong = Vec::new();
    for (number, old, new, verdicts) in rows {
        for (rules, wanted) in *verdicts {
            let sign =
                |mode| if compatible(&findings(&wrap(old), &wrap(new), mode, rules, extension)) { '+' } else { '-' };
            let found: String = [sign("backward"), sign("forward")].iter().collect();
            if found != *wanted {
                wrong.push(format!("row {number}, {rules}: {found}, not {wanted}: {old} -> {new}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

const AVRO: &[Row] = &[
    (1, "", r#"{"name":"a","type":"int"}"#, &[("avro", "-+"), ("fmtconv", "-+")]),
    (2, "", r#"{"name":"a","type":"int","default":0}"#, &[("avro", "++"), ("fmtconv", "++")]),
    (3, r#"{"name":"a","type":"int"}"#, "", &[("avro", "+-"), ("fmtconv", "+-")]),
    (4, r#"{"name":"a","type":"int","default":0}"#, "", &[("avro", "++"), ("fmtconv", "++")]),
    (6, r#"{"name":"a","type":"int"}"#, r#"{"name":"b","type":"int"}"#, &[("avro", "--"), ("fmtconv", "--")]),
    (
        7,
        r#"{"name":"a","type":"int"}"#,
        r#"{"name":"b","type":"int","aliases":["a"]}"#,
        &[("avro", "+-"), ("fmtconv", "+-")],
    ),
    (
        8,
        r#"{"name":"a","type":"int"},{"name":"b","type":"string"}"#,
        r#"{"name":"b","type":"string"},{"name":"a","type":"int"}"#,
        &[("avro", "++"), ("fmtconv", "++")],
    ),
    (11, r#"{"name":"a","type":"int"}"#, r#"{"name":"a","type":"long"}"#, &[("avro", "+-"), ("fmtconv", "+-")]),
    (17, r#"{"name":"a","type":"int"}"#, r#"{"name":"a","type":"double"}"#, &[("avro", "+-"), ("fmtconv", "+-")]),
    (18, r#"{"name":"a","type":"float"}"#, r#"{"name":"a","type":"double"}"#, &[("avro", "+-"), ("fmtconv", "+-")]),
    (19, r#"{"name":"a","type":"string"}"#, r#"{"name":"a","type":"bytes"}"#, &[("avro", "++")]),
    (
        20,
        r#"{"name":"a","type":{"type":"bytes","logicalType":"decimal","precision":10,"scale":2}}"#,
        r#"{"name":"a","type":{"type":"bytes","logicalType":"decimal","precision":12,"scale":2}}"#,
        &[("avro", "--"), ("confluent", "++"), ("fmtconv", "+-")],
    ),
    (
        21,
        r#"{"name":"a","type":{"type":"bytes","logicalType":"decimal","precision":10,"scale":2}}"#,
        r#"{"name":"a","type":{"type":"bytes","logicalType":"decimal","precision":12,"scale":4}}"#,
        &[("avro", "--"), ("confluent", "++"), ("fmtconv", "--")],
    ),
    (
        22,
        r#"{"name":"a","type":{"type":"long","logicalType":"timestamp-millis"}}"#,
        r#"{"name":"a","type":{"type":"long","logicalType":"timestamp-micros"}}"#,
        &[("avro", "++"), ("confluent", "++"), ("fmtconv", "--")],
    ),
    (
        23,
        r#"{"name":"a","type":"long"}"#,
        r#"{"name":"a","type":{"type":"long","logicalType":"timestamp-micros"}}"#,
        &[("avro", "++"), ("fmtconv", "++"), ("confluent-logical-types", "--")],
    ),
    (
        24,
        r#"{"name":"a","type":{"type":"enum","name":"E","symbols":["A"]}}"#,
        r#"{"name":"a","type":{"type":"enum","name":"E","symbols":["A","B"]}}"#,
        &[("avro", "+-"), ("fmtconv", "+-")],
    ),
    (
        25,
        r#"{"name":"a","type":{"type":"enum","name":"E","symbols":["A","B"]}}"#,
        r#"{"name":"a","type":{"type":"enum","name":"E","symbols":["A"],"default":"A"}}"#,
        &[("avro", "++"), ("fmtconv", "++")],
    ),
    (
        27,
        r#"{"name":"a","type":{"type":"enum","name":"E","symbols":["A","B"]}}"#,
        r#"{"name":"a","type":{"type":"enum","name":"E","symbols":["B","A"]}}"#,
        &[("avro", "++"), ("fmtconv", "++")],
    ),
    (
        28,
        r#"{"name":"a","type":{"type":"enum","name":"E","symbols":["A"]}}"#,
        r#"{"name":"a","type":"string"}"#,
        &[("avro", "--")],
    ),
    (
        29,
        r#"{"name":"a","type":{"type":"fixed","name":"F","size":4}}"#,
        r#"{"name":"a","type":{"type":"fixed","name":"F","size":5}}"#,
        &[("avro", "--"), ("fmtconv", "--")],
    ),
    (
        30,
        r#"{"name":"a","type":{"type":"record","name":"S","fields":[]}}"#,
        r#"{"name":"a","type":{"type":"record","name":"T","fields":[],"aliases":["S"]}}"#,
        &[("avro", "+-")],
    ),
    (
        31,
        r#"{"name":"a","type":{"type":"record","name":"x.S","fields":[]}}"#,
        r#"{"name":"a","type":{"type":"record","name":"y.S","fields":[]}}"#,
        &[("avro", "++"), ("fmtconv", "++")],
    ),
    (32, r#"{"name":"a","type":"int"}"#, r#"{"name":"a","type":["null","int"]}"#, &[("avro", "+-"), ("fmtconv", "+-")]),
    (
        35,
        r#"{"name":"a","type":"int"}"#,
        r#"{"name":"a","type":{"type":"array","items":"int"}}"#,
        &[("avro", "--"), ("fmtconv", "--")],
    ),
    (
        36,
        r#"{"name":"a","type":["int","string"]}"#,
        r#"{"name":"a","type":["int","string","boolean"]}"#,
        &[("avro", "+-"), ("fmtconv", "+-")],
    ),
    (
        40,
        r#"{"name":"a","type":{"type":"map","values":"int"}}"#,
        r#"{"name":"a","type":{"type":"array","items":"int"}}"#,
        &[("avro", "--")],
    ),
    (
        44,
        r#"{"name":"a","type":"int","default":1}"#,
        r#"{"name":"a","type":"int","default":2}"#,
        &[("avro", "++"), ("fmtconv", "++")],
    ),
    (
        53,
        r#"{"name":"a","type":{"type":"long","logicalType":"timestamp-millis"}}"#,
        r#"{"name":"a","type":{"type":"long","logicalType":"local-timestamp-millis"}}"#,
        &[("avro", "++"), ("fmtconv", "--")],
    ),
    (
        54,
        r#"{"name":"a","type":"null"}"#,
        r#"{"name":"a","type":["null","int"]}"#,
        &[("avro", "+-"), ("fmtconv", "+-")],
    ),
];

#[test]
fn case_102_changes_of_avro_schemas() {
    judge(AVRO, "avsc", |fields| format!(r#"{{"type":"record","name":"R","fields":[{fields}]}}"#));
}

const PROTO: &[Row] = &[
    (2, "", "int32 a = 1;", &[("confluent", "++"), ("proto-wire", "++"), ("protojson", "+-"), ("buf-wire", "+-")]),
    (
        6,
        "int32 a = 1;",
        "int32 b = 1;",
        &[("confluent", "++"), ("proto-wire", "++"), ("protojson", "--"), ("buf-wire", "++"), ("buf-wire-json", "--")],
    ),
    (
        8,
        "int32 a = 1; int32 b = 2;",
        "int32 b = 2; int32 a = 1;",
        &[("confluent", "++"), ("proto-wire", "++"), ("protojson", "++"), ("buf-file", "++"), ("fmtconv", "++")],
    ),
    (
        9,
        "int32 a = 1;",
        "int32 a = 2;",
        &[("confluent", "++"), ("proto-wire", "--"), ("protojson", "++"), ("buf-wire", "--"), ("fmtconv", "--")],
    ),
    (10, "int32 a = 1;", "string b = 1;", &[("confluent", "--"), ("proto-wire", "--"), ("fmtconv", "--")]),
    (
        11,
        "int32 a = 1;",
        "int64 a = 1;",
        &[
            ("confluent", "++"),
            ("proto-wire", "++"),
            ("protojson", "++"),
            ("buf-wire", "++"),
            ("buf-wire-json", "--"),
            ("fmtconv", "++"),
        ],
    ),
    (
        13,
        "int32 a = 1;",
        "uint32 a = 1;",
        &[("confluent", "++"), ("proto-wire", "++"), ("buf-wire-json", "++"), ("buf-package", "--")],
    ),
    (
        14,
        "int32 a = 1;",
        "bool a = 1;",
        &[("confluent", "++"), ("proto-wire", "++"), ("protojson", "--"), ("buf-wire", "++"), ("buf-wire-json", "--")],
    ),
    (
        15,
        "int32 a = 1;",
        "sint32 a = 1;",
        &[("confluent", "--"), ("proto-wire", "--"), ("protojson", "++"), ("buf-wire", "--"), ("fmtconv", "--")],
    ),
    (
        16,
        "fixed32 a = 1;",
        "sfixed32 a = 1;",
        &[("confluent", "++"), ("proto-wire", "++"), ("buf-wire-json", "++"), ("buf-package", "--")],
    ),
    (
        17,
        "int32 a = 1;",
        "double a = 1;",
        &[("confluent", "--"), ("proto-wire", "--"), ("buf-wire", "--"), ("fmtconv", "--")],
    ),
    (
        18,
        "float a = 1;",
        "double a = 1;",
        &[("confluent", "--"), ("proto-wire", "--"), ("protojson", "++"), ("buf-wire", "--")],
    ),
    (
        19,
        "string a = 1;",
        "bytes a = 1;",
        &[("confluent", "++"), ("proto-wire", "++"), ("protojson", "--"), ("buf-wire", "+-"), ("buf-wire-json", "--")],
    ),
    (
        24,
        "enum E { A = 0; } E e = 1;",
        "enum E { A = 0; B = 1; } E e = 1;",
        &[("confluent", "++"), ("proto-wire", "++"), ("protojson", "+-"), ("buf-wire", "+-")],
    ),
    (
        26,
        "enum E { A = 0; B = 1; } E e = 1;",
        "enum E { A = 0; C = 1; } E e = 1;",
        &[("confluent", "++"), ("proto-wire", "++"), ("protojson", "--"), ("buf-wire", "++"), ("buf-wire-json", "--")],
    ),
    (
        27,
        "enum E { A = 0; B = 1; } E e = 1;",
        "enum E { A = 0; B = 2; } E e = 1;",
        &[("proto-wire", "--"), ("protojson", "++"), ("buf-wire", "--"), ("fmtconv", "--")],
    ),
    (
        28,
        "enum E { A = 0; } E e = 1;",
        "enum E { A = 0; } string e = 1;",
        &[("confluent", "--"), ("proto-wire", "--"), ("buf-wire", "--")],
    ),
    (
        34,
        "int32 a = 1;",
        "optional int32 a = 1;",
        &[
            ("confluent", "++"),
            ("proto-wire", "++"),
            ("protojson", "++"),
            ("buf-wire-json", "++"),
            ("buf-package", "--"),
            ("fmtconv", "++"),
        ],
    ),
    (
        35,
        "int32 a = 1;",
        "repeated int32 a = 1;",
        &[("confluent", "--"), ("proto-wire", "--"), ("protojson", "--"), ("buf-wire", "--"), ("fmtconv", "--")],
    ),
    (
        35,
        "string a = 1;",
        "repeated string a = 1;",
        &[("confluent", "++"), ("proto-wire", "++"), ("protojson", "--"), ("buf-wire", "--"), ("fmtconv", "--")],
    ),
    (
        36,
        "oneof o { int32 a = 1; }",
        "oneof o { int32 a = 1; int32 b = 2; }",
        &[("confluent", "+-"), ("proto-wire", "++"), ("protojson", "+-"), ("fmtconv", "+-")],
    ),
    (
        38,
        "int32 a = 1;",
        "oneof o { int32 a = 1; }",
        &[("confluent", "++"), ("proto-wire", "++"), ("protojson", "++"), ("buf-wire", "--"), ("fmtconv", "++")],
    ),
    (39, "int32 a = 1; oneof o { int32 b = 2; }", "oneof o { int32 a = 1; int32 b = 2; }", &[("confluent", "-+")]),
    (
        40,
        "map<string, int32> a = 1;",
        "message AEntry { string key = 1; int32 value = 2; } repeated AEntry a = 1;",
        &[("proto-wire", "++"), ("protojson", "--"), ("buf-wire", "++"), ("buf-wire-json", "--")],
    ),
    (
        42,
        "repeated int32 a = 1;",
        "repeated int32 a = 1 [packed = false];",
        &[("confluent", "++"), ("proto-wire", "++"), ("protojson", "++"), ("buf-file", "++"), ("fmtconv", "++")],
    ),
    (
        43,
        "int32 a = 1;",
        "int32 a = 1 [json_name = \"x\"];",
        &[("confluent", "++"), ("proto-wire", "++"), ("protojson", "--"), ("buf-wire", "++"), ("buf-wire-json", "--")],
    ),
    (
        45,
        "int32 a = 1;",
        "/* one */ int32 a = 1 [deprecated = true]; // two\n",
        &[("confluent", "++"), ("proto-wire", "++"), ("protojson", "++"), ("buf-file", "++"), ("fmtconv", "++")],
    ),
    (
        46,
        "reserved 3, 5 to 9; reserved \"x\";",
        "reserved 3, 5 to 8; reserved \"x\";",
        &[("confluent", "++"), ("proto-wire", "++"), ("buf-wire", "-+"), ("apicurio", "-+")],
    ),
    (
        50,
        "map<int32, int32> a = 1;",
        "map<string, int32> a = 1;",
        &[("confluent", "--"), ("proto-wire", "--"), ("fmtconv", "--")],
    ),
];

#[test]
fn case_102_changes_of_messages() {
    judge(PROTO, "proto", |body| format!("syntax = \"proto3\";\npackage t;\nmessage M {{\n{body}\n}}\n"));
}

#[test]
fn case_102_changes_of_proto2_and_of_files() {
    let rows: &[Row] = &[
        (
            5,
            "message M { optional int32 a = 1; }",
            "message M { required int32 a = 1; }",
            &[("confluent", "--"), ("proto-wire", "--"), ("buf-wire", "--"), ("fmtconv", "--")],
        ),
        (
            30,
            "message M { optional S s = 1; } message S {}",
            "message M { optional T s = 1; } message T {}",
            &[("confluent", "--"), ("proto-wire", "++"), ("buf-wire", "--")],
        ),
        (
            31,
            "package a; message M {}",
            "package b; message M {}",
            &[("confluent", "--"), ("proto-wire", "++"), ("karapace", "++"), ("buf-wire", "--")],
        ),
        (
            41,
            "message M { optional S s = 1; } message S {}",
            "message M { optional bytes s = 1; } message S {}",
            &[("confluent", "--"), ("proto-wire", "++"), ("buf-wire", "--")],
        ),
        (
            44,
            "message M { optional int32 a = 1 [default = 3]; }",
            "message M { optional int32 a = 1 [default = 4]; }",
            &[("confluent", "++"), ("proto-wire", "++"), ("buf-wire", "--")],
        ),
    ];
    judge(rows, "proto", |body| format!("syntax = \"proto2\";\n{body}\n"));
}

#[test]
fn case_102_changes_of_json_schemas() {
    let rows: &[Row] = &[
        (
            1,
            r#"{"type":"object"}"#,
            r#"{"type":"object","properties":{"a":{"type":"string"}},"required":["a"]}"#,
            &[("jsonschema-strict", "-+"), ("confluent", "-+")],
        ),
        (
            1,
            r#"{"type":"object","additionalProperties":false}"#,
            r#"{"type":"object","properties":{"a":{"type":"string"}},"required":["a"],"additionalProperties":false}"#,
            &[("jsonschema-strict", "--")],
        ),
        (
            2,
            r#"{"type":"object"}"#,
            r#"{"type":"object","properties":{"a":{"type":"string"}}}"#,
            &[("jsonschema-strict", "-+"), ("jsonschema-lenient", "++")],
        ),
        (
            2,
            r#"{"type":"object","additionalProperties":false}"#,
            r#"{"type":"object","properties":{"a":{"type":"string"}},"additionalProperties":false}"#,
            &[("jsonschema-strict", "+-")],
        ),
        (
            17,
            r#"{"type":"integer"}"#,
            r#"{"type":"number"}"#,
            &[("jsonschema-strict", "+-"), ("karapace", "+-"), ("apicurio", "+-")],
        ),
        (
            24,
            r#"{"enum":["a"]}"#,
            r#"{"enum":["a","b"]}"#,
            &[("jsonschema-strict", "+-"), ("karapace", "+-"), ("apicurio", "+-")],
        ),
        (
            32,
            r#"{"type":"string"}"#,
            r#"{"type":["string","null"]}"#,
            &[("jsonschema-strict", "+-"), ("karapace", "+-")],
        ),
        (35, r#"{"type":"string"}"#, r#"{"type":"array","items":{"type":"string"}}"#, &[("jsonschema-strict", "--")]),
        (
            36,
            r#"{"oneOf":[{"type":"string"}]}"#,
            r#"{"oneOf":[{"type":"string"},{"type":"null"}]}"#,
            &[("jsonschema-strict", "+-"), ("karapace", "+-"), ("apicurio", "+-")],
        ),
        (
            45,
            r#"{"type":"string","title":"a"}"#,
            r#"{"type":"string","description":"b","default":"c"}"#,
            &[("jsonschema-strict", "++"), ("karapace", "++"), ("apicurio", "++")],
        ),
        (
            47,
            r#"{"type":"string","maxLength":3}"#,
            r#"{"type":"string","maxLength":4}"#,
            &[("jsonschema-strict", "+-"), ("karapace", "+-"), ("apicurio", "+-")],
        ),
        (
            48,
            r#"{"type":"object","additionalProperties":false}"#,
            r#"{"type":"object"}"#,
            &[("jsonschema-strict", "+-"), ("karapace", "+-")],
        ),
        (
            49,
            r#"{"allOf":[{"type":"string"}]}"#,
            r#"{"allOf":[{"type":"string"},{"maxLength":3}]}"#,
            &[("jsonschema-strict", "-+"), ("karapace", "-+"), ("apicurio", "-+")],
        ),
    ];
    judge(rows, "json", str::to_owned);
}
