use proptest::prelude::*;

use super::*;

fn simply<'a>(texts: &[&'a [u8]]) -> Option<(&'a [u8], &'a [u8])> {
    texts.iter().copied().min().zip(texts.iter().copied().max())
}

#[test]
fn heads_are_the_first_bytes_and_zeros() {
    let text: Vec<u8> = (1..=40).collect();
    for len in 0..=text.len() {
        let head = Head::of(&text[..len]);
        let mut bytes = [0; HEAD_BYTES];
        let shown = len.min(HEAD_BYTES);
        bytes[..shown].copy_from_slice(&text[..shown]);
        assert_eq!([head.low.to_le_bytes(), head.high.to_le_bytes()].concat(), bytes, "{len}");
        for skipped in 0..=HEAD_BYTES - KEY_BYTES {
            let key = u64::from_be_bytes(bytes[skipped..skipped + KEY_BYTES].try_into().unwrap());
            assert_eq!(head.key(skipped), key, "{len} {skipped}");
        }
    }
}

#[test]
fn no_text_has_no_extremes() {
    assert_eq!(extremes(std::iter::empty()), None);
    assert_eq!(extremes([&b""[..]].into_iter()), Some((&b""[..], &b""[..])));
}

proptest! {
    #[test]
    fn the_extremes_are_those_of_slices(
        begin in prop_oneof![Just(Vec::new()), proptest::collection::vec(0u8..3, 0..40)],
        ends in proptest::collection::vec(proptest::collection::vec(0u8..3, 0..40), 1..60),
        bare in proptest::collection::vec(any::<bool>(), 60),
    ) {
        let texts: Vec<Vec<u8>> = ends.iter().zip(&bare)
            .map(|(end, bare)| if *bare { end.clone() } else { [&begin[..], end].concat() })
            .collect();
        let texts: Vec<&[u8]> = texts.iter().map(Vec::as_slice).collect();
        prop_assert_eq!(extremes(texts.iter().copied()), simply(&texts));
        // Those behind the sample are of another kind.
        let mut sorted = texts.clone();
        sorted.sort_by_key(|text| !text.starts_with(&begin));
        prop_assert_eq!(extremes(sorted.iter().copied()), simply(&sorted));
    }
}
