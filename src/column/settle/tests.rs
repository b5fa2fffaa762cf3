use arrow_schema::DataType::*;
use arrow_schema::TimeUnit;
use proptest::prelude::*;

use super::*;

fn text(policy: Policy, code: Code, token: &str, kind: &DataType) -> Option<String> {
    match settle(policy, code, token.as_bytes(), kind)? {
        Settled::Null => Some("null".to_owned()),
        Settled::Text(text) => Some(String::from_utf8(text).unwrap()),
    }
}

/// What a decimal column reads from the text that stands in.
fn units(policy: Policy, token: &str, scale: i8) -> i128 {
    let kind = Decimal128(38, scale);
    let text = text(policy, Code::DecimalScale, token, &kind).unwrap();
    decimal::parse_i128(text.as_bytes(), 38, scale).unwrap()
}

#[test]
fn decimals_are_rounded_half_to_even_or_cut() {
    use Policy::{Round, Truncate};
    let cases = [
        ("1.239", 2, 124, 123),
        ("1.235", 2, 124, 123),
        ("1.225", 2, 122, 122),
        ("1.2250000000000000000000000000001", 2, 123, 122),
        ("-1.225", 2, -122, -122),
        ("-1.2351", 2, -124, -123),
        ("9.999", 2, 1000, 999),
        ("0.005", 2, 0, 0),
        ("0.0051", 2, 1, 0),
        ("0.015", 2, 2, 1),
        ("0.0000001", 2, 0, 0),
        ("5e-3", 2, 0, 0),
        ("6e-3", 2, 1, 0),
        ("15e2", -3, 2, 1),
        ("25e2", -3, 2, 2),
        ("499", -3, 0, 0),
    ];
    for (token, scale, rounded, cut) in cases {
        assert_eq!(units(Round, token, scale), rounded, "{token} rounded");
        assert_eq!(units(Truncate, token, scale), cut, "{token} cut");
    }
}

#[test]
fn numbers_beyond_the_range_become_its_end() {
    let clamp = |code, token, kind: DataType| text(Policy::Clamp, code, token, &kind).unwrap();
    assert_eq!(clamp(Code::IntRange, "300", Int8), "127");
    assert_eq!(clamp(Code::IntRange, "-300", Int8), "-128");
    assert_eq!(clamp(Code::IntRange, "-1", UInt64), "0");
    assert_eq!(clamp(Code::IntRange, "1e30", UInt64), "18446744073709551615");
    assert_eq!(clamp(Code::DecimalPrecision, "12345", Decimal128(4, 2)), "99.99");
    assert_eq!(clamp(Code::DecimalPrecision, "-12345", Decimal256(4, -2)), "-999900");
    assert_eq!(clamp(Code::FloatRange, "1e400", Float64).parse::<f64>().unwrap(), f64::MAX);
    assert_eq!(clamp(Code::FloatRange, "-1e40", Float32).parse::<f32>().unwrap(), f32::MIN);
    assert_eq!(clamp(Code::FloatRange, "1e6", Float16), "65500.0");
}

#[test]
fn floats_are_the_nearest_of_their_width() {
    let round = |token, kind: DataType| text(Policy::Round, Code::FloatDigits, token, &kind).unwrap();
    assert_eq!(round("0.12345678901234567890", Float64).parse::<f64>().unwrap(), 0.123_456_789_012_345_68);
    assert_eq!(round("16777217", Float32), "16777216.0");
    // Half-way between 2048 and 2050, and just beside: a double sees no difference.
    for (token, expected) in
        [("2049", "2048.0"), ("2049.00000000000000001", "2050.0"), ("2048.99999999999999999", "2048.0")]
    {
        assert_eq!(round(token, Float16), expected, "{token}");
    }
}

#[test]
fn times_are_cut_or_rounded_to_their_unit() {
    use TimeUnit::{Microsecond, Millisecond, Second};
    let both = |token, kind: DataType| {
        let done = |policy| text(policy, Code::TimePrecision, token, &kind);
        (done(Policy::Truncate), done(Policy::Round))
    };
    let same = |a: &str, b: &str| (Some(a.to_owned()), Some(b.to_owned()));
    let utc = Some("UTC".into());
    assert_eq!(
        both("2024-12-31T23:59:59.9999Z", Timestamp(Millisecond, utc)),
        same("2024-12-31T23:59:59.999Z", "2025-01-01T00:00:00Z")
    );
    // Cutting digits off goes back in time, before 1970 too.
    assert_eq!(
        both("1969-12-31T23:59:59.5", Timestamp(Second, None)),
        same("1969-12-31T23:59:59", "1970-01-01T00:00:00")
    );
    assert_eq!(both("12:00:00.0005", Time32(Millisecond)), same("12:00:00.000", "12:00:00.000"));
    assert_eq!(both("12:00:00.0015", Time32(Millisecond)), same("12:00:00.001", "12:00:00.002"));
    assert_eq!(both("23:59:59.9999999", Time64(Microsecond)), (Some("23:59:59.999999".to_owned()), None));
    assert_eq!(both("-1.5555s", Duration(Millisecond)), same("-1.555s", "-1.556s"));
    assert_eq!(both("-PT1.5555S", Duration(Millisecond)), same("-PT1.555S", "-1.556s"));
    assert_eq!(both("PT1M-1.5555S", Duration(Millisecond)), same("PT1M-1.555S", "58.444s"));
    assert_eq!(
        both("P1DT0.0000000015S", Interval(arrow_schema::IntervalUnit::MonthDayNano)),
        same("P1DT0.000000001S", "P1DT0.000000002S")
    );
}

#[test]
fn times_beyond_the_range_become_its_end() {
    let clamp = |code, token, kind: DataType| text(Policy::Clamp, code, token, &kind);
    let ns = Timestamp(TimeUnit::Nanosecond, Some("UTC".into()));
    let last = Some("2262-04-11T23:47:16.854775807Z".to_owned());
    assert_eq!(clamp(Code::TimestampRange, "3000-01-01T00:00:00Z", ns.clone()), last);
    let first = Some("1677-09-21T00:12:43.145224192Z".to_owned());
    assert_eq!(clamp(Code::TimestampRange, "0001-01-01T00:00:00Z", ns), first);
    let seconds = Duration(TimeUnit::Nanosecond);
    assert_eq!(clamp(Code::TimestampRange, "-99999999999s", seconds), Some("-9223372036.854775808s".to_owned()));
    assert_eq!(clamp(Code::DateRange, "+9999999-01-01", Date32), Some("+5881580-07-11".to_owned()));
    assert_eq!(clamp(Code::DateRange, "2023-02-29", Date32), None);
}

#[test]
fn policies_without_an_answer_have_none() {
    assert_eq!(text(Policy::Clamp, Code::Token, "x", &Int64), None);
    assert_eq!(text(Policy::Round, Code::DecimalScale, "x", &Decimal128(3, 1)), None);
    assert_eq!(text(Policy::Null, Code::Token, "x", &Int64), Some("null".to_owned()));
}

proptest! {
    /// Against the same in whole numbers.
    #[test]
    fn rounding_is_that_of_integers(units_of_9: i64, scale in 0_u32..9) {
        let token = {
            let mut out = Vec::new();
            decimal::push_i128(&mut out, units_of_9.into(), 9);
            String::from_utf8(out).unwrap()
        };
        let step = 10_i128.pow(9 - scale);
        let value = i128::from(units_of_9);
        prop_assert_eq!(units(Policy::Truncate, &token, scale as i8), value / step);
        let floor = value.div_euclid(step);
        let twice = value.rem_euclid(step) * 2;
        let up = twice > step || (twice == step && floor % 2 != 0);
        prop_assert_eq!(units(Policy::Round, &token, scale as i8), floor + i128::from(up));
    }
}
