use super::*;
use crate::error::Error;

fn row(number: usize) -> Vec<u8> {
    let len = match number % 7 {
        3 => 20_000,
        5 => 7_000,
        other => other * 30,
    };
    format!("{number}:{}\n", "x".repeat(len)).into_bytes()
}

#[test]
fn rows_that_are_put_and_rows_that_are_pushed_stand_in_order() {
    let mut piece = b"head\n".to_vec();
    let mut expected = piece.clone();
    let put = |room: &mut [u8], at, number: usize| match number % 5 {
        4 => None,
        _ => put::bytes(room, at, &row(number)),
    };
    let push = |out: &mut Vec<u8>, at, number| {
        assert!(out.is_empty() && at > 0);
        out.extend_from_slice(&row(number));
        Ok(())
    };
    (0..500).for_each(|number| expected.extend_from_slice(&row(number)));
    // Whatever was left behind the end is room.
    for left in [0, 10, 100_000, 10_000_000] {
        let mut end = 5;
        piece.truncate(end);
        piece.resize(end + left, b'?');
        append(&mut piece, &mut end, 200, &put, &push).unwrap();
        append(
            &mut piece,
            &mut end,
            300,
            |room, at, row| put(room, at, row + 200),
            |out, at, row| push(out, at, row + 200),
        )
        .unwrap();
        piece.truncate(end);
        assert!(piece == expected, "{left}");
    }
}

#[test]
fn an_error_leaves_the_rows_before_it() {
    let mut piece = Vec::new();
    let put = |room: &mut [u8], at, number: usize| if number == 2 { None } else { put::bytes(room, at, b"a") };
    let mut end = 0;
    let failed = append(&mut piece, &mut end, 5, put, |_, at, number| Err(Error::malformed(format!("{at} {number}"))));
    assert_eq!(failed.unwrap_err().message(), "2 2");
    assert_eq!(&piece[..end], b"aa");
    append(&mut piece, &mut end, 0, |_, _, _| None, |_, _, _| Ok(())).unwrap();
    assert_eq!(&piece[..end], b"aa");
}
