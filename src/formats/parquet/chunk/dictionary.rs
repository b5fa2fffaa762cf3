//! Dictionaries: the values of a chunk in the order in which they first appear, and an index for every value.

use std::hash::BuildHasher;
use std::ops::Range;

use super::hybrid;
use super::values::Values;

/// A dictionary and the indices into it.
pub(super) struct Dictionary {
    /// Where each entry first stands among the values.
    pub firsts: Vec<u32>,
    indices: Vec<u32>,
}

impl Dictionary {
    /// The dictionary of `values`; `None` if its entries take more than `limit` bytes, or if there are no values.
    pub fn build(values: &Values<'_>, limit: usize) -> Option<Self> {
        fn bits(value: u64) -> u64 {
            let product = u128::from(value ^ 0x9e37_79b9_7f4a_7c15) * 0xd6e8_feb8_6659_fd93;
            product as u64 ^ (product >> 64) as u64
        }
        match values {
            Values::Boolean(_) => None,
            Values::Int32(values) => match near(values, limit / 4, |value| value.into()) {
                Some(dictionary) => dictionary,
                None => build(values, limit, |_| 4, |value| bits(value as u64), |one, other| one == other),
            },
            Values::Int64(values) => match near(values, limit / 8, |value| value) {
                Some(dictionary) => dictionary,
                None => build(values, limit, |_| 8, |value| bits(value as u64), |one, other| one == other),
            },
            // By their bits: NaN of every kind and both zeros stay what they are.
            Values::Float(values) => build(
                values,
                limit,
                |_| 4,
                |value: f32| bits(value.to_bits().into()),
                |one, other| one.to_bits() == other.to_bits(),
            ),
            Values::Double(values) => build(
                values,
                limit,
                |_| 8,
                |value: f64| bits(value.to_bits()),
                |one, other| one.to_bits() == other.to_bits(),
            ),
            Values::Bytes(values) if is_shared(values) => {
                // Places first: each text is hashed once for the place where it stands.
                let place = |value: &[u8]| bits(value.as_ptr() as u64 ^ (value.len() as u64) << 48);
                let places = build(values, usize::MAX, |_| 0, place, |one, other| std::ptr::eq(one, other))?;
                let texts: Vec<&[u8]> = places.firsts.iter().map(|first| values[*first as usize]).collect();
                let found = build_texts(&texts, limit)?;
                Some(Dictionary {
                    firsts: found.firsts.iter().map(|first| places.firsts[*first as usize]).collect(),
                    indices: places.indices.iter().map(|index| found.indices[*index as usize]).collect(),
                })
            }
            Values::Bytes(values) => build_texts(values, limit),
            Values::Fixed(bytes, width) => {
                let values: Vec<&[u8]> = bytes.chunks_exact(*width).collect();
                let hasher = foldhash::fast::RandomState::default();
                build(&values, limit, |_| *width, |value| hasher.hash_one(value), |one, other| one == other)
            }
        }
    }

    /// Bits of an index.
    pub fn width(&self) -> u32 {
        u32::BITS - (self.firsts.len().saturating_sub(1) as u32).leading_zeros()
    }

    /// Writes the indices of some values.
    pub fn write(&self, range: Range<usize>, out: &mut Vec<u8>) {
        let width = self.width();
        out.push(width as u8);
        hybrid::write(&self.indices[range], width, out);
    }
}

fn build_texts(values: &[&[u8]], limit: usize) -> Option<Dictionary> {
    let hasher = foldhash::fast::RandomState::default();
    let hash = |value: &[u8]| hasher.hash_one(value);
    build(values, limit, |value| value.len() + 4, hash, |one, other| one == other)
}

/// Whether values stand at the same place in memory, as those of a dictionary do: half of the first ones, about.
fn is_shared(values: &[&[u8]]) -> bool {
    const LOOKED_AT: usize = 64;
    let mut places: Vec<*const u8> = values.iter().take(LOOKED_AT).map(|value| value.as_ptr()).collect();
    let count = places.len();
    places.sort_unstable();
    places.dedup();
    places.len() * 2 <= count
}

/// The dictionary of integers, or that it has more than `entries_max` entries, where they lie close together: each
/// number of their range has a slot, with the index of its entry plus one.
fn near<T: Copy>(values: &[T], entries_max: usize, wide: impl Fn(T) -> i64) -> Option<Option<Dictionary>> {
    const SPAN_MAX: u64 = 1 << 16;
    u32::try_from(values.len()).ok()?;
    let least = values.iter().map(|value| wide(*value)).min()?;
    let most = values.iter().map(|value| wide(*value)).max()?;
    let span = most.abs_diff(least);
    if span >= SPAN_MAX.min(values.len() as u64 * 4) {
        return None;
    }
    let mut slots = vec![0u32; span as usize + 1];
    let mut firsts: Vec<u32> = Vec::new();
    let mut indices = Vec::with_capacity(values.len());
    for (place, value) in values.iter().enumerate() {
        let slot = &mut slots[(wide(*value) - least) as usize];
        if *slot == 0 {
            if firsts.len() == entries_max {
                return Some(None);
            }
            firsts.push(place as u32);
            *slot = firsts.len() as u32;
        }
        indices.push(*slot - 1);
    }
    Some(Some(Dictionary { firsts, indices }))
}

/// Open addressing: a slot is the upper half of a hash and the index of an entry plus one.
fn build<T: Copy>(
    values: &[T],
    limit: usize,
    size: impl Fn(T) -> usize,
    hash: impl Fn(T) -> u64,
    same: impl Fn(T, T) -> bool,
) -> Option<Dictionary> {
    const SMALLEST: usize = 1 << 10;
    if values.is_empty() || u32::try_from(values.len()).is_err() {
        return None;
    }
    let mut slots = vec![0u64; SMALLEST];
    let mut firsts: Vec<u32> = Vec::new();
    let mut indices = Vec::with_capacity(values.len());
    let mut bytes = 0;
    for (place, value) in values.iter().enumerate() {
        let hashed = hash(*value);
        let tag = hashed & !u64::from(u32::MAX);
        let mut slot = hashed as usize & (slots.len() - 1);
        let index = loop {
            match slots[slot] {
                0 => {
                    bytes += size(*value);
                    if bytes > limit {
                        return None;
                    }
                    firsts.push(place as u32);
                    slots[slot] = tag | firsts.len() as u64;
                    break firsts.len() as u32 - 1;
                }
                taken if taken & !u64::from(u32::MAX) == tag => {
                    let index = taken as u32 - 1;
                    if same(values[firsts[index as usize] as usize], *value) {
                        break index;
                    }
                }
                _ => {}
            }
            slot = (slot + 1) & (slots.len() - 1);
        };
        indices.push(index);
        if firsts.len() * 2 > slots.len() {
            slots = grown(values, &firsts, slots.len() * 4, &hash);
        }
    }
    Some(Dictionary { firsts, indices })
}

/// The slots of all entries in a table of another size.
fn grown<T: Copy>(values: &[T], firsts: &[u32], size: usize, hash: impl Fn(T) -> u64) -> Vec<u64> {
    let mut slots = vec![0u64; size];
    for (index, first) in firsts.iter().enumerate() {
        let hashed = hash(values[*first as usize]);
        let mut slot = hashed as usize & (size - 1);
        while slots[slot] != 0 {
            slot = (slot + 1) & (size - 1);
        }
        slots[slot] = hashed & !u64::from(u32::MAX) | (index as u64 + 1);
    }
    slots
}

#[cfg(test)]
mod tests;
