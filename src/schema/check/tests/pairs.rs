//! Random pairs of JSON Schemas and of columns. What decides here is no part of the checks: a validator of a few lines for
//! JSON Schema, conversions of files for columns.

use std::path::Path;
use std::sync::Arc;

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::super::{Finding, Mode, Rules, Schema, Severity, check, compatible, witness};
use crate::convert::{Convert, Target};
use crate::format::Definition;
use crate::input::Input;
use crate::output::Output;
use crate::schema::ddl;
use crate::source::Source;

/// The constraints of one side.
#[derive(Clone, Debug)]
enum Rule {
    Anything,
    Bool,
    /// Whole numbers only, the least, the greatest.
    Number(bool, Option<i8>, Option<i8>),
    /// Characters at least and at most.
    Text(Option<u8>, Option<u8>),
    /// A bit for each of [`CONSTANTS`].
    Enum(u8),
    /// What items are, and how many at most.
    Array(Box<Rule>, Option<u8>),
    /// Properties, whether each is required; whether others are allowed.
    Object(Vec<(Rule, bool)>, bool),
    OrNull(Box<Rule>),
}

const CONSTANTS: &[&str] = &["1", "\"a\"", "null", "2.5"];
const NAMES: &[&str] = &["a", "b", "c"];

fn rules() -> impl Strategy<Value = Rule> {
    let bound = || prop::option::of(-2i8..3);
    let count = || prop::option::of(0u8..3);
    let leaf = prop_oneof![
        1 => Just(Rule::Anything),
        1 => Just(Rule::Bool),
        3 => (any::<bool>(), bound(), bound()).prop_map(|(whole, least, most)| Rule::Number(whole, least, most)),
        2 => (count(), count()).prop_map(|(least, most)| Rule::Text(least, most)),
        2 => (1u8..16).prop_map(Rule::Enum),
    ];
    leaf.prop_recursive(2, 8, 3, move |inner| {
        let inner = inner.boxed();
        prop_oneof![
            2 => (inner.clone(), prop::option::of(0u8..3)).prop_map(|(item, most)| Rule::Array(Box::new(item), most)),
            3 => (prop::collection::vec((inner.clone(), any::<bool>()), 0..3), any::<bool>())
                .prop_map(|(properties, open)| Rule::Object(properties, open)),
            1 => inner.prop_map(|rule| Rule::OrNull(Box::new(rule))),
        ]
    })
}

/// A pair: mostly one and the same with a change in one place.
fn rule_pairs() -> impl Strategy<Value = (Rule, Rule)> {
    (rules(), rules(), any::<u8>()).prop_map(|(one, other, dice)| {
        let changed = one.changed(&other, dice);
        (one, changed)
    })
}

impl Rule {
    /// The rule with another one in some place inside.
    fn changed(&self, other: &Rule, dice: u8) -> Rule {
        let deeper = !dice.is_multiple_of(3);
        match self {
            Rule::Array(item, most) if deeper => Rule::Array(Box::new(item.changed(other, dice / 3)), *most),
            Rule::OrNull(inner) if deeper => Rule::OrNull(Box::new(inner.changed(other, dice / 3))),
            Rule::Object(properties, open) if deeper && !properties.is_empty() => {
                let mut properties = properties.clone();
                let at = usize::from(dice) % properties.len();
                match dice % 4 {
                    0 => properties[at].1 = !properties[at].1,
                    1 => properties.truncate(at),
                    2 if properties.len() < NAMES.len() => properties.push((other.clone(), false)),
                    _ => properties[at].0 = properties[at].0.changed(other, dice / 3),
                }
                Rule::Object(properties, *open)
            }
            Rule::Number(whole, least, most) => match dice % 4 {
                0 => Rule::Number(!whole, *least, *most),
                1 => Rule::Number(*whole, None, *most),
                2 => Rule::Number(*whole, *least, most.map(|most| most.saturating_add(1))),
                _ => Rule::Number(*whole, *least, Some(1)),
            },
            Rule::Text(least, most) => match dice % 3 {
                0 => Rule::Text(None, *most),
                1 => Rule::Text(*least, most.map(|most| most + 1)),
                _ => Rule::Text(Some(1), *most),
            },
            Rule::Enum(bits) => Rule::Enum((bits | 1 << (dice % 4)).max(1)),
            _ => other.clone(),
        }
    }

    fn schema(&self) -> Value {
        let mut out = Map::new();
        let mut put = |key: &str, value: Option<Value>| {
            if let Some(value) = value {
                out.insert(key.to_owned(), value);
            }
        };
        match self {
            Rule::Anything => {}
            Rule::Bool => put("type", Some(json!("boolean"))),
            Rule::Number(whole, least, most) => {
                put("type", Some(json!(if *whole { "integer" } else { "number" })));
                put("minimum", least.map(Value::from));
                put("maximum", most.map(Value::from));
            }
            Rule::Text(least, most) => {
                put("type", Some(json!("string")));
                put("minLength", least.map(Value::from));
                put("maxLength", most.map(Value::from));
            }
            Rule::Enum(bits) => put("enum", Some(json!(constants(*bits)))),
            Rule::Array(item, most) => {
                put("type", Some(json!("array")));
                put("items", Some(item.schema()));
                put("maxItems", most.map(Value::from));
            }
            Rule::Object(properties, open) => {
                put("type", Some(json!("object")));
                let named = || properties.iter().zip(NAMES);
                let all: Map<String, Value> =
                    named().map(|((rule, _), name)| ((*name).to_owned(), rule.schema())).collect();
                put("properties", Some(Value::Object(all)));
                let required: Vec<&str> = named().filter(|((_, wanted), _)| *wanted).map(|(_, name)| *name).collect();
                put("required", (!required.is_empty()).then(|| json!(required)));
                put("additionalProperties", (!open).then(|| json!(false)));
            }
            Rule::OrNull(inner) => put("anyOf", Some(json!([{"type": "null"}, inner.schema()]))),
        }
        Value::Object(out)
    }

    /// Validation (JSON Schema 2020-12, Validation), for the keywords above.
    fn allows(&self, value: &Value) -> bool {
        match (self, value) {
            (Rule::Anything, _) => true,
            (Rule::Bool, Value::Bool(_)) => true,
            (Rule::Number(whole, least, most), Value::Number(number)) => {
                let number = number.as_f64().unwrap();
                (!whole || number.fract() == 0.0)
                    && least.is_none_or(|least| number >= f64::from(least))
                    && most.is_none_or(|most| number <= f64::from(most))
            }
            (Rule::Text(least, most), Value::String(text)) => {
                let count = text.chars().count();
                least.is_none_or(|least| count >= usize::from(least))
                    && most.is_none_or(|most| count <= usize::from(most))
            }
            (Rule::Enum(bits), value) => constants(*bits).iter().any(|known| match (known, value) {
                (Value::Number(a), Value::Number(b)) => a.as_f64() == b.as_f64(),
                (known, value) => known == value,
            }),
            (Rule::Array(item, most), Value::Array(items)) => {
                items.iter().all(|value| item.allows(value)) && most.is_none_or(|most| items.len() <= usize::from(most))
            }
            (Rule::Object(properties, open), Value::Object(members)) => {
                let named: Vec<_> = properties.iter().zip(NAMES).collect();
                named.iter().all(|((rule, required), name)| match members.get(**name) {
                    Some(value) => rule.allows(value),
                    None => !required,
                }) && (*open || members.keys().all(|key| named.iter().any(|(_, name)| key == *name)))
            }
            (Rule::OrNull(inner), value) => value.is_null() || inner.allows(value),
            _ => false,
        }
    }
}

fn constants(bits: u8) -> Vec<Value> {
    let chosen = CONSTANTS.iter().enumerate().filter(|(bit, _)| bits >> bit & 1 == 1);
    chosen.map(|(_, text)| serde_json::from_str(text).unwrap()).collect()
}

/// Any values, of few sizes.
fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-6i32..8).prop_map(|half| if half % 2 == 0 { json!(half / 2) } else { json!(f64::from(half) / 2.0) }),
        "[a]{0,3}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        let name = prop::sample::select(&["a", "b", "c", "d"][..]);
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((name, inner), 0..4).prop_map(|members| Value::Object(
                members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
            )),
        ]
    })
}

proptest! {
    #![proptest_config(super::properties::cases(96))]

    #[test]
    fn json_schema_verdicts_hold_for_values(
        (was, is) in rule_pairs(),
        values in prop::collection::vec(values(), 24),
        mode in super::properties::modes(),
    ) {
        let rules = Rules::fmtconv();
        let (old_text, new_text) = (was.schema().to_string(), is.schema().to_string());
        let old = [Schema::parse("old.json", &old_text, &rules).unwrap()];
        let new = Schema::parse("new.json", &new_text, &rules).unwrap();
        let findings = check(&old, &new, mode, &rules).unwrap();
        let directions = [(mode.backward, &was, &is), (mode.forward, &is, &was)];
        if compatible(&findings) {
            for (_, writer, reader) in directions.into_iter().filter(|(wanted, ..)| *wanted) {
                for value in values.iter().filter(|value| writer.allows(value)) {
                    prop_assert!(reader.allows(value), "{mode}\n{old_text}\n{new_text}\n{value}");
                }
            }
            return Ok(());
        }
        // A value that is shown is one: valid for who wrote it, not for who reads it.
        for finding in findings.iter().filter(|finding| finding.severity == Severity::Error) {
            let Some(shown) = witness(&old, &new, mode, &rules, finding).unwrap() else { continue };
            let (writer, reader) = if shown.reader_is_new { (&was, &is) } else { (&is, &was) };
            let value: Value = serde_json::from_str(&shown.record).unwrap();
            prop_assert!(writer.allows(&value) && !reader.allows(&value), "{old_text}\n{new_text}\n{shown:?}");
        }
    }
}

/// A column in SQL, and values of it in JSON.
type Column = (&'static str, &'static [&'static str]);

const COLUMNS: &[Column] = &[
    ("BOOLEAN", &["true"]),
    ("SMALLINT", &["-32768", "7"]),
    ("INTEGER", &["2147483647", "7"]),
    ("BIGINT", &["-9223372036854775808", "7"]),
    ("REAL", &["0.5", "7.0"]),
    ("DOUBLE PRECISION", &["1e300", "7.0"]),
    ("DECIMAL(10,2)", &["99999999.99", "7.00"]),
    ("DECIMAL(20,4)", &["9999999999999999.9999", "7.0000"]),
    ("VARCHAR", &["\"\\u00e9\"", "\"7\""]),
    ("BLOB", &["\"/w==\""]),
    ("DATE", &["\"9999-12-31\""]),
    ("TIMESTAMP", &["\"1970-01-01T00:00:00.000001\""]),
    ("TIMESTAMPTZ", &["\"1970-01-01T00:00:00.000001Z\""]),
];

/// Old and new: the index of the type, whether it takes nulls.
fn columns() -> impl Strategy<Value = Vec<((usize, bool), (usize, bool))>> {
    let side = || (0..COLUMNS.len(), prop::bool::weighted(0.7));
    let same = (side(), prop::bool::weighted(0.7)).prop_map(|(old, null)| (old, (old.0, null)));
    prop::collection::vec(prop_oneof![2 => same, 3 => (side(), side())], 1..4)
}

fn table(columns: impl Iterator<Item = (usize, bool)>) -> String {
    let columns = columns
        .enumerate()
        .map(|(n, (kind, null))| format!("c{n} {}{}", COLUMNS[kind].0, if null { "" } else { " NOT NULL" }));
    format!("CREATE TABLE t ({})", columns.collect::<Vec<_>>().join(", "))
}

/// What comes out of a table, by the schema that it is read with.
fn read(rows: &str, written: &Path, reader: Option<&Path>) -> crate::Result<Vec<Value>> {
    let definition =
        |path: &Path| Definition { path: path.to_owned(), message: None, includes: Vec::new(), content: None };
    let run = |input: Input, to: &str, schema: Option<&Path>, reader: Option<&Path>| {
        let (output, memory) = Output::memory();
        let mut convert = Convert::new(input).to(Target::with_format(output, to)).threads(1);
        if let Some(schema) = schema {
            convert = convert.schema(definition(schema));
        }
        if let Some(reader) = reader {
            convert = convert.reader_schema(definition(reader));
        }
        convert.run().map(|_| memory.take().unwrap())
    };
    let text = Input::with_format(Source::bytes("rows", rows.as_bytes().to_vec()), "ndjson");
    let file = run(text, "arrow", Some(written), None)?;
    let lines = run(Input::with_format(Source::bytes("table", file), "arrow"), "ndjson", None, reader)?;
    Ok(String::from_utf8(lines).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect())
}

proptest! {
    #![proptest_config(super::properties::cases(48))]

    #[test]
    fn verdicts_on_columns_hold_for_rows(columns in columns()) {
        let (was, is) = (table(columns.iter().map(|(old, _)| *old)), table(columns.iter().map(|(_, new)| *new)));
        let rules = Rules::fmtconv();
        let schema = |name: &str, text: &str| {
            Schema::of_columns(name, &Arc::new(ddl::to_arrow(text, None).unwrap()), &rules).unwrap()
        };
        let old = [schema("old.sql", &was)];
        let new = schema("new.sql", &is);
        let findings = check(&old, &new, Mode::BACKWARD, &rules).unwrap();
        // The other way round, new files read with the old schema, it is the same question as with the sides changed.
        let forward = check(&old, &new, Mode::FORWARD, &rules).unwrap();
        let swapped = check(&[schema("new.sql", &is)], &schema("old.sql", &was), Mode::BACKWARD, &rules).unwrap();
        let told = |findings: &[Finding]| {
            let mut told: Vec<_> = findings.iter().map(|f| (f.path.clone(), f.rule.clone(), f.severity)).collect();
            told.sort();
            told
        };
        prop_assert_eq!(told(&forward), told(&swapped));
        let full = check(&old, &new, Mode::FULL, &rules).unwrap();
        prop_assert_eq!(compatible(&full), compatible(&findings) && compatible(&forward));
        for (mode, found) in [(Mode::BACKWARD, &findings), (Mode::FORWARD, &forward), (Mode::FULL, &full)] {
            for finding in found.iter().filter(|finding| finding.severity == Severity::Error) {
                let shown = witness(&old, &new, mode, &rules, finding).unwrap();
                prop_assert!(shown.is_some(), "{mode}\n{was}\n{is}\n{finding:?}");
                let by_old = shown.is_some_and(|shown| !shown.reader_is_new);
                prop_assert!(mode == Mode::FULL || by_old == (mode == Mode::FORWARD), "{mode}\n{finding:?}");
            }
        }
        let turned: Vec<_> = columns.iter().map(|(old, new)| (*new, *old)).collect();
        for (columns, findings, was, is) in [(&columns, &findings, &was, &is), (&turned, &forward, &is, &was)] {
            if compatible(findings) {
                rows_hold(columns, findings, was, is)?;
            }
        }
    }
}

/// A column of a table: which of [`COLUMNS`], and whether it takes nulls.
type Choice = (usize, bool);

/// Rows that were written by one table and are read with another one that can read them: each value is the same, or is
/// refused where that was told.
fn rows_hold(columns: &[(Choice, Choice)], findings: &[Finding], was: &str, is: &str) -> Result<(), TestCaseError> {
    let folder = tempfile::tempdir().unwrap();
    let (writer, reader) = (folder.path().join("old.sql"), folder.path().join("new.sql"));
    std::fs::write(&writer, was).unwrap();
    std::fs::write(&reader, is).unwrap();
    let mut rows = String::new();
    for at in 0..3 {
        let cells = columns.iter().enumerate().map(|(n, ((kind, null), _))| {
            let values = COLUMNS[*kind].1;
            let value = if at == 2 && *null { "null" } else { values[at % values.len()] };
            format!("\"c{n}\":{value}")
        });
        rows.push_str(&format!("{{{}}}\n", cells.collect::<Vec<_>>().join(",")));
    }
    let checked = findings.iter().any(|finding| finding.severity == Severity::Warning);
    let written = read(&rows, &writer, None).unwrap();
    match read(&rows, &writer, Some(&reader)) {
        // Values that are checked may be refused, and are never another value.
        Err(error) => prop_assert!(checked, "{was}\n{is}\n{rows}\n{error}"),
        Ok(came) => {
            for (written, came) in written.iter().zip(&came) {
                for (n, ((kind, _), (other, _))) in columns.iter().enumerate() {
                    let (one, two) = (&written[format!("c{n}")], &came[format!("c{n}")]);
                    // Text in bytes is base64 in JSON.
                    if (COLUMNS[*kind].0 == "VARCHAR") != (COLUMNS[*other].0 == "VARCHAR") {
                        continue;
                    }
                    let held = match COLUMNS[*other].0 {
                        "REAL" => in_32_bits(one, two),
                        _ => same(one, two),
                    };
                    prop_assert!(held, "{was}\n{is}\n{written}\n{came}");
                }
            }
            prop_assert_eq!(written.len(), came.len());
        }
    }
    Ok(())
}

/// Whether a number is exact in a float of 32 bits, and that is what it became; the shortest digits that say so differ.
fn in_32_bits(one: &Value, other: &Value) -> bool {
    match (one.as_f64(), other.as_f64()) {
        (Some(one), Some(other)) => f64::from(one as f32) == one && one as f32 == other as f32,
        _ => one == other,
    }
}

/// Whether two values are the same number, text or null.
fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => {
            let digits = |number: &str| match number.contains(['.', 'e', 'E']) {
                true => number.parse::<f64>().unwrap().to_string(),
                false => number.to_owned(),
            };
            let (one, other) = (one.to_string(), other.to_string());
            let exact = |integer: &str, float: &str| {
                let float: f64 = float.parse().unwrap();
                integer.parse::<i128>().is_ok_and(|integer| float.fract() == 0.0 && float as i128 == integer)
            };
            one == other || digits(&one) == digits(&other) || exact(&one, &other) || exact(&other, &one)
        }
        _ => one == other,
    }
}
