use super::*;

const ALL: Encodings = Encodings { beyond_plain: true, dictionary: None, dictionary_bytes: None, only: None };
const LEVELS: &[u8] = &[2, 0, 0, 0, 200, 7];

/// Numbers without any order.
fn scattered(count: u64) -> impl Iterator<Item = u64> {
    const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;
    (1..=count).map(|index| index.wrapping_mul(FACTOR)).map(|number| (number ^ number >> 31).wrapping_mul(FACTOR))
}

fn texts(count: u64) -> Vec<String> {
    scattered(count).map(|number| format!("{}-{number:x} of {}", number % 7, number % 1000)).collect()
}

fn as_bytes(texts: &[String]) -> Values<'_> {
    Values::Bytes(texts.iter().map(String::as_bytes).collect())
}

/// A chunk of one page is written from what a trial made, if there was one: the same bytes as encoded anew.
fn check(values: &Values<'_>, codec: Codec, has_page: bool) {
    let choice = choose(values, Some(LEVELS), codec, ALL, &Spare::new(1 << 20));
    let other = choose(values, None, codec, ALL, &Spare::new(1 << 20));
    assert!(other.page.is_none());
    let chosen = |choice: &Choice| (choice.encoding, choice.codec, choice.dictionary.is_some());
    assert_eq!(chosen(&choice), chosen(&other));
    assert_eq!(choice.page.is_some(), has_page, "{codec:?}");
    if let Some(page) = choice.page {
        let mut bytes = LEVELS.to_vec();
        values.write(0..values.len(), choice.encoding, &mut bytes);
        assert_eq!(page.uncompressed, bytes.len());
        assert_eq!(page.bytes, choice.codec.compress(bytes, &Spare::new(1 << 20)).unwrap());
    }
}

#[test]
fn pages_of_trials_are_those_that_are_encoded_anew() {
    for codec in [Codec::Zstd(1), Codec::Zstd(3), Codec::Zstd(9), Codec::Snappy, Codec::Lz4, Codec::Gzip(6)] {
        for count in [100, 500, 1000] {
            check(&as_bytes(&texts(count)), codec, true);
            check(&Values::Int64((0..count as i64).map(|number| number * number).collect()), codec, true);
            check(&Values::Double((1..=count).map(|number| number as f64 / 4.0).collect()), codec, true);
        }
    }
}

#[test]
fn what_is_more_than_a_sample_or_does_not_shrink_has_no_page_of_a_trial() {
    check(&as_bytes(&texts(20_000)), Codec::Zstd(3), false);
    check(&Values::Int64(scattered(500).map(|number| number as i64).collect()), Codec::Zstd(3), false);
    check(&Values::Int64((0..500).map(|number| number % 3).collect()), Codec::Zstd(3), false);
    check(&Values::Int64(Vec::new()), Codec::Zstd(3), false);
}
