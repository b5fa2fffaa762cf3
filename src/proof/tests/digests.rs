use std::collections::HashSet;
use std::num::NonZeroUsize;
use std::sync::Arc;

use arrow_array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use sha2::{Digest as _, Sha256};

use crate::pipeline::Exec;
use crate::pipeline::adapter::Memory;
use crate::proof::{Digest, Order, digest};

fn exec(threads: usize) -> Exec {
    Exec::new(NonZeroUsize::new(threads)).unwrap()
}

fn batch(numbers: &[i64], texts: &[&str]) -> RecordBatch {
    let numbers: ArrayRef = Arc::new(Int64Array::from(numbers.to_vec()));
    let texts: ArrayRef = Arc::new(StringArray::from(texts.to_vec()));
    RecordBatch::try_from_iter([("n", numbers), ("t", texts)]).unwrap()
}

fn of(batches: Vec<RecordBatch>, order: Order, threads: usize) -> Digest {
    let schema = batches[0].schema();
    let reader = Memory::new(schema, batches.into_iter().map(Ok));
    digest(Box::new(reader), Vec::new(), order, &exec(threads)).unwrap()
}

/// The definition, followed by hand.
#[test]
fn the_digest_is_the_one_defined() {
    let word = |value: u64| value.to_le_bytes().to_vec();
    let names = [word(2), word(1), b"n".to_vec(), word(1), b"t".to_vec()].concat();
    let record = |number: i64, text: &str| {
        let value = [vec![3], number.to_le_bytes().to_vec(), vec![5], word(text.len() as u64), text.into()].concat();
        Sha256::digest([Sha256::digest(&names).to_vec(), value].concat()).to_vec()
    };
    let all = [b"fmtconv records 1\n".to_vec(), record(-7, "ä"), record(8, "")].concat();
    let expected: [u8; 32] = Sha256::digest(all).into();
    let found = of(vec![batch(&[-7, 8], &["ä", ""])], Order::Kept, 1);
    assert_eq!(found.bytes, expected);
    assert_eq!(found.records, 2);
    assert!(found.to_string().starts_with("r1:") && found.to_string().len() == 3 + 64);
}

#[test]
fn threads_and_batches_do_not_count() {
    let numbers: Vec<i64> = (0..500).collect();
    let texts = vec!["x"; 500];
    let whole = batch(&numbers, &texts);
    for order in [Order::Kept, Order::Any] {
        let expected = of(vec![whole.clone()], order, 1);
        for threads in [1, 2, 8] {
            for size in [1, 7, 100] {
                let cut = (0..500).step_by(size).map(|at| whole.slice(at, size.min(500 - at))).collect();
                assert_eq!(of(cut, order, threads), expected, "{threads} threads, batches of {size}");
            }
        }
    }
}

#[test]
fn every_single_change_changes_both() {
    let base = || (vec![1, 2, 2, 3], vec!["a", "b", "b", "c"]);
    let mut seen = [HashSet::new(), HashSet::new()];
    let mut add = |(numbers, texts): (Vec<i64>, Vec<&str>), what: &str| {
        for (seen, order) in seen.iter_mut().zip([Order::Kept, Order::Any]) {
            assert!(seen.insert(of(vec![batch(&numbers, &texts)], order, 1).bytes), "{what}, {order:?}");
        }
    };
    add(base(), "as it is");
    for at in 0..4 {
        let (mut numbers, texts) = base();
        numbers[at] = 99 + at as i64;
        add((numbers, texts), "another number");
        let (numbers, mut texts) = base();
        texts[at] = ["A", "B", "b ", "C"][at];
        add((numbers, texts), "another text");
    }
    add((vec![1, 2, 3], vec!["a", "b", "c"]), "a duplicate less");
    add((vec![1, 2, 2, 2, 2, 3], vec!["a", "b", "b", "b", "b", "c"]), "two duplicates more");
    add((vec![], vec![]), "nothing");
}

#[test]
fn only_the_ordered_digest_sees_the_order() {
    let (one, other) = (batch(&[1, 2], &["a", "b"]), batch(&[2, 1], &["b", "a"]));
    assert_ne!(of(vec![one.clone()], Order::Kept, 1), of(vec![other.clone()], Order::Kept, 1));
    assert_eq!(of(vec![one.clone()], Order::Any, 1), of(vec![other], Order::Any, 1));
    let swapped = batch(&[1, 2], &["b", "a"]);
    assert_ne!(of(vec![one], Order::Any, 1), of(vec![swapped], Order::Any, 1));
}

#[test]
fn names_count_and_their_order_does_not() {
    let numbers: ArrayRef = Arc::new(Int64Array::from(vec![1]));
    let texts: ArrayRef = Arc::new(StringArray::from(vec!["a"]));
    let of = |columns: Vec<(&str, ArrayRef)>| of(vec![RecordBatch::try_from_iter(columns).unwrap()], Order::Kept, 1);
    let one = of(vec![("n", numbers.clone()), ("t", texts.clone())]);
    assert_eq!(one, of(vec![("t", texts.clone()), ("n", numbers.clone())]));
    assert_ne!(one, of(vec![("m", numbers.clone()), ("t", texts)]));
    assert_ne!(one, of(vec![("n", numbers)]));
}
