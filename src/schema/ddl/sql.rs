//! `CREATE TABLE` as an Arrow schema: what PostgreSQL, DuckDB, MySQL, Spark and Hive call the types of columns.
//!
//! Where a word means different types in different databases, what is standard counts, or else most of them:
//! `FLOAT` has 32 bits; `TIMESTAMP` has no zone, but for tables of Spark (`USING ...`) and MySQL (`ENGINE = ...`), where
//! it is an instant; `DECIMAL` without digits is refused, because everyone means other ones. Lengths of text, checks,
//! keys and storage are read over.
//!
//! This file has the statements, `cursor` words and signs, `types` the types, `default` the values of columns that are
//! not there.

mod cursor;
mod default;
mod types;

use std::collections::HashMap;

use arrow_schema::{DataType, Field, FieldRef, Schema};

use super::token::{Kind, Token, error_at, tokens};
use crate::error::{Error, Result};
use crate::schema::avsc::keys;
use default::{Default, with_default};
use types::{scalar, with};

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
    columns: Vec<Column>,
    keys: Vec<Vec<String>>,
    doc: Option<String>,
    /// Whether `TIMESTAMP` is an instant here.
    instants: bool,
}

struct Column {
    field: Field,
    default: Option<Default>,
    place: Token,
}

impl Table {
    fn schema(self) -> Result<Schema> {
        let mut fields: Vec<Field> = Vec::with_capacity(self.columns.len());
        for Column { field, default, place } in self.columns {
            if fields.iter().any(|other| other.name() == field.name()) {
                let text = format!("the table has two columns {:?}", field.name());
                return Err(error_at(place.line, place.column, text));
            }
            let key = self.keys.iter().flatten().any(|name| name == field.name());
            let nullable = field.is_nullable() && !key;
            let data_type = resolved(field.data_type(), self.instants);
            let field = field.with_data_type(data_type).with_nullable(nullable);
            fields.push(match default {
                Some(default) => with_default(field, default),
                None => field,
            });
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

impl Parser<'_> {
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
        let mut default = None;
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
                _ if self.take_word("DEFAULT") => default = self.default(),
                _ => self.at += 1,
            }
        }
        table.columns.push(Column { field: field.with_nullable(nullable), default, place });
        Ok(())
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
}

#[cfg(test)]
mod tests;
