//! Bytes by hand, from the tables of `VariantEncoding.md`.

use std::sync::Arc;

use arrow_array::Array;
use arrow_array::cast::AsArray;

use crate::code::Code;
use crate::column::json::{ReadRules, ValueDecoder, ValueWriter, WriteRules, variant};
use crate::error::Result;
use crate::policy::Policies;

fn read_with(text: &str, policies: &str) -> Result<(Vec<u8>, Vec<u8>, String)> {
    let mut rules = ReadRules::default();
    if !policies.is_empty() {
        rules.policies = Policies::default();
        rules.policies.set(policies.parse().unwrap());
    }
    let field = Arc::new(variant("v"));
    let mut decoder = ValueDecoder::new(&field, Arc::new(rules))?;
    decoder.append_nulls(1);
    decoder.append(text.as_bytes())?;
    let array = decoder.finish()?;
    assert_eq!((array.len(), array.null_count()), (2, 1));
    let mut back = Vec::new();
    ValueWriter::new(&field, &array, &WriteRules::default())?.push(&mut back, 1)?;
    let bytes = |index: usize| array.as_struct().column(index).as_binary::<i32>().value(1).to_vec();
    Ok((bytes(0), bytes(1), String::from_utf8(back).unwrap()))
}

fn read(text: &str) -> Result<(Vec<u8>, Vec<u8>, String)> {
    read_with(text, "")
}

/// The bytes of a value without names, which is written again as the same text.
fn value(text: &str) -> Vec<u8> {
    let (metadata, value, back) = read(text).unwrap_or_else(|error| panic!("{text}: {error:?}"));
    assert_eq!(metadata, [1, 0, 0], "{text}");
    assert_eq!(back, text);
    value
}

#[test]
fn integers_take_the_fewest_bytes() {
    let cases: &[(&str, &[u8])] = &[
        ("0", &[0x0c, 0]),
        ("127", &[0x0c, 0x7f]),
        ("-128", &[0x0c, 0x80]),
        ("128", &[0x10, 0x80, 0]),
        ("-129", &[0x10, 0x7f, 0xff]),
        ("32767", &[0x10, 0xff, 0x7f]),
        ("40000", &[0x14, 0x40, 0x9c, 0, 0]),
        ("-2147483648", &[0x14, 0, 0, 0, 0x80]),
        ("2147483648", &[0x18, 0, 0, 0, 0x80, 0, 0, 0, 0]),
        ("9007199254740993", &[0x18, 1, 0, 0, 0, 0, 0, 0x20, 0]),
        ("-9223372036854775808", &[0x18, 0, 0, 0, 0, 0, 0, 0, 0x80]),
    ];
    for (text, bytes) in cases {
        assert_eq!(value(text), *bytes, "{text}");
    }
}

#[test]
fn other_numbers_are_decimals_or_doubles() {
    assert_eq!(value("1.50"), [0x20, 2, 150, 0, 0, 0]);
    assert_eq!(value("-0.5"), [0x20, 1, 0xfb, 0xff, 0xff, 0xff]);
    // As many digits behind the point as a decimal of its width has.
    assert_eq!(value("0.0000000001"), [0x24, 10, 1, 0, 0, 0, 0, 0, 0, 0]);
    assert_eq!(value("12345678901.5"), [&[0x24, 1][..], &123_456_789_015_i64.to_le_bytes()].concat());
    let wide = value("18446744073709551615");
    assert_eq!(wide, [&[0x28, 0][..], &u128::from(u64::MAX).to_le_bytes()].concat());
    assert_eq!(value("0.12345678901234567890123")[..2], [0x28, 23]);
    assert_eq!(value("99999999999999999999999999999999999999")[0], 0x28);
    // A sign of zero, and powers of ten.
    assert_eq!(value("-0.0"), [&[0x1c][..], &(-0.0_f64).to_le_bytes()].concat());
    assert_eq!(value("1e+300"), [&[0x1c][..], &1e300_f64.to_le_bytes()].concat());
    let (_, bytes, back) = read("1.5e3").unwrap();
    assert_eq!((bytes, &*back), ([&[0x1c][..], &1500_f64.to_le_bytes()].concat(), "1500.0"));
    // No double is this number, but a decimal is.
    let (_, bytes, back) = read("1.2345678901234567890e2").unwrap();
    assert_eq!((bytes[0], &*back), (0x28, "123.45678901234567890".trim_end_matches('0')));
    // Neither.
    for (text, code) in [
        ("1e400", Code::FloatRange),
        ("0.123456789012345678901234567890123456789", Code::FloatDigits),
        ("123456789012345678901234567890123456789", Code::FloatDigits),
    ] {
        let error = read(&format!("[{text}]")).unwrap_err();
        assert_eq!((error.code(), error.origin().byte), (Some(code), Some(1)), "{text}: {error}");
        assert!(error.ways().is_some_and(<[_]>::is_empty));
    }
}

#[test]
fn words_and_texts() {
    assert_eq!(value("true"), [4]);
    assert_eq!(value("false"), [8]);
    assert_eq!(value("\"a\\\"é\""), [&[4 << 2 | 1][..], "a\"é".as_bytes()].concat());
    let long = "x".repeat(64);
    assert_eq!(value(&format!("\"{long}\"")), [&[0x40, 64, 0, 0, 0][..], long.as_bytes()].concat());
    assert_eq!(value(&format!("\"{}\"", "x".repeat(63)))[0], 63 << 2 | 1);
    assert_eq!(read("\"\\ud800\"").unwrap_err().code(), Some(Code::Utf8));
}

#[test]
fn members_stand_in_the_order_of_their_names() {
    assert_eq!(value("[]"), [3, 0, 0]);
    assert_eq!(value("[null,true]"), [3, 2, 0, 1, 2, 0, 4]);
    assert_eq!(value("{}"), [2, 0, 0]);
    let (metadata, value, back) = read(" { \"b\" : 1 , \"a\" : [ true, null ] } ").unwrap();
    assert_eq!(metadata, [0x11, 2, 0, 1, 2, b'a', b'b']);
    assert_eq!(value, [2, 2, 0, 1, 0, 7, 9, 3, 2, 0, 1, 2, 4, 0, 0x0c, 1]);
    assert_eq!(back, "{\"a\":[true,null],\"b\":1}");
    // Names of all levels stand once; escapes are no part of them.
    let (metadata, _, back) = read("{\"x\":{\"\\u0078\":{\"y\":[]}},\"y\":{\"x\":2}}").unwrap();
    assert_eq!(metadata, [0x11, 2, 0, 1, 2, b'x', b'y']);
    assert_eq!(back, "{\"x\":{\"x\":{\"y\":[]}},\"y\":{\"x\":2}}");
    // Widths beyond one byte: of counts, ids and offsets.
    let names: Vec<String> = (0..300).map(|index| format!("\"name{index:04}\":\"{}\"", "v".repeat(300))).collect();
    let text = format!("{{{}}}", names.join(","));
    let (metadata, value, back) = read(&text).unwrap();
    assert_eq!((metadata[0], &metadata[1..3]), (0x11 | 1 << 6, &300_u16.to_le_bytes()[..]));
    assert_eq!((value[0], &value[1..5]), ((1 << 4 | 1 << 2 | 2) << 2 | 2, &300_u32.to_le_bytes()[..]));
    assert_eq!(back, text);
}

#[test]
fn keys_that_stand_twice_are_refused_or_taken_as_told() {
    let text = "[{\"a\":1,\"b\":\"x\",\"a\":2}]";
    let error = read(text).unwrap_err();
    assert_eq!((error.code(), error.origin().byte), (Some(Code::DuplicateKey), Some(16)));
    assert!(error.message().contains("\"a\""), "{error}");
    assert_eq!(read_with(text, "V-DUP-KEY=first").unwrap().2, "[{\"a\":1,\"b\":\"x\"}]");
    assert_eq!(read_with(text, "V-DUP-KEY=last").unwrap().2, "[{\"a\":2,\"b\":\"x\"}]");
}

#[test]
fn what_is_not_json_or_too_deep_is_refused() {
    for bad in ["", "{\"a\"}", "[1,]", "{\"a\":1,}", "[1", "nul", "01", "{1:2}", "1 2"] {
        assert!(read(bad).is_err(), "{bad}");
    }
    let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
    assert!(read(&nested(256)).is_ok());
    assert_eq!(read(&nested(257)).unwrap_err().code(), Some(Code::Depth));
}
