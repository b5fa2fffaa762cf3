//! Records that show findings: small, seen to fail, and for the reason of their own finding.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use arrow_schema::{DataType, Schema as ArrowSchema};

use super::super::witness::Outcome;
use super::super::{
    Finding, Mode, Options, Rules, Schema, Severity, Witness, check, check_with, compatible, witness, witness_with,
};
use crate::schema::type_text::parse_type;

fn verdict(old: &str, new: &str, extension: &str) -> ([Schema; 1], Schema, Vec<Finding>) {
    let rules = Rules::fmtconv();
    let old = [Schema::parse(&format!("old.{extension}"), old, &rules).unwrap()];
    let new = Schema::parse(&format!("new.{extension}"), new, &rules).unwrap();
    let findings = check(&old, &new, Mode::BACKWARD, &rules).unwrap();
    (old, new, findings)
}

fn shown(old: &str, new: &str, extension: &str) -> Vec<Witness> {
    let (old, new, findings) = verdict(old, new, extension);
    let errors = findings.iter().filter(|finding| finding.severity == Severity::Error);
    errors.map(|finding| witness(&old, &new, Mode::BACKWARD, &Rules::fmtconv(), finding).unwrap().unwrap()).collect()
}

#[test]
fn witnesses_are_small_and_seen_to_fail() {
    let record = |fields: &str| format!(r#"{{"type":"record","name":"R","fields":[{fields}]}}"#);
    let list = |kind: &str| {
        format!(r#"{{"name":"a","type":{{"type":"array","items":["null",{kind}]}}}},{{"name":"z","type":"string"}}"#)
    };
    let found = shown(&record(&list(r#""string""#)), &record(&list(r#""int""#)), "avsc");
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].record, r#"{"a":[{"string":"é"}],"z":""}"#);
    // One block of one item, branch 1, two bytes of text; no more blocks; no text.
    assert_eq!(found[0].encoded, [2, 2, 4, 0xc3, 0xa9, 0, 0]);
    assert!(matches!(&found[0].outcome, Outcome::Refused(_)), "{:?}", found[0]);
    let message = |field: &str| format!("syntax = \"proto3\";\nmessage M {{ {field} }}");
    let found = shown(&message("int32 a = 3;"), &message("int32 a = 4;"), "proto");
    assert_eq!(
        (&*found[0].record, &*found[0].encoded),
        (r#"{"a":-1}"#, &[24, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1][..])
    );
    assert!(matches!(&found[0].outcome, Outcome::ReadAs(_)), "{:?}", found[0]);
    let found = shown(&message("sint32 a = 1;"), &message("int32 a = 1;"), "proto");
    assert_eq!(found[0].outcome, Outcome::ReadAs(r#"{"a":1}"#.to_owned()), "-1 is 1 in zig-zag");
}

#[test]
fn witnesses_of_recursive_types_end() {
    let node = |label: &str| {
        format!(
            r#"{{"type":"record","name":"Node","fields":[
                {{"name":"next","type":["null","Node"]}},{{"name":"label","type":"{label}"}}]}}"#
        )
    };
    let found = shown(&node("int"), &node("string"), "avsc");
    assert_eq!(found[0].record, r#"{"next":null,"label":2147483647}"#);
    // A tree that has no end cannot be written at all.
    let endless = r#"{"type":"record","name":"T","fields":[{"name":"t","type":"T"},{"name":"a","type":"int"}]}"#;
    let (old, new, findings) = verdict(endless, &endless.replace("\"int\"", "\"string\""), "avsc");
    assert!(!compatible(&findings));
    assert_eq!(witness(&old, &new, Mode::BACKWARD, &Rules::fmtconv(), &findings[0]).unwrap(), None);
    let message = |kind: &str| format!("syntax = \"proto3\";\nmessage N {{ N next = 1; {kind} label = 2; }}");
    assert_eq!(shown(&message("int32"), &message("string"), "proto")[0].record, r#"{"label":-1}"#);
}

#[test]
fn witnesses_belong_to_their_findings() {
    let message = |fields: &str| {
        format!("syntax = \"proto3\";\npackage p;\nmessage M {{ {fields} }}\nenum E {{ A = 0; B = 1; }}")
    };
    let (was, is) = (message("int32 a = 1; string b = 2; E e = 3;"), message("sint32 a = 1; string c = 2; E e = 3;"));
    let rules: Rules = "buf-file".parse().unwrap();
    let old = [Schema::parse("old.proto", &was, &rules).unwrap()];
    let new = Schema::parse("new.proto", &is.replace(" B = 1;", ""), &rules).unwrap();
    let findings = check(&old, &new, Mode::BACKWARD, &rules).unwrap();
    let mut found: Vec<_> = findings
        .iter()
        .map(|finding| {
            let shown = witness(&old, &new, Mode::BACKWARD, &rules, finding).unwrap();
            (&*finding.rule, shown.map(|shown| (shown.encoding.to_string(), shown.record)))
        })
        .collect();
    found.sort();
    let of = |encoding: &str, record: &str| Some((encoding.to_owned(), record.to_owned()));
    assert_eq!(
        found,
        [
            ("ENUM_VALUE_NO_DELETE", of("protobuf", r#"{"e":"B"}"#)),
            ("FIELD_SAME_JSON_NAME", of("protojson", r#"{"b":"é"}"#)),
            ("FIELD_SAME_NAME", of("protojson", r#"{"b":"é"}"#)),
            ("FIELD_SAME_TYPE", of("protobuf", r#"{"a":-1}"#)),
        ]
    );
    // On the wire a name is nothing.
    let rules: Rules = "buf:FIELD_SAME_NAME,WIRE".parse().unwrap();
    let findings = check(&old, &new, Mode::BACKWARD, &rules).unwrap();
    let named = findings.iter().find(|finding| finding.rule == "FIELD_SAME_NAME").unwrap();
    assert_eq!(witness(&old, &new, Mode::BACKWARD, &rules, named).unwrap(), None);
}

#[test]
fn witnesses_of_json_schemas_are_values() {
    let object = |a: &str, b: &str| {
        format!(r#"{{"type":"object","required":["a"],"properties":{{"a":{a},"b":{b}}},"additionalProperties":false}}"#)
    };
    let was = object(r#"{"type":"integer","maximum":10}"#, r#"{"enum":["x","y"]}"#);
    let is = object(r#"{"type":"integer","maximum":9}"#, r#"{"enum":["x"]}"#);
    let found = shown(&was, &is, "json");
    let records: Vec<&str> = found.iter().map(|found| found.record.as_str()).collect();
    assert_eq!(records, [r#"{"a":10}"#, r#"{"a":9,"b":"y"}"#]);
    assert_eq!(found[0].encoded, records[0].as_bytes());
    for (was, is, record) in [
        (r#"{"type":"array","maxItems":3}"#, r#"{"type":"array","maxItems":2}"#, "[0,1,2]"),
        (r#"{"type":"string"}"#, r#"{"type":"string","minLength":2}"#, r#""""#),
        (r#"{"type":["string","null"]}"#, r#"{"type":"string"}"#, "null"),
        (r#"{"type":"object"}"#, r#"{"type":"object","required":["k"],"properties":{"k":{}}}"#, "{}"),
        (r#"{"type":"number"}"#, r#"{"type":"integer"}"#, "0.5"),
    ] {
        assert_eq!(shown(was, is, "json")[0].record, record, "{was} {is}");
    }
}

#[test]
fn witnesses_go_between_languages() {
    let record =
        r#"{"type":"record","name":"M","fields":[{"name":"a","type":["null","int"]},{"name":"s","type":"string"}]}"#;
    let message = "syntax = \"proto3\"; message M { int32 a = 1; bool s = 2; }";
    let rules = Rules::fmtconv();
    let schemas =
        [Schema::parse("m.avsc", record, &rules).unwrap(), Schema::parse("m.proto", message, &rules).unwrap()];
    for mode in [Mode::BACKWARD, Mode::FORWARD] {
        let (old, new) = (&schemas[..1], &schemas[1]);
        let findings = check(old, new, mode, &rules).unwrap();
        let errors: Vec<_> = findings.iter().filter(|finding| finding.severity == Severity::Error).collect();
        let found: Vec<_> = errors.iter().map(|finding| witness(old, new, mode, &rules, finding).unwrap()).collect();
        let records: Vec<_> = found.iter().flatten().map(|found| found.record.as_str()).collect();
        let wanted: &[&str] = match mode {
            Mode::BACKWARD => &[r#"{"a":null,"s":""}"#, r#"{"a":null,"s":"é"}"#],
            _ => &[r#"{"s":true}"#],
        };
        assert_eq!(records, wanted, "{mode} {errors:?} {found:?}");
        assert_eq!(errors.len(), wanted.len());
    }
}

/// Path, record and reason of each.
fn reasons(found: &[Witness], findings: &[Finding]) -> Vec<(String, String, String)> {
    let errors = findings.iter().filter(|finding| finding.severity == Severity::Error);
    let told = errors.zip(found).map(|(finding, found)| {
        let Outcome::Refused(message) = &found.outcome else { panic!("{found:?}") };
        (finding.path.clone(), found.record.clone(), message.clone())
    });
    told.collect()
}

#[test]
fn every_finding_of_avro_is_shown_for_its_own_reason() {
    let record = |fields: &str| format!(r#"{{"type":"record","name":"R","namespace":"n","fields":[{fields}]}}"#);
    // The type that `a` defines is used below `s` as well, and every part is wrong for a reason of its own.
    let was = record(
        r#"{"name":"a","type":{"type":"enum","name":"E","symbols":["X","Y"]}},
           {"name":"s","type":["null",{"type":"record","name":"S","fields":[
               {"name":"e","type":"E"},{"name":"l","type":{"type":"array","items":["null","long"]}}]}]},
           {"name":"u","type":["int","string"]},{"name":"old","type":"int"}"#,
    );
    let is = record(
        r#"{"name":"a","type":{"type":"enum","name":"E","symbols":["X"]}},
           {"name":"s","type":["null",{"type":"record","name":"S","fields":[
               {"name":"e","type":"E"},{"name":"l","type":{"type":"array","items":"long"}}]}]},
           {"name":"u","type":["boolean","string"]},{"name":"renamed","type":"boolean","aliases":["old"]},
           {"name":"extra","type":"S"}"#,
    );
    let (_, _, findings) = verdict(&was, &is, "avsc");
    let told = reasons(&shown(&was, &is, "avsc"), &findings);
    let told: Vec<_> = told.iter().map(|(path, record, why)| (path.as_str(), record.as_str(), why.as_str())).collect();
    let wanted = [
        ("R.a", r#"{"a":"Y","s":null,"u":{"int":0},"old":0}"#, "the reader's enum has no symbol \"Y\""),
        (
            "R.s.l[]",
            r#"{"a":"X","s":{"n.S":{"e":"X","l":[null]}},"u":{"int":0},"old":0}"#,
            "null of the data cannot be read as long",
        ),
        ("R.u", r#"{"a":"X","s":null,"u":{"int":2147483647},"old":0}"#, "the reader's union has no branch for int"),
        (
            "R.renamed",
            r#"{"a":"X","s":null,"u":{"int":0},"old":2147483647}"#,
            "the message does not fit the reader's schema: column \"renamed\": int of the data cannot be read as boolean",
        ),
        (
            "R.extra",
            r#"{"a":"X","s":null,"u":{"int":0},"old":0}"#,
            "the message does not fit the reader's schema: column \"extra\": record \"n.R\" wants the field \"extra\", \
             which the data has not",
        ),
    ];
    assert_eq!(told, wanted);
}

#[test]
fn witnesses_know_what_was_said_of_renamed_fields() {
    let record = |fields: &str| format!(r#"{{"type":"record","name":"R","fields":[{fields}]}}"#);
    let was = record(r#"{"name":"price","type":"long"},{"name":"n","type":"long"}"#);
    let is = record(r#"{"name":"cost","type":"int"},{"name":"n","type":"long"}"#);
    let rules = Rules::fmtconv();
    let old = [Schema::parse("old.avsc", &was, &rules).unwrap()];
    let new = Schema::parse("new.avsc", &is, &rules).unwrap();
    let options = Options { map: vec!["price=cost".parse().unwrap()], ..Options::default() };
    for mode in [Mode::BACKWARD, Mode::FULL] {
        let findings = check_with(&old, &new, mode, &rules, &options).unwrap();
        let errors: Vec<_> = findings.iter().filter(|finding| finding.severity == Severity::Error).collect();
        assert_eq!(errors.len(), 1, "{findings:?}");
        let found = witness_with(&old, &new, mode, &rules, &options, errors[0]).unwrap().unwrap();
        assert_eq!(found.record, r#"{"price":9223372036854775807,"n":0}"#);
        let Outcome::Refused(message) = &found.outcome else { panic!("{found:?}") };
        assert!(message.contains("long of the data cannot be read as int"), "{message}");
    }
}

fn columns(name: &str, text: &str) -> Schema {
    let Ok(DataType::Struct(fields)) = parse_type(&format!("struct<{text}>")) else { panic!("{text}") };
    Schema::of_columns(name, &Arc::new(ArrowSchema::new(fields)), &Rules::fmtconv()).unwrap()
}

#[test]
fn columns_are_shown_by_a_row() {
    let old = [columns(
        "old.parquet",
        "id: int64, n: int64 not null, s: struct<at: timestamp[ns, UTC] not null, l: list<utf8>>, m: map<utf8, int32>, gone: utf8",
    )];
    let new = columns(
        "new.parquet",
        "id: int64 not null, n: date32 not null, s: struct<at: date32 not null, l: list<int32>>, m: map<utf8, int32 not null>,          fresh: utf8 not null",
    );
    let rules = Rules::fmtconv();
    let findings = check(&old, &new, Mode::BACKWARD, &rules).unwrap();
    let errors: Vec<&Finding> = findings.iter().filter(|finding| finding.severity == Severity::Error).collect();
    let found: Vec<Witness> =
        errors.iter().map(|finding| witness(&old, &new, Mode::BACKWARD, &rules, finding).unwrap().unwrap()).collect();
    let wanted = [
        ("$.fresh", r#"{"id":null,"n":0,"s":null,"m":null,"gone":null}"#, "the data has no such field"),
        ("$.id", r#"{"id":null,"n":0,"s":null,"m":null,"gone":null}"#, "null in a column that has none"),
        ("$.m{}", r#"{"id":null,"n":0,"s":null,"m":{"":null},"gone":null}"#, "null in a column that has none"),
        (
            "$.n",
            r#"{"id":null,"n":9223372036854775807,"s":null,"m":null,"gone":null}"#,
            "int64 is not read as date32: values would get another meaning",
        ),
        (
            "$.s.at",
            r#"{"id":null,"n":0,"s":{"at":"1970-01-01T23:59:59.999999999Z","l":null},"m":null,"gone":null}"#,
            "timestamp[ns, UTC] is not read as date32: values would get another meaning",
        ),
        (
            "$.s.l[]",
            r#"{"id":null,"n":0,"s":{"at":"1970-01-01T00:00:00Z","l":["é"]},"m":null,"gone":null}"#,
            "utf8 is not read as int32: values would get another meaning",
        ),
    ];
    let told = reasons(&found, &findings);
    for ((path, record, why), (wanted_path, wanted_record, wanted_why)) in told.iter().zip(wanted) {
        assert_eq!((path.as_str(), record.as_str()), (wanted_path, wanted_record));
        assert!(why.starts_with(wanted_why), "{path}: {why}");
    }
    assert_eq!(told.len(), wanted.len());
    // The row is a file that others read.
    let file = arrow_ipc::reader::FileReader::try_new(std::io::Cursor::new(&found[3].encoded), None).unwrap();
    let rows: Vec<_> = file.map(Result::unwrap).collect();
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0].column_by_name("n").unwrap().as_primitive::<Int64Type>().values(), &[i64::MAX]);
}

#[test]
fn rows_show_findings_of_tables_and_of_other_languages() {
    let narrow = |old: &str, new: &str, rules: &str| {
        let rules: Rules = rules.parse().unwrap();
        let schema = |name: &str, text: &str| Schema::parse(name, text, &rules).unwrap();
        let record = |kind: &str| format!(r#"{{"type":"record","name":"R","fields":[{{"name":"a","type":{kind}}}]}}"#);
        let old = [schema("old.avsc", &record(old))];
        let new = schema("new.avsc", &record(new));
        let findings = check(&old, &new, Mode::BACKWARD, &rules).unwrap();
        witness(&old, &new, Mode::BACKWARD, &rules, &findings[0]).unwrap()
    };
    let found = narrow(r#""long""#, r#""int""#, "iceberg-v2").unwrap();
    assert_eq!((found.record.as_str(), found.encoding.to_string().as_str()), (r#"{"a":9223372036854775807}"#, "arrow"));
    // Spark refuses what a conversion reads without loss: there is nothing to show.
    assert_eq!(narrow(r#""int""#, r#""long""#, "spark"), None);
    // A message and columns.
    let rules = Rules::fmtconv();
    let message = "syntax = \"proto3\"; message M { optional int64 a = 1; string s = 2; }";
    let old = [Schema::parse("m.proto", message, &rules).unwrap()];
    let new = columns("new.parquet", "a: int64 not null, s: utf8");
    let findings = check(&old, &new, Mode::BACKWARD, &rules).unwrap();
    let error = findings.iter().find(|finding| finding.severity == Severity::Error).unwrap();
    let found = witness(&old, &new, Mode::BACKWARD, &rules, error).unwrap().unwrap();
    assert_eq!(found.record, r#"{"a":null,"s":""}"#);
}

#[test]
fn a_message_that_is_refused_anyway_shows_nothing_of_a_field() {
    let message = |fields: &str| format!("syntax = \"proto2\"; message M {{ {fields} }}");
    let (old, new, findings) = verdict(
        &message("optional int32 a = 1;"),
        &message("optional sint32 a = 1; required string key = 2;"),
        "proto",
    );
    let rules = Rules::fmtconv();
    let shown = |path: &str| {
        let finding = findings.iter().find(|found| found.path == path && found.severity == Severity::Error).unwrap();
        witness(&old, &new, Mode::BACKWARD, &rules, finding).unwrap()
    };
    let of_key = shown("M.key").unwrap();
    let Outcome::Refused(why) = &of_key.outcome else { panic!("{of_key:?}") };
    assert!(why.contains("a required field is missing"), "{why}");
    // Every message of the writer lacks the key: none shows that `a` would be another number.
    assert_eq!(shown("M.a"), None);
}
