//! The conformance suite of Protobuf (`cases/protobuf-conformance.jsonl`): each input, encoded or ProtoJSON, must come
//! out as the same message in both forms, or be refused in both where it is not legal.
//!
//! Encoded output is compared as messages by prost-reflect, another implementation; for editions, which it does not
//! know, field by field. There are a thousand small inputs, so they are converted in this process.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use fmtconv::format::Definition;
use fmtconv::{Convert, Error, ErrorKind, Exec, Input, Output, Source, Target};
use prost_reflect::{DescriptorPool, DynamicMessage, MessageDescriptor, ReflectMessage, Value};

use super::text::{self, Json};
use super::verdict::{Job, Verdict};

/// A message type of the suite.
struct Subject {
    definition: Definition,
    /// The type in another implementation; none for editions.
    other: Option<MessageDescriptor>,
}

/// A subject, loaded when its first case is judged.
type Loaded = Arc<OnceLock<Result<Subject, String>>>;

/// One job for each case.
pub fn jobs(root: &Path) -> Vec<Job> {
    let cases = std::fs::read(root.join("cases/protobuf-conformance.jsonl"));
    let cases = cases.ok().and_then(|text| text::parse_sequence(&text).ok()).unwrap_or_default();
    let mut names: Vec<&str> = cases.iter().filter_map(|case| case.text("message")).collect();
    names.sort_unstable();
    names.dedup();
    let files = proto_files(&root.join("protobuf"));
    let subjects: Vec<(String, Loaded, Option<PathBuf>)> =
        names.into_iter().map(|name| (name.to_owned(), Arc::default(), defining(&files, name))).collect();
    let include = root.join("protobuf/src");
    let jobs = cases.into_iter().filter_map(|case| {
        let name = case.text("name")?.to_owned();
        let message = case.text("message")?;
        let (message, subject, path) = subjects.iter().find(|(known, ..)| known == message)?.clone();
        let include = include.clone();
        let judge = move |_: PathBuf| {
            let load = || subject_of(path.as_deref().ok_or("no file defines the message")?, &include, &message);
            match subject.get_or_init(load) {
                Err(error) => Verdict::Refused(error.clone()),
                Ok(subject) => judge(&case, subject),
            }
        };
        Some(Job { suite: "protobuf-cases".into(), name, judge: Box::new(judge) })
    });
    jobs.collect()
}

fn proto_files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(proto_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "proto") {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// The file whose text has the package and the message.
fn defining(files: &[PathBuf], message: &str) -> Option<PathBuf> {
    let (package, name) = message.rsplit_once('.')?;
    let defines = |path: &&PathBuf| {
        let text = std::fs::read_to_string(path).unwrap_or_default();
        text.contains(&format!("package {package};")) && text.contains(&format!("\nmessage {name} "))
    };
    files.iter().find(defines).cloned()
}

fn subject_of(path: &Path, include: &Path, message: &str) -> Result<Subject, String> {
    let definition = Definition {
        path: path.to_owned(),
        message: Some(message.to_owned()),
        includes: vec![include.to_owned()],
        content: None,
    };
    let text = std::fs::read_to_string(path).map_err(|error| error.to_string())?;
    if text.contains("\nedition = ") {
        return Ok(Subject { definition, other: None });
    }
    let relative = path.strip_prefix(include).map_err(|error| error.to_string())?;
    let set = protox::compile([relative], [include]).map_err(|error| error.to_string())?;
    let pool = DescriptorPool::from_file_descriptor_set(set).map_err(|error| error.to_string())?;
    let other = pool.get_message_by_name(message).ok_or("the message is not there")?;
    Ok(Subject { definition, other: Some(other) })
}

/// Settings that keep every value of the well-known types.
const EXACT: [(&str, &str); 2] = [("timestamp", "struct"), ("duration", "struct")];

fn convert(input: &Input, target: Target, subject: &Subject) -> Result<(), Error> {
    let exec = Exec::new(std::num::NonZeroUsize::new(1))?;
    let definition = subject.definition.clone();
    Convert::new(input.clone()).to(target).schema(definition).exec(exec).run().map(|_| ())
}

/// The message as bytes and as text; each may be refused.
type Outcomes = [Result<Vec<u8>, Error>; 2];

fn outcomes(case: &Json, subject: &Subject) -> Result<Outcomes, String> {
    let ignore = case.flag("ignore_unknown_fields") == Some(true);
    let (mut input, json) = match (case.text("input_hex"), case.text("input_json")) {
        (Some(hex), _) => {
            let source = Source::bytes("case", unhex(hex)?);
            (Input::with_format(source, "protobuf").option("framing", "single"), false)
        }
        (None, Some(text)) => {
            let source = Source::bytes("case", text.as_bytes().to_vec());
            (Input::with_format(source, "protojson").option("layout", "array"), true)
        }
        _ => return Err("a case without input".into()),
    };
    for (name, value) in EXACT {
        input = input.option(name, value);
    }
    if json && ignore {
        input = input.option("extra-keys", "ignore");
    }
    let unknown = |input: Input, value| if json { input } else { input.option("unknown", value) };
    let run = |input: Input, name: &str, option: (&str, &str)| {
        let (output, memory) = Output::memory();
        let target = Target::with_format(output, name).option(option.0, option.1);
        convert(&input, target, subject).map(|()| memory.take().unwrap_or_default())
    };
    let binary = run(unknown(input.clone(), "keep"), "protobuf", ("framing", "single"));
    let text = run(unknown(input, "drop"), "protojson", ("layout", "ndjson"));
    Ok([binary, text])
}

fn judge(case: &Json, subject: &Subject) -> Verdict {
    let run = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| outcomes(case, subject)));
    let [binary, text] = match run {
        Err(_) => return Verdict::Crash("panic".into()),
        Ok(Err(error)) => return Verdict::Crash(error),
        Ok(Ok(outcomes)) => outcomes,
    };
    match case.text("expect") {
        Some("parse_error") => refused(binary, text),
        _ => accepted(case, subject, binary, text),
    }
}

fn refused(binary: Result<Vec<u8>, Error>, text: Result<Vec<u8>, Error>) -> Verdict {
    for outcome in [binary, text] {
        match outcome {
            Ok(bytes) => return Verdict::Accepted(String::from_utf8_lossy(&bytes).into_owned()),
            Err(error) if !matches!(error.kind(), ErrorKind::Malformed | ErrorKind::Value) => {
                return Verdict::Wrong(format!("refused with {error:?}"));
            }
            Err(_) => {}
        }
    }
    Verdict::Pass
}

fn accepted(case: &Json, subject: &Subject, binary: Result<Vec<u8>, Error>, text: Result<Vec<u8>, Error>) -> Verdict {
    let Ok(expected) = unhex(case.text("binary_hex").unwrap_or_default()) else {
        return Verdict::Crash("the case is broken".into());
    };
    match binary {
        Err(error) => return Verdict::Refused(format!("binary: {error:?}")),
        // The bytes that came in are the same message, whatever another implementation makes of them.
        Ok(found) if case.text("input_hex") != Some(&hex(&found)) && !same_bytes(subject, &expected, &found) => {
            return Verdict::Wrong(format!("binary: {} instead of {}", hex(&found), hex(&expected)));
        }
        Ok(_) => {}
    }
    match (case.text("json"), text) {
        (Some(_), Err(error)) => Verdict::Refused(format!("JSON: {error:?}")),
        (None, Ok(text)) => Verdict::Accepted(format!("JSON: {}", String::from_utf8_lossy(&text))),
        (None, Err(_)) => Verdict::Pass,
        (Some(expected), Ok(found)) => match same_text(subject, expected.as_bytes(), &found) {
            true => Verdict::Pass,
            false => {
                Verdict::Wrong(format!("JSON: {} instead of {expected}", String::from_utf8_lossy(&found).trim_end()))
            }
        },
    }
}

/// Whether two encodings are one message.
fn same_bytes(subject: &Subject, one: &[u8], two: &[u8]) -> bool {
    match &subject.other {
        // An encoding is a bag of fields, if none is a message in parts.
        None => one == two || fields(one).is_some_and(|one| Some(one) == fields(two)),
        Some(other) => {
            let decode = |bytes: &[u8]| DynamicMessage::decode(other.clone(), bytes).ok();
            matches!((decode(one), decode(two)), (Some(one), Some(two)) if same_message(&one, &two))
        }
    }
}

/// Fields with their values, sorted.
fn fields(bytes: &[u8]) -> Option<Vec<&[u8]>> {
    let mut found = Vec::new();
    let mut rest = bytes;
    while !rest.is_empty() {
        let before = rest;
        let tag = varint(&mut rest)?;
        match tag & 7 {
            0 => drop(varint(&mut rest)?),
            1 => rest = rest.get(8..)?,
            2 => {
                let length = usize::try_from(varint(&mut rest)?).ok()?;
                rest = rest.get(length..)?;
            }
            3 => {
                let mut end = Vec::new();
                let mut number = tag + 1;
                while number >= 0x80 {
                    end.push(number as u8 | 0x80);
                    number >>= 7;
                }
                end.push(number as u8);
                let at = rest.windows(end.len()).position(|window| window == end)?;
                rest = rest.get(at + end.len()..)?;
            }
            5 => rest = rest.get(4..)?,
            _ => return None,
        }
        found.push(&before[..before.len() - rest.len()]);
    }
    found.sort_unstable();
    Some(found)
}

fn varint(rest: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in 0..10 {
        let (byte, behind) = rest.split_first()?;
        *rest = behind;
        value |= u64::from(byte & 0x7f) << (7 * shift);
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

fn same_message(one: &DynamicMessage, two: &DynamicMessage) -> bool {
    let unknown = |message: &DynamicMessage| {
        let mut all: Vec<Vec<u8>> = message
            .unknown_fields()
            .map(|field| {
                let mut bytes = Vec::new();
                field.encode(&mut bytes);
                bytes
            })
            .collect();
        all.sort_unstable();
        all
    };
    let set = |message: &DynamicMessage| message.fields().map(|(field, _)| field.number()).collect::<Vec<_>>();
    set(one) == set(two)
        && unknown(one) == unknown(two)
        && one.fields().zip(two.fields()).all(|((_, one), (_, two))| same_value(one, two))
        && one.extensions().count() == two.extensions().count()
        && one.extensions().all(|(extension, value)| {
            two.has_extension(&extension) && same_value(value, &two.get_extension(&extension))
        })
}

fn same_value(one: &Value, two: &Value) -> bool {
    match (one, two) {
        // NaN is not equal to itself, but its bits are.
        (Value::F32(one), Value::F32(two)) => one.to_bits() == two.to_bits(),
        (Value::F64(one), Value::F64(two)) => one.to_bits() == two.to_bits(),
        (Value::Message(one), Value::Message(two)) => same_message(one, two),
        (Value::List(one), Value::List(two)) => {
            one.len() == two.len() && one.iter().zip(two).all(|(one, two)| same_value(one, two))
        }
        (Value::Map(one), Value::Map(two)) => {
            one.len() == two.len() && one.iter().all(|(key, one)| two.get(key).is_some_and(|two| same_value(one, two)))
        }
        _ => one == two,
    }
}

/// Whether two ProtoJSON texts are one message: the same values, or the same message to another implementation.
fn same_text(subject: &Subject, one: &[u8], two: &[u8]) -> bool {
    let values = (text::parse(one), text::parse(two));
    if let (Ok(one), Ok(two)) = &values
        && same_json(one, two)
    {
        return true;
    }
    let Some(other) = &subject.other else { return false };
    let read = |text: &[u8]| {
        let mut text = serde_json::Deserializer::from_slice(text);
        DynamicMessage::deserialize(other.clone(), &mut text).ok()
    };
    matches!((read(one), read(two)), (Some(one), Some(two)) if same_message(&one, &two) && one.descriptor() == two.descriptor())
}

fn same_json(one: &Json, two: &Json) -> bool {
    match (one, two) {
        (Json::Number(one), Json::Number(two)) => text::same_number(one, two),
        (Json::Array(one), Json::Array(two)) => {
            one.len() == two.len() && one.iter().zip(two).all(|(one, two)| same_json(one, two))
        }
        (Json::Object(one), Json::Object(two)) => {
            one.len() == two.len()
                && one.iter().all(|(key, one)| two.iter().any(|(other, two)| key == other && same_json(one, two)))
        }
        _ => one == two,
    }
}

fn unhex(text: &str) -> Result<Vec<u8>, String> {
    let digits = text.as_bytes().chunks(2);
    let byte = |pair: &[u8]| std::str::from_utf8(pair).ok().and_then(|pair| u8::from_str_radix(pair, 16).ok());
    digits.map(|pair| byte(pair).ok_or_else(|| format!("not hex: {text}"))).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
