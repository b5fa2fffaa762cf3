use proptest::prelude::*;

use super::*;

/// Differences as the specification has them: blocks of 128 in four parts.
fn encoded(values: &[i64]) -> Vec<u8> {
    let varint = |out: &mut Vec<u8>, mut value: u64| {
        while value >= 0x80 {
            out.push(value as u8 | 0x80);
            value >>= 7;
        }
        out.push(value as u8);
    };
    let zigzag = |value: i64| ((value << 1) ^ (value >> 63)) as u64;
    let mut out = Vec::new();
    [128, 4, values.len() as u64].into_iter().for_each(|number| varint(&mut out, number));
    varint(&mut out, zigzag(values.first().copied().unwrap_or(0)));
    let differences: Vec<i64> = values.windows(2).map(|pair| pair[1].wrapping_sub(pair[0])).collect();
    for block in differences.chunks(128) {
        let least = *block.iter().min().unwrap();
        varint(&mut out, zigzag(least));
        let parts: Vec<Vec<u64>> =
            block.chunks(32).map(|part| part.iter().map(|value| value.wrapping_sub(least) as u64).collect()).collect();
        let width = |part: &Vec<u64>| part.iter().map(|value| 64 - value.leading_zeros()).max().unwrap_or(0);
        out.extend((0..4).map(|index| parts.get(index).map_or(0, width) as u8));
        for part in &parts {
            let width = width(part) as usize;
            let mut packed = vec![0_u8; 32 * width / 8];
            for (index, value) in part.iter().enumerate() {
                for bit in (0..width).filter(|bit| value >> bit & 1 == 1) {
                    packed[(index * width + bit) / 8] |= 1 << ((index * width + bit) % 8);
                }
            }
            out.extend(packed);
        }
    }
    out
}

proptest! {
    #[test]
    fn integers_come_back(
        values in proptest::collection::vec(prop_oneof![0i64..9, any::<i64>(), Just(5i64)], 0..400),
        behind in 0usize..9,
    ) {
        let bytes = encoded(&values);
        prop_assert_eq!(Integers::new(&bytes).unwrap().collect::<Vec<_>>(), &values[..]);
        let more = [&bytes[..], &vec![0xff; behind]].concat();
        prop_assert_eq!(Integers::new(&more).unwrap().behind().map(<[u8]>::len), Some(behind));
    }

    #[test]
    fn any_bytes_come_to_an_end(bytes in proptest::collection::vec(any::<u8>(), 0..60)) {
        if let Some(integers) = Integers::new(&bytes) {
            integers.take(10_000).for_each(drop);
        }
    }
}

#[test]
fn cut_ones_end_early() {
    let values: Vec<i64> = (0..300).map(|n| n * n).collect();
    let bytes = encoded(&values);
    for cut in 0..bytes.len() {
        let read = Integers::new(&bytes[..cut]).map_or(0, Iterator::count);
        assert!(read < values.len(), "{cut}");
        assert!(Integers::new(&bytes[..cut]).and_then(Integers::behind).is_none(), "{cut}");
    }
    // Parts of no values.
    assert!(Integers::new(&[0, 4, 9, 0]).is_none());
    assert!(Integers::new(&[4, 0, 9, 0]).is_none());
}
