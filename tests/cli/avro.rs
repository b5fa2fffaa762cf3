//! Avro from outside: fingerprints, schema resolution, settings as options, messages, the dialect of JSON.

use super::Folder;

const ORDER: &str = r#"{"type":"record","name":"Order","namespace":"shop","fields":[
    {"name":"id","type":"long","doc":"number"},{"name":"note","type":["null","string"],"default":null}]}"#;

fn orders() -> Folder {
    Folder::new(&[
        ("order.avsc", ORDER),
        ("in.ndjson", "{\"id\":1,\"note\":\"a\"}\n{\"id\":2,\"note\":null}\n"),
        (
            "reader.avsc",
            r#"{"type":"record","name":"Order","fields":[{"name":"number","type":"double","aliases":["id"]},
                {"name":"currency","type":"string","default":"EUR"}]}"#,
        ),
        ("int.avsc", "\"int\""),
    ])
}

#[test]
fn fingerprints_of_schemas_and_files() {
    let folder = orders();
    // From the test suite of Apache Avro.
    let ran = folder.run(&["schema", "fingerprint", "--json", "int.avsc"]).ends(0);
    let found: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(found[0]["crc64_avro"], "8f5c393f1ad57572");
    assert_eq!(found[0]["crc64_avro_i64"], 8_247_732_601_305_521_295_i64);
    assert_eq!(found[0]["sha256"], "3f2b87a9fe7cc9b13835598c3981cd45e3e355309e5090aa0933d7becb6fba45");
    assert_eq!(found[0]["md5"], "ef524ea1b91e73173d938ade36c1db32");
    folder.run(&["convert", "in.ndjson", "-o", "out.avro", "--schema", "order.avsc"]).ends(0);
    let text = folder.run(&["schema", "fingerprint", "order.avsc", "out.avro"]).ends(0).out;
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 10, "{text}");
    assert_eq!(lines[1..5], lines[6..10], "a file has the fingerprints of its schema");
    let bad = folder.run(&["schema", "fingerprint", "in.avsc"]);
    assert_eq!(bad.code, Some(9));
}

#[test]
fn files_are_read_with_another_schema() {
    let folder = orders();
    folder.run(&["convert", "in.ndjson", "-o", "out.avro", "--schema", "order.avsc"]).ends(0);
    let ran = folder.run(&["cat", "out.avro", "--reader-schema", "reader.avsc"]).ends(0);
    assert_eq!(ran.out, "{\"number\":1.0,\"currency\":\"EUR\"}\n{\"number\":2.0,\"currency\":\"EUR\"}\n");
    folder.write("wrong.avsc", r#"{"type":"record","name":"Order","fields":[{"name":"x","type":"int"}]}"#);
    let refused = folder.run(&["convert", "out.avro", "-o", "x.csv", "--reader-schema", "wrong.avsc"]);
    assert_eq!(refused.code, Some(5));
    assert!(refused.err.contains("out.avro") && refused.err.contains("default"), "{}", refused.err);
}

#[test]
fn what_is_not_read_is_said() {
    let folder = orders();
    folder.run(&["convert", "in.ndjson", "-o", "out.avro", "--schema", "order.avsc"]).ends(0);
    let arguments = ["convert", "out.avro", "-o", "x.ndjson", "--reader-schema", "reader.avsc", "--report", "r.json"];
    let ran = folder.run(&arguments).ends(0);
    assert!(folder.read("r.json").contains("S-DROP"), "{}", folder.read("r.json"));
    assert!(!ran.err.contains("V-UNKNOWN-FIELD"), "{}", ran.err);
    let strict = |allow: &[&str]| {
        folder.run(&[&["convert", "out.avro", "-o", "x.avro", "--strict"], &arguments[4..6], allow].concat())
    };
    strict(&[]).ends(6).says(&["S-DROP", "--allow S-DROP"]);
    strict(&["--allow", "S-DROP"]).ends(0);
}

#[test]
fn settings_are_options() {
    let folder = Folder::new(&[("in.csv", "u,t\n1,00:00:01.234567891\n")]);
    let read = ["convert", "in.csv", "--columns", "u=uint64,t=time64[ns]", "--overwrite", "-o", "out.avro"];
    let refused = folder.run(&read);
    assert_eq!(refused.code, Some(4));
    assert!(refused.err.contains("V-TIME-PRECISION"), "{}", refused.err);
    folder.run(&[&read[..], &["--avro-time-ns=long", "--avro-uint64=long"]].concat()).ends(0);
    let shown = folder.run(&["schema", "show", "out.avro", "--as", "avro"]).ends(0).out;
    assert_eq!(shown.matches("\"type\": \"long\"").count() + shown.matches("\"long\"").count(), 2, "{shown}");
    let back = folder.run(&["cat", "out.avro"]).ends(0).out;
    assert_eq!(back, "{\"u\":1,\"t\":\"00:00:01.234567891\"}\n");
    let bare = folder.run(&["cat", "out.avro", "--no-hints"]).ends(0).out;
    assert_eq!(bare, "{\"u\":1,\"t\":1234567891}\n");
}

#[test]
fn messages_to_lines_and_back() {
    let folder = orders();
    let write = ["convert", "in.ndjson", "-o", "out.hex", "--to", "avro", "--to-schema", "order.avsc"];
    let write = [&write[..], &["--framing", "hex", "--envelope", "confluent", "--schema-id", "7"]].concat();
    folder.run(&write).ends(0);
    assert_eq!(folder.read("out.hex"), "0000000007020202 61\n00000000070400\n".replace(' ', ""));
    let read = ["cat", "out.hex", "--from", "avro", "--framing", "hex", "--envelope", "confluent"];
    let found = folder.run(&[&read[..], &["--schema", "order.avsc"]].concat()).ends(0).out;
    assert_eq!(found, folder.read("in.ndjson"));
    let unknown = folder.run(&[&read[..], &["--schema", "order.avsc", "--schema-id", "8"]].concat());
    assert_eq!(unknown.code, Some(5));
    assert!(unknown.err.contains("7.avsc") && unknown.err.contains("--schemas"), "{}", unknown.err);
    folder.write("schemas/7.avsc", ORDER);
    let found = folder.run(&[&read[..], &["--schemas", "schemas"]].concat()).ends(0).out;
    assert_eq!(found, folder.read("in.ndjson"));
}

#[test]
fn the_json_encoding_of_avro() {
    let folder = orders();
    let write = ["convert", "in.ndjson", "--schema", "order.avsc", "-o", "out.ndjson", "--json-dialect=avro"];
    // The input is read plain.
    let both = folder.run(&write);
    assert_ne!(both.code, Some(0), "an offered setting goes to both sides");
    let write = ["convert", "in.ndjson", "--schema", "order.avsc", "-o", "out.ndjson", "--to-opt", "dialect=avro"];
    folder.run(&write).ends(0);
    assert_eq!(folder.read("out.ndjson"), "{\"id\":1,\"note\":{\"string\":\"a\"}}\n{\"id\":2,\"note\":null}\n");
    let read = ["convert", "out.ndjson", "--from", "avro-json", "--schema", "order.avsc", "-o", "out.avro"];
    folder.run(&read).ends(0);
    assert_eq!(folder.run(&["cat", "out.avro"]).ends(0).out, folder.read("in.ndjson"));
    let text = folder.run(&["schema", "show", "out.avro", "--as", "avro"]).ends(0).out;
    assert_eq!(text.trim(), ORDER, "the schema came through the text");
}

#[test]
fn bad_messages_are_set_aside_and_read_again() {
    let folder = orders();
    folder.write("in.hex", "020202 61\n0204ff\nzz\n0400\n".replace(' ', "").as_str());
    let read = ["convert", "in.hex", "--from", "avro", "--framing", "hex", "--schema", "order.avsc"];
    let refused = folder.run(&[&read[..], &["-o", "out.ndjson"]].concat());
    assert_eq!(refused.code, Some(3), "{}", refused.err);
    folder.run(&[&read[..], &["-o", "out.ndjson", "--rejects", "bad.ndjson"]].concat()).ends(0);
    assert_eq!(folder.read("out.ndjson"), folder.read("in.ndjson"));
    assert_eq!(folder.read("bad.ndjson").lines().count(), 2);
}

#[test]
fn a_framing_of_the_input_does_not_reach_an_avro_file() {
    let folder = orders();
    folder.write("in.hex", "0202\n");
    let both = ["convert", "in.hex", "--from", "avro", "--framing", "hex", "--schema", "int.avsc", "-o", "out.avro"];
    let refused = folder.run(&both);
    assert_eq!(refused.code, Some(2));
    assert!(refused.err.contains("--from-opt framing="), "{}", refused.err);
    folder.write("in.hex", "02\n04\n");
    let read = ["convert", "in.hex", "--from", "avro", "--from-opt", "framing=hex", "--schema", "int.avsc"];
    folder.run(&[&read[..], &["-o", "out.avro"]].concat()).ends(0);
    assert_eq!(folder.run(&["cat", "out.avro"]).ends(0).out, "1\n2\n");
}

#[test]
fn a_plan_is_of_the_schema_that_is_given() {
    let record = |fields: &str| format!(r#"{{"type": "record", "name": "R", "fields": [{fields}]}}"#);
    let folder = Folder::new(&[
        ("q.csv", "id\n99999999999\n"),
        ("q.avsc", &record(r#"{"name": "id", "type": "int"}"#)),
        ("wide.avsc", &record(r#"{"name": "id", "type": ["null", "long"]}"#)),
        ("other.avsc", &record(r#"{"name": "name", "type": "string"}"#)),
        ("text.avsc", &record(r#"{"name": "id", "type": {"type": "map", "values": "long"}}"#)),
        ("at.avsc", &record(r#"{"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}}"#)),
        ("n.csv", "n\n7\n"),
        ("n.avsc", &record(r#"{"name": "n", "type": ["null", "long"]}"#)),
        ("at.csv", "at\n2024-01-01T00:00:00Z\n"),
    ]);
    folder.run(&["convert", "q.csv", "-o", "q.parquet"]).ends(0);
    let plan = |to: &str, schema: &str, status: i32| {
        folder.run(&["plan", "q.parquet", "--to", to, "--to-schema", schema]).ends(status)
    };
    for to in ["avro", "avro-json"] {
        let out = plan(to, "q.avsc", 0).out;
        assert!(out.contains("int ") && out.contains("V-INT-RANGE") && out.contains("S-TYPE"), "{to}: {out}");
        let out = plan(to, "wide.avsc", 0).out;
        assert!(out.contains("long") && !out.contains("V-INT-RANGE") && !out.contains("S-TYPE"), "{to}: {out}");
        plan(to, "other.avsc", 5).says(&["the Avro schema has the field \"name\", the data has not", "--rename"]);
        plan(to, "text.avsc", 5).says(&["int64 cannot be written as map", "leave the Avro schema out"]);
    }
    folder.run(&["convert", "q.parquet", "-o", "q.avro", "--to-schema", "q.avsc"]).ends(4).says(&["V-INT-RANGE"]);
    folder.run(&["convert", "q.parquet", "-o", "q.avro", "--to-schema", "other.avsc"]).ends(5);
    let messages = ["plan", "q.parquet", "--to", "avro", "--framing", "single-object", "--to-schema", "q.avsc"];
    let out = folder.run(&messages).ends(0).out;
    assert!(out.contains("V-INT-RANGE"), "{out}");
    // A type that does not come back is a loss.
    let narrow = ["convert", "n.csv", "--columns", "n=int32", "--to-schema", "n.avsc"];
    folder.run(&[&narrow[..], &["-o", "a.avro", "--verify"]].concat()).ends(0).says(&["S-TYPE"]);
    folder.run(&[&narrow[..], &["-o", "b.avro", "--strict"]].concat()).ends(6).says(&["S-TYPE"]);
    // Types are told in the words of the schema.
    let ran = folder.run(&[
        "convert",
        "at.csv",
        "--columns",
        "at=timestamp[us, UTC]",
        "-o",
        "at.avro",
        "--to-schema",
        "at.avsc",
    ]);
    ran.ends(5).says(&["cannot be written as timestamp-millis (long)"]);
}

#[test]
fn unions_inside_unions_are_records() {
    let rows =
        "{\"u\":1}\n{\"u\":\"a\"}\n{\"u\":true}\n{\"u\":null}\n{\"u\":2}\n{\"u\":[\"b\"]}\n{\"u\":[]}\n{\"u\":[3]}\n";
    let folder = Folder::new(&[("u.ndjson", rows)]);
    let inner = "union<s: utf8, b: bool, l: list<union<x: utf8, y: union<z: int64, w: bool>>>>";
    for (index, column) in [
        format!("u=union<i: int64, u: {inner}, n: null>"),
        format!("u=union<u: {inner}, i: int64>"),
        format!("u=union<o: union<u: {inner}, k: binary>, i: int64>"),
    ]
    .iter()
    .enumerate()
    {
        let name = |extension: &str| format!("u{index}.{extension}");
        let (arrow, avro, back) = (name("arrow"), name("avro"), name("back.arrow"));
        folder.run(&["convert", "u.ndjson", "-o", &arrow, "--columns", column]).ends(0);
        folder.run(&["convert", &arrow, "-o", &avro, "--verify", "--strict"]).ends(0).says(&["0 differences"]);
        folder.run(&["convert", &avro, "-o", &back]).ends(0);
        assert_eq!(folder.run(&["cat", &avro]).ends(0).out, rows, "{column}");
        let types = |file: &str| {
            let shown = folder.run(&["schema", "show", file, "--as", "arrow"]).ends(0).out;
            shown.split("\n\n").next().unwrap_or_default().trim_end().to_owned()
        };
        assert_eq!(types(&back), types(&arrow), "{column}");
        assert_eq!(folder.run(&["diff", &arrow, &back]).ends(0).out, "", "{column}");
    }
}

/// More digits than any decimal of Avro that is read as one: text.
#[test]
fn decimals_of_too_many_digits_are_text() {
    let most = format!("{}0", "9".repeat(76));
    let rows =
        format!("{{\"a\":{most},\"b\":0}}\n{{\"a\":-{most},\"b\":null}}\n{{\"a\":10,\"b\":-7{}}}\n", "0".repeat(80));
    let folder = Folder::new(&[("d.ndjson", &rows)]);
    let columns = "a=decimal256(76,-1),b=decimal32(9,-80)";
    folder.run(&["convert", "d.ndjson", "-o", "d.arrow", "--columns", columns]).ends(0);
    folder.run(&["convert", "d.arrow", "-o", "d.avro", "--verify", "--strict"]).ends(0).says(&["0 differences"]);
    let types = |file: &str| folder.run(&["schema", "show", file, "--as", "arrow"]).ends(0).out;
    assert!(types("d.avro").contains("decimal256(76,-1)") && types("d.avro").contains("decimal32(9,-80)"));
    assert_eq!(folder.run(&["cat", "d.avro"]).ends(0).out, rows);
    assert_eq!(folder.run(&["diff", "d.arrow", "d.avro"]).ends(0).out, "");
    let plain = folder.run(&["cat", "d.avro", "--no-hints"]).ends(0).out;
    assert!(plain.starts_with(&format!("{{\"a\":\"{most}\",\"b\":\"0\"}}\n")), "{plain}");
}

/// The rest of a recursive type becomes text, which does not tell one NaN from another.
#[test]
fn nans_inside_recursive_types_are_told() {
    let schema = r#"{"type": "record", "name": "N", "fields": [{"name": "x", "type": "double"},
        {"name": "y", "type": "float"}, {"name": "next", "type": ["null", "N"]}]}"#;
    let folder = Folder::new(&[("n.avsc", schema)]);
    let node = |x: u64, y: u32| [&x.to_le_bytes()[..], &y.to_le_bytes()].concat();
    let usual = node(f64::NAN.to_bits(), f32::NAN.to_bits());
    let write = |inner: &[u8]| {
        let one = node(1.0_f64.to_bits(), 1.0_f32.to_bits());
        let hex: String =
            [&one[..], &[2], &one, &[2], inner, &[0]].concat().iter().map(|b| format!("{b:02x}")).collect();
        folder.write("n.hex", &format!("{hex}\n"));
    };
    let read = |output: &str| {
        let from = ["convert", "n.hex", "--from", "avro", "--from-opt", "framing=hex", "--schema", "n.avsc"];
        folder.run(&[&from[..], &["-o", output, "--overwrite"]].concat()).ends(0)
    };
    for output in ["n.arrow", "n.parquet", "n.ndjson", "n.csv"] {
        write(&usual);
        assert!(!read(output).err.contains("N-NAN"), "{output}");
        write(&node(0xfff8_0000_0000_0000, 0x7fc0_0001));
        let told = read(output).err;
        assert!(told.contains("N-NAN (next)"), "{output}: {told}");
    }
    // The bytes of the rest are kept.
    assert!(!read("n.avro").err.contains("N-NAN"));
}
