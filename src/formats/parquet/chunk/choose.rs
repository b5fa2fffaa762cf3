//! How a chunk is encoded and compressed: tried on a sample of its values, before the whole is paid for.

use std::ops::Range;

use parquet::basic::Encoding;

use super::compress::Codec;
use super::dictionary::Dictionary;
use super::values::Values;

/// Which encodings may be chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::formats::parquet) struct Encodings {
    /// Beside `PLAIN` those that make smaller files.
    pub beyond_plain: bool,
    /// Dictionaries: where they pay, always while they fit, or never.
    pub dictionary: Option<bool>,
    /// Bytes of a dictionary at most, if it was asked for.
    pub dictionary_bytes: Option<usize>,
    /// Beside dictionaries this one alone, for a column that readers take no other of.
    pub only: Option<Encoding>,
}

/// How a chunk is written.
pub(super) struct Choice {
    /// The encoding of values that are in no dictionary.
    pub encoding: Encoding,
    /// The codec, or a cheaper one that does the same for these values.
    pub codec: Codec,
    /// The dictionary, if there is one.
    pub dictionary: Option<Dictionary>,
}

/// Values of a sample at most, in runs of neighbours that are spread over the chunk.
const SAMPLE_VALUES: usize = 4096;
const SAMPLE_RUNS: usize = 8;
/// Bytes of a sample, about.
const SAMPLE_BYTES: usize = 32 << 10;
/// A chunk of so few bytes is compressed in hardly more time than a codec takes to begin: each trial counts.
const SMALL_BYTES: usize = 6 << 10;
/// Bytes of a dictionary that are never too many.
const DICTIONARY_BYTES: usize = 1 << 20;
/// A larger one has this share of the bytes of all values at most: beyond, it hardly saves anything.
const DICTIONARY_SHARE: usize = 2;
/// A sample with so few distinct values in it, one of so many, always gets a dictionary.
const REPEATS: usize = 8;

/// Decides for `values`. The same values always give the same choice.
pub(super) fn choose(values: &Values<'_>, codec: Codec, encodings: Encodings) -> Choice {
    let all = values.plain_bytes(0..values.len());
    let limit = encodings.dictionary_bytes.unwrap_or(DICTIONARY_BYTES.max(all / DICTIONARY_SHARE));
    let guess = match encodings.dictionary {
        Some(false) => Guess::Never,
        Some(true) => Guess::Always,
        None => guess(values),
    };
    if guess == Guess::Always
        && let Some(dictionary) = Dictionary::build(values, limit)
    {
        return Choice { encoding: Encoding::PLAIN, codec, dictionary: Some(dictionary) };
    }
    let sample = values.part(&runs(values));
    let trial = |encoding, codec: Codec| {
        let mut bytes = Vec::new();
        sample.write(0..sample.len(), encoding, &mut bytes);
        codec.compress(bytes).map_or(usize::MAX, |bytes| bytes.len())
    };
    let small = all <= SMALL_BYTES;
    let cheap = match codec {
        // Higher levels look further back than a sample is long.
        Codec::Zstd(2..=3) if encodings.beyond_plain && !small => Codec::Zstd(1),
        other => other,
    };
    let mut known = match encodings.only {
        Some(only) => vec![only],
        None if encodings.beyond_plain => values.encodings().to_vec(),
        None => vec![Encoding::PLAIN],
    };
    if small && known.len() > 1 {
        // What is shorter before compression is rarely longer behind it.
        let lengths: Vec<usize> = known.iter().map(|encoding| trial(*encoding, Codec::None)).collect();
        let least = lengths.iter().min().copied().unwrap_or_default();
        let mut lengths = lengths.into_iter();
        known.retain(|_| lengths.next() == Some(least));
    }
    let tried = known.iter().map(|encoding| (trial(*encoding, cheap), *encoding));
    let (mut size, encoding) = tried.min_by_key(|(size, _)| *size).unwrap_or((0, Encoding::PLAIN));
    let mut chosen = cheap;
    // The level that was asked for, unless it gains less than one byte in a hundred.
    if cheap != codec {
        let thorough = trial(encoding, codec);
        if thorough < size - size / 100 {
            (size, chosen) = (thorough, codec);
        }
    }
    if guess == Guess::Perhaps
        && let Some(dictionary) = Dictionary::build(values, limit)
    {
        // Entries compress about as well as the values do; indices hardly do.
        let sampled = sample.plain_bytes(0..sample.len()).max(1);
        let entries = dictionary.firsts.len() * all / values.len().max(1);
        let with = entries.saturating_mul(size) / sampled + values.len() * dictionary.width() as usize / 8;
        if with < values.len().saturating_mul(size) / sample.len().max(1) {
            return Choice { encoding: Encoding::PLAIN, codec, dictionary: Some(dictionary) };
        }
    }
    let bare = trial(encoding, Codec::None);
    if encodings.beyond_plain && size > bare - bare / 200 {
        chosen = Codec::None;
    }
    Choice { encoding, codec: chosen, dictionary: None }
}

#[derive(PartialEq)]
enum Guess {
    Always,
    Perhaps,
    Never,
}

/// Whether a dictionary is worth its making, from values that are spread over the chunk.
fn guess(values: &Values<'_>) -> Guess {
    let count = values.len().min(SAMPLE_VALUES);
    let step = (values.len() / count.max(1)).max(1);
    let spread: Vec<Range<usize>> = (0..count).map(|place| place * step..place * step + 1).collect();
    let distinct = Dictionary::build(&values.part(&spread), usize::MAX).map_or(count, |found| found.firsts.len());
    // Values drawn from as many as there are in the chunk would repeat more often than this.
    let repeats = count - distinct;
    if distinct * REPEATS <= count {
        Guess::Always
    } else if repeats * 25 > count {
        Guess::Perhaps
    } else {
        Guess::Never
    }
}

/// Runs of neighbouring values, spread over the chunk.
fn runs(values: &Values<'_>) -> Vec<Range<usize>> {
    // Bits: all of them are a small sample.
    if let Values::Boolean(_) = values {
        return std::iter::once(0..values.len()).collect();
    }
    let average = (values.plain_bytes(0..values.len()) / values.len().max(1)).max(1);
    let wanted = (SAMPLE_BYTES / average).clamp(SAMPLE_RUNS, SAMPLE_VALUES);
    if values.len() <= wanted {
        return std::iter::once(0..values.len()).collect();
    }
    let run = wanted / SAMPLE_RUNS;
    let step = values.len() / SAMPLE_RUNS;
    (0..SAMPLE_RUNS).map(|place| place * step..place * step + run.min(step)).collect()
}
