//! Reading the primitives of Avro's binary encoding (specification, section Binary Encoding). Every length is checked
//! against what is left before it is believed.

use crate::error::{Error, Result};

/// Bytes and how far they are read.
#[derive(Clone, Copy)]
pub(crate) struct Cursor<'a> {
    bytes: &'a [u8],
    position: usize,
    ran_out: bool,
}

impl<'a> Cursor<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Cursor { bytes, position: 0, ran_out: false }
    }
    /// Passes over bytes that were read before.
    pub(crate) fn advance(&mut self, len: usize) {
        self.position = (self.position + len).min(self.bytes.len());
    }
    pub(crate) fn position(&self) -> usize {
        self.position
    }
    /// What is left.
    #[inline]
    pub(crate) fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.position..).unwrap_or_default()
    }
    /// Whether an error was met because the bytes end, not because of what they are.
    pub(crate) fn ran_out(&self) -> bool {
        self.ran_out
    }
    pub(crate) fn remaining(&self) -> usize {
        self.bytes.len() - self.position
    }
    /// The bytes between an earlier position and this one.
    pub(crate) fn since(&self, start: usize) -> &'a [u8] {
        self.bytes.get(start..self.position).unwrap_or_default()
    }

    #[inline]
    pub(crate) fn byte(&mut self) -> Result<u8> {
        match self.bytes.get(self.position) {
            Some(byte) => {
                self.position += 1;
                Ok(*byte)
            }
            None => Err(self.ends()),
        }
    }

    #[inline]
    pub(crate) fn take(&mut self, len: usize) -> Result<&'a [u8]> {
        match self.bytes.get(self.position..).and_then(|rest| rest.get(..len)) {
            Some(taken) => {
                self.position += len;
                Ok(taken)
            }
            None => Err(self.short(len)),
        }
    }

    #[inline]
    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        match self.bytes.get(self.position..).and_then(|rest| rest.first_chunk::<N>()) {
            Some(taken) => {
                self.position += N;
                Ok(*taken)
            }
            None => Err(self.short(N)),
        }
    }

    /// A zig-zag number of at most 64 bits.
    #[inline]
    pub(crate) fn long(&mut self) -> Result<i64> {
        let rest = self.bytes.get(self.position..).unwrap_or_default();
        if let [first, ..] = rest
            && *first < 0x80
        {
            self.position += 1;
            return Ok(zig_zag(u64::from(*first)));
        }
        if let Some((value, len)) = rest.first_chunk().and_then(varint_of_nine) {
            self.position += len;
            return Ok(zig_zag(value));
        }
        match varint(rest)? {
            Some((value, len)) => {
                self.position += len;
                Ok(zig_zag(value))
            }
            None => Err(self.ends()),
        }
    }

    /// A zig-zag number of at most 32 bits.
    #[inline]
    pub(crate) fn int(&mut self) -> Result<i32> {
        let value = self.long()?;
        i32::try_from(value).map_err(|_| too_wide(value))
    }

    /// A length in bytes, checked against what is left.
    #[inline]
    pub(crate) fn length(&mut self) -> Result<usize> {
        let length = self.long()?;
        match usize::try_from(length) {
            Ok(length) if length <= self.remaining() => Ok(length),
            found => {
                self.ran_out = found.is_ok();
                Err(lies(length, self.remaining()))
            }
        }
    }

    /// Bytes with their length in front.
    #[inline]
    pub(crate) fn bytes(&mut self) -> Result<&'a [u8]> {
        let length = self.length()?;
        self.take(length)
    }

    pub(crate) fn boolean(&mut self) -> Result<bool> {
        match self.byte()? {
            0 => Ok(false),
            1 => Ok(true),
            other => Err(not_boolean(other)),
        }
    }

    /// The head of a block of items: how many there are and, where it is told, in how many bytes. `None`: the end.
    pub(crate) fn items(&mut self, least_size: usize) -> Result<Option<Items>> {
        let count = self.long()?;
        if count == 0 {
            return Ok(None);
        }
        let end = match count < 0 {
            true => Some(self.length()?).map(|length| self.position + length),
            false => None,
        };
        let claimed = count.unsigned_abs();
        let remaining = self.remaining();
        let bound = remaining.checked_div(least_size).unwrap_or(remaining.max(EMPTY_ITEMS_MAX));
        match usize::try_from(claimed) {
            Ok(count) if count <= bound => Ok(Some(Items { count, end })),
            _ => {
                // Of items that take bytes, more may come.
                self.ran_out = least_size > 0;
                Err(too_many(claimed, self.remaining()))
            }
        }
    }

    #[cold]
    fn ends(&mut self) -> Error {
        self.ran_out = true;
        Error::malformed("the block ends in the middle of a value")
    }

    #[cold]
    fn short(&mut self, want: usize) -> Error {
        self.ran_out = true;
        let have = self.remaining();
        Error::malformed(format!("a value of {want} bytes, but the block ends after {have}"))
    }

    /// Checks that a block of items ended where it said.
    pub(crate) fn end_items(&self, items: &Items) -> Result<()> {
        match items.end {
            Some(end) if end != self.position => Err(wrong_end(end, self.position)),
            _ => Ok(()),
        }
    }
}

/// Items that take no bytes, or may, in one block: their number cannot be checked against the bytes.
const EMPTY_ITEMS_MAX: usize = 1 << 24;

/// A block of items of an array or map.
pub(crate) struct Items {
    pub(crate) count: usize,
    end: Option<usize>,
}

#[inline]
fn zig_zag(value: u64) -> i64 {
    ((value >> 1) as i64) ^ -((value & 1) as i64)
}

/// A zig-zag number of nine bytes at most at the start of `bytes`, and its length, where that is quickly seen.
#[inline(always)]
pub(crate) fn short_long(bytes: &[u8]) -> Option<(i64, usize)> {
    let first = *bytes.first()?;
    if first < 0x80 {
        return Some((zig_zag(first.into()), 1));
    }
    let (value, len) = varint_of_nine(bytes.first_chunk()?)?;
    Some((zig_zag(value), len))
}

/// A number of seven bits a byte and its length, if it has nine bytes at most: without a loop.
#[inline(always)]
fn varint_of_nine(bytes: &[u8; 9]) -> Option<(u64, usize)> {
    const MORE: u64 = 0x8080_8080_8080_8080;
    let [a, b, c, d, e, f, g, h, last] = *bytes;
    let word = u64::from_le_bytes([a, b, c, d, e, f, g, h]);
    let ends = !word & MORE;
    if ends == 0 {
        let high = u64::from(last) << 56;
        return (last < 0x80).then(|| (gathered(word & !MORE) | high, 9));
    }
    // The bytes up to the first that ends the number.
    let own = ends ^ (ends - 1);
    Some((gathered(word & own & !MORE), (ends.trailing_zeros() / 8 + 1) as usize))
}

/// Seven bits of each byte, together.
#[inline(always)]
fn gathered(word: u64) -> u64 {
    let twos = (word & 0x007f_007f_007f_007f) | ((word & 0x7f00_7f00_7f00_7f00) >> 1);
    let fours = (twos & 0x0000_3fff_0000_3fff) | ((twos & 0x3fff_0000_3fff_0000) >> 2);
    (fours & 0x0fff_ffff) | ((fours & 0x0fff_ffff_0000_0000) >> 4)
}

/// A number of seven bits a byte, lowest first, and its length; `None` if the bytes end inside it.
#[inline]
pub(crate) fn varint(bytes: &[u8]) -> Result<Option<(u64, usize)>> {
    let mut value = 0u64;
    for (index, byte) in bytes.iter().take(10).enumerate() {
        if index == 9 && *byte > 1 {
            return Err(overlong());
        }
        value |= u64::from(*byte & 0x7f) << (7 * index);
        if *byte < 0x80 {
            return Ok(Some((value, index + 1)));
        }
    }
    Ok(None)
}

/// A zig-zag number at the start of `bytes` and its length; `None` if the bytes end inside it.
pub(crate) fn long_at(bytes: &[u8]) -> Result<Option<(i64, usize)>> {
    Ok(varint(bytes)?.map(|(value, len)| (zig_zag(value), len)))
}

#[cold]
fn lies(length: i64, have: usize) -> Error {
    Error::malformed(format!("a value claims {length} bytes, but {have} are left in the block"))
}
#[cold]
fn too_wide(value: i64) -> Error {
    Error::malformed(format!("{value} is not an int of 32 bits"))
}
#[cold]
fn overlong() -> Error {
    Error::malformed("a variable-length number of more than 64 bits")
}
#[cold]
fn not_boolean(byte: u8) -> Error {
    Error::malformed(format!("byte {byte:#04x} is not a boolean (0 or 1)"))
}
#[cold]
fn too_many(count: u64, have: usize) -> Error {
    Error::malformed(format!("{count} items claimed, but {have} bytes are left in the block"))
}
#[cold]
fn wrong_end(claimed: usize, found: usize) -> Error {
    let (end, position) = (claimed as i128, found as i128);
    Error::malformed(format!("a block of items is {} bytes off its claimed size", position - end))
}
