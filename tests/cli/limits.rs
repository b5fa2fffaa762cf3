//! `--max-depth` and `--max-record-bytes` hold for every format that is read, by the same counts.

use super::Folder;

/// The same records in every format.
fn everywhere(ndjson: &str) -> (Folder, Vec<&'static str>) {
    let folder = Folder::new(&[("a.ndjson", ndjson)]);
    let names = ["a.parquet", "a.avro", "a.pb", "a.arrow", "a.arrows"];
    for name in names {
        folder.run(&["convert", "a.ndjson", "-o", name]).ends(0);
    }
    (folder, [&["a.ndjson"][..], &names].concat())
}

#[test]
fn records_of_any_format_are_nested_as_deep_as_was_asked_for() {
    const LEVELS: usize = 20;
    let structs = format!("{}1{}\n", "{\"a\":".repeat(LEVELS), "}".repeat(LEVELS));
    let lists = format!("{{\"a\":{}1{}}}\n", "[".repeat(LEVELS - 1), "]".repeat(LEVELS - 1));
    for (records, unlike) in [(structs, ""), (lists, "a.pb")] {
        let (folder, names) = everywhere(&records);
        // In Protobuf a list in a list is a message, and one alone is none.
        for name in names.into_iter().filter(|name| *name != unlike) {
            let convert = |depth: usize| {
                let depth = depth.to_string();
                folder.run(&["convert", name, "-o", "o.ndjson", "--overwrite", "--max-depth", &depth])
            };
            convert(LEVELS).ends(0);
            for less in [LEVELS - 1, 5] {
                convert(less).ends(7).says(&[name, "--max-depth"]);
            }
            // A limit says nothing of the file.
            folder.run(&["verify", name, "--max-depth", "5"]).ends(7).says(&[name, "--max-depth"]);
            folder.run(&["verify", name]).ends(0);
        }
    }
}

#[test]
fn what_is_written_by_default_is_read_by_default() {
    const LEVELS: usize = 256;
    for records in [
        format!("{}1{}\n", "{\"a\":".repeat(LEVELS), "}".repeat(LEVELS)),
        format!("{{\"a\":{}1{}}}\n", "[".repeat(LEVELS - 1), "]".repeat(LEVELS - 1)),
        format!("{}1{}\n", "{\"a\":[".repeat(LEVELS / 2), "]}".repeat(LEVELS / 2)),
    ] {
        let folder = Folder::new(&[("a.ndjson", &records)]);
        for name in ["a.parquet", "a.avro", "a.arrow", "a.arrows"] {
            folder.run(&["convert", "a.ndjson", "-o", name]).ends(0);
            assert_eq!(folder.run(&["cat", name]).ends(0).out, records, "{name}");
        }
    }
}

#[test]
fn records_of_any_format_are_as_long_as_was_asked_for() {
    let long = "x".repeat(1_500_000);
    let (folder, names) = everywhere(&format!("{{\"a\":\"{long}\"}}\n{{\"a\":\"{long}\"}}\n"));
    for name in names {
        folder.run(&["convert", name, "-o", "o.ndjson", "--overwrite", "--max-record-bytes", "2M"]).ends(0);
        for command in [&["convert", name, "-o", "o.ndjson", "--overwrite"][..], &["verify", name]] {
            let words = [command, &["--max-record-bytes", "1M"]].concat();
            folder.run(&words).ends(7).says(&[name, "--max-record-bytes"]);
        }
    }
    // One among many short ones.
    let short: String = (0..3000).map(|id| format!("{{\"a\":\"{id}\"}}\n")).collect();
    let (folder, _) = everywhere(&format!("{short}{{\"a\":\"{long}\"}}\n{short}"));
    for name in ["a.ndjson", "a.arrow", "a.arrows"] {
        let words = ["convert", name, "-o", "o.ndjson", "--overwrite", "--max-record-bytes", "1M"];
        folder.run(&words).ends(7).says(&[&format!("{name}:"), "record 3001"]);
    }
    folder.run(&["convert", "a.ndjson", "-o", "a.csv"]).ends(0);
    folder
        .run(&["head", "-n", "9000", "a.csv", "--max-record-bytes", "1M"])
        .ends(7)
        .says(&["record 3001, byte 13892:"]);
}
