use std::sync::Arc;

use arrow_array::*;

use super::*;

fn rows(array: &dyn Array, field: &Field) -> Vec<Option<String>> {
    let column = TextColumn::new(array, field, BytesText::Hex).unwrap();
    (0..array.len())
        .map(|row| {
            (!column.is_null(row)).then(|| {
                let mut out = Vec::new();
                column.push(&mut out, row).unwrap();
                if column.form() == TextForm::Text {
                    assert_eq!(column.text(row).as_bytes(), out);
                }
                String::from_utf8(out).unwrap()
            })
        })
        .collect()
}

fn some(texts: &[&str]) -> Vec<Option<String>> {
    texts.iter().map(|text| (*text != "null").then(|| (*text).to_owned())).collect()
}

fn of(array: &dyn Array) -> Vec<Option<String>> {
    rows(array, &Field::new("a", array.data_type().clone(), true))
}

#[test]
fn encoded_and_sliced_columns() {
    let strings = StringArray::from(vec![Some("a"), None, Some("c"), Some("")]);
    assert_eq!(of(&strings.slice(1, 3)), some(&["null", "c", ""]));
    let views = StringViewArray::from(&strings);
    assert_eq!(of(&views.slice(2, 2)), some(&["c", ""]));

    let keys = Int8Array::from(vec![Some(1), None, Some(0), Some(2)]);
    let values = StringArray::from(vec![Some("x"), Some("y"), None]);
    let dictionary = DictionaryArray::new(keys, Arc::new(values));
    assert_eq!(of(&dictionary), some(&["y", "null", "x", "null"]));
    assert_eq!(of(&dictionary.slice(2, 2)), some(&["x", "null"]));
    let empty: ArrayRef = Arc::new(StringArray::new_null(0));
    let nothing = DictionaryArray::new(Int8Array::new_null(2), empty);
    assert_eq!(of(&nothing), some(&["null", "null"]));

    let ends = Int32Array::from(vec![2, 3, 6]);
    let runs = RunArray::try_new(&ends, &Int64Array::from(vec![Some(7), None, Some(9)])).unwrap();
    assert_eq!(of(&runs), some(&["7", "7", "null", "9", "9", "9"]));
    assert_eq!(of(&runs.slice(1, 3)), some(&["7", "null", "9"]));
}

#[test]
fn bytes_and_uuids() {
    let array = FixedSizeBinaryArray::try_from_iter([[1_u8; 16], [0xab; 16]].iter()).unwrap();
    assert_eq!(of(&array)[1].as_deref(), Some("abababababababababababababababab"));
    let uuid = Field::new("a", DataType::FixedSizeBinary(16), true)
        .with_metadata(std::collections::HashMap::from([("ARROW:extension:name".to_owned(), "arrow.uuid".to_owned())]));
    assert_eq!(rows(&array, &uuid)[0].as_deref(), Some("01010101-0101-0101-0101-010101010101"));
    assert_eq!(of(&BinaryViewArray::from(vec![&b"\x00\xff"[..]])), some(&["00ff"]));
}

#[test]
fn values_that_their_type_does_not_have() {
    let push = |array: &dyn Array| {
        let field = Field::new("a", array.data_type().clone(), true);
        TextColumn::new(array, &field, BytesText::Base64).unwrap().push(&mut Vec::new(), 0)
    };
    assert_eq!(push(&Date64Array::from(vec![1])), Err(Code::TimePrecision));
    assert_eq!(push(&Date64Array::from(vec![-86_400_000])), Ok(()));
    assert_eq!(push(&Time32SecondArray::from(vec![86_400])), Err(Code::DateRange));
    assert_eq!(push(&Time64NanosecondArray::from(vec![-1])), Err(Code::DateRange));
}

#[test]
fn nested_types_and_unknown_zones_are_refused() {
    let list = DataType::new_list(DataType::Int8, true);
    let zone = DataType::Timestamp(TimeUnit::Second, Some("Mars/Olympus".into()));
    for kind in [list, zone] {
        let error = check(&Field::new("a", kind, true)).unwrap_err();
        assert_eq!(error.kind(), crate::ErrorKind::Unsupported);
        assert_eq!(error.origin().column.as_deref(), Some("a"));
    }
}

/// Columns of every scalar type, with nulls, sliced.
fn columns() -> Vec<(ArrayRef, Field)> {
    let floats = [0.0, -0.0, 1.5, f64::MAX, f64::MIN_POSITIVE, f64::NAN, f64::INFINITY, -1e300, 0.1];
    let days = 86_400_000_i64;
    let long = "é".repeat(40);
    let texts = vec![Some("a"), None, Some(""), Some("a,\"b\"\n"), Some(&long), Some("thirteen bytes"), Some("x")];
    let integers: Vec<Option<i64>> = vec![Some(0), None, Some(-1), Some(i64::MIN), Some(i64::MAX), Some(86_399)];
    let integers = Int64Array::from(integers);
    let of = |kind: DataType| arrow::compute::cast(&integers, &kind).unwrap();
    let seconds = Int64Array::from(vec![Some(0), None, Some(1_790_000_000), Some(-1), Some(253_402_300_800)]);
    let units = [TimeUnit::Second, TimeUnit::Millisecond, TimeUnit::Microsecond, TimeUnit::Nanosecond];
    let zones = [None, Some("UTC"), Some("+05:30"), Some("Europe/Paris")];
    let mut arrays: Vec<ArrayRef> = vec![
        of(DataType::Int8),
        of(DataType::Int16),
        of(DataType::Int32),
        of(DataType::UInt8),
        of(DataType::UInt16),
        of(DataType::UInt32),
        of(DataType::UInt64),
        Arc::new(integers.clone()),
        Arc::new(BooleanArray::from(vec![Some(true), None, Some(false)])),
        Arc::new(Float64Array::from(floats.to_vec())),
        Arc::new(Float32Array::from(floats.map(|value| value as f32).to_vec())),
        Arc::new(Float16Array::from(floats.map(half::f16::from_f64).to_vec())),
        Arc::new(Decimal32Array::from(vec![Some(-5), None, Some(99_999)]).with_precision_and_scale(9, 2).unwrap()),
        Arc::new(
            Decimal64Array::from(vec![Some(-5), None, Some(i64::MAX / 10)]).with_precision_and_scale(18, 9).unwrap(),
        ),
        Arc::new(
            Decimal128Array::from(vec![Some(-5), None, Some(i128::MAX / 2)]).with_precision_and_scale(38, 20).unwrap(),
        ),
        Arc::new(Decimal128Array::from(vec![Some(-5), None, Some(123_456)]).with_precision_and_scale(38, 4).unwrap()),
        Arc::new(Decimal128Array::from(vec![Some(12), None]).with_precision_and_scale(38, -2).unwrap()),
        Arc::new(Date32Array::from(vec![Some(0), None, Some(-800_000), Some(20_000), Some(i32::MAX), Some(0)])),
        Arc::new(Date64Array::from(vec![Some(0), None, Some(-days), Some(days + 1)])),
        Arc::new(Time32SecondArray::from(vec![Some(86_399), Some(86_400)])),
        Arc::new(Time32MillisecondArray::from(vec![Some(1), Some(-1)])),
        Arc::new(Time64MicrosecondArray::from(vec![Some(1_000), None])),
        Arc::new(Time64NanosecondArray::from(vec![Some(1), Some(i64::MAX)])),
        Arc::new(DurationMicrosecondArray::from(vec![Some(-1_500_000), None])),
        Arc::new(IntervalYearMonthArray::from(vec![Some(14), None])),
        Arc::new(StringArray::from(texts.clone())),
        Arc::new(LargeStringArray::from(texts.clone())),
        Arc::new(StringViewArray::from(texts.clone())),
        Arc::new(BinaryArray::from(vec![Some(&b"\x00\xff"[..]), None, Some(b"")])),
        Arc::new(BinaryViewArray::from(vec![Some(&b"\x00\xff"[..]), None, Some(b"")])),
        Arc::new(NullArray::new(3)),
        Arc::new(texts.iter().copied().collect::<DictionaryArray<types::Int32Type>>()),
    ];
    for unit in units {
        for zone in zones {
            arrays.push(arrow::compute::cast(&seconds, &DataType::Timestamp(unit, zone.map(Into::into))).unwrap());
        }
    }
    let ends = Int32Array::from(vec![2, 3, 6]);
    let values = StringArray::from(vec![Some("\""), None, Some("9")]);
    arrays.push(Arc::new(RunArray::try_new(&ends, &values).unwrap()));
    let slices: Vec<ArrayRef> = arrays.iter().filter(|array| array.len() > 2).map(|array| array.slice(1, 2)).collect();
    let all = arrays.into_iter().chain(slices);
    all.map(|array| (array.clone(), Field::new("a", array.data_type().clone(), true))).collect()
}

#[test]
fn what_is_put_is_what_is_pushed() {
    let wanted = Wanted { bytes: *b"\"\n\"\n", controls: false };
    let mut left = 0;
    for (array, field) in columns() {
        let mut column = TextColumn::new(&array, &field, BytesText::Base64).unwrap();
        column.mark(0..array.len(), wanted);
        for row in (0..array.len()).filter(|row| array.logical_nulls().is_none_or(|nulls| nulls.is_valid(*row))) {
            let mut pushed = Vec::new();
            let outcome = column.push(&mut pushed, row);
            let mut room = vec![0; 200];
            match column.put(&mut room, 3, row) {
                Some(end) => assert_eq!(String::from_utf8_lossy(&room[3..end]), String::from_utf8_lossy(&pushed)),
                None => left += usize::from(outcome.is_ok()),
            }
            if outcome.is_err() {
                assert_eq!(column.put(&mut room, 3, row), None);
            }
            for size in 0..60 {
                if let Some(end) = column.put(&mut vec![0; size], 3, row) {
                    assert_eq!(end - 3, pushed.len());
                }
            }
            if column.form() == TextForm::Text {
                assert_eq!(column.is_marked(row), pushed.iter().any(|byte| wanted.is(*byte)), "{array:?} {row}");
            } else {
                assert!(!column.is_marked(row));
            }
        }
    }
    // Dates and times far from ours, and decimals that are not usual; zones other than UTC have a way of their own.
    assert!(left < 20, "{left} values were left to be pushed");
}
