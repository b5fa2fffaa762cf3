//! What commands tell, and in which form: of files, sizes, wrong words.

use super::Folder;

fn folder() -> Folder {
    Folder::new(&[("a.csv", "id,qty\n1,2\n")])
}

#[test]
fn lines_that_are_skipped_are_there() {
    let folder = folder();
    let skipped = |lines: &str| folder.run(&["convert", "a.csv", "-o", "-", "--to", "csv", "--skip-lines", lines]);
    skipped("3").ends(3).says(&["a.csv", "there are 2 lines", "--skip-lines"]);
    skipped("100").ends(3);
    assert_eq!(skipped("1").ends(0).out, "1,2\n");
}

#[test]
fn sizes_are_of_the_formats_that_are_named() {
    let folder = folder();
    let formats = ["sizes", "a.csv", "--csv", "--formats", "tsv,csv,avro-json,protojson,arrow-stream,arrow,pb"];
    let out = folder.run(&formats).ends(0).out;
    for format in ["tsv", "csv", "avro-json", "protojson", "arrow-stream", "arrow", "protobuf"] {
        let line = out.lines().find(|line| line.starts_with(&format!("{format},none,")));
        assert!(line.is_some_and(|line| line.ends_with("true,") || line.ends_with("false,")), "{format}: {out}");
    }
    folder.run(&["sizes", "a.csv", "--formats", "csv,csv"]).ends(2).says(&["csv is named twice"]);
    folder.run(&["sizes", "a.csv", "--formats", "tsv", "--by-column"]).ends(0);
}

#[test]
fn wrong_words_are_told_as_json_as_well() {
    let folder = folder();
    for words in [&["--log-format", "json"][..], &["--log-format=json"]] {
        for more in [&["--threeds", "1"][..], &["-j", "x"]] {
            let ran = folder.run(&[words, &["convert", "a.csv", "-o", "b.csv"], more].concat()).ends(2);
            let told: serde_json::Value = serde_json::from_str(&ran.err).unwrap();
            assert_eq!((&told["event"], &told["exit"]), (&"error".into(), &2.into()), "{}", ran.err);
            assert!(!told["message"].as_str().unwrap().contains('\n'), "{}", ran.err);
        }
    }
}

#[test]
fn names_of_files_are_told_in_one_line() {
    let folder = Folder::new(&[("a\nb.csv", "id\n1\n"), ("c\nd.csv", "id,x\n1\n")]);
    for command in ["digest", "verify"] {
        let ran = folder.run(&[command, "a\nb.csv"]).ends(0);
        assert!(ran.out.contains("a\\nb.csv") && ran.out.lines().count() == 1, "{}", ran.out);
    }
    let ran = folder.run(&["convert", "c\nd.csv", "-o", "-", "--to", "json"]).ends(3);
    assert!(ran.err.contains("error: c\\nd.csv:2"), "{}", ran.err);
    let ran = folder.run(&["inspect", "--json", "a\nb.csv", "a\nb.csv"]).ends(0);
    assert_eq!(ran.out.matches("\"file\": \"a\\nb.csv\"").count(), 2, "{}", ran.out);
}

#[cfg(target_os = "linux")]
#[test]
fn help_that_cannot_be_written_is_a_failure() {
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let status = folder().command(&["--help"]).stdout(full).stderr(std::process::Stdio::null()).status().unwrap();
    assert_eq!(status.code(), Some(9));
}

#[test]
fn completions_know_the_settings_of_formats() {
    let folder = folder();
    for shell in ["bash", "zsh", "fish"] {
        let script = folder.run(&["completions", shell]).ends(0).out;
        for option in ["null-token", "csv-nested", "no-hints"] {
            assert!(script.contains(option), "{shell}: {option}");
        }
    }
}

#[test]
fn uuids_in_another_form_than_is_written_are_told() {
    let upper = "AAAABBBB-cccc-0000-0000-000000000001";
    let lower = upper.to_lowercase();
    let folder = Folder::new(&[
        ("a.csv", &format!("u\n{upper}\n{lower}\n")),
        ("a.ndjson", &format!("{{\"u\":\"{upper}\"}}\n{{\"u\":\"{lower}\"}}\n")),
        ("n.ndjson", &format!("{{\"s\":{{\"u\":[\"{upper}\"]}}}}\n")),
        ("lower.ndjson", &format!("{{\"u\":\"{lower}\"}}\n")),
        (
            "a.avsc",
            r#"{"type":"record","name":"r","fields":[{"name":"u","type":{"type":"string","logicalType":"uuid"}}]}"#,
        ),
        ("a.sql", "CREATE TABLE t (u UUID);"),
    ]);
    folder.run(&["convert", "a.ndjson", "-o", "a.arrow"]).ends(0);
    folder.run(&["convert", "a.arrow", "-o", "a.avro", "--schema", "a.avsc"]).ends(0);
    let typed = ["--columns", "u=uuid"];
    for (file, more) in [
        ("a.csv", &typed[..]),
        ("a.ndjson", &typed),
        ("a.avro", &[]),
        ("a.arrow", &["--reader-schema", "a.sql"]),
        ("a.csv", &["--reader-schema", "a.sql"]),
    ] {
        let report = ["-o", "out.ndjson", "--report", "r.json", "--overwrite"];
        let ran = folder.run(&[&["convert", file], more, &report[..]].concat()).ends(0).says(&["N-FORM (u)"]);
        assert_eq!(folder.read("out.ndjson"), format!("{{\"u\":\"{lower}\"}}\n").repeat(2), "{file}");
        assert!(ran.err.contains("losses: none"), "{}", ran.err);
        let report: serde_json::Value = serde_json::from_str(&folder.read("r.json")).unwrap();
        assert!(report.to_string().contains("\"N-FORM\""), "{report}");
    }
    let nested = ["convert", "n.ndjson", "-o", "n.arrow", "--columns", "s=struct<u: list<uuid>>"];
    folder.run(&nested).ends(0).says(&["N-FORM (s.u[])"]);
    let told = folder.run(&[&["convert", "lower.ndjson", "-o", "l.avro"], &typed[..]].concat()).ends(0).err;
    assert!(!told.contains("N-FORM"), "{told}");
    let told = folder.run(&["convert", "l.avro", "-o", "l.csv"]).ends(0).err;
    assert!(!told.contains("N-FORM"), "{told}");
    // A form is no value that does not fit.
    folder.run(&["schema", "check", "a.sql", "a.sql", "--data", "a.arrow"]).ends(0);
}

#[test]
fn columns_that_avro_calls_otherwise_are_told() {
    let records = "{\"a b\":1,\"\":2,\"s\":{\"é\":3},\"l\":[{\"1x\":4}],\"ok\":5}\n";
    let folder = Folder::new(&[("a.ndjson", records)]);
    let names = "N-NAME (\"\", a b, l[].1x, s.é)";
    folder.run(&["convert", "a.ndjson", "-o", "a.avro"]).ends(0).says(&["losses: none", names]);
    folder.run(&["convert", "a.avro", "-o", "b.avro"]).ends(0).says(&[names]);
    folder.run(&["convert", "a.ndjson", "-o", "a.bin", "--to", "avro", "--framing", "u32be"]).ends(0).says(&[names]);
    folder.run(&["convert", "a.ndjson", "-o", "a.pb"]).ends(0).says(&["N-NAME (\"\","]);
    // Without hints the names are lost, which is told before.
    let lost = "note: losses known from the schemas: S-NAME (a b, \"\", s.é, l[].1x)";
    let ran = folder.run(&["convert", "a.ndjson", "-o", "c.avro", "--no-hints"]).ends(0).says(&[lost]);
    assert!(!ran.err.contains("N-NAME"), "{}", ran.err);
    assert!(folder.run(&["plan", "a.ndjson", "--to", "avro"]).ends(0).out.contains("\n\"\" "));
    let schema = r#"{"type":"record","name":"r","fields":[{"name":"x","type":"long"}]}"#;
    folder.write("x.avsc", schema);
    folder.run(&["convert", "a.avro", "-o", "d.avro", "--schema", "x.avsc"]).ends(5).says(&["a b, \"\", s"]);
}

#[test]
fn text_that_is_no_number_is_shown_as_it_stands() {
    let folder = Folder::new(&[("a.ndjson", "{\"a\":\"\"}\n"), ("b.ndjson", "{\"a\":5}\n")]);
    let typed = |file: &str, kind: &str| {
        folder.run(&["convert", file, "-o", "o.csv", "--columns", &format!("a={kind}")]).ends(4)
    };
    for kind in ["int8", "uint64", "float64", "decimal(10,2)", "decimal(50,2)"] {
        typed("a.ndjson", kind).says(&["byte 5: \"\" is not a value of type "]);
    }
    typed("a.ndjson", "uuid").says(&["\"\" is not a value of type uuid"]);
    typed("b.ndjson", "uuid").says(&["5 is not a value of type uuid"]);
}

#[test]
fn decimals_that_lose_a_sign_or_an_exponent_are_told() {
    let folder = Folder::new(&[("a.csv", "n,d\n1,+1.5\n2,1.50e0\n3,2.50\n")]);
    let convert = ["convert", "a.csv", "-o", "a.ndjson", "--columns", "d=decimal(5,2)", "--overwrite"];
    folder.run(&convert).ends(0).says(&["losses: none", "N-FORM (d)"]);
    assert_eq!(folder.read("a.ndjson"), "{\"n\":1,\"d\":1.50}\n{\"n\":2,\"d\":1.50}\n{\"n\":3,\"d\":2.50}\n");
    folder.write("a.csv", "n,d\n1,1.5\n2,-2.50\n");
    assert!(!folder.run(&convert).ends(0).err.contains("N-FORM"));
}

#[test]
fn nulls_that_are_left_out_are_told() {
    let omit = |folder: &Folder, input: &str, more: &[&str]| {
        let words = ["convert", input, "-o", "o.ndjson", "--nulls", "omit", "--overwrite"];
        folder.run(&[&words, more].concat())
    };
    let folder = Folder::new(&[
        ("null.ndjson", "{\"a\":null,\"b\":1}\n"),
        ("both.ndjson", "{\"a\":1,\"b\":2}\n{\"a\":null}\n{}\n"),
        ("inside.ndjson", "{\"s\":{\"a\":null,\"b\":1},\"l\":[{\"c\":null},{\"c\":2},null]}\n"),
        ("absent.ndjson", "{\"s\":{\"a\":1,\"b\":1},\"n\":1}\n{\"s\":{\"a\":2}}\n"),
    ]);
    for (input, told) in [
        ("null.ndjson", "S-MISSING (a)"),
        ("both.ndjson", "S-MISSING (a)"),
        ("inside.ndjson", "S-MISSING (s.a, l[].c)"),
    ] {
        let plan = folder.run(&["plan", input, "-o", "o.ndjson", "--nulls", "omit"]).ends(0).out;
        assert!(plan.contains(told), "{input}: {plan}");
        omit(&folder, input, &["--verify", "--report", "r.json"]).ends(0).says(&[told, "0 differences"]);
        assert!(folder.read("r.json").contains("S-MISSING"), "{input}");
        for file in ["r.json", "o.ndjson"] {
            std::fs::remove_file(folder.path(file)).unwrap();
        }
        omit(&folder, input, &["--strict"]).ends(6).says(&["S-MISSING", "--allow S-MISSING"]);
        assert!(!folder.path("o.ndjson").exists(), "{input}");
        omit(&folder, input, &["--strict", "--allow", "S-MISSING"]).ends(0);
    }
    // Keys that were absent stay absent.
    omit(&folder, "absent.ndjson", &["--strict", "--verify"]).ends(0).says(&["losses: none"]);
    assert_eq!(folder.read("o.ndjson"), folder.read("absent.ndjson"));
    // A schema says which columns have nulls.
    let field = |name: &str, kind: &str| format!(r#"{{"name":"{name}","type":{kind}}}"#);
    let fields = [field("a", r#""long""#), field("b", r#"["null","long"]"#)].join(",");
    folder.write("r.avsc", &format!(r#"{{"type":"record","name":"r","fields":[{fields}]}}"#));
    folder.write("r.csv", "a,b\n1,\n");
    folder.run(&["convert", "r.csv", "-o", "r.avro", "--schema", "r.avsc"]).ends(0);
    omit(&folder, "r.avro", &["--strict"]).ends(6).says(&["column \"b\"", "S-MISSING"]);
    omit(&folder, "r.avro", &["--strict", "--exclude", "b"]).ends(0).says(&["losses: none"]);
    // Arrays have a place for each value.
    omit(&folder, "r.avro", &["--strict", "--json-rows", "arrays"]).ends(0).says(&["losses: none"]);
}

#[test]
fn local_times_that_a_zone_has_not_or_twice_are_told_as_such() {
    for (time, told) in [("2020-03-29T02:30:00", "does not exist in the zone"), ("2020-10-25T02:30:00", "exists twice")]
    {
        for (name, text) in [("t.ndjson", format!("{{\"t\":\"{time}\"}}\n")), ("t.csv", format!("t\n{time}\n"))] {
            let folder = Folder::new(&[(name, &text)]);
            let words = ["cat", name, "--assume-tz", "Europe/Paris", "--columns", "t=timestamp[ms, UTC]"];
            let ran = folder.run(&words).ends(4).says(&["V-TYPE", told]);
            assert!(!ran.err.contains("has no offset") && !ran.err.contains("or Z"), "{}", ran.err);
        }
    }
}

#[test]
fn defaults_that_are_expressions_are_shown_whole() {
    let folder = Folder::new(&[(
        "d.sql",
        "create table t (x int, i int default (1+1), n text default (lower('it''s') || 'a'))",
    )]);
    let shown = folder.run(&["schema", "show", "d.sql"]).ends(0).out;
    assert!(shown.contains("expression=(1+1)"), "{shown}");
    assert!(shown.contains("expression=(lower('it''s')||'a')"), "{shown}");
}
