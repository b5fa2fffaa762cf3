use proptest::prelude::*;

use super::*;

fn text(push: impl FnOnce(&mut Vec<u8>)) -> String {
    let mut out = Vec::new();
    push(&mut out);
    String::from_utf8(out).unwrap()
}

#[test]
fn text_is_exact() {
    for (value, scale, expected) in [
        (0, 0, "0"),
        (0, 2, "0.00"),
        (0, -2, "0"),
        (-5, 2, "-0.05"),
        (150, 2, "1.50"),
        (12, -2, "1200"),
        (i128::MAX, 38, "1.70141183460469231731687303715884105727"),
        (i128::MIN, 0, "-170141183460469231731687303715884105728"),
    ] {
        assert_eq!(text(|out| push_i128(out, value, scale)), expected);
        assert_eq!(text(|out| push_i256(out, i256::from_i128(value), scale)), expected);
    }
    let digits = format!("{}{}", "1234567890".repeat(7), "123456");
    let value = i256::from_string(&digits).unwrap();
    assert_eq!(text(|out| push_i256(out, value, 0)), digits);
    assert_eq!(text(|out| push_i256(out, i256::MIN, 0)), i256::MIN.to_string());
    assert_eq!(parse_i256(digits.as_bytes(), 76, 0), Ok(value));
}

#[test]
fn digits_that_do_not_fit_are_faults() {
    assert_eq!(parse_i128(b"1.25", 5, 2), Ok(125));
    assert_eq!(parse_i128(b"1.250000", 5, 2), Ok(125));
    assert_eq!(parse_i128(b"1e2", 5, 2), Ok(10000));
    assert_eq!(parse_i128(b"1200", 2, -2), Ok(12));
    assert_eq!(parse_i128(b"1.255", 5, 2), Err(NumberFault::Scale));
    assert_eq!(parse_i128(b"1000", 5, 2), Err(NumberFault::Precision));
    assert_eq!(parse_i128(b"1e999999999", 38, 2), Err(NumberFault::Precision));
    assert_eq!(parse_i128(b"1e-999999999", 38, 2), Err(NumberFault::Scale));
    assert_eq!(parse_i256(b"1e999999999", 76, 2), Err(NumberFault::Precision));
    assert_eq!(parse_i256(b"1e-999999999", 76, 2), Err(NumberFault::Scale));
    for token in ["", "-", ".", "1.2.3", "1,2", "abc", "NaN"] {
        assert_eq!(parse_i128(token.as_bytes(), 38, 2), Err(NumberFault::Syntax), "{token}");
        assert_eq!(parse_i256(token.as_bytes(), 76, 2), Err(NumberFault::Syntax), "{token}");
    }
}

#[test]
fn bytes_are_minimal() {
    for (value, expected) in [
        (0, &[0][..]),
        (1, &[1]),
        (127, &[127]),
        (128, &[0, 128]),
        (-1, &[0xff]),
        (-128, &[0x80]),
        (-129, &[0xff, 0x7f]),
        (256, &[1, 0]),
    ] {
        let mut out = Vec::new();
        to_be_bytes_i128(&mut out, value);
        assert_eq!(out, expected, "{value}");
        assert_eq!(from_be_bytes_i128(&out), Some(value));
    }
    assert_eq!(from_be_bytes_i128(&[]), Some(0));
    assert_eq!(from_be_bytes_i128(&[0; 40]), Some(0));
    assert_eq!(from_be_bytes_i128(&[0xff; 40]), Some(-1));
    assert_eq!(from_be_bytes_i128(&[1; 17]), None);
    assert_eq!(from_be_bytes_i256(&[1; 33]), None);
}

proptest! {
    #[test]
    fn decimals_read_back(value: i128, scale in -20_i8..=38) {
        let value = value % 10_i128.pow(38);
        let printed = text(|out| push_i128(out, value, scale));
        prop_assert_eq!(parse_i128(printed.as_bytes(), 38, scale), Ok(value));
        prop_assert_eq!(parse_i256(printed.as_bytes(), 76, scale), Ok(i256::from_i128(value)));
    }

    #[test]
    fn short_decimals_read_back(value in -99999_i64..=99999, scale in 0_i8..=6) {
        let printed = text(|out| push_i128(out, value.into(), scale));
        prop_assert_eq!(parse_i128(printed.as_bytes(), 38, scale), Ok(value.into()));
        prop_assert_eq!(parse_i128(printed.as_bytes(), 38, scale + 3), Ok(i128::from(value) * 1000));
        let fits = value.unsigned_abs() < 1000;
        prop_assert_eq!(parse_i128(printed.as_bytes(), 3, scale).is_ok(), fits);
    }

    #[test]
    fn wide_decimals_agree_with_arrow(high: i128, low: u128, scale in 0_i8..=76) {
        let value = i256::from_parts(low, high);
        prop_assert_eq!(text(|out| push_i256(out, value, 0)), value.to_string());
        let mut out = Vec::new();
        to_be_bytes_i256(&mut out, value);
        prop_assert_eq!(from_be_bytes_i256(&out), Some(value));
        let short = value.wrapping_rem(power_i256(76).unwrap());
        let printed = text(|out| push_i256(out, short, scale));
        prop_assert_eq!(parse_i256(printed.as_bytes(), 76, scale), Ok(short));
        prop_assert!(precision_fits_i256(short, 76));
    }

    #[test]
    fn rescaling_changes_nothing(value: i64, from in 0_i8..=10, to in 0_i8..=10) {
        let printed = text(|out| push_i128(out, value.into(), from));
        let expected = parse_i128(printed.as_bytes(), 38, to);
        prop_assert_eq!(rescale_i128(value.into(), from, to), expected);
        prop_assert_eq!(rescale_i256(i256::from_i128(value.into()), from, to), expected.map(i256::from_i128));
    }

    #[test]
    fn bytes_agree_with_twos_complement(value: i128) {
        let mut out = Vec::new();
        to_be_bytes_i128(&mut out, value);
        prop_assert_eq!(from_be_bytes_i128(&out), Some(value));
        let fill = if value < 0 { 0xff } else { 0 };
        let mut wide = vec![fill; 16 - out.len()];
        wide.extend_from_slice(&out);
        prop_assert_eq!(wide, value.to_be_bytes());
    }
}
