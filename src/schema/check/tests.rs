//! Whole checks, from texts to findings.

use super::*;

fn findings(old: &str, new: &str, mode: &str, rules: &str, extension: &str) -> Vec<Finding> {
    let rules: Rules = rules.parse().unwrap();
    let old = Schema::parse(&format!("old.{extension}"), old, &rules).unwrap();
    let new = Schema::parse(&format!("new.{extension}"), new, &rules).unwrap();
    check(&[old], &new, mode.parse().unwrap(), &rules).unwrap()
}

fn avro(old: &str, new: &str, mode: &str, rules: &str) -> Vec<Finding> {
    let record = |fields: &str| format!(r#"{{"type": "record", "name": "R", "fields": [{fields}]}}"#);
    findings(&record(old), &record(new), mode, rules, "avsc")
}

#[test]
fn case_103_a_decimal_of_another_scale_is_read_as_another_number() {
    let field = |scale: u8| {
        format!(
            r#"{{"name": "d", "type": {{"type": "bytes", "logicalType": "decimal", "precision": 10, "scale": {scale}}}}}"#
        )
    };
    assert!(compatible(&avro(&field(2), &field(4), "backward", "confluent")));
    assert!(!compatible(&avro(&field(2), &field(4), "backward", "avro")));
    let ours = avro(&field(2), &field(4), "backward", "fmtconv");
    assert!(!compatible(&ours));
    assert!(ours[0].message.contains("values would be read ×0.01"), "{}", ours[0].message);
}

#[test]
fn case_104_a_date_is_no_timestamp() {
    let old = r#"{"name": "t", "type": {"type": "int", "logicalType": "date"}}"#;
    let new = r#"{"name": "t", "type": {"type": "long", "logicalType": "timestamp-millis"}}"#;
    assert!(compatible(&avro(old, new, "backward", "avro")));
    let ours = avro(old, new, "backward", "fmtconv");
    assert_eq!(ours[0].rule, "avro-logical-type");
    assert!(!compatible(&ours));
}

#[test]
fn case_106_a_rename_behind_defaults_is_told() {
    let old = r#"{"name": "price", "type": "long", "default": 0}"#;
    let new = r#"{"name": "cost", "type": "long", "default": 0}"#;
    assert!(avro(old, new, "full", "avro").is_empty());
    let ours = avro(old, new, "backward", "fmtconv");
    assert!(compatible(&ours));
    assert_eq!(ours[0].severity, Severity::Warning);
    assert!(ours[0].message.contains("possible rename of price to cost: values would become the default"));
}

#[test]
fn recursive_types_end() {
    let node =
        |label: &str| format!(r#"{{"name": "label", "type": "{label}"}}, {{"name": "next", "type": ["null", "R"]}}"#);
    assert!(avro(&node("int"), &node("long"), "backward", "avro").is_empty());
    let found = avro(&node("int"), &node("long"), "forward", "avro");
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].path, "R.label");
}

#[test]
fn a_wrong_assumption_about_recursion_is_taken_back() {
    // Reading B needs A, and A is only wrong in its second field: the first look at B must not be kept.
    let old = r#"{"name": "b", "type": ["null", {"type": "record", "name": "B", "fields": [
        {"name": "a", "type": ["null", "R"]}]}]}, {"name": "x", "type": "string"}"#;
    let new = old.replace("\"string\"", "\"int\"");
    let found = avro(old, &new, "backward", "avro");
    assert_eq!(found.iter().map(|f| f.path.as_str()).collect::<Vec<_>>(), ["R.x"]);
}

#[test]
fn transitive_modes_look_at_all_versions() {
    let rules: Rules = "avro".parse().unwrap();
    let schema = |fields: &str| {
        let text = format!(r#"{{"type": "record", "name": "R", "fields": [{fields}]}}"#);
        Schema::parse("s.avsc", &text, &rules).unwrap()
    };
    let old = [schema(""), schema(r#"{"name": "a", "type": "int", "default": 1}"#)];
    let new = schema(r#"{"name": "a", "type": "int"}"#);
    assert!(compatible(&check(&old, &new, "backward".parse().unwrap(), &rules).unwrap()));
    assert!(!compatible(&check(&old, &new, "BACKWARD_TRANSITIVE".parse().unwrap(), &rules).unwrap()));
}

#[test]
fn rules_and_modes_that_do_not_exist_are_refused() {
    assert!("nonsense".parse::<Rules>().is_err());
    assert!("sideways".parse::<Mode>().is_err());
    assert!("forward-transitively".parse::<Mode>().is_err());
    let rules: Rules = "jsonschema-strict".parse().unwrap();
    assert!(Schema::parse("a.avsc", "\"int\"", &rules).is_err());
}
