//! Short texts into room that is there already: `room` from `at` on.
//!
//! Each function returns where its text ends, or `None` if the room might not suffice; what lies behind `at` means
//! nothing then. They copy whole words and may write beyond the end that they return, so that the usual text costs a
//! few instructions, no call and one check of bounds. What they write is what the functions that push onto a vector
//! write ([`number`], [`decimal`](crate::column::decimal),
//! [`temporal`](crate::column::temporal)); tests compare the two.

use std::cell::Cell;

use arrow_schema::TimeUnit;

use crate::column::number;
use crate::column::temporal::civil_from_days;

/// Bytes copied at once.
const WIDE: usize = 32;

/// `N` bytes, of which the first `len` count.
#[inline(always)]
pub fn fixed<const N: usize>(room: &mut [u8], at: usize, bytes: &[u8; N], len: usize) -> Option<usize> {
    *room.get_mut(at..)?.first_chunk_mut::<N>()? = *bytes;
    Some(at + len)
}

/// One byte.
#[inline(always)]
pub fn byte(room: &mut [u8], at: usize, byte: u8) -> Option<usize> {
    *room.get_mut(at)? = byte;
    Some(at + 1)
}

/// Any bytes.
#[inline]
pub fn bytes(room: &mut [u8], at: usize, bytes: &[u8]) -> Option<usize> {
    room.get_mut(at..)?.get_mut(..bytes.len())?.copy_from_slice(bytes);
    Some(at + bytes.len())
}

/// Few bytes with nothing behind them: two copies that overlap, without a call.
#[inline(always)]
pub fn few(room: &mut [u8], at: usize, few: &[u8]) -> Option<usize> {
    #[inline(always)]
    fn both<const N: usize>(room: &mut [u8], at: usize, few: &[u8]) -> Option<usize> {
        let (start, end) = (few.first_chunk::<N>()?, few.last_chunk::<N>()?);
        let last = fixed(room, at, start, few.len())?;
        fixed(room, last.checked_sub(N)?, end, N)
    }
    match few.len() {
        17..=32 => both::<16>(room, at, few),
        8..=16 => both::<8>(room, at, few),
        4..=7 => both::<4>(room, at, few),
        2..=3 => both::<2>(room, at, few),
        _ => bytes(room, at, few),
    }
}

/// Part of `from`: cheapest where more lies behind it.
#[inline(always)]
pub fn part(room: &mut [u8], at: usize, from: &[u8], start: usize, len: usize) -> Option<usize> {
    let rest = from.get(start..)?;
    if len <= WIDE {
        if let Some(wide) = rest.first_chunk::<WIDE>() {
            return fixed(room, at, wide, len);
        }
    } else if len <= 2 * WIDE {
        if let Some(wide) = rest.first_chunk::<{ 2 * WIDE }>() {
            return fixed(room, at, wide, len);
        }
    } else if len <= 4 * WIDE
        && let Some(wide) = rest.first_chunk::<{ 4 * WIDE }>()
    {
        return fixed(room, at, wide, len);
    }
    bytes(room, at, rest.get(..len)?)
}

/// Text that is the same in each row.
#[derive(Debug)]
pub struct Constant {
    wide: [u8; WIDE],
    len: usize,
    /// The text, if it is longer.
    long: Vec<u8>,
}

impl Constant {
    /// Keeps `text`.
    pub fn new(text: &[u8]) -> Self {
        let mut wide = [0; WIDE];
        let long = match wide.get_mut(..text.len()) {
            Some(start) => {
                start.copy_from_slice(text);
                Vec::new()
            }
            None => text.to_vec(),
        };
        Constant { wide, len: text.len(), long }
    }

    /// The text.
    pub fn as_bytes(&self) -> &[u8] {
        if self.long.is_empty() { self.wide.get(..self.len).unwrap_or_default() } else { &self.long }
    }

    /// Puts it down.
    #[inline(always)]
    pub fn put(&self, room: &mut [u8], at: usize) -> Option<usize> {
        if self.long.is_empty() { fixed(room, at, &self.wide, self.len) } else { bytes(room, at, &self.long) }
    }
}

const ASCII: u64 = 0x3030_3030_3030_3030;
const E8: u64 = 100_000_000;

/// The eight decimal digits of a number below 10^8, the first in the lowest byte, as numbers.
#[inline(always)]
fn eight(value: u64) -> u64 {
    // Two numbers of four digits, then four of two, then eight of one; the factors are reciprocals that are exact for
    // numbers of four and two digits.
    let fours = (value / 10_000) | ((value % 10_000) << 32);
    let high = ((fours * 10_486) >> 20) & 0x0000_007f_0000_007f;
    let twos = high | ((fours - high * 100) << 16);
    let tens = ((twos * 103) >> 10) & 0x000f_000f_000f_000f;
    tens | ((twos - tens * 10) << 8)
}

/// The digits of `value`.
#[inline]
pub fn unsigned(room: &mut [u8], at: usize, value: u64) -> Option<usize> {
    if value < E8 { short(room, at, value) } else { long(room, at, value) }
}

#[inline(always)]
fn short(room: &mut [u8], at: usize, value: u64) -> Option<usize> {
    let digits = eight(value);
    // The last digit stays, even if it is zero.
    let zeros = (digits.trailing_zeros() / 8).min(7);
    let text = ((digits | ASCII) >> (zeros * 8)).to_le_bytes();
    fixed(room, at, &text, 8 - zeros as usize)
}

fn long(room: &mut [u8], at: usize, value: u64) -> Option<usize> {
    let (high, low) = (value / E8, value % E8);
    let at = if high < E8 {
        short(room, at, high)?
    } else {
        let at = short(room, at, high / E8)?;
        fixed(room, at, &(eight(high % E8) | ASCII).to_le_bytes(), 8)?
    };
    fixed(room, at, &(eight(low) | ASCII).to_le_bytes(), 8)
}

/// The digits of `value`.
#[inline]
pub fn signed(room: &mut [u8], at: usize, value: i64) -> Option<usize> {
    *room.get_mut(at)? = b'-';
    unsigned(room, at + usize::from(value < 0), value.unsigned_abs())
}

/// `value × 10^-scale` with all its digits, if the value has 19 digits at most and the scale is from 0 to 16.
#[inline]
pub fn decimal(room: &mut [u8], at: usize, value: i128, scale: i8) -> Option<usize> {
    const POWERS: [u64; 17] = {
        let mut powers = [1; 17];
        let mut index = 1;
        while index < powers.len() {
            powers[index] = powers[index - 1] * 10;
            index += 1;
        }
        powers
    };
    let value = i64::try_from(value).ok()?;
    let digits = usize::try_from(scale).ok()?;
    let power = *POWERS.get(digits)?;
    if digits == 0 {
        return signed(room, at, value);
    }
    let magnitude = value.unsigned_abs();
    let (whole, fraction) = (magnitude / power, magnitude % power);
    *room.get_mut(at)? = b'-';
    let at = unsigned(room, at + usize::from(value < 0), whole)?;
    let at = byte(room, at, b'.')?;
    if digits <= 8 {
        return padded(room, at, fraction, digits);
    }
    let at = padded(room, at, fraction / E8, digits - 8)?;
    padded(room, at, fraction % E8, 8)
}

/// What [`number::push_f64`] writes, `NaN` and the infinities too; most prices, rates and
/// whole numbers in half its time or less.
#[inline(always)]
pub fn double(room: &mut [u8], at: usize, value: f64) -> Option<usize> {
    let short = match value.abs() {
        ..1e4 => with_decimals::<4>(room, at, value),
        1e4..1e6 => with_decimals::<2>(room, at, value),
        _ => None,
    };
    match short {
        None => few(room, at, zmij::Buffer::new().format(value).as_bytes()),
        end => end,
    }
}

/// Whether [`double`] is fast for a value.
#[inline(always)]
pub fn is_short(value: f64) -> bool {
    match value.abs() {
        ..1e4 => scaled::<4>(value).is_some(),
        1e4..1e6 => scaled::<2>(value).is_some(),
        _ => false,
    }
}

/// A double of at most `DECIMALS` decimals, and at most eight digits in all.
#[inline(always)]
fn with_decimals<const DECIMALS: usize>(room: &mut [u8], at: usize, value: f64) -> Option<usize> {
    let digits = eight(scaled::<DECIMALS>(value)?);
    let text = digits | ASCII;
    *room.get_mut(at)? = b'-';
    // The last digit before the point stays, and the first behind it, even if they are zero.
    let zeros = (digits.trailing_zeros() as usize / 8).min(7 - DECIMALS);
    let whole = (text >> (zeros * 8)).to_le_bytes();
    let at = fixed(room, at + usize::from(value.is_sign_negative()), &whole, 8 - DECIMALS - zeros)?;
    let fraction = u64::from(b'.') | (text >> (64 - 8 * DECIMALS) << 8);
    let zeros = (digits.leading_zeros() as usize / 8).min(DECIMALS - 1);
    fixed(room, at, &fraction.to_le_bytes(), 1 + DECIMALS - zeros)
}

/// The magnitude of a double times a power of ten, if the shortest text that reads back to it has `DECIMALS` decimals at
/// most. The product must be below 10^8.
///
/// It has where the quotient of that product and the power, which is rounded once, is the double: decimals of 15 digits or
/// fewer are all different doubles, so that none that is shorter is this one.
#[inline(always)]
fn scaled<const DECIMALS: usize>(value: f64) -> Option<u64> {
    let (size, power) = (value.abs(), number::POWERS_F64[DECIMALS]);
    let scaled = (size * power + 0.5) as i64;
    (scaled as f64 / power == size).then_some(scaled as u64)
}

/// The last `digits` of the eight digits of a number.
#[inline(always)]
fn padded(room: &mut [u8], at: usize, value: u64, digits: usize) -> Option<usize> {
    fixed(room, at, &((eight(value) | ASCII) >> ((8 - digits) * 8)).to_le_bytes(), digits)
}

/// `HH:MM:SS` of a second of the day.
#[inline(always)]
fn clock(second: u64) -> [u8; 8] {
    // Three numbers of two digits, with a byte between each two.
    let twos = (second / 3600) | ((second / 60 % 60) << 24) | ((second % 60) << 48);
    let tens = ((twos * 103) >> 10) & 0x000f_0000_0f00_000f;
    (tens | ((twos - tens * 10) << 8) | 0x3030_3a30_303a_3030).to_le_bytes()
}

/// `.` and 3, 6 or 9 digits, as few as keep the fraction of a second; nothing for zero.
#[inline(always)]
fn fraction<const PER_SECOND: u64>(room: &mut [u8], at: usize, value: u64) -> Option<usize> {
    if value == 0 {
        return Some(at);
    }
    let at = byte(room, at, b'.')?;
    match PER_SECOND {
        1_000 => padded(room, at, value, 3),
        1_000_000 if value.is_multiple_of(1_000) => padded(room, at, value / 1_000, 3),
        1_000_000 => padded(room, at, value, 6),
        _ if value.is_multiple_of(1_000_000) => padded(room, at, value / 1_000_000, 3),
        _ if value.is_multiple_of(1_000) => padded(room, at, value / 1_000, 6),
        _ => {
            let at = padded(room, at, value / 10, 8)?;
            byte(room, at, b'0' + (value % 10) as u8)
        }
    }
}

/// A time of day in units of `unit`: `HH:MM:SS` and a fraction; `None` too if it is beyond the day.
#[inline]
pub fn time(room: &mut [u8], at: usize, value: i64, unit: TimeUnit) -> Option<usize> {
    match unit {
        TimeUnit::Second => time_in::<1>(room, at, value),
        TimeUnit::Millisecond => time_in::<1_000>(room, at, value),
        TimeUnit::Microsecond => time_in::<1_000_000>(room, at, value),
        TimeUnit::Nanosecond => time_in::<1_000_000_000>(room, at, value),
    }
}

#[inline(always)]
fn time_in<const PER_SECOND: u64>(room: &mut [u8], at: usize, value: i64) -> Option<usize> {
    let value = u64::try_from(value).ok().filter(|value| *value < DAY as u64 * PER_SECOND)?;
    let at = fixed(room, at, &clock(value / PER_SECOND), 8)?;
    fraction::<PER_SECOND>(room, at, value % PER_SECOND)
}

const DAY: i64 = 86_400;

/// The text of a day, kept until another one is asked for: neighbours often fall on the same day.
#[derive(Debug)]
pub struct Day {
    number: Cell<i64>,
    /// `YYYY-MM-DDT`
    text: Cell<[u8; 16]>,
}

impl Default for Day {
    fn default() -> Self {
        Day { number: Cell::new(0), text: Cell::new(*b"1970-01-01T\0\0\0\0\0") }
    }
}

impl Day {
    /// `YYYY-MM-DD` of a day counted from 1970-01-01; `None` too if the year has not four digits.
    #[inline(always)]
    pub fn put(&self, room: &mut [u8], at: usize, day: i64) -> Option<usize> {
        if self.number.get() != day {
            self.change(day)?;
        }
        fixed(room, at, &self.text.get(), 10)
    }

    fn change(&self, day: i64) -> Option<()> {
        // Years 0000 to 9999.
        if !(-719_528..=2_932_896).contains(&day) {
            return None;
        }
        let (year, month, day_of_month) = civil_from_days(day);
        let digits = eight(year.unsigned_abs() * 10_000 + u64::from(month * 100 + day_of_month)) | ASCII;
        let [a, b, c, d, e, f, g, h] = digits.to_le_bytes();
        self.text.set([a, b, c, d, b'-', e, f, b'-', g, h, b'T', 0, 0, 0, 0, 0]);
        self.number.set(day);
        Some(())
    }

    /// A timestamp in UTC or without zone, without suffix: `YYYY-MM-DDTHH:MM:SS` and a fraction.
    #[inline]
    pub fn put_timestamp(&self, room: &mut [u8], at: usize, value: i64, unit: TimeUnit) -> Option<usize> {
        match unit {
            TimeUnit::Second => self.timestamp::<1>(room, at, value),
            TimeUnit::Millisecond => self.timestamp::<1_000>(room, at, value),
            TimeUnit::Microsecond => self.timestamp::<1_000_000>(room, at, value),
            TimeUnit::Nanosecond => self.timestamp::<1_000_000_000>(room, at, value),
        }
    }

    #[inline(always)]
    fn timestamp<const PER_SECOND: u64>(&self, room: &mut [u8], at: usize, value: i64) -> Option<usize> {
        let seconds = value.div_euclid(PER_SECOND as i64);
        let part = value.rem_euclid(PER_SECOND as i64) as u64;
        let at = self.put(room, at, seconds.div_euclid(DAY))?;
        let at = fixed(room, at + 1, &clock(seconds.rem_euclid(DAY) as u64), 8)?;
        fraction::<PER_SECOND>(room, at, part)
    }
}

/// The 36 characters of a UUID.
#[inline]
pub fn uuid(room: &mut [u8], at: usize, value: &[u8; 16]) -> Option<usize> {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    let mut text = [b'-'; 36];
    let mut to = 0;
    for (index, byte) in value.iter().enumerate() {
        to += usize::from(matches!(index, 4 | 6 | 8 | 10));
        text[to] = HEX[usize::from(byte >> 4)];
        text[to + 1] = HEX[usize::from(byte & 15)];
        to += 2;
    }
    fixed(room, at, &text, 36)
}

#[cfg(test)]
mod tests;
