//! `schema check`: schemas of data files, records that show findings, what is known of the data.

use super::Folder;

const OLD: &str = r#"{"type": "record", "name": "R", "fields": [
    {"name": "id", "type": "long"}, {"name": "note", "type": ["null", "string"]}]}"#;
const NEW: &str = r#"{"type": "record", "name": "R", "fields": [
    {"name": "id", "type": "long"}, {"name": "note", "type": "string"}]}"#;

fn folder() -> Folder {
    Folder::new(&[
        ("old.avsc", OLD),
        ("new.avsc", NEW),
        ("a.csv", "id,price\n1,1.50\n"),
        ("b.csv", "id,price\nx,1.50\n"),
    ])
}

#[test]
fn witnesses_are_printed_beside_findings() {
    let folder = folder();
    let out = folder.run(&["schema", "check", "old.avsc", "new.avsc", "--witness"]).ends(1).out;
    let line = r#"  witness: the old schema writes {"id":0,"note":null}, in avro "AAA=" (base64)"#;
    assert!(out.contains(line), "{out}");
    assert!(out.contains("           the new schema: refused: "), "{out}");
    let out = folder.run(&["schema", "check", "old.avsc", "new.avsc", "--witness", "--format", "json"]).ends(1).out;
    let json: serde_json::Value = serde_json::from_str(&out).unwrap();
    let witness = &json["findings"][0]["witness"];
    assert_eq!(witness["record"], r#"{"id":0,"note":null}"#);
    assert_eq!((&witness["encoding"], &witness["hex"]), (&"avro".into(), &"0000".into()));
    assert_eq!((&witness["reader"], &witness["outcome"]), (&"new".into(), &"refused".into()));
}

#[test]
fn what_is_known_of_the_data_counts() {
    let folder = folder();
    let check = |more: &[&str], status: i32| {
        let arguments = [&["schema", "check", "old.avsc", "new.avsc"], more].concat();
        folder.run(&arguments).ends(status)
    };
    let out = check(&["--assume-no-nulls"], 0).out;
    assert!(out.contains("it is assumed that there are none"), "{out}");
    check(&["--assume-no-nulls", "--strict"], 1);
    check(&["--assume-no-nulls", "--map", "id=note"], 1);
    check(&["--map", "nothing=note"], 2).says(&["no field is called \"nothing\""]);
    check(&["--map", "nothing"], 2);
    folder.write("less.avsc", &NEW.replace(r#"{"name": "id", "type": "long"}, "#, ""));
    folder.run(&["schema", "check", "new.avsc", "less.avsc"]).ends(0);
    folder.run(&["schema", "check", "new.avsc", "less.avsc", "--no-drop"]).ends(1);
}

#[test]
fn data_files_have_schemas_that_are_compared() {
    let folder = folder();
    for (from, to) in [("a.csv", "a.parquet"), ("b.csv", "b.parquet"), ("a.csv", "a.arrow"), ("a.csv", "a.avro")] {
        folder.run(&["convert", from, "-o", to]).ends(0);
    }
    for rules in ["iceberg-v2", "iceberg-v3", "delta", "spark", "arrow", "fmtconv"] {
        folder.run(&["schema", "check", "a.parquet", "a.parquet", "--rules", rules]).ends(0);
        let out = folder.run(&["schema", "check", "a.parquet", "b.parquet", "--rules", rules]).ends(1).out;
        assert!(out.contains("$.id"), "{rules}: {out}");
    }
    folder.run(&["schema", "check", "a.parquet", "a.arrow", "--mode", "full"]).ends(0);
    folder.run(&["schema", "check", "a.avro", "a.parquet", "--rules", "iceberg-v2", "--mode", "full"]).ends(0);
    folder.run(&["schema", "check", "a.avro", "a.avro", "--rules", "avro"]).ends(0);
    folder.run(&["schema", "check", "a.parquet", "a.parquet", "--rules", "avro"]).ends(2).says(&["Arrow columns"]);
    let object = |kind: &str| {
        format!(r#"{{"type": "object", "required": ["id"], "properties": {{"id": {{"type": "{kind}"}}}}}}"#)
    };
    folder.write("old.json", &object("integer"));
    folder.write("new.json", &object("string"));
    folder.run(&["schema", "check", "old.json", "old.json", "--rules", "iceberg-v2"]).ends(0);
    folder.run(&["schema", "check", "old.json", "new.json", "--rules", "iceberg-v2"]).ends(1);
}

#[test]
fn rows_are_witnesses_for_columns() {
    let folder = folder();
    folder.run(&["convert", "a.csv", "-o", "a.parquet"]).ends(0);
    folder.write("t.sql", "CREATE TABLE t (id BIGINT NOT NULL, price DECIMAL(10,2))");
    let out = folder.run(&["schema", "check", "a.parquet", "t.sql", "--witness", "--format", "json"]).ends(1).out;
    let json: serde_json::Value = serde_json::from_str(&out).unwrap();
    let finding = json["findings"].as_array().unwrap().iter().find(|found| found["severity"] == "error").unwrap();
    assert_eq!(finding["path"], "$.id", "{out}");
    let witness = &finding["witness"];
    assert_eq!((&witness["encoding"], &witness["outcome"]), (&"arrow".into(), &"refused".into()));
    assert!(witness["record"].as_str().unwrap().starts_with(r#"{"id":null,"#), "{out}");
    let out = folder.run(&["schema", "check", "a.parquet", "t.sql", "--witness"]).ends(1).out;
    assert!(out.contains("(--format json has them)") && out.lines().all(|line| line.len() < 200), "{out}");
    // Six bytes that every file of Arrow begins with.
    assert!(witness["hex"].as_str().unwrap().starts_with("4152524f5731"), "{out}");
}

#[cfg(unix)]
#[test]
fn schemas_come_from_pipes() {
    folder().pipe(&["schema", "check", "/dev/stdin", "old.avsc"], OLD.as_bytes()).ends(0);
    folder().pipe(&["schema", "check", "/dev/stdin", "new.avsc"], OLD.as_bytes()).ends(1);
}

#[test]
fn an_import_that_is_missing_is_told_once() {
    let proto = |more: &str| {
        format!("syntax = \"proto3\";\nimport \"x/y.proto\";\nmessage M {{\n  x.Y a = 1;\n  x.Z b = 2;\n{more}}}\n")
    };
    let folder = Folder::new(&[("old.proto", &proto("")), ("new.proto", &proto("  int32 c = 3;\n"))]);
    let told = "types x.Y, x.Z are compared by name only: x/y.proto was not found";
    for mode in ["backward", "forward", "full"] {
        let ran = folder.run(&["schema", "check", "old.proto", "new.proto", "--mode", mode]).ends(0);
        assert_eq!(ran.out.matches("was not found").count(), 1, "{mode}: {}", ran.out);
        assert!(ran.out.contains(told) && ran.out.contains("-I FOLDER"), "{mode}: {}", ran.out);
    }
    let ran = folder.run(&["schema", "diff", "old.proto", "new.proto"]).ends(1);
    assert_eq!(ran.err.matches("was not found").count(), 1, "{}{}", ran.out, ran.err);
    assert!(ran.err.contains(told), "{}", ran.err);
    // What the hint says helps.
    folder.write("dir/x/y.proto", "syntax = \"proto3\"; package x; message Y {} message Z {}");
    for command in ["check", "diff"] {
        let ran = folder.run(&["schema", command, "old.proto", "new.proto", "-I", "dir"]);
        assert!(!ran.out.contains("not found") && !ran.err.contains("not found"), "{}{}", ran.out, ran.err);
    }
}

#[test]
fn findings_name_the_old_schemas_and_the_direction() {
    let record =
        |kind: &str| format!(r#"{{"type": "record", "name": "R", "fields": [{{"name": "a", "type": "{kind}"}}]}}"#);
    let folder = Folder::new(&[
        ("1.avsc", &record("string")),
        ("2.avsc", &record("string")),
        ("3.avsc", &record("int")),
        ("4.avsc", &record("int")),
    ]);
    let check = |more: &[&str]| folder.run(&[&["schema", "check"], more].concat()).ends(1);
    let all = ["1.avsc", "2.avsc", "3.avsc", "4.avsc"];
    let out = check(&[&all[..], &["--mode", "backward-transitive"]].concat()).out;
    assert!(out.contains("[avro-type] (1.avsc, 2.avsc)\n"), "{out}");
    let out = check(&["2.avsc", "4.avsc", "--mode", "full"]).out;
    assert!(out.contains("] (backward)\n") && out.contains("] (forward)\n"), "{out}");
    let out = check(&["2.avsc", "4.avsc"]).out;
    assert!(out.lines().next().unwrap().ends_with(']'), "{out}");
    let full = [&all[..], &["--mode", "full-transitive", "--format"]].concat();
    let found: serde_json::Value = serde_json::from_str(&check(&[&full[..], &["json"]].concat()).out).unwrap();
    let of = |direction: &str| {
        let mut all = found["findings"].as_array().unwrap().iter();
        all.find(|finding| finding["direction"] == direction).unwrap()["against"].clone()
    };
    for direction in ["backward", "forward"] {
        assert_eq!(of(direction), serde_json::json!(["1.avsc", "2.avsc"]), "{direction}");
    }
    for format in ["github", "junit", "sarif", "text"] {
        let out = check(&[&full[..], &[format]].concat()).out;
        assert!(out.contains("(backward: 1.avsc, 2.avsc)") && out.contains("(forward: 1.avsc, 2.avsc)"), "{out}");
    }
    for name in ["1.avsc", "3.avsc"] {
        std::fs::copy(folder.path(name), folder.path("r.avsc")).unwrap();
        folder.run(&["schema", "lock", "r.avsc"]).ends(0);
    }
    let out = check(&["r.avsc", "--against", "fmtconv.lock", "--mode", "backward-transitive"]).out;
    assert!(out.contains("(fmtconv.lock@1/r.avsc)"), "{out}");
    // What is left out of the comparison is said.
    let ran = folder.run(&["schema", "check", "1.avsc", "3.avsc", "4.avsc"]).ends(0);
    ran.says(&["compared with 3.avsc alone", "--mode backward-transitive"]);
    let help = folder.run(&["schema", "check", "--help"]).ends(0).out;
    for name in ["avro-spec", "confluent-logical-types", "CSR"] {
        assert!(help.contains(name), "{name}");
    }
}

#[test]
fn nulls_of_data_are_those_of_the_union_that_it_is_read_as() {
    let of = |kind: &str| format!(r#"{{"type": "record", "name": "R", "fields": [{{"name": "n", "type": {kind}}}]}}"#);
    let folder = Folder::new(&[
        ("a.csv", "n,m\n1,1\n,2\n"),
        ("union.avsc", &of(r#"["null", "string", "long"]"#)),
        ("no_null.avsc", &of(r#"["string", "long"]"#)),
    ]);
    folder.run(&["convert", "a.csv", "-o", "a.parquet", "--select", "n"]).ends(0);
    folder.run(&["schema", "check", "a.parquet", "union.avsc"]).ends(0);
    let ran = folder.run(&["cat", "a.parquet", "--reader-schema", "union.avsc"]).ends(0);
    assert_eq!(ran.out, "{\"n\":1}\n{\"n\":null}\n");
    let out = folder.run(&["schema", "check", "a.parquet", "no_null.avsc"]).ends(1).out;
    assert!(out.contains("takes none"), "{out}");
}

#[test]
fn defaults_that_are_no_values_of_their_fields_stand_in_for_nothing() {
    let of = |more: &str| {
        let fields = format!(r#"{{"name": "id", "type": "long"}}{more}"#);
        format!(r#"{{"type": "record", "name": "R", "fields": [{fields}]}}"#)
    };
    let folder = Folder::new(&[("old.avsc", &of("")), ("r.ndjson", "{\"id\":1}\n")]);
    folder.run(&["convert", "r.ndjson", "-o", "r.avro", "--schema", "old.avsc"]).ends(0);
    let cases = [
        (r#""int", "default": 5"#, 0),
        (r#""int", "default": 3000000000"#, 1),
        (r#""long", "default": 1.0"#, 1),
        (r#"["null", "string"], "default": null"#, 0),
        (r#"["null", "string"], "default": 1"#, 1),
        (r#"{"type": "array", "items": "int"}, "default": {}"#, 1),
    ];
    for (kind, status) in cases {
        folder.write("new.avsc", &of(&format!(r#", {{"name": "x", "type": {kind}}}"#)));
        let out = folder.run(&["schema", "check", "old.avsc", "new.avsc"]).ends(status).out;
        assert_eq!(out.contains("[avro-default]"), status == 1, "{kind}: {out}");
        // As it is when data is read.
        let status = if status == 0 { 0 } else { 5 };
        folder.run(&["cat", "r.avro", "--reader-schema", "new.avsc"]).ends(status);
    }
}
