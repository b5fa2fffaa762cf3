//! How a chunk is encoded and compressed: tried on a sample of its values, before the whole is paid for.

use std::ops::Range;

use parquet::basic::Encoding;

use super::compress::Codec;
use super::dictionary::Dictionary;
use super::values::Values;
use crate::pipeline::spare::Spare;

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
    /// The only page, where a trial made it.
    pub page: Option<Made>,
}

/// The bytes of a page.
pub(super) struct Made {
    /// Behind compression.
    pub bytes: Vec<u8>,
    /// How many there were before.
    pub uncompressed: usize,
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
/// Levels of one byte to so many of values at most are compressed with them in a trial: more would decide for them.
const LEVELS_SHARE: usize = 16;

/// Decides for `values`, of a chunk that is one page behind `levels` if there are some; trials take buffers from `spare`. The
/// same values always give the same choice.
pub(super) fn choose(
    values: &Values<'_>,
    levels: Option<&[u8]>,
    codec: Codec,
    encodings: Encodings,
    spare: &Spare,
) -> Choice {
    let all = values.plain_bytes(0..values.len());
    let limit = encodings.dictionary_bytes.unwrap_or(DICTIONARY_BYTES.max(all / DICTIONARY_SHARE));
    let of_dictionary =
        |dictionary| Choice { encoding: Encoding::PLAIN, codec, dictionary: Some(dictionary), page: None };
    let perhaps = match encodings.dictionary {
        Some(false) => None,
        Some(true) => match Dictionary::build(values, limit) {
            Some(dictionary) => return of_dictionary(dictionary),
            None => None,
        },
        None => match guess(values, limit) {
            (Guess::Always, Some(dictionary)) => return of_dictionary(dictionary),
            (Guess::Perhaps, dictionary) => dictionary,
            _ => None,
        },
    };
    let sample = values.part(&runs(values));
    // What a trial makes of all values is the page.
    let levels = levels.filter(|levels| sample.len() == values.len() && levels.len() * LEVELS_SHARE <= all);
    let written = |encoding| {
        let mut bytes = levels.unwrap_or_default().to_vec();
        sample.write(0..sample.len(), encoding, &mut bytes);
        bytes
    };
    let trial = |bytes: Vec<u8>, codec: Codec| {
        let uncompressed = bytes.len();
        codec.compress(bytes, spare).ok().map(|bytes| Made { bytes, uncompressed })
    };
    let size_of = |made: &Option<Made>| made.as_ref().map_or(usize::MAX, |made| made.bytes.len());
    let small = all <= SMALL_BYTES;
    let cheap = match codec {
        // Higher levels look further back than a sample is long.
        Codec::Zstd(2..=3) if encodings.beyond_plain && !small => Codec::Zstd(1),
        other => other,
    };
    let known = match encodings.only {
        Some(only) => vec![only],
        None if encodings.beyond_plain => values.encodings().to_vec(),
        None => vec![Encoding::PLAIN],
    };
    let mut known: Vec<(Encoding, Vec<u8>)> = known.into_iter().map(|encoding| (encoding, written(encoding))).collect();
    // What is shorter before compression is rarely longer behind it. Texts apart from their lengths never are, unless they
    // share what they begin with.
    let shortest = |of: fn(Encoding) -> bool| {
        known.iter().filter(|(encoding, _)| of(*encoding)).map(|(_, bytes)| bytes.len()).min()
    };
    let (least, unshared) = (shortest(|_| true), shortest(|encoding| encoding == Encoding::DELTA_LENGTH_BYTE_ARRAY));
    known.retain(|(encoding, bytes)| match encoding {
        _ if small => Some(bytes.len()) == least,
        Encoding::DELTA_BYTE_ARRAY => unshared.is_none_or(|unshared| bytes.len() < unshared),
        _ => true,
    });
    let tried = known.into_iter().map(|(encoding, bytes)| (trial(bytes, cheap), encoding));
    let (mut made, encoding) = tried.min_by_key(|(made, _)| size_of(made)).unwrap_or((None, Encoding::PLAIN));
    let mut size = size_of(&made);
    let mut chosen = cheap;
    // The level that was asked for, unless it gains less than one byte in a hundred.
    if cheap != codec {
        let thorough = trial(written(encoding), codec);
        if size_of(&thorough) < size - size / 100 {
            (size, made, chosen) = (size_of(&thorough), thorough, codec);
        }
    }
    if let Some(dictionary) = perhaps {
        // Entries compress about as well as the values do; indices hardly do.
        let size = size.saturating_sub(levels.map_or(0, <[u8]>::len));
        let sampled = sample.plain_bytes(0..sample.len()).max(1);
        let entries = dictionary.firsts.len() * all / values.len().max(1);
        let with = entries.saturating_mul(size) / sampled + values.len() * dictionary.width() as usize / 8;
        if with < values.len().saturating_mul(size) / sample.len().max(1) {
            return of_dictionary(dictionary);
        }
    }
    let bare = made.as_ref().map_or(usize::MAX, |made| made.uncompressed);
    if encodings.beyond_plain && size > bare - bare / 200 {
        (made, chosen) = (None, Codec::None);
    }
    Choice { encoding, codec: chosen, dictionary: None, page: made.filter(|_| levels.is_some()) }
}

#[derive(PartialEq)]
enum Guess {
    Always,
    Perhaps,
    Never,
}

/// Whether a dictionary of `limit` bytes at most is worth its making, from values that are spread over the chunk; and
/// the dictionary, if it may be.
fn guess(values: &Values<'_>, limit: usize) -> (Guess, Option<Dictionary>) {
    let count = values.len().min(SAMPLE_VALUES);
    let few = (count == values.len()).then(|| Dictionary::build(values, limit));
    let distinct = match &few {
        Some(dictionary) => dictionary.as_ref().map(|dictionary| dictionary.firsts.len()),
        None => {
            let step = values.len() / count.max(1);
            let spread: Vec<Range<usize>> = (0..count).map(|place| place * step..place * step + 1).collect();
            Dictionary::build(&values.part(&spread), usize::MAX).map(|found| found.firsts.len())
        }
    };
    let distinct = distinct.unwrap_or(count);
    // Values drawn from as many as there are in the chunk would repeat more often than this.
    let repeats = count - distinct;
    let guess = if distinct * REPEATS <= count {
        Guess::Always
    } else if repeats * 25 > count {
        Guess::Perhaps
    } else {
        return (Guess::Never, None);
    };
    (guess, few.unwrap_or_else(|| Dictionary::build(values, limit)))
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

#[cfg(test)]
mod tests;
