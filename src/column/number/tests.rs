use half::f16;
use proptest::prelude::*;

use super::*;

fn text(push: impl FnOnce(&mut Vec<u8>)) -> String {
    let mut out = Vec::new();
    push(&mut out);
    String::from_utf8(out).unwrap()
}

#[test]
fn integers_are_evaluated_as_decimal_text() {
    for (token, expected) in [
        ("0", Ok(0)),
        ("-0", Ok(0)),
        ("-0.000e5", Ok(0)),
        ("1.0", Ok(1)),
        ("1e3", Ok(1000)),
        ("12.5e1", Ok(125)),
        ("9223372036854775807", Ok(i64::MAX)),
        ("-9223372036854775808", Ok(i64::MIN)),
        ("9223372036854775807.00", Ok(i64::MAX)),
        ("922337203685477580700e-2", Ok(i64::MAX)),
        ("9223372036854775808", Err(NumberFault::Range)),
        ("1e999999999999999999999", Err(NumberFault::Range)),
        ("0e999999999999999999999", Ok(0)),
        ("1.5", Err(NumberFault::Fraction)),
        ("1e-1", Err(NumberFault::Fraction)),
        ("1e-99999999999999999999", Err(NumberFault::Fraction)),
        ("", Err(NumberFault::Syntax)),
        ("-", Err(NumberFault::Syntax)),
        (".", Err(NumberFault::Syntax)),
        ("1e", Err(NumberFault::Syntax)),
        ("1e+", Err(NumberFault::Syntax)),
        (" 1", Err(NumberFault::Syntax)),
        ("1_000", Err(NumberFault::Syntax)),
        ("0x1F", Err(NumberFault::Syntax)),
        ("--1", Err(NumberFault::Syntax)),
    ] {
        assert_eq!(parse_i64(token.as_bytes()), expected, "{token}");
    }
    assert_eq!(parse_u64(b"18446744073709551615"), Ok(u64::MAX));
    assert_eq!(parse_u64(b"18446744073709551616"), Err(NumberFault::Range));
    assert_eq!(parse_u64(b"-1"), Err(NumberFault::Range));
    assert_eq!(parse_u64(b"-0"), Ok(0));
}

#[test]
fn floats_that_lose_digits_are_faults() {
    for (token, expected) in [
        ("0.1", Ok(0.1)),
        ("-0", Ok(-0.0)),
        ("1e308", Ok(1e308)),
        ("5e-324", Ok(5e-324)),
        ("9007199254740993", Err(NumberFault::Digits)),
        ("9007199254740992", Ok(9007199254740992.0)),
        ("0.10000000000000001", Err(NumberFault::Digits)),
        ("3.14159265358979323846264338327950288", Err(NumberFault::Digits)),
        ("0.1000000000000000000000", Ok(0.1)),
        ("100000000000000000000000", Ok(1e23)),
        ("3e-324", Err(NumberFault::Digits)),
        ("1e-400", Err(NumberFault::Digits)),
        ("0e-400", Ok(0.0)),
        ("0.000000000000000000000000", Ok(0.0)),
        ("1e309", Err(NumberFault::FloatRange)),
        ("-1e400", Err(NumberFault::FloatRange)),
        ("nan", Err(NumberFault::Syntax)),
        ("-inf", Err(NumberFault::Syntax)),
        ("infinity", Err(NumberFault::Syntax)),
        ("", Err(NumberFault::Syntax)),
        ("-", Err(NumberFault::Syntax)),
        (".", Err(NumberFault::Syntax)),
        ("1e", Err(NumberFault::Syntax)),
        ("1x", Err(NumberFault::Syntax)),
    ] {
        assert_eq!(parse_f64(token.as_bytes()).map(f64::to_bits), expected.map(f64::to_bits), "{token}");
    }
    assert_eq!(parse_f32(b"16777217"), Err(NumberFault::Digits));
    assert_eq!(parse_f32(b"0.1"), Ok(0.1));
    assert_eq!(parse_f32(b"3.4e39"), Err(NumberFault::FloatRange));
    assert_eq!(parse_f16(b"2049"), Err(NumberFault::Digits));
    assert_eq!(parse_f16(b"65520"), Err(NumberFault::FloatRange));
    assert_eq!(parse_f16(b"0.1"), Ok(f16::from_f64(0.1)));
}

#[test]
fn floats_print_as_json_numbers() {
    for (value, expected) in
        [(1.0, "1.0"), (-0.0, "-0.0"), (0.1, "0.1"), (1e300, "1e+300"), (1e-7, "1e-7"), (123456.75, "123456.75")]
    {
        assert_eq!(text(|out| push_f64(out, value)), expected);
    }
    assert_eq!(text(|out| push_f32(out, 0.1)), "0.1");
    assert_eq!(text(|out| push_f64(out, f64::NAN)), "NaN");
    assert_eq!(text(|out| push_f64(out, f64::NEG_INFINITY)), "-inf");
}

#[test]
fn every_f16_reads_back() {
    for bits in 0..=u16::MAX {
        let value = f16::from_bits(bits);
        if value.is_finite() {
            let printed = text(|out| push_f16(out, value));
            assert!(printed.len() <= 12, "{printed}");
            assert_eq!(parse_f16(printed.as_bytes()).map(f16::to_bits), Ok(bits), "{printed}");
            let _: serde_json::Number = printed.parse().unwrap();
        }
    }
}

proptest! {
    #[test]
    fn integers_agree_with_std(value: i64, other: u64) {
        prop_assert_eq!(text(|out| push_i64(out, value)), value.to_string());
        prop_assert_eq!(text(|out| push_u64(out, other)), other.to_string());
        prop_assert_eq!(parse_i64(value.to_string().as_bytes()), Ok(value));
        prop_assert_eq!(parse_u64(other.to_string().as_bytes()), Ok(other));
        let signed = i64::try_from(other).map_err(|_| NumberFault::Range);
        prop_assert_eq!(parse_i64(other.to_string().as_bytes()), signed);
    }

    #[test]
    fn shifted_integers_are_the_same(value: i32, zeros in 0_usize..9) {
        let shifted = format!("{value}{}e-{zeros}", "0".repeat(zeros));
        prop_assert_eq!(parse_i64(shifted.as_bytes()), Ok(i64::from(value)));
        let fraction = format!("{value}.{}", "0".repeat(zeros));
        prop_assert_eq!(parse_i64(fraction.as_bytes()), Ok(i64::from(value)));
    }

    #[test]
    fn floats_read_back(bits: u64, short: u32) {
        let value = f64::from_bits(bits);
        if value.is_finite() {
            let printed = text(|out| push_f64(out, value));
            prop_assert_eq!(printed.parse::<f64>().unwrap().to_bits(), bits);
            prop_assert_eq!(parse_f64(printed.as_bytes()).map(f64::to_bits), Ok(bits));
            prop_assert!(printed.parse::<serde_json::Number>().is_ok());
        }
        let value = f32::from_bits(short);
        if value.is_finite() {
            let printed = text(|out| push_f32(out, value));
            prop_assert_eq!(printed.parse::<f32>().unwrap().to_bits(), short);
            prop_assert_eq!(parse_f32(printed.as_bytes()).map(f32::to_bits), Ok(short));
        }
    }

    /// The oracle prints with all digits (`{:.60}` is exact enough to tell any two doubles of this size apart).
    #[test]
    fn digits_are_a_fault_exactly_when_the_shortest_print_differs(token in "-?[1-9][0-9]{0,20}(\\.[0-9]{1,20})?(e-?[0-9]{1,3})?") {
        let expected: f64 = token.parse().unwrap();
        let found = parse_f64(token.as_bytes());
        if expected.is_infinite() {
            prop_assert_eq!(found, Err(NumberFault::FloatRange));
        } else {
            // Where two shortest texts are equally near, the standard library may print the other one.
            let (oracle, printed) = (format!("{expected:e}"), text(|out| push_f64(out, expected)));
            prop_assert_eq!(printed.parse::<f64>().unwrap().to_bits(), expected.to_bits());
            prop_assert_eq!(canonical(&printed).1.len(), canonical(&oracle).1.len(), "{} {}", printed, oracle);
            prop_assert_eq!(found.is_ok(), canonical(&token) == canonical(&printed), "{} {}", token, printed);
            if let Ok(value) = found {
                prop_assert_eq!(value.to_bits(), expected.to_bits());
            }
        }
    }

    #[test]
    fn no_bytes_panic(token in proptest::collection::vec(any::<u8>(), 0..24), near in "[-+.eE0-9]{0,12}") {
        for token in [&token[..], near.as_bytes()] {
            let _ = (parse_i64(token), parse_u64(token), parse_f32(token), parse_f16(token));
            let text = std::str::from_utf8(token).unwrap_or("x");
            let plain = !text.is_empty() && text.bytes().all(|byte| !byte.is_ascii_alphabetic() || byte == b'e' || byte == b'E');
            let expected = plain && text.parse::<f64>().is_ok();
            let syntax = parse_f64(token) == Err(NumberFault::Syntax);
            prop_assert_eq!(expected, !syntax, "{:?}", text);
        }
    }
}

/// Digits without outer zeros, and the power of ten of the last: written independently, on strings.
fn canonical(token: &str) -> (bool, String, i64) {
    let (mantissa, exponent) = token.split_once('e').unwrap_or((token, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let negative = whole.starts_with('-');
    let digits = format!("{}{fraction}", whole.trim_start_matches('-'));
    let mut power = exponent.parse::<i64>().unwrap() - fraction.len() as i64;
    let trimmed = digits.trim_start_matches('0').trim_end_matches('0');
    power += (digits.len() - digits.trim_end_matches('0').len()) as i64;
    if trimmed.is_empty() { (false, String::new(), 0) } else { (negative, trimmed.to_owned(), power) }
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(10_000))]

    #[test]
    fn plain_numbers_are_read_like_the_standard_library_reads_them(
        token in "-?(0|[1-9][0-9]{0,3}|[0-9]{1,20})([.](0|[0-9]{1,3}|0000[0-9]|[0-9]{1,22}))?",
    ) {
        let bytes = token.as_bytes();
        if let Ok(value) = parse_f64(bytes) {
            proptest::prop_assert_eq!(value.to_bits(), token.parse::<f64>().unwrap().to_bits(), "{}", token);
        } else {
            proptest::prop_assert!(token.len() > 15, "{}", token);
        }
        if let Ok(value) = parse_f32(bytes) {
            proptest::prop_assert_eq!(value.to_bits(), token.parse::<f32>().unwrap().to_bits(), "{}", token);
        } else {
            proptest::prop_assert!(token.len() > 6, "{}", token);
        }
        if !token.contains('.') {
            proptest::prop_assert_eq!(parse_i64(bytes).ok(), token.parse().ok(), "{}", token);
            // The standard library takes no minus sign, even before zero.
            proptest::prop_assert_eq!(parse_u64(bytes).ok(), token.parse::<i128>().ok().and_then(|value| value.try_into().ok()));
        }
    }
}

proptest! {
    /// The short way, which knows without printing, and the long one agree.
    #[test]
    fn printed_doubles_are_known_as_printed(value in any::<f64>(), power in -20_i32..20, zeros in 0_usize..2, cut in 0_usize..2) {
        for value in [value, value.fract(), (value % 1e3) * 10_f64.powi(power)] {
            if !value.is_finite() {
                continue;
            }
            let printed = text(|out| push_f64(out, value));
            prop_assert_eq!(parse_f64_printed(printed.as_bytes()).map(f64::to_bits), Some(value.to_bits()));
            prop_assert_eq!(parse_f64(printed.as_bytes()).map(f64::to_bits), Ok(value.to_bits()));
            // Other texts of the same number, and of another one.
            let other = format!("{}{}", "0".repeat(zeros), &printed[..printed.len() - cut]);
            let long = |token: &str| {
                let value: f64 = token.parse().ok()?;
                (text(|out| push_f64(out, value)) == token).then_some(value.to_bits())
            };
            prop_assert_eq!(parse_f64_printed(other.as_bytes()).map(f64::to_bits), long(&other), "{}", other);
        }
    }
}
