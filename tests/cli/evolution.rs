//! Reading with another schema, many inputs with different schemas, schemas in other languages, their history.

use super::Folder;

const READER: &str = r#"{"type": "record", "name": "R", "fields": [
    {"name": "id", "type": "long"},
    {"name": "label", "type": "string", "aliases": ["name"]},
    {"name": "price", "type": ["null", {"type": "bytes", "logicalType": "decimal", "precision": 10, "scale": 2}], "default": null},
    {"name": "origin", "type": "string", "default": "unknown"}]}"#;

#[test]
fn any_format_is_read_with_a_readers_schema() {
    let rows = "id,name,price,extra\n1,ann,1.5,x\n2,bob,,y\n";
    let folder = Folder::new(&[("in.csv", rows), ("reader.avsc", READER)]);
    let expected = "{\"id\":1,\"label\":\"ann\",\"price\":1.50,\"origin\":\"unknown\"}\n\
                    {\"id\":2,\"label\":\"bob\",\"price\":null,\"origin\":\"unknown\"}\n";
    folder.run(&["convert", "in.csv", "-o", "in.ndjson"]).ends(0);
    // Decimals come from decimals, not from floats.
    for to in ["in.parquet", "in.arrow"] {
        folder.run(&["convert", "in.csv", "-o", to, "--columns", "price=decimal(5,1)"]).ends(0);
    }
    for from in ["in.csv", "in.ndjson", "in.parquet", "in.arrow"] {
        let ran = folder.run(&["convert", from, "-o", "-", "--to", "ndjson", "--reader-schema", "reader.avsc"]).ends(0);
        assert_eq!(ran.out, expected, "{from}: {}", ran.err);
        assert!(ran.err.contains("S-DROP"), "{from}: {}", ran.err);
        let refused = folder.run(&["convert", from, "-o", "no.avro", "--reader-schema", "reader.avsc", "--strict"]);
        let refused = refused.ends(6);
        assert!(refused.err.contains("\"extra\"") && refused.err.contains("--allow S-DROP"), "{}", refused.err);
        assert!(!folder.path("no.avro").exists());
    }
    // Avro's own rules skip fields without a word; here that is told as well.
    folder.run(&["convert", "in.csv", "-o", "in.avro", "--exclude", "price", "--name", "R"]).ends(0);
    let ran = folder.run(&["convert", "in.avro", "-o", "a.ndjson", "--reader-schema", "reader.avsc"]).ends(0);
    assert!(ran.err.contains("S-DROP"), "{}", ran.err);
    assert!(folder.read("a.ndjson").starts_with("{\"id\":1,\"label\":\"ann\",\"price\":null,\"origin\":\"unknown\"}"));
    let allowed =
        ["convert", "in.csv", "-o", "yes.avro", "--reader-schema", "reader.avsc", "--strict", "--allow", "S-DROP"];
    folder.run(&allowed).ends(0);
}

#[test]
fn what_does_not_fit_the_readers_schema_stops_the_run() {
    let reader = r#"{"type": "record", "name": "R", "fields": [{"name": "n", "type": "int"}]}"#;
    let folder = Folder::new(&[("in.csv", "n\n1\n3000000000\n"), ("r.avsc", reader)]);
    folder.run(&["convert", "in.csv", "-o", "in.parquet"]).ends(0);
    for from in ["in.csv", "in.parquet"] {
        let ran = folder.run(&["convert", from, "-o", "o.ndjson", "--reader-schema", "r.avsc"]).ends(4);
        assert!(
            ran.err.contains("V-INT-RANGE") && ran.err.contains("record 2") && ran.err.contains("\"n\""),
            "{}",
            ran.err
        );
        assert!(!folder.path("o.ndjson").exists());
        let arguments = ["convert", from, "-o", "-", "--to", "ndjson", "--reader-schema", "r.avsc"];
        let clamped = folder.run(&[&arguments[..], &["--allow", "V-INT-RANGE=clamp"]].concat()).ends(0);
        assert_eq!(clamped.out, "{\"n\":1}\n{\"n\":2147483647}\n", "{from}");
        let rejects = folder.run(&[&arguments[..], &["--rejects", &format!("{from}.rejects")]].concat());
        if from == "in.csv" {
            assert_eq!(rejects.ends(0).out, "{\"n\":1}\n");
        }
    }
    let missing =
        r#"{"type": "record", "name": "R", "fields": [{"name": "n", "type": "long"}, {"name": "m", "type": "int"}]}"#;
    folder.write("m.avsc", missing);
    let ran = folder.run(&["convert", "in.parquet", "-o", "o.ndjson", "--reader-schema", "m.avsc"]).ends(5);
    assert!(ran.err.contains("in.parquet") && ran.err.contains("\"m\"") && ran.err.contains("hint:"), "{}", ran.err);
    let text = r#"{"type": "record", "name": "R", "fields": [{"name": "n", "type": "string"}]}"#;
    folder.write("t.avsc", text);
    let ran = folder.run(&["convert", "in.parquet", "-o", "o.ndjson", "--reader-schema", "t.avsc"]).ends(5);
    assert!(ran.err.contains("int64 is not read as utf8"), "{}", ran.err);
}

#[test]
fn messages_are_read_as_another_version_and_as_another_message() {
    let old = "syntax = \"proto3\"; message M { int32 a = 1; string gone = 2; Kind kind = 4; }
               enum Kind { NONE = 0; ONE = 1; }";
    let new =
        "syntax = \"proto3\"; message M { int64 total = 1; bool fresh = 3; Kind kind = 4; repeated int32 more = 5; }
               enum Kind { NONE = 0; ONE = 1; TWO = 2; } message Other { string gone = 1; int64 a = 2; }";
    let rows = "{\"a\":5,\"gone\":\"x\",\"kind\":\"ONE\"}\n";
    let folder = Folder::new(&[("old.proto", old), ("new.proto", new), ("in.ndjson", rows)]);
    folder.run(&["convert", "in.ndjson", "-o", "in.pb", "--to-schema", "old.proto", "--message", "M"]).ends(0);
    let arguments =
        ["convert", "in.pb", "-o", "-", "--to", "ndjson", "--schema", "old.proto", "--reader-schema", "new.proto"];
    let ran = folder.run(&[&arguments[..], &["--message", "M"]].concat()).ends(0);
    assert_eq!(ran.out, "{\"total\":5,\"fresh\":false,\"kind\":\"ONE\",\"more\":[]}\n", "{}", ran.err);
    assert!(ran.err.contains("S-DROP"), "{}", ran.err);
    let ran = folder.run(&[&arguments[..], &["--message", "M", "--reader-message", "Other"]].concat()).ends(0);
    assert_eq!(ran.out, "{\"gone\":\"x\",\"a\":5}\n", "{}", ran.err);
}

#[test]
fn case_111_files_of_different_types_are_merged_or_refused_by_name() {
    let folder = Folder::new(&[
        ("a.csv", "x\n1\n"),
        ("b.csv", "x\n2\n"),
        ("d.csv", "x\n2024-01-01\n"),
        ("t.csv", "x\n2024-01-01T00:00:00\n"),
    ]);
    let make = |from: &str, to: &str, kind: &str| {
        folder.run(&["convert", from, "-o", to, "--columns", &format!("x={kind}")]).ends(0);
    };
    make("a.csv", "i32.parquet", "int32");
    make("b.csv", "i64.parquet", "int64");
    make("b.csv", "f64.parquet", "float64");
    make("d.csv", "date.parquet", "date32");
    make("t.csv", "time.parquet", "timestamp[us]");
    folder.run(&["convert", "i32.parquet", "i64.parquet", "-o", "both.parquet"]).ends(0);
    assert!(folder.run(&["schema", "show", "both.parquet"]).ends(0).out.contains("int64"));
    assert_eq!(folder.run(&["cat", "both.parquet"]).ends(0).out, "{\"x\":1}\n{\"x\":2}\n");
    for [one, other] in [["i64.parquet", "f64.parquet"], ["date.parquet", "time.parquet"]] {
        let ran = folder.run(&["convert", one, other, "-o", "no.parquet"]).ends(5);
        assert!(ran.err.contains(one) && ran.err.contains(other) && ran.err.contains("hint:"), "{}", ran.err);
        assert!(!folder.path("no.parquet").exists());
    }
    // 32 bits are exact in a double.
    folder.run(&["convert", "i32.parquet", "f64.parquet", "-o", "f.parquet"]).ends(0);
    assert_eq!(folder.run(&["cat", "f.parquet"]).ends(0).out, "{\"x\":1.0}\n{\"x\":2.0}\n");
}

#[test]
fn case_112_one_text_among_numbers_is_refused_with_file_and_row() {
    let folder = Folder::new(&[]);
    let mut inputs = Vec::new();
    for number in 0..10 {
        let name = format!("{number}.ndjson");
        let odd = if number == 6 { "\"seven\"" } else { "7" };
        folder.write(&name, &format!("{{\"x\":1}}\n{{\"x\":{odd}}}\n"));
        inputs.push(name);
    }
    let mut arguments = vec!["convert"];
    arguments.extend(inputs.iter().map(String::as_str));
    arguments.extend(["-o", "all.ndjson"]);
    let ran = folder.run(&arguments).ends(5);
    for part in ["6.ndjson", "0.ndjson", "record 2", "\"x\"", "--mixed json"] {
        assert!(ran.err.contains(part), "{part}: {}", ran.err);
    }
    arguments.push("--mixed=json");
    folder.run(&arguments).ends(0);
    let lines = folder.read("all.ndjson");
    assert_eq!(lines.lines().count(), 20);
    assert_eq!(lines.lines().nth(13), Some("{\"x\":\"seven\"}"));
    assert_eq!(lines.lines().filter(|line| *line == "{\"x\":7}").count(), 9);
}

#[test]
fn many_inputs_are_brought_to_one_readers_schema() {
    let reader = "CREATE TABLE t (id BIGINT NOT NULL, label TEXT, day DATE)";
    let folder = Folder::new(&[
        ("a.csv", "id,label\n1,x\n"),
        ("b.ndjson", "{\"id\":2,\"day\":\"2024-05-06\",\"s\":{\"k\":1}}\n"),
        ("t.sql", reader),
    ]);
    folder.run(&["convert", "a.csv", "-o", "c.parquet", "--columns", "id=int16"]).ends(0);
    let ran = folder.run(&["cat", "a.csv", "b.ndjson", "c.parquet", "--reader-schema", "t.sql"]).ends(0);
    let expected = "{\"id\":1,\"label\":\"x\",\"day\":null}\n{\"id\":2,\"label\":null,\"day\":\"2024-05-06\"}\n\
                    {\"id\":1,\"label\":\"x\",\"day\":null}\n";
    assert_eq!(ran.out, expected, "{}", ran.err);
    let nested = ["{\"p\":{\"x\":1}}\n", "{\"p\":{\"x\":18446744073709551615,\"y\":\"z\"}}\n"];
    folder.write("n1.ndjson", nested[0]);
    folder.write("n2.ndjson", nested[1]);
    let ran = folder.run(&["cat", "n1.ndjson", "n2.ndjson"]).ends(0);
    assert_eq!(ran.out, "{\"p\":{\"x\":1,\"y\":null}}\n{\"p\":{\"x\":18446744073709551615,\"y\":\"z\"}}\n");
}

#[test]
fn schemas_in_sql_and_json_schema_are_inputs() {
    let sql = "CREATE TABLE t (id BIGINT UNSIGNED NOT NULL, price DECIMAL(10,2), at TIMESTAMPTZ)";
    let json = r#"{"$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object", "required": ["id"],
        "properties": {"id": {"type": "integer", "minimum": 0, "maximum": 255}, "zip": {"type": "string"}}}"#;
    let folder =
        Folder::new(&[("t.sql", sql), ("s.json", json), ("in.csv", "id,zip\n1,00501\n"), ("d.json", "[{\"type\":1}]")]);
    let shown = folder.run(&["schema", "show", "t.sql"]).ends(0).out;
    for part in ["uint64", "decimal128(10,2)", "timestamp[us, UTC]"] {
        assert!(shown.contains(part), "{shown}");
    }
    assert!(folder.run(&["schema", "show", "t.sql", "--as", "avro"]).ends(0).out.contains("logicalType"));
    assert!(folder.run(&["schema", "show", "s.json"]).ends(0).out.contains("uint8"));
    // Data is not taken for a schema.
    assert!(folder.run(&["schema", "show", "d.json"]).ends(0).out.contains("int64"));
    folder.run(&["convert", "in.csv", "-o", "o.parquet", "--schema", "s.json"]).ends(0);
    assert!(folder.run(&["schema", "show", "o.parquet"]).ends(0).out.contains("uint8"));
    folder.write("bad.sql", "CREATE TABLE t (\n  id BIGINT,\n  n NUMBERS\n)");
    let ran = folder.run(&["schema", "show", "bad.sql"]).ends(3);
    assert!(ran.err.contains("bad.sql:3: column 5:"), "{}", ran.err);
    for (name, text) in [
        ("protos/a/one.proto", "syntax = \"proto3\"; package a; message One { int32 x = 1; }"),
        ("protos/a/two.proto", "syntax = \"proto3\"; package a; import \"a/one.proto\"; message Two { One one = 1; }"),
    ] {
        folder.write(name, text);
    }
    let shown = folder.run(&["schema", "show", "protos", "--message", "a.Two"]).ends(0).out;
    assert!(shown.contains("one") && shown.contains("int32"), "{shown}");
    assert!(folder.run(&["schema", "show", "protos"]).ends(2).err.contains("--message"));
}

#[test]
fn schema_diff_tells_what_differs_and_ends_like_diff() {
    let old = r#"{"type": "record", "name": "R", "fields": [{"name": "id", "type": "int"}, {"name": "old_name", "type": "string"}]}"#;
    let new = r#"{"type": "record", "name": "R", "fields": [{"name": "id", "type": "long"}, {"name": "oldName", "type": "string"},
        {"name": "new", "type": ["null", "string"], "default": null}]}"#;
    let folder = Folder::new(&[("old.avsc", old), ("new.avsc", new), ("in.csv", "id\n1\n")]);
    let ran = folder.run(&["schema", "diff", "old.avsc", "new.avsc"]).ends(1);
    let expected = "~ id: int32 → int64\n> oldName: renamed from old_name, as it seems\n+ new: utf8\n";
    assert_eq!(ran.out, expected);
    assert!(ran.err.contains("3 differences"), "{}", ran.err);
    let same = folder.run(&["schema", "diff", "old.avsc", "old.avsc"]).ends(0);
    assert_eq!(same.out, "");
    let json: serde_json::Value =
        serde_json::from_str(&folder.run(&["schema", "diff", "old.avsc", "in.csv", "--json"]).ends(1).out).unwrap();
    assert_eq!(json["equal"], false);
    assert!(
        json["changes"]
            .as_array()
            .unwrap()
            .iter()
            .any(|change| change["change"] == "removed" && change["path"] == "old_name")
    );
    let colours = folder.run(&["--color", "always", "schema", "diff", "old.avsc", "new.avsc"]).ends(1);
    assert!(colours.out.contains("\x1b[32m+ new"), "{}", colours.out);
}

fn record(fields: &str) -> String {
    format!("{{\"type\": \"record\", \"name\": \"R\", \"fields\": [{fields}]}}")
}

#[test]
fn a_history_is_checked_from_a_lock_file_and_from_a_folder() {
    let one = record(r#"{"name": "a", "type": "int"}"#);
    let two = record(r#"{"name": "a", "type": "int"}, {"name": "b", "type": "int", "default": 0}"#);
    let three = record(r#"{"name": "a", "type": "int"}, {"name": "b", "type": "int"}"#);
    let folder = Folder::new(&[("r.avsc", &one)]);
    let first = folder.run(&["schema", "lock", "r.avsc"]).ends(0);
    assert_eq!(first.out, "r.avsc: version 1\n");
    folder.write("r.avsc", &two);
    folder.run(&["schema", "check", "r.avsc", "--against", "fmtconv.lock", "--mode", "full-transitive"]).ends(0);
    assert_eq!(folder.run(&["schema", "lock", "r.avsc"]).ends(0).out, "r.avsc: version 2\n");
    assert_eq!(folder.run(&["schema", "lock", "r.avsc"]).ends(0).out, "r.avsc: unchanged, version 2\n");
    // The default goes: version 2 can still be read, version 1 cannot.
    folder.write("r.avsc", &three);
    let check = ["schema", "check", "r.avsc", "--against", "fmtconv.lock"];
    folder.run(&check).ends(0);
    let ran = folder.run(&[&check[..], &["--mode", "backward-transitive"]].concat()).ends(1);
    assert!(ran.out.contains("R.b"), "{}", ran.out);
    for (name, text) in [("v/v1.avsc", &one), ("v/v2.avsc", &two), ("v/v10.avsc", &three)] {
        folder.write(name, text);
    }
    // Against v10, the last one.
    folder.run(&["schema", "check", "r.avsc", "--against", "v"]).ends(0);
    folder.run(&["schema", "check", "r.avsc", "--against", "v", "--mode", "backward-transitive"]).ends(1);
    let ran = folder.run(&["schema", "check", "v/v1.avsc", "--against", "fmtconv.lock"]).ends(2);
    assert!(ran.err.contains("schema lock"), "{}", ran.err);
}

#[test]
fn data_decides_what_schemas_leave_open() {
    let old = record(r#"{"name": "n", "type": "long"}"#);
    let new = record(r#"{"name": "n", "type": "int"}"#);
    let folder = Folder::new(&[
        ("old.avsc", &old),
        ("new.avsc", &new),
        ("in.csv", "n\n-7\n41022\n"),
        ("far.csv", "n\n1\n3000000000\n"),
    ]);
    folder.run(&["convert", "in.csv", "-o", "in.parquet"]).ends(0);
    folder.run(&["convert", "in.csv", "-o", "in.avro"]).ends(0);
    let check = |file: &str| folder.run(&["schema", "check", "old.avsc", "new.avsc", "--data", file]);
    let ran = check("in.parquet").ends(0);
    let told = "n: int64 → int32 not null: min -7, max 41,022: 0 values do not fit, by the statistics of the file";
    assert!(ran.out.contains(told) && ran.out.ends_with("by the data: compatible\n"), "{}", ran.out);
    for file in ["in.avro", "in.csv"] {
        let ran = check(file).ends(0);
        assert!(ran.out.contains("min -7, max 41,022: 0 values do not fit"), "{file}: {}", ran.out);
    }
    let ran = check("far.csv").ends(1);
    assert!(ran.out.contains("1 value does not fit [V-INT-RANGE]"), "{}", ran.out);
}
