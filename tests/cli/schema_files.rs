//! Schemas in files whose names do not say so, in pipes, on standard input.

use super::Folder;

const INT: &str = r#"{"type": "record", "name": "R", "fields": [{"name": "a", "type": "int"}]}"#;
const TEXT: &str = r#"{"type": "record", "name": "R", "fields": [{"name": "a", "type": "string"}]}"#;
const PROTO: &str = "// Orders.\nsyntax = \"proto3\";\nmessage M { int64 a = 1; }\n";

fn folder() -> Folder {
    Folder::new(&[
        ("d.csv", "a\n1\n2\n"),
        ("int.avsc", INT),
        ("text.avsc", TEXT),
        ("v2.bak", INT),
        ("v1.txt", TEXT),
        ("bare", INT),
        ("m.proto", PROTO),
        ("m.old", PROTO),
        ("t.txt", "create table t (a integer not null)"),
        ("j.txt", r#"{"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]}"#),
    ])
}

#[test]
fn a_compiled_schema_is_known_by_what_is_in_it() {
    let folder = folder();
    folder.run(&["convert", "d.csv", "-o", "d.pb", "--name", "M", "--emit-schema", "m.desc"]).ends(0);
    std::fs::copy(folder.path("m.desc"), folder.path("m.ds")).unwrap();
    std::fs::copy(folder.path("m.desc"), folder.path("compiled")).unwrap();
    let expected = "{\"a\":1}\n{\"a\":2}\n";
    let shown = folder.run(&["schema", "show", "m.desc"]).ends(0).out;
    for name in ["m.ds", "compiled"] {
        for message in [&[][..], &["--message", "M"]] {
            let read = [&["cat", "d.pb", "--schema", name], message].concat();
            assert_eq!(folder.run(&read).ends(0).out, expected, "{name}");
        }
        assert_eq!(folder.run(&["schema", "show", name]).ends(0).out, shown);
        folder.run(&["convert", "d.csv", "-o", "o.pb", "--to-schema", name, "--overwrite"]).ends(0);
        folder.run(&["schema", "check", "m.desc", name]).ends(0);
    }
    let set = std::fs::read(folder.path("m.desc")).unwrap();
    assert_eq!(folder.pipe(&["cat", "d.pb", "--schema", "-", "--message", "M"], &set).ends(0).out, expected);
    folder.run(&["cat", "d.pb", "--schema", "m.ds", "--message", "N"]).ends(2).says(&["N"]);
    // Text that begins with an empty line is none.
    folder.write("t.ds", "\n\ncreate table t (a integer not null)");
    assert!(folder.run(&["schema", "show", "t.ds"]).ends(0).out.contains("int32"));
}

#[test]
fn a_schema_is_read_as_one_whatever_its_name() {
    let folder = folder();
    for (name, kind) in [("v2.bak", "int32"), ("bare", "int32"), ("m.old", "int64"), ("t.txt", "int32")] {
        let output = format!("{name}.arrow");
        folder.run(&["convert", "d.csv", "-o", &output, "--reader-schema", name]).ends(0);
        let out = folder.run(&["schema", "show", &output]).ends(0).out;
        assert!(out.contains(kind), "{name}: {out}");
        assert_eq!(folder.run(&["cat", &output]).ends(0).out, "{\"a\":1}\n{\"a\":2}\n", "{name}");
        folder.run(&["convert", "d.csv", "-o", "out.parquet", "--schema", name, "--overwrite"]).ends(0);
        let shown = folder.run(&["schema", "show", name]).ends(0).out;
        assert!(shown.contains("\na ") && shown.contains(kind) && !shown.contains("\nfields "), "{name}: {shown}");
    }
    folder.run(&["convert", "d.csv", "-o", "a.avro", "--to-schema", "bare"]).ends(0);
    folder.run(&["convert", "d.csv", "-o", "a.pb", "--to-schema", "m.old"]).ends(0);
    let out = folder.run(&["schema", "show", "j.txt"]).ends(0).out;
    assert!(out.contains("\na "), "{out}");
    let out = folder.run(&["schema", "diff", "v1.txt", "v2.bak"]).ends(1).out;
    assert!(out.contains("a: utf8 → int32"), "{out}");
    folder.run(&["schema", "diff", "int.avsc", "v2.bak"]).ends(0);
    let prints = |name: &str| folder.run(&["schema", "fingerprint", name]).ends(0).out.replace(name, "NAME");
    assert_eq!(prints("int.avsc"), prints("v2.bak"));
    folder.run(&["schema", "check", "v1.txt", "v2.bak"]).ends(1);
    folder.run(&["schema", "check", "int.avsc", "bare", "--data", "d.csv"]).ends(0);
    folder.run(&["schema", "lock", "m.old", "v2.bak", "t.txt"]).ends(0);
    for name in ["m.old", "v2.bak", "t.txt"] {
        folder.run(&["schema", "check", name, "--against", "fmtconv.lock"]).ends(0);
    }
}

#[test]
fn text_that_may_be_a_schema_is_not_taken_for_data() {
    let folder = folder();
    folder.write("words", "{\"type\": \"recrd\", \"name\": \"R\", \"fields\": []}\n");
    folder.write("columns.txt", "a,b\n1,2\n");
    for name in ["words", "columns.txt"] {
        for option in ["--schema", "--reader-schema", "--to-schema"] {
            let ran = folder.run(&["convert", "d.csv", "-o", "lost.avro", option, name]).ends(2);
            ran.says(&[name, "cannot tell what language this schema is in", "hint: name a schema .avsc"]);
        }
    }
    // Data that is named like data has a schema, and so has what carries one.
    folder.write("like.csv", "a\n1\n");
    folder.run(&["convert", "d.csv", "-o", "a.ndjson", "--schema", "like.csv"]).ends(0);
    folder.run(&["convert", "d.csv", "-o", "d.parquet"]).ends(0);
    std::fs::copy(folder.path("d.parquet"), folder.path("d.bak")).unwrap();
    folder.run(&["convert", "d.csv", "-o", "b.ndjson", "--schema", "d.bak"]).ends(0);
    // What is read, not what it is read with, may be looked into.
    let out = folder.run(&["schema", "show", "columns.txt"]).ends(0).out;
    assert!(out.contains("\na ") && out.contains("\nb "), "{out}");
}

#[test]
fn standard_input_may_be_a_schema() {
    let folder = folder();
    let out = folder.pipe(&["schema", "show", "-"], INT.as_bytes()).ends(0).out;
    assert!(out.contains("\na ") && out.contains("int32"), "{out}");
    let out = folder.pipe(&["schema", "show", "-"], b"a,b\n1,2\n").ends(0).out;
    assert!(out.contains("\nb ") && out.contains("int64"), "{out}");
    let out = folder.pipe(&["schema", "show", "-", "--from", "json"], INT.as_bytes()).ends(0).out;
    assert!(out.contains("fields"), "{out}");
    folder.pipe(&["schema", "check", "-", "int.avsc"], TEXT.as_bytes()).ends(1);
    folder.pipe(&["schema", "check", "m.proto", "-"], PROTO.as_bytes()).ends(0);
    folder.pipe(&["schema", "diff", "-", "int.avsc"], TEXT.as_bytes()).ends(1);
    folder.pipe(&["schema", "diff", "m.proto", "-"], PROTO.as_bytes()).ends(0);
    folder.pipe(&["schema", "fingerprint", "-"], INT.as_bytes()).ends(0).says(&[]);
    for option in ["--schema", "--reader-schema"] {
        folder.pipe(&["convert", "d.csv", "-o", "d.arrow", option, "-", "--overwrite"], INT.as_bytes()).ends(0);
        let out = folder.run(&["schema", "show", "d.arrow"]).ends(0).out;
        assert!(out.contains("int32"), "{out}");
    }
    folder.pipe(&["convert", "d.csv", "-o", "d.avro", "--to-schema", "-", "--verify"], INT.as_bytes()).ends(0);
    folder.pipe(&["convert", "d.avro", "-o", "e.avro", "--reader-schema", "-"], INT.as_bytes()).ends(0);
    folder.pipe(&["convert", "d.csv", "-o", "d.pb", "--schema", "-"], PROTO.as_bytes()).ends(0);
    // The same schema for each file.
    folder.write("in/a.csv", "a\n1\n");
    folder.write("in/b.csv", "a\n2\n");
    let each = ["convert", "in", "--out-dir", "out", "--to", "arrow", "--schema", "-"];
    folder.pipe(&each, INT.as_bytes()).ends(0);
    for name in ["out/a.arrow", "out/b.arrow"] {
        assert!(folder.run(&["schema", "show", name]).ends(0).out.contains("int32"), "{name}");
    }
    let twice = ["convert", "-", "-o", "x.arrow", "--schema", "-"];
    folder.pipe(&twice, INT.as_bytes()).ends(2).says(&["standard input can be read only once"]);
    folder.pipe(&["schema", "diff", "-", "-"], INT.as_bytes()).ends(2);
    folder.pipe(&["schema", "lock", "-"], INT.as_bytes()).ends(2).says(&["a pipe has none"]);
}

#[cfg(unix)]
#[test]
fn pipes_are_read_once() {
    let folder = folder();
    let shell = |line: &str| {
        let line = format!("fmtconv() {{ '{}' \"$@\"; }}; {line}", env!("CARGO_BIN_EXE_fmtconv"));
        let mut command = std::process::Command::new("bash");
        command.current_dir(folder.path(".")).args(["-c", &line]);
        super::Ran::from(command.output().unwrap())
    };
    let out = shell("fmtconv schema diff <(cat text.avsc) <(cat int.avsc)").ends(1).out;
    assert!(out.contains("a: utf8 → int32"), "{out}");
    shell("fmtconv schema check <(cat text.avsc) <(cat int.avsc)").ends(1);
    shell("fmtconv schema check <(cat m.proto) m.old").ends(0);
    shell("fmtconv schema check <(cat t.txt) t.txt").ends(0);
    shell("fmtconv schema check <(echo '{\"type\": \"string\"}') <(echo '{\"type\": \"bytes\"}')").ends(0);
    let out = shell("fmtconv schema show <(cat v2.bak)").ends(0).out;
    assert!(out.contains("\na ") && out.contains("int32"), "{out}");
    shell("fmtconv convert d.csv -o d.parquet --reader-schema <(cat m.proto)").ends(0);
    shell("fmtconv convert d.csv -o d.ndjson --schema <(cat d.parquet)").ends(0);
    let out = shell("fmtconv schema show <(cat d.parquet)").ends(0).out;
    assert!(out.contains("int64"), "{out}");
    shell("fmtconv convert d.csv -o d.pb --to-schema <(cat m.proto) --verify").ends(0);
    shell("fmtconv convert d.csv -o d.avro --schema <(cat int.avsc) --verify").ends(0);
}

#[test]
fn the_schemas_of_the_repository_fit_its_records() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let at = |path: &str| root.join(path).display().to_string();
    for (records, schema, output) in [
        ("testdata/events.csv", "schemas/events.avsc", "e.avro"),
        ("testdata/events.csv", "schemas/events.sql", "e.parquet"),
        ("testdata/orders.ndjson", "schemas/orders.avsc", "o.avro"),
        ("testdata/orders.ndjson", "schemas/orders.proto", "o.pb"),
    ] {
        let folder = Folder::new(&[]);
        let (records, schema) = (at(records), at(schema));
        let ran = folder.run(&["convert", &records, "--schema", &schema, "-o", output, "--strict", "--verify"]);
        ran.ends(0).says(&["losses: none", "0 differences"]);
    }
}
