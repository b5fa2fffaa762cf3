//! The least and the greatest of many texts, by their bytes.

/// Texts that show what all begin with.
const SAMPLE: usize = 16;
/// Bytes of a text that are looked at first.
const HEAD_BYTES: usize = 32;
const KEY_BYTES: usize = 8;

/// The least and the greatest text. Most texts of a column differ early, or early behind what all begin with, such as
/// `https://www.`: they are compared by eight bytes there, and from the start only where these are the same.
pub(super) fn extremes<'a>(texts: impl Iterator<Item = &'a [u8]> + Clone) -> Option<(&'a [u8], &'a [u8])> {
    let common = Head::of(texts.clone().next()?);
    let alike = texts.clone().take(SAMPLE).map(|text| common.same_bytes(Head::of(text))).min()?;
    let skipped = alike.min(HEAD_BYTES - KEY_BYTES);
    let mut usual: Option<Extremes<'a>> = None;
    let mut others: Option<Extremes<'a>> = None;
    for text in texts {
        let head = Head::of(text);
        let (group, key) = match common.same_bytes(head) >= skipped {
            true => (&mut usual, head.key(skipped)),
            false => (&mut others, head.key(0)),
        };
        match group {
            Some(extremes) => extremes.take(key, text),
            None => *group = Some(Extremes { least: (key, text), most: (key, text) }),
        }
    }
    let found = usual.into_iter().chain(others).map(|found| (found.least.1, found.most.1));
    found.reduce(|(least, most), (other_least, other_most)| (least.min(other_least), most.max(other_most)))
}

/// Texts that begin alike, each behind the number that its order mostly shows in.
struct Extremes<'a> {
    least: (u64, &'a [u8]),
    most: (u64, &'a [u8]),
}

impl<'a> Extremes<'a> {
    #[inline(always)]
    fn take(&mut self, key: u64, text: &'a [u8]) {
        if key <= self.least.0 && (key, text) < self.least {
            self.least = (key, text);
        }
        if key >= self.most.0 && (key, text) > self.most {
            self.most = (key, text);
        }
    }
}

/// The first bytes of a text, with zeros behind a shorter one. Where the heads of two texts differ, the texts are in the
/// order of their heads: of two that are the same up to the end of one, the longer has something above zero there.
#[derive(Clone, Copy)]
struct Head {
    low: u128,
    high: u128,
}

impl Head {
    /// Short texts in two parts that overlap.
    #[inline(always)]
    fn of(text: &[u8]) -> Self {
        let len = text.len();
        let low = text.first_chunk().map(|bytes| u128::from_le_bytes(*bytes));
        if let (Some(low), Some(rest)) = (low, text.get(16..)) {
            let high = match (rest.first_chunk(), text.last_chunk()) {
                (Some(whole), _) => u128::from_le_bytes(*whole),
                (None, Some(last)) if len > 16 => u128::from_le_bytes(*last) >> (8 * (HEAD_BYTES - len)),
                _ => 0,
            };
            return Head { low, high };
        }
        let low = match (text.first_chunk(), text.last_chunk(), text.first_chunk(), text.last_chunk()) {
            (Some(first), Some(last), ..) => {
                let (first, last) = (u64::from_le_bytes(*first), u64::from_le_bytes(*last));
                u128::from(first) | u128::from(last) << (8 * (len - 8))
            }
            (.., Some(first), Some(last)) => {
                let (first, last) = (u32::from_le_bytes(*first), u32::from_le_bytes(*last));
                u128::from(first) | u128::from(last) << (8 * (len - 4))
            }
            _ => text.iter().rev().fold(0, |low, byte| low << 8 | u128::from(*byte)),
        };
        Head { low, high: 0 }
    }

    /// Bytes before the first that differs.
    #[inline(always)]
    fn same_bytes(self, other: Head) -> usize {
        let same = |one: u128, other: u128| (one ^ other).trailing_zeros() as usize / 8;
        match same(self.low, other.low) {
            16 => 16 + same(self.high, other.high),
            less => less,
        }
    }

    /// Eight bytes behind the first `skipped`, as a number in their order.
    #[inline(always)]
    fn key(self, skipped: usize) -> u64 {
        let bits = 8 * skipped;
        let word = match skipped {
            0 => self.low,
            1..16 => self.low >> bits | self.high << (128 - bits),
            _ => self.high >> (bits - 128),
        };
        (word as u64).swap_bytes()
    }
}

#[cfg(test)]
mod tests;
