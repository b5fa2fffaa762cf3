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
    let both = format!("{}1{}\n", "{\"a\":[".repeat(LEVELS / 2), "]}".repeat(LEVELS / 2));
    for records in [structs, lists, both] {
        let (folder, names) = everywhere(&records);
        for name in names {
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

/// A record of lists in lists, and one of objects in objects, `levels` deep.
fn nested(levels: usize) -> [String; 2] {
    let lists = format!("{{\"a\":{}1{}}}\n", "[".repeat(levels - 1), "]".repeat(levels - 1));
    [lists, format!("{}1{}\n", "{\"a\":".repeat(levels), "}".repeat(levels))]
}

const VALUE: &str = "syntax = \"proto3\"; package p; import \"google/protobuf/struct.proto\";
    message M { google.protobuf.Value a = 1; }";

#[test]
fn json_in_messages_is_nested_as_deep_as_the_text_of_it() {
    for records in nested(20) {
        let folder = Folder::new(&[("v.proto", VALUE), ("a.ndjson", &records)]);
        folder.run(&["convert", "a.ndjson", "-o", "a.pb", "--to-schema", "v.proto"]).ends(0);
        let deep = |words: &[&str], depth: &str| {
            let words = [words, &["--schema", "v.proto", "-o", "-", "--max-depth", depth]].concat();
            folder.run(&words)
        };
        for words in [
            &["convert", "a.pb", "--to", "ndjson"][..],
            &["convert", "a.pb", "--to", "protojson"],
            &["convert", "a.ndjson", "--from", "protojson", "--to", "protojson"],
        ] {
            assert_eq!(deep(words, "20").ends(0).out, records, "{words:?}");
            deep(words, "19").ends(7).says(&["--max-depth"]);
        }
        deep(&["convert", "a.ndjson", "--from", "protojson", "--to", "ndjson"], "19").says(&["deeper than 19 levels"]);
    }
}

#[test]
fn json_deeper_than_messages_hold_is_told_as_such() {
    let write = |records: &str| {
        let folder = Folder::new(&[("v.proto", VALUE), ("a.ndjson", records)]);
        folder.run(&["convert", "a.ndjson", "-o", "a.pb", "--to-schema", "v.proto"])
    };
    for (held, refused) in nested(99).iter().zip(nested(100)) {
        write(held).ends(0);
        let ran = write(&refused).ends(7).says(&["V-DEPTH", "98 levels", "type string"]);
        assert!(!ran.err.contains("--max-depth"), "{}", ran.err);
    }
}

#[test]
fn a_schema_that_is_made_is_as_deep_as_compilers_take() {
    // The innermost list is no message.
    for (index, most) in [32, 31].into_iter().enumerate() {
        let write = |levels: usize, more: &[&str]| {
            let messages = (1..40).map(|at| format!("message M{at} {{ M{} a = 1; }}", at + 1)).collect::<String>();
            let flat = format!("syntax = \"proto3\"; {messages} message M40 {{ optional int64 a = 1; }}");
            let folder = Folder::new(&[("a.ndjson", &nested(levels)[index]), ("flat.proto", &flat)]);
            folder.run(&[&["convert", "a.ndjson", "-o", "a.pb"], more].concat())
        };
        write(most, &[]).ends(0);
        write(most + 1, &[]).ends(7).says(&["at most 31 messages in one another", "--to-schema"]);
        if index == 1 {
            write(40, &["--to-schema", "flat.proto", "--message", "M1", "--verify"]).ends(0);
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
