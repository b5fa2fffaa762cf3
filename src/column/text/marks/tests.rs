use proptest::prelude::*;

use super::*;

const QUOTE: Wanted = Wanted { bytes: [b'"'; 4], controls: true };

proptest! {
    #[test]
    fn marks_are_the_rows_that_hold_such_a_byte(
        rows in proptest::collection::vec("[a-f\"\n]{0,3}|[a-f]{0,90}|[a-f]{60,70}\"[a-f]{0,5}", 0..40),
        cut in 0..5_usize,
    ) {
        let mut offsets = vec![0_i32];
        let mut bytes = Vec::new();
        for row in &rows {
            bytes.extend_from_slice(row.as_bytes());
            offsets.push(bytes.len() as i32);
        }
        let range = cut.min(rows.len())..rows.len();
        let mut marks = Marks::default();
        marks.scan(&offsets, &bytes, range.clone(), QUOTE);
        for (row, text) in rows.iter().enumerate() {
            let expected = range.contains(&row) && text.bytes().any(|byte| byte == b'"' || byte < 0x20);
            prop_assert_eq!(marks.has(row), expected, "row {}", row);
        }
    }
}

#[test]
fn all_and_single_rows() {
    assert!(Marks::all().has(1_000_000));
    let mut marks = Marks::default();
    assert!(!marks.has(0));
    marks.set(64, 65);
    assert!(marks.has(64) && !marks.has(63) && !marks.has(1000));
    // Offsets that do not fit the bytes mark nothing.
    let mut marks = Marks::default();
    marks.scan(&[0_i64, 9], b"\"", 0..1, QUOTE);
    assert_eq!(marks, Marks::default());
}
