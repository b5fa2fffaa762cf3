use arrow_schema::TimeUnit;

use super::*;

fn schema(fields: Vec<Field>) -> Schema {
    Schema::new(fields)
}

fn field(name: &str, kind: DataType) -> Field {
    Field::new(name, kind, true)
}

fn told(left: &Schema, right: &Schema) -> Vec<(String, Kind)> {
    diff(left, right).into_iter().map(|change| (change.path, change.kind)).collect()
}

#[test]
fn each_kind_of_change_is_told_once() {
    let inner = |price: DataType| DataType::Struct(vec![field("price", price)].into());
    let items = |price: DataType| DataType::List(std::sync::Arc::new(field("item", inner(price))));
    let left = schema(vec![
        field("id", DataType::Int32),
        field("customer_name", DataType::Utf8),
        field("gone", DataType::Date32),
        field("items", items(DataType::Int32)),
    ]);
    let right = schema(vec![
        field("id", DataType::Int64).with_nullable(false),
        field("customerName", DataType::Utf8),
        field("items", items(DataType::Int64)),
        field("new", DataType::Boolean),
    ]);
    let type_of = |from: &str, to: &str| Kind::Type { from: from.to_owned(), to: to.to_owned() };
    let expected = [
        ("id", Kind::Nullable(false)),
        ("id", type_of("int32", "int64")),
        ("customerName", Kind::Renamed { from: "customer_name".to_owned(), sure: false }),
        ("items[].price", type_of("int32", "int64")),
        ("new", Kind::Added("bool".to_owned())),
        ("gone", Kind::Removed("date32".to_owned())),
    ];
    assert_eq!(told(&left, &right), expected.map(|(path, kind)| (path.to_owned(), kind)));
    assert!(told(&left, &left).is_empty());
}

#[test]
fn an_alias_says_that_a_name_changed() {
    let left = schema(vec![field("a", DataType::Int32)]);
    let right = schema(vec![field("zzzz", DataType::Int64).with_metadata([(keys::ALIASES, r#"["a"]"#)])]);
    let kinds: Vec<Kind> = told(&left, &right).into_iter().map(|(_, kind)| kind).collect();
    assert_eq!(kinds[0], Kind::Renamed { from: "a".to_owned(), sure: true });
    let back: Vec<Kind> = told(&right, &left).into_iter().map(|(_, kind)| kind).collect();
    assert_eq!(back[0], Kind::Renamed { from: "zzzz".to_owned(), sure: true });
}

#[test]
fn only_what_moved_is_told_to_have_moved() {
    let named = |names: &[&str]| schema(names.iter().map(|name| field(name, DataType::Int32)).collect());
    let left = named(&["aaaa", "bbbb", "cccc", "dddd"]);
    let right = named(&["dddd", "aaaa", "bbbb", "cccc"]);
    assert_eq!(told(&left, &right), [("dddd".to_owned(), Kind::Moved { from: 4, to: 1 })]);
}

#[test]
fn unlike_names_and_types_are_no_renames() {
    let left = schema(vec![field("total", DataType::Int32), field("price", DataType::Int32)]);
    let right =
        schema(vec![field("created", DataType::Int32), field("prices", DataType::Timestamp(TimeUnit::Second, None))]);
    assert!(told(&left, &right).iter().all(|(_, kind)| matches!(kind, Kind::Added(_) | Kind::Removed(_))));
}

#[test]
fn thousands_of_other_fields_are_no_search_for_each() {
    let named = |prefix: &str, more: &[&str]| {
        let names = (0..6000).map(|at| format!("{prefix}{at}")).chain(more.iter().map(|name| (*name).to_owned()));
        schema(names.map(|name| field(&name, DataType::Int32)).collect())
    };
    let changes = told(&named("first", &["order_id", "kept"]), &named("second", &["kept", "orderID"]));
    let count = |of: fn(&Kind) -> bool| changes.iter().filter(|(_, kind)| of(kind)).count();
    assert_eq!(count(|kind| matches!(kind, Kind::Added(_))), 6000);
    assert_eq!(count(|kind| matches!(kind, Kind::Removed(_))), 6000);
    assert!(changes.contains(&("orderID".to_owned(), Kind::Renamed { from: "order_id".to_owned(), sure: false })));
}
