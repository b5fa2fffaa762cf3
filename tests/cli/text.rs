//! JSON and CSV to the last case: each numbered case of the type mapping, seen from the command line.

use super::{Folder, Ran};

/// Converts `input` (a file called `a.json`, `a.ndjson` or `a.csv`) to NDJSON on standard output.
fn to_ndjson(name: &str, input: &str, arguments: &[&str]) -> Ran {
    let folder = Folder::new(&[(name, input)]);
    folder.run(&[&["convert", name, "-o", "-", "--to", "ndjson"], arguments].concat())
}

/// The same to CSV.
fn to_csv(name: &str, input: &str, arguments: &[&str]) -> Ran {
    let folder = Folder::new(&[(name, input)]);
    folder.run(&[&["convert", name, "-o", "-", "--to", "csv"], arguments].concat())
}

/// The columns of a file, as a table.
fn types(name: &str, input: &str, arguments: &[&str]) -> String {
    let folder = Folder::new(&[(name, input)]);
    folder.run(&[&["schema", "show", name], arguments].concat()).ends(0).out
}

#[track_caller]
fn has_type(name: &str, input: &str, arguments: &[&str], expected: &str) {
    let shown = types(name, input, arguments);
    assert!(shown.contains(expected), "{expected:?} is not in: {shown}");
}

/// What is refused: nothing is left on disk, and standard error names code, place and a way out.
#[track_caller]
fn refused(name: &str, input: &str, arguments: &[&str], exit: i32, says: &[&str]) {
    let folder = Folder::new(&[(name, input)]);
    folder.run(&[&["convert", name, "-o", "out.parquet"], arguments].concat()).ends(exit).says(says);
    assert_eq!(folder.names(), [name]);
}

const INT: &[&str] = &["--columns", "a=int64"];

#[test]
fn case_01_a_fraction_is_no_integer() {
    refused("a.json", "{\"a\":1.7}", INT, 4, &["V-FRACTION", "record 1", "column \"a\"", "1.7", "--allow V-FRACTION="]);
    let rounded = to_ndjson("a.json", "{\"a\":1.7}", &["--columns", "a=int64", "--allow", "V-FRACTION=round"]).ends(0);
    assert_eq!(rounded.out, "{\"a\":2}\n");
    rounded.says(&["V-FRACTION"]);
}

#[test]
fn case_02_integers_never_pass_through_floats() {
    assert_eq!(to_ndjson("a.json", "{\"a\":9007199254740993.0}", INT).ends(0).out, "{\"a\":9007199254740993}\n");
}

#[test]
fn case_03_integers_in_other_forms() {
    assert_eq!(to_ndjson("a.json", "{\"a\":1e3}", INT).ends(0).out, "{\"a\":1000}\n");
    assert_eq!(to_ndjson("a.json", "{\"a\":\"42\"}", INT).ends(0).out, "{\"a\":42}\n");
    refused("a.json", "{\"a\":\"\"}", INT, 4, &["V-TYPE", "column \"a\""]);
    let null = to_ndjson("a.json", "{\"a\":\"\"}", &["--columns", "a=int64", "--allow", "V-TYPE=null"]).ends(0);
    assert_eq!(null.out, "{\"a\":null}\n");
}

#[test]
fn case_04_the_largest_unsigned_integer() {
    let text = "{\"a\":18446744073709551615}\n";
    has_type("a.ndjson", text, &[], "uint64");
    assert_eq!(to_ndjson("a.ndjson", text, &[]).ends(0).out, text);
}

#[test]
fn case_05_signed_and_large_unsigned_integers_together() {
    let text = "{\"a\":-1}\n{\"a\":18446744073709551615}\n";
    has_type("a.ndjson", text, &[], "decimal128(38,0)");
    assert_eq!(to_ndjson("a.ndjson", text, &[]).ends(0).out, text);
}

#[test]
fn case_06_integers_of_many_digits() {
    let text = "{\"a\":123456789012345678901234567890}\n";
    has_type("a.ndjson", text, &[], "decimal128(38,0)");
    assert_eq!(to_ndjson("a.ndjson", text, &[]).ends(0).out, text);
    let text = format!("{{\"a\":{}}}\n", "7".repeat(77));
    has_type("a.ndjson", &text, &[], "json");
    assert_eq!(to_ndjson("a.ndjson", &text, &[]).ends(0).out, text);
}

#[test]
fn case_07_a_large_integer_beside_a_fraction() {
    let text = "{\"a\":9007199254740993}\n{\"a\":1.5}\n";
    has_type("a.ndjson", text, &[], "decimal128(17,1)");
    assert_eq!(to_ndjson("a.ndjson", text, &[]).ends(0).out, "{\"a\":9007199254740993.0}\n{\"a\":1.5}\n");
}

#[test]
fn case_08_more_digits_than_a_double_has() {
    let text = "{\"a\":0.12345678901234567890}\n";
    has_type("a.ndjson", text, &[], "decimal128(20,20)");
    assert_eq!(to_ndjson("a.ndjson", text, &[]).ends(0).out, text);
    refused("a.ndjson", text, &["--columns", "a=float64"], 4, &["V-FLOAT-DIGITS", "--allow V-FLOAT-DIGITS=round"]);
    let rounded = to_ndjson("a.ndjson", text, &["--columns", "a=float64", "--allow", "V-FLOAT-DIGITS=round"]).ends(0);
    assert_eq!(rounded.out, "{\"a\":0.12345678901234568}\n");
}

#[test]
fn case_09_numbers_beyond_a_double() {
    let float: &[&str] = &["--columns", "a=float64"];
    refused("a.json", "{\"a\":1e400}", float, 4, &["V-FLOAT-RANGE"]);
    assert_eq!(to_ndjson("a.json", "{\"a\":\"Infinity\"}", float).ends(0).out, "{\"a\":\"Infinity\"}\n");
    let clamped = to_ndjson("a.json", "{\"a\":-1e400}", &["--columns", "a=float64", "--allow", "V-FLOAT-RANGE=clamp"]);
    assert_eq!(clamped.ends(0).out, "{\"a\":-1.7976931348623157e+308}\n");
}

#[test]
fn case_10_a_decimal_with_more_digits_than_its_scale() {
    for (name, text) in [("a.json", "{\"a\":1.239}"), ("a.csv", "a\n1.239\n")] {
        let typed = ["--columns", "a=decimal128(10,2)"];
        refused(name, text, &typed, 4, &["V-DEC-SCALE", "--allow V-DEC-SCALE=round"]);
        let with = |policy: &str| {
            let report = format!("--allow=V-DEC-SCALE={policy}");
            to_ndjson(name, text, &[&typed[..], &[&report]].concat()).ends(0)
        };
        assert_eq!(with("round").says(&["V-DEC-SCALE"]).out, "{\"a\":1.24}\n");
        assert_eq!(with("truncate").out, "{\"a\":1.23}\n");
        assert_eq!(with("null").out, "{\"a\":null}\n");
    }
}

#[test]
fn case_10_altered_values_are_counted_by_column() {
    let folder = Folder::new(&[("a.csv", "a,b\n1.239,1\n2.5,2.25\n3.141,3\n")]);
    let typed = ["--columns", "a=decimal128(10,2),b=int64", "--allow", "V-DEC-SCALE=round,V-FRACTION=truncate"];
    folder.run(&[&["convert", "a.csv", "-o", "b.ndjson", "--report", "r.json"], &typed[..]].concat()).ends(0);
    assert_eq!(folder.read("b.ndjson"), "{\"a\":1.24,\"b\":1}\n{\"a\":2.50,\"b\":2}\n{\"a\":3.14,\"b\":3}\n");
    let report = folder.read("r.json");
    let report: String = report.chars().filter(|c| !c.is_whitespace()).collect();
    assert!(report.contains("V-DEC-SCALE") && report.contains("V-FRACTION"), "{report}");
}

#[test]
fn case_11_duplicate_keys() {
    let text = "{\"a\":1,\"a\":2}\n";
    refused("a.ndjson", text, &[], 4, &["V-DUP-KEY", "record 1", "--allow V-DUP-KEY=first"]);
    for (policy, expected) in [("last", "{\"a\":2}\n"), ("first", "{\"a\":1}\n")] {
        let allow = format!("V-DUP-KEY={policy}");
        for typed in [&[][..], INT] {
            let ran = to_ndjson("a.ndjson", text, &[&["--allow", &allow], typed].concat()).ends(0).says(&["V-DUP-KEY"]);
            assert_eq!(ran.out, expected, "{policy}");
        }
    }
    let nested = "{\"m\":{\"x\":{\"k\":1,\"k\":[2],\"j\":0}},\"m\":{\"x\":{\"k\":3,\"k\":[4],\"j\":5}}}\n";
    let last = to_ndjson("a.ndjson", nested, &["--allow", "V-DUP-KEY=last"]).ends(0);
    assert_eq!(last.out, "{\"m\":{\"x\":{\"k\":[4],\"j\":5}}}\n");
    let first = to_ndjson("a.ndjson", nested, &["--allow", "V-DUP-KEY=first"]).ends(0);
    assert_eq!(first.out, "{\"m\":{\"x\":{\"k\":1,\"j\":0}}}\n");
}

#[test]
fn case_12_numbers_and_strings_in_one_column() {
    let text = "{\"a\":1}\n{\"a\":\"x\"}\n";
    has_type("a.ndjson", text, &[], "json");
    let folder = Folder::new(&[("a.ndjson", text)]);
    folder.run(&["convert", "a.ndjson", "-o", "a.parquet"]).ends(0);
    assert!(folder.run(&["schema", "show", "a.parquet"]).ends(0).out.contains("json"));
    folder.run(&["convert", "a.parquet", "-o", "b.ndjson"]).ends(0);
    assert_eq!(folder.read("b.ndjson"), text);
}

#[test]
fn case_13_a_scalar_is_not_wrapped() {
    let text = "{\"a\":1}\n{\"a\":[2]}\n";
    has_type("a.ndjson", text, &[], "json");
    assert_eq!(to_ndjson("a.ndjson", text, &[]).ends(0).out, text);
}

#[test]
fn values_that_are_no_records() {
    let text = "1e400\n\"1e400\"\n[1,\"a\"]\nnull\n-12.34\n";
    let folder = Folder::new(&[("a.ndjson", text)]);
    for name in ["b.avro", "b.parquet", "b.arrow", "b.pb"] {
        folder.run(&["convert", "a.ndjson", "-o", name, "--verify"]).ends(0);
        folder.run(&["convert", name, "-o", "c.ndjson", "--overwrite"]).ends(0);
        assert_eq!(folder.read("c.ndjson"), text, "{name}");
    }
}

#[test]
fn case_14_a_scalar_beside_an_object() {
    let text = "{\"a\":1}\n{\"a\":{\"b\":1}}\n";
    has_type("a.ndjson", text, &[], "json");
    assert_eq!(to_ndjson("a.ndjson", text, &[]).ends(0).out, text);
    has_type("a.ndjson", text, &["--mixed=union"], "union<");
    assert_eq!(to_ndjson("a.ndjson", text, &["--mixed=union"]).ends(0).out, text);
    refused("a.ndjson", text, &["--mixed=error"], 5, &["column \"a\"", "numbers, objects", "mixed=json"]);
}

#[test]
fn case_15_null_and_absent() {
    let text = "{\"a\":null}\n{}\n";
    has_type("a.ndjson", text, &[], "a       null");
    assert_eq!(to_ndjson("a.ndjson", text, &[]).ends(0).out, "{\"a\":null}\n{\"a\":null}\n");
    let folder = Folder::new(&[("a.ndjson", text)]);
    folder.run(&["convert", "a.ndjson", "-o", "b.ndjson", "--strict"]).ends(6).says(&["S-MISSING", "column \"a\""]);
    assert_eq!(folder.names(), ["a.ndjson"]);
    folder.run(&["convert", "a.ndjson", "-o", "b.ndjson", "--strict", "--allow", "S-MISSING"]).ends(0);
    let sparse = "{\"a\":1,\"b\":2}\n{\"a\":3}\n";
    assert_eq!(to_ndjson("a.ndjson", sparse, &["--strict", "--json-nulls=omit"]).ends(0).out, sparse);
}

#[test]
fn case_16_dates_are_inferred_only_when_asked() {
    let text = "{\"a\":\"2024-01-01\"}\n";
    has_type("a.ndjson", text, &[], "utf8");
    has_type("a.ndjson", text, &["--infer-temporal"], "date32");
    has_type("a.ndjson", "{\"a\":\"2024-01-01T00:00:00Z\"}\n", &["--infer-temporal"], "timestamp[us, UTC]");
    assert_eq!(to_ndjson("a.ndjson", text, &["--infer-temporal"]).ends(0).out, text);
    // What would be written in another form stays text.
    for other in ["2024-01-01T00:00:00+00:00", "2024-01-01 00:00:00", "2024-01-01T00:00:00.50", "2024-1-1"] {
        has_type("a.ndjson", &format!("{{\"a\":\"{other}\"}}\n"), &["--infer-temporal"], "utf8");
    }
}

#[test]
fn case_17_uuids_in_capitals_stay_text() {
    let text = "{\"u\":\"00112233-4455-6677-8899-AABBCCDDEEFF\"}\n";
    assert_eq!(to_ndjson("a.ndjson", text, &[]).ends(0).out, text);
}

#[test]
fn case_18_keys_that_are_not_in_the_schema() {
    let run = |arguments: &[&str]| {
        let folder = Folder::new(&[("a.ndjson", "{\"a\":1,\"zz\":2}\n{\"a\":3}\n"), ("s.ndjson", "{\"a\":1}\n")]);
        let all = [&["convert", "a.ndjson", "-o", "-", "--to", "ndjson", "--schema", "s.ndjson"], arguments].concat();
        folder.run(&all)
    };
    run(&[]).ends(4).says(&["V-EXTRA-KEY", "\"zz\"", "--extra-keys=column", "--allow V-EXTRA-KEY=ignore"]);
    let kept = run(&["--extra-keys=column"]).ends(0);
    assert_eq!(kept.out, "{\"a\":1,\"_extra\":{\"zz\":2}}\n{\"a\":3,\"_extra\":null}\n");
    for ignore in [&["--allow", "V-EXTRA-KEY=ignore"][..], &["--extra-keys=ignore"]] {
        assert_eq!(run(ignore).ends(0).says(&["V-EXTRA-KEY"]).out, "{\"a\":1}\n{\"a\":3}\n");
    }
}

#[test]
fn case_19_negative_zero_keeps_its_sign() {
    has_type("a.ndjson", "{\"a\":-0}\n", &[], "float64");
    assert_eq!(to_ndjson("a.ndjson", "{\"a\":-0}\n", &[]).ends(0).out, "{\"a\":-0.0}\n");
}

#[test]
fn case_20_records_that_are_no_objects() {
    let folder =
        Folder::new(&[("a.json", "[1,2,3]"), ("b.json", "5"), ("c.json", "[[\"id\",\"s\"],[1,\"x\"],[2,null]]")]);
    has_type("a.json", "[1,2,3]", &[], "value   int64");
    folder.run(&["convert", "a.json", "-o", "a2.json"]).ends(0);
    let back: String = folder.read("a2.json").split_whitespace().collect();
    assert_eq!(back, "[1,2,3]");
    assert_eq!(folder.run(&["count", "b.json"]).ends(0).out.trim(), "1");
    let rows = folder.run(&["cat", "c.json", "--to", "ndjson", "--json-rows=arrays"]);
    // The setting is for both sides here.
    assert_eq!(rows.ends(0).out, "[\"id\",\"s\"]\n[1,\"x\"]\n[2,null]\n");
    let objects = folder.run(&["cat", "c.json", "--to", "ndjson", "--from-opt", "rows=arrays"]).ends(0);
    assert_eq!(objects.out, "{\"id\":1,\"s\":\"x\"}\n{\"id\":2,\"s\":null}\n");
    let unnamed = ["cat", "c.json", "--to", "ndjson", "--from-opt", "rows=arrays", "--from-opt", "header=false"];
    assert_eq!(folder.run(&unnamed).ends(0).out.lines().count(), 3);
}

#[test]
fn case_21_depth_is_a_limit() {
    let text = format!("{{\"a\":{}1{}}}\n", "[".repeat(300), "]".repeat(300));
    refused("a.ndjson", &text, &[], 7, &["V-DEPTH", "--max-depth"]);
    assert_eq!(to_ndjson("a.ndjson", &text, &["--max-depth", "400"]).ends(0).out, text);
    // JSON text is as deep as what it was read from.
    let mixed = format!("{{\"a\":1}}\n{text}");
    let folder = Folder::new(&[("a.ndjson", &mixed)]);
    let deep = ["--max-depth", "400"];
    folder.run(&[&["convert", "a.ndjson", "-o", "a.parquet"], &deep[..]].concat()).ends(0);
    folder.run(&["cat", "a.parquet"]).ends(4).says(&["V-DEPTH", "--max-depth", "is nested deeper than 256 levels"]);
    folder.run(&["cat", "a.parquet", "--max-depth", "299"]).ends(4).says(&["V-DEPTH"]);
    for to in ["ndjson", "csv"] {
        let ran = folder.run(&[&["convert", "a.parquet", "-o", "-", "--to", to], &deep[..]].concat()).ends(0);
        assert!(ran.out.contains(&"[".repeat(300)), "{}", ran.out);
    }
    folder.write("b.ndjson", "{\"a\":1}\n{\"a\":[[1]]}\n");
    folder.run(&["convert", "b.ndjson", "-o", "b.parquet"]).ends(0);
    folder.run(&["cat", "b.parquet", "--max-depth", "1"]).ends(4).says(&["is nested deeper than 1 levels"]);
}

#[test]
fn case_22_half_of_a_surrogate_pair() {
    let text = "{\"a\":\"x\\ud800y\"}\n";
    refused("a.ndjson", text, &[], 4, &["V-UTF8", "record 1"]);
    for replace in [&["--allow", "V-UTF8=replace"][..], &["--invalid-utf8=replace"]] {
        assert_eq!(to_ndjson("a.ndjson", text, replace).ends(0).says(&["V-UTF8"]).out, "{\"a\":\"x\u{FFFD}y\"}\n");
    }
}

#[test]
fn case_23_leading_zeros_stay() {
    has_type("a.csv", "zip\n00123\n00456\n", &[], "utf8");
    assert_eq!(to_csv("a.csv", "zip\n00123\n00456\n", &[]).ends(0).out, "zip\n00123\n00456\n");
}

#[test]
fn case_24_null_and_empty_text() {
    let text = "a,b\n\"\",x\n,y\n";
    assert_eq!(to_ndjson("a.csv", text, &[]).ends(0).out, "{\"a\":\"\",\"b\":\"x\"}\n{\"a\":null,\"b\":\"y\"}\n");
    assert_eq!(to_csv("a.csv", text, &[]).ends(0).out, text);
}

#[test]
fn case_25_one_column_shows_its_nulls() {
    let ran = to_csv("a.ndjson", "{\"a\":\"x\"}\n{\"a\":null}\n{\"a\":\"\"}\n{\"a\":\"y\"}\n", &[]).ends(0);
    assert_eq!(ran.out, "a\nx\n\\N\n\"\"\ny\n");
    let back = to_ndjson("a.csv", &ran.out, &[]).ends(0);
    assert_eq!(back.out, "{\"a\":\"x\"}\n{\"a\":null}\n{\"a\":\"\"}\n{\"a\":\"y\"}\n");
    ran.says(&["N-DIALECT"]);
}

#[test]
fn case_26_large_integers() {
    has_type("a.csv", "a\n12345678901234567890\n", &[], "uint64");
    has_type("a.csv", &format!("a\n{}\n", "1".repeat(40)), &[], "decimal256(76,0)");
}

#[test]
fn case_27_numbers_in_forms_that_would_not_come_back_are_text() {
    for token in ["+5", "0x1F", "1_000", "1,000"] {
        let text = format!("a\n\"{token}\"\n");
        has_type("a.csv", &text, &[], "utf8");
    }
}

#[test]
fn case_28_fractions() {
    has_type("a.csv", "a\n1.50\n2.5\n", &[], "float64");
    to_csv("a.csv", "a\n1.50\n2.5\n", &[]).ends(0).says(&["N-FORM"]);
    has_type("a.csv", "a\n1.50\n2.25\n", &[], "decimal128(3,2)");
    assert_eq!(to_csv("a.csv", "a\n1.50\n2.25\n", &[]).ends(0).out, "a\n1.50\n2.25\n");
    has_type("a.csv", "a\n1.0\n2.5\n", &[], "float64");
    assert_eq!(to_csv("a.csv", "a\n1.0\n2.5\n", &[]).ends(0).out, "a\n1.0\n2.5\n");
    has_type("a.csv", "a\n1.0\n2.5\n", &["--csv-infer=decimal"], "decimal128(2,1)");
    has_type("a.csv", "a\n1.50\n2.25\n", &["--csv-infer=float"], "float64");
}

#[test]
fn case_29_names_that_are_missing_or_stand_twice() {
    let ran = to_ndjson("a.csv", "a,a,\n1,2,3\n", &[]).ends(0);
    assert_eq!(ran.out, "{\"a\":1,\"a_2\":2,\"column_3\":3}\n");
    ran.says(&["N-NAME"]);
}

#[test]
fn case_30_ragged_records_and_null_tokens() {
    refused("a.csv", "a,b\n1,2\n3\n", &[], 3, &["a.csv:3", "ragged=pad"]);
    assert_eq!(to_csv("a.csv", "a,b\n1,2\n3\n", &["--ragged=pad"]).ends(0).says(&["S-MISSING"]).out, "a,b\n1,2\n3,\n");
    let cut = to_csv("a.csv", "a,b\n1,2,9\n3,4\n", &["--ragged=truncate"]).ends(0).says(&["V-EXTRA-KEY"]);
    assert_eq!(cut.out, "a,b\n1,2\n3,4\n");
    let text = "a,b\nNULL,x\n\"NULL\",y\n";
    let read = to_ndjson("a.csv", text, &["--null-token", "NULL"]).ends(0);
    assert_eq!(read.out, "{\"a\":null,\"b\":\"x\"}\n{\"a\":\"NULL\",\"b\":\"y\"}\n");
    assert_eq!(to_csv("a.csv", text, &["--null-token", "NULL"]).ends(0).out, text);
}

#[test]
fn case_31_nested_values_in_cells() {
    let text = "{\"s\":{\"x\":1,\"y\":null}}\n";
    assert_eq!(to_csv("a.ndjson", text, &[]).ends(0).out, "s\n\"{\"\"x\"\":1,\"\"y\"\":null}\"\n");
    let flat = to_csv("a.ndjson", text, &["--csv-nested=flatten"]).ends(0).says(&["S-NULL-STRUCT"]);
    assert_eq!(flat.out, "s.x,s.y\n1,\n");
    let folder = Folder::new(&[("a.ndjson", text)]);
    let strict = ["convert", "a.ndjson", "-o", "b.csv", "--csv-nested=flatten", "--strict"];
    folder.run(&strict).ends(6).says(&["S-NULL-STRUCT", "column \"s\""]);
    assert_eq!(folder.names(), ["a.ndjson"]);
    // What is flattened can be verified, and comes back with its schema.
    let kept = ["convert", "a.ndjson", "-o", "b.csv", "--csv-nested=flatten", "--side-car", "--verify"];
    folder.run(&kept).ends(0);
    folder.run(&["convert", "b.csv", "-o", "c.ndjson"]).ends(0);
    assert_eq!(folder.read("c.ndjson"), text);
}

#[test]
fn other_settings_of_json() {
    let epoch = to_ndjson("a.json", "{\"t\":1700000000123}", &["--columns", "t=timestamp[us, UTC]", "--epoch=ms"]);
    assert_eq!(epoch.ends(0).out, "{\"t\":\"2023-11-14T22:13:20.123Z\"}\n");
    let zone = ["--columns", "t=timestamp[us, UTC]"];
    refused("a.json", "{\"t\":\"2024-07-01T12:00:00\"}", &zone, 4, &["V-TYPE", "--assume-tz UTC"]);
    refused("a.csv", "t\n2024-07-01T12:00:00\n", &zone, 4, &["V-TYPE", "--assume-tz UTC"]);
    let assumed =
        to_ndjson("a.json", "{\"t\":\"2024-07-01T12:00:00\"}", &[&zone[..], &["--assume-tz", "Europe/Paris"]].concat());
    assert_eq!(assumed.ends(0).out, "{\"t\":\"2024-07-01T10:00:00Z\"}\n");
    // The clock showed that hour twice.
    let twice =
        to_ndjson("a.json", "{\"t\":\"2024-10-27T02:30:00\"}", &[&zone[..], &["--assume-tz", "Europe/Paris"]].concat());
    twice.ends(4).says(&["V-TYPE"]);
    let nulls = to_ndjson("a.json", "{\"a\":\"NA\",\"b\":\"x\"}", &["--null-values", "NA|-"]);
    assert_eq!(nulls.ends(0).out, "{\"a\":null,\"b\":\"x\"}\n");
    let json5 = to_ndjson("a.ndjson", "{\"a\":NaN}\n{\"a\":-Infinity}\n{\"a\":1}\n", &["--json5-numbers"]);
    assert_eq!(json5.ends(0).out, "{\"a\":\"NaN\"}\n{\"a\":\"-Infinity\"}\n{\"a\":1.0}\n");
    to_ndjson("a.ndjson", "{\"a\":NaN}\n", &[]).ends(3);
    has_type("a.ndjson", "{\"m\":{\"x\":1,\"y\":2}}\n", &["--infer-maps"], "map<utf8, int64>");
    let text = to_ndjson(
        "a.json",
        "{\"a\":18446744073709551615,\"d\":0.12345678901234567890}",
        &["--json-int64=string", "--json-decimal=string"],
    );
    assert_eq!(text.ends(0).out, "{\"a\":\"18446744073709551615\",\"d\":\"0.12345678901234567890\"}\n");
    let nulls = to_ndjson("a.csv", "a,b\n1,\n,x\n", &["--json-nulls=omit"]);
    assert_eq!(nulls.ends(0).out, "{\"a\":1}\n{\"b\":\"x\"}\n");
}

#[test]
fn bytes_in_every_style() {
    for (style, text) in [("base64", "\"AP8=\""), ("hex", "\"00ff\""), ("array", "[0,255]"), ("latin1", "\"\\u0000ÿ\"")]
    {
        let input = format!("{{\"b\":{text}}}\n");
        let setting = format!("--json-bytes={style}");
        let same = to_ndjson("a.ndjson", &input, &["--columns", "b=binary", &setting]).ends(0);
        assert_eq!(same.out, input, "{style}");
        let from = format!("bytes={style}");
        let other = to_ndjson("a.ndjson", &input, &["--columns", "b=binary", "--from-opt", &from]).ends(0);
        assert_eq!(other.out, "{\"b\":\"AP8=\"}\n", "{style}");
    }
    assert_eq!(to_csv("a.csv", "b\n00ff\n", &["--columns", "b=binary", "--csv-bytes=hex"]).ends(0).out, "b\n00ff\n");
}

#[test]
fn text_that_is_not_utf8() {
    let folder = Folder::new(&[]);
    std::fs::write(folder.path("a.csv"), b"a,b\ncaf\xe9,1\nx,2\n").unwrap();
    std::fs::write(folder.path("a.ndjson"), b"{\"a\":\"caf\xe9\",\"b\":1}\n{\"a\":\"x\",\"b\":2}\n").unwrap();
    for name in ["a.csv", "a.ndjson"] {
        let run = |more: &[&str]| folder.run(&[&["convert", name, "-o", "-", "--to", "ndjson"], more].concat());
        run(&[]).ends(4).says(&["V-UTF8", "--invalid-utf8="]);
        let replaced = run(&["--invalid-utf8=replace"]).ends(0).says(&["V-UTF8"]);
        assert_eq!(replaced.out, "{\"a\":\"caf\u{FFFD}\",\"b\":1}\n{\"a\":\"x\",\"b\":2}\n", "{name}");
        let latin1 = run(&["--invalid-utf8=latin1"]).ends(0).says(&["V-UTF8"]);
        assert_eq!(latin1.out, "{\"a\":\"café\",\"b\":1}\n{\"a\":\"x\",\"b\":2}\n", "{name}");
        // The bytes come through as bytes: in base64 here.
        let binary = run(&["--invalid-utf8=binary"]).ends(0);
        assert_eq!(binary.out, "{\"a\":\"Y2Fm6Q==\",\"b\":1}\n{\"a\":\"eA==\",\"b\":2}\n", "{name}");
    }
}

#[test]
fn a_side_car_brings_types_back() {
    let folder = Folder::new(&[("a.ndjson", "{\"id\":1,\"at\":\"2024-01-01T00:00:00Z\",\"d\":1.5}\n")]);
    let typed = ["--columns", "id=uint8,at=timestamp[ns, Europe/Paris],d=decimal128(9,3)"];
    for name in ["b.csv", "b.json"] {
        folder.run(&[&["convert", "a.ndjson", "-o", name, "--side-car", "--strict"], &typed[..]].concat()).ends(0);
        let shown = folder.run(&["schema", "show", name]).ends(0).says(&["types come from"]);
        for kind in ["uint8", "timestamp[ns, Europe/Paris]", "decimal128(9,3)"] {
            assert!(shown.out.contains(kind), "{kind} is not in: {}", shown.out);
        }
        assert!(folder.run(&["schema", "show", name, "--no-side-car"]).ends(0).out.contains("int64"));
    }
    // In a folder the side-car is no data.
    folder.write("in/c.json", "[{\"a\":1}]");
    folder.run(&["convert", "in/c.json", "-o", "in/d.json", "--side-car"]).ends(0);
    folder.run(&["convert", "in", "--out-dir", "out", "--to", "parquet"]).ends(0);
    let written: Vec<_> = folder.names().into_iter().filter(|name| name.ends_with(".parquet")).collect();
    assert_eq!(written, ["out/c.parquet", "out/d.parquet"]);
    folder.run(&["convert", "a.ndjson", "-o", "-", "--to", "csv", "--side-car"]).ends(2);
}

#[test]
fn json_without_records_has_no_columns_to_give_types() {
    let folder = Folder::new(&[("empty.ndjson", "")]);
    let ran = folder.run(&["convert", "empty.ndjson", "-o", "a.parquet", "--columns", "a=int64"]).ends(2);
    assert!(ran.err.contains("no record could be read; give all columns with --schema"), "{}", ran.err);
}

#[test]
fn a_file_of_one_column_keeps_empty_texts_and_names_with_delimiters() {
    let folder = Folder::new(&[
        ("a.ndjson", "{\"a\":\"\"}\n{\"a\":null}\n{\"a\":\"x\"}\n"),
        ("b.ndjson", "{\"a;b\":\"1;2\"}\n{\"a;b\":\"3;4\"}\n"),
    ]);
    let bare = folder.run(&["convert", "a.ndjson", "-o", "a.csv", "--to-opt", "quote=none"]);
    bare.ends(4).says(&["record 1", "needs quotes", "V-CSV-NULL"]);
    folder.run(&["convert", "b.ndjson", "-o", "b.csv"]).ends(0);
    assert_eq!(folder.read("b.csv"), "\"a;b\"\n1;2\n3;4\n");
    assert_eq!(folder.run(&["cat", "b.csv"]).ends(0).out, folder.read("b.ndjson"));
}

#[test]
fn every_null_token_is_read_back() {
    let folder = Folder::new(&[("a.ndjson", "{\"a\":null,\"b\":{\"c\":1}}\n{\"a\":\"x\",\"b\":null}\n")]);
    for token in ["null", "nan", "true", "(none)", "NULL", "-", "1"] {
        let token = format!("null-token={token}");
        let convert = ["convert", "a.ndjson", "-o", "a.csv", "--overwrite", "--verify", "--to-opt", &token];
        folder.run(&convert).ends(0).says(&["2 records, 0 differences"]);
    }
}

#[test]
fn names_that_a_header_cannot_hold_are_told() {
    let folder = Folder::new(&[("a.ndjson", "{\"\":1,\"b\":2}\n")]);
    folder.run(&["convert", "a.ndjson", "-o", "a.csv"]).ends(0).says(&["S-NAME"]);
    folder.run(&["convert", "a.ndjson", "-o", "b.csv", "--strict"]).ends(6).says(&["S-NAME"]);
}

#[test]
fn text_in_other_encodings_is_named() {
    let folder = Folder::new(&[]);
    for (name, text) in
        [("be.csv", &b"\0a\0,\0b\0\n\x001\0,\x002\0\n"[..]), ("le.csv", b"a\0,\0b\0\n\x001\0,\x002\0\n\0")]
    {
        std::fs::write(folder.path(name), text).unwrap();
        folder.run(&["count", name]).ends(4).says(&["the text is UTF-16", "iconv"]);
    }
}

#[test]
fn a_file_that_ends_in_the_first_bytes_of_its_compression_is_cut() {
    let folder = Folder::new(&[]);
    let heads: [(&str, &[u8]); 5] = [
        ("gz", b"\x1f\x8b\x08\0"),
        ("zst", b"\x28\xb5\x2f\xfd"),
        ("bz2", b"BZh91AY"),
        ("xz", b"\xfd7zXZ"),
        ("lz4", b"\x04\x22\x4d"),
    ];
    for (extension, head) in heads {
        for len in 0..head.len() {
            let name = format!("{len}.csv.{extension}");
            std::fs::write(folder.path(&name), &head[..len]).unwrap();
            folder.run(&["convert", &name, "-o", "o.parquet"]).ends(3).says(&["the file was cut"]);
        }
    }
    // Text with a wrong name is text.
    folder.write("a.csv.gz", "a\n1\n");
    assert_eq!(folder.run(&["cat", "a.csv.gz"]).ends(0).out, "{\"a\":1}\n");
}

#[test]
fn columns_without_values_take_the_type_that_other_files_have() {
    let folder = Folder::new(&[
        ("a.csv", "a,b,c\n"),
        ("b.csv", "a,b,c\n1,,\n"),
        ("c.csv", "a,b,c\n2,2026-01-01T00:00:00Z,\n"),
        ("d.ndjson", "{\"a\":3}\n"),
    ]);
    let ran = folder.run(&["convert", "a.csv", "b.csv", "c.csv", "-o", "o.parquet"]).ends(0);
    assert!(!ran.err.contains("N-WIDEN"), "{}", ran.err);
    let shown = folder.run(&["schema", "show", "o.parquet"]).ends(0).out;
    assert!(
        shown.contains("a       int64") && shown.contains("timestamp") && shown.contains("c       utf8"),
        "{shown}"
    );
    let all = folder.run(&["convert", "a.csv", "b.csv", "d.ndjson", "-o", "-", "--to", "ndjson"]).ends(0);
    assert_eq!(all.out, "{\"a\":1,\"b\":null,\"c\":null}\n{\"a\":3,\"b\":null,\"c\":null}\n");
}

#[test]
fn several_files_are_typed_as_one() {
    let folder = Folder::new(&[
        ("a.csv", "x,price,zip\n1,1.50,10001\n"),
        ("b.csv", "x,price,zip\n1.5,2.125,00501\n"),
        ("c.csv", "x,price,zip\n9007199254740993,3,\n"),
    ]);
    for [one, other] in [["a.csv", "b.csv"], ["b.csv", "a.csv"]] {
        let ran = folder.run(&["convert", one, other, "-o", "o.parquet", "--overwrite"]).ends(0);
        ran.says(&["N-WIDEN", "N-FORM"]);
        let shown = folder.run(&["schema", "show", "o.parquet"]).ends(0).out;
        let words: Vec<&str> = shown.split_whitespace().collect();
        for column in [["x", "float64"], ["price", "float64"], ["zip", "utf8"]] {
            assert!(words.windows(2).any(|pair| pair == column), "{shown}");
        }
    }
    // Integers that no double holds make a decimal.
    let all = folder.run(&["convert", "a.csv", "b.csv", "c.csv", "-o", "-", "--to", "csv"]).ends(0);
    assert_eq!(all.out, "x,price,zip\n1.0,1.5,10001\n1.5,2.125,00501\n9007199254740993.0,3.0,\n");
    // Another format says its own types.
    folder.run(&["convert", "a.csv", "-o", "a.parquet"]).ends(0);
    folder.run(&["convert", "a.parquet", "b.csv", "-o", "no.parquet"]).ends(5).says(&["a.parquet", "b.csv", "int64"]);
}

#[test]
fn deep_records_become_avro_and_arrow_and_come_back() {
    let deep = 200;
    let record = format!("{{\"a\":{}1{}}}\n", "{\"a\":".repeat(deep), "}".repeat(deep));
    let folder = Folder::new(&[("a.ndjson", &record)]);
    for output in ["a.avro", "a.arrow", "a.arrows", "a.parquet"] {
        folder.run(&["convert", "a.ndjson", "-o", output, "--verify"]).ends(0);
        assert_eq!(folder.run(&["cat", output]).ends(0).out, record, "{output}");
    }
}

#[test]
fn numbers_since_the_epoch_are_let_through_as_the_times_that_they_are() {
    // A number of microseconds, and the time that it is.
    let times = [
        ("-1", "1969-12-31T23:59:59.999999"),
        ("-500", "1969-12-31T23:59:59.999500"),
        ("-1500", "1969-12-31T23:59:59.998500"),
        ("-2000", "1969-12-31T23:59:59.998000"),
        ("1700000000123499", "2023-11-14T22:13:20.123499"),
        ("1700000000123500", "2023-11-14T22:13:20.123500"),
        ("1.7000000001235005e15", "2023-11-14T22:13:20.1235005"),
        ("-0.5", "1969-12-31T23:59:59.9999995"),
    ];
    for kind in ["timestamp[ms]", "timestamp[s]"] {
        let column = format!("t={kind}");
        for policy in ["truncate", "round"] {
            let allow = format!("V-TIME-PRECISION={policy}");
            let read = |name: &str, text: &str| {
                let more = ["--columns", &column, "--epoch", "us", "--allow", &allow];
                to_ndjson(name, text, &more).ends(0).out
            };
            for (number, text) in times {
                let expected = read("a.json", &format!("{{\"t\":\"{text}\"}}"));
                assert_eq!(read("a.json", &format!("{{\"t\":{number}}}")), expected, "{number} {policy} {kind}");
                assert_eq!(read("a.csv", &format!("t\n{number}\n")), expected, "{number} {policy} {kind}");
            }
        }
    }
    // Refused, they are told what helps; with a zone, they are times of it.
    let ms = ["--columns", "t=timestamp[ms]", "--epoch", "us"];
    for (name, text) in [("a.json", "{\"t\":-1}"), ("a.csv", "t\n-1\n")] {
        refused(name, text, &ms, 4, &["V-TIME-PRECISION", "=round", "truncate", "null"]);
    }
    let zoned = ["--columns", "t=timestamp[s, Europe/Paris]", "--epoch", "ms", "--allow", "V-TIME-PRECISION=truncate"];
    assert_eq!(to_ndjson("a.json", "{\"t\":-1}", &zoned).ends(0).out, "{\"t\":\"1970-01-01T00:59:59+01:00\"}\n");
    let range = ["--columns", "t=timestamp[ns]", "--epoch", "s", "--allow", "V-TS-RANGE=clamp"];
    let last = to_ndjson("a.json", "{\"t\":1e12}", &range).ends(0).out;
    assert_eq!(last, "{\"t\":\"2262-04-11T23:47:16.854775807\"}\n");
}
