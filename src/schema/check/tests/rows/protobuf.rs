//! Fields of a message.

use super::{Row, judge_texts};

const RULES: &str =
    "confluent karapace apicurio proto-wire protojson buf-wire buf-wire-json buf-package buf-file fmtconv";

pub(super) const ROWS: &[Row] = &[
    (2, "", "int32 a = 1;", "++ ++ +- ++ +- +- +- +- +- ++"),
    (2, "", "optional int32 a = 1;", "++ ++ +- ++ +- +- +- +- +- ++"),
    (3, "int32 a = 1;", "", "++ ++ -+ ++ -+ -+ -+ -+ -+ ++"),
    (3, "int32 a = 1;", "reserved 1;", "++ ++ -- ++ -+ +- -- -- -- ++"),
    (3, "int32 a = 1;", r#"reserved 1; reserved "a";"#, "++ ++ +- ++ -+ +- +- -- -- ++"),
    (4, "optional int32 a = 1;", "", "++ ++ -+ ++ -+ -+ -+ -+ -+ ++"),
    (6, "int32 a = 1;", "int32 b = 1;", "++ ++ -- ++ -- ++ -- -- -- ++"),
    (8, "int32 a = 1; int32 b = 2;", "int32 b = 2; int32 a = 1;", "++ ++ ++ ++ ++ ++ ++ ++ ++ ++"),
    (9, "int32 a = 1;", "int32 a = 2;", "++ -- -- -- ++ -- -- -- -- --"),
    (10, "int32 a = 1;", "string b = 1;", "-- -- -- -- -- -- -- -- -- --"),
    (11, "int32 a = 1;", "int64 a = 1;", "++ ++ -- ++ ++ ++ -- -- -- ++"),
    (12, "int64 a = 1;", "int32 a = 1;", "++ ++ -- ++ ++ ++ -- -- -- ++"),
    (13, "int32 a = 1;", "uint32 a = 1;", "++ ++ -- ++ ++ ++ ++ -- -- ++"),
    (14, "int32 a = 1;", "bool a = 1;", "++ ++ -- ++ -- ++ -- -- -- --"),
    (14, "enum E { A = 0; } int32 a = 1;", "enum E { A = 0; } E a = 1;", "++ ++ -- ++ -- -- -- -- -- --"),
    (15, "int32 a = 1;", "sint32 a = 1;", "-- -- -- -- ++ -- -- -- -- --"),
    (15, "int32 a = 1;", "fixed32 a = 1;", "-- -- -- -- ++ -- -- -- -- --"),
    (16, "fixed32 a = 1;", "sfixed32 a = 1;", "++ ++ -- ++ ++ ++ ++ -- -- ++"),
    (17, "int32 a = 1;", "double a = 1;", "-- -- -- -- ++ -- -- -- -- --"),
    (18, "float a = 1;", "double a = 1;", "-- -- -- -- ++ -- -- -- -- --"),
    (19, "string a = 1;", "bytes a = 1;", "++ ++ -- ++ -- +- -- -- -- ++"),
    (24, "enum E { A = 0; } E e = 1;", "enum E { A = 0; B = 1; } E e = 1;", "++ ++ +- ++ +- +- +- +- +- ++"),
    (25, "enum E { A = 0; B = 1; } E e = 1;", "enum E { A = 0; } E e = 1;", "++ ++ -+ ++ -+ -+ -+ -+ -+ ++"),
    (
        25,
        "enum E { A = 0; B = 1; } E e = 1;",
        "enum E { reserved 1; A = 0; } E e = 1;",
        "++ ++ -+ ++ -+ +- -- -- -- ++",
    ),
    (26, "enum E { A = 0; B = 1; } E e = 1;", "enum E { A = 0; C = 1; } E e = 1;", "++ ++ -- ++ -- ++ -- -- -- ++"),
    (27, "enum E { A = 0; B = 1; } E e = 1;", "enum E { A = 0; B = 2; } E e = 1;", "++ ++ -- -- ++ -- -- -- -- --"),
    (28, "enum E { A = 0; } E e = 1;", "enum E { A = 0; } string e = 1;", "-- -- -- -- ++ -- -- -- -- --"),
    (30, "message S {} S s = 1;", "message T {} T s = 1;", "-- -- -- ++ ++ -- -- -- -- ++"),
    (32, "int32 a = 1;", "optional int32 a = 1;", "++ -- -- ++ ++ ++ ++ -- -- ++"),
    (33, "optional int32 a = 1;", "int32 a = 1;", "++ -- -- ++ ++ ++ ++ -- -- ++"),
    (34, "int32 a = 1;", "optional int32 a = 1;", "++ -- -- ++ ++ ++ ++ -- -- ++"),
    (35, "int32 a = 1;", "repeated int32 a = 1;", "-- -- -- -- -- -- -- -- -- --"),
    (35, "string a = 1;", "repeated string a = 1;", "++ ++ -- ++ -- -- -- -- -- --"),
    (35, "message S {} S a = 1;", "message S {} repeated S a = 1;", "++ ++ -- ++ -- -- -- -- -- --"),
    (36, "oneof o { int32 a = 1; }", "oneof o { int32 a = 1; int32 b = 2; }", "+- +- +- ++ +- +- +- +- +- +-"),
    (37, "oneof o { int32 a = 1; int32 b = 2; }", "oneof o { int32 a = 1; }", "-+ -+ -+ ++ -+ -+ -+ -+ -+ -+"),
    (37, "oneof o { int32 a = 1; int32 b = 2; } int32 c = 3;", "int32 c = 3;", "++ ++ -+ ++ -+ -+ -+ -+ -+ ++"),
    (38, "int32 a = 1;", "oneof o { int32 a = 1; }", "++ ++ ++ ++ ++ -- -- -- -- ++"),
    (
        39,
        "int32 a = 1; oneof o { int32 b = 2; }",
        "oneof o { int32 a = 1; int32 b = 2; }",
        "-+ +- ++ -+ -+ -- -- -- -- -+",
    ),
    (
        40,
        "map<string, int32> a = 1;",
        "message AEntry { string key = 1; int32 value = 2; } repeated AEntry a = 1;",
        "++ -- -- ++ -- ++ -- -- -- ++",
    ),
    (41, "message S {} S a = 1;", "message S {} bytes a = 1;", "-- -- -- ++ -- -- -- -- -- --"),
    (42, "repeated int32 a = 1;", "repeated int32 a = 1 [packed = false];", "++ ++ ++ ++ ++ ++ ++ ++ ++ ++"),
    (43, "int32 a = 1;", r#"int32 a = 1 [json_name = "x"];"#, "++ ++ ++ ++ -- ++ -- -- -- ++"),
    (45, "int32 a = 1;", "/* one */ int32 a = 1 [deprecated = true]; // two\n", "++ ++ ++ ++ ++ ++ ++ ++ ++ ++"),
    (
        46,
        r#"reserved 3, 5 to 9; reserved "x";"#,
        r#"reserved 3, 5 to 8; reserved "x";"#,
        "++ ++ -+ ++ ++ -+ -+ -+ -+ ++",
    ),
    (50, "map<int32, int32> a = 1;", "map<int64, int32> a = 1;", "++ ++ -- ++ ++ ++ -- -- -- ++"),
    (50, "map<int32, int32> a = 1;", "map<string, int32> a = 1;", "-- -- -- -- -- -- -- -- -- --"),
    (
        51,
        "int32 a = 1; int32 b = 2;",
        "message S { int32 a = 1; int32 b = 2; } S s = 1;",
        "-- -- -- -- -- -- -- -- -- --",
    ),
];

#[test]
fn case_102_changes_of_messages() {
    judge_texts(RULES, ROWS, "proto", |body| format!("syntax = \"proto3\";\npackage t;\nmessage M {{\n{body}\n}}\n"));
}

pub(super) const PROTO2: &[Row] = &[
    (5, "message M { optional int32 a = 1; }", "message M { required int32 a = 1; }", "-- -- -- -- -- -- -- -- -- --"),
    (
        24,
        "message M { optional E e = 1; } enum E { A = 0; }",
        "message M { optional E e = 1; } enum E { A = 0; B = 1; }",
        "++ ++ +- ++ +- +- +- +- +- +-",
    ),
    (
        30,
        "message M { optional S s = 1; } message S {}",
        "message M { optional T s = 1; } message T {}",
        "-- -- -- ++ ++ -- -- -- -- ++",
    ),
    (31, "package a; message M {}", "package b; message M {}", "-- ++ ++ ++ ++ -- -- -- -- ++"),
    (
        41,
        "message M { optional group G = 1 { } }",
        "message M { optional G g = 1; message G { } }",
        "-- ++ ++ -- +- -- -- -- -- --",
    ),
    (
        44,
        "message M { optional int32 a = 1 [default = 3]; }",
        "message M { optional int32 a = 1 [default = 4]; }",
        "++ ++ ++ ++ ++ -- -- -- -- ++",
    ),
];

#[test]
fn case_102_changes_of_proto2_and_of_files() {
    judge_texts(RULES, PROTO2, "proto", |body| format!("syntax = \"proto2\";\n{body}\n"));
}
