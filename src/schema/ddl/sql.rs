//! `CREATE TABLE` as an Arrow schema: what PostgreSQL, DuckDB, MySQL, Spark and Hive call the types of columns.
//!
//! Where a word means different types in different databases, what is standard counts, or else most of them:
//! `FLOAT` has 32 bits; `TIMESTAMP` has no zone, but for tables of Spark (`USING ...`) and MySQL (`ENGINE = ...`), where
//! it is an instant; `DECIMAL` without digits is refused, because everyone means other ones. Lengths of text, checks,
//! keys and storage are read over.

use std::collections::HashMap;

use arrow_schema::{DataType, Field, FieldRef, Fields, IntervalUnit, Schema, TimeUnit, UnionFields, UnionMode};
use serde_json::{Value, json};

use super::token::{Kind, Token, error_at, tokens};
use crate::error::{Error, Result};
use crate::schema::avsc::keys;

/// Nesting of a type at most.
const DEPTH_MAX: usize = 64;
/// A text is no longer.
const BYTES_MAX: usize = 16 << 20;
/// Words with which something else than a column begins.
const CONSTRAINTS: &[&str] =
    &["CONSTRAINT", "PRIMARY", "UNIQUE", "FOREIGN", "CHECK", "EXCLUDE", "LIKE", "FULLTEXT", "SPATIAL", "KEY", "INDEX"];

/// The Arrow schema of a `CREATE TABLE` statement. `table`: which one, if there are several.
///
/// # Errors
/// `Malformed` with line and column; `Usage` if no table, or several, could be meant; `Unsupported` for types that have
/// no counterpart.
pub fn to_arrow(text: &str, table: Option<&str>) -> Result<Schema> {
    if text.len() > BYTES_MAX {
        return Err(Error::limit(format!("a schema in SQL is longer than {BYTES_MAX} bytes")));
    }
    let tokens = tokens(text)?;
    let mut parser = Parser { tokens: &tokens, at: 0, types: HashMap::new() };
    let mut tables = Vec::new();
    while parser.peek(0).is_some() {
        if parser.is_word(0, "CREATE")
            && let Some(found) = parser.create()?
        {
            tables.push(found);
        }
        parser.skip_statement();
    }
    let names: Vec<String> = tables.iter().map(|table| table.name.clone()).collect();
    let matches = |found: &Table| match table {
        Some(wanted) => {
            let last = found.name.rsplit('.').next().unwrap_or_default();
            found.name.eq_ignore_ascii_case(wanted) || last.eq_ignore_ascii_case(wanted)
        }
        None => true,
    };
    let mut meant = tables.into_iter().filter(matches);
    match (meant.next(), meant.next()) {
        (Some(table), None) => table.schema(),
        (Some(_), Some(_)) => Err(Error::usage(format!("there are several tables: {}", names.join(", ")))
            .with_hint(format!("name one: --message {}", names[0]))),
        (None, _) if names.is_empty() => Err(Error::malformed("there is no CREATE TABLE statement")),
        (None, _) => Err(Error::usage(format!("there is no table {:?}", table.unwrap_or_default()))
            .with_hint(format!("tables: {}", names.join(", ")))),
    }
}

struct Table {
    name: String,
    columns: Vec<(Field, Token)>,
    keys: Vec<Vec<String>>,
    doc: Option<String>,
    /// Whether `TIMESTAMP` is an instant here.
    instants: bool,
}

impl Table {
    fn schema(self) -> Result<Schema> {
        let mut fields: Vec<Field> = Vec::with_capacity(self.columns.len());
        for (field, place) in self.columns {
            if fields.iter().any(|other| other.name() == field.name()) {
                let text = format!("the table has two columns {:?}", field.name());
                return Err(error_at(place.line, place.column, text));
            }
            let key = self.keys.iter().flatten().any(|name| name == field.name());
            let nullable = field.is_nullable() && !key;
            let data_type = resolved(field.data_type(), self.instants);
            fields.push(field.with_data_type(data_type).with_nullable(nullable));
        }
        let mut metadata = HashMap::from([(keys::SOURCE.to_owned(), "sql".to_owned())]);
        metadata.extend(self.doc.map(|doc| (keys::DOC.to_owned(), doc)));
        Ok(Schema::new_with_metadata(fields, metadata))
    }
}

/// Stands for the zone of a bare `TIMESTAMP` until the end of the statement says whose table it is.
const BARE: &str = "\0bare";

fn resolved(data_type: &DataType, instants: bool) -> DataType {
    let inner = |field: &FieldRef| -> FieldRef {
        field.as_ref().clone().with_data_type(resolved(field.data_type(), instants)).into()
    };
    match data_type {
        DataType::Timestamp(unit, Some(zone)) if &**zone == BARE => {
            DataType::Timestamp(*unit, instants.then(|| "UTC".into()))
        }
        DataType::List(item) => DataType::List(inner(item)),
        DataType::FixedSizeList(item, size) => DataType::FixedSizeList(inner(item), *size),
        DataType::Struct(fields) => DataType::Struct(fields.iter().map(inner).collect()),
        DataType::Map(entries, sorted) => DataType::Map(inner(entries), *sorted),
        DataType::Union(fields, mode) => {
            DataType::Union(fields.iter().map(|(id, field)| (id, inner(field))).collect(), *mode)
        }
        other => other.clone(),
    }
}

struct Parser<'a> {
    tokens: &'a [Token],
    at: usize,
    /// Types that the text makes itself.
    types: HashMap<String, Field>,
}

impl<'a> Parser<'a> {
    fn peek(&self, ahead: usize) -> Option<&'a Token> {
        self.tokens.get(self.at + ahead)
    }

    fn is_word(&self, ahead: usize, word: &str) -> bool {
        matches!(self.peek(ahead), Some(Token { kind: Kind::Word(text), .. }) if text.eq_ignore_ascii_case(word))
    }

    fn is_sign(&self, sign: char) -> bool {
        matches!(self.peek(0), Some(Token { kind: Kind::Sign(found), .. }) if *found == sign)
    }

    fn take_word(&mut self, word: &str) -> bool {
        let found = self.is_word(0, word);
        self.at += usize::from(found);
        found
    }

    /// All of these words, or none.
    fn take_words(&mut self, words: &[&str]) -> bool {
        let found = words.iter().enumerate().all(|(ahead, word)| self.is_word(ahead, word));
        self.at += if found { words.len() } else { 0 };
        found
    }

    fn take_sign(&mut self, sign: char) -> bool {
        let found = self.is_sign(sign);
        self.at += usize::from(found);
        found
    }

    fn error(&self, expected: &str) -> Error {
        match (self.peek(0), self.tokens.last()) {
            (Some(token), _) => {
                error_at(token.line, token.column, format!("expected {expected}, found {}", token.shown()))
            }
            (None, Some(last)) => {
                error_at(last.line, last.column, format!("expected {expected} behind {}", last.shown()))
            }
            (None, None) => Error::malformed(format!("expected {expected}, found nothing")),
        }
    }

    fn expect(&mut self, sign: char) -> Result<()> {
        if self.take_sign(sign) { Ok(()) } else { Err(self.error(&format!("{sign:?}"))) }
    }

    /// To behind the next semicolon outside brackets.
    fn skip_statement(&mut self) {
        while let Some(token) = self.peek(0) {
            self.at += 1;
            if token.kind == Kind::Sign(';') {
                return;
            }
        }
    }

    /// A bracket and all that is in it.
    fn skip_brackets(&mut self) -> Result<()> {
        let open = self.peek(0).cloned();
        let mut depth = 0_usize;
        while let Some(token) = self.peek(0) {
            self.at += 1;
            match token.kind {
                Kind::Sign('(') => depth += 1,
                Kind::Sign(')') => {
                    depth -= 1;
                    if depth == 0 {
                        return Ok(());
                    }
                }
                _ => {}
            }
        }
        match open {
            Some(open) => Err(error_at(open.line, open.column, "the bracket has no end")),
            None => Err(self.error("\"(\"")),
        }
    }

    /// A name, as a column or a member of a struct has one. Words keep the case that they are written in.
    fn name(&mut self, what: &str) -> Result<String> {
        match self.peek(0).map(|token| &token.kind) {
            Some(Kind::Word(text) | Kind::Name(text)) => {
                self.at += 1;
                Ok(text.clone())
            }
            // [a b], as SQL Server writes it.
            Some(Kind::Sign('[')) => {
                self.at += 1;
                let mut parts = Vec::new();
                while let Some(Kind::Word(text) | Kind::Number(text)) = self.peek(0).map(|token| &token.kind) {
                    parts.push(text.clone());
                    self.at += 1;
                }
                self.expect(']')?;
                Ok(parts.join(" "))
            }
            _ => Err(self.error(what)),
        }
    }

    /// `a.b.c`
    fn path(&mut self, what: &str) -> Result<String> {
        let mut path = self.name(what)?;
        while self.take_sign('.') {
            path = format!("{path}.{}", self.name("a name behind the dot")?);
        }
        Ok(path)
    }

    /// `CREATE TABLE` or `CREATE TYPE`; anything else is read over.
    fn create(&mut self) -> Result<Option<Table>> {
        self.at += 1;
        self.take_words(&["OR", "REPLACE"]);
        for word in ["GLOBAL", "LOCAL", "TEMP", "TEMPORARY", "EXTERNAL", "UNLOGGED", "TRANSIENT", "FOREIGN"] {
            self.take_word(word);
        }
        if self.take_word("TYPE") {
            self.create_type()?;
            return Ok(None);
        }
        if !self.take_word("TABLE") {
            return Ok(None);
        }
        self.take_words(&["IF", "NOT", "EXISTS"]);
        let name = self.path("the name of the table")?;
        let mut table = Table { name, columns: Vec::new(), keys: Vec::new(), doc: None, instants: false };
        self.expect('(')?;
        loop {
            let constraint = CONSTRAINTS.iter().any(|word| self.is_word(0, word)) && !self.is_column();
            if constraint {
                self.constraint(&mut table)?;
            } else {
                self.column(&mut table)?;
            }
            if !self.take_sign(',') {
                break;
            }
        }
        self.expect(')')?;
        self.options(&mut table)?;
        Ok(Some(table))
    }

    /// Whether a word that could begin a constraint is the name of a column: a type follows.
    fn is_column(&self) -> bool {
        let Some(Token { kind: Kind::Word(word), .. }) = self.peek(1) else { return false };
        let behind = self.peek(2).map(|token| &token.kind);
        let ends = matches!(behind, None | Some(Kind::Sign(',' | ')')) | Some(Kind::Word(_)));
        (scalar(word).is_some()
            || matches!(word.to_ascii_uppercase().as_str(), "DECIMAL" | "NUMERIC" | "VARCHAR" | "CHAR"))
            && (ends || matches!(behind, Some(Kind::Sign('('))))
            && !matches!(word.to_ascii_uppercase().as_str(), "KEY")
    }

    /// `CREATE TYPE name AS ENUM ('a', 'b')`, `AS STRUCT(...)`, `AS (a int)`, or another type.
    fn create_type(&mut self) -> Result<()> {
        let name = self.path("the name of the type")?;
        if !self.take_word("AS") {
            return Err(self.error("AS"));
        }
        let field = match self.is_sign('(') {
            true => {
                self.at += 1;
                let fields = self.members(')', 0)?;
                Field::new(&name, DataType::Struct(fields), true)
            }
            false => self.data_type(&name, 0)?,
        };
        self.types.insert(name.to_ascii_lowercase(), field);
        Ok(())
    }

    fn constraint(&mut self, table: &mut Table) -> Result<()> {
        if self.take_word("CONSTRAINT") && !CONSTRAINTS.iter().any(|word| self.is_word(0, word)) {
            self.name("the name of the constraint")?;
        }
        if self.take_words(&["PRIMARY", "KEY"]) {
            while !self.is_sign('(') {
                self.at += 1;
                if self.peek(0).is_none() {
                    return Err(self.error("\"(\""));
                }
            }
            self.at += 1;
            let mut names = Vec::new();
            while !self.take_sign(')') {
                names.push(self.name("the name of a column")?);
                while !self.is_sign(',') && !self.is_sign(')') {
                    self.at += 1;
                    if self.peek(0).is_none() {
                        return Err(self.error("\")\""));
                    }
                }
                self.take_sign(',');
            }
            table.keys.push(names);
        }
        self.skip_to_the_next()
    }

    /// Over anything, to the comma or the bracket that ends an element.
    fn skip_to_the_next(&mut self) -> Result<()> {
        while let Some(token) = self.peek(0) {
            match token.kind {
                Kind::Sign('(') => self.skip_brackets()?,
                Kind::Sign(',' | ')') => return Ok(()),
                _ => self.at += 1,
            }
        }
        Err(self.error("\",\" or \")\""))
    }

    fn column(&mut self, table: &mut Table) -> Result<()> {
        let place = self.peek(0).cloned().ok_or_else(|| self.error("the name of a column"))?;
        let name = self.name("the name of a column")?;
        let serial = ["SERIAL", "BIGSERIAL", "SMALLSERIAL"].iter().any(|word| self.is_word(0, word));
        let mut field = self.data_type(&name, 0)?;
        let mut nullable = !serial;
        loop {
            let Some(token) = self.peek(0) else { return Err(self.error("\",\" or \")\"")) };
            match &token.kind {
                Kind::Sign(',' | ')') => break,
                Kind::Sign('(') => self.skip_brackets()?,
                _ if self.take_words(&["NOT", "NULL"]) => nullable = false,
                _ if self.take_words(&["PRIMARY", "KEY"]) => nullable = false,
                _ if self.take_word("COMMENT") => {
                    if let Some(Kind::Text(text)) = self.peek(0).map(|token| &token.kind) {
                        field = with(field, keys::DOC, text.clone());
                        self.at += 1;
                    }
                }
                _ if self.take_word("DEFAULT") => {
                    if let Some(default) = self.default(&field) {
                        field = with(field, keys::DEFAULT, default.to_string());
                    }
                }
                _ => self.at += 1,
            }
        }
        table.columns.push((field.with_nullable(nullable), place));
        Ok(())
    }

    /// A default that is a literal of the type; expressions are read over.
    fn default(&mut self, field: &Field) -> Option<Value> {
        let negative = self.take_sign('-');
        let token = self.peek(0)?;
        let ends = |token: Option<&Token>| match token.map(|token| &token.kind) {
            None | Some(Kind::Sign(',' | ')')) | Some(Kind::Word(_)) => true,
            Some(_) => false,
        };
        if !ends(self.peek(1)) {
            return None;
        }
        let value = match (&token.kind, field.data_type()) {
            (Kind::Number(text), kind) if kind.is_integer() => {
                let number: i128 = text.parse().ok()?;
                let number = if negative { -number } else { number };
                Some(i64::try_from(number).map(Value::from).or_else(|_| u64::try_from(number).map(Value::from)).ok()?)
            }
            (Kind::Number(text), DataType::Float32 | DataType::Float64) => {
                let number: f64 = text.parse().ok()?;
                serde_json::Number::from_f64(if negative { -number } else { number }).map(Value::Number)
            }
            (Kind::Text(text), DataType::Utf8) if field.extension_type_name().is_none() => Some(json!(text)),
            (Kind::Text(text), DataType::Dictionary(..)) => Some(json!(text)),
            (Kind::Word(word), DataType::Boolean) if word.eq_ignore_ascii_case("true") => Some(json!(true)),
            (Kind::Word(word), DataType::Boolean) if word.eq_ignore_ascii_case("false") => Some(json!(false)),
            _ => None,
        };
        if value.is_some() {
            self.at += 1;
        }
        value
    }

    /// What follows the columns: whose table it is, and a comment.
    fn options(&mut self, table: &mut Table) -> Result<()> {
        while let Some(token) = self.peek(0) {
            match token.kind {
                Kind::Sign(';') => break,
                _ if self.take_word("USING") || self.take_word("ENGINE") => table.instants = true,
                _ if self.take_word("COMMENT") => {
                    self.take_sign('=');
                    if let Some(Kind::Text(text)) = self.peek(0).map(|token| &token.kind) {
                        table.doc = Some(text.clone());
                    }
                }
                // Columns of Hive that make folders stand apart.
                _ if self.take_words(&["PARTITIONED", "BY"]) && self.is_sign('(') => {
                    let typed = matches!(self.peek(2).map(|token| &token.kind), Some(Kind::Word(_)));
                    if !typed {
                        self.skip_brackets()?;
                        continue;
                    }
                    self.at += 1;
                    loop {
                        self.column(table)?;
                        if !self.take_sign(',') {
                            break;
                        }
                    }
                    self.expect(')')?;
                }
                Kind::Sign('(') => self.skip_brackets()?,
                _ => self.at += 1,
            }
        }
        Ok(())
    }

    /// A type, with the brackets of arrays behind it.
    fn data_type(&mut self, name: &str, depth: usize) -> Result<Field> {
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

    fn element(&mut self, name: &str, depth: usize) -> Result<Field> {
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
    fn open(&mut self) -> Result<char> {
        if self.take_sign('<') {
            Ok('>')
        } else {
            self.expect('(')?;
            Ok(')')
        }
    }

    fn not_null(&mut self, field: Field) -> Field {
        if self.take_words(&["NOT", "NULL"]) { field.with_nullable(false) } else { field }
    }

    /// `a INT, b: TEXT NOT NULL COMMENT 'x'` to the closing bracket.
    fn members(&mut self, close: char, depth: usize) -> Result<Fields> {
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
    fn numbers(&mut self) -> Result<Vec<i64>> {
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

fn with(field: Field, key: &str, value: String) -> Field {
    let mut metadata = field.metadata().clone();
    metadata.insert(key.to_owned(), value);
    field.with_metadata(metadata)
}

/// The unit that holds so many digits of a second; microseconds if nothing is said.
fn unit_of(digits: Option<i64>) -> TimeUnit {
    match digits {
        Some(0) => TimeUnit::Second,
        Some(1..=3) => TimeUnit::Millisecond,
        Some(7..) => TimeUnit::Nanosecond,
        _ => TimeUnit::Microsecond,
    }
}

fn unsigned_of(kind: DataType) -> DataType {
    match kind {
        DataType::Int8 => DataType::UInt8,
        DataType::Int16 => DataType::UInt16,
        DataType::Int32 => DataType::UInt32,
        DataType::Int64 => DataType::UInt64,
        other => other,
    }
}

/// Types of one word.
fn scalar(word: &str) -> Option<DataType> {
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

#[cfg(test)]
mod tests;
