//! `DELTA_BINARY_PACKED`, `DELTA_LENGTH_BYTE_ARRAY` and `DELTA_BYTE_ARRAY` (`Encodings.md`).

use super::hybrid::{pack, varint};

/// Values of a block: a multiple of 128.
const BLOCK: usize = 128;
/// Parts of a block with a bit width of their own.
const PARTS: usize = 4;
/// Values of such a part: a multiple of 32.
const PART: usize = BLOCK / PARTS;

/// An integer of a physical type.
pub(super) trait Integer: Copy {
    /// The number.
    fn wide(self) -> i64;
    /// The difference, which wraps around in the width of the type.
    fn minus(self, before: Self) -> i64;
}

impl Integer for i32 {
    fn wide(self) -> i64 {
        self.into()
    }
    fn minus(self, before: i32) -> i64 {
        self.wrapping_sub(before).into()
    }
}

impl Integer for i64 {
    fn wide(self) -> i64 {
        self
    }
    fn minus(self, before: i64) -> i64 {
        self.wrapping_sub(before)
    }
}

/// Writes integers as differences: for each block the smallest one, and what the others lie above it in few bits.
pub(super) fn write<T: Integer>(values: &[T], out: &mut Vec<u8>) {
    varint(BLOCK as u64, out);
    varint(PARTS as u64, out);
    varint(values.len() as u64, out);
    let Some(first) = values.first() else { return varint(0, out) };
    varint(zigzag(first.wide()), out);
    let mut above = [0u64; BLOCK];
    for block in 0..(values.len() - 1).div_ceil(BLOCK) {
        let values = &values[block * BLOCK..values.len().min((block + 1) * BLOCK + 1)];
        let count = values.len() - 1;
        let mut differences = [0i64; BLOCK];
        for (difference, pair) in differences.iter_mut().zip(values.windows(2)) {
            *difference = pair[1].minus(pair[0]);
        }
        let least = differences[..count].iter().copied().min().unwrap_or(0);
        for (above, difference) in above.iter_mut().zip(&differences[..count]) {
            *above = difference.wrapping_sub(least) as u64;
        }
        above[count..].fill(0);
        varint(zigzag(least), out);
        let widths: [u32; PARTS] = std::array::from_fn(|part| {
            64 - above[part * PART..(part + 1) * PART].iter().fold(0, |all, value| all | value).leading_zeros()
        });
        out.extend(widths.map(|width| width as u8));
        for (part, width) in widths.into_iter().enumerate() {
            pack(above[part * PART..(part + 1) * PART].iter().copied(), width, out);
        }
    }
}

/// Writes all lengths, then all texts.
pub(super) fn write_texts(values: &[&[u8]], out: &mut Vec<u8>) {
    let lengths: Vec<i32> = values.iter().map(|value| value.len() as i32).collect();
    write(&lengths, out);
    out.reserve(values.iter().map(|value| value.len()).sum());
    for value in values {
        out.extend_from_slice(value);
    }
}

/// Writes how much of each text is that of the one before, and the rest of it as [`write_texts`].
pub(super) fn write_prefixed(values: &[&[u8]], out: &mut Vec<u8>) {
    let mut prefixes = Vec::with_capacity(values.len());
    let mut rests = Vec::with_capacity(values.len());
    let mut before: &[u8] = &[];
    for value in values {
        let prefix = before.iter().zip(*value).take_while(|(one, other)| one == other).count();
        prefixes.push(prefix as i32);
        rests.push(&value[prefix..]);
        before = value;
    }
    write(&prefixes, out);
    write_texts(&rests, out);
}

fn zigzag(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)) as u64
}
