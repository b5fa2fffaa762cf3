//! Columns: a row that our own step from one schema to another does not carry over. Both schemas are reduced to the
//! column of the finding, so that no other column can be the reason.

use std::sync::Arc;

use arrow_schema::{DataType, Field, FieldRef, Fields, Schema as Columns, SchemaRef, TimeUnit};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::super::cross;
use super::super::given::Given;
use super::super::source::{Language, Parsed, Schema};
use super::codec::{definition, put, target};
use super::{Encoding, Outcome, Witness};
use crate::column::parse::plain_type;
use crate::convert::{Convert, Target};
use crate::error::{Error, Result};
use crate::format::Registry;
use crate::input::Input;
use crate::output::Output;
use crate::pipeline::adapter::BatchReader;
use crate::pipeline::{Batch, Exec, Transform};
use crate::schema::adapt::Adapt;
use crate::schema::adapt::fit::symbols;
use crate::schema::identity::{By, partners};
use crate::schema::load::load;
use crate::source::Source;

/// Values inside of values at most.
const DEPTH_MAX: usize = 16;
/// Bytes, or items, of a value of a fixed size at most.
const SIZE_MAX: usize = 1 << 16;

/// A witness if a row differs from the least one at `path` so that the reader does not take it.
pub(super) fn witness(reader: &Schema, writer: &Schema, path: &str, given: &Given) -> Result<Option<Witness>> {
    let exec = Exec::new(std::num::NonZeroUsize::new(1))?;
    let (of_reader, of_writer) = cross::messages(reader, writer, given)?;
    let (read, written) = (columns(reader, of_reader, &exec)?, columns(writer, of_writer, &exec)?);
    let (record, rest) = path.split_at(path.find(['.', '[', '{']).unwrap_or(path.len()));
    let mut pair = Pair { given, route: Vec::new() };
    let (new, old) = pair.fields(read.fields(), written.fields(), rest, record);
    let (new, old) = (Arc::new(Columns::new(new)), Arc::new(Columns::new(old)));
    let refusal = Adapt::new(&old, &new);
    let takes_null = field_at(new.fields(), &pair.route).is_none_or(|field| field.is_nullable());
    for value in values_at(old.fields(), &pair.route, takes_null) {
        let Some(text) = row(old.fields(), &pair.route, &value) else { continue };
        let Ok(Some(batch)) = batch(&text, &old, &exec) else { continue };
        let message = match &refusal {
            Err(error) => error.message().to_owned(),
            Ok(adapt) => match adapt.apply(batch) {
                Err(error) => error.message().to_owned(),
                Ok(_) => continue,
            },
        };
        // The row as the whole schema has it; the column alone where another one has no value to show.
        let whole = row(written.fields(), &pair.route, &value).map(|row| (row, &written));
        for (record, schema) in whole.into_iter().chain([(text, &old)]) {
            if let Ok(encoded) = encoded(&record, schema, &exec) {
                let outcome = Outcome::Refused(message);
                return Ok(Some(Witness { reader_is_new: true, record, encoding: Encoding::Arrow, encoded, outcome }));
            }
        }
    }
    Ok(None)
}

/// The columns that a schema stands for.
fn columns(schema: &Schema, message: Option<String>, exec: &Exec) -> Result<SchemaRef> {
    if let Parsed::Columns(columns) = &schema.parsed {
        return Ok(columns.clone());
    }
    let folder = tempfile::tempdir().map_err(|error| Error::io("cannot write a temporary file", error))?;
    let mut path = put(folder.path(), schema)?;
    if schema.language() == Language::JsonSchema {
        let named = folder.path().join("schema.jsonschema");
        std::fs::rename(&path, &named).map_err(|error| Error::io("cannot write a temporary file", error))?;
        path = named;
    }
    Ok(load(definition(&path, message.as_deref()), &Registry::builtin(), exec)?.schema)
}

fn input(text: &str, schema: &SchemaRef) -> Input {
    Input::with_format(Source::bytes("the row", text.as_bytes().to_vec()), "json").schema(schema.clone())
}

/// A row of JSON as a batch.
fn batch(text: &str, schema: &SchemaRef, exec: &Exec) -> Result<Option<Batch>> {
    let reader = input(text, schema).resolve(&Registry::builtin())?.open(exec)?;
    BatchReader::new(reader, exec).next_batch().transpose()
}

fn encoded(text: &str, schema: &SchemaRef, exec: &Exec) -> Result<Vec<u8>> {
    let (output, memory) = Output::memory();
    let target = Target { output, ..target("arrow") };
    Convert::new(input(&format!("{text}\n"), schema)).to(target).exec(exec.clone()).run()?;
    memory.take().ok_or_else(|| Error::internal("nothing was written"))
}

/// From a value to one inside it.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    Field(String),
    Item,
    Key,
    Value,
}

/// Reduces both schemas to a path.
struct Pair<'a> {
    given: &'a Given,
    /// The path in names of the writer, as far as the writer has it.
    route: Vec<Step>,
}

impl Pair<'_> {
    /// The field on the path, on both sides, and what is in it as far as the path leads.
    fn fields(&mut self, read: &Fields, written: &Fields, path: &str, record: &str) -> (Fields, Fields) {
        let found = read.iter().enumerate().find_map(|(at, field)| Some((at, field, below(path, field.name())?)));
        let Some((at, field, rest)) = found else { return (Fields::empty(), Fields::empty()) };
        let named = |name: &str| written.iter().position(|found| found.name() == name);
        let said = self.given.writer_name(record, field.name()).and_then(named);
        let Some(source) = said.or(partners(written, read, By::ID, &|_| None)[at]).and_then(|at| written.get(at))
        else {
            return (Fields::from(vec![field.clone()]), Fields::empty());
        };
        self.route.push(Step::Field(source.name().clone()));
        let (new, old) = self.both(field, source, rest);
        (Fields::from(vec![new.with_name(source.name())]), Fields::from(vec![old]))
    }

    fn both(&mut self, read: &Field, wrote: &Field, path: &str) -> (Field, Field) {
        let (one, other) = (read.data_type(), wrote.data_type());
        let (one, other) = match (one, other) {
            // What is inside is not what the finding is about: it is the same on both sides.
            _ if path.is_empty() && one.is_nested() && std::mem::discriminant(one) == std::mem::discriminant(other) => {
                (other.clone(), other.clone())
            }
            (DataType::Struct(one), DataType::Struct(other)) => {
                let (new, old) = self.fields(one, other, path, wrote.name());
                (DataType::Struct(new), DataType::Struct(old))
            }
            (DataType::List(one), DataType::List(other)) if path.starts_with("[]") => {
                self.route.push(Step::Item);
                let (new, old) = self.both(one, other, &path[2..]);
                (DataType::List(Arc::new(new)), DataType::List(Arc::new(old)))
            }
            (DataType::Map(one, sorted), DataType::Map(other, also)) => {
                match self.entries(one.data_type(), other.data_type(), path) {
                    None => (read.data_type().clone(), wrote.data_type().clone()),
                    Some((new, old)) => {
                        let entries = |field: &FieldRef, pair| Arc::new(field.as_ref().clone().with_data_type(pair));
                        (DataType::Map(entries(one, new), *sorted), DataType::Map(entries(other, old), *also))
                    }
                }
            }
            (one, other) => (one.clone(), other.clone()),
        };
        (read.clone().with_data_type(one), wrote.clone().with_data_type(other))
    }

    /// Keys and values; the part that the path does not lead to is the same on both sides.
    fn entries(&mut self, read: &DataType, wrote: &DataType, path: &str) -> Option<(DataType, DataType)> {
        let (DataType::Struct(read), DataType::Struct(wrote)) = (read, wrote) else { return None };
        let ([_, _], [_, _]) = (&read[..], &wrote[..]) else { return None };
        let (at, step, rest) = match (path.strip_prefix("{key}"), path.strip_prefix("{}")) {
            (Some(rest), _) => (0, Step::Key, rest),
            (_, Some(rest)) => (1, Step::Value, rest),
            _ => return None,
        };
        self.route.push(step);
        let (new, old) = self.both(&read[at], &wrote[at], rest);
        let with = |field: Field| {
            let mut pair: Vec<FieldRef> = wrote.iter().cloned().collect();
            pair[at] = Arc::new(field);
            DataType::Struct(pair.into())
        };
        Some((with(new), with(old)))
    }
}

/// What follows a field in a path.
fn below<'a>(path: &'a str, name: &str) -> Option<&'a str> {
    let rest = path.strip_prefix('.')?.strip_prefix(name)?;
    (rest.is_empty() || rest.starts_with(['.', '[', '{'])).then_some(rest)
}

/// A row as JSON: the least one but for `value` at the end of the route. `None`: a column has no value to show.
fn row(fields: &Fields, route: &[Step], value: &str) -> Option<String> {
    let member = |field: &FieldRef| {
        let inner = match route.split_first() {
            Some((Step::Field(name), rest)) if name == field.name() => within(field, rest, value),
            _ => least(field, true, 0),
        };
        Some(format!("{}:{}", json!(field.name()), inner?))
    };
    Some(format!("{{{}}}", fields.iter().map(member).collect::<Option<Vec<_>>>()?.join(",")))
}

fn within(field: &Field, route: &[Step], value: &str) -> Option<String> {
    let Some((step, rest)) = route.split_first() else { return Some(value.to_owned()) };
    Some(match (step, field.data_type()) {
        (Step::Field(_), DataType::Struct(fields)) => row(fields, route, value)?,
        (Step::Item, DataType::List(item)) => format!("[{}]", within(item, rest, value)?),
        (Step::Key, DataType::Map(entries, _)) => {
            let (key, other) = (value.trim_matches('"'), parts(entries)?.1);
            format!("{{{}:{}}}", json!(key), least(other, true, 0)?)
        }
        (Step::Value, DataType::Map(entries, _)) => {
            let (key, inner) = parts(entries)?;
            let key = least(key, false, 0)?;
            format!("{{{}:{}}}", json!(key.trim_matches('"')), within(inner, rest, value)?)
        }
        _ => return None,
    })
}

/// Key and value of the entries of a map.
fn parts(entries: &Field) -> Option<(&FieldRef, &FieldRef)> {
    match entries.data_type() {
        DataType::Struct(pair) => Some((pair.first()?, pair.get(1)?)),
        _ => None,
    }
}

/// The field at the end of a route.
fn field_at<'a>(fields: &'a Fields, route: &[Step]) -> Option<&'a FieldRef> {
    let (Step::Field(name), rest) = route.split_first()? else { return None };
    let mut field = fields.iter().find(|field| field.name() == name)?;
    for (at, step) in rest.iter().enumerate() {
        field = match (step, field.data_type()) {
            (Step::Field(_), DataType::Struct(fields)) => return field_at(fields, &rest[at..]),
            (Step::Item, DataType::List(item)) => item,
            (Step::Key, DataType::Map(entries, _)) => parts(entries)?.0,
            (Step::Value, DataType::Map(entries, _)) => parts(entries)?.1,
            _ => return None,
        };
    }
    Some(field)
}

/// Values at the end of a route: null where the reader takes none, those that other types may not hold, the least one.
fn values_at(fields: &Fields, route: &[Step], takes_null: bool) -> Vec<String> {
    // A column that only the reader has is missing in every row.
    if route.is_empty() {
        return vec!["null".to_owned()];
    }
    let Some(field) = field_at(fields, route) else { return Vec::new() };
    let null = (field.is_nullable() && !takes_null).then(|| "null".to_owned());
    null.into_iter().chain(extremes(field)).chain(least(field, false, 0)).collect()
}

/// Values that other types may not hold.
fn extremes(field: &Field) -> Vec<String> {
    let quoted = |text: &str| json!(text).to_string();
    if let Some(symbols) = symbols(field) {
        return symbols.iter().map(|symbol| quoted(symbol)).collect();
    }
    let whole = |most: &dyn ToString, least: &dyn ToString| vec![most.to_string(), least.to_string()];
    match plain_type(field.data_type()) {
        DataType::Boolean => vec!["true".to_owned()],
        DataType::Int8 => whole(&i8::MAX, &i8::MIN),
        DataType::Int16 => whole(&i16::MAX, &i16::MIN),
        DataType::Int32 => whole(&i32::MAX, &i32::MIN),
        DataType::Int64 => whole(&i64::MAX, &i64::MIN),
        DataType::UInt8 => vec![u8::MAX.to_string()],
        DataType::UInt16 => vec![u16::MAX.to_string()],
        DataType::UInt32 => vec![u32::MAX.to_string()],
        DataType::UInt64 => vec![u64::MAX.to_string()],
        DataType::Float32 => vec!["0.5".to_owned()],
        DataType::Float64 => vec!["1e300".to_owned(), "0.1".to_owned()],
        DataType::Decimal32(digits, scale)
        | DataType::Decimal64(digits, scale)
        | DataType::Decimal128(digits, scale)
        | DataType::Decimal256(digits, scale) => {
            let (digits, scale) = (usize::from(digits), usize::try_from(scale).unwrap_or(0));
            let nines = "9".repeat(digits.saturating_sub(scale).max(1));
            vec![match scale {
                0 => nines,
                _ => format!("{}.{}", if digits > scale { &nines } else { "0" }, "9".repeat(scale)),
            }]
        }
        DataType::Utf8 if field.extension_type_name().is_none() => vec![quoted("é")],
        DataType::Binary if field.extension_type_name().is_none() => vec![quoted(&STANDARD.encode([0xff]))],
        DataType::Date32 | DataType::Date64 => vec![quoted("9999-12-31")],
        DataType::Timestamp(unit, zone) => {
            let behind = zone.map_or("", |_| "Z");
            let fraction = match unit {
                TimeUnit::Second => "",
                TimeUnit::Millisecond => ".999",
                TimeUnit::Microsecond => ".999999",
                TimeUnit::Nanosecond => ".999999999",
            };
            // Nanoseconds end in 2262.
            ["9999-12-31", "1970-01-01"].map(|day| quoted(&format!("{day}T23:59:59{fraction}{behind}"))).to_vec()
        }
        _ => Vec::new(),
    }
}

/// Nothing, zero, the empty text. `None`: the type has no value that JSON shows.
fn least(field: &Field, null: bool, depth: usize) -> Option<String> {
    let quoted = |text: &str| Some(json!(text).to_string());
    if null && field.is_nullable() {
        return Some("null".to_owned());
    }
    if depth > DEPTH_MAX {
        return None;
    }
    if let Some(symbols) = symbols(field) {
        return quoted(symbols.first()?);
    }
    match (field.extension_type_name(), plain_type(field.data_type())) {
        (Some("arrow.json"), _) | (_, DataType::Null) => Some("null".to_owned()),
        (Some("arrow.uuid"), _) => quoted("00000000-0000-0000-0000-000000000000"),
        (Some(_), _) => None,
        (None, kind) if kind.is_numeric() => Some("0".to_owned()),
        (None, kind) => match kind {
            DataType::Boolean => Some("false".to_owned()),
            DataType::Utf8 | DataType::Binary => quoted(""),
            DataType::FixedSizeBinary(size) => {
                let size = usize::try_from(size).ok().filter(|size| *size <= SIZE_MAX)?;
                quoted(&STANDARD.encode(vec![0; size]))
            }
            DataType::Date32 | DataType::Date64 => quoted("1970-01-01"),
            DataType::Time32(_) | DataType::Time64(_) => quoted("00:00:00"),
            DataType::Timestamp(_, zone) => quoted(&format!("1970-01-01T00:00:00{}", zone.map_or("", |_| "Z"))),
            DataType::List(_) | DataType::LargeList(_) => Some("[]".to_owned()),
            DataType::Map(..) => Some("{}".to_owned()),
            DataType::FixedSizeList(item, size) => {
                let size = usize::try_from(size).ok().filter(|size| *size <= SIZE_MAX)?;
                let item = least(&item, true, depth + 1)?;
                Some(format!("[{}]", vec![item; size].join(",")))
            }
            DataType::Struct(fields) => {
                let member =
                    |field: &FieldRef| Some(format!("{}:{}", json!(field.name()), least(field, true, depth + 1)?));
                Some(format!("{{{}}}", fields.iter().map(member).collect::<Option<Vec<_>>>()?.join(",")))
            }
            _ => None,
        },
    }
}
