//! Integers that are stored as differences (parquet-format, `Encodings.md`, Delta Encoding), as far as pages are looked
//! at before the crate reads them.

use super::page_levels::varint;

/// The first numbers of differences: of a block, parts of a block, of all values.
pub(super) fn header(bytes: &[u8]) -> Option<([u64; 3], &[u8])> {
    let (block, bytes) = varint(bytes)?;
    let (parts, bytes) = varint(bytes)?;
    let (count, bytes) = varint(bytes)?;
    Some(([block, parts, count], bytes))
}

/// The integers, one after the other. They end early where the bytes do.
pub(super) struct Integers<'a> {
    /// What was not looked at.
    bytes: &'a [u8],
    /// Integers of a part of a block, and parts.
    each: usize,
    parts: usize,
    /// Integers to come.
    left: usize,
    last: i64,
    started: bool,
    /// The smallest difference of the block, and the widths of its parts to come.
    least: i64,
    widths: &'a [u8],
    /// The part: its bits, how many a difference has, and which comes next.
    part: &'a [u8],
    width: usize,
    place: usize,
}

impl<'a> Integers<'a> {
    /// From a header on; `None` if that is cut off, or says that parts have no integers.
    pub fn new(bytes: &'a [u8]) -> Option<Self> {
        let ([block, parts, count], rest) = header(bytes)?;
        let (first, bytes) = varint(rest)?;
        // A part of no values would not come to an end.
        let each = usize::try_from(block.checked_div(parts)?).ok().filter(|each| *each > 0)?;
        Some(Integers {
            bytes,
            each,
            parts: usize::try_from(parts).ok()?,
            left: usize::try_from(count).ok()?,
            last: unzigzag(first),
            started: false,
            least: 0,
            widths: &[],
            part: &[],
            width: 0,
            place: each,
        })
    }

    /// The next part, which may begin a block.
    fn next_part(&mut self) -> Option<()> {
        if self.widths.is_empty() {
            let (least, rest) = varint(self.bytes)?;
            self.least = unzigzag(least);
            (self.widths, self.bytes) = rest.split_at_checked(self.parts)?;
        }
        let (width, widths) = self.widths.split_first()?;
        (self.width, self.widths) = (usize::from(*width), widths);
        // A part is filled up behind the last value.
        let length = self.each.checked_mul(self.width)?.div_ceil(8);
        (self.part, self.bytes) = self.bytes.split_at_checked(length)?;
        self.place = 0;
        Some(())
    }

    /// What stands behind all of them; `None` if they end too early.
    pub fn behind(mut self) -> Option<&'a [u8]> {
        // The first stands by itself.
        self.left = self.left.saturating_sub(1);
        while self.left > 0 {
            self.next_part()?;
            self.left = self.left.saturating_sub(self.each);
        }
        Some(self.bytes)
    }
}

impl Iterator for Integers<'_> {
    type Item = i64;

    fn next(&mut self) -> Option<i64> {
        self.left = self.left.checked_sub(1)?;
        if !std::mem::replace(&mut self.started, true) {
            return Some(self.last);
        }
        if self.place == self.each {
            self.next_part()?;
        }
        let difference = bits(self.part, self.place * self.width, self.width);
        self.place += 1;
        self.last = self.last.wrapping_add(self.least).wrapping_add(difference as i64);
        Some(self.last)
    }
}

fn unzigzag(value: u64) -> i64 {
    (value >> 1) as i64 ^ -((value & 1) as i64)
}

/// The number in `width` bits, the lowest first; what is missing is zero.
fn bits(bytes: &[u8], at: usize, width: usize) -> u64 {
    let mut word = [0; 16];
    for (to, from) in word.iter_mut().zip(bytes.get(at / 8..).unwrap_or_default()) {
        *to = *from;
    }
    let value = (u128::from_le_bytes(word) >> (at % 8)) as u64;
    if width >= 64 { value } else { value & ((1 << width) - 1) }
}

#[cfg(test)]
mod tests;
