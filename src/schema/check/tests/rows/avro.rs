//! Fields of an Avro record.

use super::{Row, judge_texts};

const RULES: &str = "avro confluent karapace apicurio fmtconv";

pub(super) const ROWS: &[Row] = &[
    (1, "", r#"{"name":"a","type":"int"}"#, "-+ -+ -+ -+ -+"),
    (2, "", r#"{"name":"a","type":"int","default":0}"#, "++ ++ ++ ++ ++"),
    (2, "", r#"{"name":"a","type":["null","int"],"default":null}"#, "++ ++ ++ ++ ++"),
    (3, r#"{"name":"a","type":"int"}"#, "", "+- +- +- +- +-"),
    (4, r#"{"name":"a","type":"int","default":0}"#, "", "++ ++ ++ ++ ++"),
    (6, r#"{"name":"a","type":"int"}"#, r#"{"name":"b","type":"int"}"#, "-- -- -- -- --"),
    (6, r#"{"name":"a","type":"int","default":0}"#, r#"{"name":"b","type":"int","default":0}"#, "++ ++ ++ ++ ++"),
    (7, r#"{"name":"a","type":"int"}"#, r#"{"name":"b","type":"int","aliases":["a"]}"#, "+- +- +- +- +-"),
    (
        8,
        r#"{"name":"a","type":"int"},{"name":"b","type":"string"}"#,
        r#"{"name":"b","type":"string"},{"name":"a","type":"int"}"#,
        "++ ++ ++ ++ ++",
    ),
    (11, r#"{"name":"a","type":"int"}"#, r#"{"name":"a","type":"long"}"#, "+- +- +- +- +-"),
    (12, r#"{"name":"a","type":"long"}"#, r#"{"name":"a","type":"int"}"#, "-+ -+ -+ -+ -+"),
    (14, r#"{"name":"a","type":"int"}"#, r#"{"name":"a","type":"boolean"}"#, "-- -- -- -- --"),
    (
        14,
        r#"{"name":"a","type":"int"}"#,
        r#"{"name":"a","type":{"type":"enum","name":"E","symbols":["A"]}}"#,
        "-- -- -- -- --",
    ),
    (17, r#"{"name":"a","type":"int"}"#, r#"{"name":"a","type":"float"}"#, "+- +- +- +- +-"),
    (17, r#"{"name":"a","type":"int"}"#, r#"{"name":"a","type":"double"}"#, "+- +- +- +- +-"),
    (17, r#"{"name":"a","type":"long"}"#, r#"{"name":"a","type":"double"}"#, "+- +- +- +- +-"),
    (18, r#"{"name":"a","type":"float"}"#, r#"{"name":"a","type":"double"}"#, "+- +- +- +- +-"),
    (19, r#"{"name":"a","type":"string"}"#, r#"{"name":"a","type":"bytes"}"#, "++ ++ ++ ++ ++"),
    (
        20,
        r#"{"name":"a","type":{"type":"bytes","logicalType":"decimal","precision":10,"scale":2}}"#,
        r#"{"name":"a","type":{"type":"bytes","logicalType":"decimal","precision":12,"scale":2}}"#,
        "-- ++ ++ ++ +-",
    ),
    (
        21,
        r#"{"name":"a","type":{"type":"bytes","logicalType":"decimal","precision":10,"scale":2}}"#,
        r#"{"name":"a","type":{"type":"bytes","logicalType":"decimal","precision":12,"scale":4}}"#,
        "-- ++ ++ ++ --",
    ),
    (
        22,
        r#"{"name":"a","type":{"type":"long","logicalType":"timestamp-millis"}}"#,
        r#"{"name":"a","type":{"type":"long","logicalType":"timestamp-micros"}}"#,
        "++ ++ ++ ++ --",
    ),
    (
        22,
        r#"{"name":"a","type":{"type":"int","logicalType":"date"}}"#,
        r#"{"name":"a","type":{"type":"long","logicalType":"timestamp-millis"}}"#,
        "+- +- +- +- --",
    ),
    (
        23,
        r#"{"name":"a","type":"long"}"#,
        r#"{"name":"a","type":{"type":"long","logicalType":"timestamp-micros"}}"#,
        "++ ++ ++ ++ ++",
    ),
    (
        24,
        r#"{"name":"a","type":{"type":"enum","name":"E","symbols":["A"]}}"#,
        r#"{"name":"a","type":{"type":"enum","name":"E","symbols":["A","B"]}}"#,
        "+- +- +- +- +-",
    ),
    (
        24,
        r#"{"name":"a","type":{"type":"enum","name":"E","symbols":["A"],"default":"A"}}"#,
        r#"{"name":"a","type":{"type":"enum","name":"E","symbols":["A","B"],"default":"A"}}"#,
        "++ ++ ++ ++ ++",
    ),
    (
        25,
        r#"{"name":"a","type":{"type":"enum","name":"E","symbols":["A","B"]}}"#,
        r#"{"name":"a","type":{"type":"enum","name":"E","symbols":["A"]}}"#,
        "-+ -+ -+ -+ -+",
    ),
    (
        25,
        r#"{"name":"a","type":{"type":"enum","name":"E","symbols":["A","B"]}}"#,
        r#"{"name":"a","type":{"type":"enum","name":"E","symbols":["A"],"default":"A"}}"#,
        "++ ++ ++ ++ ++",
    ),
    (
        26,
        r#"{"name":"a","type":{"type":"enum","name":"E","symbols":["A","B"]}}"#,
        r#"{"name":"a","type":{"type":"enum","name":"E","symbols":["A","C"]}}"#,
        "-- -- -- -- --",
    ),
    (
        27,
        r#"{"name":"a","type":{"type":"enum","name":"E","symbols":["A","B"]}}"#,
        r#"{"name":"a","type":{"type":"enum","name":"E","symbols":["B","A"]}}"#,
        "++ ++ ++ ++ ++",
    ),
    (
        28,
        r#"{"name":"a","type":{"type":"enum","name":"E","symbols":["A"]}}"#,
        r#"{"name":"a","type":"string"}"#,
        "-- -- -- -- --",
    ),
    (
        29,
        r#"{"name":"a","type":{"type":"fixed","name":"F","size":4}}"#,
        r#"{"name":"a","type":{"type":"fixed","name":"F","size":5}}"#,
        "-- -- -- -- --",
    ),
    (
        30,
        r#"{"name":"a","type":{"type":"record","name":"S","fields":[]}}"#,
        r#"{"name":"a","type":{"type":"record","name":"T","fields":[]}}"#,
        "-- -- -- -- --",
    ),
    (
        30,
        r#"{"name":"a","type":{"type":"record","name":"S","fields":[]}}"#,
        r#"{"name":"a","type":{"type":"record","name":"T","fields":[],"aliases":["S"]}}"#,
        "+- +- +- +- +-",
    ),
    (
        31,
        r#"{"name":"a","type":{"type":"record","name":"x.S","fields":[]}}"#,
        r#"{"name":"a","type":{"type":"record","name":"y.S","fields":[]}}"#,
        "++ ++ ++ ++ ++",
    ),
    (32, r#"{"name":"a","type":"int"}"#, r#"{"name":"a","type":["null","int"]}"#, "+- +- +- +- +-"),
    (33, r#"{"name":"a","type":["null","int"]}"#, r#"{"name":"a","type":"int"}"#, "-+ -+ -+ -+ -+"),
    (35, r#"{"name":"a","type":"int"}"#, r#"{"name":"a","type":{"type":"array","items":"int"}}"#, "-- -- -- -- --"),
    (
        36,
        r#"{"name":"a","type":["int","string"]}"#,
        r#"{"name":"a","type":["int","string","boolean"]}"#,
        "+- +- +- +- +-",
    ),
    (
        37,
        r#"{"name":"a","type":["int","string","boolean"]}"#,
        r#"{"name":"a","type":["int","string"]}"#,
        "-+ -+ -+ -+ -+",
    ),
    (
        40,
        r#"{"name":"a","type":{"type":"map","values":"int"}}"#,
        r#"{"name":"a","type":{"type":"array","items":{"type":"record","name":"E","fields":[{"name":"key","type":"string"},{"name":"value","type":"int"}]}}}"#,
        "-- -- -- -- --",
    ),
    (44, r#"{"name":"a","type":"int","default":1}"#, r#"{"name":"a","type":"int","default":2}"#, "++ ++ ++ ++ ++"),
    (
        45,
        r#"{"name":"a","type":"int"}"#,
        r#"{"name":"a","type":"int","doc":"d","aliases":["x"],"order":"ignore","extra":1}"#,
        "++ ++ ++ ++ ++",
    ),
    (
        51,
        r#"{"name":"a","type":"int"},{"name":"b","type":"int"}"#,
        r#"{"name":"s","type":{"type":"record","name":"S","fields":[{"name":"a","type":"int"},{"name":"b","type":"int"}]}}"#,
        "-- -- -- -- --",
    ),
    (
        53,
        r#"{"name":"a","type":{"type":"long","logicalType":"timestamp-millis"}}"#,
        r#"{"name":"a","type":{"type":"long","logicalType":"local-timestamp-millis"}}"#,
        "++ ++ ++ ++ --",
    ),
    (54, r#"{"name":"a","type":"null"}"#, r#"{"name":"a","type":["null","int"]}"#, "+- +- +- +- +-"),
    // Iceberg's name of a local timestamp.
    (
        45,
        r#"{"name":"a","type":{"type":"long","logicalType":"timestamp-micros","adjust-to-utc":false}}"#,
        r#"{"name":"a","type":{"type":"long","logicalType":"local-timestamp-micros"}}"#,
        "++ ++ ++ ++ ++",
    ),
];

#[test]
fn case_102_changes_of_avro_schemas() {
    judge_texts(RULES, ROWS, "avsc", |fields| format!(r#"{{"type":"record","name":"R","fields":[{fields}]}}"#));
}
