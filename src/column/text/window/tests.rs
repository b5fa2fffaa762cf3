use super::*;

#[test]
fn blocks_go_forward_only() {
    let mut window = Window::default();
    let mut filled = Vec::new();
    let mut at = |row| window.at(row, 150, |_, rows| filled.push(rows)).map(|(_, index)| index);
    assert_eq!([at(3), at(4), at(66), at(3)], [Some(0), Some(1), Some(63), Some(0)]);
    assert_eq!([at(2), at(67), at(66), at(140), at(149)], [None, Some(0), None, Some(0), Some(9)]);
    // Behind the end nothing is made ready.
    assert_eq!(at(150), Some(0));
    assert_eq!(filled, [3..67, 67..131, 140..150, 150..150]);
}
