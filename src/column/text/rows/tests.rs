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
    append(&mut piece, 500, put, push).unwrap();
    (0..500).for_each(|number| expected.extend_from_slice(&row(number)));
    assert!(piece == expected);
}

#[test]
fn an_error_leaves_the_rows_before_it() {
    let mut piece = Vec::new();
    let put = |room: &mut [u8], at, number: usize| if number == 2 { None } else { put::bytes(room, at, b"a") };
    let failed = append(&mut piece, 5, put, |_, at, number| Err(Error::malformed(format!("{at} {number}"))));
    assert_eq!(failed.unwrap_err().message(), "2 2");
    assert_eq!(piece, b"aa");
    append(&mut piece, 0, |_, _, _| None, |_, _, _| Ok(())).unwrap();
    assert_eq!(piece, b"aa");
}
