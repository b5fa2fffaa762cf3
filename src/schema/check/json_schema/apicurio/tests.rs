//! Verdicts that follow from comparing kinds instead of values.

use crate::schema::check::{Mode, Rules, Schema, check, compatible};

/// Writer, reader, whether the reader takes it, whether the sets of values say the same.
const PAIRS: &[(&str, &str, bool, bool)] = &[
    // A kind is told by its keywords, with or without a type.
    (r#"{"maxItems": 3}"#, r#"{"type": "array", "maxItems": 3}"#, true, false),
    (r#"{"type": "string"}"#, r#"{"type": "string", "maximum": 5}"#, false, true),
    (r#"{"type": "null", "minLength": 2}"#, r#"{"type": "null"}"#, false, true),
    // Lists and constants beside a type are an allOf of two parts.
    (r#"{"enum": ["a"], "type": "string"}"#, r#"{"type": "string"}"#, true, true),
    (r#"{"enum": ["a"], "type": "string"}"#, r#"{"enum": ["a"]}"#, false, true),
    (r#"{"enum": ["a"]}"#, r#"{"type": "string"}"#, false, true),
    (r#"{"const": 1}"#, r#"{"enum": [1, 2]}"#, true, true),
    (r#"{"enum": [1, 2]}"#, r#"{"const": 1}"#, false, false),
    (r#"{"enum": [1]}"#, r#"{"const": 1}"#, true, true),
    // What becomes an anyOf fits, what was one is narrowed; sizes count before members.
    (r#"{"oneOf": [{"type": "string"}]}"#, r#"{"anyOf": [{"type": "null"}]}"#, true, false),
    (r#"{"anyOf": [{"type": "string"}]}"#, r#"{"oneOf": [{"type": "string"}]}"#, false, true),
    (r#"{"allOf": [{"type": "string"}, {"maxLength": 3}]}"#, r#"{"allOf": [{"type": "null"}]}"#, true, false),
    (r#"{"type": "string"}"#, r#"{"type": ["string", "null"]}"#, false, true),
    (
        r#"{"properties": {"a": {"type": "string"}}}"#,
        r#"{"properties": {"a": {"type": ["string", "null"]}}}"#,
        true,
        true,
    ),
    (
        r#"{"properties": {"a": {"type": "integer"}}}"#,
        r#"{"properties": {"a": {"type": ["integer", "null"]}}}"#,
        false,
        true,
    ),
    // Two members that fit the same two schemas leave one of them without a counterpart.
    (
        r#"{"anyOf": [{"type": "string", "minLength": 2}, {"type": "string", "minLength": 3}]}"#,
        r#"{"anyOf": [{"type": "string"}, {"type": "string", "minLength": 1}]}"#,
        false,
        true,
    ),
    // Declared beside a schema of the rest: what is added must fit it.
    (
        r#"{"additionalProperties": {"type": "number"}}"#,
        r#"{"properties": {"a": {"type": "integer"}}, "additionalProperties": {"type": "number"}}"#,
        true,
        false,
    ),
    (r#"{"properties": {"a": {"type": "integer"}}}"#, r#"{"additionalProperties": {"type": "number"}}"#, false, false),
    (
        r#"{"properties": {"a": {"type": "integer"}}, "additionalProperties": {"type": "number"}}"#,
        r#"{"additionalProperties": {"type": "number"}}"#,
        true,
        true,
    ),
    // Negation turns the question round, conditions must keep their question.
    (r#"{"not": {"type": "number"}}"#, r#"{"not": {"type": "integer"}}"#, true, true),
    (r#"{"not": {"type": "integer"}}"#, r#"{"not": {"type": "number"}}"#, false, false),
    (
        r#"{"if": {"type": "integer"}, "then": {"type": "integer"}}"#,
        r#"{"if": {"type": "integer"}, "then": {"type": "number"}}"#,
        true,
        true,
    ),
    (
        r#"{"if": {"type": "integer"}, "then": {"type": "integer"}}"#,
        r#"{"if": {"type": "number"}, "then": {"type": "integer"}}"#,
        false,
        false,
    ),
    // Bounds: an exclusive one hides the other; a number of whole steps of one is an integer.
    (r#"{"minimum": 3}"#, r#"{"exclusiveMinimum": 3}"#, false, false),
    (r#"{"exclusiveMaximum": 3}"#, r#"{"maximum": 3}"#, true, true),
    (r#"{"type": "number", "multipleOf": 1}"#, r#"{"type": "integer"}"#, true, true),
    (r#"{"type": "number", "multipleOf": 2}"#, r#"{"type": "integer"}"#, false, true),
    // Formats that are known are constraints.
    (r#"{"type": "string"}"#, r#"{"type": "string", "format": "date"}"#, false, true),
    (r#"{"type": "string"}"#, r#"{"type": "string", "format": "colour"}"#, true, true),
    // References count by what is behind them, also in circles.
    (
        r##"{"$ref": "#/definitions/n", "definitions": {"n": {"properties": {"next": {"$ref": "#/definitions/n"}}}}}"##,
        r##"{"properties": {"next": {"$ref": "#/definitions/n"}}, "definitions": {"n": {"properties": {"next": {"$ref": "#/definitions/n"}}}}}"##,
        true,
        true,
    ),
];

fn reads(writer: &str, reader: &str, rules: &str) -> bool {
    let rules: Rules = rules.parse().unwrap();
    let writer = Schema::parse("writer.json", writer, &rules).unwrap();
    let reader = Schema::parse("reader.json", reader, &rules).unwrap();
    compatible(&check(&[writer], &reader, Mode::BACKWARD, &rules).unwrap())
}

/// The same schema with its version said.
fn of_draft(text: &str, draft: &str) -> String {
    text.replacen('{', &format!(r#"{{"$schema": "http://json-schema.org/{draft}/schema#", "#), 1).replace(", }", "}")
}

#[test]
fn kinds_decide() {
    for (writer, reader, expected, by_values) in PAIRS {
        let (w, r) = (of_draft(writer, "draft-07"), of_draft(reader, "draft-07"));
        assert_eq!(reads(&w, &r, "apicurio"), *expected, "{writer} read with {reader}");
        assert_eq!(reads(&w, &r, "jsonschema-strict"), *by_values, "sets of values: {writer} read with {reader}");
        // Every schema reads what it wrote.
        assert!(reads(&w, &w, "apicurio"), "{writer} by itself");
    }
}

#[test]
fn keywords_count_from_the_version_on_that_has_them() {
    let (writer, reader) = (r#"{"type": "array"}"#, r#"{"type": "array", "contains": {"type": "null"}}"#);
    for (draft, expected) in [("draft-04", true), ("draft-06", false), ("draft-07", false)] {
        assert_eq!(reads(&of_draft(writer, draft), &of_draft(reader, draft), "apicurio"), expected, "{draft}");
    }
    // A schema that does not say its version is read as draft-04.
    assert!(reads(writer, reader, "apicurio"));
    // Later versions have no comparison of their own: values decide.
    let draft = "draft/2020-12";
    assert!(!reads(&of_draft(writer, draft), &of_draft(reader, draft), "apicurio"));
    assert!(reads(&of_draft(r#"{"maxItems": 2}"#, draft), &of_draft(r#"{"maxItems": 3}"#, draft), "apicurio"));
}

#[test]
fn schemas_that_grow_without_end_are_refused() {
    // Conditions are compared both ways.
    let mut text = r#"{"type": "null"}"#.to_owned();
    for _ in 0..60 {
        text = format!(r#"{{"if": {text}}}"#);
    }
    let text = of_draft(&text, "draft-07");
    let rules: Rules = "apicurio".parse().unwrap();
    let schema = |name: &str| Schema::parse(name, &text, &rules).unwrap();
    let error = check(&[schema("a.json")], &schema("b.json"), Mode::BACKWARD, &rules).unwrap_err();
    assert!(error.to_string().contains("too intertwined"), "{error}");
}
