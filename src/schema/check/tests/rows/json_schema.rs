//! JSON Schema. The lenient rules look past what objects are open to; all else is as in the strict ones. The table has
//! rows 2 and 4 of closed objects as compatible in both directions by lenient rules; Confluent's list of lenient changes
//! has no removal from a closed object, and counts here.

use super::{Row, judge_texts};

const RULES: &str = "confluent karapace apicurio jsonschema-strict jsonschema-lenient fmtconv";

pub(super) const ROWS: &[Row] = &[
    (
        1,
        r#"{"type":"object","properties":{}}"#,
        r#"{"type":"object","properties":{"a":{"type":"string"}},"required":["a"]}"#,
        "-+ -+ -+ -+ -+ -+",
    ),
    (
        1,
        r#"{"type":"object","properties":{},"additionalProperties":false}"#,
        r#"{"type":"object","properties":{"a":{"type":"string"}},"required":["a"],"additionalProperties":false}"#,
        "-- -- -- -- -- --",
    ),
    (
        2,
        r#"{"type":"object","properties":{}}"#,
        r#"{"type":"object","properties":{"a":{"type":"string"}}}"#,
        "-+ -+ -+ -+ ++ -+",
    ),
    (
        2,
        r#"{"type":"object","properties":{},"additionalProperties":false}"#,
        r#"{"type":"object","properties":{"a":{"type":"string"}},"additionalProperties":false}"#,
        "+- +- +- +- +- +-",
    ),
    (
        3,
        r#"{"type":"object","properties":{"a":{"type":"string"}},"required":["a"]}"#,
        r#"{"type":"object","properties":{}}"#,
        "+- +- +- +- +- +-",
    ),
    (
        3,
        r#"{"type":"object","properties":{"a":{"type":"string"}},"required":["a"],"additionalProperties":false}"#,
        r#"{"type":"object","properties":{},"additionalProperties":false}"#,
        "-- -- -- -- -- --",
    ),
    (
        4,
        r#"{"type":"object","properties":{"a":{"type":"string"}}}"#,
        r#"{"type":"object","properties":{}}"#,
        "+- +- +- +- ++ +-",
    ),
    (
        4,
        r#"{"type":"object","properties":{"a":{"type":"string"}},"additionalProperties":false}"#,
        r#"{"type":"object","properties":{},"additionalProperties":false}"#,
        "-+ -+ -+ -+ -+ -+",
    ),
    (
        6,
        r#"{"type":"object","properties":{"a":{"type":"string"}},"required":["a"],"additionalProperties":false}"#,
        r#"{"type":"object","properties":{"b":{"type":"string"}},"required":["b"],"additionalProperties":false}"#,
        "-- -- -- -- -- --",
    ),
    (
        8,
        r#"{"type":"object","properties":{"a":{"type":"string"},"b":{"type":"string"}}}"#,
        r#"{"type":"object","properties":{"b":{"type":"string"},"a":{"type":"string"}}}"#,
        "++ ++ ++ ++ ++ ++",
    ),
    (13, r#"{"type":"integer","minimum":-5}"#, r#"{"type":"integer","minimum":0}"#, "-+ -+ -+ -+ -+ -+"),
    (14, r#"{"type":"integer"}"#, r#"{"type":"boolean"}"#, "-- -- -- -- -- --"),
    (17, r#"{"type":"integer"}"#, r#"{"type":"number"}"#, "+- +- +- +- +- +-"),
    (24, r#"{"enum":["a"]}"#, r#"{"enum":["a","b"]}"#, "+- +- +- +- +- +-"),
    (25, r#"{"enum":["a","b"]}"#, r#"{"enum":["a"]}"#, "-+ -+ -+ -+ -+ -+"),
    (26, r#"{"enum":["a","b"]}"#, r#"{"enum":["a","c"]}"#, "-- -- -- -- -- --"),
    (27, r#"{"enum":["a","b"]}"#, r#"{"enum":["b","a"]}"#, "++ ++ ++ ++ ++ ++"),
    (28, r#"{"enum":["a"]}"#, r#"{"type":"string"}"#, "+- -- -- +- +- +-"),
    (32, r#"{"type":"string"}"#, r#"{"type":["string","null"]}"#, "+- +- -- +- +- +-"),
    (33, r#"{"type":["string","null"]}"#, r#"{"type":"string"}"#, "-+ -+ -- -+ -+ -+"),
    (35, r#"{"type":"string"}"#, r#"{"type":"array","items":{"type":"string"}}"#, "-- -- -- -- -- --"),
    (36, r#"{"oneOf":[{"type":"string"}]}"#, r#"{"oneOf":[{"type":"string"},{"type":"null"}]}"#, "+- +- +- +- +- +-"),
    (37, r#"{"oneOf":[{"type":"string"},{"type":"null"}]}"#, r#"{"oneOf":[{"type":"string"}]}"#, "-+ -+ -+ -+ -+ -+"),
    (
        45,
        r#"{"type":"string","title":"a"}"#,
        r#"{"type":"string","description":"b","default":"c"}"#,
        "++ ++ ++ ++ ++ ++",
    ),
    (47, r#"{"type":"string","maxLength":3}"#, r#"{"type":"string","maxLength":4}"#, "+- +- +- +- +- +-"),
    (47, r#"{"type":"integer","minimum":3}"#, r#"{"type":"integer","minimum":2}"#, "+- +- +- +- +- +-"),
    (47, r#"{"type":"array","maxItems":3}"#, r#"{"type":"array","maxItems":4}"#, "+- +- +- +- +- +-"),
    (48, r#"{"type":"object","additionalProperties":false}"#, r#"{"type":"object"}"#, "+- +- +- +- ++ +-"),
    (49, r#"{"allOf":[{"type":"string"}]}"#, r#"{"allOf":[{"type":"string"},{"maxLength":3}]}"#, "-+ -+ -+ -+ -+ -+"),
    (
        51,
        r#"{"type":"object","properties":{"a":{"type":"string"}},"required":["a"],"additionalProperties":false}"#,
        r#"{"type":"object","properties":{"s":{"type":"object","properties":{"a":{"type":"string"}},"required":["a"],"additionalProperties":false}},"required":["s"],"additionalProperties":false}"#,
        "-- -- -- -- -- --",
    ),
];

#[test]
fn case_102_changes_of_json_schemas() {
    judge_texts(RULES, ROWS, "json", str::to_owned);
}
