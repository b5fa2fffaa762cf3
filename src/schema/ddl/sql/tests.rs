use arrow_schema::extension::{Json, Uuid};
use arrow_schema::{IntervalUnit, TimeUnit};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::schema::ddl::from_arrow;
use crate::schema::type_text::field_text;

/// Name, type and whether it takes null, of each column.
fn columns(text: &str) -> Vec<String> {
    let schema = to_arrow(text, None).unwrap_or_else(|error| panic!("{text}: {error}"));
    let shown = schema.fields().iter().map(|field| {
        let null = if field.is_nullable() { "" } else { " not null" };
        format!("{} {}{null}", field.name(), field_text(field))
    });
    shown.collect()
}

fn refused(text: &str) -> String {
    let error = to_arrow(text, None).unwrap_err();
    format!("{}: {}", error.origin().line.map_or(0, |line| line + 1), error.message())
}

#[test]
fn postgresql() {
    let text = r#"
        -- orders
        CREATE TYPE mood AS ENUM ('sad', 'it''s ok');
        CREATE INDEX i ON x (a);
        CREATE TABLE IF NOT EXISTS shop."order" (
            id bigserial PRIMARY KEY,
            ref uuid NOT NULL DEFAULT gen_random_uuid(),
            total numeric(18, 2) CHECK (total > 0 AND total < 10),
            tags text[],
            grid integer[3][],
            at timestamp with time zone DEFAULT now(),
            local timestamp(3) without time zone,
            day date, clock time(6), gap interval day to second,
            body jsonb, raw bytea, name character varying(20) COLLATE "C" DEFAULT 'x',
            m mood, f double precision, r real,
            CONSTRAINT total_ok CHECK (total <> 0),
            FOREIGN KEY (ref) REFERENCES other (id) ON DELETE CASCADE
        ) WITH (fillfactor = 70);
    "#;
    let expected = [
        "id int64 not null",
        "ref uuid not null",
        "total decimal128(18,2)",
        "tags list<utf8>",
        "grid list<fixed_size_list[3]<int32>>",
        "at timestamp[us, UTC]",
        "local timestamp[ms]",
        "day date32",
        "clock time64[us]",
        "gap interval[month_day_nano]",
        "body json",
        "raw binary",
        "name utf8",
        "m dictionary<int32, utf8>",
        "f float64",
        "r float32",
    ];
    assert_eq!(columns(text), expected);
    let schema = to_arrow(text, Some("order")).unwrap();
    assert_eq!(schema.field(12).metadata()[keys::DEFAULT], "\"x\"");
    assert!(!schema.field(1).metadata().contains_key(keys::DEFAULT));
    let facts: Value = serde_json::from_str(&schema.field(13).metadata()[keys::ENUM]).unwrap();
    assert_eq!(facts["symbols"], json!(["sad", "it's ok"]));
}

#[test]
fn mysql() {
    let text = "CREATE TABLE `t` (`id` INT UNSIGNED NOT NULL AUTO_INCREMENT COMMENT 'the id', `n` TINYINT(1) DEFAULT -1,
        `kind` ENUM('a','b') CHARACTER SET utf8 DEFAULT 'a', `at` TIMESTAMP NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP,
        `seen` DATETIME(6), `b` BINARY(16), `key` VARCHAR(9), PRIMARY KEY (`id`), KEY `by_kind` (`kind`)) ENGINE=InnoDB;";
    let expected = [
        "id uint32 not null",
        "n int8",
        "kind dictionary<int32, utf8>",
        "at timestamp[us, UTC]",
        "seen timestamp[us]",
        "b fixed_size_binary[16]",
        "key utf8",
    ];
    assert_eq!(columns(text), expected);
    let schema = to_arrow(text, None).unwrap();
    assert_eq!(schema.field(0).metadata()[keys::DOC], "the id");
    assert_eq!(schema.field(1).metadata()[keys::DEFAULT], "-1");
}

#[test]
fn defaults_are_literals_of_any_type_or_told() {
    let text = "CREATE TABLE t (
        a DECIMAL(5,2) DEFAULT 1.5, b DECIMAL(5,2) NOT NULL DEFAULT (-12), c DATE DEFAULT DATE '1970-01-03',
        d TIMESTAMP(3) DEFAULT '1970-01-01 00:00:01'::timestamp without time zone NOT NULL,
        e TIME(6) DEFAULT '00:00:01', f BOOLEAN DEFAULT true, g UUID DEFAULT '00000000-0000-0000-0000-000000000001',
        h DOUBLE DEFAULT 1e2, i INT DEFAULT '7'::integer, j VARCHAR(9) DEFAULT 'it''s', k INT DEFAULT NULL,
        l JSON DEFAULT '{\"a\":1}',
        m TIMESTAMP DEFAULT now() NOT NULL, n DECIMAL(5,2) DEFAULT 1.555, o INT DEFAULT 1 + 1, p DATE DEFAULT CURRENT_DATE,
        q INT DEFAULT 3 CHECK (q > 0))";
    let schema = to_arrow(text, None).unwrap();
    let of = |name: &str, key: &str| schema.field_with_name(name).unwrap().metadata().get(key).cloned();
    let literals = [
        ("a", "1.5"),
        ("b", "-12"),
        ("c", "2"),
        ("d", "1000"),
        ("e", "1000000"),
        ("f", "true"),
        ("g", "\"00000000-0000-0000-0000-000000000001\""),
        ("h", "100.0"),
        ("i", "7"),
        ("j", "\"it's\""),
        ("l", "\"{\\\"a\\\":1}\""),
        ("q", "3"),
    ];
    for (name, default) in literals {
        assert_eq!(of(name, keys::DEFAULT).as_deref(), Some(default), "{name}");
        let field = schema.field_with_name(name).unwrap();
        let source = Schema::empty();
        let target = std::sync::Arc::new(Schema::new(vec![field.clone()]));
        assert!(crate::schema::adapt::Adapt::new(&source, &target).is_ok(), "{name}");
    }
    assert_eq!((of("k", keys::DEFAULT), of("k", keys::DEFAULT_EXPRESSION)), (None, None));
    for (name, text) in [("m", "now(...)"), ("n", "1.555"), ("o", "1"), ("p", "CURRENT_DATE")] {
        assert_eq!(of(name, keys::DEFAULT), None, "{name}");
        assert_eq!(of(name, keys::DEFAULT_EXPRESSION).as_deref(), Some(text), "{name}");
        let target = Schema::new(vec![schema.field_with_name(name).unwrap().clone()]);
        let error = crate::schema::adapt::Adapt::new(&Schema::empty(), &target.into()).unwrap_err();
        assert!(error.message().contains(text), "{error}");
    }
    assert!(!schema.field_with_name("d").unwrap().is_nullable() && !schema.field_with_name("m").unwrap().is_nullable());
}

#[test]
fn spark_and_hive() {
    let spark = "create table t (id bigint, tags array<string>, m map<string, decimal(10,2)>,
        s struct<a: int comment 'x', b: array<struct<c: double>>>, at timestamp, at2 timestamp_ntz) using parquet";
    let expected = [
        "id int64",
        "tags list<utf8>",
        "m map<utf8, decimal128(10,2)>",
        "s struct<a: int32, b: list<struct<c: float64>>>",
        "at timestamp[us, UTC]",
        "at2 timestamp[us]",
    ];
    assert_eq!(columns(spark), expected);
    let hive = "CREATE EXTERNAL TABLE t (a INT) PARTITIONED BY (day STRING) STORED AS PARQUET LOCATION '/x'";
    assert_eq!(columns(hive), ["a int32", "day utf8"]);
}

#[test]
fn errors_name_line_and_column() {
    assert_eq!(refused("CREATE TABLE t (\n  a INT,\n  b FLOTE\n)"), "3: column 5: expected a type, found \"FLOTE\"");
    assert_eq!(refused("CREATE TABLE t (a INT"), "1: column 19: expected \",\" or \")\" behind \"INT\"");
    assert_eq!(refused("CREATE TABLE t (a INT, a TEXT)"), "1: column 24: the table has two columns \"a\"");
    assert_eq!(refused("CREATE TABLE t (a 'x')"), "1: column 19: expected a type, found the string \"x\"");
    assert_eq!(refused("CREATE TABLE t (a TEXT DEFAULT 'x)"), "1: column 32: the string has no closing '");
    assert!(refused("CREATE TABLE t (a DECIMAL)").contains("column 19: DECIMAL needs its digits"));
    assert_eq!(refused("SELECT 1"), "0: there is no CREATE TABLE statement");
    let several = to_arrow("CREATE TABLE a (x INT); CREATE TABLE b (y INT);", None).unwrap_err();
    assert_eq!(several.message(), "there are several tables: a, b");
    assert!(to_arrow("CREATE TABLE a (x INT); CREATE TABLE b (y INT);", Some("B")).is_ok());
}

#[test]
fn damaged_statements_end_with_an_error() {
    let text =
        "CREATE TABLE t (id INT NOT NULL DEFAULT 1, s STRUCT<a: INT, b: MAP<TEXT, INT>>, e ENUM('a','b'), u INT[3]);";
    for end in 0..text.len() {
        let _ = to_arrow(&text[..end], None);
        let mut without = text.to_owned();
        without.remove(end);
        let _ = to_arrow(&without, None);
    }
    let deep = format!("CREATE TABLE t (a {}INT{})", "ARRAY<".repeat(5000), ">".repeat(5000));
    assert!(to_arrow(&deep, None).is_err());
}

fn types() -> impl Strategy<Value = Field> {
    let plain = prop_oneof![
        Just(DataType::Boolean),
        Just(DataType::Int8),
        Just(DataType::Int64),
        Just(DataType::UInt16),
        Just(DataType::UInt64),
        Just(DataType::Float32),
        Just(DataType::Float64),
        Just(DataType::Utf8),
        Just(DataType::Binary),
        Just(DataType::Date32),
        Just(DataType::Null),
        Just(DataType::Time64(TimeUnit::Microsecond)),
        Just(DataType::Time64(TimeUnit::Nanosecond)),
        Just(DataType::Timestamp(TimeUnit::Second, None)),
        Just(DataType::Timestamp(TimeUnit::Nanosecond, None)),
        Just(DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))),
        Just(DataType::Interval(IntervalUnit::MonthDayNano)),
        (1_u8..=38).prop_flat_map(|p| (Just(p), 0..=p as i8)).prop_map(|(p, s)| DataType::Decimal128(p, s)),
    ];
    let leaf = prop_oneof![
        8 => plain.prop_map(|kind| Field::new("x", kind, true)),
        1 => Just(Field::new("x", DataType::Utf8, true).with_extension_type(Json::default())),
        1 => Just(Field::new("x", DataType::FixedSizeBinary(16), true).with_extension_type(Uuid)),
    ];
    leaf.prop_recursive(3, 20, 4, |inner| {
        let member =
            |name: &'static str, inner: BoxedStrategy<Field>| inner.prop_map(move |field| field.with_name(name));
        let inner = inner.boxed();
        prop_oneof![
            member("item", inner.clone()).prop_map(|item| Field::new("x", DataType::List(item.into()), true)),
            (member("item", inner.clone()), 1..5_i32).prop_map(|(item, size)| Field::new(
                "x",
                DataType::FixedSizeList(item.into(), size),
                true
            )),
            (member("a b", inner.clone()), member("say \"hi\"", inner.clone())).prop_map(|(a, b)| Field::new(
                "x",
                DataType::Struct(vec![a, b].into()),
                true
            )),
            member("value", inner).prop_map(|value| {
                let key = Field::new("key", DataType::Utf8, false);
                let entries = Field::new("entries", DataType::Struct(vec![key, value].into()), false);
                Field::new("x", DataType::Map(entries.into(), false), true)
            }),
        ]
    })
}

proptest! {
    #[test]
    fn what_is_shown_without_loss_reads_back(fields in prop::collection::vec((types(), any::<bool>()), 1..5)) {
        let fields: Vec<Field> = fields
            .into_iter()
            .enumerate()
            .map(|(at, (field, nullable))| field.with_name(format!("c{at} \"q\"")).with_nullable(nullable))
            .collect();
        let schema = Schema::new(fields);
        let (text, losses) = from_arrow(&schema, "a table").expect("a table");
        // Keys of maps are not null, which SQL does not say.
        let told = losses.iter().filter(|(_, path)| !path.ends_with(".key")).count();
        prop_assert_eq!(told, 0, "{}", text);
        let back = to_arrow(&text, None).map_err(|error| TestCaseError::fail(format!("{text}: {error}")))?;
        prop_assert_eq!(back.fields(), schema.fields(), "{}", text);
    }
}
