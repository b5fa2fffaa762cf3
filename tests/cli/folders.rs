//! Folders and globs as inputs: what is in them beside good files.

use super::{Folder, NDJSON, ROWS};

#[cfg(unix)]
#[test]
fn a_link_that_leads_nowhere_fails_alone() {
    use std::os::unix::fs::symlink;
    let folder = Folder::new(&[("in/x.csv", ROWS), ("in/sub/y.csv", ROWS)]);
    symlink("nowhere", folder.path("in/broken.csv")).unwrap();
    symlink("nowhere", folder.path("in/notes.txt")).unwrap();
    // As an editor locks a file.
    symlink("someone@host.1", folder.path("in/.#x.csv")).unwrap();
    let each = |input: &str, out: &str| folder.run(&["convert", input, "--out-dir", out, "--to", "ndjson"]);
    let ran = each("in", "o1").ends(9).says(&["2 files converted, 1 failed", "in/broken.csv: cannot open", "a link"]);
    assert!(!ran.err.contains("notes.txt") && !ran.err.contains(".#x"), "{}", ran.err);
    assert_eq!(folder.read("o1/sub/y.ndjson"), NDJSON);
    each("in/**/*.csv", "o2").ends(9).says(&["2 files converted, 1 failed", "in/broken.csv"]);
    each("in/**/[xy].csv", "o3").ends(0).says(&["2 files converted"]);
    folder.run(&["cat", "in"]).ends(9).says(&["in/broken.csv: cannot open"]);
    // A link that leads to itself is no folder either.
    std::fs::remove_file(folder.path("in/broken.csv")).unwrap();
    symlink("self.csv", folder.path("in/self.csv")).unwrap();
    each("in", "o4").ends(9).says(&["2 files converted, 1 failed", "in/self.csv"]);
    // One that leads to a folder above is still refused: nothing tells which files are below it.
    std::fs::remove_file(folder.path("in/self.csv")).unwrap();
    symlink("..", folder.path("in/sub/up")).unwrap();
    each("in", "o5").ends(9).says(&["leads back to a folder above"]);
}

#[test]
fn reject_files_without_a_record_are_no_error() {
    let folder = Folder::new(&[("in/a.csv", "n\n1\n2\n"), ("in/b.csv", "n\n3\nx\n")]);
    let rejecting = ["--out-dir", "out", "--to", "avro", "--columns", "n=int64", "--rejects", "rejects"];
    folder.run(&[&["convert", "in"][..], &rejecting].concat()).ends(0);
    assert_eq!(folder.read("rejects/a.avro.ndjson"), "");
    let replay = |input: &str, more: &[&str]| {
        folder.run(&[&["replay", input, "-o", "again.ndjson", "--report", "r.json", "--overwrite"], more].concat())
    };
    replay("rejects", &["--columns", "n=utf8"]).ends(0);
    assert_eq!(folder.read("again.ndjson"), "{\"n\":\"x\"}\n");
    // Alone, they hold nothing of which an output could be made.
    std::fs::remove_file(folder.path("again.ndjson")).unwrap();
    let ran = replay("rejects/a.avro.ndjson", &[]).ends(0);
    ran.says(&["there is no rejected record in rejects/a.avro.ndjson: no output is written", "0 records in = 0 out"]);
    assert!(folder.read("r.json").contains("\"status\": \"done\""));
    assert!(!folder.path("again.ndjson").exists());
    // A file that is none of rejects is still refused.
    folder.write("other.ndjson", "{\"a\":1}\n");
    replay("other.ndjson", &[]).ends(3);
}

#[test]
fn a_file_is_no_folder_for_outputs() {
    let folder = Folder::new(&[("a.csv", ROWS)]);
    let ran = folder.run(&["convert", "a.csv", "--out-dir", "a.csv", "--to", "ndjson"]).ends(9);
    ran.says(&["error: a.csv: a file stands where a folder is wanted", "hint: name another folder"]);
    assert_eq!(folder.read("a.csv"), ROWS);
}
