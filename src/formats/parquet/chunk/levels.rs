//! Repetition and definition levels of a chunk: what its rows look like around its values (`README.md`, Nested Encoding).

use std::ops::Range;

use arrow_buffer::{BooleanBufferBuilder, NullBuffer};
use parquet::file::metadata::LevelHistogram;

use super::hybrid::{self, repeated, varint};

/// Equal bytes of a bitmap from which on they are written as a run.
const RUN_BYTES: usize = 8;

/// The slots of a chunk: one for each value, and one for each null or empty list in its place.
pub(super) enum Levels {
    /// A slot is a row.
    Flat {
        /// How many.
        rows: usize,
        /// Which are values, if not all are.
        nulls: Option<NullBuffer>,
        /// Whether there are definition levels at all.
        nullable: bool,
    },
    /// Rows have any number of slots.
    Nested(NestedLevels),
}

/// Levels of each slot.
#[derive(Clone, Default)]
pub(super) struct NestedLevels {
    /// Zero where a row begins.
    pub repetition: Vec<u16>,
    /// The highest where there is a value.
    pub definition: Vec<u16>,
    /// The highest repetition level of the column.
    pub most_repeated: u16,
    /// The highest definition level of the column.
    pub most_defined: u16,
}

impl Levels {
    /// Of a column that does not nest: the rows of its arrays, and which of them are null, if some are.
    pub fn flat(arrays: &[(usize, Option<NullBuffer>)], nullable: bool) -> Self {
        let rows = arrays.iter().map(|(rows, _)| rows).sum();
        if arrays.iter().all(|(_, nulls)| nulls.is_none()) {
            return Levels::Flat { rows, nulls: None, nullable };
        }
        let mut bits = BooleanBufferBuilder::new(rows);
        for (rows, nulls) in arrays {
            match nulls {
                Some(nulls) => bits.append_buffer(nulls.inner()),
                None => bits.append_n(*rows, true),
            }
        }
        Levels::Flat { rows, nulls: Some(bits.finish().into()), nullable }
    }

    /// How many slots there are.
    pub fn slots(&self) -> usize {
        match self {
            Levels::Flat { rows, .. } => *rows,
            Levels::Nested(levels) => levels.definition.len(),
        }
    }

    /// How many rows there are.
    pub fn rows(&self) -> usize {
        match self {
            Levels::Nested(levels) if levels.most_repeated > 0 => {
                levels.repetition.iter().filter(|level| **level == 0).count()
            }
            _ => self.slots(),
        }
    }

    /// How many of some slots hold a value.
    pub fn count(&self, slots: Range<usize>) -> usize {
        match self {
            Levels::Flat { nulls: None, .. } => slots.len(),
            Levels::Flat { nulls: Some(nulls), .. } => slots.len() - nulls.slice(slots.start, slots.len()).null_count(),
            Levels::Nested(levels) => {
                levels.definition[slots].iter().filter(|level| **level == levels.most_defined).count()
            }
        }
    }

    /// The middle of some slots, where a row begins; `None` if it cannot be cut.
    pub fn middle(&self, slots: &Range<usize>) -> Option<usize> {
        let middle = slots.start + slots.len() / 2;
        match self {
            Levels::Nested(levels) if levels.most_repeated > 0 => {
                let begins = |slot: &usize| levels.repetition[*slot] == 0;
                (middle..slots.end).find(begins).or_else(|| (slots.start..middle).rev().find(begins))
            }
            _ => Some(middle),
        }
        .filter(|middle| *middle > slots.start)
    }

    /// Writes the levels of a data page, each kind behind its length.
    pub fn write(&self, slots: Range<usize>, out: &mut Vec<u8>) {
        match self {
            Levels::Flat { nullable: false, .. } => {}
            Levels::Flat { nulls, .. } => behind_length(out, |out| match nulls {
                Some(nulls) if self.count(slots.clone()) < slots.len() => {
                    let bits = nulls.inner().slice(slots.start, slots.len()).sliced();
                    write_bitmap(bits.as_slice(), slots.len(), out);
                }
                _ => repeated(1, slots.len(), 1, out),
            }),
            Levels::Nested(levels) => {
                if levels.most_repeated > 0 {
                    let width = width(levels.most_repeated);
                    behind_length(out, |out| hybrid::write(&levels.repetition[slots.clone()], width, out));
                }
                if levels.most_defined > 0 {
                    let width = width(levels.most_defined);
                    behind_length(out, |out| hybrid::write(&levels.definition[slots], width, out));
                }
            }
        }
    }

    /// How often each repetition and each definition level occurs, where there are any.
    pub fn histograms(&self) -> (Option<LevelHistogram>, Option<LevelHistogram>) {
        let count = |levels: &[u16], most: u16| {
            // A pass for each of these few levels, in sums of two bytes: many are added at a time.
            let chunks = || levels.chunks(usize::from(u16::MAX));
            let in_chunk =
                |chunk: &[u16], level| chunk.iter().fold(0, |count, other| count + u16::from(*other == level));
            let occurs = |level| chunks().map(|chunk| i64::from(in_chunk(chunk, level))).sum::<i64>();
            (most > 0).then(|| LevelHistogram::from((0..=most).map(occurs).collect::<Vec<_>>()))
        };
        match self {
            Levels::Flat { nullable: false, .. } => (None, None),
            Levels::Flat { rows, .. } => {
                let valid = self.count(0..*rows) as i64;
                (None, Some(LevelHistogram::from(vec![*rows as i64 - valid, valid])))
            }
            Levels::Nested(levels) => {
                (count(&levels.repetition, levels.most_repeated), count(&levels.definition, levels.most_defined))
            }
        }
    }
}

/// Bits that a level takes.
fn width(most: u16) -> u32 {
    u16::BITS - most.leading_zeros()
}

fn behind_length(out: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) {
    let place = out.len();
    out.extend_from_slice(&[0; 4]);
    write(out);
    let length = (out.len() - place - 4) as u32;
    out[place..place + 4].copy_from_slice(&length.to_le_bytes());
}

/// Writes bits, of which there are `len`: whole bytes of zeros or ones as runs, everything else as it stands.
fn write_bitmap(bytes: &[u8], len: usize, out: &mut Vec<u8>) {
    let whole = len / 8;
    let (mut begin, mut next) = (0, 0);
    let packed = |range: Range<usize>, out: &mut Vec<u8>| {
        if !range.is_empty() {
            varint((range.len() as u64) << 1 | 1, out);
            out.extend_from_slice(&bytes[range]);
        }
    };
    while next < whole {
        let byte = bytes[next];
        let run = match byte {
            0 | 0xff => bytes[next..whole].iter().take_while(|other| **other == byte).count(),
            _ => 1,
        };
        if run >= RUN_BYTES {
            packed(begin..next, out);
            repeated(u32::from(byte & 1), run * 8, 1, out);
            begin = next + run;
        }
        next += run;
    }
    packed(begin..len.div_ceil(8), out);
}
