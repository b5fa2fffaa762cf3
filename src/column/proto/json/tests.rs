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
