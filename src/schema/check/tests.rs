//! Whole checks, from texts to findings.

mod pairs;
mod properties;
mod rows;
mod witnesses;

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
fn unions_of_many_records_are_compared_by_their_names() {
    let union = |kind: &str, backwards: bool| {
        let record =
            |n: usize| format!(r#"{{"type":"record","name":"R{n}","fields":[{{"name":"a","type":"{kind}"}}]}}"#);
        let mut records: Vec<String> = (0..400).map(record).collect();
        if backwards {
            records.reverse();
        }
        format!("[{}]", records.join(","))
    };
    let found = |old, new| findings(&union(old, false), &union(new, true), "backward", "avro", "avsc");
    assert!(found("int", "long").is_empty());
    assert!(!found("long", "int").is_empty());
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
    let hint = |error: crate::Error| error.hint().unwrap_or_default().to_owned();
    assert!(hint("nonsense".parse::<Rules>().unwrap_err()).contains("fmtconv, avro, "));
    assert!(hint("buf:NONSENSE".parse::<Rules>().unwrap_err()).contains("FIELD_SAME_TYPE"));
    assert!(hint("sideways".parse::<Mode>().unwrap_err()).contains("full-transitive"));
    // Rules of another language say which ones there are for this one.
    for rules in ["jsonschema-strict", "proto-wire", "buf-file"] {
        let error = Schema::parse("a.avsc", "\"int\"", &rules.parse().unwrap()).unwrap_err();
        assert!(
            error.message().contains("say nothing about Avro") && hint(error).contains("rules for Avro: "),
            "{rules}"
        );
    }
}

fn proto(old: &str, new: &str, mode: &str, rules: &str) -> Vec<Finding> {
    let file = |body: &str| match body.starts_with("syntax") || body.starts_with("edition") {
        true => body.to_owned(),
        false => format!("syntax = \"proto3\";\npackage t;\n{body}"),
    };
    findings(&file(old), &file(new), mode, rules, "proto")
}

#[test]
fn case_105_a_new_field_number_breaks_bytes() {
    let (old, new) = ("message M { int32 a = 3; }", "message M { int32 a = 4; }");
    assert!(compatible(&proto(old, new, "backward", "confluent")));
    for rules in ["proto-wire", "fmtconv", "buf-wire"] {
        let found = proto(old, new, "backward", rules);
        assert!(!compatible(&found), "{rules}");
        assert_eq!(found.iter().find(|f| f.severity == Severity::Error).unwrap().place.start.unwrap().0, 3, "{rules}");
    }
    assert!(compatible(&proto(old, new, "full", "protojson")));
}

/// The text compiled to a descriptor set, and that opened.
#[test]
fn long_chains_of_messages_are_compared_to_their_ends() {
    let chain = |last: &str| {
        let message = |n: usize| format!("message M{n} {{ M{} a = 1; }}\n", n + 1);
        let links: String = (0..5000).map(message).collect();
        format!("syntax = \"proto3\";\n{links}message M5000 {{ {last} a = 1; }}\n")
    };
    assert!(proto(&chain("int32"), &chain("int32"), "backward", "fmtconv").is_empty());
    let found = proto(&chain("int32"), &chain("string"), "backward", "fmtconv");
    assert!(found.iter().any(|finding| finding.path.contains("M5000")), "{found:?}");
}

#[test]
fn buf_does_not_look_at_packages_that_have_nothing_of_the_kind_left() {
    let old = "syntax = \"proto3\"; package p; enum E { E_A = 0; } message M {} message N {} service S {}";
    let found = |new: &str| -> Vec<String> {
        let new = format!("syntax = \"proto3\"; package p; {new}");
        proto(old, &new, "backward", "buf:PACKAGE").into_iter().map(|finding| finding.rule.into_owned()).collect()
    };
    assert_eq!(found("message M {} message N {} service S {}"), [""; 0]);
    assert_eq!(found("enum F { F_A = 0; } message M {} message N {} service S {}"), ["PACKAGE_ENUM_NO_DELETE"]);
    assert_eq!(found("enum E { E_A = 0; } message M {} service S {}"), ["PACKAGE_MESSAGE_NO_DELETE"]);
    assert_eq!(found("enum E { E_A = 0; } message M {} message N {}"), ["PACKAGE_SERVICE_NO_DELETE"]);
}

#[test]
fn buf_tells_required_fields_by_the_word() {
    let found = |old: &str, new: &str, rule: &str| proto(old, new, "backward", &format!("buf:{rule}")).len();
    let word = ["required", "optional"].map(|word| format!("syntax = \"proto2\"; message M {{ {word} int32 a = 1; }}"));
    let feature = ["LEGACY_REQUIRED", "EXPLICIT"].map(|presence| {
        format!("edition = \"2023\"; message M {{ int32 a = 1 [features.field_presence = {presence}]; }}")
    });
    assert_eq!(found(&word[0], &word[1], "MESSAGE_SAME_REQUIRED_FIELDS"), 1);
    assert_eq!(found(&feature[0], &feature[1], "MESSAGE_SAME_REQUIRED_FIELDS"), 0);
    assert_eq!(found(&word[0], &word[1], "FIELD_WIRE_COMPATIBLE_CARDINALITY"), 1);
    assert_eq!(found(&feature[0], &feature[1], "FIELD_WIRE_COMPATIBLE_CARDINALITY"), 1);
}

#[test]
fn types_in_files_that_were_not_found_are_told() {
    let message =
        |kind: &str| format!("syntax = \"proto3\";\nimport \"x/y.proto\";\nmessage M {{\n  {kind} a = 1;\n}}\n");
    let found = proto(&message("x.Y"), &message("x.Y"), "backward", "fmtconv");
    let told: Vec<_> = found.iter().map(|finding| (&*finding.rule, finding.severity, finding.place.start)).collect();
    // Once, not once for each side.
    let expected = ("proto-import-missing", Severity::Warning, Some((4, 3)));
    assert_eq!(told, [expected]);
    assert_eq!(found[0].message, "type x.Y is compared by name only: x/y.proto was not found");
    assert_eq!((found[0].old.as_deref(), found[0].new.as_deref()), (Some("x.Y"), Some("x.Y")));
    assert_eq!(proto(&message("x.Y"), &message("x.Y"), "full", "fmtconv"), found);
    // And once for all fields, whichever side has them.
    let more = message("x.Y").replace("  x.Y a", "  x.Y c = 3;\n  x.Z b = 2;\n  .x.Y a");
    let found = proto(&message("x.Y"), &more, "backward", "fmtconv");
    let told: Vec<_> = found.iter().filter(|finding| finding.rule == "proto-import-missing").collect();
    assert_eq!(told.len(), 1, "{found:?}");
    assert_eq!(told[0].message, "types x.Y, x.Z are compared by name only: x/y.proto was not found");
    let found = proto(&message("x.Y"), &message("x.Y"), "backward", "fmtconv");
    assert!(compatible(&found));
    for kind in ["google.protobuf.Timestamp", "int32", "M"] {
        assert!(proto(&message(kind), &message(kind), "backward", "fmtconv").is_empty(), "{kind}");
    }
}

fn declared(old: &str, new: &str) -> Vec<String> {
    let rules = Rules::fmtconv();
    let schema = |name: &str, text: &str| Schema::parse(name, text, &rules).unwrap();
    let changes = declarations(&schema("old.proto", old), &schema("new.proto", new)).unwrap();
    changes.into_iter().map(|change| format!("{} {:?}", change.path, change.kind)).collect()
}

#[test]
fn all_declarations_of_messages_are_compared() {
    let old = "syntax = \"proto3\"; package p;
        message A { int32 id = 1; string name = 2; Kind kind = 3; bytes gone = 4; reserved 9; }
        message Old { int64 x = 1; map<string, A> m = 2; }
        message Gone {}
        enum Kind { KIND_UNSPECIFIED = 0; KIND_A = 1; KIND_B = 2; }
        service S { rpc Get(A) returns (A); rpc Put(A) returns (A); }";
    let new = "syntax = \"proto3\"; package p; option go_package = \"g\";
        message A { optional int64 id = 1; string title = 2; oneof o { Kind kind = 3; } bool added = 5; reserved 4, 9; reserved \"gone\"; }
        message New { int64 x = 1; map<string, A> m = 2; }
        message More {}
        enum Kind { KIND_UNSPECIFIED = 0; KIND_ONE = 1; KIND_C = 3; }
        service S { rpc Get(stream A) returns (A); }";
    let expected = [
        r#"p.A.id Type { from: "int32", to: "optional int64" }"#,
        r#"p.A.title Renamed { from: "name", sure: true }"#,
        r#"p.A.kind Note { key: "oneof", from: None, to: Some("o") }"#,
        r#"p.A.added Added("bool = 5")"#,
        r#"p.A.gone Removed("bytes = 4")"#,
        r#"p.A Note { key: "reserved", from: Some("9"), to: Some("4, 9, \"gone\"") }"#,
        r#"p.More Added("message")"#,
        r#"p.New Renamed { from: "p.Old", sure: false }"#,
        r#"p.Gone Removed("message")"#,
        r#"p.Kind.KIND_ONE Renamed { from: "KIND_A", sure: true }"#,
        r#"p.Kind.KIND_C Added("= 3")"#,
        r#"p.Kind.KIND_B Removed("= 2")"#,
        r#"p.S.Get Type { from: "rpc (p.A) returns (p.A)", to: "rpc (stream p.A) returns (p.A)" }"#,
        r#"p.S.Put Removed("rpc (p.A) returns (p.A)")"#,
        r#"new.proto Note { key: "go_package", from: None, to: Some("g") }"#,
    ];
    assert_eq!(declared(old, new), expected);
    assert!(declared(old, old).is_empty() && declared(new, new).is_empty());
    // The same name with another number is the same field.
    let numbered = |number: i32| format!("message M {{ optional int32 a = {number}; }}");
    let number = r#"M.a Note { key: "number", from: Some("1"), to: Some("2") }"#;
    assert_eq!(declared(&numbered(1), &numbered(2)), [number]);
}

#[test]
fn constraints_of_json_schemas_are_compared() {
    let rules = Rules::fmtconv();
    let schema = |text: &str| Schema::parse("a.json", text, &rules).unwrap();
    let old = r##"{"properties": {"a": {"$ref": "#/$defs/t"}, "l": {"items": {"minimum": 1}}}, "$defs": {"t": {"maxLength": 3}}}"##;
    let new = r#"{"properties": {"a": {"maxLength": 4, "type": "string"}, "l": {"items": {}}}, "additionalProperties": false}"#;
    let told = |old: &str, new: &str| -> Vec<String> {
        let changes = constraints(&schema(old), &schema(new)).unwrap();
        changes.into_iter().map(|change| format!("{} {:?}", change.path, change.kind)).collect()
    };
    let expected = [
        r##"# Note { key: "additionalProperties", from: None, to: Some("false") }"##,
        r#"a Note { key: "maxLength", from: Some("3"), to: Some("4") }"#,
        r#"l[] Note { key: "minimum", from: Some("1"), to: None }"#,
    ];
    assert_eq!(told(old, new), expected);
    assert!(told(old, old).is_empty());
    let node = r##"{"properties": {"next": {"$ref": "#"}}, "maxProperties": 1}"##;
    assert!(told(node, node).is_empty(), "recursive schemas end");
}

fn compiled(text: &str, rules: &Rules) -> Schema {
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("s.proto");
    std::fs::write(&path, text).expect("written");
    let pool = crate::schema::proto::load::pool(&path, &[]).expect("compiles");
    let path = folder.path().join("s.protoset");
    std::fs::write(&path, pool.encoded()).expect("written");
    Schema::open(&path, &[], rules).expect("opens")
}

#[test]
fn compiled_schemas_are_judged_as_their_texts() {
    let old = "edition = \"2023\"; package p; option java_package = \"x\";
        message M {
          int32 implicit = 1 [features.field_presence = IMPLICIT];
          M between = 2 [features.message_encoding = DELIMITED];
          repeated int32 list = 3;
          E e = 4;
          string gone = 5;
        }
        enum E { option features.enum_type = CLOSED; A = 0; B = 1; }
        service S { rpc Get (M) returns (stream M); rpc Put (M) returns (M); }";
    let changes = [
        ("", ""),
        ("[features.field_presence = IMPLICIT]", ""),
        ("[features.message_encoding = DELIMITED]", ""),
        ("repeated int32 list = 3;", "repeated int32 list = 3 [features.repeated_field_encoding = EXPANDED];"),
        ("option features.enum_type = CLOSED;", ""),
        ("B = 1;", ""),
        ("string gone = 5;", ""),
        ("string gone = 5;", "reserved 5; reserved gone;"),
        ("option java_package = \"x\";", "option java_package = \"y\";"),
        ("rpc Put (M) returns (M);", ""),
        ("returns (stream M)", "returns (M)"),
        ("int32 implicit", "string implicit"),
    ];
    let mut differ = 0;
    for rules in ["fmtconv", "buf", "buf-wire", "buf-wire-json", "proto-wire", "protojson", "confluent"] {
        let Ok(rules) = rules.parse::<Rules>() else { panic!("{rules}") };
        for (from, to) in changes {
            let new = old.replace(from, to);
            for mode in ["backward", "forward"] {
                let mode: Mode = mode.parse().unwrap();
                let text = |text: &str| Schema::parse("s.proto", text, &rules).unwrap();
                let of_texts = check(&[text(old)], &text(&new), mode, &rules).unwrap();
                let of_sets = check(&[compiled(old, &rules)], &compiled(&new, &rules), mode, &rules).unwrap();
                let said = |findings: &[Finding]| -> Vec<(String, String)> {
                    let mut said: Vec<_> =
                        findings.iter().map(|found| (found.rule.to_string(), found.path.clone())).collect();
                    said.sort();
                    said
                };
                assert_eq!(said(&of_sets), said(&of_texts), "{from} -> {to}");
                differ += usize::from(!of_texts.is_empty());
            }
        }
    }
    assert!(differ > 40, "{differ} changes were seen");
}

const WORKED_AVSC: &str = r#"{"type": "record", "name": "Event", "fields": [
    {"name": "id", "type": "long"},
    {"name": "ts", "type": {"type": "long", "logicalType": "timestamp-millis"}},
    {"name": "tags", "type": {"type": "array", "items": "string"}},
    {"name": "state", "type": {"type": "enum", "name": "State", "symbols": ["A", "B"]}},
    {"name": "note", "type": ["null", "string"]},
    {"name": "old", "type": "int"}]}"#;

const WORKED_PROTO: &str = "syntax = \"proto3\";
import \"google/protobuf/timestamp.proto\";
message Event {
  int64 id = 1;
  google.protobuf.Timestamp ts = 2;
  repeated string tags = 3;
  State state = 4;
  optional string note = 5;
  uint32 n = 6;
}
enum State { STATE_UNSPECIFIED = 0; STATE_A = 1; STATE_B = 2; STATE_C = 3; }
";

#[test]
fn case_107_an_avro_schema_and_a_message_are_compared() {
    let rules = Rules::fmtconv();
    let old = Schema::parse("old.avsc", WORKED_AVSC, &rules).unwrap();
    let new = Schema::parse("new.proto", WORKED_PROTO, &rules).unwrap();
    let backward = check(std::slice::from_ref(&old), &new, Mode::BACKWARD, &rules).unwrap();
    let rules_of = |found: &[Finding], severity| -> Vec<String> {
        found.iter().filter(|f| f.severity == severity).map(|f| format!("{} {}", f.rule, f.path)).collect()
    };
    assert!(compatible(&backward));
    assert_eq!(rules_of(&backward, Severity::Warning), ["value-checked Event.ts"]);
    assert_eq!(rules_of(&backward, Severity::Note), ["field-dropped Event.old", "field-zero Event.n"]);
    let forward = check(&[old], &new, Mode::FORWARD, &rules).unwrap();
    assert_eq!(rules_of(&forward, Severity::Error), ["field-missing Event.old", "enum-symbols Event.state"]);
    assert!(forward.iter().any(|f| f.message.contains("UNSPECIFIED, C unknown to the enum of the old schema")));
}

#[test]
fn case_108_recursive_types_of_two_languages_end() {
    let rules = Rules::fmtconv();
    let avro = r#"{"type": "record", "name": "Node", "fields": [
        {"name": "label", "type": "string"}, {"name": "next", "type": ["null", "Node"], "default": null}]}"#;
    let message = "syntax = \"proto3\";\nmessage Node { string label = 1; Node next = 2; }";
    let old = Schema::parse("old.avsc", avro, &rules).unwrap();
    let new = Schema::parse("new.proto", message, &rules).unwrap();
    assert!(compatible(&check(&[old], &new, Mode::FULL, &rules).unwrap()));
}

#[test]
fn case_109_a_closed_enum_reads_a_smaller_one() {
    let rules = Rules::fmtconv();
    let avro = r#"{"type": "record", "name": "M", "fields": [
        {"name": "e", "type": {"type": "enum", "name": "E", "symbols": ["A", "B"]}}]}"#;
    let message = "syntax = \"proto2\";\nmessage M { required E e = 1; }\nenum E { A = 0; B = 1; C = 2; }";
    let old = [Schema::parse("old.avsc", avro, &rules).unwrap()];
    let new = Schema::parse("new.proto", message, &rules).unwrap();
    assert!(compatible(&check(&old, &new, Mode::BACKWARD, &rules).unwrap()));
    assert!(!compatible(&check(&old, &new, Mode::FORWARD, &rules).unwrap()));
}

#[test]
fn large_schemas_are_compared_at_once() {
    let avro = |kind: &str| {
        let fields: Vec<String> =
            (0..2000).map(|n| format!(r#"{{"name": "f{n}", "type": ["null", "{kind}"], "default": null}}"#)).collect();
        format!(r#"{{"type": "record", "name": "R", "fields": [{}]}}"#, fields.join(","))
    };
    let message = |kind: &str| {
        let fields: Vec<String> = (1..=2000).map(|n| format!("  {kind} f{n} = {n};\n")).collect();
        format!("syntax = \"proto3\";\nmessage R {{\n{}}}\n", fields.concat())
    };
    let object = |kind: &str| {
        let fields: Vec<String> = (0..2000).map(|n| format!(r#""f{n}": {{"type": "{kind}"}}"#)).collect();
        format!(r#"{{"type": "object", "properties": {{{}}}, "additionalProperties": false}}"#, fields.join(","))
    };
    let cases = [
        (avro("int"), avro("long"), "avro", "avsc"),
        (avro("int"), avro("long"), "fmtconv", "avsc"),
        (avro("int"), avro("long"), "iceberg-v3", "avsc"),
        (avro("int"), avro("int").replace("name\": \"f", "name\": \"g"), "fmtconv", "avsc"),
        (avro("int"), avro("int").replace("name\": \"f", "name\": \"g"), "spark", "avsc"),
        (message("int32"), message("int64"), "fmtconv", "proto"),
        (message("int32"), message("int32"), "buf-file", "proto"),
        (object("integer"), object("number"), "jsonschema-strict", "json"),
        (object("integer"), object("number"), "karapace", "json"),
    ];
    for (old, new, rules, extension) in cases {
        let begun = std::time::Instant::now();
        assert!(compatible(&findings(&old, &new, "backward", rules, extension)), "{rules} {extension}");
        // 50 ms is the aim of an optimised build; this one is not, and shares the machine.
        assert!(begun.elapsed().as_secs() < 5, "{rules} {extension}: {:?}", begun.elapsed());
    }
}

#[test]
fn what_is_no_schema_is_refused_with_its_line() {
    let rules = Rules::fmtconv();
    let refused = |name: &str, text: &str| Schema::parse(name, text, &rules).unwrap_err();
    let error = refused("a.proto", "syntax = \"proto3\";\nmessage M {\n  int32 = 1;\n}\n");
    assert_eq!(error.origin().line, Some(2));
    assert!(error.to_string().contains("a.proto:3:9: expected the name of a field"), "{error}");
    let error = refused(
        "a.avsc",
        "{\"type\": \"record\", \"name\": \"R\", \"fields\": [\n  {\"name\": \"ä\", \"type\": \"Foo\"}]}",
    );
    assert!(error.to_string().starts_with("a.avsc:2:25: "), "{error}");
    let error = refused("a.json", "{\n  \"ä\" 1}");
    assert!(error.to_string().starts_with("a.json:2:7: "), "{error}");
    let error = check(
        &[Schema::parse("a.json", "{}", &rules).unwrap()],
        &Schema::parse("b.json", "{\n \"items\": {\"$ref\": \"#/x\"}}", &rules).unwrap(),
        Mode::BACKWARD,
        &rules,
    )
    .unwrap_err();
    assert!(error.to_string().starts_with("b.json:2:11: "), "{error}");
    assert!(refused("a.proto", "message M { Missing m = 1; }").to_string().contains("\"Missing\" is not defined"));
    assert_eq!(refused("a.json", "{\"a\": 1,\n}").origin().line, Some(1));
    assert!(refused("a.json", "3").to_string().contains("a JSON Schema is an object"));
    for deep in ["[".repeat(100_000), "{\"not\":".repeat(100_000)] {
        assert!(Schema::parse("a.json", &deep, &rules).is_err());
    }
    let nested = format!("message M {{ {} ", "message M { ".repeat(100_000));
    assert!(Schema::parse("a.proto", &nested, &rules).is_err());
}

fn json(old: &str, new: &str, rules: &str) -> bool {
    compatible(&findings(old, new, "backward", rules, "json"))
}

#[test]
fn schemas_in_json_are_compared_by_values() {
    let fits = |old: &str, new: &str| json(old, new, "jsonschema-strict");
    // 2020-12: $ref beside other keywords, prefixItems.
    let draft = r#""$schema": "https://json-schema.org/draft/2020-12/schema""#;
    assert!(fits(
        &format!(r##"{{{draft}, "$defs": {{"p": {{"minimum": 3}}}}, "$ref": "#/$defs/p", "type": "integer"}}"##),
        r#"{"type": "integer", "minimum": 2}"#
    ));
    assert!(fits(
        &format!(r#"{{{draft}, "type": "array", "prefixItems": [{{"type": "integer"}}], "items": false}}"#),
        &format!(r#"{{{draft}, "type": "array", "items": {{"type": "number"}}}}"#)
    ));
    // Exactly one of: what fits two is refused.
    let either = r#"{"oneOf": [{"type": "integer"}, {"type": "number", "minimum": 0}]}"#;
    assert!(!fits(r#"{"type": "integer"}"#, either));
    assert!(fits(r#"{"type": "integer", "maximum": -1}"#, either));
    // Whole numbers between exclusive bounds.
    assert!(fits(r#"{"type": "integer", "exclusiveMinimum": 4}"#, r#"{"type": "integer", "minimum": 5}"#));
    assert!(!fits(r#"{"type": "number", "exclusiveMinimum": 4}"#, r#"{"type": "number", "minimum": 5}"#));
    // Constants are valid or not.
    assert!(fits(r#"{"enum": [1, 2.0, "a"]}"#, r#"{"anyOf": [{"type": "integer"}, {"minLength": 1}]}"#));
    assert!(!fits(r#"{"enum": [1, 2.5]}"#, r#"{"type": "integer"}"#));
    // Exact numbers, beyond what a floating-point number holds.
    assert!(!fits(
        r#"{"type": "integer", "maximum": 9007199254740993}"#,
        r#"{"type": "integer", "maximum": 9007199254740992}"#
    ));
    // Patterns and names.
    let closed =
        r#"{"type": "object", "patternProperties": {"^x-": {"type": "string"}}, "additionalProperties": false}"#;
    assert!(fits(closed, r#"{"type": "object", "patternProperties": {"^x-": true}, "additionalProperties": false}"#));
    assert!(!fits(r#"{"type": "object", "properties": {"y": {}}, "additionalProperties": false}"#, closed));
    // Recursion, and a circle of references that means nothing.
    let tree = r##"{"type": "object", "properties": {"kids": {"type": "array", "items": {"$ref": "#"}}}, "additionalProperties": false}"##;
    assert!(fits(tree, tree));
    assert!(!fits(tree, &tree.replace(r#""type": "array", "#, r#""type": "array", "maxItems": 2, "#)));
    assert!(!fits(r#"{"type": "string"}"#, r##"{"allOf": [{"$ref": "#"}]}"##));
    assert!(!fits("true", r#"{"not": {"type": "null"}}"#));
    // A type that does not exist is no type at all.
    assert!(!fits(r#"{"type": "strnig"}"#, r#"{"type": "string"}"#));
    assert!(!fits(r#"{"type": "string"}"#, r#"{"type": "strnig"}"#));
    assert!(fits(r#"{"type": ["string", "null"]}"#, r#"{"anyOf": [{"type": "null"}, {"type": "string"}]}"#));
}

#[test]
fn karapace_follows_references_of_dependencies() {
    let schema = |keys: &str| {
        format!(r##"{{"dependencies": {{"a": {{"$ref": "#/definitions/d"}}}}, "definitions": {{"d": {{{keys}}}}}}}"##)
    };
    let (more, less) = (schema(r#""minProperties": 1, "type": "object""#), schema(r#""minProperties": 1"#));
    assert!(json(&less, &more, "karapace") && json(&more, &more, "karapace"));
    assert!(!json(&more, &less, "karapace"));
}

#[test]
fn added_properties_are_new_to_lenient_rules() {
    let old = r#"{"type": "object", "properties": {"a": {"type": "string"}}}"#;
    let new = r#"{"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "string"}}}"#;
    assert!(!json(old, new, "jsonschema-strict"));
    assert!(json(old, new, "jsonschema-lenient"));
}

#[test]
fn lenient_rules_look_past_what_objects_are_open_to() {
    let object = |properties: &str, more: &str| {
        format!(r#"{{"type": "object", "properties": {{{properties}}}, "additionalProperties": {more}}}"#)
    };
    let (a, both) = (r#""a": {"type": "string"}"#, r#""a": {"type": "string"}, "b": {"type": "string"}"#);
    let number = r#"{"type": "number"}"#;
    for (old, new, lenient) in [
        // Closed, narrowed, and partially open to another type than that of what comes or goes.
        (object(a, "true"), object(a, "false"), true),
        (object(a, "true"), object(a, number), true),
        (object(a, number), object(both, number), true),
        (object(both, number), object(a, number), true),
        // What goes from a closed object is refused, and a type is a type.
        (object(both, "false"), object(a, "false"), false),
        (object(both, "true"), object(a, "false"), false),
        (object(a, "true"), object(r#""a": {"type": "number"}"#, "true"), false),
    ] {
        assert_eq!(json(&old, &new, "jsonschema-lenient"), lenient, "{old} {new}");
        assert!(!json(&old, &new, "jsonschema-strict"), "{old} {new}");
    }
}

#[test]
fn places_are_those_of_the_declarations() {
    let old = "{\"type\": \"object\",\n \"properties\": {\n  \"a\": {\"type\": \"string\"}}}";
    let new = "{\"type\": \"object\",\n \"properties\": {\n  \"a\":\n   {\"type\": \"integer\"}}}";
    let found = findings(old, new, "backward", "fmtconv", "json");
    assert_eq!(found[0].path, "#/properties/a/type");
    assert_eq!(found[0].place.start, Some((4, 13)));
    let found = findings(old, new, "forward", "fmtconv", "json");
    assert_eq!(&*found[0].place.file, "new.json");
    assert!(found[0].message.contains("integer is not readable as \"string\""), "{}", found[0].message);
}

#[test]
fn schemas_that_double_at_every_level_end() {
    let levels: Vec<String> = (0..60)
        .map(|n| {
            format!(
                r##""d{n}": {{"anyOf": [{{"$ref": "#/definitions/d{0}"}}, {{"$ref": "#/definitions/d{0}"}}]}}"##,
                n + 1
            )
        })
        .collect();
    let text = |last: &str| {
        format!(r##"{{"$ref": "#/definitions/d0", "definitions": {{{}, "d60": {last}}}}}"##, levels.join(", "))
    };
    let (old, new) = (text(r#"{"type": "string"}"#), text(r#"{"type": "integer"}"#));
    for rules in ["jsonschema-strict", "karapace", "apicurio"] {
        let rules: Rules = rules.parse().unwrap();
        let old = Schema::parse("old.json", &old, &rules).unwrap();
        let new = Schema::parse("new.json", &new, &rules).unwrap();
        let begun = std::time::Instant::now();
        // An error that says so, or the right verdict.
        let fits = check(&[old], &new, Mode::BACKWARD, &rules).map(|findings| compatible(&findings));
        assert!(!matches!(fits, Ok(true)), "{rules}");
        assert!(begun.elapsed().as_secs() < 60, "{rules}");
    }
}

/// Definitions that refer to one another in a long row, as `link` does to the next; the last is `last`.
fn chain(length: usize, link: impl Fn(usize) -> String, last: &str) -> String {
    let links: Vec<String> = (0..length).map(|n| format!("\"d{n}\": {}", link(n + 1))).collect();
    let first = r##"{"properties": {"a": {"$ref": "#/definitions/d0"}}"##;
    format!("{first}, \"definitions\": {{{}, \"d{length}\": {last}}}}}", links.join(", "))
}

#[test]
fn long_chains_of_references_end() {
    let plain = |next| format!("{{\"$ref\": \"#/definitions/d{next}\"}}");
    let inside = |next| format!("{{\"properties\": {{\"x\": {{\"$ref\": \"#/definitions/d{next}\"}}}}}}");
    let verdict = |old: &str, new: &str, rules: &str| {
        let rules: Rules = rules.parse().unwrap();
        let old = Schema::parse("old.json", old, &rules).unwrap();
        let new = Schema::parse("new.json", new, &rules).unwrap();
        check(&[old], &new, Mode::BACKWARD, &rules).map(|findings| compatible(&findings))
    };
    let [text, number] = [r#"{"type": "string"}"#, r#"{"type": "integer"}"#];
    for rules in ["jsonschema-strict", "karapace"] {
        let long = |last| chain(20_000, plain, last);
        assert!(verdict(&long(text), &long(text), rules).unwrap(), "{rules}");
        assert!(!verdict(&long(text), &long(number), rules).unwrap(), "{rules}");
        // Each of them is another pair of schemas.
        let long = |last| chain(2_000, inside, last);
        assert_ne!(verdict(&long(text), &long(text), rules).ok(), Some(false), "{rules}");
        assert_ne!(verdict(&long(text), &long(number), rules).ok(), Some(true), "{rules}");
    }
    assert!(verdict(&chain(2_000, inside, text), &chain(2_000, inside, text), "jsonschema-strict").unwrap());
}

#[test]
fn no_cut_through_a_file_makes_it_panic() {
    let text =
        "edition = \"2023\"; package a.b; import public \"x.proto\"; option (o) = { a: 1 b { c: [\"d\", 'e'] } };
        message M { reserved 1 to 3, x; extensions 100 to max [verification = UNVERIFIED]; oneof o { group G = 4 { } }
        map<string, M> m = 5 [features.utf8_validation = NONE, deprecated = true]; extend M { optional int32 e = 100; }
        enum E { option allow_alias = true; A = 0x0 [(v) = -inf]; reserved -4 to -1; } .a.b.M n = 6; }
        service S { rpc R(stream M) returns (.a.b.M) { option idempotency_level = IDEMPOTENT; } }";
    let rules = Rules::fmtconv();
    assert!(Schema::parse("m.proto", text, &rules).is_ok());
    for end in (0..text.len()).filter(|end| text.is_char_boundary(*end)) {
        let _ = Schema::parse("m.proto", &text[..end], &rules);
    }
}
