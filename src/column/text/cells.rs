//! Blocks of rows: what the rows of a block have in a column is made ready at once, column by column, and a row is then
//! put together from copies of a width that its column has.
//!
//! In a row each value is of another type, is null or not, and is as long as it likes: a processor guesses wrong at each.
//! Of one column the type is known once, nulls are set all together, and short texts are copied in one width. What a
//! block does not hold, a value that needs a look, is left to the caller.

use std::ops::Range;

use arrow_array::{OffsetSizeTrait, StringViewArray};
use arrow_buffer::NullBuffer;

use super::entries::Entries;
use super::marks::Marks;
use super::slices::Slices;
use super::{TextColumn, Values, put};
use crate::column::temporal::Zone;
use crate::column::views;

/// Rows of a block at most.
pub(super) const ROWS: usize = 64;
/// Rows of a block at least, however many columns there are.
const FEWEST: usize = 8;
/// Values of a block, so that it stays in the nearer caches.
const VALUES: usize = 4096;

/// Bytes for a short text; the last one is its length.
const SLOT: usize = 32;
/// In place of a length: the value is left to the caller.
const LEFT: u8 = u8::MAX;
const LONGER: usize = usize::MAX;

/// Bytes that are copied at once, at most.
const WIDEST: usize = 128;

/// The cells of all columns for a block of rows.
#[derive(Debug)]
pub struct Blocks<'a> {
    cells: Vec<Cells<'a>>,
    /// The rows of the block.
    block: Range<usize>,
    /// All rows.
    rows: usize,
    step: usize,
}

impl<'a> Blocks<'a> {
    /// For `columns` columns of `rows` rows, which are asked for one after the other.
    pub fn new(columns: usize, rows: usize) -> Self {
        let step = (VALUES / columns.max(1)).clamp(FEWEST, ROWS);
        Blocks { cells: vec![Cells::default(); columns], block: 0..0, rows, step }
    }

    /// The cells of the block that has `row`, and its number there. `fill` fills those of a column with some rows.
    #[inline(always)]
    pub fn at(
        &mut self,
        row: usize,
        mut fill: impl FnMut(usize, &mut Cells<'a>, Range<usize>),
    ) -> (&[Cells<'a>], usize) {
        if !self.block.contains(&row) {
            self.block = row..(row + self.step).min(self.rows);
            for (column, cells) in self.cells.iter_mut().enumerate() {
                fill(column, cells, self.block.clone());
            }
        }
        (&self.cells, row - self.block.start)
    }
}

/// The text that stands for null, ready to be copied in any width.
#[derive(Debug)]
pub struct Null {
    bytes: Vec<u8>,
    len: usize,
}

impl Null {
    /// Keeps `text`.
    pub fn new(text: &[u8]) -> Self {
        let mut bytes = text.to_vec();
        bytes.resize(text.len() + WIDEST, 0);
        Null { bytes, len: text.len() }
    }

    fn slot(&self) -> [u8; SLOT] {
        let mut slot = self.bytes.first_chunk().copied().unwrap_or([0; SLOT]);
        slot[SLOT - 1] = if self.len < SLOT { self.len as u8 } else { LEFT };
        slot
    }
}

/// What the rows of a block have in one column.
#[derive(Clone, Debug, Default)]
pub struct Cells<'a> {
    kind: Kind,
    /// A bit for each row that is null.
    nulls: u64,
    slots: Vec<[u8; SLOT]>,
    parts: Vec<Part<'a>>,
}

#[derive(Clone, Copy, Debug, Default)]
enum Kind {
    /// Each value is left to the caller.
    #[default]
    Left,
    /// Texts of fewer bytes than a slot.
    Slots,
    /// Texts that lie somewhere, and how many bytes are copied of each.
    Parts(Width),
}

#[derive(Clone, Copy, Debug)]
enum Width {
    Narrow,
    Wide,
    Widest,
    /// As many as the text has.
    Any,
}

/// A text, and what lies behind it.
#[derive(Clone, Copy, Debug)]
struct Part<'a> {
    rest: &'a [u8],
    len: usize,
}

const NOTHING: Part<'_> = Part { rest: &[], len: LONGER };

impl<'a> Cells<'a> {
    /// Nothing is ready: each value is left to the caller.
    pub fn leave(&mut self) {
        self.kind = Kind::Left;
    }

    /// Whether a row is null; only known of a column that is not left.
    #[inline(always)]
    pub fn is_null(&self, index: usize) -> bool {
        self.nulls >> (index % ROWS) & 1 == 1
    }

    /// Puts a value or `null` into `room` from `at` on ([`put`]). `None`: it is left to the caller, or the room might
    /// not suffice.
    #[inline(always)]
    pub fn put(&self, room: &mut [u8], at: usize, index: usize) -> Option<usize> {
        #[inline(always)]
        fn wide<const N: usize>(room: &mut [u8], at: usize, part: &Part<'_>) -> Option<usize> {
            if part.len > N {
                return None;
            }
            put::fixed(room, at, part.rest.first_chunk::<N>()?, part.len)
        }
        match self.kind {
            Kind::Slots => {
                let slot = self.slots.get(index)?;
                let len = slot[SLOT - 1];
                if len == LEFT {
                    return None;
                }
                put::fixed(room, at, slot, len.into())
            }
            Kind::Parts(width) => {
                let part = self.parts.get(index)?;
                match width {
                    Width::Narrow => wide::<32>(room, at, part),
                    Width::Wide => wide::<64>(room, at, part),
                    Width::Widest => wide::<WIDEST>(room, at, part),
                    Width::Any => put::part(room, at, part.rest, 0, part.len),
                }
            }
            Kind::Left => None,
        }
    }

    /// Makes the values of a scalar column ready; `quoted`: in quotes, unless they are strings. Floats that are not
    /// finite and marked strings are left to the caller.
    pub fn scalar(
        &mut self,
        column: &TextColumn<'a>,
        rows: Range<usize>,
        nulls: Option<&NullBuffer>,
        null: &'a Null,
        quoted: bool,
    ) {
        self.kind = Kind::Left;
        self.nulls = null_bits(nulls, &rows);
        if self.nulls.count_ones() as usize == rows.len() {
            self.slots.clear();
            self.slots.resize(rows.len(), null.slot());
            self.kind = Kind::Slots;
            return;
        }
        match &column.values {
            Values::Utf8(_, texts) => self.offsets(texts, rows, &column.marks, null),
            Values::LargeUtf8(_, texts) => self.offsets(texts, rows, &column.marks, null),
            Values::Utf8View(array) => self.views(array, rows, &column.marks, null),
            _ if quoted => self.short::<true>(&column.values, rows, null),
            _ => self.short::<false>(&column.values, rows, null),
        }
    }

    /// Makes the values of a dictionary ready.
    pub fn entries(&mut self, entries: &'a Entries, rows: Range<usize>, nulls: Option<&NullBuffer>, null: &'a Null) {
        self.nulls = null_bits(nulls, &rows);
        self.parts.clear();
        self.parts.extend(rows.map(|row| entries.rest(row).map_or(NOTHING, |(rest, len)| Part { rest, len })));
        self.finish_parts(0, None, null);
    }

    fn offsets<O: OffsetSizeTrait>(
        &mut self,
        texts: &Slices<'a, O>,
        rows: Range<usize>,
        marks: &Marks,
        null: &'a Null,
    ) {
        let offsets = texts.offsets.get(rows.start..=rows.end).unwrap_or_default();
        self.parts.clear();
        self.parts.extend(offsets.windows(2).map(|pair| match pair {
            [start, end] => {
                let (start, end) = (start.as_usize(), end.as_usize());
                Part { rest: texts.bytes.get(start..).unwrap_or_default(), len: end.wrapping_sub(start) }
            }
            _ => NOTHING,
        }));
        self.finish_parts(rows.start, Some(marks), null);
    }

    fn views(&mut self, array: &'a StringViewArray, rows: Range<usize>, marks: &Marks, null: &'a Null) {
        let first = rows.start;
        self.parts.clear();
        self.parts.extend(rows.map(|row| match views::part(array, row) {
            Some((bytes, text)) => Part { rest: bytes.get(text.start..).unwrap_or_default(), len: text.len() },
            None => NOTHING,
        }));
        self.finish_parts(first, Some(marks), null);
    }

    /// Takes marked texts out, sets nulls, and chooses how much is copied.
    fn finish_parts(&mut self, first: usize, marks: Option<&Marks>, null: &'a Null) {
        let rows = first..first + self.parts.len();
        let marked = marks.map_or(0, |marks| marks.bits(&rows));
        for index in ones(marked & !self.nulls) {
            if let Some(part) = self.parts.get_mut(index) {
                *part = NOTHING;
            }
        }
        for index in ones(self.nulls) {
            if let Some(part) = self.parts.get_mut(index) {
                *part = Part { rest: &null.bytes, len: null.len };
            }
        }
        let longest = self.parts.iter().map(|part| if part.len == LONGER { 0 } else { part.len }).max();
        self.kind = Kind::Parts(match longest.unwrap_or_default() {
            0..=32 => Width::Narrow,
            33..=64 => Width::Wide,
            65..=WIDEST => Width::Widest,
            _ => Width::Any,
        });
    }

    /// Makes values ready that are short in any case, or leaves them all: types that are rarer.
    fn short<const QUOTED: bool>(&mut self, values: &Values<'_>, rows: Range<usize>, null: &Null) {
        macro_rules! fill {
            ($values:expr, $put:expr) => {
                self.fill::<QUOTED, _>($values.get(rows).unwrap_or_default(), null, $put)
            };
        }
        match values {
            Values::Int8(values) => fill!(values, |room, at, value| put::signed(room, at, i64::from(value))),
            Values::Int16(values) => fill!(values, |room, at, value| put::signed(room, at, i64::from(value))),
            Values::Int32(values) => fill!(values, |room, at, value| put::signed(room, at, i64::from(value))),
            Values::Int64(values) => fill!(values, put::signed),
            Values::UInt8(values) => fill!(values, |room, at, value| put::unsigned(room, at, u64::from(value))),
            Values::UInt16(values) => fill!(values, |room, at, value| put::unsigned(room, at, u64::from(value))),
            Values::UInt32(values) => fill!(values, |room, at, value| put::unsigned(room, at, u64::from(value))),
            Values::UInt64(values) => fill!(values, put::unsigned),
            Values::Float32(values) => fill!(values, put_float),
            // One value tells what most others of its column are like; either way puts down the same.
            Values::Float64(values) => match values.get(rows.start).is_some_and(|value| put::is_short(*value)) {
                // `NaN` and `inf` are not for all.
                true => fill!(values, |room, at, value: f64| match value.is_finite() {
                    true => put::double(room, at, value),
                    false => None,
                }),
                false => fill!(values, put_float),
            },
            Values::Decimal32(values, scale) => {
                fill!(values, |room, at, value| put::decimal(room, at, i128::from(value), *scale));
            }
            Values::Decimal64(values, scale) => {
                fill!(values, |room, at, value| put::decimal(room, at, i128::from(value), *scale));
            }
            Values::Decimal128(values, scale) => {
                fill!(values, |room, at, value| put::decimal(room, at, value, *scale));
            }
            Values::Date32(values, day) => fill!(values, |room, at, value| day.put(room, at, i64::from(value))),
            Values::Time32(values, unit) => {
                fill!(values, |room, at, value| put::time(room, at, i64::from(value), *unit));
            }
            Values::Time64(values, unit) => fill!(values, |room, at, value| put::time(room, at, value, *unit)),
            Values::Timestamp(values, unit, Zone::Naive, day) => {
                fill!(values, |room, at, value| day.put_timestamp(room, at, value, *unit));
            }
            Values::Timestamp(values, unit, Zone::Utc, day) => fill!(values, |room, at, value| {
                let at = day.put_timestamp(room, at, value, *unit)?;
                put::byte(room, at, b'Z')
            }),
            Values::Boolean(array) => {
                let values: [bool; ROWS] = std::array::from_fn(|index| {
                    let row = rows.start + index;
                    row < rows.end && array.value(row)
                });
                self.fill::<QUOTED, _>(&values[..rows.len()], null, |room, at, value| match value {
                    true => put::fixed(room, at, b"true", 4),
                    false => put::fixed(room, at, b"false", 5),
                });
            }
            _ => self.kind = Kind::Left,
        }
    }

    fn fill<const QUOTED: bool, T: Copy>(
        &mut self,
        values: &[T],
        null: &Null,
        put: impl Fn(&mut [u8], usize, T) -> Option<usize>,
    ) {
        let quote = |room: &mut [u8], at| if QUOTED { put::byte(room, at, b'"') } else { Some(at) };
        self.slots.resize(values.len(), [0; SLOT]);
        for (slot, value) in self.slots.iter_mut().zip(values) {
            let end = quote(slot, 0).and_then(|at| put(slot, at, *value)).and_then(|at| quote(slot, at));
            slot[SLOT - 1] = end.filter(|end| *end < SLOT).map_or(LEFT, |end| end as u8);
        }
        let null = null.slot();
        for index in ones(self.nulls) {
            if let Some(slot) = self.slots.get_mut(index) {
                *slot = null;
            }
        }
        self.kind = Kind::Slots;
    }
}

#[inline(always)]
fn put_float<F: zmij::Float>(room: &mut [u8], at: usize, value: F) -> Option<usize> {
    let mut buffer = zmij::Buffer::new();
    let text = buffer.format(value).as_bytes();
    // `NaN` and `inf` are not for all.
    if text.last().is_some_and(u8::is_ascii_digit) { put::few(room, at, text) } else { None }
}

/// A bit for each of at most [`ROWS`] rows that is null.
fn null_bits(nulls: Option<&NullBuffer>, rows: &Range<usize>) -> u64 {
    let Some(nulls) = nulls.filter(|nulls| rows.end <= nulls.len()) else { return 0 };
    let there = nulls.inner().slice(rows.start, rows.len()).bit_chunks().iter_padded().next();
    let all = u64::MAX >> (ROWS - rows.len().clamp(1, ROWS));
    !there.unwrap_or_default() & all
}

/// The places of the bits that are set, the lowest first.
fn ones(mut bits: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let index = bits.trailing_zeros() as usize;
        bits &= bits.checked_sub(1)?;
        Some(index)
    })
}

#[cfg(test)]
mod tests;
