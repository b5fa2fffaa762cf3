//! Types of columns, by all their names.

use arrow_schema::{DataType, Field, Fields, IntervalUnit, TimeUnit, UnionFields, UnionMode};
use serde_json::json;

use super::super::token::{Kind, error_at};
use super::{BARE, DEPTH_MAX, Parser};
use crate::error::{Error, Result};
use crate::schema::avsc::keys;

impl Parser<'_> {
    /// A type, with the brackets of arrays behind it.
    pub(super) fn data_type(&mut self, name: &str, depth: usize) -> Result<Field> {
        if depth > DEPTH_MAX {
            return Err(Error::limit(format!("a type is nested deeper than {DEPTH_MAX} levels")));
        }
        let mut field = self.element(name, depth)?;
        loop {
            if self.take_sign('[') {
                let item = field.with_name("item");
                let size = match self.peek(0).map(|token| &token.kind) {
                    Some(Kind::Number(text)) => text.parse::<i32>().ok(),
                    _ => None,
                };
                self.at += usize::from(size.is_some());
                self.expect(']')?;
                let kind = match size {
                    Some(size) if size > 0 => DataType::FixedSizeList(item.into(), size),
                    _ => DataType::List(item.into()),
                };
                field = Field::new(name, kind, true);
            } else if self.take_word("ARRAY") {
                field = Field::new(name, DataType::List(field.with_name("item").into()), true);
            } else {
                return Ok(field);
            }
        }
    }

    pub(super) fn element(&mut self, name: &str, depth: usize) -> Result<Field> {
        let plain = |kind: DataType| Field::new(name, kind, true);
        let Some(token) = self.peek(0) else { return Err(self.error("a type")) };
        let word = match &token.kind {
            Kind::Word(word) => word.to_ascii_uppercase(),
            Kind::Name(text) if text.eq_ignore_ascii_case("null") => {
                self.at += 1;
                return Ok(plain(DataType::Null));
            }
            Kind::Name(text) => text.to_ascii_uppercase(),
            _ => return Err(self.error("a type")),
        };
        self.at += 1;
        Ok(match word.as_str() {
            "ARRAY" | "LIST" if self.is_sign('<') || self.is_sign('(') => {
                let close = self.open()?;
                let item = self.data_type("item", depth + 1)?;
                let item = self.not_null(item);
                self.expect(close)?;
                plain(DataType::List(item.into()))
            }
            "MAP" if self.is_sign('<') || self.is_sign('(') => {
                let close = self.open()?;
                let key = self.data_type("key", depth + 1)?.with_nullable(false);
                self.expect(',')?;
                let value = self.data_type("value", depth + 1)?;
                self.expect(close)?;
                let entries = Fields::from(vec![key, value]);
                plain(DataType::Map(Field::new("entries", DataType::Struct(entries), false).into(), false))
            }
            "STRUCT" | "ROW" if self.is_sign('<') || self.is_sign('(') => {
                let close = self.open()?;
                plain(DataType::Struct(self.members(close, depth + 1)?))
            }
            "UNION" if self.is_sign('(') => {
                let close = self.open()?;
                let fields = self.members(close, depth + 1)?;
                let count =
                    i8::try_from(fields.len()).map_err(|_| Error::unsupported("a union of more than 127 types"))?;
                let fields = (0..count).zip(fields.iter().cloned()).collect::<UnionFields>();
                plain(DataType::Union(fields, UnionMode::Dense))
            }
            "ENUM" if self.is_sign('(') => {
                self.at += 1;
                let mut symbols = Vec::new();
                loop {
                    match self.peek(0).map(|token| &token.kind) {
                        Some(Kind::Text(text)) => symbols.push(text.clone()),
                        _ => return Err(self.error("a symbol in single quotes")),
                    }
                    self.at += 1;
                    if !self.take_sign(',') {
                        break;
                    }
                }
                self.expect(')')?;
                let kind = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
                let facts = json!({ "name": name, "symbols": symbols, "closed": true });
                with(plain(kind), keys::ENUM, facts.to_string())
            }
            "DECIMAL" | "NUMERIC" | "DEC" | "NUMBER" => {
                let digits = self.numbers()?;
                let (precision, scale) = match digits.as_slice() {
                    [precision] => (*precision, 0),
                    [precision, scale] => (*precision, *scale),
                    _ => {
                        let text =
                            format!("{word} needs its digits here: without them it is another type in each database");
                        return Err(error_at(token.line, token.column, text)
                            .with_hint(format!("write {word}(PRECISION, SCALE), such as {word}(18, 2)")));
                    }
                };
                match (u8::try_from(precision), i8::try_from(scale)) {
                    (Ok(p @ 1..=38), Ok(s)) if i64::from(s) <= i64::from(p) => plain(DataType::Decimal128(p, s)),
                    (Ok(p @ 39..=76), Ok(s)) if i64::from(s) <= i64::from(p) => plain(DataType::Decimal256(p, s)),
                    _ => {
                        let text = format!("{word}({precision}, {scale}) is beyond 76 digits");
                        return Err(error_at(token.line, token.column, text).with_hint("read it as text: VARCHAR"));
                    }
                }
            }
            "TIMESTAMP" | "DATETIME" | "TIMESTAMPTZ" | "TIMESTAMP_TZ" | "TIMESTAMP_LTZ" | "TIMESTAMP_NTZ"
            | "DATETIME2" => {
                let unit = unit_of(self.numbers()?.first().copied());
                let with_zone =
                    self.take_words(&["WITH", "TIME", "ZONE"]) || self.take_words(&["WITH", "LOCAL", "TIME", "ZONE"]);
                let without = self.take_words(&["WITHOUT", "TIME", "ZONE"]);
                let zone = match word.as_str() {
                    "TIMESTAMPTZ" | "TIMESTAMP_TZ" | "TIMESTAMP_LTZ" => Some("UTC"),
                    _ if with_zone => Some("UTC"),
                    "TIMESTAMP" if !without => Some(BARE),
                    _ => None,
                };
                plain(DataType::Timestamp(unit, zone.map(Into::into)))
            }
            "TIME" | "TIMETZ" => {
                let unit = unit_of(self.numbers()?.first().copied());
                if word == "TIMETZ" || self.take_words(&["WITH", "TIME", "ZONE"]) {
                    return Err(error_at(token.line, token.column, "a time of day with a zone has no counterpart")
                        .with_hint("use TIME, or VARCHAR to keep its text"));
                }
                self.take_words(&["WITHOUT", "TIME", "ZONE"]);
                plain(match unit {
                    TimeUnit::Second | TimeUnit::Millisecond => DataType::Time32(unit),
                    _ => DataType::Time64(unit),
                })
            }
            "DOUBLE" => {
                self.take_word("PRECISION");
                self.numbers()?;
                plain(DataType::Float64)
            }
            "FLOAT" => match self.numbers()?.first() {
                Some(25..) => plain(DataType::Float64),
                _ => plain(DataType::Float32),
            },
            "CHARACTER" | "CHAR" | "NCHAR" | "NATIONAL" => {
                self.take_word("CHARACTER");
                self.take_word("VARYING");
                self.numbers()?;
                plain(DataType::Utf8)
            }
            "BINARY" | "VARBINARY" => match (self.numbers()?.first(), word.as_str()) {
                (Some(size @ 1..=0x7fff_ffff), "BINARY") => plain(DataType::FixedSizeBinary(*size as i32)),
                _ => plain(DataType::Binary),
            },
            "INTERVAL" => {
                for word in ["YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND"] {
                    if self.take_word(word) {
                        break;
                    }
                }
                if self.take_word("TO") {
                    self.at += 1;
                }
                self.numbers()?;
                plain(DataType::Interval(IntervalUnit::MonthDayNano))
            }
            "JSON" | "JSONB" => plain(DataType::Utf8).with_extension_type(arrow_schema::extension::Json::default()),
            "UUID" | "UNIQUEIDENTIFIER" => {
                plain(DataType::FixedSizeBinary(16)).with_extension_type(arrow_schema::extension::Uuid)
            }
            other => {
                if let Some(kind) = scalar(other) {
                    // A width for display, or a length.
                    self.numbers()?;
                    let unsigned = self.take_word("UNSIGNED");
                    self.take_word("SIGNED");
                    self.take_word("ZEROFILL");
                    return Ok(plain(if unsigned { unsigned_of(kind) } else { kind }));
                }
                if let Some(field) = self.types.get(&other.to_ascii_lowercase()) {
                    return Ok(field.clone().with_name(name));
                }
                self.at -= 1;
                return Err(self.error("a type").with_hint(
                    "types: BOOLEAN TINYINT..BIGINT UBIGINT REAL DOUBLE DECIMAL(p, s) VARCHAR BLOB DATE TIME TIMESTAMP \
                     TIMESTAMPTZ INTERVAL UUID JSON ENUM('a') T[] ARRAY<T> MAP<K, V> STRUCT<a: T>",
                ));
            }
        })
    }

    /// The bracket that opens the parts of a type; gives the one that closes it.
    pub(super) fn open(&mut self) -> Result<char> {
        if self.take_sign('<') {
            Ok('>')
        } else {
            self.expect('(')?;
            Ok(')')
        }
    }

    pub(super) fn not_null(&mut self, field: Field) -> Field {
        if self.take_words(&["NOT", "NULL"]) { field.with_nullable(false) } else { field }
    }

    /// `a INT, b: TEXT NOT NULL COMMENT 'x'` to the closing bracket.
    pub(super) fn members(&mut self, close: char, depth: usize) -> Result<Fields> {
        let mut fields = Vec::new();
        loop {
            let name = self.name("the name of a field")?;
            self.take_sign(':');
            let field = self.data_type(&name, depth)?;
            let mut field = self.not_null(field);
            if self.take_word("COMMENT")
                && let Some(Kind::Text(text)) = self.peek(0).map(|token| &token.kind)
            {
                field = with(field, keys::DOC, text.clone());
                self.at += 1;
            }
            fields.push(field);
            if !self.take_sign(',') {
                break;
            }
        }
        self.expect(close)?;
        Ok(fields.into())
    }

    /// Numbers in brackets, if there are any.
    pub(super) fn numbers(&mut self) -> Result<Vec<i64>> {
        let mut out = Vec::new();
        if !self.is_sign('(') {
            return Ok(out);
        }
        self.at += 1;
        loop {
            let negative = self.take_sign('-');
            match self.peek(0).map(|token| &token.kind) {
                Some(Kind::Number(text)) => {
                    let number: i64 = text.parse().map_err(|_| self.error("a whole number"))?;
                    out.push(if negative { -number } else { number });
                }
                Some(Kind::Word(word)) if word.eq_ignore_ascii_case("max") => {}
                _ => return Err(self.error("a number")),
            }
            self.at += 1;
            // VARCHAR2(10 CHAR)
            self.take_word("CHAR");
            self.take_word("BYTE");
            if !self.take_sign(',') {
                break;
            }
        }
        self.expect(')')?;
        Ok(out)
    }
}

pub(super) fn with(field: Field, key: &str, value: String) -> Field {
    let mut metadata = field.metadata().clone();
    metadata.insert(key.to_owned(), value);
    field.with_metadata(metadata)
}

/// The unit that holds so many digits of a second; microseconds if nothing is said.
pub(super) fn unit_of(digits: Option<i64>) -> TimeUnit {
    match digits {
        Some(0) => TimeUnit::Second,
        Some(1..=3) => TimeUnit::Millisecond,
        Some(7..) => TimeUnit::Nanosecond,
        _ => TimeUnit::Microsecond,
    }
}

pub(super) fn unsigned_of(kind: DataType) -> DataType {
    match kind {
        DataType::Int8 => DataType::UInt8,
        DataType::Int16 => DataType::UInt16,
        DataType::Int32 => DataType::UInt32,
        DataType::Int64 => DataType::UInt64,
        other => other,
    }
}

/// Types of one word.
pub(super) fn scalar(word: &str) -> Option<DataType> {
    Some(match word.to_ascii_uppercase().as_str() {
        "BOOLEAN" | "BOOL" | "LOGICAL" => DataType::Boolean,
        "TINYINT" | "INT1" | "BYTE" => DataType::Int8,
        "SMALLINT" | "INT2" | "SHORT" | "SMALLSERIAL" => DataType::Int16,
        "INT" | "INTEGER" | "INT4" | "MEDIUMINT" | "SERIAL" => DataType::Int32,
        "BIGINT" | "INT8" | "LONG" | "BIGSERIAL" => DataType::Int64,
        "HUGEINT" | "UHUGEINT" => DataType::Decimal256(39, 0),
        "UTINYINT" => DataType::UInt8,
        "USMALLINT" => DataType::UInt16,
        "UINTEGER" => DataType::UInt32,
        "UBIGINT" => DataType::UInt64,
        "REAL" | "FLOAT4" => DataType::Float32,
        "FLOAT8" => DataType::Float64,
        "VARCHAR" | "VARCHAR2" | "NVARCHAR" | "BPCHAR" | "TEXT" | "STRING" | "CLOB" | "TINYTEXT" | "MEDIUMTEXT"
        | "LONGTEXT" | "CITEXT" => DataType::Utf8,
        "BLOB" | "BYTEA" | "BYTES" | "TINYBLOB" | "MEDIUMBLOB" | "LONGBLOB" => DataType::Binary,
        "DATE" => DataType::Date32,
        "TIME_NS" => DataType::Time64(TimeUnit::Nanosecond),
        "TIMESTAMP_S" => DataType::Timestamp(TimeUnit::Second, None),
        "TIMESTAMP_MS" => DataType::Timestamp(TimeUnit::Millisecond, None),
        "TIMESTAMP_US" => DataType::Timestamp(TimeUnit::Microsecond, None),
        "TIMESTAMP_NS" => DataType::Timestamp(TimeUnit::Nanosecond, None),
        "VOID" => DataType::Null,
        _ => return None,
    })
}
