//! Files that are called what they are not, settings that contradict each other, outputs that are there already.

use super::{Folder, ROWS};

#[test]
fn only_outputs_that_are_whole_are_left_as_they_are() {
    for (to, keeps) in [
        ("parquet", false),
        ("avro", false),
        ("arrow", false),
        ("arrow-stream", false),
        ("csv", true),
        ("ndjson", true),
    ] {
        let folder = Folder::new(&[("in/a.csv", ROWS), ("in/b.csv", ROWS), ("in/c.csv", ROWS)]);
        let base = ["convert", "in", "--out-dir", "out", "--to", to];
        let resume = |more: &[&str]| folder.run(&[&base[..], &["--resume"], more].concat());
        folder.run(&base).ends(0);
        resume(&[]).ends(0).says(&["0 files converted, 3 complete already"]);
        resume(&["--verify"]).ends(0).says(&["3 complete already (not verified again)"]);
        let [a, b] = ["a", "b"].map(|stem| format!("out/{stem}.{}", to.replace("arrow-stream", "arrows")));
        let whole = std::fs::read(folder.path(&a)).unwrap();
        std::fs::write(folder.path(&a), &whole[..whole.len() - 3]).unwrap();
        let cut = resume(&[]);
        match to {
            // A stream of Arrow has no need of its end.
            "arrow-stream" => drop(cut.ends(0)),
            _ => drop(cut.ends(3).says(&[
                &a,
                "it is no output that was complete: add --overwrite",
                "2 complete already",
            ])),
        }
        folder.write(&b, "junk\n");
        let ran = resume(&["--overwrite"]).ends(0);
        assert_eq!(std::fs::read(folder.path(&b)).unwrap() == b"junk\n", keeps, "{to}: {}", ran.err);
        if to != "arrow-stream" {
            assert_eq!(std::fs::read(folder.path(&a)).unwrap(), whole, "{to}");
        }
    }
    // Nothing is known of messages and of what is compressed as a whole.
    for to in [&["--to", "protobuf"][..], &["--to", "csv", "--compression", "gzip"]] {
        let folder = Folder::new(&[("in/a.csv", ROWS)]);
        let base = [&["convert", "in", "--out-dir", "out"], to].concat();
        folder.run(&base).ends(0);
        folder.run(&[&base[..], &["--resume"]].concat()).ends(0).says(&["1 complete already"]);
    }
}

#[test]
fn outputs_of_other_options_are_not_taken_for_done() {
    let folder = Folder::new(&[("in/a.csv", ROWS), ("in/b.csv", ROWS)]);
    let run = |more: &[&str]| {
        let base = ["convert", "in", "--out-dir", "out", "--to", "parquet"];
        folder.run(&[&base, more].concat())
    };
    let few = ["--select", "id,name"];
    // A file that fails leaves something to do.
    folder.write("in/c.csv", "id,name\n1\n");
    run(&few).ends(3).says(&["1 failed"]);
    std::fs::remove_file(folder.path("in/c.csv")).unwrap();
    let made = std::fs::read(folder.path("out/a.parquet")).unwrap();
    let resume = |more: &[&str]| run(&[&["--resume"], more].concat());
    // How fast, and whether it is looked at again, shapes no output.
    resume(&[&few[..], &["-j", "1", "--verify", "--max-depth", "9"]].concat()).ends(0).says(&["2 complete already"]);
    for other in [
        &[][..],
        &["--select", "id"],
        &["--select", "id,name", "--rename", "id=key"],
        &["--select", "id,name", "--compression", "gzip"],
        &["--select", "id,name", "--columns", "id=utf8"],
        &["--select", "id,name", "--allow", "V-UTF8=replace"],
        &["--select", "id,name", "--row-group-rows", "2"],
    ] {
        let ran = resume(other).ends(2);
        ran.says(&["out/a.parquet: the output was made with other options", "add --overwrite", "2 failed"]);
    }
    assert_eq!(std::fs::read(folder.path("out/a.parquet")).unwrap(), made);
    resume(&["--overwrite"]).ends(0).says(&["2 files converted"]);
    let ran = resume(&["--report", "r.json"]).ends(0).says(&["0 files converted, 2 complete already"]);
    assert!(!ran.err.contains("other options"), "{}", ran.err);
    assert!(folder.read("r.json").contains("\"options_known\": true"));
    // What something else made is left, and told. A run that leaves nothing to do leaves no notes of it either.
    std::fs::remove_dir_all(folder.path("out")).unwrap();
    run(&few).ends(0);
    assert!(!folder.path("out/.fmtconv-made.ndjson").exists());
    resume(&few).ends(0).says(&["2 outputs may have been made with other options", "2 complete already"]);
    let ran = run(&[&few[..], &["--overwrite"]].concat()).ends(0).says(&["2 files converted"]);
    assert!(!ran.err.contains("other options"), "{}", ran.err);
}

#[test]
fn outputs_of_another_schema_are_not_taken_for_done() {
    let folder = Folder::new(&[("in/a.csv", "id\n1\n"), ("s.proto", "")]);
    let common = |kind: &str| {
        let text = format!("syntax = \"proto3\"; package c; message Id {{ {kind} id = 1; }}");
        folder.write("common/c.proto", &text);
    };
    let text = "syntax = \"proto3\"; import \"c.proto\"; message M { int64 id = 1; c.Id other = 2; }";
    folder.write("s.proto", text);
    common("int32");
    let base = ["convert", "in", "--out-dir", "out", "--to", "protobuf", "--to-schema", "s.proto", "-I", "common"];
    let run = |more: &[&str]| folder.run(&[&base[..], &["--message", "M"], more].concat());
    run(&["--resume"]).ends(0);
    run(&["--resume"]).ends(0).says(&["1 complete already"]);
    // Also where it is a file that the schema imports.
    common("int64");
    run(&["--resume"]).ends(2).says(&["other options"]);
    common("int32");
    run(&["--resume"]).ends(0).says(&["1 complete already"]);
    folder.write("s.proto", &text.replace("int64", "sint64"));
    run(&["--resume"]).ends(2).says(&["other options"]);
}

#[test]
fn settings_that_contradict_each_other_are_told_as_settings() {
    let folder = Folder::new(&[("a.csv", ROWS)]);
    let cases: [(&[&str], &str); 6] = [
        (&["-o", "x.ndjson", "--pretty"], "pretty=true"),
        (&["-o", "x.ndjson", "--pretty", "--rows", "arrays"], "pretty=true"),
        (&["-o", "x.json", "--to", "avro-json", "--nulls", "omit"], "nulls is a setting of dialect=plain alone"),
        (&["-o", "x.json", "--to", "protojson", "--int64", "number"], "int64 is a setting of dialect=plain alone"),
        (&["-o", "x.json", "--dialect", "avro", "--nulls", "omit"], "nulls is a setting of dialect=plain alone"),
        (&["-o", "x.json", "--unknown-fields", "drop"], "unknown-fields is a setting of dialect=protojson alone"),
    ];
    for (words, told) in cases {
        for command in ["convert", "plan"] {
            let ran = folder.run(&[&[command, "a.csv"], words].concat()).ends(2).says(&[told, "hint: "]);
            assert!(!ran.err.contains("column"), "{}", ran.err);
        }
    }
    assert_eq!(folder.names(), ["a.csv"]);
}

#[test]
fn a_setting_that_may_stand_alone_takes_its_value_from_the_next_word() {
    let folder = Folder::new(&[("a.csv", "a\n1.50\n")]);
    let shown = |words: &[&str]| folder.run(&[&["schema", "show"], words].concat()).ends(0).out;
    assert_eq!(shown(&["a.csv", "--infer", "float"]), shown(&["a.csv", "--infer=float"]));
    assert!(shown(&["--infer", "false", "a.csv"]).contains("utf8"));
    // What is no value is a file.
    assert!(shown(&["--infer", "a.csv"]).contains("decimal"));
    folder.run(&["convert", "a.csv", "-o", "a.parquet", "--dictionary", "auto"]).ends(0);
    folder.run(&["convert", "a.csv", "-o", "a.ndjson", "--pretty", "false"]).ends(0);
    folder.run(&["count", "--", "a.csv", "--infer", "float"]).ends(9);
}

#[test]
fn no_records_without_columns_are_an_empty_file() {
    let folder = Folder::new(&[("e.csv", ""), ("e.ndjson", ""), ("e.json", "[]"), ("one.ndjson", "{}\n")]);
    for name in ["e.csv", "e.ndjson", "e.json"] {
        for more in [&[][..], &["--strict"], &["--verify"]] {
            let convert = ["convert", name, "-o", "o.csv", "--overwrite"];
            folder.run(&[&convert[..], more].concat()).ends(0).says(&["0 records in = 0 out", "losses: none"]);
            assert_eq!(folder.read("o.csv"), "");
        }
    }
    folder.run(&["convert", "one.ndjson", "-o", "one.csv"]).ends(8).says(&["S-ROWS", "record 1", "without columns"]);
    assert!(!folder.path("one.csv").exists());
    folder
        .run(&["convert", "e.csv", "-o", "o2.csv", "--allow", "S-ROWS"])
        .ends(2)
        .says(&["S-ROWS cannot be let through"]);
}

#[test]
fn a_file_that_is_called_what_it_is_not_is_told_apart() {
    let folder = Folder::new(&[("a.csv", ROWS)]);
    for name in ["b.avro", "b.arrow", "b.arrows", "b.parquet", "b.json"] {
        folder.write(name, ROWS);
        folder.run(&["count", name]).ends(3).says(&[name, "name", "--from"]);
        assert_eq!(folder.run(&["count", name, "--from", "csv"]).ends(0).out, "3\n");
    }
    let utf16: Vec<u8> = "{\"a\":1}\n{\"a\":2}\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    std::fs::write(folder.path("u.ndjson"), utf16).unwrap();
    folder.run(&["cat", "u.ndjson"]).ends(4).says(&["the text is UTF-16", "iconv"]);
}

#[test]
fn data_files_of_text_are_schemas_to_check() {
    let folder = Folder::new(&[("a.csv", ROWS), ("b.csv", "id,name\n1,x\n"), ("c.ndjson", "{\"id\":1}\n")]);
    folder.run(&["schema", "check", "a.csv", "a.csv"]).ends(0);
    folder.run(&["schema", "check", "b.csv", "a.csv", "--mode", "full"]);
    folder.run(&["schema", "check", "c.ndjson", "c.ndjson"]).ends(0);
}

#[test]
fn outputs_and_pages_that_cannot_be_are_told_with_a_hint() {
    let folder = Folder::new(&[("a.csv", ROWS)]);
    let ran = folder.run(&["convert", "a.csv", "-o", "none/", "--to", "csv"]).ends(2);
    ran.says(&["none/: the output is a folder", "--out-dir DIR"]);
    folder
        .run(&["man", "convert", "schema"])
        .ends(2)
        .says(&["fmtconv convert has no commands", "fmtconv man schema show"]);
    folder.run(&["man", "schema", "nope"]).ends(2).says(&["commands: show, "]);
    folder.run(&["man", "schema", "show"]).ends(0);
}
