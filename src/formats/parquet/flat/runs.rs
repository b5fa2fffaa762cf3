//! Runs of equal numbers and of packed ones, as levels and places in dictionaries are written.
//!
//! Source: parquet-format, `Encodings.md` (RLE: lengths of runs are from 1 to 2^31 - 1).

use std::ops::Range;

use bytes::Bytes;

use super::super::page_levels::varint;

/// Numbers of some bits each, on their way.
pub(super) struct Runs {
    bytes: Bytes,
    width: usize,
    run: Run,
}

/// What is left of a run.
enum Run {
    /// The same number so many times.
    Same(u32, usize),
    /// Packed numbers: which is the first, and how many are left.
    Packed(Bytes, usize, usize),
}

/// Numbers that come at once.
pub(super) enum Piece<'a> {
    /// One, so many times.
    Same(u32, usize),
    /// Packed ones: from the first on, so many.
    Packed(&'a [u8], usize, usize),
}

impl Runs {
    /// Numbers of up to 32 bits.
    pub fn new(bytes: Bytes, width: usize) -> Option<Runs> {
        (width <= 32).then_some(Runs { bytes, width, run: Run::Same(0, 0) })
    }

    /// Whether no run follows the one that was read last.
    pub fn is_last(&self) -> bool {
        self.bytes.is_empty()
    }

    /// The next `count` numbers, run by run; `None` if there are fewer.
    pub fn take(&mut self, mut count: usize, mut each: impl FnMut(Piece<'_>) -> Option<()>) -> Option<()> {
        while count > 0 {
            let taken = match &mut self.run {
                Run::Same(_, 0) | Run::Packed(_, _, 0) => {
                    self.run = self.next_run()?;
                    continue;
                }
                Run::Same(number, left) => {
                    let taken = count.min(*left);
                    *left -= taken;
                    each(Piece::Same(*number, taken))?;
                    taken
                }
                Run::Packed(bytes, first, left) => {
                    let taken = count.min(*left);
                    each(Piece::Packed(bytes, *first, taken))?;
                    (*first, *left) = (*first + taken, *left - taken);
                    taken
                }
            };
            count -= taken;
        }
        Some(())
    }

    fn next_run(&mut self) -> Option<Run> {
        let (header, rest) = varint(&self.bytes)?;
        let times = if header & 1 == 1 { 8 } else { 1 };
        let length =
            i32::try_from(header >> 1).ok().filter(|length| *length > 0 && length.checked_mul(times).is_some())?;
        let length = length as usize;
        let mut rest = self.bytes.slice_ref(rest);
        let run = match header & 1 {
            1 => {
                // The last group may lack what nobody reads.
                let packed = rest.split_to(length.checked_mul(self.width)?.min(rest.len()));
                let there = (packed.len() * 8).checked_div(self.width).unwrap_or(usize::MAX);
                let numbers = (length * 8).min(there);
                Run::Packed(packed, 0, numbers)
            }
            _ => {
                let value = self.width.div_ceil(8);
                let bytes = rest.get(..value)?;
                let number = bytes.iter().rev().fold(0, |number, byte| number << 8 | u32::from(*byte));
                if u64::from(number) >> self.width > 0 {
                    return None;
                }
                drop(rest.split_to(value));
                Run::Same(number, length)
            }
        };
        self.bytes = rest;
        Some(run)
    }

    /// Puts the next `count` numbers into `out`.
    pub fn numbers(&mut self, count: usize, out: &mut Vec<u32>) -> Option<()> {
        let width = self.width;
        self.take(count, |piece| {
            match piece {
                Piece::Same(number, count) => out.extend(std::iter::repeat_n(number, count)),
                Piece::Packed(bytes, first, count) => unpack(bytes, width, first, count, out),
            }
            Some(())
        })
    }
}

/// Numbers that are packed together.
const GROUP: usize = 8;

/// Packed numbers, the lowest bit first. There are as many bytes as they take.
fn unpack(bytes: &[u8], width: usize, first: usize, count: usize, out: &mut Vec<u32>) {
    let end = first + count;
    let aligned = first.next_multiple_of(GROUP).min(end);
    one_by_one(bytes, width, first..aligned, out);
    macro_rules! by_width {
        ($($width:literal)*) => {
            match width {
                $($width => groups::<$width>(bytes, aligned..end, out),)*
                _ => aligned,
            }
        };
    }
    let done = by_width!(1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20);
    one_by_one(bytes, width, done..end, out);
}

/// Those of whole groups, from the start of one on, as far as whole words can be read; returns which is the next. Places and
/// shifts are known when this is compiled.
fn groups<const WIDTH: usize>(bytes: &[u8], numbers: Range<usize>, out: &mut Vec<u32>) -> usize {
    let mask = (1_u64 << WIDTH) - 1;
    let mut next = numbers.start;
    // Bytes from the start of a group to the end of the word of its last number.
    let room = (GROUP - 1) * WIDTH / 8 + size_of::<u64>();
    while next + GROUP <= numbers.end
        && let Some(group) = bytes.get(next / GROUP * WIDTH..).and_then(|rest| rest.get(..room))
    {
        out.extend_from_slice(&std::array::from_fn::<u32, GROUP, _>(|index| {
            let bit = index * WIDTH;
            let word = group[bit / 8..].first_chunk().map_or(0, |word| u64::from_le_bytes(*word));
            (word >> (bit % 8) & mask) as u32
        }));
        next += GROUP;
    }
    next
}

/// The same for any width and numbers.
fn one_by_one(bytes: &[u8], width: usize, numbers: Range<usize>, out: &mut Vec<u32>) {
    let mask = (1_u64 << width) - 1;
    out.extend(numbers.map(|index| {
        let bit = index * width;
        let rest = bytes.get(bit / 8..).unwrap_or_default();
        let word = match rest.first_chunk::<8>() {
            Some(word) => u64::from_le_bytes(*word),
            None => rest.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte)),
        };
        (word >> (bit % 8) & mask) as u32
    }));
}

#[cfg(test)]
mod tests;
