use std::collections::HashMap;

use proptest::prelude::*;

use super::*;

/// Entries in the order in which they first appear.
fn slowly(values: &[i64], entries_max: usize) -> Option<(Vec<u32>, Vec<u32>)> {
    let (mut known, mut firsts, mut indices) = (HashMap::new(), Vec::new(), Vec::new());
    for (place, value) in values.iter().enumerate() {
        let index = *known.entry(*value).or_insert_with(|| {
            firsts.push(place as u32);
            firsts.len() as u32 - 1
        });
        indices.push(index);
    }
    (firsts.len() <= entries_max && !values.is_empty()).then_some((firsts, indices))
}

fn parts(dictionary: Option<Dictionary>) -> Option<(Vec<u32>, Vec<u32>)> {
    dictionary.map(|dictionary| (dictionary.firsts, dictionary.indices))
}

proptest! {
    #[test]
    fn integers_close_together_and_far_apart_have_the_same_dictionaries(
        least in prop_oneof![Just(i64::MIN), Just(i64::MAX - (1 << 20)), -1000i64..1000, any::<i64>()],
        span in prop_oneof![1u64..50, 1000u64..70_000, Just(1 << 20)],
        offsets in proptest::collection::vec(any::<u64>(), 0..400),
        entries_max in prop_oneof![0usize..50, Just(1000)],
    ) {
        let values: Vec<i64> = offsets.iter().map(|offset| least.saturating_add((offset % span) as i64)).collect();
        let built = Dictionary::build(&Values::Int64(values.clone()), entries_max * 8);
        prop_assert_eq!(parts(built), slowly(&values, entries_max));
        let narrow: Vec<i32> = values.iter().map(|value| *value as i32).collect();
        let wide: Vec<i64> = narrow.iter().map(|value| (*value).into()).collect();
        let built = Dictionary::build(&Values::Int32(narrow), entries_max * 4);
        prop_assert_eq!(parts(built), slowly(&wide, entries_max));
    }

    #[test]
    fn texts_at_the_same_place_have_the_dictionary_of_texts_apart(
        entries in proptest::collection::vec("[ab]{0,3}", 1..20),
        rows in proptest::collection::vec(any::<prop::sample::Index>(), 0..300),
        limit in 0usize..100,
    ) {
        let shared: Vec<&[u8]> = rows.iter().map(|row| row.get(&entries).as_bytes()).collect();
        let copies: Vec<Vec<u8>> = shared.iter().map(|text| text.to_vec()).collect();
        let apart: Vec<&[u8]> = copies.iter().map(Vec::as_slice).collect();
        prop_assert_eq!(
            parts(Dictionary::build(&Values::Bytes(shared), limit)),
            parts(Dictionary::build(&Values::Bytes(apart), limit))
        );
    }
}
