use proptest::prelude::*;

use super::*;

/// What a reader finds that unpacks each level, bit by bit.
fn slowly(bytes: &[u8], most: u16, count: usize) -> Option<u32> {
    unpacked(bytes, most, count).into_iter().take(count).find(|level| *level > u32::from(most))
}

/// The levels, until there are `count` or the bytes end.
fn unpacked(bytes: &[u8], most: u16, count: usize) -> Vec<u32> {
    let mut levels = Vec::new();
    let mut at = 0;
    while levels.len() < count
        && let Some(length) = run(bytes, most, at, &mut levels)
    {
        at += length;
    }
    levels
}

/// Reads the run at `at`, whose header is one byte, and says how long it is; none if there is no more.
fn run(bytes: &[u8], most: u16, at: usize, levels: &mut Vec<u32>) -> Option<usize> {
    let width = (u16::BITS - most.leading_zeros()) as usize;
    let header = usize::from(*bytes.get(at)?);
    let first = (at + 1) * 8;
    let number = |place: usize, wide: usize| {
        let bit =
            |bit: usize| bytes.get((place + bit) / 8).map(|byte| u32::from(byte >> ((place + bit) % 8) & 1) << bit);
        (0..wide).map(bit).sum::<Option<u32>>()
    };
    if header & 1 == 0 {
        let wide = width.div_ceil(8);
        levels.extend(std::iter::repeat_n(number(first, wide * 8)?, header >> 1));
        return Some(1 + wide);
    }
    levels.extend((0..(header >> 1) * 8).map_while(|index| number(first + index * width, width)));
    Some(1 + (header >> 1) * width)
}

#[test]
fn runs() {
    // Three times one; three times three.
    assert_eq!(first_above(&[6, 1], 1, 3), None);
    assert_eq!(first_above(&[6, 3], 1, 3), Some(3));
    assert_eq!(first_above(&[6, 2, 2, 3], 2, 3), None, "what stands behind the last level is none");
    assert_eq!(first_above(&[6, 2, 2, 3], 2, 4), Some(3));
    // Levels of two bytes.
    assert_eq!(first_above(&[6, 44, 1], 300, 3), None);
    assert_eq!(first_above(&[6, 45, 1], 300, 3), Some(301));
    // A run of none is none.
    assert_eq!(first_above(&[0, 3, 6, 1], 1, 3), None);
    // Too short: not for this to say.
    assert_eq!(first_above(&[6], 1, 3), None);
    assert_eq!(first_above(&[0x80; 11], 1, 3), None);
    assert_eq!(first_above(&[], 1, 3), None);
    // No levels at all.
    assert_eq!(first_above(&[6, 3], 0, 3), None);
}

#[test]
fn packed_levels() {
    // 0 1 2 2 2 2 2 3, of two bits each.
    let bytes = [3, 0b1010_0100, 0b1110_1010];
    assert_eq!(first_above(&bytes, 2, 7), None, "the last one fills the group");
    assert_eq!(first_above(&bytes, 2, 8), Some(3));
    assert_eq!(first_above(&bytes, 3, 8), None);
    // A second group is promised, and cut off behind its third level, then behind its fifth.
    let cut = [5, 0, 0, 0b0011_0000, 0b11];
    assert_eq!(first_above(&cut[..3], 2, 16), None);
    assert_eq!(first_above(&cut, 2, 10), None);
    assert_eq!(first_above(&cut, 2, 11), Some(3));
}

proptest! {
    #[test]
    fn found_as_by_a_plain_reading(
        most in prop_oneof![1u16..10, 100u16..600],
        bytes in proptest::collection::vec(prop_oneof![Just(0u8), 0u8..12, any::<u8>()], 0..80),
        count in 0usize..200,
    ) {
        let bytes: Vec<u8> = bytes.iter().map(|byte| byte & 0x7f).collect();
        prop_assert_eq!(first_above(&bytes, most, count), slowly(&bytes, most, count));
    }

    #[test]
    fn the_highest_are_counted_as_by_a_plain_reading(
        most in prop_oneof![1u16..10, 100u16..600],
        bytes in proptest::collection::vec(prop_oneof![Just(0u8), 0u8..12, any::<u8>()], 0..80),
        count in 0usize..200,
    ) {
        let bytes: Vec<u8> = bytes.iter().map(|byte| byte & 0x7f).collect();
        let levels = unpacked(&bytes, most, count);
        let enough = levels.len() >= count;
        let found = levels.iter().take(count).filter(|level| **level == u32::from(most)).count();
        prop_assert_eq!(highest(&bytes, most, count), enough.then_some(found));
    }

    #[test]
    fn levels_that_are_packed_one_by_one(
        most in 1u16..256,
        levels in proptest::collection::vec(any::<u16>(), 1..100),
        above in any::<proptest::sample::Index>(),
        raised in any::<bool>(),
    ) {
        let width = u16::BITS - most.leading_zeros();
        let mut levels: Vec<u32> = levels.iter().map(|level| u32::from(level % (most + 1))).collect();
        let highest = (1u32 << width) - 1;
        let place = above.index(levels.len());
        if raised {
            levels[place] = highest;
        }
        let groups = levels.len().div_ceil(8);
        let mut bytes = vec![(groups << 1 | 1) as u8];
        bytes.resize(1 + groups * width as usize, 0);
        for (index, level) in levels.iter().enumerate() {
            for bit in (0..width).filter(|bit| level >> bit & 1 == 1) {
                let place = index * width as usize + bit as usize;
                bytes[1 + place / 8] |= 1 << (place % 8);
            }
        }
        let expected = (raised && highest > u32::from(most)).then_some(highest);
        prop_assert_eq!(first_above(&bytes, most, levels.len()), expected);
        prop_assert_eq!(first_above(&bytes, most, if raised { place } else { 0 }), None);
    }
}
