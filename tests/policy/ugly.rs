//! Ugly values of every kind, from every text: what the hint names lets that value through, and nothing else does.

use super::folder::Folder;
use super::ways::tried;

/// A type, and values that it refuses: JSON, and what the hint must name, if that is known beforehand.
type Refused = (&'static str, &'static [(&'static str, Option<&'static [&'static str]>)]);

/// From JSON, and from a cell of CSV.
fn check(refused: &[Refused], more: &[(&str, &str)]) {
    for (columns, values) in refused {
        let columns = format!("c={columns}");
        for (value, expected) in *values {
            let cell = value.strip_prefix('"').and_then(|value| value.strip_suffix('"')).unwrap_or(value);
            let cell = cell.replace('"', "\"\"");
            let files =
                [("a.ndjson", format!("{{\"c\":null}}\n{{\"c\":{value}}}\n")), ("a.csv", format!("c\n\"{cell}\"\n"))];
            for (name, text) in files {
                let folder = Folder::new(&[(name, &text)]);
                let what = format!("{name}, {value} as {columns}");
                let mut arguments = vec![name, "--columns", &columns];
                let format = if name == "a.csv" { "csv" } else { "json" };
                let settings: Vec<String> =
                    more.iter().map(|(key, value)| format!("--{format}-{key}={value}")).collect();
                arguments.extend(settings.iter().map(String::as_str));
                let (_, named) = tried(&what, &folder, &arguments);
                if let Some(expected) = expected {
                    assert_eq!(named, *expected, "{what}");
                }
            }
        }
    }
}

const NOTHING: Option<&[&str]> = Some(&[]);
const NULL: Option<&[&str]> = Some(&["null"]);
const CLAMP: Option<&[&str]> = Some(&["clamp"]);
const CLAMP_NULL: Option<&[&str]> = Some(&["clamp", "null"]);
const TRUNCATE_NULL: Option<&[&str]> = Some(&["null", "truncate"]);
const ROUND_NULL: Option<&[&str]> = Some(&["null", "round"]);
const FRACTION: Option<&[&str]> = Some(&["null", "round", "truncate"]);

#[test]
fn days_and_times() {
    check(
        &[
            (
                "date32",
                &[
                    ("\"2024-02-30\"", NULL),
                    ("\"2024-13-01\"", NULL),
                    ("\"2024-00-10\"", NULL),
                    ("\"+9999999-01-01\"", CLAMP_NULL),
                    ("\"-9999999-01-01\"", CLAMP_NULL),
                    ("\"+99999999999999-01-01\"", None),
                    ("\"24-1-1\"", NULL),
                    ("1", NULL),
                ],
            ),
            ("date64", &[("\"2024-02-30\"", NULL), ("\"+999999999-01-01\"", None)]),
            (
                "time32[s]",
                &[
                    ("\"25:00:00\"", NULL),
                    ("\"23:59:60\"", NULL),
                    ("\"12:00:00.5\"", FRACTION),
                    ("\"23:59:59.9\"", TRUNCATE_NULL),
                    ("\"noon\"", NULL),
                ],
            ),
            ("time64[us]", &[("\"12:00:00.0000005\"", FRACTION), ("\"24:00:00\"", NULL)]),
        ],
        &[],
    );
}

#[test]
fn moments() {
    check(
        &[
            (
                "timestamp[us, UTC]",
                &[
                    ("\"2024-02-30T00:00:00Z\"", NULL),
                    ("\"2024-01-01T25:00:00Z\"", NULL),
                    ("\"2024-01-01T23:59:60Z\"", NULL),
                    ("\"2024-01-01T00:00:00\"", NULL),
                    ("\"2024-01-01T00:00:00.0000005Z\"", FRACTION),
                    ("\"+999999999-01-01T00:00:00Z\"", CLAMP_NULL),
                    ("\"yesterday\"", NULL),
                ],
            ),
            ("timestamp[ns]", &[("\"2024-01-01T00:00:00Z\"", NULL), ("\"1500-01-01T00:00:00\"", CLAMP_NULL)]),
            (
                "timestamp[ns, Europe/Berlin]",
                &[("\"3000-01-01T00:00:00Z\"", CLAMP_NULL), ("\"1500-01-01T00:00:00+01:00\"", CLAMP_NULL)],
            ),
            ("timestamp[s, +02:00]", &[("\"2024-01-01T00:00:00.5+02:00\"", FRACTION)]),
        ],
        &[],
    );
}

#[test]
fn durations() {
    check(
        &[
            ("duration[s]", &[("\"PT0.5S\"", FRACTION), ("\"P1M\"", None), ("\"1 day\"", NULL)]),
            ("duration[ns]", &[("\"PT99999999999S\"", CLAMP_NULL), ("\"-PT99999999999S\"", CLAMP_NULL)]),
            ("interval[year_month]", &[("\"P1D\"", NULL)]),
            ("interval[day_time]", &[("\"P1M\"", NULL), ("\"PT0.0005S\"", NULL)]),
            ("interval[month_day_nano]", &[("\"PT0.0000000005S\"", None), ("\"soon\"", NULL)]),
        ],
        &[],
    );
}

#[test]
fn integers() {
    check(
        &[
            ("int8", &[("128", CLAMP_NULL), ("-129", CLAMP_NULL), ("1.5", FRACTION), ("300.5", NULL), ("true", NULL)]),
            ("int16", &[("32768", CLAMP_NULL), ("-32769", CLAMP_NULL)]),
            ("int32", &[("2147483648", CLAMP_NULL), ("-2147483649", CLAMP_NULL)]),
            (
                "int64",
                &[("9223372036854775808", CLAMP_NULL), ("-9223372036854775809", CLAMP_NULL), ("1e30", CLAMP_NULL)],
            ),
            ("uint8", &[("256", CLAMP_NULL), ("-1", CLAMP_NULL)]),
            ("uint16", &[("65536", CLAMP_NULL), ("-0.5", FRACTION)]),
            ("uint32", &[("4294967296", CLAMP_NULL), ("-1", CLAMP_NULL)]),
            ("uint64", &[("18446744073709551616", CLAMP_NULL), ("-1", CLAMP_NULL)]),
        ],
        &[],
    );
}

#[test]
fn numbers_with_fractions() {
    check(
        &[
            (
                "decimal128(5,2)",
                &[
                    ("1.239", FRACTION),
                    ("12345", CLAMP_NULL),
                    ("-12345", CLAMP_NULL),
                    ("999.999", None),
                    ("-12345.6789", None),
                    ("1e400", None),
                    ("\"abc\"", NULL),
                ],
            ),
            ("decimal32(5,2)", &[("99999", CLAMP_NULL), ("0.001", FRACTION)]),
            ("decimal64(10,3)", &[("12345678901", CLAMP_NULL)]),
            ("decimal256(76,0)", &[("1e80", CLAMP_NULL), ("0.5", None)]),
            ("decimal128(5,-2)", &[("12345", None), ("123450000000", CLAMP_NULL)]),
            ("float16", &[("70000", CLAMP_NULL), ("2049", ROUND_NULL)]),
            ("float32", &[("1e39", CLAMP_NULL), ("16777217", ROUND_NULL), ("-1e39", CLAMP_NULL), ("\"x\"", NULL)]),
            ("float64", &[("1e400", CLAMP_NULL), ("0.12345678901234567890", ROUND_NULL), ("true", NULL)]),
        ],
        &[],
    );
}

#[test]
fn other_scalars() {
    check(
        &[
            ("bool", &[("1", NULL), ("\"yes\"", NULL)]),
            ("null", &[("1", None)]),
            ("uuid", &[("\"zz\"", NULL), ("\"0123456789abcdef0123456789abcdeg\"", NULL)]),
            ("binary", &[("\"!!\"", NULL)]),
            ("fixed_size_binary[2]", &[("\"AA==\"", NULL), ("\"!\"", NULL)]),
            ("dictionary<int8, date32>", &[("\"2024-02-30\"", NULL), ("\"+9999999-01-01\"", CLAMP_NULL)]),
        ],
        &[],
    );
    check(&[("binary", &[("\"0g\"", NULL), ("\"0\"", NULL)])], &[("bytes", "hex")]);
}

#[test]
fn values_inside_others() {
    check(
        &[
            ("list<date32>", &[("[\"2024-02-30\"]", NULL), ("{}", NULL)]),
            ("list<int8 not null>", &[("[300]", CLAMP), ("[null]", NOTHING), ("[1.5]", Some(&["round", "truncate"]))]),
            ("fixed_size_list[2]<int8>", &[("[1]", NULL), ("[1,2,3]", NULL), ("[1,300]", CLAMP_NULL)]),
            ("struct<a: date32>", &[("{\"a\":\"2024-02-30\"}", NULL), ("[1]", NULL)]),
            ("struct<a: int8 not null>", &[("{}", NOTHING), ("{\"a\":300}", CLAMP)]),
            ("map<utf8, int8>", &[("{\"k\":300}", CLAMP_NULL), ("1", NULL)]),
            ("map<int8, utf8>", &[("{\"300\":\"x\"}", CLAMP), ("{\"x\":\"x\"}", NOTHING)]),
            ("map<bool, utf8>", &[("{\"x\":\"x\"}", NOTHING)]),
        ],
        &[],
    );
}

/// A record of Avro with the one field `c`.
fn record(data_type: &str) -> String {
    format!("{{\"type\":\"record\",\"name\":\"R\",\"fields\":[{{\"name\":\"c\",\"type\":{data_type}}}]}}")
}

#[test]
fn columns_without_nulls() {
    let date = "{\"type\":\"int\",\"logicalType\":\"date\"}";
    let moment = "{\"type\":\"long\",\"logicalType\":\"timestamp-millis\"}";
    let uuid = "{\"type\":\"string\",\"logicalType\":\"uuid\"}";
    let decimal = "{\"type\":\"bytes\",\"logicalType\":\"decimal\",\"precision\":5,\"scale\":2}";
    let values: &[(&str, &str, &[&str])] = &[
        ("\"int\"", "2147483648", &["clamp"]),
        ("\"int\"", "1.5", &["round", "truncate"]),
        ("\"int\"", "3000000000.5", &[]),
        ("\"int\"", "\"x\"", &[]),
        ("\"int\"", "null", &[]),
        ("\"boolean\"", "1", &[]),
        ("\"bytes\"", "\"!!\"", &[]),
        (date, "\"2024-02-30\"", &[]),
        (date, "\"+9999999-01-01\"", &["clamp"]),
        (moment, "\"2024-02-30T00:00:00Z\"", &[]),
        (uuid, "\"zz\"", &[]),
        (decimal, "12345", &["clamp"]),
        ("{\"type\":\"array\",\"items\":\"int\"}", "1", &[]),
    ];
    for (data_type, value, expected) in values {
        let cell = if *value == "null" { "" } else { value.trim_matches('"') };
        let files = [("a.ndjson", format!("{{\"c\":{value}}}\n")), ("a.csv", format!("c,d\n{cell},1\n"))];
        for (name, text) in files {
            let folder = Folder::new(&[("s.avsc", &record(data_type)), (name, &text)]);
            let mut arguments = vec![name, "--schema", "s.avsc"];
            if name == "a.csv" {
                arguments.push("--extra-columns=ignore");
            }
            let what = format!("{name}, {value} as {data_type}");
            let (_, named) = tried(&what, &folder, &arguments);
            assert_eq!(named, *expected, "{what}");
        }
    }
}

#[test]
fn one_policy_beside_another() {
    let folder = Folder::new(&[("a.ndjson", "{\"c\":300.5}\n"), ("a.csv", "c\n300.5\n")]);
    for name in ["a.ndjson", "a.csv"] {
        let convert = ["convert", name, "--columns", "c=int8", "-o", "-", "--to", "ndjson", "--allow"];
        // Rounded, the number is out of range; that may be let through as well.
        let refused = folder.run(&[&convert[..], &["V-FRACTION=round"]].concat()).ends(4);
        assert!(
            refused.err.contains("--allow V-INT-RANGE=clamp (or null)")
                || refused.err.contains("--allow V-FRACTION=null"),
            "{name}: {}",
            refused.err
        );
        let both = folder.run(&[&convert[..], &["V-FRACTION=round,V-INT-RANGE=clamp"]].concat()).ends(0);
        assert_eq!(both.out, "{\"c\":127}\n", "{name}");
    }
    // What was given and does not help is told with what does.
    let folder = Folder::new(&[("a.csv", "c\n2024-02-30\n")]);
    let convert = ["convert", "a.csv", "--columns", "c=date32", "-o", "-", "--to", "ndjson"];
    let refused = folder.run(&[&convert[..], &["--allow", "V-DATE-RANGE=clamp"]].concat()).ends(4);
    let told = "V-DATE-RANGE=clamp does not help here; let it through: --allow V-DATE-RANGE=null";
    assert!(refused.err.contains(told), "{}", refused.err);
    let passed = folder.run(&[&convert[..], &["--allow", "V-DATE-RANGE=null"]].concat()).ends(0);
    assert_eq!(passed.out, "{\"c\":null}\n");
}

#[test]
fn values_that_a_readers_schema_refuses() {
    let rows: &[(&str, &str, &str)] = &[
        ("int64", "3000000000", "\"int\""),
        ("int64", "3000000000", "[\"null\",\"int\"]"),
        ("float64", "0.1", "[\"null\",\"float\"]"),
        (
            "decimal128(9,4)",
            "1.2345",
            "[\"null\",{\"type\":\"bytes\",\"logicalType\":\"decimal\",\"precision\":4,\"scale\":2}]",
        ),
    ];
    for (kind, value, target) in rows {
        let schema =
            format!("{{\"type\":\"record\",\"name\":\"R\",\"fields\":[{{\"name\":\"c\",\"type\":{target}}}]}}");
        let folder = Folder::new(&[("a.ndjson", &format!("{{\"c\":{value}}}\n")), ("r.avsc", &schema)]);
        folder.run(&["convert", "a.ndjson", "-o", "a.parquet", "--columns", &format!("c={kind}")]).ends(0);
        let what = format!("{value}, {kind} as {target}");
        tried(&what, &folder, &["a.parquet", "--reader-schema", "r.avsc"]);
    }
}

/// A value of a schema's type in a text of its own language.
fn of_schema(dialect: &str, schema: (&str, &str), values: &[(&str, Option<&[&str]>)]) {
    for (value, expected) in values {
        let folder = Folder::new(&[schema, ("a.ndjson", &format!("{value}\n"))]);
        let dialect = format!("--json-dialect={dialect}");
        let (_, named) = tried(value, &folder, &["a.ndjson", "--schema", schema.0, &dialect]);
        if let Some(expected) = expected {
            assert_eq!(named, *expected, "{value}");
        }
    }
}

#[test]
fn data_of_avro_as_json() {
    let types: &[(&str, &[&str])] = &[
        ("\"int\"", &["2147483648", "-2147483649", "1.5", "true", "\"1\""]),
        ("\"long\"", &["9223372036854775808", "1e30"]),
        ("\"float\"", &["1e39", "16777217"]),
        ("\"double\"", &["1e400", "0.12345678901234567890", "\"nan\""]),
        ("\"boolean\"", &["1"]),
        ("\"string\"", &["1", "\"\\ud800\""]),
        ("\"bytes\"", &["\"\\u0100\"", "1"]),
        ("{\"type\":\"fixed\",\"name\":\"F\",\"size\":2}", &["\"a\""]),
        ("{\"type\":\"enum\",\"name\":\"E\",\"symbols\":[\"A\"]}", &["\"B\"", "1"]),
        ("{\"type\":\"enum\",\"name\":\"E\",\"symbols\":[\"A\"],\"default\":\"A\"}", &["\"B\""]),
        ("{\"type\":\"int\",\"logicalType\":\"date\"}", &["\"2024-02-30\"", "2147483648"]),
        ("{\"type\":\"int\",\"logicalType\":\"time-millis\"}", &["86400000", "-1"]),
        ("{\"type\":\"bytes\",\"logicalType\":\"decimal\",\"precision\":2,\"scale\":0}", &["\"\\u0003\\u00e8\""]),
        ("{\"type\":\"string\",\"logicalType\":\"uuid\"}", &["\"zz\""]),
        ("[\"null\",{\"type\":\"string\",\"logicalType\":\"uuid\"}]", &["{\"string\":\"zz\"}", "\"zz\""]),
        ("{\"type\":\"array\",\"items\":\"int\"}", &["[null]", "[3000000000]"]),
    ];
    for (data_type, values) in types {
        let schema =
            format!("{{\"type\":\"record\",\"name\":\"R\",\"fields\":[{{\"name\":\"c\",\"type\":{data_type}}}]}}");
        for value in *values {
            of_schema("avro", ("s.avsc", &schema), &[(&format!("{{\"c\":{value}}}"), None)]);
        }
        of_schema("avro", ("s.avsc", &schema), &[("{\"c\":1,\"d\":2}", NOTHING), ("{}", NOTHING)]);
    }
}

#[test]
fn messages_as_json() {
    let proto = "syntax = \"proto3\";
        import \"google/protobuf/timestamp.proto\";
        import \"google/protobuf/duration.proto\";
        enum E { A = 0; }
        message M {
            int32 i = 1; uint32 u = 2; int64 l = 3; uint64 ul = 4; float f = 5; double d = 6; bool b = 7;
            bytes bytes = 8; E e = 9; google.protobuf.Timestamp t = 10; google.protobuf.Duration du = 11;
            repeated int32 many = 12; map<string, int32> m = 13; oneof o { int32 x = 14; int32 y = 15; }
        }";
    let values = [
        "\"i\":2147483648",
        "\"i\":1.5",
        "\"i\":\"x\"",
        "\"u\":-1",
        "\"u\":4294967296",
        "\"l\":\"9223372036854775808\"",
        "\"ul\":-1",
        "\"f\":1e39",
        "\"f\":16777217",
        "\"d\":1e400",
        "\"d\":\"x\"",
        "\"b\":1",
        "\"bytes\":\"!\"",
        "\"e\":\"B\"",
        "\"t\":\"2024-02-30T00:00:00Z\"",
        "\"t\":\"3000-01-01T00:00:00Z\"",
        "\"t\":\"+20000-01-01T00:00:00Z\"",
        "\"t\":1",
        "\"t\":\"2024-01-01T00:00:00.0000000005Z\"",
        "\"du\":\"1\"",
        "\"du\":\"999999999999s\"",
        "\"du\":\"0.0000000005s\"",
        "\"many\":[null]",
        "\"many\":[3000000000]",
        "\"m\":{\"a\":null}",
        "\"x\":1,\"y\":2",
        "\"nope\":1",
        "\"i\":1,\"i\":2",
    ];
    for value in values {
        of_schema("protojson", ("m.proto", proto), &[(&format!("{{{value}}}"), None)]);
    }
}
