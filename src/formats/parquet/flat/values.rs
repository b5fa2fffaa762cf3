//! The values of pages, and the arrays that they become.

use std::sync::Arc;

use arrow_array::{ArrayRef, BinaryArray, BooleanArray, make_array};
use arrow_buffer::{BooleanBufferBuilder, Buffer, NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow_data::ArrayData;
use arrow_schema::{DataType, TimeUnit};
use bytes::Bytes;
use parquet::basic::{Encoding, Type as Physical};

use super::super::group::Decoded;
use super::runs::{Piece, Runs};
use crate::column::strings;
use crate::column::text::put;

/// Bytes behind a text that are written over while it is copied, at most.
const BEHIND: usize = 128;
/// Bytes of the length in front of a plain text, and of runs of booleans.
const LENGTH: usize = 4;

/// The values of a dictionary, where they are in their page.
pub(super) enum Dictionary {
    /// Numbers, one behind the other.
    Fixed(Bytes),
    /// Texts.
    Texts(Texts),
}

/// The texts of a dictionary, one behind the other.
pub(super) struct Texts {
    bytes: Vec<u8>,
    /// Where each begins, and where the last ends.
    begins: Vec<u32>,
}

impl Texts {
    /// Of a page with so many; `is_text`: all of them are UTF-8, also those that no row has.
    fn new(page: &[u8], count: usize, is_text: bool) -> Option<Texts> {
        let size = page.len().checked_sub(count.checked_mul(LENGTH)?)?;
        let mut bytes = vec![0; size + BEHIND];
        let (mut begins, mut at, mut end) = (Vec::with_capacity(count + 1), 0, 0);
        for _ in 0..count {
            begins.push(u32::try_from(end).ok()?);
            let begin = text(page, &mut at)?;
            end = put::part(&mut bytes, end, page, begin, at - begin)?;
        }
        begins.push(u32::try_from(end).ok()?);
        bytes.truncate(end);
        if is_text && !bytes.is_ascii() {
            let text = simdutf8::basic::from_utf8(&bytes).ok()?;
            if !begins.iter().all(|begin| text.is_char_boundary(*begin as usize)) {
                return None;
            }
        }
        Some(Texts { bytes, begins })
    }

    /// How long a text is.
    fn length(&self, place: u32) -> Option<usize> {
        self.begins.get(place as usize..)?.first_chunk().map(|[begin, end]| (end - begin) as usize)
    }
}

impl Dictionary {
    /// Of a page with so many plain values; `is_text`: texts must be UTF-8.
    pub fn new(page: &Bytes, count: usize, physical: Physical, is_text: bool) -> Option<Dictionary> {
        let width = match physical {
            Physical::INT32 | Physical::FLOAT => 4,
            Physical::INT64 | Physical::DOUBLE => 8,
            Physical::INT96 => 12,
            Physical::BYTE_ARRAY => return Texts::new(page, count, is_text).map(Dictionary::Texts),
            _ => return None,
        };
        let length = count.checked_mul(width).filter(|length| *length <= page.len())?;
        Some(Dictionary::Fixed(page.slice(..length)))
    }
}

/// Where the next plain text begins; `at` moves behind it.
fn text(page: &[u8], at: &mut usize) -> Option<usize> {
    let length = page.get(*at..)?.first_chunk::<LENGTH>()?;
    let begin = *at + LENGTH;
    let end = begin.checked_add(u32::from_le_bytes(*length) as usize).filter(|end| *end <= page.len())?;
    *at = end;
    Some(begin)
}

/// The values of a page that are to come.
pub(super) enum Source {
    /// Plain ones.
    Plain(Bytes),
    /// Places in the dictionary.
    Places(Runs),
    /// Plain booleans, from a bit on.
    Bits(Bytes, usize),
    /// Booleans in runs.
    Runs(Runs),
}

impl Source {
    /// Of the bytes of a page; `None` for encodings that are not read here.
    pub fn new(bytes: Bytes, encoding: Encoding, physical: Physical) -> Option<Source> {
        let is_boolean = physical == Physical::BOOLEAN;
        match encoding {
            Encoding::PLAIN if is_boolean => Some(Source::Bits(bytes, 0)),
            Encoding::PLAIN => Some(Source::Plain(bytes)),
            Encoding::RLE if is_boolean => {
                let length = u32::from_le_bytes(*bytes.first_chunk::<LENGTH>()?) as usize;
                let end = LENGTH.checked_add(length).filter(|end| *end <= bytes.len())?;
                Runs::new(bytes.slice(LENGTH..end), 1).map(Source::Runs)
            }
            Encoding::RLE_DICTIONARY | Encoding::PLAIN_DICTIONARY if !is_boolean => {
                let width = usize::from(*bytes.first()?);
                Runs::new(bytes.slice(1..), width).map(Source::Places)
            }
            _ => None,
        }
    }

    /// Whether nothing follows what was read that would change it.
    pub fn is_last(&self) -> bool {
        match self {
            Source::Places(runs) | Source::Runs(runs) => runs.is_last(),
            Source::Plain(bytes) => bytes.is_empty(),
            Source::Bits(..) => true,
        }
    }
}

/// A time of INT96: nanoseconds since 1970, which may wrap around, and seconds, which do not.
#[derive(Clone, Copy, Default)]
struct Moment {
    nanos: i64,
    seconds: i64,
}

impl Moment {
    /// From nanoseconds of a day, and the number of the Julian day.
    fn of(bytes: [u8; 12]) -> Moment {
        const SECOND: i64 = 1_000_000_000;
        const DAY: i64 = 86_400;
        /// The Julian day that is the first of 1970.
        const EPOCH: i64 = 2_440_588;
        let [a, b, c, d, e, f, g, h, day @ ..] = bytes;
        let nanos = i64::from_le_bytes([a, b, c, d, e, f, g, h]);
        let day = i64::from(i32::from_le_bytes(day)) - EPOCH;
        Moment {
            nanos: day.wrapping_mul(DAY * SECOND).wrapping_add(nanos),
            seconds: day.wrapping_mul(DAY).wrapping_add(nanos / SECOND),
        }
    }
}

/// An array that grows.
pub(super) struct Builder {
    values: Values,
    /// Places in the dictionary on their way.
    places: Vec<u32>,
}

enum Values {
    Four(Vec<u32>),
    Eight(Vec<u64>),
    Moments(Vec<Moment>),
    Bits(BooleanBufferBuilder),
    Texts { ends: Vec<i32>, bytes: Vec<u8> },
}

impl Builder {
    /// For so many rows; texts may take more than `text_bytes` bytes, or less.
    pub fn new(physical: Physical, rows: usize, text_bytes: usize) -> Option<Builder> {
        let values = match physical {
            Physical::INT32 | Physical::FLOAT => Values::Four(Vec::with_capacity(rows)),
            Physical::INT64 | Physical::DOUBLE => Values::Eight(Vec::with_capacity(rows)),
            Physical::INT96 => Values::Moments(Vec::with_capacity(rows)),
            Physical::BOOLEAN => Values::Bits(BooleanBufferBuilder::new(rows)),
            Physical::BYTE_ARRAY => {
                let mut ends = Vec::with_capacity(rows + 1);
                ends.push(0);
                Values::Texts { ends, bytes: Vec::with_capacity(text_bytes) }
            }
            _ => return None,
        };
        Some(Builder { values, places: Vec::new() })
    }

    /// The next `count` values of a page.
    pub fn take(&mut self, source: &mut Source, dictionary: Option<&Dictionary>, count: usize) -> Option<()> {
        let Builder { values, places } = self;
        if let Source::Places(runs) = source {
            places.clear();
            runs.numbers(count, places)?;
        }
        match (values, source) {
            (Values::Four(values), Source::Plain(bytes)) => plain(values, bytes, count, u32::from_le_bytes),
            (Values::Eight(values), Source::Plain(bytes)) => plain(values, bytes, count, u64::from_le_bytes),
            (Values::Moments(values), Source::Plain(bytes)) => plain(values, bytes, count, Moment::of),
            (Values::Four(values), Source::Places(_)) => at(values, dictionary, places, u32::from_le_bytes),
            (Values::Eight(values), Source::Places(_)) => at(values, dictionary, places, u64::from_le_bytes),
            (Values::Moments(values), Source::Places(_)) => at(values, dictionary, places, Moment::of),
            (Values::Texts { ends, bytes }, Source::Plain(page)) => plain_texts(ends, bytes, page, count),
            (Values::Texts { ends, bytes }, Source::Places(_)) => texts_at(ends, bytes, dictionary, places),
            (Values::Bits(bits), Source::Bits(bytes, first)) => {
                let end = first.checked_add(count).filter(|end| *end <= bytes.len() * 8)?;
                bits.append_packed_range(*first..end, bytes);
                *first = end;
                Some(())
            }
            (Values::Bits(bits), Source::Runs(runs)) => runs.take(count, |piece| {
                match piece {
                    Piece::Same(bit, count) => bits.append_n(count, bit == 1),
                    Piece::Packed(bytes, first, count) => bits.append_packed_range(first..first + count, bytes),
                }
                Some(())
            }),
            _ => None,
        }
    }

    /// Makes room for nulls between the last values: `is_set` says for each row, the last one first, whether it has one.
    pub fn spread(&mut self, rows: usize, set: usize, is_set: impl Iterator<Item = bool>) {
        let downwards = (0..rows).rev().zip(is_set);
        match &mut self.values {
            Values::Four(values) => spread(values, rows, set, downwards),
            Values::Eight(values) => spread(values, rows, set, downwards),
            Values::Moments(values) => spread(values, rows, set, downwards),
            Values::Texts { ends, .. } => {
                // The text of a null ends where the one before it does.
                let before = ends.len() - 1 - set;
                ends.resize(before + 1 + rows, 0);
                let mut left = set;
                for (row, is_set) in downwards {
                    ends[before + 1 + row] = ends[before + left];
                    left -= usize::from(is_set);
                }
            }
            Values::Bits(bits) => {
                let mut is_set: Vec<bool> = downwards.map(|(_, is_set)| is_set).collect();
                is_set.reverse();
                let begin = bits.len() - set;
                let values: Vec<bool> = (begin..bits.len()).map(|bit| bits.get_bit(bit)).collect();
                bits.truncate(begin);
                let mut values = values.into_iter();
                is_set.iter().for_each(|is_set| bits.append(*is_set && values.next().unwrap_or_default()));
            }
        }
    }

    /// Bytes of the texts so far, and room for what is written behind them.
    pub fn text_bytes(&self) -> usize {
        match &self.values {
            Values::Texts { bytes, .. } => bytes.len() + BEHIND,
            _ => 0,
        }
    }

    /// The array. `None` if texts are not UTF-8.
    pub fn finish(self, data_type: &DataType, nulls: Option<NullBuffer>) -> Option<Decoded> {
        let numbers = |data_type: &DataType, rows: usize, numbers: Buffer, nulls: Option<NullBuffer>| {
            let array = ArrayData::builder(data_type.clone()).len(rows).add_buffer(numbers).nulls(nulls).build();
            array.ok().map(make_array)
        };
        let values: ArrayRef = match self.values {
            Values::Four(values) => numbers(data_type, values.len(), Buffer::from_vec(values), nulls)?,
            Values::Eight(values) => numbers(data_type, values.len(), Buffer::from_vec(values), nulls)?,
            Values::Moments(moments) => {
                let of = |data_type: &DataType, part: fn(&Moment) -> i64| {
                    let values: Vec<i64> = moments.iter().map(part).collect();
                    numbers(data_type, values.len(), Buffer::from_vec(values), nulls.clone())
                };
                let seconds = of(&DataType::Timestamp(TimeUnit::Second, None), |moment| moment.seconds)?;
                let values = of(data_type, |moment| moment.nanos)?;
                return Some(Decoded { values, seconds: Some(seconds) });
            }
            Values::Bits(mut bits) => Arc::new(BooleanArray::new(bits.finish(), nulls)),
            Values::Texts { ends, bytes } => {
                let offsets = OffsetBuffer::new(ScalarBuffer::from(ends));
                match data_type {
                    DataType::Utf8 => Arc::new(strings::array(offsets, bytes.into(), nulls).ok()?),
                    DataType::Binary => Arc::new(BinaryArray::try_new(offsets, bytes.into(), nulls).ok()?),
                    _ => return None,
                }
            }
        };
        Some(Decoded { values, seconds: None })
    }
}

/// Plain numbers.
fn plain<const WIDTH: usize, T>(
    values: &mut Vec<T>,
    bytes: &mut Bytes,
    count: usize,
    number: fn([u8; WIDTH]) -> T,
) -> Option<()> {
    let length = count.checked_mul(WIDTH).filter(|length| *length <= bytes.len())?;
    let taken = bytes.split_to(length);
    values.extend(taken.as_chunks().0.iter().map(|bytes| number(*bytes)));
    Some(())
}

/// Numbers at places of a dictionary.
fn at<const WIDTH: usize, T>(
    values: &mut Vec<T>,
    dictionary: Option<&Dictionary>,
    places: &[u32],
    number: fn([u8; WIDTH]) -> T,
) -> Option<()> {
    let entries = match dictionary {
        Some(Dictionary::Fixed(bytes)) => bytes.as_chunks::<WIDTH>().0,
        _ => &[],
    };
    let most = places.iter().copied().max().map_or(0, |most| most as usize + 1);
    let entries = entries.get(..).filter(|entries| most <= entries.len())?;
    values.extend(places.iter().map(|place| number(entries[*place as usize])));
    Some(())
}

fn plain_texts(ends: &mut Vec<i32>, bytes: &mut Vec<u8>, page: &mut Bytes, count: usize) -> Option<()> {
    let mut at = 0;
    for _ in 0..count {
        let begin = text(page, &mut at)?;
        bytes.extend_from_slice(&page[begin..at]);
        ends.push(i32::try_from(bytes.len()).ok()?);
    }
    drop(page.split_to(at));
    Some(())
}

fn texts_at(ends: &mut Vec<i32>, bytes: &mut Vec<u8>, dictionary: Option<&Dictionary>, places: &[u32]) -> Option<()> {
    let Some(Dictionary::Texts(texts)) = dictionary else { return None };
    let mut end = bytes.len();
    for place in places {
        end = end.checked_add(texts.length(*place)?)?;
        ends.push(i32::try_from(end).ok()?);
    }
    let mut at = bytes.len();
    bytes.resize(end + BEHIND, 0);
    for place in places {
        let begin = texts.begins[*place as usize] as usize;
        at = put::part(bytes, at, &texts.bytes, begin, texts.length(*place)?)?;
    }
    bytes.truncate(end);
    Some(())
}

/// Moves the last `set` values to the rows that have one, of which `downwards` goes from the last to the first.
fn spread<T: Copy + Default>(
    values: &mut Vec<T>,
    rows: usize,
    set: usize,
    downwards: impl Iterator<Item = (usize, bool)>,
) {
    let begin = values.len() - set;
    values.resize(begin + rows, T::default());
    let mut from = begin + set;
    for (row, is_set) in downwards {
        values[begin + row] = match is_set {
            true => {
                from -= 1;
                values[from]
            }
            false => T::default(),
        };
    }
}
