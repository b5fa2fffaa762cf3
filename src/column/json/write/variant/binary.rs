//! Variants in their binary encoding (Apache Parquet, `VariantEncoding.md`): every length and offset is checked before
//! it is followed.

use std::cell::Cell;

use arrow_schema::TimeUnit;

use super::super::super::string::push_string;
use super::super::writer::push_bytes;
use super::super::{BytesStyle, NonFinite, NumberStyle, WriteRules};
use super::damaged;
use crate::code::Code;
use crate::column::bytes::{push_base64, push_hex, push_uuid};
use crate::column::temporal::{self, Zone};
use crate::column::{decimal, number};
use crate::error::{Error, Result};

/// The names of members, as the metadata lists them.
pub(super) struct Names<'a> {
    /// Where each begins in `text`, and the end of the last.
    offsets: &'a [u8],
    width: usize,
    text: &'a [u8],
}

impl<'a> Names<'a> {
    /// From the metadata of a variant.
    pub(super) fn new(bytes: &'a [u8]) -> Result<Self> {
        Self::split(bytes).map(|(names, _)| names)
    }

    /// The same, and how many bytes they take.
    pub(super) fn split(bytes: &'a [u8]) -> Result<(Self, usize)> {
        let cut_off = || damaged("its metadata is cut off");
        let (&head, rest) = bytes.split_first().ok_or_else(cut_off)?;
        if head & 0x0f != 1 {
            return Err(damaged(format!("version {} of metadata, expected 1", head & 0x0f)));
        }
        let width = usize::from(head >> 6) + 1;
        let (count, rest) = number_of(rest, width).ok_or_else(cut_off)?;
        let table = count.checked_add(1).and_then(|count| count.checked_mul(width)).ok_or_else(cut_off)?;
        let (offsets, text) = rest.split_at_checked(table).ok_or_else(cut_off)?;
        let end = entry(offsets, width, count).ok_or_else(cut_off)?;
        let text = text.get(..end).ok_or_else(cut_off)?;
        Ok((Names { offsets, width, text }, 1 + width + table + end))
    }

    fn get(&self, id: usize) -> Result<&'a str> {
        let bounds =
            || Some(entry(self.offsets, self.width, id)?..entry(self.offsets, self.width, id.checked_add(1)?)?);
        let bytes = bounds().and_then(|range| self.text.get(range));
        let bytes = bytes.ok_or_else(|| damaged(format!("name {id} of a member is not in its metadata")))?;
        std::str::from_utf8(bytes).map_err(|_| damaged("the name of a member is not UTF-8"))
    }
}

/// Writes values of one variant.
pub(super) struct Text<'a> {
    names: &'a Names<'a>,
    rules: &'a WriteRules,
    lost: &'a Cell<u64>,
    /// Values that may still follow: each takes a byte of its own, or they overlap.
    left: usize,
}

impl<'a> Text<'a> {
    /// For values in so many bytes.
    pub(super) fn new(names: &'a Names<'a>, rules: &'a WriteRules, lost: &'a Cell<u64>, bytes: usize) -> Self {
        Text { names, rules, lost, left: bytes }
    }

    /// Appends the value that `bytes` are.
    pub(super) fn value(&mut self, bytes: &[u8], depth: usize, out: &mut Vec<u8>) -> Result<()> {
        let length = self.push(bytes, depth, out)?;
        match bytes.len() - length {
            0 => Ok(()),
            left => Err(damaged(format!("{left} bytes are left behind a value"))),
        }
    }

    /// Appends the value at the start of `bytes`; returns how many of them it takes.
    fn push(&mut self, bytes: &[u8], depth: usize, out: &mut Vec<u8>) -> Result<usize> {
        self.left = self.left.checked_sub(1).ok_or_else(|| damaged("values lie over each other"))?;
        let (&head, rest) = bytes.split_first().ok_or_else(|| damaged("a value has no bytes"))?;
        let length = match head & 3 {
            0 => self.primitive(head >> 2, rest, out)?,
            1 => {
                let length = usize::from(head >> 2);
                push_text(take(rest, length)?, out)?;
                length
            }
            _ if depth >= self.rules.depth_max => return Err(too_deep(self.rules.depth_max)),
            2 => {
                let (members, length) = object(self.names, head >> 2, rest)?;
                out.push(b'{');
                for (index, (name, value)) in members.into_iter().enumerate() {
                    if index > 0 {
                        out.push(b',');
                    }
                    push_string(out, name.as_bytes());
                    out.push(b':');
                    self.push(value, depth + 1, out)?;
                }
                out.push(b'}');
                length
            }
            _ => {
                let list = Entries::new(rest, (head >> 4) & 1 == 1, 0, usize::from((head >> 2) & 3) + 1)?;
                out.push(b'[');
                for index in 0..list.count {
                    if index > 0 {
                        out.push(b',');
                    }
                    self.push(list.value(index)?, depth + 1, out)?;
                }
                out.push(b']');
                list.length
            }
        };
        Ok(1 + length)
    }

    /// Appends a primitive value of type `kind`; returns its length behind its first byte.
    fn primitive(&self, kind: u8, rest: &[u8], out: &mut Vec<u8>) -> Result<usize> {
        let integer = |width: usize| -> Result<i64> {
            let bytes = take(rest, width)?;
            let negative = bytes.last().is_some_and(|last| *last >= 0x80);
            let mut wide = [if negative { 0xff } else { 0 }; 8];
            wide[..width].copy_from_slice(bytes);
            Ok(i64::from_le_bytes(wide))
        };
        let quoted = |out: &mut Vec<u8>, push: &dyn Fn(&mut Vec<u8>)| {
            out.push(b'"');
            push(out);
            out.push(b'"');
        };
        let timestamp = |out: &mut Vec<u8>, unit: TimeUnit, zone: Zone| -> Result<usize> {
            let value = integer(8)?;
            quoted(out, &|out| temporal::push_timestamp(out, value, unit, zone));
            Ok(8)
        };
        Ok(match kind {
            0 => {
                out.extend_from_slice(b"null");
                0
            }
            1 | 2 => {
                out.extend_from_slice(if kind == 1 { b"true" } else { b"false" });
                0
            }
            3..=6 => {
                let width = 1 << (kind - 3);
                let value = integer(width)?;
                match width == 8 && self.rules.int64 == NumberStyle::String {
                    true => quoted(out, &|out| number::push_i64(out, value)),
                    false => number::push_i64(out, value),
                }
                width
            }
            7 => {
                let value = f64::from_bits(integer(8)? as u64);
                self.float(value, out, &|out| number::push_f64(out, value))?;
                8
            }
            8..=10 => self.decimal(rest, 4 << (kind - 8), out)?,
            11 => {
                let days = integer(4)?;
                quoted(out, &|out| temporal::push_date_days(out, days));
                4
            }
            12 => timestamp(out, TimeUnit::Microsecond, Zone::Utc)?,
            13 => timestamp(out, TimeUnit::Microsecond, Zone::Naive)?,
            14 => {
                let bytes = take(rest, 4)?;
                let value = bytes.try_into().map(f32::from_le_bytes).map_err(|_| damaged("a float is cut off"))?;
                self.float(value.into(), out, &|out| match self.rules.doubles {
                    true => number::push_f64(out, value.into()),
                    false => number::push_f32(out, value),
                })?;
                4
            }
            15 | 16 => {
                let (length, rest) = number_of(rest, 4).ok_or_else(|| damaged("a length is cut off"))?;
                let bytes = take(rest, length)?;
                match kind {
                    15 => self.binary(bytes, out),
                    _ => push_text(bytes, out)?,
                }
                4 + length
            }
            17 => {
                let value = integer(8)?;
                if !(0..86_400_000_000).contains(&value) {
                    return Err(damaged(format!("a time of day of {value} microseconds")));
                }
                quoted(out, &|out| temporal::push_time(out, value, TimeUnit::Microsecond));
                8
            }
            18 => timestamp(out, TimeUnit::Nanosecond, Zone::Utc)?,
            19 => timestamp(out, TimeUnit::Nanosecond, Zone::Naive)?,
            20 => {
                let uuid = take(rest, 16)?.first_chunk().ok_or_else(|| damaged("a UUID is cut off"))?;
                quoted(out, &|out| push_uuid(out, uuid));
                16
            }
            other => {
                return Err(damaged(format!("a value of type {other}, which this version does not know")));
            }
        })
    }

    /// A decimal of so many bytes, behind its scale. It has as many digits as its width always holds, at most.
    fn decimal(&self, rest: &[u8], width: usize, out: &mut Vec<u8>) -> Result<usize> {
        let (&scale, rest) = rest.split_first().ok_or_else(|| damaged("a decimal is cut off"))?;
        let bytes = take(rest, width)?;
        let mut wide = [if bytes.last().is_some_and(|last| *last >= 0x80) { 0xff } else { 0 }; 16];
        wide[..width].copy_from_slice(bytes);
        let value = i128::from_le_bytes(wide);
        let digits = match width {
            4 => 9,
            8 => 18,
            _ => 38,
        };
        let (Some(scale), true) =
            (i8::try_from(scale).ok().filter(|scale| *scale <= 38), value.unsigned_abs() < 10_u128.pow(digits))
        else {
            return Err(damaged(format!(
                "a decimal of scale {scale} with more than {digits} digits, or a scale over 38"
            )));
        };
        let quotes = self.rules.decimal == NumberStyle::String;
        if quotes {
            out.push(b'"');
        }
        decimal::push_i128(out, value, scale);
        if quotes {
            out.push(b'"');
        }
        Ok(1 + width)
    }

    fn float(&self, value: f64, out: &mut Vec<u8>, push: &dyn Fn(&mut Vec<u8>)) -> Result<()> {
        if value.is_finite() {
            push(out);
            return Ok(());
        }
        let name = match value {
            value if value.is_nan() => "NaN",
            value if value > 0.0 => "Infinity",
            _ => "-Infinity",
        };
        match self.rules.non_finite {
            NonFinite::String => push_string(out, name.as_bytes()),
            NonFinite::Null => {
                self.lost.set(self.lost.get() + 1);
                out.extend_from_slice(b"null");
            }
            NonFinite::Error => {
                return Err(Error::value(Code::NonFinite, format!("{name} has no JSON number"))
                    .with_hint("write it as a string with --nonfinite=string"));
            }
        }
        Ok(())
    }

    fn binary(&self, bytes: &[u8], out: &mut Vec<u8>) {
        match self.rules.bytes {
            BytesStyle::Base64 | BytesStyle::Hex => {
                out.push(b'"');
                match self.rules.bytes {
                    BytesStyle::Hex => push_hex(out, bytes),
                    _ => push_base64(out, bytes),
                }
                out.push(b'"');
            }
            style => push_bytes(bytes, style, out),
        }
    }
}

/// The members of an object in the order of their names, each with its value.
type Members<'a> = Vec<(&'a str, &'a [u8])>;

/// The members of an object; `None` if the value is no object.
pub(super) fn members<'a>(names: &Names<'a>, value: &'a [u8]) -> Result<Option<Members<'a>>> {
    let Some((head, rest)) = value.split_first().filter(|(head, _)| *head & 3 == 2) else { return Ok(None) };
    let (mut members, length) = object(names, head >> 2, rest)?;
    if length != rest.len() {
        return Err(damaged("bytes are left behind an object"));
    }
    // Where one ends is not told, but each lies in front of another or of the end.
    let mut starts: Vec<usize> = members.iter().map(|(_, value)| rest.len() - value.len()).collect();
    starts.push(rest.len());
    starts.sort_unstable();
    for (_, value) in &mut members {
        let start = rest.len() - value.len();
        let end = starts.iter().copied().find(|end| *end > start).unwrap_or(rest.len());
        *value = &value[..end - start];
    }
    Ok(Some(members))
}

/// The members of an object, the value of each with all that follows it, and how many bytes they take.
fn object<'a>(names: &Names<'a>, header: u8, rest: &'a [u8]) -> Result<(Members<'a>, usize)> {
    let (offset_width, id_width) = (usize::from(header & 3) + 1, usize::from((header >> 2) & 3) + 1);
    let entries = Entries::new(rest, (header >> 4) & 1 == 1, id_width, offset_width)?;
    let mut members = Vec::with_capacity(entries.count);
    for index in 0..entries.count {
        let id = entry(entries.ids, id_width, index).ok_or_else(|| damaged("the name of a member is cut off"))?;
        members.push((names.get(id)?, entries.value(index)?));
    }
    if !members.is_sorted_by(|left, right| left.0 < right.0) {
        members.sort_by(|left, right| left.0.cmp(right.0));
        if let Some(twice) = members.windows(2).find(|pair| pair[0].0 == pair[1].0) {
            return Err(damaged(format!("an object has the member {:?} twice", twice[0].0)));
        }
    }
    Ok((members, entries.length))
}

/// The values of an object or of an array.
struct Entries<'a> {
    count: usize,
    ids: &'a [u8],
    offsets: &'a [u8],
    offset_width: usize,
    values: &'a [u8],
    /// Bytes of all of it.
    length: usize,
}

impl<'a> Entries<'a> {
    fn new(bytes: &'a [u8], large: bool, id_width: usize, offset_width: usize) -> Result<Self> {
        let cut_off = || damaged("an object or an array is cut off");
        let (count, rest) = number_of(bytes, if large { 4 } else { 1 }).ok_or_else(cut_off)?;
        let ids = count.checked_mul(id_width).ok_or_else(cut_off)?;
        let (ids, rest) = rest.split_at_checked(ids).ok_or_else(cut_off)?;
        let offsets = count.checked_add(1).and_then(|count| count.checked_mul(offset_width)).ok_or_else(cut_off)?;
        let (offsets, rest) = rest.split_at_checked(offsets).ok_or_else(cut_off)?;
        let end = entry(offsets, offset_width, count).ok_or_else(cut_off)?;
        let values = rest.get(..end).ok_or_else(cut_off)?;
        Ok(Entries { count, ids, offsets, offset_width, values, length: bytes.len() - rest.len() + end })
    }

    /// From the start of a value on.
    fn value(&self, index: usize) -> Result<&'a [u8]> {
        let start = entry(self.offsets, self.offset_width, index);
        let value = start.and_then(|start| self.values.get(start..)).filter(|value| !value.is_empty());
        value.ok_or_else(|| damaged("a value lies outside of its object or array"))
    }
}

/// Number `index` of a table of numbers of `width` bytes.
fn entry(table: &[u8], width: usize, index: usize) -> Option<usize> {
    let start = index.checked_mul(width)?;
    number_of(table.get(start..)?, width).map(|(number, _)| number)
}

/// A number of up to four bytes, little-endian, and what follows it.
fn number_of(bytes: &[u8], width: usize) -> Option<(usize, &[u8])> {
    let (number, rest) = bytes.split_at_checked(width)?;
    let mut wide = [0; 4];
    wide.get_mut(..width)?.copy_from_slice(number);
    Some((usize::try_from(u32::from_le_bytes(wide)).ok()?, rest))
}

fn take(bytes: &[u8], length: usize) -> Result<&[u8]> {
    bytes.get(..length).ok_or_else(|| damaged(format!("a value of {length} bytes is cut off")))
}

fn push_text(bytes: &[u8], out: &mut Vec<u8>) -> Result<()> {
    std::str::from_utf8(bytes).map_err(|_| damaged("a text is not UTF-8"))?;
    push_string(out, bytes);
    Ok(())
}

#[cold]
pub(super) fn too_deep(depth_max: usize) -> Error {
    Error::limit(format!("nested deeper than {depth_max} levels"))
        .with_code(Code::Depth)
        .with_hint("raise the limit with --max-depth")
}
