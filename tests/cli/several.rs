//! Several inputs as one table: what is told of it.

use super::Folder;

const SAID: &str = r#"{"type":"record","name":"r","doc":"orders","fields":[
    {"name":"id","type":"int","doc":"a number","aliases":["no"]},
    {"name":"sum","type":{"type":"bytes","logicalType":"big-decimal"}},
    {"name":"kind","type":{"type":"enum","name":"k","symbols":["a","b"]}}]}"#;
const PLAIN: &str = r#"{"type":"record","name":"r","fields":[
    {"name":"id","type":"int","aliases":["no"]},{"name":"sum","type":"string"},{"name":"kind","type":"string"}]}"#;

#[test]
fn what_only_one_input_says_of_its_columns_is_told() {
    let folder = Folder::new(&[
        ("r.ndjson", "{\"id\":1,\"sum\":\"1.50\",\"kind\":\"a\"}\n"),
        ("said.avsc", SAID),
        ("plain.avsc", PLAIN),
    ]);
    for name in ["said", "plain"] {
        let (schema, out) = (format!("{name}.avsc"), format!("{name}.avro"));
        folder.run(&["convert", "r.ndjson", "--schema", &schema, "-o", &out, "--strict"]).ends(0);
    }
    for [one, other] in [["said.avro", "plain.avro"], ["plain.avro", "said.avro"]] {
        let convert = |more: &[&str]| {
            let words = ["convert", one, other, "-o", "o.avro", "--overwrite"];
            folder.run(&[&words, more].concat())
        };
        let told = "S-TYPE (sum), S-META (id), S-ENUM (kind)";
        convert(&["--verify"]).ends(0).says(&[&format!("note: losses known from the schemas: {told}"), "2 records in"]);
        convert(&["--strict"]).ends(6).says(&["S-TYPE", "sum", "--allow S-TYPE"]);
        // The documentation of the record is no column's.
        let of_record = convert(&["--strict", "--allow", "S-TYPE"]).ends(6).says(&["error: schema metadata", "S-META"]);
        assert!(!of_record.err.contains("column"), "{}", of_record.err);
        convert(&["--strict", "--allow", "S-TYPE", "--allow", "S-META"]).ends(6).says(&["S-ENUM", "kind"]);
        let all = ["--strict", "--allow", "S-TYPE", "--allow", "S-META", "--allow", "S-ENUM", "--report", "r.json"];
        convert(&all).ends(0);
        assert!(folder.read("r.json").contains("S-META"));
        std::fs::remove_file(folder.path("r.json")).unwrap();
        let plan = folder.run(&["plan", one, other, "-o", "p.avro"]).ends(0);
        assert!(plan.out.contains(told), "{}", plan.out);
        folder.run(&["cat", one, other]).ends(0).says(&["S-TYPE (sum)", "S-ENUM (kind)"]);
        // Of columns that are left out nothing is told.
        let few = convert(&["--select", "id"]).ends(0).err;
        assert!(few.contains("S-META (id)") && !few.contains("sum"), "{few}");
        // What reading and writing lose is told once.
        let csv = folder.run(&["convert", one, other, "-o", "-", "--to", "csv"]).ends(0).err;
        assert!(csv.contains("S-META (id)"), "{csv}");
    }
    folder.run(&["convert", "said.avro", "said.avro", "-o", "s.avro", "--strict"]).ends(0).says(&["losses: none"]);
}

#[test]
fn what_is_said_of_a_field_inside_is_no_type() {
    let folder = Folder::new(&[("r.ndjson", "{\"at\":{\"x\":1}}\n")]);
    for (name, doc) in [("said", ",\"doc\":\"in metres\""), ("plain", "")] {
        let inside = format!(r#"{{"type":"record","name":"p","fields":[{{"name":"x","type":"int"{doc}}}]}}"#);
        let text = format!(r#"{{"type":"record","name":"r","fields":[{{"name":"at","type":{inside}}}]}}"#);
        let (schema, out) = (format!("{name}.avsc"), format!("{name}.avro"));
        folder.write(&schema, &text);
        folder.run(&["convert", "r.ndjson", "--schema", &schema, "-o", &out]).ends(0);
    }
    for [one, other] in [["said.avro", "plain.avro"], ["plain.avro", "said.avro"]] {
        let ran = folder.run(&["convert", one, other, "-o", "o.avro", "--overwrite"]).ends(0);
        assert!(ran.err.contains("S-META (at.x)") && !ran.err.contains("N-WIDEN"), "{}", ran.err);
    }
}

#[test]
fn what_is_advised_about_columns_of_two_types_helps() {
    let folder = Folder::new(&[
        ("number.json", "{\"a\":1}\n"),
        ("text.json", "{\"a\":\"x\"}\n"),
        ("text.csv", "a,b\nx,2\n"),
        ("float.json", "{\"a\":1.5}\n"),
        ("large.csv", "a\n9007199254740993000\n"),
    ]);
    folder.run(&["convert", "number.json", "-o", "number.parquet"]).ends(0);
    let cat = |files: [&str; 2], more: &[&str]| folder.run(&[&["cat"][..], &files, more].concat());
    let advised = |files: [&str; 2], advice: &str| {
        let ran = cat(files, &[]).ends(5).says(&[advice]);
        assert_eq!(ran.err.contains("--columns"), advice.contains("--columns"), "{files:?}: {}", ran.err);
    };
    // Text and numbers of JSON are one column only as JSON; beside files of other formats they are none.
    advised(["number.json", "text.json"], "--mixed json");
    assert_eq!(cat(["number.json", "text.json"], &["--mixed", "json"]).ends(0).out, "{\"a\":1}\n{\"a\":\"x\"}\n");
    for files in [["number.json", "text.csv"], ["text.csv", "number.json"], ["number.parquet", "text.csv"]] {
        advised(files, "leave it out with --exclude a, or convert the inputs one by one");
        cat(files, &["--exclude", "a"]).ends(0);
    }
    advised(["float.json", "large.csv"], "--columns a=float64");
}

#[test]
fn types_are_given_to_columns_that_some_inputs_lack() {
    let folder = Folder::new(&[
        ("1.ndjson", "{\"a\":1}\n"),
        ("2.ndjson", "{\"a\":2,\"b\":5}\n"),
        ("1.csv", "a\n1\n"),
        ("2.csv", "a,b\n2,5\n"),
    ]);
    for inputs in [["1.ndjson", "2.ndjson"], ["1.csv", "2.csv"], ["2.csv", "1.csv"], ["1.ndjson", "2.csv"]] {
        let with = |columns: &str| {
            folder.run(&[&["convert"], &inputs[..], &["-o", "o.avro", "--columns", columns, "--overwrite"]].concat())
        };
        with("b=int8").ends(0);
        let shown = folder.run(&["schema", "show", "o.avro"]).ends(0).out;
        assert!(shown.lines().any(|line| line.starts_with("b ") && line.contains("int8")), "{inputs:?}: {shown}");
        with("c=int8").ends(2).says(&["no input has a column \"c\"", "columns: a, b"]);
    }
    folder.run(&["cat", "1.ndjson", "--columns", "b=int8"]).ends(2).says(&["there is no column \"b\""]);
}

#[test]
fn times_of_several_units_meet_in_the_finest() {
    let folder = Folder::new(&[
        ("a.ndjson", "{\"at\":\"2020-01-01T00:00:00.125\",\"of\":\"12:00:00.125\"}\n"),
        ("far.ndjson", "{\"at\":\"3000-01-01T00:00:00\",\"of\":\"00:00:00\"}\n"),
    ]);
    for (from, to, columns) in [
        ("a.ndjson", "ms.parquet", "at=timestamp[ms],of=time32[ms]"),
        ("a.ndjson", "us.parquet", "at=timestamp[us],of=time64[us]"),
        ("a.ndjson", "ns.arrow", "at=timestamp[ns],of=time64[ns]"),
        ("a.ndjson", "zone.arrow", "at=\"timestamp[ms, UTC]\",of=time32[ms]"),
        ("far.ndjson", "far.parquet", "at=timestamp[ms],of=time32[ms]"),
    ] {
        folder.run(&["convert", from, "-o", to, "--columns", columns, "--assume-tz", "UTC"]).ends(0);
    }
    let line = "{\"at\":\"2020-01-01T00:00:00.125\",\"of\":\"12:00:00.125\"}\n";
    for [one, other] in [["ms.parquet", "us.parquet"], ["us.parquet", "ms.parquet"], ["ns.arrow", "ms.parquet"]] {
        let ran = folder.run(&["cat", one, other]).ends(0).says(&["N-WIDEN (at, of)"]);
        assert_eq!(ran.out, line.repeat(2));
        folder.run(&["convert", one, other, "-o", "both.parquet", "--overwrite", "--strict", "--verify"]).ends(0);
    }
    let shown = folder.run(&["schema", "show", "both.parquet"]).ends(0).out;
    assert!(shown.contains("timestamp[ns]") && shown.contains("time64[ns]"), "{shown}");
    // A value beyond the range of the finer unit stops the run, and no output is left.
    folder.run(&["convert", "ns.arrow", "far.parquet", "-o", "far.csv"]).ends(4).says(&["V-TS-RANGE", "far.parquet"]);
    folder.run(&["cat", "ms.parquet", "far.parquet"]).ends(0);
    // Local times and instants are not one column.
    folder.run(&["cat", "us.parquet", "zone.arrow"]).ends(5).says(&["timestamp[us]", "timestamp[ms, UTC]"]);
}

#[test]
fn columns_of_one_name_are_not_lost() {
    let twins = r#"{"type":"record","name":"r","fields":[
        {"name":"a","type":"long"},{"name":"a_2","type":"long","fmtconv":{"name":"a"}}]}"#;
    let folder = Folder::new(&[("r.ndjson", "{\"a\":1,\"a_2\":2}\n"), ("one.csv", "a\n3\n"), ("twins.avsc", twins)]);
    folder.run(&["convert", "r.ndjson", "-o", "twins.avro", "--to-schema", "twins.avsc"]).ends(0);
    folder.run(&["convert", "twins.avro", "-o", "twins.arrow", "--verify"]).ends(0);
    for twins in ["twins.avro", "twins.arrow"] {
        let csv = |inputs: &[&str], more: &[&str]| folder.run(&[&["cat", "--to", "csv"], inputs, more].concat());
        assert_eq!(csv(&[twins], &[]).ends(0).out, "a,a\n1,2\n");
        assert_eq!(csv(&[twins, twins], &[]).ends(0).out, "a,a\n1,2\n1,2\n");
        let told = format!("error: {twins}: several columns are called \"a\"");
        csv(&[twins, "one.csv"], &[]).ends(5).says(&[&told]);
        csv(&["one.csv", twins], &[]).ends(5).says(&[&told]);
        for choice in [["--select", "a"], ["--exclude", "a"], ["--rename", "a=b"]] {
            csv(&[twins], &choice).ends(2).says(&["several columns are called \"a\""]);
        }
    }
}
