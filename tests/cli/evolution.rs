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
    for from in ["in.csv", "in.parquet"] {
        let ran = folder.run(&["convert", from, "-o", "o.ndjson", "--reader-schema", "m.avsc"]).ends(5);
        let told = [from, "column \"m\": the data has no such field", "hint:"];
        assert!(told.iter().all(|text| ran.err.contains(text)), "{}", ran.err);
    }
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
fn a_column_of_nulls_is_one_of_lists_where_another_input_has_some() {
    let folder = Folder::new(&[("n.ndjson", "{\"a\":null}\n"), ("l.ndjson", "{\"a\":[1]}\n")]);
    for format in ["parquet", "arrow"] {
        let (nulls, lists) = (format!("n.{format}"), format!("l.{format}"));
        folder.run(&["convert", "n.ndjson", "-o", &nulls]).ends(0);
        folder.run(&["convert", "l.ndjson", "-o", &lists]).ends(0);
        let ran = folder.run(&["convert", &nulls, &lists, "-o", "-", "--to", "ndjson"]).ends(0);
        assert_eq!(ran.out, "{\"a\":null}\n{\"a\":[1]}\n", "{format}");
    }
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

#[test]
fn schema_diff_compares_all_that_protobuf_and_json_schemas_say() {
    let folder = Folder::new(&[
        ("old/a.proto", "syntax = \"proto3\"; message A { int32 a = 1; } message B { string b = 1; }"),
        ("new/a.proto", "syntax = \"proto3\"; message A { int64 a = 1; } message B { string b = 1; bool c = 2; }"),
        (
            "old.json",
            r#"{"type": "object", "properties": {"s": {"type": "string", "enum": ["a", "b"]}, "n": {"type": "integer"}}}"#,
        ),
        (
            "new.json",
            r#"{"type": "object", "properties": {"s": {"type": "string", "enum": ["a", "c"]}, "n": {"type": "integer", "minimum": 1}}}"#,
        ),
    ]);
    for [old, new] in [["old", "new"], ["old/a.proto", "new/a.proto"]] {
        let ran = folder.run(&["schema", "diff", old, new]).ends(1);
        assert_eq!(ran.out, "~ A.a: int32 → int64\n+ B.c: bool = 2\n");
        folder.run(&["schema", "diff", old, old]).ends(0);
    }
    let ran = folder.run(&["schema", "diff", "old/a.proto", "new/a.proto", "--message", "A"]).ends(1);
    assert_eq!(ran.out, "~ a: int32 → int64\n");
    let ran = folder.run(&["schema", "diff", "old.json", "new.json"]).ends(1);
    assert_eq!(ran.out, "~ s: enum: +c -b\n~ n: minimum: nothing → 1\n");
    let json: serde_json::Value =
        serde_json::from_str(&folder.run(&["schema", "diff", "old.json", "new.json", "--json"]).ends(1).out).unwrap();
    let symbols = serde_json::json!({"change": "symbols", "path": "s", "added": ["c"], "removed": ["b"]});
    assert_eq!(json["changes"][0], symbols);
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

#[test]
fn folders_and_descriptor_sets_have_a_history() {
    let folder = Folder::new(&[
        ("protos/a/one.proto", "syntax = \"proto3\"; package a; message One { int32 x = 1; }"),
        ("protos/a/two.proto", "syntax = \"proto3\"; package a; import \"a/one.proto\"; message Two { One one = 1; }"),
    ]);
    assert_eq!(folder.run(&["schema", "lock", "protos"]).ends(0).out, "protos: version 1\n");
    assert_eq!(folder.run(&["schema", "lock", "protos"]).ends(0).out, "protos: unchanged, version 1\n");
    let check = ["schema", "check", "protos", "--against", "fmtconv.lock"];
    folder.run(&check).ends(0);
    // A file of the folder changes, one is added.
    folder.write("protos/a/one.proto", "syntax = \"proto3\"; package a; message One { string x = 1; }");
    folder.write("protos/b.proto", "syntax = \"proto3\"; message B { int32 y = 1; }");
    let ran = folder.run(&check).ends(1);
    // Files are named as they can be opened from here.
    assert!(ran.out.starts_with("protos/a/one.proto:1:") && ran.out.contains("a.One.x"), "{}", ran.out);
    assert_eq!(folder.run(&["schema", "lock", "protos"]).ends(0).out, "protos: version 2\n");
    folder.run(&check).ends(0);
    folder.run(&[&check[..], &["--mode", "backward-transitive"]].concat()).ends(1);
    // Versions side by side: folders and descriptor sets are alike.
    let copy = |from: &str, to: &str| folder.write(to, &folder.read(from));
    for version in ["v/1", "v/2"] {
        for file in ["a/one.proto", "a/two.proto"] {
            copy(&format!("protos/{file}"), &format!("{version}/{file}"));
        }
    }
    folder.write("v/1/a/one.proto", "syntax = \"proto3\"; package a; message One { int32 x = 1; }");
    folder.write("v/notes/readme.txt", "no schema");
    folder.run(&["schema", "check", "protos", "--against", "v"]).ends(0);
    folder.run(&["schema", "check", "protos", "--against", "v", "--mode", "full-transitive"]).ends(1);
    let set = protobuf_set(&folder);
    folder.run(&["schema", "lock", "one.desc"]).ends(0);
    std::fs::write(folder.path("v/3.desc"), &set).unwrap();
    folder.run(&["schema", "check", "one.desc", "--against", "v", "--rules", "proto-wire"]).ends(0);
    let ran = folder.run(&["schema", "check", "one.desc", "--against", "fmtconv.lock"]).ends(0);
    assert!(ran.err.contains("compatible"), "{}", ran.err);
    folder.run(&["schema", "lock", "nothing.desc"]).ends(9);
    std::fs::write(folder.path("data.parquet"), b"PAR1\xff\xff").unwrap();
    folder.run(&["schema", "lock", "data.parquet"]).ends(3);
}

/// A descriptor set of `message One { int32 x = 1; }`, made by hand (descriptor.proto: file = 1; name = 1, package = 2,
/// message_type = 4, syntax = 12; name = 1, field = 2; name = 1, number = 3, label = 4, type = 5, json_name = 10).
fn protobuf_set(folder: &Folder) -> Vec<u8> {
    let part = |tag: u8, bytes: &[u8]| [&[tag << 3 | 2, bytes.len() as u8], bytes].concat();
    let field = [part(1, b"x"), vec![3 << 3, 1, 4 << 3, 1, 5 << 3, 5], part(10, b"x")].concat();
    let message = [part(1, b"One"), part(2, &field)].concat();
    let file = [part(1, b"one.proto"), part(2, b"a"), part(4, &message), part(12, b"proto3")].concat();
    let set = part(1, &file);
    std::fs::write(folder.path("one.desc"), &set).unwrap();
    set
}

#[test]
fn a_parquet_message_type_is_a_schema() {
    let text = "message order {\n  required int64 id;\n  optional binary note (STRING);\n  optional int32 day (DATE);\n\
                \x20 optional fixed_len_byte_array(5) price (DECIMAL(10,2));\n}\n";
    let folder = Folder::new(&[("order.schema", text), ("in.csv", "id,note,day,price\n1,a,2024-05-06,1.50\n")]);
    let shown = folder.run(&["schema", "show", "order.schema"]).ends(0).out;
    for part in ["int64", "utf8", "date32", "decimal128(10,2)"] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    // What `schema show --as parquet` prints is read as the same schema.
    folder.run(&["convert", "in.csv", "-o", "in.parquet", "--schema", "order.schema"]).ends(0);
    let printed = folder.run(&["schema", "show", "in.parquet", "--as", "parquet"]).ends(0).out;
    folder.write("printed.txt", &printed);
    folder.run(&["schema", "diff", "in.parquet", "order.schema"]).ends(0);
    folder.run(&["schema", "check", "printed.txt", "order.schema", "--mode", "full"]).ends(0);
    folder.write("narrow.schema", &text.replace("int64 id", "int32 id"));
    folder.run(&["schema", "check", "order.schema", "narrow.schema", "--rules", "iceberg-v2"]).ends(1);
    assert_eq!(folder.run(&["schema", "lock", "order.schema"]).ends(0).out, "order.schema: version 1\n");
    folder.run(&["schema", "check", "order.schema", "--against", "fmtconv.lock"]).ends(0);
    folder.write("bad.schema", "message order { required int65 id; }");
    folder.run(&["schema", "show", "bad.schema"]).ends(3).says(&["bad.schema", "message type"]);
    folder.write("deep.schema", &format!("message m {{ {}", "optional group g { ".repeat(100_000)));
    folder.run(&["schema", "show", "deep.schema"]).ends(7).says(&["nested"]);
}

#[test]
fn data_decides_as_strictly_as_was_asked() {
    // Every value fits an int, but a default stands in for what may be a renamed field.
    let old = record(r#"{"name": "n", "type": "long"}, {"name": "price", "type": "int", "default": 0}"#);
    let new = record(r#"{"name": "n", "type": "int"}, {"name": "cost", "type": "int", "default": 0}"#);
    let folder = Folder::new(&[("old.avsc", &old), ("new.avsc", &new), ("in.csv", "n,price\n1,2\n")]);
    let check = ["schema", "check", "old.avsc", "new.avsc", "--data", "in.csv"];
    folder.run(&check).ends(0);
    let ran = folder.run(&[&check[..], &["--strict"]].concat()).ends(1);
    assert!(ran.out.ends_with("by the data: incompatible\n"), "{}", ran.out);
    let ran = folder.run(&[&check[..], &["--strict", "--format", "json"]].concat()).ends(1);
    assert!(ran.out.contains("\"compatible\": false"), "{}", ran.out);
    // What is checked by the data is no warning any more.
    folder
        .write("same.avsc", &record(r#"{"name": "n", "type": "int"}, {"name": "price", "type": "int", "default": 0}"#));
    folder.run(&["schema", "check", "old.avsc", "same.avsc", "--data", "in.csv", "--strict"]).ends(0);
}

#[test]
fn the_message_that_counts_can_be_named() {
    let protos = |kind: &str| {
        format!("syntax = \"proto3\"; package p; message A {{ string s = 1; }} message B {{ {kind} n = 1; }}")
    };
    let (old, new) = (protos("int64"), protos("int32"));
    let columns = record(r#"{"name": "n", "type": "long"}"#).replace("\"R\"", "\"Other\"");
    let folder = Folder::new(&[
        ("old.proto", &old),
        ("new.proto", &new),
        ("n.avsc", &columns),
        ("in.ndjson", "{\"n\":\"5000000000\"}\n"),
        ("fits.ndjson", "{\"n\":\"7\"}\n"),
    ]);
    for (from, to) in [("in.ndjson", "in.pb"), ("fits.ndjson", "fits.pb")] {
        let settings = ["--from-opt", "dialect=protojson", "--schema", "old.proto", "--message", "p.B"];
        folder.run(&[&["convert", from, "-o", to][..], &settings].concat()).ends(0);
    }
    let check = |more: &[&str]| folder.run(&[&["schema", "check", "old.proto", "new.proto"], more].concat());
    check(&["--data", "in.pb"]).ends(2).says(&["--message"]);
    let ran = check(&["--data", "in.pb", "--message", "p.B"]).ends(1);
    assert!(ran.out.contains("1 value does not fit [V-INT-RANGE]"), "{}", ran.out);
    check(&["--data", "fits.pb", "--message", "p.B"]).ends(0);
    let across = ["schema", "check", "n.avsc", "old.proto"];
    folder.run(&across).ends(2);
    for name in ["B", "p.B"] {
        folder.run(&[&across[..], &["--message", name]].concat()).ends(0);
    }
    folder.run(&[&across[..], &["--message", "p.A", "--mode", "forward"]].concat()).ends(1);
}

#[test]
fn text_takes_its_types_from_a_readers_schema() {
    let reader = record(
        r#"{"name": "id", "type": "long"}, {"name": "label", "type": "string", "aliases": ["name"]},
           {"name": "seen", "type": "int", "default": 7}"#,
    );
    let rows = "id,name,extra\n1,ann,3\n2,bob,y\n";
    let folder = Folder::new(&[("r.avsc", &reader), ("in.csv", rows), ("bare.csv", "1,ann,3,x\n2,bob,4,y\n")]);
    let ran = folder.run(&["cat", "in.csv", "--reader-schema", "r.avsc"]).ends(0);
    let expected = "{\"id\":1,\"label\":\"ann\",\"seen\":7}\n{\"id\":2,\"label\":\"bob\",\"seen\":7}\n";
    assert_eq!(ran.out, expected, "{}", ran.err);
    let ran = folder.run(&["convert", "in.csv", "-o", "o.avro", "--reader-schema", "r.avsc", "--strict"]).ends(6);
    assert!(ran.err.contains("\"extra\""), "{}", ran.err);
    // Without a header, by place.
    let ran = folder.run(&["cat", "bare.csv", "--reader-schema", "r.avsc", "--from-opt", "header=false"]).ends(0);
    assert!(ran.out.starts_with("{\"id\":1,\"label\":\"ann\",\"seen\":3}\n"), "{} {}", ran.out, ran.err);
    let plain = record(r#"{"name": "id", "type": "long"}, {"name": "s", "type": ["null", "string"]}"#);
    folder.write("plain.avsc", &plain);
    folder.write("in.ndjson", "{\"id\":1,\"more\":1}\n{\"id\":2,\"s\":\"x\",\"more\":\"text\"}\n");
    let arguments = ["cat", "in.ndjson", "--reader-schema", "plain.avsc", "--from-opt", "extra-keys=ignore"];
    assert_eq!(folder.run(&arguments).ends(0).out, "{\"id\":1,\"s\":null}\n{\"id\":2,\"s\":\"x\"}\n");
}

#[test]
fn renamed_fields_are_read_under_their_old_names() {
    let reader = record(r#"{"name": "cost", "type": "long", "default": 0}, {"name": "n", "type": "long"}"#);
    let folder =
        Folder::new(&[("r.avsc", &reader), ("in.csv", "price,n\n5,1\n"), ("in.ndjson", "{\"price\":5,\"n\":1}\n")]);
    folder.run(&["convert", "in.csv", "-o", "in.parquet"]).ends(0);
    folder.run(&["convert", "in.csv", "-o", "in.avro"]).ends(0);
    for from in ["in.csv", "in.ndjson", "in.parquet", "in.avro"] {
        let arguments = ["convert", from, "-o", "-", "--to", "ndjson", "--reader-schema", "r.avsc", "--map"];
        let map = |text: &str| folder.run(&[&arguments[..], &[text]].concat());
        let ran = map("price=cost").ends(0);
        assert_eq!(ran.out, "{\"cost\":5,\"n\":1}\n", "{from}: {}", ran.err);
        assert!(!ran.err.contains("S-DROP"), "{from}: {}", ran.err);
        // A name that is nowhere would let the default through.
        map("prize=cost").ends(2).says(&["prize"]);
        map("price=costs").ends(2).says(&["r.avsc", "costs"]);
        map("R.price=cost").ends(0);
    }
    folder.run(&["convert", "in.csv", "-o", "o.ndjson", "--map", "price=cost"]).ends(2);
}

#[test]
fn a_refusal_names_both_sides() {
    let reader = record(r#"{"name": "n", "type": "string"}"#);
    let folder = Folder::new(&[("r.avsc", &reader), ("in.csv", "n\n1\n")]);
    folder.run(&["convert", "in.csv", "-o", "in.parquet"]).ends(0);
    let ran = folder.run(&["convert", "in.parquet", "-o", "o.ndjson", "--reader-schema", "r.avsc"]).ends(5);
    for part in ["in.parquet", "r.avsc", "\"n\"", "int64", "utf8"] {
        assert!(ran.err.contains(part), "{part}: {}", ran.err);
    }
}

#[test]
fn unions_and_maps_are_brought_to_a_readers_schema() {
    let union = |branches: &str| record(&format!(r#"{{"name": "u", "type": [{branches}]}}"#));
    let rows = "{\"u\":{\"int\":1}}\n{\"u\":{\"string\":\"a\"}}\n{\"u\":null}\n{\"u\":{\"int\":2}}\n";
    let folder = Folder::new(&[
        ("old.avsc", &union(r#""null", "int", "string""#)),
        ("new.avsc", &union(r#""string", "boolean", "null", "long""#)),
        ("less.avsc", &union(r#""null", "int""#)),
        ("in.ndjson", rows),
        ("one.csv", "u\n7\n\n8\n"),
    ]);
    folder
        .run(&["convert", "in.ndjson", "-o", "in.avro", "--schema", "old.avsc", "--from-opt", "dialect=avro"])
        .ends(0);
    // Not by Avro's own rules: columns of Arrow.
    folder.run(&["convert", "in.avro", "-o", "in.arrow"]).ends(0);
    let arguments = ["convert", "in.arrow", "-o", "-", "--to", "ndjson", "--to-opt", "union=tagged", "--reader-schema"];
    let ran = folder.run(&[&arguments[..], &["new.avsc"]].concat()).ends(0);
    let expected = "{\"u\":{\"long\":1}}\n{\"u\":{\"string\":\"a\"}}\n{\"u\":{\"null\":null}}\n{\"u\":{\"long\":2}}\n";
    assert_eq!(ran.out, expected, "{}", ran.err);
    let ran = folder.run(&[&arguments[..], &["less.avsc"]].concat());
    assert!(matches!(ran.code, Some(4 | 5)) && ran.err.contains("\"u\""), "{}", ran.err);
    folder.run(&["convert", "one.csv", "-o", "one.parquet"]).ends(0);
    let arguments =
        ["convert", "one.parquet", "-o", "-", "--to", "ndjson", "--to-opt", "union=tagged", "--reader-schema"];
    let ran = folder.run(&[&arguments[..], &["new.avsc"]].concat()).ends(0);
    assert_eq!(ran.out, "{\"u\":{\"long\":7}}\n{\"u\":{\"null\":null}}\n{\"u\":{\"long\":8}}\n", "{}", ran.err);
    // Maps and lists of their entries.
    let map = record(r#"{"name": "m", "type": {"type": "map", "values": "int"}}"#);
    let list = record(
        r#"{"name": "m", "type": {"type": "array", "items": {"type": "record", "name": "E", "fields": [
            {"name": "key", "type": "string"}, {"name": "value", "type": "int"}]}}}"#,
    );
    folder.write("map.avsc", &map);
    folder.write("list.avsc", &list);
    folder.write("m.ndjson", "{\"m\":{\"a\":1,\"b\":2}}\n{\"m\":{}}\n");
    folder.write(
        "l.ndjson",
        "{\"m\":[{\"key\":\"a\",\"value\":1}]}\n{\"m\":[{\"key\":\"x\",\"value\":1},{\"key\":\"x\",\"value\":2}]}\n",
    );
    folder.run(&["convert", "m.ndjson", "-o", "m.parquet", "--schema", "map.avsc"]).ends(0);
    folder.run(&["convert", "l.ndjson", "-o", "l.parquet", "--schema", "list.avsc"]).ends(0);
    let ran = folder.run(&["cat", "m.parquet", "--reader-schema", "list.avsc"]).ends(0);
    let expected = "{\"m\":[{\"key\":\"a\",\"value\":1},{\"key\":\"b\",\"value\":2}]}\n{\"m\":[]}\n";
    assert_eq!(ran.out, expected, "{}", ran.err);
    let ran = folder.run(&["cat", "l.parquet", "--reader-schema", "map.avsc"]).ends(4);
    assert!(ran.err.contains("V-DUP-KEY") && ran.err.contains("record 2"), "{}", ran.err);
    for (which, value) in [("first", 1), ("last", 2)] {
        let policy = format!("V-DUP-KEY={which}");
        let arguments = ["convert", "l.parquet", "-o", "-", "--to", "ndjson", "--reader-schema", "map.avsc", "--allow"];
        let ran = folder.run(&[&arguments[..], &[&policy]].concat()).ends(0);
        assert_eq!(ran.out, format!("{{\"m\":{{\"a\":1}}}}\n{{\"m\":{{\"x\":{value}}}}}\n"), "{}", ran.err);
        assert!(ran.err.contains("V-DUP-KEY"), "{}", ran.err);
    }
    folder.write("map.sql", "CREATE TABLE t (m MAP<VARCHAR, INTEGER>)");
    folder.write("list.sql", "CREATE TABLE t (m STRUCT<key VARCHAR NOT NULL, value INTEGER>[])");
    folder.run(&["schema", "check", "map.sql", "list.sql", "--strict"]).ends(0);
    folder.run(&["schema", "check", "list.sql", "map.sql"]).ends(0);
    folder.run(&["schema", "check", "list.sql", "map.sql", "--strict"]).ends(1);
}
