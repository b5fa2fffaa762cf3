//! Arrow types as text, both ways: `int64`, `timestamp[us, UTC]`, `decimal128(10,2)`, `list<int64>`,
//! `struct<a: int64, b: utf8 not null>`. The same names in messages, `--columns` and `schema show`.

use std::fmt::{self, Write};
use std::sync::Arc;

use arrow_schema::{DataType, Field, FieldRef, Fields, IntervalUnit, TimeUnit, UnionFields, UnionMode};

use crate::column::json::is_variant;
use crate::column::json::string::push_string;
use crate::error::{Error, Result};

/// Shows a type.
pub struct TypeText<'a>(pub &'a DataType);

/// The text of a type.
pub fn type_text(data_type: &DataType) -> String {
    TypeText(data_type).to_string()
}

/// The text of a field's type, with its extension type if it has one: `json`, `uuid`, `variant`.
pub fn field_text(field: &Field) -> String {
    match field.extension_type_name() {
        Some("arrow.json") => "json".to_owned(),
        Some("arrow.uuid") => "uuid".to_owned(),
        Some(_) if *field.data_type() == *crate::column::json::variant("").data_type() && is_variant(field) => {
            "variant".to_owned()
        }
        Some(name) => format!("{} ({name})", TypeText(field.data_type())),
        None => type_text(field.data_type()),
    }
}

fn unit_text(unit: TimeUnit) -> &'static str {
    match unit {
        TimeUnit::Second => "s",
        TimeUnit::Millisecond => "ms",
        TimeUnit::Microsecond => "us",
        TimeUnit::Nanosecond => "ns",
    }
}

fn write_fields(f: &mut fmt::Formatter<'_>, fields: &Fields) -> fmt::Result {
    for (index, field) in fields.iter().enumerate() {
        if index > 0 {
            f.write_str(", ")?;
        }
        write_name(f, field.name())?;
        write!(f, ": {}", Child(field))?;
    }
    Ok(())
}

fn write_name(f: &mut fmt::Formatter<'_>, name: &str) -> fmt::Result {
    let plain =
        !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '-' || c == '.' || c == '$');
    if plain {
        return f.write_str(name);
    }
    // A string of JSON, as it is parsed.
    let mut quoted = Vec::new();
    push_string(&mut quoted, name.as_bytes());
    f.write_str(&String::from_utf8_lossy(&quoted))
}

/// A child's type and nullability.
struct Child<'a>(&'a Field);

impl fmt::Display for Child<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&field_text(self.0))?;
        if self.0.is_nullable() { Ok(()) } else { f.write_str(" not null") }
    }
}

impl fmt::Display for TypeText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use DataType::*;
        match self.0 {
            Null => f.write_str("null"),
            Boolean => f.write_str("bool"),
            Int8 => f.write_str("int8"),
            Int16 => f.write_str("int16"),
            Int32 => f.write_str("int32"),
            Int64 => f.write_str("int64"),
            UInt8 => f.write_str("uint8"),
            UInt16 => f.write_str("uint16"),
            UInt32 => f.write_str("uint32"),
            UInt64 => f.write_str("uint64"),
            Float16 => f.write_str("float16"),
            Float32 => f.write_str("float32"),
            Float64 => f.write_str("float64"),
            Utf8 => f.write_str("utf8"),
            LargeUtf8 => f.write_str("large_utf8"),
            Utf8View => f.write_str("utf8_view"),
            Binary => f.write_str("binary"),
            LargeBinary => f.write_str("large_binary"),
            BinaryView => f.write_str("binary_view"),
            FixedSizeBinary(width) => write!(f, "fixed_size_binary[{width}]"),
            Date32 => f.write_str("date32"),
            Date64 => f.write_str("date64"),
            Time32(unit) => write!(f, "time32[{}]", unit_text(*unit)),
            Time64(unit) => write!(f, "time64[{}]", unit_text(*unit)),
            Timestamp(unit, None) => write!(f, "timestamp[{}]", unit_text(*unit)),
            Timestamp(unit, Some(zone)) => write!(f, "timestamp[{}, {zone}]", unit_text(*unit)),
            Duration(unit) => write!(f, "duration[{}]", unit_text(*unit)),
            Interval(IntervalUnit::YearMonth) => f.write_str("interval[year_month]"),
            Interval(IntervalUnit::DayTime) => f.write_str("interval[day_time]"),
            Interval(IntervalUnit::MonthDayNano) => f.write_str("interval[month_day_nano]"),
            Decimal32(precision, scale) => write!(f, "decimal32({precision},{scale})"),
            Decimal64(precision, scale) => write!(f, "decimal64({precision},{scale})"),
            Decimal128(precision, scale) => write!(f, "decimal128({precision},{scale})"),
            Decimal256(precision, scale) => write!(f, "decimal256({precision},{scale})"),
            List(item) => write!(f, "list<{}>", Child(item)),
            LargeList(item) => write!(f, "large_list<{}>", Child(item)),
            ListView(item) => write!(f, "list_view<{}>", Child(item)),
            LargeListView(item) => write!(f, "large_list_view<{}>", Child(item)),
            FixedSizeList(item, length) => write!(f, "fixed_size_list[{length}]<{}>", Child(item)),
            Struct(fields) => {
                f.write_str("struct<")?;
                write_fields(f, fields)?;
                f.write_char('>')
            }
            Map(entries, _) => match entries.data_type() {
                Struct(fields) if fields.len() == 2 => {
                    write!(f, "map<{}, {}>", field_text(&fields[0]), Child(&fields[1]))
                }
                other => write!(f, "map<{}>", TypeText(other)),
            },
            Union(fields, mode) => {
                f.write_str(if *mode == UnionMode::Dense { "union<" } else { "sparse_union<" })?;
                for (index, (id, field)) in fields.iter().enumerate() {
                    if index > 0 {
                        f.write_str(", ")?;
                    }
                    if id as usize != index {
                        write!(f, "{id}=")?;
                    }
                    write_name(f, field.name())?;
                    write!(f, ": {}", Child(field))?;
                }
                f.write_char('>')
            }
            Dictionary(key, value) => write!(f, "dictionary<{}, {}>", TypeText(key), TypeText(value)),
            RunEndEncoded(ends, values) => {
                write!(f, "run_end_encoded<{}, {}>", TypeText(ends.data_type()), Child(values))
            }
        }
    }
}

/// Parses a type. Besides the names that [`TypeText`] prints: `string`, `bytes`, `int`, `long`, `float`, `double`,
/// `boolean`, `date`, `time[ms]`, `timestamp` (microseconds), `decimal(p,s)`, `json`, `uuid`,
/// `variant`.
///
/// # Errors
/// `Usage`, with the names that exist.
pub fn parse_field(name: &str, text: &str) -> Result<Field> {
    let mut parser = Parser { text, at: 0 };
    let field = parser.field(name)?;
    parser.space();
    if parser.at != text.len() {
        return Err(parser.error("the end"));
    }
    Ok(field)
}

/// Parses a type without extension types.
///
/// # Errors
/// As [`parse_field`].
pub fn parse_type(text: &str) -> Result<DataType> {
    Ok(parse_field("", text)?.data_type().clone())
}

/// Whether two fields have one type, whatever their names: children, extension types and nulls inside as well. Names of
/// list items, of the parts of maps and of runs are no part of it.
pub fn same_type(one: &Field, other: &Field) -> bool {
    use DataType::*;
    let child = |one: &Field, other: &Field| one.is_nullable() == other.is_nullable() && same_type(one, other);
    let members = |one: &Fields, other: &Fields, named: bool| {
        let mut pairs = one.iter().zip(other);
        one.len() == other.len()
            && pairs.all(|(one, other)| (!named || one.name() == other.name()) && child(one, other))
    };
    let same = match (one.data_type(), other.data_type()) {
        (List(one), List(other))
        | (LargeList(one), LargeList(other))
        | (ListView(one), ListView(other))
        | (LargeListView(one), LargeListView(other)) => child(one, other),
        (FixedSizeList(one, length), FixedSizeList(other, wanted)) => length == wanted && child(one, other),
        (Struct(one), Struct(other)) => members(one, other, true),
        (Map(one, sorted), Map(other, wanted)) => match (one.data_type(), other.data_type()) {
            (Struct(one), Struct(other)) => sorted == wanted && members(one, other, false),
            _ => false,
        },
        (Union(one, mode), Union(other, wanted)) => {
            let mut pairs = one.iter().zip(other.iter());
            let is_same = |((id, one), (wanted, other)): ((i8, &FieldRef), (i8, &FieldRef))| {
                id == wanted && one.name() == other.name() && child(one, other)
            };
            mode == wanted && one.len() == other.len() && pairs.all(is_same)
        }
        (RunEndEncoded(ends, one), RunEndEncoded(wanted, other)) => {
            ends.data_type() == wanted.data_type() && child(one, other)
        }
        (one, other) => one == other,
    };
    same && one.extension_type_name() == other.extension_type_name()
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
}

/// Nesting of a type's text at most.
const DEPTH_MAX: usize = 64;

impl<'a> Parser<'a> {
    fn error(&self, expected: &str) -> Error {
        Error::usage(format!("type {:?}: expected {expected} at {:?}", self.text, &self.text[self.at..])).with_hint(
            "types: bool int8..int64 uint8..uint64 float16 float32 float64 decimal(p,s) utf8 binary date32 time64[us] \
             timestamp[us, UTC] duration[ns] json uuid variant list<T> map<K, V> struct<a: T, b: T not null>",
        )
    }

    fn space(&mut self) {
        let rest = &self.text[self.at..];
        self.at += rest.len() - rest.trim_start().len();
    }

    fn word(&mut self) -> &'a str {
        self.space();
        let rest = &self.text[self.at..];
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
        self.at += end;
        &rest[..end]
    }

    fn take(&mut self, token: &str) -> bool {
        self.space();
        let found = self.text[self.at..].starts_with(token);
        if found {
            self.at += token.len();
        }
        found
    }

    fn expect(&mut self, token: &str) -> Result<()> {
        if self.take(token) { Ok(()) } else { Err(self.error(&format!("{token:?}"))) }
    }

    fn number<T: std::str::FromStr>(&mut self) -> Result<T> {
        self.space();
        let rest = &self.text[self.at..];
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '-').unwrap_or(rest.len());
        let number = rest[..end].parse().map_err(|_| self.error("a number"))?;
        self.at += end;
        Ok(number)
    }

    fn name(&mut self) -> Result<String> {
        self.space();
        let rest = &self.text[self.at..];
        if rest.starts_with('"') {
            let mut stream = serde_json::Deserializer::from_str(rest).into_iter::<String>();
            let name = match stream.next() {
                Some(Ok(name)) => name,
                _ => return Err(self.error("a name in quotes")),
            };
            self.at += stream.byte_offset();
            return Ok(name);
        }
        let end = rest.find([':', ',', '<', '>', ' ']).unwrap_or(rest.len());
        self.at += end;
        Ok(rest[..end].to_owned())
    }

    fn unit(&mut self, default: TimeUnit) -> Result<(TimeUnit, Option<Arc<str>>)> {
        if !self.take("[") {
            return Ok((default, None));
        }
        let unit = match self.word() {
            "s" => TimeUnit::Second,
            "ms" => TimeUnit::Millisecond,
            "us" => TimeUnit::Microsecond,
            "ns" => TimeUnit::Nanosecond,
            _ => return Err(self.error("s, ms, us or ns")),
        };
        let mut zone = None;
        if self.take(",") {
            self.space();
            let rest = &self.text[self.at..];
            let end = rest.find(']').ok_or_else(|| self.error("\"]\""))?;
            zone = Some(rest[..end].trim().into());
            self.at += end;
        }
        self.expect("]")?;
        Ok((unit, zone))
    }

    fn decimal(&mut self) -> Result<(u8, i8)> {
        self.expect("(")?;
        let precision = self.number()?;
        let scale = if self.take(",") { self.number()? } else { 0 };
        self.expect(")")?;
        Ok((precision, scale))
    }

    fn child(&mut self, name: &str) -> Result<Field> {
        let field = self.field(name)?;
        if self.take("not null") { Ok(field.with_nullable(false)) } else { Ok(field) }
    }

    fn field(&mut self, name: &str) -> Result<Field> {
        if self.text[..self.at].matches('<').count() > DEPTH_MAX {
            return Err(Error::limit(format!("a type is nested deeper than {DEPTH_MAX} levels")));
        }
        let start = self.at;
        let word = self.word();
        let data_type = match word {
            "json" => {
                return Ok(Field::new(name, DataType::Utf8, true)
                    .with_extension_type(arrow_schema::extension::Json::default()));
            }
            "uuid" => {
                return Ok(Field::new(name, DataType::FixedSizeBinary(16), true)
                    .with_extension_type(arrow_schema::extension::Uuid));
            }
            "variant" => return Ok(crate::column::json::variant(name)),
            "null" => DataType::Null,
            "bool" | "boolean" => DataType::Boolean,
            "int8" => DataType::Int8,
            "int16" => DataType::Int16,
            "int32" | "int" => DataType::Int32,
            "int64" | "long" | "bigint" => DataType::Int64,
            "uint8" => DataType::UInt8,
            "uint16" => DataType::UInt16,
            "uint32" => DataType::UInt32,
            "uint64" => DataType::UInt64,
            "float16" => DataType::Float16,
            "float32" | "float" => DataType::Float32,
            "float64" | "double" => DataType::Float64,
            "utf8" | "string" | "text" => DataType::Utf8,
            "large_utf8" => DataType::LargeUtf8,
            "utf8_view" => DataType::Utf8View,
            "binary" | "bytes" => DataType::Binary,
            "large_binary" => DataType::LargeBinary,
            "binary_view" => DataType::BinaryView,
            "fixed_size_binary" => {
                self.expect("[")?;
                let width = self.number()?;
                self.expect("]")?;
                DataType::FixedSizeBinary(width)
            }
            "date32" | "date" => DataType::Date32,
            "date64" => DataType::Date64,
            "time32" => DataType::Time32(self.unit(TimeUnit::Millisecond)?.0),
            "time64" => DataType::Time64(self.unit(TimeUnit::Microsecond)?.0),
            "time" => match self.unit(TimeUnit::Microsecond)?.0 {
                unit @ (TimeUnit::Second | TimeUnit::Millisecond) => DataType::Time32(unit),
                unit => DataType::Time64(unit),
            },
            "timestamp" => {
                let (unit, zone) = self.unit(TimeUnit::Microsecond)?;
                DataType::Timestamp(unit, zone)
            }
            "duration" => DataType::Duration(self.unit(TimeUnit::Nanosecond)?.0),
            "interval" => {
                self.expect("[")?;
                let unit = match self.word() {
                    "year_month" => IntervalUnit::YearMonth,
                    "day_time" => IntervalUnit::DayTime,
                    "month_day_nano" => IntervalUnit::MonthDayNano,
                    _ => return Err(self.error("year_month, day_time or month_day_nano")),
                };
                self.expect("]")?;
                DataType::Interval(unit)
            }
            "decimal" | "decimal32" | "decimal64" | "decimal128" | "decimal256" => {
                let (precision, scale) = self.decimal()?;
                let (most, data_type) = match word {
                    "decimal32" => (9, DataType::Decimal32(precision, scale)),
                    "decimal64" => (18, DataType::Decimal64(precision, scale)),
                    "decimal128" => (38, DataType::Decimal128(precision, scale)),
                    "decimal" if precision <= 38 => (38, DataType::Decimal128(precision, scale)),
                    _ => (76, DataType::Decimal256(precision, scale)),
                };
                if precision == 0 || precision > most || scale > precision as i8 {
                    return Err(Error::usage(format!(
                        "{word}({precision},{scale}): the precision goes from 1 to {most}, the scale up to the precision"
                    )));
                }
                data_type
            }
            "list" => DataType::List(Arc::new(self.item()?)),
            "large_list" => DataType::LargeList(Arc::new(self.item()?)),
            "list_view" => DataType::ListView(Arc::new(self.item()?)),
            "large_list_view" => DataType::LargeListView(Arc::new(self.item()?)),
            "fixed_size_list" => {
                self.expect("[")?;
                let length = self.number()?;
                self.expect("]")?;
                DataType::FixedSizeList(Arc::new(self.item()?), length)
            }
            "struct" => {
                self.expect("<")?;
                DataType::Struct(self.fields()?.into())
            }
            "map" => {
                self.expect("<")?;
                let key = self.field("key")?.with_nullable(false);
                self.expect(",")?;
                let value = self.child("value")?;
                self.expect(">")?;
                let entries = Field::new("entries", DataType::Struct(vec![key, value].into()), false);
                DataType::Map(Arc::new(entries), false)
            }
            "union" | "sparse_union" => {
                self.expect("<")?;
                let mode = if word == "union" { UnionMode::Dense } else { UnionMode::Sparse };
                DataType::Union(self.branches()?, mode)
            }
            "dictionary" => {
                self.expect("<")?;
                let key = self.field("")?.data_type().clone();
                self.expect(",")?;
                let value = self.field("")?.data_type().clone();
                self.expect(">")?;
                if !key.is_dictionary_key_type() {
                    return Err(Error::usage(format!("dictionary keys are integers, not {}", TypeText(&key))));
                }
                DataType::Dictionary(Box::new(key), Box::new(value))
            }
            "run_end_encoded" => {
                self.expect("<")?;
                let ends = self.field("run_ends")?.with_nullable(false);
                self.expect(",")?;
                let values = self.child("values")?;
                self.expect(">")?;
                if !ends.data_type().is_run_ends_type() {
                    return Err(Error::usage(format!(
                        "runs end at int16, int32 or int64, not {}",
                        TypeText(ends.data_type())
                    )));
                }
                DataType::RunEndEncoded(Arc::new(ends), Arc::new(values))
            }
            _ => {
                self.at = start;
                return Err(self.error("a type"));
            }
        };
        Ok(Field::new(name, data_type, true))
    }

    fn item(&mut self) -> Result<Field> {
        self.expect("<")?;
        let item = self.child("item")?;
        self.expect(">")?;
        Ok(item)
    }

    /// `a: T, b: T not null>`; a branch whose id is not its place has it in front: `5=a: T`.
    fn branches(&mut self) -> Result<UnionFields> {
        let (mut ids, mut fields) = (Vec::new(), Vec::new());
        while !self.take(">") {
            if !fields.is_empty() {
                self.expect(",")?;
            }
            let place = i8::try_from(fields.len()).map_err(|_| self.error("no more than 128 branches"))?;
            ids.push(self.id().unwrap_or(place));
            let name = self.name()?;
            self.expect(":")?;
            fields.push(self.child(&name)?);
        }
        UnionFields::try_new(ids, fields).map_err(|error| Error::usage(error.to_string()))
    }

    /// `5=`, if that comes next.
    fn id(&mut self) -> Option<i8> {
        self.space();
        let rest = &self.text[self.at..];
        let (id, _) = rest.split_once('=').filter(|(id, _)| id.bytes().all(|byte| byte.is_ascii_digit()))?;
        let number = id.parse().ok()?;
        self.at += id.len() + 1;
        Some(number)
    }

    /// `a: T, b: T not null>`
    fn fields(&mut self) -> Result<Vec<Field>> {
        let mut fields = Vec::new();
        if self.take(">") {
            return Ok(fields);
        }
        loop {
            let name = self.name()?;
            self.expect(":")?;
            fields.push(self.child(&name)?);
            if !self.take(",") {
                self.expect(">")?;
                return Ok(fields);
            }
        }
    }
}

#[cfg(test)]
mod tests;
