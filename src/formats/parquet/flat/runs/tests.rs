use proptest::prelude::*;

use super::*;
use crate::formats::parquet::chunk::hybrid;

fn read(bytes: Vec<u8>, width: usize, steps: &[usize]) -> Option<Vec<u32>> {
    let mut runs = Runs::new(bytes.into(), width)?;
    let mut out = Vec::new();
    for step in steps {
        runs.numbers(*step, &mut out)?;
    }
    Some(out)
}

proptest! {
    #[test]
    fn what_was_written_comes_back_in_any_steps(
        width in 1u32..=32,
        numbers in proptest::collection::vec((any::<u32>(), 1usize..30), 1..40),
        step in 1usize..70,
    ) {
        let mask = u32::MAX >> (32 - width);
        let numbers: Vec<u32> =
            numbers.into_iter().flat_map(|(number, times)| std::iter::repeat_n(number & mask, times)).collect();
        let mut bytes = Vec::new();
        hybrid::write(&numbers, width, &mut bytes);
        let mut steps = vec![step; numbers.len() / step];
        steps.push(numbers.len() % step);
        prop_assert_eq!(read(bytes.clone(), width as usize, &steps), Some(numbers.clone()));
        // Fewer than asked for.
        prop_assert_eq!(read(bytes, width as usize, &[numbers.len() + 8]), None);
    }

    #[test]
    fn groups_are_the_numbers_one_by_one(
        bytes in proptest::collection::vec(any::<u8>(), 0..400),
        width in 1usize..=32,
        first in 0usize..40,
        last in 0usize..40,
    ) {
        let there = bytes.len() * 8 / width;
        let (first, last) = (first.min(there), there.saturating_sub(last));
        let count = last.saturating_sub(first);
        let (mut found, mut expected) = (vec![7], vec![7]);
        unpack(&bytes, width, first, count, &mut found);
        one_by_one(&bytes, width, first..first + count, &mut expected);
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn any_bytes_are_numbers_or_too_few(bytes in proptest::collection::vec(any::<u8>(), 0..60), width in 0usize..40) {
        if let Some(numbers) = read(bytes, width, &[3, 50, 700]) {
            prop_assert_eq!(numbers.len(), 753);
            prop_assert!(numbers.iter().all(|number| u64::from(*number) < 1 << width));
        }
    }
}

#[test]
fn numbers_of_the_specification() {
    // Encodings.md: the numbers 0 to 7 in three bits; then 4 a hundred times.
    assert_eq!(read(vec![0x03, 0x88, 0xc6, 0xfa], 3, &[8]).unwrap(), [0, 1, 2, 3, 4, 5, 6, 7]);
    assert_eq!(read(vec![0xc8, 0x01, 4], 3, &[100]).unwrap(), [4; 100]);
    // Zeros that take no bits, and no runs: for some readers these are none.
    assert_eq!(read(vec![], 0, &[5]), None);
    assert_eq!(read(vec![], 0, &[0]), Some(Vec::new()));
    // A number of more bits; a run of none.
    assert_eq!(read(vec![0xc8, 0x01, 9], 3, &[1]), None);
    assert_eq!(read(vec![0x00, 4, 0xc8, 0x01, 4], 3, &[1]), None);
}
