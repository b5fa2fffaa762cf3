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
