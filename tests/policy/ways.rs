//! Hints of refused values: what they name lets the value through, and what lets it through is named.

use std::collections::BTreeMap;
use std::sync::Mutex;

use super::folder::Folder;

/// Reads `arguments` into a file that holds every type, and tries every policy of the code that stops it.
fn check(what: &str, folder: &Folder, arguments: &[&str], code: &str) {
    let (found, _) = tried(what, folder, arguments);
    assert_eq!(found, code, "{what}");
}

/// The code under which `arguments` are refused, and the policies that the hint names: all that help, and no others.
/// The record is set aside as the hint says, too.
pub fn tried(what: &str, folder: &Folder, arguments: &[&str]) -> (String, Vec<String>) {
    let convert = [&["convert"], arguments, &["-o", "out.arrow", "--overwrite"]].concat();
    let refused = folder.run(&convert);
    assert_eq!(refused.code, Some(4), "{what}: {}", refused.err);
    let code = code_of(&refused.err).unwrap_or_else(|| panic!("{what}: no code: {}", refused.err));
    let named = named(&refused.err, &code);
    let mut helpful = Vec::new();
    for policy in policies_of(&code) {
        let allowance = format!("{code}={policy}");
        let ran = folder.run(&[&convert[..], &["--allow", &allowance]].concat());
        match ran.code {
            Some(0) => {
                // As text nothing is altered.
                let counted = policy == "text" || ran.err.contains(&code);
                assert!(counted, "{what}: {policy} is not counted: {}", ran.err);
                helpful.push(policy);
            }
            // Not in this place.
            Some(2 | 4 | 5 | 8) => {}
            other => panic!("{what}: {policy}: {other:?}: {}", ran.err),
        }
    }
    helpful.sort();
    assert_eq!(named, helpful, "{what}: named and helpful: {}", refused.err);
    if refused.err.contains("--rejects FILE") {
        let aside = folder.run(&[&convert[..], &["--rejects", "r.ndjson"]].concat());
        assert_eq!(aside.code, Some(0), "{what}: the record is not set aside: {}", aside.err);
    }
    (code, named)
}

/// The `V-CODE` in `… [V-CODE]`.
fn code_of(text: &str) -> Option<String> {
    let (_, rest) = text.split_once("[V-")?;
    rest.split_once(']').map(|(code, _)| format!("V-{code}"))
}

/// All policies that alter a value of `code`, as the command line tells them.
fn policies_of(code: &str) -> Vec<String> {
    static TOLD: Mutex<BTreeMap<String, Vec<String>>> = Mutex::new(BTreeMap::new());
    let mut known = TOLD.lock().unwrap();
    known.entry(code.to_owned()).or_insert_with(|| told_policies(code)).clone()
}

fn told_policies(code: &str) -> Vec<String> {
    let told = Folder::new(&[]).run(&["convert", "a", "-o", "b", "--allow", &format!("{code}=nonsense")]);
    let (_, policies) = told.err.split_once(&format!("policies of {code}: ")).unwrap_or_default();
    let policies = policies.lines().next().unwrap_or_default().split(", ").map(|policy| policy.trim().to_owned());
    policies.filter(|policy| !policy.is_empty() && policy != "skip" && policy != "reject").collect()
}

/// The policies in `let it through: --allow CODE=first (or second, third)`.
fn named(text: &str, code: &str) -> Vec<String> {
    let Some((_, rest)) = text.split_once(&format!("--allow {code}=")) else { return Vec::new() };
    let word = |text: &str| text.chars().take_while(char::is_ascii_lowercase).collect::<String>();
    let mut named = vec![word(rest)];
    if let Some(others) = rest[named[0].len()..].strip_prefix(" (or ") {
        let (others, _) = others.split_once(')').unwrap();
        named.extend(others.split(", ").map(word));
    }
    named.sort();
    named
}

#[test]
fn text_of_columns() {
    let json: &[(&str, &str, &str, &str)] = &[
        ("fraction", "c=int64", "1.5", "V-FRACTION"),
        ("range", "c=int8", "300", "V-INT-RANGE"),
        ("word", "c=int8", "\"x\"", "V-TYPE"),
        ("another kind", "c=list<int8>", "1", "V-TYPE"),
        ("inside a list", "c=list<int8>", "[1,300]", "V-INT-RANGE"),
        ("length", "c=fixed_size_list[2]<int8>", "[1]", "V-LENGTH"),
        ("length of bytes", "c=fixed_size_binary[2]", "\"AA==\"", "V-LENGTH"),
        ("scale", "c=decimal128(5,2)", "1.239", "V-DEC-SCALE"),
        ("precision", "c=decimal128(5,2)", "12345", "V-DEC-PRECISION"),
        ("digits", "c=float32", "0.12345678901", "V-FLOAT-DIGITS"),
        ("magnitude", "c=float32", "1e300", "V-FLOAT-RANGE"),
        ("time", "c=timestamp[s, UTC]", "\"2024-01-01T00:00:00.5Z\"", "V-TIME-PRECISION"),
        ("moment", "c=timestamp[ns, UTC]", "\"3000-01-01T00:00:00Z\"", "V-TS-RANGE"),
        ("day", "c=date32", "\"+9999999-01-01\"", "V-DATE-RANGE"),
        ("no day", "c=date32", "\"2024-02-30\"", "V-DATE-RANGE"),
        ("uuid", "c=uuid", "\"zz\"", "V-UUID"),
        ("surrogate", "c=utf8", "\"\\ud800\"", "V-UTF8"),
        ("key", "c=struct<a: int8>", "{\"b\":1}", "V-EXTRA-KEY"),
        ("key twice", "c=struct<a: int8>", "{\"a\":1,\"a\":2}", "V-DUP-KEY"),
        ("null inside", "c=struct<a: int8 not null>", "{\"a\":null}", "V-NULL"),
    ];
    for (what, columns, value, code) in json {
        let folder = Folder::new(&[("a.ndjson", &format!("{{\"c\":null}}\n{{\"c\":{value}}}\n"))]);
        check(&format!("JSON, {what}"), &folder, &["a.ndjson", "--columns", columns], code);
        // Structs, lists and maps are JSON in a cell.
        let cell = value.trim_matches('"').replace('"', "\"\"");
        if *what != "surrogate" {
            let folder = Folder::new(&[("a.csv", &format!("c\n\"{cell}\"\n"))]);
            check(&format!("CSV, {what}"), &folder, &["a.csv", "--columns", columns], code);
        }
    }
}

/// A field of a message: its number, its wire type, its bytes.
fn field(number: u8, wire: u8, value: &[u8]) -> Vec<u8> {
    let mut out = vec![number << 3 | wire];
    if wire == 2 {
        out.push(value.len() as u8);
    }
    out.extend_from_slice(value);
    out
}

fn varint(mut value: u64) -> Vec<u8> {
    let mut out = Vec::new();
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
    out
}

const PROTO: &str = r#"
syntax = "proto2";
import "fmtconv/options.proto";
import "google/protobuf/duration.proto";
import "google/protobuf/struct.proto";
import "google/protobuf/timestamp.proto";
import "google/type/date.proto";
import "google/type/datetime.proto";
import "google/type/decimal.proto";
import "google/type/timeofday.proto";
message M {
  optional string s = 1;
  optional google.protobuf.Value v = 2;
  optional google.protobuf.Timestamp t = 3;
  optional google.protobuf.Duration d = 4;
  optional google.type.Date day = 5;
  optional google.type.TimeOfDay time = 6;
  optional google.type.DateTime at = 7;
  optional google.type.Decimal dec = 8 [(fmtconv.field).type = "decimal128(4,2)"];
  repeated google.protobuf.Timestamp ts = 9;
  optional M self = 10;
  repeated string texts = 11;
  optional int32 i = 12;
  optional uint32 small = 13 [(fmtconv.field).type = "uint8"];
  map<string, int32> m = 14;
  optional string id = 15 [(fmtconv.field).type = "uuid"];
}
message R { required int32 a = 1; }
"#;

#[test]
fn messages() {
    let year_3000 = field(1, 0, &varint(32_503_680_000));
    let nanos = field(2, 0, &varint(1));
    let no_day = field(1, 0, &varint(2024));
    let no_date = [field(1, 0, &varint(2024)), field(2, 0, &varint(2)), field(3, 0, &varint(30))].concat();
    let leap = [field(1, 0, &varint(23)), field(3, 0, &varint(60))].concat();
    let nan = field(2, 1, &f64::NAN.to_le_bytes());
    let cases: &[(&str, Vec<u8>, &[&str], &str)] = &[
        ("text", field(1, 2, b"\xff"), &[], "V-UTF8"),
        ("text in a list", field(11, 2, b"\xff"), &[], "V-UTF8"),
        ("text as a key", field(14, 2, &field(1, 2, b"\xff")), &[], "V-UTF8"),
        ("text in a value", field(2, 2, &field(3, 2, b"\xff")), &[], "V-UTF8"),
        ("NaN in a value", field(2, 2, &nan), &[], "V-NONFINITE"),
        ("an empty value", field(2, 2, b""), &[], "V-NULL"),
        ("text below itself", field(10, 2, &field(1, 2, b"\xff")), &[], "V-UTF8"),
        ("a moment", field(3, 2, &year_3000), &[], "V-TS-RANGE"),
        ("a moment in a list", field(9, 2, &year_3000), &[], "V-TS-RANGE"),
        ("nanoseconds", field(3, 2, &nanos), &["--proto-timestamp=us"], "V-TIME-PRECISION"),
        ("part of a date", field(5, 2, &no_day), &[], "V-DATE-PARTIAL"),
        ("no date", field(5, 2, &no_date), &[], "V-DATE-RANGE"),
        ("a leap second", field(6, 2, &leap), &[], "V-DATE-RANGE"),
        ("part of a date and time", field(7, 2, &no_day), &["--proto-datetime=ns"], "V-DATE-PARTIAL"),
        // Number 99.
        ("an unknown field", vec![0x98, 0x06, 1], &[], "V-UNKNOWN-FIELD"),
        ("digits that a hint excludes", field(8, 2, &field(1, 2, b"1.239")), &[], "V-DEC-SCALE"),
        ("more digits than a hint allows", field(8, 2, &field(1, 2, b"12345")), &[], "V-DEC-PRECISION"),
        ("a number that a hint excludes", field(13, 0, &varint(300)), &[], "V-INT-RANGE"),
        ("a text that a hint excludes", field(15, 2, b"zz"), &[], "V-UUID"),
    ];
    for (what, message, more, code) in cases {
        let folder = Folder::new(&[("m.proto", PROTO)]);
        folder.put("a.pb", &[&[message.len() as u8], &message[..]].concat());
        check(what, &folder, &[&["a.pb", "--schema", "m.proto", "--message", "M"], *more].concat(), code);
    }
    let folder = Folder::new(&[("m.proto", PROTO)]);
    folder.put("a.pb", &[0]);
    check("required", &folder, &["a.pb", "--schema", "m.proto", "--message", "R"], "V-NULL");
}

#[test]
fn messages_as_text() {
    let text: &[(&str, &str, &str)] = &[
        ("range", "i: 3000000000", "V-INT-RANGE"),
        ("bytes", "s: \"\\377\"", "V-UTF8"),
        ("key", "nope: 1", "V-EXTRA-KEY"),
        ("moment", "t { seconds: 32503680000 }", "V-TS-RANGE"),
    ];
    for (what, line, code) in text {
        let folder = Folder::new(&[("m.proto", PROTO), ("a.txtpb", &format!("{line}\n"))]);
        let arguments = ["a.txtpb", "--schema", "m.proto", "--message", "M"];
        check(&format!("text format, {what}"), &folder, &arguments, code);
    }
    let json: &[(&str, &str, &str)] = &[
        ("range", "{\"i\":3000000000}", "V-INT-RANGE"),
        ("fraction", "{\"i\":1.5}", "V-FRACTION"),
        ("word", "{\"i\":true}", "V-TYPE"),
        ("surrogate", "{\"s\":\"\\ud800\"}", "V-UTF8"),
        ("key", "{\"nope\":1}", "V-EXTRA-KEY"),
        ("key inside", "{\"self\":{\"nope\":1}}", "V-EXTRA-KEY"),
        ("key twice", "{\"s\":\"a\",\"s\":\"b\"}", "V-DUP-KEY"),
        ("null in a list", "{\"texts\":[null]}", "V-NULL-ELEM"),
        ("null in a map", "{\"m\":{\"k\":null}}", "V-NULL"),
        ("moment", "{\"t\":\"3000-01-01T00:00:00Z\"}", "V-TS-RANGE"),
    ];
    for (what, line, code) in json {
        let folder = Folder::new(&[("m.proto", PROTO), ("a.ndjson", &format!("{line}\n"))]);
        let arguments = ["a.ndjson", "--schema", "m.proto", "--message", "M", "--json-dialect=protojson"];
        check(&format!("ProtoJSON, {what}"), &folder, &arguments, code);
    }
}

/// A container file of one record.
fn container(schema: &str, datum: &[u8]) -> Vec<u8> {
    let long = |value: usize| varint(value as u64 * 2);
    let mut out = b"Obj\x01\x04\x16avro.schema".to_vec();
    out.extend(long(schema.len()));
    out.extend_from_slice(schema.as_bytes());
    out.extend_from_slice(b"\x14avro.codec\x08null\x000123456789abcdef\x02");
    out.extend(long(datum.len()));
    out.extend_from_slice(datum);
    out.extend_from_slice(b"0123456789abcdef");
    out
}

fn record(data_type: &str) -> String {
    format!(r#"{{"type":"record","name":"R","fields":[{{"name":"c","type":{data_type}}}]}}"#)
}

#[test]
fn avro() {
    let uuid = r#"{"type":"string","logicalType":"uuid"}"#;
    let nullable = format!("[\"null\",{uuid}]");
    let far = [&[0, 0, 0, 0x80][..], &[0; 8]].concat();
    let cases: &[(&str, &str, Vec<u8>, &str)] = &[
        ("text", "\"string\"", b"\x02\xff".to_vec(), "V-UTF8"),
        ("text in a list", r#"{"type":"array","items":"string"}"#, b"\x02\x02\xff\x00".to_vec(), "V-UTF8"),
        ("text as a key", r#"{"type":"map","values":"int"}"#, b"\x02\x02\xff\x02\x00".to_vec(), "V-UTF8"),
        ("uuid", uuid, b"\x04zz".to_vec(), "V-UUID"),
        ("uuid or null", &nullable, b"\x02\x04zz".to_vec(), "V-UUID"),
        ("time", r#"{"type":"int","logicalType":"time-millis"}"#, varint(2 * 86_400_000), "V-DATE-RANGE"),
        (
            "decimal",
            r#"{"type":"bytes","logicalType":"decimal","precision":2,"scale":0}"#,
            b"\x04\x03\xe8".to_vec(),
            "V-DEC-PRECISION",
        ),
        ("duration", r#"{"type":"fixed","name":"F","size":12,"logicalType":"duration"}"#, far, "V-INTERVAL"),
    ];
    for (what, data_type, datum, code) in cases {
        let folder = Folder::new(&[("s.avsc", &record(data_type))]);
        folder.put("a.avro", &container(&record(data_type), datum));
        check(&format!("Avro, {what}"), &folder, &["a.avro"], code);
        folder.put("a.bin", datum);
        let message = ["a.bin", "--from", "avro", "--framing", "single", "--schema", "s.avsc", "--envelope", "none"];
        check(&format!("Avro message, {what}"), &folder, &message, code);
    }
    let json: &[(&str, &str, &str, &str)] = &[
        ("range", "\"int\"", "3000000000", "V-INT-RANGE"),
        ("word", "\"int\"", "\"x\"", "V-TYPE"),
        ("surrogate", "\"string\"", "\"\\ud800\"", "V-UTF8"),
        ("symbol", r#"{"type":"enum","name":"E","symbols":["A"]}"#, "\"B\"", "V-ENUM"),
        ("uuid", uuid, "\"zz\"", "V-UUID"),
        ("uuid or null", &nullable, "{\"string\":\"zz\"}", "V-UUID"),
    ];
    for (what, data_type, value, code) in json {
        let folder = Folder::new(&[("s.avsc", &record(data_type)), ("a.ndjson", &format!("{{\"c\":{value}}}\n"))]);
        let arguments = ["a.ndjson", "--schema", "s.avsc", "--json-dialect=avro"];
        check(&format!("Avro JSON, {what}"), &folder, &arguments, code);
    }
}
