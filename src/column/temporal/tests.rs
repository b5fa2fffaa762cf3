use arrow::datatypes::DataType;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use arrow_array::{ArrayRef, Date32Array, TimestampMicrosecondArray};
use proptest::prelude::*;
use std::sync::Arc;

use super::timestamp::exact_timestamp;
use super::*;

const UNITS: [TimeUnit; 4] = [TimeUnit::Second, TimeUnit::Millisecond, TimeUnit::Microsecond, TimeUnit::Nanosecond];

fn text(push: impl FnOnce(&mut Vec<u8>)) -> String {
    let mut out = Vec::new();
    push(&mut out);
    String::from_utf8(out).unwrap()
}

#[test]
fn dates() {
    for (days, expected) in [
        (0, "1970-01-01"),
        (-1, "1969-12-31"),
        (19782, "2024-02-29"),
        (2932896, "9999-12-31"),
        (2932897, "+10000-01-01"),
        (-719528, "0000-01-01"),
        (-719529, "-0001-12-31"),
        (i32::MAX, "+5881580-07-11"),
        (i32::MIN, "-5877641-06-23"),
    ] {
        assert_eq!(text(|out| push_date(out, days)), expected);
        assert_eq!(parse_date(expected.as_bytes()), Ok(days));
    }
    for (token, fault) in [
        ("2023-02-29", TemporalFault::DateRange),
        ("2024-13-01", TemporalFault::DateRange),
        ("2024-00-01", TemporalFault::DateRange),
        ("2024-01-00", TemporalFault::DateRange),
        ("+9999999-01-01", TemporalFault::DateRange),
        ("+99999999999999999999-01-01", TemporalFault::DateRange),
        ("2024-1-1", TemporalFault::Syntax),
        ("20240101", TemporalFault::Syntax),
        ("2024-01-01 ", TemporalFault::Syntax),
        ("+02024-01-01", TemporalFault::Syntax),
        ("", TemporalFault::Syntax),
    ] {
        assert_eq!(parse_date(token.as_bytes()), Err(fault), "{token}");
    }
}

#[test]
fn times() {
    for (value, unit, expected) in [
        (0, TimeUnit::Second, "00:00:00"),
        (86_399, TimeUnit::Second, "23:59:59"),
        (1_500, TimeUnit::Millisecond, "00:00:01.500"),
        (1_000_001, TimeUnit::Microsecond, "00:00:01.000001"),
        (1, TimeUnit::Nanosecond, "00:00:00.000000001"),
        (1_000, TimeUnit::Nanosecond, "00:00:00.000001"),
    ] {
        assert_eq!(text(|out| push_time(out, value, unit)), expected);
        assert_eq!(parse_time(expected.as_bytes(), unit), Ok(value));
    }
    assert_eq!(parse_time(b"12:30", TimeUnit::Second), Ok(45_000));
    assert_eq!(parse_time(b"12:30:00.5000", TimeUnit::Millisecond), Ok(45_000_500));
    assert_eq!(parse_time(b"12:30:00.5001", TimeUnit::Millisecond), Err(TemporalFault::Precision));
    assert_eq!(parse_time(b"24:00:00", TimeUnit::Second), Err(TemporalFault::DateRange));
    assert_eq!(parse_time(b"23:59:60", TimeUnit::Second), Err(TemporalFault::DateRange));
    assert_eq!(parse_time(b"12:30:00.", TimeUnit::Second), Err(TemporalFault::Syntax));
    assert_eq!(parse_time(b"12:3", TimeUnit::Second), Err(TemporalFault::Syntax));
}

#[test]
fn timestamps_and_zones() {
    let paris = Zone::of(Some("Europe/Paris")).unwrap();
    for (value, unit, zone, expected) in [
        (0, TimeUnit::Second, Zone::Naive, "1970-01-01T00:00:00"),
        (-1, TimeUnit::Millisecond, Zone::Utc, "1969-12-31T23:59:59.999Z"),
        (1_709_164_800_000_000_001, TimeUnit::Nanosecond, Zone::Utc, "2024-02-29T00:00:00.000000001Z"),
        (0, TimeUnit::Second, Zone::Fixed(-12_600), "1969-12-31T20:30:00-03:30"),
        (1_720_000_000, TimeUnit::Second, paris, "2024-07-03T11:46:40+02:00"),
        (1_705_000_000, TimeUnit::Second, paris, "2024-01-11T20:06:40+01:00"),
        (-2_500_000_000, TimeUnit::Second, paris, "1890-10-11T19:33:20Z"),
        // The rule in force goes on for ever, also where tables of changes end.
        (5_680_000_000, TimeUnit::Second, paris, "2149-12-28T18:46:40+01:00"),
        (7_900_000_000, TimeUnit::Second, paris, "2220-05-05T06:26:40+02:00"),
        (i64::MIN, TimeUnit::Nanosecond, Zone::Utc, "1677-09-21T00:12:43.145224192Z"),
    ] {
        assert_eq!(text(|out| push_timestamp(out, value, unit, zone)), expected);
        assert_eq!(parse_timestamp(expected.as_bytes(), unit, zone), Ok(value));
    }
    let parse = |token: &str, zone| parse_timestamp(token.as_bytes(), TimeUnit::Millisecond, zone);
    assert_eq!(parse("2024-02-29 12:00:00+0230", Zone::Utc), Ok(1_709_199_000_000));
    assert_eq!(parse("2024-02-29T12:00Z", Zone::Utc), Ok(1_709_208_000_000));
    assert_eq!(parse("2024-02-29T12:00:00", Zone::Utc), Err(TemporalFault::OffsetMissing));
    assert_eq!(parse("2024-02-29T12:00:00Z", Zone::Naive), Err(TemporalFault::OffsetPresent));
    assert_eq!(parse("2024-02-29T12:00:00.0001Z", Zone::Utc), Err(TemporalFault::Precision));
    assert_eq!(parse("2024-02-29", Zone::Naive), Err(TemporalFault::Syntax));
    assert_eq!(parse("2024-02-29T12:00:00+25:00", Zone::Utc), Err(TemporalFault::Syntax));
    assert_eq!(parse("2024-02-29T12:00:00Zz", Zone::Utc), Err(TemporalFault::Syntax));
    assert_eq!(parse("+400000000-01-01T00:00:00Z", Zone::Utc), Err(TemporalFault::TimestampRange));
    for name in ["Mars/Olympus", "europe/paris", "", "+2500"] {
        assert!(Zone::of(Some(name)).is_none(), "{name}");
    }
    assert!(matches!(Zone::of(Some("+02:00")), Some(Zone::Fixed(7200))));
}

#[test]
fn durations_and_intervals() {
    for (value, unit, expected) in [
        (0, TimeUnit::Second, "0s"),
        (1_500, TimeUnit::Millisecond, "1.5s"),
        (-3, TimeUnit::Millisecond, "-0.003s"),
        (i64::MIN, TimeUnit::Nanosecond, "-9223372036.854775808s"),
        (i64::MAX, TimeUnit::Second, "9223372036854775807s"),
    ] {
        assert_eq!(text(|out| push_duration(out, value, unit)), expected);
        assert_eq!(parse_duration(expected.as_bytes(), unit), Ok(value));
    }
    let parse = |token: &str| parse_duration(token.as_bytes(), TimeUnit::Millisecond);
    assert_eq!(parse("PT1.5S"), Ok(1_500));
    assert_eq!(parse("-PT1H1M1.001S"), Ok(-3_661_001));
    assert_eq!(parse("P1DT1S"), Ok(86_401_000));
    assert_eq!(parse("P1M"), Err(TemporalFault::Syntax));
    assert_eq!(parse("PT1.0001S"), Err(TemporalFault::Precision));
    assert_eq!(parse("99999999999999999999999s"), Err(TemporalFault::TimestampRange));
    for token in ["", "s", "P", "PT", "P1", "1.5", "PT1S1M", "PT1.5M", "P1S", "PTS", "P1DT"] {
        assert_eq!(parse(token), Err(TemporalFault::Syntax), "{token}");
    }

    for (months, days, nanoseconds, expected) in [
        (0, 0, 0, "PT0S"),
        (1, 2, 3_000_000, "P1M2DT0.003S"),
        (14, -3, 1, "P14M-3DT0.000000001S"),
        (i32::MIN, i32::MAX, i64::MIN, "P-2147483648M2147483647DT-9223372036.854775808S"),
    ] {
        let value = Interval { months, days, nanoseconds };
        assert_eq!(text(|out| push_interval(out, value)), expected);
        assert_eq!(parse_interval(expected.as_bytes()), Ok(value));
    }
    let year = Interval { months: 14, days: 9, nanoseconds: 3_600_000_000_000 };
    assert_eq!(parse_interval(b"P1Y2M1W2DT1H"), Ok(year));
    assert_eq!(parse_interval(b"P99999999999M"), Err(TemporalFault::Interval));
}

proptest! {
    #[test]
    fn dates_agree_with_arrow(days in -700_000_i32..2_900_000) {
        let array: ArrayRef = Arc::new(Date32Array::from(vec![days]));
        let options = FormatOptions::default();
        let expected = ArrayFormatter::try_new(&array, &options).unwrap().value(0).to_string();
        prop_assert_eq!(text(|out| push_date(out, days)), expected);
    }

    #[test]
    fn every_date_reads_back(days: i32) {
        prop_assert_eq!(parse_date(text(|out| push_date(out, days)).as_bytes()), Ok(days));
    }

    // Arrow's tables of zones end in the year 2100.
    #[test]
    fn timestamps_agree_with_arrow(value in -60_000_000_000_000_000_i64..4_102_444_800_000_000, zone in 0_usize..5) {
        let name = ["UTC", "+05:45", "Europe/Paris", "America/St_Johns", "Australia/Lord_Howe"][zone];
        let array = TimestampMicrosecondArray::from(vec![value]).with_timezone(name);
        let array: ArrayRef = Arc::new(array);
        let options = FormatOptions::default();
        let formatter = ArrayFormatter::try_new(&array, &options).unwrap();
        let zone = Zone::of(Some(name)).unwrap();
        let printed = text(|out| push_timestamp(out, value, TimeUnit::Microsecond, zone));
        // Arrow rounds offsets of local mean time to minutes.
        if value > -1_000_000_000_000_000 {
            // And writes the offset of a region as `Z` while it is that of UTC.
            prop_assert_eq!(printed.replace("+00:00", "Z"), formatter.value(0).to_string());
        }
        prop_assert_eq!(parse_timestamp(printed.as_bytes(), TimeUnit::Microsecond, zone), Ok(value));
        prop_assert_eq!(array.data_type(), &DataType::Timestamp(TimeUnit::Microsecond, Some(name.into())));
    }

    #[test]
    fn all_values_read_back(value: i64, unit in 0_usize..4, zone in 0_usize..4) {
        let unit = UNITS[unit];
        let zone = [Zone::Naive, Zone::Utc, Zone::Fixed(3600), Zone::of(Some("Asia/Kolkata")).unwrap()][zone];
        let printed = text(|out| push_timestamp(out, value, unit, zone));
        prop_assert_eq!(parse_timestamp(printed.as_bytes(), unit, zone), Ok(value), "{}", printed);
        let printed = text(|out| push_duration(out, value, unit));
        prop_assert_eq!(parse_duration(printed.as_bytes(), unit), Ok(value));
        let time = value.rem_euclid(86_400 * per_second(unit));
        let printed = text(|out| push_time(out, time, unit));
        prop_assert_eq!(parse_time(printed.as_bytes(), unit), Ok(time));
    }

    #[test]
    fn intervals_read_back(months: i32, days: i32, nanoseconds: i64) {
        let value = Interval { months, days, nanoseconds };
        prop_assert_eq!(parse_interval(text(|out| push_interval(out, value)).as_bytes()), Ok(value));
    }

    #[test]
    fn no_bytes_panic(token in "[-+:.TZPYMWDHSs0-9 ]{0,30}", noise: Vec<u8>) {
        for token in [token.as_bytes(), &noise] {
            for unit in UNITS {
                let _ = (parse_time(token, unit), parse_duration(token, unit));
                let _ = (parse_timestamp(token, unit, Zone::Utc), parse_timestamp(token, unit, Zone::Naive));
            }
            let _ = (parse_date(token), parse_interval(token));
        }
    }
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(10_000))]

    #[test]
    fn plain_dates_and_timestamps_are_read_as_any_others(
        date in "(0000|1677|1678|1970|2024|2100|2262|9999|[0-9]{4})-(0[0-9]|1[0-3])-([0-2][0-9]|3[0-2])",
        rest in "([T t]([01][0-9]|2[0-4]):[0-6][0-9](:[0-6][0-9])?([.][0-9]{0,11}|[.]120000|[.]000000000)?(Z|z|[+]01:00|x)?)?",
        at in 0_usize..30,
        byte: u8,
        spoilt: bool,
    ) {
        let mut token = [date.as_bytes(), rest.as_bytes()].concat();
        if spoilt {
            let at = at % token.len();
            token[at] = byte;
        }
        for unit in [TimeUnit::Second, TimeUnit::Millisecond, TimeUnit::Microsecond, TimeUnit::Nanosecond] {
            for zone in [Zone::Naive, Zone::Utc, Zone::Fixed(3600)] {
                for assumed in [None, Some(Zone::Fixed(-3600))] {
                    let quick = parse_timestamp_in(&token, unit, zone, assumed);
                    proptest::prop_assert_eq!(quick, exact_timestamp(&token, unit, zone, assumed), "{:?}", &token);
                }
            }
        }
        let day = parse_date_days(&token).and_then(|days| i32::try_from(days).map_err(|_| TemporalFault::DateRange));
        proptest::prop_assert_eq!(parse_date(&token), day);
    }
}

#[test]
fn every_day_of_four_digit_years_is_counted() {
    let mut days = i32::try_from(days_from_civil(0, 1, 1).unwrap()).unwrap();
    let mut text = Vec::new();
    while text != b"9999-12-31" {
        text.clear();
        push_date(&mut text, days);
        assert_eq!(parse_date(&text), Ok(days));
        days += 1;
    }
}
