use std::sync::Arc;

use super::*;
use crate::schema::avsc::keys::{AVRO_NAME, DOC};
use crate::schema::type_text::parse_type;
use crate::schema::unify::unify;

fn field(kind: &str, said: &[(&str, &str)]) -> Field {
    let metadata = said.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
    Field::new("a", parse_type(kind).unwrap(), true).with_metadata(metadata.collect::<Metadata>())
}

/// What is told of columns in one table, in either order: `S-META a`.
fn told(one: Field, other: Field) -> Vec<String> {
    let schemas = [one, other].map(|field| Arc::new(Schema::new(vec![field])));
    told_of(schemas)
}

fn told_of([one, other]: [Arc<Schema>; 2]) -> Vec<String> {
    let of = |schemas: [&Arc<Schema>; 2]| {
        let inputs = schemas.map(|schema| ("input".into(), schema.clone()));
        let common = unify(&inputs).unwrap();
        let mut report = Report::default();
        inputs.iter().for_each(|(_, own)| lost(own, &common, &mut report));
        assert!(report.losses.values().all(|count| *count == 1));
        report.losses.into_keys().map(|(code, path)| format!("{code} {path}")).collect::<Vec<_>>()
    };
    let told = of([&one, &other]);
    assert_eq!(of([&other, &one]), told);
    told
}

#[test]
fn what_one_says_and_the_other_does_not_is_told() {
    let plain = || field("utf8", &[]);
    for (said, wanted) in [
        (&[(DOC, "in EUR")][..], &["S-META a"][..]),
        (&[("unit", "EUR")], &["S-META a"]),
        (&[(LOGICAL, "big-decimal")], &["S-TYPE a"]),
        (&[(LOGICAL, "big-decimal"), (DOC, "in EUR")], &["S-TYPE a", "S-META a"]),
        (&[(ENUM, r#"{"name":"E","symbols":["A"],"closed":true}"#)], &["S-ENUM a"]),
        // What restores a schema says nothing of values.
        (&[(AVRO_NAME, "ns.E")], &[]),
        (&[], &[]),
    ] {
        assert_eq!(told(field("utf8", said), plain()), wanted, "{said:?}");
        assert_eq!(told(field("utf8", said), field("utf8", said)), [""; 0], "{said:?}");
    }
    assert_eq!(told(field("utf8", &[(DOC, "in EUR")]), field("utf8", &[(DOC, "in USD")])), ["S-META a"]);
    assert_eq!(told(field("utf8", &[(LOGICAL, "decimal")]), field("utf8", &[(LOGICAL, "uuid-text")])), ["S-TYPE a"]);
    // A column without values takes what the other one is.
    assert_eq!(told(field("utf8", &[(LOGICAL, "big-decimal")]), field("null", &[])), [""; 0]);
    assert_eq!(told(field("utf8", &[(LOGICAL, "big-decimal")]), field("null", &[(DOC, "in EUR")])), ["S-META a"]);
}

#[test]
fn enums_keep_all_symbols_and_not_two_defaults() {
    let facts = |symbols: &str, more: &str| format!(r#"{{"name":"E","symbols":{symbols},"closed":true{more}}}"#);
    let of = |facts: &str| field("dictionary<int32, utf8>", &[(ENUM, facts)]);
    let (ab, bc) = (facts(r#"["A","B"]"#, ""), facts(r#"["B","C"]"#, ""));
    assert_eq!(told(of(&ab), of(&bc)), [""; 0]);
    assert_eq!(told(of(&ab), field("dictionary<int32, utf8>", &[])), ["S-ENUM a"]);
    assert_eq!(told(of(&ab), field("utf8", &[])), ["S-ENUM a"]);
    let defaults = [r#","default":"A""#, r#","default":"B""#].map(|more| facts(r#"["A","B"]"#, more));
    assert_eq!(told(of(&defaults[0]), of(&defaults[1])), ["S-META a"]);
    let numbers = [1, 2].map(|number| facts(r#"["A"]"#, &format!(r#","numbers":[{number}]"#)));
    assert_eq!(told(of(&numbers[0]), of(&numbers[1])), ["S-ENUM a"]);
}

#[test]
fn fields_inside_and_the_schema_itself_are_told_of() {
    let inside = |wrap: fn(Field) -> DataType, said: &[(&str, &str)]| {
        Field::new("a", wrap(field("int32", said).with_name("b")), true)
    };
    let of_struct: fn(Field) -> DataType = |inner| DataType::Struct(vec![inner].into());
    let of_list: fn(Field) -> DataType = |inner| DataType::List(Arc::new(inner));
    let of_map: fn(Field) -> DataType = |inner| {
        let pair = vec![Field::new("key", DataType::Utf8, false), inner];
        DataType::Map(Arc::new(Field::new("entries", DataType::Struct(pair.into()), false)), false)
    };
    for (wrap, path) in [(of_struct, "a.b"), (of_list, "a[]"), (of_map, "a.b")] {
        assert_eq!(told(inside(wrap, &[(DOC, "in EUR")]), inside(wrap, &[])), [format!("S-META {path}")]);
    }
    let of = |said: &[(&str, &str)]| {
        let metadata = said.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
        Arc::new(Schema::new_with_metadata(vec![field("int32", &[])], metadata.collect::<Metadata>()))
    };
    assert_eq!(told_of([of(&[("pandas", "{}")]), of(&[])]), ["S-META "]);
    assert_eq!(told_of([of(&[("avro.schema", "{}")]), of(&[])]), [""; 0]);
}
