use std::sync::Arc;

use arrow_array::types::*;
use arrow_array::*;
use arrow_schema::{DataType, Field};
use proptest::prelude::*;

use super::super::{BytesText, TextForm};
use super::*;
use crate::simd::Wanted;

/// No rows.
const NONE: [usize; 0] = [];

/// Puts each row down from its cell, as text; the rows that are left. Compares with what is pushed.
fn left(array: &dyn Array, quoted: bool, wanted: Option<Wanted>) -> Vec<usize> {
    let field = Field::new("a", array.data_type().clone(), true);
    let mut column = TextColumn::new(array, &field, BytesText::Base64).unwrap();
    if let Some(wanted) = wanted {
        column.mark(0..array.len(), wanted);
    }
    let nulls = array.logical_nulls();
    let null = Null::new(b"null");
    // Many columns make small blocks, whose rows do not begin where words of bits do.
    let mut left = Vec::new();
    for columns in [1, 100, 1000] {
        let mut blocks = Blocks::new(columns, array.len());
        left.clear();
        for row in 0..array.len() {
            let (cells, index) =
                blocks.at(row, |_, cells, rows| cells.scalar(&column, rows, nulls.as_ref(), &null, quoted));
            for cells in [cells.first().unwrap(), cells.last().unwrap()] {
                let mut room = vec![0xff; 1000];
                assert_eq!(cells.is_null(index), column.is_null(row), "row {row}");
                let Some(end) = cells.put(&mut room, 7, index) else {
                    left.push(row);
                    continue;
                };
                let mut expected = Vec::new();
                match column.is_null(row) {
                    true => expected.extend_from_slice(b"null"),
                    false => {
                        let quote: &[u8] = if quoted && column.form() != TextForm::Text { b"\"" } else { b"" };
                        expected.extend_from_slice(quote);
                        column.push(&mut expected, row).unwrap();
                        expected.extend_from_slice(quote);
                    }
                }
                assert_eq!(String::from_utf8_lossy(&room[7..end]), String::from_utf8_lossy(&expected), "row {row}");
                // With less room it says so, or writes the same.
                for size in (7..end).step_by(13).chain(end.checked_sub(1).filter(|size| *size >= 7)) {
                    assert!(cells.put(&mut room[..size], 7, index).is_none(), "row {row}, {size} bytes");
                }
            }
        }
    }
    left.dedup();
    left
}

/// Numbers of every size, with nulls among them.
fn numbers() -> impl Iterator<Item = Option<i64>> + Clone {
    let powers = (0..63).flat_map(|bit| [1_i64 << bit, -(1_i64 << bit), (1_i64 << bit) - 1]);
    powers.enumerate().map(|(index, value)| (index % 7 != 3).then_some(value))
}

#[test]
fn numbers_of_each_type_are_ready() {
    macro_rules! integers {
        ($($kind:ident: $native:ty),*) => {
            $({
                let array: $kind = numbers().map(|value| value.map(|value| value as $native)).collect();
                for array in [array.slice(0, array.len()), array.slice(5, 100), array.slice(1, 0)] {
                    assert_eq!(left(&array, false, None), NONE, "{}", array.data_type());
                    assert_eq!(left(&array, true, None), NONE, "{}", array.data_type());
                }
            })*
        };
    }
    integers!(Int8Array: i8, Int16Array: i16, Int32Array: i32, Int64Array: i64);
    integers!(UInt8Array: u8, UInt16Array: u16, UInt32Array: u32, UInt64Array: u64);
    let decimals: Decimal128Array = numbers().map(|value| value.map(i128::from)).collect();
    for scale in [0, 2, 9] {
        let array = decimals.clone().with_precision_and_scale(38, scale).unwrap();
        assert_eq!(left(&array, false, None), NONE);
    }
    let large = Decimal128Array::from(vec![10_i128.pow(30), 1, -1]).with_precision_and_scale(38, 3).unwrap();
    assert_eq!(left(&large, false, None), [0]);
    let small: Decimal64Array = numbers().collect();
    assert_eq!(left(&small.with_precision_and_scale(18, 4).unwrap(), true, None), NONE);
}

#[test]
fn floats_that_are_not_finite_are_left() {
    let array: Float64Array = numbers().map(|value| value.map(|value| value as f64 / 3.0)).collect();
    assert_eq!(left(&array, false, None), NONE);
    let array: Float32Array = numbers().map(|value| value.map(|value| value as f32 * 1e-20)).collect();
    assert_eq!(left(&array, false, None), NONE);
    let odd = [1e300, f64::NAN, -0.0, f64::INFINITY, f64::NEG_INFINITY, f64::MIN_POSITIVE, -f64::NAN, f64::MIN];
    assert_eq!(left(&Float64Array::from(odd.to_vec()), false, None), [1, 3, 4, 6]);
    // A null may hide what is not finite.
    let hidden = Float64Array::new(vec![f64::NAN].into(), Some(vec![false].into()));
    assert_eq!(left(&hidden, false, None), NONE);
}

#[test]
fn times_and_truth_values_are_ready() {
    let micros: Vec<_> = (0..200).map(|row| (row % 3 > 0).then_some(row * 86_399_000_007 - 5_000_000)).collect();
    for zone in [None, Some("UTC")] {
        let array = TimestampMicrosecondArray::from(micros.clone()).with_timezone_opt(zone);
        assert_eq!(left(&array, false, None), NONE);
        assert_eq!(left(&array, true, None), NONE);
    }
    let there: Vec<_> = micros.iter().map(|value| value.unwrap_or_default().abs() % 86_400).collect();
    assert_eq!(left(&Time64NanosecondArray::from(there.clone()), true, None), NONE);
    let seconds: Vec<_> = there.iter().map(|value| *value as i32).collect();
    assert_eq!(left(&Time32SecondArray::from(seconds.clone()), false, None), NONE);
    assert_eq!(left(&Date32Array::from(seconds), false, None), NONE);
    // Years of five digits, and with nanoseconds and quotes a text that no slot holds.
    assert_eq!(left(&Date32Array::from(vec![0, 3_000_000]), false, None), [1]);
    assert_eq!(left(&TimestampNanosecondArray::from(vec![0, 1]).with_timezone("UTC"), true, None), [1]);
    let flags: BooleanArray = (0..130).map(|row| (row % 5 > 0).then_some(row % 3 == 0)).collect();
    assert_eq!(left(&flags.slice(3, 127), false, None), NONE);
    // Types without slots are left, but not their nulls if there is nothing else.
    let bytes = BinaryArray::from(vec![Some(&b"a"[..]), None]);
    assert_eq!(left(&bytes, false, None), [0, 1]);
    assert_eq!(left(&NullArray::new(3), false, None), NONE);
}

const QUOTE: Wanted = Wanted { bytes: [b'"'; 4], controls: true };

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn texts_are_ready_unless_they_are_marked_or_end_the_buffer(
        rows in proptest::collection::vec(
            proptest::option::weighted(0.8, "[a-f\"\n]{0,3}|[a-f]{0,40}|[a-f]{60,200}\"?"), 0..200,
        ),
        cut in 0..9_usize,
    ) {
        let cut = cut.min(rows.len());
        // Texts close to the end of a buffer may be left; none is, with enough of others behind them.
        let padded: Vec<_> = rows.iter().cloned().chain(std::iter::repeat_n(Some("x".repeat(31)), 20)).collect();
        let marked = |row: &usize| rows[*row].as_ref().is_some_and(|text| text.contains(['"', '\n']));
        let expected: Vec<_> = (cut..rows.len()).filter(marked).map(|row| row - cut).collect();
        let arrays: [ArrayRef; 3] = [
            Arc::new(StringArray::from(padded.clone())),
            Arc::new(LargeStringArray::from(padded.clone())),
            Arc::new(StringViewArray::from_iter(padded.clone())),
        ];
        for array in arrays {
            let array = array.slice(cut, rows.len() - cut);
            let left = left(&array, true, Some(QUOTE));
            prop_assert!(expected.iter().all(|row| left.contains(row)), "{} {left:?}", array.data_type());
            // Views may lie in several buffers, each with an end.
            prop_assert!(left == expected || array.data_type() == &DataType::Utf8View, "{left:?}");
        }
        // Those at the end, too, are the same or left.
        left(&StringArray::from(rows.clone()), false, None);
        left(&StringViewArray::from_iter(rows), false, None);
    }
}

#[test]
fn entries_are_ready() {
    let keys: Int32Array = (0..150).map(|row| (row % 4 > 0).then_some(row % 3)).collect();
    let values = StringArray::from(vec!["a".to_owned(), String::new(), "long ".repeat(40)]);
    let array = DictionaryArray::<Int32Type>::new(keys, Arc::new(values));
    let entries = Entries::new(&array, |out, text| {
        out.extend_from_slice(text.as_bytes());
        Some(())
    });
    let (entries, null) = (entries.unwrap(), Null::new(b""));
    let mut blocks = Blocks::new(3, array.len());
    for row in 0..array.len() {
        let (cells, index) =
            blocks.at(row, |_, cells, rows| cells.entries(&entries, rows, array.logical_nulls().as_ref(), &null));
        let mut room = [0; 1000];
        let end = cells[1].put(&mut room, 0, index).unwrap();
        let expected = if array.is_null(row) { &b""[..] } else { entries.get(row).unwrap() };
        assert_eq!(room[..end], *expected, "row {row}");
    }
}

#[test]
fn a_null_of_any_length() {
    for len in [0, 1, 31, 32, 200] {
        let null = Null::new(&vec![b'n'; len]);
        for array in [Int32Array::from(vec![None, Some(1)]), Int32Array::new_null(2)] {
            let field = Field::new("a", DataType::Int32, true);
            let column = TextColumn::new(&array, &field, BytesText::Base64).unwrap();
            let mut cells = Cells::default();
            cells.scalar(&column, 0..2, array.nulls(), &null, false);
            // Longer than a slot: left to the caller.
            assert_eq!(cells.put(&mut [0; 500], 0, 0), (len < 32).then_some(len));
        }
    }
}
