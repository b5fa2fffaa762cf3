use arrow_schema::DataType::{self, Decimal128, Decimal256, Float64, Int64, UInt64};
use proptest::prelude::*;

use super::*;

fn shape(tokens: &[&str]) -> NumberShape {
    let mut shape = NumberShape::default();
    for token in tokens {
        shape.observe(token.as_bytes());
    }
    shape
}

#[test]
fn integers_grow_and_never_become_floats() {
    let forty = "1".repeat(40);
    let cases: [(&[&str], Option<DataType>); 12] = [
        (&["0", "-1"], Some(Int64)),
        (&["9223372036854775807", "-9223372036854775808"], Some(Int64)),
        (&["9223372036854775808"], Some(UInt64)),
        (&["18446744073709551615", "0"], Some(UInt64)),
        (&["18446744073709551615", "-1"], Some(Decimal128(38, 0))),
        (&["18446744073709551616"], Some(Decimal128(38, 0))),
        (&[&forty], Some(Decimal256(76, 0))),
        (&[&forty, "5"], Some(Decimal256(76, 0))),
        (&["00123"], None),
        (&["+5"], None),
        (&["0x1F"], None),
        (&[], None),
    ];
    for (tokens, expected) in cases {
        assert_eq!(shape(tokens).csv_type(Fractions::Auto), expected, "{tokens:?}");
        assert_eq!(shape(tokens).json_type(), expected, "{tokens:?}");
    }
    let long = "1".repeat(77);
    assert_eq!(shape(&[&long]).json_type(), None);
}

/// Tokens, type in CSV, type in JSON, whether CSV changes the text of some.
type Case<'a> = (&'a [&'a str], Option<DataType>, Option<DataType>, bool);

#[test]
fn fractions() {
    let cases: [Case; 17] = [
        (&["1.0", "2.5"], Some(Float64), Some(Float64), false),
        (&["1.50", "2.25"], Some(Decimal128(3, 2)), Some(Float64), false),
        (&["1.50", "2.5"], Some(Float64), Some(Float64), true),
        (&["1", "2.5"], Some(Float64), Some(Float64), true),
        (&["0.05"], Some(Float64), Some(Float64), false),
        (&["0.00"], Some(Decimal128(2, 2)), Some(Float64), false),
        (&["-0.0"], Some(Float64), Some(Float64), false),
        (&["-0"], Some(Float64), Some(Float64), true),
        (&["0.10000000000000001"], Some(Decimal128(17, 17)), Some(Decimal128(17, 17)), false),
        (&["0.12345678901234567890"], Some(Decimal128(20, 20)), Some(Decimal128(20, 20)), false),
        (&["0.10000000000000001", "1.5"], Some(Decimal128(18, 17)), Some(Decimal128(18, 17)), true),
        (&["9007199254740993", "0.5"], Some(Decimal128(17, 1)), Some(Decimal128(17, 1)), true),
        (&["1e400"], None, None, false),
        (&["1e300"], Some(Float64), Some(Float64), true),
        (&["1e-05"], Some(Float64), Some(Float64), true),
        (&["12E5"], None, Some(Float64), false),
        (&["1.5", "x"], None, None, false),
    ];
    for (tokens, csv, json, restyles) in cases {
        let shape = shape(tokens);
        assert_eq!(shape.csv_type(Fractions::Auto), csv, "csv {tokens:?}");
        assert_eq!(shape.json_type(), json, "json {tokens:?}");
        assert_eq!(shape.csv_restyles(Fractions::Auto), restyles, "{tokens:?}");
    }
}

/// Reads a token as `kind` and prints it, with the kernels.
fn reprint(token: &str, kind: &DataType) -> String {
    use crate::column::{decimal, number};
    let token = token.as_bytes();
    let mut out = Vec::new();
    match kind {
        Int64 => number::push_i64(&mut out, number::parse_i64(token).unwrap()),
        UInt64 => number::push_u64(&mut out, number::parse_u64(token).unwrap()),
        Float64 => number::push_f64(&mut out, number::parse_f64(token).unwrap()),
        Decimal128(precision, scale) => {
            decimal::push_i128(&mut out, decimal::parse_i128(token, *precision, *scale).unwrap(), *scale)
        }
        Decimal256(precision, scale) => {
            decimal::push_i256(&mut out, decimal::parse_i256(token, *precision, *scale).unwrap(), *scale)
        }
        other => panic!("{other}"),
    }
    String::from_utf8(out).unwrap()
}

proptest! {
    #[test]
    fn every_number_comes_back(tokens in proptest::collection::vec("-?(0|[1-9][0-9]{0,20})(\\.[0-9]{1,8})?(e-?[0-9]{1,2})?|-?0\\.0{0,8}[0-9]{0,4}1", 1..5)) {
        let tokens: Vec<&str> = tokens.iter().map(String::as_str).collect();
        let shape = shape(&tokens);
        prop_assert!(!shape.is_text());
        if let Some(kind) = shape.csv_type(Fractions::Auto) {
            for token in &tokens {
                let printed = reprint(token, &kind);
                prop_assert!(Decimal::scan(token.as_bytes()).unwrap().same(printed.as_bytes()));
                prop_assert_eq!(token.starts_with('-') && kind == Float64, printed.starts_with('-') && kind == Float64);
                if !shape.csv_restyles(Fractions::Auto) {
                    prop_assert_eq!(&printed, token);
                }
            }
        }
        if let Some(kind) = shape.json_type() {
            for token in &tokens {
                prop_assert!(Decimal::scan(token.as_bytes()).unwrap().same(reprint(token, &kind).as_bytes()));
            }
        }
    }

    /// A column of plain fractions is a float without note exactly when each prints back.
    #[test]
    fn float_text_is_exact(token in "-?(0|[1-9][0-9]{0,17})\\.[0-9]{1,18}|-?0\\.0{0,7}[1-9]{1,5}0?") {
        let value: f64 = token.parse().unwrap();
        let mut printed = Vec::new();
        number::push_f64(&mut printed, value);
        let shape = shape(&[&token]);
        let found = shape.csv_type(Fractions::Auto) == Some(Float64) && !shape.csv_restyles(Fractions::Auto);
        prop_assert_eq!(found, printed == token.as_bytes(), "{}", token);
    }

    #[test]
    fn merging_is_observing_all(tokens in proptest::collection::vec("-?(0|[1-9][0-9]{0,40})(\\.[0-9]{1,4})?(e[0-9])?|0?1x?", 0..6), at in 0_usize..6) {
        let tokens: Vec<&str> = tokens.iter().map(String::as_str).collect();
        let (left, right) = tokens.split_at(at.min(tokens.len()));
        let mut merged = shape(left);
        merged.merge(&shape(right));
        let mut reversed = shape(right);
        reversed.merge(&shape(left));
        let whole = shape(&tokens);
        for found in [merged, reversed] {
            prop_assert_eq!(found.csv_type(Fractions::Auto), whole.csv_type(Fractions::Auto));
            prop_assert_eq!(found.json_type(), whole.json_type());
            prop_assert_eq!(found.is_text(), whole.is_text());
        }
    }
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(5000))]

    #[test]
    fn the_quick_look_at_numbers_sees_the_same(
        tokens in proptest::collection::vec("-?(0|[1-9][0-9]{0,3}|[0-9]{1,20})([.](0|00|[0-9]{1,3}|0000[0-9]|[0-9]{0,20}))?|[1-9]e[0-9]|x", 1..6),
    ) {
        let (mut quick, mut exact) = (NumberShape::default(), NumberShape::default());
        for token in &tokens {
            let seen = quick.observe(token.as_bytes());
            proptest::prop_assert_eq!(seen, !exact.is_text() && exact.any(token.as_bytes()), "{:?}", &tokens);
            proptest::prop_assert_eq!(quick, exact, "{:?}", &tokens);
        }
    }
}

proptest! {
    #[test]
    fn what_is_known_of_a_number_changes_nothing(
        tokens in prop::collection::vec("-?(0|[1-9][0-9]{0,3}|[1-9][0-9]{12,18})(\\.[0-9]{1,6}|\\.0000[0-9]|)", 1..30),
    ) {
        let mut shape = NumberShape::default();
        for token in &tokens {
            let body = token.trim_start_matches('-');
            let (whole, fraction) = body.split_once('.').unwrap_or((body, ""));
            let digits: u64 = match format!("{whole}{fraction}").parse() {
                Ok(digits) => digits,
                Err(_) => continue,
            };
            let known = shape.knows(token.starts_with('-'), digits, whole.len() as u32, fraction.len() as u32);
            let before = shape;
            shape.observe(token.as_bytes());
            prop_assert!(!known || shape == before, "{} in {:?}", token, before);
        }
        // Most of what was seen once is known.
        let plain = NumberShape::default();
        prop_assert!(!plain.knows(false, 1, 1, 0) && !plain.knows(false, 15, 1, 1));
    }
}

#[test]
fn usual_numbers_are_known_when_they_come_again() {
    let mut shape = shape(&["-1234567890123456789", "-12.345", "1.5"]);
    assert!(
        shape.knows(false, 7, 1, 0)
            && shape.knows(true, 999, 3, 0)
            && shape.knows(false, 123_456_789_012_345_678, 18, 0)
    );
    assert!(shape.knows(false, 15, 1, 1) && shape.knows(true, 9999, 1, 3));
    assert!(!shape.knows(false, 15, 1, 4) && !shape.knows(true, 0, 1, 0));
    assert!(!shape.knows(false, 9_223_372_036_854_775_808, 19, 0), "the first that is too large for 64 bits");
    shape.observe(b"18446744073709551616");
    assert!(shape.knows(false, 7, 1, 0));
    let whole = self::shape(&["7.0"]);
    assert!(whole.knows(false, 30, 1, 1) && !whole.knows(false, 31, 1, 1), "the zero of `.0` does not matter");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3000))]

    /// What is read and looked at in one go has the value that the parser reads, and shows what a look shows.
    #[test]
    fn numbers_that_are_read_are_looked_at(
        tokens in prop::collection::vec(
            "-?(0|[1-9][0-9]{0,3}|[0-9]{1,19})([.](0|00|[0-9]{1,3}|0000[0-9]|[0-9]{0,17}))?(e-?0?[0-9]{1,2})?|-?0[.][0-9]{16,17}|-?0[.]0{1,9}[1-9][0-9]{12,17}|-?[1-9][0-9]{0,2}[.]0|-?[1-9][.][0-9]{14,16}e-0[0-9]",
            1..12,
        ),
        floats in prop::collection::vec(
            prop_oneof![any::<f64>().prop_filter("finite", |value| value.is_finite()), -1e-2..1e-2],
            0..6,
        ),
        before in "[0-9.,\"-]{0,26}",
    ) {
        let printed = floats.iter().flat_map(|value| [format!("{value}"), format!("{value:e}")]);
        let tokens: Vec<String> = tokens.into_iter().chain(printed).collect();
        // Once more from the start: by then much is known.
        let all = || tokens.iter().chain(&tokens).map(String::as_bytes);
        let [mut doubles, mut integers, mut decimals, mut seen] = [NumberShape::default(); 4];
        for token in all() {
            let number = seen.observe(token);
            // Behind a value that makes the column text nothing is read.
            let ends = seen.is_text();
            let text = [before.as_bytes(), token].concat();
            let there = digits::Token::new(&text, before.len(), text.len()).unwrap();
            let double = doubles.read_f64(there);
            let wanted = number::parse_f64(token).ok().filter(|_| number);
            prop_assert_eq!(double.map(f64::to_bits), wanted.map(f64::to_bits));
            let integer = integers.read_i64(there);
            prop_assert_eq!(integer, number::parse_i64(token).ok().filter(|_| number));
            let decimal = decimals.read_i128(there, 30, 9);
            prop_assert_eq!(decimal, crate::column::decimal::parse_i128(token, 30, 9).ok().filter(|_| number));
            prop_assert_eq!((doubles, integers, decimals), (seen, seen, seen), "{:?}", String::from_utf8_lossy(token));
            if ends {
                break;
            }
        }
    }
}
