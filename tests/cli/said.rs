//! What is said twice, contradicts itself or cannot have an effect.

use super::Folder;

const AVSC: &str = r#"{"type": "record", "name": "R", "namespace": "n", "fields": [{"name": "id", "type": "long"}]}"#;

fn folder() -> Folder {
    let proto = "syntax = \"proto3\"; message R { int64 id = 1; }";
    Folder::new(&[("a.csv", "id,qty\n1,2\n"), ("id.csv", "id\n1\n"), ("r.avsc", AVSC), ("r.proto", proto)])
}

#[test]
fn a_setting_is_given_once() {
    let folder = folder();
    let refused = |to: &str, more: &[&str], what: &str| {
        let arguments = [&["convert", "a.csv", "-o", to], more].concat();
        folder.run(&arguments).ends(2).says(&[what]);
        assert!(!folder.path(to).exists(), "{more:?}");
    };
    refused("a.avro", &["--sync", "random", "--to-opt", "sync=derived"], "the setting sync is given twice");
    refused("a.avro", &["--to-opt", "sync=random", "--to-opt", "sync=derived"], "the setting sync is given twice");
    refused("a.avro", &["--sync", "random", "--sync", "derived"], "the setting sync is given twice");
    refused("a.ndjson", &["--no-header-types", "--header-types"], "the setting header-types is given twice");
    refused("a.ndjson", &["--from-opt", "trim=both", "--trim", "none"], "the setting trim is given twice");
    refused(
        "a.avro",
        &["--allow", "V-ENUM=null", "--allow", "V-ENUM=skip"],
        "--allow says twice what becomes of V-ENUM",
    );
    let maps = ["--reader-schema", "r.avsc", "--map", "qty=id", "--map", "id=id"];
    refused("a.avro", &maps, "another --map names one of these fields as well");
    let count = ["count", "a.csv", "--trim", "both", "--from-opt", "trim=none"];
    folder.run(&count).ends(2).says(&["the setting trim is given twice"]);
}

#[test]
fn columns_that_are_chosen_are_some_and_each_once() {
    let folder = folder();
    let chosen = |more: &[&str]| folder.run(&[&["convert", "a.csv", "-o", "-", "--to", "csv"], more].concat());
    chosen(&["--select", "id,id"]).ends(2).says(&["the column \"id\" is selected twice"]);
    chosen(&["--select", "id", "--exclude", "id"]).ends(2).says(&["no column is left"]);
    chosen(&["--exclude", "id,qty"]).ends(2).says(&["no column is left"]);
    assert_eq!(chosen(&["--select", "qty,id", "--exclude", "id"]).ends(0).out, "qty\n2\n");
    // The form of values that are not written is no one's concern.
    folder.write("b.csv", "id,f\n1,TRUE\n2,true\n");
    let told =
        |more: &[&str]| folder.run(&[&["convert", "b.csv", "-o", "-", "--to", "csv"], more].concat()).ends(0).err;
    assert!(told(&[]).contains("N-FORM (f)"));
    assert!(!told(&["--exclude", "f"]).contains("N-FORM"));
}

#[test]
fn settings_of_a_schema_that_is_made_are_none_of_one_that_is_given() {
    let folder = folder();
    let run = |to: &str, more: &[&str]| folder.run(&[&["convert", "id.csv", "-o", to, "--overwrite"], more].concat());
    let avro = ["--to-schema", "r.avsc"];
    for setting in [&["--namespace", "x"][..], &["--uuid", "fixed"], &["--to-opt", "decimal=fixed"]] {
        run("a.avro", &[&avro[..], setting].concat()).ends(2).says(&["has no effect: the schema is given"]);
    }
    let proto = ["--to-schema", "r.proto"];
    for setting in [&["--to-opt", "int=fixed"][..], &["--evolve", "r.proto"], &["--proto-nulls", "wrap"]] {
        run("a.pb", &[&proto[..], setting].concat()).ends(2).says(&["has no effect: the schema is given"]);
    }
    run("a.pb", &[&proto[..], &["--to-opt", "framing=delimited"]].concat()).ends(0);
    run("a.ndjson", &["--to-opt", "header=false"]).ends(2).says(&["only rows=arrays has a header"]);
    run("a.ndjson", &["--to-opt", "header=false", "--to-opt", "rows=arrays"]).ends(0);
    // For the CSV that is read it has one.
    run("a.ndjson", &["--no-header"]).ends(0);
    run("a.avro", &[&avro[..], &["--name", "X"]].concat()).ends(0).says(&["--name has no effect: the schema"]);
    run("b.csv", &["--name", "X"]).ends(0).says(&["--name has no effect: nothing in csv has a name"]);
    folder.run(&["plan", "id.csv", "--to", "avro", "--emit-schema", "f.avsc"]).ends(2).says(&["plan writes nothing"]);
}

#[test]
fn names_and_folders_of_schemas_are_there() {
    let folder = folder();
    let run = |more: &[&str]| folder.run(&[&["convert", "id.csv", "-o", "-", "--to", "csv"], more].concat());
    run(&["--schema", "r.avsc", "--message", "Nope"]).ends(2).says(&["r.avsc: --message has no effect"]);
    run(&["--schema", "r.avsc", "--message", "n.R"]).ends(0);
    run(&["--schema", "r.avsc", "--message", "R"]).ends(0);
    let reader = ["--reader-schema", "r.avsc", "--reader-message", "x.R"];
    run(&reader).ends(2).says(&["--reader-message has no effect"]);
    // One of the files has it.
    run(&["--schema", "r.proto", "--reader-schema", "r.avsc", "--message", "R"]).ends(0);
    run(&["--schema", "r.proto", "-I", "gone"]).ends(2).says(&["gone: -I names no folder"]);
}

#[test]
fn types_that_are_known_are_not_inferred() {
    let folder = folder();
    folder.run(&["convert", "id.csv", "-o", "id.parquet"]).ends(0);
    let run = |from: &str, more: &[&str]| {
        folder.run(&[&["convert", from, "-o", "-", "--to", "ndjson"], more].concat()).ends(0)
    };
    run("id.parquet", &["--infer-rows", "5"]).says(&["--infer-rows has no effect: parquet carries its own types"]);
    run("id.parquet", &["--no-guess"]).says(&["--no-guess has no effect: parquet carries its own types"]);
    run("id.csv", &["--infer-rows", "5", "--schema", "r.avsc"]).says(&["--infer-rows has no effect: the schema"]);
    assert!(!run("id.csv", &["--infer-rows", "5", "--no-guess"]).err.contains("no effect"));
    let counted = folder.run(&["count", "id.parquet", "--infer-rows", "5"]).ends(0);
    counted.says(&["--infer-rows has no effect"]);
    assert!(!folder.run(&["head", "id.parquet"]).ends(0).err.contains("no effect"));
}

#[test]
fn a_name_that_is_given_is_one() {
    let folder = folder();
    let named = |to: &str, schema: &str, name: &str| {
        folder.run(&["convert", "id.csv", "-o", to, "--overwrite", "--emit-schema", schema, "--name", name])
    };
    named("a.avro", "a.avsc", "com.x.Foo").ends(0);
    let schema = folder.read("a.avsc");
    assert!(schema.contains("\"Foo\"") && schema.contains("\"com.x\""), "{schema}");
    named("a.pb", "a.proto", "com.x.Foo").ends(0);
    let schema = folder.read("a.proto");
    assert!(schema.contains("package com.x;") && schema.contains("message Foo {"), "{schema}");
    for (to, schema) in [("b.avro", "b.avsc"), ("b.pb", "b.proto")] {
        for name in ["", "a.b-c", "1st", "a..b"] {
            named(to, schema, name).ends(2).says(&["is no name of a"]);
        }
        assert!(!folder.path(to).exists());
    }
    let both = ["convert", "id.csv", "-o", "c.avro", "--name", "com.x.Foo", "--namespace", "y"];
    folder.run(&both).ends(2).says(&["has a namespace"]);
}

#[test]
fn a_double_quote_in_a_name_is_doubled() {
    let folder = Folder::new(&[("q.csv", "\"q\"\"x\",\"a,b\"\"\",c\n1,2,3\n")]);
    let cat = |more: &[&str]| folder.run(&[&["cat", "q.csv"], more].concat()).ends(0).out;
    assert_eq!(cat(&["--select", r#""q""x",c"#]), "{\"q\\\"x\":1,\"c\":3}\n");
    assert_eq!(cat(&["--exclude", r#""q""x","a,b""""#]), "{\"c\":3}\n");
    assert_eq!(cat(&["--rename", r#""q""x"=q,"a,b"""="""""#, "--exclude", "c"]), "{\"q\":1,\"\\\"\":2}\n");
    assert_eq!(cat(&["--select", r#""q""x""#, "--columns", r#""q""x"=utf8"#]), "{\"q\\\"x\":\"1\"}\n");
}

#[test]
fn an_extension_names_its_format() {
    let folder = folder();
    for (extension, magic) in
        [("arrows", &b"\xff\xff\xff\xff"[..]), ("arrow", b"ARROW1"), ("parq", b"PAR1"), ("tab", b"id\tqty\n")]
    {
        let ran = folder.run(&["convert", "a.csv", "-o", "-", "--to", extension]).ends(0);
        assert!(ran.bytes.starts_with(magic), "{extension}: {:?}", ran.bytes.get(..8));
        folder.run(&["convert", "a.csv", "--out-dir", extension, "--to", extension]).ends(0);
        let written = format!("{extension}/a.{extension}");
        assert!(folder.path(&written).exists(), "{extension}: {:?}", folder.names());
        assert_eq!(
            folder.run(&["count", "--from", extension, &written]).ends(0).out.split_whitespace().next(),
            Some("1")
        );
    }
}

#[test]
fn plain_values_are_plain_in_both_versions_of_parquet() {
    let folder = Folder::new(&[("a.csv", "n,t,f,b\n1,x,1.5,true\n2,y,2.5,false\n3,z,0.5,true\n")]);
    for version in ["1", "2"] {
        let settings = ["--parquet-version", version, "--dictionary", "false", "--encoding", "plain", "--overwrite"];
        folder.run(&[&["convert", "a.csv", "-o", "a.parquet"][..], &settings].concat()).ends(0);
        let facts = folder.run(&["inspect", "a.parquet", "--json"]).ends(0).out;
        assert!(facts.contains("PLAIN") && !facts.contains("DELTA"), "{version}: {facts}");
        assert_eq!(folder.run(&["cat", "a.parquet"]).ends(0).out, folder.run(&["cat", "a.csv"]).ends(0).out);
    }
}
