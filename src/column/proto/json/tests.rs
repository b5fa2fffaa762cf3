//! The texts of well-known types, against the examples of their own definitions.

use super::known::*;

fn stamp(text: &str) -> Option<(i64, i32)> {
    parse_timestamp(text.as_bytes())
}

#[test]
fn timestamps_are_read_strictly() {
    assert_eq!(stamp("1970-01-01T00:00:00Z"), Some((0, 0)));
    assert_eq!(stamp("1972-01-01T10:00:20.021Z"), Some((63_108_020, 21_000_000)));
    assert_eq!(stamp("0001-01-01T00:00:00Z"), Some((-62_135_596_800, 0)));
    assert_eq!(stamp("9999-12-31T23:59:59.999999999Z"), Some((253_402_300_799, 999_999_999)));
    assert_eq!(stamp("1970-01-01T01:30:00+01:30"), Some((0, 0)));
    for bad in [
        "0000-01-01T00:00:00Z",
        "0001-01-01T00:00:00+00:01",
        "9999-12-31T23:59:59-00:01",
        "1970-01-01t00:00:00Z",
        "1970-01-01T00:00:00z",
        "1970-01-01T00:00:00",
        "1970-01-01T00:00:00.Z",
        "1970-01-01T00:00:00.0123456789Z",
        "1970-02-30T00:00:00Z",
        "1970-01-01T24:00:00Z",
        "1970-01-01 00:00:00Z",
        "é970-01-01T00:00:00Z",
        "",
    ] {
        assert_eq!(stamp(bad), None, "{bad}");
    }
}

#[test]
fn durations_are_read_strictly() {
    let read = |text: &str| parse_duration(text.as_bytes());
    assert_eq!(read("3s"), Some((3, 0)));
    assert_eq!(read("-0.5s"), Some((0, -500_000_000)));
    assert_eq!(read("3.000000001s"), Some((3, 1)));
    assert_eq!(read("315576000000s"), Some((315_576_000_000, 0)));
    for bad in ["3", "s", "-s", "3.s", ".5s", "+3s", "--3s", "315576000001s", "3.0000000001s", "3 s"] {
        assert_eq!(read(bad), None, "{bad}");
    }
}

#[test]
fn texts_have_no_three_or_six_or_nine_digits() {
    let text = |seconds, nanos| {
        let mut out = Vec::new();
        push_timestamp(&mut out, seconds, nanos).expect("legal");
        String::from_utf8(out).expect("text")
    };
    assert_eq!(text(0, 0), "\"1970-01-01T00:00:00Z\"");
    assert_eq!(text(-1, 500_000_000), "\"1969-12-31T23:59:59.500Z\"");
    assert_eq!(text(0, 1000), "\"1970-01-01T00:00:00.000001Z\"");
    assert_eq!(text(-62_135_596_800, 1), "\"0001-01-01T00:00:00.000000001Z\"");
    assert!(push_timestamp(&mut Vec::new(), 253_402_300_800, 0).is_err());
    assert!(push_timestamp(&mut Vec::new(), 0, -1).is_err());
    let mut out = Vec::new();
    push_duration(&mut out, 0, -500_000_000).expect("legal");
    push_duration(&mut out, 3, 1).expect("legal");
    assert_eq!(out, b"\"-0.500s\"\"3.000000001s\"");
    assert!(push_duration(&mut Vec::new(), 1, -1).is_err());
    assert!(push_duration(&mut Vec::new(), i64::MIN, 0).is_err());
}

#[test]
fn paths_that_would_not_come_back_have_no_text() {
    assert_eq!(mask_text("foo_bar.baz").as_deref(), Some("fooBar.baz"));
    assert_eq!(mask_path("fooBar.baz").as_deref(), Some("foo_bar.baz"));
    for bad in ["fooBar", "foo_3_bar", "foo__bar", "foo_"] {
        assert_eq!(mask_text(bad), None, "{bad}");
    }
    assert_eq!(mask_path("foo_bar"), None);
}

const SCHEMA: &str = r#"syntax = "proto3";
import "google/protobuf/any.proto";
import "google/protobuf/duration.proto";
import "google/protobuf/field_mask.proto";
import "google/protobuf/struct.proto";
import "google/protobuf/timestamp.proto";
import "google/protobuf/wrappers.proto";
message M {
  int32 a = 1; sint64 b = 2; fixed64 c = 3; double d = 4; float e = 5; bool f = 6; string g = 7; bytes h = 8;
  repeated int32 i = 9; map<string, M> j = 10; map<bool, uint64> k = 11; M l = 12;
  oneof o { string p = 13; int32 q = 14; }
  google.protobuf.Any r = 15; google.protobuf.Duration s = 16; google.protobuf.FieldMask t = 17;
  google.protobuf.Struct u = 18; google.protobuf.Timestamp v = 19; google.protobuf.Int64Value w = 20;
  enum X { Z = 0; Y = 1; } repeated X x = 21; optional int32 y = 22;
}"#;

const SAMPLE: &str = "{\"a\":-1,\"b\":\"-9\",\"c\":\"7\",\"d\":1.5,\"e\":\"NaN\",\"f\":true,\"g\":\"\u{e9}\",\"h\":\"AQ==\",\
    \"i\":[1,2],\"j\":{\"k\":{\"a\":1}},\"k\":{\"true\":\"1\"},\"l\":{\"l\":{}},\"q\":0,\
    \"r\":{\"@type\":\"x/M\",\"a\":1},\"s\":\"1.500s\",\"t\":\"aB,c\",\"u\":{\"x\":[null,1]},\
    \"v\":\"1970-01-01T00:00:00Z\",\"w\":\"5\",\"x\":[\"Y\",7],\"y\":0}";

fn both() -> (super::read::Reader, super::write::Writer, usize) {
    use crate::schema::proto::load::{compile_text, decode_set};
    let pool = std::sync::Arc::new(decode_set(&compile_text("m.proto", SCHEMA).expect("compiles")).expect("resolves"));
    let message = pool.message("M").expect("M");
    let reader = super::read::Reader::new(pool.clone(), crate::column::json::ExtraKeys::Error, 64);
    (reader, super::write::Writer::new(pool, true, 64), message)
}

/// Reads a text; the bytes of the message.
fn encoded(reader: &super::read::Reader, message: usize, text: &[u8]) -> Option<Vec<u8>> {
    let mut cursor = crate::column::json::Cursor::new(text);
    let mut bytes = Vec::new();
    reader.message(message, &mut cursor, &mut bytes, &mut super::read::Work::default()).ok()?;
    cursor.peek().is_none().then_some(bytes)
}

fn written(writer: &super::write::Writer, message: usize, bytes: &[u8]) -> Option<Vec<u8>> {
    let mut text = Vec::new();
    writer.message(message, bytes, &mut text, &mut super::write::Lost::default()).ok()?;
    Some(text)
}

#[test]
fn damaged_text_is_refused_or_means_what_it_says() {
    let (reader, writer, message) = both();
    let sample = encoded(&reader, message, SAMPLE.as_bytes()).expect("legal");
    assert_eq!(written(&writer, message, &sample).as_deref(), Some(SAMPLE.as_bytes()));
    let mut accepted = 0;
    for bit in 0..SAMPLE.len() * 8 {
        let mut text = SAMPLE.as_bytes().to_vec();
        text[bit / 8] ^= 1 << (bit % 8);
        let Some(bytes) = encoded(&reader, message, &text).filter(|_| std::str::from_utf8(&text).is_ok()) else {
            continue;
        };
        // The text that comes out is read as the same message.
        let Some(again) = written(&writer, message, &bytes) else { continue };
        let back = encoded(&reader, message, &again).expect("our own text");
        assert_eq!(written(&writer, message, &back), Some(again));
        accepted += 1;
    }
    assert!(accepted > 10, "{accepted} texts");
    for end in 0..SAMPLE.len() {
        assert_eq!(encoded(&reader, message, &SAMPLE.as_bytes()[..end]), None, "cut at {end}");
    }
}

#[test]
fn damaged_messages_are_refused_or_come_back() {
    let (reader, writer, message) = both();
    let sample = encoded(&reader, message, SAMPLE.as_bytes()).expect("legal");
    let mut accepted = 0;
    for bit in 0..sample.len() * 8 {
        let mut bytes = sample.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        let Some(text) = written(&writer, message, &bytes) else { continue };
        let back = encoded(&reader, message, &text).unwrap_or_else(|| panic!("{}", String::from_utf8_lossy(&text)));
        assert_eq!(written(&writer, message, &back), Some(text));
        accepted += 1;
    }
    assert!(accepted > 10, "{accepted} messages");
}
