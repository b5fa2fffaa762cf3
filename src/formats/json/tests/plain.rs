//! The short way of plain values and expected keys, and the long way of all others, give the same columns and refuse
//! the same texts.

use arrow_array::{Array, RecordBatch};
use arrow_schema::DataType;
use proptest::prelude::*;

use super::{inferred, options, read, with_schema};
use crate::format::ReadOptions;

/// A record as pairs of a key and the text of its value, without blanks.
type Pairs = Vec<(String, String)>;

fn string() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z]{0,4}",
        "[ -~é😀]{0,70}".prop_map(|text| text.replace(['"', '\\'], "-")),
        Just(r#"a\"b\\\u00e9\n"#.to_owned()),
    ]
    .prop_map(|text| format!("\"{text}\""))
}

fn number() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<i64>().prop_map(|value| value.to_string()),
        (-1000_i64..1000).prop_map(|value| value.to_string()),
        "-?(0|[1-9][0-9]{0,18})",
        "-?(0|[1-9][0-9]{0,8})\\.[0-9]{1,9}",
        any::<f64>().prop_filter("finite", |value| value.is_finite()).prop_map(|value| format!("{value:?}")),
    ]
}

fn value() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![3 => string(), 3 => number(), 1 => prop::sample::select(vec!["true", "false", "null"]).prop_map(str::to_owned)];
    leaf.prop_recursive(2, 8, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(|items| format!("[{}]", items.join(","))),
            inner.prop_map(|value| format!("{{\"k\":{value}}}")),
        ]
    })
}

/// Records whose columns mostly have one kind, with keys left out and in another order now and then.
fn records() -> impl Strategy<Value = Vec<Pairs>> {
    let of = |name: &'static str, value: BoxedStrategy<String>| {
        prop::option::weighted(0.9, value).prop_map(move |value| value.map(|value| (name.to_owned(), value)))
    };
    let null = |value: BoxedStrategy<String>| prop_oneof![8 => value, 1 => Just("null".to_owned())].boxed();
    let integer = (-9_999_i64..9_999_999).prop_map(|value| value.to_string()).boxed();
    let record = (
        of("id", null(integer)),
        of("a_key_of_more_than_sixteen_bytes", null(number().boxed())),
        of("text", null(string().boxed())),
        of("é\\\"", prop::sample::select(vec!["true", "false", "null"]).prop_map(str::to_owned).boxed()),
        of("any", value().boxed()),
        of("list", prop::collection::vec(number(), 0..4).prop_map(|items| format!("[{}]", items.join(","))).boxed()),
        0_usize..20,
    )
        .prop_map(|(id, number, text, flag, any, list, turn)| {
            let mut pairs: Pairs = [id, number, text, flag, any, list].into_iter().flatten().collect();
            let turn = if turn < pairs.len() { turn } else { 0 };
            pairs.rotate_left(turn);
            pairs
        });
    prop::collection::vec(record, 1..12)
}

fn compact(records: &[Pairs]) -> String {
    let object = |pairs: &Pairs| {
        let members: Vec<_> = pairs.iter().map(|(key, value)| format!("\"{key}\":{value}")).collect();
        format!("{{{}}}\n", members.join(","))
    };
    records.iter().map(object).collect()
}

/// The same with blanks around all tokens of the record and every key escaped: nothing in it is as expected.
fn odd(records: &[Pairs]) -> String {
    let escaped = |key: &str| match key.starts_with('é') {
        true => "\\u00e9\\u0022".to_owned(),
        false => key.bytes().map(|byte| format!("\\u{byte:04x}")).collect(),
    };
    let object = |pairs: &Pairs| {
        let members: Vec<_> =
            pairs.iter().map(|(key, value)| format!("\t\"{}\"  :  \r{value} \t", escaped(key))).collect();
        format!("  {{ {}  }} \n", members.join(",  "))
    };
    records.iter().map(object).collect()
}

fn lines() -> ReadOptions {
    options(&[("layout", "ndjson")])
}

/// No string is this one, but each is looked at.
fn closely() -> ReadOptions {
    options(&[("layout", "ndjson"), ("null-values", "\u{10ffff}")])
}

fn shown(result: crate::Result<RecordBatch>) -> String {
    match result {
        Ok(batch) => format!("{:?} {batch:?}", batch.schema()),
        Err(error) => format!("{error} {:?}", error.origin()),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn how_a_text_is_spaced_and_escaped_does_not_matter(records in records()) {
        let plain = read(compact(&records), &lines());
        let odd = read(odd(&records), &lines());
        match (&plain, &odd) {
            (Ok(plain), Ok(odd)) => {
                prop_assert_eq!(plain.schema(), odd.schema());
                prop_assert_eq!(plain, odd);
            }
            (plain, odd) => {
                let code = |result: &crate::Result<RecordBatch>| result.as_ref().err().map(|error| error.code());
                prop_assert_eq!(code(plain), code(odd));
            }
        }
    }

    #[test]
    fn broken_texts_are_refused_alike(
        records in records(),
        damage in prop::collection::vec((any::<prop::sample::Index>(), prop::sample::select(&b"\"\\{}[],: \t0e.-x\x01\xff"[..]), 0..3), 1..3),
    ) {
        let schema = inferred(&compact(&records)).map(|batch| batch.schema());
        let mut text = compact(&records).into_bytes();
        for (at, byte, how) in damage {
            let at = at.index(text.len());
            match how {
                0 => text[at] = byte,
                1 => text.insert(at, byte),
                _ => drop(text.remove(at)),
            }
            if text.is_empty() {
                text.push(byte);
            }
        }
        prop_assert_eq!(shown(read(text.clone(), &lines())), shown(read(text.clone(), &closely())));
        let Ok(schema) = schema else { return Ok(()) };
        let with = |options: ReadOptions| ReadOptions { schema: Some(schema.clone()), ..options };
        let found = read(text.clone(), &with(lines()));
        prop_assert_eq!(shown(found), shown(read(text.clone(), &with(closely()))));
        // Another parser refuses whatever is not JSON; it sees neither schema nor duplicate keys.
        if read(text.clone(), &lines()).is_ok() {
            for line in text.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty()) {
                let known: Result<Box<serde_json::value::RawValue>, _> = serde_json::from_slice(line);
                prop_assert!(known.is_ok(), "{}", String::from_utf8_lossy(line));
            }
        }
    }
}

#[test]
fn keys_in_any_order_of_a_given_schema() {
    let fields: Vec<_> =
        ["c", "a", "b"].into_iter().map(|name| arrow_schema::Field::new(name, DataType::Int64, true)).collect();
    let schema = std::sync::Arc::new(arrow_schema::Schema::new(fields));
    let text =
        "{\"a\":1,\"b\":2,\"c\":3}\n{\"a\":4,\"b\":5,\"c\":6}\n{\"c\":7,\"b\":8}\n{\"a\":9}\n{}\n{\"b\":10,\"a\":11}";
    let batch = read(text, &with_schema(&schema)).unwrap();
    let column = |name: &str| {
        let column = batch.column_by_name(name).unwrap().clone();
        let column: &arrow_array::Int64Array = column.as_any().downcast_ref().unwrap();
        column.iter().collect::<Vec<_>>()
    };
    assert_eq!(column("a"), [Some(1), Some(4), None, Some(9), None, Some(11)]);
    assert_eq!(column("b"), [Some(2), Some(5), Some(8), None, None, Some(10)]);
    assert_eq!(column("c"), [Some(3), Some(6), Some(7), None, None, None]);
}

#[test]
fn duplicate_keys_are_found_where_they_are_expected_next() {
    for text in ["{\"a\":1,\"a\":2}", "{\"a\":1,\"b\":2}\n{\"a\":1,\"b\":2,\"a\":3}", "{\"b\":1,\"a\":1,\"a\":1}"] {
        let error = inferred(text).unwrap_err();
        assert_eq!(error.code(), Some(crate::code::Code::DuplicateKey), "{text}");
        assert_eq!(error.origin().byte, text.rfind("\"a\"").map(|at| at as u64), "{text}");
    }
}

#[test]
fn an_object_that_is_no_branch_leaves_nothing_behind_in_a_union() {
    let text = "{\"a\":{\"o\":{\"x\":1},\"y\":\"s\"}}\n{\"a\":[{\"o\":{\"x\":2}},5]}\n{\"a\":7}\n{\"a\":{\"o\":{\"x\":3},\"y\":\"t\"}}\n";
    let union = read(text, &options(&[("layout", "ndjson"), ("mixed", "union")])).unwrap();
    assert_eq!(super::lines(&union), text);
    let DataType::Union(branches, _) = union.column(0).data_type().clone() else { panic!("no union") };
    let nullable: Vec<bool> = branches.iter().map(|(_, branch)| branch.is_nullable()).collect();
    assert_eq!(nullable, [true, false, false], "null is null in the first branch alone");
    assert_eq!(union.column(0).len(), 4);
}
