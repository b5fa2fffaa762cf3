//! Unions, maps and lists of entries.

use arrow_schema::{UnionFields, UnionMode};

use super::*;
use crate::schema::renamed::Renamed;
use crate::schema::type_text::parse_type;

fn kind(text: &str) -> DataType {
    parse_type(text).unwrap()
}

/// `union<x: int32, y: utf8>` with these rows, in either layout.
fn union(rows: &[std::result::Result<i32, &str>], mode: UnionMode) -> ArrayRef {
    let fields: UnionFields =
        [(3, Field::new("x", DataType::Int32, false)), (5, Field::new("y", DataType::Utf8, false))]
            .into_iter()
            .map(|(id, field)| (id, Arc::new(field)))
            .collect();
    let types: Vec<i8> = rows.iter().map(|row| if row.is_ok() { 3 } else { 5 }).collect();
    let (numbers, texts): (Vec<i32>, Vec<&str>) = match mode {
        UnionMode::Dense => {
            (rows.iter().filter_map(|row| row.ok()).collect(), rows.iter().filter_map(|row| row.err()).collect())
        }
        // Where a row is of the other branch, anything stands.
        UnionMode::Sparse => (
            rows.iter().map(|row| row.unwrap_or(i32::MIN)).collect(),
            rows.iter().map(|row| row.err().unwrap_or("not a number")).collect(),
        ),
    };
    let mut counts = (0, 0);
    let offsets = rows.iter().map(|row| {
        let count = if row.is_ok() { &mut counts.0 } else { &mut counts.1 };
        *count += 1;
        *count - 1
    });
    let offsets = (mode == UnionMode::Dense).then(|| offsets.collect::<Vec<i32>>().into());
    let children: Vec<ArrayRef> = vec![Arc::new(Int32Array::from(numbers)), Arc::new(StringArray::from(texts))];
    Arc::new(UnionArray::try_new(fields, types.into(), offsets, children).unwrap())
}

/// The rows of a union as text.
fn rows(array: &ArrayRef) -> Vec<String> {
    let union = array.as_any().downcast_ref::<UnionArray>().unwrap();
    let shown = (0..union.len()).map(|row| {
        let value = union.value(row);
        let name = union.type_names()[usize::try_from(union.type_id(row)).unwrap()];
        let text = match value.data_type() {
            _ if value.is_null(0) || value.data_type() == &DataType::Null => String::new(),
            DataType::Utf8 => value.as_string::<i32>().value(0).to_owned(),
            _ => value.as_primitive::<Int64Type>().value(0).to_string(),
        };
        format!("{name}={text}")
    });
    shown.collect()
}

#[test]
fn branches_become_branches_in_both_layouts() {
    let values = [Ok(1), Err("a"), Ok(-2), Err(""), Ok(3)];
    for mode in [UnionMode::Dense, UnionMode::Sparse] {
        let array = union(&values, mode);
        let made = column(array.clone(), kind("union<t: utf8, n: int64, b: bool>")).unwrap();
        assert_eq!(rows(&made), ["n=1", "t=a", "n=-2", "t=", "n=3"], "{mode:?}");
        // A part of it: offsets do not begin at zero.
        let made = column(array.slice(1, 3), kind("union<t: utf8, n: int64, b: bool>")).unwrap();
        assert_eq!(rows(&made), ["t=a", "n=-2", "t="], "{mode:?}");
        let error = column(array, kind("union<n: int64, b: bool>")).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Schema, "{error}");
        assert!(error.message().contains("no branch of the union takes it"), "{error}");
    }
}

#[test]
fn a_value_of_a_branch_that_does_not_fit_is_told_with_its_row() {
    for mode in [UnionMode::Dense, UnionMode::Sparse] {
        let array = union(&[Err("a"), Ok(1), Err("b"), Ok(300)], mode);
        let error = column(array, kind("union<x: int8, y: utf8>")).unwrap_err();
        assert_eq!((error.code(), error.origin().record), (Some(Code::IntRange), Some(3)), "{mode:?} {error}");
    }
}

#[test]
fn values_become_a_branch_and_nulls_their_own() {
    let array: ArrayRef = Arc::new(Int32Array::from(vec![Some(7), None, Some(8), None]));
    let made = column(array.clone(), kind("union<none: null, n: int64 not null, t: utf8>")).unwrap();
    assert_eq!(rows(&made), ["n=7", "none=", "n=8", "none="]);
    let made = column(array, kind("union<t: utf8, n: int64>")).unwrap();
    assert_eq!(rows(&made), ["n=7", "n=", "n=8", "n="]);
    let nothing: ArrayRef = Arc::new(NullArray::new(3));
    let made = column(nothing, kind("union<none: null, n: int64>")).unwrap();
    assert_eq!(rows(&made), ["none=", "none=", "none="]);
}

#[test]
fn maps_are_lists_of_entries() {
    let mut builder = builder::MapBuilder::new(None, builder::StringBuilder::new(), builder::Int32Builder::new());
    for (row, pairs) in [&[("a", 1), ("b", 2)][..], &[], &[("c", 3)]].into_iter().enumerate() {
        for (key, value) in pairs {
            builder.keys().append_value(key);
            builder.values().append_value(*value);
        }
        builder.append(row != 1).unwrap();
    }
    let map: ArrayRef = Arc::new(builder.finish());
    let entries = kind("list<struct<value: int64, key: utf8>>");
    let list = column(map.clone(), entries).unwrap();
    assert!(list.is_null(1));
    let back = column(list.clone(), map.data_type().clone()).unwrap();
    assert_eq!(&back, &map);
    assert_eq!(&column(list.slice(2, 1), map.data_type().clone()).unwrap(), &map.slice(2, 1));
    // Neither entries by another name nor with more than a key and a value.
    for other in ["list<struct<k: utf8, v: int32>>", "list<struct<key: utf8, value: int32, more: int32>>", "list<utf8>"]
    {
        assert!(column(map.clone(), kind(other)).is_err(), "{other}");
    }
}

#[test]
fn what_was_said_of_names_comes_first() {
    let source = vec![Field::new("price", DataType::Int32, false), Field::new("cost", DataType::Int32, false)];
    let target = schema(vec![Field::new("cost", DataType::Int64, false)]);
    let columns: Vec<ArrayRef> = vec![Arc::new(Int32Array::from(vec![1])), Arc::new(Int32Array::from(vec![2]))];
    let batch = batch(source.clone(), columns);
    let renamed: [Renamed; 1] = ["price=cost".parse().unwrap()];
    let adapt = Adapt::renaming(&Schema::new(source), &target, &renamed).unwrap();
    assert_eq!(adapt.losses(), [(Code::Dropped, "cost".to_owned())]);
    assert_eq!(adapt.apply(batch).unwrap().records.column(0).as_primitive::<Int64Type>().values(), &[1]);
}

#[test]
fn a_column_of_nulls_is_read_as_any_type_that_takes_null() {
    let nulls: ArrayRef = Arc::new(NullArray::new(2));
    let kinds = [
        "list<int64>",
        "struct<a: int32 not null, b: list<utf8>>",
        "map<utf8, int64>",
        "fixed_size_list[3]<int8>",
        "large_list<utf8>",
        "int32",
        "dictionary<int32, utf8>",
    ];
    for text in kinds {
        let made = column(nulls.clone(), kind(text)).unwrap();
        assert_eq!((made.data_type(), made.len(), made.logical_null_count()), (&kind(text), 2, 2), "{text}");
        let target = schema(vec![Field::new("a", kind(text), false)]);
        let given = batch(vec![Field::new("a", DataType::Null, true)], vec![nulls.clone()]);
        assert_eq!(adapted(given, &target).unwrap_err().code(), Some(Code::Null), "{text}");
    }
}

#[test]
fn values_with_parts_become_json_text() {
    let json =
        |kind: DataType| Field::new("a", kind, true).with_extension_type(arrow_schema::extension::Json::default());
    let numbers =
        ListArray::from_iter_primitive::<Int32Type, _, _>(vec![Some(vec![Some(1), None]), None, Some(vec![])]);
    let inner = Fields::from(vec![Field::new("x", DataType::Utf8, true)]);
    let texts: ArrayRef = Arc::new(StringArray::from(vec![Some("é\""), None, Some("")]));
    let whole = StructArray::new(inner, vec![texts], Some(vec![true, true, false].into()));
    let cases: [(ArrayRef, [Option<&str>; 3]); 2] = [
        (Arc::new(numbers), [Some("[1,null]"), None, Some("[]")]),
        (Arc::new(whole), [Some(r#"{"x":"é\""}"#), Some(r#"{"x":null}"#), None]),
    ];
    for (array, expected) in cases {
        let source = Field::new("a", array.data_type().clone(), true);
        for kind in [DataType::Utf8, DataType::LargeUtf8, DataType::Utf8View] {
            let given = batch(vec![source.clone()], vec![array.clone()]);
            let made = adapted(given, &schema(vec![json(kind.clone())])).unwrap().records.column(0).clone();
            assert_eq!(made.data_type(), &kind);
            let texts = crate::column::text::TextColumn::new(&made, &json(kind), Default::default()).unwrap();
            let found: Vec<_> = (0..3).map(|row| (!texts.is_null(row)).then(|| texts.text(row))).collect();
            assert_eq!(found, expected);
        }
    }
}

#[test]
fn an_avro_duration_has_a_default() {
    let text = "\"\\u0001\\u0000\\u0000\\u0000\\u0002\\u0000\\u0000\\u0000\\u0003\\u0000\\u0000\\u0000\"";
    let target = schema(vec![
        Field::new("d", DataType::Interval(arrow_schema::IntervalUnit::MonthDayNano), false)
            .with_metadata([(keys::DEFAULT, text)]),
    ]);
    let given = batch(vec![Field::new("x", DataType::Int8, true)], vec![Arc::new(Int8Array::from(vec![1]))]);
    let made = adapted(given, &target).unwrap().records;
    let value = made.column(0).as_primitive::<IntervalMonthDayNanoType>().value(0);
    assert_eq!((value.months, value.days, value.nanoseconds), (1, 2, 3_000_000));
}

#[test]
fn lists_of_any_layout_become_lists_item_by_item() {
    let item = Arc::new(Field::new("item", DataType::Int32, false));
    let values: ArrayRef = Arc::new(Int32Array::from(vec![1, 2, 3]));
    // The lists of a view lie in any order, and what stands under a null is not of it.
    let nulls = Some(vec![true, false, true].into());
    let (offsets, sizes) = (vec![1, 0, 0].into(), vec![2, 3, 2].into());
    let views = ListViewArray::new(item.clone(), offsets, sizes, values, nulls.clone());
    let below: ArrayRef = Arc::new(Int32Array::from(vec![2, 3, 7, 8, 1, 2]));
    let fixed = FixedSizeListArray::new(item, 2, below, nulls);
    for lists in [Arc::new(views) as ArrayRef, Arc::new(fixed)] {
        let made = column(lists, kind("large_list<int64 not null>")).unwrap();
        let made = made.as_list::<i64>();
        assert_eq!(made.offsets().lengths().collect::<Vec<_>>(), [2, 0, 2]);
        assert_eq!(made.values().as_primitive::<Int64Type>(), &Int64Array::from(vec![2, 3, 1, 2]));
        assert!(made.is_null(1) && made.null_count() == 1);
    }
}
