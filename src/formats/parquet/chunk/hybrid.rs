//! The hybrid of runs and packed bits that levels and dictionary indices are written in (`Encodings.md`, RLE).

/// Writes `value` in groups of 7 bits, the lowest first.
pub(super) fn varint(mut value: u64, out: &mut Vec<u8>) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Writes values of `width` bits one behind the other, the lowest bit first, padded to whole bytes.
pub(super) fn pack(values: impl Iterator<Item = u64>, width: u32, out: &mut Vec<u8>) {
    if width == 0 {
        return;
    }
    let (mut word, mut filled) = (0u64, 0u32);
    for value in values {
        word |= value << filled;
        filled += width;
        if filled >= 64 {
            out.extend_from_slice(&word.to_le_bytes());
            filled -= 64;
            word = if filled == 0 { 0 } else { value >> (width - filled) };
        }
    }
    out.extend_from_slice(&word.to_le_bytes()[..filled.div_ceil(8) as usize]);
}

/// Writes numbers below 2 to the power of `width`: runs of eight and more as runs, the rest packed.
pub(in crate::formats::parquet) fn write<T: Copy + PartialEq + Into<u32>>(values: &[T], width: u32, out: &mut Vec<u8>) {
    let (mut begin, mut next) = (0, 0);
    // A run of eight that begins at `next` or behind it holds the value seven places on: what is not equal to that one is
    // no part of it, and is passed over unseen.
    while let Some(value) = values.get(next + 7) {
        let value = *value;
        let equal = values[next..next + 7].iter().rev().take_while(|other| **other == value).count();
        if equal < 7 {
            next += 7 - equal;
            continue;
        }
        let run = 8 + values[next + 8..].iter().take_while(|other| **other == value).count();
        // What is packed comes in groups of eight: a run gives up what is missing in front of it.
        let missing = (next - begin).wrapping_neg() % 8;
        if run >= 8 + missing {
            packed(&values[begin..next + missing], width, out);
            repeated(value.into(), run - missing, width, out);
            begin = next + run;
        }
        next += run;
    }
    packed(&values[begin..], width, out);
}

/// A run of `count` equal values.
pub(super) fn repeated(value: u32, count: usize, width: u32, out: &mut Vec<u8>) {
    varint((count as u64) << 1, out);
    out.extend_from_slice(&value.to_le_bytes()[..width.div_ceil(8) as usize]);
}

/// Values in groups of eight; only the last ones of a page may be fewer.
fn packed<T: Copy + Into<u32>>(values: &[T], width: u32, out: &mut Vec<u8>) {
    if values.is_empty() {
        return;
    }
    let groups = values.len().div_ceil(8);
    varint((groups as u64) << 1 | 1, out);
    if (1..=8).contains(&width) {
        out.reserve(groups * width as usize + 8);
        for group in values.chunks(8) {
            let word = group.iter().rev().fold(0, |word, value| word << width | u64::from((*value).into()));
            // Eight numbers take as many bytes as one takes bits.
            let end = out.len() + width as usize;
            out.extend_from_slice(&word.to_le_bytes());
            out.truncate(end);
        }
        return;
    }
    let padded = values.iter().map(|value| (*value).into()).chain(std::iter::repeat(0)).take(groups * 8);
    pack(padded.map(u64::from), width, out);
}

#[cfg(test)]
mod tests;
