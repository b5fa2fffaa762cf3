//! What is let through and what is set aside, from outside: rejects, replay, policies, `--strict`, reports, faults.
#![cfg(all(feature = "cli", feature = "avro", feature = "parquet", feature = "protobuf", feature = "ipc"))]

#[path = "policy/folder.rs"]
mod folder;
#[path = "policy/ids.rs"]
mod ids;
#[path = "policy/ugly.rs"]
mod ugly;
#[path = "policy/ways.rs"]
mod ways;

use folder::Folder;
use serde_json::{Value, json};

const BAD_CSV: &str = "id,qty,name\n1,5,a\n2,abc,b\n3,7,\"c\nd\"\n4,8\n5,9,e\n6,x,f\n";

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn rejects_say_where_what_why_and_hold_the_record() {
    let folder = Folder::new(&[("in.csv", BAD_CSV)]);
    let ran = folder.run(&["convert", "in.csv", "-o", "o.ndjson", "--columns", "qty=int64", "--rejects", "r.ndjson"]);
    let ran = ran.ends(0);
    assert!(ran.err.contains("6 records in = 3 out + 3 rejected (malformed: 1; V-TYPE: 2 in qty)"), "{}", ran.err);
    let rejects = lines(&folder.read("r.ndjson"));
    let facts = |key: &str| rejects.iter().map(|reject| reject[key].clone()).collect::<Vec<_>>();
    assert_eq!(facts("file"), ["in.csv"; 3]);
    assert_eq!(facts("record"), [2, 4, 6]);
    assert_eq!(facts("line"), [3, 6, 8]);
    assert_eq!(facts("raw"), ["2,abc,b", "4,8", "6,x,f"]);
    assert_eq!(facts("code"), [json!("V-TYPE"), Value::Null, json!("V-TYPE")]);
    assert_eq!(facts("column"), [json!("qty"), Value::Null, json!("qty")]);
    for reject in &rejects {
        let (start, end) = (reject["bytes"][0].as_u64().unwrap(), reject["bytes"][1].as_u64().unwrap());
        assert_eq!(&BAD_CSV[start as usize..end as usize], reject["raw"]);
        assert!(reject["message"].as_str().is_some_and(|text| !text.is_empty()));
    }
    assert_eq!(folder.read("o.ndjson").lines().count(), 3);
}

/// Text of many records of which every `bad`th is bad.
fn ndjson(count: usize, bad: usize) -> String {
    (0..count)
        .map(|index| match index % bad {
            0 if index % 2 == 0 => format!("{{\"id\":{index},\"qty\":\"n{index}\"}}\n"),
            0 => format!("{{\"id\":{index},\"qty\":\n"),
            _ => format!("{{\"id\":{index},\"qty\":{}}}\n", index % 7),
        })
        .collect()
}

#[test]
fn threads_and_chunks_change_neither_output_nor_rejects() {
    let folder = Folder::new(&[("in.ndjson", &ndjson(5000, 13))]);
    for target in ["o.ndjson", "o.csv", "o.avro", "o.parquet", "o.arrow"] {
        let mut first = None;
        for (threads, chunk) in [("1", "1M"), ("4", "1M"), ("4", "700"), ("1", "5k"), ("3", "5k")] {
            let fixed = chunk == "1M";
            let arguments = ["convert", "in.ndjson", "-o", target, "--columns", "qty=int64", "--overwrite"];
            let more = ["--rejects", "r.ndjson", "-j", threads, "--chunk-bytes", chunk];
            let ran = folder.run(&[&arguments[..], &more[..]].concat()).ends(0);
            assert!(ran.err.contains("5,000 records in = 4,615 out + 385 rejected"), "{}", ran.err);
            // Where blocks and row groups end may depend on chunks; which records are in them, and rejects, may not.
            let output = if fixed { folder.bytes(target) } else { Vec::new() };
            let found = (output, folder.read("r.ndjson"));
            let (known_output, known_rejects) = first.get_or_insert_with(|| found.clone());
            if fixed {
                assert_eq!(*known_output, found.0, "{target} {threads}");
            }
            assert_eq!(*known_rejects, found.1, "{target} {threads} {chunk}");
        }
    }
}

#[test]
fn a_run_in_which_every_record_is_bad_stays_linear() {
    let text: String = (0..20_000).map(|index| format!("{index},x\n")).collect();
    let folder = Folder::new(&[("in.csv", &format!("id,qty\n{text}"))]);
    let begun = std::time::Instant::now();
    let arguments = ["convert", "in.csv", "-o", "o.parquet", "--columns", "qty=int64", "--rejects", "r.ndjson"];
    let ran = folder.run(&arguments).ends(0);
    assert!(ran.err.contains("20,000 records in = 0 out + 20,000 rejected (V-TYPE: 20,000 in qty)"), "{}", ran.err);
    assert_eq!(folder.read("r.ndjson").lines().count(), 20_000);
    // Quadratic work would be minutes, also of an optimised build.
    assert!(begun.elapsed().as_secs() < 60, "{:?}", begun.elapsed());
}

#[test]
fn values_are_refused_by_targets_and_set_aside_from_every_source() {
    // 0 and the year 12000 are dates; Protobuf has the years 1 to 9999.
    let rows = "{\"id\":1,\"d\":\"2024-02-29\"}\n{\"id\":2,\"d\":\"+12000-01-01\"}\n{\"id\":3,\"d\":\"1970-01-01\"}\n";
    let folder = Folder::new(&[("in.ndjson", rows)]);
    let columns = ["--columns", "d=date32"];
    for source in ["a.ndjson", "a.csv", "a.avro", "a.parquet", "a.arrow", "a.arrows"] {
        folder.run(&[&["convert", "in.ndjson", "-o", source], &columns[..]].concat()).ends(0);
        let typed: &[&str] = if source.ends_with("json") || source.ends_with("csv") { &columns } else { &[] };
        let convert = ["convert", source, "-o", "o.pb", "--overwrite"];
        let ran = folder.run(&[&convert[..], typed].concat()).ends(4);
        assert!(ran.err.contains("V-DATE-RANGE") && ran.err.contains("--rejects FILE"), "{source}: {}", ran.err);
        let ran = folder.run(&[&convert[..], typed, &["--rejects", "r.ndjson"]].concat()).ends(0);
        let expected = "3 records in = 2 out + 1 rejected (V-DATE-RANGE: 1 in d)";
        assert!(ran.err.contains(expected), "{source}: {}", ran.err);
        let rejects = lines(&folder.read("r.ndjson"));
        assert_eq!(rejects[0]["record"], 2, "{source}");
        let hint = rejects[0]["hint"].as_str().unwrap();
        assert!(hint.contains("--allow V-DATE-RANGE=clamp (or null)"), "{source}: {hint}");

        // And again into a target that has such dates.
        let replay = ["replay", "r.ndjson", "-o", "again.ndjson", "--overwrite"];
        folder.run(&[&replay[..], typed].concat()).ends(0);
        assert_eq!(folder.read("again.ndjson"), "{\"id\":2,\"d\":\"+12000-01-01\"}\n", "{source}");
    }
}

#[test]
fn bad_values_inside_avro_and_protobuf_are_rejected_as_they_are() {
    let schema = "syntax = \"proto3\"; message M { int32 id = 1; string s = 2; }";
    let folder = Folder::new(&[("m.proto", schema)]);
    // id 1, s "a"; then s of the byte ff; then a message cut short; then id 4.
    let mut bytes = vec![5, 8, 1, 18, 1, b'a', 3, 18, 1, 0xff, 2, 18, 9, 2, 8, 4];
    folder.put("in.pb", &bytes);
    let convert = ["convert", "in.pb", "-o", "o.ndjson", "--schema", "m.proto", "--rejects", "r.ndjson"];
    let ran = folder.run(&convert).ends(0);
    assert!(ran.err.contains("4 records in = 2 out + 2 rejected"), "{}", ran.err);
    let rejects = lines(&folder.read("r.ndjson"));
    assert_eq!((&rejects[0]["base64"], &rejects[0]["code"]), (&json!("AxIB/w=="), &json!("V-UTF8")));
    assert_eq!((&rejects[1]["bytes"], &rejects[1]["code"]), (&json!([10, 13]), &Value::Null));
    // A length that is cut off is damage: where the next message begins cannot be known.
    bytes.push(9);
    folder.put("cut.pb", &bytes);
    let convert = ["convert", "cut.pb", "-o", "p.ndjson", "--schema", "m.proto", "--rejects", "p-r.ndjson"];
    folder.run(&convert).ends(3);
    assert!(!folder.path("p.ndjson").exists() && !folder.path("p-r.ndjson").exists());

    // An Avro file of two strings, written by hand: "a", then the byte ff.
    let mut avro = b"Obj\x01\x04\x16avro.schema".to_vec();
    let text = br#"{"type":"record","name":"R","fields":[{"name":"s","type":"string"}]}"#;
    avro.extend_from_slice(&[(text.len() as u64 * 2) as u8 | 0x80, ((text.len() * 2) >> 7) as u8]);
    avro.extend_from_slice(text);
    avro.extend_from_slice(b"\x14avro.codec\x08null\x000123456789abcdef\x04\x08\x02a\x02\xff0123456789abcdef");
    folder.put("in.avro", &avro);
    let ran = folder.run(&["convert", "in.avro", "-o", "a.ndjson", "--rejects", "a-r.ndjson"]).ends(0);
    assert!(ran.err.contains("2 records in = 1 out + 1 rejected (V-UTF8: 1 in s)"), "{}", ran.err);
    assert_eq!(folder.read("a.ndjson"), "{\"s\":\"a\"}\n");
}

#[test]
fn what_was_rejected_is_replayed_after_a_correction_and_rejected_again_without() {
    let semicolons = BAD_CSV.replace(',', ";");
    let folder =
        Folder::new(&[("in.csv", &semicolons), ("in.ndjson", "{\"id\":7,\"qty\":\"y\"}\n{\"id\":8,\"qty\":1}\n")]);
    let columns = ["--columns", "qty=int64"];
    let convert = ["convert", "in.csv", "in.ndjson", "-o", "o.avro", "--rejects", "r.ndjson", "--csv-delimiter=;"];
    let ran = folder.run(&[&convert[..], &columns].concat()).ends(0);
    assert!(ran.err.contains("8 records in = 4 out + 4 rejected"), "{}", ran.err);
    let ran = folder.run(&[&["replay", "r.ndjson", "-o", "s.avro", "--rejects", "r2.ndjson"], &columns[..]].concat());
    assert!(ran.ends(0).err.contains("4 records in = 0 out + 4 rejected"));
    let raws = |name: &str| lines(&folder.read(name)).iter().map(|line| line["raw"].clone()).collect::<Vec<_>>();
    assert_eq!(raws("r.ndjson"), raws("r2.ndjson"));
    let ran = folder.run(&["replay", "r2.ndjson", "-o", "t.ndjson", "--csv-ragged=pad"]).ends(0);
    assert!(ran.err.contains("4 records in = 4 out + 0 rejected"), "{}", ran.err);
    let expected = "{\"id\":2,\"qty\":\"abc\",\"name\":\"b\"}\n{\"id\":4,\"qty\":\"8\",\"name\":null}\n\
                    {\"id\":6,\"qty\":\"x\",\"name\":\"f\"}\n{\"id\":7,\"qty\":\"y\",\"name\":null}\n";
    assert_eq!(folder.read("t.ndjson"), expected);
}

#[test]
fn too_many_rejects_leave_the_reject_file_alone() {
    let folder = Folder::new(&[("in.csv", BAD_CSV)]);
    let convert = ["convert", "in.csv", "-o", "o.parquet", "--columns", "qty=int64", "--rejects", "r.ndjson"];
    let run = |limit: &str| folder.run(&[&convert[..], &["--max-rejects", limit]].concat());
    for (limit, rejected) in [("2", 3), ("0", 1), ("49.9%", 3)] {
        let ran = run(limit).ends(4);
        assert!(
            ran.err.contains("do not fit") && ran.err.contains("those found so far are in r.ndjson"),
            "{}",
            ran.err
        );
        assert_eq!(folder.names(), ["in.csv", "r.ndjson"], "{limit}");
        assert_eq!(folder.read("r.ndjson").lines().count(), rejected, "{limit}");
        std::fs::remove_file(folder.path("r.ndjson")).unwrap();
    }
    run("50%").ends(0);
    std::fs::remove_file(folder.path("o.parquet")).unwrap();
    std::fs::remove_file(folder.path("r.ndjson")).unwrap();
    run("3").ends(0);
    folder.run(&["convert", "in.csv", "-o", "p.csv", "--max-rejects", "3"]).ends(2);
}

#[test]
fn records_are_skipped_by_code_and_counted() {
    let folder = Folder::new(&[("in.ndjson", "{\"a\":1}\n{\"a\":\"x\"}\n{\"a\":1.5}\n")]);
    let convert = ["convert", "in.ndjson", "-o", "o.ndjson", "--columns", "a=int64", "--report", "report.json"];
    folder.run(&[&convert[..], &["--allow", "V-TYPE=skip"]].concat()).ends(4);
    let ran = folder.run(&[&convert[..], &["--allow", "V-TYPE=skip", "--allow", "V-FRACTION=skip"]].concat()).ends(0);
    assert!(ran.err.contains("3 records in = 1 out + 0 rejected + 2 skipped"), "{}", ran.err);
    let report: Value = serde_json::from_str(&folder.read("report.json")).unwrap();
    assert_eq!((&report["skipped"], &report["set_aside"]["count"]), (&json!(2), &json!(2)));
    // One code to the file, another stops the run.
    let named = ["--allow", "V-TYPE=reject", "--rejects", "r.ndjson", "--overwrite"];
    folder.run(&[&convert[..], &named].concat()).ends(4);
    let both = ["--allow", "V-FRACTION=skip"];
    let ran = folder.run(&[&convert[..], &named, &both].concat()).ends(0);
    assert!(ran.err.contains("3 records in = 1 out + 1 rejected + 1 skipped"), "{}", ran.err);
    let ran = folder.run(&["convert", "in.ndjson", "-o", "p.ndjson", "--allow", "V-TYPE=reject"]).ends(2);
    assert!(ran.err.contains("--rejects FILE"), "{}", ran.err);
}

#[test]
fn counts_are_said_even_if_zero() {
    let folder = Folder::new(&[("in.csv", "a\n1\n")]);
    let ran = folder.run(&["convert", "in.csv", "-o", "o.csv", "--report", "report.json"]).ends(0);
    assert!(ran.err.contains("1 record in = 1 out + 0 rejected") && ran.err.contains("losses: none"), "{}", ran.err);
    let report: Value = serde_json::from_str(&folder.read("report.json")).unwrap();
    for counted in ["altered", "set_aside"] {
        assert_eq!(report[counted], json!({"count": 0, "by_column": []}));
    }
    assert_eq!((&report["rejected"], &report["skipped"]), (&json!(0), &json!(0)));
}

#[test]
fn values_are_altered_as_allowed_by_every_writer_and_counted() {
    let folder =
        Folder::new(&[("in.ndjson", "{\"d\":\"+12000-01-01\"}\n{\"d\":\"2024-02-29\"}\n{\"d\":\"-0044-03-15\"}\n")]);
    let convert = ["convert", "in.ndjson", "--columns", "d=date32", "--overwrite", "-o"];
    folder.run(&[&convert[..], &["o.pb"]].concat()).ends(4);
    for (policy, expected) in [("clamp", ["9999-12-31", "2024-02-29", "0001-01-01"]), ("null", ["", "2024-02-29", ""])]
    {
        let allow = format!("V-DATE-RANGE={policy}");
        let ran = folder.run(&[&convert[..], &["o.pb", "--allow", &allow, "--emit-schema", "o.proto"]].concat());
        let ran = ran.ends(0);
        assert!(ran.err.contains("3 records in = 3 out + 0 rejected"), "{}", ran.err);
        assert!(ran.err.contains("V-DATE-RANGE: 2 in d"), "{}", ran.err);
        folder.run(&["convert", "o.pb", "--schema", "o.proto", "-o", "back.csv", "--overwrite"]).ends(0);
        let back: Vec<_> = folder.read("back.csv").lines().skip(1).map(|line| line.replace("\\N", "")).collect();
        assert_eq!(back, expected, "{policy}");
    }
    // Avro has no time of day finer than microseconds.
    folder.write("t.ndjson", "{\"t\":\"00:00:01.234567891\"}\n");
    let convert = ["convert", "t.ndjson", "--columns", "t=time64[ns]", "--overwrite", "-o", "o.avro"];
    let ran = folder.run(&convert).ends(4);
    assert!(ran.err.contains("--allow V-TIME-PRECISION=round"), "{}", ran.err);
    for (policy, expected) in [("round", "00:00:01.234568"), ("truncate", "00:00:01.234567")] {
        let allow = format!("V-TIME-PRECISION={policy}");
        folder.run(&[&convert[..], &["--allow", &allow]].concat()).ends(0);
        folder.run(&["convert", "o.avro", "-o", "back.ndjson", "--overwrite"]).ends(0);
        assert_eq!(folder.read("back.ndjson"), format!("{{\"t\":\"{expected}\"}}\n"));
    }
    // A null element has no place in a repeated field.
    folder.write("l.ndjson", "{\"l\":[1,null,2]}\n");
    let convert = ["convert", "l.ndjson", "--overwrite", "-o", "l.pb", "--emit-schema", "l.proto"];
    folder.run(&convert).ends(4);
    for (policy, expected) in [("default", "[1,0,2]"), ("ignore", "[1,2]")] {
        let allow = format!("V-NULL-ELEM={policy}");
        folder.run(&[&convert[..], &["--allow", &allow]].concat()).ends(0);
        folder.run(&["convert", "l.pb", "--schema", "l.proto", "-o", "back.ndjson", "--overwrite"]).ends(0);
        assert_eq!(folder.read("back.ndjson"), format!("{{\"l\":{expected}}}\n"));
    }
}

#[test]
fn what_a_policy_does_not_help_is_an_error_or_a_reject() {
    let folder = Folder::new(&[("in.ndjson", "{\"d\":\"x\"}\n")]);
    let convert = ["convert", "in.ndjson", "--columns", "d=date32", "-o", "o.pb", "--allow", "V-DATE-RANGE=clamp"];
    folder.run(&convert).ends(4);
    folder.run(&["convert", "in.ndjson", "-o", "o.csv", "--allow", "V-DATE-RANGE=round"]).ends(2);
    folder.run(&["convert", "in.ndjson", "-o", "o.csv", "--allow", "S-META=skip"]).ends(2);
    assert_eq!(folder.names(), ["in.ndjson"]);
}

#[test]
fn case_101_strict_refuses_losses_and_values_and_leaves_the_output_alone() {
    let folder = Folder::new(&[("in.ndjson", "{\"l\":[1,null]}\n"), ("o.pb", "before")]);
    let convert = ["convert", "in.ndjson", "-o", "o.pb", "--overwrite", "--strict"];
    // A nullable list is S-NULL-LIST.
    let ran = folder.run(&convert).ends(6);
    assert!(ran.err.contains("S-NULL-LIST"), "{}", ran.err);
    // Allowed by name, the null element is still a value that does not fit.
    let ran = folder.run(&[&convert[..], &["--allow", "S-NULL-LIST"]].concat()).ends(4);
    assert!(ran.err.contains("V-NULL-ELEM"), "{}", ran.err);
    for contradiction in
        [["--allow", "V-NULL-ELEM=default"], ["--allow", "V-NULL-ELEM=skip"], ["--rejects", "r.ndjson"]]
    {
        let ran = folder.run(&[&convert[..], &contradiction].concat()).ends(2);
        assert!(ran.err.contains("--strict"), "{}", ran.err);
    }
    assert_eq!(folder.read("o.pb"), "before");
    assert_eq!(folder.names(), ["in.ndjson", "o.pb"]);
}

#[test]
fn a_folder_is_converted_with_a_reject_file_for_each_input() {
    let folder = Folder::new(&[("raw/a.csv", BAD_CSV), ("raw/sub/b.csv", "id,qty,name\n1,2,x\n")]);
    let arguments = ["convert", "raw", "--out-dir", "lake", "--to", "parquet", "--columns", "qty=int64"];
    let ran = folder.run(&[&arguments[..], &["--rejects", "rejects", "--report", "report.json"]].concat()).ends(0);
    assert!(ran.err.contains("7 records in = 4 out + 3 rejected"), "{}", ran.err);
    assert_eq!(folder.read("rejects/a.parquet.ndjson").lines().count(), 3);
    assert_eq!(folder.read("rejects/sub/b.parquet.ndjson"), "");
}

#[test]
fn a_reject_file_that_cannot_be_written_fails_the_run() {
    let folder = Folder::new(&[("in.csv", BAD_CSV), ("there.ndjson", "before")]);
    let run = |output: &str, rejects: &str| {
        folder.run(&["convert", "in.csv", "-o", output, "--columns", "qty=int64", "--rejects", rejects])
    };
    for (rejects, code) in [("nowhere/r.ndjson", 9), ("there.ndjson", 2), ("in.csv", 2), ("o.csv", 2), (".", 2)] {
        run("o.csv", rejects).ends(code);
        assert_eq!(folder.names(), ["in.csv", "there.ndjson"], "{rejects}");
    }
    assert_eq!((folder.read("in.csv").as_str(), folder.read("there.ndjson").as_str()), (BAD_CSV, "before"));
    #[cfg(target_os = "linux")]
    {
        let ran = run("o.csv", "/dev/full").ends(9);
        assert!(ran.err.contains("/dev/full"), "{}", ran.err);
        // An output that cannot be written leaves no reject file.
        let ran = run("/dev/full", "r.ndjson");
        assert_ne!(ran.code, Some(0));
        assert_eq!(folder.names(), ["in.csv", "there.ndjson"]);
    }
    let ran = folder.run(&["convert", "in.csv", "--to", "csv", "--columns", "qty=int64", "--rejects", "-"]).ends(2);
    assert!(ran.err.contains("standard output"), "{}", ran.err);
    // To standard output, rejects go as they come.
    let ran = run("o.csv", "-").ends(0);
    assert_eq!(lines(&ran.out).len(), 3);
}

#[test]
fn inference_passes_over_records_that_cannot_be_read() {
    let folder =
        Folder::new(&[("in.ndjson", "{\"a\":1}\n{\"a\":\nnot json\n{\"a\":2.5}\n"), ("in.csv", "a,b\n1,2\n3\n4,5\n")]);
    let ran = folder.run(&["convert", "in.ndjson", "-o", "o.ndjson", "--rejects", "r.ndjson"]).ends(0);
    assert!(ran.err.contains("4 records in = 2 out + 2 rejected (malformed: 1, 1 in a)"), "{}", ran.err);
    let rejects = lines(&folder.read("r.ndjson"));
    assert_eq!((&rejects[1]["line"], &rejects[1]["raw"]), (&json!(3), &json!("not json")));
    folder.run(&["convert", "in.csv", "-o", "o.csv", "--rejects", "r2.ndjson"]).ends(0);
    assert_eq!(folder.read("o.csv"), "a,b\n1,2\n4,5\n");
    // In one array, too: where a malformed record ends can be told from its brackets, unless a quote is missing.
    folder.write("in.json", "[{\"a\":1},\n {\"a\":\"x\"}, {\"a\":\"\\ud800\"},\n{\"a\":3}]");
    let typed = ["--columns", "a=int64", "--rejects", "r3.ndjson"];
    let ran = folder.run(&[&["convert", "in.json", "-o", "p.ndjson"], &typed[..]].concat()).ends(0);
    assert_eq!(folder.read("p.ndjson"), "{\"a\":1}\n{\"a\":3}\n", "{}", ran.err);
    folder.write("broken.json", "[{\"a\":1},{\"a\":},\n{\"a\":2,,},{\"a\":3}]");
    folder.run(&["convert", "broken.json", "-o", "q.ndjson", "--rejects", "r4.ndjson"]).ends(0);
    assert_eq!(folder.read("q.ndjson"), "{\"a\":1}\n{\"a\":3}\n");
    let rejects = lines(&folder.read("r4.ndjson"));
    assert_eq!((&rejects[0]["raw"], &rejects[1]["raw"]), (&json!("{\"a\":}"), &json!("{\"a\":2,,}")));
    folder.write("quote.json", "[{\"a\":\"1},{\"a\":\"2\"},{\"a\":\"3}]");
    folder.run(&["convert", "quote.json", "-o", "s.ndjson", "--rejects", "r5.ndjson"]).ends(3);
}

#[cfg(unix)]
#[test]
fn an_interrupt_leaves_neither_output_nor_rejects() {
    use std::io::Write;
    use std::process::Stdio;
    let folder = Folder::new(&[]);
    let arguments =
        ["convert", "-", "--from", "ndjson", "-o", "o.avro", "--columns", "a=int64", "--rejects", "r.ndjson"];
    let mut child = folder.command(&arguments).stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    // An endless stream, half of it bad: only the interrupt ends the run.
    let feeder = std::thread::spawn(move || while stdin.write_all(b"{\"a\":1}\n{\"a\":\"x\"}\n").is_ok() {});
    std::thread::sleep(std::time::Duration::from_millis(500));
    let killed = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(killed.unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(130));
    feeder.join().unwrap();
    assert_eq!(folder.names(), Vec::<String>::new());
}

#[test]
fn text_that_a_dialect_cannot_tell_from_null_becomes_null_if_that_is_allowed() {
    let folder =
        Folder::new(&[("in.ndjson", "{\"a\":\"x\",\"b\":1}\n{\"a\":\"p,q\",\"b\":2}\n{\"a\":\"y\",\"b\":3}\n")]);
    let convert = ["convert", "in.ndjson", "-o", "o.csv", "--overwrite", "--to-opt", "quote=none"];
    let ran = folder.run(&convert).ends(4);
    assert!(ran.err.contains("--allow V-CSV-NULL=null"), "{}", ran.err);
    let ran = folder.run(&[&convert[..], &["--allow", "V-CSV-NULL=null"]].concat()).ends(0);
    assert!(ran.err.contains("V-CSV-NULL: 1 in a"), "{}", ran.err);
    assert_eq!(folder.read("o.csv"), "a,b\nx,1\n,2\ny,3\n");
    let ran = folder.run(&[&convert[..], &["--rejects", "r.ndjson"]].concat()).ends(0);
    assert!(ran.err.contains("3 records in = 2 out + 1 rejected (V-CSV-NULL: 1 in a)"), "{}", ran.err);
}

#[test]
fn dates_that_messages_hold_and_columns_do_not_become_null_if_that_is_allowed() {
    let schema = "syntax = \"proto3\"; import \"google/type/date.proto\"; import \"google/protobuf/timestamp.proto\"; \
                  message M { google.type.Date d = 1; google.protobuf.Timestamp t = 2; repeated google.type.Date l = 3; }";
    let folder = Folder::new(&[("m.proto", schema)]);
    // 2024-02-29; then only month and day, and the year 3000 in seconds; then nothing.
    let whole = [10, 7, 8, 0xe8, 15, 16, 2, 24, 29];
    let bad = [10, 4, 16, 2, 24, 29, 18, 6, 8, 0x80, 0xd0, 0xe8, 0x8a, 0x79];
    let mut bytes = vec![whole.len() as u8];
    bytes.extend(whole);
    bytes.push(bad.len() as u8);
    bytes.extend(bad);
    bytes.push(0);
    folder.put("in.pb", &bytes);
    let convert = ["convert", "in.pb", "--schema", "m.proto", "-o", "o.ndjson", "--overwrite"];
    let ran = folder.run(&convert).ends(4);
    // What clamps and rounds elsewhere does not here.
    assert!(ran.err.contains("--allow V-DATE-PARTIAL=null;") && !ran.err.contains("clamp"), "{}", ran.err);
    let ran = folder.run(&[&convert[..], &["--allow", "V-DATE-PARTIAL=null"]].concat()).ends(4);
    assert!(ran.err.contains("V-TS-RANGE=null") && !ran.err.contains("clamp"), "{}", ran.err);
    let both = ["--allow", "V-DATE-PARTIAL=null", "--allow", "V-TS-RANGE=null"];
    let ran = folder.run(&[&convert[..], &both].concat()).ends(0);
    assert!(ran.err.contains("V-DATE-PARTIAL: 1 in d") && ran.err.contains("V-TS-RANGE: 1 in t"), "{}", ran.err);
    let records = lines(&folder.read("o.ndjson"));
    assert_eq!(
        (&records[0]["d"], &records[1]["d"], &records[2]["d"]),
        (&json!("2024-02-29"), &Value::Null, &Value::Null)
    );
    // An element of a list is never null.
    folder.put("in.pb", &[6, 26, 4, 16, 2, 24, 29]);
    let ran = folder.run(&[&convert[..], &both].concat()).ends(4);
    assert!(ran.err.contains("V-DATE-PARTIAL=null does not help here"), "{}", ran.err);
}

#[test]
fn notes_count_the_values_that_some_readers_round() {
    let rows =
        "{\"a\":9007199254740993,\"b\":1}\n{\"a\":-9007199254740993,\"b\":2}\n{\"a\":9007199254740992,\"b\":3}\n";
    let folder = Folder::new(&[("in.ndjson", rows)]);
    let ran = folder.run(&["convert", "in.ndjson", "-o", "o.ndjson", "--report", "r.json"]).ends(0);
    assert_eq!(folder.read("o.ndjson"), rows);
    assert!(ran.err.contains("losses: none") && ran.err.contains("N-BIG-INT"), "{}", ran.err);
    let report: Value = serde_json::from_str(&folder.read("r.json")).unwrap();
    let notes = report["notes"].as_array().unwrap();
    assert_eq!(notes.len(), 1, "{report}");
    assert_eq!(
        (&notes[0]["code"], &notes[0]["column"], &notes[0]["count"]),
        (&json!("N-BIG-INT"), &json!("a"), &json!(2))
    );
    let strings = ["convert", "in.ndjson", "-o", "s.ndjson", "--json-int64=string"];
    assert!(!folder.run(&strings).ends(0).err.contains("N-BIG-INT"));
}

#[test]
fn counting_reads_no_types_and_refuses_what_cannot_be_read() {
    // The types of the columns contradict each other, and nobody asks for them.
    let folder = Folder::new(&[
        ("a.csv", "a,b\n1,x\n\"two\nlines\",3\n# no comment,4\n"),
        ("a.ndjson", "{\"a\":1}\n{\"a\":{\"b\":[]}}\n\n{}\n"),
        ("a.json", "[{\"a\":1},{\"a\":\"x\"}]"),
        ("values.json", "[1,2,\"x\"]"),
        ("ragged.csv", "a,b\n1\n"),
        ("cut.ndjson", "{\"a\":1}\n{\"a\":"),
    ]);
    for (file, count) in [("a.csv", "3"), ("a.ndjson", "3"), ("a.json", "2"), ("values.json", "3")] {
        assert_eq!(folder.run(&["count", file]).ends(0).out.trim(), count, "{file}");
    }
    assert!(folder.run(&["count", "ragged.csv"]).ends(3).err.contains("ragged.csv:2"));
    folder.run(&["count", "cut.ndjson"]).ends(3);
}

#[test]
fn case_34_what_changes_in_a_schema_that_came_along_is_said_and_a_renamed_field_keeps_its_name_as_alias() {
    let schema = r#"{"type":"record","name":"R","namespace":"n.s","doc":"what it is","fields":[
        {"name":"a","type":"int","aliases":["older"],"doc":"kept"},{"name":"b","type":"string"},{"name":"c","type":"long"}]}"#;
    let folder = Folder::new(&[("s.avsc", schema), ("in.ndjson", "{\"a\":1,\"b\":\"x\",\"c\":2}\n")]);
    folder.run(&["convert", "in.ndjson", "-o", "in.avro", "--schema", "s.avsc"]).ends(0);
    let ran = folder.run(&["convert", "in.avro", "-o", "same.avro"]).ends(0);
    assert!(!ran.err.contains("made anew"), "{}", ran.err);
    let ran = folder.run(&["convert", "in.avro", "-o", "o.avro", "--exclude", "b", "--rename", "a=first"]).ends(0);
    assert!(
        ran.err.contains("made anew") && ran.err.contains("first was a") && ran.err.contains("b is left out"),
        "{}",
        ran.err
    );
    let shown = folder.run(&["schema", "show", "o.avro", "--as", "avro"]).ends(0).out;
    let shown: Value = serde_json::from_str(&shown).unwrap();
    assert_eq!(
        (&shown["name"], &shown["namespace"], &shown["doc"]),
        (&json!("R"), &json!("n.s"), &json!("what it is"))
    );
    assert_eq!((&shown["fields"][0]["name"], &shown["fields"][0]["doc"]), (&json!("first"), &json!("kept")));
    assert_eq!(shown["fields"][0]["aliases"], json!(["older", "a"]));
    assert_eq!(shown["fields"].as_array().unwrap().len(), 2);
    // A reader with the new schema finds the old data by the alias.
    folder.write("new.avsc", &shown.to_string());
    folder.run(&["convert", "in.avro", "-o", "new.ndjson", "--reader-schema", "new.avsc"]).ends(0);
    assert_eq!(folder.read("new.ndjson"), "{\"first\":1,\"c\":2}\n");
    // Elsewhere a new name loses nothing.
    folder.run(&["convert", "in.avro", "-o", "o.ndjson", "--select", "b,c", "--rename", "c=d", "--strict"]);
}

/// Converts bytes with everything in memory: the output, the reject file, and the counts.
fn in_memory(format: &str, bytes: &[u8], chunk_bytes: usize, threads: usize) -> (Vec<u8>, Vec<u8>, fmtconv::Report) {
    let mut input = fmtconv::Input::with_format(fmtconv::Source::bytes("in", bytes.to_vec()), format);
    input.options.columns = vec![arrow_schema::Field::new("a", arrow_schema::DataType::Int64, true)];
    input.options.limits.chunk_bytes = chunk_bytes;
    input.options.limits.batch_rows = 5;
    let ((output, written), (file, rejects)) = (fmtconv::Output::memory(), fmtconv::Output::memory());
    let target = fmtconv::Target::with_format(output, "ndjson");
    let convert = fmtconv::Convert::new(input).to(target).threads(threads).rejects(file);
    let report = convert.run().unwrap();
    (written.take().unwrap(), rejects.take().unwrap(), report)
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(60))]

    /// Each line converted alone says what must become of it among others.
    #[test]
    fn a_record_is_set_aside_exactly_if_it_fails_alone(
        picks in proptest::collection::vec(0_usize..12, 0..120),
        chunk_bytes in 1_usize..400,
        csv: bool,
    ) {
        // Mostly good, so that runs of all lengths occur.
        let pool: [&[u8]; 12] = match csv {
            true => [b"1,x", b"22,yy", b"-3,", b"4,z", b"5,\"q\"\"r\"", b"", b"x,1", b"7", b"8,9,10", b"9,\xff", b"1e3,t", b"6,u"],
            false => [
                b"{\"a\":1,\"b\":\"x\"}", b"{\"a\":22}", b"{\"b\":\"z\",\"a\":3}", b"{\"a\":null}", b"{\"a\":4}", b"",
                b"{\"a\":\"x\"}", b"{\"a\":", b"{\"a\":1.5}", b"{\"a\":1,\"b\":\"\xff\"}", b"{\"a\":1e3}", b"{} {}",
            ],
        };
        let (format, head): (&str, &[u8]) = if csv { ("csv", b"a,b\n") } else { ("ndjson", b"") };
        let text_of = |lines: &[usize]| -> Vec<u8> {
            // The first line gives every run the same columns.
            let first: &[u8] = if csv { b"0,s\n" } else { b"{\"a\":0,\"b\":\"s\"}\n" };
            let lines = lines.iter().flat_map(|index| [pool[*index], b"\n"].concat());
            [head, first].concat().into_iter().chain(lines).collect()
        };
        let fails: Vec<bool> = (0..pool.len()).map(|index| in_memory(format, &text_of(&[index]), 1 << 20, 1).2.rejected == 1).collect();
        let (good, bad): (Vec<usize>, Vec<usize>) = picks.iter().partition(|index| !fails[**index]);
        let (expected, _, _) = in_memory(format, &text_of(&good), 1 << 20, 1);
        for threads in [1, 3] {
            let (output, rejects, report) = in_memory(format, &text_of(&picks), chunk_bytes, threads);
            proptest::prop_assert_eq!(String::from_utf8_lossy(&output), String::from_utf8_lossy(&expected));
            proptest::prop_assert_eq!(report.rejected, bad.len() as u64);
            let raws: Vec<Vec<u8>> = lines(std::str::from_utf8(&rejects).unwrap())
                .iter()
                .map(|line| match (line["raw"].as_str(), line["base64"].as_str()) {
                    (Some(raw), _) => raw.as_bytes().to_vec(),
                    (None, base64) => base64::Engine::decode(&base64::engine::general_purpose::STANDARD, base64.unwrap()).unwrap(),
                })
                .collect();
            let wanted: Vec<Vec<u8>> = bad.iter().map(|index| pool[*index].to_vec()).collect();
            proptest::prop_assert_eq!(raws, wanted);
        }
    }
}
