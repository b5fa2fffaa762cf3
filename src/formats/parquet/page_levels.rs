//! Levels of the pages that are read, against the highest that their column has: the crate does not look, and what is
//! above becomes nulls, moves values to other records, or makes some up.
//!
//! Source: parquet-format, `README.md` (Data Pages) and `Encodings.md` (RLE, BIT_PACKED).

use parquet::basic::Encoding;
use parquet::column::page::Page;
use parquet::schema::types::ColumnDescriptor;

/// Fails unless the first `count` levels of a data page are levels of its column. Bytes that end too early are the crate's
/// to refuse.
///
/// # Errors
/// What is wrong.
pub(super) fn check(page: &Page, column: &ColumnDescriptor, count: usize) -> Result<(), String> {
    let most = |level: i16| u16::try_from(level).unwrap_or(0);
    let (repeated, defined) = (most(column.max_rep_level()), most(column.max_def_level()));
    let Parts { repetition, definition, .. } = match page {
        Page::DictionaryPage { .. } => return Ok(()),
        #[expect(deprecated)]
        Page::DataPage { def_level_encoding, rep_level_encoding, .. }
            if (repeated > 0 && *rep_level_encoding == Encoding::BIT_PACKED)
                || (defined > 0 && *def_level_encoding == Encoding::BIT_PACKED) =>
        {
            // From the highest bit on, says the specification; most readers begin with the lowest, the crate too.
            return Err("levels in the encoding BIT_PACKED, which programs read differently".to_owned());
        }
        page => parts(page, column),
    };
    for (kind, levels, most) in [("repetition", repetition, repeated), ("definition", definition, defined)] {
        if let Some(level) = levels.and_then(|levels| first_above(levels, most, count)) {
            return Err(format!("a {kind} level of {level}, the highest is {most}"));
        }
    }
    Ok(())
}

/// What the bytes of a data page are; what begins behind the end of the page is missing.
#[derive(Default)]
pub(super) struct Parts<'a> {
    repetition: Option<&'a [u8]>,
    pub(super) definition: Option<&'a [u8]>,
    /// The encoded values.
    pub(super) values: Option<&'a [u8]>,
}

/// The parts of a page, which a dictionary page has none of.
pub(super) fn parts<'a>(page: &'a Page, column: &ColumnDescriptor) -> Parts<'a> {
    match page {
        Page::DataPage { buf, .. } => {
            let mut rest: &[u8] = buf;
            let mut next = |most: i16| if most <= 0 { Some(&[][..]) } else { behind_length(&mut rest) };
            let (repetition, definition) = (next(column.max_rep_level()), next(column.max_def_level()));
            Parts { repetition, definition, values: Some(rest) }
        }
        Page::DataPageV2 { buf, def_levels_byte_len, rep_levels_byte_len, .. } => {
            let (repetition, definition) = (*rep_levels_byte_len as usize, *def_levels_byte_len as usize);
            let behind = buf.get(repetition..);
            Parts {
                repetition: buf.get(..repetition),
                definition: behind.and_then(|rest| rest.get(..definition)),
                values: behind.and_then(|rest| rest.get(definition..)),
            }
        }
        Page::DictionaryPage { .. } => Parts::default(),
    }
}

/// The bytes behind their length.
fn behind_length<'a>(bytes: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    let (found, rest) = rest.split_at_checked(u32::from_le_bytes(*length) as usize)?;
    *bytes = rest;
    Some(found)
}

/// The first of `count` levels that is above `most`, in runs and packed bits.
fn first_above(mut bytes: &[u8], most: u16, mut count: usize) -> Option<u32> {
    let width = (u16::BITS - most.leading_zeros()) as usize;
    while count > 0 && width > 0 {
        let (header, rest) = varint(bytes)?;
        bytes = rest;
        let length = usize::try_from(header >> 1).unwrap_or(usize::MAX);
        let levels = if header & 1 == 1 {
            let (packed, rest) = bytes.split_at(length.saturating_mul(width).min(bytes.len()));
            bytes = rest;
            let levels = length.saturating_mul(8).min(count);
            // Where the bits hold no more than the highest level, there is nothing to see.
            if !(most + 1).is_power_of_two()
                && let Some(level) = first_packed_above(packed, width, most, levels)
            {
                return Some(level);
            }
            levels
        } else {
            let (value, rest) = bytes.split_at_checked(width.div_ceil(8))?;
            bytes = rest;
            let level = value.iter().rev().fold(0, |level, byte| level << 8 | u32::from(*byte));
            if length > 0 && level > u32::from(most) {
                return Some(level);
            }
            length.min(count)
        };
        count -= levels;
    }
    None
}

pub(super) fn varint(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let mut value = 0;
    for (place, byte) in bytes.iter().enumerate().take(10) {
        value |= u64::from(byte & 0x7f) << (7 * place);
        if byte & 0x80 == 0 {
            return Some((value, &bytes[place + 1..]));
        }
    }
    None
}

/// The first of `count` packed levels that is above `most`. Whole groups of eight are one number, and all eight are
/// compared at once; which it is, is looked for where there is one.
fn first_packed_above(packed: &[u8], width: usize, most: u16, count: usize) -> Option<u32> {
    let whole = match width {
        1..=8 => (count / 8).min(packed.len() / width),
        _ => 0,
    };
    let (groups, rest) = packed.split_at(whole * width);
    let found = if any_above(groups, width, most) { one_by_one(groups, width, most, whole * 8) } else { None };
    found.or_else(|| one_by_one(rest, width, most, count - whole * 8))
}

/// Whether one of the levels in groups of eight is above `most`. Every second level has the bits of its neighbour to
/// itself: with what lacks the level that is too high added, such a level shows in the bit behind it.
fn any_above(groups: &[u8], width: usize, most: u16) -> bool {
    if groups.is_empty() {
        return false;
    }
    let every_second = |bits: u64| (0..4).fold(0, |all, place| all | bits << (2 * width * place));
    let levels = every_second((1 << width) - 1);
    let missing = every_second((1 << width) - 1 - u64::from(most));
    let above = every_second(1 << width);
    let found = groups.chunks_exact(width).fold(0, |found, group| {
        let mut word = [0; 8];
        word[..width].copy_from_slice(group);
        let word = u64::from_le_bytes(word);
        found | ((word & levels) + missing) | ((word >> width & levels) + missing)
    });
    found & above != 0
}

/// How many of `count` levels are the highest, which is `most`; `None` if there are fewer levels.
pub(super) fn highest(mut bytes: &[u8], most: u16, count: usize) -> Option<usize> {
    let width = (u16::BITS - most.leading_zeros()) as usize;
    let (mut left, mut found) = (count, 0);
    while left > 0 {
        let (header, rest) = varint(bytes)?;
        let length = usize::try_from(header >> 1).ok()?;
        if header & 1 == 1 {
            let levels = length.checked_mul(8)?.min(left);
            // The last group may lack what nobody reads.
            let (packed, behind) = rest.split_at(length.checked_mul(width)?.min(rest.len()));
            if packed.len() * 8 / width < levels {
                return None;
            }
            found += highest_packed(packed, width, most, levels);
            bytes = behind;
            left -= levels;
        } else {
            let (value, behind) = rest.split_at_checked(width.div_ceil(8))?;
            let level = value.iter().rev().fold(0, |level, byte| level << 8 | u32::from(*byte));
            let levels = length.min(left);
            found += if level == u32::from(most) { levels } else { 0 };
            bytes = behind;
            left -= levels;
        }
    }
    Some(found)
}

/// How many of `count` packed levels are `most`; whole groups of eight at once, as in [`any_above`]: with all ones added to
/// what a level differs by, the bit behind it shows where it does.
fn highest_packed(packed: &[u8], width: usize, most: u16, count: usize) -> usize {
    let whole = if width <= 8 { count / 8 } else { 0 };
    let (groups, rest) = packed.split_at(whole * width);
    if width == 1 {
        let rest = rest.first().map_or(0, |byte| byte & ((1 << (count % 8)) - 1));
        return groups.iter().chain([&rest]).map(|byte| byte.count_ones() as usize).sum();
    }
    let last = (0..count - whole * 8).filter(|index| level(rest, width, *index) == u32::from(most)).count();
    if groups.is_empty() {
        return last;
    }
    let every_second = |bits: u64| (0..4).fold(0, |all, place| all | bits << (2 * width * place));
    let levels = every_second((1 << width) - 1);
    let (wanted, differs) = (every_second(u64::from(most)), every_second(1 << width));
    let other = |word: u64| ((((word & levels) ^ wanted) + levels) & differs).count_ones() as usize;
    let others: usize = groups
        .chunks_exact(width)
        .map(|group| {
            let mut word = [0; 8];
            word[..width].copy_from_slice(group);
            let word = u64::from_le_bytes(word);
            other(word) + other(word >> width)
        })
        .sum();
    whole * 8 - others + last
}

fn one_by_one(packed: &[u8], width: usize, most: u16, count: usize) -> Option<u32> {
    let there = (packed.len() * 8 / width).min(count);
    (0..there).map(|index| level(packed, width, index)).find(|level| *level > u32::from(most))
}

/// A packed level.
fn level(packed: &[u8], width: usize, index: usize) -> u32 {
    let bit = |place: usize| u32::from(packed[place / 8] >> (place % 8) & 1);
    (0..width).fold(0, |level, place| level | bit(index * width + place) << place)
}

#[cfg(test)]
mod tests;
