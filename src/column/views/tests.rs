use arrow_array::Array;
use proptest::prelude::*;

use super::*;

proptest! {
    #[test]
    fn a_part_is_the_text(texts in proptest::collection::vec(proptest::option::of("[a-zé]{0,40}"), 0..20), cut: u8) {
        let array: StringViewArray = texts.iter().collect();
        let cut = usize::from(cut) % (array.len() + 1);
        let array = array.slice(cut, array.len() - cut);
        for row in 0..array.len() {
            let (bytes, range) = part(&array, row).unwrap();
            if array.is_valid(row) {
                prop_assert_eq!(&bytes[range], array.value(row).as_bytes());
            }
        }
        prop_assert_eq!(part(&array, array.len()), None);
    }
}
