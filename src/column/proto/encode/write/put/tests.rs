use arrow_buffer::{OffsetBuffer, ScalarBuffer};
use proptest::prelude::*;

use super::*;

fn texts(values: &[Vec<u8>]) -> Values {
    let offsets = OffsetBuffer::from_lengths(values.iter().map(Vec::len));
    Values::Bytes(Texts::Small(offsets, values.concat().into()))
}

fn views(values: &[Vec<u8>]) -> Values {
    let texts = values.iter().map(|bytes| String::from_utf8_lossy(bytes));
    Values::Bytes(Texts::TextView(texts.map(Some).collect()))
}

fn nulls(seed: u64, rows: usize) -> Option<NullBuffer> {
    seed.is_multiple_of(2).then(|| (0..rows).map(|row| seed >> (row % 60) & 2 == 0).collect::<Vec<_>>().into())
}

fn field(number: u32, wire: u8, implicit: bool, many: Many) -> Field {
    Field { tag: Tag::new(number, wire), implicit, many }
}

/// A message with a field of every kind.
fn message(rows: usize, numbers: &[u64], values: &[Vec<u8>], seed: u64, depth: usize) -> Message {
    let number = |row: usize| numbers[row % numbers.len()];
    let column: ScalarBuffer<u64> = (0..rows).map(number).collect();
    let text: Vec<Vec<u8>> = (0..rows).map(|row| values[row % values.len()].clone()).collect();
    // Not as far as seconds and nanoseconds would be out of range.
    let moments: ScalarBuffer<i64> = (0..rows).map(|row| number(row) as i64 >> 3).collect();
    let ranges: Vec<(usize, usize)> =
        (0..rows).map(|row| (row % (rows.div_ceil(2)), row.min(rows - 1).max(row % rows.div_ceil(2)))).collect();
    let one = |values| Many::One(Value { nulls: nulls(seed, rows), values });
    let item = |values| Value { nulls: None, values };
    let list = |values, packed| Many::List { ranges: ranges.clone(), item: item(values), packed };
    let moment = |duration| Values::Moment { values: moments.clone(), unit: TimeUnit::Microsecond, duration };
    let implicit = seed.is_multiple_of(3);
    let mut fields = vec![
        field(1, wire::VARINT, implicit, one(Values::Varint(column.clone()))),
        field(2, wire::LENGTH, implicit, one(texts(&text))),
        field(3, wire::LENGTH, implicit, one(views(&text))),
        field(17, wire::EIGHT, implicit, one(Values::Eight(column.clone()))),
        field(70_000, wire::LENGTH, false, one(moment(true))),
        field(70_001, wire::LENGTH, false, list(moment(false), false)),
        field(70_002, wire::LENGTH, false, list(Values::Varint(column.clone()), true)),
        field(70_003, wire::LENGTH, false, list(texts(&text), false)),
        field(70_005, wire::LENGTH, false, list(views(&text), false)),
        field(70_004, wire::FOUR, implicit, one(Values::Four(column.iter().map(|value| *value as u32).collect()))),
        field(0x1fff_ffff, wire::EIGHT, false, list(Values::Eight(column), true)),
    ];
    if depth > 0 {
        for (number, group) in [(6, false), (7, true)] {
            let message = message(rows, numbers, values, seed >> 1, depth - 1);
            fields.push(field(number, wire::LENGTH, false, one(Values::Message { message, group })));
        }
        let message = message(rows, numbers, values, seed >> 2, depth - 1);
        fields.push(field(8, wire::LENGTH, false, list(Values::Message { message, group: false }, false)));
    }
    let unknown = seed.is_multiple_of(5).then(|| {
        let Values::Bytes(texts) = texts(&text) else { unreachable!() };
        (nulls(seed / 5, rows), texts)
    });
    Message { fields, unknown }
}

proptest! {
    #[test]
    fn rows_are_put_down_as_they_are_written(
        numbers in proptest::collection::vec((any::<u64>(), 0u32..64).prop_map(|(value, shift)| value >> shift), 1..5),
        values in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..200), 1..5),
        seed in any::<u64>(),
        rows in 1usize..6,
        width in 1usize..4,
        short in 0usize..400,
    ) {
        let message = message(rows, &numbers, &values, seed, 2);
        let mut putter = message.rows();
        for row in 0..rows {
            let (mut expected, mut framed) = (vec![7; 3], vec![7; 3]);
            message.write(row, &mut expected);
            let took = wire::push_behind_length(&mut framed, width, |out| message.write(row, out));
            // Room that is not empty, and perhaps too short: then nothing is said of it.
            let mut room = vec![7; (framed.len() + 400).saturating_sub(short * 2).max(3)];
            match putter.put(&mut room, 3, row) {
                Some(end) => prop_assert_eq!(&room[..end], &expected[..]),
                None => prop_assert!(short > 150),
            }
            room.fill(7);
            match putter.put_delimited(&mut room, 3, width, row) {
                Some((end, own)) => {
                    prop_assert_eq!(own, took);
                    prop_assert_eq!(&room[..end], &framed[..]);
                }
                None => prop_assert!(short > 150),
            }
        }
    }
}
