//! Files that are written beside the output: none of them replaces what it should not.

use super::{Folder, ROWS};

#[test]
fn a_report_replaces_nothing_that_was_not_allowed() {
    let folder = Folder::new(&[("a.csv", ROWS), ("old.json", "mine")]);
    let convert = |more: &[&str]| folder.run(&[&["convert", "a.csv", "-o", "o.parquet"], more].concat());
    convert(&["--report", "old.json"]).ends(2).says(&["old.json", "the output exists", "--overwrite"]);
    convert(&["--report", "none/r.json"]).ends(9).says(&["no such folder", "mkdir"]);
    assert_eq!(folder.names(), ["a.csv", "old.json"]);
    for shared in ["a.csv", "./a.csv", "o.parquet"] {
        convert(&["--report", shared, "--overwrite"]).ends(2).says(&["the report is an input or another output"]);
    }
    convert(&["--rejects", "r.ndjson", "--report", "r.ndjson"]).ends(2).says(&["the report is"]);
    assert_eq!(folder.names(), ["a.csv", "old.json"]);
    assert_eq!(folder.read("a.csv"), ROWS);
    convert(&["--report", "old.json", "--overwrite"]).ends(0);
    assert!(folder.read("old.json").contains("\"records_in\": 3"));
    let out = convert(&["--report", "-", "--overwrite"]).ends(0).out;
    assert!(out.contains("\"status\": \"done\""), "{out}");
}

#[test]
fn a_report_tells_of_a_run_that_failed() {
    let folder = Folder::new(&[("a.csv", "n\n300\n")]);
    folder.run(&["convert", "a.csv", "-o", "o.parquet", "--columns", "n=int8", "--report", "r.json"]).ends(4);
    assert!(folder.read("r.json").contains("\"status\": \"failed\""));
    // The next run may tell of itself there, and the one after that.
    let again = ["convert", "a.csv", "-o", "o.parquet", "--report", "r.json"];
    folder.run(&again).ends(0);
    assert!(folder.read("r.json").contains("\"records_in\": 1"));
    folder.run(&[&again[..], &["--overwrite"]].concat()).ends(0);
    folder.run(&["convert", "a.csv", "-o", "p.parquet", "--report", "r.json"]).ends(0);
}

#[test]
fn no_report_of_an_earlier_run_outlives_a_run_that_failed() {
    let folder = Folder::new(&[("a.csv", ROWS)]);
    let convert = |more: &[&str]| {
        folder.run(&[&["convert", "a.csv", "-o", "o.parquet", "--overwrite", "--report", "r.json"], more].concat())
    };
    for wrong in [
        &["--select", "nope"][..],
        &["--columns", "id=nope"],
        &["--to", "nope"],
        &["--rejects", "a.csv"],
        &["--from", "x"],
    ] {
        convert(&[]).ends(0);
        assert!(folder.read("r.json").contains("\"status\": \"done\""));
        convert(wrong).ends(2);
        assert!(folder.read("r.json").contains("\"status\": \"failed\""), "{wrong:?}");
    }
    folder.run(&["convert", "a.csv", "--out-dir", "d", "--to", "nope", "--report", "r.json"]).ends(2);
    // A report that is an input stays what it is.
    folder.run(&["convert", "r.json", "-o", "o.csv", "--columns", "x=nope", "--report", "r.json"]).ends(2);
    assert!(folder.read("r.json").contains("unknown format"), "{}", folder.read("r.json"));
}

#[test]
fn a_report_is_no_side_car() {
    let folder = Folder::new(&[("a.csv", ROWS)]);
    let convert = ["convert", "a.csv", "-o", "o.csv", "--side-car", "--report", "o.csv.schema.json"];
    folder.run(&convert).ends(2).says(&["the report is an input or another output"]);
    assert_eq!(folder.names(), ["a.csv"]);
}

#[test]
fn a_schema_file_replaces_nothing_that_was_not_allowed() {
    let folder = Folder::new(&[("a.csv", ROWS), ("old.avsc", "mine"), ("old.proto", "mine")]);
    for (output, schema) in [("o.avro", "old.avsc"), ("o.pb", "old.proto")] {
        let emit = |schema: &str, more: &[&str]| {
            folder.run(&[&["convert", "a.csv", "-o", output, "--emit-schema", schema], more].concat())
        };
        emit(schema, &[]).ends(2).says(&[schema, "the schema file exists and has another text", "--overwrite"]);
        for shared in ["a.csv", output] {
            emit(shared, &["--overwrite"]).ends(2).says(&["the schema file is an input or an output"]);
        }
        emit("-", &[]).ends(2).says(&["name a file: --emit-schema FILE"]);
        assert_eq!(folder.names(), ["a.csv", "old.avsc", "old.proto"]);
        emit(schema, &["--overwrite"]).ends(0);
        assert_ne!(folder.read(schema), "mine");
        // The same text is no loss.
        std::fs::remove_file(folder.path(output)).unwrap();
        emit(schema, &[]).ends(0);
        std::fs::remove_file(folder.path(output)).unwrap();
        folder.write(schema, "mine");
    }
    assert_eq!(folder.read("a.csv"), ROWS);
    folder
        .run(&["convert", "a.csv", "-o", "o.parquet", "--emit-schema", "o.avsc"])
        .ends(2)
        .says(&["no schema file belongs to parquet", "schema show"]);
}

#[test]
fn a_side_car_of_another_file_of_the_same_length_is_not_believed() {
    let folder = Folder::new(&[("a.csv", "zip,q\n12,5\n"), ("b.csv", "zip,q\n01,5\n")]);
    folder.run(&["convert", "a.csv", "-o", "o.csv", "--side-car"]).ends(0);
    folder.run(&["convert", "o.csv", "-o", "-", "--to", "ndjson"]).ends(0).says(&["types come from o.csv.schema.json"]);
    folder.run(&["convert", "b.csv", "-o", "o.csv", "--overwrite", "--verify"]).ends(0);
    let ran = folder.run(&["convert", "o.csv", "-o", "-", "--to", "ndjson"]).ends(0);
    assert_eq!(ran.out, "{\"zip\":\"01\",\"q\":5}\n");
    ran.says(&["was written with another version of the file and is ignored"]);
}

#[test]
fn a_side_car_gives_back_a_name_that_a_header_cannot_hold() {
    let folder = Folder::new(&[("a.ndjson", "{\"\":\"01\",\"b\":2}\n")]);
    let columns = ["--columns", "b=int8"];
    folder.run(&[&["convert", "a.ndjson", "-o", "o.csv", "--side-car", "--verify"], &columns[..]].concat()).ends(0);
    let ran = folder.run(&["convert", "o.csv", "-o", "-", "--to", "ndjson"]).ends(0);
    assert_eq!(ran.out, "{\"\":\"01\",\"b\":2}\n");
    assert!(!ran.err.contains("N-HINT") && !ran.err.contains("N-RENAMED"), "{}", ran.err);
    assert!(folder.run(&["schema", "show", "o.csv", "--as", "arrow"]).ends(0).out.contains("int8"));
}

/// Branches that the text alone would not tell apart are tagged, and read back as such.
#[test]
fn unions_beside_a_side_car_are_verified() {
    let schema = r#"{"type":"record","name":"r","fields":[{"name":"u","type":["null","int","float","string"]}]}"#;
    let folder = Folder::new(&[("r.avsc", schema), ("a.ndjson", "{\"u\":1}\n{\"u\":\"x\"}\n{\"u\":null}\n")]);
    folder.run(&["convert", "a.ndjson", "-o", "a.avro", "--schema", "r.avsc"]).ends(0);
    for to in ["o.csv", "o.ndjson"] {
        let ran = folder.run(&["convert", "a.avro", "-o", to, "--side-car", "--verify"]).ends(0);
        ran.says(&["N-DIALECT (u)", "verified: 3 records, 0 differences"]);
        folder.run(&["diff", "a.avro", to]).ends(0);
    }
}

#[cfg(unix)]
#[test]
fn protobuf_files_of_odd_names_have_schemas_of_their_own() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let folder = Folder::new(&[("a.csv", ROWS), ("b.csv", "x\n1\n")]);
    let name = |stem: &[u8], extension: &str| {
        let mut name = stem.to_vec();
        name.extend_from_slice(extension.as_bytes());
        folder.path("").join(OsStr::from_bytes(&name))
    };
    for (input, stem) in [("a.csv", b"o\xff"), ("b.csv", b"p\xfe")] {
        let status = folder.command(&["convert", input, "-o"]).arg(name(stem, ".pb.gz")).status().unwrap();
        assert!(status.success());
        assert!(name(stem, ".proto").is_file());
    }
    let output = folder.command(&["count"]).arg(name(b"o\xff", ".pb.gz")).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), "3");
}

#[test]
fn outputs_that_would_be_read_or_lost_are_refused() {
    let folder = Folder::new(&[("in/a.ndjson", "{\"a\":1}\n"), ("in/b.ndjson", "{\"a\":2}\n")]);
    let many = ["convert", "in/*.ndjson", "-o", "in/all.ndjson", "--overwrite"];
    folder.run(&many).ends(0);
    folder.run(&many).ends(2).says(&["in/all.ndjson: the output is one of the inputs"]);
    // One file may be written anew.
    folder.run(&["convert", "in/a.ndjson", "-o", "in/a.ndjson", "--overwrite"]).ends(0);
    let each = ["convert", "./in", "--out-dir", "in", "--to", "ndjson", "--overwrite"];
    folder.run(&each).ends(2);
    assert_eq!(folder.read("in/a.ndjson"), "{\"a\":1}\n");
}

#[test]
fn columns_that_only_some_inputs_have_are_told() {
    let folder = Folder::new(&[("a.csv", "id,b\n1,x\n"), ("b.csv", "id,B\n3000000000,y\n")]);
    let convert =
        |more: &[&str]| folder.run(&[&["convert", "a.csv", "b.csv", "-o", "-", "--to", "ndjson"], more].concat());
    convert(&[]).ends(0).says(&["losses: S-MISSING (B, b)"]);
    convert(&["--strict"]).ends(6).says(&["S-MISSING"]);
    // Before the first byte, and by every command that reads them.
    convert(&[]).says(&["note: losses known from the schemas: S-MISSING (B, b)"]);
    let plan = |more: &[&str]| folder.run(&[&["plan", "a.csv", "b.csv", "-o", "m.avro"], more].concat());
    assert!(plan(&[]).ends(0).out.contains("losses known from the schemas: S-MISSING (B, b)"));
    assert!(plan(&["--json"]).ends(0).out.contains("\"losses_of_reading\": [\n    {\n      \"code\": \"S-MISSING\""));
    plan(&["--strict"]).ends(6).says(&["S-MISSING", "--allow S-MISSING"]);
    plan(&["--strict", "--allow", "S-MISSING"]).ends(0);
    for command in ["cat", "head"] {
        folder.run(&[command, "a.csv", "b.csv"]).ends(0).says(&["S-MISSING (B, b)"]);
    }
    // Members as well.
    folder.write("n.ndjson", "{\"id\":1,\"s\":{\"k\":1,\"l\":[{\"p\":1}]}}\n");
    folder.write("m.ndjson", "{\"id\":1,\"s\":{\"k\":1,\"l\":[{\"p\":1,\"q\":2}],\"x\":{\"y\":2}}}\n");
    for name in ["n", "m"] {
        let (from, to) = (format!("{name}.ndjson"), format!("{name}.parquet"));
        folder.run(&["convert", &from, "-o", &to]).ends(0);
    }
    for [one, other] in [["n.parquet", "m.parquet"], ["m.parquet", "n.parquet"], ["n.parquet", "m.ndjson"]] {
        let convert = ["convert", one, other, "n.parquet", "-o", "o.parquet", "--overwrite"];
        folder.run(&convert).ends(0).says(&["S-MISSING (s.l[].q, s.x)"]);
        folder.run(&[&convert[..], &["--strict"]].concat()).ends(6).says(&["S-MISSING", "\"s.l[].q\""]);
    }
    // Records of JSON may lack keys, in one file or in several.
    folder.write("a.ndjson", "{\"id\":1}\n");
    folder.write("b.ndjson", "{\"qty\":2}\n");
    folder.run(&["convert", "a.ndjson", "b.ndjson", "-o", "p.parquet", "--strict"]).ends(0).says(&["losses: none"]);
    folder.run(&["convert", "n.ndjson", "m.parquet", "-o", "q.parquet", "--strict"]).ends(0).says(&["losses: none"]);
}

#[test]
fn columns_that_are_left_out_need_not_agree() {
    let folder = Folder::new(&[
        ("a.csv", "k,x\n1,2020-01-01\n2,abc\n"),
        ("b.json", "{\"k\":3,\"x\":{\"z\":1}}\n{\"k\":4}\n"),
        ("c.csv", "k,y\n5,\n"),
    ]);
    let files = ["convert", "a.csv", "b.json", "c.csv", "-o", "-", "--to", "ndjson"];
    let run = |more: &[&str]| folder.run(&[&files, more].concat());
    let all = "{\"k\":1}\n{\"k\":2}\n{\"k\":3}\n{\"k\":4}\n{\"k\":5}\n";
    run(&[]).ends(5).says(&["column \"x\"", "a.csv", "b.json"]);
    for more in [&["--select", "k"][..], &["--exclude", "x,y"], &["--exclude", "x,y", "--strict", "--rename", "x=z"]] {
        let ran = run(more).ends(0);
        assert_eq!(ran.out, all, "{more:?}");
        assert!(!ran.err.contains("S-MISSING") && !ran.err.contains("N-WIDEN"), "{}", ran.err);
    }
    let file = |more: &[&str]| {
        let words = ["convert", "a.csv", "b.json", "c.csv", "-o", "out.ndjson", "--overwrite", "--verify"];
        folder.run(&[&words, more].concat())
    };
    file(&["--select", "k"]).ends(0).says(&["verified: 5 records"]);
    assert_eq!(
        folder.run(&["cat", "a.csv", "b.json", "--select", "k", "--rename", "k=x"]).ends(0).out.lines().count(),
        4
    );
    // What is chosen has to be there, and to agree.
    run(&["--exclude", "x,nope"]).ends(2).says(&["there is no column \"nope\"", "columns: k, x, y"]);
    run(&["--exclude", "k,x,y"]).ends(2).says(&["no column is left"]);
    run(&["--exclude", "y"]).ends(5).says(&["column \"x\""]);
    run(&["--select", "k,y", "--rename", "y=k"]).ends(2).says(&["two columns would be called \"k\""]);
}

#[test]
fn what_was_said_twice_is_refused() {
    let folder = Folder::new(&[("a.csv", "id,qty\n1,2\n"), ("empty.csv.gz", "")]);
    let show = |more: &[&str]| folder.run(&[&["convert", "a.csv", "-o", "-", "--to", "csv"], more].concat());
    show(&["--columns", "id=int64,id=utf8"]).ends(2).says(&["two types for the column \"id\""]);
    show(&["--rename", "id=x,id=y"]).ends(2).says(&["two new names for the column \"id\""]);
    assert_eq!(show(&["--rename", "id=qty,qty=id"]).ends(0).out, "qty,id\n1,2\n");
    folder.run(&["convert", "a.csv", "-o", "s.csv.gz", "--compression", "none"]).ends(2).says(&["named .gz"]);
    folder.run(&["count", "empty.csv.gz"]).ends(3).says(&["the file was cut"]);
}

#[test]
fn a_list_of_inputs_is_no_side_of_a_comparison() {
    let folder = Folder::new(&[("a.csv", ROWS), ("list", "a.csv\n")]);
    for command in [&["diff"][..], &["schema", "diff"]] {
        let words = [command, &["a.csv", "a.csv", "--files-from", "list"]].concat();
        folder.run(&words).ends(2).says(&["--files-from"]);
    }
    for command in [&["count"][..], &["digest"], &["verify"], &["inspect"], &["schema", "show"], &["head"]] {
        folder.run(&[command, &["--files-from", "list"]].concat()).ends(0);
    }
    assert_eq!(folder.run(&["count", "a.csv", "--files-from", "list"]).ends(0).out, "6\n");
}

#[test]
fn types_of_columns_are_given_where_they_are_inferred() {
    let folder = Folder::new(&[("a.csv", ROWS)]);
    for name in ["a.parquet", "a.avro", "a.pb", "a.arrow"] {
        folder.run(&["convert", "a.csv", "-o", name]).ends(0);
        let columns = ["--columns", "nope=int8,price=int8"];
        for command in
            [&["convert", "-o", "-", "--to", "csv"][..], &["cat"], &["digest"], &["schema", "show"], &["sizes"]]
        {
            let ran = folder.run(&[command, &[name], &columns].concat()).ends(2);
            ran.says(&[name, "--columns has no effect here", "nope, price", "--reader-schema FILE"]);
        }
        folder.run(&["diff", name, name, columns[0], columns[1]]).ends(2);
        // Where one side is read with them, they are for that.
        folder.run(&["diff", "a.csv", name, "--columns", "id=int64"]).ends(0);
        let both = ["convert", "a.csv", name, "-o", "-", "--to", "csv", "--columns", "id=int64"];
        folder.run(&both).ends(0);
    }
    folder.run(&["convert", "a.csv", "-o", "-", "--to", "csv", "--columns", "nope=int8"]).ends(2);
    // File by file, too.
    let each = ["--out-dir", "o", "--to", "ndjson", "--columns", "id=utf8", "--overwrite"];
    folder.run(&[&["convert", "a.csv"], &each[..]].concat()).ends(0);
    assert!(folder.read("o/a.ndjson").starts_with("{\"id\":\"1\""));
    std::fs::create_dir(folder.path("in")).unwrap();
    std::fs::copy(folder.path("a.csv"), folder.path("in/c.csv")).unwrap();
    std::fs::copy(folder.path("a.parquet"), folder.path("in/p.parquet")).unwrap();
    folder.run(&[&["convert", "in"], &each[..]].concat()).ends(0);
    assert!(folder.read("o/c.ndjson").starts_with("{\"id\":\"1\""));
    assert!(folder.read("o/p.ndjson").starts_with("{\"id\":1,"));
    std::fs::remove_file(folder.path("in/c.csv")).unwrap();
    folder.run(&[&["convert", "in"], &each[..]].concat()).ends(2).says(&["--columns has no effect here"]);
}

#[test]
fn a_side_car_that_is_damaged_can_be_left_aside() {
    let folder = Folder::new(&[("a.csv", "x,y\n1,2\n"), ("a.csv.schema.json", "{")]);
    let advised = |command: &[&str]| folder.run(command).ends(3).says(&["the side-car is not JSON", "--no-side-car"]);
    advised(&["cat", "a.csv"]);
    advised(&["count", "a.csv", "--columns", "x=utf8"]);
    advised(&["convert", "a.csv", "-o", "a.parquet"]);
    for without in [&["--no-side-car"][..], &["--from-opt", "side-car=false"]] {
        assert_eq!(folder.run(&[&["cat", "a.csv"], without].concat()).ends(0).out, "{\"x\":1,\"y\":2}\n");
        folder.run(&[&["convert", "a.csv", "-o", "a.parquet", "--overwrite"], without].concat()).ends(0);
        folder.run(&[&["count", "a.csv"], without].concat()).ends(0);
    }
}
