use std::sync::Arc;

use arrow_array::{Array, StringArray};
use proptest::prelude::*;

use super::*;
use crate::column::text::TextColumn;

fn column(kind: DataType, tokens: &[Option<&str>]) -> Result<ArrayRef, Fault> {
    let field = Field::new("a", kind, true);
    let mut column = ValueColumn::new(&field, ParseOptions::default(), tokens.len()).unwrap();
    column.extend(tokens.iter().map(|token| token.map(str::as_bytes))).map_err(|(_, fault)| fault)?;
    Ok(column.finish().unwrap())
}

/// Every scalar type, with texts in the form in which they are written.
fn samples() -> Vec<(DataType, Vec<&'static str>)> {
    use DataType::*;
    use TimeUnit::*;
    let mut samples = vec![
        (Boolean, vec!["true", "false"]),
        (Int8, vec!["-128", "127"]),
        (Int16, vec!["-32768", "32767"]),
        (Int32, vec!["-2147483648", "2147483647"]),
        (Int64, vec!["-9223372036854775808", "9223372036854775807"]),
        (UInt8, vec!["0", "255"]),
        (UInt16, vec!["0", "65535"]),
        (UInt32, vec!["0", "4294967295"]),
        (UInt64, vec!["0", "18446744073709551615"]),
        (Float16, vec!["0.1", "-0.0", "NaN", "inf"]),
        (Float32, vec!["0.1", "-0.0", "NaN", "-inf"]),
        (Float64, vec!["0.1", "1e+300", "NaN", "-inf"]),
        (Decimal32(9, 2), vec!["1234567.89", "-0.05"]),
        (Decimal64(18, 3), vec!["123456789012345.678"]),
        (Decimal128(38, 0), vec!["99999999999999999999999999999999999999"]),
        (Decimal256(76, 38), vec!["-1.00000000000000000000000000000000000001"]),
        (Date32, vec!["2024-02-29", "+5881580-07-11"]),
        (Date64, vec!["2024-02-29", "-0001-12-31"]),
        (Time32(Second), vec!["23:59:59"]),
        (Time32(Millisecond), vec!["23:59:59.999"]),
        (Time64(Microsecond), vec!["00:00:00.000001"]),
        (Time64(Nanosecond), vec!["00:00:00.000000001"]),
        (Interval(IntervalUnit::YearMonth), vec!["P14M"]),
        (Interval(IntervalUnit::DayTime), vec!["P-3DT0.003S"]),
        (Interval(IntervalUnit::MonthDayNano), vec!["P1M2DT-0.000000003S"]),
        (Utf8, vec!["", "héllo, \"w\"\n"]),
        (LargeUtf8, vec!["", "x"]),
        (Utf8View, vec!["", "a text of more than twelve bytes"]),
        (Binary, vec!["", "AAH/"]),
        (LargeBinary, vec!["AAH/"]),
        (BinaryView, vec!["AAH/"]),
        (FixedSizeBinary(3), vec!["AAH/"]),
        (FixedSizeBinary(0), vec![""]),
    ];
    for unit in [Second, Millisecond, Microsecond, Nanosecond] {
        samples.push((Duration(unit), vec!["-5s", "0s"]));
        samples.push((Timestamp(unit, None), vec!["2024-02-29T12:00:00"]));
        samples.push((Timestamp(unit, Some("UTC".into())), vec!["2024-02-29T12:00:00Z"]));
        samples.push((Timestamp(unit, Some("Europe/Paris".into())), vec!["2024-07-01T12:00:00+02:00"]));
    }
    samples
}

#[test]
fn every_type_reads_what_it_writes() {
    for (kind, texts) in samples() {
        let mut tokens: Vec<Option<&str>> = texts.iter().copied().map(Some).collect();
        tokens.insert(0, None);
        let array = column(kind.clone(), &tokens).unwrap();
        assert_eq!(array.data_type(), &kind);
        let field = Field::new("a", kind.clone(), true);
        let written = TextColumn::new(&array, &field, BytesText::Base64).unwrap();
        for (row, token) in tokens.iter().enumerate() {
            assert_eq!(written.is_null(row), token.is_none(), "{kind}");
            if let Some(token) = token {
                let mut out = Vec::new();
                written.push(&mut out, row).unwrap();
                assert_eq!(String::from_utf8(out).unwrap(), *token, "{kind}");
            }
        }
    }
}

#[test]
fn what_does_not_fit_is_a_fault_with_its_code() {
    use DataType::*;
    for (kind, token, code) in [
        (Int8, "128", Code::IntRange),
        (UInt8, "-1", Code::IntRange),
        (Int32, "1.5", Code::Fraction),
        (Int32, "x", Code::Token),
        (Int32, "", Code::Token),
        (Float32, "16777217", Code::FloatDigits),
        (Float64, "1e999", Code::FloatRange),
        (Float64, "nan", Code::Token),
        (Decimal32(3, 1), "1000", Code::DecimalPrecision),
        (Decimal128(3, 1), "1.25", Code::DecimalScale),
        (Boolean, "TRUE", Code::Token),
        (Boolean, "1", Code::Token),
        (Date32, "2023-02-29", Code::DateRange),
        (Timestamp(TimeUnit::Second, None), "2024-01-01T00:00:00.5", Code::TimePrecision),
        (Timestamp(TimeUnit::Nanosecond, None), "3024-01-01T00:00:00", Code::TimestampRange),
        (Timestamp(TimeUnit::Second, None), "2024-01-01T00:00:00Z", Code::Token),
        (Interval(IntervalUnit::YearMonth), "P1D", Code::Interval),
        (Interval(IntervalUnit::DayTime), "PT0.0001S", Code::Interval),
        (Binary, "?", Code::Token),
        (FixedSizeBinary(3), "AA==", Code::Length),
        (Null, "x", Code::Token),
    ] {
        let fault = column(kind.clone(), &[Some(token)]).unwrap_err();
        assert_eq!(fault.code(), code, "{kind} {token:?}");
        let error = fault.error(token.as_bytes(), &kind);
        assert_eq!(error.code(), Some(code));
        assert!(error.message().contains(&format!("{token:?}")), "{error}");
    }
}

#[test]
fn numbers_of_another_form_are_counted_where_they_become_decimals() {
    use DataType::*;
    let restyled = |kind: DataType, tokens: &[&str]| {
        let mut column = ValueColumn::new(&Field::new("a", kind, true), ParseOptions::default(), 1).unwrap();
        column.extend(tokens.iter().map(|token| Some(token.as_bytes()))).unwrap();
        column.push_null();
        column.restyled()
    };
    for kind in [Decimal32(5, 2), Decimal64(5, 2), Decimal128(5, 2), Decimal256(5, 2)] {
        assert_eq!(restyled(kind.clone(), &["+1.5", "1.50e0", "15E-1", "-2.50"]), 3, "{kind}");
        assert_eq!(restyled(kind.clone(), &["1.5", "1.50", "1", "-0.25", "100"]), 0, "{kind}");
    }
    assert_eq!(restyled(Float64, &["15E-1"]), 0);
}

#[test]
fn text_that_is_not_utf8_is_refused() {
    let field = Field::new("a", DataType::Utf8, true);
    let mut column = ValueColumn::new(&field, ParseOptions::default(), 1).unwrap();
    column.push(b"\xff").unwrap();
    assert_eq!(column.finish().unwrap_err().code(), Some(Code::Utf8));
}

proptest! {
    #[test]
    fn nulls_and_texts_stand_where_they_were(texts in proptest::collection::vec(proptest::option::of(".{0,5}"), 0..40)) {
        let tokens: Vec<Option<&str>> = texts.iter().map(Option::as_deref).collect();
        let array = column(DataType::Utf8, &tokens).unwrap();
        let expected: ArrayRef = Arc::new(StringArray::from(tokens));
        prop_assert_eq!(&array, &expected);
        prop_assert_eq!(array.nulls().is_some(), texts.iter().any(Option::is_none));
    }
}
