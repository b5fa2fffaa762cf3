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
