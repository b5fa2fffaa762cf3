use std::cell::Cell;

use arrow_array::builder::{Int32Builder, MapBuilder, StringBuilder};
use arrow_array::cast::AsArray;
use arrow_array::types::*;
use arrow_array::*;
use arrow_schema::{Field, Schema};

use super::*;

/// A record of one column `a`.
fn record(array: ArrayRef, nullable: bool) -> RecordBatch {
    let schema = Schema::new(vec![Field::new("a", array.data_type().clone(), nullable)]);
    RecordBatch::try_new(Arc::new(schema), vec![array]).unwrap()
}

fn policies(text: &str) -> Policies {
    let mut policies = Policies::default();
    policies.set(text.parse().unwrap());
    policies
}

/// Mends a record for a target that refuses what `bad` names with a code and a path.
fn mended(
    record: &RecordBatch,
    allowed: &str,
    bad: impl Fn(&ArrayRef) -> Option<(Code, &'static str)>,
) -> Result<(ArrayRef, u64)> {
    let policies = policies(allowed);
    let check = |record: &RecordBatch| match bad(record.column(0)) {
        None => Ok(()),
        Some((code, path)) => Err(Error::value(code, "bad").in_column(path)),
    };
    let error = check(record).unwrap_err();
    let (record, altered) = Mend::new(&policies, &check).record(record, error)?;
    Ok((record.column(0).clone(), altered.iter().map(|(_, _, count)| count).sum()))
}

#[test]
fn a_clamped_value_is_the_nearest_that_fits() {
    let outside = |array: &ArrayRef| {
        let value = array.as_primitive::<Int64Type>().value(0);
        (!(-719_162..=2_932_896).contains(&value)).then_some((Code::DateRange, "a"))
    };
    for (value, nearest) in [(2_932_897, 2_932_896), (i64::MAX, 2_932_896), (-719_163, -719_162), (i64::MIN, -719_162)]
    {
        let array: ArrayRef = Arc::new(Int64Array::from(vec![value]));
        let (array, count) = mended(&record(array, false), "V-DATE-RANGE=clamp", outside).unwrap();
        assert_eq!((array.as_primitive::<Int64Type>().value(0), count), (nearest, 1));
    }
}

#[test]
fn a_clamped_date_in_milliseconds_is_a_whole_day() {
    const DAY: i64 = 86_400_000;
    let outside = |array: &ArrayRef| {
        let value = array.as_primitive::<Date64Type>().value(0);
        (value % DAY != 0 || i32::try_from(value / DAY).is_err()).then_some((Code::DateRange, "a"))
    };
    for (days, nearest) in [(3_000_000_000, i32::MAX), (-3_000_000_000, i32::MIN)] {
        let array: ArrayRef = Arc::new(Date64Array::from(vec![days * DAY]));
        let (array, count) = mended(&record(array, false), "V-DATE-RANGE=clamp", outside).unwrap();
        assert_eq!((array.as_primitive::<Date64Type>().value(0), count), (i64::from(nearest) * DAY, 1));
    }
}

#[test]
fn a_limit_that_was_found_is_asked_for_once() {
    let policies = policies("V-INT-RANGE=clamp");
    let asked = Cell::new(0);
    let check = |record: &RecordBatch| {
        asked.set(asked.get() + 1);
        match record.column(0).as_primitive::<Int64Type>().value(0) {
            value if value > 100 => Err(Error::value(Code::IntRange, "bad").in_column("a")),
            _ => Ok(()),
        }
    };
    let mut mend = Mend::new(&policies, &check);
    for value in 0..50 {
        let record = record(Arc::new(Int64Array::from(vec![1_000_000 + value])), false);
        let error = check(&record).unwrap_err();
        assert_eq!(mend.record(&record, error).unwrap().0.column(0).as_primitive::<Int64Type>().value(0), 100);
    }
    assert!(asked.get() < 30 + 50 * 4, "{}", asked.get());
}

#[test]
fn digits_are_dropped_as_few_as_needed_half_to_even_or_cut_off() {
    let fine = |array: &ArrayRef| {
        let value = array.as_primitive::<Time64NanosecondType>().value(0);
        (value % 1000 != 0).then_some((Code::TimePrecision, "a"))
    };
    let time = |value: i64| record(Arc::new(Time64NanosecondArray::from(vec![value])), false);
    for (value, rounded, cut) in
        [(1_234_567_891, 1_234_568_000, 1_234_567_000), (500, 0, 0), (1500, 2000, 1000), (501, 1000, 0)]
    {
        for (policy, expected) in [("round", rounded), ("truncate", cut)] {
            let (array, _) = mended(&time(value), &format!("V-TIME-PRECISION={policy}"), fine).unwrap();
            assert_eq!(array.as_primitive::<Time64NanosecondType>().value(0), expected, "{value} {policy}");
        }
    }
    let part_of_day = |array: &ArrayRef| {
        let value = array.as_primitive::<Date64Type>().value(0);
        (value % 86_400_000 != 0).then_some((Code::TimePrecision, "a"))
    };
    let date = |value: i64| record(Arc::new(Date64Array::from(vec![value])), false);
    for (value, expected) in [(86_400_000 + 10_800_000, 86_400_000), (-1, -86_400_000), (172_799_999, 86_400_000)] {
        let (array, _) = mended(&date(value), "V-TIME-PRECISION=truncate", part_of_day).unwrap();
        assert_eq!(array.as_primitive::<Date64Type>().value(0), expected);
    }
    let cents = |array: &ArrayRef| {
        let value = array.as_primitive::<Decimal128Type>().value(0);
        (value % 10 != 0).then_some((Code::DecimalScale, "a"))
    };
    for (value, policy, expected) in [(-1239, "truncate", -1230), (-1239, "round", -1240), (1225, "round", 1220)] {
        let array = Decimal128Array::from(vec![value]).with_precision_and_scale(10, 3).unwrap();
        let (array, _) = mended(&record(Arc::new(array), false), &format!("V-DEC-SCALE={policy}"), cents).unwrap();
        assert_eq!(array.as_primitive::<Decimal128Type>().value(0), expected);
        assert_eq!(array.data_type(), &arrow_schema::DataType::Decimal128(10, 3));
    }
}

#[test]
fn only_bad_elements_of_a_list_are_altered() {
    let list = ListArray::from_iter_primitive::<Int32Type, _, _>([Some(vec![Some(1), None, Some(3), None])]);
    let nulls = |array: &ArrayRef| {
        let items = array.as_list::<i32>().value(0);
        (items.null_count() > 0).then_some((Code::NullElement, "a[]"))
    };
    let list = record(Arc::new(list), true);
    let items = |array: &ArrayRef| array.as_list::<i32>().value(0).as_primitive::<Int32Type>().values().to_vec();
    let (array, count) = mended(&list, "V-NULL-ELEM=default", nulls).unwrap();
    assert_eq!((items(&array), count), (vec![1, 0, 3, 0], 2));
    let (array, count) = mended(&list, "V-NULL-ELEM=ignore", nulls).unwrap();
    assert_eq!((items(&array), count), (vec![1, 3], 2));
}

#[test]
fn of_equal_keys_the_first_or_the_last_is_kept_in_place() {
    let mut builder = MapBuilder::new(None, StringBuilder::new(), Int32Builder::new());
    for (key, value) in [("k", 1), ("b", 2), ("k", 3)] {
        builder.keys().append_value(key);
        builder.values().append_value(value);
    }
    builder.append(true).unwrap();
    let map = record(Arc::new(builder.finish()), true);
    let twice = |array: &ArrayRef| (array.as_map().value_length(0) > 2).then_some((Code::DuplicateKey, "a"));
    for (policy, expected) in [("first", [("k", 1), ("b", 2)]), ("last", [("b", 2), ("k", 3)])] {
        let (array, count) = mended(&map, &format!("V-DUP-KEY={policy}"), twice).unwrap();
        let entries = array.as_map().value(0);
        let keys = entries.column(0).as_string::<i32>();
        let values = entries.column(1).as_primitive::<Int32Type>();
        let found: Vec<_> = (0..2).map(|index| (keys.value(index), values.value(index))).collect();
        assert_eq!((found.as_slice(), count), (expected.as_slice(), 1));
    }
}

#[test]
fn what_a_policy_does_not_help_stays_an_error() {
    let refused = |_: &ArrayRef| Some((Code::IntRange, "a"));
    let number = record(Arc::new(Int64Array::from(vec![5])), false);
    for policy in ["clamp", "null"] {
        let error = mended(&number, &format!("V-INT-RANGE={policy}"), refused).unwrap_err();
        assert_eq!(error.code(), Some(Code::IntRange), "{policy}");
    }
    // Null would help, but the column has none.
    let odd = |array: &ArrayRef| (array.null_count() == 0).then_some((Code::IntRange, "a"));
    assert!(mended(&number, "V-INT-RANGE=null", odd).is_err());
    let nullable = record(Arc::new(Int64Array::from(vec![5])), true);
    assert!(mended(&nullable, "V-INT-RANGE=null", odd).unwrap().0.is_null(0));
    // Another code is not let through.
    assert!(mended(&nullable, "V-DATE-RANGE=null", odd).is_err());
}

#[test]
fn wide_decimals_are_clamped_and_rounded_as_narrow_ones() {
    let wide = |text: &str| -> RecordBatch {
        let value = arrow_buffer::i256::from_string(text).unwrap();
        let array = Decimal256Array::from(vec![value]).with_precision_and_scale(70, 40).unwrap();
        record(Arc::new(array), false)
    };
    let value = |array: &ArrayRef| array.as_primitive::<Decimal256Type>().value(0);
    let digits = |count: u32| arrow_buffer::i256::from_i128(10).checked_pow(count).unwrap();
    let fifty = |array: &ArrayRef| {
        let value = value(array);
        (value >= digits(50) || value <= digits(50).wrapping_neg()).then_some((Code::DecimalPrecision, "a"))
    };
    for (text, expected) in [
        ("9".repeat(60), "9".repeat(50)),
        (format!("-{}", "7".repeat(51)), format!("-{}", "9".repeat(50))),
        (format!("1{}", "0".repeat(50)), "9".repeat(50)),
    ] {
        let (array, count) = mended(&wide(&text), "V-DEC-PRECISION=clamp", fifty).unwrap();
        assert_eq!((value(&array).to_string(), count), (expected, 1));
        assert_eq!(array.data_type(), &arrow_schema::DataType::Decimal256(70, 40));
    }
    // Thirty digits of the fraction go.
    let coarse =
        |array: &ArrayRef| (value(array) % digits(30) != arrow_buffer::i256::ZERO).then_some((Code::DecimalScale, "a"));
    let half = format!("25{}", "0".repeat(29));
    let above = format!("15{}1", "0".repeat(28));
    for (text, policy, expected) in [
        (half.as_str(), "round", 2),
        (above.as_str(), "round", 2),
        (&format!("-{half}"), "round", -2),
        (&format!("-{above}"), "truncate", -1),
        (&above, "truncate", 1),
    ] {
        let (array, _) = mended(&wide(text), &format!("V-DEC-SCALE={policy}"), coarse).unwrap();
        assert_eq!(value(&array), digits(30).wrapping_mul(arrow_buffer::i256::from_i128(expected)), "{text} {policy}");
    }
}
