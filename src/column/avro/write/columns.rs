//! The values of columns as they are stored: numbers of any width, texts of any layout, where the items of lists stand.

use arrow_array::{BinaryViewArray, FixedSizeBinaryArray, StringViewArray};
use arrow_buffer::{ArrowNativeType, IntervalDayTime, IntervalMonthDayNano, OffsetBuffer, i256};

/// The numbers of a column, as wide as they are.
pub(crate) enum Integers<'a> {
    I8(&'a [i8]),
    I16(&'a [i16]),
    I32(&'a [i32]),
    I64(&'a [i64]),
    U8(&'a [u8]),
    U16(&'a [u16]),
    U32(&'a [u32]),
    U64(&'a [u64]),
}

impl Integers<'_> {
    #[inline]
    pub(super) fn get(&self, row: usize) -> i128 {
        match self {
            Integers::I8(values) => i128::from(values[row]),
            Integers::I16(values) => i128::from(values[row]),
            Integers::I32(values) => i128::from(values[row]),
            Integers::I64(values) => i128::from(values[row]),
            Integers::U8(values) => i128::from(values[row]),
            Integers::U16(values) => i128::from(values[row]),
            Integers::U32(values) => i128::from(values[row]),
            Integers::U64(values) => i128::from(values[row]),
        }
    }
}

/// Texts or byte strings, as they are stored.
pub(crate) enum Texts<'a> {
    Offsets(&'a OffsetBuffer<i32>, &'a [u8]),
    LargeOffsets(&'a OffsetBuffer<i64>, &'a [u8]),
    TextView(&'a StringViewArray),
    BinaryView(&'a BinaryViewArray),
    Fixed(&'a FixedSizeBinaryArray),
}

impl<'a> Texts<'a> {
    #[inline]
    pub(crate) fn get(&self, row: usize) -> &[u8] {
        match self {
            Texts::Offsets(offsets, values) => &values[offsets[row].as_usize()..offsets[row + 1].as_usize()],
            Texts::LargeOffsets(offsets, values) => &values[offsets[row].as_usize()..offsets[row + 1].as_usize()],
            Texts::TextView(array) => array.value(row).as_bytes(),
            Texts::BinaryView(array) => array.value(row),
            Texts::Fixed(array) => array.value(row),
        }
    }
}

/// The unscaled numbers of a decimal column.
pub(crate) enum Decimals<'a> {
    D32(&'a [i32]),
    D64(&'a [i64]),
    D128(&'a [i128]),
    D256(&'a [i256]),
    /// Unsigned 64-bit integers.
    U64(&'a [u64]),
}

/// Calendar intervals.
pub(crate) enum Intervals<'a> {
    YearMonth(&'a [i32]),
    DayTime(&'a [IntervalDayTime]),
    MonthDayNano(&'a [IntervalMonthDayNano]),
}

impl Intervals<'_> {
    /// Months, days and nanoseconds.
    #[inline]
    pub(super) fn get(&self, row: usize) -> (i64, i64, i64) {
        match self {
            Intervals::YearMonth(values) => (i64::from(values[row]), 0, 0),
            Intervals::DayTime(values) => {
                (0, i64::from(values[row].days), i64::from(values[row].milliseconds) * 1_000_000)
            }
            Intervals::MonthDayNano(values) => {
                (i64::from(values[row].months), i64::from(values[row].days), values[row].nanoseconds)
            }
        }
    }
}

/// Where the items of each row stand.
pub(crate) enum Ranges<'a> {
    Offsets(&'a OffsetBuffer<i32>),
    LargeOffsets(&'a OffsetBuffer<i64>),
    Views(&'a [i32], &'a [i32]),
    LargeViews(&'a [i64], &'a [i64]),
    Fixed(usize),
}

impl Ranges<'_> {
    #[inline]
    pub(super) fn get(&self, row: usize) -> (usize, usize) {
        match self {
            Ranges::Offsets(offsets) => (offsets[row].as_usize(), offsets[row + 1].as_usize()),
            Ranges::LargeOffsets(offsets) => (offsets[row].as_usize(), offsets[row + 1].as_usize()),
            Ranges::Views(starts, sizes) => {
                let start = starts[row].as_usize();
                (start, start + sizes[row].as_usize())
            }
            Ranges::LargeViews(starts, sizes) => {
                let start = starts[row].as_usize();
                (start, start + sizes[row].as_usize())
            }
            Ranges::Fixed(size) => (row * size, (row + 1) * size),
        }
    }
}
