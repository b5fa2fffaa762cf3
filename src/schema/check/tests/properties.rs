//! Random pairs of schemas: what is called compatible is read to equal values, what is not has a witness that fails.

use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::super::{Finding, Mode, Rules, Schema, Severity, check, compatible, witness};
use crate::convert::{Convert, Target};
use crate::format::Definition;
use crate::input::Input;
use crate::output::Output;
use crate::source::Source;

/// An old type and a new one.
#[derive(Clone, Debug)]
enum Pair {
    Plain(&'static str, &'static str),
    /// Symbols that are there, a bit for each.
    Enum(u8, u8),
    Fixed(u8, u8),
    Array(Box<Pair>),
    Map(Box<Pair>),
    /// Whether the old one and the new one can be null.
    Null(Box<Pair>, bool, bool),
    Record(Vec<(Presence, Pair)>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Presence {
    Both,
    Old,
    OldWithDefault,
    New,
    NewWithDefault,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Old,
    New,
}

const PLAIN: &[&str] = &["boolean", "int", "long", "float", "double", "bytes", "string"];
const SYMBOLS: &[&str] = &["A", "B", "C"];

/// As many cases as are asked for with `PROPTEST_CASES`.
pub(super) fn cases(usual: u32) -> ProptestConfig {
    match std::env::var_os("PROPTEST_CASES") {
        Some(_) => ProptestConfig::default(),
        None => ProptestConfig::with_cases(usual),
    }
}

/// Whether both sides take nulls: mostly a pair that is compatible.
fn nulls() -> impl Strategy<Value = (bool, bool)> {
    prop_oneof![
        3 => Just((false, false)),
        3 => Just((true, true)),
        2 => Just((false, true)),
        1 => Just((true, false)),
    ]
}

fn pairs() -> impl Strategy<Value = Pair> {
    let plain = || prop::sample::select(PLAIN);
    let leaf = prop_oneof![
        6 => plain().prop_map(|kind| Pair::Plain(kind, kind)),
        2 => (plain(), plain()).prop_map(|(old, new)| Pair::Plain(old, new)),
        1 => (1u8..8, 1u8..8).prop_map(|(old, new)| Pair::Enum(old, new)),
        1 => (1u8..3, 1u8..3).prop_map(|(old, new)| Pair::Fixed(old, new)),
    ];
    let null = |inner: BoxedStrategy<Pair>| {
        (inner, nulls()).prop_map(|(inner, (old, new))| Pair::Null(Box::new(inner), old, new))
    };
    let presence = || {
        prop_oneof![
            6 => Just(Presence::Both),
            1 => Just(Presence::Old),
            1 => Just(Presence::OldWithDefault),
            1 => Just(Presence::New),
            1 => Just(Presence::NewWithDefault),
        ]
    };
    let record =
        move |inner: BoxedStrategy<Pair>| prop::collection::vec((presence(), null(inner)), 1..4).prop_map(Pair::Record);
    let inner = leaf.prop_recursive(3, 12, 3, move |inner| {
        let inner = inner.boxed();
        prop_oneof![
            null(inner.clone()).prop_map(|item| Pair::Array(Box::new(item))),
            null(inner.clone()).prop_map(|value| Pair::Map(Box::new(value))),
            record(inner),
        ]
    });
    let record = move |inner: BoxedStrategy<Pair>| {
        (inner.clone(), any::<bool>(), any::<bool>())
            .prop_map(|(inner, old, new)| Pair::Null(Box::new(inner), old, new))
    };
    prop::collection::vec((presence(), record(inner.boxed())), 1..4).prop_map(Pair::Record)
}

impl Pair {
    /// The schema of a side; names are those of places, so that both sides have the same.
    fn schema(&self, side: Side, name: &str) -> Value {
        let pick = |old: u8, new: u8| if side == Side::Old { old } else { new };
        match self {
            Pair::Plain(old, new) => json!(if side == Side::Old { old } else { new }),
            Pair::Enum(old, new) => json!({"type": "enum", "name": name, "symbols": symbols(pick(*old, *new))}),
            Pair::Fixed(old, new) => json!({"type": "fixed", "name": name, "size": pick(*old, *new)}),
            Pair::Array(item) => json!({"type": "array", "items": item.schema(side, &format!("{name}i"))}),
            Pair::Map(value) => json!({"type": "map", "values": value.schema(side, &format!("{name}v"))}),
            Pair::Null(inner, ..) if self.takes_null(side) => json!(["null", inner.schema(side, name)]),
            Pair::Null(inner, ..) => inner.schema(side, name),
            Pair::Record(fields) => {
                let fields: Vec<Value> = fields
                    .iter()
                    .enumerate()
                    .filter(|(_, (presence, _))| presence.is_in(side))
                    .map(|(n, (presence, pair))| {
                        let mut field =
                            json!({"name": format!("f{n}"), "type": pair.schema(side, &format!("{name}f{n}"))});
                        if *presence == Presence::NewWithDefault {
                            field["default"] = pair.default();
                        } else if *presence == Presence::OldWithDefault {
                            field["default"] = pair.flipped().default();
                        }
                        field
                    })
                    .collect();
                json!({"type": "record", "name": name, "fields": fields})
            }
        }
    }

    fn takes_null(&self, side: Side) -> bool {
        matches!(self, Pair::Null(_, old, new) if if side == Side::Old { *old } else { *new })
    }

    /// The same the other way round: what was old is new.
    fn flipped(&self) -> Pair {
        match self {
            Pair::Plain(old, new) => Pair::Plain(new, old),
            Pair::Enum(old, new) => Pair::Enum(*new, *old),
            Pair::Fixed(old, new) => Pair::Fixed(*new, *old),
            Pair::Array(item) => Pair::Array(Box::new(item.flipped())),
            Pair::Map(value) => Pair::Map(Box::new(value.flipped())),
            Pair::Null(inner, old, new) => Pair::Null(Box::new(inner.flipped()), *new, *old),
            Pair::Record(fields) => {
                let flipped = fields.iter().map(|(presence, pair)| {
                    let presence = match presence {
                        Presence::Both => Presence::Both,
                        Presence::Old => Presence::New,
                        Presence::OldWithDefault => Presence::NewWithDefault,
                        Presence::New => Presence::Old,
                        Presence::NewWithDefault => Presence::OldWithDefault,
                    };
                    (presence, pair.flipped())
                });
                Pair::Record(flipped.collect())
            }
        }
    }

    /// A default of the new type.
    fn default(&self) -> Value {
        match self {
            Pair::Null(..) if self.takes_null(Side::New) => Value::Null,
            Pair::Null(inner, ..) => inner.default(),
            Pair::Plain(_, "boolean") => json!(false),
            Pair::Plain(_, "bytes" | "string") => json!(""),
            Pair::Plain(..) => json!(0),
            Pair::Enum(_, new) => json!(symbols(*new)[0]),
            Pair::Fixed(_, new) => json!("\0".repeat(usize::from(*new))),
            Pair::Array(_) => json!([]),
            Pair::Map(_) => json!({}),
            Pair::Record(fields) => {
                let fields = fields.iter().enumerate().filter(|(_, (presence, _))| presence.is_in(Side::New));
                Value::Object(fields.map(|(n, (_, pair))| (format!("f{n}"), pair.default())).collect())
            }
        }
    }

    /// A default as it is in data: branches of unions have names there.
    fn default_value(&self) -> Value {
        match self {
            Pair::Record(fields) => {
                let fields = fields.iter().enumerate().filter(|(_, (presence, _))| presence.is_in(Side::New));
                Value::Object(fields.map(|(n, (_, pair))| (format!("f{n}"), pair.default_value())).collect())
            }
            Pair::Null(inner, ..) if !self.takes_null(Side::New) => inner.default_value(),
            _ => self.default(),
        }
    }

    fn branch(&self, side: Side, name: &str) -> String {
        match self.schema(side, name) {
            Value::String(plain) => plain,
            other => match (other["name"].as_str(), other["type"].as_str()) {
                (Some(name), _) => name.to_owned(),
                (None, kind) => kind.unwrap_or_default().to_owned(),
            },
        }
    }

    /// A value of the old type in Avro's JSON encoding, and what the new type makes of it.
    fn value(&self, dice: &mut Dice, name: &str) -> (Value, Value) {
        let both = |value: Value| (value.clone(), value);
        match self {
            Pair::Plain("boolean", _) => both(json!(dice.roll(2) == 1)),
            Pair::Plain("int", _) => both(json!(dice.roll(2000) as i64 - 1000)),
            Pair::Plain("long", _) => both(json!((dice.roll(1 << 40) as i64 - (1 << 39)) << 20)),
            Pair::Plain("float" | "double", _) => both(json!(dice.roll(1000) as f64 / 4.0)),
            Pair::Plain("bytes", _) => both(json!(["", "a", "\u{ff}\u{0}"][dice.roll(3)])),
            Pair::Plain(..) => both(json!(["", "a", "some text"][dice.roll(3)])),
            Pair::Enum(old, _) => {
                let symbols = symbols(*old);
                both(json!(symbols[dice.roll(symbols.len())]))
            }
            Pair::Fixed(old, _) => both(json!("\u{7f}".repeat(usize::from(*old)))),
            Pair::Array(item) => {
                let items = (0..dice.roll(3)).map(|_| item.value(dice, &format!("{name}i")));
                let (old, new): (Vec<Value>, Vec<Value>) = items.unzip();
                (json!(old), json!(new))
            }
            Pair::Map(value) => {
                let entries = (0..dice.roll(3)).map(|n| (n, value.value(dice, &format!("{name}v"))));
                let (mut old, mut new) = (Map::new(), Map::new());
                for (n, (was, is)) in entries {
                    old.insert(format!("k{n}"), was);
                    new.insert(format!("k{n}"), is);
                }
                (Value::Object(old), Value::Object(new))
            }
            Pair::Null(inner, ..) => {
                if self.takes_null(Side::Old) && dice.roll(3) == 0 {
                    return both(Value::Null);
                }
                let (old, new) = inner.value(dice, name);
                let wrap = |side, value: Value| match self.takes_null(side) {
                    true => Value::Object(Map::from_iter([(inner.branch(side, name), value)])),
                    false => value,
                };
                (wrap(Side::Old, old), wrap(Side::New, new))
            }
            Pair::Record(fields) => {
                let (mut old, mut new) = (Map::new(), Map::new());
                for (n, (presence, pair)) in fields.iter().enumerate() {
                    let (was, is) = pair.value(dice, &format!("{name}f{n}"));
                    if presence.is_in(Side::Old) {
                        old.insert(format!("f{n}"), was);
                    }
                    if *presence == Presence::Both {
                        new.insert(format!("f{n}"), is);
                    } else if presence.is_in(Side::New) {
                        new.insert(format!("f{n}"), pair.default_value());
                    }
                }
                (Value::Object(old), Value::Object(new))
            }
        }
    }
}

impl Presence {
    fn is_in(self, side: Side) -> bool {
        match self {
            Presence::Both => true,
            Presence::Old | Presence::OldWithDefault => side == Side::Old,
            Presence::New | Presence::NewWithDefault => side == Side::New,
        }
    }
}

fn symbols(bits: u8) -> Vec<&'static str> {
    (0..3).filter(|bit| bits >> bit & 1 == 1).map(|bit| SYMBOLS[bit]).collect()
}

/// Numbers that follow from a seed.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (self.0 >> 33) as usize % sides
    }
}

fn convert(input: Input, target: Target, schema: &Path, written: Option<&Path>) -> crate::Result<Vec<u8>> {
    let definition =
        |path: &Path| Definition { path: path.to_owned(), message: None, includes: Vec::new(), content: None };
    let (output, memory) = Output::memory();
    let convert = Convert::new(input).to(Target { output, ..target }).schema(definition(schema)).threads(1);
    match written {
        Some(written) => convert.target_schema(definition(written)).run()?,
        None => convert.run()?,
    };
    Ok(memory.take().unwrap())
}

fn equal(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => a == b || a.as_f64() == b.as_f64(),
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| equal(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(key, a)| b.get(key).is_some_and(|b| equal(a, b)))
        }
        _ => a == b,
    }
}

pub(super) fn modes() -> impl Strategy<Value = Mode> {
    prop::sample::select(&[Mode::BACKWARD, Mode::FORWARD, Mode::FULL])
}

fn verdict(old: &str, new: &str, mode: Mode, extension: &str) -> ([Schema; 1], Schema, Vec<Finding>) {
    let rules = Rules::fmtconv();
    let old = [Schema::parse(&format!("old.{extension}"), old, &rules).unwrap()];
    let new = Schema::parse(&format!("new.{extension}"), new, &rules).unwrap();
    let findings = check(&old, &new, mode, &rules).unwrap();
    (old, new, findings)
}

/// Records of the old schema come out of the new one as they should.
fn is_read(pair: &Pair, seed: u64) -> Result<(), TestCaseError> {
    let (was, is) = (pair.schema(Side::Old, "R").to_string(), pair.schema(Side::New, "R").to_string());
    let folder = tempfile::tempdir().unwrap();
    let (writer, reader) = (folder.path().join("old.avsc"), folder.path().join("new.avsc"));
    std::fs::write(&writer, &was).unwrap();
    std::fs::write(&reader, &is).unwrap();
    let mut dice = Dice(seed);
    for _ in 0..3 {
        let (value, wanted) = pair.value(&mut dice, "R");
        let text = Source::bytes("record", value.to_string().into_bytes());
        let input = Input::with_format(text, "json").option("dialect", "avro");
        let target = Target::with_format(Output::stdout(), "avro").option("framing", "single");
        let encoded = convert(input, target, &writer, None).unwrap();
        let input = Input::with_format(Source::bytes("datum", encoded), "avro")
            .option("framing", "single")
            .option("reader-schema", &reader.to_string_lossy());
        let target = Target::with_format(Output::stdout(), "json").option("dialect", "avro");
        let read = convert(input, target, &writer, Some(&reader))
            .map_err(|error| TestCaseError::fail(format!("{was}\n{is}\n{value}\n{error}")))?;
        let read: Value = serde_json::from_slice(&read).unwrap();
        prop_assert!(equal(&read, &wanted), "{was}\n{is}\n{value}\n{read} not {wanted}");
    }
    Ok(())
}

proptest! {
    #![proptest_config(cases(48))]

    #[test]
    fn avro_verdicts_hold_for_data(pair in pairs(), mode in modes(), seed in any::<u64>()) {
        let (was, is) = (pair.schema(Side::Old, "R").to_string(), pair.schema(Side::New, "R").to_string());
        let (old, new, findings) = verdict(&was, &is, mode, "avsc");
        if !compatible(&findings) {
            for finding in findings.iter().filter(|finding| finding.severity == Severity::Error) {
                let shown = witness(&old, &new, mode, &Rules::fmtconv(), finding).unwrap();
                prop_assert!(shown.is_some(), "{mode}\n{was}\n{is}\n{finding:?}");
                let by_new = shown.unwrap().reader_is_new;
                prop_assert!(if by_new { mode.backward } else { mode.forward }, "{mode} {finding:?}");
            }
            return Ok(());
        }
        // What is checked value by value is another matter.
        if findings.iter().any(|finding| finding.severity == Severity::Warning && finding.rule != "avro-possible-rename") {
            return Ok(());
        }
        if mode.backward {
            is_read(&pair, seed)?;
        }
        if mode.forward {
            is_read(&pair.flipped(), seed)?;
        }
    }
}

/// Types of a field of a message; the message `S` has one field.
const KINDS: &[&str] = &[
    "int32", "int64", "uint32", "uint64", "sint32", "sint64", "fixed32", "fixed64", "sfixed32", "bool", "string",
    "bytes", "float", "double", "E", "S",
];

/// A field: old and new type, each with its label; a number that may move.
type Member = (&'static str, &'static str, &'static str, &'static str, bool);

fn members() -> impl Strategy<Value = Vec<Member>> {
    let kind = || prop::sample::select(KINDS);
    let label = || prop_oneof![4 => Just(""), 1 => Just("optional "), 1 => Just("repeated ")];
    let same = (kind(), label()).prop_map(|(kind, label)| (label, kind, label, kind));
    let any = (label(), kind(), label(), kind());
    let member = (prop_oneof![3 => same, 1 => any], prop::bool::weighted(0.1));
    let member = member.prop_map(|((a, b, c, d), moved)| (a, b, c, d, moved));
    prop::collection::vec(member, 1..5)
}

fn message(members: &[Member], side: Side, symbols: &str) -> String {
    let fields: Vec<String> = members
        .iter()
        .enumerate()
        .map(|(n, (label, kind, new_label, new_kind, moved))| match side {
            Side::Old => format!("  {label}{kind} f{n} = {};\n", n + 1),
            Side::New => format!("  {new_label}{new_kind} f{n} = {};\n", if *moved { n + 101 } else { n + 1 }),
        })
        .collect();
    format!(
        "syntax = \"proto3\";\npackage p;\nmessage M {{\n{}}}\nmessage S {{ int32 a = 1; }}\nenum E {{ E_ZERO = 0; {symbols} }}\n",
        fields.concat()
    )
}

/// What a verdict says of two schemas is so for messages.
fn protobuf_verdict_holds(members: &[Member], mode: Mode) -> Result<(), TestCaseError> {
    // Who has an open enum keeps the number of a value that it does not know: no witness is one then.
    let more = if mode.forward { "" } else { "E_TWO = 2;" };
    let was = message(members, Side::Old, "E_ONE = 1;");
    let is = message(members, Side::New, &format!("E_ONE = 1; {more}"));
    let (old, new, findings) = verdict(&was, &is, mode, "proto");
    let rules = Rules::fmtconv();
    if !compatible(&findings) {
        for finding in findings.iter().filter(|finding| finding.severity == Severity::Error) {
            let shown = witness(&old, &new, mode, &rules, finding).unwrap();
            prop_assert!(shown.is_some(), "{mode}\n{was}\n{is}\n{finding:?}");
        }
        return Ok(());
    }
    if findings.iter().any(|finding| finding.severity == Severity::Warning) {
        return Ok(());
    }
    // No field that is set is read as anything else.
    let mut finding = Finding {
        rule: "none".into(),
        severity: Severity::Error,
        path: "p.M".to_owned(),
        place: super::super::Place::file(&new.name),
        old: None,
        new: None,
        message: String::new(),
        hint: None,
        against: Vec::new(),
        backward: true,
    };
    for n in 0..members.len() {
        finding.path = format!("p.M.f{n}");
        for (wanted, mode) in [(mode.backward, Mode::BACKWARD), (mode.forward, Mode::FORWARD)] {
            let shown = if wanted { witness(&old, &new, mode, &rules, &finding).unwrap() } else { None };
            prop_assert!(shown.is_none(), "{mode}\n{was}\n{is}\n{shown:?}");
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(cases(32))]

    #[test]
    fn protobuf_verdicts_hold_for_data(members in members(), mode in modes()) {
        protobuf_verdict_holds(&members, mode)?;
    }
}

/// Zeros of fields that lose their presence are read as they are, though not shown.
#[test]
fn presence_is_no_value() {
    for kind in KINDS {
        let member = ("", *kind, "optional ", *kind, false);
        protobuf_verdict_holds(&[member], Mode::FORWARD).unwrap();
    }
}

/// A field of an Avro record and one of a message: type and whether it may be null, type and label.
type Crossed = (&'static str, bool, &'static str, &'static str);

fn crossed() -> impl Strategy<Value = Vec<Crossed>> {
    let suited = prop::sample::select(&[
        ("boolean", "bool"),
        ("int", "int32"),
        ("int", "sint64"),
        ("long", "int64"),
        ("float", "float"),
        ("float", "double"),
        ("double", "double"),
        ("string", "string"),
        ("bytes", "bytes"),
    ]);
    let other = (prop::sample::select(PLAIN), prop::sample::select(&KINDS[..14]));
    let label = || prop_oneof![4 => Just("optional "), 1 => Just(""), 1 => Just("repeated ")];
    let field = (prop_oneof![4 => suited, 1 => other], any::<bool>(), label());
    let field = field.prop_map(|((kind, other), null, label)| (kind, null, other, label));
    prop::collection::vec(field, 1..4)
}

/// The value of a type that others are least likely to hold.
fn extreme(kind: &str) -> Value {
    match kind {
        "boolean" => json!(true),
        "int" => json!(i32::MIN),
        "long" => json!(i64::MIN),
        "float" => json!(0.5),
        "double" => json!(1e300),
        "bytes" => json!("\u{ff}"),
        _ => json!("\u{e9}"),
    }
}

proptest! {
    #![proptest_config(cases(32))]

    #[test]
    fn verdicts_between_languages_hold_for_data(fields in crossed()) {
        let mut record = Vec::new();
        let (mut values, mut nulls) = (Map::new(), Map::new());
        for (n, (kind, null, ..)) in fields.iter().enumerate() {
            let declared = if *null { json!(["null", kind]) } else { json!(kind) };
            record.push(json!({"name": format!("f{n}"), "type": declared}));
            let value = extreme(kind);
            let wrapped = if *null { Value::Object(Map::from_iter([((*kind).to_owned(), value)])) } else { value };
            nulls.insert(format!("f{n}"), if *null { Value::Null } else { wrapped.clone() });
            values.insert(format!("f{n}"), wrapped);
        }
        let was = json!({"type": "record", "name": "M", "fields": record}).to_string();
        let declared = fields.iter().enumerate().map(|(n, (.., kind, label))| format!("{label}{kind} f{n} = {};", n + 1));
        let is = format!("syntax = \"proto3\"; message M {{ {} }}", declared.collect::<String>());
        let rules = Rules::fmtconv();
        let old = [Schema::parse("old.avsc", &was, &rules).unwrap()];
        let new = Schema::parse("new.proto", &is, &rules).unwrap();
        let findings = check(&old, &new, Mode::BACKWARD, &rules).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let (writer, reader) = (folder.path().join("old.avsc"), folder.path().join("new.proto"));
        std::fs::write(&writer, &was).unwrap();
        std::fs::write(&reader, &is).unwrap();
        let plain = |value: &Map<String, Value>| {
            let text = Source::bytes("record", Value::Object(value.clone()).to_string().into_bytes());
            let input = Input::with_format(text, "json").option("dialect", "avro");
            convert(input, Target::with_format(Output::stdout(), "json"), &writer, None).unwrap()
        };
        let across = |value: &Map<String, Value>| {
            let text = Source::bytes("record", Value::Object(value.clone()).to_string().into_bytes());
            let input = Input::with_format(text, "json").option("dialect", "avro");
            let target = Target::with_format(Output::stdout(), "protobuf");
            let encoded = convert(input, target, &writer, Some(&reader))?;
            let input = Input::with_format(Source::bytes("message", encoded), "protobuf");
            convert(input, Target::with_format(Output::stdout(), "json"), &reader, None)
        };
        let is_kept = |value: &Map<String, Value>| match across(value) {
            Ok(read) => {
                let read: Value = serde_json::from_slice(&read).unwrap();
                let mut wanted: Value = serde_json::from_slice(&plain(value)).unwrap();
                for (n, (kind, _, other, _)) in fields.iter().enumerate() {
                    let value = &mut wanted[format!("f{n}")];
                    // The same bytes: JSON writes bytes as base64.
                    if let (("string", "bytes"), Some(text)) = ((*kind, *other), value.as_str()) {
                        *value = json!(STANDARD.encode(text));
                    }
                }
                equal(&read, &wanted)
            }
            Err(_) => false,
        };
        if !compatible(&findings) {
            prop_assert!(!is_kept(&values) || !is_kept(&nulls), "{was}\n{is}\n{findings:?}");
        } else if findings.iter().all(|finding| finding.severity == Severity::Note) {
            prop_assert!(is_kept(&values) && is_kept(&nulls), "{was}\n{is}\n{:?} {:?}", across(&values), across(&nulls));
        }
    }
}

/// The value of a type of Protobuf that others are least likely to hold, as ProtoJSON.
fn extreme_of_message(kind: &str) -> Value {
    match kind {
        "bool" => json!(true),
        "int32" | "sint32" | "sfixed32" => json!(i32::MIN),
        "int64" | "sint64" => json!(i64::MIN.to_string()),
        "uint32" | "fixed32" => json!(u32::MAX),
        "uint64" | "fixed64" => json!(u64::MAX.to_string()),
        "float" => json!(0.5),
        "double" => json!(1e300),
        "bytes" => json!("/w=="),
        _ => json!("\u{e9}"),
    }
}

proptest! {
    #![proptest_config(cases(32))]

    #[test]
    fn verdicts_between_languages_hold_the_other_way_round(fields in crossed()) {
        let mut record = Vec::new();
        let mut values = Map::new();
        for (n, (kind, null, other, label)) in fields.iter().enumerate() {
            let declared = if *null { json!(["null", kind]) } else { json!(kind) };
            record.push(json!({"name": format!("f{n}"), "type": declared}));
            let value = extreme_of_message(other);
            values.insert(format!("f{n}"), if *label == "repeated " { json!([value]) } else { value });
        }
        let avro = json!({"type": "record", "name": "M", "fields": record}).to_string();
        let declared = fields.iter().enumerate().map(|(n, (.., kind, label))| format!("{label}{kind} f{n} = {};", n + 1));
        let message = format!("syntax = \"proto3\"; message M {{ {} }}", declared.collect::<String>());
        let rules = Rules::fmtconv();
        let old = [Schema::parse("old.avsc", &avro, &rules).unwrap()];
        let new = Schema::parse("new.proto", &message, &rules).unwrap();
        let findings = check(&old, &new, Mode::FORWARD, &rules).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let (reader, writer) = (folder.path().join("old.avsc"), folder.path().join("new.proto"));
        std::fs::write(&reader, &avro).unwrap();
        std::fs::write(&writer, &message).unwrap();
        let encoded = |value: &Map<String, Value>| {
            let text = Source::bytes("record", Value::Object(value.clone()).to_string().into_bytes());
            let input = Input::with_format(text, "json").option("dialect", "protojson");
            let bytes = convert(input, Target::with_format(Output::stdout(), "protobuf"), &writer, None).unwrap();
            Input::with_format(Source::bytes("message", bytes), "protobuf")
        };
        let across = |value: &Map<String, Value>| {
            let target = Target::with_format(Output::stdout(), "avro");
            let file = convert(encoded(value), target, &writer, Some(&reader))?;
            let input = Input::with_format(Source::bytes("file", file), "avro");
            convert(input, Target::with_format(Output::stdout(), "json"), &reader, None)
        };
        let is_kept = |value: &Map<String, Value>| match across(value) {
            Ok(read) => {
                let read: Value = serde_json::from_slice(&read).unwrap();
                let plain = convert(encoded(value), Target::with_format(Output::stdout(), "json"), &writer, None).unwrap();
                let mut wanted: Value = serde_json::from_slice(&plain).unwrap();
                for (n, (kind, _, other, _)) in fields.iter().enumerate() {
                    let value = &mut wanted[format!("f{n}")];
                    // The same bytes: JSON writes bytes as base64.
                    if let (("bytes", "string"), Some(text)) = ((*kind, *other), value.as_str()) {
                        *value = json!(STANDARD.encode(text));
                    }
                }
                equal(&read, &wanted)
            }
            Err(_) => false,
        };
        let unset = Map::new();
        if !compatible(&findings) {
            prop_assert!(!is_kept(&values) || !is_kept(&unset), "{avro}\n{message}\n{findings:?}");
        } else if findings.iter().all(|finding| finding.severity == Severity::Note) {
            let (one, other) = (across(&values), across(&unset));
            prop_assert!(is_kept(&values) && is_kept(&unset), "{avro}\n{message}\n{one:?} {other:?}");
        }
    }
}
