//! Differences against naive ways to find them.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::Arc;

use arrow_array::{ArrayRef, Int64Array, ListArray, RecordBatch, StringArray};
use proptest::prelude::*;

use super::*;
use crate::pipeline::adapter::Memory;

type Row = (i64, &'static str);

fn exec() -> Exec {
    Exec::new(NonZeroUsize::new(2)).unwrap()
}

fn side(rows: &[Row]) -> Side {
    let numbers: ArrayRef = Arc::new(rows.iter().map(|row| Some(row.0)).collect::<Int64Array>());
    let texts: ArrayRef = Arc::new(rows.iter().map(|row| Some(row.1)).collect::<StringArray>());
    of(RecordBatch::try_from_iter([("n", numbers), ("t", texts)]).unwrap())
}

fn of(batch: RecordBatch) -> Side {
    // Batches of three, so that records lie on every side of a cut.
    let cut: Vec<_> =
        (0..batch.num_rows()).step_by(3).map(|at| Ok(batch.slice(at, 3.min(batch.num_rows() - at)))).collect();
    Side { reader: Box::new(Memory::new(batch.schema(), cut.into_iter())), steps: Vec::new() }
}

fn run(left: Side, right: Side, options: &Options) -> (Summary, Vec<Difference>) {
    let mut out = Vec::new();
    let summary = diff(left, right, options, &exec(), |difference| {
        out.push(difference);
        Ok(Flow::Continue)
    });
    (summary.unwrap(), out)
}

/// Carries the differences out on the left rows.
fn patched(left: &[Row], right: &[Row], differences: &[Difference]) -> Vec<Row> {
    let mut gone = vec![false; left.len()];
    let mut put: BTreeMap<u64, Row> = BTreeMap::new();
    for difference in differences {
        match difference {
            Difference::Changed { left: a, right: b, changes, .. } => {
                let (old, new) = (left[*a as usize], right[*b as usize]);
                assert_eq!(changes.len(), usize::from(old.0 != new.0) + usize::from(old.1 != new.1));
                gone[*a as usize] = true;
                put.insert(*b, new);
            }
            Difference::Removed { left: a, .. } => gone[*a as usize] = true,
            Difference::Added { right: b, .. } => {
                put.insert(*b, right[*b as usize]);
            }
            other => panic!("{other:?}"),
        }
    }
    let mut kept = left.iter().zip(gone).filter(|(_, gone)| !gone).map(|(row, _)| *row);
    let mut out = Vec::new();
    while let Some(row) = put.remove(&(out.len() as u64)).or_else(|| kept.next()) {
        out.push(row);
    }
    out
}

fn longest_common(a: &[Row], b: &[Row]) -> u64 {
    let mut table = vec![vec![0; b.len() + 1]; a.len() + 1];
    for x in 0..a.len() {
        for y in 0..b.len() {
            table[x + 1][y + 1] = if a[x] == b[y] { table[x][y] + 1 } else { table[x][y + 1].max(table[x + 1][y]) };
        }
    }
    table[a.len()][b.len()]
}

fn rows() -> impl Strategy<Value = Vec<Row>> {
    prop::collection::vec((0..4_i64, prop::sample::select(vec!["", "a", "b"])), 0..40)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn by_position_nothing_is_missed_or_made_up(a in rows(), b in rows(), window in 1..12_usize) {
        for window in [window, 1000] {
            let options = Options { window, ..Options::default() };
            let (summary, differences) = run(side(&a), side(&b), &options);
            prop_assert_eq!(patched(&a, &b, &differences), b.clone());
            prop_assert_eq!(summary.left, a.len() as u64);
            prop_assert_eq!(summary.right, b.len() as u64);
            prop_assert_eq!(summary.equal + summary.changed + summary.removed, summary.left);
            prop_assert_eq!(summary.equal + summary.changed + summary.added, summary.right);
            prop_assert_eq!(summary.is_equal(), a == b);
            if window == 1000 {
                prop_assert_eq!(summary.equal, longest_common(&a, &b));
            }
        }
    }

    #[test]
    fn by_key_it_is_what_a_hash_table_says(a in rows(), b in rows(), bytes in prop::sample::select(vec![1_usize, 500, 1 << 20])) {
        let options = Options { key: vec!["n".into()], sort_bytes: Some(bytes), ..Options::default() };
        let (summary, differences) = run(side(&a), side(&b), &options);
        let grouped = |rows: &[Row]| {
            let mut groups: BTreeMap<i64, Vec<(u64, Row)>> = BTreeMap::new();
            for (number, row) in rows.iter().enumerate() {
                groups.entry(row.0).or_default().push((number as u64, *row));
            }
            groups
        };
        let (left, right) = (grouped(&a), grouped(&b));
        let mut expected = Vec::new();
        for key in 0..4 {
            let none = Vec::new();
            let (x, y) = (left.get(&key).unwrap_or(&none), right.get(&key).unwrap_or(&none));
            for at in 0..x.len().max(y.len()) {
                match (x.get(at), y.get(at)) {
                    (Some(p), Some(q)) if p.1 == q.1 => {}
                    (Some(p), Some(q)) => expected.push((Some(p.0), Some(q.0))),
                    (p, q) => expected.push((p.map(|p| p.0), q.map(|q| q.0))),
                }
            }
        }
        let mut found: Vec<_> = differences.iter().map(|difference| match difference {
            Difference::Changed { left, right, .. } => (Some(*left), Some(*right)),
            Difference::Removed { left, .. } => (Some(*left), None),
            Difference::Added { right, .. } => (None, Some(*right)),
            other => panic!("{other:?}"),
        }).collect();
        found.sort();
        expected.sort();
        prop_assert_eq!(found, expected);
        prop_assert_eq!(summary.is_equal(), differences.is_empty());
    }
}

#[test]
fn an_inserted_record_does_not_make_all_that_follow_differ() {
    let rows: Vec<Row> = (0..2000).map(|n| (n, "x")).collect();
    let mut other = rows.clone();
    other.insert(100, (-1, "new"));
    other.remove(1500);
    other[700].1 = "y";
    let (summary, differences) = run(side(&rows), side(&other), &Options::default());
    assert_eq!((summary.equal, summary.changed, summary.added, summary.removed), (1998, 1, 1, 1), "{differences:?}");
}

#[test]
fn a_changed_record_beside_an_inserted_one_is_found() {
    let a = [(1, "a"), (2, "b"), (3, "c")];
    let b = [(1, "a"), (9, "new"), (2, "changed"), (3, "c")];
    let (_, differences) = run(side(&a), side(&b), &Options::default());
    let [Difference::Added { right: 1, .. }, Difference::Changed { left: 1, right: 2, changes, .. }] = &differences[..]
    else {
        panic!("{differences:?}");
    };
    let texts = |text: &str| Some(Value::Text(text.into()));
    assert_eq!(changes[..], [Change { path: "t".into(), left: texts("b"), right: texts("changed") }]);
}

#[test]
fn many_records_are_sorted_on_disk() {
    let rows: Vec<Row> = (0..20_000).map(|n| (n * 7919 % 20_000, "x")).collect();
    let mut other = rows.clone();
    other.reverse();
    other[5].1 = "y";
    // So little memory that the runs themselves are merged.
    let options = Options { key: vec!["n".into()], sort_bytes: Some(16 << 10), ..Options::default() };
    let (summary, differences) = run(side(&rows), side(&other), &options);
    assert_eq!((summary.equal, summary.changed, summary.repeated_keys), (19_999, 1, 0));
    let [Difference::Changed { left: 19_994, right: 5, key, .. }] = &differences[..] else { panic!("{differences:?}") };
    assert_eq!(key[0].0, "n");
}

#[test]
fn nested_paths_name_the_element() {
    let lists = |values: Vec<Vec<Option<i64>>>| {
        let values = values.into_iter().map(Some);
        let list: ArrayRef = Arc::new(ListArray::from_iter_primitive::<arrow_array::types::Int64Type, _, _>(values));
        of(RecordBatch::try_from_iter([("l", list)]).unwrap())
    };
    let left = lists(vec![vec![Some(1), Some(2), Some(3)], vec![Some(1)], vec![]]);
    let right = lists(vec![vec![Some(1), None, Some(3)], vec![Some(0), Some(1)], vec![]]);
    let (_, differences) = run(left, right, &Options::default());
    let paths: Vec<_> = differences
        .iter()
        .flat_map(|difference| match difference {
            Difference::Changed { changes, .. } => changes.clone(),
            other => panic!("{other:?}"),
        })
        .map(|change| (change.path, change.left.map(|v| v.to_string()), change.right.map(|v| v.to_string())))
        .collect();
    let expected =
        [("l[1]".into(), Some("2".into()), Some("null".into())), ("l[0]".into(), None, Some("0".to_owned()))];
    assert_eq!(paths[..], expected);
}

#[test]
fn columns_of_one_side_are_told_and_left_out() {
    let numbers: ArrayRef = Arc::new(Int64Array::from(vec![1]));
    let small: ArrayRef = Arc::new(arrow_array::Int32Array::from(vec![1]));
    let left = of(RecordBatch::try_from_iter([("a", numbers.clone()), ("b", numbers.clone())]).unwrap());
    let right = of(RecordBatch::try_from_iter([("c", numbers), ("a", small)]).unwrap());
    let (summary, differences) = run(left, right, &Options::default());
    assert!(matches!(&differences[..], [
        Difference::Type { name: a, .. },
        Difference::Column { name: b, left: Some(_), right: None },
        Difference::Column { name: c, left: None, right: Some(_) },
    ] if a == "a" && b == "b" && c == "c"));
    assert_eq!((summary.columns, summary.equal), (2, 1));
    assert!(!summary.is_equal());
}

#[test]
fn numbers_are_shown_plainly() {
    let shown = |text: &str| {
        let mut bytes = Vec::new();
        crate::proof::canon::push_number(&mut bytes, text.as_bytes());
        Canonical(&bytes).value().unwrap().to_string()
    };
    for (text, expected) in [
        ("12.50", "12.5"),
        ("-0", "-0"),
        ("1e3", "1000"),
        ("0.000001", "0.000001"),
        ("-0.5", "-0.5"),
        ("1e-9", "1e-9"),
        ("1.25e300", "1.25e300"),
        ("18446744073709551615", "18446744073709551615"),
    ] {
        assert_eq!(shown(text), expected, "{text}");
    }
}
