//! Writing the primitives of Avro's binary encoding.

use crate::column::text::put;

/// A zig-zag number.
#[inline]
pub(crate) fn long(out: &mut Vec<u8>, value: i64) {
    let mut rest = ((value << 1) ^ (value >> 63)) as u64;
    if rest < 0x80 {
        out.push(rest as u8);
        return;
    }
    let mut bytes = [0; 10];
    let mut len = 0;
    for byte in &mut bytes {
        *byte = rest as u8 & 0x7f;
        rest >>= 7;
        len += 1;
        if rest == 0 {
            break;
        }
        *byte |= 0x80;
    }
    out.extend_from_slice(&bytes[..len]);
}

/// Bytes with their length in front.
#[inline]
pub(crate) fn bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    long(out, bytes.len() as i64);
    out.extend_from_slice(bytes);
}

/// A zig-zag number into `room` from `at` on; where it ends, or `None` if the room might not suffice.
#[inline]
pub(crate) fn put_long(room: &mut [u8], at: usize, value: i64) -> Option<usize> {
    let rest = ((value << 1) ^ (value >> 63)) as u64;
    if rest < 0x80 {
        return put::byte(room, at, rest as u8);
    }
    let len = (70 - rest.leading_zeros() as usize) / 7;
    let spread = spread(rest);
    if len <= 8 {
        let more = 0x0080_8080_8080_8080 & ((1 << (8 * len - 8)) - 1);
        return put::fixed(room, at, &(spread | more).to_le_bytes(), len);
    }
    let low = (spread | 0x8080_8080_8080_8080).to_le_bytes();
    let at = put::fixed(room, at, &low, 8)?;
    let last = (rest >> 63) as u8;
    put::fixed(room, at, &[(rest >> 56) as u8 & 0x7f | last << 7, last], len - 8)
}

/// The lowest 56 bits, seven in each byte.
#[inline]
fn spread(value: u64) -> u64 {
    let fours = (value & 0x0fff_ffff) | ((value & 0x00ff_ffff_f000_0000) << 4);
    let twos = (fours & 0x0000_3fff_0000_3fff) | ((fours & 0x0fff_c000_0fff_c000) << 2);
    (twos & 0x007f_007f_007f_007f) | ((twos & 0x3f80_3f80_3f80_3f80) << 1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::cursor::Cursor;
    use super::*;

    fn check(value: i64) {
        let mut pushed = Vec::new();
        long(&mut pushed, value);
        let mut room = [0xaa; 24];
        let end = put_long(&mut room, 3, value).unwrap();
        assert_eq!(&room[3..end], pushed, "{value}");
        assert_eq!(room[..3], [0xaa; 3]);
        for size in 0..24 {
            if let Some(end) = put_long(&mut room[..size], 3, value) {
                assert_eq!(&room[3..end], pushed);
            }
        }
        // Read where nothing follows, and where more does.
        for behind in [0, 1, 9] {
            let mut bytes = pushed.clone();
            bytes.resize(pushed.len() + behind, 0xff);
            let mut cursor = Cursor::new(&bytes);
            assert_eq!(cursor.long().unwrap(), value);
            assert_eq!(cursor.position(), pushed.len());
        }
        for len in 0..pushed.len() {
            assert!(Cursor::new(&pushed[..len]).long().is_err());
        }
    }

    proptest! {
        #[test]
        fn numbers_of_every_length(value in any::<i64>(), shift in 0..64_u32) {
            check(value >> shift);
        }
    }

    #[test]
    fn numbers_at_the_ends_of_each_length() {
        for bits in 0..64 {
            for value in [1_i64 << bits, (1_i64 << bits).wrapping_sub(1), (1_i64 << bits).wrapping_neg()] {
                check(value);
            }
        }
        [i64::MIN, i64::MAX, 0, -1].into_iter().for_each(check);
    }

    #[test]
    fn numbers_that_are_too_long_are_refused() {
        // Ten bytes whose last holds more than a bit; eleven bytes.
        for bytes in [[&[0xff; 9][..], &[2]].concat(), [&[0x80; 10][..], &[0]].concat()] {
            assert!(Cursor::new(&bytes).long().is_err());
            let mut more = bytes;
            more.extend_from_slice(&[0; 9]);
            assert!(Cursor::new(&more).long().is_err());
        }
        // More bytes than needed are a way to write a small number.
        let bytes = [0x82, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00, 7];
        let mut cursor = Cursor::new(&bytes);
        assert_eq!((cursor.long().unwrap(), cursor.position()), (1, 9));
    }
}
