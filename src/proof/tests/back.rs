//! Which types that come back are brought to those that were written.

use std::sync::Arc;

use arrow_schema::{Field, Schema};

use crate::proof::back::Back;
use crate::schema::type_text::parse_field;

/// What is done with a column.
#[derive(Debug, PartialEq, Eq)]
enum Done {
    Same,
    Brought,
    Lost,
}
use Done::{Brought, Lost, Same};

fn done(written: &str, read: &str) -> Done {
    let field = |text: &str| match text.strip_prefix("digits ") {
        None => parse_field("v", text).unwrap(),
        Some(text) => {
            let logical = [("fmtconv.logical".to_owned(), "decimal".to_owned())];
            parse_field("v", text).unwrap().with_metadata(logical)
        }
    };
    let schema = |field: Field| Arc::new(Schema::new(vec![field]));
    let read = schema(field(read));
    let back = Back::new(&schema(field(written)), read.clone(), false);
    match (back.lost.is_empty(), back.steps(&read, &[]).is_empty()) {
        (false, _) => Lost,
        (true, false) => {
            let altered = back.steps(&read, &["v"]);
            assert!(altered.iter().all(|step| step.schema() == read), "what was altered stays as it is");
            Brought
        }
        (true, true) => Same,
    }
}

#[test]
fn columns_are_brought_to_what_they_were_where_their_values_show_it() {
    let cases = [
        ("utf8", "utf8", Same),
        ("utf8", "large_utf8", Same),
        ("utf8", "dictionary<int32, utf8>", Same),
        ("int8", "int64", Same),
        ("uint64", "decimal(20,0)", Same),
        ("date64", "date32", Same),
        ("timestamp[us]", "timestamp[ns, UTC]", Same),
        ("uuid", "utf8", Same),
        ("null", "binary", Same),
        ("json", "utf8", Same),
        ("utf8", "json", Same),
        ("digits utf8", "digits utf8", Same),
        ("list<int8>", "large_list<int64>", Same),
        ("struct<a: utf8, b: int8>", "struct<b: int64, a: utf8>", Same),
        ("map<binary, int8>", "list<struct<key: binary, value: int8>>", Same),
        ("struct<a: utf8>", "struct<a: utf8, b: utf8>", Brought),
        ("utf8", "binary", Brought),
        ("binary", "utf8", Brought),
        ("fixed_size_binary[16]", "uuid", Brought),
        ("float32", "float64", Brought),
        ("float64", "float32", Brought),
        ("int64", "float64", Brought),
        ("decimal(4,1)", "float64", Brought),
        ("utf8", "digits utf8", Brought),
        ("list<utf8>", "list<binary>", Brought),
        ("struct<a: utf8, b: timestamp[us]>", "struct<b: timestamp[us, UTC], a: binary>", Brought),
        ("map<utf8, float32>", "map<utf8, float64>", Brought),
        ("list<struct<key: utf8 not null, value: int8> not null>", "map<utf8, int8>", Brought),
        ("decimal(4,1)", "utf8", Lost),
        ("utf8", "decimal(4,1)", Lost),
        ("int32", "dictionary<int32, utf8>", Lost),
        ("duration[ns]", "int64", Lost),
        ("time64[ns]", "int64", Lost),
        ("struct<seconds: int64, nanos: int32>", "timestamp[ns, UTC]", Lost),
        ("timestamp[us]", "struct<year: int32, month: int32>", Lost),
        ("list<duration[ns]>", "list<int64>", Lost),
        ("map<utf8, int8>", "list<struct<key: utf8, value: int8>>", Lost),
    ];
    for (written, read, expected) in cases {
        assert_eq!(done(written, read), expected, "{written} read back as {read}");
    }
}

#[test]
fn columns_have_the_names_and_places_that_they_had() {
    let schema = |fields: &[(&str, &str)]| {
        let fields = fields.iter().map(|(name, text)| parse_field(name, text).unwrap());
        Arc::new(Schema::new(fields.collect::<Vec<_>>()))
    };
    let number = |name: &str, text: &str, number: &str| {
        parse_field(name, text).unwrap().with_metadata([("proto.number".to_owned(), number.to_owned())])
    };
    let written = schema(&[("b", "float64"), ("fooBar", "utf8")]);
    let read = Arc::new(Schema::new(vec![number("foo_bar", "binary", "1"), number("b", "float64", "2")]));
    let steps = Back::new(&written, read.clone(), true).steps(&read, &[]);
    let names: Vec<_> = steps[0].schema().fields().iter().map(|field| field.name().clone()).collect();
    assert_eq!(names, ["b", "fooBar"]);
    assert_eq!(steps[0].schema().field(1).data_type(), written.field(1).data_type());
    assert!(Back::new(&written, written.clone(), true).steps(&written, &[]).is_empty());
}
