//! Hints on one side alone: not written, or written and not read; and what a schema leaves out.

use super::Folder;

/// The type of column `c` of a file.
fn type_of(folder: &Folder, file: &str, more: &[&str]) -> String {
    let shown = folder.run(&[&["schema", "show", file, "--as", "arrow"], more].concat()).ends(0).out;
    let line = shown.lines().find(|line| line.starts_with("c ")).unwrap_or_else(|| panic!("{shown}"));
    line.split_whitespace().nth(1).unwrap_or_default().to_owned()
}

/// A format, a type that it knows by a hint, what it is without, and a value.
const TYPES: &[(&str, &str, &str, &str, &str)] = &[
    ("avro", "avro", "uint8", "int32", "7"),
    ("protobuf", "pb", "uint8", "uint32", "7"),
    ("parquet", "parquet", "duration[ms]", "int64", "\"1.5s\""),
];

#[test]
fn hints_are_written_and_read_unless_a_side_says_no() {
    for (format, extension, typed, plain, value) in TYPES {
        let folder = Folder::new(&[("a.ndjson", &format!("{{\"c\":{value}}}\n"))]);
        let own = format!("--{format}-hints=false");
        let off: [&[&str]; 3] = [&["--no-hints"], &[&own], &["--to-opt", "hints=false"]];
        let columns = format!("c={typed}");
        let with = format!("with.{extension}");
        folder.run(&["convert", "a.ndjson", "-o", &with, "--columns", &columns]).ends(0).says(&["losses: none"]);
        assert_eq!(type_of(&folder, &with, &[]), *typed);
        for no in [&["--no-hints"][..], &[&own], &["--from-opt", "hints=false"]] {
            assert_eq!(type_of(&folder, &with, no), *plain, "{format} {no:?}");
        }
        for (index, no) in off.into_iter().enumerate() {
            let without = format!("without{index}.{extension}");
            let write = ["convert", "a.ndjson", "-o", &without, "--columns", &columns];
            folder.run(&[&write[..], no].concat()).ends(0).says(&["S-TYPE (c)"]);
            assert_eq!(type_of(&folder, &without, &[]), *plain, "{format} {no:?}");
            folder.run(&[&write[..], no, &["--overwrite", "--strict"]].concat()).ends(6);
        }
    }
}

/// The schema that the records came with has the hints, so it is not written again as it is.
#[test]
fn hints_of_the_source_are_not_written_either() {
    for (format, extension, typed, plain, value) in TYPES {
        let folder = Folder::new(&[("a.ndjson", &format!("{{\"c\":{value}}}\n"))]);
        let [from, to] = ["from", "to"].map(|stem| format!("{stem}.{extension}"));
        folder.run(&["convert", "a.ndjson", "-o", &from, "--columns", &format!("c={typed}")]).ends(0);
        let convert = |no: &[&str]| {
            for leftover in [to.clone(), "to.proto".to_owned()] {
                let _ = std::fs::remove_file(folder.path(&leftover));
            }
            folder.run(&[&["convert", &from, "-o", &to], no].concat()).ends(0)
        };
        convert(&[]).says(&["losses: none"]);
        assert_eq!(type_of(&folder, &to, &[]), *typed, "{format}");
        convert(&["--to-opt", "hints=false"]).says(&["S-TYPE (c)"]);
        assert_eq!(type_of(&folder, &to, &[]), *plain, "{format}");
        // The values are the same.
        let out = folder.run(&["cat", &to]);
        if out.code == Some(0) && *format != "parquet" {
            assert_eq!(out.out, format!("{{\"c\":{value}}}\n"));
        }
        // Not read, the type that is there is what is written; with it nothing is lost.
        convert(&["--from-opt", "hints=false"]).says(&["losses: none"]);
        if *format != "protobuf" {
            // A .proto is a contract with others: it stays as it is.
            assert_eq!(type_of(&folder, &to, &[]), *plain, "{format}");
        }
    }
}

#[test]
fn what_a_schema_leaves_out_is_told_where_records_are_shown_too() {
    let schema = r#"{"type":"record","name":"a","fields":[{"name":"a","type":["null","long"]}]}"#;
    let folder = Folder::new(&[("a.ndjson", "{\"a\":1,\"b\":\"x\",\"z\":null}\n"), ("r.avsc", schema)]);
    for file in ["a.avro", "a.parquet", "a.arrow"] {
        folder.run(&["convert", "a.ndjson", "-o", file]).ends(0);
        let reader = ["--reader-schema", "r.avsc"];
        let ran = folder.run(&[&["convert", file, "-o", "-", "--to", "ndjson"], &reader[..]].concat()).ends(0);
        let told = ran.err.lines().find(|line| line.contains("losses known from the schemas")).unwrap_or_default();
        assert!(told.contains("S-DROP") && told.contains('b'), "{file}: {}", ran.err);
        let cat = folder.run(&[&["cat", file], &reader[..]].concat()).ends(0);
        assert_eq!(cat.out, "{\"a\":1}\n");
        assert!(cat.err.contains(told), "{file}: expected {told:?}: {}", cat.err);
        let head = folder.run(&[&["head", file], &reader[..]].concat()).ends(0);
        assert_eq!(head.out, "{\"a\":1}\n");
        assert!(head.err.contains(told), "{file}: expected {told:?}: {}", head.err);
        // What a schema leaves out is no value that was let through.
        assert!(!ran.err.contains("V-UNKNOWN-FIELD"), "{file}: {}", ran.err);
    }
    // Nothing is said where nothing is lost.
    folder.write("s.ndjson", "{\"s\":{\"x\":1}}\n");
    for command in ["cat", "head"] {
        let quiet = folder.run(&[command, "a.avro"]).ends(0);
        assert!(!quiet.err.contains("losses"), "{}", quiet.err);
        // What is lost in writing is told as well.
        let ran = folder.run(&[command, "s.ndjson", "--to", "csv", "--nested=flatten"]).ends(0);
        assert!(ran.err.contains("losses known from the schemas: S-NULL-STRUCT (s)"), "{command}: {}", ran.err);
    }
}

#[test]
fn what_lets_a_value_through_is_told_where_records_are_shown() {
    let folder = Folder::new(&[("a.ndjson", "{\"a\":1}\n{\"a\":1.5}\n"), ("b.csv", "a\n1\nx\n")]);
    for command in ["cat", "head"] {
        for (file, code, policy) in [("a.ndjson", "V-FRACTION", "round"), ("b.csv", "V-TYPE", "null")] {
            let columns = ["--columns", "a=int8"];
            let ran = folder.run(&[&[command, file], &columns[..]].concat()).ends(4);
            let told = format!("with fmtconv convert, let it through: --allow {code}={policy}");
            assert!(ran.err.contains(&told) && ran.err.contains("--rejects FILE"), "{command}: {}", ran.err);
            let allowed = ["-o", "-", "--to", "ndjson", "--allow", &format!("{code}={policy}")];
            folder.run(&[&["convert", file], &columns[..], &allowed[..]].concat()).ends(0);
        }
    }
}

/// What is refused with `arguments`, and what is done with those that the hint names.
fn pasted(folder: &Folder, arguments: &[&str], hint: &str, more: &[&str]) {
    let convert = [&["convert"], arguments, &["-o", "-", "--to", "ndjson"]].concat();
    let refused = folder.run(&convert);
    assert_ne!(refused.code, Some(0), "{arguments:?}");
    assert!(refused.err.contains("hint:") && refused.err.contains(hint), "{arguments:?}: {}", refused.err);
    // It takes the place of what was said before.
    let said =
        |argument: &&&str| argument.split_once('=').is_some_and(|(name, _)| more.iter().any(|m| m.starts_with(name)));
    let kept: Vec<&str> = convert.iter().filter(|argument| !said(argument)).copied().collect();
    folder.run(&[&kept[..], more].concat()).ends(0);
}

#[test]
fn settings_in_hints_can_be_pasted() {
    let folder = Folder::new(&[
        ("short.csv", "a,b\n1,2\n3\n"),
        ("long.csv", "a,b\n1,2\n3,4,5\n"),
        ("quote.csv", "a,b\n1,\"x\n"),
        ("behind.csv", "a,b\n1,\"x\"y\n"),
        ("lines.ndjson", "{\"a\":\n1}\n"),
        ("two.ndjson", "{\"a\":1} {\"a\":2}\n"),
        ("nan.ndjson", "{\"a\":NaN}\n"),
        ("mixed.ndjson", "{\"a\":1}\n{\"a\":\"x\"}\n"),
        ("csv.json", "a,b\n1,2\n"),
    ]);
    let cases: &[(&[&str], &str, &[&str])] = &[
        (&["short.csv"], "--ragged=pad", &["--ragged=pad"]),
        (&["long.csv"], "--ragged=truncate", &["--ragged=truncate"]),
        (&["quote.csv"], "--quote=none", &["--quote=none"]),
        (&["behind.csv"], "--lenient=true", &["--lenient=true"]),
        (&["lines.ndjson"], "--layout=concatenated", &["--layout=concatenated"]),
        (&["two.ndjson"], "--layout=concatenated", &["--layout=concatenated"]),
        (&["nan.ndjson"], "--json5-numbers", &["--json5-numbers"]),
        (&["mixed.ndjson", "--mixed=error"], "--mixed=json", &["--mixed=json"]),
        (&["csv.json"], "--from", &["--from", "csv"]),
    ];
    for (arguments, hint, more) in cases {
        pasted(&folder, arguments, hint, more);
    }
    // Text that ends too early is told so.
    folder.write("cut.json", "[{\"a\":1},");
    let cut = folder.run(&["convert", "cut.json", "-o", "o.ndjson"]).ends(3);
    assert!(cut.err.contains("hint: the text may be cut off"), "{}", cut.err);
}

#[test]
fn wrong_words_on_the_command_line_are_told_with_the_right_ones() {
    let schema = r#"{"type":"record","name":"R","fields":[{"name":"id","type":"long"}]}"#;
    let renamed = r#"{"type":"record","name":"R","fields":[{"name":"key","type":"long"}]}"#;
    let folder = Folder::new(&[("a.csv", "id,b,c\n1,2,3\n"), ("s.avsc", schema), ("r.avsc", renamed)]);
    let refused = |arguments: &[&str], code: i32, hint: &str| {
        let ran = folder.run(&[&["convert", "a.csv", "--overwrite"], arguments].concat()).ends(code);
        assert!(ran.err.contains("hint:") && ran.err.contains(hint), "{arguments:?}: {}", ran.err);
    };
    refused(&["-o", "o.ndjson", "--columns", "id"], 2, "--columns NAME=int64");
    refused(&["-o", "o.ndjson", "--rename", "id"], 2, "--rename OLD=NEW");
    refused(&["-o", "o.ndjson", "--rename", "id=b"], 2, "--exclude b");
    refused(&["-o", "o.csv", "--compression", "snappy"], 2, "compressions of csv: gzip");
    refused(&["-o", "o.parquet", "--compression", "zzz"], 2, "compressions of parquet: ");
    refused(&["-o", "o.ndjson", "--reader-schema", "no.avsc"], 9, "check the path");
    refused(&["-o", "o.avro", "--to-schema", "s.avsc"], 5, "--exclude b,c");
    refused(
        &["-o", "o.avro", "--to-schema", "r.avsc"],
        5,
        "--rename OLD=key; columns that the schema has not: id, b, c",
    );
    let convert = ["convert", "a.csv", "--overwrite", "-o", "o.avro", "--exclude", "b,c"];
    folder.run(&[&convert[..], &["--to-schema", "s.avsc"]].concat()).ends(0);
    folder.run(&[&convert[..], &["--to-schema", "r.avsc", "--rename", "id=key"]].concat()).ends(0);
    // Records without columns are no CSV.
    folder.write("e.ndjson", "{}\n");
    let ran = folder.run(&["convert", "e.ndjson", "-o", "e.csv"]).ends(8);
    assert!(ran.err.contains("hint: name another format with --to"), "{}", ran.err);
    // A type that a schema does not define.
    folder.write("m.proto", "syntax = \"proto3\"; message M { Foo a = 1; }");
    folder.write("m.pb", "");
    let ran = folder.run(&["convert", "m.pb", "-o", "m.ndjson", "--schema", "m.proto"]).ends(5);
    assert!(ran.err.contains("-I FOLDER"), "{}", ran.err);
}

#[test]
fn levels_that_a_codec_does_not_have_are_refused() {
    let folder = Folder::new(&[("a.csv", "id\n1\n")]);
    let cases = [
        ("o.csv.gz", "gzip:99", "level 99 of gzip: expected 0 to 9"),
        ("o.ndjson.zst", "zstd:-8", "level -8 of zstd: expected -7 to 22"),
        ("o.csv.xz", "xz:10", "level 10 of xz: expected 0 to 9"),
        ("o.csv.bz2", "bzip2:0", "level 0 of bzip2: expected 1 to 9"),
        ("o.csv.lz4", "lz4:1", "compression lz4 has no levels"),
        ("o.parquet", "zstd:99", "level 99 of zstd: expected -7 to 22"),
        ("o.parquet", "gzip:-1", "level -1 of gzip: expected 0 to 9"),
        ("o.parquet", "brotli:12", "level 12 of brotli: expected 0 to 11"),
        ("o.parquet", "snappy:1", "compression snappy has no levels"),
        ("o.arrow", "zstd:23", "level 23 of zstd: expected -7 to 22"),
        ("o.arrow", "lz4:1", "compression lz4 has no levels"),
        ("o.avro", "deflate:13", "level 13 of deflate: expected 0 to 12"),
    ];
    for (output, compression, message) in cases {
        let ran = folder.run(&["convert", "a.csv", "-o", output, "--compression", compression]).ends(2);
        assert!(ran.err.contains(message), "{compression}: {}", ran.err);
        assert!(!folder.path(output).exists(), "{output}");
    }
    for (output, compression) in [("o.csv.gz", "gzip:9"), ("o.parquet", "brotli:11"), ("o.arrow", "zstd:-7")] {
        folder.run(&["convert", "a.csv", "-o", output, "--compression", compression]).ends(0);
    }
}

#[test]
fn what_is_no_parquet_file_is_told_so() {
    let folder = Folder::new(&[("a.csv", "id,name\n1,one\n2,two\n"), ("e.parquet", ""), ("c.parquet", "PAR1 cut")]);
    let refused = |input: &str, message: &str| {
        let ran = folder.run(&["convert", input, "--from", "parquet", "-o", "o.csv"]).ends(3);
        assert!(ran.err.contains(message), "{input}: {}", ran.err);
    };
    refused(
        "a.csv",
        "not a Parquet file: it neither begins nor ends with PAR1\nhint: if it holds another format, name that with --from",
    );
    refused("e.parquet", "an empty file");
    refused("c.parquet", "no Parquet magic (PAR1) at the end\nhint: the file may be cut off");
}

/// A schema that is made for the columns names them in its own way, and data follows their places.
#[test]
fn names_that_avro_does_not_allow_are_written_without_hints() {
    let records = [
        ("{\"a b\":1,\"b\":2}", "{\"a_b\":1,\"b\":2}"),
        ("{\"a b\":1,\"a_b\":2,\"a.b\":3}", "{\"a_b_2\":1,\"a_b\":2,\"a_b_3\":3}"),
        ("{\"é\":1,\"\":2,\"1x\":3}", "{\"_\":1,\"__2\":2,\"_1x\":3}"),
        ("{\"s\":{\"a b\":1},\"l\":[{\"é\":2}]}", "{\"s\":{\"a_b\":1},\"l\":[{\"_\":2}]}"),
    ];
    for (written, read) in records {
        let folder = Folder::new(&[("a.ndjson", &format!("{written}\n"))]);
        let convert = ["convert", "a.ndjson", "-o", "a.avro", "--no-hints"];
        folder.run(&[&convert[..], &["--emit-schema", "a.avsc"]].concat()).ends(0).says(&["S-NAME"]);
        assert_eq!(folder.run(&["cat", "a.avro"]).ends(0).out, format!("{read}\n"));
        // The schema that was made is one to write with, too.
        folder.run(&["convert", "a.ndjson", "-o", "a.arrow"]).ends(0);
        let again = ["convert", "a.arrow", "-o", "b.avro", "--schema", "a.avsc"];
        folder.run(&again).ends(0).says(&["S-NAME"]);
        assert_eq!(folder.run(&["cat", "b.avro"]).ends(0).out, format!("{read}\n"));
    }
}

/// What the values of runs are stands with them: readers refuse runs that say it of themselves.
#[test]
fn encoded_extension_types_come_back_through_every_format() {
    const UUID: &str = "30313233-3435-3637-3839-616263646566";
    let extended =
        |name: &str| format!(r#""metadata":{{"ARROW:extension:name":"{name}","ARROW:extension:metadata":""}}"#);
    let runs = |values: &str| {
        let ends = r#"{"name":"run_ends","type":"int32","nullable":false}"#;
        format!(r#""type":{{"runs":{{"name":"values",{values}}},"ends":{ends}}}"#)
    };
    let typed = [
        (runs(&format!(r#""type":"fixed_size_binary[16]",{}"#, extended("arrow.uuid"))), format!("\"{UUID}\"")),
        (runs(&format!(r#""type":"utf8",{}"#, extended("arrow.json"))), "{\"a\":1}".to_owned()),
        (runs(&format!(r#""type":"int8",{}"#, extended("arrow.bool8"))), "1".to_owned()),
        (runs(r#""type":"null""#), "null".to_owned()),
        (
            format!(r#""type":{{"dictionary":"fixed_size_binary[16]","keys":"int8"}},{}"#, extended("arrow.uuid")),
            format!("\"{UUID}\""),
        ),
    ];
    for (column, value) in typed {
        let records = format!("{{\"c\":{value}}}\n{{\"c\":{value}}}\n{{\"c\":null}}\n");
        let folder = Folder::new(&[("a.json", &records)]);
        folder.run(&["convert", "a.json", "-o", "a.ndjson", "--side-car"]).ends(0);
        let mut side_car: serde_json::Value = serde_json::from_str(&folder.read("a.ndjson.schema.json")).unwrap();
        side_car["schema"]["fields"] = serde_json::from_str(&format!(r#"[{{"name":"c",{column}}}]"#)).unwrap();
        folder.write("a.ndjson.schema.json", &side_car.to_string());
        folder.run(&["convert", "a.ndjson", "-o", "a.arrow"]).ends(0).says(&["types come from"]);
        let digest = |file: &str| folder.run(&["digest", file]).ends(0).out[..67].to_owned();
        let ways: [(&str, &[&str], &[&str]); 5] = [
            ("b.avro", &[], &[]),
            ("b.pb", &["--emit-schema", "b.proto"], &["--schema", "b.proto"]),
            ("b.parquet", &[], &[]),
            ("b.csv", &["--side-car"], &[]),
            ("b.json", &["--side-car"], &[]),
        ];
        for (file, write, read) in ways {
            folder.run(&[&["convert", "a.arrow", "-o", file], write].concat()).ends(0);
            let back = format!("{file}.arrow");
            folder.run(&[&["convert", file, "-o", &back], read].concat()).ends(0).says(&["losses: none"]);
            assert_eq!(digest(&back), digest("a.arrow"), "{column} in {file}");
            // Nulls alone have a place in Protobuf, but no runs.
            if !(file == "b.pb" && value == "null") {
                assert_eq!(columns(&folder, &back), columns(&folder, "a.arrow"), "{column} in {file}");
            }
        }
        if value.contains(UUID) {
            assert!(folder.read("b.csv").contains(UUID), "{}", folder.read("b.csv"));
        }
    }
}

/// The columns of a file with all that Arrow says of them, but for what a format says of its own types.
fn columns(folder: &Folder, file: &str) -> serde_json::Value {
    folder.run(&["convert", file, "-o", "shown.ndjson", "--side-car", "--overwrite"]).ends(0);
    let mut found: serde_json::Value = serde_json::from_str(&folder.read("shown.ndjson.schema.json")).unwrap();
    let mut column = found["schema"]["fields"][0].take();
    if let Some(metadata) = column.get_mut("metadata").and_then(serde_json::Value::as_object_mut) {
        metadata.retain(|key, _| !key.starts_with("proto."));
        if metadata.is_empty() {
            column.as_object_mut().unwrap().remove("metadata");
        }
    }
    column
}
