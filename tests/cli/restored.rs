//! What is written is read back as what it was: typed headers, numbers in strings, old times; what cannot be is told.

use super::Folder;

/// The type of column `c` of a file.
fn type_of(folder: &Folder, file: &str, more: &[&str]) -> String {
    let shown = folder.run(&[&["schema", "show", file], more].concat()).ends(0).out;
    shown.lines().find(|line| line.starts_with("c ")).unwrap_or_else(|| panic!("{shown}")).to_owned()
}

/// Types that Arrow has no text for, or none that it reads.
const TYPES: &[&str] = &[
    "json",
    "uuid",
    "variant",
    "list<json>",
    "list<uuid not null>",
    "map<uuid, json>",
    "struct<\"a\\\\b\": int32, \"c d\": json not null>",
    "struct<\"zero\u{200b}width\": utf8>",
    "struct<\"a:Int64\": list<struct<x: int8>>>",
    "run_end_encoded<int32, utf8>",
];

#[test]
fn typed_headers_give_every_type_that_they_are_written_for() {
    for wanted in TYPES.iter().chain(&["int64", "timestamp[us, +01:00]", "list<int32>", "map<utf8, int32>"]) {
        let folder = Folder::new(&[("a.csv", "i,c\n1,\n")]);
        let columns = format!("c={wanted}");
        folder.run(&["convert", "a.csv", "-o", "a.arrow", "--columns", &columns]).ends(0);
        let ran = folder.run(&["convert", "a.arrow", "-o", "b.csv", "--header-types"]).ends(0);
        assert!(!ran.err.contains("S-TYPE") || *wanted == "variant", "{wanted}: {}", ran.err);
        let read = type_of(&folder, "b.csv", &["--header-types"]);
        let held = type_of(&folder, "a.arrow", &[]);
        assert_eq!(read.split_whitespace().collect::<Vec<_>>(), held.split_whitespace().collect::<Vec<_>>());
        folder.run(&["diff", "a.arrow", "b.csv", "--header-types"]).ends(0).says(&["1 equal"]);
    }
}

#[test]
fn numbers_in_strings_are_told_from_other_branches() {
    let types = [
        ("c=union<i: int8 not null, d: decimal(10,2) not null>", "decimal", "{\"c\":5}\n{\"c\":1.50}\n"),
        ("c=union<d: decimal(10,2) not null, i: int8 not null>", "decimal", "{\"c\":1.50}\n{\"c\":2.25}\n"),
        ("c=union<b: bool not null, n: int64 not null>", "int64", "{\"c\":true}\n{\"c\":7}\n"),
        ("c=union<n: uint64 not null, s: int8 not null>", "int64", "{\"c\":300}\n{\"c\":7}\n"),
    ];
    for (columns, setting, text) in types {
        let folder = Folder::new(&[("a.ndjson", text)]);
        folder.run(&["convert", "a.ndjson", "-o", "a.arrow", "--columns", columns]).ends(0);
        let strings = format!("{setting}=string");
        let write = ["convert", "a.arrow", "-o", "b.ndjson", "--to-opt", &strings, "--verify"];
        folder.run(&write).ends(0).says(&["0 differences"]);
        folder.run(&[&write[..], &["--side-car", "--overwrite"]].concat()).ends(0).says(&["0 differences"]);
        assert!(folder.read("b.ndjson").contains(":\""), "{}", folder.read("b.ndjson"));
        assert_eq!(type_of(&folder, "b.ndjson", &[]), type_of(&folder, "a.arrow", &[]));
        let ran = folder.run(&["diff", "a.arrow", "b.ndjson"]).ends(0).says(&["2 equal"]);
        assert!(!ran.err.contains("N-HINT"), "{}", ran.err);
    }
}

#[test]
fn times_with_seconds_in_their_offset_are_written_in_utc() {
    let folder = Folder::new(&[("a.ndjson", "{\"c\":\"1887-08-11T09:46:40Z\"}\n{\"c\":\"1970-01-01T00:00:00Z\"}\n")]);
    let columns = ["--columns", "c=timestamp[s, Europe/Paris]"];
    folder.run(&[&["convert", "a.ndjson", "-o", "a.arrow"], &columns[..]].concat()).ends(0);
    let text = folder.run(&["convert", "a.arrow", "-o", "-", "--to", "ndjson"]).ends(0).out;
    assert_eq!(text, "{\"c\":\"1887-08-11T09:46:40Z\"}\n{\"c\":\"1970-01-01T01:00:00+01:00\"}\n");
    folder.write("b.ndjson", &text);
    folder.run(&[&["convert", "b.ndjson", "-o", "b.arrow"], &columns[..]].concat()).ends(0);
    folder.run(&["diff", "a.arrow", "b.arrow"]).ends(0).says(&["2 equal"]);
}

#[test]
fn a_value_may_need_two_ways_through() {
    let folder = Folder::new(&[("a.csv", "c\n300.5\n1\n"), ("t.csv", "c\n1\n")]);
    folder.run(&["convert", "t.csv", "-o", "t.arrow", "--columns", "c=int8"]).ends(0);
    folder.run(&["convert", "a.csv", "-o", "a.arrow", "--columns", "c=float64"]).ends(0);
    let convert = |file: &str, more: &[&str]| {
        folder.run(&[&["convert", file, "-o", "-", "--to", "ndjson", "--reader-schema", "t.arrow"], more].concat())
    };
    let (round, null) = ("V-FRACTION=round", "V-INT-RANGE=null");
    for file in ["a.csv", "a.arrow"] {
        let ran = convert(file, &["--allow", round, "--allow", null]).ends(0);
        assert_eq!(ran.out, "{\"c\":null}\n{\"c\":1}\n", "{file}");
        ran.says(&["V-FRACTION: 1 in c", "V-INT-RANGE: 1 in c"]);
        let ran = convert(file, &["--allow", round, "--allow", "V-INT-RANGE=clamp"]).ends(0);
        assert_eq!(ran.out, "{\"c\":127}\n{\"c\":1}\n", "{file}");
        convert(file, &["--allow", round]).ends(4);
    }
}

const JSON_NULLS: &str = "i,c\n1,null\n2,\n3,[1]\n";

#[test]
fn the_null_of_json_text_is_told_where_it_is_lost() {
    let folder = Folder::new(&[("a.csv", JSON_NULLS), ("b.csv", "i,c\n2,\n3,[1]\n")]);
    for name in ["a", "b"] {
        let (from, to) = (format!("{name}.csv"), format!("{name}.arrow"));
        folder.run(&["convert", &from, "-o", &to, "--columns", "c=json"]).ends(0).says(&["losses: none"]);
    }
    let write = ["convert", "a.arrow", "-o", "c.ndjson"];
    folder.run(&[&write[..], &["--strict"]].concat()).ends(6).says(&["S-MISSING", "column \"c\"", "--allow S-MISSING"]);
    assert!(!folder.path("c.ndjson").exists());
    folder.run(&[&write[..], &["--strict", "--allow", "S-MISSING"]].concat()).ends(0);
    let verified = [&write[..], &["--verify", "--overwrite"]].concat();
    folder.run(&verified).ends(0).says(&["S-MISSING", "0 differences"]);
    // Without such a text nothing is lost.
    let ran = folder.run(&["convert", "b.arrow", "-o", "d.ndjson", "--strict"]).ends(0);
    ran.says(&["losses: none"]);
    // Cells of CSV hold both, lists in them do not.
    folder.run(&["convert", "a.arrow", "-o", "e.csv", "--strict", "--verify"]).ends(0).says(&["losses: none"]);
    assert_eq!(folder.read("e.csv"), JSON_NULLS);
    folder.write("f.csv", "i,c\n1,\"[null]\"\n");
    folder.run(&["convert", "f.csv", "-o", "f.arrow", "--columns", "c=list<json>"]).ends(0);
    folder.run(&["convert", "f.arrow", "-o", "g.csv", "--verify"]).ends(0).says(&["0 differences"]);
}

#[test]
fn the_null_of_json_text_is_no_null_where_both_are_held() {
    let folder = Folder::new(&[("a.csv", JSON_NULLS), ("n.csv", "i,c\n1,\n2,\n3,[1]\n")]);
    for name in ["a", "n"] {
        let (from, to) = (format!("{name}.csv"), format!("{name}.arrow"));
        folder.run(&["convert", &from, "-o", &to, "--columns", "c=json"]).ends(0);
    }
    for name in ["a.parquet", "a.avro", "a.arrows"] {
        let ran = folder.run(&["convert", "a.arrow", "-o", name, "--verify", "--strict"]).ends(0);
        ran.says(&["losses: none", "0 differences"]);
        folder.run(&["diff", "a.arrow", name]).ends(0).says(&["3 equal"]);
        let ran = folder.run(&["diff", name, "n.arrow"]).ends(1);
        assert!(ran.out.contains("\"null\""), "{}", ran.out);
    }
    let sum = |name: &str| folder.run(&["digest", name]).ends(0).out.split(' ').next().map(str::to_owned);
    assert_eq!(sum("a.arrow"), sum("a.parquet"));
    assert_ne!(sum("a.arrow"), sum("n.arrow"));
}

#[test]
fn bytes_of_text_come_back_from_base64() {
    let folder = Folder::new(&[]);
    std::fs::write(folder.path("a.csv"), b"i,c\n1,a\xffb\n").unwrap();
    folder.run(&["convert", "a.csv", "-o", "a.arrow", "--invalid-utf8", "binary"]).ends(0);
    for (name, more) in [("b.csv", &["--header-types"][..]), ("b.ndjson", &[])] {
        let write = ["convert", "a.arrow", "-o", name, "--side-car", "--verify"];
        folder.run(&[&write[..], more].concat()).ends(0).says(&["0 differences"]);
        assert!(folder.read(name).contains("Yf9i"), "{}", folder.read(name));
        folder.run(&["diff", "a.arrow", name]).ends(0).says(&["1 equal"]);
    }
    folder.run(&["diff", "a.arrow", "b.csv", "--no-side-car", "--header-types"]).ends(0).says(&["1 equal"]);
    folder.run(&["diff", "a.arrow", "a.csv", "--invalid-utf8", "binary"]).ends(0).says(&["1 equal"]);
}
