//! Against the specification, on texts and bytes written by hand; damaged texts. Against another implementation:
//! `formats/protobuf/tests/text.rs`.

use std::sync::Arc;

use super::read::Reader;
use super::write::{Style, Writer};
use crate::code::Code;
use crate::error::{ErrorKind, Result};
use crate::schema::proto::load::{compile_text, decode_set};
use crate::schema::proto::pool::Pool;

const SCHEMA: &str = "syntax = \"proto2\"; package p;
    import \"google/protobuf/any.proto\";
    message M {
      optional int32 i = 1; optional uint64 u = 2; optional double d = 3; optional float f = 4; optional bool b = 5;
      optional string s = 6; optional bytes y = 7; optional Color c = 8; optional M m = 9;
      repeated sint32 many = 10 [packed = true]; repeated string texts = 11; map<string, int32> map = 12;
      optional group Part = 13 { optional fixed32 x = 1; }
      oneof one { int32 left = 14; string right = 15; }
      optional google.protobuf.Any any = 16;
      extensions 100 to 200;
    }
    enum Color { RED = 0; GREEN = 5; }
    extend M { optional int32 more = 100; repeated M rest = 101; }";

fn pool() -> Arc<Pool> {
    Arc::new(decode_set(&compile_text("m.proto", SCHEMA).expect("compiles")).expect("resolves"))
}

fn encoded(text: &str) -> Result<Vec<u8>> {
    let pool = pool();
    let mut out = Vec::new();
    Reader::new(pool.clone(), 64).message(pool.message("p.M").expect("M"), text.as_bytes(), &mut out).map(|()| out)
}

fn written(bytes: &[u8], style: Style) -> String {
    let pool = pool();
    let mut out = Vec::new();
    Writer::new(pool.clone(), style, 64).message(pool.message("p.M").expect("M"), bytes, &mut out).expect("written");
    String::from_utf8(out).expect("text")
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn values_are_read_as_the_specification_says() {
    for (text, bytes) in [
        ("", ""),
        ("# nothing\n", ""),
        ("i: 10", "080a"),
        ("i: 0x1F;", "081f"),
        ("i: 017,", "080f"),
        ("i: - 1", "08ffffffffffffffffff01"),
        ("u: 18446744073709551615", "10ffffffffffffffffff01"),
        ("d: 1", "19000000000000f03f"),
        ("d: 1.5f", "19000000000000f83f"),
        ("d: .5", "19000000000000e03f"),
        ("d: 5e-1", "19000000000000e03f"),
        ("d: -inf", "19000000000000f0ff"),
        ("d: Infinity", "19000000000000f07f"),
        ("f: nan", "250000c07f"),
        ("f: 0.1", "25cdcccc3d"),
        ("b: t b2: 1", ""),
        ("b: True", "2801"),
        ("b: 0", "2800"),
        ("s: 'a' \"b\\n\\x41\\101\\u00e9\\U0001F600\\?\"", "320c61620a4141c3a9f09f98803f"),
        ("y: '\\377\\0'", "3a02ff00"),
        ("c: GREEN", "4005"),
        ("c: 7", "4007"),
        ("m { i: 1 }", "4a020801"),
        ("m: < i: 1 >", "4a020801"),
        ("many: [1, -1] many: 2", "52030201 04"),
        ("many: 1 i: 5 many: 2", "520102 0805 520104"),
        ("texts: []", ""),
        ("texts: ['a', 'b'] texts: 'c'", "5a0161 5a0162 5a0163"),
        ("map { key: 'k' value: 2 } map: [{ key: 'l' }]", "62050a016b1002 62030a016c"),
        ("Part { x: 1 }", "6b0d010000006c"),
        ("part { x: 1 }", "6b0d010000006c"),
        ("[p.more]: 3 [p.rest] { i: 1 }", "a00603 aa06020801"),
        ("1: 10", "080a"),
        ("any { [type.googleapis.com/p.M] { i: 1 } }", "8201 1f 0a19 747970652e676f6f676c65617069732e636f6d2f702e4d"),
    ] {
        if text == "b: t b2: 1" {
            assert_eq!(encoded(text).expect_err(text).code(), Some(Code::ExtraKey));
            continue;
        }
        let mut expected = bytes.replace(' ', "");
        if text.starts_with("any") {
            // 25 bytes of the type, then field 2 with the message.
            let url = "type.googleapis.com/p.M".bytes().map(|byte| format!("{byte:02x}")).collect::<String>();
            let inner = format!("0a{:02x}{url}12020801", url.len() / 2);
            expected = format!("8201{:02x}{inner}", inner.len() / 2);
        }
        let found = encoded(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(hex(&found), expected, "{text}");
    }
}

#[test]
fn what_a_field_does_not_hold_is_refused() {
    for (text, code) in [
        ("i: 2147483648", Code::IntRange),
        ("i: 1.5", Code::Token),
        ("i: 'a'", Code::Token),
        ("u: -1", Code::IntRange),
        ("u: 18446744073709551616", Code::IntRange),
        ("d: 1e400", Code::FloatRange),
        ("d: 0x10", Code::Token),
        ("d: 010", Code::Token),
        ("d: 9007199254740993", Code::FloatDigits),
        ("b: 2", Code::Token),
        ("c: BLUE", Code::Enum),
        ("i: 1 i: 2", Code::DuplicateKey),
        ("left: 1 right: 'a'", Code::OneOf),
        ("nothing: 1", Code::ExtraKey),
        ("[p.none]: 1", Code::ExtraKey),
        ("any { [x/p.None] { } }", Code::Token),
    ] {
        let error = encoded(text).expect_err(text);
        let expected = if text == "i: 'a'" { None } else { Some(code) };
        assert_eq!(error.code(), expected, "{text}: {error}");
    }
    for text in
        ["i 1", "i:", "m {", "m }", "s: 'a", "s: '\\q'", "s: \"a\nb\"", "many: [1", "i: 1 }", "[p.more: 1", "0: 1"]
    {
        assert_eq!(encoded(text).expect_err(text).kind(), ErrorKind::Malformed, "{text}");
    }
    let deep = "m {".repeat(100) + &"}".repeat(100);
    assert!(encoded(&deep).is_err());
}

const SAMPLE: &str = "i: -1 u: 18446744073709551615 d: 1.5 f: 0.1 b: true s: \"\u{e9}\\n\\\"\" y: \"\\377a\" c: GREEN \
     m { i: 0 } many: 1 many: -1 texts: \"a\" texts: \"\" map { key: \"k\" value: 2 } Part { x: 1 } right: \"r\" \
     any { [type.googleapis.com/p.M] { many: 1 many: 2 } } 99: 5 [p.more]: 3 [p.rest] { i: 1 } 300: 0x00000001 \
     301: 0x0000000000000001 302: \"b\" 303 { 1: 5 }";

#[test]
fn a_message_comes_back_from_its_text() {
    let bytes = encoded(SAMPLE).expect("legal");
    assert_eq!(written(&bytes, Style::Line), SAMPLE);
    let blocks = written(&bytes, Style::Blocks);
    assert!(blocks.starts_with("i: -1\nu: 18446744073709551615\nd: 1.5\n"), "{blocks}");
    assert!(blocks.contains("\nmap {\n  key: \"k\"\n  value: 2\n}\nPart {\n  x: 1\n}\n"), "{blocks}");
    assert!(blocks.contains("\nany {\n  [type.googleapis.com/p.M] {\n    many: 1\n    many: 2\n  }\n}\n"), "{blocks}");
    assert_eq!(encoded(&blocks).expect("legal"), bytes);
}

#[test]
fn an_any_whose_bytes_would_not_come_back_stays_bytes() {
    // Field 2 before field 1 inside; a field that is not packed, though its schema says so.
    for inner in ["10050801", "5002"] {
        let url = "type.googleapis.com/p.M";
        let value: Vec<u8> =
            (0..inner.len()).step_by(2).map(|at| u8::from_str_radix(&inner[at..at + 2], 16).expect("hex")).collect();
        let mut any = vec![0x0a, url.len() as u8];
        any.extend_from_slice(url.as_bytes());
        any.extend_from_slice(&[0x12, value.len() as u8]);
        any.extend_from_slice(&value);
        let mut bytes = vec![0x82, 0x01, any.len() as u8];
        bytes.extend_from_slice(&any);
        let text = written(&bytes, Style::Line);
        assert!(text.starts_with("any { type_url: \"type.googleapis.com/p.M\" value: \""), "{text}");
        assert_eq!(encoded(&text).expect("legal"), bytes);
    }
}

#[test]
fn damaged_texts_are_refused_or_mean_what_they_say() {
    let mut accepted = 0;
    for bit in 0..SAMPLE.len() * 8 {
        let mut text = SAMPLE.as_bytes().to_vec();
        text[bit / 8] ^= 1 << (bit % 8);
        let Ok(text) = String::from_utf8(text) else { continue };
        let Ok(bytes) = encoded(&text) else { continue };
        let again = written(&bytes, Style::Line);
        let back = encoded(&again).unwrap_or_else(|error| panic!("{text}: {error}: {again}"));
        assert_eq!(written(&back, Style::Line), again);
        accepted += 1;
    }
    assert!(accepted > 100, "{accepted} texts");
}
