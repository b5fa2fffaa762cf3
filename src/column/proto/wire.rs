//! The wire format: varints, tags, lengths. Every length is checked against the bytes that are there.
//!
//! Rules: <https://protobuf.dev/programming-guides/encoding/>.

use crate::error::{Error, Result};
use crate::schema::proto::pool::{Field, Kind, Many};

/// Wire types.
pub const VARINT: u8 = 0;
pub const EIGHT: u8 = 1;
pub const LENGTH: u8 = 2;
pub const START: u8 = 3;
pub const END: u8 = 4;
pub const FOUR: u8 = 5;

/// The wire type of one value.
pub fn wire_of(kind: Kind) -> u8 {
    match kind {
        Kind::Scalar(scalar) => scalar.wire(),
        Kind::Enum(_) => VARINT,
        Kind::Message(_) => LENGTH,
        Kind::Group(_) => START,
    }
}

/// Whether a field of that wire type is a value, or packed values, of it.
pub fn accepts(field: &Field, wire: u8) -> bool {
    let own = wire_of(field.kind);
    wire == own || wire == LENGTH && field.many == Many::List && own != START
}

/// The name of a wire type, for messages.
pub fn wire_name(wire: u8) -> &'static str {
    match wire {
        VARINT => "varint",
        EIGHT => "8 bytes",
        LENGTH => "length-delimited",
        START => "group",
        END => "end of group",
        FOUR => "4 bytes",
        _ => "not legal",
    }
}

/// Reads inside `bytes`, up to `end`. Errors carry the byte offset in `bytes`.
#[derive(Clone, Debug)]
pub struct Cursor<'a> {
    bytes: &'a [u8],
    position: usize,
    end: usize,
}

impl<'a> Cursor<'a> {
    /// At the start of `bytes`.
    pub fn new(bytes: &'a [u8]) -> Self {
        Cursor { bytes, position: 0, end: bytes.len() }
    }
    /// Where it stands.
    pub fn position(&self) -> usize {
        self.position
    }
    /// Whether nothing is left.
    pub fn is_done(&self) -> bool {
        self.position >= self.end
    }
    /// Bytes left.
    pub fn left(&self) -> usize {
        self.end - self.position
    }
    /// The bytes from `start` to here.
    pub fn since(&self, start: usize) -> &'a [u8] {
        self.bytes.get(start..self.position).unwrap_or_default()
    }
    /// The byte here.
    pub fn peek_byte(&self) -> Option<u8> {
        self.bytes.get(self.position..self.end)?.first().copied()
    }
    /// Steps over `count` bytes, or to the end.
    pub fn advance(&mut self, count: usize) {
        self.position += count.min(self.left());
    }
    /// What is left, for reading that keeps its own place.
    #[inline]
    pub fn ahead(&self) -> Ahead<'a> {
        Ahead { bytes: self.bytes, end: self.end }
    }
    /// Moves to `position`, which lies before the end.
    #[inline]
    pub fn jump(&mut self, position: usize) {
        self.position = position.min(self.end);
    }
    /// The bytes up to the end of the line, which is stepped over.
    pub fn line(&mut self) -> &'a [u8] {
        let rest = self.bytes.get(self.position..self.end).unwrap_or_default();
        let end = memchr::memchr(b'\n', rest);
        self.advance(end.map_or(rest.len(), |end| end + 1));
        let line = &rest[..end.unwrap_or(rest.len())];
        line.strip_suffix(b"\r").unwrap_or(line)
    }
    /// The bytes from here to the end.
    pub fn rest(&mut self) -> &'a [u8] {
        let rest = self.bytes.get(self.position..self.end).unwrap_or_default();
        self.position = self.end;
        rest
    }
    /// Narrows to the next `length` bytes, which [`Cursor::length`] has checked; returns the end to restore.
    pub fn enter(&mut self, length: usize) -> usize {
        let end = self.end;
        self.end = self.position + length.min(self.left());
        end
    }
    /// Undoes [`Cursor::enter`].
    pub fn leave(&mut self, end: usize) {
        self.end = end;
    }

    #[cold]
    fn cut(&self, what: &str) -> Error {
        Error::malformed(format!("the message ends inside {what}")).at_byte(self.position as u64)
    }

    /// A varint of up to ten bytes.
    #[inline]
    pub fn varint(&mut self) -> Result<u64> {
        if self.position < self.end {
            let first = self.bytes[self.position];
            if first < 0x80 {
                self.position += 1;
                return Ok(u64::from(first));
            }
        }
        self.long_varint()
    }

    fn long_varint(&mut self) -> Result<u64> {
        if let Some((value, end)) = self.ahead().varint(self.position) {
            self.position = end;
            return Ok(value);
        }
        let window = self.bytes.get(self.position..self.end).unwrap_or_default();
        let mut value = 0;
        for (index, &byte) in window.iter().take(10).enumerate() {
            value |= u64::from(byte & 0x7f) << (7 * index);
            if byte < 0x80 {
                self.position += index + 1;
                return Ok(value);
            }
        }
        if window.len() < 10 {
            return Err(self.cut("a varint"));
        }
        Err(Error::malformed("a varint is longer than 10 bytes").at_byte(self.position as u64))
    }

    /// Field number and wire type.
    #[inline]
    pub fn tag(&mut self) -> Result<(u32, u8)> {
        let start = self.position;
        let tag = self.varint()?;
        let number = tag >> 3;
        let wire = (tag & 7) as u8;
        if self.position - start > 5 || number == 0 || number > 0x1fff_ffff || wire > FOUR {
            return Err(bad_tag(number, wire).at_byte(start as u64));
        }
        Ok((number as u32, wire))
    }

    /// A length that is covered by the bytes left.
    #[inline]
    pub fn length(&mut self) -> Result<usize> {
        let start = self.position;
        let length = self.varint()?;
        if length > self.left() as u64 {
            return Err(Error::malformed(format!("a length of {length} bytes, but {} are left", self.left()))
                .at_byte(start as u64));
        }
        Ok(length as usize)
    }

    /// Length-delimited bytes.
    #[inline]
    pub fn delimited(&mut self) -> Result<&'a [u8]> {
        let length = self.length()?;
        let bytes = &self.bytes[self.position..self.position + length];
        self.position += length;
        Ok(bytes)
    }

    /// Four bytes, little-endian.
    #[inline]
    pub fn four(&mut self) -> Result<u32> {
        match self.bytes[self.position..self.end].first_chunk::<4>() {
            Some(chunk) => {
                self.position += 4;
                Ok(u32::from_le_bytes(*chunk))
            }
            None => Err(self.cut("a 4-byte value")),
        }
    }

    /// Eight bytes, little-endian.
    #[inline]
    pub fn eight(&mut self) -> Result<u64> {
        match self.bytes[self.position..self.end].first_chunk::<8>() {
            Some(chunk) => {
                self.position += 8;
                Ok(u64::from_le_bytes(*chunk))
            }
            None => Err(self.cut("an 8-byte value")),
        }
    }

    /// What stands between the tags of a group whose first one was read; groups inside are followed, at most `depth` deep.
    /// The end tag may be longer than its number needs.
    pub fn group(&mut self, number: u32, depth: usize) -> Result<&'a [u8]> {
        if depth == 0 {
            return Err(too_deep().at_byte(self.position as u64));
        }
        let first = self.position;
        loop {
            if self.is_done() {
                return Err(self.cut("a group"));
            }
            let start = self.position;
            let (inner, wire) = self.tag()?;
            if wire == END {
                if inner == number {
                    return Ok(self.bytes.get(first..start).unwrap_or_default());
                }
                return Err(wrong_end(inner, Some(number)).at_byte(start as u64));
            }
            self.skip(inner, wire, depth - 1)?;
        }
    }

    /// The bytes of a value whose tag was read, without what tells how long it is.
    pub fn value(&mut self, number: u32, wire: u8, depth: usize) -> Result<&'a [u8]> {
        match wire {
            LENGTH => self.delimited(),
            START => self.group(number, depth),
            _ => {
                let start = self.position;
                self.skip(number, wire, depth)?;
                Ok(self.since(start))
            }
        }
    }

    /// Passes over a value whose tag was read. Groups are followed to their end tag, at most `depth` deep.
    pub fn skip(&mut self, number: u32, wire: u8, depth: usize) -> Result<()> {
        match wire {
            VARINT => drop(self.varint()?),
            EIGHT => drop(self.eight()?),
            LENGTH => drop(self.delimited()?),
            FOUR => drop(self.four()?),
            START => drop(self.group(number, depth)?),
            _ => return Err(wrong_end(number, None).at_byte(self.position as u64)),
        }
        Ok(())
    }
}

/// The bytes of a message up to its end. What lies behind is there, too, if anything is: blocks of a fixed size are read
/// across the end, and no value is taken from there.
#[derive(Clone, Copy, Debug)]
pub struct Ahead<'a> {
    bytes: &'a [u8],
    end: usize,
}

impl<'a> Ahead<'a> {
    /// The same with another end, not behind this one.
    #[inline]
    pub fn up_to(self, end: usize) -> Self {
        Ahead { end: end.min(self.end), ..self }
    }

    /// The byte at `at`, if that is before the end.
    #[inline]
    pub fn byte(self, at: usize) -> Option<u8> {
        self.bytes.get(at).copied().filter(|_| at < self.end)
    }

    /// All bytes from `at` on, also behind the end.
    #[inline]
    pub fn from(self, at: usize) -> Option<&'a [u8]> {
        self.bytes.get(at..)
    }

    /// Where `length` bytes from `at` end, if that is not behind the end.
    #[inline]
    pub fn end_of(self, at: usize, length: u64) -> Option<usize> {
        (length <= (self.end as u64).checked_sub(at as u64)?).then(|| at + length as usize)
    }

    /// The varint at `at`, and where it ends; `None` if it is too long, or too close to the end of all bytes.
    #[inline]
    pub fn varint(self, at: usize) -> Option<(u64, usize)> {
        let first = *self.bytes.get(at)?;
        let (value, end) = match first < 0x80 {
            true => (u64::from(first), at + 1),
            false => {
                let (value, length) = block_varint(self.from(at)?)?;
                (value, at + length)
            }
        };
        (end <= self.end).then_some((value, end))
    }

    /// The `N` bytes at `at`, and where they end.
    #[inline]
    pub fn block<const N: usize>(self, at: usize) -> Option<(&'a [u8; N], usize)> {
        let block = self.from(at)?.first_chunk()?;
        (at + N <= self.end).then_some((block, at + N))
    }
}

/// The varint that the bytes begin with, and how many it takes; `None` if it is too long, or there are less than eight.
#[inline]
fn block_varint(bytes: &[u8]) -> Option<(u64, usize)> {
    let word = u64::from_le_bytes(*bytes.first_chunk()?);
    // The bytes of a varint have their high bit set, but for the last one.
    let ends = !word & 0x8080_8080_8080_8080;
    if ends != 0 {
        let bits = ends.trailing_zeros() + 1;
        return Some((gathered(word & (u64::MAX >> (64 - bits))), bits as usize / 8));
    }
    let (ninth, tenth) = (*bytes.get(8)?, bytes.get(9).copied());
    let value = gathered(word) | u64::from(ninth & 0x7f) << 56;
    match tenth {
        _ if ninth < 0x80 => Some((value, 9)),
        Some(tenth) if tenth < 0x80 => Some((value | u64::from(tenth) << 63, 10)),
        _ => None,
    }
}

/// The low seven bits of each byte, behind each other.
#[inline]
fn gathered(word: u64) -> u64 {
    let word = word & 0x7f7f_7f7f_7f7f_7f7f;
    let word = word & 0x007f_007f_007f_007f | (word & 0x7f00_7f00_7f00_7f00) >> 1;
    let word = word & 0x0000_3fff_0000_3fff | (word & 0x3fff_0000_3fff_0000) >> 2;
    word & 0x0000_0000_0fff_ffff | (word & 0x0fff_ffff_0000_0000) >> 4
}

#[cold]
fn bad_tag(number: u64, wire: u8) -> Error {
    Error::malformed(format!("a tag with field number {number} and wire type {wire} is not legal"))
        .with_hint("is it the right framing? try --from-opt framing=single, or framing=delimited")
}

#[cold]
pub fn wrong_end(found: u32, open: Option<u32>) -> Error {
    Error::malformed(match open {
        Some(open) => format!("the end of group {found}, but group {open} is open"),
        None => format!("the end of group {found}, but no group is open"),
    })
}

#[cold]
pub fn too_deep() -> Error {
    Error::limit("messages are nested too deep")
        .with_code(crate::Code::Depth)
        .with_hint("raise the limit with --max-depth")
}

/// Appends the first `length` bytes of `bytes`, which are there. Few bytes are copied as a block of fixed size, without
/// a call; what is too much is cut off again.
#[inline]
pub fn push_some(out: &mut Vec<u8>, bytes: &[u8], length: usize) {
    let end = out.len() + length;
    match (bytes.first_chunk::<32>(), bytes.first_chunk::<64>()) {
        (Some(chunk), _) if length <= 32 => out.extend_from_slice(chunk),
        (_, Some(chunk)) if length <= 64 => out.extend_from_slice(chunk),
        _ => out.extend_from_slice(&bytes[..length]),
    }
    out.truncate(end);
}

/// Appends a varint.
#[inline]
pub fn push_varint(out: &mut Vec<u8>, value: u64) {
    if value < 0x80 {
        return out.push(value as u8);
    }
    let mut block = [0; 16];
    let len = put_varint(&mut block, 0, value);
    push_block(out, &block, len);
}

/// Appends the first bytes of a block, which is copied whole: without a call, and what is too much is cut off again.
#[inline]
pub fn push_block<const N: usize>(out: &mut Vec<u8>, block: &[u8; N], len: usize) {
    let end = out.len() + len;
    out.extend_from_slice(block);
    out.truncate(end);
}

/// Writes a varint at `at`, and returns where it ends: at most ten bytes, in room for as many.
#[inline]
pub fn put_varint<const N: usize>(block: &mut [u8; N], at: usize, value: u64) -> usize {
    if value < 0x80 {
        block[at] = value as u8;
        return at + 1;
    }
    // Lengths of random numbers are random: no branch should depend on them.
    if value < 1 << 56 {
        let len = varint_len(value);
        let more = 0x8080_8080_8080_8080 & ((1 << (8 * (len - 1))) - 1);
        block[at..at + 8].copy_from_slice(&(scattered(value) | more).to_le_bytes());
        return at + len;
    }
    block[at..at + 8].copy_from_slice(&(scattered(value) | 0x8080_8080_8080_8080).to_le_bytes());
    let tenth = (value >> 63) as u8;
    block[at + 8] = (value >> 56) as u8 & 0x7f | tenth << 7;
    if tenth != 0 {
        block[at + 9] = tenth;
    }
    at + 9 + usize::from(tenth)
}

/// Bytes of a varint.
#[inline]
pub fn varint_len(value: u64) -> usize {
    (70 - (value | 1).leading_zeros() as usize) / 7
}

/// The lowest 56 bits, seven in each byte: [`gathered`] undoes it.
#[inline]
fn scattered(value: u64) -> u64 {
    let word = value & 0x0fff_ffff | (value & 0x00ff_ffff_f000_0000) << 4;
    let word = word & 0x0000_3fff_0000_3fff | (word & 0x0fff_c000_0fff_c000) << 2;
    word & 0x007f_007f_007f_007f | (word & 0x3f80_3f80_3f80_3f80) << 1
}

/// Appends a tag.
pub fn push_tag(out: &mut Vec<u8>, number: u32, wire: u8) {
    push_varint(out, u64::from(number) << 3 | u64::from(wire));
}

/// Appends what `write` writes behind its length.
#[inline]
pub fn push_delimited(out: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) {
    push_behind_length(out, 1, write);
}

/// The same, with room for a length of `width` bytes: if it takes more or less, what is written moves. Returns how many
/// it takes.
#[inline]
pub fn push_behind_length(out: &mut Vec<u8>, width: usize, write: impl FnOnce(&mut Vec<u8>)) -> usize {
    const ROOM: [u8; 10] = [0; 10];
    let start = out.len();
    let width = width.clamp(1, ROOM.len());
    out.extend_from_slice(&ROOM[..width]);
    write(out);
    let mut rest = out.len() - start - width;
    let (mut prefix, mut count) = (ROOM, 0);
    while rest >= 0x80 {
        prefix[count] = rest as u8 | 0x80;
        rest >>= 7;
        count += 1;
    }
    prefix[count] = rest as u8;
    count += 1;
    if count == width {
        out[start..start + width].copy_from_slice(&prefix[..count]);
    } else {
        out.splice(start..start + width, prefix[..count].iter().copied());
    }
    count
}

/// Maps signed to unsigned so that small absolute values are short.
pub fn zigzag(value: i64) -> u64 {
    (value << 1) as u64 ^ (value >> 63) as u64
}

/// Undoes [`zigzag`].
#[inline]
pub fn unzigzag(value: u64) -> i64 {
    (value >> 1) as i64 ^ -((value & 1) as i64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn varints_are_read_as_they_were_written(value in any::<u64>(), shift in 0u32..64, behind in 0usize..12) {
            let value = value >> shift;
            let mut bytes = Vec::new();
            push_varint(&mut bytes, value);
            let length = bytes.len();
            let mut slowly = vec![];
            let mut rest = value;
            while rest >= 0x80 {
                slowly.push(rest as u8 | 0x80);
                rest >>= 7;
            }
            slowly.push(rest as u8);
            prop_assert_eq!(&bytes, &slowly);
            prop_assert_eq!(varint_len(value), length);
            for cut in 0..length {
                prop_assert!(Cursor::new(&bytes[..cut]).varint().is_err());
            }
            bytes.resize(length + behind, 0xff);
            let mut cursor = Cursor::new(&bytes);
            prop_assert_eq!(cursor.varint().ok(), Some(value));
            prop_assert_eq!(cursor.position(), length);
            // What lies behind the end of a message is not its own.
            let mut narrow = Cursor::new(&bytes);
            narrow.enter(length - 1);
            prop_assert!(narrow.varint().is_err());
        }

        #[test]
        fn lengths_of_any_width_stand_in_front(length in 0usize..70_000, width in 0usize..12) {
            let mut out = vec![7];
            let took = push_behind_length(&mut out, width, |out| out.resize(out.len() + length, 1));
            let mut expected = vec![7];
            push_varint(&mut expected, length as u64);
            prop_assert_eq!(took, expected.len() - 1);
            expected.resize(expected.len() + length, 1);
            prop_assert_eq!(out, expected);
        }
    }

    #[test]
    fn varints_of_more_than_ten_bytes_are_refused() {
        for length in [10, 11, 20] {
            assert!(Cursor::new(&vec![0x80; length]).varint().is_err());
        }
        // Overlong, but legal.
        assert_eq!(Cursor::new(&[0x81, 0x80, 0x80, 0]).varint().ok(), Some(1));
        assert_eq!(Cursor::new(&[0x81, 0x80, 0x80, 0, 0, 0, 0, 0, 0]).varint().ok(), Some(1));
    }
}
